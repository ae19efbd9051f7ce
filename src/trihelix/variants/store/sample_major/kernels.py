"""Kernels that turn rows of samples into samples of rows: bit planes transposed, calls put in order of sample."""

from __future__ import annotations

import numba
import numpy as np

from trihelix.variants.scanning import part

_ONE = np.uint64(1)
_HALF = np.uint64(0x00000000FFFFFFFF)
NOT_HERE = -1


@part
def _transpose(square):  # type: ignore[no-untyped-def]
    """Turns 64 words: bit i of word k becomes bit k of word i (Warren, Hacker's Delight, 7-3; lowest bit first)."""
    step = np.uint64(32)
    mask = _HALF
    while step:
        k = np.uint64(0)
        while k < 64:
            other = k | step
            swap = ((square[k] >> step) ^ square[other]) & mask
            square[other] ^= swap
            square[k] ^= swap << step
            k = ((k | step) + _ONE) & ~step
        step >>= _ONE
        mask ^= mask << step


@numba.njit(cache=True, nogil=True)
def transpose_into(planes, first_word, first_place, out):  # type: ignore[no-untyped-def]
    """Adds planes[row, word of samples] to out[sample, word of rows].

    The first plane is that of place `first_place` among the rows of `out`; `first_word` holds out's first samples.
    """
    square = np.empty(64, np.uint64)
    samples, behind = len(out), first_place + len(planes)
    for column in range(first_place >> 6, (behind + 63) >> 6):
        start = column << 6
        for w in range((samples + 63) >> 6):
            for k in range(64):
                row = start + k - first_place
                square[k] = planes[row, first_word + w] if 0 <= row < len(planes) else np.uint64(0)
            _transpose(square)
            for k in range(min(64, samples - (w << 6))):
                out[(w << 6) + k, column] |= square[k]


@numba.njit(cache=True, nogil=True)
def count_calls(samples, counts):  # type: ignore[no-untyped-def]
    """Adds to counts[sample] how often each sample comes."""
    for sample in samples:
        counts[sample] += 1


@numba.njit(cache=True, nogil=True)
def places_of(samples, first, last, behind):  # type: ignore[no-untyped-def]
    """Where each call goes: behind the calls that its sample has already; NOT_HERE unless first <= sample < last.

    behind[sample - first] is the next place of a sample and moves on.
    """
    places = np.empty(len(samples), np.int64)
    for i in range(len(samples)):
        sample = np.int64(samples[i])
        if first <= sample < last:
            places[i] = behind[sample - first]
            behind[sample - first] += 1
        else:
            places[i] = NOT_HERE
    return places
