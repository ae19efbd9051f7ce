"""The interpretation as it may leave the laboratory: without what only the laboratory may know.

Who is not whose parent, who shares blood with whom, and how many sex chromosomes somebody has are found by every
quality check and asked for by no family. All files that may be forwarded (report.html, candidates.tsv,
interpretation.json) are rendered from what `for_family` returns; the quality record (see `quality`) alone is
rendered from the whole interpretation.
"""

from __future__ import annotations

from dataclasses import replace

from trihelix.model.interpretation import Check, Interpretation, Notice

QUALITY = "quality_control"
TO_SETTLE, REMARKS = "findings to settle", "remarks"
SENTENCES = {
    TO_SETTLE: "Quality control has findings that must be settled before this report is used; see the laboratory's "
    "quality record.",
    REMARKS: "Quality control has remarks; see the laboratory's quality record.",
    "ok": "Quality control has no findings.",
    "not_assessed": "The data were too few for quality control; see the laboratory's quality record.",
}
# Findings about the patient's own disease: they belong into the report as well.
DISEASE_CHECKS = frozenset({"uniparental_disomy"})
# Notices that tell how many X chromosomes somebody has, where that is not what the pedigree says.
SEX_CHROMOSOME_NOTICES = frozenset({"x_read_as_hemizygous", "x_heterozygous_in_one_x", "phenopacket_sex"})


def for_family(interpretation: Interpretation) -> Interpretation:
    """The same interpretation with one neutral check for all others, and without notices that tell their findings.

    Nothing else needs to be taken out: where checks contradict the pedigree no relative's genotype was used.
    """
    return replace(
        interpretation,
        checks=(quality_check(interpretation.checks), *_disease_checks(interpretation.checks)),
        notices=tuple(n for n in interpretation.notices if not is_for_laboratory(n, interpretation)),
    )


def is_for_laboratory(notice: Notice, interpretation: Interpretation) -> bool:
    """Whether a notice tells what the checks found and so is none for the report."""
    doubtful = any(c.check == "sex" and is_finding(c) for c in interpretation.checks)
    return doubtful and notice.code in SEX_CHROMOSOME_NOTICES


def is_finding(check: Check) -> bool:
    """Whether a check is neither well nor left open; a status that is not known counts as a finding."""
    return check.status not in ("ok", "not_assessed")


def quality_check(checks: tuple[Check, ...]) -> Check:
    """All checks as one: whether there is something to settle, without what, in whom and how much. Of a report that
    was read from its file it is the one that stands there."""
    if told := next((c for c in checks if c.check == QUALITY), None):
        return told
    data = [c for c in checks if c.check not in DISEASE_CHECKS]
    if any(c.status == "mismatch" for c in data):
        return _neutral("warning", TO_SETTLE)
    if any(is_finding(c) for c in data):
        return _neutral("warning", REMARKS)
    return _neutral("ok" if any(c.status == "ok" for c in data) else "not_assessed", None)


def _neutral(status: str, inferred: str | None) -> Check:
    return Check(QUALITY, (), status, None, inferred, None, None, SENTENCES[inferred or status])


def _disease_checks(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Uniparental disomy in a sentence; the counts against a parent, which could be misread, stay in the record."""
    if any(c.status == "mismatch" for c in checks):
        return ()
    return tuple(_without_counts(c) for c in checks if c.check in DISEASE_CHECKS and is_finding(c))


def _without_counts(check: Check) -> Check:
    kind = (check.inferred or "").partition(",")[0]
    place, found, _ = check.message.partition(f": {kind}.")
    words = f"{place}: {kind}." if kind and found else f"Uniparental disomy: {check.inferred or 'not known'}."
    message = f"{words} To be confirmed by another method."
    return Check(check.check, check.members[:1], check.status, None, check.inferred, None, None, message)
