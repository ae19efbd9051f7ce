"""How well a person's HPO terms fit each disease and gene, as evidence that can be added to other evidence.

For every finding and disease the best damped log-likelihood ratio over the finding's ancestors is taken (the
pack holds the ratios). Findings that say nearly the same share their weight. From the sum is subtracted what
a random finding would have gained, so that diseases with long annotation lists do not win for their length,
and a small prior for well-published diseases is added. A disease that is linked with many genes speaks less for
each of them. A gene pools its diseases: log of the summed exp(score):

    score(D) = match x (sum_t w_t x best_a 0.9^steps x llr(a, D) - expectation x sum_t w_t x expected(D))
               + publication x ln(1 + publications) + exclusion(D)
    score(gene) = ln sum_D exp(score(D) - sharing x ln(genes of D))

The posterior of a gene is the softmax over all genes that have a described disease. Its `score` is
posterior / (posterior + 1 / number of such genes): logit(score) = ln(posterior / uniform prior), the evidence of
the phenotypes in nats; 0.5 says nothing for or against. WEIGHTS were chosen on half 0 of the diseases of 4,869
published cases, the cases' own papers left out, by mean ln(0.02 + posterior): a case that no description can
explain must not decide (benchmarks/fit_ranking.py). `match` sets the scale: it was set by hand, so that the first
gene is right as often as its posterior says over both halves. The first shape of the formula was explored with both
halves in view, and half 1 was printed while `sharing` was chosen; benchmarks/ranking.py shows each half. Further
features (Resnik in both directions, a profile pooled per gene, coverage, patients counted, age of the papers)
were tried on half 0 by cross-validation and left out: none made a difference beyond chance. So were names of diseases
(from the release, ClinGen and PanelApp) read as findings, and a learned re-ranker over all of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.methods.term_matching import add_exclusions, add_matches, pool_groups, redundancy_weights
from trihelix.model.errors import PhenotypeError
from trihelix.model.interpretation import PhenotypeMatch
from trihelix.reference.ontology import IntArray
from trihelix.reference.phenotype_profiles import damping_table
from trihelix.reference.phenotypes import Phenotypes

FloatArray = NDArray[np.float32]
DoubleArray = NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """The few numbers of the formula. Excluded findings count only where at least `exclusion_cases` patients
    stand behind the annotation: single-case frequencies mislead."""

    match: float = 0.75
    expectation: float = 0.74
    publication: float = 0.66
    sharing: float = 0.3
    exclusion_cases: int = 10
    exclusion_certainty: float = 0.9


WEIGHTS = Weights()


@dataclass(frozen=True)
class Query:
    """A person's findings as term numbers; `weights` one per present term (redundant findings share)."""

    present: IntArray
    excluded: IntArray
    weights: DoubleArray


@dataclass(frozen=True)
class DiseaseScores:
    """Per disease number: `score` (log scale, comparable within one query), and its parts in nats: `match`,
    `expectation` (subtracted), `publication`, `exclusion`. `described` is False where there is no annotation."""

    score: DoubleArray
    match: FloatArray
    expectation: FloatArray
    publication: FloatArray
    exclusion: FloatArray
    described: NDArray[np.bool_]


@dataclass(frozen=True)
class GeneScores:
    """Per gene number: pooled log score (-inf without a described disease), posterior, score in [0, 1] (NaN where
    there is none) and the number of the best disease (-1)."""

    phenotypes: Phenotypes
    pooled: DoubleArray
    posterior: DoubleArray
    scores: DoubleArray
    best: IntArray
    diseases: DiseaseScores

    def score(self, gene: str | int) -> float | None:
        """The score of a gene by symbol or NCBI id; None where it has no described disease."""
        number = self.phenotypes.gene_number(gene)
        if number is None or self.best[number] < 0:
            return None
        return float(self.scores[number])

    def best_disease(self, gene: str | int) -> str | None:
        """The id of the gene's best-fitting disease; None where it has no described one."""
        number = self.phenotypes.gene_number(gene)
        if number is None or self.best[number] < 0:
            return None
        return str(self.phenotypes.diseases["id"][int(self.best[number])])

    def table(self) -> pl.DataFrame:
        """Genes with a score, best first: gene, ncbi_id, score, posterior, disease_id, disease_name."""
        rows = np.flatnonzero(self.best >= 0)
        rows = rows[np.argsort(-self.pooled[rows], kind="stable")]
        genes, diseases = self.phenotypes.genes[rows], self.phenotypes.diseases[self.best[rows]]
        return pl.DataFrame(
            {
                "gene": genes["symbol"],
                "ncbi_id": genes["ncbi_id"],
                "score": self.scores[rows],
                "posterior": self.posterior[rows],
                "disease_id": diseases["id"],
                "disease_name": diseases["name"],
            }
        )


def make_query(phenotypes: Phenotypes, present: Sequence[str], excluded: Sequence[str] = ()) -> Query:
    """Term ids (current, alternative or replaced) as numbers; terms that are no abnormality are left out.

    Raises PhenotypeError for ids that the release does not know.
    """
    found = _numbers(phenotypes, present)
    ontology = phenotypes.ontology
    information = phenotypes.profiles.common.information
    weights = redundancy_weights(found, ontology.ancestors_start, ontology.ancestors, information)
    return Query(found, _numbers(phenotypes, excluded), weights)


def _numbers(phenotypes: Phenotypes, term_ids: Sequence[str]) -> IntArray:
    numbers = []
    for term_id in term_ids:
        number = phenotypes.term_number(term_id)
        if number < 0:
            raise PhenotypeError(
                "unknown HPO term",
                where=f"HPO release {phenotypes.release}",
                value=term_id,
                advice="look the term up on https://hpo.jax.org or leave it out",
            )
        if phenotypes.ontology.phenotypic[number]:
            numbers.append(number)
    return np.array(sorted(set(numbers)), np.int32)


