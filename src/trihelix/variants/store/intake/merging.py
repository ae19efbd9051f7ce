"""Genotypes of several files or batches put together: the union of their rows, their samples side by side.

A row that a contribution lacks says nothing of its samples: they are in no list. What that means is decided by whoever
asked (see `samples.AbsentIs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.reference.allele_keys import Alleles, allele_keys
from trihelix.variants.store.genotypes import (
    Companions,
    Exceptions,
    Genotypes,
    Lists,
    Quality,
    Sites,
    no_exceptions,
)
from trihelix.variants.store.intake.repeats import without_repeats
from trihelix.variants.store.parts.rows import join_sites, no_companions, take_rows, unknown_quality

DROPPED = -1
EXACT_BASES = 13  # of REF and ALT together: longer alleles have hashes for keys


@dataclass(frozen=True)
class Contribution:
    """Rows of one contig with the batch ordinal of each of their samples (DROPPED: leave it out), and the batch numbers
    of their sources: of each source that `genotypes.sources` lists, or of the one file where it has none (DROPPED: none
    of its samples is left)."""

    genotypes: Genotypes
    ordinals: NDArray[np.int64]
    sources: NDArray[np.int64]


def keys_of(sites: Sites) -> NDArray[np.uint64]:
    """The key of every row's allele; keys rise with the position."""
    return allele_keys(
        Alleles(sites.pos, sites.ref_start, sites.ref_len, sites.alt_start, sites.alt_len, sites.blob)
    )


def in_order(genotypes: Genotypes, passing: Sequence[int]) -> Genotypes:
    """Rows of one contig sorted by position, REF and ALT; an allele that stood in several records once. `passing` are
    the filters that pass."""
    order, starts = _order(genotypes.sites)
    if len(starts) == len(order):
        sorted_already = np.array_equal(order, np.arange(len(order)))
        return genotypes if sorted_already else take_rows(genotypes, order)
    return without_repeats(take_rows(genotypes, order), starts, passing)


def _order(sites: Sites) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(order of the rows, where each distinct allele begins in it)."""
    keys = keys_of(sites)
    if len(keys) < 2 or (keys[1:] > keys[:-1]).all():
        order = np.arange(len(keys))
    else:
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
    new = np.ones(len(keys), np.bool_)
    new[1:] = keys[1:] != keys[:-1]
    order = _apart_where_hashes_meet(sites, order, new)
    return _by_text_where_tied(sites, order, np.flatnonzero(new))


def _apart_where_hashes_meet(
    sites: Sites, order: NDArray[np.int64], new: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Keys of long alleles are hashes: where two alleles have the same one, their rows are put apart, and `new` says so."""
    long = (sites.ref_len[order] + sites.alt_len[order] > EXACT_BASES) & ~new
    if not long.any():
        return order
    order = order.copy()
    starts = np.flatnonzero(new)
    for start in np.unique(np.searchsorted(starts, np.flatnonzero(long), "right") - 1).tolist():
        first = int(starts[start])
        last = int(starts[start + 1]) if start + 1 < len(starts) else len(order)
        texts = [(sites.ref(int(row)), sites.alt(int(row))) for row in order[first:last]]
        if len(set(texts)) > 1:
            by = sorted(range(last - first), key=texts.__getitem__)
            order[first:last] = order[first:last][by]
            new[first + 1 : last] = [texts[by[i]] != texts[by[i - 1]] for i in range(1, len(by))]
    return order


def _by_text_where_tied(
    sites: Sites, order: NDArray[np.int64], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Alleles of one position stand in the order of their REF and ALT."""
    pos = sites.pos[order[starts]]
    tied = np.flatnonzero(pos[1:] == pos[:-1])
    if not len(tied):
        return order, starts
    ends = np.append(starts[1:], len(order))
    order, starts = order.copy(), starts.copy()
    runs = np.split(tied, np.flatnonzero(np.diff(tied) > 1) + 1)
    for run in runs:
        first, last = int(run[0]), int(run[-1]) + 1
        groups = [order[starts[i] : ends[i]].copy() for i in range(first, last + 1)]
        groups.sort(key=lambda rows: (sites.ref(int(rows[0])), sites.alt(int(rows[0]))))
        at = int(starts[first])
        for i, rows in enumerate(groups, first):
            starts[i] = at
            order[at : at + len(rows)] = rows
            at += len(rows)
    return order, starts


class _Place(NamedTuple):
    """Where a contribution's rows go."""

    genotypes: Genotypes
    ordinals: NDArray[np.int64]
    sources: NDArray[np.int64]
    rows: NDArray[np.int64]


def combine(
    contributions: Sequence[Contribution], samples: int, with_sources: bool, passing: Sequence[int] = ()
) -> Genotypes:
    """The union of the rows of contributions, each sorted and without repeats, for a batch of so many samples.

    The contributions number contigs and filters alike; a row that passes in one of them (a filter of `passing`) does
    in the union. Lists are sorted by ordinal whatever the order of the samples.
    """
    sites = join_sites([c.genotypes.sites for c in contributions])
    order, starts = _order(sites)
    place = np.empty(len(order), np.int64)
    place[order] = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(order))))
    at = np.cumsum([0, *(len(c.genotypes) for c in contributions)])
    places = [
        _Place(c.genotypes, c.ordinals, c.sources, place[at[i] : at[i + 1]])
        for i, c in enumerate(contributions)
    ]
    rows = len(starts)
    quality = any(c.genotypes.quality is not None for c in contributions)
    het, het_quality = _calls(places, rows, "het", quality)
    hom, hom_quality = _calls(places, rows, "hom", quality)
    missing, _ = _calls(places, rows, "missing", False)
    return Genotypes(
        samples,
        _sites(sites, order[starts], at, place, passing),
        het,
        hom,
        missing,
        _exceptions(places, rows),
        interleaved(het, hom, het_quality, hom_quality) if het_quality and hom_quality else None,
        _sources(places, rows) if with_sources else None,
        _companions(places, rows),
    )


