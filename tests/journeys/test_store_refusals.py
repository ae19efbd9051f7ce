"""What a genome store refuses: by name, with a fixed exit code, and without a trace."""

from __future__ import annotations

import json
import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from bench import assert_json_error, assert_refused
from small_home import Outcome, SmallHome, family_vcf, trihelix
from store_world import LENGTHS, StoreBench, counted, draw, table

from trihelix.model.errors import (
    AssemblyMismatchError,
    CorruptFileError,
    FileUnreadableError,
    MalformedRecordError,
    MissingPackError,
    NoVariantsError,
    OutputError,
    PedigreeError,
    ReferenceMismatchError,
    RegionError,
    SampleMismatchError,
    StoreError,
    TrihelixError,
)
from vcf_builder import vcf_text, write_vcf

SAMPLES = ("a", "b", "c", "d")


@pytest.fixture
def bench(tmp_path: Path) -> StoreBench:
    bench = StoreBench(tmp_path)
    bench.ingest(bench.vcf("cohort.vcf.gz", draw(SAMPLES, rows=20).of(SAMPLES)))
    return bench


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def refuses(
    bench: StoreBench,
    error: type[TrihelixError],
    *words: object,
    says: tuple[str, ...] = (),
    after_reading: bool = False,
) -> Outcome:
    """The command ends with this error, says these words, prints the one JSON shape if asked, and changes nothing;
    what was read of files that turn out to be wrong stays in `staging`, for the next attempt."""
    but = "staging/" if after_reading else "?"
    before = committed(bench, but)
    outcome = bench.run(str(words[0]), *words[1:])
    assert_refused(outcome, error, says)
    assert outcome.out == ""
    assert_json_error(bench.run(str(words[0]), *words[1:], "--json"), error)
    assert committed(bench, but) == before
    return outcome


def committed(bench: StoreBench, but: str) -> dict[str, bytes]:
    return {path: data for path, data in contents(bench.store).items() if not path.startswith(but)}


ASKED_WRONGLY = [
    (("--region", "chr9:1-10"), RegionError, ("no such contig", "chr1")),
    (("--region", "chr1:99,000-100,001"), RegionError, ("outside its contig", "100,000")),
    (("--region", "chr1:20-10"), RegionError, ("chr1:20-10",)),
    (("--region", "chr1:ten"), RegionError, ("not a region",)),
    (("--gene", "ARID1B"), MissingPackError, ("genes pack",)),
]


@pytest.mark.parametrize("command", ["counts", "carriers"])
@pytest.mark.parametrize(("words", "error", "says"), ASKED_WRONGLY)
def test_places_that_are_none(
    bench: StoreBench, command: str, words: tuple[str, ...], error: type[TrihelixError], says: tuple[str, ...]
) -> None:
    refuses(bench, error, command, *words, says=says)


def test_cohorts_that_are_none(bench: StoreBench) -> None:
    unknown = bench.ids("unknown.txt", "a", "nobody")
    empty = bench.ids("empty.txt")
    binary = bench.folder / "binary.txt"
    binary.write_bytes(b"\xff\xfe\x00a")
    for command in ("counts", "carriers", "samples"):
        refuses(bench, SampleMismatchError, command, "--cohort", unknown, says=("nobody", "1 of 2"))
        refuses(bench, SampleMismatchError, command, "--cohort", empty, says=("lists nobody",))
        refuses(bench, CorruptFileError, command, "--cohort", binary)
        refuses(bench, FileUnreadableError, command, "--cohort", bench.folder / "absent.txt")
    refuses(bench, SampleMismatchError, "carriers", "--sample", "nobody", says=("no such sample",))
    both = ("--cases", bench.ids("x.txt", "a", "b"), "--controls", bench.ids("y.txt", "b", "c"))
    refuses(bench, SampleMismatchError, "counts", *both, says=("1 samples are both",))


def test_intervals_that_are_none(bench: StoreBench) -> None:
    words = (
        "counts",
        "--cases",
        bench.ids("x.txt", "a"),
        "--controls",
        bench.ids("y.txt", "b"),
        "--intervals",
    )
    bed = bench.folder / "places.bed"
    for text, error, says in (
        ("chr1\t10\t5\n", MalformedRecordError, ("line 1", "empty")),
        ("track x\nchr1\tten\t20\n", MalformedRecordError, ("line 2",)),
        ("# nothing\n", MalformedRecordError, ("no intervals",)),
        ("chr1\t0\t10\nchr7\t0\t10\n", RegionError, ("line 2", "chr7:1-10")),
    ):
        bed.write_text(text)
        refuses(bench, error, *words, bed, says=says)


def test_stores_that_are_none(tmp_path: Path) -> None:
    bench = StoreBench(tmp_path)
    for command in ("counts", "carriers", "samples", "compact"):
        assert_refused(bench.run(command), StoreError, (str(bench.store),))
        assert not bench.store.exists()
    bench.store.mkdir()
    (bench.store / "thesis.txt").write_text("my own")
    vcf = bench.vcf("a.vcf", vcf_text(["chr1 100 . A G 50 PASS . GT 0/1"], ["a"], LENGTHS))
    for words in (("counts",), ("ingest", vcf)):
        refuses_in_place(bench, *words)
    assert contents(bench.store) == {"thesis.txt": b"my own"}


