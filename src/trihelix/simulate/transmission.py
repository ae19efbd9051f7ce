"""How chromosomes pass through a family: gene dropping with crossovers, so that a planted disease segregates.

A founder has two haplotypes of each autosome, numbered 2k and 2k + 1 for founder number k; of X a male founder
has only the second. At a place of a chromosome every member is a pair of founder haplotypes, paternal and
maternal, -1 where there is none (the paternal X of a male).

Crossovers have no interference (Haldane, Journal of Genetics 1919; 8:299). The simulated chromosomes are short
but stand for a genome, so the length of the human genetic map, about 35 Morgans, is spread over them: relatives
then share as much, and as unevenly, as human relatives do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from trihelix.model.family import Affection, Family, Sex

MAP_MORGANS = 35.0
PATERNAL, MATERNAL, NOBODY = 0, 1, -1
TRIES = 2_000

Haplotypes = NDArray[np.int16]


class Transmission(StrEnum):
    """How the planted variants of a family came to its affected members."""

    DE_NOVO = "de novo"
    DOMINANT = "inherited dominant"
    HOMOZYGOUS = "recessive, homozygous"
    AUTOZYGOUS = "recessive, identical by descent"
    COMPOUND = "recessive, compound heterozygous"
    X_RECESSIVE = "X-linked recessive"
    X_DE_NOVO = "X-linked de novo"


NEW = frozenset({Transmission.DE_NOVO, Transmission.X_DE_NOVO})


@dataclass(frozen=True)
class Stretch:
    """A stretch of a chromosome that is passed on whole; 1-based inclusive."""

    contig: str
    start: int
    end: int


@dataclass(frozen=True)
class Placement:
    """Which founder haplotypes carry the first planted variant, and which the second (empty where there is none)."""

    first: frozenset[int]
    second: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Gamete:
    """What a parent gave to a child on one chromosome: the parent's haplotype at its start, and crossovers."""

    starts_with: int
    crossovers: NDArray[np.float64]

    def slots(self, pos: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which of the parent's two haplotypes the child got at each position."""
        return (self.starts_with + np.searchsorted(self.crossovers, pos)) % 2


@dataclass(frozen=True)
class Descent:
    """One chromosome's way through a family."""

    family: Family
    is_x: bool
    gametes: dict[tuple[str, int], _Gamete]

    def haplotypes(self, pos: NDArray[np.int64]) -> Haplotypes:
        """Founder haplotypes (position, member, paternal or maternal)."""
        out = np.full((len(pos), len(self.family.members), 2), NOBODY, np.int16)
        place = {m.id: n for n, m in enumerate(self.family.members)}
        rows = np.arange(len(pos))
        for n, side, parent in _ways(self.family, self.is_x):
            if parent is None:
                out[:, n, side] = 2 * founder_number(self.family, self.family.members[n].id) + side
                continue
            slots = self.gametes[self.family.members[n].id, side].slots(pos)
            out[:, n, side] = out[rows, place[parent], slots]
        return out


def founder_number(family: Family, member: str) -> int:
    """The number of a founder among the founders of the family."""
    return [m.id for m in family.members if m.father is None].index(member)


def _ways(family: Family, is_x: bool) -> Iterator[tuple[int, int, str | None]]:
    """(member, side, parent) for every haplotype that exists; parents stand before their children in `family`."""
    for n, member in enumerate(family.members):
        for side, parent in ((PATERNAL, member.father), (MATERNAL, member.mother)):
            if not (is_x and side == PATERNAL and member.sex is Sex.MALE):
                yield n, side, parent


def draw_descent(
    family: Family,
    length: int,
    morgans: float,
    is_x: bool,
    rng: np.random.Generator,
    held: tuple[Stretch, dict[tuple[str, int], int]] | None = None,
) -> Descent:
    """A chromosome's random way through a family. `held` names a stretch without crossovers and which of a
    parent's haplotypes each child gets there."""
    gametes = {}
    for n, side, parent in _ways(family, is_x):
        if parent is None:
            continue
        key = (family.members[n].id, side)
        no_partner = is_x and side == PATERNAL
        expected = 0.0 if no_partner else morgans
        crossovers = np.sort(rng.uniform(0, length, int(rng.poisson(expected))))
        starts_with = MATERNAL if no_partner else int(rng.integers(2))
        if held is not None:
            stretch, slots = held
            crossovers = crossovers[(crossovers < stretch.start) | (crossovers > stretch.end)]
            starts_with = int((slots[key] + (crossovers < stretch.start).sum()) % 2)
        gametes[key] = _Gamete(starts_with, crossovers)
    return Descent(family, is_x, gametes)


def hold_disease(
    family: Family, stretch: Stretch, how: Transmission, is_x: bool, rng: np.random.Generator
) -> tuple[dict[tuple[str, int], int], Placement]:
    """Random haplotypes that every child gets at a stretch, and founder haplotypes for the planted variants, such
    that the variants explain who is affected. ValueError where the family cannot show this transmission."""
    ways = [(family.members[n].id, side) for n, side, parent in _ways(family, is_x) if parent is not None]
    for _ in range(TRIES):
        slots = {way: int(rng.integers(2)) for way in ways}
        if is_x:
            slots |= {(child, side): MATERNAL for child, side in ways if side == PATERNAL}
        gametes = {way: _Gamete(slot, np.empty(0)) for way, slot in slots.items()}
        here = Descent(family, is_x, gametes).haplotypes(np.array([stretch.start]))[0]
        placements = [p for p in _possible(how, here) if explains(family, here, p, how)]
        if placements:
            return slots, placements[int(rng.integers(len(placements)))]
    raise ValueError(f"family {family.id} cannot show {how.value} inheritance")


def _possible(how: Transmission, here: Haplotypes) -> Iterable[Placement]:
    haplotypes = [int(h) for h in np.unique(here) if h != NOBODY]
    if how is Transmission.COMPOUND:
        return [Placement(frozenset({a}), frozenset({b})) for a, b in permutations(haplotypes, 2)]
    if how is Transmission.HOMOZYGOUS:
        return [Placement(frozenset(pair)) for pair in combinations(haplotypes, 2)]
    return [Placement(frozenset({h})) for h in haplotypes]


def explains(family: Family, here: Haplotypes, placement: Placement, how: Transmission) -> bool:
    """Whether haplotypes (member, side) at the disease gene make exactly the affected members ill."""
    first, second = (np.isin(here, sorted(p)).sum(axis=1) for p in (placement.first, placement.second))
    ploidy = (here != NOBODY).sum(axis=1)
    return all(
        _is_ill(how, int(first[n]), int(second[n]), int(ploidy[n])) == (m.affection is Affection.AFFECTED)
        for n, m in enumerate(family.members)
        if m.affection is not Affection.UNCERTAIN
    )


def _is_ill(how: Transmission, first: int, second: int, ploidy: int) -> bool:
    if how is Transmission.COMPOUND:
        return first == 1 and second == 1
    if how in (Transmission.HOMOZYGOUS, Transmission.AUTOZYGOUS, Transmission.X_RECESSIVE):
        return first == ploidy
    return first > 0


def spread_map(lengths: Sequence[int]) -> list[float]:
    """The genetic length of each chromosome, in Morgans."""
    total = sum(lengths)
    return [MAP_MORGANS * length / total for length in lengths]
