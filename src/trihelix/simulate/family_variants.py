"""What the members of a simulated family carry: population variants, private ones, new ones, decoys, the diagnosis.

Numbers beside those of `population`: a person's chromosomes carry 4 variants in a million bases that no database has
(about as many as a new European genome adds to gnomAD); each child has a few new mutations outside genes, far more
than the 70 of a whole genome would give these short chromosomes, so that there is something to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trihelix.simulate.coding_changes import Allele
from trihelix.simulate.decoys import Special
from trihelix.simulate.gene_models import Gene
from trihelix.simulate.population import CLEARANCE, draw_private_alleles
from trihelix.simulate.transmission import MATERNAL, NOBODY, Descent
from trihelix.simulate.world import World

PRIVATE_PER_BASE = 4e-6
NEW_PER_CHILD = 3.0
RARE = 0.01
FURTHEST = 64  # longest REF of any simulated allele

Copies = NDArray[np.int8]


@dataclass(frozen=True)
class ContigVariants:
    """The variants of a family on one chromosome, sorted. `copies` (variant, member, side): 0 or 1, -1 where the member
    has no such chromosome."""

    contig: str
    pos: NDArray[np.int64]
    ref: NDArray[np.object_]
    alt: NDArray[np.object_]
    copies: Copies
    kept: NDArray[np.bool_]
    failed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.pos)


def draw_contig_variants(
    world: World,
    contig: str,
    population: int,
    descent: Descent,
    proband: int,
    specials: Sequence[Special],
    causal: Gene | None,
    rng: np.random.Generator,
) -> ContigVariants:
    """Everything that a family carries on one chromosome. Of alleles too near to each other the diagnosis goes before
    decoys, these before private and new ones, and these before population sites. The `causal` gene has no other rare
    coding variant: a second one could not be told from the diagnosis."""
    family = descent.family
    founders = 2 * sum(m.father is None for m in family.members)
    planned = [s for s in specials if s.allele.contig == contig]
    planned.sort(key=lambda s: (not s.kept, s.allele))
    spared = _coding_places(world, contig, causal)
    private = [s for s in _private(world, contig, founders, rng) if not spared[s.allele.pos]]
    chosen = _apart([*planned, *private, *_new(world, contig, descent, rng)])
    return _joined(
        _population_part(world, contig, population, descent, founders, chosen, spared, rng),
        _special_part(contig, chosen, descent, founders, proband),
    )


def _coding_places(world: World, contig: str, gene: Gene | None) -> NDArray[np.bool_]:
    """By 1-based position, whether a gene codes or is spliced there."""
    coding = world.coding[contig]
    symbols = [g.symbol for g in coding.genes]
    if gene is None or gene.symbol not in symbols:
        return np.zeros(len(coding.gene_at), np.bool_)
    return np.asarray(coding.gene_at == symbols.index(gene.symbol), np.bool_)


def _private(world: World, contig: str, founders: int, rng: np.random.Generator) -> list[Special]:
    expected = PRIVATE_PER_BASE * len(world.contigs[contig]) * founders
    alleles = draw_private_alleles(world.coding[contig], int(rng.poisson(expected)), rng)
    owners = rng.integers(0, founders, len(alleles)).tolist()
    return [Special(a, frozenset({h})) for a, h in zip(alleles, owners, strict=True)]


def _new(world: World, contig: str, descent: Descent, rng: np.random.Generator) -> list[Special]:
    """New mutations outside coding sequence, in children who have no children themselves."""
    family = descent.family
    parents = {p for m in family.members for p in (m.father, m.mother)}
    share = len(world.contigs[contig]) / sum(map(len, world.contigs.values()))
    coding = world.coding[contig]
    found: list[Special] = []
    for number, member in enumerate(family.members):
        if member.father is None or member.id in parents:
            continue
        sides = _sides(descent, number)
        drawn = draw_private_alleles(coding, int(rng.poisson(NEW_PER_CHILD * share)), rng)
        outside = [a for a in drawn if (coding.gene_at[a.pos : a.end + 1] < 0).all()]
        found += [Special(a, new_in=(number, sides[int(rng.integers(len(sides)))])) for a in outside]
    return found


def _sides(descent: Descent, member: int) -> list[int]:
    """The sides on which a member has this chromosome."""
    here = descent.haplotypes(np.array([1], np.int64))[0, member]
    return [side for side in (0, 1) if here[side] != NOBODY]


def _apart(specials: Sequence[Special]) -> list[Special]:
    """Those that do not come near an earlier one of the list, by place."""
    kept: list[Special] = []
    taken: dict[int, list[Special]] = {}
    for special in specials:
        cell = special.allele.pos // FURTHEST
        near = [s for c in (cell - 2, cell - 1, cell, cell + 1, cell + 2) for s in taken.get(c, [])]
        if all(_clear(special.allele, s.allele) for s in near):
            kept.append(special)
            taken.setdefault(cell, []).append(special)
    return sorted(kept, key=lambda s: s.allele)


def _clear(one: Allele, other: Allele) -> bool:
    return one.pos > other.end + CLEARANCE or other.pos > one.end + CLEARANCE


def _population_part(
    world: World,
    contig: str,
    population: int,
    descent: Descent,
    founders: int,
    specials: Sequence[Special],
    spared: NDArray[np.bool_],
    rng: np.random.Generator,
) -> ContigVariants:
    """Population variants on the founders' haplotypes, except where something else is planned, and except rare ones at
    `spared` positions."""
    sites = world.sites[contig]
    carried: NDArray[np.bool_] = rng.random((len(sites), founders)) < sites.frequency[:, [population]]
    is_rare = sites.frequency.max(axis=1) < RARE
    free = np.asarray(carried.any(axis=1) & ~(spared[sites.pos] & is_rare), np.bool_)
    ends = sites.pos + np.array([len(r) for r in sites.ref], np.int64) - 1
    for special in specials:
        a = special.allele
        near = slice(*np.searchsorted(sites.pos, (a.pos - FURTHEST, a.end + CLEARANCE + 1)))
        free[near] &= ends[near] < a.pos - CLEARANCE
    rows = np.flatnonzero(free)
    copies = _copies(carried[rows], descent.haplotypes(sites.pos[rows]))
    nothing = np.zeros(len(rows), np.bool_)
    return ContigVariants(contig, sites.pos[rows], sites.ref[rows], sites.alt[rows], copies, nothing, nothing)


def _copies(carried: NDArray[np.bool_], haplotypes: NDArray[np.int16]) -> Copies:
    """(variant, member, side) from which founder haplotypes carry (variant, founder haplotype)."""
    rows = np.arange(len(carried))[:, None, None]
    found = carried[rows, np.maximum(haplotypes, 0)].astype(np.int8)
    return np.where(haplotypes == NOBODY, NOBODY, found).astype(np.int8)


def _special_part(
    contig: str, specials: Sequence[Special], descent: Descent, founders: int, proband: int
) -> ContigVariants:
    """Planned, private and new variants."""
    pos = np.array([s.allele.pos for s in specials], np.int64)
    haplotypes = descent.haplotypes(pos)
    carried = np.zeros((len(specials), founders), np.bool_)
    for row, special in enumerate(specials):
        through = {int(haplotypes[row, proband, side]) for side in special.through} - {NOBODY}
        carried[row, sorted(special.haplotypes | through)] = True
    copies = _copies(carried, haplotypes)
    for row, special in enumerate(specials):
        if special.new_in is not None:
            member, side = special.new_in
            copies[row, member, side if haplotypes[row, member, side] != NOBODY else MATERNAL] = 1
    return ContigVariants(
        contig,
        pos,
        np.array([s.allele.ref for s in specials], object),
        np.array([s.allele.alt for s in specials], object),
        copies,
        np.array([s.kept for s in specials], np.bool_),
        np.array([s.failed for s in specials], np.bool_),
    )


def _joined(one: ContigVariants, other: ContigVariants) -> ContigVariants:
    order = np.argsort(np.concatenate((one.pos, other.pos)), kind="stable")
    return ContigVariants(
        one.contig,
        np.concatenate((one.pos, other.pos))[order],
        np.concatenate((one.ref, other.ref))[order],
        np.concatenate((one.alt, other.alt))[order],
        np.concatenate((one.copies, other.copies))[order],
        np.concatenate((one.kept, other.kept))[order],
        np.concatenate((one.failed, other.failed))[order],
    )
