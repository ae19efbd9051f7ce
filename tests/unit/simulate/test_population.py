"""The simulated population: how many sites, how frequent, how different, and what the packs make of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trihelix.reference.allele_keys import alleles_from_text
from trihelix.reference.frequencies import convert, open_frequencies
from trihelix.reference.pack import ConversionOptions
from trihelix.simulate.coding_changes import Effect
from trihelix.simulate.coding_map import map_coding
from trihelix.simulate.population import (
    ALLELES,
    CLEARANCE,
    DIVERSITY,
    INDEL_SHARE,
    POPULATIONS,
    Sites,
    draw_sites,
    population_frequencies,
)
from trihelix.simulate.sequence import random_contig
from trihelix.simulate.world import World

NFE = [p.name for p in POPULATIONS].index("nfe")


@pytest.fixture(scope="module")
def sites() -> Sites:
    rng = np.random.default_rng(2)
    return draw_sites(map_coding(random_contig("chr1", 3_000_000, rng), []), rng)


def test_a_person_is_heterozygous_about_once_in_1100_bases(sites: Sites) -> None:
    p = sites.frequency[:, NFE]
    per_base = (2 * p * (1 - p)).sum() / 3_000_000
    assert DIVERSITY * 0.75 < per_base < DIVERSITY * 1.15


def test_most_sites_are_rare_as_the_neutral_spectrum_has_them(sites: Sites) -> None:
    """Of sites whose count has probability proportional to 1/i, log(b/a) / log(n) have a to b of n copies."""
    copies = sites.counts.sum(axis=1)
    assert (copies > 0).all()
    for low, high in ((10, 100), (100, 1_000), (1_000, 10_000)):
        share = ((copies >= low) & (copies < high)).mean()
        assert abs(share - np.log(high / low) / np.log(ALLELES)) < 0.06


def test_young_alleles_are_mostly_of_one_population(sites: Sites) -> None:
    copies = sites.counts.sum(axis=1)
    rare = (copies >= 10) & (copies < 100)
    at_home = sites.counts[rare].max(axis=1) / copies[rare]
    assert np.median(at_home) > 0.75


def test_kinds_of_variants_have_their_shares(sites: Sites) -> None:
    lengths = np.array([(len(r), len(a)) for r, a in zip(sites.ref, sites.alt, strict=True)])
    is_indel = lengths[:, 0] != lengths[:, 1]
    assert abs(is_indel.mean() - INDEL_SHARE) < 0.02
    changes = [r + a for r, a, indel in zip(sites.ref, sites.alt, is_indel, strict=True) if not indel]
    transitions = np.isin(changes, ["AG", "GA", "CT", "TC"]).sum()
    assert 1.8 < transitions / (len(changes) - transitions) < 2.3


def test_sites_fit_the_sequence_and_keep_their_distance(world: World) -> None:
    for name, sites in world.sites.items():
        ends = sites.pos + np.array([len(r) for r in sites.ref]) - 1
        assert (sites.pos[1:] > ends[:-1] + CLEARANCE).all()
        for pos, ref, alt in zip(sites.pos.tolist(), sites.ref, sites.alt, strict=True):
            assert world.contigs[name].text(pos, pos + len(ref) - 1) == ref
            assert ref != alt
            assert len(ref) == len(alt) or ref[-1] != alt[-1]


def test_populations_scatter_around_the_overall_frequency_by_their_differentiation() -> None:
    drawn = population_frequencies(np.full(20_000, 0.3), np.random.default_rng(1))
    assert np.allclose(drawn.mean(axis=0), 0.3, atol=0.01)
    for column, population in enumerate(POPULATIONS):
        fst = drawn[:, column].var() / (0.3 * 0.7)
        assert abs(fst - population.differentiation) < 0.01


def test_selection_leaves_no_truncation_and_few_common_missense_variants(world: World) -> None:
    counted = {
        True: {Effect.MISSENSE: 0, Effect.SYNONYMOUS: 0},
        False: {Effect.MISSENSE: 0, Effect.SYNONYMOUS: 0},
    }
    planted = {c.allele.pos for c in world.classified}
    for name, sites in world.sites.items():
        coding = world.coding[name]
        for n, pos in enumerate(sites.pos.tolist()):
            if coding.gene_at[pos] < 0 or pos in planted:
                continue
            assert len(sites.ref[n]) == len(sites.alt[n]) == 1
            effect = coding.effect(pos, str(sites.alt[n]))
            assert effect in (Effect.MISSENSE, Effect.SYNONYMOUS)
            counted[bool(sites.frequency[n].mean() > 0.01)][effect] += 1
    share = {common: c[Effect.MISSENSE] / c[Effect.SYNONYMOUS] for common, c in counted.items()}
    assert share[True] < share[False]


def test_the_frequency_pack_holds_what_was_counted(world: World, tmp_path: Path) -> None:
    converted = convert(world.files["frequencies"], tmp_path, ConversionOptions("Sim1"))
    pack = open_frequencies(tmp_path, "simulated")
    assert converted.counts["alleles"] == sum((s.counts.sum(axis=1) > 0).sum() for s in world.sites.values())
    assert dict(zip(pack.populations, pack.allele_numbers, strict=True)) == {
        "all": ALLELES,
        **{p.name: p.alleles for p in POPULATIONS},
    }
    sites = world.sites["chr1"]
    found = pack.look_up(
        "chr1", alleles_from_text(sites.pos.astype(np.int32), list(sites.ref), list(sites.alt))
    )
    for column, population in enumerate(POPULATIONS):
        written = found[:, pack.populations.index(population.name)]
        assert np.allclose(written, sites.counts[:, column] / population.alleles, rtol=1e-3)
