"""Allele counts of any cohort: who is called with how many copies, batch by batch and over all.

Copies follow the karyotype: where one copy is expected a HOM call has one (hemizygous), and a HET call contradicts
the karyotype and is counted as not called, as gnomAD does (adjust_sex_ploidy of its quality control). Where none is
expected nothing counts. Of the mitochondrial genome each person counts once: HET is heteroplasmic, HOM homoplasmic.
Half calls count the copies that were called, as `bcftools +fill-tags` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trihelix.variants.codes import HET, HOM, MISSING
from trihelix.variants.store import ploidy
from trihelix.variants.store.answers.hidden import hidden_rows
from trihelix.variants.store.batches import Batch, View
from trihelix.variants.store.cohorts import Bitmap, Cohort, bitmap_of, size_of
from trihelix.variants.store.genotypes import AS_WRITTEN, DIPLOID, MITOCHONDRIAL
from trihelix.variants.store.parts.decoding import exceptions_of
from trihelix.variants.store.parts.tiles import Tile
from trihelix.variants.store.regions import Region
from trihelix.variants.store.samples import AbsentIs

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Rarity:
    """Alleles that somebody of the cohort carries with at most this frequency there, or so many copies; None: any."""

    max_frequency: float | None = None
    max_count: int | None = None

    def chosen(self, ac: NDArray[np.int64], an: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which rows these are."""
        rare = ac > 0
        if self.max_count is not None:
            rare &= ac <= self.max_count
        if self.max_frequency is not None:
            rare &= ac <= self.max_frequency * an
        return rare


ANY = Rarity()


@dataclass(frozen=True)
class RowCounts:
    """Of each row: copies of the allele `ac` among `an` called ones; people who are het, hom, hemi (the one copy
    that they have), or not called (`missing`: their file has the row without a call, or no reads enough)."""

    ac: Counts
    an: Counts
    het: Counts
    hom: Counts
    hemi: Counts
    missing: Counts

    @classmethod
    def zero(cls, rows: int) -> RowCounts:
        """Nothing counted yet."""
        return cls(*(np.zeros(rows, np.int64) for _ in fields(cls)))

    def where(self, rows: NDArray[np.bool_], other: RowCounts) -> RowCounts:
        """These counts, but the other's in the rows where `rows` is true."""
        return RowCounts(
            *(np.where(rows, getattr(other, f.name), getattr(self, f.name)) for f in fields(self))
        )


class ExceptionalCalls(NamedTuple):
    """Columns of `genotypes.Exceptions`, for some calls."""

    state: NDArray[Any]
    copies: NDArray[Any]
    called: NDArray[Any]


@dataclass(frozen=True)
class Group:
    """Members of a batch's cohort who are counted alike in a region: so many copies expected; `absent_known` where a
    row that their file does not mention says something (reference, or missing)."""

    copies: int
    absent_known: bool
    bitmap: Bitmap
    size: int


