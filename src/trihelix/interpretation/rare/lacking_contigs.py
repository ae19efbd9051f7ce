"""Variants on contigs that a pack lacks: they are counted and said, since absence of knowledge looks like rarity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from trihelix.interpretation.rare.case import Knowledge
from trihelix.model.assembly import bare_contig
from trihelix.model.interpretation import Notice
from trihelix.variants.family_calls import FamilyCalls


def contig_notices(
    calls: FamilyCalls, carried: NDArray[np.int64], rare: NDArray[np.int64], knowledge: Knowledge
) -> tuple[Notice, ...]:
    """One notice per pack that lacks contigs of the family's variants. `carried` and `rare` are rows of the calls:
    frequencies are asked for the carried ones, genes and significance for the rare ones."""
    notices = []
    for code, rows, contigs, consequence in _packs(carried, rare, knowledge):
        lacking = {n for n, name in enumerate(calls.contigs) if name not in contigs}
        count = int(np.isin(calls.contig[rows], sorted(lacking)).sum()) if lacking else 0
        if count:
            names = ", ".join(calls.contigs[n] for n in sorted(lacking))
            notices.append(Notice("warning", code, f"{consequence} (contigs {names})", count))
    return tuple(notices)


def _packs(
    carried: NDArray[np.int64], rare: NDArray[np.int64], knowledge: Knowledge
) -> Iterator[tuple[str, NDArray[np.int64], frozenset[str], str]]:
    """(code, rows asked for, bare contigs of the pack, what it means for variants elsewhere)."""
    for pack in knowledge.frequencies:
        text = f"variants are on contigs that the frequency pack {pack.name} lacks: they are taken as rare"
        yield "outside_frequencies", carried, pack.tables.contigs(), text
    if knowledge.significance:
        text = "rare variants are on contigs that the clinical-significance pack lacks: known ones are not recognised"
        yield "outside_significance", rare, knowledge.significance.tables.contigs(), text
    if knowledge.genes:
        contigs = frozenset(bare_contig(c) for c in knowledge.genes.contigs)
        yield (
            "outside_genes",
            rare,
            contigs,
            "rare variants are on contigs that the genes pack lacks: set aside",
        )
