"""Callable intervals: what blocks become, and who covers a position, against plain Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.model.errors import CorruptFileError
from trihelix.variants.codes import MISSING, REF
from trihelix.variants.store.callable import (
    DP_BINS,
    GQ_BINS,
    WINDOW,
    CallableRegions,
    CallableWriter,
    Stretches,
    callable_counts,
    callable_samples,
    from_intervals,
    uncovered_rows,
)
from trihelix.variants.store.cohorts import bitmap_of, bitmap_of_ordinals, ordinals_of
from trihelix.variants.store.genotypes import ReferenceBlocks

SAMPLES = 70  # more than one word
BASE = WINDOW - 40  # blocks lie around a border of windows
BLOCK = st.tuples(
    st.integers(1, 60), st.integers(0, 40), st.sampled_from([0, 3, 66, 69]), st.sampled_from([REF, REF, MISSING]),
    st.sampled_from([-1, 0, 9, 10, 14, 30, 400]), st.sampled_from([-1, 19, 20, 99, 200]),
)  # fmt: skip
Block = tuple[int, int, int, int, int, int]
Covered = dict[tuple[int, int], tuple[int, int]]


def files_in(folder: Path) -> list[Path]:
    """The callable files of a folder, as a manifest would name them."""
    return sorted(folder.glob("contig=*/part-00000.parquet"))


def stretches(blocks: list[Block]) -> Stretches:
    rows = [(BASE + p, BASE + p + n, *rest) for p, n, *rest in sorted(blocks, key=lambda b: b[0])]
    return Stretches(*np.array(rows, np.int64).reshape(-1, 6).T)


def lower(value: int, bounds: tuple[int, ...]) -> int:
    return max(b for b in bounds if b <= max(value, 0))


def covered(stated: Stretches) -> Covered:
    """DP and GQ bins by (sample, position); the first statement about a position stays."""
    found: Covered = {}
    for start, end, sample, state, dp, gq in zip(*(c.tolist() for c in stated), strict=True):
        for pos in range(start, end + 1) if state == REF else ():
            found.setdefault((sample, pos), (lower(dp, DP_BINS), lower(gq, GQ_BINS)))
    return found


def as_covered(folder: Path, contig: str = "chr1") -> Covered:
    regions = CallableRegions(files_in(folder), SAMPLES)
    found: Covered = {}
    for _, s, a, b, dp, gq in zip(*(c.tolist() for c in regions.intervals(contig, 1, 1 << 30)), strict=True):
        assert (a - 1) // WINDOW == (b - 1) // WINDOW
        for pos in range(a, b + 1):
            assert (s, pos) not in found
            found[s, pos] = (dp, gq)
    return found


@settings(max_examples=60, deadline=None)
@given(blocks=st.lists(BLOCK, max_size=14), pieces=st.integers(1, 3), in_memory=st.sampled_from([0, 3, 1000]))
def test_files_say_what_the_blocks_say(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[Block], pieces: int, in_memory: int
) -> None:
    """However the blocks come in pieces, and whether or not rows had to wait in files."""
    folder = tmp_path_factory.mktemp("c")
    stated = stretches(blocks)
    writer = CallableWriter(folder, in_memory)
    for part in np.array_split(np.arange(len(stated.start)), pieces):
        writer.add("chr1", Stretches(*(column[part] for column in stated)))
    writer.close()
    assert as_covered(folder) == covered(stated)
    assert not list(folder.glob("waiting-*"))


@settings(max_examples=60, deadline=None)
@given(
    blocks=st.lists(BLOCK, max_size=14),
    positions=st.lists(st.integers(BASE - 3, BASE + 110), max_size=12),
    cohorts=st.lists(st.sets(st.sampled_from([0, 1, 3, 66, 69])), max_size=3),
    min_dp=st.sampled_from([0, 10, 15]),
    min_gq=st.sampled_from([0, 20, 50]),
)
def test_counts_and_samples_equal_plain_counting(
    tmp_path_factory: pytest.TempPathFactory,
    blocks: list[Block],
    positions: list[int],
    cohorts: list[set[int]],
    min_dp: int,
    min_gq: int,
) -> None:
    folder = tmp_path_factory.mktemp("c")
    stated = stretches(blocks)
    writer = CallableWriter(folder)
    writer.add("chr1", stated)
    writer.close()
    regions = CallableRegions(files_in(folder), SAMPLES)
    well = {key for key, (dp, gq) in covered(stated).items() if dp >= min_dp and gq >= min_gq}
    pos = np.array(sorted(positions), np.int32)
    bitmaps = [bitmap_of_ordinals(np.array(sorted(c), np.int64), SAMPLES) for c in cohorts]
    words = np.array(bitmaps, np.uint64).reshape(len(cohorts), 2)
    counts = callable_counts(regions, "1", pos, words, min_dp, min_gq)
    assert counts.tolist() == [[sum((s, p) in well for s in c) for p in pos.tolist()] for c in cohorts]
    for p in pos.tolist()[:3]:
        there = ordinals_of(callable_samples(regions, "1", p, min_dp, min_gq)).tolist()
        assert there == sorted(s for s, q in well if q == p)


@settings(max_examples=200, deadline=None)
@given(
    intervals=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 12))),
    positions=st.lists(st.integers(1, 60)),
)
def test_uncovered_rows_are_those_in_no_interval(
    intervals: list[tuple[int, int]], positions: list[int]
) -> None:
    """Also where intervals overlap or lie in one another."""
    spans = sorted((a, a + n) for a, n in intervals)
    start, end = np.array(spans, np.int32).reshape(-1, 2).T
    pos = np.array(sorted(positions), np.int32)
    expected = [i for i, p in enumerate(sorted(positions)) if not any(a <= p <= b for a, b in spans)]
    assert uncovered_rows(start, end, pos).tolist() == expected


def one_sample(*rows: tuple[int, int, int, int], sample: int = 0) -> Stretches:
    columns: list[Any] = np.array(rows).T.tolist()
    start, end, dp, gq = map(np.array, columns)
    return Stretches(start, end, np.full(len(rows), sample), np.full(len(rows), REF), dp, gq)


def test_touching_blocks_of_equal_bins_are_one_row_per_window(tmp_path: Path) -> None:
    writer = CallableWriter(tmp_path)
    writer.add(
        "chr2", one_sample((1, 9, 20, 30), (10, 15, 29, 49), (17, 20, 20, 30), (21, WINDOW + 5, 30, 30))
    )
    files = writer.close()
    table = pl.read_parquet(files[0], hive_partitioning=False)
    assert [path.relative_to(tmp_path).as_posix() for path in files] == ["contig=chr2/part-00000.parquet"]
    assert table.rows() == [
        (0, 0, 1, 15, 20, 30), (0, 0, 17, 20, 20, 30), (0, 0, 21, WINDOW, 30, 30), (1, 0, WINDOW + 1, WINDOW + 5, 30, 30),
    ]  # fmt: skip
    assert CallableRegions(files_in(tmp_path), 1).windows("2").tolist() == [0, 1]


def test_blocks_of_a_gvcf_keep_their_contigs(tmp_path: Path) -> None:
    writer = CallableWriter(tmp_path)
    contig, pos, end = np.array([1, 0], np.int32), np.array([5, 8], np.int32), np.array([9, 9], np.int32)
    ones = np.ones(2, np.int16)
    writer.add_blocks(
        ReferenceBlocks(contig, pos, end, ones.astype(np.uint32), np.zeros(2, np.int8), 40 * ones, 60 * ones),
        ["chrX", "chrM"],
    )
    writer.close()
    assert as_covered(tmp_path, "chrM") == {(1, p): (30, 50) for p in range(5, 10)}
    assert as_covered(tmp_path, "MT") == as_covered(tmp_path, "chrM")
    assert as_covered(tmp_path, "X") == {(1, p): (30, 50) for p in (8, 9)}


def test_declared_intervals_pass_every_threshold(tmp_path: Path) -> None:
    writer = CallableWriter(tmp_path)
    writer.add("1", from_intervals(2, np.array([50, 10]), np.array([60, 20])))
    writer.close()
    regions = CallableRegions(files_in(tmp_path), 3)
    everybody = bitmap_of(np.ones(3, np.bool_))[None]
    counts = callable_counts(regions, "chr1", np.array([9, 10, 20, 55, 61], np.int32), everybody, 30, 90)
    assert counts.tolist() == [[0, 1, 1, 1, 0]]


def test_nothing_is_callable_without_files(tmp_path: Path) -> None:
    CallableWriter(tmp_path / "none").close()
    regions = CallableRegions([], 3)
    everybody = bitmap_of(np.ones(3, np.bool_))[None]
    assert callable_counts(regions, "chr1", np.array([5], np.int32), everybody).tolist() == [[0]]
    assert callable_samples(regions, "chr1", 5).tolist() == [0]


@pytest.mark.parametrize("damage", ["cut", "windows", "sample", "columns"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    writer = CallableWriter(tmp_path)
    writer.add("1", one_sample((1, WINDOW + 5, 20, 30), sample=4))
    path = writer.close()[0]
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-20])
    if damage == "windows":
        pl.read_parquet(path).drop("contig", strict=False).write_parquet(path)
    if damage == "columns":
        pl.DataFrame({"window": [1]}).write_parquet(path)
    regions = CallableRegions(files_in(tmp_path), 4 if damage == "sample" else 5)
    with pytest.raises(CorruptFileError, match="callable intervals") as caught:
        callable_samples(regions, "1", 5)
    assert str(path) in caught.value.where


def test_both_thresholds_count_from_their_bound_on(tmp_path: Path) -> None:
    """DP 10 and GQ 20 are enough; one less of either is not."""
    writer = CallableWriter(tmp_path)
    for sample, (dp, gq) in enumerate([(10, 20), (9, 20), (10, 19), (-1, 99), (99, -1)]):
        writer.add("1", one_sample((1, 9, dp, gq), sample=sample))
    writer.close()
    regions = CallableRegions(files_in(tmp_path), 5)
    each = np.array([bitmap_of(np.arange(5) == sample) for sample in range(5)])
    at_five = np.array([5], np.int32)
    assert callable_counts(regions, "1", at_five, each)[:, 0].tolist() == [1, 0, 0, 0, 0]
    assert callable_counts(regions, "1", at_five, each, min_dp=9)[:, 0].tolist() == [1, 0, 0, 0, 0]
    assert callable_counts(regions, "1", at_five, each, min_dp=8)[:, 0].tolist() == [1, 1, 0, 0, 0]
    assert callable_counts(regions, "1", at_five, each, min_gq=0)[:, 0].tolist() == [1, 0, 1, 0, 1]
    assert ordinals_of(callable_samples(regions, "1", 5)).tolist() == [0]
    assert ordinals_of(callable_samples(regions, "1", 5, min_gq=0)).tolist() == [0, 2, 4]
