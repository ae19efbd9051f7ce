"""A manifest says what a store holds, stays small, and proves that nobody changed it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trihelix.model.errors import StoreError
from trihelix.variants.store.commits.digests import (
    keyed_digest,
    packed_digests,
    read_digests,
    write_batch_digests,
)
from trihelix.variants.store.commits.document import manifest_bytes, parse_manifest
from trihelix.variants.store.commits.manifest import (
    BatchEntry,
    FileEntry,
    Manifest,
    already_ingested,
    check_manifest,
)

WHERE = Path("manifests/0000000007.json")
SHA = "ab" * 32
PART = "variants/b1/contig=chr21/part-00000.parquet"


def batch(name: str = "first", batch_id: str = "b1", path: str = PART) -> BatchEntry:
    return BatchEntry(
        name, batch_id, 3, 100, (SHA,), (FileEntry(path, SHA, 12),), {"gvcf": True, "contigs": ["chr21"]}
    )


def manifest(*batches: BatchEntry, tombstones: frozenset[str] = frozenset()) -> Manifest:
    return Manifest(7, 6, "2026-01-02T03:04:05+00:00", batches, tombstones)


def altered(**changes: Any) -> bytes:
    """A manifest's text with other values, and its old SHA-256."""
    return json.dumps({**json.loads(manifest_bytes(manifest(batch()), ())), **changes}).encode()


digests = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(
    tombstones=st.frozensets(digests, max_size=5), words=st.dictionaries(st.text(), st.integers() | st.text())
)
def test_what_is_written_is_read(tombstones: frozenset[str], words: dict[str, Any]) -> None:
    first = batch()
    other = BatchEntry("Zürich \N{SNOWMAN}", "b2", 0, 0, (), (), words)
    written = manifest(first, other, tombstones=tombstones)
    assert parse_manifest(manifest_bytes(written, tombstones), WHERE) == written


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        manifest_bytes(manifest(batch()), ())[:-40],
        altered(number=8),
        altered(tombstones=[SHA]),
        altered(format="something-else"),
        altered(version="one"),
        altered(batches=[]),
    ],
)
def test_a_damaged_or_altered_manifest_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(StoreError) as refused:
        parse_manifest(data, WHERE)
    assert str(WHERE) in refused.value.where
    assert "damaged" in refused.value.what


def test_every_single_changed_byte_is_noticed() -> None:
    good = manifest_bytes(manifest(batch()), ())
    for place in range(len(good) - 1):
        bad = bytearray(good)
        bad[place] ^= 1
        try:
            same = parse_manifest(bytes(bad), WHERE)
        except StoreError:
            continue
        assert same == manifest(batch())  # only white space


def test_a_newer_version_is_refused_as_such() -> None:
    with pytest.raises(StoreError, match="newer version") as refused:
        parse_manifest(altered(version=2), WHERE)
    assert "install the newer version" in refused.value.advice


@pytest.mark.parametrize(
    "path",
    [
        "variants/b1",
        "variants/b1/",
        "variants/b2/part.parquet",
        "variants/b1/../b2/part.parquet",
        "variants/b1//part.parquet",
        "/etc/passwd",
        "../outside",
        "manifests/0000000001.json",
    ],
)
def test_a_file_outside_its_batch_is_refused(path: str) -> None:
    with pytest.raises(StoreError, match="not in its folder"):
        check_manifest(manifest(batch(path=path)))


@pytest.mark.parametrize("batch_id", ["", "..", ".hidden", "a/b", "a b"])
def test_a_batch_folder_has_a_plain_name(batch_id: str) -> None:
    with pytest.raises(StoreError, match="impossible name"):
        check_manifest(manifest(batch(batch_id=batch_id, path=f"variants/{batch_id}/x")))


def test_names_folders_and_files_are_unique() -> None:
    with pytest.raises(StoreError, match="same name"):
        check_manifest(manifest(batch(), batch(batch_id="b2", path="variants/b2/x")))
    with pytest.raises(StoreError, match="same folder"):
        check_manifest(manifest(batch(), batch("second", path="variants/b1/x")))
    with pytest.raises(StoreError, match="of this name"):
        manifest(batch()).with_batch(batch(batch_id="b2", path="variants/b2/x"))


def test_files_and_sources_are_found() -> None:
    state = manifest(batch())
    assert state.files == {PART: FileEntry(PART, SHA, 12)}
    assert already_ingested(state, SHA) == batch()
    assert already_ingested(state, "cd" * 32) is None


def test_a_keyed_digest_is_the_published_hmac() -> None:
    # RFC 4231, test case 2
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert keyed_digest(b"Jefe", "what do ya want for nothing?") == expected


@given(st.lists(digests, max_size=20))
def test_digests_are_packed_sorted_and_read_again(values: list[str]) -> None:
    packed = packed_digests(values)
    rows = [packed[i : i + 32] for i in range(0, len(packed), 32)]
    assert rows == sorted({bytes.fromhex(v) for v in values})


def test_a_cut_file_of_digests_is_refused(tmp_path: Path) -> None:
    path = write_batch_digests(tmp_path, [SHA, "cd" * 32])
    assert read_digests(path) == {SHA, "cd" * 32}
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreError, match="damaged"):
        read_digests(path)
