"""Whether a genotype fits how the diseases of a gene are inherited, the diseases weighed by their phenotype."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp

from trihelix.interpretation.rare.phenotype import GeneScores
from trihelix.interpretation.rare.rules import Filter, fits
from trihelix.model.inheritance import ModeOfInheritance as Mode
from trihelix.reference.phenotypes import Phenotypes

DiseaseModes = Sequence[frozenset[Mode]]

# HPO's modes of inheritance. Plain "X-linked" does not say what happens in females: the wider mode is taken.
# "Sporadic" and the modifiers below the same root name no mode.
MODE_OF_TERM: dict[str, Mode] = {
    "HP:0000006": Mode.MONOALLELIC,
    "HP:0000007": Mode.BIALLELIC,
    "HP:0001417": Mode.XLINKED_MONOALLELIC_IN_FEMALES,
    "HP:0001419": Mode.XLINKED_BIALLELIC_IN_FEMALES,
    "HP:0001423": Mode.XLINKED_MONOALLELIC_IN_FEMALES,
    "HP:0001427": Mode.MITOCHONDRIAL,
    "HP:0012274": Mode.MONOALLELIC_PATERNALLY_IMPRINTED,
    "HP:0012275": Mode.MONOALLELIC_MATERNALLY_IMPRINTED,
    "HP:0025352": Mode.MONOALLELIC,
}


def modes_of_diseases(phenotypes: Phenotypes) -> DiseaseModes:
    """Per disease number the modes that phenotype.hpoa states; empty where it states none (all of Orphanet)."""
    stated = phenotypes.diseases["inheritance"].list.join(" ").to_list()
    modes = {terms: _modes(terms.split()) for terms in set(stated)}  # a hundred for thousands of diseases
    return [modes[terms] for terms in stated]


def _modes(terms: Sequence[str]) -> frozenset[Mode]:
    return frozenset(MODE_OF_TERM[term] for term in terms if term in MODE_OF_TERM)


def mode_share(
    ranking: GeneScores,
    modes: DiseaseModes,
    gene: str | int,
    filter_: Filter,
    proband_has_one_x: bool,
    stated: Mapping[int, frozenset[Mode]] | None = None,
    curated: frozenset[Mode] = frozenset(),
) -> float | None:
    """The share, in [0, 1], of a gene's diseases of known mode whose mode fits the segregation filter.

    Each disease weighs as its phenotype posterior within the gene. `stated` replaces the modes of some
    diseases; `curated`, modes of the gene from ClinGen or G2P, speak where no described disease has a mode.
    None where nothing is known.
    """
    number = ranking.phenotypes.gene_number(gene)
    known = (
        [] if number is None else _described(ranking, modes, number, filter_, proband_has_one_x, stated or {})
    )
    if not known:
        return float(_any_fits(curated, filter_, proband_has_one_x)) if curated else None
    best = max(score for score, _ in known)
    weights = [exp(score - best) for score, _ in known]
    return sum(w for w, (_, fit) in zip(weights, known, strict=True) if fit) / sum(weights)


def _described(
    ranking: GeneScores,
    modes: DiseaseModes,
    number: int,
    filter_: Filter,
    proband_has_one_x: bool,
    stated: Mapping[int, frozenset[Mode]],
) -> list[tuple[float, bool]]:
    """Of the gene's described diseases of known mode: the phenotype's log score, and whether the mode fits."""
    start = ranking.phenotypes.gene_start
    found = []
    for disease in ranking.phenotypes.gene_disease[start[number] : start[number + 1]].tolist():
        of_disease = stated.get(disease, modes[disease])
        if of_disease and ranking.diseases.described[disease]:
            fit = _any_fits(of_disease, filter_, proband_has_one_x)
            found.append((float(ranking.diseases.score[disease]), fit))
    return found


def _any_fits(modes: frozenset[Mode], filter_: Filter, proband_has_one_x: bool) -> bool:
    return any(fits(mode, filter_, proband_has_one_x) for mode in modes)
