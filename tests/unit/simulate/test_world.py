"""The simulated world as a whole: the same seed, the same bytes; panels and classifications that packs understand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from small_world import SMALL

from trihelix.reference.allele_keys import alleles_from_text
from trihelix.reference.pack import ConversionOptions
from trihelix.reference.panels import convert as convert_panels
from trihelix.reference.panels import open_panels
from trihelix.reference.phenotypes import Phenotypes
from trihelix.reference.significance import convert as convert_significance
from trihelix.reference.significance import open_significance
from trihelix.services.programme import open_programme
from trihelix.services.references import list_references
from trihelix.simulate.clinic_panels import ABSENT, GREEN
from trihelix.simulate.disorders import X_LINKED, Inheritance, choose_disorders
from trihelix.simulate.world import LICENCE, World, add_world, simulate_world


def digests(folder: Path) -> dict[str, str]:
    """Name -> SHA-256 of every file below a folder."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {p.relative_to(folder).as_posix(): sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_same_seed_gives_the_same_bytes(world: World, phenotypes: Phenotypes, tmp_path: Path) -> None:
    simulate_world(tmp_path / "again", world.seed, phenotypes, SMALL)
    assert digests(tmp_path / "again") == digests(world.folder)


def test_another_seed_gives_other_bytes(world: World, phenotypes: Phenotypes, tmp_path: Path) -> None:
    simulate_world(tmp_path / "other", world.seed + 1, phenotypes, SMALL)
    one, other = digests(world.folder), digests(tmp_path / "other")
    assert all(one[name] != other[name] for name in one)


def test_genes_lie_where_their_inheritance_wants_them(world: World) -> None:
    assert Counter(d.inheritance for _, d in world.genes) == Counter(SMALL.disorders)
    for gene, disorder in world.genes:
        assert (gene.contig == "chrX") == (disorder.inheritance in X_LINKED)
        assert gene.symbol == disorder.gene
    assert not {d.gene for d in world.elsewhere} & {d.gene for _, d in world.genes}
    assert len(world.elsewhere) == len(Inheritance)


def test_panels_are_read_as_drawn(world: World, tmp_path: Path) -> None:
    converted = convert_panels(world.files["panels"], tmp_path, ConversionOptions())
    panels = open_panels(tmp_path)
    assert not any("mode" in note for note in converted.notes)
    for panel in world.panels:
        read = panels.genes(panels.find_panel(panel.id).id)
        assert dict(read.select("gene", "confidence_word").iter_rows()) == {
            e.gene.symbol: e.colour for e in panel.entries
        }
        assert not {"UNKNOWN", "OTHER"} & set(read["mode"])


def test_every_mode_is_that_of_the_disorders(world: World, tmp_path: Path) -> None:
    convert_panels(world.files["panels"], tmp_path, ConversionOptions())
    panels = open_panels(tmp_path)
    words = {
        Inheritance.DOMINANT: "MONOALLELIC",
        Inheritance.RECESSIVE: "BIALLELIC",
        Inheritance.X_RECESSIVE: "XLINKED_BIALLELIC_IN_FEMALES",
        Inheritance.X_DOMINANT: "XLINKED_MONOALLELIC_IN_FEMALES",
    }
    by_gene = {g.symbol: words[d.inheritance] for g, d in world.genes}
    for panel in world.panels:
        for gene, mode in panels.genes(panel.id).select("gene", "mode").iter_rows():
            assert mode == by_gene[gene]


def test_a_gene_of_dominant_and_recessive_diseases_is_both(world: World) -> None:
    entry = next(e for p in world.panels for e in p.entries if e.disorder.inheritance is Inheritance.DOMINANT)
    both = replace(entry.disorder, gene_modes=frozenset({Inheritance.DOMINANT, Inheritance.RECESSIVE}))
    assert replace(entry, disorder=both).mode.startswith("BOTH monoallelic and biallelic, ")


def test_most_genes_are_green_and_some_are_not(world: World) -> None:
    colours = Counter(world.panel_of(d).colour(g.symbol) for g, d in world.genes)
    assert colours[GREEN] > len(world.genes) / 2
    assert colours[GREEN] < len(world.genes)
    assert world.panels[0].colour("no such gene") == ABSENT


def test_the_significance_pack_knows_what_is_known(world: World, tmp_path: Path) -> None:
    convert_significance(world.files["significance"], tmp_path, ConversionOptions("Sim1"))
    pack = open_significance(tmp_path)
    entries = [e for e in world.classified if e.allele.contig == "chr1"]
    alleles = alleles_from_text(
        np.array([e.allele.pos for e in entries], np.int32),
        [e.allele.ref for e in entries],
        [e.allele.alt for e in entries],
    )
    hit, facts = pack.look_up("chr1", alleles)
    assert len(hit) == len(entries)
    trusted = facts["pathogenic"] & (facts["stars"] >= 2)
    assert trusted.to_list() == [entries[i].is_known for i in hit]
    assert set(facts["stars"]) == {0, 1, 2, 3}
    assert facts["genes"].to_list() == [[entries[i].gene] for i in hit]


def test_recessive_carriers_are_in_the_population_and_dominant_alleles_are_not(world: World) -> None:
    for entry in world.classified:
        if entry.is_known and entry.disorder.inheritance is not Inheritance.RECESSIVE:
            assert entry.frequency == 0
    assert any(e.is_known and 0 < e.frequency < 0.005 for e in world.classified)
    assert any(e.is_known and e.frequency > 0.01 for e in world.classified)


def test_packs_say_that_they_are_simulated(world: World, tmp_path: Path) -> None:
    programme = open_programme(tmp_path)
    add_world(programme, world)
    manifests = [p.manifest for p in list_references(programme)]
    assert {m.kind for m in manifests} == set(world.files)
    for manifest in manifests:
        assert manifest.source == "simulated by trihelix"
        assert manifest.licence == LICENCE
        assert manifest.assembly in (None, "Sim1")


def test_disorders_are_of_one_gene_and_one_inheritance(phenotypes: Phenotypes) -> None:
    chosen = choose_disorders(phenotypes, {Inheritance.RECESSIVE: 9}, np.random.default_rng(1))
    assert len({d.gene for d in chosen}) == 9
    for disorder in chosen:
        assert phenotypes.inheritance(disorder.id) == ("Autosomal recessive inheritance",)
        assert phenotypes.gene_diseases(disorder.gene) == (disorder.id,)
        assert all(0 < share <= 1 for _, share in disorder.terms)


def test_too_few_disorders_are_said(phenotypes: Phenotypes) -> None:
    with pytest.raises(ValueError, match="only 8 usable X-linked recessive disorders"):
        choose_disorders(phenotypes, {Inheritance.X_RECESSIVE: 9}, np.random.default_rng(1))
