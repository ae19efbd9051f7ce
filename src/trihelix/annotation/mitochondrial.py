"""What variants of the mitochondrial genome do to its genes, by the vertebrate mitochondrial code.

`bcftools csq` knows the standard code only. The genes here have one exon, abut or overlap, lie on both strands,
and several end in T or TA, which polyadenylation completes to a stop codon (Ojala et al., Nature 1981;
290:470). The consequence on a protein is read off its HGVS name, so that the two cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from trihelix.annotation.consequence_table import SCHEMA, is_counted
from trihelix.annotation.hgvs import write_hgvs_table
from trihelix.annotation.hgvs_placement import Change, oriented_change
from trihelix.annotation.hgvs_protein import MITOCHONDRIAL_CODE
from trihelix.annotation.hgvs_transcript import Strand, Transcript, Transcripts
from trihelix.annotation.sequence_ontology import SEVERITY, impact_of
from trihelix.model.assembly import bare_contig
from trihelix.reference.genes import Genes
from trihelix.reference.genome import Genome

_NON_CODING = "non_coding_transcript_exon_variant"
_EXTENSION = re.compile(r"extTer(\d+)")


@dataclass(frozen=True)
class _Model:
    """A mitochondrial transcript; `number` counts the sliced transcripts, `index` those of the pack."""

    number: int
    index: int
    gene_index: int
    counted: bool
    view: Transcript
    open_end: (
        int | None
    )  # oriented first base of a last codon that is incomplete and no stop even with its tail

    @property
    def coding(self) -> tuple[int, int] | None:
        """Oriented first and last base of the coding sequence, stop codon included."""
        if self.view.coding is None:
            return None
        return self.view.first + self.view.coding[0], self.view.first + self.view.coding[1] - 1


def mitochondrial_consequences(variants: pl.DataFrame, genes: Genes, genome: Genome) -> pl.DataFrame:
    """One row per (mitochondrial variant, transcript) whose bases it changes; columns are those of SCHEMA.

    `variants` has columns variant (UInt32 id), contig, pos, ref, alt: normalised, distinct, REF checked against
    the genome; those on other contigs are left out. Exons of rRNA and tRNA genes get
    non_coding_transcript_exon_variant and no transcript_index, as in `annotate_consequences`; the control region
    gets nothing. `protein_change` is the HGVS p. name. A change of an incomplete last codon is judged on the
    codon that polyadenylation makes of it: stop_lost or stop_retained_variant, and
    incomplete_terminal_codon_variant only where the annotation has no stop codon there either.
    """
    chosen = variants.filter(pl.col("contig").map_elements(_is_mitochondrial, return_dtype=pl.Boolean))
    sliced, first = _mitochondrial_genes(genes)
    if not len(chosen) or not sliced.transcripts.height:
        return pl.DataFrame(schema=SCHEMA)
    touched = list(_touched(chosen, _models(sliced, first, genome)))
    proteins = _protein_names(touched, sliced, genome)
    rows = [_row(one, protein) for one, protein in zip(touched, proteins, strict=True)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").unique(maintain_order=True)


def _is_mitochondrial(contig: str) -> bool:
    return bare_contig(contig) == "MT"


def _mitochondrial_genes(genes: Genes) -> tuple[Genes, int]:
    """The pack's mitochondrial part, its transcripts numbered anew from 0, and the old number of the first.

    Genes of a contig stand together, and transcripts follow their genes; the other 200,000 stay unread.
    """
    names = [name for name in genes.contigs if _is_mitochondrial(name)]
    here = genes.genes.filter(pl.col("contig").is_in(names))
    transcripts = genes.transcripts.filter(pl.col("gene_index").is_in(here["gene_index"].implode()))
    first = int(transcripts["transcript_index"][0]) if transcripts.height else 0
    last = first + transcripts.height - 1
    of_these = pl.col("transcript_index").is_between(first, last)
    renumbered = (pl.col("transcript_index") - first).alias("transcript_index")
    exons = genes.exons.filter(of_these).with_columns(renumbered)
    return replace(genes, genes=here, transcripts=transcripts.with_columns(renumbered), exons=exons), first


def _models(sliced: Genes, first: int, genome: Genome) -> list[_Model]:
    views = Transcripts(sliced)
    strands = {direction: Strand(genome, "MT", direction) for direction in (1, -1)}
    found = []
    for number, gene, biotype in sliced.transcripts.select(
        "transcript_index", "gene_index", "biotype"
    ).iter_rows():
        view = views.view(number)
        if view is not None:
            open_end = _open_end(view, strands[view.strand])
            found.append(_Model(number, first + number, gene, is_counted(biotype), view, open_end))
    return found


def _open_end(view: Transcript, strand: Strand) -> int | None:
    if view.coding is None:
        return None
    last = view.first + view.coding[1] - 1
    codon = last + 1 - (view.coding[1] - view.coding[0]) % 3
    encoded = strand.bases(codon, last)
    return codon if encoded and MITOCHONDRIAL_CODE.get((encoded + "AA")[:3]) != "*" else None


@dataclass(frozen=True)
class _Touched:
    """A variant and a transcript of which it changes bases."""

    variant: int
    pos: int
    ref: str
    alt: str
    model: _Model
    change: Change


def _touched(variants: pl.DataFrame, models: list[_Model]) -> Iterator[_Touched]:
    for variant, pos, ref, alt in variants.select("variant", "pos", "ref", "alt").iter_rows():
        both = {direction: oriented_change(pos, ref, alt, direction) for direction in (1, -1)}
        for model in models:
            change = both[
                model.view.strand
            ]  # an insertion, whose last base is before its first, has both inside
            if change.first <= model.view.last and change.last >= model.view.first:
                yield _Touched(variant, pos, ref, alt, model, change)


def _protein_names(touched: list[_Touched], sliced: Genes, genome: Genome) -> list[str | None]:
    rows = [(n, "MT", one.pos, one.ref, one.alt, one.model.number) for n, one in enumerate(touched)]
    schema = {"variant": pl.UInt32, "contig": pl.String, "pos": pl.Int32, "ref": pl.String, "alt": pl.String,
              "transcript_index": pl.UInt32}  # fmt: skip
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return write_hgvs_table(table, sliced, genome)["hgvs_p"].to_list()


def _row(one: _Touched, protein: str | None) -> tuple[Any, ...]:
    model = one.model
    if model.coding is None:
        return (
            one.variant, model.gene_index, None, _NON_CODING, impact_of(_NON_CODING), SEVERITY[_NON_CODING], None, False,
        )  # fmt: skip
    term = _term_without_name(one) if protein in (None, "p.?") else _term_of_name(one, str(protein))
    if model.open_end is not None and one.change.last >= model.open_end:
        term = "incomplete_terminal_codon_variant"
    return (
        one.variant, model.gene_index, model.index, term, impact_of(term), SEVERITY[term], protein, model.counted,
    )  # fmt: skip


def _term_of_name(one: _Touched, protein: str) -> str:
    """The consequence that an HGVS p. name says, with the lengths of the alleles."""
    longer = len(one.change.inserted) - len(one.change.removed)
    extension = _EXTENSION.search(protein)
    if protein == "p.(Met1?)":
        return "start_lost"
    if protein.endswith("=)"):
        if "Ter" in protein:
            return "stop_retained_variant"
        return "start_retained_variant" if re.match(r"p\.\(Met1[_=]", protein) else "synonymous_variant"
    if extension and longer > 0 and 3 * int(extension[1]) == longer:
        return "inframe_insertion"  # residues before a stop codon that stays: an extension in HGVS's words
    if "ext" in protein:
        return "stop_lost"
    if "fs" in protein:
        return "frameshift_variant"
    if "Ter" in protein:
        return "stop_gained"
    return _in_frame_term(protein, longer)


def _in_frame_term(protein: str, longer: int) -> str:
    if longer == 0:
        return "missense_variant"
    if "delins" in protein:
        return "inframe_indel"
    return "inframe_insertion" if longer > 0 else "inframe_deletion"


def _term_without_name(one: _Touched) -> str:
    """The consequence where HGVS cannot tell what happens to the protein."""
    assert one.model.coding is not None
    first, last = one.model.coding
    change = one.change
    if change.first <= one.model.view.first and change.last >= one.model.view.last:
        return "transcript_ablation"
    if change.last < first:
        return "5_prime_UTR_variant"
    if change.first > last:
        return "3_prime_UTR_variant"
    if change.first < first or (change.removed and change.first < first + 3):
        return "start_lost"
    if change.last > last:
        return "stop_lost"
    longer = len(change.inserted) - len(change.removed)
    return "frameshift_variant" if longer % 3 else "coding_sequence_variant"
