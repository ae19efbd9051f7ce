"""Fits the weights of interpretation/rare/scoring.py: conditional logistic regression, causal gene against competitors.

Half 0 of the diseases of benchmarks/competing_genes.py, singletons without clinical significance, annotations of the
case's own paper left out. A disease with n cases counts as sqrt(n). Findings that exist only because of the design
are not taken into the table: that a gene's modes are unknown (they are where the own paper was the only source),
and that a causal variant lies outside exons (no competitor does). What is printed was rounded, the homozygous
genotype lowered (the cases have more consanguineous families than a clinic), and so was the allele that is in no
pack (packs are smaller than gnomAD). What this script does not fit (de novo, parents, panels, stars, the mode for two copies)
is judgement.

Run: python benchmarks/fit_scoring.py [--quick]
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from _competitors import Genotype, read_genes
from _solved_cases import CASES, DATA, Solved
from competing_genes import (
    QUICK_CASES,
    Setting,
    World,
    background,
    gene_facts,
    open_world,
    ranked,
    shown_genes,
)
from trihelix.interpretation.rare.rules import Filter
from trihelix.interpretation.rare.scoring import ONE_COPY, GeneFacts, VariantFacts

COMPETITORS = 200
STEPS = 20
PENALTY = 1.0  # half the sum of squares is subtracted from the log-likelihood
# Zero: a missense variant below 1 in 10,000, dominant, in a gene of unknown mode, constraint and match 0.5.
FEATURES = (
    "loss of function", "in frame", "splice region or other", "absent", "below 1 in 1,000", "more common",
    "SimpleRecessive", "CompoundHeterozygous, unproven", "XLinkedSimpleRecessive", "XLinkedMonoallelic",
    "mode fits", "mode does not fit", "no disease", "phenotype, against", "phenotype, for",
    "intolerant", "between", "tolerant", "missense z",
)  # fmt: skip
PLACE = {name: place for place, name in enumerate(FEATURES)}
NAMES = {
    Filter.SIMPLE_RECESSIVE: "SimpleRecessive",
    Filter.COMPOUND_HETEROZYGOUS: "CompoundHeterozygous, unproven",
    Filter.X_LINKED_COMPOUND_HETEROZYGOUS: "CompoundHeterozygous, unproven",
    Filter.X_LINKED_SIMPLE_RECESSIVE: "XLinkedSimpleRecessive",
    Filter.X_LINKED_MONOALLELIC: "XLinkedMonoallelic",
}


def features(genotype: Genotype, gene: GeneFacts) -> NDArray[np.float32]:
    """A candidate as the numbers that the weights multiply."""
    found = np.zeros(len(FEATURES), np.float32)
    for variant in genotype.variants:
        for name in _of_variant(variant):
            found[PLACE[name]] += 1
    if genotype.filter in NAMES:
        found[PLACE[NAMES[genotype.filter]]] = 1
    if gene.mode_share is not None:
        found[PLACE["mode fits"]], found[PLACE["mode does not fit"]] = gene.mode_share, 1 - gene.mode_share
    if gene.phenotype_score is None:
        found[PLACE["no disease"]] = 1
    else:
        score = min(max(gene.phenotype_score, 1e-9), 1 - 1e-9)
        evidence = log(score / (1 - score))
        found[PLACE["phenotype, for" if evidence > 0 else "phenotype, against"]] = evidence
    if genotype.filter in ONE_COPY:
        for name in _of_constraint(genotype.variants[0], gene):
            found[PLACE[name]] = 1
    return found


def _of_variant(variant: VariantFacts) -> list[str]:
    names = []
    if variant.impact == "HIGH":
        names.append("loss of function")
    elif variant.consequence != "missense_variant":
        names.append("in frame" if variant.consequence == "inframe_deletion" else "splice region or other")
    frequency = variant.frequency or 0.0
    if frequency == 0:
        names.append("absent")
    elif frequency > 1e-4:
        names.append("below 1 in 1,000" if frequency <= 1e-3 else "more common")
    return names


def _of_constraint(variant: VariantFacts, gene: GeneFacts) -> list[str]:
    names = []
    if variant.impact == "HIGH" and gene.pli is not None:
        names.append("intolerant" if gene.pli > 0.9 else "tolerant" if gene.pli < 0.1 else "between")
    if variant.consequence == "missense_variant" and (gene.missense_z or 0.0) > 3.09:
        names.append("missense z")
    return names


def design(world: World, cases: Sequence[Solved]) -> NDArray[np.float32]:
    """Shape (cases, 1 + competitors, features); the causal gene first."""
    setting = Setting("fit")
    found = np.zeros((len(cases), COMPETITORS + 1, len(FEATURES)), np.float32)
    for number, case in enumerate(cases):
        ranking, stated = ranked(world, case, fair=True)
        drawn, others = background(world, case)
        shown = shown_genes(case, setting, drawn[:COMPETITORS], others[:COMPETITORS])
        for place, (entrez, genotype) in enumerate(shown):
            if genotype is not None:
                facts = gene_facts(world, ranking, stated, entrez, genotype.filter, case.male, setting)
                found[number, place] = features(genotype, facts)
    return found


def fit(found: NDArray[np.float32], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights of the features that make the causal genes likeliest among their competitors.

    Newton's method; a step that makes them less likely is halved.
    """
    beta = np.zeros(found.shape[2])
    loss, chance = _loss(found, weights, beta)
    for _ in range(STEPS):
        mean = np.einsum("cg,cgf->cf", chance, found)
        curvature = PENALTY * np.eye(len(beta)) - (mean * weights[:, None]).T @ mean
        for case, share, weight in zip(found, chance, weights, strict=True):
            curvature += weight * (case * share[:, None]).T @ case
        step = np.linalg.solve(curvature, weights @ (found[:, 0] - mean) - PENALTY * beta)
        for _ in range(STEPS):
            trial, chance_there = _loss(found, weights, beta + step)
            if trial <= loss:
                beta, loss, chance = beta + step, trial, chance_there
                break
            step /= 2
    return beta


