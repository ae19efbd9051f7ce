"""Every position of the list of common pathogenic alleles against ClinVar's files of both assemblies."""

from __future__ import annotations

import gzip
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from trihelix.interpretation.evidence.common_alleles import CLINVAR, COMMON_PATHOGENIC, CommonAllele

Allele = tuple[str, int, str, str]
NEAR = 25_000  # bases within which a ClinVar allele on either side must be as far away in the other assembly


@pytest.fixture(scope="module")
def clinvar38(real_data: Path) -> dict[Allele, tuple[str, str]]:
    """Allele -> (rs number, genes)."""
    return dict(_read38(real_data / "clinvar/clinvar_20241215_plp_2star.grch38.vcf.gz"))


def _read38(path: Path) -> Iterator[tuple[Allele, tuple[str, str]]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#"):
                chrom, pos, _, ref, alt, _, _, info = line.rstrip("\n").split("\t")[:8]
                fields = dict(part.split("=", 1) for part in info.split(";") if "=" in part)
                yield (
                    (chrom.removeprefix("chr"), int(pos), ref, alt),
                    (fields.get("RS", ""), fields.get("GENEINFO", "")),
                )


@pytest.fixture(scope="module")
def clinvar37(real_data: Path) -> dict[Allele, str]:
    """Single-nucleotide allele -> rs number."""
    found = {}
    with gzip.open(real_data / "clinvar/clinvar_2017.grch37.tsv.gz", "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            chrom, pos, ref, alt, _, _, _, rsid = line.split("\t")[:8]
            found[chrom, int(pos), ref, alt] = rsid.removeprefix("rs")
    return found


@pytest.fixture(scope="module")
def shifts(
    clinvar38: dict[Allele, tuple[str, str]], clinvar37: dict[Allele, str]
) -> dict[str, list[tuple[int, int]]]:
    """Contig -> sorted (GRCh38 position, GRCh38 minus GRCh37) of alleles with one rs number in both files."""
    places = {(contig, rs, ref, alt): pos for (contig, pos, ref, alt), (rs, _) in clinvar38.items() if rs}
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for (contig, pos, ref, alt), rs in clinvar37.items():
        other = places.get((contig, rs, ref, alt))
        if other is not None:
            found[contig].append((other, other - pos))
    return {contig: sorted(rows) for contig, rows in found.items()}


def in38(a: CommonAllele, clinvar38: dict[Allele, tuple[str, str]]) -> bool:
    found = clinvar38.get((a.contig, a.grch38, a.ref, a.alt))
    return found is not None and a.gene.removesuffix("1") in found[1]


@pytest.mark.parametrize("a", COMMON_PATHOGENIC, ids=lambda a: f"{a.gene} {a.hgvs}")
def test_position(
    a: CommonAllele,
    clinvar38: dict[Allele, tuple[str, str]],
    clinvar37: dict[Allele, str],
    shifts: dict[str, list[tuple[int, int]]],
) -> None:
    known38 = in38(a, clinvar38)
    known37 = (a.contig, a.grch37, a.ref, a.alt) in clinvar37
    at = bisect_left(shifts[a.contig], (a.grch38, -(1 << 40)))
    around = [one for one in shifts[a.contig][max(at - 3, 0) : at + 3] if abs(one[0] - a.grch38) <= NEAR]
    if a.verified == CLINVAR:
        assert known38 or known37, "neither file has the allele"
        assert (known38 and known37) or around, "nothing near tells how far the assemblies are apart"
    assert {shift for _, shift in around} <= {a.grch38 - a.grch37}
