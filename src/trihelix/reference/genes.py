"""Gene packs: Ensembl or GENCODE annotation as tables, interval look-up, and slices of GFF3 for `bcftools csq`."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from trihelix.formats.bgzf import text_pieces
from trihelix.model.assembly import assembly_name, bare_contig
from trihelix.model.errors import PackError
from trihelix.reference.columnar import read_arrow, write_arrow
from trihelix.reference.csq_gff3 import write_csq_gff3
from trihelix.reference.gene_models import build_models
from trihelix.reference.gene_names import is_hgnc_table, read_gene_names, with_names
from trihelix.reference.gff3 import ADVICE, Annotation, read_gff3
from trihelix.reference.pack import ConversionOptions, Converted
from trihelix.reference.source import HEAD_SIZE

GENES, TRANSCRIPTS, EXONS = "genes.arrow", "transcripts.arrow", "exons.arrow"
CDS, REACH, GFF3 = "cds.arrow", "reach.arrow", "genes.gff3"
QUERIES_AT_ONCE = 1 << 17  # bounds the memory of an overlap query
_VERSION_SUFFIX = re.compile(r"^(ENS[A-Z]*\d+)\.\d+(?:_\d+)?(_PAR_Y)?$")


def convert(sources: Sequence[Path], folder: Path, options: ConversionOptions) -> Converted:
    """Makes a genes pack from GFF3 files and, if given among them, the HGNC complete set for other gene names.

    Raises PackError, CorruptFileError or FileUnreadableError.
    """
    names = [path for path in sources if is_hgnc_table(_head(path))]
    annotations = [path for path in sources if path not in names]
    if not annotations:
        raise PackError(
            "no gene annotation was given", where=str(sources[0]) if sources else "", advice=ADVICE
        )
    annotation = read_gff3(annotations)
    models = build_models(annotation, annotations)
    genes = models.genes
    for path in names:
        genes = with_names(genes, read_gene_names(path))
    slices = write_csq_gff3(models, folder / GFF3)
    write_arrow(pl.concat([genes, slices], how="horizontal"), folder / GENES)
    write_arrow(models.transcripts, folder / TRANSCRIPTS)
    write_arrow(models.exons, folder / EXONS)
    write_arrow(models.cds.select("transcript_index", "start", "end", "phase"), folder / CDS)
    write_arrow(models.reach, folder / REACH)
    return Converted(
        version=_version(annotation, annotations),
        assembly=_assembly(annotation) or assembly_name(options.assembly),
        counts={
            "genes": genes.height,
            "transcripts": models.transcripts.height,
            "exons": models.exons.height,
            "coding_parts": models.cds.height,
        },
        contigs=_contigs(annotation, genes),
        notes=models.notes,
    )


def _head(path: Path) -> bytes:
    return next(text_pieces(path), b"")[:HEAD_SIZE]


def _assembly(annotation: Annotation) -> str | None:
    """The assembly that the files name: Ensembl's genome-build, GENCODE's description, GFF3's genome-build."""
    for key, text in annotation.directives:
        if key in ("genome-build", "genome-version", "assembly"):
            return assembly_name(text.split()[-1])
        if key == "description" and (names := re.findall(r"GRCh\d+", text)):
            return assembly_name(names[-1])  # "... (GRCh38), version 45, mapped to GRCh37 ..."
    return None


def _version(annotation: Annotation, paths: Sequence[Path]) -> str | None:
    """What release this is: GENCODE's description, Ensembl's release in the file name, the date of the gene build."""
    said = dict(reversed(annotation.directives))
    if gencode := re.search(r"version (\w+(?: \(Ensembl \d+\))?)", said.get("description", "")):
        return f"GENCODE {gencode[1]}"
    release = next((m[1] for p in paths if (m := re.search(r"GRCh\d+\.(\d+)\.", p.name))), None)
    built = said.get("genebuild-last-updated")
    if release:
        return f"Ensembl {release}" + (f" (gene build {built})" if built else "")
    return f"gene build {built}" if built else None


