"""Copies by karyotype and region."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trihelix.model.assembly import in_par
from trihelix.model.errors import MalformedRecordError
from trihelix.model.family import Affection, Family, Member, Sex
from trihelix.variants.store.genotypes import AS_WRITTEN, DIPLOID, MITOCHONDRIAL, X_ONLY, Y_ONLY
from trihelix.variants.store.ploidy import (
    KARYOTYPES,
    expected_copies,
    read_karyotype,
    regions,
    with_declared_sexes,
    with_karyotypes,
)
from trihelix.variants.store.samples import new_samples


def test_copies_are_those_of_the_karyotype() -> None:
    names = [*KARYOTYPES, None]
    samples = new_samples([str(name) for name in names], range(len(names)))
    samples = with_karyotypes(samples, {i: name for i, name in enumerate(names) if name})
    copies = expected_copies(samples)
    assert copies.dtype == np.uint8
    assert copies[DIPLOID].tolist() == [2] * len(names)
    assert copies[MITOCHONDRIAL].tolist() == [1] * len(names)
    assert copies[X_ONLY, :-1].tolist() == [name.count("X") for name in KARYOTYPES]
    assert copies[Y_ONLY, :-1].tolist() == [name.count("Y") for name in KARYOTYPES]
    assert copies[[X_ONLY, Y_ONLY], -1].tolist() == [AS_WRITTEN, AS_WRITTEN]
    assert samples.karyotype_source.tolist() == ["declared"] * len(KARYOTYPES) + ["unknown"]


def test_a_pedigree_tells_sexes_but_not_over_a_declared_karyotype() -> None:
    members = tuple(
        Member(name, sex, Affection.UNCERTAIN)
        for name, sex in (
            ("a", Sex.MALE),
            ("b", Sex.FEMALE),
            ("c", Sex.UNKNOWN),
            ("d", Sex.MALE),
            ("z", Sex.MALE),
        )
    )
    samples = with_karyotypes(new_samples("abcde", range(5)), {3: "XXY"})
    samples = with_declared_sexes(samples, [Family("f", members)])
    assert samples.karyotype.tolist() == ["XY", "XX", None, "XXY", None]
    assert samples.y_copies.tolist() == [1, 0, AS_WRITTEN, 1, AS_WRITTEN]


@pytest.mark.parametrize(
    ("text", "name"), [("xx", "XX"), ("46,XY", "XY"), ("XO", "X0"), ("45,X", "X0"), (" 47,XXY ", "XXY")]
)
def test_ways_of_writing_a_karyotype(text: str, name: str) -> None:
    assert read_karyotype(text, "here") == name


@pytest.mark.parametrize("text", ["", "Y", "46,XX,t(9;22)", "male"])
def test_other_karyotypes_are_refused(text: str) -> None:
    with pytest.raises(MalformedRecordError, match="karyotype"):
        read_karyotype(text, "here")


@given(
    st.sampled_from(["GRCh37", "GRCh38", None]),
    st.lists(
        st.integers(1, 160_000_000) | st.sampled_from([10000, 10001, 60000, 60001, 2699520, 2699521, 2781479])
    ),
)
def test_x_is_diploid_in_its_pseudoautosomal_regions(assembly: str | None, positions: list[int]) -> None:
    found = regions(assembly, "chrX", np.array(positions, np.int32))
    assert found.tolist() == [DIPLOID if in_par(assembly, p) else X_ONLY for p in positions]


@pytest.mark.parametrize(
    ("contig", "region"),
    [("chr1", DIPLOID), ("22", DIPLOID), ("Y", Y_ONLY), ("chrM", MITOCHONDRIAL), ("MT", MITOCHONDRIAL),
     ("chrX_KI270880v1_alt", DIPLOID)],
)  # fmt: skip
def test_regions_by_contig(contig: str, region: int) -> None:
    assert regions("GRCh38", contig, np.array([5, 70_000])).tolist() == [region] * 2
