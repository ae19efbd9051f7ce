"""Simulated genes: what the GFF3 and the FASTA say, read here without the code that wrote them."""

from __future__ import annotations

import gzip
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.reference.pack import ConversionOptions
from trihelix.simulate.gene_models import (
    coding_sequence,
    draft_coding_gene,
    draft_non_coding_gene,
    place_genes,
    translate,
)
from trihelix.simulate.sequence import random_contig
from trihelix.simulate.world import World

STOPS = {"TAA", "TAG", "TGA"}
Feature = tuple[str, int, int, str, str]  # contig, start, end, strand, phase


@pytest.fixture(scope="module")
def parts(world: World) -> dict[str, dict[str, list[Feature]]]:
    """Type -> transcript -> its features, from the text of the GFF3."""
    found: dict[str, dict[str, list[Feature]]] = defaultdict(lambda: defaultdict(list))
    for line in _gff_lines(world):
        contig, _, kind, start, end, _, strand, phase, attributes = line.split("\t")
        if "Parent=transcript:" in attributes:
            parent = attributes.split("Parent=transcript:")[1].split(";")[0]
            found[kind][parent].append((contig, int(start), int(end), strand, phase))
    return found


def _gff_lines(world: World) -> list[str]:
    text = gzip.decompress(world.files["genes"][0].read_bytes()).decode()
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def fasta(world: World, tmp_path_factory: pytest.TempPathFactory) -> pysam.FastaFile:
    path = tmp_path_factory.mktemp("fasta") / "genome.fa"
    path.write_bytes(gzip.decompress(world.files["genome"][0].read_bytes()))
    pysam.faidx(str(path))
    return pysam.FastaFile(str(path))


def _read(fasta: pysam.FastaFile, features: list[Feature]) -> str:
    """The bases of features in the direction of their strand."""
    text = "".join(fasta.fetch(contig, start - 1, end) for contig, start, end, _, _ in sorted(features))
    if features[0][3] == "+":
        return text
    return text.translate(str.maketrans("ACGT", "TGCA"))[::-1]


def test_every_reading_frame_is_open(
    parts: dict[str, dict[str, list[Feature]]], fasta: pysam.FastaFile
) -> None:
    assert len(parts["CDS"]) > 31
    for transcript, cds in parts["CDS"].items():
        coding = _read(fasta, cds)
        codons = [coding[i : i + 3] for i in range(0, len(coding), 3)]
        assert len(coding) % 3 == 0, transcript
        assert codons[0] == "ATG", transcript
        assert codons[-1] in STOPS, transcript
        assert not STOPS.intersection(codons[:-1]), transcript


def test_introns_begin_with_gt_and_end_with_ag(
    parts: dict[str, dict[str, list[Feature]]], fasta: pysam.FastaFile
) -> None:
    for exons in parts["exon"].values():
        ordered = sorted(exons)
        for (contig, _, left, strand, _), (_, right, _, _, _) in pairwise(ordered):
            intron = _read(fasta, [(contig, left + 1, right - 1, strand, ".")])
            assert intron[:2] == "GT"
            assert intron[-2:] == "AG"


def test_phases_continue_the_frame(parts: dict[str, dict[str, list[Feature]]]) -> None:
    for cds in parts["CDS"].values():
        read = 0
        for _, start, end, _, phase in sorted(cds, reverse=cds[0][3] == "-"):
            assert int(phase) == -read % 3
            read += end - start + 1


def test_coding_and_untranslated_parts_make_up_the_exons(parts: dict[str, dict[str, list[Feature]]]) -> None:
    for transcript, cds in parts["CDS"].items():
        pieces = [*cds, *parts["five_prime_UTR"][transcript], *parts["three_prime_UTR"][transcript]]
        covered = sorted(p for _, start, end, _, _ in pieces for p in range(start, end + 1))
        exonic = sorted(p for _, start, end, _, _ in parts["exon"][transcript] for p in range(start, end + 1))
        assert covered == exonic


def test_both_strands_and_several_transcripts_occur(
    parts: dict[str, dict[str, list[Feature]]], world: World
) -> None:
    assert {features[0][3] for features in parts["exon"].values()} == {"+", "-"}
    numbers = [len(gene.transcripts) for gene, _ in world.genes]
    assert min(numbers) == 1
    assert max(numbers) > 1
    assert sum(line.split("\t")[2] == "lnc_RNA" for line in _gff_lines(world)) == 2


def test_the_genes_pack_reads_them(world: World, tmp_path: Path) -> None:
    from trihelix.reference.genes import convert, open_genes

    converted = convert(world.files["genes"], tmp_path, ConversionOptions())
    genes = open_genes(tmp_path)
    assert converted.notes == ()
    assert set(genes.genes["symbol"]) == {g.symbol for g, _ in world.genes} | {
        g.symbol for g in world.non_coding
    }
    shown = genes.transcripts.filter("display")["transcript_id"]
    canonical = {g.canonical.id for g, _ in world.genes} | {g.canonical.id for g in world.non_coding}
    assert set(shown) == canonical


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_any_seed_gives_open_frames_that_do_not_overlap(seed: int) -> None:
    rng = np.random.default_rng(seed)
    contig = random_contig("chr1", 320_000, rng)
    drafts = [draft_coding_gene(f"ENSSIMG{n}", f"A{n}", "a gene", rng) for n in range(5)]
    drafts.insert(2, draft_non_coding_gene("ENSSIMG9", "LNC", "a gene", rng))
    if sum(d.length + 1_000 for d in drafts) > len(contig):
        return
    genes = place_genes(contig, drafts, rng)
    assert all(one.end < other.start for one, other in pairwise(genes))
    assert genes[0].start > 0
    assert genes[-1].end <= len(contig)
    for gene in genes:
        for transcript in gene.transcripts:
            protein = translate(coding_sequence(transcript, gene.strand, contig))
            if transcript.cds:
                assert protein[0] == "M"
                assert protein.index("*") == len(protein) - 1


def test_genes_that_do_not_fit_are_refused() -> None:
    rng = np.random.default_rng(1)
    contig = random_contig("chr1", 10_000, rng)
    drafts = [draft_coding_gene(f"ENSSIMG{n}", f"A{n}", "a gene", rng) for n in range(9)]
    with pytest.raises(ValueError, match="chr1 need"):
        place_genes(contig, drafts, rng)


def test_sequence_has_the_composition_of_a_human_genome() -> None:
    bases = random_contig("chr1", 1_000_000, np.random.default_rng(3)).bases
    c, g = bases == ord("C"), bases == ord("G")
    assert 0.38 < (c | g).mean() < 0.44
    ratio = (c[:-1] & g[1:]).mean() / (c.mean() * g.mean())
    assert 0.15 < ratio < 0.30
