"""The decompressed bytes of a BGZF file from any virtual offset on, unpacked by threads into buffers that are used again.

A virtual offset is that of the SAM specification, section 4.1.1: the file offset of a block, shifted by 16 bits, and
the place in its decompressed bytes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.formats.ahead import work_ahead
from trihelix.formats.bgzf import (
    EOF_BLOCK,
    LARGEST_BLOCK,
    READ_SIZE,
    Compression,
    _damaged,
    _truncated,
    _unpack_one,
    compression_of,
    open_binary,
    packed_pieces,
)

ROOM_BEFORE = 1 << 20  # for the beginning of a record that the stretch before stopped with
STRETCH = 1 << 21  # decompressed bytes unpacked together; so much stays in a core's cache
ROOM_BEHIND = 64  # readable bytes behind the last
_MOST_BLOCKS = READ_SIZE // 26 + 8
_HEADER = 18


class Stretch(NamedTuple):
    """Decompressed bytes, buffer[start:end], of whole blocks: where each begins in the buffer and in the file, and
    the place behind the last as well.

    `share` of the file is read when the stretch is. Before `start` there are ROOM_BEFORE bytes that may be used.
    """

    buffer: NDArray[np.uint8]
    start: int
    end: int
    block_starts: NDArray[np.int64]
    block_offsets: NDArray[np.int64]
    share: float

    def virtual_offset(self, at: int) -> int:
        """Where buffer[at] stands in the file; `at` may be the end of the stretch."""
        block = int(np.searchsorted(self.block_starts, at, side="right")) - 1
        within = at - int(self.block_starts[block])
        return int(self.block_offsets[block]) << 16 | within

    def place_of(self, at: int, end: int, before: int) -> int:
        """The virtual offset of a record at `at` where the stretch ends at `end`, also when it was `joined`: a record
        that begins in what stood in front is at `before`."""
        within = self.end - (end - at)
        return self.virtual_offset(within) if within >= self.start else before


class _Packed(NamedTuple):
    """Compressed blocks that become one stretch; `places` are those of the decompressed bytes."""

    data: memoryview
    starts: list[int]
    ends: list[int]
    places: NDArray[np.int64]
    size: int
    file_offset: int
    share: float


@dataclass(frozen=True)
class Buffers:
    """Buffers given back are handed out again: fresh memory costs more than what is done in it."""

    free: deque[NDArray[np.uint8]]

    @classmethod
    def none(cls) -> Buffers:
        """No buffers yet."""
        return cls(deque())

    def take(self, size: int) -> NDArray[np.uint8]:
        """A buffer with room for `size` bytes and the rooms before and behind."""
        try:
            buffer = self.free.pop()
        except IndexError:
            buffer = np.zeros(ROOM_BEFORE + STRETCH + LARGEST_BLOCK + ROOM_BEHIND, np.uint8)
        if len(buffer) < ROOM_BEFORE + size + ROOM_BEHIND:
            buffer = np.zeros(ROOM_BEFORE + size + ROOM_BEHIND, np.uint8)
        return buffer

    def give_back(self, stretch: Stretch) -> None:
        """Nothing of the stretch is needed any more."""
        self.free.append(stretch.buffer)


def stretches(path: Path, offset: int, buffers: Buffers) -> Iterator[Stretch]:
    """The file's decompressed bytes from a virtual offset on, in order; unpacked blocks may begin before it, and
    then the first stretch's `start` stands behind them. Of other files, the text is taken as if every 32,768 bytes were a
    block; plain gzip is unpacked from its beginning to get to a place.

    Raises CorruptFileError for damage and truncation, after everything that came before.
    """
    if (compression := compression_of(path)) is not Compression.BGZF:
        yield from (_plain if compression is Compression.NONE else _gzip)(path, offset, buffers)
        return
    skipped = offset & 0xFFFF
    for stretch in work_ahead(partial(_unpacked, path, buffers), _packed(path, offset >> 16)):
        if skipped:
            if stretch.start + skipped > stretch.end:
                raise _damaged(path, offset >> 16, "there is nothing at the place where reading is to go on")
            yield stretch._replace(start=stretch.start + skipped)
            skipped = 0
            continue
        yield stretch


def _plain(path: Path, offset: int, buffers: Buffers) -> Iterator[Stretch]:
    size = max(path.stat().st_size, 1)
    with open_binary(path) as handle:
        handle.seek((offset >> 16) + (offset & 0xFFFF))
        while data := handle.read(STRETCH):
            yield _copied(data, handle.tell() - len(data), min(handle.tell() / size, 1.0), buffers)


def _gzip(path: Path, offset: int, buffers: Buffers) -> Iterator[Stretch]:
    wanted, at = (offset >> 16) + (offset & 0xFFFF), 0
    for packed in packed_pieces(path):
        text = packed.text()
        at += len(text)
        for first in range(max(wanted - at + len(text), 0), len(text), STRETCH):
            yield _copied(text[first : first + STRETCH], at - len(text) + first, packed.share, buffers)


def _copied(data: bytes, begin: int, share: float, buffers: Buffers) -> Stretch:
    """A stretch of text that begins at byte `begin`."""
    buffer = buffers.take(len(data))
    end = ROOM_BEFORE + len(data)
    buffer[ROOM_BEFORE:end] = np.frombuffer(data, np.uint8)
    buffer[end : end + ROOM_BEHIND] = 0
    starts = np.append(np.arange(ROOM_BEFORE, end, 1 << 15), end)
    return Stretch(buffer, ROOM_BEFORE, end, starts, starts - ROOM_BEFORE + begin, share)


def _unpacked(path: Path, buffers: Buffers, packed: _Packed) -> Stretch:
    buffer = buffers.take(packed.size)
    view = memoryview(buffer)  # type: ignore[arg-type]
    places = packed.places.tolist()
    for start, end, at in zip(packed.starts, packed.ends, places, strict=True):
        text = _unpack_one(path, packed.data[start:end], packed.file_offset + start)
        view[at : at + len(text)] = text
    end = ROOM_BEFORE + packed.size
    view[end : end + ROOM_BEHIND] = bytes(ROOM_BEHIND)
    offsets = np.array([*packed.starts, packed.ends[-1]], np.int64) + packed.file_offset
    return Stretch(buffer, ROOM_BEFORE, end, np.append(packed.places, end), offsets, packed.share)


def _packed(path: Path, offset: int) -> Iterator[_Packed]:
    """The file's blocks from the file offset on, in groups."""
    size = max(path.stat().st_size, 1)
    rest, ended = b"", offset == size
    table = np.empty((2, _MOST_BLOCKS), np.int64)
    with open_binary(path) as handle:
        handle.seek(offset)
        while data := handle.read(READ_SIZE):
            data = rest + data
            found, used, reason = find_blocks(np.frombuffer(data, np.uint8), table)
            if reason:
                raise _damaged(path, offset + used, _REASONS[reason])
            yield from _groups(data, table[:, :found], used, offset, size)
            if found:
                ended = data[:used].endswith(EOF_BLOCK)
            rest = data[used:]
            offset += used
    if rest or not ended:
        raise _truncated(path, offset + len(rest))


