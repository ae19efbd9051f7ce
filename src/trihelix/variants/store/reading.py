"""The one door to the genotypes of a variant file: VCF (plain, gzip or bgzip), BCF or gVCF, as a stream of pieces."""

from __future__ import annotations

from pathlib import Path

from trihelix.formats.bgzf import Compression, compression_of, open_binary, packed_pieces
from trihelix.variants.store.readers.bcf import MAGIC, open_bcf
from trihelix.variants.store.readers.pieces import GenotypeFile, Piece, ReadingRequest, Resume
from trihelix.variants.store.readers.text import open_text

__all__ = ["GenotypeFile", "Piece", "ReadingRequest", "Resume", "open_genotypes"]


def open_genotypes(path: Path, ask: ReadingRequest) -> GenotypeFile:
    """The file with its header read.

    Raises FileUnreadableError, CorruptFileError (damage, not a variant file), MalformedRecordError (a header that
    breaks the rules) and SampleMismatchError (a sample twice); what is wrong further down is raised by the pieces.
    """
    if _is_bcf(path):
        return open_bcf(path, ask)
    return open_text(path, ask)


def _is_bcf(path: Path) -> bool:
    """Whether the file's first bytes, unpacked if need be, are those of a BCF."""
    if compression_of(path) is Compression.NONE:
        with open_binary(path) as handle:
            return handle.read(len(MAGIC)) == MAGIC
    first = next(packed_pieces(path, 1 << 16), None)
    return first is not None and first.text()[:3] == MAGIC[:3]
