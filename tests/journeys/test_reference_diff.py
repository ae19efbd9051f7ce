"""Two versions of every kind of pack, compared through the real command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from bench import assert_json_error, assert_refused
from small_home import (
    ASSEMBLY,
    CONTIGS,
    GENES,
    GENOME,
    STOP,
    Outcome,
    base,
    clinvar_vcf,
    fasta,
    gff3,
    other,
    panel,
    sites_vcf,
    snapshot,
    trihelix,
)

from phenotype_release import ROWS, genes_text, hpoa_text, obo_text
from trihelix.model.difference import DifferenceKind
from trihelix.model.errors import AssemblyMismatchError, OutputError, PackError

KEYS = [
    "kind",
    "gene",
    "variant",
    "term",
    "diseases",
    "panel",
    "component",
    "item",
    "old",
    "new",
    "crossed",
    "label",
]


def panels_json(confidence: str) -> str:
    made = panel(11, "Small panel")
    made["genes"][0]["confidence_level"] = confidence
    return json.dumps([made])


def frequencies_vcf(frequency: float) -> str:
    sites = [f"chr1 {pos} . {base('chr1', pos)} {other('chr1', pos)} AF={af};AN=100000"
             for pos, af in ((50, frequency), (60, 0.2))]  # fmt: skip
    return sites_vcf(sites, "AF:A AN:1")


def score_table(score: float) -> str:
    return f"#chrom\tpos\tref\talt\tscore\nchr1\t50\tA\tC\t{score}\n"


def mechanism_csv(classification: str) -> str:
    header = '"GENE SYMBOL","GENE ID (HGNC)","DISEASE LABEL","DISEASE ID (MONDO)","MOI","CLASSIFICATION"\n'
    return header + f'"PAH","HGNC:8582","phenylketonuria","MONDO:0009861","AR","{classification}"\n'


PHENOTYPES_OLD = (obo_text(), hpoa_text(), genes_text())
PHENOTYPES_NEW = (obo_text("2026-01-01"), hpoa_text("2026-01-01", ROWS[1:]), genes_text())
# Kind: texts of the source files of the older and the newer pack, more options, and the difference between them.
VERSIONS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], str]] = {
    "genome": (
        (fasta(),), (fasta({**GENOME, "chr2": GENOME["chr2"][:-1]}),),
        ("--assembly", ASSEMBLY), "contig_length_changed",
    ),
    "genes": ((gff3(),), (gff3(GENES[:3]),), ("--assembly", ASSEMBLY), "gene_removed"),
    "panels": ((panels_json("2"),), (panels_json("3"),), (), "gene_promoted"),
    "phenotypes": (PHENOTYPES_OLD, PHENOTYPES_NEW, (), "annotation_frequency_changed"),
    "significance": (
        (clinvar_vcf().replace("CLNSIG=Pathogenic", "CLNSIG=Uncertain_significance"),), (clinvar_vcf(),),
        ("--assembly", ASSEMBLY), "variant_upgraded",
    ),
    "frequencies": (
        (frequencies_vcf(0.00005),), (frequencies_vcf(0.005),), ("--assembly", ASSEMBLY), "frequency_crossed",
    ),
    "constraint": (("gene\tpLI\nPAH\t0.1\n",), ("gene\tpLI\nPAH\t0.9\n",), (), "constraint_changed"),
    "mechanism": ((mechanism_csv("Limited"),), (mechanism_csv("Definitive"),), (), "confidence_changed"),
    "scores": (
        (score_table(0.1),), (score_table(0.7),),
        ("--assembly", ASSEMBLY, "--column", "spliceai=score"), "score_crossed",
    ),
}  # fmt: skip


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A programme with two packs of every kind, KIND@old and KIND@new."""
    folder = tmp_path_factory.mktemp("versions")
    for kind, (old, new, options, _) in VERSIONS.items():
        for version, texts in (("old", old), ("new", new)):
            files = [folder / f"{kind}-{version}-{number}.txt" for number in range(len(texts))]
            for file, text in zip(files, texts, strict=True):
                file.write_text(text)
            words = ("--name", kind, "--version", version, *options)
            done = trihelix("reference", "add", kind, *files, "--home", folder / "home", *words)
            assert done.code == 0, done.err
    return folder / "home"


