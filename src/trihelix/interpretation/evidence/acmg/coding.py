"""A transcript as the rules need it: coding sequence, exon borders along it, and what a change makes of both.

Coding positions count from 0 at the first base of the start codon; bases before it are negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from trihelix.annotation.hgvs_placement import Change
from trihelix.annotation.hgvs_protein import Coding, translate
from trihelix.annotation.hgvs_transcript import Strand, Transcript
from trihelix.interpretation.evidence.acmg.facts import LossFacts, LossKind, ProteinFacts
from trihelix.interpretation.evidence.acmg.known import KnownVariants, Layout
from trihelix.interpretation.evidence.acmg.loss_of_function import NMD_BASES

EXON_EDGE = 3
SPLICE_SITE = 2
_NO_STOP = "no stop codon follows until the transcript's end"


@dataclass(frozen=True)
class CodingView:
    """A coding transcript: `exons` are half-open ranges of coding positions, `coding` the bases from c.1 on."""

    transcript: Transcript
    exons: tuple[tuple[int, int], ...]
    coding: Coding

    @property
    def length(self) -> int:
        """Coding bases, stop codon included."""
        return self.coding.length

    @property
    def residues(self) -> int:
        """Amino acids of the protein."""
        return len(self.coding.protein.rstrip("*"))

    @cached_property
    def layout(self) -> Layout:
        """The exons as columns, for placing many variants at once."""
        first, last = (np.array([e[n] for e in self.transcript.exons], np.int64) for n in (0, 1))
        offset = np.array([start for start, _ in self.exons], np.int64)
        return Layout(self.transcript.contig, self.transcript.strand, first, last, offset)

    @cached_property
    def last_junction(self) -> int | None:
        """The coding position after the last exon junction; None for a single exon."""
        return self.exons[-1][0] if len(self.exons) > 1 else None

    def range_of(self, change: Change) -> tuple[int, int] | None:
        """The half-open coding range that a change replaces; None unless within one exon."""
        if change.last >= change.first:
            spliced = self.transcript.spliced_range(change.first, change.last)
            return None if spliced is None else (spliced[0] - self._start, spliced[1] - self._start)
        after = self.transcript.spliced_range(change.first, change.first)
        if after is not None:
            return after[0] - self._start, after[0] - self._start
        before = self.transcript.spliced_range(change.last, change.last)
        return None if before is None else (before[1] - self._start, before[1] - self._start)

    @property
    def _start(self) -> int:
        assert self.transcript.coding is not None
        return self.transcript.coding[0]


def coding_view(transcript: Transcript, strand: Strand) -> CodingView | str:
    """The view, or why there is none."""
    if transcript.coding is None:
        return "the transcript is not coding"
    if transcript.start_incomplete or transcript.irregular:
        return "the reading frame of the transcript is not certain"
    if not strand.known:
        return "the genome pack has no sequence there"
    start, end = transcript.coding
    exons, at = [], -start
    for first, last in transcript.exons:
        exons.append((at, at + last - first + 1))
        at += last - first + 1
    bases = transcript.spliced_sequence(strand)[start:]
    view = CodingView(transcript, tuple(exons), Coding(bases, end - start, transcript.is_mitochondrial))
    return view.coding.flaw or view


def loss_facts(
    view: CodingView, change: Change, consequence: str, known: KnownVariants | None, own: int
) -> LossFacts:
    """What a loss-of-function variant does; `own` is the variant's key, left out of what is known."""
    if consequence == "transcript_ablation":
        return LossFacts(kind=LossKind.WHOLE_GENE)
    if consequence in ("splice_donor_variant", "splice_acceptor_variant"):
        return _splice_loss(view, change, known, own)
    if consequence in ("start_lost", "initiator_codon_variant"):
        return _start_loss(view, known, own)
    place = view.range_of(change)
    if place is None or place[0] < 0:
        return LossFacts(unclear="the change is not wholly within one coding exon")
    kind = LossKind.NONSENSE if consequence == "stop_gained" else LossKind.FRAMESHIFT
    return _truncation(view, kind, place, change.inserted, known, own)


