"""Rare functional variants of a person without the disease: which genes, what kind, how rare, in how many copies.

Every number is written here with its source. What is real: the genes (HGNC), the expected and observed variants of
the genes in gnomAD's constraint table, pLI of 18,000 genes, the carriers of pathogenic alleles (ClinVar's AF_EXAC).
What is assumed is named so.
Published figures are quoted, not recomputed: check them in the paper before citing them from here. The simulation
is a model of a person's background, not a sample of persons.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from math import exp, log
from pathlib import Path
from random import Random
from statistics import NormalDist

import numpy as np
import polars as pl
import pysam
from numpy.typing import NDArray

from trihelix.interpretation.rare.rules import Filter
from trihelix.interpretation.rare.scoring import VariantFacts

CLINVAR = Path("clinvar") / "clinvar_20241215_plp_2star.grch38.vcf.gz"
# Lek et al. (Nature 2016): per person 18 heterozygous and 0.19 homozygous truncating variants below 1 %. With the
# share below, 300 functional alleles; with expected pairs in one gene by their rate, as Poisson.
ALLELES_PER_PERSON = 300
HOMOZYGOUS = 0.19 / 18
HOMOZYGOUS_OF_COUSINS = 1 / 16  # a homozygous case is taken for a child of first cousins
LOF, MISSENSE = "stop_gained", "missense_variant"
INFRAME, SPLICE_REGION = "inframe_deletion", "splice_region_variant"
IMPACT = {LOF: "HIGH", MISSENSE: "MODERATE", INFRAME: "MODERATE", SPLICE_REGION: "MODERATE"}
LOF_SHARE = 18 / ALLELES_PER_PERSON
OTHER_SHARES = {MISSENSE: 0.92, INFRAME: 0.02, SPLICE_REGION: 0.06}  # of the rest; assumed
# Lek et al.: 0.14 of a person's 2 singleton truncating variants lie in the genes of pLI > 0.9, 18 % of all genes:
# a third of what their number would give. Missense in them: observed / expected about 0.75 (assumed).
CONSTRAINED_PLI, LOF_IN_CONSTRAINED, MISSENSE_IN_CONSTRAINED = 0.9, 0.35, 0.75
# Frequencies in a catalogue of 60,000 people. Absent: 2 of a person's about 10 truncating variants below 0.1 %
# are singletons; the others are spread evenly over the logarithm, from one allele to the limit (assumed).
ABSENT, ABSENT_RECESSIVE, LEAST = 0.2, 0.12, 8e-6
RARE, RARE_RECESSIVE = 1e-3, 1e-2
STARS = 2  # the ClinVar file holds nothing below two
# Kaplanis et al. (Nature 2020) and others: 1 to 1.5 coding de novo variants per person, of which about 0.8 functional.
DE_NOVO_SHARE = 0.8 / ALLELES_PER_PERSON


@dataclass(frozen=True)
class GeneTable:
    """Per gene: identity, X chromosome, expected rare functional alleles per person, constraint, ClinVar carriers."""

    symbol: list[str]
    entrez: list[int]
    on_x: NDArray[np.bool_]
    rate: NDArray[np.float64]
    lof_share: NDArray[np.float64]
    pli: list[float | None]
    loeuf: list[float | None]
    missense_z: list[float | None]
    known_share: NDArray[np.float64]
    number: dict[int, int]


@dataclass(frozen=True)
class Genotype:
    """What a person shows in one gene, as a candidate: its variants, filter, and whether the phase is unproven."""

    variants: tuple[VariantFacts, ...]
    filter: Filter
    phase_unproven: bool = False


def read_genes(data: Path) -> GeneTable:
    """HGNC's protein-coding genes with what the constraint tables and ClinVar say of them."""
    hgnc = pl.read_csv(data / "genes" / "hgnc_complete_set.tsv.gz", separator="\t", infer_schema_length=0)
    coding = hgnc.filter(
        (pl.col("locus_group") == "protein-coding gene")
        & pl.col("entrez_id").is_not_null()
        & ~pl.col("location").fill_null("").str.contains("mitochondria|Y|not on reference|reserved|alternate")
    )
    constraint = _constraint(data / "genes" / "gnomad_constraint_v4.1_subset.tsv.gz")
    pli_table = pl.read_csv(
        data / "genes" / "pli.tsv.gz", separator="\t", schema_overrides={"pLI": pl.Float64}
    )
    pli_of = dict(pli_table.iter_rows())
    carriers = _carriers(data / CLINVAR)
    log_expected = np.log([row["missense"] for row in constraint.values()])
    rows = []
    for row in coding.iter_rows(named=True):
        old = (row["prev_symbol"] or "").split("|")
        names = [row["symbol"], *[name for name in old if name]]
        pli = next((pli_of[name] for name in names if name in pli_of), None)
        known = constraint.get(row["symbol"], {})
        expected = known.get("missense") or _guessed_expectation(row["symbol"], log_expected)
        constrained = (pli or 0.0) > CONSTRAINED_PLI
        missense = expected * known.get("oe", MISSENSE_IN_CONSTRAINED if constrained else 1.0)
        lof = expected * (LOF_IN_CONSTRAINED if constrained else 1.0)
        rows.append((row, pli, known, missense, lof, carriers.get(int(row["entrez_id"]), 0.0)))
    missense_sum, lof_sum = sum(r[3] for r in rows), sum(r[4] for r in rows)
    lof_rate = np.array([ALLELES_PER_PERSON * LOF_SHARE * r[4] / lof_sum for r in rows])
    rate = lof_rate + np.array([ALLELES_PER_PERSON * (1 - LOF_SHARE) * r[3] / missense_sum for r in rows])
    return GeneTable(
        [r[0]["symbol"] for r in rows],
        [int(r[0]["entrez_id"]) for r in rows],
        np.array([_is_on_x(r[0]["location"] or "") for r in rows]),
        rate,
        lof_rate / rate,
        [r[1] for r in rows],
        [r[2].get("loeuf") for r in rows],
        [r[2].get("z") for r in rows],
        np.minimum(np.array([r[5] for r in rows]) / rate, 0.5),
        {int(r[0]["entrez_id"]): place for place, r in enumerate(rows)},
    )


