"""Calls on X of a member with one X: settled and said, never lost in silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trihelix.interpretation.rare.ploidy import settle_ploidy
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
    state, notices = settle_ploidy(calls, np.ones(len(calls), np.bool_), {"kid": 1})
    assert state[:, 0].tolist() == list(CASES.values())
    assert {n.code: n.count for n in notices} == {"x_read_as_hemizygous": 2, "x_heterozygous_in_one_x": 2}


@pytest.mark.parametrize(("n_x", "on_x"), [(2, True), (1, False)])
def test_two_x_chromosomes_and_other_places_are_left_alone(tmp_path: Path, n_x: int, on_x: bool) -> None:
    calls = calls_of(tmp_path, *CASES)
    state, notices = settle_ploidy(calls, np.full(len(calls), on_x), {"kid": n_x})
    assert state is calls.state
    assert notices == ()
