"""Allele keys are exact, and look-ups give what a dictionary gives."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.model.errors import PackError
from trihelix.reference import frequencies, scores, significance
from trihelix.reference.allele_keys import HASHED, allele_keys, alleles_from_text
from trihelix.reference.allele_table import AlleleTables, write_allele_tables
from trihelix.reference.pack import ConversionOptions
from vcf_builder import write_vcf

ALLELE = st.tuples(
    st.integers(1, 248_956_422),
    st.text("ACGT", min_size=1, max_size=9),
    st.text("ACGTN", min_size=1, max_size=9),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ALLELE, min_size=2, max_size=20, unique=True))
def test_keys_differ_where_alleles_differ_and_sort_by_position(alleles: list[tuple[int, str, str]]) -> None:
    pos, refs, alts = zip(*alleles, strict=True)
    keys = allele_keys(alleles_from_text(list(pos), refs, alts))
    assert len(set(keys.tolist())) == len(alleles)
    by_key = [alleles[i][0] for i in np.argsort(keys)]
    assert by_key == sorted(by_key)


def test_up_to_thirteen_bases_are_exact_and_longer_ones_are_hashed() -> None:
    exact, long, odd = allele_keys(
        alleles_from_text([5, 5, 5], ["A" * 6, "A" * 7, "N"], ["C" * 7, "C" * 7, "A"])
    )
    assert not exact & HASHED
    assert long & HASHED
    assert odd & HASHED


@pytest.mark.parametrize("seed", range(4))
def test_look_ups_equal_a_dictionary(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)

    def allele() -> tuple[int, str, str]:
        long = rng.random() < 0.2
        bases = [
            "".join(rng.choice("ACGT") for _ in range(rng.randint(1, 30 if long else 3))) for _ in range(2)
        ]
        return rng.randint(1, 400), "A" + bases[0], "C" + bases[1] + "G"

    known = {allele(): float(i) for i in range(3000)}
    known = {(p, r.rstrip("G"), a) if len(r.rstrip("G")) else (p, r, a): v for (p, r, a), v in known.items()}
    rows = [("chr1", *key, value) for key, value in known.items()]
    rng.shuffle(rows)
    frame = pl.DataFrame(rows, schema=["contig", "pos", "ref", "alt", "value"], orient="row")
    write_allele_tables(tmp_path, [frame[:1000], frame[1000:]])
    tables = AlleleTables(tmp_path)
    queries = [rng.choice(list(known)) if rng.random() < 0.5 else allele() for _ in range(4000)]
    if seed % 2:
        queries.sort()
    pos, refs, alts = zip(*queries, strict=True)
    found = tables.find("1", alleles_from_text(list(pos), refs, alts))
    values = tables.column("chr1", "value")
    assert [float(values[i]) if i >= 0 else None for i in found] == [known.get(q) for q in queries]
    assert (tables.find("chr2", alleles_from_text([1], ["A"], ["C"])) == -1).all()


SITES = """##fileformat=VCFv4.2
##contig=<ID=1,length=249250621>
##INFO=<ID=AF,Number=A,Type=Float,Description="f">
##INFO=<ID=AN,Number=1,Type=Integer,Description="n">
##INFO=<ID=AF_afr,Number=A,Type=Float,Description="f">
##INFO=<ID=AN_afr,Number=1,Type=Integer,Description="n">
##INFO=<ID=AF_XX,Number=A,Type=Float,Description="by sex: no population">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO
1	100	.	A	G,T	.	PASS	AF=0.1,0.2;AN=2000;AF_afr=0.3,.;AN_afr=400;AF_XX=0.9,0.9
1	200	.	CTT	CT,C	.	.	AN=1000;AF=0.01,1e-4
1	300	.	G	*	.	.	AF=0.5
"""


def test_a_frequency_pack_reads_every_population_of_every_allele(tmp_path: Path) -> None:
    converted = frequencies.convert([write_vcf(tmp_path / "s.vcf.gz", SITES)], tmp_path, ConversionOptions())
    pack = frequencies.open_frequencies(tmp_path, "sites")
    assert (pack.populations, pack.allele_numbers, converted.assembly) == (
        ("all", "afr"),
        (2000, 400),
        "GRCh37",
    )
    asked = alleles_from_text(
        [100, 100, 200, 200, 300], ["A", "A", "CT", "CTT", "G"], ["T", "G", "C", "C", "A"]
    )
    expected = [[0.2, 0.0], [0.1, 0.3], [0.01, 0.0], [1e-4, 0.0], [0.0, 0.0]]
    np.testing.assert_allclose(pack.look_up("chr1", asked), expected, rtol=1e-6)


def test_a_frequency_pack_needs_frequencies(tmp_path: Path) -> None:
    text = SITES.replace("ID=AF", "ID=QQ")
    with pytest.raises(PackError, match="no allele frequencies"):
        frequencies.convert([write_vcf(tmp_path / "s.vcf", text)], tmp_path, ConversionOptions())


CLINVAR = """##fileformat=VCFv4.1
##reference=GRCh38
##INFO=<ID=CLNSIG,Number=.,Type=String,Description="s">
##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="r">
##INFO=<ID=CLNDN,Number=.,Type=String,Description="d">
##INFO=<ID=GENEINFO,Number=1,Type=String,Description="g">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO
X	10	7	A	G	.	.	CLNSIG=Pathogenic;CLNREVSTAT=reviewed_by_expert_panel;CLNDN=One_disease|Other;GENEINFO=DMD:1756|DMD-AS1:9
X	20	8	A	G	.	.	CLNSIG=Conflicting_classifications_of_pathogenicity;CLNREVSTAT=criteria_provided,_conflicting_classifications
X	30	9	A	G	.	.	CLNSIG=Likely_pathogenic|risk_factor;CLNREVSTAT=criteria_provided,_single_submitter
X	40	10	A	G	.	.	CLNREVSTAT=no_assertion_provided
X	50	11	A	G	.	.	CLNSIG=Benign;CLNREVSTAT=criteria_provided,_multiple_submitters,_no_conflicts
"""


def test_a_significance_pack_knows_classes_and_stars(tmp_path: Path) -> None:
    converted = significance.convert([write_vcf(tmp_path / "c.vcf", CLINVAR)], tmp_path, ConversionOptions())
    assert (converted.counts, converted.assembly) == ({"alleles": 4, "pathogenic": 2}, "GRCh38")
    asked = alleles_from_text([10, 20, 30, 40, 50, 50], ["A"] * 6, ["G"] * 5 + ["T"])
    hits, facts = significance.open_significance(tmp_path).look_up("chrX", asked)
    assert hits.tolist() == [0, 1, 2, 4]
    assert facts["stars"].to_list() == [3, 1, 1, 2]
    assert facts["pathogenic"].to_list() == [True, False, True, False]
    assert facts["conditions"].to_list()[0] == ["One disease", "Other"]
    assert facts["genes"].to_list() == [["DMD", "DMD-AS1"], [], [], []]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Pathogenic", True),
        ("Likely_pathogenic|drug_response", True),
        ("Pathogenic/Pathogenic,_low_penetrance|other", True),
        ("Pathogenic/Likely_pathogenic/Likely_risk_allele", True),
        ("Conflicting_classifications_of_pathogenicity", False),
        ("Benign/Likely_benign", False),
        ("Uncertain_significance", False),
        ("drug_response", False),
        ("Likely_pathogenic,_low_penetrance", True),
    ],
)
def test_what_says_pathogenic(tmp_path: Path, words: str, expected: bool) -> None:
    line = f"X\t10\t7\tA\tG\t.\t.\tCLNSIG={words};CLNREVSTAT=reviewed_by_expert_panel\n"
    source = write_vcf(tmp_path / "c.vcf", CLINVAR.split("X\t10")[0] + line)
    converted = significance.convert([source], tmp_path, ConversionOptions())
    assert converted.counts["pathogenic"] == int(expected)


GNOMAD_KEYS = "AF AF_afr AF_grpmax AF_popmax AF_remaining AF_XX"


def test_the_highest_over_populations_is_no_population_of_its_own(tmp_path: Path) -> None:
    """A variant may be a little more frequent in a small population; the highest repeats it without its name."""
    keys = "".join(f'##INFO=<ID={k},Number=A,Type=Float,Description="f">\n' for k in GNOMAD_KEYS.split())
    text = SITES.split("##INFO")[0] + keys + "#CHROM" + SITES.split("#CHROM")[1]
    frequencies.convert([write_vcf(tmp_path / "s.vcf", text)], tmp_path, ConversionOptions())
    assert frequencies.open_frequencies(tmp_path, "s").populations == ("all", "afr", "remaining")


@pytest.mark.parametrize("name", ["s.tsv", "s.tsv.gz"])
def test_a_score_pack_maps_columns(tmp_path: Path, name: str) -> None:
    text = "##made by\n#chr\tpos\tref\talt\tREVEL_score\tx\n1\t10\tA\tG\t0.75\tq\n1\t11\tA\tG\t.\tq\n"
    scores.convert(
        [write_vcf(tmp_path / name, text)], tmp_path, ConversionOptions(columns={"revel": "REVEL_score"})
    )
    values = scores.open_scores(tmp_path).look_up("1", alleles_from_text([10, 11, 12], ["A"] * 3, ["G"] * 3))[
        "revel"
    ]
    np.testing.assert_array_equal(values, np.array([0.75, np.nan, np.nan], np.float32))


@pytest.mark.parametrize(
    "text",
    [
        "# Copyright of somebody\n#\n#CHROM\tPOS\tREF\tALT\tgenome\tscore\nchr1\t10\tA\tG\thg38\t0.75\n",
        "# a comment, with a comma\nchr\tpos\tref\talt\tscore\n1\t10\tA\tG\t0.75\n",
        "chr,hg19_pos,grch38_pos,ref,alt,score\n1,9,10,A,G,0.75\n",
    ],
)
def test_score_files_as_their_makers_write_them(tmp_path: Path, text: str) -> None:
    source = write_vcf(tmp_path / "scores.tsv.gz", text)
    scores.convert([source], tmp_path, ConversionOptions(columns={"prediction": "score"}))
    found = scores.open_scores(tmp_path).look_up("1", alleles_from_text([10], ["A"], ["G"]))
    assert found["prediction"].tolist() == [0.75]


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = write_vcf(tmp_path / "s.tsv", "chr\tpos\tref\talt\tq\n1\t10\tA\tG\t0.75\n")
    with pytest.raises(PackError, match="lacks a column") as caught:
        scores.convert([path], tmp_path, ConversionOptions(columns={"revel": "REVEL"}))
    assert caught.value.value == "REVEL"
    assert "chr, pos, ref, alt, q" in caught.value.advice
