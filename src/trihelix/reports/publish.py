"""Writing an interpretation's files: all of them or none, and never over something else."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp

from trihelix.interpretation.rare.fates import Trace
from trihelix.model.errors import OutputError
from trihelix.model.interpretation import Interpretation
from trihelix.reports.allele_files import ALLELE_FILES, write_allele_files
from trihelix.reports.html import render_html
from trihelix.reports.json_document import render_json
from trihelix.reports.quality import render_quality_html, render_quality_json
from trihelix.reports.tsv import render_candidates_tsv

EDITS = "classification_edits.json"  # by people; go along to another folder
QUALITY_FILES = ("quality.html", "quality.json")  # for the laboratory only
FILES = ("interpretation.json", "candidates.tsv", "report.html", *QUALITY_FILES, *ALLELE_FILES)


def prepare_folder(folder: Path) -> None:
    """Check, before any work is done, that results can be written to `folder`; OutputError otherwise."""
    parent = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not parent.is_dir():
        raise OutputError("the output must be a folder", where=str(parent), advice="choose another --out")
    if in_the_way := [str(folder / name) for name in FILES if (folder / name).is_dir()]:
        raise OutputError(
            "a folder has the name of a result",
            where=in_the_way[0],
            advice="move it away, or choose another --out",
        )
    try:
        Path(mkdtemp(prefix=".writing-", dir=parent)).rmdir()
    except OSError as error:
        raise OutputError(
            "the output folder cannot be written",
            where=str(parent),
            value=error.strerror,
            advice="choose another --out, or see to its permissions",
        ) from error


def publish(interpretation: Interpretation, folder: Path, trace: Trace | None = None) -> dict[str, Path]:
    """Write the result files into `folder` and return their paths; with a trace also what became of every allele
    of the input (see `allele_files`), without it no such file of an earlier interpretation stays.

    Everything is made beside the folder's files first, then moved into place. Threads of their own do it, which
    Ctrl-C does not reach: an interruption leaves all the old files or all the new ones.
    """

    def make(staging: Path) -> None:
        with ThreadPoolExecutor(1) as beside:
            alleles = beside.submit(write_allele_files, trace, staging) if trace is not None else None
            texts = {
                **_texts(interpretation),
                "quality.html": render_quality_html(interpretation),
                "quality.json": render_quality_json(interpretation),
            }
            _write_texts(texts, staging)
            if alleles:
                alleles.result()

    return _write_safely(make, folder)


def republish(interpretation: Interpretation, source: Path, folder: Path) -> dict[str, Path]:
    """Write an interpretation that was ranked again: the files that show its candidates anew, the quality record and
    the alleles as they are in `source`, which may be the same folder."""

    def make(staging: Path) -> None:
        _write_texts(_texts(interpretation), staging)
        for name in (*QUALITY_FILES, *ALLELE_FILES):
            if (source / name).exists():
                shutil.copy2(source / name, staging / name)

    edits = _edits_to_take(source, folder)
    written = _write_safely(make, folder)
    if edits is not None:
        shutil.copy2(edits, folder / EDITS)
    return written


def _edits_to_take(source: Path, folder: Path) -> Path | None:
    """The edits of the source folder, where another folder has none or only the first of them. OutputError where it
    has others: neither may be lost."""
    ours, theirs = source / EDITS, folder / EDITS
    if not ours.exists() or source.resolve() == folder.resolve():
        return None
    if theirs.exists():
        made, there = (json.loads(p.read_text(encoding="utf-8"))["edits"] for p in (ours, theirs))
        if made[: len(there)] != there:
            raise OutputError(
                "the folder has edits of classifications that the interpretation has not",
                where=str(theirs),
                advice="choose another --out, or move the file away",
            )
    return ours


def _texts(interpretation: Interpretation) -> dict[str, str]:
    """The files that may leave the laboratory."""
    return {
        "interpretation.json": render_json(interpretation),
        "candidates.tsv": render_candidates_tsv(interpretation),
        "report.html": render_html(interpretation),
    }


def _write_texts(texts: dict[str, str], folder: Path) -> None:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _write_safely(make: Callable[[Path], None], folder: Path) -> dict[str, Path]:
    try:
        with ThreadPoolExecutor(1) as writer:
            writer.submit(_write, make, folder).result()
    except OSError as error:
        raise OutputError(
            "the results cannot be written",
            where=str(folder),
            value=error.strerror,
            advice="see whether the disk is full, or choose another --out",
        ) from error
    return {name: folder / name for name in FILES if (folder / name).exists()}


def _write(make: Callable[[Path], None], folder: Path) -> None:
    """Make the files beside the folder's, then move them into place; on failure nothing stays behind."""
    made = [p for p in (folder, *folder.parents) if not p.exists()]
    done = False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(mkdtemp(prefix=".writing-", dir=folder))
        try:
            make(staging)
            for name in FILES:
                if (staging / name).exists():
                    (staging / name).replace(folder / name)
                else:
                    (folder / name).unlink(missing_ok=True)
            done = True
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    finally:
        if not done:
            _remove_empty(made)


def _remove_empty(folders: list[Path]) -> None:
    """Remove folders that were made for nothing, the innermost first."""
    with contextlib.suppress(OSError):
        for folder in folders:
            folder.rmdir()
