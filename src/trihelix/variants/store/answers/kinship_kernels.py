"""KING-robust kinship of all pairs of many samples, by counting bits of genotype planes.

A plane has one bit for each genotype: bit b of word w, counted from the lowest, is sample 64 w + b of a
variant-major plane (variants, words) and variant 64 w + b of a sample-major one (samples, words). The measure of a
few people with its counts, and the bounds of the degrees of relation, are in methods.relatedness.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.methods.bits import ones

# Samples on either side of a tile of pairs, and words of each that are compared before the next tile's turn: three
# planes of 2 x 16 samples x 512 words are 390 kB and stay in the second-level cache.
TILE = 16
STRETCH = 512
BOTH_HET, FIRST_ONLY, SECOND_ONLY, BOTH_HOM, OPPOSITE = range(5)
_FIRST_ROOM = 1024


class SampleGenotypes(NamedTuple):
    """Sample-major planes (samples, words): heterozygous, homozygous for either allele, and for the alternate one.

    A genotype that was not called is in no plane.
    """

    het: NDArray[np.uint64]
    homozygous: NDArray[np.uint64]
    hom_alt: NDArray[np.uint64]


class RelatedPairs(NamedTuple):
    """Pairs of samples, the first below the second: kinship, and at how many sites both were called."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    kinship: NDArray[np.float64]
    sites: NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def _transpose_square(rows):  # type: ignore[no-untyped-def]
    """Transposes 64 x 64 bits in place: squares of 32, 16, ... 1 bits change places across the diagonal."""
    side = 32
    mask = np.uint64(0x00000000FFFFFFFF)
    while side:
        shift = np.uint64(side)
        for start in range(0, 64, 2 * side):
            for row in range(start, start + side):
                moved = ((rows[row] >> shift) ^ rows[row + side]) & mask
                rows[row] ^= moved << shift
                rows[row + side] ^= moved
        side >>= 1
        mask ^= mask << np.uint64(side)


@numba.njit(cache=True, nogil=True)
def _transpose(plane, turned):  # type: ignore[no-untyped-def]
    variants, words = plane.shape
    square = np.empty(64, np.uint64)
    for block in range(turned.shape[1]):
        count = min(64, variants - 64 * block)
        for word in range(words):
            square[count:] = 0
            for i in range(count):
                square[i] = plane[64 * block + i, word]
            _transpose_square(square)
            for i in range(min(64, len(turned) - 64 * word)):
                turned[64 * word + i, block] = square[i]


