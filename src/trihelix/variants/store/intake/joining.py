"""Folders of parts put together as one: staged files of a batch, or batches that are compacted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.model.assembly import bare_contig
from trihelix.variants.codes import REF
from trihelix.variants.store.batches import PartEntry
from trihelix.variants.store.callable import uncovered_rows
from trihelix.variants.store.genotypes import (
    PASSING,
    Companions,
    Genotypes,
    Lists,
    Quality,
    no_exceptions,
    no_lists,
)
from trihelix.variants.store.intake.companion_kernels import Blocks, Found, find_companions
from trihelix.variants.store.intake.merging import (
    DROPPED,
    Contribution,
    combine,
    with_companions_where_rare,
    with_missing,
)
from trihelix.variants.store.intake.writing import FolderWriter
from trihelix.variants.store.layout import rare_at_most
from trihelix.variants.store.parts.decoding import genotypes_of
from trihelix.variants.store.parts.rows import (
    concatenate,
    no_companions,
    slice_rows,
    take_rows,
    unknown_quality,
)
from trihelix.variants.store.parts.tiles import Part, Tile, open_part

ROWS_TOGETHER = 400_000  # of all inputs, in one window
WIDE = 2_000  # samples: of such inputs a window holds one row group
_INTERVAL = ("start", "end", "sample", "state", "dp", "gq", "well")


@dataclass(frozen=True)
class Intervals:
    """Where samples of an input are reference by their gVCF: start, end, sample (of the input), DP and GQ (-1 where
    only a bin is known), sorted by start; `well` marks what the callable rule accepts."""

    start: NDArray[Any]
    end: NDArray[Any]
    sample: NDArray[Any]
    state: NDArray[Any]
    dp: NDArray[Any]
    gq: NDArray[Any]
    well: NDArray[Any]

    def take(self, chosen: NDArray[Any]) -> Intervals:
        """Some of the intervals."""
        return Intervals(*(getattr(self, name)[chosen] for name in _INTERVAL))

    def of_sample(self, sample: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Start and end of a sample's intervals."""
        order, first = self._by_sample
        mine = order[np.searchsorted(first, sample, "left") : np.searchsorted(first, sample, "right")]
        return self.start[mine], self.end[mine]

    @cached_property
    def _by_sample(self) -> tuple[NDArray[Any], NDArray[Any]]:
        order = np.argsort(self.sample, kind="stable")
        return order, self.sample[order]


@dataclass(frozen=True)
class Input:
    """A folder of parts: its samples' ordinals in the whole (DROPPED: left out), the number in the whole of each of its
    sources and which of its samples stand there, and for gVCFs the intervals that overlap a stretch of a contig;
    `stated` marks the samples of which these tell, None for all."""

    folder: Path
    parts: Sequence[PartEntry]
    ordinals: NDArray[np.int64]
    sources: NDArray[np.int64]
    members: Sequence[NDArray[np.int64]]
    intervals: Callable[[str, int, int], Intervals] | None = None
    stated: NDArray[np.bool_] | None = None

    def is_stated(self, sample: int) -> bool:
        """Whether intervals tell where a sample of the input is reference."""
        return self.intervals is not None and (self.stated is None or bool(self.stated[sample]))


@dataclass
class _Stream:
    """The rows of one input on one contig."""

    input: Input
    contig: str
    filters: dict[str, int]
    _open: dict[str, Part] = field(default_factory=dict)
    _last: dict[tuple[str, int], Genotypes] = field(default_factory=dict)

    @property
    def entries(self) -> list[PartEntry]:
        return [p for p in self.input.parts if bare_contig(p.contig) == self.contig]

    def tiles(self, first: int, last: int) -> Iterator[tuple[str, Tile]]:
        for entry in self.entries:
            if entry.first > last or entry.last < first:
                continue
            if entry.path not in self._open:
                self._open[entry.path] = open_part(self.input.folder / entry.path)
            part = self._open[entry.path]
            spans = part.spans
            for group in np.flatnonzero((spans[:, 0] <= last) & (spans[:, 1] >= first)).tolist():
                yield entry.path, part.tile(group)

    def between(self, first: int, last: int) -> Genotypes | None:
        found, used = [], {}
        for path, tile in self.tiles(first, last):
            key = (path, tile.group)
            rows = self._last.get(key)
            used[key] = rows = genotypes_of(tile, self.filters) if rows is None else rows
            pos = rows.sites.pos
            start, stop = np.searchsorted(pos, first, "left"), np.searchsorted(pos, last, "right")
            if start < stop:
                found.append(slice_rows(rows, int(start), int(stop)))
        self._last = used
        return concatenate(found) if found else None

    def end_of_tile(self, pos: int) -> int | None:
        """Where the row group ends that has the first row at or behind a position."""
        for _, tile in self.tiles(pos, np.iinfo(np.int32).max):
            return max(int(tile.part.spans[tile.group, 1]), pos)
        return None


