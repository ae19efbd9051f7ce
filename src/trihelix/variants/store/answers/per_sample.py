"""Counts of each sample: how many alleles it has heterozygous, homozygous, hemizygous, and not called."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.variants.codes import HET
from trihelix.variants.store import layout, ploidy
from trihelix.variants.store.answers.counting import ExceptionalCalls, RowCounts, exchange, usual_copies
from trihelix.variants.store.answers.hidden import hidden_rows
from trihelix.variants.store.answers.list_kernels import add_per_sample, add_planes
from trihelix.variants.store.batches import Batch, View
from trihelix.variants.store.cohorts import Cohort, ordinals_of
from trihelix.variants.store.genotypes import MITOCHONDRIAL
from trihelix.variants.store.parts.decoding import exceptions_of
from trihelix.variants.store.parts.tiles import Tile
from trihelix.variants.store.regions import Region

_COLUMNS = ("het", "hom", "hemi", "missing")


def sample_counts(view: View, cohort: Cohort, regions: Sequence[Region] | None = None) -> pl.DataFrame:
    """Columns sample, batch, rows, het, hom, hemi, missing, contradicting: of the rows of the sample's own batch, by the
    rules of `counting`. HET calls where one copy is expected are counted as missing and, apart, as contradicting."""
    found = [
        pl.DataFrame(
            schema={"sample": pl.String, "batch": pl.String, "rows": pl.Int64}
            | dict.fromkeys((*_COLUMNS, "contradicting"), pl.Int64)
        )
    ]
    for batch in view.batches:
        bitmap = cohort.members.get(batch.id)
        chosen = (
            ordinals_of(bitmap & view.everyone.members[batch.id])
            if bitmap is not None
            else np.zeros(0, np.uint32)
        )
        if len(chosen):
            counts, contradicting, rows = _of_batch(view, batch, view.regions(regions))
            columns = {name: getattr(counts, name)[chosen] for name in _COLUMNS}
            frame = pl.DataFrame(
                {"sample": batch.id_series.gather(chosen), **columns, "contradicting": contradicting[chosen]}
            )
            found.append(
                frame.with_columns(batch=pl.lit(batch.entry.name), rows=pl.lit(rows, pl.Int64)).select(
                    found[0].columns
                )
            )
    return pl.concat(found)


def _of_batch(
    view: View, batch: Batch, regions: Sequence[Region]
) -> tuple[RowCounts, NDArray[np.int64], int]:
    """(counts by sample, contradicting calls by sample, rows that were looked at)."""
    total, contradicting, seen = (
        RowCounts.zero(batch.entry.samples),
        np.zeros(batch.entry.samples, np.int64),
        0,
    )
    for region in regions:
        for tile in batch.tiles(region):
            inside = np.zeros(tile.rows, np.bool_)
            inside[tile.rows_between(region.first, region.last)] = True
            hidden = hidden_rows(view, tile, region)
            if hidden is not None:
                inside &= ~hidden
            seen += int(inside.sum())
            kinds = ploidy.regions(view.assembly, tile.part.contig, tile.pos)
            for kind in np.unique(kinds[inside]).tolist():
                _add_tile(
                    tile, inside & (kinds == kind), kind, usual_copies(batch, kind), total, contradicting
                )
    return total, contradicting, seen


def _add_tile(
    tile: Tile,
    chosen: NDArray[np.bool_],
    kind: int,
    copies: NDArray[np.uint8],
    total: RowCounts,
    contradicting: NDArray[np.int64],
) -> None:
    het, hom, missing = (of_class(tile, name, chosen) for name in ("het", "hom", "missing"))
    single = (copies == 1) & (kind != MITOCHONDRIAL)
    any_copies = copies > 0
    contradicting += np.where(single, het, 0)
    total.missing[:] += np.where(any_copies, missing, 0) + np.where(single, het, 0)
    total.het[:] += np.where(any_copies & ~single, het, 0)
    total.hom[:] += np.where(any_copies & ~single, hom, 0)
    total.hemi[:] += np.where(single, hom, 0)
    if tile.has_exceptions:
        of = exceptions_of(tile)
        row = np.repeat(np.arange(tile.rows), np.diff(of.offsets))
        mine = chosen[row] & any_copies[of.samples]
        calls = ExceptionalCalls(of.state[mine], of.copies[mine], of.called[mine])
        samples = of.samples[mine].astype(np.int64)
        exchange(total, samples, copies[samples].astype(np.int64), kind, calls)
        half = single[samples] & (calls.state == HET)
        np.add.at(contradicting, samples[half], -1)


def of_class(tile: Tile, name: str, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many of the chosen rows each sample is het, hom or missing in."""
    counts = np.zeros(tile.samples, np.int64)
    lengths = tile.lengths(name)
    if lengths.any():
        add_per_sample(tile.cells(name), lengths, tile.samples, chosen, counts)
    planes = tile.planes(name)
    wanted = np.flatnonzero(chosen[planes.rows])
    if len(wanted):
        words = layout.words_of(tile.samples)
        add_planes(planes.data, planes.start, planes.stride, wanted, words, counts)
    return counts
