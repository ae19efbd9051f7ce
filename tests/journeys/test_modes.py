"""Modes of inheritance beyond the common ones, through the real command line: isodisomy, imprinting, mitochondria."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_home import HPO, PED, Gene, gff3, panel, trihelix

from vcf_builder import vcf_text, write_vcf

ASSEMBLY = "Modes1"
CONTIGS = {"chr1": 7_000_000, "chr2": 7_000_000, "chrM": 3_000}
IMPRINTED = "MONOALLELIC, autosomal or pseudoautosomal, paternally imprinted (maternal allele expressed)"
PAH = Gene("PAH", "ENSG00000000001", "chr1", 3_000_001, "+", "BIALLELIC, autosomal or pseudoautosomal")
UBE3A = Gene("UBE3A", "ENSG00000000002", "chr2", 3_000_001, "+", IMPRINTED)
SITES = 1500
SAMPLES = ("kid", "dad", "mum")
STOP = 60  # bases from a gene's start: codon 21, CAG > TAG


@dataclass(frozen=True)
class OneExon(Gene):
    """A gene without introns."""

    @property
    def exons(self) -> list[tuple[int, int]]:
        return [(self.start, self.start + 899)]


ND1 = OneExon("MT-ND1", "ENSG00000000003", "chrM", 1001, "+", "MITOCHONDRIAL")
GENES = (PAH, UBE3A, ND1)


@dataclass(frozen=True)
class World:
    """A programme of three genes, and what its genome says."""

    home: Path
    folder: Path
    genome: dict[str, str]

    def records(self, isodisomy: bool) -> list[str]:
        """Common sites of a trio; with isodisomy the child has one of the mother's copies of chr1 twice."""
        rng = np.random.default_rng(3)
        lines = []
        for contig in ("chr1", "chr2"):
            for pos in np.sort(rng.choice(np.arange(1000, 2_990_000), SITES, replace=False)):
                dad, mum = rng.random(2) < 0.4, rng.random(2) < 0.4
                kid = (mum[0], mum[0]) if isodisomy and contig == "chr1" else (mum[0], dad[0])
                lines.append(self.line(contig, int(pos), kid, dad, mum))
            for pos in np.sort(rng.choice(np.arange(3_100_000, 6_990_000), SITES, replace=False)):
                dad, mum = rng.random(2) < 0.4, rng.random(2) < 0.4
                kid = (mum[0], mum[0]) if isodisomy and contig == "chr1" else (mum[0], dad[0])
                lines.append(self.line(contig, int(pos), kid, dad, mum))
        return lines

    def line(self, contig: str, pos: int, *calls: Any) -> str:
        """A record with depths that fit; a call is two alleles, or the text of a genotype with its read depths."""
        ref = self.genome[contig][pos - 1]
        alt = ref.translate(str.maketrans("ACGT", "GTAC"))
        texts = [c if isinstance(c, str) else _call(*c) for c in calls]
        return f"{contig} {pos} . {ref} {alt} 50 PASS . GT:DP:GQ:AD {' '.join(texts)}"


def _call(one: bool, two: bool) -> str:
    copies = int(one) + int(two)
    return f"{int(one)}/{int(two)}:30:99:{30 - 15 * copies},{15 * copies}"


