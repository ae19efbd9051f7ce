"""The tutorial works as it is written: its commands run in order and print what the page shows.

Which genes and diseases the simulated families have follows from the seed and the simulation. When the
simulation was changed on purpose, `python tests/journeys/test_tutorial.py` puts the new names on the page.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorials" / "first-diagnosis.md"
HOW_TO_READ = ROOT / "docs" / "how-to" / "read-the-report.md"
PACKS = ROOT / "docs" / "reference" / "packs.md"
COLUMNS = "100"  # of the terminal that the page shows
ANYTHING = "..."


@dataclass(frozen=True)
class Step:
    """A command, and the lines that it is shown to print; a line of dots stands for any lines."""

    command: str
    shown: tuple[str, ...]


def steps_of(page: str) -> list[Step]:
    """The commands of all console blocks: lines that begin with `$ `, and what they print up to the next."""
    steps: list[Step] = []
    for block in re.findall(r"^```console\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, shown = _divide(part)
            steps.append(Step(command, tuple(shown)))
    return steps


def _divide(part: str) -> tuple[str, list[str]]:
    """The command, over several lines while a quote is open or a backslash ends the line; then its output."""
    lines = part.rstrip("\n").split("\n")
    taken = 1
    while taken < len(lines) and (lines[taken - 1].endswith("\\") or "\n".join(lines[:taken]).count('"') % 2):
        taken += 1
    return "\n".join(lines[:taken]), lines[taken:]


def pattern_of(shown: tuple[str, ...]) -> str:
    """A regular expression for output: dots within a line are anything, runs of blanks are alike."""
    pattern = ""
    for line in shown:
        if line.strip() == ANYTHING:
            pattern += r"(?:[^\n]*\n)*?"
        else:
            parts = re.split(r"[ \t]*\.\.\.[ \t]*", line.strip())
            words = (r"[ \t]+".join(map(re.escape, part.split())) for part in parts)
            pattern += r"[ \t]*" + ".*".join(words) + r"[ \t]*\n"
    return pattern


def plain(output: str) -> str:
    """Output without trailing blanks and empty lines at the end."""
    return "\n".join(line.rstrip() for line in output.rstrip().split("\n")) + "\n" if output.strip() else ""


@dataclass
class Shell:
    """Runs commands in one folder; exports last."""

    folder: Path
    exports: str = ""
    status: int = 0

    def run(self, command: str) -> str:
        """What the command prints, both streams in order."""
        if command.startswith("export "):
            self.exports += command + "\n"
            return ""
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("TRIHELIX_HOME", "XDG_"))},
            "PATH": f"{self.folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "src"), "COLUMNS": COLUMNS, "TERM": "dumb", "LC_ALL": "C.UTF-8", "NO_COLOR": "1",
        }  # fmt: skip
        done = subprocess.run(
            ["bash", "-c", f"{self.exports}(exit {self.status})\n{command}"],
            cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            encoding="utf-8", check=False, timeout=300,
        )  # fmt: skip
        self.status = done.returncode
        return done.stdout


def make_shell(folder: Path) -> Shell:
    """A shell in an empty folder where `trihelix` and `python3` are those of this installation."""
    programs, work = folder / "bin", folder / "work"
    programs.mkdir()
    work.mkdir()
    for name, words in (("trihelix", "-m trihelix "), ("python3", "")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return Shell(work)


@dataclass(frozen=True)
class Done:
    """A step with what it really printed, and how it ended."""

    step: Step
    printed: str
    status: int
    followed_by: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tutorial")


@pytest.fixture(scope="module")
def done(folder: Path) -> list[Done]:
    """Every step of the page, run once in order."""
    steps = steps_of(PAGE.read_text(encoding="utf-8"))
    shell = make_shell(folder)

    def each() -> Iterator[Done]:
        for step, after in zip(steps, [*(s.command for s in steps[1:]), ""], strict=True):
            printed = shell.run(step.command)
            yield Done(step, printed, shell.status, after)

    return list(each())


def test_the_page_has_steps() -> None:
    assert len(steps_of(PAGE.read_text(encoding="utf-8"))) >= 15


def test_every_command_ends_as_the_page_says(done: list[Done]) -> None:
    for one in done:
        if one.followed_by != "echo $?":  # then the next step shows how it ended
            assert one.status == 0, f"{one.step.command}\n{one.printed}"


def test_every_command_prints_what_the_page_shows(done: list[Done]) -> None:
    for one in done:
        printed = plain(one.printed)
        assert re.fullmatch(pattern_of(one.step.shown), printed), (
            f"$ {one.step.command}\n--- shown\n" + "\n".join(one.step.shown) + f"\n--- printed\n{printed}"
        )


def test_the_pages_explain_what_the_tutorial_made(done: list[Done], folder: Path) -> None:
    """Steps and flags of the interpretation in the guide to the report; files of every pack in the reference."""
    assert done
    work = folder / "work"
    result = json.loads((work / "report" / "interpretation.json").read_text(encoding="utf-8"))
    guide, packs = HOW_TO_READ.read_text(encoding="utf-8"), PACKS.read_text(encoding="utf-8")
    assert [s["step"] for s in result["waterfall"] if f"| `{s['step']}` |" not in guide] == []
    flags = {flag for c in result["candidates"] for flag in c["flags"]}
    assert [flag for flag in flags if f"`{flag}`" not in guide] == []
    for folder_of_pack in (p.parent for p in work.glob("programme/reference/*/*/manifest.json")):
        names = {p.name for p in folder_of_pack.iterdir() if p.is_file()}
        assert [name for name in names if f"`{name}`" not in packs] == []


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [
        (("a ... c",), "a b c\n", True),
        (("a ... c",), "a b d\n", False),
        (("a", "...", "b"), "a\nx\ny\nb\n", True),
        (("a", "...", "b"), "a\nb\n", True),
        (("a",), "a\nb\n", False),
        (("a  b",), "a    b\n", True),
        (("x@...  y ...",), "x@123 y\n", True),
        (("x@...  y ...",), "x@123 z\n", False),
        ((), "", True),
        ((), "a\n", False),
    ],
)
def test_how_output_is_compared(shown: tuple[str, ...], printed: str, fits: bool) -> None:
    assert bool(re.fullmatch(pattern_of(shown), printed)) is fits


def names_of(truth: str, families: int) -> list[str]:
    """Genes of the first families, then disease and panel of the first, from the table of what was planted."""
    header, *rows = (line.split("\t") for line in truth.splitlines())
    table = [dict(zip(header, row, strict=True)) for row in rows[:families]]
    return [*(one["gene"] for one in table), table[0]["disorder_name"], table[0]["panel"]]


def names_on(page: str) -> list[str]:
    """The same names as the page has them."""
    genes = re.findall(r"^ F\d{3} .* solved +(\S+) ", page, re.MULTILINE)
    disease = re.search(r"^F001\t(?!F001)\S+\t([^\t]+)\t", page, re.MULTILINE)
    panel = re.search(r"--panel (\d+) ", page)
    assert genes
    assert disease
    assert panel
    return [*genes, disease[1], panel[1]]


def renamed(page: str, old: list[str], new: list[str]) -> str:
    """The page with every old name replaced by the new one, all at once."""
    pairs = dict(zip(old, new, strict=True))
    words = "|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in pairs)
    return re.sub(words, lambda found: pairs[found[0]], page)


def test_names_are_replaced_at_once() -> None:
    assert renamed("A1 and B2, A12", ["A1", "B2"], ["B2", "C3"]) == "B2 and C3, A12"


def table_of(text: str) -> list[str]:
    """The lines of the table of families, times as dots."""
    lines = [line.rstrip() for line in text.splitlines() if re.match(r" (family  |F\d{3} )", line)]
    return [re.sub(r"[\d.]+ s$", f"{ANYTHING} s", line) for line in lines]


def main() -> None:
    """Put the names of the current simulation on the page."""
    page = PAGE.read_text(encoding="utf-8")
    old = names_on(page)
    with tempfile.TemporaryDirectory() as place:
        shell = make_shell(Path(place))
        printed = shell.run(steps_of(page)[0].command)
        truth = (shell.folder / "demo" / "truth.tsv").read_text(encoding="utf-8")
    for line, new in zip(table_of(page), table_of(printed), strict=True):
        page = page.replace(line, new)
    PAGE.write_text(renamed(page, old, names_of(truth, len(old) - 2)), encoding="utf-8")


if __name__ == "__main__":
    main()
