"""Rows that are rare in a cohort, over all batches of a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.variants.store.answers.allele_counts import allele_counts
from trihelix.variants.store.answers.counting import ANY, Rarity, count_batch, counters
from trihelix.variants.store.batches import Batch, View
from trihelix.variants.store.cohorts import Cohort
from trihelix.variants.store.parts.tiles import Tile
from trihelix.variants.store.regions import Region

__all__ = ["ANY", "RareRows", "Rarity", "rare_rows"]


@dataclass(frozen=True)
class RareRows:
    """A tile's rows that are rare (one flag per row of the tile), with the cohort's copies over all batches."""

    batch: Batch
    tile: Tile
    chosen: NDArray[np.bool_]
    ac: NDArray[np.int64]
    an: NDArray[np.int64]
    filters: pl.Series | None = None  # over all batches, where there are several


def rare_rows(
    view: View, cohort: Cohort, places: Sequence[Region], rarity: Rarity, exact: bool = True
) -> Iterator[RareRows]:
    """The tiles that have rare rows in any of the places (regions of one contig that rise and do not overlap). Without
    `exact` the numbers `an` may be too high where that decides nothing, which is faster."""
    several = sum(1 for batch in view.batches if batch.id in cohort.members) > 1
    totals = allele_counts(view, cohort, places) if several else None
    for batch, counter in counters(view, cohort):
        for counted in count_batch(view, counter, batch, places, None if exact or several else rarity):
            ac, an, filters = counted.counts.ac, counted.counts.an, None
            if totals is not None:
                ac, an, filters = _totals(counted.tile, totals)
            chosen = counted.rows & rarity.chosen(ac, an)
            if chosen.any():
                yield RareRows(batch, counted.tile, chosen, ac, an, filters)


def _totals(tile: Tile, totals: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64], pl.Series]:
    """Copies and FILTER over all batches of each row of a tile; none for rows outside the region."""
    mine = pl.DataFrame(pl.from_arrow(tile.arrow(["pos", "ref", "alt"])))
    joined = mine.join(totals.select("pos", "ref", "alt", "ac", "an", "filter"), on=["pos", "ref", "alt"], how="left",
                       maintain_order="left")  # fmt: skip
    return joined["ac"].fill_null(0).to_numpy(), joined["an"].fill_null(0).to_numpy(), joined["filter"]
