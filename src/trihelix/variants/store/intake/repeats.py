"""An allele that stands in several records of one file, as one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.variants.codes import HET, HOM, MISSING, REF
from trihelix.variants.store.genotypes import Companions, Exceptions, Genotypes, Lists, Quality
from trihelix.variants.store.parts.rows import take_rows

# Of a row's samples: state, values of its quality, exception (state, copies, called) or None.
_Call = tuple[int, tuple[Any, ...] | None, tuple[int, int, int] | None]
_Calls = dict[int, _Call]


def without_repeats(genotypes: Genotypes, starts: NDArray[np.int64], passing: Sequence[int]) -> Genotypes:
    """Rows sorted so that equal alleles are neighbours, each distinct one beginning at a place of `starts`, as one row
    each; `passing` are the filters that pass.

    As in a family's files (family_calls): where any of the records passes, only those that pass count. Of these each
    sample has the call with most copies, and is missing only if it is in all. Site columns are those of the first.
    """
    ends = np.append(starts[1:], len(genotypes))
    several = np.flatnonzero(ends - starts > 1)
    passes = np.isin(genotypes.sites.filter, passing)
    counted = {i: _counted(range(int(starts[i]), int(ends[i])), passes) for i in several.tolist()}
    first = starts.copy()
    first[several] = [rows[0] for rows in counted.values()]
    calls = [_calls_of(genotypes, rows) for rows in counted.values()]
    return _replaced(take_rows(genotypes, first), several, calls)


def _counted(rows: range, passes: NDArray[np.bool_]) -> list[int]:
    """The records of an allele that count."""
    return [row for row in rows if passes[row]] or list(rows)


def _calls_of(genotypes: Genotypes, rows: Sequence[int]) -> _Calls:
    """The calls that are listed: all but plain reference calls."""
    of_each = [_calls_of_row(genotypes, row) for row in rows]
    found: _Calls = {}
    for sample in sorted(set().union(*of_each)):
        calls = [of.get(sample, (REF, None, None)) for of in of_each]
        best = max(calls, key=lambda call: call[0])  # of equals the first
        if best != (REF, None, None):
            found[sample] = best
    return found


def _calls_of_row(genotypes: Genotypes, row: int) -> _Calls:
    odd = _exceptions_of(genotypes.exceptions, row)
    start, n_het = int(genotypes.het.offsets[row] + genotypes.hom.offsets[row]), len(genotypes.het.of(row))
    found: _Calls = {sample: (call[0], None, call) for sample, call in odd.items()}
    found |= {s: (MISSING, None, odd.get(s)) for s in genotypes.missing.of(row).tolist()}
    carriers = [*genotypes.het.of(row).tolist(), *genotypes.hom.of(row).tolist()]
    for number, sample in enumerate(carriers):
        quality = None
        if genotypes.quality is not None:
            quality = tuple(column[start + number] for column in genotypes.quality)
        found[sample] = (HET if number < n_het else HOM, quality, odd.get(sample))
    return found


def _exceptions_of(of: Exceptions, row: int) -> dict[int, tuple[int, int, int]]:
    places = range(int(of.offsets[row]), int(of.offsets[row + 1]))
    return {int(of.samples[i]): (int(of.state[i]), int(of.copies[i]), int(of.called[i])) for i in places}


def _replaced(genotypes: Genotypes, rows: NDArray[np.int64], calls: list[_Calls]) -> Genotypes:
    """The genotypes with other calls in some rows. Their companions who carry or are missing are left out."""
    chosen = dict(zip(rows.tolist(), calls, strict=True))
    lists = {
        name: _with_lists(getattr(genotypes, name), chosen, state)
        for name, state in (("het", HET), ("hom", HOM), ("missing", MISSING))
    }
    quality = None
    if genotypes.quality is not None:
        quality = _with_quality(genotypes, genotypes.quality, chosen)
    return Genotypes(
        genotypes.samples,
        genotypes.sites,
        lists["het"],
        lists["hom"],
        lists["missing"],
        _with_exceptions(genotypes.exceptions, chosen),
        quality,
        genotypes.sources,
        None if genotypes.companions is None else _without_called(genotypes.companions, chosen),
    )


def _of_state(calls: _Calls, state: int) -> list[int]:
    return sorted(sample for sample, call in calls.items() if call[0] == state)


def _with_lists(lists: Lists, chosen: dict[int, _Calls], state: int) -> Lists:
    values = [
        np.array(_of_state(chosen[row], state), np.uint32) if row in chosen else lists.of(row)
        for row in range(len(lists.offsets) - 1)
    ]
    return Lists(_offsets(values), np.concatenate(values))


def _offsets(values: list[Any]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum([len(v) for v in values], dtype=np.int64)])


def _with_quality(genotypes: Genotypes, quality: Quality, chosen: dict[int, _Calls]) -> Quality:
    starts = genotypes.het.offsets + genotypes.hom.offsets
    columns: list[list[Any]] = [[] for _ in quality]
    for row in range(len(genotypes)):
        if row in chosen:
            calls = chosen[row]
            order = _of_state(calls, HET) + _of_state(calls, HOM)
            rows = [calls[sample][1] or () for sample in order]
            new = [np.array([r[k] for r in rows], c.dtype) for k, c in enumerate(quality)]
        else:
            new = [column[starts[row] : starts[row + 1]] for column in quality]
        for column, some in zip(columns, new, strict=True):
            column.append(some)
    return Quality(*(np.concatenate(column) for column in columns))


def _with_exceptions(of: Exceptions, chosen: dict[int, _Calls]) -> Exceptions:
    rows = []
    for row in range(len(of.offsets) - 1):
        known = _exceptions_of(of, row)
        if row in chosen:
            known = {s: call[2] for s, call in chosen[row].items() if call[2] is not None}
        rows.append([(sample, *known[sample]) for sample in sorted(known)])
    flat = [entry for row in rows for entry in row]
    columns = list(zip(*flat, strict=True)) if flat else [(), (), (), ()]
    return Exceptions(
        _offsets(rows), np.array(columns[0], np.uint32), np.array(columns[1], np.int8),
        np.array(columns[2], np.uint8), np.array(columns[3], np.uint8),
    )  # fmt: skip


def _without_called(of: Companions, chosen: dict[int, _Calls]) -> Companions:
    row = np.repeat(np.arange(len(of.offsets) - 1), np.diff(of.offsets))
    keep = np.array(
        [
            r not in chosen or chosen[r].get(s, (REF,))[0] == REF
            for r, s in zip(row.tolist(), of.samples.tolist(), strict=True)
        ],
        np.bool_,
    )
    counts = np.bincount(row[keep], minlength=len(of.offsets) - 1)
    return Companions(
        np.concatenate([[0], np.cumsum(counts)]), of.samples[keep], of.state[keep],
        Quality(*(column[keep] for column in of.quality)),
    )  # fmt: skip
