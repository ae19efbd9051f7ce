"""Commits are atomic: one after another, each whole, none lost; a store is made, opened and verified."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import genome_store_writer
import trihelix
from genome_store_writer import ingest, merge, sample_of, source_of
from trihelix.model.errors import StoreError
from trihelix.variants.store.commit import Snapshot, Store, create_store, open_store
from trihelix.variants.store.commits.files import FileOperations
from trihelix.variants.store.commits.manifest import BatchEntry, FileEntry, Manifest
from trihelix.variants.store.commits.tombstones import tombstone


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return create_store(tmp_path / "store", "GRCh38")


def numbers(store: Store) -> list[int]:
    return sorted(int(p.stem) for p in (store.root / "manifests").iterdir())


def test_a_new_store_is_empty_and_opens_again(store: Store) -> None:
    again = open_store(store.root)
    assert (again.assembly, again.salt, again.created) == ("GRCh38", store.salt, store.created)
    assert len(store.salt) == 16
    state = again.snapshot()
    assert (state.number, state.parent, state.batches, state.files) == (1, None, (), {})


def test_two_stores_have_two_salts(store: Store, tmp_path: Path) -> None:
    other = create_store(tmp_path / "other", None)
    assert other.assembly is None
    assert other.digest("NA12878") != store.digest("NA12878")


def test_commits_are_numbered_and_point_to_their_parent(store: Store) -> None:
    first = ingest(store, "a")
    second = ingest(store, "b")
    assert (first.number, first.parent, second.number, second.parent) == (2, 1, 3, 2)
    assert store.snapshot() == second
    assert [b.name for b in second.batches] == ["a", "b"]
    assert second.created.endswith("+00:00")


def test_a_change_that_changes_nothing_is_not_written(store: Store) -> None:
    first = ingest(store, "a")
    assert store.commit(lambda latest: replace(latest, created="later")) == first
    assert ingest(store, "a") == first
    assert numbers(store) == [1, 2]


def test_the_loser_of_two_commits_applies_its_change_again(store: Store) -> None:
    seen: list[int] = []

    def change(latest: Manifest) -> Manifest:
        if not seen:
            tombstone(store, ["faster"])
        seen.append(latest.number)
        return replace(latest, tombstones=latest.tombstones | {store.digest("slower")})

    committed = store.commit(change)
    assert seen == [1, 2]
    assert committed.number == 3
    assert committed.tombstones == {store.digest("faster"), store.digest("slower")}


def test_a_commit_that_a_network_repeated_is_taken_for_our_own(tmp_path: Path) -> None:
    def link_twice(source: Path, target: Path) -> None:
        os.link(source, target)
        os.link(source, target)

    create_store(tmp_path / "s", None)
    store = open_store(tmp_path / "s", operations=FileOperations(link=link_twice))
    empty = BatchEntry("empty", "b1", 0, 0, (), ())
    assert store.commit(lambda latest: latest.with_batch(empty)).batches == (empty,)
    assert numbers(store) == [1, 2]


def test_eight_processes_commit_at_once_and_every_change_is_there(store: Store) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(trihelix.__file__).parents[1])}
    program = (
        "import sys; from pathlib import Path; from genome_store_writer import ingest, open_store\n"
        "store = open_store(Path(sys.argv[1])); input()\n"
        "for n in range(5): ingest(store, f'{sys.argv[2]}-{n}')"
    )
    folder = Path(genome_store_writer.__file__).parent
    writers = [
        subprocess.Popen(
            [sys.executable, "-B", "-c", program, str(store.root), f"w{n}"],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, env=environment,
        )
        for n in range(8)
    ]  # fmt: skip
    said = ThreadPoolExecutor(8).map(lambda w: w.communicate("go\n")[1], writers)
    assert list(said) == [""] * 8
    state = store.snapshot()
    assert {b.name for b in state.batches} == {f"w{n}-{m}" for n in range(8) for m in range(5)}
    assert numbers(store) == list(range(1, 42))
    store.verify(state, deep=True)


def test_many_threads_make_one_store(tmp_path: Path) -> None:
    barrier = threading.Barrier(6)

    def make(_: int) -> Store | StoreError:
        barrier.wait()
        try:
            return create_store(tmp_path / "store", None)
        except StoreError as error:
            return error

    with ThreadPoolExecutor(6) as threads:
        made = [one for one in threads.map(make, range(6)) if isinstance(one, Store)]
    assert len(made) == 1
    assert open_store(tmp_path / "store").salt == made[0].salt


def test_a_commit_names_only_files_that_are_there(store: Store) -> None:
    ghost = BatchEntry("ghost", "b1", 1, 1, (), (FileEntry("variants/b1/x", "ab" * 32, 3),))
    with pytest.raises(StoreError, match="missing or was altered"):
        store.commit(lambda latest: latest.with_batch(ghost))
    assert numbers(store) == [1]


def test_an_impossible_state_is_not_committed(store: Store) -> None:
    ingest(store, "a")
    with pytest.raises(StoreError, match="same name"):
        store.commit(lambda latest: replace(latest, batches=latest.batches * 2))
    assert numbers(store) == [1, 2]


def test_many_tombstones_go_to_files_and_few_stay_in_the_manifest(store: Store) -> None:
    everybody = [f"p{n}" for n in range(2500)]
    tombstone(store, everybody[:900])
    assert store.snapshot().tombstone_files == ()
    tombstone(store, everybody[900:1800])
    state = tombstone(store, everybody[1800:])
    assert len(state.tombstone_files) == 1
    assert open_store(store.root).snapshot() == state
    assert all(state.is_tombstoned(store, p) for p in everybody)
    assert not state.is_tombstoned(store, "p2500")
    assert (store.root / "manifests" / "0000000004.json").stat().st_size < 100_000
    fewer = store.commit(lambda latest: replace(latest, tombstones=latest.tombstones - {store.digest("p1")}))
    assert not store.snapshot().is_tombstoned(store, "p1")
    assert len(fewer.tombstones) == 2499


def test_a_manifest_of_a_large_batch_is_small(store: Store) -> None:
    with store.work("large") as folder:
        batch = genome_store_writer.write_files(store, folder, "large")
        everybody = [store.digest(f"s{n}") for n in range(100_000)]
        genome_store_writer.write_batch_digests(batch, everybody)
        files = store.publish(batch, "b1")
        entry = BatchEntry("large", "b1", 100_000, 50, (), files)
        store.commit(lambda latest: latest.with_batch(entry))
    assert (store.root / "manifests" / "0000000002.json").stat().st_size < 2000
    assert genome_store_writer.sample_digests(store, entry) == set(everybody)


# ---- what is not a store


def test_no_store_says_so(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "absent"):
        with pytest.raises(StoreError, match="there is no genome store here") as refused:
            open_store(place)
        assert str(place) in refused.value.where


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": "x"}', '{"format": "trihelix-genome-store", "version": 1}']
)
def test_a_damaged_store_file_is_named(store: Store, text: str) -> None:
    (store.root / "store.json").write_text(text)
    with pytest.raises(StoreError, match="damaged") as refused:
        open_store(store.root)
    assert refused.value.where.endswith("store.json")


@pytest.mark.parametrize(
    "changes", [{"salt": "ab"}, {"salt": "zz" * 16}, {"salt": 5}, {"assembly": 38}, {"version": "1"}]
)
def test_a_store_file_with_an_impossible_value_is_damaged(store: Store, changes: dict[str, object]) -> None:
    path = store.root / "store.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(StoreError, match="damaged"):
        open_store(store.root)


def test_a_store_of_a_newer_version_is_refused(store: Store) -> None:
    path = store.root / "store.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 2, "unheard": "of"}))
    with pytest.raises(StoreError, match="newer version"):
        open_store(store.root)


def test_a_store_without_manifests_is_damaged_not_empty(store: Store) -> None:
    (store.root / "manifests" / "0000000001.json").unlink()
    with pytest.raises(StoreError, match="damaged"):
        open_store(store.root)


def test_a_manifest_under_a_wrong_number_is_refused(store: Store) -> None:
    ingest(store, "a")
    folder = store.root / "manifests"
    (folder / "0000000009.json").write_bytes((folder / "0000000001.json").read_bytes())
    with pytest.raises(StoreError, match="damaged"):
        store.snapshot()


def test_a_store_is_made_once_and_only_in_an_empty_folder(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="already"):
        create_store(store.root, None)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(StoreError, match="something else"):
        create_store(tmp_path / "mine", None)
    with pytest.raises(StoreError, match="is a folder"):
        create_store(tmp_path / "mine" / "thesis.txt", None)
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_store_that_lost_its_salt_is_never_given_another(store: Store) -> None:
    tombstone(store, ["withdrawn"])
    (store.root / "store.json").unlink()
    with pytest.raises(StoreError, match=r"restore its store\.json"):
        create_store(store.root, None)


def test_a_making_that_was_interrupted_is_finished(tmp_path: Path) -> None:
    create_store(tmp_path / "store", None)
    (tmp_path / "store" / "store.json").unlink()
    assert create_store(tmp_path / "store", None).snapshot().number == 1


# ---- verifying and reading


def test_verify_names_the_missing_and_the_altered_file(store: Store) -> None:
    state = ingest(store, "a")
    store.verify(state, deep=True)
    file = next(f for f in state.files.values() if "contig=" in f.path)
    path = store.root / file.path
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"?")
    store.verify(state)
    with pytest.raises(StoreError, match="altered") as refused:
        store.verify(state, deep=True)
    assert refused.value.where == str(path)
    path.write_bytes(good + b"?")
    with pytest.raises(StoreError, match="altered"):
        store.verify(state)
    path.unlink()
    with pytest.raises(StoreError, match="missing") as refused:
        store.verify(state)
    assert refused.value.where == str(path)


def all_bytes(snapshot: Snapshot) -> int:
    return sum(
        len(snapshot.path(f).read_bytes()) for f in snapshot.manifest.files.values() if "contig=" in f.path
    )


def test_a_reader_under_whom_batches_are_merged_reads_the_merged_ones(store: Store) -> None:
    ingest(store, "a")
    ingest(store, "b")
    expected = store.reading(all_bytes)
    seen: list[int] = []

    def read(snapshot: Snapshot) -> int:
        if not seen:
            merge(store, "merge")
            store.collect()
        seen.append(snapshot.manifest.number)
        return all_bytes(snapshot)

    assert store.reading(read) == expected
    assert seen == [3, 4]


def test_a_reader_is_told_which_file_of_the_store_is_gone(store: Store) -> None:
    state = ingest(store, "a")
    gone = store.root / next(path for path in state.files if "contig=" in path)
    gone.unlink()
    with pytest.raises(StoreError, match="missing") as refused:
        store.reading(all_bytes)
    assert refused.value.where == str(gone)


def test_a_missing_file_of_the_reader_is_the_readers_own_error(store: Store, tmp_path: Path) -> None:
    ingest(store, "a")
    with pytest.raises(FileNotFoundError, match="cohort"):
        store.reading(lambda _: (tmp_path / "cohort.txt").read_text())


def test_names_are_nowhere_in_the_store(store: Store) -> None:
    ingest(store, "a")
    tombstone(store, [sample_of("b")])
    texts = [p.read_text() for p in store.root.rglob("*.json")]
    assert not any("sample of" in text for text in texts)
    assert any(source_of("a") in text for text in texts)
