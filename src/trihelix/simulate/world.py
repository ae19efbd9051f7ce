"""A small simulated world: chromosomes, genes with real symbols, a population, panels and classifications.

Everything is drawn from one seed and written in the formats that people have; the same seed and size give the
same bytes. The distributions are described where they are drawn: `sequence`, `gene_models`, `population`,
`classified`, `clinic_panels`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from trihelix.reference.library import Details
from trihelix.reference.phenotypes import Phenotypes
from trihelix.services.programme import Programme
from trihelix.services.references import add_reference
from trihelix.simulate import reference_files as files
from trihelix.simulate.classified import Classified, draw_classified
from trihelix.simulate.clinic_panels import ClinicPanel, draw_panels
from trihelix.simulate.coding_map import CodingMap, map_coding
from trihelix.simulate.disorders import X_LINKED, Disorder, Inheritance, choose_disorders
from trihelix.simulate.gene_models import (
    Gene,
    GeneDraft,
    draft_coding_gene,
    draft_non_coding_gene,
    place_genes,
)
from trihelix.simulate.population import CLEARANCE, Sites, draw_sites, sites_with
from trihelix.simulate.sequence import Contig, random_contig

ASSEMBLY = "Sim1"
LICENCE = "CC0-1.0 (simulated; HPO terms and disease names under the HPO licence)"
X = "chrX"
_STREAM = 0  # of the random numbers of a seed; families have the streams from 1 on


@dataclass(frozen=True)
class WorldSize:
    """How much there is of everything: contig lengths in bases, disorders with a gene, non-coding genes, and
    disorders of each inheritance whose gene is not in this world."""

    contigs: Mapping[str, int] = field(
        default_factory=lambda: {"chr1": 2_600_000, "chr2": 2_300_000, "chr3": 2_000_000, "chr4": 1_700_000, X: 1_500_000}
    )  # fmt: skip
    disorders: Mapping[Inheritance, int] = field(
        default_factory=lambda: {
            Inheritance.DOMINANT: 60,
            Inheritance.RECESSIVE: 62,
            Inheritance.X_RECESSIVE: 16,
            Inheritance.X_DOMINANT: 10,
        }
    )
    non_coding: int = 8
    unknown: int = 3


@dataclass(frozen=True)
class World:
    """The simulated world. `genes` of disorders come with their disorder; `elsewhere` are disorders whose gene is not
    in this world; `files` are its reference files by kind."""

    seed: int
    folder: Path
    phenotypes: Phenotypes
    contigs: Mapping[str, Contig]
    genes: tuple[tuple[Gene, Disorder], ...]
    elsewhere: tuple[Disorder, ...]
    non_coding: tuple[Gene, ...]
    coding: Mapping[str, CodingMap]
    sites: Mapping[str, Sites]
    classified: tuple[Classified, ...]
    panels: tuple[ClinicPanel, ...]
    files: Mapping[str, tuple[Path, ...]]

    def panel_of(self, disorder: Disorder) -> ClinicPanel:
        """The panel that a clinic applies to a patient with this disorder."""
        return next(p for p in self.panels if p.system == disorder.system)


def simulate_world(folder: Path, seed: int, phenotypes: Phenotypes, size: WorldSize | None = None) -> World:
    """Draw a world and write its reference files into `folder`."""
    size = size or WorldSize()
    rng = np.random.default_rng([seed, _STREAM])
    wanted = {i: n + size.unknown for i, n in size.disorders.items()}
    disorders, elsewhere = _part(choose_disorders(phenotypes, wanted, rng), size.disorders)
    contigs = {name: random_contig(name, length, rng) for name, length in size.contigs.items()}
    placed = _place(contigs, disorders, size.non_coding, rng)
    by_symbol = {d.gene: d for d in disorders}
    genes = tuple((g, by_symbol[g.symbol]) for g in placed if g.symbol in by_symbol)
    non_coding = tuple(g for g in placed if g.symbol not in by_symbol)
    coding = {n: map_coding(c, [g for g in placed if g.contig == n]) for n, c in contigs.items()}
    drawn = {name: draw_sites(part, rng) for name, part in coding.items()}
    classified = draw_classified(genes, contigs, drawn, rng)
    sites = {name: _with_classified(drawn[name], classified, rng) for name in contigs}
    panels = draw_panels(genes, rng)
    folder.mkdir(parents=True, exist_ok=True)
    world = World(
        seed, folder, phenotypes, contigs, genes, elsewhere, non_coding, coding, sites, classified, panels,
        _paths(folder, panels),
    )  # fmt: skip
    _write(world, rng)
    return world


def _part(
    disorders: Sequence[Disorder], numbers: Mapping[Inheritance, int]
) -> tuple[list[Disorder], tuple[Disorder, ...]]:
    """The first so many disorders of each inheritance, and the others."""
    kept: list[Disorder] = []
    for inheritance, number in numbers.items():
        kept += [d for d in disorders if d.inheritance is inheritance][:number]
    return kept, tuple(d for d in disorders if d not in kept)


def _place(
    contigs: Mapping[str, Contig], disorders: Sequence[Disorder], non_coding: int, rng: np.random.Generator
) -> list[Gene]:
    """Genes dealt to the chromosomes, X-linked ones to X, in proportion to length, and written into them."""
    autosomes = [name for name in contigs if name != X]
    lengths = np.array([len(contigs[name]) for name in autosomes], np.float64)
    drafts: dict[str, list[GeneDraft]] = {name: [] for name in contigs}
    shuffled = rng.permutation(len(disorders)).tolist()
    quota = lengths / lengths.sum()
    for number, at in enumerate(shuffled, 1):
        disorder = disorders[at]
        about = f"simulated model of {disorder.gene}"
        draft = draft_coding_gene(f"ENSSIMG{number:011d}", disorder.gene, about, rng)
        dealt = np.array([len(drafts[name]) for name in autosomes])
        emptiest = autosomes[int(np.argmax(quota * (dealt.sum() + 1) - dealt))]
        drafts[X if disorder.inheritance in X_LINKED else emptiest].append(draft)
    for number in range(1, non_coding + 1):
        name = autosomes[number % len(autosomes)]
        identifier = f"ENSSIMG{90_000 + number:011d}"
        draft = draft_non_coding_gene(identifier, f"SIMLNC{number}", "simulated long non-coding RNA", rng)
        drafts[name].insert(int(rng.integers(len(drafts[name]) + 1)), draft)
    return [gene for name, contig in contigs.items() for gene in place_genes(contig, drafts[name], rng)]


def _with_classified(drawn: Sites, classified: Sequence[Classified], rng: np.random.Generator) -> Sites:
    """The population's sites with the classified alleles that people carry, in place of sites too near to them."""
    carried = {
        c.allele: c.frequency for c in classified if c.frequency > 0 and c.allele.contig == drawn.contig
    }
    added = sites_with(carried, drawn.contig, rng)
    added = added.take(_apart(added))
    ends = drawn.pos + np.array([len(r) for r in drawn.ref])
    free = np.ones(len(drawn), np.bool_)
    for pos, ref in zip(added.pos.tolist(), added.ref, strict=True):
        near = slice(*np.searchsorted(drawn.pos, (pos - 64, pos + len(ref) + CLEARANCE + 1)))
        free[near] &= ends[near] < pos - CLEARANCE
    kept = drawn.take(free)
    order = np.argsort(np.concatenate((kept.pos, added.pos)), kind="stable")
    joined = Sites(
        drawn.contig,
        *(
            np.concatenate((getattr(kept, n), getattr(added, n)))
            for n in ("pos", "ref", "alt", "frequency", "counts")
        ),
    )
    return joined.take(order)


