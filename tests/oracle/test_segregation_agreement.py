"""The set-oriented segregation rules and the plain-Python oracle agree on generated families and variants."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
import pytest

from segregation_oracle import FILTERS, Case, compound_het, random_case, single_variant_filters
from trihelix.interpretation.rare import segregation
from trihelix.model.family import Affection, Family, Member, Sex

CASES = 100_000
PENETRANCES = ("complete", "incomplete")
PAIR_FILTERS = {"CompoundHeterozygous", "XLinkedCompoundHeterozygous"}
# These want to know what the parents have, so that a parent who is not called does exclude.
NEED_CALLED_PARENTS = [
    "deNovo",
    "UniparentalIsodisomy",
    "InheritedAutosomalDominantPaternallyImprinted",
    "InheritedAutosomalDominantMaternallyImprinted",
]
STATES = {"0/0": 0, "0": 0, "0/1": 1, "1/1": 2, "1": 2, "./.": -1, ".": -1}
GENOTYPES = ("ref", "het", "hom")
CARRIED = {
    "family": pl.UInt32, "gene": pl.UInt32, "variant": pl.UInt32, "region": pl.String, "record": pl.UInt32,
    "other_alt": pl.Boolean, "phase_set": pl.Int64, "haplotype": pl.UInt8, "isodisomy": pl.Boolean,
    **dict.fromkeys(GENOTYPES, pl.UInt64),
}  # fmt: skip

Single = tuple[int, int, str, bool]  # family, variant, filter, unsupported
Pair = tuple[int, str, bool, bool]  # family, filter, phase_unproven, phase_contradiction
Phase = tuple[int | None, int | None]  # phase set and haplotype


@dataclass
class Batch:
    """Many families of two variants each, as the rules see them and as the oracle judges them."""

    cases: list[Case] = field(default_factory=list)
    masks: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    columns: list[list[int]] = field(default_factory=list)  # a row's states, by sequenced member
    single: dict[str, set[Single]] = field(default_factory=lambda: defaultdict(set))
    pairs: dict[str, set[Pair]] = field(default_factory=lambda: defaultdict(set))

    def add(self, case: Case, rng: random.Random) -> None:
        number, members = len(self.cases), sequenced(case, rng)
        case = case._replace(n_x={m: case.n_x[m] for m in members})
        self.cases.append(case)
        self.masks.append(segregation.family_masks(number, case.family, members, case.proband, case.n_x))
        phases = read_phases(case, rng)
        for variant, genotypes in enumerate((case.a, case.b)):
            phase_set, haplotype = phases[variant]
            self.columns.append([STATES[genotypes[m]] for m in members])
            self.rows.append(
                {
                    "family": number, "gene": 0, "variant": variant, "record": variant,
                    "region": "autosome" if case.region == "PAR" else case.region,
                    "other_alt": genotypes[case.proband] == "0/1" and rng.random() < 0.1,
                    "phase_set": phase_set, "haplotype": haplotype, "isodisomy": case.isodisomy,
                }
            )  # fmt: skip
        for penetrance in PENETRANCES:
            self.judge(number, case, penetrance)

    def judge(self, number: int, case: Case, penetrance: str) -> None:
        """What the oracle says."""
        family, proband, n_x, region, a, b, reads, isodisomy = case
        for variant, genotypes in enumerate((a, b)):
            passed = single_variant_filters(
                family, proband, n_x, region, genotypes, isodisomy=isodisomy, penetrance=penetrance
            )
            for name, flags in passed.items():
                self.single[penetrance].add((number, variant, name, "possible_deletion_in_trans" in flags))
        passes, name, flags = compound_het(
            family, proband, n_x, region, a, b, reads=reads, penetrance=penetrance
        )
        if passes:
            found = (number, name, "phase_unproven" in flags, "phase_contradiction" in flags)
            self.pairs[penetrance].add(found)

    def fill_genotypes(self) -> None:
        """Turn states into masks, all rows at once that have the same members with one X."""
        alike: dict[tuple[int, int], list[int]] = defaultdict(list)
        for i, states in enumerate(self.columns):
            alike[len(states), self.masks[self.rows[i]["family"]]["one_x"]].append(i)
        for (_, one_x), chosen in alike.items():
            state = np.array([self.columns[i] for i in chosen], np.int8)
            regions = np.array([self.rows[i]["region"] for i in chosen])
            bits = segregation.genotype_masks(state, regions, one_x)
            for name in GENOTYPES:
                for i, mask in zip(chosen, bits[name].tolist(), strict=True):
                    self.rows[i][name] = mask

    def carried(self) -> pl.DataFrame:
        return pl.DataFrame(self.rows, schema=CARRIED)

    def families(self) -> pl.DataFrame:
        return segregation.families_table(self.masks)

    def told(self, family: int) -> str:
        """A case in words, for whoever has to find out who is right."""
        case = self.cases[family]
        lines = [
            f"{m.id} {m.sex} {m.affection} father={m.father} mother={m.mother} n_x={case.n_x.get(m.id)} "
            f"a={case.a[m.id]} b={case.b[m.id]}"
            for m in case.family.members
        ]
        head = f"family {family}: {case.region} {case.proband=} {case.reads=} {case.isodisomy=}"
        return "\n  ".join([head, *lines])


def sequenced(case: Case, rng: random.Random) -> list[str]:
    """The members with a sample, in any order; now and then somebody without calls has none."""
    members = [m.id for m in case.family.members]
    rng.shuffle(members)
    if rng.random() < 0.5:
        return members
    return [m for m in members if m == case.proband or STATES[case.a[m]] >= 0 or STATES[case.b[m]] >= 0]


def read_phases(case: Case, rng: random.Random) -> tuple[Phase, Phase]:
    """Phase sets and haplotypes that say what the proband's reads say; a call that is not het has none."""
    haplotype = rng.randrange(2)
    if case.reads is not None:
        return (7, haplotype), (7, haplotype if case.reads == "cis" else 1 - haplotype)

    def alone(phase_set: int, call: str) -> Phase:
        return (phase_set, rng.randrange(2)) if call == "0/1" and rng.random() < 0.4 else (None, None)

    return alone(7, case.a[case.proband]), alone(8, case.b[case.proband])


