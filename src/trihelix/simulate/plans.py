"""Which families are simulated: their shape, what is planted in them, and what their files look like."""

from __future__ import annotations

from dataclasses import dataclass

from trihelix.model.family import Sex
from trihelix.simulate.clinic_panels import ABSENT, AMBER, GREEN, RED
from trihelix.simulate.coding_changes import Effect
from trihelix.simulate.disorders import Inheritance
from trihelix.simulate.transmission import Transmission

VCF, BCF, GVCFS = "vcf", "bcf", "gvcfs"


@dataclass(frozen=True)
class FamilyPlan:
    """A family to simulate.

    `how` None plants nothing. `effects` are those of the planted variants, one or two. `known` takes the first
    variant from the clinical-significance library; `common` takes one that is frequent in the population.
    `colour` is that of the gene on the panel applied.
    """

    shape: str
    how: Transmission | None = None
    effects: tuple[Effect, ...] = ()
    colour: str = GREEN
    known: bool = False
    common: bool = False
    proband_sex: Sex | None = None
    files: str = VCF

    @property
    def inheritance(self) -> Inheritance | None:
        """The inheritance that the disorder must have."""
        if self.how is Transmission.X_DE_NOVO:
            return Inheritance.X_DOMINANT if self.proband_sex is Sex.FEMALE else Inheritance.X_RECESSIVE
        return None if self.how is None else _INHERITANCE[self.how]


_T, _E = Transmission, Effect
_INHERITANCE = {
    _T.DE_NOVO: Inheritance.DOMINANT,
    _T.DOMINANT: Inheritance.DOMINANT,
    _T.HOMOZYGOUS: Inheritance.RECESSIVE,
    _T.AUTOZYGOUS: Inheritance.RECESSIVE,
    _T.COMPOUND: Inheritance.RECESSIVE,
    _T.X_RECESSIVE: Inheritance.X_RECESSIVE,
}

# The first few show every kind of inheritance, so that a short run does too. Beyond the last, the list begins again.
PLANS: tuple[FamilyPlan, ...] = (
    FamilyPlan("trio", _T.DE_NOVO, (_E.MISSENSE,)),
    FamilyPlan("trio", _T.COMPOUND, (_E.MISSENSE, _E.FRAMESHIFT)),
    FamilyPlan("first cousins", _T.AUTOZYGOUS, (_E.MISSENSE,), known=True),
    FamilyPlan("trio", _T.X_RECESSIVE, (_E.STOP_GAINED,), proband_sex=Sex.MALE),
    FamilyPlan("three generations", _T.DOMINANT, (_E.MISSENSE,)),
    FamilyPlan("trio"),
    FamilyPlan("trio", _T.DE_NOVO, (_E.STOP_GAINED,)),
    FamilyPlan("quad, sibling affected", _T.COMPOUND, (_E.SPLICE_DONOR, _E.MISSENSE)),
    FamilyPlan("trio", _T.DE_NOVO, (_E.MISSENSE,), colour=AMBER),
    FamilyPlan("singleton", _T.DOMINANT, (_E.FRAMESHIFT,)),
    FamilyPlan("trio", _T.X_DE_NOVO, (_E.MISSENSE,), proband_sex=Sex.FEMALE),
    FamilyPlan("quad, sibling well", _T.HOMOZYGOUS, (_E.FRAMESHIFT,)),
    FamilyPlan("trio", _T.DE_NOVO, (_E.SPLICE_DONOR,), files=GVCFS),
    FamilyPlan("trio", _T.COMPOUND, (_E.STOP_GAINED, _E.MISSENSE), files=BCF),
    FamilyPlan("mother and child", _T.DOMINANT, (_E.STOP_GAINED,)),
    FamilyPlan("brothers and a well sister", _T.X_RECESSIVE, (_E.MISSENSE,)),
    FamilyPlan("trio, father affected", _T.DOMINANT, (_E.FRAMESHIFT,)),
    FamilyPlan("first cousins", _T.AUTOZYGOUS, (_E.SPLICE_ACCEPTOR,)),
    FamilyPlan("trio", _T.DE_NOVO, (_E.FRAMESHIFT,)),
    FamilyPlan("trio", _T.COMPOUND, (_E.MISSENSE, _E.MISSENSE), known=True),
    FamilyPlan("trio", _T.HOMOZYGOUS, (_E.MISSENSE,), common=True),
    FamilyPlan("trio, mother affected", _T.DOMINANT, (_E.MISSENSE,), known=True),
    FamilyPlan("quad, sibling well"),
    FamilyPlan("trio", _T.DE_NOVO, (_E.MISSENSE,), known=True),
    FamilyPlan("quad, sibling well", _T.DE_NOVO, (_E.MISSENSE,)),
    FamilyPlan("trio", _T.X_RECESSIVE, (_E.FRAMESHIFT,), proband_sex=Sex.MALE),
    FamilyPlan("trio", _T.COMPOUND, (_E.MISSENSE, _E.FRAMESHIFT), colour=ABSENT),
    FamilyPlan("three generations", _T.DOMINANT, (_E.SPLICE_DONOR,)),
    FamilyPlan("trio", _T.X_DE_NOVO, (_E.STOP_GAINED,), proband_sex=Sex.MALE),
    FamilyPlan("quad, sibling affected", _T.HOMOZYGOUS, (_E.STOP_GAINED,)),
    FamilyPlan("trio", _T.DE_NOVO, (_E.STOP_GAINED,), colour=RED),
    FamilyPlan("mother and child", _T.COMPOUND, (_E.FRAMESHIFT, _E.MISSENSE)),
    FamilyPlan("trio", _T.DE_NOVO, (_E.INFRAME_DELETION,)),
    FamilyPlan("trio", _T.HOMOZYGOUS, (_E.SPLICE_DONOR,)),
    FamilyPlan("singleton", _T.HOMOZYGOUS, (_E.FRAMESHIFT,)),
    FamilyPlan("trio"),
    FamilyPlan("trio, father affected", _T.DOMINANT, (_E.STOP_GAINED,)),
    FamilyPlan("trio", _T.X_DE_NOVO, (_E.FRAMESHIFT,), proband_sex=Sex.FEMALE),
    FamilyPlan("quad, sibling well", _T.COMPOUND, (_E.MISSENSE, _E.STOP_GAINED)),
    FamilyPlan("trio", _T.DE_NOVO, (_E.MISSENSE,)),
)
