"""Tables of scores for alleles, tab- or comma-separated: which column is which, and rows that cannot be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from trihelix.formats.bgzf import text_pieces
from trihelix.model.errors import AssemblyMismatchError, PackError
from trihelix.reference.build_check import builds_named
from trihelix.reference.pack import ConversionOptions

PLACE = ("contig", "pos", "ref", "alt")
_LEFT_OUT = ("", ".", "NA", "nan", "NaN", "-")
# How the usual files name the place of an allele, in lower case.
_USUAL = {
    "contig": ("contig", "chrom", "chr", "chromosome", "#chrom", "#chr"),
    "pos": ("pos", "position", "start"),
    "ref": ("ref", "reference", "ref_allele"),
    "alt": ("alt", "alternate", "alt_allele", "allele"),
}
# REVEL and others give a position in each assembly: the first is taken unless the person asks for another.
_POS_BY_BUILD = {
    "GRCh38": ("grch38_pos", "hg38_pos", "pos_hg38", "pos_grch38"),
    "GRCh37": ("grch37_pos", "hg19_pos", "pos_hg19", "pos_grch37"),
}
_BUILD_COLUMNS = ("genome", "assembly", "build", "genome_build")  # AlphaMissense writes hg38 into every row
_SHOWN = 20


@dataclass(frozen=True)
class _Header:
    """The columns of a table: names (made distinct), the separator, and our places' columns."""

    names: tuple[str, ...]
    separator: str
    place: dict[str, str]


def read_score_table(
    path: Path, options: ConversionOptions, scores: Mapping[str, str], named: set[str]
) -> Iterator[pl.DataFrame]:
    """Tables with contig, pos, ref, alt and the columns of `scores`; `named` gets the assemblies that the file
    names. PackError for columns that are not there, are there twice, or hold no places; AssemblyMismatchError
    where the file has positions of another assembly only."""
    header: _Header | None = None
    line = 0
    for piece in text_pieces(path):
        text = piece.decode("utf-8", "replace")
        if header is None:
            lines = text.split("\n")
            start = _header_line(lines)
            header = _read_header(path, lines[start].rstrip("\r"), options, scores)
            comments = builds_named(lines[:start])
            named |= comments if len(comments) == 1 else set()  # two: lifted over from one to the other
            named |= builds_named([header.place["pos"]])
            text = "\n".join(lines[start + 1 :])
        if not text.strip():
            continue
        table = _table(path, text, header, line)
        columns = [n for n in header.names if n.lower().lstrip("#") in _BUILD_COLUMNS]
        named |= builds_named(v for c in columns for v in table[c].drop_nulls().unique())
        table = table.select(
            *(pl.col(column).alias(p) for p, column in header.place.items()), *dict.fromkeys(scores.values())
        ).with_columns(pl.col("pos").alias("written"), pl.col("pos").cast(pl.Int64, strict=False))
        _check_places(path, table, line)
        line += len(table)
        yield table


def _table(path: Path, text: str, header: _Header, line: int) -> pl.DataFrame:
    try:
        return pl.read_csv(
            text.encode(),
            separator=header.separator,
            has_header=False,
            new_columns=list(header.names),
            infer_schema=False,
        )
    except pl.exceptions.PolarsError as error:
        raise PackError(
            "rows of this table do not have the columns that its first line names",
            where=f"{path}, after data row {line}",
            value=f"{len(header.names)} columns are named",
            advice="see whether the file was cut short, or its separator is neither a tab nor a comma",
        ) from error


def _header_line(lines: Sequence[str]) -> int:
    """Which line names the columns: the last of the leading # lines if it has columns, else the one after them."""
    first = next((i for i, row in enumerate(lines) if not row.startswith("#")), len(lines) - 1)
    has_columns = first > 0 and len(re.split(r"[\t,]", lines[first - 1])) >= len(PLACE)
    return first - 1 if has_columns and not lines[first - 1].startswith("##") else first


