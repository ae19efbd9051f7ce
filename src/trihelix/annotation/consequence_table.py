"""The table of consequences: its columns, and which transcripts count for tiers."""

from __future__ import annotations

from typing import Any

import polars as pl

# Biotypes of transcripts that count for tiers (rare_disease.md section 3).
COUNTED_BIOTYPES = ("protein_coding", "nonsense_mediated_decay", "non_stop_decay")
COUNTED_PREFIXES = ("IG_", "TR_")

SCHEMA: dict[str, Any] = {
    "variant": pl.UInt32,
    "gene_index": pl.UInt32,
    "transcript_index": pl.UInt32,
    "consequence": pl.String,
    "impact": pl.String,
    "severity": pl.UInt8,
    "protein_change": pl.String,
    "counted": pl.Boolean,
}


def is_counted(biotype: str) -> bool:
    """Whether transcripts of this biotype count for tiers."""
    return biotype in COUNTED_BIOTYPES or biotype.startswith(COUNTED_PREFIXES)