@pytest.fixture(scope="module")
def batch() -> Batch:
    rng = random.Random(20151)
    made = Batch()
    for _ in range(CASES):
        made.add(random_case(rng), rng)
    made.fill_genotypes()
    return made


def single_variants(carried: pl.DataFrame, families: pl.DataFrame, penetrance: str) -> set[Single]:
    found = segregation.single_variant_filters(carried, families, penetrance=penetrance)
    return set(found.select("family", "variant", "filter", "unsupported").iter_rows())


def pairs(carried: pl.DataFrame, families: pl.DataFrame, penetrance: str) -> set[Pair]:
    found = segregation.compound_heterozygous(carried, families, penetrance=penetrance)
    columns = ("family", "filter", "phase_unproven", "phase_contradiction")
    assert {tuple(sorted(p)) for p in found.select("variant_1", "variant_2").iter_rows()} == {(0, 1)}
    assert found.select("family").is_unique().all()
    return set(found.select(columns).iter_rows())


def check_agreement(batch: Batch, found: set[Any], expected: set[Any]) -> None:
    """Raise with the counts of what only one side says, and the smallest families of each."""
    report = []
    for who, extra in (("rules", found - expected), ("oracle", expected - found)):
        smallest = sorted(extra, key=lambda e: (len(batch.cases[e[0]].family.members), e))[:3]
        report += [f"only the {who}: {Counter(e[-3:] if len(e) == 3 else e[1:] for e in extra)}"] * bool(
            extra
        )
        report += [f"{e}\n{batch.told(e[0])}" for e in smallest]
    if report:
        pytest.fail("\n".join(report), pytrace=False)


@pytest.mark.parametrize("penetrance", PENETRANCES)
def test_single_variant_filters_agree(batch: Batch, penetrance: str) -> None:
    found, expected = (
        single_variants(batch.carried(), batch.families(), penetrance),
        batch.single[penetrance],
    )
    check_agreement(batch, found, expected)
    for side in (found, expected):
        seen = Counter(name for _, _, name, _ in side)
        assert set(seen) == set(FILTERS)
        assert min(seen.values()) >= 50
    assert Counter(unsupported for *_, unsupported in found)[True] >= 50


@pytest.mark.parametrize("penetrance", PENETRANCES)
def test_pairs_agree(batch: Batch, penetrance: str) -> None:
    found, expected = pairs(batch.carried(), batch.families(), penetrance), batch.pairs[penetrance]
    check_agreement(batch, found, expected)
    for side in (found, expected):
        seen = Counter(name for _, name, *_ in side)
        assert set(seen) == PAIR_FILTERS
        assert min(seen.values()) >= 50
    flags = Counter(flags for _, _, *flags_ in found for flags in [tuple(flags_)])
    assert set(flags) == {(False, False), (True, False), (False, True)}
    assert min(flags.values()) >= 50


