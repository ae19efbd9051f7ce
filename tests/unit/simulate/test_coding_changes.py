"""Planted variants do what they are called: by translating the changed sequence, and by `bcftools csq`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.annotation.consequences import annotate_consequences
from trihelix.model.assembly import bare_contig
from trihelix.reference.genes import open_genes
from trihelix.reference.genome import open_genome
from trihelix.services.programme import open_programme
from trihelix.simulate.coding_changes import Allele, Effect, deletion, draw_change, duplication
from trihelix.simulate.gene_models import Gene, coding_sequence, translate
from trihelix.simulate.sequence import Contig, random_contig
from trihelix.simulate.world import World, add_world

SEEDS = st.integers(0, 2**32)


def _changed(contig: Contig, allele: Allele) -> Contig:
    text = contig.bases.tobytes()
    new = text[: allele.pos - 1] + allele.alt.encode() + text[allele.pos - 1 + len(allele.ref) :]
    return Contig(contig.name, np.frombuffer(new, np.uint8))


def _protein(world: World, gene: Gene, allele: Allele | None = None) -> str:
    """The canonical protein, with an allele that lies within one exon applied to the coding sequence itself."""
    contig = world.contigs[gene.contig]
    coding = coding_sequence(gene.canonical, gene.strand, contig)
    if allele is None:
        return translate(coding)
    places = {int(p): n for n, p in enumerate(gene.coding_positions)}
    kept = [n for p, n in places.items() if p < allele.pos or p > allele.end]
    inside = sorted(n for p, n in places.items() if allele.pos <= p <= allele.end)
    alt = allele.alt if gene.strand > 0 else allele.alt.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    before = "".join(coding[n] for n in sorted(kept) if n < inside[0])
    after = "".join(coding[n] for n in sorted(kept) if n > inside[-1])
    return translate(before + alt + after)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, effect=st.sampled_from(list(Effect)))
def test_alleles_fit_the_genome_and_are_left_aligned(world: World, seed: int, effect: Effect) -> None:
    rng = np.random.default_rng(seed)
    gene = world.genes[int(rng.integers(len(world.genes)))][0]
    contig = world.contigs[gene.contig]
    allele = draw_change(gene, contig, effect, rng)
    assert contig.text(allele.pos, allele.end) == allele.ref
    if len(allele.ref) != len(allele.alt):
        assert min(len(allele.ref), len(allele.alt)) == 1
        assert allele.ref[0] == allele.alt[0]
        assert allele.ref[-1] != allele.alt[-1]
    else:
        assert allele.ref != allele.alt


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_substitutions_change_one_amino_acid_none_or_stop(world: World, seed: int) -> None:
    rng = np.random.default_rng(seed)
    gene = world.genes[int(rng.integers(len(world.genes)))][0]
    before = _protein(world, gene)
    for effect in (Effect.MISSENSE, Effect.SYNONYMOUS, Effect.STOP_GAINED):
        after = _protein(world, gene, draw_change(gene, world.contigs[gene.contig], effect, rng))
        differing = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
        assert len(differing) == (effect is not Effect.SYNONYMOUS)
        assert ("*" in after[:-1]) == (effect is Effect.STOP_GAINED)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_deletions_and_duplications_shift_or_keep_the_frame(world: World, seed: int) -> None:
    rng = np.random.default_rng(seed)
    gene = world.genes[int(rng.integers(len(world.genes)))][0]
    contig = world.contigs[gene.contig]
    before = _protein(world, gene)
    shifted = draw_change(gene, contig, Effect.FRAMESHIFT, rng)
    assert (len(shifted.ref) - len(shifted.alt)) % 3 != 0
    assert _protein(world, gene, shifted)[-12:] != before[-12:]
    shortened = _protein(world, gene, draw_change(gene, contig, Effect.INFRAME_DELETION, rng))
    assert len(shortened) == len(before) - 1
    assert shortened[-1] == "*"


@given(seed=SEEDS, length=st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_moving_an_event_left_does_not_change_the_sequence(seed: int, length: int) -> None:
    rng = np.random.default_rng(seed)
    contig = random_contig("chr1", 3_000, rng)
    first = int(rng.integers(100, 2_800))
    text = contig.bases.tobytes()
    removed = _changed(contig, deletion(contig, first, length)).bases.tobytes()
    assert removed == text[:first] + text[first + length :]
    repeated = _changed(contig, duplication(contig, first, length)).bases.tobytes()
    assert repeated == text[: first + length] + text[first:]


@pytest.fixture(scope="module")
def home(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    add_world(open_programme(folder), world)
    return folder


def test_csq_calls_the_library_s_effects_the_same(world: World, home: Path) -> None:
    library = open_programme(home).library
    genes = open_genes(library.packs("genes")[0].folder)
    genome = open_genome(library.packs("genome")[0].folder)
    entries = world.classified
    variants = pl.DataFrame(
        {
            "variant": range(len(entries)),
            "contig": [bare_contig(e.allele.contig) for e in entries],
            "pos": [e.allele.pos for e in entries],
            "ref": [e.allele.ref for e in entries],
            "alt": [e.allele.alt for e in entries],
        },
        schema_overrides={"variant": pl.UInt32, "pos": pl.Int32},
    )
    found = annotate_consequences(variants, genes, genome).join(
        genes.transcripts.filter("display").select("transcript_index"), on="transcript_index"
    )
    said = dict(found.select("variant", "consequence").iter_rows())
    differing = [
        (str(e.allele), e.gene, e.effect.value, said.get(n))
        for n, e in enumerate(entries)
        if said.get(n) != e.effect
    ]
    stops = [d for d in differing if d[2] == "frameshift_variant" and d[3] == "stop_gained"]
    assert len(entries) > 200
    assert differing == stops  # a frameshift may make a stop on the spot
    assert len(stops) < 5
