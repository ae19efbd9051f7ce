"""Mendelian errors against plain Python and in simulated trios with the right and the wrong father."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gene_dropping import drop_genes, neutral_frequencies
from trihelix.methods.mendel import MendelCounts, count_errors, is_consistent, trio_table

ALLELES = {0: "aa", 1: "aA", 2: "AA"}


def can_be_child(child: int, father: int, mother: int) -> bool:
    """By writing out alleles."""
    return any(sorted(f + m) == sorted(ALLELES[child]) for f in ALLELES[father] for m in ALLELES[mother])


@pytest.mark.parametrize("trio", list(product(range(3), repeat=3)))
def test_all_27_trios(trio: tuple[int, int, int]) -> None:
    assert is_consistent(*trio) == can_be_child(*trio)


@pytest.mark.parametrize("trio", list(product(range(3), repeat=3)))
def test_every_error_has_exactly_one_kind(trio: tuple[int, int, int]) -> None:
    table = np.zeros((3, 3, 3), np.int64)
    table[trio] = 1
    counts = count_errors(table)
    assert counts.errors == (not can_be_child(*trio))
    assert counts.sites == (trio != (0, 0, 0))


@pytest.mark.parametrize(
    ("trio", "kind"),
    [((1, 0, 0), "new_allele"), ((1, 2, 2), "lost_allele"), ((2, 0, 1), "against_father"), ((2, 0, 2), "against_father"),
     ((0, 2, 1), "against_father"), ((0, 2, 0), "against_father"), ((2, 1, 0), "against_mother"),
     ((0, 0, 2), "against_mother"), ((2, 0, 0), "against_both"), ((0, 2, 2), "against_both")],
)  # fmt: skip
def test_the_kinds(trio: tuple[int, int, int], kind: str) -> None:
    table = np.zeros((3, 3, 3), np.int64)
    table[trio] = 5
    assert getattr(count_errors(table), kind) == 5


@settings(deadline=None)
@given(
    arrays(np.int8, st.tuples(st.integers(0, 40), st.just(4)), elements=st.integers(-2, 2)),
    st.permutations(range(4)),
)
def test_counting_is_that_of_plain_python(states: np.ndarray, columns: list[int]) -> None:
    child, father, mother = columns[:3]
    group = np.arange(len(states)) % 2
    tables = trio_table(states, group, 2, child, father, mother)
    for g in range(2):
        trios = [
            (c, f, m)
            for c, f, m in states[group == g][:, [child, father, mother]].tolist()
            if min(c, f, m) >= 0
        ]
        counts = count_errors(tables[g])
        assert tables[g].sum() == len(trios)
        assert counts.sites == sum(t != (0, 0, 0) for t in trios)
        assert counts.errors == sum(not can_be_child(*t) for t in trios)


def trio_of(states: np.ndarray, child: int, father: int, mother: int) -> MendelCounts:
    return count_errors(trio_table(states, np.zeros(len(states), np.int8), 1, child, father, mother)[0])


GRANDFATHER, GRANDMOTHER, FATHER, UNCLE, MOTHER, CHILD, STRANGER = range(7)


@pytest.fixture(scope="module")
def dropped() -> np.ndarray:
    random = np.random.default_rng(5)
    fathers = [-1, -1, GRANDFATHER, GRANDFATHER, -1, FATHER, -1]
    mothers = [-1, -1, GRANDMOTHER, GRANDMOTHER, -1, MOTHER, -1]
    return drop_genes(fathers, mothers, neutral_frequencies(60_000, random), random)


def test_true_parents_have_no_errors(dropped: np.ndarray) -> None:
    assert trio_of(dropped, CHILD, FATHER, MOTHER).errors == 0


@pytest.mark.parametrize(("man", "rate"), [(STRANGER, 0.18), (UNCLE, 0.1)])
def test_another_man_for_the_father(man: int, rate: float, dropped: np.ndarray) -> None:
    counts = trio_of(dropped, CHILD, man, MOTHER)
    assert counts.rate == pytest.approx(rate, abs=0.02)
    assert counts.against_father > 500
    assert counts.against_mother == counts.against_both == 0


def test_no_rate_without_sites() -> None:
    assert count_errors(np.zeros((3, 3, 3), np.int64)).rate is None
