"""Genomes brought into a store, counted, looked for, compacted: the answers are those of bcftools."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from store_world import (
    LENGTHS,
    Drawn,
    StoreBench,
    carried,
    carriers_by_bcftools,
    counted,
    counts_by_bcftools,
    draw,
    table,
)

from vcf_builder import vcf_text

SAMPLES = tuple(f"S{i:02d}" for i in range(24))


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw(SAMPLES)


@pytest.fixture(scope="module")
def world(drawn: Drawn, tmp_path_factory: pytest.TempPathFactory) -> tuple[StoreBench, Path]:
    """A store with the whole cohort from one file, and that file."""
    bench = StoreBench(tmp_path_factory.mktemp("store"))
    vcf = bench.vcf("cohort.vcf.gz", drawn.of(SAMPLES))
    bench.ingest(vcf)
    return bench, vcf


def as_answers(bench: StoreBench, *options: object) -> tuple[object, object, object]:
    """What a store says: counts, carriers, and the samples' counts, in an order that batches do not change."""
    counts = counted(bench.run("counts", *options))
    people = [tuple(row.items()) for row in table(bench.run("samples", "--counts", *options))]
    people = [tuple(item for item in row if item[0] not in ("batch", "rows")) for row in people]
    return counts, carried(bench.run("carriers", *options)), sorted(people)


def test_ingest_says_what_was_stored(drawn: Drawn, tmp_path: Path) -> None:
    bench = StoreBench(tmp_path)
    done = bench.ingest(bench.vcf("cohort.vcf.gz", drawn.of(SAMPLES)))
    assert "Batch cohort: 24 samples, 180 alleles stored" in done.out
    assert "no genome pack" in done.out
    assert done.err == ""


def test_counts_are_those_of_bcftools(world: tuple[StoreBench, Path]) -> None:
    bench, vcf = world
    assert counted(bench.run("counts")) == counts_by_bcftools(vcf, SAMPLES)
    some = SAMPLES[3:17]
    listing = bench.ids("some.txt", *some)
    expected = counts_by_bcftools(vcf, some)
    assert counted(bench.run("counts", "--cohort", listing)) == expected
    for row in table(bench.run("counts", "--cohort", listing, "--min-ac", "1")):
        ac, an = expected.pop((row["contig"], int(row["pos"]), row["ref"], row["alt"]))
        assert float(row["af"]) == ac / an
    assert all(ac == 0 for ac, _ in expected.values())


def test_carriers_are_those_of_bcftools(world: tuple[StoreBench, Path]) -> None:
    bench, vcf = world
    expected = carriers_by_bcftools(vcf)
    assert carried(bench.run("carriers")) == expected
    region = {c for c in expected if c[0][0] == "chr2" and 10_000 <= c[0][1] <= 40_000}
    assert region
    assert carried(bench.run("carriers", "--region", "chr2:10,000-40,000")) == region
    rare = {a for a, (ac, _) in counts_by_bcftools(vcf, SAMPLES).items() if ac <= 2}
    assert carried(bench.run("carriers", "--max-ac", "2")) == {c for c in expected if c[0][:4] in rare}


def test_one_sample_carries_what_bcftools_says(world: tuple[StoreBench, Path]) -> None:
    bench, vcf = world
    expected = {c for c in carriers_by_bcftools(vcf) if c[0][4] == "S07"}
    assert carried(bench.run("carriers", "--sample", "S07")) == expected
    here = {c for c in expected if c[0][0] == "chrX"}
    assert carried(bench.run("carriers", "--sample", "S07", "--region", "chrX")) == here


def test_json_names_store_state_and_cohort(world: tuple[StoreBench, Path]) -> None:
    bench, _ = world
    listing = bench.ids("two.txt", "S01", "S02", "S01")
    one = bench.run("counts", "--cohort", listing, "--region", "chr1", "--json").json
    assert one["store"] == str(bench.store)
    assert one["snapshot"] == 2
    assert one["cohort"]["size"] == 2
    assert one["cohort"]["repeated"] == 1
    assert len(one["rows"]) == 60
    assert len(one["rows"][0]) == len(one["columns"])
    other = bench.run("carriers", "--cohort", listing, "--json").json
    assert one["cohort"]["digest"] == other["cohort"]["digest"]
    assert one["cohort"]["digest"] != bench.run("counts", "--json").json["cohort"]["digest"]


