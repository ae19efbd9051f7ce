"""How fast a family's variants are read, normalised and checked, beside htslib's own tools, on a simulated trio."""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pysam

from _machine import machine
from trihelix.formats.ped import read_ped
from trihelix.interpretation.evidence.family_checks import check_family
from trihelix.model.assembly import GRCH38
from trihelix.variants.calls import Calls, read_calls
from trihelix.variants.family_calls import join_calls
from trihelix.variants.normalise import normalise

MEMBERS = ("kid", "dad", "mum")
FULL, QUICK = 5_000_000, 200_000
PED = "fam kid dad mum 1 2\nfam dad 0 0 1 1\nfam mum 0 0 2 1\n"
HEADER = (
    "##fileformat=VCFv4.2\n{contigs}"
    '##INFO=<ID=AC,Number=A,Type=Integer,Description="count">\n'
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">\n'
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="depths">\n'
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="depth">\n'
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="quality">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tkid\tdad\tmum\n"
)
BASES = np.array(list("ACGT"), object)
GENOTYPES = ("0/0", "0/1", "1/1")


def simulate_trio(path: Path, sites: int, seed: int = 1) -> None:
    """A bgzipped trio VCF with GT:AD:DP:GQ; 13 % small indels, one allele per site, Mendelian."""
    rng = np.random.default_rng(seed)
    names = [n for n in GRCH38.lengths if n not in ("Y", "MT")]
    lengths = np.array([GRCH38.lengths[n] for n in names], float)
    contigs = "".join(f"##contig=<ID=chr{n},length={int(GRCH38.lengths[n])}>\n" for n in names)
    with pysam.BGZFile(str(path), "wb", None) as out:
        out.write(HEADER.format(contigs=contigs).encode())
        for name, length in zip(names, lengths, strict=True):
            count = int(sites * length / lengths.sum())
            out.write("".join(_lines(f"chr{name}", count, int(length), rng)).encode())


def _lines(contig: str, count: int, length: int, rng: np.random.Generator) -> list[str]:
    pos = np.sort(rng.choice(length - 20_000, count, replace=False)) + 10_001
    code = rng.integers(0, 4, count)
    ref, alt = BASES[code], BASES[(code + rng.integers(1, 4, count)) % 4]
    extra = BASES[rng.integers(0, 4, count)] + BASES[rng.integers(0, 4, count)]
    kind = rng.random(count)
    ref = np.where(kind < 0.065, ref + extra, ref)
    alt = np.where(kind < 0.065, BASES[code], np.where(kind < 0.13, BASES[code] + extra, alt))
    haplotypes = rng.random((count, 4)) < rng.beta(0.3, 0.6, count)[:, None]
    haplotypes[~haplotypes.any(axis=1), 0] = True
    dad, mum = (
        haplotypes[:, 0].astype(int) + haplotypes[:, 1],
        haplotypes[:, 2].astype(int) + haplotypes[:, 3],
    )
    kid = haplotypes[:, 0].astype(int) + haplotypes[:, 2]
    columns = [_calls(state, rng) for state in (kid, dad, mum)]
    count_of = (kid + dad + mum).tolist()
    rows = zip(pos.tolist(), ref, alt, count_of, *columns, strict=True)
    return [
        f"{contig}\t{p}\t.\t{r}\t{a}\t500\tPASS\tAC={n}\tGT:AD:DP:GQ\t{x}\t{y}\t{z}\n"
        for p, r, a, n, x, y, z in rows
    ]


def _calls(state: np.ndarray, rng: np.random.Generator) -> list[str]:
    depth = rng.poisson(35, len(state))
    alt = np.where(state == 1, rng.binomial(depth, 0.5), np.where(state == 2, depth, 0))
    quality = rng.integers(30, 100, len(state)).tolist()
    rows = zip(state.tolist(), depth.tolist(), alt.tolist(), quality, strict=True)
    return [f"{GENOTYPES[s]}:{d - a},{a}:{d}:{q}" for s, d, a, q in rows]