def _truncation(
    view: CodingView,
    kind: LossKind,
    place: tuple[int, int],
    inserted: str,
    known: KnownVariants | None,
    own: int,
) -> LossFacts:
    low, high = place
    first = low // 3
    changed = view.coding.sequence[:low] + inserted + view.coding.sequence[high:]
    stop = _first_stop(view, changed, first)
    removed, count = _part(view, known, own, first, view.residues)
    if stop is None:
        return LossFacts(kind, where=_NO_STOP, removed=removed, removed_pathogenic=count)
    shift = len(inserted) - (high - low)
    junction = view.last_junction
    if junction is not None and low < junction:
        junction += shift
    decays, where = _decay(stop, junction)
    return LossFacts(kind, decays=decays, where=where, removed=removed, removed_pathogenic=count)


def _first_stop(view: CodingView, bases: str, first: int) -> int | None:
    """The position of the first stop codon from residue `first` (from 0) on."""
    at = translate(bases[3 * first :], view.coding.code).find("*")
    return None if at < 0 else 3 * (first + at)


def _decay(stop: int, junction: int | None) -> tuple[bool, str]:
    """Whether a new stop codon causes decay, by the rule of 50 bases, and the reason."""
    if junction is None:
        return False, "the transcript has a single exon"
    before = junction - stop
    if before > NMD_BASES:
        return True, f"the new stop codon lies {before} bases before the last exon junction"
    if before > 0:
        return False, f"the new stop codon lies in the last {NMD_BASES} bases before the last exon junction"
    return False, "the new stop codon lies in the last exon"


def _part(view: CodingView, known: KnownVariants | None, own: int, first: int, end: int) -> tuple[float, int]:
    """(share of the protein, known pathogenic variants) of the residues first..end (from 0, half-open)."""
    share = max(end - first, 0) / view.residues if view.residues else 0.0
    return round(min(share, 1.0), 4), known.pathogenic_between(first, end, own) if known else 0