@pytest.mark.parametrize("ending", ["tsv", "tsv.gz", "parquet", "arrow"])
def test_tables_go_to_files(world: tuple[StoreBench, Path], tmp_path: Path, ending: str) -> None:
    bench, _ = world
    out = tmp_path / f"counts.{ending}"
    done = bench.run("counts", "--out", out)
    assert "180 alleles written to" in done.out
    read = {"parquet": pl.read_parquet, "arrow": pl.read_ipc}
    frame = read[ending](out) if ending in read else pl.read_csv(out, separator="\t")
    shown = {(r["contig"], r["pos"], r["ref"], r["alt"]): (r["ac"], r["an"]) for r in frame.to_dicts()}
    assert shown == counted(bench.run("counts"))
    assert [p.name for p in tmp_path.iterdir()] == [out.name]


def test_batches_give_the_same_answers_before_and_after_compaction(drawn: Drawn, tmp_path: Path) -> None:
    whole, split = StoreBench(tmp_path / "one"), StoreBench(tmp_path / "many")
    for bench in (whole, split):
        bench.folder.mkdir()
    whole.ingest(whole.vcf("all.vcf.gz", drawn.of(SAMPLES)))
    for number in range(3):
        name = f"part{number}.vcf.gz"
        split.ingest(split.vcf(name, drawn.of(SAMPLES[8 * number : 8 * number + 8])))
    listing = split.ids("some.txt", *SAMPLES[5:20])
    everyone, some = as_answers(whole), as_answers(whole, "--cohort", listing)
    assert (as_answers(split), as_answers(split, "--cohort", listing)) == (everyone, some)
    digest = split.run("counts", "--cohort", listing, "--json").json["cohort"]
    done = split.run("compact")
    assert done.code == 0, done.err
    assert "3 batches merged into compacted-1" in done.out
    assert (as_answers(split), as_answers(split, "--cohort", listing)) == (everyone, some)
    assert split.run("counts", "--cohort", listing, "--json").json["cohort"] == digest
    assert "Nothing to merge" in split.run("compact").out


def test_files_of_one_person_each_and_of_one_chromosome_each_are_one_batch(
    drawn: Drawn, tmp_path: Path
) -> None:
    people, chromosomes = StoreBench(tmp_path / "people"), StoreBench(tmp_path / "chromosomes")
    for bench in (people, chromosomes):
        bench.folder.mkdir()
    family = SAMPLES[:3]
    files = [people.vcf(f"{s}.vcf.gz", drawn.of([s])) for s in family]
    ped = tmp_path / "family.ped"
    ped.write_text("fam\tS00\tS01\tS02\t2\t2\nfam\tS01\t0\t0\t1\t1\nfam\tS02\t0\t0\t2\t1\n")
    done = people.ingest(*files, more=["--batch", "family-7", "--ped", ped])
    assert "Batch family-7: 3 samples" in done.out
    by_chromosome = [chromosomes.vcf(f"{c}.vcf.gz", drawn.of(family, [c])) for c in LENGTHS]
    chromosomes.ingest(*by_chromosome)
    autosomes = ("--region", "chr1", "--region", "chr2")
    assert as_answers(people, *autosomes) == as_answers(chromosomes, *autosomes)
    listed = {row["sample"]: row for row in table(people.run("samples", "--list"))}
    assert (listed["S00"]["father"], listed["S01"]["karyotype"]) == ("S01", "XY")


def test_absent_is_what_was_declared(tmp_path: Path) -> None:
    """Two people in files of their own, each with one record: the other one's site is unknown, or reference."""
    answers = {}
    for absent in ("unknown", "reference"):
        bench = StoreBench(tmp_path / absent)
        bench.folder.mkdir()
        files = [
            bench.vcf(f"{s}.vcf", vcf_text([f"chr1 {pos} . A G 50 PASS . GT 0/1"], [s], LENGTHS))
            for s, pos in (("a", 100), ("b", 200))
        ]
        bench.ingest(*files, more=["--absent", absent])
        answers[absent] = [an for _, an in counted(bench.run("counts")).values()]
    assert answers == {"unknown": [2, 2], "reference": [4, 4]}


