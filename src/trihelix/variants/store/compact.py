"""Batches merged into one, and the bytes of withdrawn people dropped; answers are the same before, during and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.model.errors import StoreError
from trihelix.variants.store.answers.callable_view import intervals_of
from trihelix.variants.store.batches import Batch, View
from trihelix.variants.store.commit import Snapshot, Store, new_batch_id
from trihelix.variants.store.commits.digests import write_batch_digests
from trihelix.variants.store.commits.manifest import BatchEntry, Manifest
from trihelix.variants.store.intake.assembling import Say, assemble
from trihelix.variants.store.intake.joining import Input
from trihelix.variants.store.intake.merging import DROPPED
from trihelix.variants.store.samples import AbsentIs, join_samples


@dataclass(frozen=True)
class Compacted:
    """What came of it: the batches before, the batch after (None where nothing was to do), people whose bytes went,
    and files that were removed."""

    before: tuple[str, ...]
    after: str | None
    purged: int
    removed: int


def compact(store: Store, name: str | None, purge: bool, say: Say) -> Compacted:
    """Merge all batches of a store into one called `name` (None: a free name is found); `purge` drops withdrawn people.

    Raises StoreError if another process changed those batches meanwhile (nothing is lost: do it again), OutputError.
    """
    view = View(store, Snapshot(store.root, store.snapshot()))
    batches = view.batches
    before = tuple(batch.entry.name for batch in batches)
    gone = sum(int(view.withdrawn_samples(batch).sum()) for batch in batches) if purge else 0
    if len(batches) < 2 and not gone:
        return Compacted(before, None, 0, len(store.collect()))
    chosen = name or _free_name(view)
    kept = [~view.withdrawn_samples(b) if purge else np.ones(b.entry.samples, np.bool_) for b in batches]
    if not any(k.any() for k in kept):
        store.commit(lambda latest: _replaced(latest, batches, None))
        return Compacted(before, None, gone, len(store.collect()))
    with store.work(f"compact-{new_batch_id()}") as work:
        entry = _write(store, work, view, kept, chosen, say)
        say("committing", 1.0)
        store.commit(lambda latest: _replaced(latest, batches, entry))
    return Compacted(before, chosen, gone, len(store.collect()))


def _write(
    store: Store, work: Path, view: View, kept: Sequence[NDArray[np.bool_]], name: str, say: Say
) -> BatchEntry:
    batches = view.batches
    samples = join_samples([batch.samples for batch in batches], kept)
    folder = work / "batch"
    done = assemble(folder, _inputs(batches, kept), samples, view.contigs, name, say, may_move=False)
    write_batch_digests(folder, (store.digest(sample) for sample in samples.ids))
    batch_id = new_batch_id()
    files = store.publish(folder, batch_id)
    sources = tuple(dict.fromkeys(source for batch in batches for source in batch.entry.sources))
    return BatchEntry(name, batch_id, len(samples), done.variants, sources, files, done.details)


def _inputs(batches: Sequence[Batch], kept: Sequence[NDArray[np.bool_]]) -> list[Input]:
    inputs, first_ordinal, first_source = [], 0, 0
    for batch, keep in zip(batches, kept, strict=True):
        ordinals = np.where(keep, first_ordinal + np.cumsum(keep) - 1, DROPPED)
        members = _members(batch)
        is_left = np.array([bool(keep[samples].any()) for samples in members], np.bool_)
        sources = np.where(is_left, first_source + np.cumsum(is_left) - 1, DROPPED)
        intervals = intervals_of(batch) if batch.has_callable else None
        stated = batch.absent_is(AbsentIs.CALLABLE)
        inputs.append(Input(batch.folder, batch.parts, ordinals, sources, members, intervals, stated))
        first_ordinal += int(keep.sum())
        first_source += int(is_left.sum())
    return inputs


def _members(batch: Batch) -> list[NDArray[Any]]:
    """The samples of each source of a batch."""
    if not batch.several_sources:
        return [np.arange(batch.entry.samples)]
    source, sample = batch.sources
    return [sample[source == number].astype(np.int64) for number in range(int(source.max()) + 1)]


def _free_name(view: View) -> str:
    taken = {batch.entry.name for batch in view.batches}
    number = 1
    while f"compacted-{number}" in taken:
        number += 1
    return f"compacted-{number}"


def _replaced(latest: Manifest, batches: Sequence[Batch], entry: BatchEntry | None) -> Manifest:
    """The state with one batch in the place of several."""
    old = {batch.id for batch in batches}
    if not old <= {batch.id for batch in latest.batches}:
        raise StoreError(
            "another process changed the batches while they were compacted",
            value=", ".join(batch.entry.name for batch in batches[:5]),
            advice="nothing was changed; run `trihelix compact` again",
        )
    rest = tuple(batch for batch in latest.batches if batch.id not in old)
    return replace(latest, batches=((entry,) if entry else ()) + rest)
