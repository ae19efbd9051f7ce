"""Kinship from genotypes against plain Python and against pedigrees whose genes were dropped."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gene_dropping import drop_genes, neutral_frequencies, rare_frequencies
from trihelix.methods.relatedness import (
    FIRST,
    SAME,
    SECOND,
    THIRD,
    UNRELATED,
    PairCounts,
    count_pair,
    degree,
    expected_robust_kinship,
    looks_like_parent_and_child,
    pair_tables,
    pairs_of,
    pedigree_kinship,
)

GROUPS = 3


@st.composite
def genotypes(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    shape = draw(st.tuples(st.integers(0, 30), st.integers(1, 5)))
    states = draw(arrays(np.int8, shape, elements=st.integers(-2, 2)))
    group = draw(arrays(np.int16, shape[0], elements=st.integers(0, GROUPS - 1)))
    return states, group


def counted_plainly(first: list[int], second: list[int]) -> PairCounts:
    called = [(a, b) for a, b in zip(first, second, strict=True) if a >= 0 and b >= 0]
    return PairCounts(
        sites=sum(a > 0 or b > 0 for a, b in called),
        both_het=called.count((1, 1)),
        opposite=called.count((0, 2)) + called.count((2, 0)),
        het_first=sum(a == 1 for a, _ in called),
        het_second=sum(b == 1 for _, b in called),
        same=called.count((1, 1)) + called.count((2, 2)),
        homozygous=sum((a == 2) + (b == 2) for a, b in called),
        both_carry=sum(a > 0 and b > 0 for a, b in called),
        only_one=sum((a > 0) != (b > 0) for a, b in called),
        uncalled=sum((a > 0 and b == -1) or (b > 0 and a == -1) for a, b in zip(first, second, strict=True)),
    )


@settings(deadline=None)  # the first call compiles
@given(genotypes())
def test_tables_and_counts_are_those_of_plain_python(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    states, group = drawn
    tables = pair_tables(states, group, GROUPS)
    assert pairs_of(states.shape[1]) == list(combinations(range(states.shape[1]), 2))
    for (i, j), of_pair in zip(pairs_of(states.shape[1]), tables, strict=True):
        for g in range(GROUPS):
            rows = states[group == g]
            assert count_pair(of_pair[g]) == counted_plainly(rows[:, i].tolist(), rows[:, j].tolist())


@pytest.mark.parametrize("wrong", [-3, 3])
def test_states_that_do_not_exist_are_refused(wrong: int) -> None:
    with pytest.raises(ValueError, match="state"):
        pair_tables(np.array([[0, wrong]], np.int8), np.zeros(1, np.int8), 1)


def test_kinship_of_a_worked_example() -> None:
    first = [1, 1, 1, 1, 0, 2, 2, 0]
    second = [1, 1, 1, 0, 1, 2, 0, 0]
    counts = counted_plainly(first, second)
    assert counts.kinship == pytest.approx((3 - 2 * 1) / (4 + 4))
    assert counts.opposite_share == pytest.approx(1 / 4)
    assert counts.concordance == pytest.approx(4 / 7)


def test_no_kinship_without_heterozygous_calls() -> None:
    assert counted_plainly([0, 2], [2, 2]).kinship is None


@pytest.mark.parametrize(
    ("kinship", "expected"),
    [(0.5, SAME), (0.354, SAME), (0.3539, FIRST), (0.25, FIRST), (0.177, FIRST), (0.1769, SECOND), (0.125, SECOND),
     (0.0884, SECOND), (0.0625, THIRD), (0.0442, THIRD), (0.0441, UNRELATED), (-0.3, UNRELATED)],
)  # fmt: skip
def test_degrees_by_the_published_cuts(kinship: float, expected: int) -> None:
    assert degree(kinship) == expected


# 0 x 1 have 2 and 3; 0 x 4 have 5; 3 x 6 have 7; 2 x 6 have 8; 2 x 9 have 10.
FATHERS = [-1, -1, 0, 0, -1, 0, -1, 3, 2, -1, 2]
MOTHERS = [-1, -1, 1, 1, -1, 4, -1, 6, 6, -1, 9]
RELATIONS = {
    "parent and child": (0, 2, 0.25, FIRST),
    "full siblings": (2, 3, 0.25, FIRST),
    "half siblings": (2, 5, 0.125, SECOND),
    "grandparent": (0, 7, 0.125, SECOND),
    "uncle": (2, 7, 0.125, SECOND),
    "half uncle": (5, 7, 0.0625, THIRD),
    "three-quarter siblings": (7, 8, 0.1875, FIRST),
    "first cousins": (7, 10, 0.0625, THIRD),
    "unrelated": (0, 1, 0.0, UNRELATED),
    "not blood relatives": (4, 7, 0.0, UNRELATED),
}
# 0 x 1 have 2, 3; 2 x 4 have 6; 3 x 5 have 7; the cousins 6 x 7 have 8; brother and sister 2 x 3 have 9.
COUSIN_FATHERS = [-1, -1, 0, 0, -1, -1, 2, 5, 6, 2]
COUSIN_MOTHERS = [-1, -1, 1, 1, -1, -1, 4, 3, 7, 3]


@pytest.fixture(scope="module")
def dropped() -> np.ndarray:
    random = np.random.default_rng(7)
    return drop_genes(FATHERS, MOTHERS, neutral_frequencies(60_000, random), random)


def counts_of(states: np.ndarray, i: int, j: int) -> PairCounts:
    return count_pair(pair_tables(states[:, [i, j]], np.zeros(len(states), np.int8), 1)[0, 0])


@pytest.mark.parametrize("name", RELATIONS)
def test_estimates_and_pedigree_agree_with_known_kinship(name: str, dropped: np.ndarray) -> None:
    i, j, kinship, in_degree = RELATIONS[name]
    counts = counts_of(dropped, i, j)
    assert pedigree_kinship(FATHERS, MOTHERS)[i, j] == kinship
    assert counts.kinship == pytest.approx(kinship, abs=0.015)
    assert degree(counts.kinship or 0) == in_degree
    assert abs((counts.kinship or 0) - kinship) < 4 * counts.standard_error


def test_parent_and_child_are_told_from_full_siblings(dropped: np.ndarray) -> None:
    assert looks_like_parent_and_child(counts_of(dropped, 0, 2))
    assert counts_of(dropped, 0, 2).opposite == 0
    siblings = counts_of(dropped, 2, 3)
    assert not looks_like_parent_and_child(siblings)
    assert siblings.opposite_share == pytest.approx(0.067, abs=0.015)
    assert siblings.has_common_variants


def test_rare_variants_cannot_tell_them_apart() -> None:
    random = np.random.default_rng(3)
    states = drop_genes(FATHERS, MOTHERS, rare_frequencies(60_000, random), random)
    siblings = counts_of(states, 2, 3)
    assert siblings.kinship == pytest.approx(0.25, abs=0.06)
    assert not siblings.has_common_variants


def test_twins_have_half_and_the_same_genotypes(dropped: np.ndarray) -> None:
    twins = np.repeat(dropped[:, :1], 2, axis=1)
    counts = counts_of(twins, 0, 1)
    assert counts.kinship == 0.5
    assert counts.concordance == 1


def test_carriers_only_are_biased_and_said_to_be(dropped: np.ndarray) -> None:
    """Files of one person each, where who does not carry has no call."""
    carriers = np.where(dropped == 0, -1, dropped).astype(np.int8)
    assert not counts_of(carriers, 0, 1).is_unbiased
    assert not counts_of(carriers, 0, 2).is_unbiased
    assert counts_of(dropped, 0, 1).is_unbiased
    same_person = np.repeat(carriers[:, :1], 2, axis=1)
    assert counts_of(same_person, 0, 1).is_unbiased


@pytest.mark.parametrize(("i", "j"), [(6, 8), (7, 8), (2, 9), (6, 7), (8, 9), (0, 9)])
def test_expected_estimate_where_people_are_inbred(i: int, j: int) -> None:
    random = np.random.default_rng(11)
    states = drop_genes(COUSIN_FATHERS, COUSIN_MOTHERS, neutral_frequencies(200_000, random), random)
    phi = pedigree_kinship(COUSIN_FATHERS, COUSIN_MOTHERS)
    expected = expected_robust_kinship(phi[i, j], 2 * phi[i, i] - 1, 2 * phi[j, j] - 1)
    assert counts_of(states, i, j).kinship == pytest.approx(expected, abs=0.012)


def test_expected_estimate_is_kinship_in_the_outbred_and_half_for_twins() -> None:
    assert expected_robust_kinship(0.125, 0, 0) == 0.125
    assert expected_robust_kinship(0.5 * (1 + 0.25), 0.25, 0.25) == pytest.approx(0.5)


def test_inbreeding_of_children_of_relatives() -> None:
    phi = pedigree_kinship(COUSIN_FATHERS, COUSIN_MOTHERS)
    assert 2 * phi[8, 8] - 1 == 1 / 16
    assert 2 * phi[9, 9] - 1 == 1 / 4
    assert 2 * phi[0, 0] - 1 == 0


@st.composite
def pedigrees(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    n = draw(st.integers(1, 9))
    parents = [(draw(st.integers(-1, i - 1)), draw(st.integers(-1, i - 1))) for i in range(n)]
    order = draw(st.permutations(range(n)))
    place = {old: new for new, old in enumerate(order)} | {-1: -1}
    shuffled = [parents[old] for old in order]
    return [place[f] for f, _ in shuffled], [place[m] for _, m in shuffled]


@given(pedigrees())
def test_pedigree_kinship_is_that_of_the_recursive_definition(
    pedigree: tuple[list[int], list[int]],
) -> None:
    fathers, mothers = pedigree

    @cache
    def generation(i: int) -> int:
        return -1 if i < 0 else 1 + max(generation(fathers[i]), generation(mothers[i]))

    @cache
    def phi(i: int, j: int) -> float:
        if i < 0 or j < 0:
            return 0.0
        if i == j:
            return 0.5 + 0.5 * phi(fathers[i], mothers[i])
        if generation(i) < generation(j):
            i, j = j, i
        return 0.5 * (phi(fathers[i], j) + phi(mothers[i], j))

    found = pedigree_kinship(fathers, mothers)
    n = len(fathers)
    assert found.tolist() == [[phi(i, j) for j in range(n)] for i in range(n)]


def test_an_ancestor_of_oneself_is_refused() -> None:
    with pytest.raises(ValueError, match="ancestor"):
        pedigree_kinship([1, 0], [-1, -1])
