"""The guide to the genome store works as it is written: its commands run in order and print what the page shows."""

from __future__ import annotations

import re

import pytest
from test_tutorial import ROOT, Step, make_shell, pattern_of, plain, steps_of

PAGE = ROOT / "docs" / "how-to" / "keep-genomes.md"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Step, str, int]]:
    """Every step with what it printed and how it ended."""
    shell = make_shell(tmp_path_factory.mktemp("keep"))
    steps = steps_of(PAGE.read_text(encoding="utf-8"))
    return [(step, shell.run(step.command), shell.status) for step in steps]


def test_the_page_has_steps() -> None:
    assert len(steps_of(PAGE.read_text(encoding="utf-8"))) >= 15


def test_every_command_succeeds_and_prints_what_the_page_shows(done: list[tuple[Step, str, int]]) -> None:
    for step, printed, status in done:
        assert status == 0, f"{step.command}\n{printed}"
        assert re.fullmatch(pattern_of(step.shown), plain(printed)), f"$ {step.command}\n{printed}"
