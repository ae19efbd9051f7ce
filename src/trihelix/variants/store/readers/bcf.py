"""Genotypes straight from the bytes of a BCF file, never by way of text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from trihelix.formats.vcf import VcfHeader, _parse_header
from trihelix.model.errors import CorruptFileError
from trihelix.variants import codes
from trihelix.variants.store.readers import bcf_layout as kernel
from trihelix.variants.store.readers.bcf_blocks import Buffers, joined, stretches
from trihelix.variants.store.readers.errors import record_error
from trihelix.variants.store.readers.pieces import GenotypeFile, Piece, ReadingRequest
from trihelix.variants.store.readers.records import RecordReader
from trihelix.variants.store.readers.tables import Dictionaries, make_tables, read_dictionaries

MAGIC = b"BCF\x02"
_LARGEST_HEADER = 1 << 28


class _Header(NamedTuple):
    meaning: VcfHeader
    names: Dictionaries
    first_record: int  # virtual offset


def open_bcf(path: Path, ask: ReadingRequest) -> GenotypeFile:
    """The file, its header read. Raises as `reading.open_genotypes`."""
    header = _read_header(path)
    return GenotypeFile(
        header.meaning, header.names.filters, header.names.format, lambda: _Reader(path, header, ask).pieces()
    )


def _read_header(path: Path) -> _Header:
    data, first = b"", 0
    for stretch in stretches(path, 0, Buffers.none()):
        data += stretch.buffer[stretch.start : stretch.end].tobytes()
        size = _header_size(path, data)
        if len(data) >= size:
            first = stretch.virtual_offset(stretch.end - (len(data) - size))
            break
    else:
        raise _not_bcf(path, "the file ends within the header")
    text = data[9:size].split(b"\0", 1)[0]
    lines = text.removesuffix(b"\n").split(b"\n")
    meaning = _parse_header(path, [line.rstrip(b"\r") for line in lines], b"")
    names = read_dictionaries(text.decode("utf-8").split("\n"), f"{path}, header")
    return _Header(meaning, names, first)


def _header_size(path: Path, data: bytes) -> int:
    """Bytes up to the first record; as many as are wanted as long as that is not known."""
    if len(data) < 9:
        return 9
    if not data.startswith(MAGIC) or data[4] not in (1, 2):
        raise _not_bcf(path, repr(data[:5]))
    size = 9 + int.from_bytes(data[5:9], "little")
    if size > _LARGEST_HEADER:
        raise _not_bcf(path, f"a header of {size:,} bytes")
    return size


def _not_bcf(path: Path, value: str) -> CorruptFileError:
    return CorruptFileError(
        "this is not a whole BCF file of version 2",
        where=f"{path}, header",
        value=value,
        advice="make the file again from its source",
    )


class _Reader(RecordReader):
    """One pass over the records of a file."""

    def __init__(self, path: Path, header: _Header, ask: ReadingRequest) -> None:
        names = header.names
        tables = make_tables(names.strings, names.contigs, len(header.meaning.samples), ask)
        super().__init__(path, tables, [name or "" for name in names.contigs])
        self._strings = names.strings
        self._start = header.first_record
        if ask.start is not None:
            self.go_on(ask.start)
            self._start = int(ask.start["offset"])

    def filter_text(self, ids: list[int]) -> str:
        """As VCF writes it."""
        return ";".join(self._strings[i] or str(i) for i in ids) or "."

    def pieces(self) -> Iterator[Piece]:
        """The pieces, in order."""
        buffers = Buffers.none()
        rest = np.zeros(0, np.uint8)  # the beginning of a record whose end is still to come
        rest_offset = self._start
        any_bytes = False
        for stretch in stretches(self.path, self._start, buffers):
            data, start, end = joined(rest, stretch)
            self.columns.cursor[kernel.AT] = start
            while (status := self.read(data, end)) == codes.FULL:
                offset = stretch.place_of(int(self.columns.cursor[kernel.AT]), end, rest_offset)
                yield self.piece(stretch.share, offset)
            if status != kernel.NEED_MORE:
                raise record_error(self.path, status, self.columns.cursor, self.contigs, data, end)
            at = int(self.columns.cursor[kernel.AT])
            rest_offset = stretch.place_of(at, end, rest_offset)
            rest = data[at:end].copy()
            any_bytes = True
            buffers.give_back(stretch)
        if len(rest):
            raise self._cut_short(len(rest))
        if any_bytes:
            yield self.piece(1.0, rest_offset)

    def _cut_short(self, rest: int) -> CorruptFileError:
        return CorruptFileError(
            "the file ends within a record",
            where=f"{self.path}, record {int(self.columns.cursor[kernel.RECORDS]) + 1}",
            value=f"{rest:,} bytes of it",
            advice="the file is cut short; get it again from its source",
        )
