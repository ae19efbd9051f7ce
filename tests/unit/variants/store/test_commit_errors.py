"""A disk may fail at any operation of an ingest: the last commit stays, the error says so, and a repeat succeeds."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genome_store_writer import ingest, source_of
from trihelix.model.errors import OutputError
from trihelix.variants.store.commit import INLINE_TOMBSTONES, Store, create_store, open_store
from trihelix.variants.store.commits.files import FileOperations
from trihelix.variants.store.commits.tombstones import tombstone

KINDS = ("write", "fsync", "link", "rename")


class Disk:
    """Operations that fail from the n-th on, once or for good, and a record of what was done."""

    def __init__(self, fails_at: int, code: int, *, for_good: bool) -> None:
        self.fails_at = fails_at
        self.code = code
        self.for_good = for_good
        self.done: list[tuple[str, str]] = []

    def operations(self) -> FileOperations:
        real = FileOperations()
        return FileOperations(**{kind: self._counted(kind, getattr(real, kind)) for kind in KINDS})

    def _counted(self, kind: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def operation(*arguments: Any) -> Any:
            number = len(self.done)
            self.done.append((kind, name_of(arguments[0] if kind == "write" else arguments[-1])))
            if number == self.fails_at or (self.for_good and number > self.fails_at):
                raise OSError(self.code, os.strerror(self.code))
            if kind == "write":  # a disk may take less than it is given
                return real(arguments[0], arguments[1][: max(7, len(arguments[1]) // 2)])
            return real(*arguments)

        return operation


def name_of(what: object) -> str:
    """The path of a file, also of an open one."""
    return os.readlink(f"/proc/self/fd/{what}") if isinstance(what, int) else str(what)


def error_of(action: Callable[[], object]) -> OutputError | None:
    try:
        action()
    except OutputError as error:
        return error
    return None


def check_holds(store: Store, names: set[str]) -> None:
    state = store.snapshot()
    store.verify(state, deep=True)
    assert state.sources.keys() == {source_of(n) for n in names}


@pytest.mark.parametrize("for_good", [False, True])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_every_operation_of_an_ingest_may_fail(tmp_path: Path, code: int, for_good: bool) -> None:
    for fails_at in range(1000):
        root = tmp_path / f"store{fails_at}"
        ingest(create_store(root, None), "before")
        disk = Disk(fails_at, code, for_good=for_good)
        failing = open_store(root, operations=disk.operations())
        if (error := error_of(lambda disk=failing: ingest(disk, "new"))) is None:
            break
        assert "committed before is as it was" in error.advice
        assert error.value == os.strerror(code)
        store = open_store(root)
        check_holds(store, {"before", "new"} if source_of("new") in store.snapshot().sources else {"before"})
        ingest(store, "new")
        check_holds(store, {"before", "new"})
        store.collect(grace_seconds=0)
        left = {p.relative_to(root).as_posix() for p in (root / "variants").rglob("*") if p.is_file()}
        assert left == store.snapshot().files.keys()
        assert list((root / "staging").iterdir()) == []
        assert [p.name for p in (root / "manifests").iterdir() if p.name.startswith(".")] == []
    assert fails_at > 15
    check_holds(open_store(root), {"before", "new"})


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_every_operation_of_a_withdrawal_may_fail(tmp_path: Path, code: int) -> None:
    many = [f"p{n}" for n in range(INLINE_TOMBSTONES + 1)]
    for fails_at in range(1000):
        root = tmp_path / f"store{fails_at}"
        create_store(root, None)
        disk = Disk(fails_at, code, for_good=True)
        try:
            tombstone(open_store(root, operations=disk.operations()), many)
        except OutputError:
            assert len(open_store(root).snapshot().tombstones) in (0, len(many))
        else:
            break
    assert fails_at > 6
    assert len(open_store(root).snapshot().tombstones) == len(many)


def test_every_operation_of_the_making_may_fail(tmp_path: Path) -> None:
    for fails_at in range(1000):
        root = tmp_path / f"store{fails_at}"
        try:
            create_store(root, None, operations=Disk(fails_at, errno.ENOSPC, for_good=True).operations())
        except OutputError:
            if not (root / "store.json").exists():
                create_store(root, None)
        else:
            break
        assert open_store(root).snapshot().number == 1
    assert fails_at > 6


def test_a_commit_that_the_disk_did_not_confirm_is_not_called_undone(tmp_path: Path) -> None:
    root = tmp_path / "store"
    create_store(root, None)
    plain = Disk(10**6, errno.EIO, for_good=False)
    tombstone(open_store(root, operations=plain.operations()), ["a"])
    last = Disk(len(plain.done) - 1, errno.EIO, for_good=False)
    with pytest.raises(OutputError, match="did not confirm"):
        tombstone(open_store(root, operations=last.operations()), ["b"])
    assert open_store(root).snapshot().number == 3


def test_nothing_is_named_before_it_is_on_the_disk(tmp_path: Path) -> None:
    create_store(tmp_path / "store", None)
    disk = Disk(10**6, errno.EIO, for_good=False)
    store = open_store(tmp_path / "store", operations=disk.operations())
    state = ingest(store, "a")
    commit = next(n for n, (kind, _) in enumerate(disk.done) if kind == "link")
    moved = next(n for n, (kind, _) in enumerate(disk.done) if kind == "rename")
    synced = [path for kind, path in disk.done[:moved] if kind == "fsync"]
    folder = store.root / "staging" / "a" / "batch"
    for file in state.files:
        inside = "/".join(file.split("/")[2:])
        assert str(folder / inside) in synced
        assert str((folder / inside).parent) in synced
    after = [path for kind, path in disk.done[moved:commit] if kind == "fsync"]
    assert str(store.root / "variants") in after
    assert any(path.endswith(".tmp") for path in after)
    assert disk.done[-1] == ("fsync", str(store.root / "manifests"))


def test_a_full_disk_while_files_are_made_is_an_output_error(tmp_path: Path) -> None:
    store = create_store(tmp_path / "store", None)

    def fill() -> None:
        with store.work("w") as folder:
            (folder / "half").write_bytes(b"x")
            raise OSError(errno.ENOSPC, "No space left on device")

    error = error_of(fill)
    assert error is not None
    assert error.value == "No space left on device"
    assert (store.root / "staging" / "w" / "half").exists()


def test_an_error_of_reading_is_not_called_one_of_writing(tmp_path: Path) -> None:
    store = create_store(tmp_path / "store", None)
    with pytest.raises(FileNotFoundError), store.work("w"):
        (tmp_path / "absent.vcf").read_bytes()


def test_a_folder_in_which_this_user_may_not_write_is_an_output_error(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    store = create_store(tmp_path / "store", None)
    ingest(store, "a")
    (store.root / "manifests").chmod(0o500)
    try:
        with pytest.raises(OutputError, match="Permission denied"):
            ingest(store, "b")
        check_holds(open_store(store.root), {"a"})
    finally:
        (store.root / "manifests").chmod(0o700)


def test_a_store_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError):
        create_store(tmp_path / "file" / "store", None)
