"""Real diseases of real genes, chosen from a phenotypes pack: what the simulated families suffer from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from trihelix.reference.phenotypes import Phenotypes

FEWEST_TERMS = 6  # a disease with fewer annotated phenotypes makes no recognisable patient
_PLAIN_SYMBOL = re.compile(r"(?!MT-)[A-Z][A-Z0-9]{1,9}")


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
