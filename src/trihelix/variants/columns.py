"""The columns of parsed calls, each one array."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray


class Rows(NamedTuple):
    """Columns of the kept alternate alleles; arrays of two dimensions are (row, member). `contig` is a run number,
    `key` as in `reference.allele_keys`."""

    key: NDArray[Any]
    contig: NDArray[Any]
    pos: NDArray[Any]
    line: NDArray[Any]
    record: NDArray[Any]
    passed: NDArray[Any]
    ref_start: NDArray[Any]
    ref_len: NDArray[Any]
    alt_start: NDArray[Any]
    alt_len: NDArray[Any]
    state: NDArray[Any]
    flags: NDArray[Any]
    depth: NDArray[Any]
    quality: NDArray[Any]
    ref_depth: NDArray[Any]
    alt_depth: NDArray[Any]
    phase_set: NDArray[Any]


class Blocks(NamedTuple):
    """Columns of reference records: from `pos` to `end` the members are as `state` says (0 or missing)."""

    contig: NDArray[Any]
    pos: NDArray[Any]
    end: NDArray[Any]
    state: NDArray[Any]
    depth: NDArray[Any]
    quality: NDArray[Any]
