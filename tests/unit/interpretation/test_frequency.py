"""Frequency thresholds as a table: population, allele number, frequency, which filters pass."""

from __future__ import annotations

import numpy as np
import pytest

from trihelix.annotation.knowledge import PopulationColumn
from trihelix.interpretation.evidence.frequency import highest, judge_frequencies


@pytest.mark.parametrize(
    ("population", "allele_number", "frequency", "dominant", "recessive"),
    [
        ("nfe", 60_000, 0.0, True, True),
        ("nfe", 60_000, 0.00099, True, True),
        ("nfe", 60_000, 0.0011, False, True),
        ("nfe", 60_000, 0.0099, False, True),
        ("nfe", 60_000, 0.011, False, False),
        ("asj", 60_000, 0.0029, True, True),
        ("asj", 60_000, 0.0031, False, True),
        ("eas", 60_000, 0.0019, True, True),
        ("sas", 60_000, 0.0021, False, True),
        ("ami", 60_000, 0.09, True, True),
        ("mid", 60_000, 0.11, False, False),
        ("oth", 600, 0.0049, True, True),  # three alleles of 600 are no evidence
        ("oth", 600, 0.0051, False, True),
        ("oth", None, 0.0049, False, True),
    ],
)
def test_thresholds(
    population: str, allele_number: int | None, frequency: float, dominant: bool, recessive: bool
) -> None:
    columns = (PopulationColumn("pack", population, allele_number),)
    values = np.array([[frequency]], np.float32)
    rarity = judge_frequencies(values, columns)
    assert rarity.dominant.tolist() == [dominant]
    assert rarity.recessive.tolist() == [recessive]


def test_any_population_that_exceeds_its_threshold_fails_the_variant() -> None:
    columns = tuple(PopulationColumn("pack", p, 100_000) for p in ("all", "afr", "nfe"))
    values = np.array([[0.0001, 0.02, 0], [0.0005, 0, 0.0009], [0, 0, 0]], np.float32)
    rarity = judge_frequencies(values, columns)
    assert rarity.recessive.tolist() == [False, True, True]
    assert rarity.worst.tolist() == [1, 2, -1]  # the population furthest above, or nearest to, its threshold
    np.testing.assert_allclose(highest(values), [0.02, 0.0009, 0.0])


def test_without_a_pack_everything_is_rare_and_no_frequency_is_known() -> None:
    values = np.zeros((2, 0), np.float32)
    assert judge_frequencies(values, ()).dominant.tolist() == [True, True]
    assert np.isnan(highest(values)).all()
