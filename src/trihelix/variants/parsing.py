"""Stretches of record lines parsed into batches of columns by any thread; what is wrong is told once lines have numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trihelix.formats.lines import Lines
from trihelix.formats.vcf import invalid_text
from trihelix.model.errors import MalformedRecordError, TrihelixError
from trihelix.variants import codes
from trihelix.variants.codes import Output
from trihelix.variants.records import parse_records

MOST_ROWS = 1 << 15  # of one batch; fewer where there are many members
MOST_CALLS = 1 << 19
BLOB_SIZE = 1 << 20
MOST_RUNS = 4096


@dataclass(frozen=True)
class Batch:
    """What one call of the kernel gave. `first` is contig, position and line of the first record, `last` contig and
    position of the last; lines and records are numbered from 0 at the stretch's and the batch's beginning."""

    output: Output
    rows: int
    blocks: int
    bases: int
    runs: list[str]
    counts: NDArray[np.int64]
    first: tuple[str, int, int]
    last: tuple[str, int]


@dataclass(frozen=True)
class Parsed:
    """A stretch of lines: its batches, or `error`, which gives what is wrong for the number of the first line."""

    batches: list[Batch]
    lines: int
    share: float
    ended: bool
    error: Callable[[int], TrihelixError] | None = None


@dataclass(frozen=True)
class Parser:
    """Parses stretches of one file; `member_of[j]` is the member's column of sample j or -1. Arrays that were given
    back are used again: fresh memory is slow."""

    path: Path
    member_of: NDArray[np.int64]
    members: int
    free: deque[Output] = field(default_factory=deque)

    def give_back(self, batch: Batch) -> None:
        """Nothing of the batch is needed any more."""
        if len(batch.output.sites) == self._usual_rows() and len(batch.output.blob) == BLOB_SIZE:
            self.free.append(batch.output)

    def parse(self, lines: Lines) -> Parsed:
        """The batches of a stretch. Several threads may call this: the kernel releases the interpreter lock."""
        ended = lines.text[lines.end - 1] == ord("\n")
        if invalid := invalid_text(self.path, lines):
            return Parsed([], 0, lines.share, ended, invalid)
        text = np.frombuffer(lines.text, np.uint8)
        cursor = np.zeros(codes.N_CURSOR, np.int64)
        cursor[codes.AT] = lines.start
        batches: list[Batch] = []
        growth = 1
        while True:
            before = int(cursor[codes.AT])
            cursor[[codes.ROWS, codes.BLOCKS, codes.RUNS, codes.BYTES]] = 0
            cursor[[codes.LAST_POS, codes.FIRST_POS]] = -1
            counts = np.zeros(codes.N_COUNTS, np.int64)
            output = self._output(growth)
            status = parse_records(text, lines.end, self.member_of, output, cursor, counts)
            if status not in (codes.OK, codes.FULL):
                error = partial(record_error, self.path, lines, status, cursor)
                return Parsed([], 0, lines.share, ended, error)
            if cursor[codes.RUNS]:
                batches.append(_batch(lines.text, output, cursor, counts))
            if status == codes.OK:
                return Parsed(batches, int(cursor[codes.LINES]), lines.share, ended)
            growth = growth * 4 if cursor[codes.AT] == before else 1  # one record larger than all the room

    def _usual_rows(self) -> int:
        return max(64, min(MOST_ROWS, MOST_CALLS // max(self.members, 1)))

    def _output(self, growth: int) -> Output:
        if growth == 1:
            try:
                return self.free.pop()
            except IndexError:
                pass
        rows = self._usual_rows() * growth
        return Output(
            np.empty(rows, codes.SITE),
            np.empty((rows, self.members), codes.CALL),
            np.empty(rows, codes.BLOCK),
            np.empty((rows, self.members), codes.CALL),
            np.empty(BLOB_SIZE * growth, np.uint8),
            np.empty(MOST_RUNS, np.int64),
            np.empty(MOST_RUNS, np.int64),
        )


def _batch(text: bytes, output: Output, cursor: NDArray[np.int64], counts: NDArray[np.int64]) -> Batch:
    rows, blocks, n_runs, bases = (
        int(cursor[i]) for i in (codes.ROWS, codes.BLOCKS, codes.RUNS, codes.BYTES)
    )
    runs = [
        text[int(s) : int(e)].decode()
        for s, e in zip(output.run_start[:n_runs], output.run_end[:n_runs], strict=True)
    ]
    first = (runs[0], int(cursor[codes.FIRST_POS]), int(cursor[codes.FIRST_LINE]))
    return Batch(output, rows, blocks, bases, runs, counts, first, (runs[-1], int(cursor[codes.LAST_POS])))


_MESSAGES = {
    codes.TOO_FEW_COLUMNS: (
        "the line has fewer columns than the header",
        "the file may be cut short; get it again",
    ),
    codes.TOO_MANY_COLUMNS: ("the line has more columns than the header", "correct the line"),
    codes.BAD_POS: ("POS is not a whole number", "correct the record"),
    codes.BAD_REF: ("REF must be bases (A C G T N)", "correct the record"),
    codes.BAD_ALT: ("ALT is neither bases, *, <symbolic> nor a breakend", "correct the record"),
    codes.UNSORTED: ("the records are not sorted by position", "sort the file: bcftools sort"),
    codes.BAD_GENOTYPE: ("GT cannot be read", "a genotype looks like 0/1, 1|0, 1 or ./."),
    codes.ALLELE_RANGE: ("GT names an allele that the record does not have", "correct the record"),
    codes.NO_GT: ("FORMAT has no GT: the record has no genotypes", "give a file with genotypes"),
}


def record_error(
    path: Path, lines: Lines, status: int, cursor: NDArray[np.int64], first_line: int
) -> MalformedRecordError:
    """What is wrong with the record where the kernel stopped."""
    at, value_at = int(cursor[codes.AT]), int(cursor[codes.VALUE_AT])
    columns = lines.text[at : lines.end].split(b"\n", 1)[0].split(b"\t")
    what, advice = _MESSAGES[status]
    site = b":".join(columns[:2])[:60].decode("ascii", "replace")
    shown = lines.text[value_at : min(value_at + 60, lines.end)].split(b"\t")[0].split(b"\n")[0]
    value = shown.decode("ascii", "replace")
    if status in (codes.TOO_FEW_COLUMNS, codes.TOO_MANY_COLUMNS):
        value = f"{len(columns)} columns"
    number = first_line + int(cursor[codes.LINES])
    return MalformedRecordError(what, where=f"{path}, line {number} ({site})", value=value, advice=advice)


def unsorted(where: str, value: str) -> MalformedRecordError:
    """The error for records out of order."""
    what, advice = _MESSAGES[codes.UNSORTED]
    return MalformedRecordError(what, where=where, value=value, advice=advice)
