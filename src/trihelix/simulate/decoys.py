"""Variants in disease genes that are not a family's diagnosis, so that there is something to tell apart.

Most must be ruled out by segregation, phase or quality: single copies in recessive genes, two variants on one
chromosome, missense variants of healthy parents, artefacts of sequencing. Some fit a mode of inheritance by chance, as
they do in every genome (a new missense variant per exome or so; Iossifov et al., Nature 2014; 515:216): these lie in
genes that are not green on the panel applied, and must be told from the diagnosis by tier and phenotype.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from trihelix.simulate.clinic_panels import GREEN, ClinicPanel
from trihelix.simulate.coding_changes import Allele, Effect, draw_change
from trihelix.simulate.disorders import Disorder, Inheritance
from trihelix.simulate.gene_models import Gene
from trihelix.simulate.pedigrees import SimulatedPedigree
from trihelix.simulate.transmission import MATERNAL, PATERNAL
from trihelix.simulate.world import World, X

LONE_IN_RECESSIVE, CIS_PAIRS, OF_HEALTHY_PARENTS, ARTEFACTS = 4, 1, 8, 2
TRANS_PAIRS = 2
NEW_MISSENSE, HOMOZYGOUS, ON_X = 0.7, 0.5, 1.0  # mean numbers


@dataclass(frozen=True)
class Special:
    """An allele that is put into a family on purpose.

    It lies on founder haplotypes; or, `through` sides of the proband, on the founder haplotypes that these come from;
    or it is `new_in` a side of one member. `kept` marks the diagnosis, whose calls are never lost; `failed` an artefact
    that the caller's filter marks.
    """

    allele: Allele
    haplotypes: frozenset[int] = frozenset()
    through: frozenset[int] = frozenset()
    new_in: tuple[int, int] | None = None  # member, side
    kept: bool = False
    failed: bool = False


@dataclass
class _Deck:
    """The genes of the world in random order, each dealt once."""

    world: World
    genes: list[tuple[Gene, Disorder]]
    rng: np.random.Generator

    def deal(self, number: int, fits: Callable[[Gene, Disorder], bool]) -> Iterator[Gene]:
        """The next so many genes that fit, or as many as there are."""
        dealt = [(g, d) for g, d in self.genes if fits(g, d)][:number]
        taken = {g.symbol for g, _ in dealt}
        self.genes = [(g, d) for g, d in self.genes if g.symbol not in taken]
        yield from (g for g, _ in dealt)

    def change(self, gene: Gene, *effects: Effect) -> Allele:
        """A random variant of the gene with one of the effects."""
        effect = effects[int(self.rng.integers(len(effects)))]
        return draw_change(gene, self.world.contigs[gene.contig], effect, self.rng)


def draw_decoys(
    world: World, pedigree: SimulatedPedigree, panel: ClinicPanel, avoid: str | None, rng: np.random.Generator
) -> list[Special]:
    """A family's decoys. Never in the gene `avoid`; two in one gene only where they are a pair."""
    shuffled = (world.genes[i] for i in rng.permutation(len(world.genes)).tolist())
    deck = _Deck(world, [(g, d) for g, d in shuffled if g.symbol != avoid], rng)
    proband = [m.id for m in pedigree.family.members].index(pedigree.proband)
    return [*_ruled_out(deck, pedigree, proband), *_by_chance(deck, panel, proband)]


def _ruled_out(deck: _Deck, pedigree: SimulatedPedigree, proband: int) -> Iterator[Special]:
    founders = 2 * sum(m.father is None for m in pedigree.family.members)

    def anyone() -> frozenset[int]:
        return frozenset({int(deck.rng.integers(founders))})

    for gene in deck.deal(LONE_IN_RECESSIVE, _is_recessive):
        allele = deck.change(gene, Effect.STOP_GAINED, Effect.FRAMESHIFT, Effect.MISSENSE)
        yield Special(allele, anyone())
    for gene in deck.deal(CIS_PAIRS, _is_recessive):
        one = anyone()
        yield Special(deck.change(gene, Effect.MISSENSE), one)
        yield Special(deck.change(gene, Effect.MISSENSE, Effect.FRAMESHIFT), one)
    for gene in deck.deal(OF_HEALTHY_PARENTS, lambda g, _: g.contig != X):
        yield Special(deck.change(gene, Effect.MISSENSE), anyone())
    for gene in deck.deal(ARTEFACTS, lambda _, d: d.inheritance is Inheritance.DOMINANT):
        side = int(deck.rng.integers(2))
        yield Special(deck.change(gene, Effect.STOP_GAINED), new_in=(proband, side), failed=True)


def _is_recessive(_: Gene, disorder: Disorder) -> bool:
    return disorder.gene_modes == {Inheritance.RECESSIVE}


def _by_chance(deck: _Deck, panel: ClinicPanel, proband: int) -> Iterator[Special]:
    def on_autosome(gene: Gene, _: Disorder) -> bool:
        return gene.contig != X and panel.colour(gene.symbol) != GREEN

    def on_x(gene: Gene, _: Disorder) -> bool:
        return gene.contig == X and panel.colour(gene.symbol) != GREEN

    rng = deck.rng
    for gene in deck.deal(TRANS_PAIRS, on_autosome):
        for side in (PATERNAL, MATERNAL):
            yield Special(deck.change(gene, Effect.MISSENSE), through=frozenset({side}))
    for gene in deck.deal(int(rng.poisson(NEW_MISSENSE)), on_autosome):
        yield Special(deck.change(gene, Effect.MISSENSE), new_in=(proband, int(rng.integers(2))))
    for gene in deck.deal(int(rng.poisson(HOMOZYGOUS)), on_autosome):
        yield Special(deck.change(gene, Effect.MISSENSE), through=frozenset({PATERNAL, MATERNAL}))
    for gene in deck.deal(int(rng.poisson(ON_X)), on_x):
        yield Special(deck.change(gene, Effect.MISSENSE), through=frozenset({MATERNAL}))
