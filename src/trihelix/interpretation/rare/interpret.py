"""The interpretation of one family's small variants: select, segregate, tier, rank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.annotation.consequences import is_counted
from trihelix.interpretation.evidence.uniparental import rows_inside
from trihelix.interpretation.evidence.waterfall import Waterfall
from trihelix.interpretation.rare.candidates import build_candidates
from trihelix.interpretation.rare.case import FamilyCase, Knowledge
from trihelix.interpretation.rare.fates import Fate, Trace
from trihelix.interpretation.rare.rules import IMPRINTED_FILTERS, Penetrance
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
from trihelix.variants.records import OTHER_ALT, PHASED, SECOND_HAPLOTYPE

THIS_FAMILY = 0
LARGEST_PHASE_SET = 2**31 - 1  # what larger numbers are read as, so that two of them may not be one set
SECOND_RUN = (
    "incomplete penetrance was asked for: after the run with complete penetrance a second one let unaffected "
    "members carry the variant; what it added says so"
)
COVERAGE = "whether the green genes were sequenced well enough to exclude a variant cannot be told from called variants alone"


@dataclass(frozen=True)
class Finding:
    """Candidates, the waterfall, and what the reader must know."""

    candidates: tuple[Candidate, ...]
    waterfall: tuple[WaterfallStep, ...]
    notices: tuple[Notice, ...]
    trace: Trace | None = None


def interpret_family(case: FamilyCase, knowledge: Knowledge) -> Finding:
    """Interpret one family. Pure: tables in, candidates out."""
    waterfall = Waterfall()
    panel_genes = (
        knowledge.panel_genes if knowledge.panel_genes is not None else pl.DataFrame(schema=PANEL_GENES)
    )
    selection = select(case, knowledge, waterfall, _green_non_coding(knowledge, panel_genes))
    masks = family_masks(THIS_FAMILY, case.family, case.calls.members, case.proband, case.n_x)
    families = families_table([masks])
    carried = _carried(case, selection, masks["one_x"])
    hits = segregating(carried, families, selection.variants, selection.effects, panel_genes, case.penetrance)
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
    selection.fates.fate[_rows_of(events)] = Fate.CANDIDATE
    trace = Trace(case, selection.state, selection.fates, _imprinted(knowledge, panel_genes))
    return Finding(candidates, waterfall.steps, _notices(case, selection), trace)


def _carried(case: FamilyCase, selection: Selection, one_x: int) -> pl.DataFrame:
    """The chosen variants as `segregation` asks for them."""
    chosen = selection.variants.filter(pl.col("variant").is_in(selection.effects["variant"].implode()))
    rows = chosen["variant"].to_numpy().astype(np.int64)
    isodisomy = [segment for segment in case.uniparental if segment.kind == "isodisomy"]
    masks = genotype_masks(selection.state[rows], chosen["region"].to_numpy(), one_x)
    return chosen.select(
        pl.lit(THIS_FAMILY, pl.UInt32).alias("family"),
        "variant",
        "region",
        *(pl.Series(name, masks[name], pl.UInt64) for name in GENOTYPES),
        pl.Series("isodisomy", rows_inside(isodisomy, case.calls, rows), pl.Boolean),
        *_read_phase(case, rows),
    )


def _read_phase(case: FamilyCase, rows: NDArray[np.int64]) -> tuple[pl.Series, ...]:
    """The proband's phase set and haplotype (null without a phase set: phase without reads is not trusted), the
    record of the allele, and whether the call names another alternate allele of that record."""
    calls = case.calls
    me = calls.members.index(case.proband)
    flags, phase_set = calls.flags[rows, me], calls.phase_set[rows, me].astype(np.int64)
    phased = ((flags & PHASED) != 0) & (phase_set >= 0) & (phase_set < LARGEST_PHASE_SET)
    haplotype = pl.Series("haplotype", ((flags & SECOND_HAPLOTYPE) != 0).astype(np.uint8))
    record = calls.file[rows].astype(np.int64) << 32 | calls.record[rows].astype(np.int64)
    return (
        pl.Series(
            "phase_set",
            [int(p) if known else None for p, known in zip(phase_set, phased, strict=True)],
            pl.Int64,
        ),
        haplotype,
        pl.Series("record", record),
        pl.Series("other_alt", (flags & OTHER_ALT) != 0),
    )


def _green_non_coding(knowledge: Knowledge, panel_genes: pl.DataFrame) -> frozenset[int]:
    """Green genes that make no protein: their exons count."""
    if knowledge.genes is None or not len(panel_genes):
        return frozenset()
    green = panel_genes.filter(pl.col("confidence") == "green").select("gene_index").unique()
    named = knowledge.genes.genes.join(green, on="gene_index").select("gene_index", "biotype")
    return frozenset(g for g, biotype in named.iter_rows() if not is_counted(biotype))


def _imprinted(knowledge: Knowledge, panel_genes: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    """Per filter of imprinted genes the genes in which it is tried."""
    if knowledge.genes is None:
        return {}
    named = panel_genes.join(knowledge.genes.genes.select("gene_index", "symbol"), on="gene_index")
    return {
        filter_.value: tuple(
            named.filter(pl.col("mode") == mode.value)["symbol"].drop_nulls().unique().sort()
        )
        for filter_, mode in IMPRINTED_FILTERS.items()
    }


def _rows_of(table: pl.DataFrame) -> NDArray[np.uint32]:
    """The variants of hits or events, each once."""
    return pl.concat([table["variant_1"], table["variant_2"].drop_nulls()]).unique().to_numpy()


def _variants_of(table: pl.DataFrame) -> int:
    return len(_rows_of(table))


def _notices(case: FamilyCase, selection: Selection) -> tuple[Notice, ...]:
    notices = [*selection.notices, Notice("info", "coverage_not_assessed", COVERAGE)]
    if case.penetrance is Penetrance.INCOMPLETE:
        notices.append(Notice("info", "incomplete_penetrance", SECOND_RUN))
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
