"""Writes gene models as the GFF3 that `bcftools csq` reads, gene by gene, so that slices of it can be joined.

csq takes its gene names, transcript ids, biotypes and reading frames from this file (bcftools manual, "csq",
and the rules of its reader in 1.16 and 1.24: unknown biotypes are ignored with everything below them, and a
phase that does not fit the lengths before it stops the program).
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from trihelix.reference.gene_models import GeneModels

BATCH = 4096  # genes whose text is held in memory at once

# Biotypes that both csq 1.16 and csq 1.24 know, by trial with each of them.
_KNOWN = (
    *("protein_coding", "nonsense_mediated_decay", "non_stop_decay", "polymorphic_pseudogene"),
    *(f"IG_{x}_gene" for x in ("C", "D", "J", "V", "LV")),
    *(f"TR_{x}_gene" for x in ("C", "D", "J", "V")),
    *("IG_C_pseudogene", "IG_J_pseudogene", "IG_V_pseudogene", "IG_pseudogene"),
    *("TR_V_pseudogene", "TR_J_pseudogene", "lincRNA", "antisense", "sense_intronic", "sense_overlapping"),
    *("retained_intron", "processed_transcript", "processed_pseudogene", "pseudogene"),
    *("unprocessed_pseudogene", "unitary_pseudogene", "transcribed_processed_pseudogene"),
    *("transcribed_unprocessed_pseudogene", "transcribed_unitary_pseudogene"),
    *("translated_processed_pseudogene", "translated_unprocessed_pseudogene", "rRNA", "snRNA", "snoRNA"),
    *("scaRNA", "sRNA", "scRNA", "miRNA", "misc_RNA", "vaultRNA", "ribozyme", "Mt_tRNA", "Mt_rRNA"),
    *("artifact", "bidirectional_promoter_lncRNA", "macro_lncRNA", "retrotransposed", "ambiguous_orf"),
)
_EQUIVALENT = {"lncRNA": "lincRNA", "vault_RNA": "vaultRNA", "rRNA_pseudogene": "pseudogene"}
_MESSENGER = r"^(protein_coding|mRNA|nonsense_mediated_decay|non_stop_decay)"
_PROMISED_CODING = "protein_coding"
_WITHOUT_CODING = "processed_transcript"
_OTHER = "misc_RNA"


def write_csq_gff3(models: GeneModels, path: Path) -> pl.DataFrame:
    """Writes the file; returns `gff_offset` and `gff_length` in bytes, one row per gene in the order of genes."""
    transcripts = _labelled_transcripts(models)
    genes = _labelled_genes(models.genes, transcripts)
    sizes = []
    with path.open("wb") as out:
        for first in range(0, genes.height, BATCH):
            lines = _lines(models, genes.slice(first, BATCH), transcripts)
            text = "\n".join(lines["line"].to_list()) + "\n"
            out.write(text.encode())
            per_gene = lines.group_by("gene_index").agg(pl.col("line").str.len_bytes().sum() + pl.len())
            sizes.append(per_gene.sort("gene_index")["line"].cast(pl.UInt32))
    length = pl.concat(sizes).alias("gff_length")
    total = length.cast(pl.UInt64).cum_sum()
    return pl.DataFrame({"gff_offset": total - length, "gff_length": length})


def _labelled_transcripts(models: GeneModels) -> pl.DataFrame:
    """Transcripts with their gene's id and contig, whether csq gets coding parts, and the biotype it is told."""
    written = models.cds.filter("written")["transcript_index"].unique()
    coding = pl.col("transcript_index").is_in(written.implode())
    promised = pl.col("biotype").str.contains(_MESSENGER)
    known = pl.col("biotype").replace(_EQUIVALENT)
    label = (
        pl.when(promised & ~coding)
        .then(pl.lit(_WITHOUT_CODING))
        .when(known.is_in(_KNOWN))
        .then(known)
        .when(coding)
        .then(pl.lit(_PROMISED_CODING))
        .otherwise(pl.lit(_OTHER))
    )
    columns = models.genes.select("gene_index", "gene_id", "contig")
    return models.transcripts.with_columns(label=label, coding=coding).join(
        columns, on="gene_index", maintain_order="left"
    )


