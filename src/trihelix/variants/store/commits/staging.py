"""Work in progress: a folder that a living process holds, and that a later one can take up again.

Files become a batch by one rename of a whole folder, `staging/<work>/<folder>` to `variants/<batch>`. The work folder
keeps a claim on that batch, so that the collector can tell a batch that is about to be committed from one whose
process died; whoever takes the work up again finds what was not committed back where it was.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from trihelix.model.errors import OutputError, StoreError, TrihelixError
from trihelix.variants.store.commits.files import (
    FileOperations,
    is_no_room,
    output_error,
    output_errors,
    sealed,
    sync_folder,
)
from trihelix.variants.store.commits.manifest import VARIANTS, FileEntry

STAGING = "staging"
LOCK = ".lock"
CLAIM = ".claim-"
REMOVED = ".removed-"
_ATTEMPTS = 5
PATIENCE_SECONDS = 2.0  # the collector holds the locks of dead work for an instant

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@contextlib.contextmanager
def working_folder(root: Path, work_id: str) -> Iterator[Path]:
    """The folder `staging/<work_id>`, held by this process.

    Removed after success, and after an error in what was read (the same again would end the same); kept after
    anything else, so that the work can be taken up. StoreError if another process holds it, OutputError if it cannot
    be made or the disk fills up meanwhile.
    """
    if not _PLAIN.fullmatch(work_id):
        raise ValueError(f"not a plain name: {work_id!r}")
    folder = root / STAGING / work_id
    with output_errors("the store's folder for work in progress cannot be made", folder):
        lock = _wait_for_lock(folder)
    try:
        yield folder
    except (OutputError, StoreError):
        raise
    except TrihelixError:
        _let_go(root, folder)
        raise
    except OSError as error:
        if is_no_room(error):
            raise output_error("the genome store cannot be written", folder, error) from error
        raise
    else:
        _let_go(root, folder)
    finally:
        os.close(lock)


def _let_go(root: Path, folder: Path) -> None:
    """Remove finished work; where that fails the collector does it later."""
    with contextlib.suppress(OSError):
        remove_folder(root, folder)


def _wait_for_lock(folder: Path) -> int:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(FileExistsError):  # `exist_ok` raises where the folder vanishes meanwhile
            folder.mkdir(parents=True)
        if (lock := try_lock(folder)) is not None:
            os.utime(folder / LOCK)
            return lock
        if time.monotonic() > end:
            raise StoreError(
                "another process is doing the same work",
                where=str(folder),
                value=f"waited {PATIENCE_SECONDS:g} seconds",
                advice="let it finish, or stop it; what it has done is kept and taken up again",
            )
        time.sleep(0.02)


def try_lock(folder: Path) -> int | None:
    """The handle of the folder's lock if no living process holds it, to be closed by the caller.

    None if it is held, or if the folder is gone or was replaced meanwhile.
    """
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle), os.stat(folder / LOCK)):
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None


def remove_folder(root: Path, folder: Path) -> None:
    """Make a folder vanish at once, then remove its bytes; what a crash leaves of it is removed by the collector.

    OSError if it cannot be.
    """
    gone = root / STAGING / f"{REMOVED}{secrets.token_hex(8)}"
    folder.rename(gone)
    for attempts_left in range(_ATTEMPTS, -1, -1):
        try:
            shutil.rmtree(gone)
        except FileNotFoundError:  # another collector took it over
            return
        except OSError as error:
            if error.errno != errno.ENOTEMPTY or not attempts_left:
                raise
            continue  # a process that was opening the lock as the folder vanished put it there again
        return


def publish(root: Path, folder: Path, batch_id: str, operations: FileOperations) -> tuple[FileEntry, ...]:
    """Make a folder of finished files the batch's folder; returns the files, sorted by path.

    `folder` is one below a work folder that the caller holds. Every file is hashed and brought to the disk first.
    OutputError if that cannot be done; then the folder is where it was, or is put back when the work is taken up.
    """
    work = folder.parent
    if work.parent != root / STAGING or not _PLAIN.fullmatch(batch_id):
        raise ValueError(f"not a folder of work in progress, or not a plain id: {folder}, {batch_id!r}")
    target = root / VARIANTS / batch_id
    with output_errors("the files of a batch cannot be written", target):
        target.parent.mkdir(exist_ok=True)
        entries = _seal_all(folder, f"{VARIANTS}/{batch_id}", operations)
        (work / f"{CLAIM}{batch_id}").write_text(folder.name, encoding="utf-8")
        operations.rename(folder, target)
        sync_folder(target.parent, operations)
        sync_folder(work, operations)
    return entries


def _seal_all(folder: Path, final: str, operations: FileOperations) -> tuple[FileEntry, ...]:
    entries = []
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(place) / name
            entry = sealed(path, operations)
            entries.append(replace(entry, path=f"{final}/{path.relative_to(folder).as_posix()}"))
        sync_folder(Path(place), operations)
    return tuple(sorted(entries, key=lambda e: e.path))


def claims(work: Path) -> dict[str, str]:
    """Batch id -> name of the folder that was published as it, of a work folder; none if it is gone."""
    try:
        return {p.name.removeprefix(CLAIM): p.read_text(encoding="utf-8") for p in work.glob(f"{CLAIM}*")}
    except FileNotFoundError:
        return {}


def take_back(root: Path, work: Path, is_committed: Callable[[str], bool]) -> None:
    """Put folders that were published but not committed back into the work folder, which the caller holds."""
    with output_errors("work that was interrupted cannot be taken up", work):
        for batch_id, name in claims(work).items():
            published = root / VARIANTS / batch_id
            free = _PLAIN.fullmatch(name) and not (work / name).exists()
            if free and published.is_dir() and not is_committed(batch_id):
                published.rename(work / name)
            (work / f"{CLAIM}{batch_id}").unlink()
