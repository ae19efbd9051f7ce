"""What a call on X means for a member with one X: the caller may not have known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from trihelix.model.interpretation import Notice
from trihelix.variants.family_calls import FamilyCalls
from trihelix.variants.records import HALF_CALL, HET, HOM, MISSING

MOSTLY_ALT = 0.8  # share of reads from which a heterozygous call on a single X is taken as hemizygous


def settle_ploidy(
    calls: FamilyCalls, on_x: NDArray[np.bool_], n_x: Mapping[str, int]
) -> tuple[NDArray[np.int8], tuple[Notice, ...]]:
    """States (variant, member) with the calls of members with one X settled on X outside the pseudoautosomal
    regions. A half call with the allele is hemizygous, and so is a heterozygous call whose reads are mostly ALT;
    another heterozygous call cannot be and is missing. Both are said."""
    state = calls.state
    hemizygous = impossible = 0
    for column, member in enumerate(calls.members):
        if n_x[member] != 1:
            continue
        rows = np.flatnonzero(on_x & (calls.state[:, column] == HET))
        if not len(rows):
            continue
        state = state.copy() if state is calls.state else state
        alt = np.maximum(calls.alt_depth[rows, column], 0).astype(np.float64)
        reads = alt + np.maximum(calls.ref_depth[rows, column], 0)
        mostly_alt = (reads > 0) & (alt >= MOSTLY_ALT * reads)
        half = (calls.flags[rows, column] & HALF_CALL) != 0
        state[rows, column] = np.where(half | mostly_alt, HOM, MISSING)
        hemizygous += int((half | mostly_alt).sum())
        impossible += int((~(half | mostly_alt)).sum())
    return state, _notices(hemizygous, impossible)


def _notices(hemizygous: int, impossible: int) -> tuple[Notice, ...]:
    notices = []
    if hemizygous:
        text = "half or mostly-ALT heterozygous calls on the only X of a member were read as hemizygous"
        notices.append(Notice("info", "x_read_as_hemizygous", text, hemizygous))
    if impossible:
        text = (
            "heterozygous calls on the only X of a member (mosaic, wrongly mapped or called) cannot be: "
            "they were read as missing"
        )
        notices.append(Notice("info", "x_heterozygous_in_one_x", text, impossible))
    return tuple(notices)
