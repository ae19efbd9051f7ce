"""How related each two members are by their genotypes, against how related the pedigree says they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from trihelix.methods.relatedness import (
    FIRST,
    PARENT_CHILD_OPPOSITE_SHARE,
    SAME,
    SECOND,
    THIRD,
    UNRELATED,
    PairCounts,
    count_pair,
    degree,
    expected_robust_kinship,
    looks_like_parent_and_child,
    pedigree_kinship,
)
from trihelix.model.family import Family, Member
from trihelix.model.interpretation import Check

# Mean number of heterozygous calls of both. Of 200 the kinship of unrelated people has a standard error near
# 0.035, far from the 0.177 of parent and child; relations that share by chance need more, and most chromosomes.
MIN_HET = 200
MIN_HET_FOR_DEGREES = 1_000
MIN_CHROMOSOMES = 10
MIN_SITES_PER_CHROMOSOME = 50
# The same genome read twice differs at hardly any carried site; close relatives of one line differ at many.
SAME_GENOME_CONCORDANCE = 0.9
# The next of the published cut-offs: people below it are strangers for every purpose.
FOURTH_DEGREE = 0.0221
# Of the expected kinship: two standard deviations of what full siblings really share, 0.25 +- 0.02.
NEAR = 0.04
# Between parent and child (0) and full siblings (0.067 of common variants).
FULL_SIBLINGS_OPPOSITE_SHARE = 0.04
CHROMOSOME_SHARE = 0.5  # of all contradictions on one chromosome


class Kind(StrEnum):
    """The relations of a pedigree that are judged by different rules."""

    PARENT_CHILD = "parent and child"
    FULL_SIBLINGS = "full siblings"
    SIBLINGS = "siblings with a parent who is not named"
    RELATED = "related"
    FOUNDERS = "unrelated founders"
    UNRELATED = "unrelated"


@dataclass(frozen=True)
class Expected:
    """A pair's relation by the pedigree: the kind, its words, and the KING-robust kinship to be expected."""

    kind: Kind
    words: str
    kinship: float


@dataclass(frozen=True)
class Observed:
    """A pair's genotypes: counts over all sites and by chromosome, and the relation that they fit.

    `degree` is SAME to UNRELATED; `parent_child` whether a first-degree pair fits parent and child, None
    where rare variants only cannot tell; `whole_genome` whether sharing by chance averages out;
    `odd_contig` a chromosome that holds most opposite homozygotes of a pair that is otherwise parent and child.
    """

    counts: PairCounts
    kinship: float
    degree: int
    parent_child: bool | None
    whole_genome: bool
    odd_contig: str | None

    @property
    def words(self) -> str:
        """The relation that the genotypes fit."""
        if self.degree == FIRST:
            return _FIRST_WORDS[self.parent_child]
        return _DEGREE_WORDS[self.degree]


_FIRST_WORDS = {True: "parent and child", False: "full siblings", None: "first-degree relatives"}
_DEGREE_WORDS = {
    SAME: "same person or monozygotic twins",
    SECOND: "second-degree relatives",
    THIRD: "third-degree relatives",
    UNRELATED: "unrelated",
}


def observe(tables: NDArray[np.int64], contigs: Sequence[str]) -> Observed | str:
    """A pair's relation by its tables (contig, state, state); a reason in words where it cannot be told."""
    counts = count_pair(tables.sum(axis=0))
    kinship = counts.kinship
    het = (counts.het_first + counts.het_second) / 2
    if not counts.is_unbiased:
        return "absent"
    if kinship is None or het < MIN_HET:
        return "few"
    sites = [count_pair(one).sites for one in tables]
    whole = (
        sum(s >= MIN_SITES_PER_CHROMOSOME for s in sites) >= MIN_CHROMOSOMES and het >= MIN_HET_FOR_DEGREES
    )
    found = degree(kinship)
    if found == SAME and counts.concordance < SAME_GENOME_CONCORDANCE:
        # Siblings who share both alleles nearly everywhere, as they can on a part of the genome.
        return Observed(counts, kinship, FIRST, False, whole, None)
    odd = _odd_contig(tables, contigs) if found == FIRST and whole else None
    parent_child = (
        None if not counts.has_common_variants else bool(odd) or looks_like_parent_and_child(counts)
    )
    return Observed(counts, kinship, found, parent_child, whole, odd)


def _odd_contig(tables: NDArray[np.int64], contigs: Sequence[str]) -> str | None:
    """The chromosome without which a pair's opposite homozygotes are as few as those of parent and child."""
    opposite = [count_pair(one).opposite for one in tables]
    worst = int(np.argmax(opposite))
    with_all = count_pair(tables.sum(axis=0))
    rest = count_pair(np.delete(tables, worst, axis=0).sum(axis=0))
    rest_fits = looks_like_parent_and_child(rest)
    concentrated = opposite[worst] >= CHROMOSOME_SHARE * sum(opposite)
    one = count_pair(tables[worst])
    high = one.opposite_share > FULL_SIBLINGS_OPPOSITE_SHARE and one.opposite >= 20
    needed = with_all.opposite_share > PARENT_CHILD_OPPOSITE_SHARE / 2
    return contigs[worst] if rest_fits and concentrated and high and needed else None