def _loss(
    found: NDArray[np.float32], weights: NDArray[np.float64], beta: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """The negative penalised log-likelihood, and each candidate's probability of being the causal one."""
    score = (found @ beta.astype(np.float32)).astype(np.float64)
    score -= score.max(axis=1, keepdims=True)
    odds = np.exp(score)
    total = odds.sum(axis=1, keepdims=True)
    loss = PENALTY * beta @ beta / 2 - weights @ (score[:, 0] - np.log(total[:, 0]))
    return float(loss), odds / total


def top_1(found: NDArray[np.float32], beta: NDArray[np.float64]) -> float:
    """Per cent of the cases whose causal gene is first."""
    score = found @ beta
    return float(100 * ((score[:, 1:] >= score[:, :1]).sum(axis=1) == 0).mean())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="an even sample of the cases")
    options = parser.parse_args()
    if not (DATA / CASES).exists():
        print(f"the real data is not at {DATA}; set TRIHELIX_REAL_DATA")
        return
    with tempfile.TemporaryDirectory() as name:
        world, cases = open_world(Path(name), read_genes(DATA), QUICK_CASES if options.quick else None)
        halves = [[case for case in cases if case.half == half] for half in (0, 1)]
        found, reported = (design(world, half) for half in halves)
    number = Counter(case.disease for case in halves[0])
    beta = fit(found, np.array([1 / np.sqrt(number[case.disease]) for case in halves[0]]))
    for feature, value in zip(FEATURES, beta, strict=True):
        print(f"{feature:34}{value:8.2f}")
    print(
        f"top-1 among {COMPETITORS}: half 0 {top_1(found, beta):.1f} %, half 1 {top_1(reported, beta):.1f} %"
    )


if __name__ == "__main__":
    main()
