"""Genotypes written as the Parquet parts of a batch, row group by row group."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from trihelix.variants.store import layout
from trihelix.variants.store.genotypes import Companions, Genotypes, Lists, Quality, no_lists
from trihelix.variants.store.layout import CLASSES, QUALITY_COLUMNS, Columns
from trihelix.variants.store.parts.rows import gather_bytes, no_companions, slice_rows, unknown_quality

_PAGE_BYTES = 1 << 28  # a row group's column is one page


@dataclass(frozen=True)
class PartSummary:
    """What the manifest says of a part: rows and the places of its first and last row, row groups."""

    rows: int
    groups: int
    first: int
    last: int


class PartWriter:
    """One Parquet file of one contig's rows; rows come sorted. Closed without error it is whole."""

    def __init__(self, path: Path, samples: int, columns: Columns, batch: str, contig: str) -> None:
        self._samples, self._columns = samples, columns
        self._schema = layout.schema(columns).with_metadata(
            {"trihelix.store": str(layout.VERSION), "trihelix.batch": batch, "trihelix.contig": contig,
             "trihelix.samples": str(samples), "trihelix.dense_above": str(layout.dense_above(samples))}
        )  # fmt: skip
        self._writer = pq.ParquetWriter(
            path, self._schema, version="2.6", data_page_version="2.0", data_page_size=_PAGE_BYTES,
            use_dictionary=layout.dictionary_columns(self._schema), column_encoding=layout.encodings(self._schema),
            compression=layout.compressions(self._schema),
            compression_level=layout.compression_levels(self._schema), write_statistics=["pos"], write_page_checksum=False,
        )  # fmt: skip
        self._rows = self._groups = self._last = 0
        self._first: int | None = None

    def write(self, genotypes: Genotypes, filters: Sequence[str]) -> None:
        """Write rows as one or more row groups."""
        for first, last in group_borders(genotypes):
            chosen = slice_rows(genotypes, first, last)
            table = table_of(chosen, filters, self._columns, self._schema)
            self._writer.write_table(table, row_group_size=last - first)
            self._groups += 1
        pos = genotypes.sites.pos
        if len(pos):
            self._first = int(pos[0]) if self._first is None else self._first
            self._last = int(pos[-1])
        self._rows += len(pos)

    def close(self) -> PartSummary:
        """Finish the file."""
        self._writer.close()
        return PartSummary(self._rows, self._groups, self._first or 0, self._last)

    def abandon(self) -> None:
        """Close the file after a failure; it is not whole, or is but nobody names it."""
        with contextlib.suppress(OSError, pa.ArrowException):
            self._writer.close()


def group_borders(genotypes: Genotypes) -> list[tuple[int, int]]:
    """Rows [first, last) of each row group: few enough rows, and few enough cells."""
    most = layout.rows_per_group(genotypes.samples)
    room = layout.CELLS_PER_GROUP if genotypes.quality is None else layout.CELLS_WITH_QUALITY
    cells = genotypes.het.offsets + genotypes.hom.offsets + genotypes.missing.offsets
    if genotypes.companions is not None:
        cells = cells + genotypes.companions.offsets
    borders, first = [], 0
    while first < len(genotypes):
        fits = int(np.searchsorted(cells, cells[first] + room, "right")) - 1
        last = min(max(fits, first + 1), first + most, len(genotypes))
        borders.append((first, last))
        first = last
    return borders


def table_of(
    genotypes: Genotypes, filters: Sequence[str], columns: Columns, schema: pa.Schema | None = None
) -> pa.Table:
    """The rows of one row group as an Arrow table in the store's layout."""
    samples, n = genotypes.samples, len(genotypes)
    sites = genotypes.sites
    counts = {name: np.diff(getattr(genotypes, name).offsets).astype(np.uint32) for name in CLASSES}
    made: dict[str, Any] = {
        "pos": pa.array(sites.pos, pa.int32()),
        "ref": _texts(sites.blob, sites.ref_start, sites.ref_len),
        "alt": _texts(sites.blob, sites.alt_start, sites.alt_len),
        "record": pa.array(sites.record, pa.int32()),
        "filter": pa.DictionaryArray.from_arrays(pa.array(sites.filter), pa.array(list(filters))).cast(
            pa.string()
        ),
        "samples": pa.array(np.full(n, samples, np.uint32)),
        **{f"n_{name}": pa.array(count) for name, count in counts.items()},
    }
    for name in CLASSES:
        of = getattr(genotypes, name)
        made[name], made[f"{name}_bits"] = _lists_and_planes(of, samples)
    made |= _exceptions(genotypes)
    if columns.quality:
        offsets = genotypes.het.offsets + genotypes.hom.offsets
        made |= quality_columns("", offsets, genotypes.quality or unknown_quality(int(offsets[-1])))
    if columns.sources:
        sources = genotypes.sources or no_lists(n)
        made["sources"] = _list_column(sources.offsets, pa.array(sources.samples))
    if columns.companions:
        made |= _companions(genotypes.companions or no_companions(n), samples)
    schema = schema or layout.schema(columns)
    return pa.Table.from_arrays([made[name] for name in schema.names], schema=schema)


