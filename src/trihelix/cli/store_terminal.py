"""What people see of a genome store's answers: progress, the first lines of a table, and how to get them all."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from trihelix.services.store_answers import Answer
    from trihelix.services.store_questions import CohortUsed

SHOWN = 15
_LONGEST_ALLELE = 10
# Columns that are left out where the terminal is narrow, the least important first.
LEAST_FIRST = (
    "absent_is", "role", "karyotype_source", "father", "mother", "phase_set", "filter", "cases", "controls", "alleles",
    "ref_depth", "batch_1", "batch_2", "batch", "rows", "missing", "contradicting", "phase", "hemi", "an", "family", "place",
)  # fmt: skip
Say = Callable[[str, float], None]


@contextmanager
def progress(quiet: bool) -> Iterator[Say]:
    """A bar on standard error: what is being done, the share of it, and the time it took so far.

    Yields the way to tell. Nothing is shown where standard error is not a terminal.
    """
    _let_interruptions_through()
    if quiet or not sys.stderr.isatty():
        yield lambda _what, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(20), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("opening the store", total=1.0)

        def say(what: str, share: float) -> None:
            bar.update(task, description=what, completed=share)

        yield say


def _let_interruptions_through() -> None:
    """As terminal.working does; that module takes a fifth of a second to import, which is long for a count."""
    import signal

    import polars  # noqa: F401

    signal.siginterrupt(signal.SIGINT, True)


def check_out(out: Path | None) -> None:
    """Refuse a file that no table can be written to, before any work is done; OutputError."""
    if out is not None:
        from trihelix.services.table_files import check_table_path

        check_table_path(out)


def show(answer: Answer, what: str, out: Path | None, as_json: bool, quiet: bool = False) -> None:
    """Give an answer as it was asked for: to a file, as JSON, as a table for people, or all of it as TSV where
    standard output is not a terminal. `what` names a line, in the plural."""
    if out is not None:
        from trihelix.services.table_files import write_table

        write_table(answer.table, out)
    if as_json:
        for piece in answer.json() if out is None else _without_rows(answer, out):
            sys.stdout.write(piece)
    elif out is not None:
        if not quiet:
            typer.echo(f"{_about(answer)}\n{counted(answer.table.height, what)} written to {out}")
    elif sys.stdout.isatty():
        _print_table(answer, what)
    else:
        _print_lines(answer)


def _without_rows(answer: Answer, out: Path) -> Iterator[str]:
    """The JSON of an answer whose rows are in a file."""
    import json

    head = {**answer.head(), "rows_in": str(out), "row_count": answer.table.height}
    yield json.dumps(head, ensure_ascii=False) + "\n"


def _print_lines(answer: Answer) -> None:
    """All lines as TSV; what the list of samples left open is told on standard error."""
    for note in _notes(answer):
        typer.echo(note, err=True)
    size = 10_000
    for start in range(0, max(answer.table.height, 1), size):
        some = answer.table.slice(start, size)
        sys.stdout.write(some.write_csv(separator="\t", include_header=start == 0))


def _print_table(answer: Answer, what: str) -> None:
    from rich.console import Console

    console = Console(highlight=False, emoji=False)
    console.print(_about(answer), soft_wrap=True, markup=False, style="bold")
    for note in _notes(answer):
        console.print(note, soft_wrap=True, markup=False, style="yellow")
    rows = answer.table.height
    if not rows:
        console.print(f"No {what}.", markup=False)
        return
    some = answer.table.head(SHOWN)
    print_table(console, some.columns, some.rows())
    if rows > SHOWN:
        console.print(f"The first {SHOWN} of {counted(rows, what)}. All of them: --out FILE, or pipe them on (| less).",
                      markup=False)  # fmt: skip
    else:
        console.print(counted(rows, what), markup=False)


def print_table(console: Console, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for people, as wide as the terminal at most: the alleles in one column, nothing where a column says
    nothing; columns that find no room are left out, those that matter least first, and named below."""
    cells = _for_people(columns, rows)
    left_out = []
    for name in LEAST_FIRST:
        if _width(cells) <= console.width:
            break
        if cells.pop(name, None):
            left_out.append(name.replace("_", " "))
    console.print(_table(cells, rows, columns))
    if left_out:
        console.print(f"No room for: {', '.join(left_out)}", style="dim", markup=False)


