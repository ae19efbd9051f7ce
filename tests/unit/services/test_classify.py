"""Editing classifications through files and the command line: nothing lost, nothing else changed, clear errors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from trihelix.cli.classify import classify
from trihelix.interpretation.evidence.acmg.assess import assess
from trihelix.interpretation.evidence.acmg.facts import Facts, FrequencyFacts
from trihelix.model.errors import (
    ClassificationError,
    CorruptFileError,
    InterpretationFilesError,
    TrihelixError,
    VariantError,
)
from trihelix.reports.classification import classification_view, render_classification
from trihelix.services.classify import (
    EDITS,
    INTERPRETATION,
    Changes,
    edit_classification,
    read_classification,
    read_edits,
)

VARIANT = "chr1:100:A:C"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def shown(gene: str, pos: int = 100, classified: bool = True) -> dict[str, Any]:
    facts = Facts(f"chr1:{pos}:A:C", gene, "missense_variant", frequency=FrequencyFacts(covered=True))
    stored = assess(facts).as_dict() if classified else None
    return {"contig": "chr1", "pos": pos, "ref": "A", "alt": "C", "classification": stored}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An interpretation: one variant in one gene, one in two, one without a classification."""
    candidates = [
        {"gene": "ONE", "variants": [shown("ONE")]},
        {"gene": "ONE", "variants": [shown("ONE", 200), shown("ONE", 300)]},
        {"gene": "TWO", "variants": [shown("TWO", 200)]},
        {"gene": "ONE", "variants": [shown("ONE", 400, classified=False)]},
    ]
    (tmp_path / INTERPRETATION).write_text(json.dumps({"candidates": candidates}))
    return tmp_path


def decide(
    folder: Path, strengths: dict[str, str], withdrawn: Sequence[str] = (), gene: str | None = None
) -> Any:
    changes = Changes(strengths, withdrawn, "PMID:1", "A. Scientist")
    return edit_classification(folder, VARIANT, changes, gene, now=lambda: NOON)


def test_an_edit_is_kept_beside_the_interpretation(folder: Path) -> None:
    before = (folder / INTERPRETATION).read_bytes()
    result = decide(folder, {"PS3": "strong", "PM2": "off"})
    assert (result.automatic.points, result.edited.points) == (1, 4)
    assert read_classification(folder, VARIANT) == result
    assert (folder / INTERPRETATION).read_bytes() == before
    assert sorted(p.name for p in folder.iterdir()) == [EDITS, INTERPRETATION]
    stored = json.loads((folder / EDITS).read_text())
    assert stored["edits"][0] == {
        "number": 1, "variant": VARIANT, "gene": "ONE", "code": "PS3", "strength": "strong", "comment": "PMID:1",
        "author": "A. Scientist", "time": "2026-03-01T12:00:00Z",
    }  # fmt: skip


def test_history_is_only_appended_to(folder: Path) -> None:
    decide(folder, {"PS3": "strong"})
    first = read_edits(folder)
    decide(folder, {"PS3": "moderate"})
    result = decide(folder, {}, ["PS3"])
    assert read_edits(folder)[:1] == first
    assert [e.strength for e in result.history] == ["strong", "moderate", "withdrawn"]
    assert result.edited == result.automatic


@pytest.mark.parametrize("written", ["chr1:100:A:C", "1:100:a:c", "chr1-100-A-C", " 1-100-A-C "])
def test_a_variant_is_found_however_it_is_written(folder: Path, written: str) -> None:
    assert read_classification(folder, written).automatic.variant == VARIANT


def test_a_variant_in_two_genes_needs_the_gene(folder: Path) -> None:
    with pytest.raises(ClassificationError, match="several genes") as error:
        read_classification(folder, "chr1:200:A:C")
    assert error.value.value == "ONE, TWO"
    assert read_classification(folder, "chr1:200:A:C", "TWO").automatic.gene == "TWO"


@pytest.mark.parametrize(
    ("variant", "gene", "what"),
    [
        ("chr1:101:A:C", None, "no candidate"),
        ("chr1:100:A:C", "TWO", "no candidate"),
        ("chr1:400:A:C", None, "no classification"),
    ],
)
def test_variants_that_cannot_be_shown(folder: Path, variant: str, gene: str | None, what: str) -> None:
    with pytest.raises(ClassificationError, match=what) as error:
        read_classification(folder, variant, gene)
    assert error.value.advice


@pytest.mark.parametrize("text", ["chr1:100", "chr1:100:A:<DEL>"])
def test_what_is_no_variant(folder: Path, text: str) -> None:
    with pytest.raises(VariantError):
        read_classification(folder, text)


@pytest.mark.parametrize(
    ("strengths", "withdrawn", "what"),
    [
        ({"PX1": "strong"}, [], "no such criterion"),
        ({"PP4": "strong"}, [], "may not have this strength"),
        ({}, ["PS3"], "no edit to take back"),
        ({"PS3": "strong"}, ["PS3"], "edited twice"),
    ],
)
def test_edits_that_cannot_be_leave_no_file(
    folder: Path, strengths: dict[str, str], withdrawn: list[str], what: str
) -> None:
    with pytest.raises(ClassificationError, match=what):
        decide(folder, strengths, withdrawn)
    assert not (folder / EDITS).exists()


