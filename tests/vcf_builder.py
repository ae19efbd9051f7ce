"""Small VCF files for tests, written by hand."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path

import pysam

CONTIGS = {"chr1": 1000, "chr2": 1000, "chrX": 1000}


def vcf_text(
    records: Iterable[str],
    samples: Sequence[str] = ("kid",),
    contigs: dict[str, int] | None = None,
    extra: str = "",
) -> str:
    """A VCF; each record is given with spaces in place of tabs."""
    lines = "".join(
        f"##contig=<ID={c},length={n}>\n" for c, n in (CONTIGS if contigs is None else contigs).items()
    )
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]
    body = "".join("\t".join(r.split(" ")) + "\n" for r in records)
    return (
        "##fileformat=VCFv4.2\n"
        + lines
        + '##FILTER=<ID=LowQual,Description="low">\n'
        + '##INFO=<ID=END,Number=1,Type=Integer,Description="end">\n'
        + '##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">\n'
        + '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="depth">\n'
        + '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="quality">\n'
        + '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="depths">\n'
        + '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="phase set">\n'
        + extra
        + "\t".join(columns)
        + "\n"
        + body
    )


def write_vcf(path: Path, text: str) -> Path:
    """Write text as its ending says: .vcf plain, .gz bgzip, .gzip plain gzip."""
    data = text.encode()
    if path.suffix == ".gz":
        with pysam.BGZFile(str(path), "wb", None) as out:
            out.write(data)
    elif path.suffix == ".gzip":
        path.write_bytes(gzip.compress(data))
    else:
        path.write_bytes(data)
    return path
