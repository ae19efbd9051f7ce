"""`trihelix classify`: a variant's ACMG/AMP criteria, and a scientist's edits of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from trihelix.cli.home import Json, Quiet

if TYPE_CHECKING:
    from trihelix.model.classification import EditedClassification

Folder = Annotated[Path, Argument(help="The folder that `trihelix interpret --out` wrote.", metavar="DIR")]
Variant = Annotated[str, Argument(help="The variant: chr4:106236000:A:T.")]
Gene = Annotated[str | None, Option(help="The gene, where the variant is a candidate in several.")]
Set = Annotated[
    list[str] | None,
    Option(
        "--set",
        help="Decide a criterion: PS3=strong, or PM2=off for not met; repeat.",
        metavar="CODE=STRENGTH",
    ),
]
Clear = Annotated[
    list[str] | None,
    Option("--clear", help="Take back the edit of a criterion; repeat.", metavar="CODE"),
]
Because = Annotated[str | None, Option("--because", help="Why; required with --set and --clear.")]
Author = Annotated[str | None, Option("--author", help="Who decides; required with --set and --clear.")]
Enable = Annotated[
    list[str] | None,
    Option("--enable", help="Count a deprecated criterion this time (PP5 or BP6); repeat.", metavar="CODE"),
]
AllCriteria = Annotated[
    bool, Option("--all", help="Show also the criteria that are not met or not assessable.")
]


def classify(
    folder: Folder,
    variant: Variant,
    gene: Gene = None,
    set_: Set = None,
    clear: Clear = None,
    because: Because = None,
    author: Author = None,
    enable: Enable = None,
    show_all: AllCriteria = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show a variant's ACMG/AMP classification, or edit it; the interpretation itself is never changed.

    Example:
      trihelix classify report chr4:106236000:A:T
      trihelix classify report chr4:106236000:A:T --set PS3=moderate --because "PMID:12345678" --author "A. Scientist"
    """
    from trihelix.services.classify import Changes, edit_classification, read_classification

    enabled = tuple(enable or ())
    if set_ or clear:
        changes = Changes(_strengths(set_ or []), tuple(clear or ()), because or "", author or "")
        result = edit_classification(folder, variant, changes, gene, enabled)
    elif because or author:
        raise typer.BadParameter("--because and --author go with --set or --clear")
    else:
        result = read_classification(folder, variant, gene, enabled)
    if as_json:
        _print_json(result)
    elif not quiet:
        _print(result, show_all)


def _strengths(texts: list[str]) -> dict[str, str]:
    strengths: dict[str, str] = {}
    for text in texts:
        code, equals, strength = text.partition("=")
        if not equals or not code.strip() or not strength.strip():
            raise typer.BadParameter(f"write --set CODE=STRENGTH, for example PS3=strong, not {text!r}")
        if code.strip().upper() in strengths:
            raise typer.BadParameter(f"{code.strip().upper()} is set twice")
        strengths[code.strip().upper()] = strength
    return strengths


def _print_json(result: EditedClassification) -> None:
    import json

    typer.echo(json.dumps(result.as_dict(), indent=2, ensure_ascii=False))


def _print(result: EditedClassification, show_all: bool) -> None:
    """Class, table of criteria, contradictions and edits."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from trihelix.reports.classification import classification_view

    view, final = classification_view(result), result.edited
    console = Console(highlight=False, emoji=False)  # chr1:100:A:T holds the code of an emoji
    where = f"{final.variant}  {final.gene}" + (f"  {final.transcript}" if final.transcript else "")
    console.print(f"[bold]{escape(view.title)}[/]  {escape(view.total)}", soft_wrap=True)
    console.print(f"{escape(where)}  assessed as {escape(final.mode)}", soft_wrap=True)
    if view.automatic:
        console.print(f"[dim]before the edits: {escape(view.automatic)}[/]", soft_wrap=True)
    table = Table(box=box.SIMPLE_HEAD, expand=True)
    for column in ("criterion", "found", "points", "evidence and rule"):
        wide = column.startswith("evidence")
        table.add_column(column, no_wrap=not wide, ratio=1 if wide else None, overflow="fold")
    for row in view.rows if show_all else view.speaking:
        found = f"{row.status}, edited" if row.edited else row.status
        evidence = f"{escape(row.evidence)} [dim]({escape(row.source)})[/]"
        table.add_row(row.name, found, row.points, evidence)
    console.print(table)
    if not show_all:
        console.print(f"[dim]{len(view.silent)} criteria are not met or not assessable (--all shows them)[/]")
    for conflict in view.conflicts:
        console.print(f"[yellow]contradiction[/]: {escape(conflict)}", soft_wrap=True)
    for edit in view.edits:
        console.print(f"edit {escape(edit)}", soft_wrap=True)
