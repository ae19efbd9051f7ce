"""HGVS names of small transcripts, case by case, with the examples of hgvs-nomenclature.org."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from trihelix.annotation.hgvs import Hgvs, Transcript, Transcripts, write_hgvs, write_hgvs_table
from trihelix.annotation.hgvs_accessions import genomic_accession
from trihelix.annotation.hgvs_protein import Coding, protein_change, translate
from trihelix.annotation.hgvs_transcript import reverse_complement
from trihelix.reference.genes import Genes, convert, open_genes
from trihelix.reference.genome import Genome, Segments
from trihelix.reference.pack import ConversionOptions

# Two exons: 11-20 and 31-50; coding 15-20 and 31-42: ATG AAA | TGG CAT GAT TAA.
FIRST, INTRON, SECOND = "CCCCATGAAA", "GTAAGTCCAG", "TGGCATGATTAACCTCAGTT"
SEQUENCE = "T" * 10 + FIRST + INTRON + SECOND + "C" * 10
GFF3 = """##gff-version 3
chr1	t	gene	11	50	.	{s}	.	ID=gene:ENSG1;Name=ONE;biotype=protein_coding
chr1	t	mRNA	11	50	.	{s}	.	ID=transcript:ENST1;Parent=gene:ENSG1;biotype=protein_coding;version=3
chr1	t	exon	11	20	.	{s}	.	Parent=transcript:ENST1
chr1	t	exon	31	50	.	{s}	.	Parent=transcript:ENST1
chr1	t	CDS	15	20	.	{s}	0	Parent=transcript:ENST1
chr1	t	CDS	31	42	.	{s}	0	Parent=transcript:ENST1
chr1	t	lnc_RNA	11	50	.	{s}	.	ID=transcript:ENST2;Parent=gene:ENSG1;biotype=lncRNA
chr1	t	exon	11	20	.	{s}	.	Parent=transcript:ENST2
chr1	t	exon	31	50	.	{s}	.	Parent=transcript:ENST2
"""


def genome_of(sequence: str, name: str = "chr1", bare: str = "1") -> Genome:
    whole = Segments(np.array([1]), np.array([len(sequence)]), np.array([0]))
    bases = np.frombuffer(sequence.encode(), np.uint8)
    return Genome(Path("none"), bases, {bare: name}, {bare: len(sequence)}, {bare: whole})


def transcript(**changes: object) -> Transcript:
    """The transcript of SEQUENCE, forward."""
    plain = Transcript("T1", "chr1", 1, ((11, 20), (31, 50)), (4, 22))
    return replace(plain, **changes)  # type: ignore[arg-type]


def names(pos: int, ref: str, alt: str, view: Transcript | None = None, **options: str) -> Hgvs:
    return write_hgvs("chr1", pos, ref, alt, view or transcript(), genome_of(SEQUENCE), **options)


CASES = [
    (18, "A", "G", "c.4A>G", "p.(Lys2Glu)"),
    (20, "A", "G", "c.6A>G", "p.(Lys2=)"),
    (32, "G", "A", "c.8G>A", "p.(Trp3Ter)"),
    (15, "A", "G", "c.1A>G", "p.(Met1?)"),
    (16, "TG", "T", "c.3del", "p.(Met1?)"),
    (12, "CCCAT", "C", "c.-2_2del", "p.(Met1?)"),
    (40, "T", "C", "c.16T>C", "p.(Ter6GlnextTer?)"),
    (12, "C", "G", "c.-3C>G", "p.?"),
    (43, "C", "G", "c.*1C>G", "p.?"),
    (21, "G", "A", "c.6+1G>A", "p.?"),
    (25, "G", "A", "c.6+5G>A", "p.?"),
    (26, "T", "A", "c.7-5T>A", "p.?"),
    (30, "G", "A", "c.7-1G>A", "p.?"),
    (19, "AAG", "A", "c.6_6+1del", "p.?"),
    (33, "GCAT", "G", "c.10_12del", "p.(His4del)"),
    (35, "ATGA", "A", "c.13_15del", "p.(Asp5del)"),
    (36, "T", "TCAT", "c.10_12dup", "p.(His4dup)"),
    (36, "T", "TCCC", "c.12_13insCCC", "p.(His4_Asp5insPro)"),
    (36, "T", "TTAG", "c.12_13insTAG", "p.(Asp5Ter)"),
    (36, "T", "TCCCTAGCCC", "c.12_13insCCCTAGCCC", "p.(His4_Asp5insProTer)"),
    (39, "T", "TCCC", "c.15_16insCCC", "p.(Ter6ProextTer1)"),
    (33, "GC", "G", "c.10del", "p.(His4MetfsTer?)"),
    (33, "G", "GG", "c.9dup", "p.(His4AlafsTer2)"),
    (33, "G", "GTAAA", "c.9_10insTAAA", "p.(His4Ter)"),
    (31, "TGG", "CAT", "c.7_9delinsCAT", "p.(Trp3His)"),
    (31, "TGG", "CCA", "c.7_9inv", "p.(Trp3Pro)"),
    (31, "TGGCAT", "AAA", "c.7_12delinsAAA", "p.(Trp3_His4delinsLys)"),
    (33, "GCAT", "CTAA", "c.9_12delinsCTAA", "p.(Trp3_His4delinsCysTer)"),
]


@pytest.mark.parametrize(("pos", "ref", "alt", "c", "p"), CASES)
def test_names_on_a_forward_transcript(pos: int, ref: str, alt: str, c: str, p: str) -> None:
    found = names(pos, ref, alt)
    assert (found.c, found.p, found.reasons) == (f"T1:{c}", p, {})


@pytest.mark.parametrize(("pos", "ref", "alt", "c", "p"), CASES)
def test_a_mirrored_transcript_has_the_same_names(pos: int, ref: str, alt: str, c: str, p: str) -> None:
    mirrored = replace(transcript(), strand=-1, exons=((-50, -41), (-30, -11)))
    at = len(SEQUENCE) + 1 - (pos + len(ref) - 1)
    found = write_hgvs(
        "1", at, reverse_complement(ref), reverse_complement(alt), mirrored, genome_of(reverse_complement(SEQUENCE))
    )  # fmt: skip
    assert (found.c, found.p) == (f"T1:{c}", p)


@pytest.mark.parametrize(
    ("exon", "next_exon", "allele", "c", "g"),
    [
        (
            "CCCCATGAAT",
            "TGGCATGATTAACCTCAGTT",
            (19, "AT", "A"),
            "c.6del",
            "g.20del",
        ),  # as c.3921del: exon/exon
        ("CCCCATGAAG", "TGGCATGATTAACCTCAGTT", (19, "AG", "A"), "c.6+1del", "g.21del"),  # as c.1704+1del
        ("CCCCATGAAA", "GGGCATGATTAACCTCAGTT", (29, "AG", "A"), "c.9del", "g.33del"),  # as c.1813del
        ("CCCCATGAAG", "TGGCATGATTAACCTCAGTT", (19, "A", "AG"), "c.6+1dup", "g.21dup"),
        ("CCCCATGAAA", "GGGCATGATTAACCTCAGTT", (29, "A", "AG"), "c.9dup", "g.33dup"),
    ],
)
def test_borders_of_exons(exon: str, next_exon: str, allele: tuple[int, str, str], c: str, g: str) -> None:
    """hgvs-nomenclature.org, DNA deletion: the 3' rule stops at exon/exon junctions but not at exon/intron borders."""
    genome = genome_of("T" * 10 + exon + INTRON + next_exon + "C" * 10)
    found = write_hgvs("chr1", *allele, transcript(), genome)
    assert (found.c, found.g) == (f"T1:{c}", f"chr1:{g}")


