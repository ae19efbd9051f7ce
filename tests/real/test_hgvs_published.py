"""HGVS names against published ones: solved cases, well-known variants of ClinVar, and its molecular consequences."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pysam
import pytest

from trihelix.annotation.hgvs import Transcripts, write_hgvs, write_hgvs_table
from trihelix.reference.genes import Genes, open_genes
from trihelix.reference.genome import Genome, open_genome
from trihelix.services.programme import Programme

AT_LEAST = 0.99  # rare_disease.md section 3

# Published names that differ from ours, each with the reason: (hgvs.c as published, ours) -> why.
EXPLAINED: dict[tuple[str, str], str] = {}

# Pairs of c. and p. names as the literature gives them (from general knowledge, not from a file beside this one).
# The Variation ID pins the allele of the ClinVar file that got the name when this list was made.
KNOWN = """
17662 BRCA1 c.68_69del p.(Glu23ValfsTer17)
17661 BRCA1 c.181T>G p.(Cys61Gly)
37449 BRCA1 c.213-11T>G p.?
54102 BRCA1 c.1016dup p.(Val340GlyfsTer6)
17665 BRCA1 c.1175_1214del p.(Leu392GlnfsTer5)
37426 BRCA1 c.1687C>T p.(Gln563Ter)
37438 BRCA1 c.1961del p.(Lys654SerfsTer47)
37472 BRCA1 c.2475del p.(Asp825GlufsTer21)
17667 BRCA1 c.2681_2682del p.(Lys894ThrfsTer8)
37523 BRCA1 c.3331_3334del p.(Gln1111AsnfsTer5)
17684 BRCA1 c.3481_3491del p.(Glu1161PhefsTer3)
37542 BRCA1 c.3700_3704del p.(Val1234GlnfsTer8)
17673 BRCA1 c.3756_3759del p.(Ser1253ArgfsTer10)
37560 BRCA1 c.4035del p.(Glu1346LysfsTer20)
17674 BRCA1 c.4065_4068del p.(Asn1355LysfsTer10)
17675 BRCA1 c.4327C>T p.(Arg1443Ter)
37584 BRCA1 c.4357+1G>A p.?
55396 BRCA1 c.5095C>T p.(Arg1699Trp)
55407 BRCA1 c.5123C>A p.(Ala1708Glu)
37648 BRCA1 c.5207T>C p.(Val1736Ala)
17677 BRCA1 c.5266dup p.(Gln1756ProfsTer74)
37654 BRCA1 c.5277+1G>A p.?
267601 BRCA1 c.5333-36_5406+400del p.?
55601 BRCA1 c.5503C>T p.(Arg1835Ter)
51579 BRCA2 c.3G>A p.(Met1?)
9342 BRCA2 c.658_659del p.(Val220IlefsTer4)
38103 BRCA2 c.755_758del p.(Asp252ValfsTer24)
9326 BRCA2 c.771_775del p.(Asn257LysfsTer17)
37737 BRCA2 c.1310_1313del p.(Lys437IlefsTer22)
37762 BRCA2 c.1813dup p.(Ile605AsnfsTer11)
37769 BRCA2 c.1929del p.(Arg645GlufsTer15)
9322 BRCA2 c.2808_2811del p.(Ala938ProfsTer21)
37859 BRCA2 c.3847_3848del p.(Val1283LysfsTer2)
51653 BRCA2 c.4478_4481del p.(Glu1493ValfsTer10)
37943 BRCA2 c.5073dup p.(Trp1692MetfsTer3)
37988 BRCA2 c.5681dup p.(Tyr1894Ter)
9325 BRCA2 c.5946del p.(Ser1982ArgfsTer22)
9318 BRCA2 c.6275_6276del p.(Leu2092ProfsTer7)
38048 BRCA2 c.6486_6489del p.(Lys2162AsnfsTer5)
38077 BRCA2 c.7007G>A p.(Arg2336His)
38099 BRCA2 c.7480C>T p.(Arg2494Ter)
52362 BRCA2 c.7617+1G>A p.?
38126 BRCA2 c.7913_7917del p.(Phe2638Ter)
52515 BRCA2 c.8167G>C p.(Asp2723His)
9328 BRCA2 c.8537_8538del p.(Glu2846GlyfsTer22)
38204 BRCA2 c.9026_9030del p.(Tyr3009SerfsTer7)
38208 BRCA2 c.9097dup p.(Thr3033AsnfsTer11)
52826 BRCA2 c.9382C>T p.(Arg3128Ter)
93326 VHL c.233A>G p.(Asn78Ser)
2223 VHL c.292T>C p.(Tyr98His)
223190 VHL c.340+1G>A p.?
2217 VHL c.481C>T p.(Arg161Ter)
2218 VHL c.499C>T p.(Arg167Trp)
2216 VHL c.500G>A p.(Arg167Gln)
60763 PIK3R1 c.1945C>T p.(Arg649Trp)
372467 PIK3R1 c.1425+1G>A p.?
217823 MTOR c.5395G>A p.(Glu1799Lys)
2276 MFN2 c.280C>T p.(Arg94Trp)
2268 MFN2 c.281G>A p.(Arg94Gln)
2280 MFN2 c.2119C>T p.(Arg707Trp)
"""


@dataclass(frozen=True)
class Published:
    """An allele of the solved cases with the names that its paper's curators gave it."""

    contig: str
    pos: int
    ref: str
    alt: str
    symbol: str
    c: str
    p: str
    g: str