def timed(work: Callable[[], object], repeats: int) -> float:
    """The best of some runs, in seconds."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def htslib_read(path: Path) -> tuple[int, dict[str, int]]:
    """Peer in the same process: every genotype through pysam; also the check of equal output."""
    copies = dict.fromkeys(MEMBERS, 0)
    rows = 0
    with pysam.VariantFile(str(path)) as file:
        for record in file:
            rows += 1
            for member in MEMBERS:
                copies[member] += sum(a == 1 for a in record.samples[member].allele_indices)
    return rows, copies


def our_copies(calls: Calls) -> tuple[int, dict[str, int]]:
    """The same sums from our columns."""
    totals = np.where(calls.rows.state > 0, calls.rows.state, 0).sum(axis=0)
    return len(calls), {m: int(n) for m, n in zip(MEMBERS, totals, strict=True)}


def measure(sites: int, folder: Path) -> list[dict[str, object]]:
    """Rows of the table."""
    vcf = folder / "trio.vcf.gz"
    simulate_trio(vcf, sites)
    ped = folder / "trio.ped"
    ped.write_text(PED)
    small = folder / "small.vcf.gz"
    simulate_trio(small, 20_000, seed=2)
    assert our_copies(read_calls(small, MEMBERS)) == htslib_read(small), "our parser and htslib differ"
    repeats = 1 if sites > 1_000_000 else 3
    size = f"{sites:,} sites x 3, {vcf.stat().st_size / 1e6:.0f} MB"
    bcftools = ["bcftools", "view", "-Ou", "-o", "/dev/null", str(vcf)]
    peer = timed(lambda: subprocess.run(bcftools, check=True), repeats) if shutil.which("bcftools") else None
    read = timed(lambda: read_calls(vcf, MEMBERS), repeats + 1)
    calls = read_calls(vcf, MEMBERS)
    tidy = timed(lambda: join_calls([normalise(calls, None)], MEMBERS), repeats)
    family, joined = read_ped(ped), join_calls([normalise(calls, None)], MEMBERS)
    checks = timed(lambda: check_family(joined, family, "GRCh38", True), repeats)
    start = time.perf_counter()
    htslib_read(small)
    through_pysam = (time.perf_counter() - start) * sites / 20_000
    memory = float(
        subprocess.run(
            [sys.executable, __file__, "--memory-of", str(folder)], check=True, capture_output=True
        ).stdout
    )
    return [
        _row("read every genotype and depth of a trio", size, read, peer, "bcftools view -Ou", 0.5),
        _row("the same through pysam records (extrapolated from 20,000)", size, read, through_pysam, "pysam", None),
        _row("trim, order and join", size, tidy, None, None, None),
        _row("sex, relatedness, Mendelian errors", size, checks, None, None, None),
        {"what": "peak memory, GB", "size": size, "ours": round(memory, 2), "peer": None, "peer_name": None,
         "ratio": None, "target": 2.0, "met": memory <= 2.0},
    ]  # fmt: skip


def memory_of(folder: Path) -> float:
    """Peak memory, in GB, of a process that does nothing but read, join and check the trio in a folder."""
    joined = join_calls([normalise(read_calls(folder / "trio.vcf.gz", MEMBERS), None)], MEMBERS)
    check_family(joined, read_ped(folder / "trio.ped"), "GRCh38", True)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _row(
    what: str, size: str, ours: float, peer: float | None, peer_name: str | None, target: float | None
) -> dict[str, object]:
    """`ratio` is the peer's time over ours; `target` the lowest ratio wanted."""
    ratio = round(peer / ours, 2) if peer else None
    met = None if target is None or ratio is None else ratio >= target
    return {"what": what, "size": size, "ours": round(ours, 3), "peer": round(peer, 3) if peer else None,
            "peer_name": peer_name, "ratio": ratio, "target": target, "met": met}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small file; ends within 45 s")
    parser.add_argument("--json", action="store_true", help="print only the JSON line")
    parser.add_argument("--memory-of", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory_of:
        print(memory_of(options.memory_of))
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(QUICK if options.quick else FULL, Path(folder))
    if not options.json:
        for row in rows:
            peer = f"{row['peer']} s {row['peer_name']}, ratio {row['ratio']}" if row["peer"] else ""
            print(f"{row['what']:<60} {row['size']}: {row['ours']}  {peer}")
    print(json.dumps({"name": "interpret", "machine": machine(), "rows": rows}))


if __name__ == "__main__":
    main()
