"""What is observed, and what was looked for and not found, in one person: HPO terms."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PhenotypeProfile:
    """HPO term ids of one person as they were given; `hpo_release` is the release they were written with."""

    present: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    hpo_release: str | None = None
