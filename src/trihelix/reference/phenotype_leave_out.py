"""Diseases rebuilt without what one publication taught, so that a ranker can be judged fairly.

phenotype.hpoa cites the very papers that solved cases come from. For each publication the diseases it touches,
directly or through their phenotypic series, are built again from the other rows and appended to the profiles.
What is common to all diseases (background, information) stays: one disease among thousands does not move it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from trihelix.reference.ontology import IntArray
from trihelix.reference.phenotype_profiles import extend, lend_within_series, number_series, pool, propagate
from trihelix.reference.phenotypes import Phenotypes, count_publications, phenotypic_rows

Replacements = dict[str, dict[int, int]]


def leave_out(phenotypes: Phenotypes, publications: Sequence[str]) -> tuple[Phenotypes, Replacements]:
    """The pack with rebuilt diseases appended, and per publication {disease number: its rebuilt number}.

    A row is dropped where any of its references is the publication, for example "PMID:10198255".
    """
    series = number_series(phenotypes.diseases["name"].to_list())
    cited = phenotypes.annotations.with_columns(reference=pl.col("references").str.split(";"))
    next_number = len(phenotypes.profiles.publications)
    replaced: Replacements = {}
    owned, carried, counts = [], [], []
    touched_by = _touched(cited, set(publications))
    for publication in sorted(touched_by):
        touched = _with_series(touched_by[publication], series)
        rows = cited.filter(
            pl.col("disease").is_in(touched.tolist()) & ~pl.col("reference").list.contains(publication)
        )
        new = np.arange(next_number, next_number + len(touched), dtype=np.int32)
        next_number += len(touched)
        renamed = pl.DataFrame({"disease": touched, "new": new})
        own = pool(phenotypic_rows(rows, phenotypes.ontology))
        lent = propagate(lend_within_series(own, series), phenotypes.ontology)
        owned.append(_rename(own, renamed))
        carried.append(_rename(lent, renamed))
        counts.append(count_publications(rows, phenotypes.diseases)[touched])
        replaced[publication] = dict(zip(touched.tolist(), new.tolist(), strict=True))
    if not replaced:
        return phenotypes, {}
    extended = extend(
        phenotypes.profiles, pl.concat(owned), pl.concat(carried), np.concatenate(counts), phenotypes.ontology
    )
    return replace(phenotypes, profiles=extended), replaced


def _touched(cited: pl.DataFrame, publications: set[str]) -> dict[str, IntArray]:
    """Per publication the diseases that it annotates."""
    pairs = (
        cited.select("disease", "reference")
        .explode("reference")
        .unique()
        .filter(pl.col("reference").is_in(list(publications)))
    )
    return {
        str(key[0]): np.sort(group["disease"].to_numpy())
        for key, group in pairs.group_by("reference", maintain_order=True)
    }


def _with_series(diseases: IntArray, series: IntArray) -> IntArray:
    """The diseases and all that share a series with them, sorted."""
    shared = np.isin(series, series[diseases]) & (series >= 0)
    return np.union1d(diseases, np.flatnonzero(shared)).astype(np.int32)


def _rename(rows: pl.DataFrame, renamed: pl.DataFrame) -> pl.DataFrame:
    """The rows with the rebuilt disease numbers."""
    return rows.join(renamed, on="disease").drop("disease").rename({"new": "disease"}).select(rows.columns)