def refuses_in_place(bench: StoreBench, *words: object) -> None:
    assert_refused(bench.run(str(words[0]), *words[1:]), StoreError, (str(bench.store),))


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    from trihelix.variants.store.commit import create_store

    bench = StoreBench(tmp_path)
    create_store(bench.store, "GRCh38")
    assert_refused(bench.run("counts"), StoreError, ("empty", "trihelix ingest"))
    assert bench.run("samples", "--json").json["rows"] == []
    assert bench.run("compact").code == 0


def test_a_newer_store_is_not_read(bench: StoreBench) -> None:
    path = bench.store / "store.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, "version": 99}))
    for words in (("counts",), ("samples",), ("compact",), ("samples", "--verify")):
        assert_refused(bench.run(*words), StoreError, ("99",))


def parts_of(bench: StoreBench) -> list[Path]:
    return sorted((bench.store / "variants").glob("*/contig=*/*.parquet"))


def test_a_missing_part_is_named(bench: StoreBench) -> None:
    parts_of(bench)[0].unlink()
    for words in (("counts",), ("carriers",), ("samples", "--verify")):
        assert_refused(bench.run(*words), StoreError, (parts_of(bench)[0].parent.parent.name,))


def test_an_altered_part_is_named(bench: StoreBench) -> None:
    part = parts_of(bench)[0]
    data = bytearray(part.read_bytes())
    data[len(data) // 3] ^= 255
    part.write_bytes(bytes(data))
    assert_refused(bench.run("samples", "--verify"), StoreError, (part.name, "SHA-256"))
    part.write_bytes(bytes(data)[: len(data) // 2])
    for words in (("counts",), ("samples", "--verify")):
        assert_refused(bench.run(*words), StoreError, (part.name,))


def test_outputs_that_cannot_be(bench: StoreBench) -> None:
    refuses(bench, OutputError, "counts", "--out", bench.folder / "counts.xlsx", says=(".parquet",))
    folder = bench.folder / "taken.tsv"
    folder.mkdir()
    refuses(bench, OutputError, "counts", "--out", folder)
    earlier = bench.folder / "earlier.tsv"
    earlier.write_text("earlier")
    refuses(bench, RegionError, "counts", "--region", "chr9", "--out", earlier)
    assert earlier.read_text() == "earlier"
    assert not [p for p in bench.folder.iterdir() if p.name.startswith(".writing-")]


@pytest.mark.parametrize(
    "words",
    [
        ("counts", "--cases", "x"),
        ("counts", "--max-af", "0.1"),
        ("counts", "--max-af", "1.5"),
        ("carriers", "--sample", "a", "--max-ac", "2"),
        ("samples", "--counts", "--relatedness"),
        ("samples", "--region", "chr1"),
        ("ingest",),
        ("ingest", "x.vcf", "--absent", "sometimes"),
    ],
)
def test_options_that_do_not_go_together(bench: StoreBench, words: tuple[str, ...]) -> None:
    outcome = bench.run(*words)
    assert outcome.code == 2
    assert outcome.out == ""
    told = bench.run(*words, "--json")
    assert told.json["error"] == "UsageError"


def one_record(
    bench: StoreBench, name: str, record: str = "chr1 77 . A G 50 PASS . GT 0/1", **how: Any
) -> Path:
    return bench.vcf(name, vcf_text([record], how.get("samples", ["new"]), how.get("contigs", LENGTHS)))


def test_files_that_cannot_come_in(bench: StoreBench) -> None:
    known = one_record(bench, "known.vcf", samples=["b"])
    refuses(bench, SampleMismatchError, "ingest", known, says=("already", "b"))
    other = one_record(bench, "other.vcf", contigs={**LENGTHS, "chr1": 90_000})
    refuses(bench, AssemblyMismatchError, "ingest", other, says=("two lengths", "90,000", "100,000"))
    twice = one_record(bench, "twice.vcf"), one_record(bench, "twice2.vcf", "chr1 78 . A G 50 PASS . GT 0/1")
    refuses(bench, SampleMismatchError, "ingest", *twice, says=("two files", "new"), after_reading=True)
    lengths = (
        one_record(bench, "one.vcf"),
        one_record(bench, "two.vcf", contigs={"chr1": 5000}, samples=["n2"]),
    )
    refuses(bench, AssemblyMismatchError, "ingest", *lengths, says=("two lengths",))
    refuses(bench, FileUnreadableError, "ingest", bench.folder / "absent.vcf")
    refuses(
        bench,
        SampleMismatchError,
        "ingest",
        bench.vcf("sites.vcf", vcf_text(["chr1 7 . A G . . ."], []).replace("\tFORMAT", "")),
    )
    nothing = one_record(bench, "nothing.vcf", "chr1 77 . A <DEL> 50 PASS . GT 0/1")
    refuses(bench, NoVariantsError, "ingest", nothing, after_reading=True)
    taken = one_record(bench, "taken.vcf")
    refuses(bench, StoreError, "ingest", taken, "--batch", "cohort", says=("this name",))
    ped = bench.folder / "wrong.ped"
    ped.write_text("fam\tx\t0\t0\t1\t1\n")
    refuses(bench, PedigreeError, "ingest", taken, "--ped", ped, says=("nobody of the pedigree",))


def test_damaged_files_leave_nothing(bench: StoreBench) -> None:
    packed = bench.vcf("cut.vcf.gz", draw(["new"], rows=400).of(["new"])).read_bytes()
    cut = bench.folder / "cut.vcf.gz"
    cut.write_bytes(packed[: len(packed) // 2])
    refuses(bench, CorruptFileError, "ingest", cut, after_reading=True)
    text = vcf_text(
        ["chr1 77 . A G 50 PASS . GT 0/1", "chr1 ninety . A G 50 PASS . GT 0/1"], ["new"], LENGTHS
    )
    refuses(bench, MalformedRecordError, "ingest", bench.vcf("odd.vcf", text), after_reading=True)
    done = bench.ingest(one_record(bench, "good.vcf"))
    assert "1 sample, 1 allele stored" in done.out


def test_a_file_that_changes_while_it_is_read(bench: StoreBench) -> None:
    """A pipe-like race made sure: the file grows between its checksum and the end of reading."""
    from trihelix.variants.store.commit import open_store
    from trihelix.variants.store.ingest import IngestRequest, ingest
    from trihelix.variants.store.intake import staged

    vcf = one_record(bench, "growing.vcf")
    before = open_store(bench.store).snapshot()

    def say(what: str, _share: float) -> None:
        if what.startswith("reading"):
            with vcf.open("a") as handle:
                handle.write("chr1\t99\t.\tA\tG\t50\tPASS\t.\tGT\t0/1\n")

    with pytest.raises(FileUnreadableError, match="changed while it was read"):
        ingest(bench.store, [vcf], IngestRequest(), say)
    assert open_store(bench.store).snapshot() == before
    assert staged.look_at(vcf).size == vcf.stat().st_size
    assert "1 sample" in bench.ingest(vcf).out


def test_a_genome_pack_is_compared_and_genes_are_found(small_home: SmallHome, tmp_path: Path) -> None:
    store = tmp_path / "genomes"
    words = ("--store", store, "--home", small_home.home)
    done = trihelix("ingest", small_home.vcf, "--ped", small_home.ped, "--assembly", "Small1", *words)
    assert done.code == 0, done.err
    assert "no genome pack" not in done.out
    found = counted(trihelix("counts", "--gene", "PAH", *words))
    assert found
    assert all(contig == "chr2" and 1001 <= pos <= 2400 for contig, pos, _, _ in found)
    assert found == counted(trihelix("counts", "--region", "chr2:1001-2400", *words))
    assert counted(trihelix("counts", "--gene", "ENSG00000000003", *words)) == found
    assert_refused(trihelix("counts", "--gene", "BRCA1", *words), RegionError, ("BRCA1",))
    wrong = family_vcf(["chr1 100 . N G 50 PASS . GT 0/1 0/0 0/0"]).replace("kid", "new")
    wrong = (
        re.sub(r"\tN\tG\t", f"\t{'A' if _base(100) != 'A' else 'C'}\tG\t", wrong)
        .replace("dad", "n2")
        .replace("mum", "n3")
    )
    path = write_vcf(tmp_path / "wrong.vcf", wrong)
    outcome = trihelix("ingest", path, "--assembly", "Small1", *words)
    assert_refused(outcome, ReferenceMismatchError)


def _base(pos: int) -> str:
    from small_home import base

    return base("chr1", pos)


def test_the_store_may_be_named_by_the_environment(
    bench: StoreBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIHELIX_STORE", str(bench.store))
    assert len(table(trihelix("counts", "--region", "chr1"))) == 20


def test_reading_goes_on_while_batches_are_merged(bench: StoreBench) -> None:
    """Counts asked for again and again beside a compaction are always the same."""
    bench.ingest(bench.vcf("more.vcf.gz", draw(["e", "f"], rows=20).of(["e", "f"])))
    expected = counted(bench.run("counts"))
    from trihelix.services.genome_store import open_standalone
    from trihelix.services.store_answers import count_alleles
    from trihelix.services.store_questions import Places

    found, stop = [], threading.Event()

    def ask() -> None:
        while not stop.is_set():
            table = count_alleles(
                open_standalone(bench.store), None, Places(), 0, False, lambda _what, _share: None
            ).table
            found.append(
                {
                    (c, p, r, a): (ac, an)
                    for c, p, r, a, ac, an in table.select("contig", "pos", "ref", "alt", "ac", "an").rows()
                }
            )

    beside = threading.Thread(target=ask)
    beside.start()
    assert bench.run("compact").code == 0
    stop.set()
    beside.join()
    assert found
    assert all(one == expected for one in found)
    assert counted(bench.run("counts")) == expected
    assert os.listdir(bench.store / "staging") == []
