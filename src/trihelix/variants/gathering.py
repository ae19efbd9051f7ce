"""The columns of a whole file, gathered batch by batch: values are copied once, and memory is never doubled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.variants import codes
from trihelix.variants.columns import Blocks, Rows
from trihelix.variants.parsing import Batch

Layout = Mapping[str, tuple[np.dtype[Any], tuple[int, ...]]]
_MARGIN = 1.15
_LARGEST_START = (1 << 31) - 1


class Growing:
    """Arrays of equal length that grow at their end. Room is made for what the whole file will probably need; room
    that is never written costs no memory."""

    def __init__(self, layout: Layout) -> None:
        self.used = 0
        self._room = 0
        self._columns = {name: np.empty((0, *shape), kind) for name, (kind, shape) in layout.items()}

    def add(self, n: int, share: float) -> slice:
        """Makes room for n more; `share` of the file is read by then. Returns where they are to be written."""
        if self.used + n > self._room:
            self._room = int((self.used + n) * max(_MARGIN / share, 1.0)) + 1024
            for name, old in self._columns.items():
                new = np.empty((self._room, *old.shape[1:]), old.dtype)
                new[: self.used] = old[: self.used]
                self._columns[name] = new
        self.used += n
        return slice(self.used - n, self.used)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._columns[name]

    def replace(self, name: str, column: NDArray[Any]) -> None:
        """Put a column of another type in the place of one."""
        self._columns[name] = column

    def whole(self) -> dict[str, NDArray[Any]]:
        """The columns, as long as what was added."""
        return {name: column[: self.used] for name, column in self._columns.items()}


def _layout(table: np.dtype[Any], shape: tuple[int, ...] = ()) -> Layout:
    return {name: (table[name], shape) for name in table.names or ()}


class Gathered:
    """Rows, reference records and bases of a file, and the counts of what was set aside."""

    def __init__(self, members: int) -> None:
        calls = {name: of for name, of in _layout(codes.CALL, (members,)).items() if name != "phase_set"}
        self._members = members
        self._rows = Growing({**_layout(codes.SITE), **calls})
        in_blocks = {name: of for name, of in calls.items() if name in ("state", "depth", "quality")}
        self._blocks = Growing({**_layout(codes.BLOCK), **in_blocks})
        self._blob = Growing({"base": (np.dtype(np.uint8), ())})
        self._phase_sets: Growing | None = None
        self.contigs: dict[str, int] = {}
        self.counts = np.zeros(codes.N_COUNTS, np.int64)

    def add(self, batch: Batch, first_line: int, share: float) -> None:
        """Adds a batch whose lines count from `first_line`."""
        numbers = np.array(
            [self.contigs.setdefault(name, len(self.contigs)) for name in batch.runs], np.int32
        )
        bases = self._blob.add(batch.bases, share)
        self._blob["base"][bases] = batch.output.blob[: batch.bases]
        if bases.stop > _LARGEST_START and self._rows["ref_start"].dtype == np.int32:
            for name in ("ref_start", "alt_start"):
                self._rows.replace(name, self._rows[name].astype(np.int64))
        self._add_rows(batch, numbers, bases.start, first_line, share)
        if batch.blocks:
            self._add_blocks(batch, numbers, share)
        self.counts += batch.counts

    def _add_rows(
        self, batch: Batch, numbers: NDArray[np.int32], bases: int, first_line: int, share: float
    ) -> None:
        rows, n = self._rows, batch.rows
        to = rows.add(n, share)
        sites, calls = batch.output.sites[:n], batch.output.calls[:n]
        for name in ("key", "pos", "ref_len", "alt_len", "passed"):
            rows[name][to] = sites[name]
        rows["contig"][to] = numbers[0] if len(numbers) == 1 else numbers[sites["contig"]]
        added = {
            "line": first_line,
            "record": int(self.counts[codes.N_RECORDS]),
            "ref_start": bases,
            "alt_start": bases,
        }
        for name, start in added.items():
            np.add(sites[name], start, out=rows[name][to], casting="unsafe")
        for name in ("state", "flags", "depth", "quality", "ref_depth", "alt_depth"):
            rows[name][to] = calls[name]
        self._add_phase_sets(batch, to, share)

    def _add_phase_sets(self, batch: Batch, to: slice, share: float) -> None:
        """Few files have phase sets: only from the first one on is there a column."""
        if self._phase_sets is None:
            if not batch.counts[codes.N_PHASE_SETS]:
                return
            self._phase_sets = Growing({"phase_set": (np.dtype(np.int32), (self._members,))})
            before = self._phase_sets.add(to.start, share)
            self._phase_sets["phase_set"][before] = -1
        new = self._phase_sets.add(batch.rows, share)
        self._phase_sets["phase_set"][new] = batch.output.calls["phase_set"][: batch.rows]

    def _add_blocks(self, batch: Batch, numbers: NDArray[np.int32], share: float) -> None:
        blocks, n = self._blocks, batch.blocks
        to = blocks.add(n, share)
        blocks["contig"][to] = numbers[batch.output.blocks["contig"][:n]]
        for name in ("pos", "end"):
            blocks[name][to] = batch.output.blocks[name][:n]
        for name in ("state", "depth", "quality"):
            blocks[name][to] = batch.output.block_calls[name][:n]

    def rows(self) -> Rows:
        """All rows. Without phase sets that column is one value, seen as if it were many, and cannot be written."""
        if self._phase_sets is None:
            none = np.broadcast_to(np.int32(-1), (self._rows.used, self._members))
            return Rows(phase_set=none, **self._rows.whole())
        return Rows(**self._phase_sets.whole(), **self._rows.whole())

    def blocks(self) -> Blocks:
        """All reference records."""
        return Blocks(**self._blocks.whole())

    def blob(self) -> NDArray[np.uint8]:
        """The bases of all alleles."""
        return self._blob.whole()["base"]
