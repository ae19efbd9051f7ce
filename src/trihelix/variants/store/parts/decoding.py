"""Row groups of a part turned back into genotypes, whole or for some rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trihelix.variants.scanning import word
from trihelix.variants.store import layout
from trihelix.variants.store.genotypes import (
    Companions,
    Exceptions,
    Genotypes,
    Lists,
    Quality,
    Sites,
)
from trihelix.variants.store.layout import CLASSES, QUALITY_COLUMNS
from trihelix.variants.store.parts.rows import slice_rows
from trihelix.variants.store.parts.tiles import Tile


def genotypes_of(tile: Tile, filters: dict[str, int], contig: int = 0) -> Genotypes:
    """All rows of a tile. `filters` numbers FILTER texts and grows; `contig` is the number given to every row."""
    het, hom, missing = (whole_lists(tile, name) for name in CLASSES)
    names = set(tile.part.parquet.schema_arrow.names)
    quality = companions = sources = None
    if "dp" in names:
        quality = _quality(tile, "", len(het.samples) + len(hom.samples))
    if "sources" in names:
        sources = _lists(tile, "sources")
    if "companion" in names:
        of = _cells(tile, "companion")
        state = _parallel(tile, tile.arrow(["companion_state"]), len(of.samples))[0]
        companions = Companions(of.offsets, of.samples, state, _quality(tile, "companion_", len(of.samples)))
    sites = sites_of(tile, filters, contig)
    return Genotypes(
        tile.samples, sites, het, hom, missing, exceptions_of(tile), quality, sources, companions
    )


def rows_between(
    tile: Tile, filters: dict[str, int], first: int, last: int, contig: int = 0
) -> Genotypes | None:
    """The rows at positions first..last; None where there are none."""
    start, stop = (
        int(np.searchsorted(tile.pos, first, "left")),
        int(np.searchsorted(tile.pos, last, "right")),
    )
    if start == stop:
        return None
    whole = genotypes_of(tile, filters, contig)
    return slice_rows(whole, start, stop)


def sites_of(tile: Tile, filters: dict[str, int], contig: int = 0) -> Sites:
    """Where the rows are and what their alleles are."""
    table = tile.arrow(["ref", "alt", "record", "filter"])
    ref, alt = texts_of(table["ref"]), texts_of(table["alt"])
    blob = np.concatenate([ref[2], alt[2]])
    shown = table["filter"].combine_chunks().dictionary_encode()
    numbers = np.array([filters.setdefault(t, len(filters)) for t in shown.dictionary.to_pylist()], np.int32)
    return Sites(
        np.full(tile.rows, contig, np.int32),
        tile.pos,
        table["record"].to_numpy().astype(np.int32),
        numbers[shown.indices.to_numpy()],
        ref[0],
        ref[1],
        alt[0] + len(ref[2]),
        alt[1],
        blob,
    )


def texts_of(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8]]:
    """(starts, lengths, bytes) of a text column."""
    texts = column.combine_chunks()
    if isinstance(texts, pa.ChunkedArray):
        texts = pa.concat_arrays(texts.chunks)
    if pa.types.is_dictionary(texts.type):
        texts = texts.cast(pa.string())
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    data = texts.buffers()[2]
    text = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
    return offsets[:-1].astype(np.int64), np.diff(offsets).astype(np.int32), text


def whole_lists(tile: Tile, name: str) -> Lists:
    """The lists of a class in every row, those of planes too."""
    sparse = tile.lists(name)
    planes = tile.planes(name)
    if not len(planes.rows):
        return sparse
    counts = tile.counts(name)
    offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    samples = np.empty(int(offsets[-1]), np.uint32)
    dense = np.zeros(tile.rows, np.bool_)
    dense[planes.rows] = True
    _put_lists(*sparse, dense, offsets, samples)
    if _put_planes(*planes, layout.words_of(tile.samples), offsets, samples) < 0:
        raise tile.damaged(f"{name}_bits")
    return Lists(offsets, samples)


@numba.njit(cache=True, nogil=True)
def _put_lists(start, values, dense, offsets, samples):  # type: ignore[no-untyped-def]
    for row in range(len(dense)):
        if not dense[row]:
            to = offsets[row]
            for j in range(start[row], start[row + 1]):
                samples[to + j - start[row]] = values[j]


@numba.njit(cache=True, nogil=True)
def _put_planes(data, start, stride, rows, words, offsets, samples):  # type: ignore[no-untyped-def]
    """The set bits of each plane as ordinals; -1 where a plane has another number of them than its row says."""
    one, zero = np.uint64(1), np.uint64(0)
    for i in range(len(rows)):
        at, end = offsets[rows[i]], offsets[rows[i] + 1]
        for w in range(words):
            bits = word(data, start + i * stride + 8 * w)
            place = np.uint32(64 * w)
            while bits != zero:
                if bits & one:
                    if at == end:
                        return -1
                    samples[at] = place
                    at += 1
                bits >>= one
                place += np.uint32(1)
        if at != end:
            return -1
    return 0


def exceptions_of(tile: Tile) -> Exceptions:
    """The exceptions of every row."""
    of = _cells(tile, "exception")
    table = tile.arrow(["exception_state", "exception_copies", "exception_called"])
    return Exceptions(of.offsets, of.samples, *_parallel(tile, table, len(of.samples)))


def _lists(tile: Tile, name: str) -> Lists:
    """A column of lists of whole numbers, as it is."""
    column = tile.arrow([name])[name].combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks)
    offsets = column.offsets.to_numpy().astype(np.int64)
    if len(offsets) != tile.rows + 1:
        raise tile.damaged(name)
    return Lists(offsets - offsets[0], column.values.to_numpy()[offsets[0] : offsets[-1]])


def _cells(tile: Tile, name: str) -> Lists:
    """A column of cells that never has planes, as ordinals."""
    of = _lists(tile, name)
    base = np.repeat(np.arange(tile.rows, dtype=np.uint32) * np.uint32(tile.samples), np.diff(of.offsets))
    samples = of.samples - base
    if len(samples) and int(samples.max()) >= tile.samples:
        raise tile.damaged(name)
    return Lists(of.offsets, samples)


def _parallel(tile: Tile, table: pa.Table, n: int) -> list[NDArray[Any]]:
    """The values of columns of lists, which have `n` each."""
    columns = [_flat(column) for column in table.columns]
    for name, values in zip(table.column_names, columns, strict=True):
        if len(values) != n:
            raise tile.damaged(name)
    return columns


def _flat(column: pa.ChunkedArray) -> NDArray[Any]:
    """The values of all lists of a column, one behind the other."""
    return np.concatenate([chunk.flatten().to_numpy(zero_copy_only=False) for chunk in column.chunks])


def _quality(tile: Tile, prefix: str, n: int) -> Quality:
    table = tile.arrow([f"{prefix}{name}" for name in QUALITY_COLUMNS])
    return quality_of(_parallel(tile, table, n))


def quality_of(columns: Sequence[NDArray[Any]]) -> Quality:
    """Quality from the columns as they are stored (layout.QUALITY_COLUMNS)."""
    dp, gq, alt_depth, other, phase_set, flags = columns
    return Quality(dp, gq, (dp - alt_depth - other).astype(np.int16), alt_depth, phase_set, flags)
