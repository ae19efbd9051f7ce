"""Codes and numbers in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trihelix.reports import wording


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (1.0, "1"),
        (0.00031, "0.00031"),
        (0.0000147, "0.0000147"),
        (0.123456, "0.123"),
        (-0.012, "-0.012"),
        (34.0, "34"),
        (3226.4, "3226"),
        (100, "100"),
        (2.5e-9, "2.5e-09"),
    ],
)
def test_numbers(value: float, words: str) -> None:
    assert wording.number_words(value) == words


@given(st.floats(1e-7, 1e9))
def test_numbers_keep_three_digits(value: float) -> None:
    assert float(wording.number_words(value)) == pytest.approx(value, rel=0.006)


@pytest.mark.parametrize(
    ("frequency", "words"),
    [
        (None, "not assessed (no frequency pack)"),
        (0.0, "absent from every population"),
        (0.0031, "0.0031 (1 in 323)"),
    ],
)
def test_frequencies_tell_absent_from_not_assessed(frequency: float | None, words: str) -> None:
    assert wording.frequency_words(frequency) == words


@pytest.mark.parametrize(
    ("genotype", "words"),
    [
        ("0/0", "reference"),
        ("0/1", "heterozygous"),
        ("1|0", "heterozygous"),
        ("1/2", "heterozygous"),
        ("1/1", "homozygous"),
        ("1", "hemizygous"),
        ("0", "reference"),
        ("./.", "not called"),
        (".", "not called"),
        ("./1", "partly called"),
        ("", "not called"),
    ],
)
def test_genotypes(genotype: str, words: str) -> None:
    assert wording.genotype_words(genotype) == words


def test_segregation_filters_have_words_also_when_they_are_new() -> None:
    assert wording.segregation_words("CompoundHeterozygous") == "compound heterozygous"
    assert wording.segregation_words("SomethingNew") == "something new"


def test_consequences() -> None:
    assert wording.consequence_words("missense_variant&splice_region_variant") == "missense, splice region"
    assert wording.consequence_words("stop_gained") == "stop gained"


def test_long_alleles_are_shortened_and_say_so() -> None:
    allele = "ACGT" * 100
    assert wording.allele_words("ACGT") == "ACGT"
    assert wording.allele_words(allele) == "ACGTACGTACGT…ACGTACGT"[:13] + "GTACGT [400 bases]"
    assert wording.allele_in_full(allele) == allele
    assert wording.allele_in_full("A" * 6000).endswith("(5,000 more bases are in interpretation.json)")
    assert wording.allele_words("A" * 50, wording.CELL_SHOWN) == "A" * 50


def test_long_hgvs_names_are_shortened_as_alleles_are() -> None:
    assert wording.hgvs_words("ENST1:c.613C>T") == "ENST1:c.613C>T"
    assert wording.hgvs_words("1:g.5_6ins" + "ACGT" * 100) == "1:g.5_6insACGTACGTACGT…GTACGT [400 bases]"
    assert wording.hgvs_words("p.Ser346PhefsTer4") == "p.Ser346PhefsTer4"
    assert wording.hgvs_words("p.Lys2_Gly3ins" + "AlaGly" * 9) == "p.Lys2_Gly3insAlaGly…Gly [18 residues]"


@pytest.mark.parametrize(
    "code",
    ["possible_deletion_in_trans", "phase_contradiction", "parental_origin_unproven", "known_common_pathogenic",
     "unrecognised_mode"],
)  # fmt: skip
def test_flags_have_words(code: str) -> None:
    assert wording.flag_words(code) != wording.code_words(code)
    assert wording.flag_words("something_new") == "something new"


def test_stars_never_leave_their_range() -> None:
    assert [wording.stars_words(n) for n in (-1, 0, 2, 4, 9)] == ["☆☆☆☆", "☆☆☆☆", "★★☆☆", "★★★★", "★★★★"]


@given(st.text(alphabet=st.characters()))
def test_printable_text_can_be_written_and_holds_no_control_or_direction_characters(text: str) -> None:
    shown = wording.printable(text + "\ud800\u202e\x00")
    shown.encode("utf-8")
    assert not set(shown) & {"\x00", "\x1b", "\u202e", "\u2066", "\ufffe"}


def test_printable_leaves_ordinary_text_alone() -> None:
    text = "Zoë 李 p.(Arg12Ter) ≥ 20 ★\t\n"
    assert wording.printable(text) == text
