"""What a genome store should answer, worked out in plain Python from its written rules, one call at a time.

The rules are those of ARCHITECTURE.md, section 4, and of the docstrings of `trihelix.variants.store`; nothing here looks
at how the store does it. Numbers of rows are tens to thousands, so everything is a dict and a loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from trihelix.model.assembly import bare_contig, in_par

REF, HET, HOM, MISSING = "ref", "het", "hom", "missing"
REFERENCE, UNKNOWN, CALLABLE = "reference", "unknown", "callable"
DIPLOID, X_ONLY, Y_ONLY, MITOCHONDRIAL = "diploid", "x", "y", "mt"
PASSING = ("PASS", ".")
WELL_DP, WELL_GQ = 10, 20
LARGEST = 32767  # DP, GQ and AD are kept up to this

Allele = tuple[str, int, str, str]  # bare contig, position, REF, ALT
Place = tuple[str, int, int]  # bare contig, first, last


@dataclass(frozen=True)
class Record:
    """A line of a VCF; `calls` has one dict of FORMAT key to text for each sample. `end` is INFO/END."""

    contig: str
    pos: int
    ref: str
    alts: tuple[str, ...]
    filter: str
    calls: tuple[Mapping[str, str], ...]
    end: int | None = None


@dataclass(frozen=True)
class VariantFile:
    """A file of records, sorted by contig and position."""

    samples: tuple[str, ...]
    records: tuple[Record, ...]


@dataclass(frozen=True)
class PedigreeMember:
    """A sample's family, sex (male, female, unknown) and parents."""

    family: str
    sex: str = "unknown"
    father: str | None = None
    mother: str | None = None


@dataclass(frozen=True)
class DeliveredBatch:
    """Files that are ingested together."""

    name: str
    files: tuple[VariantFile, ...]
    absent_is: str = UNKNOWN
    pedigree: Mapping[str, PedigreeMember] = field(default_factory=dict)

    @cached_property
    def samples(self) -> tuple[str, ...]:
        """All samples, in the order of the files."""
        return tuple(dict.fromkeys(s for file in self.files for s in file.samples))


@dataclass(frozen=True)
class Cell:
    """One sample's call at one allele. `exceptional`: the state does not tell how many copies were called."""

    state: str
    copies: int = 0
    called: int = 0
    ploidy: int = 2
    phase: str | None = None
    phase_set: int | None = None
    dp: int | None = None
    gq: int | None = None
    ref_depth: int | None = None
    alt_depth: int | None = None


@dataclass(frozen=True)
class Block:
    """A reference record of a gVCF, for one sample."""

    first: int
    last: int
    state: str
    dp: int | None
    gq: int | None

    def as_call(self) -> tuple[str, int | None, int | None, int | None]:
        """State, DP, GQ, and reads of an alternate allele, which it does not tell."""
        return self.state, self.dp, self.gq, None

    @property
    def is_well_covered(self) -> bool:
        """Whether it makes the sample callable."""
        return self.state == REF and (self.dp or 0) >= WELL_DP and (self.gq or 0) >= WELL_GQ


