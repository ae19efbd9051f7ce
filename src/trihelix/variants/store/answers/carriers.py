"""Who carries what in a region: one line per carrier and allele, with the call's quality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.variants import codes
from trihelix.variants.store import ploidy
from trihelix.variants.store.answers.carrier_rows import Carriers, carriers_of_rows, quality_at
from trihelix.variants.store.answers.rare_rows import ANY, RareRows, Rarity, rare_rows
from trihelix.variants.store.batches import View
from trihelix.variants.store.cohorts import Cohort
from trihelix.variants.store.genotypes import DIPLOID, MITOCHONDRIAL
from trihelix.variants.store.regions import Region

GENOTYPES = ("het", "hom", "hemi", "half call")
_SCHEMA: dict[str, Any] = {
    "contig": pl.String, "pos": pl.Int32, "ref": pl.String, "alt": pl.String, "filter": pl.String, "ac": pl.Int64,
    "an": pl.Int64, "sample": pl.String, "batch": pl.String, "genotype": pl.Enum(GENOTYPES), "dp": pl.Int16,
    "gq": pl.Int16, "ref_depth": pl.Int16, "alt_depth": pl.Int16, "phase": pl.String, "phase_set": pl.Int32,
}  # fmt: skip


def carriers(
    view: View, cohort: Cohort, regions: Sequence[Region] | None = None, rarity: Rarity = ANY
) -> pl.DataFrame:
    """One line per carrier and allele: contig, pos, ref, alt, filter, ac and an (copies in the cohort), sample, batch,
    genotype, dp, gq, ref_depth, alt_depth, phase (0|1 or 1|0), phase_set; null where the file did not say.

    The lines of a region are sorted by position, allele, batch and ordinal.
    """
    found = [_of_region(view, cohort, region, rarity) for region in view.regions(regions)]
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *found])


def _of_region(view: View, cohort: Cohort, region: Region, rarity: Rarity) -> pl.DataFrame:
    """The lines of a region; those of an allele by batch, as they stand after compaction."""
    frames = [_lines(view, rare, cohort, region) for rare in rare_rows(view, cohort, [region], rarity)]
    lines = pl.concat([pl.DataFrame(schema=_SCHEMA), *frames])
    if len(frames) > 1 and len(view.batches) > 1:
        return lines.sort("pos", "ref", "alt", maintain_order=True)
    return lines


def _lines(view: View, rare: RareRows, cohort: Cohort, region: Region) -> pl.DataFrame:
    tile, batch = rare.tile, rare.batch
    found = carriers_of_rows(tile, rare.chosen, cohort.members[batch.id] & view.everyone.members[batch.id])
    sites = pl.DataFrame(pl.from_arrow(tile.arrow(["ref", "alt", "filter"])))
    if rare.filters is not None:
        sites = sites.with_columns(rare.filters)
    frame = sites[found.row].with_columns(
        pl.Series("pos", tile.pos[found.row]),
        pl.Series("ac", rare.ac[found.row]),
        pl.Series("an", rare.an[found.row]),
        batch.id_series.gather(found.sample).alias("sample"),
        _genotypes(view, rare, found).alias("genotype"),
        pl.lit(view.display(region.contig)).alias("contig"),
        pl.lit(batch.entry.name).alias("batch"),
        *_quality(rare, found),
    )
    return frame.select(*_SCHEMA).cast(_SCHEMA)  # type: ignore[arg-type]


def genotype_words(
    state: NDArray[Any], called: NDArray[Any], kind: NDArray[Any], copies: NDArray[Any]
) -> pl.Series:
    """What each carrier's call is called: by its state, the alleles called where the state does not tell (else another
    number), the region's kind, and the copies expected of the person there."""
    single = (kind != DIPLOID) & (kind != MITOCHONDRIAL) & (copies == 1)
    word = np.where(state == codes.HOM, 1, 0)
    word[(single | (called == 1)) & (state == codes.HOM)] = 2
    word[(called == 1) & (state == codes.HET)] = 3
    return pl.Series(GENOTYPES, dtype=pl.Enum(GENOTYPES)).gather(word)


def _genotypes(view: View, rare: RareRows, found: Carriers) -> pl.Series:
    kind = ploidy.regions(view.assembly, rare.tile.part.contig, rare.tile.pos)[found.row]
    return genotype_words(found.state, found.called, kind, rare.batch.expected_copies[kind, found.sample])


def _quality(rare: RareRows, found: Carriers) -> list[pl.Series | pl.Expr]:
    of = quality_at(rare.tile, found.place)
    if of is None:
        return [pl.lit(None).alias(name) for name in list(_SCHEMA)[-6:]]
    names = ("dp", "gq", "ref_depth", "alt_depth", "phase_set")
    known = [_known(getattr(of, name)).alias(name) for name in names]
    phased = (of.flags & codes.PHASED > 0) & (found.state == codes.HET)
    second = of.flags & codes.SECOND_HAPLOTYPE > 0
    phase = pl.Series(["1|0", "0|1", None], dtype=pl.String).gather(
        np.where(phased, second.astype(np.int64), 2)
    )
    return [*known, phase.alias("phase")]


def _known(values: NDArray[Any]) -> pl.Series:
    """The values, null where they are -1."""
    series = pl.Series(values)
    return series if (values >= 0).all() else series.set(series < 0, None)
