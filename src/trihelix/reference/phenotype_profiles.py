"""What diseases look like: annotation rows pooled per disease and term, and carried up to all ancestors.

Rules: a row with a count n/m adds its cases; a row with only a frequency (percentage or HPO frequency term)
stands by that frequency; a row with neither is taken as UNSTATED_FREQUENCY. A term's probability in a disease
is the largest of these, counts shrunk as (n + 0.5) / (m + 1) (Krichevsky-Trofimov), and an ancestor has the
largest probability among its annotated descendants (a person with a specific finding has the general one).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.reference.ontology import IntArray, Ontology, Starts

UNSTATED_FREQUENCY = 0.6

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Profiles:
    """Pooled annotations of D diseases over T terms.

    Per disease: `annotated_start` (D + 1) into `annotated_term` and `annotated_probability`, direct annotations
    only. Per term: `term_start` (T + 1) into `term_disease` and `term_probability`, ancestors included.
    `excluded_start` (D + 1) into `excluded_term`, `excluded_cases`: terms looked for and not found in so many.
    """

    annotated_start: Starts
    annotated_term: IntArray
    annotated_probability: FloatArray
    term_start: Starts
    term_disease: IntArray
    term_probability: FloatArray

    @property
    def diseases(self) -> int:
        """How many diseases the profiles cover, with or without annotations."""
        return len(self.annotated_start) - 1


def pool(annotations: pl.DataFrame) -> pl.DataFrame:
    """Rows (disease, term, probability, cases) sorted by both, from annotation rows of phenotypic terms.

    `annotations` has disease, term (indices), numerator, denominator, frequency (null where not stated), negated.
    Terms that were only ever found absent are left out.
    """
    counted = pl.col("denominator").is_not_null()
    rows = (
        annotations.filter(~pl.col("negated"))
        .group_by("disease", "term")
        .agg(
            affected=pl.col("numerator").sum(),
            cases=pl.col("denominator").sum(),
            stated=pl.col("frequency").filter(~counted).max(),
            unstated=(~counted & pl.col("frequency").is_null()).any(),
        )
    )
    from_counts = pl.when(pl.col("affected") > 0).then((pl.col("affected") + 0.5) / (pl.col("cases") + 1))
    from_silence = pl.when("unstated").then(UNSTATED_FREQUENCY)
    probability = pl.max_horizontal(from_counts, pl.col("stated"), from_silence).cast(pl.Float32)
    return (
        rows.select("disease", "term", probability=probability, cases=pl.col("cases").cast(pl.Int32))
        .filter(pl.col("probability") > 0)
        .sort("disease", "term")
    )


def propagate(pooled: pl.DataFrame, ontology: Ontology) -> pl.DataFrame:
    """Rows (term, disease, probability) sorted by both: pooled annotations carried up to phenotypic ancestors."""
    lists = pl.Series("ancestor", np.split(ontology.ancestors, ontology.ancestors_start[1:-1]))
    term, number = pooled["term"].to_numpy(), len(pooled)
    del lists
    sizes = np.diff(ontology.ancestors_start)[term] if number else np.zeros(0, np.int64)
    row = np.repeat(np.arange(number), sizes)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    ancestor = ontology.ancestors[ontology.ancestors_start[term][row] + offset]
    carried = pl.DataFrame(
        {
            "term": ancestor,
            "disease": pooled["disease"].to_numpy()[row],
            "probability": pooled["probability"].to_numpy()[row],
        }
    )
    kept = carried.filter(ontology.phenotypic[ancestor])
    return kept.group_by("term", "disease").agg(pl.col("probability").max()).sort("term", "disease")
