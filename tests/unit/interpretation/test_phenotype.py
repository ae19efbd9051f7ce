from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phenotype_release import GENES, GENES_HEADER, HPOA_HEADER, TERMS, write_release
from trihelix.interpretation.rare.phenotype import WEIGHTS, explain, make_query, rank_diseases, rank_genes
from trihelix.model.errors import PhenotypeError
from trihelix.reference.pack import ConversionOptions
from trihelix.reference.phenotype_leave_out import leave_out
from trihelix.reference.phenotype_profiles import DAMPING
from trihelix.reference.phenotypes import Phenotypes, convert, open_phenotypes


def open_release(folder: Path, paths: tuple[Path, ...]) -> Phenotypes:
    out = folder / "pack"
    out.mkdir(exist_ok=True)
    convert(paths, out, ConversionOptions())
    return open_phenotypes(out)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Phenotypes:
    folder = tmp_path_factory.mktemp("release")
    return open_release(folder, write_release(folder))


class Oracle:
    """Each measure again in plain Python, from the parents and the stored profile probabilities alone."""

    def __init__(self, pack: Phenotypes) -> None:
        self.pack = pack
        ontology, profiles = pack.ontology, pack.profiles
        self.parents = [
            ontology.parents[a:b].tolist()
            for a, b in zip(ontology.parents_start[:-1], ontology.parents_start[1:], strict=True)
        ]
        self.diseases = range(len(profiles.publications))
        self.described = [d for d in self.diseases if profiles.described[d]]
        self.held: dict[int, dict[int, float]] = {d: {} for d in self.diseases}
        for term in range(len(self.parents)):
            for row in range(profiles.term_start[term], profiles.term_start[term + 1]):
                self.held[int(profiles.term_disease[row])][term] = float(profiles.term_probability[row])

    def steps(self, term: int) -> dict[int, int]:
        """Every ancestor with the fewest steps to it, by breadth-first search."""
        found, edge = {term: 0}, [term]
        while edge:
            edge = [
                p
                for t in edge
                for p in self.parents[t]
                if p not in found and not found.update({p: found[t] + 1})
            ]
        return found

    def gain(self, term: int, disease: int) -> float:
        """ln of the likelihood ratio of a term against the mean over described diseases, 2 % noise mixed in."""
        everywhere = sum(self.held[d].get(term, 0.0) for d in self.diseases) / len(self.described)
        mean = max(everywhere, 0.02 / len(self.described))
        return math.log((0.98 * self.held[disease][term] + 0.02 * mean) / mean)

    def match(self, term: int, disease: int) -> float:
        near = self.steps(term).items()
        return max([0.0] + [DAMPING**k * self.gain(a, disease) for a, k in near if a in self.held[disease]])

    def information(self, term: int) -> float:
        if not self.pack.ontology.phenotypic[term]:
            return 0.0
        having = sum(term in self.held[d] for d in self.diseases)
        return -math.log(min(max(having, 1) / len(self.described), 1.0))

    def weights(self, query: list[int]) -> list[float]:
        def overlap(a: int, b: int) -> float:
            larger = max(self.information(a), self.information(b))
            shared = max([0.0] + [self.information(t) for t in set(self.steps(a)) & set(self.steps(b))])
            return (shared / larger) ** 2 if larger > 0 else 0.0

        return [1 / (1 + sum(overlap(a, b) for b in query if b != a)) for a in query]

    def expected(self, disease: int) -> float:
        """The mean match over all annotations of all diseases, weighted by their probability."""
        profiles = self.pack.profiles
        pairs = list(zip(profiles.annotated_term, profiles.annotated_probability, strict=True))
        whole = sum(float(p) for _, p in pairs)
        return sum(float(p) / whole * self.match(int(t), disease) for t, p in pairs)

    def score(self, query: list[int], disease: int) -> float:
        weights = self.weights(query)
        matched = sum(w * self.match(t, disease) for t, w in zip(query, weights, strict=True))
        spread = WEIGHTS.expectation * sum(weights) * self.expected(disease)
        published = WEIGHTS.publication * math.log1p(int(self.pack.profiles.publications[disease]))
        return WEIGHTS.match * (matched - spread) + published


