"""What changes do to a transcript, and what a significance pack holds of it, on both strands, against plain Python."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from trihelix.annotation.hgvs_placement import oriented_change
from trihelix.annotation.hgvs_protein import STANDARD_CODE, translate
from trihelix.annotation.hgvs_transcript import Strand, Transcript, reverse_complement
from trihelix.interpretation.evidence.acmg.coding import CodingView, coding_view, loss_facts, protein_facts
from trihelix.interpretation.evidence.acmg.facts import LossFacts, LossKind, ProteinFacts
from trihelix.interpretation.evidence.acmg.known import LOSS, MISSENSE, KnownSource, KnownVariants
from trihelix.reference import significance
from trihelix.reference.allele_keys import allele_keys, alleles_from_text
from trihelix.reference.genome import Genome, Segments
from trihelix.reference.pack import ConversionOptions

UTR, INTRON = 20, 40
# Coding bases of the exons: 90, 60 (in frame), 61 (not), 120 and, in the last, the rest with the stop codon.
PARTS = (90, 60, 61, 120, 35)


@dataclass(frozen=True)
class Gene:
    """A made-up gene; positions of the coding sequence as the genome numbers them."""

    view: CodingView
    genome: Genome
    strand: int
    places: tuple[int, ...]

    def base(self, at: int) -> str:
        base = self.genome.fetch("chr1", self.places[at], self.places[at])
        return base if self.strand > 0 else reverse_complement(base)

    def allele(self, at: int, ref: str, alt: str) -> tuple[int, str, str]:
        """A VCF allele for replacing `ref` at a coding position by `alt`, both as the transcript reads them."""
        if self.strand > 0:
            return self.places[at], ref, alt
        pos = self.places[at] - len(ref) + 1
        return pos, reverse_complement(ref), reverse_complement(alt)

    def loss(
        self, at: int, ref: str, alt: str, consequence: str, known: KnownVariants | None = None
    ) -> LossFacts:
        change = oriented_change(*self.allele(at, ref, alt), self.strand)
        return loss_facts(self.view, change, consequence, known, 0)

    def protein(self, at: int, ref: str, alt: str, consequence: str) -> ProteinFacts:
        return protein_facts(self.view, oriented_change(*self.allele(at, ref, alt), self.strand), consequence)


def coding_bases(seed: int) -> str:
    rng = random.Random(seed)
    codons = [c for c, residue in STANDARD_CODE.items() if residue not in "*M"]
    body = [rng.choice(codons) for _ in range(sum(PARTS) // 3 - 2)]
    body[19] = "ATG"  # residue 21
    return "ATG" + "".join(body) + "TAA"


def make_gene(strand: int, seed: int = 1) -> Gene:
    rng = random.Random(seed)
    coding = coding_bases(seed)
    text, at = "C" * 30, 0
    places: list[int] = []
    exons: list[tuple[int, int]] = []
    for number, size in enumerate(PARTS):
        start = len(text)
        text += "T" * UTR if number == 0 else ""
        places += range(len(text) + 1, len(text) + size + 1)
        text += coding[at : at + size] + ("G" * UTR if number == len(PARTS) - 1 else "")
        at += size
        exons.append((start + 1, len(text)))
        text += "GT" + "".join(rng.choice("ACGT") for _ in range(INTRON - 4)) + "AG"
    if strand < 0:
        length = len(text)
        text = reverse_complement(text)
        places = [length + 1 - p for p in places]
        exons = [(length + 1 - e, length + 1 - s) for s, e in exons]
    oriented = tuple((s, e) if strand > 0 else (-e, -s) for s, e in exons)
    bases = np.frombuffer(text.encode(), np.uint8)
    whole = Segments(np.array([1]), np.array([len(text)]), np.array([0]))
    genome = Genome(Path("none"), bases, {"1": "chr1"}, {"1": len(text)}, {"1": whole})
    transcript = Transcript("T1", "chr1", strand, oriented, (UTR, UTR + sum(PARTS)))
    view = coding_view(transcript, Strand(genome, "chr1", strand))
    assert isinstance(view, CodingView), view
    return Gene(view, genome, strand, tuple(places))


@pytest.fixture(params=[1, -1])
def gene(request: pytest.FixtureRequest) -> Gene:
    return make_gene(request.param)


JUNCTION = sum(PARTS[:-1])


def test_the_view_is_the_gene(gene: Gene) -> None:
    assert gene.view.coding.bases[: sum(PARTS)] == coding_bases(1)
    assert gene.view.last_junction == JUNCTION
    assert gene.view.residues == sum(PARTS) // 3 - 1


def test_a_stop_decays_unless_it_lies_behind_50_bases_before_the_last_junction(gene: Gene) -> None:
    for residue in range(1, gene.view.residues):
        at = 3 * residue
        if gene.view.range_of(oriented_change(*gene.allele(at, gene.base(at), "N"), gene.strand)) is None:
            continue
        changed = gene.view.coding.bases[:at] + "TAA"
        ref = gene.view.coding.bases[at : at + 3]
        place = (gene.places[at], gene.places[at + 2])
        if abs(place[1] - place[0]) != 2 or ref == "TAA":
            continue  # a codon in two exons
        loss = gene.loss(at, ref, "TAA", "stop_gained")
        assert loss.kind is LossKind.NONSENSE
        assert loss.decays is (JUNCTION - at > 50), (residue, loss)
        assert loss.removed == pytest.approx(1 - residue / gene.view.residues, abs=1e-4)
        assert translate(changed, STANDARD_CODE).endswith("*")


def test_a_frame_shift_is_read_to_its_stop(gene: Gene) -> None:
    bases = gene.view.coding.bases
    for at in range(4, sum(PARTS) - 4):
        if gene.places[at] not in (gene.places[at - 1] + gene.strand,):
            continue
        ref = bases[at - 1 : at + 1]
        loss = gene.loss(at - 1, ref, ref[0], "frameshift_variant")
        changed = bases[:at] + bases[at + 1 :]
        stop = next(
            (
                i
                for i in range(3 * (at // 3), len(changed) - 2, 3)
                if STANDARD_CODE[changed[i : i + 3]] == "*"
            ),
            None,
        )
        expected = stop is not None and (JUNCTION - (1 if at < JUNCTION else 0)) - stop > 50
        assert loss.decays is expected, (at, loss)


def test_splice_sites(gene: Gene) -> None:
    """The exon that the site belongs to is skipped: the second keeps the frame, the third does not."""
    transcript = gene.view.transcript

    def lost(oriented: int, consequence: str) -> LossFacts:
        change = oriented_change(abs(oriented), "A", "C", transcript.strand)
        return loss_facts(gene.view, change, consequence, None, 0)

    ends = transcript.exons
    in_frame = lost(ends[1][1] + 1, "splice_donor_variant")
    assert (in_frame.kind, in_frame.in_frame) == (LossKind.SPLICE, True)
    assert in_frame.removed == pytest.approx(20 / gene.view.residues, abs=1e-4)
    assert lost(ends[1][0] - 2, "splice_acceptor_variant") == in_frame
    shifted = lost(ends[2][1] + 2, "splice_donor_variant")
    assert not shifted.in_frame
    assert shifted.where.startswith("exon 3 of 5 is skipped")
    assert lost(ends[0][1] + 1, "splice_donor_variant").kind is LossKind.START
    last = lost(ends[4][0] - 1, "splice_acceptor_variant")
    assert not last.decays
    assert "stop codon" in last.where
    assert lost(ends[1][1] + 20, "splice_donor_variant").unclear


def test_a_lost_start_codon(gene: Gene) -> None:
    loss = gene.loss(1, "T", "C", "start_lost")
    assert (loss.kind, loss.next_met) == (LossKind.START, 21)
    assert loss.removed == pytest.approx(20 / gene.view.residues, abs=1e-4)


def test_residues_of_missense_changes(gene: Gene) -> None:
    bases = gene.view.coding.bases
    for at in range(3, sum(PARTS) - 3):
        alt = "A" if bases[at] != "A" else "C"
        codon = bases[at - at % 3 : at - at % 3 + 3]
        changed = codon[: at % 3] + alt + codon[at % 3 + 1 :]
        before, after = STANDARD_CODE[codon], STANDARD_CODE[changed]
        place = gene.protein(at, bases[at], alt, "missense_variant")
        if before == after:
            assert place.residue is None
        else:
            assert (place.residue, place.reference, place.altered) == (at // 3 + 1, before, after)


def test_exon_edges_and_introns(gene: Gene) -> None:
    assert gene.protein(PARTS[0] - 3, "A", "C", "synonymous_variant").exon_edge
    assert not gene.protein(PARTS[0] - 4, "A", "C", "synonymous_variant").exon_edge
    assert gene.protein(PARTS[0] + 2, "A", "C", "synonymous_variant").exon_edge
    assert not gene.protein(PARTS[0] + 3, "A", "C", "synonymous_variant").exon_edge
    donor = gene.view.transcript.exons[0][1]
    for distance, expected in ((7, 7), (20, 20), (INTRON - 4, -5)):
        change = oriented_change(abs(donor + distance), "A", "C", gene.strand)
        assert protein_facts(gene.view, change, "intron_variant").intron_distance == expected


def test_repeats_are_counted() -> None:
    gene = make_gene(1)
    bases = gene.view.coding.bases
    assert gene.protein(30, bases[30:34], bases[30], "inframe_deletion").changed_residues == 1
    text = gene.genome.bases.copy()
    start = gene.places[30] - 1
    text[start : start + 18] = np.frombuffer(b"CAGCAGCAGCAGTTTTTT", np.uint8)
    stretched = Genome(Path("none"), text, gene.genome.names, gene.genome.lengths, gene.genome.stretches)
    view = coding_view(gene.view.transcript, Strand(stretched, "chr1", 1))
    assert isinstance(view, CodingView)
    for pos, ref, alt in (
        (gene.places[29], bases[29] + "CAG", bases[29]),
        (gene.places[29], bases[29], bases[29] + "CAGCAG"),
        (gene.places[30], "CAGC", "C"),
    ):
        found = protein_facts(view, oriented_change(pos, ref, alt, 1), "inframe_deletion")
        assert found.repeat_copies == 4, (ref, alt)


def pack_of(folder: Path, rows: list[tuple[int, str, str, str]]) -> significance.Significance:
    """A significance pack of (position, REF, ALT, classification), two stars each, of the gene ONE."""
    header = (
        '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="">\n'
        '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="">\n'
        '##INFO=<ID=CLNDN,Number=.,Type=String,Description="">\n'
        '##INFO=<ID=GENEINFO,Number=1,Type=String,Description="">\n'
        '##INFO=<ID=MC,Number=.,Type=String,Description="">\n'
    )
    lines = [
        f"chr1\t{pos}\t{n}\t{ref}\t{alt}\t.\t.\tCLNSIG={word};CLNREVSTAT=criteria_provided,_multiple_submitters,"
        "_no_conflicts;GENEINFO=ONE:1"
        for n, (pos, ref, alt, word) in enumerate(sorted(rows), start=1)
    ]
    text = (
        f"##fileformat=VCFv4.2\n##contig=<ID=chr1>\n{header}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    )
    source = folder / "clinvar.vcf"
    source.write_text(text + "\n".join(lines) + "\n")
    target = folder / "pack"
    target.mkdir()
    significance.convert([source], target, ConversionOptions())
    return significance.open_significance(target)


def key_of(allele: tuple[int, str, str]) -> int:
    pos, ref, alt = allele
    return int(allele_keys(alleles_from_text([pos], [ref], [alt]))[0])


def test_every_substitution_is_told_apart_as_plain_python_does(gene: Gene, tmp_path: Path) -> None:
    bases = gene.view.coding.bases
    alleles = [
        (at, alt, gene.allele(at, bases[at], alt))
        for at in range(sum(PARTS))
        for alt in "ACGT"
        if alt != bases[at]
    ]
    pack = pack_of(tmp_path, [(*allele, "Pathogenic") for _, _, allele in alleles])
    known = KnownSource(pack).of(gene.view.layout, gene.view.coding, ("ONE",))
    assert len(known.key) == len(alleles)
    row = {int(k): i for i, k in enumerate(known.key)}
    for at, alt, allele in alleles:
        codon = bases[at - at % 3 : at - at % 3 + 3]
        before, after = (STANDARD_CODE[c] for c in (codon, codon[: at % 3] + alt + codon[at % 3 + 1 :]))
        i = row[key_of(allele)]
        lost = (after == "*" != before) or at < 3
        expected = LOSS if lost else MISSENSE if before != after and before != "*" else 0
        assert (int(known.kind[i]), int(known.residue[i])) == (expected, at // 3), (at, alt)
        if expected == MISSENSE:
            assert chr(known.altered[i]) == after


def test_indels_and_splice_sites_are_told_apart(gene: Gene, tmp_path: Path) -> None:
    bases, exons = gene.view.coding.bases, gene.view.transcript.exons
    shift = gene.allele(40, bases[40:42], bases[40])
    whole = gene.allele(45, bases[45:49], bases[45])
    long_shift = gene.allele(50, bases[50:70], bases[50])
    donor, deep = abs(exons[1][1] + 2), abs(exons[1][1] + 5)
    rows = [
        (*shift, "Pathogenic"),
        (*whole, "Pathogenic"),
        (*long_shift, "Pathogenic"),
        (donor, gene.genome.fetch("chr1", donor, donor), "N", "Pathogenic"),
        (deep, gene.genome.fetch("chr1", deep, deep), "N", "Pathogenic"),
    ]
    known = KnownSource(pack_of(tmp_path, rows)).of(gene.view.layout, gene.view.coding, ("ONE",))
    assert sorted(known.kind.tolist()) == [0, 0, LOSS, LOSS, LOSS]
    assert known.facts(0, None, "", "", 8).pathogenic_lof == 3


def test_a_variant_is_no_evidence_for_itself(gene: Gene, tmp_path: Path) -> None:
    bases, at = gene.view.coding.bases, 120
    changes = {alt: gene.allele(at, bases[at], alt) for alt in "ACGT" if alt != bases[at]}
    pack = pack_of(tmp_path, [(*allele, "Pathogenic") for allele in changes.values()])
    known = KnownSource(pack).of(gene.view.layout, gene.view.coding, ("ONE",))
    codon = bases[at : at + 3]
    for alt, allele in changes.items():
        altered = STANDARD_CODE[alt + codon[1:]]
        facts = known.facts(key_of(allele), at // 3 + 1, STANDARD_CODE[codon], altered, 8)
        assert len(facts.same_change) + len(facts.same_residue) <= 2
        others = known.facts(0, at // 3 + 1, STANDARD_CODE[codon], altered, 8)
        assert len(others.same_change) >= len(facts.same_change)
        assert others.pathogenic_all == facts.pathogenic_all + 1


def test_near_changes_leave_the_residue_itself_out(tmp_path: Path) -> None:
    gene = make_gene(1)
    bases = gene.view.coding.bases

    def missense(residue: int) -> tuple[int, str, str]:
        at = 3 * (residue - 1)
        for alt in "ACGT":
            after = STANDARD_CODE[alt + bases[at + 1 : at + 3]]
            if after not in ("*", STANDARD_CODE[bases[at : at + 3]]):
                return gene.allele(at, bases[at], alt)
        raise AssertionError(residue)

    rows = [(*missense(r), "Pathogenic") for r in (52, 60, 68, 69, 51)] + [(*missense(61), "Benign")]
    known = KnownSource(pack_of(tmp_path, rows)).of(gene.view.layout, gene.view.coding, ("ONE",))
    facts = known.facts(0, 60, "A", "C", 8)
    assert (facts.near_pathogenic, facts.near_benign, facts.benign_in_gene) == (2, 1, True)


def test_variants_of_other_genes_are_passed_over(gene: Gene, tmp_path: Path) -> None:
    bases = gene.view.coding.bases
    pack = pack_of(tmp_path, [(*gene.allele(40, bases[40:42], bases[40]), "Pathogenic")])
    assert len(KnownSource(pack).of(gene.view.layout, gene.view.coding, ("TWO",)).key) == 0
    assert len(KnownSource(pack).of(gene.view.layout, gene.view.coding, ("TWO", "ONE")).key) == 1


def test_incomplete_transcripts_are_refused() -> None:
    gene = make_gene(1)
    for changes in ({"start_incomplete": True}, {"irregular": True}, {"coding": None}):
        plain = {"accession": "T", "contig": "chr1", "strand": 1, "exons": gene.view.transcript.exons}
        shape = {**plain, "coding": gene.view.transcript.coding, **changes}
        assert isinstance(coding_view(Transcript(**shape), Strand(gene.genome, "chr1", 1)), str)  # type: ignore[arg-type]


def test_a_contig_that_the_pack_lacks_has_no_known_variants(gene: Gene, tmp_path: Path) -> None:
    pack = pack_of(tmp_path, [(gene.places[40], "A", "C", "Pathogenic")])
    elsewhere = gene.view.layout._replace(contig="chr2")
    known = KnownSource(pack).of(elsewhere, gene.view.coding, ("ONE",))
    assert known.facts(0, 5, "A", "C", 8).pathogenic_all == 0


def test_inserted_bases_move_the_junction_away(gene: Gene) -> None:
    """A stop 40 bases before the junction, with 31 inserted bases between, lies 71 bases before it."""
    at = JUNCTION - 40
    assert at % 3 == 0
    before = gene.view.coding.bases[at - 1]
    loss = gene.loss(at - 1, before, before + "TAA" + "C" * 28, "frameshift_variant")
    assert loss.decays
    assert "71 bases before" in loss.where
