"""PP3, BP4 and BP7: what prediction scores say.

Missense: Pejaver et al., American Journal of Human Genetics 2022, table 2 (AlphaMissense: Bergquist et al., Genetics
in Medicine 2025). One tool decides, chosen beforehand: the first of the table that the packs hold. Splicing: Walker
et al., American Journal of Human Genetics 2023 (SpliceAI at least 0.2 for PP3, at most 0.1 for BP4 and BP7).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from trihelix.interpretation.evidence.acmg.facts import LOSS_OF_FUNCTION, Facts
from trihelix.interpretation.evidence.acmg.verdicts import met, not_assessable, not_met
from trihelix.model.classification import Criterion, Strength

PEJAVER, BERGQUIST, WALKER = "Pejaver et al. 2022", "Bergquist et al. 2025", "Walker et al. 2023"
SPLICING_PP3, SPLICING_BP4 = 0.2, 0.1
SPLICING_NAMES = ("spliceai", "dsmax", "splicing")
FARTHEST_DONOR, FARTHEST_ACCEPTOR = 7, -21  # BP7: intronic at or beyond these (Walker et al. 2023)

_VS, _S, _M, _SU = Strength.VERY_STRONG, Strength.STRONG, Strength.MODERATE, Strength.SUPPORTING


class Tool(NamedTuple):
    """A tool's bands: lowest score for each pathogenic strength, highest score for each benign one, strongest first."""

    name: str
    names: tuple[str, ...]
    pathogenic: tuple[tuple[Strength, float], ...]
    benign: tuple[tuple[Strength, float], ...]
    source: str = PEJAVER


TOOLS: tuple[Tool, ...] = (
    Tool(
        "REVEL", ("revel", "revelscore"),
        ((_S, 0.932), (_M, 0.773), (_SU, 0.644)),
        ((_VS, 0.003), (_S, 0.016), (_M, 0.183), (_SU, 0.290)),
    ),
    Tool(
        "BayesDel", ("bayesdel", "bayesdelnoaf", "bayesdelnoafscore"),
        ((_S, 0.50), (_M, 0.27), (_SU, 0.13)),
        ((_M, -0.36), (_SU, -0.18)),
    ),
    Tool(
        "AlphaMissense", ("alphamissense", "ampathogenicity", "am"),
        ((_S, 0.990), (_M, 0.906), (_SU, 0.792)),
        ((_M, 0.099), (_SU, 0.169)),
        BERGQUIST,
    ),
    Tool(
        "VEST4", ("vest4", "vest4score"),
        ((_S, 0.965), (_M, 0.861), (_SU, 0.764)),
        ((_M, 0.302), (_SU, 0.449)),
    ),
    Tool(
        "MutPred2", ("mutpred2", "mutpred2score"),
        ((_S, 0.932), (_M, 0.829), (_SU, 0.737)),
        ((_S, 0.010), (_M, 0.197), (_SU, 0.391)),
    ),
    Tool(
        "CADD", ("cadd", "caddphred"),
        ((_M, 28.1), (_SU, 25.3)),
        ((_S, 0.15), (_M, 17.3), (_SU, 22.7)),
    ),
)  # fmt: skip


def computational_criteria(facts: Facts) -> tuple[Criterion, ...]:
    """PP3, BP4 and BP7."""
    return _damage(facts), _no_damage(facts), _silent(facts)


def splicing_score(scores: Mapping[str, float]) -> float | None:
    """The highest splicing score of the packs, or None."""
    found = [value for name, value in scores.items() if _plain(name).startswith(SPLICING_NAMES)]
    return max(found, default=None)


