"""How common and how known variants are: look-ups in every frequency, significance and score pack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.reference.frequencies import Frequencies
from trihelix.reference.scores import Scores
from trihelix.reference.significance import FACTS, Significance
from trihelix.variants.family_calls import FamilyCalls

_FACTS = pl.Schema({"variant": pl.UInt32, **FACTS})


@dataclass(frozen=True)
class PopulationColumn:
    """One population of one pack: a column of a frequency matrix."""

    pack: str
    population: str
    allele_number: int | None


def population_columns(packs: Sequence[Frequencies]) -> tuple[PopulationColumn, ...]:
    """The populations of all packs, in the order of the columns that `look_up_frequencies` gives."""
    return tuple(
        PopulationColumn(pack.name, population, number or None)
        for pack in packs
        for population, number in zip(pack.populations, pack.allele_numbers, strict=True)
    )


def look_up_frequencies(
    calls: FamilyCalls, rows: NDArray[np.int64], packs: Sequence[Frequencies]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Contig by contig (places in `rows`, their frequencies (place, population) over all packs); absent is 0."""
    for name, chosen in _by_contig(calls, rows):
        alleles, keys = calls.alleles_at(rows[chosen]), calls.key[rows[chosen]]
        parts = [pack.look_up(name, alleles, keys) for pack in packs]
        for pack in packs:
            pack.tables.release(name)
        empty = np.zeros((len(chosen), 0), np.float32)
        yield chosen, np.concatenate(parts, axis=1) if len(parts) > 1 else (parts or [empty])[0]


def known_pathogenic(
    calls: FamilyCalls, rows: NDArray[np.int64], pack: Significance | None, stars: int
) -> NDArray[np.bool_]:
    """Which rows the significance pack calls (likely) pathogenic with at least so many review stars."""
    known = np.zeros(len(rows), np.bool_)
    for name, chosen in _by_contig(calls, rows) if pack else ():
        assert pack is not None
        alleles, keys = calls.alleles_at(rows[chosen]), calls.key[rows[chosen]]
        known[chosen] = pack.known_pathogenic(name, alleles, stars, keys)
        pack.tables.release(name)
    return known


def look_up_significance(
    calls: FamilyCalls, rows: NDArray[np.int64], pack: Significance | None
) -> pl.DataFrame:
    """Facts of the rows that the significance pack knows, with a column `variant` (the row number)."""
    parts = [pl.DataFrame(schema=_FACTS)]
    for name, chosen in _by_contig(calls, rows) if pack else ():
        assert pack is not None
        hit, facts = pack.look_up(name, calls.alleles_at(rows[chosen]), calls.key[rows[chosen]])
        numbers = pl.Series("variant", rows[chosen][hit].astype(np.uint32))
        parts.append(facts.select(numbers, pl.all()).cast(_FACTS))
    return pl.concat(parts)


def look_up_scores(
    calls: FamilyCalls, rows: NDArray[np.int64], packs: Sequence[Scores]
) -> dict[str, NDArray[np.float32]]:
    """Score name -> value per row, NaN where no pack has the allele."""
    out = {name: np.full(len(rows), np.nan, np.float32) for pack in packs for name in pack.names}
    for contig, chosen in _by_contig(calls, rows):
        for pack in packs:
            alleles, keys = calls.alleles_at(rows[chosen]), calls.key[rows[chosen]]
            for name, values in pack.look_up(contig, alleles, keys).items():
                out[name][chosen] = values
    return out


def _by_contig(calls: FamilyCalls, rows: NDArray[np.int64]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    numbers = calls.contig[rows]
    for number, name in enumerate(calls.contigs):
        chosen = np.flatnonzero(numbers == number)
        if len(chosen):
            yield name, chosen
