"""Removing what no commit names: batches that were merged or never committed, and work that nobody takes up."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from trihelix.variants.store.commits.files import TEMPORARY, output_errors
from trihelix.variants.store.commits.manifest import TOMBSTONES, VARIANTS
from trihelix.variants.store.commits.staging import (
    REMOVED,
    STAGING,
    claims,
    remove_folder,
    try_lock,
)

MANIFESTS = "manifests"
GRACE_SECONDS = 7 * 24 * 3600.0
COMMIT_SECONDS = 3600.0  # older files of a commit belong to a dead one: a commit takes milliseconds


def collect(root: Path, named: Callable[[], Collection[str]], grace_seconds: float) -> list[str]:
    """Remove orphans and old work in progress; returns their paths relative to the store, sorted.

    `named` gives the paths that the latest manifest names. OutputError if something cannot be removed.
    The order is what makes this safe beside ingests: orphans are looked for first, then claims, then the manifest.
    A batch that was there at the first step was claimed before; so its work is alive and keeps it, or it was
    committed before the manifest is read, or its process died and cannot take it up while its lock is held here.
    """
    with output_errors("what nobody needs cannot be removed", root), contextlib.ExitStack() as locks:
        batches = _files_by_batch(root)
        dead, alive = _lock_dead_work(root, locks)
        protected = {batch_id for work in alive for batch_id in claims(work)}
        needed = set(named())
        removed: list[str] = []
        for batch_id, paths in batches.items():
            if batch_id not in protected:
                removed += _remove_orphans(root, batch_id, paths, needed)
        for work in dead:
            if time.time() - _last_change(work) > grace_seconds:
                remove_folder(root, work)
                removed.append(work.relative_to(root).as_posix())
        removed += _remove_leftovers(root, needed)
    return sorted(removed)


def _files_by_batch(root: Path) -> dict[str, list[str]]:
    """Files below `variants`, by the name of what holds them there (a stray file there holds itself)."""
    found: dict[str, list[str]] = {}
    for entry in _entries(root / VARIANTS):
        found[entry.name] = [p.relative_to(root).as_posix() for p in _files_below(entry)]
    return found


def _files_below(path: Path) -> Iterator[Path]:
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    for place, folders, names in os.walk(path):
        yield from (Path(place) / n for n in names)
        yield from (Path(place) / n for n in folders if (Path(place) / n).is_symlink())


def _lock_dead_work(root: Path, locks: contextlib.ExitStack) -> tuple[list[Path], list[Path]]:
    """Work folders whose process is gone, locked until `locks` closes, and those that are held by another."""
    dead: list[Path] = []
    alive: list[Path] = []
    for work in _entries(root / STAGING):
        if work.is_dir() and not work.name.startswith("."):
            lock = try_lock(work)
            if lock is None:
                alive.append(work)
            else:
                locks.callback(os.close, lock)
                dead.append(work)
    return dead, alive


def _remove_orphans(root: Path, batch_id: str, paths: list[str], needed: set[str]) -> list[str]:
    """Remove the files of a folder that are not needed; the whole folder goes at once, so that nobody finds half."""
    folder = root / VARIANTS / batch_id
    orphans = [p for p in paths if p not in needed]
    if batch_id not in {p.split("/")[1] for p in needed} and folder.is_dir() and not folder.is_symlink():
        with contextlib.suppress(FileNotFoundError):  # another collector was faster
            remove_folder(root, folder)
        return orphans
    for path in orphans:
        (root / path).unlink(missing_ok=True)
    return orphans


def _last_change(work: Path) -> float:
    """When a file of the work was last written or its lock last taken, seconds since 1970."""
    return max((path.lstat().st_mtime for path in _files_below(work)), default=0.0)


def _remove_leftovers(root: Path, needed: set[str]) -> list[str]:
    """What a crash left of a removal, and of commits that never were: text without a name, tombstones of nobody."""
    for folder in (root / STAGING).glob(f"{REMOVED}*"):
        with contextlib.suppress(FileNotFoundError):
            remove_folder(root, folder)
    removed = []
    for path in (*(root / MANIFESTS).glob(f".*{TEMPORARY}"), *_entries(root / TOMBSTONES)):
        name = path.relative_to(root).as_posix()
        with contextlib.suppress(FileNotFoundError):
            if name not in needed and time.time() - path.stat().st_mtime > COMMIT_SECONDS:
                path.unlink()
                removed.append(name)
    return removed


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, sorted; a store that was copied may have lost its empty folders."""
    return sorted(folder.iterdir()) if folder.exists() else []
