"""Every check of a family's data over simulated families: what is right passes, what is wrong is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gene_dropping import AUTOSOMES, Person, calls_of, family_of, only, simulate, with_samples
from trihelix.interpretation.evidence.family_checks import check_family
from trihelix.interpretation.evidence.usable_calls import autosomal_calls, simple_rows
from trihelix.model.family import Sex
from trihelix.model.interpretation import Check
from trihelix.variants.family_calls import FamilyCalls
from trihelix.variants.records import HALF_CALL, HAPLOID, OTHER_ALT

M, F, U = Sex.MALE, Sex.FEMALE, Sex.UNKNOWN
TRIO = (Person("dad", M), Person("mum", F), Person("boy", M, "dad", "mum"))
EXTENDED = (
    Person("granddad", M),
    Person("grandmum", F),
    Person("dad", M, "granddad", "grandmum"),
    Person("uncle", M, "granddad", "grandmum"),
    Person("mum", F),
    Person("other", F),
    Person("aunt", F),
    Person("girl", F, "dad", "mum"),
    Person("boy", M, "dad", "mum"),
    Person("half", F, "dad", "other"),
    Person("cousin", M, "uncle", "aunt"),
    Person("stranger", M),
)


@pytest.fixture(scope="module")
def trio() -> FamilyCalls:
    return simulate(TRIO)


@pytest.fixture(scope="module")
def extended() -> FamilyCalls:
    return simulate(EXTENDED, seed=2)


def checks_of(
    calls: FamilyCalls, people: tuple[Person, ...], assembly: str | None = "GRCh38", joint: bool = True
) -> tuple[Check, ...]:
    return check_family(calls, family_of(people), assembly, joint)[0]


def one(checks: tuple[Check, ...], kind: str, *members: str) -> Check:
    found = [c for c in checks if c.check == kind and (not members or set(c.members) == set(members))]
    assert len(found) == 1, [(c.check, c.members) for c in checks]
    return found[0]


def statuses(checks: tuple[Check, ...]) -> set[str]:
    return {c.status for c in checks}


# --- nothing wrong


def test_a_true_trio_passes_everything(trio: FamilyCalls) -> None:
    checks, n_x = check_family(trio, family_of(TRIO), "GRCh38", joint=True)
    assert statuses(checks) == {"ok"}
    assert [c.check for c in checks] == ["sex"] * 3 + ["relatedness"] * 3 + ["mendelian_errors"]
    assert n_x == {"dad": 1, "mum": 2, "boy": 1}
    assert one(checks, "relatedness", "boy", "dad").value == pytest.approx(0.25, abs=0.02)
    assert one(checks, "relatedness", "dad", "mum").inferred == "unrelated"
    assert one(checks, "mendelian_errors").value == 0


def test_a_large_true_family_passes_everything(extended: FamilyCalls) -> None:
    checks = checks_of(extended, EXTENDED)
    assert [c for c in checks if c.status != "ok"] == []
    assert one(checks, "relatedness", "girl", "boy").inferred == "full siblings"
    assert one(checks, "relatedness", "girl", "half").inferred == "second-degree relatives"
    assert one(checks, "relatedness", "girl", "cousin").inferred == "third-degree relatives"
    assert len([c for c in checks if c.check == "mendelian_errors"]) == 6


def test_exome_of_rare_variants_only_passes() -> None:
    calls = simulate(TRIO, rare=True, per_chromosome=20_000, on_x=0)
    checks = checks_of(calls, TRIO)
    assert one(checks, "relatedness", "boy", "dad").status == "ok"
    assert one(checks, "relatedness", "dad", "mum").status == "ok"
    assert one(checks, "mendelian_errors").status == "ok"


# --- relatedness


def test_a_father_who_is_a_stranger(extended: FamilyCalls) -> None:
    calls = only(with_samples(extended, dad="stranger"), "dad", "mum", "boy")
    checks = checks_of(calls, TRIO)
    pair = one(checks, "relatedness", "dad", "boy")
    assert (pair.status, pair.declared, pair.inferred) == ("mismatch", "parent and child", "unrelated")
    assert "not the biological parent" in pair.message
    assert one(checks, "relatedness", "mum", "boy").status == "ok"
    errors = one(checks, "mendelian_errors")
    assert errors.status == "mismatch"
    assert "against dad" in errors.message
    assert not [c for c in checks if c.check == "sample_swap"]


def test_a_father_who_is_the_uncle(extended: FamilyCalls) -> None:
    checks = checks_of(only(with_samples(extended, dad="uncle"), "dad", "mum", "boy"), TRIO)
    pair = one(checks, "relatedness", "dad", "boy")
    assert (pair.status, pair.inferred) == ("mismatch", "second-degree relatives")
    assert one(checks, "mendelian_errors").status == "mismatch"


def test_a_father_who_is_the_brother(extended: FamilyCalls) -> None:
    """First degree like a parent, but with opposite homozygotes."""
    people = (Person("dad", M), Person("mum", F), Person("girl", F, "dad", "mum"))
    checks = checks_of(only(with_samples(extended, dad="boy"), "dad", "mum", "girl"), people)
    pair = one(checks, "relatedness", "dad", "girl")
    assert (pair.status, pair.inferred) == ("mismatch", "full siblings")
    assert pair.value == pytest.approx(0.25, abs=0.03)


def test_a_child_of_neither(extended: FamilyCalls) -> None:
    checks = checks_of(only(with_samples(extended, boy="stranger"), "dad", "mum", "boy"), TRIO)
    assert one(checks, "relatedness", "dad", "boy").status == "mismatch"
    assert one(checks, "relatedness", "mum", "boy").status == "mismatch"
    assert "not a child and its two parents" in one(checks, "mendelian_errors").message


def test_child_and_mother_exchanged(trio: FamilyCalls) -> None:
    checks = checks_of(with_samples(trio, boy="mum", mum="boy"), TRIO)
    assert checks[0].check == "sample_swap"
    assert checks[0].status == "mismatch"
    assert set(checks[0].members) == {"boy", "mum"}
    assert "the sample labelled boy is mum's" in checks[0].message
    assert one(checks, "sex", "boy").status == "mismatch"
    assert one(checks, "relatedness", "dad", "boy").inferred == "unrelated"
    assert one(checks, "relatedness", "dad", "mum").status == "warning"


def test_the_parents_exchanged_is_seen_by_sex_alone(trio: FamilyCalls) -> None:
    checks = checks_of(with_samples(trio, dad="mum", mum="dad"), TRIO)
    assert statuses(tuple(c for c in checks if c.check in ("relatedness", "mendelian_errors"))) == {"ok"}
    assert one(checks, "sex", "dad").status == one(checks, "sex", "mum").status == "mismatch"
    assert set(one(checks, "sample_swap").members) == {"dad", "mum"}


def test_samples_exchanged_in_a_large_family(extended: FamilyCalls) -> None:
    checks = checks_of(with_samples(extended, boy="cousin", cousin="boy"), EXTENDED)
    assert set(one(checks, "sample_swap").members) == {"boy", "cousin"}


def test_the_same_sample_twice(trio: FamilyCalls) -> None:
    checks = checks_of(with_samples(trio, dad="boy"), TRIO)
    pair = one(checks, "relatedness", "dad", "boy")
    assert (pair.status, pair.inferred) == ("mismatch", "same person or monozygotic twins")
    assert "sequenced twice" in pair.message


def test_identical_siblings_are_twins_or_one_sample() -> None:
    people = (*TRIO, Person("bro", M, "dad", "mum"))
    calls = with_samples(simulate(people), bro="boy")
    pair = one(checks_of(calls, people), "relatedness", "boy", "bro")
    assert pair.status == "warning"
    assert "monozygotic twins" in pair.message


@pytest.mark.parametrize("listed", [True, False])
def test_full_siblings_who_are_half_siblings(extended: FamilyCalls, listed: bool) -> None:
    """Parents who are named need not be listed."""
    siblings = (Person("girl", F, "dad", "mum"), Person("half", F, "dad", "mum"))
    people = (Person("dad", M), Person("mum", F), *siblings) if listed else siblings
    pair = one(checks_of(only(extended, "girl", "half"), people), "relatedness")
    assert (pair.status, pair.declared) == ("mismatch", "full siblings")
    assert pair.inferred == "second-degree relatives"


def test_siblings_with_an_unnamed_parent_may_be_full_or_half(extended: FamilyCalls) -> None:
    for sibling in ("boy", "half"):
        people = (Person("dad", M), Person("girl", F, "dad"), Person(sibling, U, "dad"))
        pair = one(checks_of(only(extended, "girl", sibling), people), "relatedness")
        assert (pair.status, pair.declared) == ("ok", "siblings")


def test_founders_whom_the_pedigree_does_not_link(extended: FamilyCalls) -> None:
    people = (Person("girl", F), Person("uncle", M))
    pair = one(checks_of(only(extended, "girl", "uncle"), people), "relatedness")
    assert pair.status == "warning"
    assert "pedigree may be incomplete" in pair.message


def test_parents_who_are_first_cousins() -> None:
    people = (
        *EXTENDED[:4], Person("mum", F), Person("aunt", F), Person("mother", F, "dad", "mum"),
        Person("father", M, "uncle", "aunt"), Person("child", F, "father", "mother"),
    )  # fmt: skip
    calls = only(simulate(people, seed=4, per_chromosome=2_000), "father", "mother", "child")
    undeclared = (
        Person("father", M),
        Person("mother", F),
        Person("child", F, "father", "mother"),
    )
    checks = checks_of(calls, undeclared)
    parents = one(checks, "relatedness", "father", "mother")
    assert (parents.status, parents.inferred) == ("warning", "third-degree relatives")
    assert "consanguinity" in parents.message
    assert {c.status for c in checks if c is not parents} == {"ok"}
    declared = one(checks_of(calls, people), "relatedness", "father", "mother")
    assert (declared.status, declared.declared) == ("ok", "third-degree relatives")


def test_a_child_of_brother_and_sister_is_not_taken_for_a_twin() -> None:
    people = (
        Person("granddad", M), Person("grandmum", F), Person("dad", M, "granddad", "grandmum"),
        Person("mum", F, "granddad", "grandmum"), Person("boy", M, "dad", "mum"),
    )  # fmt: skip
    calls = simulate(people)
    assert statuses(checks_of(calls, people)) == {"ok"}
    checks = checks_of(only(calls, "dad", "mum", "boy"), TRIO)
    parents = one(checks, "relatedness", "dad", "mum")
    assert (parents.status, parents.inferred) == ("warning", "full siblings")
    assert one(checks, "relatedness", "dad", "boy").status == "ok"


def test_part_of_the_genome_is_enough_for_parents_but_not_for_siblings() -> None:
    people = (*TRIO, Person("girl", F, "dad", "mum"))
    calls = simulate(people, chromosomes=("1",), per_chromosome=12_000, on_x=0, on_y=0)
    siblings_alike = with_samples(calls, girl="dad")
    checks = checks_of(calls, people)
    assert one(checks, "relatedness", "boy", "dad").status == "ok"
    assert one(checks, "relatedness", "dad", "mum").status == "ok"
    assert one(checks, "relatedness", "boy", "girl").status == "ok"
    people = (*TRIO, Person("girl", F, "dad", "mum"), Person("stranger", M))
    calls = simulate(people, chromosomes=("1",), per_chromosome=12_000, on_x=0, on_y=0)
    far = one(checks_of(with_samples(calls, girl="stranger"), people), "relatedness", "boy", "girl")
    assert far.status == "not_assessed"
    assert "part of the genome" in far.message
    assert one(checks_of(siblings_alike, people[:4]), "relatedness", "dad", "girl").status == "mismatch"


def test_siblings_who_share_most_of_a_small_region_are_not_one_person() -> None:
    people = (*TRIO, Person("girl", F, "dad", "mum"))
    calls = simulate(people, chromosomes=("1",), per_chromosome=12_000, on_x=0, on_y=0)
    state = calls.state.copy()
    shared = slice(0, int(0.7 * len(calls)))
    state[shared, 3] = state[shared, 2]
    pair = one(checks_of(replace(calls, state=state), people), "relatedness", "boy", "girl")
    assert (pair.value or 0) > 0.354
    assert (pair.status, pair.inferred) == ("ok", "full siblings")


def test_few_sites_are_said_to_be_few() -> None:
    calls = simulate(TRIO, per_chromosome=15, on_x=10, on_y=0)
    checks = checks_of(calls, TRIO)
    assert statuses(tuple(c for c in checks if c.check != "mendelian_errors")) == {"not_assessed"}
    assert "200" in one(checks, "relatedness", "dad", "mum").message


def test_files_of_one_person_each_cannot_be_compared(trio: FamilyCalls) -> None:
    """Who does not carry an allele has no record of it."""
    apart = replace(trio, state=np.where(trio.state == 0, -1, trio.state).astype(np.int8))
    checks = checks_of(apart, TRIO, joint=False)
    for check in checks:
        if check.check != "sex":
            assert check.status == "not_assessed"
            assert check.value is None
    assert "gVCF" in one(checks, "relatedness", "dad", "boy").message
    assert statuses(tuple(c for c in checks if c.check == "sex")) == {"ok"}
    twice = one(checks_of(with_samples(apart, dad="boy"), TRIO, joint=False), "relatedness", "dad", "boy")
    assert (twice.status, twice.inferred) == ("mismatch", "same person or monozygotic twins")


def test_some_calls_missing_do_no_harm(trio: FamilyCalls) -> None:
    random = np.random.default_rng(0)
    state = np.where(random.random(trio.state.shape) < 0.1, -1, trio.state).astype(np.int8)
    assert statuses(checks_of(replace(trio, state=state), TRIO)) == {"ok"}


def test_members_outside_the_pedigree_are_not_checked(trio: FamilyCalls) -> None:
    people = (TRIO[0], Person("boy", M, "dad"))
    checks, n_x = check_family(trio, family_of(people), "GRCh38", joint=True)
    assert not [c for c in checks if "mum" in c.members]
    assert n_x == {"dad": 1, "boy": 1, "mum": 2}


def test_members_without_a_sample_count_by_their_declared_sex(trio: FamilyCalls) -> None:
    people = (*TRIO, Person("son", M, "dad", "mum"), Person("baby", U, "dad", "mum"))
    checks, n_x = check_family(trio, family_of(people), "GRCh38", joint=True)
    assert (n_x["son"], n_x["baby"]) == (1, 2)
    assert not [c for c in checks if {"son", "baby"} & set(c.members)]


# --- Mendelian errors


def test_a_child_and_one_parent(extended: FamilyCalls) -> None:
    people = (Person("mum", F), Person("boy", M, None, "mum"))
    right = one(checks_of(only(extended, "mum", "boy"), people), "mendelian_errors")
    assert (right.status, right.members, right.value) == ("ok", ("boy", "mum"), 0)
    calls = only(with_samples(extended, mum="aunt"), "mum", "boy")
    wrong = one(checks_of(calls, people), "mendelian_errors")
    assert wrong.status == "mismatch"
    assert wrong.value == pytest.approx(1 / 3, abs=0.05)


def test_poor_calls_give_a_warning(trio: FamilyCalls) -> None:
    random = np.random.default_rng(0)
    wrong = random.random(len(trio)) < 0.04
    state = trio.state.copy()
    state[wrong, 2] = random.integers(0, 3, int(wrong.sum()))
    errors = one(checks_of(replace(trio, state=state), TRIO), "mendelian_errors")
    assert errors.status == "warning"
    assert "low quality" in errors.message


def test_a_chromosome_twice_from_one_parent(trio: FamilyCalls) -> None:
    """Isodisomy: on chromosome 15 the child has two copies of one of the mother's chromosomes."""
    on_15 = np.flatnonzero(trio.contig == trio.contigs.index("15"))
    random = np.random.default_rng(0)
    state = trio.state.copy()
    mothers = state[on_15, 1]
    state[on_15, 2] = np.where(mothers == 1, 2 * random.integers(0, 2, len(on_15)), mothers)
    checks = checks_of(replace(trio, state=state), TRIO)
    for check in (one(checks, "mendelian_errors"), one(checks, "relatedness", "dad", "boy")):
        assert check.status == "warning"
        assert "chromosome 15" in check.message
        assert "uniparental disomy" in check.message
    assert one(checks, "relatedness", "mum", "boy").status == "ok"


