"""Reading the source files of packs: small ones as a whole, and saying what a wrong file really is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from trihelix.formats.bgzf import text_pieces
from trihelix.model.errors import CorruptFileError, PackError

HEAD_SIZE = 4096
_SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"##fileformat=VCF", "a VCF file"),
    (b"BCF", "a BCF file"),
    (b"BAM\1", "a BAM file"),
    (b"CRAM", "a CRAM file"),
    (b"ARROW1", "an Arrow file"),
    (b"PAR1", "a Parquet file"),
    (b"##gff-version", "a GFF3 file"),
    (b"format-version:", "an OBO ontology"),
    (b">", "a FASTA file"),
    (b"@HD\t", "a SAM file"),
    (b"%PDF", "a PDF document"),
    (b"PK\3\4", "a ZIP archive or a spreadsheet"),
)


def describe(head: bytes) -> str | None:
    """What a file is by its first bytes, in words; None where they tell nothing."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for sign, words in _SIGNS:
        if text.startswith(sign):
            return words
    lowered = text[:200].lower()
    if lowered.startswith((b"<!doctype html", b"<html")):
        return "a web page (a download that failed?)"
    if lowered.startswith(b"<"):
        return "an XML file"
    return "a JSON file" if text[:1] in (b"{", b"[") else None


def wrong_kind(path: Path, expected: str, head: bytes, advice: str) -> PackError:
    """The error for a file that is something else: what was expected, what it is, what to give instead."""
    found = describe(head)
    first_line = head.split(b"\n", 1)[0][:80].decode("utf-8", "replace").strip()
    what = f"this is {found}, not {expected}" if found else f"this is not {expected}"
    return PackError(what, where=f"{path}, line 1", value=first_line, advice=advice)


def empty_file(path: Path, expected: str) -> PackError:
    """The error for a file with nothing in it."""
    return PackError(
        f"the file is empty; expected {expected}", where=str(path), advice="check the download and try again"
    )


def read_text(path: Path, expected: str) -> str:
    """The whole file as text, unpacked, without a byte-order mark.

    Raises PackError if it is empty, CorruptFileError if it is cut short, damaged or not UTF-8, and
    FileUnreadableError if it cannot be opened.
    """
    data = b"".join(text_pieces(path)).removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise empty_file(path, expected)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = describe(data[:HEAD_SIZE])
        raise CorruptFileError(
            f"this is {found}, not {expected}" if found else f"the text is not UTF-8; expected {expected}",
            where=f"{path}, line {line}",
            value=data[error.start : error.start + 8],
            advice="save the file as UTF-8 text, or give the right file",
        ) from error


def rows_of(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of a delimited text, cells stripped; PackError where its quoting is broken."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise PackError(
            "a line of this table cannot be read",
            where=f"{path}, line {line}",
            value=error,
            advice="check the quotes on that line",
        ) from error
