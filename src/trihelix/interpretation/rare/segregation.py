"""Segregation over tables of (family, variant): who carries what is held as bit masks over a family's members.

Bit i of a mask stands for member i. A variant in a family is three masks, `ref`, `het` and `hom`; a member in
none of them is missing. So one rule is a few bit operations, for one family or for a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.interpretation.rare.rules import (
    ANY,
    AUTOSOME,
    MT,
    PAIR_FILTERS,
    Penetrance,
    Rule,
    X,
    Y,
    rules_under,
)
from trihelix.model.family import Affection, Family, Sex

GENOTYPES = ("ref", "het", "hom")
FAMILY_MASKS = (
    "affected", "unaffected", "one_x", "two_x",
    "affected_parents", "unaffected_parents", "unaffected_mothers",
    "proband", "father", "mother", "son",
)  # fmt: skip
LINKS = ("child", "child_father", "child_mother")


def family_masks(
    family_number: int, family: Family, members: Sequence[str], proband: str, n_x: Mapping[str, int]
) -> dict[str, Any]:
    """One row of the families table: masks over `members`, the sequenced ones in column order.

    `n_x` tells each member's number of X chromosomes. A parent who was not sequenced has no bit. `son` is the
    proband's bit where his one X comes from his mother. The lists `child`, `child_father`, `child_mother` hold
    the bits of every member but the proband who has a sequenced parent, and those of the parents (0: none).
    """
    bit = {member: 1 << i for i, member in enumerate(members)}

    def mask(ids: Sequence[str | None]) -> int:
        return sum(bit[i] for i in {i for i in ids if i in bit})

    of = {status: {m.id for m in family.members if m.affection is status} for status in Affection}
    mothers = {m.mother for m in family.affected if m.mother}
    parents = mothers | {m.father for m in family.affected if m.father}
    me = family.member(proband)
    links = [m for m in family.members if m.id in bit and m.id != proband and mask([m.father, m.mother])]
    return {
        "family": family_number,
        "affected": mask([*of[Affection.AFFECTED]]),
        "unaffected": mask([*of[Affection.UNAFFECTED]]),
        "one_x": mask([m for m in members if n_x[m] == 1]),
        "two_x": mask([m for m in members if n_x[m] != 1]),
        "affected_parents": mask([*parents & of[Affection.AFFECTED]]),
        "unaffected_parents": mask([*parents & of[Affection.UNAFFECTED]]),
        "unaffected_mothers": mask([*mothers & of[Affection.UNAFFECTED]]),
        "proband": mask([proband]),
        "father": mask([me.father]),
        "mother": mask([me.mother]),
        "son": mask([proband]) if n_x.get(proband) == 1 and me.sex is not Sex.FEMALE else 0,
        "child": [bit[m.id] for m in links],
        "child_father": [mask([m.father]) for m in links],
        "child_mother": [mask([m.mother]) for m in links],
    }


def families_table(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The families table from rows of `family_masks`."""
    masks = dict.fromkeys(FAMILY_MASKS, pl.UInt64)
    return pl.DataFrame(
        list(rows), schema={"family": pl.UInt32, **masks, **dict.fromkeys(LINKS, pl.List(pl.UInt64))}
    )


def genotype_masks(
    state: NDArray[np.int8], regions: NDArray[Any], one_x: int
) -> dict[str, NDArray[np.uint64]]:
    """Masks `ref`, `het`, `hom` from states (variant, member): 0, 1, 2, -1; `regions` names each row's region.

    On X outside the pseudoautosomal regions and on Y a heterozygous call of a member with one X cannot be:
    missing. Members with two X have no Y: missing there.
    """
    on_x, on_y = np.asarray(regions == X), np.asarray(regions == Y)
    masks = {}
    for value, name in enumerate(GENOTYPES):
        mask = np.zeros(len(state), np.uint64)
        for member in range(state.shape[1]):
            has = state[:, member] == value
            if one_x >> member & 1:
                has = has & ~(on_x | on_y) if name == "het" else has
            else:
                has = has & ~on_y
            mask |= has.astype(np.uint64) << np.uint64(member)
        masks[name] = mask
    return masks


