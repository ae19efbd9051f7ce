"""Tiers as a truth table (rare_disease.md section 5)."""

from __future__ import annotations

import polars as pl
import pytest

from trihelix.interpretation.rare.rules import FILTERS_OF_MODE, Filter, fits
from trihelix.interpretation.rare.segregation import families_table
from trihelix.interpretation.rare.tiers import PANEL_GENES, segregating, tier
from trihelix.model.inheritance import ModeOfInheritance as Mode

FAMILY = {
    "family": 0, "affected": 1, "unaffected": 6, "one_x": 3, "two_x": 4, "affected_parents": 0,
    "unaffected_parents": 6, "proband": 1, "father": 2, "mother": 4,
}  # fmt: skip
DE_NOVO, AUTOSOMAL = Filter.DE_NOVO.value, Filter.INHERITED_AUTOSOMAL_DOMINANT.value
RECESSIVE = Filter.SIMPLE_RECESSIVE.value


def events(
    impact: str,
    filter_: str,
    entries: list[tuple[str, str, bool]],
    known: bool = False,
    non_coding: bool = False,
) -> pl.DataFrame:
    """Report events of one variant; panel entries are (colour, mode, whether loss of function is excluded)."""
    hits = pl.DataFrame(
        [(0, 7, 1, None, filter_, False)],
        schema={"family": pl.UInt32, "gene_index": pl.UInt32, "variant_1": pl.UInt32, "variant_2": pl.UInt32,
                "filter": pl.String, "phase_unproven": pl.Boolean},
        orient="row",
    )  # fmt: skip
    effects = pl.DataFrame(
        {
            "variant": [1],
            "gene_index": [7],
            "impact": [impact],
            "non_coding": [non_coding],
            "splicing": [False],
            "known": [known],
        },
        schema_overrides={"variant": pl.UInt32, "gene_index": pl.UInt32},
    )
    rows = [(7, f"p{i}", "P", "1", colour, mode, mode, lof) for i, (colour, mode, lof) in enumerate(entries)]
    panel_genes = pl.DataFrame(rows, schema=PANEL_GENES, orient="row")
    return tier(hits, families_table([FAMILY]), effects, panel_genes)


@pytest.mark.parametrize(
    ("impact", "filter_", "colour", "mode", "known", "expected"),
    [
        ("HIGH", AUTOSOMAL, "green", "MONOALLELIC", False, 1),
        ("HIGH", DE_NOVO, "green", "MONOALLELIC", False, 1),
        ("MODERATE", DE_NOVO, "green", "MONOALLELIC", False, 1),
        ("MODERATE", AUTOSOMAL, "green", "MONOALLELIC", False, 2),
        ("MODERATE", AUTOSOMAL, "green", "MONOALLELIC", True, 1),
        ("LOW", AUTOSOMAL, "green", "MONOALLELIC", True, 1),
        ("LOW", AUTOSOMAL, "green", "MONOALLELIC", False, 3),
        ("MODERATE", RECESSIVE, "green", "BIALLELIC", False, 2),
        ("HIGH", RECESSIVE, "green", "BOTH", False, 1),
        ("HIGH", RECESSIVE, "green", "UNKNOWN", False, 1),
        ("HIGH", AUTOSOMAL, "green", "BIALLELIC", False, 3),
        ("HIGH", RECESSIVE, "green", "MONOALLELIC", False, 3),
        ("HIGH", AUTOSOMAL, "amber", "MONOALLELIC", False, 3),
        ("HIGH", AUTOSOMAL, "red", "MONOALLELIC", True, 3),
        ("HIGH", AUTOSOMAL, "green", "MITOCHONDRIAL", False, 3),
    ],
)
def test_tiers(impact: str, filter_: str, colour: str, mode: str, known: bool, expected: int) -> None:
    found = events(impact, filter_, [(colour, mode, False)], known)
    assert found["tier"].to_list() == [expected]


