"""Allele counts of a cohort over all batches of a store, as one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from trihelix.variants.store import ploidy
from trihelix.variants.store.answers.callable_view import callable_copies
from trihelix.variants.store.answers.counting import Counter, RowCounts, count_batch, counters
from trihelix.variants.store.batches import Batch, View
from trihelix.variants.store.cohorts import Cohort
from trihelix.variants.store.genotypes import N_REGIONS
from trihelix.variants.store.regions import Region

COUNTS = tuple(f.name for f in fields(RowCounts))
SITE = ("pos", "ref", "alt", "filter")


def allele_counts(view: View, cohort: Cohort, regions: Sequence[Region] | None = None) -> pl.DataFrame:
    """Columns contig, pos, ref, alt, filter, ac, an, het, hom, hemi, missing; sorted within each region.

    A row stands there for each allele that any batch with a member of the cohort has, carried or not. `an` counts,
    in batches without the allele, those whose files say that they are reference there.
    """
    found = [_of_region(view, counters(view, cohort), region) for region in view.regions(regions)]
    return pl.concat([_no_rows(), *found])


def _of_region(view: View, chosen: Sequence[tuple[Batch, Counter]], region: Region) -> pl.DataFrame:
    frames = [_of_batch(view, batch, counter, region) for batch, counter in chosen]
    frames = [frame for frame in frames if frame.height or len(chosen) > 1]
    if not frames:
        return _no_rows()
    joined = frames[0] if len(chosen) == 1 else _joined(view, chosen, frames, region)
    return joined.select(pl.lit(view.display(region.contig)).alias("contig"), *SITE, *COUNTS)


def _no_rows() -> pl.DataFrame:
    texts = {"ref": pl.String, "alt": pl.String, "filter": pl.String}
    return pl.DataFrame(
        schema={"contig": pl.String, "pos": pl.Int32, **texts, **dict.fromkeys(COUNTS, pl.Int64)}
    )


def _of_batch(view: View, batch: Batch, counter: Counter, region: Region) -> pl.DataFrame:
    counted = list(count_batch(view, counter, batch, [region]))
    if not counted:
        return _no_rows().drop("contig")
    sites = pa.concat_tables([one.tile.arrow(["ref", "alt", "filter"]) for one in counted])
    columns = {name: np.concatenate([getattr(one.counts, name) for one in counted]) for name in COUNTS}
    arrays = {"pos": np.concatenate([one.tile.pos for one in counted]), **columns}
    for name, values in arrays.items():
        sites = sites.append_column(name, pa.array(values))
    rows = np.concatenate([one.rows for one in counted])
    frame = pl.DataFrame(pl.from_arrow(sites)).select(*SITE, *COUNTS)
    return frame if rows.all() else frame.filter(pl.Series(rows))


def _joined(
    view: View, chosen: Sequence[tuple[Batch, Counter]], frames: Sequence[pl.DataFrame], region: Region
) -> pl.DataFrame:
    """The batches' rows put together. `an` of a batch without the row is what its files say of the place."""
    numbered = [frame.with_columns(pl.lit(n).alias("batch")) for n, frame in enumerate(frames)]
    rows = pl.concat(numbered)
    joined = (
        rows.group_by("pos", "ref", "alt", maintain_order=True)
        .agg(
            pl.col("filter")
            .sort_by(pl.col("filter").is_in(["PASS", "."]), descending=True, maintain_order=True)
            .first(),
            *(pl.col(name).sum() for name in COUNTS),
            pl.col("batch"),
        )
        .sort("pos", "ref", "alt")
    )
    pos = joined["pos"].to_numpy()
    copies, missing = np.zeros(len(pos), np.int64), np.zeros(len(pos), np.int64)
    has = joined.select(*(pl.col("batch").list.contains(n).alias(str(n)) for n in range(len(frames))))
    for number, (batch, counter) in enumerate(chosen):
        absent = ~has[str(number)].to_numpy()
        if absent.any():
            of = called_where_absent(view, batch, counter, region, pos[absent])
            copies[absent] += of[0]
            missing[absent] += of[1]
    return joined.with_columns(pl.col("an") + pl.Series(copies), pl.col("missing") + pl.Series(missing))


def called_where_absent(
    view: View, batch: Batch, counter: Counter, region: Region, pos: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(copies called, people not called) at places of which a batch has no row: samples are reference where their file
    says nothing, or where their reference blocks cover the place and missing where these do not."""
    kinds = ploidy.regions(view.assembly, region.contig, pos)
    copies, missing = np.zeros(len(pos), np.int64), np.zeros(len(pos), np.int64)
    for kind in range(N_REGIONS):
        here = kinds == kind
        if here.any():
            copies[here] = counter.called_if_reference(kind)
            for group in counter.with_blocks(kind):
                people = callable_copies(batch, [replace(group, copies=1)], region.contig, pos[here])
                copies[here] += group.copies * people
                missing[here] += group.size - people
    return copies, missing
