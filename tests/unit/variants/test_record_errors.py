"""A malformed record ends with its file, line, value and what to do; nothing is skipped in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from trihelix.formats.vcf import open_vcf
from trihelix.model.errors import (
    AssemblyMismatchError,
    CorruptFileError,
    MalformedRecordError,
    NoVariantsError,
    SampleMismatchError,
)
from trihelix.variants.calls import Calls, read_calls
from vcf_builder import vcf_text, write_vcf

GOOD = "chr1 10 . A G . PASS . GT 0/1"
LINES_BEFORE = vcf_text([]).count("\n")


def read(folder: Path, *records: str) -> Calls:
    return read_calls(write_vcf(folder / "a.vcf", vcf_text(records)), ["kid"])


@pytest.mark.parametrize(
    ("record", "message", "value"),
    [
        ("chr1 x . A G . PASS . GT 0/1", "POS", "x"),
        ("chr1 -5 . A G . PASS . GT 0/1", "POS", "-5"),
        ("chr1 20 . A# G . PASS . GT 0/1", "REF", "A#"),
        ("chr1 20 . . G . PASS . GT 0/1", "REF", "."),
        ("chr1 20 . A G1 . PASS . GT 0/1", "ALT", "G1"),
        ("chr1 20 . A G,, . PASS . GT 0/1", "ALT", ","),
        ("chr1 20 . A <DEL . PASS . GT 0/1", "ALT", "<DEL"),
        ("chr1 20 . A G . PASS . GT 0/x", "GT", "0/x"),
        ("chr1 20 . A G . PASS . GT 0/", "GT", "0/"),
        ("chr1 20 . A G . PASS . GT 0/2", "allele", "0/2"),
        ("chr1 20 . A G . PASS . DP 7", "no GT", "DP"),
        ("chr1 20 . A G . PASS . GT", "fewer columns", "9 columns"),
        ("chr1 20 . A G . PASS . GT 0/1 0/1", "more columns", "11 columns"),
        ("chr1 5 . A G . PASS . GT 0/1", "sorted", "5"),
    ],
)
def test_a_malformed_record_is_told_with_its_line_and_value(
    tmp_path: Path, record: str, message: str, value: str
) -> None:
    with pytest.raises(MalformedRecordError, match=message) as caught:
        read(tmp_path, GOOD, record)
    assert f"line {LINES_BEFORE + 2}" in caught.value.where
    assert caught.value.value == value
    assert caught.value.advice


def test_a_contig_that_comes_back_is_unsorted(tmp_path: Path) -> None:
    with pytest.raises(MalformedRecordError, match="sorted"):
        read(tmp_path, GOOD, "chr2 5 . A G . PASS . GT 0/1", "chr1 50 . A G . PASS . GT 0/1")


@pytest.mark.parametrize("n", [1, 50_000])
def test_a_line_cut_short_at_the_end_is_an_error(tmp_path: Path, n: int) -> None:
    text = vcf_text([f"chr1 {i} . A G . PASS . GT 0/1" for i in range(1, n + 1)])
    path = write_vcf(tmp_path / "cut.vcf", text[: text.rindex("PASS")])
    with pytest.raises(MalformedRecordError, match="fewer columns"):
        read_calls(path, ["kid"])


def test_unsorted_records_are_found_across_pieces(tmp_path: Path) -> None:
    """The file is larger than what is parsed at once."""
    records = [f"chr1 {i} . {'A' * 40} G . PASS . GT:DP 0/1:{'9' * 20}" for i in range(1, 90_000)]
    text = vcf_text([*records, "chr1 70000 . A G . PASS . GT 0/1"])
    with pytest.raises(MalformedRecordError, match="sorted"):
        read_calls(write_vcf(tmp_path / "a.vcf", text), ["kid"])


def test_a_header_without_records_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoVariantsError, match="no variant records"):
        read(tmp_path)


def test_invalid_utf8_is_told_with_line_and_byte(tmp_path: Path) -> None:
    text = vcf_text([GOOD, "chr1 20 . A G . PASS NOTE=X GT 0/1"]).encode().replace(b"NOTE=X", b"NOTE=\xff")
    path = tmp_path / "a.vcf"
    path.write_bytes(text)
    with pytest.raises(CorruptFileError, match="UTF-8") as caught:
        read_calls(path, ["kid"])
    assert f"line {LINES_BEFORE + 2}" in caught.value.where
    assert caught.value.value == "0xff"


def test_utf8_text_in_info_is_welcome(tmp_path: Path) -> None:
    assert len(read(tmp_path, "chr1 10 . A G . PASS NOTE=Müller GT 0/1")) == 1


@pytest.mark.parametrize(
    "content", ["", "hello\n", "##fileformat=VCFv4.2\n", "##fileformat=VCFv4.2\nchr1\t1\n"]
)
def test_what_is_not_a_vcf_says_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.vcf"
    path.write_text(content)
    with pytest.raises((CorruptFileError, MalformedRecordError)):
        open_vcf(path)


def test_a_sample_that_stands_twice_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SampleMismatchError, match="twice"):
        open_vcf(write_vcf(tmp_path / "a.vcf", vcf_text([], ["kid", "kid"])))


def test_contig_lengths_of_one_assembly_and_the_name_of_another_contradict(tmp_path: Path) -> None:
    text = vcf_text([], contigs={"chr1": 248956422}, extra="##reference=file:///refs/hg19.fa\n")
    header, _ = open_vcf(write_vcf(tmp_path / "a.vcf", text))
    with pytest.raises(AssemblyMismatchError, match=r"GRCh37.*GRCh38"):
        _ = header.assembly


def test_line_ends_of_windows_and_empty_lines_at_the_end_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    path.write_bytes(
        vcf_text([GOOD, "chr1 20 . A T . PASS . GT:DP 1/1:30"]).replace("\n", "\r\n").encode() + b"\r\n\n"
    )
    calls = read_calls(path, ["kid"])
    assert calls.rows.state[:, 0].tolist() == [1, 2]
    assert calls.rows.depth[:, 0].tolist() == [-1, 30]


def test_what_is_set_aside_is_counted(tmp_path: Path) -> None:
    records = [
        "chr1 10 . A *,G . PASS . GT 1/2",
        "chr1 20 . A <DEL> . PASS . GT 0/1",
        "chr1 30 . A A[chr2:5[ . PASS . GT 0/1",
        "chr1 40 . A A . PASS . GT 0/1",
        "chr1 50 . A R . PASS . GT 0/1",
        "chr1 60 . A G . PASS . GT 0/0/1",
        "chr1 70 . A G . PASS . GT ./1",
        "chr1 80 . A G . PASS . GT 1",
    ]
    calls = read(tmp_path, *records)
    aside = calls.set_aside
    assert (aside.star, aside.symbolic, aside.same_as_ref, aside.ambiguous) == (1, 2, 1, 1)
    assert (aside.ploidy, aside.half_calls, aside.haploid_calls, aside.records) == (1, 1, 1, 8)
    assert calls.rows.pos.tolist() == [10, 60, 70, 80]
    assert calls.rows.state[:, 0].tolist() == [1, -1, 1, 2]
