"""How often the causal gene of a solved case ranks first among 50, 200 and 500 other genes in which the person has
rare functional variants, from genotype and phenotype together.

The causal candidate is the case's own alleles, as a singleton sees them: one het (dominant), two hets (compound,
phase unproven), homozygous, hemizygous. Consequences come from the published names (_solved_cases.py). The
frequency of an allele is ClinVar's AF_EXAC where ClinVar has the allele, else drawn from those of equal zygosity
that it has. Competitors are drawn by _competitors.py. No panel is applied. Main figure: nothing is known of any
allele; "with significance" adds ClinVar's two-star records for cases and, by chance, for competitors: circular,
for the published cases are in ClinVar. Fair: annotation rows, modes of inheritance included, that cite the case's
own paper are dropped. "Trio": unaffected parents remove what they carry; see `TRIO_NOTE`. The weights start from a
fit on half 0 of the diseases (fit_scoring.py); rounding and adjustment had both halves in view, so half 1 is not
untouched. Ties get the middle rank; a causal gene that is no candidate is a miss.

Run: python benchmarks/competing_genes.py [--quick] [--json]
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
from numpy.typing import NDArray

from _competitors import (
    DE_NOVO_SHARE,
    HOMOZYGOUS,
    HOMOZYGOUS_OF_COUSINS,
    GeneTable,
    Genotype,
    draw_genes,
    draw_genotype,
    read_genes,
    without_significance,
)
from _machine import run_on_solved_cases
from _solved_cases import CASES, DATA, Solved, read_cases
from trihelix.interpretation.rare.disease_modes import (
    MODE_OF_TERM,
    DiseaseModes,
    mode_share,
    modes_of_diseases,
)
from trihelix.interpretation.rare.phenotype import GeneScores, rank_genes
from trihelix.interpretation.rare.rules import Filter
from trihelix.interpretation.rare.scoring import GeneFacts, VariantFacts, contributions
from trihelix.model.inheritance import ModeOfInheritance
from trihelix.reference import mechanism
from trihelix.reference.pack import ConversionOptions
from trihelix.reference.phenotype_leave_out import Replacements, leave_out
from trihelix.reference.phenotypes import Phenotypes, convert, default_sources, open_phenotypes

SIZES = (50, 200, 500)
AIMS = {50: 85.0, 200: 78.0, 500: 70.0}
QUICK_CASES = 300
MISS = float("inf")
TRIO_NOTE = """a lone het is de novo in 76 % (Wright et al., NEJM 2023), else from an affected parent; hets of the
competitors are inherited but for 0.8 functional de novo per person, half of them from an affected parent where there
is one; pairs of the competitors are in trans in half; recessive parents are carriers"""
DE_NOVO_OF_DOMINANT = 0.76

Stated = Mapping[int, frozenset[ModeOfInheritance]]


@dataclass(frozen=True)
class World:
    """Everything a case is ranked with; `replaced` and `modes_without` by publication."""

    genes: GeneTable
    phenotypes: Phenotypes
    replaced: Replacements
    modes: DiseaseModes
    modes_without: Mapping[str, Stated]
    curated: Mapping[int, frozenset[ModeOfInheritance]]


@dataclass
class Spent:
    """Seconds of each ranking, and of each combination of a singleton."""

    phenotype: list[float] = field(default_factory=list)
    combination: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Setting:
    """One way to look at the cases."""

    name: str
    fair: bool = True
    significance: bool = False
    trio: bool = False
    curated: bool = False


@dataclass
class Ranks:
    """Per method and number of competitors the ranks of the causal genes; and whether the ranking that was used
    knew a description of a disease of the gene."""

    by: dict[tuple[str, int], list[float]] = field(default_factory=dict)
    described: list[bool] = field(default_factory=list)

    def add(self, method: str, size: int, rank: float) -> None:
        """One case."""
        self.by.setdefault((method, size), []).append(rank)


def with_parents(case: Solved, others: Sequence[Genotype], random: Random) -> list[Genotype | None]:
    """The case's genotype and its competitors' as a trio sees them; None for what the parents rule out."""
    single = (Filter.INHERITED_AUTOSOMAL_DOMINANT, Filter.X_LINKED_MONOALLELIC)
    own = case.genotype
    de_novo = own.filter in single and random.random() < DE_NOVO_OF_DOMINANT
    affected_parent = own.filter in single and not de_novo
    first: Genotype | None = replace(own, phase_unproven=False)
    if de_novo:
        first = replace(own, filter=Filter.DE_NOVO)
    found: list[Genotype | None] = [None if case.lone_recessive else first]
    for other in others:
        if other.phase_unproven:
            found.append(replace(other, phase_unproven=False) if random.random() < 0.5 else None)
        elif other.filter not in single:
            found.append(other)
        elif random.random() < DE_NOVO_SHARE:
            found.append(replace(other, filter=Filter.DE_NOVO))
        else:
            found.append(other if affected_parent and random.random() < 0.5 else None)
    return found


def candidates_of(genotype: Genotype) -> Iterator[Genotype]:
    """A pair of unproven phase stands beside each of its variants on its own, as in an interpretation."""
    yield genotype
    if genotype.phase_unproven:
        on_x = genotype.filter is Filter.X_LINKED_COMPOUND_HETEROZYGOUS
        alone = Filter.X_LINKED_MONOALLELIC if on_x else Filter.INHERITED_AUTOSOMAL_DOMINANT
        for variant in genotype.variants:
            if (variant.frequency or 0.0) <= 1e-3:
                yield Genotype((variant,), alone)


def ranked(world: World, case: Solved, fair: bool) -> tuple[GeneScores, Stated | None]:
    """The phenotype ranking of a case; fair: without what its own paper taught, modes of inheritance included."""
    if not fair:
        return rank_genes(world.phenotypes, case.present, case.excluded), None
    replaced = world.replaced.get(case.publication, {})
    ranking = rank_genes(world.phenotypes, case.present, case.excluded, replaced=replaced)
    diseases = ranking.diseases
    score, described = diseases.score.copy(), diseases.described.copy()
    for old, new in replaced.items():
        score[old], described[old] = diseases.score[new], diseases.described[new]
    ranking = replace(ranking, diseases=replace(diseases, score=score, described=described))
    return ranking, world.modes_without.get(case.publication)


def gene_facts(
    world: World,
    ranking: GeneScores,
    stated: Stated | None,
    entrez: int,
    filter_: Filter,
    male: bool,
    setting: Setting,
) -> GeneFacts:
    """What is known of a gene, as `interpretation.rare.candidates` collects it."""
    place = world.genes.number.get(entrez)
    curated = world.curated.get(entrez, frozenset()) if setting.curated else frozenset()
    return GeneFacts(
        confidence=None,
        mode_fits=False,
        loeuf=None if place is None else world.genes.loeuf[place],
        missense_z=None if place is None else world.genes.missense_z[place],
        phenotype_score=ranking.score(entrez),
        phenotype_asked=True,
        disease=None,
        mode_share=mode_share(ranking, world.modes, entrez, filter_, male, stated, curated),
        pli=None if place is None else world.genes.pli[place],
        curated=bool(curated),
    )


def _exomiser(phenotype: float | None, genotype: Genotype) -> float:
    """Exomiser's published combination over its default variant scores; a known pathogenic allele is given the
    posterior 0.99, an unknown one the prior 0.1."""
    scores = [_exomiser_variant(v) for v in genotype.variants]
    posterior = 0.99 if all(v.pathogenic for v in genotype.variants) else 0.1
    linear = -16.650 + 10.044 * (phenotype or 0.0) + 6.491 * sum(scores) / len(scores) + 4.858 * posterior
    return 1 / (1 + exp(-linear))


def _exomiser_variant(variant: VariantFacts) -> float:
    by_name = {"missense_variant": 0.6, "inframe_deletion": 0.85, "splice_region_variant": 0.8}
    score = by_name.get(variant.consequence, 1.0 if variant.impact == "HIGH" else 0.1)
    return score * (1.13533 - 0.13533 * exp(100 * (variant.frequency or 0.0)))


def score_candidates(
    world: World,
    ranking: GeneScores,
    stated: Stated | None,
    case: Solved,
    shown: Sequence[tuple[int, Genotype | None]],
    setting: Setting,
) -> dict[str, NDArray[np.float64]]:
    """Per method the scores of the genes (causal first); -inf for a gene that is no candidate."""
    found = {name: np.full(len(shown), -MISS) for name in ("combined", "phenotype", "genotype", "exomiser")}
    parents = 2 if setting.trio else 0
    for place, (entrez, genotype) in enumerate(shown):
        if genotype is None:
            continue
        for candidate in candidates_of(genotype):
            facts = gene_facts(world, ranking, stated, entrez, candidate.filter, case.male, setting)
            parts = contributions(
                candidate.variants, candidate.filter, candidate.phase_unproven, facts, parents
            )
            total = sum(p.points for p in parts)
            phenotype = sum(p.points for p in parts if p.part == "phenotype")
            for name, value in (
                ("combined", total),
                ("phenotype", facts.phenotype_score or 0.0),
                ("genotype", total - phenotype),
                ("exomiser", _exomiser(facts.phenotype_score, candidate)),
            ):
                found[name][place] = max(found[name][place], value)
    return found


def middle_rank(values: NDArray[np.float64]) -> float:
    """The rank of the first value from 1, the middle of its ties; infinite where it is -inf."""
    if values[0] == -MISS:
        return MISS
    return float(1 + (values > values[0]).sum() + ((values == values[0]).sum() - 1) / 2)


def background(world: World, case: Solved) -> tuple[list[int], list[Genotype]]:
    """The competitors of a case: genes (NCBI ids, in the order drawn) and genotypes; the same every time."""
    drawn = draw_genes(world.genes, np.random.default_rng(case.seed), max(SIZES) + 1)
    drawn = [gene for gene in drawn if world.genes.entrez[gene] != case.entrez][: max(SIZES)]
    random = Random(case.seed)
    cousins = case.genotype.filter is Filter.SIMPLE_RECESSIVE
    homozygous = HOMOZYGOUS_OF_COUSINS if cousins else HOMOZYGOUS
    others = [draw_genotype(world.genes, gene, case.male, homozygous, random) for gene in drawn]
    return [world.genes.entrez[gene] for gene in drawn], others


def shown_genes(
    case: Solved, setting: Setting, drawn: Sequence[int], others: Sequence[Genotype]
) -> list[tuple[int, Genotype | None]]:
    """The causal gene and its competitors as a setting shows them."""
    genotypes: list[Genotype | None] = [case.genotype, *others]
    if setting.trio:
        genotypes = with_parents(case, others, Random(case.seed + 1))
    if not setting.significance:
        genotypes = [g and without_significance(g) for g in genotypes]
    return list(zip([case.entrez, *drawn], genotypes, strict=True))


def judge(
    world: World, cases: Sequence[Solved], settings: Sequence[Setting], spent: Spent
) -> dict[str, Ranks]:
    """The ranks of the causal genes of all cases, by setting."""
    ranks = {setting.name: Ranks() for setting in settings}
    for case in cases:
        drawn, others = background(world, case)
        rankings = {}
        for fair in sorted({setting.fair for setting in settings}):
            begin = time.process_time()
            rankings[fair] = ranked(world, case, fair)
            spent.phenotype.append(time.process_time() - begin)
        for setting in settings:
            shown = shown_genes(case, setting, drawn, others)
            begin = time.process_time()
            scores = score_candidates(world, *rankings[setting.fair], case, shown, setting)
            if not setting.trio:
                spent.combination.append(time.process_time() - begin)
            ranks[setting.name].described.append(rankings[setting.fair][0].score(case.entrez) is not None)
            for method, values in scores.items():
                for size in SIZES:
                    ranks[setting.name].add(method, size, middle_rank(values[: size + 1]))
    return ranks


def open_world(folder: Path, genes: GeneTable, limit: int | None) -> tuple[World, list[Solved]]:
    """The reference data, and the cases."""
    convert(default_sources(), folder, ConversionOptions())
    pack = open_phenotypes(folder)
    cases = read_cases(pack, limit)
    publications = sorted({case.publication for case in cases})
    phenotypes, replaced = leave_out(pack, publications)
    modes = modes_of_diseases(pack)
    without = _modes_without(pack, publications)
    return World(genes, phenotypes, replaced, modes, without, curated_modes(folder, genes)), cases


def curated_modes(folder: Path, genes: GeneTable) -> dict[int, frozenset[ModeOfInheritance]]:
    """Per NCBI gene id ClinGen's modes of inheritance, of moderate or better validity."""
    target = folder / "mechanism"
    target.mkdir()
    mechanism.convert((DATA / "genes" / "clingen_gene_validity.csv.gz",), target, ConversionOptions())
    table = mechanism.open_mechanism(target).filter(
        pl.col("confidence").is_in(["definitive", "strong", "moderate"])
    )
    entrez = dict(zip(genes.symbol, genes.entrez, strict=True))
    found: dict[int, frozenset[ModeOfInheritance]] = {}
    for symbol, mode in table.select("gene", "mode").iter_rows():
        if symbol in entrez and mode not in (ModeOfInheritance.UNKNOWN, ModeOfInheritance.OTHER):
            of_gene = found.get(entrez[symbol], frozenset())
            found[entrez[symbol]] = of_gene | {ModeOfInheritance(mode)}
    return found