def rank_diseases(
    phenotypes: Phenotypes, present: Sequence[str], excluded: Sequence[str] = (), weights: Weights = WEIGHTS
) -> DiseaseScores:
    """Scores of all diseases for a person's findings. Raises PhenotypeError for unknown term ids."""
    return score_diseases(phenotypes, make_query(phenotypes, present, excluded), weights)


def score_diseases(phenotypes: Phenotypes, query: Query, weights: Weights = WEIGHTS) -> DiseaseScores:
    """Scores of all diseases for a query; about a millisecond."""
    ontology, profiles = phenotypes.ontology, phenotypes.profiles
    number = len(profiles.publications)
    match, best, exclusion = (np.zeros(number, np.float32) for _ in range(3))
    add_matches(
        query.present, query.weights, ontology.ancestors_start, ontology.ancestors, ontology.steps,
        damping_table(), profiles.term_start, profiles.term_disease, profiles.term_gain, best, match,
    )  # fmt: skip
    add_exclusions(
        query.excluded, profiles.term_start, profiles.term_disease, profiles.term_probability,
        profiles.term_cases, weights.exclusion_cases, weights.exclusion_certainty, exclusion,
    )  # fmt: skip
    match *= weights.match
    expectation = np.float32(weights.match * weights.expectation * query.weights.sum()) * profiles.expected
    publication = np.asarray(weights.publication * np.log1p(profiles.publications), np.float32)
    score = (match - expectation + publication + exclusion).astype(np.float64)
    return DiseaseScores(score, match, expectation, publication, exclusion, profiles.described)


def rank_genes(
    phenotypes: Phenotypes,
    present: Sequence[str],
    excluded: Sequence[str] = (),
    weights: Weights = WEIGHTS,
    replaced: Mapping[int, int] | None = None,
) -> GeneScores:
    """Scores of all genes for a person's findings.

    `replaced` maps disease numbers to rebuilt ones (fair evaluation, see phenotype_leave_out). Without any
    usable finding no gene has a score. Raises PhenotypeError for unknown term ids.
    """
    query = make_query(phenotypes, present, excluded)
    diseases = score_diseases(phenotypes, query, weights)
    return pool_genes(phenotypes, diseases, len(query.present) > 0, replaced or {}, weights.sharing)


def pool_genes(
    phenotypes: Phenotypes,
    diseases: DiseaseScores,
    usable: bool,
    replaced: Mapping[int, int],
    sharing: float = 0.0,
) -> GeneScores:
    """Genes from disease scores; `usable` is False where the person has no finding to go by.

    From a disease's score `sharing` x ln(number of its genes) is subtracted: at 1 its genes share its weight.
    """
    score, described = diseases.score.copy(), diseases.described.copy()
    if replaced:
        old = np.fromiter(replaced, np.int64, len(replaced))
        new = np.fromiter(replaced.values(), np.int64, len(replaced))
        score[old], described[old] = diseases.score[new], diseases.described[new]
    score -= sharing * np.log(np.maximum(phenotypes.genes_of_disease, 1))
    genes = len(phenotypes.gene_start) - 1
    pooled, best = np.empty(genes), np.empty(genes, np.int32)
    pool_groups(score, described & usable, phenotypes.gene_start, phenotypes.gene_disease, pooled, best)
    posterior = _softmax(pooled)
    known = max(int((best >= 0).sum()), 1)
    scores = np.where(best >= 0, posterior / (posterior + 1 / known), np.nan)
    return GeneScores(phenotypes, pooled, posterior, scores, best, diseases)


def _softmax(pooled: DoubleArray) -> DoubleArray:
    if not np.isfinite(pooled).any():
        return np.zeros_like(pooled)
    weight = np.exp(pooled - pooled.max())
    return np.asarray(weight / weight.sum(), np.float64)


def explain(phenotypes: Phenotypes, present: Sequence[str], disease_id: str) -> tuple[PhenotypeMatch, ...]:
    """For every finding the most informative term that it shares with the disease's own annotations.

    Information in nats, -ln of the share of described diseases that have the term; most informative first.
    Raises PhenotypeError for an unknown disease or term.
    """
    disease = phenotypes.disease_number(disease_id)
    ontology, profiles = phenotypes.ontology, phenotypes.profiles
    span = slice(profiles.annotated_start[disease], profiles.annotated_start[disease + 1])
    shared = np.zeros(len(ontology.codes), bool)
    for term in profiles.annotated_term[span]:
        shared[ontology.ancestors_of(int(term))] = True
    shared &= ontology.phenotypic
    matches = [_match(phenotypes, int(term), shared) for term in _numbers(phenotypes, present)]
    return tuple(sorted(matches, key=lambda match: (-match.information, match.query_id)))


def _match(phenotypes: Phenotypes, term: int, shared: NDArray[np.bool_]) -> PhenotypeMatch:
    """The nearest of the most informative shared ancestors; none where they share only the root."""
    information = phenotypes.profiles.common.information
    ids, names = phenotypes.terms["id"], phenotypes.terms["name"]
    common = [int(a) for a in phenotypes.ontology.ancestors_of(term) if shared[a] and information[a] > 0]
    if not common:
        return PhenotypeMatch(ids[term], names[term], None, None, 0.0)
    best = max(common, key=lambda a: float(information[a]))
    return PhenotypeMatch(ids[term], names[term], ids[best], names[best], float(information[best]))
