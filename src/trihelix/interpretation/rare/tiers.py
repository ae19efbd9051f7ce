"""Tiers of report events: (family, variants, gene, panel, mode of inheritance, filter) (rare_disease.md section 5)."""

from __future__ import annotations

import polars as pl

from trihelix.annotation.sequence_ontology import HIGH, MODERATE
from trihelix.interpretation.rare.rules import IMPRINTED_FILTERS, RECESSIVE_FILTERS, Filter, Penetrance, fits
from trihelix.interpretation.rare.segregation import compound_heterozygous, single_variant_filters
from trihelix.model.inheritance import ModeOfInheritance

PANEL_GENES: dict[str, type[pl.DataType]] = {
    "gene_index": pl.UInt32,
    "panel_id": pl.String,
    "panel_name": pl.String,
    "panel_version": pl.String,
    "confidence": pl.String,
    "mode": pl.String,
    "mode_of_inheritance": pl.String,
    "lof_excluded": pl.Boolean,
}


def segregating(
    carried: pl.DataFrame,
    families: pl.DataFrame,
    variants: pl.DataFrame,
    effects: pl.DataFrame,
    panel_genes: pl.DataFrame,
    penetrance: Penetrance = Penetrance.COMPLETE,
) -> pl.DataFrame:
    """Rows (see HITS) that pass a filter and its frequency; with incomplete penetrance, the second run adds what
    the same filter did not pass under complete penetrance.

    `variant_2` is null for single variants. `carried` has the masks (see `segregation`), `variants` the
    columns dominant_rare and recessive_rare, `effects` the (variant, gene_index) that count, `panel_genes` says
    in which genes the filters of imprinted genes are tried.
    """
    complete = _run(carried, families, variants, effects, panel_genes, Penetrance.COMPLETE)
    if penetrance is Penetrance.COMPLETE:
        return complete
    second = _run(carried, families, variants, effects, panel_genes, Penetrance.INCOMPLETE)
    key = ["family", "gene_index", "variant_1", "variant_2", "filter"]
    return pl.concat([complete, second.join(complete, on=key, how="anti", nulls_equal=True)])


HITS: dict[str, type[pl.DataType]] = {
    "family": pl.UInt32,
    "gene_index": pl.UInt32,
    "variant_1": pl.UInt32,
    "variant_2": pl.UInt32,
    "filter": pl.String,
    "phase_unproven": pl.Boolean,
    "phase_contradiction": pl.Boolean,
    "unsupported": pl.Boolean,
    "penetrance": pl.String,
}


def _run(
    carried: pl.DataFrame,
    families: pl.DataFrame,
    variants: pl.DataFrame,
    effects: pl.DataFrame,
    panel_genes: pl.DataFrame,
    penetrance: Penetrance,
) -> pl.DataFrame:
    """One run of all filters."""
    recessive = pl.col("filter").is_in([f.value for f in RECESSIVE_FILTERS])
    single = (
        single_variant_filters(carried, families, penetrance)
        .join(variants.select("variant", "dominant_rare", "recessive_rare"), on="variant")
        .filter(pl.when(recessive).then("recessive_rare").otherwise("dominant_rare"))
        .join(effects.select("variant", "gene_index"), on="variant")
        .rename({"variant": "variant_1"})
    )
    single = _without_imprinting_elsewhere(single, panel_genes)
    rare = variants.filter("recessive_rare").select("variant")
    in_gene = carried.join(rare, on="variant", how="semi").join(
        effects.select("variant", pl.col("gene_index").alias("gene")), on="variant"
    )
    pairs = compound_heterozygous(in_gene, families, penetrance).rename({"gene": "gene_index"})
    return pl.concat([_hits(single, penetrance), _hits(pairs, penetrance)])


def _hits(table: pl.DataFrame, penetrance: Penetrance) -> pl.DataFrame:
    """The columns of HITS; what a table does not tell is null or False."""
    filled = {"variant_2": pl.lit(None), "penetrance": pl.lit(penetrance.value)}
    columns = [
        (pl.col(name) if name in table.columns else filled.get(name, pl.lit(False))).cast(type_).alias(name)
        for name, type_ in HITS.items()
    ]
    return table.select(columns)


