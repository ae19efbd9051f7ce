"""Differences between real packs and edited copies of them: what was edited is found, and nothing else."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from trihelix.model.difference import DifferenceKind
from trihelix.reference.library import Details
from trihelix.services.programme import Programme, open_programme
from trihelix.services.reference_difference import ReferenceDifferences, compare_references
from trihelix.services.references import add_reference

K = DifferenceKind


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    return open_programme(tmp_path / "home")


def compared(programme: Programme, kind: str, old: list[Path], new: list[Path]) -> ReferenceDifferences:
    for version, files in (("old", old), ("new", new)):
        add_reference(programme, kind, files, Details(name=kind, version=version))
    there = compare_references(programme, f"{kind}@old", f"{kind}@new")
    back = compare_references(programme, f"{kind}@new", f"{kind}@old")
    assert Counter(d.reversed().kind for d in there.differences) == Counter(d.kind for d in back.differences)
    return there


def replies(real_data: Path) -> list[dict[str, Any]]:
    found = [json.loads(p.read_text()) for p in sorted((real_data / "panels/api").glob("*details*.json"))]
    return [reply for reply in found if reply.get("genes")]


def test_edited_panels(real_data: Path, programme: Programme, tmp_path: Path) -> None:
    before, after = replies(real_data), replies(real_data)
    rng = random.Random(5)
    expected: Counter[DifferenceKind] = Counter()
    for reply in rng.sample([r for r in after if len(r["genes"]) > 4], 30):
        green, renamed = reply["genes"][0], reply["genes"][1]
        up = int(green["confidence_level"]) < 3
        expected[K.GENE_PROMOTED if up else K.GENE_DEMOTED] += 1
        green["confidence_level"] = "3" if up else "1"
        renamed["gene_data"]["gene_symbol"] += "-NEW"
        reply["version"] = "99.0"
        del reply["genes"][-1]
        expected.update([K.GENE_RENAMED, K.GENE_REMOVED, K.PANEL_VERSION_CHANGED])
    files = [tmp_path / "old.json", tmp_path / "new.json"]
    for file, panels in zip(files, (before, after), strict=True):
        file.write_text(json.dumps(panels))
    found = compared(programme, "panels", [files[0]], [files[1]])
    assert Counter(d.kind for d in found.differences) == expected
    assert all(d.gene.ids for d in found.differences if d.gene)


def test_panels_of_another_source_have_their_genes_by_symbol(
    real_data: Path, programme: Programme, tmp_path: Path
) -> None:
    """The flat table of all panels knows symbols and confidences only: genes that both have are not lost."""
    api = {str(reply["id"]): reply for reply in replies(real_data)}
    flat: dict[str, list[dict[str, Any]]] = {}
    with gzip.open(real_data / "panels/panelapp_combined.tsv.gz", "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["id"] in api and row["Gene"] and row["confidence_level"] in ("0", "1", "2", "3", "4"):
                entry = {
                    "gene_data": {"gene_symbol": row["Gene"]},
                    "confidence_level": row["confidence_level"],
                    "mode_of_inheritance": "",
                }
                flat.setdefault(row["id"], []).append(entry)
    made = [
        {"id": int(n), "name": api[n]["name"], "version": "flat", "genes": genes} for n, genes in flat.items()
    ]
    simple = [reply for n, reply in api.items() if n in flat]
    for name, panels in (("old", simple), ("new", made)):
        (tmp_path / f"{name}.json").write_text(json.dumps(panels))
    found = compared(programme, "panels", [tmp_path / "old.json"], [tmp_path / "new.json"])
    known = {
        (str(r["id"]), g["gene_data"]["gene_symbol"]) for r in simple if not is_super(r) for g in r["genes"]
    }
    lost = {(d.panel, d.gene.symbols[0]) for d in found.differences if d.kind == K.GENE_REMOVED and d.gene}
    listed = {(n, g["gene_data"]["gene_symbol"]) for n, genes in flat.items() for g in genes}
    assert len(known & listed) > 1000
    assert not lost & known & listed


def is_super(reply: dict[str, Any]) -> bool:
    return any(isinstance(gene.get("panel"), dict) for gene in reply["genes"])


def test_edited_clinvar(real_data: Path, programme: Programme, tmp_path: Path) -> None:
    source = real_data / "clinvar/clinvar_20241215_plp_2star.grch38.vcf.gz"
    rng = random.Random(7)
    expected: Counter[DifferenceKind] = Counter()
    edited = tmp_path / "edited.vcf"
    with gzip.open(source, "rt") as lines, edited.open("w") as out:
        for line in lines:
            chance = 1.0 if line.startswith("#") else rng.random()
            if chance < 0.001:
                expected[K.VARIANT_REMOVED] += 1
                continue
            if chance < 0.003 and "CLNSIG=Pathogenic;" in line:
                expected[K.VARIANT_DOWNGRADED] += 1
                line = line.replace("CLNSIG=Pathogenic;", "CLNSIG=Uncertain_significance;")
            out.write(line)
    found = compared(programme, "significance", [source], [edited])
    assert Counter(d.kind for d in found.differences) == expected
    assert sum(expected.values()) > 50
    assert all("pathogenic" in d.crossed and d.variant for d in found.differences)
    assert compare_references(programme, "significance@old", "significance@old").differences == ()


def test_edited_frequencies(real_data: Path, programme: Programme, tmp_path: Path) -> None:
    source = real_data / "frequencies/background_af.grch38.vcf.gz"
    with gzip.open(source, "rt") as lines:
        text = [line for number, line in enumerate(lines) if line.startswith("#") or number % 1000]
    dropped = tmp_path / "dropped.vcf"
    dropped.write_text("".join(text))
    found = compared(programme, "frequencies", [source], [dropped])
    assert found.counts[K.VARIANT_REMOVED] > 50
    assert {d.kind for d in found.differences} <= {K.FREQUENCY_CROSSED, K.ALLELE_NUMBER_CHANGED}
    crossed = [d for d in found.differences if d.kind == K.FREQUENCY_CROSSED]
    assert crossed
    assert all(d.new is None and d.old and "dominant" in d.crossed for d in crossed)
