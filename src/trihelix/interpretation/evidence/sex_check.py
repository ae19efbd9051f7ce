"""How many X chromosomes a member's data show, and whether the declared sex agrees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.interpretation.evidence.usable_calls import AUTOSOMES, good_states, on_contigs
from trihelix.methods.proportions import wilson_interval
from trihelix.model.assembly import KNOWN, known_assembly
from trihelix.model.family import Sex
from trihelix.model.interpretation import Check
from trihelix.variants.family_calls import FamilyCalls
from trihelix.variants.records import HALF_CALL, HAPLOID, HET, HOM, OTHER_ALT

# With two X chromosomes carried alleles are heterozygous about as often as on autosomes; with one they are
# heterozygous only by artefact. The border is where the odds of being homozygous are four times the member's
# own autosomal odds, the default of PureCN's getSexFromVcf (min.or). For usual genomes, autosomes 60 %
# heterozygous, that is 27 % of the sites on X, near the 29 % that somalier asks of two X chromosomes.
HOMOZYGOUS_ODDS_RATIO = 4.0
_USUAL_AUTOSOMAL_SHARE = 0.6
_BORDER_RANGE = (0.15, 0.75)  # for inbred people, and for files of rare variants only
# The 99 % interval must lie on one side of the border. With nothing but homozygous sites (one X) or with 60 %
# heterozygous sites (two X) that takes 18 sites or so, so 20 is the least that is looked at.
MIN_X_SITES = 20
MANY_X_SITES = 100
MIN_AUTOSOMAL_SITES = 100
MIN_DISTANCE = (
    1_000  # one site per 1,000 bases: paralogous sequence makes clusters of false heterozygous calls
)

# Median depth on X over that on autosomes is near 0.5 with one X and near 1 with two. Heterozygous calls on X
# are left out: with one X they are artefacts of paralogous sequence, whose reads add up. Depth varies about
# e-fold from target to target of an exome, so that the median of 100 has a standard error near 12 %.
ONE_X_DEPTH, TWO_X_DEPTH = 0.65, 0.8
MIN_DEPTH_SITES = 100
_DEPTH_SAMPLE = 20_000

# Pseudoautosomal regions of Y, where calls say nothing about Y (GRCh37.p13 and GRCh38.p14 assembly reports).
_PAR_Y = {
    "GRCh37": ((10001, 2649520), (59034050, 59363566)),
    "GRCh38": ((10001, 2781479), (56887903, 57217415)),
}
MIN_Y_CALLS = 5


@dataclass(frozen=True)
class SexEvidence:
    """What a member's calls say about the number of X chromosomes; `x_count` is 1, 2 or None (cannot be told).

    `sites` carried alleles on X outside its pseudoautosomal regions, `het` and `haploid` of them; `low` to
    `high` is the 99 % interval of het / sites and `border` the share that separates one X from two.
    `y_calls`: homozygous or haploid carried alleles on Y; `has_y` None where Y cannot be judged.
    `depth_ratio`: median depth on X over autosomes, None where depths are missing or few.
    """

    x_count: int | None
    sites: int
    het: int
    haploid: int
    low: float
    high: float
    border: float
    autosomal_share: float | None
    y_calls: int
    has_y: bool | None
    depth_ratio: float | None

    @property
    def share(self) -> float | None:
        """Heterozygous share of the carried alleles on X."""
        return self.het / self.sites if self.sites else None

    @property
    def depth_contradicts(self) -> bool:
        """Whether the depth on X is clearly that of the other number of X chromosomes."""
        if self.depth_ratio is None or self.sites < MIN_X_SITES:
            return False
        few_het = self.high < self.border
        many_het = self.low > self.border
        return (few_het and self.depth_ratio > TWO_X_DEPTH) or (many_het and self.depth_ratio < ONE_X_DEPTH)


def infer_sexes(
    calls: FamilyCalls, simple: NDArray[np.int64], assembly: str | None
) -> dict[str, SexEvidence]:
    """The number of X chromosomes of every member that the calls hold; `simple` from usable_calls.simple_rows.

    `assembly` tells where the pseudoautosomal regions lie; where it is None those of both human assemblies
    are left out, for an assembly of another name none.
    """
    x_rows = _outside(calls, on_contigs(calls, simple, ("X",)), _par("X", assembly))
    y_rows = _outside(calls, on_contigs(calls, simple, ("Y",)), _par("Y", assembly))
    autosomal = on_contigs(calls, simple, AUTOSOMES)
    sampled = autosomal[:: max(1, len(autosomal) // _DEPTH_SAMPLE)]
    x, flags = good_states(calls, x_rows, HALF_CALL | OTHER_ALT), calls.flags[x_rows]
    y = good_states(calls, y_rows, HALF_CALL | OTHER_ALT)
    on_autosomes = good_states(calls, sampled, HAPLOID | HALF_CALL | OTHER_ALT)
    y_hom, y_het = (y == HOM).sum(axis=0), (y == HET).sum(axis=0)
    found = {}
    for m, member in enumerate(calls.members):
        carried = np.flatnonzero(x[:, m] > 0)
        kept = carried[_spaced(calls.pos[x_rows[carried]])]
        found[member] = _judge(
            het=int((x[kept, m] == HET).sum()),
            haploid=int((flags[kept, m] & HAPLOID > 0).sum()),
            sites=len(kept),
            autosomal_share=_het_share(on_autosomes[:, m]),
            y_calls=int(y_hom[m]),
            has_y=_has_y(m, y_hom, y_het),
            depth_ratio=_depth_ratio(calls.depth[x_rows[x[:, m] != HET], m], calls.depth[sampled, m]),
        )
    return found


def _judge(
    het: int,
    haploid: int,
    sites: int,
    autosomal_share: float | None,
    y_calls: int,
    has_y: bool | None,
    depth_ratio: float | None,
) -> SexEvidence:
    low, high = wilson_interval(het, sites)
    border = _border(autosomal_share)
    x_count = None
    if sites >= MIN_X_SITES:
        x_count = 1 if high < border else 2 if low > border else None
    evidence = SexEvidence(
        x_count, sites, het, haploid, low, high, border, autosomal_share, y_calls, has_y, depth_ratio
    )
    if x_count == 1 and evidence.depth_contradicts:  # a long homozygous stretch looks the same as one X
        return replace(evidence, x_count=None)
    return evidence


def _border(autosomal_share: float | None) -> float:
    """The heterozygous share on X at which the odds ratio is HOMOZYGOUS_ODDS_RATIO."""
    share = min(_USUAL_AUTOSOMAL_SHARE if autosomal_share is None else autosomal_share, 0.999)
    least, most = _BORDER_RANGE
    border = share / (share + HOMOZYGOUS_ODDS_RATIO * (1 - share))
    return min(max(border, least), most)


def _het_share(states: NDArray[np.int8]) -> float | None:
    carried = int((states > 0).sum())
    return float((states == HET).sum() / carried) if carried >= MIN_AUTOSOMAL_SITES else None


def _has_y(member: int, hom: NDArray[np.int64], het: NDArray[np.int64]) -> bool | None:
    """Y calls are sure only where homozygous ones prevail: reads of X and autosomes give heterozygous ones."""
    surely = (hom >= MIN_Y_CALLS) & (hom >= 2 * het)
    if surely[member] and hom[member] >= 0.1 * hom.max():
        return True
    others = hom[surely]
    return False if len(others) and others.max() >= 20 and hom[member] <= 0.05 * others.max() else None


def _depth_ratio(on_x: NDArray[np.int16], on_autosomes: NDArray[np.int16]) -> float | None:
    on_x, on_autosomes = on_x[on_x > 0], on_autosomes[on_autosomes > 0]
    if min(len(on_x), len(on_autosomes)) < MIN_DEPTH_SITES:
        return None
    return float(np.median(on_x) / np.median(on_autosomes))


def _spaced(pos: NDArray[np.int32]) -> NDArray[np.int64]:
    """Which of these ascending positions to keep so that neighbours are MIN_DISTANCE or more apart."""
    kept = []
    last = -MIN_DISTANCE
    for i, at in enumerate(pos.tolist()):
        if at - last >= MIN_DISTANCE:
            kept.append(i)
            last = at
    return np.array(kept, np.int64)


def _par(contig: str, assembly: str | None) -> list[tuple[int, int]]:
    one = known_assembly(assembly)
    chosen = KNOWN if assembly is None else (one,) if one else ()
    return [region for a in chosen for region in (a.par_x if contig == "X" else _PAR_Y[a.name])]


def _outside(
    calls: FamilyCalls, rows: NDArray[np.int64], regions: list[tuple[int, int]]
) -> NDArray[np.int64]:
    pos = calls.pos[rows]
    inside: NDArray[Any] = np.zeros(len(rows), np.bool_)
    for start, end in regions:
        inside |= (pos >= start) & (pos <= end)
    outside: NDArray[np.int64] = rows[~inside]
    return outside


def count_x(evidence: SexEvidence | None, declared: Sex) -> int:
    """The number of X chromosomes to interpret with: from the data, else by the declared sex, else 2."""
    if evidence is not None and evidence.x_count is not None:
        return evidence.x_count
    return 1 if declared is Sex.MALE else 2


def check_sex(member: str, declared: Sex, evidence: SexEvidence) -> Check:
    """The declared sex against the data."""
    status, inferred, conclusion = _conclude(declared, evidence)
    return Check(
        "sex",
        (member,),
        status,
        str(declared),
        inferred,
        None if evidence.share is None else round(evidence.share, 4),
        evidence.sites,
        f"{conclusion} {_seen(evidence)}".strip(),
    )


def _conclude(declared: Sex, e: SexEvidence) -> tuple[str, str | None, str]:
    """(status, inferred, sentence)."""
    used = "Two X chromosomes are assumed." if declared is Sex.UNKNOWN else "The declared sex is used."
    if e.sites < MIN_X_SITES:
        return "not_assessed", None, f"{_TOO_FEW.format(sites=e.sites or 'no')} {used}"
    if e.depth_contradicts:
        return "warning", None, _DEPTH_LOW if e.low > e.border else f"{_DEPTH_HIGH} {used}"
    if e.x_count is None:
        return ("warning" if e.sites >= MANY_X_SITES else "not_assessed"), None, f"{_BETWEEN} {used}"
    if e.x_count == 2 and e.has_y:
        return "warning", "two X and a Y", _XXY
    if e.x_count == 1 and e.has_y is False:
        return "warning", "one X, no Y", _X0
    inferred = "male" if e.x_count == 1 else "female"
    if declared is Sex.UNKNOWN:
        return "ok", inferred, f"No sex is declared; the data show {_NUMBER[e.x_count]}."
    if declared == inferred:
        return "ok", inferred, f"The data show {_NUMBER[e.x_count]}."
    other = (
        " A female with a single X chromosome (Turner syndrome) would look like this."
        if e.x_count == 1
        else ""
    )
    return "mismatch", inferred, _MISMATCH.format(number=_NUMBER[e.x_count], declared=declared, other=other)


_NUMBER = {1: "one X chromosome", 2: "two X chromosomes"}
_TOO_FEW = (
    "The number of X chromosomes cannot be told: {sites} usable sites on X outside the pseudoautosomal regions, "
    f"{MIN_X_SITES} are needed."
)
_BETWEEN = (
    "The number of X chromosomes cannot be told: the share of heterozygous sites on X lies between that of one "
    "and that of two. Contamination, mosaicism or a long homozygous stretch can do this."
)
_DEPTH_HIGH = (
    "Heterozygous sites on X are as few as with one X chromosome, but the read depth is that of two: a long "
    "homozygous stretch on X (related parents, uniparental disomy), or calls made as haploid."
)
_DEPTH_LOW = (
    "Heterozygous sites on X are as many as with two X chromosomes, but the read depth is that of one: "
    "the sample may be contaminated."
)
_XXY = (
    "The data show two X chromosomes and a Y: Klinefelter syndrome (47,XXY), or a sample contaminated with "
    "another person's DNA. Two X chromosomes are used."
)
_X0 = (
    "The data show one X chromosome and no Y, though another member of the family has Y calls: Turner syndrome "
    "(45,X), a lost Y, or X wholly homozygous. One X chromosome is used."
)
_MISMATCH = (
    "The data show {number}, but the declared sex is {declared}: the pedigree is wrong or the sample is another "
    "person's.{other} The number from the data is used."
)


def _seen(e: SexEvidence) -> str:
    """The numbers behind the conclusion."""
    if not e.sites:
        return ""
    parts = [
        f"{e.het:,} of {e.sites:,} carried sites on X are heterozygous "
        f"(99 % interval {e.low:.0%} to {e.high:.0%}, border {e.border:.0%})"
    ]
    if e.autosomal_share is not None:
        parts.append(f"on autosomes {e.autosomal_share:.0%}")
    if e.haploid:
        parts.append(f"{e.haploid:,} were called as haploid, so the caller had assumed one X chromosome")
    if e.depth_ratio is not None:
        parts.append(f"depth on X is {e.depth_ratio:.2f} of that on autosomes")
    parts.append(f"{e.y_calls:,} homozygous or haploid calls on Y")
    return "; ".join(parts) + "."
