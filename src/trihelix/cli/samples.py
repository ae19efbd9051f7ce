"""`trihelix samples`: what a genome store holds: batches, samples, their counts, kin and groups; withdrawing, verifying."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from trihelix.cli.home import Home, Json, Quiet
from trihelix.cli.store_options import Cohort, Gene, Out, Region, Store

if TYPE_CHECKING:
    from trihelix.cli.store_terminal import Say
    from trihelix.services.store_answers import Answer
    from trihelix.services.store_questions import Places
    from trihelix.variants.store.commit import Store as Opened

ListAll = Annotated[bool, Option("--list", help="List every sample: batch, family, karyotype.")]
Counts = Annotated[bool, Option("--counts", help="Count each sample's alleles: het, hom, hemi, missing.")]
Relatedness = Annotated[
    bool, Option("--relatedness", help="List related pairs, by KING-robust kinship of common variants.")
]
Components = Annotated[
    int | None,
    Option("--pca", help="The first N principal components of common variants.", min=1, metavar="N"),
]
Withdraw = Annotated[
    Path | None,
    Option("--withdraw", help="Withdraw the samples that FILE lists, one id on each line.", metavar="FILE"),
]
Yes = Annotated[bool, Option("--yes", help="With --withdraw: do not ask.")]
Verify = Annotated[bool, Option("--verify", help="Read every file and compare it with its checksum.")]


def samples(
    store: Store = None,
    cohort: Cohort = None,
    list_all: ListAll = False,
    counts: Counts = False,
    relatedness: Relatedness = False,
    pca: Components = None,
    region: Region = None,
    gene: Gene = None,
    withdraw: Withdraw = None,
    yes: Yes = False,
    verify: Verify = False,
    out: Out = None,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show what a store holds: its batches, or more of each sample. Withdraw samples; verify the files.

    Examples:
      trihelix samples
      trihelix samples --counts --region chr20 --out counts.tsv
      trihelix samples --withdraw leaving.txt
    """
    kinds = {"list": list_all, "counts": counts, "relatedness": relatedness, "pca": pca is not None}
    asked = [kind for kind, is_asked in kinds.items() if is_asked]
    _check([*asked, *["withdraw"] * (withdraw is not None), *["verify"] * verify], region, gene, out, cohort)
    from trihelix.services.genome_store import open_standalone

    if withdraw is not None:
        _withdraw(open_standalone(store), withdraw, yes, as_json, quiet)
    elif verify:
        _verify(open_standalone(store), as_json, quiet)
    else:
        from trihelix.cli.store_terminal import check_out, progress, show
        from trihelix.services.store_questions import Places

        check_out(out)
        if not asked:
            _batches(open_standalone(store), cohort, out, as_json, quiet)
            return
        places = Places(tuple(region or ()), tuple(gene or ()), home=home)
        with progress(quiet) as say:
            answer = _ask(open_standalone(store), asked[0], cohort, places, pca or 0, say)
        show(answer, "related pairs" if relatedness else "samples", out, as_json, quiet)


def _check(
    asked: list[str], region: list[str] | None, gene: list[str] | None, out: Path | None, cohort: Path | None
) -> None:
    """Options that do not go together."""
    if len(asked) > 1:
        raise typer.BadParameter(
            "give one of --list, --counts, --relatedness, --pca, --withdraw and --verify"
        )
    if (region or gene) and not {"counts", "relatedness", "pca"}.intersection(asked):
        raise typer.BadParameter("--region and --gene go with --counts, --relatedness or --pca")
    if (out or cohort) and {"withdraw", "verify"}.intersection(asked):
        raise typer.BadParameter("--out and --cohort do not go with --withdraw or --verify")


