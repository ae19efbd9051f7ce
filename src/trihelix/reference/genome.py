"""Genome packs: the sequence of an assembly, opened by memory map, and the bgzipped FASTA that htslib tools read."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import polars as pl
import pysam
import pysam.utils
from numpy.typing import NDArray

from trihelix.formats.bgzf import Compression, compression_of, text_pieces
from trihelix.model.assembly import assembly_name, bare_contig, recognise_assembly
from trihelix.model.errors import PackError
from trihelix.reference.columnar import read_arrow, write_arrow
from trihelix.reference.pack import ConversionOptions, Converted

SEQUENCE, SEGMENTS, CONTIGS, FASTA = "sequence.bin", "segments.arrow", "contigs.arrow", "genome.fa.gz"
SHORTEST_GAP = 1000  # shorter runs of N stay inside a segment
_UPPER = bytes.maketrans(b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_NOT_BASES = re.compile(rb"[^ACGTNRYKMSWBDHV]")
_NAMED_BUILD = re.compile(rb"(GRCh3[78]|hg19|hg38)", re.IGNORECASE)
_N = ord("N")


class Segments(NamedTuple):
    """The sequenced stretches of one contig, sorted: 1-based inclusive `start`, `end`; `offset` into the bytes."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    offset: NDArray[np.int64]


