"""The automatic ACMG/AMP classification of a family's candidates."""

from __future__ import annotations

from dataclasses import replace

from trihelix.interpretation.evidence.acmg.assessor import Assessor, CaseFacts
from trihelix.interpretation.rare.case import Knowledge
from trihelix.model.interpretation import Candidate


def classify_candidates(
    candidates: tuple[Candidate, ...], knowledge: Knowledge, facts: CaseFacts
) -> tuple[Candidate, ...]:
    """The candidates with the automatic ACMG/AMP classification of the variants of the best ones."""
    assessor = Assessor(
        genes=knowledge.genes,
        genome=knowledge.genome,
        significance=knowledge.significance,
        mechanism=knowledge.mechanism,
        frequencies=knowledge.frequencies,
        case=facts,
    )
    done = assessor.candidates(candidates)
    classified = tuple(
        replace(
            candidate,
            variants=tuple(
                replace(variant, classification=one)
                for variant, one in zip(candidate.variants, classes, strict=True)
            ),
        )
        for candidate, classes in zip(candidates, done, strict=False)
    )
    return (*classified, *candidates[len(done) :])
