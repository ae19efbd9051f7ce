"""Which frequencies are too common to cause a rare disease (rare_disease.md section 2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trihelix.annotation.knowledge import PopulationColumn

DOMINANT, RECESSIVE = 0.001, 0.01
# Small gnomAD populations, in which a few carriers of anything exceed the usual threshold.
DOMINANT_OF_POPULATION = {"asj": 0.003, "eas": 0.002, "sas": 0.002, "ami": 0.1, "mid": 0.1}
RECESSIVE_OF_POPULATION = {"ami": 0.1, "mid": 0.1}
FEWEST_ALLELES = 3  # k of the general rule: a population speaks only with more than k observed alleles


def thresholds(columns: Sequence[PopulationColumn], recessive: bool) -> NDArray[np.float32]:
    """The highest frequency that passes, per population: max(threshold, k / alleles counted in the population)."""
    base, special = (RECESSIVE, RECESSIVE_OF_POPULATION) if recessive else (DOMINANT, DOMINANT_OF_POPULATION)
    return np.array(
        [
            max(special.get(c.population, base), FEWEST_ALLELES / c.allele_number if c.allele_number else 0.0)
            for c in columns
        ],
        np.float32,
    )


def is_rare(
    frequencies: NDArray[np.float32], columns: Sequence[PopulationColumn], recessive: bool
) -> NDArray[np.bool_]:
    """Whether no population exceeds its threshold; `frequencies` is (variant, population), absent = 0."""
    if not len(columns):
        return np.ones(len(frequencies), np.bool_)
    return np.asarray(~(frequencies > thresholds(columns, recessive)).any(axis=1), np.bool_)


def highest(frequencies: NDArray[np.float32]) -> NDArray[np.float32]:
    """The highest frequency over all populations, NaN where there is no pack."""
    if not frequencies.shape[1]:
        return np.full(len(frequencies), np.nan, np.float32)
    return np.asarray(frequencies.max(axis=1), np.float32)
