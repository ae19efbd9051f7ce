"""The tools that the genome store is measured beside: bcftools, plink2, DuckDB and bio2zarr, each asked in the way that
was fastest when tried, with its answer brought into one shape (pos, ref, alt, ...) so that answers can be compared."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from _child import Spent, run, seconds, warm

# With its usual reservation of half the memory plink2 spends most of an import on clearing pages it does not use.
PLINK = ("plink2", "--threads", "1", "--memory", "2000")
Kinds = Mapping[str, type[pl.DataType]]
COUNTS: Kinds = {
    "pos": pl.Int64,
    "ref": pl.String,
    "alt": pl.String,
    **dict.fromkeys(("ac", "an", "het", "hom"), pl.Int64),
}
CARRIERS: Kinds = {
    "pos": pl.Int64,
    "ref": pl.String,
    "alt": pl.String,
    "sample": pl.String,
    "copies": pl.Int64,
}

QUALITIES: Kinds = {
    "pos": pl.Int64, "ref": pl.String, "alt": pl.String, "sample": pl.String,
    **dict.fromkeys(("dp", "gq", "ref_depth", "alt_depth"), pl.Int64),
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """CPU seconds, and the table that was found."""

    seconds: float
    table: pl.DataFrame


def bcftools_counts(variants: Path, ids: Path, work: Path) -> Answer:
    """Allele counts of some samples. The query that makes text of the answer is not counted."""
    asked = ("%POS", "%REF", "%ALT", "%AC", "%AN", "%AC_Het", "%AC_Hom")
    text = work / "bcftools_counts.txt"
    spent = run(
        ("bcftools", "view", "--no-version", "-S", ids, "-I", "-Ou", variants),
        ("bcftools", "+fill-tags", "--no-version", "-Ou", "--", "-t", "AC,AN,AC_Het,AC_Hom"),
        ("bcftools", "query", "-f", "\t".join(asked) + "\n"),
        out=text,
    )
    rows = []
    for pos, ref, alts, ac, an, het, hom in _lines(text):
        of_alleles = (alts.split(","), ac.split(","), het.split(","), hom.split(","))
        for alt, copies, in_het, in_hom in zip(*of_alleles, strict=True):
            rows.append((int(pos), ref, alt, int(copies), int(an), int(in_het), int(in_hom) // 2))
    return Answer(spent[0].seconds + spent[1].seconds, _table(rows, COUNTS))


def bcftools_carriers(variants: Path, region: str, most: int, work: Path) -> Answer:
    """Carriers in a region, of records that have an allele with at most so many copies in everybody."""
    text = work / "bcftools_carriers.txt"
    chosen = ("-r", region, "-i", f'GT="alt" && AC<={most}')
    asked = ("-f", r"[%POS\t%REF\t%ALT\t%SAMPLE\t%GT\n]")
    spent = seconds(("bcftools", "query", *chosen, *asked, variants), out=text)
    return Answer(spent, _carriers(_lines(text)))


def bcftools_view_sample(variants: Path, sample: str, work: Path) -> Answer:
    """What one sample carries, by `bcftools view -s`."""
    found, text = work / "one.bcf", work / "one.txt"
    command = ("bcftools", "view", "--no-version", "-s", sample, "-c1", "-Ou", "-o", found, variants)
    spent = seconds(command)
    run(("bcftools", "query", "-f", r"[%POS\t%REF\t%ALT\t%SAMPLE\t%GT\n]", found), out=text)
    return Answer(spent, _carriers(_lines(text)))


def bcftools_query_sample(variants: Path, sample: str, work: Path) -> Answer:
    """What one sample carries, by `bcftools query -s`, which is quicker than `view`."""
    text = work / "one_queried.txt"
    asked = ("-i", 'GT="alt"', "-f", r"[%POS\t%REF\t%ALT\t%SAMPLE\t%GT\n]")
    spent = seconds(("bcftools", "query", "-s", sample, *asked, variants), out=text)
    return Answer(spent, _carriers(_lines(text)))


def bcftools_qualities(variants: Path, region: str, work: Path) -> pl.DataFrame:
    """DP, GQ and AD of the carriers in a region: reads of the reference allele and of the one carried."""
    text = work / "qualities.txt"
    asked = r"[%POS\t%REF\t%ALT\t%SAMPLE\t%GT\t%DP\t%GQ\t%AD\n]"
    run(("bcftools", "query", "-r", region, "-i", 'GT="alt"', "-f", asked, variants), out=text)
    rows = []
    for pos, ref, alts, sample, call, dp, gq, depths in _lines(text):
        copies, reads = call.replace("|", "/").split("/"), _numbers(depths)
        for number, alt in enumerate(alts.split(","), 1):
            if str(number) in copies:
                rows.append((int(pos), ref, alt, sample, int(dp), int(gq), reads[0], reads[number]))
    return _table(rows, QUALITIES)


def split(variants: Path, target: Path) -> None:
    """The same calls with one alternate allele in each record."""
    run(("bcftools", "norm", "--no-version", "-m-any", "-Ob", "-o", target, variants))


def to_pgen(variants: Path, target: Path, plink: Sequence[str] = PLINK) -> float:
    """Makes a plink2 fileset from BCF or VCF; CPU seconds, the less of two runs."""
    kind = "--bcf" if variants.suffix == ".bcf" else "--vcf"
    how = ("--vcf-half-call", "m", "--allow-extra-chr", "--make-pgen")
    return seconds((*plink, kind, variants, *how, "--out", target), repeats=2)


def plink_counts(fileset: Path, ids: Path, work: Path) -> Answer:
    """Allele counts of some samples. Several alternate alleles of a record stay together; 1/2 is HET at both."""
    out = work / "plink_counts"
    command = (*PLINK, "--pfile", fileset, "--allow-extra-chr", "--keep", ids)
    spent = seconds((*command, "--geno-counts", "cols=+pos", "--out", out))
    rows = []
    for _, pos, _, ref, alts, hom_ref, ref_alt, two_alt, *_ in _lines(
        out.with_suffix(".gcount"), header=True
    ):
        het, hom, called = _of_genotypes(int(hom_ref), _numbers(ref_alt), _numbers(two_alt))
        for number, alt in enumerate(alts.split(",")):
            copies = het[number] + 2 * hom[number]
            rows.append((int(pos), ref, alt, copies, 2 * called, het[number], hom[number]))
    return Answer(spent, _table(rows, COUNTS))


def _of_genotypes(hom_ref: int, ref_alt: list[int], two_alt: list[int]) -> tuple[list[int], list[int], int]:
    """(HET and HOM calls of each alternate allele, samples called) from plink2's genotypes 1/1, 1/2, 2/2, 1/3, ..."""
    het, hom = list(ref_alt), [0] * len(ref_alt)
    genotypes = ((one, other) for other in range(len(ref_alt)) for one in range(other + 1))
    for (one, other), n in zip(genotypes, two_alt, strict=True):
        if one == other:
            hom[one] += n
        else:
            het[one] += n
            het[other] += n
    return het, hom, hom_ref + sum(ref_alt) + sum(two_alt)


