"""Rows of a file normalised and sorted while they stream: held back until nothing can come before them any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from trihelix.model.errors import ReferenceMismatchError
from trihelix.reference.genome import Genome
from trihelix.variants.normalise import MISMATCH, AlleleColumns, normalise_alleles
from trihelix.variants.store.genotypes import PASSING, Genotypes
from trihelix.variants.store.intake.merging import in_order
from trihelix.variants.store.parts.rows import concatenate, slice_rows, with_own_bases

HOLD_BACK = 20_000  # bases; a repeat along which an allele moves left is shorter


@dataclass
class Sorter:
    """The rows of one contig in order; `filters` numbers FILTER texts. `written` is where the rows that were given out end: none comes before."""

    contig: str
    genome: Genome | None
    where: str
    filters: Mapping[str, int]
    written: int = 0
    moved: int = 0
    left_in_place: int = 0
    _held: list[Genotypes] = field(default_factory=list)

    def add(self, genotypes: Genotypes) -> Genotypes | None:
        """Takes the next rows of the file and gives those that are settled, sorted; None where none is.

        Raises ReferenceMismatchError where REF disagrees with the genome.
        """
        if not len(genotypes):
            return None
        last = int(genotypes.sites.pos.max())
        self._held.append(self._normalised(genotypes))
        return self._give(last - HOLD_BACK)

    def rest(self) -> Genotypes | None:
        """The rows that are left, at the end of the contig."""
        return self._give(None)

    def _give(self, before: int | None) -> Genotypes | None:
        if not self._held or (before is not None and before <= self.written):
            return None
        rows = in_order(concatenate(self._held), [self.filters[t] for t in PASSING if t in self.filters])
        cut = len(rows) if before is None else int(np.searchsorted(rows.sites.pos, before, "left"))
        if not cut:
            self._held = [with_own_bases(rows)]
            return None
        self.written = int(rows.sites.pos[-1]) + 1 if before is None else before
        if cut == len(rows):
            self._held = []
            return rows
        self._held = [with_own_bases(slice_rows(rows, cut, len(rows)))]
        return slice_rows(rows, 0, cut)

    def _normalised(self, genotypes: Genotypes) -> Genotypes:
        s = genotypes.sites
        alleles = AlleleColumns(s.pos, s.ref_start, s.ref_len, s.alt_start, s.alt_len, s.blob)
        made, changed, status = normalise_alleles(self.contig, alleles, self.genome)
        if self.genome is not None and (status == MISMATCH).any():
            raise self._mismatch(genotypes, np.flatnonzero(status == MISMATCH))
        if not len(changed):
            return genotypes
        too_far = changed[made.pos[changed] < self.written]
        for one, other in zip(made[:-1], alleles[:-1], strict=True):
            one[too_far] = other[too_far]
        self.moved += len(changed) - len(too_far)
        self.left_in_place += len(too_far)
        return replace(genotypes, sites=s._replace(**made._asdict()))

    def _mismatch(self, genotypes: Genotypes, rows: NDArray[np.int64]) -> ReferenceMismatchError:
        row = int(rows[0])
        pos, ref = int(genotypes.sites.pos[row]), genotypes.sites.ref(row)
        found = self.genome.fetch(self.contig, pos, pos + len(ref) - 1) if self.genome else ""
        return ReferenceMismatchError(
            f"REF disagrees with the genome at {len(rows):,} of {len(genotypes):,} alleles read together",
            where=f"{self.where}, {self.contig}:{pos}",
            value=f"REF {ref[:20]}, genome {found[:20]}",
            advice="the file was made against another assembly, or the record is damaged; nothing was ingested",
        )
