"""What became of every allele of the input: the first rule that it failed, kept so that it can be explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.annotation.knowledge import PopulationColumn
from trihelix.interpretation.rare.case import FamilyCase


class Fate(IntEnum):
    """The step at which an allele went out, in the order of the steps; CANDIDATE is in a report event."""

    NOT_A_CHROMOSOME = 1
    FILTERED = 2
    NOT_CARRIED = 3
    COMMON = 4
    NO_SEQUENCE = 5
    NO_CONSEQUENCE = 6
    NO_SEGREGATION = 7
    CANDIDATE = 8


@dataclass(frozen=True)
class Fates:
    """Per row of the calls: `fate`, the frequency in the population nearest to or furthest above its threshold
    (`frequency`, NaN where it was not looked up) and that population's column (`population`, -1: in none).

    `effects` tells of rare alleles what they do: variant, gene (symbol), consequence, counted, and whether
    that is enough to go on (matters). `dominant` tells of
    the alleles that reached the segregation filters how they stand to the thresholds of dominant modes: variant,
    frequency, population, rare.
    """

    fate: NDArray[np.uint8]
    frequency: NDArray[np.float32]
    population: NDArray[np.int16]
    effects: pl.DataFrame
    dominant: pl.DataFrame
    columns: tuple[PopulationColumn, ...]


@dataclass(frozen=True)
class Trace:
    """What is kept of a family beside its Interpretation, so that `why` can answer for every allele of the input:
    the case, the states (row of the calls, member) as interpreted, and the fates."""

    case: FamilyCase
    state: NDArray[np.int8]
    fates: Fates
    imprinted: Mapping[str, tuple[str, ...]]  # filter -> genes in which it is tried


DOMINANT: dict[str, type[pl.DataType]] = {
    "variant": pl.UInt32,
    "frequency": pl.Float32,
    "population": pl.Int16,
    "rare": pl.Boolean,
}
TOLD_EFFECTS: dict[str, type[pl.DataType]] = {
    "variant": pl.UInt32,
    "gene": pl.String,
    "consequence": pl.String,
    "counted": pl.Boolean,
    "matters": pl.Boolean,
}
