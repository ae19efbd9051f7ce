"""Normalised alleles are those of `bcftools norm`."""

from __future__ import annotations

import random
from pathlib import Path

import pysam
import pysam.bcftools
import pytest

from trihelix.model.errors import ReferenceMismatchError
from trihelix.reference import genome as genome_pack
from trihelix.reference.pack import ConversionOptions
from trihelix.variants.calls import read_calls
from trihelix.variants.normalise import normalise
from vcf_builder import vcf_text, write_vcf


def make_genome(folder: Path, sequences: dict[str, str]) -> genome_pack.Genome:
    fasta = folder / "genome.fa"
    fasta.write_text("".join(f">{name}\n{seq}\n" for name, seq in sequences.items()))
    pack = folder / "pack"
    pack.mkdir()
    genome_pack.convert([fasta], pack, ConversionOptions("Test1"))
    return genome_pack.open_genome(pack)


def bcftools_norm(vcf: Path, fasta: Path, out: Path) -> list[tuple[str, int, str, str]]:
    pysam.bcftools.norm("-m-", "-f", str(fasta), "-o", str(out), str(vcf), catch_stdout=False)
    with pysam.VariantFile(str(out)) as file:
        return sorted(
            (r.chrom, r.pos, r.ref or "", a.upper())
            for r in file
            for a in r.alts or ()
            if set(a) <= set("ACGTN")
        )


def ours(vcf: Path, genome: genome_pack.Genome) -> list[tuple[str, int, str, str]]:
    calls = normalise(read_calls(vcf, ["kid"]), genome).calls
    rows = calls.rows
    assert all(
        rows.pos[i] <= rows.pos[i + 1] or rows.contig[i] != rows.contig[i + 1] for i in range(len(calls) - 1)
    )
    return sorted(
        (calls.contigs[rows.contig[i]], int(rows.pos[i]), calls.ref(i), calls.alt(i))
        for i in range(len(calls))
    )


def repetitive(rng: random.Random, length: int) -> str:
    """Sequence full of homopolymers and short repeats, where alleles can move far."""
    out = ""
    while len(out) < length:
        unit = "".join(rng.choice("ACGT") for _ in range(rng.choice((1, 1, 2, 3, 5))))
        out += unit * rng.randint(1, 12)
    return out[:length]


@pytest.mark.parametrize("seed", range(6))
def test_random_alleles_in_repeats(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    sequence = repetitive(rng, 2000)
    genome = make_genome(tmp_path, {"chr1": sequence})
    records = []
    for pos in sorted(rng.randint(2, 1900) for _ in range(600)):
        ref = sequence[pos - 1 : pos - 1 + rng.randint(1, 9)]
        alts = {
            rng.choice((ref + sequence[pos : pos + rng.randint(1, 5)], ref[0], ref[: rng.randint(1, len(ref))],
                        ref[0] + "".join(rng.choice("ACGT") for _ in range(rng.randint(0, 6))) + ref[-1:],
                        rng.choice("ACGT")))
            for _ in range(rng.randint(1, 3))
        } - {ref}  # fmt: skip
        if alts:
            records.append(f"chr1 {pos} . {ref} {','.join(sorted(alts))} . PASS . GT 0/1")
    vcf = write_vcf(tmp_path / "in.vcf.gz", vcf_text(records, contigs={"chr1": len(sequence)}))
    assert ours(vcf, genome) == bcftools_norm(vcf, tmp_path / "genome.fa", tmp_path / "out.vcf")


def test_a_megabase_deletion_moves_to_the_start_of_its_repeat(tmp_path: Path) -> None:
    sequence = "C" + "AT" * 600_000 + "G"
    genome = make_genome(tmp_path, {"chr1": sequence})
    ref = sequence[-1_000_002:-1]
    pos = len(sequence) - 1_000_002 + 1
    record = f"chr1 {pos} . {ref} {ref[0]} . PASS . GT 0/1"
    vcf = write_vcf(tmp_path / "in.vcf.gz", vcf_text([record], contigs={"chr1": len(sequence)}))
    ((_, at, new_ref, new_alt),) = ours(vcf, genome)
    assert (at, len(new_ref), new_alt) == (1, 1_000_001, "C")


def test_a_ref_that_disagrees_is_an_error_with_both_sides(tmp_path: Path) -> None:
    genome = make_genome(tmp_path, {"chr1": "ACGT" * 250})
    vcf = write_vcf(tmp_path / "in.vcf", vcf_text(["chr1 5 . G T . PASS . GT 0/1"]))
    with pytest.raises(ReferenceMismatchError, match="1 of 1") as caught:
        normalise(read_calls(vcf, ["kid"]), genome)
    assert "chr1:5" in caught.value.where
    assert caught.value.value == "REF G, genome A"


def test_real_alleles_inside_the_regions(real_data: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    fasta = real_data / "reference/grch38_regions.fa.gz"
    genome_pack.convert([fasta], pack, ConversionOptions())
    genome = genome_pack.open_genome(pack)
    source = real_data / "truth/platinum_NA12878_chr21.grch38.vcf.gz"
    inside = tmp_path / "inside.vcf.gz"
    pysam.bcftools.view(
        "-t", "chr21:37000000-38000000", "-Oz", "-o", str(inside), str(source), catch_stdout=False
    )
    with pysam.BGZFile(str(inside), "r", None) as file:
        text = file.read().decode()
    vcf = write_vcf(tmp_path / "kid.vcf.gz", text.replace("FORMAT\tNA12878", "FORMAT\tkid"))
    found = ours(vcf, genome)
    assert len(found) > 2000
    assert found == bcftools_norm(vcf, fasta, tmp_path / "out.vcf")
