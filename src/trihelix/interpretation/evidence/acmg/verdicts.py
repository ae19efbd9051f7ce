"""How a rule says what it found: met, not met, or not assessable, always with its reason."""

from __future__ import annotations

from trihelix.interpretation.evidence.acmg.points import points_of
from trihelix.model.classification import CRITERIA, Criterion, Status, Strength

RICHARDS = "Richards et al. 2015"


def met(
    code: str,
    evidence: str,
    source: str,
    strength: Strength | None = None,
    *,
    value: float | None = None,
    threshold: float | None = None,
    set_by: str = "automatic",
) -> Criterion:
    """A criterion that is met, at the guideline's strength unless another is given."""
    definition = CRITERIA[code]
    chosen = strength or definition.strengths[0]
    points = points_of(chosen, definition.direction)
    return Criterion(
        code, Status.MET, chosen, definition.direction, points, evidence, source, value, threshold, set_by
    )


def not_met(
    code: str,
    evidence: str,
    source: str,
    *,
    value: float | None = None,
    threshold: float | None = None,
    set_by: str = "automatic",
) -> Criterion:
    """A criterion that was looked at and is not met."""
    direction = CRITERIA[code].direction
    return Criterion(code, Status.NOT_MET, None, direction, 0, evidence, source, value, threshold, set_by)


def not_assessable(code: str, evidence: str, source: str = RICHARDS) -> Criterion:
    """A criterion about which the data say nothing."""
    return Criterion(code, Status.NOT_ASSESSABLE, None, CRITERIA[code].direction, 0, evidence, source)
