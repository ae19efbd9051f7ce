"""The segregation rules: which genotypes each filter allows, and which filters fit a gene's mode of inheritance.

This is the table to read and to change. Its source is rare_disease.md section 4 (the Genomics England tiering
rules). A genotype word is what a member may show under the filter: `ref` no copy, `het` one copy of two,
`hom` every copy (hemizygous where there is one X). A missing genotype is always allowed, but some affected
member must carry the variant. Members of uncertain status are never used to exclude.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from trihelix.model.inheritance import ModeOfInheritance as Mode


class Filter(StrEnum):
    """Segregation filters, in the order in which a candidate's headline prefers them."""

    DE_NOVO = "deNovo"
    SIMPLE_RECESSIVE = "SimpleRecessive"
    COMPOUND_HETEROZYGOUS = "CompoundHeterozygous"
    X_LINKED_SIMPLE_RECESSIVE = "XLinkedSimpleRecessive"
    X_LINKED_COMPOUND_HETEROZYGOUS = "XLinkedCompoundHeterozygous"
    X_LINKED_MONOALLELIC = "XLinkedMonoallelic"
    INHERITED_AUTOSOMAL_DOMINANT = "InheritedAutosomalDominant"
    PATERNALLY_IMPRINTED = "InheritedAutosomalDominantPaternallyImprinted"
    MATERNALLY_IMPRINTED = "InheritedAutosomalDominantMaternallyImprinted"
    UNIPARENTAL_ISODISOMY = "UniparentalIsodisomy"
    MITOCHONDRIAL_GENOME = "MitochondrialGenome"
    Y_LINKED = "YLinked"


AUTOSOME, X = "autosome", "X"  # pseudoautosomal regions of X count as autosome
ANY = "ref het hom"


@dataclass(frozen=True)
class Rule:
    """One row of the table. Columns `_1x` and `_2x` are for members with one and with two X chromosomes."""

    filter: Filter
    region: str
    affected_1x: str
    affected_2x: str
    unaffected_1x: str
    unaffected_2x: str
    unaffected_parent: str = ANY  # parents of affected members, when called
    affected_parent: str = ANY
    recessive_frequency: bool = False
    parents_called_ref: bool = False  # de novo: the proband's parents (on the X of a male his mother) are ref


F = Filter
RULES: tuple[Rule, ...] = (
    #    filter                         region    affected 1X, 2X       unaffected 1X, 2X     besides
    Rule(F.INHERITED_AUTOSOMAL_DOMINANT, AUTOSOME, "het hom", "het hom", "ref", "ref"),
    Rule(F.DE_NOVO, AUTOSOME, "het", "het", ANY, ANY, parents_called_ref=True),
    Rule(F.DE_NOVO, X, "hom", "het", ANY, ANY, parents_called_ref=True),
    Rule(
        F.SIMPLE_RECESSIVE, AUTOSOME, "hom", "hom", "ref het", "ref het",
        unaffected_parent="het", affected_parent="hom", recessive_frequency=True,
    ),
    Rule(F.X_LINKED_SIMPLE_RECESSIVE, X, "hom", "hom", "ref", "ref het", recessive_frequency=True),
    Rule(F.X_LINKED_MONOALLELIC, X, "hom", "het hom", "ref", "ref"),
)  # fmt: skip

# Pairs of variants in one gene; what makes a pair is in `segregation.compound_heterozygous`.
PAIR_FILTERS = {AUTOSOME: F.COMPOUND_HETEROZYGOUS, X: F.X_LINKED_COMPOUND_HETEROZYGOUS}
RECESSIVE_FILTERS = frozenset(
    {
        F.SIMPLE_RECESSIVE,
        F.COMPOUND_HETEROZYGOUS,
        F.X_LINKED_SIMPLE_RECESSIVE,
        F.X_LINKED_COMPOUND_HETEROZYGOUS,
    }
)

_BIALLELIC = frozenset({F.SIMPLE_RECESSIVE, F.COMPOUND_HETEROZYGOUS})
_MONOALLELIC = frozenset({F.INHERITED_AUTOSOMAL_DOMINANT, F.DE_NOVO})
# De novo is also tried in X-linked genes that are biallelic in females, for hemizygous males (DMD): see `fits`.
_X_BIALLELIC = frozenset({F.X_LINKED_SIMPLE_RECESSIVE, F.X_LINKED_COMPOUND_HETEROZYGOUS})

# PanelApp mode of inheritance -> filters that fit it. Imprinted and mitochondrial modes have filters of their own.
FILTERS_OF_MODE: dict[Mode, frozenset[Filter]] = {
    Mode.BIALLELIC: _BIALLELIC,
    Mode.MONOALLELIC: _MONOALLELIC,
    Mode.MONOALLELIC_PATERNALLY_IMPRINTED: frozenset({F.DE_NOVO}),
    Mode.MONOALLELIC_MATERNALLY_IMPRINTED: frozenset({F.DE_NOVO}),
    Mode.BOTH: _BIALLELIC | _MONOALLELIC,
    Mode.BOTH_SEVERE_BIALLELIC: _BIALLELIC | _MONOALLELIC,
    Mode.XLINKED_BIALLELIC_IN_FEMALES: _X_BIALLELIC,
    Mode.XLINKED_MONOALLELIC_IN_FEMALES: _X_BIALLELIC | {F.X_LINKED_MONOALLELIC, F.DE_NOVO},
    Mode.MITOCHONDRIAL: frozenset(),
    Mode.OTHER: frozenset(Filter),
    Mode.UNKNOWN: frozenset(Filter),
}


def fits(mode: Mode, filter_: Filter, proband_has_one_x: bool) -> bool:
    """Whether a filter fits a gene's mode of inheritance on a panel."""
    if mode is Mode.XLINKED_BIALLELIC_IN_FEMALES and filter_ is F.DE_NOVO:
        return proband_has_one_x
    return filter_ in FILTERS_OF_MODE[mode]
