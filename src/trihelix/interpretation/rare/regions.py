"""Which rules hold where: autosomes with the pseudoautosomal regions, X, Y, the mitochondrial genome."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trihelix.interpretation.rare.rules import AUTOSOME, MT, X, Y
from trihelix.model.assembly import known_assembly
from trihelix.variants.family_calls import FamilyCalls

ON_AUTOSOME, ON_X, ELSEWHERE, ON_Y, ON_MT = range(5)
NAMES = np.array([AUTOSOME, X, "elsewhere", Y, MT])
_OF_CONTIG = {"X": ON_X, "Y": ON_Y, "MT": ON_MT}


def regions(calls: FamilyCalls, assembly: str | None) -> NDArray[np.int8]:
    """Per row of the calls a number into NAMES; ELSEWHERE are contigs that are no chromosome of the assembly."""
    known = known_assembly(assembly)
    of_contig = np.zeros(len(calls.contigs), np.int8)
    for number, name in enumerate(calls.contigs):
        placed = known is None or name in known.lengths
        of_contig[number] = _OF_CONTIG.get(name, ON_AUTOSOME) if placed else ELSEWHERE
    kinds = of_contig[calls.contig]
    if known and (of_contig == ON_X).any():
        on_x = np.flatnonzero(kinds == ON_X)
        pos = calls.pos[on_x]
        for start, end in known.par_x:
            kinds[on_x[(pos >= start) & (pos <= end)]] = ON_AUTOSOME
    return kinds
