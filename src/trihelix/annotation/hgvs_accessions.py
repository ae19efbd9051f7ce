"""RefSeq accessions of the chromosomes, which are the reference sequences of genomic HGVS names.

The versions are those of the GRCh37.p13 and GRCh38.p14 assembly reports of the Genome Reference Consortium.
"""

from __future__ import annotations

from trihelix.model.assembly import bare_contig

_CHROMOSOMES = (*(str(n) for n in range(1, 23)), "X", "Y")
_VERSIONS = {
    "GRCh37": (10, 11, 11, 11, 9, 11, 13, 10, 11, 10, 9, 11, 10, 8, 9, 9, 10, 9, 9, 10, 8, 10, 10, 9),
    "GRCh38": (11, 12, 12, 12, 10, 12, 14, 11, 12, 11, 10, 12, 11, 9, 10, 10, 11, 10, 10, 11, 9, 11, 11, 10),
}
_MITOCHONDRIAL = "NC_012920.1"


def genomic_accession(assembly: str | None, contig: str) -> str:
    """The RefSeq accession of a chromosome (GRCh38, chr1 -> NC_000001.11); the contig's own name elsewhere."""
    bare = bare_contig(contig)
    versions = _VERSIONS.get(assembly or "")
    if versions is None or bare not in (*_CHROMOSOMES, "MT"):
        return contig
    if bare == "MT":
        return _MITOCHONDRIAL
    number = _CHROMOSOMES.index(bare)
    return f"NC_{number + 1:06d}.{versions[number]}"
