"""Genotype matrices: copies of each allele in each sample of a cohort, over all batches of a store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.model.assembly import bare_contig
from trihelix.variants.store import ploidy
from trihelix.variants.store.answers.allele_counts import SITE, allele_counts
from trihelix.variants.store.answers.counting import counters
from trihelix.variants.store.answers.list_kernels import fill_matrix_planes
from trihelix.variants.store.batches import Batch, View
from trihelix.variants.store.callable import callable_samples
from trihelix.variants.store.cohorts import Cohort, ordinals_of
from trihelix.variants.store.genotypes import AS_WRITTEN, DIPLOID, MITOCHONDRIAL
from trihelix.variants.store.parts.decoding import exceptions_of
from trihelix.variants.store.parts.tiles import Tile
from trihelix.variants.store.regions import Region
from trihelix.variants.store.samples import AbsentIs

MISSING = -1
CELLS_AT_ONCE = 1 << 25  # of a block: 33 MB, and four or eight times as much where it is standardised
KEY = ("pos", "ref", "alt")
_STATES = (("missing", MISSING), ("het", 1), ("hom", 2))


@dataclass(frozen=True)
class GenotypeMatrix:
    """`copies`, int8 (rows, samples), of each row's allele: 0 to 2, -1 not called; one copy where one is expected
    (hemizygous) or was called, so that a row's copies add up to its `ac`. `sites` has contig, pos, ref, alt, filter of
    each row, `samples` has sample and batch of each column."""

    sites: pl.DataFrame
    samples: pl.DataFrame
    copies: NDArray[np.int8]


def genotype_matrix(view: View, cohort: Cohort, region: Region) -> GenotypeMatrix:
    """The matrix of a region: every allele that a batch with members of the cohort has there, sorted."""
    sites = allele_counts(view, cohort, [region]).select("contig", *SITE)
    return GenotypeMatrix(sites, matrix_samples(view, cohort), copies_at(view, cohort, sites))


def matrix_samples(view: View, cohort: Cohort) -> pl.DataFrame:
    """The columns of matrices: sample and batch of everyone in the cohort who is not withdrawn."""
    frames = [pl.DataFrame(schema={"sample": pl.String, "batch": pl.String})]
    for batch, chosen in _members(view, cohort):
        names = pl.Series("batch", [batch.entry.name] * len(chosen), dtype=pl.String)
        frames.append(pl.DataFrame([batch.id_series.gather(chosen).alias("sample"), names]))
    return pl.concat(frames)


def blocks_of(
    view: View, cohort: Cohort, sites: pl.DataFrame, multiple_of: int = 1, cells: int = CELLS_AT_ONCE
) -> Iterator[NDArray[np.int8]]:
    """The rows of `sites` (contig, pos, ref, alt; those of a contig together) in blocks of about `cells` genotypes.

    All blocks but the last have a number of rows that is a multiple of `multiple_of`."""
    people = sum(len(chosen) for _, chosen in _members(view, cohort))
    size = max(1, cells // max(people, 1) // multiple_of) * multiple_of
    for start in range(0, sites.height, size):
        yield copies_at(view, cohort, sites.slice(start, size))


def copies_at(view: View, cohort: Cohort, sites: pl.DataFrame) -> NDArray[np.int8]:
    """Copies at some sites (contig, pos, ref, alt; those of a contig together); see GenotypeMatrix."""
    members = _members(view, cohort)
    matrix = np.zeros((sites.height, sum(len(chosen) for _, chosen in members)), np.int8)
    for _, here in sites.with_row_index("to").group_by("contig", maintain_order=True):
        region = Region(bare_contig(here["contig"][0]), int(here["pos"].min()), int(here["pos"].max()))  # type: ignore[arg-type]
        first = 0
        for batch, chosen in members:
            _Columns(view, batch, chosen, first, matrix).fill(here, region)
            first += len(chosen)
    return matrix


def _members(view: View, cohort: Cohort) -> list[tuple[Batch, NDArray[np.uint32]]]:
    """The batches with members of the cohort, and their ordinals."""
    return [
        (batch, ordinals_of(cohort.members[batch.id] & view.everyone.members[batch.id]))
        for batch, _ in counters(view, cohort)
    ]


@numba.njit(cache=True, nogil=True)
def _fill_rows(cells, lengths, people, column, target, value, matrix):  # type: ignore[no-untyped-def]
    """Writes `value` at (target[row], column[sample]) for each cell of a tile; -1: not asked for."""
    at = np.int64(0)
    for row in range(len(lengths)):
        n = np.int64(lengths[row])
        to = target[row]
        if to >= 0:
            base = np.uint32(row * people)
            for i in range(at, at + n):
                place = column[np.int64(cells[i] - base)]
                if place >= 0:
                    matrix[to, place] = value
        at += n


class _Columns:
    """The columns of one batch in a matrix."""

    def __init__(
        self, view: View, batch: Batch, chosen: NDArray[np.uint32], first: int, matrix: NDArray[np.int8]
    ) -> None:
        self._view, self._batch, self._chosen, self._matrix = view, batch, chosen, matrix
        self._span = slice(first, first + len(chosen))
        self._column = np.full(batch.entry.samples, -1, np.int64)
        self._column[chosen] = np.arange(first, first + len(chosen))

    def fill(self, sites: pl.DataFrame, region: Region) -> None:
        """Fill the rows of some sites of one contig; `to` is their row in the matrix."""
        rows, pos = sites["to"].to_numpy().astype(np.int64), sites["pos"].to_numpy()
        kinds = ploidy.regions(self._view.assembly, region.contig, pos)
        absent = dict(zip(rows.tolist(), pos.tolist(), strict=True))
        for tile in self._batch.tiles(region):
            target = self._targets(tile, sites)
            if (target >= 0).any():
                self._fill_tile(tile, target)
                absent = {row: at for row, at in absent.items() if row not in set(target.tolist())}
        for row, at in absent.items():
            self._fill_absent(row, at, region.contig)
        for kind in np.unique(kinds[kinds != DIPLOID]).tolist():
            self._follow_karyotypes(rows[kinds == kind], kind)
        for tile in self._batch.tiles(region):
            if tile.has_exceptions:
                self._correct(
                    tile, self._targets(tile, sites), dict(zip(rows.tolist(), kinds.tolist(), strict=True))
                )

    def _targets(self, tile: Tile, sites: pl.DataFrame) -> NDArray[np.int64]:
        """The row of the matrix for each row of a tile, -1 for none."""
        mine = pl.DataFrame(pl.from_arrow(tile.arrow(list(KEY))))
        joined = mine.join(sites.select(*KEY, "to"), on=KEY, how="left", maintain_order="left")
        return joined["to"].cast(pl.Int64).fill_null(-1).to_numpy()

    def _fill_tile(self, tile: Tile, target: NDArray[np.int64]) -> None:
        for name, value in _STATES:
            lengths = tile.lengths(name)
            if lengths[target >= 0].any():
                _fill_rows(tile.cells(name), lengths, tile.samples, self._column, target, value, self._matrix)
            planes = tile.planes(name)
            wanted = np.flatnonzero(target[planes.rows] >= 0)
            if len(wanted):
                fill_matrix_planes(
                    planes.data, planes.start, planes.stride, wanted, target[planes.rows[wanted]], self._column,
                    value, self._matrix,
                )  # fmt: skip
        if self._batch.several_sources and self._batch.absent_is(AbsentIs.UNKNOWN).any():
            self._hide_unmentioned(tile, target)

    def _hide_unmentioned(self, tile: Tile, target: NDArray[np.int64]) -> None:
        """Not called: whose file has no record of a row, and does not say that it is reference then."""
        source, sample = self._batch.sources
        unknown = self._batch.absent_is(AbsentIs.UNKNOWN)
        column = tile.arrow(["sources"])["sources"].to_pylist()
        for row in np.flatnonzero(target >= 0).tolist():
            mentioned = np.zeros(self._batch.entry.samples, np.bool_)
            mentioned[sample[np.isin(source, column[row])]] = True
            self._matrix[target[row], self._span][(unknown & ~mentioned)[self._chosen]] = MISSING

    def _fill_absent(self, row: int, pos: int, contig: str) -> None:
        """A row that the batch does not have: reference where its files say so, else not called."""
        batch = self._batch
        called = batch.absent_is(AbsentIs.REFERENCE).copy()
        by_blocks = batch.absent_is(AbsentIs.CALLABLE)
        if by_blocks.any():
            covered = np.zeros(batch.entry.samples, np.bool_)
            covered[ordinals_of(callable_samples(batch.callable, contig, pos))] = True
            called |= by_blocks & covered
        self._matrix[row, self._span] = np.where(called[self._chosen], 0, MISSING)

    def _copies_expected(self, kind: int) -> NDArray[np.uint8]:
        """Of each column, as counting has it."""
        expected = self._batch.expected_copies[kind, self._chosen]
        return np.minimum(np.where(expected == AS_WRITTEN, 2, expected), 2).astype(np.uint8)

    def _follow_karyotypes(self, rows: NDArray[np.int64], kind: int) -> None:
        """Rows of X, Y and the mitochondrial genome: HOM is one copy where one is expected, HET contradicts it."""
        some = self._matrix[rows, self._span]
        if kind == MITOCHONDRIAL:
            self._matrix[rows, self._span] = np.minimum(some, 1)
            return
        expected = self._copies_expected(kind)
        single = np.where(some == 1, MISSING, np.minimum(some, 1))
        known = np.where(expected == 1, single, np.where(expected == 0, MISSING, some))
        self._matrix[rows, self._span] = known

    def _correct(self, tile: Tile, target: NDArray[np.int64], kinds: dict[int, int]) -> None:
        """Calls of another number of copies than their state says."""
        of = exceptions_of(tile)
        to = np.repeat(target, np.diff(of.offsets))
        place = self._column[of.samples]
        for i in np.flatnonzero((to >= 0) & (place >= 0) & (of.state != MISSING)).tolist():
            kind = kinds[int(to[i])]
            if kind != MITOCHONDRIAL and not self._copies_expected(kind)[place[i] - self._span.start]:
                continue
            copies = min(int(of.copies[i]), 1) if kind == MITOCHONDRIAL else int(of.copies[i])
            self._matrix[to[i], place[i]] = copies if of.called[i] else MISSING