def plink_start(fileset: Path, ids: Path, work: Path) -> float:
    """CPU seconds of plink2 to start, read who and what the fileset has, and write a list of samples."""
    command = (*PLINK, "--pfile", fileset, "--allow-extra-chr", "--keep", ids)
    return seconds((*command, "--write-samples", "--out", work / "plink_start"))


def plink_sample_counts(fileset: Path, work: Path) -> Answer:
    """How many alleles each sample has het, hom and missing; the fileset has one alternate allele in each record."""
    out = work / "plink_samples"
    asked = ("--sample-counts", "cols=homalt,het,missing")
    spent = seconds((*PLINK, "--pfile", fileset, "--allow-extra-chr", *asked, "--out", out))
    rows = [
        (s, int(het), int(hom), int(none))
        for s, hom, het, none in _lines(out.with_suffix(".scount"), header=True)
    ]
    kinds = {"sample": pl.String, **dict.fromkeys(("het", "hom", "missing"), pl.Int64)}
    return Answer(spent, pl.DataFrame(rows, schema=kinds, orient="row"))


def to_zarr(variants: Path, work: Path) -> tuple[Spent, Path]:
    """VCF Zarr made in two steps, as its guide advises for large files, each with one worker."""
    columns, target = work / "exploded.icf", work / "cohort.vcz"
    steps = (
        run(("vcf2zarr", "explode", "-f", "-Q", "-p", "1", variants, columns))[0],
        run(("vcf2zarr", "encode", "-f", "-Q", "-p", "1", columns, target))[0],
    )
    shutil.rmtree(columns)
    return Spent(sum(s.seconds for s in steps), max(s.peak_mb for s in steps)), target


# Three questions, each asked in the way that was quickest of those tried. Prepared: the alleles' copies in everybody and
# the interval of each line were worked out when the table was made. Copies known: intervals are any. Any people: the
# table says who carries what, and rare is what is rare in the people asked about.
BURDENS = {
    "prepared": "SELECT interval, count(*) FILTER (is_case), count(*) FILTER (NOT is_case) FROM"
    " (SELECT DISTINCT interval, sample FROM {carriers} WHERE ac <= $most AND interval >= 0)"
    " JOIN people USING (sample) GROUP BY interval",
    "copies known": "SELECT number, count(*) FILTER (is_case), count(*) FILTER (NOT is_case) FROM"
    " (SELECT DISTINCT number, sample FROM (SELECT pos, sample FROM {carriers} WHERE ac <= $most)"
    " ASOF JOIN intervals ON pos >= first WHERE pos <= last) JOIN people USING (sample) GROUP BY number",
    "any people": "WITH rare AS (SELECT variant, any_value(pos) AS pos FROM {carriers} JOIN people USING (sample)"
    " GROUP BY variant HAVING sum(copies) <= $most), placed AS (SELECT variant, number FROM rare JOIN intervals"
    " ON pos BETWEEN first AND last), found AS (SELECT DISTINCT number, sample, is_case FROM {carriers}"
    " JOIN placed USING (variant) JOIN people USING (sample))"
    " SELECT number, count(*) FILTER (is_case), count(*) FILTER (NOT is_case) FROM found GROUP BY number",
}