def to_sample_major(plane: NDArray[np.uint64], samples: int) -> NDArray[np.uint64]:
    """A variant-major plane (variants, words) as a sample-major one (samples, ceil(variants / 64)).

    Bits behind the last variant are 0. Raises ValueError where the plane has not the words for `samples`.
    """
    if plane.ndim != 2 or plane.shape[1] != -(-samples // 64):
        raise ValueError(f"a plane of shape {plane.shape} is not of {samples} samples")
    turned = np.empty((samples, -(-plane.shape[0] // 64)), np.uint64)
    _transpose(plane, turned)
    return turned


def sample_genotypes(
    het: NDArray[np.uint64], hom: NDArray[np.uint64], missing: NDArray[np.uint64], variants: int
) -> SampleGenotypes:
    """What is compared, from sample-major planes of heterozygous, homozygous alternate and missing genotypes.

    Whoever is in no plane is homozygous for the reference allele. Raises ValueError for planes of different shapes
    or of another number of words than `variants` take up.
    """
    if not het.shape == hom.shape == missing.shape or het.shape[1] != -(-variants // 64):
        shapes = [het.shape, hom.shape, missing.shape]
        raise ValueError(f"planes of shapes {shapes} are not of {variants} variants")
    homozygous = ~(het | missing)
    if variants % 64:
        homozygous[:, -1] &= np.uint64((1 << variants % 64) - 1)
    return SampleGenotypes(het & ~missing, homozygous, hom & homozygous)


@numba.njit(cache=True, nogil=True)
def _compare(het_i, homozygous_i, hom_alt_i, het_j, homozygous_j, hom_alt_j, counts):  # type: ignore[no-untyped-def]
    """Adds a stretch of words of two samples to their five counts, over the sites that both have called."""
    both_het = first_only = second_only = both_hom = opposite = np.uint64(0)
    for w in range(len(het_i)):
        shared = homozygous_i[w] & homozygous_j[w]
        both_het += ones(het_i[w] & het_j[w])
        first_only += ones(het_i[w] & homozygous_j[w])
        second_only += ones(homozygous_i[w] & het_j[w])
        both_hom += ones(shared)
        opposite += ones(shared & (hom_alt_i[w] ^ hom_alt_j[w]))
    counts[BOTH_HET] += np.int64(both_het)
    counts[FIRST_ONLY] += np.int64(first_only)
    counts[SECOND_ONLY] += np.int64(second_only)
    counts[BOTH_HOM] += np.int64(both_hom)
    counts[OPPOSITE] += np.int64(opposite)


@numba.njit(cache=True, nogil=True)
def _compare_tile(het, homozygous, hom_alt, first, first_end, second, second_end, counts):  # type: ignore[no-untyped-def]
    """The counts of the pairs (i, j), i < j, of two runs of samples."""
    counts[:] = 0
    for start in range(0, het.shape[1], STRETCH):
        end = min(start + STRETCH, het.shape[1])
        for i in range(first, first_end):
            for j in range(max(second, i + 1), second_end):
                _compare(
                    het[i, start:end], homozygous[i, start:end], hom_alt[i, start:end],
                    het[j, start:end], homozygous[j, start:end], hom_alt[j, start:end],
                    counts[i - first, j - second],
                )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _kinship(counts):  # type: ignore[no-untyped-def]
    het = counts[BOTH_HET] + min(counts[FIRST_ONLY], counts[SECOND_ONLY])
    if het == 0:
        return np.nan
    squared_differences = 4 * counts[OPPOSITE] + counts[FIRST_ONLY] + counts[SECOND_ONLY]
    return 0.5 - squared_differences / (4 * het)


@numba.njit(cache=True, nogil=True)
def _fill_matrix(het, homozygous, hom_alt, matrix):  # type: ignore[no-untyped-def]
    samples = len(het)
    counts = np.empty((TILE, TILE, 5), np.int64)
    for first in range(0, samples, TILE):
        first_end = min(first + TILE, samples)
        for second in range(first, samples, TILE):
            second_end = min(second + TILE, samples)
            _compare_tile(het, homozygous, hom_alt, first, first_end, second, second_end, counts)
            for i in range(first, first_end):
                for j in range(max(second, i + 1), second_end):
                    matrix[i, j] = matrix[j, i] = _kinship(counts[i - first, j - second])


@numba.njit(cache=True, nogil=True)
def _find_pairs(het, homozygous, hom_alt, threshold, start, stop, pairs, kinships):  # type: ignore[no-untyped-def]
    """(number of pairs, pairs, kinships): the arrays are made anew, twice as long, whenever they are full."""
    samples = len(het)
    found = 0
    counts = np.empty((TILE, TILE, 5), np.int64)
    for first in range(start, stop, TILE):
        first_end = min(first + TILE, stop)
        for second in range(first, samples, TILE):
            second_end = min(second + TILE, samples)
            _compare_tile(het, homozygous, hom_alt, first, first_end, second, second_end, counts)
            if found + TILE * TILE > len(kinships):
                pairs = np.concatenate((pairs, np.empty_like(pairs)))
                kinships = np.concatenate((kinships, np.empty_like(kinships)))
            for i in range(first, first_end):
                for j in range(max(second, i + 1), second_end):
                    pair = counts[i - first, j - second]
                    kinship = _kinship(pair)
                    if kinship >= threshold:
                        pairs[found, 0], pairs[found, 1] = i, j
                        pairs[found, 2] = pair[:4].sum()
                        kinships[found] = kinship
                        found += 1
    return found, pairs, kinships


def kinship_matrix(genotypes: SampleGenotypes) -> NDArray[np.float64]:
    """Kinship of all pairs, (samples, samples); 0.5 with oneself, NaN for pairs without heterozygous calls.

    The form for people of different families, as plink2 --make-king has it: the mean squared difference of allele
    counts over the smaller heterozygote count of the two, at sites that both have called (Manichaikul et al.,
    Bioinformatics 2010, 26:2867, equation 11). For a few thousand samples: beyond, use `related_pairs`.
    """
    samples = len(genotypes.het)
    matrix = np.full((samples, samples), 0.5)
    _fill_matrix(*genotypes, matrix)
    return matrix


def related_pairs(
    genotypes: SampleGenotypes, threshold: float, rows: tuple[int, int] | None = None
) -> RelatedPairs:
    """The pairs with a kinship (see `kinship_matrix`) of at least `threshold`, sorted by first and second sample.

    Memory is bounded by the pairs found. `rows` (start, stop) limits the first sample of the pairs, so that threads
    may share the work: see `shared_rows`. The lock of the interpreter is released meanwhile.
    """
    start, stop = rows or (0, len(genotypes.het))
    room = np.empty((_FIRST_ROOM, 3), np.int64)
    found, pairs, kinships = _find_pairs(*genotypes, threshold, start, stop, room, np.empty(len(room)))
    order = np.lexsort((pairs[:found, 1], pairs[:found, 0]))
    first, second, sites = pairs[:found][order].T
    return RelatedPairs(first, second, kinships[:found][order], sites)


def shared_rows(samples: int, parts: int) -> list[tuple[int, int]]:
    """Splits the first samples of all pairs into consecutive (start, stop) of about as many pairs each."""
    share = np.linspace(1, 0, parts + 1)
    # Behind row r remain (samples - r)^2 / 2 pairs.
    cuts = np.round(samples * (1 - np.sqrt(share))).astype(int).tolist()
    return list(pairwise(cuts))
