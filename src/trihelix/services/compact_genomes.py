"""Use case: the batches of a genome store merged into one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trihelix.services.genome_store import open_standalone
from trihelix.variants.store.commit import Store
from trihelix.variants.store.compact import Compacted, compact

Say = Callable[[str, float], None]  # what is being done, and the share of it that is done


def compact_genomes(folder: Path | None, name: str | None, purge: bool, say: Say) -> tuple[Store, Compacted]:
    """Merge the batches of a store into one called `name`; with `purge` the bytes of withdrawn people go.

    Raises StoreError (also if another process changed the batches meanwhile: nothing is lost) and OutputError.
    """
    store = open_standalone(folder)
    return store, compact(store, name, purge, say)
