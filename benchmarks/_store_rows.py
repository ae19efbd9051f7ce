"""The rows of the genome store's benchmark: each asks the store and a peer the same question, checks that the answers
are equal, and compares CPU seconds, bytes or memory."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from subprocess import CalledProcessError

import numpy as np
import polars as pl
from numpy.typing import NDArray

import _bcf_calls
import _store_ours as ours
import _store_peers as peers
from _child import Spent, run, warm
from _cohort import CONTIG, names
from trihelix.variants.store.batches import View

FULL_SIZE = 100_000  # people at whom the targets are set
GENE = f"{CONTIG}:1060000-1089999"
FIRST, INTERVALS = 1_000_000, 200
ONE = "S000777"
MOST_MEMORY_MB = 2000
QUICK_SECONDS = 5
ENTRIES_TO_JUDGE = 10_000_000  # below, what every call costs hides what entries cost
# Who is asked about, what the table tells SQL beforehand, the question in SQL, and what must be reached.
BURDENS_ASKED = (
    ("everybody", "", "any people", 10),
    ("a random 10 %", "", "any people", 10),
    ("everybody", ", copies known to SQL", "copies known", 10),
    ("everybody", ", copies and intervals known to SQL", "prepared", None),
)


@dataclass(frozen=True)
class Row:
    """A line of the table. `ratio` is peer/ours of seconds, so above 1 is better; ours/peer of bytes, below 1 is."""

    what: str
    size: str
    ours: float | None
    peer: float | None
    peer_name: str | None
    ratio: float | None
    target: float | None
    met: bool | None

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def faster(what: str, size: str, mine: float, peer: float, peer_name: str, target: float | None) -> Row:
    """CPU seconds beside a peer's."""
    ratio = peer / mine
    met = None if target is None else ratio >= target
    return Row(f"{what}, CPU s", size, _short(mine), _short(peer), peer_name, _short(ratio), target, met)


def smaller(
    what: str, size: str, mine: float, peer: float, peer_name: str, target: float | None, genotypes: int
) -> Row:
    """Bytes per genotype beside a peer's."""
    met = None if target is None else mine / peer <= target
    per = (_short(mine / genotypes), _short(peer / genotypes))
    return Row(f"{what}, bytes per genotype", size, *per, peer_name, _short(mine / peer), target, met)


def at_most(what: str, size: str, mine: float, target: float | None) -> Row:
    """A figure without a peer that may not pass a bound."""
    return Row(what, size, _short(mine), None, None, None, target, None if target is None else mine <= target)


def _short(value: float) -> float:
    return float(f"{value:.3g}")


