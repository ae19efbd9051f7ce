"""From a family's variant file to the report: time and memory of `trihelix interpret`, beside the time that bcftools
needs to read the file, on a simulated trio with a reference library at the scale of GRCh38."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pysam

from _machine import machine
from _whole_genome import FULL, MEMBERS, PANEL, QUICK, World, whole_genome
from trihelix.formats.ped import read_ped
from trihelix.formats.phenopacket import parse_hpo_list
from trihelix.interpretation.evidence.family_checks import check_family
from trihelix.reference.phenotypes import open_phenotypes
from trihelix.services.phenotypes import resolve_profile
from trihelix.services.programme import open_programme
from trihelix.services.rerank import load_interpretation, proband_has_one_x, rank_again
from trihelix.variants.calls import Calls, read_calls
from trihelix.variants.family_calls import join_calls
from trihelix.variants.normalise import normalise

FILES = ("interpretation.json", "candidates.tsv", "report.html")
# Starts a command from a process of its own, which is small: a child's peak memory begins with that of its parent.
_LAUNCHER = """
import json, os, sys, time
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - start
print(json.dumps([wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6]))
sys.exit(os.waitstatus_to_exitcode(status))
"""


class Run(NamedTuple):
    """A finished command: seconds on the clock and of the processor, peak memory of its largest process in GB."""

    wall: float
    cpu: float
    memory: float


def run(command: Sequence[str], environment: dict[str, str]) -> Run:
    """Run a command in a fresh process; its errors go to the terminal, and its failure raises."""
    program = shutil.which(command[0])
    assert program is not None, f"{command[0]} is not installed"
    launch = [sys.executable, "-I", "-S", "-c", _LAUNCHER, program, *command[1:]]
    done = subprocess.run(launch, check=True, stdout=subprocess.PIPE, env={**os.environ, **environment})
    return Run(*json.loads(done.stdout))


def interpret(world: World, vcf: Path, out: Path, kernels: dict[str, str]) -> Run:
    """`trihelix interpret` through the real command line, and the check that it found what was planted."""
    shutil.rmtree(out, ignore_errors=True)
    command = [
        sys.executable, "-m", "trihelix", "interpret", "--vcf", str(vcf), "--ped", str(world.ped), "--hpo", world.hpo,
        "--panel", PANEL, "--home", str(world.home), "--out", str(out), "--quiet",
    ]  # fmt: skip
    used = run(command, kernels)
    check_found(world, vcf, out)
    return used


def check_found(world: World, vcf: Path, out: Path) -> None:
    """Every site was read, and the planted stop codon is the first candidate, in Tier 1."""
    assert all((out / name).stat().st_size for name in FILES), "a result is empty"
    found = json.loads((out / "interpretation.json").read_text())
    sites = world.sites if vcf == world.genome else world.exome_sites
    assert found["waterfall"][0]["remaining"] == sites, f"{found['waterfall'][0]} instead of {sites} sites"
    first = found["candidates"][0]
    variant = tuple(first["variants"][0][k] for k in ("contig", "pos", "ref", "alt"))
    assert (first["rank"], first["tier"], first["gene"]) == (1, 1, world.gene), (
        "the diagnosis is not the first candidate"
    )
    assert variant == world.planted, "the first candidate is not the planted variant"


def measure_to_report(
    world: World, out: Path, kernels: dict[str, str], repeats: int
) -> list[dict[str, object]]:
    """Rows of file to report: the best of some runs by wall clock, ours and the peer's in turn. `kernels` sets an
    empty cache of compiled kernels, or nothing where the usual cache serves and the first run is not told."""
    size = f"{world.sites:,} sites x 3, {world.genome.stat().st_size / 1e6:.0f} MB; {world.known:,} known alleles"
    exome_size = f"{world.exome_sites:,} sites x 3; the same packs"
    reading = ["bcftools", "view", "-Ou", "-o", "/dev/null", str(world.genome)]
    first = interpret(world, world.exome, out, kernels)
    ours, peers, exomes = [], [], []
    for _ in range(repeats):
        peers += [run(reading, {})] if shutil.which("bcftools") else []
        ours.append(interpret(world, world.genome, out, kernels))
        exomes.append(interpret(world, world.exome, out, kernels))
    best, exome, peer = min(ours), min(exomes), min(peers, default=None)
    memory = max(r.memory for r in ours)
    rows = [
        _row("genome trio, file to report, s", size, best.wall, peer and peer.wall, "bcftools view -Ou", 0.5),
        _row("the same, processor time, s", size, best.cpu, peer and peer.cpu, "bcftools view -Ou", None),
        _limit("its peak memory, GB", size, memory, 2.0),
        _limit("exome trio, file to report, s", exome_size, exome.wall, 5.0),
        _limit("the same, processor time, s", exome_size, exome.cpu, None),
    ]
    rows += measure_after(world, out, kernels, size)
    if kernels:
        what = "the same, first run after installation (compiles), s"
        rows.append(_limit(what, exome_size, first.wall, None))
    return rows


def measure_after(world: World, out: Path, kernels: dict[str, str], size: str) -> list[dict[str, object]]:
    """Rows of what is asked of a finished interpretation of the genome: why a variant is there, and ranking again."""
    interpret(world, world.genome, out, kernels)
    variant = ":".join(map(str, world.planted))
    trihelix = [sys.executable, "-m", "trihelix"]
    told = subprocess.run([*trihelix, "why", str(out), variant, "--json"], check=True, stdout=subprocess.PIPE)
    assert json.loads(told.stdout)["shown"][0]["rank"] == 1, "why does not know the planted variant"
    why = run([*trihelix, "why", str(out), variant], kernels)
    other = ["--hpo", "HP:0001250,HP:0000252", "--home", str(world.home)]
    again = run(
        [*trihelix, "rerank", str(out), *other, "--out", str(out.parent / "again"), "--quiet"], kernels
    )
    loaded, candidates = rerank_loaded(world, out)
    alleles = (out / "alleles.arrow").stat().st_size / 1e6
    return [
        _limit(
            "why is a variant (not) there, fresh process, s", f"{size}; {alleles:.0f} MB kept", why.wall, None
        ),
        _limit("rank again after an HPO change, loaded, s", f"{candidates} candidates", loaded, 1.0),
        _limit(
            "the same as a command, fresh process, files written, s",
            f"{candidates} candidates",
            again.wall,
            None,
        ),
    ]


def rerank_loaded(world: World, out: Path) -> tuple[float, int]:
    """Seconds to rank the candidates again once packs and interpretation are loaded, and their number."""
    phenotypes = open_phenotypes(open_programme(world.home).library.in_use("phenotypes", None)[-1].folder)
    earlier = load_interpretation(out)
    one_x = proband_has_one_x(out)
    profile = resolve_profile(parse_hpo_list("HP:0001250,HP:0000252"), phenotypes)
    seconds = timed(lambda: rank_again(phenotypes, None, earlier, profile, one_x), 5)
    return seconds, len(earlier.candidates)


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
    pysam.set_verbosity(0)  # the file has no index, and needs none
    with pysam.VariantFile(str(path)) as file:
        for record in file:
            rows += 1
            for member in MEMBERS:
                copies[member] += sum(a == 1 for a in record.samples[member].allele_indices or ())
    return rows, copies


def our_copies(calls: Calls) -> tuple[int, dict[str, int]]:
    """The same sums from our columns."""
    totals = np.where(calls.rows.state > 0, calls.rows.state, 0).sum(axis=0)
    return len(calls), {m: int(n) for m, n in zip(MEMBERS, totals, strict=True)}


def peak_memory() -> float:
    """Peak memory of this process in GB; getrusage would tell that of the parent where it was larger."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1e6


