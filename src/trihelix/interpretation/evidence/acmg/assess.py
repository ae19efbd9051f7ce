"""Facts in, classification out: every criterion, what may not count twice, the points, and the contradictions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from trihelix.interpretation.evidence.acmg.computational import computational_criteria
from trihelix.interpretation.evidence.acmg.conflicts import find_conflicts
from trihelix.interpretation.evidence.acmg.double_counting import without_double_counting
from trihelix.interpretation.evidence.acmg.facts import Facts
from trihelix.interpretation.evidence.acmg.frequency import frequency_criteria
from trihelix.interpretation.evidence.acmg.inheritance import (
    de_novo_criteria,
    family_criteria,
    phenotype_criterion,
)
from trihelix.interpretation.evidence.acmg.loss_of_function import loss_criterion
from trihelix.interpretation.evidence.acmg.points import classify, points_of
from trihelix.interpretation.evidence.acmg.protein_change import protein_criteria
from trihelix.interpretation.evidence.acmg.reported import reported_criteria, side_of
from trihelix.model.classification import (
    CRITERIA,
    Background,
    Classification,
    Criterion,
    Direction,
    Status,
    Strength,
)

RULES = "ACMG/AMP 2015 with ClinGen SVI refinements, points of Tavtigian 2020; rule set 1"


def assess(facts: Facts, enable: Collection[str] = ()) -> Classification:
    """The classification of one variant. `enable` switches deprecated criteria (PP5, BP6) on."""
    found = (
        loss_criterion(facts),
        *protein_criteria(facts),
        *frequency_criteria(facts),
        *computational_criteria(facts),
        *family_criteria(facts),
        *reported_criteria(facts),
    )
    order = {code: n for n, code in enumerate(CRITERIA)}
    criteria = sorted((switched_on(c, enable) for c in found), key=lambda c: order[c.code])
    return concluded(facts, without_double_counting(criteria))


def concluded(facts: Facts, criteria: Sequence[Criterion]) -> Classification:
    """Points, class and contradictions of these criteria."""
    side = side_of(facts.classification)
    background = Background(
        known=facts.classification,
        known_stars=facts.stars,
        known_side=side.value if side else None,
        mechanisms=tuple(dict.fromkeys(m.mechanism for m in facts.mechanisms)),
    )
    label, points, probability = classify(criteria)
    return Classification(
        variant=facts.variant,
        gene=facts.gene,
        transcript=facts.transcript,
        mode=facts.mode,
        label=label,
        points=points,
        posterior=probability,
        criteria=tuple(criteria),
        conflicts=find_conflicts(criteria, label, background),
        background=background,
        rules=RULES,
    )


def with_phenotype(
    classification: Classification, asked: bool, score: float | None, disease: str | None
) -> Classification:
    """The classification for another phenotype score of the gene: PP4, and PS2 or PM6 where one is met, judged anew;
    points, class and contradictions follow. PM3 stays, which counts the class of the variant in trans."""
    met = {c.code for c in classification.criteria if c.status == Status.MET}
    judged = [phenotype_criterion(asked, score, disease)]
    if met & {"PS2", "PM6"}:
        judged += de_novo_criteria("PS2" in met, asked, score)
    anew = {c.code: c for c in judged}
    criteria = tuple(anew.get(c.code, c) for c in classification.criteria)
    label, points, probability = classify(criteria)
    return replace(
        classification,
        label=label,
        points=points,
        posterior=probability,
        criteria=criteria,
        conflicts=find_conflicts(criteria, label, classification.background),
    )


def switched_on(criterion: Criterion, enable: Collection[str]) -> Criterion:
    """A criterion that is off by default, met where it is asked for."""
    if criterion.status != Status.OFF or criterion.code not in enable or criterion.strength is None:
        return criterion
    points = points_of(Strength(criterion.strength), Direction(criterion.direction))
    return replace(criterion, status=Status.MET, points=points)
