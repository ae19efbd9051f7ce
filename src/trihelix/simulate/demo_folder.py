"""The folder of a demonstration: replaced as a whole by the next one, and never anything else that lies there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from trihelix.model.errors import OutputError

MARKER = ".trihelix-demo.json"
_STAGING = ".writing-"
_ADVICE = "choose another --out"


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """A staging folder to write into, whose content takes the place of an earlier demonstration at the end.

    Files of an earlier demonstration are removed, those that people put there stay. Where anything fails the folder is
    left as it was. Raises OutputError if the folder holds something else, or cannot be written.
    """
    check_is_free(folder)
    existed = folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(folder)
        staging = Path(mkdtemp(prefix=_STAGING, dir=folder))
    except OSError as error:
        raise OutputError(
            "the output folder cannot be written", where=str(folder), value=error.strerror, advice=_ADVICE
        ) from error
    try:
        (staging / MARKER).write_text(json.dumps({"files": []}), encoding="utf-8")
        yield staging
        _take_place(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if not existed and not any(folder.iterdir()):
            folder.rmdir()


def check_is_free(folder: Path) -> None:
    """Whether a demonstration may be written: the folder is absent, empty, or holds one. OutputError otherwise."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputError("the output must be a folder", where=str(folder), advice=_ADVICE)
    others = sorted(p.name for p in folder.iterdir() if not p.name.startswith(_STAGING))
    if others and MARKER not in others:
        raise OutputError(
            "the output folder holds something that is not a demonstration",
            where=str(folder),
            value=", ".join(others[:5]),
            advice=_ADVICE,
        )


def _remove_abandoned(folder: Path) -> None:
    """What interrupted demonstrations left behind."""
    for path in folder.glob(f"{_STAGING}*"):
        if (path / MARKER).is_file():
            shutil.rmtree(path, ignore_errors=True)


def _files_below(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def _take_place(staging: Path, folder: Path) -> None:
    """Remove the files of the demonstration before, move the new ones in, and list them in the marker."""
    new = [name for name in _files_below(staging) if name != MARKER]
    old = _listed(folder)
    in_the_way = [name for name in new if name not in old and (folder / name).exists()]
    if in_the_way:
        raise OutputError(
            "a file that is not of a demonstration is in the way",
            where=str(folder / in_the_way[0]),
            advice=f"move it away, or {_ADVICE}",
        )
    try:
        for name in old:
            (folder / name).unlink(missing_ok=True)
        for name in new:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (staging / name).replace(target)
        (folder / MARKER).write_text(json.dumps({"files": new}, indent=1) + "\n", encoding="utf-8")
        _remove_empty(folder, old)
    except OSError as error:
        raise OutputError(
            "the demonstration cannot be moved into its folder",
            where=str(folder),
            value=error.strerror,
            advice="choose another --out",
        ) from error


def _listed(folder: Path) -> set[str]:
    """The files of the demonstration before, as its marker names them; names that lead out of the folder, also
    through a link, are not believed."""
    try:
        names = json.loads((folder / MARKER).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in names if isinstance(name, str) and _is_inside(folder, name)}


def _is_inside(folder: Path, name: str) -> bool:
    """Whether a name is that of a file right where it says, below the folder."""
    path = folder / name
    is_file = path.is_file() or path.is_symlink()
    return is_file and ".." not in Path(name).parts and path.parent.resolve().is_relative_to(folder.resolve())


def _remove_empty(folder: Path, names: set[str]) -> None:
    """Folders that removed files left empty."""
    parents = {p for name in names for p in Path(name).parents if p != Path()}
    for parent in sorted(parents, key=lambda p: len(p.parts), reverse=True):
        place = folder / parent
        if place.is_dir() and not place.is_symlink() and not any(place.iterdir()):
            place.rmdir()