def _contigs(annotation: Annotation, genes: pl.DataFrame) -> dict[str, int]:
    """Contig lengths from the sequence-region lines; 0 for contigs that have genes but no such line."""
    lengths = dict.fromkeys(genes["contig"].unique(maintain_order=True).to_list(), 0)
    for key, text in annotation.directives:
        fields = text.split()
        if key == "sequence-region" and len(fields) == 3 and fields[2].isdigit():
            lengths[fields[0]] = int(fields[2])
    return lengths


def open_genes(folder: Path) -> Genes:
    """Opens a genes pack by memory map; PackError if a table is missing or damaged."""
    tables = (read_arrow(folder / name) for name in (GENES, TRANSCRIPTS, EXONS, CDS, REACH))
    return Genes(folder, *tables)


@dataclass(frozen=True)
class Genes:
    """An opened genes pack. Contigs may be asked for by any name (chr1 or 1); positions are 1-based, inclusive.

    `genes` (sorted by contig and start): gene_index (= row), gene_id, gene_version, symbol, name, hgnc_id,
    aliases, biotype, contig, start, end, strand (+1, -1), csq_name (unique), gff_offset, gff_length.
    `transcripts` (gene by gene): transcript_index (= row), transcript_id, transcript_version, gene_index,
    biotype, start, end, strand, preferred (3 MANE Select, 2 Ensembl canonical, 1 first of its source), tags,
    cds_start, cds_end, cds_length (0 where non-coding), start_incomplete, end_incomplete, display (true for
    one transcript of each gene). `exons`: transcript_index, start, end. `cds`: transcript_index, start, end,
    phase. `reach`: contig, start, end.
    """

    folder: Path
    genes: pl.DataFrame
    transcripts: pl.DataFrame
    exons: pl.DataFrame
    cds: pl.DataFrame
    reach: pl.DataFrame

    @cached_property
    def contigs(self) -> tuple[str, ...]:
        """Contigs that have genes, as the annotation names them."""
        return tuple(self.genes["contig"].unique(maintain_order=True).to_list())

    @cached_property
    def _gene_rows(self) -> dict[str, tuple[int, int]]:
        return _rows_by_contig(self.genes)

    @cached_property
    def _reach_rows(self) -> dict[str, tuple[int, int]]:
        return _rows_by_contig(self.reach)

    def overlapping_genes(
        self, contig: str, pos: ArrayLike, end: ArrayLike
    ) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """All pairs (row of the query, gene_index) where pos..end overlaps a gene, sorted by row, then gene.

        `pos` and `end` are integer arrays of one length, in any order.
        """
        low, high = self._gene_rows.get(bare_contig(contig), (0, 0))
        starts, ends = (self.genes[c][low:high].to_numpy() for c in ("start", "end"))
        rows, found = _overlaps(starts, ends, np.asarray(pos, np.int64), np.asarray(end, np.int64))
        return rows, (found + low).astype(np.uint32)

    def near_exon(self, contig: str, pos: ArrayLike, end: ArrayLike) -> NDArray[np.bool_]:
        """Whether pos..end touches an exon or splice region of a transcript of a counted biotype."""
        low, high = self._reach_rows.get(bare_contig(contig), (0, 0))
        starts, ends = (self.reach[c][low:high].to_numpy() for c in ("start", "end"))
        at = np.searchsorted(ends, np.asarray(pos, np.int64), side="left")
        near = np.zeros(at.shape, np.bool_)
        inside = at < ends.size
        near[inside] = starts[at[inside]] <= np.asarray(end, np.int64)[inside]
        return near

    @cached_property
    def _index_of_id(self) -> dict[str, int]:
        return dict(zip(self.genes["gene_id"].to_list(), range(self.genes.height), strict=True))

    @cached_property
    def _indices_of_symbol(self) -> dict[str, tuple[int, ...]]:
        return _by_name(self.genes.select("gene_index", name="symbol"))

    @cached_property
    def _indices_of_alias(self) -> dict[str, tuple[int, ...]]:
        aliases = self.genes.select("gene_index", name="aliases").explode("name").drop_nulls("name")
        return _by_name(aliases)

    def by_id(self, gene_id: str) -> int | None:
        """The gene_index of a stable id, with or without its version; None if the pack does not hold it."""
        return self._index_of_id.get(_VERSION_SUFFIX.sub(r"\1\2", gene_id.strip()))

    def by_symbol(self, symbol: str) -> tuple[int, ...]:
        """The genes of this symbol, or else those that once had it or have it as an alias; case does not matter."""
        key = symbol.strip().upper()
        return self._indices_of_symbol.get(key) or self._indices_of_alias.get(key, ())

    def find(self, gene_ids: Iterable[str], symbols: Iterable[str]) -> tuple[int, ...]:
        """The genes of a panel entry: by any of its ids, or else by the first of its symbols that is known."""
        by_id = {index for gene_id in gene_ids if (index := self.by_id(gene_id)) is not None}
        if by_id:
            return tuple(sorted(by_id))
        return next((found for symbol in symbols if (found := self.by_symbol(symbol))), ())

    def write_gff3(
        self, gene_indices: NDArray[np.integer], path: Path, contig_names: Mapping[str, str] | None = None
    ) -> None:
        """Writes the models of these genes for `bcftools csq`, which needs at least one with a transcript.

        `contig_names` maps the annotation's contig names to those of the FASTA and VCF; others stay.
        """
        chosen = self.genes[np.unique(gene_indices)].select("contig", "gff_offset", "gff_length")
        renamed = {k.encode(): v.encode() for k, v in (contig_names or {}).items() if k != v}
        with (self.folder / GFF3).open("rb") as source, path.open("wb") as out:
            out.write(b"##gff-version 3\n")
            if not chosen.height:
                return
            with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as text:
                for contig, offset, length in chosen.iter_rows():
                    out.write(_renamed(text[offset : offset + length], contig.encode(), renamed))


