"""Uniparental disomy in simulated trios: found where it was put, told from what looks like it, never invented."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from gene_dropping import AUTOSOMES, Person, calls_of, family_of, neutral_frequencies, only
from trihelix.interpretation.evidence.uniparental import (
    SHORTEST,
    UniparentalSegment,
    as_checks,
    find_uniparental,
    rows_inside,
)
from trihelix.interpretation.evidence.usable_calls import autosomal_calls, simple_rows
from trihelix.model.assembly import GRCH38
from trihelix.model.family import Sex
from trihelix.variants.family_calls import FamilyCalls

FAMILY = family_of(
    (Person("dad", Sex.MALE), Person("mum", Sex.FEMALE), Person("kid", Sex.MALE, "dad", "mum"))
)
WHOLE = (1, 300_000_000)


@dataclass
class Trio:
    """Haplotypes of a father, a mother and their child: three arrays (site, 2) of copies, child's father's first.

    Events change the child within a stretch of a chromosome; then calls are made, with errors.
    """

    seed: int
    per_chromosome: int = 1_200
    related: bool = False  # the parents are siblings
    exome: bool = False
    contig: NDArray[np.str_] = field(init=False)

    def __post_init__(self) -> None:
        self.random = random = np.random.default_rng(self.seed)
        parts = []
        for name in AUTOSOMES:
            size = max(int(self.per_chromosome * GRCH38.lengths[name] / 135e6), 20)
            if self.exome:  # sites stand together in genes
                genes = random.integers(1, GRCH38.lengths[name], size // 4)
                places = np.repeat(genes, 4) + random.integers(0, 30_000, 4 * len(genes))
            else:
                places = random.integers(1, GRCH38.lengths[name], size)
            parts.append((name, np.unique(places)))
        self.pos = np.concatenate([p for _, p in parts])
        self.contig = np.repeat([n for n, _ in parts], [len(p) for _, p in parts])
        self.frequency = neutral_frequencies(len(self.pos), random)
        pool = [self.haplotype() for _ in range(4)]
        if self.related:
            grandparents = pool
            self.father, self.mother = (
                np.stack([self.gamete(*grandparents[:2]), self.gamete(*grandparents[2:])], 1)
                for _ in range(2)
            )
        else:
            self.father, self.mother = np.stack(pool[:2], 1), np.stack(pool[2:], 1)
        self.child = np.stack([self.gamete(*self.father.T), self.gamete(*self.mother.T)], 1)
        self.true_father = self.father
        self.depth = np.full((len(self.pos), 3), 30, np.int16)

    def haplotype(self) -> NDArray[np.bool_]:
        return self.random.random(len(self.pos)) < self.frequency

    def gamete(self, one: NDArray[np.bool_], two: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """A crossover about every 100 Mb, and one of the two at random for each chromosome."""
        taken = np.empty(len(one), np.bool_)
        for name in AUTOSOMES:
            here = self.contig == name
            crossovers = np.sort(self.random.integers(1, GRCH38.lengths[name], self.random.poisson(1.3)))
            side = (self.random.integers(2) + np.searchsorted(crossovers, self.pos[here])) % 2
            taken[here] = np.where(side == 0, one[here], two[here])
        return taken

    def within(self, contig: str, span: tuple[int, int]) -> NDArray[np.bool_]:
        return (self.contig == contig) & (self.pos >= span[0]) & (self.pos <= span[1])

    def isodisomy(self, contig: str, parent: str, span: tuple[int, int] = WHOLE) -> Trio:
        giver = self.mother if parent == "mother" else self.father
        here = self.within(contig, span)
        self.child[here] = self.gamete(*giver.T)[here, None]
        return self

    def heterodisomy(self, contig: str, parent: str, span: tuple[int, int] = WHOLE) -> Trio:
        here = self.within(contig, span)
        self.child[here] = (self.mother if parent == "mother" else self.father)[here]
        return self

    def deletion(self, contig: str, span: tuple[int, int]) -> Trio:
        """Of the father's chromosome: callers write the mother's allele as homozygous, at half the depth."""
        here = self.within(contig, span)
        self.child[here, 0] = self.child[here, 1]
        self.depth[here, 0] = 15
        return self

    def wrong_father(self) -> Trio:
        self.father = np.stack([self.haplotype(), self.haplotype()], 1)
        return self

    def calls(self, wrong: float = 0.002) -> FamilyCalls:
        """As a joint caller writes them: sites that someone carries; a share `wrong` of calls is another genotype."""
        states = np.stack([self.child.sum(1), self.father.sum(1), self.mother.sum(1)], 1)
        slips = self.random.random(states.shape) < wrong
        states = np.where(slips, (states + self.random.integers(1, 3, states.shape)) % 3, states).astype(
            np.int8
        )
        carried = (states > 0).any(axis=1)
        calls = calls_of(
            ["kid", "dad", "mum"], self.contig[carried].tolist(), self.pos[carried], states[carried]
        )
        return replace(calls, depth=self.depth[carried])


def found(calls: FamilyCalls) -> tuple[UniparentalSegment, ...]:
    return find_uniparental(calls, FAMILY, "kid")


@pytest.mark.parametrize("parent", ["mother", "father"])
@pytest.mark.parametrize("contig", ["1", "15", "21"])
@pytest.mark.parametrize("kind", ["isodisomy", "heterodisomy"])
def test_a_whole_chromosome(kind: str, contig: str, parent: str) -> None:
    trio = Trio(7, per_chromosome=4_000)
    getattr(trio, kind)(contig, parent)
    (one,) = found(trio.calls())
    assert (one.contig, one.kind, one.parent_of_both, one.whole_chromosome) == (contig, kind, parent, True)
    assert one.against == ("dad" if parent == "mother" else "mum")
    assert one.other_errors <= 0.01 * one.sites
    assert one.log10_ratio > 10
    assert one.depth_ratio == 1


@pytest.mark.parametrize("wrong", [0.0, 0.001, 0.005])
def test_a_segment_with_wrong_calls(wrong: float) -> None:
    span = (30_000_000, 60_000_000)
    calls = Trio(11, per_chromosome=3_000).isodisomy("8", "father", span).calls(wrong)
    (one,) = found(calls)
    assert (one.contig, one.kind, one.parent_of_both, one.whole_chromosome) == (
        "8",
        "isodisomy",
        "father",
        False,
    )
    assert abs(one.start - span[0]) < 1_000_000
    assert abs(one.end - span[1]) < 1_000_000
    inside = rows_inside([one], calls, np.arange(len(calls)))
    on_contig = calls.contig == calls.contigs.index("8")
    expected = on_contig & (calls.pos >= one.start) & (calls.pos <= one.end)
    assert inside.any()
    assert inside.tolist() == expected.tolist()


def test_both_kinds_on_one_chromosome() -> None:
    trio = Trio(13, per_chromosome=3_000).heterodisomy("15", "mother")
    segments = found(trio.isodisomy("15", "mother", (60_000_000, 110_000_000)).calls())
    assert [(s.kind, s.parent_of_both) for s in segments] == [
        ("heterodisomy", "mother"),
        ("isodisomy", "mother"),
    ]


def test_density_of_exomes() -> None:
    (one,) = found(Trio(17, per_chromosome=1_000, exome=True).isodisomy("7", "mother").calls(0.005))
    assert (one.contig, one.kind, one.parent_of_both) == ("7", "isodisomy", "mother")


@pytest.mark.parametrize("seed", range(6))
def test_autozygosity_is_not_uniparental(seed: int) -> None:
    trio = Trio(seed, related=True)
    assert (trio.child.sum(1) != 1).mean() > 0.7, "siblings' children are homozygous over long stretches"
    assert found(trio.calls()) == ()


def test_isodisomy_with_related_parents() -> None:
    (one,) = found(Trio(3, related=True).isodisomy("2", "father").calls())
    assert (one.contig, one.kind, one.parent_of_both) == ("2", "isodisomy", "father")


def autozygous(contig: str, span: tuple[int, int], seed: int, per_chromosome: int) -> Trio:
    """A chromosome that the child has twice by descent, but within `span` its father's other copy twice."""
    trio = Trio(seed, per_chromosome=per_chromosome)
    here, inside = trio.within(contig, WHOLE), trio.within(contig, span)
    trio.mother[here, 0] = trio.father[here, 0]
    trio.child[here] = trio.father[here, :1]
    trio.child[inside] = trio.father[inside, 1:]
    return trio


