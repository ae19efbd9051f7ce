"""Modes of inheritance: what PanelApp, G2P and ClinGen write, and what it means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trihelix.model.inheritance import (
    ModeOfInheritance as M,
)
from trihelix.model.inheritance import (
    parse_allelic_requirement,
    parse_clingen_mode,
    parse_mode,
)

PANELAPP = {
    "BIALLELIC, autosomal or pseudoautosomal": M.BIALLELIC,
    "MONOALLELIC, autosomal or pseudoautosomal, NOT imprinted": M.MONOALLELIC,
    "MONOALLELIC, autosomal or pseudoautosomal, imprinted status unknown": M.MONOALLELIC,
    "MONOALLELIC, autosomal or pseudoautosomal, paternally imprinted (maternal allele expressed)": (
        M.MONOALLELIC_PATERNALLY_IMPRINTED
    ),
    "MONOALLELIC, autosomal or pseudoautosomal, maternally imprinted (paternal allele expressed)": (
        M.MONOALLELIC_MATERNALLY_IMPRINTED
    ),
    "BOTH monoallelic and biallelic, autosomal or pseudoautosomal": M.BOTH,
    "BOTH monoallelic and biallelic (but BIALLELIC mutations cause a more SEVERE disease form), "
    "autosomal or pseudoautosomal": M.BOTH_SEVERE_BIALLELIC,
    "X-LINKED: hemizygous mutation in males, biallelic mutations in females": M.XLINKED_BIALLELIC_IN_FEMALES,
    "X-LINKED: hemizygous mutation in males, monoallelic mutations in females may cause disease "
    "(may be less severe, later onset than males)": M.XLINKED_MONOALLELIC_IN_FEMALES,
    "MITOCHONDRIAL": M.MITOCHONDRIAL,
    "Other": M.OTHER,
    "Other - please specifiy in evaluation comments": M.OTHER,
    "Other - please specify in evaluation comments": M.OTHER,
    "Unknown": M.UNKNOWN,
    "": M.UNKNOWN,
}


@pytest.mark.parametrize(("text", "mode"), PANELAPP.items())
def test_panelapp_wordings(text: str, mode: M) -> None:
    assert parse_mode(text) is mode


def test_nothing_said_is_unknown() -> None:
    assert parse_mode(None) is M.UNKNOWN
    assert parse_allelic_requirement(" ") is M.UNKNOWN
    assert parse_clingen_mode(None) is M.UNKNOWN


@given(st.sampled_from(list(PANELAPP)), st.data())
def test_case_spacing_and_punctuation_do_not_matter(text: str, data: st.DataObject) -> None:
    words = text.replace("-", " ").split(" ")
    spaces = data.draw(st.lists(st.sampled_from([" ", "  ", "\t"]), min_size=len(words), max_size=len(words)))
    changed = "".join(space + word for space, word in zip(spaces, words, strict=True))
    change_case = data.draw(st.sampled_from([str.upper, str.lower, str.title]))
    assert parse_mode(change_case(changed) + data.draw(st.sampled_from(["", ".", " "]))) is PANELAPP[text]


@pytest.mark.parametrize(
    "text",
    [
        "autosomal dominant",
        "TRIALLELIC",
        "MONOALLELIC, autosomal, imprinted somehow",
        "X-LINKED: only in males",
        "BIALLELIC or something else",
        "Another",
    ],
)
def test_a_wording_never_seen_is_not_guessed(text: str) -> None:
    assert parse_mode(text) is None


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("biallelic_autosomal", M.BIALLELIC),
        ("monoallelic_autosomal", M.MONOALLELIC),
        ("monoallelic_PAR", M.MONOALLELIC),
        ("biallelic_PAR", M.BIALLELIC),
        ("monoallelic_X_hem", M.XLINKED_BIALLELIC_IN_FEMALES),
        ("monoallelic_X_hemizygous", M.XLINKED_BIALLELIC_IN_FEMALES),
        ("hemizygous", M.XLINKED_BIALLELIC_IN_FEMALES),
        ("monoallelic_X_heterozygous", M.XLINKED_MONOALLELIC_IN_FEMALES),
        ("x-linked dominant", M.XLINKED_MONOALLELIC_IN_FEMALES),
        ("monoallelic_X", M.XLINKED_MONOALLELIC_IN_FEMALES),
        ("monoallelic_Y_hem", M.OTHER),
        ("mitochondrial", M.MITOCHONDRIAL),
        ("uncertain", M.UNKNOWN),
        ("triallelic", None),
    ],
)
def test_allelic_requirements_of_g2p(text: str, mode: M | None) -> None:
    assert parse_allelic_requirement(text) is mode


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("AD", M.MONOALLELIC),
        ("AR", M.BIALLELIC),
        ("SD", M.BOTH_SEVERE_BIALLELIC),
        ("XL", M.XLINKED_MONOALLELIC_IN_FEMALES),
        ("MT", M.MITOCHONDRIAL),
        ("UD", M.UNKNOWN),
        ("ZZ", None),
    ],
)
def test_modes_of_clingen(text: str, mode: M | None) -> None:
    assert parse_clingen_mode(text) is mode


def test_values_are_names() -> None:
    assert all(mode.value == mode.name for mode in M)
