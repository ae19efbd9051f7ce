"""What a genome store says of its samples: who they are, what each carries, how they are related, how they group."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from trihelix.model.errors import SampleMismatchError
from trihelix.services.store_answers import Answer, Found, answer_of
from trihelix.services.store_questions import Places, Say, choose_cohort, regions_of
from trihelix.variants.store.answers.per_sample import sample_counts
from trihelix.variants.store.batches import Batch, View
from trihelix.variants.store.commit import Store


def list_samples(store: Store, listing: Path | None) -> Answer:
    """One line per sample: sample, batch, family, father, mother, karyotype, karyotype_source, role, absent_is."""

    def tell(view: View) -> Found:
        used = choose_cohort(view, listing)
        names = ("family", "father", "mother", "karyotype", "karyotype_source", "role", "absent_is")
        frames = []
        for batch in view.batches:
            chosen = used.cohort.ordinals(batch.id)
            columns = {
                name: pl.Series(getattr(batch.samples, name)[chosen].tolist(), dtype=pl.String)
                for name in names
            }
            start = {"sample": batch.id_series.gather(chosen), "batch": [batch.entry.name] * len(chosen)}
            frames.append(pl.DataFrame({**start, **columns}, schema_overrides={"batch": pl.String}))
        return Found({"cohort": used}, pl.concat(frames))

    return answer_of(store, tell)


def count_samples(store: Store, listing: Path | None, places: Places, say: Say) -> Answer:
    """Counts of each sample: see `variants.store.per_sample`."""

    def count(view: View) -> Found:
        used = choose_cohort(view, listing)
        regions = regions_of(view, places)
        total: pl.DataFrame | None = None
        for number, region in enumerate(regions):
            say(f"counting {view.display(region.contig)}", number / len(regions))
            some = sample_counts(view, used.cohort, [region])
            total = some if total is None else _added(total, some)
        return Found({"cohort": used}, sample_counts(view, used.cohort, []) if total is None else total)

    return answer_of(store, count)


def _added(total: pl.DataFrame, some: pl.DataFrame) -> pl.DataFrame:
    return total.with_columns(
        total[name] + some[name] for name in total.columns if name not in ("sample", "batch")
    )


def relate_samples(store: Store, listing: Path | None, places: Places, say: Say) -> Answer:
    """Pairs that are related to the third degree or closer: see `cohort_statistics.related_samples`."""
    from trihelix.variants.store.answers.cohort_statistics import related_samples

    def relate(view: View) -> Found:
        used = choose_cohort(view, listing)
        return Found({"cohort": used}, related_samples(view, used.cohort, regions_of(view, places), say))

    return answer_of(store, relate)


def find_components(store: Store, listing: Path | None, places: Places, components: int, say: Say) -> Answer:
    """Principal components of common variants: see `cohort_statistics.components_of`."""
    from trihelix.variants.store.answers.cohort_statistics import components_of

    def find(view: View) -> Found:
        used = choose_cohort(view, listing)
        table, facts = components_of(view, used.cohort, regions_of(view, places), components, say)
        return Found({"cohort": used}, table, facts)

    return answer_of(store, find)


def find_carried(store: Store, sample: str, places: Places, say: Say) -> Answer:
    """Everything that one sample carries, read from the sample-major copy: columns as of `carriers`, without the
    cohort's ac and an.

    Raises SampleMismatchError for a sample that the store does not have, or that was withdrawn.
    """
    from trihelix.variants.store.answers.one_sample import carried

    def find(view: View) -> Found:
        batch, ordinal = _find_sample(view, sample)
        regions = regions_of(view, places)
        frames = []
        for number, region in enumerate(regions):
            say(f"reading {view.display(region.contig)}", number / len(regions))
            frames.append(carried(view, batch, ordinal, region))
        return Found({}, pl.concat(frames))

    return answer_of(store, find)


def _find_sample(view: View, sample: str) -> tuple[Batch, int]:
    withdrawn = bool(view.snapshot.manifest.tombstones) and view.snapshot.manifest.is_tombstoned(
        view.store, sample
    )
    for batch in () if withdrawn else view.batches:
        found = np.flatnonzero((batch.id_series == sample).to_numpy())
        if len(found):
            return batch, int(found[0])
    raise SampleMismatchError(
        "this sample was withdrawn" if withdrawn else "the store has no such sample",
        where="--sample",
        value=sample,
        advice="`trihelix samples --list` lists the samples",
    )