def _modes_without(phenotypes: Phenotypes, publications: Sequence[str]) -> dict[str, Stated]:
    """Per publication the modes of the diseases whose inheritance it is cited for, from the other rows."""
    rows = phenotypes.annotations.filter((pl.col("aspect") == "I") & ~pl.col("negated"))
    ids = phenotypes.terms["id"].to_list()
    stated: dict[int, list[tuple[str, set[str]]]] = {}
    cited: dict[str, set[int]] = {}
    wanted = set(publications)
    for disease, term, references in rows.select("disease", "term", "references").iter_rows():
        names = set(references.split(";"))
        stated.setdefault(disease, []).append((ids[term], names))
        for publication in names & wanted:
            cited.setdefault(publication, set()).add(disease)
    return {
        publication: {
            disease: frozenset(
                MODE_OF_TERM[term]
                for term, names in stated[disease]
                if publication not in names and term in MODE_OF_TERM
            )
            for disease in diseases
        }
        for publication, diseases in cited.items()
    }


SETTINGS = (
    Setting("singleton, fair"),
    Setting("singleton, naive", fair=False),
    Setting("singleton, fair, with significance", significance=True),
    Setting("singleton, fair, with ClinGen's curated genes", curated=True),
    Setting("trio, fair", trio=True),
    Setting("trio, fair, with significance", trio=True, significance=True),
)
METHODS = {
    "combined": "genotype + phenotype", "phenotype": "phenotype only", "genotype": "genotype only",
    "exomiser": "Exomiser's formula, our phenotype",
}  # fmt: skip


