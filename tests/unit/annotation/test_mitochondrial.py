"""Consequences on a simulated mitochondrial genome, against translation in plain Python."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from trihelix.annotation.consequences import SCHEMA, annotate_consequences
from trihelix.annotation.mitochondrial import mitochondrial_consequences
from trihelix.reference.genes import Genes, convert, open_genes
from trihelix.reference.genome import Genome, Segments
from trihelix.reference.pack import ConversionOptions

SIZE = 16_569
STOPS = ("TAA", "TAG", "AGA", "AGG")
STARTS = ("ATA", "ATC", "ATG", "ATT")
PAIRS = {"A": "T", "C": "G", "G": "C", "T": "A"}
# The vertebrate mitochondrial code in full, as codon prefixes of each amino acid.
FOURFOLD = {"CT": "L", "GT": "V", "TC": "S", "CC": "P", "AC": "T", "GC": "A", "CG": "R", "GG": "G"}
TWOFOLD = {
    "TT": "FL", "TA": "Y*", "CA": "HQ", "AA": "NK", "GA": "DE", "TG": "CW", "AT": "IM", "AG": "S*",
}  # fmt: skip


@dataclass(frozen=True)
class Locus:
    """A gene of the simulated genome; `stop` is how its last codon is written, whole or cut."""

    name: str
    biotype: str
    start: int
    end: int
    strand: int = 1
    begins: str = "ATG"
    stop: str = "TAA"


LOCI = (
    Locus("TF", "Mt_tRNA", 577, 647),
    Locus("RNR1", "Mt_rRNA", 648, 1601),
    Locus("ND1", "protein_coding", 3307, 3307 + 3 * 60 + 1, begins="ATA", stop="TA"),
    Locus("COX1", "protein_coding", 5904, 5904 + 3 * 80 - 1, stop="AGA"),
    Locus("ATP8", "protein_coding", 8366, 8572, stop="TAG"),  # 207 bases, its last 46 also begin ATP6
    Locus("ATP6", "protein_coding", 8527, 8527 + 3 * 50 - 1),
    Locus("COX3", "protein_coding", 9207, 9207 + 3 * 40, begins="ATT", stop="T"),
    Locus("ND6", "protein_coding", 14149, 14149 + 3 * 70 - 1, strand=-1, stop="AGG"),
    Locus("TP", "Mt_tRNA", 15956, 16023, strand=-1),
)
CODING = tuple(locus for locus in LOCI if locus.biotype == "protein_coding")


def residue(codon: str) -> str:
    """The amino acid of a codon, * for a stop."""
    if codon[:2] in FOURFOLD:
        return FOURFOLD[codon[:2]]
    return TWOFOLD[codon[:2]][codon[2] in "AG"]


def turned(bases: str) -> str:
    return "".join(PAIRS[base] for base in reversed(bases))


def reading(sequence: str, locus: Locus) -> str:
    """The gene's bases 5' to 3'."""
    bases = sequence[locus.start - 1 : locus.end]
    return bases if locus.strand > 0 else turned(bases)


def codons(bases: str) -> list[str]:
    """Whole codons; the tail of A completes the last."""
    bases += "AA" if len(bases) % 3 == 1 else "A" if len(bases) % 3 == 2 else ""
    return [bases[i : i + 3] for i in range(0, len(bases), 3)]


def is_sound(sequence: str) -> bool:
    return all(
        codons(reading(sequence, g))[0] == g.begins
        and residue(codons(reading(sequence, g))[-1]) == "*"
        and not any(residue(c) == "*" for c in codons(reading(sequence, g))[:-1])
        for g in CODING
    )


def make_sequence(seed: int) -> str:
    """Random bases; starts and stops written, stop codons inside changed until none is left in any frame."""
    rng = random.Random(seed)
    bases = [rng.choice("ACGT") for _ in range(SIZE)]

    def put(locus: Locus, at: int, text: str) -> None:
        for n, base in enumerate(text, at):
            bases[locus.start - 1 + n if locus.strand > 0 else locus.end - 1 - n] = (
                base if locus.strand > 0 else PAIRS[base]
            )

    for _ in range(1000):
        for locus in CODING:
            length = locus.end - locus.start + 1
            for n, codon in enumerate(codons(reading("".join(bases), locus))[:-1]):
                if residue(codon) == "*":
                    put(locus, 3 * n, "".join(rng.choice("ACGT") for _ in range(3)))
            put(locus, 0, locus.begins)
            put(locus, length - len(locus.stop), locus.stop)
        if is_sound("".join(bases)):
            return "".join(bases)
    raise AssertionError("no such sequence was found")


