"""Everything that the rules ask about one variant in one gene of one candidate: plain values, no packs.

Defaults mean "nothing is known", so that a test or another source can fill in just what it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from trihelix.model.interpretation import PopulationFrequency

LOSS_OF_FUNCTION = frozenset(
    {
        "transcript_ablation",
        "stop_gained",
        "frameshift_variant",
        "splice_acceptor_variant",
        "splice_donor_variant",
        "start_lost",
        "initiator_codon_variant",
    }
)
IN_FRAME = frozenset({"inframe_insertion", "inframe_deletion", "inframe_indel"})
DOMINANT, RECESSIVE = "dominant", "recessive"


@dataclass(frozen=True)
class FrequencyFacts:
    """How common the variant is. `covered`: whether a frequency pack holds the contig, None without a pack;
    `homozygotes` counts healthy adults with two copies, None where no pack tells; `exception` says why high
    frequencies do not speak against the variant, if they do not."""

    populations: tuple[PopulationFrequency, ...] = ()
    covered: bool | None = None
    homozygotes: int | None = None
    exception: str | None = None


@dataclass(frozen=True)
class MechanismFact:
    """One entry of the mechanism pack for the gene."""

    mechanism: str
    confidence: str
    disease: str
    source: str


@dataclass(frozen=True)
class KnownChange:
    """A classified variant at the same residue; `certain` when it is called pathogenic, not only likely so."""

    record_id: str
    classification: str
    stars: int
    certain: bool
    change: str


@dataclass(frozen=True)
class KnownFacts:
    """What the significance pack holds in the gene, the variant itself left out everywhere.

    Counts are of distinct changes. `near_*` are missense changes within `window` residues on either side, those of the
    same residue left out; `benign_in_gene` tells whether the pack holds any benign variant of the gene.
    """

    pathogenic_lof: int = 0
    pathogenic_missense: int = 0
    pathogenic_all: int = 0
    benign_missense: int = 0
    benign_in_gene: int = 0
    near_pathogenic: int = 0
    near_benign: int = 0
    window: int = 0
    same_change: tuple[KnownChange, ...] = ()
    same_residue: tuple[KnownChange, ...] = ()


class LossKind(StrEnum):
    """By which way a protein may be lost."""

    NONSENSE = "nonsense"
    FRAMESHIFT = "frameshift"
    SPLICE = "splice site"
    START = "start codon"
    WHOLE_GENE = "whole transcript"
    NONE = "none"


@dataclass(frozen=True)
class LossFacts:
    """What a loss-of-function variant does to the transcript, as the PVS1 decision tree asks.

    `in_frame`: a splice variant whose skipped exon keeps the reading frame. `decays`: the transcript is expected to
    undergo nonsense-mediated decay, `where` says why (not). `removed` is the fraction of the protein that is lost or
    altered, `removed_pathogenic` how many known pathogenic variants lie there. For a lost start codon `next_met` is the
    residue number of the next methionine and `before_next_met` counts known pathogenic variants before it.
    `unclear` says why nothing of this can be told.
    """

    kind: LossKind = LossKind.NONE
    in_frame: bool = False
    decays: bool = False
    where: str = ""
    removed: float = 0.0
    removed_pathogenic: int = 0
    next_met: int | None = None
    before_next_met: int = 0
    unclear: str = ""


@dataclass(frozen=True)
class ProteinFacts:
    """Where a change lies in the protein: `residue` counts from 1; `changed_residues` for in-frame changes;
    `repeat_copies` of the unit that was inserted or removed, standing side by side in the reference; `exon_edge`:
    within three bases of an exon's border; `intron_distance` of an intronic variant, negative before an exon."""

    residue: int | None = None
    reference: str = ""
    altered: str = ""
    changed_residues: int | None = None
    repeat_copies: int | None = None
    exon_edge: bool = False
    intron_distance: int | None = None


class Parentage(StrEnum):
    """Whether those said to be the parents are."""

    CONFIRMED = "confirmed"
    ASSUMED = "assumed"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True)
class Companion:
    """The other variant of a pair. `label` is its class, `source` says where that comes from; `in_trans` is None
    where the phase is not proven."""

    variant: str
    label: str
    source: str
    in_trans: bool | None


@dataclass(frozen=True)
class FamilyFacts:
    """What the family shows. `origin`: father, mother, both, de_novo or unknown."""

    segregation: str = ""
    origin: str | None = None
    low_quality_de_novo: bool = False
    parentage: Parentage = Parentage.ASSUMED
    homozygous: bool = False
    companion: Companion | None = None
    phenotype_score: float | None = None
    phenotype_asked: bool = False
    disease: str | None = None


@dataclass(frozen=True)
class Facts:
    """All facts about one variant in one gene. `consequence` is that on `transcript`, the gene's representative one
    where the variant touches it (`representative`), and `elsewhere` the most severe one on any transcript; `mode` is the
    inheritance assessed."""

    variant: str
    gene: str
    consequence: str
    transcript: str | None = None
    representative: bool = True
    elsewhere: str | None = None
    mode: str = DOMINANT
    frequency: FrequencyFacts = field(default_factory=FrequencyFacts)
    mechanisms: tuple[MechanismFact, ...] = ()
    loss_excluded: bool = False  # a panel says that loss of function does not cause the disease
    known: KnownFacts | None = None
    loss: LossFacts = field(default_factory=LossFacts)
    protein: ProteinFacts = field(default_factory=ProteinFacts)
    missense_z: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    family: FamilyFacts = field(default_factory=FamilyFacts)
    classification: str | None = None
    stars: int | None = None