def test_non_coding_transcripts_are_numbered_from_their_first_base() -> None:
    view = transcript(coding=None)
    assert [names(*v, view).c for v in ((18, "A", "G"), (26, "T", "A"))] == ["T1:n.8A>G", "T1:n.11-5T>A"]
    assert names(18, "A", "G", view).reasons == {"p": "the transcript is not coding"}


@pytest.mark.parametrize("allele", [(5, "T", "G"), (9, "TTCC", "T"), (50, "T", "TAC"), (10, "T", "TA")])
def test_changes_beyond_the_transcript_have_a_genomic_name_only(allele: tuple[int, str, str]) -> None:
    found = names(*allele)
    assert (found.c, found.p) == (None, None)
    assert found.reasons == dict.fromkeys("cp", "the change is not wholly within the transcript")
    assert found.g is not None


@pytest.mark.parametrize(
    ("pos", "ref", "alt", "c"),
    [(50, "TC", "T", None), (48, "G", "GT", "c.*8dup"), (10, "TC", "T", "c.-1del")],
)
def test_the_ends_of_the_transcript(pos: int, ref: str, alt: str, c: str | None) -> None:
    assert names(pos, ref, alt).c == (c and f"T1:{c}")


@pytest.mark.parametrize("alt", ["<DEL>", "*", "", "A]chr2:1]", "n"])
def test_alleles_that_are_no_sequence_have_no_name(alt: str) -> None:
    found = names(18, "A", alt)
    assert (found.g, found.c, found.p) == (None, None, None)
    assert set(found.reasons.values()) == {"an allele is not a plain sequence of bases"}


