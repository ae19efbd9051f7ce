"""Parts opened for reading, row group by row group: the tiles that kernels work on."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from trihelix.model.errors import StoreError
from trihelix.variants.store import layout
from trihelix.variants.store.genotypes import Lists
from trihelix.variants.store.parts.delta_kernels import (
    DAMAGED,
    cells_fit,
    count_cells,
    count_planes,
    unpack_cells,
)
from trihelix.variants.store.parts.pages import Chunk, Page, pages_of

_SPLIT_BYTES = 4  # whole numbers are stored in 32 bits
_PLANE_PREFIX = 4  # bytes: plain byte arrays begin with their length


class Planes(NamedTuple):
    """Bit planes in a page: the plane of rows[i] begins at start + i x stride."""

    data: NDArray[np.uint8]
    start: int
    stride: int
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """A Parquet file of rows of one contig, mapped."""

    path: Path
    file: NDArray[np.uint8]
    parquet: pq.ParquetFile
    samples: int
    contig: str

    @property
    def groups(self) -> int:
        """Number of row groups."""
        return int(self.parquet.metadata.num_row_groups)

    def tile(self, group: int) -> Tile:
        """A row group."""
        return Tile(self, group)

    def tiles(self) -> Iterator[Tile]:
        """All row groups in order."""
        return (Tile(self, group) for group in range(self.groups))

    @cached_property
    def spans(self) -> NDArray[np.int64]:
        """(row group, 2): positions of the first and last row of each group."""
        column = self.parquet.schema_arrow.get_field_index("pos")
        metadata = self.parquet.metadata
        stats = [metadata.row_group(g).column(column).statistics for g in range(self.groups)]
        return np.array([(s.min, s.max) for s in stats], np.int64).reshape(-1, 2)


def open_part(path: Path) -> Part:
    """Map a part. StoreError if it is missing, damaged, or not of this store's layout."""
    advice = "compare it with the manifest; if it was altered, ingest its batch again"
    try:
        with path.open("rb") as handle:
            data = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        parquet = pq.ParquetFile(pa.BufferReader(pa.py_buffer(data)))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, pa.ArrowInvalid) as error:
        raise StoreError(
            "a part of the store cannot be read", where=str(path), value=error, advice=advice
        ) from error
    told = parquet.schema_arrow.metadata or {}
    if told.get(b"trihelix.store") != str(layout.VERSION).encode():
        raise StoreError(
            "a part of the store is of another version",
            where=str(path),
            value=told.get(b"trihelix.store", b"none").decode(),
            advice=f"read it with the Trihelix that wrote it; this one reads version {layout.VERSION}",
        )
    return Part(
        path,
        np.frombuffer(data, np.uint8),
        parquet,
        int(told[b"trihelix.samples"]),
        told[b"trihelix.contig"].decode(),
    )


