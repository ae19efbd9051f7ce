"""Mendelian errors of each trio, and of each child with one sequenced parent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trihelix.methods.mendel import MendelCounts, count_errors
from trihelix.methods.proportions import wilson_interval
from trihelix.methods.relatedness import PairCounts
from trihelix.model.interpretation import Check

# Of sites that at least one of a trio carries. Filtered calls of true trios have well below 1 % (GIAB's
# Ashkenazi trio 0.04 %); with the father's brother for the father it is 10 %, with an unrelated man 18 %.
FEW_ERRORS = 0.01
MANY_ERRORS = 0.04
MIN_SITES = 200
# Opposite homozygotes of a child and its one parent among the sites that tell; see methods.relatedness.
FEW_OPPOSITE = 0.02
MANY_OPPOSITE = 0.04
_ODD_ERRORS = 20
_MIN_CONTIGS = 5


def check_trio(
    trio: tuple[str, str, str], tables: NDArray[np.int64], contigs: Sequence[str], is_unbiased: bool
) -> Check:
    """The Check of (child, father, mother) from tables (contig, child, father, mother)."""
    counts = count_errors(tables.sum(axis=0))
    if not is_unbiased:
        return _not_assessed(trio, counts.sites, _ABSENT)
    if counts.sites < MIN_SITES:
        return _not_assessed(trio, counts.sites, _FEW.format(sites=counts.sites))
    low, _ = wilson_interval(counts.errors, counts.sites)
    status = "mismatch" if low > MANY_ERRORS else "warning" if low > FEW_ERRORS else "ok"
    odd = _odd_contig([count_errors(one) for one in tables], contigs)
    if odd is not None:
        status = "warning"
    message = f"{_trio_sentence(trio, counts, status, odd)} {_kinds(counts)}"
    return _check(trio, status, counts.errors / counts.sites, counts.sites, message)


def _trio_sentence(trio: tuple[str, str, str], counts: MendelCounts, status: str, odd: str | None) -> str:
    rate = (
        f"{counts.errors:,} of {counts.sites:,} sites ({counts.errors / counts.sites:.2%}) break inheritance"
    )
    if odd is not None:
        return (
            f"{rate}, most of them on chromosome {odd}: uniparental disomy or a large deletion can do this."
        )
    if status == "ok":
        return f"{rate}; below {FEW_ERRORS:.0%} is expected."
    if status == "warning":
        return f"{rate}, more than the {FEW_ERRORS:.0%} of good data: low quality calls, or a contaminated sample."
    _, father, mother = trio
    by_father, by_mother = counts.against_father, counts.against_mother
    if by_father > 5 * by_mother:
        return f"{rate}, against {father}: not the biological father, or a sample is another person's."
    if by_mother > 5 * by_father:
        return f"{rate}, against {mother}: not the biological mother, or a sample is another person's."
    return f"{rate}: the three samples are not a child and its two parents."


def _kinds(counts: MendelCounts) -> str:
    return (
        f"Alleles that neither parent has {counts.new_allele:,}; opposite homozygote of the father "
        f"{counts.against_father:,}, of the mother {counts.against_mother:,}, of both {counts.against_both:,}; "
        f"heterozygous child of two homozygotes {counts.lost_allele:,}."
    )


def _odd_contig(by_contig: Sequence[MendelCounts], contigs: Sequence[str]) -> str | None:
    """The one chromosome with many errors where all others together have few."""
    large = [c for c in by_contig if c.sites >= MIN_SITES // 4]
    if len(large) < _MIN_CONTIGS:
        return None
    worst = max(range(len(by_contig)), key=lambda i: by_contig[i].errors)
    one = by_contig[worst]
    errors, sites = sum(c.errors for c in by_contig), sum(c.sites for c in by_contig)
    others = (errors - one.errors) / max(1, sites - one.sites)
    many = one.errors >= _ODD_ERRORS and one.errors > MANY_ERRORS * one.sites
    return contigs[worst] if many and others <= FEW_ERRORS and one.errors >= errors / 2 else None


def check_duo(duo: tuple[str, str], counts: PairCounts) -> Check:
    """The Check of a child and its only sequenced parent."""
    telling = counts.opposite + counts.both_het
    if not counts.is_unbiased:
        return _not_assessed(duo, counts.sites, _ABSENT)
    if telling < MIN_SITES or not counts.has_common_variants:
        return _not_assessed(duo, counts.sites, _FEW_DUO.format(sites=telling))
    low, _ = wilson_interval(counts.opposite, telling)
    status = "mismatch" if low > MANY_OPPOSITE else "warning" if low > FEW_OPPOSITE else "ok"
    parent = duo[1]
    seen = f"{counts.opposite:,} of {telling:,} sites where both are heterozygous or opposite homozygotes are opposite"
    conclusion = {
        "ok": f"{seen}, as with parent and child.",
        "warning": f"{seen}; below {FEW_OPPOSITE:.0%} is expected of parent and child.",
        "mismatch": f"{seen}: {parent} is not the biological parent, or a sample is another person's.",
    }[status]
    return _check(duo, status, counts.opposite / telling, telling, conclusion)


def _check(members: tuple[str, ...], status: str, value: float, sites: int, message: str) -> Check:
    return Check("mendelian_errors", members, status, None, None, round(value, 6), sites, message)


def _not_assessed(members: tuple[str, ...], sites: int, message: str) -> Check:
    return Check("mendelian_errors", members, "not_assessed", None, None, None, sites, message)


_ABSENT = (
    "Mendelian errors cannot be counted: where one of them carries an allele a parent or the child mostly has no "
    "call, as in files of one person each without reference records."
)
_FEW = f"Mendelian errors cannot be judged: {{sites}} usable sites that all three have called, {MIN_SITES} are needed."
_FEW_DUO = (
    "Opposite homozygotes of parent and child cannot be judged: {sites} usable sites that tell "
    f"({MIN_SITES} common variants are needed)."
)