def measure_reading(world: World, repeats: int) -> list[dict[str, object]]:
    """Rows of reading alone, within one process."""
    joined = join_calls([normalise(read_calls(world.genome, MEMBERS), None)], MEMBERS)
    family = read_ped(world.ped)
    check_family(joined, family, "GRCh38", True)
    memory = peak_memory()
    start = time.perf_counter()
    theirs = htslib_read(world.exome)
    through_pysam = (time.perf_counter() - start) * world.sites / world.exome_sites
    assert our_copies(read_calls(world.exome, MEMBERS)) == theirs, "our parser and htslib differ"
    size = f"{world.sites:,} sites x 3, {world.genome.stat().st_size / 1e6:.0f} MB"
    bcftools = ["bcftools", "view", "-Ou", "-o", "/dev/null", str(world.genome)]
    peer = timed(lambda: subprocess.run(bcftools, check=True), repeats) if shutil.which("bcftools") else None
    read = timed(lambda: read_calls(world.genome, MEMBERS), repeats)
    calls = read_calls(world.genome, MEMBERS)
    tidy = timed(lambda: join_calls([normalise(calls, None)], MEMBERS), repeats)
    checks = timed(lambda: check_family(joined, family, "GRCh38", True), repeats)
    extrapolated = f"the same through pysam records (extrapolated from {world.exome_sites:,}), s"
    return [
        _row("read every genotype and depth, s", size, read, peer, "bcftools view -Ou", 0.5),
        _row(extrapolated, size, read, through_pysam, "pysam", None),
        _limit("trim, order and join, s", size, tidy, None),
        _limit("sex, relatedness, Mendelian errors, s", size, checks, None),
        _limit("peak memory of these, GB", size, memory, 2.0),
    ]