def _splice_loss(view: CodingView, change: Change, known: KnownVariants | None, own: int) -> LossFacts:
    exon = _skipped_exon(view, change)
    if exon is None:
        return LossFacts(unclear="the splice site that is lost could not be told")
    start, end = view.exons[exon]
    low, high = max(start, 0), min(end, view.length)
    name = f"exon {exon + 1} of {len(view.exons)}"
    if low >= high:
        return LossFacts(kind=LossKind.NONE, where=f"{name} is not coding")
    if low == 0:
        return _start_loss(view, known, own)
    if high == view.length:
        removed, count = _part(view, known, own, low // 3, view.residues)
        where = f"{name}, which holds the stop codon, is skipped"
        return LossFacts(LossKind.SPLICE, where=where, removed=removed, removed_pathogenic=count)
    if (high - low) % 3 == 0:
        removed, count = _part(view, known, own, low // 3, -(-high // 3))
        return LossFacts(
            LossKind.SPLICE,
            in_frame=True,
            where=f"{name} is skipped",
            removed=removed,
            removed_pathogenic=count,
        )
    return _shifted_by_skip(view, name, (low, high), known, own)


def _shifted_by_skip(
    view: CodingView, name: str, skipped: tuple[int, int], known: KnownVariants | None, own: int
) -> LossFacts:
    """Skipping an exon whose length is no multiple of three: where the new frame stops decides."""
    low, high = skipped
    removed, count = _part(view, known, own, low // 3, view.residues)
    stop = _first_stop(view, view.coding.sequence[:low] + view.coding.sequence[high:], low // 3)
    if stop is None:
        where = f"{name} is skipped and {_NO_STOP}"
        return LossFacts(LossKind.SPLICE, where=where, removed=removed, removed_pathogenic=count)
    assert view.last_junction is not None
    decays, where = _decay(stop, view.last_junction - (high - low))
    where = f"{name} is skipped and {where}"
    return LossFacts(LossKind.SPLICE, decays=decays, where=where, removed=removed, removed_pathogenic=count)


def _skipped_exon(view: CodingView, change: Change) -> int | None:
    """The exon that is skipped when the splice site within the change is lost: the one the site belongs to."""
    exons = view.transcript.exons
    first, last = min(change.first, change.last), max(change.first, change.last)
    for number in range(len(exons) - 1):
        donor, acceptor = exons[number][1], exons[number + 1][0]
        if first <= donor + SPLICE_SITE and last > donor:
            return number
        if first < acceptor and last >= acceptor - SPLICE_SITE:
            return number + 1
    return None


def _start_loss(view: CodingView, known: KnownVariants | None, own: int) -> LossFacts:
    following = view.coding.protein.find("M", 1)
    if following < 0:
        return LossFacts(LossKind.START, removed=1.0)
    count = known.pathogenic_between(1, following, own) if known else 0
    removed = round(following / view.residues, 4)
    return LossFacts(LossKind.START, removed=removed, next_met=following + 1, before_next_met=count)


def protein_facts(view: CodingView, change: Change, consequence: str) -> ProteinFacts:
    """Where a change lies in the protein and what it makes of it."""
    place = view.range_of(change)
    if place is None:
        return ProteinFacts(intron_distance=_intron_distance(view, change))
    edge = _at_exon_edge(view, place)
    if consequence.startswith("inframe"):
        size = -(-abs(len(change.inserted) - len(change.removed)) // 3)
        return ProteinFacts(
            changed_residues=size or None, repeat_copies=_copies(view, place, change), exon_edge=edge
        )
    low, high = place
    if low < 0 or high > view.length or len(change.inserted) != high - low or low == high:
        return ProteinFacts(exon_edge=edge)
    start, end = low // 3, -(-high // 3)
    old = view.coding.protein[start:end]
    bases = view.coding.sequence
    new = translate(bases[3 * start : low] + change.inserted + bases[high : 3 * end], view.coding.code)
    differing = [n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b]
    if len(differing) != 1:
        return ProteinFacts(exon_edge=edge)
    at = differing[0]
    return ProteinFacts(residue=start + at + 1, reference=old[at], altered=new[at], exon_edge=edge)


def _at_exon_edge(view: CodingView, place: tuple[int, int]) -> bool:
    low, high = place
    last = len(view.exons) - 1
    for number, (start, end) in enumerate(view.exons):
        if start <= low and high <= end:
            return (number > 0 and low < start + EXON_EDGE) or (number < last and high > end - EXON_EDGE)
    return False


def _intron_distance(view: CodingView, change: Change) -> int | None:
    """Bases from the nearest exon, as in c.123+7 (7) and c.124-21 (-21); None where no intron holds the change."""
    exons = view.transcript.exons
    for (_, donor), (acceptor, _) in pairwise(exons):
        if donor < change.first and change.last < acceptor:
            after, before = change.first - donor, acceptor - max(change.last, change.first)
            return after if after <= before else -before
    return None


def _copies(view: CodingView, place: tuple[int, int], change: Change) -> int:
    """How often the smallest unit of what is inserted or removed stands side by side in the reference."""
    unit = change.removed or change.inserted
    size = next(n for n in range(1, len(unit) + 1) if unit == (unit[:n] * (len(unit) // n + 1))[: len(unit)])
    best, bases, low = 0, view.coding.sequence, max(place[0], 0)
    for turn in range(size):
        turned = unit[turn:size] + unit[:turn]
        count, at = 0, low + turn
        while bases[at : at + size] == turned:
            count, at = count + 1, at + size
        at = low + turn - size
        while at >= 0 and bases[at : at + size] == turned:
            count, at = count + 1, at - size
        best = max(best, count)
    return best
