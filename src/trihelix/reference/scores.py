"""Score packs: predictions for alleles (REVEL, AlphaMissense, CADD, SpliceAI, ...) from any TSV or VCF by column mapping."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.formats.bgzf import text_pieces
from trihelix.formats.sites import read_sites
from trihelix.model.errors import PackError
from trihelix.reference.allele_keys import Alleles
from trihelix.reference.allele_table import KEY, REF_ALT, AlleleTables, write_allele_tables
from trihelix.reference.build_check import RefSample, check_build
from trihelix.reference.columnar import read_arrow, write_arrow
from trihelix.reference.pack import ConversionOptions, Converted
from trihelix.reference.score_table import PLACE, check_numbers, read_score_table, require_columns

NAMES = "scores.arrow"
_NAME = re.compile(r"[A-Za-z][\w.-]*")
_OURS = frozenset({KEY, REF_ALT})  # columns that every table of alleles has


@dataclass(frozen=True)
class Scores:
    """An opened score pack and the names of its scores."""

    names: tuple[str, ...]
    tables: AlleleTables

    def look_up(
        self, contig: str, alleles: Alleles, keys: NDArray[np.uint64] | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """Score name -> value per allele, NaN where the pack does not have the allele."""
        out = {name: np.full(len(alleles.pos), np.nan, np.float32) for name in self.names}
        rows = self.tables.find(contig, alleles, keys)
        hit = rows >= 0
        if hit.any():
            for name in self.names:
                out[name][hit] = self.tables.column(contig, name)[rows[hit]]
        return out


def open_scores(folder: Path) -> Scores:
    """Open a score pack."""
    return Scores(tuple(read_arrow(folder / NAMES)["score"]), AlleleTables(folder))


def convert(sources: Sequence[Path], folder: Path, options: ConversionOptions) -> Converted:
    """A score pack. `options.columns` maps our names to the file's columns (TSV) or INFO keys (VCF).

    contig, pos, ref and alt need no mapping where the file uses one of their usual names; every other name in
    the mapping is a score. Raises PackError naming the column that the file lacks and those that it has, and
    AssemblyMismatchError where the file's words or its REF alleles are those of another assembly.
    """
    scores = {name: column for name, column in options.columns.items() if name not in PLACE}
    _check_names(scores, sources[0])
    found = _Found(set(), {}, RefSample())
    counts = write_allele_tables(folder, _frames(sources, options, scores, found))
    if not counts:
        raise PackError(
            "the file holds no scores", where=str(sources[0]), advice="check that it was written completely"
        )
    write_arrow(pl.DataFrame({"score": list(scores)}), folder / NAMES)
    named = found.named.pop() if len(found.named) == 1 else None
    note = None
    if named is None or options.assembly in (None, named):  # else the words contradict already
        where = ", ".join(str(s) for s in sources[:3])
        note = check_build(found.sample, named or options.assembly, options.genomes, where)
    return Converted(
        assembly=named or options.assembly,
        counts={"alleles": sum(counts.values()), "scores": len(scores)},
        contigs=found.contigs or dict.fromkeys(counts, 0),
        notes=(note,) if note else (),
    )


@dataclass(frozen=True)
class _Found:
    """What reading the files finds out: assemblies that they name, contig lengths, a sample of REF alleles."""

    named: set[str]
    contigs: dict[str, int]
    sample: RefSample


def _check_names(scores: Mapping[str, str], where: Path) -> None:
    if not scores:
        raise PackError(
            "a score pack needs to know which column holds the score",
            where=str(where),
            advice="for example --column revel=REVEL_score",
        )
    if wrong := [name for name in scores if name in _OURS or not _NAME.fullmatch(name)]:
        raise PackError(
            "this cannot be the name of a score",
            where=str(where),
            value=wrong[0],
            advice="use letters, digits and _ . - for the NAME in --column NAME=COLUMN",
        )


def _frames(
    sources: Sequence[Path], options: ConversionOptions, scores: Mapping[str, str], found: _Found
) -> Iterator[pl.DataFrame]:
    for source in sources:
        if next(text_pieces(source), b"").startswith(b"##fileformat=VCF"):
            header, tables = read_sites(source, list(scores.values()))
            require_columns(source, scores.values(), header.info)
            found.contigs.update(header.contigs)
            found.named.update({header.assembly} if header.assembly else ())
        else:
            tables = read_score_table(source, options, scores, found.named)
        rows = 0
        for table in tables:
            check_numbers(source, table, scores, rows)
            found.sample.take(table)
            rows += len(table)
            yield table.select(
                *PLACE,
                *(
                    pl.col(c).cast(pl.Float32, strict=False).fill_null(float("nan")).alias(n)
                    for n, c in scores.items()
                ),
            )
