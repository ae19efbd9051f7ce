"""Differences between two constraint packs: genes, and how constrained they are."""

from __future__ import annotations

from collections.abc import Iterator

from trihelix.model.difference import Difference, DifferenceKind
from trihelix.reference.constraint import open_constraint
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
from trihelix.reference.pack import Pack

COLUMNS = ("gene", "gene_id", "transcript", "pli", "loeuf", "missense_z")
_K = DifferenceKind
_GROUPS: Groups = (
    (_K.GENE_RENAMED, ("gene",)),
    (_K.GENE_IDS_CHANGED, ("gene_id",)),
    (_K.CONSTRAINT_CHANGED, ("transcript", "pli", "loeuf", "missense_z")),
)
_STAGES: tuple[Names, ...] = (
    lambda row: [(row["gene_id"], row["gene"])],
    lambda row: [row["gene_id"]],
    lambda row: [row["gene"]],
)


def differences(old: Pack, new: Pack) -> Iterator[Difference]:
    """Genes added, removed, renamed, and constraint changed; a gene is the same by its id, else by its symbol."""
    rows = unequal_rows(*(open_constraint(pack.folder).select(COLUMNS) for pack in (old, new)))
    for before, after in pair_rows(*rows, _STAGES):
        yield from _gene(before, after)


def _gene(before: Row | None, after: Row | None) -> Iterator[Difference]:
    rows = [row for row in (before, after) if row]
    key = gene_key((row["gene"] for row in rows), (row["gene_id"] for row in rows))
    label = str(rows[-1]["gene"])
    if before and after:
        for kind, was, now in changed_facts(before, after, _GROUPS):
            yield Difference(kind, was, now, gene=key, label=label)
    elif after:
        yield Difference(_K.GENE_ADDED, None, facts_of(after, COLUMNS), gene=key, label=label)
    elif before:
        yield Difference(_K.GENE_REMOVED, facts_of(before, COLUMNS), None, gene=key, label=label)
