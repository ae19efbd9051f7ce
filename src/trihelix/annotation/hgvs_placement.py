"""Where HGVS puts a change: trimmed, as far 3' as it can go, and named del, dup, ins, inv, delins or substitution.

Rules: hgvs-nomenclature.org, "General" (3' rule, prioritisation), "Numbering" and "DNA" recommendations. Shifting
runs along the genome, in the direction of the reference sequence. That keeps the exception for exon/exon
junctions (c.3921del and not c.3922del) and the rule that exon/intron borders are no exception (c.1704+1del and
not c.1704del; c.1813del and not c.1813-1del).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from trihelix.annotation.hgvs_transcript import Strand, reverse_complement

_FIRST_LOOK = 32
_FARTHEST_BACK = 10_000  # bases beyond a transcript's end from where a change may still be moved into it


class Kind(StrEnum):
    """What HGVS calls a change."""

    SUBSTITUTION = ">"
    DELETION = "del"
    DUPLICATION = "dup"
    INSERTION = "ins"
    INVERSION = "inv"
    DELINS = "delins"


@dataclass(frozen=True)
class Change:
    """Bases first..last (oriented) become `inserted`; an insertion has last = first - 1, before `first`."""

    first: int
    last: int
    removed: str
    inserted: str


@dataclass(frozen=True)
class Placement:
    """A change where HGVS puts it. `named` is the range that its name gives: for a duplication the copied bases,
    for an insertion the two flanking ones."""

    kind: Kind
    change: Change
    named: tuple[int, int]


def oriented_change(pos: int, ref: str, alt: str, direction: int) -> Change:
    """The trimmed change of a VCF allele on one strand. `pos` is 1-based; both alleles are upper case."""
    if direction < 0:
        pos, ref, alt = -(pos + len(ref) - 1), reverse_complement(ref), reverse_complement(alt)
    shorter = min(len(ref), len(alt))
    start = 0
    while start < shorter and ref[start] == alt[start]:
        start += 1
    end = 0
    while end < shorter - start and ref[-1 - end] == alt[-1 - end]:
        end += 1
    removed = ref[start : len(ref) - end]
    return Change(pos + start, pos + start + len(removed) - 1, removed, alt[start : len(alt) - end])


def place(change: Change, strand: Strand, bounds: tuple[int, int]) -> Placement | None:
    """The most 3' placement within the reference sequence, whose first and last oriented positions are `bounds`.

    None if the change, or for an insertion one of the flanking bases, lies outside.
    """
    if change.removed and change.inserted:
        return _within(_replacement(change), bounds)
    if change.removed:
        moved = _shifted(change, change.removed, strand, bounds[1])
        return _within(Placement(Kind.DELETION, moved, (moved.first, moved.last)), bounds)
    moved = _shifted(change, change.inserted, strand, bounds[1])
    copied = (moved.last - len(moved.inserted) + 1, moved.last)
    if bounds[0] <= copied[0] and copied[1] <= bounds[1] and strand.bases(*copied) == moved.inserted:
        return Placement(Kind.DUPLICATION, moved, copied)
    if moved.last == bounds[1]:  # the base after it is needed for the name
        moved = _pulled_back(moved, moved.inserted, strand, 1)
    return _within(Placement(Kind.INSERTION, moved, (moved.last, moved.first)), bounds)


def _replacement(change: Change) -> Placement:
    named = (change.first, change.last)
    if len(change.removed) == len(change.inserted) == 1:
        return Placement(Kind.SUBSTITUTION, change, named)
    if change.inserted == reverse_complement(change.removed):
        return Placement(Kind.INVERSION, change, named)
    return Placement(Kind.DELINS, change, named)


def _within(placement: Placement, bounds: tuple[int, int]) -> Placement | None:
    first, last = placement.named
    return placement if bounds[0] <= first and last <= bounds[1] else None


def _shifted(change: Change, unit: str, strand: Strand, bound: int) -> Change:
    """The change moved 3' as long as the sequence that results stays the same and its end within `bound`.

    Moving by one leaves the result alone when the base after the change equals its first base. A change that
    begins beyond the bound is moved back to it if it can be.
    """
    if change.last > bound:
        return _pulled_back(change, unit, strand, change.last - bound)
    steps, look = 0, _FIRST_LOOK
    while change.last + steps < bound:
        following = strand.bases(change.last + steps + 1, min(change.last + steps + look, bound))
        for base in following:
            if base != unit[steps % len(unit)] or base == "N":
                return _moved(change, unit, steps)
            steps += 1
        look *= 4
    return _moved(change, unit, steps)


def _pulled_back(change: Change, unit: str, strand: Strand, distance: int) -> Change:
    if distance > _FARTHEST_BACK:
        return change
    before = strand.bases(change.first - distance, change.first - 1)
    for step in range(1, distance + 1):
        if before[-step] != unit[-1 - (step - 1) % len(unit)] or before[-step] == "N":
            return change
    return _moved(change, unit, -distance)


def _moved(change: Change, unit: str, steps: int) -> Change:
    turn = steps % len(unit)
    turned = unit[turn:] + unit[:turn]
    first, last = change.first + steps, change.last + steps
    return Change(first, last, turned, "") if change.removed else Change(first, last, "", turned)


def describe(placement: Placement, name: Callable[[int], str]) -> str:
    """The part of the name after the coordinate type: `name` turns an oriented position into text."""
    first, last = placement.named
    where = name(first) if first == last else f"{name(first)}_{name(last)}"
    change = placement.change
    match placement.kind:
        case Kind.SUBSTITUTION:
            return f"{where}{change.removed}>{change.inserted}"
        case Kind.INSERTION | Kind.DELINS:
            return f"{where}{placement.kind}{change.inserted}"
        case _:
            return f"{where}{placement.kind}"
