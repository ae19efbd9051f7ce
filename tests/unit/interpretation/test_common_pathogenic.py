"""The list of common pathogenic alleles: its form, and that calls are matched by the whole allele."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from gene_dropping import calls_of
from trihelix.interpretation.evidence.common_alleles import COMMON_PATHOGENIC, GHOSH
from trihelix.interpretation.evidence.common_pathogenic import is_common_pathogenic
from trihelix.reference.allele_keys import alleles_from_text
from trihelix.variants.family_calls import FamilyCalls


def calls_at(alleles: list[tuple[str, int, str, str]]) -> FamilyCalls:
    """Calls of one person at (contig, pos, ref, alt)."""
    contigs, pos, refs, alts = zip(*alleles, strict=True)
    calls = calls_of(["P"], contigs, pos, np.full((len(pos), 1), 2, np.int8))
    return replace(calls, alleles=alleles_from_text(np.array(pos, np.int32), refs, alts))


@pytest.mark.parametrize(("assembly", "field"), [("GRCh38", "grch38"), ("hg19", "grch37")])
def test_every_allele_is_found_in_its_assembly_only(assembly: str, field: str) -> None:
    alleles = [(a.contig, getattr(a, field), a.ref, a.alt) for a in COMMON_PATHOGENIC]
    alleles.sort(key=lambda a: a[0])
    calls = calls_at(alleles)
    rows = np.arange(len(alleles))
    assert is_common_pathogenic(assembly, calls, rows).all()
    other = "GRCh37" if assembly == "GRCh38" else "GRCh38"
    assert not is_common_pathogenic(other, calls, rows).any()
    assert not is_common_pathogenic("CHM13", calls, rows).any()
    assert not is_common_pathogenic(None, calls, rows).any()


def test_another_allele_or_contig_at_the_place_is_not_it() -> None:
    calls = calls_at(
        [("11", 5227002, "T", "A"), ("11", 5227002, "T", "G"), ("11", 5227002, "TC", "T"), ("12", 5227002, "T", "A")]
    )  # fmt: skip
    assert is_common_pathogenic("GRCh38", calls, np.arange(4)).tolist() == [True, False, False, False]
    assert is_common_pathogenic("GRCh38", calls, np.array([3, 0])).tolist() == [False, True]
    assert is_common_pathogenic("GRCh38", calls, np.empty(0, np.int64)).tolist() == []


def test_the_nine_exceptions_of_clingen_are_there() -> None:
    genes = [a.gene for a in COMMON_PATHOGENIC if a.source == GHOSH]
    assert sorted(genes) == ["ACAD9", "ACADS", "BTD", "GJB2", "HFE", "HFE", "MEFV", "MEFV", "PIBF1"]


def test_form_of_the_rows() -> None:
    for a in COMMON_PATHOGENIC:
        assert a.source
        assert a.hgvs.startswith("NM_")
        assert a.ref[0] == a.alt[0] or len(a.ref) == len(a.alt) == 1
        assert len(a.ref) == 1 or len(a.alt) == 1
        assert a.ref != a.alt
    assert len({(a.contig, a.grch38, a.ref, a.alt) for a in COMMON_PATHOGENIC}) == len(COMMON_PATHOGENIC)


def test_a_million_rows_are_fast() -> None:
    n = 1_000_000
    calls = calls_of(["P"], ["11"] * n, np.arange(5_000_000, 5_000_000 + n), np.ones((n, 1), np.int8))
    rows = np.arange(n)
    is_common_pathogenic("GRCh38", calls, rows)
    started = time.process_time()
    is_common_pathogenic("GRCh38", calls, rows)
    assert time.process_time() - started < 0.5  # about 0.03 s