def share(ranks: Sequence[float], top: int, chosen: Sequence[bool]) -> float:
    """Per cent of the chosen cases whose causal gene ranks within the top."""
    hits = [rank <= top for rank, take in zip(ranks, chosen, strict=True) if take]
    return 100 * sum(hits) / max(len(hits), 1)


def print_setting(setting: Setting, ranks: Ranks, cases: Sequence[Solved]) -> None:
    """Top-1 by number of competitors, on half 1 and on all; top-5 of the combination."""
    halves = {"half 1": [case.half == 1 for case in cases], "all": [True] * len(cases)}
    print(f"\n{setting.name}")
    print(f"{'':42}" + "".join(f"{name + ', ' + str(size):>14}" for name in halves for size in SIZES))
    for method, name in METHODS.items():
        for top in (1, 5) if method == "combined" else (1,):
            cells = [
                share(ranks.by[method, size], top, chosen) for chosen in halves.values() for size in SIZES
            ]
            print(f"{name + f', top-{top}':42}" + "".join(f"{cell:14.1f}" for cell in cells))


def print_limits(ranks: Ranks, cases: Sequence[Solved]) -> None:
    """Where the first setting loses: top-1 on half 1 by what is known of the gene and what the genotype is."""
    described = ranks.described
    groups = {
        "disease described elsewhere": described,
        "disease known from the own paper alone": [not known for known in described],
    }
    for filter_ in dict.fromkeys(case.genotype.filter for case in cases):
        groups[filter_.value] = [case.genotype.filter is filter_ for case in cases]
    groups["one missense variant"] = [
        [v.consequence for v in case.genotype.variants] == ["missense_variant"]
        and case.genotype.filter is Filter.INHERITED_AUTOSOMAL_DOMINANT
        for case in cases
    ]
    print(f"\n{SETTINGS[0].name}, half 1, top-1{'':10}{'cases':>8}" + "".join(f"{size:>8}" for size in SIZES))
    for name, group in groups.items():
        chosen = [take and case.half == 1 for take, case in zip(group, cases, strict=True)]
        cells = [share(ranks.by["combined", size], 1, chosen) for size in SIZES]
        print(f"{name:40}{sum(chosen):>8}" + "".join(f"{cell:8.1f}" for cell in cells))


