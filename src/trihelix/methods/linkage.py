"""Thinning out linked variants, which principal components and kinship would otherwise count many times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.methods.bits import ones

WINDOW, STEP, LARGEST_R2 = 50, 5, 0.2


class _Planes(NamedTuple):
    """Bits of people, (variants, words): called; called homozygous; those of the alternate allele. And the
    frequency of the rarer allele."""

    called: NDArray[np.uint64]
    homozygous: NDArray[np.uint64]
    hom_alt: NDArray[np.uint64]
    rarer: NDArray[np.float64]


@numba.njit(cache=True, nogil=True)
def _pack(genotypes, called, homozygous, hom_alt, rarer):  # type: ignore[no-untyped-def]
    variants, people = genotypes.shape
    for row in range(variants):
        calls = copies = 0
        for i in range(people):
            g = genotypes[row, i]
            if g < 0:
                continue
            bit = np.uint64(1) << np.uint64(i & 63)
            word = i >> 6
            called[row, word] |= bit
            if g != 1:
                homozygous[row, word] |= bit
            if g == 2:
                hom_alt[row, word] |= bit
            calls += 1
            copies += g
        frequency = copies / (2 * calls) if calls else 0.0
        rarer[row] = min(frequency, 1 - frequency)


@numba.njit(cache=True, nogil=True)
def _r2(called, homozygous, hom_alt, i, j):  # type: ignore[no-untyped-def]
    """Squared correlation over the people called at both; 0 where one of the two does not vary among them.

    Genotypes are counted as -1, 0, 1: squares are the homozygous, sums the alternate less the reference ones.
    """
    people = hom_i = hom_j = alt_i = alt_j = both = opposite = np.uint64(0)
    for w in range(called.shape[1]):
        here_i = homozygous[i, w] & called[j, w]
        here_j = homozygous[j, w] & called[i, w]
        shared = here_i & here_j
        people += ones(called[i, w] & called[j, w])
        hom_i += ones(here_i)
        hom_j += ones(here_j)
        alt_i += ones(here_i & hom_alt[i, w])
        alt_j += ones(here_j & hom_alt[j, w])
        both += ones(shared)
        opposite += ones(shared & (hom_alt[i, w] ^ hom_alt[j, w]))
    n = np.float64(people)
    sum_i, sum_j = 2.0 * alt_i - hom_i, 2.0 * alt_j - hom_j
    covariance = n * (both - 2.0 * opposite) - sum_i * sum_j
    variance_i, variance_j = n * hom_i - sum_i * sum_i, n * hom_j - sum_j * sum_j
    if variance_i <= 0 or variance_j <= 0:
        return 0.0
    return covariance * covariance / (variance_i * variance_j)


@numba.njit(cache=True, nogil=True)
def _thin(called, homozygous, hom_alt, rarer, tested, end, largest_r2, kept):  # type: ignore[no-untyped-def]
    """Clears `kept` in a window of rows 0 to `end`; pairs of rows before `tested` were settled in earlier ones."""
    for i in range(end):
        for j in range(max(i + 1, tested), end):
            if not kept[i]:
                break
            if kept[j] and _r2(called, homozygous, hom_alt, i, j) > largest_r2:
                kept[i if rarer[i] < rarer[j] else j] = False


def unlinked(
    blocks: Iterable[NDArray[np.int8]], window: int = WINDOW, step: int = STEP, largest_r2: float = LARGEST_R2
) -> NDArray[np.bool_]:
    """Which variants of one contig to keep so that no two within a window are correlated by more than `largest_r2`.

    `blocks` are genotypes (variants, people), copies of the alternate allele, -1 missing, in the order of positions;
    at most one block and a window are held. The rule is that of plink --indep-pairwise (Purcell et al., AJHG 2007,
    81:559): a window of `window` variants moves by `step`; of each pair in it with too high a squared correlation of
    genotypes the one with the rarer allele goes, the later one if they are equal. Variants that do not vary are
    dropped. Raises ValueError unless 0 < step <= window.
    """
    if not 0 < step <= window:
        raise ValueError(f"a window of {window} variants cannot move by {step}")
    held, kept = None, np.zeros(0, bool)
    done: list[NDArray[np.bool_]] = []
    tested = 0
    for block in blocks:
        new = _planes(block)
        held = new if held is None else _joined(held, new)
        kept = np.concatenate([kept, new.rarer > 0])
        start = 0
        while start + window <= len(kept):
            rows = _rows_from(held, start)
            _thin(*rows, tested, window, largest_r2, kept[start:])
            start, tested = start + step, window - step
        done.append(kept[:start])
        held, kept = _rows_from(held, start), kept[start:]
    if held is not None:
        _thin(*held, min(tested, len(kept)), len(kept), largest_r2, kept)
    return np.concatenate([*done, kept])


def _joined(held: _Planes, new: _Planes) -> _Planes:
    called, homozygous, hom_alt = (np.concatenate([held[k], new[k]]) for k in range(3))
    return _Planes(called, homozygous, hom_alt, np.concatenate([held.rarer, new.rarer]))


def _rows_from(held: _Planes, start: int) -> _Planes:
    return _Planes(
        held.called[start:], held.homozygous[start:], held.hom_alt[start:], held.rarer[start:]
    )  # fmt: skip


def _planes(genotypes: NDArray[np.int8]) -> _Planes:
    variants, people = genotypes.shape
    planes = [np.zeros((variants, -(-people // 64)), np.uint64) for _ in range(3)]
    packed = _Planes(planes[0], planes[1], planes[2], np.zeros(variants))
    _pack(np.ascontiguousarray(genotypes, np.int8), *packed)
    return packed
