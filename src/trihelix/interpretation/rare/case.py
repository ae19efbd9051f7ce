"""What the interpretation of one family starts from: the family with its calls, and the opened packs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from trihelix.interpretation.evidence.uniparental import UniparentalSegment
from trihelix.interpretation.rare.rules import Penetrance
from trihelix.model.family import Family
from trihelix.reference.frequencies import Frequencies
from trihelix.reference.genes import Genes
from trihelix.reference.genome import Genome
from trihelix.reference.phenotypes import Phenotypes
from trihelix.reference.scores import Scores
from trihelix.reference.significance import Significance
from trihelix.variants.family_calls import FamilyCalls


@dataclass(frozen=True)
class Knowledge:
    """Opened reference packs; None or empty where the library has none.

    `panel_genes` has one row per (applied panel, gene): columns gene (gene_index of the genes pack), panel_id,
    panel_name, panel_version, confidence, mode, mode_of_inheritance, lof_excluded.
    """

    genome: Genome | None = None
    genes: Genes | None = None
    phenotypes: Phenotypes | None = None
    significance: Significance | None = None
    frequencies: tuple[Frequencies, ...] = ()
    scores: tuple[Scores, ...] = ()
    constraint: pl.DataFrame | None = None
    mechanism: pl.DataFrame | None = None
    panel_genes: pl.DataFrame | None = None


@dataclass(frozen=True)
class FamilyCase:
    """One family: `calls` has a column per sequenced member; `n_x` their number of X chromosomes; `present` and
    `excluded` are the proband's phenotype terms, already resolved; `uniparental` are chromosome segments that the
    proband has from one parent alone."""

    family: Family
    proband: str
    calls: FamilyCalls
    n_x: Mapping[str, int]
    assembly: str | None
    present: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    file_names: tuple[str, ...] = ()
    penetrance: Penetrance = Penetrance.COMPLETE
    uniparental: tuple[UniparentalSegment, ...] = ()