def expected_relations(family: Family, members: Sequence[str]) -> dict[tuple[str, str], Expected]:
    """What the pedigree says of each two of these members, in their order. Members whom the pedigree does not
    have are left out; parents whom it names without listing them count as people whose parents are unknown."""
    phi = _pedigree_kinship(family)
    listed = {m.id for m in family.members}
    found = {}
    for one, two in combinations((m for m in members if m in listed), 2):
        kinship = expected_robust_kinship(phi[one, two], 2 * phi[one, one] - 1, 2 * phi[two, two] - 1)
        found[one, two] = _expected(family.member(one), family.member(two), phi[one, two], kinship)
    return found


def _pedigree_kinship(family: Family) -> dict[tuple[str, str], float]:
    named = (p for m in family.members for p in (m.father, m.mother) if p)
    number = {name: i for i, name in enumerate(dict.fromkeys((*(m.id for m in family.members), *named)))}
    fathers, mothers = [-1] * len(number), [-1] * len(number)
    for member in family.members:
        fathers[number[member.id]] = number[member.father] if member.father else -1
        mothers[number[member.id]] = number[member.mother] if member.mother else -1
    phi = pedigree_kinship(fathers, mothers)
    return {(a, b): float(phi[i, j]) for a, i in number.items() for b, j in number.items()}


def _expected(one: Member, two: Member, phi: float, kinship: float) -> Expected:
    if one.id in (two.father, two.mother) or two.id in (one.father, one.mother):
        return Expected(Kind.PARENT_CHILD, "parent and child", kinship)
    same_father = one.father is not None and one.father == two.father
    same_mother = one.mother is not None and one.mother == two.mother
    if same_father and same_mother:
        return Expected(Kind.FULL_SIBLINGS, "full siblings", kinship)
    if same_father or same_mother:
        others = (one.mother, two.mother) if same_father else (one.father, two.father)
        if None in others:
            return Expected(Kind.SIBLINGS, "siblings", kinship)
        return Expected(Kind.RELATED, "half siblings", kinship)
    if phi > 0:
        words = {SAME: "closely related", FIRST: "first-degree relatives", UNRELATED: "distant relatives"}
        return Expected(Kind.RELATED, (_DEGREE_WORDS | words)[degree(kinship)], kinship)
    founders = one.father is one.mother is two.father is two.mother is None
    return Expected(Kind.FOUNDERS if founders else Kind.UNRELATED, "unrelated", kinship)


def judge(expected: Expected, seen: Observed) -> str:
    """ok, warning, mismatch or not_assessed for a pair; see the messages for what each means."""
    if seen.degree == SAME:
        return "warning" if expected.kind in (Kind.FULL_SIBLINGS, Kind.SIBLINGS) else "mismatch"
    if expected.kind is Kind.PARENT_CHILD:
        return _judge_parent_and_child(seen)
    if expected.kind in (Kind.FOUNDERS, Kind.UNRELATED):
        return _judge_unrelated(expected, seen)
    fits = _fits(expected, seen)
    if fits == "ok" or seen.whole_genome:
        return fits
    return "not_assessed"


def _judge_parent_and_child(seen: Observed) -> str:
    """Parent and child share an allele everywhere, so a part of the genome is enough."""
    share = seen.counts.opposite_share
    if seen.odd_contig is not None:
        return "warning"
    if seen.degree == FIRST:
        if seen.parent_child is not False:
            return "ok"
        return "warning" if share <= FULL_SIBLINGS_OPPOSITE_SHARE else "mismatch"
    no_contradiction = seen.counts.has_common_variants and share <= PARENT_CHILD_OPPOSITE_SHARE
    return "warning" if no_contradiction else "mismatch"


def _judge_unrelated(expected: Expected, seen: Observed) -> str:
    """Founders who are related are a fact about the family to be noted; others contradict the pedigree."""
    surely = seen.kinship - 3 * seen.counts.standard_error
    if seen.degree == UNRELATED or surely < FOURTH_DEGREE:
        return "ok"
    if seen.degree > FIRST and not seen.whole_genome:
        return "not_assessed"  # linked sites: of real strangers over 3 Mb a tenth look like second degree
    return "mismatch" if seen.degree == FIRST and expected.kind is Kind.UNRELATED else "warning"


