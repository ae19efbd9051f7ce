"""Tables of a genome store as people see them: what says nothing is left out, and what finds no room is named."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from trihelix.cli.store_terminal import counted, print_table, progress, size_words


def shown(columns: list[str], rows: list[tuple[object, ...]], width: int = 80) -> list[str]:
    out = io.StringIO()
    print_table(Console(file=out, width=width, highlight=False, emoji=False), columns, rows)
    return [line.rstrip() for line in out.getvalue().splitlines()]


SITE = ["contig", "pos", "ref", "alt", "filter", "ac", "af", "hemi"]


def test_alleles_stand_in_one_column_and_silence_in_none() -> None:
    lines = shown(SITE, [("chr1", 1_000_195, "T", "C" * 20, "PASS", 1234, 0.01234567, 0)])
    assert [line.split() for line in lines] == [
        ["variant", "ac", "af"],
        ["chr1:1,000,195", "T>CCCCCC..(20)", "1,234", "0.0123"],
    ]
    assert len({len(line) for line in lines}) == 1


def test_what_is_not_usual_is_shown() -> None:
    lines = shown(
        SITE, [("chrX", 5, "T", "C", "LowQual", 1, None, 3), ("chrX", 6, "T", "C", "PASS", 1, 0.0, 0)]
    )
    assert lines[0].split() == ["variant", "filter", "ac", "af", "hemi"]
    assert lines[1].split() == ["chrX:5", "T>C", "LowQual", "1", "-", "3"]


def test_no_line_is_longer_than_the_terminal() -> None:
    rows: list[tuple[object, ...]] = [("a-rather-long-sample-name", "batch-1", "family-1", 12, 5_000_000)]
    columns = ["sample", "batch", "family", "het", "rows"]
    wide, narrow = shown(columns, rows, 120), shown(columns, rows, 40)
    assert "No room" not in "".join(wide)
    assert max(map(len, narrow)) <= 40
    assert narrow[-1] == "No room for: batch, rows"


def test_markup_in_a_name_is_shown_as_it_is() -> None:
    assert shown(["sample"], [("[red]kid[/red] :smile:",)])[1] == "[red]kid[/red] :smile:"


@pytest.mark.parametrize(
    ("count", "what", "words"),
    [
        (1, "samples", "1 sample"),
        (2, "samples", "2 samples"),
        (1, "batches", "1 batch"),
        (1500, "alleles", "1,500 alleles"),
    ],
)
def test_numbers_agree_with_their_words(count: int, what: str, words: str) -> None:
    assert counted(count, what) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_000, "1.0 kB"), (1_234_567, "1.2 MB"), (99_960_000, "100 MB")],
)
def test_sizes_are_told_in_words(size: int, words: str) -> None:
    assert size_words(size) == words


def test_nothing_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(quiet=False) as say:
        say("counting", 0.5)
    assert capsys.readouterr() == ("", "")