def gff3() -> str:
    lines = ["##gff-version 3", f"##sequence-region MT 1 {SIZE}"]
    for locus in LOCI:
        place = f"MT\tt\t{{}}\t{locus.start}\t{locus.end}\t.\t{'+' if locus.strand > 0 else '-'}\t{{}}\t{{}}"
        name, biotype = locus.name, f"biotype={locus.biotype}"
        lines += [
            place.format("gene", ".", f"ID=gene:ENSG_{name};Name=MT-{name};{biotype}"),
            place.format("mRNA", ".", f"ID=transcript:ENST_{name};Parent=gene:ENSG_{name};{biotype}"),
            place.format("exon", ".", f"Parent=transcript:ENST_{name}"),
        ]
        if locus.biotype == "protein_coding":
            lines.append(place.format("CDS", "0", f"Parent=transcript:ENST_{name}"))
    nuclear = "1\tt\t{}\t11\t40\t.\t+\t{}\t{}"
    lines += [
        nuclear.format("gene", ".", "ID=gene:ENSG_1;Name=ONE;biotype=protein_coding"),
        nuclear.format("mRNA", ".", "ID=transcript:ENST_1;Parent=gene:ENSG_1;biotype=protein_coding"),
        nuclear.format("exon", ".", "Parent=transcript:ENST_1"),
        nuclear.format("CDS", "0", "Parent=transcript:ENST_1"),
    ]
    order = [lines[0], lines[1], *lines[-4:], *lines[2:-4]]  # so that mitochondrial numbers do not begin at 0
    return "\n".join(order) + "\n"


@pytest.fixture(scope="module")
def sequence() -> str:
    return make_sequence(1)


@pytest.fixture(scope="module")
def genes(tmp_path_factory: pytest.TempPathFactory) -> Genes:
    folder = tmp_path_factory.mktemp("genes")
    source = folder / "genes.gff3"
    source.write_text(gff3())
    convert([source], folder, ConversionOptions())
    return open_genes(folder)


@pytest.fixture(scope="module")
def genome(sequence: str) -> Genome:
    whole = Segments(np.array([1]), np.array([SIZE]), np.array([0]))
    bases = np.frombuffer(sequence.encode(), np.uint8)
    return Genome(Path("none"), bases, {"MT": "chrM"}, {"MT": SIZE}, {"MT": whole})


def table(variants: list[tuple[int, str, str]], contig: str = "MT") -> pl.DataFrame:
    schema = {"variant": pl.UInt32, "contig": pl.String, "pos": pl.Int32, "ref": pl.String, "alt": pl.String}
    rows = [(n, contig, *one) for n, one in enumerate(variants)]
    return pl.DataFrame(rows, schema=schema, orient="row")


def found(variants: list[tuple[int, str, str]], genes: Genes, genome: Genome) -> dict[tuple[int, str], str]:
    """(variant, gene) -> consequence."""
    result = mitochondrial_consequences(table(variants), genes, genome)
    symbols = genes.genes["symbol"].to_list()
    return {
        (v, symbols[g].removeprefix("MT-")): term
        for v, g, term in result.select("variant", "gene_index", "consequence").iter_rows()
    }


def expected_of_snv(sequence: str, locus: Locus, pos: int, alt: str) -> str:
    changed = sequence[: pos - 1] + alt + sequence[pos:]
    old, new = (codons(reading(s, locus)) for s in (sequence, changed))
    at = next(i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b)
    if at == 0:
        return "start_retained_variant" if new[0] in STARTS else "start_lost"
    if at == len(old) - 1:
        return "stop_retained_variant" if new[at] in STOPS else "stop_lost"
    if residue(new[at]) == "*":
        return "stop_gained"
    return "synonymous_variant" if residue(old[at]) == residue(new[at]) else "missense_variant"


def test_every_snv_of_every_coding_gene(sequence: str, genes: Genes, genome: Genome) -> None:
    places = sorted({p for locus in CODING for p in range(locus.start, locus.end + 1)})
    variants = [(p, sequence[p - 1], alt) for p in places for alt in "ACGT" if alt != sequence[p - 1]]
    expected = {
        (n, locus.name): expected_of_snv(sequence, locus, pos, alt)
        for n, (pos, _, alt) in enumerate(variants)
        for locus in CODING
        if locus.start <= pos <= locus.end
    }
    assert found(variants, genes, genome) == expected
    assert len(set(expected.values())) == 7, "every kind of consequence of a substitution occurs"