def test_no_change_has_no_name() -> None:
    assert set(names(18, "A", "A").reasons.values()) == {"REF and ALT are the same"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"start_incomplete": True},
            "the start of the coding sequence is not known, so residues cannot be numbered",
        ),
        ({"irregular": True}, "the coding parts do not follow the exons"),
        ({"coding": (4, 6)}, "the coding sequence is shorter than a codon"),
        (
            {"coding": (2, 14)},
            "the coding sequence has a stop codon inside, as of a selenoprotein or a frame that slips",
        ),
    ],
)
def test_proteins_that_cannot_be_told(change: dict[str, object], reason: str) -> None:
    found = names(16, "T", "C", transcript(**change))
    assert found.c is not None
    assert (found.p, found.reasons) == (None, {"p": reason})


def test_where_the_genome_has_no_sequence_only_replacements_can_be_named() -> None:
    elsewhere = genome_of("ACGT", "chr2", "2")
    found = write_hgvs("chr1", 18, "A", "G", transcript(), elsewhere)
    assert (found.g, found.c, found.p) == ("chr1:g.18A>G", "T1:c.4A>G", None)
    deletion = write_hgvs("chr1", 18, "AA", "A", transcript(), elsewhere)
    assert (deletion.g, deletion.c, deletion.p) == (None, None, None)
    assert set(deletion.reasons.values()) == {"the genome pack has no sequence there"}


def test_another_contig_and_no_transcript() -> None:
    found = write_hgvs("chr2", 18, "A", "G", transcript(), genome_of(SEQUENCE))
    assert found.reasons["c"] == "the transcript lies on another contig"
    assert (
        write_hgvs("chr1", 18, "A", "G", None, genome_of(SEQUENCE)).reasons["c"] == "no transcript was given"
    )


def test_accessions_and_the_sign_of_stop_are_the_callers_choice() -> None:
    found = names(32, "G", "A", transcript(protein_accession="P1"), assembly="GRCh38", stop="*")
    assert (found.g, found.p) == ("NC_000001.11:g.32G>A", "P1:p.(Trp3*)")
    assert names(33, "G", "GG", stop="*").p == "p.(His4Alafs*2)"
    assert names(39, "T", "TCCC", stop="*").p == "p.(*6Proext*1)"


@pytest.mark.parametrize(
    ("assembly", "contig", "accession"),
    [
        ("GRCh38", "chr21", "NC_000021.9"),
        ("GRCh37", "X", "NC_000023.10"),
        ("GRCh38", "chrM", "NC_012920.1"),
        ("GRCh38", "chrUn_1", "chrUn_1"),
        (None, "chr1", "chr1"),
    ],
)
def test_genomic_accessions(assembly: str | None, contig: str, accession: str) -> None:
    assert genomic_accession(assembly, contig) == accession


@pytest.mark.parametrize(
    ("bases", "start", "end", "inserted", "name"),
    [
        ("ATGGATGCATACGAGATGAGGTAA", 13, 13, "TGCATACG", "(Glu5ValfsTer5)"),  # "Frame shift": c.6_13dup
        ("ATGGATGCATACGTCACGTAA", 11, 12, "", "(Tyr4Ter)"),  # "Frame shift": c.12del
        ("ATGTGGTCCAGTTCCCACGATTAA", 9, 12, "", "(Ser5del)"),  # "Deletion": not Ser4del
        ("ATGAATGGGTAA", 3, 4, "TCATCATGAGCTG", "(Asn2delinsSerSerTer)"),  # "Deletion-insertion": Asn47
        ("ATGCCTAAATAA", 4, 7, "TTT", "(Pro2_Lys3delinsLeuTer)"),  # "Deletion-insertion": Pro578_Lys579
        ("ATGAAATGA", 7, 7, "G", "(Ter3TrpextTer?)"),  # "Extension": TGA to TGGA is an extension
        ("ATGAAAAAACCCTAA", 6, 12, "", "(Lys3_Pro4del)"),
        ("ATGAAACCCTAA", 6, 9, "", "(Pro3del)"),
        ("ATGAAACCCTAA", 10, 12, "GA", "(Ter4=)"),
    ],
)
def test_published_protein_examples(bases: str, start: int, end: int, inserted: str, name: str) -> None:
    assert protein_change(Coding(bases, len(bases)), start, end, inserted) == name


