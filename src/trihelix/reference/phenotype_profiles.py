"""What diseases look like: annotation rows pooled per disease and term, smoothed, and carried up the ontology.

Rules; the constants were chosen on solved published cases, their own papers left out (benchmarks/ranking.py):
* rows with a count n/m are summed and shrunk to (n + 1) / (m + 4), so that one patient is not a certainty;
  a row with only a frequency stands by it; a row with neither is taken as UNSTATED_FREQUENCY; the largest counts;
* diseases that share a name but for the number ("Spastic paraplegia 11", "Spastic paraplegia 15": OMIM's
  phenotypic series) lend each other SERIES_SHARE of their mean profile;
* an ancestor has the largest probability among its annotated descendants;
* a term's gain for a disease is its log-likelihood ratio against the mean over diseases, with NOISE mixed in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.methods.term_matching import add_matches
from trihelix.reference.ontology import IntArray, Ontology, Starts

UNSTATED_FREQUENCY = 0.5
SHRINK_AFFECTED, SHRINK_CASES = 1, 4
SERIES_SHARE = 0.5
SERIES_OTHERS = 2  # a series needs so many other described members
SERIES_LEAST = 0.05  # terms rarer than this in the series are not lent
NOISE = 0.02
DAMPING = 0.9  # per is_a step between a query term and the shared ancestor
CURATED_AS_PUBLICATIONS = 4  # an Orphanet entry cites no papers; it stands for several
STEPS = 256

FloatArray = NDArray[np.float32]

_SERIES_WORDS = re.compile(r"\b(autosomal|recessive|dominant|x-linked|type|susceptibility to|familial)\b")
_SERIES_NUMBERS = re.compile(r"\b[0-9]+[a-z]?\b|\b[ivx]+[a-z]?\b|\b[a-z]\b")


@dataclass(frozen=True)
class Common:
    """Per term, over all diseases: mean probability (`background`), `information` = -ln of the share of described
    diseases that have it (nats), and `shares`, how often it is a finding (they sum to 1)."""

    background: FloatArray
    information: FloatArray
    shares: FloatArray


@dataclass(frozen=True)
class Profiles:
    """Profiles of D diseases over T terms, ready for matching.

    By disease: `annotated_start` (D + 1) into `annotated_term`, `_probability`, `_cases`, the disease's own
    annotations; `expected`, the mean gain of a random finding; `publications`; `described`, whether it has any
    annotation. By term: `term_start` (T + 1) into `term_disease`, `term_probability`, `term_cases` and
    `term_gain` (nats), what is lent and carried up included.
    """

    annotated_start: Starts
    annotated_term: IntArray
    annotated_probability: FloatArray
    annotated_cases: IntArray
    expected: FloatArray
    publications: IntArray
    described: NDArray[np.bool_]
    term_start: Starts
    term_disease: IntArray
    term_probability: FloatArray
    term_cases: IntArray
    term_gain: FloatArray
    common: Common


def damping_table() -> FloatArray:
    """The damping factor by number of is_a steps."""
    return (DAMPING ** np.arange(STEPS)).astype(np.float32)


def series_name(disease_name: str) -> str:
    """A disease's name without numbers and mode of inheritance: equal for members of one phenotypic series."""
    text = _SERIES_WORDS.sub("", disease_name.lower().split(";")[0])
    return re.sub(r"[^a-z]+", " ", _SERIES_NUMBERS.sub("", text)).strip()