def _fits(expected: Expected, seen: Observed) -> str:
    if expected.kind in (Kind.FULL_SIBLINGS, Kind.SIBLINGS):
        half = expected.kind is Kind.SIBLINGS and seen.degree == SECOND
        return (
            "ok"
            if half or (seen.degree == FIRST and seen.parent_child is not True)
            else _unless_partial(seen)
        )
    wanted = degree(expected.kinship)
    if abs(seen.kinship - expected.kinship) <= NEAR or seen.degree == wanted:
        return "ok"
    closest, farthest = sorted((wanted, seen.degree))
    return "warning" if farthest - closest == 1 and closest >= SECOND else "mismatch"


def _unless_partial(seen: Observed) -> str:
    """Siblings can share one allele everywhere on a part of the genome, as parent and child do."""
    return "ok" if seen.degree == FIRST and not seen.whole_genome else "mismatch"


def check_relatedness(
    pair: tuple[str, str], expected: Expected, seen: Observed | str, joint: bool, parents: bool
) -> Check:
    """A pair's Check. `parents` tells whether both are the parents of a member."""
    if isinstance(seen, str):
        message = _ABSENT if seen == "absent" else _FEW
        hint = "" if joint else _HOW_TO_JOIN
        return Check(
            "relatedness", pair, "not_assessed", expected.words, None, None, None,
            message + (hint if seen == "absent" else ""),
        )  # fmt: skip
    status = judge(expected, seen)
    numbers = (
        f"KING-robust kinship {seen.kinship:.3f}, expected {expected.kinship:.3f}; opposite homozygotes at "
        f"{seen.counts.opposite:,} of {seen.counts.opposite + seen.counts.both_het:,} sites that tell."
    )
    unrelated = status == "ok" and expected.kind in (Kind.FOUNDERS, Kind.UNRELATED)
    inferred = None if status == "not_assessed" else "unrelated" if unrelated else seen.words
    return Check(
        "relatedness", pair, status, expected.words, inferred, round(seen.kinship, 4), seen.counts.sites,
        f"{_sentence(pair, expected, seen, status, parents)} {numbers}",
    )  # fmt: skip


def _sentence(pair: tuple[str, str], expected: Expected, seen: Observed, status: str, parents: bool) -> str:
    one, two = pair
    if status == "ok":
        return f"The genotypes fit {'unrelated people' if expected.words == 'unrelated' else expected.words}."
    if status == "not_assessed":
        return _PART
    if seen.degree == SAME:
        return (_TWINS if status == "warning" else _SAME).format(one=one, two=two, declared=expected.words)
    if seen.odd_contig is not None:
        return _ODD.format(contig=seen.odd_contig)
    if expected.kind is Kind.FOUNDERS:
        close = _FIRST_DEGREE_PARENTS if seen.degree == FIRST else _RELATED_PARENTS
        return (close if parents else _RELATED_FOUNDERS).format(seen=seen.words)
    if status == "warning":
        return _DOUBT.format(declared=expected.words, seen=seen.words)
    if expected.kind is Kind.PARENT_CHILD:
        return _NOT_PARENT.format(one=one, two=two, seen=seen.words)
    return _OTHER.format(declared=expected.words, seen=seen.words)


_ABSENT = (
    "Relatedness cannot be told: where one carries an allele the other mostly has no call, as in files of one "
    "person each without reference records. Such pairs look alike whoever they are."
)
_HOW_TO_JOIN = " Give a file called jointly, gVCF files, or declare that absent means reference."
_FEW = f"Relatedness cannot be told: fewer than {MIN_HET} usable heterozygous autosomal sites that both have called."
_PART = (
    "Too few sites or too small a part of the genome: relatives share by chance, and only over most "
    "chromosomes does that come to the expected value."
)
_SAME = (
    "The two samples hold the same genome, but {one} and {two} are declared {declared}: one person was "
    "sequenced twice or a sample was put in another's place (or they are monozygotic twins)."
)
_TWINS = (
    "The two samples hold the same genome: {one} and {two} are monozygotic twins, or one of them was "
    "sequenced twice."
)
_ODD = (
    "The genotypes fit parent and child except on chromosome {contig}, which holds most of the opposite "
    "homozygotes: uniparental disomy or a large deletion can do this."
)
_RELATED_PARENTS = (
    "The parents are declared unrelated, but the genotypes fit {seen}: consanguinity, to be considered for "
    "recessive disease."
)
_FIRST_DEGREE_PARENTS = (
    "The parents are declared unrelated, but the genotypes fit {seen}: first see whether samples were exchanged; "
    "else the parents are close relatives."
)
_RELATED_FOUNDERS = (
    "The pedigree does not link the two, but the genotypes fit {seen}; the pedigree may be incomplete."
)
_DOUBT = "Declared {declared}; the genotypes fit {seen} rather. Check the pedigree and the samples."
_NOT_PARENT = (
    "{one} and {two} are declared parent and child, but the genotypes fit {seen}: not the biological parent, "
    "or one of the samples is another person's. Inheritance from this parent must not be relied upon."
)
_OTHER = (
    "Declared {declared}, but the genotypes fit {seen}: the pedigree is wrong or one of the samples is another "
    "person's."
)
