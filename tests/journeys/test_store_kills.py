"""A genome store survives what happens to machines: kill -9 anywhere, a full disk, a disk that refuses."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import genome_store_writer
import trihelix
from genome_store_writer import content_of, ingest, source_of
from trihelix.model.errors import OutputError
from trihelix.variants.store.commit import Store, create_store, open_store

KILLS = 200
BATCHES = 25  # of one life of the writer, more than it reaches before it is killed
LIFE_SECONDS = 0.12  # the longest life after the store is open


def start(root: Path, name: str, count: int, file_limit: int = -1) -> subprocess.Popen[str]:
    """The writer at work in a process of its own, optionally with a limit to the size of its files."""
    environment = {**os.environ, "PYTHONPATH": str(Path(trihelix.__file__).parents[1])}
    limit = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, -1))) if file_limit > 0 else None
    return subprocess.Popen(
        [sys.executable, "-B", genome_store_writer.__file__, str(root), name, str(count)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, preexec_fn=limit,
    )  # fmt: skip


def live_until_killed(root: Path, name: str, seconds: float) -> list[int]:
    """The batches that the writer acknowledged before kill -9 came."""
    writer = start(root, name, BATCHES)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n", writer.communicate()
    time.sleep(seconds)
    writer.kill()
    said, complaint = writer.communicate()
    assert complaint == ""
    return [int(line) for line in said.splitlines(keepends=True) if line.endswith("\n")]


def check_whole(store: Store, acknowledged: set[str]) -> set[str]:
    """Every file is as it was written and nothing acknowledged is lost; returns the names of what is there."""
    manifest = store.snapshot()
    store.verify(manifest, deep=True)
    data = [store.root / f.path for b in manifest.batches for f in b.files if "contig=" in f.path]
    names = [path.stem for path in data]
    assert all(path.read_bytes() == content_of(path.stem) for path in data)
    assert len(set(names)) == len(names)
    assert manifest.sources.keys() == {source_of(name) for name in names}
    assert acknowledged <= set(names)
    return set(names)


def check_no_orphans(store: Store) -> None:
    named = store.snapshot().files
    found = {
        p.relative_to(store.root).as_posix() for p in (store.root / "variants").rglob("*") if p.is_file()
    }
    assert found == named.keys() - {f for f in named if f.startswith("tombstones/")}
    assert list((store.root / "staging").iterdir()) == []


@pytest.mark.slow
def test_two_hundred_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    store = create_store(tmp_path / "store", "GRCh38")
    dice = random.Random(4)
    acknowledged: set[str] = set()
    present: set[str] = set()
    for kill in range(KILLS):
        name = f"life{kill // 4}"  # several lives share names: a later one takes up what an earlier one began
        numbers = live_until_killed(store.root, name, dice.uniform(0, LIFE_SECONDS))
        acknowledged |= {f"{name}-{n}" for n in numbers}
        present = check_whole(open_store(store.root), acknowledged)
        if kill % 20 == 19:
            store.collect(grace_seconds=0)
            assert check_whole(store, acknowledged) == present
            check_no_orphans(store)
    numbers = sorted(int(p.stem) for p in (store.root / "manifests").glob("*.json"))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(acknowledged) > KILLS // 4


def test_a_life_after_a_kill_finishes_the_work(tmp_path: Path) -> None:
    store = create_store(tmp_path / "store", None)
    live_until_killed(store.root, "one", 0.02)
    writer = start(store.root, "one", 12)
    assert writer.communicate()[1] == ""
    assert writer.returncode == 0
    assert check_whole(store, set()) >= {f"one-{n}" for n in range(12)}


def test_writers_that_merge_and_tidy_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    store = create_store(tmp_path / "store", None)
    writers = [start(store.root, f"w{n}", 15) for n in range(4)]
    while any(w.poll() is None for w in writers):
        store.collect(grace_seconds=0)
        store.reading(lambda snapshot: store.verify(snapshot.manifest, deep=True))
    assert [w.communicate()[1] for w in writers] == [""] * 4
    assert check_whole(store, set()) == {f"w{n}-{m}" for n in range(4) for m in range(15)}
    store.collect(grace_seconds=0)
    check_no_orphans(store)


def test_a_file_larger_than_allowed_is_an_output_error_and_loses_nothing(tmp_path: Path) -> None:
    store = create_store(tmp_path / "store", None)
    writer = start(store.root, "limited", 50, file_limit=6000)
    said, complaint = writer.communicate()
    assert writer.returncode == OutputError.exit_code, complaint
    assert "run the same command again" in complaint
    acknowledged = {f"limited-{line}" for line in said.splitlines()[1:]}
    assert check_whole(store, acknowledged) == acknowledged
    assert acknowledged


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 kB of its own; skips where this user may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a file system cannot be mounted by this user")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_an_output_error_and_room_is_enough_to_go_on(small_disk: Path) -> None:
    store = create_store(small_disk / "store", None)
    (small_disk / "other").write_bytes(bytes(120_000))
    writer = start(store.root, "full", 500)
    said, complaint = writer.communicate()
    assert writer.returncode == OutputError.exit_code, complaint
    assert "No space left on device" in complaint
    acknowledged = {f"full-{line}" for line in said.splitlines()[1:]}
    assert check_whole(open_store(store.root), acknowledged) == acknowledged
    (small_disk / "other").unlink()
    following = f"full-{len(acknowledged)}"
    ingest(store, following)
    store.collect(grace_seconds=0)
    assert check_whole(store, acknowledged) == {*acknowledged, following}
    check_no_orphans(store)


def test_a_disk_that_became_read_only_is_an_output_error(small_disk: Path) -> None:
    store = create_store(small_disk / "store", None)
    ingest(store, "before")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(OutputError) as refused:
        ingest(store, "after")
    assert "Read-only" in str(refused.value)
    assert check_whole(open_store(store.root), {"before"}) == {"before"}