def pool(annotations: pl.DataFrame) -> pl.DataFrame:
    """Rows (disease, term, probability, cases) sorted, from annotation rows of phenotypic terms.

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
            silent=(~counted & pl.col("frequency").is_null()).any(),
        )
    )
    shrunk = (pl.col("affected") + SHRINK_AFFECTED) / (pl.col("cases") + SHRINK_CASES)
    probability = pl.max_horizontal(
        pl.when(pl.col("affected") > 0).then(shrunk),
        pl.col("stated"),
        pl.when("silent").then(UNSTATED_FREQUENCY),
    )
    return (
        rows.select(
            "disease", "term", probability=probability.cast(pl.Float32), cases=pl.col("cases").cast(pl.Int32)
        )
        .filter(pl.col("probability") > 0)
        .sort("disease", "term")
    )


def lend_within_series(pooled: pl.DataFrame, series: IntArray) -> pl.DataFrame:
    """The pooled rows with what each disease's series lends it; `series` is a number per disease, -1 for none.

    The lent probability is SERIES_SHARE x the mean over the *other* described members. Only described diseases
    borrow: an entry without any annotation stays without.
    """
    rows = pooled.with_columns(series=pl.Series(series[pooled["disease"].to_numpy()])).filter(
        pl.col("series") >= 0
    )
    members = rows.select("series", "disease").unique()
    sums = rows.group_by("series", "term").agg(together=pl.col("probability").cast(pl.Float64).sum())
    others = members.with_columns(others=(pl.len().over("series") - 1)).filter(
        pl.col("others") >= SERIES_OTHERS
    )
    own = pooled.select("disease", "term", own="probability", own_cases="cases")
    mean = (pl.col("together") - pl.col("own").fill_null(0.0)) / pl.col("others")
    lent = (
        others.join(sums, on="series")
        .join(own, on=["disease", "term"], how="left")
        .with_columns(mean=mean)
        .filter(pl.col("mean") > SERIES_LEAST)
        .select(
            "disease",
            "term",
            probability=(pl.col("mean") * SERIES_SHARE).cast(pl.Float32),
            cases=pl.col("own_cases").fill_null(0),
        )
    )
    both = pl.concat([pooled, lent]).group_by("disease", "term")
    return both.agg(pl.col("probability").max(), pl.col("cases").max()).sort("disease", "term")


def propagate(pooled: pl.DataFrame, ontology: Ontology) -> pl.DataFrame:
    """Rows (term, disease, probability, cases) sorted: pooled annotations carried up to phenotypic ancestors.

    Where several descendants are annotated, the most probable one counts, with the cases behind it.
    """
    term = pooled["term"].to_numpy()
    sizes = np.diff(ontology.ancestors_start)[term]
    row = np.repeat(np.arange(len(term)), sizes)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    ancestor = ontology.ancestors[ontology.ancestors_start[term][row] + offset]
    kept = ontology.phenotypic[ancestor]
    carried = pl.DataFrame({"term": ancestor[kept]}).hstack(
        pooled.select("disease", "probability", "cases")[row[kept]]
    )
    ranked = carried.sort(["term", "disease", "probability", "cases"], descending=[False, False, True, True])
    return ranked.unique(["term", "disease"], keep="first", maintain_order=True)


def build_profiles(
    own: pl.DataFrame, carried: pl.DataFrame, publications: IntArray, ontology: Ontology
) -> Profiles:
    """Profiles from the diseases' own pooled rows, the carried rows of all, and publications per disease."""
    terms = len(ontology.codes)
    described = own["disease"].n_unique()
    background, information = _background(carried, described, ontology)
    common = Common(background, information, finding_shares(own, terms))
    return assemble(own, carried, publications, ontology, common)


def assemble(
    own: pl.DataFrame, carried: pl.DataFrame, publications: IntArray, ontology: Ontology, common: Common
) -> Profiles:
    """The arrays for matching, with background and shares given; rows must be sorted as `pool` and `propagate` do."""
    number = len(publications)
    disease = own["disease"].to_numpy()
    profiles = Profiles(
        annotated_start=_starts(disease, number),
        annotated_term=own["term"].to_numpy().astype(np.int32),
        annotated_probability=own["probability"].to_numpy(),
        annotated_cases=own["cases"].to_numpy().astype(np.int32),
        expected=np.zeros(number, np.float32),
        publications=publications,
        described=np.bincount(disease, minlength=number) > 0,
        term_start=_starts(carried["term"].to_numpy(), len(ontology.codes)),
        term_disease=carried["disease"].to_numpy().astype(np.int32),
        term_probability=carried["probability"].to_numpy(),
        term_cases=carried["cases"].to_numpy().astype(np.int32),
        term_gain=gains(carried, common.background),
        common=common,
    )
    profiles.expected[:] = expected_gain(profiles, ontology)
    return profiles


