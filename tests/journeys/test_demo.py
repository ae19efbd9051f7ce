"""`trihelix demo` as a person runs it: families with every kind of inheritance come out solved, and leave reports."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FAMILIES = 6


@dataclass(frozen=True)
class Shown:
    """What a run of the command left behind."""

    code: int
    out: str
    err: str


def demo(*arguments: str, columns: int = 100) -> Shown:
    command = [sys.executable, "-m", "trihelix", "demo", *arguments]
    environment = {**os.environ, "COLUMNS": str(columns)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)
    return Shown(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "out"


@pytest.fixture(scope="module")
def run(folder: Path) -> dict[str, Any]:
    shown = demo("--families", str(FAMILIES), "--out", str(folder), "--json")
    assert shown.code == 0, shown.err
    assert shown.err == ""
    document: dict[str, Any] = json.loads(shown.out)
    return document


def test_every_planted_diagnosis_comes_first_in_its_tier(run: dict[str, Any]) -> None:
    planted = [f for f in run["families"] if f["planted"]]
    assert len(planted) == FAMILIES - 1
    for family in planted:
        assert family["verdict"] == "solved", family
        assert family["rank"] == 1
        assert family["tier"] == family["planted"]["expected_tier"]
        assert family["candidates"] >= 1
    ways = {f["planted"]["inheritance"]: f["segregation"] for f in planted}
    assert ways == {
        "de novo": "deNovo",
        "recessive, compound heterozygous": "CompoundHeterozygous",
        "recessive, identical by descent": "SimpleRecessive",
        "X-linked recessive": "XLinkedSimpleRecessive",
        "inherited dominant": "InheritedAutosomalDominant",
    }


def test_a_family_without_a_planted_diagnosis_is_said_to_have_none(run: dict[str, Any]) -> None:
    (family,) = (f for f in run["families"] if not f["planted"])
    assert family["verdict"] == "none planted"
    assert family["rank"] is family["tier"] is None
    assert family["candidates_by_tier"]["1"] == family["candidates_by_tier"]["2"] == 0


def test_totals_are_those_of_the_families(run: dict[str, Any]) -> None:
    assert run["totals"] == {"solved": FAMILIES - 1, "further_down": 0, "missed": 0, "none_planted": 1}
    assert {"phenotypes", "world", "packs", "families", "kernels", "cases"} == set(run["seconds"])


def test_reports_files_and_truth_are_there(run: dict[str, Any], folder: Path) -> None:
    assert Path(run["folder"]) == folder
    for family in run["families"]:
        report = Path(family["report"])
        assert report == folder / "reports" / family["family"] / "report.html"
        document = json.loads((report.parent / "interpretation.json").read_text())
        assert report.stat().st_size > 10_000
        assert document["family_id"] == family["family"]
        assert len(document["candidates"]) == family["candidates"]
        assert {r["source"] for r in document["provenance"]["references"] if r["kind"] != "phenotypes"} == {
            "simulated by trihelix"
        }
    assert (folder / "reference" / "Sim1.fa.gz").exists()
    assert len((folder / "truth.tsv").read_text().splitlines()) == FAMILIES + 1
    assert not list(folder.glob(".writing-*"))


def test_checks_of_the_family_s_data_are_all_well(run: dict[str, Any]) -> None:
    for family in run["families"]:
        document = json.loads((Path(family["report"]).parent / "interpretation.json").read_text())
        quality = json.loads((Path(family["report"]).parent / "quality.json").read_text())
        assert {c["status"] for c in quality["checks"]} <= {"ok", "not_assessed"}
        assert not [n for n in document["notices"] if n["level"] == "warning"]


def test_the_home_is_one_that_interpret_can_use(run: dict[str, Any], folder: Path, tmp_path: Path) -> None:
    """The command that the demonstration prints at its end works as it stands."""
    family = run["families"][0]
    files = folder / "families" / family["family"] / family["family"]
    command = [
        sys.executable, "-m", "trihelix", "interpret", "--home", run["home"], "--panel", family["panel"],
        "--vcf", f"{files}.vcf.gz", "--ped", f"{files}.ped", "--phenopacket", f"{files}.phenopacket.json",
        "--out", str(tmp_path / "again"), "--json",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["candidates"][0]["gene"] == family["planted"]["gene"]


def test_running_again_replaces_it_and_shows_a_table(run: dict[str, Any], folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    shown = demo("--families", "2", "--out", str(folder))
    assert shown.code == 0, shown.err
    rows = [line.split() for line in shown.out.splitlines() if re.match(r" *F\d{3} ", line)]
    assert [r[0] for r in rows] == ["F001", "F002"]
    for row, family in zip(rows, run["families"], strict=False):
        assert family["planted"]["gene"] in row  # the first families are those of the longer run
    assert "2 of 2 planted diagnoses come first; none is missed" in shown.out
    assert str(folder / "reports") in shown.out
    assert not (folder / "families" / "F003").exists()
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_folder_with_something_else_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    shown = demo("--out", str(tmp_path), "--json")
    assert shown.code == 15
    assert json.loads(shown.out)["error"] == "OutputError"
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]
    assert "Traceback" not in shown.err


@pytest.mark.parametrize("arguments", [("--families", "0"), ("--seed", "-1"), ("--families", "many")])
def test_wrong_numbers_are_refused(arguments: tuple[str, str], tmp_path: Path) -> None:
    shown = demo(*arguments, "--out", str(tmp_path / "d"))
    assert shown.code == 2
    assert arguments[0] in shown.err
    assert not (tmp_path / "d").exists()


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    shown = demo("--families", "1", "--out", str(tmp_path / "d"), "--quiet")
    assert (shown.code, shown.out, shown.err) == (0, "", "")
    assert (tmp_path / "d" / "reports" / "F001" / "report.html").exists()
