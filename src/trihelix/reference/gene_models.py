"""From GFF3 features to tables of genes, transcripts, exons and coding parts, numbered by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import polars as pl

from trihelix.model.errors import PackError
from trihelix.reference.gff3 import ADVICE, Annotation

SPLICE_REGION_BASES = 8  # Sequence Ontology SO:0001630: up to 8 bases into the intron
COUNTED_BIOTYPES = r"^(protein_coding|nonsense_mediated_decay|non_stop_decay|(IG|TR)_[A-Z]+_gene)$"
MANE_SELECT, CANONICAL, SOURCE_FIRST = 3, 2, 1

# ENSG00000012048.23, ENST00000381192.10_PAR_Y, ENSG00000223972.5_2 (GENCODE mapped to GRCh37), NM_007294.4
_VERSIONED = r"^(ENS[A-Z]*\d+|[NX][MR]_\d+)(?:\.(\d+))?(?:_\d+)?(_PAR_Y)?$"


@dataclass(frozen=True)
class GeneModels:
    """The tables of a genes pack, each `*_index` a row number of the table it names, and what was noticed.

    `exons` and `cds` are sorted by transcript and start; `cds.phase` is the number of bases before the next
    codon as computed from the first part's phase; `cds.written` tells whether csq can use the part.
    """

    genes: pl.DataFrame
    transcripts: pl.DataFrame
    exons: pl.DataFrame
    cds: pl.DataFrame
    reach: pl.DataFrame
    notes: tuple[str, ...]


def build_models(annotation: Annotation, paths: Sequence[Path]) -> GeneModels:
    """Tables from features; PackError where genes, transcripts and their parts do not fit together."""
    genes = _genes(annotation.loci, paths)
    transcripts = _transcripts(annotation.loci, genes, paths)
    parts = _placed_parts(annotation.parts, transcripts, paths)
    exons = parts.filter(~pl.col("coding")).select("transcript_index", "start", "end").sort(pl.all())
    cds = _coding(parts.filter("coding"), transcripts)
    transcripts = _with_coding(transcripts, cds)
    transcripts = transcripts.with_columns(display=_display())
    notes = _notes(genes, transcripts, exons, cds, lost=annotation.parts.height - parts.height)
    genes = genes.with_columns(csq_name=_csq_name())
    return GeneModels(
        genes.drop("raw_id"),
        transcripts.drop("raw_id", "first_phase"),
        exons,
        cds,
        _reach(genes, transcripts, exons),
        notes,
    )


def _place(paths: Sequence[Path], row: dict[str, object]) -> str:
    return f"{paths[int(str(row['file']))]}, line {row['line']}"


def _identifier(column: str) -> list[pl.Expr]:
    """The id without its `gene:` prefix and version, and the version (from the id, or the version attribute)."""
    bare = pl.col(column).str.replace(r"^(gene|transcript|rna):", "")
    versioned = bare.str.contains(_VERSIONED)
    stem = bare.str.extract(_VERSIONED, 1) + bare.str.extract(_VERSIONED, 3).fill_null("")
    version = pl.coalesce(bare.str.extract(_VERSIONED, 2), pl.col("version"))
    return [
        pl.when(versioned).then(stem).otherwise(bare).alias("stable_id"),
        version.cast(pl.UInt16, strict=False).alias("stable_version"),
    ]


def _genes(loci: pl.DataFrame, paths: Sequence[Path]) -> pl.DataFrame:
    """One row per gene, by contig in the order of the file, then by position."""
    is_gene = pl.col("id").str.starts_with("gene:") | pl.col("type").str.contains(r"^(pseudo|\w+_)?gene$")
    found = loci.filter(pl.col("parent").is_null(), pl.col("id").is_not_null(), is_gene)
    if not found.height:
        raise PackError("no gene was found in this annotation", where=str(paths[0]), advice=ADVICE)
    order = found["contig"].unique(maintain_order=True)
    genes = found.with_columns(*_identifier("id"), _strand()).select(
        "file",
        "line",
        raw_id="id",
        gene_id="stable_id",
        gene_version="stable_version",
        symbol=_decoded(pl.coalesce("gene_name", "name", "stable_id")),
        name=_decoded(pl.col("description").str.replace(r"\s*\[Source:.*", "")),
        hgnc_id=pl.coalesce("hgnc_id", _hgnc_in_description()),
        aliases=_decoded(pl.col("aliases")).str.split(",").list.eval(pl.element().str.strip_chars()),
        biotype=pl.coalesce("gene_type", "biotype", pl.lit("unknown")),
        contig="contig",
        start="start",
        end="end",
        strand="strand",
        contig_order=pl.col("contig").replace_strict(order, range(len(order)), return_dtype=pl.UInt32),
    )
    _check_unique(genes, "gene_id", "gene", paths)
    genes = genes.sort("contig_order", "start", "end", "gene_id").with_row_index("gene_index")
    return genes.with_columns(pl.col("aliases").fill_null([])).drop("file", "line", "contig_order")


def _hgnc_in_description() -> pl.Expr:
    number = pl.col("description").str.extract(r"Source:HGNC Symbol(?:;|%3B)Acc:(?:HGNC:)?(\d+)")
    return pl.lit("HGNC:") + number


def _strand() -> pl.Expr:
    return pl.col("strand").replace_strict({"+": 1, "-": -1}, default=0, return_dtype=pl.Int8)


def _decoded(text: pl.Expr) -> pl.Expr:
    """Percent-encoded characters as they are meant (GFF3 section "Column 9")."""
    encoded = text.str.contains("%", literal=True)
    plain = text.map_elements(unquote, return_dtype=pl.String, skip_nulls=True)
    return pl.when(encoded).then(plain).otherwise(text)


def _check_unique(frame: pl.DataFrame, column: str, what: str, paths: Sequence[Path]) -> None:
    repeated = frame.filter(pl.col(column).is_duplicated()).head(1)
    if repeated.height:
        again = frame.filter(pl.col(column) == repeated[column][0]).row(1, named=True)
        raise PackError(
            f"the same {what} stands twice in this annotation",
            where=_place(paths, again),
            value=again[column],
            advice="give each annotation file once, and only one release",
        )
    unstranded = frame.filter(pl.col("strand") == 0).head(1)
    if unstranded.height:
        row = unstranded.row(0, named=True)
        raise PackError(f"a {what} has no strand", where=_place(paths, row), value=row[column], advice=ADVICE)


def _transcripts(loci: pl.DataFrame, genes: pl.DataFrame, paths: Sequence[Path]) -> pl.DataFrame:
    """One row per transcript, gene by gene, in the order of the file within a gene."""
    parents = genes.select("gene_index", parent="raw_id")
    found = loci.filter(pl.col("id").is_not_null()).join(
        parents, on="parent", how="inner", maintain_order="left"
    )
    if not found.height:
        raise PackError("no transcript of any gene was found", where=str(paths[0]), advice=ADVICE)
    transcripts = found.with_columns(*_identifier("id"), _strand()).select(
        "file",
        "line",
        raw_id="id",
        transcript_id="stable_id",
        transcript_version="stable_version",
        gene_index="gene_index",
        biotype=pl.coalesce("transcript_type", "biotype", pl.lit("unknown")),
        start="start",
        end="end",
        strand="strand",
        preferred=_preferred(),
        tags="tags",
    )
    _check_unique(transcripts, "transcript_id", "transcript", paths)
    transcripts = transcripts.sort("gene_index", maintain_order=True).with_row_index("transcript_index")
    return transcripts.drop("file", "line")


def _preferred() -> pl.Expr:
    """How strongly the source recommends a transcript: MANE Select, Ensembl canonical, first of its source."""
    words = pl.col("tags").str.split(",")
    return (
        pl.when(words.list.contains("MANE_Select"))
        .then(MANE_SELECT)
        .when(words.list.contains("Ensembl_canonical"))
        .then(CANONICAL)
        .when(words.list.contains("source_first"))
        .then(SOURCE_FIRST)
        .otherwise(0)
        .cast(pl.UInt8)
    )


def _placed_parts(parts: pl.DataFrame, transcripts: pl.DataFrame, paths: Sequence[Path]) -> pl.DataFrame:
    """Exons and coding parts with their transcript's number; parts of nothing are left out."""
    columns = transcripts.select(
        "transcript_index",
        pl.col("raw_id").cast(pl.Categorical).alias("parent"),
        transcript_start="start",
        transcript_end="end",
        transcript_strand="strand",
    )
    placed = parts.join(columns, on="parent", how="inner")
    outside = (pl.col("start") < pl.col("transcript_start")) | (pl.col("end") > pl.col("transcript_end"))
    turned = _strand() != pl.col("transcript_strand")
    for what, broken in (
        ("an exon or coding part lies outside its transcript", outside),
        ("an exon or coding part is on another strand than its transcript", turned),
    ):
        bad = placed.filter(broken).head(1)
        if bad.height:
            row = bad.row(0, named=True)
            raise PackError(what, where=_place(paths, row), value=row["parent"], advice=ADVICE)
    return placed.select("coding", "transcript_index", "start", "end", "phase")


