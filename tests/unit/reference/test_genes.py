"""Gene packs from small GFF3 files in the styles of Ensembl and GENCODE."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np
import polars as pl
import pysam
import pytest
from gff3_builder import Annotation, make
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trihelix.model.errors import CorruptFileError, FileUnreadableError, PackError


def two_genes() -> Annotation:
    return (
        Annotation()
        .gene("ENSG00000000002.7", "chr2", 1000, 5000, "-", name="BETA")
        .transcript(
            "ENST00000000021.3",
            [(1000, 1200), (4000, 5000)],
            [(1101, 1200, "1"), (4000, 4100, "0")],
            tag="basic,Ensembl_canonical",
        )
        .gene("ENSG00000000001", "chr1", 100, 900, "+", name="ALPHA")
        .transcript("ENST00000000011", [(100, 300), (500, 900)], [(201, 300, "0"), (500, 609, "2")])
        .transcript("ENST00000000012", [(100, 300)], biotype="retained_intron")
    )


def test_tables_of_a_small_annotation(tmp_path: Path) -> None:
    converted, genes = make(tmp_path, two_genes().write(tmp_path))
    assert converted.counts == {"genes": 2, "transcripts": 3, "exons": 5, "coding_parts": 4}
    assert genes.genes.select(
        "gene_index", "gene_id", "gene_version", "symbol", "contig", "strand"
    ).rows() == [
        (0, "ENSG00000000002", 7, "BETA", "chr2", -1),
        (1, "ENSG00000000001", None, "ALPHA", "chr1", 1),
    ]
    first = genes.transcripts.row(0, named=True)
    assert (first["transcript_id"], first["transcript_version"]) == ("ENST00000000021", 3)
    assert (first["cds_start"], first["cds_end"], first["cds_length"]) == (1101, 4100, 201)
    assert (first["preferred"], first["display"], first["end_incomplete"]) == (2, True, False)
    noncoding = genes.transcripts.row(2, named=True)
    assert (noncoding["cds_start"], noncoding["cds_end"], noncoding["display"]) == (0, 0, False)
    assert genes.exons.filter(pl.col("transcript_index") == 1).rows() == [(1, 100, 300), (1, 500, 900)]
    assert genes.cds.rows()[:2] == [(0, 1101, 1200, 1), (0, 4000, 4100, 0)]
    assert genes.contigs == ("chr2", "chr1")


def test_reach_is_exons_and_splice_regions_of_counted_biotypes_merged(tmp_path: Path) -> None:
    annotation = (
        two_genes()
        .gene("ENSG00000000003", "chr1", 1, 60, name="NONCODING", more="biotype=lncRNA")
        .transcript("ENST00000000031", [(1, 60)], biotype="lncRNA")
        .gene("ENSG00000000004", "chr1", 905, 1000, name="IGHX", more="biotype=IG_V_gene")
        .transcript("ENST00000000041", [(905, 1000)], biotype="IG_V_gene")
        .gene("ENSG00000000005", "chr1", 3, 60, name="EARLY")
        .transcript("ENST00000000051", [(3, 20), (38, 40), (57, 60)])
    )
    _, genes = make(tmp_path, annotation.write(tmp_path))
    chr1 = genes.reach.filter(pl.col("contig") == "chr1").select("start", "end").rows()
    assert chr1 == [(1, 28), (30, 68), (92, 308), (492, 1008)]
    assert genes.near_exon("1", [28, 29, 30], [28, 29, 30]).tolist() == [True, False, True]
    assert genes.near_exon("1", [308, 309, 300, 1], [308, 309, 491, 1]).tolist() == [True, False, True, True]
    assert genes.near_exon("chrX", [100], [100]).tolist() == [False]


GENCODE = """##gff-version 3
#description: evidence-based annotation of the human genome (GRCh38), version 45 (Ensembl 111)
##sequence-region chr1 1 248956422
{gene}ID=ENSG00000000001.5;gene_id=ENSG00000000001.5;gene_type=protein_coding;gene_name=ALPHA;level=2;hgnc_id=HGNC:5
{transcript}ID=ENST00000000011.2;Parent=ENSG00000000001.5;gene_type=protein_coding;gene_name=ALPHA;transcript_type=protein_coding;tag=basic,appris_principal_1
{exon}ID=exon:ENST00000000011.2:1;Parent=ENST00000000011.2;gene_type=protein_coding
{cds}ID=CDS:ENST00000000011.2;Parent=ENST00000000011.2;gene_type=protein_coding
{start_codon}ID=start_codon:ENST00000000011.2:1;Parent=ENST00000000011.2
{utr}ID=UTR5:ENST00000000011.2;Parent=ENST00000000011.2
{transcript}ID=ENST00000000012.2;Parent=ENSG00000000001.5;gene_type=protein_coding;transcript_type=nonsense_mediated_decay;tag=MANE_Select,Ensembl_canonical,basic
{exon}ID=exon:ENST00000000012.2:1;Parent=ENST00000000012.2
{par_gene}ID=ENSG00000000001.5_PAR_Y;gene_id=ENSG00000000001.5_PAR_Y;gene_type=protein_coding;gene_name=ALPHA
"""


def gencode(folder: Path) -> Path:
    def columns(kind: str, end: int = 900, contig: str = "chr1", phase: str = ".") -> str:
        return f"{contig}\tHAVANA\t{kind}\t100\t{end}\t.\t+\t{phase}\t"

    path = folder / "gencode.gff3.gz"
    text = GENCODE.format(
        gene=columns("gene"),
        transcript=columns("transcript"),
        exon=columns("exon"),
        cds=columns("CDS", 399, phase="0"),
        start_codon=columns("start_codon", 102, phase="0"),
        utr=columns("three_prime_UTR"),
        par_gene=columns("gene", contig="chrY"),
    )
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_gencode(tmp_path: Path) -> None:
    converted, genes = make(tmp_path, gencode(tmp_path))
    assert converted.assembly == "GRCh38"
    assert converted.version == "GENCODE 45 (Ensembl 111)"
    assert converted.contigs == {"chr1": 248956422, "chrY": 0}
    assert genes.genes.select("gene_id", "symbol", "biotype", "hgnc_id", "csq_name").rows() == [
        ("ENSG00000000001", "ALPHA", "protein_coding", "HGNC:5", "ENSG00000000001"),
        ("ENSG00000000001_PAR_Y", "ALPHA", "protein_coding", None, "ENSG00000000001_PAR_Y"),
    ]
    assert genes.transcripts.select("transcript_id", "biotype", "preferred", "display").rows() == [
        ("ENST00000000011", "protein_coding", 0, False),
        ("ENST00000000012", "nonsense_mediated_decay", 3, True),
    ]
    assert genes.by_id("ENSG00000000001.5") == 0
    assert genes.by_id("ENSG00000000001.5_PAR_Y") == 1
    assert genes.by_symbol("alpha") == (0, 1)


def test_gencode_mapped_to_another_assembly_has_that_assembly(tmp_path: Path) -> None:
    path = two_genes()
    path.lines.insert(
        1,
        "##description: evidence-based annotation of the human genome (GRCh38), version 45 (Ensembl 111), "
        "mapped to GRCh37 with gencode-backmap",
    )
    assert make(tmp_path, path.write(tmp_path))[0].assembly == "GRCh37"


def test_ensembl_header(tmp_path: Path) -> None:
    path = two_genes()
    path.lines[1:1] = [
        "##sequence-region   chr1 1 248956422",
        "#!genome-build  GRCh38.p14",
        "#!genebuild-last-updated 2023-03",
    ]
    converted, _ = make(tmp_path, path.write(tmp_path, "Homo_sapiens.GRCh38.110.gff3"))
    assert converted.assembly == "GRCh38"
    assert converted.version == "Ensembl 110 (gene build 2023-03)"
    assert converted.contigs == {"chr1": 248956422, "chr2": 0}


def test_display_is_the_most_recommended_then_the_longest_then_by_id(tmp_path: Path) -> None:
    annotation = (
        Annotation()
        .gene("G1", "1", 1, 1000)
        .transcript("short_mane", [(1, 10)], [(1, 3, "0")], tag="MANE_Select")
        .transcript("long_canonical", [(1, 1000)], [(1, 999, "0")], tag="Ensembl_canonical")
        .gene("G2", "1", 2000, 3000)
        .transcript("first", [(2000, 2010)], [(2000, 2002, "0")], tag="source_first")
        .transcript("longer", [(2000, 3000)], [(2000, 2899, "0")])
        .gene("G3", "1", 4000, 5000)
        .transcript("b", [(4000, 4100)], [(4000, 4098, "0")])
        .transcript("a", [(4000, 4100)], [(4000, 4098, "0")])
        .transcript("c", [(4000, 5000)])
    )
    _, genes = make(tmp_path, annotation.write(tmp_path))
    shown = genes.transcripts.filter("display")
    assert shown["transcript_id"].to_list() == ["short_mane", "first", "a"]
    assert genes.transcripts["preferred"].to_list() == [3, 2, 1, 0, 0, 0, 0]


def test_incomplete_and_inconsistent_coding_sequences_are_kept_and_counted(tmp_path: Path) -> None:
    annotation = (
        Annotation()
        .gene("G1", "1", 1, 5000)
        .transcript("whole", [(1, 300)], [(1, 300, "0")])
        .transcript("late_start", [(1, 300)], [(1, 299, "2")])
        .transcript("open_end", [(1, 300)], [(1, 100, "0")])
        .transcript("tagged", [(1, 300)], [(1, 300, "0")], tag="cds_start_NF,mRNA_start_NF")
        .transcript("slip", [(1, 300)], [(1, 100, "0"), (120, 269, "0")])
        .transcript("tiny_first", [(1, 300)], [(1, 1, "2"), (100, 200, "1")])
        .transcript("crumb", [(1, 300)], [(1, 2, "0")])
        .transcript("exonless", [(1, 300)])
    )
    annotation.lines = [line for line in annotation.lines if not ("\texon\t" in line and "exonless" in line)]
    annotation.lines.append("1\ttest\texon\t1\t5\t.\t+\t.\tParent=transcript:nobody")
    converted, genes = make(tmp_path, annotation.write(tmp_path))
    flags = {
        row["transcript_id"]: (row["start_incomplete"], row["end_incomplete"])
        for row in genes.transcripts.iter_rows(named=True)
    }
    assert flags["whole"] == (False, False)
    assert flags["late_start"] == (True, False)
    assert flags["open_end"] == (False, True)
    assert flags["tagged"] == (True, False)
    expected = {
        "incomplete start or end": 6,
        "do not fit": 1,
        "less than one whole codon": 1,
        "have no exon": 1,
        "set aside": 1,
    }
    for words, count in expected.items():
        (note,) = (note for note in converted.notes if words in note)
        assert note.startswith(f"{count} ")
    slip = genes.transcripts.filter(pl.col("transcript_id") == "slip")["transcript_index"][0]
    assert genes.cds.filter(pl.col("transcript_index") == slip)["phase"].to_list() == [0, 2]


class TestErrors:
    """Each wrong input is told with its place."""

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("##fileformat=VCFv4.2\n#CHROM\tPOS\n", "this is a VCF file"),
            (">chr1\nACGT\n", "this is a FASTA file"),
            ('{"id": 1}', "this is a JSON file"),
            ("<!DOCTYPE html><html></html>", "web page"),
            ("gene\tpLI\nA\t1\n", "this is not GFF3"),
            ('1\thavana\tgene\t1\t5\t.\t+\t.\tgene_id "ENSG1"; gene_name "A";\n', "this is GTF"),
            ("##gff-version 2\n", "old version"),
            ("##gff-version 3\n", "no gene was found"),
            ("##gff-version 3\n\n\n", "no gene was found"),
        ],
    )
    def test_another_kind_of_file(self, tmp_path: Path, text: str, words: str) -> None:
        path = tmp_path / "source"
        path.write_text(text)
        with pytest.raises(PackError, match=re.escape(words)) as caught:
            make(tmp_path, path)
        assert str(path) in caught.value.where
        assert caught.value.advice

    @pytest.mark.parametrize("content", [b"", b"\n", gzip.compress(b"")])
    def test_empty(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "empty.gff3"
        path.write_bytes(content)
        with pytest.raises(PackError, match="empty"):
            make(tmp_path, path)

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(FileUnreadableError):
            make(tmp_path, tmp_path / "nowhere.gff3")

    def test_truncated_gzip(self, tmp_path: Path) -> None:
        path = gencode(tmp_path)
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(CorruptFileError, match="cut short"):
            make(tmp_path, path)

    def test_truncated_bgzip_at_a_block_border(self, tmp_path: Path) -> None:
        path = tmp_path / "genes.gff3.gz"
        with pysam.BGZFile(str(path), "wb") as out:
            out.write("\n".join(two_genes().lines).encode())
        path.write_bytes(path.read_bytes()[:-28])
        with pytest.raises(CorruptFileError, match="cut short"):
            make(tmp_path, path)

    def test_not_utf8(self, tmp_path: Path) -> None:
        path = two_genes().write(tmp_path)
        path.write_bytes(path.read_bytes() + b"chr1\tx\tgene\t1\t2\t.\t+\t.\tID=gene:G\xe9\n")
        with pytest.raises(CorruptFileError, match="UTF-8") as caught:
            make(tmp_path, path)
        assert caught.value.where.endswith(f"line {len(two_genes().lines) + 1}")

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("chr1\tx\texon\t1\t2\t.\t+\t.", "nine tab-separated"),
            ("chr1\tx\texon\t1\t2\t.\t+\t.\tParent=transcript:ENST00000000011\tmore", "nine tab-separated"),
            ("chr1\tx\texon\tone\t2\t.\t+\t.\tParent=a", "not positions"),
            ("chr1\tx\texon\t5\t2\t.\t+\t.\tParent=a", "after the end"),
            ("chr1\tx\texon\t0\t2\t.\t+\t.\tParent=a", "before position 1"),
            ("chr1\tx\texon\t1\t2\t.\tplus\t.\tParent=a", "strand"),
            ("chr1\tx\tCDS\t1\t2\t.\t+\t3\tParent=a", "phase"),
            ("chr1\tx\texon\t90\t200\t.\t+\t.\tParent=transcript:ENST00000000011", "outside its transcript"),
            ("chr1\tx\texon\t110\t200\t.\t-\t.\tParent=transcript:ENST00000000011", "another strand"),
            ("chr1\tx\tgene\t1\t2\t.\t.\t.\tID=gene:X", "has no strand"),
            ("chr1\tx\tgene\t1\t2\t.\t+\t.\tID=gene:ENSG00000000001", "stands twice"),
            (
                "chr1\tx\tmRNA\t1\t2\t.\t+\t.\tID=transcript:ENST00000000011;Parent=gene:ENSG00000000001",
                "twice",
            ),
        ],
    )
    def test_a_broken_line_is_named(self, tmp_path: Path, line: str, words: str) -> None:
        annotation = two_genes()
        annotation.lines += ["###", "", line, "# a comment\twith a tab"]
        with pytest.raises(PackError, match=words) as caught:
            make(tmp_path, annotation.write(tmp_path))
        assert caught.value.where.endswith(f"genes.gff3, line {len(annotation.lines) - 1}")

    def test_only_gene_names(self, tmp_path: Path) -> None:
        path = tmp_path / "hgnc.tsv"
        path.write_text("hgnc_id\tsymbol\n")
        with pytest.raises(PackError, match="no gene annotation"):
            make(tmp_path, path)


def test_lines_after_a_fasta_section_and_carriage_returns(tmp_path: Path) -> None:
    path = two_genes().write(tmp_path)
    text = path.read_text().replace("\n", "\r\n") + "##FASTA\r\n>chr1\r\nACGT\r\n"
    path.write_bytes(text.encode())
    converted, genes = make(tmp_path, path)
    assert converted.counts["exons"] == 5
    assert genes.transcripts["tags"].to_list()[0] == "basic,Ensembl_canonical"


def test_two_files_make_one_pack(tmp_path: Path) -> None:
    other = (
        Annotation()
        .gene("ENSG00000000009", "chr9", 1, 9, name="NINE")
        .transcript("ENST00000000091", [(1, 9)])
    )
    converted, genes = make(tmp_path, two_genes().write(tmp_path), other.write(tmp_path, "more.gff3"))
    assert converted.counts["genes"] == 3
    assert genes.by_symbol("NINE") == (2,)


def test_names_from_hgnc(tmp_path: Path) -> None:
    hgnc = tmp_path / "hgnc.tsv"
    columns = ("hgnc_id", "symbol", "name", "alias_symbol", "prev_symbol", "ensembl_gene_id")
    rows = [
        ("HGNC:1", "ALPHA1", "alpha one", '"AL1|A-1"', "OLDA", "ENSG00000000001"),
        ("HGNC:2", "BETA", "beta", "", "ALPHA|OLDB", ""),
        ("HGNC:3", "OTHER", "other", "", "", "ENSG00000000077"),
    ]
    hgnc.write_text("\n".join("\t".join(row) for row in (columns, *rows)) + "\n")
    _, genes = make(tmp_path, hgnc, two_genes().write(tmp_path))
    assert genes.genes.select("symbol", "hgnc_id", "name", "aliases").rows() == [
        ("BETA", "HGNC:2", "beta", ["ALPHA", "OLDB"]),
        ("ALPHA", "HGNC:1", "alpha one", ["A-1", "AL1", "ALPHA1", "OLDA"]),
    ]
    assert genes.by_symbol("Alpha") == (1,)  # a symbol in use beats an old name of another gene
    assert genes.by_symbol("olda") == (1,)
    assert genes.by_symbol("nothing") == ()
    assert genes.find([], ["missing", "OLDB"]) == (0,)
    assert genes.find(["ENSG00000000001.9", "ENSG99999999999"], ["BETA"]) == (1,)


def test_encoded_characters_and_aliases_in_the_annotation(tmp_path: Path) -> None:
    more = "biotype=protein_coding;description=alpha%2C the first [Source:HGNC Symbol%3BAcc:HGNC:11];Alias=A%3B1,AL"
    annotation = Annotation().gene("G1", "1", 1, 9, name="A%2C1", more=more).transcript("T1", [(1, 9)])
    _, genes = make(tmp_path, annotation.write(tmp_path))
    row = genes.genes.row(0, named=True)
    assert (row["symbol"], row["name"], row["hgnc_id"]) == ("A,1", "alpha, the first", "HGNC:11")
    assert row["aliases"] == ["A;1", "AL"]
    assert row["csq_name"] == "G1"  # a comma would break the fields of BCSQ


intervals = st.lists(
    st.tuples(st.integers(1, 60), st.integers(0, 40)).map(lambda t: (t[0], t[0] + t[1])),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(genes=intervals, queries=intervals)
def test_overlaps_are_those_of_a_comparison_of_all_with_all(
    tmp_path: Path, genes: list[tuple[int, int]], queries: list[tuple[int, int]]
) -> None:
    annotation = Annotation()
    for number, (start, end) in enumerate(genes):
        annotation.gene(f"G{number}", "chrM", start, end).transcript(f"T{number}", [(start, end)])
    annotation.gene("ELSEWHERE", "1", 1, 100).transcript("TE", [(1, 100)])
    _, pack = make(tmp_path, annotation.write(tmp_path))
    pos, end = np.array(queries).T
    rows, found = pack.overlapping_genes("MT", pos, end)
    spans = pack.genes.filter(pl.col("contig") == "chrM").select("gene_index", "start", "end").rows()
    expected = [(row, i) for row, (p, e) in enumerate(queries) for i, s, t in spans if s <= e and p <= t]
    assert list(zip(rows.tolist(), found.tolist(), strict=True)) == expected
    near = [any(s - 8 <= e and p <= t + 8 for _, s, t in spans) for p, e in queries]
    assert pack.near_exon("M", pos, end).tolist() == near


def test_many_queries_are_answered_in_pieces(tmp_path: Path) -> None:
    _, genes = make(tmp_path, two_genes().write(tmp_path))
    pos = np.arange(1, 300_001)
    rows, found = genes.overlapping_genes("1", pos, pos)
    assert rows.tolist() == list(range(99, 900))
    assert set(found.tolist()) == {1}
    assert genes.overlapping_genes("1", [], [])[0].size == 0
    assert genes.overlapping_genes("7", [5], [5])[0].size == 0
