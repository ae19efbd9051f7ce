"""How often the causal gene of a solved case is ranked first, in the first 5 and in the first 10, from HPO terms alone.

Fair: every annotation row that cites the case's own paper is dropped (leave-one-publication-out). Naive: nothing
is dropped, which is circular. The ranker's weights were tuned on half 0 of the diseases (fit_ranking.py) and are
reported on half 1; the first shape of the formula was explored with both in view. Half 1 was
printed several times during development; only diseases never seen give a figure free of that. The gene is ranked among all genes
that have a described disease; a causal gene without one is a miss; ties get the middle rank. A causal gene that was
renamed is found by its HGNC id. What limits the figures is printed below them. The peer in accuracy is
plain Resnik similarity over the same annotations; in speed, the same Resnik written in plain Python, whose
totals must equal those of our kernel.

Run: python benchmarks/ranking.py [--quick] [--json]
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from _machine import run_on_solved_cases
from trihelix.interpretation.rare.phenotype import WEIGHTS, DiseaseScores, make_query, pool_genes, rank_genes
from trihelix.methods.term_matching import add_matches
from trihelix.reference.ontology import Starts
from trihelix.reference.pack import ConversionOptions
from trihelix.reference.phenotype_leave_out import Replacements, leave_out
from trihelix.reference.phenotype_profiles import STEPS, propagate
from trihelix.reference.phenotypes import Phenotypes, convert, default_sources, open_phenotypes

GENES = Path("genes") / "hgnc_complete_set.tsv.gz"
CASES = Path("phenopackets") / "dev.jsonl.gz"
DATA = Path(os.environ.get("TRIHELIX_REAL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
TARGETS = {1: 31.0, 5: 48.0, 10: 54.0}
MISS = float("inf")
QUICK_CASES = 1500
PEER_CASES = 3


@dataclass(frozen=True)
class SolvedCase:
    """What the ranker sees (present, excluded) and, apart from it, what it is judged by."""

    publication: str
    present: tuple[str, ...]
    excluded: tuple[str, ...]
    gene: str | int
    disease: str

    @property
    def half(self) -> int:
        """0: tuned on; 1: reported."""
        return int(hashlib.sha256(self.disease.encode()).hexdigest()[:8], 16) % 2


@dataclass(frozen=True)
class Resnik:
    """Information content by term and disease, from the diseases' own annotations."""

    start: Starts
    disease: NDArray[np.int32]
    information: NDArray[np.float32]


