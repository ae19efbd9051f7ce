"""The calls that checks of the family's data may count: good single-nucleotide calls at simple sites."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.variants.family_calls import FamilyCalls
from trihelix.variants.records import HALF_CALL, HAPLOID, OTHER_ALT

MIN_QUALITY = 20  # GQ, where the file gives it
MIN_DEPTH = 8  # DP, where the file gives it
NO_CALL, SET_ASIDE = -1, -2
AUTOSOMES = tuple(str(n) for n in range(1, 23))


@dataclass(frozen=True)
class UsableCalls:
    """Sites in genome order and the states of all members there, (site, member): 0, 1, 2, -1 no call, -2 set aside.

    A site is a passed single-nucleotide allele that is the only one of its record and its position. `group`
    numbers the contig of each site in `contigs`.
    """

    members: tuple[str, ...]
    contigs: tuple[str, ...]
    rows: NDArray[np.int64]
    group: NDArray[np.int16]
    states: NDArray[np.int8]


@dataclass(frozen=True)
class CountedCalls:
    """What checks count, chosen once for all of them: rows of simple sites, and the usable calls on autosomes."""

    simple: NDArray[np.int64]
    autosomal: UsableCalls


def count_calls(calls: FamilyCalls) -> CountedCalls:
    """Choose what the checks of a family may count."""
    simple = simple_rows(calls)
    return CountedCalls(simple, autosomal_calls(calls, simple))


@numba.njit(cache=True, nogil=True)
def _single_rows(contig, pos, file, record, passed, ref_len, alt_len, times):  # type: ignore[no-untyped-def]
    """Rows that are passed, one base for one base, and alone in record and position."""
    n = len(contig)
    for row in range(n):
        seen = times[file[row], record[row]]
        if seen < 2:
            times[file[row], record[row]] = seen + 1
    chosen = np.empty(n, np.int64)
    found = 0
    for row in range(n):
        if not (passed[row] and ref_len[row] == 1 and alt_len[row] == 1):
            continue
        if times[file[row], record[row]] != 1:
            continue
        if row > 0 and pos[row - 1] == pos[row] and contig[row - 1] == contig[row]:
            continue
        if row + 1 < n and pos[row + 1] == pos[row] and contig[row + 1] == contig[row]:
            continue
        chosen[found] = row
        found += 1
    return chosen[:found].copy()


@numba.njit(cache=True, nogil=True)
def _good_states(rows, state, flags, depth, quality, unwanted, min_depth, min_quality):  # type: ignore[no-untyped-def]
    members = state.shape[1]
    out = np.empty((len(rows), members), np.int8)
    for i in range(len(rows)):
        row = rows[i]
        for m in range(members):
            one = state[row, m]
            if one >= 0 and (
                flags[row, m] & unwanted
                or 0 <= depth[row, m] < min_depth
                or 0 <= quality[row, m] < min_quality
            ):
                one = -2
            out[i, m] = one
    return out


def simple_rows(calls: FamilyCalls) -> NDArray[np.int64]:
    """Rows of passed single-nucleotide alleles that are alone in their record and at their position."""
    if not len(calls):
        return np.empty(0, np.int64)
    times = np.zeros((int(calls.file.max()) + 1, int(calls.record.max()) + 1), np.uint8)
    a = calls.alleles
    rows: NDArray[np.int64] = _single_rows(
        calls.contig, a.pos, calls.file, calls.record, calls.passed, a.ref_len, a.alt_len, times
    )
    return rows


def on_contigs(calls: FamilyCalls, rows: NDArray[np.int64], names: Collection[str]) -> NDArray[np.int64]:
    """Those of the rows whose contig has one of these bare names."""
    wanted = np.array([c in names for c in calls.contigs], np.bool_)
    return rows[wanted[calls.contig[rows]]] if len(rows) else rows


def good_states(calls: FamilyCalls, rows: NDArray[Any], unwanted_flags: int) -> NDArray[np.int8]:
    """States at some rows; -2 for calls with an unwanted flag, low depth or low quality."""
    states: NDArray[np.int8] = _good_states(
        rows, calls.state, calls.flags, calls.depth, calls.quality, np.uint8(unwanted_flags), MIN_DEPTH, MIN_QUALITY
    )  # fmt: skip
    return states


def autosomal_calls(calls: FamilyCalls, simple: NDArray[np.int64]) -> UsableCalls:
    """The diploid calls on autosomes that relatedness and Mendelian errors may count; `simple` from simple_rows."""
    rows = on_contigs(calls, simple, AUTOSOMES)
    names = tuple(c for c in calls.contigs if c in AUTOSOMES)
    number = np.array([names.index(c) if c in names else -1 for c in calls.contigs], np.int16)
    states = good_states(calls, rows, HAPLOID | HALF_CALL | OTHER_ALT)
    group = number[calls.contig[rows]] if len(rows) else np.empty(0, np.int16)
    return UsableCalls(calls.members, names, rows, group, states)