def _rows(setting: Setting, ranks: Ranks, cases: Sequence[Solved]) -> list[dict[str, object]]:
    reported = [case.half == 1 for case in cases]
    return [
        _row(f"causal gene first among {size} others, {setting.name}, %", f"{sum(reported)} cases, half 1",
             share(ranks.by["combined", size], 1, reported), share(ranks.by["exomiser", size], 1, reported),
             "Exomiser's formula, our phenotype score", AIMS[size] if setting is SETTINGS[0] else None)
        for size in SIZES
    ]  # fmt: skip


def _row(
    what: str, size: str, ours: float, peer: float, peer_name: str, target: float | None
) -> dict[str, object]:
    return {
        "what": what, "size": size, "ours": round(ours, 3), "peer": round(peer, 3), "peer_name": peer_name,
        "ratio": round(ours / peer, 3) if peer else None, "target": target,
        "met": None if target is None else bool(ours >= target),
    }  # fmt: skip


def measure(limit: int | None) -> list[dict[str, object]]:
    """All settings; rows for the last line. With a limit an even sample of the cases and three settings."""
    with tempfile.TemporaryDirectory() as name:
        world, cases = open_world(Path(name), read_genes(DATA), limit)
        ranked(world, cases[0], fair=True)  # compiles
        print(f"{len(cases)} cases with VCF records, {len(world.genes.symbol)} genes to draw from")
        print(f"trio: {' '.join(TRIO_NOTE.split())}")
        rows: list[dict[str, object]] = []
        spent = Spent()
        settings = SETTINGS if limit is None else (SETTINGS[0], SETTINGS[4])
        found = judge(world, cases, settings, spent)
        for setting in settings:
            print_setting(setting, found[setting.name], cases)
            rows += _rows(setting, found[setting.name], cases)
        print_limits(found[settings[0].name], cases)
        ranking, combination = (1000 * float(np.median(ms)) for ms in (spent.phenotype, spent.combination))
        print(
            f"\nper case with {max(SIZES)} competitors (median, CPU): phenotype {ranking:.1f} ms, "
            f"combination of all candidates {combination:.1f} ms"
        )
        rows.append(_row("ms per case, 500 competitors, ranking and combination", f"{len(cases)} cases",
                         ranking + combination, ranking, "the phenotype ranking alone", None))  # fmt: skip
        return rows


def main() -> None:
    run_on_solved_cases(__doc__, DATA / CASES, QUICK_CASES, measure)


if __name__ == "__main__":
    main()
