"""Other names of genes from the HGNC complete set, so that old symbols on panels find their gene."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from trihelix.model.errors import PackError
from trihelix.reference.source import read_text

EXPECTED = "the HGNC complete set"
_NEEDED = ("hgnc_id", "symbol", "name", "alias_symbol", "prev_symbol", "ensembl_gene_id")


def is_hgnc_table(head: bytes) -> bool:
    """Whether a file begins like the HGNC complete set."""
    return head.startswith(b"hgnc_id\t")


def read_gene_names(path: Path) -> pl.DataFrame:
    """Columns hgnc_id, hgnc_symbol, hgnc_name, gene_id (or null), other_names: previous and alias symbols."""
    text = read_text(path, EXPECTED)
    header = text.split("\n", 1)[0].rstrip("\r").split("\t")
    if missing := [c for c in _NEEDED if c not in header]:
        raise PackError(
            f"this is not {EXPECTED}: columns are missing",
            where=f"{path}, line 1",
            value=", ".join(missing),
            advice="give hgnc_complete_set.txt as downloaded from HGNC",
        )
    try:
        table = pl.read_csv(
            io.BytesIO(text.encode()), separator="\t", infer_schema=False, columns=list(_NEEDED)
        )
    except pl.exceptions.PolarsError as error:
        raise PackError(
            f"this table cannot be read as {EXPECTED}",
            where=str(path),
            value=error,
            advice="get the file again",
        ) from error
    others = pl.concat_str(pl.col("prev_symbol", "alias_symbol").fill_null(""), separator="|").str.split("|")
    return table.select(
        "hgnc_id",
        hgnc_symbol="symbol",
        hgnc_name="name",
        gene_id="ensembl_gene_id",
        other_names=others.list.eval(pl.element().filter(pl.element() != "")),
    )


def with_names(genes: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Genes with hgnc_id, full name and aliases completed, matched by HGNC id, then Ensembl id, then symbol."""
    found = genes.select("gene_index", "hgnc_id", "gene_id", "symbol")
    by_hgnc = found.join(names.drop("gene_id"), on="hgnc_id", how="inner")
    rest = found.join(by_hgnc, on="gene_index", how="anti").drop("hgnc_id")
    by_id = rest.join(names.unique("gene_id", keep="first"), on="gene_id", how="inner")
    rest = rest.join(by_id, on="gene_index", how="anti").drop("gene_id")
    by_symbol = rest.join(names, left_on="symbol", right_on="hgnc_symbol", how="inner", coalesce=False)
    columns = ("gene_index", "hgnc_id", "hgnc_symbol", "hgnc_name", "other_names")
    matched = pl.concat([frame.select(columns) for frame in (by_hgnc, by_id, by_symbol)]).unique(
        "gene_index", keep="first", maintain_order=True
    )
    joined = genes.join(matched, on="gene_index", how="left", suffix="_matched", maintain_order="left")
    all_names = pl.concat_list(
        "aliases", pl.col("hgnc_symbol").fill_null(""), pl.col("other_names").fill_null([])
    )
    unwanted = pl.concat_list("symbol", pl.lit(""))
    return joined.with_columns(
        hgnc_id=pl.coalesce("hgnc_id", "hgnc_id_matched"),
        name=pl.coalesce("name", "hgnc_name"),
        aliases=all_names.list.unique(maintain_order=True).list.set_difference(unwanted).list.sort(),
    ).select(genes.columns)
