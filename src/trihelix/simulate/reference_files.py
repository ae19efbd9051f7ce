"""The simulated world in the formats that people have: FASTA, Ensembl GFF3, PanelApp, ClinVar, gnomAD."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from trihelix.simulate.classified import Classified
from trihelix.simulate.clinic_panels import AMBER, GREEN, RED, ClinicPanel, PanelEntry
from trihelix.simulate.coding_changes import SO_ACCESSION
from trihelix.simulate.compressed import index_vcf, write_bgzip
from trihelix.simulate.disorders import Disorder, Inheritance
from trihelix.simulate.gene_models import PROTEIN_CODING, Gene, Transcript
from trihelix.simulate.population import POPULATIONS, Sites
from trihelix.simulate.sequence import Contig

LINE = 60
SOURCE = "simulated by trihelix"
DATE = "2025-01-01"


def write_genome(path: Path, contigs: Sequence[Contig], assembly: str) -> None:
    """The chromosomes as block-compressed FASTA."""
    parts = []
    for contig in contigs:
        text = contig.bases.tobytes()
        lines = b"\n".join(text[i : i + LINE] for i in range(0, len(text), LINE))
        parts.append(f">{contig.name} {assembly} {SOURCE}\n".encode() + lines + b"\n")
    write_bgzip(path, b"".join(parts))


def write_genes(path: Path, contigs: Sequence[Contig], genes: Sequence[Gene], assembly: str) -> None:
    """The gene models as GFF3 in the manner of Ensembl."""
    lines = ["##gff-version 3"]
    lines += [f"##sequence-region   {c.name} 1 {len(c)}" for c in contigs]
    lines += [f"#!genome-build {assembly}", f"#!genome-version {assembly}", f"#!genome-date {DATE[:7]}"]
    for contig in contigs:
        for gene in (g for g in genes if g.contig == contig.name):
            lines += _gene_lines(gene)
    write_bgzip(path, ("\n".join(lines) + "\n").encode())


def _gene_lines(gene: Gene) -> list[str]:
    strand = "+" if gene.strand > 0 else "-"
    coding = gene.biotype == PROTEIN_CODING
    names = f"Name={gene.symbol};biotype={gene.biotype};description={gene.name};gene_id={gene.id};version=1"
    lines = [
        _line(
            gene.contig,
            "gene" if coding else "ncRNA_gene",
            gene.start,
            gene.end,
            strand,
            f"ID=gene:{gene.id};{names}",
        )
    ]
    for number, transcript in enumerate(gene.transcripts):
        tag = ";tag=Ensembl_canonical" if number == 0 else ""
        about = (
            f"ID=transcript:{transcript.id};Parent=gene:{gene.id};Name={gene.symbol}-{201 + number};"
            f"biotype={transcript.biotype}{tag};transcript_id={transcript.id};version=1"
        )
        kind = "mRNA" if coding else "lnc_RNA"
        lines.append(_line(gene.contig, kind, transcript.start, transcript.end, strand, about))
        lines += _part_lines(gene, transcript, strand)
    return lines


def _part_lines(gene: Gene, transcript: Transcript, strand: str) -> list[str]:
    parent = f"Parent=transcript:{transcript.id}"
    exons = transcript.exons if gene.strand > 0 else transcript.exons[::-1]
    lines = [
        _line(gene.contig, "exon", start, end, strand, f"{parent};exon_id={transcript.id}.{rank};rank={rank}")
        for rank, (start, end) in enumerate(exons, 1)
    ]
    if not transcript.cds:
        return lines
    first, last = transcript.cds[0][0], transcript.cds[-1][1]
    before, after = "five_prime_UTR", "three_prime_UTR"
    if gene.strand < 0:
        before, after = after, before
    lines += [
        _line(gene.contig, before, a, min(b, first - 1), strand, parent)
        for a, b in transcript.exons
        if a < first
    ]
    lines += [
        _line(gene.contig, after, max(a, last + 1), b, strand, parent)
        for a, b in transcript.exons
        if b > last
    ]
    read = 0
    for start, end in transcript.cds if gene.strand > 0 else transcript.cds[::-1]:
        phase = str(-read % 3)
        lines.append(_line(gene.contig, "CDS", start, end, strand, f"ID=CDS:{transcript.id};{parent}", phase))
        read += end - start + 1
    return lines


def _line(
    contig: str, kind: str, start: int, end: int, strand: str, attributes: str, phase: str = "."
) -> str:
    return f"{contig}\ttrihelix\t{kind}\t{start}\t{end}\t.\t{strand}\t{phase}\t{attributes}"


def write_panel(path: Path, panel: ClinicPanel) -> None:
    """A panel in the shape of PanelApp's reply to /api/v1/panels/ID/."""
    reply = {
        "id": int(panel.id),
        "hash_id": None,
        "name": panel.name,
        "disease_group": panel.system,
        "disease_sub_group": "",
        "status": "public",
        "version": panel.version,
        "version_created": f"{DATE}T00:00:00Z",
        "relevant_disorders": [panel.system],
        "stats": {"number_of_genes": len(panel.entries), "number_of_strs": 0, "number_of_regions": 0},
        "types": [{"name": "Simulated", "slug": "simulated", "description": SOURCE}],
        "genes": [_panel_gene(entry) for entry in panel.entries],
        "strs": [],
        "regions": [],
    }
    path.write_text(json.dumps(reply, indent=1) + "\n", encoding="utf-8")


