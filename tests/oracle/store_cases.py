"""Generated batches for a genome store, full of oddities, and how they are written as files and ingested."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pysam
import pysam.bcftools

from store_oracle import (
    CALLABLE,
    REFERENCE,
    UNKNOWN,
    DeliveredBatch,
    PedigreeMember,
    Record,
    VariantFile,
)
from trihelix.model.assembly import bare_contig, in_par
from trihelix.model.family import Affection, Family, Member, Sex
from trihelix.reference.genome import Genome
from trihelix.variants.store.ingest import Ingested, IngestRequest, ingest
from trihelix.variants.store.intake.assembling import Say
from trihelix.variants.store.samples import AbsentIs

ASSEMBLY = "GRCh38"
CONTIGS = ("chr1", "chr2", "chrX", "chrY", "chrM", "scaffold_7")
SPANS = {"X": (9960, 9980)}  # and the same behind the border of the PAR, at 10,001
BORDER = 60
SPAN = (12, 34)
FILTERS = ("PASS", ".", "LowQual", "q10;LowQual")


def make_sequences(seed: int = 7) -> dict[str, str]:
    """A small genome with repeats, by bare contig."""
    rng = random.Random(seed)
    lengths = {bare_contig(c): 120 for c in CONTIGS} | {"X": 10_100}
    made = {}
    for contig, length in lengths.items():
        text = ""
        while len(text) < length:
            text += rng.choice(["A", "C", "G", "T", "CA" * 3, "A" * 5, "GATTACA", "CAG" * 2])
        made[contig] = text[:length]
    return made


SEQUENCES = make_sequences()


@dataclass(frozen=True)
class Style:
    """What a case is made of."""

    with_genome: bool = False
    oddities: float = 0.08
    records: int = 12
    contigs: tuple[str, ...] = CONTIGS
    samples: tuple[int, int] = (1, 5)
    shares: tuple[float, ...] = (0.0, *(0.4,) * 11)  # of alleles other than REF, one for each record


@dataclass
class Maker:
    """Makes the batches of one case."""

    rng: random.Random
    style: Style
    _names: int = 0

    def batches(self, n: int) -> list[DeliveredBatch]:
        """So many batches with samples of their own."""
        return [self.batch(f"batch-{i}") for i in range(n)]

    def batch(self, name: str) -> DeliveredBatch:
        """Files of one delivery: one file, a file for each family or sample, or a file for each chromosome."""
        groups = [self._samples() for _ in range(self.rng.choice([1, 1, 2, 3]))]
        pedigree: dict[str, PedigreeMember] = {}
        for number, samples in enumerate(groups):
            pedigree |= self._pedigree(f"{name}-family-{number}", samples)
        files = [file for samples in groups for file in self._files(samples, pedigree)]
        if self.rng.random() < 0.3:
            self.rng.shuffle(files)
        if not any(self._has_rows(file) for file in files):
            files = [*files, self._sure_file(name)]
        return DeliveredBatch(name, tuple(files), self.rng.choice([UNKNOWN, REFERENCE]), pedigree)

    def _has_rows(self, file: VariantFile) -> bool:
        return any(set(alt) <= set("ACGT") and alt != r.ref for r in file.records for alt in r.alts)

    def _sure_file(self, name: str) -> VariantFile:
        base = SEQUENCES["1"][50]
        alt = "A" if base != "A" else "C"
        return VariantFile((f"{name}-sure",), (Record("chr1", 51, base, (alt,), "PASS", ({"GT": "0/1"},)),))

    def _samples(self) -> tuple[str, ...]:
        n = self.rng.randint(*self.style.samples)
        self._names += n
        return tuple(f"{self.rng.choice('abcdxyz')}{self._names - i}" for i in range(n))

    def _pedigree(self, family: str, samples: Sequence[str]) -> dict[str, PedigreeMember]:
        if self.rng.random() < 0.25:
            return {}
        sexes = {s: self.rng.choice(["male", "female", "unknown"]) for s in samples}
        parents = {}
        if len(samples) >= 3:
            father, mother, *children = samples
            sexes |= {father: "male", mother: "female"}
            parents = dict.fromkeys(children, (father, mother))
        return {s: PedigreeMember(family, sexes[s], *parents.get(s, (None, None))) for s in samples}

    def _files(self, samples: tuple[str, ...], pedigree: dict[str, PedigreeMember]) -> list[VariantFile]:
        contigs = [c for c in self.style.contigs if self.rng.random() < 0.75]
        with_blocks = self.rng.random() < 0.3
        with_fields = self.rng.random() < 0.7
        records = [
            r
            for c in contigs
            for r in self._records(c, samples, pedigree, with_fields or with_blocks, with_blocks)
        ]
        if len(contigs) > 1 and self.rng.random() < 0.35:
            cut = self.rng.randint(1, len(contigs) - 1)
            parts = [contigs[:cut], contigs[cut:]]
            return [VariantFile(samples, tuple(r for r in records if r.contig in part)) for part in parts]
        return [VariantFile(samples, tuple(records))]

    # Records.

    def _records(
        self, contig: str, samples: Sequence[str], pedigree: dict[str, PedigreeMember], fields: bool, blocks: bool
    ) -> list[Record]:  # fmt: skip
        first, last = SPANS.get(bare_contig(contig), SPAN)
        places = sorted(self.rng.randint(first, last) for _ in range(self.rng.randint(0, self.style.records)))
        if bare_contig(contig) == "X":
            places = [p + self.rng.choice([0, BORDER]) for p in places]
        made = [self._record(contig, pos, samples, pedigree, fields, blocks) for pos in places]
        if blocks:
            made += self._reference_blocks(contig, samples, made)
        return sorted(made, key=lambda r: r.pos)

    def _record(
        self, contig: str, pos: int, samples: Sequence[str], pedigree: dict[str, PedigreeMember], fields: bool,
        blocks: bool,
    ) -> Record:  # fmt: skip
        ref, alts = self._alleles(SEQUENCES[bare_contig(contig)], pos)
        if blocks and self.rng.random() < 0.7:
            alts = (*alts, "<NON_REF>")
        share = self.rng.choice(self.style.shares)
        calls = tuple(
            self._call(contig, pos, len(alts), pedigree.get(s), fields, share) for s in samples
        )  # fmt: skip
        return Record(contig, pos, ref, alts, self.rng.choice(FILTERS), calls)

    def _alleles(self, sequence: str, pos: int) -> tuple[str, tuple[str, ...]]:
        longest = self.rng.choice([1, 1, 1, 2, 3, 5])
        ref = sequence[pos - 1 : pos - 1 + longest]
        alts: list[str] = []
        for _ in range(self.rng.choice([1, 1, 1, 2, 3])):
            alt = self._alternate(ref)
            if alt != ref and alt not in alts:
                alts.append(alt)
        return ref, tuple(alts) or ("G" if ref != "G" else "T",)

    def _alternate(self, ref: str) -> str:
        rng = self.rng
        kind = rng.random()
        if kind < 0.06:
            return "*"
        if kind < 0.10:
            return "<DEL>"
        if kind < 0.55:
            place = rng.randrange(len(ref))
            return ref[:place] + rng.choice("ACGT") + ref[place + 1 :]
        if kind < 0.75:
            return ref + rng.choice([ref[-1], "CA", "A", "CAGCAG", "A" * 12])
        if kind < 0.9 and len(ref) > 1:
            return ref[: rng.randrange(1, len(ref))]
        return "".join(rng.choice("ACGT") for _ in range(rng.randint(1, 4)))

    def _call(
        self, contig: str, pos: int, alts: int, member: PedigreeMember | None, fields: bool, share: float
    ) -> dict[str, str]:
        call = {"GT": self._genotype(contig, pos, alts, member, share)}
        if not fields:
            return call
        rng = self.rng
        call["DP"] = rng.choice([".", "0", "3", "9", "10", "11", "30", "250", "40000"])
        call["GQ"] = rng.choice([".", "0", "19", "20", "21", "99"])
        depths = [rng.choice([".", "0", "4", "17", "33000"]) for _ in range(alts + 1)]
        call["AD"] = "." if rng.random() < 0.15 else ",".join(depths)
        if "|" in call["GT"] and rng.random() < 0.7:
            call["PS"] = str(rng.choice([17, 1000, pos]))
        return call

    def _genotype(self, contig: str, pos: int, alts: int, member: PedigreeMember | None, share: float) -> str:
        rng, bare = self.rng, bare_contig(contig)
        alleles = [str(n) for n in range(alts + 1)]
        if rng.random() < self.style.oddities:
            odd = [
                "0/.",
                "./0",
                "1/.",
                "./1",
                ".|1",
                ".",
                "0",
                "1",
                "0/0/0",
                "0/1/1",
                "1/1/1",
                "./././.",
                "./1/0",
            ]
            chosen = rng.choice(odd)
            return chosen.replace("1", "0") if share == 0 else chosen
        single = bare in ("Y", "MT") or (bare == "X" and not in_par(ASSEMBLY, pos))
        is_male = member is not None and member.sex == "male"
        haploid = single and (rng.random() < 0.6 if is_male or bare == "MT" else rng.random() < 0.2)
        if rng.random() < 0.06:
            return "." if haploid else "./."
        chosen = [rng.choice(alleles) if rng.random() < share else "0" for _ in range(2)]
        if haploid:
            return chosen[0]
        return ("|" if rng.random() < 0.3 else "/").join(chosen)

    def _reference_blocks(
        self, contig: str, samples: Sequence[str], others: Sequence[Record]
    ) -> list[Record]:
        """Blocks that do not overlap, between and around the other records."""
        first, last = SPANS.get(bare_contig(contig), SPAN)
        taken = {r.pos for r in others}
        made, pos = [], first - 2
        while pos <= last + 2:
            end = pos + self.rng.randint(0, 6)
            while any(pos <= t <= end for t in taken) and end > pos:
                end -= 1
            if pos not in taken and self.rng.random() < 0.85:
                ref = SEQUENCES[bare_contig(contig)][pos - 1]
                alt = self.rng.choice(["<NON_REF>", "<*>", "."])
                calls = tuple(self._block_call() for _ in samples)
                made.append(Record(contig, pos, ref, (alt,), ".", calls, end))
            pos = end + 1
        return made

    def _block_call(self) -> dict[str, str]:
        rng = self.rng
        call = {"GT": rng.choice(["0/0", "0/0", "0/0", "0/0", "./.", "0", "0/."])}
        call["DP"] = rng.choice(["0", "9", "10", "12", "30", "."])
        call["GQ"] = rng.choice(["19", "20", "50", "99", "."])
        if rng.random() < 0.5:
            call["MIN_DP"] = rng.choice(["0", "9", "10", "25"])
        return call


# Files.

_HEADER = (
    "##fileformat=VCFv4.2\n"
    '##FILTER=<ID=LowQual,Description="low">\n##FILTER=<ID=q10,Description="low">\n'
    '##ALT=<ID=DEL,Description="deletion">\n##ALT=<ID=NON_REF,Description="any">\n'
    '##INFO=<ID=END,Number=1,Type=Integer,Description="end">\n'
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">\n'
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="depth">\n'
    '##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="least depth">\n'
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="quality">\n'
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="depths">\n'
    '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="phase set">\n'
)


def vcf_text(file: VariantFile, contigs: Sequence[str] = CONTIGS) -> str:
    """The file as VCF."""
    lines = [f"##contig=<ID={c},length={len(SEQUENCES[bare_contig(c)])}>\n" for c in contigs]
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *file.samples]
    order = {name: i for i, name in enumerate(contigs)}
    records = sorted(file.records, key=lambda r: order[r.contig])
    return _HEADER + "".join(lines) + "\t".join(columns) + "\n" + "".join(map(_line, records))


def _line(record: Record) -> str:
    keys = [k for k in ("GT", "DP", "MIN_DP", "GQ", "AD", "PS") if any(k in call for call in record.calls)]
    cells = [":".join(call.get(k, ".") for k in keys) for call in record.calls]
    info = "." if record.end is None else f"END={record.end}"
    fixed = [record.contig, str(record.pos), ".", record.ref, ",".join(record.alts), ".", record.filter, info]
    return "\t".join([*fixed, ":".join(keys), *cells]) + "\n"


def write_file(path: Path, file: VariantFile, contigs: Sequence[str] = CONTIGS) -> Path:
    """The file as BCF or bgzipped VCF, as the path's ending says."""
    text = vcf_text(file, contigs)
    if path.suffix == ".bcf":
        plain = path.with_suffix(".vcf")
        plain.write_text(text)
        pysam.bcftools.view("--no-version", "-Ob", "-o", str(path), str(plain), catch_stdout=False)
        plain.unlink()
    else:
        with pysam.BGZFile(str(path), "wb", None) as out:
            out.write(text.encode())
    return path


