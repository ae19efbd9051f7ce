"""`trihelix why`: why a variant is in a report, or is not."""

from __future__ import annotations

import json
import shutil
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trihelix.cli.home import Home, Json

if TYPE_CHECKING:
    from trihelix.services.why import Answer


def why(
    folder: Annotated[Path, typer.Argument(help="The --out folder of `trihelix interpret`.")],
    variant: Annotated[str, typer.Argument(help="contig:position:REF:ALT, as chr4:106236000:A:T.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Say why a variant is where it is, or the first rule that it failed and what would show it.

    Example:
      trihelix why report chr4:106236000:A:T
    """
    from trihelix.services.programme import open_programme
    from trihelix.services.why import why as explain

    answer = explain(folder, variant, open_programme(home))
    if as_json:
        typer.echo(json.dumps(asdict(answer)))
    else:
        _print(answer)


def _print(answer: Answer) -> None:
    style = "green" if answer.shown else "yellow"
    typer.echo(f"{typer.style(answer.variant, bold=True)}  {typer.style(answer.what, fg=style)}")
    lines = [("rule", answer.rule), ("value", answer.value), ("threshold", answer.threshold)]
    lines += [("would show it" if not answer.shown else "would move it", answer.change)]
    if answer.genotypes:
        lines.append(("calls", ", ".join(f"{m}: {g}" for m, g in answer.genotypes.items())))
    lines.append(("stands in", answer.source))
    for placed in answer.shown:
        reason = "; ".join(placed.reasons)
        lines.append(
            (f"rank {placed.rank}", f"Tier {placed.tier} in {placed.gene}, {placed.segregation}: {reason}")
        )
    lines += [("also" if number == 0 else "", text) for number, text in enumerate(answer.more)]
    width = max(shutil.get_terminal_size().columns, 60)
    for label, text in lines:
        if text:
            first, indent = f"  {label:14}", " " * 16
            typer.echo(textwrap.fill(text, width, initial_indent=first, subsequent_indent=indent))
