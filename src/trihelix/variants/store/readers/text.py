"""Genotypes of VCF text: its lines become BCF records in memory, a stretch at a time, and are read as these."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trihelix.formats.lines import Lines
from trihelix.formats.vcf import VcfHeader, _header_lines, _parse_header, invalid_text
from trihelix.model.errors import TrihelixError
from trihelix.variants import codes
from trihelix.variants.parsing import record_error as line_error
from trihelix.variants.store.readers import bcf_layout as kernel
from trihelix.variants.store.readers import text_records as writing
from trihelix.variants.store.readers.bcf_blocks import ROOM_BEHIND, Buffers, Stretch, joined, stretches
from trihelix.variants.store.readers.bcf_layout import FilterTable
from trihelix.variants.store.readers.errors import record_error
from trihelix.variants.store.readers.pieces import GenotypeFile, Piece, ReadingRequest
from trihelix.variants.store.readers.records import RecordReader
from trihelix.variants.store.readers.tables import Dictionaries, make_tables, read_dictionaries, with_contig

RECORD_ROOM = 1 << 21  # bytes of records that are made and read together
MOST_RECORDS = 1 << 14
_FILTER_ROOM = 64
_ANY_NUMBER = 1 << 30


class _Header(NamedTuple):
    meaning: VcfHeader
    names: Dictionaries
    first_record: int  # virtual offset


def open_text(path: Path, ask: ReadingRequest) -> GenotypeFile:
    """The file, its header read. Raises as `reading.open_genotypes`."""
    header = _read_header(path)
    return GenotypeFile(
        header.meaning, header.names.filters, header.names.format, lambda: _Reader(path, header, ask).pieces()
    )


def _read_header(path: Path) -> _Header:
    data, first = b"", 0
    lines: list[bytes] = []
    rest = b""
    for stretch in stretches(path, 0, Buffers.none()):
        data += stretch.buffer[stretch.start : stretch.end].tobytes()
        if data.startswith(b"#") and b"\n" not in data:
            continue
        lines, rest = _header_lines(data)
        first = stretch.virtual_offset(stretch.end) if not rest else -1
        if rest and not rest.startswith(b"#"):
            first = stretch.place_of(stretch.end - len(rest), stretch.end, -1)
            break
    else:
        if rest.startswith(b"#"):
            lines, rest = [*lines, rest.rstrip(b"\r")], b""
    meaning = _parse_header(path, lines, rest[:60])
    names = read_dictionaries((line.decode("utf-8") for line in lines), f"{path}, header")
    return _Header(meaning, names, first)


class _Reader(RecordReader):
    """One pass over the lines of a file."""

    def __init__(self, path: Path, header: _Header, ask: ReadingRequest) -> None:
        contigs = [*header.meaning.contigs]
        self._start, first_line = header.first_record, header.meaning.lines
        if ask.start is not None:
            self._start, first_line = int(ask.start["offset"]), int(ask.start["line"])
            contigs += ask.start["more_contigs"]
        tables = make_tables((), contigs, len(header.meaning.samples), ask)
        tables = tables._replace(n_strings=_ANY_NUMBER, keys=np.arange(1, kernel.N_KEYS + 1))
        super().__init__(path, tables, contigs)
        self._declared = len(header.meaning.contigs)
        self._cursor = np.zeros(writing.N_TEXT_CURSOR, np.int64)
        self._cursor[[kernel.CONTIG, kernel.LAST_FILTER]] = -1
        self._cursor[writing.N_LINES] = first_line
        self._line_of_piece = first_line
        self._name = np.zeros(0, np.uint8)
        self._texts = FilterTable(np.empty(_FILTER_ROOM, np.int64), np.empty(_FILTER_ROOM * 16, np.uint8))
        self._made = np.zeros(RECORD_ROOM + ROOM_BEHIND, np.uint8)
        self._record_at, self._line_at = np.empty(MOST_RECORDS, np.int64), np.empty(MOST_RECORDS, np.int64)
        if ask.start is not None:
            self.go_on(ask.start)

    def filter_text(self, ids: list[int]) -> str:
        """The column as it stands in the file."""
        ends, blob = self._texts
        start = int(ends[ids[0] - 1]) if ids[0] else 0
        return blob[start : int(ends[ids[0]])].tobytes().decode("utf-8", "replace")

    def token(self, offset: int) -> dict[str, Any]:
        """As that of any reader, with the number of lines before and the contigs that the header lacks."""
        more = {"line": self._line_of_piece, "more_contigs": self.contigs[self._declared :]}
        return super().token(offset) | more

    def pieces(self) -> Iterator[Piece]:
        """The pieces, in order."""
        buffers = Buffers.none()
        rest = np.zeros(0, np.uint8)  # the beginning of a line whose end is still to come
        rest_offset, last = self._start, None
        for stretch in stretches(self.path, self._start, buffers):
            data, start, end = joined(rest, stretch)
            text = data[start:end].tobytes()
            cut = start + text.rfind(b"\n") + 1
            place_of = partial(_place_of, stretch, end, rest_offset)
            yield from self._read_lines(data, start, cut, text, stretch.share, place_of)
            rest_offset = stretch.place_of(cut, end, rest_offset)
            rest = data[cut:end].copy()
            last = stretch.virtual_offset(stretch.end)
            buffers.give_back(stretch)
        if len(rest):
            data = np.append(rest, np.zeros(ROOM_BEHIND, np.uint8))
            yield from self._read_lines(data, 0, len(rest), rest.tobytes(), 1.0, lambda _: rest_offset)
        if last is not None:
            self._line_of_piece = int(self._cursor[writing.N_LINES])
            yield self.piece(1.0, last)

    def _read_lines(
        self, data: NDArray[np.uint8], start: int, end: int, text: bytes, share: float, place_of: Any
    ) -> Iterator[Piece]:
        """The pieces that whole lines, data[start:end], complete; `text` begins with the same bytes."""
        cursor = self._cursor
        first_line = int(cursor[writing.N_LINES]) + 1
        if invalid := invalid_text(self.path, Lines(text, 0, end - start, share)):
            raise invalid(first_line)
        cursor[writing.TEXT_AT] = start
        while True:
            cursor[[writing.OUT_AT, writing.N_WRITTEN]] = 0
            status = writing.write_records(
                data, end, self.tables.n_samples, self._name, self._texts, self._made[:-ROOM_BEHIND],
                self._record_at, self._line_at, cursor,
            )  # fmt: skip
            yield from self._read_made(data, start, first_line, share, place_of)
            if status == codes.OK:
                return
            if status == writing.NEW_CONTIG:
                self._start_contig(data, int(cursor[writing.TEXT_AT]), int(cursor[writing.VALUE_AT]))
            elif status == kernel.TABLE_FULL:
                self._grow_texts()
            elif status != codes.FULL:
                raise self._line_error(status, data, start, end)
            elif not cursor[writing.N_WRITTEN]:
                self._made = np.zeros(int(cursor[writing.NEEDED]) * 2 + ROOM_BEHIND, np.uint8)

    def _read_made(
        self, data: NDArray[np.uint8], start: int, first_line: int, share: float, place_of: Any
    ) -> Iterator[Piece]:
        """Reads the records that were made of lines."""
        n, size = int(self._cursor[writing.N_WRITTEN]), int(self._cursor[writing.OUT_AT])
        self.columns.cursor[kernel.AT] = 0
        while size and (status := self.read(self._made, size)) != kernel.NEED_MORE:
            at = int(self.columns.cursor[kernel.AT])
            line_at = int(self._line_at[int(np.searchsorted(self._record_at[:n], at, side="right")) - 1])
            line = first_line + data[start:line_at].tobytes().count(b"\n")
            if status != codes.FULL:
                raise record_error(
                    self.path, status, self.columns.cursor, self.contigs, self._made, size, line
                )
            self._line_of_piece = line - 1
            yield self.piece(share, place_of(line_at))

    def _start_contig(self, data: NDArray[np.uint8], start: int, end: int) -> None:
        self._name = data[start:end].copy()
        name = self._name.tobytes().decode("utf-8")
        if name not in self.contigs:
            self.contigs.append(name)
            self.tables = with_contig(self.tables, self.contigs)
        self._cursor[kernel.CONTIG] = self.contigs.index(name)
        self._cursor[writing.NAME_SIZE] = end - start

    def _grow_texts(self) -> None:
        ends, blob = (
            np.empty(4 * len(self._texts.ends), np.int64),
            np.empty(4 * len(self._texts.blob), np.uint8),
        )
        ends[: len(self._texts.ends)], blob[: len(self._texts.blob)] = self._texts
        self._texts = FilterTable(ends, blob)

    def _line_error(self, status: int, data: NDArray[np.uint8], start: int, end: int) -> TrihelixError:
        cursor = np.zeros(codes.N_CURSOR, np.int64)
        cursor[codes.AT] = self._cursor[writing.TEXT_AT] - start
        cursor[codes.VALUE_AT] = self._cursor[writing.VALUE_AT] - start
        lines = Lines(data[start:end].tobytes(), 0, end - start, 1.0)
        return line_error(self.path, lines, status, cursor, int(self._cursor[writing.N_LINES]) + 1)


def _place_of(stretch: Stretch, end: int, before: int, at: int) -> int:
    return stretch.place_of(at, end, before)
