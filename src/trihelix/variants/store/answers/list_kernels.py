"""Kernels over cells and planes that add up by sample, or mark who carries anything in a stretch of rows."""

from __future__ import annotations

import numba
import numpy as np

from trihelix.variants.scanning import part, word
from trihelix.variants.store.parts.unpacking import ones

_SIX, _LOW6, _ONE = np.uint64(6), np.uint64(63), np.uint64(1)
SLICES = 8  # bits of the counters that planes are added up in
MOST_PLANES = (1 << SLICES) - 1


@numba.njit(cache=True, nogil=True)
def add_per_sample(cells, lengths, people, chosen, counts):  # type: ignore[no-untyped-def]
    """Adds one to counts[sample] for each cell of the rows that are chosen."""
    at = np.int64(0)
    for row in range(len(lengths)):
        n = np.int64(lengths[row])
        if chosen[row]:
            base = np.uint32(row * people)
            for i in range(at, at + n):
                counts[np.int64(cells[i] - base)] += 1
        at += n


@part
def _flush(slices, start, counts):  # type: ignore[no-untyped-def]
    """Adds the counters of 64 samples, kept bit by bit, to their counts."""
    for bit in range(min(64, len(counts) - start)):
        value = np.int64(0)
        for s in range(SLICES):
            value |= np.int64((slices[s] >> np.uint64(bit)) & _ONE) << s
        counts[start + bit] += value


@numba.njit(cache=True, nogil=True)
def add_planes(page, at, stride, planes, words, counts):  # type: ignore[no-untyped-def]
    """Adds one to counts[sample] for each bit of the planes number planes[i], which begin at `at` + number x `stride`.

    64 samples are added up at a time, in counters whose bits lie in separate words.
    """
    slices = np.zeros(SLICES, np.uint64)
    for w in range(words):
        held = 0
        slices[:] = np.uint64(0)
        for i in range(len(planes)):
            carry = word(page, at + planes[i] * stride + 8 * w)
            for s in range(SLICES):
                if carry == np.uint64(0):
                    break
                slices[s], carry = slices[s] ^ carry, slices[s] & carry
            held += 1
            if held == MOST_PLANES:
                _flush(slices, 64 * w, counts)
                slices[:] = np.uint64(0)
                held = 0
        if held:
            _flush(slices, 64 * w, counts)


@numba.njit(cache=True, nogil=True)
def mark_carriers(cells, lengths, people, group_of_row, marks):  # type: ignore[no-untyped-def]
    """Sets the bit of each carrier in marks[group]; rows of group -1 are passed over."""
    at = np.int64(0)
    for row in range(len(lengths)):
        n = np.int64(lengths[row])
        group = group_of_row[row]
        if group >= 0:
            base = np.uint32(row * people)
            for i in range(at, at + n):
                sample = np.uint64(cells[i] - base)
                marks[group, sample >> _SIX] |= _ONE << (sample & _LOW6)
        at += n


@numba.njit(cache=True, nogil=True)
def mark_planes(page, at, stride, planes, groups, marks):  # type: ignore[no-untyped-def]
    """Adds the bits of planes to marks[group]."""
    for i in range(len(planes)):
        for w in range(marks.shape[1]):
            marks[groups[i], w] |= word(page, at + planes[i] * stride + 8 * w)


@numba.njit(cache=True, nogil=True)
def count_marks(marks, bitmaps, counts):  # type: ignore[no-untyped-def]
    """counts[bitmap, group] = how many of each group's marks stand in each bitmap."""
    for b in range(len(bitmaps)):
        for g in range(len(marks)):
            shared = np.uint64(0)
            for w in range(marks.shape[1]):
                shared += ones(marks[g, w] & bitmaps[b, w])
            counts[b, g] += np.int64(shared)


@numba.njit(cache=True, nogil=True)
def fill_matrix_planes(page, at, stride, planes, rows, column, value, matrix):  # type: ignore[no-untyped-def]
    """Writes `value` at (rows[i], column[sample]) of the matrix for each bit of plane i; column -1: not asked for."""
    for i in range(len(planes)):
        start = at + planes[i] * stride
        for sample in range(len(column)):
            to = column[sample]
            if to >= 0 and (word(page, start + 8 * (sample >> 6)) >> np.uint64(sample & 63)) & _ONE:
                matrix[rows[i], to] = value
