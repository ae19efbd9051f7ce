"""The sample-major copy of a finished part, written tile by tile, for a slice of samples at a time.

Calls are counted per sample first; then each slice's calls are put where the counts say, which keeps them sorted by
sample and row. A slice is bounded (`Bounds`), so that memory does not grow with samples or carriers; each slice reads
the part once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from trihelix.variants.store.parts.tiles import Part, Tile, open_part
from trihelix.variants.store.sample_major import layout
from trihelix.variants.store.sample_major.calls import (
    CARRIED,
    Calls,
    ExceptionCalls,
    carrier_counts,
    carriers,
    companions,
    exceptions,
    planes_of_rows,
    quality_at,
)
from trihelix.variants.store.sample_major.kernels import NOT_HERE, count_calls, places_of, transpose_into

_BYTES_PER_EXCEPTION = 16
_IS_USUAL = "is_usual"  # not written: calls that are no exceptions, whose copies and called are null
_PAGE_BYTES = 1 << 28  # a row group's column is one page


@dataclass(frozen=True)
class Bounds:
    """How much is held or written at once: calls and bytes of planes of a slice of samples; lines of rare calls and
    bytes of a class's planes in a row group, all unpacked."""

    lines_per_slice: int = 1 << 23
    planes_per_slice: int = 1 << 27
    lines_per_group: int = layout.LINES_PER_GROUP
    planes_per_group: int = layout.PLANES_PER_GROUP


@dataclass(frozen=True)
class _Source:
    """A part with what is needed of it again and again."""

    part: Part
    sites: pa.Table
    common_rows: NDArray[np.int64]
    lines: NDArray[np.int64]
    common_exceptions: NDArray[np.int64]
    has_exceptions: bool
    bounds: Bounds

    @property
    def quality(self) -> bool:
        return layout.has_column(self.part, "dp")


def write_by_sample(part_path: Path, folder: Path, bounds: Bounds = Bounds()) -> list[Path]:
    """Write the sample-major copy of a finished part below `folder`, the batch's `by_sample`; the files' paths.

    For the part …/contig=chr20/part-00000.parquet these are contig=chr20/part-00000.{rare,common,common_rows}.parquet.
    StoreError if the part is damaged.
    """
    part = open_part(part_path)
    files = layout.files_of(part_path, folder)
    files.rare.parent.mkdir(parents=True, exist_ok=True)
    source = _look_through(part, bounds)
    _write_rare(source, files.rare)
    _write_common(source, files.common)
    with _writer(files.common_rows, layout.common_rows_schema(), part) as writer:
        writer.write_table(_with_sites(source, {"row": source.common_rows}, layout.common_rows_schema()))
    return list(files)


def _look_through(part: Part, bounds: Bounds) -> _Source:
    """Count what each sample has, and find the common rows."""
    lines, at_common = np.zeros(part.samples, np.int64), np.zeros(part.samples, np.int64)
    common_rows, first, any_exception = [np.zeros(0, np.int64)], 0, False
    for tile in part.tiles():
        common = carrier_counts(tile) > layout.rare_most(part.samples)
        for calls in _rare_calls(tile, common):
            count_calls(calls.sample, lines)
        told = exceptions(tile)
        any_exception |= len(told.cell) > 0
        count_calls(_common_exceptions(tile, told, common)[1], at_common)
        common_rows.append(np.flatnonzero(common) + first)
        first += tile.rows
    sites = part.parquet.read(list(layout.SITE_COLUMNS), use_threads=False).combine_chunks()
    return _Source(part, sites, np.concatenate(common_rows), lines, at_common, any_exception, bounds)


def _rare_calls(tile: Tile, common: NDArray[np.bool_]) -> list[Calls]:
    """Carriers of the tile's rare rows, het and hom; then all companions, if the part has them.

    Whoever made the companions may draw the line of rarity elsewhere, so none is left out.
    """
    calls = carriers(tile, np.flatnonzero(~common))
    return [*calls, companions(tile)] if layout.has_column(tile.part, "companion") else calls


