"""Tables of facts about alleles, one Arrow file per contig sorted by key: what frequency, significance and score
packs are made of. They open by memory map and are looked up by merging."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from trihelix.model.assembly import bare_contig
from trihelix.reference.allele_keys import HASHED, Alleles, allele_keys, alleles_from_text, find_keys
from trihelix.reference.columnar import MappedTable, map_arrow, open_mapped, write_arrow

FOLDER = "alleles"
KEY, REF_ALT, LONG = "key", "ref_alt", ".long.arrow"


def write_allele_tables(folder: Path, frames: Iterable[pl.DataFrame]) -> dict[str, int]:
    """Write frames with columns contig, pos, ref, alt and facts, sorted and without repeats; rows per contig.

    Of rows that repeat an allele the first is kept. Alleles are trimmed to their shortest form.
    """
    parts: dict[str, list[pl.DataFrame]] = {}
    for frame in frames:
        for (contig,), part in frame.partition_by("contig", as_dict=True).items():
            parts.setdefault(bare_contig(str(contig)), []).append(_keyed(part.drop("contig")))
    (folder / FOLDER).mkdir(exist_ok=True)
    counts = {}
    for contig, tables in parts.items():
        table = (
            pl.concat(tables)
            .sort(KEY, maintain_order=True)
            .unique([KEY, REF_ALT], keep="first", maintain_order=True)
        )
        long = table.select(KEY, REF_ALT).with_row_index("row").filter(pl.col(REF_ALT).is_not_null())
        write_arrow(table.drop(REF_ALT), folder / FOLDER / f"{contig}.arrow")
        write_arrow(long.select("row", REF_ALT), folder / FOLDER / f"{contig}{LONG}")
        counts[contig] = len(table)
    return counts


def _keyed(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with `key` in place of pos, ref, alt; `ref_alt` keeps the text of alleles whose key is a hash."""
    pos, refs, alts = _trimmed(frame)
    keys = allele_keys(alleles_from_text(pos, refs, alts))
    text: list[str | None] = [None] * len(keys)
    for i in np.flatnonzero((keys & HASHED) != 0):
        text[i] = f"{refs[i]}>{alts[i]}"
    facts = frame.drop("pos", "ref", "alt")
    return facts.select(pl.Series(KEY, keys), pl.Series(REF_ALT, text, pl.String), pl.all())


def _trimmed(frame: pl.DataFrame) -> tuple[NDArray[np.int32], list[str], list[str]]:
    """Alleles without shared ends: those of multi-allelic records carry each other's bases."""
    pos = frame["pos"].to_numpy().astype(np.int32)
    refs, alts = frame["ref"].to_list(), frame["alt"].to_list()
    both = (frame["ref"].str.len_bytes() > 1) & (frame["alt"].str.len_bytes() > 1)
    for i in np.flatnonzero(both.to_numpy()):
        ref, alt, shift = refs[i], alts[i], 0
        while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
            ref, alt = ref[:-1], alt[:-1]
        while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
            ref, alt, shift = ref[1:], alt[1:], shift + 1
        refs[i], alts[i] = ref, alt
        pos[i] += shift
    return pos, refs, alts


class AlleleTables:
    """The opened tables of a pack; a contig that the pack lacks has no table."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER
        self._open: dict[str, MappedTable | None] = {}

    def contigs(self) -> frozenset[str]:
        """Bare names of the contigs that the pack has."""
        return frozenset(
            p.name[: -len(".arrow")] for p in self.folder.glob("*.arrow") if not p.name.endswith(LONG)
        )

    def find(
        self, contig: str, alleles: Alleles, keys: NDArray[np.uint64] | None = None
    ) -> NDArray[np.int64]:
        """For each allele its row in the contig's table, or -1; `keys` where they are known already."""
        rows = np.full(len(alleles.pos), -1, np.int64)
        table = self._table(contig)
        if table is not None and table.num_rows:
            keys = allele_keys(alleles) if keys is None else keys
            find_keys(self.column(contig, KEY), keys, rows)
            self._confirm(contig, alleles, keys, rows)
        return rows

    def column(self, contig: str, name: str) -> NDArray[Any]:
        """A numeric column of the contig's table, not copied; a yes-or-no column, which is."""
        table = self._table(contig)
        if table is None:
            raise KeyError(contig)
        bits = pa.types.is_boolean(table.schema.field(name).type)
        chunks: list[NDArray[Any]] = [
            chunk.to_numpy(zero_copy_only=not bits) for chunk in table.column(name).chunks
        ]
        return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)

    def facts(self, contig: str, rows: NDArray[np.int64]) -> pl.DataFrame | None:
        """The given rows of the contig's table, or None where there is no table."""
        table = self._table(contig)
        if table is None:
            return None
        # Slices, since they need no import of pyarrow.compute (0.3 s), which is what take() begins with.
        taken = pa.concat_tables([table.slice(int(row), 1) for row in rows] or [table.slice(0, 0)])
        return cast(pl.DataFrame, pl.from_arrow(taken.combine_chunks()))

    def _table(self, contig: str) -> pa.Table | None:
        bare = bare_contig(contig)
        if bare not in self._open:
            path = self.folder / f"{bare}.arrow"
            self._open[bare] = open_mapped(path) if path.exists() else None
        opened = self._open[bare]
        return opened.table if opened else None

    def release(self, contig: str) -> None:
        """Give back the memory that a contig's look-ups took."""
        opened = self._open.get(bare_contig(contig))
        if opened:
            opened.release()

    def _confirm(
        self, contig: str, alleles: Alleles, keys: NDArray[np.uint64], rows: NDArray[np.int64]
    ) -> None:
        """Hits of hashed keys are compared as text; rows with the same key are tried in turn."""
        doubtful = np.flatnonzero((rows >= 0) & ((keys & HASHED) != 0))
        if not len(doubtful):
            return
        long = map_arrow(self.folder / f"{bare_contig(contig)}{LONG}")
        text = dict(zip(long.column("row").to_pylist(), long.column(REF_ALT).to_pylist(), strict=True))
        table_keys = self.column(contig, KEY)
        for i in doubtful:
            row, wanted = int(rows[i]), allele_text(alleles, int(i))
            while row < len(table_keys) and table_keys[row] == keys[i] and text.get(row) != wanted:
                row += 1
            rows[i] = row if row < len(table_keys) and table_keys[row] == keys[i] else -1


def allele_text(alleles: Alleles, i: int) -> str:
    """REF>ALT of one allele."""
    ref = alleles.blob[int(alleles.ref_start[i]) : int(alleles.ref_start[i]) + int(alleles.ref_len[i])]
    alt = alleles.blob[int(alleles.alt_start[i]) : int(alleles.alt_start[i]) + int(alleles.alt_len[i])]
    return f"{ref.tobytes().decode()}>{alt.tobytes().decode()}"