class LongTable:
    """A cohort's long carrier table, asked with SQL: the Parquet file, and DuckDB's own table made of it."""

    def __init__(self, path: Path, intervals: NDArray[np.int64], threads: int | None) -> None:
        self._database = duckdb.connect(config={"threads": threads} if threads else {})
        self._database.execute(
            "CREATE TABLE carriers AS SELECT * FROM read_parquet($file)", {"file": str(path)}
        )
        self._sources = ("carriers", f"read_parquet('{path}')")
        self._intervals = len(intervals)
        numbered = {"number": np.arange(len(intervals)), "first": intervals[:, 0], "last": intervals[:, 1]}
        self._put("intervals", pl.DataFrame(numbered).cast(pl.Int32))

    def burden(
        self, question: str, cases: NDArray[np.int64], controls: NDArray[np.int64], most: int
    ) -> tuple[float, NDArray[np.int64]]:
        """Carriers of rare alleles among (cases, controls) in each interval: (intervals, 2). CPU seconds of all
        threads, after a first run, of the quicker source."""
        is_case = np.repeat([True, False], (len(cases), len(controls)))
        people = pl.DataFrame(
            {"sample": np.concatenate((cases, controls)).astype(np.int32), "is_case": is_case}
        )
        self._put("people", people)
        asked = [BURDENS[question].format(carriers=source) for source in self._sources]
        answers = [warm(partial(self._counts, sql, most), repeats=3) for sql in asked]
        assert all(np.array_equal(answers[0][1], found) for _, found in answers), "DuckDB's sources differ"
        return min(spent for spent, _ in answers), answers[0][1]

    def _counts(self, sql: str, most: int) -> NDArray[np.int64]:
        found = np.zeros((self._intervals, 2), np.int64)
        for interval, *counts in self._database.execute(sql, {"most": most}).fetchall():
            found[interval] = counts
        return found

    def _put(self, name: str, table: pl.DataFrame) -> None:
        self._database.register("given", table.to_arrow())
        self._database.execute(f"CREATE OR REPLACE TABLE {name} AS FROM given")
        self._database.unregister("given")

    def close(self) -> None:
        self._database.close()


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    return (
        sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
        if path.is_dir()
        else path.stat().st_size
    )


def pgen_size(fileset: Path) -> int:
    """Bytes of a fileset."""
    return sum(size_of(fileset.with_suffix(end)) for end in (".pgen", ".pvar", ".psam"))


def trimmed(table: pl.DataFrame) -> pl.DataFrame:
    """Counts of alleles written with bases, each with the fewest, as the store keeps them without a reference."""
    bases = table.filter(pl.all_horizontal(pl.col("ref", "alt").str.contains("^[ACGT]+$")))
    sites = [_fewest(*site) for site in bases.select("pos", "ref", "alt").iter_rows()]
    new = pl.DataFrame(sites, schema=["pos", "ref", "alt"], orient="row")
    return bases.with_columns(*new.get_columns()).sort(bases.columns)


def _fewest(pos: int, ref: str, alt: str) -> tuple[int, str, str]:
    while min(len(ref), len(alt)) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while min(len(ref), len(alt)) > 1 and ref[0] == alt[0]:
        pos, ref, alt = pos + 1, ref[1:], alt[1:]
    return pos, ref, alt


def _lines(path: Path, header: bool = False) -> Iterable[Sequence[str]]:
    lines = path.read_text().splitlines()
    return (line.split("\t") for line in lines[header:])


def _numbers(text: str) -> list[int]:
    return [int(n) for n in text.split(",")]


def _carriers(lines: Iterable[Sequence[str]]) -> pl.DataFrame:
    """One row for each allele that a call has."""
    rows = []
    for pos, ref, alts, sample, call in lines:
        copies = call.replace("|", "/").split("/")
        for number, alt in enumerate(alts.split(","), 1):
            if n := copies.count(str(number)):
                rows.append((int(pos), ref, alt, sample, n))
    return _table(rows, CARRIERS)


def _table(rows: Sequence[tuple[object, ...]], kinds: Kinds) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=kinds, orient="row").sort(list(kinds))
