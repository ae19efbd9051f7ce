"""`trihelix demo`: a simulated clinic, interpreted, and compared with what was planted."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from trihelix.cli.home import Json, Quiet

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from trihelix.simulate.demo import DemoRun, Outcome

WITH_SHAPE, WITH_REPORT = 100, 130  # terminal columns from which on these columns of the table fit


def demo(
    out: Annotated[
        Path, typer.Option("--out", help="Folder for everything; an earlier demonstration in it is replaced.")
    ] = Path("trihelix-demo"),
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same families.")] = 1,
    families: Annotated[int, typer.Option(min=1, help="How many families.")] = 40,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a genome and families with known diagnoses, interpret them, and see what comes out.

    Works offline. Genes, diseases and phenotype terms are real; sequence, people and variants are invented.

    Examples:
      trihelix demo
      trihelix demo --families 6 --seed 7 --out /tmp/demo
    """
    import json
    import sys

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from trihelix.simulate.demo import as_dict, run_demo

    hidden = quiet or as_json or not sys.stderr.isatty()
    columns = (
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=hidden) as bar:
        task = bar.add_task("starting", total=None)
        run = run_demo(
            out,
            seed,
            families,
            lambda words, done, total: bar.update(task, description=words, completed=done, total=total),
        )
    if as_json:
        typer.echo(json.dumps(as_dict(run), indent=2))
    elif not quiet:
        _print_run(Console(highlight=False), run)


def _print_run(console: Console, run: DemoRun) -> None:
    from rich.markup import escape

    console.print(_table(run, console.width))
    for line in (_colours_line(run), _solved_line(run), _unplanted_line(run), _time_line(run)):
        if line:
            console.print(line)
    console.print()
    for name, what in _places(run).items():
        console.print(f"[dim]{name:<10}[/]{escape(what)}", soft_wrap=True)
    console.print("\n[dim]Interpret one yourself:[/]")
    console.print(escape(_command(run)), soft_wrap=True)


def _places(run: DemoRun) -> dict[str, str]:
    """Where everything lies."""
    folder = run.folder
    return {
        "reports": str(folder / "reports" / "<family>" / "report.html"),
        "families": str(folder / "families" / "<family>"),
        "packs": f"{folder / 'home'}, made from {folder / 'reference'}",
        "truth": f"{folder / 'truth.tsv'} (never read by interpretation)",
    }


def _command(run: DemoRun) -> str:
    """How a person would interpret the first family."""
    folder, family, panel = run.folder, run.outcomes[0].family, run.outcomes[0].panel
    files = folder / "families" / family / family
    return (
        f"trihelix interpret --home {quote(str(folder / 'home'))} --panel {panel} \\\n"
        f"  --vcf {quote(f'{files}.vcf.gz')} --ped {quote(f'{files}.ped')} \\\n"
        f"  --phenopacket {quote(f'{files}.phenopacket.json')} --out {quote(f'{family}-report')}"
    )


def _table(run: DemoRun, width: int) -> Table:
    """One row per family; who they are, and where the report lies, where there is room for it."""
    from rich import box
    from rich.table import Table

    number, seed = len(run.outcomes), run.seed
    table = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        title=f"[bold]{number} simulated {'family' if number == 1 else 'families'}[/], seed {seed}",
        title_justify="left",
        title_style="",
    )
    rows = [_cells(o) for o in run.outcomes]
    for name in rows[0]:
        if (name != "who" or width >= WITH_SHAPE) and (name != "report" or width >= WITH_REPORT):
            table.add_column(
                name, justify="right" if name in ("rank", "tier", "time") else "left", no_wrap=True
            )
    shown = [str(c.header) for c in table.columns]
    for row in rows:
        table.add_row(*(row[name] for name in shown))
    return table


def _cells(outcome: Outcome) -> dict[str, Text | str]:
    from rich.text import Text

    from trihelix.cli.terminal import TIER_STYLE
    from trihelix.reports.wording import segregation_words
    from trihelix.simulate.clinic_panels import GREEN

    planted, found = outcome.planted, outcome.diagnosis
    gene = Text(planted.gene if planted else "–")
    if planted and planted.colour != GREEN:
        gene.append("*", style="dim")
    return {
        "family": Text(outcome.family, style=f"link {outcome.report.absolute().as_uri()}"),
        "who": outcome.shape,
        "diagnosis": _verdict(outcome),
        "gene": gene,
        "rank": str(found.rank) if found else "–",
        "tier": Text(str(found.tier), style=TIER_STYLE[found.tier]) if found else "–",
        "segregation": segregation_words(found.segregation) if found else "–",
        "time": f"{outcome.seconds:.2f} s",
        "report": Text(str(outcome.report), style="dim"),
    }


def _verdict(outcome: Outcome) -> Text:
    from rich.text import Text

    from trihelix.simulate.demo import Verdict

    style = {
        Verdict.SOLVED: ("✓ solved", "green"),
        Verdict.FURTHER_DOWN: ("~ not first", "yellow"),
        Verdict.MISSED: ("✗ missed", "bold red"),
        Verdict.NOTHING_PLANTED: ("none planted", "dim"),
    }
    words, colour = style[outcome.verdict]
    return Text(words, style=colour)


def _colours_line(run: DemoRun) -> str:
    from trihelix.simulate.clinic_panels import GREEN

    if all(o.planted is None or o.planted.colour == GREEN for o in run.outcomes):
        return ""
    return "[dim]* not green on the panel applied (amber, red or absent), so Tier 3 is right[/]"


def _solved_line(run: DemoRun) -> str:
    from trihelix.simulate.demo import Verdict

    solved, below, missed = (run.count(v) for v in (Verdict.SOLVED, Verdict.FURTHER_DOWN, Verdict.MISSED))
    planted = solved + below + missed
    if not planted:
        return ""
    tiers = [o.diagnosis.tier for o in run.outcomes if o.diagnosis]
    by_tier = ", ".join(f"{tiers.count(t)} in Tier {t}" for t in (1, 2, 3) if t in tiers)
    rest = [f"{below} further down"] * (below > 0) + [f"[bold red]{missed} missed[/]"] * (missed > 0)
    return f"[bold]{solved} of {planted}[/] planted diagnoses come first; {', '.join(rest) or 'none is missed'} ({by_tier})."


def _unplanted_line(run: DemoRun) -> str:
    from trihelix.simulate.demo import Verdict

    without = [o for o in run.outcomes if o.verdict is Verdict.NOTHING_PLANTED]
    if not without:
        return ""
    loud = sum(o.best_tier in (1, 2) for o in without)
    return f"Without a planted diagnosis: {len(without)}, of which {loud or 'none'} with a Tier 1 or 2 candidate."


def _time_line(run: DemoRun) -> str:
    total = sum(run.seconds.values())
    parts = ", ".join(f"{step} {seconds:.1f}" for step, seconds in run.seconds.items())
    return f"[dim]{total:.1f} s ({parts})[/]"
