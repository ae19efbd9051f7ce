"""Kernels over callable intervals: merging blocks, and counting who covers each position. Compiled by numba."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray


class Intervals(NamedTuple):
    """Callable intervals: contig number, sample ordinal, start and end (1-based, inclusive), bins of DP and GQ."""

    contig: NDArray[Any]
    sample: NDArray[Any]
    start: NDArray[Any]
    end: NDArray[Any]
    dp_bin: NDArray[Any]
    gq_bin: NDArray[Any]


def no_intervals(rows: int) -> Intervals:
    """Room for so many intervals, uninitialised."""
    wide = [np.empty(rows, kind) for kind in (np.int32, np.uint32, np.int32, np.int32)]
    return Intervals(*wide, *(np.empty(rows, np.uint8) for _ in range(2)))


def open_intervals(samples: int) -> Intervals:
    """The open interval of each sample, at first none (contig -1)."""
    empty = no_intervals(samples)
    empty.contig[:] = -1
    empty.sample[:] = np.arange(samples)
    return empty


# Bounds are checked by the callers: every sample ordinal is below the number of samples.
@numba.njit(cache=True, nogil=True)
def merge_blocks(blocks: Any, pending: Any, out: Any) -> int:
    """Join blocks of each sample that touch and have equal bins; the number of intervals finished into `out`.

    Blocks are in order of (contig, start) within each sample. `pending` has each sample's open interval, as
    open_intervals makes it; what is left there at the end is finished too. Where blocks with different bins
    overlap, the earlier keeps the overlap, so that no position counts twice for a sample.
    """
    n = 0
    for i in range(len(blocks.start)):
        s = blocks.sample[i]
        start, end = blocks.start[i], blocks.end[i]
        if pending.contig[s] == blocks.contig[i]:
            start = max(start, pending.end[s] + 1)
            if start > end:
                continue
            same = pending.dp_bin[s] == blocks.dp_bin[i] and pending.gq_bin[s] == blocks.gq_bin[i]
            if same and start == pending.end[s] + 1:
                pending.end[s] = end
                continue
        if pending.contig[s] >= 0:
            out.contig[n] = pending.contig[s]
            out.sample[n] = s
            out.start[n] = pending.start[s]
            out.end[n] = pending.end[s]
            out.dp_bin[n] = pending.dp_bin[s]
            out.gq_bin[n] = pending.gq_bin[s]
            n += 1
        pending.contig[s] = blocks.contig[i]
        pending.start[s] = start
        pending.end[s] = end
        pending.dp_bin[s] = blocks.dp_bin[i]
        pending.gq_bin[s] = blocks.gq_bin[i]
    return n


@numba.njit(cache=True, nogil=True)
def _first_not_below(positions: Any, value: int, low: int) -> int:
    """The first place at or behind `low` whose position is `value` or more: steps that double, then halves. Costs
    little where it is near, as the positions that an interval covers mostly are few."""
    n = len(positions)
    step, high = 1, low
    while high < n and positions[high] < value:
        low = high + 1
        high += step
        step *= 2
    high = min(high, n)
    while low < high:
        middle = (low + high) >> 1
        if positions[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@numba.njit(cache=True, nogil=True)
def add_cover(intervals: Any, bins: Any, bitmaps: Any, positions: Any, changes: Any) -> None:
    """Add to `changes[k, p]` (bitmaps, positions + 1) the intervals of samples of bitmap k that begin to cover
    position p, and take away those that have ceased to; running sums then tell how many cover each position.

    `intervals` are in order of start, `positions` in order; `bins` are the least bins of DP and GQ.
    """
    first = 0
    n = len(positions)
    for i in range(len(intervals.start)):
        first = _first_not_below(positions, intervals.start[i], first)
        if first == n:
            return
        if positions[first] > intervals.end[i]:
            continue
        if intervals.dp_bin[i] < bins[0] or intervals.gq_bin[i] < bins[1]:
            continue
        behind = -1
        s = intervals.sample[i]
        word, bit = np.int64(s) >> 6, np.uint64(s & 63)
        for k in range(len(bitmaps)):
            if (bitmaps[k, word] >> bit) & np.uint64(1):
                if behind < 0:
                    behind = _first_not_below(positions, intervals.end[i] + 1, first)
                changes[k, first] += 1
                changes[k, behind] -= 1


@numba.njit(cache=True, nogil=True)
def mark_covering(intervals: Any, bins: Any, position: int, bitmap: Any) -> None:
    """Set the bit of each sample with an interval of at least these bins over the position."""
    for i in range(len(intervals.start)):
        if intervals.start[i] > position:
            return
        if intervals.end[i] < position or intervals.dp_bin[i] < bins[0] or intervals.gq_bin[i] < bins[1]:
            continue
        s = intervals.sample[i]
        bitmap[np.int64(s) >> 6] |= np.uint64(1) << np.uint64(s & 63)


@numba.njit(cache=True, nogil=True)
def mark_uncovered(starts: Any, ends: Any, positions: Any, uncovered: Any) -> None:
    """Set `uncovered` at each position that no interval covers; intervals in order of start, positions in order."""
    at, furthest = 0, np.int64(0)
    for p in range(len(positions)):
        while at < len(starts) and starts[at] <= positions[p]:
            furthest = max(furthest, np.int64(ends[at]))
            at += 1
        uncovered[p] = furthest < positions[p]