def test_a_gene_on_no_panel_is_tier_3_and_one_on_two_panels_has_two_events() -> None:
    assert events("HIGH", DE_NOVO, [])["tier"].to_list() == [3]
    both = events("HIGH", DE_NOVO, [("green", "MONOALLELIC", False), ("amber", "MONOALLELIC", False)])
    assert sorted(both["tier"].to_list()) == [1, 3]


def test_where_loss_of_function_is_not_the_mechanism_a_high_impact_variant_is_tier_3() -> None:
    excluded = [("green", "MONOALLELIC", True)]
    assert events("HIGH", AUTOSOMAL, excluded)["tier"].to_list() == [3]
    assert events("HIGH", AUTOSOMAL, excluded, known=True)["tier"].to_list() == [1]
    assert events("MODERATE", AUTOSOMAL, excluded)["tier"].to_list() == [2]


def test_exons_of_green_non_coding_genes_count_and_are_never_tier_3() -> None:
    green, amber = [("green", "MONOALLELIC", False)], [("amber", "MONOALLELIC", False)]
    assert events("MODIFIER", DE_NOVO, green, non_coding=True)["tier"].to_list() == [1]
    assert events("MODIFIER", AUTOSOMAL, green, non_coding=True)["tier"].to_list() == [2]
    assert events("MODIFIER", AUTOSOMAL, amber, non_coding=True).is_empty()


def test_every_mode_has_its_filters() -> None:
    assert set(FILTERS_OF_MODE) == set(Mode)


@pytest.mark.parametrize(
    ("mode", "filter_", "one_x", "expected"),
    [
        (Mode.XLINKED_BIALLELIC_IN_FEMALES, Filter.DE_NOVO, True, True),
        (Mode.XLINKED_BIALLELIC_IN_FEMALES, Filter.DE_NOVO, False, False),
        (Mode.XLINKED_BIALLELIC_IN_FEMALES, Filter.X_LINKED_MONOALLELIC, True, False),
        (Mode.XLINKED_MONOALLELIC_IN_FEMALES, Filter.X_LINKED_SIMPLE_RECESSIVE, True, True),
        (Mode.XLINKED_MONOALLELIC_IN_FEMALES, Filter.DE_NOVO, False, True),
        (Mode.BIALLELIC, Filter.DE_NOVO, False, False),
        (Mode.OTHER, Filter.X_LINKED_MONOALLELIC, False, True),
    ],
)
def test_which_filters_fit_which_mode(mode: Mode, filter_: Filter, one_x: bool, expected: bool) -> None:
    assert fits(mode, filter_, one_x) is expected


def test_each_filter_asks_for_its_own_frequency() -> None:
    """Homozygous in the child, heterozygous in both parents; too common for dominant, not for recessive."""
    carried = pl.DataFrame(
        [(0, 1, "autosome", 0, 6, 1), (0, 2, "autosome", 6, 1, 0)],
        schema={
            "family": pl.UInt32,
            "variant": pl.UInt32,
            "region": pl.String,
            "ref": pl.UInt64,
            "het": pl.UInt64,
            "hom": pl.UInt64,
        },
        orient="row",
    )
    effects = pl.DataFrame(
        {"variant": [1, 2], "gene_index": [7, 8]}, schema=dict.fromkeys(("variant", "gene_index"), pl.UInt32)
    )

    def filters(dominant: bool, recessive: bool) -> set[tuple[int, str]]:
        variants = pl.DataFrame(
            {"variant": [1, 2], "dominant_rare": [dominant] * 2, "recessive_rare": [recessive] * 2},
            schema_overrides={"variant": pl.UInt32},
        )
        return set(
            segregating(carried, families_table([FAMILY]), variants, effects)
            .select("variant_1", "filter")
            .iter_rows()
        )

    assert filters(True, True) == {(1, RECESSIVE), (2, DE_NOVO), (2, AUTOSOMAL)}
    assert filters(False, True) == {(1, RECESSIVE)}
    assert filters(False, False) == set()
