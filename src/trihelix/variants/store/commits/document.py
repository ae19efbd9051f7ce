"""A manifest as JSON that proves itself: what is written, and what is refused when read again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from trihelix.model.errors import StoreError
from trihelix.variants.store.commits.manifest import BatchEntry, FileEntry, Manifest, check_manifest

FORMAT = "trihelix-genome-store-manifest"
VERSION = 1

_SHA256 = re.compile(r"[0-9a-f]{64}")


def manifest_bytes(manifest: Manifest, inline: Iterable[str]) -> bytes:
    """The text of a manifest; `inline` are the tombstones that no file of the manifest holds.

    `sha256` is the digest of the canonical JSON (sorted keys, no spaces) of everything else.
    """
    body: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "number": manifest.number,
        "parent": manifest.parent,
        "created": manifest.created,
        "batches": [_batch_document(b) for b in manifest.batches],
        "tombstones": sorted(inline),
        "tombstone_files": [_file_document(f) for f in manifest.tombstone_files],
    }
    document = {**body, "sha256": _address(body)}
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def parse_manifest(data: bytes, where: Path) -> Manifest:
    """A manifest from its text, with the tombstones that the text itself holds.

    StoreError if it is damaged, was altered, or was written by a newer version.
    """
    try:
        body = json.loads(data)
        told = body.pop("sha256")
        check_version(body, FORMAT, VERSION, where)
        if told != _address(body):
            raise damaged(where, "its text does not match its own SHA-256")
        manifest = Manifest(
            number=_whole(body["number"]),
            parent=None if body["parent"] is None else _whole(body["parent"]),
            created=str(body["created"]),
            batches=tuple(_batch(b) for b in body["batches"]),
            tombstones=frozenset(_digest(t) for t in body["tombstones"]),
            tombstone_files=tuple(_file(f) for f in body["tombstone_files"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(where, f"{type(error).__name__}: {error}") from error
    check_manifest(manifest)
    return manifest


def check_version(body: Mapping[str, Any], kind: str, newest: int, where: Path) -> None:
    """Refuse another kind of file (ValueError) and one of a newer version (StoreError)."""
    if body["format"] != kind:
        raise ValueError(f"format is {body['format']!r}")
    if _whole(body["version"]) > newest:
        raise StoreError(
            "this genome store was written by a newer version of Trihelix",
            where=str(where),
            value=f"version {body['version']}, this program reads up to {newest}",
            advice="install the newer version",
        )


def damaged(where: Path, value: object) -> StoreError:
    """The error of a file of the store's own that cannot be trusted."""
    return StoreError(
        "a file that describes the genome store is damaged",
        where=str(where),
        value=value,
        advice="restore this file from a copy of the store; do not write one by hand",
    )


def _address(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _file_document(file: FileEntry) -> dict[str, Any]:
    return {"path": file.path, "sha256": file.sha256, "bytes": file.bytes}


def _batch_document(batch: BatchEntry) -> dict[str, Any]:
    return {
        "name": batch.name,
        "id": batch.id,
        "samples": batch.samples,
        "variants": batch.variants,
        "sources": list(batch.sources),
        "details": dict(batch.details),
        "files": [_file_document(f) for f in batch.files],
    }


def _file(document: Mapping[str, Any]) -> FileEntry:
    return FileEntry(str(document["path"]), _digest(document["sha256"]), _whole(document["bytes"]))


def _batch(document: Mapping[str, Any]) -> BatchEntry:
    return BatchEntry(
        name=str(document["name"]),
        id=str(document["id"]),
        samples=_whole(document["samples"]),
        variants=_whole(document["variants"]),
        sources=tuple(_digest(s) for s in document["sources"]),
        files=tuple(_file(f) for f in document["files"]),
        details=dict(document["details"]),
    )


def _digest(value: object) -> str:
    if not (isinstance(value, str) and _SHA256.fullmatch(value)):
        raise ValueError(f"not a SHA-256: {value!r}")
    return value


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"not a count: {value!r}")
    return value