@dataclass(frozen=True)
class Setting:
    """A simulated cohort, where to work, and what was drawn for the questions."""

    variants: Path
    people: int
    bases: int
    work: Path
    with_zarr: bool

    @property
    def size(self) -> str:
        return f"{self.people:,} people"

    @property
    def rare(self) -> int:
        """Most copies of an allele that is rare: one in a thousand people."""
        return self.people // 1000

    def target(self, value: float) -> float | None:
        """Targets are set at full size only."""
        return value if self.people == FULL_SIZE else None

    def drawn(self, share: float) -> NDArray[np.int64]:
        """Ordinals of people drawn at random; a smaller share is part of a larger one."""
        order = np.random.default_rng(5).permutation(self.people)
        return np.sort(order[: int(self.people * share)])

    def ids_file(self) -> Path:
        """The sample ids of a tenth of the people."""
        path = self.work / "tenth.txt"
        path.write_text("".join(f"{name}\n" for name in self.names(self.drawn(0.1))))
        return path

    def names(self, ordinals: NDArray[np.int64]) -> list[str]:
        everyone = names(self.people)
        return [everyone[i] for i in ordinals.tolist()]

    def intervals(self) -> NDArray[np.int64]:
        """(first, last) of each interval: four fifths of equal parts of what is simulated."""
        width = self.bases // INTERVALS
        first = FIRST + np.arange(INTERVALS) * width
        return np.column_stack((first, first + width * 4 // 5 - 1))


@dataclass(frozen=True)
class Opened:
    """The cohort in every form: the store, plink2's filesets, the long table, and the yardstick."""

    store: Path
    view: View
    fileset: Path
    split: Path
    long_table: Path
    yardstick: _bcf_calls.Yardstick


def same(what: str, mine: pl.DataFrame, theirs: pl.DataFrame) -> None:
    """Stops the benchmark where two answers differ."""
    if not mine.equals(theirs):
        only = mine.join(theirs, on=mine.columns, how="anti", nulls_equal=True).head(3)
        missed = theirs.join(mine, on=mine.columns, how="anti", nulls_equal=True).head(3)
        raise AssertionError(f"{what}: answers differ\nours only {only}\ntheirs only {missed}")


def measure(setting: Setting) -> tuple[list[Row], list[tuple[int, float]]]:
    """All rows of a cohort, and (list entries, seconds) of counts over parts of it."""
    setting.work.mkdir()
    cohort, rows = make_all(setting)
    rows += counts_rows(setting, cohort)
    rows += [*carriers_rows(setting, cohort), *burden_rows(setting, cohort)]
    rows += [*sample_rows(setting, cohort), *one_sample_rows(setting, cohort)]
    return rows, cost_points(setting, cohort)


def make_all(setting: Setting) -> tuple[Opened, list[Row]]:
    """Every form of the cohort, with the rows of making and of size."""
    work, size = setting.work, setting.size
    store, long_table = work / "store", work / "long.parquet"
    mine, view = warm(lambda: ours.ingest_file(setting.variants, store), repeats=2)
    yardstick = _bcf_calls.read(setting.variants, setting.people, setting.intervals(), long_table)
    cohort = Opened(store, view, work / "plink", work / "split", long_table, yardstick)
    usual = peers.to_pgen(setting.variants, cohort.fileset, ("plink2", "--threads", "1"))
    lean = peers.to_pgen(setting.variants, cohort.fileset)
    peers.split(setting.variants, work / "split.bcf")
    peers.to_pgen(work / "split.bcf", cohort.split)
    target = setting.target(1.5)
    rows = [
        faster("ingest from BCF", size, mine, usual, "plink2 --make-pgen", target),
        faster("ingest from BCF", size, mine, lean, "plink2 --make-pgen --memory 2000", target),
    ]
    zarr = None
    if setting.with_zarr:
        spent, zarr = peers.to_zarr(setting.variants, work)
        rows.append(faster("ingest from BCF", size, mine, spent.seconds, "vcf2zarr", setting.target(15)))
    rows += ingest_command_rows(setting, lean, "plink2 --make-pgen --memory 2000")
    return cohort, rows + size_rows(setting, cohort, zarr)


def whole_command(setting: Setting, name: str, command: Sequence[str | Path], fresh: Path) -> Spent | None:
    """What one of our commands takes with its start-up, in a process of its own; the better of two runs where the
    first took long, as it compiles on a new machine. None, and a word on it, where it fails."""
    found = []
    for _ in range(2):
        _remove(fresh)
        try:
            found += run(command)
        except CalledProcessError as error:
            last = (error.stderr or "").strip().splitlines()[-1:]
            print(f"trihelix {name} at {setting.size} is left out: {last}", file=sys.stderr)
            return None
        if found[0].seconds < QUICK_SECONDS:
            break
    return min(found, key=lambda spent: spent.seconds)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def ingest_command_rows(setting: Setting, peer: float, peer_name: str) -> list[Row]:
    """`trihelix ingest` as a person calls it."""
    into = setting.work / "by_command"
    spent = whole_command(setting, "ingest", ours.ingest_command(setting.variants, into), into)
    if spent is None:
        return []
    what = "`trihelix ingest`, whole command"
    return [faster(what, setting.size, spent.seconds, peer, peer_name, None),
            at_most(f"{what}, peak MB", setting.size, spent.peak_mb, MOST_MEMORY_MB)]  # fmt: skip


def counts_command_rows(
    setting: Setting, store: Path, by_bcftools: peers.Answer, by_plink: peers.Answer
) -> list[Row]:
    """`trihelix counts` as a person calls it, with the table that it writes."""
    out = setting.work / "counts.tsv"
    spent = whole_command(setting, "counts", ours.counts_command(store, setting.ids_file(), out), out)
    if spent is None:
        return []
    same("trihelix counts", ours.as_counts(pl.read_csv(out, separator="\t")), by_plink.table)
    what, size = "`trihelix counts` of a random 10 %, whole command", setting.size
    return [
        faster(what, size, spent.seconds, by_bcftools.seconds, "bcftools view -S + fill-tags", None),
        faster(what, size, spent.seconds, by_plink.seconds, "plink2 --geno-counts", None),
        at_most(f"{what}, peak MB", size, spent.peak_mb, MOST_MEMORY_MB),
    ]


def size_rows(setting: Setting, cohort: Opened, zarr: Path | None) -> list[Row]:
    """What the cohort takes on disk."""
    mine, genotypes = ours.sizes(cohort.view), setting.people * cohort.yardstick.counts.height
    main, everything = "genotypes of the store", "the store with everything"
    bcf, pgen = peers.size_of(setting.variants), peers.pgen_size(cohort.fileset)

    def row(what: str, bytes_: int, peer: int, name: str, target: float | None = None) -> Row:
        return smaller(what, setting.size, bytes_, peer, name, target, genotypes)

    rows = [row(main, mine.parts, bcf, "BCF", setting.target(0.3)), row(everything, mine.everything, bcf, "BCF"),
            row(main, mine.parts, pgen, "plink2 pgen"), row(everything, mine.everything, pgen, "plink2 pgen")]  # fmt: skip
    if zarr:
        calls = peers.size_of(zarr / "call_genotype")
        rows += [row(main, mine.parts, peers.size_of(zarr), "VCF Zarr", setting.target(0.65)),
                 row(main, mine.parts, calls, "VCF Zarr, call_genotype alone")]  # fmt: skip
    return rows


def counts_rows(setting: Setting, cohort: Opened) -> list[Row]:
    """Allele counts of a random tenth of the people."""
    ids, size, view = setting.ids_file(), setting.size, cohort.view
    people = ours.cohort_of_file(view, ids)
    mine, found = warm(lambda: ours.counts(view, people))
    opening, _ = warm(lambda: _opened_counts(cohort.store, ids), repeats=3)
    by_bcftools = peers.bcftools_counts(setting.variants, ids, setting.work)
    by_plink = peers.plink_counts(cohort.fileset, ids, setting.work)
    same("counts, bcftools", ours.as_counts(found), by_bcftools.table)
    same("counts, plink2", ours.as_counts(found), by_plink.table)
    start = peers.plink_start(cohort.fileset, ids, setting.work)
    what, tool = "allele counts of a random 10 %", "bcftools view -S + fill-tags"
    longer = f"{what}, with opening and reading the ids"
    plink = "plink2 --geno-counts"
    return [
        faster(what, size, mine, by_bcftools.seconds, tool, setting.target(400)),
        faster(what, size, mine, by_plink.seconds, plink, setting.target(1)),
        faster(what, size, mine, max(by_plink.seconds - start, 1e-4), f"{plink} less its start", None),
        faster(longer, size, opening, by_bcftools.seconds, tool, None),
        faster(longer, size, opening, by_plink.seconds, plink, None),
        *counts_command_rows(setting, cohort.store, by_bcftools, by_plink),
    ]


def _opened_counts(store: Path, ids: Path) -> pl.DataFrame:
    view = ours.opened(store)
    return ours.counts(view, ours.cohort_of_file(view, ids))


def carriers_rows(setting: Setting, cohort: Opened) -> list[Row]:
    """Carriers of rare alleles in a gene of 30 kb."""
    mine, found = warm(lambda: ours.rare_carriers(cohort.view, GENE, setting.rare))
    theirs = peers.bcftools_carriers(setting.variants, GENE, setting.rare, setting.work)
    rare = cohort.yardstick.counts.filter(pl.col("ac") <= setting.rare).select("pos", "ref", "alt")
    expected = theirs.table.join(rare, on=["pos", "ref", "alt"], how="semi").sort(theirs.table.columns)
    same("rare carriers", ours.as_carriers(found), expected)
    return [faster("rare carriers of a 30 kb gene", setting.size, mine, theirs.seconds, "bcftools query -r",
                   setting.target(400))]  # fmt: skip


def burden_rows(setting: Setting, cohort: Opened) -> list[Row]:
    """Case and control carriers of rare alleles in 200 intervals: of everybody, and of a tenth of the people."""
    mine = {name: _our_burden(setting, cohort, of) for name, of in _groups(setting).items()}
    rows = []
    for threads, tool in ((1, "DuckDB, 1 thread"), (None, "DuckDB, all threads")):
        table = peers.LongTable(cohort.long_table, setting.intervals(), threads)
        for who, known, question, target in BURDENS_ASKED:
            cases, controls, most = _groups(setting)[who]
            theirs, expected = table.burden(question, cases, controls, most)
            spent, found = mine[who]
            assert np.array_equal(found, expected), f"burden of {who}: answers differ"
            wanted = setting.target(target) if target and threads else None
            what = f"burden of 200 intervals, {who}{known}"
            rows.append(faster(what, setting.size, spent, theirs, tool, wanted))
        table.close()
    return rows


def _groups(setting: Setting) -> dict[str, tuple[NDArray[np.int64], NDArray[np.int64], int]]:
    """Cases, controls, and most copies in both of a rare allele."""
    tenth, hundredth = setting.drawn(0.1), setting.drawn(0.01)
    return {
        "everybody": (tenth, np.setdiff1d(np.arange(setting.people), tenth), setting.rare),
        "a random 10 %": (hundredth, np.setdiff1d(tenth, hundredth), max(1, setting.rare // 10)),
    }


def _our_burden(
    setting: Setting, cohort: Opened, of: tuple[NDArray[np.int64], NDArray[np.int64], int]
) -> tuple[float, NDArray[np.int64]]:
    cases, controls = (ours.cohort_of(cohort.view, setting.names(group)) for group in of[:2])
    return warm(partial(ours.burdens, cohort.view, cases, controls, CONTIG, setting.intervals(), of[2]))


def sample_rows(setting: Setting, cohort: Opened) -> list[Row]:
    """Alleles that each sample has het and hom; plink2 reads a fileset with one alternate allele in each record."""
    mine, found = warm(lambda: ours.of_samples(cohort.view))
    theirs = peers.plink_sample_counts(cohort.split, setting.work)
    columns = ["sample", "het", "hom", "missing"]
    same("sample counts", found.select(columns).sort("sample"), theirs.table.select(columns).sort("sample"))
    assert np.array_equal(found.select(columns[1:]).to_numpy().T, cohort.yardstick.of_samples)
    what, target = "het and hom counts of each sample", setting.target(1)
    return [faster(what, setting.size, mine, theirs.seconds, "plink2 --sample-counts", target)]


def one_sample_rows(setting: Setting, cohort: Opened) -> list[Row]:
    """Everything that one person carries."""
    mine, found = warm(lambda: ours.one_sample(cohort.view, ONE))
    viewed = peers.bcftools_view_sample(setting.variants, ONE, setting.work)
    queried = peers.bcftools_query_sample(setting.variants, ONE, setting.work)
    for theirs in (viewed, queried):
        same("one sample", ours.as_carried(found, ONE), theirs.table)
    what, size = "all variants of one sample", setting.size
    return [
        faster(what, size, mine, viewed.seconds, "bcftools view -s -c1", setting.target(50)),
        faster(what, size, mine, queried.seconds, "bcftools query -s", None),
    ]


def cost_points(setting: Setting, cohort: Opened) -> list[tuple[int, float]]:
    """(list entries, seconds) of counts over a quarter, a half and all of a cohort's stretch."""
    people = ours.cohort_of_file(cohort.view, setting.ids_file())
    counts = cohort.yardstick.counts
    points = []
    for share in (0.25, 0.5, 1.0):
        last = FIRST + int(setting.bases * share)
        some = counts.filter(pl.col("pos") <= last).select("an", "het", "hom").to_numpy()
        entries = int(some[:, 1:].sum() + (setting.people - some[:, 0] // 2).sum())
        seconds, _ = warm(partial(ours.counts, cohort.view, people, f"{CONTIG}:{FIRST}-{last}"))
        points.append((entries, seconds))
    return points


def cost_rows(points: dict[str, list[tuple[int, float]]]) -> list[Row]:
    """Nanoseconds for each list entry, and how much of the differences in time a straight line tells (R squared)."""
    rows = [
        at_most(
            "allele counts of a random 10 %, ns per list entry", size, some[-1][1] / some[-1][0] * 1e9, None
        )
        for size, some in points.items()
    ]
    entries, seconds = np.array([p for some in points.values() for p in some]).T
    fit = float(np.corrcoef(entries, seconds)[0, 1] ** 2)
    target = 0.95 if max(entries) > ENTRIES_TO_JUDGE else None
    met = None if target is None else fit >= target
    size = f"{len(entries)} stretches"
    return [
        *rows,
        Row(
            "allele counts against list entries, R squared", size, _short(fit), None, None, None, target, met
        ),
    ]


def quality_rows(variants: Path, people: int, work: Path) -> list[Row]:
    """Size of a cohort with DP, GQ and AD of its carriers, all of them kept."""
    work.mkdir()
    view = ours.ingest_file(variants, work / "store")
    region = f"{CONTIG}:1000000-1005000"
    mine = ours.as_qualities(ours.rare_carriers(view, region, 2 * people))
    same("call quality", mine, peers.bcftools_qualities(variants, region, work))
    found, size, bcf = ours.sizes(view), f"{people:,} people", peers.size_of(variants)
    genotypes = people * ours.counts(view, view.everyone).height
    target, name = (0.6 if people == FULL_SIZE else None), "BCF with DP, GQ, AD of carriers"
    return [smaller("genotypes with call quality", size, found.parts, bcf, name, target, genotypes),
            smaller("with call quality, everything", size, found.everything, bcf, name, None, genotypes)]  # fmt: skip


def real_rows(variants: Path, work: Path) -> list[Row]:
    """Counts of a tenth of the people of a real excerpt."""
    work.mkdir()
    view = ours.ingest_file(variants, work / "store")
    ids = [name for _, samples in view.samples.items() for name in samples.ids]
    listed = work / "tenth.txt"
    listed.write_text("".join(f"{name}\n" for name in ids[::10]))
    people = ours.cohort_of_file(view, listed)
    mine, found = warm(lambda: ours.counts(view, people))
    by_bcftools = peers.bcftools_counts(variants, listed, work)
    peers.to_pgen(variants, work / "plink")
    by_plink = peers.plink_counts(work / "plink", listed, work)
    for name, theirs in (("bcftools", by_bcftools), ("plink2", by_plink)):
        same(f"real counts, {name}", ours.as_counts(found), peers.trimmed(theirs.table))
    what, size = f"allele counts, real {variants.name.split('.')[0]}", f"{len(ids):,} people"
    return [
        faster(what, size, mine, by_bcftools.seconds, "bcftools view -S + fill-tags", None),
        faster(what, size, mine, by_plink.seconds, "plink2 --geno-counts", None),
    ]
