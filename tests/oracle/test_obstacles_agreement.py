"""What stands in the way of a filter: nothing exactly where the oracle says that the filter passes."""

from __future__ import annotations

import random

import pytest

from segregation_oracle import Case, compound_het, random_case, single_variant_filters
from trihelix.interpretation.rare.obstacles import Site, pair_obstacles, single_obstacles
from trihelix.interpretation.rare.rules import Filter, Penetrance

CASES = 20_000
STATES = {
    "0/0": "ref", "0": "ref", "0/1": "het", "1/1": "hom", "1": "hom", "./.": "missing", ".": "missing",
}  # fmt: skip


def site(case: Case, genotypes: dict[str, str]) -> Site:
    region = "autosome" if case.region == "PAR" else case.region
    states = {member: STATES[genotype] for member, genotype in genotypes.items()}
    return Site(case.family, case.proband, case.n_x, region, states, case.isodisomy)


@pytest.mark.parametrize("penetrance", list(Penetrance))
def test_no_obstacle_means_that_the_filter_passes(penetrance: Penetrance) -> None:
    rng = random.Random(815)
    seen = set()
    for _ in range(CASES):
        case = random_case(rng)
        expected = single_variant_filters(
            case.family, case.proband, case.n_x, case.region, case.a,
            isodisomy=case.isodisomy, penetrance=penetrance.value,
        )  # fmt: skip
        obstacles = single_obstacles(site(case, case.a), penetrance)
        found = {name for name, in_the_way in obstacles.items() if not in_the_way}
        assert found == set(expected), (case, obstacles)
        seen |= found
    assert seen == {f.value for f in Filter if "Compound" not in f.value}


@pytest.mark.parametrize("penetrance", list(Penetrance))
def test_no_obstacle_means_that_the_pair_passes(penetrance: Penetrance) -> None:
    rng = random.Random(816)
    passed = 0
    for _ in range(CASES):
        case = random_case(rng)
        passes, *_ = compound_het(
            case.family, case.proband, case.n_x, case.region, case.a, case.b,
            reads=case.reads, penetrance=penetrance.value,
        )  # fmt: skip
        obstacles = pair_obstacles(site(case, case.a), site(case, case.b), case.reads or "none", penetrance)
        assert passes == (not obstacles), (case, obstacles)
        passed += passes
    assert passed > 300