def missense_score(scores: Mapping[str, float]) -> tuple[Tool, float] | None:
    """The tool that decides and its score: the first of TOOLS that the packs hold."""
    plain = {_plain(name): value for name, value in scores.items()}
    for tool in TOOLS:
        for name in tool.names:
            if name in plain:
                return tool, plain[name]
    return None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _damage(facts: Facts) -> Criterion:
    splicing = splicing_score(facts.scores)
    protein = _protein_damage(facts)
    if facts.consequence in LOSS_OF_FUNCTION:
        return not_assessable("PP3", "what a loss-of-function variant does is weighed by PVS1", WALKER)
    if protein is not None and protein.points > 1:
        return protein
    if splicing is not None and splicing >= SPLICING_PP3:
        words = f"splicing score {splicing:.2f}, at least {SPLICING_PP3}"
        return met("PP3", words, WALKER, _SU, value=splicing, threshold=SPLICING_PP3)
    if protein is not None:
        return protein
    if splicing is None:
        return not_assessable("PP3", _no_score(facts), PEJAVER)
    words = f"splicing score {splicing:.2f}, below {SPLICING_PP3}"
    return not_met("PP3", words, WALKER, value=splicing, threshold=SPLICING_PP3)


def _protein_damage(facts: Facts) -> Criterion | None:
    found = missense_score(facts.scores) if facts.consequence == "missense_variant" else None
    if found is None:
        return None
    tool, score = found
    for strength, lowest in tool.pathogenic:
        if score >= lowest:
            words = f"{tool.name} {score:.3f}, at least {lowest:g}"
            return met("PP3", words, tool.source, strength, value=score, threshold=lowest)
    lowest = tool.pathogenic[-1][1]
    words = f"{tool.name} {score:.3f}, below {lowest:g}"
    return not_met("PP3", words, tool.source, value=score, threshold=lowest)


def _no_damage(facts: Facts) -> Criterion:
    if facts.consequence in LOSS_OF_FUNCTION:
        return not_assessable("BP4", "what a loss-of-function variant does is weighed by PVS1", WALKER)
    splicing = splicing_score(facts.scores)
    if splicing is not None and splicing > SPLICING_BP4:
        words = f"splicing score {splicing:.2f}, above {SPLICING_BP4}"
        return not_met("BP4", words, WALKER, value=splicing, threshold=SPLICING_BP4)
    if facts.consequence == "missense_variant":
        return _harmless_missense(facts)
    if splicing is None:
        return not_assessable("BP4", _no_score(facts), WALKER)
    words = f"splicing score {splicing:.2f}, at most {SPLICING_BP4}"
    return met("BP4", words, WALKER, _SU, value=splicing, threshold=SPLICING_BP4)


def _harmless_missense(facts: Facts) -> Criterion:
    found = missense_score(facts.scores)
    if found is None:
        return not_assessable("BP4", _no_score(facts), PEJAVER)
    tool, score = found
    for strength, highest in tool.benign:
        if score <= highest:
            words = f"{tool.name} {score:.3f}, at most {highest:g}"
            return met("BP4", words, tool.source, strength, value=score, threshold=highest)
    highest = tool.benign[-1][1]
    words = f"{tool.name} {score:.3f}, above {highest:g}"
    return not_met("BP4", words, tool.source, value=score, threshold=highest)


def _silent(facts: Facts) -> Criterion:
    distance = facts.protein.intron_distance
    deep = distance is not None and (distance >= FARTHEST_DONOR or distance <= FARTHEST_ACCEPTOR)
    if facts.consequence != "synonymous_variant" and not deep:
        return not_met("BP7", "neither synonymous nor deep in an intron", WALKER)
    if facts.protein.exon_edge:
        return not_met("BP7", "synonymous, but within three bases of an exon's border", WALKER)
    splicing = splicing_score(facts.scores)
    if splicing is None:
        return not_assessable("BP7", "no score pack tells whether splicing changes", WALKER)
    silent = splicing <= SPLICING_BP4
    words = f"splicing score {splicing:.2f}, {'at most' if silent else 'above'} {SPLICING_BP4}"
    return (met if silent else not_met)("BP7", words, WALKER, value=splicing, threshold=SPLICING_BP4)


def _no_score(facts: Facts) -> str:
    wanted = "missense or splicing" if facts.consequence == "missense_variant" else "splicing"
    return f"no {wanted} score of this variant in the score packs"
