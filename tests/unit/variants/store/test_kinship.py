"""Kinship of all pairs by bits, against plain sums over genotypes; bit planes turned from variants to samples."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from trihelix.methods.relatedness import DEGREE_CUTS, FIRST, SAME, UNRELATED, degree
from trihelix.variants.store.answers.kinship_kernels import (
    SampleGenotypes,
    kinship_matrix,
    related_pairs,
    sample_genotypes,
    shared_rows,
    to_sample_major,
)


def plane(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """(rows, things) as words of 64 things, the first in the lowest bit."""
    padded = np.zeros((len(bits), -(-bits.shape[1] // 64) * 64), bool)
    padded[:, : bits.shape[1]] = bits
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64)


def turned(dosages: NDArray[np.int8]) -> SampleGenotypes:
    """Genotypes (variants, samples), -1 missing, through the variant-major planes of the store."""
    variants, samples = dosages.shape
    planes = [to_sample_major(plane(dosages == state), samples) for state in (1, 2, -1)]
    return sample_genotypes(*planes, variants)


def plain_kinship(first: NDArray[np.int8], second: NDArray[np.int8]) -> float:
    """Manichaikul et al. 2010, equation 11, written as there."""
    called = (first >= 0) & (second >= 0)
    a, b = first[called], second[called]
    het_a, het_b = int((a == 1).sum()), int((b == 1).sum())
    both = int(((a == 1) & (b == 1)).sum())
    opposite = int((np.abs(a - b) == 2).sum())
    smaller = min(het_a, het_b)
    if smaller == 0:
        return float("nan")
    return (both - 2 * opposite) / (2 * smaller) + 0.5 - (het_a + het_b) / (4 * smaller)


def drawn(seed: int, variants: int, samples: int, missing: float = 0.05) -> NDArray[np.int8]:
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.02, 0.5, (variants, 1))
    dosages = rng.binomial(2, frequency, (variants, samples)).astype(np.int8)
    dosages[rng.random(dosages.shape) < missing] = -1
    return dosages


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 10_000), st.integers(0, 200), st.integers(1, 200))
def test_planes_are_turned(seed: int, variants: int, samples: int) -> None:
    bits = np.random.default_rng(seed).random((variants, samples)) < 0.4
    assert np.array_equal(to_sample_major(plane(bits), samples), plane(bits.T))


@pytest.mark.parametrize("shape", [(1, 2), (63, 5), (64, 31), (65, 33), (1000, 70), (64 * 97 + 1, 40)])
def test_matrix_is_the_plain_sum(shape: tuple[int, int]) -> None:
    dosages = drawn(shape[0], *shape)
    matrix = kinship_matrix(turned(dosages))
    for i in range(shape[1]):
        assert matrix[i, i] == 0.5
        for j in range(i):
            expected = plain_kinship(dosages[:, i], dosages[:, j])
            assert matrix[i, j] == pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True)
            assert matrix[j, i] == pytest.approx(matrix[i, j], nan_ok=True)


@pytest.mark.parametrize("threshold", [-1.0, 0.0, 0.02])
def test_pairs_are_those_of_the_matrix(threshold: float) -> None:
    dosages = drawn(7, 500, 101)
    genotypes = turned(dosages)
    matrix = kinship_matrix(genotypes)
    pairs = related_pairs(genotypes, threshold)
    expected = np.argwhere(np.triu(matrix >= threshold, 1))
    assert len(expected) > 0
    assert np.array_equal(np.column_stack([pairs.first, pairs.second]), expected)
    assert np.array_equal(pairs.kinship, matrix[pairs.first, pairs.second])
    called = dosages >= 0
    sites = (called[:, pairs.first] & called[:, pairs.second]).sum(axis=0)
    assert np.array_equal(pairs.sites, sites)


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_threads_share_the_rows(parts: int) -> None:
    genotypes = turned(drawn(9, 300, 150))
    rows = shared_rows(150, parts)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda r: related_pairs(genotypes, 0.0, r), rows))
    whole = related_pairs(genotypes, 0.0)
    for together, alone in zip(zip(*found, strict=True), whole, strict=True):
        assert np.array_equal(np.concatenate(together), alone)
    pairs = [sum(150 - 1 - i for i in range(start, stop)) for start, stop in rows]
    assert max(pairs) < 1.1 * min(pairs) + 150


def test_a_copy_a_child_and_a_stranger() -> None:
    rng = np.random.default_rng(5)
    frequency = rng.uniform(0.1, 0.5, 20_000)
    strands = rng.random((20_000, 5)) < frequency[:, None]
    parent, stranger = strands[:, :2].sum(axis=1), strands[:, 3:].sum(axis=1)
    passed = np.where(rng.random(20_000) < 0.5, strands[:, 0], strands[:, 1])
    child = passed + strands[:, 2].astype(int)
    matrix = kinship_matrix(turned(np.column_stack([parent, parent, child, stranger]).astype(np.int8)))
    degrees = [degree(k) for k in (matrix[0, 1], matrix[0, 2], matrix[0, 3])]
    assert degrees == [SAME, FIRST, UNRELATED]
    assert DEGREE_CUTS[FIRST] < matrix[0, 2] < DEGREE_CUTS[SAME]


def test_nobody_heterozygous_is_no_number() -> None:
    dosages = np.array([[0, 2], [2, 2], [-1, 1]], np.int8)
    genotypes = turned(dosages)
    assert np.isnan(kinship_matrix(genotypes)[0, 1])
    assert len(related_pairs(genotypes, -100.0).first) == 0


def test_a_call_both_missing_and_carried_is_missing() -> None:
    """Half calls may stand in two planes."""
    het, hom = plane(np.array([[1, 1, 0]], bool)), plane(np.array([[0, 0, 1]], bool))
    genotypes = sample_genotypes(het, hom, plane(np.array([[1, 0, 1]], bool)), 3)
    assert [int(p[0, 0]) for p in genotypes] == [0b010, 0b000, 0b000]


def test_wrong_shapes_are_refused() -> None:
    two_words = np.zeros((3, 2), np.uint64)
    with pytest.raises(ValueError, match="samples"):
        to_sample_major(two_words, 64)
    with pytest.raises(ValueError, match="variants"):
        sample_genotypes(two_words, two_words, two_words, 129)
