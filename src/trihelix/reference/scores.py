"""Score packs: predictions for alleles (REVEL, AlphaMissense, CADD, SpliceAI, ...) from any TSV or VCF by column mapping."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.formats.bgzf import text_pieces
from trihelix.formats.sites import read_sites
from trihelix.model.errors import PackError
from trihelix.reference.allele_keys import Alleles
from trihelix.reference.allele_table import AlleleTables, write_allele_tables
from trihelix.reference.columnar import read_arrow, write_arrow
from trihelix.reference.pack import ConversionOptions, Converted

NAMES = "scores.arrow"
_LEFT_OUT = ("", ".", "NA", "nan", "NaN", "-")
_PLACE = ("contig", "pos", "ref", "alt")
# How the usual files name the place of an allele, in lower case and without a leading #.
_USUAL = {
    "contig": ("contig", "chrom", "chr", "chromosome", "#chrom", "#chr"),
    "pos": ("pos", "position", "grch38_pos", "hg38_pos", "start"),
    "ref": ("ref", "reference", "ref_allele"),
    "alt": ("alt", "alternate", "alt_allele", "allele"),
}


@dataclass(frozen=True)
class Scores:
    """An opened score pack and the names of its scores."""

    names: tuple[str, ...]
    tables: AlleleTables

    def look_up(
        self, contig: str, alleles: Alleles, keys: NDArray[np.uint64] | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """Score name -> value per allele, NaN where the pack does not have the allele."""
        out = {name: np.full(len(alleles.pos), np.nan, np.float32) for name in self.names}
        rows = self.tables.find(contig, alleles, keys)
        hit = rows >= 0
        if hit.any():
            for name in self.names:
                out[name][hit] = self.tables.column(contig, name)[rows[hit]]
        return out


def open_scores(folder: Path) -> Scores:
    """Open a score pack."""
    return Scores(tuple(read_arrow(folder / NAMES)["score"]), AlleleTables(folder))


def convert(sources: Sequence[Path], folder: Path, options: ConversionOptions) -> Converted:
    """A score pack. `options.columns` maps our names to the file's columns (TSV) or INFO keys (VCF).

    contig, pos, ref and alt need no mapping where the file uses one of their usual names; every other name in
    the mapping is a score. Raises PackError naming the column that the file lacks and those that it has.
    """
    scores = {name: column for name, column in options.columns.items() if name not in _PLACE}
    if not scores:
        raise PackError(
            "a score pack needs to know which column holds the score",
            where=str(sources[0]),
            advice="for example --column revel=REVEL_score",
        )
    contigs: dict[str, int] = {}
    named: set[str] = set()
    counts = write_allele_tables(folder, _frames(sources, options.columns, scores, contigs, named))
    if not counts:
        raise PackError(
            "the file holds no scores", where=str(sources[0]), advice="check that it was written completely"
        )
    write_arrow(pl.DataFrame({"score": list(scores)}), folder / NAMES)
    return Converted(
        assembly=named.pop() if len(named) == 1 else options.assembly,
        counts={"alleles": sum(counts.values()), "scores": len(scores)},
        contigs=contigs or dict.fromkeys(counts, 0),
    )


def _frames(
    sources: Sequence[Path],
    columns: Mapping[str, str],
    scores: Mapping[str, str],
    contigs: dict[str, int],
    named: set[str],
) -> Iterator[pl.DataFrame]:
    for source in sources:
        if next(text_pieces(source), b"").startswith(b"##fileformat=VCF"):
            header, tables = read_sites(source, list(scores.values()))
            _require(source, scores.values(), header.info)
            contigs.update(header.contigs)
            named |= {header.assembly} if header.assembly else set()
        else:
            tables = _tsv_tables(source, columns, scores)
        rows = 0
        for table in tables:
            _check_numbers(source, table, scores, rows)
            rows += len(table)
            yield table.select(
                *_PLACE,
                *(
                    pl.col(c).cast(pl.Float32, strict=False).fill_null(float("nan")).alias(n)
                    for n, c in scores.items()
                ),
            )


def _tsv_tables(path: Path, columns: Mapping[str, str], scores: Mapping[str, str]) -> Iterator[pl.DataFrame]:
    names: list[str] = []
    separator, line = "\t", 0
    for piece in text_pieces(path):
        text = piece.decode("utf-8", "replace")
        if not names:
            lines = text.split("\n")
            start = _header_line(lines)
            separator = "\t" if "\t" in lines[start] else ","
            names = lines[start].rstrip("\r").split(separator)
            _require(
                path, [columns.get(p) or _usual(p, names) or p for p in _PLACE] + list(scores.values()), names
            )
            text = "\n".join(lines[start + 1 :])
        if not text.strip():
            continue
        frame = pl.read_csv(
            text.encode(), separator=separator, has_header=False, new_columns=names, infer_schema=False
        )
        place = {p: columns.get(p) or _usual(p, names) or p for p in _PLACE}
        table = frame.select(
            *(pl.col(column).alias(p) for p, column in place.items()), *dict.fromkeys(scores.values())
        ).with_columns(pl.col("pos").alias("written"), pl.col("pos").cast(pl.Int64, strict=False))
        _check_places(path, table, line)
        line += len(table)
        yield table


def _header_line(lines: Sequence[str]) -> int:
    """Which line names the columns: the last of the leading # lines if it has columns, else the one after them."""
    first = next((i for i, row in enumerate(lines) if not row.startswith("#")), len(lines) - 1)
    has_columns = first > 0 and len(re.split(r"[\t,]", lines[first - 1])) >= len(_PLACE)
    return first - 1 if has_columns and not lines[first - 1].startswith("##") else first


def _usual(place: str, names: Sequence[str]) -> str | None:
    lower = {name.lower(): name for name in names}
    return next((lower[n] for n in _USUAL[place] if n in lower), None)


def _require(path: Path, wanted: Iterable[str], present: Iterable[str]) -> None:
    have = list(present)
    for column in wanted:
        if column not in have:
            raise PackError(
                "the file lacks a column that the mapping names",
                where=str(path),
                value=column,
                advice=f"it has: {', '.join(map(str, have[:20]))}; map with --column NAME=COLUMN",
            )


def _check_numbers(path: Path, table: pl.DataFrame, scores: Mapping[str, str], before: int) -> None:
    """A score is a number or left out (empty, a dot, NA); a column of words was mapped by mistake."""
    for column in scores.values():
        is_number = pl.col(column).cast(pl.Float64, strict=False).is_not_null()
        wrong = table.select(pl.col(column)).with_row_index("row", before + 1)
        wrong = wrong.filter(pl.col(column).is_not_null() & ~is_number & ~pl.col(column).is_in(_LEFT_OUT))
        if len(wrong):
            raise PackError(
                "a score is not a number",
                where=f"{path}, data row {wrong['row'][0]}, column {column}",
                value=wrong[column][0],
                advice="map the column that holds the score with --column NAME=COLUMN",
            )


def _check_places(path: Path, table: pl.DataFrame, line: int) -> None:
    wrong = table.with_row_index("row").filter(
        pl.col("pos").is_null() | ~pl.col("ref").str.contains(r"^[ACGTNacgtn]+$").fill_null(False)
    )
    if len(wrong):
        row = wrong.row(0, named=True)
        raise PackError(
            "a row has no readable position or reference allele",
            where=f"{path}, data row {line + row['row'] + 1}",
            value=f"{row['contig']} {row['written']} {row['ref']}",
            advice="map the right columns with --column, for example --column pos=hg38_pos",
        )
