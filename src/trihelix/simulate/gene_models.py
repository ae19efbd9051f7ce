"""Simulated genes: exons, introns, untranslated regions and an open reading frame written into the sequence.

Sizes are log-normal with the medians and means of human genes (Lander et al., Nature 2001; 409:860, table 21):
coding sequence 1,100 and 1,340 bases, 7 and 8.8 exons, introns 1,023 and 3,365, 5' UTR 240 and 300, 3' UTR 400
and 770 bases; long introns are cut, so that genes fit into small chromosomes. Codons are drawn by human usage
(Codon Usage Database, Homo sapiens).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from trihelix.simulate.sequence import Bases, Contig, reverse_complement

PROTEIN_CODING, LONG_NON_CODING = "protein_coding", "lncRNA"
STOP_CODONS = ("TAA", "TAG", "TGA")
STOP_SHARES = (0.30, 0.24, 0.46)
DONORS, DONOR_SHARES = (b"GTAAGT", b"GTGAGT", b"GTATGT"), (0.6, 0.3, 0.1)
LONGEST_INTRON, SHORTEST_INTRON = 6_000, 90
SHORTEST_EXON = 36
MARGIN = 500  # bases kept free on both sides of a gene

# Per thousand codons, in the order T, C, A, G of the first, the second and the third base.
_USAGE = (
    17.6, 20.3, 7.7, 12.9, 15.2, 17.7, 12.2, 4.4, 12.2, 15.3, 0, 0, 10.6, 12.6, 0, 13.2,
    13.2, 19.6, 7.2, 39.6, 17.5, 19.8, 16.9, 6.9, 10.9, 15.1, 12.3, 34.2, 4.5, 10.4, 6.2, 11.4,
    16.0, 20.8, 7.5, 22.0, 13.1, 18.9, 15.1, 6.1, 17.0, 19.1, 24.4, 31.9, 12.1, 19.5, 12.2, 12.0,
    11.0, 14.5, 7.1, 28.1, 18.4, 27.7, 15.8, 7.4, 21.8, 25.1, 29.0, 39.6, 10.8, 22.2, 16.5, 16.5,
)  # fmt: skip
CODONS = tuple(a + b + c for a in "TCAG" for b in "TCAG" for c in "TCAG")
_AMINO_ACIDS = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
AMINO_ACID = dict(zip(CODONS, _AMINO_ACIDS, strict=True))

Interval = tuple[int, int]


@dataclass(frozen=True)
class Transcript:
    """A transcript; `exons` and `cds` (stop codon included) are 1-based inclusive intervals by rising position."""

    id: str
    biotype: str
    exons: tuple[Interval, ...]
    cds: tuple[Interval, ...]

    @property
    def start(self) -> int:
        """First base."""
        return self.exons[0][0]

    @property
    def end(self) -> int:
        """Last base."""
        return self.exons[-1][1]


@dataclass(frozen=True)
class Gene:
    """A gene; its first transcript is the canonical one. `strand` is 1 or -1."""

    id: str
    symbol: str
    name: str
    biotype: str
    contig: str
    strand: int
    transcripts: tuple[Transcript, ...]

    @property
    def canonical(self) -> Transcript:
        """The transcript that reports show."""
        return self.transcripts[0]

    @property
    def start(self) -> int:
        """First base of any transcript."""
        return min(t.start for t in self.transcripts)

    @property
    def end(self) -> int:
        """Last base of any transcript."""
        return max(t.end for t in self.transcripts)

    @cached_property
    def coding_positions(self) -> NDArray[np.int64]:
        """Positions of the canonical coding bases, in reading order."""
        return coding_positions(self.canonical, self.strand)


def coding_positions(transcript: Transcript, strand: int) -> NDArray[np.int64]:
    """Positions of a transcript's coding bases, in reading order."""
    parts = [np.arange(start, end + 1) for start, end in transcript.cds]
    positions = np.concatenate(parts) if parts else np.empty(0, np.int64)
    return positions if strand > 0 else positions[::-1]


def coding_sequence(transcript: Transcript, strand: int, contig: Contig) -> str:
    """A transcript's coding bases as read by the ribosome."""
    text = "".join(contig.text(start, end) for start, end in transcript.cds).encode()
    return (text if strand > 0 else reverse_complement(text)).decode()


def translate(coding: str) -> str:
    """Amino acids of a coding sequence, * for a stop codon."""
    return "".join(AMINO_ACID[coding[i : i + 3]] for i in range(0, len(coding) - 2, 3))


