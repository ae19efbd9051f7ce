"""The shapes of families that clinics send, from a single child to three generations, and who of them is ill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trihelix.model.family import Affection, Family, Member, Sex

PROBAND = "P"


@dataclass(frozen=True)
class Relative:
    """One person of a shape. Labels become ids; `sex` None is drawn; parents stand before their children."""

    label: str
    sex: Sex | None
    father: str | None = None
    mother: str | None = None
    affection: Affection = Affection.UNAFFECTED
    sequenced: bool = True


_M, _F = Sex.MALE, Sex.FEMALE
_ILL, _UNCERTAIN = Affection.AFFECTED, Affection.UNCERTAIN
_PARENTS = (Relative("F", _M), Relative("M", _F))
_CHILD = Relative(PROBAND, None, "F", "M", affection=_ILL)

SHAPES: dict[str, tuple[Relative, ...]] = {
    "singleton": (Relative(PROBAND, None, affection=_ILL),),
    "mother and child": (
        Relative("F", _M, affection=_UNCERTAIN, sequenced=False),
        Relative("M", _F),
        _CHILD,
    ),
    "trio": (*_PARENTS, _CHILD),
    "trio, father affected": (Relative("F", _M, affection=_ILL), Relative("M", _F), _CHILD),
    "trio, mother affected": (Relative("F", _M), Relative("M", _F, affection=_ILL), _CHILD),
    "quad, sibling well": (*_PARENTS, _CHILD, Relative("S", None, "F", "M")),
    "quad, sibling affected": (*_PARENTS, _CHILD, Relative("S", None, "F", "M", affection=_ILL)),
    "brothers and a well sister": (
        *_PARENTS,
        Relative(PROBAND, _M, "F", "M", affection=_ILL),
        Relative("B", _M, "F", "M", affection=_ILL),
        Relative("S", _F, "F", "M"),
    ),
    "three generations": (
        Relative("GF", _M),
        Relative("GM", _F, affection=_ILL),
        Relative("F", _M, "GF", "GM", affection=_ILL),
        Relative("A", _F, "GF", "GM"),
        Relative("M", _F),
        _CHILD,
        Relative("S", None, "F", "M"),
    ),
    "first cousins": (
        Relative("GGF", _M, sequenced=False),
        Relative("GGM", _F, sequenced=False),
        Relative("GF", _M, "GGF", "GGM", sequenced=False),
        Relative("GA", _F, "GGF", "GGM", sequenced=False),
        Relative("GFW", _F, sequenced=False),
        Relative("GAH", _M, sequenced=False),
        Relative("F", _M, "GF", "GFW"),
        Relative("M", _F, "GAH", "GA"),
        _CHILD,
    ),
}


@dataclass(frozen=True)
class SimulatedPedigree:
    """A family with the ids of those who are sequenced, in the family's order."""

    family: Family
    proband: str
    sequenced: tuple[str, ...]

    @property
    def not_sequenced(self) -> tuple[str, ...]:
        """Members without a sample."""
        return tuple(m.id for m in self.family.members if m.id not in self.sequenced)


def draw_pedigree(
    family_id: str, shape: str, proband_sex: Sex | None, rng: np.random.Generator
) -> SimulatedPedigree:
    """A family of a shape; ids are the family's and the label. `proband_sex` None is drawn."""
    relatives = SHAPES[shape]
    members = tuple(_member(family_id, r, proband_sex, rng) for r in relatives)
    sequenced = tuple(m.id for m, r in zip(members, relatives, strict=True) if r.sequenced)
    return SimulatedPedigree(Family(family_id, members), f"{family_id}-{PROBAND}", sequenced)


def _member(family_id: str, relative: Relative, proband_sex: Sex | None, rng: np.random.Generator) -> Member:
    drawn = _M if rng.random() < 0.5 else _F
    wanted = proband_sex if relative.label == PROBAND else None
    return Member(
        f"{family_id}-{relative.label}",
        relative.sex or wanted or drawn,
        relative.affection,
        f"{family_id}-{relative.father}" if relative.father else None,
        f"{family_id}-{relative.mother}" if relative.mother else None,
    )
