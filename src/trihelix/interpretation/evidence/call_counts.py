"""How many calls each member has, counted in one pass over a family's calls."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.variants.family_calls import FamilyCalls
from trihelix.variants.records import HAPLOID


@dataclass(frozen=True)
class CallCounts:
    """Per member the calls that are not missing and those that carry the allele; the called ones that are haploid on
    some contigs; and whether any record passed its filters."""

    called: NDArray[np.int64]
    carries: NDArray[np.int64]
    haploid: int
    any_passed: bool


@numba.njit(cache=True, nogil=True)
def _count(state, flags, contig, diploid, haploid_flag, called, carries):  # type: ignore[no-untyped-def]
    haploid = 0
    for row in range(state.shape[0]):
        for member in range(state.shape[1]):
            copies = state[row, member]
            if copies < 0:
                continue
            called[member] += 1
            carries[member] += copies > 0
            if flags[row, member] & haploid_flag and diploid[contig[row]]:
                haploid += 1
    return haploid


def count_members_calls(calls: FamilyCalls, diploid_contigs: Collection[str]) -> CallCounts:
    """Count; haploid calls are counted on `diploid_contigs` (bare names)."""
    called, carries = (np.zeros(len(calls.members), np.int64) for _ in range(2))
    diploid = np.array([name in diploid_contigs for name in calls.contigs], np.bool_)
    haploid = _count(calls.state, calls.flags, calls.contig, diploid, np.uint8(HAPLOID), called, carries)
    return CallCounts(called, carries, int(haploid), bool(calls.passed.any()))