@dataclass(frozen=True)
class _Layout:
    """A gene as drawn along its own direction from base 0: exons and introns in turn, and where coding begins."""

    exon_lengths: tuple[int, ...]
    intron_lengths: tuple[int, ...]
    utr5: int
    coding: int

    @property
    def length(self) -> int:
        return sum(self.exon_lengths) + sum(self.intron_lengths)

    def exons(self) -> list[Interval]:
        """Half-open intervals from base 0."""
        at, found = 0, []
        for exon, intron in zip(self.exon_lengths, (*self.intron_lengths, 0), strict=True):
            found.append((at, at + exon))
            at += exon + intron
        return found


@dataclass(frozen=True)
class GeneDraft:
    """A gene before it has a place: what it is called, and its layout."""

    id: str
    symbol: str
    name: str
    biotype: str
    layout: _Layout

    @property
    def length(self) -> int:
        """Bases from the first to the last exon."""
        return self.layout.length


def draft_coding_gene(identifier: str, symbol: str, name: str, rng: np.random.Generator) -> GeneDraft:
    """A protein-coding gene of random size."""
    coding = 3 * int(np.clip(_log_normal(1_100, 1_340, rng) // 3, 70, 1_200))
    coding_exons = int(np.clip(round(_log_normal(7, 8.8, rng)), 2, max(2, coding // (2 * SHORTEST_EXON))))
    parts = _split(coding, coding_exons, rng)
    utr5 = int(np.clip(_log_normal(240, 300, rng), 30, 1_000))
    utr3 = int(np.clip(_log_normal(400, 770, rng), 60, 2_500))
    parts[-1] += utr3
    if rng.random() < 0.4 and utr5 > 80:  # a first exon without coding bases
        within = int(rng.integers(10, 30))
        parts = [utr5 - within, parts[0] + within, *parts[1:]]
    else:
        parts[0] += utr5
    return GeneDraft(
        identifier,
        symbol,
        name,
        PROTEIN_CODING,
        _Layout(tuple(parts), _introns(len(parts), rng), utr5, coding),
    )


def draft_non_coding_gene(identifier: str, symbol: str, name: str, rng: np.random.Generator) -> GeneDraft:
    """A long non-coding RNA gene of two to four exons."""
    exons = tuple(int(n) for n in rng.integers(120, 700, int(rng.integers(2, 5))))
    return GeneDraft(
        identifier, symbol, name, LONG_NON_CODING, _Layout(exons, _introns(len(exons), rng), 0, 0)
    )


def _log_normal(median: float, mean: float, rng: np.random.Generator) -> float:
    return float(rng.lognormal(log(median), sqrt(2 * log(mean / median))))


def _introns(exons: int, rng: np.random.Generator) -> tuple[int, ...]:
    lengths = (_log_normal(1_023, 3_365, rng) for _ in range(exons - 1))
    return tuple(int(np.clip(length, SHORTEST_INTRON, LONGEST_INTRON)) for length in lengths)


def _split(total: int, parts: int, rng: np.random.Generator) -> list[int]:
    """Random lengths of at least SHORTEST_EXON that add up to `total`."""
    spare = total - parts * SHORTEST_EXON
    cuts = np.sort(rng.integers(0, spare + 1, parts - 1))
    edges = np.concatenate(([0], cuts, [spare]))
    return [int(n) + SHORTEST_EXON for n in np.diff(edges)]


def place_genes(contig: Contig, drafts: Sequence[GeneDraft], rng: np.random.Generator) -> list[Gene]:
    """Put genes on a chromosome in this order, at random distances and on random strands, and write their splice
    sites and reading frames into its sequence. ValueError when they do not fit."""
    free = len(contig) - sum(d.length + 2 * MARGIN for d in drafts)
    if free < 0:
        raise ValueError(f"the genes of {contig.name} need {-free:,} bases more than it has")
    shares = rng.exponential(1.0, len(drafts) + 1)
    gaps = np.floor(shares / shares.sum() * free).astype(int)
    genes, at = [], 0
    for draft, gap in zip(drafts, gaps[:-1].tolist(), strict=True):
        start = at + gap + MARGIN
        genes.append(_place(contig, draft, start, 1 if rng.random() < 0.5 else -1, rng))
        at = start + draft.length + MARGIN
    return genes


def _place(contig: Contig, draft: GeneDraft, start: int, strand: int, rng: np.random.Generator) -> Gene:
    """Write one gene at a 0-based start and return it with its transcripts."""
    window = contig.bases[start : start + draft.length].tobytes()
    sense = np.frombuffer(window if strand > 0 else reverse_complement(window), np.uint8).copy()
    _write_splice_sites(sense, draft.layout, rng)
    if draft.layout.coding:
        _write_reading_frame(sense, draft.layout, rng)
    text = sense.tobytes()
    contig.bases[start : start + draft.length] = np.frombuffer(
        text if strand > 0 else reverse_complement(text), np.uint8
    )
    variants = _transcript_variants(text.decode(), draft.layout, rng)
    transcripts = tuple(
        Transcript(
            f"{draft.id.replace('SIMG', 'SIMT')}{number}",
            draft.biotype,
            _on_contig(exons, start, draft.length, strand),
            _on_contig(coding, start, draft.length, strand),
        )
        for number, (exons, coding) in enumerate(variants, 1)
    )
    return Gene(draft.id, draft.symbol, draft.name, draft.biotype, contig.name, strand, transcripts)


def _on_contig(intervals: Sequence[Interval], start: int, length: int, strand: int) -> tuple[Interval, ...]:
    """Half-open intervals along the gene as 1-based inclusive ones on the chromosome."""
    if strand > 0:
        return tuple((start + a + 1, start + b) for a, b in intervals)
    return tuple((start + length - b + 1, start + length - a) for a, b in reversed(intervals))


def _write_splice_sites(sense: Bases, layout: _Layout, rng: np.random.Generator) -> None:
    """Introns begin with GTRAGT, mostly, and end with a tract of pyrimidines, any base and YAG."""
    exons = layout.exons()
    for (_, donor), (acceptor, _) in pairwise(exons):
        start = DONORS[int(rng.choice(3, p=DONOR_SHARES))]
        tract = bytes(rng.choice(np.frombuffer(b"TTC", np.uint8), 16))
        end = tract + bytes([b"ACGT"[int(rng.integers(4))], b"CCT"[int(rng.integers(3))]]) + b"AG"
        sense[donor : donor + len(start)] = np.frombuffer(start, np.uint8)
        sense[acceptor - len(end) : acceptor] = np.frombuffer(end, np.uint8)


def _write_reading_frame(sense: Bases, layout: _Layout, rng: np.random.Generator) -> None:
    """A start codon, random codons by human usage, and a stop codon over the coding bases."""
    weights = np.array(_USAGE) / sum(_USAGE)
    inner = rng.choice(len(CODONS), layout.coding // 3 - 2, p=weights)
    stop = STOP_CODONS[int(rng.choice(3, p=STOP_SHARES))]
    coding = np.frombuffer(("ATG" + "".join(CODONS[i] for i in inner) + stop).encode(), np.uint8)
    at = 0
    for start, end in _coding_parts(layout):
        sense[start:end] = coding[at : at + end - start]
        at += end - start


def _coding_parts(layout: _Layout) -> list[Interval]:
    """The coding part of every exon that has one."""
    parts, at = [], 0
    for start, end in layout.exons():
        first = max(layout.utr5 - at, 0)
        last = min(layout.utr5 + layout.coding - at, end - start)
        if first < last:
            parts.append((start + first, start + last))
        at += end - start
    return parts


def _transcript_variants(
    sense: str, layout: _Layout, rng: np.random.Generator
) -> list[tuple[list[Interval], list[Interval]]]:
    """(exons, coding parts) of the canonical transcript and of up to two others of the same gene."""
    whole = layout.exons()
    variants = [(whole, _coding_parts(layout))]
    if not layout.coding:
        return variants
    skipped = _skip_an_exon(sense, layout, rng) if rng.random() < 0.5 else None
    if skipped is not None:
        variants.append(skipped)
    if rng.random() < 0.4:
        variants.append(_trim_ends(whole, layout, rng))
    return variants


def _skip_an_exon(
    sense: str, layout: _Layout, rng: np.random.Generator
) -> tuple[list[Interval], list[Interval]] | None:
    """The gene without one coding exon, where that leaves the reading frame open."""
    whole = layout.exons()
    coding = _coding_parts(layout)
    inner = [e for e in whole if e in coding[1:-1] and (e[1] - e[0]) % 3 == 0]
    for number in rng.permutation(len(inner)).tolist():
        exons = [e for e in whole if e != inner[number]]
        kept = [c for c in coding if c != inner[number]]
        protein = translate("".join(sense[a:b] for a, b in kept))
        if "*" not in protein[:-1]:
            return exons, kept
    return None


def _trim_ends(
    whole: list[Interval], layout: _Layout, rng: np.random.Generator
) -> tuple[list[Interval], list[Interval]]:
    """The gene with shorter untranslated regions: another start of transcription, another site of cleavage."""
    coding = _coding_parts(layout)
    first = next(n for n, e in enumerate(whole) if e[1] > coding[0][0])
    exons = list(whole[first:])
    start = max(exons[0][0], coding[0][0] - int(rng.integers(5, 40)))
    end = min(exons[-1][1], coding[-1][1] + int(rng.integers(40, 200)))
    exons[0] = (start, exons[0][1])
    exons[-1] = (exons[-1][0], end)
    return exons, coding
