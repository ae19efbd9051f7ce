"""The report as one self-contained page: no network, readable without scripts, printable on A4."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from trihelix.model.interpretation import Candidate, Interpretation, MemberSummary
from trihelix.reports import wording
from trihelix.reports.cards import CandidateCard, CandidateRow, FamilyDrawing, candidate_card, candidate_row
from trihelix.reports.family_report import for_family
from trihelix.reports.pedigree_layout import lay_out
from trihelix.reports.relations import relations_to_proband
from trihelix.reports.summary import conclude, find_concerns, in_rank_order
from trihelix.reports.waterfall import scale_marks, waterfall_bars

CARDS = 25  # candidates shown as cards; a Tier 1 or 2 candidate beyond them gets one too, up to MOST_CARDS
MOST_CARDS = 60


@dataclass(frozen=True)
class MemberLine:
    """A member as the family column lists them."""

    member: MemberSummary
    relation: str


def render_html(interpretation: Interpretation) -> str:
    """The family's report as text, ready to be written as UTF-8; see `for_family` for what it does not hold."""
    page = environment().get_template("base.html").render(_context(for_family(interpretation)))
    return wording.printable(page)


def _context(interpretation: Interpretation) -> dict[str, Any]:
    members = interpretation.members
    relations = relations_to_proband(members, interpretation.proband)
    family = family_drawing(interpretation, relations)
    conclusion, concerns = conclude(interpretation), find_concerns(interpretation)
    cards, rest = _cards_and_rest(in_rank_order(interpretation), family)
    rows = [*(card.row for card in cards), *rest]
    return {
        "interpretation": interpretation,
        "provenance": interpretation.provenance,
        "conclusion": conclusion,
        "concerns": concerns,
        "warnings": [n for n in concerns.notices if n.message not in conclusion.details],
        "remarks": [n for n in interpretation.notices if n.level == "info"],
        "family": family,
        "members": [MemberLine(m, relations[m.id]) for m in members],
        "terms": _terms(interpretation),
        "cards": cards,
        "rest": rest,
        "tiers": sorted({row.candidate.tier for row in rows}),
        "segregations": list(dict.fromkeys(code for row in rows for code in row.segregations)),
        "bars": waterfall_bars(interpretation.waterfall),
        "marks": scale_marks(interpretation.waterfall),
        "significance_pack": any("significance" in r.kind for r in interpretation.provenance.references),
        **inlined(),
    }


def family_drawing(interpretation: Interpretation, relations: Mapping[str, str]) -> FamilyDrawing:
    """The pedigree as declared; `relations` are those to the proband."""
    members = interpretation.members
    return FamilyDrawing(lay_out(members), members, interpretation.proband, relations)


def _cards_and_rest(
    candidates: tuple[Candidate, ...], family: FamilyDrawing
) -> tuple[list[CandidateCard], list[CandidateRow]]:
    """The first candidates as cards, with every further Tier 1 or 2 candidate that the page can hold."""
    full = [c for i, c in enumerate(candidates) if i < CARDS or c.tier in (1, 2)][:MOST_CARDS]
    kept = {id(c) for c in full}
    rest = [candidate_row(c) for c in candidates if id(c) not in kept]
    return [candidate_card(c, family) for c in full], rest


def _terms(interpretation: Interpretation) -> list[tuple[str, list[Any]]]:
    """Phenotype terms in groups, in reading order; only groups that hold a term."""
    titles = {
        "present": "Present",
        "excluded": "Excluded: looked for and absent",
        "set_aside": "Set aside: not used",
    }
    groups = [
        (title, [t for t in interpretation.phenotypes if t.observed == code])
        for code, title in titles.items()
    ]
    return [(title, terms) for title, terms in groups if terms]


@cache
def environment() -> Environment:
    """The templates with their filters; undefined names are errors, texts are escaped."""
    environment = Environment(
        loader=PackageLoader("trihelix.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        allele=wording.allele_words,
        check=wording.check_words,
        code=wording.code_words,
        consequence=wording.consequence_words,
        flag=wording.flag_words,
        frequency=wording.frequency_words,
        hgvs=wording.hgvs_words,
        inheritance=wording.inheritance_words,
        number=wording.number_words,
        parameter=wording.parameter_words,
        one_in=wording.one_in,
        segregation=wording.segregation_words,
        sentence=wording.sentence,
        stars=wording.stars_words,
        status=wording.status_words,
        tier=wording.tier_words,
        why=wording.why_words,
        whole=lambda number: f"{number:,}",
    )
    return environment


@cache
def inlined() -> dict[str, Any]:
    """Style and script as they stand in the page, with a policy under which nothing else can load or run."""
    style = environment().get_template("report.css").render()
    script = environment().get_template("report.js").render()
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return {"style": style, "script": script, "policy": policy}


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
