"""A candidate as a card: the model's values in the words, order and groups in which the page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trihelix.interpretation.rare.ploidy import HOMOPLASMY, LEAST_HETEROPLASMY
from trihelix.model.assembly import bare_contig
from trihelix.model.interpretation import (
    Call,
    Candidate,
    CandidateVariant,
    Contribution,
    MemberSummary,
    PopulationFrequency,
    ReportEvent,
)
from trihelix.reports.classification import ClassificationView, classification_view, render_classification
from trihelix.reports.pedigree import draw_pedigree, drawing_width
from trihelix.reports.pedigree_layout import PedigreeLayout
from trihelix.reports.summary import deciding_event, flags_of
from trihelix.reports.wording import allele_in_full, allele_words, genotype_words

POPULATIONS_SHOWN = 5
CRITERIA_IN_FULL = 10  # candidates whose unmet ACMG criteria are listed as well
WIDE_PEDIGREE = 420.0  # pixels; a wider drawing does not fit beside the facts


@dataclass(frozen=True)
class FamilyDrawing:
    """What is needed to draw the family again with other genotypes."""

    layout: PedigreeLayout
    members: tuple[MemberSummary, ...]
    proband: str | None
    relations: Mapping[str, str]

    @property
    def wide(self) -> bool:
        """Whether the drawing needs the full width of the page."""
        return drawing_width(self.layout, self.members) > WIDE_PEDIGREE

    def svg(self, genotypes: Mapping[str, str] | None = None, *, id_prefix: str = "pedigree") -> str:
        """The pedigree as an SVG element, escaped; small when it carries genotypes."""
        return draw_pedigree(
            self.layout,
            self.members,
            self.proband,
            genotypes,
            id_prefix=id_prefix,
            compact=genotypes is not None,
        )


@dataclass(frozen=True)
class GenotypeRow:
    """One member's call at a variant, in words."""

    member: str
    relation: str
    affection: str
    genotype: str
    zygosity: str
    depth: str
    reads: str
    alt_share: str
    quality: str
    carrier: bool
    heteroplasmy: str = ""  # on the mitochondrial genome alone


@dataclass(frozen=True)
class VariantBlock:
    """A variant of a card. `full_ref` and `full_alt` are set only when the shown alleles are shortened;
    `mitochondrial` tells to show heteroplasmy.

    `seen_in` holds the populations with the highest frequencies, `not_seen_in` (pack, its populations without the
    variant), `populations` all of them.
    """

    number: int
    variant: CandidateVariant
    ref: str
    alt: str
    full_ref: str | None
    full_alt: str | None
    genotypes: tuple[GenotypeRow, ...]
    pedigree: str
    seen_in: tuple[PopulationFrequency, ...]
    not_seen_in: tuple[tuple[str, str], ...]
    populations: tuple[PopulationFrequency, ...]
    mitochondrial: bool
    rank: int

    @property
    def classification(self) -> ClassificationView | None:
        """The automatic ACMG/AMP classification in words."""
        found = self.variant.classification
        return classification_view(found) if found else None

    @property
    def classified(self) -> str:
        """The classification as a fragment of HTML; of the first candidates with the criteria that are not met."""
        found = self.variant.classification
        return render_classification(found, self.rank <= CRITERIA_IN_FULL) if found else ""


@dataclass(frozen=True)
class CandidateRow:
    """A candidate in a line of a table."""

    candidate: Candidate
    reason: str
    segregations: tuple[str, ...]


@dataclass(frozen=True)
class CandidateCard:
    """A candidate in full; bar lengths are in percent, contributions carry theirs as (start, length)."""

    row: CandidateRow
    event: ReportEvent | None
    flags: tuple[str, ...]
    variants: tuple[VariantBlock, ...]
    contributions: tuple[tuple[Contribution, float, float], ...]

    @property
    def candidate(self) -> Candidate:
        """The candidate itself."""
        return self.row.candidate


def candidate_row(candidate: Candidate) -> CandidateRow:
    """The line of a candidate, with all segregation filters that report it."""
    event = deciding_event(candidate)
    segregations = dict.fromkeys((candidate.segregation, *(e.segregation for e in candidate.events)))
    reason = event.reason if event else "No reason is recorded."
    return CandidateRow(candidate, reason, tuple(segregations))


def candidate_card(candidate: Candidate, family: FamilyDrawing) -> CandidateCard:
    """The card of a candidate."""
    blocks = tuple(
        _variant_block(variant, family, candidate.rank, number)
        for number, variant in enumerate(candidate.variants, start=1)
    )
    return CandidateCard(
        row=candidate_row(candidate),
        event=deciding_event(candidate),
        flags=flags_of(candidate),
        variants=blocks,
        contributions=_diverging(candidate.contributions),
    )


