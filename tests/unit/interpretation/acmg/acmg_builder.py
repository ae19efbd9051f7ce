"""Criteria and facts for the tests of the classification, each test saying only what matters to it."""

from __future__ import annotations

from typing import Any

from trihelix.interpretation.evidence.acmg.assess import assess
from trihelix.interpretation.evidence.acmg.facts import Facts, FrequencyFacts
from trihelix.interpretation.evidence.acmg.verdicts import met, not_met
from trihelix.model.classification import CRITERIA, Classification, Criterion, CriterionEdit, Status, Strength
from trihelix.model.interpretation import PopulationFrequency

USUAL = {"PVS": Strength.VERY_STRONG, "PS": Strength.STRONG, "PM": Strength.MODERATE, "PP": Strength.SUPPORTING,
         "BA": Strength.STAND_ALONE, "BS": Strength.STRONG, "BP": Strength.SUPPORTING}  # fmt: skip


def usual(code: str) -> Criterion:
    """A criterion met at the strength of the 2015 guideline."""
    return met(code, "because", "test", USUAL[code.rstrip("1234567")])


def facts(consequence: str = "missense_variant", **changes: Any) -> Facts:
    return Facts("chr1:100:A:C", "GENE", consequence, "T1", **changes)


def common(frequency: float, population: str = "nfe", alleles: int | None = 10_000) -> FrequencyFacts:
    return FrequencyFacts((PopulationFrequency("gnomad", population, frequency, alleles),), covered=True)


def met_codes(classification: Classification) -> set[str]:
    return {c.code for c in classification.criteria if c.status == Status.MET}


def found(code: str, given: Facts) -> Criterion:
    return assess(given).criterion(code)


def edit(number: int, code: str, strength: str, comment: str = "seen") -> CriterionEdit:
    return CriterionEdit(
        number, "chr1:100:A:C", "GENE", code, strength, comment, "AS", f"2026-01-01T00:00:{number:02d}Z"
    )


def with_criteria(classification: Classification, changed: dict[str, Criterion]) -> tuple[Criterion, ...]:
    return tuple(changed.get(c.code, c) for c in classification.criteria)


def nothing(code: str) -> Criterion:
    return not_met(code, "no", "test")


ALL = tuple(CRITERIA)
