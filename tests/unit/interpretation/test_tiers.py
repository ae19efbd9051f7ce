"""Tiers as a truth table (rare_disease.md section 5)."""

from __future__ import annotations

import polars as pl
import pytest

from trihelix.interpretation.rare.rules import FILTERS_OF_MODE, Filter, Penetrance, fits
from trihelix.interpretation.rare.segregation import families_table
from trihelix.interpretation.rare.tiers import HITS, PANEL_GENES, segregating, tier
from trihelix.model.inheritance import ModeOfInheritance as Mode

FAMILY = {
    "family": 0, "affected": 1, "unaffected": 6, "one_x": 3, "two_x": 4, "affected_parents": 0,
    "unaffected_parents": 6, "unaffected_mothers": 4, "proband": 1, "father": 2, "mother": 4, "son": 1,
    "child": [], "child_father": [], "child_mother": [],
}  # fmt: skip
DE_NOVO, AUTOSOMAL = Filter.DE_NOVO.value, Filter.INHERITED_AUTOSOMAL_DOMINANT.value
RECESSIVE = Filter.SIMPLE_RECESSIVE.value
PATERNALLY_IMPRINTED = Filter.PATERNALLY_IMPRINTED.value


def events(
    impact: str,
    filter_: str,
    entries: list[tuple[str, str, bool]],
    known: bool = False,
    non_coding: bool = False,
    unsupported: bool = False,
) -> pl.DataFrame:
    """Report events of one variant; panel entries are (colour, mode, whether loss of function is excluded)."""
    hits = pl.DataFrame(
        [(0, 7, 1, None, filter_, False, False, unsupported, "complete")], schema=HITS, orient="row"
    )
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
        ("HIGH", "MitochondrialGenome", "green", "MITOCHONDRIAL", False, 1),
        ("MODERATE", "UniparentalIsodisomy", "green", "BIALLELIC", False, 2),
        ("HIGH", DE_NOVO, "green", "MONOALLELIC_PATERNALLY_IMPRINTED", False, 1),
        ("HIGH", PATERNALLY_IMPRINTED, "green", "MONOALLELIC_PATERNALLY_IMPRINTED", False, 1),
        ("HIGH", PATERNALLY_IMPRINTED, "green", "MONOALLELIC_MATERNALLY_IMPRINTED", False, 3),
    ],
)
def test_tiers(impact: str, filter_: str, colour: str, mode: str, known: bool, expected: int) -> None:
    found = events(impact, filter_, [(colour, mode, False)], known)
    assert found["tier"].to_list() == [expected]


def test_isodisomy_without_evidence_of_its_chromosome_is_tier_3() -> None:
    green = [("green", "BIALLELIC", False)]
    found = events("HIGH", Filter.UNIPARENTAL_ISODISOMY.value, green, known=True, unsupported=True)
    assert found["tier"].to_list() == [3]


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


CARRIED = {
    "family": pl.UInt32, "variant": pl.UInt32, "region": pl.String, "ref": pl.UInt64, "het": pl.UInt64,
    "hom": pl.UInt64, "isodisomy": pl.Boolean, "phase_set": pl.Int64, "haplotype": pl.UInt8,
    "record": pl.Int64, "other_alt": pl.Boolean,
}  # fmt: skip
NO_PANEL = pl.DataFrame(schema=PANEL_GENES)


def found_filters(
    rows: list[tuple[int, int, int, int]],
    dominant: bool = True,
    recessive: bool = True,
    panel_genes: pl.DataFrame = NO_PANEL,
    penetrance: Penetrance = Penetrance.COMPLETE,
) -> set[tuple[int, str, str]]:
    """(variant, filter, penetrance) of variants (number, ref, het, hom), each in a gene of its own number."""
    carried = pl.DataFrame(
        [(0, n, "autosome", *masks, False, None, 0, n, False) for n, *masks in rows],
        schema=CARRIED,
        orient="row",
    )
    numbers = pl.Series([n for n, *_ in rows], dtype=pl.UInt32)
    effects = pl.DataFrame({"variant": numbers, "gene_index": numbers})
    variants = pl.DataFrame({"variant": numbers}).with_columns(
        pl.lit(dominant).alias("dominant_rare"), pl.lit(recessive).alias("recessive_rare")
    )
    hits = segregating(carried, families_table([FAMILY]), variants, effects, panel_genes, penetrance)
    return set(hits.select("variant_1", "filter", "penetrance").iter_rows())


FROM_BOTH, NEW, FROM_MOTHER = (1, 0, 6, 1), (2, 6, 1, 0), (3, 2, 5, 0)


def test_each_filter_asks_for_its_own_frequency() -> None:
    """Homozygous in the child, heterozygous in both parents; too common for dominant, not for recessive."""
    rows, complete = [FROM_BOTH, NEW], "complete"
    new = {(2, DE_NOVO, complete), (2, AUTOSOMAL, complete)}
    assert found_filters(rows) == {(1, RECESSIVE, complete), *new}
    assert found_filters(rows, dominant=False) == {(1, RECESSIVE, complete)}
    assert found_filters(rows, dominant=False, recessive=False) == set()


def test_imprinting_is_tried_only_where_a_panel_says_so() -> None:
    entry = {
        "gene_index": 3, "panel_id": "1", "panel_name": "P", "panel_version": "1.0", "confidence": "green",
        "mode": "MONOALLELIC_PATERNALLY_IMPRINTED", "mode_of_inheritance": "", "lof_excluded": False,
    }  # fmt: skip
    assert found_filters([FROM_MOTHER]) == set()
    panel = pl.DataFrame([entry], schema=PANEL_GENES)
    expected = {(3, PATERNALLY_IMPRINTED, "complete")}
    assert found_filters([FROM_MOTHER], panel_genes=panel) == expected


def test_the_second_run_adds_only_what_the_first_did_not_find() -> None:
    second = found_filters([FROM_BOTH, NEW, FROM_MOTHER], penetrance=Penetrance.INCOMPLETE)
    first = found_filters([FROM_BOTH, NEW, FROM_MOTHER])
    added = {(1, AUTOSOMAL, "incomplete"), (3, AUTOSOMAL, "incomplete")}
    assert second == first | added
