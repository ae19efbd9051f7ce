"""The score of a candidate: a sum of log-odds, each part with its reason, turned into a number in [0, 1].

The shape follows Exomiser's logistic combination of phenotype and variant evidence (Smedley et al., Nature
Protocols 2015). The table below is all there is to the weights. It starts from conditional logistic regression on
half 0 of the diseases of 4,661 published cases among simulated background (benchmarks/fit_scoring.py). Judgement,
with the figures of both halves and of the demo in view: the rounding, what was lowered or raised (absent from the
packs, homozygous, X-linked recessive), modes for two copies, de novo, parents, panels and review stars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, isnan, log

from trihelix.annotation.sequence_ontology import HIGH, MODERATE
from trihelix.interpretation.rare.rules import Filter
from trihelix.model.interpretation import Contribution

BASE = -6.2  # among the rare functional variants of 200 genes; a match of nothing at all is 0
CONSEQUENCE = {HIGH: 2.4, "missense_variant": 0.0, MODERATE: 0.3, "splice_region_variant": -0.5}
OTHER_CONSEQUENCE = -1.0
KNOWN_STARS = {0: 1.0, 1: 1.5, 2: 3.0, 3: 3.5, 4: 3.5}
RARITY = (
    (0.0, 2.0, "in no frequency pack"),
    (1e-4, 0.0, "below 1 in 10,000"),
    (1e-3, -0.75, "below 1 in 1,000"),
)
COMMON = -2.5
SEGREGATION = {
    Filter.DE_NOVO: 4.0,
    Filter.SIMPLE_RECESSIVE: 3.5,
    Filter.COMPOUND_HETEROZYGOUS: 2.7,
    Filter.X_LINKED_SIMPLE_RECESSIVE: 0.8,
    Filter.X_LINKED_COMPOUND_HETEROZYGOUS: 2.0,
    Filter.X_LINKED_MONOALLELIC: -0.8,
    Filter.INHERITED_AUTOSOMAL_DOMINANT: 0.0,
    Filter.PATERNALLY_IMPRINTED: 0.3,
    Filter.MATERNALLY_IMPRINTED: 0.3,
    Filter.UNIPARENTAL_ISODISOMY: 3.5,
    Filter.MITOCHONDRIAL_GENOME: 0.0,
    Filter.Y_LINKED: 0.0,
}
PHASE_UNPROVEN = -0.7
PER_PARENT = 1.2  # a single allele that is left although a parent could have ruled it out
PANEL = {"green": 2.5, "amber": 0.5}
MODE_MISMATCH = -0.5
MODE_FITS, MODE_MISFITS = 1.2, -1.0  # of filters for one copy
TWO_COPIES_FIT, TWO_COPIES_MISFIT = 0.5, -0.5  # two rare copies are telling by themselves
PHENOTYPE_FOR, PHENOTYPE_AGAINST = 0.9, 0.25  # descriptions are incomplete: a poor match says little
PHENOTYPE_LIMITS = (-3.0, 7.0)
UNKNOWN_DISEASE = -1.2
# Loss of function seen once, by the gene's tolerance: pLI as Lek et al. (Nature 2016) use it, or where there is
# none gnomAD's LOEUF.
LOF_INTOLERANT, LOF_BETWEEN, LOF_TOLERANT = 1.2, -0.6, -1.3
PLI_INTOLERANT, PLI_TOLERANT = 0.9, 0.1
LOEUF_INTOLERANT, LOEUF_TOLERANT = 0.35, 1.0
MISSENSE_INTOLERANT, MISSENSE_Z_LIMIT = 0.8, 3.09  # Samocha et al., Nature Genetics 2014


# Constraint is measured in heterozygous and hemizygous people: it does not speak of two lost autosomal copies.
ONE_COPY = frozenset(
    {
        Filter.DE_NOVO,
        Filter.INHERITED_AUTOSOMAL_DOMINANT,
        Filter.PATERNALLY_IMPRINTED,
        Filter.MATERNALLY_IMPRINTED,
        Filter.X_LINKED_MONOALLELIC,
        Filter.X_LINKED_SIMPLE_RECESSIVE,
    }
)


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
    """What a gene adds: best panel colour and whether its mode fits, constraint, and the phenotype's score.

    `mode_share`: how much of the gene's diseases, by phenotype, are inherited as the filter says
    (`disease_modes.mode_share`); None where that is not known. `curated`: a curation names a disease of the gene.
    """

    confidence: str | None
    mode_fits: bool
    loeuf: float | None
    missense_z: float | None
    phenotype_score: float | None
    phenotype_asked: bool
    disease: str | None
    mode_share: float | None = None
    pli: float | None = None
    curated: bool = False


def contributions(
    variants: Sequence[VariantFacts],
    filter_: Filter,
    phase_unproven: bool,
    gene: GeneFacts,
    parents: int = 0,
) -> tuple[Contribution, ...]:
    """All parts of a candidate's log-odds; of a pair both variants count, each with the gene's other parts once.

    `parents`: how many of the proband's parents were called and could have ruled the variant out.
    """
    return (
        Contribution("prior", BASE, "few rare variants explain a disease"),
        *(part for variant in variants for part in _variant_parts(variant)),
        *_segregation_parts(filter_, phase_unproven, parents),
        *_gene_parts(filter_, gene),
        *_constraint_parts(variants, filter_, gene),
        *_phenotype_parts(gene),
    )


def scores(parts: Sequence[Contribution]) -> tuple[float, float]:
    """(combined score, genotype score) in [0, 1]: the logistic of the sum, with and without the phenotype."""
    total = sum(p.points for p in parts)
    genotype = sum(p.points for p in parts if p.part != "phenotype")
    return _logistic(total), _logistic(genotype)


def _logistic(x: float) -> float:
    return round(1 / (1 + exp(-x)), 9)  # so that strong candidates do not tie


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


def _segregation_parts(filter_: Filter, phase_unproven: bool, parents: int) -> list[Contribution]:
    parts = [Contribution("segregation", SEGREGATION[filter_], filter_.value)]
    if phase_unproven:
        parts.append(Contribution("segregation", PHASE_UNPROVEN, "the pair is not proven to be in trans"))
    if parents and filter_ in (Filter.INHERITED_AUTOSOMAL_DOMINANT, Filter.X_LINKED_MONOALLELIC):
        points = round(PER_PARENT * min(parents, 2), 4)
        parts.append(Contribution("segregation", points, "the parents' genotypes agree"))
    return parts


def _gene_parts(filter_: Filter, gene: GeneFacts) -> list[Contribution]:
    """The panel; and how the gene's diseases are inherited: over them, the mean of the odds."""
    parts = []
    if gene.confidence in PANEL:
        points = PANEL[gene.confidence]
        why = f"{gene.confidence} on an applied panel"
        if gene.confidence == "green" and not gene.mode_fits:
            points, why = MODE_MISMATCH, "green on an applied panel, but for another mode of inheritance"
        parts.append(Contribution("panel", points, why))
    if gene.mode_share is not None:
        one = filter_ in ONE_COPY
        fit, misfit = (MODE_FITS, MODE_MISFITS) if one else (TWO_COPIES_FIT, TWO_COPIES_MISFIT)
        points = log(gene.mode_share * exp(fit) + (1 - gene.mode_share) * exp(misfit))
        words = "are inherited like this" if gene.mode_share >= 0.5 else "are inherited in another way"
        parts.append(Contribution("mode", round(points, 4), f"its diseases {words}"))
    return parts


