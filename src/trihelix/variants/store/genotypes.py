"""What is kept of a stretch of sites: who carries, who was not called, with which quality; columns, sparse.

A row is one normalised alternate allele; a record with several is split, and its rows share a record number. At each
row a sample's state is one of `codes`: HET, HOM, MISSING, or REF where it is in no list. A half call with the allele
is HET, without it MISSING; a call of more than two copies is MISSING. `Exceptions` tell the copies where the state
does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Regions by how many copies a person is expected to have, and the value for "as first written in the file".
DIPLOID, X_ONLY, Y_ONLY, MITOCHONDRIAL = range(4)
N_REGIONS = 4
AS_WRITTEN = 255
PASSING = ("PASS", ".")  # FILTER texts


class Sites(NamedTuple):
    """One entry per row. `contig` and `filter` number names kept beside; REF and ALT are bytes of `blob`; `record`
    is shared by the rows of one record."""

    contig: NDArray[Any]
    pos: NDArray[Any]
    record: NDArray[Any]
    filter: NDArray[Any]
    ref_start: NDArray[Any]
    ref_len: NDArray[Any]
    alt_start: NDArray[Any]
    alt_len: NDArray[Any]
    blob: NDArray[Any]

    def ref(self, row: int) -> str:
        """The reference allele of a row."""
        start = int(self.ref_start[row])
        return self.blob[start : start + int(self.ref_len[row])].tobytes().decode("ascii")

    def alt(self, row: int) -> str:
        """The alternate allele of a row."""
        start = int(self.alt_start[row])
        return self.blob[start : start + int(self.alt_len[row])].tobytes().decode("ascii")


class Lists(NamedTuple):
    """A sorted list of sample ordinals per row: those of row i are samples[offsets[i]:offsets[i+1]]."""

    offsets: NDArray[Any]
    samples: NDArray[Any]

    def of(self, row: int) -> NDArray[Any]:
        """The list of one row."""
        return self.samples[self.offsets[row] : self.offsets[row + 1]]


class Quality(NamedTuple):
    """Parallel columns of calls: DP, GQ, reads of REF and of ALT (-1 unknown), PS (-1 none), `codes` flags."""

    dp: NDArray[Any]
    gq: NDArray[Any]
    ref_depth: NDArray[Any]
    alt_depth: NDArray[Any]
    phase_set: NDArray[Any]
    flags: NDArray[Any]


class Exceptions(NamedTuple):
    """Calls whose state does not tell how many copies were called: `copies` of the allele among `called` ones.

    The sample is in its state's list as well. Two called copies are usual everywhere; one where the region's
    expected number is one.
    """

    offsets: NDArray[Any]
    samples: NDArray[Any]
    state: NDArray[Any]
    copies: NDArray[Any]
    called: NDArray[Any]


class Companions(NamedTuple):
    """At rare rows, the calls of the carriers' relatives who do not carry the allele: state REF or MISSING."""

    offsets: NDArray[Any]
    samples: NDArray[Any]
    state: NDArray[Any]
    quality: Quality


@dataclass(frozen=True)
class Genotypes:
    """Rows sorted by (contig, pos, ref, alt) or in file order, as the maker says, with their lists.

    `quality` is parallel to the carriers: of each row the HET samples in order, then the HOM ones; None where the
    file has nothing but unphased GT without other alleles. `sources` lists the numbers of the files that have a record of
    each row; None where there is one file.
    """

    samples: int
    sites: Sites
    het: Lists
    hom: Lists
    missing: Lists
    exceptions: Exceptions
    quality: Quality | None = None
    sources: Lists | None = None
    companions: Companions | None = None

    def __len__(self) -> int:
        return len(self.sites.pos)


class ReferenceBlocks(NamedTuple):
    """Reference records of a gVCF: the sample is as `state` says (REF or MISSING) from `pos` to `end`, 1-based
    inclusive. `dp` is MIN_DP where the file has it, else DP; -1 unknown."""

    contig: NDArray[Any]
    pos: NDArray[Any]
    end: NDArray[Any]
    sample: NDArray[Any]
    state: NDArray[Any]
    dp: NDArray[Any]
    gq: NDArray[Any]


def no_lists(rows: int) -> Lists:
    """An empty list for each row."""
    return Lists(np.zeros(rows + 1, np.int64), np.zeros(0, np.uint32))


def no_exceptions(rows: int) -> Exceptions:
    """No exception in any row."""
    return Exceptions(
        np.zeros(rows + 1, np.int64), np.zeros(0, np.uint32), np.zeros(0, np.int8),
        np.zeros(0, np.uint8), np.zeros(0, np.uint8),
    )  # fmt: skip


def carriers_per_row(genotypes: Genotypes) -> NDArray[Any]:
    """How many samples carry each row's allele."""
    return np.diff(genotypes.het.offsets) + np.diff(genotypes.hom.offsets)
