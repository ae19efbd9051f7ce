"""DuckDB, Polars and pyarrow read a genome store without Trihelix, by nothing but its reference page."""

from __future__ import annotations

import importlib.util
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pysam
import pytest

from trihelix.formats.ped import read_families
from trihelix.variants.store.answers.allele_counts import allele_counts
from trihelix.variants.store.answers.carriers import carriers
from trihelix.variants.store.batches import View
from trihelix.variants.store.commit import Snapshot, open_store
from trihelix.variants.store.commits.tombstones import tombstone
from trihelix.variants.store.ingest import IngestRequest, ingest
from trihelix.variants.store.regions import Region
from vcf_builder import vcf_text

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "genome-store.md"
CONTIGS = {"chr20": 64_444_167, "chrX": 156_040_895}
REGION = Region("20", 1_010_000, 1_040_000)  # as on the page
PEOPLE = 150
SITES = 300


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def blocks(language: str) -> dict[str, str]:
    """The code of the page in a language, by the heading above it."""
    found, heading = {}, ""
    for title, name, code in re.findall(
        r"^#+ ([^\n]*)$|^```(\w+)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    ):
        heading = title or heading
        if name == language:
            found[heading] = code
    return found


def bcf(path: Path, text: str) -> Path:
    """VCF text as BCF."""
    plain = path.with_suffix(".vcf")
    plain.write_text(text, encoding="utf-8")
    with (
        pysam.VariantFile(str(plain)) as source,
        pysam.VariantFile(str(path), "wb", header=source.header) as out,
    ):
        for record in source:
            out.write(record)
    return path


def alleles(rng: np.random.Generator) -> tuple[str, list[str]]:
    """REF and one to three alternate alleles."""
    ref = "ACGT"[rng.integers(4)]
    others = [base for base in "ACGT" if base != ref]
    kind = rng.random()
    if kind < 0.7:
        return ref, others[:1]
    return ref, others[: rng.integers(2, 4)] if kind < 0.9 else [others[0], ref + others[1] * 3]


def call(rng: np.random.Generator, frequency: float, alts: int, depth: bool = True) -> str:
    """A call with depths: reference, het, hom, another allele, missing, half, haploid or of three copies."""
    copies = [str(rng.integers(1, alts + 1)) if rng.random() < frequency else "0" for _ in range(2)]
    odd = rng.random()
    if odd < 0.02:
        copies = [".", "."]
    elif odd < 0.03:
        copies = [".", copies[1]]
    elif odd < 0.035:
        copies = copies[:1]
    elif odd < 0.04:
        copies = [*copies, "0"]
    genotype = ("|" if rng.random() < 0.3 else "/").join(copies)
    if not depth or rng.random() < 0.05:
        return genotype
    reads = [int(n) for n in rng.integers(1, 40, alts + 1)]
    return f"{genotype}:{sum(reads) + int(rng.integers(3))}:{rng.integers(99)}:{','.join(map(str, reads))}"


def cohort_text(samples: list[str], seed: int, sites: int = SITES) -> str:
    """Rare and common variants of chr20, and some of chrX."""
    rng = np.random.default_rng(seed)
    lines = []
    for number in range(sites):
        ref, alts = alleles(rng)
        frequency = float(rng.choice([0.004, 0.02, 0.3, 0.8], p=[0.5, 0.2, 0.2, 0.1]))
        contig, start = ("chrX", 30_000_000) if number >= sites * 9 // 10 else ("chr20", 1_000_000)
        calls = " ".join(call(rng, frequency, len(alts)) for _ in samples)
        passing = "PASS" if rng.random() < 0.9 else "LowQual"
        lines.append(
            f"{contig} {start + 200 * number} . {ref} {','.join(alts)} . {passing} . GT:DP:GQ:AD {calls}"
        )
    return vcf_text(lines, samples, CONTIGS)


def gvcf_text(samples: list[str]) -> str:
    """A gVCF with reference blocks of different depths, and one variant."""
    lines = [
        "chr20 999000 . A <NON_REF> . . END=1004000 GT:DP:GQ 0/0:30:90 0/0:12:30",
        "chr20 1004200 . C T,<NON_REF> . PASS . GT:DP:GQ:AD 0/1:30:99:14,16,0 0/0:20:60:20,0,0",
        "chr20 1004201 . A <NON_REF> . . END=2100000 GT:DP:GQ 0/0:25:60 0/0:3:5",
    ]
    return vcf_text(lines, samples, CONTIGS, '##ALT=<ID=NON_REF,Description="any other">\n')


def quiet(_: str, __: float) -> None: ...


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A store `genomes` of one file with families, and one of a VCF and a gVCF; the folders that hold them."""
    people = [f"P{i:03d}" for i in range(PEOPLE)]
    trios = [(people[i : i + 3], f"F{i}") for i in range(0, 60, 3)]
    ped = "".join(
        f"{family} {kid} {father} {mother} 1 2\n{family} {father} 0 0 1 1\n{family} {mother} 0 0 2 1\n"
        for (kid, father, mother), family in trios
    )
    one, several = (tmp_path_factory.mktemp(name) for name in ("one", "several"))
    (one / "families.ped").write_text(ped.replace(" ", "\t"), encoding="utf-8")
    request = IngestRequest(families=read_families(one / "families.ped"), assembly="GRCh38")
    ingest(one / "genomes", [bcf(one / "cohort.bcf", cohort_text(people, 1))], request, quiet)
    files = [
        bcf(several / "called.bcf", cohort_text([f"Q{i:03d}" for i in range(70)], 2, 60)),
        bcf(several / "blocks.bcf", gvcf_text(["G1", "G2"])),
    ]
    ingest(several / "genomes", files, IngestRequest(assembly="GRCh38"), quiet)
    return {"one": one, "several": several}


@pytest.fixture
def view(places: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> View:
    monkeypatch.chdir(places["one"])
    return opened(Path("genomes"))


def opened(root: Path) -> View:
    store = open_store(root)
    return View(store, Snapshot(store.root, store.snapshot()))


def in_duckdb(heading: str) -> list[tuple[Any, ...]]:
    """What a query of the page answers, after the page's first lines."""
    connection = duckdb.connect()
    connection.execute(blocks("sql")["Genome store"])
    return connection.execute(blocks("sql")[heading]).fetchall()


def in_polars(name: str) -> pl.DataFrame:
    """A table that the page's lines make."""
    known: dict[str, Any] = {}
    code = blocks("python")
    for heading in ("Allele counts in Polars", "Carriers in Polars"):
        exec(compile(code[heading], heading, "exec"), known)
    found: pl.DataFrame = known[name]
    return found


def test_there_are_rows_of_every_kind(view: View) -> None:
    """The other tests would be silent without them."""
    part = view.batches[0].part(view.batches[0].parts[0])
    table = part.parquet.read()
    planes = 0 < table["het_bits"].null_count < len(table)
    lists = [
        name for name in ("het", "hom", "missing", "exception") if any(map(len, table[name].to_pylist()))
    ]
    assert planes
    assert lists == ["het", "hom", "missing", "exception"]
    assert len(set(table["record"].to_pylist())) < len(table)
    assert {"dp", "companion"} <= set(table.column_names)
    assert {part.contig for part in view.batches[0].parts} == set(CONTIGS)


def test_allele_counts_are_the_same(view: View) -> None:
    ours = allele_counts(view, view.everyone).filter(pl.col("contig") == "chr20")
    names = ["contig", "pos", "ref", "alt", "ac", "an"]
    assert ours["ac"].max() > PEOPLE
    assert in_duckdb("Allele counts in DuckDB") == ours.select(names).sort(names).rows()
    assert in_polars("counts").select(names).rows() == ours.select(names).rows()


def test_carriers_are_the_same(view: View) -> None:
    names = ["contig", "pos", "ref", "alt", "sample", "genotype", "dp", "gq"]
    ours = (
        carriers(view, view.everyone, [REGION])
        .with_columns(
            pl.col("genotype").cast(pl.String).replace({"half call": "het", "hemi": "hom"}),
            pl.col("dp", "gq").fill_null(-1),
        )
        .select(names)
        .sort(names)
    )
    assert ours.height > PEOPLE
    assert set(ours["genotype"]) == {"het", "hom"}
    assert in_duckdb("Carriers in DuckDB") == ours.rows()
    assert in_polars("carriers").sort(names).rows() == ours.rows()


def test_first_lines_of_the_page_name_the_parts_of_the_latest_state(view: View) -> None:
    connection = duckdb.connect()
    answer = connection.execute(blocks("sql")["Genome store"]).fetchall()
    rows = {part.contig: part.rows for part in view.batches[0].parts}
    assert sorted(answer) == [(contig, n, PEOPLE) for contig, n in sorted(rows.items())]


def test_withdrawn_samples_are_told(places: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(places["several"])
    tombstone(open_store(Path("genomes")), ["Q003"])
    known: dict[str, Any] = {}
    exec(compile(blocks("python")["Digests"], "digests", "exec"), known)
    assert [known["is_withdrawn"](sample) for sample in ("Q002", "Q003")] == [False, True]


def parquet_files(places: dict[str, Path]) -> Iterator[tuple[Path, str]]:
    """Every Parquet file that the latest manifests name, with the page's name of its kind."""
    for place in places.values():
        root = place / "genomes"
        for name in open_store(root).snapshot().files:
            path = root / name
            kinds = {"callable": "/callable/", "part": "/contig="}
            if path.suffix == ".parquet":
                stem = path.stem.removeprefix("part-00000").removeprefix(".")
                yield path, stem or next(kind for kind, mark in kinds.items() if mark in name)


def test_every_kind_of_file_is_made_here(places: dict[str, Path]) -> None:
    assert {kind for _, kind in parquet_files(places)} == set(generator().store_columns())


def test_three_readers_read_every_column_alike(places: dict[str, Path]) -> None:
    seen = set()
    for path, _ in parquet_files(places):
        table = pq.read_table(path, partitioning=None)
        polars = pl.read_parquet(path, hive_partitioning=False)
        read = duckdb.connect().execute("FROM read_parquet($1, hive_partitioning = false)", [str(path)])
        names = [column[0] for column in read.description]
        columns = list(zip(*read.fetchall(), strict=True)) or [()] * len(names)
        assert table.column_names == polars.columns == names
        for name, values in zip(names, columns, strict=True):
            expected = table[name].to_pylist()
            assert polars[name].to_list() == expected, (path, name)
            assert list(values) == expected, (path, name)
        seen |= set(encodings(path).values())
    assert {"DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT", "RLE_DICTIONARY", "PLAIN"} <= set(
        "".join(seen).split()
    )


def encodings(path: Path) -> dict[str, str]:
    """Column to the names of its encodings and its codec, of all row groups."""
    metadata = pq.ParquetFile(path).metadata
    found: dict[str, str] = {}
    for group, column in itertools.product(range(metadata.num_row_groups), range(metadata.num_columns)):
        told = metadata.row_group(group).column(column)
        name = told.path_in_schema.split(".")[0]
        found[name] = f"{found.get(name, '')} {' '.join(told.encodings)} {told.compression} "
    return found


def documented(kind: str) -> dict[str, list[str]]:
    """The page's line of each column of a kind of file: type, meaning, there, encoding (where told)."""
    lines = generator().store_columns()[kind].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {row[0].strip(" `"): row[1:] for row in cells}


def test_page_tells_columns_types_and_encodings_as_they_are(places: dict[str, Path]) -> None:
    kind_of = generator()._kind
    for path, kind in parquet_files(places):
        told = documented(kind)
        made = encodings(path)
        for field in pq.read_schema(path):
            words = told[field.name]
            assert words[0].removesuffix(", or null") == kind_of(field.type), (path, field)
            assert words[0].endswith(", or null") == field.nullable or kind == "sources", (path, field)
            if len(words) > 3 and field.name in made:
                encoding = words[3].split(",")[0].strip("`").replace("dictionary", "RLE_DICTIONARY")
                assert f" {encoding} " in made[field.name], (path, field)
                assert ("zstd" in words[3]) == (" ZSTD " in made[field.name]), (path, field)


def carriers_of_part(path: Path) -> set[tuple[int, int, int]]:
    """(row, ordinal, state) by the page's words on cells and planes."""
    found, first = set(), 0
    file = pq.ParquetFile(path)
    for group in range(file.num_row_groups):
        for place, row in enumerate(file.read_row_group(group).to_pylist()):
            for state, name in ((1, "het"), (2, "hom")):
                plane = row[f"{name}_bits"]
                cells = [cell - place * row["samples"] for cell in row[name]]
                bits = [i for i in range(8 * len(plane or b"")) if plane[i >> 3] >> (i & 7) & 1]
                assert len(cells) + len(bits) == row[f"n_{name}"]
                assert not (cells and plane)
                assert all(0 <= i < row["samples"] for i in cells + bits)
                found |= {(first + place, i, state) for i in cells + bits}
        first += file.metadata.row_group(group).num_rows
    return found


def carriers_of_copy(part: Path) -> set[tuple[int, int, int]]:
    """The same from the three files by sample."""
    copies = part.parent.parent / "by_sample" / part.parent.name
    rare, common, rows = (
        pq.read_table(copies / f"{part.stem}.{kind}.parquet", partitioning=None).to_pylist()
        for kind in ("rare", "common", "common_rows")
    )
    found = {(line["row"], line["sample"], line["state"]) for line in rare if line["state"] > 0}
    width = (len(rows) + 7) // 8
    for block in common:
        for state, name in ((1, "het_bits"), (2, "hom_bits")):
            for number, i in itertools.product(range(len(block[name]) // width), range(len(rows))):
                if block[name][number * width + (i >> 3)] >> (i & 7) & 1:
                    found.add((rows[i]["row"], block["first_sample"] + number, state))
    return found


def test_the_copy_by_sample_says_what_the_parts_say(places: dict[str, Path]) -> None:
    parts = [path for path, kind in parquet_files(places) if kind == "part"]
    assert len(parts) > 2
    for path in parts:
        found = carriers_of_part(path)
        assert found
        assert carriers_of_copy(path) == found