@pytest.mark.parametrize("seed", range(4))
def test_isodisomy_ends_where_autozygosity_goes_on(seed: int) -> None:
    (one,) = found(autozygous("4", (60_000_000, 90_000_000), seed, 8_000).calls())
    assert (one.kind, one.parent_of_both) == ("isodisomy", "father")
    assert abs(one.start - 60_000_000) < 2_000_000
    assert abs(one.end - 90_000_000) < 2_000_000


def test_a_deletion_within_autozygosity() -> None:
    assert found(autozygous("4", (50_000_000, 51_500_000), 2, 20_000).calls()) == ()


def test_a_child_alike_its_mother_by_descent() -> None:
    """A father who gives a copy that the mother has as well: no error against him but for a short deletion."""
    trio = Trio(2, per_chromosome=20_000)
    here = trio.within("4", WHOLE)
    trio.mother[here, 0] = trio.father[here, 0]
    trio.child[here] = trio.mother[here]
    assert found(trio.deletion("4", (50_000_000, 51_500_000)).calls()) == ()


@pytest.mark.parametrize("seed", range(6))
def test_another_father_is_not_uniparental(seed: int) -> None:
    assert found(Trio(seed).wrong_father().calls()) == ()


def test_deletions_are_not_uniparental() -> None:
    trio = Trio(19, per_chromosome=20_000)
    assert found(trio.deletion("3", (50_000_000, 51_000_000)).calls()) == (), "too short"
    trio.deletion("3", (50_000_000, 70_000_000))
    assert found(trio.calls()) == (), "half the depth"
    trio.depth[:] = -1
    assert len(found(trio.calls())) == 1, "without depths a long deletion cannot be told"


