"""The segregation oracle against small truth tables, and against what must hold in every family."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from segregation_oracle import FILTERS, Case, compound_het, origin, random_case, single_variant_filters
from trihelix.formats.ped import read_ped, write_ped
from trihelix.model.family import Affection, Family, Member, Sex

AD, DN, SR = "InheritedAutosomalDominant", "deNovo", "SimpleRecessive"
XR, XM = "XLinkedSimpleRecessive", "XLinkedMonoallelic"
STATUSES = {"A": Affection.AFFECTED, "U": Affection.UNAFFECTED, "?": Affection.UNCERTAIN}
IDS = ("kid", "sib", "dad", "mum")


def quartet(statuses: str) -> Family:
    """The proband, a sibling, their father and mother, with statuses A, U or ? in this order; `-` leaves one out."""
    here = {i for i, s in zip(IDS, statuses, strict=True) if s != "-"}
    father, mother = ("dad" if "dad" in here else None), ("mum" if "mum" in here else None)
    everyone = {
        "kid": Member("kid", Sex.UNKNOWN, Affection.AFFECTED, father, mother),
        "sib": Member("sib", Sex.UNKNOWN, Affection.AFFECTED, father, mother),
        "dad": Member("dad", Sex.MALE, Affection.AFFECTED),
        "mum": Member("mum", Sex.FEMALE, Affection.AFFECTED),
    }
    rows = zip(IDS, statuses, strict=True)
    return Family("F", tuple(replace(everyone[i], affection=STATUSES[s]) for i, s in rows if i in here))


def calls(text: str) -> dict[str, str]:
    return dict(zip(IDS, text.split(), strict=True))


def xs(kid: int, sib: int = 2) -> dict[str, int]:
    return {"kid": kid, "sib": sib, "dad": 1, "mum": 2}


@pytest.mark.parametrize(
    ("statuses", "genotypes", "expected"),
    [
        # kid sib dad mum
        ("AUUU", "0/1 0/0 0/0 0/0", {AD, DN}),
        ("AUUU", "0/1 0/1 0/0 0/0", {DN}),  # an unaffected carrier does not matter to de novo
        ("AUUA", "0/1 0/0 0/0 0/1", {AD}),
        ("AUUA", "0/1 0/0 0/0 0/0", set()),  # the affected mother must carry it
        ("AUUU", "0/1 0/0 0/0 ./.", {AD}),  # missing never excludes, but de novo needs both calls
        ("AU-U", "0/1 0/0 0/0 0/0", {AD}),  # a father who is not in the pedigree
        ("AUUU", "./. 0/0 0/0 0/0", set()),  # somebody affected must carry it
        ("AAUU", "./. 0/1 0/0 0/0", {AD}),  # and for de novo the proband
        ("AAUU", "0/1 ./. 0/0 0/0", {AD, DN}),
        ("AAUU", "0/1 0/0 0/0 0/0", set()),
        ("A?UU", "0/1 0/1 0/0 0/0", {AD, DN}),  # uncertain members never exclude
        ("AUU?", "0/1 0/0 0/0 0/1", {AD}),  # but they transmit
        ("AUUU", "1/1 0/1 0/1 0/1", {SR}),
        ("AUUU", "1 0 0/1 0/1", {SR}),  # haploid calls on two chromosomes
        ("AUUU", "1/1 1/1 0/1 0/1", set()),
        ("AUUU", "1/1 0/0 0/1 0/0", set()),  # a called unaffected parent must be 0/1
        ("AUUU", "1/1 0/0 0/1 .", {SR}),
        ("AU-U", "1/1 0/0 . 0/1", {SR}),
        ("AUUA", "1/1 0/0 0/1 1/1", {SR}),  # pseudodominance
        ("AUUA", "1/1 0/0 0/1 0/1", set()),
        ("AUU?", "1/1 0/0 0/1 1/1", {SR}),
        ("AUU?", "1/1 0/0 0/1 0/0", {SR}),  # an uncertain parent excludes nothing
        ("A?UU", "1/1 1/1 0/1 0/1", {SR}),
        ("UUUU", "0/1 0/0 0/0 0/0", set()),
        ("A---", "1/1 . . .", {AD, SR}),
        ("A---", "0/1 . . .", {AD}),
    ],
)
@pytest.mark.parametrize("region", ["autosome", "PAR"])
def test_one_variant_on_two_chromosomes(
    statuses: str, genotypes: str, expected: set[str], region: str
) -> None:
    assert single_variant_filters(quartet(statuses), "kid", xs(1, 1), region, calls(genotypes)) == expected


@pytest.mark.parametrize(
    ("statuses", "n_x", "genotypes", "expected"),
    [
        # kid sib dad mum
        ("AUUU", xs(1), "1 0/1 0 0/1", {XR}),
        ("AUUU", xs(1), "1/1 0/1 0/0 0/1", {XR}),  # diploid calls on one X
        ("AUUU", xs(1), "1 0/0 0 0/0", {XR, XM, DN}),
        ("AUUU", xs(1), "1 0/0 1 0/0", {DN}),  # the father of a boy is not looked at for de novo
        ("AUUU", xs(1), "1 0/0 0/1 0/0", {XR, XM, DN}),  # het on one X is no call
        ("AUUU", xs(1), "1 0/0 0 ./.", {XR, XM}),
        ("AU-U", xs(1), "1 0/0 . 0/0", {XR, XM, DN}),
        ("AUU-", xs(1), "1 0/0 0 .", {XR, XM}),
        ("AUUU", xs(1), "0/1 0/0 0 0/0", set()),
        ("AUUU", xs(1, 1), "1 1 0 0/1", set()),
        ("AUUU", xs(1, 2), "1 1/1 0 0/1", set()),
        ("AUUU", xs(1, 1), "1 0 0 0/1", {XR}),
        ("AUUA", xs(1), "1 0/0 0 0/1", {XM}),
        ("AUUU", xs(2), "0/1 0/0 0 0/0", {XM, DN}),
        ("AUUU", xs(2), "0/1 0/0 ./. 0/0", {XM}),
        ("AU-U", xs(2), "0/1 0/0 . 0/0", {XM}),
        ("AUUU", xs(2), "0/1 0/1 0 0/0", {DN}),
        ("AUAU", xs(2), "1/1 0/1 1 0/1", {XR}),
        ("AU?U", xs(2), "1/1 0/1 1 0/1", {XR}),
        ("AU?U", xs(2), "1/1 0/0 1 0/0", {XR, XM}),
        ("AAUU", xs(1, 2), "1 0/1 0 0/0", {XM, DN}),
    ],
)
def test_one_variant_on_x(statuses: str, n_x: dict[str, int], genotypes: str, expected: set[str]) -> None:
    assert single_variant_filters(quartet(statuses), "kid", n_x, "X", calls(genotypes)) == expected


KEPT, UNPROVEN, DROPPED = (True, False), (True, True), (False, False)


@pytest.mark.parametrize(
    ("statuses", "a", "b", "expected"),
    [
        # kid sib dad mum
        ("AUUU", "0/1 0/0 0/1 0/0", "0/1 0/0 0/0 0/1", KEPT),  # one from each parent
        ("AUUU", "0/1 0/1 0/1 0/0", "0/1 0/0 0/0 0/1", KEPT),
        ("AUUU", "0/1 0/1 0/1 0/0", "0/1 0/1 0/0 0/1", DROPPED),  # the healthy sibling has both
        ("A?UU", "0/1 0/1 0/1 0/0", "0/1 0/1 0/0 0/1", KEPT),
        ("AAUU", "0/1 0/0 0/1 0/0", "0/1 0/1 0/0 0/1", DROPPED),  # the affected sibling has one
        ("AAUU", "0/1 ./. 0/1 0/0", "0/1 0/1 0/0 0/1", KEPT),
        ("AAUU", "0/1 0/1 0/1 0/0", "./. 0/1 0/0 0/1", KEPT),
        ("AUUU", "0/1 0/0 0/1 0/0", "./. 0/0 0/0 0/1", DROPPED),  # nobody affected really has both
        ("AUUU", "0/1 0/0 0/1 0/0", "0/1 0/0 0/1 0/0", DROPPED),  # both from one healthy parent
        ("AUAU", "0/1 0/0 0/1 0/0", "0/1 0/0 0/1 0/0", DROPPED),  # from one affected parent
        ("AU?U", "0/1 0/0 0/1 0/0", "0/1 0/0 0/1 0/0", DROPPED),  # from one uncertain parent
        ("AUAU", "0/1 0/0 0/1 0/0", "0/1 0/0 0/1 0/1", UNPROVEN),  # the mother may have given b
        ("AUUU", "0/1 0/0 0/1 0/1", "0/1 0/0 0/0 0/0", UNPROVEN),
        ("AUUU", "0/1 0/0 0/0 0/0", "0/1 0/0 0/0 0/1", UNPROVEN),  # one de novo
        ("AUUU", "0/1 0/0 0/0 0/0", "0/1 0/0 0/0 0/0", UNPROVEN),  # two de novo
        ("AU-U", "0/1 0/0 . 0/0", "0/1 0/0 . 0/1", UNPROVEN),
        ("AU-U", "0/1 0/0 . 0/0", "0/1 0/0 . 0/0", UNPROVEN),  # a missing father drops no pair
        ("AU-U", "0/1 0/0 . ./.", "0/1 0/0 . 0/1", UNPROVEN),
        ("AUUU", "0/1 0/0 0/1 ./.", "0/1 0/0 0/0 ./.", UNPROVEN),
        ("AUUU", "0/1 0/0 0/0 ./.", "0/1 0/0 0/0 ./.", UNPROVEN),
        ("AUUU", "0/1 0/0 0/1 0/0", "0/1 0/0 0/0 ./.", UNPROVEN),  # b from the mother, or de novo
        ("AUUU", "0/1 0/0 0/0 ./.", "0/1 0/0 ./. 0/0", UNPROVEN),  # no parent called at both
        ("A---", "0/1 . . .", "0/1 . . .", UNPROVEN),
        ("A---", "0/1 . . .", "1/1 . . .", KEPT),  # het + hom: a pair of its own kind
        ("A---", "1/1 . . .", "1/1 . . .", DROPPED),
        ("AUUU", "0/1 0/0 0/0 0/0", "1/1 0/1 0/1 0/1", KEPT),
        ("AUUU", "0/1 0/0 0/1 0/0", "1/1 0/1 0/1 0/1", DROPPED),  # the healthy father carries both
        ("AU?U", "0/1 0/0 0/1 0/0", "1/1 0/1 0/1 0/1", KEPT),
    ],
)
@pytest.mark.parametrize("region", ["autosome", "PAR"])
def test_a_pair_on_two_chromosomes(
    statuses: str, a: str, b: str, expected: tuple[bool, bool], region: str
) -> None:
    flags = {"phase_unproven"} if expected[1] else set()
    answer = compound_het(quartet(statuses), "kid", xs(1, 1), region, calls(a), calls(b))
    assert answer == (expected[0], "CompoundHeterozygous", flags)


@pytest.mark.parametrize(
    ("statuses", "n_x", "a", "b", "expected"),
    [
        ("AUUU", xs(2), "0/1 0/0 1 0/0", "0/1 0/0 0 0/1", KEPT),
        ("AUUU", xs(1), "1 0/0 0 0/1", "1 0/0 0 0/1", DROPPED),  # one X never holds a pair
        ("AAUU", xs(2, 1), "0/1 . 1 0/0", "0/1 . 0 0/1", DROPPED),
        ("AUUU", xs(2, 1), "0/1 1 1 0/0", "0/1 1 0 0/1", DROPPED),  # the healthy brother has both
        ("AU?U", xs(2), "0/1 0/0 1 0/0", "0/1 0/0 1 0/0", DROPPED),
        ("AUUU", xs(2), "0/1 0/0 0/1 0/0", "0/1 0/0 0/1 0/1", UNPROVEN),  # het on one X is no call
    ],
)
def test_a_pair_on_x(statuses: str, n_x: dict[str, int], a: str, b: str, expected: tuple[bool, bool]) -> None:
    flags = {"phase_unproven"} if expected[1] else set()
    answer = compound_het(quartet(statuses), "kid", n_x, "X", calls(a), calls(b))
    assert answer == (expected[0], "XLinkedCompoundHeterozygous", flags)


@pytest.mark.parametrize(
    ("father", "mother", "expected"),
    [
        ("het", "ref", "father"),
        ("ref", "hom", "mother"),
        ("hemi", "het", "both"),
        ("ref", "ref", "de_novo"),
        ("het", "missing", "unknown"),
        ("missing", "het", "unknown"),
        ("ref", "missing", "unknown"),
        ("missing", "ref", "unknown"),
        ("missing", "missing", "unknown"),
    ],
)
def test_the_origin_of_a_variant(father: str, mother: str, expected: str) -> None:
    assert origin(father, mother) == expected


def evaluate(case: Case) -> tuple[set[str], set[str], tuple[bool, str, set[str]]]:
    family, proband, n_x, region, a, b = case
    return (
        single_variant_filters(family, proband, n_x, region, a),
        single_variant_filters(family, proband, n_x, region, b),
        compound_het(family, proband, n_x, region, a, b),
    )


def test_random_families_are_valid_and_every_rule_passes_and_fails_often(tmp_path: Path) -> None:
    rng = random.Random(20)
    seen: Counter[str] = Counter()
    path = tmp_path / "family.ped"
    for number in range(4000):
        case = random_case(rng)
        family, proband, n_x, *_ = case
        if number % 10 == 0:
            path.write_text(write_ped(family), encoding="utf-8")
            assert read_ped(path) == family
        assert 1 <= len(family.members) <= 10
        assert family.member(proband) in (family.affected or family.members)
        assert set(n_x) == {m.id for m in family.members}
        filters, _, (passes, name, flags) = evaluate(case)
        seen.update(filters or {"none"})
        seen[f"{name} {passes} {sorted(flags)}"] += 1
    pairs = ("CompoundHeterozygous", "XLinkedCompoundHeterozygous")
    wanted = [
        *FILTERS,
        "none",
        *(f"{n} {k}" for n in pairs for k in ("True []", "True ['phase_unproven']", "False []")),
    ]
    assert {w: seen[w] for w in wanted if seen[w] < 30} == {}


def test_the_same_seed_gives_the_same_cases() -> None:
    assert [random_case(random.Random(5)) for _ in range(3)] == [random_case(random.Random(5))] * 3


def test_order_of_members_and_of_the_pair_does_not_matter() -> None:
    rng = random.Random(21)
    for _ in range(2000):
        family, proband, n_x, region, a, b = random_case(rng)
        turned = Family(family.id, family.members[::-1])
        first, second, pair = evaluate((family, proband, n_x, region, a, b))
        assert evaluate((turned, proband, n_x, region, b, a)) == (second, first, pair)


def test_a_missing_call_of_somebody_who_is_not_a_parent_never_excludes() -> None:
    rng = random.Random(22)
    for _ in range(4000):
        family, proband, n_x, region, a, b = random_case(rng)
        parents = {p for m in family.members for p in (m.father, m.mother)}
        bystanders = [
            m.id for m in family.members if m.id not in parents and m.affection is not Affection.AFFECTED
        ]
        before = evaluate((family, proband, n_x, region, a, b))
        unseen = dict.fromkeys(bystanders, "./.")
        after = evaluate((family, proband, n_x, region, a | unseen, b | unseen))
        assert before[0] <= after[0]
        assert before[1] <= after[1]
        assert after[2] == before[2] or not before[2][0]


def test_the_call_of_an_uncertain_member_without_children_changes_nothing() -> None:
    rng = random.Random(23)
    changed = 0
    for _ in range(4000):
        family, proband, n_x, region, a, b = random_case(rng)
        parents = {p for m in family.members for p in (m.father, m.mother)}
        uncertain = [
            m.id for m in family.members if m.affection is Affection.UNCERTAIN and m.id not in parents
        ]
        others = {i: rng.choice(("0/0", "0/1", "1/1", "1", ".")) for i in uncertain if i != proband}
        changed += bool(others)
        case = (family, proband, n_x, region, a, b)
        assert evaluate((family, proband, n_x, region, a | others, b | others)) == evaluate(case)
    assert changed > 500
