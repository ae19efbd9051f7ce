"""Decompressed text of VCF and FASTA files in large pieces of whole lines: BGZF, plain gzip or plain text.

BGZF is described in section 4 of the SAM specification: gzip members of at most 64 KiB whose extra field
holds their compressed size, closed by an empty member that marks the end of the file.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from isal import isal_zlib

from trihelix.formats.ahead import work_ahead
from trihelix.formats.lines import PADDING, Packed
from trihelix.model.errors import CorruptFileError, FileUnreadableError

EOF_BLOCK = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
# isal's own error is an instance of nothing that zlib raises; its type stub calls it a value.
_UNPACK_ERRORS = cast(tuple[type[Exception], ...], (isal_zlib.error, zlib.error))
READ_SIZE = 1 << 20
LARGEST_BLOCK = 1 << 16
BLOCKS_TOGETHER = 20  # of at most 64 KiB each: so many fit a core's cache
LARGEST_PIECE = 1 << 24
FREE_GROWTH, MOST_GROWTH = 1 << 30, 200  # bytes that plain gzip may always give; times its size beyond that


class Compression(StrEnum):
    """How a file is packed."""

    BGZF = "bgzip"
    GZIP = "plain gzip"
    NONE = "uncompressed"


@dataclass(frozen=True)
class Block:
    """Compressed bytes of whole BGZF blocks: offsets of each block in `data`, file offset for messages."""

    data: bytes
    starts: tuple[int, ...]
    file_offset: int


def compression_of(path: Path) -> Compression:
    """How the file is packed, by its first bytes; FileUnreadableError if it cannot be opened."""
    with open_binary(path) as handle:
        head = handle.read(18)
    if head[:2] != b"\x1f\x8b":
        return Compression.NONE
    has_extra = len(head) == 18 and head[3] & 4 and head[12:14] == b"BC"
    return Compression.BGZF if has_extra else Compression.GZIP


def open_binary(path: Path) -> BinaryIO:
    """The file opened for reading; FileUnreadableError says why not."""
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise FileUnreadableError(
            "the file does not exist", where=str(path), advice="check the path"
        ) from error
    except IsADirectoryError as error:
        raise FileUnreadableError(
            "this is a folder, not a file", where=str(path), advice="give the file"
        ) from error
    except OSError as error:
        raise FileUnreadableError(
            "the file cannot be read", where=str(path), value=error.strerror, advice="check its permissions"
        ) from error


def text_pieces(path: Path, read_size: int = READ_SIZE) -> Iterator[bytes]:
    """The file's decompressed bytes in pieces that end at a line end (the last one may lack it).

    Raises CorruptFileError for a truncated or damaged file: nothing after the damage is yielded, and what
    came before must not be used as if it were the whole.
    """
    open_line: list[bytes] = []
    for piece in work_ahead(Packed.text, packed_pieces(path, read_size)):
        cut = piece.rfind(b"\n") + 1
        if cut == 0:
            open_line.append(piece)
            continue
        yield b"".join((*open_line, piece[:cut]))
        open_line = [piece[cut:]]
    if rest := b"".join(open_line):
        yield rest


def packed_pieces(path: Path, read_size: int = READ_SIZE) -> Iterator[Packed]:
    """The file's pieces in order. What several threads can do, the unpacking of BGZF blocks, is left to those who
    take the pieces. Raises as `text_pieces`, here or when a piece is unpacked."""
    return {
        Compression.BGZF: _bgzf_pieces,
        Compression.GZIP: _gzip_pieces,
        Compression.NONE: _plain_pieces,
    }[compression_of(path)](path, read_size)


def _plain_pieces(path: Path, read_size: int) -> Iterator[Packed]:
    size = _size_of(path)
    with open_binary(path) as handle:
        while piece := handle.read(read_size):
            yield Packed(partial(_padded, piece), min(handle.tell() / size, 1.0))


def _padded(piece: bytes) -> bytes:
    return piece + PADDING


def _size_of(path: Path) -> int:
    return max(path.stat().st_size, 1)


def _gzip_pieces(path: Path, read_size: int) -> Iterator[Packed]:
    """One stream: it is unpacked here, a bounded piece at a time, and not beyond what a text can shrink to."""
    given, size = 0, _size_of(path)
    with open_binary(path) as handle:
        unpack = isal_zlib.decompressobj(wbits=31)
        data, more = handle.read(read_size), False
        while data or more:
            try:
                piece = unpack.decompress(data, LARGEST_PIECE)
            except _UNPACK_ERRORS as error:
                raise _damaged(path, handle.tell(), error) from error
            given += len(piece)
            _check_growth(path, handle.tell(), given)
            if piece:
                yield Packed(partial(_padded, piece), min(handle.tell() / size, 1.0))
            data, more = unpack.unconsumed_tail, len(piece) == LARGEST_PIECE
            if unpack.eof:
                data, more = unpack.unused_data.lstrip(b"\0") or handle.read(read_size), False
                if data:
                    unpack = isal_zlib.decompressobj(wbits=31)
            elif not data and not more:
                data = handle.read(read_size)
        if not unpack.eof:
            raise _truncated(path, handle.tell())


def _check_growth(path: Path, read: int, given: int) -> None:
    """Variant files shrink 5- to 30-fold; a stream that gives far more is damaged or made to fill the machine."""
    if given > FREE_GROWTH and given > MOST_GROWTH * read:
        raise CorruptFileError(
            f"the compressed file grows more than {MOST_GROWTH}-fold when it is unpacked",
            where=f"{path}, near byte {read}",
            value=f"{given:,} bytes from {read:,}",
            advice="if its content is right, pack it with bgzip instead of gzip",
        )


def _bgzf_pieces(path: Path, read_size: int) -> Iterator[Packed]:
    size = _size_of(path)
    for block in _read_blocks(path, read_size):
        share = (block.file_offset + len(block.data)) / size
        yield Packed(partial(_unpack, path, block), min(share, 1.0))


def _read_blocks(path: Path, read_size: int) -> Iterator[Block]:
    ended = False
    rest = b""
    offset = 0
    with open_binary(path) as handle:
        while data := handle.read(read_size):
            data = rest + data
            starts, used = _block_starts(path, data, offset)
            for first in range(0, len(starts), BLOCKS_TOGETHER):
                some = starts[first : first + BLOCKS_TOGETHER + 1]
                end = some.pop() if len(some) > BLOCKS_TOGETHER else used
                yield Block(data[some[0] : end], tuple(at - some[0] for at in some), offset + some[0])
            if starts:
                ended = data[:used].endswith(EOF_BLOCK)
            rest = data[used:]
            offset += used
    if rest or not ended:
        raise _truncated(path, offset + len(rest))


def _block_starts(path: Path, data: bytes, file_offset: int) -> tuple[list[int], int]:
    """Offsets of the whole blocks in `data`, and where the last one ends."""
    starts = []
    at = 0
    while at + 18 <= len(data):
        if data[at : at + 4] != b"\x1f\x8b\x08\x04":
            raise _damaged(path, file_offset + at, "no BGZF block starts here")
        extra = struct.unpack_from("<H", data, at + 10)[0]
        if at + 12 + extra > len(data):
            break
        size = _block_size(path, data, at + 12, extra, file_offset)
        if at + size > len(data):
            break
        starts.append(at)
        at += size
    return starts, at


def _block_size(path: Path, data: bytes, at: int, extra: int, file_offset: int) -> int:
    """The size of a block from its extra field's BC entry."""
    end = at + extra
    while at + 4 <= end:
        length = struct.unpack_from("<H", data, at + 2)[0]
        if data[at : at + 2] == b"BC" and length == 2:
            size: int = struct.unpack_from("<H", data, at + 4)[0] + 1
            if size > extra + 20:
                return size
            break
        at += 4 + length
    raise _damaged(path, file_offset + at, "a BGZF block without its size")


