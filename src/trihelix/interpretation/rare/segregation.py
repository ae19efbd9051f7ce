"""Segregation over tables of (family, variant): who carries what is held as bit masks over a family's members.

Bit i of a mask stands for member i. A variant in a family is three masks, `ref`, `het` and `hom`; a member in
none of them is missing. So one rule is a few bit operations, for one family or for a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.interpretation.rare.rules import ANY, AUTOSOME, PAIR_FILTERS, RULES, Rule, X
from trihelix.model.family import Affection, Family

GENOTYPES = ("ref", "het", "hom")
FAMILY_MASKS = (
    "affected", "unaffected", "one_x", "two_x",
    "affected_parents", "unaffected_parents",
    "proband", "father", "mother",
)  # fmt: skip


def family_masks(
    family_number: int, family: Family, members: Sequence[str], proband: str, n_x: Mapping[str, int]
) -> dict[str, int]:
    """One row of the families table: masks over `members`, the sequenced ones in column order.

    `n_x` tells each member's number of X chromosomes. A parent who was not sequenced has no bit.
    """
    bit = {member: 1 << i for i, member in enumerate(members)}

    def mask(ids: Sequence[str | None]) -> int:
        return sum(bit[i] for i in {i for i in ids if i in bit})

    of = {status: [m.id for m in family.members if m.affection is status] for status in Affection}
    parents = {p for m in family.affected for p in (m.father, m.mother) if p}
    me = family.member(proband)
    one_x = [m for m in members if n_x[m] == 1]
    return {
        "family": family_number,
        "affected": mask(of[Affection.AFFECTED]),
        "unaffected": mask(of[Affection.UNAFFECTED]),
        "one_x": mask(one_x),
        "two_x": mask([m for m in members if n_x[m] != 1]),
        "affected_parents": mask([p for p in parents if p in of[Affection.AFFECTED]]),
        "unaffected_parents": mask([p for p in parents if p in of[Affection.UNAFFECTED]]),
        "proband": mask([proband]),
        "father": mask([me.father]),
        "mother": mask([me.mother]),
    }


def families_table(rows: Sequence[Mapping[str, int]]) -> pl.DataFrame:
    """The families table from rows of `family_masks`."""
    return pl.DataFrame(list(rows), schema={"family": pl.UInt32, **dict.fromkeys(FAMILY_MASKS, pl.UInt64)})


def genotype_masks(
    state: NDArray[np.int8], on_x: NDArray[np.bool_], one_x: int
) -> dict[str, NDArray[np.uint64]]:
    """Masks `ref`, `het`, `hom` from states (variant, member): 0, 1, 2, -1.

    On X outside the pseudoautosomal regions a heterozygous call of a member with one X cannot be: missing.
    """
    masks = {}
    for value, name in enumerate(GENOTYPES):
        mask = np.zeros(len(state), np.uint64)
        for member in range(state.shape[1]):
            has = state[:, member] == value
            if name == "het" and one_x >> member & 1:
                has = has & ~on_x
            mask |= has.astype(np.uint64) << np.uint64(member)
        masks[name] = mask
    return masks


def single_variant_filters(carried: pl.DataFrame, families: pl.DataFrame) -> pl.DataFrame:
    """Rows (family, variant, filter) of every single-variant filter that passes.

    `carried`: family, variant, region (autosome or X), ref, het, hom; `families`: see `families_table`.
    """
    table = carried.join(families, on="family")
    found = [
        table.filter(_passes(rule)).select("family", "variant", pl.lit(rule.filter.value).alias("filter"))
        for rule in RULES
    ]
    return pl.concat(found)


def _has(genotypes: pl.Expr, people: str | pl.Expr) -> pl.Expr:
    """Whether any of some people has one of some genotypes."""
    return (genotypes & (pl.col(people) if isinstance(people, str) else people)) != 0


def _others(allowed: str) -> pl.Expr:
    """Mask of the members who show a genotype that is not allowed."""
    words = [g for g in GENOTYPES if g not in allowed.split()]
    mask = pl.lit(0, pl.UInt64)
    for word in words:
        mask = mask | pl.col(word)
    return mask


def _passes(rule: Rule) -> pl.Expr:
    carriers = pl.col("het") | pl.col("hom")
    groups = (
        (pl.col("affected") & pl.col("one_x"), rule.affected_1x),
        (pl.col("affected") & pl.col("two_x"), rule.affected_2x),
        (pl.col("unaffected") & pl.col("one_x"), rule.unaffected_1x),
        (pl.col("unaffected") & pl.col("two_x"), rule.unaffected_2x),
        (pl.col("unaffected_parents"), rule.unaffected_parent),
        (pl.col("affected_parents"), rule.affected_parent),
    )
    excluded = [_has(_others(allowed), people) for people, allowed in groups if allowed != ANY]
    passes = (pl.col("region") == rule.region) & _has(carriers, "affected") & ~pl.any_horizontal(excluded)
    return passes & _de_novo(rule.region) if rule.parents_called_ref else passes


def _de_novo(region: str) -> pl.Expr:
    """The proband carries the variant and the parents who could have given it are called ref."""
    carries = _has(pl.col("het") | pl.col("hom"), "proband")
    father, mother = _has(pl.col("ref"), "father"), _has(pl.col("ref"), "mother")
    if region == X:
        father = father | _has(pl.col("proband"), "one_x")
    return carries & father & mother


PAIR_COLUMNS = ("family", "gene", "variant_1", "variant_2", "filter", "phase_unproven")


def compound_heterozygous(carried: pl.DataFrame, families: pl.DataFrame) -> pl.DataFrame:
    """Rows (family, gene, variant_1, variant_2, filter, phase_unproven) of pairs of variants in trans.

    `carried`: family, gene, variant, region, ref, het, hom: variants that each pass the recessive frequency.
    A pair is carried by every affected member (or missing in them) and really by one, by no unaffected
    member, and does not come from one parent alone. Where the proband is homozygous at one of the two, that
    one is on both chromosomes and there is no phase to prove; homozygous at both is no such pair.
    """
    table = carried.join(families, on="family")
    carriers = pl.col("het") | pl.col("hom")
    fitting = table.filter(_has(carriers, "affected") & ~_has(pl.col("ref"), "affected"))
    fitting = fitting.filter(pl.len().over("family", "gene") > 1)
    fitting = fitting.with_columns(carriers.alias("carriers"), _origin().alias("origin"))
    one = fitting.select(
        "family", "gene", "region", *GENOTYPES, "variant", "carriers", "origin", *FAMILY_MASKS
    )
    two = fitting.select("family", "gene", "region", "variant", "hom", "carriers", "origin")
    pairs = one.join(two, on=["family", "gene", "region"], suffix="_2").filter(
        pl.col("variant") < pl.col("variant_2")
    )
    both = pl.col("carriers") & pl.col("carriers_2")
    both_hom = ((pl.col("hom") & pl.col("hom_2")) & pl.col("affected")) != 0
    one_hom = ((pl.col("hom") | pl.col("hom_2")) & pl.col("proband")) != 0
    no_hemizygous = ~((pl.col("region") == X) & ((pl.col("affected") & pl.col("one_x")) != 0))
    kept = pairs.filter(
        ((both & pl.col("affected")) != 0)
        & ~both_hom
        & ((both & pl.col("unaffected")) == 0)
        & no_hemizygous
        & (one_hom | ~_from_one_parent())
    )
    in_trans = pl.col("origin").is_in(_INHERITED) & pl.col("origin_2").is_in(_INHERITED)
    return kept.select(
        "family",
        "gene",
        pl.col("variant").alias("variant_1"),
        "variant_2",
        pl.col("region")
        .replace_strict({r: f.value for r, f in PAIR_FILTERS.items()}, default=None)
        .alias("filter"),
        (~in_trans & ~one_hom).alias("phase_unproven"),
    )


_INHERITED = ("father", "mother")


def _origin() -> pl.Expr:
    """Where the proband's variant comes from: father, mother, both (either), de_novo, unknown. A son's X comes
    from his mother, whatever his father's genotype."""
    carriers, ref = pl.col("het") | pl.col("hom"), pl.col("ref")
    son = (pl.col("region") == X) & _has(pl.col("proband"), "one_x")
    f_has, m_has = _has(carriers, "father") & ~son, _has(carriers, "mother")
    f_ref, m_ref = _has(ref, "father") | son, _has(ref, "mother")
    return (
        pl.when(f_has & m_has).then(pl.lit("both"))
        .when(f_has & m_ref).then(pl.lit("father"))
        .when(m_has & f_ref).then(pl.lit("mother"))
        .when(f_ref & m_ref).then(pl.lit("de_novo"))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip


def _from_one_parent() -> pl.Expr:
    """Both are carried by the one parent and by the other, called, not: a missing call drops no pair."""
    return (pl.col("origin") == pl.col("origin_2")) & pl.col("origin").is_in(_INHERITED)


def origins(carried: pl.DataFrame, families: pl.DataFrame) -> pl.DataFrame:
    """Rows (family, variant, origin) telling from whom the proband has each variant, see `_origin`."""
    return carried.join(families, on="family").select("family", "variant", _origin().alias("origin"))


__all__ = [
    "AUTOSOME", "FAMILY_MASKS", "X", "compound_heterozygous", "families_table", "family_masks", "genotype_masks",
    "origins", "single_variant_filters",
]  # fmt: skip
