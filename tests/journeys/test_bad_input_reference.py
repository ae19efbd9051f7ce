"""Source files that cannot become packs, damaged packs, panels that no pack holds, through the real command line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pysam
import pytest
from bench import Accepted, Bench
from small_home import (
    ASSEMBLY,
    GENES,
    GENOME,
    PANEL,
    PANEL_NAME,
    SOURCES,
    clinvar_vcf,
    family_vcf,
    fasta,
    frequencies_vcf,
    genome,
    gff3,
    panel,
    trihelix,
)

from trihelix.model.errors import (
    AssemblyMismatchError,
    CorruptFileError,
    FileUnreadableError,
    MalformedRecordError,
    OutputError,
    PackError,
    PanelError,
    TrihelixError,
)

OURS = ("--assembly", ASSEMBLY)
LIST_PAGE = {
    "count": 1,
    "next": None,
    "previous": None,
    "results": [{"id": 9, "name": "Nine", "version": "1.0"}],
}
GOOD: dict[str, Callable[[], str]] = {
    "genome": fasta,
    "genes": gff3,
    "panels": lambda: json.dumps(panel(11, PANEL_NAME)),
    "significance": clinvar_vcf,
    "frequencies": frequencies_vcf,
}
FOREIGN = {
    "picture.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0",
    "page.html": b"<!DOCTYPE html>\n<html><body>404</body></html>\n",
    "words.txt": b"gene\tvalue\nPAH\t1\n",
    "empty.txt": b"",
}
KINDS = (*GOOD, "constraint", "mechanism", "phenotypes", "scores")


# Source files


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_the_wrong_kind(bench: Bench, kind: str, name: str) -> None:
    options = (*OURS, "--column", "revel=REVEL") if kind == "scores" else OURS
    refused_to_add_somehow(bench, kind, bench.file(name, FOREIGN[name]), options)


@pytest.mark.parametrize(("kind", "other_kind"), [(k, o) for k in KINDS for o in GOOD if k != o])
def test_a_good_file_of_another_kind(bench: Bench, kind: str, other_kind: str) -> None:
    options = (*OURS, "--column", "revel=REVEL") if kind == "scores" else OURS
    refused_to_add_somehow(bench, kind, bench.file("source", GOOD[other_kind]()), options)


def refused_to_add_somehow(bench: Bench, kind: str, path: Path, options: tuple[object, ...]) -> None:
    """Any of our errors that names the file, with nothing left in the library."""
    home = bench.folder / "library"
    with bench.leaving_no_trace():
        outcome = trihelix("reference", "add", kind, path, "--home", home, *options, "--json")
    assert outcome.code in (
        CorruptFileError.exit_code,
        MalformedRecordError.exit_code,
        PackError.exit_code,
    ), outcome
    assert path.name in outcome.err
    assert outcome.json["exit_code"] == outcome.code
    assert not any(p.is_file() or p.name.startswith(".") for p in home.rglob("*"))


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("packing", ["gzip", "bgzip"])
def test_a_truncated_source(bench: Bench, kind: str, packing: str) -> None:
    path = bench.folder / "source.gz"
    text = GOOD[kind]().encode()
    if packing == "bgzip":
        with pysam.BGZFile(str(path), "wb", None) as out:
            out.write(text)
    else:
        path.write_bytes(gzip.compress(text))
    whole = path.read_bytes()
    for share in (0.3, 0.8, 0.999):
        path.write_bytes(whole[: int(len(whole) * share)])
        bench.refuses_to_add(CorruptFileError, kind, path, words=("source.gz", "cut short"), options=OURS)


@pytest.mark.parametrize("kind", GOOD)
def test_a_source_that_is_not_there(bench: Bench, kind: str) -> None:
    bench.refuses_to_add(FileUnreadableError, kind, bench.folder / "absent", words=("absent",), options=OURS)


@pytest.mark.parametrize("kind", ["genome", "genes", "significance", "frequencies"])
def test_a_source_that_does_not_tell_its_assembly(bench: Bench, kind: str) -> None:
    path = bench.file("source", GOOD[kind]())
    bench.refuses_to_add(PackError, kind, path, words=("assembly", "--assembly"))


def test_a_source_whose_assembly_contradicts_the_person(bench: Bench) -> None:
    named = bench.file("hg19.fa", ">chr1 GRCh37\nACGT\n")
    bench.refuses_to_add(
        AssemblyMismatchError, "genome", named, words=("GRCh38", "GRCh37"), options=("--assembly", "hg38")
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (">chr1\nACGT!CGT\n", ("chr1", "!")),
        (">chr1\nACGT\n>chr1\nACGT\n", ("twice", "chr1")),
        (">chr1\nACGT\n>1\nACGT\n", ("twice", "1")),
        (">chr1\nMKVLAAGIVGLLLAQ\n", ("chr1",)),
        ("ACGT\n", ("begin with >",)),
        (">chr1\n", ("no sequence",)),
        (">\nACGT\n", ("name",)),
    ],
)
def test_a_fasta_that_cannot_be_a_genome(bench: Bench, text: str, words: tuple[str, ...]) -> None:
    bench.refuses_to_add(PackError, "genome", bench.file("bad.fa", text), words=words, options=OURS)


def test_a_genome_of_two_files(bench: Bench) -> None:
    one = bench.file("one.fa", ">chr1\nACGT\n")
    bench.refuses_to_add(PackError, "genome", one, one, words=("one FASTA file",), options=OURS)


GENE_LINE = "chr1\tx\tgene\t100\t200\t.\t+\t.\tID=gene:G1;Name=G1;biotype=protein_coding\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("##gff-version 3\n", ("gene",)),
        ("##gff-version 3\nchr1\tx\tregion\t1\t5\t.\t+\t.\tID=r\n", ("gene",)),
        ("##gff-version 3\n" + GENE_LINE.replace("100\t200", "200\t100"), ("line 2", "start")),
        ("##gff-version 3\n" + GENE_LINE.replace("100", "x"), ("line 2", "positions")),
        ("##gff-version 3\n" + GENE_LINE.replace("\t+\t", "\t?+\t"), ("line 2", "strand")),
        ("##gff-version 3\n" + GENE_LINE.replace("\t.\t+", " . +"), ("line 2", "nine")),
        ('chr1\tx\tgene\t100\t200\t.\t+\t.\tgene_id "G1"; gene_name "G1";\n', ("GTF",)),
    ],
)
def test_a_gff3_that_cannot_be_genes(bench: Bench, text: str, words: tuple[str, ...]) -> None:
    bench.refuses_to_add(PackError, "genes", bench.file("bad.gff3", text), words=words, options=OURS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (LIST_PAGE, ("list page",)),
        ({"hello": 1}, ("not a PanelApp panel", "hello")),
        ([], ("no panel",)),
        (7, ("not a PanelApp panel",)),
        ({k: v for k, v in panel(1, "One").items() if k != "genes"}, ("lacks fields", "genes")),
        (panel(1, "One") | {"genes": "PAH"}, ("genes", "list")),
        (panel(1, "One") | {"genes": [{"entity_name": "PAH"}]}, ("PAH", "lacks a field")),
        (
            [panel(1, "One") | {"genes": [panel(1, "x")["genes"][0] | {"confidence_level": "9"}]}],
            ("confidence", "9"),
        ),
    ],
)
def test_json_that_is_not_a_panel(bench: Bench, content: Any, words: tuple[str, ...]) -> None:
    bench.refuses_to_add(PackError, "panels", bench.file("bad.json", json.dumps(content)), words=words)


@pytest.mark.parametrize(
    ("kind", "text", "error", "words"),
    [
        ("significance", frequencies_vcf(), PackError, ("CLNSIG",)),
        ("frequencies", clinvar_vcf(), PackError, ("AF",)),
        ("frequencies", frequencies_vcf().split("chr1\t")[0], PackError, ("no sites",)),
        ("significance", clinvar_vcf().split("chr1\t")[0], PackError, ("no records",)),
        ("frequencies", frequencies_vcf().replace("chr1\t", "chr1\tx", 1), MalformedRecordError, ("line",)),
    ],
)
def test_a_vcf_without_what_the_pack_needs(
    bench: Bench, kind: str, text: str, error: type[TrihelixError], words: tuple[str, ...]
) -> None:
    bench.refuses_to_add(error, kind, bench.file("bad.vcf", text), words=("bad.vcf", *words), options=OURS)


SCORES = "chrom\tpos\tref\talt\tREVEL\nchr1\t10\tA\tG\t0.5\n"


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (SCORES, OURS, ("--column",)),
        (SCORES, (*OURS, "--column", "revel=REVEL_score"), ("REVEL_score", "chrom, pos, ref, alt, REVEL")),
        (SCORES.replace("pos", "where"), (*OURS, "--column", "revel=REVEL"), ("pos",)),
        (SCORES.replace("\t10\t", "\tten\t"), (*OURS, "--column", "revel=REVEL"), ("row 1", "ten")),
        (SCORES.replace("0.5", "high"), (*OURS, "--column", "revel=REVEL"), ("row 1", "high")),
        (SCORES.split("\n")[0] + "\n", (*OURS, "--column", "revel=REVEL"), ("no scores",)),
    ],
)
def test_scores_that_cannot_be_read(
    bench: Bench, text: str, options: tuple[object, ...], words: tuple[str, ...]
) -> None:
    bench.refuses_to_add(PackError, "scores", bench.file("scores.tsv", text), words=words, options=options)


def test_a_mapping_that_is_none_is_a_usage_error(bench: Bench) -> None:
    outcome = trihelix(
        "reference",
        "add",
        "scores",
        bench.file("s.tsv", SCORES),
        "--home",
        bench.folder / "library",
        "--column",
        "revel",
    )
    assert outcome.code == 2
    assert "NAME=COLUMN" in outcome.err
    assert not (bench.folder / "library").exists()


def test_a_kind_that_does_not_exist(bench: Bench) -> None:
    bench.refuses_to_add(PackError, "recipes", bench.file("s.tsv", SCORES), words=("recipes", "frequencies"))
    bench.refuses_to_add(PackError, "genome", words=("no file was given",))


def test_constraint_of_another_table(bench: Bench) -> None:
    table = bench.file("c.tsv", "gene\tpLI\nPAH\tmuch\n")
    bench.refuses_to_add(PackError, "constraint", table, words=("much", "c.tsv"))


def test_a_failed_addition_keeps_earlier_packs(bench: Bench) -> None:
    home = bench.home_copy()
    before = trihelix("reference", "list", "--home", home, "--json").out
    bad = bench.file("bad.fa", ">chr1\nACGT!\n")
    assert trihelix("reference", "add", "genome", bad, "--home", home, *OURS).code == PackError.exit_code
    assert trihelix("reference", "list", "--home", home, "--json").out == before


# Packs of other names and assemblies


def test_packs_with_and_without_chr_work_together(bench: Bench, good: Accepted) -> None:
    """Genome and genes without chr, the family's file and the other packs with it."""
    bare = {c.removeprefix("chr"): s for c, s in GENOME.items()}
    files = {
        "genome.fa": fasta(bare),
        "genes.gff3": gff3(rename={c: c.removeprefix("chr") for c in GENOME}),
        "panels.json": json.dumps([panel(int(PANEL), PANEL_NAME)]),
        "clinvar.vcf": clinvar_vcf().replace("chr", ""),
        "frequencies.vcf": frequencies_vcf(),
    }
    home = bench.home_of_phenotypes()
    for kind, names, options in SOURCES:
        paths = [bench.file(name, files[name]) for name in names]
        assert trihelix("reference", "add", kind, *paths, "--home", home, *options).code == 0
    accepted = bench.accepts(home=home)
    assert accepted.answer == good.answer
    assert accepted.warnings == set()


