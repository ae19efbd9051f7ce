"""`trihelix ingest`: variant files brought into a genome store."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from trihelix.cli.home import Home, Json, Quiet
from trihelix.cli.store_options import Store

if TYPE_CHECKING:
    from trihelix.services.ingest_genomes import GenomesIngested


class Absent(StrEnum):
    """What a site is that a sample's VCF does not mention."""

    UNKNOWN = "unknown"
    REFERENCE = "reference"


Files = Annotated[
    list[Path],
    Argument(help="VCF, BCF or gVCF; one or many samples. All become one batch.", metavar="FILE..."),
]
Batch = Annotated[
    str | None, Option("--batch", help="What to call the batch; default: the file's name.", metavar="NAME")
]
Pedigrees = Annotated[
    list[Path] | None, Option("--ped", help="Families and sexes of the samples; repeat.", metavar="FILE")
]
AbsentOption = Annotated[
    Absent, Option("--absent", help="What a site is that a VCF does not mention; of a gVCF its blocks tell.")
]
Assembly = Annotated[
    str | None,
    Option("--assembly", help="GRCh38, GRCh37 or your own, where the files do not say.", metavar="NAME"),
]


def ingest(
    files: Files,
    store: Store = None,
    batch: Batch = None,
    ped: Pedigrees = None,
    absent: AbsentOption = Absent.UNKNOWN,
    assembly: Assembly = None,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Bring genomes into a store, as one batch: all of it or nothing. The same files again change nothing.

    Examples:
      trihelix ingest cohort.bcf --store genomes
      trihelix ingest mother.vcf.gz father.vcf.gz child.vcf.gz --ped family.ped --batch family-7
    """
    from trihelix.cli.store_terminal import progress
    from trihelix.services.ingest_genomes import GenomesRequest, ingest_genomes
    from trihelix.services.programme import open_programme
    from trihelix.variants.store.samples import AbsentIs

    request = GenomesRequest(
        tuple(files), store, batch, tuple(ped or ()), AbsentIs(absent.value), assembly
    )  # fmt: skip
    with progress(quiet) as say:
        done = ingest_genomes(open_programme(home), request, say)
    if as_json:
        typer.echo(json.dumps(done.as_dict(), ensure_ascii=False))
    elif not quiet:
        _print(done)


def _print(done: GenomesIngested) -> None:
    """What was stored, what was there already, and what the reader must know."""
    from rich.console import Console
    from rich.markup import escape

    from trihelix.cli.store_terminal import counted

    console = Console(highlight=False, emoji=False)
    for path, batch in done.skipped:
        console.print(f"{path}: already in batch {batch}: nothing to do", markup=False, soft_wrap=True)
    if done.committed:
        console.print(
            f"[bold]Batch {escape(done.batch)}[/]: {counted(done.samples, 'samples')}, "
            f"{counted(done.variants, 'alleles')} stored in {escape(str(done.store))}", soft_wrap=True,
        )  # fmt: skip
    for notice in done.notices:
        style = "yellow" if notice.level == "warning" else "dim"
        count = f"{notice.count:,} " if notice.count is not None else ""
        console.print(
            f"  [{style}]{notice.level}[/]: {count}{escape(notice.message)}", soft_wrap=not console.is_terminal
        )  # fmt: skip
