"""A pack: one reference file set, converted once, immutable, addressed by its content."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from trihelix.model.errors import PackError

MANIFEST = "manifest.json"
CHUNK = 1 << 20


@dataclass(frozen=True)
class ConversionOptions:
    """What a converter may be told beside its files.

    `assembly` is the user's word for it; `columns` maps our column names to the source's (scores and constraint
    packs); `genomes` holds the folder of the library's genome pack of each assembly, to compare REF with.
    """

    assembly: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    genomes: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Converted:
    """What a converter found out: version and assembly as the source tells them, row counts, contig lengths
    (0 where the source does not say), and notes for the person who added the pack."""

    version: str | None = None
    assembly: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    contigs: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileRecord:
    """A file's name, checksum and size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """A pack's identity card. `sha256` is its address: the digest of everything else but `added`."""

    kind: str
    name: str
    version: str
    assembly: str | None
    source: str | None
    licence: str | None
    converter: int
    counts: dict[str, int]
    contigs: dict[str, int]
    notes: tuple[str, ...]
    sources: tuple[FileRecord, ...]
    files: tuple[FileRecord, ...]
    sha256: str = ""
    added: str = ""

    def address(self) -> str:
        """The SHA-256 of the canonical JSON of every field but `sha256` and `added`."""
        body = {k: v for k, v in asdict(self).items() if k not in ("sha256", "added")}
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Pack:
    """A pack on disk: its folder and manifest."""

    folder: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        """Kind, name and the first 12 digits of the address, as people quote it."""
        return f"{self.manifest.kind}/{self.manifest.name}@{self.manifest.sha256[:12]}"

    def file(self, name: str) -> Path:
        """The path of one of the pack's files; PackError if it is gone."""
        path = self.folder / name
        if not path.exists():
            raise PackError(
                "a file of this reference pack is missing",
                where=str(path),
                advice=f"add the pack again: trihelix reference add {self.manifest.kind} ...",
            )
        return path


def file_record(path: Path) -> FileRecord:
    """Checksum and size of a file, read once in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while piece := handle.read(CHUNK):
            digest.update(piece)
    return FileRecord(path.name, digest.hexdigest(), path.stat().st_size)


def read_manifest(folder: Path) -> Manifest:
    """The manifest in a pack folder; PackError if it cannot be read or does not match its own address."""
    path = folder / MANIFEST
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        data["sources"] = tuple(FileRecord(**r) for r in data["sources"])
        data["files"] = tuple(FileRecord(**r) for r in data["files"])
        data["notes"] = tuple(data["notes"])
        manifest = Manifest(**data)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackError(
            "a pack's manifest cannot be read",
            where=str(path),
            value=error,
            advice="remove the pack's folder and add the pack again from its source file",
        ) from error
    if manifest.address() != manifest.sha256:
        raise PackError(
            "a pack's manifest was altered after it was made",
            where=str(path),
            value=manifest.sha256,
            advice="remove the folder and add the pack again from its source file",
        )
    return manifest
