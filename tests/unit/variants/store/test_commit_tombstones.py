"""Withdrawn samples stay out, nobody is in two batches, and the same file twice is nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from genome_store_writer import entry_of, ingest, merge, sample_of, write_files
from trihelix.model.errors import SampleMismatchError, StoreError
from trihelix.variants.store.commit import Store, create_store, new_batch_id
from trihelix.variants.store.commits.digests import write_batch_digests
from trihelix.variants.store.commits.manifest import Manifest
from trihelix.variants.store.commits.tombstones import (
    add_batch,
    check_new_samples,
    check_not_tombstoned,
    sample_digests,
    tombstone,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return create_store(tmp_path / "store", None)


def add(store: Store, name: str, samples: list[str]) -> Manifest:
    """A batch with these samples from a file of its own."""
    with store.work(name) as folder:
        batch = write_files(store, folder, name)
        write_batch_digests(batch, [store.digest(s) for s in samples])
        batch_id = new_batch_id()
        return add_batch(store, entry_of(name, batch_id, store.publish(batch, batch_id)), samples)


def test_a_withdrawn_sample_is_refused_by_name(store: Store) -> None:
    tombstone(store, ["NA1", "NA2"])
    with pytest.raises(SampleMismatchError, match="withdrawn") as refused:
        add(store, "a", ["NA0", "NA2"])
    assert refused.value.value == "NA2"
    assert store.snapshot().batches == ()
    check_not_tombstoned(store, store.snapshot(), ["NA0"])


def test_a_sample_that_is_withdrawn_during_its_ingest_is_refused(store: Store) -> None:
    check_not_tombstoned(store, store.snapshot(), ["NA1"])
    tombstone(store, ["NA1"])
    with pytest.raises(SampleMismatchError, match="withdrawn"):
        add(store, "a", ["NA1"])


def test_withdrawing_twice_is_one_commit(store: Store) -> None:
    assert tombstone(store, ["NA1"]) == tombstone(store, ["NA1"])


def test_a_sample_is_in_one_batch_only(store: Store) -> None:
    add(store, "a", ["NA1", "NA2"])
    with pytest.raises(SampleMismatchError, match="already") as refused:
        add(store, "b", ["NA0", "NA2"])
    assert refused.value.value == "NA2"
    assert "batch a" in refused.value.where
    add(store, "b", ["NA0"])
    with pytest.raises(SampleMismatchError, match="3 of these samples"):
        check_new_samples(store, merge(store, "merge"), ["NA0", "NA1", "NA2", "NA3"])


def test_the_same_file_again_is_nothing_even_after_a_merge(store: Store) -> None:
    ingest(store, "a")
    ingest(store, "b")
    merged = merge(store, "merge")
    with store.work("again") as folder:
        files = store.publish(write_files(store, folder, "a"), "b9")
        assert add_batch(store, entry_of("a", "b9", files), [sample_of("a")]) == merged
    store.collect()
    assert not (store.root / "variants" / "b9").exists()


def test_a_name_that_is_taken_is_refused(store: Store) -> None:
    add(store, "a", ["NA1"])
    with store.work("other") as folder:
        files = store.publish(write_files(store, folder, "b"), "b1")
        entry = replace(entry_of("b", "b1", files), name="a")
        with pytest.raises(StoreError, match="batch of this name") as refused:
            add_batch(store, entry, ["NA9"])
    assert "--batch" in refused.value.advice


def test_a_batch_tells_its_samples_only_as_digests(store: Store) -> None:
    state = add(store, "a", ["NA2", "NA1"])
    assert sample_digests(store, state.batches[0]) == {store.digest("NA1"), store.digest("NA2")}