def _ask(store: Opened, kind: str, cohort: Path | None, places: Places, components: int, say: Say) -> Answer:
    from trihelix.services import sample_answers

    if kind == "list":
        return sample_answers.list_samples(store, cohort)
    if kind == "counts":
        return sample_answers.count_samples(store, cohort, places, say)
    if kind == "relatedness":
        return sample_answers.relate_samples(store, cohort, places, say)
    return sample_answers.find_components(store, cohort, places, components, say)


def _batches(store: Opened, cohort: Path | None, out: Path | None, as_json: bool, quiet: bool) -> None:
    """The batches with the store's totals; people see sizes in words."""
    from trihelix.cli.store_terminal import show
    from trihelix.services.store_answers import list_batches

    answer, totals = list_batches(store, cohort)
    if as_json or out is not None or not sys.stdout.isatty():
        show(answer, "batches", out, as_json, quiet)
        return
    from rich.console import Console

    from trihelix.cli.store_terminal import counted, print_table, size_words

    console = Console(highlight=False, emoji=False)
    gone = f", {counted(totals['withdrawn'], 'withdrawn samples')} not counted" if totals["withdrawn"] else ""
    console.print(
        f"Store {answer.store} ({answer.assembly or 'assembly not told'}): {counted(totals['samples'], 'samples')} in "
        f"{counted(answer.table.height, 'batches')}, {size_words(totals['bytes'])}{gone}",
        soft_wrap=True, markup=False, style="bold",
    )  # fmt: skip
    if totals["withdrawn"]:
        console.print("The bytes of withdrawn samples stay until: trihelix compact --purge", style="yellow")
    if not answer.table.height:
        console.print("It is empty. Bring genomes in: trihelix ingest FILE...", markup=False)
        return
    shown = answer.table.drop("files")
    rows = [(*row[:-2], row[-2].replace("T", " ").rstrip("Z"), size_words(row[-1])) for row in shown.rows()]
    columns = [*shown.columns[:-2], "added (UTC)", "size"]
    print_table(console, columns, rows)


def _withdraw(store: Opened, listing: Path, yes: bool, as_json: bool, quiet: bool) -> None:
    """Ask, then leave the samples out of every answer."""
    from trihelix.cli.store_terminal import counted
    from trihelix.services.genome_store import plan_withdrawal
    from trihelix.services.genome_store import withdraw as leave_out

    plan = plan_withdrawal(store, listing)
    who = counted(len(plan.ids), "samples")
    if plan.ids and not yes:
        if as_json or quiet or not sys.stdin.isatty():
            raise typer.BadParameter("withdrawing asks for confirmation; give --yes where nobody can answer")
        typer.echo(
            f"{who} will be in no answer from now on, and cannot be ingested again.\n"
            "This cannot be taken back.", err=True
        )  # fmt: skip
        typer.confirm(f"Withdraw {who} from {store.root}?", abort=True, err=True)
    manifest = leave_out(store, plan)
    if as_json:
        shape = {
            "store": str(store.root),
            "snapshot": manifest.number,
            "withdrawn": len(plan.ids),
            "withdrawn_before": plan.earlier,
        }
        typer.echo(json.dumps(shape))
    elif not quiet:
        if plan.earlier:
            typer.echo(f"{counted(plan.earlier, 'samples')} of {listing} had been withdrawn before.")
        if plan.ids:
            typer.echo(
                f"{who} withdrawn: in no answer from now on. Their bytes stay in the store until: "
                "trihelix compact --purge"
            )


def _verify(store: Opened, as_json: bool, quiet: bool) -> None:
    from trihelix.cli.store_terminal import counted, progress, size_words
    from trihelix.services.genome_store import verify

    with progress(quiet) as say:
        manifest, files, size = verify(store, say)
    if as_json:
        shape = {
            "store": str(store.root),
            "snapshot": manifest.number,
            "files": files,
            "bytes": size,
            "verified": True,
        }
        typer.echo(json.dumps(shape))
    elif not quiet:
        typer.echo(
            f"Store {store.root}: {counted(files, 'files')} ({size_words(size)}) match their checksums."
        )
