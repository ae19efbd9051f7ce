"""BED files: intervals of the genome, read as positions 1-based inclusive.

https://samtools.github.io/hts-specs/BEDv1.pdf: fields between tabs or blanks, the start counted from 0, the end not
included; lines that begin with `#`, `track` or `browser` are no intervals.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from trihelix.formats.bgzf import text_pieces
from trihelix.formats.ped import shown
from trihelix.model.errors import CorruptFileError, MalformedRecordError

_NO_INTERVAL = re.compile(r"#|(?:track|browser)(?:\s|$)")


class Interval(NamedTuple):
    """Positions first..last of a contig, 1-based inclusive, with its name ("" where there is none) and line."""

    contig: str
    first: int
    last: int
    name: str
    number: int


def read_bed(path: Path) -> list[Interval]:
    """The intervals of a BED file, plain or compressed, in its order.

    Raises FileUnreadableError, CorruptFileError (not text) and MalformedRecordError (a line that is no interval, an
    empty one, or a file without any).
    """
    lines = _text(path).splitlines()
    found = [_interval(line, number, path) for number, line in enumerate(lines, 1) if _is_interval(line)]
    if not found:
        raise MalformedRecordError(
            "the BED file has no intervals",
            where=str(path),
            value=f"{len(lines)} lines",
            advice="write contig, start and end on each line, between tabs",
        )
    return found


def _is_interval(line: str) -> bool:
    return bool(line.strip()) and not _NO_INTERVAL.match(line)


def _text(path: Path) -> str:
    try:
        return b"".join(text_pieces(path)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorruptFileError(
            "the BED file is not UTF-8 text",
            where=str(path),
            value=f"byte 0x{error.object[error.start]:02x} at {error.start}",
            advice="give a BED file as plain text, or compressed with gzip or bgzip",
        ) from error


def _interval(line: str, number: int, path: Path) -> Interval:
    cells = line.split("\t") if "\t" in line else line.split()
    if len(cells) < 3 or not (cells[1].strip().isdecimal() and cells[2].strip().isdecimal()):
        raise _malformed("this line of the BED file is no interval", line, number, path)
    start, end = int(cells[1]), int(cells[2])
    if end <= start:
        raise _malformed("an interval of the BED file is empty", line, number, path)
    name = cells[3].strip() if len(cells) > 3 and cells[3].strip() != "." else ""
    return Interval(cells[0].strip(), start + 1, end, name, number)


def _malformed(what: str, line: str, number: int, path: Path) -> MalformedRecordError:
    return MalformedRecordError(
        what,
        where=f"{path}, line {number}",
        value=shown(line),
        advice="write contig, start (counted from 0) and end (not included), between tabs",
    )
