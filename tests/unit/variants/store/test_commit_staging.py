"""Work in progress: held by the living, kept for whoever takes it up, removed when it is done."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from genome_store_writer import entry_of, ingest, sample_of, write_files
from trihelix.model.errors import MalformedRecordError, OutputError, StoreError
from trihelix.variants.store.commit import Store, create_store, new_batch_id
from trihelix.variants.store.commits.staging import remove_folder, try_lock
from trihelix.variants.store.commits.tombstones import add_batch


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return create_store(tmp_path / "store", None)


class Death(BaseException):
    """The process ends here."""


@contextmanager
def dying(store: Store, work_id: str) -> Iterator[Path]:
    """Work whose process ends after the block."""
    with suppress(Death), store.work(work_id) as folder:
        yield folder
        raise Death


def test_work_is_removed_after_success(store: Store) -> None:
    with store.work("w") as folder:
        (folder / "part").write_bytes(b"x")
        assert folder == store.root / "staging" / "w"
    assert list((store.root / "staging").iterdir()) == []


def test_work_is_kept_when_its_process_dies_and_taken_up(store: Store) -> None:
    with dying(store, "w") as folder:
        (folder / "part").write_bytes(b"x")
    with store.work("w") as folder:
        assert (folder / "part").read_bytes() == b"x"


def test_work_on_a_bad_file_is_removed_and_on_a_bad_disk_kept(store: Store) -> None:
    for error, kept in (
        (MalformedRecordError("bad", advice="-"), False),
        (OutputError("full", advice="-"), True),
    ):
        with pytest.raises(type(error)), store.work("w") as folder:
            raise error
        assert folder.exists() == kept


def test_two_may_not_do_the_same_work(store: Store) -> None:
    with store.work("w"):
        with (
            pytest.raises(StoreError, match="another process is doing the same work") as refused,
            store.work("w"),
        ):
            pass
        assert "let it finish" in refused.value.advice
        with store.work("other"):
            pass


def test_the_lock_ends_with_its_process(store: Store) -> None:
    program = (
        "import sys; from pathlib import Path; from trihelix.variants.store.commit import open_store\n"
        "with open_store(Path(sys.argv[1])).work('w'): print('in', flush=True); input()"
    )
    other = subprocess.Popen(
        [sys.executable, "-B", "-c", program, str(store.root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert other.stdout is not None
    assert other.stdout.readline() == "in\n"
    with pytest.raises(StoreError), store.work("w"):
        pass
    other.kill()
    other.communicate()
    with store.work("w"):
        pass


def test_many_threads_take_turns_and_never_share(store: Store) -> None:
    """Locks are taken and folders removed as fast as can be: a lock on a folder that is gone is no lock."""
    folder = store.root / "staging" / "w"
    taken: list[int] = []
    shared: list[int] = []
    end = time.monotonic() + 0.7

    def attempt(number: int) -> None:
        while time.monotonic() < end:
            with suppress(FileExistsError):
                folder.mkdir()
            lock = try_lock(folder)
            if lock is not None:
                try:
                    (folder / "mine").mkdir()
                    remove_folder(store.root, folder)
                    taken.append(number)
                except OSError:
                    shared.append(number)
                os.close(lock)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(attempt, range(4)))
    assert shared == []
    assert len(taken) > 50


def test_many_threads_ask_for_the_same_work_and_get_it_in_turn(store: Store) -> None:
    def attempt(_: int) -> int:
        done = 0
        for _ in range(5):
            with suppress(StoreError), store.work("w") as folder:
                (folder / "mine").mkdir()
                done += 1
        return done

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(attempt, range(6))) > 10


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", ".hidden", "a b"])
def test_work_has_a_plain_name(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="plain name"), store.work(name):
        pass


def test_publishing_moves_everything_and_tells_it(store: Store) -> None:
    with store.work("w") as folder:
        batch = write_files(store, folder, "a")
        files = store.publish(batch, "b1")
        assert not batch.exists()
        assert [f.path for f in files] == ["variants/b1/contig=chr21/a.bin", "variants/b1/digests.bin"]
        assert all((store.root / f.path).stat().st_size == f.bytes for f in files)
        state = add_batch(store, entry_of("a", "b1", files), [sample_of("a")])
    store.verify(state, deep=True)


def test_only_a_folder_of_work_in_progress_is_published(store: Store, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(ValueError, match="not a folder of work"):
        store.publish(tmp_path / "elsewhere", "b1")
    with store.work("w") as folder, pytest.raises(ValueError, match="plain id"):
        store.publish(folder / "batch", "../b1")


def test_what_was_published_and_not_committed_is_back_when_the_work_is_taken_up(store: Store) -> None:
    with dying(store, "w") as folder:
        store.publish(write_files(store, folder, "a"), "b1")
    assert (store.root / "variants" / "b1").exists()
    with store.work("w") as folder:
        assert (folder / "batch" / "digests.bin").exists()
        assert not (store.root / "variants" / "b1").exists()


def test_what_was_committed_stays_when_the_work_is_taken_up(store: Store) -> None:
    with dying(store, "w") as folder:
        files = store.publish(write_files(store, folder, "a"), "b1")
        add_batch(store, entry_of("a", "b1", files), [sample_of("a")])
    with store.work("w") as folder:
        assert not (folder / "batch").exists()
    store.verify(store.snapshot(), deep=True)


def test_a_death_between_claim_and_move_is_nothing(store: Store) -> None:
    with dying(store, "w") as folder:
        write_files(store, folder, "a")
        (folder / ".claim-b1").write_text("")
    with store.work("w") as folder:
        assert (folder / "batch").exists()
        assert not (folder / ".claim-b1").exists()


def test_two_publications_of_one_work_do_not_stand_in_each_others_way(store: Store) -> None:
    with dying(store, "w") as folder:
        for batch_id in ("b1", "b2"):
            store.publish(write_files(store, folder, "a"), batch_id)
    with store.work("w") as folder:
        assert (folder / "batch" / "digests.bin").exists()
        store.collect()
    assert list((store.root / "variants").iterdir()) == []


def test_batch_ids_differ() -> None:
    assert len({new_batch_id() for _ in range(100)}) == 100


def test_a_finished_ingest_leaves_no_work(store: Store) -> None:
    ingest(store, "a")
    assert list((store.root / "staging").iterdir()) == []
