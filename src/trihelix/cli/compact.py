"""`trihelix compact`: the batches of a genome store merged into one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from trihelix.cli.home import Json, Quiet
from trihelix.cli.store_options import Store

if TYPE_CHECKING:
    from trihelix.variants.store.compact import Compacted

Batch = Annotated[
    str | None, Option("--batch", help="What to call the merged batch; default: compacted-1.", metavar="NAME")
]
Purge = Annotated[bool, Option("--purge", help="Also drop the bytes of withdrawn samples.")]


def compact(
    store: Store = None,
    batch: Batch = None,
    purge: Purge = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Merge the batches of a store into one. Answers are the same before, during and after.

    Examples:
      trihelix compact
      trihelix compact --purge
    """
    from trihelix.cli.store_terminal import progress
    from trihelix.services.compact_genomes import compact_genomes

    with progress(quiet) as say:
        opened, done = compact_genomes(store, batch, purge, say)
    if as_json:
        shape = {
            "store": str(opened.root), "snapshot": opened.snapshot().number, "before": list(done.before),
            "after": done.after, "purged": done.purged, "removed_files": done.removed,
        }  # fmt: skip
        typer.echo(json.dumps(shape, ensure_ascii=False))
    elif not quiet:
        for line in _said(done, purge):
            typer.echo(line)


def _said(done: Compacted, purge: bool) -> list[str]:
    """What came of it, in plain words."""
    from trihelix.cli.store_terminal import counted

    if done.after is None and not done.purged:
        lines = [f"Nothing to merge: the store has {counted(len(done.before), 'batches')}."]
    elif done.after is None:
        lines = ["All samples had been withdrawn: the store is empty now."]
    elif len(done.before) == 1:
        lines = [f"Batch {done.before[0]} was written anew, as {done.after}."]
    else:
        lines = [f"{counted(len(done.before), 'batches')} merged into {done.after}."]
    if purge:
        lines.append(
            f"The bytes of {counted(done.purged, 'withdrawn samples')} are gone." if done.purged
            else "No bytes of withdrawn samples were in the store."
        )  # fmt: skip
    if done.removed:
        lines.append(f"{counted(done.removed, 'old files')} removed.")
    return lines
