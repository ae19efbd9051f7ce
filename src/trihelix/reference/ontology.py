"""The phenotype ontology as arrays: parents, ancestors and depth of every term, made once when a pack is converted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trihelix.model.errors import PackError
from trihelix.reference.phenotype_sources import TermRecord

PHENOTYPIC_ABNORMALITY = "HP:0000118"

IntArray = NDArray[np.int32]
Starts = NDArray[np.int64]


@dataclass(frozen=True)
class Ontology:
    """Terms sorted by their number, T of them; lists per term are flat with `starts` of length T + 1.

    `codes`: the number in the id. `parents`: is_a. `ancestors`: the term itself first, then by growing number
    of is_a `steps`. `order`: terms with every parent before its children. `phenotypic`: under HP:0000118.
    """

    codes: IntArray
    parents_start: Starts
    parents: IntArray
    ancestors_start: Starts
    ancestors: IntArray
    steps: NDArray[np.uint8]
    order: IntArray
    phenotypic: NDArray[np.bool_]

    def ancestors_of(self, term: int) -> IntArray:
        """Indices of the term and all its ancestors, nearest first."""
        return self.ancestors[self.ancestors_start[term] : self.ancestors_start[term + 1]]

    def lookup(self, codes: IntArray) -> IntArray:
        """Term index of each term number; -1 for numbers that are not a term."""
        return sorted_lookup(self.codes, codes)


def term_code(term_id: str) -> int:
    """The number in HP:0001166."""
    return int(term_id[3:])


def sorted_lookup(values: IntArray, wanted: IntArray) -> IntArray:
    """Place of each wanted value in a sorted array; -1 where it is absent."""
    place = np.searchsorted(values, wanted)
    inside = np.minimum(place, max(len(values) - 1, 0))
    found = values[inside] == wanted if len(values) else np.zeros(len(wanted), bool)
    return np.where(found, place, -1).astype(np.int32)


def flatten(lists: Sequence[Sequence[int]]) -> tuple[Starts, IntArray]:
    """Starts (one longer than the lists) and the joined lists."""
    starts = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(one) for one in lists], out=starts[1:])
    return starts, np.array([value for one in lists for value in one], np.int32)


def build_ontology(terms: Sequence[TermRecord], file_name: str) -> Ontology:
    """The arrays of terms that are sorted by id; PackError where is_a runs in a circle."""
    index = {term.id: place for place, term in enumerate(terms)}
    parents = [sorted({index[parent] for parent in term.parents}) for term in terms]
    order = _parents_first(parents, terms, file_name)
    nearest: list[dict[int, int]] = [{} for _ in terms]
    for term in order:
        nearest[term] = _ancestor_steps(term, parents[term], nearest)
    ranked = [sorted(one.items(), key=lambda item: (item[1], item[0])) for one in nearest]
    ancestors_start, ancestors = flatten([[a for a, _ in one] for one in ranked])
    parents_start, flat_parents = flatten(parents)
    root = index.get(PHENOTYPIC_ABNORMALITY, -1)
    return Ontology(
        codes=np.array([term_code(term.id) for term in terms], np.int32),
        parents_start=parents_start,
        parents=flat_parents,
        ancestors_start=ancestors_start,
        ancestors=ancestors,
        steps=np.array([min(k, 255) for one in ranked for _, k in one], np.uint8),
        order=np.array(order, np.int32),
        phenotypic=np.array(
            [root in one and not terms[place].obsolete for place, one in enumerate(nearest)], bool
        ),
    )


def _ancestor_steps(term: int, parents: Sequence[int], nearest: Sequence[dict[int, int]]) -> dict[int, int]:
    """The term and its ancestors with the fewest is_a steps to each."""
    steps = {term: 0}
    for parent in parents:
        for ancestor, far in nearest[parent].items():
            if steps.get(ancestor, far + 2) > far + 1:
                steps[ancestor] = far + 1
    return steps


def _parents_first(
    parents: Sequence[Sequence[int]], terms: Sequence[TermRecord], file_name: str
) -> list[int]:
    """Terms with parents before children (Kahn's algorithm), smallest index first among equals."""
    children: list[list[int]] = [[] for _ in parents]
    waiting = [len(one) for one in parents]
    for child, one in enumerate(parents):
        for parent in one:
            children[parent].append(child)
    order = [term for term, count in enumerate(waiting) if count == 0]
    for term in order:
        for child in children[term]:
            waiting[child] -= 1
            if waiting[child] == 0:
                order.append(child)
    if len(order) < len(parents):
        stuck = next(term for term, count in enumerate(waiting) if count)
        raise PackError(
            "is_a runs in a circle",
            where=f"{file_name}, line {terms[stuck].line}",
            value=terms[stuck].id,
            advice="get the ontology's file again",
        )
    return order
