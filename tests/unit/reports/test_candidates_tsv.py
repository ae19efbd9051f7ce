"""The candidate table: one row per variant, columns that stay put, nothing that a spreadsheet would run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from example import candidate, crowded, event, hostile, trio, variant, without_candidates
from hypothesis import given
from hypothesis import strategies as st

from trihelix.model.interpretation import Interpretation
from trihelix.reports.tsv import COLUMNS_AFTER_GENOTYPES, COLUMNS_BEFORE_GENOTYPES, render_candidates_tsv


def rows(interpretation: Interpretation) -> list[dict[str, str]]:
    header, *lines = render_candidates_tsv(interpretation).split("\n")[:-1]
    names = header.split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines]


def with_reason(text: str) -> Interpretation:
    odd = candidate(
        1,
        1,
        "GENE",
        (variant("GENE", ("1", 5, "A", "C"), ("0/1", "0/0", "0/0")),),
        events=(event(1, "deNovo", text),),
    )
    return replace(trio(), candidates=(odd,))


def test_one_row_per_candidate_and_variant() -> None:
    table = rows(trio())
    assert [(r["rank"], r["gene"]) for r in table] == [
        ("1", "DYRK1A"),
        ("2", "TBCK"),
        ("2", "TBCK"),
        ("3", "ATRX"),
        ("4", "TRIM63"),
    ]
    assert len(rows(crowded(300))) == 301


def test_a_row_in_full() -> None:
    assert rows(trio())[0] == {
        "rank": "1",
        "tier": "1",
        "gene": "DYRK1A",
        "score": "0.9912",
        "phenotype_score": "0.94",
        "genotype_score": "0.99",
        "segregation": "deNovo",
        "penetrance": "complete",
        "contig": "chr21",
        "pos": "37505361",
        "ref": "CAG",
        "alt": "C",
        "consequence": "frameshift_variant&splice_region_variant",
        "impact": "HIGH",
        "hgvs_c": "DYRK1A-201:c.613C>T",
        "protein_change": "p.Ser346PhefsTer4",
        "transcript": "ENST00000647188",
        "frequency": "0",
        "clinical_significance": "Pathogenic/Likely_pathogenic",
        "stars": "2",
        "inheritance": "de_novo",
        "genotype:FAM01-P": "0/1",
        "genotype:FAM01-F": "0/0",
        "genotype:FAM01-M": "0/0",
        "flags": "",
        "panels": "Intellectual disability (id 285, version 9.12, green); Severe microcephaly (id 162, version 6.4, green)",
        "reason": "Green gene whose mode fits, and a de novo variant of high impact.",
    }


def test_unknown_is_empty() -> None:
    row = rows(trio())[4]
    assert row["phenotype_score"] == row["clinical_significance"] == row["stars"] == row["panels"] == ""
    assert row["flags"] == "possible_deletion_in_trans"


def test_without_candidates_the_header_remains() -> None:
    text = render_candidates_tsv(without_candidates())
    assert text.count("\n") == 1
    assert text.startswith("rank\ttier\t")


def test_rows_are_in_rank_order() -> None:
    shuffled = replace(trio(), candidates=trio().candidates[::-1])
    assert render_candidates_tsv(shuffled) == render_candidates_tsv(trio())


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("\t=1+1", "'=1+1"),
        ("\n\r =1", "'=1"),
        ("＝1+1", "'＝1+1"),
        ("-1.5e-7", "-1.5e-7"),
        ("+3", "+3"),
        ("plain = text", "plain = text"),
        ("two\tcells\nand lines\u2028here", "two cells and lines here"),
    ],
)
def test_free_text_is_neither_a_formula_nor_a_new_cell(text: str, cell: str) -> None:
    assert rows(with_reason(text))[0]["reason"] == cell


def test_negative_numbers_stay_numbers() -> None:
    low = replace(trio().candidates[0], score=-0.5)
    assert rows(replace(trio(), candidates=(low,)))[0]["score"] == "-0.5"


def as_spreadsheet(interpretation: Interpretation) -> list[list[str]]:
    return [line.split("\t") for line in render_candidates_tsv(interpretation).split("\n")[:-1]]


def assert_safe(interpretation: Interpretation) -> None:
    text = render_candidates_tsv(interpretation)
    text.encode("utf-8")
    table = as_spreadsheet(interpretation)
    width = len(COLUMNS_BEFORE_GENOTYPES) + len(interpretation.members) + len(COLUMNS_AFTER_GENOTYPES)
    assert {len(cells) for cells in table} == {width}
    assert len(text.splitlines()) == len(table) == 1 + sum(len(c.variants) for c in interpretation.candidates)
    for cell in (cell for cells in table for cell in cells if cell[:1] in ("=", "+", "-", "@")):
        float(cell)


def test_hostile_texts_are_safe() -> None:
    assert_safe(hostile())


@given(st.data())
def test_any_text_in_any_field_is_safe(data: st.DataObject) -> None:
    anything = st.text(alphabet=st.characters(), max_size=12)
    start = st.sampled_from(["", "=", "+", "-", "@", "\t=", "\r", "\x0b", "\x85"])
    texts: Any = st.builds(str.__add__, start, anything)
    shown = data.draw(texts)
    member = replace(trio().members[0], id=data.draw(texts))
    odd = replace(
        trio().candidates[0].variants[0],
        contig=shown,
        ref=data.draw(texts),
        protein_change=shown,
        genotypes={member.id: data.draw(texts)},
    )
    holder = replace(
        trio().candidates[0], gene=shown, variants=(odd,), flags=(shown,), segregation=data.draw(texts)
    )
    assert_safe(replace(trio(), members=(member,), candidates=(holder,)))


def test_a_long_allele_is_shortened_and_says_its_length() -> None:
    long = variant("GENE", ("1", 5, "A", "A" + "ACGT" * 20_000), ("0/1", "0/0", "0/0"))
    (row,) = rows(replace(trio(), candidates=(candidate(1, 1, "GENE", (long,)),)))
    assert row["ref"] == "A"
    assert row["alt"] == "AACGTACGTACG…GTACGT [80,001 bases]"
    exact = variant("GENE", ("1", 5, "A", "A" * 50), ("0/1", "0/0", "0/0"))
    (row,) = rows(replace(trio(), candidates=(candidate(1, 1, "GENE", (exact,)),)))
    assert row["alt"] == "A" * 50
