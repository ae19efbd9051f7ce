"""What is asked of a variant file that is read for the store, and the pieces in which its genotypes come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.formats.vcf import VcfHeader
from trihelix.variants.calls import SetAside
from trihelix.variants.store.genotypes import Genotypes, Lists, ReferenceBlocks

Resume = Mapping[str, Any]  # plain values, so that it can be kept as JSON


@dataclass(frozen=True)
class ReadingRequest:
    """`kin` lists the relatives of each sample in the same file; rows of at most `rare_at_most` carriers get their
    calls as companions. `expected` (N_REGIONS, samples) are copies; where it says AS_WRITTEN the reader puts what the
    sample's first called genotype of that region has. `assembly` tells the pseudoautosomal regions. `start` is a
    `Piece.resume`: reading goes on behind that piece; `expected` must then be as it was left."""

    kin: Lists | None = None
    rare_at_most: int = 0
    expected: NDArray[np.uint8] | None = None
    assembly: str | None = None
    start: Resume | None = None


@dataclass(frozen=True)
class Piece:
    """A stretch of a file: `genotypes` in file order, not normalised. `contigs` and `filters` are the names that
    columns number, the tables only growing from piece to piece. `set_aside`, `records` and `share` (of the file's
    bytes) are of all that was read so far."""

    genotypes: Genotypes
    blocks: ReferenceBlocks
    contigs: tuple[str, ...]
    filters: tuple[str, ...]
    set_aside: SetAside
    records: int
    share: float
    resume: Resume


@dataclass(frozen=True)
class GenotypeFile:
    """An opened file: its header, the FILTER names and FORMAT keys that this declares."""

    header: VcfHeader
    filters: tuple[str, ...]
    format: tuple[str, ...]
    read: Callable[[], Iterator[Piece]]

    def pieces(self) -> Iterator[Piece]:
        """The genotypes in file order, each call from the beginning (or `start`).

        Raises MalformedRecordError and CorruptFileError where the file breaks: what came before must not be taken
        for the whole.
        """
        return self.read()
