"""At rare rows, the calls of the carriers' relatives that their own files make: by a record, or by a reference block."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.variants.codes import MISSING, REF
from trihelix.variants.scanning import part
from trihelix.variants.store.genotypes import Lists


class Blocks(NamedTuple):
    """Reference blocks by batch ordinal: those of sample s stand at offsets[s]:offsets[s+1], sorted by their start."""

    offsets: NDArray[np.int64]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    state: NDArray[np.int8]
    dp: NDArray[np.int16]
    gq: NDArray[np.int16]


class Found(NamedTuple):
    """One entry per companion: row, ordinal, state, DP and GQ (-1 unknown)."""

    row: NDArray[np.int64]
    sample: NDArray[np.uint32]
    state: NDArray[np.int8]
    dp: NDArray[np.int16]
    gq: NDArray[np.int16]


@part
def _holds(values, first, last, wanted):  # type: ignore[no-untyped-def]
    """Whether sorted values[first:last] hold a value."""
    at = first + np.searchsorted(values[first:last], wanted)
    return at < last and values[at] == wanted


@part
def _has_record(row, sample, sources, sources_of):  # type: ignore[no-untyped-def]
    """Whether a file of the sample has the row."""
    for i in range(sources.offsets[row], sources.offsets[row + 1]):
        for j in range(sources_of.offsets[sample], sources_of.offsets[sample + 1]):
            if sources.samples[i] == sources_of.samples[j]:
                return True
    return False


@part
def _block_at(blocks, sample, pos):  # type: ignore[no-untyped-def]
    """The place of the last block of a sample that begins at or before a position and reaches it; -1 if none does."""
    first, last = blocks.offsets[sample], blocks.offsets[sample + 1]
    at = first + np.searchsorted(blocks.start[first:last], pos, side="right") - 1
    return at if at >= first and blocks.end[at] >= pos else -1


@numba.njit(cache=True, nogil=True)
def _find(rows, pos, het, hom, missing, known, kin, sources, sources_of, blocks, seen, out, fill):  # type: ignore[no-untyped-def]
    """Companions of these rows that are not yet `known`; writes them if `fill`, and returns how many they are."""
    n = 0
    for row in rows:
        for lists in (het, hom):
            for i in range(lists.offsets[row], lists.offsets[row + 1]):
                carrier = lists.samples[i]
                for j in range(kin.offsets[carrier], kin.offsets[carrier + 1]):
                    sample = kin.samples[j]
                    if seen[sample] == row:
                        continue
                    seen[sample] = row
                    if (
                        _holds(het.samples, het.offsets[row], het.offsets[row + 1], sample)
                        or _holds(hom.samples, hom.offsets[row], hom.offsets[row + 1], sample)
                        or _holds(known.samples, known.offsets[row], known.offsets[row + 1], sample)
                    ):
                        continue
                    state, dp, gq = np.int8(REF), np.int16(-1), np.int16(-1)
                    if _has_record(row, sample, sources, sources_of):
                        if _holds(missing.samples, missing.offsets[row], missing.offsets[row + 1], sample):
                            state = np.int8(MISSING)
                    else:
                        at = _block_at(blocks, sample, pos[row])
                        if at < 0:
                            continue
                        state, dp, gq = blocks.state[at], blocks.dp[at], blocks.gq[at]
                    if fill:
                        out.row[n], out.sample[n], out.state[n], out.dp[n], out.gq[n] = (
                            row,
                            sample,
                            state,
                            dp,
                            gq,
                        )
                    n += 1
    return n


def find_companions(
    rows: NDArray[np.int64],
    pos: NDArray[np.int32],
    carriers: tuple[Lists, Lists, Lists],
    known: Lists,
    kin: Lists,
    sources: tuple[Lists, Lists],
    blocks: Blocks,
) -> Found:
    """The companions of some rows. `carriers` are the het, hom and missing lists, `known` the companions that are there,
    `sources` those of each row and those of each sample."""
    people = len(kin.offsets) - 1
    asked = (rows, pos, *carriers, known, kin, *sources, blocks)
    n = _find(*asked, np.full(people, -1, np.int64), _room(0), False)
    out = _room(n)
    _find(*asked, np.full(people, -1, np.int64), out, True)
    return out


def _room(n: int) -> Found:
    return Found(
        np.empty(n, np.int64),
        np.empty(n, np.uint32),
        np.empty(n, np.int8),
        np.empty(n, np.int16),
        np.empty(n, np.int16),
    )
