"""Where a simulated chromosome codes for protein, and which random variants selection lets stand there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from trihelix.simulate.coding_changes import Effect, effect_of_substitution
from trihelix.simulate.gene_models import Gene
from trihelix.simulate.sequence import Contig

STRONGEST_SELECTION = 0.75  # share of common missense variants that selection has removed
NONE = -1


@dataclass(frozen=True)
class CodingMap:
    """By 1-based position of `contig`: `gene_at` the number of the gene that codes or is spliced there, `place_at` the
    place in its canonical coding sequence; NONE elsewhere."""

    contig: Contig
    genes: tuple[Gene, ...]
    gene_at: NDArray[np.int16]
    place_at: NDArray[np.int32]

    def effect(self, pos: int, alt: str) -> Effect | None:
        """What a substitution does, None outside codons that may change."""
        if self.place_at[pos] == NONE:
            return None
        return effect_of_substitution(
            self.genes[self.gene_at[pos]], self.contig, int(self.place_at[pos]), alt
        )

    def survives(
        self,
        pos: NDArray[np.int64],
        ref: NDArray[np.object_],
        alt: NDArray[np.object_],
        frequency: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> NDArray[np.bool_]:
        """Which small variants selection leaves: all that are outside coding sequence and splice sites, synonymous
        ones, and missense ones the less the more frequent they are; no truncations, which are planted."""
        end = np.minimum(pos + np.array([len(r) for r in ref], np.int64) - 1, len(self.contig))
        touched = (self.gene_at[pos] != NONE) | (self.gene_at[end] != NONE)
        survives: NDArray[np.bool_] = ~touched
        luck = rng.random(len(pos))
        for i in np.flatnonzero(touched).tolist():
            if len(ref[i]) != len(alt[i]):
                continue
            effect = self.effect(int(pos[i]), str(alt[i]))
            common = min(1.0, max(0.0, 1 + np.log10(frequency[i]) / 4))
            tolerated = luck[i] >= STRONGEST_SELECTION * common
            survives[i] = effect is Effect.SYNONYMOUS or (effect is Effect.MISSENSE and tolerated)
        return survives


def map_coding(contig: Contig, genes: Sequence[Gene]) -> CodingMap:
    """The coding map of a chromosome from its genes."""
    gene_at = np.full(len(contig) + 1, NONE, np.int16)
    place_at = np.full(len(contig) + 1, NONE, np.int32)
    for number, gene in enumerate(genes):
        for transcript in gene.transcripts:
            for (_, left), (right, _) in pairwise(transcript.exons):
                if transcript.cds:
                    gene_at[[left + 1, left + 2, right - 2, right - 1]] = number
        positions = gene.coding_positions
        gene_at[positions] = number
        place_at[positions] = np.arange(len(positions))
    return CodingMap(contig, tuple(genes), gene_at, place_at)