def single_variant_filters(
    carried: pl.DataFrame, families: pl.DataFrame, penetrance: str = "complete"
) -> pl.DataFrame:
    """Rows (family, variant, filter, unsupported) of every single-variant filter that passes.

    `carried`: family, variant, region, ref, het, hom, isodisomy (whether the proband's chromosome shows
    uniparental isodisomy there); `families`: see `families_table`. `unsupported` is set for a site of
    uniparental isodisomy on a chromosome that does not show it: a deletion in trans is likelier.
    """
    table = carried.join(families.select("family", *FAMILY_MASKS), on="family")
    found = [_passing(table, rule, families) for rule in rules_under(Penetrance(penetrance))]
    return pl.concat(found)


def _passing(table: pl.DataFrame, rule: Rule, families: pl.DataFrame) -> pl.DataFrame:
    passing = table.filter(_passes(rule))
    if rule.expressed_from and len(passing):
        passing = _with_transmission(passing, rule, families)
    return passing.select(
        "family",
        "variant",
        pl.lit(rule.filter.value).alias("filter"),
        (~pl.col("isodisomy") if rule.isodisomy else pl.lit(False)).alias("unsupported"),
    )


def _has(genotypes: pl.Expr, people: str | pl.Expr) -> pl.Expr:
    """Whether any of some people has one of some genotypes."""
    return (genotypes & (pl.col(people) if isinstance(people, str) else people)) != 0


CARRIERS = pl.col("het") | pl.col("hom")


def _others(allowed: str) -> pl.Expr:
    """Mask of the members who show a genotype that is not allowed."""
    words = [g for g in GENOTYPES if g not in allowed.split()]
    mask = pl.lit(0, pl.UInt64)
    for word in words:
        mask = mask | pl.col(word)
    return mask


def _passes(rule: Rule) -> pl.Expr:
    unaffected = pl.col("unaffected")
    if rule.isodisomy:  # the parent who gave both copies may have two
        unaffected = unaffected & ~(pl.col("father") | pl.col("mother"))
    groups = (
        (pl.col("affected") & pl.col("one_x"), rule.affected_1x),
        (pl.col("affected") & pl.col("two_x"), rule.affected_2x),
        (unaffected & pl.col("one_x"), rule.unaffected_1x),
        (unaffected & pl.col("two_x"), rule.unaffected_2x),
        (pl.col("unaffected_parents"), rule.unaffected_parent),
        (pl.col("affected_parents"), rule.affected_parent),
        (pl.col("unaffected_mothers"), rule.unaffected_mother),
    )
    excluded = [_has(_others(allowed), people) for people, allowed in groups if allowed != ANY]
    asked = [(pl.col("region") == rule.region), _has(CARRIERS, "affected"), ~pl.any_horizontal(excluded)]
    if rule.called_ref:
        asked.append(_de_novo(rule.called_ref))
    if rule.isodisomy:
        asked.append(_from_one_parent_only())
    if rule.expressed_from:
        asked.append(_has(pl.col("het"), "proband") & _has_it_from(rule.expressed_from))
    return pl.all_horizontal(asked)


def _de_novo(who: str) -> pl.Expr:
    """The proband carries the variant and the parents who could have given it are called ref."""
    carries = _has(CARRIERS, "proband")
    father, mother = _has(pl.col("ref"), "father"), _has(pl.col("ref"), "mother")
    if who == "mother":
        return carries & mother
    return carries & mother & (father | (pl.col("son") != 0) if who == "givers" else father)


def _from_one_parent_only() -> pl.Expr:
    """The proband has two copies, one parent carries the variant, and the other is called ref."""
    father, mother = (_has(CARRIERS, p) & _has(pl.col("ref"), q) for p, q in _BOTH_WAYS)
    return _has(pl.col("hom"), "proband") & (father | mother)


_BOTH_WAYS = (("father", "mother"), ("mother", "father"))


