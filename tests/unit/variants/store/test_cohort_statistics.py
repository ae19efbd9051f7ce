"""Missing calls and Hardy-Weinberg tests of a cohort follow its karyotypes; association is Fisher's test."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from trihelix.methods.hardy_weinberg import exact_test
from trihelix.model.errors import NoVariantsError, SampleMismatchError
from trihelix.model.family import Affection, Family, Member, Sex
from trihelix.variants.store.answers.allele_counts import allele_counts
from trihelix.variants.store.answers.cohort_statistics import (
    common_variants,
    components_of,
    related_samples,
    with_association,
    with_proportions,
)
from trihelix.variants.store.batches import View
from trihelix.variants.store.commit import Snapshot, open_store
from trihelix.variants.store.ingest import IngestRequest, ingest
from vcf_builder import vcf_text

CONTIGS = {"chr1": 1000, "chrX": 156_040_895, "chrY": 57_227_415, "chrM": 16_569}
WOMEN, MEN = [f"w{i}" for i in range(8)], [f"m{i}" for i in range(4)]


def silent(_what: str, _share: float) -> None:
    """Nobody looks."""


def view_of(folder: Path, rows: list[str]) -> View:
    """Eight women, then four men, of one VCF."""
    path = folder / "cohort.vcf"
    path.write_text(vcf_text(rows, [*WOMEN, *MEN], CONTIGS))
    women = tuple(Member(s, Sex.FEMALE, Affection.UNAFFECTED) for s in WOMEN)
    men = tuple(Member(s, Sex.MALE, Affection.UNAFFECTED) for s in MEN)
    request = IngestRequest("cohort", (Family("all", (*women, *men)),), assembly="GRCh38")
    ingest(folder / "store", [path], request, silent)
    store = open_store(folder / "store")
    return View(store, Snapshot(store.root, store.snapshot()))


def row(contig: str, pos: int, women: str, men: str, filters: str = "PASS", alt: str = "G") -> str:
    """Calls between blanks."""
    return f"{contig} {pos} . A {alt} 50 {filters} . GT {women} {men}"


def test_each_region_is_tested_among_those_with_two_copies(tmp_path: Path) -> None:
    women = "0/1 0/1 0/1 0/1 0/1 0/1 1/1 ./."
    view = view_of(
        tmp_path,
        [
            row("chr1", 10, women, "0/0 0/0 ./. ./."),
            row("chrX", 50_000_000, women, "0/0 0/0 0/0 0/1"),
            row("chrY", 20_000_000, "./. ./. ./. ./. ./. ./. ./. ./.", "1 0 1 ."),
            row("chrM", 50, "0/0 0/0 0/0 1/1 0/0 0/0 0/0 0/0", "0/0 0/0 1/1 ./."),
        ],
    )
    regions = view.regions(None)
    found = with_proportions(view, view.everyone, regions, allele_counts(view, view.everyone, regions))
    p = exact_test([6, 6], [2, 0], [1, 1]).tolist()  # type: ignore[arg-type]
    assert found["hwe_p"].to_list() == [pytest.approx(p[0]), pytest.approx(p[1]), None, None]
    assert p[0] != p[1]
    # of 24 copies 18 were called; of 16 + 4 on X 14 + 3; of 4 on Y 3; of 12 mitochondria 11
    expected = [1 - 18 / 24, 1 - 17 / 20, 1 - 3 / 4, 1 - 11 / 12]
    assert found["missing_share"].to_list() == pytest.approx(expected)


def test_common_variants_are_those_that_tell_people_apart(tmp_path: Path) -> None:
    half = "0/1 0/1 0/0 0/0 0/1 0/1 0/0 0/0"
    view = view_of(
        tmp_path,
        [
            row("chr1", 10, half, "0/1 0/0 0/1 0/0"),
            row("chr1", 20, half, "0/1 0/0 0/1 ./."),  # a call in twelve is missing
            row("chr1", 30, half, "0/1 0/0 0/1 0/0", "LowQual"),
            row("chr1", 40, half, "0/1 0/0 0/1 0/0", alt="GT"),
            row("chr1", 50, half, "0/2 0/0 0/1 0/0", alt="G,T"),
            row("chr1", 60, "0/1" + " 0/0" * 7, "0/0 0/0 0/0 0/0"),  # a frequency of one in 24
            row("chr1", 70, half, "0/1 0/0 0/1 0/0", "."),
            row("chrX", 50_000_000, half, "1/1 0/0 0/0 0/0"),
        ],
    )
    assert common_variants(view, view.everyone, view.regions(None), silent)["pos"].to_list() == [10, 70]
    with pytest.raises(SampleMismatchError, match="fewer samples"):
        components_of(view, view.everyone, view.regions(None), 13, silent)
    with pytest.raises(NoVariantsError, match="common enough"):
        related_samples(view, view.everyone, [r for r in view.regions(None) if r.contig == "X"], silent)


@pytest.mark.parametrize(
    ("case", "control", "ratio", "p"),
    [
        (3, 1, 27 / 7, 188 / 323),
        (10, 0, 21 * 21, 2 / 184_756),  # 20 choose 10
        (0, 0, None, 1.0),
        (10, 10, None, 1.0),
    ],
)
def test_association_of_ten_and_ten(case: int, control: int, ratio: float | None, p: float) -> None:
    table = pl.DataFrame({"case_carriers": [case], "control_carriers": [control]})
    (found,) = with_association(table, 10, 10).to_dicts()
    assert found["odds_ratio"] == (ratio if ratio is None else pytest.approx(ratio))
    assert found["p"] == pytest.approx(p, rel=1e-4)
    assert (found["cases"], found["controls"]) == (10, 10)
