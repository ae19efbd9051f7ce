"""The store's reader reads what htslib reads: every call of generated and of real files, as text and as BCF."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pysam
import pysam.bcftools
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store_reading_oracle import as_lists, check_same, from_htslib, from_reader
from trihelix.variants.store.genotypes import AS_WRITTEN, N_REGIONS
from trihelix.variants.store.reading import ReadingRequest
from vcf_builder import vcf_text, write_vcf

CONTIGS = {"chr1": 10**8, "chrX": 156040895, "chrY": 57227415, "chrM": 16569}
EXTRA = (
    '##FILTER=<ID=q10,Description="low">\n##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="least">\n'
    '##FORMAT=<ID=RGQ,Number=1,Type=Integer,Description="of reference">\n'
    '##FORMAT=<ID=XX,Number=.,Type=Integer,Description="other">\n'
    '##INFO=<ID=NOTE,Number=.,Type=String,Description="any">\n'
)
REAL = (
    "families/giab_trio.grch37.vcf.gz",
    "families/pfeiffer_exome.grch37.vcf.gz",
    "cohorts/HG00268.grch38.g.vcf.gz",
    "cohorts/chr20_1-4Mb_300.grch37.vcf.gz",
    "cohorts/1000g_chr22.grch37.vcf.gz",
)
BASE = st.text("ACGTNacgt", min_size=1, max_size=4)
ALT = BASE | st.sampled_from(["*", "<DEL>", "<NON_REF>", "<*>", "N[chr1:9["])
ALTS = st.lists(ALT, min_size=1, max_size=4, unique=True) | st.sampled_from([["."], ["<NON_REF>"]])
COUNT = st.sampled_from([".", "0", "1", "30", "127", "128", "300", "40000", "1234567"])


@st.composite
def genotypes(draw: st.DrawFn, n_alts: int) -> str:
    """Mostly pairs, but any ploidy up to four, half calls, and phase."""
    ploidy = draw(st.sampled_from([1, 2, 2, 2, 2, 2, 3, 4]))
    allele = st.sampled_from(["0", "0", "0", "."]) | st.integers(0, n_alts).map(str)
    text = draw(allele)
    for _ in range(ploidy - 1):
        text += draw(st.sampled_from("/|")) + draw(allele)
    return text


@st.composite
def records(draw: st.DrawFn, samples: int) -> tuple[str, int, str]:
    contig = draw(st.sampled_from(list(CONTIGS)))
    pos = draw(st.integers(1, 300) | st.sampled_from([10_000, 10_001, 16_000]))
    alts = draw(ALTS)
    keys = draw(
        st.permutations(
            ["GT", *draw(st.sets(st.sampled_from(["DP", "GQ", "AD", "PS", "MIN_DP", "RGQ", "XX"])))]
        )
    )
    alts_read = 0 if alts == ["."] else len(alts)
    calls = []
    for _ in range(samples):
        values = {key: draw(COUNT) for key in keys}
        values["GT"] = draw(genotypes(alts_read))
        values["AD"] = ",".join(draw(COUNT) for _ in range(alts_read + 1)) if draw(st.booleans()) else "."
        calls.append(":".join(values[key] for key in keys))
    info = draw(st.sampled_from([".", f"END={pos + 7}", "NOTE=a,b", f"NOTE=x;END={pos + 300}"]))
    if not alts_read and draw(st.booleans()):
        info = "."
    filters = draw(st.sampled_from(["PASS", ".", "q10", "LowQual;q10"]))
    ref = draw(BASE)
    line = f"{contig} {pos} . {ref} {','.join(alts)} . {filters} {info} {':'.join(keys)} {' '.join(calls)}"
    return contig, pos, line


@st.composite
def files(draw: st.DrawFn) -> tuple[int, list[str]]:
    samples = draw(st.integers(1, 5) | st.just(40))
    some = draw(st.lists(records(samples), min_size=1, max_size=6 if samples < 10 else 2))
    order = list(CONTIGS)
    return samples, [line for _, _, line in sorted(some, key=lambda r: (order.index(r[0]), r[1]))]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=files(), known=st.booleans(), data=st.data())
def test_generated_files_read_as_htslib_reads_them(
    tmp_path_factory: pytest.TempPathFactory, told: tuple[int, list[str]], known: bool, data: st.DataObject
) -> None:
    samples, lines = told
    folder = tmp_path_factory.mktemp("r")
    text = vcf_text(lines, [f"S{i}" for i in range(samples)], CONTIGS, EXTRA)
    paths = [write_vcf(folder / name, text) for name in ("a.vcf.gz", "a.vcf", "a.gzip")]
    for mode in ("b", "u"):
        paths.append(folder / f"{mode}.bcf")
        pysam.bcftools.view("-O", mode, "-o", str(paths[-1]), str(paths[0]), catch_stdout=False)
    copies = [AS_WRITTEN] if not known else [0, 1, 2, 3, AS_WRITTEN]
    expected = np.array(
        [[data.draw(st.sampled_from(copies)) for _ in range(samples)] for _ in range(N_REGIONS)], np.uint8
    )
    kin = {s: [r for r in (s - 1, s + 1) if 0 <= r < samples] for s in range(samples)}
    rare = data.draw(st.integers(0, 3))
    theirs = from_htslib(paths[0], expected, kin, rare, "GRCh38")
    for path in paths:
        ask = ReadingRequest(as_lists(kin, samples), rare, expected.copy(), "GRCh38")
        check_same(from_reader(path, ask), theirs)


MOST_CALLS = 60_000  # of an excerpt; htslib is asked call by call from Python


def beginning_of(path: Path, folder: Path) -> Path:
    """The first records of a bgzipped file, as they are."""
    with gzip.open(path, "rb") as lines, pysam.BGZFile(str(folder / path.name), "wb", None) as out:
        left = 1
        for line in lines:
            if line.startswith(b"#CHROM"):
                left = MOST_CALLS // max(line.count(b"\t") - 8, 1)
            elif not line.startswith(b"#"):
                left -= 1
            if left < 0:
                break
            out.write(line)
    return folder / path.name


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_real_files_read_as_htslib_reads_them(
    real_data: Path, tmp_path: Path, name: str, whole: bool
) -> None:
    source = real_data / name if whole else beginning_of(real_data / name, tmp_path)
    theirs = from_htslib(source)
    assert theirs.rows or theirs.blocks
    packed = tmp_path / "a.bcf"
    pysam.bcftools.view("-Ob", "-o", str(packed), str(source), catch_stdout=False)
    for path in (source, packed):
        expected = np.full((N_REGIONS, theirs.expected.shape[1]), AS_WRITTEN, np.uint8)
        check_same(from_reader(path, ReadingRequest(expected=expected)), theirs)
