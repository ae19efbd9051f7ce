"""Calls that follow from a member's own record of other alleles: who is called A/T at a place carries no G there."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.reference.allele_keys import Alleles
from trihelix.variants.calls import Calls
from trihelix.variants.codes import HALF_CALL, HAPLOID, MISSING, OTHER_ALT, REF


def fill_from_other_alleles(
    calls: Calls,
    place: NDArray[np.int64],
    members: tuple[str, ...],
    contig: NDArray[np.int32],
    alleles: Alleles,
    passed: NDArray[np.bool_],
    columns: dict[str, NDArray[Any]],
) -> None:
    """Reference for members of a file at alleles that it does not have, where its records with the same position and
    the same REF account for both haplotypes. `place` is the joined row of each of the file's rows.

    Not where such a record failed its FILTER and the allele's own record passed, nor where the other haplotype has
    an allele that is not in the file's rows (`<NON_REF>` may be any).
    """
    source = np.full(len(contig), -1, np.int64)
    source[place] = np.arange(len(place))
    mine = np.array([members.index(m) for m in calls.members], np.int64)
    names = ("state", "flags", "depth", "quality", "ref_depth")
    _fill(
        source, contig, alleles.pos, alleles.ref_start, alleles.ref_len, alleles.blob, passed,
        calls.rows.passed, mine, tuple(getattr(calls.rows, n) for n in names), tuple(columns[n] for n in names),
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _same_ref(ref_start, ref_len, blob, one, other):  # type: ignore[no-untyped-def]
    if ref_len[one] != ref_len[other]:
        return False
    i = 0
    while i < ref_len[one] and blob[ref_start[one] + i] == blob[ref_start[other] + i]:
        i += 1
    return i == ref_len[one]


@numba.njit(cache=True, nogil=True)
def _account(near, column, state, flags):  # type: ignore[no-untyped-def]
    """(whether the file's rows `near` account for both haplotypes, the flags of a call without the allele)."""
    copies = marks = 0
    for row in near:
        if state[row, column] == MISSING or flags[row, column] & HALF_CALL:
            return False, 0
        copies += state[row, column]
        marks |= flags[row, column] & (HAPLOID | OTHER_ALT)
    known = copies == 2 or not marks & OTHER_ALT
    return known, marks | (OTHER_ALT if copies else 0)


@numba.njit(cache=True, nogil=True)
def _fill(  # type: ignore[no-untyped-def]
    source, contig, pos, ref_start, ref_len, blob, passed, own_passed, mine, own, joined
):
    state, flags, depth, quality, ref_depth = own
    near = np.empty(64, np.int64)
    start = 0
    for end in range(1, len(contig) + 1):
        if end < len(contig) and contig[end] == contig[start] and pos[end] == pos[start]:
            continue
        for row in range(start, end if end - start > 1 else start):
            n = 0
            for other in range(start, end):
                here = source[other]
                if source[row] >= 0 or here < 0 or n == len(near) or (passed[row] and not own_passed[here]):
                    continue
                if _same_ref(ref_start, ref_len, blob, row, other):
                    near[n] = here
                    n += 1
            if n == len(near):
                continue  # more records than were looked at: they may tell otherwise
            for column in range(len(mine) if n else 0):
                known, marks = _account(near[:n], column, state, flags)
                if known:
                    to = mine[column]
                    joined[0][row, to], joined[1][row, to] = REF, marks
                    joined[2][row, to] = depth[near[0], column]
                    joined[3][row, to] = quality[near[0], column]
                    joined[4][row, to] = ref_depth[near[0], column]
        start = end
