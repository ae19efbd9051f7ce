"""Numbers of alleles compared between two packs: which of them cross a decision line, or change by much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trihelix.model.difference import Difference, DifferenceKind, Facts, Unlisted, VariantKey
from trihelix.reference.allele_table import AlleleTables
from trihelix.reference.differences.alleles import (
    LISTED_AT_ONCE,
    Merged,
    Rows,
    in_order,
    joined,
    merge,
    variant_keys,
)

_K = DifferenceKind
Values = NDArray[np.float32]


class Column(NamedTuple):
    """A population or a score. `lines`: what a value must reach (scores) or exceed (frequencies), for the old and
    the new pack; infinite where a pack does not have the column. `absent`: the value of an allele that is not there.
    `factor`: by how much a value that is positive in both packs must change to be listed; None = never.
    """

    name: str
    in_old: bool
    in_new: bool
    lines: Mapping[str, tuple[np.float32, np.float32]]
    inclusive: bool
    absent: float
    factor: float | None
    crossed: DifferenceKind
    changed: DifferenceKind


class _Found(NamedTuple):
    """Listed values: alleles, column numbers, values before and after, and bit k set where line k was crossed."""

    merged: Merged
    column: NDArray[np.int64]
    old: Values
    new: Values
    crossed: NDArray[np.int64]


def number_differences(
    folders: tuple[Path, Path], contigs: Sequence[str], columns: Sequence[Column]
) -> Iterator[Difference | Unlisted]:
    """Values that cross a line or change by more than the factor; all others are counted, as are the alleles
    that only one pack has. `folders` are those of the old and the new pack."""
    counts = dict.fromkeys((_K.VARIANT_ADDED, _K.VARIANT_REMOVED), 0) | {c.changed: 0 for c in columns}
    for contig in contigs:
        old, new = (AlleleTables(folder) for folder in folders)  # anew: what was read is let go of
        found: list[_Found] = []
        for merged in merge(old, new, contig):
            counts[_K.VARIANT_ADDED] += int((merged.old < 0).sum())
            counts[_K.VARIANT_REMOVED] += int((merged.new < 0).sum())
            for number, column in enumerate(columns):
                some, unlisted = _compare(old, new, contig, merged, column, number)
                found.append(some)
                counts[column.changed] += unlisted
        yield from _listed(old, new, contig, columns, found)
    yield from (Unlisted(kind, count) for kind, count in counts.items() if count)


def _compare(
    old: AlleleTables, new: AlleleTables, contig: str, merged: Merged, column: Column, number: int
) -> tuple[_Found, int]:
    was = _values(old, contig, merged.old, column, column.in_old)
    now = _values(new, contig, merged.new, column, column.in_new)
    crossed = np.zeros(len(was), np.int64)
    for bit, (a, b) in enumerate(column.lines.values()):
        crossed |= (_passes(was, a, column) != _passes(now, b, column)).astype(np.int64) << bit
    unequal = (was != now) & ~(np.isnan(was) & np.isnan(now)) & merged.shared & column.in_old & column.in_new
    listed = (crossed != 0) | (unequal & _changed_much(was, now, column.factor))
    places = np.flatnonzero(listed)
    numbers = np.full(len(places), number, np.int64)
    found = _Found(merged.at(places), numbers, was[places], now[places], crossed[places])
    return found, int((unequal & ~listed).sum())


def _values(tables: AlleleTables, contig: str, rows: Rows, column: Column, is_there: bool) -> Values:
    values = np.full(len(rows), column.absent, np.float32)
    here = rows >= 0
    if is_there and here.any():
        values[here] = tables.column(contig, column.name)[rows[here]]
    return values


def _passes(values: Values, line: np.float32, column: Column) -> NDArray[np.bool_]:
    return np.asarray(values >= line if column.inclusive else values > line, np.bool_)


def _changed_much(was: Values, now: Values, factor: float | None) -> NDArray[np.bool_]:
    if factor is None:
        return np.zeros(len(was), np.bool_)
    low, high = np.minimum(was, now), np.maximum(was, now)
    return np.asarray((low > 0) & (high > factor * low), np.bool_)


def _listed(
    old: AlleleTables, new: AlleleTables, contig: str, columns: Sequence[Column], found: Sequence[_Found]
) -> Iterator[Difference]:
    """The listed values of a contig by position, then by column."""
    merged = joined([f.merged for f in found])
    rest = [np.concatenate([f[k] for f in found]) for k in (1, 2, 3, 4)]
    order = in_order(old, new, contig, merged)
    for start in range(0, len(order), LISTED_AT_ONCE):
        some = order[start : start + LISTED_AT_ONCE]
        names = variant_keys(old, new, contig, merged.at(some))
        values = zip(*(part[some] for part in (*merged, *rest)), strict=True)
        for name, (i, j, number, was, now, crossed) in zip(names, values, strict=True):
            column = columns[int(number)]
            before = _fact(column.in_old and i >= 0, was)
            yield _difference(name, column, before, _fact(column.in_new and j >= 0, now), int(crossed))


def _difference(
    name: VariantKey, column: Column, before: Facts | None, after: Facts | None, crossed: int
) -> Difference:
    return Difference(
        column.crossed if crossed else column.changed,
        before,
        after,
        variant=name,
        item=column.name,
        crossed=tuple(line for bit, line in enumerate(column.lines) if crossed >> bit & 1),
        label=f"{name.contig}:{name.pos}:{name.ref}:{name.alt} {column.name}",
    )


def _fact(is_there: bool, value: np.float32) -> Facts | None:
    """A value with the digits that its 32 bits have; a value that a score leaves out is null."""
    if not is_there:
        return None
    return {"value": None if np.isnan(value) else float(str(value))}
