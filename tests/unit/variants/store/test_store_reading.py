"""What the store's reader makes of small files, of damage, and of going on where it stopped."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pysam.bcftools
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store_reading_oracle import Told, add_piece, from_reader
from trihelix.model.errors import (
    CorruptFileError,
    FileUnreadableError,
    MalformedRecordError,
    SampleMismatchError,
    TrihelixError,
)
from trihelix.variants.store.genotypes import AS_WRITTEN, N_REGIONS, X_ONLY, Lists
from trihelix.variants.store.reading import ReadingRequest, open_genotypes
from vcf_builder import vcf_text, write_vcf

ASK = ReadingRequest()
RECORDS = (
    "chr1 5 . A G . PASS . GT:DP:GQ:AD 0/1:9:8:4,5 0/0:0:9:0,0 1|1:300:9:1,299",
    "chr1 7 . AC A,* . LowQual . GT 1/2 ./1 0/1/1",
    "chr1 9 . C <NON_REF> . . END=20 GT:DP 0/0:4 ./.:0 0/0:9",
    "chrX 9 . T C . PASS . GT 0/1 1 0",
)
SAMPLES = ("a", "b", "c")


def as_bcf(path: Path, kind: str = "b") -> Path:
    """The file as BCF: packed (b), or its bare bytes (u)."""
    target = path.with_suffix(f".{kind}.bcf")
    pysam.bcftools.view("-Ob", "-o", str(target), str(path), catch_stdout=False)
    if kind == "u":
        target.write_bytes(gzip.decompress(target.read_bytes()))
    return target


def declared(filters: Iterable[str]) -> str:
    return "".join(f'##FILTER=<ID={name},Description="any">\n' for name in filters)


def small_file(folder: Path, kind: str, records: tuple[str, ...] = RECORDS, extra: str = "") -> Path:
    text = vcf_text(records, SAMPLES, extra=extra)
    path = write_vcf(folder / ("a.vcf.gz" if kind == "b" else "a.vcf"), text)
    return as_bcf(path, kind) if kind in "bu" else path


def read_all(path: Path, ask: ReadingRequest = ASK) -> Told:
    return from_reader(path, ask)


@pytest.mark.parametrize("kind", ["b", "u", "t"])
def test_states_lists_and_exceptions(tmp_path: Path, kind: str) -> None:
    expected = np.full((N_REGIONS, 3), AS_WRITTEN, np.uint8)
    told = read_all(small_file(tmp_path, kind), ReadingRequest(expected=expected))
    first, second, third = told.rows
    assert first["site"] == ("chr1", 5, "A", "G")
    assert (first["het"], first["hom"], first["missing"]) == ([0], [2], [1])  # no read is no reference call
    assert first["quality"] == [(9, 8, 4, 5, -1, 8), (300, 9, 1, 299, -1, 4)]
    assert second["filter"] == "LowQual"
    assert second["exceptions"] == [(1, 1, 1, 1), (2, -1, 2, 3)]
    assert third["exceptions"] == []
    assert expected[X_ONLY].tolist() == [2, 1, 1]
    assert told.blocks == [
        ("chr1", 9, 20, 0, 0, 4, -1),
        ("chr1", 9, 20, 1, -1, 0, -1),
        ("chr1", 9, 20, 2, 0, 9, -1),
    ]


@pytest.mark.parametrize("kind", ["b", "t"])
def test_what_was_set_aside_is_counted(tmp_path: Path, kind: str) -> None:
    (piece,) = open_genotypes(small_file(tmp_path, kind), ASK).pieces()
    assert piece.set_aside == replace(
        piece.set_aside, records=4, star=1, ploidy=1, half_calls=1, haploid_calls=2, reference_records=1
    )
    assert piece.records == 4
    assert piece.share == 1.0


def test_files_with_nothing_but_genotypes_have_no_quality(tmp_path: Path) -> None:
    path = write_vcf(tmp_path / "a.vcf.gz", vcf_text(["chr1 5 . A G . . . GT 0/1 1/1 ./."], SAMPLES))
    for source in (path, as_bcf(path)):
        (piece,) = open_genotypes(source, ASK).pieces()
        assert piece.genotypes.quality is None
        assert piece.genotypes.companions is None


@pytest.mark.parametrize("kind", ["b", "u", "t", "gzip"])
def test_reading_goes_on_behind_any_piece(tmp_path: Path, kind: str) -> None:
    records = [f"chr{1 + p // 60_000} {p % 60_000 + 1} . A G . q{p % 3} . GT 0/1 1|1" for p in range(100_000)]
    text = vcf_text(records, ("a", "b"), {"chr1": 10**6, "chr2": 10**6}, declared(("q0", "q1", "q2")))
    name = {"t": "a.vcf.gz", "gzip": "a.gzip"}.get(kind, "a.vcf.gz")
    path = write_vcf(tmp_path / name, text)
    path = as_bcf(path, kind) if kind in "bu" else path
    pieces = list(open_genotypes(path, ASK).pieces())
    assert len(pieces) > 3
    for number, piece in enumerate(pieces):
        token = json.loads(json.dumps(piece.resume))
        ours, theirs = Told(), Told()
        for again in open_genotypes(path, ReadingRequest(start=token)).pieces():
            add_piece(ours, again)
        for rest in pieces[number + 1 :]:
            add_piece(theirs, rest)
        assert ours.rows == theirs.rows
        assert number + 1 == len(pieces) or ours.records == theirs.records


@pytest.mark.parametrize(
    ("record", "part"),
    [
        ("chr1 4 . A G . . . GT 0/1 0/0 0/0", "not sorted"),
        ("chr1 9 . A G . . . GT 0/2 0/0 0/0", "an allele that the record does not have"),
        ("chr1 9 . AZ G . . . GT 0/1 0/0 0/0", "REF must be bases"),
        ("chr1 9 . A G,! . . . GT 0/1 0/0 0/0", "ALT is neither"),
        ("chr1 9 . A G . . . DP 3 4 5", "FORMAT has no GT"),
    ],
)
@pytest.mark.parametrize("kind", ["b", "t"])
def test_bad_records_are_named(tmp_path: Path, kind: str, record: str, part: str) -> None:
    path = small_file(tmp_path, kind, (*RECORDS[:1], record))
    with pytest.raises(MalformedRecordError) as caught:
        read_all(path)
    assert part in caught.value.what
    assert str(path) in caught.value.where
    assert ("record 2" if kind == "b" else "line 14") in caught.value.where
    assert "chr1:" in caught.value.where


@pytest.mark.parametrize("kind", ["b", "t"])
def test_contigs_that_come_back_are_named(tmp_path: Path, kind: str) -> None:
    records = [f"{c} 5 . A G . . . GT 0/1 0/0 0/0" for c in ("chr1", "chr2", "chr1")]
    with pytest.raises(MalformedRecordError, match="comes back") as caught:
        read_all(small_file(tmp_path, kind, tuple(records)))
    assert "chr1:5" in caught.value.where


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("chr1 9 . A G . . . GT 0/1 0/0", "fewer columns"),
        ("chr1 9 . A G . . . GT 0/1 0/0 0/0 0/0", "more columns"),
        ("chr1 nine . A G . . . GT 0/1 0/0 0/0", "POS"),
        ("chr1 9 . A G . . . GT 0/1 0/0 0:0", "GT cannot be read"),
        ("chr1 9 . A G . . . GT 0/1 x/0 0/0", "GT cannot be read"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, line: str, part: str) -> None:
    path = write_vcf(tmp_path / "a.vcf", vcf_text((RECORDS[0], line.replace("0:0", "0/")), SAMPLES))
    with pytest.raises(MalformedRecordError, match=part) as caught:
        read_all(path)
    assert "line 14" in caught.value.where


def test_a_contig_in_two_ways_is_refused(tmp_path: Path) -> None:
    records = ("chr1 5 . A G . . . GT 0/1 0/0 0/0", "1 6 . A G . . . GT 0/1 0/0 0/0")
    with pytest.raises(MalformedRecordError, match="two ways"):
        read_all(small_file(tmp_path, "t", records))


@pytest.mark.parametrize("kind", ["b", "t"])
def test_truncated_files_are_refused(tmp_path: Path, kind: str) -> None:
    path = small_file(tmp_path, kind, tuple(f"chr1 {p} . A G . . . GT 0/1 0/0 ./." for p in range(1, 900)))
    if kind == "t":
        path = write_vcf(tmp_path / "z.vcf.gz", path.read_text())
    whole = path.read_bytes()
    for size in (len(whole) - 28, len(whole) - 1, len(whole) // 2, 40):
        path.write_bytes(whole[:size])
        with pytest.raises(CorruptFileError):
            read_all(path)


def test_a_file_that_ends_within_a_record_is_refused(tmp_path: Path) -> None:
    path = small_file(tmp_path, "u")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorruptFileError, match="within a record") as caught:
        read_all(path)
    assert "record 4" in caught.value.where


def test_another_number_of_samples_is_refused(tmp_path: Path) -> None:
    path = small_file(tmp_path, "u")
    data = bytearray(path.read_bytes())
    first = 9 + struct.unpack_from("<I", data, 5)[0]
    data[first + 28] = 4
    path.write_bytes(data)
    with pytest.raises(MalformedRecordError, match="another number of samples"):
        read_all(path)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
def test_damage_never_gets_beyond_an_error(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    """Bytes of the records change: what comes is an error of ours or genotypes whose lists fit."""
    path = small_file(tmp_path_factory.mktemp("f"), "u")
    data = bytearray(path.read_bytes())
    first = 9 + struct.unpack_from("<I", data, 5)[0]
    for place, value in changes:
        data[first + place % (len(data) - first)] = value
    path.write_bytes(data)
    try:
        told = read_all(path)
    except TrihelixError:
        return
    assert all(max([*row["het"], *row["hom"], *row["missing"], 0]) < 3 for row in told.rows)


def test_what_is_no_variant_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("not a variant file\n")
    with pytest.raises(CorruptFileError, match="not a VCF or BCF"):
        open_genotypes(tmp_path / "a", ASK)
    (tmp_path / "b").write_bytes(b"BCF\x02\x02" + struct.pack("<I", 1 << 20) + b"##fileformat")
    with pytest.raises(CorruptFileError, match="not a whole BCF"):
        open_genotypes(tmp_path / "b", ASK)
    with pytest.raises(FileUnreadableError):
        open_genotypes(tmp_path / "nowhere", ASK)


@pytest.mark.parametrize("kind", ["b", "t"])
def test_tables_for_other_samples_are_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(SampleMismatchError):
        read_all(small_file(tmp_path, kind), ReadingRequest(expected=np.full((N_REGIONS, 2), 2, np.uint8)))


@pytest.mark.parametrize("name", ["a.vcf", "a.vcf.gz", "b.gzip"])
def test_files_without_records_have_no_rows(tmp_path: Path, name: str) -> None:
    path = write_vcf(tmp_path / name, vcf_text((), SAMPLES))
    for source in (path, as_bcf(path)):
        file = open_genotypes(source, ASK)
        assert file.header.samples == SAMPLES
        assert "LowQual" in file.filters
        assert set(file.format) == {"GT", "DP", "GQ", "AD", "PS"}
        assert sum(len(piece.genotypes) for piece in file.pieces()) == 0


def test_long_records_and_many_filters_find_room(tmp_path: Path) -> None:
    """Alleles longer than the room for bases, records longer than a stretch, more filters than a table has."""
    alleles = ",".join("A" * n for n in range(2, 2200))
    records = [
        f"chr1 {p} . C G . {f} . GT 0/1 0/0 1/1" for p, f in enumerate([f"f{n}" for n in range(1500)], 1)
    ]
    records += [f"chr1 5000 . A {alleles} . . . GT 1/2 0/7 2198/2198", "chr2 1 . A G . . . GT 0/1 0/0 1/1"]
    path = small_file(tmp_path, "t", tuple(records), declared(f"f{n}" for n in range(1500)))
    ours, theirs = read_all(path), read_all(as_bcf(path))
    assert ours.rows == theirs.rows
    assert len(ours.rows) == 1500 + 2198 + 1
    assert ours.rows[-1]["site"] == ("chr2", 1, "A", "G")
    assert {row["filter"] for row in ours.rows} == {*(f"f{n}" for n in range(1500)), "."}
    assert ours.rows[-2]["hom"] == [2]


def test_companions_are_the_relatives_who_do_not_carry(tmp_path: Path) -> None:
    kin: Any = (np.array([0, 2, 3, 4]), np.array([1, 2, 0, 0], np.uint32))
    told = read_all(small_file(tmp_path, "b"), ReadingRequest(kin=Lists(*kin), rare_at_most=1))
    assert [row["companions"] for row in told.rows[:1]] == [[]]  # two carriers are not rare
    told = read_all(small_file(tmp_path, "b"), ReadingRequest(kin=Lists(*kin), rare_at_most=2))
    assert told.rows[0]["companions"] == [(1, -1, 0, 9, 0, 0, -1, 0)]