def _for_people(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> dict[str, list[str]]:
    """The cells of the columns that say something."""
    values: dict[str, list[object]] = {name: [row[i] for row in rows] for i, name in enumerate(columns)}
    cells: dict[str, list[str]] = {}
    if {"contig", "pos", "ref", "alt"} <= values.keys():
        sites = zip(*(values.pop(name) for name in ("contig", "pos", "ref", "alt")), strict=True)
        cells["variant"] = [f"{c}:{p:,} {_allele(r)}>{_allele(a)}" for c, p, r, a in sites]
    if {"contig", "first", "last"} <= values.keys():
        places = zip(*(values.pop(name) for name in ("contig", "first", "last")), strict=True)
        shown: list[object] = [f"{c}:{a:,}-{z:,}" for c, a, z in places]
        names = values.pop("name")
        values = {"name": names, **({"place": shown} if names != shown else {}), **values}
    silent: dict[str, set[object]] = {
        "filter": {"PASS"},
        "hemi": {0},
        "contradicting": {0},
        "withdrawn": {0},
        "role": {"germline"},
    }
    for name, column in values.items():
        said = set(column) - {None}
        if said - silent.get(name, set()):
            cells[name] = [_cell(name, value) for value in column]
    return cells


def _width(cells: dict[str, list[str]]) -> int:
    """How many characters a table takes up; two lie between columns."""
    return (
        sum(max(map(len, (*column, *_heading(name).split("\n")))) + 2 for name, column in cells.items()) - 2
    )


def _heading(name: str) -> str:
    """A column's name, in two lines if both are words."""
    words = name.split("_")
    return ("\n" if min(map(len, words)) > 2 else " ").join(words)


def _table(cells: dict[str, list[str]], rows: Sequence[Sequence[object]], columns: Sequence[str]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold underline")
    numbers = {
        name for i, name in enumerate(columns) if all(isinstance(row[i], int | float | None) for row in rows)
    }
    for name in cells:
        side = "right" if name in numbers or name == "size" else "left"
        table.add_column(escape(_heading(name)), justify=side, no_wrap=True)  # type: ignore[arg-type]
    for row in zip(*cells.values(), strict=True):
        table.add_row(*map(escape, row))
    return table


def _allele(text: str) -> str:
    return f"{text[:6]}..({len(text):,})" if len(text) > _LONGEST_ALLELE else text


def _cell(column: str, value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3g}" if value else "0"
    if isinstance(value, int):
        return f"{value:,}" if column != "phase_set" else str(value)
    return str(value)


def _about(answer: Answer) -> str:
    """One line: which store, in which state, and who was asked about."""
    parts = [f"Store {answer.store}"]
    parts += [f"{counted(used.size, 'samples')}{_of(name, used)}" for name, used in answer.cohorts.items()]
    return ": ".join([parts[0], ", ".join(parts[1:])]) if answer.cohorts else parts[0]


def _of(name: str, used: CohortUsed) -> str:
    if used.listing is None:
        return ""
    word = {"cases": "cases of", "controls": "controls of"}.get(name, "of")
    return f" {word} {used.listing}" if word == "of" else f" ({word} {used.listing})"


def _notes(answer: Answer) -> list[str]:
    """What the lists of samples left open, and facts of the table as a whole."""
    notes = []
    for used in answer.cohorts.values():
        if used.listing is not None and used.withdrawn:
            notes.append(f"{counted(used.withdrawn, 'samples')} of {used.listing} left out: withdrawn")
        if used.repeated:
            notes.append(f"{counted(used.repeated, 'lines')} of {used.listing} repeat an earlier one")
    if "variants" in answer.facts:
        shares = answer.facts["explained"]
        assert isinstance(shares, list)
        words = ", ".join(f"{share:.1%}" for share in shares[:5])
        notes.append(f"From {answer.facts['variants']:,} variants; share of all variance: {words}")
    return notes


def counted(count: int, what: str) -> str:
    """1 sample, 2 samples, 1,000 samples. Plurals are given, all of them regular."""
    if count == 1:
        what = what.replace("samples", "sample").replace("lines", "line").replace("alleles", "allele")
        what = what.replace("pairs", "pair").replace("batches", "batch").replace("places", "place")
        what = what.replace("carriers", "carrier").replace("files", "file")
    return f"{count:,} {what}"


def size_words(count: int) -> str:
    """Bytes for people: 812 bytes, 1.2 MB."""
    size, units = float(count), ["bytes", "kB", "MB", "GB", "TB"]
    while size >= 999.5 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.0f} {units[0]}" if units[0] == "bytes" or size >= 99.5 else f"{size:.1f} {units[0]}"
