"""The arrays that the reading kernel fills, used again for every piece, and the pieces made of what is in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.variants import codes
from trihelix.variants.calls import SetAside
from trihelix.variants.store.genotypes import (
    Companions,
    Exceptions,
    Genotypes,
    Lists,
    Quality,
    ReferenceBlocks,
    Sites,
)
from trihelix.variants.store.readers import bcf_layout as kernel
from trihelix.variants.store.readers.bcf_layout import (
    BlockColumns,
    FilterTable,
    ListColumns,
    QualityColumns,
    Scratch,
    SiteColumns,
)

MOST_ROWS = 1 << 15
LIST_ROOM = 1_500_000  # samples of one kind of list; what is not written costs no memory
BLOB_ROOM = 1 << 20
BLOCK_ROOM = 1 << 17
FILTER_ROOM = 1 << 10
_HET, _HOM, _MISSING, _EXCEPTIONS, _COMPANIONS = range(5)  # columns of SiteColumns.ends


def _quality_columns(room: int) -> QualityColumns:
    small = (np.empty(room, np.int16) for _ in range(4))
    return QualityColumns._make((*small, np.empty(room, np.int32), np.empty(room, np.uint8)))


@dataclass
class Columns:
    """Room for one piece of a file with this many samples; `growth` multiplies it where one record needs more."""

    samples: int
    growth: int = 1
    cursor: NDArray[np.int64] = field(default_factory=lambda: np.zeros(kernel.N_CURSOR, np.int64))
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(codes.N_COUNTS, np.int64))

    def __post_init__(self) -> None:
        n = self.samples
        self.scratch = Scratch(
            np.empty(n + 1, np.int64), np.empty(n + 1, np.int64),
            np.empty(n + 1, np.uint8), np.empty(n + 1, np.uint8),
            np.empty(kernel.MAX_PLOIDY, np.int64),
            np.empty(kernel.MAX_ALTS, np.int64), np.empty(kernel.MAX_ALTS, np.int64), np.empty(kernel.MAX_ALTS, np.int64),
            np.empty(kernel.N_FIELDS, np.int64), np.empty(kernel.N_FIELDS, np.int64), np.empty(kernel.N_FIELDS, np.int64),
            np.empty(4096, np.uint8), np.zeros(n + 1, np.int64), np.empty(n + 1, np.int64),
        )  # fmt: skip
        self.filters = FilterTable(np.empty(FILTER_ROOM, np.int64), np.empty(FILTER_ROOM * 8, np.uint8))
        self._unknown = np.empty(0, np.int16), np.empty(0, np.int32)
        self.cursor[[kernel.CONTIG, kernel.LAST_FILTER]] = -1
        self._make_room()

    def _make_room(self) -> None:
        rows, listed = MOST_ROWS * self.growth, max(LIST_ROOM, 2 * self.samples + 2) * self.growth
        wide, tall = (np.empty(rows, np.int64) for _ in range(2))
        self.sites = SiteColumns._make((
            *(np.empty(rows, np.int32) for _ in range(4)), wide, np.empty(rows, np.int32), tall, np.empty(rows, np.int32),
            np.empty(BLOB_ROOM * self.growth, np.uint8), np.empty((rows, 5), np.int64),
        ))  # fmt: skip
        self.lists = ListColumns._make((
            *(np.empty(listed, np.uint32) for _ in range(4)),
            np.empty(listed, np.int8), np.empty(listed, np.uint8), np.empty(listed, np.uint8),
            np.empty(listed, np.uint32), np.empty(listed, np.int8),
        ))  # fmt: skip
        self.quality, self.companions = _quality_columns(2 * listed), _quality_columns(listed)
        blocks = max(BLOCK_ROOM, 2 * self.samples) * self.growth
        self.blocks = BlockColumns._make((
            *(np.empty(blocks, np.int32) for _ in range(3)), np.empty(blocks, np.uint32), np.empty(blocks, np.int8),
            np.empty(blocks, np.int16), np.empty(blocks, np.int16),
        ))  # fmt: skip

    def is_empty(self) -> bool:
        """Whether no row and no block was written since the last piece."""
        return not (self.cursor[kernel.ROWS] or self.cursor[kernel.BLOCKS])

    def grow(self) -> None:
        """Four times the room, for a record that does not fit into all of it."""
        self.growth *= 4
        self._make_room()

    def grow_filters(self) -> None:
        """Twice the room for values of FILTER; those that are there stay."""
        ends, blob = self.filters
        more = np.empty(2 * len(ends), np.int64), np.empty(2 * len(blob), np.uint8)
        more[0][: len(ends)], more[1][: len(blob)] = ends, blob
        self.filters = FilterTable(*more)

    def set_aside(self) -> SetAside:
        """The counts so far."""
        return SetAside(*(int(n) for n in self.counts[: codes.N_REFERENCE + 1]))

    def take(self) -> tuple[Genotypes, ReferenceBlocks]:
        """What was written since the last piece, in memory of its own; there is room again."""
        cursor = self.cursor
        rows, n_blocks = int(cursor[kernel.ROWS]), int(cursor[kernel.BLOCKS])
        ends = self.sites.ends[:rows]
        genotypes = Genotypes(
            self.samples,
            self._sites(rows),
            Lists(_offsets(ends, _HET), self._listed(self.lists.het, kernel.N_HET)),
            Lists(_offsets(ends, _HOM), self._listed(self.lists.hom, kernel.N_HOM)),
            Lists(_offsets(ends, _MISSING), self._listed(self.lists.missing, kernel.N_MISSING)),
            self._exceptions(ends),
            self._quality(),
            companions=self._companions(ends),
        )
        blocks = ReferenceBlocks(*(column[:n_blocks].copy() for column in self.blocks))
        cursor[kernel.ROWS : kernel.READ_CARRIERS + 1] = 0
        cursor[kernel.MARKS] = 0
        if self.growth > 1:
            self.growth = 1
            self._make_room()
        return genotypes, blocks

    def _listed(self, column: NDArray[Any], place: int) -> NDArray[Any]:
        return column[: int(self.cursor[place])].copy()

    def _sites(self, rows: int) -> Sites:
        sites = self.sites
        return Sites._make(
            (*(column[:rows].copy() for column in sites[:8]), self._listed(sites.blob, kernel.BYTES))
        )

    def _exceptions(self, ends: NDArray[np.int64]) -> Exceptions:
        lists = self.lists
        columns = (lists.exceptions, lists.exception_state, lists.copies, lists.called)
        return Exceptions(
            _offsets(ends, _EXCEPTIONS), *(self._listed(column, kernel.N_EXCEPTIONS) for column in columns)
        )

    def _companions(self, ends: NDArray[np.int64]) -> Companions | None:
        if not self.cursor[kernel.N_COMPANIONS]:
            return None
        listed = [
            self._listed(c, kernel.N_COMPANIONS) for c in (self.lists.companions, self.lists.companion_state)
        ]
        quality = Quality(*(self._listed(column, kernel.N_COMPANIONS) for column in self.companions))
        return Companions._make((_offsets(ends, _COMPANIONS), *listed, quality))

    def _quality(self) -> Quality | None:
        """None where there is nothing to tell; where there are but flags, the other columns share one array."""
        marks, carriers = self.cursor[kernel.MARKS], int(self.cursor[[kernel.N_HET, kernel.N_HOM]].sum())
        if not marks:
            return None
        flags = self.quality.flags[:carriers].copy()
        if marks & kernel.SEEN_FIELDS:
            for column in self.quality[:5]:
                column[int(self.cursor[kernel.READ_CARRIERS]) : carriers] = -1
            return Quality._make((*(column[:carriers].copy() for column in self.quality[:5]), flags))
        small, large = (column[:carriers] for column in self._all_unknown(carriers))
        return Quality(small, small, small, small, large, flags)

    def _all_unknown(self, n: int) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
        if len(self._unknown[0]) < n:
            self._unknown = np.full(2 * n, -1, np.int16), np.full(2 * n, -1, np.int32)
            for column in self._unknown:
                column.flags.writeable = False
        return self._unknown


def _offsets(ends: NDArray[np.int64], column: int) -> NDArray[np.int64]:
    offsets = np.zeros(len(ends) + 1, np.int64)
    offsets[1:] = ends[:, column]
    return offsets
