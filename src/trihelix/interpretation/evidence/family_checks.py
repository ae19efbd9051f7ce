"""All checks of a family's data: sex, relatedness, Mendelian errors, and whether samples were exchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from trihelix.interpretation.evidence.mendel_check import check_duo, check_trio
from trihelix.interpretation.evidence.relatedness_check import (
    Expected,
    Observed,
    check_relatedness,
    expected_relations,
    judge,
    observe,
)
from trihelix.interpretation.evidence.sex_check import SexEvidence, check_sex, count_x, infer_sexes
from trihelix.interpretation.evidence.usable_calls import CountedCalls, UsableCalls, count_calls
from trihelix.methods.mendel import trio_table
from trihelix.methods.relatedness import PairCounts, count_pair, pair_tables, pairs_of
from trihelix.model.family import Family, Sex
from trihelix.model.interpretation import Check
from trihelix.variants.family_calls import FamilyCalls

_MAX_FOR_ALL_ORDERS = (
    6  # 720 ways to give six samples to six members; of more only exchanges of two are tried
)

Pair = tuple[str, str]


@dataclass(frozen=True)
class _Pairs:
    """What the genotypes of each two members say, and the raw counts behind it."""

    seen: Mapping[Pair, Observed | str]
    counts: Mapping[Pair, PairCounts]

    def of(self, one: str, two: str) -> Observed | str:
        return self.seen[(one, two) if (one, two) in self.seen else (two, one)]

    def counts_of(self, one: str, two: str) -> PairCounts:
        return self.counts[(one, two) if (one, two) in self.counts else (two, one)]


def check_family(
    calls: FamilyCalls,
    family: Family,
    assembly: str | None,
    joint: bool,
    counted: CountedCalls | None = None,
) -> tuple[tuple[Check, ...], dict[str, int]]:
    """Every check of the sequenced members, and each member's number of X chromosomes to interpret with.

    The number comes from the data, where they cannot tell from the declared sex, else it is 2. Counted are
    passed single-nucleotide alleles that are alone in their record and position, in calls with GQ >= 20 and
    DP >= 8 where the file gives them. `assembly` tells the pseudoautosomal regions; `joint` whether the
    members stand in one file; `counted` saves choosing the calls again. Members of the calls whom the pedigree does not have are not checked.
    """
    counted = counted or count_calls(calls)
    sexes = infer_sexes(calls, counted.simple, assembly)
    declared = {m.id: m.sex for m in family.members}
    usable = counted.autosomal
    pairs = _observe_pairs(usable)
    expected = expected_relations(family, calls.members)
    checks = [
        *_check_samples(expected, pairs, sexes, declared),
        *(check_sex(m, declared[m], sexes[m]) for m in calls.members if m in declared),
        *(
            check_relatedness(pair, one, pairs.of(*pair), joint, _are_parents(family, pair))
            for pair, one in expected.items()
        ),
        *_check_inheritance(family, usable, pairs),
    ]
    everyone = dict.fromkeys((*declared, *calls.members))
    numbers = {m: count_x(sexes.get(m), declared.get(m, Sex.UNKNOWN)) for m in everyone}
    return tuple(checks), numbers


def _observe_pairs(usable: UsableCalls) -> _Pairs:
    tables = pair_tables(usable.states, usable.group, len(usable.contigs))
    names = [(usable.members[i], usable.members[j]) for i, j in pairs_of(len(usable.members))]
    return _Pairs(
        {pair: observe(table, usable.contigs) for pair, table in zip(names, tables, strict=True)},
        {pair: count_pair(table.sum(axis=0)) for pair, table in zip(names, tables, strict=True)},
    )


def _are_parents(family: Family, pair: Pair) -> bool:
    return any({m.father, m.mother} == set(pair) for m in family.members)


def _check_inheritance(family: Family, usable: UsableCalls, pairs: _Pairs) -> Iterator[Check]:
    """Mendelian errors of each child with two sequenced parents, opposite homozygotes of each with one."""
    column = {member: i for i, member in enumerate(usable.members)}
    for member in family.members:
        parents = [p for p in (member.father, member.mother) if p in column and p is not None]
        if member.id not in column or not parents:
            continue
        if len(parents) == 1:
            yield check_duo((member.id, parents[0]), pairs.counts_of(member.id, parents[0]))
            continue
        trio = (member.id, parents[0], parents[1])
        tables = trio_table(usable.states, usable.group, len(usable.contigs), *(column[one] for one in trio))
        unbiased = all(pairs.counts_of(member.id, parent).is_unbiased for parent in parents)
        yield check_trio(trio, tables, usable.contigs, unbiased)


def _check_samples(
    expected: Mapping[Pair, Expected],
    pairs: _Pairs,
    sexes: Mapping[str, SexEvidence],
    declared: Mapping[str, Sex],
) -> Iterator[Check]:
    """Where the data contradict the pedigree: whether they fit once samples are given to other members."""
    members = [m for m in sexes if m in declared]

    def contradictions(samples: Sequence[str]) -> tuple[int, int]:
        """(mismatches, warnings) if member i gave sample i."""
        given = dict(zip(members, samples, strict=True))
        found = [
            judge(one, seen)
            for (a, b), one in expected.items()
            if isinstance(seen := pairs.of(given[a], given[b]), Observed)
        ]
        wrong_sex = sum(_sex_differs(declared[m], sexes[given[m]]) for m in members)
        return found.count("mismatch") + wrong_sex, found.count("warning")

    if len(members) < 2 or not contradictions(members)[0]:
        return
    scored = [(contradictions(order), _moved(members, order), order) for order in _orders(members)]
    best = min((score, moved) for score, moved, _ in scored)
    if best[0][0] == 0:
        yield _swap(members, [order for score, moved, order in scored if (score, moved) == best])


def _orders(members: list[str]) -> Iterator[tuple[str, ...]]:
    """Other ways to give the samples to the members."""
    if len(members) <= _MAX_FOR_ALL_ORDERS:
        yield from (order for order in permutations(members) if list(order) != members)
        return
    for one, two in combinations(members, 2):
        exchange = {one: two, two: one}
        yield tuple(exchange.get(m, m) for m in members)


def _moved(members: Sequence[str], order: Sequence[str]) -> int:
    return sum(a != b for a, b in zip(members, order, strict=True))


def _sex_differs(declared: Sex, evidence: SexEvidence) -> bool:
    if declared is Sex.UNKNOWN or evidence.x_count is None:
        return False
    return evidence.x_count != (1 if declared is Sex.MALE else 2)


def _swap(members: Sequence[str], orders: Sequence[Sequence[str]]) -> Check:
    ways = [
        ", ".join(f"the sample labelled {s} is {m}'s" for m, s in zip(members, order, strict=True) if m != s)
        for order in orders[:3]
    ]
    involved = [m for i, m in enumerate(members) if any(order[i] != m for order in orders)]
    return Check(
        "sample_swap",
        tuple(involved),
        "mismatch",
        None,
        None,
        None,
        None,
        f"Samples seem to be exchanged: sex and relatedness fit the pedigree if {'; or if '.join(ways)}.",
    )
