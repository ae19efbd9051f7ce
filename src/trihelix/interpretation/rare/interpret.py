"""The interpretation of one family's small variants: select, segregate, tier, rank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from trihelix.annotation.consequences import is_counted
from trihelix.interpretation.evidence.waterfall import Waterfall
from trihelix.interpretation.rare.candidates import build_candidates
from trihelix.interpretation.rare.case import FamilyCase, Knowledge
from trihelix.interpretation.rare.rules import X
from trihelix.interpretation.rare.segregation import (
    GENOTYPES,
    families_table,
    family_masks,
    genotype_masks,
    origins,
)
from trihelix.interpretation.rare.selection import Selection, select
from trihelix.interpretation.rare.tiers import PANEL_GENES, segregating, tier
from trihelix.model.interpretation import Candidate, Notice, WaterfallStep

THIS_FAMILY = 0
COVERAGE = "whether the green genes were sequenced well enough to exclude a variant cannot be told from called variants alone"


@dataclass(frozen=True)
class Finding:
    """Candidates, the waterfall, and what the reader must know."""

    candidates: tuple[Candidate, ...]
    waterfall: tuple[WaterfallStep, ...]
    notices: tuple[Notice, ...]


def interpret_family(case: FamilyCase, knowledge: Knowledge) -> Finding:
    """Interpret one family. Pure: tables in, candidates out."""
    waterfall = Waterfall()
    panel_genes = (
        knowledge.panel_genes if knowledge.panel_genes is not None else pl.DataFrame(schema=PANEL_GENES)
    )
    selection = select(case, knowledge, waterfall, _green_non_coding(knowledge, panel_genes))
    masks = family_masks(THIS_FAMILY, case.family, case.calls.members, case.proband, case.n_x)
    families = families_table([masks])
    carried = _carried(selection, masks["one_x"])
    hits = segregating(carried, families, selection.variants, selection.effects)
    waterfall.step(
        "segregation",
        _variants_of(hits),
        "fits a mode of inheritance in this family, at the frequency for that mode",
    )
    events = tier(hits, families, selection.effects, panel_genes)
    top = events.filter(pl.col("tier") <= 2)
    waterfall.step("candidates", _variants_of(events), "in a candidate of any tier")
    waterfall.step(
        "panel",
        _variants_of(top),
        "in a green gene of an applied panel whose mode of inheritance fits: Tier 1 or 2",
    )
    waterfall.step("tier_1", _variants_of(top.filter(pl.col("tier") == 1)), "Tier 1")
    candidates = build_candidates(case, knowledge, selection, events, origins(carried, families))
    return Finding(candidates, waterfall.steps, _notices(selection))


def _carried(selection: Selection, one_x: int) -> pl.DataFrame:
    chosen = selection.variants.filter(pl.col("variant").is_in(selection.effects["variant"].implode()))
    rows = chosen["variant"].to_numpy().astype(np.int64)
    on_x = (chosen["region"] == X).to_numpy()
    masks = genotype_masks(selection.state[rows], on_x, one_x)
    return chosen.select(
        pl.lit(THIS_FAMILY, pl.UInt32).alias("family"),
        "variant",
        "region",
        *(pl.Series(name, masks[name], pl.UInt64) for name in GENOTYPES),
    )


def _green_non_coding(knowledge: Knowledge, panel_genes: pl.DataFrame) -> frozenset[int]:
    """Green genes that make no protein: their exons count."""
    if knowledge.genes is None or not len(panel_genes):
        return frozenset()
    green = panel_genes.filter(pl.col("confidence") == "green").select("gene_index").unique()
    named = knowledge.genes.genes.join(green, on="gene_index").select("gene_index", "biotype")
    return frozenset(g for g, biotype in named.iter_rows() if not is_counted(biotype))


def _variants_of(table: pl.DataFrame) -> int:
    return pl.concat([table["variant_1"], table["variant_2"].drop_nulls()]).n_unique()


def _notices(selection: Selection) -> tuple[Notice, ...]:
    notices = [*selection.notices, Notice("info", "coverage_not_assessed", COVERAGE)]
    common = int(selection.variants["common_known"].sum())
    if common:
        notices.append(
            Notice(
                "info",
                "known_common_pathogenic",
                "known pathogenic alleles were kept although they are common",
                common,
            )
        )
    return tuple(notices)
