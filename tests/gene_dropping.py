"""Families whose genotypes are made by handing alleles down a pedigree, as FamilyCalls that checks can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.model.family import Affection, Family, Member, Sex
from trihelix.reference.allele_keys import alleles_from_text
from trihelix.variants.family_calls import FamilyCalls

AUTOSOMES = tuple(str(n) for n in range(1, 23))
SPACING = 5_000


def neutral_frequencies(sites: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Allele frequencies with density 1/p, as of neutral variants, from 0.5 % on."""
    return np.exp(random.uniform(np.log(0.005), np.log(0.999), sites))


def rare_frequencies(sites: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Frequencies of at most 1 %."""
    return np.exp(random.uniform(np.log(1e-4), np.log(0.01), sites))


def drop_genes(
    fathers: Sequence[int],
    mothers: Sequence[int],
    frequencies: NDArray[np.float64],
    random: np.random.Generator,
) -> NDArray[np.int8]:
    """Genotypes (site, person) of a pedigree with parents before children; -1 for a parent from the population."""
    haplotypes: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]] = []
    n = len(frequencies)
    for parents in zip(fathers, mothers, strict=True):
        mine = []
        for parent in parents:
            if parent < 0:
                mine.append(random.random(n) < frequencies)
            else:
                mine.append(np.where(random.random(n) < 0.5, *haplotypes[parent]))
        haplotypes.append((mine[0], mine[1]))
    return np.stack([one.astype(np.int8) + two for one, two in haplotypes], axis=1).astype(np.int8)


@dataclass(frozen=True)
class Person:
    """Someone of a simulated pedigree; parents by id, listed before their children."""

    id: str
    sex: Sex
    father: str | None = None
    mother: str | None = None


def family_of(people: Sequence[Person]) -> Family:
    """The pedigree as it is declared; who is affected does not matter to checks."""
    return Family("F", tuple(Member(p.id, p.sex, Affection.UNCERTAIN, p.father, p.mother) for p in people))


def calls_of(
    members: Sequence[str],
    contigs: Sequence[str],
    pos: Sequence[int] | NDArray[Any],
    states: NDArray[np.int8],
) -> FamilyCalls:
    """Passed A>G alleles, one a record, with depth 30 and quality 99; `contigs` one per row, in blocks."""
    n = len(contigs)
    names = tuple(dict.fromkeys(contigs))
    number = np.array([names.index(c) for c in contigs], np.int32)
    shape = (n, len(members))
    return FamilyCalls(
        members=tuple(members), contigs=names, names=names, contig=number,
        alleles=alleles_from_text(np.asarray(pos, np.int32), ["A"] * n, ["G"] * n), key=np.empty(0, np.uint64),
        passed=np.ones(n, np.bool_), covered=np.ones(n, np.bool_), record=np.arange(n, dtype=np.int32),
        file=np.zeros(n, np.int32), line=np.arange(n, dtype=np.int32), state=np.ascontiguousarray(states, np.int8),
        flags=np.zeros(shape, np.uint8), depth=np.full(shape, 30, np.int16), quality=np.full(shape, 99, np.int16),
        ref_depth=np.full(shape, -1, np.int16), alt_depth=np.full(shape, -1, np.int16),
        phase_set=np.full(shape, -1, np.int32), duplicates=0, from_blocks=0, uncovered=0,
    )  # fmt: skip


def simulate(
    people: Sequence[Person],
    seed: int = 1,
    per_chromosome: int = 600,
    on_x: int = 300,
    on_y: int = 60,
    chromosomes: Sequence[str] = AUTOSOMES,
    rare: bool = False,
) -> FamilyCalls:
    """Calls of the people on autosomes, X and Y as a careful joint caller writes them, sites carried by anyone.

    On X males have one copy, called 1/1, and 3 % of their carried sites are false heterozygous calls; their
    depth there is half. Y is called in males only. Sites lie SPACING apart.
    """
    random = np.random.default_rng(seed)
    frequencies = (rare_frequencies if rare else neutral_frequencies)(
        per_chromosome * len(chromosomes), random
    )
    index = {p.id: i for i, p in enumerate(people)}
    autosomal = drop_genes(
        [index.get(p.father or "", -1) for p in people],
        [index.get(p.mother or "", -1) for p in people],
        frequencies,
        random,
    )
    blocks = [(c, autosomal[i :: len(chromosomes)]) for i, c in enumerate(chromosomes)]
    if on_x:
        blocks.append(("X", _x_states(people, on_x, random)))
    if on_y:
        blocks.append(("Y", _y_states(people, on_y, random)))
    blocks = [(c, states[(states > 0).any(axis=1)]) for c, states in blocks]
    contigs = [c for c, states in blocks for _ in range(len(states))]
    pos = np.concatenate([5_000_000 + SPACING * np.arange(len(states)) for _, states in blocks])
    calls = calls_of([p.id for p in people], contigs, pos, np.concatenate([s for _, s in blocks]))
    return _with_half_depth_on_x(calls, people)


def _x_states(people: Sequence[Person], sites: int, random: np.random.Generator) -> NDArray[np.int8]:
    frequencies = neutral_frequencies(sites, random)
    columns = []
    for person in people:
        one, two = random.random((2, sites)) < frequencies
        if person.sex is Sex.MALE:
            columns.append(np.where(one & (random.random(sites) < 0.03), 1, 2 * one))
        else:
            columns.append(one.astype(np.int8) + two)
    return np.stack(columns, axis=1).astype(np.int8)


def _y_states(people: Sequence[Person], sites: int, random: np.random.Generator) -> NDArray[np.int8]:
    males = np.array([p.sex is Sex.MALE for p in people])
    lineage = 2 * (random.random((sites, 1)) < 0.7)
    return np.where(males, lineage, -1).astype(np.int8)


def _with_half_depth_on_x(calls: FamilyCalls, people: Sequence[Person]) -> FamilyCalls:
    depth = calls.depth.copy()
    if "X" in calls.contigs:
        rows = np.flatnonzero(calls.contig == calls.contigs.index("X"))
        males = [i for i, p in enumerate(people) if p.sex is Sex.MALE]
        depth[np.ix_(rows, males)] = 15
    return replace(calls, depth=depth)


def with_samples(calls: FamilyCalls, **sample_of: str) -> FamilyCalls:
    """The calls as if each named member's tube held another's sample: with_samples(calls, C="M", M="C")."""
    source = [calls.members.index(sample_of.get(m, m)) for m in calls.members]
    columns = ("state", "flags", "depth", "quality", "ref_depth", "alt_depth", "phase_set")
    return replace(calls, **{name: getattr(calls, name)[:, source] for name in columns})


def only(calls: FamilyCalls, *members: str) -> FamilyCalls:
    """The calls of some members only."""
    keep = [calls.members.index(m) for m in members]
    columns = ("state", "flags", "depth", "quality", "ref_depth", "alt_depth", "phase_set")
    return replace(calls, members=members, **{name: getattr(calls, name)[:, keep] for name in columns})
