"""A programme with room for checks: the small genes on a genome with all autosomes, a long X and a Y, and families
whose alleles are handed down."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

from small_home import GENOME, PLANTED, SmallHome, fasta, gff3, panel, record, trihelix

from vcf_builder import vcf_text, write_vcf

ASSEMBLY = "Roomy1"
_rng = random.Random(5)
SEQUENCES = {
    **GENOME,
    **{f"chr{n}": "".join(_rng.choices("ACGT", k=20_000)) for n in range(3, 23)},
    "chrX": GENOME["chrX"] + "".join(_rng.choices("ACGT", k=60_000)),
    "chrY": "".join(_rng.choices("ACGT", k=60_000)),
}
ORDER = (*(f"chr{n}" for n in range(1, 23)), "chrX", "chrY")
CONTIGS = {name: len(SEQUENCES[name]) for name in ORDER}
TRIO_PED = "fam\tkid\tdad\tmum\t{sex}\t2\nfam\tdad\t0\t0\t1\t1\nfam\tmum\t0\t0\t2\t1\n"


def build_roomy_home(folder: Path, phenotypes: Path) -> SmallHome:
    """Genome, genes and panels; `phenotypes` is a programme folder that has that pack already."""
    sources = folder / "roomy sources"
    sources.mkdir()
    texts = {
        "genome.fa": fasta({name: SEQUENCES[name] for name in ORDER}),
        "genes.gff3": gff3(),
        "panels.json": json.dumps(panel(11, "Small intellectual disability")),
    }
    for name, text in texts.items():
        (sources / name).write_text(text)
    for kind, file in (("genome", "genome.fa"), ("genes", "genes.gff3"), ("panels", "panels.json")):
        more = () if kind == "panels" else ("--assembly", ASSEMBLY)
        done = trihelix("reference", "add", kind, sources / file, "--home", phenotypes, *more)
        assert done.code == 0, done.err
    ped = sources / "trio.ped"
    ped.write_text(TRIO_PED.format(sex=1))
    vcf = write_vcf(sources / "trio.vcf.gz", trio_vcf())
    return SmallHome(phenotypes, sources, vcf, ped)


def trio_vcf(
    *,
    father: str = "true",
    kid_x: int = 1,
    kid_y: bool = True,
    planted: Sequence[str] = PLANTED,
    seed: int = 3,
) -> str:
    """A trio's file. `father`: true, or a stranger; `kid_x` X chromosomes of the child, and whether it has a Y."""
    rng = random.Random(seed)
    records = list(planted)
    for contig in ORDER[2:22]:
        for pos in range(100, 19_900, 150):
            true, stranger, mum = ((rng.getrandbits(1), rng.getrandbits(1)) for _ in range(3))
            kid = (rng.choice(true), rng.choice(mum))
            listed = true if father == "true" else stranger
            records.append(_line(contig, pos, kid, listed, mum))
    for pos in range(7_000, 65_000, 1_100):
        mum, one = (rng.getrandbits(1), rng.getrandbits(1)), rng.getrandbits(1)
        kid = (rng.choice(mum),) * 2 if kid_x == 1 else (rng.choice(mum), one)
        records.append(_line("chrX", pos, kid, (one, one), mum))
    for pos in range(500, 59_000, 1_100):
        kid_call = "1/1" if kid_y else "./."
        records.append(_at("chrY", pos, kid_call, "1/1", "./."))
    return vcf_text(
        sorted({_place(r): r for r in records}.values(), key=_place), ("kid", "dad", "mum"), CONTIGS
    )


def _line(contig: str, pos: int, *people: Iterable[int]) -> str:
    return _at(contig, pos, *("/".join(map(str, sorted(p))) for p in people))


def _at(contig: str, pos: int, *calls: str) -> str:
    ref = SEQUENCES[contig][pos - 1]
    alt = ref.translate(str.maketrans("ACGT", "GTAC"))
    return record(contig, pos, *calls, ref, alt)


def _place(line: str) -> tuple[int, int]:
    contig, pos = line.split(" ", 2)[:2]
    return ORDER.index(contig), int(pos)
