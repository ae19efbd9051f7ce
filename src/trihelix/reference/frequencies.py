"""Frequency packs: how common an allele is in each population, from gnomAD-style sites VCFs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.formats.sites import read_sites
from trihelix.formats.vcf import open_vcf
from trihelix.model.errors import PackError
from trihelix.reference.allele_keys import Alleles
from trihelix.reference.allele_table import AlleleTables, write_allele_tables
from trihelix.reference.columnar import read_arrow, write_arrow
from trihelix.reference.pack import ConversionOptions, Converted

POPULATIONS = "populations.arrow"
GLOBAL = "all"
# The highest over populations says nothing of which one: thresholds differ, so it serves only where it is all there is.
HIGHEST = frozenset({"popmax", "grpmax"})
# AF, AF_afr, AF_popmax, AF_grpmax ... ; not AF_XX, AF_afr_XY, AF_joint_..., AF_EXAC-like sub-strata of sex or subset.
_FREQUENCY_KEY = re.compile(r"^AF(?:[_-]([A-Za-z]{3,12}))?$")
_NOT_POPULATIONS = frozenset({"joint", "exomes", "genomes", "raw", "male", "female", "exac", "esp", "tgp"})


@dataclass(frozen=True)
class Frequencies:
    """An opened frequency pack: its name, populations with their largest allele number (0 = not told), tables."""

    name: str
    populations: tuple[str, ...]
    allele_numbers: tuple[int, ...]
    tables: AlleleTables

    def look_up(
        self, contig: str, alleles: Alleles, keys: NDArray[np.uint64] | None = None
    ) -> NDArray[np.float32]:
        """Frequencies (allele, population); 0 where the pack does not have the allele."""
        out = np.zeros((len(alleles.pos), len(self.populations)), np.float32)
        rows = self.tables.find(contig, alleles, keys)
        if (rows >= 0).any():
            for column, name in enumerate(self.populations):
                _gather(self.tables.column(contig, name), rows, out, column)
        return out


@numba.njit(cache=True, nogil=True)
def _gather(table, rows, out, column):  # type: ignore[no-untyped-def]
    """Copy the table's values at some rows (-1: none) into a column of a matrix."""
    for i in range(len(rows)):
        if rows[i] >= 0:
            out[i, column] = table[rows[i]]


def open_frequencies(folder: Path, name: str) -> Frequencies:
    """Open a frequency pack."""
    populations = read_arrow(folder / POPULATIONS)
    return Frequencies(
        name, tuple(populations["population"]), tuple(populations["allele_number"]), AlleleTables(folder)
    )


def convert(sources: Sequence[Path], folder: Path, options: ConversionOptions) -> Converted:
    """A frequency pack from one or more sites VCFs (all with the same populations; usually one per chromosome).

    INFO keys AF, AF_<population>, AF_popmax / AF_grpmax are taken, with AN where there is one. Raises PackError
    when a file has no such key.
    """
    keys = _population_keys(sources[0])
    largest: dict[str, int] = dict.fromkeys(keys, 0)
    contigs: dict[str, int] = {}
    named: str | None = None

    def frames() -> Iterator[pl.DataFrame]:
        nonlocal named
        for source in sources:
            if _population_keys(source) != keys:
                raise PackError(
                    "the files of one frequency pack must have the same populations",
                    where=str(source),
                    value=", ".join(_population_keys(source)),
                    advice=f"the first file has {', '.join(keys)}; add separate packs",
                )
            numbers = {p: key.replace("AF", "AN", 1) for p, key in keys.items()}
            header, tables = read_sites(source, [*keys.values(), *numbers.values()])
            contigs.update(header.contigs)
            named = named or header.assembly
            for table in tables:
                for population, key in numbers.items():
                    top = table[key].cast(pl.Int64, strict=False).max()
                    largest[population] = max(largest[population], int(top) if isinstance(top, int) else 0)
                yield table.select(
                    "contig", "pos", "ref", "alt",
                    *(
                        pl.col(key).cast(pl.Float32, strict=False).fill_nan(0).fill_null(0).alias(population)
                        for population, key in keys.items()
                    ),
                )  # fmt: skip

    counts = write_allele_tables(folder, frames())
    if not counts:
        raise PackError(
            "the file holds no sites", where=str(sources[0]), advice="check that it was written completely"
        )
    populations = pl.DataFrame({"population": list(keys), "allele_number": [largest[p] for p in keys]})
    write_arrow(populations, folder / POPULATIONS)
    return Converted(
        assembly=named or options.assembly,
        counts={"alleles": sum(counts.values()), "populations": len(keys)},
        contigs=contigs or dict.fromkeys(counts, 0),
    )


def _population_keys(path: Path) -> dict[str, str]:
    """Population name -> INFO key, from the header."""
    header, _ = open_vcf(path)
    keys = {}
    for key in header.info:
        match = _FREQUENCY_KEY.match(key)
        if match and (match.group(1) or "").lower() not in _NOT_POPULATIONS:
            keys[(match.group(1) or GLOBAL).lower()] = key
    if len(keys.keys() - {GLOBAL, *HIGHEST}) > 0:
        keys = {population: key for population, key in keys.items() if population not in HIGHEST}
    if not keys:
        raise PackError(
            "the file has no allele frequencies: no INFO key AF or AF_<population>",
            where=str(path),
            value=", ".join(list(header.info)[:8]) or "no INFO keys",
            advice="give a sites VCF with AF, for example gnomAD's",
        )
    return keys
