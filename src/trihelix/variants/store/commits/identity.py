"""What makes a folder a genome store: `store.json`, written once when everything else is in its place."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from trihelix.model.errors import StoreError
from trihelix.variants.store.commits.collection import MANIFESTS
from trihelix.variants.store.commits.document import check_version, damaged
from trihelix.variants.store.commits.files import FileOperations, create_if_absent, output_errors
from trihelix.variants.store.commits.manifest import TOMBSTONES, VARIANTS
from trihelix.variants.store.commits.staging import STAGING

FORMAT = "trihelix-genome-store"
VERSION = 1
STORE = "store.json"
FOLDERS = (MANIFESTS, VARIANTS, TOMBSTONES, STAGING)
SALT_BYTES = 16


@dataclass(frozen=True)
class Identity:
    """What `store.json` says. `salt` is the key of the sample digests."""

    assembly: str | None
    created: str
    salt: bytes


def make_folders(root: Path) -> None:
    """The empty folders of a store; StoreError if the folder holds anything else, OutputError if it cannot be made."""
    if (root / STORE).exists():
        raise StoreError(
            "the folder holds a genome store already",
            where=str(root),
            advice="use it, or choose another folder",
        )
    if root.exists() and not root.is_dir():
        raise StoreError("a genome store is a folder", where=str(root), advice="choose another place")
    _check_nothing_else(root)
    with output_errors("the genome store cannot be made", root):
        for name in FOLDERS:
            (root / name).mkdir(parents=True, exist_ok=True)


def _check_nothing_else(root: Path) -> None:
    """A store whose making was interrupted has nothing but its first manifest; a salt must never be replaced."""
    begun = {*FOLDERS, f"{MANIFESTS}/0000000001.json"}
    paths = root.rglob("*") if root.exists() else ()
    for path in paths:
        name = path.relative_to(root).as_posix()
        if name not in begun and not path.name.startswith("."):
            raise StoreError(
                f"the folder has no {STORE}, but holds something else",
                where=str(root),
                value=name,
                advice=f"choose another folder; if this was a genome store, restore its {STORE} from a copy",
            )


def write_identity(root: Path, assembly: str | None, operations: FileOperations) -> Identity:
    """Write `store.json` with a new salt; StoreError if another process was faster, OutputError if it cannot be."""
    identity = Identity(
        assembly, datetime.now(UTC).isoformat(timespec="seconds"), secrets.token_bytes(SALT_BYTES)
    )
    document = {
        "format": FORMAT,
        "version": VERSION,
        "assembly": identity.assembly,
        "created": identity.created,
        "salt": identity.salt.hex(),
    }
    data = (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
    with output_errors("the genome store cannot be made", root):
        if not create_if_absent(root / STORE, data, operations):
            raise StoreError(
                "another process made a genome store here meanwhile",
                where=str(root),
                advice="run the same command again",
            )
    return identity


def read_identity(root: Path) -> Identity:
    """What `store.json` says; StoreError if there is none, it is damaged, or a newer version wrote it."""
    path = root / STORE
    try:
        document = json.loads(path.read_bytes())
        check_version(document, FORMAT, VERSION, path)
        identity = Identity(
            _assembly(document["assembly"]), str(document["created"]), bytes.fromhex(document["salt"])
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StoreError(
            "there is no genome store here",
            where=str(root),
            value=f"no {STORE}",
            advice="check the path; `trihelix ingest` makes a store",
        ) from error
    except OSError as error:
        raise damaged(path, error.strerror) from error
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path, f"{type(error).__name__}: {error}") from error
    if len(identity.salt) != SALT_BYTES:
        raise damaged(path, "the salt has a wrong length")
    return identity


def _assembly(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("assembly is not a text")
    return value
