"""An Interpretation: everything that is known about a family's variants after one run, immutable.

The field names are those of `interpretation.json`; its JSON Schema is `interpretation.schema.json` beside
this file. Positions are 1-based; frequencies are fractions in [0, 1]; scores are in [0, 1].
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from trihelix.model.classification import Classification

SCHEMA_VERSION = "1.1"


@dataclass(frozen=True)
class ReferenceUsed:
    """A reference pack that the interpretation used."""

    kind: str
    name: str
    version: str
    sha256: str
    assembly: str | None = None
    source: str | None = None
    licence: str | None = None


@dataclass(frozen=True)
class InputFile:
    """A file that was read: its role (vcf, ped, phenopacket), name without folder, checksum, and what was noted."""

    role: str
    name: str
    sha256: str
    note: str | None = None


@dataclass(frozen=True)
class PanelUsed:
    """A gene panel that was applied, with the number of its green genes."""

    id: str
    name: str
    version: str
    green_genes: int


@dataclass(frozen=True)
class Provenance:
    """Where the interpretation comes from: enough to run it again."""

    software: str
    software_version: str
    created: str
    assembly: str | None
    parameters: dict[str, Any]
    inputs: tuple[InputFile, ...]
    references: tuple[ReferenceUsed, ...]
    panels: tuple[PanelUsed, ...]


@dataclass(frozen=True)
class MemberSummary:
    """A family member as declared, and whether a sample was sequenced."""

    id: str
    sex: str
    affection: str
    father: str | None
    mother: str | None
    proband: bool
    sequenced: bool


@dataclass(frozen=True)
class PhenotypeTerm:
    """A phenotype term as used; `note` says when it replaces another or was set aside."""

    id: str
    name: str
    observed: str  # present | excluded | set_aside
    note: str | None = None


@dataclass(frozen=True)
class Check:
    """One check of the family's data; `status` is ok, warning, mismatch or not_assessed."""

    check: str  # sex | relatedness | mendelian_errors | ...
    members: tuple[str, ...]
    status: str
    declared: str | None
    inferred: str | None
    value: float | None
    sites: int | None
    message: str


@dataclass(frozen=True)
class Notice:
    """Something the reader must know: what was set aside, replaced, or could not be done. Level: info | warning."""

    level: str
    code: str
    message: str
    count: int | None = None


@dataclass(frozen=True)
class WaterfallStep:
    """How many variants remain after a step."""

    step: str
    remaining: int
    explanation: str


@dataclass(frozen=True)
class TranscriptConsequence:
    """What a variant does to one transcript; names are Sequence Ontology terms, `protein_change` is HGVS p."""

    transcript: str
    consequence: str
    impact: str
    biotype: str
    protein_change: str | None
    preferred: bool  # MANE Select, or the canonical transcript
    hgvs_c: str | None = None  # n. for non-coding transcripts


@dataclass(frozen=True)
class PopulationFrequency:
    """How common a variant is in one population of a frequency pack."""

    pack: str
    population: str
    frequency: float
    allele_number: int | None


@dataclass(frozen=True)
class Call:
    """A member's genotype at a variant with its quality; depths in reads, None where the file does not say."""

    genotype: str
    depth: int | None
    genotype_quality: int | None
    ref_depth: int | None
    alt_depth: int | None


@dataclass(frozen=True)
class CandidateVariant:
    """A variant of a candidate with its evidence. `frequency` is the highest over all populations of the
    frequency packs (0 when absent from all of them, None when there is no pack)."""

    contig: str
    pos: int
    ref: str
    alt: str
    gene: str
    consequence: str
    impact: str
    protein_change: str | None
    transcript: str | None
    transcripts: tuple[TranscriptConsequence, ...]
    frequency: float | None
    frequencies: tuple[PopulationFrequency, ...]
    clinical_significance: str | None
    clinical_significance_stars: int | None
    clinical_significance_id: str | None
    clinical_significance_conditions: tuple[str, ...]
    scores: dict[str, float]
    genotypes: dict[str, str]
    calls: dict[str, Call]
    inheritance: str | None  # father | mother | both | de_novo | unknown
    source_line: str  # file name and line where the record stands
    hgvs_g: str | None = None
    hgvs_c: str | None = None  # on `transcript`
    classification: Classification | None = None  # automatic, ACMG/AMP; None where it was not assessed


@dataclass(frozen=True)
class ReportEvent:
    """One reason to report: (panel, mode of inheritance, segregation filter, penetrance) and the tier it gives."""

    tier: int
    segregation: str
    penetrance: str
    panel_id: str | None
    panel_name: str | None
    panel_version: str | None
    confidence: str | None  # green | amber | red
    mode_of_inheritance: str | None
    reason: str
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Contribution:
    """One part of a score: what it is, how much it added to the log-odds, and why."""

    part: str
    points: float
    why: str


@dataclass(frozen=True)
class PhenotypeMatch:
    """A query term and the most specific term that it shares with the disease; `information` in nats."""

    query_id: str
    query_name: str
    match_id: str | None
    match_name: str | None
    information: float


@dataclass(frozen=True)
class Candidate:
    """A gene with the variant or the pair of variants that may explain the disease."""

    rank: int
    tier: int
    gene: str
    gene_id: str
    gene_name: str | None
    score: float
    phenotype_score: float | None
    genotype_score: float
    segregation: str
    penetrance: str
    variants: tuple[CandidateVariant, ...]
    events: tuple[ReportEvent, ...]
    flags: tuple[str, ...]
    disease_id: str | None
    disease_name: str | None
    contributions: tuple[Contribution, ...]
    phenotype_matches: tuple[PhenotypeMatch, ...]
    constraint: dict[str, float] = field(default_factory=dict)
    mechanism: tuple[str, ...] = ()


@dataclass(frozen=True)
class Interpretation:
    """The result of interpreting one family."""

    schema_version: str
    family_id: str
    proband: str | None
    members: tuple[MemberSummary, ...]
    phenotypes: tuple[PhenotypeTerm, ...]
    checks: tuple[Check, ...]
    notices: tuple[Notice, ...]
    waterfall: tuple[WaterfallStep, ...]
    candidates: tuple[Candidate, ...]
    provenance: Provenance

    def as_dict(self) -> dict[str, Any]:
        """Plain lists and dictionaries, ready for JSON."""
        return asdict(self)
