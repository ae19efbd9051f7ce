"""The conclusion and the concerns: what the first lines of a report say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from example import compound_het, mismatching, searched_in_vain, trio, without_candidates

from trihelix.model.interpretation import Notice
from trihelix.reports.family_report import for_family
from trihelix.reports.summary import conclude, deciding_event, find_concerns, headline_of


def test_candidates_are_counted_and_the_first_is_named() -> None:
    conclusion = conclude(trio())
    assert conclusion.kind == "candidates"
    assert conclusion.headline == "2 Tier 1 candidates, 1 Tier 2, 1 Tier 3."
    assert conclusion.top == "DYRK1A, frameshift, de novo (Tier 1)"


def test_one_candidate_and_tiers_without_any() -> None:
    conclusion = conclude(replace(trio(), candidates=trio().candidates[:1]))
    assert conclusion.headline == "1 Tier 1 candidate, 0 Tier 2, 0 Tier 3."


def test_an_untiered_candidate_is_counted_too() -> None:
    odd = replace(trio().candidates[3], tier=0)
    assert (
        conclude(replace(trio(), candidates=(odd,))).headline
        == "0 Tier 1 candidates, 0 Tier 2, 0 Tier 3, 1 Untiered."
    )


def test_both_variants_of_a_pair_are_in_the_headline() -> None:
    assert headline_of(compound_het()) == "TBCK, stop gained + missense, compound heterozygous (Tier 1)"


def test_a_search_in_vain_is_a_result_with_its_limits() -> None:
    conclusion = conclude(searched_in_vain())
    assert conclusion.kind == "none"
    assert conclusion.headline == "No candidate variant was found."
    assert "4,912,377 variants were filtered down to none, with 2 gene panels applied." in conclusion.details
    assert "This does not exclude a genetic diagnosis." in conclusion.details


def test_a_run_that_could_not_be_completed_is_not_a_negative_result() -> None:
    conclusion = conclude(without_candidates())
    assert conclusion.kind == "not_done"
    assert conclusion.headline == "No conclusion: the interpretation could not be completed."
    assert conclusion.details == ("no genes pack: consequences cannot be told, so there are no candidates",)


def test_without_any_filtering_every_warning_is_a_reason() -> None:
    notices = (Notice("warning", "odd", "something odd"), Notice("info", "note", "a note"))
    conclusion = conclude(replace(searched_in_vain(), waterfall=(), notices=notices))
    assert conclusion.kind == "not_done"
    assert conclusion.details == ("something odd",)


def test_without_any_filtering_and_any_warning_the_silence_is_said() -> None:
    conclusion = conclude(replace(searched_in_vain(), waterfall=(), notices=()))
    assert conclusion.kind == "not_done"
    assert conclusion.details == ("No variant was filtered, and no reason is recorded.",)


def test_without_panels_the_limit_is_said_once() -> None:
    bare = replace(trio(), provenance=replace(trio().provenance, panels=()), notices=())
    assert conclude(bare).details == (
        "No gene panel was applied, so no candidate can reach Tier 1 or Tier 2.",
    )
    assert conclude(replace(bare, notices=(Notice("warning", "no_panels", "..."),))).details == ()


def test_concerns_hold_what_must_be_settled_and_every_warning() -> None:
    concerns = find_concerns(for_family(mismatching()))
    assert concerns.to_settle is not None
    assert concerns.doubtful == ()
    assert [n.code for n in concerns.notices] == ["contigs_set_aside"]
    assert find_concerns(for_family(trio())).to_settle is None


@pytest.mark.parametrize("status", ["warning", "a new status", ""])
def test_a_status_that_is_not_known_counts_as_a_warning(status: str) -> None:
    odd = replace(trio().checks[0], status=status)
    assert find_concerns(replace(trio(), checks=(odd,))).doubtful == (odd,)


def test_the_deciding_event_is_of_the_candidates_own_tier() -> None:
    candidate = trio().candidates[0]
    event = deciding_event(replace(candidate, events=candidate.events[::-1]))
    assert event is not None
    assert event.tier == 1
    assert deciding_event(replace(candidate, events=())) is None
