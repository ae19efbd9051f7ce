"""Normalisation: every allele trimmed and moved as far left as it goes, REF compared with the genome.

The algorithm is that of Tan, Abecasis and Kang (Bioinformatics 2015, 31:2202): trim the shared suffix, move
an insertion or deletion left while its last base equals the base before it, trim the shared prefix.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.model.assembly import bare_contig
from trihelix.model.errors import ReferenceMismatchError
from trihelix.reference.allele_keys import Alleles, allele_keys
from trihelix.reference.genome import Genome, Segments
from trihelix.variants.calls import Calls

MATCH, MISMATCH, NO_SEQUENCE = 0, 1, 2


@dataclass(frozen=True)
class Normalised:
    """Calls with normalised alleles; `covered` marks rows whose REF could be compared with the genome."""

    calls: Calls
    covered: NDArray[np.bool_]
    moved: int


@numba.njit(cache=True, nogil=True)
def _genome_base(segments, bases, hint, pos):  # type: ignore[no-untyped-def]
    """(base at a 1-based position or 78 = N, segment that holds it or the hint)."""
    if hint < len(segments.start) and segments.start[hint] <= pos <= segments.end[hint]:
        return bases[segments.offset[hint] + pos - segments.start[hint]], hint
    at = np.searchsorted(segments.start, pos, side="right") - 1
    if at >= 0 and pos <= segments.end[at]:
        return bases[segments.offset[at] + pos - segments.start[at]], at
    return np.uint8(78), hint


@numba.njit(cache=True, nogil=True)
def _agrees(base, ref):  # type: ignore[no-untyped-def]
    """0 if the genome's base allows REF, 1 if not, 2 if the genome does not know it. An ambiguous letter of
    the genome (R, Y, ...) is compared by the bases that it stands for."""
    if base == 78:
        return 2
    if base == ref or ref == 78:
        return 0
    sets = (
        (82, 65, 71), (89, 67, 84), (75, 71, 84), (77, 65, 67), (83, 67, 71), (87, 65, 84),
    )  # fmt: skip
    for letter, first, second in sets:
        if base == letter:
            return 0 if ref == first or ref == second else 1
    if base == 66 or base == 68 or base == 72 or base == 86:
        return 0
    return 1


@numba.njit(cache=True, nogil=True)
def _check_ref(segments, bases, pos, blob, start, length, hint):  # type: ignore[no-untyped-def]
    status = 0
    for i in range(length):
        base, hint = _genome_base(segments, bases, hint, pos + i)
        one = _agrees(base, blob[start + i])
        if one == 1:
            return 1, hint
        status = max(status, one)
    return status, hint


@numba.njit(cache=True, nogil=True)
def _normalise_one(segments, bases, pos, blob, r, rl, a, al, hint, out, used):  # type: ignore[no-untyped-def]
    """Writes the normalised REF and ALT into `out` at `used`; returns (pos, ref length, alt length).

    Positions and lengths describe what is left of REF = blob[r : r+rl] and ALT = blob[a : a+al].
    """
    while rl > 1 and al > 1 and blob[r + rl - 1] == blob[a + al - 1]:
        rl -= 1
        al -= 1
    before, hint = _genome_base(segments, bases, hint, pos - 1)
    one_is_single = min(rl, al) == 1 and max(rl, al) > 1
    if one_is_single and blob[r + rl - 1] == blob[a + al - 1] and pos > 1 and before != 78:
        seq, anchor, pos = (r if rl > 1 else a), before, pos - 1  # the shared base is behind the event
    else:
        while rl > 1 and al > 1 and blob[r] == blob[a]:
            r, a, rl, al, pos = r + 1, a + 1, rl - 1, al - 1, pos + 1
        if min(rl, al) > 1 or max(rl, al) == 1 or blob[r] != blob[a]:
            out[used : used + rl] = blob[r : r + rl]
            out[used + rl : used + rl + al] = blob[a : a + al]
            return pos, rl, al
        seq, anchor = (r + 1 if rl > 1 else a + 1), blob[r]
    length = max(rl, al) - 1
    turn = 0
    while pos > 1 and blob[seq + (length - 1 - turn) % length] == anchor:
        before, hint = _genome_base(segments, bases, hint, pos - 1)
        if before == 78:
            break
        anchor = before
        turn += 1
        pos -= 1
    _write_indel(out, used, blob, seq, length, turn, anchor, rl > 1)
    return pos, rl, al


@numba.njit(cache=True, nogil=True)
def _write_indel(out, used, blob, seq, length, turn, anchor, is_deletion):  # type: ignore[no-untyped-def]
    """REF then ALT: the anchor base, and the event's bases turned by as many places as it moved left."""
    longer = used if is_deletion else used + 1
    out[used] = out[longer] = anchor
    for i in range(length):
        out[longer + 1 + i] = blob[seq + (i - turn) % length]
    if is_deletion:
        out[used + 1 + length] = anchor


