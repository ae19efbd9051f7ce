"""A family and its reference library at the scale of GRCh38, made from a seed; named so that `make bench` does not run it.

Every contig has its full length in random bases with 41 % GC and short tandem repeats. Genes with open reading frames
and splice sites are written into it, and every REF is its base. The frequency pack is written through the library's
own table writer, without the text of a sites VCF; all other packs are added from files as people have them. Simpler
than the world: sites are unlinked and have one allele each, FORMAT has no PL, and indels are left-aligned already.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pysam
from numpy.typing import NDArray

from trihelix.model.assembly import GRCH38, in_par
from trihelix.reference.allele_table import write_allele_tables
from trihelix.reference.columnar import write_arrow
from trihelix.reference.frequencies import POPULATIONS as POPULATIONS_FILE
from trihelix.reference.library import KINDS, Details
from trihelix.reference.pack import MANIFEST, FileRecord, Manifest, file_record
from trihelix.reference.phenotypes import Phenotypes, open_phenotypes
from trihelix.services.programme import Programme, open_programme
from trihelix.services.references import add_reference
from trihelix.simulate import reference_files
from trihelix.simulate.clinic_panels import GREEN, ClinicPanel, PanelEntry
from trihelix.simulate.coding_changes import Effect, draw_change
from trihelix.simulate.disorders import X_LINKED, Disorder, Inheritance, choose_disorders
from trihelix.simulate.gene_models import Gene, draft_coding_gene, place_genes
from trihelix.simulate.patients import draw_profile
from trihelix.simulate.population import random_alleles
from trihelix.simulate.sequence import Bases, Contig

MEMBERS = ("kid", "dad", "mum")
PED = "fam kid dad mum 1 2\nfam dad 0 0 1 1\nfam mum 0 0 2 1\n"
POPULATIONS = ("afr", "amr", "asj", "eas", "fin", "mid", "nfe", "sas")
ALLELE_NUMBER = 152_312
FST = 0.05  # differentiation between populations
PANEL = "9900"
COMMON, RARE = 0.94, 0.04  # shares of the family's alleles; what remains no database has seen
COMMON_ELSEWHERE = 0.3  # share of common alleles among those of the frequency pack that the family lacks
KEPT_IN_EXONS = 0.25  # selection: variants in exons are fewer
FAILED = 0.1
MT_SITES, Y_SITES = 30, 4_000
APART = 40  # bases kept free around the planted variant
DONE = "world.json"
_BASE_OF_BYTE = np.frombuffer(b"A" * 76 + b"T" * 76 + b"C" * 52 + b"G" * 52, np.uint8)
_GENOTYPES = np.array(["0/0", "0/1", "1/1", "./."])
_VCF_HEADER = (
    '##FILTER=<ID=PASS,Description="All filters passed">\n'
    '##FILTER=<ID=LowQual,Description="Low quality">\n'
    '##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count">\n'
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">\n'
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">\n'
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tkid\tdad\tmum\n"
)
_CLINVAR_HEADER = (
    '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="Classification">\n'
    '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="Review status">\n'
    '##INFO=<ID=CLNDN,Number=.,Type=String,Description="Disease">\n'
    '##INFO=<ID=GENEINFO,Number=1,Type=String,Description="Gene">\n'
    '##INFO=<ID=MC,Number=.,Type=String,Description="Consequence">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
)


@dataclass(frozen=True)
class WorldSize:
    """How much there is of everything; `contigs` are bare names of GRCh38."""

    contigs: tuple[str, ...]
    genes: int
    disorders: Mapping[Inheritance, int]
    sites: int
    known: int
    classified: int
    exome_sites: int
    de_novo: int


FULL = WorldSize(
    tuple(GRCH38.lengths),
    20_000,
    {Inheritance.DOMINANT: 200, Inheritance.RECESSIVE: 250, Inheritance.X_RECESSIVE: 35, Inheritance.X_DOMINANT: 15},
    5_000_000, 10_500_000, 500_000, 100_000, 80,
)  # fmt: skip
QUICK = WorldSize(
    ("21", "MT"), 250, {Inheritance.DOMINANT: 15, Inheritance.RECESSIVE: 20},
    75_000, 160_000, 7_500, 5_000, 5,
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """The made files, and what an interpretation must find: `planted` is (contig, pos, ref, alt) in `gene`."""

    folder: Path
    hpo: str
    gene: str
    planted: tuple[str, int, str, str]
    sites: int
    exome_sites: int
    known: int

    @property
    def home(self) -> Path:
        """The programme's home."""
        return self.folder / "home"

    @property
    def genome(self) -> Path:
        """The family's genome-wide variants."""
        return self.folder / "genome.vcf.gz"

    @property
    def exome(self) -> Path:
        """Those in and nearest to exons."""
        return self.folder / "exome.vcf.gz"

    @property
    def ped(self) -> Path:
        """The pedigree."""
        return self.folder / "trio.ped"


