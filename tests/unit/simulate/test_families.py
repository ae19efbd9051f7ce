"""Simulated families, read back from their files: inheritance, ploidy, the planted diagnosis, and no answer in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pysam
import pytest
from test_world import digests

from trihelix.formats.ped import read_ped
from trihelix.formats.phenopacket import read_phenopacket
from trihelix.formats.vcf import open_vcf
from trihelix.model.family import Affection, Sex
from trihelix.reference.genome import open_genome
from trihelix.services.family_reading import read_family
from trihelix.services.interpret import Request
from trihelix.services.programme import open_programme
from trihelix.simulate.clinic_panels import GREEN
from trihelix.simulate.coding_changes import LOSS_OF_FUNCTION
from trihelix.simulate.families import TRUTH_COLUMNS, SimulatedFamily, simulate_families, write_truth
from trihelix.simulate.family_variants import draw_contig_variants
from trihelix.simulate.pedigrees import draw_pedigree
from trihelix.simulate.plans import GVCFS, PLANS
from trihelix.simulate.transmission import NEW, draw_descent
from trihelix.simulate.world import World, add_world
from trihelix.variants.family_calls import FamilyCalls

REF, HET, HOM = 0, 1, 2


@pytest.fixture(scope="module")
def home(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    add_world(open_programme(folder), world)
    return folder


@pytest.fixture(scope="module")
def calls(families: list[SimulatedFamily], home: Path) -> dict[str, FamilyCalls]:
    """Family id -> its calls as the interpreter reads them, REF compared with the genome."""
    genome = open_genome(open_programme(home).library.packs("genome")[0].folder)
    found = {}
    for family in families:
        request = Request(family.vcfs, not_sequenced=family.pedigree.not_sequenced)
        headers = [open_vcf(path)[0] for path in family.vcfs]
        found[family.id] = read_family(headers, read_ped(family.ped), request, genome).calls
    return found


def _trios(family: SimulatedFamily) -> Iterator[tuple[str, str, str]]:
    for member in family.pedigree.family.members:
        trio = (member.id, member.father, member.mother)
        if all(m in family.pedigree.sequenced for m in trio):
            yield trio  # type: ignore[misc]


def _states(calls: FamilyCalls, member: str, rows: np.ndarray) -> np.ndarray:
    return calls.state[rows, calls.members.index(member)]


def _row_of(calls: FamilyCalls, allele: object) -> int:
    names = np.array([f"chr{calls.contigs[c]}" for c in range(len(calls.contigs))])
    rows = np.flatnonzero((calls.pos == allele.pos) & (names[calls.contig] == allele.contig))  # type: ignore[attr-defined]
    return int(next(r for r in rows if (calls.ref(r), calls.alt(r)) == (allele.ref, allele.alt)))  # type: ignore[attr-defined]


def test_genotypes_on_autosomes_are_mendelian_but_for_new_mutations(
    families: list[SimulatedFamily], calls: dict[str, FamilyCalls]
) -> None:
    allowed = {
        (f, m): {c for c in (REF, HET, HOM) if _can_give(f, m, c)}
        for f in (REF, HET, HOM)
        for m in (REF, HET, HOM)
    }
    counted = 0
    for family in families:
        table = calls[family.id]
        autosomal = np.flatnonzero(table.passed & (table.contig != table.contigs.index("X")))
        for child, father, mother in _trios(family):
            trio = [_states(table, m, autosomal) for m in (father, mother, child)]
            called = np.all([s >= 0 for s in trio], axis=0)
            wrong = [
                (f, m, c)
                for f, m, c in zip(*(s[called].tolist() for s in trio), strict=True)
                if c not in allowed[f, m]
            ]
            assert set(wrong) <= {(REF, REF, HET)}, family.id
            assert len(wrong) < 12, family.id
            counted += int(called.sum())
    assert counted > 50_000


def _can_give(father: int, mother: int, child: int) -> bool:
    gives = {REF: {0}, HET: {0, 1}, HOM: {1}}
    return any(f + m == child for f in gives[father] for m in gives[mother])


def test_x_has_the_ploidy_of_the_sex(families: list[SimulatedFamily], calls: dict[str, FamilyCalls]) -> None:
    for family in families:
        table = calls[family.id]
        on_x = np.flatnonzero(table.contig == table.contigs.index("X"))
        for member in family.pedigree.sequenced:
            het = (_states(table, member, on_x) == HET).mean()
            male = family.pedigree.family.member(member).sex is Sex.MALE
            assert (het == 0) if male else (het > 0.1)
        for child, father, mother in _trios(family):
            if family.pedigree.family.member(child).sex is Sex.MALE:
                mine, hers = _states(table, child, on_x), _states(table, mother, on_x)
                assert ((mine == HOM) & (hers == REF)).mean() < 0.02
            else:
                assert (
                    (_states(table, child, on_x) == REF) & (_states(table, father, on_x) == HOM)
                ).sum() == 0


def test_the_planted_variants_are_where_the_plan_wants_them(
    families: list[SimulatedFamily], calls: dict[str, FamilyCalls]
) -> None:
    for family in families:
        if family.planted is None:
            continue
        table = calls[family.id]
        rows = np.array([_row_of(table, a) for a in family.planted.alleles])
        assert table.passed[rows].all()
        assert (table.depth[rows] >= 20).all()
        affected = [m for m in family.pedigree.family.affected if m.id in family.pedigree.sequenced]
        for member in affected:
            assert (_states(table, member.id, rows) > 0).all()
        if family.planted.how in NEW:
            _, father, mother = next(t for t in _trios(family) if t[0] == family.pedigree.proband)
            parents = [mother] if table.contigs[table.contig[rows[0]]] == "X" else [father, mother]
            assert all((_states(table, parent, rows) == REF).all() for parent in parents)


def test_the_causal_gene_has_no_other_rare_coding_variant(world: World) -> None:
    """With every population variant just below the limit of what is rare, so that founders carry many."""
    gene = max((g for g, _ in world.genes if g.contig == "chr1"), key=lambda g: len(g.coding_positions))
    sites = {n: replace(s, frequency=np.full_like(s.frequency, 0.009)) for n, s in world.sites.items()}
    found = {False: 0, True: 0}
    for seed in range(4):
        for spared in (False, True):
            rng = np.random.default_rng(seed)
            family = draw_pedigree("F", "first cousins", None, rng).family
            descent = draw_descent(family, len(world.contigs["chr1"]), 1.0, False, rng)
            variants = draw_contig_variants(
                replace(world, sites=sites), "chr1", 7, descent, 8, [], gene if spared else None, rng
            )
            found[spared] += int(np.isin(variants.pos, gene.coding_positions).sum())
    assert found[False] > 0
    assert found[True] == 0


def test_plans_are_kept(families: list[SimulatedFamily]) -> None:
    assert [f.plan for f in families] == list(PLANS)
    assert [f.planted is None for f in families] == [p.how is None for p in PLANS]
    for family in families:
        planted = family.planted
        if planted is not None:
            assert planted.disorder.inheritance is family.plan.inheritance
            assert planted.effects == family.plan.effects
            assert family.panel.colour(planted.gene) == planted.colour
            assert planted.known == (family.plan.known or family.plan.common)


def test_expected_tiers_follow_the_rules(families: list[SimulatedFamily]) -> None:
    for planted in (f.planted for f in families if f.planted):
        strong = planted.how in NEW or planted.known or bool(LOSS_OF_FUNCTION & set(planted.effects))
        assert planted.expected_tier == (3 if planted.colour != GREEN else 1 if strong else 2)
    assert {f.planted.expected_tier for f in families if f.planted} == {1, 2, 3}


def test_first_families_show_every_inheritance_and_one_without_diagnosis() -> None:
    first = PLANS[:6]
    assert {p.how.name if p.how else None for p in first} == {
        "DE_NOVO", "COMPOUND", "AUTOZYGOUS", "X_RECESSIVE", "DOMINANT", None,
    }  # fmt: skip
    assert 2 <= sum(p.how is None for p in PLANS) <= 3
    assert len(PLANS) == 40


def test_some_sites_fail_the_filter_and_some_calls_are_missing(calls: dict[str, FamilyCalls]) -> None:
    table = calls["F001"]
    assert 0.003 < (~table.passed).mean() < 0.03
    assert 0.0005 < (table.state < 0).mean() < 0.01
    assert 25 < np.median(table.depth[table.depth > 0]) < 45


def test_allele_balance_of_heterozygous_calls_is_near_one_half(calls: dict[str, FamilyCalls]) -> None:
    table = calls["F001"]
    het = table.state == HET
    share = table.alt_depth[het] / table.depth[het]
    assert abs(share.mean() - 0.48) < 0.01
    assert np.median(table.quality[het]) == 99


def test_sites_per_trio_are_some_thousands_per_million_bases(
    calls: dict[str, FamilyCalls], world: World
) -> None:
    per_base = len(calls["F001"]) / sum(map(len, world.contigs.values()))
    assert 0.0010 < per_base < 0.0025


def test_gvcfs_cover_what_they_do_not_list(
    families: list[SimulatedFamily], calls: dict[str, FamilyCalls]
) -> None:
    family = next(f for f in families if f.plan.files == GVCFS)
    table = calls[family.id]
    assert len(family.vcfs) == len(family.pedigree.sequenced)
    assert table.from_blocks > 1_000
    assert (table.state >= 0).mean() > 0.97


def test_files_are_indexed_and_readable_by_htslib(families: list[SimulatedFamily]) -> None:
    for family in families:
        for path in family.vcfs:
            with pysam.VariantFile(str(path)) as file:
                records = sum(1 for _ in file)
            assert records > 1_000
            assert path.suffix == ".bcf" or Path(f"{path}.tbi").exists()


def test_no_file_that_interpretation_reads_holds_the_answer(families: list[SimulatedFamily]) -> None:
    for family in families:
        packet = json.loads(family.phenopacket.read_text())
        assert set(packet) == {"id", "subject", "phenotypicFeatures", "metaData"}
        text = family.phenopacket.read_text() + family.ped.read_text()
        if family.planted:
            for secret in (
                family.planted.gene,
                family.planted.disorder.id,
                family.planted.disorder.name + '"',
            ):
                assert secret not in text


def test_pedigree_and_phenopacket_are_read_back(families: list[SimulatedFamily]) -> None:
    for family in families:
        assert read_ped(family.ped) == family.pedigree.family
        content = read_phenopacket(family.phenopacket)
        assert content.subject_id == family.pedigree.proband
        assert content.profiles[family.pedigree.proband].present == family.profile.present
        assert content.profiles[family.pedigree.proband].excluded == family.profile.excluded
        assert content.sex is family.pedigree.family.member(family.pedigree.proband).sex


def test_patients_show_their_disorder(families: list[SimulatedFamily], world: World) -> None:
    for family in families:
        assert 3 <= len(family.profile.present) <= 20
        assert not set(family.profile.present) & set(family.profile.excluded)
        assert all(world.phenotypes.resolve(t).phenotypic for t in family.profile.present)
    planted = [f for f in families if f.planted]
    own = [
        len({t for t, _ in f.planted.disorder.terms} & set(f.profile.present)) for f in planted if f.planted
    ]
    assert np.mean(own) > 2
    foreign = [len(f.profile.present) for f in planted]
    assert np.mean(own) < np.mean(foreign)  # some are less precise or unrelated


def test_proband_is_affected_and_chosen_by_default(families: list[SimulatedFamily]) -> None:
    for family in families:
        pedigree = family.pedigree
        assert pedigree.family.member(pedigree.proband).affection is Affection.AFFECTED
        assert pedigree.family.pick_proband(frozenset(pedigree.sequenced)) == pedigree.proband


def test_the_same_seed_gives_the_same_files(
    world: World, family_folder: Path, families: object, tmp_path: Path
) -> None:
    """The first families are the same however many follow, and in another folder."""
    list(simulate_families(world, tmp_path, 4, 5))
    again = digests(tmp_path)
    assert len({name.split("/")[0] for name in again}) == 4
    assert {n: d for n, d in digests(family_folder).items() if n in again} == again


def test_another_seed_gives_other_families(
    world: World, family_folder: Path, families: object, tmp_path: Path
) -> None:
    list(simulate_families(world, tmp_path, 1, 6))
    vcf = "F001/F001.vcf.gz"
    assert digests(tmp_path)[vcf] != digests(family_folder)[vcf]


def test_more_families_than_plans_begin_the_plans_again(world: World, tmp_path: Path) -> None:
    families = list(simulate_families(world, tmp_path, len(PLANS) + 1, 7))
    assert families[-1].id == "F041"
    assert families[-1].plan == PLANS[0]
    assert digests(tmp_path / "F041") != digests(tmp_path / "F001")


def test_truth_has_a_line_for_every_family(families: list[SimulatedFamily], tmp_path: Path) -> None:
    write_truth(tmp_path / "truth.tsv", families)
    header, *rows = [line.split("\t") for line in (tmp_path / "truth.tsv").read_text().splitlines()]
    assert tuple(header) == TRUTH_COLUMNS
    assert [r[0] for r in rows] == [f.id for f in families]
    assert all(len(r) == len(header) for r in rows)
    assert [r[header.index("gene")] for r in rows] == [
        f.planted.gene if f.planted else "none" for f in families
    ]
