"""The differences between two packs of one kind: finds the module for the kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from trihelix.model.difference import Finding
from trihelix.model.errors import AssemblyMismatchError, PackError
from trihelix.reference.differences import (
    constraint,
    frequencies,
    genes,
    genome,
    mechanism,
    panels,
    phenotypes,
    scores,
    significance,
)
from trihelix.reference.differences.frequencies import FrequencyLines
from trihelix.reference.differences.scores import ScoreLines
from trihelix.reference.library import KINDS
from trihelix.reference.pack import Pack


@dataclass(frozen=True)
class DecisionLines:
    """What makes a changed number worth listing: the lines that decide in an interpretation, and the factor by
    which a frequency must change where it crosses none."""

    frequency: FrequencyLines
    score: ScoreLines
    factor: float | None


_PLAIN: Mapping[str, Callable[[Pack, Pack], Iterator[Finding]]] = {
    "genome": genome.differences,
    "genes": genes.differences,
    "panels": panels.differences,
    "phenotypes": phenotypes.differences,
    "significance": significance.differences,
    "constraint": constraint.differences,
    "mechanism": mechanism.differences,
}


def compare_packs(old: Pack, new: Pack, lines: DecisionLines) -> Iterator[Finding]:
    """Every difference on the way from `old` to `new`, one at a time; none for packs with one address.

    Raises PackError for packs of two kinds or made by another version of Trihelix, AssemblyMismatchError for packs
    of two assemblies, both before the first difference.
    """
    _check_comparable(old, new)
    return iter(()) if old.manifest.sha256 == new.manifest.sha256 else _compare(old, new, lines)


def _compare(old: Pack, new: Pack, lines: DecisionLines) -> Iterator[Finding]:
    kind = old.manifest.kind
    if kind == "frequencies":
        return frequencies.differences(old, new, lines.frequency, lines.factor)
    if kind == "scores":
        return scores.differences(old, new, lines.score)
    return _PLAIN[kind](old, new)


def _check_comparable(old: Pack, new: Pack) -> None:
    a, b = old.manifest, new.manifest
    if a.kind != b.kind:
        raise PackError(
            "packs of different kinds cannot be compared",
            where=f"{old.id} and {new.id}",
            value=f"{a.kind} and {b.kind}",
            advice="give two packs of one kind; trihelix reference list shows them",
        )
    if a.assembly != b.assembly:
        raise AssemblyMismatchError(
            "packs of different assemblies cannot be compared",
            where=f"{old.id} and {new.id}",
            value=f"{a.assembly} and {b.assembly}",
            advice="give two packs of one assembly",
        )
    for pack in (old, new):
        current = KINDS[pack.manifest.kind][1]
        if pack.manifest.converter != current:
            raise PackError(
                "a reference pack was made by another version of Trihelix",
                where=str(pack.folder),
                value=f"form {pack.manifest.converter}, this version reads form {current}",
                advice=f"add it again: trihelix reference add {pack.manifest.kind} ...",
            )
