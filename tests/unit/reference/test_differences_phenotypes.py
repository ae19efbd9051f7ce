"""Differences of phenotypes packs: terms, diseases, annotations and the genes of diseases."""

from __future__ import annotations

from pathlib import Path

from pack_builder import add_pack, comparable, kinds

from phenotype_release import ROWS, genes_text, hpoa_text, obo_text
from trihelix.model.difference import Difference, DifferenceKind
from trihelix.reference.differences.phenotypes import differences
from trihelix.reference.pack import Pack

K = DifferenceKind


def release(folder: Path, name: str, obo: str = "", hpoa: str = "", genes: str = "") -> Pack:
    texts = (obo or obo_text(), hpoa or hpoa_text(), genes or genes_text())
    paths = [folder / f"{name}-{i}.txt" for i in range(3)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return add_pack(folder / "library", "phenotypes", paths, name=name)


def diff(folder: Path, **changed: str) -> list[Difference]:
    """From the release as it is to one with changed files; the way back must be the mirror image."""
    old, new = release(folder, "old"), release(folder, "new", **changed)
    found = list(differences(old, new))
    assert comparable(differences(new, old)) == comparable(d.reversed() for d in found)
    return found


def test_the_same_release_has_no_differences(tmp_path: Path) -> None:
    assert diff(tmp_path) == []


def test_a_term_renamed_and_moved(tmp_path: Path) -> None:
    obo = obo_text().replace("name: Ataxia\nis_a: HP:0000707", "name: Ataxic gait\nis_a: HP:0000118")
    renamed, moved = diff(tmp_path, obo=obo)
    assert (renamed.kind, renamed.term, renamed.new) == (
        K.TERM_RENAMED,
        "HP:0001251",
        {"name": "Ataxic gait"},
    )
    assert (moved.kind, moved.old, moved.new) == (
        K.TERM_MOVED, {"parents": ("HP:0000707",)}, {"parents": ("HP:0000118",)},
    )  # fmt: skip


def test_a_term_added(tmp_path: Path) -> None:
    stanza = "\n[Term]\nid: HP:0009999\nname: New sign\nis_a: HP:0000118\n"
    (found,) = diff(tmp_path, obo=obo_text() + stanza)
    assert (found.kind, found.term, found.old) == (K.TERM_ADDED, "HP:0009999", None)


def test_a_term_obsoleted_without_and_with_a_replacement(tmp_path: Path) -> None:
    plain = "id: HP:0002069\nname: Bilateral tonic-clonic seizure\nis_a: HP:0001250 ! Seizure\n"
    rows = [row for row in ROWS if row[3] != "HP:0002069"]
    for more, kind, target in (
        ("", K.TERM_OBSOLETED, None),
        ("replaced_by: HP:0007359\n", K.TERM_REPLACED, "HP:0007359"),
    ):
        gone = f"id: HP:0002069\nname: obsolete Bilateral\nis_obsolete: true\n{more}"
        folder = tmp_path / kind.value
        folder.mkdir()
        found = diff(folder, obo=obo_text().replace(plain, gone), hpoa=hpoa_text(rows=rows))
        term = next(d for d in found if d.term == "HP:0002069" and not d.diseases)
        assert (term.kind, term.new and term.new["replaced_by"]) == (kind, target)
        assert K.ANNOTATION_REMOVED in kinds(found)


def test_a_term_merged_into_another(tmp_path: Path) -> None:
    """HPO writes a merged term as alt_id of the one that stays; its annotations follow."""
    plain = "\n[Term]\nid: HP:0007359\nname: Focal-onset seizure\nis_a: HP:0001250 ! Seizure\n"
    assert plain in obo_text()
    obo = (
        obo_text()
        .replace(plain, "\n")
        .replace("alt_id: HP:0001303", "alt_id: HP:0001303\nalt_id: HP:0007359")
    )
    found = diff(tmp_path, obo=obo)
    assert kinds(found) == sorted([K.TERM_REPLACED, K.ANNOTATION_ADDED, K.ANNOTATION_REMOVED])
    merged = next(d for d in found if d.kind == K.TERM_REPLACED)
    assert (merged.term, merged.new and merged.new["replaced_by"]) == ("HP:0007359", "HP:0001250")


def test_an_id_that_changes_its_advice(tmp_path: Path) -> None:
    (found,) = diff(tmp_path, obo=obo_text().replace("consider: HP:0001251", "consider: HP:0001250"))
    assert (found.kind, found.term) == (K.TERM_ADVICE_CHANGED, "HP:0000998")


def test_annotations_changed(tmp_path: Path) -> None:
    rows: list[tuple[str, ...]] = [
        ("OMIM:2", "Epilepsy one", *row[2:]) if row[0] == "OMIM:2" else row
        for row in ROWS
        if (row[0], row[3]) != ("OMIM:5", "HP:0002943")
    ]
    rows[0] = (*rows[0][:5], "10/10", "P")
    rows[2] = (*rows[2][:4], "PMID:9", "", "P")
    rows.append(("OMIM:3", "Epilepsy 2", "NOT", "HP:0001251", "PMID:4", "0/3", "P"))
    found = {d.kind: d for d in diff(tmp_path, hpoa=hpoa_text(rows=rows))}
    assert sorted(found) == sorted(
        [
            K.DISEASE_RENAMED, K.ANNOTATION_REMOVED, K.ANNOTATION_ADDED,
            K.ANNOTATION_FREQUENCY_CHANGED, K.ANNOTATION_SOURCE_CHANGED,
        ]
    )  # fmt: skip
    frequency = found[K.ANNOTATION_FREQUENCY_CHANGED]
    assert (frequency.diseases, frequency.term) == (("OMIM:1",), "HP:0001166")
    assert [f and f["frequencies"] for f in (frequency.old, frequency.new)] == [
        ("1/2", "9/10"), ("1/2", "10/10"),
    ]  # fmt: skip
    added = found[K.ANNOTATION_ADDED]
    assert (added.diseases, added.term, added.item) == (("OMIM:3",), "HP:0001251", "NOT")
    assert found[K.ANNOTATION_SOURCE_CHANGED].term == "HP:0002650"
    assert found[K.DISEASE_RENAMED].new == {"name": "Epilepsy one"}


def test_genes_of_diseases(tmp_path: Path) -> None:
    genes = genes_text().replace("40\tATXX\t", "40\tATXY\t").replace("30\tEPIX", "31\tEPIY")
    found = diff(tmp_path, genes=genes)
    assert kinds(found) == sorted([K.GENE_RENAMED, K.GENE_DISEASE_ADDED, K.GENE_DISEASE_REMOVED])
    renamed = next(d for d in found if d.kind == K.GENE_RENAMED)
    assert renamed.gene is not None
    assert (renamed.gene.symbols, renamed.gene.ids) == (("ATXX", "ATXY"), ("NCBIGene:40",))
    added = next(d for d in found if d.kind == K.GENE_DISEASE_ADDED)
    assert added.gene is not None
    assert (added.gene.symbols, added.gene.ids, added.diseases) == (("EPIY",), ("NCBIGene:31",), ("OMIM:4",))
