"""Simulated chromosomes: random bases with the composition of the human genome, and tandem repeats in them.

Numbers are those of the first human assembly (Lander et al., Nature 2001; 409:860): 41 % GC that varies over
isochores, CpG at about a fifth of what GC alone would give, one short tandem repeat in 2,000 bases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bases = NDArray[np.uint8]

ISOCHORE_BASES = 50_000
GC_SHARE, GC_SPREAD = 0.445, 0.05  # before CpG decay, which leaves 41 %
CPG_LOST = 0.83
BASES_PER_REPEAT = 2_000
REPEAT_UNITS = (1, 1, 1, 2, 2, 2, 3, 4, 4, 5)  # unit lengths in about the shares of the human genome
SHORTEST_REPEAT, LONGEST_REPEAT = 9, 36

_A, _C, _G, _T = (ord(base) for base in "ACGT")
_COMPLEMENT = bytes.maketrans(b"ACGT", b"TGCA")


@dataclass(frozen=True)
class Contig:
    """A simulated chromosome; `bases` are ASCII codes of A, C, G and T, place 0 is position 1."""

    name: str
    bases: Bases

    def __len__(self) -> int:
        return len(self.bases)

    def text(self, start: int, end: int) -> str:
        """Bases start..end, 1-based and inclusive."""
        return self.bases[start - 1 : end].tobytes().decode("ascii")


def random_contig(name: str, length: int, rng: np.random.Generator) -> Contig:
    """A chromosome of random sequence, without genes."""
    bases = _random_bases(length, rng)
    _let_cpg_decay(bases, rng)
    _write_repeats(bases, rng)
    return Contig(name, bases)


def reverse_complement(bases: bytes) -> bytes:
    """The other strand, read in its own direction."""
    return bases.translate(_COMPLEMENT)[::-1]


def _random_bases(length: int, rng: np.random.Generator) -> Bases:
    windows = -(-length // ISOCHORE_BASES)
    gc = np.clip(rng.normal(GC_SHARE, GC_SPREAD, windows), 0.32, 0.62).astype(np.float32)
    gc_here = np.repeat(gc, ISOCHORE_BASES)[:length]
    drawn = rng.random(length, np.float32)
    is_gc = drawn < gc_here
    second = rng.integers(0, 2, length, np.uint8).astype(np.bool_)
    return np.where(is_gc, np.where(second, _G, _C), np.where(second, _A, _T)).astype(np.uint8)


def _let_cpg_decay(bases: Bases, rng: np.random.Generator) -> None:
    """Most CpG become TpG or CpA, as methylated cytosines do."""
    at = np.flatnonzero((bases[:-1] == _C) & (bases[1:] == _G))
    at = at[rng.random(len(at)) < CPG_LOST]
    on_this_strand = rng.random(len(at)) < 0.5
    bases[at[on_this_strand]] = _T
    bases[at[~on_this_strand] + 1] = _A


def _write_repeats(bases: Bases, rng: np.random.Generator) -> None:
    """Short tandem repeats, which are where most small insertions and deletions happen."""
    number = len(bases) // BASES_PER_REPEAT
    starts = np.sort(rng.integers(0, len(bases) - LONGEST_REPEAT, number))
    units = rng.choice(REPEAT_UNITS, number)
    lengths = rng.integers(SHORTEST_REPEAT, LONGEST_REPEAT + 1, number)
    for start, unit, length in zip(starts.tolist(), units.tolist(), lengths.tolist(), strict=True):
        bases[start : start + length] = np.resize(bases[start : start + unit], length)
