"""Gene, panel, constraint and mechanism packs from the files that people really have."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from trihelix.model.errors import PackError, PanelError
from trihelix.reference import constraint, mechanism, panels
from trihelix.reference.genes import Genes, convert, open_genes
from trihelix.reference.pack import ConversionOptions, Converted
from trihelix.services.knowledge import open_knowledge
from trihelix.services.programme import Programme

OPTIONS = ConversionOptions()
NAMES_OF_PARTS = ("exon", "CDS", "five_prime_UTR", "three_prime_UTR")


@pytest.fixture(scope="module")
def gff3(real_data: Path) -> Path:
    return real_data / "reference" / "ensembl_regions.gff3.gz"


@pytest.fixture(scope="module")
def features(gff3: Path) -> list[tuple[str, str, int, int, str, str, dict[str, str]]]:
    """Contig, type, start, end, strand, phase and attributes of every line, read naively."""
    found = []
    with gzip.open(gff3, "rt") as handle:
        for line in handle:
            if not line.startswith("#"):
                contig, _, kind, start, end, _, strand, phase, text = line.rstrip("\n").split("\t")
                attributes = dict(pair.split("=", 1) for pair in text.split(";"))
                found.append((contig, kind, int(start), int(end), strand, phase, attributes))
    return found


@pytest.fixture(scope="module")
def pack(gff3: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Converted, Genes]:
    folder = tmp_path_factory.mktemp("genes")
    return convert([gff3], folder, OPTIONS), open_genes(folder)


def test_genes_and_transcripts_are_those_of_the_file(pack, features) -> None:  # type: ignore[no-untyped-def]
    converted, genes = pack
    expected = {
        (a["ID"][5:], a["Name"], a["biotype"], c, s, e, 1 if x == "+" else -1)
        for c, kind, s, e, x, _, a in features
        if kind == "gene"
    }
    columns = ("gene_id", "symbol", "biotype", "contig", "start", "end", "strand")
    assert set(genes.genes.select(columns).rows()) == expected
    transcripts = {
        (a["ID"][11:], a["Parent"][5:], a["biotype"], s, e)
        for _, kind, s, e, _, _, a in features
        if kind in ("mRNA", "transcript")
    }
    joined = genes.transcripts.join(genes.genes.select("gene_index", "gene_id"), on="gene_index")
    assert set(joined.select("transcript_id", "gene_id", "biotype", "start", "end").rows()) == transcripts
    assert converted.counts["genes"] == 177
    assert converted.counts["transcripts"] == 948
    assert converted.assembly == "GRCh38"
    assert converted.contigs["chr21"] == 46709983
    shown = genes.transcripts.filter("display")
    assert shown["gene_index"].to_list() == list(range(177))
    assert shown.filter(pl.col("preferred") == 0).height == 0


def test_exons_and_coding_parts_are_those_of_the_file(pack, features) -> None:  # type: ignore[no-untyped-def]
    _, genes = pack
    ids = genes.transcripts["transcript_id"].to_list()
    exons = {(a["Parent"][11:], s, e) for _, kind, s, e, _, _, a in features if kind == "exon"}
    assert {(ids[t], s, e) for t, s, e in genes.exons.iter_rows()} == exons
    cds = {(a["Parent"][11:], s, e, int(p)) for _, kind, s, e, _, p, a in features if kind == "CDS"}
    assert {(ids[t], s, e, p) for t, s, e, p in genes.cds.iter_rows()} == cds


def test_rewritten_annotation_has_the_same_parts(pack, features, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """The untranslated regions, which are derived, equal those of the file."""
    _, genes = pack
    genes.write_gff3(np.arange(genes.genes.height), tmp_path / "all.gff3")
    written = defaultdict(set)
    for line in (tmp_path / "all.gff3").read_text().splitlines()[1:]:
        contig, _, kind, start, end, _, strand, phase, text = line.split("\t")
        parent = re.search("Parent=transcript:([^;]+)", text)
        if parent and kind in NAMES_OF_PARTS:
            written[kind].add((contig, parent[1], int(start), int(end), strand, phase))
    for kind in NAMES_OF_PARTS:
        expected = {(c, a["Parent"][11:], s, e, x, p) for c, k, s, e, x, p, a in features if k == kind}
        assert written[kind] == expected, kind


def test_look_up_equals_a_comparison_of_all_with_all(pack) -> None:  # type: ignore[no-untyped-def]
    _, genes = pack
    random = np.random.default_rng(7)
    counted = r"^(protein_coding|nonsense_mediated_decay)$"
    for contig in genes.contigs:
        here = genes.genes.filter(pl.col("contig") == contig)
        pos = random.integers(here["start"].min() - 5000, here["end"].max() + 5000, 4000)
        end = pos + random.integers(0, 200, pos.size)
        rows, found = genes.overlapping_genes(contig.removeprefix("chr"), pos, end)
        index, starts, ends = (here[c].to_numpy() for c in ("gene_index", "start", "end"))
        hits = np.nonzero((starts[None, :] <= end[:, None]) & (ends[None, :] >= pos[:, None]))
        assert np.array_equal(rows, hits[0])
        assert np.array_equal(found, index[hits[1]])
        of_contig = genes.transcripts.filter(
            pl.col("gene_index").is_in(here["gene_index"].implode()), pl.col("biotype").str.contains(counted)
        )
        exons = genes.exons.join(of_contig.select("transcript_index"), on="transcript_index")
        starts, ends = exons["start"].to_numpy() - 8, exons["end"].to_numpy() + 8
        near = ((starts[None, :] <= end[:, None]) & (ends[None, :] >= pos[:, None])).any(axis=1)
        assert np.array_equal(genes.near_exon(contig, pos, end), near)


def consequences(real_data: Path, gff3: Path, out: Path) -> dict[tuple[str, ...], frozenset[str]]:
    """csq's consequences of the known pathogenic variants inside the regions, run in a process of its own."""
    reference = real_data / "reference"
    vcf = next((real_data / "clinvar").glob("*grch38.vcf.gz"))
    options = ["-f", str(reference / "grch38_regions.fa.gz"), "-R", str(reference / "grch38_regions.bed")]
    code = "import sys, pysam.bcftools; pysam.bcftools.csq(*sys.argv[1:], catch_stdout=False)"
    command = [
        sys.executable,
        "-c",
        code,
        "-l",
        "-p",
        "a",
        *options,
        "-g",
        str(gff3),
        str(vcf),
        "-o",
        str(out),
    ]
    subprocess.run(command, check=True, capture_output=True)
    found = {}
    for line in out.read_text().splitlines():
        if line[0] != "#":
            fields = line.split("\t")
            bcsq = re.search(r"BCSQ=([^;\t]*)", fields[7])
            found[tuple(fields[:5])] = frozenset(bcsq[1].split(",")) if bcsq else frozenset()
    return found