class Counter:
    """Counts the rows of one batch for one cohort."""

    def __init__(self, batch: Batch, bitmap: Bitmap, assembly: str | None) -> None:
        self._batch, self._bitmap, self._assembly = batch, bitmap, assembly
        self._everyone = size_of(bitmap) == batch.entry.samples
        self._groups: dict[int, list[Group]] = {}

    def groups(self, region: int) -> list[Group]:
        """The members of the cohort by how they are counted in a region."""
        if region not in self._groups:
            self._groups[region] = self._groups_in(region)
        return self._groups[region]

    def _groups_in(self, region: int) -> list[Group]:
        batch = self._batch
        known = ~batch.absent_is(AbsentIs.UNKNOWN) if batch.several_sources else None
        if region == DIPLOID and (known is None or known.all()):
            return [Group(2, True, self._bitmap, size_of(self._bitmap))]
        if known is None:
            known = np.ones(batch.entry.samples, np.bool_)
        copies = usual_copies(batch, region)
        found = []
        for kind in np.unique(copies * np.uint8(2) + known).tolist():
            expected, is_known = kind >> 1, bool(kind & 1)
            bitmap = bitmap_of((copies == expected) & (known == is_known)) & self._bitmap
            if size := size_of(bitmap):
                found.append(Group(expected, is_known, bitmap, size))
        return found

    def called_if_reference(self, region: int) -> int:
        """Copies that are called at a place of which every member is reference because nothing is said."""
        is_reference = bitmap_of(self._batch.absent_is(AbsentIs.REFERENCE))
        return sum(g.copies * size_of(g.bitmap & is_reference) for g in self.groups(region))

    def with_blocks(self, region: int) -> list[Group]:
        """Those members of each group whose reference blocks tell what they are where their file has no row."""
        told = bitmap_of(self._batch.absent_is(AbsentIs.CALLABLE))
        some = [
            replace(g, bitmap=g.bitmap & told, size=size_of(g.bitmap & told)) for g in self.groups(region)
        ]
        return [group for group in some if group.copies and group.size]

    def count(
        self, tile: Tile, rarity: Rarity | None = None, rows: NDArray[np.bool_] | None = None
    ) -> RowCounts:
        """The counts of every row of a tile. With a `rarity`, `an` is only as exact as it takes to judge these rows."""
        if rarity is not None and (counted := self._count_carriers(tile, rarity, rows)) is not None:
            return counted
        regions = ploidy.regions(self._assembly, tile.part.contig, tile.pos)
        present = np.unique(regions).tolist()
        counted = self._count_as(tile, present[0])
        for region in present[1:]:
            counted = counted.where(regions == region, self._count_as(tile, region))
        return counted

    def _count_as(self, tile: Tile, region: int) -> RowCounts:
        groups = self.groups(region)
        if not groups:
            return RowCounts.zero(tile.rows)
        het, hom, missing = self._found(tile, groups)
        total = RowCounts.zero(tile.rows)
        for number, group in enumerate(groups):
            present = self._present(tile, group)
            _add(total, group, region, het[number], hom[number], missing[number], present)
        self._correct(tile, region, total)
        return total

    def _count_carriers(self, tile: Tile, rarity: Rarity, rows: NDArray[np.bool_] | None) -> RowCounts | None:
        """Counts without those who are not called, if they are not needed to judge these rows: missing calls are most
        of what is read. None where they may be, or where people are not all counted alike."""
        kinds = ploidy.regions(self._assembly, tile.part.contig, tile.pos)
        groups = self.groups(DIPLOID)
        if (kinds != DIPLOID).any() or len(groups) != 1 or not groups[0].absent_known or tile.has_exceptions:
            return None
        size = groups[0].size
        if self._everyone:
            return None
        bitmaps = groups[0].bitmap[None]
        het, hom = tile.count("het", bitmaps)[0], tile.count("hom", bitmaps)[0]
        ac = het + 2 * hom
        most = np.full(tile.rows, 2 * size)
        least = most - 2 * np.minimum(tile.counts("missing").astype(np.int64), size)
        unsure = rarity.chosen(ac, most) != rarity.chosen(ac, least)
        if (unsure if rows is None else unsure & rows).any():
            return None
        zero = np.zeros(tile.rows, np.int64)
        return RowCounts(ac, most, het, hom, zero, zero)

    def _found(self, tile: Tile, groups: Sequence[Group]) -> tuple[Counts, Counts, Counts]:
        """(group, row) of het, hom and missing. What is stored serves where nobody is left out."""
        if self._everyone and len(groups) == 1:
            stored = [tile.counts(name).astype(np.int64)[None] for name in ("het", "hom", "missing")]
            return stored[0], stored[1], stored[2]
        bitmaps = np.stack([g.bitmap for g in groups])
        return tile.count("het", bitmaps), tile.count("hom", bitmaps), tile.count("missing", bitmaps)

    def _present(self, tile: Tile, group: Group) -> Counts | None:
        """How many of the group stand in files that have each row; None where that is everybody: all said something."""
        if group.absent_known:
            return None
        source, sample = self._batch.sources
        weight = np.bincount(source[is_member(group.bitmap, sample)], minlength=int(source.max()) + 1)
        return tile.sums_over_sources(weight)

    def _correct(self, tile: Tile, region: int, total: RowCounts) -> None:
        """Calls of another number of copies than their state says."""
        if not tile.has_exceptions:
            return
        of = exceptions_of(tile)
        row = np.repeat(np.arange(tile.rows), np.diff(of.offsets))
        for group in self.groups(region):
            if group.copies:
                inside = is_member(group.bitmap, of.samples)
                calls = ExceptionalCalls(of.state[inside], of.copies[inside], of.called[inside])
                exchange(total, row[inside], np.full(int(inside.sum()), group.copies), region, calls)


