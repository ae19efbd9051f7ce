"""The collector removes what nobody needs, and never what a commit or living work needs."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from genome_store_writer import entry_of, ingest, merge, sample_of, write_files
from trihelix.model.errors import StoreError
from trihelix.variants.store.commit import Store, create_store
from trihelix.variants.store.commits.collection import collect
from trihelix.variants.store.commits.tombstones import add_batch, tombstone

WEEK = 7 * 24 * 3600


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return create_store(tmp_path / "store", None)


def files_of(store: Store) -> set[str]:
    return {p.relative_to(store.root).as_posix() for p in (store.root / "variants").rglob("*") if p.is_file()}


def make_older(folder: Path, seconds: float) -> None:
    then = time.time() - seconds
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (then, then))


def die_with_published(store: Store, work_id: str, batch_id: str) -> None:
    with suppress(KeyboardInterrupt), store.work(work_id) as folder:
        store.publish(write_files(store, folder, work_id), batch_id)
        raise KeyboardInterrupt


def test_nothing_is_removed_from_a_tidy_store(store: Store) -> None:
    ingest(store, "a")
    tombstone(store, [f"p{n}" for n in range(1500)])
    assert store.collect(grace_seconds=0) == []
    store.verify(store.snapshot(), deep=True)


def test_merged_batches_are_removed(store: Store) -> None:
    before = ingest(store, "a").files.keys() | ingest(store, "b").files.keys()
    merged = merge(store, "merge")
    assert store.collect() == sorted(before)
    assert files_of(store) == merged.files.keys()
    store.verify(merged, deep=True)


def test_what_a_dead_process_published_is_removed_at_once(store: Store) -> None:
    ingest(store, "a")
    die_with_published(store, "dead", "b1")
    removed = store.collect()
    assert removed == ["variants/b1/contig=chr21/dead.bin", "variants/b1/digests.bin"]
    assert not (store.root / "variants" / "b1").exists()
    assert (store.root / "staging" / "dead").exists()
    with store.work("dead") as folder:
        assert not (folder / "batch").exists()


def test_what_a_living_process_published_is_left_alone(store: Store) -> None:
    with store.work("alive") as folder:
        files = store.publish(write_files(store, folder, "x"), "b1")
        make_older(folder, 100 * WEEK)
        assert store.collect(grace_seconds=0) == []
        state = add_batch(store, entry_of("x", "b1", files), [sample_of("x")])
    store.verify(state, deep=True)


def test_dead_work_is_kept_for_its_grace(store: Store) -> None:
    die_with_published(store, "young", "b1")
    die_with_published(store, "old", "b2")
    make_older(store.root / "staging" / "old", WEEK + 60)
    make_older(store.root / "staging" / "young", WEEK - 60)
    removed = store.collect()
    assert "staging/old" in removed
    assert "staging/young" not in removed
    assert [p.name for p in (store.root / "staging").iterdir()] == ["young"]
    assert store.collect(grace_seconds=0) == ["staging/young"]


def test_work_in_which_one_file_is_young_is_young(store: Store) -> None:
    die_with_published(store, "w", "b1")
    work = store.root / "staging" / "w"
    (work / "deep").mkdir()
    (work / "deep" / "part").write_bytes(b"x")
    make_older(work, 2 * WEEK)
    os.utime(work / "deep" / "part")
    store.collect()
    make_older(work, 2 * WEEK)
    assert store.collect() == ["staging/w"]


def test_a_stray_file_is_removed_and_a_link_is_not_followed(store: Store, tmp_path: Path) -> None:
    state = ingest(store, "a")
    batch = store.root / state.batches[0].folder
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "thesis").write_text("years of work")
    (batch / "stray").write_bytes(b"x")
    (store.root / "variants" / "loose").write_bytes(b"x")
    (batch / "link").symlink_to(outside)
    (store.root / "variants" / "linked").symlink_to(outside)
    (store.root / "variants" / "orphan").mkdir()
    (store.root / "variants" / "orphan" / "link").symlink_to(outside)
    removed = store.collect()
    assert f"{state.batches[0].folder}/stray" in removed
    assert len(removed) == 5
    assert files_of(store) == state.files.keys()
    assert [p.name for p in (store.root / "variants").iterdir()] == [state.batches[0].id]
    assert (outside / "thesis").read_text() == "years of work"


def test_what_crashes_of_commits_and_removals_leave_is_removed(store: Store) -> None:
    ingest(store, "a")
    (store.root / "manifests" / ".ab.tmp").write_text("{")
    (store.root / "tombstones" / "ab.bin").write_bytes(bytes(32))
    (store.root / "staging" / ".removed-ab" / "x").mkdir(parents=True)
    assert store.collect(grace_seconds=0) == []  # it may be a commit under way
    make_older(store.root / "manifests", 4000)
    make_older(store.root / "tombstones", 4000)
    assert store.collect() == ["manifests/.ab.tmp", "tombstones/ab.bin"]
    assert list((store.root / "staging").iterdir()) == []
    assert store.snapshot().number == 2


def test_a_copy_without_its_empty_folders_works(store: Store) -> None:
    for name in ("staging", "variants", "tombstones"):
        (store.root / name).rmdir()
    assert store.collect() == []
    state = ingest(store, "a")
    tombstone(store, [f"p{n}" for n in range(1500)])
    store.verify(state, deep=True)


# ---- what happens in the middle of a collection: `named` is asked when the latest manifest is read


def test_a_batch_that_was_committed_after_the_search_for_orphans_stays(store: Store) -> None:
    def named() -> set[str]:
        before = set(store.snapshot().files)
        ingest(store, "late")
        return before

    assert collect(store.root, named, 0) == []
    store.verify(store.snapshot(), deep=True)


def test_a_batch_whose_work_was_alive_stays_although_the_manifest_was_older(store: Store) -> None:
    life = ExitStack()
    files = store.publish(write_files(store, life.enter_context(store.work("w")), "x"), "b1")

    def named() -> set[str]:
        before = set(store.snapshot().files)
        add_batch(store, entry_of("x", "b1", files), [sample_of("x")])
        life.close()
        return before

    assert collect(store.root, named, 0) == []
    store.verify(store.snapshot(), deep=True)


def test_dead_work_cannot_be_taken_up_while_its_orphans_are_removed(store: Store) -> None:
    die_with_published(store, "dead", "b1")

    def named() -> set[str]:
        with pytest.raises(StoreError, match="another process"), store.work("dead"):
            pass
        return set()

    assert len(collect(store.root, named, WEEK)) == 2
