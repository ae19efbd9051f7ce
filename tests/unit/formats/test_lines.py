"""Work sees every line once, whole and in order, wherever the pieces are cut."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.formats.lines import PADDING, Lines, Packed, work_on_lines


def padded(piece: bytes) -> bytes:
    return piece + PADDING


def pieces_of(text: bytes, cuts: list[int]) -> Iterator[Packed]:
    places = [0, *sorted(min(c, len(text)) for c in cuts), len(text)]
    for start, end in pairwise(places):
        yield Packed(partial(padded, text[start:end]), max(end, 1) / max(len(text), 1))


def seen(lines: Lines) -> tuple[bytes, bool, float]:
    readable = len(lines.text) >= lines.end + len(PADDING)
    return lines.text[lines.start : lines.end], readable, lines.share


@settings(deadline=None)
@given(st.text("ab\n", max_size=200), st.lists(st.integers(0, 200), max_size=8), st.text("ab\n", max_size=30))
def test_stretches_are_the_text_in_whole_lines(text: str, cuts: list[int], before: str) -> None:
    results = list(work_on_lines(seen, before.encode(), 0.01, pieces_of(text.encode(), cuts)))
    assert b"".join(stretch for stretch, _, _ in results) == (before + text).encode()
    assert all(stretch.endswith(b"\n") for stretch, _, _ in results[:-1])
    assert all(stretch and readable for stretch, readable, _ in results)
    shares = [share for _, _, share in results]
    assert shares == sorted(shares)


def test_text_gives_what_unpack_gives_without_padding() -> None:
    assert Packed(partial(padded, b"abc"), 1.0).text() == b"abc"
