"""PS1, PM5, PM1, PM4, BP3, PP2 and BP1: what is known of changes of this kind in this protein.

Richards et al., Genetics in Medicine 2015. Known variants come from the significance pack; the variant itself is left
out of all counts, and only classifications with two or more review stars make PS1, PM5 and PM1.
"""

from __future__ import annotations

from trihelix.interpretation.evidence.acmg.computational import SPLICING_PP3, splicing_score
from trihelix.interpretation.evidence.acmg.facts import IN_FRAME, Facts, KnownChange, KnownFacts
from trihelix.interpretation.evidence.acmg.loss_of_function import mechanism_of
from trihelix.interpretation.evidence.acmg.verdicts import RICHARDS, met, not_assessable, not_met
from trihelix.model.classification import Criterion, Strength

HOT_SPOT_WINDOW = 8  # residues on either side
HOT_SPOT_CHANGES = 4
REPEAT_COPIES = 3
MISSENSE_Z = 3.09  # Samocha et al., Nature Genetics 2014
PP2_CHANGES, PP2_SHARE = 3, 1 / 3
BP1_VARIANTS, BP1_SHARE, BP1_MOST_MISSENSE = 10, 0.9, 2
NO_PACK = "no significance pack was used"
CONSTRAINED = "Richards et al. 2015; missense z above 3.09: Samocha et al. 2014"


def protein_criteria(facts: Facts) -> tuple[Criterion, ...]:
    """PS1, PM1, PM4, PM5, PP2, BP1 and BP3."""
    return (
        _same_change(facts),
        _hot_spot(facts),
        _length(facts),
        _same_residue(facts),
        _missense_gene(facts),
        _truncation_gene(facts),
        _repeat(facts),
    )


def _not_missense(code: str, facts: Facts) -> Criterion | None:
    """The verdict where the rule is about missense changes and cannot be asked."""
    if facts.consequence != "missense_variant":
        return not_met(code, "not a missense variant", RICHARDS)
    if facts.known is None:
        return not_assessable(code, NO_PACK)
    if facts.protein.residue is None:
        return not_assessable(code, "the residue could not be told")
    return None


def _same_change(facts: Facts) -> Criterion:
    if verdict := _not_missense("PS1", facts):
        return verdict
    assert facts.known is not None
    if not facts.known.same_change:
        return not_met(
            "PS1", f"no other nucleotide change to {_change(facts)} is known as pathogenic", RICHARDS
        )
    splicing = splicing_score(facts.scores)
    if splicing is not None and splicing >= SPLICING_PP3:
        words = f"the variant may act through splicing (score {splicing:.2f}), so its protein change proves nothing"
        return not_met("PS1", words, RICHARDS, value=splicing, threshold=SPLICING_PP3)
    certain = any(k.certain for k in facts.known.same_change)
    words = f"{_change(facts)} by another nucleotide change: {_list(facts.known.same_change)}"
    return met("PS1", words, RICHARDS, Strength.STRONG if certain else Strength.MODERATE)


def _same_residue(facts: Facts) -> Criterion:
    if verdict := _not_missense("PM5", facts):
        return verdict
    assert facts.known is not None
    others = facts.known.same_residue
    if not others:
        return not_met("PM5", "no other missense change of this residue is known as pathogenic", RICHARDS)
    certain = any(k.certain for k in others)
    words = f"other changes of residue {facts.protein.residue}: {_list(others)}"
    return met("PM5", words, RICHARDS, Strength.MODERATE if certain else Strength.SUPPORTING)


def _hot_spot(facts: Facts) -> Criterion:
    if verdict := _not_missense("PM1", facts):
        return verdict
    assert facts.known is not None
    known = facts.known
    words = (
        f"{known.near_pathogenic} pathogenic and {known.near_benign} benign missense changes of other residues within "
        f"{known.window} residues; {HOT_SPOT_CHANGES} pathogenic and no benign are asked for"
    )
    count, asked = float(known.near_pathogenic), float(HOT_SPOT_CHANGES)
    if known.near_pathogenic < HOT_SPOT_CHANGES or known.near_benign:
        return not_met("PM1", words, RICHARDS, value=count, threshold=asked)
    if not known.benign_in_gene:
        words = f"{words}; the pack holds no benign variant of the gene, so tolerance could not be tested"
        return met("PM1", words, RICHARDS, Strength.SUPPORTING, value=count, threshold=asked)
    return met("PM1", words, RICHARDS, Strength.MODERATE, value=count, threshold=asked)


