"""Files that must survive a crash: written whole or not at all, and on the disk before anything names them."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from trihelix.model.errors import OutputError
from trihelix.variants.store.commits.manifest import FileEntry

CHUNK = 1 << 20
TEMPORARY = ".tmp"
# A disk that is full, over quota, read-only, or a file larger than allowed: the reader of a file never meets these.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})


@dataclass(frozen=True)
class FileOperations:
    """The operations of the file system on which a commit depends; tests hand in ones that fail."""

    write: Callable[[int, bytes], int] = os.write
    fsync: Callable[[int], None] = os.fsync
    link: Callable[[Path, Path], None] = os.link
    rename: Callable[[Path, Path], None] = os.rename


OPERATING_SYSTEM = FileOperations()


@contextlib.contextmanager
def output_errors(what: str, where: Path) -> Iterator[None]:
    """What the operating system refuses, as an OutputError; the last commit is untouched by it."""
    try:
        yield
    except OSError as error:
        raise output_error(what, where, error) from error


def output_error(what: str, where: Path, error: OSError) -> OutputError:
    """A refusal of the operating system in words."""
    return OutputError(
        what,
        where=str(where),
        value=error.strerror or str(error),
        advice="see whether the disk is full and whether you may write there, then run the same command again; "
        "everything committed before is as it was",
    )


def is_no_room(error: OSError) -> bool:
    """Whether this error can only come from writing."""
    return error.errno in _NO_ROOM


def create_if_absent(path: Path, data: bytes, operations: FileOperations) -> bool:
    """Write a file that is there whole or not at all; False if it is there already. OSError if it cannot be.

    A hard link is the one call that fails when the name exists and cannot show half a file.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}{TEMPORARY}")
    try:
        _write_synced(temporary, data, operations)
        try:
            operations.link(temporary, path)
        except FileExistsError:
            if not path.samefile(temporary):  # a network file system may repeat a call that succeeded
                return False
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    sync_folder(path.parent, operations)
    return True


def _write_synced(path: Path, data: bytes, operations: FileOperations) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[operations.write(handle, bytes(rest[:CHUNK])) :]
        operations.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path, operations: FileOperations) -> None:
    """Bring a folder's names to the disk; a file system that cannot do this for folders is taken at its word."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        operations.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def sealed(path: Path, operations: FileOperations = OPERATING_SYSTEM) -> FileEntry:
    """Bring a finished file to the disk and describe it; the entry's path is the one given. OSError if it cannot."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb", buffering=0) as handle:
        while piece := handle.read(CHUNK):
            digest.update(piece)
            size += len(piece)
        operations.fsync(handle.fileno())
    return FileEntry(str(path), digest.hexdigest(), size)
