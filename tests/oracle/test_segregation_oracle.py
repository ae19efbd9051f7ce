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
PI, MI = "InheritedAutosomalDominantPaternallyImprinted", "InheritedAutosomalDominantMaternallyImprinted"
UPD, MG, YL = "UniparentalIsodisomy", "MitochondrialGenome", "YLinked"
XR, XM = "XLinkedSimpleRecessive", "XLinkedMonoallelic"
DELETION, UNPHASED, CONTRADICTION = "possible_deletion_in_trans", "phase_unproven", "phase_contradiction"
STATUSES = {"A": Affection.AFFECTED, "U": Affection.UNAFFECTED, "?": Affection.UNCERTAIN}
IDS = ("kid", "sib", "dad", "mum")


def quartet(statuses: str, sex: Sex = Sex.UNKNOWN) -> Family:
    """The proband, a sibling, their father and mother, with statuses A, U or ? in this order; `-` leaves one out.

    `sex` is the proband's.
    """
    here = {i for i, s in zip(IDS, statuses, strict=True) if s != "-"}
    father, mother = ("dad" if "dad" in here else None), ("mum" if "mum" in here else None)
    everyone = {
        "kid": Member("kid", sex, Affection.AFFECTED, father, mother),
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
        ("AUUA", "0/1 0/0 0/0 0/1", {AD, PI}),
        ("AUUA", "0/1 0/0 0/0 0/0", set()),  # the affected mother must carry it
        ("AUUU", "0/1 0/0 0/0 ./.", {AD}),  # missing never excludes, but de novo needs both calls
        ("AU-U", "0/1 0/0 0/0 0/0", {AD}),  # a father who is not in the pedigree
        ("AUUU", "./. 0/0 0/0 0/0", set()),  # somebody affected must carry it
        ("AAUU", "./. 0/1 0/0 0/0", {AD}),  # and for de novo the proband
        ("AAUU", "0/1 ./. 0/0 0/0", {AD, DN}),
        ("AAUU", "0/1 0/0 0/0 0/0", set()),
        ("A?UU", "0/1 0/1 0/0 0/0", {AD, DN}),  # uncertain members never exclude
        ("AUU?", "0/1 0/0 0/0 0/1", {AD, PI}),  # but they transmit
        ("AUUU", "1/1 0/1 0/1 0/1", {SR}),
        ("AUUU", "1 0 0/1 0/1", {SR}),  # haploid calls on two chromosomes
        ("AUUU", "1/1 1/1 0/1 0/1", set()),
        ("AUUU", "1/1 0/0 0/1 0/0", {UPD}),  # a called unaffected parent must be 0/1
        ("AUUU", "1/1 0/0 0/1 .", {SR}),
        ("AU-U", "1/1 0/0 . 0/1", {SR}),
        ("AUUA", "1/1 0/0 0/1 1/1", {SR}),  # pseudodominance
        ("AUUA", "1/1 0/0 0/1 0/1", set()),
        ("AUU?", "1/1 0/0 0/1 1/1", {SR}),
        ("AUU?", "1/1 0/0 0/1 0/0", {SR, UPD}),  # an uncertain parent excludes nothing
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
    found = single_variant_filters(quartet(statuses), "kid", xs(1, 1), region, calls(genotypes))
    assert set(found) == expected


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
    assert set(single_variant_filters(quartet(statuses), "kid", n_x, "X", calls(genotypes))) == expected


@pytest.mark.parametrize(
    ("statuses", "genotypes", "expected"),
    [
        # kid sib dad mum
        ("AUUU", "0/1 0/0 0/0 0/1", {PI}),  # the healthy mother has it on her silent allele
        ("AUUU", "0/1 0/0 0/1 0/0", {MI}),
        ("AUUU", "0/1 0/0 1/1 0/0", set()),  # 1/1 is no carrier of a silent allele only
        ("AU?U", "0/1 0/0 1/1 0/0", {AD, MI}),
        ("AU?U", "0/1 0/0 1/1 0/1", {MI}),  # who is 1/1 gave it whatever the other has
        ("AU?U", "0/1 0/0 1/1 ./.", {AD, MI}),
        ("AU??", "0/1 0/0 1/1 1/1", {AD}),  # impossible
        ("AUUU", "0/1 0/0 0/1 0/1", set()),  # from either
        ("AUUU", "0/1 0/0 ./. 0/1", set()),  # the father may have given it
        ("AU-U", "0/1 0/0 . 0/1", set()),
        ("AUUU", "0/1 0/1 0/0 0/1", set()),  # the healthy sibling has it from the mother too
        ("A?UU", "0/1 0/1 0/0 0/1", {PI}),
        ("AUUU", "0/1 1/1 0/0 0/1", set()),
        ("AUUU", "0/1 ./. 0/0 0/1", {PI}),
        ("AAUU", "0/1 0/1 0/0 0/1", {PI}),
        ("AAUU", "0/1 ./. 0/0 0/1", {PI}),
        ("AAUU", "0/1 1/1 0/0 0/1", set()),
        ("AAUU", "0/1 0/0 0/0 0/1", set()),
        ("AAUU", "./. 0/1 0/0 0/1", set()),  # the proband must be called
        ("AAUU", "1/1 0/1 0/0 0/1", set()),  # the affected are het
        ("AUUA", "0/1 0/0 0/0 0/1", {AD, PI}),  # the affected mother has it from a parent not in the family
        ("AUAU", "0/1 0/0 0/0 0/1", set()),  # the affected father does not have it
        ("AUUA", "0/1 0/0 0/0 1/1", {AD}),
        ("AU?U", "0/1 0/0 0/0 0/1", {PI}),
    ],
)
@pytest.mark.parametrize("region", ["autosome", "PAR"])
def test_an_imprinted_gene(statuses: str, genotypes: str, expected: set[str], region: str) -> None:
    assert set(single_variant_filters(quartet(statuses), "kid", xs(1), region, calls(genotypes))) == expected


def cousins(uncle: str, cousin: str) -> Family:
    """The quartet's father has a brother with a child: statuses of the two; the grandparents are gp and gm."""
    rows = (
        Member("kid", Sex.FEMALE, Affection.AFFECTED, "dad", "mum"),
        Member("dad", Sex.MALE, Affection.UNCERTAIN, "gp", "gm"),
        Member("mum", Sex.FEMALE, Affection.UNAFFECTED),
        Member("gp", Sex.MALE, Affection.UNAFFECTED),
        Member("gm", Sex.FEMALE, Affection.UNAFFECTED),
        Member("uncle", Sex.MALE, STATUSES[uncle], "gp", "gm"),
        Member("cousin", Sex.MALE, STATUSES[cousin], "uncle", None),
    )
    return Family("F", rows)


@pytest.mark.parametrize(
    ("statuses", "grandparents", "cousin", "expected"),
    [
        ("UU", ("0/0", "0/1"), "0/0", {MI}),  # the healthy uncle has it from his mother: silent
        ("UU", ("0/1", "0/0"), "0/0", set()),  # from his father: he should be ill
        ("UU", ("0/1", "0/1"), "0/0", {MI}),  # from whom is not known
        ("UU", ("./.", "0/1"), "0/0", {MI}),
        ("AU", ("0/0", "0/1"), "0/0", set()),  # the ill uncle has it from the silent side
        ("AU", ("0/1", "0/0"), "0/0", {MI}),
        ("AU", ("./.", "0/1"), "0/0", {MI}),  # not known to be from the silent side
        ("UU", ("0/0", "0/1"), "0/1", {MI}),  # the cousin's mother is not in the family
        ("UU", ("0/0", "0/1"), "1/1", set()),
        ("UA", ("0/0", "0/1"), "0/1", {MI}),
    ],
)
def test_an_imprinted_gene_over_three_generations(
    statuses: str, grandparents: tuple[str, str], cousin: str, expected: set[str]
) -> None:
    """The proband has it from her father, whose brother carries it as well."""
    genotypes = {"kid": "0/1", "dad": "0/1", "mum": "0/0", "uncle": "0/1", "cousin": cousin}
    genotypes |= {"gp": grandparents[0], "gm": grandparents[1]}
    family = cousins(*statuses)
    n_x = {m.id: 2 for m in family.members}
    found = set(single_variant_filters(family, "kid", n_x, "autosome", genotypes))
    assert found & {PI, MI} == expected


@pytest.mark.parametrize(
    ("statuses", "genotypes", "passes"),
    [
        # kid sib dad mum
        ("AUUU", "1/1 0/0 0/1 0/0", True),
        ("AUUU", "1/1 0/1 0/0 0/1", True),
        ("AUUU", "1/1 0/1 0/0 1/1", True),  # the mother who gave it may be 1/1
        ("AUUU", "1/1 1/1 0/0 0/1", False),
        ("AUUU", "1/1 ./. 0/0 0/1", True),
        ("AUUU", "1/1 0/1 0/1 0/1", False),  # simple recessive
        ("AUUU", "1/1 0/0 0/0 0/0", False),
        ("AUUU", "1/1 0/0 ./. 0/1", False),  # both parents must be called
        ("AU-U", "1/1 0/0 . 0/1", False),
        ("AUUA", "1/1 0/0 0/0 1/1", True),
        ("AUUA", "1/1 0/0 0/0 0/1", False),  # an affected parent must be 1/1
        ("AUUA", "1/1 0/0 0/1 0/0", False),
        ("A?UU", "1/1 1/1 0/0 0/1", True),
        ("AAUU", "1/1 1/1 0/0 0/1", True),
        ("AAUU", "1/1 0/1 0/0 0/1", False),
        ("AAUU", "./. 1/1 0/0 0/1", False),
    ],
)
@pytest.mark.parametrize("region", ["autosome", "PAR"])
def test_two_copies_from_one_parent(statuses: str, genotypes: str, passes: bool, region: str) -> None:
    """Flagged where the chromosome as a whole does not support it."""
    case = (quartet(statuses), "kid", xs(1), region, calls(genotypes))
    alone, supported = single_variant_filters(*case), single_variant_filters(*case, isodisomy=True)
    assert alone.get(UPD) == ({DELETION} if passes else None)
    assert supported.get(UPD) == (set() if passes else None)
    assert alone.keys() == supported.keys()


@pytest.mark.parametrize(
    ("statuses", "genotypes", "expected"),
    [
        # kid sib dad mum
        ("AUUU", "1/1 0/0 0/0 0/0", {MG, DN}),
        ("AUUU", "0/1 0/0 0/0 0/0", {MG, DN}),  # heteroplasmic
        ("AUUU", "0/1 0/0 1/1 0/0", {MG, DN}),  # the father does not matter
        ("AU-U", "0/1 0/0 . 0/0", {MG, DN}),
        ("AUUU", "0/1 0/1 0/0 0/0", {MG, DN}),  # nor does a healthy sibling
        ("AUUU", "0/1 0/0 0/0 0/1", set()),  # the healthy mother of an affected member carries
        ("AUUU", "0/1 0/0 0/0 ./.", {MG}),
        ("AUU-", "0/1 0/0 0/0 .", {MG}),
        ("AUU?", "0/1 0/0 0/0 0/1", {MG}),
        ("AUUA", "0/1 0/0 0/0 1/1", {MG}),
        ("AUUA", "0/1 0/0 0/0 0/0", set()),
        ("AAUU", "0/1 1/1 0/0 0/0", {MG, DN}),
        ("AAUU", "0/1 ./. 0/0 0/0", {MG, DN}),
        ("AAUU", "./. 1/1 0/0 0/0", {MG}),
        ("AAUU", "0/1 0/0 0/0 0/0", set()),
        ("AUUU", "./. 0/1 0/0 0/0", set()),
        ("AUAU", "1/1 0/0 0/0 0/0", set()),
        ("UUAU", "0/0 0/0 0/1 0/1", {MG}),  # a healthy mother, but of nobody affected
    ],
)
@pytest.mark.parametrize("kid_x", [1, 2])
def test_the_mitochondrial_genome(statuses: str, genotypes: str, expected: set[str], kid_x: int) -> None:
    assert (
        set(single_variant_filters(quartet(statuses), "kid", xs(kid_x), "MT", calls(genotypes))) == expected
    )


@pytest.mark.parametrize(
    ("statuses", "n_x", "genotypes", "expected"),
    [
        # kid sib dad mum
        ("AUUU", xs(1, 2), "1 . 0 .", {YL}),  # never tried as de novo
        ("AUUU", xs(1, 2), "1 1 0 1", {YL}),  # calls of members without a Y are ignored
        ("AUUU", xs(1, 1), "1 1 0 .", set()),
        ("AUUU", xs(1, 1), "1 . 0 .", {YL}),
        ("A?UU", xs(1, 1), "1 1 0 .", {YL}),
        ("AUUU", xs(1, 2), "1 . 1 .", set()),
        ("AUAU", xs(1, 2), "1 . 1 .", {YL}),
        ("AUAU", xs(1, 2), "1 . 0 .", set()),
        ("AUUU", xs(1, 2), "1 . ./. .", {YL}),
        ("AUUU", xs(1, 2), "0/1 . 0 .", set()),  # het on one Y is no call
        ("AAUU", xs(1, 1), "0/1 1 0 .", {YL}),
        ("AUUU", xs(2, 2), "1 . 0 .", set()),  # a boy with XXY is not looked at
        ("AAUU", xs(1, 2), "1 0 0 .", {YL}),
        ("AAUU", xs(1, 1), "1 0 0 .", set()),
    ],
)
def test_the_y_chromosome(statuses: str, n_x: dict[str, int], genotypes: str, expected: set[str]) -> None:
    assert set(single_variant_filters(quartet(statuses), "kid", n_x, "Y", calls(genotypes))) == expected


@pytest.mark.parametrize(
    ("sex", "kid_x", "genotypes", "expected"),
    [
        # kid sib dad mum
        (Sex.MALE, 1, "1 0/0 1 0/0", True),  # his father gave him no X
        (Sex.UNKNOWN, 1, "1 0/0 1 0/0", True),
        (Sex.MALE, 1, "1 0/0 0 0/1", False),
        (Sex.FEMALE, 1, "1 0/0 1 0/0", False),  # X0: either parent may have given hers
        (Sex.FEMALE, 1, "1 0/0 0 0/0", True),
        (Sex.FEMALE, 1, "1 0/0 . 0/0", False),
        (Sex.FEMALE, 1, "1 0/0 0 .", False),
        (Sex.FEMALE, 2, "0/1 0/0 0 0/0", True),
        (Sex.MALE, 2, "0/1 0/0 0 0/0", True),  # XXY
        (Sex.MALE, 2, "0/1 0/0 1 0/0", False),
        (Sex.MALE, 2, "1/1 0/0 0 0/0", False),
    ],
)
def test_de_novo_by_number_of_x(sex: Sex, kid_x: int, genotypes: str, expected: bool) -> None:
    found = single_variant_filters(quartet("AUUU", sex), "kid", xs(kid_x), "X", calls(genotypes))
    assert (DN in found) == expected


@pytest.mark.parametrize(
    ("region", "statuses", "genotypes", "complete", "incomplete"),
    [
        # kid sib dad mum
        ("autosome", "AUUU", "0/1 0/1 0/1 0/1", set(), {AD}),
        ("autosome", "AUUU", "0/1 1/1 0/0 0/1", set(), {AD, PI}),
        ("autosome", "AUUU", "0/1 0/1 0/1 0/0", set(), {AD, MI}),
        ("autosome", "AUUU", "0/1 0/0 1/1 0/0", set(), {AD, MI}),
        ("autosome", "AAUU", "0/1 0/0 0/1 0/0", set(), set()),  # all affected members still carry
        ("autosome", "AUUU", "0/1 0/1 0/0 0/0", {DN}, {AD, DN}),  # de novo is as it was
        ("autosome", "AUUU", "1/1 1/1 0/1 0/1", set(), {AD, SR}),
        ("autosome", "AUUU", "1/1 0/1 1/1 0/1", set(), {AD, SR}),
        ("autosome", "AUUU", "1/1 0/1 0/0 0/1", {UPD}, {AD, UPD}),  # a parent with no ALT gave none
        ("autosome", "AUUU", "1/1 1/1 0/0 0/1", set(), {AD, UPD}),
        ("autosome", "AUUU", "1/1 0/0 ./. 0/1", {SR}, {AD, SR}),
        ("autosome", "AUUA", "1/1 0/0 0/1 0/1", set(), {AD}),  # an affected parent must still be 1/1
        ("X", "AUUU", "1 1/1 1 0/1", set(), {XR, XM}),
        ("X", "AUUA", "1 1/1 1 0/0", set(), set()),
        ("Y", "AUUU", "1 0 1 .", set(), {YL}),
        ("Y", "AUAU", "1 0 0 .", set(), set()),
        ("MT", "AUUU", "1/1 1/1 0/0 1/1", set(), {MG}),
        ("MT", "AAUU", "1/1 0/0 0/0 1/1", set(), set()),
    ],
)
def test_incomplete_penetrance(
    region: str, statuses: str, genotypes: str, complete: set[str], incomplete: set[str]
) -> None:
    case = (quartet(statuses), "kid", xs(1), region, calls(genotypes))
    assert set(single_variant_filters(*case)) == complete
    assert set(single_variant_filters(*case, penetrance="incomplete")) == incomplete


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
    flags = {UNPHASED} if expected[1] else set()
    answer = compound_het(quartet(statuses), "kid", xs(1, 1), region, calls(a), calls(b))
    assert answer == (expected[0], "CompoundHeterozygous", flags)


@pytest.mark.parametrize(
    ("a", "b", "unread", "cis", "trans"),
    [
        # kid sib dad mum
        ("0/1 . . .", "0/1 . . .", {UNPHASED}, None, set()),
        ("0/1 . 0/1 0/0", "0/1 . 0/0 0/1", set(), {CONTRADICTION}, set()),  # the parents outweigh the reads
        ("0/1 . 0/1 0/0", "0/1 . 0/1 0/0", None, None, None),  # never both from one parent
        ("0/1 . 0/1 0/0", "0/1 . 0/0 0/0", {UNPHASED}, None, set()),  # one de novo
        ("0/1 . 0/0 0/0", "0/1 . 0/0 0/0", {UNPHASED}, None, set()),
        ("0/1 . 0/1 0/0", "0/1 . 0/0 .", {UNPHASED}, None, set()),
        ("0/1 . . .", "1/1 . . .", set(), set(), set()),  # reads are about two hets
    ],
)
def test_a_pair_with_read_phase(
    a: str, b: str, unread: set[str] | None, cis: set[str] | None, trans: set[str] | None
) -> None:
    """The flags of the pair, or None where it is dropped, by what the proband's reads say."""
    for reads, flags in ((None, unread), ("cis", cis), ("trans", trans)):
        for first, second in ((a, b), (b, a)):
            answer = compound_het(
                quartet("AUUU"), "kid", xs(2), "autosome", calls(first), calls(second), reads=reads
            )
            assert answer == (flags is not None, "CompoundHeterozygous", flags or set())


@pytest.mark.parametrize("reads", [None, "cis", "trans"])
def test_reads_say_nothing_where_the_proband_is_not_het_at_both(reads: str | None) -> None:
    a, b = calls("0/1 0/1 . ."), calls("./. 0/1 . .")
    answer = compound_het(quartet("AAUU"), "kid", xs(2), "autosome", a, b, reads=reads)
    assert answer == (True, "CompoundHeterozygous", {UNPHASED})


def test_an_affected_brother_without_a_sample_excludes_no_pair() -> None:
    """Sequenced with one X he could not have it; without a sample his number of X is not known."""
    a, b = calls("0/1 . 1 0/0"), calls("0/1 . 0 0/1")
    n_x = xs(2, 1)
    assert not compound_het(quartet("AAUU"), "kid", n_x, "X", a, b)[0]
    del n_x["sib"]
    assert compound_het(quartet("AAUU"), "kid", n_x, "X", a, b) == (
        True,
        "XLinkedCompoundHeterozygous",
        set(),
    )


@pytest.mark.parametrize(
    ("statuses", "a", "b", "complete", "incomplete"),
    [
        # kid sib dad mum
        ("AUUU", "0/1 0/1 0/1 0/0", "0/1 0/1 0/0 0/1", None, set()),  # the healthy sibling has both
        ("AUUU", "0/1 0/0 0/1 0/0", "0/1 0/0 0/1 0/0", None, None),  # parents still phase
        ("AUUU", "0/1 0/0 0/1 0/0", "0/1 0/0 0/1 0/1", None, {UNPHASED}),
        ("AUUU", "0/1 0/0 0/1 0/0", "1/1 0/1 0/1 0/1", None, set()),
        ("AAUU", "0/1 0/0 0/1 0/0", "0/1 0/1 0/0 0/1", None, None),  # affected members as ever
        ("AUUU", "0/1 0/0 0/1 0/0", "0/1 0/0 0/0 0/1", set(), set()),
    ],
)
def test_a_pair_under_incomplete_penetrance(
    statuses: str, a: str, b: str, complete: set[str] | None, incomplete: set[str] | None
) -> None:
    for penetrance, flags in (("complete", complete), ("incomplete", incomplete)):
        answer = compound_het(
            quartet(statuses), "kid", xs(2), "PAR", calls(a), calls(b), penetrance=penetrance
        )
        assert answer == (flags is not None, "CompoundHeterozygous", flags or set())


@pytest.mark.parametrize("region", ["Y", "MT"])
def test_no_pairs_where_nothing_comes_in_pairs(region: str) -> None:
    a, b = calls("0/1 0/0 0/1 0/0"), calls("0/1 0/0 0/0 0/1")
    for kid_x in (1, 2):
        assert not compound_het(quartet("AUUU"), "kid", xs(kid_x), region, a, b)[0]


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
    flags = {UNPHASED} if expected[1] else set()
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


Flags = dict[str, set[str]]


def evaluate(case: Case, penetrance: str = "complete") -> tuple[Flags, Flags, tuple[bool, str, set[str]]]:
    family, proband, n_x, region, a, b, reads, isodisomy = case
    first, second = (
        single_variant_filters(
            family, proband, n_x, region, genotypes, isodisomy=isodisomy, penetrance=penetrance
        )
        for genotypes in (a, b)
    )
    pair = compound_het(family, proband, n_x, region, a, b, reads=reads, penetrance=penetrance)
    return first, second, pair


def test_random_families_are_valid_and_every_rule_passes_and_fails_often(tmp_path: Path) -> None:
    rng = random.Random(20)
    seen: Counter[str] = Counter()
    path = tmp_path / "family.ped"
    for number in range(20_000):
        case = random_case(rng)
        family = case.family
        if number % 50 == 0:
            path.write_text(write_ped(family), encoding="utf-8")
            assert read_ped(path) == family
        assert 1 <= len(family.members) <= 10
        assert family.member(case.proband) in (family.affected or family.members)
        assert set(case.n_x) == {m.id for m in family.members}
        filters, _, (passes, name, flags) = evaluate(case)
        seen.update(list(filters) or ["none"])
        seen.update(f for flags_ in filters.values() for f in flags_)
        seen[f"{name} {passes} {sorted(flags)}"] += 1
        seen.update(flags)
    pairs = ("CompoundHeterozygous", "XLinkedCompoundHeterozygous")
    wanted = [
        *FILTERS, "none", DELETION,
        *(f"{n} {k}" for n in pairs for k in ("True []", f"True ['{UNPHASED}']", "False []")),
    ]  # fmt: skip
    assert {w: seen[w] for w in wanted if seen[w] < 30} == {}
    assert seen[CONTRADICTION] >= 5


def test_the_same_seed_gives_the_same_cases() -> None:
    assert [random_case(random.Random(5)) for _ in range(3)] == [random_case(random.Random(5))] * 3


@pytest.mark.parametrize("penetrance", ["complete", "incomplete"])
def test_order_of_members_and_of_the_pair_does_not_matter(penetrance: str) -> None:
    rng = random.Random(21)
    for _ in range(2000):
        case = random_case(rng)
        turned = case._replace(family=Family(case.family.id, case.family.members[::-1]), a=case.b, b=case.a)
        first, second, pair = evaluate(case, penetrance)
        assert evaluate(turned, penetrance) == (second, first, pair)


def test_whatever_passes_under_complete_penetrance_passes_under_incomplete() -> None:
    rng = random.Random(24)
    for case in (random_case(rng) for _ in range(4000)):
        complete, incomplete = evaluate(case), evaluate(case, "incomplete")
        assert complete[0].items() <= incomplete[0].items()
        assert complete[1].items() <= incomplete[1].items()
        assert complete[2] == incomplete[2] or not complete[2][0]


def test_the_mirror_image_of_an_imprinted_gene_swaps_father_and_mother() -> None:
    rng = random.Random(25)
    seen: Counter[str] = Counter()
    for _ in range(6000):
        case = random_case(rng)._replace(region="autosome")
        members = tuple(replace(m, father=m.mother, mother=m.father) for m in case.family.members)
        mirrored = case._replace(family=Family("F", members))
        for penetrance in ("complete", "incomplete"):
            here, there = evaluate(case, penetrance)[0], evaluate(mirrored, penetrance)[0]
            assert [PI in here, MI in here] == [MI in there, PI in there]
            seen.update(list(here))
    assert min(seen[PI], seen[MI]) > 100


def test_a_missing_call_of_somebody_who_is_not_a_parent_never_excludes() -> None:
    rng = random.Random(22)
    for _ in range(4000):
        case = random_case(rng)
        parents = {p for m in case.family.members for p in (m.father, m.mother)}
        bystanders = [
            m.id for m in case.family.members if m.id not in parents and m.affection is not Affection.AFFECTED
        ]
        unseen = dict.fromkeys(bystanders, "./.")
        before, after = evaluate(case), evaluate(case._replace(a=case.a | unseen, b=case.b | unseen))
        assert before[0].items() <= after[0].items()
        assert before[1].items() <= after[1].items()
        assert after[2] == before[2] or not before[2][0]


def test_the_call_of_an_uncertain_member_without_children_changes_nothing() -> None:
    rng = random.Random(23)
    changed = 0
    for _ in range(4000):
        case = random_case(rng)
        parents = {p for m in case.family.members for p in (m.father, m.mother)}
        uncertain = [
            m.id for m in case.family.members if m.affection is Affection.UNCERTAIN and m.id not in parents
        ]
        others = {i: rng.choice(("0/0", "0/1", "1/1", "1", ".")) for i in uncertain if i != case.proband}
        changed += bool(others)
        assert evaluate(case._replace(a=case.a | others, b=case.b | others)) == evaluate(case)
    assert changed > 500
