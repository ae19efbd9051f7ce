"""Where each person of a pedigree stands: a row per generation, an order within the row, a place along it.

Rows come from parenthood (children below parents, partners side by side). The order within a row is found by
moving runs of neighbours as long as that makes the drawing plainer; places along a row by pulling children under
their parents and parents over their children, with a smallest distance between neighbours that is never broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from trihelix.model.interpretation import MemberSummary
from trihelix.reports.relations import Couple, Person, ancestors, couples_of, people_of

STRANGERS_APART = 1.2  # slots between neighbours who are neither partners nor siblings
FAMILIES_APART = 1.4  # slots between families that are not connected
SWEEPS = 30
MOST_PEOPLE_MOVED = 60_000  # people times orders tried, so that a family of eighty takes well under a second

Rows = list[list[str]]


@dataclass(frozen=True)
class PedigreeLayout:
    """Places of all people: `x` in slots (neighbours stand at least one slot apart), `row` from 0 at the top."""

    people: dict[str, Person]
    couples: tuple[Couple, ...]
    x: dict[str, float]
    row: dict[str, int]
    connected: bool

    @property
    def rows(self) -> int:
        """Number of generations."""
        return max(self.row.values(), default=-1) + 1

    @property
    def width(self) -> float:
        """Slots from the first to the last person."""
        return max(self.x.values(), default=0.0)


def lay_out(members: Sequence[MemberSummary]) -> PedigreeLayout:
    """Place every member (and every implied parent) of a pedigree exactly once."""
    people = people_of(members)
    couples = couples_of(people)
    row = _generations(people, couples)
    x: dict[str, float] = {}
    left = 0.0
    families = list(_connected_families(people, couples))
    for family in families:
        own = tuple(c for c in couples if c.father in family)
        placed = _place_family(family, people, own, row)
        x.update({person: left + place for person, place in placed.items()})
        left = max(x[person] for person in family) + FAMILIES_APART
    return PedigreeLayout(people, couples, x, row, len(families) == 1)


def _generations(people: Mapping[str, Person], couples: Sequence[Couple]) -> dict[str, int]:
    """The row of each person; partners share a row unless one descends from the other."""
    row = dict.fromkeys(people, 0)
    level = [c for c in couples if not _lineal(people, c)]
    for _ in range(len(people) + 1):
        before = dict(row)
        for couple in level:
            row[couple.father] = row[couple.mother] = max(row[couple.father], row[couple.mother])
        _push_children_down(row, couples)
        if row == before:
            break
    else:  # partners who cannot share a row without end: only parenthood counts
        row = dict.fromkeys(people, 0)
        for _ in people:
            _push_children_down(row, couples)
    _pull_founders_down(row, people, couples)
    return row


def _push_children_down(row: dict[str, int], couples: Sequence[Couple]) -> None:
    for couple in couples:
        below = max(row[couple.father], row[couple.mother]) + 1
        for child in couple.children:
            row[child] = max(row[child], below)


def _pull_founders_down(row: dict[str, int], people: Mapping[str, Person], couples: Sequence[Couple]) -> None:
    """A founder couple stands just above its children, also when these married into a deeper family."""
    for couple in couples:
        founders = not (people[couple.father].parents or people[couple.mother].parents)
        others = [c for c in couples if c is not couple and set(c.parents) & set(couple.parents)]
        if founders and not others:
            row[couple.father] = row[couple.mother] = min(row[child] for child in couple.children) - 1


def _lineal(people: Mapping[str, Person], couple: Couple) -> bool:
    return couple.father in ancestors(people, couple.mother) or couple.mother in ancestors(
        people, couple.father
    )


def _connected_families(people: Mapping[str, Person], couples: Sequence[Couple]) -> Iterator[set[str]]:
    linked: dict[str, set[str]] = {person: {person} for person in people}
    for couple in couples:
        together = set[str]().union(*(linked[p] for p in (*couple.parents, *couple.children)))
        for person in together:
            linked[person] = together
    seen: set[str] = set()
    for person in people:
        if person not in seen:
            seen |= linked[person]
            yield linked[person]


def _place_family(
    family: set[str], people: Mapping[str, Person], couples: Sequence[Couple], row: Mapping[str, int]
) -> dict[str, float]:
    founders = [p for p in people if p in family and not people[p].parents]
    starts = [founders] if len(founders) <= 2 else [founders, founders[::-1]]
    orders = [_plainest_order(_first_order(start, couples, row), couples) for start in starts]
    x = _spread(min(orders, key=lambda rows: _clutter(rows, couples)), couples)
    leftmost = min(x.values())
    return {person: place - leftmost for person, place in x.items()}


def _first_order(founders: Sequence[str], couples: Sequence[Couple], row: Mapping[str, int]) -> Rows:
    """Each founder's descendants together, partners beside each other, siblings as listed."""
    rows: Rows = [[] for _ in range(max(row.values()) + 1)]
    placed: set[str] = set()

    def place(person: str) -> None:
        if person in placed:
            return
        placed.add(person)
        rows[row[person]].append(person)
        for couple in couples:
            if person in couple.parents:
                place(couple.mother if person == couple.father else couple.father)
                for child in couple.children:
                    place(child)

    for person in sorted(founders, key=lambda p: row[p]):
        place(person)
    return rows