@dataclass(frozen=True)
class _Sites:
    """Variants of one contig, sorted. `frequency` is 0 where no database has the allele; `in_family` tells whether
    the family carries it."""

    pos: NDArray[np.int64]
    ref: NDArray[np.object_]
    alt: NDArray[np.object_]
    frequency: NDArray[np.float64]
    in_family: NDArray[np.bool_]

    def take(self, index: NDArray[Any]) -> _Sites:
        return _Sites(*(getattr(self, n)[index] for n in ("pos", "ref", "alt", "frequency", "in_family")))


@dataclass(frozen=True)
class _Exons:
    """The exons of a contig, merged and sorted; 1-based inclusive."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]

    def distance(self, pos: NDArray[np.int64]) -> NDArray[np.int64]:
        """Bases from each position to the nearest exon, 0 inside; very many where there is no exon."""
        far = np.int64(1 << 40)
        starts, ends = np.concatenate((self.start, [far])), np.concatenate(([-far], self.end))
        after = np.searchsorted(self.start, pos, side="right")
        nearest: NDArray[np.int64] = np.maximum(0, np.minimum(pos - ends[after], starts[after] - pos))
        return nearest


def whole_genome(folder: Path, size: WorldSize, seed: int = 1) -> World:
    """The world in `folder`; made there unless a finished one of this size and seed lies there."""
    wanted = {"seed": seed, "size": json.loads(json.dumps(asdict(size)))}
    done = folder / DONE
    if done.exists():
        found = json.loads(done.read_text())
        if found.pop("made_of") == wanted:
            return World(folder, **{**found, "planted": tuple(found["planted"])})
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    world = _make(folder, size, seed)
    facts = {k: v for k, v in asdict(world).items() if k != "folder"}
    done.write_text(json.dumps({"made_of": wanted, **facts}))
    return world


def _make(folder: Path, size: WorldSize, seed: int) -> World:
    rng = np.random.default_rng([seed, 0])
    programme = open_programme(folder / "home")
    phenotypes = open_phenotypes(add_reference(programme, "phenotypes", [], Details())[0].folder)
    disorders = choose_disorders(phenotypes, size.disorders, rng)
    maker = _Maker(size, disorders, phenotypes)
    with (
        pysam.BGZFile(str(folder / "genome.fa.gz"), "w1", None) as fasta,  # type: ignore[arg-type]  # fastest
        pysam.BGZFile(str(folder / "genome.vcf.gz"), "w", None) as genome,
        pysam.BGZFile(str(folder / "exome.vcf.gz"), "w", None) as exome,
        pysam.BGZFile(str(folder / "clinvar.vcf.gz"), "w", None) as clinvar,
    ):
        for out, prefix, columns in ((genome, "chr", _VCF_HEADER), (exome, "chr", _VCF_HEADER), (clinvar, "", _CLINVAR_HEADER)):  # fmt: skip
            lines = "".join(
                f"##contig=<ID={_shown(n, prefix)},length={GRCH38.lengths[n]}>\n" for n in size.contigs
            )
            out.write(("##fileformat=VCFv4.2\n" + lines + columns).encode())
        for number, name in enumerate(size.contigs):
            maker.add_contig(name, np.random.default_rng([seed, number + 1]), fasta, genome, exome, clinvar)
    (folder / "trio.ped").write_text(PED)
    _add_packs(folder, programme, maker, rng)
    _add_frequencies(folder, programme, maker.frequencies)
    assert maker.planted is not None, "no disorder's gene was placed"
    assert maker.diagnosis is not None
    profile = draw_profile(maker.diagnosis, disorders, phenotypes, rng)
    return World(
        folder, ",".join(profile.present), maker.diagnosis.gene, maker.planted, maker.sites, maker.exome_sites,
        sum(len(f) for f in maker.frequencies),
    )  # fmt: skip


def _shown(name: str, prefix: str) -> str:
    return "chrM" if prefix and name == "MT" else prefix + name


class _Maker:
    """Makes one contig after the other, and keeps what the packs need of them."""

    def __init__(self, size: WorldSize, disorders: Sequence[Disorder], phenotypes: Phenotypes) -> None:
        self.size, self.disorders = size, disorders
        self.genes: list[Gene] = []
        self.frequencies: list[pl.DataFrame] = []
        self.planted: tuple[str, int, str, str] | None = None
        self.diagnosis: Disorder | None = None
        self.sites = self.exome_sites = 0
        self._symbols = _symbols_by_contig(size, disorders, phenotypes)
        self._bases = sum(GRCH38.lengths[n] for n in size.contigs if n not in ("Y", "MT"))

    def add_contig(
        self,
        name: str,
        rng: np.random.Generator,
        fasta: pysam.BGZFile,
        genome: pysam.BGZFile,
        exome: pysam.BGZFile,
        clinvar: pysam.BGZFile,
    ) -> None:
        """Draw a contig with its genes and variants, and write them."""
        contig = Contig(_shown(name, "chr"), random_bases(GRCH38.lengths[name], rng))
        drafts = [
            draft_coding_gene(f"ENSSIMG{number:011d}", symbol, f"simulated model of {symbol}", rng)
            for number, symbol in self._symbols.get(name, [])
        ]
        genes = place_genes(contig, drafts, rng) if drafts else []
        _write_fasta(fasta, contig)
        exons = _merged_exons(genes)
        sites = self._draw_sites(name, contig, exons, rng)
        copies = _copies(name, sites, self._share(name, self.size.de_novo), rng)
        sites, copies = self._plant(contig, genes, sites, copies, rng)
        self.genes += genes
        if name not in ("MT", "Y"):
            self.frequencies.append(_frequencies(contig.name, sites, rng))
        family = sites.take(sites.in_family)
        lines = _vcf_lines(name, family, copies, rng)
        near = np.argsort(exons.distance(family.pos), kind="stable")[: self._quota(name)]
        genome.write(_text(lines))
        exome.write(_text(lines.gather(np.sort(near))))
        self.sites += len(lines)
        self.exome_sites += len(near)
        clinvar.write(_text(self._classified(name, contig, genes, exons, sites, rng)))

    def _share(self, name: str, number: int) -> int:
        """A contig's part of a number that is dealt by length; none for Y and the mitochondrial genome."""
        return 0 if name in ("Y", "MT") else round(number * GRCH38.lengths[name] / self._bases)

    def _quota(self, name: str) -> int:
        """How many sites of the exome lie on a contig: by its genes."""
        return round(self.size.exome_sites * len(self._symbols.get(name, [])) / self.size.genes)

    def _draw_sites(self, name: str, contig: Contig, exons: _Exons, rng: np.random.Generator) -> _Sites:
        """The sites of the family and of the frequency pack, with fewer in exons than elsewhere."""
        in_family = self._share(name, self.size.sites) or {"MT": MT_SITES, "Y": Y_SITES}[name]
        elsewhere = max(0, self._share(name, self.size.known) - int(in_family * (COMMON + RARE)))
        drawn = int((in_family + elsewhere) * 1.022)  # some are lost to exons and to their neighbours
        pos = np.unique(rng.integers(100, len(contig) - 100, drawn))
        pos, ref, alt = random_alleles(contig.bases, pos, rng)
        keep = (exons.distance(pos) > 0) | (rng.random(len(pos)) < KEPT_IN_EXONS)
        pos, ref, alt = pos[keep], ref[keep], alt[keep]
        carried = rng.random(len(pos)) < in_family / (in_family + elsewhere)
        return _Sites(pos, ref, alt, _overall_frequencies(carried, rng), carried)

    def _plant(
        self,
        contig: Contig,
        genes: Sequence[Gene],
        sites: _Sites,
        copies: NDArray[np.int8],
        rng: np.random.Generator,
    ) -> tuple[_Sites, NDArray[np.int8]]:
        """The first dominant disorder's gene gets a de novo stop codon, once; sites near it make room."""
        dominant = {d.gene: d for d in self.disorders if d.inheritance is Inheritance.DOMINANT}
        gene = next((g for g in genes if g.symbol in dominant), None)
        if self.planted is not None or gene is None:
            return sites, copies
        allele = draw_change(gene, contig, Effect.STOP_GAINED, rng)
        self.diagnosis = dominant[gene.symbol]
        self.planted = (contig.name, allele.pos, allele.ref, allele.alt)
        free = np.abs(sites.pos - allele.pos) > APART
        copies, sites = copies[free[sites.in_family]], sites.take(free)
        at = int(np.searchsorted(sites.pos, allele.pos))
        row = int(sites.in_family[:at].sum())
        sites = _Sites(
            np.insert(sites.pos, at, allele.pos),
            np.insert(sites.ref, at, allele.ref),
            np.insert(sites.alt, at, allele.alt),
            np.insert(sites.frequency, at, 0.0),
            np.insert(sites.in_family, at, True),
        )
        return sites, np.insert(copies, row, np.array([1, 0, 0], np.int8), axis=0)

    def _classified(
        self,
        name: str,
        contig: Contig,
        genes: Sequence[Gene],
        exons: _Exons,
        sites: _Sites,
        rng: np.random.Generator,
    ) -> pl.Series:
        """ClinVar-shaped lines in exons: a fifth pathogenic, which no one here carries, and known benign alleles."""
        number = round(self.size.classified * len(genes) / self.size.genes)
        if not number:
            return pl.Series("line", [], pl.String)
        width = exons.end - exons.start + 1
        chosen = rng.choice(len(width), int(number * 1.1), p=width / width.sum())
        drawn = np.unique(exons.start[chosen] + (rng.random(len(chosen)) * width[chosen]).astype(np.int64))
        new = random_alleles(contig.bases, drawn, rng)
        fresh = ~np.isin(new[0], sites.pos)
        benign = (
            (exons.distance(sites.pos) == 0) & (sites.frequency > 0.01) & (rng.random(len(sites.pos)) < 0.3)
        )
        known = sites.take(benign)
        pos = np.concatenate((new[0][fresh], known.pos))
        kind = np.concatenate(
            (rng.choice(5, int(fresh.sum()), p=(0.1, 0.1, 0.5, 0.2, 0.1)), np.full(len(known.pos), 4))
        )
        order = np.argsort(pos, kind="stable")
        owner = np.searchsorted([g.start for g in genes], pos, side="right") - 1
        symbols = np.array([g.symbol for g in genes], object)
        return _clinvar_lines(
            name, pos[order], np.concatenate((new[1][fresh], known.ref))[order],
            np.concatenate((new[2][fresh], known.alt))[order], kind[order], symbols[owner[order]], rng,
        )  # fmt: skip