def _genome() -> dict[str, str]:
    rng = np.random.default_rng(1)
    bases = {c: np.array(list("ACGT"))[rng.integers(0, 4, n)] for c, n in CONTIGS.items()}
    codons = [a + b + c for a in "ACGT" for b in "ACGT" for c in "ACGT"]
    sense = [c for c in codons if c not in ("TAA", "TAG", "TGA", "AGA", "AGG")]
    for gene in GENES:
        coding = ["ATG", *rng.choice(sense, 298), "TAA"]
        coding[20] = "CAG"
        text, at = "".join(coding), 0
        for first, last in gene.exons:
            length = last - first + 1
            bases[gene.contig][first - 1 : last] = list(text[at : at + length])
            bases[gene.contig][last : last + 2] = list("GT")
            bases[gene.contig][first - 3 : first - 1] = list("AG")
            at += length
    return {c: "".join(b) for c, b in bases.items()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("modes")
    made = World(folder / "home", folder, _genome())
    sequences = (
        f">{c}\n" + "\n".join(s[i : i + 100] for i in range(0, len(s), 100)) for c, s in made.genome.items()
    )
    (folder / "genome.fa").write_text("\n".join(sequences) + "\n")
    (folder / "genes.gff3").write_text(gff3(GENES))
    (folder / "panels.json").write_text(json.dumps([panel(21, "Modes", GENES)]))
    (folder / "trio.ped").write_text(PED)
    for kind, name in (("genome", "genome.fa"), ("genes", "genes.gff3"), ("panels", "panels.json")):
        more = () if kind == "panels" else ("--assembly", ASSEMBLY)
        done = trihelix("reference", "add", kind, folder / name, "--home", made.home, *more)
        assert done.code == 0, done.err
    return made


def interpreted(world: World, name: str, isodisomy: bool, *planted: str) -> tuple[Path, dict[str, Any]]:
    """The result folder and the candidates by gene."""
    order = list(CONTIGS)
    records = sorted(
        [*world.records(isodisomy), *planted],
        key=lambda r: (order.index(r.split(" ")[0]), int(r.split(" ")[1])),
    )
    vcf = write_vcf(world.folder / f"{name}.vcf.gz", vcf_text(records, SAMPLES, CONTIGS))
    out = world.folder / name
    done = trihelix(
        "interpret", "--home", world.home, "--vcf", vcf, "--ped", world.folder / "trio.ped", "--hpo", HPO,
        "--panel", "21", "--out", out, "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    best = {}
    for candidate in done.json["candidates"]:
        best.setdefault(candidate["gene"], candidate)
    return out, best


BOTH_FROM_MUM = ((1, 1), (0, 0), (0, 1))


def test_isodisomy_with_and_without_evidence_of_the_chromosome(world: World) -> None:
    planted = world.line("chr1", PAH.start + STOP, *BOTH_FROM_MUM)
    out, found = interpreted(world, "isodisomy", True, planted)
    candidate = found["PAH"]
    assert (candidate["segregation"], candidate["tier"]) == ("UniparentalIsodisomy", 1)
    assert "possible_deletion_in_trans" not in candidate["flags"]
    quality = json.loads((out / "quality.json").read_text())
    assert any(c["check"] == "uniparental_disomy" for c in quality["checks"])
    _, found = interpreted(world, "lone", False, planted)
    candidate = found["PAH"]
    assert (candidate["segregation"], candidate["tier"]) == ("UniparentalIsodisomy", 3)
    assert "possible_deletion_in_trans" in candidate["flags"]


FROM_MUM, FROM_DAD, NEW = ((0, 1), (0, 0), (0, 1)), ((0, 1), (0, 1), (0, 0)), ((0, 1), (0, 0), (0, 0))


def test_imprinting_asks_from_whom_the_allele_came(world: World) -> None:
    imprinted = "InheritedAutosomalDominantPaternallyImprinted"
    for calls, expected in ((FROM_MUM, (imprinted, 1, False)), (FROM_DAD, None), (NEW, ("deNovo", 1, True))):
        planted = world.line("chr2", UBE3A.start + STOP, *calls)
        name = f"imprinted{'_'.join(str(a + b) for a, b in calls)}"
        out, found = interpreted(world, name, False, planted)
        if expected is None:
            assert "UBE3A" not in found
            answer = trihelix("why", out, f"chr2:{UBE3A.start + STOP}:C:T", "--json").json
            told = [answer["value"], *answer["more"]]
            assert any(imprinted in line and "not known to have it from the mother" in line for line in told)
        else:
            candidate = found["UBE3A"]
            flagged = "parental_origin_unproven" in candidate["flags"]
            assert (candidate["segregation"], candidate["tier"], flagged) == expected


def test_heteroplasmy_decides_on_the_mitochondrial_genome(world: World) -> None:
    """The mother's 3 % are a copy, her 0.5 % are none, whatever the caller wrote."""
    place = ND1.start + STOP
    for reads, shown in (("0/0:1000:99:970,30", False), ("0/1:1000:99:995,5", True)):
        planted = world.line("chrM", place, "0/1:1000:99:400,600", "0/0:1000:99:1000,0", reads)
        out, found = interpreted(world, f"mitochondrial{shown}", False, planted)
        assert ("MT-ND1" in found) is shown
        if shown:
            candidate = found["MT-ND1"]
            assert (candidate["segregation"], candidate["tier"]) == ("MitochondrialGenome", 1)
            assert candidate["variants"][0]["consequence"] == "stop_gained"
            assert candidate["variants"][0]["calls"]["kid"]["alt_depth"] == 600
        else:
            answer = trihelix("why", out, f"chrM:{place}:C:T", "--json").json
            assert answer["rule"] == "segregation"
            assert "mum" in answer["value"]
