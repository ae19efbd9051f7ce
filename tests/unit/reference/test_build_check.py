"""Which build alleles belong to: by words, and by their REF."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from trihelix.model.errors import AssemblyMismatchError
from trihelix.reference.build_check import PER_TABLE, RefSample, builds_named, check_build
from trihelix.reference.library import Details, ReferenceLibrary

SITES = 400
_rng = random.Random(2)
ONE, TWO = ("".join(_rng.choices("ACGT", k=2_000)) for _ in range(2))


@pytest.fixture(scope="module")
def genomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Genome packs of two builds."""
    folder = tmp_path_factory.mktemp("genomes")
    library = ReferenceLibrary(folder / "reference")
    found = {}
    for name, sequence in (("One", ONE), ("Two", TWO)):
        path = folder / f"{name}.fa"
        path.write_text(f">chr1\n{sequence}\n")
        pack, _ = library.add("genome", [path], Details(assembly=name))
        found[name] = pack.folder
    return found


def sample_of(sequence: str, wrong: int = 0, sites: int = SITES) -> RefSample:
    """REF alleles of a sequence, of which some are wrong."""
    bases = list(sequence[:sites])
    for i in range(wrong):
        bases[i] = "ACGT"["CGTA".index(bases[i])]
    sample = RefSample()
    sample.take(pl.DataFrame({"contig": ["1"] * sites, "pos": range(1, sites + 1), "ref": bases}))
    return sample


def test_the_right_build_has_nothing_to_say(genomes: dict[str, Path]) -> None:
    assert check_build(sample_of(ONE), "One", genomes, "file") is None


@pytest.mark.parametrize(("wrong", "refused"), [(0, False), (40, False), (41, True)])
def test_a_tenth_may_differ(genomes: dict[str, Path], wrong: int, refused: bool) -> None:
    if refused:
        with pytest.raises(AssemblyMismatchError):
            check_build(sample_of(ONE, wrong), "One", genomes, "file")
    else:
        assert check_build(sample_of(ONE, wrong), "One", genomes, "file") is None


@pytest.mark.parametrize(("wrong", "refused"), [(2, False), (3, True)])
def test_of_a_small_file_two_may_differ(genomes: dict[str, Path], wrong: int, refused: bool) -> None:
    sample = sample_of(ONE, wrong, sites=4)
    if refused:
        with pytest.raises(AssemblyMismatchError):
            check_build(sample, "One", genomes, "file")
    else:
        assert check_build(sample, "One", genomes, "file") is None


def test_the_build_that_fits_is_named(genomes: dict[str, Path]) -> None:
    with pytest.raises(
        AssemblyMismatchError, match="added as One, but its REF alleles are those of Two"
    ) as caught:
        check_build(sample_of(TWO), "One", genomes, "scores.tsv")
    assert caught.value.where == "scores.tsv"
    assert "--assembly Two" in caught.value.advice
    assert f"{SITES} of {SITES} with Two" in str(caught.value.value)


def test_what_could_not_be_compared_is_a_note(genomes: dict[str, Path]) -> None:
    assert "not compared" in (check_build(sample_of(ONE), "Three", genomes, "file") or "")
    assert "not compared" in (check_build(sample_of(ONE), None, genomes, "file") or "")
    elsewhere = RefSample([("7", 10, "A")])
    assert "no REF could be compared" in (check_build(elsewhere, "One", genomes, "file") or "")


def test_a_large_table_is_sampled_evenly() -> None:
    sample = RefSample()
    n = 100 * PER_TABLE
    sample.take(pl.DataFrame({"contig": ["1"] * n, "pos": range(n), "ref": ["a"] * n}))
    assert len(sample.sites) == PER_TABLE
    assert sample.sites[-1] == ("1", n - 100, "A")


@pytest.mark.parametrize(
    ("texts", "named"),
    [
        (["## CADD GRCh38-v1.7"], {"GRCh38"}),
        (["hg19_pos"], {"GRCh37"}),
        (["hg38", "GRCh38"], {"GRCh38"}),
        (["lifted from hg19 to hg38"], {"GRCh37", "GRCh38"}),
        (["pos", "b3", "club37"], set()),
    ],
)
def test_words_that_name_a_build(texts: list[str], named: set[str]) -> None:
    assert builds_named(texts) == named
