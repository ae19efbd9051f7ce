"""Simulated families: pedigree, variants that pass through it, a planted diagnosis, and the files a clinic would send.

Family number k of a seed is the same whatever the number of families. The answer is in the returned `Planted` and in
the truth table alone; no file that interpretation reads holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from trihelix.model.family import Affection, Family
from trihelix.model.phenotype import PhenotypeProfile
from trihelix.simulate.clinic_panels import ClinicPanel
from trihelix.simulate.decoys import Special, draw_decoys
from trihelix.simulate.diagnoses import Case, CasePool, Planted
from trihelix.simulate.family_files import (
    SequencedContig,
    write_gvcf,
    write_joint,
    write_pedigree,
    write_phenopacket,
)
from trihelix.simulate.family_variants import ContigVariants, draw_contig_variants
from trihelix.simulate.patients import draw_profile
from trihelix.simulate.pedigrees import SimulatedPedigree, draw_pedigree
from trihelix.simulate.plans import BCF, GVCFS, PLANS, FamilyPlan
from trihelix.simulate.population import choose_population
from trihelix.simulate.sequence import Contig
from trihelix.simulate.sequencing import FAILED, draw_mean_depths, sequence
from trihelix.simulate.transmission import (
    MATERNAL,
    NEW,
    NOBODY,
    PATERNAL,
    Descent,
    Stretch,
    draw_descent,
    hold_disease,
    spread_map,
)
from trihelix.simulate.world import ASSEMBLY, World, X

_FIRST_STREAM = 1  # of the random numbers of a seed; 0 is the world's


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


def simulate_families(world: World, folder: Path, number: int, seed: int) -> Iterator[SimulatedFamily]:
    """Write so many families into folders of their own and yield each. ValueError for a world too small."""
    pool = CasePool(world)
    for n in range(number):
        rng = np.random.default_rng([seed, _FIRST_STREAM + n])
        plan = PLANS[n % len(PLANS)]
        yield _simulate(world, folder, f"F{n + 1:03d}", plan, pool.draw(plan, rng), rng)


def _simulate(
    world: World, folder: Path, family_id: str, plan: FamilyPlan, case: Case, rng: np.random.Generator
) -> SimulatedFamily:
    pedigree = draw_pedigree(family_id, plan.shape, plan.proband_sex, rng)
    called = _call(pedigree, _carried(world, pedigree, case, rng), rng)
    others = [d for _, d in world.genes if d != case.disorder]
    profile = draw_profile(case.disorder, others, world.phenotypes, rng)
    place = folder / family_id
    place.mkdir(parents=True, exist_ok=True)
    ped, packet = place / f"{family_id}.ped", place / f"{family_id}.phenopacket.json"
    write_pedigree(ped, pedigree.family)
    sex = pedigree.family.member(pedigree.proband).sex
    write_phenopacket(packet, pedigree.proband, sex, profile, world.phenotypes)
    vcfs = _write_variants(world, place, family_id, plan, pedigree, called)
    return SimulatedFamily(family_id, plan, pedigree, profile, case.panel, vcfs, ped, packet, case.planted)


def _carried(
    world: World, pedigree: SimulatedPedigree, case: Case, rng: np.random.Generator
) -> list[ContigVariants]:
    """What all members carry, chromosome by chromosome."""
    family = pedigree.family
    proband = [m.id for m in family.members].index(pedigree.proband)
    population = choose_population(rng)
    decoys = draw_decoys(world, pedigree, case.panel, case.gene.symbol if case.gene else None, rng)
    morgans = spread_map([len(c) for c in world.contigs.values()])
    carried = []
    for (name, contig), length in zip(world.contigs.items(), morgans, strict=True):
        here = case if case.gene and case.gene.contig == name else None
        descent, diagnosis = _pass_on(family, proband, contig, length, here, rng)
        specials = [*diagnosis, *decoys]
        carried.append(
            draw_contig_variants(world, name, population, descent, proband, specials, case.gene, rng)
        )
    return carried


def _pass_on(
    family: Family, proband: int, contig: Contig, morgans: float, case: Case | None, rng: np.random.Generator
) -> tuple[Descent, list[Special]]:
    """How a chromosome passes through the family, and the diagnosis where it lies on this chromosome (`case`)."""
    is_x = contig.name == X
    if case is None or case.gene is None or case.planted is None:
        return draw_descent(family, len(contig), morgans, is_x, rng), []
    planted, gene = case.planted, case.gene
    if planted.how in NEW:
        descent = draw_descent(family, len(contig), morgans, is_x, rng)
        here = descent.haplotypes(np.array([gene.start]))[0, proband]
        sides = [side for side in (PATERNAL, MATERNAL) if here[side] != NOBODY]
        side = sides[int(rng.integers(len(sides)))]
        return descent, [Special(a, new_in=(proband, side), kept=True) for a in planted.alleles]
    stretch = Stretch(contig.name, gene.start, gene.end)
    slots, placement = hold_disease(family, stretch, planted.how, is_x, rng)
    descent = draw_descent(family, len(contig), morgans, is_x, rng, (stretch, slots))
    places = (placement.first, placement.second)
    return descent, [Special(a, p, kept=True) for a, p in zip(planted.alleles, places, strict=False)]


def _call(
    pedigree: SimulatedPedigree, carried: Sequence[ContigVariants], rng: np.random.Generator
) -> list[SequencedContig]:
    """The calls of the sequenced members; some sites fail the caller's filter."""
    members = [m.id for m in pedigree.family.members]
    columns = [members.index(m) for m in pedigree.sequenced]
    depths = draw_mean_depths(len(columns), rng)
    called = []
    for variants in carried:
        haplotypes = variants.copies[:, columns]
        copies = np.maximum(haplotypes, 0).sum(axis=2).astype(np.int64)
        ploidy = (haplotypes != NOBODY).sum(axis=2).astype(np.int64)
        failed = variants.failed | ((rng.random(len(variants)) < FAILED) & ~variants.kept)
        reads = sequence(copies, ploidy, variants.kept, depths, rng)
        called.append(SequencedContig(replace(variants, failed=failed), reads))
    return called


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
