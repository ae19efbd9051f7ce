"""Packs for tests: from source files as people add them, and allele packs straight from a table."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from trihelix.model.difference import Difference, DifferenceKind
from trihelix.reference.allele_table import write_allele_tables
from trihelix.reference.columnar import write_arrow
from trihelix.reference.library import KINDS, Details, ReferenceLibrary
from trihelix.reference.pack import Manifest, Pack, file_record

Allele = tuple[str, int, str, str]
# Two alleles of chr1:100 whose 35-bit hashes are the same.
SAME_HASH: tuple[Allele, Allele] = (
    ("1", 100, "A", "ACCTTTTCTTTGTTCCG"),
    ("1", 100, "A", "ACGTGCTTTGGCTGTTC"),
)
SIGNIFICANCE_SCHEMA: dict[str, Any] = {
    "contig": pl.String, "pos": pl.Int64, "ref": pl.String, "alt": pl.String, "record_id": pl.String,
    "classification": pl.String, "stars": pl.Int64, "conditions": pl.List(pl.String),
    "genes": pl.List(pl.String), "pathogenic": pl.Boolean,
}  # fmt: skip


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder of one example of a property."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def add_pack(root: Path, kind: str, files: Iterable[Path], **details: Any) -> Pack:
    """A pack added to the library at `root`."""
    return ReferenceLibrary(root).add(kind, list(files), Details(**details))[0]


def pack_of(folder: Path, kind: str) -> Pack:
    """The files in a folder as a pack."""
    files = tuple(
        replace(file_record(p), name=p.relative_to(folder).as_posix())
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    )
    manifest = Manifest(
        kind, folder.name, "1", "GRCh38", None, None, KINDS[kind][1], {}, {}, (), (), files
    )  # fmt: skip
    return Pack(folder, replace(manifest, sha256=manifest.address()))


def significance_pack(folder: Path, facts: Mapping[Allele, tuple[str, int, list[str], list[str]]]) -> Pack:
    """A significance pack of (classification, stars, conditions, genes) by allele."""
    rows = [
        (*allele, "1", word, stars, conditions, genes, "athogenic" in word)
        for allele, (word, stars, conditions, genes) in facts.items()
    ]
    folder.mkdir()
    write_allele_tables(folder, [pl.DataFrame(rows, schema=SIGNIFICANCE_SCHEMA, orient="row")])
    return pack_of(folder, "significance")


def number_pack(
    folder: Path, kind: str, names: Mapping[str, int], values: Mapping[Allele, list[float]]
) -> Pack:
    """A frequencies or scores pack: columns (with allele numbers) and the values of each allele."""
    schema = dict(list(SIGNIFICANCE_SCHEMA.items())[:4]) | dict.fromkeys(names, pl.Float32)
    rows = [(*allele, *numbers) for allele, numbers in values.items()]
    folder.mkdir()
    write_allele_tables(folder, [pl.DataFrame(rows, schema=schema, orient="row")])
    if kind == "frequencies":
        table = {"population": list(names), "allele_number": list(names.values())}
        write_arrow(pl.DataFrame(table), folder / "populations.arrow")
    else:
        write_arrow(pl.DataFrame({"score": list(names)}), folder / "scores.arrow")
    return pack_of(folder, kind)


def comparable(differences: Iterable[Difference]) -> list[tuple[Any, ...]]:
    """Differences in an order that does not depend on that of the packs."""
    return sorted(
        (
            (
                d.kind,
                d.gene,
                d.variant,
                d.term,
                d.diseases,
                d.panel,
                d.component,
                d.item,
                d.crossed,
                d.old,
                d.new,
            )
            for d in differences
        ),
        key=repr,
    )


def kinds(differences: Iterable[Difference]) -> list[DifferenceKind]:
    """Their kinds, sorted."""
    return sorted(d.kind for d in differences)
