"""A programme folder with the real packs, made once per session."""

from __future__ import annotations

from pathlib import Path

import pytest

from trihelix.reference.library import Details
from trihelix.services.programme import Programme, open_programme
from trihelix.services.references import add_reference


@pytest.fixture(scope="session")
def grch38_programme(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Programme:
    """GRCh38 regions, genes, all 99 panels, ClinVar, frequencies, constraint, ClinGen, HPO."""
    programme = open_programme(tmp_path_factory.mktemp("home"))
    sources = {
        "genome": [real_data / "reference/grch38_regions.fa.gz"],
        "genes": [real_data / "reference/ensembl_regions.gff3.gz"],
        "panels": sorted((real_data / "panels/api").glob("*.json")),
        "significance": [real_data / "clinvar/clinvar_20241215_plp_2star.grch38.vcf.gz"],
        "frequencies": [real_data / "frequencies/background_af.grch38.vcf.gz"],
        "constraint": [real_data / "genes/gnomad_constraint_v4.1_subset.tsv.gz"],
        "mechanism": [real_data / "genes/clingen_gene_validity.csv.gz"],
        "phenotypes": [],
    }
    for kind, files in sources.items():
        add_reference(programme, kind, files, Details())
    return programme
