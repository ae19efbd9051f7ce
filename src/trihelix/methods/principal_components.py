"""Principal components of common variants: exact for few people, by block Krylov iteration for many."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import blas, eigh

# Beyond this many people the relationship matrix (8 bytes a pair) no longer is kept.
LARGEST_EXACT = 5_000
# The random start has this many more columns than components asked for, and this many passes at most follow.
EXTRA_COLUMNS = 10
LARGEST_PASSES = 30
TOLERANCE = 1e-5

# Yields the genotypes anew at each call: blocks (variants, people) of copies of the alternate allele, -1 missing.
Blocks = Callable[[], Iterable[NDArray[np.int8]]]


class PrincipalComponents(NamedTuple):
    """The first components, the largest first.

    `eigenvalues` of the relationship matrix, (k,); `scores` of people, (people, k), unit columns (the .eigenvec of
    plink2); `loadings` of variants, (variants, k), unit columns, 0 for variants that were not used; `explained`,
    (k,), is the share of all variance; `used` the number of variants that vary; `residual` the largest
    |G v - value v| / value that is left, 0 where the answer is exact.
    """

    eigenvalues: NDArray[np.float64]
    scores: NDArray[np.float64]
    loadings: NDArray[np.float64]
    explained: NDArray[np.float64]
    used: int
    residual: float


@numba.njit(cache=True, nogil=True)
def _standardise(genotypes, scaled):  # type: ignore[no-untyped-def]
    """Fills `scaled` and returns how many variants vary; the others are 0."""
    used = 0
    value = np.zeros(4, scaled.dtype)
    for row in range(len(genotypes)):
        copies = called = 0
        for g in genotypes[row]:
            called += g >= 0
            copies += max(g, 0)
        value[:] = 0
        if 0 < copies < 2 * called:
            used += 1
            p = copies / (2 * called)
            for state in range(3):
                value[state + 1] = (state - 2 * p) / np.sqrt(2 * p * (1 - p))
        for i in range(genotypes.shape[1]):
            scaled[row, i] = value[genotypes[row, i] + 1]
    return used


def standardise(
    genotypes: NDArray[np.int8], kind: type[np.float32] | type[np.float64] = np.float64
) -> tuple[NDArray[np.floating], int]:
    """(g - 2p) / sqrt(2p(1-p)) of a block (variants, people), and how many of its variants vary.

    p is the share of the alternate allele among the calls of the block's people; missing genotypes get the mean,
    which is 0, as all of a variant that does not vary (Patterson, Price and Reich, PLoS Genet 2006, 2:e190).
    Raises ValueError for values outside -1 to 2.
    """
    if genotypes.size and (genotypes.min() < -1 or genotypes.max() > 2):
        raise ValueError("a genotype is not one of -1, 0, 1, 2")
    scaled = np.empty(genotypes.shape, kind)
    return scaled, _standardise(np.ascontiguousarray(genotypes, np.int8), scaled)


def principal_components(
    blocks: Blocks, people: int, components: int = 10, exact: bool | None = None, seed: int = 1
) -> PrincipalComponents:
    """Principal components of standardised genotypes (see `standardise`), in memory bounded by the blocks' size:
    besides the block itself 4 bytes a genotype of it (8 if exact), and 16 bytes a person and column of the iteration.

    The relationship matrix is G = Z'Z / variants that vary. Exact up to LARGEST_EXACT people (or as `exact` says),
    by all of G in two passes; else by block Krylov iteration from a random start, repeatable by `seed`, until the
    residual is below TOLERANCE (Halko et al., SIAM J Sci Comput 2011, 33:2580; Galinsky et al., AJHG 2016, 98:456),
    each step one pass, plus one for the loadings. A component's sign makes its largest absolute loading positive.
    A variant that does not vary counts nowhere (plink2 divides by their number too). Variants should be common and thinned out (see methods.linkage). Raises ValueError where no variant varies or
    there are fewer people than components.
    """
    if not 0 < components <= people:
        raise ValueError(f"{components} components of {people} people were asked for")
    if exact is None:
        exact = people <= LARGEST_EXACT
    if exact:
        return _exact(blocks, people, components)
    return _iterated(blocks, people, components, seed)


def relationship_matrix(blocks: Blocks, people: int) -> tuple[NDArray[np.float64], int]:
    """G, (people, people), of which only the upper triangle is filled, and the number of variants that vary."""
    total = np.zeros((people, people), order="F")
    used = 0
    for block in blocks():
        scaled, varying = standardise(block)
        used += varying
        # The transpose of the block is in Fortran's order as it stands: nothing is copied.
        total = blas.dsyrk(1.0, scaled.T, 1.0, total, overwrite_c=1)
    if used == 0:
        raise ValueError("no variant varies among these people")
    total /= used
    return total, used


def _exact(blocks: Blocks, people: int, components: int) -> PrincipalComponents:
    matrix, used = relationship_matrix(blocks, people)
    trace = float(np.trace(matrix))
    values, vectors = eigh(
        matrix, lower=False, subset_by_index=(people - components, people - 1), overwrite_a=True
    )
    return _finished(blocks, values[::-1], vectors[:, ::-1], trace, used, 0.0)


def _iterated(blocks: Blocks, people: int, components: int, seed: int) -> PrincipalComponents:
    """Block Lanczos with full reorthogonalisation: the best vectors in the span of Q, GQ, GGQ, ..."""
    width = min(components + EXTRA_COLUMNS, people)
    start = np.random.default_rng(seed).standard_normal((people, width))
    newest = np.linalg.qr(start)[0]
    basis, images = np.empty((people, 0)), np.empty((people, 0))
    for _ in range(LARGEST_PASSES):
        image, trace, used = _multiply(blocks, newest)
        basis, images = np.hstack([basis, newest]), np.hstack([images, image])
        projected = basis.T @ images
        values, mix = np.linalg.eigh((projected + projected.T) / 2)
        values, mix = values[: -components - 1 : -1], mix[:, : -components - 1 : -1]
        vectors = basis @ mix
        errors = np.linalg.norm(images @ mix - vectors * values, axis=0)
        residual = float((errors / np.maximum(values, np.finfo(float).tiny)).max())
        room = min(width, people - basis.shape[1])
        if residual < TOLERANCE or room == 0:
            break
        newest = _orthogonal_to(basis, image)[:, :room]
    return _finished(blocks, values, vectors, trace, used, residual)


def _orthogonal_to(basis: NDArray[np.float64], image: NDArray[np.float64]) -> NDArray[np.float64]:
    """An orthonormal basis of what `image` adds; twice, because once leaves rounding errors behind."""
    for _ in range(2):
        image = np.linalg.qr(image - basis @ (basis.T @ image))[0]
    return image


def _multiply(blocks: Blocks, vectors: NDArray[np.float64]) -> tuple[NDArray[np.float64], float, int]:
    """(G times vectors, trace of G, number of variants that vary); single precision inside a block."""
    single = vectors.astype(np.float32)
    product = np.zeros_like(vectors)
    trace, used = 0.0, 0
    for block in blocks():
        scaled, varying = standardise(block, np.float32)
        product += scaled.T @ (scaled @ single)
        trace += float(np.vdot(scaled, scaled))
        used += varying
    if used == 0:
        raise ValueError("no variant varies among these people")
    return product / used, trace / used, used


def _finished(
    blocks: Blocks,
    values: NDArray[np.float64],
    scores: NDArray[np.float64],
    trace: float,
    used: int,
    residual: float,
) -> PrincipalComponents:
    """Adds the loadings Z v / sqrt(value x variants) and settles the signs."""
    kind = np.float32 if residual else np.float64
    right: NDArray[Any] = scores.astype(kind)
    loadings = np.concatenate([standardise(block, kind)[0] @ right for block in blocks()]).astype(np.float64)
    scale = np.sqrt(np.maximum(values, 0) * used)
    loadings = np.divide(loadings, scale, out=np.zeros_like(loadings), where=scale > 0)
    largest = loadings[np.abs(loadings).argmax(axis=0), np.arange(len(values))]
    sign = np.where(largest < 0, -1.0, 1.0)
    return PrincipalComponents(values.copy(), scores * sign, loadings * sign, values / trace, used, residual)
