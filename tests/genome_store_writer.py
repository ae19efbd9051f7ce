"""Small batches for a genome store, and a program that adds and merges them until somebody stops it.

`python genome_store_writer.py STORE NAME COUNT`: adds batches NAME-0 ... NAME-(COUNT-1), merges now and then, tidies up,
and prints the number of each batch once it is acknowledged.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from trihelix.model.errors import StoreError, TrihelixError
from trihelix.variants.store.commit import Store, new_batch_id, open_store
from trihelix.variants.store.commits.digests import write_batch_digests
from trihelix.variants.store.commits.manifest import BatchEntry, FileEntry, Manifest, already_ingested
from trihelix.variants.store.commits.tombstones import add_batch, sample_digests

MERGE_ABOVE = 4


def source_of(name: str) -> str:
    """The SHA-256 of the file that a batch came from."""
    return hashlib.sha256(f"file of {name}".encode()).hexdigest()


def sample_of(name: str) -> str:
    return f"sample of {name}"


def content_of(name: str) -> bytes:
    """What a batch's data file holds: some kilobytes that tell the name."""
    return f"genotypes of {name}\n".encode() * (50 + len(name) * 7)


def write_files(store: Store, folder: Path, name: str) -> Path:
    """The finished files of a batch, in a folder below the work folder."""
    batch = folder / "batch"
    (batch / "contig=chr21").mkdir(parents=True, exist_ok=True)
    (batch / "contig=chr21" / f"{name}.bin").write_bytes(content_of(name))
    write_batch_digests(batch, [store.digest(sample_of(name))])
    return batch


def entry_of(name: str, batch_id: str, files: tuple[FileEntry, ...]) -> BatchEntry:
    return BatchEntry(name, batch_id, 1, 50, (source_of(name),), files, {"absent_is": "unknown"})


def ingest(store: Store, name: str) -> Manifest:
    """Add one batch, or nothing if it is there: also where an earlier process died in the middle."""
    with store.work(name) as folder:
        if already_ingested(store.snapshot(), source_of(name)):
            return store.snapshot()
        batch_id = new_batch_id()
        batch = folder / "batch"
        if not (folder / "finished").exists():
            write_files(store, folder, name)
            (folder / "finished").touch()
        return add_batch(store, entry_of(name, batch_id, store.publish(batch, batch_id)), [sample_of(name)])


def merge(store: Store, work_id: str) -> Manifest:
    """Make one batch of all that are there, as `compact` does."""
    with store.work(work_id) as folder:
        shutil.rmtree(folder / "batch", ignore_errors=True)
        old = store.snapshot().batches
        batch_id = new_batch_id()
        for file in (f for b in old for f in b.files):
            target = folder / "batch" / "/".join(file.path.split("/")[2:])
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(store.root / file.path, target)
        write_batch_digests(folder / "batch", frozenset().union(*(sample_digests(store, b) for b in old)))
        merged = BatchEntry(
            batch_id, batch_id, sum(b.samples for b in old), 50, tuple(s for b in old for s in b.sources),
            store.publish(folder / "batch", batch_id),
        )  # fmt: skip
        gone = {b.id for b in old}

        def change(latest: Manifest) -> Manifest:
            assert gone <= {b.id for b in latest.batches}, "somebody else merged"
            kept = tuple(b for b in latest.batches if b.id not in gone)
            return replace(latest, batches=(*kept, merged))

        return store.commit(change)


def merge_unless_another_does(store: Store) -> None:
    try:
        merge(store, "merge")
    except StoreError as error:
        if "another process" not in error.what:
            raise


def main(root: str, name: str, count: str) -> int:
    """Add, merge and tidy; the exit code of the first error."""
    try:
        store = open_store(Path(root))
        print("ready", flush=True)
        for number in range(int(count)):
            ingest(store, f"{name}-{number}")
            print(number, flush=True)
            if len(store.snapshot().batches) > MERGE_ABOVE:
                merge_unless_another_does(store)
                store.collect()
    except TrihelixError as error:
        print(f"{error.kind}: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
