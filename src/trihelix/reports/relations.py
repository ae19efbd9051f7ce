"""Who is what to whom in a family: relation words, ancestors, and parents that the pedigree does not name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trihelix.model.interpretation import MemberSummary

RELATION_WORDS = {
    "parent": ("father", "mother", "parent"),
    "child": ("son", "daughter", "child"),
    "full sibling": ("brother", "sister", "sibling"),
    "half sibling": ("half-brother", "half-sister", "half-sibling"),
    "grandparent": ("grandfather", "grandmother", "grandparent"),
    "grandchild": ("grandson", "granddaughter", "grandchild"),
    "parent's sibling": ("uncle", "aunt", "parent's sibling"),
    "sibling's child": ("nephew", "niece", "sibling's child"),
    "first cousin": ("first cousin", "first cousin", "first cousin"),
    "partner": ("partner", "partner", "partner"),
    "relative": ("blood relative", "blood relative", "blood relative"),
    "family member": ("family member", "family member", "family member"),
}


@dataclass(frozen=True)
class Person:
    """Someone to be drawn: a member, or a parent whom the pedigree implies but does not list."""

    id: str
    sex: str
    father: str | None
    mother: str | None
    implied: bool = False

    @property
    def parents(self) -> tuple[str, ...]:
        """The ids of the parents that are known, father first."""
        return tuple(p for p in (self.father, self.mother) if p is not None)


@dataclass(frozen=True)
class Couple:
    """Two parents and their children, in pedigree order."""

    father: str
    mother: str
    children: tuple[str, ...]
    consanguineous: bool

    @property
    def parents(self) -> tuple[str, str]:
        """Father and mother."""
        return self.father, self.mother


def people_of(members: Iterable[MemberSummary]) -> dict[str, Person]:
    """All members by id, once each, with one implied partner for every lone parent.

    A parent id that is no member's counts as unknown. Children of the same lone parent share the implied partner.
    """
    listed = {m.id: m for m in members}
    people: dict[str, Person] = {}
    for member in listed.values():
        father = member.father if member.father in listed else None
        mother = member.mother if member.mother in listed else None
        if father is not None and mother is None:
            mother = _implied(people, father, "female")
        elif mother is not None and father is None:
            father = _implied(people, mother, "male")
        people[member.id] = Person(member.id, member.sex, father, mother)
    return people


def couples_of(people: Mapping[str, Person]) -> tuple[Couple, ...]:
    """Every pair with children; blood relatives are marked consanguineous."""
    children: dict[tuple[str, str], list[str]] = {}
    for person in people.values():
        if person.father is not None and person.mother is not None:
            children.setdefault((person.father, person.mother), []).append(person.id)
    return tuple(
        Couple(father, mother, tuple(ids), share_blood(people, father, mother))
        for (father, mother), ids in children.items()
    )


def ancestors(people: Mapping[str, Person], person_id: str) -> frozenset[str]:
    """A person and all their listed or implied ancestors."""
    found: set[str] = set()
    waiting = [person_id]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(people[current].parents)
    return frozenset(found)


def share_blood(people: Mapping[str, Person], first: str, second: str) -> bool:
    """Whether two people have a common ancestor, or one descends from the other."""
    return bool(ancestors(people, first) & ancestors(people, second))


def relations_to_proband(members: Sequence[MemberSummary], proband: str | None) -> dict[str, str]:
    """Each member's relation to the proband in a word; every member is a `family member` without a proband."""
    people = people_of(members)
    kinds = {m.id: _relation(people, m.id, proband if proband in people else None) for m in members}
    return {m.id: _in_words(kinds[m.id], m.sex) for m in members}


def _implied(people: dict[str, Person], lone_parent: str, sex: str) -> str:
    key = f"\x00partner of {lone_parent}"
    people[key] = Person(key, sex, None, None, implied=True)
    return key


def _in_words(kind: str, sex: str) -> str:
    if kind == "proband":
        return kind
    male, female, unknown = RELATION_WORDS[kind]
    return {"male": male, "female": female}.get(sex, unknown)


def _relation(people: Mapping[str, Person], other: str, proband: str | None) -> str:
    if proband is None:
        return "family member"
    if other == proband:
        return "proband"
    line = _direct_line(people, other, proband)
    return line or _side_line(people, other, proband)


def _direct_line(people: Mapping[str, Person], other: str, proband: str) -> str | None:
    if other in people[proband].parents:
        return "parent"
    if proband in people[other].parents:
        return "child"
    if other in _parents_of_all(people, people[proband].parents):
        return "grandparent"
    if proband in _parents_of_all(people, people[other].parents):
        return "grandchild"
    return None


def _side_line(people: Mapping[str, Person], other: str, proband: str) -> str:
    shared = set(people[other].parents) & set(people[proband].parents)
    if shared:
        return "full sibling" if len(shared) == 2 else "half sibling"
    if _sibling_of_any(people, other, people[proband].parents):
        return "parent's sibling"
    if _sibling_of_any(people, proband, people[other].parents):
        return "sibling's child"
    if _parents_of_all(people, people[other].parents) & _parents_of_all(people, people[proband].parents):
        return "first cousin"
    if any({other, proband} <= set(p.parents) for p in people.values()):
        return "partner"
    return "relative" if share_blood(people, other, proband) else "family member"


def _parents_of_all(people: Mapping[str, Person], ids: Iterable[str]) -> set[str]:
    return {parent for person_id in ids for parent in people[person_id].parents}


def _sibling_of_any(people: Mapping[str, Person], person_id: str, ids: Iterable[str]) -> bool:
    parents = set(people[person_id].parents)
    return any(parents & set(people[other].parents) for other in ids if other != person_id)