def _slices(cost: NDArray[np.int64], most: int, step: int = 1) -> Iterator[tuple[int, int]]:
    """Samples [first, last) that cost at most so much together, or are only `step`; borders are multiples of it."""
    total = np.concatenate([[0], np.cumsum(cost)])
    first, n = 0, len(cost)
    while first < n:
        fits = int(np.searchsorted(total, total[first] + most, "right")) - 1
        last = n if fits >= n else max(fits // step * step, first + step)
        yield first, min(last, n)
        first = last


def _write_rare(source: _Source, path: Path) -> None:
    schema = layout.rare_schema(source.quality, source.has_exceptions)
    with _writer(path, schema, source.part) as writer:
        for first, last in _slices(source.lines, source.bounds.lines_per_slice):
            columns = _rare_columns(source, schema, first, last)
            size = source.bounds.lines_per_group
            for at in range(0, len(columns["row"]), size):
                some = {name: values[at : at + size] for name, values in columns.items()}
                writer.write_table(_with_sites(source, some, schema))


def _rare_columns(source: _Source, schema: pa.Schema, first: int, last: int) -> dict[str, NDArray[Any]]:
    """The slice's lines without their sites."""
    counts = source.lines[first:last]
    n, behind = int(counts.sum()), np.cumsum(counts) - counts
    columns: dict[str, NDArray[Any]] = {
        name: np.zeros(n, schema.field(name).type.to_pandas_dtype())
        for name in schema.names
        if name not in (*layout.SITE_COLUMNS, "sample")
    }
    if source.has_exceptions:
        columns[_IS_USUAL] = np.ones(n, np.bool_)
    columns["sample"] = np.repeat(np.arange(first, last, dtype=np.uint32), counts)
    first_row = 0
    for tile in source.part.tiles():
        _place_tile(source, tile, first_row, (first, last), behind, columns)
        first_row += tile.rows
    return columns


def _place_tile(
    source: _Source, tile: Tile, first_row: int, samples: tuple[int, int], behind: NDArray[np.int64],
    columns: dict[str, NDArray[Any]],
) -> None:  # fmt: skip
    """Put the tile's rare calls of the samples where they belong."""
    kinds = _rare_calls(tile, carrier_counts(tile) > layout.rare_most(tile.samples))
    calls = Calls(*(np.concatenate(values) for values in zip(*kinds, strict=True)))
    carried = sum(len(kind.row) for kind in kinds[: len(CARRIED)])
    order = np.argsort(calls.row, kind="stable")
    places = np.empty(len(order), np.int64)
    places[order] = places_of(calls.sample[order], *samples, behind)
    here = np.flatnonzero(places != NOT_HERE)
    columns["row"][places[here]] = calls.row[here] + first_row
    columns["state"][places[here]] = calls.state[here]
    if source.has_exceptions:
        cells = calls.row[here] * tile.samples + calls.sample[here]
        _place_exceptions(exceptions(tile), cells, places[here], columns)
    if source.quality:
        of_carriers, of_companions = here[here < carried], here[here >= carried]
        _place_quality(tile, calls.place[of_carriers], places[of_carriers], columns, "")
        if layout.has_column(source.part, "companion"):
            _place_quality(tile, calls.place[of_companions], places[of_companions], columns, "companion_")


def _place_exceptions(
    told: ExceptionCalls,
    cells: NDArray[np.int64],
    places: NDArray[np.int64],
    columns: dict[str, NDArray[Any]],
) -> None:
    found = told.at(cells)
    is_one = found >= 0
    columns["copies"][places[is_one]] = told.copies[found[is_one]]
    columns["called"][places[is_one]] = told.called[found[is_one]]
    columns[_IS_USUAL][places[is_one]] = False


def _place_quality(
    tile: Tile,
    calls: NDArray[np.int64],
    places: NDArray[np.int64],
    columns: dict[str, NDArray[Any]],
    prefix: str,
) -> None:
    if len(calls):
        for name, values in quality_at(tile.part, tile.group, calls, prefix).items():
            columns[name][places] = values


def _with_sites(source: _Source, columns: dict[str, NDArray[Any]], schema: pa.Schema) -> pa.Table:
    """The columns and what the part says of their rows; calls that are no exceptions get nulls."""
    sites = source.sites.take(pa.array(columns["row"]))
    made = {name: sites.column(name) for name in layout.SITE_COLUMNS}
    for name in columns.keys() - {_IS_USUAL}:
        mask = columns[_IS_USUAL] if name in ("copies", "called") else None
        made[name] = pa.array(columns[name], schema.field(name).type, mask=mask)
    return pa.Table.from_arrays([made[name] for name in schema.names], schema=schema)


def _write_common(source: _Source, path: Path) -> None:
    schema = layout.common_schema(source.has_exceptions)
    width = layout.plane_bytes(len(source.common_rows))
    blocks = max(1, source.bounds.planes_per_group // max(1, width * layout.SAMPLES_PER_BLOCK))
    cost = source.common_exceptions * _BYTES_PER_EXCEPTION + 2 * width
    with _writer(path, schema, source.part) as writer:
        if not width:
            return
        for first, last in _slices(cost, source.bounds.planes_per_slice, layout.SAMPLES_PER_BLOCK):
            table = _common_table(source, schema, first, last)
            writer.write_table(table, row_group_size=blocks)


def _common_table(source: _Source, schema: pa.Schema, first: int, last: int) -> pa.Table:
    """The blocks of a slice of samples."""
    n = len(source.common_rows)
    planes = {name: np.zeros((last - first, (n + 63) // 64), np.uint64) for name, _ in CARRIED}
    place = 0
    for tile in source.part.tiles():
        rows = np.flatnonzero(carrier_counts(tile) > layout.rare_most(tile.samples))
        if len(rows):
            for name, out in planes.items():
                transpose_into(planes_of_rows(tile, name, rows), first // 64, place, out)
        place += len(rows)
    made = {"first_sample": pa.array(np.arange(first, last, layout.SAMPLES_PER_BLOCK, dtype=np.uint32))}
    for name, words in planes.items():
        made[f"{name}_bits"] = _blocks(words.view(np.uint8)[:, : layout.plane_bytes(n)])
    if source.has_exceptions:
        made |= _exception_lists(source, first, last)
    return pa.Table.from_arrays([made[name] for name in schema.names], schema=schema)


def _blocks(planes: NDArray[np.uint8]) -> pa.Array:
    """(sample, byte) as one binary value per block of samples."""
    width = planes.shape[1]
    ends = np.minimum(
        np.arange(0, len(planes) + layout.SAMPLES_PER_BLOCK, layout.SAMPLES_PER_BLOCK), len(planes)
    )
    buffers = [
        None,
        pa.py_buffer((ends * width).astype(np.int32)),
        pa.py_buffer(np.ascontiguousarray(planes)),
    ]
    return pa.Array.from_buffers(pa.binary(), len(ends) - 1, buffers)


def _common_exceptions(
    tile: Tile, told: ExceptionCalls, common: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(place among the tile's exceptions, sample, row) of those who carry a common row's allele."""
    row = told.cell // tile.samples
    chosen = np.flatnonzero(common[row] & (told.state > 0))
    return chosen, told.cell[chosen] - row[chosen] * tile.samples, row[chosen]


def _exception_lists(source: _Source, first: int, last: int) -> dict[str, pa.Array]:
    """Each block's exceptions at common rows, sorted by sample and row."""
    counts = source.common_exceptions[first:last]
    n, behind = int(counts.sum()), np.cumsum(counts) - counts
    row, copies, called = np.zeros(n, np.int32), np.zeros(n, np.uint8), np.zeros(n, np.uint8)
    first_row = 0
    for tile in source.part.tiles():
        told = exceptions(tile)
        common = carrier_counts(tile) > layout.rare_most(tile.samples)
        chosen, sample, in_row = _common_exceptions(tile, told, common)
        places = places_of(sample, first, last, behind)
        here = places != NOT_HERE
        row[places[here]] = in_row[here] + first_row
        copies[places[here]], called[places[here]] = told.copies[chosen[here]], told.called[chosen[here]]
        first_row += tile.rows
    total = np.concatenate([[0], np.cumsum(counts)])
    offsets = np.append(total[:-1][:: layout.SAMPLES_PER_BLOCK], n).astype(np.int32)
    samples = np.repeat(np.arange(first, last, dtype=np.uint32), counts)
    kind = {"": samples, "_row": row, "_copies": copies, "_called": called}
    return {f"exception{name}": _lists(offsets, pa.array(values)) for name, values in kind.items()}


def _lists(offsets: NDArray[np.int32], values: pa.Array) -> pa.Array:
    kind = pa.list_(pa.field("element", values.type, False))
    return pa.ListArray.from_arrays(pa.array(offsets), values, type=kind)


def _writer(path: Path, schema: pa.Schema, part: Part) -> pq.ParquetWriter:
    told = part.parquet.schema_arrow.metadata
    kept = {key: value for key, value in told.items() if key.startswith(b"trihelix.")}
    kept[b"trihelix.rows"] = str(part.parquet.metadata.num_rows).encode()
    return pq.ParquetWriter(
        path, schema.with_metadata(kept), version="2.6", data_page_version="2.0", data_page_size=_PAGE_BYTES,
        use_dictionary=layout.dictionary_columns(schema), column_encoding=layout.encodings(schema),
        compression="zstd", compression_level=layout.compression_levels(schema),
        write_statistics=[schema.names[0]], write_page_checksum=False,
    )  # fmt: skip
