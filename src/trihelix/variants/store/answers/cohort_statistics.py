"""Statistics of a cohort: missing calls, Hardy-Weinberg proportions, kinship, principal components, association."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.model.errors import NoVariantsError, SampleMismatchError
from trihelix.variants.store import ploidy
from trihelix.variants.store.answers.allele_counts import allele_counts
from trihelix.variants.store.answers.counting import counters
from trihelix.variants.store.answers.matrices import KEY, blocks_of, matrix_samples
from trihelix.variants.store.batches import View
from trihelix.variants.store.cohorts import Cohort, bitmap_of
from trihelix.variants.store.genotypes import DIPLOID, N_REGIONS, X_ONLY
from trihelix.variants.store.regions import Region

Say = Callable[[str, float], None]  # what is being done, and the share of it that is done

COMMON = 0.05  # the rarer allele's least frequency for kinship and components
MOST_MISSING = 0.05  # of the calls of a variant that is used for them
MOST_VARIANTS = 50_000  # more make neither kinship nor components visibly more exact
PLANE_BYTES = 300_000_000  # of the sample-major planes that kinship compares
RELATIONS = ("same person or identical twin", "first degree", "second degree", "third degree")


def with_proportions(
    view: View, cohort: Cohort, regions: Sequence[Region], counts: pl.DataFrame
) -> pl.DataFrame:
    """Allele counts of some regions with two columns more.

    `missing_share`: of the copies that karyotypes expect, the share without a call; null where none is expected.
    `hwe_p`: the exact test of Hardy-Weinberg proportions (see methods.hardy_weinberg), of one allele against all
    others; on X outside the pseudoautosomal regions of samples with two copies, null on Y and in mitochondria.
    """
    from trihelix.methods.hardy_weinberg import exact_test

    kinds = _kinds(view, counts)
    expected = _expected_copies(view, cohort)[kinds]
    called = counts["an"].to_numpy()
    share = np.where(expected > 0, 1 - called / np.maximum(expected, 1), np.nan)
    tested = counts
    if (kinds == X_ONLY).any():
        tested = _with_two_copies(view, cohort, regions, counts, kinds == X_ONLY)
    het, hom = (tested[name].to_numpy() for name in ("het", "hom"))
    people = (tested["an"].to_numpy() - tested["hemi"].to_numpy()) // 2
    p = exact_test(het, np.maximum(people - het - hom, 0), hom)
    p = np.where((kinds <= X_ONLY) & (people > 0), p, np.nan)
    return counts.with_columns(
        pl.Series("missing_share", share).fill_nan(None), pl.Series("hwe_p", p).fill_nan(None)
    )


def _kinds(view: View, sites: pl.DataFrame) -> NDArray[np.uint8]:
    """The region of ploidy of each row."""
    kinds = np.zeros(sites.height, np.uint8)
    for contig in sites["contig"].unique().to_list():
        here = (sites["contig"] == contig).to_numpy()
        kinds[here] = ploidy.regions(view.assembly, contig, sites["pos"].to_numpy()[here])
    return kinds


def _expected_copies(view: View, cohort: Cohort) -> NDArray[np.int64]:
    """Copies that the cohort's karyotypes expect in each region of ploidy."""
    total = np.zeros(N_REGIONS, np.int64)
    for _, counter in counters(view, cohort):
        for kind in range(N_REGIONS):
            total[kind] += sum(group.copies * group.size for group in counter.groups(kind))
    return total


def _with_two_copies(
    view: View, cohort: Cohort, regions: Sequence[Region], counts: pl.DataFrame, chosen: NDArray[np.bool_]
) -> pl.DataFrame:
    """The counts, in the chosen rows of X those of samples that are known to have two copies."""
    two = Cohort({b.id: bitmap_of(b.expected_copies[X_ONLY] == 2) for b in view.batches}) & cohort
    names = ("an", "het", "hom", "hemi")
    of_two = allele_counts(view, two, [region for region in regions if region.contig == "X"])
    joined = counts.select("contig", *KEY).join(
        of_two.select("contig", *KEY, *names), on=["contig", *KEY], how="left", maintain_order="left"
    )
    return counts.with_columns(
        pl.Series(name, np.where(chosen, joined[name].fill_null(0).to_numpy(), counts[name].to_numpy()))
        for name in names
    )


