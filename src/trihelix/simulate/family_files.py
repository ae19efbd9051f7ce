"""A simulated family's files: VCF, BCF or one gVCF per member, pedigree, and the proband's phenopacket."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pysam.bcftools
from numpy.typing import NDArray

from trihelix.formats.ped import write_ped
from trihelix.model.family import Family, Sex
from trihelix.model.phenotype import PhenotypeProfile
from trihelix.reference.phenotypes import Phenotypes
from trihelix.simulate.compressed import index_vcf, write_bgzip
from trihelix.simulate.family_variants import ContigVariants
from trihelix.simulate.reference_files import SOURCE
from trihelix.simulate.sequence import Contig
from trihelix.simulate.sequencing import Reads

CREATED = "2025-01-01T00:00:00Z"
LONGEST_BLOCK = 4_000  # bases of a reference block of a gVCF

_FORMAT = (
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Read depth of each allele">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">',
)
_FILTERS = (
    '##FILTER=<ID=PASS,Description="All filters passed">',
    '##FILTER=<ID=LowQual,Description="Low quality">',
)


@dataclass(frozen=True)
class SequencedContig:
    """A chromosome's variants with the calls of the sequenced members, in the order of their columns."""

    variants: ContigVariants
    reads: Reads


def write_joint(
    path: Path,
    contigs: Sequence[Contig],
    called: Sequence[SequencedContig],
    members: Sequence[str],
    assembly: str,
) -> None:
    """One VCF of the whole family; a path that ends in .bcf becomes a BCF."""
    header = _header(contigs, members, assembly, ('##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count">',
             '##INFO=<ID=AN,Number=1,Type=Integer,Description="Allele number">'))  # fmt: skip
    text = (header + "\n".join(pl.concat([_joint_lines(one) for one in called])) + "\n").encode()
    if path.suffix != ".bcf":
        write_bgzip(path, text)
        index_vcf(path)
        return
    plain = path.with_suffix(".vcf")
    plain.write_bytes(text)
    pysam.bcftools.view("--no-version", "-Ob", "-o", str(path), str(plain), catch_stdout=False)
    plain.unlink()


