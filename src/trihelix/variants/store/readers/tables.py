"""What a file's header and the request say, as the tables that the reading kernel looks things up in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trihelix.formats.vcf import _pairs
from trihelix.model.assembly import bare_contig, known_assembly
from trihelix.model.errors import CorruptFileError, SampleMismatchError
from trihelix.variants.store.genotypes import (
    AS_WRITTEN,
    DIPLOID,
    MITOCHONDRIAL,
    N_REGIONS,
    X_ONLY,
    Y_ONLY,
)
from trihelix.variants.store.readers import bcf_layout as kernel
from trihelix.variants.store.readers.bcf_layout import Tables
from trihelix.variants.store.readers.pieces import ReadingRequest

_REGIONS = {"X": X_ONLY, "Y": Y_ONLY, "MT": MITOCHONDRIAL}
_KEYS = ("GT", "DP", "GQ", "AD", "PS", "MIN_DP", "RGQ", "END")
_MOST_KEYS = 1 << 20
_KIND = re.compile(r"##(FILTER|INFO|FORMAT|contig)=<")


@dataclass(frozen=True)
class Dictionaries:
    """The names that BCF records number; None where a number has no name. `filters` and `format` are those declared."""

    strings: tuple[str | None, ...]
    contigs: tuple[str | None, ...]
    filters: tuple[str, ...]
    format: tuple[str, ...]


def read_dictionaries(lines: Iterable[str], where: str) -> Dictionaries:
    """The dictionaries of strings and of contigs (VCF specification 4.3, section 6.2.1): numbered in order of first
    appearance unless IDX says otherwise; PASS is 0. CorruptFileError for an IDX that cannot be."""
    strings: dict[str, int] = {"PASS": 0}
    contigs: dict[str, int] = {}
    declared: dict[str, dict[str, None]] = {"FILTER": {}, "FORMAT": {}, "INFO": {}, "contig": {}}
    for line in lines:
        if (kind := _KIND.match(line)) is None:
            continue
        pairs = _pairs(line)
        name, index = pairs.get("ID", ""), pairs.get("IDX", "")
        declared[kind[1]][name] = None
        names = contigs if kind[1] == "contig" else strings
        if name not in names:
            names[name] = _index(index, names, where)
    return Dictionaries(
        _table(strings), _table(contigs), tuple(declared["FILTER"]), tuple(declared["FORMAT"])
    )


def _index(told: str, names: dict[str, int], where: str) -> int:
    if not told:
        return max(names.values(), default=-1) + 1
    if not told.isascii() or not told.isdigit() or int(told) >= _MOST_KEYS or int(told) in names.values():
        raise CorruptFileError(
            "a header line's IDX is no number, too large, or taken by another line",
            where=where,
            value=f"IDX={told[:40]}",
            advice="make the BCF again from its source",
        )
    return int(told)


def _table(names: dict[str, int]) -> tuple[str | None, ...]:
    table: list[str | None] = [None] * (max(names.values(), default=-1) + 1)
    for name, index in names.items():
        table[index] = name
    return tuple(table)


def make_tables(
    strings: Sequence[str | None], contigs: Sequence[str | None], samples: int, ask: ReadingRequest
) -> Tables:
    """The kernel's tables; `ask.expected` is filled where nothing else is known than that two copies are expected."""
    expected = _expected(ask, samples)
    unset = np.zeros((N_REGIONS, samples), np.int64)
    n_unset = np.zeros(N_REGIONS, np.int64)
    for region in (X_ONLY, Y_ONLY, MITOCHONDRIAL):
        found = np.flatnonzero(expected[region] == AS_WRITTEN)
        unset[region, : len(found)] = found
        n_unset[region] = len(found)
    known = known_assembly(ask.assembly)
    offsets, kin = (
        ask.kin if ask.kin is not None else (np.zeros(samples + 1, np.int64), np.zeros(0, np.uint32))
    )
    region_of, bare = contig_numbers(contigs)
    return Tables(
        keys=np.array([strings.index(key) if key in strings else -1 for key in _KEYS], np.int64),
        region=region_of,
        bare=bare,
        seen=np.zeros(len(contigs) + 1, np.uint8),
        par=np.array(known.par_x if known else [], np.int64).reshape(-1, 2),
        expected=expected,
        unset=unset,
        n_unset=n_unset,
        kin_offsets=np.ascontiguousarray(offsets, np.int64),
        kin=np.ascontiguousarray(kin, np.uint32),
        rare_at_most=ask.rare_at_most,
        n_samples=samples,
        n_strings=len(strings),
    )


def with_contig(tables: Tables, contigs: Sequence[str]) -> Tables:
    """The tables for one contig more, the last of `contigs`."""
    region, bare = contig_numbers(contigs)
    return tables._replace(region=region, bare=bare, seen=np.append(tables.seen, np.uint8(0)))


def _expected(ask: ReadingRequest, samples: int) -> NDArray[np.uint8]:
    expected = (
        ask.expected if ask.expected is not None else np.full((N_REGIONS, samples), AS_WRITTEN, np.uint8)
    )
    if expected.shape != (N_REGIONS, samples) or (
        ask.kin is not None and len(ask.kin.offsets) != samples + 1
    ):
        raise SampleMismatchError(
            "expected copies or relatives are told for another number of samples than the file has",
            value=f"{samples:,} samples",
            advice="make them for the samples of the file's header",
        )
    if ask.kin is not None and len(ask.kin.samples) and int(ask.kin.samples.max()) >= samples:
        raise ValueError("a relative is none of the file's samples")
    expected[DIPLOID] = 2
    return expected


def contig_numbers(contigs: Sequence[str | None]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Per contig its region (-1 where a number has no name) and a number that all ways of writing it share."""
    numbers: dict[str, int] = {}
    bare = [bare_contig(name) if name is not None else "" for name in contigs]
    regions = [-1 if c is None else _REGIONS.get(b, DIPLOID) for c, b in zip(contigs, bare, strict=True)]
    shared = [numbers.setdefault(name, len(numbers)) for name in bare]
    return np.array(regions, np.int64), np.array(shared, np.int64)


assert len(_KEYS) - 1 == kernel.END_KEY
