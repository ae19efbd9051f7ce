"""What is used of a family whose genotypes contradict its pedigree: the proband alone.

A trio with a parent who is not one shows hundreds of false de novo variants, and a sample that is another person's
excludes true ones. Which sample is wrong is for the laboratory to find, and nothing that a family's report may
betray (Hercher and Jamal, Appl Transl Genom 2016; 8:36). If only one parent were set aside, every "inherited from
the mother" beside a "not known" would tell whom: so no relative's genotype is used, shown or missed. Once the
laboratory has corrected pedigree or samples, the family is interpreted again with all that can be trusted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from trihelix.model.interpretation import Check, Notice
from trihelix.variants.family_calls import FamilyCalls

KINSHIP_CHECKS = frozenset({"relatedness", "mendelian_errors", "sample_swap"})
RELATIVES_NOT_USED = Notice(
    "warning",
    "relatives_not_used",
    "the genotypes of relatives were not used: the proband was interpreted alone, see the laboratory's quality record",
)
_PER_MEMBER = ("state", "flags", "depth", "quality", "ref_depth", "alt_depth", "phase_set")


def contradicts_pedigree(checks: Iterable[Check]) -> bool:
    """Whether any check says that two members are not what the pedigree says they are to each other."""
    return any(c.check in KINSHIP_CHECKS and c.status == "mismatch" for c in checks)


def trusted_calls(
    calls: FamilyCalls, checks: Iterable[Check], proband: str
) -> tuple[FamilyCalls, tuple[Notice, ...]]:
    """The calls to interpret with, and what the reader must know: all of them, or the proband's column alone
    where the checks contradict the pedigree. Rows stay the same; `proband` must be one of the calls' members."""
    if len(calls.members) == 1 or not contradicts_pedigree(checks):
        return calls, ()
    column = calls.members.index(proband)
    own = {name: getattr(calls, name)[:, [column]] for name in _PER_MEMBER}
    return replace(calls, members=(proband,), **own), (RELATIVES_NOT_USED,)
