"""The calls of some members in one variant file, as columns: read whole, checked, nothing dropped unseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.formats.ahead import work_ahead
from trihelix.formats.vcf import Piece, VcfHeader, open_vcf
from trihelix.model.assembly import bare_contig
from trihelix.model.errors import MalformedRecordError, NoVariantsError, TrihelixError
from trihelix.variants import records
from trihelix.variants.columns import Blocks, Rows
from trihelix.variants.records import Output, Runs

MAX_POSITION = (
    1 << 28
) - 1  # what the keys of `reference.allele_keys` can hold; the longest contig is shorter


@dataclass(frozen=True)
class SetAside:
    """How many alleles or calls were set aside or read with care, by the words used in notices."""

    records: int = 0
    star: int = 0
    symbolic: int = 0
    same_as_ref: int = 0
    ambiguous: int = 0
    ploidy: int = 0
    half_calls: int = 0
    haploid_calls: int = 0
    reference_records: int = 0


@dataclass(frozen=True)
class Calls:
    """Alternate alleles and the members' calls at them.

    `rows` and `blocks` are columns (see `records`); their `contig` numbers index `contigs`, names as the file
    writes them. REF and ALT of row i are bytes of `blob`. Rows are in file order. `last_line_ended` is False where
    the text stops without a line end, as it does when a file was cut short.
    """

    header: VcfHeader
    members: tuple[str, ...]
    contigs: tuple[str, ...]
    rows: Rows
    blocks: Blocks
    blob: NDArray[np.uint8]
    set_aside: SetAside
    last_line_ended: bool = True

    def __len__(self) -> int:
        return len(self.rows.pos)

    def ref(self, row: int) -> str:
        """The reference allele of a row."""
        start = int(self.rows.ref_start[row])
        return self.blob[start : start + int(self.rows.ref_len[row])].tobytes().decode("ascii")

    def alt(self, row: int) -> str:
        """The alternate allele of a row."""
        start = int(self.rows.alt_start[row])
        return self.blob[start : start + int(self.rows.alt_len[row])].tobytes().decode("ascii")

    def take(self, index: NDArray[Any]) -> Calls:
        """The same calls with only the rows chosen by a boolean mask or an index array."""
        return replace(self, rows=Rows(*(column[index] for column in self.rows)))


@dataclass
class _Batch:
    """What one call of the kernel gave: trimmed columns, contig names of runs, where it began and ended."""

    rows: Rows
    blocks: Blocks
    blob: NDArray[np.uint8]
    runs: list[str]
    counts: NDArray[np.int64]
    first: tuple[str, int, int] | None  # contig, position, line of the first record
    last: tuple[str, int] | None


@dataclass
class _Ending:
    """Whether the last of the pieces that went by ends with a line end."""

    ended: bool = True

    def watch(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        for piece in pieces:
            self.ended = piece.text.endswith(b"\n")
            yield piece


def read_calls(path: Path, members: Sequence[str]) -> Calls:
    """The calls of `members` (sample names; every one must be in the file) at all alleles of a VCF or BCF file.

    Raises MalformedRecordError naming file, line and value; CorruptFileError for damaged bytes;
    NoVariantsError when the file has no record. Columns of samples not asked for are skipped.
    """
    header, pieces = open_vcf(path)
    member_of = np.full(len(header.samples), -1, np.int64)
    for column, name in enumerate(members):
        member_of[header.samples.index(name)] = column
    ending = _Ending()
    parse = partial(_parse_piece, path, member_of, len(members))
    batches = list(_in_order(path, work_ahead(parse, ending.watch(pieces))))
    if not batches:
        raise NoVariantsError(
            "the file has a header but no variant records",
            where=str(path),
            advice="check that the file was written completely",
        )
    return replace(_join(header, tuple(members), batches), last_line_ended=ending.ended)


def _parse_piece(path: Path, member_of: NDArray[np.int64], n_members: int, piece: Piece) -> list[_Batch]:
    """The piece's batches; the kernel releases the interpreter lock, so pieces are parsed by several threads."""
    text = np.frombuffer(piece.text, np.uint8)
    cursor = np.zeros(records.N_CURSOR, np.int64)
    capacity, room = piece.text.count(b"\n") + 64, 1
    batches = []
    while True:
        before = int(cursor[records.AT])
        cursor[[records.ROWS, records.BLOCKS, records.RUNS, records.BYTES]] = 0
        cursor[records.LAST_POS] = -1
        counts = np.zeros(records.N_COUNTS, np.int64)
        output, runs = _empty_output(capacity, n_members), _empty_runs()
        blob = np.empty(max(len(text) - before, 64) * room, np.uint8)
        status = records.parse_records(text, piece.first_line, member_of, output, runs, blob, cursor, counts)
        if status not in (records.OK, records.FULL):
            raise _record_error(path, piece, status, cursor)
        batches.append(_trim(piece, output, runs, blob, cursor, counts))
        if status == records.OK:
            return batches
        if cursor[records.AT] == before:
            capacity, room = capacity * 4, room * 4  # one record larger than all the room there was


def _empty_output(n: int, members: int) -> Output:
    return Output(
        np.empty(n, records.SITE),
        np.empty((n, members), records.CALL),
        np.empty(n, records.BLOCK),
        np.empty((n, members), records.CALL),
    )


def _empty_runs() -> Runs:
    return Runs(np.empty(4096, np.int64), np.empty(4096, np.int64))