def _symbols_by_contig(
    size: WorldSize, disorders: Sequence[Disorder], phenotypes: Phenotypes
) -> dict[str, list[tuple[int, str]]]:
    """(number, symbol) of every gene by contig: genes of disorders spread evenly among others, by length."""
    first = [d.gene for d in disorders]
    others = sorted(set(phenotypes.gene_symbols) - set(first))
    names = [*others, *(f"SIM{n}" for n in range(size.genes))][: size.genes - len(first)]
    x_linked = {d.gene for d in disorders if d.inheritance in X_LINKED}
    places = [n for n in size.contigs if n not in ("Y", "MT")]
    lengths = np.array([GRCH38.lengths[n] for n in places], float)
    dealt: dict[str, list[tuple[int, str]]] = {n: [] for n in places}
    spread = np.random.default_rng(len(names)).choice(
        len(places), len(first) + len(names), p=lengths / lengths.sum()
    )
    for number, (symbol, place) in enumerate(zip((*first, *names), spread.tolist(), strict=True), 1):
        wanted = "X" if symbol in x_linked else places[place]
        if wanted == "X" and symbol in first and symbol not in x_linked:
            wanted = places[0]
        dealt[wanted].append((number, symbol))
    order = np.random.default_rng(1)
    return {n: [found[i] for i in order.permutation(len(found))] for n, found in dealt.items()}


