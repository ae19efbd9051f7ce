"""What is known of a variant counts for the gene that it is about, not for every gene that spans the place."""

from __future__ import annotations

import polars as pl
import pytest

from trihelix.interpretation.rare.selection import _is_the_gene

SCHEMA = {
    "variant": pl.UInt32, "symbol": pl.String, "aliases": pl.List(pl.String), "severity": pl.UInt8,
    "coding_gene": pl.Boolean, "genes": pl.List(pl.String),
}  # fmt: skip
STOP, MISSENSE, INTRON = 4, 12, 20


@pytest.mark.parametrize(
    ("genes", "named", "expected"),
    [
        ([("FANCD2", STOP), ("FANCD2OS", INTRON)], ["FANCD2"], ["FANCD2"]),
        ([("FANCD2", STOP), ("FANCD2OS", INTRON)], ["FANCD2", "FANCD2OS"], ["FANCD2"]),
        ([("FANCD2", STOP), ("FANCD2OS", INTRON)], ["FANCD2OS"], ["FANCD2OS"]),
        ([("FANCD2", STOP), ("FANCD2OS", INTRON)], [], ["FANCD2"]),
        ([("FANCD2", STOP), ("FANCD2OS", INTRON)], ["OTHER"], ["FANCD2"]),
        ([("A", MISSENSE), ("B", MISSENSE)], [], ["A", "B"]),
        ([("NEW", INTRON)], ["OLD-NEW"], ["NEW"]),
    ],
)
def test_the_gene_that_a_classification_is_about(
    genes: list[tuple[str, int]], named: list[str], expected: list[str]
) -> None:
    rows = [(1, symbol, [f"OLD-{symbol}"], severity, True, named) for symbol, severity in genes]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row").with_columns(_is_the_gene().alias("it"))
    assert frame.filter("it")["symbol"].to_list() == expected


def test_a_non_coding_gene_is_never_the_one() -> None:
    rows = [(1, "LNC", [], INTRON, False, ["LNC"]), (1, "GENE", [], INTRON, True, ["LNC"])]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row").with_columns(_is_the_gene().alias("it"))
    assert frame.filter("it")["symbol"].to_list() == ["GENE"]