def _trim(
    piece: Piece,
    output: Output,
    runs: Runs,
    blob: NDArray[np.uint8],
    cursor: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> _Batch:
    n_rows, n_blocks, n_runs = (int(cursor[i]) for i in (records.ROWS, records.BLOCKS, records.RUNS))
    names = [
        piece.text[int(s) : int(e)].decode()
        for s, e in zip(runs.start[:n_runs], runs.end[:n_runs], strict=True)
    ]
    first = last = None
    if n_runs:
        first_at = int(runs.start[0])
        first_pos = int(piece.text[int(runs.end[0]) + 1 :].split(b"\t", 1)[0])
        first = (names[0], first_pos, piece.first_line + piece.text.count(b"\n", 0, first_at))
        last = (names[-1], int(cursor[records.LAST_POS]))
    return _Batch(
        Rows(**_columns(output.sites[:n_rows]), **_columns(output.calls[:n_rows])),
        Blocks(**_columns(output.blocks[:n_blocks]), **_columns(output.block_calls[:n_blocks], _OF_BLOCKS)),
        blob[: int(cursor[records.BYTES])].copy(),
        names,
        counts,
        first,
        last,
    )


_OF_BLOCKS = ("state", "depth", "quality")


def _columns(table: NDArray[Any], names: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
    """The columns of a structured array, each in one stretch of memory."""
    return {name: np.ascontiguousarray(table[name]) for name in names or table.dtype.names or ()}


def _in_order(path: Path, groups: Iterator[list[_Batch]]) -> Iterator[_Batch]:
    """The batches, once positions are known to be sorted across their borders and contigs to come in one block."""
    seen: dict[str, str] = {}
    last: tuple[str, int] | None = None
    for batch in (batch for group in groups for batch in group):
        if batch.first is None:
            continue
        continues = last is not None and batch.first[0] == last[0]
        new = batch.runs[1:] if continues else batch.runs
        for name in new:
            bare = bare_contig(name)
            if bare in seen:
                raise _comes_back(f"{path}, after line {batch.first[2] - 1}", name, seen[bare])
            seen[bare] = name
        if continues and last is not None and batch.first[1] < last[1]:
            raise _unsorted(
                f"{path}, line {batch.first[2]}", f"{batch.first[0]}:{batch.first[1]} after {last[1]}"
            )
        last = batch.last
        yield batch


def _join(header: VcfHeader, members: tuple[str, ...], batches: list[_Batch]) -> Calls:
    contigs: dict[str, int] = {}
    blob_at = record_at = 0
    for batch in batches:
        numbers = np.array([contigs.setdefault(name, len(contigs)) for name in batch.runs], np.int32)
        batch.rows.contig[:] = numbers[batch.rows.contig]
        batch.blocks.contig[:] = numbers[batch.blocks.contig]
        batch.rows.ref_start[:] += blob_at
        batch.rows.alt_start[:] += blob_at
        batch.rows.record[:] += record_at
        blob_at += len(batch.blob)
        record_at += int(batch.counts[records.N_RECORDS])
    counts = np.sum([batch.counts for batch in batches], axis=0)
    return Calls(
        header,
        members,
        tuple(contigs),
        Rows(*(np.concatenate(columns) for columns in zip(*(b.rows for b in batches), strict=True))),
        Blocks(*(np.concatenate(columns) for columns in zip(*(b.blocks for b in batches), strict=True))),
        np.concatenate([b.blob for b in batches]),
        SetAside(*(int(n) for n in counts[: records.N_REFERENCE + 1])),
    )


_MESSAGES = {
    records.TOO_FEW_COLUMNS: (
        "the line has fewer columns than the header",
        "the file may be cut short; get it again",
    ),
    records.TOO_MANY_COLUMNS: ("the line has more columns than the header", "correct the line"),
    records.BAD_POS: ("POS is not a whole number", "correct the record"),
    records.BAD_REF: ("REF must be bases (A C G T N)", "correct the record"),
    records.BAD_ALT: ("ALT is neither bases, *, <symbolic> nor a breakend", "correct the record"),
    records.UNSORTED: ("the records are not sorted by position", "sort the file: bcftools sort"),
    records.BAD_GENOTYPE: ("GT cannot be read", "a genotype looks like 0/1, 1|0, 1 or ./."),
    records.ALLELE_RANGE: ("GT names an allele that the record does not have", "correct the record"),
    records.NO_GT: ("FORMAT has no GT: the record has no genotypes", "give a file with genotypes"),
}


def _record_error(path: Path, piece: Piece, status: int, cursor: NDArray[np.int64]) -> TrihelixError:
    at, value_at = int(cursor[records.AT]), int(cursor[records.VALUE_AT])
    line = piece.text[at:].split(b"\n", 1)[0]
    columns = line.split(b"\t")
    what, advice = _MESSAGES[status]
    site = b":".join(columns[:2])[:60].decode("ascii", "replace")
    value: str | int = (
        piece.text[value_at : value_at + 60].split(b"\t")[0].split(b"\n")[0].decode("ascii", "replace")
    )
    if status in (records.TOO_FEW_COLUMNS, records.TOO_MANY_COLUMNS):
        value = f"{len(columns)} columns"
    number = piece.first_line + int(cursor[records.LINES])
    return MalformedRecordError(what, where=f"{path}, line {number} ({site})", value=value, advice=advice)


def _comes_back(where: str, name: str, before: str) -> MalformedRecordError:
    if name == before:
        return _unsorted(where, f"contig {name} comes back")
    return MalformedRecordError(
        "one contig is written in two ways",
        where=where,
        value=f"{before} and {name}",
        advice="name every contig in one way; parts of different files may have been put together",
    )


def _unsorted(where: str, value: str) -> MalformedRecordError:
    what, advice = _MESSAGES[records.UNSORTED]
    return MalformedRecordError(what, where=where, value=value, advice=advice)
