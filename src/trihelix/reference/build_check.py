"""Whether alleles belong to the assembly that they are said to belong to: by the words of their file, and by a
sample of REF alleles against the genome packs of the library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from trihelix.model.assembly import KNOWN, assembly_name, bare_contig
from trihelix.model.errors import AssemblyMismatchError
from trihelix.reference.genome import Genome, open_genome

PER_TABLE = 500  # REF alleles compared of each table of a file (of some 100,000 rows)
# A file of the right build agrees everywhere; one of another build agrees by chance, in a quarter to a third.
LEAST_AGREEMENT, ALLOWED = 0.9, 2
_BUILD = re.compile(r"(GRCh3[78]|hg19|hg38|\bb37\b|\bb38\b)", re.IGNORECASE)


def builds_named(texts: Iterable[str]) -> set[str]:
    """The known assemblies that texts (comments, column names, values) name in any way of writing them."""
    words = {word for text in texts for word in _BUILD.findall(text)}
    known = {a.name for a in KNOWN}
    return {name for word in words if (name := assembly_name(word)) in known}


@dataclass
class RefSample:
    """REF alleles of single bases from all parts of a file: (contig, position, base)."""

    sites: list[tuple[str, int, str]] = field(default_factory=list)

    def take(self, table: pl.DataFrame) -> None:
        """Keep some rows of a table with the columns contig, pos and ref."""
        single = table.filter(pl.col("ref").str.len_bytes() == 1)
        chosen = single.gather_every(max(1, len(single) // PER_TABLE))
        self.sites += chosen.select("contig", "pos", pl.col("ref").str.to_uppercase()).iter_rows()

    def agreement(self, genome: Genome) -> tuple[int, int]:
        """(how many agree with a genome, how many could be compared)."""
        agree = compared = 0
        for contig, pos, ref in self.sites:
            base = genome.fetch(contig, pos, pos) if bare_contig(contig) in genome.lengths else "N"
            compared += base != "N" and ref != "N"
            agree += base == ref != "N"
        return agree, compared


def check_build(
    sample: RefSample, assembly: str | None, genomes: Mapping[str, Path], where: str
) -> str | None:
    """A note where the alleles could not be compared, else None. AssemblyMismatchError where they are not those
    of `assembly`, saying of which other assembly of the library they are. `genomes`: assembly -> pack folder."""
    if assembly is None or assembly not in genomes:
        return f"REF was not compared with the genome: the library has no genome pack of {assembly or 'this assembly'}"
    agree, compared = sample.agreement(open_genome(genomes[assembly]))
    if compared - agree <= ALLOWED or agree >= LEAST_AGREEMENT * compared:
        return None if compared else f"no REF could be compared with the genome pack of {assembly}"
    others = {name: sample.agreement(open_genome(genomes[name])) for name in genomes if name != assembly}
    fits = [name for name, (same, n) in others.items() if n and same >= LEAST_AGREEMENT * n]
    counts = "; ".join(
        f"{same:,} of {n:,} with {name}"
        for name, (same, n) in {assembly: (agree, compared), **others}.items()
    )
    raise AssemblyMismatchError(
        f"the file was added as {assembly}, but its REF alleles are those of {fits[0] if fits else 'another assembly'}",
        where=where,
        value=f"of a sample of REF alleles these agree: {counts}",
        advice=f"give the {assembly} file"
        + (
            f", or add this one with --assembly {fits[0]}"
            if fits
            else "; see which build the file was made on"
        ),
    )
