"""Relation words, as a truth table over one family of three generations and one of cousins."""

from __future__ import annotations

import pytest
from example import member, three_generations

from trihelix.reports.relations import couples_of, people_of, relations_to_proband

MEMBERS = (
    *three_generations().members,
    member("COUSIN", "female", "unaffected", "UNCLE", None),
    member("CHILD", "male", "unaffected", "FAM01-P", None),
    member("NIECE", "female", "unaffected", None, "SISTER"),
    member("GRANDCHILD", "unknown", "unaffected", "CHILD", None),
    member("SECOND", "female", "unaffected", None, "COUSIN"),
    member("STRANGER", "male"),
)


@pytest.mark.parametrize(
    ("who", "word"),
    [
        ("FAM01-P", "proband"),
        ("FAM01-F", "father"),
        ("FAM01-M", "mother"),
        ("GF1", "grandfather"),
        ("GM2", "grandmother"),
        ("SISTER", "sister"),
        ("HALF", "half-sibling"),
        ("UNCLE", "uncle"),
        ("AUNT", "aunt"),
        ("COUSIN", "first cousin"),
        ("NIECE", "niece"),
        ("CHILD", "son"),
        ("GRANDCHILD", "grandchild"),
        ("SECOND", "blood relative"),
        ("WIFE2", "family member"),
        ("STRANGER", "family member"),
    ],
)
def test_relation_to_the_proband(who: str, word: str) -> None:
    assert relations_to_proband(MEMBERS, "FAM01-P")[who] == word


def test_someone_with_whom_the_proband_has_a_child_is_a_partner() -> None:
    members = (member("P", "male"), member("W", "female"), member("C", "male", "unaffected", "P", "W"))
    assert relations_to_proband(members, "P") == {"P": "proband", "W": "partner", "C": "son"}


@pytest.mark.parametrize("proband", [None, "nobody"])
def test_without_a_proband_everybody_is_a_family_member(proband: str | None) -> None:
    assert set(relations_to_proband(MEMBERS, proband).values()) == {"family member"}


def test_unrelated_parents_are_not_consanguineous() -> None:
    assert not any(couple.consanguineous for couple in couples_of(people_of(MEMBERS)))


def test_lone_parents_share_one_implied_partner_for_all_their_children() -> None:
    members = [member("M", "female"), member("A", "male", mother="M"), member("B", "male", mother="M")]
    people = people_of(members)
    assert people["A"].father == people["B"].father
    assert sum(p.implied for p in people.values()) == 1
