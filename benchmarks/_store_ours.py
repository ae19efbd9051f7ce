"""The genome store as the benchmark asks it: every call to it is here, with its answers in the peers' shape."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.variants.store.answers.allele_counts import allele_counts
from trihelix.variants.store.answers.burden import burden
from trihelix.variants.store.answers.carriers import carriers
from trihelix.variants.store.answers.per_sample import sample_counts
from trihelix.variants.store.answers.rare_rows import Rarity
from trihelix.variants.store.batches import View
from trihelix.variants.store.by_sample import carried_by
from trihelix.variants.store.cohorts import Cohort, cohort_of_ids, read_cohort
from trihelix.variants.store.commit import open_store
from trihelix.variants.store.ingest import IngestRequest, ingest
from trihelix.variants.store.regions import Region, everywhere, parse_region

SITE = ("pos", "ref", "alt")
COUNTS = (*SITE, "ac", "an", "het", "hom")


@dataclass(frozen=True)
class Sizes:
    """Bytes of a store: the parts with the genotypes, the sample-major copy, and everything with samples and manifest."""

    parts: int
    by_sample: int
    everything: int


def trihelix(*arguments: str | Path) -> list[str | Path]:
    """The command line that a person would call."""
    return [sys.executable, "-m", "trihelix", *arguments]


def ingest_command(variants: Path, store: Path) -> list[str | Path]:
    """Brings a file into a store, which is made."""
    return trihelix("ingest", variants, "--store", store, "--quiet")


def counts_command(store: Path, ids: Path, out: Path) -> list[str | Path]:
    """Writes the allele counts of the people whose ids a file lists."""
    return trihelix("counts", "--store", store, "--cohort", ids, "--out", out, "--quiet")


def ingest_file(variants: Path, store: Path) -> View:
    """Brings a file into a store, which is made anew."""
    shutil.rmtree(store, ignore_errors=True)
    ingest(store, [variants], IngestRequest(), lambda *_: None)
    return opened(store)


def opened(store: Path) -> View:
    """A store at its latest state."""
    found = open_store(store)
    return found.reading(lambda snapshot: View(found, snapshot))


def cohort_of_file(view: View, ids: Path) -> Cohort:
    """The people whose ids a file lists."""
    return read_cohort(ids, view.samples)[0]


def cohort_of(view: View, ids: Sequence[str]) -> Cohort:
    """The people with these ids."""
    return cohort_of_ids(ids, view.samples, "benchmark")


def counts(view: View, cohort: Cohort, region: str | None = None) -> pl.DataFrame:
    """Allele counts of a cohort, as the store gives them."""
    return allele_counts(view, cohort, [parse_region(region, view.contigs)] if region else None)


def rare_carriers(view: View, region: str, most: int) -> pl.DataFrame:
    """Carriers in a region of alleles with at most so many copies in everybody, as the store gives them."""
    return carriers(view, view.everyone, [parse_region(region, view.contigs)], Rarity(max_count=most))


def burdens(
    view: View, cases: Cohort, controls: Cohort, contig: str, intervals: NDArray[np.int64], most: int
) -> NDArray[np.int64]:
    """(intervals, 2): cases and controls with an allele that has at most so many copies in cases and controls."""
    bare = everywhere(contig).contig
    regions = [Region(bare, first, last) for first, last in intervals.tolist()]
    table = burden(view, cases, controls, regions, Rarity(max_count=most))
    return table.select("case_carriers", "control_carriers").to_numpy().astype(np.int64)


def of_samples(view: View) -> pl.DataFrame:
    """How many alleles each sample has het, hom and missing, as the store gives them."""
    return sample_counts(view, view.everyone)


def one_sample(view: View, sample: str) -> pl.DataFrame:
    """Everything that a sample carries."""
    found = []
    for batch in view.batches:
        ordinal = batch.samples.ordinals.get(sample)
        if ordinal is not None:
            parts = [batch.part(entry) for entry in batch.parts]
            found += [carried_by(part, batch.folder / "by_sample", ordinal).table for part in parts]
    tables = [pl.from_arrow(table) for table in found]
    return pl.concat([table for table in tables if isinstance(table, pl.DataFrame)])


def as_counts(found: pl.DataFrame) -> pl.DataFrame:
    """The store's counts in the peers' shape; hemizygous people have no column of their own there."""
    table = found.with_columns(pl.col("hom") + pl.col("hemi"))
    return _shaped(table, COUNTS)


def as_carriers(found: pl.DataFrame) -> pl.DataFrame:
    """The store's carriers in the peers' shape."""
    copies = pl.when(pl.col("genotype").cast(pl.String) == "hom").then(2).otherwise(1).alias("copies")
    return _shaped(found.with_columns(copies), (*SITE, "sample", "copies"))


def as_carried(found: pl.DataFrame, sample: str) -> pl.DataFrame:
    """What one sample carries in the peers' shape."""
    copies = pl.col("state").cast(pl.Int64).alias("copies")
    return _shaped(found.with_columns(copies, sample=pl.lit(sample)), (*SITE, "sample", "copies"))


def as_qualities(found: pl.DataFrame) -> pl.DataFrame:
    """Carriers with what was kept of their calls."""
    kept = ("dp", "gq", "ref_depth", "alt_depth")
    return _shaped(found, (*SITE, "sample", *kept))


def _shaped(table: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    numbers = [c for c in columns if c not in ("ref", "alt", "sample")]
    return table.select(columns).cast(dict.fromkeys(numbers, pl.Int64)).sort(columns)


def sizes(view: View) -> Sizes:
    """What the files of the latest state take on disk."""
    files = [f for f in view.snapshot.root.rglob("*") if f.is_file()]
    inside = {batch.folder for batch in view.batches}
    parts = sum(batch.part(entry).path.stat().st_size for batch in view.batches for entry in batch.parts)
    by_sample = sum(
        f.stat().st_size for f in files if any(folder / "by_sample" in f.parents for folder in inside)
    )
    return Sizes(parts, by_sample, sum(f.stat().st_size for f in files))