def _coding(parts: pl.DataFrame, transcripts: pl.DataFrame) -> pl.DataFrame:
    """Coding parts with a consistent reading frame.

    The phase of each part follows from the first part's phase and the bases before it; `stated` keeps the
    file's. A part is not `written` for csq when the incomplete first codon takes all of it, or when the
    transcript has less than one codon.
    """
    strands = transcripts.select("transcript_index", pl.col("strand"))
    reading = pl.when(pl.col("strand") > 0).then(pl.col("start")).otherwise(-pl.col("start"))
    length = pl.col("end") - pl.col("start") + 1
    before = length.cum_sum().over("transcript_index") - length
    first = pl.col("phase").first().over("transcript_index").fill_null(0).cast(pl.Int32)
    return (
        parts.join(strands, on="transcript_index", maintain_order="left")
        .sort("transcript_index", reading, maintain_order=True)
        .with_columns(before=before, first=first, total=length.sum().over("transcript_index"))
        .select(
            "transcript_index",
            "start",
            "end",
            phase=((pl.col("first") - pl.col("before")) % 3).cast(pl.UInt8),
            stated="phase",
            first="first",
            written=(pl.col("before") + length > pl.col("first")) & (pl.col("total") - pl.col("first") >= 3),
        )
        .sort("transcript_index", "start", "end")
    )