def _constraint_parts(
    variants: Sequence[VariantFacts], filter_: Filter, gene: GeneFacts
) -> list[Contribution]:
    if filter_ not in ONE_COPY:
        return []
    parts = []
    tolerance = _tolerance(gene)
    # X-linked recessive genes bear one lost copy in women: only the contrary tells.
    tells = tolerance and (filter_ is not Filter.X_LINKED_SIMPLE_RECESSIVE or tolerance.points > 0)
    if tolerance and tells and any(v.impact == HIGH for v in variants):
        parts.append(tolerance)
    missense = any(v.consequence == "missense_variant" for v in variants)
    if gene.missense_z is not None and gene.missense_z > MISSENSE_Z_LIMIT and missense:
        why = f"missense is selected against (z {gene.missense_z:.2f})"
        parts.append(Contribution("constraint", MISSENSE_INTOLERANT, why))
    return parts


def _tolerance(gene: GeneFacts) -> Contribution | None:
    """What pLI, or else LOEUF, says of one lost copy; None where neither is known."""
    if gene.pli is not None:
        measure, against, borne = f"pLI {gene.pli:.2f}", gene.pli > PLI_INTOLERANT, gene.pli < PLI_TOLERANT
    elif gene.loeuf is not None:
        measure = f"LOEUF {gene.loeuf:.2f}"
        against, borne = gene.loeuf < LOEUF_INTOLERANT, gene.loeuf > LOEUF_TOLERANT
    else:
        return None
    if against:
        return Contribution("constraint", LOF_INTOLERANT, f"loss of function is selected against ({measure})")
    if borne:
        return Contribution("constraint", LOF_TOLERANT, f"the loss of one copy is tolerated ({measure})")
    return Contribution("constraint", LOF_BETWEEN, f"selection against loss of function is weak ({measure})")


def _phenotype_parts(gene: GeneFacts) -> list[Contribution]:
    if not gene.phenotype_asked:
        return []
    if gene.phenotype_score is None or isnan(gene.phenotype_score) or gene.phenotype_score <= 0:
        if gene.curated:
            return [Contribution("phenotype", 0.0, "its disease is curated, but no findings are annotated")]
        return [Contribution("phenotype", UNKNOWN_DISEASE, "no disease of this gene is annotated")]
    evidence = log(gene.phenotype_score / (1 - gene.phenotype_score)) if gene.phenotype_score < 1 else inf
    weight = PHENOTYPE_FOR if evidence > 0 else PHENOTYPE_AGAINST
    points = min(max(weight * evidence, PHENOTYPE_LIMITS[0]), PHENOTYPE_LIMITS[1])
    return [Contribution("phenotype", round(points, 4), f"match with {gene.disease or 'its diseases'}")]
