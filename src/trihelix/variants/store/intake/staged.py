"""One variant file brought into the store's form in a folder of its own: parts, reference blocks, and a journal.

The journal is written each time a part is finished, so that work which was interrupted goes on behind that part.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.formats.bgzf import open_binary
from trihelix.model.assembly import bare_contig, display_contig
from trihelix.model.errors import FileUnreadableError, MalformedRecordError
from trihelix.reference.genome import Genome
from trihelix.variants import codes
from trihelix.variants.store.batches import PartEntry
from trihelix.variants.store.genotypes import Genotypes, Lists, ReferenceBlocks
from trihelix.variants.store.intake.sorting import HOLD_BACK, Sorter
from trihelix.variants.store.intake.writing import FolderWriter
from trihelix.variants.store.layout import NO_COLUMNS, Columns
from trihelix.variants.store.parts.rows import take_rows
from trihelix.variants.store.reading import GenotypeFile, Piece, ReadingRequest, open_genotypes

JOURNAL, COPIES, BLOCKS = "journal.json", "copies.npy", "blocks"
BLOCK = np.dtype(
    [("pos", "i4"), ("end", "i4"), ("sample", "u4"), ("dp", "i2"), ("gq", "i2"), ("state", "i1")]
)
_CHUNK = 1 << 22

Progress = Callable[[float, int], None]  # share of the file read, records so far


@dataclass(frozen=True)
class Source:
    """A file to ingest, as it was when it was first looked at."""

    path: Path
    sha256: str
    size: int
    modified: int


@dataclass
class Journal:
    """What a staged file has come to."""

    sha256: str
    contigs: dict[str, int] = field(default_factory=dict)
    parts: list[PartEntry] = field(default_factory=list)
    columns: Columns = NO_COLUMNS
    counts: dict[str, int] = field(default_factory=dict)
    blocks: int = 0
    with_blocks: bool = False
    resume: Any = None
    contig: str = ""
    written: int = 0
    finished: bool = False


@dataclass(frozen=True)
class Staged:
    """A file in the store's form. `copies` (region, sample) are expected or, where nothing was expected, as written."""

    folder: Path
    source: Source
    samples: tuple[str, ...]
    journal: Journal
    copies: NDArray[np.uint8]

    def blocks(self, contig: str) -> NDArray[Any]:
        """The reference blocks of a contig, mapped, sorted by position."""
        path = self.folder / BLOCKS / f"{bare_contig(contig)}.npy"
        if not path.exists():
            return np.zeros(0, BLOCK)
        return np.memmap(path, BLOCK, "r") if path.stat().st_size else np.zeros(0, BLOCK)


def look_at(path: Path) -> Source:
    """The file's checksum and state; FileUnreadableError if it cannot be read."""
    with open_binary(path) as handle:
        before = os.fstat(handle.fileno())
        digest = hashlib.sha256()
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
    return Source(path, digest.hexdigest(), before.st_size, before.st_mtime_ns)


def check_unchanged(source: Source) -> None:
    """FileUnreadableError if the file is not what it was when its checksum was taken."""
    now = source.path.stat() if source.path.exists() else None
    if now is None or (now.st_size, now.st_mtime_ns) != (source.size, source.modified):
        raise FileUnreadableError(
            "the file changed while it was read",
            where=str(source.path),
            value=f"{source.size:,} bytes at first, {now.st_size if now else 0:,} now",
            advice="wait until it is written completely, then ingest it again; nothing was ingested",
        )


@dataclass(frozen=True)
class Staging:
    """How files are staged: `kin` gives the relatives of each sample of a file, `expected` its copies per region."""

    genome: Genome | None
    assembly: str | None
    kin: Callable[[tuple[str, ...]], Lists | None]
    expected: Callable[[tuple[str, ...]], NDArray[np.uint8]]
    rare_at_most: Callable[[int], int]
    rows_per_part: int


