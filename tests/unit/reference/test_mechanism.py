"""Mechanism packs from small G2P and ClinGen tables."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import polars as pl
import pytest

from trihelix.model.errors import CorruptFileError, PackError
from trihelix.reference.mechanism import convert, open_mechanism
from trihelix.reference.pack import ConversionOptions, Converted

NEW_G2P = (
    *(
        "g2p id",
        "gene symbol",
        "hgnc id",
        "disease name",
        "disease mim",
        "disease MONDO",
        "allelic requirement",
    ),
    *("confidence", "variant consequence", "molecular mechanism"),
)
OLD_G2P = (
    "gene symbol",
    "gene mim",
    "disease name",
    "disease mim",
    "DDD category",
    "allelic requirement",
    "mutation consequence",
)
CLINGEN = [
    ("CLINGEN GENE DISEASE VALIDITY CURATIONS", *[""] * 6),
    ("FILE CREATED: 2026-06-21", *[""] * 6),
    ("+++", *["++++"] * 6),
    ("GENE SYMBOL", "GENE ID (HGNC)", "DISEASE LABEL", "DISEASE ID (MONDO)", "MOI", "SOP", "CLASSIFICATION"),
    ("+++", *["++++"] * 6),
]


def text_of(rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode()


def make(folder: Path, *contents: bytes, name: str = "table") -> tuple[Converted, pl.DataFrame]:
    sources = []
    for number, content in enumerate(contents):
        sources.append(folder / f"{name}{number}.csv")
        sources[-1].write_bytes(content)
    return convert(sources, folder, ConversionOptions()), open_mechanism(folder)


def test_clingen(tmp_path: Path) -> None:
    rows = [
        ("AARS1", "HGNC:20", 'Charcot-Marie-Tooth, "2N"', "MONDO:1", "AD", "SOP10", "Definitive"),
        ("ZAP70", "HGNC:21", "a disease", "MONDO:2", "AR", "SOP10", "No Known Disease Relationship"),
    ]
    converted, table = make(tmp_path, text_of([*CLINGEN, *rows]))
    assert converted.version == "2026-06-21"
    assert converted.counts == {"entries": 2, "genes": 2}
    first, second = table.rows(named=True)
    assert (first["gene"], first["hgnc_id"], first["disease_id"]) == ("AARS1", "HGNC:20", "MONDO:1")
    assert first["disease"] == 'Charcot-Marie-Tooth, "2N"'
    assert (first["mode"], first["mechanism"], first["confidence"]) == (
        "MONOALLELIC",
        "unknown",
        "definitive",
    )
    assert (second["mode"], second["confidence"]) == ("BIALLELIC", "no_known_disease_relationship")
    assert set(table["source"]) == {"ClinGen"}


@pytest.mark.parametrize(
    ("stated", "consequence", "mechanism"),
    [
        ("loss of function", "absent gene product", "loss_of_function"),
        ("gain of function", "altered gene product structure", "gain_of_function"),
        ("dominant negative", "altered gene product structure", "dominant_negative"),
        ("undetermined", "absent gene product", "loss_of_function"),
        ("undetermined", "altered gene product structure", "unknown"),
        ("undetermined", "absent gene product;altered gene product structure", "unknown"),
        ("", "absent gene product;increased gene product level", "unknown"),
        ("undetermined non-loss-of-function", "absent gene product", "unknown"),
        ("", "decreased gene product level", "loss_of_function"),
        ("", "increased gene product level", "gain_of_function"),
        ("", "", "unknown"),
    ],
)
def test_mechanisms_of_g2p(tmp_path: Path, stated: str, consequence: str, mechanism: str) -> None:
    row = ("G2P1", "AAA", "12", "disease", "123456", "", "biallelic_autosomal", "strong", consequence, stated)
    _, table = make(tmp_path, text_of([NEW_G2P, row]))
    assert table["mechanism"].to_list() == [mechanism]
    assert table["hgnc_id"].to_list() == ["HGNC:12"]
    assert table["disease_id"].to_list() == ["OMIM:123456"]


def test_old_g2p(tmp_path: Path) -> None:
    rows = [
        OLD_G2P,
        ("B", "1", "B disease", "No disease mim", "confirmed", "monoallelic", "activating"),
        ("C", "1", "C disease", "123456.0", "possible", "hemizygous", "all missense/in frame"),
        ("A", "1", "A disease", "", "probable", "biallelic", "loss of function"),
    ]
    converted, table = make(tmp_path, gzip.compress(text_of(rows)), name="DDG2P_2024-02-29_")
    assert table.select("gene", "mode", "mechanism", "confidence", "disease_id").rows() == [
        ("A", "BIALLELIC", "loss_of_function", "strong", None),
        ("B", "MONOALLELIC", "gain_of_function", "definitive", None),
        ("C", "XLINKED_BIALLELIC_IN_FEMALES", "unknown", "limited", "OMIM:123456"),
    ]
    assert converted.version == "2024-02-29"
    assert table["mechanism_stated"].to_list()[2] == "all missense/in frame"


def test_several_and_unknown_requirements(tmp_path: Path) -> None:
    def row(gene: str, requirement: str) -> tuple[str, ...]:
        return (gene, "1", "disease", "", "confirmed", requirement, "")

    rows = [OLD_G2P, row("A", "monoallelic,biallelic"), row("B", "triallelic"), row("C", "biallelic;mosaic")]
    converted, table = make(tmp_path, text_of(rows))
    assert table["mode"].to_list() == ["BOTH", "UNKNOWN", "UNKNOWN"]
    assert converted.notes == ("mode not understood, taken as UNKNOWN in 1 entries: triallelic",)


def test_both_sources_in_one_pack(tmp_path: Path) -> None:
    g2p = text_of([OLD_G2P, ("A", "1", "d", "", "confirmed", "monoallelic", "dominant negative")])
    clingen = text_of([*CLINGEN, ("A", "HGNC:1", "d", "MONDO:1", "AD", "SOP1", "Strong")])
    _, table = make(tmp_path, g2p, clingen)
    assert table.select("gene", "source", "mechanism").rows() == [
        ("A", "ClinGen", "unknown"),
        ("A", "G2P", "dominant_negative"),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"##gff-version 3\n", "this is a GFF3 file"),
        (b"gene\tpLI\nA\t1\n", "this is not a Gene2Phenotype"),
        (b'some "text, not, a table\n', "this is not a Gene2Phenotype"),
        (b"gene symbol,other\nA,B\n", "this is not a Gene2Phenotype"),
        (text_of(CLINGEN), "no entries"),
        (text_of([*CLINGEN, ("A", "B")]), "number of columns"),
        (text_of([*CLINGEN, ("", "HGNC:1", "d", "MONDO:1", "AD", "SOP1", "Strong")]), "no gene symbol"),
        (text_of(CLINGEN) + b'"A","HGNC:1', "cannot be read"),
    ],
)
def test_wrong_files(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(PackError, match=words) as caught:
        make(tmp_path, content)
    assert "table0.csv" in caught.value.where


def test_the_line_is_told(tmp_path: Path) -> None:
    good = ("A", "HGNC:1", "two\nlines", "MONDO:1", "AD", "SOP1", "Strong")
    with pytest.raises(PackError) as caught:
        make(tmp_path, text_of([*CLINGEN, good, ("A", "B")]))
    assert caught.value.where.endswith("line 8")


def test_truncated(tmp_path: Path) -> None:
    with pytest.raises(CorruptFileError):
        make(tmp_path, gzip.compress(text_of(CLINGEN))[:-4])
