"""Real files of other kinds: the GIAB trio, the Pfeiffer exome, NA12878; what cannot be done is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from trihelix.model.errors import AssemblyMismatchError
from trihelix.model.interpretation import Interpretation
from trihelix.model.phenotype import PhenotypeProfile
from trihelix.reference.library import Details
from trihelix.services.interpret import Request, interpret
from trihelix.services.programme import Programme, open_programme
from trihelix.services.references import add_reference

PFEIFFER = PhenotypeProfile(
    ("HP:0001159", "HP:0000486", "HP:0000327", "HP:0000520", "HP:0000316", "HP:0000244")
)


@pytest.fixture(scope="module")
def empty_programme(tmp_path_factory: pytest.TempPathFactory) -> Programme:
    return open_programme(tmp_path_factory.mktemp("empty"))


def codes(result: Interpretation) -> set[str]:
    return {n.code for n in result.notices}


def giab(real_data: Path, programme: Programme) -> Interpretation:
    request = Request(
        (real_data / "families/giab_trio.grch37.vcf.gz",),
        real_data / "families/giab_trio.ped",
        without_phenotype=True,
    )
    return interpret(programme, request)


def check_giab(result: Interpretation) -> None:
    by = {(c.check, frozenset(c.members)): c for c in result.checks}
    for parent in ("HG003", "HG004"):
        check = by["relatedness", frozenset(("HG002", parent))]
        assert (check.status, check.inferred) == ("ok", "parent and child")
        assert check.value is not None
        assert 0.2 < check.value < 0.3
    assert by["relatedness", frozenset(("HG003", "HG004"))].status == "ok"
    mendel = by["mendelian_errors", frozenset(("HG002", "HG003", "HG004"))]
    assert mendel.value is not None
    assert mendel.value < 0.02
    assert all(c.status == "not_assessed" for c in result.checks if c.check == "sex")  # no X in the file
    assert result.candidates == ()
    assert "nobody_affected" in codes(result)


def test_the_giab_trio_without_any_pack(real_data: Path, empty_programme: Programme) -> None:
    result = giab(real_data, empty_programme)
    check_giab(result)
    assert {"no_genome", "no_genes", "no_frequencies", "no_significance"} <= codes(result)
    assert result.provenance.assembly == "GRCh37"


def test_the_giab_trio_with_a_part_of_the_genome(real_data: Path, tmp_path: Path) -> None:
    programme = open_programme(tmp_path)
    details = Details(assembly="GRCh37", name="chr1 start")
    add_reference(programme, "genome", [real_data / "families/grch37_chr1_1-3400000.fa.gz"], details)
    result = giab(real_data, programme)
    check_giab(result)
    outside = next(n for n in result.notices if n.code == "outside_genome")
    assert outside.count == 9940 - 404


def test_a_grch37_file_against_grch38_packs_names_both_sides(
    real_data: Path, grch38_programme: Programme
) -> None:
    with pytest.raises(AssemblyMismatchError, match=r"GRCh37.*GRCh38"):
        giab(real_data, grch38_programme)


def test_the_pfeiffer_exome_is_read_and_said_what_is_missing(
    real_data: Path, empty_programme: Programme, tmp_path: Path
) -> None:
    ped = tmp_path / "manuel.ped"
    ped.write_text("manuel manuel 0 0 1 2\n")
    request = Request((real_data / "families/pfeiffer_exome.grch37.vcf.gz",), ped, profile=PFEIFFER)
    result = interpret(empty_programme, request)
    assert result.waterfall[0].remaining == 37_709
    assert {"no_genome", "no_genes"} <= codes(result)
    sex = next(c for c in result.checks if c.check == "sex")
    assert sex.status in ("ok", "warning")


def test_platinum_na12878_is_read_whole(real_data: Path, grch38_programme: Programme, tmp_path: Path) -> None:
    ped = tmp_path / "na12878.ped"
    ped.write_text("CEPH NA12878 0 0 2 2\n")
    source = real_data / "truth/platinum_NA12878_chr21.grch38.vcf.gz"
    result = interpret(grch38_programme, Request((source,), ped, profile=PFEIFFER))
    twice = sum(n.count or 0 for n in result.notices if n.code == "duplicate_records")
    assert (result.waterfall[0].remaining + twice, twice) == (66_050, 20)
    assert "outside_genome" in codes(result)
