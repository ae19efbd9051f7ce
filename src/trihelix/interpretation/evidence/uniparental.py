"""Uniparental disomy: chromosomes, or long parts of them, that a child has from one parent only.

The genotypes of a trio are read as a chain of hidden states: one chromosome of each parent; the same, but with
related parents, so that the child is autozygous or has both copies that a parent has; both copies of one
parental chromosome (isodisomy); both chromosomes of one parent (heterodisomy). A stretch is believed when the most likely chain (Viterbi, IEEE Trans Inf Theory 1967; 13:260)
has it, when it is at least SHORTEST bases long, and when it passes the counts below. What these mean clinically
is in King DA et al., Genome Res 2014; 24:673, whose rule of Mendelian errors against one parent is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cache
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.interpretation.evidence.usable_calls import (
    CountedCalls,
    UsableCalls,
    autosomal_calls,
    simple_rows,
)
from trihelix.model.family import Family
from trihelix.model.interpretation import Check
from trihelix.variants.family_calls import FamilyCalls

SHORTEST = 5_000_000  # bases; shorter runs of one parent's alleles are mostly deletions of the other's
MIN_ERRORS = 10  # Mendelian errors against the absent parent
MIN_SITES = 40  # sites that tell states apart
WRONG_CALLS = 0.01  # of sites, what the model allows for; real calls have 0.1 to 0.5 %
FEW = 0.03  # of a stretch's sites that may contradict it, or be errors against the other parent
# Elsewhere: at sites where the parents are opposite homozygotes a child is heterozygous. Where more than this
# share is not, the parent is another person, or the sample is, and no chromosome can be judged.
MANY_ELSEWHERE = 0.10
MIN_ELSEWHERE = 30
LOW_DEPTH = 0.75  # of the child's usual depth: one copy is missing, so a deletion
WHOLE = 0.9  # of the span of a chromosome's sites
SWITCH = 20.0  # natural log-odds that a change of state costs: two changes outweigh 7 wrong calls
_BIN = 1_000_000
_DEPTHS_READ = 50_000
_SITES_READ = 200_000


class State(IntEnum):
    """What a child has at a site."""

    BIPARENTAL = 0
    AUTOZYGOUS = 1
    LIKE_MOTHER = 2  # one copy of each parent, the father's being the mother's other one by descent
    LIKE_FATHER = 3
    ISODISOMY_MOTHER = 4
    ISODISOMY_FATHER = 5
    HETERODISOMY_MOTHER = 6
    HETERODISOMY_FATHER = 7


@dataclass(frozen=True)
class UniparentalSegment:
    """A stretch that `proband` has from one parent only.

    `contig` is a bare name; `start` and `end`, 1-based, are its first and last site. `sites` are those that tell
    states apart (all three called, parents not the same homozygote); `errors` of them are Mendelian errors
    against the parent `against`, `other_errors` against the parent whose both copies these are;
    `heterozygous` calls of the child. `log10_ratio`: how many times more likely than a copy of each parent.
    `depth_ratio`: the child's depth here over its depth elsewhere, None where files do not give it.
    """

    contig: str
    start: int
    end: int
    kind: str  # isodisomy | heterodisomy
    parent_of_both: str  # mother | father
    against: str
    proband: str
    father: str
    mother: str
    sites: int
    errors: int
    other_errors: int
    heterozygous: int
    log10_ratio: float
    depth_ratio: float | None
    whole_chromosome: bool

    @property
    def length(self) -> int:
        """In bases."""
        return self.end - self.start + 1


class _Trio(NamedTuple):
    """Member ids and their columns."""

    child: str
    father: str
    mother: str
    columns: tuple[int, int, int]


def find_uniparental(
    calls: FamilyCalls, family: Family, proband: str, usable: UsableCalls | None = None
) -> tuple[UniparentalSegment, ...]:
    """Stretches of autosomes that the proband has from one parent only, in genome order.

    Empty where a parent is not sequenced, or where so many other places contradict a parent that parentage itself
    is in doubt. Only sites that all three have called count, so files of one person each without reference
    records give nothing. `usable` saves choosing the calls again.
    """
    usable = usable if usable is not None else autosomal_calls(calls, simple_rows(calls))
    trio = _trio_of(family, proband, usable.members)
    if trio is None or not len(usable.rows):
        return ()
    starts = np.searchsorted(usable.group, np.arange(len(usable.contigs) + 1))
    bins = _bins(usable, calls.pos, trio)
    share = _share_of_opposites(usable, trio)
    found = [
        segment
        for number in np.flatnonzero(_suspect_contigs(bins)).tolist()
        for segment, genotypes, pos in _segments(
            calls, usable, trio, number, slice(*starts[number : number + 2].tolist())
        )
        if _is_believed(segment, genotypes, pos, share)
    ]
    involved = np.array([any(one.contig == contig for one in found) for contig in usable.contigs], np.bool_)
    return tuple(one for one in found if not _is_doubtful(one, bins, ~involved))


def rows_inside(
    segments: Sequence[UniparentalSegment], calls: FamilyCalls, rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether each of some rows of the calls lies in one of the segments."""
    inside = np.zeros(len(rows), np.bool_)
    pos, contig = calls.pos[rows], calls.contig[rows]
    for segment in segments:
        on_contig = contig == calls.contigs.index(segment.contig)
        inside |= on_contig & (pos >= segment.start) & (pos <= segment.end)
    return inside


