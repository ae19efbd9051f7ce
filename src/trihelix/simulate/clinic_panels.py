"""Simulated gene panels: the world's genes by organ system, with PanelApp's colours and modes of inheritance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trihelix.simulate.disorders import SYSTEMS, Disorder, Inheritance
from trihelix.simulate.gene_models import Gene

GREEN, AMBER, RED, ABSENT = "green", "amber", "red", "absent"
COLOUR_SHARES = {GREEN: 0.76, AMBER: 0.10, RED: 0.05, ABSENT: 0.09}
ALSO_GREEN_ELSEWHERE = 0.15
FIRST_PANEL = 9001

# PanelApp's words, as its public choices write them.
_MODE_WORDS = {
    Inheritance.DOMINANT: "MONOALLELIC, autosomal or pseudoautosomal, NOT imprinted",
    Inheritance.RECESSIVE: "BIALLELIC, autosomal or pseudoautosomal",
    Inheritance.X_RECESSIVE: "X-LINKED: hemizygous mutation in males, biallelic mutations in females",
    Inheritance.X_DOMINANT: "X-LINKED: hemizygous mutation in males, monoallelic mutations in females may cause "
    "disease (may be less severe, later onset than males)",
}
_BOTH = "BOTH monoallelic and biallelic, autosomal or pseudoautosomal"


@dataclass(frozen=True)
class PanelEntry:
    """A gene on a panel; `colour` is green, amber or red."""

    gene: Gene
    disorder: Disorder
    colour: str

    @property
    def mode(self) -> str:
        """The mode of inheritance of the gene's diseases, in PanelApp's words."""
        modes = self.disorder.gene_modes
        if {Inheritance.DOMINANT, Inheritance.RECESSIVE} <= modes:
            return _BOTH
        return _MODE_WORDS[Inheritance.X_DOMINANT if Inheritance.X_DOMINANT in modes else min(modes)]


@dataclass(frozen=True)
class ClinicPanel:
    """A panel of the simulated clinic."""

    id: str
    name: str
    version: str
    system: str
    entries: tuple[PanelEntry, ...]

    def colour(self, symbol: str) -> str:
        """The colour of a gene on this panel."""
        return next((e.colour for e in self.entries if e.gene.symbol == symbol), ABSENT)


def draw_panels(genes: Sequence[tuple[Gene, Disorder]], rng: np.random.Generator) -> tuple[ClinicPanel, ...]:
    """One panel per organ system. A gene is on the panel of its disorder's system in one of COLOUR_SHARES, and
    may be green on another panel too."""
    entries: dict[str, list[PanelEntry]] = {system: [] for system in SYSTEMS}
    for gene, disorder in genes:
        colour = str(rng.choice(list(COLOUR_SHARES), p=list(COLOUR_SHARES.values())))
        if colour != ABSENT:
            entries[disorder.system].append(PanelEntry(gene, disorder, colour))
        elsewhere = str(rng.choice([s for s in SYSTEMS if s != disorder.system]))
        if rng.random() < ALSO_GREEN_ELSEWHERE:
            entries[elsewhere].append(PanelEntry(gene, disorder, GREEN))
    return tuple(
        ClinicPanel(
            str(FIRST_PANEL + number),
            f"{system} (simulated)",
            f"{rng.integers(1, 6)}.{rng.integers(0, 80)}",
            system,
            tuple(sorted(found, key=lambda e: e.gene.symbol)),
        )
        for number, (system, found) in enumerate(entries.items())
    )