def join(
    inputs: Sequence[Input],
    contigs: Sequence[str],
    writer: FolderWriter,
    filters: dict[str, int],
    kin: Lists | None,
    with_sources: bool,
    progress: Callable[[str, int], None],
) -> None:
    """Write the union of the inputs, contig by contig; `contigs` as the assembly names them."""
    record = 0
    for contig in contigs:
        streams = [_Stream(one, bare_contig(contig), filters) for one in inputs]
        for first, last in _windows(streams):
            rows = _window(streams, contig, first, last, writer.samples, filters, kin, with_sources)
            if rows is None:
                continue
            sites = rows.sites._replace(record=rows.sites.record + np.int32(record))
            record = int(sites.record.max()) + 1
            writer.write(contig, replace(rows, sites=sites))
            progress(contig, last)
    writer.finish()


def _windows(streams: Sequence[_Stream]) -> Iterator[tuple[int, int]]:
    """Stretches of the contig with a bounded number of rows and calls."""
    entries = [entry for stream in streams for entry in stream.entries]
    if not entries:
        return
    pos, end = min(e.first for e in entries), max(e.last for e in entries)
    width = max(1, (end - pos + 1) * ROWS_TOGETHER // max(sum(e.rows for e in entries), 1))
    wide = [s for s in streams if len(s.input.ordinals) >= WIDE]
    while pos <= end:
        stops = [s.end_of_tile(pos) for s in wide]
        last = min([pos + width - 1, end, *(stop for stop in stops if stop is not None)])
        yield pos, last
        pos = last + 1


def _window(
    streams: Sequence[_Stream],
    contig: str,
    first: int,
    last: int,
    samples: int,
    filters: dict[str, int],
    kin: Lists | None,
    with_sources: bool,
) -> Genotypes | None:
    found = [(s, rows) for s in streams if (rows := s.between(first, last)) is not None]
    if not found:
        return None
    contributions = [Contribution(rows, s.input.ordinals, s.input.sources) for s, rows in found]
    passing = [filters[text] for text in PASSING if text in filters]
    joined = _without_orphans(combine(contributions, samples, True, passing), contributions)
    if joined is None:
        return None
    joined = with_companions_where_rare(joined, rare_at_most(samples))
    inputs = [s.input for s in streams]
    near = [None if one.intervals is None else one.intervals(contig, first, last) for one in inputs]
    joined = _with_uncovered(joined, inputs, near)
    if kin is not None:
        joined = _with_companions(joined, inputs, near, kin)
    return joined if with_sources else replace(joined, sources=None)


def _without_orphans(joined: Genotypes, contributions: Sequence[Contribution]) -> Genotypes | None:
    """Leaves out the rows that only dropped samples carried: that they exist would tell of those people."""
    if not any((c.ordinals == DROPPED).any() for c in contributions):
        return joined
    everyone = [replace(c, ordinals=np.arange(len(c.ordinals))) for c in contributions]
    before = combine([_carriers_only(c) for c in everyone], joined.samples, False)
    carried = np.diff(before.het.offsets) + np.diff(before.hom.offsets) > 0
    orphans = carried & (np.diff(joined.het.offsets) + np.diff(joined.hom.offsets) == 0)
    return take_rows(joined, np.flatnonzero(~orphans)) if not orphans.all() else None


def _carriers_only(of: Contribution) -> Contribution:
    rows = of.genotypes
    bare = replace(
        rows, missing=no_lists(len(rows)), exceptions=no_exceptions(len(rows)), quality=None, companions=None, sources=None
    )  # fmt: skip
    return replace(of, genotypes=bare)


def rows_of_source(genotypes: Genotypes, sources: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which rows any of these sources has."""
    assert genotypes.sources is not None
    row = np.repeat(np.arange(len(genotypes)), np.diff(genotypes.sources.offsets))
    has = np.zeros(len(genotypes), np.bool_)
    has[row[np.isin(genotypes.sources.samples, sources)]] = True
    return has


def _with_uncovered(
    genotypes: Genotypes, inputs: Sequence[Input], near: Sequence[Intervals | None]
) -> Genotypes:
    """Samples of gVCFs are missing at rows that none of their inputs has and no interval of theirs covers well. A
    sample may stand in several inputs, such as files of different chromosomes."""
    if all(some is None for some in near):
        return genotypes
    has = [rows_of_source(genotypes, one.sources) for one in inputs]
    well = [None if some is None else some.take(np.flatnonzero(some.well)) for some in near]
    rows, ordinals = [], []
    for ordinal, places in _places_of_samples(inputs).items():
        mine = [some.of_sample(s) for n, s in places if (some := well[n]) is not None]
        absent = np.flatnonzero(~np.any([has[n] for n, _ in places], axis=0))
        start, end = (np.concatenate([m[i] for m in mine]) for i in (0, 1))
        order = np.argsort(start, kind="stable")
        bare = absent[uncovered_rows(start[order], end[order], genotypes.sites.pos[absent])]
        rows.append(bare)
        ordinals.append(np.full(len(bare), ordinal))
    if not rows:
        return genotypes
    return with_missing(genotypes, np.concatenate(rows), np.concatenate(ordinals))


def _places_of_samples(inputs: Sequence[Input]) -> dict[int, list[tuple[int, int]]]:
    """(input, sample of it) wherever each sample of a gVCF stands, by its ordinal in the whole."""
    places: dict[int, list[tuple[int, int]]] = {}
    for number, one in enumerate(inputs):
        for sample in np.flatnonzero(one.ordinals != DROPPED).tolist():
            places.setdefault(int(one.ordinals[sample]), []).append((number, sample))
    return {o: found for o, found in places.items() if any(inputs[n].is_stated(s) for n, s in found)}


def _with_companions(
    genotypes: Genotypes, inputs: Sequence[Input], near: Sequence[Intervals | None], kin: Lists
) -> Genotypes:
    """More companions: the calls that relatives' own files make of rare rows, by a record or a reference block."""
    assert genotypes.sources is not None
    carriers = np.diff(genotypes.het.offsets) + np.diff(genotypes.hom.offsets)
    rare = np.flatnonzero((carriers > 0) & (carriers <= rare_at_most(genotypes.samples)))
    old = genotypes.companions or no_companions(len(genotypes))
    found = find_companions(
        rare,
        genotypes.sites.pos,
        (genotypes.het, genotypes.hom, genotypes.missing),
        Lists(old.offsets, old.samples),
        kin,
        (genotypes.sources, _sources_of_samples(inputs, genotypes.samples)),
        _blocks_of_samples(inputs, near, genotypes.samples),
    )
    return _add_companions(genotypes, old, found) if len(found.row) else genotypes


def _sources_of_samples(inputs: Sequence[Input], samples: int) -> Lists:
    """The sources in which each sample stands."""
    pairs = [
        (one.ordinals[members], np.full(len(members), source))
        for one in inputs
        for source, members in zip(one.sources.tolist(), one.members, strict=True)
    ]
    sample, source = (np.concatenate(column) for column in zip(*pairs, strict=True))
    kept = (sample != DROPPED) & (source != DROPPED)
    return _by_sample(sample[kept], source[kept].astype(np.uint32), samples)


def _by_sample(sample: NDArray[Any], values: NDArray[Any], samples: int) -> Lists:
    order = np.argsort(sample, kind="stable")
    return Lists(_offsets_of(sample, samples), values[order])


def _offsets_of(sample: NDArray[Any], samples: int) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.bincount(sample, minlength=samples))]).astype(np.int64)


