"""Which frequencies are too common to cause a rare disease (rare_disease.md section 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
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


@numba.njit(cache=True, nogil=True)
def _judge(frequencies, dominant, recessive, dominant_rare, recessive_rare, worst):  # type: ignore[no-untyped-def]
    for row in range(frequencies.shape[0]):
        excess = np.float32(0.0)
        for population in range(frequencies.shape[1]):
            value = frequencies[row, population]
            if value > dominant[population]:
                dominant_rare[row] = False
            if value > recessive[population]:
                recessive_rare[row] = False
            if value > excess * recessive[population]:
                excess = value / recessive[population]
                worst[row] = population


@dataclass(frozen=True)
class Rarity:
    """Per row of a frequency matrix: whether no population exceeds its threshold for dominant and for recessive
    modes, and the population that comes nearest to its recessive threshold or exceeds it most (-1: absent)."""

    dominant: NDArray[np.bool_]
    recessive: NDArray[np.bool_]
    worst: NDArray[np.int16]


def judge_frequencies(frequencies: NDArray[np.float32], columns: Sequence[PopulationColumn]) -> Rarity:
    """Judge rows of a matrix (variant, population); absent = 0, which is rare."""
    n = len(frequencies)
    rarity = Rarity(np.ones(n, np.bool_), np.ones(n, np.bool_), np.full(n, -1, np.int16))
    if len(columns):
        limits = thresholds(columns, recessive=False), thresholds(columns, recessive=True)
        _judge(frequencies, *limits, rarity.dominant, rarity.recessive, rarity.worst)
    return rarity


def furthest(
    frequencies: NDArray[np.float32], columns: Sequence[PopulationColumn], recessive: bool
) -> NDArray[np.int16]:
    """Per row the population that exceeds its threshold most or comes nearest to it; -1 where it is in none."""
    if not len(columns):
        return np.full(len(frequencies), -1, np.int16)
    ratio = frequencies / thresholds(columns, recessive)
    return np.where(ratio.max(axis=1) > 0, ratio.argmax(axis=1), -1).astype(np.int16)


def told_frequency(frequencies: NDArray[np.float32], worst: NDArray[np.int16]) -> NDArray[np.float32]:
    """The frequency in the population that `judge_frequencies` named, 0 where it named none."""
    if not frequencies.shape[1]:
        return np.full(len(frequencies), np.nan, np.float32)
    told = frequencies[np.arange(len(frequencies)), np.maximum(worst, 0)]
    return np.where(worst < 0, np.float32(0), told)


def highest(frequencies: NDArray[np.float32]) -> NDArray[np.float32]:
    """The highest frequency over all populations, NaN where there is no pack."""
    if not frequencies.shape[1]:
        return np.full(len(frequencies), np.nan, np.float32)
    return np.asarray(frequencies.max(axis=1), np.float32)