def diff(home: Path, old: object, new: object, *words: object) -> Outcome:
    return trihelix("reference", "diff", old, new, "--home", home, *words)


def document(home: Path, kind: str, *words: object) -> Any:
    outcome = diff(home, f"{kind}@old", f"{kind}@new", "--json", *words)
    assert outcome.code == 0, outcome.err
    return outcome.json


@pytest.mark.parametrize("kind", VERSIONS)
def test_every_kind_tells_its_difference_as_json(versions: Path, kind: str) -> None:
    found = document(versions, kind)
    assert list(found) == ["old", "new", "counts", "unlisted", "differences"]
    assert [found[side]["version"] for side in ("old", "new")] == ["old", "new"]
    assert {found[side]["kind"] for side in ("old", "new")} == {kind}
    assert VERSIONS[kind][3] in {d["kind"] for d in found["differences"]}
    assert sum(found["counts"].values()) == len(found["differences"]) + sum(found["unlisted"].values())
    for one in found["differences"]:
        assert list(one) == KEYS
        assert one["kind"] in set(DifferenceKind)
        assert any(one[key] for key in ("gene", "variant", "term", "diseases", "panel", "item"))


@pytest.mark.parametrize("kind", VERSIONS)
def test_a_pack_does_not_differ_from_itself(versions: Path, kind: str) -> None:
    outcome = diff(versions, f"{kind}@old", f"{kind}@old", "--json")
    assert outcome.code == 0
    assert (outcome.json["counts"], outcome.json["differences"]) == ({}, [])
    assert "No differences." in diff(versions, f"{kind}@new", f"{kind}/{kind}@new").out


@pytest.mark.parametrize("kind", VERSIONS)
def test_the_terminal_shows_what_is_counted(versions: Path, kind: str) -> None:
    outcome = diff(versions, f"{kind}@old", f"{kind}@new")
    assert outcome.code == 0, outcome.err
    assert f"{kind}: " in outcome.out
    for counted in document(versions, kind)["counts"]:
        assert counted.replace("_", " ").split()[0] in outcome.out


def test_a_reclassified_variant_carries_its_keys(versions: Path) -> None:
    found = document(versions, "significance", "--only", "variant-upgraded")
    (one,) = found["differences"]
    assert one["variant"] == {"contig": "1", "pos": STOP, "ref": "C", "alt": "T"}
    assert one["gene"] == {"symbols": ["ARID1B"], "ids": []}
    assert (one["old"]["classification"], one["new"]["classification"]) == (
        "Uncertain_significance",
        "Pathogenic",
    )
    assert one["crossed"] == ["pathogenic"]


def test_a_promoted_gene_carries_its_keys(versions: Path) -> None:
    (one,) = document(versions, "panels")["differences"]
    assert (one["panel"], one["gene"]) == ("11", {"symbols": ["ARID1B"], "ids": ["ENSG00000000001"]})
    assert [one[side]["confidence_word"] for side in ("old", "new")] == ["amber", "green"]


def test_a_frequency_crosses_the_line_of_its_tier(versions: Path) -> None:
    """0.005 is above 0.1 % (dominant) and below 1 % (recessive)."""
    (one,) = document(versions, "frequencies")["differences"]
    assert (one["item"], one["crossed"], one["old"], one["new"]) == (
        "all", ["dominant"], {"value": 5e-05}, {"value": 0.005},
    )  # fmt: skip


