"""From candidates to classifications: transcripts, modes, parentage, pairs; packs may be missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from trihelix.interpretation.evidence.acmg.assessor import ASSESSED, Assessor, CaseFacts, case_facts
from trihelix.interpretation.evidence.acmg.facts import DOMINANT, RECESSIVE, Parentage
from trihelix.model.classification import Status, Strength
from trihelix.model.interpretation import (
    Candidate,
    CandidateVariant,
    Check,
    MemberSummary,
    ReportEvent,
    TranscriptConsequence,
)

BIALLELIC, MONOALLELIC = (
    "BIALLELIC, autosomal or pseudoautosomal",
    "MONOALLELIC, autosomal or pseudoautosomal, NOT imprinted",
)
BOTH = "BOTH monoallelic and biallelic, autosomal or pseudoautosomal"


def consequence(transcript: str, word: str, preferred: bool) -> TranscriptConsequence:
    return TranscriptConsequence(transcript, word, "HIGH", "protein_coding", None, preferred)


def variant(pos: int = 100, **changes: Any) -> CandidateVariant:
    shown = (consequence("T1", "missense_variant", True),)
    plain = CandidateVariant(
        "chr1", pos, "A", "C", "GENE", "missense_variant", "MODERATE", None, "T1", shown, 0.0, (), None, None, None,
        (), {}, {"kid": "0/1"}, {}, "unknown", "test",
    )  # fmt: skip
    return replace(plain, **changes)


def event(mode: str, confidence: str = "green", flags: tuple[str, ...] = ()) -> ReportEvent:
    return ReportEvent(1, "x", "complete", "1", "panel", "1", confidence, mode, "why", flags)


def candidate(*variants: CandidateVariant, **changes: Any) -> Candidate:
    plain = Candidate(
        1, 1, "GENE", "ENSG1", None, 0.5, None, 0.5, "InheritedAutosomalDominant", "complete", variants, (), (), None,
        None, (), (),
    )  # fmt: skip
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("modes", "segregation", "expected"),
    [
        ([BIALLELIC], "InheritedAutosomalDominant", RECESSIVE),
        ([MONOALLELIC], "SimpleRecessive", DOMINANT),
        ([BOTH], "SimpleRecessive", RECESSIVE),
        ([BOTH], "deNovo", DOMINANT),
        ([BIALLELIC, MONOALLELIC], "CompoundHeterozygous", RECESSIVE),
        ([BIALLELIC, MONOALLELIC], "deNovo", DOMINANT),
        ([], "XLinkedSimpleRecessive", RECESSIVE),
        ([], "deNovo", DOMINANT),
    ],
)
def test_mode(modes: list[str], segregation: str, expected: str) -> None:
    given = candidate(variant(), events=tuple(event(m) for m in modes), segregation=segregation)
    assert Assessor().candidate(given)[0].mode == expected


def test_only_green_genes_tell_the_mode() -> None:
    given = candidate(variant(), events=(event(BIALLELIC, "amber"),), segregation="deNovo")
    assert Assessor().candidate(given)[0].mode == DOMINANT


def test_without_packs_nothing_is_made_up() -> None:
    classified = Assessor().candidate(candidate(variant()))[0]
    assert classified.points == 0
    assert not any(c.status == Status.MET for c in classified.criteria)


def test_loss_of_function_on_another_transcript_only() -> None:
    shown = (consequence("T1", "intron_variant", True), consequence("T2", "stop_gained", False))
    given = candidate(variant(consequence="stop_gained", transcript="T2", transcripts=shown))
    pvs1 = Assessor().candidate(given)[0].criterion("PVS1")
    assert (pvs1.status, "another transcript" in pvs1.evidence) == (Status.NOT_MET, True)
    alone = candidate(variant(consequence="stop_gained", transcript="T2", transcripts=shown[1:]))
    assert "representative" in Assessor().candidate(alone)[0].criterion("PVS1").evidence


def pair(first: dict[str, Any], second: dict[str, Any], flags: tuple[str, ...] = ()) -> Candidate:
    return candidate(
        variant(100, **first),
        variant(200, **second),
        segregation="CompoundHeterozygous",
        events=(event(BIALLELIC, flags=flags),),
    )


KNOWN = {"clinical_significance": "Pathogenic", "clinical_significance_stars": 2}
LIKELY = {"clinical_significance": "Likely_pathogenic", "clinical_significance_stars": 2}


@pytest.mark.parametrize(
    ("other", "flags", "strength"),
    [
        (KNOWN, (), Strength.MODERATE),
        (LIKELY, (), Strength.MODERATE),
        (KNOWN, ("phase_unproven",), Strength.SUPPORTING),
        (LIKELY, ("phase_unproven",), None),
        ({}, (), None),
    ],
)
def test_pairs(other: dict[str, Any], flags: tuple[str, ...], strength: Strength | None) -> None:
    first, second = Assessor().candidate(pair({}, other, flags))
    assert first.criterion("PM3").strength == strength
    assert "chr1:200:A:C" in first.criterion("PM3").evidence
    assert "chr1:100:A:C" in second.criterion("PM3").evidence
    assert second.criterion("PM3").status == Status.NOT_MET


def test_homozygous() -> None:
    given = candidate(
        variant(genotypes={"kid": "1/1"}), segregation="SimpleRecessive", events=(event(BIALLELIC),)
    )
    found = Assessor(case=CaseFacts("kid")).candidate(given)[0].criterion("PM3")
    assert found.strength == Strength.SUPPORTING


KID = MemberSummary("kid", "female", "affected", "dad", "mum", True, True)
DAD, MUM = (
    MemberSummary(i, s, "unaffected", None, None, False, True)
    for i, s in (("dad", "male"), ("mum", "female"))
)


def related(parent: str, status: str) -> Check:
    return Check("relatedness", ("kid", parent), status, "parent and child", None, 0.25, 1000, "said")


@pytest.mark.parametrize(
    ("dad", "mum", "both", "mother_only"),
    [
        ("ok", "ok", Parentage.CONFIRMED, Parentage.CONFIRMED),
        ("not_assessed", "ok", Parentage.ASSUMED, Parentage.CONFIRMED),
        ("ok", "warning", Parentage.ASSUMED, Parentage.ASSUMED),
        ("mismatch", "ok", Parentage.CONTRADICTED, Parentage.CONFIRMED),
        ("ok", "mismatch", Parentage.CONTRADICTED, Parentage.CONTRADICTED),
    ],
)
def test_parentage(dad: str, mum: str, both: Parentage, mother_only: Parentage) -> None:
    facts = case_facts((KID, DAD, MUM), "kid", (related("dad", dad), related("mum", mum)), True)
    assert (facts.parentage(False), facts.parentage(True)) == (both, mother_only)


def test_parentage_without_checks_is_assumed() -> None:
    assert case_facts((KID, DAD, MUM), "kid", (), True).parentage(False) is Parentage.ASSUMED
    assert case_facts((KID, replace(DAD, sequenced=False), MUM), "kid", (), True).father is None


def test_de_novo_with_confirmed_parents() -> None:
    case = CaseFacts("kid", Parentage.CONFIRMED, Parentage.CONFIRMED)
    given = candidate(variant(inheritance="de_novo"), segregation="deNovo", events=(event(MONOALLELIC),))
    assert Assessor(case=case).candidate(given)[0].criterion("PS2").strength == Strength.STRONG
    doubtful = replace(given, flags=("de_novo_low_quality",))
    assert Assessor(case=case).candidate(doubtful)[0].criterion("PS2").status == Status.NOT_ASSESSABLE


def test_only_the_best_candidates_are_classified() -> None:
    given = [candidate(variant(pos)) for pos in range(1, ASSESSED + 10)]
    assert len(Assessor().candidates(given)) == ASSESSED
