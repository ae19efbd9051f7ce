"""A folder of parts written: rows gathered into full row groups, row groups into parts of bounded size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trihelix.variants.store import layout
from trihelix.variants.store.batches import PartEntry
from trihelix.variants.store.genotypes import Genotypes
from trihelix.variants.store.layout import NO_COLUMNS, Columns
from trihelix.variants.store.parts.rows import concatenate, slice_rows, with_own_bases
from trihelix.variants.store.parts.writer import PartWriter, group_borders


@dataclass
class FolderWriter:
    """Writes sorted rows, contig by contig, as parts `contig=NAME/part-00000.parquet` of a folder.

    `filters` numbers FILTER texts as the rows do. Parts are whole once they stand in `parts`.
    """

    folder: Path
    samples: int
    batch: str
    filters: Mapping[str, int]
    parts: list[PartEntry] = field(default_factory=list)
    columns: Columns = NO_COLUMNS
    rows_per_part: int = layout.ROWS_PER_PART
    _writer: PartWriter | None = None
    _path: str = ""
    _contig: str = ""
    _held: list[Genotypes] = field(default_factory=list)
    _rows: int = 0

    def write(self, contig: str, genotypes: Genotypes) -> bool:
        """Add rows behind those of the same contig. True where a part was finished by that."""
        finished = len(self.parts)
        if self._held and contig != self._contig:
            self.finish()
        self._contig = contig
        self._held.append(genotypes)
        if sum(map(len, self._held)) >= layout.rows_per_group(self.samples):
            self._write_full()
        return len(self.parts) > finished

    def finish(self) -> None:
        """Write what is held, and close the part."""
        if self._held:
            self._write_rows(concatenate(self._held))
            self._held = []
        self._close()

    def abandon(self) -> None:
        """Let go of the open file after a failure; what it holds is not whole and not in `parts`."""
        if self._writer is not None:
            self._writer.abandon()
            self._writer = None

    def _write_full(self) -> None:
        """Write all row groups but the last, which may still grow."""
        rows = concatenate(self._held)
        first, _ = group_borders(rows)[-1]
        while first > 0 and rows.sites.pos[first] == rows.sites.pos[first - 1]:
            first -= 1  # a part does not end within a position: work that is taken up goes on at the next
        self._held = [with_own_bases(slice_rows(rows, first, len(rows)))]
        if first:
            self._write_rows(slice_rows(rows, 0, first))

    def _write_rows(self, rows: Genotypes) -> None:
        needed = _columns_of(rows)
        if self._writer is not None and not _covers(self._open_columns, needed):
            self._close()
        if self._writer is None:
            self._open(needed)
        assert self._writer is not None
        self._writer.write(rows, list(self.filters))
        self._rows += len(rows)
        if self._rows >= self.rows_per_part:
            self._close()

    def _open(self, columns: Columns) -> None:
        number = sum(part.contig == self._contig for part in self.parts)
        self._path = f"contig={self._contig}/part-{number:05d}.parquet"
        path = self.folder / self._path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open_columns, self._rows = columns, 0
        self._writer = PartWriter(path, self.samples, columns, self.batch, self._contig)

    def _close(self) -> None:
        if self._writer is None:
            return
        summary = self._writer.close()
        self._writer = None
        self.parts.append(
            PartEntry(self._path, self._contig, summary.rows, summary.groups, summary.first, summary.last)
        )
        self.columns = Columns(
            *(getattr(self.columns, n) or getattr(self._open_columns, n) for n in vars(self.columns))
        )

    _open_columns: Columns = NO_COLUMNS


def _columns_of(rows: Genotypes) -> Columns:
    return Columns(rows.quality is not None, rows.sources is not None, rows.companions is not None)


def _covers(have: Columns, need: Columns) -> bool:
    return all(getattr(have, name) or not getattr(need, name) for name in vars(need))
