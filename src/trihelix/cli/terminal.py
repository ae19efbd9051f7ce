"""What people see in the terminal: progress, tables, and the summary of an interpretation."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from trihelix.reports.family_report import REMARKS, TO_SETTLE, for_family, quality_check
from trihelix.reports.wording import segregation_words

if TYPE_CHECKING:
    from trihelix.model.interpretation import Candidate, Interpretation

TIER_STYLE = {1: "bold red", 2: "bold dark_orange", 3: "dim"}
SHOWN = 5


@contextmanager
def working(what: str, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A spinner on standard error while something takes its time; yields a way to say what is being done."""
    _let_interruptions_through()
    console = Console(stderr=True, quiet=quiet or not sys.stderr.isatty())
    with console.status(f"{what} ...") as status:
        yield lambda words: status.update(f"{words} ...")


def _let_interruptions_through() -> None:
    """polars, once imported, lets a read that Ctrl-C interrupts begin again: a program that waits for a pipe or
    a slow disk would not end."""
    import polars  # noqa: F401

    signal.siginterrupt(signal.SIGINT, True)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table; cells are shown as they are."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    Console().print(table)


def print_summary(result: Interpretation, folder: Path) -> None:
    """The interpretation in one screen: warnings first, then candidates, then where the report is."""
    console = Console(highlight=False)
    tiers = {n: sum(c.tier == n for c in result.candidates) for n in (1, 2, 3)}
    proband = f", proband {result.proband}" if result.proband else ""
    console.print(f"[bold]Family {escape(result.family_id)}[/]{escape(proband)}")
    _print_quality(console, result, folder)
    for notice in for_family(result).notices:
        if notice.level == "warning":
            count = f" ({notice.count:,})" if notice.count is not None else ""
            console.print(f"  [yellow]note[/]: {escape(notice.message)}{count}")
    if result.waterfall:
        first, last = result.waterfall[0], tiers[1] + tiers[2] + tiers[3]
        console.print(
            f"{first.remaining:,} variants, {last:,} candidate{'' if last == 1 else 's'}: "
            f"{tiers[1]} Tier 1, {tiers[2]} Tier 2, {tiers[3]} Tier 3"
        )
    if result.candidates:
        console.print(_candidates_table(result.candidates[:SHOWN]))
    console.print(f"Report: [bold]{escape(str(folder / 'report.html'))}[/]", soft_wrap=True)


def _print_quality(console: Console, result: Interpretation, folder: Path) -> None:
    """Whether the quality record must be read, never what it says: terminals are shown, logged and pasted."""
    words = {
        TO_SETTLE: ("bold red", "must be settled before the report is used"),
        REMARKS: ("yellow", "remarks"),
    }
    style, what = words.get(quality_check(result.checks).inferred or "", ("", ""))
    if what:
        place = escape(str(folder / "quality.html"))
        console.print(f"  [{style}]quality[/]: {what}; read [bold]{place}[/]", soft_wrap=True)


def _candidates_table(candidates: Sequence[Candidate]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for column, justify in (("rank", "right"), ("tier", "right"), ("gene", "left"), ("score", "right")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    for column in ("segregation", "variant", "consequence"):
        table.add_column(column, overflow="fold")
    for c in candidates:
        table.add_row(
            str(c.rank),
            f"[{TIER_STYLE[c.tier]}]{c.tier}[/]",
            escape(c.gene),
            f"{c.score:.3f}",
            segregation_words(c.segregation),
            "\n".join(escape(f"{v.contig}:{v.pos} {_short(v.ref)}>{_short(v.alt)}") for v in c.variants),
            "\n".join(v.consequence.removesuffix("_variant").replace("_", " ") for v in c.variants),
        )
    return table


def _short(allele: str) -> str:
    return allele if len(allele) <= 12 else f"{allele[:8]}..({len(allele)})"
