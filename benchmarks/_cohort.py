"""Simulated cohorts as BCF files: real genealogies (msprime), then what sequencing adds: errors, missing calls,
multi-allelic sites, insertions and deletions, and where asked depths and qualities of the carriers."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msprime
import numpy as np
from numpy.typing import NDArray

CONTIG, LENGTH = "chr20", 64_444_167
# Growth per generation, people now, people before it. With 100,000 people it gives one site in 7 bases, 59 % of them
# seen once; the programme's 78,195 genomes have 722 million sites, one in 4.
GROWTH, GROWN_SIZE, OLD_SIZE = 0.03, 5_000_000, 12_000
RECOMBINATION, MUTATION = 1e-8, 1.4e-8  # per base and generation
PER_GENOME_BASES = {1_000: 1_600_000, 10_000: 400_000, 100_000: 190_000}
INT8_MISSING = 0x80


@dataclass(frozen=True)
class Cohort:
    """What is simulated: people, most variants, and the shares of calls that are wrong or missing."""

    people: int
    variants: int
    seed: int = 11
    missing: float = 0.005
    false_het: float = 1e-4
    lost_allele: float = 2e-3
    multi_allelic: float = 0.01
    indels: float = 0.1
    with_quality: bool = False


def names(people: int) -> list[str]:
    """Sample names, S000001 and so on."""
    return [f"S{i:06d}" for i in range(1, people + 1)]


def haplotypes(cohort: Cohort, bases: int) -> Iterator[tuple[int, NDArray[np.int8]]]:
    """(position, one allele number per haplotype) of each site of a genealogy with recent growth."""
    demography = msprime.Demography()
    demography.add_population(initial_size=GROWN_SIZE, growth_rate=GROWTH)
    start = float(np.log(GROWN_SIZE / OLD_SIZE) / GROWTH)
    demography.add_population_parameters_change(time=start, initial_size=OLD_SIZE, growth_rate=0)
    trees = msprime.sim_ancestry(
        cohort.people, sequence_length=bases, recombination_rate=RECOMBINATION, demography=demography,
        random_seed=cohort.seed,
    )  # fmt: skip
    mutated = msprime.sim_mutations(trees, rate=MUTATION, random_seed=cohort.seed + 1)
    for number, variant in enumerate(mutated.variants()):
        if number == cohort.variants:
            return
        yield int(variant.site.position) + 1_000_000, np.minimum(variant.genotypes, 1).astype(np.int8)


def write_bcf(cohort: Cohort, path: Path, bases: int | None = None) -> int:
    """Writes the cohort as BCF (packed by bcftools, with its index) and returns the number of records."""
    rng = np.random.default_rng(cohort.seed)
    span = bases or PER_GENOME_BASES.get(cohort.people, 1_000_000)
    command = ["bcftools", "view", "--no-version", "--threads", "2", "-Ob", "-o", str(path), "-"]
    written = 0
    with subprocess.Popen(command, stdin=subprocess.PIPE) as packing:
        assert packing.stdin is not None
        packing.stdin.write(_header(cohort))
        for pos, drawn in haplotypes(cohort, span):
            packing.stdin.write(_record(cohort, rng, pos, drawn))
            written += 1
    if packing.returncode:
        raise RuntimeError("bcftools could not pack the cohort")
    subprocess.run(["bcftools", "index", "-f", str(path)], check=True)
    return written


def _header(cohort: Cohort) -> bytes:
    formats = '##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype",IDX=1>\n'
    if cohort.with_quality:
        formats += (
            '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="reads",IDX=2>\n'
            '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="quality",IDX=3>\n'
            '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="reads of each allele",IDX=4>\n'
        )
    text = (
        '##fileformat=VCFv4.2\n##FILTER=<ID=PASS,Description="passed",IDX=0>\n'
        f"##contig=<ID={CONTIG},length={LENGTH},IDX=0>\n{formats}"
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t" + "\t".join(names(cohort.people)) + "\n"
    ).encode() + b"\0"
    return b"BCF\x02\x02" + struct.pack("<I", len(text)) + text


def _record(cohort: Cohort, rng: np.random.Generator, pos: int, drawn: NDArray[np.int8]) -> bytes:
    alleles = _alleles(cohort, rng)
    calls = _with_errors(cohort, rng, drawn.reshape(-1, 2).copy(), len(alleles))
    absent = rng.random(cohort.people) < cohort.missing
    encoded = ((calls + 1) << 1).astype(np.uint8)
    encoded[absent] = 0
    fields = [_field(1, 2, encoded)]
    if cohort.with_quality:
        fields += _qualities(rng, calls, absent, len(alleles))
    shared = struct.pack(
        "<iiifII", 0, pos - 1, len(alleles[0]), 50.0, len(alleles) << 16, len(fields) << 24 | cohort.people
    )
    shared += b"\x07" + b"".join(_text(a) for a in alleles) + b"\x11\x00"
    individual = b"".join(fields)
    return struct.pack("<II", len(shared), len(individual)) + shared + individual


def _alleles(cohort: Cohort, rng: np.random.Generator) -> list[bytes]:
    first, second, third = rng.permutation(list(b"ACGT"))[:3].tolist()
    kind = rng.random()
    alleles = [bytes([first]), bytes([second])]
    if kind < cohort.indels / 2:
        alleles = [bytes([first, second, second][: int(rng.integers(2, 4))]), bytes([first])]
    elif kind < cohort.indels:
        alleles = [bytes([first]), bytes([first, *([second] * int(rng.integers(1, 5)))])]
    elif rng.random() < cohort.multi_allelic:
        alleles.append(bytes([third]))
    return alleles


def _with_errors(
    cohort: Cohort, rng: np.random.Generator, calls: NDArray[np.int8], alleles: int
) -> NDArray[np.int8]:
    """Some carriers of a site with three alleles have the third; errors both ways; unphased calls are sorted."""
    if alleles == 3:
        calls[(calls == 1) & (rng.random(calls.shape) < 0.3)] = 2
    carried = calls > 0
    calls[carried & (rng.random(calls.shape) < cohort.lost_allele)] = 0
    wrong = rng.integers(0, len(calls), rng.poisson(cohort.false_het * len(calls)))
    calls[wrong, 1] = np.where(calls[wrong, 0] == 0, 1, calls[wrong, 1])
    calls.sort(axis=1)
    return calls


def _qualities(
    rng: np.random.Generator, calls: NDArray[np.int8], absent: NDArray[np.bool_], alleles: int
) -> list[bytes]:
    """DP, GQ and AD of the carriers; blank for all others."""
    carriers = np.flatnonzero((calls > 0).any(axis=1) & ~absent)
    n = len(carriers)
    depth = np.clip(rng.poisson(33, n), 8, 100)
    share = np.where(calls[carriers, 0] > 0, 0.995, 0.5)
    alt = rng.binomial(depth, share)
    columns = np.full((len(calls), 2 + alleles), INT8_MISSING, np.uint8)
    columns[:, 3:] = INT8_MISSING + 1  # the vector ends behind its first, missing value
    columns[carriers, 0] = depth
    columns[carriers, 1] = np.where(rng.random(n) < 0.7, 99, rng.integers(20, 99, n))
    columns[carriers, 2] = depth - alt
    columns[carriers, 3:] = 0
    last = calls[carriers].max(axis=1)
    columns[carriers, 2 + last] = alt
    return [_field(2, 1, columns[:, :1]), _field(3, 1, columns[:, 1:2]), _field(4, alleles, columns[:, 2:])]


def _field(key: int, values: int, columns: NDArray[np.uint8]) -> bytes:
    return bytes([0x11, key, values << 4 | 1]) + columns.tobytes()


def _text(value: bytes) -> bytes:
    return bytes([len(value) << 4 | 7]) + value
