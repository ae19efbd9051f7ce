"""Two allele tables merged by their sorted keys: what is in both, and what is in one only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.model.difference import VariantKey
from trihelix.reference.allele_keys import HASHED, POSITION_SHIFT
from trihelix.reference.allele_table import FOLDER, KEY, LONG, REF_ALT, AlleleTables
from trihelix.reference.columnar import read_arrow
from trihelix.reference.pack import Pack

SPAN = 1 << 20  # keys merged at once: bounds the memory
LISTED_AT_ONCE = 1 << 15  # alleles put into words at once
_BASES = "ACGT"

Rows = NDArray[np.int64]


class Merged(NamedTuple):
    """Rows of the two tables: `old[i]` and `new[i]` are one allele; -1 where a table does not have it."""

    old: Rows
    new: Rows

    @property
    def shared(self) -> NDArray[np.bool_]:
        """Which alleles both tables have."""
        return np.asarray((self.old >= 0) & (self.new >= 0), np.bool_)

    def at(self, places: Rows) -> Merged:
        """The alleles at these places."""
        return Merged(self.old[places], self.new[places])

    def where(self, chosen: NDArray[np.bool_]) -> Merged:
        """The alleles for which `chosen` is true."""
        return Merged(self.old[chosen], self.new[chosen])


def contigs_to_compare(old: Pack, new: Pack) -> list[str]:
    """Bare names of contigs in either pack, without those whose files have the same checksums."""
    sums = [
        {f.name: f.sha256 for f in p.manifest.files if f.name.startswith(f"{FOLDER}/")} for p in (old, new)
    ]
    names = {name.removeprefix(f"{FOLDER}/") for one in sums for name in one}
    contigs = {name.removesuffix(LONG).removesuffix(".arrow") for name in names}
    ours = (".arrow", LONG)
    return sorted(
        (c for c in contigs if any(sums[0].get(f"{FOLDER}/{c}{e}") != sums[1].get(f"{FOLDER}/{c}{e}") for e in ours)),
        key=lambda c: (not c.isdigit(), int(c) if c.isdigit() else 0, c),
    )  # fmt: skip


def merge(old: AlleleTables, new: AlleleTables, contig: str, span: int = SPAN) -> Iterator[Merged]:
    """All alleles of a contig, up to `span` keys of each table at a time; hashed alleles come last."""
    a, b = keys_of(old, contig), keys_of(new, contig)
    low_a = low_b = 0
    while low_a < len(a) or low_b < len(b):
        last = [
            keys[min(low + span, len(keys)) - 1] for keys, low in ((a, low_a), (b, low_b)) if low < len(keys)
        ]
        high_a, high_b = (int(np.searchsorted(keys, min(last), side="right")) for keys in (a, b))
        out_a, out_b = (np.empty(high_a - low_a + high_b - low_b, np.int64) for _ in range(2))
        count = _merge(a, b, low_a, high_a, low_b, high_b, out_a, out_b)
        yield Merged(out_a[:count], out_b[:count])
        low_a, low_b = high_a, high_b
    yield _merge_hashed(_hashed(old, contig, a), _hashed(new, contig, b))


def joined(parts: Sequence[Merged]) -> Merged:
    """Parts of a contig as one."""
    return Merged(np.concatenate([p.old for p in parts]), np.concatenate([p.new for p in parts]))


def keys_of(tables: AlleleTables, contig: str) -> NDArray[np.uint64]:
    """The sorted keys of a contig, not copied; none where the pack lacks it."""
    if contig not in tables.contigs():
        return np.empty(0, np.uint64)
    return tables.column(contig, KEY)


def variant_keys(old: AlleleTables, new: AlleleTables, contig: str, merged: Merged) -> list[VariantKey]:
    """The alleles in words, from whichever table has them."""
    keys = _keys(old, new, contig, merged)
    hashed = merged.where((keys & HASHED) != 0)
    old_texts, new_texts = _texts(old, contig, hashed.old), _texts(new, contig, hashed.new)
    found = []
    for key, i, j in zip(keys.tolist(), merged.old.tolist(), merged.new.tolist(), strict=True):
        if key & int(HASHED):
            ref, alt = (old_texts[i] if i >= 0 else new_texts[j]).split(">", 1)
        else:
            ref, alt = _decoded(key)
        found.append(VariantKey(contig, key >> int(POSITION_SHIFT), ref, alt))
    return found


def in_order(old: AlleleTables, new: AlleleTables, contig: str, merged: Merged) -> NDArray[np.int64]:
    """Places of the merged alleles by growing key; alleles that come several times keep their order."""
    return np.argsort(_keys(old, new, contig, merged), kind="stable")


def _keys(old: AlleleTables, new: AlleleTables, contig: str, merged: Merged) -> NDArray[np.uint64]:
    keys = np.zeros(len(merged.old), np.uint64)
    here = merged.old >= 0
    keys[here] = keys_of(old, contig)[merged.old[here]]
    keys[~here] = keys_of(new, contig)[merged.new[~here]]
    return keys


@numba.njit(cache=True, nogil=True)
def _merge(a, b, i, end_a, j, end_b, out_a, out_b):  # type: ignore[no-untyped-def]
    """Merge two runs of sorted keys, passing over hashed ones; the number of alleles written."""
    hashed = np.uint64(1 << 35)
    none = np.uint64(0)
    n = 0
    while i < end_a or j < end_b:
        if i < end_a and a[i] & hashed != none:
            i += 1
        elif j < end_b and b[j] & hashed != none:
            j += 1
        elif j >= end_b or (i < end_a and a[i] < b[j]):
            out_a[n], out_b[n] = i, -1
            i += 1
            n += 1
        elif i >= end_a or b[j] < a[i]:
            out_a[n], out_b[n] = -1, j
            j += 1
            n += 1
        else:
            out_a[n], out_b[n] = i, j
            i += 1
            j += 1
            n += 1
    return n


def _long(tables: AlleleTables, contig: str) -> pl.DataFrame | None:
    path = tables.folder / f"{contig}{LONG}"
    return read_arrow(path) if path.exists() else None


def _hashed(tables: AlleleTables, contig: str, keys: NDArray[np.uint64]) -> pl.DataFrame:
    """Rows whose key is a hash, with their text: row, key, ref_alt."""
    long = _long(tables, contig)
    if long is None:
        return pl.DataFrame(schema={"row": pl.Int64, REF_ALT: pl.String, KEY: pl.UInt64})
    rows = long["row"].to_numpy()
    return long.select(pl.col("row").cast(pl.Int64), REF_ALT, pl.Series(KEY, keys[rows]))


def _merge_hashed(old: pl.DataFrame, new: pl.DataFrame) -> Merged:
    both = old.join(new, on=[KEY, REF_ALT], how="full", suffix="_new", coalesce=True)
    return Merged(*(both[c].fill_null(-1).to_numpy().astype(np.int64) for c in ("row", "row_new")))


def _texts(tables: AlleleTables, contig: str, rows: Rows) -> dict[int, str]:
    """REF>ALT of rows whose key is a hash."""
    long = _long(tables, contig) if (rows >= 0).any() else None
    if long is None:
        return {}
    return dict(
        long.filter(pl.col("row").cast(pl.Int64).is_in(rows.tolist())).select("row", REF_ALT).iter_rows()
    )


def _decoded(key: int) -> tuple[str, str]:
    """REF and ALT of an exact key (allele_keys tells its form)."""
    ref_len, alt_len = (key >> 31) & 15, (key >> 27) & 15
    bases = "".join(_BASES[(key >> 2 * place) & 3] for place in reversed(range(ref_len + alt_len)))
    return bases[:ref_len], bases[ref_len:]