@pytest.mark.parametrize(("comment", "author"), [("", "me"), (" ", "me"), ("why", ""), ("why", "  ")])
def test_an_edit_needs_a_reason_and_an_author(folder: Path, comment: str, author: str) -> None:
    for changes in (Changes({"PS3": "strong"}, (), comment, author), Changes({}, ("PS3",), comment, author)):
        with pytest.raises(ClassificationError, match="an edit needs"):
            edit_classification(folder, VARIANT, changes)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"edits": [{}]}', '{"edits": {"a": 1}}', '{"edits": [{"number": 2, "variant": "v", "gene": "g", '
     '"code": "PS3", "strength": "strong", "comment": "c", "author": "a", "time": "t"}]}'],
)  # fmt: skip
def test_damaged_edits_stop_everything_and_stay(folder: Path, text: str) -> None:
    (folder / EDITS).write_text(text)
    with pytest.raises(CorruptFileError):
        decide(folder, {"PS3": "strong"})
    assert (folder / EDITS).read_text() == text


def test_interpretations_that_cannot_be_read(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InterpretationFilesError):
        read_classification(tmp_path / "nowhere", VARIANT)
    for text in ("{", "[]", '{"candidates": 1}'):
        (folder / INTERPRETATION).write_text(text)
        with pytest.raises(InterpretationFilesError):
            read_classification(folder, VARIANT)
    broken = shown("ONE")
    del broken["classification"]["points"]
    (folder / INTERPRETATION).write_text(json.dumps({"candidates": [{"gene": "ONE", "variants": [broken]}]}))
    with pytest.raises(InterpretationFilesError):
        read_classification(folder, VARIANT)


def _many(folder: Path, author: str) -> None:
    for _ in range(20):
        edit_classification(folder, VARIANT, Changes({"PS3": "strong"}, (), "why", author))


def test_people_who_edit_at_the_same_time_lose_nothing(folder: Path) -> None:
    with ProcessPoolExecutor(3) as pool:
        for job in [pool.submit(_many, folder, f"author {n}") for n in range(3)]:
            job.result()
    edits = read_edits(folder)
    assert [e.number for e in edits] == list(range(1, 61))
    assert {author: sum(e.author == author for e in edits) for author in {e.author for e in edits}} == {
        f"author {n}": 20 for n in range(3)
    }


app = typer.Typer()
app.command()(classify)


def run(folder: Path, *arguments: str) -> tuple[int, str, BaseException | None]:
    result = CliRunner().invoke(app, [str(folder), VARIANT, *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.output, result.exception


def test_the_command_shows_the_criteria(folder: Path) -> None:
    code, output, _ = run(folder)
    assert code == 0
    assert "Uncertain significance" in output
    assert f"{VARIANT}  ONE" in output
    assert "PM2_Supporting" in output
    assert "PVS1" not in output
    assert "PVS1" in run(folder, "--all")[1]


def test_the_command_edits(folder: Path) -> None:
    code, output, _ = run(folder, "--set", "ps3=strong", "--because", "PMID:7", "--author", "Ada")
    assert code == 0
    assert "before the edits: Uncertain significance, 1 point" in output
    assert "PMID:7 (Ada, " in output
    code, output, _ = run(folder, "--clear", "PS3", "--because", "mistaken", "--author", "Ada", "--json")
    assert code == 0
    assert json.loads(output)["edited"]["points"] == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--set", "PS3"], 2),
        (["--set", "PS3=strong", "--set", "PS3=off"], 2),
        (["--because", "why"], 2),
        (["--set", "PS3=strong"], 16),
        (["--enable", "PS3"], 16),
    ],
)
def test_the_command_refuses(folder: Path, arguments: list[str], code: int) -> None:
    status, _, error = run(folder, *arguments)
    assert (error.exit_code if isinstance(error, TrihelixError) else status) == code


def test_markup_in_a_reason_is_only_text(folder: Path) -> None:
    hostile = "<script>alert(1)</script> [bold]"
    changes = Changes({"PS3": "strong"}, (), hostile, "<b>")
    result = edit_classification(folder, VARIANT, changes)
    page = render_classification(result)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert hostile in run(folder)[1].replace("\n", " ") or "[bold]" in run(folder)[1]


def test_the_view_says_what_was_before(folder: Path) -> None:
    plain = classification_view(read_classification(folder, VARIANT))
    assert (plain.title, plain.total, plain.automatic) == (
        "Uncertain significance",
        "1 point, probability 0.188",
        None,
    )
    assert [row.name for row in plain.speaking] == ["PM2_Supporting"]
    view = classification_view(decide(folder, {"PVS1": "very_strong"}))
    assert view.title == "Likely pathogenic"
    assert view.automatic == "Uncertain significance, 1 point, probability 0.188"
    assert len(view.rows) == 28
    assert view.edits == ("1. PVS1 very strong: PMID:1 (A. Scientist, 2026-03-01T12:00:00Z)",)
