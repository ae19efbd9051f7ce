"""Calls on X of a member with one X: settled and said, never lost in silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trihelix.interpretation.rare.ploidy import heteroplasmy, settle_ploidy
from trihelix.interpretation.rare.regions import ON_AUTOSOME, ON_MT, ON_X, ON_Y
from trihelix.variants.calls import read_calls
from trihelix.variants.family_calls import FamilyCalls, join_calls
from trihelix.variants.normalise import normalise
from vcf_builder import vcf_text, write_vcf


def calls_of(folder: Path, *genotypes: str) -> FamilyCalls:
    records = [f"chrX {10 * n} . A G . PASS . GT:AD {g}" for n, g in enumerate(genotypes, 1)]
    path = write_vcf(folder / "x.vcf", vcf_text(records))
    return join_calls([normalise(read_calls(path, ["kid"]), None)], ["kid"])


CASES = {
    "1:0,20": 2,
    "1/1:0,20": 2,
    "./1:0,20": 2,
    "0/1:1,29": 2,
    "0/1:12,14": -1,
    "0/1:.": -1,
    "0/0:20,0": 0,
    "./.:.": -1,
}


def test_calls_on_the_only_x(tmp_path: Path) -> None:
    calls = calls_of(tmp_path, *CASES)
    state, notices = settle_ploidy(calls, np.full(len(calls), ON_X, np.int8), {"kid": 1})
    assert state[:, 0].tolist() == list(CASES.values())
    assert {n.code: n.count for n in notices} == {"x_read_as_hemizygous": 2, "x_heterozygous_in_one_x": 2}


@pytest.mark.parametrize(("n_x", "kind"), [(2, ON_X), (1, ON_AUTOSOME), (2, ON_Y)])
def test_two_x_chromosomes_and_other_places_are_left_alone(tmp_path: Path, n_x: int, kind: int) -> None:
    calls = calls_of(tmp_path, *CASES)
    state, notices = settle_ploidy(calls, np.full(len(calls), kind, np.int8), {"kid": n_x})
    assert state is calls.state
    assert notices == ()


MITOCHONDRIAL = {
    "0/1:990,10": 0,  # 1 %: below what is reported
    "0/1:980,20": 1,
    "0/0:970,30": 1,  # the caller saw nothing worth a genotype, the reads show 3 %
    "0/0:29,1": 0,  # one stray read is 3 %, and no copy
    "0/1:40,960": 2,  # homoplasmic
    "1:60,940": 1,
    "1/1:.": 2,  # without depths as the genotype says
    "0/1:.": 1,
    "./.:500,500": -1,
}


def test_the_share_of_reads_decides_on_the_mitochondrial_genome(tmp_path: Path) -> None:
    calls = calls_of(tmp_path, *MITOCHONDRIAL)
    state, notices = settle_ploidy(calls, np.full(len(calls), ON_MT, np.int8), {"kid": 1})
    assert state[:, 0].tolist() == list(MITOCHONDRIAL.values())
    assert not notices
    share = heteroplasmy(calls, np.arange(3))
    np.testing.assert_allclose(share[:, 0], [0.01, 0.02, 0.03])


def test_reads_of_other_alleles_count_in_the_depth(tmp_path: Path) -> None:
    """Half of the reads have another alternate allele of the record: this one is neither hemizygous nor homoplasmic."""
    record = "chrX 10 . A G,T . PASS . GT:AD:DP 1/2:0,15,15:30"
    path = write_vcf(tmp_path / "two.vcf", vcf_text([record]))
    calls = join_calls([normalise(read_calls(path, ["kid"]), None)], ["kid"])
    for kind, expected in ((ON_X, -1), (ON_MT, 1)):
        state, _ = settle_ploidy(calls, np.full(len(calls), kind, np.int8), {"kid": 1})
        assert state[:, 0].tolist() == [expected, expected]