def test_a_home_with_packs_of_another_assembly_only(bench: Bench) -> None:
    home = bench.folder / "other"
    for kind, names, _ in SOURCES:
        paths = [bench.small.sources / name for name in names]
        more = () if kind == "panels" else ("--assembly", "GRCh37")
        assert trihelix("reference", "add", kind, *paths, "--home", home, *more).code == 0
    vcf = bench.vcf(family_vcf(contigs=dict.fromkeys(GENOME, 0)))
    bench.refuses(AssemblyMismatchError, "GRCh38", "GRCh37", home=home, assembly="GRCh38", vcf=vcf)


def test_an_empty_home_can_tell_nothing_and_says_so(bench: Bench) -> None:
    home = bench.home_of_phenotypes()
    bench.refuses(PanelError, "no panel pack", PANEL, "trihelix reference add panels", home=home)
    accepted = bench.accepts(home=home, panel=None)
    assert accepted.answer == []
    assert accepted.warnings >= {"no_genome", "no_genes", "no_panels", "no_significance", "no_frequencies"}


@pytest.mark.parametrize("kind", ["genome", "genes", "significance", "frequencies"])
def test_a_pack_left_out_is_said(bench: Bench, kind: str) -> None:
    assert f"no_{kind}" in bench.accepts(without=kind).warnings
    bench.refuses(PackError, "recipes", without="recipes")