def extend(
    profiles: Profiles, own: pl.DataFrame, carried: pl.DataFrame, publications: IntArray, ontology: Ontology
) -> Profiles:
    """The profiles with further diseases, numbered on from the present ones; what is common to all stays as it is."""
    size = len(profiles.publications)
    was_own = pl.DataFrame(
        {
            "disease": np.repeat(np.arange(size, dtype=np.int32), np.diff(profiles.annotated_start)),
            "term": profiles.annotated_term,
            "probability": profiles.annotated_probability,
            "cases": profiles.annotated_cases,
        }
    )
    terms = np.arange(len(ontology.codes), dtype=np.int32)
    was_carried = pl.DataFrame(
        {
            "term": np.repeat(terms, np.diff(profiles.term_start)),
            "disease": profiles.term_disease,
            "probability": profiles.term_probability,
            "cases": profiles.term_cases,
        }
    )
    return assemble(
        pl.concat([was_own, own], how="vertical_relaxed").sort("disease", "term"),
        pl.concat([was_carried, carried.select(was_carried.columns)], how="vertical_relaxed").sort(
            "term", "disease"
        ),
        np.concatenate((profiles.publications, publications)).astype(np.int32),
        ontology,
        profiles.common,
    )


def _background(carried: pl.DataFrame, described: int, ontology: Ontology) -> tuple[FloatArray, FloatArray]:
    """Mean probability per term over described diseases, and information. A term that no disease has counts as
    rare as one that a single disease has; one that is no abnormality carries no information."""
    term, probability, terms = (
        carried["term"].to_numpy(),
        carried["probability"].to_numpy(),
        len(ontology.codes),
    )
    least = NOISE / max(described, 1)
    mean = np.maximum(np.bincount(term, probability, minlength=terms) / max(described, 1), least)
    share = np.maximum(np.bincount(term, minlength=terms), 1) / max(described, 1)
    information = np.where(ontology.phenotypic, -np.log(np.minimum(share, 1.0)), 0.0)
    return mean.astype(np.float32), information.astype(np.float32)


def gains(carried: pl.DataFrame, background: FloatArray) -> FloatArray:
    """Log-likelihood ratio in nats of each carried row's term against the background."""
    mean = background[carried["term"].to_numpy()]
    mixed = (1 - NOISE) * carried["probability"].to_numpy() + NOISE * mean
    return np.asarray(np.log(mixed / mean), np.float32)


def finding_shares(own: pl.DataFrame, terms: int) -> FloatArray:
    """How often each term is a finding: its share of all annotated probability."""
    weight = np.bincount(own["term"].to_numpy(), own["probability"].to_numpy(), minlength=terms)
    return np.asarray(weight / max(weight.sum(), 1e-9), np.float32)


def expected_gain(profiles: Profiles, ontology: Ontology) -> FloatArray:
    """Mean matched gain per disease of one random finding: what a rich profile gets for nothing."""
    shares = profiles.common.shares
    query = np.flatnonzero(shares).astype(np.int32)
    total = np.zeros(len(profiles.publications), np.float32)
    best = np.zeros_like(total)
    add_matches(
        query, shares[query], ontology.ancestors_start, ontology.ancestors, ontology.steps, damping_table(),
        profiles.term_start, profiles.term_disease, profiles.term_gain, best, total,
    )  # fmt: skip
    return total


def _starts(sorted_owner: NDArray[np.generic], number: int) -> Starts:
    return np.searchsorted(sorted_owner, np.arange(number + 1)).astype(np.int64)


def number_series(names: Sequence[str]) -> IntArray:
    """A series number per disease name, -1 for names without words."""
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(key, len(numbers)) if key else -1 for key in map(series_name, names)], np.int32
    )
