"""An ingest that is killed at any moment loses nothing and, done again, gives what it would have given at once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pysam
import pytest

import trihelix

# Children are forked from a process that has the kernels compiled, so that a kill falls into the work and not into
# the start-up. The parent itself only reads store.json and manifests: it has no threads that a fork would lose.
PROGRAM = """
import json, os, random, signal, sys, time
from pathlib import Path
from trihelix.variants.store.ingest import IngestRequest, ingest
store, kills, seed, *files = sys.argv[1:]
request = IngestRequest(batch="all", assembly="GRCh38", rows_per_part=1000)
def once(root):
    ingest(Path(root), [Path(f) for f in files], request, lambda *_: None)
def child(root):
    pid = os.fork()
    if pid == 0:
        try:
            once(root)
            os._exit(0)
        except BaseException as error:
            print(type(error).__name__, error, file=sys.stderr, flush=True)
            os._exit(1)
    return pid
begin = time.monotonic(); assert os.waitpid(child(store + "-warm"), 0)[1] == 0
begin = time.monotonic(); assert os.waitpid(child(store + "-timed"), 0)[1] == 0
takes = time.monotonic() - begin
dice, killed, number = random.Random(int(seed)), 0, 0
while killed < int(kills):
    pid = child(f"{store}-{number}")
    time.sleep(dice.uniform(0, takes * 1.05))
    os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        killed += 1
    else:
        assert os.WEXITSTATUS(status) == 0, "an ingest after kills failed"
        number += 1
assert os.waitpid(child(f"{store}-{number}"), 0)[1] == 0
print(json.dumps({"stores": number + 1, "takes": takes}))
"""


def write_cohort(path: Path, names: list[str], seed: int, rows: int = 3000) -> Path:
    """A BCF with some thousand records on two contigs, with depths, missing and multi-allelic calls."""
    dice = random.Random(seed)
    lines = [
        "##fileformat=VCFv4.2", "##contig=<ID=chr1,length=248956422>", "##contig=<ID=chr2,length=242193529>",
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">', '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="d">',
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *names]),
    ]  # fmt: skip
    for contig in ("chr1", "chr2"):
        pos = 10_000
        for _ in range(rows):
            pos += dice.randint(1, 200)
            calls = [
                f"{dice.choice(['0/0'] * 6 + ['0/1', '1/1', './.', '1/2'])}:{dice.randint(5, 60)}"
                for _ in names
            ]
            lines.append("\t".join([contig, str(pos), ".", "A", "C,G", ".", "PASS", ".", "GT:DP", *calls]))
    text = path.with_suffix(".vcf")
    text.write_text("\n".join(lines) + "\n")
    with (
        pysam.VariantFile(str(text)) as source,
        pysam.VariantFile(str(path), "wb", header=source.header) as out,
    ):
        for record in source:
            out.write(record)
    return path


def parts_of(root: Path) -> dict[str, bytes]:
    """What stands in the store, by path below the batch's folder; deeply verified."""
    script = (
        "import sys; from pathlib import Path; from trihelix.variants.store.commit import open_store\n"
        "s = open_store(Path(sys.argv[1])); m = s.snapshot(); s.verify(m, deep=True); s.collect(0)\n"
        "assert len(m.batches) == 1"
    )
    subprocess.run([sys.executable, "-c", script, str(root)], check=True, env=environment())
    (batch,) = (root / "variants").iterdir()
    assert not any((root / "staging").iterdir())
    found = {p.relative_to(batch).as_posix(): p.read_bytes() for p in batch.rglob("*") if p.is_file()}
    found.pop("digests.bin")  # each store has a salt of its own
    found.pop("samples.parquet")  # and so other person numbers
    return found


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(trihelix.__file__).parents[1])}


def run_kills(tmp_path: Path, files: list[Path], kills: int, seed: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "store"), str(kills), str(seed), *map(str, files)],
        capture_output=True, text=True, env=environment(), timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    expected = parts_of(tmp_path / "store-timed")
    assert len(expected) > 5
    for number in range(told["stores"]):
        assert parts_of(tmp_path / f"store-{number}") == expected


@pytest.mark.parametrize("kills", [8, pytest.param(200, marks=pytest.mark.slow)])
def test_one_file_killed_at_random_moments(tmp_path: Path, kills: int) -> None:
    run_kills(tmp_path, [write_cohort(tmp_path / "all.bcf", [f"s{i}" for i in range(40)], 1, 5000)], kills, 5)


@pytest.mark.parametrize("kills", [8, pytest.param(200, marks=pytest.mark.slow)])
def test_several_files_killed_at_random_moments(tmp_path: Path, kills: int) -> None:
    files = [write_cohort(tmp_path / f"f{n}.bcf", [f"s{n}{i}" for i in range(3)], n) for n in range(4)]
    run_kills(tmp_path, files, kills, 6)


def test_the_program_can_tell_a_lost_ingest(tmp_path: Path) -> None:
    """The comparison sees one missing part."""
    files = [write_cohort(tmp_path / "all.bcf", ["a", "b"], 2)]
    run_kills(tmp_path, files, 1, 7)
    (batch,) = (tmp_path / "store-timed" / "variants").iterdir()
    next(batch.rglob("part-00000.parquet")).unlink()
    with pytest.raises(subprocess.CalledProcessError):
        parts_of(tmp_path / "store-timed")
