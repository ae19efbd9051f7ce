"""Evidence that contradicts other evidence: shown to a person, never resolved silently."""

from __future__ import annotations

from collections.abc import Sequence

from trihelix.interpretation.evidence.acmg.double_counting import repeats
from trihelix.model.classification import (
    NOT_MET,
    Background,
    Conflict,
    Criterion,
    CriterionEdit,
    Direction,
    Label,
    Status,
)

TRUSTED_STARS = 2
_PATHOGENIC = (Label.PATHOGENIC, Label.LIKELY_PATHOGENIC)
_BENIGN = (Label.BENIGN, Label.LIKELY_BENIGN)

# Pairs that contradict each other whenever both are met.
PAIRS: tuple[tuple[str, str, str, str], ...] = (
    ("ba1_with_pvs1", "BA1", "PVS1", "a common variant that removes the gene's function"),
    ("rare_and_common", "PM2", "BS1", "called both very rare and too common"),
    ("rare_and_common", "PM2", "BA1", "called both very rare and common"),
    ("computation_disagrees", "PP3", "BP4", "computation both predicts damage and predicts none"),
    ("computation_disagrees", "PP3", "BP7", "computation predicts damage, yet the change is called silent"),
    ("missense_disagrees", "PP2", "BP1", "missense both causes and does not cause the gene's disease"),
    ("function_disagrees", "PS3", "BS3", "functional studies both show damage and show none"),
    ("segregation_disagrees", "PP1", "BS4", "segregates with the disease and does not"),
    ("repeat_disagrees", "PM4", "BP3", "the change of length lies outside and inside a repeat"),
    ("de_novo_and_healthy", "PS2", "BS2", "de novo in a patient, yet seen in healthy adults"),
)


def find_conflicts(
    criteria: Sequence[Criterion],
    label: Label,
    background: Background,
    edits: Sequence[CriterionEdit] = (),
    automatic: Sequence[Criterion] = (),
) -> tuple[Conflict, ...]:
    """All contradictions, in a fixed order; `automatic` are the criteria as they were before the edits."""
    met = {c.code: c for c in criteria if c.status == Status.MET}
    found = [
        *_both_directions(met),
        *(Conflict(code, words, (a, b)) for code, a, b, words in PAIRS if a in met and b in met),
        *_against_mechanism(met, background),
        *_against_pack(label, background),
        *(
            Conflict("double_counting", f"{a} and {b} both count: {why}", (a, b))
            for a, b, why in repeats(criteria)
        ),
        *_against_automatic(edits, automatic),
    ]
    return tuple(found)


def _both_directions(met: dict[str, Criterion]) -> list[Conflict]:
    sides = {d: tuple(c.code for c in met.values() if c.direction == d) for d in Direction}
    pathogenic, benign = sides[Direction.PATHOGENIC], sides[Direction.BENIGN]
    if not pathogenic or not benign:
        return []
    words = f"pathogenic ({', '.join(pathogenic)}) and benign ({', '.join(benign)}) criteria are both met"
    return [Conflict("pathogenic_and_benign", words, (*pathogenic, *benign))]


def _against_mechanism(met: dict[str, Criterion], background: Background) -> list[Conflict]:
    others = [m for m in background.mechanisms if m in ("gain_of_function", "dominant_negative")]
    if "PVS1" not in met or not others:
        return []
    stated = " and ".join(dict.fromkeys(m.replace("_", " ") for m in others))
    words = f"PVS1 is met, but the mechanism pack also states {stated} for this gene"
    return [Conflict("pvs1_against_mechanism", words, ("PVS1",))]


def _against_pack(label: Label, background: Background) -> list[Conflict]:
    side, stars = background.known_side, background.known_stars or 0
    word = f"{(background.known or '').replace('_', ' ').lower()}, {stars} review stars"
    ours = label.replace("_", " ")
    if side == Direction.PATHOGENIC and label in _BENIGN:
        return [Conflict("against_significance_pack", f"{ours} here, but known as {word}")]
    if side == Direction.BENIGN and stars >= TRUSTED_STARS and label in _PATHOGENIC:
        return [Conflict("against_significance_pack", f"{ours} here, but known as {word}")]
    return []


def _against_automatic(edits: Sequence[CriterionEdit], automatic: Sequence[Criterion]) -> list[Conflict]:
    """Edits that say the opposite of what was found; what could not be assessed contradicts nothing."""
    found = {c.code: c for c in automatic}
    out = []
    for edit in edits:
        criterion = found[edit.code]
        opposite = Status.MET if edit.strength == NOT_MET else Status.NOT_MET
        if criterion.status == opposite:
            automatically = criterion.status.replace("_", " ")
            words = f"{edit.author} set {edit.code} to {edit.strength.replace('_', ' ')}; automatically {automatically}: "
            out.append(Conflict("edit_contradicts", words + criterion.evidence, (edit.code,)))
    return out
