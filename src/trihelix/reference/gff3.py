"""Reads GFF3 gene annotation (Ensembl and GENCODE) into tables, in pieces, at the speed of the CSV reader.

GFF3 is described at https://github.com/The-Sequence-Ontology/Specifications/blob/master/gff3.md.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from trihelix.formats.bgzf import text_pieces
from trihelix.model.errors import CorruptFileError, PackError
from trihelix.reference.source import HEAD_SIZE, empty_file, wrong_kind

EXPECTED = "GFF3 gene annotation"
ADVICE = "give the GFF3 file of Ensembl (Homo_sapiens.*.gff3.gz) or GENCODE (gencode.*.annotation.gff3.gz)"

_COLUMNS = ("contig", "source", "type", "start", "end", "score", "strand", "phase", "attributes", "excess")
_PARTS = ("exon", "CDS")
_NOT_LOCI = (
    *_PARTS,
    *("five_prime_UTR", "three_prime_UTR", "UTR", "start_codon", "stop_codon"),
    *("stop_codon_redefined_as_selenocysteine", "biological_region", "region", "chromosome", "scaffold"),
    *("supercontig", "contig"),
)
_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "id": ("ID",),
    "parent": ("Parent",),
    "biotype": ("biotype", "gene_biotype", "transcript_biotype"),
    "gene_type": ("gene_type",),
    "transcript_type": ("transcript_type",),
    "gene_name": ("gene_name",),
    "name": ("Name",),
    "description": ("description",),
    "hgnc_id": ("hgnc_id",),
    "aliases": ("Alias", "gene_synonym", "synonym", "synonyms"),
    "tags": ("tag",),
    "version": ("version",),
}
_DIRECTIVE = re.compile(
    r"(?:#[#!]\s*([\w-]+):?|#(description):)\s+(.*)"
)  # GENCODE writes "#description: ..."


@dataclass(frozen=True)
class Annotation:
    """What GFF3 files say.

    `loci`: features with an ID that may be genes or transcripts: file, line, contig, type, start, end,
    strand, and the attributes id, parent, biotype, gene_type, transcript_type, gene_name, name, description,
    hgnc_id, aliases, tags, version (raw text or null). `parts`: exons and CDS: file, line, coding, contig,
    start, end, strand, phase (0-2, null where not given), parent (categorical). `directives`: (key, text) of
    the `##key text` and `#!key text` lines, and GENCODE's description.
    """

    loci: pl.DataFrame
    parts: pl.DataFrame
    directives: tuple[tuple[str, str], ...]


def read_gff3(paths: Sequence[Path]) -> Annotation:
    """Reads the files one after another.

    Raises PackError for a file of another kind or a line that breaks the format, CorruptFileError for a
    damaged or truncated file, FileUnreadableError where it cannot be opened.
    """
    loci: list[pl.DataFrame] = []
    parts: list[pl.DataFrame] = []
    directives: list[tuple[str, str]] = []
    for number, path in enumerate(paths):
        _read_file(path, number, loci, parts, directives)
    return Annotation(pl.concat(loci), pl.concat(parts), tuple(directives))


def _read_file(
    path: Path,
    number: int,
    loci: list[pl.DataFrame],
    parts: list[pl.DataFrame],
    directives: list[tuple[str, str]],
) -> None:
    first_line = 1
    for piece in text_pieces(path):
        if first_line == 1:
            _check_head(path, piece[:HEAD_SIZE])
        text, ended = _without_sequences(piece)
        rows = _rows(path, text, first_line)
        directives += _directives(rows)
        rows = _checked(path, rows.filter(~pl.col("contig").str.starts_with("#")))
        file = pl.lit(number, pl.UInt16).alias("file")
        loci.append(_loci(rows).select(file, pl.all()))
        parts.append(_parts(rows).select(file, pl.all()))
        if ended:
            break
        first_line += piece.count(b"\n")
    else:
        if first_line == 1 and not parts:
            raise empty_file(path, EXPECTED)


def _check_head(path: Path, head: bytes) -> None:
    """Refuses a file whose beginning shows that it is not GFF3: another format, or GTF."""
    lines = [line for line in head.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    data = next((line for line in lines if not line.startswith(b"#")), b"")
    if not lines:
        raise empty_file(path, EXPECTED)
    declared = lines[0].startswith(b"##gff-version")
    if data and re.search(rb'\tgene_id "', data):
        raise PackError("this is GTF, not GFF3", where=f"{path}, line {lines.index(data) + 1}", advice=ADVICE)
    if declared and re.match(rb"##gff-version\s+[12]\b", lines[0]):
        raise PackError(
            "this is an old version of GFF", where=f"{path}, line 1", value=_show(lines[0]), advice=ADVICE
        )
    if not declared and not (data.count(b"\t") == 8 and b"=" in data.split(b"\t")[8]):
        raise wrong_kind(path, EXPECTED, head, ADVICE)


def _without_sequences(piece: bytes) -> tuple[bytes, bool]:
    """The piece up to a ##FASTA line, after which GFF3 holds sequences, and whether there was one."""
    at = 0 if piece.startswith(b"##FASTA") else piece.find(b"\n##FASTA") + 1
    if at == 0 and not piece.startswith(b"##FASTA"):
        return piece, False
    return piece[:at], True


