"""VCF and BCF files as a header and numbered pieces of text; the header's meaning, and nothing of the records'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pysam.bcftools
import pysam.utils

from trihelix.formats.bgzf import Compression, compression_of, text_pieces
from trihelix.model.assembly import assembly_name, recognise_assembly
from trihelix.model.errors import (
    AssemblyMismatchError,
    CorruptFileError,
    MalformedRecordError,
    SampleMismatchError,
)

FIXED_COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
_PAIR = re.compile(r'([A-Za-z_][A-Za-z0-9_.]*)=("(?:[^"\\]|\\.)*"|[^,>]*)')
_ASSEMBLY_WORD = re.compile(r"(GRCh3[78]|hg19|hg38|hs37d5|b37|b38)", re.IGNORECASE)


@dataclass(frozen=True)
class VcfHeader:
    """What a VCF header says: contig lengths (0 = not told), samples in order, INFO keys, assembly words."""

    path: Path
    contigs: dict[str, int]
    samples: tuple[str, ...]
    info: dict[str, str]
    assembly_words: tuple[str, ...]
    lines: int
    compression: Compression

    @property
    def assembly(self) -> str | None:
        """The assembly that contig lengths prove, else the one the header names, else None.

        AssemblyMismatchError when the header names one assembly and its contig lengths prove another.
        """
        proven = recognise_assembly(self.contigs)
        named = {name for word in self.assembly_words if (name := assembly_name(word)) is not None}
        if proven and named and proven not in named:
            raise AssemblyMismatchError(
                f"the header names {', '.join(sorted(named))} but its contig lengths are those of {proven}",
                where=str(self.path),
                advice="correct the ##reference and ##contig lines",
            )
        if proven:
            return proven
        return named.pop() if len(named) == 1 else None


@dataclass(frozen=True)
class Piece:
    """Text of whole lines; `first_line` is the 1-based number of its first line in the file."""

    text: bytes
    first_line: int


def open_vcf(path: Path) -> tuple[VcfHeader, Iterator[Piece]]:
    """Header and record pieces of a VCF or BCF file.

    Raises CorruptFileError (damage, not UTF-8), MalformedRecordError (no header) and SampleMismatchError
    (a sample twice). Damage further down is raised while the pieces are read.
    """
    pieces = _pieces(path)
    lines: list[bytes] = []
    rest = b""
    for piece in pieces:
        at = 0
        while at < len(piece) and piece[at : at + 1] == b"#":
            end = piece.find(b"\n", at) + 1 or len(piece)
            lines.append(piece[at:end].rstrip(b"\r\n"))
            at = end
        rest = piece[at:]
        if rest:
            break
    header = _parse_header(path, lines, rest[:60])
    return header, _numbered(path, rest, pieces, len(lines) + 1)


def is_bcf(path: Path) -> bool:
    """Whether the file is a BCF: compressed or not, its text starts with `BCF`."""
    first = next(text_pieces(path, 1 << 16), b"") if compression_of(path) is Compression.BGZF else b""
    return first[:3] == b"BCF"


def _pieces(path: Path) -> Iterator[bytes]:
    if not is_bcf(path):
        yield from text_pieces(path)
        return
    for _ in text_pieces(path):  # proves the checksums and the end marker, which htslib only warns about
        pass
    with TemporaryDirectory(prefix="trihelix-") as folder:
        text = Path(folder) / "records.vcf"
        try:
            pysam.bcftools.view("-Ov", "-o", str(text), str(path), catch_stdout=False)
        except pysam.utils.SamtoolsError as error:
            raise CorruptFileError(
                "the BCF file cannot be read",
                where=str(path),
                value=" ".join(str(error).split())[:200],
                advice="make the file again from its source; `bcftools view` says where it breaks",
            ) from error
        yield from text_pieces(text)


def _numbered(path: Path, first: bytes, pieces: Iterator[bytes], line: int) -> Iterator[Piece]:
    if first:
        yield _checked(path, Piece(first, line))
        line += first.count(b"\n")
    for text in pieces:
        yield _checked(path, Piece(text, line))
        line += text.count(b"\n")


def _checked(path: Path, piece: Piece) -> Piece:
    """The piece, once it is known to be UTF-8 without NUL bytes."""
    if piece.text.isascii() and b"\0" not in piece.text:
        return piece
    for offset, line in enumerate(piece.text.split(b"\n")):
        _decode(path, line, piece.first_line + offset)
    return piece


def _decode(path: Path, line: bytes, number: int) -> str:
    if b"\0" in line:
        raise CorruptFileError(
            "a NUL byte in the text",
            where=f"{path}, line {number}",
            advice="the file is damaged; get it again",
        )
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorruptFileError(
            "the text is not valid UTF-8",
            where=f"{path}, line {number}, byte {error.start + 1} of the line",
            value=f"0x{line[error.start]:02x}",
            advice="convert the file to UTF-8, for example with iconv",
        ) from error


def _parse_header(path: Path, raw: list[bytes], behind: bytes) -> VcfHeader:
    """The header's meaning; `behind` is how the text goes on, for the error where there is no header."""
    lines = [_decode(path, line, number) for number, line in enumerate(raw, 1)]
    if not lines or not lines[0].lstrip("\ufeff").startswith("##fileformat=VCF"):
        raise CorruptFileError(
            "this is not a VCF or BCF file: it does not begin with ##fileformat=VCF",
            where=f"{path}, line 1",
            value=repr(lines[0][:60] if lines else behind.decode("latin-1")),
            advice="give a VCF (plain, gzip or bgzip) or a BCF",
        )
    if not lines[-1].startswith("#CHROM"):
        raise MalformedRecordError(
            "the header has no #CHROM line",
            where=f"{path}, line {len(lines)}",
            advice="the header is cut short; get the file again",
        )
    contigs, info, words = _meaning(lines)
    return VcfHeader(path, contigs, _samples(path, lines), info, words, len(lines), compression_of(path))


