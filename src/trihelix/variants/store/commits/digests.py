"""Keyed digests of sample ids: how a store knows a sample again without writing its name into manifests."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from trihelix.model.errors import StoreError
from trihelix.variants.store.commits.manifest import DIGESTS

WIDTH = 32  # bytes of a SHA-256


@lru_cache(maxsize=1 << 20)  # an ingest asks for each sample's several times
def keyed_digest(salt: bytes, sample_id: str) -> str:
    """HMAC-SHA256 of a sample id under the store's salt (RFC 2104), 64 hexadecimal digits."""
    return hmac.digest(salt, sample_id.encode(), hashlib.sha256).hex()


def write_batch_digests(folder: Path, digests: Iterable[str]) -> Path:
    """Write a batch's digests as `digests.bin` into the folder that will be published, and return the path."""
    path = folder / DIGESTS
    path.write_bytes(packed_digests(digests))
    return path


def packed_digests(digests: Iterable[str]) -> bytes:
    """Digests as 32 bytes each, sorted, none twice."""
    return bytes.fromhex("".join(sorted(set(digests))))


def read_digests(path: Path) -> frozenset[str]:
    """The digests in a file; FileNotFoundError if it is gone, StoreError if it was cut."""
    data = path.read_bytes()
    if len(data) % WIDTH:
        raise StoreError(
            "a file of sample digests is damaged",
            where=str(path),
            value=f"{len(data)} bytes",
            advice="restore this file from a copy of the store",
        )
    text = data.hex()
    return frozenset(text[i : i + 2 * WIDTH] for i in range(0, len(text), 2 * WIDTH))
