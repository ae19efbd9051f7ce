"""Interval estimates of proportions."""

from __future__ import annotations

import math

Z_99 = 2.5758293035489004


def wilson_interval(successes: int, trials: int, z: float = Z_99) -> tuple[float, float]:
    """Wilson's score interval of a proportion (Wilson, JASA 1927, 22:209); (0, 1) without trials.

    `z` is the normal quantile; the default gives a two-sided interval of 99 %.
    """
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)
