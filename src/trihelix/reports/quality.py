"""The quality record: every check with its numbers, for the laboratory only; never part of a family's report."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from trihelix.interpretation.evidence.misattributed import RELATIVES_NOT_USED, contradicts_pedigree
from trihelix.model.interpretation import Check, Interpretation, MemberSummary, Notice, Provenance
from trihelix.reports import wording
from trihelix.reports.family_report import REMARKS, TO_SETTLE, is_finding, is_for_laboratory, quality_check
from trihelix.reports.html import environment, family_drawing, inlined
from trihelix.reports.json_document import as_json
from trihelix.reports.relations import relations_to_proband

QUALITY_VERSION = "1.0"
# Notices about whose sample it is; the report shows them too, unless they tell what the checks found.
SAMPLE_NOTICES = frozenset({"no_calls", "carries_nothing", "phenopacket_sex"})
STATUS_CODES = {TO_SETTLE: "to_settle", REMARKS: "remarks"}

_SAMPLES = (
    "Exclude an exchange of samples first: compare tubes, labels and run sheets, and the sex and relatedness of the "
    "samples that were prepared beside these."
)
_PARENTAGE = (
    "If the samples are the right ones, this may be misattributed parentage. Do not tell it to the family, the "
    "referrer or anybody outside the laboratory but by the laboratory's policy for such findings."
)
_CORRECT = (
    "Correct the pedigree file (a parent who is not one becomes 0, and his or her sample is passed over with "
    "--ignore-other-samples) or the samples, and interpret again: with what can be trusted, and without this record's findings."
)
_SEX = (
    "Confirm the sex chromosomes by karyotype or array before anything is said of them: an unexpected number is an "
    "incidental finding, to be told only by consent and policy. If a sample is another's, exchange it and interpret again."
)
_RELATED = (
    "Parents who share blood matter to recessive disease. Tell the clinical scientist; say nothing of the degree in a "
    "report, above all not of first degree."
)
_DISOMY = "Confirm uniparental disomy by another method. The report names the chromosome, not the counts against a parent."
_DOUBT = "Read the remarks: none keeps the report from being used, each may explain an odd result."


@dataclass(frozen=True)
class QualityRecord:
    """What `quality.json` holds. `status`: to_settle | remarks | ok | not_assessed; `relatives_used` tells whether
    relatives' genotypes were used, which they are not where the data contradict the pedigree."""

    quality_version: str
    family_id: str
    proband: str | None
    status: str
    relatives_used: bool
    members: tuple[MemberSummary, ...]
    checks: tuple[Check, ...]
    notices: tuple[Notice, ...]
    next_steps: tuple[str, ...]
    provenance: Provenance


def quality_record(interpretation: Interpretation) -> QualityRecord:
    """The record of an interpretation whose checks are whole (not those of `for_family`)."""
    neutral = quality_check(interpretation.checks)
    return QualityRecord(
        QUALITY_VERSION,
        interpretation.family_id,
        interpretation.proband,
        STATUS_CODES.get(neutral.inferred or "", neutral.status),
        not any(n.code == RELATIVES_NOT_USED.code for n in interpretation.notices),
        interpretation.members,
        interpretation.checks,
        tuple(
            n
            for n in interpretation.notices
            if n.code in SAMPLE_NOTICES or is_for_laboratory(n, interpretation)
        ),
        _next_steps(interpretation.checks),
        interpretation.provenance,
    )


def render_quality_json(interpretation: Interpretation) -> str:
    """The record as JSON."""
    return as_json(asdict(quality_record(interpretation)))


def render_quality_html(interpretation: Interpretation) -> str:
    """The record as one self-contained, printable page."""
    record = quality_record(interpretation)
    relations = relations_to_proband(record.members, record.proband)
    context = {
        "record": record,
        "provenance": record.provenance,
        "headline": _headline(record),
        "to_settle": [c for c in record.checks if c.status == "mismatch"],
        "doubtful": [c for c in record.checks if is_finding(c) and c.status != "mismatch"],
        "groups": _groups(record.checks),
        "members": record.members,
        "relations": relations,
        "family": family_drawing(interpretation, relations),
        **inlined(),
    }
    return wording.printable(environment().get_template("quality.html").render(context))


def _headline(record: QualityRecord) -> str:
    wrong = sum(c.status == "mismatch" for c in record.checks)
    doubtful = sum(is_finding(c) for c in record.checks) - wrong
    parts = [f"{wrong} finding{'' if wrong == 1 else 's'} to settle"] * bool(wrong)
    parts += [f"{doubtful} remark{'' if doubtful == 1 else 's'}"] * bool(doubtful)
    if parts:
        return f"{', '.join(parts)}."
    return "No findings." if record.status == "ok" else "No check could be made."


def _groups(checks: tuple[Check, ...]) -> list[dict[str, Any]]:
    """Checks of a kind in a table each, in the order in which kinds come first."""
    kinds = dict.fromkeys(c.check for c in checks)
    return [{"kind": kind, "checks": [c for c in checks if c.check == kind]} for kind in kinds]


def _next_steps(checks: tuple[Check, ...]) -> tuple[str, ...]:
    """What the laboratory does about the findings, in order."""
    wrong = {c.check for c in checks if c.status == "mismatch"}
    doubtful = {c.check for c in checks if is_finding(c)} - wrong
    steps = [_SAMPLES] * bool(wrong)
    steps += [_PARENTAGE, _CORRECT] * contradicts_pedigree(checks)
    steps += [_SEX] * ("sex" in wrong | doubtful)
    steps += [_RELATED] * ("relatedness" in doubtful)
    steps += [_DISOMY] * ("uniparental_disomy" in doubtful)
    return tuple(steps or [_DOUBT] * bool(doubtful))
