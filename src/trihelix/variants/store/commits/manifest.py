"""What a genome store holds at one moment: its batches, their files by checksum, and who must not come back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from trihelix.model.errors import StoreError

VARIANTS = "variants"
TOMBSTONES = "tombstones"
DIGESTS = "digests.bin"  # a batch's keyed sample digests, so that manifests stay small

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class KeyedDigests(Protocol):
    """A store as far as a manifest needs it: the owner of the key."""

    def digest(self, sample_id: str) -> str:
        """The keyed digest of a sample id, 64 hexadecimal digits."""


@dataclass(frozen=True)
class FileEntry:
    """A file of the store: path relative to the store's folder, SHA-256 in hexadecimal, size in bytes."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class BatchEntry:
    """Genomes that came in together. `name` is what people call it, `id` the folder below `variants/`; `sources` are
    the SHA-256 of the files it was ingested from; `details` is free JSON of whoever wrote the files."""

    name: str
    id: str
    samples: int
    variants: int
    sources: tuple[str, ...]
    files: tuple[FileEntry, ...]
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """Where the files lie, relative to the store."""
        return f"{VARIANTS}/{self.id}"

    @property
    def digests_file(self) -> FileEntry | None:
        """The file of the keyed sample digests."""
        return next((f for f in self.files if f.path == f"{self.folder}/{DIGESTS}"), None)


@dataclass(frozen=True)
class Manifest:
    """One committed state of a store. `number` counts commits from 1; `created` is UTC ISO 8601.

    `tombstones` are the keyed digests of samples that may not be ingested again; many of them lie in
    `tombstone_files`, the rest in the manifest's own text.
    """

    number: int
    parent: int | None
    created: str
    batches: tuple[BatchEntry, ...] = ()
    tombstones: frozenset[str] = frozenset()
    tombstone_files: tuple[FileEntry, ...] = ()

    @property
    def files(self) -> dict[str, FileEntry]:
        """Every file that this state needs, by path."""
        named = (f for batch in self.batches for f in batch.files)
        return {f.path: f for f in (*named, *self.tombstone_files)}

    @property
    def sources(self) -> dict[str, BatchEntry]:
        """The batch of every ingested file, by the file's SHA-256."""
        return {sha256: batch for batch in self.batches for sha256 in batch.sources}

    def batch(self, name: str) -> BatchEntry | None:
        """The batch of this name."""
        return next((b for b in self.batches if b.name == name), None)

    def with_batch(self, entry: BatchEntry) -> Manifest:
        """This state with one batch more; StoreError if the name is taken."""
        self.check_free(entry.name)
        return replace(self, batches=(*self.batches, entry))

    def check_free(self, name: str) -> None:
        """StoreError if a batch has this name."""
        if self.batch(name):
            raise StoreError(
                "the store has a batch of this name",
                value=name,
                advice="choose another name: --batch NAME",
            )

    def is_tombstoned(self, store: KeyedDigests, sample_id: str) -> bool:
        """Whether this sample was withdrawn and may not be ingested again."""
        return bool(self.tombstones) and store.digest(sample_id) in self.tombstones


def already_ingested(manifest: Manifest, sha256: str) -> BatchEntry | None:
    """The batch that an input file of this SHA-256 went into, None if it is new."""
    return manifest.sources.get(sha256)


def check_manifest(manifest: Manifest) -> None:
    """Refuse a state that no reader could trust: names or ids twice, a file outside its batch or in two of them."""
    for what, values in (
        ("two batches have the same name", (b.name for b in manifest.batches)),
        ("two batches have the same folder", (b.id for b in manifest.batches)),
        ("a file is named twice", (f.path for b in manifest.batches for f in b.files)),
    ):
        _check_single(what, values)
    for batch in manifest.batches:
        _check_plain(batch.id)
        for file in batch.files:
            _check_below(file.path, batch.folder)
    for file in manifest.tombstone_files:
        _check_below(file.path, TOMBSTONES)


def _check_single(what: str, values: Iterable[str]) -> None:
    if twice := [value for value, count in Counter(values).items() if count > 1]:
        raise StoreError(what, value=twice[0], advice="choose another name; nothing was changed")


def _check_plain(name: str) -> None:
    if not _PLAIN.fullmatch(name):
        raise StoreError(
            "a batch's folder has an impossible name",
            value=name,
            advice="use letters, digits, . _ and - only",
        )


def _check_below(path: str, folder: str) -> None:
    if not path.startswith(f"{folder}/") or {"", ".", ".."} & set(path.split("/")):
        raise StoreError(
            "a manifest names a file that is not in its folder",
            where=folder,
            value=path,
            advice="restore the manifest from a copy",
        )
