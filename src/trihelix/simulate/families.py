"""Simulated families: pedigree, variants that pass through it, a planted diagnosis, and the files a clinic would send.

Family number k of a seed is the same whatever the number of families. The answer is in the returned `Planted` and in
`truth.tsv` alone; no file that interpretation reads holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from trihelix.model.family import Affection
from trihelix.model.phenotype import PhenotypeProfile
from trihelix.simulate.clinic_panels import GREEN, ClinicPanel
from trihelix.simulate.coding_changes import LOSS_OF_FUNCTION, Allele, Effect, draw_change
from trihelix.simulate.decoys import Special, draw_decoys
from trihelix.simulate.disorders import Disorder
from trihelix.simulate.family_files import (
    SequencedContig,
    write_gvcf,
    write_joint,
    write_pedigree,
    write_phenopacket,
)
from trihelix.simulate.family_variants import draw_contig_variants
from trihelix.simulate.gene_models import Gene
from trihelix.simulate.patients import draw_profile
from trihelix.simulate.pedigrees import SimulatedPedigree, draw_pedigree
from trihelix.simulate.plans import BCF, GVCFS, PLANS, FamilyPlan
from trihelix.simulate.population import choose_population
from trihelix.simulate.sequencing import FAILED, draw_mean_depths, sequence
from trihelix.simulate.transmission import (
    NOBODY,
    Descent,
    Placement,
    Stretch,
    Transmission,
    draw_descent,
    hold_disease,
    spread_map,
)
from trihelix.simulate.world import ASSEMBLY, World, X

_FIRST_STREAM = 1  # of the random numbers of a seed; 0 is the world's
SHORT_OF_FREQUENCY = 0.005  # common enough that the population's filter would remove it


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
        """The tier by the rules: 3 where the gene is not green; 1 for truncations, de novo and known variants; else 2."""
        if self.colour != GREEN:
            return 3
        new = self.how in (Transmission.DE_NOVO, Transmission.X_DE_NOVO)
        return 1 if new or self.known or LOSS_OF_FUNCTION.intersection(self.effects) else 2


@dataclass(frozen=True)
class SimulatedFamily:
    """A family's files and what is true of it; `planted` None where nothing was."""

    id: str
    plan: FamilyPlan
    pedigree: SimulatedPedigree
    profile: PhenotypeProfile
    panel: ClinicPanel
    vcfs: tuple[Path, ...]
    ped: Path
    phenopacket: Path
    planted: Planted | None


@dataclass
class _Pool:
    """Disorders that no family of this run has had yet."""

    world: World
    used: set[str] = field(default_factory=set)

    def take(self, plan: FamilyPlan, rng: np.random.Generator) -> tuple[Gene, Disorder]:
        """A gene and disorder for a plan, one of the wanted colour and not yet used where there is such."""
        fitting = [(g, d) for g, d in self.world.genes if d.inheritance is plan.inheritance]
        if plan.how is Transmission.COMPOUND:
            fitting = [(g, d) for g, d in fitting if len(g.canonical.cds) > 1]
        for wish in (self._has_alleles, self._has_colour, self._is_new):
            fitting = [(g, d) for g, d in fitting if wish(g, d, plan)] or fitting
        gene, disorder = fitting[int(rng.integers(len(fitting)))]
        self.used.add(gene.symbol)
        return gene, disorder

    def _has_alleles(self, gene: Gene, _: Disorder, plan: FamilyPlan) -> bool:
        return not (plan.known or plan.common) or bool(_known_alleles(self.world, gene, plan))

    def _has_colour(self, gene: Gene, disorder: Disorder, plan: FamilyPlan) -> bool:
        return self.world.panel_of(disorder).colour(gene.symbol) == plan.colour

    def _is_new(self, gene: Gene, _: Disorder, __: FamilyPlan) -> bool:
        return gene.symbol not in self.used


