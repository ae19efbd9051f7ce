"""Transcripts as HGVS sees them: positions named along the reading direction, spliced sequence, coding part.

Positions here are *oriented*: a base's genomic position on a forward transcript, minus that on a reverse one, so
that they always grow from 5' to 3'.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.model.assembly import bare_contig
from trihelix.reference.genes import Genes
from trihelix.reference.genome import Genome

_COMPLEMENT = str.maketrans("ACGTNRYKMSWBDHV", "TGCANYRMKSWVHDB")
_BLOCK = 1 << 14  # bases read at once: neighbouring look-ups then cost a slice


def reverse_complement(bases: str) -> str:
    """The bases of the other strand, 5' to 3'."""
    return bases.translate(_COMPLEMENT)[::-1]


class Strand:
    """One strand of a contig, read 5' to 3' by oriented positions; N beyond the contig and where unknown."""

    def __init__(self, genome: Genome, contig: str, direction: int) -> None:
        self.contig = contig
        self.direction = direction
        self.known = bare_contig(contig) in genome.names
        length = genome.lengths.get(bare_contig(contig), 0)
        self.last = length if direction > 0 else -1
        self._genome = genome
        self._block = (0, -1, "")

    def bases(self, first: int, last: int) -> str:
        """The bases first..last (oriented, inclusive)."""
        if self.direction > 0:
            return self._forward(first, last)
        return reverse_complement(self._forward(-last, -first))

    def _forward(self, start: int, end: int) -> str:
        low, high, text = self._block
        if start < low or end > high:
            if end - start >= _BLOCK:
                return self._genome.fetch(self.contig, start, end)
            low, high = start - _BLOCK, end + _BLOCK
            text = self._genome.fetch(self.contig, low, high)
            self._block = (low, high, text)
        return text[start - low : end - low + 1]


@dataclass(frozen=True)
class Transcript:
    """A transcript of a genes pack.

    `exons` are oriented (first, last) pairs, 5' to 3'; `coding` is the half-open range of the coding sequence,
    stop codon included, within the spliced transcript, or None. `accession` precedes c. and n. names,
    `protein_accession` p. names; gene packs do not know the latter, so it is empty unless the caller sets it.
    """

    accession: str
    contig: str
    strand: int
    exons: tuple[tuple[int, int], ...]
    coding: tuple[int, int] | None = None
    start_incomplete: bool = False
    irregular: bool = (
        False  # coding parts that are not the exons between start and stop, as in a ribosomal slip
    )
    protein_accession: str = ""

    @property
    def first(self) -> int:
        """The oriented position of the first base."""
        return self.exons[0][0]

    @property
    def last(self) -> int:
        """The oriented position of the last base."""
        return self.exons[-1][1]

    @property
    def is_mitochondrial(self) -> bool:
        """Whether the vertebrate mitochondrial code applies."""
        return bare_contig(self.contig) == "MT"

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(first for first, _ in self.exons)

    @cached_property
    def _offsets(self) -> tuple[int, ...]:
        lengths = [last - first + 1 for first, last in self.exons]
        return tuple(sum(lengths[:n]) for n in range(len(lengths)))

    def covers(self, first: int, last: int) -> bool:
        """Whether first..last lies between the transcript's ends, introns included."""
        return self.first <= first and last <= self.last

    def spliced_range(self, first: int, last: int) -> tuple[int, int] | None:
        """The 0-based half-open range of first..last in the spliced transcript; None unless within one exon."""
        at = bisect_right(self._starts, first) - 1
        if at < 0 or last > self.exons[at][1]:
            return None
        shift = self._offsets[at] - self.exons[at][0]
        return first + shift, last + shift + 1

    def position_name(self, position: int) -> str:
        """The name of a base (123, -12, *45, 123+4, -12-3), as in "Numbering" of hgvs-nomenclature.org.

        The middle base of an intron of odd length counts from the exon before it.
        """
        at = bisect_right(self._starts, position) - 1
        first, last = self.exons[at]
        spliced_last = self._offsets[at] + last - first
        if position <= last:
            return self._base_name(spliced_last - last + position)
        after, before = position - last, self.exons[at + 1][0] - position
        if after <= before:
            return f"{self._base_name(spliced_last)}+{after}"
        return f"{self._base_name(spliced_last + 1)}-{before}"

    def _base_name(self, spliced: int) -> str:
        if self.coding is None:
            return str(spliced + 1)
        start, end = self.coding
        if spliced < start:
            return str(spliced - start)
        return str(spliced - start + 1) if spliced < end else f"*{spliced - end + 1}"

    def spliced_sequence(self, strand: Strand) -> str:
        """The bases of the exons, 5' to 3'."""
        return "".join(strand.bases(first, last) for first, last in self.exons)


class Transcripts:
    """Makes transcript views from a genes pack; opening it costs a few milliseconds, a view some microseconds."""

    def __init__(self, genes: Genes) -> None:
        table = genes.transcripts.join(
            genes.genes.select("gene_index", "contig"), on="gene_index", how="left", maintain_order="left"
        )
        self._columns: dict[str, list[Any]] = {
            name: table[name].to_list()
            for name in (
                "transcript_id", "transcript_version", "contig", "strand", "cds_start", "cds_end", "cds_length",
                "start_incomplete",
            )
        }  # fmt: skip
        self._bounds = np.searchsorted(
            genes.exons["transcript_index"].to_numpy(), np.arange(genes.transcripts.height + 1)
        )
        self._start: NDArray[np.integer] = genes.exons["start"].to_numpy()
        self._end: NDArray[np.integer] = genes.exons["end"].to_numpy()

    def view(self, transcript_index: int) -> Transcript | None:
        """The transcript of this index, or None where the pack holds no exon of it."""
        low, high = int(self._bounds[transcript_index]), int(self._bounds[transcript_index + 1])
        if low == high:
            return None
        row = {name: values[transcript_index] for name, values in self._columns.items()}
        exons = _oriented(self._start[low:high].tolist(), self._end[low:high].tolist(), row["strand"])
        coding = _coding_range(exons, row) if row["cds_start"] else None
        version = row["transcript_version"]
        return Transcript(
            accession=row["transcript_id"] + (f".{version}" if version is not None else ""),
            contig=row["contig"],
            strand=row["strand"],
            exons=exons,
            coding=coding,
            start_incomplete=row["start_incomplete"],
            irregular=coding is not None and coding[1] - coding[0] != row["cds_length"],
        )


def _oriented(starts: Sequence[int], ends: Sequence[int], strand: int) -> tuple[tuple[int, int], ...]:
    if strand > 0:
        return tuple(zip(starts, ends, strict=True))
    return tuple((-end, -start) for start, end in zip(reversed(starts), reversed(ends), strict=True))


def _coding_range(exons: tuple[tuple[int, int], ...], row: dict[str, Any]) -> tuple[int, int]:
    ends = (row["cds_start"], row["cds_end"])
    first, last = ends if row["strand"] > 0 else (-ends[1], -ends[0])
    before = sum(max(min(e, first - 1) - s + 1, 0) for s, e in exons)
    upto = sum(max(min(e, last) - s + 1, 0) for s, e in exons)
    return before, upto
