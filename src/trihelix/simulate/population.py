"""Simulated variation of a population: sites with their frequency in every population of gnomAD's size and shape.

* How many sites have which frequency: the neutral spectrum, a site with i copies being 1/i as likely as a
  singleton (Watterson, Theoretical Population Biology 1975; 7:256), with 4Nu = 0.0009 per base, so that a person
  carries one heterozygous site in about 1,100 bases.
* How a frequency differs between populations: the beta distribution of Balding and Nichols (Genetica 1995; 96:3)
  with differentiation FST per population of the size seen in the 1000 Genomes Project (Nature 2015; 526:68). Rare
  alleles are young and mostly of one population, as there: 86 % of all variants were in a single continental group.
* Allele numbers: those of gnomAD genomes 3.1 (Chen et al., Nature 2024; 625:92).
* Kinds: 86 % single-nucleotide (transitions twice as frequent as transversions), the rest deletions and tandem
  duplications of geometric length; sites are independent of each other (no linkage disequilibrium).
* Selection: changes of protein are rarer the more frequent they are, down to a quarter of the synonymous rate;
  truncations are left to the planted variants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.simulate.coding_changes import Allele, left_aligned_start
from trihelix.simulate.coding_map import CodingMap
from trihelix.simulate.sequence import Bases


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
YOUNG = 0.002  # alleles rarer than this are found mainly in one population
AT_HOME, MOST_AT_HOME = 0.8, 0.05  # share of their copies there, and the highest frequency there
CLEARANCE = 3  # bases between one site and the next

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


def draw_sites(coding: CodingMap, rng: np.random.Generator) -> Sites:
    """The sites of a chromosome that vary in the population and that the database has seen."""
    contig = coding.contig
    expected = DIVERSITY * len(contig) * float((1 / np.arange(1, ALLELES)).sum())
    pos, ref, alt = draw_alleles(coding, int(rng.poisson(expected)), rng)
    frequency = _overall_frequencies(len(pos), rng)
    keep = coding.survives(pos, ref, alt, frequency, rng)
    by_population = population_frequencies(frequency[keep], rng)
    sites = Sites(
        contig.name, pos[keep], ref[keep], alt[keep], by_population, count_alleles(by_population, rng)
    )
    return sites.take(sites.counts.sum(axis=1) > 0)


def draw_private_alleles(coding: CodingMap, number: int, rng: np.random.Generator) -> list[Allele]:
    """About so many alleles that no database has seen, at random places."""
    pos, ref, alt = draw_alleles(coding, number, rng)
    keep = coding.survives(pos, ref, alt, np.full(len(pos), 1 / ALLELES), rng)
    name = coding.contig.name
    return [
        Allele(name, int(p), str(r), str(a)) for p, r, a in zip(pos[keep], ref[keep], alt[keep], strict=True)
    ]


def draw_alleles(
    coding: CodingMap, number: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.object_], NDArray[np.object_]]:
    """About so many random small variants (pos, ref, alt) of a chromosome, sorted and apart from each other."""
    ends = 100  # bases at the ends of a chromosome that stay as they are
    pos = np.unique(rng.integers(ends, len(coding.contig) - ends, number))
    return random_alleles(coding.contig.bases, pos, rng)


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
    copies = np.floor(np.exp(rng.random(number) * np.log(ALLELES)))
    return np.asarray(copies / ALLELES, np.float64)


def population_frequencies(overall: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """True frequencies (site, population) around overall ones: old alleles by Balding and Nichols, young ones mainly
    in the one population where they arose."""
    columns = []
    for population in POPULATIONS:
        scale = (1 - population.differentiation) / population.differentiation
        columns.append(rng.beta(np.maximum(overall, 1e-9) * scale, (1 - overall) * scale))
    drifted = np.stack(columns, axis=1)
    sizes = np.array([p.alleles for p in POPULATIONS])
    home = rng.choice(len(POPULATIONS), len(overall), p=sizes / ALLELES)
    young = np.repeat((1 - AT_HOME) * overall[:, None], len(POPULATIONS), axis=1)
    young[np.arange(len(overall)), home] += AT_HOME * overall * ALLELES / sizes[home]
    return np.where((overall < YOUNG)[:, None], np.minimum(young, MOST_AT_HOME), drifted)


def count_alleles(frequency: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Copies (site, population) that a database of gnomAD's size counts."""
    return rng.binomial([p.alleles for p in POPULATIONS], frequency).astype(np.int64)


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
