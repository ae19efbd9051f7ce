"""Where samples were callable: intervals by bins of DP and GQ, from the reference blocks of gVCFs, kept as Parquet.

`callable/contig=NAME/part-00000.parquet` has the columns window, sample, start, end, dp_bin, gq_bin, sorted by
(window, start, sample). A window is WINDOW bases long (window = (position - 1) // WINDOW); no interval crosses its
border and no row group has rows of two, so a window is read without the others. Positions are 1-based, inclusive.
The intervals of a sample do not overlap.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, unquote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from trihelix.model.assembly import bare_contig
from trihelix.model.errors import CorruptFileError
from trihelix.variants.codes import REF
from trihelix.variants.store.callable_kernels import (
    Intervals,
    add_cover,
    mark_covering,
    mark_uncovered,
    merge_blocks,
    no_intervals,
    open_intervals,
)
from trihelix.variants.store.cohorts import Bitmap, word_count
from trihelix.variants.store.genotypes import ReferenceBlocks

# A reference call counts as called from this read depth and genotype quality on: the thresholds of gnomAD's `adj`
# genotypes (Karczewski et al., Nature 2020, 581:434). The programme's own check of a site asks for the same median
# depth of 10 and a lower GQ of 15, of the median genotype; here each genotype is asked, so it is the stricter one.
MIN_DP, MIN_GQ = 10, 20

# Lower bounds of the bins. A threshold that is none of them acts as the next one above.
DP_BINS = (0, 1, 5, 8, 10, 15, 20, 30)
GQ_BINS = (0, 1, 10, 15, 20, 30, 50, 90)

WINDOW = 1_000_000
ROWS_PER_GROUP = 1 << 20
ROWS_IN_MEMORY = 1 << 22

SCHEMA = pa.schema(
    [
        pa.field("window", pa.int32(), nullable=False),
        pa.field("sample", pa.uint32(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("dp_bin", pa.uint8(), nullable=False),
        pa.field("gq_bin", pa.uint8(), nullable=False),
    ]
)
_PACKED = ("sample", "start", "end")
_ROW = np.dtype(
    [("contig", "i4"), ("window", "i4"), ("start", "i4"), ("end", "i4"), ("sample", "u4"), ("dp_bin", "u1"), ("gq_bin", "u1")]
)  # fmt: skip


class Stated(Protocol):
    """Stretches that a file makes a statement about: start, end, sample ordinal, state (REF or MISSING), DP and GQ
    (-1 unknown); arrays of the same length."""

    @property
    def start(self) -> NDArray[Any]:
        """First positions."""

    @property
    def end(self) -> NDArray[Any]:
        """Last positions."""

    @property
    def sample(self) -> NDArray[Any]:
        """Ordinals."""

    @property
    def state(self) -> NDArray[Any]:
        """REF or MISSING."""

    @property
    def dp(self) -> NDArray[Any]:
        """Read depths, -1 unknown."""

    @property
    def gq(self) -> NDArray[Any]:
        """Genotype qualities, -1 unknown."""


class Stretches(NamedTuple):
    """What CallableWriter.add takes; see Stated."""

    start: NDArray[Any]
    end: NDArray[Any]
    sample: NDArray[Any]
    state: NDArray[Any]
    dp: NDArray[Any]
    gq: NDArray[Any]


def from_intervals(sample: int, start: NDArray[Any], end: NDArray[Any]) -> Stretches:
    """Stretches of a sample that somebody declares callable, in any order, such as a BED of confident regions; they
    have the highest bins, since no threshold is meant to leave them out."""
    order = np.argsort(start, kind="stable")
    n = len(order)
    best = (np.full(n, DP_BINS[-1]), np.full(n, GQ_BINS[-1]))
    return Stretches(start[order], end[order], np.full(n, sample), np.full(n, REF), *best)


def bins(values: NDArray[Any], bounds: tuple[int, ...]) -> NDArray[np.uint8]:
    """The lower bound of each value's bin; the unknown (-1) is in the lowest, since nothing vouches for it."""
    place = np.searchsorted(bounds, np.maximum(values, 0), "right") - 1
    found: NDArray[np.uint8] = np.array(bounds, np.uint8)[place]
    return found