def _plainest_order(rows: Rows, couples: Sequence[Couple]) -> Rows:
    """Move runs of neighbours within a row as long as the drawing becomes plainer (first improvement)."""
    best = _clutter(rows, couples)
    left = MOST_PEOPLE_MOVED // sum(map(len, rows))
    improved = True
    while improved:
        improved = False
        for number, members in enumerate(rows):
            for i, j, k in combinations(range(len(members) + 1), 3):
                current = rows[number]
                rows[number] = current[:i] + current[j:k] + current[i:j] + current[k:]
                left -= 1
                clutter = _clutter(rows, couples)
                if clutter < best - 1e-9:
                    best, improved = clutter, True
                else:
                    rows[number] = current
                if left <= 0:
                    return rows
    return rows


def _clutter(rows: Rows, couples: Sequence[Couple]) -> float:
    """How hard an order is to read; smaller is plainer."""
    at = {p: i - (len(members) - 1) / 2 for members in rows for i, p in enumerate(members)}
    row = {p: number for number, members in enumerate(rows) for p in members}
    total = 0.0
    for couple in couples:
        total += _partners_apart(couple, at, row) + _strangers_between(
            couple, couples, at, rows[row[couple.children[0]]]
        )
        total += 0.5 * abs(_middle(couple.parents, at) - _middle(couple.children, at))
        total += sum(0.2 for a, b in combinations(couple.children, 2) if row[a] == row[b] and at[a] > at[b])
    for first, second in combinations(couples, 2):
        if row[first.father] == row[second.father]:
            above = _middle(first.parents, at) - _middle(second.parents, at)
            below = _middle(first.children, at) - _middle(second.children, at)
            total += 4.0 if above * below < 0 else 2.0 if above * below == 0 else 0.0
    return total


def _partners_apart(couple: Couple, at: Mapping[str, float], row: Mapping[str, int]) -> float:
    if row[couple.father] != row[couple.mother]:
        return 0.0
    gap = at[couple.mother] - at[couple.father]
    return 6.0 * (abs(gap) - 1) + (0.4 if gap < 0 else 0.0)


def _strangers_between(
    couple: Couple, couples: Sequence[Couple], at: Mapping[str, float], members: list[str]
) -> float:
    """People standing among siblings who are neither siblings nor their partners."""
    siblings = [child for child in couple.children if child in members]
    family = {p for c in couples for p in c.parents if set(c.parents) & set(siblings)} | set(siblings)
    first, last = min(at[s] for s in siblings), max(at[s] for s in siblings)
    return 3.0 * sum(first < at[p] < last and p not in family for p in members)


def _middle(ids: Sequence[str], at: Mapping[str, float]) -> float:
    places = [at[i] for i in ids]
    return (min(places) + max(places)) / 2


def _spread(rows: Rows, couples: Sequence[Couple]) -> dict[str, float]:
    """Places along the rows: alternate sweeps down (children under parents) and up (parents over children)."""
    apart = [_distances(members, couples) for members in rows]
    x = {p: sum(gaps[:i]) for members, gaps in zip(rows, apart, strict=True) for i, p in enumerate(members)}
    for _ in range(SWEEPS):
        before = dict(x)
        for number in range(len(rows)):
            _settle(rows[number], apart[number], x, _pull_to_parents(rows[number], couples, x))
        for number in reversed(range(len(rows))):
            _settle(rows[number], apart[number], x, _pull_to_children(rows[number], couples, x))
        if all(abs(x[p] - before[p]) < 0.002 for p in x):
            break
    return x


def _distances(members: Sequence[str], couples: Sequence[Couple]) -> list[float]:
    def close(a: str, b: str) -> bool:
        return any({a, b} <= set(c.parents) or {a, b} <= set(c.children) for c in couples)

    return [1.0 if close(a, b) else STRANGERS_APART for a, b in pairwise(members)]


def _pull_to_parents(
    members: Sequence[str], couples: Sequence[Couple], x: Mapping[str, float]
) -> dict[str, float]:
    shift: dict[str, float] = {}
    for couple in couples:
        children = [c for c in couple.children if c in members]
        for child in children:
            shift[child] = _middle(couple.parents, x) - _middle(children, x)
    for couple in couples:  # a partner without parents of their own moves along
        for person, partner in (couple.parents, couple.parents[::-1]):
            if person in members and person not in shift and partner in shift:
                shift[person] = shift[partner]
    return shift


def _pull_to_children(
    members: Sequence[str], couples: Sequence[Couple], x: Mapping[str, float]
) -> dict[str, float]:
    pulls: dict[str, list[float]] = {}
    for couple in couples:
        for parent in couple.parents:
            if parent in members:
                pulls.setdefault(parent, []).append(_middle(couple.children, x) - _middle(couple.parents, x))
    return {person: sum(shifts) / len(shifts) for person, shifts in pulls.items()}


def _settle(
    members: Sequence[str], apart: Sequence[float], x: dict[str, float], shift: Mapping[str, float]
) -> None:
    """Move a row to the wished places as nearly as the smallest distances allow.

    Least squares under a fixed order, by pooling adjacent violators: people who would come too close form a block
    that stands at the mean of their wishes.
    """
    offset = 0.0
    blocks: list[tuple[float, int]] = []  # mean wish, size
    offsets: list[float] = []
    for i, person in enumerate(members):
        offset += apart[i - 1] if i else 0.0
        offsets.append(offset)
        blocks.append((x[person] + shift.get(person, 0.0) - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (b, n), (a, m) = blocks.pop(), blocks.pop()
            blocks.append(((a * m + b * n) / (m + n), m + n))
    places = [mean for mean, size in blocks for _ in range(size)]
    for person, place, base in zip(members, places, offsets, strict=True):
        x[person] = place + base
