"""PVS1 by the decision tree of the ClinGen Sequence Variant Interpretation group.

Abou Tayoun et al., Human Mutation 2018. Loss of function must be an established mechanism of the gene: the mechanism
pack says so, or the significance pack holds pathogenic loss-of-function variants of the gene. Constraint alone does
not establish it: recessive genes tolerate the loss of one copy.
"""

from __future__ import annotations

from typing import NamedTuple

from trihelix.interpretation.evidence.acmg.facts import LOSS_OF_FUNCTION, Facts, LossFacts, LossKind
from trihelix.interpretation.evidence.acmg.verdicts import met, not_assessable, not_met
from trihelix.model.classification import Criterion, Strength

SOURCE = "Abou Tayoun et al. 2018"
FEWEST_KNOWN_LOSSES = 3
FEWEST_TO_BE_CRITICAL = 2  # known pathogenic variants in what is removed make a region critical
LARGE_PART = 0.10
ESTABLISHED = frozenset({"definitive", "strong", "moderate"})
NMD_BASES = 50


class Branch(NamedTuple):
    """Where the tree ends: a strength (None: PVS1 does not apply), and why."""

    strength: Strength | None
    why: str


def loss_criterion(facts: Facts) -> Criterion:
    """PVS1."""
    if facts.consequence not in LOSS_OF_FUNCTION:
        only_there = facts.elsewhere in LOSS_OF_FUNCTION
        words = "loss of function only on another transcript than the gene's representative one"
        return not_met("PVS1", words if only_there else "not a loss-of-function variant", SOURCE)
    if not facts.representative:
        return not_met("PVS1", "the gene's representative transcript is not affected", SOURCE)
    established, mechanism = mechanism_of(facts)
    if not established:
        return not_met("PVS1", mechanism, SOURCE)
    if facts.loss.unclear:
        return not_assessable("PVS1", f"{mechanism}; but {facts.loss.unclear}", SOURCE)
    branch = decide(facts.loss)
    if branch.strength is None:
        return not_met("PVS1", branch.why, SOURCE)
    return met("PVS1", f"{branch.why}; {mechanism}", SOURCE, branch.strength)


def mechanism_of(facts: Facts) -> tuple[bool, str]:
    """Whether loss of function is established to cause disease in the gene, and what says so."""
    if facts.loss_excluded:
        return False, "an applied panel says that loss of function does not cause the disease"
    stated = [
        m for m in facts.mechanisms if m.mechanism == "loss_of_function" and m.confidence in ESTABLISHED
    ]
    if stated:
        m = stated[0]
        return True, f"{m.source}: loss of function causes {m.disease} ({m.confidence})"
    if facts.known is None:
        return False, "no pack establishes loss of function as a mechanism of this gene"
    count = facts.known.pathogenic_lof
    words = f"{count} other pathogenic loss-of-function variants of {facts.gene} are known"
    if count >= FEWEST_KNOWN_LOSSES:
        return True, words
    return (
        False,
        f"loss of function is not established as a mechanism: {words}, {FEWEST_KNOWN_LOSSES} are asked for",
    )


def decide(loss: LossFacts) -> Branch:
    """The decision tree itself."""
    match loss.kind:
        case LossKind.WHOLE_GENE:
            return Branch(Strength.VERY_STRONG, "the whole transcript is removed")
        case LossKind.NONSENSE | LossKind.FRAMESHIFT:
            return _truncation(loss)
        case LossKind.SPLICE:
            return _splice(loss)
        case LossKind.START:
            return _start(loss)
        case _:
            return Branch(None, "the change does not reach the coding sequence")


def _truncation(loss: LossFacts) -> Branch:
    if loss.decays:
        return Branch(Strength.VERY_STRONG, f"{loss.kind}: {loss.where}, so the transcript decays")
    return _part_lost(loss, f"{loss.kind}: {loss.where}, so the transcript escapes decay")


def _splice(loss: LossFacts) -> Branch:
    if loss.in_frame:
        return _part_lost(loss, f"splice site: {loss.where}, which keeps the reading frame")
    if loss.decays:
        return Branch(Strength.VERY_STRONG, f"splice site: {loss.where}, so the transcript decays")
    return _part_lost(loss, f"splice site: {loss.where}, so the transcript escapes decay")


def _part_lost(loss: LossFacts, beginning: str) -> Branch:
    part = f"{loss.removed:.0%} of the protein is lost or altered"
    if loss.removed_pathogenic >= FEWEST_TO_BE_CRITICAL:
        known = f"{loss.removed_pathogenic} known pathogenic variants lie there"
        return Branch(Strength.STRONG, f"{beginning}; {part}, and {known}")
    if loss.removed > LARGE_PART:
        return Branch(Strength.STRONG, f"{beginning}; {part}, more than {LARGE_PART:.0%}")
    return Branch(Strength.MODERATE, f"{beginning}; {part}, not more than {LARGE_PART:.0%}")


def _start(loss: LossFacts) -> Branch:
    if loss.next_met is None:
        return Branch(Strength.MODERATE, "start codon lost; no other methionine in the reading frame")
    words = f"start codon lost; the next methionine is residue {loss.next_met}"
    if loss.before_next_met:
        return Branch(
            Strength.MODERATE, f"{words}, {loss.before_next_met} known pathogenic variants before it"
        )
    return Branch(Strength.SUPPORTING, f"{words}, no known pathogenic variant before it")
