"""The demonstration: a simulated world and its families, interpreted as a clinic would, and compared with the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from time import perf_counter

from trihelix.model.interpretation import Candidate, Interpretation
from trihelix.reference.library import Details
from trihelix.reference.phenotypes import Phenotypes, open_phenotypes
from trihelix.reports.publish import publish
from trihelix.services.interpret import Request, interpret, interpret_traced
from trihelix.services.programme import Programme, open_programme
from trihelix.services.references import add_reference
from trihelix.simulate.demo_folder import replaced
from trihelix.simulate.diagnoses import Planted
from trihelix.simulate.families import SimulatedFamily, simulate_families, write_truth
from trihelix.simulate.world import add_world, simulate_world

STEPS = 5  # beside one per family
Progress = Callable[[str, int, int], None]  # what is being done, steps done, steps in all


class Verdict(StrEnum):
    """How a family's interpretation compares with what was planted."""

    SOLVED = "solved"  # the diagnosis is the first candidate
    FURTHER_DOWN = "further down"  # it is a candidate, but not the first
    MISSED = "missed"
    NOTHING_PLANTED = "none planted"


@dataclass(frozen=True)
class Outcome:
    """One family after interpretation. `diagnosis` is the candidate with exactly the planted variants, None where there
    is none; `panel` is the id of the panel applied; `seconds` are those of interpretation and report; `report` is the page
    in the final folder."""

    family: str
    shape: str
    panel: str
    planted: Planted | None
    diagnosis: Candidate | None
    candidates: tuple[Candidate, ...]
    seconds: float
    report: Path

    @property
    def verdict(self) -> Verdict:
        """What came out."""
        if self.planted is None:
            return Verdict.NOTHING_PLANTED
        if self.diagnosis is None:
            return Verdict.MISSED
        return Verdict.SOLVED if self.diagnosis.rank == 1 else Verdict.FURTHER_DOWN

    @property
    def best_tier(self) -> int | None:
        """The best tier of any candidate."""
        return min((c.tier for c in self.candidates), default=None)


@dataclass
class DemoRun:
    """A finished demonstration: outcomes in the families' order, and seconds by step."""

    folder: Path
    seed: int
    outcomes: list[Outcome] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def count(self, verdict: Verdict) -> int:
        """How many families came out so."""
        return sum(o.verdict is verdict for o in self.outcomes)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Adds the time of what is done inside to a step."""
        start = perf_counter()
        yield
        self.seconds[step] = self.seconds.get(step, 0.0) + perf_counter() - start


def run_demo(folder: Path, seed: int, families: int, progress: Progress = lambda *_: None) -> DemoRun:
    """Simulate, interpret and compare; everything is written to `folder`: the reference files, the programme's home,
    the families' files, the reports, and the truth.

    Raises OutputError where the folder holds something that is not a demonstration or cannot be written.
    """
    run, total = DemoRun(folder, seed), families + STEPS
    with replaced(folder) as place:
        programme = open_programme(place / "home")
        progress("reading the Human Phenotype Ontology", 0, total)
        with run.timed("phenotypes"):
            phenotypes = _phenotypes(programme)
        progress("simulating a genome, genes and a population", 1, total)
        with run.timed("world"):
            world = simulate_world(place / "reference", seed, phenotypes)
        progress("making reference packs", 2, total)
        with run.timed("packs"):
            add_world(programme, world)
        progress(f"simulating {families} families", 3, total)
        with run.timed("families"):
            simulated = list(simulate_families(world, place / "families", families, seed))
            write_truth(place / "truth.tsv", simulated)
        progress("compiling kernels, once per installation", 4, total)
        with run.timed("kernels"):
            interpret(programme, _request(simulated[0]))
        for number, family in enumerate(simulated):
            progress(f"interpreting {family.id}", STEPS + number, total)
            with run.timed("cases"):
                run.outcomes.append(_interpret(programme, family, place, folder))
        progress("done", total, total)
    return run


def _phenotypes(programme: Programme) -> Phenotypes:
    pack, _ = add_reference(programme, "phenotypes", [], Details())
    return open_phenotypes(pack.folder)


def _request(family: SimulatedFamily) -> Request:
    """What a clinic would ask: the family's files and the panel for its disorder."""
    return Request(
        vcfs=family.vcfs,
        ped=family.ped,
        phenopacket=family.phenopacket,
        panels=(family.panel.id,),
        proband=family.pedigree.proband,
        not_sequenced=family.pedigree.not_sequenced,
    )


def _interpret(programme: Programme, family: SimulatedFamily, place: Path, folder: Path) -> Outcome:
    start = perf_counter()
    interpreted = interpret_traced(programme, _request(family))
    result = interpreted.interpretation
    written = publish(result, place / "reports" / family.id, interpreted.trace)
    seconds = perf_counter() - start
    report = folder / written["report.html"].relative_to(place)
    found = find_diagnosis(result, family.planted)
    return Outcome(
        family.id,
        family.plan.shape,
        family.panel.id,
        family.planted,
        found,
        result.candidates,
        seconds,
        report,
    )


def find_diagnosis(result: Interpretation, planted: Planted | None) -> Candidate | None:
    """The candidate of the planted gene with exactly the planted variants."""
    if planted is None:
        return None
    wanted = {(a.contig, a.pos, a.ref, a.alt) for a in planted.alleles}
    return next((c for c in result.candidates if c.gene == planted.gene and _alleles(c) == wanted), None)


def _alleles(candidate: Candidate) -> set[tuple[str, int, str, str]]:
    return {(v.contig, v.pos, v.ref, v.alt) for v in candidate.variants}


def as_dict(run: DemoRun) -> dict[str, object]:
    """The run as plain lists and dictionaries, ready for JSON."""
    return {
        "seed": run.seed,
        "folder": str(run.folder),
        "home": str(run.folder / "home"),
        "truth": str(run.folder / "truth.tsv"),
        "totals": {v.value.replace(" ", "_"): run.count(v) for v in Verdict},
        "seconds": {step: round(seconds, 3) for step, seconds in run.seconds.items()},
        "families": [_outcome_dict(o) for o in run.outcomes],
    }


def _outcome_dict(outcome: Outcome) -> dict[str, object]:
    planted, found = outcome.planted, outcome.diagnosis
    return {
        "family": outcome.family,
        "shape": outcome.shape,
        "panel": outcome.panel,
        "verdict": outcome.verdict.value,
        "planted": None
        if planted is None
        else {
            "gene": planted.gene,
            "disorder": planted.disorder.id,
            "disorder_name": planted.disorder.name,
            "inheritance": planted.how.value,
            "variants": [str(a) for a in planted.alleles],
            "effects": list(planted.effects),
            "panel_colour": planted.colour,
            "expected_tier": planted.expected_tier,
        },
        "rank": found.rank if found else None,
        "tier": found.tier if found else None,
        "segregation": found.segregation if found else None,
        "score": found.score if found else None,
        "candidates": len(outcome.candidates),
        "candidates_by_tier": {str(t): _in_tier(outcome.candidates, t) for t in (1, 2, 3)},
        "seconds": round(outcome.seconds, 3),
        "report": str(outcome.report),
    }


def _in_tier(candidates: Sequence[Candidate], tier: int) -> int:
    return sum(c.tier == tier for c in candidates)
