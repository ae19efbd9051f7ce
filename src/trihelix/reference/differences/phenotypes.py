"""Differences between two phenotypes packs: terms, diseases, their annotations, and the genes of diseases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from trihelix.model.difference import Difference, DifferenceKind, GeneKey
from trihelix.reference.differences.rows import (
    Groups,
    Row,
    changed_facts,
    facts_of,
    gene_key,
    pair_rows,
    unequal_rows,
)
from trihelix.reference.pack import Pack
from trihelix.reference.phenotypes import Phenotypes, open_phenotypes

ABSENT, CURRENT, OBSOLETE, REPLACED = "absent", "current", "obsolete", "replaced"
TERM_FACTS = ("state", "replaced_by", "name", "parents", "consider")
ANNOTATION_FACTS = ("aspect", "frequencies", "statements")
_K = DifferenceKind
_TERMS: Groups = ((_K.TERM_RENAMED, ("name",)), (_K.TERM_MOVED, ("parents",)))
_ADVICE: Groups = ((_K.TERM_ADVICE_CHANGED, ("replaced_by", "consider", "name", "parents")),)


def differences(old: Pack, new: Pack) -> Iterator[Difference]:
    """Terms, diseases, annotations and gene-disease links that were added, removed or changed.

    An annotation is one disease, one term and whether it is negated; its frequencies are those of all its lines.
    Where a release moves an annotation to another term, one is removed and one added. Synonyms are not compared.
    """
    packs = [open_phenotypes(pack.folder) for pack in (old, new)]
    names = {term: name for p in packs for term, name in p.terms.select("id", "name").iter_rows()}
    titles = {d: name for p in packs for d, name in p.diseases.select("id", "name").iter_rows()}
    for before, after in pair_rows(*unequal_rows(*map(_terms, packs)), (_by_id,)):
        yield from _term(before, after)
    rows = unequal_rows(*(p.diseases.select("id", "name") for p in packs))
    for before, after in pair_rows(*rows, (_by_id,)):
        yield _disease(before, after)
    for before, after in pair_rows(*unequal_rows(*map(_annotations, packs)), (_by_annotation,)):
        row = after or before or {}
        negated = "not " if row["negated"] else ""
        label = f"{titles[row['disease']]}: {negated}{names[row['term']]}"
        yield _annotation(before, after, label)
    yield from _genes(packs[0], packs[1], titles)


def _by_id(row: Row) -> list[str]:
    return [row["id"]]


def _by_annotation(row: Row) -> list[tuple[str, str, bool]]:
    return [(row["disease"], row["term"], row["negated"])]


def _terms(pack: Phenotypes) -> pl.DataFrame:
    """Every id that means a term: id and TERM_FACTS. An id that was merged or replaced tells the term it means now."""
    ids, names = pack.terms["id"].to_list(), pack.terms["name"].to_list()
    start, parents = pack.ontology.parents_start, pack.ontology.parents
    rows: dict[str, tuple[Any, ...]] = {}
    for n, (obsolete, consider) in enumerate(pack.terms.select("obsolete", "consider").iter_rows()):
        above = sorted(ids[p] for p in parents[start[n] : start[n + 1]].tolist())
        rows[ids[n]] = (ids[n], OBSOLETE if obsolete else CURRENT, None, names[n], above, sorted(consider))
    for code, number in zip(pack.other_codes.tolist(), pack.other_terms.tolist(), strict=True):
        term = f"HP:{code:07d}"
        rest = rows[term][3:] if term in rows else (None, [], [])
        rows[term] = (term, REPLACED, ids[number], *rest)
    schema = dict.fromkeys(("id", "state", "replaced_by", "name"), pl.String()) | dict.fromkeys(
        ("parents", "consider"),
        pl.List(pl.String),
    )
    return pl.DataFrame(list(rows.values()), schema=schema, orient="row")


def _term(before: Row | None, after: Row | None) -> Iterator[Difference]:
    row = after or before or {}
    was, now = (r["state"] if r else ABSENT for r in (before, after))
    label = f"{row['id']} {row['name'] or ''}".strip()
    if before and after and was == now:
        for kind, a, b in changed_facts(before, after, _TERMS if now == CURRENT else _ADVICE):
            yield Difference(kind, a, b, term=row["id"], label=label)
        return
    facts = [facts_of(r, TERM_FACTS) if r else None for r in (before, after)]
    yield Difference(_change_of_state(was, now), facts[0], facts[1], term=row["id"], label=label)


def _change_of_state(was: str, now: str) -> DifferenceKind:
    if REPLACED in (was, now):
        return _K.TERM_REPLACED if now == REPLACED else _K.TERM_REPLACEMENT_WITHDRAWN
    if OBSOLETE in (was, now):
        return _K.TERM_OBSOLETED if now == OBSOLETE else _K.TERM_REINSTATED
    return _K.TERM_ADDED if now == CURRENT else _K.TERM_REMOVED


def _disease(before: Row | None, after: Row | None) -> Difference:
    row = after or before or {}
    kind = _K.DISEASE_RENAMED if before and after else _K.DISEASE_ADDED if after else _K.DISEASE_REMOVED
    facts = [facts_of(r, ("name",)) if r else None for r in (before, after)]
    return Difference(kind, facts[0], facts[1], diseases=(row["id"],), label=f"{row['id']} {row['name']}")


def _annotations(pack: Phenotypes) -> pl.DataFrame:
    """One row per disease, term and negation: aspect, frequencies and whole statements of all its lines, sorted."""
    told = pl.col("denominator").is_not_null()
    counted = pl.format("{}/{}", "numerator", "denominator")
    share = pl.col("frequency").cast(pl.String).fill_null("")
    rest = [pl.col(c).fill_null("") for c in ("references", "evidence", "onset", "sex")]
    rows = pack.annotations.with_columns(
        pl.Series("disease", pack.diseases["id"].gather(pack.annotations["disease"])),
        pl.Series("term", pack.terms["id"].gather(pack.annotations["term"])),
        pl.when(told).then(counted).otherwise(share).alias("share"),
    )
    statement = pl.concat_str("share", *rest, separator="|")
    return (
        rows.with_columns(statement=statement)
        .group_by("disease", "term", "negated")
        .agg(
            aspect=pl.col("aspect").unique().sort().str.join(""),
            frequencies=pl.col("share").sort(),
            statements=pl.col("statement").sort(),
        )
        .sort("disease", "term", "negated")
    )


def _annotation(before: Row | None, after: Row | None, label: str) -> Difference:
    row = after or before or {}
    columns: tuple[str, ...] = ANNOTATION_FACTS
    if before and after:
        moved = before["frequencies"] != after["frequencies"]
        kind = _K.ANNOTATION_FREQUENCY_CHANGED if moved else _K.ANNOTATION_SOURCE_CHANGED
        columns = tuple(c for c in ANNOTATION_FACTS if before[c] != after[c])
    else:
        kind = _K.ANNOTATION_ADDED if after else _K.ANNOTATION_REMOVED
    facts = [facts_of(r, columns) if r else None for r in (before, after)]
    item = "NOT" if row["negated"] else None
    return Difference(
        kind, facts[0], facts[1], term=row["term"], diseases=(row["disease"],), item=item, label=label
    )


def _genes(old: Phenotypes, new: Phenotypes, titles: dict[str, str]) -> Iterator[Difference]:
    """Symbols that changed, and links of genes to diseases that came or went."""
    for before, after in pair_rows(*unequal_rows(old.genes, new.genes), (lambda row: [row["ncbi_id"]],)):
        if before and after:
            key = _key(after["ncbi_id"], before["symbol"], after["symbol"])
            facts = [facts_of(r, ("symbol",)) for r in (before, after)]
            yield Difference(_K.GENE_RENAMED, facts[0], facts[1], gene=key, label=after["symbol"])
    symbols = {n: s for p in (old, new) for n, s in p.genes.select("ncbi_id", "symbol").iter_rows()}
    gone, come = unequal_rows(_links(old), _links(new))
    for kind, rows in ((_K.GENE_DISEASE_REMOVED, gone), (_K.GENE_DISEASE_ADDED, come)):
        for row in rows:
            gene, disease = symbols[row["ncbi_id"]], row["disease"]
            facts_here = {"gene": gene, "disease": titles[disease]}
            old_facts, new_facts = (
                (facts_here, None) if kind == _K.GENE_DISEASE_REMOVED else (None, facts_here)
            )
            label = f"{gene} {disease} {titles[disease]}"
            key = _key(row["ncbi_id"], gene)
            yield Difference(kind, old_facts, new_facts, gene=key, diseases=(disease,), label=label)


def _key(ncbi_id: int, *symbols: str) -> GeneKey:
    return gene_key(symbols, [f"NCBIGene:{ncbi_id}"])


def _links(pack: Phenotypes) -> pl.DataFrame:
    counts = pack.gene_start[1:] - pack.gene_start[:-1]
    numbers = pl.Series("ncbi_id", pack.genes["ncbi_id"].to_numpy().repeat(counts))
    diseases = pack.diseases["id"].gather(pack.gene_disease).alias("disease")
    return pl.DataFrame([numbers, diseases]).unique(maintain_order=True)