def _known_alleles(world: World, gene: Gene, plan: FamilyPlan) -> list[Allele]:
    """Alleles of the library that the plan's first variant may be."""
    return [
        c.allele
        for c in world.classified
        if c.gene == gene.symbol and c.is_known and c.effect is plan.effects[0]
        and (c.frequency > SHORT_OF_FREQUENCY) == plan.common
    ]  # fmt: skip


def simulate_families(world: World, folder: Path, number: int, seed: int) -> Iterator[SimulatedFamily]:
    """Write so many families into folders of their own and yield each. ValueError for a world too small."""
    pool = _Pool(world)
    for n in range(number):
        rng = np.random.default_rng([seed, _FIRST_STREAM + n])
        plan = PLANS[n % len(PLANS)]
        case = None if plan.how is None else pool.take(plan, rng)
        yield _simulate(world, folder, f"F{n + 1:03d}", plan, case, rng)


def _simulate(
    world: World,
    folder: Path,
    family_id: str,
    plan: FamilyPlan,
    case: tuple[Gene, Disorder] | None,
    rng: np.random.Generator,
) -> SimulatedFamily:
    pedigree = draw_pedigree(family_id, plan.shape, plan.proband_sex, rng)
    disorder = case[1] if case else world.elsewhere[int(rng.integers(len(world.elsewhere)))]
    panel = world.panel_of(disorder)
    planted = _plant(world, plan, *case, panel, rng) if case else None
    called = _sequenced(world, pedigree, panel, planted, case[0] if case else None, rng)
    others = [d for _, d in world.genes if d != disorder]
    profile = draw_profile(disorder, others, world.phenotypes, rng)
    place = folder / family_id
    place.mkdir(parents=True, exist_ok=True)
    ped, packet = place / f"{family_id}.ped", place / f"{family_id}.phenopacket.json"
    write_pedigree(ped, pedigree.family)
    sex = pedigree.family.member(pedigree.proband).sex
    write_phenopacket(packet, pedigree.proband, sex, profile, world.phenotypes)
    vcfs = _write_variants(world, place, family_id, plan, pedigree, called)
    return SimulatedFamily(family_id, plan, pedigree, profile, panel, vcfs, ped, packet, planted)


def _plant(
    world: World,
    plan: FamilyPlan,
    gene: Gene,
    disorder: Disorder,
    panel: ClinicPanel,
    rng: np.random.Generator,
) -> Planted:
    """Choose the diagnosis: alleles of the wanted effects, from the library where the plan says so."""
    assert plan.how is not None
    contig = world.contigs[gene.contig]
    listed = _known_alleles(world, gene, plan) if plan.known or plan.common else []
    alleles = [listed[int(rng.integers(len(listed)))]] if listed else []
    taken = {c.allele for c in world.classified}
    while len(alleles) < len(plan.effects):
        allele = draw_change(gene, contig, plan.effects[len(alleles)], rng)
        if allele not in taken and all(abs(allele.pos - a.pos) > 100 for a in alleles):
            alleles.append(allele)
    colour = panel.colour(gene.symbol)
    return Planted(gene.symbol, disorder, plan.how, plan.effects, tuple(alleles), colour, bool(listed))


