"""PS2, PM6, PM3, BP2, PP4, PP1 and BS4: what the family and the phenotype say.

PS2 and PM6: ClinGen SVI recommendation for de novo criteria, version 1.1. PM3: ClinGen SVI recommendation for in trans
criterion, version 1.0 (0.5 points supporting, 1 moderate, 2 strong, 4 very strong). PP4 is never more than supporting.
"""

from __future__ import annotations

from trihelix.interpretation.evidence.acmg.facts import DOMINANT, RECESSIVE, Companion, Facts, Parentage
from trihelix.interpretation.evidence.acmg.verdicts import RICHARDS, met, not_assessable, not_met
from trihelix.model.classification import Criterion, Label, Strength

DE_NOVO_SOURCE = "ClinGen SVI, PS2 and PM6 version 1.1 (2021)"
IN_TRANS_SOURCE = "ClinGen SVI, PM3 version 1.0 (2019)"
# Of the phenotype score, in [0, 1], where 0.5 is the average gene. One gene in a thousand reaches 0.99 in published
# cases; below 0.2 a gene is less than a quarter as likely as the average one.
PP4_THRESHOLD, FITS_POORLY = 0.99, 0.2
HOMOZYGOUS_POINTS = 0.5
# Points for the variant on the other chromosome: phase proven, and not proven.
TRANS_POINTS = {
    Label.PATHOGENIC: (1.0, 0.5),
    Label.LIKELY_PATHOGENIC: (1.0, 0.25),
    Label.UNCERTAIN: (0.25, 0.0),
}
STRENGTH_OF_POINTS = (
    (4.0, Strength.VERY_STRONG),
    (2.0, Strength.STRONG),
    (1.0, Strength.MODERATE),
    (0.5, Strength.SUPPORTING),
)


def family_criteria(facts: Facts) -> tuple[Criterion, ...]:
    """PS2, PM3, PM6, PP1, PP4, BS4 and BP2."""
    confirmed, assumed = _de_novo(facts)
    return (
        confirmed,
        _in_trans(facts),
        assumed,
        not_assessable("PP1", "co-segregation is for a person to count: affected relatives and meioses"),
        _phenotype(facts),
        not_assessable("BS4", "a relative who is affected without the variant may have another cause"),
        _trans_or_cis(facts),
    )


def _de_novo(facts: Facts) -> tuple[Criterion, Criterion]:
    """PS2 and PM6."""
    family = facts.family
    if family.origin != "de_novo":
        words = (
            "not de novo" if family.origin in ("father", "mother", "both") else "whether de novo is not known"
        )
        verdict = not_met if family.origin in ("father", "mother", "both") else not_assessable
        return verdict("PS2", words, DE_NOVO_SOURCE), verdict("PM6", words, DE_NOVO_SOURCE)
    if reason := _doubt(facts):
        return not_assessable("PS2", reason, DE_NOVO_SOURCE), not_assessable("PM6", reason, DE_NOVO_SOURCE)
    confirmed = family.parentage is Parentage.CONFIRMED
    return de_novo_criteria(confirmed, family.phenotype_asked, family.phenotype_score)


def de_novo_criteria(confirmed: bool, asked: bool, score: float | None) -> tuple[Criterion, Criterion]:
    """PS2 and PM6 of a variant that neither parent has: which counts tells whether parentage is confirmed, and a
    phenotype that fits the gene poorly makes it one step weaker."""
    poor = asked and (score or 0.0) < FITS_POORLY
    fit = f"; the phenotype fits the gene poorly (score {score or 0.0:.2f}), so one step weaker"
    words = "seen in neither parent" + (fit if poor else "")
    if confirmed:
        strength = Strength.MODERATE if poor else Strength.STRONG
        counted = met("PS2", f"{words}; the genotypes confirm parentage", DE_NOVO_SOURCE, strength)
        return counted, not_met("PM6", "parentage is confirmed: PS2 counts", DE_NOVO_SOURCE)
    strength = Strength.SUPPORTING if poor else Strength.MODERATE
    counted = met("PM6", f"{words}; parentage is assumed, not tested", DE_NOVO_SOURCE, strength)
    return not_met("PS2", "parentage is not confirmed", DE_NOVO_SOURCE), counted


def _doubt(facts: Facts) -> str:
    """Why a de novo variant is no evidence, or an empty text."""
    if facts.family.parentage is Parentage.CONTRADICTED:
        return "the genotypes contradict parentage"
    if facts.family.low_quality_de_novo:
        return "the de novo call is of low quality: confirm it by another method"
    if facts.mode == RECESSIVE:
        return "in a recessive gene a de novo variant is weighed with the variant in trans, by a person"
    return ""


def _in_trans(facts: Facts) -> Criterion:
    if facts.mode != RECESSIVE:
        return not_met("PM3", "assessed as dominant", IN_TRANS_SOURCE)
    points, words = _trans_points(facts)
    strength = next((s for lowest, s in STRENGTH_OF_POINTS if points >= lowest), None)
    words = f"{words}: {points:g} points, 0.5 are asked for"
    if strength is None:
        return not_met("PM3", words, IN_TRANS_SOURCE, value=points, threshold=0.5)
    return met("PM3", words, IN_TRANS_SOURCE, strength, value=points, threshold=0.5)


def _trans_points(facts: Facts) -> tuple[float, str]:
    if facts.family.homozygous:
        return HOMOZYGOUS_POINTS, "homozygous"
    companion = facts.family.companion
    if companion is None:
        return 0.0, "no second variant in the gene"
    proven, unproven = TRANS_POINTS.get(Label(companion.label), (0.0, 0.0))
    if companion.in_trans is False:
        return 0.0, f"in cis with {_described(companion)}"
    if companion.in_trans:
        return proven, f"in trans with {_described(companion)}"
    return unproven, f"phase not proven with {_described(companion)}"


def _trans_or_cis(facts: Facts) -> Criterion:
    companion = facts.family.companion
    if companion is None:
        return not_met("BP2", "no second variant in the gene", RICHARDS)
    pathogenic = companion.label in (Label.PATHOGENIC, Label.LIKELY_PATHOGENIC)
    if not pathogenic or companion.in_trans is None:
        reason = "phase not proven with" if pathogenic else "the other variant is not pathogenic:"
        return not_met("BP2", f"{reason} {_described(companion)}", RICHARDS)
    if companion.in_trans and facts.mode != DOMINANT:
        return not_met("BP2", "in trans counts only where the disease is dominant", RICHARDS)
    place = "in trans, the disease is dominant," if companion.in_trans else "in cis"
    return met("BP2", f"{place} with {_described(companion)}", RICHARDS)


def _described(companion: Companion) -> str:
    return f"{companion.variant}, {companion.label.replace('_', ' ')} by {companion.source}"


def _phenotype(facts: Facts) -> Criterion:
    family = facts.family
    return phenotype_criterion(family.phenotype_asked, family.phenotype_score, family.disease)


def phenotype_criterion(asked: bool, score: float | None, disease: str | None) -> Criterion:
    """PP4: whether terms were given, the gene's phenotype score, and the disease that it is the score of."""
    if not asked:
        return not_assessable("PP4", "no phenotype terms were given")
    if score is None:
        return not_assessable("PP4", "the phenotype pack describes no disease of this gene")
    fits = score >= PP4_THRESHOLD
    named = f" for {disease}" if disease else ""
    words = f"phenotype score {score:.2f}{named}, {'at least' if fits else 'below'} {PP4_THRESHOLD}"
    judge = met if fits else not_met
    return judge("PP4", words, RICHARDS, value=score, threshold=PP4_THRESHOLD)
