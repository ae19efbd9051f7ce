"""A store at one of its states: its batches, their samples and parts, opened when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from numpy.typing import NDArray

from trihelix.model.assembly import bare_contig
from trihelix.variants.store import ploidy
from trihelix.variants.store import samples as samples_file
from trihelix.variants.store.callable import CallableRegions
from trihelix.variants.store.cohorts import Cohort, bitmap_of
from trihelix.variants.store.commit import Snapshot, Store
from trihelix.variants.store.commits.manifest import BatchEntry
from trihelix.variants.store.layout import Columns
from trihelix.variants.store.parts.tiles import Part, Tile, open_part
from trihelix.variants.store.regions import Region, everywhere, in_genome_order
from trihelix.variants.store.samples import AbsentIs, Samples, read_samples


@dataclass(frozen=True)
class PartEntry:
    """What the manifest says of a part: its path below the batch's folder, its contig as the assembly names it, and
    the places of its first and last row."""

    path: str
    contig: str
    rows: int
    groups: int
    first: int
    last: int

    def as_dict(self) -> dict[str, Any]:
        """As it stands in the manifest."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class Batch:
    """Genomes that came in together, opened for reading."""

    root: Path
    entry: BatchEntry

    @property
    def id(self) -> str:
        """The key of the batch in cohorts."""
        return self.entry.id

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self.root / self.entry.folder

    @cached_property
    def samples(self) -> Samples:
        """Who is in it."""
        return read_samples(self.folder / samples_file.FILE_NAME)

    @cached_property
    def id_series(self) -> pl.Series:
        """The sample ids, by ordinal, for tables."""
        return pl.Series(self.samples.ids, dtype=pl.String)

    @cached_property
    def expected_copies(self) -> NDArray[np.uint8]:
        """Copies by region and sample."""
        return ploidy.expected_copies(self.samples)

    def absent_is(self, what: AbsentIs) -> NDArray[np.bool_]:
        """Of which samples a site absent from their file is `what`."""
        if what not in self._absent:
            self._absent[what] = np.asarray(self.samples.absent_is == what.value, np.bool_)
        return self._absent[what]

    @cached_property
    def _absent(self) -> dict[AbsentIs, NDArray[np.bool_]]:
        return {}

    @cached_property
    def callable(self) -> CallableRegions:
        """Where its samples are reference by their gVCFs."""
        below = f"{self.entry.folder}/callable/"
        paths = [self.root / file.path for file in self.entry.files if file.path.startswith(below)]
        return CallableRegions(paths, self.entry.samples)

    @property
    def has_callable(self) -> bool:
        """Whether some samples came as gVCF."""
        return any(file.path.startswith(f"{self.entry.folder}/callable/") for file in self.entry.files)

    @property
    def several_sources(self) -> bool:
        """Whether rows may be absent from some of the batch's files."""
        return bool(self.entry.details["several_sources"])

    @cached_property
    def parts(self) -> tuple[PartEntry, ...]:
        """All parts, in the order of the genome."""
        return tuple(PartEntry(**part) for part in self.entry.details["parts"])

    @cached_property
    def sources(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """(source, sample) pairs: which samples stand in which of the files that the rows' `sources` number."""
        table = pq.ParquetFile(self.folder / "sources.parquet").read()
        return table["source"].to_numpy(), table["sample"].to_numpy()

    @property
    def contigs(self) -> Mapping[str, int]:
        """Contigs that its files named, as the assembly names them, with their lengths (0 = not told)."""
        told: Mapping[str, int] = self.entry.details["contigs"]
        return told

    @property
    def columns(self) -> Columns:
        """Which columns its parts have."""
        return Columns(**self.entry.details["columns"])

    def part(self, entry: PartEntry) -> Part:
        """Open a part; once for each batch object."""
        if entry.path not in self._open:
            self._open[entry.path] = open_part(self.folder / entry.path)
        return self._open[entry.path]

    @cached_property
    def _open(self) -> dict[str, Part]:
        return {}

    def tiles(self, region: Region) -> Iterator[Tile]:
        """The row groups that may have rows in a region, in order."""
        for entry in self.parts:
            if (
                bare_contig(entry.contig) != region.contig
                or entry.first > region.last
                or entry.last < region.first
            ):
                continue
            part = self.part(entry)
            inside = np.flatnonzero((part.spans[:, 0] <= region.last) & (part.spans[:, 1] >= region.first))
            for group in inside.tolist():
                yield part.tile(group)


@dataclass(frozen=True)
class View:
    """A store at one state. Withdrawn samples are in its files until `compact --purge`, and in none of its answers."""

    store: Store
    snapshot: Snapshot

    @property
    def assembly(self) -> str | None:
        """The genome assembly of every row."""
        return self.store.assembly

    @cached_property
    def batches(self) -> tuple[Batch, ...]:
        """The batches, oldest first."""
        return tuple(Batch(self.snapshot.root, entry) for entry in self.snapshot.manifest.batches)

    @cached_property
    def samples(self) -> dict[str, Samples]:
        """The samples of each batch, by batch id."""
        return {batch.id: batch.samples for batch in self.batches}

    @cached_property
    def everyone(self) -> Cohort:
        """All samples but the withdrawn."""
        return Cohort({batch.id: bitmap_of(~self.withdrawn_samples(batch)) for batch in self.batches})

    @cached_property
    def hidden(self) -> dict[Region, pl.DataFrame]:
        """The alleles that nobody but withdrawn people carries, by region; see `hidden`."""
        return {}

    @cached_property
    def withdrawn(self) -> int:
        """How many samples are tombstoned but still in the files."""
        return sum(int(self.withdrawn_samples(batch).sum()) for batch in self.batches)

    def withdrawn_samples(self, batch: Batch) -> NDArray[np.bool_]:
        """Which samples of a batch are tombstoned."""
        if batch.id not in self._gone:
            gone = self.snapshot.manifest.tombstones
            flags = np.zeros(batch.entry.samples, np.bool_)
            if gone:
                flags[:] = [self.store.digest(sample) in gone for sample in batch.samples.ids]
            self._gone[batch.id] = flags
        return self._gone[batch.id]

    @cached_property
    def _gone(self) -> dict[str, NDArray[np.bool_]]:
        return {}

    @cached_property
    def contigs(self) -> dict[str, int]:
        """Contigs of all batches, as the assembly names them, with their lengths (0 = not told)."""
        return in_genome_order(batch.contigs for batch in self.batches)

    def regions(self, asked: Sequence[Region] | None) -> list[Region]:
        """The regions asked for; every contig that has rows where none is, in the order of the genome."""
        if asked is not None:
            return list(asked)
        parts = {part.contig: 0 for batch in self.batches for part in batch.parts}
        have = {bare_contig(name) for name in parts}
        return [
            everywhere(name) for name in in_genome_order([self.contigs, parts]) if bare_contig(name) in have
        ]

    def display(self, bare: str) -> str:
        """A contig as the store's files name it."""
        return next((name for name in self.contigs if bare_contig(name) == bare), bare)
