"""Kernels that match a set of ontology terms against profiles, through the most telling shared ancestor.

Profiles are stored by term: the entries `term_start[t] .. term_start[t + 1]` of `owner` and `gain` say how many
nats term t speaks for each owner (a disease). Ancestors are stored the same way, the term itself first.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def add_matches(  # type: ignore[no-untyped-def]
    query, weights, ancestors_start, ancestors, steps, damping, term_start, owner, gain, best, total
):
    """Add to `total` per owner the weighted sum over query terms of the best damped gain among its ancestors.

    `query` int32 term indices, `weights` float per query term, `damping` float32 by number of is_a steps,
    `best` float32 scratch and `total` float32, both one per owner. A gain below zero counts as zero.
    """
    for k in range(len(query)):
        term = query[k]
        best[:] = 0.0
        for j in range(ancestors_start[term], ancestors_start[term + 1]):
            factor = damping[steps[j]]
            for i in range(term_start[ancestors[j]], term_start[ancestors[j] + 1]):
                value = factor * gain[i]
                if value > best[owner[i]]:
                    best[owner[i]] = value
        weight = weights[k]
        for who in range(len(total)):
            total[who] += weight * best[who]


@numba.njit(cache=True, nogil=True)
def redundancy_weights(query, ancestors_start, ancestors, information):  # type: ignore[no-untyped-def]
    """Weight per query term: 1 / (1 + sum over the other terms of the squared relative shared information).

    Ten findings that say nearly the same count little more than one. Terms without information weigh 1.
    """
    number = len(query)
    crowd = np.ones(number)
    marked = np.full(len(information), -1, np.int32)
    for a in range(number):
        for j in range(ancestors_start[query[a]], ancestors_start[query[a] + 1]):
            marked[ancestors[j]] = a
        for b in range(a):
            shared = 0.0
            for j in range(ancestors_start[query[b]], ancestors_start[query[b] + 1]):
                if marked[ancestors[j]] == a and information[ancestors[j]] > shared:
                    shared = information[ancestors[j]]
            larger = max(information[query[a]], information[query[b]])
            if larger > 0:
                crowd[a] += (shared / larger) ** 2
                crowd[b] += (shared / larger) ** 2
    return 1.0 / crowd


@numba.njit(cache=True, nogil=True)
def add_exclusions(excluded, term_start, owner, probability, cases, enough, certainty, total):  # type: ignore[no-untyped-def]
    """Add log(1 - certainty * probability) to `total` for owners whose profile has an excluded term, where
    that rests on at least `enough` cases."""
    for k in range(len(excluded)):
        for i in range(term_start[excluded[k]], term_start[excluded[k] + 1]):
            if cases[i] >= enough:
                total[owner[i]] += np.log(1.0 - certainty * probability[i])


@numba.njit(cache=True, nogil=True)
def pool_groups(scores, usable, group_start, group_member, pooled, best):  # type: ignore[no-untyped-def]
    """Per group the log of the summed exp(score) of its usable members, and the best member; -inf and -1 if none."""
    for group in range(len(group_start) - 1):
        top, who = -np.inf, -1
        for j in range(group_start[group], group_start[group + 1]):
            member = group_member[j]
            if usable[member] and scores[member] > top:
                top, who = scores[member], member
        best[group] = who
        pooled[group] = top
        if who >= 0:
            summed = 0.0
            for j in range(group_start[group], group_start[group + 1]):
                member = group_member[j]
                if usable[member]:
                    summed += np.exp(scores[member] - top)
            pooled[group] = top + np.log(summed)
