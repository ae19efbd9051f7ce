"""Genotypes written as parts and read back; pages read by our kernels and by Arrow; pages that are damaged."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from genotypes_builder import FILTERS, Shape, plain, some_genotypes
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.model.errors import StoreError
from trihelix.variants.store import layout
from trihelix.variants.store.cohorts import bitmap_of
from trihelix.variants.store.genotypes import Genotypes
from trihelix.variants.store.layout import CLASSES, Columns
from trihelix.variants.store.parts.decoding import genotypes_of, rows_between
from trihelix.variants.store.parts.rows import concatenate, take_rows
from trihelix.variants.store.parts.tiles import Part, open_part
from trihelix.variants.store.parts.writer import PartWriter, group_borders

SHAPES = st.builds(
    Shape,
    rows=st.sampled_from([1, 2, 33, 140]),
    samples=st.sampled_from([1, 2, 15, 16, 17, 63, 64, 65, 300, 1200]),
    quality=st.booleans(),
    exceptions=st.booleans(),
    companions=st.booleans(),
    sources=st.sampled_from([0, 3]),
)


def write(path: Path, genotypes: Genotypes, pieces: int = 1) -> Part:
    columns = Columns(
        genotypes.quality is not None, genotypes.sources is not None, genotypes.companions is not None
    )
    writer = PartWriter(path, genotypes.samples, columns, "batch", "chr1")
    for rows in np.array_split(np.arange(len(genotypes)), pieces):
        if len(rows):
            writer.write(take_rows(genotypes, rows), FILTERS)
    writer.close()
    return open_part(path)


def read(part: Part) -> list[dict[str, object]]:
    filters: dict[str, int] = {}
    tiles = [genotypes_of(tile, filters) for tile in part.tiles()]
    return plain(concatenate(tiles), list(filters))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), shape=SHAPES, pieces=st.integers(1, 3))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, seed: int, shape: Shape, pieces: int
) -> None:
    genotypes = some_genotypes(seed, shape)
    part = write(tmp_path_factory.mktemp("parts") / "p.parquet", genotypes, pieces)
    assert read(part) == plain(genotypes)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), shape=SHAPES)
def test_members_of_a_cohort_are_counted(
    tmp_path_factory: pytest.TempPathFactory, seed: int, shape: Shape
) -> None:
    genotypes = some_genotypes(seed, shape)
    part = write(tmp_path_factory.mktemp("parts") / "p.parquet", genotypes, 2)
    members = np.random.default_rng(seed).random((3, shape.samples)) < np.array([[0.1], [0.5], [1.0]])
    bitmaps = np.stack([bitmap_of(row) for row in members])
    for name in CLASSES:
        found = np.concatenate([tile.count(name, bitmaps) for tile in part.tiles()], axis=1)
        expected = [
            [int(some[getattr(genotypes, name).of(row)].sum()) for row in range(shape.rows)]
            for some in members
        ]
        assert found.tolist() == expected


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), shape=SHAPES)
def test_cells_are_what_arrow_reads(
    tmp_path_factory: pytest.TempPathFactory, seed: int, shape: Shape
) -> None:
    part = write(tmp_path_factory.mktemp("parts") / "p.parquet", some_genotypes(seed, shape))
    for tile in part.tiles():
        table = tile.arrow(["pos", *CLASSES])
        assert tile.pos.tolist() == table["pos"].to_pylist()
        for name in CLASSES:
            cells = [cell for row in table[name].to_pylist() for cell in row]
            assert tile.cells(name).tolist() == cells


def test_dense_rows_have_planes_and_others_lists(tmp_path: Path) -> None:
    genotypes = some_genotypes(5, Shape(200, 333))
    part = write(tmp_path / "p.parquet", genotypes)
    table = part.tile(0).arrow(["n_het", "het", "het_bits"]).to_pylist()
    dense = [row["n_het"] > layout.dense_above(333) for row in table]
    assert 0 < sum(dense) < len(dense)
    assert [row["het_bits"] is not None for row in table] == dense
    assert [len(row["het"]) for row in table] == [
        0 if d else row["n_het"] for d, row in zip(dense, table, strict=True)
    ]


def test_row_groups_hold_rows_up_to_their_limits() -> None:
    genotypes = some_genotypes(1, Shape(9_000, 3, companions=False))
    borders = group_borders(genotypes)
    assert borders == [(0, 4096), (4096, 8192), (8192, 9000)]


def test_rows_between_positions(tmp_path: Path) -> None:
    genotypes = some_genotypes(3, Shape(120, 70, sources=2))
    part = write(tmp_path / "p.parquet", genotypes)
    first, last = 40, 90
    inside = [row for row in plain(genotypes) if first <= row["allele"][0] <= last]
    filters: dict[str, int] = {}
    found = rows_between(part.tile(0), filters, first, last)
    assert found is not None
    assert plain(found, list(filters)) == inside
    assert rows_between(part.tile(0), filters, 100_000, 200_000) is None


@pytest.mark.parametrize("version", [None, str(layout.VERSION + 1)])
def test_a_part_of_another_version_is_refused(tmp_path: Path, version: str | None) -> None:
    metadata = {} if version is None else {"trihelix.store": version}
    pq.write_table(pa.table({"pos": [1]}).replace_schema_metadata(metadata), tmp_path / "p.parquet")
    with pytest.raises(StoreError, match="version"):
        open_part(tmp_path / "p.parquet")


@pytest.mark.parametrize("size", [0, 3, 200])
def test_a_part_that_is_cut_short_is_refused(tmp_path: Path, size: int) -> None:
    write(tmp_path / "p.parquet", some_genotypes(3, Shape(30, 30)))
    (tmp_path / "p.parquet").write_bytes((tmp_path / "p.parquet").read_bytes()[:size])
    with pytest.raises(StoreError):
        open_part(tmp_path / "p.parquet")


@pytest.mark.parametrize("shape", [Shape(60, 40), Shape(100, 1100)], ids=str)
def test_damaged_pages_are_refused_or_read_within_bounds(tmp_path: Path, shape: Shape) -> None:
    """In a process of its own, with numba's check of bounds: a read outside an array would raise IndexError."""
    write(tmp_path / "p.parquet", replace(some_genotypes(11, shape), companions=None))
    program = Path(__file__).with_name("damage_parts.py")
    environment = os.environ | {
        "NUMBA_BOUNDSCHECK": "1",
        "NUMBA_CACHE_DIR": str(tmp_path.parent / "checked-kernels"),
    }
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path / "p.parquet"), "0", "200"],
        env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    refused, _ = map(int, done.stdout.split())
    assert refused > 20
