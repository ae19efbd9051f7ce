"""A withdrawal: gone from every answer at once, never ingested again, and after a purge nowhere in the bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import assert_refused
from small_home import trihelix
from store_world import LENGTHS, Drawn, StoreBench, carried, counted, counts_by_bcftools, draw, table

from trihelix.model.errors import SampleMismatchError
from trihelix.variants.store.commit import open_store
from vcf_builder import vcf_text

PRIVATE = "GATTACAGATTACAGATTACA"  # an allele that nobody else has
LEAVING = "participant-who-leaves"
STAYING = tuple(f"S{i:02d}" for i in range(15))
SAMPLES = (*STAYING[:6], LEAVING, *STAYING[6:])


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    drawn = draw(SAMPLES)
    private = {s: "0/1" if s == LEAVING else "0/0" for s in SAMPLES}
    return Drawn(SAMPLES, {**drawn.calls, ("chrX", 49_950, "G", PRIVATE): private})


@pytest.fixture
def bench(drawn: Drawn, tmp_path: Path) -> StoreBench:
    """A store of two batches, the leaving person in the first."""
    bench = StoreBench(tmp_path)
    bench.ingest(bench.vcf("first.vcf.gz", drawn.of(SAMPLES[:8])))
    bench.ingest(bench.vcf("second.vcf.gz", drawn.of(SAMPLES[8:])))
    return bench


def answers(bench: StoreBench) -> list[object]:
    """What the store says in all its ways, in an order that batches do not change."""
    people = [row.items() - {("batch", row["batch"])} for row in table(bench.run("samples", "--list"))]
    counts = [
        (r["sample"], r["het"], r["hom"], r["missing"]) for r in table(bench.run("samples", "--counts"))
    ]
    return [
        counted(bench.run("counts")),
        carried(bench.run("carriers")),
        sorted(map(sorted, people)),
        sorted(counts),
        counted(bench.run("counts", "--cohort", bench.folder / "some.txt")),
        bench.run("counts", "--cohort", bench.folder / "some.txt", "--json").json["cohort"],
    ]


def bytes_of(bench: StoreBench) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in bench.store.rglob("*") if p.is_file()}


def test_withdrawn_people_are_in_no_answer_and_then_in_no_byte(
    bench: StoreBench, drawn: Drawn, tmp_path: Path
) -> None:
    bench.ids("some.txt", "S02", LEAVING, "S11")
    before = counted(bench.run("counts"))
    assert ("chrX", 49_950, "G", PRIVATE) in before
    leaving = bench.ids("leaving.txt", LEAVING)
    done = bench.run("samples", "--withdraw", leaving, "--yes")
    assert done.code == 0, done.err
    assert "1 sample withdrawn" in done.out
    assert "compact --purge" in done.out
    at_once = answers(bench)
    vcf = bench.vcf("staying.vcf.gz", drawn.of(STAYING))
    expected = counts_by_bcftools(vcf, STAYING)
    found = at_once[0]
    assert isinstance(found, dict)
    assert {a: of for a, of in found.items() if of[0]} == {a: of for a, of in expected.items() if of[0]}
    assert LEAVING not in str(at_once)
    assert PRIVATE not in str(at_once)
    assert any(LEAVING.encode() in data for data in bytes_of(bench).values())
    done = bench.run("compact", "--purge")
    assert done.code == 0, done.err
    assert "The bytes of 1 withdrawn sample are gone." in done.out
    assert answers(bench) == at_once
    for path, data in bytes_of(bench).items():
        assert LEAVING.encode() not in data, path
        assert PRIVATE.encode() not in data, path
    store = open_store(bench.store)
    store.verify(store.snapshot(), deep=True)


def test_a_purge_reaches_what_lies_packed(bench: StoreBench) -> None:
    """Names and alleles stand compressed in Parquet: read every text column of every file that is left."""
    import pyarrow.parquet as pq

    bench.run("samples", "--withdraw", bench.ids("leaving.txt", LEAVING), "--yes")

    def texts() -> str:
        tables = [pq.ParquetFile(path).read() for path in bench.store.rglob("*.parquet")]
        return "".join(
            str(t.column(n).to_pylist())
            for t in tables
            for n in t.column_names
            if n in ("sample", "ref", "alt")
        )

    assert LEAVING in texts()
    assert PRIVATE in texts()
    bench.run("compact", "--purge")
    assert "S03" in texts()
    assert LEAVING not in texts()
    assert PRIVATE not in texts()


def test_withdrawn_people_cannot_come_back(bench: StoreBench, tmp_path: Path) -> None:
    bench.run("samples", "--withdraw", bench.ids("leaving.txt", LEAVING), "--yes")
    again = bench.vcf("again.vcf", vcf_text(["chr1 77 . A G 50 PASS . GT 0/1"], [LEAVING], LENGTHS))
    for purged in (False, True):
        if purged:
            assert bench.run("compact", "--purge").code == 0
        before = bytes_of(bench)
        outcome = bench.run("ingest", again)
        assert_refused(outcome, SampleMismatchError, ("was withdrawn", LEAVING))
        assert bytes_of(bench) == before
        lost = bench.run("carriers", "--sample", LEAVING)
        assert_refused(lost, SampleMismatchError, ("withdrawn",))


def test_withdrawing_asks_first(bench: StoreBench) -> None:
    leaving = bench.ids("leaving.txt", LEAVING)
    refused = bench.run("samples", "--withdraw", leaving)
    assert refused.code == 2
    assert "--yes" in refused.err
    assert open_store(bench.store).snapshot().tombstones == frozenset()


def test_a_typing_error_withdraws_nobody(bench: StoreBench) -> None:
    outcome = bench.run("samples", "--withdraw", bench.ids("leaving.txt", LEAVING, "S99"), "--yes")
    assert_refused(outcome, SampleMismatchError, ("S99",))
    assert open_store(bench.store).snapshot().tombstones == frozenset()


def test_withdrawing_twice_says_so(bench: StoreBench) -> None:
    leaving = bench.ids("leaving.txt", LEAVING)
    bench.run("samples", "--withdraw", leaving, "--yes")
    again = bench.run("samples", "--withdraw", leaving, "--yes")
    assert again.code == 0
    assert "had been withdrawn before" in again.out


def test_when_everyone_has_gone_nothing_is_answered(bench: StoreBench) -> None:
    bench.run("samples", "--withdraw", bench.ids("all.txt", *SAMPLES), "--yes")
    assert_refused(bench.run("counts"), SampleMismatchError, ("no sample is left",))
    listed = bench.run("samples", "--json").json
    assert sum(row[listed["columns"].index("samples")] for row in listed["rows"]) == 0
    done = bench.run("compact", "--purge")
    assert done.code == 0, done.err
    assert "the store is empty now" in done.out
    assert bench.run("samples", "--json").json["rows"] == []
    assert not any(LEAVING.encode() in data for data in bytes_of(bench).values())


def test_a_store_without_a_folder_is_told(tmp_path: Path) -> None:
    assert trihelix("compact", "--store", tmp_path / "none").code == 19
