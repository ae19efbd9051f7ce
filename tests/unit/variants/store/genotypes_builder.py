"""Made-up genotypes for tests of the store's parts, and genotypes as plain Python to compare them by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.variants.codes import HET, HOM, MISSING, REF
from trihelix.variants.store.genotypes import Companions, Exceptions, Genotypes, Lists, Quality, Sites

FILTERS = ["PASS", "LowQual", "."]


@dataclass(frozen=True)
class Shape:
    """How many rows and samples, and what the rows have beside their states."""

    rows: int
    samples: int
    quality: bool = True
    exceptions: bool = True
    companions: bool = False
    sources: int = 0


def lists_of(cells: NDArray[np.bool_]) -> Lists:
    """The samples that are true in each row of (row, sample)."""
    offsets = np.concatenate([[0], np.cumsum(cells.sum(axis=1))]).astype(np.int64)
    return Lists(offsets, np.nonzero(cells)[1].astype(np.uint32))


def sites_of(alleles: Sequence[tuple[int, str, str]], filters: Sequence[int] | None = None) -> Sites:
    """Sites of one contig with these positions, REF and ALT; one record each."""
    n = len(alleles)
    pos = np.array([a[0] for a in alleles], np.int32)
    ref_len = np.array([len(a[1]) for a in alleles], np.int32)
    alt_len = np.array([len(a[2]) for a in alleles], np.int32)
    ends = np.cumsum(ref_len + alt_len, dtype=np.int64)
    blob = np.frombuffer("".join(a[1] + a[2] for a in alleles).encode(), np.uint8)
    told = np.zeros(n, np.int32) if filters is None else np.array(filters, np.int32)
    return Sites(
        np.zeros(n, np.int32), pos, np.arange(n, dtype=np.int32), told, ends - ref_len - alt_len, ref_len,
        ends - alt_len, alt_len, blob,
    )  # fmt: skip


def some_alleles(rng: np.random.Generator, rows: int) -> list[tuple[int, str, str]]:
    """Distinct sorted alleles, several of one position among them."""
    found: set[tuple[int, str, str]] = set()
    while len(found) < rows:
        ref, alt = ("".join(rng.choice(list("ACGT"), rng.integers(1, 9))) for _ in range(2))
        found.add((int(rng.integers(1, 2 * rows + 2)), ref, alt))
    return sorted(found)


def some_quality(rng: np.random.Generator, n: int) -> Quality:
    """Quality within what columns hold, its ends included."""
    some = rng.choice([-1, 0, 1, 17, 300, 32767], (4, n)).astype(np.int16)
    phase_set = rng.choice([-1, 0, 1, 1 << 30], n).astype(np.int32)
    return Quality(*some, phase_set, rng.integers(0, 32, n).astype(np.uint8))


def some_genotypes(seed: int, shape: Shape) -> Genotypes:
    """Rows that nobody, a few, many or all of the samples carry."""
    rng, size = np.random.default_rng(seed), (shape.rows, shape.samples)
    share = rng.choice([0.0, 0.5 / shape.samples, 2 / shape.samples, 0.06, 0.5, 1.0], shape.rows)[:, None]
    state = np.where(rng.random(size) < share, rng.choice([HET, HOM], size), REF)
    gaps = rng.choice([0.0, 0.01, 0.3], shape.rows)[:, None]
    state[(rng.random(size) < gaps) & (state == REF)] = MISSING
    odd = rng.random(size) < (0.05 if shape.exceptions else 0)
    near = (rng.random(size) < 0.1) & (state <= 0)
    counts = rng.integers(0, 4, (2, int(odd.sum()))).astype(np.uint8)
    sites = sites_of(some_alleles(rng, shape.rows), rng.integers(0, len(FILTERS), shape.rows).tolist())
    return Genotypes(
        shape.samples, sites, lists_of(state == HET), lists_of(state == HOM), lists_of(state == MISSING),
        Exceptions(*lists_of(odd), state[odd].astype(np.int8), *counts),
        some_quality(rng, int((state > 0).sum())) if shape.quality else None,
        lists_of(rng.random((shape.rows, shape.sources)) < 0.5) if shape.sources else None,
        Companions(*lists_of(near), state[near].astype(np.int8), some_quality(rng, int(near.sum())))
        if shape.companions
        else None,
    )  # fmt: skip


def plain(of: Genotypes, filters: Sequence[str] = FILTERS) -> list[dict[str, Any]]:
    """Each row with all that is known of it, as plain values."""
    return [_plain_row(of, row, filters) for row in range(len(of))]


def _plain_row(of: Genotypes, row: int, filters: Sequence[str]) -> dict[str, Any]:
    sites, odd = of.sites, of.exceptions
    made: dict[str, Any] = {
        "allele": (int(sites.pos[row]), sites.ref(row), sites.alt(row)),
        "filter": filters[int(sites.filter[row])],
        **{name: getattr(of, name).of(row).tolist() for name in ("het", "hom", "missing")},
        "exceptions": _values(odd.offsets, row, odd[1:]),
    }
    if of.quality is not None:
        made["quality"] = _values(of.het.offsets + of.hom.offsets, row, of.quality)
    if of.sources is not None:
        made["sources"] = of.sources.of(row).tolist()
    if of.companions is not None:
        near = of.companions
        made["companions"] = _values(near.offsets, row, (near.samples, near.state, *near.quality))
    return made


def _values(offsets: NDArray[Any], row: int, columns: Sequence[NDArray[Any]]) -> list[tuple[Any, ...]]:
    start, end = int(offsets[row]), int(offsets[row + 1])
    return [tuple(column[i].item() for column in columns) for i in range(start, end)]