def _has_it_from(parent: str, other: str | None = None) -> pl.Expr:
    """Whether a heterozygous child is known to have the allele from one parent: the parent has two copies and the
    other has not, or carries it and the other is called ref."""
    other = other or {"mother": "father", "father": "mother"}[parent]
    two_copies = _has(pl.col("hom"), parent) & ~_has(pl.col("hom"), other)
    return two_copies | (_has(CARRIERS, parent) & _has(pl.col("ref"), other))


def _with_transmission(passing: pl.DataFrame, rule: Rule, families: pl.DataFrame) -> pl.DataFrame:
    """Rows in which no affected relative has the allele from the silent parent, and, where the rule asks anything
    of unaffected members, none of these has it from the parent whose allele is expressed."""
    silent = {"mother": "father", "father": "mother"}[rule.expressed_from]
    of = {"father": "child_father", "mother": "child_mother"}
    numbered = passing.with_row_index("row")
    children = numbered.join(families.select("family", *LINKS), on="family").explode(list(LINKS))
    het = children.filter(_has(pl.col("het"), "child"))
    wrong = _has(pl.col("child"), "affected") & _has_it_from(of[silent], of[rule.expressed_from])
    if rule.unaffected_2x != ANY:
        from_expressed = _has_it_from(of[rule.expressed_from], of[silent])
        wrong = wrong | (_has(pl.col("child"), "unaffected") & from_expressed)
    return numbered.join(het.filter(wrong).select("row").unique(), on="row", how="anti").drop("row")


PAIR_COLUMNS = (
    "family", "gene", "variant_1", "variant_2", "filter", "phase_unproven", "phase_contradiction",
)  # fmt: skip
_READ_PHASE = ("phase_set", "haplotype", "record", "other_alt")


def compound_heterozygous(
    carried: pl.DataFrame, families: pl.DataFrame, penetrance: str = "complete"
) -> pl.DataFrame:
    """Rows (see PAIR_COLUMNS) of pairs of variants in trans.

    `carried`: family, gene, variant, region, ref, het, hom: variants that each pass the recessive frequency; and
    of the proband's call phase_set and haplotype (null where its reads tell nothing), record and other_alt.
    A pair is carried by every affected member (or missing in them) and really by one, under complete penetrance
    by no unaffected member, and does not come from one parent alone. Reads of the proband that hold both on one
    haplotype drop the pair unless the parents prove the contrary, which is then flagged; two alleles of one
    record are in trans by definition. Where the proband is homozygous at one of the two, that one is on both
    chromosomes and there is no phase to prove; homozygous at both is no such pair.
    """
    kept = _pairs(carried, families).filter(
        _has(pl.col("carriers") & pl.col("carriers_2"), "affected")
        & ~_has(pl.col("hom") & pl.col("hom_2"), "affected")
        & ~((pl.col("region") == X) & _has(pl.col("one_x"), "affected"))
        & (pl.lit(penetrance == Penetrance.INCOMPLETE) | ~_has(pl.col("carriers") & pl.col("carriers_2"), "unaffected"))
    )  # fmt: skip
    kept = kept.with_columns(
        _has(pl.col("hom") | pl.col("hom_2"), "proband").alias("one_hom"),
        (pl.col("origin") == pl.col("origin_2")).alias("same_origin"),
        (pl.col("origin").is_in(_INHERITED) & pl.col("origin_2").is_in(_INHERITED)).alias("inherited"),
        _reads().alias("reads"),
    )
    in_trans, from_one = (
        pl.col("inherited") & ~pl.col("same_origin"),
        pl.col("inherited") & pl.col("same_origin"),
    )
    cis, trans = (pl.col("reads") == word for word in ("cis", "trans"))
    return kept.filter(pl.col("one_hom") | (~from_one & ~(cis & ~in_trans))).select(
        "family",
        "gene",
        pl.col("variant").alias("variant_1"),
        "variant_2",
        _pair_filter().alias("filter"),
        (~in_trans & ~pl.col("one_hom") & ~trans).alias("phase_unproven"),
        (cis & in_trans).alias("phase_contradiction"),
    )


