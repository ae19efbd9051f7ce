"""Our parser reads what htslib reads: positions, alleles, filters, genotypes, depths, qualities."""

from __future__ import annotations

from pathlib import Path

import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.interpretation.rare.call_display import genotype_text
from trihelix.variants.calls import read_calls
from vcf_builder import vcf_text, write_vcf

BASES = set("ACGTN")
REAL = (
    "families/giab_trio.grch37.vcf.gz",
    "families/pfeiffer_exome.grch37.vcf.gz",
    "truth/platinum_NA12878_chr21.grch38.vcf.gz",
    "cohorts/HG00268.grch38.g.vcf.gz",
    "cases/PMID_35321494_Subject_1.vcf.gz",
)


def expected_genotype(alleles: tuple[int | None, ...], phased: bool, number: int) -> str:
    """GT at one allele as the house writes it, from htslib's allele numbers."""
    called = [a for a in alleles if a is not None]
    copies = sum(a == number for a in called)
    if len(alleles) > 2 or not called:
        return "." if len(alleles) == 1 else "./."
    if len(called) < len(alleles):
        return "./1" if copies else "./."
    other = "2" if copies else "0"  # where this allele is not carried, others show as 0
    words = ["1" if a == number else other if a else "0" for a in alleles]
    if len(words) == 2 and not phased:
        words.sort()
    return ("|" if phased and len(words) == 2 else "/").join(words)


def htslib_rows(path: Path, samples: list[str]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    with pysam.VariantFile(str(path)) as file:
        for record in file:
            for number, alt in enumerate(record.alts or (), 1):
                if not set(alt.upper()) <= BASES or alt.upper() == (record.ref or "").upper():
                    continue
                calls = []
                for sample in samples:
                    call = record.samples[sample]
                    depths = call.get("AD") or ()
                    depth = call.get("DP")
                    quality = call.get("GQ")
                    calls.append(
                        (
                            expected_genotype(call.allele_indices or (None,), call.phased, number),
                            -1 if depth is None else min(depth, 32767),
                            -1 if quality is None else min(int(quality), 32767),
                            -1
                            if len(depths) <= number or depths[number] is None
                            else min(depths[number], 32767),
                        )
                    )
                passed = list(record.filter) in ([], ["PASS"])
                rows.append((record.chrom, record.pos, record.ref, alt.upper(), passed, *calls))
    return rows


def our_rows(path: Path, samples: list[str]) -> list[tuple[object, ...]]:
    calls = read_calls(path, samples)
    rows = calls.rows
    return [
        (
            calls.contigs[rows.contig[i]], int(rows.pos[i]), calls.ref(i), calls.alt(i), bool(rows.passed[i]),
            *(
                (
                    genotype_text(int(rows.state[i, m]), int(rows.flags[i, m])), int(rows.depth[i, m]),
                    int(rows.quality[i, m]), int(rows.alt_depth[i, m]),
                )
                for m in range(len(samples))
            ),
        )
        for i in range(len(calls))
    ]  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_real_files_read_as_htslib_reads_them(real_data: Path, name: str) -> None:
    path = real_data / name
    with pysam.VariantFile(str(path)) as file:
        samples = list(file.header.samples)
    ours, theirs = our_rows(path, samples), htslib_rows(path, samples)
    assert len(ours) == len(theirs) > 0
    assert ours == theirs


GENOTYPES = st.sampled_from(
    [
        "0/0",
        "0/1",
        "1/1",
        "1|0",
        "0|1",
        "1/2",
        "2|1",
        "./.",
        ".",
        "0",
        "1",
        "./1",
        "0/.",
        ".|2",
        "0/0/1",
        "2/2",
    ]
)
RECORD = st.tuples(
    st.integers(1, 900),
    st.text("ACGTN", min_size=1, max_size=6),
    st.lists(
        st.text("ACGTN", min_size=1, max_size=6) | st.sampled_from(["*", "<DEL>"]),
        min_size=1,
        max_size=2,
        unique=True,
    ),
    st.sampled_from(["PASS", ".", "LowQual", "PAS", "PASS;q10"]),
    st.lists(
        st.tuples(
            GENOTYPES,
            st.sampled_from(["7", ".", "40000", "0", "31", "123", "12345678", "123456789"]),
            st.sampled_from(["3,4,5", ".", "1,2,.", "12,345,6", "32768,1,22", "1234567,12345678,3"]),
        ),
        min_size=2,
        max_size=2,
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(RECORD, min_size=1, max_size=12))
def test_generated_records_read_as_htslib_reads_them(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[object, ...]]
) -> None:
    lines = []
    for pos, ref, alts, filter_, calls in sorted(records, key=lambda r: r[0]):  # type: ignore[arg-type, return-value]
        samples = [":".join(call) for call in calls]  # type: ignore[attr-defined]
        if len(alts) == 1:  # type: ignore[arg-type]
            samples = [call.replace("2", "1", 2) if call[:3].count("2") else call for call in samples]
        lines.append(f"chr1 {pos} . {ref} {','.join(alts)} . {filter_} . GT:DP:AD {' '.join(samples)}")  # type: ignore[arg-type]
    path = write_vcf(tmp_path_factory.mktemp("v") / "a.vcf.gz", vcf_text(lines, ("a", "b")))
    assert our_rows(path, ["b", "a"]) == htslib_rows(path, ["b", "a"])


def test_bcf_reads_as_the_vcf_it_was_made_from(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "families/giab_trio.grch37.vcf.gz"
    target = tmp_path / "trio.bcf"
    pysam.bcftools.view("-Ob", "-o", str(target), str(source), catch_stdout=False)
    assert our_rows(target, ["HG004", "HG002"]) == our_rows(source, ["HG004", "HG002"])
