"""Bars of the waterfall: logarithmic, never longer than the first, every number there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trihelix.model.interpretation import WaterfallStep
from trihelix.reports.waterfall import scale_marks, waterfall_bars


def steps(*counts: int) -> list[WaterfallStep]:
    return [WaterfallStep(f"step {i}", n, "") for i, n in enumerate(counts)]


def test_lengths_are_logarithmic() -> None:
    bars = waterfall_bars(steps(999_999, 999, 0))
    assert [b.length for b in bars] == [100.0, 50.0, 0.0]


def test_what_each_step_set_aside() -> None:
    bars = waterfall_bars(steps(5_000_000, 3_000, 3, 0))
    assert [b.removed for b in bars] == [None, 4_997_000, 2_997, 3]
    assert [b.kept_percent for b in bars] == [None, "under 0.1 %", "0.1 %", "0 %"]


def test_nearly_all_is_not_rounded_to_all() -> None:
    assert waterfall_bars(steps(100_000, 99_999))[1].kept_percent == "99.9 %"
    assert waterfall_bars(steps(10, 10))[1].kept_percent == "100 %"


@pytest.mark.parametrize("counts", [(), (0,), (0, 0)])
def test_nothing_to_show(counts: tuple[int, ...]) -> None:
    assert all(bar.length == 0 for bar in waterfall_bars(steps(*counts)))
    assert scale_marks(steps(*counts)) == ()


@given(st.lists(st.integers(0, 10**8), min_size=1))
def test_longer_bars_mean_more_variants(counts: list[int]) -> None:
    bars = waterfall_bars(steps(*counts))
    assert [b.remaining for b in bars] == counts
    assert all(0 <= b.length <= 100 for b in bars)
    ordered = sorted(bars, key=lambda b: b.remaining)
    assert [b.length for b in ordered] == sorted(b.length for b in bars)
    assert all(0 < place <= 100 for _, place in scale_marks(steps(*counts)))
