"""The segregation rules: which genotypes each filter allows, and which filters fit a gene's mode of inheritance.

This is the table to read and to change. Its source is rare_disease.md section 4 (the Genomics England tiering
rules). A genotype word is what a member may show under the filter: `ref` no copy, `het` one copy of two (on the
mitochondrial genome: some of the molecules), `hom` every copy (hemizygous where there is one X). A missing
genotype is always allowed, but some affected member must carry the variant. Members of uncertain status are
never used to exclude.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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


class Penetrance(StrEnum):
    """Complete: in no unaffected member. Incomplete, the second run: unaffected members may carry the variant."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"


AUTOSOME, X, Y, MT = "autosome", "X", "Y", "MT"  # pseudoautosomal regions of X count as autosome
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
    unaffected_mother: str = ANY  # mothers of affected members, when called
    recessive_frequency: bool = False
    called_ref: str = ""  # the proband's parents who must be called ref: "both", "mother", "givers" of his X
    expressed_from: str = ""  # imprinted: affected members have it from this parent, unaffected ones do not
    isodisomy: bool = False  # one of the proband's parents carries it, the other is called ref


F = Filter
RULES: tuple[Rule, ...] = (
    #    filter                         region    affected 1X, 2X       unaffected 1X, 2X     besides
    Rule(F.INHERITED_AUTOSOMAL_DOMINANT, AUTOSOME, "het hom", "het hom", "ref", "ref"),
    Rule(F.PATERNALLY_IMPRINTED, AUTOSOME, "het", "het", "ref het", "ref het", expressed_from="mother"),
    Rule(F.MATERNALLY_IMPRINTED, AUTOSOME, "het", "het", "ref het", "ref het", expressed_from="father"),
    Rule(F.DE_NOVO, AUTOSOME, "het", "het", ANY, ANY, called_ref="both"),
    Rule(F.DE_NOVO, X, "hom", "het", ANY, ANY, called_ref="givers"),
    Rule(F.DE_NOVO, MT, "het hom", "het hom", ANY, ANY, called_ref="mother"),
    Rule(
        F.SIMPLE_RECESSIVE, AUTOSOME, "hom", "hom", "ref het", "ref het",
        unaffected_parent="het", affected_parent="hom", recessive_frequency=True,
    ),
    Rule(
        F.UNIPARENTAL_ISODISOMY, AUTOSOME, "hom", "hom", "ref het", "ref het",
        isodisomy=True, recessive_frequency=True,
    ),
    Rule(F.X_LINKED_SIMPLE_RECESSIVE, X, "hom", "hom", "ref", "ref het", recessive_frequency=True),
    Rule(F.X_LINKED_MONOALLELIC, X, "hom", "het hom", "ref", "ref"),
    Rule(F.MITOCHONDRIAL_GENOME, MT, "het hom", "het hom", ANY, ANY, unaffected_mother="ref"),
    Rule(F.Y_LINKED, Y, "hom", ANY, "ref", ANY),
)  # fmt: skip


def rules_under(penetrance: Penetrance) -> tuple[Rule, ...]:
    """The table; under incomplete penetrance without what it asks of unaffected members, but that an unaffected
    parent of a homozygous child must carry what the child has: that is descent, not penetrance."""
    if penetrance is Penetrance.COMPLETE:
        return RULES
    return tuple(
        replace(
            rule, unaffected_1x=ANY, unaffected_2x=ANY, unaffected_mother=ANY,
            unaffected_parent="het hom" if rule.unaffected_parent == "het" else rule.unaffected_parent,
        )
        for rule in RULES
    )  # fmt: skip


# Pairs of variants in one gene; what makes a pair is in `segregation.compound_heterozygous`.
PAIR_FILTERS = {AUTOSOME: F.COMPOUND_HETEROZYGOUS, X: F.X_LINKED_COMPOUND_HETEROZYGOUS}
RECESSIVE_FILTERS = frozenset(
    {
        F.SIMPLE_RECESSIVE,
        F.UNIPARENTAL_ISODISOMY,
        F.COMPOUND_HETEROZYGOUS,
        F.X_LINKED_SIMPLE_RECESSIVE,
        F.X_LINKED_COMPOUND_HETEROZYGOUS,
    }
)
# Tried only in genes that an applied panel calls imprinted: elsewhere every inherited variant would pass them.
IMPRINTED_FILTERS = {
    F.PATERNALLY_IMPRINTED: Mode.MONOALLELIC_PATERNALLY_IMPRINTED,
    F.MATERNALLY_IMPRINTED: Mode.MONOALLELIC_MATERNALLY_IMPRINTED,
}

_BIALLELIC = frozenset({F.SIMPLE_RECESSIVE, F.COMPOUND_HETEROZYGOUS, F.UNIPARENTAL_ISODISOMY})
_MONOALLELIC = frozenset({F.INHERITED_AUTOSOMAL_DOMINANT, F.DE_NOVO})
# De novo is also tried in X-linked genes that are biallelic in females, for hemizygous males (DMD): see `fits`.
_X_BIALLELIC = frozenset({F.X_LINKED_SIMPLE_RECESSIVE, F.X_LINKED_COMPOUND_HETEROZYGOUS})
_ANY_FILTER = frozenset(Filter) - frozenset(IMPRINTED_FILTERS)

# PanelApp mode of inheritance -> filters that fit it.
FILTERS_OF_MODE: dict[Mode, frozenset[Filter]] = {
    Mode.BIALLELIC: _BIALLELIC,
    Mode.MONOALLELIC: _MONOALLELIC,
    # A new mutation may have struck the expressed allele: it fits, with the flag `parental_origin_unproven`.
    Mode.MONOALLELIC_PATERNALLY_IMPRINTED: frozenset({F.PATERNALLY_IMPRINTED, F.DE_NOVO}),
    Mode.MONOALLELIC_MATERNALLY_IMPRINTED: frozenset({F.MATERNALLY_IMPRINTED, F.DE_NOVO}),
    Mode.BOTH: _BIALLELIC | _MONOALLELIC,
    Mode.BOTH_SEVERE_BIALLELIC: _BIALLELIC | _MONOALLELIC,
    Mode.XLINKED_BIALLELIC_IN_FEMALES: _X_BIALLELIC,
    Mode.XLINKED_MONOALLELIC_IN_FEMALES: _X_BIALLELIC | {F.X_LINKED_MONOALLELIC, F.DE_NOVO},
    Mode.MITOCHONDRIAL: frozenset({F.MITOCHONDRIAL_GENOME}),
    Mode.OTHER: _ANY_FILTER,
    Mode.UNKNOWN: _ANY_FILTER,
}


def fits(mode: Mode, filter_: Filter, proband_has_one_x: bool) -> bool:
    """Whether a filter fits a gene's mode of inheritance on a panel."""
    if mode is Mode.XLINKED_BIALLELIC_IN_FEMALES and filter_ is F.DE_NOVO:
        return proband_has_one_x
    return filter_ in FILTERS_OF_MODE[mode]