def test_csq_says_the_same_with_the_rewritten_annotation(  # type: ignore[no-untyped-def]
    real_data: Path, gff3: Path, pack, tmp_path: Path
) -> None:
    """The one thing that may be added: a transcript without a coding sequence is told as non-coding.

    csq takes `protein_coding_CDS_not_defined` for protein_coding and calls its exons introns.
    """
    _, genes = pack
    genes.write_gff3(np.arange(genes.genes.height), tmp_path / "all.gff3")
    original = consequences(real_data, gff3, tmp_path / "original.vcf")
    ours = consequences(real_data, tmp_path / "all.gff3", tmp_path / "ours.vcf")
    assert len(original) > 6000
    assert original.keys() == ours.keys()
    lost = {key: original[key] - ours[key] for key in original if original[key] - ours[key]}
    added = {entry for key in original for entry in ours[key] - original[key]}
    assert not lost
    assert all(re.fullmatch(r"non_coding\|\w+\|\|processed_transcript", entry) for entry in added)


def test_names_from_the_hgnc_set(real_data: Path, gff3: Path, tmp_path: Path) -> None:
    convert([gff3, real_data / "genes" / "hgnc_complete_set.tsv.gz"], tmp_path, OPTIONS)
    genes = open_genes(tmp_path)
    (brca1,) = genes.by_symbol("BRCC1")
    row = genes.genes.row(brca1, named=True)
    assert (row["symbol"], row["hgnc_id"]) == ("BRCA1", "HGNC:1100")
    assert row["name"] == "BRCA1 DNA repair associated"
    assert genes.genes["hgnc_id"].null_count() < 10


def test_the_same_source_makes_the_same_bytes(gff3: Path, real_data: Path, tmp_path: Path) -> None:
    hgnc = real_data / "genes" / "hgnc_complete_set.tsv.gz"
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        convert([gff3, hgnc], tmp_path / name, OPTIONS)
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes(), path.name


@pytest.fixture(scope="module")
def panel_pack(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Converted, panels.Panels]:
    folder = tmp_path_factory.mktemp("panels")
    sources = sorted((real_data / "panels" / "api").glob("*.json"))
    return panels.convert(sources, folder, OPTIONS), panels.open_panels(folder)


def test_panels_are_those_of_the_replies(real_data: Path, panel_pack) -> None:  # type: ignore[no-untyped-def]
    converted, pack = panel_pack
    replies = [json.loads(p.read_text()) for p in (real_data / "panels" / "api").glob("*details*.json")]
    assert converted.counts == {
        "panels": len(replies),
        "panel_genes": sum(len(r["genes"]) for r in replies),
        "panel_regions": sum(len(r["regions"]) for r in replies),
        "panel_strs": sum(len(r["strs"]) for r in replies),
    }
    assert converted.notes == (
        "5 list page(s) without genes were passed over",
    )  # so every mode was understood
    assert converted.version == max(r["version_created"] for r in replies)[:10]
    for reply in replies:
        green = {g["gene_data"]["gene_symbol"] for g in reply["genes"] if g["confidence_level"] in ("3", "4")}
        rows = pack.genes(str(reply["id"]))
        assert set(rows.filter(pl.col("confidence_word") == "green")["gene"]) == green
        assert pack.find_panel(str(reply["id"])).version == reply["version"]
        assert pack.find_panel(reply["name"]).id == str(reply["id"])


