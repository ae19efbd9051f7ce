"""Everything that one sample carries in a region, as a table for people, read from the sample-major copy."""

from __future__ import annotations

from typing import Any

import polars as pl

from trihelix.model.assembly import bare_contig
from trihelix.variants import codes
from trihelix.variants.store import ploidy
from trihelix.variants.store.answers.carriers import GENOTYPES, genotype_words
from trihelix.variants.store.batches import Batch, View
from trihelix.variants.store.by_sample import carried_by
from trihelix.variants.store.regions import Region

SCHEMA: dict[str, Any] = {
    "contig": pl.String, "pos": pl.Int32, "ref": pl.String, "alt": pl.String, "filter": pl.String,
    "sample": pl.String, "batch": pl.String, "genotype": pl.Enum(GENOTYPES), "dp": pl.Int16, "gq": pl.Int16,
    "ref_depth": pl.Int16, "alt_depth": pl.Int16, "phase": pl.String, "phase_set": pl.Int32,
}  # fmt: skip


def carried(view: View, batch: Batch, sample: int, region: Region) -> pl.DataFrame:
    """One line per allele that the sample carries in the region, sorted by position and allele: SCHEMA, null where
    the file did not say."""
    frames = [pl.DataFrame(schema=SCHEMA)]
    for entry in batch.parts:
        beside = entry.first > region.last or entry.last < region.first
        if bare_contig(entry.contig) != region.contig or beside:
            continue
        found = carried_by(
            batch.part(entry), batch.folder / "by_sample", sample, region.first, region.last,
            with_common_quality=True,
        )  # fmt: skip
        frames.append(_table(view, batch, sample, region, pl.DataFrame(pl.from_arrow(found.table))))
    return pl.concat(frames)


def _table(view: View, batch: Batch, sample: int, region: Region, lines: pl.DataFrame) -> pl.DataFrame:
    if not lines.height:
        return pl.DataFrame(schema=SCHEMA)
    frame = lines.with_columns(
        pl.lit(view.display(region.contig)).alias("contig"),
        pl.lit(batch.samples.ids[sample]).alias("sample"),
        pl.lit(batch.entry.name).alias("batch"),
        _genotypes(view, batch, sample, region, lines).alias("genotype"),
        *_quality(lines),
    )
    return frame.select(*SCHEMA).cast(SCHEMA)  # type: ignore[arg-type]


def _genotypes(view: View, batch: Batch, sample: int, region: Region, lines: pl.DataFrame) -> pl.Series:
    state, called = lines["state"].to_numpy(), lines["called"].fill_null(255).to_numpy()
    kind = ploidy.regions(view.assembly, region.contig, lines["pos"].to_numpy())
    return genotype_words(state, called, kind, batch.expected_copies[kind, sample])


def _quality(lines: pl.DataFrame) -> list[pl.Expr]:
    """Depths and phase as the file said; unknown (-1) as null."""
    if "dp" not in lines.columns:
        names = ("dp", "gq", "ref_depth", "alt_depth", "phase", "phase_set")
        return [pl.lit(None).alias(name) for name in names]
    known = [
        pl.when(pl.col(name) >= 0).then(pl.col(name)).alias(name)
        for name in ("dp", "gq", "alt_depth", "phase_set")
    ]
    rest = pl.col("dp").cast(pl.Int32) - pl.col("alt_depth") - pl.col("other_depth")
    phased = ((pl.col("flags") & codes.PHASED) > 0) & (pl.col("state") == codes.HET)
    second = (pl.col("flags") & codes.SECOND_HAPLOTYPE) > 0
    phase = pl.when(phased).then(pl.when(second).then(pl.lit("0|1")).otherwise(pl.lit("1|0")))
    return [*known, pl.when(rest >= 0).then(rest).alias("ref_depth"), phase.alias("phase")]
