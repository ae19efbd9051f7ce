"""Differences between two mechanism packs: gene-disease entries, their mechanism, mode and confidence."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

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
from trihelix.reference.mechanism import open_mechanism
from trihelix.reference.pack import Pack

COLUMNS = (
    *("gene", "hgnc_id", "disease", "disease_id", "mode", "mechanism", "confidence", "source"),
    *("mode_stated", "mechanism_stated"),
)
_K = DifferenceKind
_GROUPS: Groups = (
    (_K.GENE_RENAMED, ("gene",)),
    (_K.GENE_IDS_CHANGED, ("hgnc_id",)),
    (_K.DISEASE_RENAMED, ("disease", "disease_id")),
    (_K.MODE_OF_INHERITANCE_CHANGED, ("mode", "mode_stated")),
    (_K.MECHANISM_CHANGED, ("mechanism", "mechanism_stated")),
    (_K.CONFIDENCE_CHANGED, ("confidence",)),
)


def differences(old: Pack, new: Pack) -> Iterator[Difference]:
    """Entries added, removed or changed.

    An entry is the same by source, gene (HGNC id, else symbol) and disease (id, else name), first where the
    mode of inheritance is the same, too.
    """
    rows = unequal_rows(*(open_mechanism(pack.folder).select(COLUMNS) for pack in (old, new)))
    for before, after in pair_rows(*rows, _STAGES):
        yield from _entry(before, after)


def _entry(before: Row | None, after: Row | None) -> Iterator[Difference]:
    rows = [row for row in (before, after) if row]
    last = rows[-1]
    make = partial(
        Difference,
        gene=gene_key((row["gene"] for row in rows), (row["hgnc_id"] for row in rows)),
        diseases=tuple(sorted({row["disease_id"] for row in rows if row["disease_id"]})),
        item=last["source"],
        label=f"{last['gene']} {last['disease']} ({last['source']})",
    )
    if before and after:
        for kind, was, now in changed_facts(before, after, _GROUPS):
            yield make(kind, was, now)
    elif after:
        yield make(_K.GENE_DISEASE_ADDED, None, facts_of(after, COLUMNS))
    else:
        yield make(_K.GENE_DISEASE_REMOVED, facts_of(last, COLUMNS), None)


def _by(*columns: str) -> Names:
    """Rows by columns that must all be told."""
    return lambda row: [tuple(row[c] for c in columns)] if all(row[c] for c in columns) else []


_STAGES = tuple(
    _by("source", gene, disease, *mode)
    for mode in (("mode",), ())
    for disease in ("disease_id", "disease")
    for gene in ("hgnc_id", "gene")
)
