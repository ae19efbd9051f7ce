"""Normalisation: every allele trimmed and moved as far left as it goes, REF compared with the genome.

The algorithm is that of Tan, Abecasis and Kang (Bioinformatics 2015, 31:2202): trim the shared suffix, move
an insertion or deletion left while its last base equals the base before it, trim the shared prefix.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.formats.ahead import work_ahead
from trihelix.model.assembly import bare_contig
from trihelix.model.errors import ReferenceMismatchError
from trihelix.reference.genome import Genome, Segments
from trihelix.variants.calls import Calls, keys_at
from trihelix.variants.columns import Rows
from trihelix.variants.scanning import part

MATCH, MISMATCH, NO_SEQUENCE = 0, 1, 2
ROWS_TOGETHER = 1 << 18  # what a thread normalises at a time


@dataclass(frozen=True)
class Normalised:
    """Calls with normalised alleles; `covered` marks rows whose REF could be compared with the genome."""

    calls: Calls
    covered: NDArray[np.bool_]
    moved: int


@part
def _genome_base(segments, bases, hint, pos):  # type: ignore[no-untyped-def]
    """(base at a 1-based position or 78 = N, segment that holds it or the hint)."""
    if hint < len(segments.start) and segments.start[hint] <= pos <= segments.end[hint]:
        return bases[segments.offset[hint] + pos - segments.start[hint]], hint
    at = np.searchsorted(segments.start, pos, side="right") - 1
    if at >= 0 and pos <= segments.end[at]:
        return bases[segments.offset[at] + pos - segments.start[at]], at
    return np.uint8(78), hint


@part
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


@part
def _check_ref(segments, bases, pos, blob, start, length, hint):  # type: ignore[no-untyped-def]
    status = 0
    for i in range(length):
        base, hint = _genome_base(segments, bases, hint, pos + i)
        one = _agrees(base, blob[start + i])
        if one == 1:
            return 1, hint
        status = max(status, one)
    return status, hint


@part
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
            _copy(out, used, blob, r, rl)
            _copy(out, used + rl, blob, a, al)
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


@part
def _copy(out, at, blob, start, length):  # type: ignore[no-untyped-def]
    for i in range(length):
        out[at + i] = blob[start + i]


@part
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
    first, last, segments, bases, pos, ref_start, ref_len, alt_start, alt_len, blob, at, status, changed
):
    """In place over rows first..last-1 of one contig; rewritten alleles go to `blob` from place `at` on. Returns
    how many rows changed; their numbers are in `changed`."""
    hint = n = 0
    for row in range(first, last):
        r, rl, a, al = ref_start[row], ref_len[row], alt_start[row], alt_len[row]
        if len(segments.start):
            status[row], hint = _check_ref(segments, bases, pos[row], blob, r, rl, hint)
        if status[row] == 1 or (rl == 1 and al == 1):
            continue
        new_pos, new_rl, new_al = _normalise_one(
            segments, bases, pos[row], blob, r, rl, a, al, hint, blob, at
        )
        if new_pos != pos[row] or new_rl != rl or new_al != al:
            pos[row], ref_len[row], alt_len[row] = new_pos, new_rl, new_al
            ref_start[row] = at
            alt_start[row] = at + new_rl
            at += new_rl + new_al
            changed[n] = row
            n += 1
    return n


@numba.njit(cache=True, nogil=True)
def _room(first, last, ref_len, alt_len):  # type: ignore[no-untyped-def]
    """(bytes that rewritten alleles of these rows may need, rows that may be rewritten)."""
    room, rows = 2, 0
    for row in range(first, last):
        if ref_len[row] > 1 or alt_len[row] > 1:
            room += ref_len[row] + alt_len[row] + 2
            rows += 1
    return room, rows


@dataclass(frozen=True)
class _Slice:
    """Rows of one contig for one thread: where their rewritten alleles go, and how many rows may change."""

    contig: int
    first: int
    last: int
    at: int
    most: int


def normalise(calls: Calls, genome: Genome | None) -> Normalised:
    """Trim and left-align every allele. Without a genome, or where it has no sequence, alleles are only trimmed.

    The columns of `calls` are changed in place and go over to the result. Raises ReferenceMismatchError if any REF
    disagrees with the genome: the file was made against another one.
    """
    slices, used = _slices(calls)
    blob = np.concatenate((calls.blob, np.zeros(used - len(calls.blob), np.uint8)))
    calls = replace(calls, rows=calls.rows._replace(**_wide_starts(calls.rows, used)), blob=blob)
    status = np.full(len(calls), NO_SEQUENCE, np.int8)
    work = partial(_normalise_slice, calls, genome, status)
    changed = []
    for rows in work_ahead(work, slices):
        changed.append(rows)
        _let_go(genome)
    if genome is not None:
        _check_matches(calls, genome, status)
    for rows in changed:
        calls.rows.key[rows] = keys_at(calls.rows, calls.blob, rows)
    covered = status == MATCH
    if not is_strictly_sorted(calls.rows.contig, calls.rows.key):
        _reorder(calls, covered)
    return Normalised(calls, covered, sum(map(len, changed)))


class AlleleColumns(NamedTuple):
    """Alleles of one contig: positions, and where REF and ALT stand in `blob` (starts are int64)."""

    pos: NDArray[Any]
    ref_start: NDArray[Any]
    ref_len: NDArray[Any]
    alt_start: NDArray[Any]
    alt_len: NDArray[Any]
    blob: NDArray[np.uint8]


def normalise_alleles(
    contig: str, alleles: AlleleColumns, genome: Genome | None
) -> tuple[AlleleColumns, NDArray[np.int64], NDArray[np.int8]]:
    """(normalised copies of the alleles, rows that changed, MATCH, MISMATCH or NO_SEQUENCE of every row)."""
    status = np.full(len(alleles.pos), NO_SEQUENCE, np.int8)
    room, most = _room(0, len(alleles.pos), alleles.ref_len, alleles.alt_len)
    segments = genome.segments(contig) if genome else _NOWHERE
    bases = genome.bases if genome and len(segments.start) else _NO_BASES
    if not most and not len(segments.start):
        return alleles, _NO_ROWS, status
    blob = np.concatenate((alleles.blob, np.zeros(room, np.uint8)))
    made = AlleleColumns._make([*(column.copy() for column in alleles[:-1]), blob])
    changed = np.empty(most, np.int64)
    n = _normalise_rows(
        0, len(made.pos), segments, bases, made.pos, made.ref_start, made.ref_len, made.alt_start, made.alt_len,
        blob, len(alleles.blob), status, changed,
    )  # fmt: skip
    return made, changed[:n], status


def _slices(calls: Calls) -> tuple[list[_Slice], int]:
    """The rows of each contig in slices, and the length of a blob with room for all that may be rewritten."""
    rows, at = calls.rows, len(calls.blob)
    slices = []
    for contig in range(len(calls.contigs)):
        start, end = (int(n) for n in np.searchsorted(rows.contig, (contig, contig + 1)))
        for first in range(start, end, ROWS_TOGETHER):
            last = min(first + ROWS_TOGETHER, end)
            room, most = _room(first, last, rows.ref_len, rows.alt_len)
            slices.append(_Slice(contig, first, last, at, most))
            at += room if most else 0
    return slices, at


def _wide_starts(rows: Rows, used: int) -> dict[str, NDArray[Any]]:
    """The columns of starts in a type that can hold every place of a blob of `used` bytes."""
    starts = {"ref_start": rows.ref_start, "alt_start": rows.alt_start}
    too_narrow = used > np.iinfo(rows.ref_start.dtype).max
    return {name: start.astype(np.int64) for name, start in starts.items()} if too_narrow else {}


def _normalise_slice(
    calls: Calls, genome: Genome | None, status: NDArray[np.int8], part: _Slice
) -> NDArray[np.int64]:
    """The rows that changed."""
    segments = genome.segments(calls.contigs[part.contig]) if genome else _NOWHERE
    bases = genome.bases if genome and len(segments.start) else _NO_BASES
    if not part.most and not len(segments.start):
        return _NO_ROWS
    rows, changed = calls.rows, np.empty(part.most, np.int64)
    n = _normalise_rows(
        part.first, part.last, segments, bases, rows.pos, rows.ref_start, rows.ref_len, rows.alt_start,
        rows.alt_len, calls.blob, part.at, status, changed,
    )  # fmt: skip
    return changed[:n]


def _let_go(genome: Genome | None) -> None:
    """Takes the pages of the genome that were read out of this process (the system keeps them): whoever compares
    variants all over a genome would hold all of it in the end."""
    mapped = genome.bases.base if genome else None
    if isinstance(mapped, mmap.mmap) and hasattr(mapped, "madvise"):
        mapped.madvise(mmap.MADV_DONTNEED)


def _reorder(calls: Calls, covered: NDArray[np.bool_]) -> None:
    """Sorts the rows by contig and key, in place; only those that change their places are copied."""
    order = np.arange(len(calls), dtype=np.int32)
    _settle(calls.rows.contig, calls.rows.key, order)
    to = np.flatnonzero(order != np.arange(len(calls), dtype=np.int32))
    source = order[to]
    for column in (*calls.rows, covered):
        if column.flags.writeable:
            column[to] = column[source]


@numba.njit(cache=True, nogil=True)
def _settle(contig, key, order):  # type: ignore[no-untyped-def]
    """Sorts `order` by contig and key, in place; the rows are nearly sorted, so each moves a few places."""
    for i in range(1, len(order)):
        row = order[i]
        j = i
        while j > 0 and contig[order[j - 1]] == contig[row] and key[order[j - 1]] > key[row]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = row


@numba.njit(cache=True, nogil=True)
def is_strictly_sorted(contig, key):  # type: ignore[no-untyped-def]
    """Whether rows come in the order of contig and key, none twice."""
    for i in range(1, len(contig)):
        if contig[i] < contig[i - 1] or (contig[i] == contig[i - 1] and key[i] <= key[i - 1]):
            return False
    return True


# As a genome's arrays these cannot be written, so that the kernel is compiled once only.
_NOWHERE = Segments(*(np.frombuffer(b"", np.int64) for _ in range(3)))
_NO_BASES = np.frombuffer(b"", np.uint8)
_NO_ROWS = np.empty(0, np.int64)


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