def common_variants(view: View, cohort: Cohort, regions: Sequence[Region], say: Say) -> pl.DataFrame:
    """Columns contig, pos, ref, alt: single-base variants with two alleles that passed their filters, with at least
    COMMON of the rarer allele and at most MOST_MISSING of the calls missing, outside X, Y and mitochondria."""
    expected = int(_expected_copies(view, cohort)[DIPLOID])
    found = [allele_counts(view, cohort, []).select("contig", *KEY)]
    for number, region in enumerate(regions):
        if region.contig in ("X", "Y", "MT"):
            continue
        say(f"choosing variants of {view.display(region.contig)}", number / len(regions))
        counts = allele_counts(view, cohort, [region])
        frequency = pl.col("ac") / pl.col("an")
        single = (pl.col("ref").str.len_bytes() == 1) & (pl.col("alt").str.len_bytes() == 1)
        fit = single & ~pl.col("pos").is_duplicated() & pl.col("filter").is_in(["PASS", "."])
        some = counts.filter(
            fit & (pl.col("an") >= (1 - MOST_MISSING) * expected), frequency.is_between(COMMON, 1 - COMMON)
        )
        found.append(some.select("contig", *KEY))
    return pl.concat(found)


def _evenly(sites: pl.DataFrame, most: int) -> pl.DataFrame:
    """At most so many sites, spread evenly."""
    if sites.height <= most:
        return sites
    return sites[np.linspace(0, sites.height - 1, most).round().astype(np.int64)]


