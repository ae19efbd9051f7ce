"""Thinning out by windows against the rule written down plainly with numpy's correlations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from trihelix.methods.linkage import unlinked


def linked_genotypes(variants: int, people: int, seed: int, missing: float = 0.03) -> NDArray[np.int8]:
    """Strands that copy the variant before with small changes, so that neighbours are correlated."""
    rng = np.random.default_rng(seed)
    strands = np.empty((variants, 2 * people), bool)
    for row in range(variants):
        fresh = rng.random(2 * people) < rng.uniform(0.05, 0.6)
        strands[row] = (
            fresh if row % 9 == 0 else np.where(rng.random(2 * people) < 0.25, fresh, strands[row - 1])
        )
    dosages = strands.reshape(variants, people, 2).sum(axis=2).astype(np.int8)
    dosages[rng.random(dosages.shape) < missing] = -1
    return dosages


def plain_r2(first: NDArray[np.int8], second: NDArray[np.int8]) -> float:
    called = (first >= 0) & (second >= 0)
    a, b = first[called].astype(float), second[called].astype(float)
    if len(a) == 0 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1] ** 2)


def plainly_thinned(dosages: NDArray[np.int8], window: int, step: int, largest: float) -> NDArray[np.bool_]:
    frequency = [row[row >= 0].mean() / 2 if (row >= 0).any() else 0.0 for row in dosages]
    rarer = [min(f, 1 - f) for f in frequency]
    kept = [r > 0 for r in rarer]
    tested: set[tuple[int, int]] = set()
    for start in range(0, len(dosages), step):
        end = min(start + window, len(dosages))
        for i in range(start, end):
            for j in range(i + 1, end):
                if kept[i] and kept[j] and (i, j) not in tested:
                    tested.add((i, j))
                    if plain_r2(dosages[i], dosages[j]) > largest:
                        kept[i if rarer[i] < rarer[j] else j] = False
        if end == len(dosages):
            break
    return np.array(kept, bool)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000), st.integers(1, 70), st.integers(1, 20), st.integers(1, 12), st.integers(1, 40))
def test_the_rule_as_written_whatever_the_blocks(
    seed: int, variants: int, window: int, step: int, size: int
) -> None:
    dosages = linked_genotypes(variants, 70, seed)
    step = min(step, window)
    kept = unlinked((dosages[i : i + size] for i in range(0, variants, size)), window, step, 0.2)
    assert kept.tolist() == plainly_thinned(dosages, window, step, 0.2).tolist()


def test_no_two_in_a_window_stay_linked() -> None:
    dosages = linked_genotypes(300, 200, 1)
    kept = unlinked([dosages], 20, 1, 0.1)
    assert 30 < kept.sum() < 250
    places = np.flatnonzero(kept)
    for i in places:
        for j in places[(places > i) & (places < i + 20)]:
            assert plain_r2(dosages[i], dosages[j]) <= 0.1


def test_a_variant_that_does_not_vary_goes() -> None:
    dosages = np.array([[0, 0, 0, -1], [2, 2, 2, 2], [-1, -1, -1, -1], [0, 1, 2, 0]], np.int8)
    assert unlinked([dosages]).tolist() == [False, False, False, True]


def test_nothing_and_impossible_windows() -> None:
    assert len(unlinked([])) == 0
    with pytest.raises(ValueError, match="window"):
        unlinked([], 5, 6)
