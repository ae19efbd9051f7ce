"""A plain reader of simulated BCF files: what their calls say, by numpy alone; the yardstick beside which all are held.

A sample is HET at an alternate allele with one copy of it (1/2 is HET at both), HOM with two, missing where it has no
call. The carriers are also written as one long table, as a laboratory would that keeps them in a database.
"""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

ROWS_AT_ONCE = 256
LONG_TABLE = pa.schema(
    [("variant", pa.int32()), ("pos", pa.int32()), ("ac", pa.int32()), ("interval", pa.int32()),
     ("sample", pa.int32()), ("copies", pa.int8())]
)  # fmt: skip


@dataclass(frozen=True)
class Site:
    """One allele with the ordinals of those who carry it, and of those without a call."""

    number: int
    pos: int
    ref: str
    alt: str
    het: NDArray[np.int64]
    hom: NDArray[np.int64]
    missing: NDArray[np.int64]

    @property
    def ac(self) -> int:
        return len(self.het) + 2 * len(self.hom)


def sites(path: Path) -> Iterator[Site]:
    """Every allele of a simulated cohort, in the order of the file."""
    command = ["bcftools", "view", "--no-version", "-Ou", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as reading:
        assert reading.stdout is not None
        (header,) = struct.unpack("<5xI", reading.stdout.read(9))
        reading.stdout.read(header)
        number = 0
        while len(lengths := reading.stdout.read(8)) == 8:
            for site in _record(reading.stdout, number, *struct.unpack("<II", lengths)):
                yield site
                number += 1


def _record(stream: IO[bytes], row: int, shared_length: int, calls_length: int) -> Iterator[Site]:
    shared, calls = stream.read(shared_length), stream.read(calls_length)
    pos, alleles, people = (
        struct.unpack_from("<i", shared, 4)[0] + 1,
        struct.unpack_from("<H", shared, 18)[0],
        struct.unpack_from("<I", shared, 20)[0] & 0xFFFFFF,
    )
    names = _alleles(shared, alleles)
    assert calls[:3] == b"\x11\x01\x21", "the first FORMAT field of a simulated cohort is GT of two bytes"
    copies = (np.frombuffer(calls, np.uint8, 2 * people, 3) >> 1).reshape(-1, 2)
    unlike_reference = np.flatnonzero(copies.view(np.uint16) != 0x0101)
    first, second = copies[unlike_reference].T.astype(np.int64)
    missing = unlike_reference[(first == 0) & (second == 0)]
    for number in range(1, alleles):
        n = (first == number + 1).astype(np.int64) + (second == number + 1)
        here = row + number - 1
        yield Site(
            here, pos, names[0], names[number], unlike_reference[n == 1], unlike_reference[n == 2], missing
        )


def _alleles(shared: bytes, count: int) -> list[str]:
    """The alleles behind the (empty) ID of a record."""
    place, found = 25, []
    assert shared[24] == 0x07, "simulated records have no ID"
    for _ in range(count):
        length = shared[place] >> 4
        found.append(shared[place + 1 : place + 1 + length].decode())
        place += 1 + length
    return found


@dataclass(frozen=True)
class Yardstick:
    """What a plain reading of a cohort found: `counts` of everybody (pos, ref, alt, ac, an, het, hom), list entries
    (carriers and missing calls), and how many het, hom and missing calls each sample has (3, samples)."""

    counts: pl.DataFrame
    entries: int
    of_samples: NDArray[np.int64]


def read(path: Path, people: int, intervals: NDArray[np.int64], long_table: Path) -> Yardstick:
    """Reads a cohort and writes its long carrier table: one line per carrier and allele, sorted by position, with what
    a careful laboratory might have worked out beforehand: the allele's copies in everybody, and the interval, one of
    `intervals` (first, last; sorted and apart), -1 for none."""
    rows: list[tuple[int, str, str, int, int, int, int]] = []
    of_samples = np.zeros((3, people), np.int64)
    held: list[Site] = []
    with pq.ParquetWriter(long_table, LONG_TABLE) as table:
        for site in sites(path):
            called = 2 * (people - len(site.missing))
            rows.append((site.pos, site.ref, site.alt, site.ac, called, len(site.het), len(site.hom)))
            for kind, ordinals in enumerate((site.het, site.hom, site.missing)):
                of_samples[kind, ordinals] += 1
            held.append(site)
            if len(held) == ROWS_AT_ONCE:
                table.write_table(_lines(held, intervals))
                held = []
        if held:
            table.write_table(_lines(held, intervals))
    names = ["pos", "ref", "alt", "ac", "an", "het", "hom"]
    return Yardstick(pl.DataFrame(rows, schema=names, orient="row"), int(of_samples.sum()), of_samples)


def _lines(held: list[Site], intervals: NDArray[np.int64]) -> pa.Table:
    """The long table's lines of some alleles; within an allele by sample."""
    pos = np.array([s.pos for s in held])
    place = np.searchsorted(intervals[:, 0], pos, "right") - 1
    inside = (place >= 0) & (pos <= intervals[place, 1])
    per_site = np.column_stack(
        ([s.number for s in held], pos, [s.ac for s in held], np.where(inside, place, -1))
    )
    n = [len(s.het) + len(s.hom) for s in held]
    samples = np.concatenate([np.concatenate((s.het, s.hom)) for s in held])
    copies = np.concatenate([np.repeat([1, 2], (len(s.het), len(s.hom))) for s in held])
    row = np.repeat(np.arange(len(held)), n)
    order = np.lexsort((samples, row))
    columns = [
        *per_site[row].T.astype(np.int32),
        samples[order].astype(np.int32),
        copies[order].astype(np.int8),
    ]
    return pa.table(columns, schema=LONG_TABLE)
