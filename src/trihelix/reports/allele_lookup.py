"""Looking one allele up in the files that `allele_files` writes: one batch is read, nothing is compiled."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc
from numpy.typing import NDArray

from trihelix.model.errors import InterpretationFilesError
from trihelix.reference.allele_key import HASHED_BIT, allele_code

ALLELES, EFFECTS = "alleles.arrow", "effects.arrow"
STATES = ("ref", "het", "hom", "missing")


@dataclass(frozen=True)
class Population:
    """A population of a frequency pack with the highest frequencies that pass, for dominant and recessive modes."""

    pack: str
    name: str
    dominant: float
    recessive: float


@dataclass(frozen=True)
class Allele:
    """One allele of the input: its row, its fate, and what decided it. `states` are the members' calls as
    interpreted; `frequency` is that in `population` (None: in no population, or never looked up)."""

    row: int
    contig: str
    pos: int
    fate: str
    frequency: float | None
    population: Population | None
    states: dict[str, str]
    phase_set: int | None
    side: int
    file: str
    line: int


@dataclass(frozen=True)
class Effect:
    """What an allele does to a gene, and how it stands to the thresholds of dominant modes (None: not asked)."""

    row: int
    gene: str
    consequence: str
    counted: bool
    matters: bool
    frequency: float | None
    population: Population | None
    dominant_rare: bool | None


class AlleleFiles:
    """The opened files of one interpretation. InterpretationFilesError where they are missing or damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._alleles = _open(folder / ALLELES)
        self._effects = _open(folder / EFFECTS).read_all()
        self.facts: dict[str, Any] = json.loads((self._alleles.schema.metadata or {})[b"trihelix"])
        self.populations = [Population(*p) for p in self.facts["populations"]]
        self._names = {number: name for name, number in self.facts["fates"].items()}

    def find(self, contig: str, pos: int, ref: str, alt: str) -> Allele | None:
        """The allele (bare contig name, normalised, upper case), or None where the input does not have it."""
        code = allele_code(ref, alt)
        for number, batch in self._batches(contig, pos):
            for place in _places(batch, pos):
                row = batch.slice(place, 1).to_pylist()[0]
                if row["code"] == code and (not code & HASHED_BIT or row["long"] == f"{ref}>{alt}"):
                    return self._allele(number, place, contig, pos, row)
        return None

    def at(self, row: int) -> Allele:
        """The allele with this row number."""
        starts = [b[3] for b in self.facts["batches"]]
        number = max(n for n, start in enumerate(starts) if start <= row)
        batch = self._alleles.get_batch(number)
        place = row - starts[number]
        pos = int(_positions(batch)[place])
        contig = self.facts["contigs"][self.facts["batches"][number][0]]
        return self._allele(number, place, contig, pos, batch.slice(place, 1).to_pylist()[0])

    def count_at(self, contig: str, pos: int) -> int:
        """How many alleles of the input stand at a position."""
        return sum(len(_places(batch, pos)) for _, batch in self._batches(contig, pos))

    def effects(self, row: int) -> list[Effect]:
        """What the allele of a row does to genes; empty where it was not asked or lies in none."""
        rows = _numbers(self._effects, "variant")
        first, last = np.searchsorted(rows, [row, row + 1])
        return self._effect_rows(range(int(first), int(last)))

    def effects_on(self, gene: str) -> list[Effect]:
        """What alleles of the input do to a gene."""
        genes = self._effects.column("gene").to_pylist()
        return self._effect_rows([place for place, name in enumerate(genes) if name == gene])

    def fates(self) -> dict[str, int]:
        """How many alleles met each fate."""
        counts: dict[str, int] = {}
        for number in range(self._alleles.num_record_batches):
            found = np.bincount(self._alleles.get_batch(number).column("fate").to_numpy())
            for fate in np.flatnonzero(found).tolist():
                name = self._names[fate]
                counts[name] = counts.get(name, 0) + int(found[fate])
        return counts

    def _batches(self, contig: str, pos: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        for number, (which, first, last, _) in enumerate(self.facts["batches"]):
            if self.facts["contigs"][which] == contig and first <= pos <= last:
                yield number, self._alleles.get_batch(number)

    def _allele(self, batch: int, place: int, contig: str, pos: int, row: dict[str, Any]) -> Allele:
        packed = row["states"]
        states = {
            member: STATES[packed[i // 4] >> (2 * (i % 4)) & 3]
            for i, member in enumerate(self.facts["members"])
        }
        known = row["population"] >= 0
        return Allele(
            self.facts["batches"][batch][3] + place,
            contig,
            pos,
            self._names[row["fate"]],
            row["frequency"] if known else None,
            self.populations[row["population"]] if known else None,
            states,
            None if row["phase_set"] < 0 else row["phase_set"],
            row["side"],
            self.facts["files"][row["file"]] if self.facts["files"] else "input",
            row["line"],
        )

    def _effect_rows(self, places: Iterable[int]) -> list[Effect]:
        found = []
        for place in places:
            r = self._effects.slice(place, 1).to_pylist()[0]
            known = r["population"] is not None and r["population"] >= 0
            found.append(
                Effect(
                    r["variant"],
                    r["gene"],
                    r["consequence"],
                    r["counted"],
                    r["matters"],
                    r["frequency"] if known else None,
                    self.populations[r["population"]] if known else None,
                    r["rare"],
                )
            )
        return found


def _positions(batch: pa.RecordBatch) -> NDArray[np.int64]:
    return np.cumsum(batch.column("step").to_numpy(), dtype=np.int64)


def _places(batch: pa.RecordBatch, pos: int) -> range:
    """The places in a batch of the alleles at a position."""
    first, last = np.searchsorted(_positions(batch), [pos, pos + 1])
    return range(int(first), int(last))


def _numbers(table: pa.Table, name: str) -> NDArray[Any]:
    """A column of numbers without gaps."""
    chunks = [chunk.to_numpy() for chunk in table.column(name).chunks]
    return np.concatenate(chunks) if chunks else np.empty(0, np.uint32)


def _open(path: Path) -> Any:
    try:
        return pa.ipc.open_file(pa.memory_map(str(path)))
    except FileNotFoundError as error:
        raise InterpretationFilesError(
            "the folder does not hold what became of every variant",
            where=str(path),
            advice="give the --out folder of `trihelix interpret`; interpret again if it is of an earlier version",
        ) from error
    except (OSError, pa.ArrowInvalid) as error:
        raise InterpretationFilesError(
            "a file of the interpretation is damaged",
            where=str(path),
            value=error,
            advice="interpret the family again",
        ) from error
