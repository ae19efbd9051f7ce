"""Genotypes of several files put together, against dicts of allele and sample."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from genotypes_builder import FILTERS, Shape, plain, sites_of, some_genotypes
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.variants.store.genotypes import Genotypes, Lists, no_exceptions, no_lists
from trihelix.variants.store.intake.merging import (
    DROPPED,
    Contribution,
    combine,
    in_order,
    keys_of,
    with_missing,
)
from trihelix.variants.store.parts.rows import take_rows

PASSING = [0, 2]  # of FILTERS


def carried(alleles: Sequence[tuple[int, str, str]], filters: Sequence[int] | None = None) -> Genotypes:
    """One sample that is het at every allele."""
    n = len(alleles)
    het = Lists(np.arange(n + 1, dtype=np.int64), np.zeros(n, np.uint32))
    return Genotypes(1, sites_of(alleles, filters), het, no_lists(n), no_lists(n), no_exceptions(n))


def by_sample(genotypes: Genotypes, ordinals: Sequence[int] | None = None) -> dict[Any, Any]:
    """(allele, sample) to state, exception and quality of all calls in lists."""
    told: dict[Any, Any] = {}
    to = range(genotypes.samples) if ordinals is None else ordinals
    for row in plain(genotypes):
        carriers = [*row["het"], *row["hom"]]
        for name in ("het", "hom", "missing"):
            for sample in row[name]:
                told[row["allele"], to[sample], "state"] = name
        for place, sample in enumerate(carriers):
            if "quality" in row:
                told[row["allele"], to[sample], "quality"] = row["quality"][place]
        for sample, *values in row["exceptions"]:
            told[row["allele"], to[sample], "exception"] = values
        for sample, *values in row.get("companions", []):
            told[row["allele"], to[sample], "companion"] = values
    return {key: value for key, value in told.items() if key[1] != DROPPED}


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), quality=st.booleans(), companions=st.booleans())
def test_every_call_is_where_its_sample_and_allele_are(seed: int, quality: bool, companions: bool) -> None:
    rng = random.Random(seed)
    shapes = [Shape(rng.randint(1, 25), n, quality=quality, companions=companions) for n in (1, 4, 70)]
    parts = [some_genotypes(seed + i, shape) for i, shape in enumerate(shapes)]
    places = rng.sample(range(75), 75)
    ordinals = [[places.pop() if rng.random() < 0.8 else DROPPED for _ in range(p.samples)] for p in parts]
    made = combine(
        [Contribution(p, np.array(o, np.int64), np.array([i])) for i, (p, o) in enumerate(zip(parts, ordinals, strict=True))],
        75, True, PASSING,
    )  # fmt: skip
    expected: dict[Any, Any] = {}
    for part, mine in zip(parts, ordinals, strict=True):
        expected |= by_sample(part, mine)
    assert by_sample(made) == expected
    alleles = [row["allele"] for row in plain(made)]
    assert alleles == sorted({row["allele"] for p in parts for row in plain(p)})
    for row in plain(made):
        has = [i for i, p in enumerate(parts) if any(r["allele"] == row["allele"] for r in plain(p))]
        assert row["sources"] == has
        assert row["het"] == sorted(row["het"])


@pytest.mark.parametrize(
    ("told", "expected"),
    [([1, 0], "PASS"), ([0, 1], "PASS"), ([2, 0], "."), ([0, 2], "PASS"), ([1, 1], "LowQual")],
)
def test_a_row_passes_where_any_file_says_so(told: list[int], expected: str) -> None:
    files = [carried([(5, "A", "C")], [number]) for number in told]
    made = combine(
        [Contribution(f, np.array([i]), np.array([i])) for i, f in enumerate(files)], 2, True, PASSING
    )
    assert [row["filter"] for row in plain(made)] == [expected]


def test_sources_of_which_nobody_is_left_are_left_out() -> None:
    files = [carried([(5, "A", "C")]), carried([(5, "A", "C"), (7, "A", "C")])]
    made = combine(
        [Contribution(files[0], np.array([0]), np.array([0])),
         Contribution(files[1], np.array([DROPPED]), np.array([DROPPED]))], 1, True,
    )  # fmt: skip
    assert [(row["sources"], row["het"]) for row in plain(made)] == [([0], [0]), ([], [])]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 4),
            st.text("ACGT", min_size=1, max_size=9),
            st.text("ACGT", min_size=1, max_size=9),
        )
    )
)
def test_alleles_stand_in_order_and_once(alleles: list[tuple[int, str, str]]) -> None:
    if not alleles:
        return
    made = in_order(carried(alleles), PASSING)
    assert [row["allele"] for row in plain(made)] == sorted(set(alleles))
    assert all(row["het"] == [0] for row in plain(made))


def colliding_alleles() -> tuple[str, str]:
    """Two insertions of one place whose keys, of 35 hashed bits, are the same."""
    rng = random.Random(5)
    alts = sorted({"".join(rng.choices("ACGT", k=20)) for _ in range(700_000)})
    keys = keys_of(sites_of([(1, "A", alt) for alt in alts]))
    order = np.argsort(keys)
    same = np.flatnonzero(np.diff(keys[order]) == 0)
    assert len(same), "more alleles are wanted"
    return alts[order[same[0]]], alts[order[same[0] + 1]]


def test_alleles_with_one_key_stay_apart() -> None:
    one, other = colliding_alleles()
    alleles = [(1, "A", one), (1, "A", other), (1, "A", one)]
    made = in_order(carried(alleles), PASSING)
    assert [row["allele"] for row in plain(made)] == sorted(set(alleles))
    files = [Contribution(carried([a]), np.array([i]), np.array([i])) for i, a in enumerate(alleles)]
    rows = {row["allele"][2]: row["het"] for row in plain(combine(files, 3, True))}
    assert rows == {one: [0, 2], other: [1]}


def test_missing_calls_are_added_once() -> None:
    genotypes = take_rows(some_genotypes(2, Shape(6, 4, exceptions=False)), np.arange(6))
    genotypes = replace(genotypes, missing=no_lists(6))
    once = with_missing(genotypes, np.array([4, 1, 1]), np.array([2, 3, 0]))
    twice = with_missing(once, np.array([1, 5]), np.array([3, 1]))
    assert [row["missing"] for row in plain(twice)] == [[], [0, 3], [], [], [2], [1]]


def test_names_of_filters_are_those_of_the_builder() -> None:
    assert [FILTERS[i] for i in PASSING] == ["PASS", "."]
