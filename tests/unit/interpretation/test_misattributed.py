"""What is used of a family that is not what its pedigree says: all of it, or the proband alone."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from gene_dropping import Person, family_of, simulate, with_samples
from trihelix.interpretation.evidence.family_checks import check_family
from trihelix.interpretation.evidence.misattributed import (
    RELATIVES_NOT_USED,
    contradicts_pedigree,
    trusted_calls,
)
from trihelix.model.family import Sex
from trihelix.model.interpretation import Check
from trihelix.variants.family_calls import FamilyCalls

FAMILY = (
    Person("dad", Sex.MALE),
    Person("mum", Sex.FEMALE),
    Person("kid", Sex.MALE, "dad", "mum"),
    Person("sister", Sex.FEMALE, "dad", "mum"),
    Person("stranger", Sex.MALE),
)
LISTED = FAMILY[:4]


@pytest.fixture(scope="module")
def calls() -> FamilyCalls:
    return simulate(FAMILY)


def checks_of(calls: FamilyCalls) -> tuple[Check, ...]:
    return check_family(calls, family_of(LISTED), "GRCh38", True)[0]


def test_a_true_family_is_used_as_it_is(calls: FamilyCalls) -> None:
    kept, notices = trusted_calls(calls, checks_of(calls), "kid")
    assert kept is calls
    assert notices == ()


@pytest.mark.parametrize("wrong", ["dad", "sister"])
def test_of_a_family_with_a_wrong_relative_the_proband_alone_is_used(calls: FamilyCalls, wrong: str) -> None:
    swapped = with_samples(calls, **{wrong: "stranger"})
    checks = checks_of(swapped)
    assert contradicts_pedigree(checks)
    kept, notices = trusted_calls(swapped, checks, "kid")
    assert notices == (RELATIVES_NOT_USED,)
    assert kept.members == ("kid",)
    column = swapped.members.index("kid")
    for name in ("state", "flags", "depth", "quality", "ref_depth", "alt_depth", "phase_set"):
        assert np.array_equal(getattr(kept, name)[:, 0], getattr(swapped, name)[:, column]), name
        assert getattr(kept, name).shape == (len(swapped), 1)


def test_every_column_that_has_members_is_cut(calls: FamilyCalls) -> None:
    """A column that is added to the calls later must not keep relatives."""
    wrong = Check("relatedness", ("kid", "dad"), "mismatch", None, None, None, None, "x")
    kept, _ = trusted_calls(calls, (wrong,), "kid")
    for one in fields(kept):
        value = getattr(kept, one.name)
        assert not (isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] != 1), one.name


@pytest.mark.parametrize(
    ("check", "status", "contradicts"),
    [
        ("relatedness", "mismatch", True),
        ("mendelian_errors", "mismatch", True),
        ("sample_swap", "mismatch", True),
        ("sex", "mismatch", False),
        ("relatedness", "warning", False),
        ("uniparental_disomy", "warning", False),
        ("mendelian_errors", "not_assessed", False),
    ],
)
def test_what_contradicts_the_pedigree(check: str, status: str, contradicts: bool) -> None:
    found = Check(check, ("kid", "dad"), status, None, None, None, None, "x")
    assert contradicts_pedigree((found,)) is contradicts


def test_a_single_person_is_left_as_it_is(calls: FamilyCalls) -> None:
    wrong = Check("relatedness", ("kid", "dad"), "mismatch", None, None, None, None, "x")
    alone, _ = trusted_calls(calls, (wrong,), "kid")
    kept, notices = trusted_calls(alone, (wrong,), "kid")
    assert kept is alone
    assert notices == ()
