"""Wilson's interval solves its defining equation."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trihelix.methods.proportions import Z_99, wilson_interval


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_bounds_lie_z_standard_errors_from_the_share(drawn: tuple[int, int]) -> None:
    successes, trials = drawn
    low, high = wilson_interval(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1 or successes in (0, trials)
    for bound in (low, high):
        distance = abs(successes / trials - bound)
        assert distance == pytest.approx(Z_99 * math.sqrt(bound * (1 - bound) / trials), abs=1e-6)


def test_known_values() -> None:
    assert wilson_interval(0, 10, z=1.959964) == pytest.approx((0, 0.2775), abs=1e-4)
    assert wilson_interval(5, 10, z=1.959964) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson_interval(0, 0) == (0, 1)
