"""The 33 solved families: the causal variants come out on top, at the tier that the rules give them."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

from trihelix.model.interpretation import Candidate, Interpretation
from trihelix.services.interpret import Request, interpret
from trihelix.services.programme import Programme

# The panels that a clinic would apply to these children; the gene is green on those of GREEN.
PANELS = {
    "DYRK1A": ("Early onset or syndromic epilepsy",),
    "MFN2": ("Mitochondrial disorders",),
    "TAMM41": ("Mitochondrial disorders",),
    "TRIM63": ("Sudden unexplained death or survivors of a cardiac event", "749"),
    "CIROZ": ("Primary ciliary disorders",),
    "DHRS3": ("Clefting", "Limb disorders"),
}
EXPECTED_FILTER = {
    "autosomal_recessive_homozygous": "SimpleRecessive",
    "autosomal_dominant_de_novo": "deNovo",
    "autosomal_recessive_compound_heterozygous": "CompoundHeterozygous",
}
GREEN = {"DYRK1A", "MFN2", "TAMM41", "TRIM63"}


@dataclass(frozen=True)
class Solved:
    """A family of the manifest and what came out."""

    case: str
    gene: str
    inheritance: str
    result: Interpretation
    causal: Candidate | None


def cases(real_data: Path) -> list[dict[str, str]]:
    with (real_data / "cases/manifest.tsv").open() as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def solve(programme: Programme, real_data: Path, row: dict[str, str], without: tuple[str, ...]) -> Solved:
    base = real_data / "cases" / row["case"]
    request = Request(
        vcfs=(base.with_name(f"{base.name}.vcf.gz"),),
        ped=base.with_name(f"{base.name}.ped"),
        phenopacket=base.with_name(f"{base.name}.phenopacket.json"),
        panels=PANELS[row["gene"]],
        without=without,
    )
    result = interpret(programme, request)
    wanted = sorted(row["variants"].split(";"))
    causal = [
        c
        for c in result.candidates
        if sorted(f"{v.contig}-{v.pos}-{v.ref}-{v.alt}" for v in c.variants) == wanted
    ]
    return Solved(
        row["case"], row["gene"], row["expected_inheritance"], result, causal[0] if causal else None
    )


@pytest.fixture(scope="module", params=["with significance", "without significance"])
def solved(request: pytest.FixtureRequest, real_data: Path, grch38_programme: Programme) -> list[Solved]:
    without = ("significance",) if request.param.startswith("without") else ()
    return [solve(grch38_programme, real_data, row, without) for row in cases(real_data)]


def test_every_causal_variant_is_found_by_the_right_filter(solved: list[Solved]) -> None:
    assert len(solved) == 33
    for family in solved:
        assert family.causal is not None, family.case
        assert family.causal.segregation == EXPECTED_FILTER[family.inheritance], family.case


def test_tiers_are_1_or_2_where_the_gene_is_green_and_3_with_the_reason_elsewhere(
    solved: list[Solved],
) -> None:
    for family in solved:
        assert family.causal is not None
        if family.gene in GREEN:
            assert family.causal.tier in (1, 2), family.case
        else:
            assert family.causal.tier == 3, family.case
            assert (
                "no applied panel" in family.causal.events[0].reason
                or "only green" in family.causal.events[0].reason
            )


def test_rank_1_in_at_least_95_percent(solved: list[Solved], capsys: pytest.CaptureFixture[str]) -> None:
    by_gene: dict[str, list[bool]] = defaultdict(list)
    for family in solved:
        by_gene[family.gene].append(family.causal is not None and family.causal.rank == 1)
    share = sum(map(sum, by_gene.values())) / len(solved)
    macro = sum(sum(hits) / len(hits) for hits in by_gene.values()) / len(by_gene)
    with capsys.disabled():
        print(f"\nrank 1: {share:.1%} of families, {macro:.1%} as mean over genes; {dict(by_gene)}")
    assert share >= 0.95
    assert macro >= 0.95


def test_the_families_data_are_found_sound(solved: list[Solved]) -> None:
    for family in solved:
        statuses = {(c.check, c.status) for c in family.result.checks}
        assert ("relatedness", "ok") in statuses
        assert ("mendelian_errors", "ok") in statuses
        assert not any(status == "mismatch" for _, status in statuses), family.case


def test_the_answer_in_the_phenopacket_is_never_read(solved: list[Solved]) -> None:
    """Rank and score come from present terms only: the published disease stands nowhere in the inputs used."""
    for family in solved:
        assert all(t.observed in ("present", "excluded", "set_aside") for t in family.result.phenotypes)
        assert "interpretations" not in str(family.result.provenance.parameters)
