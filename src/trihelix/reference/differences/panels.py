"""Differences between two panels packs: panels, and their genes, regions and repeats."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from trihelix.model.difference import Difference, DifferenceKind, GeneKey
from trihelix.reference.differences.rows import (
    Groups,
    Names,
    Pair,
    Row,
    changed_facts,
    facts_of,
    gene_key,
    pair_rows,
    unequal_rows,
)
from trihelix.reference.pack import Pack
from trihelix.reference.panels import PANEL_GENES, PANEL_REGIONS, PANEL_STRS, PANELS, SCHEMAS, open_panels

_K = DifferenceKind
_PANEL_GROUPS: Groups = (
    (_K.PANEL_RENAMED, ("name",)),
    (_K.PANEL_VERSION_CHANGED, ("version", "version_created")),
    (
        _K.PANEL_DESCRIPTION_CHANGED,
        ("hash_id", "status", "disease_group", "disease_sub_group", "relevant_disorders", "types"),
    ),
)
_CURATION: Groups = (
    (_K.MODE_OF_INHERITANCE_CHANGED, ("mode", "mode_of_inheritance")),
    (_K.PENETRANCE_CHANGED, ("penetrance",)),
    (_K.ENTRY_NOTES_CHANGED, ("tags", "phenotypes", "publications", "component_name")),
)
_CONFIDENCE = ("confidence", "confidence_word")
_PLACE = ("contig", "grch37_start", "grch37_end", "grch38_start", "grch38_end")


class _Entries(NamedTuple):
    """How the entries of one table are paired, compared and called."""

    table: str
    name: str
    stages: tuple[Names, ...]
    groups: Groups
    added: DifferenceKind
    removed: DifferenceKind
    promoted: DifferenceKind
    demoted: DifferenceKind


def differences(old: Pack, new: Pack) -> Iterator[Difference]:
    """Panels added, removed, renamed or changed; and entries added, removed, promoted, demoted or changed.

    A panel is the same by its number. A gene is the same by HGNC id, else by an Ensembl id, else by symbol, within
    one component of a super panel. The entries of an added or removed panel are listed too.
    """
    tables = [open_panels(pack.folder) for pack in (old, new)]
    names = {panel: name for t in tables for panel, name in t.panels.select("panel_id", "name").iter_rows()}
    rows = unequal_rows(*(t.panels.select(list(SCHEMAS[PANELS])) for t in tables))
    for before, after in pair_rows(*rows, (lambda row: [row["panel_id"]],)):
        yield from _panel(before, after)
    for entries in ENTRIES:
        column = entries.table.removesuffix(".arrow")
        rows = unequal_rows(*(getattr(t, column).select(list(SCHEMAS[entries.table])) for t in tables))
        for pair in pair_rows(*rows, entries.stages):
            yield from _entry(entries, pair, names)


def _panel(before: Row | None, after: Row | None) -> Iterator[Difference]:
    row = after or before or {}
    label = f"{row['name']} ({row['panel_id']})"
    make = partial(Difference, panel=row["panel_id"], label=label)
    if before and after:
        for kind, was, now in changed_facts(before, after, _PANEL_GROUPS):
            yield make(kind, was, now)
    elif after:
        yield make(_K.PANEL_ADDED, None, facts_of(after, SCHEMAS[PANELS]))
    else:
        yield make(_K.PANEL_REMOVED, facts_of(row, SCHEMAS[PANELS]), None)


def _entry(entries: _Entries, pair: Pair, names: dict[str, str]) -> Iterator[Difference]:
    before, after = pair
    row = after or before or {}
    make = partial(
        Difference,
        gene=_gene(pair),
        panel=row["panel_id"],
        component=row["component_id"],
        item=None if entries.name == "gene" else row[entries.name],
        label=f"{row[entries.name]} in {names.get(row['panel_id'], row['panel_id'])}",
    )
    columns = [c for c in SCHEMAS[entries.table] if c not in ("panel_id", "component_id")]
    if before is None:
        yield make(entries.added, None, facts_of(row, columns))
    elif after is None:
        yield make(entries.removed, facts_of(row, columns), None)
    else:
        if before["confidence"] != after["confidence"]:
            rose = after["confidence"] > before["confidence"]
            kind = entries.promoted if rose else entries.demoted
            yield make(kind, facts_of(before, _CONFIDENCE), facts_of(after, _CONFIDENCE))
        for kind, was, now in changed_facts(before, after, entries.groups):
            yield make(kind, was, now)


def _gene(pair: Pair) -> GeneKey | None:
    rows = [row for row in pair if row and row["gene"]]
    ids = [i for row in rows for i in (row.get("hgnc_id"), *row.get("ensembl_ids", ()))]
    return gene_key((row["gene"] for row in rows), ids) if rows else None


def _within(row: Row) -> tuple[str, str | None]:
    return row["panel_id"], row["component_id"]


def _by_hgnc_and_symbol(row: Row) -> Iterator[object]:
    if row["hgnc_id"]:
        yield (*_within(row), row["hgnc_id"], row["gene"])


def _by_hgnc(row: Row) -> Iterator[object]:
    if row["hgnc_id"]:
        yield (*_within(row), row["hgnc_id"])


def _by_ensembl(row: Row) -> Iterator[object]:
    return ((*_within(row), gene_id) for gene_id in row["ensembl_ids"])


def _by_symbol(row: Row) -> Iterator[object]:
    yield (*_within(row), row["gene"])


def _by(column: str) -> Names:
    return lambda row: [(*_within(row), row[column])]


_GENES: Groups = (
    (_K.GENE_RENAMED, ("gene",)),
    (_K.MODE_OF_PATHOGENICITY_CHANGED, ("mode_of_pathogenicity", "lof_excluded")),
    (_K.GENE_IDS_CHANGED, ("hgnc_id", "ensembl_ids", "aliases")),
    *_CURATION,
)
_REGIONS: Groups = (
    (
        _K.REGION_CHANGED,
        ("verbose_name", *_PLACE, "type_of_variants", "required_overlap_percentage",
         "haploinsufficiency_score", "triplosensitivity_score", "gene"),
    ),
    *_CURATION,
)  # fmt: skip
_REPEATS: Groups = (
    (
        _K.REPEAT_CHANGED,
        ("gene", "hgnc_id", *_PLACE, "motif", "normal_repeats", "pathogenic_repeats"),
    ),
    *_CURATION,
)
ENTRIES = (
    _Entries(
        PANEL_GENES, "gene", (_by_hgnc_and_symbol, _by_hgnc, _by_ensembl, _by_symbol), _GENES,
        _K.GENE_ADDED, _K.GENE_REMOVED, _K.GENE_PROMOTED, _K.GENE_DEMOTED,
    ),
    _Entries(
        PANEL_REGIONS, "region", (_by("region"),), _REGIONS,
        _K.REGION_ADDED, _K.REGION_REMOVED, _K.REGION_PROMOTED, _K.REGION_DEMOTED,
    ),
    _Entries(
        PANEL_STRS, "repeat", (_by("repeat"),), _REPEATS,
        _K.REPEAT_ADDED, _K.REPEAT_REMOVED, _K.REPEAT_PROMOTED, _K.REPEAT_DEMOTED,
    ),
)  # fmt: skip