@dataclass(frozen=True)
class Genome:
    """An opened genome pack; contigs are asked for by any name (chr1 or 1)."""

    fasta: Path
    bases: NDArray[np.uint8]
    names: dict[str, str]  # bare name -> name in the FASTA
    lengths: dict[str, int]  # bare name -> length
    stretches: dict[str, Segments]

    def segments(self, contig: str) -> Segments:
        """The sequenced stretches of a contig; empty where the genome does not have it."""
        empty = np.empty(0, np.int64)
        return self.stretches.get(bare_contig(contig), Segments(empty, empty, empty))

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Bases start..end (1-based, inclusive), N where there is no sequence."""
        out = np.full(max(end - start + 1, 0), _N, np.uint8)
        for first, last, offset in zip(*self.segments(contig), strict=True):
            low, high = max(start, int(first)), min(end, int(last))
            if low <= high:
                at = int(offset) + low - int(first)
                out[low - start : high - start + 1] = self.bases[at : at + high - low + 1]
        return out.tobytes().decode("ascii")


def open_genome(folder: Path) -> Genome:
    """Open a genome pack; nothing of the sequence is read until it is used."""
    contigs = read_arrow(folder / CONTIGS)
    segments = read_arrow(folder / SEGMENTS)
    stretches = {
        bare: Segments(*(part[column].to_numpy() for column in ("start", "end", "offset")))
        for (bare,), part in segments.partition_by("bare", as_dict=True).items()
    }
    size = (folder / SEQUENCE).stat().st_size
    bases = np.memmap(folder / SEQUENCE, np.uint8, "r") if size else np.empty(0, np.uint8)
    return Genome(
        folder / FASTA,
        cast(NDArray[np.uint8], bases),
        dict(zip(contigs["bare"], contigs["name"], strict=True)),
        dict(zip(contigs["bare"], contigs["length"], strict=True)),
        cast(dict[str, Segments], stretches),
    )


def convert(sources: Sequence[Path], folder: Path, options: ConversionOptions) -> Converted:
    """A genome pack from one FASTA file (plain, gzip or bgzip).

    Raises PackError for anything but FASTA, for a contig that comes twice, for letters that are not bases.
    """
    if len(sources) != 1:
        raise PackError(
            "a genome pack is made from one FASTA file",
            where=", ".join(str(s) for s in sources),
            value=f"{len(sources)} files",
            advice="put all contigs into one file, for example with cat",
        )
    lengths: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    words: set[str] = set()
    offset = 0
    with (folder / SEQUENCE).open("wb") as out:
        for name, description, sequence in _contigs(sources[0]):
            _check_contig(sources[0], name, sequence, lengths)
            lengths[name] = len(sequence)
            words |= {w.decode() for w in _NAMED_BUILD.findall(description)}
            for start, end in _stretches(sequence):
                out.write(sequence[start:end].tobytes())
                rows.append({"bare": bare_contig(name), "start": start + 1, "end": end, "offset": offset})
                offset += end - start
    _write_tables(folder, lengths, rows)
    _write_fasta(sources[0], folder / FASTA)
    named = {assembly_name(word) for word in words}
    guess = recognise_assembly(lengths) or (named.pop() if len(named) == 1 else None)
    return Converted(
        assembly=guess or assembly_name(options.assembly),
        counts={"contigs": len(lengths), "bases": sum(lengths.values()), "sequenced_bases": offset},
        contigs=lengths,
    )


def _check_contig(source: Path, name: str, sequence: NDArray[np.uint8], seen: dict[str, int]) -> None:
    """A contig has a name, bases, and a name of its own, also when `chr` is left off."""
    problem = ""
    if not name:
        problem = "a contig has no name"
    elif not len(sequence):
        problem = "a contig has no sequence"
    elif bare_contig(name) in {bare_contig(other) for other in seen}:
        problem = "a contig comes twice"
    if problem:
        raise PackError(problem, where=str(source), value=name or ">", advice="correct the FASTA file")


def _write_tables(folder: Path, lengths: dict[str, int], rows: list[dict[str, Any]]) -> None:
    schema = {"bare": pl.String, "start": pl.Int64, "end": pl.Int64, "offset": pl.Int64}
    write_arrow(pl.DataFrame(rows, schema=schema), folder / SEGMENTS)
    contigs = {
        "name": list(lengths),
        "bare": [bare_contig(n) for n in lengths],
        "length": list(lengths.values()),
    }
    frame = pl.DataFrame(contigs, schema={"name": pl.String, "bare": pl.String, "length": pl.Int64})
    write_arrow(frame, folder / CONTIGS)


def _contigs(path: Path) -> Iterator[tuple[str, bytes, NDArray[np.uint8]]]:
    """(name, description line, upper-case bases) of every contig."""
    header: bytes | None = None
    parts: list[bytes] = []
    for piece in text_pieces(path):
        for number, block in enumerate((b"\n" + piece).split(b"\n>")):
            if number == 0:
                if block.strip() and header is None:
                    raise PackError(
                        "this is not a FASTA file: it does not begin with >",
                        where=str(path),
                        value=repr(block.strip()[:40]),
                        advice="give the genome's FASTA, plain or bgzipped",
                    )
                parts.append(_bases_of(path, header, block))
                continue
            if header is not None:
                yield _contig(header, parts)
            header, _, body = block.partition(b"\n")
            parts = [_bases_of(path, header, body)]
    if header is None:
        raise PackError("the FASTA file has no sequence", where=str(path), advice="get the file again")
    yield _contig(header, parts)


def _contig(header: bytes, parts: list[bytes]) -> tuple[str, bytes, NDArray[np.uint8]]:
    name = header.split()[0].decode("utf-8", "replace") if header.split() else ""
    return name, header, np.frombuffer(b"".join(parts), np.uint8)


def _bases_of(path: Path, header: bytes | None, text: bytes) -> bytes:
    bases = text.translate(_UPPER, b"\r\n \t")
    wrong = _NOT_BASES.search(bases)
    if wrong:
        raise PackError(
            "the sequence holds a letter that is no base",
            where=f"{path}, contig {(header or b'').decode('utf-8', 'replace')[:60]}",
            value=repr(wrong.group().decode("latin-1")),
            advice="give a genome's FASTA: bases and IUPAC letters only",
        )
    return bases


def _stretches(sequence: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """0-based half-open stretches between runs of at least SHORTEST_GAP unknown bases."""
    if not len(sequence):
        return []
    known = np.concatenate(([False], sequence != _N, [False]))
    edges = np.flatnonzero(known[1:] != known[:-1])
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return []
    apart = starts[1:] - ends[:-1] >= SHORTEST_GAP
    first = starts[np.concatenate(([True], apart))]
    last = ends[np.concatenate((apart, [True]))]
    return [(int(a), int(b)) for a, b in zip(first, last, strict=True)]


def _write_fasta(source: Path, target: Path) -> None:
    if compression_of(source) is Compression.BGZF:
        shutil.copyfile(source, target)
    else:
        with pysam.BGZFile(str(target), "wb", None) as out:
            for piece in text_pieces(source):
                out.write(piece)
    try:
        pysam.faidx(str(target))
    except pysam.utils.SamtoolsError as error:
        raise PackError(
            "the FASTA file cannot be indexed: lines of a contig must have one length",
            where=str(source),
            value=str(error).strip()[-200:],
            advice="rewrite it, for example with samtools faidx or seqkit seq",
        ) from error
