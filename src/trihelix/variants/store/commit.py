"""A genome store's folder: made once, changed only by atomic commits, read at one state, verified and tidied.

    store.json               what this is: format, version, assembly, and the salt of the sample digests
    manifests/0000000001.json  immutable; the highest number is the state that counts
    variants/<batch>/...     data files, immutable
    tombstones/...           digests of withdrawn samples, where they are many
    staging/<work>/...       work in progress

A crash anywhere, a full disk or a disk that fails leaves the highest manifest valid: files are on the disk before a
manifest names them, and a manifest appears whole or not at all.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from trihelix.model.errors import OutputError, StoreError
from trihelix.variants.store.commits import collection as commit_collection
from trihelix.variants.store.commits import staging as commit_staging
from trihelix.variants.store.commits.collection import GRACE_SECONDS, MANIFESTS
from trihelix.variants.store.commits.digests import keyed_digest, packed_digests, read_digests
from trihelix.variants.store.commits.document import damaged, manifest_bytes, parse_manifest
from trihelix.variants.store.commits.files import (
    OPERATING_SYSTEM,
    FileOperations,
    create_if_absent,
    output_errors,
    sealed,
)
from trihelix.variants.store.commits.identity import Identity, make_folders, read_identity, write_identity
from trihelix.variants.store.commits.manifest import TOMBSTONES, FileEntry, Manifest, check_manifest

INLINE_TOMBSTONES = 1000  # more than these go to a file, so that manifests stay small

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Snapshot:
    """One state of a store, and where its files are."""

    root: Path
    manifest: Manifest

    def path(self, file: FileEntry) -> Path:
        """Where a file of the manifest lies."""
        return self.root / file.path


@dataclass(frozen=True)
class Store:
    """An open store. `assembly` is None where the person who made the store did not say."""

    root: Path
    assembly: str | None
    created: str
    salt: bytes
    operations: FileOperations = OPERATING_SYSTEM

    def digest(self, sample_id: str) -> str:
        """The keyed digest of a sample id, 64 hexadecimal digits."""
        return keyed_digest(self.salt, sample_id)

    def snapshot(self) -> Manifest:
        """The latest manifest; StoreError if it is missing, damaged, or of a newer version."""
        return _read_manifest(self.root, _latest_number(self.root))

    def reading(self, function: Callable[[Snapshot], Answer]) -> Answer:
        """Run a function on the latest state; again on a newer one if a file vanished under it by compaction.

        StoreError names a file that the latest state lacks. Functions open the files that the manifest names, never
        list folders, and may run more than once.
        """
        manifest = self.snapshot()
        while True:
            try:
                return self._answer(function, manifest)
            except (FileNotFoundError, StoreError):
                newest = self.snapshot()  # after the failure: files go only once a newer state is there
                if newest.number == manifest.number:
                    raise
                manifest = newest

    def _answer(self, function: Callable[[Snapshot], Answer], manifest: Manifest) -> Answer:
        try:
            return function(Snapshot(self.root, manifest))
        except FileNotFoundError:
            self.verify(manifest)
            raise  # a file that is not the store's

    def commit(self, change: Callable[[Manifest], Manifest]) -> Manifest:
        """Make `change(latest)` the new state and return it once it is on the disk; unchanged, it is not written.

        Of two commits at the same time one is first and the other's `change` runs again on that state: so it must be
        a function of its argument alone, and may refuse by raising. Files that it adds must have been published.
        Raises OutputError if it cannot be written, StoreError for a state that cannot be.
        """
        while True:
            latest = self.snapshot()
            try:
                wanted = replace(
                    change(latest),
                    number=latest.number + 1,
                    parent=latest.number,
                    created=datetime.now(UTC).isoformat(timespec="microseconds"),
                )
            except FileNotFoundError:
                if self.snapshot().number == latest.number:
                    raise
                continue  # compaction took a file away that `change` was reading
            if _same_content(wanted, latest):
                return latest
            if committed := self._write(wanted, latest):
                return committed

    def _write(self, wanted: Manifest, latest: Manifest) -> Manifest | None:
        """The manifest as written, None if another process wrote this number first."""
        check_manifest(wanted)
        self._check_present(tuple(f for path, f in wanted.files.items() if path not in latest.files))
        path = _manifest_path(self.root, wanted.number)
        with output_errors("the commit cannot be written", path):
            wanted, inline = self._file_tombstones(wanted)
        data = manifest_bytes(wanted, inline)
        try:
            return wanted if create_if_absent(path, data, self.operations) else None
        except OSError as error:
            raise _commit_error(path, data, error) from error

    def _file_tombstones(self, manifest: Manifest) -> tuple[Manifest, frozenset[str]]:
        """The manifest with its tombstones in files, and those that stay in its text."""
        files = []
        rest = manifest.tombstones
        for file in manifest.tombstone_files:
            held = read_digests(self.root / file.path)
            if held <= manifest.tombstones:
                files.append(file)
                rest -= held
        if len(rest) > INLINE_TOMBSTONES:
            files.append(self._new_tombstone_file(rest))
            rest = frozenset()
        return replace(manifest, tombstone_files=tuple(files)), rest

    def _new_tombstone_file(self, digests: frozenset[str]) -> FileEntry:
        path = self.root / TOMBSTONES / f"{secrets.token_hex(10)}.bin"
        path.parent.mkdir(exist_ok=True)
        create_if_absent(path, packed_digests(digests), self.operations)
        return replace(sealed(path, self.operations), path=path.relative_to(self.root).as_posix())

    @contextlib.contextmanager
    def work(self, work_id: str) -> Iterator[Path]:
        """A folder for work in progress that this process holds until the block ends: see `working_folder`.

        What an earlier process left there is there, also a folder that it published and did not commit. Publish and
        commit inside the block: the collector leaves published files alone only as long.
        """
        with commit_staging.working_folder(self.root, work_id) as folder:
            committed = {b.id for b in self.snapshot().batches}
            commit_staging.take_back(self.root, folder, committed.__contains__)
            yield folder

    def publish(self, folder: Path, batch_id: str) -> tuple[FileEntry, ...]:
        """Make a folder below the work folder the batch's, `variants/<batch_id>`; returns the files to commit.

        Raises OutputError if the files cannot be brought to the disk.
        """
        return commit_staging.publish(self.root, folder, batch_id, self.operations)

    def collect(self, grace_seconds: float = GRACE_SECONDS) -> list[str]:
        """Remove files that the latest manifest does not name and dead work older than the grace; their paths.

        Raises OutputError if something cannot be removed.
        """
        return commit_collection.collect(self.root, lambda: self.snapshot().files.keys(), grace_seconds)

    def verify(self, manifest: Manifest, deep: bool = False) -> None:
        """Check that every file is there in its size, `deep` also with its checksum; StoreError names the first not.

        Beside a compaction call it inside `reading`.
        """
        for file in manifest.files.values():
            path = self.root / file.path
            if not path.is_file():
                raise _file_error("a file of the genome store is missing", path, file.path)
            if (size := path.stat().st_size) != file.bytes:
                raise _file_error(_ALTERED, path, f"{size} bytes instead of {file.bytes}")
            if deep and (found := sealed(path).sha256) != file.sha256:
                raise _file_error(_ALTERED, path, f"SHA-256 {found} instead of {file.sha256}")

    def _check_present(self, files: tuple[FileEntry, ...]) -> None:
        for file in files:
            path = self.root / file.path
            if not path.is_file() or path.stat().st_size != file.bytes:
                raise _file_error("a file to be committed is missing or was altered", path, file.bytes)


_ALTERED = "a file of the genome store was altered"


def create_store(root: Path, assembly: str | None, *, operations: FileOperations = OPERATING_SYSTEM) -> Store:
    """Make an empty store in a folder that is absent or empty.

    StoreError if the folder holds a store or anything else, OutputError if it cannot be written.
    """
    make_folders(root)
    first = Manifest(1, None, datetime.now(UTC).isoformat(timespec="microseconds"))
    with output_errors("the genome store cannot be made", root):
        create_if_absent(_manifest_path(root, 1), manifest_bytes(first, ()), operations)
    return _opened(root, write_identity(root, assembly, operations), operations)


def open_store(root: Path, *, operations: FileOperations = OPERATING_SYSTEM) -> Store:
    """Open a store; StoreError if there is none, it is damaged, or a newer version wrote it."""
    store = _opened(root, read_identity(root), operations)
    _latest_number(root)
    return store


def _opened(root: Path, identity: Identity, operations: FileOperations) -> Store:
    return Store(root, identity.assembly, identity.created, identity.salt, operations)


def new_batch_id() -> str:
    """A random name for a batch's folder, 80 bits."""
    return secrets.token_hex(10)


