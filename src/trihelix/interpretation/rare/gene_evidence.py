"""What is known of genes besides the variants in them: phenotype, modes of their diseases, constraint, curation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from trihelix.interpretation.rare.disease_modes import DiseaseModes, mode_share, modes_of_diseases
from trihelix.interpretation.rare.phenotype import GeneScores, rank_genes
from trihelix.interpretation.rare.rules import Filter
from trihelix.interpretation.rare.scoring import GeneFacts
from trihelix.model.inheritance import ModeOfInheritance
from trihelix.reference.phenotypes import Phenotypes

# Curations that say that the gene causes the disease; below these the evidence is limited or disputed.
CURATED = ("definitive", "strong", "moderate")

Curated = Mapping[str, frozenset[ModeOfInheritance]]


@dataclass(frozen=True)
class GeneEvidence:
    """One person's phenotype ranking (None without findings) with the packs that tell of genes."""

    phenotypes: Phenotypes | None
    ranking: GeneScores | None
    modes: DiseaseModes
    curated: Curated

    def disease_of(self, symbol: str) -> tuple[str | None, str | None]:
        """(id, name) of the gene's disease that fits the findings best."""
        disease = self.ranking.best_disease(symbol) if self.ranking else None
        name = self.phenotypes.disease_name(disease) if self.phenotypes and disease else None
        return disease, name

    def facts(
        self,
        symbol: str,
        filter_: Filter,
        proband_has_one_x: bool,
        constraint: Mapping[str, Any],
        confidence: str | None = None,
        mode_fits: bool = False,
    ) -> GeneFacts:
        """What the score asks of a gene, under a segregation filter."""
        curated = self.curated.get(symbol, frozenset())
        share = None
        if self.ranking is not None:
            share = mode_share(self.ranking, self.modes, symbol, filter_, proband_has_one_x, curated=curated)
        return GeneFacts(
            confidence=confidence,
            mode_fits=mode_fits,
            loeuf=constraint.get("loeuf"),
            missense_z=constraint.get("missense_z"),
            phenotype_score=self.ranking.score(symbol) if self.ranking else None,
            phenotype_asked=self.ranking is not None,
            disease=self.disease_of(symbol)[1],
            mode_share=share,
            pli=constraint.get("pli"),
            curated=bool(curated),
        )


def gene_evidence(
    phenotypes: Phenotypes | None,
    present: Sequence[str],
    excluded: Sequence[str],
    mechanism: pl.DataFrame | None,
) -> GeneEvidence:
    """Rank the genes for a person's findings and collect what else is known of them."""
    ranking = rank_genes(phenotypes, present, excluded) if phenotypes and present else None
    modes = modes_of_diseases(phenotypes) if phenotypes and ranking else ()
    return GeneEvidence(phenotypes, ranking, modes, curated_modes(mechanism))


def curated_modes(mechanism: pl.DataFrame | None) -> dict[str, frozenset[ModeOfInheritance]]:
    """Per gene the modes of the diseases that a mechanism pack holds for established."""
    if mechanism is None:
        return {}
    sure = mechanism.filter(pl.col("confidence").is_in(CURATED)).group_by("gene").agg(pl.col("mode").unique())
    unknown = ModeOfInheritance.UNKNOWN.value
    return {
        gene: frozenset(ModeOfInheritance(mode) for mode in modes if mode and mode != unknown)
        for gene, modes in sure.iter_rows()
    }
