"""HGVS names of variants: g. (or m.) on the chromosome, c. (or n.) on a transcript, p. on its protein.

The rules are those of https://hgvs-nomenclature.org; each module of this group names the sections it follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import polars as pl

from trihelix.annotation.hgvs_accessions import genomic_accession
from trihelix.annotation.hgvs_placement import Kind, Placement, describe, oriented_change, place
from trihelix.annotation.hgvs_protein import UNKNOWN, Coding, protein_change
from trihelix.annotation.hgvs_transcript import Strand, Transcript, Transcripts
from trihelix.model.assembly import bare_contig
from trihelix.reference.genes import Genes
from trihelix.reference.genome import Genome

_BASES = frozenset("ACGTN")
_NO_SEQUENCE = "the genome pack has no sequence there"

SCHEMA: dict[str, Any] = {
    "variant": pl.UInt32,
    "transcript_index": pl.UInt32,
    "hgvs_c": pl.String,
    "hgvs_p": pl.String,
    "hgvs_g": pl.String,
}


@dataclass(frozen=True)
class Hgvs:
    """The names of one variant; `reasons` says under g, c or p why that name is None."""

    g: str | None
    c: str | None
    p: str | None
    reasons: Mapping[str, str] = field(default_factory=dict)


class Named(NamedTuple):
    """A name, or None and the reason."""

    name: str | None
    reason: str = ""


def write_hgvs(
    contig: str,
    pos: int,
    ref: str,
    alt: str,
    transcript: Transcript | None,
    genome: Genome,
    *,
    assembly: str | None = None,
    stop: str = "Ter",
) -> Hgvs:
    """The names of one VCF allele (1-based `pos`); alleles need not be normalised.

    `assembly` (GRCh37, GRCh38) puts the RefSeq accession before the g. name instead of the contig's name. `stop`
    is Ter or *. A name is None, with the reason, where HGVS allows none: for instance a base outside the
    transcript. For a table of variants use write_hgvs_table.
    """
    writer = _Writer(genome, assembly, stop)
    g = writer.genomic(contig, pos, ref, alt)
    c, p = writer.on_transcript(contig, pos, ref, alt, transcript)
    found = {"g": g, "c": c, "p": p}
    return Hgvs(g.name, c.name, p.name, {key: n.reason for key, n in found.items() if n.name is None})


def write_hgvs_table(
    variants: pl.DataFrame, genes: Genes, genome: Genome, *, assembly: str | None = None, stop: str = "Ter"
) -> pl.DataFrame:
    """The names of many variants: one row for each of `variants`, in its order; columns are those of SCHEMA.

    `variants` has columns variant, contig, pos, ref, alt, transcript_index (null: g. only).
    """
    transcripts = Transcripts(genes)
    writer = _Writer(genome, assembly, stop)
    order = variants.with_row_index("row").sort("transcript_index", "contig", "pos", maintain_order=True)
    views: tuple[int | None, Transcript | None] = (None, None)
    genomic: dict[int, str | None] = {}
    rows = []
    for row, variant, contig, pos, ref, alt, index in _alleles(order):
        if views[0] != index:
            views = (index, None if index is None else transcripts.view(index))
        if variant not in genomic:
            genomic[variant] = writer.genomic(contig, pos, ref, alt).name
        c, p = writer.on_transcript(contig, pos, ref, alt, views[1])
        rows.append((row, variant, index, c.name, p.name, genomic[variant]))
    named = pl.DataFrame(rows, schema={"row": pl.UInt32, **SCHEMA}, orient="row")
    return named.sort("row").drop("row")


def _alleles(variants: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    columns = ("row", "variant", "contig", "pos", "ref", "alt", "transcript_index")
    yield from variants.select(columns).iter_rows()


class _Writer:
    """Keeps what neighbouring variants share: the strand being read and the coding sequence of a transcript."""

    def __init__(self, genome: Genome, assembly: str | None, stop: str) -> None:
        self._genome = genome
        self._assembly = assembly
        self._stop = stop
        self._strands: dict[tuple[str, int], Strand] = {}
        self._coding: tuple[Transcript | None, Coding | None] = (None, None)

    def _strand(self, contig: str, direction: int) -> Strand:
        key = (bare_contig(contig), direction)
        if key not in self._strands:
            self._strands[key] = Strand(self._genome, contig, direction)
        return self._strands[key]

    def genomic(self, contig: str, pos: int, ref: str, alt: str) -> Named:
        """The g. name, or m. on the mitochondrial genome."""
        if reason := _unwritable(ref, alt):
            return Named(None, reason)
        strand = self._strand(contig, 1)
        change = oriented_change(pos, ref, alt, 1)
        if not strand.known and not (change.removed and change.inserted):
            return Named(None, _NO_SEQUENCE)
        placement = place(change, strand, (1, strand.last or 1 << 40))
        if placement is None:
            return Named(None, "the change reaches beyond the contig")
        kind = "m" if bare_contig(contig) == "MT" else "g"
        return Named(f"{genomic_accession(self._assembly, contig)}:{kind}.{describe(placement, str)}")

    def on_transcript(
        self, contig: str, pos: int, ref: str, alt: str, transcript: Transcript | None
    ) -> tuple[Named, Named]:
        """The c. or n. name and the p. name."""
        reason = "no transcript was given" if transcript is None else _unwritable(ref, alt)
        if transcript is not None and bare_contig(contig) != bare_contig(transcript.contig):
            reason = "the transcript lies on another contig"
        if transcript is None or reason:
            return Named(None, reason), Named(None, reason)
        strand = self._strand(transcript.contig, transcript.strand)
        change = oriented_change(pos, ref, alt, transcript.strand)
        if not strand.known and not (change.removed and change.inserted):
            return Named(None, _NO_SEQUENCE), Named(None, _NO_SEQUENCE)
        placement = place(change, strand, (transcript.first, transcript.last))
        if placement is None:
            reason = "the change is not wholly within the transcript"
            return Named(None, reason), Named(None, reason)
        kind = "n" if transcript.coding is None else "c"
        described = describe(placement, transcript.position_name)
        return Named(f"{transcript.accession}:{kind}.{described}"), self._protein(
            placement, transcript, strand
        )

    def _protein(self, placement: Placement, transcript: Transcript, strand: Strand) -> Named:
        if reason := _no_protein(transcript):
            return Named(None, reason)
        assert transcript.coding is not None
        where = _coding_place(placement, transcript, transcript.coding)
        if where is None:
            return self._named_protein(transcript, UNKNOWN)
        if not strand.known:
            return Named(None, _NO_SEQUENCE)
        coding = self._coding_of(transcript, strand)
        if coding.flaw:
            return Named(None, coding.flaw)
        change = protein_change(coding, *where, placement.change.inserted)
        return self._named_protein(transcript, change)

    def _named_protein(self, transcript: Transcript, change: str) -> Named:
        text = change if self._stop == "Ter" else change.replace("Ter", self._stop)
        prefix = f"{transcript.protein_accession}:" if transcript.protein_accession else ""
        return Named(f"{prefix}p.{text}")

    def _coding_of(self, transcript: Transcript, strand: Strand) -> Coding:
        held, coding = self._coding
        if coding is None or held is not transcript:
            assert transcript.coding is not None
            start, end = transcript.coding
            bases = transcript.spliced_sequence(strand)[start:]
            coding = Coding(bases, end - start, transcript.is_mitochondrial)
            self._coding = (transcript, coding)
        return coding


def _unwritable(ref: str, alt: str) -> str:
    if not ref or not alt or not _BASES.issuperset(ref) or not _BASES.issuperset(alt):
        return "an allele is not a plain sequence of bases"
    return "REF and ALT are the same" if ref == alt else ""


def _no_protein(transcript: Transcript) -> str:
    if transcript.coding is None:
        return "the transcript is not coding"
    if transcript.start_incomplete:
        return "the start of the coding sequence is not known, so residues cannot be numbered"
    if transcript.irregular:
        return "the coding parts do not follow the exons"
    return ""


def _coding_place(
    placement: Placement, transcript: Transcript, coding: tuple[int, int]
) -> tuple[int, int] | None:
    """The bases replaced, 0-based half-open from c.1; None where they, or the flanks of an insertion, are intronic
    or untranslated: the effect on the protein is then unknown (p.?)."""
    spliced = transcript.spliced_range(*placement.named)
    if spliced is None:
        return None
    low, high = spliced[0] - coding[0], spliced[1] - coding[0]
    length = coding[1] - coding[0]
    if placement.kind is Kind.INSERTION:
        return (high - 1, high - 1) if low >= 0 and high <= length else None
    if high <= 0 or low >= length:
        return None
    return (high, high) if placement.kind is Kind.DUPLICATION else (low, high)


__all__ = ["SCHEMA", "Hgvs", "Transcript", "Transcripts", "write_hgvs", "write_hgvs_table"]