# --- sex


def alone(sex: Sex, calls: FamilyCalls, member: str) -> tuple[Check, int]:
    checks, n_x = check_family(only(calls, member), family_of([Person(member, sex)]), "GRCh38", joint=True)
    return one(checks, "sex"), n_x[member]


@pytest.mark.parametrize(
    ("declared", "member", "status", "inferred", "number"),
    [(M, "dad", "ok", "male", 1), (F, "dad", "mismatch", "male", 1), (U, "dad", "ok", "male", 1),
     (F, "mum", "ok", "female", 2), (M, "mum", "mismatch", "female", 2), (U, "mum", "ok", "female", 2)],
)  # fmt: skip
def test_declared_sex_against_the_data(
    trio: FamilyCalls, declared: Sex, member: str, status: str, inferred: str, number: int
) -> None:
    check, n_x = alone(declared, trio, member)
    assert (check.status, check.declared, check.inferred, n_x) == (status, declared, inferred, number)


def rows_on(calls: FamilyCalls, contig: str) -> np.ndarray:
    return np.flatnonzero(calls.contig == calls.contigs.index(contig))


def test_two_x_and_a_y(trio: FamilyCalls) -> None:
    state, depth = trio.state.copy(), trio.depth.copy()
    x = rows_on(trio, "X")
    state[x, 2], depth[x, 2] = state[x, 1], 30
    checks, n_x = check_family(replace(trio, state=state, depth=depth), family_of(TRIO), "GRCh38", True)
    sex = one(checks, "sex", "boy")
    assert (sex.status, sex.inferred) == ("warning", "two X and a Y")
    assert "Klinefelter" in sex.message
    assert n_x["boy"] == 2