def _manifest_path(root: Path, number: int) -> Path:
    return root / MANIFESTS / f"{number:010d}.json"


def _latest_number(root: Path) -> int:
    folder = root / MANIFESTS
    try:
        numbers = [int(p.stem) for p in folder.glob("*.json") if p.stem.isdecimal()]
    except OSError as error:
        raise damaged(folder, error.strerror) from error
    if not numbers:
        raise damaged(folder, "no manifest is left")
    return max(numbers)


def _read_manifest(root: Path, number: int) -> Manifest:
    path = _manifest_path(root, number)
    try:
        manifest = parse_manifest(path.read_bytes(), path)
        held = [read_digests(root / f.path) for f in manifest.tombstone_files]
    except OSError as error:
        raise damaged(Path(error.filename or path), error.strerror) from error
    if manifest.number != number:
        raise damaged(path, f"its number is {manifest.number}")
    return replace(manifest, tombstones=manifest.tombstones.union(*held))


def _same_content(one: Manifest, other: Manifest) -> bool:
    return one.batches == other.batches and one.tombstones == other.tombstones


def _commit_error(path: Path, data: bytes, error: OSError) -> OutputError:
    """The manifest may be in its place although the disk did not confirm it: then it must not be called undone."""
    if path.exists() and path.read_bytes() == data:
        what = "the commit was written, but the disk did not confirm it: a power failure may undo it"
    else:
        what = "the commit cannot be written"
    return OutputError(
        what,
        where=str(path),
        value=error.strerror or str(error),
        advice="see whether the disk is full or failing, then run the same command again; "
        "everything committed before is as it was",
    )


def _file_error(what: str, path: Path, value: object) -> StoreError:
    return StoreError(
        what,
        where=str(path),
        value=value,
        advice="restore this file from a copy of the store, or ingest its batch again into a new store",
    )
