"""A programme small enough for tests: three contigs, four genes, all packs, and a trio with a known answer."""

from __future__ import annotations

import contextlib
import io
import json
import random
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trihelix.cli.app import run
from vcf_builder import vcf_text, write_vcf

ASSEMBLY = "Small1"
LENGTH = 6000
CONTIGS = {"chr1": LENGTH, "chr2": LENGTH, "chrX": LENGTH}
DECLARED = {**CONTIGS, "chrUn_1": 900}  # declared by variant files, absent from the genome pack
SAMPLES = ("kid", "dad", "mum")
PANEL, PANEL_NAME = "11", "Small intellectual disability"
HPO = "HP:0001249,HP:0000750,HP:0002079"
NOT_IMPRINTED = "MONOALLELIC, autosomal or pseudoautosomal, NOT imprinted"
BIALLELIC = "BIALLELIC, autosomal or pseudoautosomal"
X_LINKED = "X-LINKED: hemizygous mutation in males, monoallelic mutations in females may cause disease (may be less severe, later onset than males)"

_EXONS = ((0, 299), (600, 899), (1100, 1399))  # relative to the gene's start, all coding
_SENSE = [a + b + c for a in "ACGT" for b in "ACGT" for c in "ACGT" if a + b + c not in ("TAA", "TAG", "TGA")]
_OPPOSITE = str.maketrans("ACGT", "TGCA")


@dataclass(frozen=True)
class Gene:
    """A gene of three coding exons; `start` is its first base, 1-based."""

    symbol: str
    gene_id: str
    contig: str
    start: int
    strand: str
    mode: str

    @property
    def exons(self) -> list[tuple[int, int]]:
        """1-based inclusive."""
        return [(self.start + a, self.start + b) for a, b in _EXONS]


GENES = (
    Gene("ARID1B", "ENSG00000000001", "chr1", 1001, "+", NOT_IMPRINTED),
    Gene("GRIN2B", "ENSG00000000002", "chr1", 3501, "-", NOT_IMPRINTED),
    Gene("PAH", "ENSG00000000003", "chr2", 1001, "+", BIALLELIC),
    Gene("CDKL5", "ENSG00000000004", "chrX", 1001, "+", X_LINKED),
)


def genome() -> dict[str, str]:
    """Sequences of the contigs: random, but for the genes' reading frames, splice sites and a CAG at codon 21."""
    rng = random.Random(11)
    sequences = {contig: [rng.choice("ACGT") for _ in range(n)] for contig, n in CONTIGS.items()}
    for gene in GENES:
        codons = ["ATG", *(rng.choice(_SENSE) for _ in range(298)), "TAA"]
        codons[20] = codons[120] = "CAG"
        coding = "".join(codons)
        body = [rng.choice("ACGT") for _ in range(1400)]
        for number, (first, last) in enumerate(_EXONS):
            body[first : last + 1] = coding[300 * number : 300 * number + 300]
            if last < 1399:
                body[last + 1 : last + 3] = "GT"
            if first:
                body[first - 2 : first] = "AG"
        text = "".join(body)
        if gene.strand == "-":
            text = text.translate(_OPPOSITE)[::-1]
        sequences[gene.contig][gene.start - 1 : gene.start + 1399] = text
    return {contig: "".join(bases) for contig, bases in sequences.items()}


GENOME = genome()


def base(contig: str, pos: int) -> str:
    """The genome's base at a 1-based position."""
    return GENOME[contig][pos - 1]


def other(contig: str, pos: int) -> str:
    """A base that the genome does not have there (its transition)."""
    return base(contig, pos).translate(str.maketrans("ACGT", "GTAC"))


def record(contig: str, pos: int, kid: str, dad: str, mum: str, ref: str = "", alt: str = "") -> str:
    """A variant record (spaces for tabs) with depths that fit the genotypes."""
    ref = ref or base(contig, pos)
    alt = alt or other(contig, pos)
    calls = " ".join(_call(gt) for gt in (kid, dad, mum))
    return f"{contig} {pos} . {ref} {alt} 50 PASS . GT:DP:GQ:AD {calls}"


def _call(gt: str) -> str:
    copies, ploidy = gt.count("1"), len(gt.replace("|", "/").split("/"))
    if "." in gt:
        return f"{gt}:.:.:."
    alt_reads = 30 * copies // ploidy
    return f"{gt}:30:99:{30 - alt_reads},{alt_reads}"


STOP = 1001 + 60  # ARID1B codon 21, CAG > TAG
PAH_FROM_DAD, PAH_FROM_MUM = 1001 + 60, 1001 + 660  # PAH codons 21 and 121, CAG > AAG (Gln > Lys)
CDKL5_FROM_MUM = 1001 + 60
PLANTED = (
    record("chr1", STOP, "0/1", "0/0", "0/0", "C", "T"),
    record("chr2", PAH_FROM_DAD, "0/1", "0/1", "0/0", "C", "A"),
    record("chr2", PAH_FROM_MUM, "0/1", "0/0", "0/1", "C", "A"),
    record("chrX", CDKL5_FROM_MUM, "1/1", "0/0", "0/1", "C", "A"),
)