def test_one_x_and_no_y(trio: FamilyCalls) -> None:
    people = (TRIO[0], TRIO[1], Person("boy", F, "dad", "mum"))
    state = trio.state.copy()
    state[rows_on(trio, "Y"), 2] = -1
    checks, n_x = check_family(replace(trio, state=state), family_of(people), "GRCh38", True)
    sex = one(checks, "sex", "boy")
    assert (sex.status, sex.inferred) == ("warning", "one X, no Y")
    assert "Turner" in sex.message
    assert n_x["boy"] == 1


def test_homozygous_x_with_the_depth_of_two_is_not_called_one_x(trio: FamilyCalls) -> None:
    depth = trio.depth.copy()
    depth[:, 2] = 30
    check, n_x = alone(F, replace(trio, depth=depth), "boy")
    assert (check.status, check.inferred, n_x) == ("warning", None, 2)
    assert "homozygous stretch" in check.message


def test_haploid_calls_count_as_one_x_and_are_said(trio: FamilyCalls) -> None:
    flags, state = trio.flags.copy(), trio.state.copy()
    x = rows_on(trio, "X")
    flags[x, 2] = HAPLOID
    state[x, 2] = np.where(state[x, 2] == 1, 2, state[x, 2])
    check, n_x = alone(M, replace(trio, state=state, flags=flags), "boy")
    assert (check.status, check.value, n_x) == ("ok", 0, 1)
    assert "called as haploid" in check.message


