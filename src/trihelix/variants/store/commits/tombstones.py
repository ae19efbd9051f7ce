"""Who may come in: withdrawn samples stay out, and nobody is in two batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from trihelix.model.errors import SampleMismatchError
from trihelix.variants.store.commit import Store
from trihelix.variants.store.commits.digests import read_digests
from trihelix.variants.store.commits.manifest import BatchEntry, Manifest


def tombstone(store: Store, sample_ids: Iterable[str]) -> Manifest:
    """Commit that these samples may not be ingested again; the manifest holds keyed digests, no names."""
    digests = frozenset(store.digest(sample) for sample in sample_ids)
    return store.commit(lambda latest: replace(latest, tombstones=latest.tombstones | digests))


def sample_digests(store: Store, batch: BatchEntry) -> frozenset[str]:
    """The keyed digests of a batch's samples; FileNotFoundError if compaction removed the batch meanwhile."""
    file = batch.digests_file
    return read_digests(store.root / file.path) if file else frozenset()


def check_not_tombstoned(store: Store, manifest: Manifest, sample_ids: Sequence[str]) -> None:
    """SampleMismatchError names the first of these samples that was withdrawn."""
    for sample in sample_ids:
        if manifest.is_tombstoned(store, sample):
            raise SampleMismatchError(
                "this sample was withdrawn and may not be ingested again",
                where=str(store.root),
                value=sample,
                advice="leave the sample out of the file, and delete what you hold of it",
            )


def check_new_samples(store: Store, manifest: Manifest, sample_ids: Sequence[str]) -> None:
    """SampleMismatchError names the first of these samples that a batch of the store has already.

    Reads files of the batches: run it inside `Store.reading`, or in the `change` of a commit.
    """
    by_digest = {store.digest(sample): sample for sample in sample_ids}
    for batch in manifest.batches:
        if known := by_digest.keys() & sample_digests(store, batch):
            raise SampleMismatchError(
                f"the store has {'this sample' if len(known) == 1 else f'{len(known)} of these samples'} already",
                where=f"batch {batch.name} of {store.root}",
                value=next(s for d, s in by_digest.items() if d in known),
                advice="ingest each sample once; to replace a delivery, ingest it into a store of its own",
            )


def add_batch(store: Store, entry: BatchEntry, sample_ids: Sequence[str]) -> Manifest:
    """Commit a published batch, unless all its sources are in the store already.

    Every check is made on the very state that the batch is added to. Raises SampleMismatchError for a withdrawn or a
    known sample, StoreError if the name is taken, OutputError if the commit cannot be written.
    """

    def change(latest: Manifest) -> Manifest:
        if entry.sources and set(entry.sources) <= latest.sources.keys():
            return latest
        check_not_tombstoned(store, latest, sample_ids)
        check_new_samples(store, latest, sample_ids)
        return latest.with_batch(entry)

    return store.commit(change)
