"""Simulated clinical classifications: which alleles a ClinVar-like library calls pathogenic, uncertain or benign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trihelix.simulate.coding_changes import Allele, Effect, draw_change, effect_of_substitution, is_inner
from trihelix.simulate.disorders import Disorder, Inheritance
from trihelix.simulate.gene_models import Gene
from trihelix.simulate.population import Sites
from trihelix.simulate.sequence import Contig

EXPERT = "reviewed_by_expert_panel"
TWO_STARS = "criteria_provided,_multiple_submitters,_no_conflicts"
ONE_STAR = "criteria_provided,_single_submitter"
CONFLICT = "criteria_provided,_conflicting_classifications"
NO_STAR = "no_assertion_criteria_provided"

TRUSTED = frozenset({EXPERT, TWO_STARS})
PATHOGENIC = frozenset({"Pathogenic", "Likely_pathogenic", "Pathogenic/Likely_pathogenic"})
FIRST_RECORD = 100_001
BENIGN = 0.05  # above this frequency in any population, as in the ACMG criterion BA1
COMMON_EVERY = 10  # recessive genes
COMMON_PATHOGENIC = 0.02  # the frequency of the few alleles that are common and cause disease all the same

# What the library says of variants drawn in each gene: (classification, review, effects to draw from).
_ENTRIES: tuple[tuple[str, str, tuple[Effect, ...]], ...] = (
    ("Pathogenic", TWO_STARS, (Effect.STOP_GAINED, Effect.FRAMESHIFT, Effect.SPLICE_DONOR)),
    ("Pathogenic/Likely_pathogenic", TWO_STARS, (Effect.MISSENSE,)),
    ("Likely_pathogenic", ONE_STAR, (Effect.MISSENSE, Effect.FRAMESHIFT)),
    ("Pathogenic", EXPERT, (Effect.MISSENSE, Effect.FRAMESHIFT)),
    ("Pathogenic", NO_STAR, (Effect.MISSENSE,)),
    ("Uncertain_significance", ONE_STAR, (Effect.MISSENSE,)),
    ("Uncertain_significance", TWO_STARS, (Effect.MISSENSE, Effect.INFRAME_DELETION)),
    ("Conflicting_classifications_of_pathogenicity", CONFLICT, (Effect.MISSENSE,)),
    ("Likely_benign", ONE_STAR, (Effect.SYNONYMOUS,)),
)


@dataclass(frozen=True)
class Classified:
    """An allele of the clinical-significance library; `frequency` is how common it is in the population where it
    is added to the population, else 0."""

    record: int
    allele: Allele
    gene: str
    effect: Effect
    classification: str
    review: str
    disorder: Disorder
    frequency: float

    @property
    def is_known(self) -> bool:
        """(Likely) pathogenic with at least two review stars."""
        return self.classification in PATHOGENIC and self.review in TRUSTED


def draw_classified(
    genes: Sequence[tuple[Gene, Disorder]],
    contigs: Mapping[str, Contig],
    sites: Mapping[str, Sites],
    rng: np.random.Generator,
) -> tuple[Classified, ...]:
    """Classifications in every gene, sorted by place, no allele twice, none at a site of the population."""
    drawn: dict[Allele, Classified] = {}
    recessive = [g.symbol for g, d in genes if d.inheritance is Inheritance.RECESSIVE]
    for gene, disorder in genes:
        contig = contigs[gene.contig]
        for classification, review, effects in _ENTRIES:
            effect = effects[int(rng.integers(len(effects)))]
            try:
                allele = draw_change(gene, contig, effect, rng)
            except ValueError:  # a gene may be too small for every effect
                continue
            frequency = _frequency(classification, disorder.inheritance, rng)
            entry = Classified(0, allele, gene.symbol, effect, classification, review, disorder, frequency)
            drawn.setdefault(allele, entry)
        if gene.symbol in recessive[::COMMON_EVERY]:
            allele = draw_change(gene, contig, Effect.MISSENSE, rng)
            drawn[allele] = Classified(
                0, allele, gene.symbol, Effect.MISSENSE, "Pathogenic", EXPERT, disorder, COMMON_PATHOGENIC
            )
        for entry in _benign(gene, disorder, contig, sites[gene.contig]):
            drawn.setdefault(entry.allele, entry)
    return tuple(replace(drawn[a], record=FIRST_RECORD + n) for n, a in enumerate(sorted(drawn)))


def _frequency(classification: str, inheritance: Inheritance, rng: np.random.Generator) -> float:
    """Pathogenic alleles of recessive disorders are carried by healthy people, up to one in 500 chromosomes."""
    luck, power = rng.random(), rng.uniform(-5.3, -2.7)
    if classification in PATHOGENIC:
        return float(10**power) if inheritance is Inheritance.RECESSIVE and luck < 0.5 else 0.0
    return float(10 ** (power - 0.5)) if luck < 0.7 else 0.0


def _benign(gene: Gene, disorder: Disorder, contig: Contig, sites: Sites) -> Iterator[Classified]:
    """Common coding variants of the population, which the library calls benign; their frequency is the site's."""
    places = {int(p): n for n, p in enumerate(gene.coding_positions)}
    common = sites.frequency.max(axis=1) > BENIGN
    inside = np.flatnonzero(common & (sites.pos >= gene.start) & (sites.pos <= gene.end))
    for i in inside.tolist():
        allele = Allele(sites.contig, int(sites.pos[i]), str(sites.ref[i]), str(sites.alt[i]))
        place = places.get(allele.pos)
        if place is None or len(allele.ref) != len(allele.alt) or not is_inner(gene, allele.pos, allele.pos):
            continue
        effect = effect_of_substitution(gene, contig, place, allele.alt)
        if effect is not None:
            yield Classified(0, allele, gene.symbol, effect, "Benign", TWO_STARS, disorder, 0.0)
