"""Frequencies and scores: which changes are listed, which are only counted, against plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pack_builder import Allele, comparable, number_pack, scratch

from trihelix.model.difference import Difference, DifferenceKind, Unlisted
from trihelix.reference.differences import frequencies, scores
from trihelix.reference.pack import Pack

K = DifferenceKind
DOMINANT, RECESSIVE, FACTOR = 0.001, 0.01, 4.0
FEW = {"all": 0, "afr": 0}


def lines(populations: Sequence[str], numbers: Sequence[int]) -> Mapping[str, NDArray[np.float32]]:
    floor = [3 / n if n else 0.0 for n in numbers]
    return {
        name: np.array([max(line, f) for f in floor], np.float32)
        for name, line in (("dominant", DOMINANT), ("recessive", RECESSIVE))
    }


def split(found: list[Difference | Unlisted]) -> tuple[list[Difference], Counter[DifferenceKind]]:
    counted = Counter({f.kind: f.count for f in found if isinstance(f, Unlisted)})
    return [f for f in found if isinstance(f, Difference)], counted


def frequency_diff(old: Pack, new: Pack) -> tuple[list[Difference], Counter[DifferenceKind]]:
    return split(list(frequencies.differences(old, new, lines, FACTOR)))


FREQUENCY = st.sampled_from([0.0, 1e-5, 3e-5, 6e-5, 1e-4, 0.001, 0.0011, 0.004, 0.01, 0.02, 0.5])
PLACES = st.tuples(st.just("1"), st.integers(1, 5), st.just("A"), st.sampled_from(["C", "CT" * 8]))
TABLES = st.dictionaries(PLACES, st.lists(FREQUENCY, min_size=2, max_size=2), max_size=8)


def expected(
    a: dict[Allele, list[float]], b: dict[Allele, list[float]]
) -> tuple[set[object], Counter[DifferenceKind]]:
    listed: set[object] = set()
    counted: Counter[DifferenceKind] = Counter()
    for allele in a | b:
        shared = allele in a and allele in b
        counted[K.VARIANT_ADDED] += allele not in a
        counted[K.VARIANT_REMOVED] += allele not in b
        for p, population in enumerate(FEW):
            was, now = (t.get(allele, [0.0, 0.0])[p] for t in (a, b))
            crossed = tuple(
                name
                for name, line in (("dominant", DOMINANT), ("recessive", RECESSIVE))
                if (was > line) != (now > line)
            )
            much = shared and min(was, now) > 0 and max(was, now) > FACTOR * min(was, now) * (1 + 1e-6)
            if crossed or much:
                listed.add((allele, population, crossed))
            elif shared and was != now:
                counted[K.FREQUENCY_CHANGED] += 1
    return listed, +counted


@settings(max_examples=120, deadline=None)
@given(TABLES, TABLES)
def test_frequencies_equal_plain_python(a: dict[Allele, list[float]], b: dict[Allele, list[float]]) -> None:
    with scratch() as folder:
        old, new = (number_pack(folder / n, "frequencies", FEW, t) for n, t in (("old", a), ("new", b)))
        found, counted = frequency_diff(old, new)
        back, counted_back = frequency_diff(new, old)
        again, counted_again = frequency_diff(old, old)
    listed = {
        ((d.variant.contig, d.variant.pos, d.variant.ref, d.variant.alt), d.item, d.crossed)
        for d in found
        if d.variant
    }
    assert (listed, counted) == expected(a, b)
    assert len(listed) == len(found)
    assert comparable(back) == comparable(d.reversed() for d in found)
    swapped = {K.VARIANT_ADDED: K.VARIANT_REMOVED, K.VARIANT_REMOVED: K.VARIANT_ADDED}
    assert counted_back == Counter({swapped.get(k, k): n for k, n in counted.items()})
    assert (again, counted_again) == ([], Counter())


def test_a_listed_frequency_tells_both_values(tmp_path: Path) -> None:
    place = ("1", 5, "A", "C")
    old = number_pack(tmp_path / "old", "frequencies", {"afr": 0}, {place: [0.0005]})
    new = number_pack(tmp_path / "new", "frequencies", {"afr": 0}, {place: [0.0015]})
    (found,) = frequency_diff(old, new)[0]
    assert (found.kind, found.item, found.crossed) == (K.FREQUENCY_CROSSED, "afr", ("dominant",))
    assert (found.old, found.new) == ({"value": 0.0005}, {"value": 0.0015})


def test_a_population_that_comes_excludes_what_it_finds_common(tmp_path: Path) -> None:
    common, rare = ("1", 5, "A", "C"), ("1", 6, "A", "C")
    old = number_pack(tmp_path / "old", "frequencies", {"all": 900}, {common: [0.0], rare: [0.0]})
    new = number_pack(
        tmp_path / "new", "frequencies", {"all": 900, "afr": 90000}, {common: [0.0, 0.2], rare: [0.0, 1e-4]}
    )
    added, crossed = frequency_diff(old, new)[0]
    assert (added.kind, added.item, added.new) == (K.POPULATION_ADDED, "afr", {"allele_number": 90000})
    assert (crossed.kind, crossed.old, crossed.new) == (K.FREQUENCY_CROSSED, None, {"value": 0.2})
    assert crossed.variant is not None
    assert crossed.variant.pos == common[1]


def test_a_population_that_grows_moves_its_own_line(tmp_path: Path) -> None:
    """3 / allele number: at 500 alleles 0.6 % passes as dominant, at 50,000 it does not."""
    values = {("1", 5, "A", "C"): [0.005]}
    old = number_pack(tmp_path / "old", "frequencies", {"mid": 500}, values)
    new = number_pack(tmp_path / "new", "frequencies", {"mid": 50000}, values)
    number, crossed = frequency_diff(old, new)[0]
    assert (number.kind, number.old, number.new) == (
        K.ALLELE_NUMBER_CHANGED, {"allele_number": 500}, {"allele_number": 50000},
    )  # fmt: skip
    assert (crossed.kind, crossed.crossed) == (K.FREQUENCY_CROSSED, ("dominant",))


def splicing_line(score: str) -> Mapping[str, float]:
    return {"splicing": 0.5} if score.startswith("spliceai") else {}


@pytest.mark.parametrize(
    ("was", "now", "listed", "counted"),
    [
        (0.4, 0.5, True, 0),
        (0.5, 0.9, False, 1),
        (0.9, float("nan"), True, 0),
        (float("nan"), float("nan"), False, 0),
        (float("nan"), 0.1, False, 1),
        (None, 0.5, True, 0),
        (0.7, None, True, 0),
        (None, 0.2, False, 0),
    ],
)
def test_scores_that_cross_their_line(
    tmp_path: Path, was: float | None, now: float | None, listed: bool, counted: int
) -> None:
    place, other = ("1", 5, "A", "C"), ("1", 9, "A", "C")
    packs = [
        number_pack(
            tmp_path / n, "scores", {"spliceai": 0}, {other: [0.1]} | ({} if v is None else {place: [v]})
        )
        for n, v in (("old", was), ("new", now))
    ]
    found, counts = split(list(scores.differences(*packs, splicing_line)))
    assert [(d.kind, d.crossed) for d in found] == [(K.SCORE_CROSSED, ("splicing",))] * listed
    assert counts[K.SCORE_CHANGED] == counted
    assert counts[K.VARIANT_ADDED] == (was is None)
    assert counts[K.VARIANT_REMOVED] == (now is None)


def test_a_score_that_comes_brings_what_it_lifts_over_its_line(tmp_path: Path) -> None:
    place = ("1", 5, "A", "C")
    old = number_pack(tmp_path / "old", "scores", {"cadd": 0}, {place: [20.0]})
    new = number_pack(tmp_path / "new", "scores", {"cadd": 0, "spliceai_ds": 0}, {place: [25.0, 0.8]})
    found, counts = split(list(scores.differences(old, new, splicing_line)))
    assert [d.kind for d in found] == [K.SCORE_ADDED, K.SCORE_CROSSED]
    assert counts == Counter({K.SCORE_CHANGED: 1})
    back, _ = split(list(scores.differences(new, old, splicing_line)))
    assert comparable(back) == comparable(d.reversed() for d in found)
