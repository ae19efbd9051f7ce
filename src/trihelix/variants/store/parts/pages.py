"""Pages of a Parquet column as bytes that kernels read in place: found in the file, unpacked, nothing else.

Page headers are Thrift structs in the compact protocol (parquet.thrift of the Parquet format). Only what the store
writes is read: data pages of version 2, plain or delta-packed values, zstd or no compression.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trihelix.model.errors import StoreError
from trihelix.variants.store.parts.delta_kernels import WINDOW

_TYPE, _UNPACKED_SIZE, _PACKED_SIZE, _HEADER_V2 = 1, 2, 3, 8
_VALUES, _NULLS, _ROWS, _ENCODING, _DEFINITION_BYTES, _REPETITION_BYTES, _IS_COMPRESSED = range(1, 8)
_DATA_PAGE_V2 = 3
_DELTA = 5  # of the encodings: DELTA_BINARY_PACKED
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)


class Page(NamedTuple):
    """Values of a page: data[start:end]; how many values there are. Behind delta-packed ones WINDOW bytes are readable."""

    data: NDArray[np.uint8]
    start: int
    end: int
    values: int


@dataclass(frozen=True)
class Chunk:
    """A column of a row group in the file: where its pages are, and how they are packed."""

    offset: int
    size: int
    codec: str


def pages_of(file: NDArray[np.uint8], chunk: Chunk, where: str) -> Iterator[Page]:
    """The pages of a column chunk of a mapped file. StoreError where the bytes are not such pages."""
    at, end = chunk.offset, chunk.offset + chunk.size
    while at < end:
        try:
            header, body = _struct(file, at, end)
            page, at = _page(file, header, body, chunk.codec)
        except (
            IndexError,
            KeyError,
            ValueError,
            TypeError,
            OverflowError,
            pa.ArrowInvalid,
            OSError,
        ) as error:
            raise StoreError(
                "a part of the store is damaged",
                where=f"{where}, byte {at}",
                value=type(error).__name__,
                advice="compare it with the manifest: trihelix samples STORE --verify; ingest its batch again",
            ) from error
        yield page


def _page(file: NDArray[np.uint8], header: dict[int, Any], body: int, codec: str) -> tuple[Page, int]:
    if header[_TYPE] != _DATA_PAGE_V2:
        raise ValueError("not a data page of version 2")
    packed, of = header[_PACKED_SIZE], header[_HEADER_V2]
    levels = of[_DEFINITION_BYTES] + of[_REPETITION_BYTES]
    if packed < levels or body + packed > len(file):
        raise ValueError("sizes")
    start, end = body + levels, body + packed
    if codec == "UNCOMPRESSED" or not of.get(_IS_COMPRESSED, True) or start == end:
        if end + WINDOW > len(file):
            raise ValueError("the file ends in a page")
        return Page(file, start, end, of[_VALUES] - of[_NULLS]), end
    size = header[_UNPACKED_SIZE] - levels
    data = np.frombuffer(pa.Codec("zstd").decompress(file[start:end], size), np.uint8)
    if of[_ENCODING] == _DELTA:
        data = np.concatenate((data, np.zeros(WINDOW, np.uint8)))
    return Page(data, 0, size, of[_VALUES] - of[_NULLS]), end


def _varint(file: NDArray[np.uint8], at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = int(file[at])
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number too long")


def _zigzag(file: NDArray[np.uint8], at: int) -> tuple[int, int]:
    value, at = _varint(file, at)
    return (value >> 1) ^ -(value & 1), at


def _struct(file: NDArray[np.uint8], at: int, end: int) -> tuple[dict[int, Any], int]:
    """The fields of a struct by their numbers, and the place behind it."""
    fields: dict[int, Any] = {}
    number = 0
    while at < end:
        head = int(file[at])
        at += 1
        if head == 0:
            return fields, at
        kind, step = head & 15, head >> 4
        if step:
            number += step
        else:
            number, at = _zigzag(file, at)
        fields[number], at = _value(file, at, end, kind)
    raise ValueError("a struct without an end")


def _value(file: NDArray[np.uint8], at: int, end: int, kind: int) -> tuple[Any, int]:
    if kind in (_TRUE, _FALSE):
        return kind == _TRUE, at
    if kind in (_I16, _I32, _I64):
        return _zigzag(file, at)
    if kind == _STRUCT:
        return _struct(file, at, end)
    if kind == _BINARY:
        size, at = _varint(file, at)
        return None, at + size
    if kind == _BYTE:
        return int(file[at]), at + 1
    raise ValueError("a field of a kind that page headers do not have")