def _rows(path: Path, text: bytes, first_line: int) -> pl.DataFrame:
    """The lines as nine text columns, `excess` for anything after them, with line numbers; blank lines left out."""
    schema = dict.fromkeys(_COLUMNS, pl.String)
    try:
        frame = pl.read_csv(
            io.BytesIO(b"#\n" if not text or text.isspace() else text),
            separator="\t",
            has_header=False,
            quote_char=None,
            schema=schema,
            missing_columns="insert",
            truncate_ragged_lines=True,
            row_index_name="line",
            row_index_offset=first_line,
        )
    except pl.exceptions.PolarsError as error:
        raise _undecodable(path, text, first_line, error) from error
    return frame.filter(pl.any_horizontal(pl.col(_COLUMNS).is_not_null())).with_columns(
        pl.col("contig").fill_null("").str.strip_chars_end("\r")
    )


def _undecodable(path: Path, text: bytes, first_line: int, error: Exception) -> CorruptFileError:
    line = first_line
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as where:
        line += text.count(b"\n", 0, where.start)
    return CorruptFileError(
        "the text is not UTF-8",
        where=f"{path}, line {line}",
        value=_show(text.split(b"\n")[line - first_line]) or error,
        advice="download the file again, or save it as UTF-8 text",
    )


def _show(line: bytes) -> str:
    return line[:100].decode("utf-8", "replace").strip()


def _directives(rows: pl.DataFrame) -> list[tuple[str, str]]:
    lines = rows.filter(pl.col("contig").str.contains(r"^#([#!]\s*\w|description:)"))["contig"].to_list()
    return [(m[1] or m[2], m[3].strip()) for m in map(_DIRECTIVE.match, lines) if m]


def _checked(path: Path, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with numeric positions; PackError at the first line that breaks the format."""
    numbered = rows.with_columns(
        pl.col("start", "end").cast(pl.Int32, strict=False).name.suffix("_number"),
        pl.col("attributes").str.strip_chars_end("\r").replace(".", ""),
    )
    rules = {
        "a line has not nine tab-separated columns": pl.col("attributes").is_null()
        | pl.col("excess").is_not_null(),
        "start and end are not positions": pl.col("start_number").is_null() | pl.col("end_number").is_null(),
        "start lies before position 1 or after the end": (pl.col("start_number") < 1)
        | (pl.col("start_number") > pl.col("end_number")),
        "the strand is not one of + - . ?": ~pl.col("strand").is_in(["+", "-", ".", "?"]),
        "the phase is not one of 0 1 2 .": ~pl.col("phase").is_in(["0", "1", "2", "."]),
    }
    for what, broken in rules.items():
        bad = numbered.filter(broken).head(1)
        if bad.height:
            value = "\t".join(v for v in bad.select(_COLUMNS).row(0) if v is not None)[:100]
            raise PackError(what, where=f"{path}, line {bad['line'][0]}", value=value, advice=ADVICE)
    return numbered.with_columns(start=pl.col("start_number"), end=pl.col("end_number"))


def _attribute(*keys: str) -> pl.Expr:
    """The value of the first of these attributes that a line has."""
    found = [pl.col("attributes").str.extract(rf"(?:^|;)\s*{key}=([^;]*)") for key in keys]
    return pl.coalesce(found)


def _loci(rows: pl.DataFrame) -> pl.DataFrame:
    possible = rows.filter(
        ~pl.col("type").is_in(_NOT_LOCI), pl.col("attributes").str.contains("ID=", literal=True)
    )
    columns = [_attribute(*keys).alias(name) for name, keys in _ATTRIBUTES.items()]
    return possible.select("line", "contig", "type", "start", "end", "strand", *columns)


def _parts(rows: pl.DataFrame) -> pl.DataFrame:
    """Exons and CDS; one with several parents becomes a row for each."""
    parts = rows.filter(pl.col("type").is_in(_PARTS)).select(
        "line",
        (pl.col("type") == "CDS").alias("coding"),
        pl.col("contig").cast(pl.Categorical),
        "start",
        "end",
        "strand",
        pl.col("phase").cast(pl.UInt8, strict=False),
        _attribute("Parent").alias("parent"),
    )
    if parts["parent"].str.contains(",", literal=True).any():
        parts = parts.with_columns(pl.col("parent").str.split(",")).explode("parent")
    return parts.with_columns(pl.col("parent").cast(pl.Categorical))
