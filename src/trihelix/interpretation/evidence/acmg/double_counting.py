"""Which criteria may not count together, because they rest on the same evidence.

Pejaver et al. 2022 (PP3 and PM1 together at most strong), Walker et al. 2023 (PP3 not beside PVS1), Abou Tayoun et al.
2018 (PM4 not beside PVS1), ClinGen SVI on PM3 (only for rare variants).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from trihelix.interpretation.evidence.acmg.points import points_of
from trihelix.model.classification import Criterion, Direction, Status, Strength

NOTE = "; not counted: "
STRONG_TOTAL = 4

# (criterion that counts, criterion that then does not, why)
EXCLUSIONS: tuple[tuple[str, str, str], ...] = (
    ("PVS1", "PP3", "PVS1 already weighs the loss of function"),
    ("PVS1", "PM4", "PVS1 already weighs the shortened protein"),
    ("PS1", "PM5", "PS1 already weighs this residue"),
    ("PS2", "PM6", "PS2 already weighs that it is de novo"),
    ("BA1", "BS1", "BA1 already weighs the frequency"),
    ("BA1", "PM3", "too common for PM3"),
    ("BS1", "PM3", "too common for PM3"),
)


def without_double_counting(
    criteria: Sequence[Criterion], decided: Collection[str] = ()
) -> tuple[Criterion, ...]:
    """The criteria with those set to `not_counted` that repeat evidence; those in `decided` (edited) stay met."""
    found = {c.code: c for c in criteria}
    for first, second, why in EXCLUSIONS:
        if _is_met(found, first) and _is_met(found, second) and second not in decided:
            found[second] = _set_aside(found[second], why)
    if _is_met(found, "PP3") and _is_met(found, "PM1") and "PM1" not in decided:
        total = found["PP3"].points + found["PM1"].points
        if total > STRONG_TOTAL:
            found["PM1"] = _set_aside(found["PM1"], "with PP3 it would make more than strong evidence")
    return tuple(found[c.code] for c in criteria)


def counted_again(criterion: Criterion) -> Criterion:
    """A criterion that was not counted, as it was before."""
    if criterion.status != Status.NOT_COUNTED or criterion.strength is None:
        return criterion
    points = points_of(Strength(criterion.strength), Direction(criterion.direction))
    evidence = criterion.evidence.partition(NOTE)[0]
    return replace(criterion, status=Status.MET, points=points, evidence=evidence)


def repeats(criteria: Sequence[Criterion]) -> tuple[tuple[str, str, str], ...]:
    """Pairs that count together although they should not, as an edit can bring about: (one, other, why)."""
    found = {c.code: c for c in criteria}
    return tuple(rule for rule in EXCLUSIONS if _is_met(found, rule[0]) and _is_met(found, rule[1]))


def _is_met(found: dict[str, Criterion], code: str) -> bool:
    return code in found and found[code].status == Status.MET


def _set_aside(criterion: Criterion, why: str) -> Criterion:
    return replace(
        criterion, status=Status.NOT_COUNTED, points=0, evidence=f"{criterion.evidence}{NOTE}{why}"
    )