def background() -> list[str]:
    """Common variants of two unrelated parents and their son, as chance gives them."""
    rng = random.Random(7)
    records = []
    for contig, n in CONTIGS.items():
        for pos in range(40, n, 17):
            dad, mum = ([rng.random() < 0.4, rng.random() < 0.4] for _ in range(2))
            if contig == "chrX":
                dad[1] = dad[0]
            from_mum = rng.choice(mum)
            kid = [from_mum, from_mum if contig == "chrX" else rng.choice(dad)]
            if any((*dad, *mum)):
                records.append(record(contig, pos, *(f"{int(a)}/{int(b)}" for a, b in (kid, dad, mum))))
    return records


def place(line: str) -> tuple[int, int]:
    """Sorting key of a record."""
    contig, pos = line.split(" ", 2)[:2]
    return list(DECLARED).index(contig), int(pos)


def good_records() -> list[str]:
    """The trio's records in order."""
    return sorted((*PLANTED, *background()), key=place)


def family_vcf(
    records: Iterable[str] | None = None,
    samples: Sequence[str] = SAMPLES,
    contigs: Mapping[str, int] = DECLARED,
    extra: str = "",
) -> str:
    """The trio's variant file; give records to replace its own."""
    return vcf_text(good_records() if records is None else records, samples, dict(contigs), extra)


def with_records(*more: str) -> str:
    """The trio's file with some records added in their places."""
    return family_vcf(sorted((*good_records(), *more), key=place))


PED = "fam\tkid\tdad\tmum\t1\t2\nfam\tdad\t0\t0\t1\t1\nfam\tmum\t0\t0\t2\t1\n"


def phenopacket(
    features: Sequence[Mapping[str, Any]] | None = None, release: str = "2025-01-16", **more: Any
) -> dict[str, Any]:
    """A phenopacket of the child."""
    if features is None:
        features = [{"type": {"id": term}} for term in HPO.split(",")]
    return {
        "id": "kid-packet",
        "subject": {"id": "kid", "sex": "MALE"},
        "phenotypicFeatures": list(features),
        "metaData": {"resources": [{"id": "hp", "namespacePrefix": "HP", "version": release}]},
        **more,
    }


def panel(
    number: int, name: str, genes: Iterable[Gene] = GENES, disorders: Sequence[str] = ()
) -> dict[str, Any]:
    """A panel as the PanelApp API gives it, all genes green."""
    entries = [
        {
            "gene_data": {
                "gene_symbol": g.symbol,
                "hgnc_id": None,
                "alias": [],
                "ensembl_genes": {"GRch38": {"90": {"ensembl_id": g.gene_id}}},
            },
            "entity_type": "gene",
            "entity_name": g.symbol,
            "confidence_level": "3",
            "mode_of_inheritance": g.mode,
            "mode_of_pathogenicity": "",
        }
        for g in genes
    ]
    return {
        "id": number,
        "hash_id": None,
        "name": name,
        "version": "1.0",
        "version_created": "2026-01-02T00:00:00Z",
        "status": "public",
        "disease_group": "",
        "disease_sub_group": "",
        "relevant_disorders": list(disorders),
        "types": [],
        "genes": entries,
        "regions": [],
        "strs": [],
    }


def fasta(genome: Mapping[str, str] = GENOME) -> str:
    """The genome as FASTA."""
    return "".join(
        f">{c}\n" + "".join(s[i : i + 60] + "\n" for i in range(0, len(s), 60)) for c, s in genome.items()
    )


def gff3(genes: Iterable[Gene] = GENES, rename: Mapping[str, str] | None = None) -> str:
    """The genes as GFF3 in Ensembl's style."""
    lines = ["##gff-version 3"]
    for g in genes:
        contig = (rename or {}).get(g.contig, g.contig)
        transcript = g.gene_id.replace("ENSG", "ENST")
        last = g.exons[-1][1]
        rows = [("gene", g.start, last, ".", f"ID=gene:{g.gene_id};Name={g.symbol};biotype=protein_coding")]
        rows.append(
            (
                "mRNA",
                g.start,
                last,
                ".",
                f"ID=transcript:{transcript};Parent=gene:{g.gene_id};biotype=protein_coding;tag=MANE_Select",
            )
        )
        for first, end in g.exons:
            rows.append(("exon", first, end, ".", f"Parent=transcript:{transcript}"))
            rows.append(("CDS", first, end, "0", f"ID=CDS:{transcript};Parent=transcript:{transcript}"))
        lines += [
            f"{contig}\ttest\t{kind}\t{a}\t{b}\t.\t{g.strand}\t{phase}\t{attributes}"
            for kind, a, b, phase, attributes in rows
        ]
    return "\n".join(lines) + "\n"


