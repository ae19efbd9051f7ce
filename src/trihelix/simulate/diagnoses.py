"""Choosing what is planted in a simulated family: a disorder, its gene, and the alleles that cause it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trihelix.simulate.clinic_panels import GREEN, ClinicPanel
from trihelix.simulate.coding_changes import LOSS_OF_FUNCTION, Allele, Effect, draw_change
from trihelix.simulate.disorders import Disorder
from trihelix.simulate.gene_models import Gene
from trihelix.simulate.plans import FamilyPlan
from trihelix.simulate.transmission import NEW, Transmission
from trihelix.simulate.world import World

COMMON = 0.005  # from this frequency on an allele counts as common
APART = 64  # bases between the two variants of a pair, at least


@dataclass(frozen=True)
class Planted:
    """The diagnosis of a family. `known`: in the clinical-significance library with two stars or more."""

    gene: str
    disorder: Disorder
    how: Transmission
    effects: tuple[Effect, ...]
    alleles: tuple[Allele, ...]
    colour: str
    known: bool

    @property
    def expected_tier(self) -> int:
        """The tier by the rules: 3 where the gene is not green; 1 for truncations, new and known variants; else 2."""
        if self.colour != GREEN:
            return 3
        return 1 if self.how in NEW or self.known or LOSS_OF_FUNCTION.intersection(self.effects) else 2


@dataclass(frozen=True)
class Case:
    """What a family's patient has, and the panel that the clinic applies; no gene where nothing is planted."""

    disorder: Disorder
    panel: ClinicPanel
    gene: Gene | None = None
    planted: Planted | None = None


@dataclass
class CasePool:
    """The disorders of a world, dealt to families; none twice while there are others that fit."""

    world: World
    used: set[str] = field(default_factory=set)

    def draw(self, plan: FamilyPlan, rng: np.random.Generator) -> Case:
        """A case for a plan. ValueError where the world has no disorder of the wanted inheritance."""
        world = self.world
        if plan.how is None:
            disorder = world.elsewhere[int(rng.integers(len(world.elsewhere)))]
            return Case(disorder, world.panel_of(disorder))
        gene, disorder = self._take(plan, rng)
        panel = world.panel_of(disorder)
        listed = _listed_alleles(world, gene, plan)
        alleles = _draw_alleles(world, gene, plan, listed, rng)
        colour = panel.colour(gene.symbol)
        planted = Planted(gene.symbol, disorder, plan.how, plan.effects, alleles, colour, bool(listed))
        return Case(disorder, panel, gene, planted)

    def _take(self, plan: FamilyPlan, rng: np.random.Generator) -> tuple[Gene, Disorder]:
        """A gene and disorder of the wanted inheritance, and as far as there are such: with alleles in the library
        where the plan asks for one, of the wanted colour, and new to this run."""
        fitting = [(g, d) for g, d in self.world.genes if d.inheritance is plan.inheritance]
        if not fitting:
            raise ValueError(f"this world has no {plan.inheritance} disorder")
        for wish in (self._has_alleles, self._has_colour, self._is_unused):
            fitting = [(g, d) for g, d in fitting if wish(g, d, plan)] or fitting
        gene, disorder = fitting[int(rng.integers(len(fitting)))]
        self.used.add(gene.symbol)
        return gene, disorder

    def _has_alleles(self, gene: Gene, _: Disorder, plan: FamilyPlan) -> bool:
        return not (plan.known or plan.common) or bool(_listed_alleles(self.world, gene, plan))

    def _has_colour(self, gene: Gene, disorder: Disorder, plan: FamilyPlan) -> bool:
        return self.world.panel_of(disorder).colour(gene.symbol) == plan.colour

    def _is_unused(self, gene: Gene, _: Disorder, __: FamilyPlan) -> bool:
        return gene.symbol not in self.used


def _listed_alleles(world: World, gene: Gene, plan: FamilyPlan) -> list[Allele]:
    """Alleles of the library that the plan's first variant may be; none where the plan does not ask for one."""
    return [
        c.allele
        for c in world.classified
        if c.gene == gene.symbol
        and (plan.known or plan.common)
        and c.is_known
        and c.effect is plan.effects[0]
        and (c.frequency > COMMON) == plan.common
    ]


def _draw_alleles(
    world: World, gene: Gene, plan: FamilyPlan, listed: list[Allele], rng: np.random.Generator
) -> tuple[Allele, ...]:
    """One allele per effect of the plan, the first from the library where that offers some, others not in it."""
    alleles = [listed[int(rng.integers(len(listed)))]] if listed else []
    in_library = {c.allele for c in world.classified if c.gene == gene.symbol}
    while len(alleles) < len(plan.effects):
        allele = draw_change(gene, world.contigs[gene.contig], plan.effects[len(alleles)], rng)
        if allele not in in_library and all(abs(allele.pos - a.pos) > APART for a in alleles):
            alleles.append(allele)
    return tuple(alleles)