def _variant_block(variant: CandidateVariant, family: FamilyDrawing, rank: int, number: int) -> VariantBlock:
    populations = sorted(variant.frequencies, key=lambda f: -f.frequency)
    ref, alt = allele_words(variant.ref), allele_words(variant.alt)
    genotypes = {m.id: _genotype(variant, m.id) for m in family.members if m.sequenced}
    return VariantBlock(
        number=number,
        variant=variant,
        ref=ref,
        alt=alt,
        full_ref=allele_in_full(variant.ref) if ref != variant.ref else None,
        full_alt=allele_in_full(variant.alt) if alt != variant.alt else None,
        genotypes=tuple(_genotype_row(variant, m, family.relations) for m in family.members),
        pedigree=family.svg(genotypes, id_prefix=f"g{rank}-{number}"),
        seen_in=tuple(f for f in populations if f.frequency > 0)[:POPULATIONS_SHOWN],
        not_seen_in=_not_seen_in(populations),
        populations=tuple(populations),
        mitochondrial=_is_mitochondrial(variant),
        rank=rank,
    )


def _is_mitochondrial(variant: CandidateVariant) -> bool:
    return bare_contig(variant.contig) == "MT"


def _not_seen_in(populations: Sequence[PopulationFrequency]) -> tuple[tuple[str, str], ...]:
    absent: dict[str, list[str]] = {}
    for f in populations:
        if f.frequency == 0:
            absent.setdefault(f.pack, []).append(f.population)
    return tuple((pack, ", ".join(names)) for pack, names in absent.items())


def _genotype(variant: CandidateVariant, member_id: str) -> str:
    call = variant.calls.get(member_id)
    return call.genotype if call else variant.genotypes.get(member_id, "–")


def _genotype_row(
    variant: CandidateVariant, member: MemberSummary, relations: Mapping[str, str]
) -> GenotypeRow:
    call = variant.calls.get(member.id)
    genotype = _genotype(variant, member.id)
    known = genotype != "–"
    zygosity = genotype_words(genotype) if known else "not used" if member.sequenced else "not sequenced"
    carrier = zygosity in ("heterozygous", "homozygous", "hemizygous")
    heteroplasmy = _heteroplasmy(call) if _is_mitochondrial(variant) else None
    if heteroplasmy is not None:
        carrier, zygosity = heteroplasmy >= LEAST_HETEROPLASMY, plasmy_words(heteroplasmy)
    return GenotypeRow(
        member=member.id,
        relation=relations[member.id],
        affection=member.affection,
        genotype=genotype,
        zygosity=zygosity,
        depth=_or_dash(call.depth if call else None),
        reads=_reads(call),
        alt_share=_alt_share(call),
        quality=_or_dash(call.genotype_quality if call else None),
        carrier=carrier,
        heteroplasmy="–" if heteroplasmy is None else f"{100 * heteroplasmy:.1f} %",
    )


def _heteroplasmy(call: Call | None) -> float | None:
    """Share of the reads with the allele, as `ploidy.heteroplasmy` has it; None where depths are not told."""
    if call is None or call.ref_depth is None or call.alt_depth is None:
        return None
    reads = max(call.ref_depth + call.alt_depth, call.depth or 0)
    return call.alt_depth / reads if reads else None


def plasmy_words(share: float) -> str:
    """A share of mitochondrial reads as the segregation rules take it."""
    if share < LEAST_HETEROPLASMY:
        return "reference"
    return "heteroplasmic" if share < HOMOPLASMY else "homoplasmic"


def _reads(call: Call | None) -> str:
    if call is None or (call.ref_depth is None and call.alt_depth is None):
        return "–"
    return f"{_or_dash(call.ref_depth)} / {_or_dash(call.alt_depth)}"


def _alt_share(call: Call | None) -> str:
    if call is None or call.ref_depth is None or call.alt_depth is None:
        return ""
    reads = call.ref_depth + call.alt_depth
    return f"{100 * call.alt_depth / reads:.0f} %" if reads else ""


def _or_dash(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _diverging(parts: Sequence[Contribution]) -> tuple[tuple[Contribution, float, float], ...]:
    """Each contribution with its bar around zero, on a scale from -100 to 100 shared by the candidate."""
    largest = max((abs(p.points) for p in parts), default=0.0) or 1.0
    bars = ((p, round(100 * p.points / largest, 1)) for p in parts)
    return tuple((part, min(length, 0.0), abs(length)) for part, length in bars)
