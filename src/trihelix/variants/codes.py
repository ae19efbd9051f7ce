"""The numbers that the parsing kernel and its readers share: states, flags, kinds of allele, status, array layouts.

States of a member at an allele: 0 no copy, 1 one copy of two, 2 every copy, -1 missing. Half calls: with
the allele they count as one copy, without it they are missing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

REF, HET, HOM, MISSING = 0, 1, 2, -1
HAPLOID, HALF_CALL, PHASED, SECOND_HAPLOTYPE, OTHER_ALT = 1, 2, 4, 8, 16

# Kinds of alternate allele.
MALFORMED, BASES, STAR, SYMBOLIC, SAME_AS_REF, AMBIGUOUS, NO_ALT = range(7)

OK, FULL = 0, 1
TOO_FEW_COLUMNS, BAD_POS, BAD_REF, BAD_ALT, UNSORTED, BAD_GENOTYPE, ALLELE_RANGE, NO_GT, TOO_MANY_COLUMNS = (
    10, 11, 12, 13, 14, 15, 16, 17, 18,
)  # fmt: skip

# Places in the counts array: what was set aside, oddities, and records with a phase set.
N_RECORDS, N_STAR, N_SYMBOLIC, N_SAME_AS_REF, N_AMBIGUOUS, N_PLOIDY, N_HALF, N_HAPLOID, N_REFERENCE = range(9)
N_PHASE_SETS, NOT_COUNTED = 9, 10
N_COUNTS = 11

# Where alleles of each kind are counted.
COUNT_OF_KIND = (
    NOT_COUNTED, NOT_COUNTED, N_STAR, N_SYMBOLIC, N_SAME_AS_REF, N_AMBIGUOUS, NOT_COUNTED,
)  # fmt: skip

# Places in the cursor array: the kernel's state, which also tells the caller where it stopped.
AT, LINES, ROWS, BLOCKS, RUNS, BYTES, LAST_POS, VALUE_AT, FIRST_POS, FIRST_LINE = range(10)
N_CURSOR = 10

NO_KEY = np.uint64(0)  # the allele is too long for an exact key, or has an N

# What the kernel writes: one record per allele, and one per (allele, member). Stores into one structured array
# are several times faster than stores into sixteen separate ones.
SITE = np.dtype(
    [("key", "u8"), ("contig", "i4"), ("pos", "i4"), ("line", "i4"), ("record", "i4"), ("ref_start", "i4"),
     ("ref_len", "i4"), ("alt_start", "i4"), ("alt_len", "i4"), ("passed", "?")], align=True,
)  # fmt: skip
CALL = np.dtype(
    [("phase_set", "i4"), ("depth", "i2"), ("quality", "i2"), ("ref_depth", "i2"), ("alt_depth", "i2"),
     ("state", "i1"), ("flags", "u1")], align=True,
)  # fmt: skip
BLOCK = np.dtype([("contig", "i4"), ("pos", "i4"), ("end", "i4")])


class Output(NamedTuple):
    """The arrays that the kernel fills: sites (row), calls (row, member), blocks (block), block calls (block,
    member); `blob` takes the alleles' bases, and the runs where CHROM of each run of records stands in the text."""

    sites: NDArray[Any]
    calls: NDArray[Any]
    blocks: NDArray[Any]
    block_calls: NDArray[Any]
    blob: NDArray[np.uint8]
    run_start: NDArray[np.int64]
    run_end: NDArray[np.int64]
