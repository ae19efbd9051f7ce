"""The genome store against an independent oracle: the same files, the same answers, whatever was done in between."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from store_cases import SEQUENCES, Maker, Style, in_contig_order, ingest_batch, quietly
from store_oracle import (
    HET,
    HOM,
    MISSING,
    REF,
    REFERENCE,
    DeliveredBatch,
    Place,
    Record,
    StoreOracle,
    VariantFile,
)
from trihelix.model.assembly import bare_contig
from trihelix.reference import genome as genome_pack
from trihelix.reference.genome import Genome, open_genome
from trihelix.reference.pack import ConversionOptions
from trihelix.variants import codes
from trihelix.variants.store.answers.allele_counts import allele_counts
from trihelix.variants.store.answers.burden import burden
from trihelix.variants.store.answers.carriers import carriers
from trihelix.variants.store.answers.per_sample import sample_counts
from trihelix.variants.store.answers.rare_rows import Rarity
from trihelix.variants.store.batches import View
from trihelix.variants.store.by_sample import carried_by
from trihelix.variants.store.cohorts import Cohort, cohort_of_ids
from trihelix.variants.store.commit import Snapshot, open_store
from trihelix.variants.store.commits.tombstones import tombstone
from trihelix.variants.store.compact import compact
from trihelix.variants.store.regions import Region

COUNTS = ("ac", "an", "het", "hom", "hemi", "missing")
STATES = {codes.REF: REF, codes.HET: HET, codes.HOM: HOM, codes.MISSING: MISSING}


@pytest.fixture(scope="session")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Genome:
    return make_genome(tmp_path_factory.mktemp("genome"))


def make_genome(folder: Path) -> Genome:
    fasta = folder / "small.fa"
    names = {"MT": "chrM", "scaffold_7": "scaffold_7"}
    fasta.write_text("".join(f">{names.get(c, 'chr' + c)}\n{text}\n" for c, text in SEQUENCES.items()))
    pack = folder / "pack"
    pack.mkdir()
    genome_pack.convert([fasta], pack, ConversionOptions())
    return open_genome(pack)


@dataclass
class Disagreement(Exception):
    """What the store and the oracle say of one question."""

    question: str
    store: object
    oracle: object

    def __str__(self) -> str:
        return f"{self.question}\n  store : {self.store}\n  oracle: {self.oracle}"


def view_of(root: Path) -> View:
    store = open_store(root)
    return View(store, Snapshot(store.root, store.snapshot()))


def cohort_of(view: View, ids: set[str]) -> Cohort:
    return cohort_of_ids(ids, view.samples, "the test")


def regions_of(places: Sequence[Place] | None) -> list[Region] | None:
    return None if places is None else [Region(*place) for place in places]


def first_difference(question: str, store: dict, oracle: dict) -> Iterator[Disagreement]:  # type: ignore[type-arg]
    for key in sorted({*store, *oracle}, key=str):
        if store.get(key) != oracle.get(key):
            yield Disagreement(f"{question} at {key}", store.get(key), oracle.get(key))
            return


def alleles_of(table: pl.DataFrame) -> list[tuple[str, int, str, str]]:
    columns = table.select("contig", "pos", "ref", "alt").iter_rows()
    return [(bare_contig(c), pos, ref, alt) for c, pos, ref, alt in columns]


def check_counts(
    view: View, oracle: StoreOracle, cohort: set[str], places: Sequence[Place] | None
) -> Iterator[Disagreement]:
    table = allele_counts(view, cohort_of(view, cohort), regions_of(places))
    alleles = alleles_of(table)
    question = f"allele_counts of {sorted(cohort)} in {places}"
    if len(set(alleles)) < len(alleles):
        yield Disagreement(f"{question}: an allele twice", alleles, None)
    if places is not None and alleles != sorted(alleles):
        yield Disagreement(f"{question}: order", alleles, sorted(alleles))
    found = dict(zip(alleles, table.select(*COUNTS, "filter").iter_rows(), strict=True))
    expected = {
        a: (*c.as_tuple(), oracle.filter_of(a, cohort))
        for a, c in oracle.allele_counts(cohort, places).items()
    }
    yield from first_difference(f"{question} {COUNTS}", found, expected)


def check_carriers(
    view: View, oracle: StoreOracle, cohort: set[str], places: Sequence[Place] | None, rarity: Rarity
) -> Iterator[Disagreement]:
    table = carriers(view, cohort_of(view, cohort), regions_of(places), rarity)
    names = ("genotype", "filter", "ac", "an", "dp", "gq", "ref_depth", "alt_depth", "phase", "phase_set")
    keys = [(*a, s) for a, s in zip(alleles_of(table), table["sample"].to_list(), strict=True)]
    question = f"carriers of {sorted(cohort)} in {places} with {rarity}"
    if len(set(keys)) < len(keys):
        yield Disagreement(f"{question}: a line twice", keys, None)
    if places is not None and alleles_of(table) != sorted(alleles_of(table)):
        yield Disagreement(f"{question}: order", keys, None)
    found = dict(zip(keys, table.select(names).iter_rows(), strict=True))
    lines = oracle.carriers(cohort, places, rarity.max_frequency, rarity.max_count)
    expected = {
        (*a, s): (
            word,
            oracle.filter_of(a, cohort),
            ac,
            an,
            c.dp,
            c.gq,
            c.ref_depth,
            c.alt_depth,
            c.phase,
            c.phase_set,
        )
        for a, s, word, c, ac, an in lines
    }
    yield from first_difference(f"{question} {names}", found, expected)


def check_burden(
    view: View, oracle: StoreOracle, cases: set[str], controls: set[str], places: Sequence[Place], rarity: Rarity
) -> Iterator[Disagreement]:  # fmt: skip
    table = burden(
        view, cohort_of(view, cases), cohort_of(view, controls), [Region(*p) for p in places], rarity
    )
    found = dict(enumerate(table.select("alleles", "case_carriers", "control_carriers").iter_rows()))
    told = oracle.burden(cases, controls, places, rarity.max_frequency, rarity.max_count)
    question = f"burden of {sorted(cases)} against {sorted(controls)} in {places} with {rarity}"
    yield from first_difference(question, found, dict(enumerate(told)))


def check_samples(
    view: View, oracle: StoreOracle, cohort: set[str], places: Sequence[Place] | None
) -> Iterator[Disagreement]:
    table = sample_counts(view, cohort_of(view, cohort), regions_of(places))
    names = ("rows", "het", "hom", "hemi", "missing", "contradicting")
    found = {row["sample"]: {n: row[n] for n in names} for row in table.iter_rows(named=True)}
    yield from first_difference(
        f"sample_counts of {sorted(cohort)} in {places}", found, oracle.sample_counts(cohort, places)
    )


def check_by_sample(view: View, oracle: StoreOracle, sample: str) -> Iterator[Disagreement]:
    found = {}
    for batch in view.batches:
        ordinal = batch.samples.ordinals.get(sample)
        for entry in batch.parts if ordinal is not None else ():
            part = batch.part(entry)
            told = carried_by(part, batch.folder / "by_sample", ordinal, with_common_quality=True).table
            for row in told.to_pylist():
                key = (bare_contig(part.contig), row["pos"], row["ref"], row["alt"])
                quality = tuple(row.get(n, -1) for n in ("dp", "gq", "alt_depth"))
                if key in found:
                    yield Disagreement(f"carried_by {sample}: a row twice", key, None)
                found[key] = (STATES[row["state"]], row["is_common"], quality)
    expected = {
        a: (
            c.state,
            oracle.is_common(a, sample),
            tuple(-1 if v is None else v for v in (c.dp, c.gq, c.alt_depth)),
        )
        for a, c in oracle.carried_by(sample).items()
    }
    yield from first_difference(f"carried_by {sample}", found, expected)


def check_companions(view: View, oracle: StoreOracle, sample: str) -> Iterator[Disagreement]:
    found = {}
    for batch in view.batches:
        ordinal = batch.samples.ordinals.get(sample)
        for entry in batch.parts if ordinal is not None else ():
            part = batch.part(entry)
            told = carried_by(part, batch.folder / "by_sample", ordinal, with_companions=True).table
            for row in told.to_pylist():
                if row["state"] in (codes.REF, codes.MISSING):
                    quality = (row.get(name, -1) for name in ("dp", "gq", "alt_depth"))
                    values = tuple(None if v == -1 else v for v in quality)
                    key = (bare_contig(part.contig), row["pos"], row["ref"], row["alt"])
                    if not oracle.is_repeated(sample, key):
                        found[key] = (STATES[row["state"]], *values)
    yield from first_difference(f"companions of {sample}", found, oracle.companions_of(sample))


def check_everything(root: Path, oracle: StoreOracle, rng: random.Random) -> Iterator[Disagreement]:
    """All disagreements of one state of a store about randomly chosen questions."""
    view, everyone = view_of(root), set(oracle.samples)
    if not everyone:
        return
    some = set(rng.sample(sorted(everyone), rng.randint(1, len(everyone))))
    for cohort in (everyone, some):
        for places in (None, random_places(rng)):
            yield from check_counts(view, oracle, cohort, places)
            yield from check_samples(view, oracle, cohort, places)
            rarity = rng.choice([Rarity(), Rarity(max_count=2), Rarity(0.4), Rarity(0.5, 3)])
            yield from check_carriers(view, oracle, cohort, places, rarity)
    rarity = rng.choice([Rarity(), Rarity(max_count=2), Rarity(0.4)])
    yield from check_burden(view, oracle, some, everyone - some, overlapping_places(rng), rarity)
    yield from check_by_sample(view, oracle, rng.choice(sorted(everyone)))
    if not oracle.groups and not oracle.withdrawn and len(everyone) <= 64:
        yield from check_companions(view, oracle, rng.choice(sorted(everyone)))


@dataclass(frozen=True)
class Answers:
    """What must not change by compaction, to the order of the lines."""

    counts: pl.DataFrame
    carriers: pl.DataFrame
    burden: pl.DataFrame

    @staticmethod
    def of(root: Path) -> Answers:
        """The answers about everybody."""
        view = view_of(root)
        everyone, places = view.everyone, [Region(c, 1, 20_000) for c in ("1", "2", "X", "Y", "MT")]
        return Answers(
            allele_counts(view, everyone), carriers(view, everyone).drop("batch"),
            burden(view, everyone, everyone, places, Rarity(0.5)),
        )  # fmt: skip

    def differences(self, other: Answers) -> Iterator[Disagreement]:
        """Where other answers differ."""
        for name in ("counts", "carriers", "burden"):
            one, two = getattr(self, name).rows(), getattr(other, name).rows()
            if one != two:
                at = next((i for i, pair in enumerate(zip(one, two, strict=False)) if pair[0] != pair[1]), -1)
                yield Disagreement(f"unchanged: {name} line {at}", two[at : at + 3], one[at : at + 3])


def random_places(rng: random.Random) -> list[Place]:
    contig = rng.choice(["1", "2", "X", "Y", "MT", "scaffold_7"])
    first = rng.choice([0, 60]) + rng.randint(9955, 9982) if contig == "X" else rng.randint(5, 40)
    return [(contig, first, first + rng.randint(0, 12))]


def overlapping_places(rng: random.Random) -> list[Place]:
    return [place for _ in range(rng.randint(1, 5)) for place in random_places(rng)]


@dataclass
class Life:
    """A store and its oracle, from the first batch to the last."""

    root: Path
    batches: list[DeliveredBatch]
    genome: Genome | None
    rng: random.Random
    style: Style
    suffixes: tuple[str, ...] = (".bcf", ".vcf.gz")

    def run(self) -> Iterator[tuple[str, StoreOracle]]:
        """The names of the states, with what the oracle knows of them."""
        rng, store = self.rng, self.root / "store"
        order = rng.sample(self.batches, len(self.batches))
        oracle = StoreOracle(
            [in_contig_order(b) for b in order], "GRCh38", SEQUENCES if self.genome else None
        )
        for batch in order:
            ingest_batch(store, self.root / "files", batch, self.genome, lambda: rng.choice(self.suffixes))
        yield "ingested", oracle
        gone = frozenset(s for s in oracle.samples if rng.random() < 0.15)
        if gone and len(gone) < len(oracle.samples) and rng.random() < 0.7:
            tombstone(open_store(store), gone)
            oracle = replace(oracle, withdrawn=gone)
            yield "withdrawn", oracle
        purge = rng.random() < 0.5
        compact(open_store(store), None, purge, quietly)
        oracle = replace(oracle, groups=(0,) * len(order), purged=len(order) * purge)
        yield f"compacted, purge {purge}", oracle
        if not purge and oracle.withdrawn:
            compact(open_store(store), None, True, quietly)
            oracle = replace(oracle, purged=len(order))
            yield "purged", oracle
        late = replace(Maker(rng, self.style), _names=100_000).batch("late")
        ingest_batch(store, self.root / "files", late, self.genome, lambda: rng.choice(self.suffixes))
        oracle = replace(
            oracle, delivered=[*oracle.delivered, in_contig_order(late)], groups=(*oracle.groups, 1)
        )
        yield "late batch", oracle


def disagreements(
    root: Path, seed: int, genome: Genome, style: Style, batches: int
) -> Iterator[Disagreement]:
    rng = random.Random(seed)
    maker = Maker(rng, style)
    life = Life(root, maker.batches(batches), genome if style.with_genome else None, rng, style)
    before: Answers | None = None
    for state, oracle in life.run():
        for found in check_everything(root / "store", oracle, rng):
            yield replace(found, question=f"seed {seed}, {state}: {found.question}")
        answers = Answers.of(root / "store")
        somebody_left = all(set(b.samples) - oracle.withdrawn for b in oracle.delivered)
        if state.startswith(("compacted", "purged")) and before is not None and somebody_left:
            for found in before.differences(answers):
                yield replace(found, question=f"seed {seed}, {state}: {found.question}")
        before = answers


SMALL = Style()
WITH_GENOME = Style(with_genome=True)
MANY_SAMPLES = Style(
    contigs=("chr1", "chrX", "chrM"), records=8, oddities=0.01, samples=(150, 400),
    shares=(0.0, 0.0005, 0.004, 0.02, 0.05, 0.3, 0.6),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(22))
def test_small_batches(tmp_path: Path, genome: Genome, seed: int) -> None:
    style = WITH_GENOME if seed % 2 else SMALL
    for found in disagreements(tmp_path, seed, genome, style, 1 + seed % 3):
        raise found


@pytest.mark.parametrize("seed", range(2))
def test_many_samples(tmp_path: Path, genome: Genome, seed: int) -> None:
    """So many that rows have bit planes, and that the sample-major copy has common rows."""
    for found in disagreements(tmp_path, seed, genome, MANY_SAMPLES, 1 + seed % 2):
        raise found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1600))
def test_more_small_batches(tmp_path: Path, genome: Genome, seed: int) -> None:
    test_small_batches(tmp_path, genome, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_a_thousand_samples_and_more(tmp_path: Path, genome: Genome, seed: int) -> None:
    style = replace(MANY_SAMPLES, samples=(1100, 1300))
    for found in disagreements(tmp_path, seed, genome, style, 1 + seed % 2):
        raise found


class _StopError(Exception):
    """Somebody stopped the work."""


@pytest.mark.parametrize("seed", range(4))
def test_work_that_was_interrupted_goes_on(tmp_path: Path, genome: Genome, seed: int) -> None:
    """Stopped at any word of progress, ingest and compact give the same answers when they are done again."""
    rng = random.Random(seed)
    maker = Maker(rng, SMALL)
    batches = [in_contig_order(batch) for batch in maker.batches(2)]
    root, stops = tmp_path / "store", [rng.randint(0, 12) for _ in range(6)]

    def say(_what: str, _share: float) -> None:
        if stops and stops[0] <= 0:
            stops.pop(0)
            raise _StopError
        if stops:
            stops[0] -= 1

    for batch in batches:
        until_done(lambda: ingest_batch(root, tmp_path / "files", batch, None, lambda: ".bcf", say=say))  # noqa: B023
    oracle = StoreOracle(batches, "GRCh38")
    raise_first(check_everything(root, oracle, rng))
    until_done(lambda: compact(open_store(root), None, False, say))
    raise_first(check_everything(root, replace(oracle, groups=(0, 0)), rng))


def until_done(work: Callable[[], object]) -> None:
    for _ in range(20):
        try:
            work()
        except _StopError:
            continue
        return
    raise AssertionError("stopped more often than was asked for")


def raise_first(found: Iterator[Disagreement]) -> None:
    for one in found:
        raise one


@pytest.mark.parametrize("names", [("chr1", "1"), ("1", "chr1")])
@pytest.mark.parametrize("together", [True, False])
def test_contigs_are_known_by_either_name(tmp_path: Path, names: tuple[str, str], together: bool) -> None:
    """Without a known assembly two files may name one contig in two ways."""
    files = [
        VariantFile((f"s{i}",), (Record(name, 20 + i, SEQUENCES["1"][19 + i], ("<DEL>", "N"), ".", ({"GT": "0/0"},)),
                                 Record(name, 30, "A", ("C",), ".", ({"GT": "0/1"},)),
                                 Record(name, 31 + i, "A", ("CC",), ".", ({"GT": "1/1"},))))
        for i, name in enumerate(names)
    ]  # fmt: skip
    groups = [files] if together else [[file] for file in files]
    batches = [DeliveredBatch(f"b{i}", tuple(some), REFERENCE) for i, some in enumerate(groups)]
    for batch in batches:
        contigs = [batch.files[0].records[0].contig] if len(batch.files) == 1 else None
        ingest_batch(
            tmp_path / "store", tmp_path, batch, None, lambda: ".vcf.gz", assembly=None, contigs=contigs
        )
    oracle = StoreOracle(batches, None)
    for seed in range(5):
        raise_first(check_everything(tmp_path / "store", oracle, random.Random(seed)))
    compact(open_store(tmp_path / "store"), None, False, quietly)
    oracle = replace(oracle, groups=(0,) * len(batches))
    raise_first(check_everything(tmp_path / "store", oracle, random.Random(9)))
