"""Published solved cases with VCF records: what a singleton shows of them, and what they are judged by."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from _competitors import CLINVAR, STARS, Genotype, read_known
from trihelix.annotation.sequence_ontology import IMPACTS
from trihelix.interpretation.rare.rules import Filter
from trihelix.interpretation.rare.scoring import VariantFacts
from trihelix.reference.phenotypes import Phenotypes

CASES = Path("phenopackets") / "dev.jsonl.gz"
DATA = Path(os.environ.get("TRIHELIX_REAL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
SEED = 20260301


@dataclass(frozen=True)
class Solved:
    """A published case: what is seen (findings, sex, genotype) and, apart from it, what it is judged by."""

    name: str
    publication: str
    present: tuple[str, ...]
    excluded: tuple[str, ...]
    male: bool
    genotype: Genotype
    entrez: int
    disease: str
    lone_recessive: bool

    @property
    def half(self) -> int:
        """0: tuned on; 1: reported."""
        return int(hashlib.sha256(self.disease.encode()).hexdigest()[:8], 16) % 2

    @property
    def seed(self) -> int:
        """A number of its own, so that a sample of the cases meets the same competitors."""
        return SEED + int(hashlib.sha256(self.name.encode()).hexdigest()[:8], 16)


def consequence_of(hgvs_c: str, hgvs_p: str, ref: str, alt: str) -> str:
    """A consequence from the published names; without a protein name from position and length.

    An exonic substitution without a protein name is taken for missense.
    """
    protein = hgvs_p.split(":")[-1]
    if protein and "?" not in protein.replace("1?", "") and "=" not in protein:
        return _of_protein(protein)
    coding = hgvs_c.split(":")[-1]
    if coding.startswith("n."):
        return "non_coding_transcript_exon_variant"
    offsets = [int(number) for number in re.findall(r"\d[+-](\d+)", coding.removeprefix("c.-"))]
    if offsets:
        return _of_intron(coding, offsets)
    if re.match(r"c\.[-*]", coding):
        return "5_prime_UTR_variant" if coding.startswith("c.-") else "3_prime_UTR_variant"
    if "=" in protein:
        return "synonymous_variant"
    if len(ref) == len(alt):
        return "missense_variant"
    return "frameshift_variant" if (len(ref) - len(alt)) % 3 else "inframe_deletion"


def _of_protein(protein: str) -> str:
    patterns = (
        (r"fs", "frameshift_variant"),
        (r"ext", "stop_lost"),
        (r"Met1(\?|[A-Z])", "start_lost"),
        (r"Ter|\*", "stop_gained"),
        (r"del|dup|ins", "inframe_deletion"),
    )
    return next((name for pattern, name in patterns if re.search(pattern, protein)), "missense_variant")


def _of_intron(coding: str, offsets: list[int]) -> str:
    """VEP's bounds: 1-2 splice site, 3-8 splice region; a deletion from exon into intron takes the site."""
    if min(offsets) <= 2 or (len(offsets) == 1 and "_" in coding):
        return "splice_donor_variant" if "+" in coding else "splice_acceptor_variant"
    return "splice_region_variant" if min(offsets) <= 8 else "intron_variant"


