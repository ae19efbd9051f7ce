"""Simulated phenotype profiles: what a clinic writes down of a patient with a disorder.

Each annotated phenotype is shown with its published frequency and noted by the clinic three times in five; some are
noted less precisely, as a parent term, and some unrelated findings are added: the noise and imprecision with which
phenotype search is commonly tested (Köhler et al., American Journal of Human Genetics 2009; 85:457).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trihelix.model.phenotype import PhenotypeProfile
from trihelix.reference.phenotypes import Phenotypes
from trihelix.simulate.disorders import Disorder, general_terms, parent_terms

NOTED = 0.6
IMPRECISE = 0.35
UNRELATED = 1.5  # mean number of unrelated findings
FEWEST, MOST = 3, 10
EXCLUDED_BELOW = 0.2  # phenotypes that few patients have are what a clinic looks for and does not find


def draw_profile(
    disorder: Disorder, others: Sequence[Disorder], phenotypes: Phenotypes, rng: np.random.Generator
) -> PhenotypeProfile:
    """A patient's terms; unrelated ones are phenotypes of other disorders. Present and excluded do not overlap."""
    shown = _shown(disorder, rng)
    terms = [_less_precise(t, phenotypes) if rng.random() < IMPRECISE else t for t in shown]
    for _ in range(int(rng.poisson(UNRELATED))):
        other = others[int(rng.integers(len(others)))].terms
        terms.append(other[int(rng.integers(len(other)))][0])
    present = tuple(dict.fromkeys(terms))
    return PhenotypeProfile(present, _excluded(disorder, present, phenotypes, rng))


def _shown(disorder: Disorder, rng: np.random.Generator) -> list[str]:
    """Terms that the patient has and the clinic noted, the most frequent ones where there would be too few."""
    luck = rng.random(len(disorder.terms))
    shown = [t for (t, share), u in zip(disorder.terms, luck, strict=True) if u < share * NOTED]
    frequent = sorted(disorder.terms, key=lambda item: (-item[1], item[0]))
    for term, _ in frequent:
        if len(shown) < FEWEST and term not in shown:
            shown.append(term)
    if len(shown) <= MOST:
        return shown
    return [shown[i] for i in sorted(rng.permutation(len(shown))[:MOST].tolist())]


def _less_precise(term: str, phenotypes: Phenotypes) -> str:
    """A parent of the term that is still a phenotype; the term itself where there is none."""
    parents = parent_terms(phenotypes, term)
    return parents[0] if parents else term


def _excluded(
    disorder: Disorder, present: Sequence[str], phenotypes: Phenotypes, rng: np.random.Generator
) -> tuple[str, ...]:
    """Up to two rare phenotypes of the disorder that the patient does not have."""
    implied = {a for term in present for a in general_terms(phenotypes, term)}
    rare = [t for t, share in disorder.terms if share < EXCLUDED_BELOW and t not in implied]
    number = min(len(rare), int(rng.integers(0, 3)))
    return tuple(rare[i] for i in sorted(rng.permutation(len(rare))[:number].tolist()))
