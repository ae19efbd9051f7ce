"""Constraint packs: how much a gene is depleted of loss-of-function and missense variants (gnomAD)."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from trihelix.model.errors import PackError
from trihelix.reference.columnar import read_arrow, write_arrow
from trihelix.reference.pack import ConversionOptions, Converted
from trihelix.reference.source import HEAD_SIZE, describe, read_text, wrong_kind

CONSTRAINT = "constraint.arrow"
EXPECTED = "a gnomAD constraint table"
ADVICE = "give gnomad.v4.1.constraint_metrics.tsv, gnomad.v2.1.1.lof_metrics.by_gene.txt.bgz, or a table gene<TAB>pLI"

# Our column: how gnomAD v4, v2.1.1 and ExAC call it, the first that a file has is taken.
_NUMBERS: dict[str, tuple[str, ...]] = {
    "pli": ("lof.pLI", "pLI"),
    "loeuf": ("lof.oe_ci.upper", "oe_lof_upper"),
    "missense_z": ("mis.z_score", "mis_z"),
}
_TEXTS: dict[str, tuple[str, ...]] = {
    "gene": ("gene", "gene_symbol", "symbol"),
    "gene_id": ("gene_id", "ensembl_gene_id"),
    "transcript": ("transcript", "transcript_id"),
}
_FLAGS: dict[str, tuple[str, ...]] = {"mane_select": ("mane_select",), "canonical": ("canonical",)}
_MISSING = ["NA", "NaN", "nan", "", "."]


def convert(sources: Sequence[Path], folder: Path, options: ConversionOptions) -> Converted:
    """Makes a constraint pack, one row per gene: the MANE Select transcript's, else the canonical one's.

    Raises PackError for another table or a value that is not a number, CorruptFileError or
    FileUnreadableError where the file cannot be read. `options.columns` may name the columns of another table.
    """
    rows = pl.concat([_read(path, options.columns) for path in sources])
    genes = _one_per_gene(rows)
    write_arrow(genes, folder / CONSTRAINT)
    scored = genes.filter(pl.any_horizontal(pl.col(list(_NUMBERS)).is_not_null())).height
    notes = [f"{genes.height - scored:,} genes have no value at all"] if scored < genes.height else []
    return Converted(
        version=next((m[1] for p in sources if (m := re.search(r"v(\d+(?:\.\d+)+)", p.name))), None),
        counts={"genes": genes.height, "rows_read": rows.height},
        notes=tuple(notes),
    )


def open_constraint(folder: Path) -> pl.DataFrame:
    """Columns gene, gene_id, transcript, pli (0 to 1), loeuf (upper bound of observed/expected), missense_z.

    One row per gene symbol, sorted; values are null where gnomAD has none. PackError if the file is damaged.
    """
    return read_arrow(folder / CONSTRAINT)


def _read(path: Path, columns: dict[str, str]) -> pl.DataFrame:
    text = read_text(path, EXPECTED)
    header = text.split("\n", 1)[0].rstrip("\r").split("\t")
    _check_mapping(path, columns, header)
    names = {
        ours: next((n for n in (columns.get(ours), *theirs) if n in header), None)
        for ours, theirs in {**_TEXTS, **_FLAGS, **_NUMBERS}.items()
    }
    if names["gene"] is None or not any(names[n] for n in _NUMBERS):
        head = text[:HEAD_SIZE].encode()
        if describe(head) or len(header) < 2:
            raise wrong_kind(path, EXPECTED, head, ADVICE)
        raise PackError(
            f"this is not {EXPECTED}: it has no gene column, or none of pLI, LOEUF and missense z",
            where=f"{path}, line 1",
            value=", ".join(header[:12]),
            advice=ADVICE,
        )
    table = _table(path, text)
    chosen = [
        (pl.col(theirs) if theirs else pl.lit(None, pl.String)).alias(ours) for ours, theirs in names.items()
    ]
    return _numbered(path, table.select("line", *chosen), names)


def _check_mapping(path: Path, columns: dict[str, str], header: list[str]) -> None:
    """A mapping must name a column of ours and one that the file has."""
    known = {**_TEXTS, **_FLAGS, **_NUMBERS}
    for ours, theirs in columns.items():
        if ours not in known or theirs not in header:
            what = "has no such column" if ours in known else "cannot hold this"
            more = ", ".join(header[:20] if ours in known else known)
            raise PackError(
                f"the mapping cannot be followed: the {'file' if ours in known else 'pack'} {what}",
                where=f"{path}, line 1",
                value=f"{ours}={theirs}",
                advice=f"it has: {more}",
            )


def _table(path: Path, text: str) -> pl.DataFrame:
    try:
        return pl.read_csv(
            io.BytesIO(text.encode()),
            separator="\t",
            infer_schema=False,
            quote_char=None,
            null_values=_MISSING,
            row_index_name="line",
            row_index_offset=2,
        )
    except pl.exceptions.PolarsError as error:
        raise PackError(
            "a line of this table does not have as many columns as the first line",
            where=str(path),
            value=str(error).split("\n", 1)[0],
            advice="download the file again",
        ) from error


def _numbered(path: Path, rows: pl.DataFrame, names: dict[str, str | None]) -> pl.DataFrame:
    """Numbers as numbers, flags as booleans; PackError at the first value that is not a number."""
    rows = rows.with_columns(
        pl.col("transcript").str.strip_chars("\r"), pl.col(list(_NUMBERS)).str.strip_chars()
    )
    for column in _NUMBERS:
        number = pl.col(column).cast(pl.Float64, strict=False)
        bad = rows.filter(pl.col(column).is_not_null() & number.is_null()).head(1)
        if bad.height:
            raise PackError(
                f"{names[column]} is not a number",
                where=f"{path}, line {bad['line'][0]}",
                value=bad[column][0],
                advice=ADVICE,
            )
    if not rows["gene"].is_not_null().any():
        raise PackError("the table has no genes", where=str(path), advice=ADVICE)
    truth = [(pl.col(flag).str.to_lowercase() == "true").fill_null(False) for flag in _FLAGS]
    return rows.filter(pl.col("gene").is_not_null()).with_columns(
        pl.col(list(_NUMBERS)).cast(pl.Float64), *truth
    )


def _one_per_gene(rows: pl.DataFrame) -> pl.DataFrame:
    """The row of MANE Select, then canonical; with a pLI; of Ensembl, as its ids are those of gene packs."""
    ensembl = pl.col("gene_id").str.starts_with("ENSG").fill_null(False)
    ids = rows.filter(ensembl).select("gene", "gene_id").unique("gene", keep="first", maintain_order=True)
    best = rows.sort(
        pl.col("mane_select"),
        pl.col("canonical"),
        pl.col("pli").is_not_null(),
        ensembl,
        descending=True,
        maintain_order=True,
    ).unique("gene", keep="first", maintain_order=True)
    return (
        best.drop("gene_id")
        .join(ids, on="gene", how="left")
        .sort("gene")
        .select("gene", pl.col("gene_id").str.replace(r"\.\d+$", ""), "transcript", *_NUMBERS)
    )