@dataclass
class Counts:
    """As the columns of an allele count."""

    ac: int = 0
    an: int = 0
    het: int = 0
    hom: int = 0
    hemi: int = 0
    missing: int = 0

    def add(self, other: Counts) -> None:
        """Count the other's people too."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def as_tuple(self) -> tuple[int, ...]:
        """ac, an, het, hom, hemi, missing."""
        return (self.ac, self.an, self.het, self.hom, self.hemi, self.missing)


# Reading one call and one allele.


def parsed_genotype(text: str) -> tuple[tuple[int | None, ...], bool]:
    """(allele numbers, None for '.'; whether any bar is |) of a GT."""
    parts = re.split(r"[/|]", text)
    return tuple(None if p == "." else int(p) for p in parts), "|" in text


def number(text: str | None) -> int | None:
    """A whole number; None for '.', nothing, and what is below zero."""
    if text is None or text in (".", ""):
        return None
    return int(text) if int(text) >= 0 else None


def kept_number(text: str | None) -> int | None:
    """As number, but not above LARGEST."""
    value = number(text)
    return None if value is None else min(value, LARGEST)


def cell_of(call: Mapping[str, str], allele: int) -> Cell:
    """The call at alternate allele number `allele` of its record."""
    alleles, phased = parsed_genotype(call["GT"])
    ploidy, copies = len(alleles), sum(a == allele for a in alleles)
    called = sum(a is not None for a in alleles)
    state = _state(ploidy, copies, called)
    if state == REF and number(call.get("DP")) == 0:
        state, called = MISSING, 0
    phase = None
    if state == HET and phased and ploidy == 2:
        phase = "1|0" if alleles[0] == allele else "0|1"
    depths = call.get("AD", ".").split(",")
    return Cell(
        state, copies, called, ploidy, phase, number(call.get("PS")), kept_number(call.get("DP")),
        kept_number(call.get("GQ")), kept_number(depths[0]),
        kept_number(depths[allele]) if allele < len(depths) else None,
    )  # fmt: skip


def _state(ploidy: int, copies: int, called: int) -> str:
    """Half calls with the allele are HET, without it MISSING, and so are calls of more than two copies."""
    if called == 0 or ploidy > 2:
        return MISSING
    if called < ploidy:
        return HET if copies else MISSING
    if copies == ploidy:
        return HOM
    return HET if copies else REF


def is_reference_record(alts: Sequence[str]) -> bool:
    """Whether a record names no allele at all: a reference block of a gVCF, or one site of it."""
    return all(a in (".", "<NON_REF>", "<*>") for a in alts)


def has_bases(ref: str, alt: str) -> bool:
    """Whether an alternate allele is written out in bases, N among them, and is another than REF."""
    return set((ref + alt).upper()) <= set("ACGTN") and ref.upper() != alt.upper()


def normalised(pos: int, ref: str, alt: str, sequence: str | None) -> tuple[int, str, str]:
    """Trimmed and moved left as Tan, Abecasis and Kang say; without a sequence only trimmed."""
    ref, alt = ref.upper(), alt.upper()
    while ref[-1] == alt[-1]:
        if len(ref) > 1 and len(alt) > 1:
            ref, alt = ref[:-1], alt[:-1]
        elif sequence is not None and 1 < pos <= len(sequence) and sequence[pos - 2] in "ACGT":
            before = sequence[pos - 2]
            ref, alt, pos = before + ref[:-1], before + alt[:-1], pos - 1
        else:
            break
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        ref, alt, pos = ref[1:], alt[1:], pos + 1
    return pos, ref, alt


# A store.


@dataclass
class _Batch:
    """A delivered batch, read: cells by allele and sample, filters, blocks."""

    delivered: DeliveredBatch
    cells: dict[Allele, dict[str, Cell]] = field(default_factory=dict)
    filters: dict[Allele, list[str]] = field(default_factory=dict)
    blocks: dict[tuple[str, str], list[Block]] = field(default_factory=dict)  # (sample, contig)
    callable_samples: set[str] = field(default_factory=set)
    repeated: set[Allele] = field(default_factory=set)
    copies: dict[tuple[str, str], int] = field(default_factory=dict)  # (sample, region), where known


@dataclass
class StoreOracle:
    """The answers of a store with some batches. `sequences` is the genome by bare contig, None for none.

    `groups` says which of the batches have become one by compaction (equal numbers); that changes which rows are shown
    together, no number. From the first `purged` batches withdrawn people are gone, and what they alone carried.
    """

    delivered: Sequence[DeliveredBatch]
    assembly: str | None
    sequences: Mapping[str, str] | None = None
    withdrawn: frozenset[str] = frozenset()
    groups: tuple[int, ...] = ()
    purged: int = 0

    @cached_property
    def _batches(self) -> list[_Batch]:
        read = [self._read(batch) for batch in self.delivered]
        alone = {a for batch in read for a in batch.cells if self._is_orphan(a, read[: self.purged])}
        for batch in read[: self.purged]:
            batch.cells = {
                a: {s: c for s, c in cells.items() if s not in self.withdrawn}
                for a, cells in batch.cells.items()
                if a not in alone
            }
            batch.filters = {a: told for a, told in batch.filters.items() if a not in alone}
        return read

    @cached_property
    def samples(self) -> tuple[str, ...]:
        """Everyone who is not withdrawn, batch by batch."""
        every = (s for batch in self.delivered for s in batch.samples)
        return tuple(s for s in every if s not in self.withdrawn)

    @cached_property
    def batch_of(self) -> dict[str, int]:
        """The batch of each sample, withdrawn or not."""
        return {s: n for n, batch in enumerate(self.delivered) for s in batch.samples}

    def region(self, contig: str, pos: int) -> str:
        """By how many copies a person is expected to have there."""
        found = {"X": X_ONLY, "Y": Y_ONLY, "MT": MITOCHONDRIAL}.get(contig, DIPLOID)
        return DIPLOID if found == X_ONLY and in_par(self.assembly, pos) else found

    # What the files say.

    def _read(self, delivered: DeliveredBatch) -> _Batch:
        batch = _Batch(delivered)
        for sample, member in delivered.pedigree.items():
            if member.sex in ("male", "female"):
                batch.copies[sample, X_ONLY] = 1 if member.sex == "male" else 2
                batch.copies[sample, Y_ONLY] = 1 if member.sex == "male" else 0
        for file in delivered.files:
            self._read_file(batch, file)
        return batch

    def _read_file(self, batch: _Batch, file: VariantFile) -> None:
        told: dict[Allele, list[tuple[str, dict[str, Cell]]]] = {}
        for record in file.records:
            contig = bare_contig(record.contig)
            self._settle_copies(batch, file, record)
            if is_reference_record(record.alts):
                self._add_blocks(batch, file, record)
                continue
            for n, alt in enumerate(record.alts, 1):
                if has_bases(record.ref, alt):
                    cells = {s: cell_of(c, n) for s, c in zip(file.samples, record.calls, strict=True)}
                    told.setdefault(self._allele(contig, record, alt), []).append((record.filter, cells))
        for allele, rows in told.items():
            filter_, cells = _as_one(rows)
            batch.filters.setdefault(allele, []).append(filter_)
            batch.cells.setdefault(allele, {}).update(cells)
            if len(rows) > 1:
                batch.repeated.add(allele)

    def _allele(self, contig: str, record: Record, alt: str) -> Allele:
        sequence = None if self.sequences is None else self.sequences.get(contig)
        return (contig, *normalised(record.pos, record.ref, alt, sequence))

    def _settle_copies(self, batch: _Batch, file: VariantFile, record: Record) -> None:
        """An unknown karyotype has as many copies as the sample's first called genotype of the region says."""
        region = self.region(bare_contig(record.contig), record.pos)
        if region not in (X_ONLY, Y_ONLY):
            return
        for sample, call in zip(file.samples, record.calls, strict=True):
            alleles, _ = parsed_genotype(call["GT"])
            if any(a is not None for a in alleles) and len(alleles) <= 2:
                batch.copies.setdefault((sample, region), len(alleles))

    def _add_blocks(self, batch: _Batch, file: VariantFile, record: Record) -> None:
        for sample, call in zip(file.samples, record.calls, strict=True):
            alleles, _ = parsed_genotype(call["GT"])
            reads = number(call.get("DP"))
            state = MISSING if None in alleles or reads == 0 else REF
            least = number(call.get("MIN_DP"))
            dp = reads if least is None else least
            gq = number(call.get("GQ"))
            gq = number(call.get("RGQ")) if gq is None else gq
            block = Block(record.pos, record.end or record.pos, state, dp, gq)
            batch.blocks.setdefault((sample, bare_contig(record.contig)), []).append(block)
            batch.callable_samples.add(sample)
        batch.callable_samples |= set(file.samples)

    # One call, counted.

    def expected(self, sample: str, region: str) -> int:
        """Copies that a sample is expected to have in a region; two of X or Y where nothing tells."""
        if region in (DIPLOID, MITOCHONDRIAL):
            return 2 if region == DIPLOID else 1
        batch = self._batches[self.batch_of[sample]]
        return min(batch.copies.get((sample, region), 2), 2)

    def cell(self, sample: str, allele: Allele) -> Cell | None:
        """The sample's call; None where its file does not have the row."""
        return self._batches[self.batch_of[sample]].cells.get(allele, {}).get(sample)

    def counts_of(self, sample: str, allele: Allele) -> Counts:
        """What one person adds to the counts of a row."""
        region = self.region(allele[0], allele[1])
        expected = self.expected(sample, region)
        if expected == 0:
            return Counts()
        cell = self.cell(sample, allele)
        if cell is None:
            return self._absent(sample, allele, expected)
        if region == MITOCHONDRIAL:
            return _counted_once(cell)
        return _counted(cell, expected)

    def _absent(self, sample: str, allele: Allele, expected: int) -> Counts:
        batch = self._batches[self.batch_of[sample]]
        if sample in batch.callable_samples:
            covered = self.is_callable(sample, allele[0], allele[1])
            return Counts(an=expected) if covered else Counts(missing=1)
        return Counts(an=expected) if batch.delivered.absent_is == REFERENCE else Counts()

    def is_callable(self, sample: str, contig: str, pos: int) -> bool:
        """Whether a reference block of the sample's file with reads and quality enough covers a place."""
        blocks = self._batches[self.batch_of[sample]].blocks.get((sample, contig), [])
        return any(b.first <= pos <= b.last and b.is_well_covered for b in blocks)

    # Rows.

    @cached_property
    def alleles(self) -> list[Allele]:
        """All rows that may be shown, sorted; those that withdrawn people alone carry are as good as gone."""
        every = {allele for batch in self._batches for allele in batch.cells}
        return sorted(a for a in every if not self._is_orphan(a, self._batches))

    def _is_orphan(self, allele: Allele, batches: Sequence[_Batch]) -> bool:
        """Whether withdrawn people carry an allele in these batches, and nobody else."""
        carriers = {s for b in batches for s, c in b.cells.get(allele, {}).items() if c.state in (HET, HOM)}
        return bool(carriers) and carriers <= self.withdrawn

    def rows(self, cohort: set[str], regions: Sequence[Place] | None = None) -> list[Allele]:
        """The rows that any batch with a member of the cohort has, by contig name, position and allele."""
        with_rows = [
            b.cells for n in {self.batch_of[s] for s in cohort - self.withdrawn} for b in self._with(n)
        ]
        return [a for a in self.alleles if _is_inside(a, regions) and any(a in cells for cells in with_rows)]

    def _with(self, n: int) -> list[_Batch]:
        """The batches that are one with batch n."""
        groups = self.groups or tuple(range(len(self.delivered)))
        return [b for b, group in zip(self._batches, groups, strict=True) if group == groups[n]]

    def filter_of(self, allele: Allele, cohort: set[str]) -> str:
        """What the first file says of a row, but that it passes where any file says so."""
        chosen = dict.fromkeys(self.batch_of[s] for s in self.samples if s in cohort)
        told = [f for n in chosen for b in self._with(n) for f in b.filters.get(allele, [])]
        return next((f for f in told if f in PASSING), told[0])

    # Answers.

    def allele_counts(self, cohort: set[str], regions: Sequence[Place] | None = None) -> dict[Allele, Counts]:
        """The counts of each row."""
        return {allele: self.total(cohort, allele) for allele in self.rows(cohort, regions)}

    def total(self, cohort: set[str], allele: Allele) -> Counts:
        """The counts of one row."""
        total = Counts()
        for sample in cohort - self.withdrawn:
            total.add(self.counts_of(sample, allele))
        return total

    def rare(
        self,
        cohort: set[str],
        regions: Sequence[Place] | None,
        max_frequency: float | None,
        max_count: int | None,
    ) -> dict[Allele, Counts]:
        """Rows that somebody of the cohort carries with at most this frequency, or so many copies."""
        counted = self.allele_counts(cohort, regions)
        return {
            a: c
            for a, c in counted.items()
            if c.ac > 0
            and (max_count is None or c.ac <= max_count)
            and (max_frequency is None or c.ac <= max_frequency * c.an)
        }

    def carriers(
        self, cohort: set[str], regions: Sequence[Place] | None = None, max_frequency: float | None = None,
        max_count: int | None = None,
    ) -> list[tuple[Allele, str, str, Cell, int, int]]:  # fmt: skip
        """(allele, sample, genotype, call, ac, an) of each carrier, sorted by allele and sample."""
        found = []
        for allele, counts in self.rare(cohort, regions, max_frequency, max_count).items():
            for sample in sorted(cohort - self.withdrawn):
                cell = self.cell(sample, allele)
                if cell is not None and cell.state in (HET, HOM):
                    word = self._genotype(sample, allele, cell)
                    found.append((allele, sample, word, cell, counts.ac, counts.an))
        return found

    def _genotype(self, sample: str, allele: Allele, cell: Cell) -> str:
        region = self.region(allele[0], allele[1])
        if cell.state == HET:
            return "half call" if cell.called == 1 else "het"
        if region == MITOCHONDRIAL:
            return "hom"
        single = cell.called == 1 or (region != DIPLOID and self.expected(sample, region) == 1)
        return "hemi" if single else "hom"

    def burden(
        self, cases: set[str], controls: set[str], intervals: Sequence[Place], max_frequency: float | None = None,
        max_count: int | None = None,
    ) -> list[tuple[int, int, int]]:  # fmt: skip
        """(alleles, case carriers, control carriers) of each interval."""
        both = cases | controls
        answers = []
        for interval in intervals:
            lines = self.carriers(both, [interval], max_frequency, max_count)
            people = {line[1] for line in lines}
            alleles = self.rare(both, [interval], max_frequency, max_count)
            answers.append((len(alleles), len(people & cases), len(people & controls)))
        return answers

    def sample_counts(
        self, cohort: set[str], regions: Sequence[Place] | None = None
    ) -> dict[str, dict[str, int]]:
        """rows, het, hom, hemi, missing, contradicting of each sample, over the rows of its own batch."""
        return {s: self._sample_counts(s, regions) for s in self.samples if s in cohort}

    def _sample_counts(self, sample: str, regions: Sequence[Place] | None) -> dict[str, int]:
        total = dict.fromkeys(("rows", "het", "hom", "hemi", "missing", "contradicting"), 0)
        for allele in self.rows({sample}, regions):
            total["rows"] += 1
            counts = self.counts_of(sample, allele)
            if self.contradicts(sample, allele):
                total["contradicting"] += 1
            for name in ("het", "hom", "hemi", "missing"):
                total[name] += getattr(counts, name)
        return total

    def contradicts(self, sample: str, allele: Allele) -> bool:
        """Whether a sample is heterozygous where it has one copy."""
        cell, region = self.cell(sample, allele), self.region(allele[0], allele[1])
        single = region in (X_ONLY, Y_ONLY) and self.expected(sample, region) == 1
        return single and cell is not None and cell.state == HET and cell.called == 2

    def carried_by(self, sample: str) -> dict[Allele, Cell]:
        """What one sample carries."""
        cells = {a: self.cell(sample, a) for a in self.alleles}
        return {a: c for a, c in cells.items() if c is not None and c.state in (HET, HOM)}

    def is_common(self, allele: Allele, sample: str) -> bool:
        """Whether more than 1 in 64 of those in the sample's batch carry the allele."""
        chosen = self._with(self.batch_of[sample])
        carriers = sum(c.state in (HET, HOM) for b in chosen for c in b.cells.get(allele, {}).values())
        every = [s for b in chosen for s in b.delivered.samples]
        people = sum(self.batch_of[s] >= self.purged or s not in self.withdrawn for s in every)
        return carriers > max(1, people // 64)

    def relatives(self, sample: str) -> Iterator[str]:
        """Parents, children and siblings in the sample's own delivery."""
        pedigree = self._batches[self.batch_of[sample]].delivered.pedigree
        me = pedigree.get(sample)
        for other, member in pedigree.items():
            if me is None or member.family != me.family or other == sample or other not in self.batch_of:
                continue
            parents = {(k, getattr(me, k)) for k in ("father", "mother") if getattr(me, k)}
            theirs = {(k, getattr(member, k)) for k in ("father", "mother") if getattr(member, k)}
            if other in {p for _, p in parents} or sample in {p for _, p in theirs} or parents & theirs:
                yield other

    def companions_of(self, sample: str) -> dict[Allele, tuple[str, int | None, int | None, int | None]]:
        """(state, DP, GQ, reads of ALT) of the sample's own call wherever it does not carry what a relative carries. To
        be asked only of batches so small that all rows are rare."""
        if sample not in self._batches[self.batch_of[sample]].delivered.pedigree:
            return {}
        found = {}
        for relative in self.relatives(sample):
            for allele in self.carried_by(relative):
                call = self._own_call(sample, allele)
                if call is not None and call[0] in (REF, MISSING):
                    found[allele] = call
        return {a: call for a, call in found.items() if not self.is_repeated(sample, a)}

    def is_repeated(self, sample: str, allele: Allele) -> bool:
        """Whether an allele stands in several records of a file of the sample's batch."""
        return allele in self._batches[self.batch_of[sample]].repeated

    def _own_call(self, sample: str, allele: Allele) -> tuple[str, int | None, int | None, int | None] | None:
        cell = self.cell(sample, allele)
        if cell is not None:
            return cell.state, cell.dp, cell.gq, cell.alt_depth
        blocks = self._batches[self.batch_of[sample]].blocks.get((sample, allele[0]), [])
        return next((b.as_call() for b in blocks if b.first <= allele[1] <= b.last), None)


def _as_one(rows: Sequence[tuple[str, dict[str, Cell]]]) -> tuple[str, dict[str, Cell]]:
    """(filter, cells) of an allele that stands in several records of a file: where any of them passes only those count;
    of these each sample has the call with most copies and is missing only if it is in all, of equals the first."""
    counted = [row for row in rows if row[0] in PASSING] or list(rows)
    rank = {MISSING: -1, REF: 0, HET: 1, HOM: 2}
    samples = counted[0][1]
    best = {s: max((cells[s] for _, cells in counted), key=lambda c: rank[c.state]) for s in samples}
    return counted[0][0], best


def _is_inside(allele: Allele, regions: Sequence[Place] | None) -> bool:
    return regions is None or any(c == allele[0] and a <= allele[1] <= b for c, a, b in regions)


def _counted_once(cell: Cell) -> Counts:
    """On the mitochondrial genome each person who is called counts once, whatever the number of copies."""
    if cell.called == 0:
        return Counts(missing=1)
    return Counts(ac=min(cell.copies, 1), an=1, het=int(cell.state == HET), hom=int(cell.state == HOM))


def _counted(cell: Cell, expected: int) -> Counts:
    if cell.called == 0:
        return Counts(missing=1)
    if cell.ploidy != 2 or cell.called != 2:  # the copies that were called count
        one_copy = cell.ploidy == 1 and cell.copies == 1
        return Counts(cell.copies, cell.called, het=int(cell.state == HET), hemi=int(one_copy))
    if cell.state == REF:
        return Counts(an=expected)
    if cell.state == HOM:
        single = int(expected == 1)
        return Counts(ac=expected, an=expected, hom=1 - single, hemi=single)
    return Counts(missing=1) if expected == 1 else Counts(ac=1, an=2, het=1)
