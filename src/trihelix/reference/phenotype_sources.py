"""The three files of a Human Phenotype Ontology release, recognised by content and read with line-exact errors.

Formats: OBO 1.2 (https://owlcollab.github.io/oboformat/doc/GO.format.obo-1_2.html), phenotype.hpoa and
genes_to_phenotype.txt (https://obophenotype.github.io/human-phenotype-ontology/annotations/). The header lines
of releases since 2021 are understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trihelix.model.errors import PackError
from trihelix.reference.source import read_text, wrong_kind

ONTOLOGY, ANNOTATIONS, GENES = "hp.obo", "phenotype.hpoa", "genes_to_phenotype.txt"
EXPECTED = "hp.obo, phenotype.hpoa or genes_to_phenotype.txt"
ADVICE = "download the three files of one release again from https://hpo.jax.org/data"

TERM_ID = re.compile(r"HP:\d{7}")
RELEASE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
RATIO = re.compile(r"(\d+)/(\d+)")
PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")
DISEASE_ID = re.compile(r"[A-Za-z]+:\S+")
SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)"')

# HPO's frequency terms as the middle of the range that each stands for
# (https://hpo.jax.org/app/browse/term/HP:0040279).
FREQUENCY_TERMS = {
    "HP:0040280": 1.0,  # obligate, 100 %
    "HP:0040281": 0.895,  # very frequent, 80-99 %
    "HP:0040282": 0.545,  # frequent, 30-79 %
    "HP:0040283": 0.17,  # occasional, 5-29 %
    "HP:0040284": 0.025,  # very rare, 1-4 %
    "HP:0040285": 0.0,  # excluded
}

ANNOTATION_COLUMNS = (
    "databaseid", "diseasename", "qualifier", "hpoid", "reference", "evidence",
    "onset", "frequency", "sex", "modifier", "aspect", "biocuration",
)  # fmt: skip
GENE_COLUMNS = ("ncbigeneid", "genesymbol", "hpoid", "hponame", "frequency", "diseaseid")
OLD_GENE_HEADER = "#Format: entrez-gene-id<tab>entrez-gene-symbol"


@dataclass
class TermRecord:
    """One [Term] of the ontology as written, with the line on which it starts."""

    line: int
    id: str = ""
    name: str = ""
    obsolete: bool = False
    replaced_by: str | None = None
    consider: list[str] = field(default_factory=list)
    alternatives: list[str] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    synonyms: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class AnnotationRecord:
    """One line of phenotype.hpoa; counts and frequency are None where the line does not state them."""

    disease: str
    disease_name: str
    negated: bool
    term: str
    references: str
    evidence: str
    numerator: int | None
    denominator: int | None
    frequency: float | None
    onset: str
    sex: str
    aspect: str


@dataclass(frozen=True)
class SourceFile:
    """A recognised file: what it is, its release date (None where it does not say) and its lines from line 1."""

    path: Path
    what: str
    release: str | None
    lines: list[str]

    def at(self, line: int) -> str:
        """File name and line as errors quote them."""
        return f"{self.path.name}, line {line}"


def read_sources(paths: Sequence[Path]) -> dict[str, SourceFile]:
    """The three files of a release by what they hold.

    Raises PackError when one is missing, doubled or unknown, and what reading raises (CorruptFileError for
    a truncated gzip file or text that is not UTF-8).
    """
    found: dict[str, SourceFile] = {}
    for path in paths:
        source = _recognise(path, read_text(path, EXPECTED).splitlines())
        if source.what in found:
            raise PackError(
                f"two files are both a {source.what}",
                where=f"{found[source.what].path.name} and {path.name}",
                advice=ADVICE,
            )
        found[source.what] = source
    missing = [what for what in (ONTOLOGY, ANNOTATIONS, GENES) if what not in found]
    if missing:
        raise PackError(
            "a phenotypes pack needs hp.obo, phenotype.hpoa and genes_to_phenotype.txt",
            where=", ".join(path.name for path in paths) or "no files given",
            value=f"missing: {', '.join(missing)}",
            advice=ADVICE,
        )
    return found


def _plain(column: str) -> str:
    return column.lstrip("#").replace("_", "").strip().lower()


def _recognise(path: Path, lines: list[str]) -> SourceFile:
    head = lines[:40]
    if any(line.startswith("format-version:") for line in head[:5]):
        return SourceFile(path, ONTOLOGY, _stated_release(head, ("data-version:",)), lines)
    if any(
        line.startswith(OLD_GENE_HEADER) or _plain(line).startswith(_plain(GENE_COLUMNS[0] + "\t"))
        for line in head[:5]
    ):
        return SourceFile(path, GENES, None, lines)
    if any(_plain(line).startswith("databaseid\tdiseasename") for line in head):
        return SourceFile(path, ANNOTATIONS, _stated_release(head, ("#version:", "#date:")), lines)
    raise wrong_kind(path, EXPECTED, "\n".join(head).encode()[:4096], ADVICE)


def _stated_release(head: list[str], keys: tuple[str, ...]) -> str | None:
    for line in head:
        if line.startswith(keys) and (date := RELEASE_DATE.search(line)):
            return date.group()
    return None


def parse_terms(source: SourceFile) -> list[TermRecord]:
    """The HP terms of an OBO file in file order; PackError for broken stanzas and unknown parents."""
    terms = [term for term in _stanzas(source) if not term.id or term.id.startswith("HP:")]
    if not terms:
        raise PackError("the ontology holds no HP term", where=source.path.name, advice=ADVICE)
    known: set[str] = set()
    for term in terms:
        if TERM_ID.fullmatch(term.id) is None or not term.name:
            raise _broken(source, term.line, "a term without a proper id and name", term.id or "[Term]")
        if term.id in known:
            raise _broken(source, term.line, "a term is defined twice", term.id)
        known.add(term.id)
    for term in terms:
        for parent in term.parents:
            if parent not in known:
                raise _broken(
                    source,
                    term.line,
                    f"{term.id} is_a a term that the file does not define; is it cut short?",
                    parent,
                )
    return terms


def _broken(source: SourceFile, line: int, what: str, value: object) -> PackError:
    return PackError(what, where=source.at(line), value=value, advice=ADVICE)


def _stanzas(source: SourceFile) -> Iterator[TermRecord]:
    term: TermRecord | None = None
    for number, line in enumerate(source.lines, 1):
        if line.startswith("["):
            if term is not None:
                yield term
            term = TermRecord(number) if line.strip() == "[Term]" else None
        elif term is not None and line.strip():
            _read_tag(source, number, line, term)
    if term is not None:
        yield term


def _read_tag(source: SourceFile, number: int, line: str, term: TermRecord) -> None:
    tag, colon, rest = line.partition(":")
    if not colon:
        raise _broken(source, number, "a line of a term is not 'tag: value'", line[:80])
    value = rest.strip()
    bare = value.split(" ", 1)[0]
    if tag == "id":
        term.id = bare
    elif tag == "name":
        term.name = value
    elif tag == "is_obsolete":
        term.obsolete = value == "true"
    elif tag == "replaced_by":
        term.replaced_by = term.replaced_by or bare
    elif tag == "synonym" and (text := SYNONYM.match(value)):
        term.synonyms.append(text.group(1).replace('\\"', '"'))
    elif tag in ("is_a", "alt_id", "consider"):
        {"is_a": term.parents, "alt_id": term.alternatives, "consider": term.consider}[tag].append(bare)


def parse_annotations(source: SourceFile) -> list[AnnotationRecord]:
    """The lines of phenotype.hpoa; PackError with line and value for the first malformed one."""
    start = next(n for n, line in enumerate(source.lines) if _plain(line).startswith("databaseid\t"))
    columns = tuple(_plain(c) for c in source.lines[start].split("\t"))
    if columns != ANNOTATION_COLUMNS:
        raise _broken(source, start + 1, "phenotype.hpoa does not have its 12 columns", source.lines[start])
    records = [
        _annotation(source, number, line)
        for number, line in enumerate(source.lines[start + 1 :], start + 2)
        if line and not line.startswith("#")
    ]
    if not records:
        raise PackError("phenotype.hpoa holds no annotation", where=source.path.name, advice=ADVICE)
    return records


def _annotation(source: SourceFile, number: int, line: str) -> AnnotationRecord:
    cells = line.split("\t")
    if len(cells) != len(ANNOTATION_COLUMNS):
        raise _broken(source, number, f"{len(cells)} columns instead of {len(ANNOTATION_COLUMNS)}", line[:80])
    disease, name, qualifier, term, reference, evidence, onset, frequency, sex, _, aspect, _ = cells
    if DISEASE_ID.fullmatch(disease) is None:
        raise _broken(source, number, "not a disease id such as OMIM:154700", disease)
    if TERM_ID.fullmatch(term) is None:
        raise _broken(source, number, "not an HPO term id such as HP:0001166", term)
    if qualifier not in ("", "NOT") or aspect not in ("P", "I", "C", "H", "M"):
        raise _broken(source, number, "unknown qualifier or aspect", f"{qualifier!r}, {aspect!r}")
    numerator, denominator, fraction = _frequency(source, number, frequency)
    return AnnotationRecord(
        disease,
        name,
        qualifier == "NOT",
        term,
        reference,
        evidence,
        numerator,
        denominator,
        fraction,
        onset,
        sex.upper(),
        aspect,
    )


def _frequency(source: SourceFile, number: int, text: str) -> tuple[int | None, int | None, float | None]:
    """Numerator, denominator and fraction of a frequency cell; all None where it is empty."""
    if not text:
        return None, None, None
    if text in FREQUENCY_TERMS:
        return None, None, FREQUENCY_TERMS[text]
    if ratio := RATIO.fullmatch(text):
        affected, cases = int(ratio.group(1)), int(ratio.group(2))
        if cases > 0 and affected <= cases:
            return affected, cases, affected / cases
    if (percent := PERCENT.fullmatch(text)) and float(percent.group(1)) <= 100:
        return None, None, float(percent.group(1)) / 100
    raise _broken(
        source, number, "not a frequency (n/m with n <= m, a percentage or an HPO frequency term)", text
    )


def parse_genes(source: SourceFile) -> list[tuple[int, str, str]]:
    """The distinct (NCBI gene id, symbol, disease id) of genes_to_phenotype.txt, sorted."""
    body, gene, symbol, disease, width = _gene_columns(source)
    found: set[tuple[str, str, str]] = set()
    for number, line in enumerate(source.lines[body:], body + 1):
        cells = line.split("\t")
        if len(cells) != width:
            if line and not line.startswith("#"):
                raise _broken(source, number, f"{len(cells)} columns instead of {width}", line[:80])
            continue
        row = cells[gene], cells[symbol], cells[disease]
        if row not in found:
            if not row[0].isdigit() or not row[1] or DISEASE_ID.fullmatch(row[2]) is None:
                raise _broken(source, number, "not an NCBI gene id, symbol and disease id", ", ".join(row))
            found.add(row)
    if not found:
        raise PackError("genes_to_phenotype.txt holds no gene", where=source.path.name, advice=ADVICE)
    return sorted((int(number), name, disease_id) for number, name, disease_id in found)


def _gene_columns(source: SourceFile) -> tuple[int, int, int, int, int]:
    """Index of the first data line, the columns of gene id, symbol and disease id, and the number of columns."""
    for index, line in enumerate(source.lines[:5]):
        if line.startswith(OLD_GENE_HEADER):
            return index + 1, 0, 1, 8, 9
        columns = tuple(_plain(c) for c in line.split("\t"))
        if columns[0] == GENE_COLUMNS[0]:
            if columns != GENE_COLUMNS:
                raise _broken(source, index + 1, "genes_to_phenotype.txt does not have its 6 columns", line)
            return index + 1, 0, 1, 5, 6
    raise PackError("genes_to_phenotype.txt has no header", where=source.path.name, advice=ADVICE)
