"""The sample-major copy of a part against the part itself, read in plain Python."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from trihelix.model.errors import StoreError
from trihelix.variants.codes import HET, HOM, MISSING, REF
from trihelix.variants.store.by_sample import carried_by, carried_by_many, write_by_sample
from trihelix.variants.store.genotypes import Companions, Exceptions, Genotypes, Lists, Quality, Sites
from trihelix.variants.store.layout import QUALITY_COLUMNS, Columns
from trihelix.variants.store.parts.rows import take_rows
from trihelix.variants.store.parts.tiles import open_part
from trihelix.variants.store.parts.writer import PartWriter
from trihelix.variants.store.sample_major.writing import Bounds

FILTERS = ["PASS", "LowQual"]
COPIES = ("copies", "called")
SITE = ("pos", "ref", "alt", "filter", "record")
SMALL = Bounds(lines_per_slice=300, planes_per_slice=4000, lines_per_group=16, planes_per_group=200)


def lists_of(cells: NDArray[np.bool_]) -> Lists:
    offsets = np.concatenate([[0], np.cumsum(cells.sum(axis=1))]).astype(np.int64)
    return Lists(offsets, np.nonzero(cells)[1].astype(np.uint32))


def qualities(rng: np.random.Generator, n: int) -> Quality:
    dp, gq, ref_depth, alt_depth = rng.integers(-1, 3000, (4, n)).astype(np.int16)
    phase_set = rng.integers(-1, 1 << 28, n).astype(np.int32)
    return Quality(dp, gq, ref_depth, alt_depth, phase_set, rng.integers(0, 32, n).astype(np.uint8))


def sites_of(rng: np.random.Generator, rows: int) -> Sites:
    blob = np.frombuffer(b"ACGTTTGA", np.uint8)
    start = rng.integers(0, 5, (2, rows)).astype(np.int64)
    length = rng.integers(1, 4, (2, rows)).astype(np.int32)
    pos = np.sort(rng.integers(1, 3 * rows + 2, rows)).astype(np.int32)
    record = np.arange(rows, dtype=np.int32) // 2
    passed = rng.integers(0, 2, rows).astype(np.int32)
    return Sites(
        np.zeros(rows, np.int32), pos, record, passed, start[0], length[0], start[1], length[1], blob
    )


def genotypes_of(
    seed: int, rows: int, samples: int, quality: bool, companions: bool, exceptions: bool
) -> Genotypes:
    """Made-up genotypes: rows that nobody, a few, many or all samples carry."""
    rng = np.random.default_rng(seed)
    often = rng.choice([0.0, 0.5 / samples, 2 / samples, 0.05, 0.4, 1.0], rows)[:, None]
    state = np.where(rng.random((rows, samples)) < often, rng.choice([HET, HOM], (rows, samples)), REF)
    state[(rng.random((rows, samples)) < 0.05) & (state == REF)] = MISSING
    odd = rng.random((rows, samples)) < (0.1 if exceptions else 0)
    near = (rng.random((rows, samples)) < 0.1) & (state <= 0)
    n_odd, n_near, carried = int(odd.sum()), int(near.sum()), int((state > 0).sum())
    counts = [rng.integers(0, 3, n_odd).astype(np.uint8) for _ in COPIES]
    return Genotypes(
        samples,
        sites_of(rng, rows),
        lists_of(state == HET),
        lists_of(state == HOM),
        lists_of(state == MISSING),
        Exceptions(*lists_of(odd), state[odd].astype(np.int8), *counts),
        qualities(rng, carried) if quality else None,
        None,
        Companions(*lists_of(near), state[near].astype(np.int8), qualities(rng, n_near))
        if companions
        else None,
    )


def write_part(folder: Path, genotypes: Genotypes, rows_per_group: int) -> Path:
    path = folder / "contig=chr20" / "part-00000.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = Columns(quality=genotypes.quality is not None, companions=genotypes.companions is not None)
    writer = PartWriter(path, genotypes.samples, columns, "batch", "chr20")
    for first in range(0, len(genotypes), rows_per_group):
        last = min(first + rows_per_group, len(genotypes))
        writer.write(take_rows(genotypes, np.arange(first, last)), FILTERS)
    writer.close()
    return path


Line = dict[str, Any]


def decoded(path: Path) -> dict[tuple[int, int], Line]:
    """(sample, row) to everything that the part says of a carrier or a companion."""
    file = pq.ParquetFile(path)
    samples = int(file.schema_arrow.metadata[b"trihelix.samples"])
    found: dict[tuple[int, int], Line] = {}
    row = 0
    for group in range(file.num_row_groups):
        for place, line in enumerate(file.read_row_group(group).to_pylist()):
            for sample, call in calls_of(line, place * samples, samples).items():
                found[sample, row] = {name: line[name] for name in SITE} | call
            row += 1
    return found


def calls_of(line: Line, base: int, samples: int) -> dict[int, Line]:
    rare = line["n_het"] + line["n_hom"] <= max(1, samples // 64)
    calls: dict[int, Line] = {}
    carriers = [(s, HET) for s in members(line, "het", base)] + [(s, HOM) for s in members(line, "hom", base)]
    for i, (sample, state) in enumerate(carriers):
        known = {name: line[name][i] for name in QUALITY_COLUMNS} if "dp" in line else {}
        calls[sample] = {"state": state, "is_common": not rare, **known}
    for i, cell in enumerate(line.get("companion", [])):
        known = {n: line[f"companion_{n}"][i] for n in QUALITY_COLUMNS} if "dp" in line else {}
        calls[cell - base] = {"state": line["companion_state"][i], "is_common": False, **known}
    for call in calls.values():
        call |= dict.fromkeys(COPIES)
    for i, cell in enumerate(line["exception"]):
        if cell - base in calls:
            calls[cell - base] |= {name: line[f"exception_{name}"][i] for name in COPIES}
    return calls


def members(line: Line, name: str, base: int) -> list[int]:
    if line[f"{name}_bits"] is None:
        return [cell - base for cell in line[name]]
    bits = int.from_bytes(line[f"{name}_bits"], "little")
    return [i for i in range(bits.bit_length()) if bits >> i & 1]


def expected(
    whole: dict[tuple[int, int], Line], samples: list[int], first: int, last: int, companions: bool
) -> list[Line]:
    return [
        {"sample": sample, "row": row} | line
        for (sample, row), line in sorted(whole.items())
        if sample in samples and first <= line["pos"] <= last and (companions or line["state"] > 0)
    ]


shapes = st.fixed_dictionaries(
    {"seed": st.integers(0, 1 << 30), "rows": st.integers(1, 150),
     "samples": st.sampled_from([1, 3, 15, 16, 63, 64, 65, 130, 300]), "quality": st.booleans(),
     "companions": st.booleans(), "exceptions": st.booleans()}
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(shapes, st.sampled_from([Bounds(), SMALL]), st.sampled_from([7, 64, 200]), st.data())
def test_that_every_sample_carries_what_the_part_says(
    shape: dict[str, Any], bounds: Bounds, rows_per_group: int, data: st.DataObject
) -> None:
    with TemporaryDirectory() as place:
        folder = Path(place)
        path = write_part(folder, genotypes_of(**shape), rows_per_group)
        write_by_sample(path, folder / "by_sample", bounds)
        part, whole = open_part(path), decoded(path)
        everyone = list(range(part.samples))
        found = carried_by_many(
            part, folder / "by_sample", everyone, with_companions=True, with_common_quality=True
        )
        assert found.table.to_pylist() == aligned(found.table, expected(whole, everyone, 0, 1 << 30, True))
        one = data.draw(st.sampled_from(everyone))
        found = carried_by(part, folder / "by_sample", one)
        assert found.table.select(["row", "state"]).to_pylist() == [
            {"row": line["row"], "state": line["state"]} for line in expected(whole, [one], 0, 1 << 30, False)
        ]
        some = data.draw(st.lists(st.integers(0, part.samples - 1), max_size=4))
        first, last = data.draw(st.integers(-1, 300)), data.draw(st.integers(-1, 300))
        found = carried_by_many(part, folder / "by_sample", some, first, last, with_common_quality=True)
        assert found.table.to_pylist() == aligned(found.table, expected(whole, some, first, last, False))


def aligned(table: Any, lines: list[Line]) -> list[Line]:
    """The lines with the table's columns in its order; a column too many or too few fails."""
    assert all(set(line) == set(table.column_names) for line in lines)
    return [{name: line[name] for name in table.column_names} for line in lines]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("by_sample")
    path = write_part(folder, genotypes_of(5, 200, 640, True, True, True), 64)
    write_by_sample(path, folder / "by_sample", SMALL)
    return path