def _panel_gene(entry: PanelEntry) -> dict[str, Any]:
    gene, disorder = entry.gene, entry.disorder
    place = {"location": f"{gene.contig.removeprefix('chr')}:{gene.start}-{gene.end}", "ensembl_id": gene.id}
    return {
        "gene_data": {
            "alias": [], "biotype": gene.biotype, "hgnc_id": None, "gene_name": gene.name, "omim_gene": None,
            "alias_name": None, "gene_symbol": gene.symbol, "hgnc_symbol": gene.symbol,
            "ensembl_genes": {"GRch38": {"90": place}},
        },
        "entity_type": "gene",
        "entity_name": gene.symbol,
        "confidence_level": {GREEN: "3", AMBER: "2", RED: "1"}[entry.colour],
        "penetrance": "Complete",
        "mode_of_pathogenicity": "",
        "publications": [],
        "evidence": [f"Simulated Review {entry.colour.title()}"],
        "phenotypes": [f"{disorder.name}, {disorder.id}"],
        "mode_of_inheritance": entry.mode,
        "tags": [],
        "transcript": None,
    }  # fmt: skip


def write_significance(path: Path, entries: Sequence[Classified], contigs: Sequence[Contig]) -> None:
    """The classifications as a ClinVar VCF, contigs without chr as ClinVar writes them."""
    header = [
        "##fileformat=VCFv4.1", f"##fileDate={DATE}", f"##source=ClinVar-shaped, {SOURCE}",
        *(f"##contig=<ID={c.name.removeprefix('chr')},length={len(c)}>" for c in contigs),
        '##INFO=<ID=ALLELEID,Number=1,Type=Integer,Description="Allele id">',
        '##INFO=<ID=CLNDISDB,Number=.,Type=String,Description="Disease database and identifier">',
        '##INFO=<ID=CLNDN,Number=.,Type=String,Description="Disease name">',
        '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="Review status">',
        '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="Aggregate germline classification">',
        '##INFO=<ID=CLNVC,Number=1,Type=String,Description="Variant type">',
        '##INFO=<ID=GENEINFO,Number=1,Type=String,Description="Gene symbol and number">',
        '##INFO=<ID=MC,Number=.,Type=String,Description="Molecular consequence">',
        '##INFO=<ID=ORIGIN,Number=.,Type=String,Description="Allele origin, 1 is germline">',
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]  # fmt: skip
    text = "\n".join([*header, *(_significance_line(n, e) for n, e in enumerate(entries, 1))]) + "\n"
    write_bgzip(path, text.encode())
    index_vcf(path)


def _significance_line(number: int, entry: Classified) -> str:
    a = entry.allele
    kind = (
        "single_nucleotide_variant"
        if len(a.ref) == len(a.alt)
        else "Deletion"
        if len(a.ref) > len(a.alt)
        else "Duplication"
    )
    condition = re.sub(r"[^A-Za-z0-9,.()-]+", "_", entry.disorder.name).replace(",", "")
    info = (
        f"ALLELEID={200_000 + number};CLNDISDB={entry.disorder.id};CLNDN={condition};"
        f"CLNREVSTAT={entry.review};CLNSIG={entry.classification};CLNVC={kind};GENEINFO={entry.gene}:{number};"
        f"MC={SO_ACCESSION[entry.effect]}|{entry.effect.value};ORIGIN=1"
    )
    return f"{a.contig.removeprefix('chr')}\t{a.pos}\t{entry.record}\t{a.ref}\t{a.alt}\t.\t.\t{info}"


