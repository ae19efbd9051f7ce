"""A genome store outside any programme: where it is, opening it, what it holds, withdrawing people, verifying it."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from trihelix.services.store_questions import known_ids
from trihelix.variants.store.batches import View
from trihelix.variants.store.cohorts import read_cohort_ids
from trihelix.variants.store.commit import Snapshot, Store, open_store
from trihelix.variants.store.commits.collection import MANIFESTS
from trihelix.variants.store.commits.document import parse_manifest
from trihelix.variants.store.commits.manifest import BatchEntry, Manifest
from trihelix.variants.store.commits.tombstones import tombstone

DEFAULT_STORE = "genomes"
Say = Callable[[str, float], None]  # what is being done, and the share of it that is done


def standalone_folder(folder: Path | None) -> Path:
    """The store's folder: as given, else TRIHELIX_STORE, else ./genomes.

    The one place that lets a store be reached without a grant: a store inside a programme will be refused here.
    """
    return (folder or Path(os.environ.get("TRIHELIX_STORE") or DEFAULT_STORE)).expanduser()


def open_standalone(folder: Path | None) -> Store:
    """Open a store outside any programme; StoreError if there is none, it is damaged, or a newer version wrote it."""
    return open_store(standalone_folder(folder))


@dataclass(frozen=True)
class Withdrawal:
    """What a list of people to withdraw comes to: those who go now, and how many had gone before."""

    ids: tuple[str, ...]
    earlier: int


def plan_withdrawal(store: Store, listing: Path) -> Withdrawal:
    """Who of a file's sample ids would be withdrawn.

    Raises what reading raises, and SampleMismatchError for an id that is neither a sample nor withdrawn already.
    """
    asked = read_cohort_ids(listing).ids

    def plan(snapshot: Snapshot) -> Withdrawal:
        view = View(store, snapshot)
        present = known_ids(view, asked, str(listing))
        return Withdrawal(present, len(asked) - len(present))

    return store.reading(plan)


def withdraw(store: Store, withdrawal: Withdrawal) -> Manifest:
    """Leave these samples out of every answer from now on; they cannot be ingested again. Committed on return."""
    return tombstone(store, withdrawal.ids) if withdrawal.ids else store.snapshot()


def verify(store: Store, say: Say) -> tuple[Manifest, int, int]:
    """Read every file of the latest state and compare it with its checksum; the state, number of files, and bytes.

    StoreError names the first file that is missing or was altered.
    """

    def check(snapshot: Snapshot) -> tuple[Manifest, int, int]:
        manifest = snapshot.manifest
        files = list(manifest.files.values())
        total, done = sum(file.bytes for file in files), 0
        for file in files:
            say(f"checking {Path(file.path).name}", done / max(total, 1))
            store.verify(replace(manifest, batches=(), tombstone_files=(file,)), deep=True)
            done += file.bytes
        return manifest, len(files), total

    return store.reading(check)


def size_of_batch(batch: BatchEntry) -> int:
    """Bytes of a batch's files."""
    return sum(file.bytes for file in batch.files)


def added_on(store: Store, batches: Sequence[BatchEntry], latest: Manifest) -> dict[str, str]:
    """When each batch came in, UTC ISO 8601, by batch id: the time of the first state that names it.

    A batch stays in all states from its first to its last, so few of many states have to be read.
    """
    paths = sorted((store.root / MANIFESTS).glob("[0-9]*.json"))
    known: dict[Path, Manifest] = {}

    def names(path: Path, batch: BatchEntry) -> bool:
        if path not in known:
            known[path] = parse_manifest(path.read_bytes(), path)
        return any(batch.id == other.id for other in known[path].batches)

    found = {}
    for batch in batches:
        first = bisect_left(paths, True, key=lambda path: names(path, batch))
        found[batch.id] = known[paths[first]].created if first < len(paths) else latest.created
    return found
