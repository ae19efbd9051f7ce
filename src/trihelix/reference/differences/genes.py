"""Differences between two genes packs: genes and transcripts, their names, types, places and models."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import polars as pl

from trihelix.model.assembly import bare_contig
from trihelix.model.difference import Difference, DifferenceKind
from trihelix.reference.differences.rows import (
    Groups,
    Names,
    Row,
    changed_facts,
    facts_of,
    gene_key,
    pair_rows,
    unequal_rows,
)
from trihelix.reference.genes import Genes, open_genes
from trihelix.reference.pack import Pack

_K = DifferenceKind
_GENES: Groups = (
    (_K.GENE_RENAMED, ("symbol",)),
    (_K.GENE_IDS_CHANGED, ("gene_id", "gene_version", "hgnc_id", "aliases", "name")),
    (_K.GENE_MOVED, ("contig", "start", "end", "strand")),
    (_K.BIOTYPE_CHANGED, ("biotype",)),
)
_TRANSCRIPTS: Groups = (
    (_K.TRANSCRIPT_PREFERENCE_CHANGED, ("preferred", "display")),
    (
        _K.TRANSCRIPT_MODEL_CHANGED,
        ("gene_id", "start", "end", "strand", "start_incomplete", "end_incomplete", "exons", "cds"),
    ),
    (_K.BIOTYPE_CHANGED, ("biotype",)),
    (_K.TRANSCRIPT_NOTES_CHANGED, ("transcript_version", "tags")),
)
GENE_FACTS = tuple(c for _, columns in _GENES for c in columns)
TRANSCRIPT_FACTS = tuple(c for _, columns in _TRANSCRIPTS for c in columns)
_STAGES: tuple[Names, ...] = (lambda row: [row["gene_id"]], lambda row: [row["hgnc_id"]])


def differences(old: Pack, new: Pack) -> Iterator[Difference]:
    """Genes and transcripts added, removed or changed. A gene is the same by its id, else by its HGNC id; a
    transcript by its id. `preferred` is 3 for MANE Select, 2 for Ensembl canonical; exons and coding parts
    (with their phase) are told as start-end in the order of the pack."""
    packs = [open_genes(pack.folder) for pack in (old, new)]
    for before, after in pair_rows(*unequal_rows(*map(_genes, packs)), _STAGES):
        yield from _gene(before, after)
    rows = unequal_rows(*map(_transcripts, packs))
    symbols = {g: s for p in packs for g, s in p.genes.select("gene_id", "symbol").iter_rows()}
    for before, after in pair_rows(*rows, (lambda row: [row["transcript_id"]],)):
        yield from _transcript(before, after, symbols)


def _genes(pack: Genes) -> pl.DataFrame:
    bare = {contig: bare_contig(contig) for contig in pack.contigs}
    return pack.genes.with_columns(pl.col("contig").replace(bare)).select(GENE_FACTS)


def _gene(before: Row | None, after: Row | None) -> Iterator[Difference]:
    rows = [row for row in (before, after) if row]
    ids = [i for row in rows for i in (row["gene_id"], row["hgnc_id"])]
    make = partial(
        Difference, gene=gene_key((row["symbol"] for row in rows), ids), label=str(rows[-1]["symbol"])
    )
    if before and after:
        for kind, was, now in changed_facts(before, after, _GENES):
            yield make(kind, was, now)
    elif after:
        yield make(_K.GENE_ADDED, None, facts_of(after, GENE_FACTS))
    elif before:
        yield make(_K.GENE_REMOVED, facts_of(before, GENE_FACTS), None)


def _transcripts(pack: Genes) -> pl.DataFrame:
    genes = pack.genes.select("gene_index", "gene_id")
    exons = _parts(pack.exons, "exons", pl.format("{}-{}", "start", "end"))
    cds = _parts(pack.cds, "cds", pl.format("{}-{}:{}", "start", "end", "phase"))
    return (
        pack.transcripts.join(genes, on="gene_index", how="left", maintain_order="left")
        .join(exons, on="transcript_index", how="left", maintain_order="left")
        .join(cds, on="transcript_index", how="left", maintain_order="left")
        .select("transcript_id", *TRANSCRIPT_FACTS)
    )


def _parts(parts: pl.DataFrame, name: str, text: pl.Expr) -> pl.DataFrame:
    """One text of all parts of each transcript."""
    texts = parts.select("transcript_index", text.alias(name))
    return texts.group_by("transcript_index", maintain_order=True).agg(pl.col(name).str.join(","))


def _transcript(before: Row | None, after: Row | None, symbols: dict[str, str]) -> Iterator[Difference]:
    rows = [row for row in (before, after) if row]
    ids = {row["gene_id"] for row in rows}
    last = rows[-1]
    make = partial(
        Difference,
        gene=gene_key((symbols[i] for i in ids), ids),
        item=last["transcript_id"],
        label=f"{last['transcript_id']} of {symbols[last['gene_id']]}",
    )
    if before and after:
        for kind, was, now in changed_facts(before, after, _TRANSCRIPTS):
            yield make(kind, was, now)
    elif after:
        yield make(_K.TRANSCRIPT_ADDED, None, facts_of(after, TRANSCRIPT_FACTS))
    else:
        yield make(_K.TRANSCRIPT_REMOVED, facts_of(last, TRANSCRIPT_FACTS), None)
