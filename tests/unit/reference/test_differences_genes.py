"""Differences of genes, genome, constraint and mechanism packs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from gff3_builder import Annotation
from pack_builder import add_pack, comparable, kinds

from trihelix.model.difference import Difference, DifferenceKind
from trihelix.model.errors import AssemblyMismatchError, PackError
from trihelix.reference.differences import constraint, genes, genome, mechanism
from trihelix.reference.differences.compare import DecisionLines, compare_packs

K = DifferenceKind
MODULES = {"genes": genes, "genome": genome, "constraint": constraint, "mechanism": mechanism}
NO_LINES = DecisionLines(lambda _, __: {}, lambda _: {}, None)
HEADER = "gene\tgene_id\ttranscript\tlof.pLI\tmis.z_score\n"
CLINGEN = '"GENE SYMBOL","GENE ID (HGNC)","DISEASE LABEL","DISEASE ID (MONDO)","MOI","CLASSIFICATION"\n'


def diff(folder: Path, kind: str, old: str, new: str) -> list[Difference]:
    """Differences of packs of two texts; the way back must be the mirror image."""
    packs = []
    for side, text in (("old", old), ("new", new)):
        source = folder / f"{side}.txt"
        source.write_text(text)
        assembly = "Small1" if kind in ("genes", "genome") else None
        packs.append(add_pack(folder / "library", kind, [source], name=side, assembly=assembly))
    found = list(MODULES[kind].differences(*packs))
    assert comparable(MODULES[kind].differences(*reversed(packs))) == comparable(d.reversed() for d in found)
    return found


def annotation(
    contig: str = "chr1", name: str = "ONE", end: int = 900, phase: str = "0", tag: str = "MANE_Select",
    biotype: str = "protein_coding", gene_id: str = "ENSG1", second: bool = True, exon: int = 300,
) -> str:  # fmt: skip
    made = Annotation().gene(
        gene_id,
        contig,
        100,
        end,
        name=name,
        more=f"biotype={biotype};description=One [Source:HGNC Symbol%3BAcc:HGNC:7]",
    )
    made.transcript("ENST1", [(100, exon), (500, end)], [(150, exon, phase), (500, 600, "2")], tag=tag)
    if second:
        made.gene("ENSG2", contig, 2000, 2500, name="TWO").transcript("ENST2", [(2000, 2500)])
    return "\n".join(made.lines) + "\n"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (annotation(), []),
        (annotation(contig="1"), []),
        (annotation(name="UNO"), [K.GENE_RENAMED]),
        (annotation(biotype="lncRNA"), [K.BIOTYPE_CHANGED]),
        (annotation(end=950), [K.GENE_MOVED, K.TRANSCRIPT_MODEL_CHANGED]),
        (annotation(phase="1"), [K.TRANSCRIPT_MODEL_CHANGED]),
        (annotation(exon=303), [K.TRANSCRIPT_MODEL_CHANGED]),
        (annotation(tag="basic"), [K.TRANSCRIPT_NOTES_CHANGED, K.TRANSCRIPT_PREFERENCE_CHANGED]),
        (annotation(gene_id="ENSG9"), [K.GENE_IDS_CHANGED, K.TRANSCRIPT_MODEL_CHANGED]),
        (annotation(second=False), [K.GENE_REMOVED, K.TRANSCRIPT_REMOVED]),
    ],
)
def test_genes_and_transcripts(tmp_path: Path, new: str, expected: list[DifferenceKind]) -> None:
    found = diff(tmp_path, "genes", annotation(), new)
    assert kinds(found) == sorted(expected)
    assert all(d.gene and any(i.startswith("ENSG") for i in d.gene.ids) for d in found)


def test_a_transcript_tells_its_gene_and_its_parts(tmp_path: Path) -> None:
    (found,) = diff(tmp_path, "genes", annotation(), annotation(exon=303))
    assert (found.item, found.gene and found.gene.symbols) == ("ENST1", ("ONE",))
    assert found.old == {"exons": "100-300,500-900", "cds": "150-300:0,500-600:2"}
    assert found.new == {"exons": "100-303,500-900", "cds": "150-303:0,500-600:2"}


def test_genomes(tmp_path: Path) -> None:
    old = ">chr1\nACGTACGT\n>chr2\nAAAA\n>chr3\nCCCC\n>chr4\nGGGG\n"
    new = ">chr1\nACGTACGA\n>chr2\nAAAAA\n>3\nCCCC\n>chr5\nGGGG\n"
    found = {d.kind: d for d in diff(tmp_path, "genome", old, new)}
    assert {kind: d.item for kind, d in found.items()} == {
        K.CONTIG_SEQUENCE_CHANGED: "1", K.CONTIG_LENGTH_CHANGED: "2", K.CONTIG_RENAMED: "3",
        K.CONTIG_REMOVED: "4", K.CONTIG_ADDED: "5",
    }  # fmt: skip
    checksums = [
        {"md5": hashlib.md5(s, usedforsecurity=False).hexdigest()} for s in (b"ACGTACGT", b"ACGTACGA")
    ]
    changed = found[K.CONTIG_SEQUENCE_CHANGED]
    assert [changed.old, changed.new] == checksums


def test_a_genome_with_other_line_lengths_is_the_same(tmp_path: Path) -> None:
    assert diff(tmp_path, "genome", ">chr1\nACGT\nAC\n", ">chr1\nACGTAC\n") == []


def test_constraint(tmp_path: Path) -> None:
    old = (
        HEADER + "A\tENSG1\tT1\t0.9\t3.0\nB\tENSG2\tT2\t0.1\tNA\nC\tENSG3\tT3\t0.5\t1\nD\tENSG4\tT4\t0.2\t1\n"
    )
    new = (
        HEADER
        + "A\tENSG1\tT1\t0.2\t3.0\nBB\tENSG2\tT2\t0.1\tNA\nC\tENSG3\tT3\t0.5\t1\nE\tENSG5\tT5\t0.2\t1\n"
    )
    found = {d.kind: d for d in diff(tmp_path, "constraint", old, new)}
    assert sorted(found) == sorted([K.CONSTRAINT_CHANGED, K.GENE_RENAMED, K.GENE_ADDED, K.GENE_REMOVED])
    assert (found[K.CONSTRAINT_CHANGED].old, found[K.CONSTRAINT_CHANGED].new) == ({"pli": 0.9}, {"pli": 0.2})
    renamed = found[K.GENE_RENAMED].gene
    assert renamed is not None
    assert (renamed.symbols, renamed.ids) == (("B", "BB"), ("ENSG2",))


def clingen(*rows: tuple[str, str, str, str, str, str]) -> str:
    return CLINGEN + "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)


def test_mechanism(tmp_path: Path) -> None:
    first = ("A", "HGNC:1", "Disease one", "MONDO:1", "AD", "Moderate")
    second = ("B", "HGNC:2", "Disease two", "MONDO:2", "AR", "Definitive")
    both = ("C", "HGNC:3", "Disease three", "MONDO:3", "AD", "Strong")
    old = clingen(first, second, both, (*both[:4], "AR", "Limited"))
    new = clingen(
        (*first[:5], "Definitive"), (*second[:4], "AD", "Definitive"), (*both[:4], "AR", "Limited"),
        ("D", "HGNC:4", "Disease four", "MONDO:4", "AD", "Strong"),
    )  # fmt: skip
    found = {d.kind: d for d in diff(tmp_path, "mechanism", old, new)}
    assert {kind: d.gene and d.gene.symbols for kind, d in found.items()} == {
        K.CONFIDENCE_CHANGED: ("A",), K.MODE_OF_INHERITANCE_CHANGED: ("B",),
        K.GENE_DISEASE_REMOVED: ("C",), K.GENE_DISEASE_ADDED: ("D",),
    }  # fmt: skip
    confidence = found[K.CONFIDENCE_CHANGED]
    assert (confidence.diseases, confidence.item) == (("MONDO:1",), "ClinGen")
    assert (confidence.old, confidence.new) == ({"confidence": "moderate"}, {"confidence": "definitive"})


def test_entries_of_one_gene_and_disease_are_told_apart_by_their_mode(tmp_path: Path) -> None:
    entry = ("C", "HGNC:3", "Disease three", "MONDO:3")
    old = clingen((*entry, "AD", "Strong"), (*entry, "AR", "Limited"))
    found = {d.kind: d for d in diff(tmp_path, "mechanism", old, clingen((*entry, "AR", "Moderate")))}
    assert sorted(found) == sorted([K.CONFIDENCE_CHANGED, K.GENE_DISEASE_REMOVED])
    assert found[K.CONFIDENCE_CHANGED].old == {"confidence": "limited"}


def test_packs_of_two_kinds_or_assemblies_cannot_be_compared(tmp_path: Path) -> None:
    (tmp_path / "a.fa").write_text(">chr1\nACGT\n")
    (tmp_path / "c.tsv").write_text(HEADER + "A\tENSG1\tT1\t0.9\t3.0\n")
    one, two = (
        add_pack(tmp_path / "l", "genome", [tmp_path / "a.fa"], assembly=a) for a in ("Small1", "Small2")
    )
    other = add_pack(tmp_path / "l", "constraint", [tmp_path / "c.tsv"])
    with pytest.raises(PackError, match="different kinds"):
        compare_packs(one, other, NO_LINES)
    with pytest.raises(AssemblyMismatchError, match="different assemblies"):
        compare_packs(one, two, NO_LINES)
    assert list(compare_packs(one, one, NO_LINES)) == []
