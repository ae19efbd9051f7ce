"""The PVS1 decision tree as a truth table, and what establishes loss of function as a mechanism."""

from __future__ import annotations

import pytest
from acmg_builder import facts

from trihelix.interpretation.evidence.acmg.facts import KnownFacts, LossFacts, LossKind, MechanismFact
from trihelix.interpretation.evidence.acmg.loss_of_function import decide, loss_criterion
from trihelix.model.classification import Status, Strength

VS, S, M, SU = Strength.VERY_STRONG, Strength.STRONG, Strength.MODERATE, Strength.SUPPORTING
LOSS = MechanismFact("loss_of_function", "definitive", "a disease", "G2P")
GAIN = MechanismFact("gain_of_function", "definitive", "a disease", "G2P")
DECAYING = LossFacts(LossKind.NONSENSE, decays=True, where="early", removed=0.6)

K = LossKind
TREE = [
    # kind, in frame, decays, removed, known pathogenic there -> strength (Abou Tayoun et al. 2018, figure 1)
    (K.WHOLE_GENE, False, False, 1.0, 0, VS),
    (K.NONSENSE, False, True, 0.02, 0, VS),
    (K.NONSENSE, False, False, 0.05, 2, S),
    (K.NONSENSE, False, False, 0.05, 1, M),
    (K.NONSENSE, False, False, 0.10, 0, M),
    (K.NONSENSE, False, False, 0.11, 0, S),
    (K.FRAMESHIFT, False, True, 0.9, 0, VS),
    (K.FRAMESHIFT, False, False, 0.5, 0, S),
    (K.FRAMESHIFT, False, False, 0.01, 0, M),
    (K.FRAMESHIFT, False, False, 0.01, 9, S),
    (K.SPLICE, False, True, 0.3, 0, VS),
    (K.SPLICE, False, False, 0.3, 0, S),
    (K.SPLICE, False, False, 0.03, 0, M),
    (K.SPLICE, True, False, 0.03, 0, M),
    (K.SPLICE, True, False, 0.03, 2, S),
    (K.SPLICE, True, False, 0.30, 0, S),
    (K.NONE, False, False, 0.0, 0, None),
]


@pytest.mark.parametrize(("kind", "in_frame", "decays", "removed", "known", "strength"), TREE)
def test_decision_tree(
    kind: LossKind, in_frame: bool, decays: bool, removed: float, known: int, strength: Strength | None
) -> None:
    loss = LossFacts(kind, in_frame, decays, "somewhere", removed, known)
    assert decide(loss).strength is strength


@pytest.mark.parametrize(("next_met", "before", "strength"), [(10, 1, M), (10, 0, SU), (None, 0, M)])
def test_start_codon(next_met: int | None, before: int, strength: Strength) -> None:
    assert decide(LossFacts(LossKind.START, next_met=next_met, before_next_met=before)).strength is strength


MECHANISMS = [
    ((LOSS,), None, True),
    ((MechanismFact("loss_of_function", "moderate", "d", "G2P"),), None, True),
    ((MechanismFact("loss_of_function", "limited", "d", "G2P"),), None, False),
    ((MechanismFact("unknown", "definitive", "d", "ClinGen"),), None, False),
    ((GAIN,), KnownFacts(pathogenic_lof=2), False),
    ((), KnownFacts(pathogenic_lof=3), True),
    ((), KnownFacts(pathogenic_lof=2), False),
    ((), None, False),
]


@pytest.mark.parametrize(("mechanisms", "known", "applies"), MECHANISMS)
def test_mechanism(mechanisms: tuple[MechanismFact, ...], known: KnownFacts | None, applies: bool) -> None:
    given = facts("stop_gained", mechanisms=mechanisms, known=known, loss=DECAYING)
    assert (loss_criterion(given).status == Status.MET) is applies


def test_constraint_alone_establishes_nothing() -> None:
    given = facts("stop_gained", loss=DECAYING, missense_z=9.0, known=KnownFacts())
    assert loss_criterion(given).status == Status.NOT_MET


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"loss_excluded": True}, Status.NOT_MET),
        ({"representative": False}, Status.NOT_MET),
        ({"loss": LossFacts(unclear="no sequence")}, Status.NOT_ASSESSABLE),
        ({"consequence": "missense_variant"}, Status.NOT_MET),
    ],
)
def test_where_the_tree_is_not_entered(changes: dict[str, object], status: Status) -> None:
    given = {"consequence": "stop_gained", "mechanisms": (LOSS,), "loss": DECAYING, **changes}
    assert loss_criterion(facts(**given)).status == status  # type: ignore[arg-type]
