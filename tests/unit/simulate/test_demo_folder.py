"""The demonstration's folder: an earlier demonstration is replaced, nothing else is ever lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trihelix.model.errors import OutputError
from trihelix.simulate.demo_folder import MARKER, replaced


def _write(folder: Path, *names: str) -> None:
    with replaced(folder) as place:
        for name in names:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(name)


def _content(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {MARKER}


def test_a_new_folder_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    _write(folder, "truth.tsv", "reports/F1/report.html")
    assert _content(folder) == {"truth.tsv", "reports/F1/report.html"}
    assert json.loads((folder / MARKER).read_text())["files"] == ["reports/F1/report.html", "truth.tsv"]


def test_an_earlier_demonstration_is_replaced(tmp_path: Path) -> None:
    _write(tmp_path / "d", "truth.tsv", "reports/F1/report.html", "reports/F2/report.html")
    _write(tmp_path / "d", "truth.tsv", "reports/F1/report.html")
    assert _content(tmp_path / "d") == {"truth.tsv", "reports/F1/report.html"}
    assert not (tmp_path / "d" / "reports" / "F2").exists()


def test_files_that_people_put_there_stay(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    _write(folder, "reports/F1/report.html", "reports/F2/report.html")
    (folder / "notes.txt").write_text("mine")
    (folder / "reports" / "F2" / "notes.txt").write_text("mine")
    _write(folder, "reports/F1/report.html")
    assert _content(folder) == {"notes.txt", "reports/F2/notes.txt", "reports/F1/report.html"}


@pytest.mark.parametrize("name", ["thesis.txt", "families/F1.ped", ".hidden"])
def test_a_folder_with_something_else_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(OutputError, match="not a demonstration") as error:
        _write(tmp_path, "truth.tsv")
    assert error.value.where == str(tmp_path)
    assert _content(tmp_path) == {name}


def test_a_file_that_is_in_the_way_is_not_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    _write(folder, "truth.tsv")
    (folder / "more.tsv").write_text("mine")
    with pytest.raises(OutputError, match="in the way"):
        _write(folder, "truth.tsv", "more.tsv")
    assert (folder / "more.tsv").read_text() == "mine"
    assert _content(folder) == {"truth.tsv", "more.tsv"}


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d").write_text("mine")
    with pytest.raises(OutputError, match="must be a folder"):
        _write(tmp_path / "d", "truth.tsv")
    assert (tmp_path / "d").read_text() == "mine"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_folder_as_it_was(tmp_path: Path, error: type[BaseException]) -> None:
    _write(tmp_path / "d", "truth.tsv")

    def fail(folder: Path) -> None:
        with replaced(folder) as place:
            (place / "truth.tsv").write_text("new")
            raise error

    for name in ("d", "absent"):
        with pytest.raises(error):
            fail(tmp_path / name)
    assert _content(tmp_path / "d") == {"truth.tsv"}
    assert (tmp_path / "d" / "truth.tsv").read_text() == "truth.tsv"
    assert not (tmp_path / "absent").exists()


def test_what_an_interrupted_demonstration_left_is_removed_but_not_what_looks_like_it(tmp_path: Path) -> None:
    ours, theirs = tmp_path / ".writing-abc", tmp_path / ".writing-my-thesis"
    ours.mkdir()
    theirs.mkdir()
    (ours / MARKER).write_text("{}")
    (theirs / "chapter1.txt").write_text("mine")
    _write(tmp_path, "truth.tsv")
    assert not ours.exists()
    assert (theirs / "chapter1.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["../precious.txt", "a/../../precious.txt", "{absolute}"])
def test_a_marker_cannot_make_it_delete_files_elsewhere(tmp_path: Path, name: str) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    folder = tmp_path / "d"
    _write(folder, "truth.tsv")
    names = [name.format(absolute=precious), "truth.tsv"]
    (folder / MARKER).write_text(json.dumps({"files": names}))
    _write(folder, "truth.tsv")
    assert precious.read_text() == "mine"


def test_a_relative_path_upwards_is_a_folder_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    _write(Path("../d"), "truth.tsv", "more.tsv")
    _write(Path("../d"), "truth.tsv")
    assert _content(tmp_path / "d") == {"truth.tsv"}


def test_a_linked_folder_is_not_followed(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "d"
    elsewhere.mkdir()
    (elsewhere / "precious.txt").write_text("mine")
    _write(folder, "truth.tsv")
    (folder / "link").symlink_to(elsewhere)
    (folder / MARKER).write_text(json.dumps({"files": ["link/precious.txt", "truth.tsv"]}))
    _write(folder, "truth.tsv")
    assert (elsewhere / "precious.txt").read_text() == "mine"
