"""What reading gives beyond genotypes: keys, phase sets, lines, and columns that grow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.reference.allele_keys import Alleles, allele_keys
from trihelix.variants.calls import Calls, read_calls
from trihelix.variants.gathering import Growing
from trihelix.variants.normalise import normalise
from vcf_builder import vcf_text, write_vcf

ALLELE = st.text("ACGTNacgt", min_size=1, max_size=9)


def expected_keys(calls: Calls) -> list[int]:
    rows = calls.rows
    starts = (rows.ref_start.astype(np.int64), rows.alt_start.astype(np.int64))
    alleles = Alleles(rows.pos, starts[0], rows.ref_len, starts[1], rows.alt_len, calls.blob)
    return [int(key) for key in allele_keys(alleles)]


@settings(max_examples=80, deadline=None)
@given(records=st.lists(st.tuples(st.integers(1, 10**9), ALLELE, ALLELE), min_size=1, max_size=8))
def test_keys_are_those_of_the_reference_packs(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[int, str, str]]
) -> None:
    """Exact ones come from the parsing kernel, others from the bases."""
    lines = [
        f"chr1 {p % (1 << 28)} . {r} {a} . . . GT 0/1"
        for p, r, a in sorted(records, key=lambda record: record[0] % (1 << 28))
    ]
    calls = read_calls(write_vcf(tmp_path_factory.mktemp("k") / "a.vcf", vcf_text(lines)), ["kid"])
    assert calls.rows.key.tolist() == expected_keys(calls)
    tidy = normalise(calls, None).calls
    assert tidy.rows.key.tolist() == expected_keys(tidy) == sorted(tidy.rows.key.tolist())


def test_phase_sets_are_a_column_from_the_first_one_on(tmp_path: Path) -> None:
    records = [f"chr1 {p} . A G . . . GT:PS 0|1:{p if p > 70_000 else '.'}" for p in range(1, 80_001)]
    calls = read_calls(write_vcf(tmp_path / "a.vcf.gz", vcf_text(records)), ["kid"])
    expected = [p if p > 70_000 else -1 for p in range(1, 80_001)]
    assert calls.rows.phase_set[:, 0].tolist() == expected
    without = read_calls(write_vcf(tmp_path / "b.vcf", vcf_text(["chr1 5 . A G . . . GT 0/1"])), ["kid"])
    assert without.rows.phase_set.tolist() == [[-1]]


@pytest.mark.parametrize("name", ["a.vcf", "a.vcf.gz"])
def test_lines_and_records_are_numbered_over_the_whole_file(tmp_path: Path, name: str) -> None:
    """60,000 records are many pieces and batches; the header is larger than a piece of text."""
    header = "".join(f"##note={n} {'x' * 90}\n" for n in range(20_000))
    records = [f"chr{1 + p // 30_000} {p} . A G{',T' * (p % 2)} . . . GT 0/1" for p in range(1, 60_001)]
    calls = read_calls(write_vcf(tmp_path / name, vcf_text(records, extra=header)), ["kid"])
    before = calls.header.lines
    expected = [n for n, p in enumerate(range(1, 60_001)) for _ in range(1 + p % 2)]
    assert calls.rows.record.tolist() == expected
    assert calls.rows.line.tolist() == [before + 1 + n for n in expected]
    assert calls.contigs == ("chr1", "chr2", "chr3")
    assert np.bincount(calls.rows.contig).tolist() == [44_999, 45_000, 1]


def test_a_record_larger_than_all_room_is_read(tmp_path: Path) -> None:
    long = "ACGT" * 500_000
    calls = read_calls(
        write_vcf(tmp_path / "a.vcf.gz", vcf_text([f"chr1 10 . {long} A . . . GT 0/1"])), ["kid"]
    )
    assert calls.ref(0) == long


def test_growing_columns_keep_what_they_have() -> None:
    columns = Growing({"a": (np.dtype(np.int32), ()), "b": (np.dtype(np.int8), (2,))})
    total = 0
    for n in (5, 3000, 1, 50_000):
        to = columns.add(n, 1.0)
        columns["a"][to] = np.arange(total, total + n)
        columns["b"][to] = 7
        total += n
    whole = columns.whole()
    assert whole["a"].tolist() == list(range(total))
    assert whole["b"].shape == (total, 2)
    assert (whole["b"] == 7).all()
