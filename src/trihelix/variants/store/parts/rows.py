"""Rows of genotypes taken, put in another order and put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.variants.store.genotypes import (
    Companions,
    Exceptions,
    Genotypes,
    Lists,
    Quality,
    Sites,
)

T = TypeVar("T", bound=NamedTuple)


@numba.njit(cache=True, nogil=True)
def gather_bytes(blob, start, length):  # type: ignore[no-untyped-def]
    """(offsets int64, bytes) of the pieces blob[start[i] : start[i] + length[i]], one behind the other."""
    offsets = np.zeros(len(start) + 1, np.int64)
    for i in range(len(start)):
        offsets[i + 1] = offsets[i] + length[i]
    out = np.empty(offsets[-1], np.uint8)
    for i in range(len(start)):
        to = offsets[i]
        for j in range(length[i]):
            out[to + j] = blob[start[i] + j]
    return offsets, out


@numba.njit(cache=True, nogil=True)
def _places(offsets, rows):  # type: ignore[no-untyped-def]
    """(offsets of the chosen rows' lists, places of their values)."""
    chosen = np.zeros(len(rows) + 1, np.int64)
    for i in range(len(rows)):
        chosen[i + 1] = chosen[i] + offsets[rows[i] + 1] - offsets[rows[i]]
    places = np.empty(chosen[-1], np.int64)
    for i in range(len(rows)):
        start, to = offsets[rows[i]], chosen[i]
        for j in range(chosen[i + 1] - to):
            places[to + j] = start + j
    return chosen, places


@numba.njit(cache=True, nogil=True)
def take_lists(offsets, values, rows):  # type: ignore[no-untyped-def]
    """(offsets, values) of the chosen rows' lists."""
    chosen = np.zeros(len(rows) + 1, np.int64)
    for i in range(len(rows)):
        chosen[i + 1] = chosen[i] + offsets[rows[i] + 1] - offsets[rows[i]]
    out = np.empty(chosen[-1], values.dtype)
    for i in range(len(rows)):
        start, to = offsets[rows[i]], chosen[i]
        for j in range(chosen[i + 1] - to):
            out[to + j] = values[start + j]
    return chosen, out


def take_rows(genotypes: Genotypes, rows: NDArray[np.int64]) -> Genotypes:
    """The chosen rows, in the order given."""
    rows = np.ascontiguousarray(rows, np.int64)
    quality = None
    if genotypes.quality is not None:
        carriers = genotypes.het.offsets + genotypes.hom.offsets
        _, places = _places(carriers, rows)
        quality = _at(genotypes.quality, places)
    return Genotypes(
        genotypes.samples,
        take_sites(genotypes.sites, rows),
        Lists(*take_lists(*genotypes.het, rows)),
        Lists(*take_lists(*genotypes.hom, rows)),
        Lists(*take_lists(*genotypes.missing, rows)),
        _take_exceptions(genotypes.exceptions, rows),
        quality,
        None if genotypes.sources is None else Lists(*take_lists(*genotypes.sources, rows)),
        None if genotypes.companions is None else _take_companions(genotypes.companions, rows),
    )


def slice_rows(genotypes: Genotypes, first: int, last: int) -> Genotypes:
    """The rows first..last-1, as views of the same columns."""
    if first == 0 and last == len(genotypes):
        return genotypes
    carriers = genotypes.het.offsets + genotypes.hom.offsets
    quality, companions = genotypes.quality, genotypes.companions
    if quality is not None:
        quality = Quality(*(column[carriers[first] : carriers[last]] for column in quality))
    if companions is not None:
        of = companions
        start, stop = of.offsets[first], of.offsets[last]
        inner = Quality(*(column[start:stop] for column in of.quality))
        lists = slice_lists(Lists(of.offsets, of.samples), first, last)
        companions = Companions(*lists, of.state[start:stop], inner)
    return Genotypes(
        genotypes.samples,
        Sites._make([*(column[first:last] for column in genotypes.sites[:-1]), genotypes.sites.blob]),
        slice_lists(genotypes.het, first, last),
        slice_lists(genotypes.hom, first, last),
        slice_lists(genotypes.missing, first, last),
        _slice_exceptions(genotypes.exceptions, first, last),
        quality,
        None if genotypes.sources is None else slice_lists(genotypes.sources, first, last),
        companions,
    )


def slice_lists(lists: Lists, first: int, last: int) -> Lists:
    """The lists of the rows first..last-1."""
    start, stop = lists.offsets[first], lists.offsets[last]
    return Lists(lists.offsets[first : last + 1] - start, lists.samples[start:stop])


def _slice_exceptions(of: Exceptions, first: int, last: int) -> Exceptions:
    start, stop = of.offsets[first], of.offsets[last]
    return Exceptions(of.offsets[first : last + 1] - start, *(column[start:stop] for column in of[1:]))


def with_own_bases(genotypes: Genotypes) -> Genotypes:
    """The same rows with a blob of their own alleles alone: what is held on to must not keep the bases of all others."""
    of = genotypes.sites
    ref, ref_text = gather_bytes(of.blob, of.ref_start, of.ref_len)
    alt, alt_text = gather_bytes(of.blob, of.alt_start, of.alt_len)
    blob = np.concatenate([ref_text, alt_text])
    sites = of._replace(ref_start=ref[:-1], alt_start=alt[:-1] + len(ref_text), blob=blob)
    return replace(genotypes, sites=sites)


def take_sites(sites: Sites, rows: NDArray[np.int64]) -> Sites:
    """The chosen rows' sites; the blob stays whole."""
    return Sites._make([*(column[rows] for column in sites[:-1]), sites.blob])


def _at(columns: T, places: NDArray[Any]) -> T:
    return type(columns)(*(column[places] for column in columns))


def _take_exceptions(of: Exceptions, rows: NDArray[np.int64]) -> Exceptions:
    offsets, places = _places(of.offsets, rows)
    return Exceptions(offsets, *(column[places] for column in of[1:]))


def _take_companions(of: Companions, rows: NDArray[np.int64]) -> Companions:
    offsets, places = _places(of.offsets, rows)
    return Companions(offsets, of.samples[places], of.state[places], _at(of.quality, places))


def concatenate(parts: Sequence[Genotypes]) -> Genotypes:
    """The rows of all parts, one behind the other; the parts have the same samples and share their numbering of
    contigs and filters, and have sources all or none. Other columns that only some have are filled for the rest."""
    if len(parts) == 1:
        return parts[0]
    return Genotypes(
        parts[0].samples,
        join_sites([p.sites for p in parts]),
        join_lists([p.het for p in parts]),
        join_lists([p.hom for p in parts]),
        join_lists([p.missing for p in parts]),
        _join_exceptions([p.exceptions for p in parts]),
        _join_quality(parts),
        None if parts[0].sources is None else join_lists([p.sources for p in parts if p.sources is not None]),
        None if all(p.companions is None for p in parts) else _join_companions(parts),
    )


def join_sites(parts: Sequence[Sites]) -> Sites:
    """The sites of all parts, one behind the other."""
    starts = np.cumsum([0, *(len(p.blob) for p in parts)])[:-1]
    moved = [
        p._replace(ref_start=p.ref_start + start, alt_start=p.alt_start + start)
        for p, start in zip(parts, starts, strict=True)
    ]
    return Sites(*(np.concatenate(columns) for columns in zip(*moved, strict=True)))


def join_offsets(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The offsets of lists that stand one behind the other."""
    starts = np.cumsum([0, *(int(p[-1]) for p in parts)])
    return np.concatenate([[0], *(p[1:] + start for p, start in zip(parts, starts[:-1], strict=True))])


def join_lists(parts: Sequence[Lists]) -> Lists:
    """The lists of all parts."""
    return Lists(join_offsets([p.offsets for p in parts]), np.concatenate([p.samples for p in parts]))


def _join_exceptions(parts: Sequence[Exceptions]) -> Exceptions:
    columns = zip(*(p[1:] for p in parts), strict=True)
    return Exceptions(join_offsets([p.offsets for p in parts]), *(np.concatenate(c) for c in columns))


def unknown_quality(calls: int) -> Quality:
    """Nothing known of so many calls."""
    none = np.full(calls, -1, np.int16)
    return Quality(none, none, none, none, np.full(calls, -1, np.int32), np.zeros(calls, np.uint8))


def _join_quality(parts: Sequence[Genotypes]) -> Quality | None:
    if all(p.quality is None for p in parts):
        return None
    filled = [
        p.quality
        if p.quality is not None
        else unknown_quality(int(p.het.offsets[-1]) + int(p.hom.offsets[-1]))
        for p in parts
    ]
    return Quality(*(np.concatenate(columns) for columns in zip(*filled, strict=True)))


def no_companions(rows: int) -> Companions:
    """No companion in any row."""
    return Companions(
        np.zeros(rows + 1, np.int64), np.zeros(0, np.uint32), np.zeros(0, np.int8), unknown_quality(0)
    )


def _join_companions(parts: Sequence[Genotypes]) -> Companions:
    filled = [p.companions if p.companions is not None else no_companions(len(p)) for p in parts]
    quality = Quality(*(np.concatenate(c) for c in zip(*(f.quality for f in filled), strict=True)))
    return Companions(
        join_offsets([f.offsets for f in filled]),
        np.concatenate([f.samples for f in filled]),
        np.concatenate([f.state for f in filled]),
        quality,
    )
