"""Points, classes and probabilities: Tavtigian's tables, and the combining rules of the 2015 guideline."""

from __future__ import annotations

import random

import pytest
from acmg_builder import ALL, usual
from hypothesis import given
from hypothesis import strategies as st

from trihelix.interpretation.evidence.acmg.points import classify, label_of_points, posterior, sum_points
from trihelix.model.classification import Label

P, LP, VUS, LB, B = (
    Label.PATHOGENIC,
    Label.LIKELY_PATHOGENIC,
    Label.UNCERTAIN,
    Label.LIKELY_BENIGN,
    Label.BENIGN,
)

# The rules of Richards et al. 2015, table 5, each with the fewest criteria that meet it: (rule, criteria, class there,
# class by points). Tavtigian et al. (2018, 2020) move two of them: two strong make likely pathogenic, and very strong
# with moderate makes pathogenic.
COMBINING_RULES = [
    ("pathogenic i a", "PVS1 PS1", P, P),
    ("pathogenic i b", "PVS1 PM1 PM2", P, P),
    ("pathogenic i c", "PVS1 PM1 PP1", P, P),
    ("pathogenic i d", "PVS1 PP1 PP2", P, P),
    ("pathogenic ii", "PS1 PS2", P, LP),
    ("pathogenic iii a", "PS1 PM1 PM2 PM3", P, P),
    ("pathogenic iii b", "PS1 PM1 PM2 PP1 PP2", P, P),
    ("pathogenic iii c", "PS1 PM1 PP1 PP2 PP3 PP4", P, P),
    ("likely pathogenic i", "PVS1 PM1", LP, P),
    ("likely pathogenic ii, one moderate", "PS1 PM1", LP, LP),
    ("likely pathogenic ii, two moderate", "PS1 PM1 PM2", LP, LP),
    ("likely pathogenic iii", "PS1 PP1 PP2", LP, LP),
    ("likely pathogenic iv", "PM1 PM2 PM3", LP, LP),
    ("likely pathogenic v", "PM1 PM2 PP1 PP2", LP, LP),
    ("likely pathogenic vi", "PM1 PP1 PP2 PP3 PP4", LP, LP),
    ("benign i", "BA1", B, B),
    ("benign ii", "BS1 BS2", B, B),
    ("likely benign i", "BS1 BP1", LB, LB),
    ("likely benign ii", "BP1 BP2", LB, LB),
]


@pytest.mark.parametrize(("rule", "codes", "guideline", "expected"), COMBINING_RULES)
def test_combining_rules(rule: str, codes: str, guideline: Label, expected: Label) -> None:
    label, _, _ = classify([usual(code) for code in codes.split()])
    assert label is expected, rule


def test_points_agree_with_the_guideline_but_for_the_two_known_rules() -> None:
    moved = [rule for rule, _, guideline, expected in COMBINING_RULES if guideline is not expected]
    assert moved == ["pathogenic ii", "likely pathogenic i"]


@pytest.mark.parametrize(
    ("points", "label"),
    [(19, P), (10, P), (9, LP), (6, LP), (5, VUS), (0, VUS), (-1, LB), (-6, LB), (-7, B), (-20, B)],
)
def test_limits_of_the_classes(points: int, label: Label) -> None:
    assert label_of_points(points) is label


@pytest.mark.parametrize(
    ("points", "probability"),
    [
        (10, 0.994),
        (8, 0.975),
        (6, 0.900),
        (4, 0.675),
        (2, 0.325),
        (1, 0.188),
        (0, 0.100),
        (-1, 0.051),
        (-6, 0.001),
    ],
)
def test_probabilities(points: int, probability: float) -> None:
    """350 ** (points / 8) times the prior odds of 1 to 9."""
    assert posterior(points) == pytest.approx(probability, abs=0.0006)


def test_ba1_stands_alone() -> None:
    label, points, probability = classify([usual("BA1"), usual("PVS1"), usual("PS1")])
    assert (label, points, probability) == (B, 12, None)


codes = st.lists(st.sampled_from([c for c in ALL if c != "BA1"]), unique=True)


@given(codes, codes)
def test_points_add_up(one: list[str], other: list[str]) -> None:
    both = [*map(usual, one), *map(usual, other)]
    assert sum_points(both) == sum_points(map(usual, one)) + sum_points(map(usual, other))


@given(codes, st.randoms(use_true_random=False))
def test_order_does_not_matter(chosen: list[str], chance: random.Random) -> None:
    criteria = [usual(code) for code in chosen]
    shuffled = list(criteria)
    chance.shuffle(shuffled)
    assert classify(shuffled) == classify(criteria)


@given(st.integers(-30, 29))
def test_more_points_are_more_probable(points: int) -> None:
    assert 0 < posterior(points) < posterior(points + 1) < 1
