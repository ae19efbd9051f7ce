"""Gene dropping: chromosomes pass from parents to children as they do, and diseases segregate as they must."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.model.family import Affection, Family, Member, Sex
from trihelix.simulate.disorders import Inheritance
from trihelix.simulate.pedigrees import SHAPES, draw_pedigree
from trihelix.simulate.plans import PLANS, FamilyPlan
from trihelix.simulate.transmission import (
    MATERNAL,
    NEW,
    NOBODY,
    PATERNAL,
    Stretch,
    Transmission,
    draw_descent,
    hold_disease,
)

SEEDS = st.integers(0, 2**32)
SEGREGATING = [p for p in PLANS if p.how is not None and p.how not in NEW]
LENGTH = 1_000_000


@settings(max_examples=80, deadline=None)
@given(seed=SEEDS, shape=st.sampled_from(sorted(SHAPES)), is_x=st.booleans())
def test_every_haplotype_comes_from_a_parent(seed: int, shape: str, is_x: bool) -> None:
    rng = np.random.default_rng(seed)
    family = draw_pedigree("F", shape, None, rng).family
    places = np.sort(rng.integers(1, LENGTH, 200))
    here = draw_descent(family, LENGTH, 3.0, is_x, rng).haplotypes(places)
    number = {m.id: n for n, m in enumerate(family.members)}
    for member in family.members:
        mine = here[:, number[member.id]]
        if is_x and member.sex is Sex.MALE:
            assert (mine[:, PATERNAL] == NOBODY).all()
        for side, parent in ((PATERNAL, member.father), (MATERNAL, member.mother)):
            if parent is None or (is_x and side == PATERNAL and member.sex is Sex.MALE):
                continue
            given_by = here[:, number[parent]]
            assert (mine[:, side] != NOBODY).all()
            assert ((mine[:, side] == given_by[:, 0]) | (mine[:, side] == given_by[:, 1])).all()


def test_founders_have_haplotypes_of_their_own() -> None:
    rng = np.random.default_rng(1)
    family = draw_pedigree("F", "first cousins", None, rng).family
    here = draw_descent(family, LENGTH, 1.0, False, rng).haplotypes(np.array([5]))[0]
    founders = [n for n, m in enumerate(family.members) if m.father is None]
    assert sorted(here[founders].ravel().tolist()) == list(range(2 * len(founders)))


def test_crossovers_are_as_many_as_the_map_says() -> None:
    rng = np.random.default_rng(1)
    family = draw_pedigree("F", "trio", Sex.FEMALE, rng).family
    numbers = [
        len(gamete.crossovers)
        for _ in range(300)
        for gamete in draw_descent(family, LENGTH, 4.0, False, rng).gametes.values()
    ]
    assert abs(np.mean(numbers) - 4.0) < 0.3


def test_a_father_s_x_does_not_recombine() -> None:
    rng = np.random.default_rng(1)
    family = draw_pedigree("F", "trio", Sex.FEMALE, rng).family
    descent = draw_descent(family, LENGTH, 50.0, True, rng)
    here = descent.haplotypes(np.arange(1, LENGTH, 1_000))
    assert len(np.unique(here[:, 2, PATERNAL])) == 1
    assert len(np.unique(here[:, 2, MATERNAL])) == 2


def test_siblings_share_half_and_as_unevenly_as_people_do() -> None:
    """Sharing of a 35 Morgan genome has a standard deviation of about 0.04 (Visscher et al., PLoS Genetics 2006)."""
    rng = np.random.default_rng(1)
    family = draw_pedigree("F", "quad, sibling well", None, rng).family
    shared = []
    for _ in range(60):
        parts = [
            draw_descent(family, LENGTH, 7.0, False, rng).haplotypes(np.arange(1, LENGTH, 5_000))
            for _ in range(5)
        ]
        here = np.concatenate(parts)
        shared.append((here[:, 2] == here[:, 3]).mean())
    assert abs(np.mean(shared) - 0.5) < 0.02
    assert 0.02 < np.std(shared) < 0.08


def _copies(here: np.ndarray, carriers: frozenset[int]) -> np.ndarray:
    return np.isin(here, sorted(carriers)).sum(axis=1)


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS, plan=st.sampled_from(SEGREGATING))
def test_a_held_disease_is_in_the_ill_and_not_in_the_well(seed: int, plan: FamilyPlan) -> None:
    rng = np.random.default_rng(seed)
    family = draw_pedigree("F", plan.shape, plan.proband_sex, rng).family
    is_x = plan.how is Transmission.X_RECESSIVE
    stretch = Stretch("chr1", 400_000, 420_000)
    slots, placement = hold_disease(family, stretch, plan.how, is_x, rng)
    descent = draw_descent(family, LENGTH, 30.0, is_x, rng, (stretch, slots))
    here = descent.haplotypes(np.arange(400_000, 420_001, 500))
    assert (here == here[0]).all()  # nothing is exchanged within the gene
    first, second = _copies(here[0], placement.first), _copies(here[0], placement.second)
    for n, member in enumerate(family.members):
        chromosomes = int((here[0, n] != NOBODY).sum())
        expected = {
            Transmission.DOMINANT: first[n] >= 1,
            Transmission.HOMOZYGOUS: first[n] == 2,
            Transmission.AUTOZYGOUS: first[n] == 2,
            Transmission.X_RECESSIVE: first[n] == chromosomes,
            Transmission.COMPOUND: first[n] == 1 and second[n] == 1,
        }[plan.how]
        if member.affection is not Affection.UNCERTAIN:
            assert expected == (member.affection is Affection.AFFECTED)
    if plan.how is Transmission.AUTOZYGOUS:
        assert len(placement.first) == 1
    if plan.inheritance is Inheritance.RECESSIVE:
        parents = {p for m in family.affected for p in (m.father, m.mother) if p}
        assert all(first[n] + second[n] == 1 for n, m in enumerate(family.members) if m.id in parents)


def test_a_family_that_cannot_show_it_is_refused() -> None:
    parents = [
        Member("f", Sex.MALE, Affection.UNAFFECTED),
        Member("m", Sex.FEMALE, Affection.UNAFFECTED),
        Member("c", Sex.MALE, Affection.AFFECTED, "f", "m"),
    ]
    with pytest.raises(ValueError, match="inherited dominant"):
        hold_disease(
            Family("F", tuple(parents)),
            Stretch("chr1", 1, 2),
            Transmission.DOMINANT,
            False,
            np.random.default_rng(1),
        )