def test_that_common_quality_is_null_unless_asked_for(written: Path) -> None:
    folder = written.parents[1] / "by_sample"
    found = carried_by_many(open_part(written), folder, range(640)).table.to_pylist()
    assert {line["is_common"] for line in found} == {True, False}
    assert all((line["dp"] is None) == line["is_common"] for line in found)


def test_that_files_stand_beside_each_other(tmp_path: Path, written: Path) -> None:
    files = write_by_sample(written, tmp_path)
    names = [str(file.relative_to(tmp_path / "contig=chr20")) for file in files]
    kinds = ("rare", "common", "common_rows")
    assert names == [f"part-00000.{kind}.parquet" for kind in kinds]


def test_that_bounds_change_no_line(tmp_path: Path, written: Path) -> None:
    small = [pq.read_table(file) for file in write_by_sample(written, tmp_path / "small", SMALL)]
    large = [pq.read_table(file) for file in write_by_sample(written, tmp_path / "large")]
    assert [a.equals(b) for a, b in zip(small, large, strict=True)] == [True, True, True]


def test_that_row_groups_of_rare_lines_are_found_by_sample(written: Path) -> None:
    rare = pq.ParquetFile(written.parents[1] / "by_sample" / "contig=chr20" / "part-00000.rare.parquet")
    statistics = [rare.metadata.row_group(i).column(0).statistics for i in range(rare.num_row_groups)]
    assert len(statistics) > 10
    for i, of in enumerate(statistics):
        column = rare.read_row_group(i)["sample"].to_pylist()
        assert (of.min, of.max) == (column[0], column[-1])
        assert column == sorted(column)