def _pairs(carried: pl.DataFrame, families: pl.DataFrame) -> pl.DataFrame:
    """Every two variants of a gene that fit the affected members, each alone."""
    paired = carried.filter(pl.col("region").is_in(list(PAIR_FILTERS)))
    table = paired.join(families.select("family", *FAMILY_MASKS), on="family")
    fitting = table.filter(_has(CARRIERS, "affected") & ~_has(pl.col("ref"), "affected"))
    fitting = fitting.filter(pl.len().over("family", "gene") > 1)
    fitting = fitting.with_columns(CARRIERS.alias("carriers"), _origin().alias("origin"))
    one = fitting.select(
        "family", "gene", "region", *GENOTYPES, "variant", "carriers", "origin", *_READ_PHASE, *FAMILY_MASKS
    )
    two = fitting.select(
        "family", "gene", "region", "variant", "hom", "het", "carriers", "origin", *_READ_PHASE
    )
    pairs = one.join(two, on=["family", "gene", "region"], suffix="_2")
    return pairs.filter(pl.col("variant") < pl.col("variant_2"))


def _pair_filter() -> pl.Expr:
    names = {region: filter_.value for region, filter_ in PAIR_FILTERS.items()}
    return pl.col("region").replace_strict(names, default=None, return_dtype=pl.String)


def _reads() -> pl.Expr:
    """What the proband's reads say of a pair that is heterozygous at both: trans, cis or none."""
    both_het = _has(pl.col("het"), "proband") & _has(pl.col("het_2"), "proband")
    one_record = (pl.col("record") == pl.col("record_2")) & pl.col("other_alt") & pl.col("other_alt_2")
    one_set = pl.col("phase_set") == pl.col("phase_set_2")
    same_side = pl.col("haplotype") == pl.col("haplotype_2")
    return (
        pl.when(~both_het).then(pl.lit("none"))
        .when(one_record).then(pl.lit("trans"))
        .when(one_set & same_side).then(pl.lit("cis"))
        .when(one_set & ~same_side).then(pl.lit("trans"))
        .otherwise(pl.lit("none"))
    )  # fmt: skip


_INHERITED = ("father", "mother")


def _origin() -> pl.Expr:
    """Where the proband's variant comes from: father, mother, both (either), de_novo, unknown. A son's X comes
    from his mother, whatever his father's genotype."""
    ref = pl.col("ref")
    son = (pl.col("region") == X) & (pl.col("son") != 0)
    f_has, m_has = _has(CARRIERS, "father") & ~son, _has(CARRIERS, "mother")
    f_ref, m_ref = _has(ref, "father") | son, _has(ref, "mother")
    return (
        pl.when(f_has & m_has).then(pl.lit("both"))
        .when(f_has & m_ref).then(pl.lit("father"))
        .when(m_has & f_ref).then(pl.lit("mother"))
        .when(f_ref & m_ref).then(pl.lit("de_novo"))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip


def origins(carried: pl.DataFrame, families: pl.DataFrame) -> pl.DataFrame:
    """Rows (family, variant, origin) telling from whom the proband has each variant, see `_origin`. What lies on
    the mitochondrial genome comes from the mother where she carries it, else it is de novo."""
    mother = (
        pl.when(_has(CARRIERS, "mother")).then(pl.lit("mother"))
        .when(_has(pl.col("ref"), "mother")).then(pl.lit("de_novo"))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip
    father = (
        pl.when(_has(CARRIERS, "father")).then(pl.lit("father"))
        .when(_has(pl.col("ref"), "father")).then(pl.lit("de_novo"))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip
    by_region = pl.when(pl.col("region") == MT).then(mother).when(pl.col("region") == Y).then(father)
    table = carried.join(families.select("family", *FAMILY_MASKS), on="family")
    return table.select("family", "variant", by_region.otherwise(_origin()).alias("origin"))


__all__ = [
    "AUTOSOME", "FAMILY_MASKS", "MT", "X", "Y", "compound_heterozygous", "families_table", "family_masks",
    "genotype_masks", "origins", "single_variant_filters",
]  # fmt: skip