def test_every_region_kind_and_family_size_is_there(batch: Batch) -> None:
    assert set(Counter(case.region for case in batch.cases)) == {"autosome", "PAR", "X", "Y", "MT"}
    assert set(Counter(len(case.family.members) for case in batch.cases)) == set(range(1, 11))
    assert {case.reads for case in batch.cases} == {None, "cis", "trans"}


@pytest.mark.parametrize("penetrance", PENETRANCES)
def test_a_missing_call_of_an_unaffected_member_never_excludes(batch: Batch, penetrance: str) -> None:
    """Take one unaffected member's calls away: whatever passed still passes.

    But for the filters that need called parents, and the pairs that only the parents saved from their reads.
    """
    rng = random.Random(3)
    someone = [lone_bit(rng, masks["unaffected"]) for masks in batch.masks]
    kept = ~np.array(someone, np.uint64).repeat(2)
    carried, families = batch.carried(), batch.families()
    without = carried.with_columns(
        pl.Series(g, carried[g].to_numpy() & kept, dtype=pl.UInt64) for g in GENOTYPES
    )
    assert (carried["ref"] != without["ref"]).sum() > CASES / 10
    before = single_variants(carried, families, penetrance)
    lost = before - single_variants(without, families, penetrance)
    assert {e for e in lost if e[2] not in NEED_CALLED_PARENTS} == set()
    saved = {family for family, _, _, contradiction in pairs(carried, families, penetrance) if contradiction}
    passed = {family for family, *_ in pairs(carried, families, penetrance)} - saved
    assert passed - {family for family, *_ in pairs(without, families, penetrance)} == set()


def lone_bit(rng: random.Random, mask: int) -> int:
    """One of the bits of a mask, or 0 where it has none."""
    return rng.choice([1 << i for i in range(mask.bit_length()) if mask >> i & 1] or [0])


def test_whatever_passes_under_complete_penetrance_passes_under_incomplete(batch: Batch) -> None:
    carried, families = batch.carried(), batch.families()
    for tried in (single_variants, pairs):
        complete, incomplete = (tried(carried, families, penetrance) for penetrance in PENETRANCES)
        assert complete < incomplete
    assert batch.single["complete"] < batch.single["incomplete"]
    assert batch.pairs["complete"] < batch.pairs["incomplete"]


KID = Member("kid", Sex.FEMALE, Affection.AFFECTED, "dad", "mum")
PARENTS = (
    Member("dad", Sex.MALE, Affection.UNAFFECTED),
    Member("mum", Sex.FEMALE, Affection.UNAFFECTED),
)


@pytest.mark.parametrize(
    ("dad", "mum", "expected"),
    [
        ((-1, -1), (-1, -1), [(False, False)]),  # on two chromosomes by definition
        ((1, 0), (0, 1), [(False, False)]),
        ((1, 1), (0, 0), []),  # never both from one parent
        ((0, 0), (0, 1), [(False, False)]),
    ],
)
def test_two_alleles_of_one_record_are_in_trans(
    dad: tuple[int, int], mum: tuple[int, int], expected: list[tuple[bool, bool]]
) -> None:
    """The proband's call is 1/2: no phase set is needed to know that the two are not on one chromosome."""
    family, order = Family("F", (KID, *PARENTS)), ["kid", "dad", "mum"]
    masks = segregation.family_masks(0, family, order, "kid", {"kid": 2, "dad": 1, "mum": 2})
    state = np.array([[1, dad[0], mum[0]], [1, dad[1], mum[1]]], np.int8)
    bits = segregation.genotype_masks(state, np.array(["autosome"] * 2), masks["one_x"])
    carried = pl.DataFrame(
        {
            "family": [0, 0], "gene": [0, 0], "variant": [0, 1], "region": ["autosome"] * 2, "record": [4, 4],
            "other_alt": [True, True], "phase_set": [None, None], "haplotype": [None, None],
            "isodisomy": [False, False], **{name: bits[name] for name in GENOTYPES},
        },
        schema=CARRIED,
    )  # fmt: skip
    found = segregation.compound_heterozygous(carried, segregation.families_table([masks]))
    assert found.select("phase_unproven", "phase_contradiction").rows() == expected