def _without_imprinting_elsewhere(hits: pl.DataFrame, panel_genes: pl.DataFrame) -> pl.DataFrame:
    """Filters of imprinted genes only where an applied panel gives the gene that mode."""
    modes = pl.DataFrame(
        [(f.value, m.value) for f, m in IMPRINTED_FILTERS.items()], schema=["filter", "mode"], orient="row"
    )
    imprinted = (
        panel_genes.select("gene_index", "mode")
        .join(modes, on="mode")
        .select("gene_index", "filter")
        .unique()
    )
    is_imprinting = pl.col("filter").is_in([f.value for f in IMPRINTED_FILTERS])
    allowed = hits.filter(is_imprinting).join(imprinted, on=["gene_index", "filter"], how="semi")
    return pl.concat([hits.filter(~is_imprinting), allowed])


def tier(
    hits: pl.DataFrame, families: pl.DataFrame, effects: pl.DataFrame, panel_genes: pl.DataFrame
) -> pl.DataFrame:
    """Report events: `hits` (see `segregating`) with one row per applied panel entry of the gene, or one row
    without a panel; columns tier, gene_ok, fits, impact facts and the panel entry's."""
    facts = effects.select(
        "variant", "gene_index", "known", "non_coding",
        (pl.col("impact") == HIGH).alias("high"), ((pl.col("impact") == MODERATE) | pl.col("splicing")).alias("moderate"),
    )  # fmt: skip
    table = hits.join(facts, left_on=["variant_1", "gene_index"], right_on=["variant", "gene_index"])
    table = table.join(
        facts,
        left_on=["variant_2", "gene_index"],
        right_on=["variant", "gene_index"],
        how="left",
        suffix="_2",
    )
    either = [
        (pl.col(c) | pl.col(f"{c}_2").fill_null(False)).alias(c)
        for c in ("known", "non_coding", "high", "moderate")
    ]
    table = table.with_columns(either).drop("known_2", "non_coding_2", "high_2", "moderate_2")
    one_x = families.select("family", ((pl.col("proband") & pl.col("one_x")) != 0).alias("proband_one_x"))
    table = table.join(one_x, on="family").join(panel_genes, on="gene_index", how="left")
    table = table.join(_fitting(), on=["mode", "filter", "proband_one_x"], how="left")
    events = table.with_columns(pl.col("fits").fill_null(False)).with_columns(*_tier_columns())
    only_non_coding = pl.col("non_coding") & ~(pl.col("high") | pl.col("moderate") | pl.col("known"))
    return events.filter(~((pl.col("tier") == 3) & only_non_coding))  # non-coding genes are never Tier 3


def _fitting() -> pl.DataFrame:
    """Every (mode, filter, whether the proband has one X) with whether they fit."""
    rows = [
        (mode.value, filter_.value, one_x, fits(mode, filter_, one_x))
        for mode in ModeOfInheritance
        for filter_ in Filter
        for one_x in (False, True)
    ]
    return pl.DataFrame(rows, schema=["mode", "filter", "proband_one_x", "fits"], orient="row")


def _tier_columns() -> tuple[pl.Expr, ...]:
    green = (pl.col("confidence") == "green").fill_null(False)
    gene_ok = green & pl.col("fits") & ~pl.col("unsupported")
    de_novo = pl.col("filter") == Filter.DE_NOVO.value
    high = pl.col("high") & ~pl.col("lof_excluded").fill_null(False)
    first = high | pl.col("known") | (de_novo & (pl.col("moderate") | pl.col("non_coding")))
    second = pl.col("moderate") | pl.col("non_coding")
    tier_ = (
        pl.when(gene_ok & first)
        .then(1)
        .when(gene_ok & second)
        .then(2)
        .otherwise(3)
        .cast(pl.UInt8)
        .alias("tier")
    )
    return tier_, green.alias("green"), gene_ok.alias("gene_ok")
