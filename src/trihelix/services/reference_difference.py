"""Use case: what differs between two versions of a reference pack, counted, listed, and written to a file."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import EISDIR
from pathlib import Path
from tempfile import mkstemp

import numpy as np
from numpy.typing import NDArray

from trihelix.annotation.knowledge import PopulationColumn
from trihelix.interpretation.evidence.frequency import thresholds
from trihelix.interpretation.rare.selection import SPLICING_SCORES, SPLICING_THRESHOLD
from trihelix.model.difference import Difference, DifferenceKind, Unlisted
from trihelix.model.errors import OutputError, PackError
from trihelix.reference.differences.compare import DecisionLines, compare_packs
from trihelix.reference.library import ReferenceLibrary
from trihelix.reference.pack import Pack
from trihelix.services.programme import Programme

FACTOR = 10.0  # by how much a frequency changes to be listed where it crosses no line


@dataclass(frozen=True)
class ReferenceDifferences:
    """Two packs and what differs: `differences` are the first that were asked for, `counts` counts all by kind,
    `unlisted` those of them that are only counted."""

    old: Pack
    new: Pack
    counts: Mapping[DifferenceKind, int]
    unlisted: Mapping[DifferenceKind, int]
    differences: tuple[Difference, ...]


def compare_references(
    programme: Programme,
    old: str,
    new: str,
    only: Collection[DifferenceKind] = (),
    factor: float | None = FACTOR,
    out: Path | None = None,
    keep: int | None = None,
) -> ReferenceDifferences:
    """Compare two packs of the library, named as in `find_version`.

    `only` limits the kinds of difference, `factor` is that of frequencies, `out` gets every listed difference as
    JSON lines, `keep` limits those that are returned (None = all). Raises PackError, AssemblyMismatchError,
    OutputError.
    """
    packs = [find_version(programme.library, query) for query in (old, new)]
    findings = compare_packs(packs[0], packs[1], decision_lines(factor))
    counts: Counter[DifferenceKind] = Counter()
    unlisted: Counter[DifferenceKind] = Counter()
    kept: list[Difference] = []
    with _lines_to(out) as write:
        for finding in findings:
            if only and finding.kind not in only:
                continue
            if isinstance(finding, Unlisted):
                unlisted[finding.kind] += finding.count
                continue
            counts[finding.kind] += 1
            if keep is None or len(kept) < keep:
                kept.append(finding)
            write(finding)
    return ReferenceDifferences(packs[0], packs[1], counts + unlisted, unlisted, tuple(kept))


def find_version(library: ReferenceLibrary, query: str) -> Pack:
    """The pack of an id, name, NAME@VERSION or the beginning of an address; PackError for anything else, a file too."""
    named = [p for p in library.packs() if query in _versioned_names(p)]
    if len(named) == 1:
        return named[0]
    if not named and Path(query).is_file():
        raise PackError(
            "this is a file; only packs can be compared",
            where=query,
            advice="make a pack of it first: trihelix reference add KIND FILE --name NAME",
        )
    return library.find(query)


def _versioned_names(pack: Pack) -> tuple[str, str]:
    m = pack.manifest
    return f"{m.name}@{m.version}", f"{m.kind}/{m.name}@{m.version}"


def decision_lines(factor: float | None = FACTOR) -> DecisionLines:
    """The lines that decide in an interpretation: tier frequencies by population, and the splicing score's."""
    return DecisionLines(_frequency_lines, _score_lines, factor)


def _frequency_lines(
    populations: Sequence[str], allele_numbers: Sequence[int]
) -> Mapping[str, NDArray[np.float32]]:
    columns = [
        PopulationColumn("", population, number or None)
        for population, number in zip(populations, allele_numbers, strict=True)
    ]
    return {
        "dominant": thresholds(columns, recessive=False),
        "recessive": thresholds(columns, recessive=True),
    }


def _score_lines(score: str) -> Mapping[str, float]:
    return {"splicing": SPLICING_THRESHOLD} if score.lower().startswith(SPLICING_SCORES) else {}


@contextmanager
def _lines_to(out: Path | None) -> Iterator[Callable[[Difference], None]]:
    """A way to write differences as JSON lines; the file appears when all is written, or not at all."""
    if out is None:
        yield lambda _: None
        return
    with _refusals(out):
        if out.is_dir():
            raise IsADirectoryError(EISDIR, "a folder has this name")
        out.parent.mkdir(parents=True, exist_ok=True)
        number, name = mkstemp(dir=out.parent, prefix=".writing-")
    staged, file = Path(name), os.fdopen(number, "w", encoding="utf-8")

    def write(found: Difference) -> None:
        with _refusals(out):
            print(json.dumps(found.as_dict(), ensure_ascii=False), file=file)

    try:
        yield write
        with _refusals(out):
            file.close()
            staged.chmod(0o666 & ~_umask())
            staged.replace(out)
    finally:
        with suppress(OSError):
            file.close()
        staged.unlink(missing_ok=True)


@contextmanager
def _refusals(out: Path) -> Iterator[None]:
    """What the operating system refuses while the file is written, as an OutputError."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            "the differences cannot be written",
            where=str(out),
            value=error.strerror,
            advice="see whether the disk is full, or choose another --out",
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
