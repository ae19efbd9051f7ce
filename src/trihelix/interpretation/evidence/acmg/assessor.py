"""From a candidate of an interpretation and the opened packs to the classification of each of its variants.

An assessor keeps what the variants of one gene share (coding sequence, known variants), so that a candidate costs
about a millisecond.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import polars as pl

from trihelix.annotation.hgvs_placement import Change, oriented_change
from trihelix.annotation.hgvs_transcript import Strand, Transcript, Transcripts
from trihelix.annotation.sequence_ontology import SEVERITY
from trihelix.interpretation.evidence.acmg.assess import assess
from trihelix.interpretation.evidence.acmg.coding import CodingView, coding_view, loss_facts, protein_facts
from trihelix.interpretation.evidence.acmg.facts import (
    DOMINANT,
    LOSS_OF_FUNCTION,
    RECESSIVE,
    Companion,
    Facts,
    FamilyFacts,
    FrequencyFacts,
    KnownFacts,
    LossFacts,
    MechanismFact,
    Parentage,
    ProteinFacts,
)
from trihelix.interpretation.evidence.acmg.frequency import exception_of
from trihelix.interpretation.evidence.acmg.known import KnownSource, KnownVariants
from trihelix.interpretation.evidence.acmg.protein_change import HOT_SPOT_WINDOW
from trihelix.interpretation.evidence.acmg.reported import side_of
from trihelix.model.assembly import bare_contig
from trihelix.model.classification import Classification, Direction, Label
from trihelix.model.inheritance import ModeOfInheritance, parse_mode
from trihelix.model.interpretation import (
    Candidate,
    CandidateVariant,
    Check,
    MemberSummary,
    TranscriptConsequence,
)
from trihelix.reference.allele_keys import allele_keys, alleles_from_text
from trihelix.reference.frequencies import Frequencies
from trihelix.reference.genes import Genes
from trihelix.reference.genome import Genome
from trihelix.reference.significance import Significance

ASSESSED = 100  # candidates per case; the rest are not looked at by anybody
_RECESSIVE_FILTERS = frozenset(
    {
        "SimpleRecessive",
        "CompoundHeterozygous",
        "UniparentalIsodisomy",
        "XLinkedSimpleRecessive",
        "XLinkedCompoundHeterozygous",
    }
)
_BASES = frozenset("ACGTN")
_M = ModeOfInheritance
_RECESSIVE_MODES = frozenset({_M.BIALLELIC, _M.XLINKED_BIALLELIC_IN_FEMALES})
_UNDECIDED_MODES = frozenset({_M.BOTH, _M.BOTH_SEVERE_BIALLELIC, _M.OTHER, _M.UNKNOWN})


@dataclass(frozen=True)
class CaseFacts:
    """What the rules ask about the family: who the proband is, how sure each parent is (a parent who was not
    sequenced is left out), and whether phenotype terms were given."""

    proband: str | None = None
    father: Parentage | None = None
    mother: Parentage | None = None
    phenotype_asked: bool = False

    def parentage(self, only_mother: bool) -> Parentage:
        """How sure parentage is, of both parents or of the mother alone (X of a male)."""
        asked = [self.mother] if only_mother else [self.father, self.mother]
        if Parentage.CONTRADICTED in asked:
            return Parentage.CONTRADICTED
        return Parentage.CONFIRMED if all(p is Parentage.CONFIRMED for p in asked) else Parentage.ASSUMED


def case_facts(
    members: Sequence[MemberSummary],
    proband: str | None,
    checks: Sequence[Check],
    phenotype_asked: bool,
) -> CaseFacts:
    """The facts of a family from its interpretation; parentage is confirmed by a relatedness check that is ok."""
    child = next((m for m in members if m.id == proband), None)
    if child is None:
        return CaseFacts(proband, phenotype_asked=phenotype_asked)
    sequenced = {m.id for m in members if m.sequenced}

    def sure(parent: str | None) -> Parentage | None:
        if parent is None or parent not in sequenced:
            return None
        pair = {child.id, parent}
        found = [c.status for c in checks if c.check == "relatedness" and set(c.members) == pair]
        if "mismatch" in found:
            return Parentage.CONTRADICTED
        return Parentage.CONFIRMED if "ok" in found else Parentage.ASSUMED

    return CaseFacts(proband, sure(child.father), sure(child.mother), phenotype_asked)


@dataclass(frozen=True)
class _Gene:
    """What the variants of one transcript share."""

    transcript: Transcript
    strand: Strand
    view: CodingView | str
    known: KnownVariants | None


@dataclass(frozen=True)
class Assessor:
    """Classifies candidates with the opened packs; any of them may be missing."""

    genes: Genes | None = None
    genome: Genome | None = None
    significance: Significance | None = None
    mechanism: pl.DataFrame | None = None
    frequencies: tuple[Frequencies, ...] = ()
    case: CaseFacts = field(default_factory=CaseFacts)
    _strands: dict[tuple[str, int], Strand] = field(default_factory=dict, repr=False)
    _seen: dict[tuple[str, str], _Gene | None] = field(default_factory=dict, repr=False)

    def candidates(
        self, candidates: Sequence[Candidate], enable: Collection[str] = ()
    ) -> tuple[tuple[Classification, ...], ...]:
        """The classifications of the best candidates' variants (at most ASSESSED of them), in the given order."""
        return tuple(self.candidate(c, enable) for c in candidates[:ASSESSED])

    def candidate(self, candidate: Candidate, enable: Collection[str] = ()) -> tuple[Classification, ...]:
        """One classification per variant of the candidate, in its order.

        Of a pair each is first classified without the other, and then with what the other was found to be.
        """
        facts = [self.facts(candidate, v) for v in candidate.variants]
        if len(facts) < 2:
            return tuple(assess(f, enable) for f in facts)
        alone = [assess(f, enable) for f in facts]
        in_trans = None if _has_flag(candidate, "phase_unproven") else True
        return tuple(
            assess(replace(f, family=replace(f.family, companion=_companion(o, c, in_trans))), enable)
            for f, o, c in zip(facts, reversed(facts), reversed(alone), strict=True)
        )

    def facts(self, candidate: Candidate, variant: CandidateVariant) -> Facts:
        """All facts about one variant of a candidate but the other variant of a pair."""
        shown, representative = _transcript_of(variant)
        consequence = shown.consequence if shown and representative else variant.consequence
        gene = self._gene(shown.transcript, candidate) if shown else None
        mechanisms = self._mechanisms(candidate.gene)
        mode = _mode(candidate, [mode for mode, _ in mechanisms])
        known, loss, protein = _placed(gene, variant, consequence)
        return Facts(
            variant=f"{variant.contig}:{variant.pos}:{variant.ref}:{variant.alt}",
            gene=candidate.gene,
            consequence=consequence,
            transcript=shown.transcript if shown else variant.transcript,
            representative=representative,
            elsewhere=variant.consequence,
            mode=mode,
            frequency=self._frequency(candidate, variant),
            mechanisms=tuple(fact for _, fact in mechanisms),
            loss_excluded=_has_flag(candidate, "mode_of_pathogenicity_mismatch"),
            known=known,
            loss=loss,
            protein=protein,
            missense_z=candidate.constraint.get("missense_z"),
            scores=variant.scores,
            family=self._family(candidate, variant),
            classification=variant.clinical_significance,
            stars=variant.clinical_significance_stars,
        )

    @cached_property
    def _source(self) -> KnownSource | None:
        return KnownSource(self.significance) if self.significance else None

    @cached_property
    def _covered(self) -> frozenset[str]:
        return frozenset().union(*(pack.tables.contigs() for pack in self.frequencies))

    @cached_property
    def _mechanism_rows(self) -> Mapping[str, list[int]]:
        """Gene symbol -> its rows in the mechanism pack."""
        rows: dict[str, list[int]] = {}
        for number, symbol in enumerate(
            self.mechanism["gene"].to_list() if self.mechanism is not None else ()
        ):
            rows.setdefault(symbol, []).append(number)
        return rows

    def _mechanisms(self, symbol: str) -> tuple[tuple[ModeOfInheritance, MechanismFact], ...]:
        """(mode, entry) of a gene in the mechanism pack."""
        rows = self._mechanism_rows.get(symbol)
        if self.mechanism is None or not rows:
            return ()
        return tuple(
            (
                ModeOfInheritance(row["mode"] or "UNKNOWN"),
                MechanismFact(
                    row["mechanism"] or "unknown",
                    row["confidence"] or "",
                    row["disease"] or "",
                    row["source"],
                ),
            )
            for row in self.mechanism[rows].iter_rows(named=True)
        )

    def _gene(self, transcript_id: str, candidate: Candidate) -> _Gene | None:
        key = (transcript_id, candidate.gene)
        if key not in self._seen:
            self._seen[key] = self._open_gene(transcript_id, candidate)
        return self._seen[key]

    def _open_gene(self, transcript_id: str, candidate: Candidate) -> _Gene | None:
        if self.genes is None or self.genome is None:
            return None
        found = self.genes.find((candidate.gene_id,), (candidate.gene,))
        transcript = next((t for g in found if (t := _transcript(self.genes, g, transcript_id))), None)
        if transcript is None:
            return None
        strand = self._strand(transcript)
        view = coding_view(transcript, strand)
        known = None
        if self._source is not None and not isinstance(view, str):
            known = self._source.of(view.layout, view.coding, _names(self.genes, found, candidate.gene))
        return _Gene(transcript, strand, view, known)

    def _strand(self, transcript: Transcript) -> Strand:
        assert self.genome is not None
        key = (bare_contig(transcript.contig), transcript.strand)
        if key not in self._strands:
            self._strands[key] = Strand(self.genome, transcript.contig, transcript.strand)
        return self._strands[key]

    def _frequency(self, candidate: Candidate, variant: CandidateVariant) -> FrequencyFacts:
        names = (variant.hgvs_c, *(t.hgvs_c for t in variant.transcripts))
        return FrequencyFacts(
            populations=variant.frequencies,
            covered=bare_contig(variant.contig) in self._covered if self.frequencies else None,
            exception=exception_of(candidate.gene, tuple(dict.fromkeys(n for n in names if n))),
        )

    def _family(self, candidate: Candidate, variant: CandidateVariant) -> FamilyFacts:
        genotype = variant.genotypes.get(self.case.proband or "", "")
        copies = [a for a in genotype.replace("|", "/").split("/") if a == "1"]
        hemizygous = genotype == "1"
        return FamilyFacts(
            segregation=candidate.segregation,
            origin=variant.inheritance,
            low_quality_de_novo=_has_flag(candidate, "de_novo_low_quality"),
            parentage=self.case.parentage(only_mother=hemizygous),
            homozygous=len(copies) == 2,
            phenotype_score=candidate.phenotype_score,
            phenotype_asked=self.case.phenotype_asked,
            disease=candidate.disease_name,
        )


