"""What each variant does to each transcript, by `bcftools csq` over just the genes that the variants touch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.annotation.consequence_table import SCHEMA, is_counted
from trihelix.annotation.csq_process import run_csq
from trihelix.annotation.mitochondrial import mitochondrial_consequences
from trihelix.annotation.sequence_ontology import SEVERITY, impact_of, most_severe, terms_from_csq
from trihelix.model.assembly import bare_contig
from trihelix.reference.genes import Genes
from trihelix.reference.genome import Genome

__all__ = ["SCHEMA", "annotate_consequences", "consequences_of", "is_counted", "needs_alleles"]


def annotate_consequences(variants: pl.DataFrame, genes: Genes, genome: Genome) -> pl.DataFrame:
    """One row per (variant, transcript) that the variant touches in an exon or splice region.

    `variants` has columns variant (UInt32 id), contig, pos, ref, alt: normalised, distinct, REF checked against
    the genome. Variants within a gene but away from exons come with transcript_index null and the
    consequence intron_variant, one row per gene. Result columns are those of SCHEMA. Mitochondrial variants are
    judged by `mitochondrial_consequences`, all others by `bcftools csq`.
    """
    last = (pl.col("pos") + pl.col("ref").str.len_bytes().cast(pl.Int32) - 1).alias("last")
    places = variants.select("variant", "contig", "pos", last)
    chosen = needs_alleles(places, genes)
    return consequences_of(places, variants.filter(pl.Series(chosen)), genes, genome)


def needs_alleles(places: pl.DataFrame, genes: Genes) -> NDArray[np.bool_]:
    """Whether the alleles of a variant matter, not only its place: near an exon, or on the mitochondrial genome.
    `places`: variant, contig, pos, last (its last base)."""
    near = np.zeros(len(places), np.bool_)
    for contig, rows, first, last in _by_contig(places):
        near[rows] = True if bare_contig(contig) == "MT" else genes.near_exon(contig, first, last)
    return near


def consequences_of(
    places: pl.DataFrame, variants: pl.DataFrame, genes: Genes, genome: Genome
) -> pl.DataFrame:
    """See `annotate_consequences`; `variants` are those of `places` whose alleles matter."""
    mitochondrial = pl.col("contig").is_in(
        [name for name in places["contig"].unique() if bare_contig(name) == "MT"]
    )
    spans = _gene_spans(places.filter(~mitochondrial), genes)
    nuclear = _nuclear_consequences(spans, variants.filter(~mitochondrial), genes, genome)
    return pl.concat([nuclear, mitochondrial_consequences(variants.filter(mitochondrial), genes, genome)])


def _nuclear_consequences(
    spans: pl.DataFrame, variants: pl.DataFrame, genes: Genes, genome: Genome
) -> pl.DataFrame:
    exonic = _run_csq(variants, spans, genes, genome) if len(variants) else pl.DataFrame(schema=SCHEMA)
    seen = exonic.select("variant", "gene_index").unique()
    intronic = spans.join(seen, on=["variant", "gene_index"], how="anti").select(
        "variant",
        "gene_index",
        pl.lit(None, pl.UInt32).alias("transcript_index"),
        pl.lit("intron_variant").alias("consequence"),
        pl.lit(impact_of("intron_variant")).alias("impact"),
        pl.lit(SEVERITY["intron_variant"], pl.UInt8).alias("severity"),
        pl.lit(None, pl.String).alias("protein_change"),
        pl.lit(False).alias("counted"),
    )
    return pl.concat([exonic, intronic])


def _by_contig(places: pl.DataFrame) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """(contig, places in the frame, first base, last base) per contig."""
    rows = places.with_row_index("row")
    for (contig,), part in rows.partition_by("contig", as_dict=True, maintain_order=True).items():
        yield str(contig), part["row"].to_numpy(), part["pos"].to_numpy(), part["last"].to_numpy()


def _gene_spans(places: pl.DataFrame, genes: Genes) -> pl.DataFrame:
    """Pairs (variant, gene_index) of variants inside genes."""
    ids = places["variant"].to_numpy()
    parts = []
    for contig, rows, first, last in _by_contig(places):
        row, gene = genes.overlapping_genes(contig, first, last)
        parts.append(pl.DataFrame({"variant": ids[rows[row]], "gene_index": gene.astype(np.uint32)}))
    schema = {"variant": pl.UInt32, "gene_index": pl.UInt32}
    return pl.concat([pl.DataFrame(schema=schema), *(p.cast(schema) for p in parts)])  # type: ignore[arg-type]


def _run_csq(variants: pl.DataFrame, spans: pl.DataFrame, genes: Genes, genome: Genome) -> pl.DataFrame:
    wanted = (
        spans.join(variants.select("variant"), on="variant", how="semi")["gene_index"]
        .unique()
        .sort()
        .to_numpy()
    )
    if not genes.transcripts["gene_index"].is_in(wanted).any():
        return pl.DataFrame(schema=SCHEMA)
    with TemporaryDirectory(prefix="trihelix-") as folder:
        source, target, gff = (Path(folder) / name for name in ("in.vcf", "out.vcf", "genes.gff3"))
        names = {c: genome.names[bare_contig(c)] for c in genes.contigs if bare_contig(c) in genome.names}
        genes.write_gff3(wanted, gff, names)
        _write_sites(variants, source, genome)
        run_csq(
            [
                "-l",
                "-p",
                "a",
                "--force",
                "-v",
                "0",
                "-f",
                str(genome.fasta),
                "-g",
                str(gff),
                "-o",
                str(target),
                str(source),
            ]
        )
        return _read_csq(target, spans, genes)


def _write_sites(variants: pl.DataFrame, path: Path, genome: Genome) -> None:
    contigs = {
        name: genome.names[bare_contig(name)] for name in variants["contig"].unique(maintain_order=True)
    }
    lengths = "".join(
        f"##contig=<ID={n},length={genome.lengths[bare_contig(n)]}>\n" for n in contigs.values()
    )
    lines = variants.rechunk().select(  # pl.format fails on a frame of several chunks
        pl.format(
            "{}\t{}\t{}\t{}\t{}\t.\t.\t.",
            pl.col("contig").replace_strict(contigs),
            "pos", "variant", "ref", "alt",
        )
    ).to_series()  # fmt: skip
    header = f"##fileformat=VCFv4.2\n{lengths}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path.write_text(header + "\n".join(lines) + "\n", encoding="ascii")


def _read_csq(path: Path, spans: pl.DataFrame, genes: Genes) -> pl.DataFrame:
    transcripts = _transcript_numbers(genes)
    gene_of = genes.transcripts["gene_index"].to_list()
    counted = [is_counted(b) for b in genes.transcripts["biotype"].to_list()]
    terms: dict[tuple[int, int], list[str]] = {}
    changes: dict[tuple[int, int], str] = {}
    for variant, fields in _predictions(path):
        number = transcripts.get(fields[2]) if len(fields) > 2 else None
        if number is None:
            continue  # introns and non-coding genes are told by gene only: they come from the spans
        pair = (variant, number)
        terms.setdefault(pair, []).extend(terms_from_csq(fields[0]))
        if len(fields) > 5 and fields[5]:
            changes[pair] = fields[5]
    rows = []
    for (variant, number), words in terms.items():
        worst = most_severe(tuple(words))
        rows.append(
            (variant, gene_of[number], number, worst, impact_of(worst), SEVERITY.get(worst, 255),
             changes.get((variant, number)), counted[number])
        )  # fmt: skip
    coding = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return pl.concat([coding, _non_coding_exons(path, spans, genes)])


def _predictions(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(variant id, fields of one BCSQ entry); references to other records (@pos) cannot occur in local mode."""
    with path.open(encoding="ascii") as lines:
        for line in lines:
            if line[0] == "#":
                continue
            columns = line.rstrip("\n").split("\t")
            at = columns[7].find("BCSQ=")
            if at < 0:
                continue
            for entry in columns[7][at + 5 :].split(";")[0].split(","):
                if not entry.startswith("@"):
                    yield int(columns[2]), entry.split("|")


def _non_coding_exons(path: Path, spans: pl.DataFrame, genes: Genes) -> pl.DataFrame:
    """Exons of non-coding genes: csq tells the gene's name only."""
    by_name: Mapping[str, int] = dict(zip(genes.genes["csq_name"], genes.genes["gene_index"], strict=True))
    found = {
        (variant, by_name[fields[1]])
        for variant, fields in _predictions(path)
        if fields[0].lstrip("*") == "non_coding" and fields[1] in by_name
    }
    term = "non_coding_transcript_exon_variant"
    inside = set(spans.select("variant", "gene_index").iter_rows())
    rows = [
        (variant, gene, None, term, impact_of(term), SEVERITY[term], None, False)
        for variant, gene in sorted(found)
        if (variant, gene) in inside
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _transcript_numbers(genes: Genes) -> dict[str, int]:
    return dict(zip(genes.transcripts["transcript_id"], genes.transcripts["transcript_index"], strict=True))
