"""How `trihelix reference diff` shows differences: as one JSON object, or as tables in the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import typer

from trihelix.model.difference import Difference, DifferenceKind, Fact, Facts

if TYPE_CHECKING:
    from trihelix.reference.pack import Pack
    from trihelix.services.reference_difference import ReferenceDifferences

SHOWN = 20  # differences printed where --limit does not say
LONGEST = 60  # characters of a fact in the terminal


def difference_kinds(words: Sequence[str]) -> frozenset[DifferenceKind]:
    """The kinds that --only names, with - or _; BadParameter for a word that is none."""
    known = {kind.value: kind for kind in DifferenceKind}
    chosen = set()
    for word in words:
        plain = word.strip().lower().replace("-", "_")
        if plain not in known:
            near = get_close_matches(plain, known, 3, 0.5)
            raise typer.BadParameter(
                f"'{word}' is no kind of difference" + (f"; near: {', '.join(near)}" if near else ""),
                param_hint="--only",
            )
        chosen.add(known[plain])
    return frozenset(chosen)


def print_json(found: ReferenceDifferences) -> None:
    """One object: old, new, counts, unlisted, differences."""
    document = {
        "old": _pack(found.old),
        "new": _pack(found.new),
        "counts": {kind.value: found.counts[kind] for kind in sorted(found.counts)},
        "unlisted": {kind.value: found.unlisted[kind] for kind in sorted(found.unlisted)},
        "differences": [difference.as_dict() for difference in found.differences],
    }
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def print_differences(found: ReferenceDifferences) -> None:
    """A summary by kind, then the first differences."""
    from trihelix.cli.terminal import print_table

    old, new = found.old.manifest, found.new.manifest
    typer.echo(f"{old.kind}: {found.old.id} ({old.version}) -> {found.new.id} ({new.version})")
    if not found.counts:
        typer.echo("No differences.")
        return
    rows = [
        (_words(kind), f"{count:,}", f"{found.unlisted.get(kind, 0):,}")
        for kind, count in sorted(found.counts.items())
    ]
    print_table("Differences", ("what", "number", "of these only counted"), rows)
    shown = found.differences
    if shown:
        columns = ("what", "where", "old", "new", "crosses")
        print_table("The first of them", columns, [_row(difference) for difference in shown])
    listed = sum(found.counts.values()) - sum(found.unlisted.values())
    if listed > len(shown):
        typer.echo(
            f"{listed - len(shown):,} more: --limit shows more of them, --out FILE writes all of them."
        )


def _pack(pack: Pack) -> Mapping[str, Any]:
    m = pack.manifest
    return {
        "id": pack.id, "kind": m.kind, "name": m.name, "version": m.version, "assembly": m.assembly,
        "sha256": m.sha256, "added": m.added,
    }  # fmt: skip


def _row(difference: Difference) -> tuple[str, str, str, str, str]:
    old, new = difference.old, difference.new
    return (
        _words(difference.kind),
        _short(difference.label),
        _facts(old, new),
        _facts(new, old),
        ", ".join(word.replace("_", " ") for word in difference.crossed),
    )


def _facts(facts: Facts | None, others: Facts | None) -> str:
    """What changed; of something that was added or removed the label says enough."""
    if facts is None or others is None:
        return "-" if facts is None else ""
    return _short("; ".join(_fact(value) for value in facts.values()))


def _fact(value: Fact) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value in (None, "") else str(value)


def _words(kind: DifferenceKind) -> str:
    return kind.value.replace("_", " ")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 2] + ".."
