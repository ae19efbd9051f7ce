"""Differences between two score packs: scores, and alleles whose score crosses a decision line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from trihelix.model.difference import Difference, DifferenceKind, Unlisted
from trihelix.reference.differences.alleles import contigs_to_compare
from trihelix.reference.differences.numbers import Column, number_differences
from trihelix.reference.pack import Pack
from trihelix.reference.scores import open_scores

# Score name -> the values from which it decides, by the name of the line; none for a score that is only shown.
ScoreLines = Callable[[str], Mapping[str, float]]

_K = DifferenceKind
_NEVER = np.float32(np.inf)


def differences(old: Pack, new: Pack, lines: ScoreLines) -> Iterator[Difference | Unlisted]:
    """Scores added or removed, and alleles whose score crosses a line; all other changes are counted."""
    packs = [open_scores(pack.folder) for pack in (old, new)]
    was, now = (set(p.names) for p in packs)
    columns = []
    for name in sorted(was | now):
        if name not in was or name not in now:
            kind = _K.SCORE_ADDED if name in now else _K.SCORE_REMOVED
            facts = {"score": name}
            yield Difference(
                kind, facts if name in was else None, facts if name in now else None, item=name, label=name
            )
        there = (name in was, name in now)
        pairs = {
            line: (_line(value, there[0]), _line(value, there[1])) for line, value in lines(name).items()
        }
        columns.append(Column(name, *there, pairs, True, np.nan, None, _K.SCORE_CROSSED, _K.SCORE_CHANGED))
    yield from number_differences((old.folder, new.folder), contigs_to_compare(old, new), columns)


def _line(value: float, is_there: bool) -> np.float32:
    return np.float32(value) if is_there else _NEVER
