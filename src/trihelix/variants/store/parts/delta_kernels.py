"""Kernels over Parquet's DELTA_BINARY_PACKED integers: cells unpacked, or counted against bitmaps as they are unpacked.

The encoding is that of the Parquet format's Encodings.md: blocks of values, each the smallest difference to the value
before, the bit widths of its miniblocks, and the differences above the smallest, packed. Cells of a column grow from
one row to the next, so that they are one rising series (see `layout`). WINDOW bytes must be readable behind a page.
"""

from __future__ import annotations

import numba
import numpy as np

from trihelix.variants.scanning import WINDOW, part, word
from trihelix.variants.store.parts.unpacking import LANES, bit_at, ones, unpack32

__all__ = ["WINDOW", "cells_fit", "count_cells", "count_planes", "unpack_cells"]

_SEVEN = np.uint64(7)
_THREE = np.uint64(3)
_SIX = np.uint64(6)
_LOW6 = np.uint64(63)
_ONE = np.uint64(1)
_LARGEST = np.uint64(0xFFFFFFFF)
_SMALL_BITS = (
    25  # 32 differences of so many bits, each with a smallest one below _SMALL, sum up to less than 2**32
)
_SMALL = np.uint32(1 << 25)
DAMAGED = -1
MOST_IN_BLOCK = 1024


@part
def _varint(page, at, end):  # type: ignore[no-untyped-def]
    """(an unsigned LEB128 number, the place behind it); the place is -1 where it is cut short."""
    value = np.uint64(0)
    shift = np.uint64(0)
    while at < end and shift < 64:
        byte = np.uint64(page[at])
        value |= (byte & np.uint64(127)) << shift
        at += 1
        if byte < 128:
            return value, at
        shift += _SEVEN
    return value, -1


@part
def _signed(value):  # type: ignore[no-untyped-def]
    """A zigzag number as it is meant."""
    return np.int64(value >> _ONE) ^ -np.int64(value & _ONE)


