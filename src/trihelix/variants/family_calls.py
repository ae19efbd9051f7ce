"""The calls of a whole family on one list of alleles, joined from one file or several.

A file may hold the whole family, one member, or some chromosomes. Where a member's file has no record of an
allele the member is missing, never reference, unless the file is a gVCF whose reference records cover the
place, the file has a full call of the member on other alleles of the same place and REF, or the caller declares
that absent means reference (rare_disease.md section 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.model.assembly import bare_contig
from trihelix.model.errors import SampleMismatchError
from trihelix.reference.allele_keys import Alleles
from trihelix.variants.calls import Calls
from trihelix.variants.codes import MISSING, REF
from trihelix.variants.normalise import Normalised, is_strictly_sorted
from trihelix.variants.other_alleles import fill_from_other_alleles

_PER_MEMBER = ("state", "flags", "depth", "quality", "ref_depth", "alt_depth", "phase_set")


@dataclass(frozen=True)
class FamilyCalls:
    """One row per allele, sorted by contig and position; one column per member.

    `contigs` are bare names that `contig` numbers; `names` are as the files write them. Arrays as in
    `columns.Rows`; `covered` tells whether REF was compared with the genome; `file` numbers the source file
    and `line` its line. `duplicates` alleles stood in more than one record of a file.
    """

    members: tuple[str, ...]
    contigs: tuple[str, ...]
    names: tuple[str, ...]
    contig: NDArray[np.int32]
    alleles: Alleles
    key: NDArray[np.uint64]
    passed: NDArray[np.bool_]
    covered: NDArray[np.bool_]
    record: NDArray[np.int32]
    file: NDArray[np.int32]
    line: NDArray[np.int32]
    state: NDArray[np.int8]
    flags: NDArray[np.uint8]
    depth: NDArray[np.int16]
    quality: NDArray[np.int16]
    ref_depth: NDArray[np.int16]
    alt_depth: NDArray[np.int16]
    phase_set: NDArray[np.int32]
    duplicates: int
    from_blocks: int
    uncovered: int

    def __len__(self) -> int:
        return len(self.contig)

    @property
    def pos(self) -> NDArray[np.int32]:
        """1-based positions."""
        return self.alleles.pos

    def ref(self, row: int) -> str:
        """The reference allele of a row."""
        return _text(self.alleles.blob, self.alleles.ref_start[row], self.alleles.ref_len[row])

    def alt(self, row: int) -> str:
        """The alternate allele of a row."""
        return _text(self.alleles.blob, self.alleles.alt_start[row], self.alleles.alt_len[row])

    def alleles_at(self, rows: NDArray[Any]) -> Alleles:
        """The alleles of some rows, ready for a look-up."""
        a = self.alleles
        ref_start, alt_start = (start[rows].astype(np.int64) for start in (a.ref_start, a.alt_start))
        return Alleles(a.pos[rows], ref_start, a.ref_len[rows], alt_start, a.alt_len[rows], a.blob)


def join_calls(
    parts: Sequence[Normalised], members: Sequence[str], absent_is_reference: bool = False
) -> FamilyCalls:
    """Join normalised calls. Raises SampleMismatchError when two files have calls of one member on one contig."""
    _check_no_overlap([part.calls for part in parts])
    contigs, names = _contigs([part.calls for part in parts])
    contig = _numbers([part.calls for part in parts], contigs)
    if len(parts) == 1 and parts[0].calls.members == tuple(members):
        key = parts[0].calls.rows.key
        if is_strictly_sorted(contig, key):
            return _without_uncovered(_as_it_is(parts[0], contigs, names, contig, key))
    key = np.concatenate([part.calls.rows.key for part in parts])
    order = np.lexsort((key, contig))
    new = np.ones(len(order), np.bool_)
    contig, key = contig[order], key[order]
    new[1:] = (contig[1:] != contig[:-1]) | (key[1:] != key[:-1])
    place = np.empty(len(order), np.int64)
    place[order] = np.cumsum(new) - 1
    joined = _fill(parts, tuple(members), contigs, names, place, order[new], absent_is_reference)
    return _without_uncovered(joined)


def _without_uncovered(calls: FamilyCalls) -> FamilyCalls:
    """Reference calls without a single read are missing: callers write 0/0 with DP 0 where nothing was sequenced."""
    return replace(calls, uncovered=int(_set_uncovered_missing(calls.state, calls.depth)))


@numba.njit(cache=True, nogil=True)
def _set_uncovered_missing(state, depth):  # type: ignore[no-untyped-def]
    uncovered = 0
    for row in range(state.shape[0]):
        for member in range(state.shape[1]):
            if state[row, member] == REF and depth[row, member] == 0:
                state[row, member] = MISSING
                uncovered += 1
    return uncovered


def _as_it_is(
    part: Normalised,
    contigs: dict[str, int],
    names: tuple[str, ...],
    contig: NDArray[np.int32],
    key: NDArray[np.uint64],
) -> FamilyCalls:
    """One file with the whole family, already in order: its columns are the family's, nothing is copied."""
    rows = part.calls.rows
    return FamilyCalls(
        members=part.calls.members,
        contigs=tuple(contigs),
        names=names,
        contig=contig,
        alleles=Alleles(
            rows.pos, rows.ref_start, rows.ref_len, rows.alt_start, rows.alt_len, part.calls.blob
        ),
        key=key,
        passed=rows.passed,
        covered=part.covered,
        record=rows.record,
        file=np.zeros(len(contig), np.int32),
        line=rows.line,
        duplicates=0,
        from_blocks=0,
        uncovered=0,
        **{name: getattr(rows, name) for name in _PER_MEMBER},
    )


