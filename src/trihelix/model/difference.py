"""What differs between two versions of a reference pack: one typed record per gene, variant, term or disease that changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Fact = str | int | float | bool | None | tuple[str, ...]
Facts = Mapping[str, Fact]


class DifferenceKind(StrEnum):
    """The kinds of difference; the name says what became of it on the way from the older pack to the newer."""

    PANEL_ADDED = "panel_added"
    PANEL_REMOVED = "panel_removed"
    PANEL_RENAMED = "panel_renamed"
    PANEL_VERSION_CHANGED = "panel_version_changed"
    PANEL_DESCRIPTION_CHANGED = "panel_description_changed"
    GENE_ADDED = "gene_added"
    GENE_REMOVED = "gene_removed"
    GENE_RENAMED = "gene_renamed"
    GENE_PROMOTED = "gene_promoted"
    GENE_DEMOTED = "gene_demoted"
    GENE_IDS_CHANGED = "gene_ids_changed"
    GENE_MOVED = "gene_moved"
    BIOTYPE_CHANGED = "biotype_changed"
    REGION_ADDED = "region_added"
    REGION_REMOVED = "region_removed"
    REGION_PROMOTED = "region_promoted"
    REGION_DEMOTED = "region_demoted"
    REGION_CHANGED = "region_changed"
    REPEAT_ADDED = "repeat_added"
    REPEAT_REMOVED = "repeat_removed"
    REPEAT_PROMOTED = "repeat_promoted"
    REPEAT_DEMOTED = "repeat_demoted"
    REPEAT_CHANGED = "repeat_changed"
    MODE_OF_INHERITANCE_CHANGED = "mode_of_inheritance_changed"
    MODE_OF_PATHOGENICITY_CHANGED = "mode_of_pathogenicity_changed"
    PENETRANCE_CHANGED = "penetrance_changed"
    ENTRY_NOTES_CHANGED = "entry_notes_changed"
    VARIANT_ADDED = "variant_added"
    VARIANT_REMOVED = "variant_removed"
    VARIANT_UPGRADED = "variant_upgraded"
    VARIANT_DOWNGRADED = "variant_downgraded"
    VARIANT_RECLASSIFIED = "variant_reclassified"
    STARS_CHANGED = "stars_changed"
    CONDITIONS_CHANGED = "conditions_changed"
    VARIANT_GENES_CHANGED = "variant_genes_changed"
    POPULATION_ADDED = "population_added"
    POPULATION_REMOVED = "population_removed"
    ALLELE_NUMBER_CHANGED = "allele_number_changed"
    FREQUENCY_CROSSED = "frequency_crossed"
    FREQUENCY_CHANGED = "frequency_changed"
    SCORE_ADDED = "score_added"
    SCORE_REMOVED = "score_removed"
    SCORE_CROSSED = "score_crossed"
    SCORE_CHANGED = "score_changed"
    TERM_ADDED = "term_added"
    TERM_REMOVED = "term_removed"
    TERM_OBSOLETED = "term_obsoleted"
    TERM_REINSTATED = "term_reinstated"
    TERM_REPLACED = "term_replaced"
    TERM_REPLACEMENT_WITHDRAWN = "term_replacement_withdrawn"
    TERM_RENAMED = "term_renamed"
    TERM_MOVED = "term_moved"
    TERM_ADVICE_CHANGED = "term_advice_changed"
    DISEASE_ADDED = "disease_added"
    DISEASE_REMOVED = "disease_removed"
    DISEASE_RENAMED = "disease_renamed"
    ANNOTATION_ADDED = "annotation_added"
    ANNOTATION_REMOVED = "annotation_removed"
    ANNOTATION_FREQUENCY_CHANGED = "annotation_frequency_changed"
    ANNOTATION_SOURCE_CHANGED = "annotation_source_changed"
    GENE_DISEASE_ADDED = "gene_disease_added"
    GENE_DISEASE_REMOVED = "gene_disease_removed"
    TRANSCRIPT_ADDED = "transcript_added"
    TRANSCRIPT_REMOVED = "transcript_removed"
    TRANSCRIPT_PREFERENCE_CHANGED = "transcript_preference_changed"
    TRANSCRIPT_MODEL_CHANGED = "transcript_model_changed"
    TRANSCRIPT_NOTES_CHANGED = "transcript_notes_changed"
    CONSTRAINT_CHANGED = "constraint_changed"
    MECHANISM_CHANGED = "mechanism_changed"
    CONFIDENCE_CHANGED = "confidence_changed"
    CONTIG_ADDED = "contig_added"
    CONTIG_REMOVED = "contig_removed"
    CONTIG_RENAMED = "contig_renamed"
    CONTIG_LENGTH_CHANGED = "contig_length_changed"
    CONTIG_SEQUENCE_CHANGED = "contig_sequence_changed"


_K = DifferenceKind
_PAIRS = (
    (_K.PANEL_ADDED, _K.PANEL_REMOVED),
    (_K.GENE_ADDED, _K.GENE_REMOVED),
    (_K.GENE_PROMOTED, _K.GENE_DEMOTED),
    (_K.REGION_ADDED, _K.REGION_REMOVED),
    (_K.REGION_PROMOTED, _K.REGION_DEMOTED),
    (_K.REPEAT_ADDED, _K.REPEAT_REMOVED),
    (_K.REPEAT_PROMOTED, _K.REPEAT_DEMOTED),
    (_K.VARIANT_ADDED, _K.VARIANT_REMOVED),
    (_K.VARIANT_UPGRADED, _K.VARIANT_DOWNGRADED),
    (_K.POPULATION_ADDED, _K.POPULATION_REMOVED),
    (_K.SCORE_ADDED, _K.SCORE_REMOVED),
    (_K.TERM_ADDED, _K.TERM_REMOVED),
    (_K.TERM_OBSOLETED, _K.TERM_REINSTATED),
    (_K.TERM_REPLACED, _K.TERM_REPLACEMENT_WITHDRAWN),
    (_K.DISEASE_ADDED, _K.DISEASE_REMOVED),
    (_K.ANNOTATION_ADDED, _K.ANNOTATION_REMOVED),
    (_K.GENE_DISEASE_ADDED, _K.GENE_DISEASE_REMOVED),
    (_K.TRANSCRIPT_ADDED, _K.TRANSCRIPT_REMOVED),
    (_K.CONTIG_ADDED, _K.CONTIG_REMOVED),
)
# What a kind is called when the packs change places; kinds that are not named here stay what they are.
OPPOSITE: Mapping[DifferenceKind, DifferenceKind] = dict(_PAIRS) | {b: a for a, b in _PAIRS}


@dataclass(frozen=True)
class GeneKey:
    """A gene under every name that the two packs give it: symbols, and ids with their authority (ENSG..., HGNC:...,
    NCBIGene:...). Both are sorted; there are two symbols where the gene was renamed."""

    symbols: tuple[str, ...]
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class VariantKey:
    """A variant: contig without `chr`, 1-based position, REF and ALT in their shortest form."""

    contig: str
    pos: int
    ref: str
    alt: str


@dataclass(frozen=True)
class Difference:
    """One difference. `old` and `new` hold the facts that differ (all facts where something was added or removed),
    None where there was nothing. The keys that do not apply are None or empty; `item` names what has no key of its own (a
    population, score, transcript, region, repeat or contig), and `component` the component panel of an entry in a
    super panel. `crossed` names the decision lines between old and new: `two_stars`, `pathogenic`, `dominant`,
    `recessive` and those of scores. `label` is for people and is not compared.
    """

    kind: DifferenceKind
    old: Facts | None
    new: Facts | None
    gene: GeneKey | None = None
    variant: VariantKey | None = None
    term: str | None = None
    diseases: tuple[str, ...] = ()
    panel: str | None = None
    component: str | None = None
    item: str | None = None
    crossed: tuple[str, ...] = ()
    label: str = field(default="", compare=False)

    def reversed(self) -> Difference:
        """The same difference on the way back from the newer pack to the older."""
        return Difference(
            OPPOSITE.get(self.kind, self.kind),
            self.new,
            self.old,
            self.gene,
            self.variant,
            self.term,
            self.diseases,
            self.panel,
            self.component,
            self.item,
            self.crossed,
            self.label,
        )

    def as_dict(self) -> dict[str, object]:
        """The JSON shape: every key always present, null where it does not apply."""
        gene, variant = self.gene, self.variant
        return {
            "kind": self.kind.value,
            "gene": gene and {"symbols": gene.symbols, "ids": gene.ids},
            "variant": variant
            and {"contig": variant.contig, "pos": variant.pos, "ref": variant.ref, "alt": variant.alt},
            "term": self.term,
            "diseases": self.diseases,
            "panel": self.panel,
            "component": self.component,
            "item": self.item,
            "old": None if self.old is None else dict(self.old),
            "new": None if self.new is None else dict(self.new),
            "crossed": self.crossed,
            "label": self.label,
        }


@dataclass(frozen=True)
class Unlisted:
    """Differences that are counted but not listed one by one, because they move no decision."""

    kind: DifferenceKind
    count: int


Finding = Difference | Unlisted
