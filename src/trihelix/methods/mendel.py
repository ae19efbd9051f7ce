"""Mendelian errors: genotypes of a child that its parents' genotypes cannot give (autosomes, diploid calls)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

# Copies of the allele that a parent with 0, 1 or 2 copies can hand on.
_GAMETES = (frozenset({0}), frozenset({0, 1}), frozenset({1}))


@dataclass(frozen=True)
class MendelCounts:
    """A trio's sites and Mendelian errors by kind.

    `sites`: all three called, at least one carries the allele. Kinds, of which each error has exactly one:
    `new_allele`: child heterozygous, neither parent carries the allele (a de novo variant, or an error);
    `lost_allele`: child heterozygous, both parents homozygous for the allele;
    `against_father`: child homozygous, father the opposite homozygote, mother fits; `against_mother` likewise;
    `against_both`: child homozygous, both parents the opposite homozygote.
    """

    sites: int
    new_allele: int
    lost_allele: int
    against_father: int
    against_mother: int
    against_both: int

    @property
    def errors(self) -> int:
        """All Mendelian errors."""
        return (
            self.new_allele + self.lost_allele + self.against_father + self.against_mother + self.against_both
        )

    @property
    def rate(self) -> float | None:
        """Errors per site; None without sites."""
        return self.errors / self.sites if self.sites else None


@numba.njit(cache=True, nogil=True)
def _count_trio(states, group, child, father, mother, table):  # type: ignore[no-untyped-def]
    for row in range(states.shape[0]):
        c, f, m = states[row, child], states[row, father], states[row, mother]
        if c >= 0 and f >= 0 and m >= 0:
            table[group[row], 9 * c + 3 * f + m] += 1


def trio_table(
    states: NDArray[np.int8], group: NDArray[Any], groups: int, child: int, father: int, mother: int
) -> NDArray[np.int64]:
    """Genotype table of a trio: (group, copies of the child, of the father, of the mother), called sites only.

    `states` is (site, person) with 0, 1, 2 or -1 not called; `child`, `father`, `mother` are its columns.
    """
    table = np.zeros((groups, 27), np.int64)
    _count_trio(states, group, child, father, mother, table)
    return table.reshape(groups, 3, 3, 3)


def is_consistent(child: int, father: int, mother: int) -> bool:
    """Whether parents with these copies of an allele can have a child with that many."""
    return any(f + m == child for f in _GAMETES[father] for m in _GAMETES[mother])


def count_errors(table: NDArray[np.int64]) -> MendelCounts:
    """Sites and errors by kind from a 3 x 3 x 3 table (child, father, mother)."""
    t = table.astype(int)
    return MendelCounts(
        sites=int(t.sum() - t[0, 0, 0]),
        new_allele=int(t[1, 0, 0]),
        lost_allele=int(t[1, 2, 2]),
        against_father=int(t[2, 0, 1:].sum() + t[0, 2, :2].sum()),
        against_mother=int(t[2, 1:, 0].sum() + t[0, :2, 2].sum()),
        against_both=int(t[2, 0, 0] + t[0, 2, 2]),
    )