class CallableWriter:
    """Writes the callable intervals of a batch from what its files state, in bounded memory.

    Of each contig, a sample's stretches come in order of start; samples may be mixed and contigs may come in any
    order. Those that are MISSING are left out; touching ones with equal bins become one. Where stretches with
    different bins overlap, the earlier keeps the overlap. Rows beyond ROWS_IN_MEMORY wait in temporary files.
    """

    def __init__(self, folder: Path, rows_in_memory: int = ROWS_IN_MEMORY) -> None:
        self._folder, self._limit = folder, rows_in_memory
        self._contigs: dict[str, int] = {}
        self._pending = open_intervals(0)
        self._rows: list[NDArray[Any]] = []
        self._runs: list[_Run] = []
        self._waiting: tempfile.TemporaryDirectory[str] | None = None

    def add(self, contig: str, stated: Stated) -> None:
        """Add stretches of one contig."""
        kept = np.flatnonzero(np.asarray(stated.state) == REF)
        if not len(kept):
            return
        number = self._contigs.setdefault(contig, len(self._contigs))
        sample = np.ascontiguousarray(stated.sample[kept], np.uint32)
        self._make_room(int(sample.max()) + 1)
        blocks = Intervals(
            np.full(len(kept), number, np.int32),
            sample,
            np.ascontiguousarray(stated.start[kept], np.int32),
            np.ascontiguousarray(stated.end[kept], np.int32),
            bins(stated.dp[kept], DP_BINS),
            bins(stated.gq[kept], GQ_BINS),
        )
        finished = no_intervals(len(kept))
        n = merge_blocks(blocks, self._pending, finished)
        self._keep(Intervals(*(column[:n] for column in finished)))

    def add_blocks(self, blocks: ReferenceBlocks, contigs: list[str]) -> None:
        """Add the reference blocks of a piece of a gVCF, whose contigs have these names."""
        for number in np.unique(blocks.contig).tolist():
            _, *rest = (column[blocks.contig == number] for column in blocks)
            self.add(contigs[number], Stretches(*rest))

    def close(self) -> list[Path]:
        """Write the files; those that are there now, below the folder. Contigs without intervals have none."""
        open_now = self._pending.contig >= 0
        self._keep(Intervals(*(column[open_now] for column in self._pending)))
        self._runs.append(_Run.of(_split(self._rows), None))
        try:
            return [self._write(contig, number) for contig, number in self._contigs.items()]
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Remove what waits in temporary files."""
        self._rows, self._runs = [], []
        if self._waiting is not None:
            self._waiting.cleanup()
            self._waiting = None

    def _make_room(self, samples: int) -> None:
        known = len(self._pending.sample)
        if samples > known:
            more = open_intervals(max(samples, 2 * known))
            for new, old in zip(more, self._pending, strict=True):
                new[:known] = old
            self._pending = more

    def _keep(self, finished: Intervals) -> None:
        rows = np.empty(len(finished.start), _ROW)
        for name in Intervals._fields:
            rows[name] = getattr(finished, name)
        self._rows.append(rows)
        if sum(map(len, self._rows)) > self._limit:
            self._put_aside()

    def _put_aside(self) -> None:
        if self._waiting is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._waiting = tempfile.TemporaryDirectory(prefix="waiting-", dir=self._folder)
        path = Path(self._waiting.name) / f"{len(self._runs)}.rows"
        rows = _split(self._rows)
        rows.tofile(path)
        self._runs.append(_Run.of(rows, path))
        self._rows = []

    def _write(self, contig: str, number: int) -> Path:
        path = self._folder / f"contig={quote(contig, safe='*:')}" / "part-00000.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        windows = sorted({w for run in self._runs for w in run.windows(number)})
        encodings = dict.fromkeys(_PACKED, "DELTA_BINARY_PACKED")
        with pq.ParquetWriter(
            path, SCHEMA, compression="zstd", use_dictionary=[n for n in SCHEMA.names if n not in _PACKED],
            column_encoding=encodings, write_statistics=["window"],
        ) as writer:  # fmt: skip
            for window in windows:
                rows = np.concatenate([run.rows_in(number, window) for run in self._runs])
                rows = rows[np.lexsort((rows["sample"], rows["start"]))]
                columns = [pa.array(np.ascontiguousarray(rows[name])) for name in SCHEMA.names]
                writer.write_table(pa.Table.from_arrays(columns, schema=SCHEMA), ROWS_PER_GROUP)
        return path


@dataclass(frozen=True)
class _Run:
    """Rows sorted by (contig, window), in memory or in a file; which of them belong to each."""

    rows: NDArray[Any] | None
    path: Path | None
    places: dict[tuple[int, int], tuple[int, int]]

    @staticmethod
    def of(rows: NDArray[Any], path: Path | None) -> _Run:
        """The run of these rows, which are in the file if there is one."""
        changes = np.diff(rows["contig"]).astype(np.bool_) | np.diff(rows["window"]).astype(np.bool_)
        borders = [0, *(np.flatnonzero(changes) + 1).tolist(), len(rows)]
        pairs = pairwise(borders)
        keys = {(int(rows["contig"][a]), int(rows["window"][a])): (a, b) for a, b in pairs if b > a}
        return _Run(rows if path is None else None, path, keys)

    def windows(self, contig: int) -> Iterator[int]:
        """The windows of a contig in which it has rows."""
        return (window for number, window in self.places if number == contig)

    def rows_in(self, contig: int, window: int) -> NDArray[Any]:
        """Its rows in a window."""
        first, last = self.places.get((contig, window), (0, 0))
        if self.rows is not None:
            return self.rows[first:last]
        assert self.path is not None
        return np.fromfile(self.path, _ROW, last - first, offset=first * _ROW.itemsize)


def _split(pieces: list[NDArray[Any]]) -> NDArray[Any]:
    """Rows cut at the borders of windows, sorted by (contig, window)."""
    rows = np.concatenate([np.empty(0, _ROW), *pieces])
    first, last = ((rows[name].astype(np.int64) - 1) // WINDOW for name in ("start", "end"))
    parts = last - first + 1
    out = np.repeat(rows, parts)
    begin = np.repeat(np.cumsum(parts) - parts, parts)
    window = np.repeat(first, parts) + np.arange(len(out)) - begin
    out["window"] = window
    out["start"] = np.maximum(out["start"], window * WINDOW + 1)
    out["end"] = np.minimum(out["end"], (window + 1) * WINDOW)
    return out[np.lexsort((out["window"], out["contig"]))]


@dataclass(frozen=True)
class CallableRegions:
    """The callable intervals of a batch of so many samples, opened for reading; `paths` are its files, as its manifest
    names them."""

    paths: Sequence[Path]
    samples: int

    @cached_property
    def files(self) -> dict[str, Path]:
        """The file of each contig, by its bare name (no `chr`)."""
        return {bare_contig(unquote(path.parent.name.removeprefix("contig="))): path for path in self.paths}

    @cached_property
    def _open(self) -> dict[str, tuple[pq.ParquetFile, NDArray[np.int64]]]:
        return {}

    def windows(self, contig: str) -> NDArray[np.int64]:
        """The window of each row group of a contig, in order."""
        return self._opened(contig)[1] if bare_contig(contig) in self.files else np.zeros(0, np.int64)

    def in_window(self, contig: str, window: int) -> Iterator[Intervals]:
        """The intervals in a window, in order of start; more than one piece where there are very many."""
        for group in np.flatnonzero(self.windows(contig) == window).tolist():
            yield self._group(contig, group)

    def intervals(self, contig: str, first: int, last: int) -> Intervals:
        """The intervals that overlap first..last, in order of (window, start); `contig` is 0 in all."""
        windows = range((first - 1) // WINDOW, (last - 1) // WINDOW + 1)
        pieces = [piece for window in windows for piece in self.in_window(contig, window)]
        whole = Intervals(*map(np.concatenate, zip(no_intervals(0), *pieces, strict=True)))
        near = (whole.start <= last) & (whole.end >= first)
        return Intervals(*(column[near] for column in whole))

    def _opened(self, contig: str) -> tuple[pq.ParquetFile, NDArray[np.int64]]:
        bare = bare_contig(contig)
        if bare not in self._open:
            path = self.files[bare]
            try:
                file = pq.ParquetFile(path, memory_map=True)
            except (pa.ArrowException, OSError) as error:
                raise _damaged(path, str(error).splitlines()[0]) from error
            if not file.schema_arrow.equals(SCHEMA):
                raise _damaged(path, "other columns than expected")
            self._open[bare] = (file, _windows_of_groups(path, file))
        return self._open[bare]

    def _group(self, contig: str, group: int) -> Intervals:
        path = self.files[bare_contig(contig)]
        try:
            table = self._opened(contig)[0].read_row_group(group, columns=SCHEMA.names[1:]).combine_chunks()
        except (pa.ArrowException, OSError) as error:
            raise _damaged(path, str(error).splitlines()[0]) from error
        columns = [table.column(name).to_numpy() for name in SCHEMA.names[1:]]
        if len(table) and int(columns[0].max()) >= self.samples:
            raise _damaged(path, f"sample {columns[0].max()} of {self.samples}")
        return Intervals(np.zeros(len(table), np.int32), *map(np.array, columns))


def callable_counts(
    regions: CallableRegions,
    contig: str,
    positions: NDArray[np.int32],
    bitmaps: NDArray[np.uint64],
    min_dp: int = MIN_DP,
    min_gq: int = MIN_GQ,
) -> NDArray[np.int32]:
    """How many samples of each bitmap are callable at each position; shape (bitmaps, positions).

    `positions` ascend (equal ones may stand together); `bitmaps` has the words of each bitmap as a row. Raises
    CorruptFileError. Time is linear in the intervals of the windows touched, memory in one row group's.
    """
    positions = np.ascontiguousarray(positions, np.int32)
    bitmaps = np.ascontiguousarray(bitmaps, np.uint64).reshape(-1, word_count(regions.samples))
    counts = np.zeros((len(bitmaps), len(positions)), np.int32)
    windows = (positions.astype(np.int64) - 1) // WINDOW
    for window in np.intersect1d(windows, regions.windows(contig)).tolist():
        low, high = np.searchsorted(windows, [window, window + 1]).tolist()
        changes = np.zeros((len(bitmaps), high - low + 1), np.int32)
        for piece in regions.in_window(contig, window):
            add_cover(piece, (min_dp, min_gq), bitmaps, positions[low:high], changes)
        counts[:, low:high] = np.cumsum(changes, axis=1)[:, :-1]
    return counts


def callable_samples(
    regions: CallableRegions, contig: str, pos: int, min_dp: int = MIN_DP, min_gq: int = MIN_GQ
) -> Bitmap:
    """The samples that are callable at a position, as a bitmap. Raises CorruptFileError."""
    bitmap = np.zeros(word_count(regions.samples), np.uint64)
    for piece in regions.in_window(contig, (pos - 1) // WINDOW):
        mark_covering(piece, (min_dp, min_gq), pos, bitmap)
    return bitmap


def uncovered_rows(start: NDArray[Any], end: NDArray[Any], positions: NDArray[Any]) -> NDArray[np.int64]:
    """The places of the positions that no interval covers. Intervals in order of start (they may overlap), positions
    in order; linear in both."""
    uncovered = np.zeros(len(positions), np.bool_)
    starts, ends, places = (np.ascontiguousarray(column, np.int32) for column in (start, end, positions))
    mark_uncovered(starts, ends, places, uncovered)
    return np.flatnonzero(uncovered)


def _windows_of_groups(path: Path, file: pq.ParquetFile) -> NDArray[np.int64]:
    windows = np.zeros(file.metadata.num_row_groups, np.int64)
    for group in range(len(windows)):
        statistics = file.metadata.row_group(group).column(0).statistics
        if statistics is None or not statistics.has_min_max or statistics.min != statistics.max:
            raise _damaged(path, f"row group {group} has rows of several windows")
        windows[group] = statistics.min
    return windows


def _damaged(path: Path, value: str) -> CorruptFileError:
    return CorruptFileError(
        "a file of callable intervals is damaged",
        where=str(path),
        value=value,
        advice="restore the file from a backup, or ingest the batch again",
    )