def _transcript(genes: Genes, gene_index: int, transcript_id: str) -> Transcript | None:
    """One transcript of a gene. Only its rows are looked at: a genes pack has a quarter of a million transcripts."""
    owners = genes.transcripts["gene_index"].to_numpy()
    low, high = (int(n) for n in np.searchsorted(owners, [gene_index, gene_index + 1]))
    ids = genes.transcripts["transcript_id"][low:high].to_list()
    if transcript_id not in ids:
        return None
    number = low + ids.index(transcript_id)
    first, last = np.searchsorted(genes.exons["transcript_index"].to_numpy(), [number, number + 1])
    exons = genes.exons[int(first) : int(last)]
    alone = replace(
        genes,
        genes=genes.genes[gene_index : gene_index + 1],
        transcripts=genes.transcripts[number : number + 1],
        exons=exons.with_columns(pl.Series("transcript_index", np.zeros(exons.height, np.uint32))),
    )
    return Transcripts(alone).view(0)


def _names(genes: Genes, found: Sequence[int], symbol: str) -> tuple[str, ...]:
    """The gene's symbol and its other names, as the significance pack may call it."""
    rows = genes.genes["aliases"].gather(list(found)).to_list()
    aliases = (alias for names in rows for alias in names or ())
    return tuple(dict.fromkeys((symbol, *aliases)))


