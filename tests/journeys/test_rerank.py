"""`trihelix rerank`: other phenotype terms give the order that a new interpretation would give."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from small_home import HPO, SmallHome, snapshot, trihelix

from trihelix.model.errors import (
    ClassificationError,
    InterpretationFilesError,
    OutputError,
    PhenotypeError,
    TrihelixError,
)

POOR = "HP:0003236,HP:0003701,HP:0003560,HP:0001638,HP:0002110"  # findings of muscle and lung
OTHER = "HP:0000252,HP:0001250,!HP:0000750"  # microcephaly, seizures, no delayed speech


@pytest.fixture(scope="module")
def folder(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trio's interpretation."""
    out = tmp_path_factory.mktemp("rerank") / "first"
    assert trihelix(*small_home.arguments(out=out)).code == 0
    return out


def told(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What must not depend on the way: order, scores with their parts, matches, and the classification."""
    return [
        (
            c["gene"], c["tier"], c["segregation"], c["score"], c["phenotype_score"], c["disease_id"],
            [(p["part"], p["points"], p["why"]) for p in c["contributions"]], c["phenotype_matches"],
            [v["classification"] for v in c["variants"]],
        )
        for c in document["candidates"]
    ]  # fmt: skip


@pytest.mark.parametrize("terms", [OTHER, POOR])
def test_it_gives_what_a_new_interpretation_would(
    folder: Path, small_home: SmallHome, tmp_path: Path, terms: str
) -> None:
    done = trihelix(
        "rerank", folder, "--hpo", terms, "--home", small_home.home, "--out", tmp_path / "again", "--json"
    )
    assert done.code == 0, done.err
    fresh = trihelix(*small_home.arguments(out=tmp_path / "fresh", hpo=terms, json=True))
    assert told(done.json) == told(fresh.json)
    assert told(done.json) != told(json.loads((folder / "interpretation.json").read_text()))
    assert done.json["phenotypes"] == fresh.json["phenotypes"]
    used = [sorted(r["sha256"] for r in d.json["provenance"]["references"]) for d in (done, fresh)]
    assert used[0] == used[1]
    assert {n["code"] for n in done.json["notices"]} - {n["code"] for n in fresh.json["notices"]} == {
        "reranked"
    }
    assert {p.name for p in (tmp_path / "again").iterdir()} == {p.name for p in folder.iterdir()}
    for name in ("quality.json", "alleles.arrow", "effects.arrow"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_there_and_back_is_where_it_was(folder: Path, small_home: SmallHome, tmp_path: Path) -> None:
    here = Path(shutil.copytree(folder, tmp_path / "here"))
    before = told(json.loads((here / "interpretation.json").read_text()))
    for terms in (OTHER, HPO):
        assert trihelix("rerank", here, "--hpo", terms, "--home", small_home.home, "--quiet").code == 0
    document = json.loads((here / "interpretation.json").read_text())
    assert told(document) == before
    assert sum(n["code"] == "reranked" for n in document["notices"]) == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"hpo": "HP:9999999"}, PhenotypeError),
        ({"hpo": "HP:0001250,!HP:0001250"}, PhenotypeError),
        ({"folder": "nowhere"}, InterpretationFilesError),
        ({"version": "0.9"}, InterpretationFilesError),
        ({"damage": True}, InterpretationFilesError),
    ],
)
def test_what_is_refused_leaves_everything_as_it_was(
    folder: Path, small_home: SmallHome, tmp_path: Path, change: dict[str, Any], error: type[TrihelixError]
) -> None:
    here = Path(shutil.copytree(folder, tmp_path / "here"))
    document = json.loads((here / "interpretation.json").read_text())
    if "version" in change:
        (here / "interpretation.json").write_text(
            json.dumps({**document, "schema_version": change["version"]})
        )
    if "damage" in change:
        del document["candidates"][0]["gene"]
        (here / "interpretation.json").write_text(json.dumps(document))
    before = snapshot(here)
    asked = tmp_path / change["folder"] if "folder" in change else here
    done = trihelix("rerank", asked, "--hpo", change.get("hpo", OTHER), "--home", small_home.home)
    assert done.code == error.exit_code, done.err
    assert done.err.startswith(error.__name__)
    assert "what to do: " in done.err
    assert snapshot(here) == before


def test_edits_go_along_and_are_never_lost_or_another_familys(
    folder: Path, small_home: SmallHome, tmp_path: Path
) -> None:
    one, two = Path(shutil.copytree(folder, tmp_path / "one")), tmp_path / "two"
    edit = ("--because", "seen by a second reader", "--author", "a scientist")
    variant = "chr1:1061:C:T"
    assert trihelix("classify", one, variant, "--set", "PS3=strong", *edit).code == 0
    again = ("rerank", one, "--hpo", OTHER, "--home", small_home.home, "--out", two, "--quiet")
    assert trihelix(*again).code == 0
    assert trihelix("classify", one, variant, "--set", "PP1=supporting", *edit).code == 0
    assert trihelix(*again).code == 0
    edits = "classification_edits.json"
    assert (two / edits).read_bytes() == (one / edits).read_bytes()
    (one / edits).unlink()
    assert trihelix("classify", one, variant, "--set", "PM6=moderate", *edit).code == 0
    refused = trihelix(*again)
    assert refused.code == OutputError.exit_code
    assert len(json.loads((two / edits).read_text())["edits"]) == 2
    document = json.loads((two / "interpretation.json").read_text())
    (two / "interpretation.json").write_text(json.dumps({**document, "family_id": "another"}))
    refused = trihelix("classify", two, variant)
    assert refused.code == ClassificationError.exit_code
    assert "another family" in refused.err