def _unpack(path: Path, block: Block) -> bytes:
    ends = (*block.starts[1:], len(block.data))
    view = memoryview(block.data)
    texts = [
        _unpack_one(path, view[start:end], block.file_offset + start)
        for start, end in zip(block.starts, ends, strict=True)
    ]
    return b"".join((*texts, PADDING))


def _unpack_one(path: Path, block: memoryview, file_offset: int) -> bytes:
    extra = struct.unpack_from("<H", block, 10)[0]
    crc, size = struct.unpack_from("<II", block, len(block) - 8)
    if size > LARGEST_BLOCK:
        raise _damaged(path, file_offset, f"a block claims {size:,} bytes")
    try:
        text = isal_zlib.decompress(block[12 + extra : len(block) - 8], wbits=-15, bufsize=max(size, 1))
    except _UNPACK_ERRORS as error:
        raise _damaged(path, file_offset, error) from error
    if len(text) != size or isal_zlib.crc32(text) != crc:
        raise _damaged(path, file_offset, "the checksum does not match")
    return text


def _truncated(path: Path, offset: int) -> CorruptFileError:
    return CorruptFileError(
        "the compressed file is cut short: its end marker is missing",
        where=f"{path}, byte {offset}",
        advice="copy or download the file again and compare its checksum with the source",
    )


def _damaged(path: Path, offset: int, reason: object) -> CorruptFileError:
    return CorruptFileError(
        "the compressed file is damaged",
        where=f"{path}, near byte {offset}",
        value=reason,
        advice="copy or download the file again and compare its checksum with the source",
    )