def test_modes_fit_the_words(panel_pack) -> None:  # type: ignore[no-untyped-def]
    _, pack = panel_pack
    counts = dict(pack.panel_genes.group_by("mode").len().rows())
    assert counts["BIALLELIC"] == 4775
    assert counts["MONOALLELIC"] == 1030 + 999
    assert counts["UNKNOWN"] == 808 + 268
    assert pack.panel_genes["lof_excluded"].sum() == 139 + 14


def test_panels_are_found_by_code(panel_pack) -> None:  # type: ignore[no-untyped-def]
    _, pack = panel_pack
    assert pack.find_panel("R295").name == "Ataxia telangiectasia - mutation testing"
    with pytest.raises(PanelError) as caught:
        pack.find_panel("Ataxia telangiectasia")
    assert "Ataxia telangiectasia - mutation testing (1213)" in caught.value.advice


def test_constraint(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "genes" / "gnomad_constraint_v4.1_subset.tsv.gz"
    converted = constraint.convert([source], tmp_path, OPTIONS)
    table = constraint.open_constraint(tmp_path)
    assert (converted.version, converted.counts["rows_read"]) == ("4.1", 3754)
    with gzip.open(source, "rt") as handle:
        header, *rows = (line.rstrip("\n").split("\t") for line in handle)
    mane = {}
    for row in (dict(zip(header, cells, strict=True)) for cells in rows):
        if row["mane_select"] == "true" and row["transcript"].startswith("ENST") and row["lof.pLI"] != "NA":
            mane[row["gene"]] = (row["transcript"], float(row["lof.pLI"]), float(row["lof.oe_ci.upper"]))
    found = {
        gene: tuple(values) for gene, *values in table.select("gene", "transcript", "pli", "loeuf").rows()
    }
    assert len(mane) > 200
    assert {gene: found[gene] for gene in mane} == mane


def test_plain_pli_table(real_data: Path, tmp_path: Path) -> None:
    converted = constraint.convert([real_data / "genes" / "pli.tsv.gz"], tmp_path, OPTIONS)
    assert converted.counts == {"genes": 18225, "rows_read": 18225}
    row = constraint.open_constraint(tmp_path).filter(pl.col("gene") == "AGRN").row(0, named=True)
    assert row["pli"] == pytest.approx(0.17335234048116)


def test_clingen(real_data: Path, tmp_path: Path) -> None:
    converted = mechanism.convert([real_data / "genes" / "clingen_gene_validity.csv.gz"], tmp_path, OPTIONS)
    table = mechanism.open_mechanism(tmp_path)
    assert (converted.version, converted.notes) == ("2026-06-21", ())
    assert dict(table.group_by("mode_stated").len().rows()) == {
        "AR": 1824,
        "AD": 1461,
        "XL": 205,
        "SD": 58,
        "MT": 54,
        "UD": 29,
    }
    assert table.filter(pl.col("confidence") == "definitive").height == 2266


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (panels, "genes/pli.tsv.gz"),
        (panels, "clinvar/clinvar_20241215_plp_2star.grch38.vcf.gz"),
        (constraint, "genes/hgnc_complete_set.tsv.gz"),
        (constraint, "reference/ensembl_regions.gff3.gz"),
        (mechanism, "genes/pli.tsv.gz"),
        (mechanism, "README.md"),
    ],
)
def test_a_file_of_another_kind_is_refused(real_data: Path, tmp_path: Path, module, source: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(PackError, match=r"this is (a|not)") as caught:
        module.convert([real_data / source], tmp_path, OPTIONS)
    assert caught.value.advice


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("clinvar/clinvar_20241215_plp_2star.grch38.vcf.gz", "this is a VCF file"),
        ("reference/grch38_regions.fa.gz", "this is a FASTA file"),
        ("genes/hgnc_complete_set.tsv.gz", "no gene annotation"),
        ("clinvar/clinvar_2017.grch37.tsv.gz", "this is not GFF3"),
    ],
)
def test_another_file_given_as_genes(real_data: Path, tmp_path: Path, source: str, words: str) -> None:
    with pytest.raises(PackError, match=words):
        convert([real_data / source], tmp_path, OPTIONS)


def test_panels_may_be_asked_for_one_by_one_or_with_commas(
    real_data: Path, grch38_programme: Programme
) -> None:
    def asked(*queries: str) -> list[str]:
        opened = open_knowledge(grch38_programme.library, "GRCh38", queries, ("phenotypes",))
        return sorted(p.id for p in opened.panels)

    assert asked("112", "Optic neuropathy") == ["112", "186"] == asked("112,optic neuropathy")
    with_commas = "Limb girdle muscular dystrophies, myofibrillar myopathies and distal myopathies"
    assert asked(with_commas) == ["185"]
    with pytest.raises(PanelError):
        asked("112,Nonesuch")