def _groups(data: bytes, table: NDArray[np.int64], used: int, offset: int, size: int) -> Iterator[_Packed]:
    starts, sizes = table[0].copy(), table[1].copy()
    ends = np.append(starts[1:], used)
    before = np.cumsum(sizes) - sizes
    view, first = memoryview(data), 0
    while first < len(starts):
        last = max(int(np.searchsorted(before, before[first] + STRETCH)), first + 1)
        places = before[first:last] - before[first] + ROOM_BEFORE
        share = min((offset + int(ends[last - 1])) / size, 1.0)
        yield _Packed(
            view, starts[first:last].tolist(), ends[first:last].tolist(), places, int(sizes[first:last].sum()),
            offset, share,
        )  # fmt: skip
        first = last


_REASONS = {
    1: "no BGZF block starts here",
    2: "a BGZF block without its size",
    3: "a block claims more than 65,536 bytes",
}


@numba.njit(cache=True, nogil=True)
def find_blocks(data: Any, table: Any) -> tuple[int, int, int]:
    """Start and decompressed size of the whole blocks in `data`, into `table`.

    Returns (how many, where the last one ends, 0 or the number of what is wrong there).
    """
    at: Any = 0
    size: Any = 0
    field: Any = 0
    found = 0
    while at + _HEADER <= len(data):
        if data[at] != 0x1F or data[at + 1] != 0x8B or data[at + 2] != 8 or data[at + 3] != 4:
            return found, at, 1
        extra = np.int64(data[at + 10]) | np.int64(data[at + 11]) << 8
        if at + 12 + extra > len(data):
            break
        size = 0
        field = at + 12
        while field + 4 <= at + 12 + extra and size == 0:
            length = np.int64(data[field + 2]) | np.int64(data[field + 3]) << 8
            if data[field] == 66 and data[field + 1] == 67 and length == 2 and field + 6 <= len(data):
                size = (np.int64(data[field + 4]) | np.int64(data[field + 5]) << 8) + 1
            field += 4 + length
        if size <= extra + 20:
            return found, at, 2
        if at + size > len(data) or found == table.shape[1]:
            break
        grown = np.int64(0)
        for byte in range(4):
            grown |= np.int64(data[at + size - 4 + byte]) << (8 * byte)
        if grown > LARGEST_BLOCK:
            return found, at, 3
        table[0, found], table[1, found] = at, grown
        found += 1
        at += size
    return found, at, 0


def joined(rest: NDArray[np.uint8], stretch: Stretch) -> tuple[NDArray[np.uint8], int, int]:
    """A stretch with what the one before left in front of it: (bytes, start, end); ROOM_BEHIND more can be read."""
    if len(rest) <= stretch.start:
        start = stretch.start - len(rest)
        stretch.buffer[start : stretch.start] = rest
        return stretch.buffer, start, stretch.end
    behind = np.zeros(ROOM_BEHIND, np.uint8)
    data = np.concatenate((rest, stretch.buffer[stretch.start : stretch.end], behind))
    return data, 0, len(data) - ROOM_BEHIND