def assert_agrees(pack: Phenotypes, present: list[str]) -> None:
    oracle = Oracle(pack)
    query = make_query(pack, present)
    scores = rank_diseases(pack, present).score
    assert query.weights == pytest.approx(oracle.weights(query.present.tolist()), abs=1e-5)
    wanted = [oracle.score(query.present.tolist(), d) for d in oracle.diseases]
    assert scores == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize(
    "present",
    [["HP:0001166"], ["HP:0007359", "HP:0002069"], ["HP:0002943", "HP:0001250", "HP:0001166"], list(TERMS)],
)
def test_disease_scores_equal_the_plain_python_oracle(pack: Phenotypes, present: list[str]) -> None:
    assert_agrees(pack, present)


@st.composite
def releases(draw: st.DrawFn) -> tuple[str, str, str, list[str]]:
    """A random ontology below HP:0000118, annotations, genes and a query."""
    number = draw(st.integers(3, 14))
    ids = ["HP:0000118"] + [f"HP:{1000000 + k}" for k in range(number)]
    stanzas = [
        "format-version: 1.2\ndata-version: hp/releases/2025-01-16\n",
        "[Term]\nid: HP:0000118\nname: root\n",
    ]
    for place in range(1, len(ids)):
        parents = draw(st.lists(st.sampled_from(ids[:place]), min_size=1, max_size=2, unique=True))
        stanzas.append(
            f"[Term]\nid: {ids[place]}\nname: t{place}\n" + "".join(f"is_a: {p}\n" for p in parents)
        )
    frequencies = st.sampled_from(["", "1/1", "3/9", "40%", "HP:0040283", "0/5"])
    rows = draw(
        st.lists(st.tuples(st.integers(1, 5), st.sampled_from(ids[1:]), frequencies), min_size=3, max_size=20)
    )
    lines = [HPOA_HEADER, f"OMIM:1\tsyndrome a\t\t{ids[1]}\tPMID:1\tPCS\t\t\t\t\tP\tx"] + [
        f"OMIM:{d}\tsyndrome {'abcde'[d - 1]}\t\t{t}\tPMID:{d}\tPCS\t\t{f}\t\t\tP\tx" for d, t, f in rows
    ]
    genes = [GENES_HEADER] + [
        f"{d}\tG{d}\t{ids[1]}\tx\t-\tOMIM:{d}" for d in sorted({1} | {d for d, _, _ in rows})
    ]
    query = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=5, unique=True))
    return "\n".join(stanzas), "\n".join(lines) + "\n", "\n".join(genes) + "\n", query


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(release=releases())
def test_random_ontologies_agree_with_the_oracle(
    release: tuple[str, str, str, list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("random")
    paths = tuple(folder / name for name in "abc")
    for path, text in zip(paths, release[:3], strict=True):
        path.write_text(text, encoding="utf-8")
    assert_agrees(open_release(folder, paths), release[3])


def test_a_gene_pools_its_diseases_and_one_without_description_has_no_score(pack: Phenotypes) -> None:
    diseases = rank_diseases(pack, ["HP:0007359"]).score
    genes = rank_genes(pack, ["HP:0007359"])
    numbers = [pack.disease_number(one) for one in pack.gene_diseases("SCNX")]
    shared = [diseases[n] - WEIGHTS.sharing * math.log(pack.genes_of_disease[n]) for n in numbers]
    pooled = math.log(sum(math.exp(one) for one in shared))
    assert genes.pooled[pack.gene_number("SCNX")] == pytest.approx(pooled)
    assert genes.best_disease("SCNX") == "OMIM:2"
    assert genes.score("NEWX") is None
    assert genes.best_disease("NEWX") is None
    assert genes.score("NOPE") is None


def test_a_disease_of_two_genes_speaks_less_for_each_than_for_a_gene_of_its_own(tmp_path: Path) -> None:
    paths = write_release(tmp_path)
    genes = next(path for path in paths if path.read_text(encoding="utf-8").startswith(GENES_HEADER))
    alone = rank_genes(open_release(tmp_path, paths), ["HP:0001166"])
    with genes.open("a", encoding="utf-8") as handle:
        handle.write("60\tFBNY\tHP:0000118\tany\t-\tOMIM:1\n")
    (tmp_path / "again").mkdir()
    both = rank_genes(open_release(tmp_path / "again", paths), ["HP:0001166"])
    first, second = (both.phenotypes.gene_number(gene) for gene in ("FBNX", "FBNY"))
    assert both.pooled[first] == both.pooled[second]
    was = alone.pooled[alone.phenotypes.gene_number("FBNX")]
    assert both.pooled[first] == pytest.approx(was - WEIGHTS.sharing * math.log(2))


def test_scores_are_the_evidence_of_a_posterior(pack: Phenotypes) -> None:
    genes = rank_genes(pack, ["HP:0001166", "HP:0002650"])
    known = [symbol for symbol in pack.gene_symbols if genes.score(symbol) is not None]
    assert sum(genes.posterior) == pytest.approx(1.0)
    for symbol in known:
        score = genes.score(symbol)
        posterior = genes.posterior[pack.gene_number(symbol)]
        assert score is not None
        assert math.log(score / (1 - score)) == pytest.approx(math.log(posterior * len(known)))
    assert genes.table()["gene"][0] == "FBNX"
    assert genes.table()["score"].is_sorted(descending=True)
    assert len(genes.table()) == len(known) == len({symbol for _, symbol, _ in GENES}) - 1


def test_without_a_usable_finding_no_gene_has_a_score(pack: Phenotypes) -> None:
    for present in ([], ["HP:0000006"]):
        genes = rank_genes(pack, present)
        assert all(genes.score(symbol) is None for symbol in pack.gene_symbols)
        assert len(genes.table()) == 0


def test_alternative_and_replaced_ids_count_once(pack: Phenotypes) -> None:
    one = rank_genes(pack, ["HP:0001250"])
    same = rank_genes(pack, ["HP:0001303", "HP:0000999", "HP:0001250"])
    assert np.array_equal(one.pooled, same.pooled)


def test_an_excluded_finding_counts_only_where_enough_patients_stand_behind_it(pack: Phenotypes) -> None:
    plain = rank_diseases(pack, ["HP:0002650"])
    against = rank_diseases(pack, ["HP:0002650"], ["HP:0001166", "HP:0007359"])
    changed = {pack.diseases["id"][int(n)] for n in np.flatnonzero(plain.score != against.score)}
    assert changed == {"OMIM:1"}  # 10 of 12 patients; OMIM:2's finding rests on five
    number = pack.disease_number("OMIM:1")
    assert against.exclusion[number] == pytest.approx(math.log(1 - 0.9 * 11 / 16), abs=1e-5)


def test_left_out_publications_change_only_their_diseases(pack: Phenotypes) -> None:
    extended, replaced = leave_out(pack, ["PMID:6"])
    before, after = (
        rank_genes(extended, ["HP:0001251"]),
        rank_genes(extended, ["HP:0001251"], replaced=replaced["PMID:6"]),
    )
    assert np.array_equal(before.pooled, rank_genes(pack, ["HP:0001251"]).pooled)
    changed = {s for s, a, b in zip(pack.gene_symbols, before.pooled, after.pooled, strict=True) if a != b}
    assert changed == {"ATXX"}
    assert after.best_disease("ATXX") == "ORPHA:6"


def test_explanations_name_the_most_informative_shared_term(pack: Phenotypes) -> None:
    found = {m.query_id: m for m in explain(pack, ["HP:0002069", "HP:0002943", "HP:0001166"], "OMIM:2")}
    assert found["HP:0002069"].match_id == "HP:0001250"
    assert found["HP:0002943"].match_id == "HP:0001251"
    assert found["HP:0001166"].match_id is None
    assert found["HP:0001166"].information == 0.0
    oracle = Oracle(pack)
    assert found["HP:0002069"].information == pytest.approx(
        oracle.information(pack.term_number("HP:0001250"))
    )


def test_unknown_terms_and_diseases_are_errors(pack: Phenotypes) -> None:
    with pytest.raises(PhenotypeError) as caught:
        rank_genes(pack, ["HP:7654321"])
    assert caught.value.value == "HP:7654321"
    with pytest.raises(PhenotypeError):
        explain(pack, ["HP:0001250"], "OMIM:999")
