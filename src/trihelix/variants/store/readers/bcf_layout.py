"""The numbers and arrays that the reading kernel shares with those who call it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MAX_PLOIDY = 64
MAX_ALTS = 1 << 16
LARGEST_RECORD = 1 << 29

# Status: beyond those of `codes`.
NEED_MORE, TABLE_FULL = 2, 3
BAD_LENGTH, BAD_VALUE, BAD_SAMPLES, BAD_CONTIG, COMES_BACK, BAD_GT_TYPE, BAD_FILTER, TOO_LARGE = (
    20, 21, 22, 23, 24, 25, 26, 27,
)  # fmt: skip

# Places in the cursor: where the kernel stands, how much it has written, what it knows of the file so far.
AT, NEED, ROWS, BLOCKS, BYTES, N_HET, N_HOM, N_MISSING, N_EXCEPTIONS, N_COMPANIONS = range(10)
READ_CARRIERS, N_FILTERS, FILTER_BYTES, CONTIG, LAST_POS, RECORDS, WITH_ALT, MARKS, POS, STAMP, LAST_FILTER = (
    10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
)  # fmt: skip
N_CURSOR = 21

# Keys of the dictionary that the kernel knows.
GT, DP, GQ, AD, PS, MIN_DP, RGQ = range(7)
END_KEY = 7
N_KEYS = 8
N_FIELDS = 7

# Bits of cursor[MARKS]: a flag that makes the quality columns worth while, or a field of it.
SEEN_FLAGS, SEEN_FIELDS = 1, 2


class Tables(NamedTuple):
    """What the header says. `keys`: numbers of the known keys in its dictionary, -1 if absent; per contig number its
    region and the number of its bare name; PAR intervals (k, 2); `n_strings` and contigs bound what records name."""

    keys: NDArray[np.int64]
    region: NDArray[np.int64]
    bare: NDArray[np.int64]
    seen: NDArray[np.uint8]
    par: NDArray[np.int64]
    expected: NDArray[np.uint8]
    unset: NDArray[np.int64]
    n_unset: NDArray[np.int64]
    kin_offsets: NDArray[np.int64]
    kin: NDArray[np.uint32]
    rare_at_most: int
    n_samples: int
    n_strings: int


class SiteColumns(NamedTuple):
    """As `genotypes.Sites`, with room to write in, and where the lists of each row end."""

    contig: NDArray[np.int32]
    pos: NDArray[np.int32]
    record: NDArray[np.int32]
    filter: NDArray[np.int32]
    ref_start: NDArray[np.int64]
    ref_len: NDArray[np.int32]
    alt_start: NDArray[np.int64]
    alt_len: NDArray[np.int32]
    blob: NDArray[np.uint8]
    ends: NDArray[np.int64]  # (row, list)


class QualityColumns(NamedTuple):
    """As `genotypes.Quality`, with room to write in."""

    dp: NDArray[np.int16]
    gq: NDArray[np.int16]
    ref_depth: NDArray[np.int16]
    alt_depth: NDArray[np.int16]
    phase_set: NDArray[np.int32]
    flags: NDArray[np.uint8]


class ListColumns(NamedTuple):
    """Samples of the lists, exceptions and companions of all rows."""

    het: NDArray[np.uint32]
    hom: NDArray[np.uint32]
    missing: NDArray[np.uint32]
    exceptions: NDArray[np.uint32]
    exception_state: NDArray[np.int8]
    copies: NDArray[np.uint8]
    called: NDArray[np.uint8]
    companions: NDArray[np.uint32]
    companion_state: NDArray[np.int8]


class BlockColumns(NamedTuple):
    """As `genotypes.ReferenceBlocks`, with room to write in."""

    contig: NDArray[np.int32]
    pos: NDArray[np.int32]
    end: NDArray[np.int32]
    sample: NDArray[np.uint32]
    state: NDArray[np.int8]
    dp: NDArray[np.int16]
    gq: NDArray[np.int16]


class FilterTable(NamedTuple):
    """FILTER values in order of first appearance: their numbers, or in text files their bytes, in one blob."""

    ends: NDArray[np.int64]
    blob: NDArray[np.uint8]


class Scratch(NamedTuple):
    """Room for the record at hand."""

    hits: NDArray[np.int64]
    zeros: NDArray[np.int64]
    het_flags: NDArray[np.uint8]
    hom_flags: NDArray[np.uint8]
    alleles: NDArray[np.int64]
    alt_start: NDArray[np.int64]
    alt_end: NDArray[np.int64]
    alt_kind: NDArray[np.int64]
    field_at: NDArray[np.int64]
    field_type: NDArray[np.int64]
    field_n: NDArray[np.int64]
    filter_ids: NDArray[np.uint8]
    stamps: NDArray[np.int64]
    relatives: NDArray[np.int64]