@pytest.fixture(scope="module")
def genes(grch38_programme: Programme) -> Genes:
    return open_genes(grch38_programme.library.packs("genes")[0].folder)


@pytest.fixture(scope="module")
def genome(grch38_programme: Programme) -> Genome:
    return open_genome(grch38_programme.library.packs("genome")[0].folder)


def published(real_data: Path) -> Iterator[Published]:
    with gzip.open(real_data / "phenopackets/dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            for interpretation in json.loads(line)["interpretations"]:
                for item in interpretation["diagnosis"].get("genomicInterpretations", []):
                    found = item.get("variantInterpretation", {}).get("variationDescriptor", {})
                    names = {e["syntax"]: e["value"] for e in found.get("expressions", [])}
                    record = found.get("vcfRecord")
                    if record and "hgvs.c" in names:
                        yield Published(
                            record["chrom"],
                            int(record["pos"]),
                            record["ref"],
                            record["alt"],
                            found["geneContext"]["symbol"],
                            bare(names["hgvs.c"]),
                            bare(names.get("hgvs.p", "")),
                            names.get("hgvs.g", ""),
                        )


def bare(name: str) -> str:
    """A name without its accession and without the blanks that some curators left in it."""
    return name.split(":")[-1].replace(" ", "")


def has_sequence(genome: Genome, variant: Published) -> bool:
    return "N" not in genome.fetch(variant.contig, variant.pos - 50, variant.pos + len(variant.ref) + 50)


def test_published_cases(real_data: Path, genes: Genes, genome: Genome) -> None:
    transcripts = Transcripts(genes)
    tally: Counter[str] = Counter()
    distinct: set[Published] = set()
    wrong: set[tuple[str, str]] = set()
    for variant in published(real_data):
        numbers = genes.by_symbol(variant.symbol)
        if not numbers or not has_sequence(genome, variant):
            continue
        of_gene = genes.transcripts.filter(pl.col("gene_index").is_in(numbers))
        shown = of_gene.filter("display")["transcript_index"][0]
        names = {
            index: write_hgvs(
                variant.contig, variant.pos, variant.ref, variant.alt, transcripts.view(index), genome, assembly="GRCh38"
            )
            for index in of_gene["transcript_index"]
        }  # fmt: skip
        ours = names[shown]
        c, p = bare(ours.c or ""), bare(ours.p or "")
        distinct.add(variant)
        tally["cases"] += 1
        tally["c of display"] += c == variant.c
        tally["c of any"] += any(bare(n.c or "") == variant.c for n in names.values())
        tally["p published"] += bool(variant.p)
        tally["p of display"] += bool(variant.p) and p == variant.p
        tally["g"] += ours.g == variant.g
        if c != variant.c or (variant.p and p != variant.p):
            wrong.add((variant.c, c))
    print(f"\n{len(distinct)} distinct alleles: {dict(tally)}")
    assert len(distinct) >= 17
    assert tally["c of display"] >= AT_LEAST * tally["cases"]
    assert tally["p of display"] >= AT_LEAST * tally["p published"]
    assert tally["g"] == tally["cases"]
    assert wrong == set(EXPLAINED)


@pytest.fixture(scope="module")
def clinvar(real_data: Path, genes: Genes, genome: Genome) -> pl.DataFrame:
    """Names of the ClinVar alleles within the regions, on the display transcript of their gene."""
    rows = list(clinvar_rows(real_data))
    variants = pl.DataFrame(rows, schema=("contig", "pos", "ref", "alt", "id", "terms"), orient="row")
    variants = variants.with_row_index("variant")
    pairs = []
    for (contig,), part in variants.partition_by("contig", as_dict=True).items():
        row, gene = genes.overlapping_genes(str(contig), part["pos"].to_numpy(), part["pos"].to_numpy())
        pairs.append(part[row].with_columns(gene_index=pl.Series(gene)))
    display = genes.transcripts.filter("display").select("gene_index", "transcript_index")
    display = display.join(genes.genes.select("gene_index", "symbol"), on="gene_index")
    table = pl.concat(pairs).join(display, on="gene_index", maintain_order="left")
    names = write_hgvs_table(table, genes, genome, assembly="GRCh38").drop("variant", "transcript_index")
    return pl.concat([table, names], how="horizontal").with_columns(
        c=pl.col("hgvs_c").str.split(":").list.last(), p=pl.col("hgvs_p")
    )


def clinvar_rows(real_data: Path) -> Iterator[tuple[str, int, str, str, str, str]]:
    regions = (real_data / "reference/grch38_regions.bed").read_text().splitlines()
    with pysam.VariantFile(str(real_data / "clinvar/clinvar_20241215_plp_2star.grch38.vcf.gz")) as file:
        for contig, start, end in (line.split()[:3] for line in regions):
            for record in file.fetch(contig, int(start), int(end)):
                terms = ",".join(term.split("|")[1] for term in record.info.get("MC", ()))
                for alt in record.alts or ():
                    yield contig, record.pos, record.ref or "", alt, record.id or "", terms


def test_well_known_variants(clinvar: pl.DataFrame) -> None:
    found = {(i, symbol, c, p) for i, symbol, c, p in clinvar.select("id", "symbol", "c", "p").iter_rows()}
    expected = {tuple(line.split()) for line in KNOWN.split("\n") if line}
    print(f"\n{len(found & expected)} of {len(expected)} well-known names")
    assert not expected - found


_BORDER = (
    "the run of equal bases crosses the border; the 3' rule puts the change into the exon (as c.1813del)"
)
DISAGREEING = {
    ("BRCA1", "c.594_597del", "splice_acceptor_variant"): _BORDER,
    ("BRCA1", "c.5155dup", "splice_acceptor_variant"): _BORDER,
    ("BRCA1", "c.5470_5477del", "splice_acceptor_variant"): _BORDER,
    ("BRCA2", "c.518del", "splice_acceptor_variant"): _BORDER,
    ("BRCA2", "c.8488_8489del", "splice_acceptor_variant"): _BORDER,
    ("FANCD2", "c.2609_2613del", "splice_acceptor_variant"): _BORDER,
    (
        "BRCA1",
        "c.4987_5074del",
        "intron_variant",
    ): "removes one exon exactly; ClinVar tells what the flanks are",
}

# ClinVar's consequence -> what the p. name must look like.
SHAPES = {
    "frameshift_variant": r"fsTer(\d+|\?)\)$|[A-Z][a-z]{2}\d+Ter\)$",
    "nonsense": r"Ter\d*\)$",
    "missense_variant": r"^p\.\([A-Z][a-z]{2}\d+[A-Z][a-z]{2}\)$",
    "synonymous_variant": r"=\)$",
    "splice_donor_variant": r"^p\.\?$",
    "splice_acceptor_variant": r"^p\.\?$",
    "intron_variant": r"^p\.\?$",
    "inframe_deletion": r"del\)$|delins",
    "stop_lost": r"extTer",
}


def test_protein_names_fit_the_consequences_of_clinvar(clinvar: pl.DataFrame) -> None:
    one_term = ~pl.col("terms").str.contains(",") & pl.col("terms").is_in(list(SHAPES))
    single = clinvar.filter(one_term & pl.col("p").is_not_null())  # null: only the gene's span is touched
    counts = {}
    disagreeing: set[tuple[str, str, str]] = set()
    for (term,), part in single.partition_by("terms", as_dict=True).items():
        fits = pl.col("p").str.contains(SHAPES[str(term)])
        counts[term] = f"{len(part.filter(fits))}/{len(part)}"
        disagreeing |= set(part.filter(~fits).select("symbol", "c", "terms").rows())
    print("\n" + "\n".join(f"{term}: {count}" for term, count in counts.items()))
    assert len(single) > 3000
    assert disagreeing == set(DISAGREEING)
