"""Whether a genotype fits the way a gene's diseases are inherited, the diseases weighed by the phenotype."""

from __future__ import annotations

import pytest

from phenotype_release import GENES, GENES_HEADER, ROWS, hpoa_text, obo_text
from trihelix.interpretation.rare.disease_modes import mode_share, modes_of_diseases
from trihelix.interpretation.rare.phenotype import rank_genes
from trihelix.interpretation.rare.rules import Filter
from trihelix.model.inheritance import ModeOfInheritance as Mode
from trihelix.reference.pack import ConversionOptions
from trihelix.reference.phenotypes import Phenotypes, convert, open_phenotypes

DOMINANT, RECESSIVE = Filter.INHERITED_AUTOSOMAL_DOMINANT, Filter.SIMPLE_RECESSIVE
# SCNX has a dominant disease with focal seizures (OMIM:2) and a recessive one with tonic-clonic seizures (OMIM:3).
MODES = [
    ("OMIM:2", "Epilepsy 1", "", "HP:0000006", "PMID:3", "", "I"),
    ("OMIM:3", "Epilepsy 2", "", "HP:0000007", "PMID:4", "", "I"),
    ("OMIM:7", "Never described", "", "HP:0000006", "PMID:9", "", "I"),
]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Phenotypes:
    folder = tmp_path_factory.mktemp("release")
    genes = [f"{ncbi}\t{symbol}\tHP:0000118\tname\t-\t{disease}" for ncbi, symbol, disease in GENES]
    texts = {
        "hp.obo": obo_text(),
        "phenotype.hpoa": hpoa_text(rows=[*ROWS, *MODES]),
        "genes_to_phenotype.txt": "\n".join([GENES_HEADER, *genes]) + "\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    out = folder / "pack"
    out.mkdir()
    convert([folder / name for name in texts], out, ConversionOptions())
    return open_phenotypes(out)


def share(pack: Phenotypes, finding: str, gene: str, filter_: Filter, **more: object) -> float | None:
    ranking = rank_genes(pack, [finding])
    return mode_share(ranking, modes_of_diseases(pack), gene, filter_, False, **more)  # type: ignore[arg-type]


def test_the_disease_that_the_findings_speak_for_decides(pack: Phenotypes) -> None:
    for_dominant = share(pack, "HP:0007359", "SCNX", DOMINANT)
    for_recessive = share(pack, "HP:0002069", "SCNX", DOMINANT)
    assert for_dominant is not None
    assert for_recessive is not None
    assert for_dominant > 0.5 > for_recessive


def test_both_modes_share_the_whole(pack: Phenotypes) -> None:
    dominant = share(pack, "HP:0001250", "SCNX", DOMINANT)
    recessive = share(pack, "HP:0001250", "SCNX", RECESSIVE)
    assert dominant is not None
    assert recessive is not None
    assert dominant + recessive == pytest.approx(1)


@pytest.mark.parametrize(("filter_", "expected"), [(DOMINANT, 1.0), (RECESSIVE, 0.0), (Filter.DE_NOVO, 1.0)])
def test_a_gene_with_one_disease(pack: Phenotypes, filter_: Filter, expected: float) -> None:
    assert share(pack, "HP:0001166", "FBNX", filter_) == expected


@pytest.mark.parametrize("gene", ["EPIX", "NEWX", "NOBODY"])
def test_nothing_is_known_of_a_gene_without_mode_or_description(pack: Phenotypes, gene: str) -> None:
    assert share(pack, "HP:0001250", gene, DOMINANT) is None


def test_a_curated_mode_speaks_only_where_no_described_disease_has_one(pack: Phenotypes) -> None:
    curated = frozenset({Mode.BIALLELIC})
    assert share(pack, "HP:0001250", "EPIX", DOMINANT, curated=curated) == 0
    assert share(pack, "HP:0001250", "NOBODY", RECESSIVE, curated=curated) == 1
    assert share(pack, "HP:0001166", "FBNX", DOMINANT, curated=curated) == 1


def test_stated_modes_replace_those_of_the_release(pack: Phenotypes) -> None:
    marfan = {pack.disease_number("OMIM:1"): frozenset({Mode.BIALLELIC})}
    assert share(pack, "HP:0001166", "FBNX", DOMINANT, stated=marfan) == 0
    nothing = {pack.disease_number("OMIM:1"): frozenset[Mode]()}
    assert share(pack, "HP:0001166", "FBNX", DOMINANT, stated=nothing) is None