def _labelled_genes(genes: pl.DataFrame, transcripts: pl.DataFrame) -> pl.DataFrame:
    coding = transcripts.filter("coding")["gene_index"].unique()
    known = pl.col("biotype").replace(_EQUIVALENT)
    label = (
        pl.when(known.is_in(_KNOWN))
        .then(known)
        .when(pl.col("gene_index").is_in(coding.implode()))
        .then(pl.lit(_PROMISED_CODING))
        .otherwise(pl.lit(_OTHER))
    )
    return genes.with_columns(label=label)


def _lines(models: GeneModels, genes: pl.DataFrame, transcripts: pl.DataFrame) -> pl.DataFrame:
    """Lines of these genes: gene_index, line; each gene's own line first, then transcripts, then their parts."""
    low, high = genes["gene_index"][0], genes["gene_index"][-1]
    chosen = transcripts.filter(pl.col("gene_index").is_between(low, high))
    parts = _parts(models, chosen)
    no_transcript = pl.lit(0, pl.UInt32).alias("transcript_index")
    return pl.concat(
        [
            genes.select("gene_index", _rank(0), no_transcript, "start", line=_gene_line()),
            chosen.select("gene_index", _rank(1), "transcript_index", "start", line=_transcript_line()),
            parts.select("gene_index", _rank(2), "transcript_index", "start", line=_part_line()),
        ]
    ).sort("gene_index", "rank", "transcript_index", "start", maintain_order=True)


def _rank(value: int) -> pl.Expr:
    return pl.lit(value, pl.UInt8).alias("rank")


def _sign() -> pl.Expr:
    return pl.when(pl.col("strand") > 0).then(pl.lit("+")).otherwise(pl.lit("-"))


def _gene_line() -> pl.Expr:
    text = "{}\t.\tgene\t{}\t{}\t.\t{}\t.\tID=gene:{};biotype={};Name={}"
    return pl.format(text, "contig", "start", "end", _sign(), "gene_id", "label", "csq_name")


def _transcript_line() -> pl.Expr:
    text = "{}\t.\ttranscript\t{}\t{}\t.\t{}\t.\tID=transcript:{};Parent=gene:{};biotype={}"
    return pl.format(text, "contig", "start", "end", _sign(), "transcript_id", "gene_id", "label")


def _part_line() -> pl.Expr:
    text = "{}\t.\t{}\t{}\t{}\t.\t{}\t{}\tParent=transcript:{}"
    return pl.format(text, "contig", "type", "start", "end", _sign(), "phase", "transcript_id")


def _parts(models: GeneModels, transcripts: pl.DataFrame) -> pl.DataFrame:
    """Exons, written coding parts, and untranslated parts of these transcripts, with what their lines need."""
    columns = transcripts.select(
        "transcript_index", "gene_index", "transcript_id", "contig", "strand", "cds_start", "cds_end"
    )
    exons = models.exons.join(columns, on="transcript_index", maintain_order="left")
    coding = models.cds.filter("written").join(columns, on="transcript_index", maintain_order="left")
    no_phase = pl.lit(".").alias("phase")
    shape = (
        "gene_index",
        "transcript_index",
        "transcript_id",
        "contig",
        "type",
        "start",
        "end",
        "strand",
        "phase",
    )
    return pl.concat(
        [
            exons.with_columns(no_phase, type=pl.lit("exon")).select(shape),
            coding.with_columns(pl.col("phase").cast(pl.String), type=pl.lit("CDS")).select(shape),
            *(side.with_columns(no_phase).select(shape) for side in _untranslated(exons)),
        ]
    )


def _untranslated(exons: pl.DataFrame) -> list[pl.DataFrame]:
    """The parts of exons before and after the coding sequence of their transcript."""
    coding = exons.filter(pl.col("cds_start") > 0)
    forward = pl.col("strand") > 0
    five, three = pl.lit("five_prime_UTR"), pl.lit("three_prime_UTR")
    left = coding.filter(pl.col("start") < pl.col("cds_start")).with_columns(
        end=pl.min_horizontal("end", pl.col("cds_start") - 1),
        type=pl.when(forward).then(five).otherwise(three),
    )
    right = coding.filter(pl.col("end") > pl.col("cds_end")).with_columns(
        start=pl.max_horizontal("start", pl.col("cds_end") + 1),
        type=pl.when(forward).then(three).otherwise(five),
    )
    return [left, right]
