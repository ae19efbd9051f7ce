"""Decompressed text arrives whole, and damage never passes for an end."""

from __future__ import annotations

import gzip
from pathlib import Path

import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.formats.bgzf import EOF_BLOCK, LARGEST_PIECE, Compression, compression_of, text_pieces
from trihelix.model.errors import CorruptFileError, FileUnreadableError

TEXT = b"".join(b"line %d of some text that is long enough to fill blocks\n" % i for i in range(30_000))


def bgzip(path: Path, data: bytes) -> Path:
    with pysam.BGZFile(str(path), "wb", None) as out:
        out.write(data)
    return path


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    return bgzip(tmp_path / "a.gz", TEXT)


def test_bgzip_gzip_and_plain_give_the_same_text(tmp_path: Path, packed: Path) -> None:
    (tmp_path / "b.gz").write_bytes(gzip.compress(TEXT))
    (tmp_path / "c.txt").write_bytes(TEXT)
    assert compression_of(packed) is Compression.BGZF
    assert compression_of(tmp_path / "b.gz") is Compression.GZIP
    assert compression_of(tmp_path / "c.txt") is Compression.NONE
    for path in (packed, tmp_path / "b.gz", tmp_path / "c.txt"):
        pieces = list(text_pieces(path, 5000))
        assert b"".join(pieces) == TEXT
        assert all(piece.endswith(b"\n") for piece in pieces)


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=0, max_size=300_000), st.integers(100, 70_000))
def test_any_bytes_come_back(tmp_path_factory: pytest.TempPathFactory, data: bytes, size: int) -> None:
    path = bgzip(tmp_path_factory.mktemp("b") / "x.gz", data)
    assert b"".join(text_pieces(path, size)) == data


def test_gzip_of_several_members_is_read_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "two.gz"
    path.write_bytes(gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]))
    assert b"".join(text_pieces(path, 777)) == TEXT


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("kind", ["bgzip", "gzip"])
def test_a_file_cut_short_is_an_error(tmp_path: Path, packed: Path, share: float, kind: str) -> None:
    whole = packed.read_bytes() if kind == "bgzip" else gzip.compress(TEXT)
    cut = tmp_path / "cut.gz"
    cut.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(CorruptFileError, match="cut short"):
        list(text_pieces(cut, 10_000))


def test_a_missing_end_marker_alone_is_an_error(tmp_path: Path, packed: Path) -> None:
    cut = tmp_path / "cut.gz"
    cut.write_bytes(packed.read_bytes()[: -len(EOF_BLOCK)])
    with pytest.raises(CorruptFileError, match="end marker"):
        list(text_pieces(cut))


@pytest.mark.parametrize("kind", ["bgzip", "gzip"])
def test_a_flipped_byte_is_an_error(tmp_path: Path, packed: Path, kind: str) -> None:
    data = bytearray(packed.read_bytes() if kind == "bgzip" else gzip.compress(TEXT))
    data[len(data) // 2] ^= 0xFF
    bad = tmp_path / "bad.gz"
    bad.write_bytes(bytes(data))
    with pytest.raises(CorruptFileError):
        list(text_pieces(bad))


def test_missing_files_and_folders_say_so(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError, match="does not exist"):
        list(text_pieces(tmp_path / "nowhere.vcf.gz"))
    with pytest.raises(FileUnreadableError, match="folder"):
        list(text_pieces(tmp_path))


def test_plain_gzip_that_grows_without_measure_is_an_error(tmp_path: Path) -> None:
    """70 members of 16 MiB each, 1.1 GiB in all, from a megabyte."""
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"\n" * (1 << 24)) * 70)
    with pytest.raises(CorruptFileError, match="grows more than 200-fold"):
        for _ in text_pieces(path):
            pass


def test_one_long_line_is_put_together_from_its_pieces(tmp_path: Path) -> None:
    long = b"x" * 3_000_000
    path = bgzip(tmp_path / "long.gz", b"first\n" + long + b"\nlast")
    assert list(text_pieces(path, 10_000)) == [b"first\n", long + b"\n", b"last"]


def test_gzip_is_given_in_bounded_pieces(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"line\n" * 10_000_000))
    sizes = [len(piece) for piece in text_pieces(path)]
    assert sum(sizes) == 50_000_000
    assert max(sizes) <= LARGEST_PIECE + 5
