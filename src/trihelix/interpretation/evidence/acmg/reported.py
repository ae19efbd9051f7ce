"""PP5 and BP6 (what others called the variant), and the criteria that only a person can judge.

PP5 and BP6 are deprecated (Biesecker and Harrison, Genetics in Medicine 2018): they are worked out, but count only
where they are switched on.
"""

from __future__ import annotations

import re
from dataclasses import replace

from trihelix.interpretation.evidence.acmg.facts import Facts
from trihelix.interpretation.evidence.acmg.verdicts import met, not_assessable, not_met
from trihelix.model.classification import Criterion, Direction, Status

SOURCE = "Biesecker and Harrison 2018"
_PATHOGENIC = re.compile(r"(?:^|[/|])(?:likely_)?pathogenic(?:$|[/|,])", re.IGNORECASE)
_BENIGN = re.compile(r"(?:^|[/|])(?:likely_)?benign(?:$|[/|,])", re.IGNORECASE)
_NO_SIDE = re.compile(r"conflicting|uncertain", re.IGNORECASE)

BY_HAND = (
    ("PS3", "functional studies are for a person to read"),
    ("PS4", "cases and controls are for a person to count"),
    ("BS3", "functional studies are for a person to read"),
    ("BP5", "whether another cause was found is for a person to say"),
)


def side_of(classification: str | None) -> Direction | None:
    """Which side a classification of the significance pack takes; None where it takes none or both."""
    text = (classification or "").replace(" ", "_")
    if not text or _NO_SIDE.search(text):
        return None
    pathogenic, benign = bool(_PATHOGENIC.search(text)), bool(_BENIGN.search(text))
    if pathogenic == benign:
        return None
    return Direction.PATHOGENIC if pathogenic else Direction.BENIGN


def reported_criteria(facts: Facts) -> tuple[Criterion, ...]:
    """PP5 and BP6, off, and the criteria that are for a person."""
    side = side_of(facts.classification)
    return (
        _reported("PP5", Direction.PATHOGENIC, side, facts),
        _reported("BP6", Direction.BENIGN, side, facts),
        *(not_assessable(code, reason) for code, reason in BY_HAND),
    )


def _reported(code: str, wanted: Direction, side: Direction | None, facts: Facts) -> Criterion:
    if facts.classification is None:
        return not_met(code, "the significance pack does not hold the variant, or there is none", SOURCE)
    said = f"{facts.classification.replace('_', ' ').lower()}, {facts.stars or 0} review stars"
    if side is not wanted:
        return not_met(code, f"classified as {said}", SOURCE)
    words = f"classified as {said}; deprecated, so it counts only where it is switched on"
    return replace(met(code, words, SOURCE), status=Status.OFF, points=0)
