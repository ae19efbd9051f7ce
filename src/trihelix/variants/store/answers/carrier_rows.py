"""The carriers of some rows of a tile, as parallel arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.variants.codes import HET, HOM
from trihelix.variants.scanning import word
from trihelix.variants.store.cohorts import Bitmap
from trihelix.variants.store.genotypes import Quality
from trihelix.variants.store.layout import QUALITY_COLUMNS, words_of
from trihelix.variants.store.parts.decoding import exceptions_of, quality_of
from trihelix.variants.store.parts.delta_kernels import DAMAGED
from trihelix.variants.store.parts.tiles import Tile


class Carriers(NamedTuple):
    """One entry per carrier and row, sorted by row and sample: row of the tile, ordinal, state, place of the call among
    the tile's carriers (its quality's place), copies and called alleles where the state does not tell (else -1)."""

    row: NDArray[Any]
    sample: NDArray[Any]
    state: NDArray[Any]
    place: NDArray[Any]
    copies: NDArray[Any]
    called: NDArray[Any]


@numba.njit(cache=True, nogil=True)
def _select(cells, lengths, people, chosen, bitmap, first_place, out_row, out_sample, out_place):  # type: ignore[no-untyped-def]
    """Cells of the chosen rows whose samples are in the bitmap; returns how many, or DAMAGED."""
    n, at = 0, np.int64(0)
    for row in range(len(lengths)):
        length = np.int64(lengths[row])
        if chosen[row]:
            base = np.uint32(row * people)
            for i in range(length):
                sample = np.uint64(cells[at + i] - base)
                if sample >= np.uint64(people):
                    return DAMAGED
                if (bitmap[sample >> np.uint64(6)] >> (sample & np.uint64(63))) & np.uint64(1):
                    out_row[n], out_sample[n], out_place[n] = row, sample, first_place[row] + i
                    n += 1
        at += length
    return n


@numba.njit(cache=True, nogil=True)
def _select_planes(  # type: ignore[no-untyped-def]
    page, at, stride, planes, rows, words, bitmap, first_place, out_row, out_sample, out_place
):
    """As _select, for planes; plane planes[i] is row rows[i]. DAMAGED where they have more bits than there is room."""
    n = 0
    for i in range(len(planes)):
        place = first_place[rows[i]]
        for w in range(words):
            bits = word(page, at + planes[i] * stride + 8 * w)
            sample = 64 * w
            while bits:
                if bits & np.uint64(1):
                    if (bitmap[w] >> np.uint64(sample & 63)) & np.uint64(1):
                        if n == len(out_row):
                            return DAMAGED
                        out_row[n], out_sample[n], out_place[n] = rows[i], sample, place
                        n += 1
                    place += 1
                bits >>= np.uint64(1)
                sample += 1
    return n


def carriers_of_rows(tile: Tile, chosen: NDArray[np.bool_], bitmap: Bitmap) -> Carriers:
    """Who of the bitmap carries the alleles of the chosen rows."""
    n_het, n_hom = tile.counts("het").astype(np.int64), tile.counts("hom").astype(np.int64)
    start = np.cumsum(n_het + n_hom) - n_het - n_hom
    het = _of_class(tile, "het", chosen, bitmap, start, int(n_het[chosen].sum()))
    hom = _of_class(tile, "hom", chosen, bitmap, start + n_het, int(n_hom[chosen].sum()))
    row, sample, place = (np.concatenate(pair) for pair in zip(het, hom, strict=True))
    state = np.repeat(np.array([HET, HOM], np.int8), [len(het[0]), len(hom[0])])
    order = np.argsort(row * tile.samples + sample, kind="stable")
    row, sample = row[order], sample[order]
    copies, called = _exceptional(tile, row, sample)
    return Carriers(row, sample, state[order], place[order], copies, called)


def _of_class(
    tile: Tile, name: str, chosen: NDArray[np.bool_], bitmap: Bitmap, start: NDArray[np.int64], most: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    row, sample, place = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    lengths = tile.lengths(name)
    n = 0
    if lengths[chosen].any():
        n = _select(tile.cells(name), lengths, tile.samples, chosen, bitmap, start, row, sample, place)
    if 0 <= n < most:
        planes = tile.planes(name)
        wanted = np.flatnonzero(chosen[planes.rows])
        more = _select_planes(
            planes.data, planes.start, planes.stride, wanted, planes.rows[wanted], words_of(tile.samples), bitmap,
            start, row[n:], sample[n:], place[n:],
        )  # fmt: skip
        n = DAMAGED if more == DAMAGED else n + more
    if n == DAMAGED:
        raise tile.damaged(name)
    return row[:n], sample[:n], place[:n]


def _exceptional(
    tile: Tile, row: NDArray[np.int64], sample: NDArray[np.int64]
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    copies, called = np.full(len(row), -1, np.int8), np.full(len(row), -1, np.int8)
    if len(row) and tile.has_exceptions:
        of = exceptions_of(tile)
        cell = np.repeat(np.arange(tile.rows), np.diff(of.offsets)) * tile.samples + of.samples
        order = np.argsort(cell)
        mine = row * tile.samples + sample
        at = np.minimum(np.searchsorted(cell[order], mine), len(cell) - 1)
        found = cell[order][at] == mine
        copies[found], called[found] = of.copies[order][at][found], of.called[order][at][found]
    return copies, called


def quality_at(tile: Tile, place: NDArray[np.int64]) -> Quality | None:
    """The quality of the calls at these places of the tile's carriers; None where the part keeps none."""
    if "dp" not in tile.part.parquet.schema_arrow.names:
        return None
    return quality_of([tile.split_values(name, place) for name in QUALITY_COLUMNS])
