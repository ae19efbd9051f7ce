"""The calls of a tile one by one: carriers of chosen rows, companions, exceptions, and single values of quality."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trihelix.variants.codes import HET, HOM
from trihelix.variants.store.layout import QUALITY_COLUMNS
from trihelix.variants.store.parts.decoding import exceptions_of, whole_lists
from trihelix.variants.store.parts.pages import Chunk, pages_of
from trihelix.variants.store.parts.rows import take_lists
from trihelix.variants.store.parts.tiles import Part, Planes, Tile, columns_of
from trihelix.variants.store.parts.writer import planes_of

CARRIED = (("het", HET), ("hom", HOM))
_PLANE_PREFIX = 4  # bytes: plain byte arrays begin with their length
_SPLIT_BYTES = 4  # Parquet has no integers below 32 bits: quality is split into four streams


class Calls(NamedTuple):
    """Calls of one kind: row in the tile, sample, state, place of the quality in its column."""

    row: NDArray[np.int64]
    sample: NDArray[np.uint32]
    state: NDArray[np.int8]
    place: NDArray[np.int64]


class ExceptionCalls(NamedTuple):
    """A tile's exceptions, sorted by cell = row x samples + sample."""

    cell: NDArray[np.int64]
    state: NDArray[np.int8]
    copies: NDArray[np.uint8]
    called: NDArray[np.uint8]

    def at(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """The exception of each cell, -1 where there is none."""
        if not len(self.cell):
            return np.full(len(cells), -1, np.int64)
        found = np.minimum(np.searchsorted(self.cell, cells), len(self.cell) - 1)
        return np.where(self.cell[found] == cells, found, -1)


def carrier_counts(tile: Tile) -> NDArray[np.int64]:
    """How many samples carry the allele in each row."""
    return tile.counts("het").astype(np.int64) + tile.counts("hom")


def carriers(tile: Tile, rows: NDArray[np.int64]) -> list[Calls]:
    """The het calls of the chosen rows, and the hom ones; their quality's places count the whole row group."""
    het = tile.counts("het").astype(np.int64)
    starts = np.cumsum(carrier_counts(tile)) - carrier_counts(tile)
    made = []
    for (name, state), first in zip(CARRIED, (starts, starts + het), strict=True):
        row, sample, rank = _members(tile, name, rows)
        made.append(Calls(row, sample, np.full(len(row), state, np.int8), first[row] + rank))
    return made


def _members(tile: Tile, name: str, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
    """(row, sample, rank in the row) of all that are `name` in the chosen rows, sorted by row and sample."""
    in_planes = np.isin(rows, tile.planes(name).rows).any()
    lists = whole_lists(tile, name) if in_planes else tile.lists(name)
    offsets, sample = take_lists(*lists, rows)
    lengths = np.diff(offsets)
    return np.repeat(rows, lengths), sample, np.arange(len(sample)) - np.repeat(offsets[:-1], lengths)


def plane_bytes_of(planes: Planes, chosen: NDArray[Any]) -> NDArray[np.uint8]:
    """(chosen plane, byte): the planes at these places, without what stands between them."""
    if not len(planes.rows):
        return np.zeros((0, 0), np.uint8)
    start = planes.start - _PLANE_PREFIX
    whole = planes.data[start : start + len(planes.rows) * planes.stride].reshape(-1, planes.stride)
    return whole[chosen, _PLANE_PREFIX:]


def planes_of_rows(tile: Tile, name: str, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """(row, word): a bit plane for each of the chosen rows, also of those that have a list."""
    words = (tile.samples + 63) // 64
    out = np.zeros((len(rows), words), np.uint64)
    planes = tile.planes(name)
    is_dense = np.isin(rows, planes.rows)
    if is_dense.any():
        out[is_dense] = plane_bytes_of(planes, np.isin(planes.rows, rows)).view(np.uint64)
    offsets, samples = tile.lists(name)
    out[~is_dense] = planes_of(offsets, samples, rows[~is_dense], words)
    return out


def companions(tile: Tile) -> Calls:
    """The kept calls of carriers' relatives."""
    table = tile.arrow(["companion", "companion_state"])
    row, cell = _flat(table.column("companion"), np.int64)
    _, state = _flat(table.column("companion_state"), np.int8)
    return Calls(row, (cell - row * tile.samples).astype(np.uint32), state, np.arange(len(row)))


def exceptions(tile: Tile) -> ExceptionCalls:
    """The calls whose state does not tell the copies."""
    of = exceptions_of(tile)
    row = np.repeat(np.arange(tile.rows, dtype=np.int64), np.diff(of.offsets))
    cell = row * tile.samples + of.samples
    order = np.argsort(cell, kind="stable")
    return ExceptionCalls(cell[order], of.state[order], of.copies[order], of.called[order])


def _flat(column: pa.ChunkedArray, kind: type[np.generic]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """(row, value) of everything in the lists of a column."""
    lists = column.combine_chunks()
    lengths = lists.value_lengths().to_numpy(zero_copy_only=False)
    values = lists.flatten().to_numpy(zero_copy_only=False)
    return np.repeat(np.arange(len(lists), dtype=np.int64), lengths), values.astype(kind)


def quality_at(
    part: Part, group: int, places: NDArray[np.int64], prefix: str = ""
) -> dict[str, NDArray[np.int32]]:
    """Values of the quality columns at some places of a row group, by name; the rest is not decoded."""
    return {name: _split_values(part, group, f"{prefix}{name}", places) for name in QUALITY_COLUMNS}


def _split_values(part: Part, group: int, name: str, places: NDArray[np.int64]) -> NDArray[np.int32]:
    """Of a BYTE_STREAM_SPLIT column (Parquet Encodings.md): byte b of value i stands at b x values + i of a page."""
    column = part.parquet.metadata.row_group(group).column(columns_of(part)[f"{name}.list.element"])
    size = column.total_compressed_size
    if column.has_dictionary_page or not column.encodings or "BYTE_STREAM_SPLIT" not in column.encodings:
        raise part.tile(group).damaged(name)
    out = np.zeros((len(places), _SPLIT_BYTES), np.uint8)
    first = 0
    for page in pages_of(part.file, Chunk(column.data_page_offset, size, column.compression), str(part.path)):
        n = (page.end - page.start) // _SPLIT_BYTES
        here = np.flatnonzero((places >= first) & (places < first + n))
        at = places[here] - first + page.start
        for byte in range(_SPLIT_BYTES):
            out[here, byte] = page.data[at + byte * n]
        first += n
    if len(places) and int(places.max()) >= first:
        raise part.tile(group).damaged(name)
    return out.view(np.dtype("<i4")).reshape(-1)
