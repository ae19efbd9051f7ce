"""The score of a candidate: a sum of log-odds, each part with its reason, turned into a number in [0, 1].

The shape follows Exomiser's logistic combination of phenotype and variant evidence (Smedley et al., Nature
Protocols 2015); the weights are ours: the table below is all there is to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, isnan, log

from trihelix.annotation.sequence_ontology import HIGH, MODERATE
from trihelix.interpretation.rare.rules import Filter
from trihelix.model.interpretation import Contribution

BASE = -5.0
CONSEQUENCE = {HIGH: 2.5, "missense_variant": 1.2, MODERATE: 1.0, "splice_region_variant": -0.5}
OTHER_CONSEQUENCE = -1.0
KNOWN_STARS = {0: 1.0, 1: 1.5, 2: 3.0, 3: 3.5, 4: 3.5}
RARITY = (
    (0.0, 0.8, "in no frequency pack"),
    (1e-4, 0.3, "below 1 in 10,000"),
    (1e-3, -0.5, "below 1 in 1,000"),
)
COMMON = -1.5
SEGREGATION = {
    Filter.DE_NOVO: 2.0,
    Filter.SIMPLE_RECESSIVE: 1.5,
    Filter.COMPOUND_HETEROZYGOUS: 1.2,
    Filter.X_LINKED_SIMPLE_RECESSIVE: 1.2,
    Filter.X_LINKED_COMPOUND_HETEROZYGOUS: 1.0,
    Filter.X_LINKED_MONOALLELIC: 0.5,
    Filter.INHERITED_AUTOSOMAL_DOMINANT: 0.0,
    Filter.PATERNALLY_IMPRINTED: 0.3,
    Filter.MATERNALLY_IMPRINTED: 0.3,
    Filter.UNIPARENTAL_ISODISOMY: 1.5,
    Filter.MITOCHONDRIAL_GENOME: 0.0,
    Filter.Y_LINKED: 0.0,
}
PHASE_UNPROVEN = -0.8
PANEL = {"green": 1.5, "amber": 0.5}
MODE_MISMATCH = -0.5
PHENOTYPE_WEIGHT = 0.8  # below 1: findings are not independent
PHENOTYPE_LIMITS = (-3.0, 7.0)
UNKNOWN_DISEASE = -0.5
LOF_INTOLERANT, LOEUF_LIMIT = 0.6, 0.35  # gnomAD's suggested LOEUF cut-off
MISSENSE_INTOLERANT, MISSENSE_Z_LIMIT = 0.5, 3.09  # Samocha et al., Nature Genetics 2014


@dataclass(frozen=True)
class VariantFacts:
    """What a variant's score depends on; `frequency` is None without a frequency pack."""

    consequence: str
    impact: str
    frequency: float | None
    pathogenic: bool
    stars: int


@dataclass(frozen=True)
class GeneFacts:
    """What a gene adds: best panel colour and whether its mode fits, constraint, and the phenotype's score."""

    confidence: str | None
    mode_fits: bool
    loeuf: float | None
    missense_z: float | None
    phenotype_score: float | None
    phenotype_asked: bool
    disease: str | None
    mode_share: float | None = None
    pli: float | None = None
    missense_expected: float | None = None


def contributions(
    variants: Sequence[VariantFacts], filter_: Filter, phase_unproven: bool, gene: GeneFacts
) -> tuple[Contribution, ...]:
    """All parts of a candidate's log-odds. Of a pair the weaker variant counts: both are needed."""
    weakest = min((_variant_parts(v) for v in variants), key=lambda parts: sum(p.points for p in parts))
    return (
        Contribution("prior", BASE, "few rare variants explain a disease"),
        *weakest,
        *_segregation_parts(filter_, phase_unproven),
        *_gene_parts(variants, filter_, gene),
        *_phenotype_parts(gene),
    )


def scores(parts: Sequence[Contribution]) -> tuple[float, float]:
    """(combined score, genotype score) in [0, 1]: the logistic of the sum, with and without the phenotype."""
    total = sum(p.points for p in parts)
    genotype = sum(p.points for p in parts if p.part != "phenotype")
    return _logistic(total), _logistic(genotype)


def _logistic(x: float) -> float:
    return round(1 / (1 + exp(-x)), 6)


def _variant_parts(variant: VariantFacts) -> list[Contribution]:
    name = variant.consequence.replace("_", " ")
    by_impact = CONSEQUENCE.get(variant.impact, OTHER_CONSEQUENCE)
    parts = [Contribution("consequence", CONSEQUENCE.get(variant.consequence, by_impact), name)]
    if variant.frequency is not None and not isnan(variant.frequency):
        parts.append(_rarity(variant.frequency))
    if variant.pathogenic:
        points = KNOWN_STARS.get(variant.stars, 1.0)
        parts.append(Contribution("known", points, f"classified as pathogenic, {variant.stars} review stars"))
    return parts


def _rarity(frequency: float) -> Contribution:
    for limit, points, why in RARITY:
        if frequency <= limit:
            return Contribution("rarity", points, why)
    return Contribution("rarity", COMMON, f"highest population frequency {frequency:.2%}")


def _segregation_parts(filter_: Filter, phase_unproven: bool) -> list[Contribution]:
    parts = [Contribution("segregation", SEGREGATION[filter_], filter_.value)]
    if phase_unproven:
        parts.append(Contribution("segregation", PHASE_UNPROVEN, "the pair is not proven to be in trans"))
    return parts


def _gene_parts(variants: Sequence[VariantFacts], filter_: Filter, gene: GeneFacts) -> list[Contribution]:
    parts = []
    if gene.confidence in PANEL:
        points = PANEL[gene.confidence]
        why = f"{gene.confidence} on an applied panel"
        if gene.confidence == "green" and not gene.mode_fits:
            points, why = MODE_MISMATCH, "green on an applied panel, but for another mode of inheritance"
        parts.append(Contribution("panel", points, why))
    if filter_ not in (Filter.DE_NOVO, Filter.INHERITED_AUTOSOMAL_DOMINANT, Filter.X_LINKED_MONOALLELIC):
        return parts
    if gene.loeuf is not None and gene.loeuf < LOEUF_LIMIT and any(v.impact == HIGH for v in variants):
        parts.append(
            Contribution(
                "constraint", LOF_INTOLERANT, f"loss of function is selected against (LOEUF {gene.loeuf:.2f})"
            )
        )
    missense = any(v.consequence == "missense_variant" for v in variants)
    if gene.missense_z is not None and gene.missense_z > MISSENSE_Z_LIMIT and missense:
        parts.append(
            Contribution(
                "constraint", MISSENSE_INTOLERANT, f"missense is selected against (z {gene.missense_z:.2f})"
            )
        )
    return parts


def _phenotype_parts(gene: GeneFacts) -> list[Contribution]:
    if not gene.phenotype_asked:
        return []
    if gene.phenotype_score is None or gene.phenotype_score <= 0:
        return [Contribution("phenotype", UNKNOWN_DISEASE, "no disease of this gene is annotated")]
    evidence = log(gene.phenotype_score / (1 - gene.phenotype_score)) if gene.phenotype_score < 1 else inf
    points = min(max(PHENOTYPE_WEIGHT * evidence, PHENOTYPE_LIMITS[0]), PHENOTYPE_LIMITS[1])
    return [Contribution("phenotype", round(points, 4), f"match with {gene.disease or 'its diseases'}")]
