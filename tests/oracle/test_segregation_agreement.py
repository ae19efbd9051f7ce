"""The set-oriented segregation rules and the plain-Python oracle agree on generated families and variants."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pytest

from segregation_oracle import compound_het, random_case, single_variant_filters
from trihelix.interpretation.rare import segregation

CASES = 100_000
STATES = {"0/0": 0, "0": 0, "0/1": 1, "1/1": 2, "1": 2, "./.": -1, ".": -1}


@dataclass
class Batch:
    """Many families of two variants each, as the rules see them and as the oracle judges them."""

    families: list[dict[str, int]] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    expected_single: set[tuple[int, int, str]] = field(default_factory=set)
    expected_pairs: dict[int, tuple[str, bool]] = field(default_factory=dict)

    def add(self, number: int, rng: random.Random) -> None:
        family, proband, n_x, region, first, second = random_case(rng)
        members = [m.id for m in family.members]
        masks = segregation.family_masks(number, family, members, proband, n_x)
        self.families.append(masks)
        kind = "X" if region == "X" else "autosome"
        for variant, genotypes in enumerate((first, second)):
            state = np.array([[STATES[genotypes[m]] for m in members]], np.int8)
            on_x = np.array([kind == "X"])
            bits = segregation.genotype_masks(state, on_x, masks["one_x"])
            row = {name: int(mask[0]) for name, mask in bits.items()}
            self.rows.append({"family": number, "gene": 0, "variant": variant, "region": kind, **row})
            for name in single_variant_filters(family, proband, n_x, region, genotypes):
                self.expected_single.add((number, variant, name))
        passes, name, flags = compound_het(family, proband, n_x, region, first, second)
        if passes:
            self.expected_pairs[number] = (name, "phase_unproven" in flags)

    def carried(self) -> pl.DataFrame:
        masks = dict.fromkeys(segregation.GENOTYPES, pl.UInt64)
        schema = {"family": pl.UInt32, "gene": pl.UInt32, "variant": pl.UInt32, "region": pl.String, **masks}
        return pl.DataFrame(self.rows, schema=schema)


@pytest.fixture(scope="module")
def batch() -> Batch:
    rng = random.Random(20151)
    made = Batch()
    for number in range(CASES):
        made.add(number, rng)
    return made


def test_single_variant_filters_agree(batch: Batch) -> None:
    families = segregation.families_table(batch.families)
    found = set(segregation.single_variant_filters(batch.carried(), families).iter_rows())
    assert found == batch.expected_single
    assert {name for _, _, name in found} == {
        "InheritedAutosomalDominant", "deNovo", "SimpleRecessive", "XLinkedSimpleRecessive", "XLinkedMonoallelic",
    }  # fmt: skip


def test_pairs_agree(batch: Batch) -> None:
    families = segregation.families_table(batch.families)
    found = {
        row["family"]: (row["filter"], row["phase_unproven"])
        for row in segregation.compound_heterozygous(batch.carried(), families).iter_rows(named=True)
    }
    assert found == batch.expected_pairs
    assert {name for name, _ in found.values()} == {"CompoundHeterozygous", "XLinkedCompoundHeterozygous"}


def test_a_missing_call_of_a_relative_never_excludes(batch: Batch) -> None:
    """Take one unaffected member's calls away: whatever passed still passes, but for de novo, which needs them."""
    families = segregation.families_table(batch.families)
    carried = batch.carried()
    lowest = families.select(
        "family", (pl.col("unaffected") & (pl.col("unaffected") * 0 + 1)).alias("someone")
    )
    without = carried.join(lowest, on="family").with_columns(
        *((pl.col(g) & ~pl.col("someone")).alias(g) for g in segregation.GENOTYPES)
    )
    before = segregation.single_variant_filters(carried, families).filter(pl.col("filter") != "deNovo")
    after = segregation.single_variant_filters(without.drop("someone"), families)
    assert set(before.iter_rows()) <= set(after.iter_rows())
    pairs = segregation.compound_heterozygous(carried, families).select("family", "variant_1", "variant_2")
    still = segregation.compound_heterozygous(without.drop("someone"), families)
    assert set(pairs.iter_rows()) <= set(still.select("family", "variant_1", "variant_2").iter_rows())
