"""How well a de novo call is supported: a flag, never an exclusion (rare_disease.md section 7)."""

from __future__ import annotations

from collections.abc import Mapping

from trihelix.interpretation.rare.case import FamilyCase
from trihelix.model.assembly import in_par
from trihelix.model.family import Member

LOW_QUALITY = "de_novo_low_quality"
FEWEST_READS, FEWEST_READS_ONE_X, MOST_READS = 20, 10, 98
MOST_PARENTAL_ALT_READS = 1
LOWEST_SHARE, HIGHEST_SHARE = 0.3, 0.7


def de_novo_flags(case: FamilyCase, variant: int) -> list[str]:
    """`de_novo_low_quality` where depth, allele balance or reads with the allele in a parent speak against it.
    What the file does not tell (depths, qualities) raises no flag."""
    calls = case.calls
    column = {member: n for n, member in enumerate(calls.members)}
    father, mother = case.family.parents(case.proband)
    contig = calls.contigs[calls.contig[variant]]
    if contig == "MT":
        return _of_mitochondrial(case, variant, column, mother)
    on_x = contig == "X" and not in_par(case.assembly, int(calls.pos[variant]))
    one_x = on_x and case.n_x[case.proband] == 1
    parents = [p for p in ((mother,) if one_x else (father, mother)) if p and p.id in column]
    child = column[case.proband]
    doubts = [
        _is_shallow(int(calls.depth[variant, child]), FEWEST_READS_ONE_X if one_x else FEWEST_READS),
        not one_x and _is_unbalanced(case, variant, child),
        not on_x and int(calls.depth[variant, child]) > MOST_READS,
    ]
    for parent in parents:
        doubts.append(_is_shallow(int(calls.depth[variant, column[parent.id]]), FEWEST_READS))
        doubts.append(int(calls.quality[variant, column[parent.id]]) == 0)
        doubts.append(int(calls.alt_depth[variant, column[parent.id]]) > MOST_PARENTAL_ALT_READS)
    return [LOW_QUALITY] if any(doubts) else []


def _of_mitochondrial(
    case: FamilyCase, variant: int, column: Mapping[str, int], mother: Member | None
) -> list[str]:
    """On the mitochondrial genome heteroplasmy has decided already; what is asked is depth, of child and mother."""
    people = [case.proband, *([mother.id] if mother else [])]
    depths = [int(case.calls.depth[variant, column[p]]) for p in people if p in column]
    return [LOW_QUALITY] if any(_is_shallow(depth, FEWEST_READS) for depth in depths) else []


def _is_shallow(depth: int, fewest: int) -> bool:
    return 0 <= depth < fewest


def _is_unbalanced(case: FamilyCase, variant: int, child: int) -> bool:
    alt, ref = int(case.calls.alt_depth[variant, child]), int(case.calls.ref_depth[variant, child])
    if alt < 0 or ref < 0 or alt + ref == 0:
        return False
    return not LOWEST_SHARE <= alt / (alt + ref) <= HIGHEST_SHARE
