"""How related people are by their genotypes (KING-robust kinship), and how related a pedigree says they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

# Lower bounds of kinship for the same genome, first, second and third degree: powers of two half-way between
# the expected values on a log scale (Manichaikul et al., Bioinformatics 2010, 26:2867, table 1).
DEGREE_CUTS = (0.354, 0.177, 0.0884, 0.0442)
SAME, FIRST, SECOND, THIRD, UNRELATED = range(5)

# A parent and child never are opposite homozygotes; full siblings are where they share no allele. Of common
# variants with a neutral spectrum full siblings have about 0.067 of `PairCounts.opposite_share`, unrelated
# people 0.33. The cut lies at 30 % of the siblings' value, as IBS0 < 0.005 does for arrays in KING's manual.
PARENT_CHILD_OPPOSITE_SHARE = 0.02
# Rare variants are hardly ever homozygous, so siblings look like parent and child by them.
COMMON_VARIANTS_HOMOZYGOUS_SHARE = 0.15


@dataclass(frozen=True)
class PairCounts:
    """What two people's genotypes at the sites that both have called say about how related they are.

    `sites` where at least one carries the allele; `both_het` where both are heterozygous; `opposite` where
    they are opposite homozygotes (no allele shared, IBS0); `het_first`, `het_second` where each is
    heterozygous; `same` where both carry with the same genotype; `homozygous` calls of two copies of either;
    `both_carry`, `only_one` where both or one of the two carry. `uncalled`: sites outside `sites` where one
    carries the allele and the other has no call at all.
    """

    sites: int
    both_het: int
    opposite: int
    het_first: int
    het_second: int
    same: int
    homozygous: int
    both_carry: int
    only_one: int
    uncalled: int

    @property
    def kinship(self) -> float | None:
        """KING-robust kinship, the form for people of one family; None without heterozygous calls.

        phi = (N_AaAa - 2 N_AA,aa) / (N_Aa(i) + N_Aa(j)) (Manichaikul et al. 2010). The form for people of
        different families divides by twice the smaller of both heterozygote counts; within a family the mean
        is right, and it is not pulled down where one of the two is inbred.
        """
        het = self.het_first + self.het_second
        return (self.both_het - 2 * self.opposite) / het if het else None

    @property
    def standard_error(self) -> float:
        """Of `kinship`, were the sites independent (Poisson counts). Linked sites make it larger."""
        het = self.het_first + self.het_second
        return math.sqrt(self.both_het + 4 * self.opposite) / het if het else math.inf

    @property
    def opposite_share(self) -> float:
        """Opposite homozygotes among the sites that tell relations apart (opposite, or both heterozygous)."""
        telling = self.opposite + self.both_het
        return self.opposite / telling if telling else 0.0

    @property
    def concordance(self) -> float:
        """Share of the sites that at least one carries at which both genotypes are the same."""
        return self.same / self.sites if self.sites else 0.0

    @property
    def is_unbiased(self) -> bool:
        """Whether non-carriers were called as well as carriers.

        In files of one person each, or merged from such, who does not carry is not called: relatives then
        share every site that both have, and neither opposite homozygotes nor kinship mean anything. The
        same sample twice is told even so: hardly any site is uncalled in the other.
        """
        return self.uncalled <= max(self.only_one, 0.1 * self.both_carry)

    @property
    def has_common_variants(self) -> bool:
        """Whether enough calls are homozygous to tell parent and child from full siblings."""
        het = self.het_first + self.het_second
        return self.homozygous > COMMON_VARIANTS_HOMOZYGOUS_SHARE * (self.homozygous + het)


@numba.njit(cache=True, nogil=True)
def _count_pairs(states, group, tables):  # type: ignore[no-untyped-def]
    # States -2 to 2 become 0 to 4, so that each pair is one increment without a branch.
    n, members = states.shape
    for row in range(n):
        g = group[row]
        pair = 0
        for i in range(members):
            first = 5 * (states[row, i] + 2) + 2
            for j in range(i + 1, members):
                tables[pair, g, first + states[row, j]] += 1
                pair += 1


def pair_tables(states: NDArray[np.int8], group: NDArray[Any], groups: int) -> NDArray[np.int64]:
    """Genotype tables of all pairs: (pair, group, state of the first + 2, state of the second + 2).

    `states` is (site, person): copies of the allele 0, 1, 2; -1 not called; -2 called but not to be used.
    `group` is the number of each site's group (such as its chromosome), below `groups`. Pairs in the order
    of `pairs_of`. Raises ValueError for other states.
    """
    if states.size and (states.min() < -2 or states.max() > 2):
        raise ValueError("a state is not one of -2, -1, 0, 1, 2")
    members = states.shape[1]
    pairs = members * (members - 1) // 2
    tables = np.zeros((pairs, groups, 25), np.int64)
    _count_pairs(states, group, tables)
    return tables.reshape(pairs, groups, 5, 5)


def count_pair(table: NDArray[np.int64]) -> PairCounts:
    """The counts of a pair from its 5 x 5 table of states (see `pair_tables`)."""
    t = table[2:, 2:].astype(int)
    return PairCounts(
        sites=int(t.sum() - t[0, 0]),
        both_het=int(t[1, 1]),
        opposite=int(t[0, 2] + t[2, 0]),
        het_first=int(t[1].sum()),
        het_second=int(t[:, 1].sum()),
        same=int(t[1, 1] + t[2, 2]),
        homozygous=int(t[2].sum() + t[:, 2].sum()),
        both_carry=int(t[1:, 1:].sum()),
        only_one=int(t[0, 1:].sum() + t[1:, 0].sum()),
        uncalled=int(table[1, 3:].sum() + table[3:, 1].sum()),
    )


def pairs_of(members: int) -> list[tuple[int, int]]:
    """The pairs in the order of `pair_tables`."""
    return list(combinations(range(members), 2))


def degree(kinship: float) -> int:
    """SAME, FIRST, SECOND, THIRD or UNRELATED by the published cut-offs."""
    return next((d for d, cut in enumerate(DEGREE_CUTS) if kinship >= cut), UNRELATED)


def looks_like_parent_and_child(counts: PairCounts) -> bool:
    """Whether a first-degree pair has as few opposite homozygotes as parent and child have."""
    return counts.opposite_share <= PARENT_CHILD_OPPOSITE_SHARE


def pedigree_kinship(fathers: Sequence[int], mothers: Sequence[int]) -> NDArray[np.float64]:
    """Kinship of all people of a pedigree; person i's parents by number, -1 unknown. Unknown parents are
    unrelated to everyone and to each other.

    Kinship with an earlier person is the mean of both parents' kinship with that person; with oneself
    (1 + kinship of the parents) / 2 (Lange, Mathematical and Statistical Methods for Genetic Analysis, 5.2).
    Loops are allowed between relatives, not between ancestors: ValueError.
    """
    order = _parents_first(fathers, mothers)
    n = len(order)
    phi = np.zeros((n + 1, n + 1))  # the last row and column, all 0, stand for the unknown
    for at, person in enumerate(order):
        father, mother = fathers[person], mothers[person]
        for earlier in order[:at]:
            phi[person, earlier] = phi[earlier, person] = (phi[father, earlier] + phi[mother, earlier]) / 2
        phi[person, person] = (1 + phi[father, mother]) / 2
    return phi[:n, :n]


def _parents_first(fathers: Sequence[int], mothers: Sequence[int]) -> list[int]:
    placed: set[int] = {-1}
    order: list[int] = []
    while len(order) < len(fathers):
        ready = [
            i for i in range(len(fathers)) if i not in placed and {fathers[i], mothers[i]} <= placed
        ]  # fmt: skip
        if not ready:
            raise ValueError("the pedigree has a person who is an ancestor of themself")
        placed.update(ready)
        order.extend(ready)
    return order


def expected_robust_kinship(kinship: float, inbreeding_first: float, inbreeding_second: float) -> float:
    """What the KING-robust estimate is expected to be for a kinship and both inbreeding coefficients.

    With p q the same for both, the mean squared difference of allele counts is
    2pq (2 + F_i + F_j - 4 phi) and the mean heterozygosity 2pq (1 - (F_i + F_j) / 2); the estimate is
    1/2 - difference / (4 heterozygosity), which is phi where nobody is inbred.
    """
    inbreeding = inbreeding_first + inbreeding_second
    heterozygosity = 1 - inbreeding / 2
    if heterozygosity <= 0:
        return 0.5 if kinship >= 1 else 0.0
    return 0.5 - (2 + inbreeding - 4 * kinship) / (4 * heterozygosity)
