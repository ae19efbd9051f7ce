"""Differences between two frequency packs: populations, and alleles that became too common or rare enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from trihelix.model.difference import Difference, DifferenceKind, Unlisted
from trihelix.reference.differences.alleles import contigs_to_compare
from trihelix.reference.differences.numbers import Column, number_differences
from trihelix.reference.frequencies import Frequencies, open_frequencies
from trihelix.reference.pack import Pack

# (populations, their allele numbers, 0 = not told) -> the highest frequency that passes, by line and population.
FrequencyLines = Callable[[Sequence[str], Sequence[int]], Mapping[str, NDArray[np.float32]]]

_K = DifferenceKind
_NEVER = np.float32(np.inf)


def differences(
    old: Pack, new: Pack, lines: FrequencyLines, factor: float | None
) -> Iterator[Difference | Unlisted]:
    """Populations added, removed or of another size; frequencies that cross a line or change by more than
    `factor` between two values above 0. All other changes are counted.

    An allele that a pack does not hold has frequency 0; a population that a pack does not have excludes nothing.
    """
    packs = [open_frequencies(p.folder, p.manifest.name) for p in (old, new)]
    columns = list(_columns(packs[0], packs[1], lines, factor))
    yield from _populations(packs[0], packs[1])
    # Lines depend on the size of a population: where sizes changed, equal files may differ in what passes.
    moved = any(len(set(pair)) > 1 for column in columns for pair in column.lines.values())
    every = sorted(packs[0].tables.contigs() | packs[1].tables.contigs())
    contigs = every if moved else contigs_to_compare(old, new)
    yield from number_differences((old.folder, new.folder), contigs, columns)


def _populations(old: Frequencies, new: Frequencies) -> Iterator[Difference]:
    was, now = (dict(zip(p.populations, p.allele_numbers, strict=True)) for p in (old, new))
    for name in sorted(was.keys() | now.keys()):
        before = {"allele_number": was[name]} if name in was else None
        after = {"allele_number": now[name]} if name in now else None
        if before == after:
            continue
        kind = _K.ALLELE_NUMBER_CHANGED if before and after else None
        kind = kind or (_K.POPULATION_ADDED if after else _K.POPULATION_REMOVED)
        yield Difference(kind, before, after, item=name, label=name)


def _columns(
    old: Frequencies, new: Frequencies, lines: FrequencyLines, factor: float | None
) -> Iterator[Column]:
    limits = [lines(p.populations, p.allele_numbers) for p in (old, new)]
    for name in sorted(set(old.populations) | set(new.populations)):
        pairs = {
            line: (_limit(old, limits[0], line, name), _limit(new, limits[1], line, name))
            for line in limits[0]
        }
        there = (name in old.populations, name in new.populations)
        yield Column(
            name, *there, pairs, False, 0.0, factor, _K.FREQUENCY_CROSSED, _K.FREQUENCY_CHANGED
        )  # fmt: skip


def _limit(
    pack: Frequencies, limits: Mapping[str, NDArray[np.float32]], line: str, population: str
) -> np.float32:
    if population not in pack.populations:
        return _NEVER
    return np.float32(limits[line][pack.populations.index(population)])
