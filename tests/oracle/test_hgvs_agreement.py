"""HGVS names are those of a slow writer that edits and compares whole sequences, on transcripts full of repeats."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hgvs_oracle as oracle
from hgvs_oracle import World
from trihelix.annotation.hgvs import Transcript, write_hgvs
from trihelix.reference.genome import Genome, Segments

SEEDS = 8
WORLDS_PER_SEED = 100
VARIANTS_PER_WORLD = 30  # 8 * 100 * 30 = 24,000 variants


def repetitive(rng: random.Random, length: int) -> str:
    found = ""
    while len(found) < length:
        unit = "".join(rng.choice("ACGT") for _ in range(rng.choice((1, 1, 2, 3, 3, 4, 6, 9))))
        found += unit * rng.choice((1, 1, 2, 3, 4))
    return found[:length]


def make_world(rng: random.Random) -> World:
    """A random transcript: start codon, no stop inside, mostly a stop codon at the end."""
    mitochondrial = rng.random() < 0.15
    place, exons = rng.randint(3, 20), []
    for _ in range(rng.randint(1, 4)):
        length = rng.randint(6, 50)
        exons.append((place, place + length - 1))
        place += length + rng.randint(1, 30)
    size = exons[-1][1] + rng.randint(2, 15)
    strand = rng.choice((1, -1))
    bases = list(repetitive(rng, size))
    spliced = [p - 1 for s, e in exons for p in range(s, e + 1)]
    cds = None
    if len(spliced) >= 15 and rng.random() < 0.9:
        first = rng.randint(0, min(12, len(spliced) - 12))
        codons = rng.randint(4, (len(spliced) - first) // 3)
        partial = cut_codon(rng, len(spliced) - first - 3 * codons, mitochondrial)
        write_frame(rng, bases, spliced[first : first + 3 * codons], mitochondrial, whole=not partial)
        if mitochondrial and partial:  # the tail of A completes the stop codon
            bases[spliced[-partial]] = "T"
            bases[spliced[-1]] = "TA"[partial - 1]
        cds = (spliced[first] + 1, spliced[first + 3 * codons + partial - 1] + 1)
    sequence = "".join(bases)
    if strand > 0:
        return World(sequence, 1, tuple(exons), cds, mitochondrial)
    turned = [(size + 1 - e, size + 1 - s) for s, e in reversed(exons)]
    if cds is not None:
        cds = (size + 1 - cds[1], size + 1 - cds[0])
    return World(oracle.reverse(sequence), -1, tuple(turned), cds, mitochondrial)


def cut_codon(rng: random.Random, rest: int, mitochondrial: bool) -> int:
    """How many bases of an incomplete last codon follow; mitochondrial ones end the transcript."""
    if mitochondrial:
        return rest if rest in (1, 2) else 0
    return rng.choice((1, 2)) if rest >= 2 and rng.random() < 0.1 else 0


def write_frame(
    rng: random.Random, bases: list[str], frame: list[int], mitochondrial: bool, *, whole: bool
) -> None:
    code = oracle.MITOCHONDRIAL if mitochondrial else oracle.NUCLEAR
    for at in range(0, len(frame), 3):
        places = frame[at : at + 3]
        if code["".join(bases[i] for i in places)] == "*":
            bases[places[0]] = "C"
    put(bases, frame[:3], "ATT" if mitochondrial and rng.random() < 0.3 else "ATG")
    if whole and rng.random() < 0.9:
        put(bases, frame[-3:], rng.choice([codon for codon, residue in code.items() if residue == "*"]))


def put(bases: list[str], places: list[int], codon: str) -> None:
    for place, base in zip(places, codon, strict=True):
        bases[place] = base


def make_variant(rng: random.Random, world: World) -> tuple[int, str, str]:
    sequence = world.sequence
    if world.cds is not None and rng.random() < 0.4:  # near the ends of the coding sequence
        pos = min(max(rng.choice(world.cds) + rng.randint(-5, 4), 1), len(sequence) - 2)
    else:
        pos = rng.randint(1, len(sequence) - 2)
    removed = sequence[pos - 1 : pos - 1 + rng.choice((1, 1, 2, 3, 3, 4, 6, 9, 14))]
    fresh = repetitive(rng, rng.choice((1, 2, 3, 3, 4, 6, 9)))
    match rng.choice(("substitution", "deletion", "insertion", "copy", "inversion", "delins")):
        case "substitution":
            removed = removed[:1]
            new = rng.choice([base for base in "ACGT" if base != removed])
        case "deletion":
            removed, new = sequence[pos - 1] + sequence[pos : pos + len(removed)], sequence[pos - 1]
        case "insertion":
            removed, new = removed[0], removed[0] + fresh
        case "copy":
            new = removed + removed
        case "inversion":
            new = oracle.reverse(removed)
        case _:
            new = fresh
    return pos, removed, new


def genome_of(world: World) -> Genome:
    name = "chrM" if world.mitochondrial else "chr1"
    bare, size = ("MT" if world.mitochondrial else "1"), len(world.sequence)
    whole = Segments(np.array([1]), np.array([size]), np.array([0]))
    bases = np.frombuffer(world.sequence.encode(), np.uint8)
    return Genome(Path("none"), bases, {bare: name}, {bare: size}, {bare: whole})


def transcript_of(world: World) -> Transcript:
    contig = "chrM" if world.mitochondrial else "chr1"
    exons = world.exons if world.strand > 0 else tuple((-e, -s) for s, e in reversed(world.exons))
    coding = None
    if world.cds is not None:
        labels, bases = oracle.transcript_labels(world), oracle.exonic(world)
        names = [labels[i] for i in bases]
        coding = (names.index("1"), sum(not name.startswith("*") for name in names))
    return Transcript("T", contig, world.strand, exons, coding)


def compare(rng: random.Random, variants: int) -> Counter[str]:
    """Raises at the first name that differs; counts the kinds of names that were seen."""
    world = make_world(rng)
    genome, transcript = genome_of(world), transcript_of(world)
    seen: Counter[str] = Counter()
    for _ in range(variants):
        pos, ref, alt = make_variant(rng, world)
        if ref == alt:
            continue
        found = write_hgvs(transcript.contig, pos, ref, alt, transcript, genome)
        expected = oracle.names(world, pos, ref, alt)
        ours = tuple(
            n if n is None or n.startswith("p.") else n.split(":")[1] for n in (found.g, found.c, found.p)
        )
        assert ours == expected, (world, pos, ref, alt)
        seen["all"] += 1
        for name in ours:
            seen.update(kind for kind in KINDS if name is not None and kind in name)
    return seen


KINDS = (
    "del", "dup", "ins", "inv", "delins", ">", "fs", "extTer", "=)", "Ter)", "Met1?", "p.?", "*", "+", "n.", "m.",
    "fsTer?",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(SEEDS))
def test_names_are_those_of_the_slow_writer(seed: int) -> None:
    rng = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(WORLDS_PER_SEED):
        seen += compare(rng, VARIANTS_PER_WORLD)
    assert seen["all"] > 0.85 * WORLDS_PER_SEED * VARIANTS_PER_WORLD
    assert not [kind for kind in KINDS if not seen[kind]]


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False))
def test_names_of_any_variant(rng: random.Random) -> None:
    compare(rng, 3)
