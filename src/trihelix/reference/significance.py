"""Clinical-significance packs: which alleles are known to be pathogenic or benign, from a ClinVar VCF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.formats.sites import read_sites
from trihelix.model.errors import PackError
from trihelix.reference.allele_keys import Alleles
from trihelix.reference.allele_table import AlleleTables, write_allele_tables
from trihelix.reference.pack import ConversionOptions, Converted

_KEYS = ("CLNSIG", "CLNREVSTAT", "CLNDN", "GENEINFO", "MC")
# Review status to stars: https://www.ncbi.nlm.nih.gov/clinvar/docs/review_status/
STARS = {
    "practice_guideline": 4,
    "reviewed_by_expert_panel": 3,
    "criteria_provided,_multiple_submitters,_no_conflicts": 2,
    "criteria_provided,_multiple_submitters": 2,
    "criteria_provided,_conflicting_classifications": 1,
    "criteria_provided,_conflicting_interpretations": 1,
    "criteria_provided,_single_submitter": 1,
}
# A classification has parts, as in Pathogenic/Pathogenic,_low_penetrance|other: one that says pathogenic is enough
# where none contradicts.
SAYS_PATHOGENIC = r"(?:^|[/|])(?:Pathogenic|Likely_pathogenic)(?:$|[/|,])"
CONTRADICTS = r"(?i)conflicting|benign|uncertain"


@dataclass(frozen=True)
class Significance:
    """An opened clinical-significance pack."""

    tables: AlleleTables

    def known_pathogenic(
        self, contig: str, alleles: Alleles, stars: int, keys: NDArray[np.uint64] | None = None
    ) -> NDArray[np.bool_]:
        """Whether each allele is pathogenic or likely pathogenic with at least so many review stars."""
        rows = self.tables.find(contig, alleles, keys)
        known = rows >= 0
        if known.any():
            hits = rows[known]
            pathogenic = self.tables.column(contig, "pathogenic")[hits]
            known[known] = pathogenic & (self.tables.column(contig, "stars")[hits] >= stars)
        return known

    def look_up(
        self, contig: str, alleles: Alleles, keys: NDArray[np.uint64] | None = None
    ) -> tuple[NDArray[np.int64], pl.DataFrame]:
        """(indices of the alleles that the pack knows, their facts in the same order).

        Facts: record_id, classification, stars (Int64), conditions (list), genes (symbols), pathogenic (Boolean:
        pathogenic or likely pathogenic, without conflict).
        """
        rows = self.tables.find(contig, alleles, keys)
        hit = np.flatnonzero(rows >= 0)
        facts = self.tables.facts(contig, rows[hit]) if len(hit) else None
        return hit, pl.DataFrame(schema=FACTS) if facts is None else facts.select(list(FACTS))


FACTS: dict[str, Any] = {
    "record_id": pl.String,
    "classification": pl.String,
    "stars": pl.Int64,
    "conditions": pl.List(pl.String),
    "genes": pl.List(pl.String),
    "pathogenic": pl.Boolean,
}


def open_significance(folder: Path) -> Significance:
    """Open a clinical-significance pack."""
    return Significance(AlleleTables(folder))


def convert(sources: Sequence[Path], folder: Path, options: ConversionOptions) -> Converted:
    """A clinical-significance pack from ClinVar VCFs (INFO CLNSIG and CLNREVSTAT are needed)."""
    contigs: dict[str, int] = {}
    tallies = {"pathogenic": 0}
    named: str | None = None

    def frames() -> Iterator[pl.DataFrame]:
        nonlocal named
        for source in sources:
            header, tables = read_sites(source, _KEYS)
            if "CLNSIG" not in header.info:
                raise PackError(
                    "the file has no clinical significance: no INFO key CLNSIG",
                    where=str(source),
                    advice="give ClinVar's VCF",
                )
            contigs.update(header.contigs)
            named = named or header.assembly
            for table in tables:
                facts = _facts(table)
                tallies["pathogenic"] += int(facts["pathogenic"].sum())
                yield facts

    counts = write_allele_tables(folder, frames())
    if not counts:
        raise PackError(
            "the file holds no records", where=str(sources[0]), advice="check that it was written completely"
        )
    return Converted(
        assembly=named or options.assembly,
        counts={"alleles": sum(counts.values()), **tallies},
        contigs=contigs or dict.fromkeys(counts, 0),
    )


def _facts(table: pl.DataFrame) -> pl.DataFrame:
    status = pl.col("CLNREVSTAT")
    known = table.filter(pl.col("CLNSIG").is_not_null())
    word = pl.col("CLNSIG")
    pathogenic = word.str.contains(SAYS_PATHOGENIC) & ~word.str.contains(CONTRADICTS)
    return known.select(
        "contig", "pos", "ref", "alt",
        pl.col("id").alias("record_id"),
        pl.col("CLNSIG").alias("classification"),
        status.replace_strict(STARS, default=0, return_dtype=pl.Int64).fill_null(0).alias("stars"),
        pl.col("CLNDN").str.replace_all("_", " ").str.split("|").fill_null([]).alias("conditions"),
        pl.col("GENEINFO").fill_null("").str.extract_all(r"[^|:]+:").list.eval(pl.element().str.strip_chars(":")).alias("genes"),
        pathogenic.alias("pathogenic"),
    )  # fmt: skip