def stage(source: Source, folder: Path, how: Staging, progress: Progress) -> Staged:
    """Bring a file into the store's form; goes on where an earlier attempt in the folder stopped.

    Raises what reading raises; the folder is then left for another attempt.
    """
    folder.mkdir(parents=True, exist_ok=True)
    journal = _read_journal(folder, source)
    file = open_genotypes(source.path, ReadingRequest(assembly=how.assembly))
    samples = file.header.samples
    if journal.finished:
        return Staged(folder, source, samples, journal, np.load(folder / COPIES))
    copies = np.load(folder / COPIES) if journal.resume is not None else how.expected(samples)
    request = ReadingRequest(
        kin=how.kin(samples), rare_at_most=how.rare_at_most(len(samples)), expected=copies,
        assembly=how.assembly, start=journal.resume,
    )  # fmt: skip
    work = _Work(folder, source, journal, how, copies)
    work.run(open_genotypes(source.path, request), progress)
    check_unchanged(source)
    return Staged(folder, source, samples, journal, copies)


def _read_journal(folder: Path, source: Source) -> Journal:
    path = folder / JOURNAL
    if not path.exists():
        return Journal(source.sha256)
    told: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    journal = Journal(**{f.name: told[f.name] for f in fields(Journal)})
    journal.parts = [PartEntry(**part) for part in told["parts"]]
    journal.columns = Columns(**told["columns"])
    return journal


def _without_empty_quality(rows: Genotypes) -> Genotypes:
    """No quality columns where they say nothing but what other rows and exceptions of the record say as well."""
    of = rows.quality
    if of is None or rows.companions is not None:
        return rows
    told = (of.flags & codes.PHASED).any() or (of.phase_set >= 0).any()
    depths = (of.dp, of.gq, of.ref_depth, of.alt_depth)
    return rows if told or any((column >= 0).any() for column in depths) else replace(rows, quality=None)