def outside(
    counted: CountedCalls, calls: FamilyCalls, segments: Sequence[UniparentalSegment]
) -> CountedCalls:
    """What checks count, without uniparental segments: these contradict a parent who is one."""
    if not segments:
        return counted
    usable = counted.autosomal
    kept = ~rows_inside(segments, calls, usable.rows)
    chosen = replace(usable, rows=usable.rows[kept], group=usable.group[kept], states=usable.states[kept])
    return replace(counted, autosomal=chosen)


def as_checks(segments: Sequence[UniparentalSegment]) -> tuple[Check, ...]:
    """One warning for each segment, in plain words."""
    return tuple(
        Check(
            "uniparental_disomy",
            (one.proband, one.father, one.mother),
            "warning",
            "one chromosome of each parent",
            f"{one.kind}, both from the {one.parent_of_both}",
            round(one.errors / one.sites, 6),
            one.sites,
            _sentence(one),
        )
        for one in segments
    )


def _sentence(one: UniparentalSegment) -> str:
    place = (
        f"chromosome {one.contig}"
        if one.whole_chromosome
        else f"chromosome {one.contig} from {one.start:,} to {one.end:,} ({one.length / 1e6:.1f} Mb)"
    )
    copies = "two copies of one" if one.kind == "isodisomy" else "both"
    parent = one.mother if one.parent_of_both == "mother" else one.father
    depth = (
        "Depths are not given: a deletion is not excluded."
        if one.depth_ratio is None
        else f"Depth is {one.depth_ratio:.2f} of that elsewhere, so it is no deletion."
    )
    return (
        f"{one.proband} has {copies} of {parent}'s chromosomes and none of the other parent's, at {place}: "
        f"{one.kind}. {one.errors:,} of {one.sites:,} sites contradict {one.against}, {one.other_errors:,} "
        f"contradict {parent}; {one.heterozygous:,} are heterozygous. {depth}"
    )


def _trio_of(family: Family, proband: str, members: tuple[str, ...]) -> _Trio | None:
    if proband not in members or proband not in {m.id for m in family.members}:
        return None
    father, mother = family.parents(proband)
    if father is None or mother is None or not {father.id, mother.id} <= set(members):
        return None
    columns = (members.index(proband), members.index(father.id), members.index(mother.id))
    return _Trio(proband, father.id, mother.id, columns)


@numba.njit(cache=True, nogil=True)
def _count_bins(states, group, rows, pos, child, father, mother, bin_size, opposite, errors):  # type: ignore[no-untyped-def]
    """Per contig and bin: sites with parents that are opposite homozygotes, and errors against either parent.

    `errors` is (contig, bin, parent): 0 against the father, 1 against the mother. An error where the other parent
    is heterozygous counts as a site of its own kind in `opposite`, so that errors / opposite is a share.
    """
    for i in range(len(rows)):
        f, m = states[i, father], states[i, mother]
        c = states[i, child]
        if f < 0 or m < 0 or c < 0 or f == m:
            continue
        at = pos[rows[i]] // bin_size
        if f + m == 2:
            opposite[group[i], at, 0] += 1
            opposite[group[i], at, 1] += 1
            if c == m:
                errors[group[i], at, 0] += 1
            elif c == f:
                errors[group[i], at, 1] += 1
        elif f != 1 and c != 1 and c != f:
            opposite[group[i], at, 0] += 1
            errors[group[i], at, 0] += 1
        elif m != 1 and c != 1 and c != m:
            opposite[group[i], at, 1] += 1
            errors[group[i], at, 1] += 1


class _Bins(NamedTuple):
    """Counts by (contig, bin, parent); parent 0 is the father, 1 the mother."""

    telling: NDArray[np.int64]
    errors: NDArray[np.int64]


