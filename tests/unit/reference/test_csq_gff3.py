"""The annotation rewritten for bcftools csq: its parts, its slices, and what csq makes of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gff3_builder import Annotation, make
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def coding_transcript(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]], list[tuple[int, int]], int]:
    """Strand, exons, coding parts (by position) and the first phase of a random transcript."""
    edges = draw(
        st.lists(st.integers(10, 400), min_size=4, max_size=10, unique=True).filter(lambda e: len(e) % 2 == 0)
    )
    edges.sort()
    exons = list(zip(edges[::2], edges[1::2], strict=True))
    inside = [p for s, e in exons for p in range(s, e + 1)]
    low, high = sorted(draw(st.lists(st.integers(0, len(inside) - 1), min_size=2, max_size=2)))
    chosen = set(inside[low : high + 1])
    cds = [(min(hit), max(hit)) for s, e in exons if (hit := chosen & set(range(s, e + 1)))]
    return draw(st.sampled_from("+-")), exons, cds, draw(st.integers(0, 2))


def naive_gff3(
    strand: str, exons: list[tuple[int, int]], cds: list[tuple[int, int]], phase: int
) -> set[tuple[str, ...]]:
    """CDS and UTR lines by walking over single bases in the direction of reading."""
    coding = [p for s, e in cds for p in range(s, e + 1)]
    exonic = [p for s, e in exons for p in range(s, e + 1)]
    order = coding if strand == "+" else coding[::-1]
    usable = len(order) - phase >= 3
    lines = set()
    for s, e in cds:
        first = s if strand == "+" else e
        before = order.index(first)
        if usable and before + e - s + 1 > phase:
            lines.add(("CDS", str(s), str(e), str((phase - before) % 3)))
    for s, e in exons:
        for side, names in ((-1, ("five", "three")), (1, ("three", "five"))):
            name = names[0] if strand == "+" else names[1]
            outside = [
                p for p in exonic if s <= p <= e and (p < min(coding) if side < 0 else p > max(coding))
            ]
            if outside:
                lines.add((f"{name}_prime_UTR", str(min(outside)), str(max(outside)), "."))
    return lines


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(model=st.composite(coding_transcript)())
def test_rewritten_parts_equal_a_walk_over_the_bases(
    tmp_path: Path, model: tuple[str, list[tuple[int, int]], list[tuple[int, int]], int]
) -> None:
    strand, exons, cds, phase = model
    stated = [(s, e, ".") for s, e in cds]
    first = 0 if strand == "+" else -1
    stated[first] = (*cds[first], str(phase))
    annotation = Annotation().gene("G1", "1", 1, 500, strand).transcript("T1", exons, stated)
    _, genes = make(tmp_path, annotation.write(tmp_path))
    genes.write_gff3(np.array([0]), tmp_path / "out.gff3")
    lines = [line.split("\t") for line in (tmp_path / "out.gff3").read_text().splitlines()[1:]]
    parts = {(f[2], f[3], f[4], f[7]) for f in lines if f[2] == "CDS" or "UTR" in f[2]}
    assert parts == naive_gff3(strand, exons, cds, phase)
    assert [(int(f[3]), int(f[4])) for f in lines if f[2] == "exon"] == exons


def test_a_first_part_that_the_phase_takes_is_left_out_for_csq(tmp_path: Path) -> None:
    annotation = (
        Annotation().gene("G1", "1", 1, 300).transcript("T1", [(1, 300)], [(5, 6, "2"), (100, 150, "0")])
    )
    _, genes = make(tmp_path, annotation.write(tmp_path))
    genes.write_gff3(np.array([0]), tmp_path / "out.gff3")
    lines = [line.split("\t") for line in (tmp_path / "out.gff3").read_text().splitlines()[1:]]
    assert [(f[3], f[4], f[7]) for f in lines if f[2] == "CDS"] == [("100", "150", "0")]
    assert genes.cds.rows() == [(0, 5, 6, 2), (0, 100, 150, 0)]


def test_a_subset_is_the_slices_of_its_genes(tmp_path: Path) -> None:
    annotation = Annotation()
    for number in range(20):
        start = 1000 * number + 1
        annotation.gene(f"G{number}", "chr1", start, start + 99, name=f"N{number}")
        annotation.transcript(f"T{number}", [(start, start + 99)], [(start, start + 98, "0")])
    _, genes = make(tmp_path, annotation.write(tmp_path))
    genes.write_gff3(np.array([7, 3, 7]), tmp_path / "out.gff3", {"chr1": "1", "chr2": "2"})
    lines = (tmp_path / "out.gff3").read_text().splitlines()
    assert lines[0] == "##gff-version 3"
    assert [line.split("\t")[2] for line in lines[1:]] == [
        "gene",
        "transcript",
        "exon",
        "CDS",
        "three_prime_UTR",
    ] * 2
    assert {line.split("\t")[0] for line in lines[1:]} == {"1"}
    assert [re.search("Name=(N\\d+)", line)[1] for line in lines[1::5]] == ["N3", "N7"]
    genes.write_gff3(np.array([], np.int64), tmp_path / "none.gff3")
    assert (tmp_path / "none.gff3").read_text() == "##gff-version 3\n"


def csq(folder: Path, gff3: Path, variants: list[tuple[int, str]]) -> list[str]:
    """BCSQ of single-base changes on contig 1 of a sequence of ACGT repeats."""
    fasta = folder / "genome.fa"
    fasta.write_text(">1\n" + "ACGT" * 500 + "\n")
    vcf = folder / "in.vcf"
    lines = [
        "##fileformat=VCFv4.2",
        "##contig=<ID=1,length=2000>",
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]
    lines += [f"1\t{pos}\t.\t{'ACGT'[(pos - 1) % 4]}\t{alt}\t.\t.\t." for pos, alt in variants]
    vcf.write_text("\n".join(lines) + "\n")
    out = folder / "out.vcf"
    code = "import sys, pysam.bcftools; pysam.bcftools.csq(*sys.argv[1:], catch_stdout=False)"
    options = ["-l", "-p", "a", "-f", str(fasta), "-g", str(gff3), str(vcf), "-o", str(out)]
    # A process of its own: csq remembers the last position of the file before.
    subprocess.run([sys.executable, "-c", code, *options], check=True, capture_output=True)
    rows = [line.split("\t") for line in out.read_text().splitlines() if line[0] != "#"]
    return [row[7].removeprefix("BCSQ=") for row in rows]


@pytest.mark.parametrize(
    "biotype",
    ["lncRNA", "TEC", "vault_RNA", "Y_RNA", "protein_coding_CDS_not_defined", "IG_D_pseudogene", "made_up"],
)
def test_csq_sees_transcripts_of_every_biotype(tmp_path: Path, biotype: str) -> None:
    annotation = (
        Annotation()
        .gene("G1", "1", 100, 500, name="GENE", more=f"biotype={biotype}")
        .transcript("T1", [(100, 500)], biotype=biotype)
    )
    _, genes = make(tmp_path, annotation.write(tmp_path))
    genes.write_gff3(np.array([0]), tmp_path / "csq.gff3")
    (found,) = csq(tmp_path, tmp_path / "csq.gff3", [(201, "C")])
    assert found.startswith("non_coding|GENE|")


def test_csq_accepts_incomplete_and_inconsistent_transcripts(tmp_path: Path) -> None:
    """As given, csq stops at the slip's phase; rewritten, every transcript is used."""
    annotation = (
        Annotation()
        .gene("G1", "1", 1, 600, name="GENE")
        .transcript("slip", [(1, 300)], [(1, 100, "0"), (120, 269, "0")])
        .transcript("tiny_first", [(1, 300)], [(1, 1, "2"), (100, 200, "1")])
        .transcript("crumb", [(1, 300)], [(1, 2, "0")])
        .transcript("late_start", [(1, 300)], [(1, 299, "2")])
        .gene("G2", "1", 1001, 1600, "-", name="BACK")
        .transcript("back_tiny", [(1001, 1300), (1400, 1600)], [(1200, 1300, "0"), (1599, 1599, "2")])
        .transcript("back_odd", [(1001, 1300)], [(1001, 1301 - 1, "1")], biotype="made_up")
    )
    path = annotation.write(tmp_path)
    with pytest.raises(subprocess.CalledProcessError):
        csq(tmp_path, path, [(150, "A")])
    _, genes = make(tmp_path, path)
    genes.write_gff3(np.array([0, 1]), tmp_path / "csq.gff3")
    forward, backward = csq(tmp_path, tmp_path / "csq.gff3", [(150, "A"), (1251, "A")])
    assert {entry.split("|")[2] for entry in forward.split(",")} >= {"slip", "tiny_first", "late_start"}
    assert {entry.split("|")[2] for entry in backward.split(",")} >= {"back_tiny", "back_odd"}
