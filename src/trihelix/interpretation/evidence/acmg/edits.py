"""A scientist's edits applied to an automatic classification, which stays as it was.

The last edit of a criterion counts; one that withdraws brings the automatic finding back. Edits of different criteria
do not depend on each other's order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from trihelix.interpretation.evidence.acmg.assess import switched_on
from trihelix.interpretation.evidence.acmg.conflicts import find_conflicts
from trihelix.interpretation.evidence.acmg.double_counting import counted_again, without_double_counting
from trihelix.interpretation.evidence.acmg.points import classify
from trihelix.interpretation.evidence.acmg.verdicts import met, not_met
from trihelix.model.classification import (
    CRITERIA,
    DEPRECATED,
    NOT_MET,
    WITHDRAWN,
    Classification,
    Criterion,
    CriterionEdit,
    EditedClassification,
    Strength,
)
from trihelix.model.errors import ClassificationError

OFF_WORDS = frozenset({"off", "not_met"})


def check_edit(code: str, strength: str, comment: str, author: str) -> tuple[str, str]:
    """(criterion, strength or `not_met`) as stored; ClassificationError says what is wrong with an edit."""
    chosen = check_criterion(code)
    word = strength.strip().lower().replace("-", "_").replace(" ", "_")
    allowed = [s.value for s in CRITERIA[chosen].strengths]
    if word in OFF_WORDS:
        word = NOT_MET
    elif word not in allowed:
        raise ClassificationError(
            f"{chosen} may not have this strength",
            value=strength,
            advice=f"choose {', '.join(allowed)}, or off",
        )
    check_reason(chosen, comment, author)
    return chosen, word


def check_criterion(code: str) -> str:
    """The criterion's code in capitals; ClassificationError if there is no such criterion."""
    chosen = code.strip().upper()
    if chosen not in CRITERIA:
        raise ClassificationError(
            "there is no such criterion", value=code, advice=f"the criteria are {', '.join(CRITERIA)}"
        )
    return chosen


def check_reason(code: str, comment: str, author: str) -> None:
    """ClassificationError unless an edit says why and by whom."""
    if not comment.strip():
        raise ClassificationError(
            "an edit needs a reason",
            value=code,
            advice="say why, for example --because 'PMID:12345678, figure 2'",
        )
    if not author.strip():
        raise ClassificationError(
            "an edit needs an author", value=code, advice="say who decides: --author NAME"
        )


def check_enabled(codes: Iterable[str]) -> frozenset[str]:
    """Criteria to switch on; ClassificationError unless they are off by default."""
    chosen = frozenset(check_criterion(code) for code in codes)
    if wrong := sorted(chosen - DEPRECATED):
        raise ClassificationError(
            "only deprecated criteria are off and can be switched on",
            value=", ".join(wrong),
            advice=f"these are {', '.join(sorted(DEPRECATED))}",
        )
    return chosen


def edits_in_force(history: Sequence[CriterionEdit]) -> tuple[CriterionEdit, ...]:
    """The last edit of each criterion, without the withdrawn ones, in the criteria's order."""
    last = {edit.code: edit for edit in sorted(history, key=lambda e: e.number)}
    order = {code: n for n, code in enumerate(CRITERIA)}
    kept = [edit for edit in last.values() if edit.strength != WITHDRAWN]
    return tuple(sorted(kept, key=lambda e: order[e.code]))


def apply_edits(
    automatic: Classification, edits: Iterable[CriterionEdit], enable: Collection[str] = ()
) -> EditedClassification:
    """The classification with the edits of this variant and gene; edits of others are passed over."""
    history = tuple(
        sorted(
            (e for e in edits if e.variant == automatic.variant and e.gene == automatic.gene),
            key=lambda e: e.number,
        )
    )
    in_force = edits_in_force(history)
    decided = {edit.code: edit for edit in in_force}
    criteria = [
        _edited(c, decided[c.code]) if c.code in decided else switched_on(counted_again(c), enable)
        for c in automatic.criteria
    ]
    counted = without_double_counting(criteria, frozenset(decided))
    label, points, probability = classify(counted)
    edited = replace(
        automatic,
        label=label,
        points=points,
        posterior=probability,
        criteria=counted,
        conflicts=find_conflicts(counted, label, automatic.background, in_force, automatic.criteria),
    )
    return EditedClassification(automatic, edited, in_force, history)


def _edited(criterion: Criterion, edit: CriterionEdit) -> Criterion:
    source = f"{edit.author}, {edit.time}"
    if edit.strength == NOT_MET:
        return not_met(criterion.code, edit.comment, source, set_by="edit")
    return met(criterion.code, edit.comment, source, Strength(edit.strength), set_by="edit")
