"""Consequences agree with ClinVar's own, and with the published names of the causal alleles."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from trihelix.annotation.consequences import annotate_consequences
from trihelix.annotation.sequence_ontology import IMPACTS
from trihelix.formats.sites import read_sites
from trihelix.reference.genes import Genes, open_genes
from trihelix.reference.genome import Genome, open_genome
from trihelix.services.programme import Programme

# ClinVar's words for what the Sequence Ontology calls otherwise.
CLINVAR_WORDS = {
    "nonsense": "stop_gained",
    "initiator_codon_variant": "start_lost",
    "inframe_indel": "inframe_deletion",
}


@pytest.fixture(scope="module")
def packs(grch38_programme: Programme) -> tuple[Genes, Genome]:
    library = grch38_programme.library
    return open_genes(library.packs("genes")[0].folder), open_genome(library.packs("genome")[0].folder)


@pytest.fixture(scope="module")
def clinvar(real_data: Path, packs: tuple[Genes, Genome]) -> pl.DataFrame:
    _, genome = packs
    _, tables = read_sites(real_data / "clinvar/clinvar_20241215_plp_2star.grch38.vcf.gz", ["MC", "GENEINFO"])
    table = pl.concat(tables)
    regions = pl.read_csv(
        real_data / "reference/grch38_regions.bed",
        separator="\t",
        has_header=False,
        new_columns=["contig", "start", "end", "name"],
    )
    inside = pl.concat(
        [
            table.filter(
                (pl.col("contig") == c)
                & (pl.col("pos") > s)
                & (pl.col("pos") + pl.col("ref").str.len_bytes() <= e)
            )
            for c, s, e, _ in regions.iter_rows()
        ]
    )
    assert all(
        genome.fetch(r["contig"], r["pos"], r["pos"]) == r["ref"][0]
        for r in inside.head(50).iter_rows(named=True)
    )
    return inside.sort("contig", "pos").with_row_index("variant").with_columns(pl.col("pos").cast(pl.Int32))


def test_consequences_agree_with_clinvars(packs: tuple[Genes, Genome], clinvar: pl.DataFrame) -> None:
    found = annotate_consequences(clinvar.select("variant", "contig", "pos", "ref", "alt"), *packs)
    terms = found.group_by("variant").agg(pl.col("consequence").unique())
    both = clinvar.filter(pl.col("MC").is_not_null()).join(terms, on="variant")
    agree = 0
    for row in both.iter_rows(named=True):
        named = {word.split("|")[1] for word in row["MC"].split(",") if "|" in word}
        words = {CLINVAR_WORDS.get(word, word) for word in named}
        if "stop_gained" in words and len(row["ref"]) != len(row["alt"]):
            words.add(
                "frameshift_variant"
            )  # ClinVar calls a frameshift that makes an immediate stop nonsense
        if "intron_variant" in words:
            words.add("splice_region_variant")  # the part of an intron that ClinVar does not tell apart
        agree += bool(words & set(row["consequence"]))
    print(f"{agree} of {len(both)} records agree with ClinVar")
    assert len(both) > 6000
    assert agree / len(both) > 0.99


def test_every_term_is_a_sequence_ontology_name_that_has_an_impact(
    packs: tuple[Genes, Genome], clinvar: pl.DataFrame
) -> None:
    found = annotate_consequences(clinvar.select("variant", "contig", "pos", "ref", "alt"), *packs)
    assert set(found["consequence"]) <= set(IMPACTS)
    assert set(found.filter(pl.col("consequence") == "splice_region_variant")["impact"]) == {"MODERATE"}


def test_one_gene_at_a_time_gives_what_all_at_once_gives(
    packs: tuple[Genes, Genome], clinvar: pl.DataFrame
) -> None:
    """csq sees only the touched genes; that must not change what it says."""
    wanted = clinvar.select("variant", "contig", "pos", "ref", "alt")
    everything = annotate_consequences(wanted, *packs).sort("variant", "transcript_index", "gene_index")
    part = wanted.filter(pl.col("variant") % 7 == 3)
    alone = annotate_consequences(part, *packs).sort("variant", "transcript_index", "gene_index")
    assert alone.equals(everything.filter(pl.col("variant") % 7 == 3))


@pytest.mark.parametrize(
    ("contig", "pos", "ref", "alt", "consequence"),
    [
        ("chr1", 26058482, "G", "A", "stop_gained"),
        ("chr21", 37490297, "C", "T", "stop_gained"),
        ("chr1", 11999009, "G", "C", "missense_variant"),
        ("chr1", 10949703, "TG", "T", "frameshift_variant"),
        ("chr3", 11809584, "G", "GT", "frameshift_variant"),
        ("chr3", 11839221, "C", "A", "splice_donor_variant"),
    ],
)
def test_causal_alleles_of_published_cases(
    packs: tuple[Genes, Genome], contig: str, pos: int, ref: str, alt: str, consequence: str
) -> None:
    frame = pl.DataFrame(
        {"variant": [0], "contig": [contig], "pos": [pos], "ref": [ref], "alt": [alt]},
        schema_overrides={"variant": pl.UInt32, "pos": pl.Int32},
    )
    assert consequence in set(annotate_consequences(frame, *packs)["consequence"])
