"""A member's call at a variant as people read it."""

from __future__ import annotations

from trihelix.model.interpretation import Call
from trihelix.variants.family_calls import FamilyCalls
from trihelix.variants.records import (
    HALF_CALL,
    HAPLOID,
    HET,
    HOM,
    MISSING,
    OTHER_ALT,
    PHASED,
    REF,
    SECOND_HAPLOTYPE,
)


def genotype_text(state: int, flags: int) -> str:
    """GT as VCF writes it, with 1 for this allele and 2 for another alternate allele of its record: 0/1, 1|0,
    1/1, 1/2, 1, ./. and so on. Where this allele is not carried, other alternate alleles show as 0."""
    separator = "|" if flags & PHASED else "/"
    if state == MISSING:
        return "." if flags & HAPLOID else "./."
    if flags & HALF_CALL:
        return "./1"
    if flags & HAPLOID:
        return "1" if state == HOM else "0"
    if state == HET:
        other = "2" if flags & OTHER_ALT else "0"
        first = not flags & SECOND_HAPLOTYPE if flags & PHASED else other == "2"
        return f"1{separator}{other}" if first else f"{other}{separator}1"
    return {REF: f"0{separator}0", HOM: f"1{separator}1"}[state]


def call_of(calls: FamilyCalls, variant: int, member: int) -> Call:
    """One member's call with its quality."""
    return Call(
        genotype_text(int(calls.state[variant, member]), int(calls.flags[variant, member])),
        _known(calls.depth[variant, member]),
        _known(calls.quality[variant, member]),
        _known(calls.ref_depth[variant, member]),
        _known(calls.alt_depth[variant, member]),
    )


def member_calls(calls: FamilyCalls, variant: int) -> dict[str, Call]:
    """Every member's call."""
    return {member: call_of(calls, variant, column) for column, member in enumerate(calls.members)}


def origin_words(origin: str | None) -> str:
    """The origin as published: father, mother, both, de_novo or unknown (a missing parent proves nothing)."""
    return origin if origin in ("father", "mother", "both", "de_novo") else "unknown"


def _known(value: object) -> int | None:
    number = int(value)  # type: ignore[call-overload]
    return None if number < 0 else int(number)
