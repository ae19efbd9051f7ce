"""What a sequencer and a variant caller make of true genotypes: read depths, allelic depths, qualities, filters.

Depth is negative binomial around a sample's own mean, alternative reads are binomial with a slight bias to the
reference, as in short-read genomes at about 35-fold; genotype quality is the likelihood of the genotype against the
next best one, given the reads (Li, Bioinformatics 2011; 27:2987).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MEAN_DEPTH, DEPTH_SPREAD = 35.0, 0.10
DISPERSION = 25.0
ALT_READ_SHARE = 0.48
READ_ERROR = 0.003
NOT_CALLED = 0.002
FAILED = 0.012  # share of sites that a caller marks as low quality
LEAST_DEPTH_OF_KEPT = 20
HIGHEST_QUALITY = 99

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Reads:
    """Calls of some sites by members: `copies` of the alternative allele, -1 not called; `ploidy`; depths; quality."""

    copies: Ints
    ploidy: Ints
    depth: Ints
    ref_depth: Ints
    alt_depth: Ints
    quality: Ints


def sequence(
    copies: Ints,
    ploidy: Ints,
    kept: NDArray[np.bool_],
    mean_depth: NDArray[np.float64],
    rng: np.random.Generator,
) -> Reads:
    """Calls for true `copies` (site, member). Rows that are `kept` are always called, at a good depth.

    `mean_depth` is per member, for two chromosomes; `ploidy` (site, member) is 1 where there is one.
    """
    mean = mean_depth[None, :] * ploidy / 2
    depth = rng.negative_binomial(DISPERSION, DISPERSION / (DISPERSION + mean))
    depth = np.where(kept[:, None], np.maximum(depth, LEAST_DEPTH_OF_KEPT), depth)
    share = np.where(copies == 0, READ_ERROR, np.where(copies == ploidy, 1 - READ_ERROR, ALT_READ_SHARE))
    alt_depth = rng.binomial(depth, share)
    clear = np.abs(alt_depth / np.maximum(depth, 1) - share) < 0.25
    alt_depth = np.where(kept[:, None] & ~clear, np.round(depth * share).astype(np.int64), alt_depth)
    called = ((rng.random(copies.shape) >= NOT_CALLED) & (depth > 2)) | kept[:, None]
    quality = _quality(copies, ploidy, depth, alt_depth)
    return Reads(
        np.where(called, copies, -1),
        ploidy,
        np.where(called, depth, 0),
        np.where(called, depth - alt_depth, 0),
        np.where(called, alt_depth, 0),
        np.where(called, quality, 0),
    )


def draw_mean_depths(members: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """The mean depth of each member's sample."""
    return rng.lognormal(np.log(MEAN_DEPTH), DEPTH_SPREAD, members)


def _quality(copies: Ints, ploidy: Ints, depth: Ints, alt_depth: Ints) -> Ints:
    """Phred-scaled odds of the genotype against the likeliest other one, from 1 to HIGHEST_QUALITY."""
    error, ref_depth = 0.005, depth - alt_depth
    none = ref_depth * np.log10(1 - error) + alt_depth * np.log10(error)
    every = alt_depth * np.log10(1 - error) + ref_depth * np.log10(error)
    half = np.where(ploidy == 2, depth * np.log10(0.5), -np.inf)
    likelihoods: NDArray[Any] = np.stack([none, half, every])
    genotype = np.where(copies == 0, 0, np.where(copies == ploidy, 2, 1))
    own = np.take_along_axis(likelihoods, genotype[None], axis=0)[0]
    np.put_along_axis(likelihoods, genotype[None], -np.inf, axis=0)
    odds = np.round(10 * (own - likelihoods.max(axis=0)))
    return np.asarray(np.clip(odds, 1, HIGHEST_QUALITY), np.int64)