@numba.njit(cache=True, nogil=True)
def _normalise_rows(  # type: ignore[no-untyped-def]
    chosen, segments, bases, pos, ref_start, ref_len, alt_start, alt_len, blob, status, out, at
):
    """In place over the rows `chosen` of one contig; rewritten alleles go to `out` from place `at` on and get
    starts behind the old blob. Returns (next place, rows moved)."""
    hint = 0
    moved = 0
    for row in chosen:
        r, rl, a, al = ref_start[row], ref_len[row], alt_start[row], alt_len[row]
        status[row], hint = _check_ref(segments, bases, pos[row], blob, r, rl, hint)
        if status[row] == 1 or (rl == 1 and al == 1):
            continue
        new_pos, new_rl, new_al = _normalise_one(segments, bases, pos[row], blob, r, rl, a, al, hint, out, at)
        if new_pos != pos[row] or new_rl != rl or new_al != al:
            moved += 1
            pos[row], ref_len[row], alt_len[row] = new_pos, new_rl, new_al
            ref_start[row] = len(blob) + at
            alt_start[row] = len(blob) + at + new_rl
            at += new_rl + new_al
    return at, moved


def normalise(calls: Calls, genome: Genome | None) -> Normalised:
    """Trim and left-align every allele. Without a genome, or where it has no sequence, alleles are only trimmed.

    Raises ReferenceMismatchError if any REF disagrees with the genome: the file was made against another one.
    """
    rows = calls.rows._replace(**{k: getattr(calls.rows, k).copy() for k in _CHANGED})
    status = np.full(len(rows.pos), NO_SEQUENCE, np.int8)
    out = np.empty(int(_room(rows.ref_len, rows.alt_len)), np.uint8)
    at = moved = 0
    empty = np.empty(0, np.uint8)
    for number, name in enumerate(calls.contigs):
        chosen = np.flatnonzero(rows.contig == number)
        segments = genome.segments(name) if genome else _NOWHERE
        at, shifted = _normalise_rows(
            chosen, segments, genome.bases if genome else empty, rows.pos, rows.ref_start, rows.ref_len,
            rows.alt_start, rows.alt_len, calls.blob, status, out, at,
        )  # fmt: skip
        moved += shifted
    if genome is not None:
        _check_matches(calls, genome, status)
    new = replace(calls, rows=rows, blob=np.concatenate((calls.blob, out[:at])))
    covered = status == MATCH
    order = np.arange(len(rows.pos))
    if _settle(rows.contig, allele_keys(_alleles(new)), order):
        new, covered = new.take(order), covered[order]
    return Normalised(new, covered, moved)


@numba.njit(cache=True, nogil=True)
def _settle(contig, key, order):  # type: ignore[no-untyped-def]
    """Sorts `order` by contig and key, in place; the rows are nearly sorted, so each moves a few places.
    Returns whether any moved."""
    moved = False
    for i in range(1, len(order)):
        row = order[i]
        j = i
        while j > 0 and contig[order[j - 1]] == contig[row] and key[order[j - 1]] > key[row]:
            order[j] = order[j - 1]
            j -= 1
            moved = True
        order[j] = row
    return moved


def _alleles(calls: Calls) -> Alleles:
    rows = calls.rows
    return Alleles(rows.pos, rows.ref_start, rows.ref_len, rows.alt_start, rows.alt_len, calls.blob)


_CHANGED = ("pos", "ref_start", "ref_len", "alt_start", "alt_len")


_NOWHERE = Segments(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))


def _room(ref_len: NDArray[np.int32], alt_len: NDArray[np.int32]) -> int:
    longer = (ref_len > 1) | (alt_len > 1)
    return int((ref_len[longer].astype(np.int64) + alt_len[longer] + 2).sum()) + 2


def _check_matches(calls: Calls, genome: Genome, status: NDArray[np.int8]) -> None:
    """Raise for the first REF that disagrees, saying how many do: a few are damage, many are the wrong assembly."""
    wrong = np.flatnonzero(status == MISMATCH)
    if not len(wrong):
        return
    row = int(wrong[0])
    contig, pos, ref = calls.contigs[calls.rows.contig[row]], int(calls.rows.pos[row]), calls.ref(row)
    found = genome.fetch(contig, pos, pos + len(ref) - 1)
    compared = int((status != NO_SEQUENCE).sum())
    share = len(wrong) / compared
    raise ReferenceMismatchError(
        f"REF disagrees with the genome at {len(wrong):,} of {compared:,} alleles",
        where=f"{calls.header.path}, line {int(calls.rows.line[row])} ({contig}:{pos})",
        value=f"REF {_short(ref)}, genome {_short(found)}",
        advice="the file was made against another assembly; add that genome pack or lift the file over"
        if share > 0.01
        else "the record is damaged or was edited; make the file again with the genome of this pack",
    )


def _short(bases: str) -> str:
    return bases if len(bases) <= 20 else f"{bases[:20]}... ({len(bases)} bases)"


def contig_lengths_agree(calls: Calls, genome: Genome) -> list[str]:
    """Contigs whose length in the VCF header differs from the genome's, as `name: header against genome`."""
    return [
        f"{name}: {length:,} against {genome.lengths[bare_contig(name)]:,}"
        for name, length in calls.header.contigs.items()
        if length and genome.lengths.get(bare_contig(name), length) != length
    ]
