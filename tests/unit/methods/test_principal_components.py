"""Principal components against numpy's singular values of the whole matrix."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from trihelix.methods.principal_components import Blocks, principal_components, standardise


def drawn(variants: int, people: int, groups: int = 4, seed: int = 2) -> NDArray[np.int8]:
    """People of several groups whose frequencies differ, 2 % of genotypes missing."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(0.1, 0.9, (variants, 1))
    shifted = np.clip(base + rng.normal(0, 0.12, (variants, groups)) * np.arange(1, groups + 1), 0.02, 0.98)
    dosages = rng.binomial(2, shifted[:, np.arange(people) % groups]).astype(np.int8)
    dosages[rng.random(dosages.shape) < 0.02] = -1
    return dosages


def blocks_of(dosages: NDArray[np.int8], size: int) -> Blocks:
    def blocks() -> Iterator[NDArray[np.int8]]:
        for start in range(0, len(dosages), size):
            yield dosages[start : start + size]

    return blocks


def plainly_standardised(dosages: NDArray[np.int8]) -> NDArray[np.float64]:
    masked = np.ma.masked_less(dosages.astype(float), 0)
    p = masked.mean(axis=1, keepdims=True) / 2
    varying = np.asarray((p > 0) & (p < 1))
    scaled = np.where(varying, (masked - 2 * p) / np.ma.sqrt(2 * p * (1 - p)), 0)
    return np.where(np.ma.getmaskarray(masked), 0, scaled).astype(float)


def test_standardised_by_the_frequency_of_the_calls() -> None:
    dosages = np.vstack([drawn(20, 9), np.zeros((1, 9)), np.full((1, 9), 2), np.full((1, 9), -1)]).astype(
        np.int8
    )
    scaled, used = standardise(dosages)
    np.testing.assert_allclose(scaled, plainly_standardised(dosages), rtol=1e-13, atol=1e-13)
    assert used == np.count_nonzero(plainly_standardised(dosages).any(axis=1)) >= 18


@pytest.mark.parametrize(("exact", "close"), [(True, 1e-9), (False, 2e-4)])
@pytest.mark.parametrize(("size", "people"), [(7, 40), (64, 90), (1000, 90)])
def test_the_same_as_singular_values(exact: bool, close: float, size: int, people: int) -> None:
    dosages = np.vstack([drawn(300, people), np.zeros((3, people), np.int8)])
    z = plainly_standardised(dosages)
    left, singular, right = np.linalg.svd(z, full_matrices=False)
    ours = principal_components(blocks_of(dosages, size), people, 3, exact=exact)
    np.testing.assert_allclose(ours.eigenvalues, singular[:3] ** 2 / 300, rtol=close)
    np.testing.assert_allclose(ours.explained, singular[:3] ** 2 / (singular**2).sum(), rtol=close)
    sign = np.sign(left[np.abs(left[:, :3]).argmax(axis=0), range(3)])
    np.testing.assert_allclose(ours.scores, right[:3].T * sign, atol=close)
    np.testing.assert_allclose(ours.loadings, left[:, :3] * sign, atol=close)
    assert ours.used == 300
    assert not ours.loadings[300:].any()


def test_all_components_of_few_people() -> None:
    """Iteration ends when the whole space is spanned; the last eigenvalue is 0 because rows have mean 0."""
    dosages = np.abs(drawn(50, 12))
    exact = principal_components(blocks_of(dosages, 16), 12, 11, exact=True)
    iterated = principal_components(blocks_of(dosages, 16), 12, 11, exact=False)
    np.testing.assert_allclose(iterated.eigenvalues, exact.eigenvalues, rtol=1e-4)
    assert exact.explained.sum() == pytest.approx(1)


def test_repeatable_by_seed() -> None:
    blocks = blocks_of(drawn(200, 60), 50)
    first, again = (principal_components(blocks, 60, 2, exact=False, seed=4) for _ in range(2))
    assert np.array_equal(first.scores, again.scores)
    assert np.array_equal(first.loadings, again.loadings)


def test_the_groups_come_apart() -> None:
    scores = principal_components(blocks_of(drawn(2000, 200, 2), 256), 200, 1).scores[:, 0]
    odd, even = scores[1::2], scores[::2]
    assert max(odd.min(), even.min()) > min(odd.max(), even.max())


def test_what_cannot_be_done_is_refused() -> None:
    alike = np.zeros((5, 4), np.int8)
    for exact in (True, False):
        with pytest.raises(ValueError, match="varies"):
            principal_components(blocks_of(alike, 5), 4, 2, exact=exact)
    with pytest.raises(ValueError, match="components"):
        principal_components(blocks_of(alike, 5), 4, 5)
    with pytest.raises(ValueError, match="genotype"):
        standardise(np.array([[3]], np.int8))