def random_bases(length: int, rng: np.random.Generator) -> Bases:
    """Random bases with 41 % GC and one short tandem repeat in 2,000 bases."""
    bases = _BASE_OF_BYTE[np.frombuffer(rng.bytes(length), np.uint8)]
    number = length // 2_000
    start = rng.integers(0, length - 64, number)
    unit, span = rng.integers(1, 5, number), rng.integers(9, 37, number)
    for step in range(1, 36):
        at = start[step < span] + step
        bases[at] = bases[at - unit[step < span]]
    return bases


def _write_fasta(out: pysam.BGZFile, contig: Contig, width: int = 60) -> None:
    whole = len(contig) // width * width
    lines = np.empty((whole // width, width + 1), np.uint8)
    lines[:, :width] = contig.bases[:whole].reshape(-1, width)
    lines[:, width] = ord("\n")
    out.write(f">{contig.name} GRCh38\n".encode())
    out.write(lines.tobytes())
    if whole < len(contig):
        out.write(contig.bases[whole:].tobytes() + b"\n")


def _merged_exons(genes: Sequence[Gene]) -> _Exons:
    """Of genes that do not overlap, as placed."""
    pairs = sorted({e for g in genes for t in g.transcripts for e in t.exons})
    merged: list[tuple[int, int]] = []
    for start, end in pairs:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    table = np.array(merged, np.int64).reshape(-1, 2)
    return _Exons(table[:, 0].copy(), table[:, 1].copy())


def _overall_frequencies(carried: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float64]:
    """Density 1/x above 1 %, drawn towards the common where a family of four haplotypes carries the allele; rare
    ones log-uniform up to 0.3 %; 0 for those that no database has."""
    n = len(carried)
    common = 0.01 * 100 ** rng.random(n)
    again = 0.01 * 100 ** rng.random(n)
    common = np.where(carried, np.maximum(common, again), common)
    kind = rng.random(n)
    is_common = kind < np.where(carried, COMMON, COMMON_ELSEWHERE)
    is_rare = ~is_common & (~carried | (kind < COMMON + RARE))
    return np.where(
        is_common, np.minimum(common, 0.999), np.where(is_rare, 10 ** (-2.5 - 2.5 * rng.random(n)), 0.0)
    )


def _one_copy(name: str, pos: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where men have one copy."""
    if name != "X":
        return np.full(len(pos), name == "Y")
    return ~np.array([in_par("GRCh38", p) for p in pos.tolist()], np.bool_)


def _copies(name: str, sites: _Sites, de_novo: int, rng: np.random.Generator) -> NDArray[np.int8]:
    """Copies (site of the family, member), 2 also for the only copy, 3 where the member has no such contig.

    Mendelian, but for `de_novo` alleles that no database has."""
    frequency = sites.frequency[sites.in_family]
    n = len(frequency)
    if name in ("MT", "Y"):
        return np.repeat(np.array([[2, 0, 2] if name == "MT" else [2, 2, 3]], np.int8), n, axis=0)
    haplotypes = rng.random((n, 4)) < np.where(frequency < 0.01, 0, frequency)[:, None]
    haplotypes[np.arange(n), rng.integers(0, 4, n)] |= ~haplotypes.any(axis=1)
    father, mother = haplotypes[:, :2].astype(np.int8), haplotypes[:, 2:].astype(np.int8)
    one = _one_copy(name, sites.pos[sites.in_family])
    kid = np.where(one, 2 * mother[:, 0], father[:, 0] + mother[:, 0])
    dad = np.where(one, 2 * father[:, 0], father.sum(axis=1))
    copies = np.stack([kid, dad, mother.sum(axis=1)], axis=1).astype(np.int8)
    new = rng.choice(np.flatnonzero(frequency == 0), de_novo, replace=False)
    copies[new] = 0
    copies[new, 0] = np.where(one[new], 2, 1)
    return copies


def _vcf_lines(name: str, sites: _Sites, copies: NDArray[np.int8], rng: np.random.Generator) -> pl.Series:
    """Lines of the family's VCF. INFO is AC alone: a longer one, as callers write it, costs the peer time and us none."""
    n = len(sites.pos)
    failed = rng.random(n) < FAILED
    one = _one_copy(name, sites.pos)
    columns: dict[str, Any] = {}
    for m in range(len(MEMBERS)):
        state = copies[:, m]
        depth = np.where(state == 3, 0, rng.poisson(np.where(one & (m < 2), 18, 36)) + 4)
        alt = np.where(state == 1, rng.binomial(depth, 0.5), np.where(state == 2, depth, 0))
        quality = np.where(state == 3, 0, rng.integers(30, 100, n))
        columns |= {
            f"g{m}": _GENOTYPES[state],
            f"r{m}": depth - alt,
            f"a{m}": alt,
            f"d{m}": depth,
            f"q{m}": quality,
        }
    carried = np.where(copies == 3, 0, copies).sum(axis=1)
    columns |= {
        "pos": sites.pos,
        "ref": pl.Series(sites.ref, dtype=pl.String),
        "alt": pl.Series(sites.alt, dtype=pl.String),
        "qual": np.where(failed, rng.integers(3, 30, n), rng.integers(200, 3_000, n)),
        "filter": np.where(failed, "LowQual", "PASS"),
        "ac": carried,
    }
    calls = [pl.format("{}:{},{}:{}:{}", *(f"{c}{m}" for c in "gradq")) for m in range(len(MEMBERS))]
    line = pl.format(
        _shown(name, "chr") + "\t{}\t.\t{}\t{}\t{}\t{}\tAC={}\tGT:AD:DP:GQ\t{}",
        "pos", "ref", "alt", "qual", "filter", "ac", pl.concat_str(calls, separator="\t"),
    )  # fmt: skip
    return pl.DataFrame(columns).select(line.alias("line"))["line"]


def _clinvar_lines(
    name: str,
    pos: NDArray[np.int64],
    ref: NDArray[np.object_],
    alt: NDArray[np.object_],
    kind: NDArray[np.int64],
    symbol: NDArray[np.object_],
    rng: np.random.Generator,
) -> pl.Series:
    words = np.array(
        ["Pathogenic", "Likely_pathogenic", "Uncertain_significance", "Likely_benign", "Benign"], object
    )
    reviews = np.array(
        ["criteria_provided,_single_submitter", "criteria_provided,_multiple_submitters,_no_conflicts",
         "reviewed_by_expert_panel"], object,
    )  # fmt: skip
    frame = pl.DataFrame(
        {
            "pos": pos,
            "id": np.arange(len(pos)) + 1_000_000 * (list(GRCH38.lengths).index(name) + 1),
            "ref": pl.Series(ref, dtype=pl.String),
            "alt": pl.Series(alt, dtype=pl.String),
            "word": pl.Series(words[kind], dtype=pl.String),
            "review": pl.Series(reviews[rng.choice(3, len(pos), p=(0.7, 0.28, 0.02))], dtype=pl.String),
            "symbol": pl.Series(symbol, dtype=pl.String),
        }
    )
    line = pl.format(
        name + "\t{}\t{}\t{}\t{}\t.\t.\tCLNSIG={};CLNREVSTAT={};CLNDN=Disorder_of_{};GENEINFO={}:1;MC=SO:0001583|missense_variant",
        "pos", "id", "ref", "alt", "word", "review", "symbol", "symbol",
    )  # fmt: skip
    return frame.select(line.alias("line"))["line"]


def _text(lines: pl.Series) -> bytes:
    return ("\n".join(lines) + "\n").encode() if len(lines) else b""


def _frequencies(contig: str, sites: _Sites, rng: np.random.Generator) -> pl.DataFrame:
    """Frequencies overall and by population of the sites that the database has."""
    known = sites.take(sites.frequency > 0)
    overall = known.frequency
    spread = np.sqrt(FST * overall * (1 - overall)).astype(np.float32)
    rare = overall < 0.01
    columns = {}
    for population in POPULATIONS:
        noise = rng.standard_normal(len(overall), np.float32)
        drifted = np.clip(overall + spread * noise, 1e-4, 1)
        columns[population] = np.where(
            rare, overall * 2 * rng.random(len(overall), np.float32), drifted
        ).astype(np.float32)
    return pl.DataFrame(
        {
            "contig": pl.repeat(contig, len(overall), eager=True),
            "pos": known.pos,
            "ref": pl.Series(known.ref, dtype=pl.String),
            "alt": pl.Series(known.alt, dtype=pl.String),
            "all": overall.astype(np.float32),
            **columns,
        }
    )


def _add_packs(folder: Path, programme: Programme, maker: _Maker, rng: np.random.Generator) -> None:
    """All packs but frequencies, from files as people have them."""
    lengths = [
        Contig(_shown(n, "chr"), np.broadcast_to(np.uint8(0), GRCH38.lengths[n])) for n in maker.size.contigs
    ]
    reference_files.write_genes(folder / "genes.gff3.gz", lengths, maker.genes, "GRCh38")
    by_symbol = {g.symbol: g for g in maker.genes}
    entries = tuple(PanelEntry(by_symbol[d.gene], d, GREEN) for d in maker.disorders)
    panel = ClinicPanel(PANEL, "Disorders of the benchmark", "1.0", "simulated", entries)
    reference_files.write_panel(folder / "panel.json", panel)
    stand_ins = list(zip(maker.genes, cycle(maker.disorders), strict=False))
    reference_files.write_constraint(folder / "constraint.tsv", stand_ins, rng)
    sources = {
        "genome": "genome.fa.gz", "genes": "genes.gff3.gz", "panels": "panel.json",
        "significance": "clinvar.vcf.gz", "constraint": "constraint.tsv",
    }  # fmt: skip
    for kind, name in sources.items():
        details = Details(version="1", assembly="GRCh38" if KINDS[kind][2] else None)
        add_reference(programme, kind, [folder / name], details)
    (folder / "genome.fa.gz").unlink()


def _add_frequencies(folder: Path, programme: Programme, frames: Sequence[pl.DataFrame]) -> None:
    """The frequency pack, written as its converter writes it."""
    place = folder / "frequencies"
    place.mkdir()
    counts = write_allele_tables(place, frames)
    names = ("all", *POPULATIONS)
    populations = pl.DataFrame({"population": names, "allele_number": [ALLELE_NUMBER] * len(names)})
    write_arrow(populations, place / POPULATIONS_FILE)
    manifest = Manifest(
        kind="frequencies", name="simulated", version="1", assembly="GRCh38", source=None, licence=None,
        converter=KINDS["frequencies"][1],
        counts={"alleles": sum(counts.values()), "populations": len(names)},
        contigs={name: GRCH38.lengths[name] for name in counts}, notes=(), sources=(),
        files=tuple(_records(place)), added=datetime.now(UTC).isoformat(timespec="microseconds"),
    )  # fmt: skip
    manifest = replace(manifest, sha256=manifest.address())
    (place / MANIFEST).write_text(json.dumps(asdict(manifest)))
    kept = programme.library.root / "frequencies" / f"simulated-{manifest.sha256[:12]}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    place.rename(kept)


def _records(folder: Path) -> Iterator[FileRecord]:
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        yield replace(file_record(path), name=path.relative_to(folder).as_posix())