def _constraint(path: Path) -> dict[str, dict[str, float]]:
    table = pl.read_csv(path, separator="\t", null_values="NA", infer_schema_length=0)
    table = table.filter(pl.col("mane_select") == "true").unique("gene", keep="first", maintain_order=True)
    columns = {
        "missense": "mis.exp", "oe": "mis.oe", "z": "mis.z_score", "loeuf": "lof.oe_ci.upper",
    }  # fmt: skip
    return {
        row["gene"]: {ours: float(row[theirs]) for ours, theirs in columns.items() if row[theirs] is not None}
        for row in table.iter_rows(named=True)
    }


def _guessed_expectation(symbol: str, log_expected: NDArray[np.float64]) -> float:
    """For genes outside the table: drawn from its log-normal distribution, the same for a symbol every time."""
    drawn = int(hashlib.sha256(symbol.encode()).hexdigest()[:8], 16)
    normal = NormalDist(float(log_expected.mean()), float(log_expected.std()))
    return exp(normal.inv_cdf((drawn + 0.5) / 2**32))


def _is_on_x(location: str) -> bool:
    return location.startswith("X") and not location.startswith(("X and Y", "Xp22.33"))


def _carriers(path: Path) -> dict[int, float]:
    """Per NCBI gene id the expected number of rare alleles of two-star pathogenic records in a person."""
    found: dict[int, float] = {}
    with pysam.VariantFile(str(path)) as file:
        for record in file:
            frequency = _exac(record)
            if 0 < frequency <= RARE:
                for gene in re.findall(r":(\d+)", str(record.info.get("GENEINFO", ""))):
                    found[int(gene)] = found.get(int(gene), 0.0) + 2 * frequency
    return found


def _exac(record: pysam.VariantRecord) -> float:
    value = record.info.get("AF_EXAC", 0.0)
    return float(value[0] if isinstance(value, tuple) else value)


def read_known(path: Path) -> dict[tuple[str, int, str, str], float]:
    """The ClinVar records, pathogenic with two stars or more: allele -> frequency in ExAC, 0 where absent."""
    with pysam.VariantFile(str(path)) as file:
        return {(r.contig, r.pos, r.ref or ".", (r.alts or (".",))[0]): _exac(r) for r in file}


def draw_genes(genes: GeneTable, random: np.random.Generator, wanted: int) -> list[int]:
    """Distinct genes, each next one drawn in proportion to its rate (Efraimidis and Spirakis 2006)."""
    keys = random.exponential(size=len(genes.rate)) / genes.rate
    best = np.argpartition(keys, wanted)[:wanted]
    return [int(gene) for gene in best[np.argsort(keys[best])]]


def draw_genotype(genes: GeneTable, gene: int, male: bool, homozygous: float, random: Random) -> Genotype:
    """What a person shows in a gene that has at least one rare functional allele, seen without the parents."""
    rate = float(genes.rate[gene])
    on_x = bool(genes.on_x[gene])
    if on_x and male:
        return Genotype((_variant(genes, gene, random, recessive=False),), Filter.X_LINKED_SIMPLE_RECESSIVE)
    if random.random() < homozygous:
        variant = _variant(genes, gene, random, recessive=True)
        return Genotype((variant,), Filter.X_LINKED_SIMPLE_RECESSIVE if on_x else Filter.SIMPLE_RECESSIVE)
    if random.random() < 1 - rate * exp(-rate) / (1 - exp(-rate)):
        pair = tuple(_variant(genes, gene, random, recessive=True) for _ in range(2))
        filter_ = Filter.X_LINKED_COMPOUND_HETEROZYGOUS if on_x else Filter.COMPOUND_HETEROZYGOUS
        return Genotype(pair, filter_, phase_unproven=True)
    filter_ = Filter.X_LINKED_MONOALLELIC if on_x else Filter.INHERITED_AUTOSOMAL_DOMINANT
    return Genotype((_variant(genes, gene, random, recessive=False),), filter_)


def _variant(genes: GeneTable, gene: int, random: Random, recessive: bool) -> VariantFacts:
    kind = LOF
    if random.random() >= genes.lof_share[gene]:
        kind = random.choices(tuple(OTHER_SHARES), tuple(OTHER_SHARES.values()))[0]
    known = random.random() < genes.known_share[gene]
    frequency = 0.0
    if random.random() >= (ABSENT_RECESSIVE if recessive else ABSENT):
        limit = RARE_RECESSIVE if recessive else RARE
        frequency = exp(random.uniform(log(LEAST), log(limit)))
    return VariantFacts(kind, IMPACT[kind], frequency, bool(known), STARS if known else 0)


def without_significance(genotype: Genotype) -> Genotype:
    """The same, nothing being known of its alleles."""
    return replace(genotype, variants=tuple(replace(v, pathogenic=False, stars=0) for v in genotype.variants))