def _header(contigs: Sequence[Contig], members: Sequence[str], assembly: str, info: Sequence[str]) -> str:
    lines = [
        "##fileformat=VCFv4.2", f"##source={SOURCE}", f"##reference={assembly}",
        *(f"##contig=<ID={c.name},length={len(c)}>" for c in contigs), *_FILTERS, *info, *_FORMAT,
        "\t".join(("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *members)),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _joint_lines(called: SequencedContig) -> pl.Series:
    variants, reads = called.variants, called.reads
    members = reads.copies.shape[1]
    seen = (reads.copies > 0).any(axis=1)
    columns: dict[str, object] = {
        "pos": variants.pos,
        "ref": pl.Series(variants.ref, dtype=pl.String),
        "alt": pl.Series(variants.alt, dtype=pl.String),
        "qual": np.minimum((reads.quality * (reads.copies > 0)).sum(axis=1) * 12 + 30, 9_999),
        "filter": np.where(variants.failed, "LowQual", "PASS"),
        "ac": np.maximum(reads.copies, 0).sum(axis=1),
        "an": (reads.ploidy * (reads.copies >= 0)).sum(axis=1),
    }
    for m in range(members):
        columns |= _call_columns(reads, m)
    frame = pl.DataFrame(columns).filter(pl.Series(seen))
    calls = [
        pl.format("{}:{},{}:{}:{}", f"gt{m}", f"ra{m}", f"aa{m}", f"dp{m}", f"gq{m}") for m in range(members)
    ]
    line = pl.format(
        variants.contig + "\t{}\t.\t{}\t{}\t{}\t{}\tAC={};AN={}\tGT:AD:DP:GQ\t{}",
        "pos", "ref", "alt", "qual", "filter", "ac", "an", pl.concat_str(calls, separator="\t"),
    )  # fmt: skip
    return frame.select(line.alias("line"))["line"]


def _call_columns(reads: Reads, m: int) -> dict[str, object]:
    return {
        f"gt{m}": _genotypes(reads.copies[:, m], reads.ploidy[:, m]),
        f"ra{m}": reads.ref_depth[:, m],
        f"aa{m}": reads.alt_depth[:, m],
        f"dp{m}": reads.depth[:, m],
        f"gq{m}": reads.quality[:, m],
    }


_DIPLOID = np.array(["./.", "0/0", "0/1", "1/1"])
_HAPLOID = np.array([".", "0", "1", "1"])


def _genotypes(copies: NDArray[np.int64], ploidy: NDArray[np.int64]) -> NDArray[np.str_]:
    return np.where(ploidy == 2, _DIPLOID[copies + 1], _HAPLOID[copies + 1])


def write_gvcf(
    path: Path,
    contigs: Sequence[Contig],
    called: Sequence[SequencedContig],
    member: int,
    name: str,
    assembly: str,
) -> None:
    """One member's gVCF: the variants that the member carries, and reference blocks over everything else."""
    info = ('##INFO=<ID=END,Number=1,Type=Integer,Description="Last position of the block">',)
    alt = '##ALT=<ID=NON_REF,Description="Any possible alternative allele">'
    header = _header(contigs, [name], assembly, (*info, alt))
    by_name = {c.name: c for c in contigs}
    lines = [line for one in called for line in _gvcf_lines(by_name[one.variants.contig], one, member)]
    write_bgzip(path, (header + "\n".join(lines) + "\n").encode())
    index_vcf(path)


def _gvcf_lines(contig: Contig, called: SequencedContig, member: int) -> list[str]:
    """Lines of one chromosome. A place that was not called is left out of the blocks."""
    variants, reads = called.variants, called.reads
    lines: list[str] = []
    free_from = 1
    uncalled = reads.copies[:, member] < 0
    haploid = int(reads.ploidy[0, member]) == 1 if len(variants) else False
    for i in np.flatnonzero((reads.copies[:, member] > 0) | uncalled).tolist():
        pos, ref = int(variants.pos[i]), str(variants.ref[i])
        lines += _blocks(contig, free_from, pos - 1, int(reads.depth[i, member]) or 30, haploid)
        if not uncalled[i]:
            lines.append(_gvcf_call(variants, reads, i, member))
        free_from = pos + len(ref)
    return lines + _blocks(contig, free_from, len(contig), 30, haploid)


def _gvcf_call(variants: ContigVariants, reads: Reads, i: int, member: int) -> str:
    genotype = _genotypes(reads.copies[[i], member], reads.ploidy[[i], member])[0]
    depths = f"{reads.ref_depth[i, member]},{reads.alt_depth[i, member]},0"
    status = "LowQual" if variants.failed[i] else "."
    quality = reads.quality[i, member]
    return (
        f"{variants.contig}\t{variants.pos[i]}\t.\t{variants.ref[i]}\t{variants.alt[i]},<NON_REF>\t{quality * 12 + 30}"
        f"\t{status}\t.\tGT:AD:DP:GQ\t{genotype}:{depths}:{reads.depth[i, member]}:{quality}"
    )


def _blocks(contig: Contig, start: int, end: int, depth: int, haploid: bool) -> list[str]:
    """Reference blocks that cover start..end."""
    genotype = "0" if haploid else "0/0"
    quality = min(99, 3 * depth)
    return [
        f"{contig.name}\t{first}\t.\t{contig.text(first, first)}\t<NON_REF>\t.\t.\t"
        f"END={min(first + LONGEST_BLOCK - 1, end)}\tGT:DP:GQ\t{genotype}:{depth}:{quality}"
        for first in range(start, end + 1, LONGEST_BLOCK)
    ]


def write_pedigree(path: Path, family: Family) -> None:
    """The pedigree as PED."""
    path.write_text(write_ped(family), encoding="utf-8")


def write_phenopacket(
    path: Path, subject: str, sex: Sex, profile: PhenotypeProfile, phenotypes: Phenotypes
) -> None:
    """The proband's phenotypes as a GA4GH phenopacket, version 2, without any diagnosis."""
    features = [{"type": _term(t, phenotypes)} for t in profile.present]
    features += [{"type": _term(t, phenotypes), "excluded": True} for t in profile.excluded]  # type: ignore[dict-item]
    packet = {
        "id": subject,
        "subject": {"id": subject, "sex": sex.name},
        "phenotypicFeatures": features,
        "metaData": {
            "created": CREATED,
            "createdBy": SOURCE,
            "resources": [
                {
                    "id": "hp",
                    "name": "human phenotype ontology",
                    "url": "http://purl.obolibrary.org/obo/hp.owl",
                    "version": phenotypes.release,
                    "namespacePrefix": "HP",
                    "iriPrefix": "http://purl.obolibrary.org/obo/HP_",
                }
            ],
            "phenopacketSchemaVersion": "2.0",
        },
    }
    path.write_text(json.dumps(packet, indent=1) + "\n", encoding="utf-8")


def _term(term: str, phenotypes: Phenotypes) -> dict[str, str]:
    return {"id": term, "label": phenotypes.term_name(term)}