def families_of(batch: DeliveredBatch) -> tuple[Family, ...]:
    """The pedigree as families."""
    members: dict[str, list[Member]] = {}
    for sample, told in batch.pedigree.items():
        member = Member(sample, Sex(told.sex), Affection.UNCERTAIN, told.father, told.mother)
        members.setdefault(told.family, []).append(member)
    return tuple(Family(name, tuple(some)) for name, some in members.items())


def quietly(_what: str, _share: float) -> None:
    """Progress that nobody wants to hear of."""


def ingest_batch(
    root: Path, folder: Path, batch: DeliveredBatch, genome: Genome | None, suffix: Callable[[], str],
    assembly: str | None = ASSEMBLY, say: Say = quietly, contigs: Sequence[str] | None = None,
) -> Ingested:  # fmt: skip
    """Write the files of a batch and ingest them."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [
        write_file(folder / f"{batch.name}-{i}{suffix()}", file, contigs or _contigs_of(file))
        for i, file in enumerate(batch.files)
    ]
    request = IngestRequest(
        batch.name, families_of(batch), AbsentIs(batch.absent_is), genome=genome, assembly=assembly
    )
    return ingest(root, paths, request, say)


def _contigs_of(file: VariantFile) -> Sequence[str]:
    """CONTIGS, or the file's own where it has others."""
    own = dict.fromkeys(record.contig for record in file.records)
    return CONTIGS if own.keys() <= set(CONTIGS) else tuple(own)


def in_contig_order(batch: DeliveredBatch) -> DeliveredBatch:
    """The batch with each file's records in the order of CONTIGS, as they are written."""
    order = {name: i for i, name in enumerate(CONTIGS)}
    files = [replace(f, records=tuple(sorted(f.records, key=lambda r: order[r.contig]))) for f in batch.files]
    return replace(batch, files=tuple(files))


__all__ = ["ASSEMBLY", "CALLABLE", "SEQUENCES", "Maker", "Style", "in_contig_order", "ingest_batch"]