@part
def _head(page, at, end):  # type: ignore[no-untyped-def]
    """(place behind the header, values in a block, in a miniblock, in all, the first value); place -1 if damaged."""
    block, at = _varint(page, at, end)
    minis, at = _varint(page, at, end) if at >= 0 else (block, -1)
    total, at = _varint(page, at, end) if at >= 0 else (block, -1)
    first, at = _varint(page, at, end) if at >= 0 else (block, -1)
    if at < 0 or minis == 0 or block == 0 or block > MOST_IN_BLOCK or block % (minis * np.uint64(32)) != 0:
        return -1, 0, 0, 0, 0
    return at, np.int64(block), np.int64(block // minis), np.int64(total), _signed(first)


@part
def _unpack_some(page, at, width, n, least, value, out, to):  # type: ignore[no-untyped-def]
    """As unpack32, for n values: (the last value, whether none was too large)."""
    mask = (_ONE << np.uint64(width)) - _ONE
    bit = np.uint64(0)
    step = np.uint64(width)
    wide = np.uint64(value)
    for i in range(n):
        packed = word(page, at + np.int64(bit >> _THREE)) >> (bit & _SEVEN)
        wide += np.uint64(least) + (packed & mask)
        if wide > _LARGEST:
            return value, False
        value = np.uint32(wide)
        out[to + i] = value
        bit += step
    return value, True


@part
def _unpack_block(page, at, end, block, mini, left, value, out):  # type: ignore[no-untyped-def]
    """Unpacks the next block, at most `left` values, into `out`: (place behind it or -1, values, last value). Values
    never fall: where they would, the block is damaged."""
    smallest, at = _varint(page, at, end)
    minis = block // mini
    widths = at
    if at < 0 or at + minis > end:
        return -1, 0, value
    if _signed(smallest) < 0 or smallest >> np.uint64(33):
        return -1, 0, value
    least = np.uint32(_signed(smallest))
    at += minis
    done = 0
    for m in range(minis):
        if done == left:
            break
        width = np.int64(page[widths + m])
        n = min(mini, left - done)
        if width > 32 or at + ((n * width + 7) >> 3) > end:
            return -1, 0, value
        before = value
        rises = True
        if n == LANES and at + 4 * width <= end and width <= _SMALL_BITS and least < _SMALL:
            value = unpack32(page, at, width, least, value, out, done)
        else:
            value, rises = _unpack_some(page, at, width, n, least, value, out, done)
        if not rises or value < before:
            return -1, 0, value
        at += (mini * width) >> 3
        done += n
    return at, done, value


@numba.njit(cache=True, nogil=True)
def unpack_cells(page, at, end, out):  # type: ignore[no-untyped-def]
    """All values of a page's series into `out` (uint32). Returns how many, or DAMAGED."""
    at, block, mini, total, first = _head(page, at, end)
    if at < 0 or total > len(out):
        return DAMAGED
    if total == 0:
        return 0
    value = np.uint32(first)
    room = np.empty(MOST_IN_BLOCK, np.uint32)
    out[0] = value
    done = 1
    while done < total:
        at, n, value = _unpack_block(page, at, end, block, mini, total - done, value, room)
        if at < 0:
            return DAMAGED
        out[done : done + n] = room[:n]
        done += n
    return total


@numba.njit(cache=True, nogil=True)
def cells_fit(cells, lengths, samples):  # type: ignore[no-untyped-def]
    """Whether cells, which never fall, belong to the rows that have so many."""
    at = np.int64(0)
    for row in range(len(lengths)):
        n = np.int64(lengths[row])
        if n and (at + n > len(cells) or not _in_row(cells, at, at + n, np.uint32(row * samples), samples)):
            return False
        at += n
    return at == len(cells)


@part
def _count_in(room, start, stop, base, words):  # type: ignore[no-untyped-def]
    """How many of the cells room[start:stop] stand in a bitmap; `base` is the row's first cell. Four at a time: so many
    are under way in a processor anyway, and gathered into one vector they are slower."""
    one, two, three, four = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
    i = start
    while i + 4 <= stop:
        a, b, c, d = room[i] - base, room[i + 1] - base, room[i + 2] - base, room[i + 3] - base
        one += bit_at(words, np.uint64(a))
        two += bit_at(words, np.uint64(b))
        three += bit_at(words, np.uint64(c))
        four += bit_at(words, np.uint64(d))
        i += 4
    while i < stop:
        one += bit_at(words, np.uint64(room[i] - base))
        i += 1
    return np.int64(one + two + three + four)


@part
def _in_row(room, start, stop, base, samples):  # type: ignore[no-untyped-def]
    """Whether cells, which never fall, all belong to the row: the first and the last do."""
    return room[start] >= base and np.int64(room[stop - 1]) - np.int64(base) < samples


@numba.njit(cache=True, nogil=True)
def count_cells(page, at, end, lengths, first_row, samples, bitmaps, counts):  # type: ignore[no-untyped-def]
    """Adds to counts[bitmap, row] how many of the row's cells stand in each bitmap, without keeping the cells.

    `lengths[row]` cells belong to each row from `first_row` on. Returns the row behind the last, or DAMAGED.
    """
    at, block, mini, total, first = _head(page, at, end)
    if at < 0:
        return DAMAGED
    value = np.uint32(first)
    row = first_row
    left_in_row = np.int64(lengths[row]) if row < len(lengths) else 0
    room = np.empty(MOST_IN_BLOCK, np.uint32)
    room[0] = value
    n, done = min(total, 1), 0
    while True:
        at_cell = 0
        while at_cell < n:
            while left_in_row == 0:
                row += 1
                if row >= len(lengths):
                    return DAMAGED
                left_in_row = np.int64(lengths[row])
            take = min(left_in_row, n - at_cell)
            base = np.uint32(row * samples)
            if not _in_row(room, at_cell, at_cell + take, base, samples):
                return DAMAGED
            for b in range(len(bitmaps)):
                counts[b, row] += _count_in(room, at_cell, at_cell + take, base, bitmaps[b])
            at_cell += take
            left_in_row -= take
        done += n
        if done >= total:
            return row + 1 if left_in_row == 0 else DAMAGED
        at, n, value = _unpack_block(page, at, end, block, mini, total - done, value, room)
        if at < 0:
            return DAMAGED


@numba.njit(cache=True, nogil=True)
def count_planes(page, at, stride, rows, bitmaps, counts):  # type: ignore[no-untyped-def]
    """Adds to counts[bitmap, rows[i]] how many bits plane i shares with each bitmap; it begins at `at` + i x `stride`."""
    words = bitmaps.shape[1]
    for i in range(len(rows)):
        start = at + i * stride
        for b in range(len(bitmaps)):
            shared = np.uint64(0)
            for w in range(words):
                shared += ones(word(page, start + 8 * w) & bitmaps[b, w])
            counts[b, rows[i]] += np.int64(shared)
