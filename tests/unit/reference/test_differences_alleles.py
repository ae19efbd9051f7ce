"""Merging two allele tables equals set arithmetic over dictionaries, across spans and equal hashes."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from pack_builder import SAME_HASH, Allele, number_pack, scratch

from trihelix.model.difference import VariantKey
from trihelix.reference.allele_table import AlleleTables
from trihelix.reference.differences.alleles import contigs_to_compare, in_order, joined, merge, variant_keys

LETTERS = st.text("ACGT", max_size=16)
CHANGES = st.one_of(
    LETTERS.map(lambda more: ("A", "C" + more)),
    LETTERS.map(lambda more: ("A" + more, "C")),
    st.sampled_from([(a[2], a[3]) for a in SAME_HASH]),
)
ALLELES = st.dictionaries(
    st.builds(lambda pos, change: ("1", pos, *change), st.sampled_from([1, 7, 100, 248_000_000]), CHANGES),
    st.just([0.0]),
    max_size=12,
)


def tables(folder: Path, values: dict[Allele, list[float]]) -> AlleleTables:
    return AlleleTables(number_pack(folder, "scores", {"s": 0}, values).folder)


@settings(max_examples=120, deadline=None)
@given(ALLELES, ALLELES, st.integers(1, 5))
def test_merging_equals_set_arithmetic(
    a: dict[Allele, list[float]], b: dict[Allele, list[float]], span: int
) -> None:
    with scratch() as folder:
        old, new = tables(folder / "old", a), tables(folder / "new", b)
        merged = joined(list(merge(old, new, "1", span)))
        names = [("1", v.pos, v.ref, v.alt) for v in variant_keys(old, new, "1", merged)]
    assert len(names) == len(set(names))
    found = dict(zip(names, zip(merged.old >= 0, merged.new >= 0, strict=True), strict=True))
    assert found == {allele: (allele in a, allele in b) for allele in a | b}


@settings(max_examples=40, deadline=None)
@given(ALLELES, ALLELES)
def test_order_is_by_position(a: dict[Allele, list[float]], b: dict[Allele, list[float]]) -> None:
    with scratch() as folder:
        old, new = tables(folder / "old", a), tables(folder / "new", b)
        merged = joined(list(merge(old, new, "1")))
        names = variant_keys(old, new, "1", merged.at(in_order(old, new, "1", merged)))
    assert [v.pos for v in names] == sorted(v.pos for v in names)


def test_two_alleles_of_one_hash_are_told_apart(tmp_path: Path) -> None:
    first, second = SAME_HASH
    old, new = tables(tmp_path / "old", {first: [0.0]}), tables(tmp_path / "new", {second: [0.0]})
    merged = joined(list(merge(old, new, "1")))
    assert sorted(variant_keys(old, new, "1", merged), key=str) == [VariantKey(*first), VariantKey(*second)]
    assert not merged.shared.any()


def test_contigs_with_equal_files_are_passed_over(tmp_path: Path) -> None:
    same, changed = ("1", 5, "A", "C"), ("2", 5, "A", "C")
    old = number_pack(tmp_path / "old", "scores", {"s": 0}, {same: [1.0], changed: [1.0]})
    new = number_pack(tmp_path / "new", "scores", {"s": 0}, {same: [1.0], changed: [2.0]})
    assert contigs_to_compare(old, new) == ["2"]