def _bins(usable: UsableCalls, pos: NDArray[np.int32], trio: _Trio) -> _Bins:
    shape = (len(usable.contigs), int(pos.max()) // _BIN + 1, 2)
    bins = _Bins(np.zeros(shape, np.int64), np.zeros(shape, np.int64))
    _count_bins(usable.states, usable.group, usable.rows, pos, *trio.columns, _BIN, *bins)
    return bins


def _suspect_contigs(bins: _Bins) -> NDArray[np.bool_]:
    """Contigs with enough errors against a parent in bins where most telling sites are errors.

    Where most contigs are such, that parent is another person: none is.
    """
    dense = 2 * bins.errors >= np.maximum(bins.telling, 1)
    many: NDArray[np.int64] = np.where(dense, bins.errors, 0).sum(axis=1)
    suspects = np.asarray(many >= MIN_ERRORS, np.bool_)
    judged = (bins.telling.sum(axis=1) >= MIN_ERRORS).sum(axis=0)
    suspects[:, suspects.sum(axis=0) > np.maximum(judged / 2, 1)] = False
    return np.asarray(suspects[:, 0] | suspects[:, 1], np.bool_)


def _is_doubtful(one: UniparentalSegment, bins: _Bins, elsewhere: NDArray[np.bool_]) -> bool:
    """Whether the chromosomes elsewhere tell too little, or contradict the same parent as well."""
    parent = 0 if one.parent_of_both == "mother" else 1
    sites, errors = (int(counts[elsewhere, :, parent].sum()) for counts in bins)
    return sites < MIN_ELSEWHERE or errors > MANY_ELSEWHERE * sites


@cache
def _log_likelihoods() -> NDArray[np.float32]:
    """Log probability of the child's genotype: (9 child + 3 father + mother, state)."""
    table = np.zeros((27, len(State)), np.float64)
    gametes = np.array([[1, 0], [0.5, 0.5], [0, 1]])
    same = np.eye(3)
    doubled = np.array([[1, 0, 0], [0.5, 0, 0.5], [0, 0, 1]])
    for f in range(3):
        for m in range(3):
            shared = gametes[f] * gametes[m]
            autozygous = shared / shared.sum() if shared.sum() else np.full(2, np.nan)
            possible = abs(f - m) < 2  # of parents who share a copy
            models = (
                np.convolve(gametes[f], gametes[m]),
                np.nan_to_num(np.array([autozygous[0], 0, autozygous[1]])),
                same[m] * possible, same[f] * possible,
                doubled[m], doubled[f],
                same[m], same[f],
            )  # fmt: skip
            for state, model in enumerate(models):
                table[[3 * f + m, 9 + 3 * f + m, 18 + 3 * f + m], state] = model
    logs: NDArray[np.float32] = np.log((1 - WRONG_CALLS) * table + WRONG_CALLS / 3).astype(np.float32)
    return logs


@numba.njit(cache=True, nogil=True)
def _most_likely_states(states, child, father, mother, logs, switch, where, path):  # type: ignore[no-untyped-def]
    """Viterbi over the sites that tell; `where` and `path` get their index and state. Returns how many tell.

    A change of state costs the same from any to any, so that only the best state before matters. Per site a byte
    keeps which states were changed into, and another what was best before.
    """
    n, kinds = states.shape[0], logs.shape[1]
    changed = np.empty(n, np.uint8)
    best_before = np.empty(n, np.uint8)
    score = np.zeros(kinds, np.float32)
    score[1:] = -switch
    found = 0
    for i in range(n):
        c, f, m = states[i, child], states[i, father], states[i, mother]
        if c < 0 or f < 0 or m < 0 or (f == m and f != 1):
            continue
        best = 0
        for s in range(1, kinds):
            if score[s] > score[best]:
                best = s
        floor = score[best] - switch
        top = score[best]
        bits = np.uint8(0)
        row = 9 * c + 3 * f + m
        for s in range(kinds):
            kept = score[s]
            if kept < floor:
                kept = floor
                bits |= np.uint8(1 << s)
            score[s] = kept - top + logs[row, s]  # relative to the best, so that sums stay small
        changed[found] = bits
        best_before[found] = best
        where[found] = i
        found += 1
    state = 0
    for s in range(1, kinds):
        if score[s] > score[state]:
            state = s
    for at in range(found - 1, -1, -1):
        path[at] = state
        if changed[at] >> np.uint8(state) & np.uint8(1):
            state = best_before[at]
    return found


def _segments(
    calls: FamilyCalls, usable: UsableCalls, trio: _Trio, number: int, sites: slice
) -> Iterator[tuple[UniparentalSegment, NDArray[np.int64], NDArray[np.int32]]]:
    """The stretches of one chromosome that the chain gives, with the trio's genotypes and positions there."""
    states = usable.states[sites]
    where, path = np.empty(len(states), np.int64), np.empty(len(states), np.int8)
    found = _most_likely_states(states, *trio.columns, _log_likelihoods(), np.float32(SWITCH), where, path)
    where, path = where[:found], path[:found]
    if not found:
        return
    pos = calls.pos[usable.rows[sites]][where]
    edges = np.flatnonzero(np.diff(path)) + 1
    for low, high in zip([0, *edges.tolist()], [*edges.tolist(), found], strict=True):
        state = State(int(path[low]))
        if state <= State.LIKE_FATHER or high - low < MIN_SITES or pos[high - 1] - pos[low] + 1 < SHORTEST:
            continue
        genotypes = states[where[low:high]][:, trio.columns].astype(np.int64)
        span = (int(pos[low]), int(pos[high - 1]))
        whole = span[1] - span[0] >= WHOLE * int(pos[-1] - pos[0])
        rows = usable.rows[sites][where[low:high]]
        depth = _depth_ratio(calls, usable, trio, number, rows)
        segment = _segment(usable.contigs[number], span, state, trio, genotypes, depth, whole)
        yield segment, genotypes, pos[low:high]


def _segment(
    contig: str,
    span: tuple[int, int],
    state: State,
    trio: _Trio,
    genotypes: NDArray[np.int64],
    depth_ratio: float | None,
    whole: bool,
) -> UniparentalSegment:
    c, f, m = genotypes.T
    from_mother = state in (State.ISODISOMY_MOTHER, State.HETERODISOMY_MOTHER)
    against_father, against_mother = (int((np.abs(c - parent) == 2).sum()) for parent in (f, m))
    logs = _log_likelihoods()[9 * c + 3 * f + m].astype(np.float64)
    ratio = float((logs[:, state] - logs[:, State.BIPARENTAL]).sum() / np.log(10))
    is_isodisomy = state in (State.ISODISOMY_MOTHER, State.ISODISOMY_FATHER)
    return UniparentalSegment(
        contig=contig,
        start=span[0],
        end=span[1],
        kind="isodisomy" if is_isodisomy else "heterodisomy",
        parent_of_both="mother" if from_mother else "father",
        against=trio.father if from_mother else trio.mother,
        proband=trio.child,
        father=trio.father,
        mother=trio.mother,
        sites=len(c),
        errors=against_father if from_mother else against_mother,
        other_errors=against_mother if from_mother else against_father,
        heterozygous=int((c == 1).sum()),
        log10_ratio=round(ratio, 1),
        depth_ratio=depth_ratio,
        whole_chromosome=whole,
    )


def _share_of_opposites(usable: UsableCalls, trio: _Trio) -> float:
    """Of the sites that tell states apart the share with parents that are opposite homozygotes."""
    thinned = usable.states[:: len(usable.states) // _SITES_READ + 1][:, trio.columns]
    f, m = thinned[(thinned >= 0).all(axis=1)][:, 1:].T
    telling = int(((f != m) | (f == 1)).sum())
    return int((np.abs(f - m) == 2).sum()) / max(telling, 1)


def _is_believed(
    one: UniparentalSegment, genotypes: NDArray[np.int64], pos: NDArray[np.int32], share: float
) -> bool:
    """Whether the counts bear out the state that the chain gives, and errors stand as far apart as SHORTEST.

    Errors against the absent parent must be at least half of what the state predicts: all sites with parents that
    are opposite homozygotes, and in isodisomy half of those where that parent only is homozygous. Where the
    parents share a copy there are fewer such sites than elsewhere (`share` of the sites); then the child may be
    like one parent by descent, and the stretch is not believed.
    """
    c, f, m = genotypes.T
    giver, absent = (m, f) if one.parent_of_both == "mother" else (f, m)
    errors = np.flatnonzero(np.abs(c - absent) == 2)
    opposite, half = (np.abs(f - m) == 2).sum(), ((absent != 1) & (giver == 1)).sum()
    expected = float(opposite + half / 2) if one.kind == "isodisomy" else float(opposite)
    contradicting = one.heterozygous if one.kind == "isodisomy" else int((c != giver).sum())
    return (
        len(errors) >= max(MIN_ERRORS, expected / 2, share * one.sites / 2)
        and pos[errors[-1]] - pos[errors[0]] >= SHORTEST
        and contradicting <= FEW * one.sites
        and one.other_errors <= FEW * one.sites
        and (one.depth_ratio is None or one.depth_ratio >= LOW_DEPTH)
    )


def _depth_ratio(
    calls: FamilyCalls, usable: UsableCalls, trio: _Trio, number: int, rows: NDArray[np.int64]
) -> float | None:
    """The child's mean depth at some rows over that on other chromosomes; None where depths are not given."""
    column = calls.members.index(trio.child)
    others = usable.rows[usable.group != number]
    means = []
    for chosen in (rows, others):
        thinned = chosen[:: len(chosen) // _DEPTHS_READ + 1]
        depth = calls.depth[thinned, column]
        depth = depth[depth > 0]
        if not len(depth):
            return None
        means.append(float(depth.mean()))
    return round(means[0] / means[1], 3)
