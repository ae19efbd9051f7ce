"""The score's table: what must win over what, that the parts explain the sum, and the bounds of the score."""

from __future__ import annotations

from dataclasses import replace
from math import exp, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trihelix.interpretation.rare.rules import Filter
from trihelix.interpretation.rare.scoring import (
    MODE_FITS,
    MODE_MISFITS,
    GeneFacts,
    VariantFacts,
    contributions,
    scores,
)

STOP = VariantFacts("stop_gained", "HIGH", 0.0, False, 0)
MISSENSE = VariantFacts("missense_variant", "MODERATE", 0.0, False, 0)
GENE = GeneFacts(None, False, None, None, 0.5, True, "a disease")
DOMINANT, RECESSIVE = Filter.INHERITED_AUTOSOMAL_DOMINANT, Filter.SIMPLE_RECESSIVE
PAIR = Filter.COMPOUND_HETEROZYGOUS


def total(
    *variants: VariantFacts,
    filter_: Filter = DOMINANT,
    gene: GeneFacts = GENE,
    unproven: bool = False,
    parents: int = 0,
) -> float:
    return sum(p.points for p in contributions(variants, filter_, unproven, gene, parents))


def points(part: str, *variants: VariantFacts, filter_: Filter = DOMINANT, gene: GeneFacts = GENE) -> float:
    return sum(p.points for p in contributions(variants, filter_, False, gene) if p.part == part)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (total(STOP), total(MISSENSE)),
        (total(MISSENSE), total(replace(MISSENSE, frequency=5e-5))),
        (total(replace(MISSENSE, frequency=5e-5)), total(replace(MISSENSE, frequency=5e-4))),
        (total(replace(MISSENSE, frequency=5e-4)), total(replace(MISSENSE, frequency=5e-3))),
        (total(replace(MISSENSE, pathogenic=True, stars=2)), total(MISSENSE)),
        (total(MISSENSE, filter_=RECESSIVE), total(MISSENSE)),
        (total(MISSENSE, filter_=Filter.DE_NOVO, parents=2), total(MISSENSE, parents=2)),
        (total(MISSENSE, parents=2), total(MISSENSE, parents=1)),
        (total(MISSENSE, parents=1), total(MISSENSE)),
        (total(STOP, MISSENSE, filter_=PAIR), total(MISSENSE, MISSENSE, filter_=PAIR)),
        (total(STOP, STOP, filter_=PAIR), total(STOP, STOP, filter_=PAIR, unproven=True)),
        (total(STOP, gene=replace(GENE, mode_share=1.0)), total(STOP)),
        (total(STOP), total(STOP, gene=replace(GENE, mode_share=0.0))),
        (total(STOP), total(STOP, gene=replace(GENE, phenotype_score=0.1))),
        (total(STOP, gene=replace(GENE, phenotype_score=0.1)), total(STOP, gene=replace(GENE, phenotype_score=None))),
        (
            total(STOP, gene=replace(GENE, phenotype_score=None, curated=True)),
            total(STOP, gene=replace(GENE, phenotype_score=None)),
        ),
        (total(STOP, gene=replace(GENE, confidence="green", mode_fits=True)), total(STOP)),

        (total(STOP), total(STOP, gene=replace(GENE, confidence="green", mode_fits=False))),
    ],
)  # fmt: skip
def test_what_wins_over_what(better: float, worse: float) -> None:
    assert better > worse


def test_one_copy_in_a_recessive_gene_loses_to_two() -> None:
    recessive_gene = replace(GENE, mode_share=0.0)
    fitting_gene = replace(GENE, mode_share=1.0)
    assert total(STOP, filter_=RECESSIVE, gene=fitting_gene) - total(STOP, gene=recessive_gene) > 4


@pytest.mark.parametrize(
    ("gene", "sign"),
    [
        (replace(GENE, pli=0.99), 1),
        (replace(GENE, pli=0.5), -1),
        (replace(GENE, pli=0.01), -2),
        (replace(GENE, loeuf=0.2), 1),
        (replace(GENE, loeuf=0.6), -1),
        (replace(GENE, loeuf=1.5), -2),
        (replace(GENE, pli=0.99, loeuf=1.5), 1),
        (GENE, 0),
    ],
)
def test_one_lost_copy_by_the_tolerance_of_the_gene(gene: GeneFacts, sign: int) -> None:
    found = points("constraint", STOP, gene=gene)
    assert {1: found > 0, 0: found == 0, -1: -1 < found < 0, -2: found < -1}[sign]


def test_constraint_says_nothing_of_two_copies() -> None:
    gene = replace(GENE, pli=0.99, missense_z=5.0)
    assert points("constraint", STOP, filter_=RECESSIVE, gene=gene) == 0
    assert points("constraint", STOP, MISSENSE, filter_=PAIR, gene=gene) == 0
    assert points("constraint", MISSENSE, filter_=Filter.DE_NOVO, gene=gene) > 0


