"""Real diseases of real genes, chosen from a phenotypes pack: what the simulated families suffer from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from trihelix.reference.phenotypes import Phenotypes

FEWEST_TERMS = 6  # a disease with fewer annotated phenotypes makes no recognisable patient
_CODING_SYMBOL = re.compile(r"(?!MT-|RNU\d|RNR\d|SNOR|MIR\d|RMRP|TERC$|XIST)[A-Z][A-Z0-9]{1,9}")
_OTHER_CAUSE = re.compile(
    r"delet|duplicat|somatic|mosaic|suscept|cancer|carcinoma|leukemia|repeat", re.IGNORECASE
)


class Inheritance(StrEnum):
    """How a disorder is inherited."""

    DOMINANT = "autosomal dominant"
    RECESSIVE = "autosomal recessive"
    X_RECESSIVE = "X-linked recessive"
    X_DOMINANT = "X-linked dominant"


_HPO_NAMES = {
    "Autosomal dominant inheritance": Inheritance.DOMINANT,
    "Autosomal recessive inheritance": Inheritance.RECESSIVE,
    "X-linked recessive inheritance": Inheritance.X_RECESSIVE,
    "X-linked dominant inheritance": Inheritance.X_DOMINANT,
}
X_LINKED = frozenset({Inheritance.X_RECESSIVE, Inheritance.X_DOMINANT})

# Organ systems of HPO, gathered into the panels that the simulated clinic uses.
SYSTEMS: dict[str, tuple[str, ...]] = {
    "Neurology and neuromuscular disorders": ("HP:0000707", "HP:0003011"),
    "Skeletal, growth and craniofacial disorders": ("HP:0000924", "HP:0001507", "HP:0000152", "HP:0040064"),
    "Eye and hearing disorders": ("HP:0000478", "HP:0000598"),
    "Inner organs, metabolism, blood and skin": (
        "HP:0001939", "HP:0001871", "HP:0002715", "HP:0000119", "HP:0001626", "HP:0002086", "HP:0025031",
        "HP:0001574", "HP:0000818",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Disorder:
    """A disease of one gene. `terms` are its annotated phenotypes with the share of patients who show each;
    `gene_modes` are the modes of all diseases of the gene; `system` is one of SYSTEMS."""

    id: str
    name: str
    gene: str
    inheritance: Inheritance
    gene_modes: frozenset[Inheritance]
    terms: tuple[tuple[str, float], ...]
    system: str


def choose_disorders(
    phenotypes: Phenotypes, numbers: Mapping[Inheritance, int], rng: np.random.Generator
) -> tuple[Disorder, ...]:
    """So many disorders of each inheritance, each of another gene, in the order of `numbers`.

    Chosen among OMIM diseases of a single gene with one stated inheritance and at least FEWEST_TERMS annotated
    phenotypes, which small germline variants of a protein cause. ValueError when the pack has too few.
    """
    candidates = _candidates(phenotypes)
    chosen: list[Disorder] = []
    taken: set[str] = set()
    for inheritance, number in numbers.items():
        free = [c for c in candidates[inheritance] if c[0] not in taken]
        order = rng.permutation(len(free)).tolist()
        found = 0
        for at in order:
            gene, disease, modes = free[at]
            terms = annotated_terms(phenotypes, disease)
            if gene not in taken and len(terms) >= FEWEST_TERMS and found < number:
                name = phenotypes.disease_name(disease)
                system = _system(phenotypes, terms)
                chosen.append(Disorder(disease, name, gene, inheritance, modes, terms, system))
                taken.add(gene)
                found += 1
        if found < number:
            raise ValueError(f"the phenotypes pack has only {found} usable {inheritance.value} disorders")
    return tuple(chosen)


def _candidates(phenotypes: Phenotypes) -> dict[Inheritance, list[tuple[str, str, frozenset[Inheritance]]]]:
    """(gene, disease, modes of all the gene's diseases) by the inheritance of the disease, sorted."""
    found: dict[Inheritance, list[tuple[str, str, frozenset[Inheritance]]]] = {i: [] for i in Inheritance}
    diseases = {g: phenotypes.gene_diseases(g) for g in sorted(set(phenotypes.gene_symbols))}
    genes_of = Counter(disease for of in diseases.values() for disease in of)
    for gene, of in diseases.items():
        modes = {d: _modes(phenotypes, d) for d in sorted(of) if d.startswith("OMIM:")}
        together = frozenset().union(*modes.values())
        if not _CODING_SYMBOL.fullmatch(gene) or (together & X_LINKED and together - X_LINKED):
            continue
        for disease, own in modes.items():
            if genes_of[disease] == 1 and _is_plain(phenotypes, disease):
                found[next(iter(own))].append((gene, disease, together))
    return found


def _modes(phenotypes: Phenotypes, disease: str) -> frozenset[Inheritance]:
    return frozenset(_HPO_NAMES[n] for n in phenotypes.inheritance(disease) if n in _HPO_NAMES)


def _is_plain(phenotypes: Phenotypes, disease: str) -> bool:
    """Whether a disease is inherited in one way, by small germline variants as far as its name tells."""
    stated = phenotypes.inheritance(disease)
    return (
        len(stated) == 1
        and stated[0] in _HPO_NAMES
        and not _OTHER_CAUSE.search(phenotypes.disease_name(disease))
    )


def annotated_terms(phenotypes: Phenotypes, disease: str) -> tuple[tuple[str, float], ...]:
    """The phenotypic terms that a disease is annotated with and the share of patients who show them."""
    profiles, number = phenotypes.profiles, phenotypes.disease_number(disease)
    span = slice(int(profiles.annotated_start[number]), int(profiles.annotated_start[number + 1]))
    terms = phenotypes.terms["id"].gather(profiles.annotated_term[span]).to_list()
    return tuple(zip(terms, profiles.annotated_probability[span].tolist(), strict=True))


def general_terms(phenotypes: Phenotypes, term: str) -> list[str]:
    """A term and all that are more general, nearest first."""
    return list(phenotypes.terms["id"].gather(phenotypes.ontology.ancestors_of(phenotypes.term_number(term))))


def parent_terms(phenotypes: Phenotypes, term: str) -> list[str]:
    """The next more general phenotypic terms."""
    ontology, number = phenotypes.ontology, phenotypes.term_number(term)
    parents = ontology.parents[int(ontology.parents_start[number]) : int(ontology.parents_start[number + 1])]
    return list(phenotypes.terms["id"].gather(parents[ontology.phenotypic[parents]]))


def _system(phenotypes: Phenotypes, terms: Sequence[tuple[str, float]]) -> str:
    """The group of organ systems with most of a disease's phenotypes, weighted by how frequent they are."""
    weight = dict.fromkeys(SYSTEMS, 0.0)
    for term, share in terms:
        above = set(general_terms(phenotypes, term))
        for system, roots in SYSTEMS.items():
            weight[system] += share if above.intersection(roots) else 0.0
    return max(weight, key=lambda s: weight[s])
