"""Alleles as sortable 64-bit keys, so that frequency, significance and score packs are looked up by merging.

Bits 63-36 hold the position. Bit 35 is 0 for an exact code (lengths of REF and ALT in 4 bits each, then up to
13 bases in 2 bits each) and 1 for a 35-bit hash of longer or ambiguous alleles, whose text is compared on a hit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

HASHED = np.uint64(1 << 35)
POSITION_SHIFT = np.uint64(36)
MAX_EXACT_BASES = 13


class Alleles(NamedTuple):
    """Alleles of one contig: 1-based positions; REF and ALT as places in a blob of upper-case bytes."""

    pos: NDArray[np.int32]
    ref_start: NDArray[np.int64]
    ref_len: NDArray[np.int32]
    alt_start: NDArray[np.int64]
    alt_len: NDArray[np.int32]
    blob: NDArray[np.uint8]


def alleles_from_text(
    pos: Sequence[int] | NDArray[np.int32], refs: Sequence[str], alts: Sequence[str]
) -> Alleles:
    """Alleles from lists of strings (ASCII, any case)."""
    blob = np.frombuffer(("".join(refs) + "".join(alts)).upper().encode("ascii"), np.uint8)
    ref_len = np.fromiter(map(len, refs), np.int32, len(refs))
    alt_len = np.fromiter(map(len, alts), np.int32, len(alts))
    ends = np.cumsum(np.concatenate((ref_len, alt_len)), dtype=np.int64)
    starts = np.concatenate((np.zeros(1, np.int64), ends))[:-1]
    n = len(refs)
    return Alleles(np.asarray(pos, np.int32), starts[:n], ref_len, starts[n:], alt_len, blob)


@numba.njit(cache=True, nogil=True)
def _code(base):  # type: ignore[no-untyped-def]
    """2-bit code of A C G T; 4 for anything else."""
    if base == 65:
        return 0
    if base == 67:
        return 1
    if base == 71:
        return 2
    return 3 if base == 84 else 4


@numba.njit(cache=True, nogil=True)
def _hash(blob, start, length, value):  # type: ignore[no-untyped-def]
    """FNV-1a over the bytes."""
    for i in range(start, start + length):
        value = (value ^ np.uint64(blob[i])) * np.uint64(1099511628211)
    return value


@numba.njit(cache=True, nogil=True)
def _allele_code(blob, ref_start, ref_len, alt_start, alt_len):  # type: ignore[no-untyped-def]
    exact = ref_len + alt_len <= 13
    code = np.uint64(0)
    if exact:
        for i in range(ref_start, ref_start + ref_len):
            base = _code(blob[i])
            exact = exact and base < 4
            code = (code << np.uint64(2)) | np.uint64(base & 3)
        for i in range(alt_start, alt_start + alt_len):
            base = _code(blob[i])
            exact = exact and base < 4
            code = (code << np.uint64(2)) | np.uint64(base & 3)
    if exact:
        return (np.uint64(ref_len) << np.uint64(31)) | (np.uint64(alt_len) << np.uint64(27)) | code
    value = _hash(blob, ref_start, ref_len, np.uint64(14695981039346656037))
    value = (value ^ np.uint64(44)) * np.uint64(1099511628211)
    value = _hash(blob, alt_start, alt_len, value)
    return np.uint64(1 << 35) | (value >> np.uint64(29))


@numba.njit(cache=True, nogil=True)
def _keys(pos, ref_start, ref_len, alt_start, alt_len, blob, out):  # type: ignore[no-untyped-def]
    for i in range(len(pos)):
        code = _allele_code(blob, ref_start[i], ref_len[i], alt_start[i], alt_len[i])
        out[i] = (np.uint64(pos[i]) << np.uint64(36)) | code


def allele_keys(alleles: Alleles) -> NDArray[np.uint64]:
    """One key per allele. Keys of different positions sort by position."""
    out = np.empty(len(alleles.pos), np.uint64)
    _keys(*alleles, out)
    return out


@numba.njit(cache=True, nogil=True)
def find_keys(table, queries, out):  # type: ignore[no-untyped-def]
    """For each query the first place of its key in the sorted `table`, or -1.

    Gallops forward from the last hit, so that sorted queries cost a merge; unsorted ones a binary search.
    """
    n = len(table)
    low = 0
    for q in range(len(queries)):
        key = queries[q]
        if low > 0 and table[low - 1] >= key:
            low = 0
        step = 1
        high = low
        while high < n and table[high] < key:
            low = high + 1
            high += step
            step *= 2
        high = min(high, n)
        while low < high:
            middle = (low + high) // 2
            if table[middle] < key:
                low = middle + 1
            else:
                high = middle
        out[q] = low if low < n and table[low] == key else -1