def _fill(
    parts: Sequence[Normalised],
    members: tuple[str, ...],
    contigs: dict[str, int],
    names: tuple[str, ...],
    place: NDArray[np.int64],
    first: NDArray[np.int64],
    absent_is_reference: bool,
) -> FamilyCalls:
    """The joined table: `place[i]` is the row of the i-th input row, `first` the input rows that begin a row."""
    n = len(first)
    columns = {name: np.full((n, len(members)), fill, dtype) for name, (fill, dtype) in _FILL.items()}
    passed = np.zeros(n, np.bool_)
    duplicates = from_blocks = at = 0
    contig = _numbers([p.calls for p in parts], contigs)[first]
    pos = np.concatenate([p.calls.rows.pos for p in parts])[first]
    for start, part in zip(np.cumsum([0, *(len(p.calls) for p in parts)]), parts, strict=False):
        np.logical_or.at(passed, place[start : start + len(part.calls)], part.calls.rows.passed)
    alleles = _alleles(parts, pos, first)
    for part in parts:
        calls = part.calls
        rows = place[at : at + len(calls)]
        at += len(calls)
        duplicates += _put(calls, rows, members, columns, passed)
        from_blocks += _fill_absent(calls, rows, members, contigs, contig, pos, columns, absent_is_reference)
        if len(parts) > 1:
            fill_from_other_alleles(calls, rows, members, contig, alleles, passed, columns)
    return FamilyCalls(
        members=members,
        contigs=tuple(contigs),
        names=names,
        contig=contig,
        alleles=alleles,
        key=np.concatenate([p.calls.rows.key for p in parts])[first],
        passed=passed,
        covered=np.concatenate([p.covered for p in parts])[first],
        record=np.concatenate([p.calls.rows.record for p in parts])[first],
        file=np.concatenate([np.full(len(p.calls), i, np.int32) for i, p in enumerate(parts)])[first],
        line=np.concatenate([p.calls.rows.line for p in parts])[first],
        duplicates=duplicates,
        from_blocks=from_blocks,
        uncovered=0,
        **columns,
    )


def _alleles(parts: Sequence[Normalised], pos: NDArray[np.int32], first: NDArray[np.int64]) -> Alleles:
    """The alleles of the input rows `first`, at `pos`, in one blob."""
    blob_at = np.cumsum([0, *(len(p.calls.blob) for p in parts)])
    starts = {
        name: np.concatenate([getattr(p.calls.rows, name) + b for p, b in zip(parts, blob_at, strict=False)])[
            first
        ]
        for name in ("ref_start", "alt_start")
    }
    ref_len = np.concatenate([p.calls.rows.ref_len for p in parts])[first]
    alt_len = np.concatenate([p.calls.rows.alt_len for p in parts])[first]
    blob = np.concatenate([p.calls.blob for p in parts]) if len(parts) > 1 else parts[0].calls.blob
    return Alleles(pos, starts["ref_start"], ref_len, starts["alt_start"], alt_len, blob)


_FILL: dict[str, tuple[int, Any]] = {
    "state": (MISSING, np.int8),
    "flags": (0, np.uint8),
    "depth": (-1, np.int16),
    "quality": (-1, np.int16),
    "ref_depth": (-1, np.int16),
    "alt_depth": (-1, np.int16),
    "phase_set": (-1, np.int32),
}


