"""The quality of one sample's calls at rows with many carriers, looked up in the part itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.variants.codes import HOM
from trihelix.variants.store.layout import QUALITY_COLUMNS
from trihelix.variants.store.parts.tiles import Part, Tile
from trihelix.variants.store.sample_major.calls import CARRIED, carrier_counts, plane_bytes_of, quality_at


def quality_of_carriers(
    part: Part, sample: int, rows: NDArray[np.int32], state: NDArray[np.int8]
) -> dict[str, NDArray[np.int32]]:
    """Quality columns of the sample's calls at some rows of the part, which it carries as `state` says, HET or HOM.

    Where a call stands among its row's carriers must be counted, and quality is packed by row group: this reads
    the columns of every row group that has one of the rows.
    """
    found = {name: np.zeros(len(rows), np.int32) for name in QUALITY_COLUMNS}
    sizes = [part.parquet.metadata.row_group(group).num_rows for group in range(part.groups)]
    behind = np.cumsum(sizes)
    group_of = np.searchsorted(behind, rows, "right")
    for group in np.unique(group_of).tolist():
        here = np.flatnonzero(group_of == group)
        in_group = rows[here] - (behind[group] - sizes[group])
        places = _places(part.tile(group), sample, in_group.astype(np.int64), state[here])
        for name, values in quality_at(part, group, places).items():
            found[name][here] = values
    return found


def _places(tile: Tile, sample: int, rows: NDArray[np.int64], state: NDArray[np.int8]) -> NDArray[np.int64]:
    """Where each call's quality stands: het calls of a row first, then hom ones, each by sample."""
    counts = carrier_counts(tile)
    starts = np.cumsum(counts) - counts
    het = tile.counts("het").astype(np.int64)
    out = starts[rows] + np.where(state == HOM, het[rows], 0)
    for name, code in CARRIED:
        is_so = state == code
        out[is_so] += _before(tile, name, sample, rows[is_so])
    return out


def _before(tile: Tile, name: str, sample: int, rows: NDArray[np.int64]) -> NDArray[Any]:
    """How many samples below this one are `name` in each row."""
    planes = tile.planes(name)
    dense = np.isin(rows, planes.rows)
    out = np.zeros(len(rows), np.int64)
    if dense.any():
        bits = plane_bytes_of(planes, np.searchsorted(planes.rows, rows[dense]))
        whole, rest = divmod(sample, 8)
        last = bits[:, whole] & np.uint8((1 << rest) - 1)
        out[dense] = np.bitwise_count(bits[:, :whole]).sum(axis=1, dtype=np.int64) + np.bitwise_count(last)
    if not dense.all():
        lists = tile.lists(name)
        out[~dense] = [np.searchsorted(lists.of(row), sample) for row in rows[~dense].tolist()]
    return out