def test_the_mode_is_the_mean_of_the_odds() -> None:
    found = points("mode", STOP, gene=replace(GENE, mode_share=0.5))
    assert isclose(exp(found), (exp(MODE_FITS) + exp(MODE_MISFITS)) / 2, rel_tol=1e-3)
    assert points("mode", STOP) == 0


def test_a_poor_match_says_less_than_a_good_one() -> None:
    good = points("phenotype", STOP, gene=replace(GENE, phenotype_score=0.95))
    poor = points("phenotype", STOP, gene=replace(GENE, phenotype_score=0.05))
    assert good > -2 * poor > 0


@pytest.mark.parametrize("score", [0.0, None, float("nan")])
def test_a_gene_without_a_described_disease(score: float | None) -> None:
    gene = replace(GENE, phenotype_score=score)
    (part,) = [p for p in contributions([STOP], DOMINANT, False, gene) if p.part == "phenotype"]
    assert part.why == "no disease of this gene is annotated"


def test_without_findings_or_frequencies_these_parts_are_missing() -> None:
    gene = replace(GENE, phenotype_asked=False)
    parts = contributions([replace(STOP, frequency=None)], DOMINANT, False, gene)
    assert {p.part for p in parts} == {"prior", "consequence", "segregation"}


facts = st.builds(
    VariantFacts,
    st.sampled_from(["stop_gained", "missense_variant", "splice_region_variant", "intron_variant"]),
    st.sampled_from(["HIGH", "MODERATE", "MODIFIER"]),
    st.none() | st.floats(0, 1),
    st.booleans(),
    st.integers(0, 4),
)
genes = st.builds(
    GeneFacts,
    st.sampled_from(["green", "amber", "red", None]),
    st.booleans(),
    st.none() | st.floats(0, 2),
    st.none() | st.floats(-10, 10),
    st.none() | st.floats(0, 1),
    st.booleans(),
    st.none(),
    st.none() | st.floats(0, 1),
    st.none() | st.floats(0, 1),
    st.booleans(),
)


@given(
    st.lists(facts, min_size=1, max_size=2),
    st.sampled_from(list(Filter)),
    st.booleans(),
    genes,
    st.integers(0, 2),
)
def test_scores_are_the_logistic_of_the_parts(
    variants: list[VariantFacts], filter_: Filter, unproven: bool, gene: GeneFacts, parents: int
) -> None:
    parts = contributions(variants, filter_, unproven, gene, parents)
    combined, genotype = scores(parts)
    summed = sum(p.points for p in parts)
    without = sum(p.points for p in parts if p.part != "phenotype")
    assert 0 <= combined <= 1
    assert isclose(combined, 1 / (1 + exp(-summed)), abs_tol=1e-9)
    assert isclose(genotype, 1 / (1 + exp(-without)), abs_tol=1e-9)
    assert all(p.why for p in parts)


def test_strong_candidates_do_not_tie() -> None:
    strong = replace(
        GENE, phenotype_score=0.9999, confidence="green", mode_fits=True, mode_share=1.0, pli=1.0
    )
    known = replace(STOP, pathogenic=True, stars=2)
    better = scores(contributions([known], Filter.DE_NOVO, False, strong))[0]
    worse = scores(contributions([STOP], Filter.DE_NOVO, False, strong))[0]
    assert better > worse


def test_a_hemizygous_loss_counts_the_constraint() -> None:
    assert (
        points("constraint", STOP, filter_=Filter.X_LINKED_SIMPLE_RECESSIVE, gene=replace(GENE, pli=1.0)) > 0
    )


def test_a_hemizygous_loss_is_not_held_against_a_gene_that_women_may_lose_once() -> None:
    assert (
        points("constraint", STOP, filter_=Filter.X_LINKED_SIMPLE_RECESSIVE, gene=replace(GENE, pli=0.0)) == 0
    )


@pytest.mark.parametrize("filter_", [DOMINANT, RECESSIVE, PAIR, Filter.X_LINKED_SIMPLE_RECESSIVE])
def test_a_fitting_mode_helps_and_another_hurts(filter_: Filter) -> None:
    assert points("mode", STOP, filter_=filter_, gene=replace(GENE, mode_share=1.0)) > 0
    assert points("mode", STOP, filter_=filter_, gene=replace(GENE, mode_share=0.0)) < 0


def test_both_variants_of_a_pair_count_in_either_order() -> None:
    assert total(STOP, MISSENSE, filter_=PAIR) == pytest.approx(total(MISSENSE, STOP, filter_=PAIR))
    assert total(MISSENSE, STOP, filter_=PAIR) > total(MISSENSE, MISSENSE, filter_=PAIR)
