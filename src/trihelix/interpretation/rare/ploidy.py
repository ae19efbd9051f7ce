"""What a call means where there are not two copies: on the only X, on Y, on the mitochondrial genome."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from trihelix.interpretation.rare.regions import ON_MT, ON_X, ON_Y
from trihelix.model.interpretation import Notice
from trihelix.variants.family_calls import FamilyCalls
from trihelix.variants.records import HALF_CALL, HET, HOM, MISSING, REF

MOSTLY_ALT = 0.8  # share of reads from which a heterozygous call on a single X is taken as hemizygous
LEAST_HETEROPLASMY = 0.02  # rare_disease.md section 4
FEWEST_ALT_READS = 3  # before a reference call on the mitochondrial genome is read as heteroplasmic
HOMOPLASMY = 0.95  # as gnomAD has it (Laricchia et al., Genome Research 2022)


def settle_ploidy(
    calls: FamilyCalls, kinds: NDArray[np.int8], n_x: Mapping[str, int]
) -> tuple[NDArray[np.int8], tuple[Notice, ...]]:
    """States (variant, member) with calls settled outside the autosomes; `kinds` as `regions` gives them.

    On X and Y of members with one X a half call with the allele is hemizygous, and so is a heterozygous call
    whose reads are mostly ALT; another heterozygous call cannot be and is missing. Both are said. On the
    mitochondrial genome the share of reads decides, see `_heteroplasmy`. The calls' own states are not changed.
    """
    one_copy = np.flatnonzero((kinds == ON_X) | (kinds == ON_Y))
    mitochondrial = np.flatnonzero(kinds == ON_MT)
    state = calls.state
    hemizygous = impossible = 0
    for column, member in enumerate(calls.members):
        if n_x[member] != 1:
            continue
        rows = one_copy[calls.state[one_copy, column] == HET]
        if not len(rows):
            continue
        state = state.copy() if state is calls.state else state
        taken = _mostly_alt(calls, rows, column) | ((calls.flags[rows, column] & HALF_CALL) != 0)
        state[rows, column] = np.where(taken, HOM, MISSING)
        hemizygous += int(taken.sum())
        impossible += int((~taken).sum())
    if len(mitochondrial):
        state = state.copy() if state is calls.state else state
        state[mitochondrial] = _heteroplasmy(calls, mitochondrial)
    return state, _notices(hemizygous, impossible)


def _mostly_alt(calls: FamilyCalls, rows: NDArray[np.int64], column: int) -> NDArray[np.bool_]:
    share = heteroplasmy(calls, rows)[:, column]
    return np.asarray(share >= MOSTLY_ALT, np.bool_)


def heteroplasmy(calls: FamilyCalls, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of reads (row, member) with the allele, of all at the site: those with it and with REF, or the call's
    depth where that is more, since a record may have other alternate alleles; NaN where AD is not told."""
    alt, ref = calls.alt_depth[rows].astype(np.float64), calls.ref_depth[rows].astype(np.float64)
    told = (alt >= 0) & (ref >= 0) & (alt + ref > 0)
    reads = np.maximum(alt + ref, calls.depth[rows])
    return np.where(told, alt / np.where(told, reads, 1), np.nan)


def _heteroplasmy(calls: FamilyCalls, rows: NDArray[np.int64]) -> NDArray[np.int8]:
    """States on the mitochondrial genome: below 2 % of the reads no copy, from 95 % homoplasmic, between them
    heteroplasmic, also where the genotype says otherwise, but that a stray read or two make no copy of a reference
    call; without read depths as the genotype says."""
    state, share = calls.state[rows], heteroplasmy(calls, rows)
    share = np.where((state == REF) & (calls.alt_depth[rows] < FEWEST_ALT_READS), 0.0, share)
    by_reads = np.where(share < LEAST_HETEROPLASMY, REF, np.where(share < HOMOPLASMY, HET, HOM))
    return np.asarray(np.where(np.isnan(share) | (state == MISSING), state, by_reads), np.int8)


def _notices(hemizygous: int, impossible: int) -> tuple[Notice, ...]:
    notices = []
    if hemizygous:
        text = (
            "half or mostly-ALT heterozygous calls on the only X (or Y) of a member were read as hemizygous"
        )
        notices.append(Notice("info", "x_read_as_hemizygous", text, hemizygous))
    if impossible:
        text = (
            "heterozygous calls on the only X (or Y) of a member (mosaic, wrongly mapped or called) cannot be: "
            "they were read as missing"
        )
        notices.append(Notice("info", "x_heterozygous_in_one_x", text, impossible))
    return tuple(notices)
