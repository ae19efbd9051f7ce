"""What the rules make of ClinVar's own pathogenic variants, each left out of its own evidence."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from trihelix.annotation.consequences import annotate_consequences
from trihelix.formats.sites import read_sites
from trihelix.interpretation.evidence.acmg.assessor import Assessor
from trihelix.interpretation.evidence.acmg.facts import LOSS_OF_FUNCTION
from trihelix.model.classification import Classification, Status
from trihelix.model.interpretation import Candidate, CandidateVariant, TranscriptConsequence
from trihelix.reference.frequencies import open_frequencies
from trihelix.reference.genes import Genes, open_genes
from trihelix.reference.genome import open_genome
from trihelix.reference.mechanism import open_mechanism
from trihelix.reference.significance import open_significance
from trihelix.services.programme import Programme

Case = tuple[Candidate, CandidateVariant]


@pytest.fixture(scope="module")
def assessor(grch38_programme: Programme) -> Assessor:
    library = grch38_programme.library

    def folder(kind: str) -> Path:
        return library.packs(kind)[0].folder

    return Assessor(
        genes=open_genes(folder("genes")),
        genome=open_genome(folder("genome")),
        significance=open_significance(folder("significance")),
        mechanism=open_mechanism(folder("mechanism")),
        frequencies=(open_frequencies(folder("frequencies"), "background"),),
    )


@pytest.fixture(scope="module")
def cases(real_data: Path, assessor: Assessor) -> list[Case]:
    """A candidate for every ClinVar variant in the regions, in the gene that ClinVar names."""
    assert assessor.genes is not None
    assert assessor.genome is not None
    _, tables = read_sites(
        real_data / "clinvar/clinvar_20241215_plp_2star.grch38.vcf.gz", ["CLNSIG", "GENEINFO"]
    )
    variants = pl.concat(tables).with_row_index("variant").with_columns(pl.col("pos").cast(pl.Int32))
    inside = (
        variants.filter(pl.col("contig").is_in([f"chr{c}" for c in assessor.genome.names]))
        .sort("variant")
        .rechunk()
    )
    found = annotate_consequences(
        inside.select("variant", "contig", "pos", "ref", "alt"), assessor.genes, assessor.genome
    )
    return [case for rows in _by_gene(found, inside, assessor.genes) for case in [_case(*rows)]]


def _by_gene(
    found: pl.DataFrame, variants: pl.DataFrame, genes: Genes
) -> list[tuple[dict[str, object], str, list[dict[str, object]]]]:
    transcripts = genes.transcripts.select("transcript_index", "transcript_id", "display")
    symbols = genes.genes.select("gene_index", "symbol")
    table = found.join(transcripts, on="transcript_index").join(symbols, on="gene_index")
    of = {row["variant"]: row for row in variants.iter_rows(named=True)}
    grouped: dict[tuple[int, str], list[dict[str, object]]] = {}
    for row in table.sort("severity").iter_rows(named=True):
        if row["symbol"] and f"{row['symbol']}:" in (of[row["variant"]]["GENEINFO"] or ""):
            grouped.setdefault((row["variant"], row["symbol"]), []).append(row)
    return [(of[variant], symbol, rows) for (variant, symbol), rows in grouped.items()]


def _case(variant: dict[str, object], symbol: str, rows: list[dict[str, object]]) -> Case:
    shown = tuple(
        TranscriptConsequence(
            str(r["transcript_id"]),
            str(r["consequence"]),
            str(r["impact"]),
            "protein_coding",
            None,
            bool(r["display"]),
        )
        for r in rows
    )
    made = CandidateVariant(
        str(variant["contig"]), int(str(variant["pos"])), str(variant["ref"]), str(variant["alt"]), symbol,
        shown[0].consequence, shown[0].impact, None, shown[0].transcript, shown, 0.0, (),
        str(variant["CLNSIG"]), 2, None, (), {}, {}, {}, None, "test",
    )  # fmt: skip
    candidate = Candidate(
        1, 1, symbol, "", None, 0.5, None, 0.5, "InheritedAutosomalDominant", "complete", (made,), (), (), None,
        None, (), (),
    )  # fmt: skip
    return candidate, made


@pytest.fixture(scope="module")
def classified(assessor: Assessor, cases: list[Case]) -> list[tuple[Case, Classification]]:
    start = time.process_time()
    made = [(case, assessor.candidate(case[0])[0]) for case in cases]
    spent = time.process_time() - start
    print(f"{len(made):,} variants, {1000 * spent / len(made):.2f} ms each")
    assert spent / len(made) < 0.002
    return made


def test_most_loss_of_function_variants_meet_pvs1(classified: list[tuple[Case, Classification]]) -> None:
    losses = [c for (_, v), c in classified if v.transcripts[0].consequence in LOSS_OF_FUNCTION]
    pvs1 = [c.criterion("PVS1") for c in losses]
    counts = Counter(str(p.strength or p.status) for p in pvs1)
    print(f"PVS1 of {len(losses):,} loss-of-function variants: {dict(counts.most_common())}")
    print("labels", Counter(str(c.label) for c in losses))
    for p in Counter(p.evidence.split(":")[0][:70] for p in pvs1 if p.status != Status.MET).most_common(12):
        print("  without:", p)
    assert len(losses) > 4000
    assert counts["very_strong"] / len(losses) > 0.8


def test_missense_variants_get_residue_evidence(classified: list[tuple[Case, Classification]]) -> None:
    missense = [c for (_, v), c in classified if v.transcripts[0].consequence == "missense_variant"]
    counts = {
        code: Counter(str(c.criterion(code).strength or c.criterion(code).status) for c in missense)
        for code in ("PS1", "PM5", "PM1", "PP2", "BP1")
    }
    print(len(missense), counts)
    assert counts["PM5"]["moderate"] + counts["PM5"]["supporting"] > 100


def test_no_variant_is_evidence_for_itself(classified: list[tuple[Case, Classification]]) -> None:
    """A pathogenic missense change that nobody else has classified in another way has no PS1."""
    by_change = Counter(
        (c.gene, c.transcript, c.criterion("PS1").evidence.partition(" by ")[0])
        for _, c in classified
        if c.criterion("PS1").status == Status.MET
    )
    assert all(count >= 2 for count in by_change.values())