def _sites(
    sites: Sites,
    first: NDArray[np.int64],
    at: NDArray[np.int64],
    place: NDArray[np.int64],
    passing: Sequence[int],
) -> Sites:
    """The distinct sites. Rows of one record of the file that has them first share a record number."""
    source = np.searchsorted(at, first, "right") - 1
    _, record = np.unique(source.astype(np.int64) << 32 | sites.record[first], return_inverse=True)
    chosen = Sites._make([*(column[first] for column in sites[:-1]), sites.blob])
    passes = np.flatnonzero(np.isin(sites.filter, passing))[::-1]  # the first of them is written last
    chosen.filter[place[passes]] = sites.filter[passes]
    return chosen._replace(record=record.astype(np.int32))


@numba.njit(cache=True, nogil=True)
def _count_kept(offsets, samples, ordinals, rows, counts):  # type: ignore[no-untyped-def]
    for i in range(len(rows)):
        for j in range(offsets[i], offsets[i + 1]):
            counts[rows[i] + 1] += ordinals[samples[j]] >= 0


@numba.njit(cache=True, nogil=True)
def _put(offsets, samples, ordinals, rows, cursor, out, came_from, first):  # type: ignore[no-untyped-def]
    """Writes the mapped samples of each row; `came_from` tells the place among all contributions' values."""
    for i in range(len(rows)):
        to = cursor[rows[i]]
        for j in range(offsets[i], offsets[i + 1]):
            ordinal = ordinals[samples[j]]
            if ordinal >= 0:
                out[to] = ordinal
                came_from[to] = first + j
                to += 1
        cursor[rows[i]] = to


def _merged_lists(
    lists: Sequence[tuple[Lists, NDArray[np.int64], NDArray[np.int64]]], rows: int
) -> tuple[Lists, NDArray[np.int64]]:
    """(lists, where each value came from among the values of all, one behind the other)."""
    offsets = np.zeros(rows + 1, np.int64)
    for of, ordinals, to in lists:
        _count_kept(of.offsets, of.samples, ordinals, to, offsets)
    np.cumsum(offsets, out=offsets)
    values, came_from = np.empty(offsets[-1], np.uint32), np.empty(offsets[-1], np.int64)
    cursor, first = offsets[:-1].copy(), 0
    for of, ordinals, to in lists:
        _put(of.offsets, of.samples, ordinals, to, cursor, values, came_from, first)
        first += len(of.samples)
    if not _is_sorted(offsets, values):
        row = np.repeat(np.arange(rows, dtype=np.uint64), np.diff(offsets))
        by = np.argsort(row << np.uint64(32) | values, kind="stable")
        values, came_from = values[by], came_from[by]
    return Lists(offsets, values), came_from


@numba.njit(cache=True, nogil=True)
def _is_sorted(offsets, values):  # type: ignore[no-untyped-def]
    for row in range(len(offsets) - 1):
        for j in range(offsets[row] + 1, offsets[row + 1]):
            if values[j] < values[j - 1]:
                return False
    return True


def _calls(
    places: Sequence[_Place], rows: int, name: str, with_quality: bool
) -> tuple[Lists, Quality | None]:
    lists, came_from = _merged_lists([(getattr(p.genotypes, name), p.ordinals, p.rows) for p in places], rows)
    if not with_quality:
        return lists, None
    every = [getattr(apart(p.genotypes), name) for p in places]
    joined = Quality(*(np.concatenate(columns) for columns in zip(*every, strict=True)))
    return lists, Quality(*(column[came_from] for column in joined))


class _Apart(NamedTuple):
    het: Quality
    hom: Quality


