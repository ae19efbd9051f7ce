"""Rows that nobody but withdrawn people carries: in no answer from the moment of the withdrawal on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.variants.store.batches import Batch, View
from trihelix.variants.store.parts.tiles import Tile
from trihelix.variants.store.regions import Region

_ALLELE = ("pos", "ref", "alt")


def hidden_rows(view: View, tile: Tile, region: Region) -> NDArray[np.bool_] | None:
    """Which rows of a tile are hidden: the allele is carried by withdrawn people and by nobody else, over all batches.
    None where no row of the region is."""
    if region not in view.hidden:
        view.hidden[region] = _hidden_alleles(view, region)
    hidden = view.hidden[region]
    if not hidden.height or not np.isin(tile.pos, hidden["pos"].to_numpy()).any():
        return None
    mine = _alleles(tile).join(
        hidden.with_columns(hide=pl.lit(True)), on=_ALLELE, how="left", maintain_order="left"
    )
    return mine["hide"].fill_null(False).to_numpy()


def _hidden_alleles(view: View, region: Region) -> pl.DataFrame:
    """First the alleles that only withdrawn people carry in their own batch, less those that others carry elsewhere."""
    none = pl.DataFrame(schema={"pos": pl.Int32, "ref": pl.String, "alt": pl.String})
    found = [none]
    for batch in view.batches:
        if view.withdrawn_samples(batch).any():
            found += [
                rows for tile in batch.tiles(region) if (rows := _left_alone(view, batch, tile)) is not None
            ]
    hidden = pl.concat(found).unique()
    for batch in view.batches:
        if hidden.height:
            for rows in _carried_by_others(view, batch, region, hidden["pos"].to_numpy()):
                hidden = hidden.join(rows, on=_ALLELE, how="anti")
    return hidden


def _alleles(tile: Tile) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(tile.arrow(list(_ALLELE))))


def _carriers_left(view: View, batch: Batch, tile: Tile) -> NDArray[np.int64]:
    """How many who are not withdrawn carry each row."""
    if not view.withdrawn_samples(batch).any():
        return (tile.counts("het") + tile.counts("hom")).astype(np.int64)
    left = view.everyone.members[batch.id][None]
    return np.asarray(tile.count("het", left)[0] + tile.count("hom", left)[0])


def _left_alone(view: View, batch: Batch, tile: Tile) -> pl.DataFrame | None:
    carried = tile.counts("het") + tile.counts("hom") > 0
    alone = carried & (_carriers_left(view, batch, tile) == 0)
    return _alleles(tile).filter(pl.Series(alone)) if alone.any() else None


def _carried_by_others(
    view: View, batch: Batch, region: Region, pos: NDArray[np.int32]
) -> Iterator[pl.DataFrame]:
    for tile in batch.tiles(region):
        here = np.isin(tile.pos, pos)
        if here.any():
            carried = here & (_carriers_left(view, batch, tile) > 0)
            if carried.any():
                yield _alleles(tile).filter(pl.Series(carried))
