"""Differences of panels packs equal those of two dictionaries, and tell a renamed gene from a lost one."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pack_builder import add_pack, comparable, kinds, scratch

from trihelix.model.difference import Difference, DifferenceKind
from trihelix.reference.differences.panels import differences
from trihelix.reference.panels import PANEL_GENES, SCHEMAS, open_panels

K = DifferenceKind
MODES = (
    "BIALLELIC, autosomal or pseudoautosomal",
    "MONOALLELIC, autosomal or pseudoautosomal, NOT imprinted",
    "",
)
Reply = dict[str, Any]


def gene(symbol: str, confidence: int = 3, number: int | None = 1, **more: Any) -> Reply:
    """An entry as PanelApp gives it; `number` makes its HGNC and Ensembl ids, None leaves them out."""
    ensembl = {"GRch38": {"90": {"ensembl_id": f"ENSG{number}"}}} if number is not None else {}
    data = {"gene_symbol": symbol, "hgnc_id": None if number is None else f"HGNC:{number}", "alias": []}
    return {
        "gene_data": {**data, "ensembl_genes": ensembl, **more.pop("data", {})},
        "entity_name": symbol,
        "confidence_level": str(confidence),
        "mode_of_inheritance": MODES[0],
        "mode_of_pathogenicity": "",
        **more,
    }


def panel(number: int, *genes: Reply, **more: Any) -> Reply:
    return {
        "id": number, "hash_id": None, "name": f"Panel {number}", "version": "1.0",
        "version_created": "2026-01-02T00:00:00Z", "genes": list(genes), "regions": [], "strs": [], **more,
    }  # fmt: skip


def diff(folder: Path, old: list[Reply], new: list[Reply]) -> list[Difference]:
    packs = []
    for side, replies in (("old", old), ("new", new)):
        source = folder / f"{side}.json"
        source.write_text(json.dumps(replies))
        packs.append(add_pack(folder / "library", "panels", [source], name=side))
    return list(differences(*packs))


def entries(folder: Path, replies: list[Reply]) -> list[tuple[Any, ...]]:
    """The gene table of the replies, as sorted rows."""
    source = folder / "entries.json"
    source.write_text(json.dumps(replies))
    table = open_panels(add_pack(folder / "library", "panels", [source]).folder).panel_genes
    return sorted((as_row(row) for row in table.to_dicts()), key=repr)


def as_row(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(tuple(row[c]) if isinstance(row[c], list) else row[c] for c in SCHEMAS[PANEL_GENES])


def applied(rows: list[tuple[Any, ...]], found: list[Difference]) -> list[tuple[Any, ...]]:
    """The table after the differences; each old fact must be what the table says."""
    columns = list(SCHEMAS[PANEL_GENES])
    table = [dict(zip(columns, row, strict=True)) for row in rows]
    for d in (d for d in found if d.gene):
        place = {"panel_id": d.panel, "component_id": d.component}
        if d.old is None:
            assert d.new is not None
            table.append({**place, **d.new})
            continue
        row = next(r for r in table if is_meant(r, d) and {**r, **place, **d.old} == r)
        table.remove(row)
        if d.new is not None:
            table.append({**row, **d.new})
    return sorted((as_row(row) for row in table), key=repr)


def is_meant(row: dict[str, Any], d: Difference) -> bool:
    assert d.gene is not None
    ids = {i for i in (row["hgnc_id"], *row["ensembl_ids"]) if i}
    return row["gene"] in d.gene.symbols and ids <= set(d.gene.ids)


@st.composite
def genes(draw: st.DrawFn) -> Reply:
    if draw(st.booleans()):
        symbol, number = draw(st.sampled_from(["OLD1", "OLD2"])), None
    else:
        number = draw(st.integers(1, 4))
        symbol = draw(st.sampled_from([f"GENE{number}", "SHARED"]))
    component = draw(st.sampled_from([None, {"id": 77, "name": "Part"}]))
    return gene(
        symbol,
        draw(st.integers(0, 3)),
        number,
        mode_of_inheritance=draw(st.sampled_from(MODES)),
        mode_of_pathogenicity=draw(st.sampled_from(["", "Loss-of-function variants DO NOT cause this"])),
        tags=draw(st.sampled_from([[], ["watchlist"]])),
        panel=component,
    )


def one_each(found: list[Reply]) -> list[Reply]:
    """One entry per gene and component, and per symbol and component, as PanelApp has it."""
    for key in (lambda e: e["gene_data"]["hgnc_id"] or e["entity_name"], lambda e: e["entity_name"]):
        found = list({(key(e), str(e["panel"])): e for e in found}.values())
    return found


PANELS = st.dictionaries(
    st.integers(1, 3),
    st.builds(
        lambda found, version: (one_each(found), version),
        st.lists(genes(), max_size=5),
        st.sampled_from(["1.0", "1.1"]),
    ),
    min_size=1,
    max_size=3,
).map(lambda made: [panel(number, *found, version=version) for number, (found, version) in made.items()])


@settings(max_examples=80, deadline=None)
@given(PANELS, PANELS)
def test_applied_to_the_old_table_they_give_the_new_one(a: list[Reply], b: list[Reply]) -> None:
    with scratch() as folder:
        found = diff(folder, a, b)
        assert applied(entries(folder, a), found) == entries(folder, b)
        assert comparable(diff(folder, b, a)) == comparable(d.reversed() for d in found)
        assert diff(folder, a, list(reversed(a))) == []


@settings(max_examples=60, deadline=None)
@given(PANELS, PANELS)
def test_promotions_and_panels_are_those_of_two_dictionaries(a: list[Reply], b: list[Reply]) -> None:
    """Genes by HGNC id where they have one, else by symbol; symbols without id are those of no other gene."""

    def known(replies: list[Reply]) -> dict[tuple[Any, ...], int]:
        return {
            (p["id"], str(e["panel"]), e["gene_data"]["hgnc_id"] or e["entity_name"]): int(
                e["confidence_level"]
            )
            for p in replies
            for e in p["genes"]
        }

    old, new = known(a), known(b)
    shared = old.keys() & new.keys()
    names = [{p["id"] for p in replies} for replies in (a, b)]
    with scratch() as folder:
        counts = Counter(d.kind for d in diff(folder, a, b))
    assert counts[K.PANEL_ADDED] == len(names[1] - names[0])
    assert counts[K.PANEL_REMOVED] == len(names[0] - names[1])
    if all(e["gene_data"]["gene_symbol"] != "SHARED" for p in (*a, *b) for e in p["genes"]):
        assert counts[K.GENE_ADDED] == len(new.keys() - old.keys())
        assert counts[K.GENE_REMOVED] == len(old.keys() - new.keys())
        assert counts[K.GENE_PROMOTED] == sum(new[k] > old[k] for k in shared)
        assert counts[K.GENE_DEMOTED] == sum(new[k] < old[k] for k in shared)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (gene("A", 2), gene("A", 3), [K.GENE_PROMOTED]),
        (gene("A", 3), gene("A", 1), [K.GENE_DEMOTED]),
        (gene("A"), gene("B"), [K.GENE_RENAMED]),
        (gene("A", 2), gene("B", 3), [K.GENE_PROMOTED, K.GENE_RENAMED]),
        (gene("A", number=1), gene("B", number=2), [K.GENE_ADDED, K.GENE_REMOVED]),
        (gene("A", number=None), gene("A", number=1), [K.GENE_IDS_CHANGED]),
        (
            gene("A", number=1, data={"hgnc_id": None}),
            gene("B", number=1, data={"hgnc_id": None}),
            [K.GENE_RENAMED],
        ),
        (gene("A"), gene("A", mode_of_inheritance=MODES[1]), [K.MODE_OF_INHERITANCE_CHANGED]),
        (gene("A"), gene("A", mode_of_pathogenicity="Other"), [K.MODE_OF_PATHOGENICITY_CHANGED]),
        (gene("A"), gene("A", penetrance="Incomplete"), [K.PENETRANCE_CHANGED]),
        (gene("A"), gene("A", publications=["PMID:1"]), [K.ENTRY_NOTES_CHANGED]),
        (gene("A"), gene("A", panel={"id": 5, "name": "Part"}), [K.GENE_ADDED, K.GENE_REMOVED]),
    ],
)
def test_what_becomes_of_a_gene(
    tmp_path: Path, old: Reply, new: Reply, expected: list[DifferenceKind]
) -> None:
    found = diff(tmp_path, [panel(1, old)], [panel(1, new)])
    assert kinds(found) == sorted(expected)


def test_a_gene_that_takes_the_symbol_of_another(tmp_path: Path) -> None:
    old = panel(1, gene("A", number=1), gene("B", number=2))
    new = panel(1, gene("B", number=1), gene("C", number=2))
    found = diff(tmp_path, [old], [new])
    assert kinds(found) == [K.GENE_RENAMED, K.GENE_RENAMED]
    keys = {d.gene.symbols: d.gene.ids for d in found if d.gene}
    assert keys == {("A", "B"): ("ENSG1", "HGNC:1"), ("B", "C"): ("ENSG2", "HGNC:2")}


def test_a_gene_that_stands_twice_loses_one_place(tmp_path: Path) -> None:
    old = panel(1, gene("A"), gene("A"))
    assert kinds(diff(tmp_path, [old], [panel(1, gene("A"))])) == [K.GENE_REMOVED]


def test_a_panel_that_comes_brings_its_entries(tmp_path: Path) -> None:
    found = diff(tmp_path, [panel(1, gene("A"))], [panel(1, gene("A")), panel(2, gene("B", 2))])
    assert kinds(found) == [K.GENE_ADDED, K.PANEL_ADDED]
    assert {d.panel for d in found} == {"2"}


def test_what_panels_say_of_themselves(tmp_path: Path) -> None:
    old = panel(1)
    new = panel(1, name="New name", version="2.0", relevant_disorders=["R1"])
    found = diff(tmp_path, [old], [new])
    assert kinds(found) == sorted([K.PANEL_RENAMED, K.PANEL_VERSION_CHANGED, K.PANEL_DESCRIPTION_CHANGED])
    version = next(d for d in found if d.kind == K.PANEL_VERSION_CHANGED)
    assert (version.old, version.new) == ({"version": "1.0"}, {"version": "2.0"})


def test_regions_and_repeats(tmp_path: Path) -> None:
    place = {"chromosome": "4", "grch37_coordinates": None, "grch38_coordinates": [3074877, 3074940]}
    common = {"confidence_level": "2", "mode_of_inheritance": MODES[1], **place}
    repeat = {
        **common,
        "entity_name": "HTT_CAG",
        "repeated_sequence": "CAG",
        "normal_repeats": 36,
        "pathogenic_repeats": 40,
    }
    region = {
        **common,
        "entity_name": "ISCA-1",
        "type_of_variants": "cnv_loss",
        "required_overlap_percentage": 60,
    }
    old = panel(1, strs=[repeat], regions=[region])
    new = panel(
        1,
        strs=[{**repeat, "pathogenic_repeats": 39, "confidence_level": "3"}],
        regions=[{**region, "confidence_level": "1"}, {**region, "entity_name": "ISCA-2"}],
    )
    found = diff(tmp_path, [old], [new])
    assert kinds(found) == sorted([K.REPEAT_PROMOTED, K.REPEAT_CHANGED, K.REGION_DEMOTED, K.REGION_ADDED])
    assert {d.item for d in found} == {"HTT_CAG", "ISCA-1", "ISCA-2"}
    changed = next(d for d in found if d.kind == K.REPEAT_CHANGED)
    assert changed.new == {"pathogenic_repeats": 39}