def read_cases(phenotypes: Phenotypes, limit: int | None) -> list[SolvedCase]:
    """Solved cases; with a limit an even sample over the file. Terms newer than the pack are left out."""
    with gzip.open(DATA / CASES, "rt", encoding="utf-8") as handle:
        packets = [json.loads(line) for line in handle]
    step = 1 if limit is None else max(1, len(packets) // limit)
    current = current_gene_ids()
    return [_case(phenotypes, packet, current) for packet in packets[::step]]


def current_gene_ids() -> dict[str, int]:
    """NCBI gene id by HGNC id, for genes that were renamed since the release; empty without the HGNC file."""
    if not (DATA / GENES).exists():
        return {}
    table = pl.read_csv(DATA / GENES, separator="\t", columns=["hgnc_id", "entrez_id"], infer_schema=False)
    return {
        hgnc: int(entrez) for hgnc, entrez in table.drop_nulls().iter_rows() if entrez.strip('"').isdigit()
    }


def _case(phenotypes: Phenotypes, packet: dict, current: dict[str, int]) -> SolvedCase:  # type: ignore[type-arg]
    features = [f for f in packet["phenotypicFeatures"] if phenotypes.term_number(f["type"]["id"]) >= 0]
    diagnosis = packet["interpretations"][0]["diagnosis"]
    variant = diagnosis["genomicInterpretations"][0]["variantInterpretation"]["variationDescriptor"]
    named = variant["geneContext"]
    known = phenotypes.gene_number(named["symbol"]) is not None
    return SolvedCase(
        packet["metaData"]["externalReferences"][0]["id"],
        tuple(f["type"]["id"] for f in features if not f.get("excluded")),
        tuple(f["type"]["id"] for f in features if f.get("excluded")),
        named["symbol"] if known else current.get(named["valueId"], named["symbol"]),
        diagnosis["disease"]["id"],
    )


def middle_rank(values: NDArray[np.float64], gene: int | None, known: bool) -> float:
    """Rank of the gene from 1, the middle of its ties; infinite where it has no score."""
    if gene is None or not known:
        return MISS
    return float(1 + (values > values[gene]).sum() + ((values == values[gene]).sum() - 1) / 2)


def resnik_index(phenotypes: Phenotypes) -> Resnik:
    """The terms of each disease's own annotations and their ancestors."""
    profiles = phenotypes.profiles
    owner = np.repeat(
        np.arange(len(profiles.publications), dtype=np.int32), np.diff(profiles.annotated_start)
    )
    own = pl.DataFrame(
        {
            "disease": owner,
            "term": profiles.annotated_term,
            "probability": profiles.annotated_probability,
            "cases": profiles.annotated_cases,
        }
    )
    carried = propagate(own, phenotypes.ontology)
    term = carried["term"].to_numpy()
    start = np.searchsorted(term, np.arange(len(phenotypes.ontology.codes) + 1)).astype(np.int64)
    return Resnik(start, carried["disease"].to_numpy().astype(np.int32), profiles.common.information[term])


def resnik_scores(phenotypes: Phenotypes, index: Resnik, present: tuple[str, ...]) -> DiseaseScores:
    """Per disease the sum over the findings of the information of the most informative shared ancestor."""
    ontology, profiles = phenotypes.ontology, phenotypes.profiles
    query = make_query(phenotypes, present).present
    total = np.zeros(len(profiles.publications), np.float32)
    nothing = np.zeros_like(total)
    add_matches(
        query, np.ones(len(query)), ontology.ancestors_start, ontology.ancestors, ontology.steps,
        np.ones(STEPS, np.float32), index.start, index.disease, index.information, nothing.copy(), total,
    )  # fmt: skip
    return DiseaseScores(total.astype(np.float64), total, nothing, nothing, nothing, profiles.described)


def plain_resnik(
    closures: list[set[int]], ancestors: list[set[int]], information: list[float], query: list[int]
) -> list[float]:
    """The same in plain Python: the peer in speed."""
    return [
        sum(max((information[t] for t in ancestors[term] & closure), default=0.0) for term in query)
        for closure in closures
    ]


def judge(
    phenotypes: Phenotypes, replaced: Replacements, index: Resnik, cases: list[SolvedCase]
) -> dict[str, list[float]]:
    """Ranks of the causal genes: ours fair, ours naive, Resnik fair; and milliseconds per case of ours."""
    found: dict[str, list[float]] = {"fair": [], "naive": [], "resnik": [], "ms": [], "posterior": []}
    for case in cases:
        gene = phenotypes.gene_number(case.gene)
        swap = replaced.get(case.publication, {})
        begin = time.perf_counter()
        ours = rank_genes(phenotypes, case.present, case.excluded, replaced=swap)
        found["ms"].append(1000 * (time.perf_counter() - begin))
        naive = pool_genes(phenotypes, ours.diseases, bool(case.present), {}, WEIGHTS.sharing)
        peer = pool_genes(
            phenotypes, resnik_scores(phenotypes, index, case.present), bool(case.present), swap
        )
        # A plain maximum over the gene's diseases, as is usual with Resnik.
        best = np.where(peer.best >= 0, _scores_of(peer.diseases.score, swap, peer.best), -np.inf)
        found["fair"].append(middle_rank(ours.pooled, gene, gene is not None and ours.best[gene] >= 0))
        found["naive"].append(middle_rank(naive.pooled, gene, gene is not None and naive.best[gene] >= 0))
        found["resnik"].append(middle_rank(best, gene, gene is not None and peer.best[gene] >= 0))
        found["posterior"].append(float(ours.posterior.max()))
    return found


def _scores_of(
    score: NDArray[np.float64], swap: dict[int, int], best: NDArray[np.int32]
) -> NDArray[np.float64]:
    place = np.arange(len(score))
    place[list(swap)] = list(swap.values())
    values: NDArray[np.float64] = score[place][best]
    return values


def share(ranks: list[float], top: int, chosen: list[bool]) -> float:
    """Percentage of the chosen cases whose rank is at most `top`."""
    hits = [rank <= top for rank, take in zip(ranks, chosen, strict=True) if take]
    return 100 * sum(hits) / max(len(hits), 1)


def still_described(phenotypes: Phenotypes, replaced: Replacements, case: SolvedCase) -> bool:
    """Is the case's disease described by anything but the case's own paper?"""
    if case.disease not in set(phenotypes.gene_diseases(case.gene)):
        return False
    number = phenotypes.disease_number(case.disease)
    return bool(phenotypes.profiles.described[replaced.get(case.publication, {}).get(number, number)])


def accuracy_rows(
    phenotypes: Phenotypes, replaced: Replacements, cases: list[SolvedCase], found: dict[str, list[float]]
) -> list[dict[str, object]]:
    """One row per top-k on half 1, with Resnik beside it; prints the whole table."""
    subsets = {
        "half 1 (reported)": [case.half == 1 for case in cases],
        "half 0 (tuned on)": [case.half == 0 for case in cases],
    }
    known = [still_described(phenotypes, replaced, case) for case in cases]
    subsets["half 1, disease known from other papers"] = [
        a and case.half == 1 for a, case in zip(known, cases, strict=True)
    ]
    print(f"{'cases':42}{'':8}{'n':>6}{'top-1':>8}{'top-5':>8}{'top-10':>8}")
    for name, chosen in subsets.items():
        for how in ("fair", "naive", "resnik"):
            shares = "".join(f"{share(found[how], top, chosen):8.1f}" for top in TARGETS)
            print(f"{name:42}{how:8}{sum(chosen):6d}{shares}")
    reported = subsets["half 1 (reported)"]
    print_limits(phenotypes, replaced, cases, found["fair"])
    described = [rank < MISS for rank in found["fair"]]
    posterior = float(np.mean(np.array(found["posterior"])[described]))
    right = share(found["fair"], 1, described) / 100
    print(f"where the gene is described: mean posterior of the first gene {posterior:.3f}, right {right:.3f}")
    return [
        _row(f"fair gene top-{top}, %", f"{sum(reported)} cases, half 1", share(found["fair"], top, reported),
             share(found["resnik"], top, reported), "Resnik, same annotations, also fair", target)
        for top, target in TARGETS.items()
    ] + [
        _row("naive (circular) gene top-10, %", f"{sum(reported)} cases, half 1", share(found["naive"], 10, reported),
             share(found["fair"], 10, reported), "the same, fair", None)
    ]  # fmt: skip


def knowledge_left(phenotypes: Phenotypes, replaced: Replacements, case: SolvedCase) -> str:
    """What the pack still knows of the causal gene once the case's paper is left out."""
    swap = replaced.get(case.publication, {})
    numbers = [phenotypes.disease_number(one) for one in phenotypes.gene_diseases(case.gene)]
    if not numbers:
        return "gene without any disease in the release"
    if not any(phenotypes.profiles.described[swap.get(number, number)] for number in numbers):
        return "no annotation of the gene left"
    if not still_described(phenotypes, replaced, case):
        return "only other diseases of the gene described"
    cut = any(number in swap for number in numbers)
    return "disease described, less the case's paper" if cut else "disease described, paper never cited"


def print_limits(
    phenotypes: Phenotypes, replaced: Replacements, cases: list[SolvedCase], ranks: list[float]
) -> None:
    """The share of each kind of case on the reported half, and how the ranker does on it."""
    kinds = [knowledge_left(phenotypes, replaced, case) for case in cases]
    number = sum(case.half == 1 for case in cases)
    print(f"{'what limits it, half 1':42}{'share':>8}{'n':>6}{'top-1':>8}{'top-5':>8}{'top-10':>8}")
    for kind in sorted(set(kinds)):
        chosen = [one == kind and case.half == 1 for one, case in zip(kinds, cases, strict=True)]
        shares = "".join(f"{share(ranks, top, chosen):8.1f}" for top in TARGETS)
        print(f"{kind:42}{100 * sum(chosen) / max(number, 1):7.1f}%{sum(chosen):6d}{shares}")


def _row(
    what: str, size: str, ours: float, peer: float, peer_name: str, target: float | None
) -> dict[str, object]:
    return {
        "what": what, "size": size, "ours": round(ours, 3), "peer": round(peer, 3), "peer_name": peer_name,
        "ratio": round(ours / peer, 3) if peer else None, "target": target,
        "met": None if target is None else bool(ours >= target),
    }  # fmt: skip


def speed_row(
    phenotypes: Phenotypes, index: Resnik, cases: list[SolvedCase], ms: list[float]
) -> dict[str, object]:
    """Milliseconds per case beside plain Python Resnik, after checking that its totals equal the kernel's."""
    ontology = phenotypes.ontology
    information = phenotypes.profiles.common.information.tolist()
    ancestors = [set(ontology.ancestors_of(term).tolist()) for term in range(len(ontology.codes))]
    closures: list[set[int]] = [set() for _ in phenotypes.profiles.publications]
    owner = np.repeat(np.arange(len(index.start) - 1), np.diff(index.start))
    for term, disease in zip(owner.tolist(), index.disease.tolist(), strict=True):
        closures[disease].add(term)
    spent = 0.0
    for case in cases[:PEER_CASES]:
        query = make_query(phenotypes, case.present).present.tolist()
        begin = time.perf_counter()
        plain = plain_resnik(closures, ancestors, information, query)
        spent += 1000 * (time.perf_counter() - begin)
        if not np.allclose(plain, resnik_scores(phenotypes, index, case.present).score, atol=1e-3):
            raise SystemExit("our kernel and plain Python Resnik disagree")
    median = float(np.median(ms))
    row = _row("ms per case, loaded (median)", f"{len(phenotypes.profiles.publications)} diseases", median,
               spent / PEER_CASES, "Resnik in plain Python, equal totals", 10.0)  # fmt: skip
    row["ratio"] = round(spent / PEER_CASES / median, 1)
    row["met"] = median <= 10.0
    return row


def main() -> None:
    run_on_solved_cases(__doc__, DATA / CASES, QUICK_CASES, measure)


def measure(limit: int | None) -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        convert(default_sources(), folder, ConversionOptions())
        begin = time.perf_counter()
        pack = open_phenotypes(folder)
        print(f"HPO {pack.release}, opened in {1000 * (time.perf_counter() - begin):.1f} ms")
        cases = read_cases(pack, limit)
        print(f"{len(cases)} cases, {len(Counter(case.disease for case in cases))} diseases")
        phenotypes, replaced = leave_out(pack, sorted({case.publication for case in cases}))
        rank_genes(phenotypes, cases[0].present)  # compiles
        index = resnik_index(phenotypes)
        found = judge(phenotypes, replaced, index, cases)
        rows = accuracy_rows(phenotypes, replaced, cases, found)
        plain_ms = [_milliseconds(pack, case) for case in cases[:200]]
        rows.append(speed_row(pack, resnik_index(pack), cases, plain_ms))
        for row in rows:
            print(row)
        return rows


def _milliseconds(pack: Phenotypes, case: SolvedCase) -> float:
    begin = time.perf_counter()
    rank_genes(pack, case.present, case.excluded)
    return 1000 * (time.perf_counter() - begin)


if __name__ == "__main__":
    main()
