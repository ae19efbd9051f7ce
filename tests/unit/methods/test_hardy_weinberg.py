"""The exact test against the definition in whole numbers, and and its plain properties."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.methods.hardy_weinberg import exact_test


def by_definition(het: int, hom_ref: int, hom_alt: int, mid_p: bool) -> Fraction:
    """Every possible heterozygote count weighed by the number of ways to reach it, in whole numbers."""
    people = het + hom_ref + hom_alt
    alleles = het + 2 * min(hom_ref, hom_alt)

    def ways(hets: int) -> int:
        rarer = (alleles - hets) // 2
        return 2**hets * comb(people, hets) * comb(people - hets, rarer)

    weights = [ways(h) for h in range(alleles % 2, min(alleles, people) + 1, 2)]
    observed = ways(het)
    less = sum(w for w in weights if w < observed)
    same = sum(w for w in weights if w == observed)
    return Fraction(2 * less + (same if mid_p else 2 * same), 2 * sum(weights))


def one(het: int, hom_ref: int, hom_alt: int, mid_p: bool = False) -> float:
    return float(exact_test(np.array([het]), np.array([hom_ref]), np.array([hom_alt]), mid_p)[0])


def test_all_counts_of_up_to_thirty_people() -> None:
    rows = [(h, r, n - h - r) for n in range(31) for h in range(n + 1) for r in range(n - h + 1)]
    for mid_p in (False, True):
        ours = exact_test(*np.array(rows).T, mid_p)
        expected = np.array([float(by_definition(*row, mid_p)) for row in rows])
        np.testing.assert_allclose(ours, expected, rtol=1e-12)


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 250), st.integers(0, 250), st.integers(0, 250), st.booleans())
def test_hundreds_of_people(het: int, hom_ref: int, hom_alt: int, mid_p: bool) -> None:
    expected = float(by_definition(het, hom_ref, hom_alt, mid_p))
    assert one(het, hom_ref, hom_alt, mid_p) == pytest.approx(expected, rel=1e-10, abs=1e-300)


@pytest.mark.parametrize("row", [(1000, 500, 500), (900, 600, 500), (90, 2900, 10), (500, 1900, 200)])
@pytest.mark.parametrize("mid_p", [False, True])
def test_thousands_of_people(row: tuple[int, int, int], mid_p: bool) -> None:
    assert one(*row, mid_p) == pytest.approx(float(by_definition(*row, mid_p)), rel=1e-10)


def test_which_allele_is_the_reference_makes_no_difference() -> None:
    assert one(13, 83, 4) == one(13, 4, 83)


def test_no_people_and_no_variation_are_no_evidence() -> None:
    assert exact_test(np.array([0, 0]), np.array([0, 50]), np.array([0, 0])).tolist() == [1.0, 1.0]
    assert one(0, 50, 0, mid_p=True) == 0.5


def test_beyond_the_range_of_a_double_the_p_value_is_zero() -> None:
    assert one(100_000, 0, 0) == 0.0
    assert one(0, 50_000, 50_000) == 0.0


def test_uniform_enough_under_the_hypothesis() -> None:
    """With random mating the mid-p value falls below 0.05 in about 5 % of common variants."""
    rng = np.random.default_rng(3)
    copies = rng.binomial(2, 0.3, (4000, 2000))
    counts = [(copies == g).sum(axis=1) for g in (1, 0, 2)]
    share = (exact_test(*counts, mid_p=True) < 0.05).mean()
    assert 0.035 < share < 0.065


def test_wrong_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes"):
        exact_test(np.zeros(2), np.zeros(3), np.zeros(2))
    with pytest.raises(ValueError, match="negative"):
        exact_test(np.array([-1]), np.array([1]), np.array([1]))