def _placed(
    gene: _Gene | None, variant: CandidateVariant, consequence: str
) -> tuple[KnownFacts | None, LossFacts, ProteinFacts]:
    """What is known beside the variant, and what it does to the transcript."""
    if gene is None:
        return None, LossFacts(unclear="the gene model or the sequence is missing"), ProteinFacts()
    if isinstance(gene.view, str):
        return None, LossFacts(unclear=gene.view), ProteinFacts()
    if not _BASES.issuperset(variant.ref + variant.alt):
        return None, LossFacts(unclear="the alleles are not plain sequences"), ProteinFacts()
    change: Change = oriented_change(variant.pos, variant.ref, variant.alt, gene.transcript.strand)
    own = _key(variant)
    protein = protein_facts(gene.view, change, consequence)
    loss = LossFacts()
    if consequence in LOSS_OF_FUNCTION:
        loss = loss_facts(gene.view, change, consequence, gene.known, own)
    known = None
    if gene.known is not None:
        known = gene.known.facts(own, protein.residue, protein.reference, protein.altered, HOT_SPOT_WINDOW)
    return known, loss, protein


def _key(variant: CandidateVariant) -> int:
    return int(allele_keys(alleles_from_text([variant.pos], [variant.ref], [variant.alt]))[0])


def _transcript_of(variant: CandidateVariant) -> tuple[TranscriptConsequence | None, bool]:
    """(the transcript to assess on, whether it is the representative one or there is none that is).

    That is the gene's representative transcript where the variant touches it, else the one whose consequence is shown.
    """
    preferred = next((t for t in variant.transcripts if t.preferred), None)
    if preferred is not None:
        return preferred, True
    shown = next((t for t in variant.transcripts if t.transcript == variant.transcript), None)
    shown = shown or min(variant.transcripts, key=lambda t: SEVERITY.get(t.consequence, 255), default=None)
    return shown, shown is None


