"""Differences of significance packs equal those of two dictionaries."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pack_builder import SAME_HASH, Allele, comparable, scratch, significance_pack

from trihelix.model.difference import Difference, DifferenceKind, VariantKey
from trihelix.reference.differences.significance import COMPARED, differences, severity

K = DifferenceKind
Facts = tuple[str, int, list[str], list[str]]
WORDS = ("Pathogenic", "Likely_pathogenic", "Uncertain_significance", "Benign", "drug_response")
TEXTS = st.lists(st.sampled_from(["", "a", "b", "ab", "Störung"]), max_size=3)
PLACES = st.one_of(
    st.tuples(
        st.sampled_from(["1", "X"]), st.integers(1, 9), st.just("A"), st.sampled_from(["C", "CT" * 8, "N"])
    ),
    st.sampled_from(SAME_HASH),
)
FIELDS: tuple[st.SearchStrategy[Any], ...] = (st.sampled_from(WORDS), st.integers(0, 4), TEXTS, TEXTS)
Tables = tuple[dict[Allele, Facts], dict[Allele, Facts]]


@st.composite
def two_tables(draw: st.DrawFn) -> Tables:
    """Two versions of a table: an allele stays, changes in one field or in all, goes, or comes."""
    old: dict[Allele, Any] = {}
    new: dict[Allele, Any] = {}
    for place in draw(st.lists(PLACES, unique=True, max_size=8)):
        facts = draw(st.tuples(*FIELDS))
        fate = draw(st.sampled_from(["stays", "goes", "comes", "all", 0, 1, 2, 3]))
        if fate != "comes":
            old[place] = facts
        if fate == "all":
            new[place] = draw(st.tuples(*FIELDS))
        elif isinstance(fate, int):
            new[place] = (*facts[:fate], draw(FIELDS[fate]), *facts[fate + 1 :])
        elif fate != "goes":
            new[place] = facts
    return old, new


def diff(folder: Path, a: dict[Allele, Facts], b: dict[Allele, Facts]) -> list[Difference]:
    """Differences of two packs; the folder may serve several times."""
    number = len(list(folder.iterdir()))
    packs = [significance_pack(folder / f"{number}-{side}", t) for side, t in (("a", a), ("b", b))]
    return list(differences(*packs))


def as_facts(facts: Facts) -> dict[str, Any]:
    word, stars, conditions, genes = facts
    return dict(
        zip(COMPARED, (word, stars, tuple(conditions), tuple(genes), "athogenic" in word), strict=True)
    )


def applied(table: dict[Allele, Facts], found: list[Difference]) -> dict[Allele, dict[str, Any]]:
    """The table after the differences; each old fact must be what the table says."""
    state = {allele: as_facts(facts) for allele, facts in table.items()}
    for d in found:
        assert d.variant is not None
        allele = (d.variant.contig, d.variant.pos, d.variant.ref, d.variant.alt)
        if d.kind == K.VARIANT_ADDED:
            assert allele not in state
            assert d.new is not None
            state[allele] = dict(d.new)
        elif d.kind == K.VARIANT_REMOVED:
            assert state.pop(allele) == d.old
        else:
            assert d.old is not None
            assert d.new is not None
            assert d.old.keys() == d.new.keys()
            assert {fact: state[allele][fact] for fact in d.old} == d.old
            state[allele].update(d.new)
    return state


@settings(max_examples=80, deadline=None)
@given(two_tables())
def test_applied_to_the_old_table_they_give_the_new_one(tables: Tables) -> None:
    a, b = tables
    with scratch() as folder:
        old, new = (significance_pack(folder / name, table) for name, table in (("old", a), ("new", b)))
        found = list(differences(old, new))
        assert applied(a, found) == {allele: as_facts(facts) for allele, facts in b.items()}
        assert comparable(differences(new, old)) == comparable(d.reversed() for d in found)


@settings(max_examples=30, deadline=None)
@given(two_tables())
def test_the_order_of_the_source_does_not_matter(tables: Tables) -> None:
    with scratch() as folder:
        assert diff(folder, tables[0], dict(reversed(tables[0].items()))) == []


@settings(max_examples=80, deadline=None)
@given(two_tables())
def test_counts_are_those_of_two_dictionaries(tables: Tables) -> None:
    a, b = tables
    expected = Counter(
        {K.VARIANT_ADDED: len(b.keys() - a.keys()), K.VARIANT_REMOVED: len(a.keys() - b.keys())}
    )
    rank = {"Benign": 0, "Uncertain_significance": 1, "Likely_pathogenic": 2, "Pathogenic": 3}
    for old, new in ((a[k], b[k]) for k in a.keys() & b.keys()):
        if old[0] != new[0]:
            ordered = old[0] in rank and new[0] in rank
            up = K.VARIANT_UPGRADED if ordered and rank[new[0]] > rank[old[0]] else K.VARIANT_DOWNGRADED
            expected[up if ordered else K.VARIANT_RECLASSIFIED] += 1
        expected[K.STARS_CHANGED] += old[1] != new[1]
        expected[K.CONDITIONS_CHANGED] += old[2] != new[2]
        expected[K.VARIANT_GENES_CHANGED] += old[3] != new[3]
    with scratch() as folder:
        assert Counter(d.kind for d in diff(folder, a, b)) == +expected


@pytest.mark.parametrize(
    ("classification", "expected"),
    [
        ("Benign", 0.0),
        ("Benign/Likely_benign", 0.5),
        ("Likely benign", 1.0),
        ("Uncertain_significance/Uncertain_risk_allele", 2.0),
        ("Conflicting_classifications_of_pathogenicity|risk_factor", 2.0),
        ("Conflicting_interpretations_of_pathogenicity", 2.0),
        ("Likely_pathogenic,_low_penetrance", 3.0),
        ("Pathogenic/Likely_pathogenic", 3.5),
        ("Pathogenic|drug_response", 4.0),
        ("drug_response", None),
        ("not_provided", None),
        ("Likely_risk_allele", None),
    ],
)
def test_severity(classification: str, expected: float | None) -> None:
    assert severity(classification) == expected


@pytest.mark.parametrize(
    ("old", "new", "kind", "crossed"),
    [
        (("Uncertain_significance", 2), ("Likely_pathogenic", 2), K.VARIANT_UPGRADED, ("pathogenic",)),
        (("Likely_pathogenic", 2), ("Pathogenic", 2), K.VARIANT_UPGRADED, ()),
        (("Pathogenic", 2), ("Benign", 2), K.VARIANT_DOWNGRADED, ("pathogenic",)),
        (("Pathogenic", 1), ("Pathogenic", 2), K.STARS_CHANGED, ("two_stars",)),
        (("Pathogenic", 3), ("Pathogenic", 1), K.STARS_CHANGED, ("two_stars",)),
        (("Pathogenic", 2), ("Pathogenic", 4), K.STARS_CHANGED, ()),
        (None, ("Pathogenic", 2), K.VARIANT_ADDED, ("pathogenic", "two_stars")),
        (("Uncertain_significance", 1), None, K.VARIANT_REMOVED, ()),
    ],
)
def test_lines_that_are_crossed(
    tmp_path: Path,
    old: tuple[str, int] | None,
    new: tuple[str, int] | None,
    kind: DifferenceKind,
    crossed: tuple[str, ...],
) -> None:
    place = ("7", 100, "A", "G")
    tables = [{} if t is None else {place: (*t, ["Epilepsy"], ["SCNX"])} for t in (old, new)]
    (found,) = diff(tmp_path, *tables)  # type: ignore[arg-type]
    assert (found.kind, found.crossed, found.variant) == (kind, crossed, VariantKey(*place))
    assert found.gene is not None
    assert found.gene.symbols == ("SCNX",)