def write_frequencies(path: Path, sites: Sequence[Sites], contigs: Sequence[Contig], assembly: str) -> None:
    """The sites as a gnomAD VCF: AC, AN, AF, and AF and AN per population; sites that nobody counted are left out."""
    header = [
        "##fileformat=VCFv4.2", f"##source=gnomAD-shaped, {SOURCE}", f"##reference={assembly}",
        *(f"##contig=<ID={c.name},length={len(c)}>" for c in contigs),
        '##FILTER=<ID=PASS,Description="All filters passed">',
        '##INFO=<ID=AC,Number=A,Type=Integer,Description="Alternate allele count">',
        '##INFO=<ID=AN,Number=1,Type=Integer,Description="Total number of alleles">',
        '##INFO=<ID=AF,Number=A,Type=Float,Description="Alternate allele frequency">',
    ]  # fmt: skip
    for p in POPULATIONS:
        header.append(
            f'##INFO=<ID=AN_{p.name},Number=1,Type=Integer,Description="Number of alleles in {p.name}">'
        )
        header.append(f'##INFO=<ID=AF_{p.name},Number=A,Type=Float,Description="Frequency in {p.name}">')
    header.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    body = pl.concat([_frequency_lines(s) for s in sites])
    write_bgzip(path, ("\n".join(header) + "\n" + "\n".join(body) + "\n").encode())
    index_vcf(path)


def _frequency_lines(sites: Sites) -> pl.Series:
    counted = sites.take(sites.counts.sum(axis=1) > 0)
    numbers = np.array([p.alleles for p in POPULATIONS])
    total = counted.counts.sum(axis=1)
    frame = pl.DataFrame(
        {
            "pos": counted.pos,
            "ref": pl.Series(counted.ref, dtype=pl.String),
            "alt": pl.Series(counted.alt, dtype=pl.String),
            "ac": total,
            "af": total / numbers.sum(),
            **{p.name: counted.counts[:, n] / p.alleles for n, p in enumerate(POPULATIONS)},
        }
    )
    short = pl.col("af", *(p.name for p in POPULATIONS)).round_sig_figs(4).cast(pl.String)
    by_population = [pl.format(f"AN_{p.name}={p.alleles};AF_{p.name}={{}}", p.name) for p in POPULATIONS]
    line = pl.format(
        f"{sites.contig}\t{{}}\t.\t{{}}\t{{}}\t.\tPASS\tAC={{}};AN={numbers.sum()};AF={{}};{{}}",
        "pos", "ref", "alt", "ac", "af", pl.concat_str(by_population, separator=";"),
    )  # fmt: skip
    return frame.with_columns(short).select(line.alias("line"))["line"]


# Median LOEUF and missense z by inheritance: dominant genes are constrained, recessive ones much less
# (Karczewski et al., Nature 2020; 581:434).
_CONSTRAINT: Mapping[Inheritance, tuple[float, float]] = {
    Inheritance.DOMINANT: (0.30, 2.8),
    Inheritance.RECESSIVE: (0.85, 0.6),
    Inheritance.X_RECESSIVE: (0.35, 1.8),
    Inheritance.X_DOMINANT: (0.25, 2.8),
}


def write_constraint(path: Path, genes: Sequence[tuple[Gene, Disorder]], rng: np.random.Generator) -> None:
    """A table with the columns of gnomAD 4.1's constraint metrics that people use."""
    rows = [
        "gene\tgene_id\ttranscript\tcanonical\tmane_select\tlof.oe\tlof.pLI\tlof.oe_ci.upper\tmis.z_score"
    ]
    for gene, disorder in genes:
        loeuf_median, z_median = _CONSTRAINT[disorder.inheritance]
        loeuf = float(np.clip(loeuf_median * rng.lognormal(0, 0.45), 0.05, 2.0))
        z = float(rng.normal(z_median, 1.2))
        pli = float(np.clip(1 / (1 + np.exp(18 * (loeuf - 0.38))), 1e-12, 1.0))
        rows.append(
            f"{gene.symbol}\t{gene.id}\t{gene.canonical.id}\ttrue\ttrue\t{loeuf * 0.7:.4f}\t{pli:.4e}\t{loeuf:.4f}\t{z:.4f}"
        )
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