def _sequenced(
    world: World,
    pedigree: SimulatedPedigree,
    planted: Planted | None,
    gene: Gene | None,
    rng: np.random.Generator,
) -> list[SequencedContig]:
    """Every chromosome's variants and calls, with only the sequenced members' columns."""
    family = pedigree.family
    members = [m.id for m in family.members]
    proband = members.index(pedigree.proband)
    columns = [members.index(m) for m in pedigree.sequenced]
    morgans = spread_map([len(c) for c in world.contigs.values()])
    population = choose_population(rng)
    depths = draw_mean_depths(len(columns), rng)
    specials = draw_decoys(world, pedigree, panel, gene.symbol if gene else None, rng)
    called = []
    for (name, contig), length in zip(world.contigs.items(), morgans, strict=True):
        held, placement = None, None
        if planted and gene and gene.contig == name and not _is_new(planted):
            stretch = Stretch(name, gene.start, gene.end)
            slots, placement = hold_disease(family, stretch, planted.how, name == X, rng)
            held = (stretch, slots)
        descent = draw_descent(family, len(contig), length, name == X, rng, held)
        mine = _diagnosis(planted, descent, placement, proband, rng) if gene and gene.contig == name else []
        variants = draw_contig_variants(world, name, population, descent, proband, [*mine, *specials], rng)
        failed = variants.failed | ((rng.random(len(variants)) < FAILED) & ~variants.kept)
        haplotypes = variants.copies[:, columns]
        copies = np.maximum(haplotypes, 0).sum(axis=2).astype(np.int64)
        ploidy = (haplotypes != NOBODY).sum(axis=2).astype(np.int64)
        marked = type(variants)(
            name, variants.pos, variants.ref, variants.alt, haplotypes, variants.kept, failed
        )
        called.append(SequencedContig(marked, sequence(copies, ploidy, variants.kept, depths, rng)))
    return called


def _is_new(planted: Planted) -> bool:
    return planted.how in (Transmission.DE_NOVO, Transmission.X_DE_NOVO)


def _diagnosis(
    planted: Planted | None,
    descent: Descent,
    placement: Placement | None,
    proband: int,
    rng: np.random.Generator,
) -> list[Special]:
    """The planted variants as they lie in the family."""
    if planted is None:
        return []
    if placement is not None:
        places = (placement.first, placement.second)
        return [Special(a, p, kept=True) for a, p in zip(planted.alleles, places, strict=False)]
    here = descent.haplotypes(np.array([planted.alleles[0].pos]))[0, proband]
    sides = [side for side in (0, 1) if here[side] != NOBODY]
    side = sides[int(rng.integers(len(sides)))]
    return [Special(a, new_in=(proband, side), kept=True) for a in planted.alleles]


def _write_variants(
    world: World,
    place: Path,
    family_id: str,
    plan: FamilyPlan,
    pedigree: SimulatedPedigree,
    called: Sequence[SequencedContig],
) -> tuple[Path, ...]:
    contigs = list(world.contigs.values())
    if plan.files == GVCFS:
        paths = tuple(place / f"{member}.g.vcf.gz" for member in pedigree.sequenced)
        for n, (member, path) in enumerate(zip(pedigree.sequenced, paths, strict=True)):
            write_gvcf(path, contigs, called, n, member, ASSEMBLY)
        return paths
    path = place / (f"{family_id}.bcf" if plan.files == BCF else f"{family_id}.vcf.gz")
    write_joint(path, contigs, called, pedigree.sequenced, ASSEMBLY)
    return (path,)


TRUTH_COLUMNS = (
    "family", "shape", "affected", "gene", "disorder", "disorder_name", "inheritance", "effects", "variants",
    "panel", "colour", "known", "expected_tier",
)  # fmt: skip


def write_truth(path: Path, families: Sequence[SimulatedFamily]) -> None:
    """What was planted, one line per family; interpretation never reads it."""
    lines = ["\t".join(TRUTH_COLUMNS), *("\t".join(_truth(f)) for f in families)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _truth(family: SimulatedFamily) -> list[str]:
    affected = ",".join(m.id for m in family.pedigree.family.members if m.affection is Affection.AFFECTED)
    start = [family.id, family.plan.shape, affected]
    p = family.planted
    if p is None:
        return [*start, *["none"] * 6, family.panel.id, "none", "no", "none"]
    return [
        *start, p.gene, p.disorder.id, p.disorder.name, p.how.value, ",".join(p.effects),
        ",".join(map(str, p.alleles)), family.panel.id, p.colour, "yes" if p.known else "no", str(p.expected_tier),
    ]  # fmt: skip