class Tile:
    """One row group: what kernels read of it. Columns are unpacked when they are asked for."""

    def __init__(self, part: Part, group: int) -> None:
        self.part, self.group = part, group
        self.samples = part.samples
        self._metadata = part.parquet.metadata.row_group(group)
        self.rows: int = self._metadata.num_rows
        self._counts: dict[str, NDArray[np.uint32]] = {}

    def counts(self, name: str) -> NDArray[np.uint32]:
        """How many samples are `name` (het, hom, missing) in each row."""
        if name not in self._counts:
            pages = [p.data[p.start : p.end].view(np.uint32) for p in self._pages(f"n_{name}")]
            self._counts[name] = pages[0] if len(pages) == 1 else np.concatenate(pages)
        return self._counts[name]

    @cached_property
    def pos(self) -> NDArray[np.int32]:
        """Positions of the rows, 1-based."""
        return self._unpacked("pos", self.rows).view(np.int32)

    def lengths(self, name: str) -> NDArray[np.uint32]:
        """Cells in each row's list: none where the row has a plane."""
        counts = self.counts(name)
        return np.where(counts > layout.dense_above(self.samples), np.uint32(0), counts)

    def lists(self, name: str) -> Lists:
        """The lists of a class, as ordinals; empty where a row has a plane."""
        lengths = self.lengths(name)
        offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        cells = self.cells(name)
        base = np.repeat(np.arange(self.rows, dtype=np.uint32) * np.uint32(self.samples), lengths)
        return Lists(offsets, cells - base)

    def cells(self, name: str) -> NDArray[np.uint32]:
        """The cells of a class as they are stored."""
        lengths = self.lengths(name)
        cells = self._unpacked(f"{name}.list.element", int(lengths.sum(dtype=np.int64)))
        if not cells_fit(cells, lengths, self.samples):
            raise self.damaged(name)
        return cells

    def planes(self, name: str) -> Planes:
        """The bit planes of a class; no rows where no row is dense."""
        rows = np.flatnonzero(self.counts(name) > layout.dense_above(self.samples))
        stride = layout.words_of(self.samples) * 8 + _PLANE_PREFIX
        if not len(rows):
            return Planes(np.zeros(0, np.uint8), 0, stride, rows)
        pages = list(self._pages(f"{name}_bits"))
        data = [p.data[p.start : p.end] for p in pages]
        page = pages[0].data if len(pages) == 1 else np.concatenate([*data, np.zeros(64, np.uint8)])
        start = pages[0].start if len(pages) == 1 else 0
        if sum(len(d) for d in data) != stride * len(rows):
            raise self.damaged(f"{name}_bits")
        return Planes(page, start + _PLANE_PREFIX, stride, rows)

    def count(self, name: str, bitmaps: NDArray[np.uint64]) -> NDArray[np.int64]:
        """(bitmap, row): how many samples of each bitmap are `name`."""
        found = np.zeros((len(bitmaps), self.rows), np.int64)
        lengths = self.lengths(name)
        if lengths.any():
            row = 0
            for page in self._pages(f"{name}.list.element"):
                behind = count_cells(*page[:3], lengths, row, self.samples, bitmaps, found)
                if behind == DAMAGED:
                    raise self.damaged(name)
                row = behind
        planes = self.planes(name)
        if len(planes.rows):
            count_planes(planes.data, planes.start, planes.stride, planes.rows, bitmaps, found)
        return found

    def sums_over_sources(self, weight: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of each row, the sum of weight[source] over the files that have a record of it."""
        column = self.arrow(["sources"])["sources"].combine_chunks()
        offsets, sources = column.offsets.to_numpy().astype(np.int64), column.values.to_numpy()
        total = np.concatenate([[0], np.cumsum(weight[sources])])
        return np.asarray(total[offsets[1:]] - total[offsets[:-1]])

    @cached_property
    def has_exceptions(self) -> bool:
        """Whether any call of the tile is an exception."""
        return any(page.values for page in self._pages("exception.list.element"))

    def rows_between(self, first: int, last: int) -> slice:
        """The rows at positions first..last."""
        return slice(
            int(np.searchsorted(self.pos, first, "left")), int(np.searchsorted(self.pos, last, "right"))
        )

    def split_values(self, name: str, places: NDArray[np.int64]) -> NDArray[np.int32]:
        """Some values of a column whose bytes are split (BYTE_STREAM_SPLIT of Parquet's Encodings.md: byte b of value i
        stands at b x values + i of a page), by their places in the tile."""
        out = np.zeros((len(places), _SPLIT_BYTES), np.uint8)
        first = 0
        for page in self._pages(f"{name}.list.element"):
            if page.end - page.start != _SPLIT_BYTES * page.values:
                raise self.damaged(name)
            here = np.flatnonzero((places >= first) & (places < first + page.values))
            at = places[here] - first + page.start
            for byte in range(_SPLIT_BYTES):
                out[here, byte] = page.data[at + byte * page.values]
            first += page.values
        if len(places) and int(places.max()) >= first:
            raise self.damaged(name)
        return out.view(np.dtype("<i4")).reshape(-1)

    def arrow(self, columns: list[str]) -> pa.Table:
        """Some columns as Arrow; for those that are read rarely."""
        try:
            return self.part.parquet.read_row_group(self.group, columns=columns, use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise self.damaged(", ".join(columns)) from error

    def _unpacked(self, path: str, n: int) -> NDArray[np.uint32]:
        out = np.empty(n, np.uint32)
        done = 0
        for page in self._pages(path):
            if page.start == page.end:
                continue
            some = unpack_cells(*page[:3], out[done:])
            if some == DAMAGED:
                raise self.damaged(path)
            done += some
        if done != n:
            raise self.damaged(path)
        return out

    def _pages(self, path: str) -> Iterator[Page]:
        column = self._metadata.column(self._columns[path])
        chunk = Chunk(column.data_page_offset, _size(column), column.compression)
        return pages_of(self.part.file, chunk, str(self.part.path))

    @cached_property
    def _columns(self) -> dict[str, int]:
        return columns_of(self.part)

    def damaged(self, column: str) -> StoreError:
        """The error for a column that does not fit its row group."""
        return StoreError(
            "a part of the store is damaged",
            where=f"{self.part.path}, row group {self.group}, column {column}",
            advice="ingest its batch again",
        )


def _size(column: pq.ColumnChunkMetaData) -> int:
    """Bytes of the data pages alone."""
    before = 0
    if column.has_dictionary_page:
        before = column.data_page_offset - column.dictionary_page_offset
    return int(column.total_compressed_size - before)


def columns_of(part: Part) -> dict[str, int]:
    """Column paths of a part to their numbers."""
    schema = part.parquet.metadata.schema
    return {schema.column(i).path: i for i in range(len(schema))}
