"""Cohorts: bitmaps against Python sets, files of ids, and fingerprints that do not depend on batches."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trihelix.model.errors import CorruptFileError, FileUnreadableError, SampleMismatchError
from trihelix.variants.store.cohorts import (
    Cohort,
    bitmap_of,
    bitmap_of_ordinals,
    cohort_of_ids,
    cohort_of_people,
    digest,
    everyone,
    ordinals_of,
    people,
    read_cohort,
    read_cohort_ids,
    size_of,
)
from trihelix.variants.store.samples import Samples, new_samples

SIZES = {"first": 130, "second": 64, "third": 1}
BATCHES = {
    name: new_samples([f"{name}{i}" for i in range(n)], np.arange(n, dtype=np.uint64) + 100 * k)
    for k, (name, n) in enumerate(SIZES.items())
}
Members = dict[str, set[int]]
MEMBERS = st.fixed_dictionaries({}, optional={b: st.sets(st.integers(0, n - 1)) for b, n in SIZES.items()})


def cohort(members: Members) -> Cohort:
    return Cohort(
        {b: bitmap_of_ordinals(np.array(sorted(m), np.int64), SIZES[b]) for b, m in members.items()}
    )


def as_sets(of: Cohort) -> Members:
    return {b: set(of.ordinals(b).tolist()) for b in SIZES if of.ordinals(b).size}


def present(members: Members) -> Members:
    return {b: m for b, m in members.items() if m}


@given(st.lists(st.booleans(), max_size=200))
def test_a_bitmap_has_a_bit_for_each_member(members: list[bool]) -> None:
    bitmap = bitmap_of(np.array(members, np.bool_))
    assert bitmap.dtype == np.uint64
    assert len(bitmap) == -(-len(members) // 64)
    assert [bool(bitmap[i >> 6] >> np.uint64(i & 63) & np.uint64(1)) for i in range(len(members))] == members
    assert ordinals_of(bitmap).tolist() == [i for i, m in enumerate(members) if m]
    assert size_of(bitmap) == sum(members)


@given(MEMBERS, MEMBERS)
def test_cohorts_combine_as_sets(one: Members, other: Members) -> None:
    a, b = cohort(one), cohort(other)
    names = SIZES.keys()
    each = {n: (one.get(n, set()), other.get(n, set())) for n in names}
    assert as_sets(a & b) == present({n: x & y for n, (x, y) in each.items()})
    assert as_sets(a | b) == present({n: x | y for n, (x, y) in each.items()})
    assert as_sets(a - b) == present({n: x - y for n, (x, y) in each.items()})
    assert len(a) == sum(map(len, one.values()))
    assert as_sets(a) == present(one)
    assert as_sets(everyone(BATCHES) & a) == present(one)


@given(MEMBERS)
def test_ids_and_people_lead_back_to_the_cohort(members: Members) -> None:
    ids = [f"{b}{i}" for b, m in members.items() for i in m]
    assert as_sets(cohort_of_ids(ids, BATCHES, "here")) == present(members)
    apart = {"first": BATCHES["first"]}
    numbers = people(cohort({"first": members.get("first", set())}), apart)
    assert as_sets(cohort_of_people(numbers, apart)) == present({"first": members.get("first", set())})


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 20), min_size=1), st.data())
def test_all_samples_of_the_people_asked_for(numbers: list[int], data: st.DataObject) -> None:
    """Person numbers may be spread over all 64 bits, and need not have a sample."""
    wanted = data.draw(st.lists(st.sampled_from(numbers) | st.integers(0, 2**64 - 1)))
    samples = {"b": new_samples([str(i) for i in range(len(numbers))], numbers)}
    found = cohort_of_people(np.array(wanted, np.uint64), samples)
    assert found.ordinals("b").tolist() == [i for i, n in enumerate(numbers) if n in wanted]


def numbered(*numbers: int) -> Samples:
    return new_samples([f"s{i}" for i in range(len(numbers))], numbers)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=12), st.integers(0, 12))
def test_a_digest_tells_people_and_not_batches(numbers: list[int], cut: int) -> None:
    whole = {"all": numbered(*numbers)}
    shuffled = numbers[::-1] + numbers[:2]
    apart = {"x": numbered(*shuffled[:cut]), "y": numbered(*shuffled[cut:])}
    text = b"".join(n.to_bytes(8, "little") for n in sorted(set(numbers)))
    assert digest(everyone(whole), whole) == hashlib.sha256(text).hexdigest()
    assert digest(everyone(apart), apart) == digest(everyone(whole), whole)


@pytest.mark.parametrize(
    ("text", "ids", "duplicates"),
    [
        ("a\nb\n", ["a", "b"], 0),
        ("\ufeffa\r\nb\r\n\r\na\r\n", ["a", "b"], 1),
        ("# who\nb\n  a  \n#c\nb\nb", ["b", "a"], 2),
        ("a one\tx\nb\ty\n", ["a one", "b"], 0),
        ("a\rb\r", ["a", "b"], 0),
        ("#IID\na\nb\n", ["a", "b"], 0),
        ("#IID\tSEX\na\t1\n", ["a"], 0),
        ("#FID\tIID\nf\ta b\nf\tc\n", ["a b", "c"], 0),
        ("#FID IID\nf a\nf b\n", ["a", "b"], 0),
        ("FID IID\n0 a\n", ["a"], 0),
        ("IID\na\n", ["a"], 0),
    ],
)
def test_files_of_ids(tmp_path: Path, text: str, ids: list[str], duplicates: int) -> None:
    path = tmp_path / "cohort.txt"
    path.write_bytes(text.encode())
    assert read_cohort_ids(path) == (tuple(ids), duplicates)


def test_a_file_becomes_a_cohort(tmp_path: Path) -> None:
    path = tmp_path / "cohort.txt"
    path.write_text("second63\nfirst0\nsecond63\nthird0\n")
    found, duplicates = read_cohort(path, BATCHES)
    assert as_sets(found) == {"first": {0}, "second": {63}, "third": {0}}
    assert duplicates == 1


def test_unknown_members_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "cohort.txt"
    path.write_text("first1\n" + "".join(f"guest{i}\n" for i in range(7)))
    with pytest.raises(SampleMismatchError, match="7 of 8 members") as caught:
        read_cohort(path, BATCHES)
    assert caught.value.value == "guest0, guest1, guest2, guest3, guest4 and 2 more"
    assert caught.value.where == str(path)


def test_an_unknown_member_is_found_where_another_has_two_samples() -> None:
    batches = {"x": numbered(1, 2), "y": numbered(1)}
    assert as_ordinals(cohort_of_ids(["s0"], batches, "here")) == {"x": [0], "y": [0]}
    with pytest.raises(SampleMismatchError, match="1 of 2"):
        cohort_of_ids(["s0", "guest"], batches, "here")


def as_ordinals(of: Cohort) -> dict[str, list[int]]:
    return {b: ordinals_of(bitmap).tolist() for b, bitmap in of.members.items()}


@pytest.mark.parametrize("data", [b"\x1f\x8b\x08\x00", b"\xff\xfea\x00", b"a\x00\n"])
def test_what_is_no_text_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "cohort.txt"
    path.write_bytes(data)
    with pytest.raises(CorruptFileError, match="UTF-8"):
        read_cohort_ids(path)


def test_empty_and_missing_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError):
        read_cohort_ids(tmp_path / "cohort.txt")
    (tmp_path / "cohort.txt").write_text("# nobody\n\n")
    with pytest.raises(SampleMismatchError, match="nobody"):
        read_cohort_ids(tmp_path / "cohort.txt")