def _texts(blob: NDArray[np.uint8], start: NDArray[Any], length: NDArray[Any]) -> pa.Array:
    offsets, text = gather_bytes(blob, start, length)
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.string(), len(start), buffers)


def _list_column(offsets: NDArray[Any], values: pa.Array) -> pa.Array:
    kind = pa.list_(pa.field("element", values.type, False))
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), values, type=kind)


@numba.njit(cache=True, nogil=True)
def _cells(offsets, samples, people, dense_above):  # type: ignore[no-untyped-def]
    """(offsets, cells) of the rows whose lists are not dense; the others' are empty."""
    chosen = np.zeros(len(offsets), np.int64)
    for row in range(len(offsets) - 1):
        n = offsets[row + 1] - offsets[row]
        chosen[row + 1] = chosen[row] + (n if n <= dense_above else 0)
    out = np.empty(chosen[-1], np.uint32)
    for row in range(len(offsets) - 1):
        base = np.uint32(row * people)
        start, to = offsets[row], chosen[row]
        for j in range(chosen[row + 1] - to):
            out[to + j] = base + samples[start + j]
    return chosen, out


@numba.njit(cache=True, nogil=True)
def planes_of(offsets, samples, rows, words):  # type: ignore[no-untyped-def]
    """The bit planes (uint64 words) of some rows."""
    planes = np.zeros((len(rows), words), np.uint64)
    for i in range(len(rows)):
        for j in range(offsets[rows[i]], offsets[rows[i] + 1]):
            sample = np.uint64(samples[j])
            planes[i, sample >> np.uint64(6)] |= np.uint64(1) << (sample & np.uint64(63))
    return planes


def cells_column(lists: Lists, samples: int) -> pa.Array:
    """Cells of lists that never have planes."""
    offsets, cells = _cells(lists.offsets, lists.samples, samples, np.iinfo(np.int64).max)
    return _list_column(offsets, pa.array(cells))


def _lists_and_planes(lists: Lists, samples: int) -> tuple[pa.Array, pa.Array]:
    """The cells of rows with few, the planes of rows with many."""
    dense_above = layout.dense_above(samples)
    offsets, cells = _cells(lists.offsets, lists.samples, samples, dense_above)
    dense = np.flatnonzero(np.diff(lists.offsets) > dense_above)
    planes = planes_of(lists.offsets, lists.samples, dense, layout.words_of(samples))
    width = planes.shape[1] * 8
    n = len(lists.offsets) - 1
    is_dense = np.zeros(n, np.bool_)
    is_dense[dense] = True
    ends = np.concatenate([[0], np.cumsum(is_dense * width)]).astype(np.int32)
    valid = pa.py_buffer(np.packbits(is_dense, bitorder="little"))
    bits = pa.Array.from_buffers(pa.binary(), n, [valid, pa.py_buffer(ends), pa.py_buffer(planes)])
    return _list_column(offsets, pa.array(cells)), bits


def _exceptions(genotypes: Genotypes) -> dict[str, pa.Array]:
    of = genotypes.exceptions
    made = {"exception": cells_column(Lists(of.offsets, of.samples), genotypes.samples)}
    for name in ("state", "copies", "called"):
        made[f"exception_{name}"] = _list_column(of.offsets, pa.array(getattr(of, name)))
    return made


def quality_columns(prefix: str, offsets: NDArray[np.int64], quality: Quality) -> dict[str, pa.Array]:
    """Quality as it is stored: reads of REF as what is left of DP, which is nearly always nothing."""
    other = (quality.dp - quality.alt_depth - quality.ref_depth).astype(np.int16)
    values = {
        "dp": quality.dp, "gq": quality.gq, "alt_depth": quality.alt_depth, "other_depth": other,
        "phase_set": quality.phase_set, "flags": quality.flags,
    }  # fmt: skip
    return {f"{prefix}{name}": _list_column(offsets, pa.array(values[name])) for name in QUALITY_COLUMNS}


def _companions(of: Companions, samples: int) -> dict[str, pa.Array]:
    made = {"companion": cells_column(Lists(of.offsets, of.samples), samples)}
    made["companion_state"] = _list_column(of.offsets, pa.array(of.state))
    return made | quality_columns("companion_", of.offsets, of.quality)