def sites_vcf(records: Iterable[str], info: str) -> str:
    """A VCF of sites without samples; records as `contig pos id ref alt INFO`."""
    keys = "".join(
        f'##INFO=<ID={k},Number={n},Type=String,Description="x">\n'
        for k, n in (pair.split(":") for pair in info.split())
    )
    contigs = "".join(f"##contig=<ID={c},length={n}>\n" for c, n in CONTIGS.items())
    body = ""
    for line in records:
        contig, pos, name, ref, alt, values = line.split(" ")
        body += f"{contig}\t{pos}\t{name}\t{ref}\t{alt}\t.\t.\t{values}\n"
    return f"##fileformat=VCFv4.2\n{contigs}{keys}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n{body}"


def frequencies_vcf() -> str:
    """The background's frequencies, gnomAD-style."""
    sites = []
    for line in background():
        contig, pos, _, ref, alt = line.split(" ")[:5]
        sites.append(f"{contig} {pos} . {ref} {alt} AF=0.2;AN=100000")
    return sites_vcf(sites, "AF:A AN:1")


def clinvar_vcf() -> str:
    """A ClinVar-like file that knows the stop in ARID1B, and something benign on every contig."""
    stars = "criteria_provided,_multiple_submitters,_no_conflicts"
    values = f"CLNSIG=Pathogenic;CLNREVSTAT={stars};CLNDN=Coffin-Siris;GENEINFO=ARID1B:57492"
    benign = [f"{c} 30 9 {base(c, 30)} {other(c, 30)} CLNSIG=Benign;CLNREVSTAT={stars}" for c in CONTIGS]
    sites = sorted((*benign, f"chr1 {STOP} 12345 C T {values}"), key=place)
    return sites_vcf(sites, "CLNSIG:. CLNREVSTAT:. CLNDN:. GENEINFO:1 MC:.")


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)


def trihelix(*words: object) -> Outcome:
    """Run the real command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    before, handlers = sys.argv, {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    sys.argv = ["trihelix", *map(str, words)]
    code: object = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            run()
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv = before
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return Outcome(code if isinstance(code, int) else int(code is not None), out.getvalue(), err.getvalue())


@contextlib.contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """Temporary files go to a folder of the test, where what is left behind can be seen."""
    folder.mkdir(exist_ok=True)
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Every path below a folder with its bytes (None for folders)."""
    return {
        str(p.relative_to(folder)): None if p.is_dir() else p.read_bytes() for p in sorted(folder.rglob("*"))
    }


@dataclass(frozen=True)
class SmallHome:
    """The programme folder and the files of the good trio."""

    home: Path
    sources: Path
    vcf: Path
    ped: Path

    def arguments(self, **changes: object) -> list[object]:
        """The words of a good `interpret` command but for --out; a change of None leaves an option out,
        a list repeats it, True makes it a flag."""
        options: dict[str, object] = {
            "home": self.home,
            "vcf": self.vcf,
            "ped": self.ped,
            "hpo": HPO,
            "panel": PANEL,
            **changes,
        }
        words: list[object] = ["interpret"]
        for name, value in options.items():
            option = "--" + name.replace("_", "-")
            for one in value if isinstance(value, list | tuple) else [value]:
                if one is True:
                    words.append(option)
                elif one is not None:
                    words += [option, one]
        return words


SOURCES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("genome", ("genome.fa",), ("--assembly", ASSEMBLY)),
    ("genes", ("genes.gff3",), ("--assembly", ASSEMBLY)),
    ("panels", ("panels.json",), ()),
    ("significance", ("clinvar.vcf",), ("--assembly", ASSEMBLY)),
    ("frequencies", ("frequencies.vcf",), ("--assembly", ASSEMBLY)),
)


def build_small_home(folder: Path) -> SmallHome:
    """Make the files and all packs but phenotypes, which the first interpretation adds by itself."""
    home, sources = folder / "home", folder / "sources"
    sources.mkdir(parents=True)
    panels = [
        panel(int(PANEL), PANEL_NAME, disorders=("R11",)),
        panel(12, "Twin panel", GENES[:1], ("R12", "R99")),
        panel(13, "Other panel", GENES[:1], ("R99",)),
    ]
    texts = {
        "genome.fa": fasta(),
        "genes.gff3": gff3(),
        "panels.json": json.dumps(panels),
        "clinvar.vcf": clinvar_vcf(),
        "frequencies.vcf": frequencies_vcf(),
        "trio.ped": PED,
    }
    for name, text in texts.items():
        (sources / name).write_text(text)
    vcf = write_vcf(sources / "trio.vcf.gz", family_vcf())
    for kind, files, more in SOURCES:
        done = trihelix("reference", "add", kind, *(sources / f for f in files), "--home", home, *more)
        assert done.code == 0, done.err
    return SmallHome(home, sources, vcf, sources / "trio.ped")
