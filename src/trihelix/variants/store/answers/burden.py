"""Burden: how many people of each cohort carry any rare allele in each of many intervals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.variants.store import layout
from trihelix.variants.store.answers.list_kernels import count_marks, mark_carriers, mark_planes
from trihelix.variants.store.answers.rare_rows import RareRows, Rarity, rare_rows
from trihelix.variants.store.batches import Batch, View
from trihelix.variants.store.cohorts import Cohort, size_of
from trihelix.variants.store.regions import Region, joined


def burden(
    view: View, cases: Cohort, controls: Cohort, intervals: Sequence[Region], rarity: Rarity
) -> pl.DataFrame:
    """Columns contig, first, last, alleles, case_carriers, control_carriers, one line per interval in the order given.

    A person with several alleles counts once. Rarity is that of cases and controls together. Samples in several
    batches are several people here, as a store outside a programme cannot know better.
    """
    cases, controls = cases & view.everyone, controls & view.everyone
    both = cases | controls
    marks = {
        b.id: np.zeros((len(intervals), layout.words_of(b.entry.samples)), np.uint64) for b in view.batches
    }
    alleles: list[set[tuple[int, str, str]]] = [set() for _ in intervals]
    several = len(view.batches) > 1
    counts = np.zeros(len(intervals), np.int64)
    for contig, places in groupby(joined(intervals), key=lambda place: place.contig):
        mine = np.array([i for i, one in enumerate(intervals) if one.contig == contig])
        for rare in rare_rows(view, both, list(places), rarity, exact=False):
            for layer in _layers(intervals, mine, rare):
                _mark(rare, layer, marks[rare.batch.id])
            _count_alleles(rare, intervals, mine, counts, alleles, several)
    if several:
        counts = np.array([len(a) for a in alleles])
    return pl.DataFrame(
        {
            "contig": [view.display(one.contig) for one in intervals],
            "first": [one.first for one in intervals],
            "last": [one.last for one in intervals],
            "alleles": counts,
            "case_carriers": _carriers(view.batches, marks, cases, len(intervals)),
            "control_carriers": _carriers(view.batches, marks, controls, len(intervals)),
        }
    )


def _layers(intervals: Sequence[Region], mine: NDArray[np.int64], rare: RareRows) -> list[NDArray[np.int64]]:
    """Intervals of rows, -1 for none, in as many layers as intervals overlap."""
    pos = rare.tile.pos
    layers: list[NDArray[np.int64]] = []
    ends: list[int] = []
    for i in mine[np.argsort([intervals[k].first for k in mine.tolist()], kind="stable")].tolist():
        one = intervals[i]
        start, stop = np.searchsorted(pos, one.first, "left"), np.searchsorted(pos, one.last, "right")
        if start == stop:
            continue
        free = next((k for k, end in enumerate(ends) if end <= start), None)
        if free is None:
            free = len(layers)
            layers.append(np.full(len(pos), -1, np.int64))
            ends.append(0)
        layers[free][start:stop] = np.where(rare.chosen[start:stop], i, -1)
        ends[free] = int(stop)
    return layers


def _mark(rare: RareRows, group: NDArray[np.int64], marks: NDArray[np.uint64]) -> None:
    tile = rare.tile
    for name in ("het", "hom"):
        lengths = tile.lengths(name)
        if lengths[group >= 0].any():
            mark_carriers(tile.cells(name), lengths, tile.samples, group, marks)
        dense = tile.counts(name) > layout.dense_above(tile.samples)
        if (group[dense] >= 0).any():
            planes = tile.planes(name)
            wanted = np.flatnonzero(group[planes.rows] >= 0)
            mark_planes(planes.data, planes.start, planes.stride, wanted, group[planes.rows[wanted]], marks)


def _count_alleles(
    rare: RareRows,
    intervals: Sequence[Region],
    mine: NDArray[np.int64],
    counts: NDArray[np.int64],
    alleles: list[set[tuple[int, str, str]]],
    several: bool,
) -> None:
    """Distinct rare alleles of each interval; over several batches by what they are."""
    pos = rare.tile.pos
    total = np.concatenate([[0], np.cumsum(rare.chosen)])
    sites = rare.tile.arrow(["ref", "alt"]).to_pylist() if several else []
    for i in mine.tolist():
        one = intervals[i]
        start, stop = np.searchsorted(pos, one.first, "left"), np.searchsorted(pos, one.last, "right")
        counts[i] += total[stop] - total[start]
        if several:
            rows = start + np.flatnonzero(rare.chosen[start:stop])
            alleles[i] |= {(int(pos[r]), sites[r]["ref"], sites[r]["alt"]) for r in rows.tolist()}


def _carriers(
    batches: Sequence[Batch], marks: dict[str, NDArray[np.uint64]], cohort: Cohort, intervals: int
) -> NDArray[np.int64]:
    total = np.zeros(intervals, np.int64)
    for batch in batches:
        found = np.zeros((1, len(marks[batch.id])), np.int64)
        bitmap = cohort.members.get(batch.id)
        if bitmap is not None and size_of(bitmap):
            count_marks(marks[batch.id], bitmap[None], found)
        total += found[0]
    return total