def test_x_sites_in_between_are_not_judged(trio: FamilyCalls) -> None:
    state = trio.state.copy()
    x = rows_on(trio, "X")
    carried = x[state[x, 1] > 0]
    state[carried, 1] = np.where(np.arange(len(carried)) % 100 < 27, 1, 2)
    check, n_x = alone(F, replace(trio, state=state), "mum")
    assert (check.inferred, n_x) == (None, 2)
    assert check.status == "warning" if (check.sites or 0) >= 100 else "not_assessed"
    assert "between" in check.message


def test_pseudoautosomal_sites_say_nothing(trio: FamilyCalls) -> None:
    """A man is heterozygous there like anyone."""
    par = 40
    state = np.full((par, 1), 1, np.int8)
    x = only(trio, "dad")
    rows = rows_on(x, "X")
    joined = calls_of(
        ("dad",), ["X"] * (par + len(rows)), [*range(100_000, 2_700_000, 65_000), *x.pos[rows]],
        np.concatenate((state, x.state[rows])),
    )  # fmt: skip
    for assembly in ("GRCh38", None):
        check = one(checks_of(joined, (TRIO[0],), assembly), "sex")
        assert (check.status, check.inferred) == ("ok", "male")
    assert one(checks_of(joined, (TRIO[0],), "made up"), "sex").sites == (check.sites or 0) + par


