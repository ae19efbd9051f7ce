"""Packs are immutable, addressed by content, of one assembly, and never half there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trihelix.model.errors import AssemblyMismatchError, FileUnreadableError, PackError
from trihelix.reference.library import Details, ReferenceLibrary, resolve_kind, verify_pack
from trihelix.reference.pack import MANIFEST, read_manifest

FASTA = ">chr1 test\nACGTNNNN\nacgt\n>chr2\nGGGG\n"


@pytest.fixture
def library(tmp_path: Path) -> ReferenceLibrary:
    return ReferenceLibrary(tmp_path / "reference")


@pytest.fixture
def fasta(tmp_path: Path) -> Path:
    path = tmp_path / "small.fa"
    path.write_text(FASTA)
    return path


TEST1 = Details(assembly="Test1", version="1", licence="none", source="made for the test")


def test_a_pack_tells_where_it_comes_from(library: ReferenceLibrary, fasta: Path) -> None:
    pack, new = library.add("genome", [fasta], TEST1)
    m = pack.manifest
    assert new
    assert (m.kind, m.name, m.version, m.assembly, m.licence) == ("genome", "small", "1", "Test1", "none")
    assert m.counts == {"contigs": 2, "bases": 16, "sequenced_bases": 16}
    assert m.contigs == {"chr1": 12, "chr2": 4}
    assert [s.name for s in m.sources] == ["small.fa"]
    assert library.packs() == [pack]


def test_the_same_content_twice_is_one_pack(library: ReferenceLibrary, fasta: Path) -> None:
    first, _ = library.add("genome", [fasta], TEST1)
    second, new = library.add("genome", [fasta], TEST1)
    assert not new
    assert first == second
    assert len(library.packs()) == 1


def test_a_failed_conversion_leaves_nothing(library: ReferenceLibrary, tmp_path: Path) -> None:
    bad = tmp_path / "bad.fa"
    bad.write_text(">chr1\nACGT!\n")
    with pytest.raises(PackError, match="no base"):
        library.add("genome", [bad], TEST1)
    assert list(library.root.iterdir()) == []
    with pytest.raises(FileUnreadableError):
        library.add("genome", [tmp_path / "absent.fa"], TEST1)


def test_an_altered_pack_is_found_out(library: ReferenceLibrary, fasta: Path) -> None:
    pack, _ = library.add("genome", [fasta], TEST1)
    verify_pack(pack)
    (pack.folder / "sequence.bin").write_bytes(b"ACGTACGTACGTACGA")
    with pytest.raises(PackError, match="altered"):
        verify_pack(pack)
    manifest = json.loads((pack.folder / MANIFEST).read_text())
    manifest["version"] = "2"
    (pack.folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(PackError, match="altered"):
        read_manifest(pack.folder)


def test_the_assembly_must_be_known_and_must_not_be_contradicted(
    library: ReferenceLibrary, fasta: Path
) -> None:
    with pytest.raises(PackError, match="does not tell its assembly"):
        library.add("genome", [fasta], Details())
    named = fasta.with_name("named.fa")
    named.write_text(FASTA.replace("test", "GRCh38 primary"))
    with pytest.raises(AssemblyMismatchError, match=r"GRCh37.*GRCh38"):
        library.add("genome", [named], Details(assembly="hg19"))
    assert library.add("genome", [named], Details())[0].manifest.assembly == "GRCh38"


def test_the_latest_pack_of_a_fitting_assembly_is_used(library: ReferenceLibrary, fasta: Path) -> None:
    library.add("genome", [fasta], TEST1)
    latest, _ = library.add("genome", [fasta], Details(assembly="Test1", version="2"))
    library.add("genome", [fasta], Details(assembly="Test2"))
    assert library.in_use("genome", "Test1") == [latest]
    assert library.in_use("genome", "Test3") == []


def test_packs_are_found_by_name_id_or_address(library: ReferenceLibrary, fasta: Path) -> None:
    pack, _ = library.add("genome", [fasta], TEST1)
    for query in ("small", pack.id, pack.manifest.sha256[:8]):
        assert library.find(query) == pack
    with pytest.raises(PackError, match="no such") as caught:
        library.find("large")
    assert pack.id in caught.value.advice


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("genome", "genome"),
        ("Clinical significance", "significance"),
        ("clinvar", "significance"),
        ("panel", "panels"),
    ],
)
def test_kinds_have_the_names_that_people_use(word: str, kind: str) -> None:
    assert resolve_kind(word) == kind


def test_an_unknown_kind_lists_the_kinds() -> None:
    with pytest.raises(PackError) as caught:
        resolve_kind("recipes")
    assert "frequencies" in caught.value.advice