def _has_flag(candidate: Candidate, flag: str) -> bool:
    return flag in candidate.flags or any(flag in event.flags for event in candidate.events)


def _mode(candidate: Candidate, stated: Sequence[ModeOfInheritance]) -> str:
    """Dominant or recessive: the gene's mode on the panels where it is green, else as the mechanism pack states it;
    where both are possible, the way the candidate segregates."""
    green = {parse_mode(e.mode_of_inheritance) for e in candidate.events if e.confidence == "green"}
    modes: Iterable[ModeOfInheritance | None] = green or set(stated)
    told = {m for m in modes if m is not None and m not in _UNDECIDED_MODES}
    undecided = not told or any(m in _UNDECIDED_MODES for m in modes if m is not None)
    if not undecided and told <= _RECESSIVE_MODES:
        return RECESSIVE
    if not undecided and not told & _RECESSIVE_MODES:
        return DOMINANT
    return RECESSIVE if candidate.segregation in _RECESSIVE_FILTERS else DOMINANT


def _companion(other: Facts, classified: Classification, in_trans: bool | None) -> Companion:
    """The other variant of a pair: as the significance pack classifies it, else as its own criteria do, those that
    rest on the pair (PM3, BP2) left out."""
    side = side_of(other.classification)
    if side is not None and (other.stars or 0) >= 1:
        likely = "likely" in (other.classification or "").lower().partition("/")[0]
        label = {
            Direction.PATHOGENIC: Label.LIKELY_PATHOGENIC if likely else Label.PATHOGENIC,
            Direction.BENIGN: Label.LIKELY_BENIGN if likely else Label.BENIGN,
        }[side]
        return Companion(other.variant, label.value, "the significance pack", in_trans)
    return Companion(other.variant, str(classified.label), "its own criteria", in_trans)


__all__ = ["ASSESSED", "Assessor", "CaseFacts", "case_facts"]