def test_the_mitochondrial_code() -> None:
    coding = Coding("ATTTGAATAAGGCT", 14, mitochondrial=False)
    assert translate(coding.bases, coding.code) == "I*IR"
    mitochondrial = Coding(
        "ATTTGAATACCCTA", 14, mitochondrial=True
    )  # TA: the tail of A completes the stop codon
    assert mitochondrial.protein == "MWMP*"
    assert protein_change(mitochondrial, 5, 6, "T") == "(Trp2Cys)"
    assert protein_change(mitochondrial, 9, 12, "AGG") == "(Pro4Ter)"
    assert protein_change(mitochondrial, 12, 13, "C") == "(Ter5GlnextTer?)"


def test_mitochondrial_variants_are_named_m() -> None:
    genome = genome_of("ACGTACGT", "chrM", "MT")
    assert write_hgvs("chrM", 3, "G", "A", None, genome, assembly="GRCh38").g == "NC_012920.1:m.3G>A"


@pytest.fixture
def genes(tmp_path: Path) -> Genes:
    source = tmp_path / "genes.gff3"
    source.write_text(GFF3.format(s="+"))
    folder = tmp_path / "pack"
    folder.mkdir()
    convert([source], folder, ConversionOptions())
    return open_genes(folder)


def test_transcripts_of_a_pack(genes: Genes) -> None:
    coding = Transcripts(genes).view(0)
    assert coding == Transcript("ENST1.3", "chr1", 1, ((11, 20), (31, 50)), (4, 22))
    other = Transcripts(genes).view(1)
    assert other is not None
    assert other.coding is None


def test_transcripts_of_a_reverse_pack(tmp_path: Path) -> None:
    source = tmp_path / "genes.gff3"
    source.write_text(GFF3.format(s="-"))
    folder = tmp_path / "pack"
    folder.mkdir()
    convert([source], folder, ConversionOptions())
    view = Transcripts(open_genes(folder)).view(0)
    assert view is not None
    assert view.exons == ((-50, -31), (-20, -11))
    assert view.coding == (8, 26)


def test_a_table_keeps_its_order(genes: Genes) -> None:
    variants = pl.DataFrame(
        [
            (7, "chr1", 32, "G", "A", 0),
            (7, "chr1", 32, "G", "A", 1),
            (9, "1", 18, "A", "G", 0),
            (8, "chr1", 5, "T", "<DEL>", 0),
            (6, "chr1", 5, "T", "G", None),
        ],
        schema=("variant", "contig", "pos", "ref", "alt", "transcript_index"),
        orient="row",
    )
    table = write_hgvs_table(variants, genes, genome_of(SEQUENCE), assembly="GRCh38")
    assert table.rows() == [
        (7, 0, "ENST1.3:c.8G>A", "p.(Trp3Ter)", "NC_000001.11:g.32G>A"),
        (7, 1, "ENST2:n.12G>A", None, "NC_000001.11:g.32G>A"),
        (9, 0, "ENST1.3:c.4A>G", "p.(Lys2Glu)", "NC_000001.11:g.18A>G"),
        (8, 0, None, None, None),
        (6, None, None, None, "NC_000001.11:g.5T>G"),
    ]
    assert write_hgvs_table(variants.clear(), genes, genome_of(SEQUENCE)).is_empty()


def test_a_long_repeat_is_crossed_to_its_end() -> None:
    genome = genome_of("C" + "AT" * 40_000 + "G")
    found = write_hgvs("chr1", 1, "CAT", "C", None, genome)
    assert found.g == "chr1:g.80000_80001del"
