"""Tables appear whole under their name, or not at all."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from trihelix.model.errors import OutputError
from trihelix.services.table_files import check_table_path, write_table

TABLE = pl.DataFrame({"contig": ["chr1", "chr2"], "pos": [5, None], "af": [0.25, 1e-9]})


def test_a_tsv_is_exact_and_leaves_holes_empty(tmp_path: Path) -> None:
    write_table(TABLE, tmp_path / "a.tsv")
    assert (tmp_path / "a.tsv").read_text() == "contig\tpos\taf\nchr1\t5\t0.25\nchr2\t\t1e-9\n"


def test_the_same_table_is_the_same_packed_file(tmp_path: Path) -> None:
    for name in ("a.tsv.gz", "b.tsv.gz"):
        write_table(TABLE, tmp_path / name)
    write_table(TABLE, tmp_path / "a.tsv")
    assert (tmp_path / "a.tsv.gz").read_bytes() == (tmp_path / "b.tsv.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.tsv.gz").read_bytes()) == (tmp_path / "a.tsv").read_bytes()


def test_a_path_is_tried_without_a_trace(tmp_path: Path) -> None:
    check_table_path(tmp_path / "a.tsv")
    assert list(tmp_path.iterdir()) == []


def test_folders_are_made_and_earlier_files_replaced(tmp_path: Path) -> None:
    out = tmp_path / "new" / "deep" / "a.parquet"
    write_table(TABLE.head(1), out)
    write_table(TABLE, out)
    assert pl.read_parquet(out).equals(TABLE)
    assert list(out.parent.iterdir()) == [out]
    assert out.stat().st_mode & 0o777 == (tmp_path / "new").stat().st_mode & 0o666


@pytest.mark.parametrize("name", ["a.xlsx", "a", "a.gz", "tsv"])
def test_names_that_say_no_kind_of_table(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="what kind of table"):
        check_table_path(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder.tsv").mkdir()
    for out in (tmp_path / "file" / "a.tsv", tmp_path / "folder.tsv"):
        with pytest.raises(OutputError, match="cannot be written"):
            write_table(TABLE, out)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.tsv"]
