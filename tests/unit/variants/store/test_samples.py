"""The samples of a batch: kept, read back, given their families, and who is kin to whom."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.formats.ped import read_families, read_ped
from trihelix.model.errors import (
    CorruptFileError,
    FileUnreadableError,
    OutputError,
    PedigreeError,
    SampleMismatchError,
)
from trihelix.model.family import Affection, Family, Member, Sex
from trihelix.variants.store.genotypes import AS_WRITTEN
from trihelix.variants.store.ploidy import with_karyotypes
from trihelix.variants.store.samples import (
    SCHEMA,
    AbsentIs,
    Role,
    Samples,
    kin,
    new_samples,
    read_samples,
    with_families,
    write_samples,
)


def member(name: str, father: str | None = None, mother: str | None = None) -> Member:
    return Member(name, Sex.UNKNOWN, Affection.UNCERTAIN, father, mother)


def relatives(samples: Samples) -> dict[str, list[str]]:
    lists = kin(samples)
    return {name: [samples.ids[o] for o in lists.of(i)] for i, name in enumerate(samples.ids)}


def batch(*ids: str) -> Samples:
    return new_samples(ids, range(1, len(ids) + 1))


def rows(samples: Samples) -> list[tuple[object, ...]]:
    columns = [samples.ids, *(getattr(samples, name).tolist() for name in SCHEMA.names[2:])]
    return list(zip(*columns, strict=True))


NAMES = st.lists(st.text(min_size=1, max_size=5), unique=True, max_size=6)


@settings(max_examples=40, deadline=None)
@given(names=NAMES, numbers=st.lists(st.integers(0, 2**64 - 1), min_size=6, max_size=6), data=st.data())
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], numbers: list[int], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("s") / "samples.parquet"
    samples = new_samples(names, numbers[: len(names)], AbsentIs.CALLABLE, Role.TUMOUR)
    family = Family("f", tuple(member(name, "dad", None) for name in names[::2]))
    karyotyped = data.draw(st.sets(st.sampled_from(range(len(names))))) if names else set()
    samples = with_karyotypes(with_families(samples, [family]), dict.fromkeys(karyotyped, "XXY"))
    write_samples(path, samples)
    again = read_samples(path)
    assert rows(again) == rows(samples)
    assert (again.x_copies.dtype, again.person_number.dtype) == (np.uint8, np.uint64)


def test_new_samples_are_as_little_known_as_they_are() -> None:
    assert rows(batch("a")) == [
        ("a", 1, None, None, None, None, "unknown", "germline", "reference", AS_WRITTEN, AS_WRITTEN, 1)
    ]
    with pytest.raises(SampleMismatchError) as caught:
        batch("a", "b", "a")
    assert caught.value.value == "a"


def test_kin_are_parents_children_and_siblings() -> None:
    """Half siblings count, through a parent without a sample too; in-laws and grandparents do not."""
    family = Family(
        "f",
        (
            *(member(name) for name in ("dad", "mum", "unsampled")),
            member("one", "dad", "mum"),
            member("two", "dad", "mum"),
            member("half", "unsampled", "mum"),
            member("far", "unsampled", None),
            member("grandchild", "one", None),
        ),
    )
    samples = batch("grandchild", "far", "half", "two", "one", "mum", "dad", "alone")
    assert relatives(with_families(samples, [family])) == {
        "grandchild": ["one"],
        "far": ["half"],
        "half": ["far", "two", "one", "mum"],
        "two": ["half", "one", "mum", "dad"],
        "one": ["grandchild", "half", "two", "mum", "dad"],
        "mum": ["half", "two", "one"],
        "dad": ["two", "one"],
        "alone": [],
    }


@settings(max_examples=60, deadline=None)
@given(parents=st.lists(st.tuples(*[st.none() | st.integers(0, 11)] * 2), max_size=9))
def test_kin_equals_plain_search(parents: list[tuple[int | None, int | None]]) -> None:
    def name(i: int | None) -> str | None:
        return None if i is None else f"s{i}"

    people = [member(f"s{i}", name(f), name(m)) for i, (f, m) in enumerate(parents)]
    samples = with_families(batch(*(p.id for p in people)), [Family("f", tuple(people))])

    def are_kin(a: Member, b: Member) -> bool:
        shared = (a.father and a.father == b.father) or (a.mother and a.mother == b.mother)
        return a is not b and bool(shared or b.id in (a.father, a.mother) or a.id in (b.father, b.mother))

    found = relatives(samples)
    for a in people:
        mine = [o for o in found[a.id] if o != a.id]  # a pedigree that was checked has nobody as own parent
        assert mine == [b.id for b in people if are_kin(a, b)]


def test_the_same_parent_name_in_two_families_is_two_people() -> None:
    families = [Family(f, (member(f"kid{f}", "dad", None),)) for f in "12"]
    assert relatives(with_families(batch("kid1", "kid2"), families)) == {"kid1": [], "kid2": []}


def test_a_sample_in_two_families_is_refused() -> None:
    families = [Family("one", (member("a"),)), Family("two", (member("a"), member("b")))]
    with pytest.raises(SampleMismatchError, match="two families, one and two"):
        with_families(batch("a"), families)


def words(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string()).dictionary_encode()


@pytest.mark.parametrize(
    ("name", "column", "said", "value"),
    [
        ("ordinal", pa.array([1, 2], pa.uint32()), "ordinals are not 0, 1, 2", "ordinal"),
        ("sample", pa.array(["a", "a"]), "listed twice", "a"),
        ("mt_copies", pa.array([1, 1], pa.int64()), "another type", "mt_copies"),
        ("role", words("tumour", "guest"), "role has a word that means nothing", "guest"),
        ("role", words("tumour", None), "holes", "role"),
        ("person_number", None, "missing", "person_number"),
    ],
)
def test_a_damaged_column_is_told(
    tmp_path: Path, name: str, column: pa.Array | None, said: str, value: str
) -> None:
    path = tmp_path / "s.parquet"
    write_samples(path, batch("a", "b"))
    table = pq.read_table(path)
    columns = dict(zip(table.column_names, table.columns, strict=True)) | {name: column}
    pq.write_table(pa.table({n: c for n, c in columns.items() if c is not None}), path)
    with pytest.raises(CorruptFileError, match=said) as caught:
        read_samples(path)
    assert caught.value.value == value


def test_a_cut_or_missing_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    with pytest.raises(FileUnreadableError):
        read_samples(path)
    write_samples(path, batch("a", "b"))
    whole = path.read_bytes()
    for size in (0, 4, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(CorruptFileError):
            read_samples(path)
    with pytest.raises(OutputError):
        write_samples(tmp_path / "nowhere" / "s.parquet", batch("a"))


def test_a_pedigree_of_many_families_is_read(tmp_path: Path) -> None:
    """Families may be mixed and large, and each is what read_ped makes of it."""
    lines = ["b kid dad mum 1 2", "a one 0 0 1 1", "b dad 0 0 1 1", "b mum 0 0 2 1"]
    lines += [f"big p{i} {f'p{i - 1}' if i else 0} 0 1 1" for i in range(2000)]
    path = tmp_path / "all.ped"
    path.write_text("\n".join(lines) + "\n")
    families = read_families(path)
    assert [(f.id, len(f.members)) for f in families] == [("b", 3), ("a", 1), ("big", 2000)]
    assert families[0] == read_ped(path, "b")


def test_a_large_family_may_not_be_its_own_ancestor(tmp_path: Path) -> None:
    path = tmp_path / "all.ped"
    path.write_text("".join(f"f p{i} p{(i + 1) % 1500} 0 1 1\n" for i in range(1500)))
    with pytest.raises(PedigreeError, match="p0 is an ancestor of itself"):
        read_families(path)
    path.write_text("# nobody\n")
    with pytest.raises(PedigreeError, match="lists nobody"):
        read_families(path)
