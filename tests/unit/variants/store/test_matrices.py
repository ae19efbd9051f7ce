"""Genotype matrices add up to the allele counts, whoever is asked for and however the cohort came in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.model.errors import NoVariantsError
from trihelix.model.family import Affection, Family, Member, Sex
from trihelix.variants.store.answers.allele_counts import allele_counts
from trihelix.variants.store.answers.matrices import blocks_of, copies_at, genotype_matrix, matrix_samples
from trihelix.variants.store.batches import View
from trihelix.variants.store.cohorts import Cohort, cohort_of_ids
from trihelix.variants.store.commit import Snapshot, open_store
from trihelix.variants.store.commits.tombstones import tombstone
from trihelix.variants.store.ingest import IngestRequest, ingest
from trihelix.variants.store.regions import Region, everywhere
from trihelix.variants.store.samples import AbsentIs
from vcf_builder import vcf_text

CONTIGS = {"chr1": 1000, "chrX": 156_040_895, "chrY": 57_227_415, "chrM": 16_569}
OUTSIDE = 50_000_000  # of the pseudoautosomal regions of X
SEXES = (Sex.MALE, Sex.FEMALE, Sex.UNKNOWN)


def view_of(root: Path) -> View:
    store = open_store(root)
    return View(store, Snapshot(root, store.snapshot()))


def put(
    root: Path, name: str, people: Sequence[str], rows: Sequence[str], absent: AbsentIs, sexes: bool = True
) -> None:
    """One batch from one VCF, sexes declared in turn."""
    path = root.with_name(f"{name}.vcf")
    path.write_text(vcf_text(rows, people, CONTIGS))
    members = tuple(Member(s, SEXES[i % 3], Affection.UNAFFECTED) for i, s in enumerate(people))
    families = (Family(name, members),) if sexes else ()
    ingest(root, [path], IngestRequest(name, families, absent, assembly="GRCh38"), lambda _what, _share: None)


def row(contig: str, pos: int, calls: Sequence[str], alt: str = "G") -> str:
    return f"{contig} {pos} . A {alt} 50 PASS . GT {' '.join(calls)}"


def test_copies_of_every_kind_of_call(tmp_path: Path) -> None:
    """In turn: a man, a woman, somebody of unknown sex; missing, half calls and calls of one allele."""
    people = ["m", "w", "u", "m2"]
    rows = [
        row("chr1", 10, ["0/1", "1/1", "./.", "0/0"]),
        row("chr1", 20, ["./1", "1", "0/1", "./0"]),
        row("chr1", 30, ["1/2", "2/2", "0/2", "0/0"], "G,T"),
        row("chrX", OUTSIDE, ["1/1", "0/1", "1/1", "0/1"]),
        row("chrY", 20_000_000, ["1", "0/1", "0/1", "0"]),
        row("chrM", 50, ["0/1", "1/1", "0/0", "1"]),
    ]
    put(tmp_path / "store", "one", people, rows, AbsentIs.UNKNOWN)
    view = view_of(tmp_path / "store")
    found = [genotype_matrix(view, view.everyone, everywhere(c)) for c in ("chr1", "chrX", "chrY", "chrM")]
    assert found[0].samples["sample"].to_list() == people
    assert [m.copies.tolist() for m in found] == [
        [[1, 2, -1, 0], [1, 1, 1, -1], [1, 0, 0, 0], [1, 2, 1, 0]],
        [[1, 1, 2, -1]],
        [[1, -1, 1, 0]],
        [[1, 1, 0, 1]],
    ]


CALLS = st.sampled_from(["0/0", "0/1", "1/1", "./.", "1", "0", "./1", "0|1"])


@st.composite
def two_batches(draw: st.DrawFn) -> tuple[list[list[str]], list[list[str]], AbsentIs, list[bool]]:
    """Calls (row, sample) of two batches of 3 and 4 people at drawn places, and who is asked for."""
    drawn = []
    for people in (3, 4):
        places = draw(
            st.lists(st.tuples(st.sampled_from(sorted(CONTIGS)), st.integers(1, 6)), unique=True, min_size=1)
        )
        order = list(CONTIGS)
        rows = [
            row(c, p * 100 + (OUTSIDE if c in ("chrX", "chrY") else 0), [draw(CALLS) for _ in range(people)])
            for c, p in sorted(places, key=lambda at: (order.index(at[0]), at[1]))
        ]
        drawn.append(rows)
    chosen = draw(st.lists(st.booleans(), min_size=7, max_size=7).filter(any))
    return drawn[0], drawn[1], draw(st.sampled_from([AbsentIs.UNKNOWN, AbsentIs.REFERENCE])), chosen


@settings(max_examples=25, deadline=None)
@given(two_batches())
def test_rows_add_up_to_allele_counts(
    tmp_path_factory: pytest.TempPathFactory, drawn: tuple[list[str], list[str], AbsentIs, list[bool]]
) -> None:
    first, second, absent, chosen = drawn
    root = tmp_path_factory.mktemp("drawn") / "store"
    try:
        put(root, "one", ["a0", "a1", "a2"], first, absent)
        put(root, "two", ["b0", "b1", "b2", "b3"], second, AbsentIs.UNKNOWN)
    except NoVariantsError:
        return  # nobody carries anything in one of the files
    view = view_of(root)
    ids = [s for s, is_in in zip(["a0", "a1", "a2", "b0", "b1", "b2", "b3"], chosen, strict=True) if is_in]
    cohort = cohort_of_ids(ids, view.samples, "drawn")
    for region in view.regions(None):
        check_sums(view, cohort, region)


def check_sums(view: View, cohort: Cohort, region: Region) -> None:
    counts = allele_counts(view, cohort, [region])
    made = genotype_matrix(view, cohort, region)
    assert made.sites.equals(counts.select(made.sites.columns))
    assert np.maximum(made.copies, 0).sum(axis=1).tolist() == counts["ac"].to_list()
    called = (made.copies >= 0).sum(axis=1)
    assert ((called > 0) == (counts["an"].to_numpy() > 0)).all()
    if region.contig == "1":
        ones = (counts["an"] <= 2 * pl.Series(called)).to_numpy()
        assert ones.all()


def test_files_that_do_not_mention_a_row_are_unknown_there(tmp_path: Path) -> None:
    root = tmp_path / "store"
    paths = []
    for sample, pos in (("a", 10), ("b", 20)):
        path = tmp_path / f"{sample}.vcf"
        path.write_text(vcf_text([row("chr1", pos, ["0/1"])], [sample], CONTIGS))
        paths.append(path)
    ingest(root, paths, IngestRequest("both", absent_is=AbsentIs.UNKNOWN), lambda _what, _share: None)
    view = view_of(root)
    assert genotype_matrix(view, view.everyone, everywhere("chr1")).copies.tolist() == [[1, -1], [-1, 1]]


def test_withdrawn_people_have_no_column(tmp_path: Path) -> None:
    root = tmp_path / "store"
    rows = [row("chr1", 10, ["0/1", "0/0", "1/1"]), row("chr1", 20, ["0/1", "0/0", "0/0"])]
    put(root, "one", ["a", "b", "c"], rows, AbsentIs.UNKNOWN)
    tombstone(open_store(root), ["a"])
    view = view_of(root)
    made = genotype_matrix(view, view.everyone, everywhere("chr1"))
    assert made.samples["sample"].to_list() == ["b", "c"]
    assert made.sites["pos"].to_list() == [10]
    assert made.copies.tolist() == [[0, 2]]


def test_planes_and_lists_of_many_people(tmp_path: Path) -> None:
    """More than 64 people, rows from private to nearly fixed, in blocks smaller than the whole."""
    rng = np.random.default_rng(3)
    people = [f"p{i:03d}" for i in range(150)]
    shares = np.array([0.005, 0.05, 0.3, 0.97])
    copies = (rng.random((40, 150, 2)) < shares[np.arange(40) % 4][:, None, None]).sum(axis=2).astype(np.int8)
    copies[rng.random(copies.shape) < 0.1] = -1
    words = {0: "0/0", 1: "0/1", 2: "1/1", -1: "./."}
    rows = [row("chr1", 10 + i, [words[int(c)] for c in one]) for i, one in enumerate(copies)]
    put(tmp_path / "store", "one", people, rows, AbsentIs.UNKNOWN)
    view = view_of(tmp_path / "store")
    some = cohort_of_ids(people[10:140:3], view.samples, "some")
    sites = genotype_matrix(view, some, everywhere("chr1")).sites
    expected = copies[sites["pos"].to_numpy() - 10][:, 10:140:3]
    assert (copies_at(view, some, sites) == expected).all()
    assert matrix_samples(view, some)["sample"].to_list() == people[10:140:3]
    chosen = sites[::3]
    blocks = list(blocks_of(view, some, chosen, cells=200))
    assert len(blocks) > 2
    assert (np.concatenate(blocks) == expected[::3]).all()
