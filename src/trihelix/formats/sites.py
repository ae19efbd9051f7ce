"""Sites of a VCF (no genotypes) as tables: one row per alternate allele with chosen INFO values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from trihelix.formats.vcf import VcfHeader, open_vcf
from trihelix.model.errors import MalformedRecordError

_COLUMNS = ("contig", "pos", "id", "ref", "alt", "qual", "filter", "info")
_ROWS_PER_TABLE = 500_000


def read_sites(path: Path, keys: Sequence[str]) -> tuple[VcfHeader, Iterator[pl.DataFrame]]:
    """Header and tables with columns contig, pos (Int64), id, ref, alt, and one String column per INFO key.

    A key with Number=A gives each allele its own value. Symbolic, star and missing alleles are left out.
    Keys that a record lacks are null; flags are "1". Raises MalformedRecordError for lines that are not records.
    """
    header, pieces = open_vcf(path)

    def tables() -> Iterator[pl.DataFrame]:
        waiting: list[pl.DataFrame] = []
        rows = 0
        for piece in pieces:
            waiting.append(_table(path, piece.text, piece.first_line, keys, header))
            rows += len(waiting[-1])
            if rows >= _ROWS_PER_TABLE:
                yield pl.concat(waiting)
                waiting, rows = [], 0
        if waiting:
            yield pl.concat(waiting)

    return header, tables()


def _table(path: Path, text: bytes, first_line: int, keys: Sequence[str], header: VcfHeader) -> pl.DataFrame:
    lines = pl.Series("line", text.decode().split("\n")).str.strip_suffix("\r")
    frame = pl.DataFrame({"line": lines}).with_row_index("number", first_line).filter(pl.col("line") != "")
    parts = pl.col("line").str.splitn("\t", 9).struct.rename_fields([*_COLUMNS, "rest"]).alias("parts")
    frame = frame.select("number", parts).unnest("parts")
    frame = frame.with_columns(pl.col("pos").cast(pl.Int64, strict=False).alias("position"))
    _check(path, frame)
    alleles = frame.with_columns(
        pl.col("alt").str.split(",").alias("alts"),
        pl.col("info").str.strip_suffix("\n"),
    )
    alleles = alleles.with_columns(pl.int_ranges(0, pl.col("alts").list.len()).alias("which"))
    alleles = alleles.explode("alts", "which").filter(pl.col("alts").str.contains(r"^[ACGTNacgtn]+$"))
    values = [_value(key, header.info.get(key, "1")) for key in keys]
    return alleles.select(
        "contig",
        pl.col("position").alias("pos"),
        "id",
        pl.col("ref").str.to_uppercase(),
        pl.col("alts").str.to_uppercase().alias("alt"),
        *values,
    )


def _value(key: str, number: str) -> pl.Expr:
    pattern = f"(?:^|;){_escape(key)}(?:=([^;]*))?(?:;|$)"
    found = pl.col("info").str.extract(pattern, 1)
    if number == "0":
        found = pl.when(pl.col("info").str.contains(pattern)).then(pl.lit("1"))
    if number == "A":
        found = found.str.split(",").list.get(pl.col("which"), null_on_oob=True)
    return pl.when(found != ".").then(found).alias(key)


def _escape(key: str) -> str:
    return key.replace(".", r"\.")


def _check(path: Path, frame: pl.DataFrame) -> None:
    wrong = frame.filter(pl.col("position").is_null() | pl.col("info").is_null() | (pl.col("position") < 1))
    if len(wrong):
        row = wrong.row(0, named=True)
        raise MalformedRecordError(
            "this line is not a VCF record: it needs eight columns and a whole number as POS",
            where=f"{path}, line {row['number']}",
            value=f"{row['contig']}:{row['pos']}"[:60],
            advice="correct the line or get the file again",
        )