def _row(
    what: str, size: str, ours: float, peer: float | None, peer_name: str, target: float | None
) -> dict[str, object]:
    """`ratio` is the peer's time over ours; `target` the lowest ratio wanted."""
    ratio = round(peer / ours, 2) if peer else None
    met = None if target is None or ratio is None else ratio >= target
    return {"what": what, "size": size, "ours": round(ours, 3), "peer": round(peer, 3) if peer else None,
            "peer_name": peer_name, "ratio": ratio, "target": target, "met": met}  # fmt: skip


def _limit(what: str, size: str, ours: float, most: float | None) -> dict[str, object]:
    """A figure without a peer; `target` is the most wanted."""
    return {"what": what, "size": size, "ours": round(ours, 3), "peer": None, "peer_name": None, "ratio": None,
            "target": most, "met": None if most is None else ours <= most}  # fmt: skip


def measure(folder: Path, options: argparse.Namespace) -> list[dict[str, object]]:
    """All rows. Reading alone is measured in a process of its own, with the kernels that the first runs compiled."""
    place = options.world or folder / "world"
    world = whole_genome(place, QUICK if options.quick else FULL)
    kernels = {} if options.quick else {"NUMBA_CACHE_DIR": str(folder / "kernels")}
    rows = measure_to_report(world, folder / "report", kernels, 1 if options.quick else 4)
    again = [
        sys.executable,
        __file__,
        "--reading",
        "--world",
        str(place),
        *(["--quick"] if options.quick else []),
    ]
    done = subprocess.run(again, check=True, stdout=subprocess.PIPE, env={**os.environ, **kernels})
    return [*rows, *json.loads(done.stdout)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small chromosome; ends within 45 s")
    parser.add_argument("--json", action="store_true", help="print only the JSON line")
    parser.add_argument(
        "--world", type=Path, metavar="DIR", help="keep the simulated world here, and use it again"
    )
    parser.add_argument("--reading", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reading:
        world = whole_genome(options.world, QUICK if options.quick else FULL)
        print(json.dumps(measure_reading(world, 1 if options.quick else 2)))
        return
    with tempfile.TemporaryDirectory() as name:
        rows = measure(Path(name), options)
    if not options.json:
        for row in rows:
            peer = f"{row['peer']} s {row['peer_name']}, ratio {row['ratio']}" if row["peer"] else ""
            print(f"{row['what']:<64} {row['size']}: {row['ours']}  {peer}")
    print(json.dumps({"name": "interpret", "machine": machine(), "rows": rows}))


if __name__ == "__main__":
    main()