def read_cases(phenotypes: Phenotypes, limit: int | None) -> list[Solved]:
    """The cases with VCF records; with a limit an even sample over the file."""
    with gzip.open(DATA / CASES, "rt", encoding="utf-8") as handle:
        packets = [json.loads(line) for line in handle]
    packets = [packet for packet in packets if _alleles(packet)]
    known = read_known(DATA / CLINVAR)
    seen = _frequencies_by_zygosity(packets, known)
    hgnc = pl.read_csv(DATA / "genes" / "hgnc_complete_set.tsv.gz", separator="\t", infer_schema_length=0)
    entrez = {a: int(b) for a, b in hgnc.select("hgnc_id", "entrez_id").drop_nulls().iter_rows()}
    step = 1 if limit is None else max(1, len(packets) // limit)
    return [_case(phenotypes, packet, known, seen, entrez) for packet in packets[::step]]


def _alleles(packet: dict[str, Any]) -> list[dict[str, Any]]:
    found = packet["interpretations"][0]["diagnosis"]["genomicInterpretations"]
    described = [one["variantInterpretation"]["variationDescriptor"] for one in found]
    return [one for one in described if "vcfRecord" in one]


def _key(allele: dict[str, Any]) -> tuple[str, int, str, str]:
    record = allele["vcfRecord"]
    return record["chrom"], int(record["pos"]), record["ref"], record["alt"]


def _frequencies_by_zygosity(
    packets: list[dict[str, Any]], known: dict[tuple[str, int, str, str], float]
) -> dict[str, list[float]]:
    pairs = {(a["allelicState"]["label"], _key(a)) for p in packets for a in _alleles(p) if _key(a) in known}
    found: dict[str, list[float]] = {}
    for zygosity, key in sorted(pairs):
        found.setdefault(zygosity, []).append(known[key])
    return found


def _case(
    phenotypes: Phenotypes,
    packet: dict[str, Any],
    known: dict[tuple[str, int, str, str], float],
    seen: dict[str, list[float]],
    entrez: dict[str, int],
) -> Solved:
    features = [f for f in packet["phenotypicFeatures"] if phenotypes.term_number(f["type"]["id"]) >= 0]
    diagnosis = packet["interpretations"][0]["diagnosis"]
    alleles = _alleles(packet)
    zygosities = [allele["allelicState"]["label"] for allele in alleles]
    gene = entrez[alleles[0]["geneContext"]["valueId"]]
    male = packet["subject"].get("sex") == "MALE" or "hemizygous" in zygosities
    genotype = Genotype(
        tuple(_facts(allele, known, seen) for allele in alleles),
        _filter(zygosities, alleles[0]["vcfRecord"]["chrom"] == "chrX", male),
        phase_unproven=len(alleles) == 2,
    )
    return Solved(
        packet["id"],
        packet["metaData"]["externalReferences"][0]["id"],
        tuple(f["type"]["id"] for f in features if not f.get("excluded")),
        tuple(f["type"]["id"] for f in features if f.get("excluded")),
        male,
        genotype,
        gene,
        diagnosis["disease"]["id"],
        len(alleles) == 1 and len(diagnosis["genomicInterpretations"]) == 2,
    )


def _facts(
    allele: dict[str, Any], known: dict[tuple[str, int, str, str], float], seen: dict[str, list[float]]
) -> VariantFacts:
    names = {one["syntax"]: one["value"] for one in allele.get("expressions", [])}
    key = _key(allele)
    consequence = consequence_of(names.get("hgvs.c", ""), names.get("hgvs.p", ""), key[2], key[3])
    frequency = known.get(key)
    if frequency is None:
        others = seen[allele["allelicState"]["label"]]
        frequency = others[int(hashlib.sha256(repr(key).encode()).hexdigest()[:8], 16) % len(others)]
    impact = IMPACTS[consequence]
    return VariantFacts(consequence, impact, frequency, key in known, STARS if key in known else 0)


def _filter(zygosities: list[str], on_x: bool, male: bool) -> Filter:
    """What a singleton shows."""
    if zygosities == ["hemizygous"] or (on_x and male):
        return Filter.X_LINKED_SIMPLE_RECESSIVE
    if zygosities == ["homozygous"]:
        return Filter.X_LINKED_SIMPLE_RECESSIVE if on_x else Filter.SIMPLE_RECESSIVE
    if len(zygosities) == 2:
        return Filter.X_LINKED_COMPOUND_HETEROZYGOUS if on_x else Filter.COMPOUND_HETEROZYGOUS
    return Filter.X_LINKED_MONOALLELIC if on_x else Filter.INHERITED_AUTOSOMAL_DOMINANT