class _Work:
    """The state of staging one file."""

    def __init__(
        self, folder: Path, source: Source, journal: Journal, how: Staging, copies: NDArray[np.uint8]
    ) -> None:
        self._folder, self._source, self._journal, self._how = folder, source, journal, how
        self._copies = copies
        self._filters: dict[str, int] = {}
        self._sorter: Sorter | None = None
        self._pieces: list[tuple[Any, int]] = []  # token before a piece, its last position
        self._before: Any = journal.resume
        self._reached = journal.resume is None
        self._blocks: dict[str, Any] = {}

    def run(self, file: GenotypeFile, progress: Progress) -> None:
        """Read the file to its end."""
        samples = len(file.header.samples)
        self._lengths = file.header.contigs
        self._writer = FolderWriter(self._folder, samples, self._source.sha256[:16], self._filters)
        self._writer.rows_per_part = self._how.rows_per_part
        self._writer.parts, self._writer.columns = self._journal.parts, self._journal.columns
        self._journal.contigs = {self._display(name): length for name, length in file.header.contigs.items()}
        try:
            for piece in file.pieces():
                self._add(piece)
                progress(piece.share, piece.records)
            self._end_contig()
            self._writer.finish()
        except BaseException:
            self._writer.abandon()
            raise
        finally:
            for handle in self._blocks.values():
                handle.close()
        # A gVCF has blocks, or says more places to be reference than it has variants; a VCF may have a few.
        rows = sum(part.rows for part in self._writer.parts)
        self._journal.with_blocks |= self._journal.blocks > rows
        self._journal.finished, self._journal.resume = True, None
        self._save()

    def _display(self, name: str) -> str:
        return display_contig(bare_contig(name), self._how.assembly, name)

    def _add(self, piece: Piece) -> None:
        self._filters |= {text: n for n, text in enumerate(piece.filters)}
        self._journal.counts = asdict(piece.set_aside)
        self._add_blocks(piece)
        contig = piece.genotypes.sites.contig
        borders = np.flatnonzero(np.diff(contig)) + 1
        for rows in np.split(np.arange(len(contig)), borders):
            if len(rows):
                whole = len(rows) == len(contig)
                some = piece.genotypes if whole else take_rows(piece.genotypes, rows)
                self._add_rows(piece.contigs[int(contig[rows[0]])], some)
        self._before = piece.resume

    def _add_rows(self, name: str, rows: Genotypes) -> None:
        rows = _without_empty_quality(rows)
        self._check_positions(name, rows)
        contig = self._display(name)
        self._reached |= contig == self._journal.contig
        if not self._reached:
            return  # of a contig before the one where the attempt before stopped
        if self._sorter is None or self._sorter.contig != contig:
            self._end_contig()
            written = self._journal.written if contig == self._journal.contig else 0
            self._sorter = Sorter(contig, self._how.genome, str(self._source.path), self._filters, written)
            self._skip_before = written
        self._pieces.append((self._before, int(rows.sites.pos.max())))
        settled = self._sorter.add(rows)
        if settled is not None:
            self._write(contig, settled)

    def _check_positions(self, name: str, rows: Genotypes) -> None:
        length = self._lengths.get(name, 0)
        if not length:
            return
        ends = rows.sites.pos + rows.sites.ref_len - 1
        if int(ends.max()) > length:
            row = int(np.argmax(ends > length))
            raise MalformedRecordError(
                "a record reaches beyond the end of its contig",
                where=f"{self._source.path}, {name}:{int(rows.sites.pos[row])}",
                value=f"{name} ends at {length:,}",
                advice="the record is damaged, or the file was made against another assembly",
            )

    def _write(self, contig: str, rows: Genotypes) -> None:
        if self._skip_before:  # these stand in parts of the attempt before
            rows = take_rows(rows, np.flatnonzero(rows.sites.pos >= self._skip_before))
        if len(rows) and self._writer.write(contig, rows) and not self._blocks:
            self._save_place(contig)

    def _save_place(self, contig: str) -> None:
        """The journal tells where to read on: at the first piece with rows that no finished part has."""
        assert self._sorter is not None
        written = self._writer.parts[-1].last + 1
        keep = [i for i, (_, last) in enumerate(self._pieces) if last >= written - HOLD_BACK]
        self._pieces = self._pieces[keep[0] :] if keep else []
        journal = self._journal
        journal.contig, journal.written = contig, written
        journal.resume = self._pieces[0][0] if self._pieces else self._before
        if journal.resume is not None:
            self._save()

    def _end_contig(self) -> None:
        if self._sorter is None:
            return
        rest = self._sorter.rest()
        if rest is not None:
            self._write(self._sorter.contig, rest)
        counts = self._journal.counts
        counts["moved"] = counts.get("moved", 0) + self._sorter.moved
        counts["left_in_place"] = counts.get("left_in_place", 0) + self._sorter.left_in_place
        self._sorter, self._pieces = None, []

    def _add_blocks(self, piece: Piece) -> None:
        blocks: ReferenceBlocks = piece.blocks
        if not len(blocks.pos):
            return
        self._journal.blocks += len(blocks.pos)
        self._journal.with_blocks |= bool((blocks.end > blocks.pos).any())
        for number in np.unique(blocks.contig).tolist():
            chosen = blocks.contig == number
            made = np.zeros(int(chosen.sum()), BLOCK)
            for name in BLOCK.names or ():
                made[name] = getattr(blocks, name)[chosen]
            bare = bare_contig(piece.contigs[number])
            if bare not in self._blocks:
                (self._folder / BLOCKS).mkdir(exist_ok=True)
                self._blocks[bare] = (self._folder / BLOCKS / f"{bare}.npy").open("wb")
            self._blocks[bare].write(made.tobytes())

    def _save(self) -> None:
        journal = self._journal
        journal.parts, journal.columns = self._writer.parts, self._writer.columns
        np.save(self._folder / f".{COPIES}.npy", self._copies)
        (self._folder / f".{COPIES}.npy").replace(self._folder / COPIES)
        told = {f.name: getattr(journal, f.name) for f in fields(Journal)}
        told |= {"parts": [p.as_dict() for p in journal.parts], "columns": vars(journal.columns)}
        draft = self._folder / f".{JOURNAL}"
        draft.write_text(json.dumps(told), encoding="utf-8")
        draft.replace(self._folder / JOURNAL)
