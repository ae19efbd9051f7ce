"""Runs the reading kernel over BCF records, wherever these come from, and makes pieces of what it gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.variants import codes
from trihelix.variants.store.readers import bcf_layout as kernel
from trihelix.variants.store.readers.bcf_layout import Tables
from trihelix.variants.store.readers.bcf_records import read_records
from trihelix.variants.store.readers.columns import Columns
from trihelix.variants.store.readers.pieces import Piece, Resume

_KEPT = {
    kernel.CONTIG: "contig",
    kernel.LAST_POS: "pos",
    kernel.RECORDS: "records",
    kernel.WITH_ALT: "with_alt",
}


class RecordReader:
    """What is known of a file while its records are read; the readers of BCF and of text build on it."""

    def __init__(self, path: Path, tables: Tables, contigs: list[str]) -> None:
        self.path, self.tables, self.contigs = path, tables, contigs
        self.columns = Columns(tables.n_samples)
        self._filters: tuple[str, ...] = ()

    def filter_text(self, ids: list[int]) -> str:
        """FILTER as VCF writes it, of the numbers that its records have."""
        raise NotImplementedError

    def go_on(self, token: Resume) -> None:
        """Takes up what was known behind the piece that gave the token."""
        for place, name in _KEPT.items():
            self.columns.cursor[place] = token[name]
        self.tables.seen[token["seen"]] = 1
        self.columns.counts[:] = token["counts"]

    def read(self, data: NDArray[np.uint8], end: int) -> int:
        """Runs the kernel until a piece is full, more bytes are wanted, or something is wrong; returns its status."""
        columns = self.columns
        while True:
            status = read_records(
                data, end, self.tables, columns.sites, columns.lists, columns.quality, columns.companions,
                columns.blocks, columns.filters, columns.scratch, columns.cursor, columns.counts,
            )  # fmt: skip
            if status == codes.FULL and columns.is_empty():
                columns.grow()
            elif status == kernel.TABLE_FULL:
                columns.grow_filters()
            else:
                return int(status)

    def piece(self, share: float, offset: int) -> Piece:
        """What was read since the last piece; `offset` is where the next record stands."""
        columns = self.columns
        genotypes, blocks = columns.take()
        records = int(columns.cursor[kernel.RECORDS])
        return Piece(
            genotypes, blocks, tuple(self.contigs), self._filter_names(), columns.set_aside(), records, share,
            self.token(offset),
        )  # fmt: skip

    def token(self, offset: int) -> dict[str, Any]:
        """What `go_on` and the reader itself need to go on at a virtual offset."""
        told: dict[str, Any] = {name: int(self.columns.cursor[place]) for place, name in _KEPT.items()}
        seen = np.flatnonzero(self.tables.seen).tolist()
        return told | {"offset": offset, "seen": seen, "counts": self.columns.counts.tolist()}

    def _filter_names(self) -> tuple[str, ...]:
        n, (ends, blob) = int(self.columns.cursor[kernel.N_FILTERS]), self.columns.filters
        for number in range(len(self._filters), n):
            start = int(ends[number - 1]) if number else 0
            self._filters += (self.filter_text(blob[start : int(ends[number])].view("<i4").tolist()),)
        return self._filters
