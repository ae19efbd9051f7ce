"""VCF and BCF files as a header and numbered pieces of text; the header's meaning, and nothing of the records'."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pysam.bcftools
import pysam.utils

from trihelix.formats.bgzf import Compression, compression_of, packed_pieces, text_pieces
from trihelix.formats.lines import Lines, Packed, work_on_lines
from trihelix.model.assembly import assembly_name, recognise_assembly
from trihelix.model.errors import (
    AssemblyMismatchError,
    CorruptFileError,
    MalformedRecordError,
    SampleMismatchError,
)

R = TypeVar("R")
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


@dataclass(frozen=True)
class Records:
    """An opened file: its header, and its records still packed but for those in `before`."""

    header: VcfHeader
    before: bytes
    share: float
    pieces: Iterator[Packed]

    def work_on_lines(self, work: Callable[[Lines], R]) -> Iterator[R]:
        """The results of `work` on stretches of record lines, in order; several threads do it. Once only."""
        return work_on_lines(work, self.before, self.share, self.pieces)


def open_vcf(path: Path) -> tuple[VcfHeader, Iterator[Piece]]:
    """Header and record pieces of a VCF or BCF file.

    Raises CorruptFileError (damage, not UTF-8), MalformedRecordError (no header) and SampleMismatchError
    (a sample twice). Damage further down is raised while the pieces are read.
    """
    records = open_records(path)
    return records.header, _numbered(path, records.work_on_lines(_text_of), records.header.lines + 1)


def open_records(path: Path) -> Records:
    """As `open_vcf`, for work on the lines that is done by threads. Text that is not UTF-8 is not looked for: the
    work asks `invalid_text`."""
    pieces = _pieces(path)
    lines: list[bytes] = []
    parts: list[bytes] = []
    rest, share = b"", 1.0
    for piece in pieces:
        parts.append(piece.text())
        share = piece.share
        if parts[0].startswith(b"#") and b"\n" not in parts[-1]:
            continue
        found, rest = _header_lines(b"".join(parts))
        lines += found
        parts = [rest] if rest else []
        if rest and not rest.startswith(b"#"):
            break
    else:
        if last := b"".join(parts):
            lines.append(last.rstrip(b"\r"))
        rest = b""
    return Records(_parse_header(path, lines, rest[:60]), rest, share, pieces)


def is_bcf(path: Path) -> bool:
    """Whether the file is a BCF: compressed or not, its text starts with `BCF`."""
    if compression_of(path) is not Compression.BGZF:
        return False
    first = next(packed_pieces(path, 1 << 16), None)
    return first is not None and first.text()[:3] == b"BCF"


def _header_lines(text: bytes) -> tuple[list[bytes], bytes]:
    """The whole lines that begin with #, without their ends, and what follows them."""
    lines = []
    at = 0
    while text.startswith(b"#", at) and (end := text.find(b"\n", at)) >= 0:
        lines.append(text[at:end].rstrip(b"\r"))
        at = end + 1
    return lines, text[at:]


def _pieces(path: Path) -> Iterator[Packed]:
    if not is_bcf(path):
        yield from packed_pieces(path)
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
        yield from packed_pieces(text)


def _text_of(lines: Lines) -> bytes:
    return lines.text[lines.start : lines.end]


def _numbered(path: Path, texts: Iterator[bytes], line: int) -> Iterator[Piece]:
    for text in texts:
        if why := invalid_text(path, Lines(text, 0, len(text), 1.0)):
            raise why(line)
        yield Piece(text, line)
        line += text.count(b"\n")


def invalid_text(path: Path, lines: Lines) -> Callable[[int], CorruptFileError] | None:
    """None for UTF-8 without NUL bytes; else what gives the error, once the number of the first line is known."""
    if lines.text.find(b"\0", lines.start, lines.end) < 0:
        if lines.text.isascii():
            return None
        try:
            _text_of(lines).decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return None
    return partial(_first_invalid, path, _text_of(lines))


def _first_invalid(path: Path, text: bytes, first_line: int) -> CorruptFileError:
    for number, line in enumerate(text.split(b"\n"), first_line):
        try:
            _decode(path, line, number)
        except CorruptFileError as error:
            return error
    raise AssertionError("the text was found to be invalid")


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