def test_the_same_file_again_changes_nothing(drawn: Drawn, tmp_path: Path) -> None:
    bench = StoreBench(tmp_path)
    vcf = bench.vcf("cohort.vcf.gz", drawn.of(SAMPLES))
    bench.ingest(vcf)
    before = sorted(str(p) for p in bench.store.rglob("*"))
    again = bench.ingest(vcf)
    assert "already in batch cohort: nothing to do" in again.out
    assert sorted(str(p) for p in bench.store.rglob("*")) == before
    told = bench.run("ingest", vcf, "--json").json
    assert (told["committed"], told["batch"], told["snapshot"]) == (False, "cohort", 2)


def test_burden_counts_people(world: tuple[StoreBench, Path], tmp_path: Path) -> None:
    bench, vcf = world
    cases, controls = bench.ids("cases.txt", *SAMPLES[:10]), bench.ids("controls.txt", *SAMPLES[10:22])
    bed = tmp_path / "places.bed"
    bed.write_text("#contig\tstart\tend\nchr1\t0\t50000\tfirst half\nchr2\t9999\t40000\n")
    words = ("--cases", cases, "--controls", controls, "--intervals", bed, "--max-af", "0.1")
    rows = table(bench.run("counts", *words))
    both = counts_by_bcftools(vcf, SAMPLES[:22])
    rare = {a for a, (ac, an) in both.items() if 0 < ac <= 0.1 * an}
    found = [c[0] for c in carriers_by_bcftools(vcf) if c[0][:4] in rare]
    for row, (contig, first, last) in zip(rows, [("chr1", 1, 50_000), ("chr2", 10_000, 40_000)], strict=True):
        people = {c[4] for c in found if c[0] == contig and first <= c[1] <= last}
        assert int(row["case_carriers"]) == len(people & set(SAMPLES[:10]))
        assert int(row["control_carriers"]) == len(people & set(SAMPLES[10:22]))
        assert (row["cases"], row["controls"]) == ("10", "12")
        assert 0 < float(row["p"]) <= 1
    assert [row["name"] for row in rows] == ["first half", "chr2:10000-40000"]


def test_batches_are_listed_with_their_size(world: tuple[StoreBench, Path]) -> None:
    bench, _ = world
    (row,) = table(bench.run("samples"))
    assert (row["batch"], row["samples"], row["variants"]) == ("cohort", "24", "180")
    assert row["added"].endswith("Z")
    size = sum(p.stat().st_size for p in (bench.store / "variants").rglob("*") if p.is_file())
    assert int(row["bytes"]) == size
    told = json.loads(bench.run("samples", "--verify", "--json").out)
    assert told["verified"]
    assert told["bytes"] == size


def test_components_and_relatives_are_found(tmp_path: Path) -> None:
    drawn = draw([f"P{i:02d}" for i in range(12)], rows=400)
    calls = {key: {**of, "twin": of["P03"]} for key, of in drawn.calls.items()}
    names = (*drawn.samples, "twin")
    bench = StoreBench(tmp_path)
    bench.ingest(bench.vcf("cohort.vcf.gz", Drawn(names, calls).of(names)))
    pairs = table(bench.run("samples", "--relatedness"))
    assert (pairs[0]["sample_1"], pairs[0]["sample_2"]) == ("P03", "twin")
    assert pairs[0]["relation"] == "same person or identical twin"
    assert float(pairs[0]["kinship"]) == 0.5
    told = bench.run("samples", "--pca", "2", "--json").json
    assert told["columns"] == ["sample", "batch", "pc1", "pc2"]
    assert len(told["rows"]) == 13
    assert len(told["eigenvalues"]) == 2
    scores = {row[0]: row[2:] for row in told["rows"]}
    assert scores["P03"] == pytest.approx(scores["twin"])