def _blocks_of_samples(inputs: Sequence[Input], near: Sequence[Intervals | None], samples: int) -> Blocks:
    """The reference blocks of all inputs, by the ordinal of their sample."""
    some = [(one.ordinals[of.sample], of) for one, of in zip(inputs, near, strict=True) if of is not None]
    some += [(np.zeros(0, np.int64), no_intervals())]
    sample = np.concatenate([ordinal for ordinal, _ in some])
    start = np.concatenate([of.start for _, of in some])
    order = np.lexsort((start, sample))
    order = order[sample[order] != DROPPED]
    columns = [
        np.concatenate([getattr(of, name) for _, of in some])[order].astype(kind)
        for name, kind in (("start", "i4"), ("end", "i4"), ("state", "i1"), ("dp", "i2"), ("gq", "i2"))
    ]
    return Blocks(_offsets_of(sample[order], samples), *columns)


def _add_companions(genotypes: Genotypes, old: Companions, found: Found) -> Genotypes:
    new = unknown_quality(len(found.row))._replace(dp=found.dp, gq=found.gq)
    row = np.concatenate([np.repeat(np.arange(len(genotypes)), np.diff(old.offsets)), found.row])
    samples = np.concatenate([old.samples, found.sample])
    order = np.lexsort((samples, row))
    quality = Quality(*(np.concatenate([a, b])[order] for a, b in zip(old.quality, new, strict=True)))
    states = np.concatenate([old.state, found.state])[order]
    offsets = _offsets_of(row, len(genotypes))
    return replace(genotypes, companions=Companions(offsets, samples[order], states, quality))


def no_intervals() -> Intervals:
    """No interval at all."""
    none = np.zeros(0, np.int32)
    return Intervals(none, none, none, np.full(0, REF, np.int8), none, none, np.zeros(0, np.bool_))
