"""Differences between two genome packs: contigs, their lengths and their sequence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from trihelix.model.difference import Difference, DifferenceKind, Fact, Facts
from trihelix.reference.genome import SEGMENTS, SEQUENCE, Genome, open_genome
from trihelix.reference.pack import Pack

_K = DifferenceKind
_PIECE = 1 << 24


def differences(old: Pack, new: Pack) -> Iterator[Difference]:
    """Contigs added, removed, renamed (chr1, 1), of another length, or of another sequence.

    Sequences are compared by the MD5 of their upper-case bases, as in the M5 tag of SAM (SAM specification,
    section 1.3); contigs of one length are read only where the packs' files differ.
    """
    packs = [open_genome(pack.folder) for pack in (old, new)]
    same = _sequence_files(old) == _sequence_files(new)
    for bare in dict.fromkeys((*packs[0].names, *packs[1].names)):
        yield from _contig(packs[0], packs[1], bare, same)


def _sequence_files(pack: Pack) -> set[tuple[str, str]]:
    return {(f.name, f.sha256) for f in pack.manifest.files if f.name in (SEQUENCE, SEGMENTS)}


def _contig(old: Genome, new: Genome, bare: str, same_files: bool) -> Iterator[Difference]:
    if bare not in old.names or bare not in new.names:
        kind = _K.CONTIG_ADDED if bare in new.names else _K.CONTIG_REMOVED
        yield Difference(kind, _facts(old, bare), _facts(new, bare), item=bare, label=bare)
        return
    pairs: list[tuple[DifferenceKind, str, Fact, Fact]] = [
        (_K.CONTIG_RENAMED, "name", old.names[bare], new.names[bare]),
        (_K.CONTIG_LENGTH_CHANGED, "length", old.lengths[bare], new.lengths[bare]),
    ]
    if not same_files and old.lengths[bare] == new.lengths[bare]:
        pairs.append((_K.CONTIG_SEQUENCE_CHANGED, "md5", _checksum(old, bare), _checksum(new, bare)))
    for kind, fact, was, now in pairs:
        if was != now:
            yield Difference(kind, {fact: was}, {fact: now}, item=bare, label=bare)


def _facts(genome: Genome, bare: str) -> Facts | None:
    return {"name": genome.names[bare], "length": genome.lengths[bare]} if bare in genome.names else None


def _checksum(genome: Genome, bare: str) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for start in range(1, genome.lengths[bare] + 1, _PIECE):
        end = min(start + _PIECE - 1, genome.lengths[bare])
        digest.update(genome.fetch(bare, start, end).encode("ascii"))
    return digest.hexdigest()
