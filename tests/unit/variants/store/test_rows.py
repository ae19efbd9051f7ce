"""Rows of genotypes taken, put in another order and put together, against plain lists."""

from __future__ import annotations

import numpy as np
from genotypes_builder import Shape, plain, some_genotypes
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.variants.store.parts.rows import concatenate, gather_bytes, take_rows

SHAPE = st.builds(
    Shape,
    rows=st.integers(1, 30),
    samples=st.sampled_from([1, 5, 70]),
    quality=st.booleans(),
    companions=st.booleans(),
    sources=st.just(2),
)
UNKNOWN = (-1, -1, -1, -1, -1, 0)


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10_000), shape=SHAPE, data=st.data())
def test_rows_are_taken_in_the_order_asked_for(seed: int, shape: Shape, data: st.DataObject) -> None:
    genotypes = some_genotypes(seed, shape)
    rows = data.draw(st.lists(st.integers(0, shape.rows - 1), max_size=40))
    whole = plain(genotypes)
    assert plain(take_rows(genotypes, np.array(rows, np.int64))) == [whole[row] for row in rows]


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10_000), shape=SHAPE, cuts=st.lists(st.integers(0, 30), max_size=3))
def test_what_is_cut_apart_is_put_together_again(seed: int, shape: Shape, cuts: list[int]) -> None:
    genotypes = some_genotypes(seed, shape)
    pieces = np.split(np.arange(shape.rows), sorted(min(c, shape.rows) for c in cuts))
    assert plain(concatenate([take_rows(genotypes, rows) for rows in pieces])) == plain(genotypes)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), order=st.permutations([0, 1, 2]))
def test_columns_that_some_lack_are_filled(seed: int, order: list[int]) -> None:
    shapes = [Shape(4, 9), Shape(3, 9, quality=False), Shape(5, 9, companions=True)]
    parts = [some_genotypes(seed + i, shapes[i]) for i in order]
    expected = [row for part in parts for row in plain(part)]
    for row in expected:
        row.setdefault("quality", [UNKNOWN] * (len(row["het"]) + len(row["hom"])))
        row.setdefault("companions", [])
    assert plain(concatenate(parts)) == expected


@given(st.lists(st.binary(max_size=6), max_size=10))
def test_pieces_of_bytes_are_gathered(pieces: list[bytes]) -> None:
    blob = np.frombuffer(b"".join(pieces) + b"x", np.uint8)
    length = np.array([len(p) for p in pieces], np.int32)
    start = np.cumsum(length, dtype=np.int64) - length
    backwards = np.arange(len(pieces))[::-1]
    offsets, out = gather_bytes(blob, start[backwards], length[backwards])
    assert out.tobytes() == b"".join(pieces[::-1])
    assert offsets.tolist() == np.cumsum([0, *(len(p) for p in pieces[::-1])]).tolist()
