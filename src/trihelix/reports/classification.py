"""How a classification is shown: its class in words, its criteria as rows, and all of it as a fragment of HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from trihelix.model.classification import (
    CRITERIA,
    NOT_MET,
    Classification,
    Criterion,
    CriterionEdit,
    EditedClassification,
    Status,
)

LABELS = {
    "pathogenic": "Pathogenic",
    "likely_pathogenic": "Likely pathogenic",
    "uncertain_significance": "Uncertain significance",
    "likely_benign": "Likely benign",
    "benign": "Benign",
}
STATUSES = {
    Status.MET: "met",
    Status.NOT_MET: "not met",
    Status.NOT_ASSESSABLE: "not assessable",
    Status.NOT_COUNTED: "not counted",
    Status.OFF: "off",
}
SPEAKING = (Status.MET, Status.NOT_COUNTED, Status.OFF)


@dataclass(frozen=True)
class CriterionRow:
    """A criterion in the words of a table. `name` carries the strength, as in PM2_Supporting, where it is met."""

    code: str
    name: str
    meaning: str
    status: str
    direction: str
    points: str
    evidence: str
    source: str
    edited: bool
    speaks: bool


@dataclass(frozen=True)
class ClassificationView:
    """A classification in words. `automatic` is the class without edits, None where none is in force."""

    title: str
    total: str
    automatic: str | None
    rows: tuple[CriterionRow, ...]
    conflicts: tuple[str, ...]
    edits: tuple[str, ...]

    @property
    def speaking(self) -> tuple[CriterionRow, ...]:
        """Criteria that are met, not counted or off."""
        return tuple(row for row in self.rows if row.speaks)

    @property
    def silent(self) -> tuple[CriterionRow, ...]:
        """Criteria that are not met or not assessable."""
        return tuple(row for row in self.rows if not row.speaks)


def classification_view(shown: Classification | EditedClassification) -> ClassificationView:
    """The words of a classification, edited or not."""
    edited = shown if isinstance(shown, EditedClassification) else None
    final = edited.edited if edited else shown
    assert isinstance(final, Classification)
    in_force = edited.in_force if edited else ()
    return ClassificationView(
        title=LABELS.get(final.label, final.label),
        total=total_words(final),
        automatic=summary_words(edited.automatic) if edited and in_force else None,
        rows=tuple(_row(c) for c in final.criteria),
        conflicts=tuple(c.message for c in final.conflicts),
        edits=tuple(edit_words(e) for e in (edited.history if edited else ())),
    )


def summary_words(classification: Classification) -> str:
    """The class and its points: `Likely pathogenic, 9 points`."""
    return f"{LABELS.get(classification.label, classification.label)}, {total_words(classification)}"


def total_words(classification: Classification) -> str:
    """The points, and the probability of pathogenicity where the points decide."""
    points = f"{classification.points} point{'' if abs(classification.points) == 1 else 's'}"
    if classification.posterior is None:
        return f"BA1 stands alone ({points} beside it)"
    return f"{points}, probability {_probability(classification.posterior)}"


def edit_words(edit: CriterionEdit) -> str:
    """An edit in a line."""
    what = "not met" if edit.strength == NOT_MET else edit.strength.replace("_", " ")
    return f"{edit.number}. {edit.code} {what}: {edit.comment} ({edit.author}, {edit.time})"


def criterion_name(criterion: Criterion) -> str:
    """The code, with the strength where it is not the guideline's: PVS1, PM2_Supporting, PVS1_Strong."""
    usual = "supporting" if criterion.code.startswith(("PP", "BP")) else _USUAL.get(criterion.code[:2])
    if criterion.strength is None or criterion.strength in (usual, "stand_alone"):
        return criterion.code
    return f"{criterion.code}_{criterion.strength.replace('_', ' ').title().replace(' ', '')}"


_USUAL = {"PV": "very_strong", "PS": "strong", "PM": "moderate", "BS": "strong", "BA": "stand_alone"}


def _row(criterion: Criterion) -> CriterionRow:
    return CriterionRow(
        code=criterion.code,
        name=criterion_name(criterion),
        meaning=CRITERIA[criterion.code].meaning if criterion.code in CRITERIA else "",
        status=STATUSES.get(Status(criterion.status), criterion.status),
        direction=criterion.direction,
        points=f"{criterion.points:+d}" if criterion.status == Status.MET and criterion.points else "",
        evidence=criterion.evidence,
        source=criterion.source,
        edited=criterion.set_by == "edit",
        speaks=criterion.status in SPEAKING or criterion.set_by == "edit",
    )


def _probability(value: float) -> str:
    if value > 0.999:
        return "above 0.999"
    return "below 0.001" if value < 0.001 else f"{value:.3f}"


def render_classification(shown: Classification | EditedClassification, with_silent: bool = True) -> str:
    """A fragment of HTML, escaped: title, contradictions, criteria that speak, the others folded (`with_silent`),
    edits.

    It uses the report's classes (scroll, fold, small, nowrap, unseen) and no scripts.
    """
    view = classification_view(shown)
    parts = [f'<p class="classification"><strong>{escape(view.title)}</strong> {escape(view.total)}</p>']
    if view.automatic:
        parts.append(f'<p class="small">Before the edits: {escape(view.automatic)}</p>')
    parts.append(_list("Contradictions", view.conflicts))
    parts.append(
        _table("Criteria that speak", view.speaking) if view.speaking else "<p>No criterion is met.</p>"
    )
    if view.silent and with_silent:
        summary = f"{len(view.silent)} criteria that are not met or could not be assessed"
        table = _table("Other criteria", view.silent)
        parts.append(f'<details class="fold"><summary>{summary}</summary>\n{table}\n</details>')
    parts.append(_list("Edits", view.edits))
    return "\n".join(part for part in parts if part)


def _list(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<p class="small">{escape(title)}</p>\n<ul class="small">{items}</ul>'


def _table(caption: str, rows: Sequence[CriterionRow]) -> str:
    heads = ("Criterion", "Found", "Points", "Evidence", "Rule")
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    body = "\n".join(_line(row) for row in rows)
    return (
        f'<div class="scroll" role="group" aria-label="{escape(caption)}">\n<table class="criteria">\n'
        f'<caption class="unseen">{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table>\n</div>"
    )


def _line(row: CriterionRow) -> str:
    found = f"{row.status}, edited" if row.edited else row.status
    cells = (
        f'<th scope="row" class="nowrap"><abbr title="{escape(row.meaning)}">{escape(row.name)}</abbr></th>',
        f"<td>{escape(found)}</td>",
        f"<td>{escape(row.points)}</td>",
        f"<td>{escape(row.evidence)}</td>",
        f'<td class="small">{escape(row.source)}</td>',
    )
    return f"<tr>{''.join(cells)}</tr>"
