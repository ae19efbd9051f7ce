"""A report event in words: which panel, which inheritance, which tier, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trihelix.interpretation.rare.rules import IMPRINTED_FILTERS, Filter, Penetrance
from trihelix.model.inheritance import ModeOfInheritance
from trihelix.model.interpretation import ReportEvent

WORDS = {
    Filter.DE_NOVO: "de novo inheritance",
    Filter.SIMPLE_RECESSIVE: "recessive inheritance",
    Filter.COMPOUND_HETEROZYGOUS: "compound heterozygous inheritance",
    Filter.X_LINKED_SIMPLE_RECESSIVE: "X-linked recessive inheritance",
    Filter.X_LINKED_COMPOUND_HETEROZYGOUS: "X-linked compound heterozygous inheritance",
    Filter.X_LINKED_MONOALLELIC: "X-linked dominant inheritance",
    Filter.INHERITED_AUTOSOMAL_DOMINANT: "dominant inheritance",
    Filter.PATERNALLY_IMPRINTED: "dominant inheritance from the mother (the father's allele is silent)",
    Filter.MATERNALLY_IMPRINTED: "dominant inheritance from the father (the mother's allele is silent)",
    Filter.UNIPARENTAL_ISODISOMY: "both copies from one parent",
    Filter.MITOCHONDRIAL_GENOME: "mitochondrial inheritance",
    Filter.Y_LINKED: "Y-linked inheritance",
}

DELETION = "a deletion on the other parent's chromosome, or a wrong call, is likelier"


def report_event(symbol: str, event: Mapping[str, Any], panels_applied: bool) -> ReportEvent:
    """A row of the events table (see `tiers.tier`) as it is published; `panels_applied` is for the words."""
    flags = [
        name
        for name, applies in (
            ("mode_of_inheritance_mismatch", event["green"] and not event["fits"]),
            ("mode_of_pathogenicity_mismatch", event["gene_ok"] and event["high"] and event["lof_excluded"]),
            ("phase_unproven", event["phase_unproven"]),
            ("phase_contradiction", event["phase_contradiction"]),
            ("possible_deletion_in_trans", event["unsupported"]),
            ("parental_origin_unproven", event["fits"] and _is_imprinted_de_novo(event)),
        )
        if applies
    ]
    return ReportEvent(
        tier=int(event["tier"]),
        segregation=event["filter"],
        penetrance=event["penetrance"],
        panel_id=event["panel_id"],
        panel_name=event["panel_name"],
        panel_version=event["panel_version"],
        confidence=event["confidence"],
        mode_of_inheritance=event["mode_of_inheritance"],
        reason=_reason(symbol, event, panels_applied),
        flags=tuple(flags),
    )


def _is_imprinted_de_novo(event: Mapping[str, Any]) -> bool:
    imprinted = event["mode"] in [m.value for m in IMPRINTED_FILTERS.values()]
    return bool(imprinted and event["filter"] == Filter.DE_NOVO.value)


def _reason(symbol: str, event: Mapping[str, Any], panels_applied: bool) -> str:
    if event["panel_id"] is None:
        return f"{symbol} is on no applied panel" if panels_applied else "no gene panel was applied"
    inheritance = WORDS[Filter(event["filter"])]
    if event["penetrance"] == Penetrance.INCOMPLETE.value:
        inheritance += " with incomplete penetrance"
    on = f"{symbol} is {event['confidence']} on {event['panel_name']} {event['panel_version']}"
    if not event["green"]:
        return f"{on}: only green genes give Tier 1 or 2"
    if not event["fits"]:
        mode = ModeOfInheritance(event["mode"]).value.replace("_", " ").lower()
        return f"{on}, but its mode ({mode}) does not fit {inheritance}"
    if event["unsupported"]:
        return f"{on}, but the chromosome shows no uniparental isodisomy: {DELETION}"
    if event["tier"] == 1:
        return f"{on}, {inheritance} fits, and {_strength(event)}"
    if event["tier"] == 2:
        return f"{on} and {inheritance} fits; the change is of moderate impact"
    if event["high"] and event["lof_excluded"]:
        return f"{on}, but loss of function does not cause its disease there"
    return f"{on}, but the variant is known to be pathogenic with fewer than two review stars only"


def _strength(event: Mapping[str, Any]) -> str:
    if event["known"]:
        return "the variant is known to be pathogenic (two or more review stars)"
    if event["high"] and not event["lof_excluded"]:
        return "the change is of high impact"
    return "it is de novo"
