"""Writing block-compressed text, as genomic tools expect it; the same text gives the same bytes."""

from __future__ import annotations

from pathlib import Path

import pysam


def write_bgzip(path: Path, text: bytes) -> None:
    """Write text as BGZF."""
    with pysam.BGZFile(str(path), "wb", None) as out:
        out.write(text)


def index_vcf(path: Path) -> None:
    """Write the tabix index of a block-compressed VCF beside it."""
    pysam.tabix_index(str(path), preset="vcf", force=True)