def related_samples(view: View, cohort: Cohort, regions: Sequence[Region], say: Say) -> pl.DataFrame:
    """Pairs that are related to the third degree or closer by KING-robust kinship of common variants: sample_1,
    batch_1, sample_2, batch_2, kinship, sites (called in both), relation; the closest first.

    Raises NoVariantsError where no variant is common enough.
    """
    from trihelix.methods.relatedness import DEGREE_CUTS, degree
    from trihelix.variants.store.answers.kinship_kernels import related_pairs, shared_rows

    samples = matrix_samples(view, cohort)
    most = max(64, min(MOST_VARIANTS, PLANE_BYTES * 8 // 3 // max(samples.height, 1)))
    sites = _evenly(_some_common(view, cohort, regions, say), most)
    genotypes = _planes(view, cohort, sites, samples.height, say)
    parts = shared_rows(samples.height, min(100, samples.height))
    found = []
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        made = threads.map(lambda rows: related_pairs(genotypes, DEGREE_CUTS[-1], rows), parts)
        for number, pairs in enumerate(made):
            say("comparing samples", number / len(parts))
            found.append(pairs)
    first, second, kinship, called = (np.concatenate(column) for column in zip(*found, strict=True))
    relations = [RELATIONS[degree(value)] for value in kinship.tolist()]
    columns = {
        f"{name}_{side}": samples[name].gather(places)
        for side, places in ((1, first), (2, second))
        for name in ("sample", "batch")
    }
    table = pl.DataFrame(
        {**columns, "kinship": kinship, "sites": called, "relation": relations},
        schema_overrides={"relation": pl.String},
    )
    return table.sort("kinship", descending=True, maintain_order=True)


def _some_common(view: View, cohort: Cohort, regions: Sequence[Region], say: Say) -> pl.DataFrame:
    sites = common_variants(view, cohort, regions, say)
    if sites.height:
        return sites
    raise NoVariantsError(
        "no variant of these samples is common enough",
        where=str(view.store.root),
        value=f"{len(cohort):,} samples",
        advice=f"single-base variants outside X, Y and mitochondria are used, with a frequency of at least {COMMON:.0%} "
        f"and at most {MOST_MISSING:.0%} missing calls; batches of single VCFs need --absent reference, or gVCFs",
    )


def _planes(view: View, cohort: Cohort, sites: pl.DataFrame, people: int, say: Say):  # type: ignore[no-untyped-def]
    """Sample-major planes of the sites' genotypes."""
    from trihelix.variants.store.answers.kinship_kernels import sample_genotypes, to_sample_major

    planes = [np.zeros((people, -(-sites.height // 64)), np.uint64) for _ in range(3)]
    done = 0
    for block in blocks_of(view, cohort, sites, 64):
        say("reading genotypes", done / sites.height)
        words = slice(done // 64, -(-(done + len(block)) // 64))
        for plane, state in zip(planes, (1, 2, -1), strict=True):
            plane[:, words] = to_sample_major(_packed(block == state), people)
        done += len(block)
    return sample_genotypes(planes[0], planes[1], planes[2], sites.height)


def _packed(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """(rows, things) as words of 64 things, the first in the lowest bit."""
    packed = np.zeros((len(bits), -(-bits.shape[1] // 64) * 8), np.uint8)
    packed[:, : -(-bits.shape[1] // 8)] = np.packbits(bits, axis=1, bitorder="little")
    return packed.view(np.dtype("<u8")).astype(np.uint64, copy=False)


def components_of(
    view: View, cohort: Cohort, regions: Sequence[Region], components: int, say: Say
) -> tuple[pl.DataFrame, dict[str, object]]:
    """Principal components of common variants that are not linked: columns sample, batch, pc1, pc2, ...; and the
    eigenvalues, the shares of all variance that they explain, and the number of variants.

    Raises SampleMismatchError for fewer samples than components, NoVariantsError where no variant is common enough.
    """
    from trihelix.methods.linkage import unlinked
    from trihelix.methods.principal_components import principal_components

    samples = matrix_samples(view, cohort)
    if samples.height < components:
        raise SampleMismatchError(
            "there are fewer samples than components",
            where="--pca",
            value=f"{components} components of {samples.height} samples",
            advice="ask for fewer components",
        )
    common = _some_common(view, cohort, regions, say)
    kept = []
    for number, (contig, sites) in enumerate(common.group_by("contig", maintain_order=True)):
        say(f"thinning out linked variants of {contig[0]}", number / common["contig"].n_unique())
        kept.append(sites.filter(pl.Series(unlinked(blocks_of(view, cohort, sites)))))
    sites = _evenly(pl.concat(kept), MOST_VARIANTS)
    say("computing components", 0.9)
    found = principal_components(lambda: blocks_of(view, cohort, sites), samples.height, components)
    table = samples.with_columns(pl.Series(f"pc{i + 1}", found.scores[:, i]) for i in range(components))
    facts: dict[str, object] = {
        "variants": found.used, "eigenvalues": found.eigenvalues.tolist(), "explained": found.explained.tolist(),
    }  # fmt: skip
    return table, facts


def with_association(table: pl.DataFrame, cases: int, controls: int) -> pl.DataFrame:
    """Carriers of cases and controls with columns cases, controls, odds_ratio, p: Fisher's exact test, two-sided.

    Where one of the four numbers is 0, a half is added to each for the odds ratio (Haldane, Ann Hum Genet 1956,
    20:309; Anscombe, Biometrika 1956, 43:461); null where nobody or everybody carries.
    """
    from scipy.stats import fisher_exact

    ratios: list[float | None] = []
    values: list[float] = []
    for a, b in table.select("case_carriers", "control_carriers").iter_rows():
        c, d = cases - a, controls - b
        values.append(float(fisher_exact([[a, b], [c, d]]).pvalue))
        half = 0.0 if a and b and c and d else 0.5
        telling = (a or b) and (c or d)
        ratios.append((a + half) * (d + half) / ((b + half) * (c + half)) if telling else None)
    size = [pl.lit(n, pl.Int64).alias(name) for name, n in (("cases", cases), ("controls", controls))]
    return table.with_columns(
        *size, pl.Series("odds_ratio", ratios, pl.Float64), pl.Series("p", values, pl.Float64)
    )