def _meaning(lines: list[str]) -> tuple[dict[str, int], dict[str, str], tuple[str, ...]]:
    contigs: dict[str, int] = {}
    info: dict[str, str] = {}
    words: list[str] = []
    for line in lines:
        if line.startswith("##contig=<"):
            pairs = _pairs(line)
            length = pairs.get("length", "")
            contigs[pairs.get("ID", "")] = int(length) if length.isdigit() else 0
            words += _ASSEMBLY_WORD.findall(pairs.get("assembly", ""))
        elif line.startswith("##INFO=<"):
            pairs = _pairs(line)
            info[pairs.get("ID", "")] = pairs.get("Number", "1")
        elif line.startswith(("##reference=", "##assembly=")):
            words += _ASSEMBLY_WORD.findall(line)
    contigs.pop("", None)
    return contigs, info, tuple(dict.fromkeys(words))


def _pairs(line: str) -> dict[str, str]:
    body = line[line.index("<") + 1 :]
    return {key: value.strip('"') for key, value in _PAIR.findall(body)}


def _samples(path: Path, lines: list[str]) -> tuple[str, ...]:
    columns = lines[-1].split("\t")
    where = f"{path}, line {len(lines)}"
    if tuple(columns[:8]) != FIXED_COLUMNS:
        raise MalformedRecordError(
            "the #CHROM line does not name the eight fixed columns, separated by tabs",
            where=where,
            value=repr(lines[-1][:80]),
            advice="separate the columns by tabs: #CHROM POS ID REF ALT QUAL FILTER INFO FORMAT and the samples",
        )
    if len(columns) > 8 and columns[8] != "FORMAT":
        raise MalformedRecordError(
            "the ninth column must be FORMAT",
            where=where,
            value=columns[8],
            advice="name the ninth column FORMAT; samples begin with the tenth",
        )
    samples = tuple(columns[9:])
    twice = sorted({s for s in samples if samples.count(s) > 1}) if len(set(samples)) < len(samples) else []
    if twice:
        raise SampleMismatchError(
            "a sample stands twice in the header",
            where=where,
            value=", ".join(twice),
            advice="rename one of them",
        )
    return samples
