"""What leaves the laboratory does not depend on what the checks found: only on whether something must be settled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from example import mismatching, trio
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.model.interpretation import Check, Interpretation, Notice
from trihelix.reports.family_report import REMARKS, SENTENCES, TO_SETTLE, for_family, quality_check
from trihelix.reports.html import render_html
from trihelix.reports.json_document import render_json
from trihelix.reports.tsv import render_candidates_tsv

STATUSES = ("ok", "warning", "mismatch", "not_assessed")
WORDS = st.sampled_from(["parent and child", "unrelated", "two X and a Y", "one X, no Y", "father", None])
CHECKS = st.builds(
    Check,
    st.sampled_from(["sex", "relatedness", "mendelian_errors", "sample_swap"]),
    st.lists(st.sampled_from(["FAM01-P", "FAM01-F", "FAM01-M"]), min_size=1, max_size=3, unique=True).map(
        tuple
    ),
    st.sampled_from(STATUSES),
    WORDS,
    WORDS,
    st.none() | st.floats(0, 1),
    st.none() | st.integers(0, 10**6),
    st.text("abcdef ", min_size=1, max_size=30),
)


def forwarded(interpretation: Interpretation) -> tuple[str, str, str]:
    """Everything that may be forwarded."""
    return render_html(interpretation), render_json(interpretation), render_candidates_tsv(interpretation)


@settings(deadline=None, max_examples=40)
@given(st.lists(CHECKS, max_size=6))
def test_two_families_with_different_findings_get_the_same_files(checks: list[Check]) -> None:
    """They differ by the one neutral status and nothing else, whatever the checks say of whom."""
    found = tuple(checks)
    status = "mismatch" if any(c.status == "mismatch" for c in found) else "warning"
    if all(c.status in ("ok", "not_assessed") for c in found):
        status = "ok" if any(c.status == "ok" for c in found) else "not_assessed"
    plain = Check("sex", ("FAM01-P",), status, None, None, None, None, "anything")
    assert forwarded(replace(trio(), checks=found)) == forwarded(replace(trio(), checks=(plain,)))


def test_nothing_of_a_wrong_parent_is_in_what_is_forwarded() -> None:
    for text in forwarded(mismatching()):
        for word in (
            "mismatch",
            "unrelated",
            "strangers",
            "relatedness",
            "kinship",
            "paternity",
            "heterozygosity",
        ):
            assert word.casefold() not in text.casefold()


@pytest.mark.parametrize(
    ("statuses", "inferred", "status"),
    [
        ((), None, "not_assessed"),
        (("not_assessed",), None, "not_assessed"),
        (("not_assessed", "ok"), None, "ok"),
        (("ok", "warning"), REMARKS, "warning"),
        (("ok", "a new status"), REMARKS, "warning"),
        (("warning", "mismatch", "ok"), TO_SETTLE, "warning"),
    ],
)
def test_all_checks_as_one(statuses: tuple[str, ...], inferred: str | None, status: str) -> None:
    checks = tuple(Check("sex", ("a",), s, None, None, None, None, "x") for s in statuses)
    one = quality_check(checks)
    assert (one.inferred, one.status, one.members) == (inferred, status, ())
    assert one.message == SENTENCES[inferred or status]


DISOMY = Check(
    "uniparental_disomy",
    ("FAM01-P", "FAM01-F", "FAM01-M"),
    "warning",
    "one chromosome of each parent",
    "heterodisomy, both from the mother",
    0.4,
    900,
    "FAM01-P has both of FAM01-M's chromosomes and none of the other parent's, at chromosome 15: heterodisomy. "
    "360 of 900 sites contradict FAM01-F, 1 contradict FAM01-M; 300 are heterozygous.",
)


def test_uniparental_disomy_is_told_without_the_counts_against_a_parent() -> None:
    checks = for_family(replace(trio(), checks=(*trio().checks, DISOMY))).checks
    assert [c.check for c in checks] == ["quality_control", "uniparental_disomy"]
    assert checks[1].message == (
        "FAM01-P has both of FAM01-M's chromosomes and none of the other parent's, at chromosome 15: heterodisomy. "
        "To be confirmed by another method."
    )
    assert (checks[1].value, checks[1].sites, checks[1].members) == (None, None, ("FAM01-P",))
    assert checks[0].status == "ok"


def test_uniparental_disomy_of_a_wrong_trio_is_none() -> None:
    report = for_family(replace(mismatching(), checks=(*mismatching().checks, DISOMY)))
    assert [c.check for c in report.checks] == ["quality_control"]


def test_words_of_a_disomy_that_are_not_known_are_not_passed_on() -> None:
    odd = replace(DISOMY, message="360 sites contradict FAM01-F")
    checks = for_family(replace(trio(), checks=(odd,))).checks
    assert checks[1].message.startswith("Uniparental disomy: heterodisomy, both from the mother.")


@pytest.mark.parametrize(("status", "kept"), [("ok", True), ("warning", False), ("mismatch", False)])
def test_calls_on_a_single_x_are_told_unless_their_number_is_a_finding(status: str, kept: bool) -> None:
    sex = Check("sex", ("FAM01-P",), status, "female", "one X, no Y", None, None, "x")
    notice = Notice("info", "x_heterozygous_in_one_x", "heterozygous calls on the only X", 3)
    report = for_family(replace(trio(), checks=(sex,), notices=(notice,)))
    assert (notice in report.notices) is kept


@pytest.mark.parametrize("status", STATUSES)
def test_twice_is_as_once(status: str) -> None:
    """A report that is read from its file and written again, as `rerank` does, stays as it is."""
    sex = replace(trio().checks[0], status=status)
    once = for_family(replace(trio(), checks=(sex, DISOMY)))
    assert for_family(once) == once
