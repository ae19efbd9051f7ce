"""Rows of two tables paired and compared: what every kind of difference is worked out with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from trihelix.model.difference import DifferenceKind, Fact, Facts, GeneKey

Row = Mapping[str, Any]
Names = Callable[[Row], Iterable[Hashable]]
Pair = tuple[Row | None, Row | None]
Groups = Sequence[tuple[DifferenceKind, tuple[str, ...]]]

_COPY = "number of the copy"  # no pack has a column of this name


def unequal_rows(old: pl.DataFrame, new: pl.DataFrame) -> tuple[Sequence[Row], Sequence[Row]]:
    """The rows of each table that the other lacks, as often as it lacks them; both have the same columns."""
    numbered = [_numbered(frame) for frame in (old, new)]
    keys = numbered[0].columns
    only_old = numbered[0].join(numbered[1], on=keys, how="anti", nulls_equal=True, maintain_order="left")
    only_new = numbered[1].join(numbered[0], on=keys, how="anti", nulls_equal=True, maintain_order="left")
    return only_old.drop(_COPY).to_dicts(), only_new.drop(_COPY).to_dicts()


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the number of earlier rows that are the same, so that repeats are told apart."""
    return frame.with_columns(pl.int_range(pl.len()).over(pl.struct(frame.columns)).alias(_COPY))


def pair_rows(old: Sequence[Row], new: Sequence[Row], stages: Sequence[Names]) -> Iterator[Pair]:
    """Pairs of rows that mean the same thing; a row without a partner stands alone.

    In each stage the rows that are still single and share a name are paired, the k-th of one table with the k-th
    of the other. Names are taken in order, so that the pairs are the same when the tables change places.
    """
    singles_old, singles_new = dict(enumerate(old)), dict(enumerate(new))
    for names_of in stages:
        here, there = _by_name(singles_old, names_of), _by_name(singles_new, names_of)
        for name in sorted(here.keys() & there.keys(), key=repr):
            left = [i for i in here[name] if i in singles_old]
            right = [i for i in there[name] if i in singles_new]
            for i, j in zip(left, right, strict=False):
                yield singles_old.pop(i), singles_new.pop(j)
    yield from ((row, None) for row in singles_old.values())
    yield from ((None, row) for row in singles_new.values())


def _by_name(rows: Mapping[int, Row], names_of: Names) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = defaultdict(list)
    for number, row in rows.items():
        for name in dict.fromkeys(names_of(row)):
            if name is not None:
                found[name].append(number)
    return found


def facts_of(row: Row, columns: Iterable[str]) -> dict[str, Fact]:
    """Columns of a row as facts: lists become tuples."""
    return {c: tuple(row[c]) if isinstance(row[c], list) else row[c] for c in columns}


def changed_facts(old: Row, new: Row, groups: Groups) -> Iterator[tuple[DifferenceKind, Facts, Facts]]:
    """For each group of columns with a change: its kind and the facts that changed, before and after."""
    for kind, columns in groups:
        changed = [c for c in columns if old[c] != new[c]]
        if changed:
            yield kind, facts_of(old, changed), facts_of(new, changed)


def gene_key(symbols: Iterable[str | None], ids: Iterable[str | None]) -> GeneKey:
    """The key of a gene from its names in both packs, nulls left out."""
    return GeneKey(tuple(sorted({s for s in symbols if s})), tuple(sorted({i for i in ids if i})))
