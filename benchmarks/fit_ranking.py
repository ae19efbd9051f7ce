"""How the weights of the phenotype ranker were chosen: coordinate descent on half 0 of the solved cases' diseases.

The case's own paper is left out. The loss is the mean of -ln(NOISE + posterior of the causal gene), each disease
weighing with the square root of its cases, so that neither one large series nor a case that no description can
explain decides. That loss hardly knows a scale, so `match` is not descended: it was set so that the first gene is right about
as often as its posterior says, over both halves, among cases whose gene is described. This script reads half 0 alone;
the person who ran it had seen half 1 in the benchmark.

The weights are also scored on each of FOLDS groups of half 0's diseases: where a neighbour wins on one group and
loses on the next, the difference is chance, and the rounder number stays.

Run: python benchmarks/fit_ranking.py [--cases 500] [--passes 1]
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ranking import SolvedCase, read_cases
from trihelix.interpretation.rare.phenotype import WEIGHTS, Weights, rank_genes
from trihelix.reference.pack import ConversionOptions
from trihelix.reference.phenotype_leave_out import Replacements, leave_out
from trihelix.reference.phenotypes import Phenotypes, convert, default_sources, open_phenotypes

NOISE = 0.02
FOLDS = 3
FITTED = ("expectation", "publication", "sharing")
STEP = 1.2


def losses(
    phenotypes: Phenotypes, replaced: Replacements, cases: list[SolvedCase], weights: Weights
) -> NDArray[np.float64]:
    """-ln(NOISE + posterior of the causal gene) per case; a gene without a score has posterior 0."""
    found = np.zeros(len(cases))
    for place, case in enumerate(cases):
        gene = phenotypes.gene_number(case.gene)
        if gene is not None:
            swap = replaced.get(case.publication, {})
            genes = rank_genes(phenotypes, case.present, case.excluded, weights, swap)
            found[place] = genes.posterior[gene]
    return np.asarray(-np.log(NOISE + found), np.float64)


def by_fold(values: NDArray[np.float64], cases: list[SolvedCase]) -> tuple[float, list[float]]:
    """The weighted mean over all cases, and over each group of diseases."""
    size = Counter(case.disease for case in cases)
    weight = np.array([size[case.disease] ** -0.5 for case in cases])
    group = {disease: number % FOLDS for number, disease in enumerate(sorted(size))}
    fold = np.array([group[case.disease] for case in cases])
    means = [float(np.average(values[fold == k], weights=weight[fold == k])) for k in range(FOLDS)]
    return float(np.average(values, weights=weight)), means


def descend(
    phenotypes: Phenotypes, replaced: Replacements, cases: list[SolvedCase], passes: int
) -> tuple[Weights, float]:
    """Weights after trying each one a STEP up and down, as often as `passes`; prints every trial."""
    best = WEIGHTS
    loss, folds = by_fold(losses(phenotypes, replaced, cases, best), cases)
    print(f"{'start':28}{loss:9.4f}  {folds}")
    for _ in range(passes):
        for name in FITTED:
            for factor in (STEP, 1 / STEP):
                trial = replace(best, **{name: getattr(best, name) * factor})
                now, folds = by_fold(losses(phenotypes, replaced, cases, trial), cases)
                print(f"{name:16}{getattr(trial, name):12.3f}{now:9.4f}  {[round(one, 4) for one in folds]}")
                if now < loss:
                    best, loss = trial, now
                    break
    return best, loss


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, help="an even sample of about so many cases of both halves")
    parser.add_argument("--passes", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        convert(default_sources(), folder, ConversionOptions())
        pack = open_phenotypes(folder)
        cases = [case for case in read_cases(pack, options.cases) if case.half == 0]
        phenotypes, replaced = leave_out(pack, sorted({case.publication for case in cases}))
        weights, loss = descend(phenotypes, replaced, cases, options.passes)
        print(f"{len(cases)} cases of half 0, loss {loss:.4f}")
        print(asdict(weights))


if __name__ == "__main__":
    main()
