"""Every automatic criterion at its limits; what may not count twice; what contradicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from acmg_builder import ALL, common, facts, found, met_codes, usual

from trihelix.interpretation.evidence.acmg.assess import assess
from trihelix.interpretation.evidence.acmg.conflicts import find_conflicts
from trihelix.interpretation.evidence.acmg.double_counting import without_double_counting
from trihelix.interpretation.evidence.acmg.facts import (
    DOMINANT,
    RECESSIVE,
    Companion,
    FamilyFacts,
    FrequencyFacts,
    KnownChange,
    KnownFacts,
    LossFacts,
    LossKind,
    MechanismFact,
    Parentage,
    ProteinFacts,
)
from trihelix.interpretation.evidence.acmg.frequency import EXCEPTIONS, exception_of
from trihelix.interpretation.evidence.acmg.reported import side_of
from trihelix.model.classification import Background, Label, Status, Strength

S, M, SU, VS = Strength.STRONG, Strength.MODERATE, Strength.SUPPORTING, Strength.VERY_STRONG
MET, NOT_MET, NOT_ASSESSABLE = Status.MET, Status.NOT_MET, Status.NOT_ASSESSABLE

FREQUENCIES = [
    # code, mode, frequency facts, status
    ("BA1", DOMINANT, common(0.05), MET),
    ("BA1", DOMINANT, common(0.0499), NOT_MET),
    ("BA1", DOMINANT, common(0.3, alleles=1_999), NOT_ASSESSABLE),
    ("BA1", DOMINANT, common(0.3, alleles=None), NOT_ASSESSABLE),
    ("BA1", DOMINANT, common(0.3, population="asj"), NOT_ASSESSABLE),
    ("BA1", DOMINANT, FrequencyFacts(), NOT_ASSESSABLE),
    ("BA1", DOMINANT, replace(common(0.3), covered=False), NOT_ASSESSABLE),
    ("BA1", DOMINANT, replace(common(0.3), exception="listed"), NOT_MET),
    ("BS1", DOMINANT, common(0.0011), MET),
    ("BS1", DOMINANT, common(0.001), NOT_MET),
    ("BS1", RECESSIVE, common(0.0099), NOT_MET),
    ("BS1", RECESSIVE, common(0.011), MET),
    ("BS1", RECESSIVE, replace(common(0.02), exception="listed"), NOT_MET),
    ("PM2", DOMINANT, FrequencyFacts(covered=True), MET),
    ("PM2", DOMINANT, FrequencyFacts(), NOT_ASSESSABLE),
    ("PM2", DOMINANT, FrequencyFacts(covered=False), NOT_ASSESSABLE),
    ("PM2", DOMINANT, common(0.00002, alleles=1_000_000), MET),
    ("PM2", DOMINANT, common(0.00003, alleles=1_000_000), NOT_MET),
    ("PM2", DOMINANT, common(0.0001, alleles=10_000), MET),  # one allele of ten thousand
    ("PM2", DOMINANT, common(0.0002, alleles=10_000), NOT_MET),
    ("PM2", RECESSIVE, common(0.0001, alleles=1_000_000), MET),
    ("PM2", RECESSIVE, common(0.00011, alleles=1_000_000), NOT_MET),
    ("BS2", RECESSIVE, FrequencyFacts(covered=True), NOT_ASSESSABLE),
    ("BS2", RECESSIVE, FrequencyFacts(covered=True, homozygotes=3), MET),
    ("BS2", RECESSIVE, FrequencyFacts(covered=True, homozygotes=2), NOT_MET),
    ("BS2", DOMINANT, FrequencyFacts(covered=True, homozygotes=9), NOT_ASSESSABLE),
]


@pytest.mark.parametrize(("code", "mode", "frequency", "status"), FREQUENCIES)
def test_frequency(code: str, mode: str, frequency: FrequencyFacts, status: Status) -> None:
    criterion = found(code, facts(mode=mode, frequency=frequency))
    assert criterion.status == status or (criterion.status == Status.NOT_COUNTED and status == MET)


def test_exceptions_are_known_by_gene_and_coding_name() -> None:
    assert exception_of("HFE", ("ENST00000357618.10:c.845G>A",))
    assert exception_of("HFE", ("ENST00000357618.10:c.845G>T",)) is None
    assert exception_of("BTD", ("c.845G>A",)) is None
    assert {("CFTR", "c.1521_1523del"), ("HBB", "c.20A>T"), ("ACAD9", "c.-44_-41dup")} <= EXCEPTIONS


def test_pm2_is_only_supporting() -> None:
    assert found("PM2", facts(frequency=FrequencyFacts(covered=True))).strength == SU


BANDS = [
    # score, value, PP3, BP4 (Pejaver et al. 2022, table 2; Bergquist et al. 2025)
    ("revel", 0.932, S, None),
    ("REVEL_score", 0.931, M, None),
    ("revel", 0.773, M, None),
    ("revel", 0.644, SU, None),
    ("revel", 0.643, None, None),
    ("revel", 0.291, None, None),
    ("revel", 0.290, None, SU),
    ("revel", 0.183, None, M),
    ("revel", 0.016, None, S),
    ("revel", 0.003, None, VS),
    ("BayesDel_noAF", 0.50, S, None),
    ("bayesdel", 0.13, SU, None),
    ("bayesdel", -0.18, None, SU),
    ("bayesdel", -0.36, None, M),
    ("CADD_PHRED", 28.1, M, None),
    ("cadd", 25.3, SU, None),
    ("cadd", 25.2, None, None),
    ("cadd", 22.7, None, SU),
    ("cadd", 17.3, None, M),
    ("cadd", 0.15, None, S),
    ("AlphaMissense", 0.99, S, None),
    ("am_pathogenicity", 0.169, None, SU),
    ("vest4", 0.764, SU, None),
    ("mutpred2", 0.010, None, S),
]


@pytest.mark.parametrize(("name", "value", "damage", "harmless"), BANDS)
def test_missense_bands(name: str, value: float, damage: Strength | None, harmless: Strength | None) -> None:
    given = facts(scores={name: value})
    assert found("PP3", given).strength == damage
    assert found("BP4", given).strength == harmless


def test_one_tool_decides_whatever_the_others_say() -> None:
    given = facts(scores={"cadd": 35.0, "revel": 0.1})
    assert (found("PP3", given).status, found("BP4", given).strength) == (NOT_MET, M)


SPLICING = [
    # consequence, scores, intron distance, PP3, BP4, BP7
    ("synonymous_variant", {"spliceai": 0.05}, None, NOT_MET, MET, MET),
    ("synonymous_variant", {"spliceai_ds_max": 0.1}, None, NOT_MET, MET, MET),
    ("synonymous_variant", {"spliceai": 0.11}, None, NOT_MET, NOT_MET, NOT_MET),
    ("synonymous_variant", {"spliceai": 0.2}, None, MET, NOT_MET, NOT_MET),
    ("synonymous_variant", {}, None, NOT_ASSESSABLE, NOT_ASSESSABLE, NOT_ASSESSABLE),
    ("intron_variant", {"spliceai": 0.0}, 7, NOT_MET, MET, MET),
    ("intron_variant", {"spliceai": 0.0}, 6, NOT_MET, MET, NOT_MET),
    ("intron_variant", {"spliceai": 0.0}, -21, NOT_MET, MET, MET),
    ("intron_variant", {"spliceai": 0.0}, -20, NOT_MET, MET, NOT_MET),
    ("missense_variant", {"spliceai": 0.9, "revel": 0.1}, None, MET, NOT_MET, NOT_MET),
    ("missense_variant", {"spliceai": 0.05, "revel": 0.1}, None, NOT_MET, MET, NOT_MET),
    ("splice_donor_variant", {"spliceai": 0.99}, None, NOT_ASSESSABLE, NOT_ASSESSABLE, NOT_MET),
]


@pytest.mark.parametrize(("consequence", "scores", "distance", "pp3", "bp4", "bp7"), SPLICING)
def test_splicing(
    consequence: str, scores: dict[str, float], distance: int | None, pp3: Status, bp4: Status, bp7: Status
) -> None:
    given = facts(consequence, scores=scores, protein=ProteinFacts(intron_distance=distance))
    assert tuple(found(code, given).status for code in ("PP3", "BP4", "BP7")) == (pp3, bp4, bp7)


def test_bp7_does_not_hold_at_an_exons_edge() -> None:
    given = facts("synonymous_variant", scores={"spliceai": 0.0}, protein=ProteinFacts(exon_edge=True))
    assert found("BP7", given).status == NOT_MET


HERE = ProteinFacts(residue=41, reference="R", altered="W")
SURE = KnownChange("1", "Pathogenic", 2, True, "p.Arg41Trp")
LIKELY = KnownChange("2", "Likely_pathogenic", 2, False, "p.Arg41Gln")


@pytest.mark.parametrize(
    ("known", "ps1", "pm5"),
    [
        (KnownFacts(), None, None),
        (KnownFacts(same_change=(SURE,)), S, None),
        (KnownFacts(same_change=(LIKELY,)), M, None),
        (KnownFacts(same_residue=(SURE,)), None, M),
        (KnownFacts(same_residue=(LIKELY,)), None, SU),
        (KnownFacts(same_residue=(LIKELY, SURE)), None, M),
    ],
)
def test_known_changes_of_the_residue(known: KnownFacts, ps1: Strength | None, pm5: Strength | None) -> None:
    given = facts(known=known, protein=HERE)
    assert (found("PS1", given).strength, found("PM5", given).strength) == (ps1, pm5)


def test_ps1_does_not_hold_for_a_variant_that_may_act_through_splicing() -> None:
    given = facts(known=KnownFacts(same_change=(SURE,)), protein=HERE, scores={"spliceai": 0.2})
    assert found("PS1", given).status == NOT_MET


@pytest.mark.parametrize(
    ("pathogenic", "benign", "any_benign", "strength"),
    [(4, 0, True, M), (4, 0, False, SU), (3, 0, True, None), (9, 1, True, None)],
)
def test_hot_spot(pathogenic: int, benign: int, any_benign: bool, strength: Strength | None) -> None:
    known = KnownFacts(near_pathogenic=pathogenic, near_benign=benign, benign_in_gene=any_benign, window=8)
    assert found("PM1", facts(known=known, protein=HERE)).strength == strength


@pytest.mark.parametrize(
    ("consequence", "protein", "pm4", "bp3"),
    [
        ("stop_lost", ProteinFacts(), M, NOT_MET),
        ("inframe_deletion", ProteinFacts(changed_residues=2, repeat_copies=1), M, NOT_MET),
        ("inframe_deletion", ProteinFacts(changed_residues=1, repeat_copies=2), SU, NOT_MET),
        ("inframe_insertion", ProteinFacts(changed_residues=2, repeat_copies=3), None, MET),
        ("inframe_insertion", ProteinFacts(changed_residues=2), M, NOT_ASSESSABLE),
        ("missense_variant", ProteinFacts(), None, NOT_MET),
    ],
)
def test_length(consequence: str, protein: ProteinFacts, pm4: Strength | None, bp3: Status) -> None:
    given = facts(consequence, protein=protein)
    assert (found("PM4", given).strength, found("BP3", given).status) == (pm4, bp3)


@pytest.mark.parametrize(
    ("z", "known", "pp2", "bp1"),
    [
        (3.1, KnownFacts(pathogenic_missense=3, pathogenic_all=9), MET, NOT_MET),
        (3.09, KnownFacts(pathogenic_missense=3, pathogenic_all=9), NOT_MET, NOT_MET),
        (3.1, KnownFacts(pathogenic_missense=3, pathogenic_all=9, benign_missense=3), NOT_MET, NOT_MET),
        (3.1, KnownFacts(pathogenic_missense=3, pathogenic_all=10), NOT_MET, NOT_MET),
        (3.1, KnownFacts(pathogenic_missense=2, pathogenic_all=3), NOT_MET, NOT_MET),
        (None, KnownFacts(pathogenic_missense=3, pathogenic_all=9), NOT_ASSESSABLE, NOT_MET),
        (0.0, KnownFacts(pathogenic_lof=9, pathogenic_all=10), NOT_MET, MET),
        (3.2, KnownFacts(pathogenic_lof=9, pathogenic_all=10), NOT_MET, NOT_MET),
        (0.0, KnownFacts(pathogenic_lof=8, pathogenic_all=10), NOT_MET, NOT_MET),
        (0.0, KnownFacts(pathogenic_lof=99, pathogenic_all=102, pathogenic_missense=3), NOT_MET, NOT_MET),
        (0.0, KnownFacts(pathogenic_lof=9, pathogenic_all=9), NOT_MET, NOT_MET),
        (0.0, None, NOT_ASSESSABLE, NOT_ASSESSABLE),
    ],
)
def test_what_kind_of_variant_causes_the_genes_disease(
    z: float | None, known: KnownFacts | None, pp2: Status, bp1: Status
) -> None:
    given = facts(missense_z=z, known=known)
    assert (found("PP2", given).status, found("BP1", given).status) == (pp2, bp1)


DE_NOVO = FamilyFacts("deNovo", "de_novo", parentage=Parentage.CONFIRMED)


@pytest.mark.parametrize(
    ("changes", "mode", "ps2", "pm6"),
    [
        ({}, DOMINANT, S, None),
        ({"parentage": Parentage.ASSUMED}, DOMINANT, None, M),
        ({"parentage": Parentage.CONTRADICTED}, DOMINANT, None, None),
        ({"low_quality_de_novo": True}, DOMINANT, None, None),
        ({"phenotype_asked": True, "phenotype_score": 0.1}, DOMINANT, M, None),
        (
            {"phenotype_asked": True, "phenotype_score": 0.1, "parentage": Parentage.ASSUMED},
            DOMINANT,
            None,
            SU,
        ),
        ({"phenotype_asked": True, "phenotype_score": 0.5}, DOMINANT, S, None),
        ({}, RECESSIVE, None, None),
        ({"origin": "mother"}, DOMINANT, None, None),
        ({"origin": "unknown"}, DOMINANT, None, None),
    ],
)
def test_de_novo(changes: dict[str, Any], mode: str, ps2: Strength | None, pm6: Strength | None) -> None:
    given = facts(family=replace(DE_NOVO, **changes), mode=mode)
    assert (found("PS2", given).strength, found("PM6", given).strength) == (ps2, pm6)


def companion(label: Label, in_trans: bool | None) -> FamilyFacts:
    return FamilyFacts("CompoundHeterozygous", companion=Companion("chr1:9:A:T", label, "a test", in_trans))


@pytest.mark.parametrize(
    ("family", "mode", "pm3", "bp2"),
    [
        (companion(Label.PATHOGENIC, True), RECESSIVE, M, NOT_MET),
        (companion(Label.LIKELY_PATHOGENIC, True), RECESSIVE, M, NOT_MET),
        (companion(Label.PATHOGENIC, None), RECESSIVE, SU, NOT_MET),
        (companion(Label.LIKELY_PATHOGENIC, None), RECESSIVE, None, NOT_MET),
        (companion(Label.UNCERTAIN, True), RECESSIVE, None, NOT_MET),
        (companion(Label.BENIGN, True), RECESSIVE, None, NOT_MET),
        (companion(Label.PATHOGENIC, False), RECESSIVE, None, MET),
        (companion(Label.PATHOGENIC, True), DOMINANT, None, MET),
        (FamilyFacts(homozygous=True), RECESSIVE, SU, NOT_MET),
        (FamilyFacts(homozygous=True), DOMINANT, None, NOT_MET),
        (FamilyFacts(), RECESSIVE, None, NOT_MET),
    ],
)
def test_in_trans(family: FamilyFacts, mode: str, pm3: Strength | None, bp2: Status) -> None:
    given = facts(family=family, mode=mode)
    assert (found("PM3", given).strength, found("BP2", given).status) == (pm3, bp2)


@pytest.mark.parametrize(
    ("asked", "score", "status"),
    [(True, 0.99, MET), (True, 0.98, NOT_MET), (True, None, NOT_ASSESSABLE), (False, None, NOT_ASSESSABLE)],
)
def test_phenotype(asked: bool, score: float | None, status: Status) -> None:
    criterion = found("PP4", facts(family=FamilyFacts(phenotype_asked=asked, phenotype_score=score)))
    assert criterion.status == status
    assert criterion.strength in (None, SU)


@pytest.mark.parametrize(
    ("words", "side"),
    [
        ("Pathogenic/Likely_pathogenic", "pathogenic"),
        ("Pathogenic|drug_response", "pathogenic"),
        ("Likely benign", "benign"),
        ("Benign/Likely_benign", "benign"),
        ("Conflicting_classifications_of_pathogenicity", None),
        ("Uncertain_significance", None),
        (None, None),
    ],
)
def test_sides_of_classifications(words: str | None, side: str | None) -> None:
    assert side_of(words) == side


def test_deprecated_criteria_are_worked_out_but_off() -> None:
    given = facts(classification="Pathogenic", stars=2)
    assert found("PP5", given).status == Status.OFF
    on = assess(given, enable=("PP5",))
    assert on.criterion("PP5").status == MET
    assert on.points == assess(given).points + 1


def test_every_criterion_is_there_once_in_the_guidelines_order() -> None:
    assert tuple(c.code for c in assess(facts()).criteria) == ALL
    assert all(c.evidence and c.source for c in assess(facts()).criteria)


@pytest.mark.parametrize(
    ("codes", "kept"),
    [
        ("PVS1 PP3 PM2", "PVS1 PM2"),
        ("PVS1 PM4", "PVS1"),
        ("PS1 PM5", "PS1"),
        ("PS2 PM6", "PS2"),
        ("BA1 BS1", "BA1"),
        ("BS1 PM3", "BS1"),
        ("PM1 PM5 PP3", "PM1 PM5 PP3"),
    ],
)
def test_nothing_counts_twice(codes: str, kept: str) -> None:
    counted = without_double_counting([usual(code) for code in codes.split()])
    assert [c.code for c in counted if c.status == MET] == kept.split()
    assert all(c.points == 0 for c in counted if c.status != MET)


@pytest.mark.parametrize(("strength", "total"), [(SU, 3), (M, 4), (S, 4)])
def test_pp3_and_pm1_make_strong_at_most(strength: Strength, total: int) -> None:
    pp3 = replace(usual("PP3"), strength=strength, points={SU: 1, M: 2, S: 4}[strength])
    assert sum(c.points for c in without_double_counting([usual("PM1"), pp3])) == total


def conflicts(codes: str, label: Label = Label.UNCERTAIN, **background: Any) -> set[str]:
    found_ = find_conflicts([usual(c) for c in codes.split()], label, Background(**background))
    return {c.code for c in found_}


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ("PM1 BP4", "pathogenic_and_benign"),
        ("BA1 PVS1", "ba1_with_pvs1"),
        ("PM2 BS1", "rare_and_common"),
        ("PP3 BP4", "computation_disagrees"),
        ("PVS1 PM4", "double_counting"),
    ],
)
def test_contradicting_criteria(codes: str, code: str) -> None:
    assert code in conflicts(codes)


def test_no_contradiction_where_all_points_one_way() -> None:
    assert conflicts("PVS1 PM2 PS3", Label.PATHOGENIC, known="Pathogenic", known_side="pathogenic") == set()


@pytest.mark.parametrize(
    ("label", "side", "stars", "expected"),
    [
        (Label.LIKELY_BENIGN, "pathogenic", 1, True),
        (Label.BENIGN, "pathogenic", 0, True),
        (Label.UNCERTAIN, "pathogenic", 2, False),
        (Label.LIKELY_PATHOGENIC, "benign", 2, True),
        (Label.LIKELY_PATHOGENIC, "benign", 1, False),
        (Label.PATHOGENIC, None, 2, False),
    ],
)
def test_against_the_significance_pack(label: Label, side: str | None, stars: int, expected: bool) -> None:
    codes = conflicts("", label, known="word", known_side=side, known_stars=stars)
    assert ("against_significance_pack" in codes) is expected


def test_pvs1_in_a_gene_of_another_mechanism() -> None:
    assert "pvs1_against_mechanism" in conflicts("PVS1", mechanisms=("loss_of_function", "gain_of_function"))
    assert "pvs1_against_mechanism" not in conflicts("PVS1", mechanisms=("loss_of_function", "unknown"))


def test_a_whole_case() -> None:
    """A de novo stop in a gene that loss of function makes ill, absent everywhere: 8 + 4 + 1 points."""
    given = facts(
        "stop_gained",
        mechanisms=(MechanismFact("loss_of_function", "definitive", "a disease", "G2P"),),
        loss=LossFacts(LossKind.NONSENSE, decays=True, where="early", removed=0.5),
        frequency=FrequencyFacts(covered=True),
        family=DE_NOVO,
    )
    classified = assess(given)
    assert met_codes(classified) == {"PVS1", "PS2", "PM2"}
    assert (classified.label, classified.points, classified.conflicts) == (Label.PATHOGENIC, 13, ())
