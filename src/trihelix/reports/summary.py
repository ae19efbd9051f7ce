"""What the reader must see first: the conclusion in a line, and what speaks against trusting it."""

from __future__ import annotations

from dataclasses import dataclass

from trihelix.model.interpretation import Candidate, Check, Interpretation, Notice, ReportEvent
from trihelix.reports.family_report import TO_SETTLE, is_finding
from trihelix.reports.wording import consequence_words, segregation_words, tier_words

NOTHING_TIERED = frozenset(
    {"no_genome", "no_genes", "nobody_affected"}
)  # warnings after which no variant can be tiered


@dataclass(frozen=True)
class Conclusion:
    """The result in a headline with its reasons; `kind` is candidates, none or not_done."""

    kind: str
    headline: str
    top: str
    details: tuple[str, ...]
    counts: tuple[tuple[int, int], ...]  # (tier, candidates), tiers 1 to 3 always


@dataclass(frozen=True)
class Concerns:
    """What makes a report unusual: quality control that must be settled first (None: nothing), warnings, and
    other checks that gave a warning."""

    to_settle: Check | None
    notices: tuple[Notice, ...]
    doubtful: tuple[Check, ...]


def find_concerns(report: Interpretation) -> Concerns:
    """Every check and notice of a family's report (see `for_family`) that a reader may not miss; an unknown
    status or level counts as a warning."""
    findings = [c for c in report.checks if is_finding(c)]
    return Concerns(
        to_settle=next((c for c in findings if c.inferred == TO_SETTLE), None),
        notices=tuple(n for n in report.notices if n.level != "info"),
        doubtful=tuple(c for c in findings if c.inferred != TO_SETTLE),
    )


def conclude(interpretation: Interpretation) -> Conclusion:
    """The conclusion; without candidates it says whether that is a result or a step that could not be done."""
    candidates = in_rank_order(interpretation)
    counts = _tier_counts(candidates)
    if candidates:
        return Conclusion(
            "candidates", _counted(counts), headline_of(candidates[0]), _limits(interpretation), counts
        )
    blocked = _blocked(interpretation)
    if blocked:
        return Conclusion(
            "not_done", "No conclusion: the interpretation could not be completed.", "", blocked, counts
        )
    details = (
        _searched(interpretation),
        *_limits(interpretation),
        "This does not exclude a genetic diagnosis.",
    )
    return Conclusion("none", "No candidate variant was found.", "", details, counts)


def in_rank_order(interpretation: Interpretation) -> tuple[Candidate, ...]:
    """The candidates by rank."""
    return tuple(sorted(interpretation.candidates, key=lambda c: c.rank))


def headline_of(candidate: Candidate) -> str:
    """A candidate in a line, each variant by its most severe consequence: `DYRK1A, frameshift, de novo (Tier 1)`."""
    consequences = dict.fromkeys(consequence_words(v.consequence.split("&")[0]) for v in candidate.variants)
    parts = (candidate.gene, " + ".join(consequences), segregation_words(candidate.segregation))
    return f"{', '.join(parts)} ({tier_words(candidate.tier)})"


def deciding_event(candidate: Candidate) -> ReportEvent | None:
    """The first report event that gives the candidate's own tier, else that of the best tier, else None."""
    return min(candidate.events, key=lambda e: (e.tier != candidate.tier, e.tier), default=None)


def flags_of(candidate: Candidate) -> tuple[str, ...]:
    """The flags of a candidate and of its report events, once each."""
    flags = [*candidate.flags, *(flag for event in candidate.events for flag in event.flags)]
    return tuple(dict.fromkeys(flags))


def _tier_counts(candidates: tuple[Candidate, ...]) -> tuple[tuple[int, int], ...]:
    tiers = sorted({1, 2, 3} | {c.tier for c in candidates}, key=lambda tier: (tier < 1, tier))
    return tuple((tier, sum(c.tier == tier for c in candidates)) for tier in tiers)


def _counted(counts: tuple[tuple[int, int], ...]) -> str:
    (tier, number), *rest = counts
    first = f"{number} {tier_words(tier)} candidate{'' if number == 1 else 's'}"
    return ", ".join([first, *(f"{n} {tier_words(t)}" for t, n in rest)]) + "."


def _limits(interpretation: Interpretation) -> tuple[str, ...]:
    said = any(n.code == "no_panels" for n in interpretation.notices)
    if not interpretation.provenance.panels and not said:
        return ("No gene panel was applied, so no candidate can reach Tier 1 or Tier 2.",)
    return ()


def _blocked(interpretation: Interpretation) -> tuple[str, ...]:
    """Why there is no result: what was not done, or, without any filtering, every warning."""
    warnings = [n for n in interpretation.notices if n.level != "info"]
    reasons = [n.message for n in warnings if n.code in NOTHING_TIERED]
    if not interpretation.waterfall:
        reasons = (
            reasons
            or [n.message for n in warnings]
            or ["No variant was filtered, and no reason is recorded."]
        )
    return tuple(reasons)


def _searched(interpretation: Interpretation) -> str:
    first = interpretation.waterfall[0]
    panels = len(interpretation.provenance.panels)
    return (
        f"{first.remaining:,} variants were filtered down to none, "
        f"with {panels} gene panel{'' if panels == 1 else 's'} applied."
    )
