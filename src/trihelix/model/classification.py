"""A variant's classification by the ACMG/AMP criteria: what was found for each criterion, and what people changed.

The criteria are those of Richards et al., Genetics in Medicine 2015; the strengths that each may take follow the
ClinGen Sequence Variant Interpretation recommendations. The field names are those of `interpretation.json` and of
`classification_edits.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Direction(StrEnum):
    """Which way a criterion points."""

    PATHOGENIC = "pathogenic"
    BENIGN = "benign"


class Strength(StrEnum):
    """How much a criterion counts."""

    STAND_ALONE = "stand_alone"
    VERY_STRONG = "very_strong"
    STRONG = "strong"
    MODERATE = "moderate"
    SUPPORTING = "supporting"


class Status(StrEnum):
    """What was found for a criterion."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_ASSESSABLE = "not_assessable"  # the data do not tell; a scientist may know
    NOT_COUNTED = "not_counted"  # met, but the same evidence already counts elsewhere
    OFF = "off"  # met, but the criterion is deprecated and counts only when it is switched on


class Label(StrEnum):
    """The five classes."""

    PATHOGENIC = "pathogenic"
    LIKELY_PATHOGENIC = "likely_pathogenic"
    UNCERTAIN = "uncertain_significance"
    LIKELY_BENIGN = "likely_benign"
    BENIGN = "benign"


@dataclass(frozen=True)
class CriterionDefinition:
    """What a criterion means, and which strengths it may take; the first is the one of the 2015 guideline."""

    code: str
    direction: Direction
    strengths: tuple[Strength, ...]
    meaning: str


_P, _B = Direction.PATHOGENIC, Direction.BENIGN
_SA, _VS, _S, _M, _SU = Strength
_DEFINITIONS = (
    CriterionDefinition("PVS1", _P, (_VS, _S, _M, _SU), "loss of function where that is how the gene causes disease"),
    CriterionDefinition("PS1", _P, (_S, _M, _SU), "same protein change as a known pathogenic variant"),
    CriterionDefinition("PS2", _P, (_S, _VS, _M, _SU), "de novo, parentage confirmed"),
    CriterionDefinition("PS3", _P, (_S, _VS, _M, _SU), "functional studies show damage"),
    CriterionDefinition("PS4", _P, (_S, _VS, _M, _SU), "more frequent in patients than in controls"),
    CriterionDefinition("PM1", _P, (_M, _S, _SU), "in a hot spot without benign variation"),
    CriterionDefinition("PM2", _P, (_SU, _M), "absent from or very rare in populations"),
    CriterionDefinition("PM3", _P, (_M, _VS, _S, _SU), "recessive: in trans with a pathogenic variant"),
    CriterionDefinition("PM4", _P, (_M, _S, _SU), "protein length changes outside repeats"),
    CriterionDefinition("PM5", _P, (_M, _S, _SU), "another pathogenic missense change of the same residue"),
    CriterionDefinition("PM6", _P, (_M, _VS, _S, _SU), "de novo, parentage assumed"),
    CriterionDefinition("PP1", _P, (_SU, _M, _S), "segregates with the disease"),
    CriterionDefinition("PP2", _P, (_SU,), "missense in a gene where missense is common in disease, rare otherwise"),
    CriterionDefinition("PP3", _P, (_SU, _M, _S), "computation predicts damage"),
    CriterionDefinition("PP4", _P, (_SU,), "phenotype specific for the gene"),
    CriterionDefinition("PP5", _P, (_SU,), "a reputable source calls it pathogenic (deprecated)"),
    CriterionDefinition("BA1", _B, (_SA,), "common in a population"),
    CriterionDefinition("BS1", _B, (_S, _M, _SU), "more frequent than the disease allows"),
    CriterionDefinition("BS2", _B, (_S, _M, _SU), "seen in healthy adults"),
    CriterionDefinition("BS3", _B, (_S, _M, _SU), "functional studies show no damage"),
    CriterionDefinition("BS4", _B, (_S, _M, _SU), "does not segregate with the disease"),
    CriterionDefinition("BP1", _B, (_SU,), "missense in a gene where only truncation causes disease"),
    CriterionDefinition("BP2", _B, (_SU,), "in trans (dominant) or in cis with a pathogenic variant"),
    CriterionDefinition("BP3", _B, (_SU,), "in-frame change in a repeat"),
    CriterionDefinition("BP4", _B, (_SU, _M, _S, _VS), "computation predicts no damage"),
    CriterionDefinition("BP5", _B, (_SU,), "another cause of the disease was found"),
    CriterionDefinition("BP6", _B, (_SU,), "a reputable source calls it benign (deprecated)"),
    CriterionDefinition("BP7", _B, (_SU, _M, _S), "silent, and splicing is not changed"),
)  # fmt: skip
CRITERIA: Mapping[str, CriterionDefinition] = {d.code: d for d in _DEFINITIONS}
DEPRECATED = frozenset({"PP5", "BP6"})  # Biesecker and Harrison, Genetics in Medicine 2018