def test_names_agree_and_overlapping_genes_are_told_apart(
    sequence: str, genes: Genes, genome: Genome
) -> None:
    pos = 8530
    alt = "ACGT"["ACGT".index(sequence[pos - 1]) - 1]
    result = mitochondrial_consequences(table([(pos, sequence[pos - 1], alt)]), genes, genome)
    assert result.schema == pl.Schema(SCHEMA)
    assert result.height == 2
    ids = genes.transcripts["transcript_id"].to_list()
    assert [ids[t] for t in result["transcript_index"]] == ["ENST_ATP8", "ENST_ATP6"]
    assert result["counted"].to_list() == [True, True]
    for locus, protein in zip((LOCI[4], LOCI[5]), result["protein_change"], strict=True):
        assert protein[6:].startswith(str((pos - locus.start) // 3 + 1))


@pytest.mark.parametrize("locus", [LOCI[0], LOCI[1], LOCI[8]])
def test_rna_genes_count_only_when_green(locus: Locus, sequence: str, genes: Genes, genome: Genome) -> None:
    pos = locus.start + 10
    alt = "ACGT"["ACGT".index(sequence[pos - 1]) - 1]
    result = mitochondrial_consequences(table([(pos, sequence[pos - 1], alt)]), genes, genome)
    row = result.row(0, named=True)
    assert result.height == 1
    assert (row["consequence"], row["counted"]) == ("non_coding_transcript_exon_variant", False)
    assert (row["transcript_index"], row["protein_change"]) == (None, None)


def test_nothing_in_the_control_region(sequence: str, genes: Genes, genome: Genome) -> None:
    variants = [(p, sequence[p - 1], "ACGT"["ACGT".index(sequence[p - 1]) - 1]) for p in (73, 263, 16189)]
    assert found(variants, genes, genome) == {}


def deletion(sequence: str, first: int, last: int) -> tuple[int, str, str]:
    return first - 1, sequence[first - 2 : last], sequence[first - 2]


def insertion(sequence: str, after: int, bases: str) -> tuple[int, str, str]:
    return after, sequence[after - 1], sequence[after - 1] + bases


def test_lengths_that_change(sequence: str, genes: Genes, genome: Genome) -> None:
    cox1, nd6, nd1, atp8 = LOCI[3], LOCI[7], LOCI[2], LOCI[4]
    middle = cox1.start + 90
    cases = {
        ("COX1", "frameshift_variant"): deletion(sequence, middle, middle + 3),
        ("COX1", "inframe_deletion"): deletion(sequence, middle, middle + 2),
        ("COX1", "inframe_insertion"): insertion(sequence, middle - 1, "CCC"),
        ("COX1", "stop_gained"): insertion(sequence, middle - 1, "AGA"),
        ("COX1", "start_lost"): deletion(sequence, cox1.start - 5, cox1.start + 4),
        ("COX1", "stop_lost"): deletion(sequence, cox1.end - 1, cox1.end + 9),
        ("COX1", "transcript_ablation"): deletion(sequence, cox1.start - 1, cox1.end + 1),
        ("ND6", "start_lost"): deletion(sequence, nd6.end - 1, nd6.end + 6),
        ("ND6", "stop_lost"): deletion(sequence, nd6.start - 4, nd6.start + 1),
        ("ND6", "inframe_deletion"): deletion(sequence, nd6.end - 92, nd6.end - 90),
        ("ND1", "stop_lost"): (nd1.end, "A", "C"),
        ("ATP8", "inframe_insertion"): insertion(sequence, atp8.start + 29, "GGGGGG"),
        ("TF", "non_coding_transcript_exon_variant"): deletion(sequence, 600, 605),
    }
    result = found(list(cases.values()), genes, genome)
    seen = {(name, result.get((n, name))) for n, (name, _) in enumerate(cases)}
    # Left to chance of the sequence: the frame that follows may begin with a stop, a copy may lengthen a codon.
    assert seen == set(cases)


def test_a_tail_that_completes_the_stop_again(sequence: str, genes: Genes, genome: Genome) -> None:
    nd1 = LOCI[2]  # ends in TA: without the A, polyadenylation makes TAA of T as well
    assert found([deletion(sequence, nd1.end, nd1.end)], genes, genome)[0, "ND1"] == "stop_retained_variant"


def test_an_annotation_without_a_stop(sequence: str, genes: Genes) -> None:
    nd1 = LOCI[2]
    text = sequence[: nd1.end - 2] + "CC" + sequence[nd1.end :]
    whole = Segments(np.array([1]), np.array([SIZE]), np.array([0]))
    genome = Genome(
        Path("none"), np.frombuffer(text.encode(), np.uint8), {"MT": "MT"}, {"MT": SIZE}, {"MT": whole}
    )
    assert found([(nd1.end, "C", "G")], genes, genome) == {(0, "ND1"): "incomplete_terminal_codon_variant"}


def test_the_door_takes_mitochondrial_variants(sequence: str, genes: Genes, genome: Genome) -> None:
    pos = LOCI[3].start + 1
    for contig in ("MT", "chrM"):
        result = annotate_consequences(table([(pos, "T", "C")], contig), genes, genome)
        assert result["consequence"].to_list() == ["start_lost"]
    assert annotate_consequences(table([]), genes, genome).schema == pl.Schema(SCHEMA)


def test_no_mitochondrial_genes(tmp_path: Path, genome: Genome, sequence: str) -> None:
    source = tmp_path / "genes.gff3"
    source.write_text("\n".join(gff3().splitlines()[:6]) + "\n")
    convert([source], tmp_path, ConversionOptions())
    assert mitochondrial_consequences(
        table([(6000, sequence[5999], "N")]), open_genes(tmp_path), genome
    ).is_empty()


def test_five_hundred_variants_are_fast(sequence: str, genes: Genes, genome: Genome) -> None:
    rng = random.Random(3)
    places = sorted(rng.sample(range(1, SIZE), 500))
    variants = table([(p, sequence[p - 1], "ACGT"["ACGT".index(sequence[p - 1]) - 1]) for p in places])
    mitochondrial_consequences(variants, genes, genome)
    started = time.process_time()
    mitochondrial_consequences(variants, genes, genome)
    assert time.process_time() - started < 0.15  # about 0.02 s; room for a slow machine
