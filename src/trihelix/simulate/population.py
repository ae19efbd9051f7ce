"""Simulated variation of a population: sites with their frequency in every population of gnomAD's size and shape.

* How many sites have which frequency: the neutral spectrum, a site with i copies being 1/i as likely as a
  singleton (Watterson, Theoretical Population Biology 1975; 7:256), with 4Nu = 0.0009 per base, so that a person
  carries one heterozygous site in about 1,100 bases.
* How a frequency differs between populations: the beta distribution of Balding and Nichols (Genetica 1995; 96:3)
  with differentiation FST per population of the size seen in the 1000 Genomes Project (Nature 2015; 526:68).
* Allele numbers: those of gnomAD genomes 3.1 (Chen et al., Nature 2024; 625:92).
* Kinds: 86 % single-nucleotide (transitions twice as frequent as transversions), the rest deletions and tandem
  duplications of geometric length; sites are independent of each other (no linkage disequilibrium).
* Selection: changes of protein are rarer the more frequent they are, down to a quarter of the synonymous rate;
  truncations are left to the planted variants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.simulate.coding_changes import Allele, Effect, effect_of_substitution, left_aligned_start
from trihelix.simulate.gene_models import Gene
from trihelix.simulate.sequence import Bases, Contig


@dataclass(frozen=True)
class Population:
    """A population: its name in gnomAD, alleles counted there, differentiation, and its share of our families."""

    name: str
    alleles: int
    differentiation: float
    share: float


POPULATIONS = (
    Population("afr", 41_488, 0.10, 0.10),
    Population("ami", 912, 0.08, 0.0),
    Population("amr", 15_294, 0.04, 0.06),
    Population("asj", 3_472, 0.04, 0.02),
    Population("eas", 5_208, 0.09, 0.07),
    Population("fin", 10_632, 0.04, 0.03),
    Population("mid", 316, 0.03, 0.04),
    Population("nfe", 68_058, 0.03, 0.55),
    Population("sas", 4_838, 0.05, 0.13),
)
ALLELES = sum(p.alleles for p in POPULATIONS)

DIVERSITY = 0.0009
INDEL_SHARE = 0.14
TRANSITION_SHARE = 0.67
INDEL_STOP = 0.45  # geometric lengths: 45 % of one base
LONGEST_INDEL = 30
CLEARANCE = 3  # bases between one site and the next
STRONGEST_SELECTION = 0.75  # share of common missense variants that selection has removed

_TRANSITION = np.zeros(256, np.uint8)
_TRANSITION[[ord(b) for b in "AGCT"]] = [ord(b) for b in "GATC"]
_TRANSVERSIONS = np.zeros((2, 256), np.uint8)
_TRANSVERSIONS[0][[ord(b) for b in "AGCT"]] = [ord(b) for b in "CCAA"]
_TRANSVERSIONS[1][[ord(b) for b in "AGCT"]] = [ord(b) for b in "TTGG"]


@dataclass(frozen=True)
class Sites:
    """Variant sites of one chromosome, sorted, at least CLEARANCE apart.

    `frequency` (site, population) is the true one; `counts` (site, population) are the copies that the database
    counted among its allele numbers.
    """

    contig: str
    pos: NDArray[np.int64]
    ref: NDArray[np.object_]
    alt: NDArray[np.object_]
    frequency: NDArray[np.float64]
    counts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.pos)

    def take(self, index: NDArray[Any]) -> Sites:
        """Only the chosen sites."""
        return Sites(
            self.contig, self.pos[index], self.ref[index], self.alt[index],
            self.frequency[index], self.counts[index],
        )  # fmt: skip


def draw_sites(contig: Contig, genes: Sequence[Gene], rng: np.random.Generator) -> Sites:
    """The sites of a chromosome that vary in the population."""
    expected = DIVERSITY * len(contig) * float((1 / np.arange(1, ALLELES)).sum())
    number = int(rng.poisson(expected))
    pos = np.unique(rng.integers(100, len(contig) - 100, number))
    place, ref, alt = random_alleles(contig.bases, pos, rng)
    frequency = _overall_frequencies(len(place), rng)
    keep = _survives(contig, genes, place, ref, alt, frequency, rng)
    place, ref, alt, frequency = place[keep], ref[keep], alt[keep], frequency[keep]
    by_population = population_frequencies(frequency, rng)
    return Sites(contig.name, place, ref, alt, by_population, count_alleles(by_population, rng))


def random_alleles(
    bases: Bases, pos: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.object_], NDArray[np.object_]]:
    """(pos, ref, alt) of random small variants near the given sorted 1-based positions, left-aligned, sorted and
    apart from each other; a few positions are lost to that."""
    is_indel = rng.random(len(pos)) < INDEL_SHARE
    length = np.where(is_indel, np.minimum(rng.geometric(INDEL_STOP, len(pos)), LONGEST_INDEL), 0)
    is_deletion = rng.random(len(pos)) < 0.6
    anchor = pos.copy()
    for i in np.flatnonzero(is_indel).tolist():
        anchor[i] = left_aligned_start(bases, int(pos[i]), int(length[i]))
    end = anchor + np.where(is_deletion, length, 0)
    order = np.lexsort((end, anchor))
    clear = np.ones(len(order), np.bool_)
    reach = np.maximum.accumulate(end[order])
    clear[1:] = anchor[order][1:] > reach[:-1] + CLEARANCE
    order = order[clear]
    return _texts(bases, anchor[order], length[order], is_deletion[order], rng)


def _texts(
    bases: Bases,
    pos: NDArray[np.int64],
    length: NDArray[np.int64],
    is_deletion: NDArray[np.bool_],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.object_], NDArray[np.object_]]:
    first = bases[pos - 1]
    transversion = np.where(rng.random(len(pos)) < 0.5, _TRANSVERSIONS[0][first], _TRANSVERSIONS[1][first])
    other = np.where(rng.random(len(pos)) < TRANSITION_SHARE, _TRANSITION[first], transversion)
    letters = np.array([chr(n) for n in range(256)], object)
    ref, alt = letters[first], letters[other]
    for i in np.flatnonzero(length).tolist():
        at = int(pos[i])
        longer = bases[at - 1 : at + int(length[i])].tobytes().decode("ascii")
        ref[i], alt[i] = (longer, longer[0]) if is_deletion[i] else (longer[0], longer)
    return pos, ref, alt


def _overall_frequencies(number: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Frequencies whose counts i among ALLELES have probability proportional to 1 / i."""
    return np.floor(np.exp(rng.random(number) * np.log(ALLELES))) / ALLELES


