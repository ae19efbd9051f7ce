"""How fast frequency and significance are looked up among millions of entries, beside `bcftools annotate`."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pysam

from _machine import machine
from trihelix.reference import frequencies, significance
from trihelix.reference.allele_keys import Alleles, alleles_from_text
from trihelix.reference.pack import ConversionOptions

FULL, QUICK = 10_000_000, 300_000
QUERIES, QUICK_QUERIES = 1_000_000, 50_000
CONTIG, LENGTH = "chr1", 248_956_422
BASES = np.array(list("ACGT"), object)
FREQUENCY_HEADER = (
    "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n"
    '##INFO=<ID=AF,Number=A,Type=Float,Description="f">\n##INFO=<ID=AN,Number=1,Type=Integer,Description="n">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
)
CLINVAR_HEADER = (
    "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n"
    '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="s">\n'
    '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="r">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
)
EXPERTS = "CLNSIG=Pathogenic;CLNREVSTAT=reviewed_by_expert_panel"


def draw_alleles(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sorted distinct positions with one allele each: 90 % substitutions, 10 % small indels."""
    drawn = rng.integers(1, LENGTH, int(count * 1.1) + 100)
    pos = np.unique(drawn)
    pos = np.sort(rng.choice(pos, min(count, len(pos)), replace=False))
    code = rng.integers(0, 4, len(pos))
    ref, alt = BASES[code], BASES[(code + rng.integers(1, 4, len(pos))) % 4]
    indel = rng.random(len(pos))
    return (
        pos,
        np.where(indel < 0.05, ref + "ACA", ref),
        np.where((indel >= 0.05) & (indel < 0.1), ref + "TG", alt),
    )


def write_sites(
    path: Path, header: str, pos: np.ndarray, ref: np.ndarray, alt: np.ndarray, info: list[str]
) -> None:
    """A bgzipped, indexed sites VCF."""
    rows = zip(pos.tolist(), ref, alt, info, strict=True)
    with pysam.BGZFile(str(path), "wb", None) as out:
        out.write(header.encode())
        out.write("".join(f"{CONTIG}\t{p}\t.\t{r}\t{a}\t.\t.\t{i}\n" for p, r, a, i in rows).encode())
    pysam.tabix_index(str(path), preset="vcf", force=True)


def annotate_with_bcftools(queries: Path, sites: Path, out: Path) -> float:
    """Seconds that `bcftools annotate` needs to copy AF from the sites to the queries."""
    start = time.perf_counter()
    command = ["bcftools", "annotate", "-a", str(sites), "-c", "INFO/AF", "-Ob", "-o", str(out), str(queries)]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def measure(entries: int, asked: int, folder: Path) -> list[dict[str, object]]:
    """Rows of the table; half of the queries are entries, half are not."""
    rng = np.random.default_rng(7)
    pos, ref, alt = draw_alleles(entries, rng)
    values = np.round(rng.beta(0.2, 5, len(pos)), 6)
    sites = folder / "sites.vcf.gz"
    write_sites(sites, FREQUENCY_HEADER, pos, ref, alt, [f"AF={v};AN=152312" for v in values.tolist()])
    known = np.sort(rng.choice(len(pos), len(pos) // 100, replace=False))
    clinvar = folder / "clinvar.vcf.gz"
    write_sites(clinvar, CLINVAR_HEADER, pos[known], ref[known], alt[known], [EXPERTS] * len(known))
    start = time.perf_counter()
    for module, source in ((frequencies, sites), (significance, clinvar)):
        (folder / module.__name__).mkdir()
        module.convert([source], folder / module.__name__, ConversionOptions("GRCh38"))
    converted = time.perf_counter() - start

    hits = np.sort(rng.choice(len(pos), asked // 2, replace=False))
    other = draw_alleles(asked - len(hits), np.random.default_rng(8))
    apart = ~np.isin(other[0], pos[hits])  # of two records at one place bcftools annotates one
    other = (other[0][apart], other[1][apart], other[2][apart])
    all_pos = np.concatenate((pos[hits], other[0]))
    order = np.argsort(all_pos, kind="stable")
    q_ref, q_alt = np.concatenate((ref[hits], other[1]))[order], np.concatenate((alt[hits], other[2]))[order]
    queries = folder / "queries.vcf.gz"
    write_sites(queries, FREQUENCY_HEADER, all_pos[order], q_ref, q_alt, ["."] * len(order))
    alleles = alleles_from_text(all_pos[order], list(q_ref), list(q_alt))
    start = time.perf_counter()
    pack = frequencies.open_frequencies(folder / frequencies.__name__, "sites")
    known_pack = significance.open_significance(folder / significance.__name__)
    opened = time.perf_counter() - start
    look_up(pack, known_pack, alleles)  # compiles the kernels
    start = time.perf_counter()
    found = look_up(pack, known_pack, alleles)
    ours = time.perf_counter() - start
    peer = None
    if shutil.which("bcftools"):
        peer = annotate_with_bcftools(queries, sites, folder / "out.bcf")
        check_equal(found, folder / "out.bcf")
    size = f"{len(order):,} variants against {len(pos):,}"
    rate = len(order) / ours
    return [
        {"what": "frequency + significance look-up, variants/s, one core", "size": size, "ours": round(rate),
         "peer": round(len(order) / peer) if peer else None, "peer_name": "bcftools annotate (AF only, with reading and writing)",
         "ratio": round(rate * peer / len(order), 1) if peer else None, "target": 1_000_000, "met": rate >= 1_000_000},
        {"what": "opening both packs, ms", "size": size, "ours": round(opened * 1e3, 1), "peer": None, "peer_name": None,
         "ratio": None, "target": None, "met": None},
        {"what": "converting both packs, s", "size": size, "ours": round(converted, 1), "peer": None, "peer_name": None,
         "ratio": None, "target": None, "met": None},
    ]  # fmt: skip


def look_up(pack: frequencies.Frequencies, known: significance.Significance, alleles: Alleles) -> np.ndarray:
    """Both look-ups, as interpretation makes them; returns the frequencies."""
    known.look_up(CONTIG, alleles)
    return pack.look_up(CONTIG, alleles)[:, 0]


def check_equal(found: np.ndarray, annotated: Path) -> None:
    """Every frequency equals the one that bcftools copied."""
    with pysam.VariantFile(str(annotated)) as file:
        theirs = np.array([r.info["AF"][0] if "AF" in r.info else 0.0 for r in file], np.float32)
    assert np.array_equal(found, theirs), "our frequencies and those of bcftools differ"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer entries; ends within 45 s")
    parser.add_argument("--json", action="store_true", help="print only the JSON line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(*((QUICK, QUICK_QUERIES) if options.quick else (FULL, QUERIES)), Path(folder))
    if not options.json:
        for row in rows:
            peer = f"{row['peer_name']}: {row['peer']:,}, ratio {row['ratio']}" if row["peer"] else ""
            print(f"{row['what']:<58} {row['size']}: {row['ours']:,}  {peer}")
    print(json.dumps({"name": "lookup", "machine": machine(), "rows": rows}))


if __name__ == "__main__":
    main()
