"""Constraint packs from small tables in the shapes of gnomAD v4, v2.1.1 and a plain pLI table."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from trihelix.model.errors import CorruptFileError, PackError
from trihelix.reference.constraint import convert, open_constraint
from trihelix.reference.pack import ConversionOptions, Converted

V4 = (
    "gene",
    "gene_id",
    "transcript",
    "canonical",
    "mane_select",
    "lof.pLI",
    "lof.oe_ci.upper",
    "mis.z_score",
)


def make(
    folder: Path,
    *tables: list[tuple[str, ...]],
    name: str = "table",
    options: ConversionOptions | None = None,
) -> tuple[Converted, pl.DataFrame]:
    sources = []
    for number, rows in enumerate(tables):
        sources.append(folder / f"{name}{number}.tsv")
        sources[-1].write_text("".join("\t".join(row) + "\n" for row in rows))
    return convert(sources, folder, options or ConversionOptions()), open_constraint(folder)


def test_one_row_per_gene_of_mane_select_then_canonical(tmp_path: Path) -> None:
    rows = [
        V4,
        ("B", "222", "NM_2.1", "true", "true", "0.5", "0.6", "1.5"),
        ("B", "ENSG2.3", "ENST21", "false", "false", "0.1", "0.1", "0.1"),
        ("B", "ENSG2.3", "ENST22", "true", "true", "0.9", "3.0e-1", "2.5"),
        ("A", "ENSG1", "ENST11", "false", "false", "0.2", "0.2", "0.2"),
        ("A", "ENSG1", "ENST12", "true", "false", "0.3", "NA", "-1"),
        ("A2", "ENSG6", "ENST61", "true", "false", "0.4", "0.4", "0.4"),
        ("A2", "ENSG6", "ENST62", "false", "true", "0.6", "0.6", "0.6"),
        ("C", "333", "XM_1.1", "false", "false", "NA", "NA", "NaN"),
        ("C", "333", "NM_3.1", "false", "false", "0.7", "NA", "NaN"),
        ("D", "444", "NM_4.1", "true", "true", "NA", "NA", "NA"),
        ("NA", "ENSG5", "ENST5", "true", "true", "1", "1", "1"),
    ]
    converted, table = make(tmp_path, rows, name="gnomad.v4.1.constraint")
    assert table.rows() == [
        ("A", "ENSG1", "ENST12", 0.3, None, -1.0),
        ("A2", "ENSG6", "ENST62", 0.6, 0.6, 0.6),
        ("B", "ENSG2", "ENST22", 0.9, 0.3, 2.5),
        ("C", None, "NM_3.1", 0.7, None, None),
        ("D", None, "NM_4.1", None, None, None),
    ]
    assert table.columns == ["gene", "gene_id", "transcript", "pli", "loeuf", "missense_z"]
    assert converted.version == "4.1"
    assert converted.counts == {"genes": 5, "rows_read": 10}
    assert converted.notes == ("1 genes have no value at all",)


def test_gnomad_2(tmp_path: Path) -> None:
    header = ("gene", "transcript", "obs_mis", "mis_z", "pLI", "oe_lof_upper", "gene_id")
    _, table = make(tmp_path, [header, ("A", "ENST1", "9", "2.5", "1", "0.1", "ENSG1")])
    assert table.rows() == [("A", "ENSG1", "ENST1", 1.0, 0.1, 2.5)]


def test_plain_table_packed_and_with_carriage_returns(tmp_path: Path) -> None:
    path = tmp_path / "pli.tsv.gz"
    path.write_bytes(gzip.compress(b"gene\tpLI\r\nB\t0.25\r\nA\t1e-9\r\n"))
    convert([path], tmp_path, ConversionOptions())
    assert open_constraint(tmp_path).select("gene", "pli").rows() == [("A", 1e-9), ("B", 0.25)]


def test_columns_of_another_table(tmp_path: Path) -> None:
    options = ConversionOptions(columns={"gene": "Symbol", "loeuf": "upper"})
    _, table = make(tmp_path, [("Symbol", "upper"), ("A", "0.5")], options=options)
    assert table.select("gene", "loeuf").rows() == [("A", 0.5)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"##fileformat=VCFv4.2\n", "this is a VCF file"),
        (b"word\n", "this is not a gnomAD"),
        (b"symbol\tname\nA\tB\n", "none of pLI"),
        (b"pLI\tz\n1\t2\n", "no gene column"),
        (b"gene\tpLI\n", "no genes"),
        (b"gene\tpLI\nA\t1\nB\thigh\n", "pLI is not a number"),
        (b"gene\tpLI\nA\t1\t2\t3\n", "as many columns"),
    ],
)
def test_wrong_files(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "table.tsv"
    path.write_bytes(content)
    with pytest.raises(PackError, match=words) as caught:
        convert([path], tmp_path, ConversionOptions())
    assert str(path) in caught.value.where


def test_the_line_of_a_wrong_value(tmp_path: Path) -> None:
    path = tmp_path / "table.tsv"
    path.write_text("gene\tpLI\nA\t1\nB\tNA\nC\thigh\n")
    with pytest.raises(PackError) as caught:
        convert([path], tmp_path, ConversionOptions())
    assert caught.value.where.endswith("line 4")
    assert caught.value.value == "high"


def test_truncated(tmp_path: Path) -> None:
    path = tmp_path / "table.tsv.gz"
    path.write_bytes(gzip.compress(b"gene\tpLI\nA\t1\n")[:-5])
    with pytest.raises(CorruptFileError):
        convert([path], tmp_path, ConversionOptions())
