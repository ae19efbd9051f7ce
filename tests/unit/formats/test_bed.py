"""BED files read as positions 1-based inclusive."""

from __future__ import annotations

from pathlib import Path

import pytest

from trihelix.formats.bed import Interval, read_bed
from trihelix.model.errors import CorruptFileError, FileUnreadableError, MalformedRecordError
from vcf_builder import write_vcf

TEXT = "track name=x\n#c\tx\nbrowser position chr1\n\nchr1\t0\t10\tfirst\t5\nchr2 99 100\nchrX\t5\t9\t.\n"
INTERVALS = [
    Interval("chr1", 1, 10, "first", 5),
    Interval("chr2", 100, 100, "", 6),
    Interval("chrX", 6, 9, "", 7),
]


@pytest.mark.parametrize("name", ["a.bed", "a.bed.gz", "a.gzip"])
def test_intervals_of_plain_and_packed_files(tmp_path: Path, name: str) -> None:
    assert read_bed(write_vcf(tmp_path / name, TEXT)) == INTERVALS


def test_lines_of_windows_and_a_missing_last_line_end(tmp_path: Path) -> None:
    path = tmp_path / "a.bed"
    path.write_bytes(b"chr1\t0\t10\r\nchr1\t20\t30\tb")
    assert [(i.first, i.last, i.name) for i in read_bed(path)] == [(1, 10, ""), (21, 30, "b")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("chr1\t5", "no interval"),
        ("chr1\t-1\t5", "no interval"),
        ("chr1\t1.0\t5", "no interval"),
        ("chr1\t5\t5", "empty"),
    ],
)
def test_lines_that_are_no_intervals_are_named(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "a.bed"
    path.write_text(f"chr1\t0\t10\n{line}\n")
    with pytest.raises(MalformedRecordError, match=words) as caught:
        read_bed(path)
    assert caught.value.where.endswith("line 2")


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "empty.bed").write_text("# nothing\n")
    (tmp_path / "binary.bed").write_bytes(b"chr1\t\xff\t5\n")
    with pytest.raises(MalformedRecordError, match="no intervals"):
        read_bed(tmp_path / "empty.bed")
    with pytest.raises(CorruptFileError):
        read_bed(tmp_path / "binary.bed")
    with pytest.raises(FileUnreadableError):
        read_bed(tmp_path / "absent.bed")
