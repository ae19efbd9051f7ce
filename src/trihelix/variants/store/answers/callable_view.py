"""A batch's callable intervals, as counting and joining ask for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from trihelix.variants.codes import REF
from trihelix.variants.store.answers.counting import Group
from trihelix.variants.store.batches import Batch
from trihelix.variants.store.callable import MIN_DP, MIN_GQ, callable_counts
from trihelix.variants.store.cohorts import bitmap_of
from trihelix.variants.store.intake.joining import Intervals
from trihelix.variants.store.samples import AbsentIs


def callable_copies(
    batch: Batch, groups: Sequence[Group], contig: str, pos: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Copies called at each position, of the groups' samples whose reference blocks cover it well enough."""
    by_blocks = bitmap_of(batch.absent_is(AbsentIs.CALLABLE))
    total = np.zeros(len(pos), np.int64)
    some = [group for group in groups if group.copies]
    if some:
        bitmaps = np.stack([group.bitmap & by_blocks for group in some])
        counts = callable_counts(batch.callable, contig, pos, bitmaps)
        for group, count in zip(some, counts, strict=True):
            total += group.copies * count.astype(np.int64)
    return total


def intervals_of(batch: Batch) -> Callable[[str, int, int], Intervals]:
    """The callable intervals of a batch as an input of a join; their depths and qualities are the bounds of bins."""

    def near(contig: str, first: int, last: int) -> Intervals:
        of = batch.callable.intervals(contig, first, last)
        well = (of.dp_bin >= MIN_DP) & (of.gq_bin >= MIN_GQ)
        state = np.full(len(of.start), REF, np.int8)
        order = np.argsort(of.start, kind="stable")
        columns = (
            of.start,
            of.end,
            of.sample,
            state,
            of.dp_bin.astype(np.int16),
            of.gq_bin.astype(np.int16),
            well,
        )
        return Intervals(*(column[order] for column in columns))

    return near
