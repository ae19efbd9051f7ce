"""Mechanism packs: by which mechanism, in which mode and how surely a gene causes a disease (G2P, ClinGen)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

from trihelix.model.errors import PackError
from trihelix.model.inheritance import ModeOfInheritance, parse_allelic_requirement, parse_clingen_mode
from trihelix.reference.columnar import read_arrow, write_arrow
from trihelix.reference.pack import ConversionOptions, Converted
from trihelix.reference.source import HEAD_SIZE, describe, read_text, rows_of, wrong_kind

MECHANISM = "mechanism.arrow"
EXPECTED = "a Gene2Phenotype or ClinGen gene-validity table (CSV)"
ADVICE = "give the CSV of https://www.ebi.ac.uk/gene2phenotype/download or of ClinGen's gene-disease validity"


class Mechanism(StrEnum):
    """How variants of a gene cause a disease."""

    LOSS_OF_FUNCTION = "loss_of_function"
    GAIN_OF_FUNCTION = "gain_of_function"
    DOMINANT_NEGATIVE = "dominant_negative"
    UNKNOWN = "unknown"


# Gene2Phenotype's words: "molecular mechanism" (2024 on), "variant consequence" (2022 on) and
# "mutation consequence" (before). Everything else, such as an altered structure, tells no mechanism.
_MECHANISMS: dict[str, Mechanism] = {
    "loss of function": Mechanism.LOSS_OF_FUNCTION,
    "absent gene product": Mechanism.LOSS_OF_FUNCTION,
    "decreased gene product level": Mechanism.LOSS_OF_FUNCTION,
    "gain of function": Mechanism.GAIN_OF_FUNCTION,
    "activating": Mechanism.GAIN_OF_FUNCTION,
    "increased gene dosage": Mechanism.GAIN_OF_FUNCTION,
    "increased gene product level": Mechanism.GAIN_OF_FUNCTION,
    "dominant negative": Mechanism.DOMINANT_NEGATIVE,
}
# Gene2Phenotype's words of before 2022 in the harmonised terms of the Gene Curation Coalition.
_CONFIDENCE = {"confirmed": "definitive", "probable": "strong", "possible": "limited"}

_SCHEMA = dict.fromkeys(
    (
        *("gene", "hgnc_id", "disease", "disease_id", "mode", "mechanism", "confidence", "source"),
        *("mode_stated", "mechanism_stated"),
    ),
    pl.String(),
)

Row = dict[str, str | None]


@dataclass(frozen=True)
class _Line:
    """A line of a table: its cells by lower-case column names."""

    cells: dict[str, str]
    where: str

    def first(self, *columns: str) -> str:
        """The first non-empty cell of these columns, or an empty text."""
        return next((self.cells[c] for c in columns if self.cells.get(c)), "")


def convert(sources: Sequence[Path], folder: Path, options: ConversionOptions) -> Converted:
    """Makes a mechanism pack from any number of G2P and ClinGen files.

    Raises PackError for another table or a line without a gene, CorruptFileError or FileUnreadableError where
    a file cannot be read. `options` say nothing here.
    """
    del options
    unknown: Counter[str] = Counter()
    versions: list[str] = []
    rows = [row for path in sources for row in _read(path, unknown, versions)]
    table = (
        pl.DataFrame(rows, schema=_SCHEMA, orient="row")
        .unique(maintain_order=True)
        .sort("gene", "source", maintain_order=True)
    )
    write_arrow(table, folder / MECHANISM)
    notes = [
        f"mode not understood, taken as UNKNOWN in {n} entries: {text}" for text, n in unknown.most_common()
    ]
    return Converted(
        version=max(versions, default=None),
        counts={"entries": table.height, "genes": table["gene"].n_unique()},
        notes=tuple(notes),
    )


def open_mechanism(folder: Path) -> pl.DataFrame:
    """One row per gene, disease and mode, sorted by gene: gene, hgnc_id, disease, disease_id, mode (a
    ModeOfInheritance), mechanism (a Mechanism), confidence (definitive, strong, moderate, limited, disputed,
    refuted, ...), source (G2P or ClinGen), mode_stated, mechanism_stated. PackError if the file is damaged."""
    return read_arrow(folder / MECHANISM)


def _read(path: Path, unknown: Counter[str], versions: list[str]) -> Iterator[Row]:
    text = read_text(path, EXPECTED)
    head = text[:HEAD_SIZE].encode()
    if describe(head) or "gene symbol" not in text[:HEAD_SIZE].lower():
        raise wrong_kind(path, EXPECTED, head, ADVICE)
    if created := re.search(r"FILE CREATED: (\d{4}-\d\d-\d\d)", text[:HEAD_SIZE]):
        versions.append(created[1])
    elif dated := re.search(r"(\d{4})[-_]?(\d\d)[-_]?(\d\d)", path.name):
        versions.append("-".join(dated.groups()))
    header: list[str] = []
    read: Callable[[_Line, Counter[str]], Row] | None = None
    count = 0
    for line, cells in rows_of(path, text, "," if "," in text[:HEAD_SIZE] else "\t"):
        if not any(cells) or set("".join(cells)) == {"+"}:
            continue
        if read is None:
            header = [cell.lower() for cell in cells]
            read = _reader(header)
            continue
        count += 1
        yield read(_cells(path, line, header, cells), unknown)
    if read is None:
        raise wrong_kind(path, EXPECTED, head, ADVICE)
    if not count:
        raise PackError("the table has no entries", where=str(path), advice=ADVICE)


def _reader(header: list[str]) -> Callable[[_Line, Counter[str]], Row] | None:
    """Which table this header belongs to; None while it is still the preamble."""
    if "gene symbol" in header and "allelic requirement" in header:
        return _g2p_row
    if "gene symbol" in header and "classification" in header and "moi" in header:
        return _clingen_row
    return None


def _cells(path: Path, line: int, header: list[str], cells: list[str]) -> _Line:
    where = f"{path}, line {line}"
    if len(cells) != len(header):
        raise PackError(
            "a line has another number of columns than the header",
            where=where,
            value=f"{len(cells)} instead of {len(header)}",
            advice="download the file again",
        )
    row = dict(zip(header, cells, strict=True))
    if not row["gene symbol"]:
        raise PackError("a line has no gene symbol", where=where, value=", ".join(cells)[:80], advice=ADVICE)
    return _Line(row, where)


def _g2p_row(line: _Line, unknown: Counter[str]) -> Row:
    stated = line.first("allelic requirement")
    mechanism = line.first(
        "molecular mechanism",
        "variant consequence",
        "inferred variant consequence",
        "mutation consequence",
    )
    confidence = _snake(line.first("confidence", "confidence category", "ddd category"))
    hgnc = line.first("hgnc id")
    return {
        "gene": line.first("gene symbol"),
        "hgnc_id": f"HGNC:{hgnc.removeprefix('HGNC:')}" if hgnc else None,
        "disease": line.first("disease name"),
        "disease_id": _disease_id(line),
        "mode": _mode(stated, parse_allelic_requirement, unknown),
        "mechanism": _mechanism(line),
        "confidence": _CONFIDENCE.get(confidence, confidence),
        "source": "G2P",
        "mode_stated": stated,
        "mechanism_stated": mechanism or None,
    }


def _disease_id(line: _Line) -> str | None:
    mondo = line.first("disease mondo")
    if mondo:
        return mondo
    mim = re.fullmatch(r"(\d{6})(?:\.0)?", line.first("disease mim"))
    return f"OMIM:{mim[1]}" if mim else None


def _mechanism(line: _Line) -> str:
    """The stated mechanism, or where it is undetermined, what the consequence of the variants implies.

    Several consequences that imply different mechanisms imply none.
    """
    for column in (
        "molecular mechanism",
        "variant consequence",
        "inferred variant consequence",
        "mutation consequence",
    ):
        words = [word.strip().lower().replace("_", " ") for word in re.split(r"[;,]", line.first(column))]
        implied = {_MECHANISMS.get(word, Mechanism.UNKNOWN) for word in words if word}
        if column == "molecular mechanism" and any("non-loss-of-function" in word for word in words):
            return Mechanism.UNKNOWN.value
        if len(implied) == 1 and Mechanism.UNKNOWN not in implied:
            return implied.pop().value
    return Mechanism.UNKNOWN.value


def _clingen_row(line: _Line, unknown: Counter[str]) -> Row:
    stated = line.first("moi")
    return {
        "gene": line.first("gene symbol"),
        "hgnc_id": line.first("gene id (hgnc)") or None,
        "disease": line.first("disease label"),
        "disease_id": line.first("disease id (mondo)") or None,
        "mode": _mode(stated, parse_clingen_mode, unknown),
        "mechanism": Mechanism.UNKNOWN.value,
        "confidence": _snake(line.first("classification")),
        "source": "ClinGen",
        "mode_stated": stated,
        "mechanism_stated": None,
    }


def _mode(stated: str, parse: Callable[[str], ModeOfInheritance | None], unknown: Counter[str]) -> str:
    """One mode of what is stated, which may be several: dominant and recessive together make BOTH."""
    parsed = {parse(word) for word in re.split(r"[;,]", stated)}
    if None in parsed:
        unknown[stated] += 1
    modes = {mode for mode in parsed if mode}
    if modes == {ModeOfInheritance.MONOALLELIC, ModeOfInheritance.BIALLELIC}:
        return ModeOfInheritance.BOTH.value
    return next(iter(modes)).value if len(modes) == 1 else ModeOfInheritance.UNKNOWN.value


def _snake(text: str) -> str:
    return "_".join(re.findall(r"[a-z0-9]+", text.lower()))