# Panels


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("Epilepsy of dragons", ("no panel", "Epilepsy of dragons", "nearest names", PANEL_NAME)),
        ("999", ("no panel", "999")),
        ("", ("no panel",)),
        ("R99", ("several panels", "12 (Twin panel)", "13 (Other panel)")),
        (f"{PANEL}@9.9", ("another version", "1.0")),
    ],
)
def test_a_panel_that_cannot_be_chosen(bench: Bench, query: str, words: tuple[str, ...]) -> None:
    bench.refuses(PanelError, *words, panel=query)


def test_one_unknown_panel_among_known_ones(bench: Bench) -> None:
    bench.refuses(PanelError, "Dragons", panel=[PANEL, "Dragons"])


@pytest.mark.parametrize("query", [PANEL_NAME.upper(), "r11", f"{PANEL}@1.0"])
def test_a_panel_by_any_of_its_names(bench: Bench, good: Accepted, query: str) -> None:
    assert bench.accepts(panel=query).answer == good.answer


def test_green_genes_that_the_genes_pack_lacks_are_said(bench: Bench) -> None:
    home = bench.home_copy()
    entry = panel(20, "Wide", GENES)
    entry["genes"].append(
        json.loads(
            json.dumps(entry["genes"][0]).replace("ARID1B", "ATLANTIS1").replace("ENSG00000000001", "ENSG9")
        )
    )
    assert trihelix("reference", "add", "panels", bench.file("wide.json", entry), "--home", home).code == 0
    accepted = bench.accepts(home=home, panel="Wide")
    assert accepted.warnings == {"green_genes_unknown"}
    assert accepted.notices["green_genes_unknown"] == 1