def _apart(sites: Sites) -> np.ndarray:
    """Which sites are clear of the one before."""
    clear = np.ones(len(sites), np.bool_)
    last = -1
    for n, (pos, ref) in enumerate(zip(sites.pos.tolist(), sites.ref, strict=True)):
        clear[n] = pos > last + CLEARANCE
        last = pos + len(ref) - 1 if clear[n] else last
    return clear


def _paths(folder: Path, panels: Sequence[ClinicPanel]) -> dict[str, tuple[Path, ...]]:
    """Where the reference files of each kind lie."""
    return {
        "genome": (folder / f"{ASSEMBLY}.fa.gz",),
        "genes": (folder / f"{ASSEMBLY}.gff3.gz",),
        "panels": tuple(folder / f"panel_{p.id}.json" for p in panels),
        "significance": (folder / "clinvar_shaped.vcf.gz",),
        "frequencies": (folder / "gnomad_shaped.vcf.gz",),
        "constraint": (folder / "gnomad_shaped.constraint.tsv",),
    }


def _write(world: World, rng: np.random.Generator) -> None:
    contigs = list(world.contigs.values())
    paths = world.files
    files.write_genome(paths["genome"][0], contigs, ASSEMBLY)
    files.write_genes(paths["genes"][0], contigs, [*(g for g, _ in world.genes), *world.non_coding], ASSEMBLY)
    for path, panel in zip(paths["panels"], world.panels, strict=True):
        files.write_panel(path, panel)
    files.write_significance(paths["significance"][0], world.classified, contigs)
    files.write_frequencies(paths["frequencies"][0], list(world.sites.values()), contigs, ASSEMBLY)
    files.write_constraint(paths["constraint"][0], world.genes, rng)


def add_world(programme: Programme, world: World) -> None:
    """Add the world's reference files to a programme's library."""
    for kind, paths in world.files.items():
        details = Details(
            name=f"simulated-{kind}",
            version=f"seed {world.seed}",
            licence=LICENCE,
            source=files.SOURCE,
            assembly=ASSEMBLY if kind in ("genome", "genes", "significance", "frequencies") else None,
        )
        add_reference(programme, kind, paths, details)
