"""Differences between two clinical-significance packs: variants added, removed, up- or downgraded, stars, conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple, cast

import numba
import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from trihelix.model.difference import Difference, DifferenceKind, VariantKey
from trihelix.reference.allele_table import AlleleTables
from trihelix.reference.columnar import map_arrow
from trihelix.reference.differences.alleles import (
    LISTED_AT_ONCE,
    Merged,
    Rows,
    contigs_to_compare,
    in_order,
    joined,
    merge,
    variant_keys,
)
from trihelix.reference.differences.rows import Groups, Pair, changed_facts, facts_of, gene_key
from trihelix.reference.pack import Pack

COMPARED = ("classification", "stars", "conditions", "genes", "pathogenic")
TWO_STARS = 2
# From benign to pathogenic: https://www.ncbi.nlm.nih.gov/clinvar/docs/clinsig/
_SEVERITY = {
    "benign": 0,
    "likely_benign": 1,
    "uncertain_significance": 2,
    "likely_pathogenic": 3,
    "pathogenic": 4,
}
_CONFLICTING = 2.0
_K = DifferenceKind
_NOTES: Groups = ((_K.CONDITIONS_CHANGED, ("conditions",)), (_K.VARIANT_GENES_CHANGED, ("genes",)))


def severity(classification: str) -> float | None:
    """How severe a classification is, 0 (benign) to 4 (pathogenic), or None where it says neither.

    Of several words (Pathogenic/Likely_pathogenic) the middle between the mildest and the severest; conflicting
    classifications stand with uncertain significance.
    """
    words = re.split(r"[/|,;]", classification.lower().replace(" ", "_"))
    if any(word.startswith("conflicting") for word in words):
        return _CONFLICTING
    found = [_SEVERITY[word.strip("_")] for word in words if word.strip("_") in _SEVERITY]
    return (min(found) + max(found)) / 2 if found else None


def differences(old: Pack, new: Pack) -> Iterator[Difference]:
    """Every variant whose classification, stars, conditions or genes differ, contig by contig in order of position.

    Record ids are not compared. Only the rows that differ are read as text.
    """
    for contig in contigs_to_compare(old, new):
        tables = [AlleleTables(pack.folder) for pack in (old, new)]  # anew: what was read is let go of
        found = _unequal(tables[0], tables[1], contig)
        order = in_order(tables[0], tables[1], contig, found)
        for start in range(0, len(order), LISTED_AT_ONCE):
            some = found.at(order[start : start + LISTED_AT_ONCE])
            yield from _listed(tables[0], tables[1], contig, some)


def _unequal(old: AlleleTables, new: AlleleTables, contig: str) -> Merged:
    """The alleles that one table lacks or whose facts differ."""
    columns = [_contig_columns(tables, contig) for tables in (old, new)]
    parts = []
    for merged in merge(old, new, contig):
        unequal = ~merged.shared
        both = np.flatnonzero(~unequal)
        if len(both):
            unequal[both] = _differ(columns[0], columns[1], merged.old[both], merged.new[both])
        parts.append(merged.where(unequal))
    return joined(parts)


class _Text(NamedTuple):
    """A column of texts, or of lists of texts, as Arrow keeps it: where rows and texts begin, and the bytes."""

    rows: NDArray[np.int64]
    texts: NDArray[np.int64]
    data: NDArray[np.uint8]


def _contig_columns(tables: AlleleTables, contig: str) -> dict[str, _Text | NDArray[np.int64]]:
    path = tables.folder / f"{contig}.arrow"
    if not path.exists():
        return {}
    table = map_arrow(path)
    texts: dict[str, _Text | NDArray[np.int64]] = {
        name: _text_column(table, name) for name in ("classification", "conditions", "genes")
    }
    return {"stars": tables.column(contig, "stars"), **texts}


def _text_column(table: pa.Table, name: str) -> _Text:
    (array,) = table.column(name).chunks  # write_arrow makes one stretch of each column
    buffers = array.buffers()
    if pa.types.is_large_list(array.type):
        _, rows, _, texts, data = buffers
        return _Text(_numbers(rows), _numbers(texts), _bytes(data))
    _, texts, data = buffers
    return _Text(np.empty(0, np.int64), _numbers(texts), _bytes(data))


def _numbers(buffer: Any) -> NDArray[np.int64]:
    return np.frombuffer(buffer, np.int64) if buffer is not None and buffer.size else np.zeros(1, np.int64)


def _bytes(buffer: Any) -> NDArray[np.uint8]:
    return np.frombuffer(buffer, np.uint8) if buffer is not None else np.empty(0, np.uint8)


def _differ(old: dict[str, Any], new: dict[str, Any], i: Rows, j: Rows) -> NDArray[np.bool_]:
    """Whether any compared fact of row i of the old table differs from row j of the new one."""
    out = np.asarray(old["stars"][i] != new["stars"][j], np.bool_)
    for name in ("classification", "conditions", "genes"):
        was, now = old[name], new[name]
        _mark_unequal(was.rows, was.texts, was.data, now.rows, now.texts, now.data, i, j, out)
    return out


@numba.njit(cache=True, nogil=True)
def _mark_unequal(rows_a, texts_a, data_a, rows_b, texts_b, data_b, i, j, out):  # type: ignore[no-untyped-def]
    """Set out where the texts, or lists of texts, of two rows differ; `rows` are empty where a row is one text."""
    for k in range(len(i)):
        if out[k]:
            continue
        first_a, last_a, first_b, last_b = i[k], i[k] + 1, j[k], j[k] + 1
        if len(rows_a):
            first_a, last_a = rows_a[first_a], rows_a[last_a]
            first_b, last_b = rows_b[first_b], rows_b[last_b]
        if last_a - first_a != last_b - first_b:
            out[k] = True
            continue
        same = True
        at_a, at_b = texts_a[first_a], texts_b[first_b]
        for t in range(last_a - first_a):
            same = same and texts_a[first_a + t + 1] - at_a == texts_b[first_b + t + 1] - at_b
        if same:
            for byte in range(texts_a[last_a] - at_a):
                if data_a[at_a + byte] != data_b[at_b + byte]:
                    same = False
                    break
        out[k] = not same


def _listed(old: AlleleTables, new: AlleleTables, contig: str, merged: Merged) -> Iterator[Difference]:
    names = variant_keys(old, new, contig, merged)
    rows = [_facts(tables, contig, part) for tables, part in ((old, merged.old), (new, merged.new))]
    for name, before, after in zip(names, *rows, strict=True):
        yield from _variant(name, (before, after))


def _facts(tables: AlleleTables, contig: str, rows: Rows) -> list[dict[str, Any] | None]:
    """Facts of the rows as dictionaries, None for -1. Many rows at once are taken, not sliced one by one."""
    facts: list[dict[str, Any] | None] = [None] * len(rows)
    here = np.flatnonzero(rows >= 0)
    if len(here):
        taken = map_arrow(tables.folder / f"{contig}.arrow").select(COMPARED).take(rows[here])
        frame = cast(pl.DataFrame, pl.from_arrow(taken))
        for place, row in zip(here.tolist(), frame.iter_rows(named=True), strict=True):
            facts[place] = row
    return facts


def _variant(name: VariantKey, pair: Pair) -> Iterator[Difference]:
    before, after = pair
    symbols = [gene for row in pair if row for gene in row["genes"]]
    label = f"{name.contig}:{name.pos}:{name.ref}:{name.alt} {','.join(dict.fromkeys(symbols))}".strip()
    make = partial(Difference, gene=gene_key(symbols, ()) if symbols else None, variant=name, label=label)
    lines = _crossed(pair)
    if before is None:
        yield make(_K.VARIANT_ADDED, None, facts_of(after or {}, COMPARED), crossed=lines)
    elif after is None:
        yield make(_K.VARIANT_REMOVED, facts_of(before, COMPARED), None, crossed=lines)
    else:
        if before["classification"] != after["classification"]:
            told = ("classification", "pathogenic")
            crossed = tuple(line for line in lines if line == "pathogenic")
            yield make(_direction(pair), facts_of(before, told), facts_of(after, told), crossed=crossed)
        if before["stars"] != after["stars"]:
            crossed = tuple(line for line in lines if line == "two_stars")
            yield make(
                _K.STARS_CHANGED, facts_of(before, ("stars",)), facts_of(after, ("stars",)), crossed=crossed
            )
        for kind, was, now in changed_facts(before, after, _NOTES):
            yield make(kind, was, now)


def _crossed(pair: Pair) -> tuple[str, ...]:
    """The lines between the two states: pathogenic, and two stars; what a pack does not hold is below both."""
    was, now = ((bool(r and r["pathogenic"]), bool(r and r["stars"] >= TWO_STARS)) for r in pair)
    return tuple(line for line, a, b in zip(("pathogenic", "two_stars"), was, now, strict=True) if a != b)


def _direction(pair: Pair) -> DifferenceKind:
    was, now = (severity(row["classification"]) if row else None for row in pair)
    if was is None or now is None or was == now:
        return _K.VARIANT_RECLASSIFIED
    return _K.VARIANT_UPGRADED if now > was else _K.VARIANT_DOWNGRADED
