"""The candidates as a tab-separated table, one row per candidate and variant, safe to open in a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trihelix.model.interpretation import Candidate, CandidateVariant, Interpretation
from trihelix.reports.family_report import for_family
from trihelix.reports.summary import deciding_event, flags_of, in_rank_order
from trihelix.reports.wording import CELL_SHOWN, allele_words, hgvs_words, printable

COLUMNS_BEFORE_GENOTYPES = (
    *("rank", "tier", "gene", "score", "phenotype_score", "genotype_score", "segregation", "penetrance"),
    *(
        "contig",
        "pos",
        "ref",
        "alt",
        "consequence",
        "impact",
        "hgvs_c",
        "protein_change",
        "transcript",
        "frequency",
    ),
    *("clinical_significance", "stars", "inheritance"),
)
COLUMNS_AFTER_GENOTYPES = ("flags", "panels", "reason")

Cell = str | int | float | None

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_FORMULA_STARTS = tuple("=+-@＝＋－＠")


def render_candidates_tsv(interpretation: Interpretation) -> str:
    """A header and one line per (candidate, variant), in rank order; genotypes have a column per member.

    Empty means unknown or not applicable. Alleles of more than 50 bases are shortened, as in the page: a cell holds
    32,767 characters, and interpretation.json has them whole. Text that a spreadsheet would run as a formula is led by an apostrophe.
    """
    interpretation = for_family(interpretation)
    members = [m.id for m in interpretation.members]
    header = (*COLUMNS_BEFORE_GENOTYPES, *(f"genotype:{m}" for m in members), *COLUMNS_AFTER_GENOTYPES)
    lines = [_line(header)]
    for candidate in in_rank_order(interpretation):
        lines.extend(_line(_row(candidate, variant, members)) for variant in candidate.variants)
    return "".join(lines)


def _row(candidate: Candidate, variant: CandidateVariant, members: Sequence[str]) -> list[Cell]:
    event = deciding_event(candidate)
    return [
        *(candidate.rank, candidate.tier, candidate.gene),
        *(candidate.score, candidate.phenotype_score, candidate.genotype_score),
        *(candidate.segregation, candidate.penetrance),
        *(variant.contig, variant.pos),
        *(allele_words(variant.ref, CELL_SHOWN), allele_words(variant.alt, CELL_SHOWN)),
        *(variant.consequence, variant.impact),
        *(hgvs_words(variant.hgvs_c or ""), hgvs_words(variant.protein_change or ""), variant.transcript),
        *(variant.frequency, variant.clinical_significance, variant.clinical_significance_stars),
        variant.inheritance,
        *(variant.genotypes.get(member) for member in members),
        ";".join(flags_of(candidate)),
        "; ".join(_panels(candidate)),
        event.reason if event else None,
    ]


def _panels(candidate: Candidate) -> list[str]:
    names = [
        f"{event.panel_name} (id {event.panel_id}, version {event.panel_version}, {event.confidence or 'not on panel'})"
        for event in candidate.events
        if event.panel_id is not None
    ]
    return list(dict.fromkeys(names))


def _line(cells: Sequence[Cell]) -> str:
    return "\t".join(_cell(cell) for cell in cells) + "\n"


def _cell(value: Cell) -> str:
    """A cell without tabs, line breaks and control characters, which a spreadsheet takes as text or a number."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    text = printable(_BREAKS.sub(" ", value)).strip()
    if text.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text