# Damaged packs


def a_pack(home: Path, kind: str) -> Path:
    """The folder of the only pack of a kind."""
    (folder,) = (home / "reference" / kind).iterdir()
    return folder


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda text: text[: len(text) // 2], "cannot be read"),
        (lambda _: "", "cannot be read"),
        (lambda _: "[]", "cannot be read"),
        (lambda text: text.replace('"version": "', '"version": "9'), "altered"),
        (lambda text: text.replace('"kind"', '"sort"'), "cannot be read"),
    ],
)
def test_a_manifest_that_was_damaged(bench: Bench, damage: Callable[[str], str], word: str) -> None:
    home = bench.home_copy()
    manifest = a_pack(home, "frequencies") / "manifest.json"
    manifest.write_text(damage(manifest.read_text()))
    outcome = bench.refuses(PackError, word, "manifest.json", home=home)
    assert trihelix("reference", "list", "--home", home).code == outcome.code


@pytest.mark.parametrize("kind", ["genome", "genes", "panels", "significance", "frequencies", "phenotypes"])
def test_a_pack_that_lacks_a_file_or_part_of_one(bench: Bench, kind: str) -> None:
    """Every file of every pack: a frequency table that is gone would make everything look rare."""
    home = bench.home_copy()
    folder = a_pack(home, kind)
    for path in [p for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json"]:
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        if whole:
            bench.refuses_new(PackError, path.name, "altered", home=home)
        path.unlink()
        bench.refuses_new(PackError, path.name, "missing", home=home)
        path.write_bytes(whole)


def test_a_byte_changed_in_a_pack_is_found_by_verification(bench: Bench) -> None:
    home = bench.home_copy()
    path = a_pack(home, "genome") / "sequence.bin"
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(bytes(content))
    outcome = trihelix("reference", "show", "genome", "--home", home, "--verify")
    assert outcome.code == PackError.exit_code
    assert "sequence.bin" in outcome.err
    assert trihelix("reference", "show", "genome", "--home", bench.small.home, "--verify").code == 0


def test_a_pack_that_is_not_there_to_show(bench: Bench) -> None:
    outcome = trihelix("reference", "show", "dragons", "--home", bench.small.home)
    assert outcome.code == PackError.exit_code
    assert "dragons" in outcome.err


def test_a_home_that_is_a_file(bench: Bench) -> None:
    home = bench.file("home.txt", "hello")
    bench.refuses(OutputError, "home.txt", "--home", home=home)
    assert (
        trihelix("reference", "add", "genome", bench.small.sources / "genome.fa", "--home", home, *OURS).code
        == OutputError.exit_code
    )
    assert home.read_text() == "hello"


def test_a_home_that_cannot_be_written(bench: Bench) -> None:
    home = Path("/proc/trihelix")
    outcome = trihelix(
        "reference", "add", "genome", bench.small.sources / "genome.fa", "--home", home, *OURS, "--json"
    )
    assert outcome.code == OutputError.exit_code
    assert outcome.json["where"].startswith("/proc/trihelix")
    refused = trihelix(*bench.small.arguments(home=home, panel=None, out=bench.folder / "out"))
    assert refused.code == OutputError.exit_code
    assert "/proc/trihelix" in refused.err
    assert not (bench.folder / "out").exists()


def test_the_small_genome_is_what_the_cases_think_it_is() -> None:
    """A guard: the cases speak of places in it."""
    assert genome() == GENOME
    assert GENOME["chr1"][1060:1063] == "CAG"