@dataclass(frozen=True)
class Criterion:
    """What was found for one criterion. `strength` is None unless it is met, not counted or off; `points` are what
    it adds to the sum (negative when benign). `set_by` is automatic, or edit where a scientist decided."""

    code: str
    status: str
    strength: str | None
    direction: str
    points: int
    evidence: str
    source: str
    value: float | None = None
    threshold: float | None = None
    set_by: str = "automatic"


@dataclass(frozen=True)
class Conflict:
    """Evidence that contradicts other evidence; for a person to resolve."""

    code: str
    message: str
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True)
class Background:
    """What conflicts are judged against: the significance pack's own word for the variant (`known_side` is
    pathogenic, benign or None), and the gene's mechanisms as the mechanism pack states them."""

    known: str | None = None
    known_stars: int | None = None
    known_side: str | None = None
    mechanisms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Classification:
    """A variant's class for one gene. `posterior` is the probability of pathogenicity, None where BA1 stands alone;
    `mode` the inheritance under which it was assessed (dominant or recessive)."""

    variant: str
    gene: str
    transcript: str | None
    mode: str
    label: str
    points: int
    posterior: float | None
    criteria: tuple[Criterion, ...]
    conflicts: tuple[Conflict, ...]
    background: Background
    rules: str

    def criterion(self, code: str) -> Criterion:
        """The criterion of this code; KeyError if there is none."""
        found = next((c for c in self.criteria if c.code == code), None)
        if found is None:
            raise KeyError(code)
        return found

    def as_dict(self) -> dict[str, Any]:
        """Plain lists and dictionaries, ready for JSON."""
        return asdict(self)


NOT_MET, WITHDRAWN = "not_met", "withdrawn"


@dataclass(frozen=True)
class CriterionEdit:
    """A scientist's decision on one criterion of a variant in a gene. `strength` is a strength, `not_met`, or
    `withdrawn`, which takes back the edits of that criterion before it. `number` counts from 1 in the file."""

    number: int
    variant: str
    gene: str
    code: str
    strength: str
    comment: str
    author: str
    time: str


@dataclass(frozen=True)
class EditedClassification:
    """Both states of a classification: as assessed automatically, and with the edits in force.

    `in_force` are the edits that count, by criterion; `history` are all edits of the variant in the gene,
    superseded and withdrawn ones too, oldest first.
    """

    automatic: Classification
    edited: Classification
    in_force: tuple[CriterionEdit, ...]
    history: tuple[CriterionEdit, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain lists and dictionaries, ready for JSON."""
        return asdict(self)


def classification_from_dict(data: Mapping[str, Any]) -> Classification:
    """A classification from its JSON form; KeyError or TypeError where the form is another."""
    fields = dict(data)
    fields["criteria"] = tuple(Criterion(**c) for c in data["criteria"])
    fields["conflicts"] = tuple(
        Conflict(**{**c, "criteria": tuple(c["criteria"])}) for c in data["conflicts"]
    )
    background = data["background"]
    fields["background"] = Background(**{**background, "mechanisms": tuple(background["mechanisms"])})
    return Classification(**fields)