def _read_header(path: Path, text: str, options: ConversionOptions, scores: Mapping[str, str]) -> _Header:
    separator = "\t" if "\t" in text else ","
    names = text.split(separator)
    place = {p: options.columns.get(p) or _usual(p, names, options.assembly) or p for p in PLACE}
    if place["pos"] not in names:
        _check_other_build(path, names, options)
    require_columns(path, [*place.values(), *scores.values()], names)
    times = Counter(names)
    for column in (*place.values(), *scores.values()):
        if times[column] > 1:
            raise PackError(
                "several columns have the name that the mapping names",
                where=f"{path}, first line",
                value=f"{column}, {times[column]} times",
                advice="rename all but one of them in the file's first line",
            )
    distinct = [n if times[n] == 1 else f"{n} (column {i})" for i, n in enumerate(names, 1)]
    return _Header(tuple(distinct), separator, place)


def _usual(place: str, names: Sequence[str], assembly: str | None) -> str | None:
    """The column of a place by its usual names; a position that names the person's assembly comes first."""
    lower = {name.lower(): name for name in names}
    wanted = _USUAL[place]
    if place == "pos":
        own = _POS_BY_BUILD.get(assembly or "", ())
        every = () if assembly else tuple(n for group in _POS_BY_BUILD.values() for n in group)
        wanted = (*own, *wanted, *every)
    return next((lower[n] for n in wanted if n in lower), None)


def _check_other_build(path: Path, names: Sequence[str], options: ConversionOptions) -> None:
    """Positions of another assembly only are no positions."""
    lower = {name.lower(): name for name in names}
    for build, usual in _POS_BY_BUILD.items():
        theirs = [lower[n] for n in usual if n in lower]
        if theirs and options.assembly and build != options.assembly:
            raise AssemblyMismatchError(
                f"--assembly says {options.assembly}, but the file has positions of {build} only",
                where=f"{path}, first line",
                value=theirs[0],
                advice=f"give the {options.assembly} file, or add this one with --assembly {build}",
            )


def require_columns(path: Path, wanted: Iterable[str], present: Iterable[str]) -> None:
    """PackError for the first wanted column that the file does not have, with those that it has."""
    have = list(present)
    for column in wanted:
        if column in have:
            continue
        if any(re.fullmatch(r"-?\d+(\.\d+)?", name.strip()) for name in have):
            raise PackError(
                "the file does not begin with a line that names its columns",
                where=f"{path}, first line",
                value=", ".join(have[:_SHOWN])[:200],
                advice="put a line before it, for example: chrom<TAB>pos<TAB>ref<TAB>alt<TAB>score",
            )
        more = f" and {len(have) - _SHOWN} more" if len(have) > _SHOWN else ""
        raise PackError(
            "the file lacks a column that the mapping names",
            where=str(path),
            value=column,
            advice=f"it has: {', '.join(map(str, have[:_SHOWN]))}{more}; map with --column NAME=COLUMN",
        )


def check_numbers(path: Path, table: pl.DataFrame, scores: Mapping[str, str], before: int) -> None:
    """A score is a number or left out (empty, a dot, NA); a column of words was mapped by mistake."""
    for column in scores.values():
        is_number = pl.col(column).cast(pl.Float64, strict=False).is_not_null()
        wrong = table.select(pl.col(column)).with_row_index("row", before + 1)
        wrong = wrong.filter(pl.col(column).is_not_null() & ~is_number & ~pl.col(column).is_in(_LEFT_OUT))
        if len(wrong):
            raise PackError(
                "a score is not a number",
                where=f"{path}, data row {wrong['row'][0]}, column {column}",
                value=str(wrong[column][0])[:60],
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
            value=f"{row['contig']} {row['written']} {row['ref']}"[:80],
            advice="map the right columns with --column, for example --column pos=hg38_pos",
        )