def test_that_a_copy_of_another_part_is_refused(tmp_path: Path, written: Path) -> None:
    other = write_part(tmp_path, genotypes_of(5, 199, 640, True, True, True), 64)
    folder = written.parents[1] / "by_sample"
    with pytest.raises(StoreError, match="does not belong to its part"):
        carried_by(open_part(other), folder, 3)


@pytest.mark.parametrize("kind", ["rare", "common", "common_rows"])
def test_that_a_file_cut_short_is_named(tmp_path: Path, written: Path, kind: str) -> None:
    shutil.copytree(written.parents[1] / "by_sample", tmp_path / "by_sample")
    file = tmp_path / "by_sample" / "contig=chr20" / f"part-00000.{kind}.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(StoreError) as caught:
        carried_by(open_part(written), tmp_path / "by_sample", 3)
    assert str(file) in caught.value.where


@pytest.mark.parametrize("kind", ["rare", "common"])
def test_that_damage_inside_a_file_is_named(tmp_path: Path, written: Path, kind: str) -> None:
    shutil.copytree(written.parents[1] / "by_sample", tmp_path / "by_sample")
    file = tmp_path / "by_sample" / "contig=chr20" / f"part-00000.{kind}.parquet"
    data = bytearray(file.read_bytes())
    data[4:60] = b"\xff" * 56
    file.write_bytes(data)
    with pytest.raises(StoreError, match="damaged") as caught:
        carried_by(open_part(written), tmp_path / "by_sample", 0)
    assert str(file) in caught.value.where


def test_that_a_missing_copy_is_told(tmp_path: Path, written: Path) -> None:
    with pytest.raises(FileNotFoundError):
        carried_by(open_part(written), tmp_path, 3)


@pytest.mark.parametrize("sample", [-1, 640])
def test_that_a_sample_must_be_in_the_part(written: Path, sample: int) -> None:
    with pytest.raises(ValueError, match="no sample"):
        carried_by(open_part(written), written.parents[1] / "by_sample", sample)


def test_a_part_without_carriers(tmp_path: Path) -> None:
    nobody = genotypes_of(1, 3, 70, True, False, False)
    none = lists_of(np.zeros((3, 70), np.bool_))
    empty = Genotypes(
        70, nobody.sites, none, none, none, nobody.exceptions, qualities(np.random.default_rng(1), 0)
    )
    path = write_part(tmp_path, empty, 2)
    write_by_sample(path, tmp_path / "by_sample")
    found = carried_by(open_part(path), tmp_path / "by_sample", 69, with_common_quality=True)
    assert len(found) == 0
    assert "dp" in found.table.column_names
