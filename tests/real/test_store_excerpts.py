"""Real cohorts and a family in a genome store: counts and carriers are those of bcftools."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "journeys"))

from small_home import trihelix
from store_world import Counted, bcftools, carried, counted, table

from trihelix.model.assembly import bare_contig

COHORTS = ("chr20_1-4Mb_300.grch37.vcf.gz", "1000g_chr22.grch37.vcf.gz")
BASES = set("ACGTN")


def trimmed(contig: str, pos: int, ref: str, alt: str) -> tuple[str, int, str, str]:
    """The shortest way to write an allele that keeps its place: shared bases go from the end, then from the start."""
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        pos, ref, alt = pos + 1, ref[1:], alt[1:]
    return bare_contig(contig), pos, ref, alt


def expected_counts(vcf: Path, samples: list[str], folder: Path) -> Counted:
    """ac and an of each allele of bases by bcftools; of an allele that stands in several records every answer."""
    listing = folder / "samples.txt"
    listing.write_text("".join(f"{s}\n" for s in samples))
    chosen, tagged = folder / "chosen.bcf", folder / "tagged.bcf"
    bcftools("view", "-S", listing, "-Ob", "-o", chosen, vcf)
    bcftools("+fill-tags", chosen, "-Ob", "-o", tagged, "--", "-t", "AC,AN")
    found: Counted = {}
    for contig, pos, ref, alts, acs, an in bcftools(
        "query", "-f", r"%CHROM\t%POS\t%REF\t%ALT\t%AC\t%AN\n", tagged
    ):
        for alt, ac in zip(alts.split(","), acs.split(","), strict=True):
            if set(alt) <= BASES:
                key = trimmed(contig, int(pos), ref, alt)
                assert key not in found
                found[key] = (int(ac), int(an))
    return found


def bare(counts: Counted) -> Counted:
    return {(bare_contig(c), p, r, a): of for (c, p, r, a), of in counts.items()}


@pytest.mark.parametrize("name", COHORTS)
def test_counts_of_real_cohorts(real_data: Path, tmp_path: Path, name: str) -> None:
    vcf = real_data / "cohorts" / name
    store = ("--store", tmp_path / "genomes")
    done = trihelix("ingest", vcf, *store, "--home", tmp_path / "home")
    assert done.code == 0, done.err
    samples = [row[0] for row in bcftools("query", "-l", vcf)]
    assert bare(counted(trihelix("counts", *store))) == expected_counts(vcf, samples, tmp_path)
    some = samples[1::3]
    (tmp_path / "some.txt").write_text("".join(f"{s}\n" for s in some))
    found = bare(counted(trihelix("counts", "--cohort", tmp_path / "some.txt", *store)))
    assert found == expected_counts(vcf, some, tmp_path)
    counts = table(trihelix("samples", "--counts", *store))
    assert sum(int(row["het"]) + 2 * int(row["hom"]) for row in counts) == sum(ac for ac, _ in bare(
        counted(trihelix("counts", *store))).values())  # fmt: skip


def test_carriers_of_a_real_family(real_data: Path, tmp_path: Path) -> None:
    vcf, ped = real_data / "families" / "giab_trio.grch37.vcf.gz", real_data / "families" / "giab_trio.ped"
    store = ("--store", tmp_path / "genomes")
    done = trihelix("ingest", vcf, *store, "--home", tmp_path / "home", "--ped", ped)
    assert done.code == 0, done.err
    expected = set()
    line = r"[%CHROM\t%POS\t%REF\t%ALT\t%SAMPLE\t%GT\n]"
    for contig, pos, ref, alts, sample, call in bcftools("query", "-i", 'GT="alt"', "-f", line, vcf):
        for number, alt in enumerate(alts.split(","), 1):
            if str(number) in call.replace("|", "/").split("/") and set(alt) <= BASES:
                expected.add((*trimmed(contig, int(pos), ref, alt), sample))
    found = {(bare_contig(c), *rest) for (c, *rest), _, _ in carried(trihelix("carriers", *store))}
    assert found == expected
    child = table(trihelix("samples", "--list", *store))
    assert {row["karyotype"] for row in child} <= {"XX", "XY"}
    for row in child:
        mine = {
            (bare_contig(c), *rest)
            for (c, *rest), _, _ in carried(trihelix("carriers", "--sample", row["sample"], *store))
        }
        assert mine == {c for c in expected if c[4] == row["sample"]}