def test_short_isodisomy_is_not_reported() -> None:
    short = (50_000_000, 50_000_000 + SHORTEST - 500_000)
    assert found(Trio(23, per_chromosome=20_000).isodisomy("3", "mother", short).calls()) == ()


def test_no_false_call_in_two_hundred_trios() -> None:
    for seed in range(200):
        calls = Trio(1_000 + seed, per_chromosome=500, exome=seed % 2 == 1).calls((0.001, 0.005)[seed // 100])
        assert found(calls) == (), seed


def test_what_is_needed() -> None:
    calls = Trio(7).isodisomy("15", "mother").calls()
    assert find_uniparental(only(calls, "kid", "dad"), FAMILY, "kid") == ()
    assert find_uniparental(calls, FAMILY, "dad") == ()
    assert find_uniparental(calls, FAMILY, "stranger") == ()
    usable = autosomal_calls(calls, simple_rows(calls))
    assert find_uniparental(calls, FAMILY, "kid", usable) == found(calls)
    assert not found(replace(calls, passed=np.zeros(len(calls), np.bool_)))


def test_absent_calls_are_not_reference() -> None:
    calls = Trio(7).isodisomy("15", "mother").calls()
    single = replace(calls, state=np.where(calls.state == 0, -1, calls.state).astype(np.int8))
    assert found(single) == ()


def test_other_chromosomes_must_bear_out_the_parents() -> None:
    calls = Trio(7).isodisomy("15", "mother").calls()
    rows = np.flatnonzero(calls.contig == calls.contigs.index("15"))
    alone = calls_of(calls.members, ["15"] * len(rows), calls.pos[rows], calls.state[rows])
    assert found(alone) == ()


def test_checks_in_plain_words() -> None:
    (check,) = as_checks(found(Trio(7).isodisomy("15", "mother").calls()))
    assert (check.check, check.status, check.members) == (
        "uniparental_disomy",
        "warning",
        ("kid", "dad", "mum"),
    )
    assert check.message.startswith(
        "kid has two copies of one of mum's chromosomes and none of the other parent's, at chromosome 15: isodisomy."
    )
    assert "contradict dad" in check.message
    assert as_checks(()) == ()


def test_speed() -> None:
    trio = Trio(5, per_chromosome=12_000).isodisomy("15", "mother")
    calls = trio.calls()
    usable = autosomal_calls(calls, simple_rows(calls))
    find_uniparental(calls, FAMILY, "kid", usable)
    started = time.process_time()
    find_uniparental(calls, FAMILY, "kid", usable)
    assert time.process_time() - started < 0.15
