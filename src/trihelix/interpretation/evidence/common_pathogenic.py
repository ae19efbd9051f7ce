"""Pathogenic alleles that are common somewhere: they pass the recessive frequency filter at any frequency."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trihelix.interpretation.evidence.common_alleles import COMMON_PATHOGENIC
from trihelix.model.assembly import assembly_name
from trihelix.reference.allele_keys import allele_keys, alleles_from_text
from trihelix.variants.family_calls import FamilyCalls


class _Lookup(NamedTuple):
    """The list for one assembly, by sorted positions."""

    positions: NDArray[np.int32]
    known: frozenset[tuple[str, int]]


@cache
def _lookup(assembly: str) -> _Lookup:
    placed = [(one, pos) for one in COMMON_PATHOGENIC if (pos := one.position(assembly)) is not None]
    alleles = alleles_from_text(
        [pos for _, pos in placed], [one.ref for one, _ in placed], [one.alt for one, _ in placed]
    )
    keys = allele_keys(alleles).tolist()
    known = frozenset((one.contig, key) for (one, _), key in zip(placed, keys, strict=True))
    return _Lookup(np.unique(alleles.pos), known)


def is_common_pathogenic(
    assembly: str | None, calls: FamilyCalls, rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which of the rows of the calls are alleles of the list; none where the assembly is not GRCh37 or GRCh38.

    Alleles are matched in normalised form. Rows at none of the list's positions cost a search of a short array.
    """
    found = np.zeros(len(rows), np.bool_)
    lookup = _lookup(assembly_name(assembly) or "")
    if not len(lookup.positions) or not len(rows):
        return found
    pos = calls.pos[rows]
    at = np.minimum(np.searchsorted(lookup.positions, pos), len(lookup.positions) - 1)
    near = np.flatnonzero(lookup.positions[at] == pos)
    keys = allele_keys(calls.alleles_at(rows[near])).tolist()
    contigs = calls.contig[rows[near]].tolist()
    found[near] = [
        (calls.contigs[contig], key) in lookup.known for contig, key in zip(contigs, keys, strict=True)
    ]
    return found
