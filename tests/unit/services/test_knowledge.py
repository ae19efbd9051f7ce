"""Packs are proven to fit each other before they are used."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from trihelix.model.errors import AssemblyMismatchError, PackError, PanelError
from trihelix.reference.library import Details
from trihelix.reference.pack import MANIFEST
from trihelix.services.knowledge import open_knowledge
from trihelix.services.programme import Programme, open_programme
from trihelix.services.references import add_reference
from vcf_builder import write_vcf

SITES = """##fileformat=VCFv4.2
##contig=<ID=1,length={length}>
##INFO=<ID=AF,Number=A,Type=Float,Description="f">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO
1	100	.	A	G	.	PASS	AF=0.1
"""


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    fasta = tmp_path / "g.fa"
    fasta.write_text(">chr1\n" + "ACGT" * 50 + "\n")
    made = open_programme(tmp_path / "home")
    add_reference(made, "genome", [fasta], Details(assembly="Test1"))
    return made


def add_sites(programme: Programme, folder: Path, length: int) -> None:
    path = write_vcf(folder / "sites.vcf", SITES.format(length=length))
    add_reference(programme, "frequencies", [path], Details(assembly="Test1"))


def test_packs_with_the_genomes_contig_lengths_fit_whatever_their_prefix(
    programme: Programme, tmp_path: Path
) -> None:
    add_sites(programme, tmp_path, 200)
    opened = open_knowledge(programme.library, "Test1", (), ("phenotypes",))
    assert [r.kind for r in opened.references] == ["genome", "frequencies"]
    assert {n.code for n in opened.notices} >= {"no_genes", "no_panels", "no_significance"}


def test_packs_of_one_name_but_other_lengths_are_refused_with_both_sides(
    programme: Programme, tmp_path: Path
) -> None:
    add_sites(programme, tmp_path, 201)
    with pytest.raises(AssemblyMismatchError, match="length of a contig") as caught:
        open_knowledge(programme.library, "Test1", (), ("phenotypes",))
    assert "genome/" in caught.value.where
    assert "frequencies/" in caught.value.where
    assert caught.value.value == "1: 200 against 201"


def test_a_pack_of_another_form_is_refused(programme: Programme) -> None:
    (pack,) = programme.library.packs("genome")
    older = replace(pack.manifest, converter=0, sha256="")
    older = replace(older, sha256=older.address())
    (pack.folder / MANIFEST).write_text(json.dumps(asdict(older)))
    with pytest.raises(PackError, match="another version") as caught:
        open_knowledge(programme.library, "Test1", (), ("phenotypes",))
    assert "reference add genome" in caught.value.advice


def test_a_panel_without_any_panel_pack_is_an_error(programme: Programme) -> None:
    with pytest.raises(PanelError, match="no panel pack"):
        open_knowledge(programme.library, "Test1", ("Epilepsy",), ("phenotypes",))
