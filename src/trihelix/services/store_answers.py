"""Questions to a genome store and their answers as tables: allele counts, carriers, burden, and what samples have."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from trihelix.model.errors import SampleMismatchError
from trihelix.services.genome_store import added_on, size_of_batch
from trihelix.services.store_questions import (
    CohortUsed,
    Place,
    Places,
    Say,
    choose_cohort,
    find_places,
    regions_of,
)
from trihelix.variants.store.answers.allele_counts import allele_counts
from trihelix.variants.store.answers.burden import burden
from trihelix.variants.store.answers.carriers import carriers
from trihelix.variants.store.answers.rare_rows import Rarity
from trihelix.variants.store.batches import View
from trihelix.variants.store.cohorts import size_of
from trihelix.variants.store.commit import Snapshot, Store
from trihelix.variants.store.regions import Region

STEPS = 50  # so often a question about many places tells how far it has come


@dataclass(frozen=True)
class Answer:
    """A table about a store at one of its states, about whom it is, and facts of the table as a whole."""

    store: Path
    snapshot: int
    assembly: str | None
    cohorts: dict[str, CohortUsed]
    table: pl.DataFrame
    facts: dict[str, object] = field(default_factory=dict)

    def head(self) -> dict[str, object]:
        """Store, snapshot, assembly, the cohorts, facts, and the names of the columns."""
        return {
            "store": str(self.store),
            "snapshot": self.snapshot,
            "assembly": self.assembly,
            **{name: used.as_dict() for name, used in self.cohorts.items()},
            **self.facts,
            "columns": self.table.columns,
        }

    def json(self) -> Iterator[str]:
        """One JSON document, in pieces: the head, and rows as lists in the order of the columns."""
        yield json.dumps(self.head(), ensure_ascii=False)[:-1] + ', "rows": ['
        for number, row in enumerate(self.table.iter_rows()):
            yield (",\n" if number else "\n") + json.dumps(row, ensure_ascii=False)
        yield "]}\n"


@dataclass(frozen=True)
class Found:
    """What a function found: about whom, the table, and facts of it as a whole."""

    cohorts: dict[str, CohortUsed]
    table: pl.DataFrame
    facts: dict[str, object] = field(default_factory=dict)


def answer_of(store: Store, function: Callable[[View], Found]) -> Answer:
    """The answer of a function on the latest state, on a newer one if a compaction took files away meanwhile."""

    def on(snapshot: Snapshot) -> Answer:
        view = View(store, snapshot)
        found = function(view)
        number = snapshot.manifest.number
        return Answer(store.root, number, view.assembly, found.cohorts, found.table, found.facts)

    return store.reading(on)


def _by_steps(
    regions: Sequence[Region], say: Say, what: str, answer: Callable[[Sequence[Region]], pl.DataFrame]
) -> pl.DataFrame:
    """The answers for all regions one below the other, a few regions at a time so that progress can be told."""
    size = max(1, -(-len(regions) // STEPS))
    frames = []
    for start in range(0, len(regions), size):
        say(what, start / len(regions))
        frames.append(answer(regions[start : start + size]))
    return pl.concat(frames) if frames else answer([])


def count_alleles(
    store: Store, listing: Path | None, places: Places, least: int, proportions: bool, say: Say
) -> Answer:
    """Allele counts: contig, pos, ref, alt, filter, ac, an, af, het, hom, hemi, missing; of rows with an ac of at
    least `least`. `proportions` adds missing_share and hwe_p (see cohort_statistics)."""

    def count(view: View) -> Found:
        used = choose_cohort(view, listing)

        def some(regions: Sequence[Region]) -> pl.DataFrame:
            frame = with_frequency(allele_counts(view, used.cohort, regions))
            if least:
                frame = frame.filter(pl.col("ac") >= least)
            if not proportions:
                return frame
            from trihelix.variants.store.answers.cohort_statistics import with_proportions

            return with_proportions(view, used.cohort, regions, frame)

        return Found({"cohort": used}, _by_steps(regions_of(view, places), say, "counting alleles", some))

    return answer_of(store, count)


def with_frequency(frame: pl.DataFrame) -> pl.DataFrame:
    """The counts with `af` = ac / an behind `an`; null where nobody was called."""
    frequency = pl.when(pl.col("an") > 0).then(pl.col("ac") / pl.col("an")).alias("af")
    names = frame.columns
    place = names.index("an") + 1
    return frame.with_columns(frequency).select(*names[:place], "af", *names[place:])


def find_carriers(store: Store, listing: Path | None, places: Places, rarity: Rarity, say: Say) -> Answer:
    """Who carries what: see `variants.store.carriers`."""

    def find(view: View) -> Found:
        used = choose_cohort(view, listing)

        def some(regions: Sequence[Region]) -> pl.DataFrame:
            return carriers(view, used.cohort, regions, rarity)

        return Found({"cohort": used}, _by_steps(regions_of(view, places), say, "looking for carriers", some))

    return answer_of(store, find)


def count_burden(
    store: Store, cases: Path, controls: Path, places: Places, rarity: Rarity, say: Say
) -> Answer:
    """How many cases and controls carry any rare allele in each place, with odds ratio and P value.

    Raises SampleMismatchError where somebody is a case and a control.
    """
    from trihelix.variants.store.answers.cohort_statistics import with_association

    def count(view: View) -> Found:
        case, control = choose_cohort(view, cases), choose_cohort(view, controls)
        _check_apart(case, control, view)
        asked = find_places(view, places)
        if asked is None:
            asked = [Place(view.display(r.contig), r) for r in view.regions(None)]

        def some(chosen: Sequence[Place]) -> pl.DataFrame:
            regions = [place.region for place in chosen]
            table = burden(view, case.cohort, control.cohort, regions, rarity)
            return table.insert_column(0, pl.Series("name", [place.name for place in chosen], pl.String))

        say("counting carriers", 0.0)
        return Found(
            {"cases": case, "controls": control}, with_association(some(asked), case.size, control.size)
        )

    return answer_of(store, count)


def _check_apart(cases: CohortUsed, controls: CohortUsed, view: View) -> None:
    both = cases.cohort & controls.cohort
    if not len(both):
        return
    batch = next(b for b in view.batches if b.id in both.members and size_of(both.members[b.id]))
    raise SampleMismatchError(
        f"{len(both)} samples are both cases and controls",
        where=f"{cases.listing} and {controls.listing}",
        value=batch.samples.ids[int(both.ordinals(batch.id)[0])],
        advice="list each sample in one of the two files",
    )


def list_batches(store: Store, listing: Path | None) -> tuple[Answer, dict[str, int]]:
    """The batches (batch, samples, withdrawn, variants, added, bytes), and totals of the store.

    With a list of samples also `in_cohort`, how many of them each batch has. An empty store is an answer too.
    """
    totals: dict[str, int] = {}

    def tell(view: View) -> Found:
        used = (
            {"cohort": choose_cohort(view, listing)}
            if view.batches and (listing or len(view.everyone))
            else {}
        )
        manifest = view.snapshot.manifest
        added = added_on(store, manifest.batches, manifest)
        rows = []
        for batch in view.batches:
            entry = batch.entry
            gone = int(view.withdrawn_samples(batch).sum())
            row: dict[str, object] = {"batch": entry.name, "samples": entry.samples - gone, "withdrawn": gone}
            if listing:
                row["in_cohort"] = size_of(used["cohort"].cohort.members[batch.id])
            row |= {"variants": entry.variants, "added": added[entry.id][:19] + "Z"}
            rows.append({**row, "files": len(entry.files), "bytes": size_of_batch(entry)})
        totals.update(
            samples=len(view.everyone),
            withdrawn=view.withdrawn,
            bytes=sum(f.bytes for f in manifest.files.values()),
        )
        return Found(
            used, pl.DataFrame(rows) if rows else pl.DataFrame({"batch": []}, schema={"batch": pl.String})
        )

    return answer_of(store, tell), totals