def _length(facts: Facts) -> Criterion:
    if facts.consequence == "stop_lost":
        return met("PM4", "the stop codon is lost: the protein becomes longer", RICHARDS)
    if facts.consequence not in IN_FRAME:
        return not_met("PM4", "the protein keeps its length, or PVS1 weighs the change", RICHARDS)
    copies, size = facts.protein.repeat_copies, facts.protein.changed_residues
    if copies is not None and copies >= REPEAT_COPIES:
        return not_met("PM4", _repeated(copies), RICHARDS, value=copies, threshold=REPEAT_COPIES)
    words = "in-frame change" + (f" of {size} residue{'s' if size != 1 else ''}" if size else "")
    words += " outside a repeat" if copies is not None else "; whether in a repeat is not known"
    return met("PM4", words, RICHARDS, Strength.SUPPORTING if size == 1 else Strength.MODERATE)


def _repeat(facts: Facts) -> Criterion:
    if facts.consequence not in IN_FRAME:
        return not_met("BP3", "not an in-frame insertion or deletion", RICHARDS)
    copies = facts.protein.repeat_copies
    if copies is None:
        return not_assessable("BP3", "whether the change lies in a repeat could not be told")
    judge = met if copies >= REPEAT_COPIES else not_met
    return judge("BP3", _repeated(copies), RICHARDS, value=copies, threshold=REPEAT_COPIES)


def _repeated(copies: int) -> str:
    return f"the changed unit stands {copies} times in a row in the reference; {REPEAT_COPIES} make a repeat"


def _missense_gene(facts: Facts) -> Criterion:
    if facts.consequence != "missense_variant":
        return not_met("PP2", "not a missense variant", RICHARDS)
    if facts.missense_z is None:
        return not_assessable("PP2", "no missense constraint of this gene in the packs", CONSTRAINED)
    if facts.known is None:
        return not_assessable("PP2", NO_PACK, CONSTRAINED)
    share = _missense_share(facts.known)
    words = (
        f"missense z {facts.missense_z:.2f} ({MISSENSE_Z} is asked for); {facts.known.pathogenic_missense} of "
        f"{facts.known.pathogenic_all} pathogenic variants of the gene are missense, beside "
        f"{facts.known.benign_missense} benign missense changes"
    )
    common = facts.known.pathogenic_missense >= PP2_CHANGES and share >= PP2_SHARE
    common = common and facts.known.benign_missense < facts.known.pathogenic_missense
    judge = met if facts.missense_z > MISSENSE_Z and common else not_met
    return judge("PP2", words, CONSTRAINED, value=facts.missense_z, threshold=MISSENSE_Z)


def _truncation_gene(facts: Facts) -> Criterion:
    if facts.consequence != "missense_variant":
        return not_met("BP1", "not a missense variant", RICHARDS)
    if facts.known is None:
        return not_assessable("BP1", NO_PACK)
    known = facts.known
    share = known.pathogenic_lof / known.pathogenic_all if known.pathogenic_all else 0.0
    words = (
        f"{known.pathogenic_lof} of {known.pathogenic_all} pathogenic variants of the gene are loss of function "
        f"({BP1_SHARE:.0%} of at least {BP1_VARIANTS} are asked for), {known.pathogenic_missense} missense changes "
        f"(at most {BP1_MOST_MISSENSE})"
    )
    constrained = facts.missense_z is not None and facts.missense_z > MISSENSE_Z
    if constrained:
        words = f"{words}; but the gene is short of missense variants (z {facts.missense_z:.2f})"
    only = known.pathogenic_all >= BP1_VARIANTS and share >= BP1_SHARE and mechanism_of(facts)[0]
    only = only and known.pathogenic_missense <= BP1_MOST_MISSENSE
    judge = met if only and not constrained else not_met
    return judge("BP1", words, RICHARDS, value=round(share, 4), threshold=BP1_SHARE)


def _missense_share(known: KnownFacts) -> float:
    return known.pathogenic_missense / known.pathogenic_all if known.pathogenic_all else 0.0


def _change(facts: Facts) -> str:
    return f"p.{facts.protein.reference}{facts.protein.residue}{facts.protein.altered}"


def _list(changes: tuple[KnownChange, ...]) -> str:
    named = (
        f"{k.change} {k.classification.replace('_', ' ').lower()}, {k.stars} stars ({k.record_id})"
        for k in changes
    )
    return "; ".join(named)