def is_member(bitmap: Bitmap, samples: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which of the ordinals are in a bitmap."""
    word = bitmap[samples >> 6] >> (samples & 63).astype(np.uint64)
    return np.asarray((word & np.uint64(1)).astype(np.bool_))


def _add(
    total: RowCounts,
    group: Group,
    region: int,
    het: Counts,
    hom: Counts,
    missing: Counts,
    present: Counts | None,
) -> None:
    """Adds the people of one group to the counts of a tile's rows."""
    if not group.copies:
        return
    mitochondrial = region == MITOCHONDRIAL
    contradicting = het if group.copies == 1 and not mitochondrial else np.zeros_like(het)
    called = (group.size if present is None else present) - missing - contradicting
    total.missing[:] += missing + contradicting
    total.an[:] += group.copies * called
    total.ac[:] += group.copies * hom + (het - contradicting)
    total.het[:] += het - contradicting
    (total.hemi if group.copies == 1 and not mitochondrial else total.hom)[:] += hom


def exchange(
    total: RowCounts, at: NDArray[Any], expected: NDArray[Any], region: int, calls: ExceptionalCalls
) -> None:
    """Takes out what the states of exceptional calls were counted as, and puts in what was called. `at` tells where
    each call counts (its row, or its sample), `expected` its usual copies, none of them 0."""
    mitochondrial = region == MITOCHONDRIAL
    single = (expected == 1) & (not mitochondrial)
    is_het, is_hom, is_missing = calls.state == HET, calls.state == HOM, calls.state == MISSING
    copies, called = calls.copies.astype(np.int64), calls.called.astype(np.int64)
    if mitochondrial:
        called, copies = np.minimum(called, 1), np.minimum(copies, 1)
    uncounted = is_missing | (is_het & single)
    np.add.at(total.an, at, called - np.where(uncounted, 0, expected))
    np.add.at(total.ac, at, copies - np.where(is_hom, expected, np.where(is_het & ~uncounted, 1, 0)))
    np.add.at(total.missing, at[uncounted & (called > 0)], -1)
    np.add.at(total.hemi, at[single & is_hom & (copies != 1)], -1)
    np.add.at(total.het, at[single & is_het & (copies > 0)], 1)
    as_single = ~single & is_hom & (calls.called == 1) & (not mitochondrial)
    np.add.at(total.hom, at[as_single], -1)
    np.add.at(total.hemi, at[as_single], 1)


@dataclass(frozen=True)
class Counted:
    """A tile with rows in a region: which of its rows they are, and the counts of all its rows."""

    batch: Batch
    tile: Tile
    rows: NDArray[np.bool_]
    counts: RowCounts


def usual_copies(batch: Batch, region: int) -> NDArray[np.uint8]:
    """Copies by which each sample is counted in a region: 0, 1 or 2; 2 where its karyotype is not known."""
    expected = batch.expected_copies[region]
    if region == MITOCHONDRIAL:
        return np.ones_like(expected)
    return np.minimum(np.where(expected == AS_WRITTEN, 2, expected), 2).astype(np.uint8)


def counters(view: View, cohort: Cohort) -> list[tuple[Batch, Counter]]:
    """A counter for each batch in which the cohort has somebody who is not withdrawn."""
    found = []
    for batch in view.batches:
        bitmap = cohort.members.get(batch.id)
        if bitmap is not None:
            bitmap = bitmap & view.everyone.members[batch.id]
            if size_of(bitmap):
                found.append((batch, Counter(batch, bitmap, view.assembly)))
    return found


def count_batch(
    view: View, counter: Counter, batch: Batch, places: Sequence[Region], rarity: Rarity | None = None
) -> Iterator[Counted]:
    """The tiles of a batch that have rows in any of the places (regions of one contig that rise and do not overlap),
    each once. Rows of withdrawn people alone are left out. With a `rarity` numbers are exact only as far as it needs
    them: `an` may be too high where that decides nothing."""
    span = Region(places[0].contig, places[0].first, places[-1].last)
    for tile in batch.tiles(span):
        rows = np.zeros(tile.rows, np.bool_)
        for place in places:
            rows[tile.rows_between(place.first, place.last)] = True
        if rows.any() and (hidden := hidden_rows(view, tile, span)) is not None:
            rows &= ~hidden
        if rows.any():
            yield Counted(batch, tile, rows, counter.count(tile, rarity, rows))