def _renamed(lines: bytes, contig: bytes, renamed: Mapping[bytes, bytes]) -> bytes:
    new = renamed.get(contig)
    if new is None:
        return lines
    return (b"\n" + lines).replace(b"\n" + contig + b"\t", b"\n" + new + b"\t")[1:]


def _rows_by_contig(frame: pl.DataFrame) -> dict[str, tuple[int, int]]:
    """Bare contig name to (first row, row after the last) of a frame whose contigs stand together."""
    runs = (
        frame.with_row_index("row")
        .group_by("contig", maintain_order=True)
        .agg(pl.col("row").first(), pl.len())
    )
    return {bare_contig(contig): (first, first + count) for contig, first, count in runs.iter_rows()}


def _by_name(names: pl.DataFrame) -> dict[str, tuple[int, ...]]:
    grouped = names.group_by(pl.col("name").str.to_uppercase(), maintain_order=True).agg("gene_index")
    return {name: tuple(indices) for name, indices in grouped.iter_rows()}


def _overlaps(
    starts: NDArray[np.int32], ends: NDArray[np.int32], pos: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (query, interval) that overlap; `starts` is sorted, intervals may nest and overlap in any way.

    The intervals that can overlap a query are those before the last that starts in time and after the first
    whose end, or that of any interval before it, reaches the query; what lies between is tested one by one.
    """
    furthest = np.maximum.accumulate(ends)
    pairs = [
        _overlaps_at_once(
            starts, ends, furthest, pos[at : at + QUERIES_AT_ONCE], end[at : at + QUERIES_AT_ONCE]
        )
        for at in range(0, pos.size, QUERIES_AT_ONCE)
    ]
    rows = [found + at * QUERIES_AT_ONCE for at, (found, _) in enumerate(pairs)]
    empty = np.empty(0, np.int64)
    return np.concatenate([empty, *rows]), np.concatenate([empty, *(intervals for _, intervals in pairs)])


def _overlaps_at_once(
    starts: NDArray[np.int32],
    ends: NDArray[np.int32],
    furthest: NDArray[np.int32],
    pos: NDArray[np.int64],
    end: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    first = np.searchsorted(furthest, pos, side="left")
    counts = np.maximum(np.searchsorted(starts, end, side="right") - first, 0)
    rows = np.repeat(np.arange(pos.size), counts)
    before = np.repeat(np.cumsum(counts) - counts, counts)
    candidates = np.repeat(first, counts) + np.arange(rows.size) - before
    overlaps = ends[candidates] >= pos[rows]
    return rows[overlaps], candidates[overlaps]