def _put(
    calls: Calls,
    rows: NDArray[np.int64],
    members: tuple[str, ...],
    columns: dict[str, NDArray[Any]],
    passed: NDArray[np.bool_],
) -> int:
    """Write a file's calls. Where a record fails its FILTER and another record of the allele passes, the failing
    one's calls are not trusted: missing. Of an allele that stands twice in a file the passing record is kept, and
    of equals the call with most copies: a carried allele is never lost. Returns how many alleles stood twice."""
    mine = np.array([members.index(m) for m in calls.members], np.int64)
    distrusted = passed[rows] & ~calls.rows.passed
    for column, member in enumerate(mine):
        state = np.where(distrusted, MISSING, calls.rows.state[:, column])
        order = np.lexsort((state, ~distrusted))  # the last to be written stays
        columns["state"][rows[order], member] = state[order]
        for name in _PER_MEMBER[1:]:
            columns[name][rows[order], member] = getattr(calls.rows, name)[order, column]
    return len(rows) - len(np.unique(rows))


def _fill_absent(
    calls: Calls,
    rows: NDArray[np.int64],
    members: tuple[str, ...],
    contigs: dict[str, int],
    contig: NDArray[np.int32],
    pos: NDArray[np.int32],
    columns: dict[str, NDArray[Any]],
    absent_is_reference: bool,
) -> int:
    """States of the file's members at alleles that the file does not have. Returns how many blocks gave."""
    absent = np.ones(len(contig), np.bool_)
    absent[rows] = False
    given = 0
    mine = [members.index(m) for m in calls.members]
    for number, name in enumerate(calls.contigs):
        chosen = np.flatnonzero(absent & (contig == contigs[bare_contig(name)]))
        in_blocks = np.flatnonzero(calls.blocks.contig == number)
        if not len(chosen) or not (len(in_blocks) or absent_is_reference):
            continue
        if absent_is_reference:
            for member in mine:
                columns["state"][chosen, member] = REF
        if len(in_blocks):
            given += _fill_from_blocks(calls, in_blocks, chosen, pos, mine, columns)
    return given


def _fill_from_blocks(
    calls: Calls,
    in_blocks: NDArray[np.int64],
    chosen: NDArray[np.int64],
    pos: NDArray[np.int32],
    mine: list[int],
    columns: dict[str, NDArray[Any]],
) -> int:
    block = np.searchsorted(calls.blocks.pos[in_blocks], pos[chosen], side="right") - 1
    inside = block >= 0
    inside[inside] = calls.blocks.end[in_blocks[block[inside]]] >= pos[chosen[inside]]
    to, source = chosen[inside], in_blocks[block[inside]]
    for column, member in enumerate(mine):
        columns["state"][to, member] = calls.blocks.state[source, column]
        columns["depth"][to, member] = calls.blocks.depth[source, column]
        columns["quality"][to, member] = calls.blocks.quality[source, column]
    return int(inside.sum())


def _check_no_overlap(files: Sequence[Calls]) -> None:
    seen: dict[tuple[str, str], Calls] = {}
    for calls in files:
        for member in calls.members:
            for contig in map(bare_contig, calls.contigs):
                other = seen.setdefault((member, contig), calls)
                if other is not calls:
                    raise SampleMismatchError(
                        "two files have calls of the same sample on the same contig",
                        where=f"{other.header.path} and {calls.header.path}",
                        value=f"{member}, {contig}",
                        advice="give each sample once, or files of different chromosomes",
                    )


def _contigs(files: Sequence[Calls]) -> tuple[dict[str, int], tuple[str, ...]]:
    numbers: dict[str, int] = {}
    names: list[str] = []
    for calls in files:
        for name in calls.contigs:
            if bare_contig(name) not in numbers:
                numbers[bare_contig(name)] = len(numbers)
                names.append(name)
    return numbers, tuple(names)


def _numbers(files: Sequence[Calls], contigs: dict[str, int]) -> NDArray[np.int32]:
    parts = []
    for calls in files:
        table = np.array([contigs[bare_contig(c)] for c in calls.contigs], np.int32)
        same = np.array_equal(table, np.arange(len(table)))
        parts.append(calls.rows.contig if same else table[calls.rows.contig])
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _text(blob: NDArray[np.uint8], start: np.int64, length: np.int32) -> str:
    return blob[int(start) : int(start) + int(length)].tobytes().decode("ascii")