def _with_coding(transcripts: pl.DataFrame, cds: pl.DataFrame) -> pl.DataFrame:
    length = (pl.col("end") - pl.col("start") + 1).sum()
    spans = cds.group_by("transcript_index").agg(
        cds_start=pl.col("start").min(),
        cds_end=pl.col("end").max(),
        cds_length=length,
        first_phase=pl.col("first").first(),
    )
    whole = (pl.col("cds_length") - pl.col("first_phase")) % 3 == 0
    return (
        transcripts.join(spans, on="transcript_index", how="left", maintain_order="left")
        .with_columns(pl.col("cds_start", "cds_end", "cds_length", "first_phase").fill_null(0))
        .with_columns(
            start_incomplete=(pl.col("first_phase") > 0) | _tagged("cds_start_NF"),
            end_incomplete=~whole | _tagged("cds_end_NF"),
        )
    )


def _tagged(tag: str) -> pl.Expr:
    return pl.col("tags").str.split(",").list.contains(tag).fill_null(False)


def _display() -> pl.Expr:
    """Exactly one transcript per gene: the most recommended, then the longest coding sequence, then by id."""
    order = pl.col("transcript_index").sort_by(
        "preferred", "cds_length", "transcript_id", descending=[True, True, False]
    )
    return order.first().over("gene_index") == pl.col("transcript_index")


def _csq_name() -> pl.Expr:
    """A name that is unique in the pack and safe in BCSQ fields: the symbol, or the gene id where it is not."""
    usable = pl.col("symbol").is_unique() & pl.col("symbol").str.contains(r"^[\w.()/:*+-]+$")
    return pl.when(usable).then(pl.col("symbol")).otherwise(pl.col("gene_id"))


def _reach(genes: pl.DataFrame, transcripts: pl.DataFrame, exons: pl.DataFrame) -> pl.DataFrame:
    """Where a variant can touch an exon or a splice region of a counted transcript: merged intervals."""
    counted = transcripts.filter(pl.col("biotype").str.contains(COUNTED_BIOTYPES))
    extended = (
        exons.join(counted.select("transcript_index", "gene_index"), on="transcript_index")
        .join(genes.select("gene_index", "contig"), on="gene_index")
        .select(
            "contig",
            start=(pl.col("start") - SPLICE_REGION_BASES).clip(1),
            end=pl.col("end") + SPLICE_REGION_BASES,
        )
        .unique()
        .sort("contig", "start", "end")
    )
    reached = pl.col("end").cum_max().shift(1).over("contig")
    return (
        extended.with_columns(island=(pl.col("start") > reached + 1).fill_null(True).cum_sum())
        .group_by("contig", "island", maintain_order=True)
        .agg(pl.col("start").min(), pl.col("end").max())
        .drop("island")
    )


def _notes(
    genes: pl.DataFrame,
    transcripts: pl.DataFrame,
    exons: pl.DataFrame,
    cds: pl.DataFrame,
    lost: int,
) -> tuple[str, ...]:
    """What the person who adds the pack should know, each with its count."""
    coding = transcripts.filter(pl.col("cds_start") > 0)
    shifted = cds.filter(pl.col("stated").is_not_null() & (pl.col("stated") != pl.col("phase")))
    unusable = coding.join(cds.filter("written"), on="transcript_index", how="anti")
    empty = transcripts.join(exons, on="transcript_index", how="anti")
    childless = genes.join(transcripts, on="gene_index", how="anti")
    counts = {
        "coding transcripts have an incomplete start or end (kept; csq trims them to whole codons)": coding.filter(
            pl.col("start_incomplete") | pl.col("end_incomplete")
        ).height,
        "transcripts state phases that do not fit their coding lengths (kept; phases counted from the first part, "
        "so the frame after a ribosomal slip may be wrong)": shifted["transcript_index"].n_unique(),
        "transcripts have less than one whole codon (kept; consequences are those of a non-coding part)": unusable.height,
        "transcripts have no exon": empty.height,
        "genes have no transcript": childless.height,
        "exons or coding parts belong to no transcript of a gene and were set aside": lost,
    }
    return tuple(f"{count:,} {what}" for what, count in counts.items() if count)