def apart(genotypes: Genotypes) -> _Apart:
    """The quality of the HET and of the HOM calls, each in the order of its own list."""
    het, hom = genotypes.het, genotypes.hom
    if genotypes.quality is None:
        return _Apart(unknown_quality(len(het.samples)), unknown_quality(len(hom.samples)))
    is_het = _is_het(het.offsets, hom.offsets)
    return _Apart(
        Quality(*(column[is_het] for column in genotypes.quality)),
        Quality(*(column[~is_het] for column in genotypes.quality)),
    )


def interleaved(het: Lists, hom: Lists, of_het: Quality, of_hom: Quality) -> Quality:
    """The quality of each row's HET calls, then of its HOM calls."""
    is_het = _is_het(het.offsets, hom.offsets)
    made = []
    for one, other in zip(of_het, of_hom, strict=True):
        column = np.empty(len(is_het), one.dtype)
        column[is_het], column[~is_het] = one, other
        made.append(column)
    return Quality(*made)


@numba.njit(cache=True, nogil=True)
def _is_het(het, hom):  # type: ignore[no-untyped-def]
    """Which of the carriers, of each row the HET ones then the HOM ones, are HET."""
    out = np.zeros(het[-1] + hom[-1], np.bool_)
    at = 0
    for row in range(len(het) - 1):
        n = het[row + 1] - het[row]
        out[at : at + n] = True
        at += n + hom[row + 1] - hom[row]
    return out


def _exceptions(places: Sequence[_Place], rows: int) -> Exceptions:
    if not any(len(p.genotypes.exceptions.samples) for p in places):
        return no_exceptions(rows)
    of = [p.genotypes.exceptions for p in places]
    lists = [(Lists(e.offsets, e.samples), p.ordinals, p.rows) for e, p in zip(of, places, strict=True)]
    merged, came_from = _merged_lists(lists, rows)
    columns: Any = zip(*(e[2:] for e in of), strict=True)
    return Exceptions(*merged, *(np.concatenate(c)[came_from] for c in columns))


def _sources(places: Sequence[_Place], rows: int) -> Lists:
    lists = []
    for place in places:
        of = place.genotypes.sources
        if of is None:
            n = len(place.rows)
            of = Lists(np.arange(n + 1, dtype=np.int64), np.zeros(n, np.uint32))
        lists.append((of, place.sources, place.rows))
    merged, _ = _merged_lists(lists, rows)
    return _distinct(merged) if len(places) > 1 else merged


def _distinct(lists: Lists) -> Lists:
    row = np.repeat(np.arange(len(lists.offsets) - 1), np.diff(lists.offsets))
    keep = np.ones(len(row), np.bool_)
    keep[1:] = (row[1:] != row[:-1]) | (lists.samples[1:] != lists.samples[:-1])
    counts = np.bincount(row[keep], minlength=len(lists.offsets) - 1)
    return Lists(np.concatenate([[0], np.cumsum(counts)]), lists.samples[keep])


def _companions(places: Sequence[_Place], rows: int) -> Companions | None:
    if all(p.genotypes.companions is None for p in places):
        return None
    of = [p.genotypes.companions or no_companions(len(p.genotypes)) for p in places]
    lists = [(Lists(c.offsets, c.samples), p.ordinals, p.rows) for c, p in zip(of, places, strict=True)]
    merged, came_from = _merged_lists(lists, rows)
    quality = Quality(*(np.concatenate(c)[came_from] for c in zip(*(c.quality for c in of), strict=True)))
    return Companions(*merged, np.concatenate([c.state for c in of])[came_from], quality)


def with_companions_where_rare(genotypes: Genotypes, rare_at_most: int) -> Genotypes:
    """Companions only where at most so many samples carry the allele."""
    of = genotypes.companions
    if of is None:
        return genotypes
    rare = np.diff(genotypes.het.offsets) + np.diff(genotypes.hom.offsets) <= rare_at_most
    keep = np.repeat(rare, np.diff(of.offsets))
    offsets = np.concatenate([[0], np.cumsum(np.where(rare, np.diff(of.offsets), 0))])
    kept = Companions(
        offsets, of.samples[keep], of.state[keep], Quality(*(column[keep] for column in of.quality))
    )
    return replace(genotypes, companions=kept)


def with_missing(genotypes: Genotypes, rows: NDArray[np.int64], ordinals: NDArray[Any]) -> Genotypes:
    """The genotypes with more missing calls: of a sample in a row where it neither carries nor is reference."""
    if not len(rows):
        return genotypes
    of = genotypes.missing
    row = np.repeat(np.arange(len(genotypes)), np.diff(of.offsets))
    by = np.concatenate([row, rows]).astype(np.uint64) << np.uint64(32)
    cells = np.unique(by | np.concatenate([of.samples, ordinals]).astype(np.uint64))
    counts = np.bincount((cells >> np.uint64(32)).astype(np.int64), minlength=len(genotypes))
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return replace(genotypes, missing=Lists(offsets, cells.astype(np.uint32)))
