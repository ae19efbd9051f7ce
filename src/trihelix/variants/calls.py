"""The calls of some members in one variant file, as columns: read whole, checked, nothing dropped unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.formats.vcf import VcfHeader, open_records
from trihelix.model.assembly import bare_contig
from trihelix.model.errors import MalformedRecordError, NoVariantsError
from trihelix.reference.allele_keys import Alleles, allele_keys
from trihelix.variants import codes
from trihelix.variants.columns import Blocks, Rows
from trihelix.variants.gathering import Gathered
from trihelix.variants.parsing import Batch, Parser, unsorted

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


def read_calls(path: Path, members: Sequence[str]) -> Calls:
    """The calls of `members` (sample names; every one must be in the file) at all alleles of a VCF or BCF file.

    Raises MalformedRecordError naming file, line and value; CorruptFileError for damaged bytes;
    NoVariantsError when the file has no record. Columns of samples not asked for are skipped.
    """
    records = open_records(path)
    header = records.header
    member_of = np.full(len(header.samples), -1, np.int64)
    for column, name in enumerate(members):
        member_of[header.samples.index(name)] = column
    parser = Parser(path, member_of, len(members))
    gathered, order = Gathered(len(members)), _Order(path)
    line, ended = header.lines + 1, True
    for parsed in records.work_on_lines(parser.parse):
        if parsed.error:
            raise parsed.error(line)
        for batch in parsed.batches:
            order.check(batch, line)
            gathered.add(batch, line, parsed.share)
            parser.give_back(batch)
        line, ended = line + parsed.lines, parsed.ended
    if order.last is None:
        raise NoVariantsError(
            "the file has a header but no variant records",
            where=str(path),
            advice="check that the file was written completely",
        )
    return _calls(header, tuple(members), gathered, ended)


def _calls(header: VcfHeader, members: tuple[str, ...], gathered: Gathered, ended: bool) -> Calls:
    rows, blob = gathered.rows(), gathered.blob()
    without = np.flatnonzero(rows.key == codes.NO_KEY)
    if len(without):
        rows.key[without] = keys_at(rows, blob, without)
    set_aside = SetAside(*(int(n) for n in gathered.counts[: codes.N_REFERENCE + 1]))
    return Calls(header, members, tuple(gathered.contigs), rows, gathered.blocks(), blob, set_aside, ended)


def keys_at(rows: Rows, blob: NDArray[np.uint8], index: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The keys of some rows, made from their bases."""
    wide = np.int64
    return allele_keys(
        Alleles(
            rows.pos[index],
            rows.ref_start[index].astype(wide),
            rows.ref_len[index],
            rows.alt_start[index].astype(wide),
            rows.alt_len[index],
            blob,
        )
    )


@dataclass
class _Order:
    """Positions must be sorted also across the borders of batches, and contigs come in one block."""

    path: Path
    last: tuple[str, int] | None = None
    seen: dict[str, str] = field(default_factory=dict)

    def check(self, batch: Batch, first_line: int) -> None:
        """Raises MalformedRecordError if the batch cannot follow what came before."""
        contig, pos, at = batch.first
        line = first_line + at
        continues = self.last is not None and contig == self.last[0]
        for name in batch.runs[1:] if continues else batch.runs:
            bare = bare_contig(name)
            if bare in self.seen:
                raise _comes_back(f"{self.path}, after line {line - 1}", name, self.seen[bare])
            self.seen[bare] = name
        if continues and self.last is not None and pos < self.last[1]:
            raise unsorted(f"{self.path}, line {line}", f"{contig}:{pos} after {self.last[1]}")
        self.last = batch.last


def _comes_back(where: str, name: str, before: str) -> MalformedRecordError:
    if name == before:
        return unsorted(where, f"contig {name} comes back")
    return MalformedRecordError(
        "one contig is written in two ways",
        where=where,
        value=f"{before} and {name}",
        advice="name every contig in one way; parts of different files may have been put together",
    )
