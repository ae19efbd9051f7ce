"""Small variants with a wanted effect on a simulated gene: missense, stop, frameshift, splice site and others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from trihelix.simulate.gene_models import AMINO_ACID, Gene
from trihelix.simulate.sequence import Bases, Contig, reverse_complement

EDGE = 4  # coding bases at the ends of an exon that are left alone: they would be splice-region changes too
INTACT_END = 0.85  # truncations lie in this first part of the protein, where they are not tolerated
TRIES = 500
_TRANSITION = {"A": "G", "G": "A", "C": "T", "T": "C"}


class Effect(StrEnum):
    """What a variant does to the canonical transcript, in Sequence Ontology terms."""

    MISSENSE = "missense_variant"
    SYNONYMOUS = "synonymous_variant"
    STOP_GAINED = "stop_gained"
    FRAMESHIFT = "frameshift_variant"
    INFRAME_DELETION = "inframe_deletion"
    SPLICE_DONOR = "splice_donor_variant"
    SPLICE_ACCEPTOR = "splice_acceptor_variant"


LOSS_OF_FUNCTION = frozenset(
    {Effect.STOP_GAINED, Effect.FRAMESHIFT, Effect.SPLICE_DONOR, Effect.SPLICE_ACCEPTOR}
)
SO_ACCESSION = {
    Effect.MISSENSE: "SO:0001583",
    Effect.SYNONYMOUS: "SO:0001819",
    Effect.STOP_GAINED: "SO:0001587",
    Effect.FRAMESHIFT: "SO:0001589",
    Effect.INFRAME_DELETION: "SO:0001822",
    Effect.SPLICE_DONOR: "SO:0001575",
    Effect.SPLICE_ACCEPTOR: "SO:0001574",
}


@dataclass(frozen=True, order=True)
class Allele:
    """An allele on the forward strand, trimmed and left-aligned; `pos` is 1-based."""

    contig: str
    pos: int
    ref: str
    alt: str

    def __str__(self) -> str:
        return f"{self.contig}-{self.pos}-{self.ref}-{self.alt}"

    @property
    def end(self) -> int:
        """The last base of REF."""
        return self.pos + len(self.ref) - 1


def left_aligned_start(bases: Bases, first: int, length: int) -> int:
    """The 0-based place to which the event on bases first .. first + length moves when it is left-aligned.

    Deleting these bases, or repeating them, is the same change anywhere in a repeat (Tan, Abecasis and Kang,
    Bioinformatics 2015; 31:2202).
    """
    while first > 1 and bases[first - 1] == bases[first + length - 1]:
        first -= 1
    return first


def deletion(contig: Contig, first: int, length: int) -> Allele:
    """The left-aligned deletion of `length` bases from the 0-based place `first`."""
    first = left_aligned_start(contig.bases, first, length)
    return Allele(contig.name, first, contig.text(first, first + length), contig.text(first, first))


def duplication(contig: Contig, first: int, length: int) -> Allele:
    """The left-aligned tandem duplication of `length` bases from the 0-based place `first`."""
    removed = deletion(contig, first, length)
    return Allele(contig.name, removed.pos, removed.alt, removed.ref)


def draw_change(gene: Gene, contig: Contig, effect: Effect, rng: np.random.Generator) -> Allele:
    """A random variant with this effect on the canonical transcript. ValueError where the gene offers none."""
    draw = _DRAWERS[effect]
    for _ in range(TRIES):
        allele = draw(gene, contig, effect, rng)
        if allele is not None:
            return allele
    raise ValueError(f"{gene.symbol} has no place for a {effect.value}")


def effect_of_substitution(gene: Gene, contig: Contig, place: int, alt: str) -> Effect | None:
    """What a base (on the forward strand) does at the coding base number `place`; None for start and stop codons."""
    first = place - place % 3
    if first == 0 or first >= len(gene.coding_positions) - 3:
        return None
    codon = _codon(gene, contig, first)
    new = codon[: place % 3] + _sense(alt, gene) + codon[place % 3 + 1 :]
    before, after = AMINO_ACID[codon], AMINO_ACID[new]
    if before == after:
        return Effect.SYNONYMOUS
    return Effect.STOP_GAINED if after == "*" else Effect.MISSENSE


def _codon(gene: Gene, contig: Contig, first: int) -> str:
    positions = gene.coding_positions[first : first + 3]
    bases = "".join(chr(contig.bases[p - 1]) for p in positions)
    return bases if gene.strand > 0 else bases.translate(str.maketrans("ACGT", "TGCA"))


def _sense(base: str, gene: Gene) -> str:
    return base if gene.strand > 0 else reverse_complement(base.encode()).decode()


def is_inner(gene: Gene, pos: int, end: int) -> bool:
    """Whether pos .. end lie within one canonical coding part, away from its edges."""
    return any(a + EDGE <= pos and end <= b - EDGE for a, b in gene.canonical.cds)


def _draw_substitution(gene: Gene, contig: Contig, effect: Effect, rng: np.random.Generator) -> Allele | None:
    total = len(gene.coding_positions)
    place = int(rng.integers(3, int(total * INTACT_END) if effect is Effect.STOP_GAINED else total - 3))
    pos = int(gene.coding_positions[place])
    ref = contig.text(pos, pos)
    others = [b for b in "ACGT" if b not in (ref, _TRANSITION[ref])]
    alt = _TRANSITION[ref] if rng.random() < 0.6 else others[int(rng.integers(2))]
    if not is_inner(gene, pos, pos) or effect_of_substitution(gene, contig, place, alt) is not effect:
        return None
    return Allele(contig.name, pos, ref, alt)


def _draw_frameshift(gene: Gene, contig: Contig, _: Effect, rng: np.random.Generator) -> Allele | None:
    place = int(rng.integers(6, int(len(gene.coding_positions) * INTACT_END)))
    first = int(gene.coding_positions[place]) - 1
    length = int(rng.choice((1, 1, 1, 2, 2, 4)))
    allele = (deletion if rng.random() < 0.65 else duplication)(contig, first, length)
    inside = is_inner(gene, allele.pos, first + length)
    return allele if inside and not _touches_ends(gene, allele.pos, first + length) else None


def _draw_inframe_deletion(gene: Gene, contig: Contig, _: Effect, rng: np.random.Generator) -> Allele | None:
    first = int(gene.coding_positions[int(rng.integers(6, len(gene.coding_positions) - 9))]) - 1
    allele = deletion(contig, first, 3)
    inside = is_inner(gene, allele.pos, first + 3)
    return allele if inside and not _touches_ends(gene, allele.pos, first + 3) else None


def _touches_ends(gene: Gene, pos: int, end: int) -> bool:
    """Whether pos .. end reach the start or the stop codon."""
    ends = (*gene.coding_positions[:6], *gene.coding_positions[-6:])
    return any(pos <= p <= end for p in ends)


def _draw_splice_site(gene: Gene, contig: Contig, effect: Effect, rng: np.random.Generator) -> Allele | None:
    """A change of the GT or the AG of an intron between two coding exons."""
    spans = gene.canonical.cds
    if len(spans) < 2:
        return None
    number = int(rng.integers(len(spans) - 1))
    (_, left), (right, _) = spans[number], spans[number + 1]
    at_left = (effect is Effect.SPLICE_DONOR) == (gene.strand > 0)
    pos = left + 1 + int(rng.integers(2)) if at_left else right - 1 - int(rng.integers(2))
    ref = contig.text(pos, pos)
    others = [b for b in "ACGT" if b != ref]
    return Allele(contig.name, pos, ref, others[int(rng.integers(3))])


_DRAWERS: dict[Effect, Callable[[Gene, Contig, Effect, np.random.Generator], Allele | None]] = {
    Effect.MISSENSE: _draw_substitution,
    Effect.SYNONYMOUS: _draw_substitution,
    Effect.STOP_GAINED: _draw_substitution,
    Effect.FRAMESHIFT: _draw_frameshift,
    Effect.INFRAME_DELETION: _draw_inframe_deletion,
    Effect.SPLICE_DONOR: _draw_splice_site,
    Effect.SPLICE_ACCEPTOR: _draw_splice_site,
}
