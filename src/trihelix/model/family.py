"""A family: its members, who is affected, who is whose parent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Sex(StrEnum):
    """Declared sex of a member."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


class Affection(StrEnum):
    """Disease status; an uncertain member is never used to exclude a variant."""

    AFFECTED = "affected"
    UNAFFECTED = "unaffected"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class Member:
    """One person of a family; `father` and `mother` are member ids or None."""

    id: str
    sex: Sex
    affection: Affection
    father: str | None = None
    mother: str | None = None


@dataclass(frozen=True)
class Family:
    """A family with its members in the pedigree's order."""

    id: str
    members: tuple[Member, ...]

    def member(self, member_id: str) -> Member:
        """The member with this id; KeyError if there is none."""
        for member in self.members:
            if member.id == member_id:
                return member
        raise KeyError(member_id)

    @property
    def affected(self) -> tuple[Member, ...]:
        """The affected members, in order."""
        return tuple(m for m in self.members if m.affection is Affection.AFFECTED)

    def parents(self, member_id: str) -> tuple[Member | None, Member | None]:
        """(father, mother) of a member; None where the pedigree does not know them."""
        member = self.member(member_id)
        by_id = {m.id: m for m in self.members}
        return by_id.get(member.father or ""), by_id.get(member.mother or "")

    def children(self, member_id: str) -> tuple[Member, ...]:
        """The children of a member, in order."""
        return tuple(m for m in self.members if member_id in (m.father, m.mother))

    def pick_proband(self, sampled: frozenset[str] | None = None) -> str | None:
        """The affected member whom the family is about: sequenced, most parents known, no children, first listed."""
        pool = [m for m in self.affected if sampled is None or m.id in sampled]
        if not pool:
            return None
        return max(pool, key=lambda m: (self._known_parents(m, sampled), not self.children(m.id))).id

    def _known_parents(self, member: Member, sampled: frozenset[str] | None) -> int:
        parents = [p for p in (member.father, member.mother) if p]
        return sum(1 for p in parents if sampled is None or p in sampled)