def test_the_factor_decides_what_is_listed_of_frequencies(tmp_path: Path) -> None:
    for version, frequency in (("old", 0.00005), ("new", 0.0002)):
        source = tmp_path / f"{version}.vcf"
        source.write_text(frequencies_vcf(frequency))
        words = (
            "--home",
            tmp_path / "home",
            "--name",
            "frequencies",
            "--version",
            version,
            "--assembly",
            ASSEMBLY,
        )
        assert trihelix("reference", "add", "frequencies", source, *words).code == 0
    strict, loose = (document(tmp_path / "home", "frequencies", "--factor", f) for f in (3, 5))
    assert (strict["counts"], strict["unlisted"]) == ({"frequency_changed": 1}, {})
    assert (loose["counts"], loose["unlisted"]) == ({"frequency_changed": 1}, {"frequency_changed": 1})


def test_out_gets_every_difference_as_json_lines(versions: Path, tmp_path: Path) -> None:
    out = tmp_path / "deeper" / "differences.jsonl"
    outcome = diff(versions, "genes@old", "genes@new", "--out", out, "--limit", 1)
    assert outcome.code == 0, outcome.err
    found = document(versions, "genes")
    assert [json.loads(line) for line in out.read_text().splitlines()] == found["differences"]
    assert len(found["differences"]) > 1
    assert "1 more" in outcome.out
    assert len(document(versions, "genes", "--limit", 1)["differences"]) == 1
    assert list(out.parent.iterdir()) == [out]


def test_quiet_prints_nothing(versions: Path, tmp_path: Path) -> None:
    out = tmp_path / "differences.jsonl"
    outcome = diff(versions, "panels@old", "panels@new", "--quiet", "--out", out)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert len(out.read_text().splitlines()) == 1


def test_a_failed_comparison_leaves_the_old_file(versions: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(versions, home)
    (table,) = (p for p in home.glob("reference/panels/*/panel_genes.arrow") if is_new(p))
    table.write_bytes(table.read_bytes()[:100])
    out = tmp_path / "differences.jsonl"
    out.write_text("as before\n")
    before = snapshot(tmp_path)
    assert_refused(diff(home, "panels@old", "panels@new", "--out", out), PackError, ("damaged",))
    assert snapshot(tmp_path) == before


def is_new(table: Path) -> bool:
    return bool(json.loads((table.parent / "manifest.json").read_text())["version"] == "new")


def test_what_cannot_be_compared(versions: Path, tmp_path: Path) -> None:
    source = tmp_path / "panels.json"
    source.write_text(panels_json("3"))
    for old, new, words in (
        ("panels@old", "genes@new", ("different kinds", "panels and genes")),
        ("panels@old", "panels@2031", ("no such reference pack", "panels@2031")),
        ("panels", "panels@new", ("several reference packs", "panels/panels@")),
        (source, "panels@new", ("only packs can be compared", "reference add")),
    ):
        outcome = diff(versions, old, new, "--json")
        assert_refused(outcome, PackError, words)
        assert_json_error(outcome, PackError)


def test_packs_of_two_assemblies(versions: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(versions, home)
    source = tmp_path / "genome.fa"
    source.write_text(fasta())
    words = ("--home", home, "--name", "genome", "--version", "elsewhere", "--assembly", "Small2")
    assert trihelix("reference", "add", "genome", source, *words).code == 0
    assert_refused(diff(home, "genome@old", "genome@elsewhere"), AssemblyMismatchError, (ASSEMBLY, "Small2"))


def test_an_output_that_cannot_be_written(versions: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path, tmp_path / "file" / "below.jsonl"):
        assert_refused(diff(versions, "panels@old", "panels@new", "--out", out), OutputError, (str(out),))


def test_an_unknown_kind_of_difference_is_a_wrong_command_line(versions: Path) -> None:
    outcome = diff(versions, "panels@old", "panels@new", "--only", "gene-promotd")
    assert outcome.code == 2
    assert "gene_promoted" in outcome.err


def test_contigs_of_the_small_genome_are_compared_by_bare_name(versions: Path) -> None:
    (one,) = document(versions, "genome")["differences"]
    length = CONTIGS["chr2"]
    assert (one["item"], one["old"], one["new"]) == ("2", {"length": length}, {"length": length - 1})
