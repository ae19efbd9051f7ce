"""From criteria to points, from points to a class and a probability.

Tavtigian et al., Human Mutation 2020 (points as powers of one odds ratio) and Genetics in Medicine 2018 (odds of
pathogenicity 350 for very strong evidence, prior 0.1). BA1 stands alone, as in Richards et al. 2015.
"""

from __future__ import annotations

from collections.abc import Iterable

from trihelix.model.classification import Criterion, Direction, Label, Status, Strength

POINTS = {
    Strength.STAND_ALONE: 0,  # decides by itself, outside the sum
    Strength.VERY_STRONG: 8,
    Strength.STRONG: 4,
    Strength.MODERATE: 2,
    Strength.SUPPORTING: 1,
}
LOWEST_PATHOGENIC, LOWEST_LIKELY_PATHOGENIC, LOWEST_UNCERTAIN, LOWEST_LIKELY_BENIGN = 10, 6, 0, -6
ODDS_VERY_STRONG = 350.0
PRIOR = 0.1


def points_of(strength: Strength, direction: Direction) -> int:
    """What a met criterion adds to the sum; negative where it speaks for benign."""
    return POINTS[strength] if direction is Direction.PATHOGENIC else -POINTS[strength]


def sum_points(criteria: Iterable[Criterion]) -> int:
    """The points of all criteria that are met."""
    return sum(c.points for c in criteria if c.status == Status.MET)


def label_of_points(points: int) -> Label:
    """The class that a sum of points gives."""
    if points >= LOWEST_PATHOGENIC:
        return Label.PATHOGENIC
    if points >= LOWEST_LIKELY_PATHOGENIC:
        return Label.LIKELY_PATHOGENIC
    if points >= LOWEST_UNCERTAIN:
        return Label.UNCERTAIN
    return Label.LIKELY_BENIGN if points >= LOWEST_LIKELY_BENIGN else Label.BENIGN


def posterior(points: int) -> float:
    """The probability that the variant is pathogenic, in (0, 1)."""
    odds: float = ODDS_VERY_STRONG ** (points / 8)
    return odds * PRIOR / ((odds - 1) * PRIOR + 1)


def stands_alone(criteria: Iterable[Criterion]) -> bool:
    """Whether a met criterion decides by itself (BA1)."""
    return any(c.status == Status.MET and c.strength == Strength.STAND_ALONE for c in criteria)


def classify(criteria: Iterable[Criterion]) -> tuple[Label, int, float | None]:
    """(class, points, posterior); where BA1 is met the class is benign and there is no posterior."""
    known = tuple(criteria)
    points = sum_points(known)
    if stands_alone(known):
        return Label.BENIGN, points, None
    return label_of_points(points), points, round(posterior(points), 6)