def population_frequencies(overall: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """True frequencies (site, population) around overall ones, by Balding and Nichols."""
    columns = []
    for population in POPULATIONS:
        scale = (1 - population.differentiation) / population.differentiation
        columns.append(rng.beta(np.maximum(overall, 1e-9) * scale, (1 - overall) * scale))
    return np.stack(columns, axis=1)


def count_alleles(frequency: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Copies (site, population) that a database of gnomAD's size counts."""
    return rng.binomial([p.alleles for p in POPULATIONS], frequency).astype(np.int64)


def _survives(
    contig: Contig,
    genes: Sequence[Gene],
    pos: NDArray[np.int64],
    ref: NDArray[np.object_],
    alt: NDArray[np.object_],
    frequency: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Which sites selection lets through: all outside coding sequence and splice sites."""
    gene_of, place_of = _coding_map(contig, genes)
    end = pos + np.array([len(r) for r in ref]) - 1
    touched = (gene_of[pos] >= 0) | (gene_of[np.minimum(end, len(contig))] >= 0)
    survives = ~touched
    luck = rng.random(len(pos))
    for i in np.flatnonzero(touched).tolist():
        number = int(gene_of[pos[i]])
        if number < 0 or len(ref[i]) != len(alt[i]) or place_of[pos[i]] < 0:
            continue  # indels in coding sequence, and splice sites
        effect = effect_of_substitution(genes[number], contig, int(place_of[pos[i]]), str(alt[i]))
        tolerated = 1 - STRONGEST_SELECTION * min(1.0, max(0.0, 1 + np.log10(frequency[i]) / 4))
        survives[i] = effect is Effect.SYNONYMOUS or (effect is Effect.MISSENSE and luck[i] < tolerated)
    return survives


def _coding_map(contig: Contig, genes: Sequence[Gene]) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    """By 1-based position: number of the gene whose coding sequence or splice site is there, or -1, and the place in
    its coding sequence, or -1."""
    gene_of = np.full(len(contig) + 1, -1, np.int16)
    place_of = np.full(len(contig) + 1, -1, np.int32)
    for number, gene in enumerate(genes):
        for transcript in gene.transcripts:
            for (_, left), (right, _) in zip(transcript.exons, transcript.exons[1:], strict=False):
                if transcript.cds:
                    gene_of[[left + 1, left + 2, right - 2, right - 1]] = number
        positions = gene.coding_positions
        gene_of[positions] = number
        place_of[positions] = np.arange(len(positions))
    return gene_of, place_of


def choose_population(rng: np.random.Generator) -> int:
    """The population of a family, as its place in POPULATIONS."""
    return int(rng.choice(len(POPULATIONS), p=[p.share for p in POPULATIONS]))


def sites_with(alleles: Mapping[Allele, float], contig: str, rng: np.random.Generator) -> Sites:
    """Sites of given alleles of one chromosome with given overall frequencies, for adding to drawn ones."""
    chosen = sorted(a for a in alleles if a.contig == contig)
    frequency = population_frequencies(np.array([alleles[a] for a in chosen], np.float64), rng)
    return Sites(
        contig,
        np.array([a.pos for a in chosen], np.int64),
        np.array([a.ref for a in chosen], object),
        np.array([a.alt for a in chosen], object),
        frequency,
        count_alleles(frequency, rng),
    )