def test_false_heterozygous_calls_in_clusters_count_once(trio: FamilyCalls) -> None:
    """Reads of a paralogous gene make many close calls on a man's X."""
    x = only(trio, "dad")
    rows = rows_on(x, "X")
    cluster = 60
    joined = calls_of(
        ("dad",), ["X"] * (cluster + len(rows)), [*range(3_000_000, 3_000_000 + 10 * cluster, 10), *x.pos[rows]],
        np.concatenate((np.full((cluster, 1), 1, np.int8), x.state[rows])),
    )  # fmt: skip
    check = one(checks_of(joined, (TRIO[0],)), "sex")
    assert (check.status, check.inferred) == ("ok", "male")


# --- which calls are counted


def test_only_good_simple_calls_are_counted() -> None:
    n = 12
    calls = calls_of(("a",), ["1"] * n, np.arange(n) * 100 + 1, np.full((n, 1), 1, np.int8))
    calls.passed[0] = False
    calls.record[2] = calls.record[1]  # a multi-allelic record
    calls.alleles.pos[4] = calls.alleles.pos[3]  # two alleles at one position
    calls.alleles.alt_len[5] = 2
    calls.quality[6], calls.quality[7] = 19, -1
    calls.depth[8], calls.depth[9] = 7, -1
    calls.flags[10] = HALF_CALL
    calls.flags[11] = OTHER_ALT
    usable = autosomal_calls(calls, simple_rows(calls))
    assert usable.rows.tolist() == [6, 7, 8, 9, 10, 11]
    assert usable.states[:, 0].tolist() == [-2, 1, -2, 1, -2, -2]


def test_records_of_several_files_are_not_confused() -> None:
    calls = calls_of(("a",), ["1"] * 4, [1, 2, 3, 4], np.full((4, 1), 1, np.int8))
    calls.file[:] = [0, 0, 1, 1]
    calls.record[:] = [0, 1, 0, 0]
    assert simple_rows(calls).tolist() == [0, 1]


def test_only_autosomes_are_counted() -> None:
    contigs = ["1", "22", "X", "Y", "MT", "GL000192.1"]
    calls = calls_of(("a",), contigs, [5] * 6, np.full((6, 1), 1, np.int8))
    usable = autosomal_calls(calls, simple_rows(calls))
    assert usable.contigs == ("1", "22")
    assert usable.group.tolist() == [0, 1]
    assert set(usable.contigs) <= set(AUTOSOMES)


def test_no_calls_at_all() -> None:
    calls = calls_of(("dad", "mum", "boy"), [], [], np.empty((0, 3), np.int8))
    checks, n_x = check_family(calls, family_of(TRIO), "GRCh38", joint=True)
    assert statuses(checks) == {"not_assessed"}
    assert n_x == {"dad": 1, "mum": 2, "boy": 1}
