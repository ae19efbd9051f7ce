"""Small cohorts for journeys through a genome store: drawn genotypes as VCF files, and bcftools as the oracle."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from small_home import Outcome, trihelix

from vcf_builder import vcf_text, write_vcf

LENGTHS = {"chr1": 100_000, "chr2": 80_000, "chrX": 50_000}
Carried = tuple[str, int, str, str, str]  # contig, pos, ref, alt, sample
Counted = dict[tuple[str, int, str, str], tuple[int, int]]  # allele -> ac, an


@dataclass(frozen=True)
class Drawn:
    """Genotypes by record (contig, pos, ref, alt) and sample, as VCF writes them."""

    samples: tuple[str, ...]
    calls: Mapping[tuple[str, int, str, str], Mapping[str, str]]

    def of(self, samples: Sequence[str], contigs: Sequence[str] = tuple(LENGTHS)) -> str:
        """A VCF of some samples and contigs, with every record."""
        lines = [
            f"{contig} {pos} . {ref} {alt} 50 PASS . GT:DP:GQ:AD "
            + " ".join(f"{calls[s]}:{20 + pos % 7}:{50 + len(s)}:{_depths(calls[s], pos)}" for s in samples)
            for (contig, pos, ref, alt), calls in self.calls.items()
            if contig in contigs
        ]
        return vcf_text(lines, samples, LENGTHS)


def _depths(call: str, pos: int) -> str:
    reads = 20 + pos % 7
    alleles = call.replace("|", "/").split("/")
    alt = reads * alleles.count("1") // len(alleles)
    return f"{reads - alt},{alt}"


def draw(samples: Sequence[str], rows: int = 60, seed: int = 5) -> Drawn:
    """Rare and common alleles, SNVs and indels, some calls missing, X with two copies for everyone."""
    rng = random.Random(seed)
    calls = {}
    for contig, length in LENGTHS.items():
        for pos in sorted(rng.sample(range(100, length - 100), rows)):
            ref, alt = rng.choice([("A", "G"), ("C", "T"), ("G", "GTT"), ("CAG", "C")])
            share = rng.choice([0.02, 0.1, 0.5])
            calls[(contig, pos, ref, alt)] = {s: _call(rng, share) for s in samples}
    return Drawn(tuple(samples), calls)


def _call(rng: random.Random, share: float) -> str:
    if rng.random() < 0.03:
        return "./."
    return "/".join(str(int(rng.random() < share)) for _ in range(2))


def bcftools(*words: object) -> list[list[str]]:
    """Its output as cells between tabs."""
    done = subprocess.run(["bcftools", *map(str, words)], check=True, capture_output=True, text=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def counts_by_bcftools(vcf: Path, samples: Sequence[str]) -> Counted:
    """ac and an by +fill-tags of some samples."""
    command = f"bcftools view -s {','.join(samples)} -Ou {vcf} | bcftools norm -m- -Ou 2>/dev/null | bcftools +fill-tags -Ou -- -t AC,AN | bcftools query -f '%CHROM\\t%POS\\t%REF\\t%ALT\\t%AC\\t%AN\\n'"
    done = subprocess.run(["bash", "-c", command], check=True, capture_output=True, text=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {(c, int(p), r, a): (int(ac), int(an)) for c, p, r, a, ac, an in rows}


def carriers_by_bcftools(vcf: Path) -> set[tuple[Carried, str, str]]:
    """Who carries what, with DP and GQ, by query."""
    rows = bcftools("query", "-i", 'GT="alt"', "-f", r"[%CHROM\t%POS\t%REF\t%ALT\t%SAMPLE\t%DP\t%GQ\n]", vcf)
    return {((c, int(p), r, a, s), dp, gq) for c, p, r, a, s, dp, gq in rows}


def table(outcome: Outcome) -> list[dict[str, str]]:
    """The TSV that a command printed."""
    assert outcome.code == 0, outcome.err
    header, *rows = [line.split("\t") for line in outcome.out.splitlines()]
    return [dict(zip(header, row, strict=True)) for row in rows]


def counted(outcome: Outcome) -> Counted:
    """ac and an of `trihelix counts`."""
    rows = table(outcome)
    return {(r["contig"], int(r["pos"]), r["ref"], r["alt"]): (int(r["ac"]), int(r["an"])) for r in rows}


def carried(outcome: Outcome) -> set[tuple[Carried, str, str]]:
    """Who carries what by `trihelix carriers`, with DP and GQ."""
    rows = table(outcome)
    return {((r["contig"], int(r["pos"]), r["ref"], r["alt"], r["sample"]), r["dp"], r["gq"]) for r in rows}


@dataclass(frozen=True)
class StoreBench:
    """A folder with a store in it, and a home without packs."""

    folder: Path

    @property
    def store(self) -> Path:
        """Where the store is, or will be."""
        return self.folder / "genomes"

    def run(self, command: str, *words: object) -> Outcome:
        """A command on the store."""
        home = ["--home", self.folder / "home"] if command != "compact" else []
        return trihelix(command, *words, "--store", self.store, *home)

    def vcf(self, name: str, text: str) -> Path:
        """A variant file."""
        return write_vcf(self.folder / name, text)

    def ids(self, name: str, *samples: str) -> Path:
        """A file of sample ids."""
        path = self.folder / name
        path.write_text("".join(f"{s}\n" for s in samples))
        return path

    def ingest(self, *files: Path, more: Sequence[object] = ()) -> Outcome:
        """Bring files in; it must succeed."""
        done = self.run("ingest", *files, *more)
        assert done.code == 0, done.err
        return done
