"""The waterfall: how many variants each step left, as bars on a logarithmic scale with every number printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trihelix.model.interpretation import WaterfallStep


@dataclass(frozen=True)
class WaterfallBar:
    """A step as drawn: `length` in percent of the full width; `removed` and `kept_percent` against the step before."""

    step: str
    remaining: int
    explanation: str
    length: float
    removed: int | None
    kept_percent: str | None


def waterfall_bars(steps: Sequence[WaterfallStep]) -> tuple[WaterfallBar, ...]:
    """The bars in order. Length is log10(n + 1) over that of the largest count, so that 0 has no bar and 1 a visible one."""
    widest = math.log10(max((s.remaining for s in steps), default=0) + 1)
    before: list[int | None] = [None, *(s.remaining for s in steps)]
    return tuple(_bar(step, previous, widest) for step, previous in zip(steps, before, strict=False))


def scale_marks(steps: Sequence[WaterfallStep]) -> tuple[tuple[int, float], ...]:
    """Powers of ten up to the largest count with their places in percent, for the axis."""
    largest = max((s.remaining for s in steps), default=0)
    widest = math.log10(largest + 1)
    powers = [10**power for power in range(len(str(largest)))] if largest else []
    return tuple((n, round(100 * math.log10(n + 1) / widest, 2)) for n in powers)


def _bar(step: WaterfallStep, previous: int | None, widest: float) -> WaterfallBar:
    length = 100 * math.log10(step.remaining + 1) / widest if widest else 0.0
    removed = None if previous is None else previous - step.remaining
    kept = _percent(step.remaining, previous) if previous else None
    return WaterfallBar(step.step, step.remaining, step.explanation, round(length, 2), removed, kept)


def _percent(part: int, whole: int) -> str:
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "under 0.1 %"
    return f"{percent:.0f} %" if percent in (0.0, 100.0) else f"{min(percent, 99.9):.1f} %"
