"""Edits change the edited state only, in any order, and can be taken back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from acmg_builder import ALL, edit, facts, met_codes
from hypothesis import given
from hypothesis import strategies as st

from trihelix.interpretation.evidence.acmg.assess import assess
from trihelix.interpretation.evidence.acmg.edits import apply_edits, check_edit, check_enabled, edits_in_force
from trihelix.interpretation.evidence.acmg.facts import (
    FamilyFacts,
    FrequencyFacts,
    LossFacts,
    LossKind,
    MechanismFact,
)
from trihelix.model.classification import CRITERIA, CriterionEdit, Label, Status, classification_from_dict
from trihelix.model.errors import ClassificationError

LOSS = MechanismFact("loss_of_function", "definitive", "a disease", "G2P")
GIVEN = facts(
    "stop_gained",
    mechanisms=(LOSS,),
    loss=LossFacts(LossKind.NONSENSE, decays=True, where="early", removed=0.5),
    frequency=FrequencyFacts(covered=True),
    classification="Pathogenic",
    stars=2,
    family=FamilyFacts(phenotype_asked=True, phenotype_score=0.5),
)
AUTOMATIC = assess(GIVEN)


@st.composite
def decisions(draw: st.DrawFn, codes: tuple[str, ...] = ALL) -> tuple[str, str]:
    code = draw(st.sampled_from(codes))
    words = [*(s.value for s in CRITERIA[code].strengths), "not_met", "withdrawn"]
    return code, draw(st.sampled_from(words))


def numbered(chosen: list[tuple[str, str]]) -> list[CriterionEdit]:
    return [edit(n, code, strength) for n, (code, strength) in enumerate(chosen, start=1)]


@given(st.lists(decisions()))
def test_the_automatic_part_never_changes(chosen: list[tuple[str, str]]) -> None:
    result = apply_edits(AUTOMATIC, numbered(chosen))
    assert result.automatic == assess(GIVEN)
    assert len(result.history) == len(chosen)
    assert [c.code for c in result.edited.criteria] == list(ALL)


@given(st.dictionaries(st.sampled_from(ALL), st.just(""), min_size=2), st.data())
def test_edits_of_different_criteria_commute(codes: dict[str, str], data: st.DataObject) -> None:
    chosen = [data.draw(decisions((code,))) for code in codes]
    shuffled = data.draw(st.permutations(chosen))
    one, other = (apply_edits(AUTOMATIC, numbered(c)).edited for c in (chosen, shuffled))

    def plain(classified: object) -> object:
        return [(c.code, c.status, c.strength, c.points) for c in classified.criteria]  # type: ignore[attr-defined]

    assert plain(one) == plain(other)
    assert (one.label, one.points, one.posterior) == (other.label, other.points, other.posterior)


@given(decisions(), decisions())
def test_the_last_edit_of_a_criterion_counts(one: tuple[str, str], other: tuple[str, str]) -> None:
    both = apply_edits(AUTOMATIC, numbered([one, (one[0], other[1])] if one[0] == other[0] else [one, other]))
    assert {e.code for e in both.in_force} <= {one[0], other[0]}
    if one[0] == other[0]:
        assert all(e.number == 2 for e in both.in_force)


@given(decisions())
def test_withdrawing_brings_the_automatic_finding_back(chosen: tuple[str, str]) -> None:
    result = apply_edits(AUTOMATIC, numbered([chosen, (chosen[0], "withdrawn")]))
    assert result.edited == AUTOMATIC
    assert result.in_force == ()
    assert len(result.history) == 2


def test_edits_of_other_variants_and_genes_are_passed_over() -> None:
    others = [
        replace(edit(1, "PS3", "strong"), gene="OTHER"),
        replace(edit(2, "PS3", "strong"), variant="chr1:1:A:T"),
    ]
    assert apply_edits(AUTOMATIC, others).edited == AUTOMATIC


def test_an_edit_is_shown_with_its_author_and_reason() -> None:
    result = apply_edits(AUTOMATIC, [edit(1, "PS3", "moderate", "PMID:1")])
    criterion = result.edited.criterion("PS3")
    assert (criterion.set_by, criterion.evidence, criterion.points) == ("edit", "PMID:1", 2)
    assert "AS" in criterion.source
    assert result.edited.points == AUTOMATIC.points + 2


def test_taking_pvs1_away_lets_what_it_hid_count_again() -> None:
    given_ = replace(GIVEN, consequence="inframe_deletion", loss=LossFacts())
    automatic = assess(given_)
    assert "PM4" in met_codes(automatic)
    with_pvs1 = apply_edits(automatic, [edit(1, "PVS1", "very_strong")])
    assert with_pvs1.edited.criterion("PM4").status == Status.NOT_COUNTED
    assert (
        apply_edits(with_pvs1.edited, [edit(1, "PVS1", "not_met")]).edited.criterion("PM4").status
        == Status.MET
    )


def test_an_edit_that_says_the_opposite_is_a_contradiction() -> None:
    off = apply_edits(AUTOMATIC, [edit(1, "PVS1", "not_met")])
    assert [c.code for c in off.edited.conflicts] == ["edit_contradicts"]
    on = apply_edits(AUTOMATIC, [edit(1, "PM5", "moderate")])
    assert [c.code for c in on.edited.conflicts] == ["edit_contradicts"]
    unknown = apply_edits(AUTOMATIC, [edit(1, "PS3", "moderate")])
    assert unknown.edited.conflicts == ()


def test_two_criteria_of_one_evidence_by_hand_count_but_are_told() -> None:
    result = apply_edits(AUTOMATIC, [edit(1, "PM4", "moderate")])
    assert result.edited.criterion("PM4").status == Status.MET
    assert "double_counting" in {c.code for c in result.edited.conflicts}


def test_deprecated_criteria_can_be_switched_on_for_once() -> None:
    assert apply_edits(AUTOMATIC, [], enable=("PP5",)).edited.points == AUTOMATIC.points + 1
    assert apply_edits(AUTOMATIC, []).edited == AUTOMATIC


def test_ba1_by_hand_makes_benign() -> None:
    result = apply_edits(AUTOMATIC, [edit(1, "BA1", "stand_alone")])
    assert (result.edited.label, result.edited.posterior) == (Label.BENIGN, None)
    assert {"ba1_with_pvs1", "rare_and_common", "against_significance_pack"} <= {
        c.code for c in result.edited.conflicts
    }


def test_json_and_back() -> None:
    assert classification_from_dict(json.loads(json.dumps(AUTOMATIC.as_dict()))) == AUTOMATIC


@pytest.mark.parametrize(
    ("code", "strength", "comment", "author", "what"),
    [
        ("PX9", "strong", "why", "me", "there is no such criterion"),
        ("PP4", "strong", "why", "me", "PP4 may not have this strength"),
        ("PS3", "stand_alone", "why", "me", "PS3 may not have this strength"),
        ("PS3", "withdrawn", "why", "me", "PS3 may not have this strength"),
        ("PS3", "strong", "  ", "me", "an edit needs a reason"),
        ("PS3", "strong", "why", "", "an edit needs an author"),
    ],
)
def test_edits_that_cannot_be(code: str, strength: str, comment: str, author: str, what: str) -> None:
    with pytest.raises(ClassificationError) as error:
        check_edit(code, strength, comment, author)
    assert error.value.what == what
    assert error.value.advice


def test_edits_are_taken_as_people_write_them() -> None:
    assert check_edit("pvs1", "Very strong", "why", "me") == ("PVS1", "very_strong")
    assert check_edit("PM2", "off", "why", "me") == ("PM2", "not_met")


def test_only_deprecated_criteria_are_switched_on() -> None:
    assert check_enabled(["pp5"]) == {"PP5"}
    with pytest.raises(ClassificationError, match="only deprecated"):
        check_enabled(["PS3"])


def test_edits_in_force_are_in_the_criterias_order() -> None:
    history = [edit(2, "PVS1", "strong"), edit(1, "BP7", "supporting"), edit(3, "BP7", "not_met")]
    assert [(e.code, e.number) for e in edits_in_force(history)] == [("PVS1", 2), ("BP7", 3)]
