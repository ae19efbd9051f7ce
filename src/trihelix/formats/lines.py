"""Work on the whole lines of a packed text, done by threads that also unpack it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from trihelix.formats.ahead import work_ahead

R = TypeVar("R")
PADDING = bytes(64)


@dataclass(frozen=True)
class Packed:
    """A piece of a file's text that any thread may unpack: `unpack` gives it with PADDING behind it. `share` of the
    file, above 0 and at most 1, is read when the piece is."""

    unpack: Callable[[], bytes]
    share: float

    def text(self) -> bytes:
        """The text without the padding."""
        return self.unpack()[: -len(PADDING)]


@dataclass(frozen=True)
class Lines:
    """Whole lines, text[start:end]; as many bytes as PADDING may be read behind them. `share` as in Packed."""

    text: bytes
    start: int
    end: int
    share: float


def work_on_lines(
    work: Callable[[Lines], R], before: bytes, share: float, pieces: Iterable[Packed]
) -> Iterator[R]:
    """The results of `work` on stretches of whole lines, in the text's order. `before` is text that comes before the
    pieces, with its share. A line that runs over a border is worked on by itself; the last may lack its end."""
    cut = before.rfind(b"\n") + 1
    if cut:
        yield work(_alone(before[:cut], share))
    open_line = [before[cut:]]
    for head, results, tail, share in work_ahead(partial(_on_inside, work), pieces):
        open_line.append(head)
        if tail is None:
            continue
        yield work(_alone(b"".join(open_line), share))
        yield from results
        open_line = [tail]
    if last := b"".join(open_line):
        yield work(_alone(last, share))


def _alone(text: bytes, share: float) -> Lines:
    return Lines(text + PADDING, 0, len(text), share)


def _on_inside(work: Callable[[Lines], R], piece: Packed) -> tuple[bytes, list[R], bytes | None, float]:
    """The end of a line that the piece begins with, work on the whole lines behind it, and the beginning of a line
    that the piece stops with (None where no line ends in the piece); its share."""
    text = piece.unpack()
    size = len(text) - len(PADDING)
    start = text.find(b"\n", 0, size) + 1
    if not start:
        return text[:size], [], None, piece.share
    end = text.rfind(b"\n", 0, size) + 1
    results = [work(Lines(text, start, end, piece.share))] if end > start else []
    return text[:start], results, text[end:size], piece.share
