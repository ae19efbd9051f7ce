"""Whether genotype counts fit Hardy-Weinberg proportions: the exact test, for whole arrays of variants."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

# Outcomes are as likely as the observed one when their ratio is 1 but for rounding, which grows with the number
# of steps between the two (about 1e-14 after 10,000).
_TIE = 1e-12
# Outcomes further out together weigh less than a few hundred times this much of the observed one.
_NEGLIGIBLE = 1e-14


# The two walks step from the observed heterozygote count to its neighbours, two at a time, with the ratio of
# their probabilities (Wigginton et al. 2005, equation 2). Probabilities rise to the mode and fall behind it, so
# that a walk first meets the outcomes that are more likely than the observed one (the centre), then the rest (the
# tail). It ends by itself at the last possible outcome, whose ratio to the next is 0.
@numba.njit(cache=True, nogil=True)
def _walk_up(het, rarer, commoner):  # type: ignore[no-untyped-def]
    """(centre, tail, tied) behind the observed outcome, whose weight is 1, towards more heterozygotes."""
    centre = tail = 0.0
    weight = 4.0 * rarer * commoner / ((het + 1.0) * (het + 2.0))
    while weight > 1.0 + _TIE:
        centre += weight
        het, rarer, commoner = het + 2.0, rarer - 1.0, commoner - 1.0
        weight *= 4.0 * rarer * commoner / ((het + 1.0) * (het + 2.0))
    tied = weight if weight > 1.0 - _TIE else 0.0
    while weight > _NEGLIGIBLE:
        tail += weight
        het, rarer, commoner = het + 2.0, rarer - 1.0, commoner - 1.0
        weight *= 4.0 * rarer * commoner / ((het + 1.0) * (het + 2.0))
    return centre, tail, tied


@numba.njit(cache=True, nogil=True)
def _walk_down(het, rarer, commoner):  # type: ignore[no-untyped-def]
    """As _walk_up, towards fewer heterozygotes."""
    centre = tail = 0.0
    weight = het * (het - 1.0) / (4.0 * (rarer + 1.0) * (commoner + 1.0))
    while weight > 1.0 + _TIE:
        centre += weight
        het, rarer, commoner = het - 2.0, rarer + 1.0, commoner + 1.0
        weight *= het * (het - 1.0) / (4.0 * (rarer + 1.0) * (commoner + 1.0))
    tied = weight if weight > 1.0 - _TIE else 0.0
    while weight > _NEGLIGIBLE:
        tail += weight
        het, rarer, commoner = het - 2.0, rarer + 1.0, commoner + 1.0
        weight *= het * (het - 1.0) / (4.0 * (rarer + 1.0) * (commoner + 1.0))
    return centre, tail, tied


@numba.njit(cache=True, nogil=True)
def _exact_tests(het, hom_ref, hom_alt, tied_share, p):  # type: ignore[no-untyped-def]
    for i in range(len(het)):
        hets = np.float64(het[i])
        rarer = np.float64(min(hom_ref[i], hom_alt[i]))
        commoner = np.float64(max(hom_ref[i], hom_alt[i]))
        centre_up, tail_up, tied_up = _walk_up(hets, rarer, commoner)
        centre_down, tail_down, tied_down = _walk_down(hets, rarer, commoner)
        tail = 1.0 + tail_up + tail_down
        # Against outcomes beyond the range of a double the observed one is impossible: the quotient is 0.
        extreme = tail - tied_share * (1.0 + tied_up + tied_down)
        p[i] = extreme / (tail + centre_up + centre_down)


def exact_test(
    het: NDArray[Any], hom_ref: NDArray[Any], hom_alt: NDArray[Any], mid_p: bool = False
) -> NDArray[np.float64]:
    """P values of the two-sided exact test of Hardy-Weinberg proportions, one for each variant.

    `het`, `hom_ref`, `hom_alt` are equally long arrays of counts of people. The P value is the probability, given
    the allele counts, of all heterozygote counts that are no more likely than the observed one (Wigginton, Cutler
    and Abecasis, AJHG 2005, 76:887). With `mid_p` outcomes as likely as the observed one count half (Graffelman
    and Moreno, Stat Appl Genet Mol Biol 2013, 12:433), which is less conservative for rare alleles. 1 where
    nobody was called or all alleles are the same (mid-p: 0.5). Relative error about 1e-11; 0 below 1e-300.

    For X outside the pseudo-autosomal regions pass the counts of females only: males have no heterozygotes, and a
    test that uses their allele counts as well (Graffelman and Weir 2016) is not made here.
    Raises ValueError for arrays of different shapes or negative counts.
    """
    counts = [np.ascontiguousarray(c, np.int64) for c in (het, hom_ref, hom_alt)]
    if any(c.ndim != 1 or c.shape != counts[0].shape for c in counts):
        raise ValueError(f"genotype counts of different shapes: {[c.shape for c in counts]}")
    if any(c.size and c.min() < 0 for c in counts):
        raise ValueError("a genotype count is negative")
    p = np.empty(len(counts[0]))
    _exact_tests(counts[0], counts[1], counts[2], 0.5 if mid_p else 0.0, p)
    return p
