"""Ranking on a small even sample of published solved cases, each one's own paper left out."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import numpy as np
import pytest

from trihelix.interpretation.rare.phenotype import explain, rank_genes
from trihelix.reference.pack import ConversionOptions
from trihelix.reference.phenotype_leave_out import leave_out
from trihelix.reference.phenotypes import Phenotypes, convert, default_sources, open_phenotypes


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Phenotypes:
    folder = tmp_path_factory.mktemp("phenotypes")
    converted = convert(default_sources(), folder, ConversionOptions())
    assert converted.version == "2025-01-16"
    assert converted.counts["annotations"] == 271_702
    return open_phenotypes(folder)


def test_the_pack_opens_in_milliseconds(pack: Phenotypes) -> None:
    spent = []
    for _ in range(5):
        begin = time.perf_counter()
        open_phenotypes(pack.folder)
        spent.append(time.perf_counter() - begin)
    assert min(spent) < 0.03


def test_marfan_findings_point_to_fbn1(pack: Phenotypes) -> None:
    findings = ["HP:0001166", "HP:0001083", "HP:0002616", "HP:0000545"]
    genes = rank_genes(pack, findings)
    assert genes.table()["gene"][0] == "FBN1"
    assert {m.match_id for m in explain(pack, findings, "OMIM:154700")} == set(findings)


def test_solved_cases_are_found_without_their_own_paper(pack: Phenotypes, real_data: Path) -> None:
    with gzip.open(real_data / "phenopackets" / "dev.jsonl.gz", "rt", encoding="utf-8") as handle:
        packets = [json.loads(line) for place, line in enumerate(handle) if place % 40 == 0]
    publications = {p["metaData"]["externalReferences"][0]["id"] for p in packets}
    extended, replaced = leave_out(pack, sorted(publications))
    ranks = {"fair": [], "naive": []}
    for packet in packets:
        answer = packet["interpretations"][0]["diagnosis"]["genomicInterpretations"][0]
        gene = extended.gene_number(
            answer["variantInterpretation"]["variationDescriptor"]["geneContext"]["symbol"]
        )
        present = [
            f["type"]["id"]
            for f in packet["phenotypicFeatures"]
            if not f.get("excluded") and extended.term_number(f["type"]["id"]) >= 0
        ]
        for how in ranks:
            swap = (
                replaced.get(packet["metaData"]["externalReferences"][0]["id"], {}) if how == "fair" else {}
            )
            genes = rank_genes(extended, present, replaced=swap)
            known = gene is not None and genes.best[gene] >= 0
            ranks[how].append(1 + (genes.pooled > genes.pooled[gene]).sum() if known else np.inf)
    fair, naive = (np.mean(np.array(ranks[how]) <= 10) for how in ("fair", "naive"))
    assert 0.33 < fair < naive
