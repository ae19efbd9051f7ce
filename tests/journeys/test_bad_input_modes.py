"""Contradictory phase, scores of the other build, unknown columns, unknown modes, alleles of a megabase, and files
of ten thousand samples, through the real command line."""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path
from typing import Any

import pytest
from bench import Accepted, Bench, validator
from small_home import (
    ASSEMBLY,
    GENES,
    GENOME,
    PAH_FROM_DAD,
    PAH_FROM_MUM,
    PANEL_NAME,
    PED,
    PLANTED,
    base,
    family_vcf,
    fasta,
    gff3,
    good_records,
    other,
    panel,
    place,
    record,
    trihelix,
)

from trihelix.model.errors import AssemblyMismatchError, PackError, PedigreeError, SampleMismatchError
from vcf_builder import vcf_text, write_vcf

OURS = ("--assembly", ASSEMBLY)

# Contradictory phase sets


def pah(kid: tuple[str, str], sets: tuple[str, str], dad: str = "0/1", mum: str = "0/1") -> str:
    """The trio's file with other calls of the child at the pair in PAH, with phase sets; `dad` and `mum` are the
    parents' calls at the variant that each hands down."""
    rows = [r for r in good_records() if r not in PLANTED[1:3]]
    for pos, gt, ps, parents in (
        (PAH_FROM_DAD, kid[0], sets[0], (dad, "0/0")),
        (PAH_FROM_MUM, kid[1], sets[1], ("0/0", mum)),
    ):
        cells = record("chr2", pos, gt, *parents, "C", "A").split(" ")
        cells[8] += ":PS"
        cells[9:] = [cells[9] + f":{ps}", cells[10] + ":.", cells[11] + ":."]
        rows.append(" ".join(cells))
    return family_vcf(sorted(rows, key=place))


def flags_of(accepted: Accepted) -> set[str]:
    """Flags of the candidate in PAH; None is a failure."""
    candidate = accepted.candidate("PAH")
    assert candidate is not None
    assert candidate["segregation"] == "CompoundHeterozygous"
    return {*candidate["flags"], *(flag for event in candidate["events"] for flag in event["flags"])}


def test_reads_in_cis_against_parents_in_trans_keep_the_pair_with_a_flag(bench: Bench) -> None:
    accepted = bench.accepts(vcf=bench.vcf(pah(("0|1", "0|1"), ("1061", "1061"))))
    assert "phase_contradiction" in flags_of(accepted)
    assert "Reads and parents contradict each other" in accepted.page


def test_reads_in_trans_confirm_the_parents(bench: Bench) -> None:
    flags = flags_of(bench.accepts(vcf=bench.vcf(pah(("0|1", "1|0"), ("1061", "1061")))))
    assert not flags & {"phase_contradiction", "phase_unproven"}


def test_reads_in_cis_drop_a_pair_whose_parents_say_nothing(bench: Bench) -> None:
    cis = bench.accepts(vcf=bench.vcf(pah(("0|1", "0|1"), ("1061", "1061"), dad="./.", mum="./.")))
    candidate = cis.candidate("PAH")
    assert candidate is None or candidate["segregation"] != "CompoundHeterozygous"


@pytest.mark.parametrize(
    ("kid", "sets"),
    [
        (("0|1", "0|1"), ("one", "one")),  # not numbers
        (("0|1", "0|1"), (".", ".")),  # phased without a set: phase between records is not told
        (("0|1", "0|1"), ("1061", "1661")),  # two sets
        (("0/1", "0/1"), ("1061", "1061")),  # a set without phase
        (("0|1", "0/1"), ("1061", "1061")),
        (("0|1", "0|1"), ("-5", "-5")),
        (("0|1", "0|1"), ("99999999999999999999", "99999999999999999998")),
        (("0|1", "0|1"), ("", "")),
    ],
)
def test_phase_that_tells_nothing_is_not_used(
    bench: Bench, kid: tuple[str, str], sets: tuple[str, str]
) -> None:
    """The pair has no flag of contradiction, and where the parents say nothing it is kept as unproven."""
    flags = flags_of(bench.accepts(vcf=bench.vcf(pah(kid, sets))))
    assert "phase_contradiction" not in flags
    alone = bench.accepts(vcf=bench.vcf(pah(kid, sets, dad="./.", mum="./."), "alone.vcf"))
    assert "phase_unproven" in flags_of(alone)


def test_one_phase_set_on_two_chromosomes_is_two_sets(bench: Bench, good: Accepted) -> None:
    """Some callers begin a set anew on each chromosome; pairs are of one gene, so nothing is phased across."""
    rows = []
    for line in good_records():
        cells = line.split(" ")
        cells[8] += ":PS"
        cells[9:] = [c.replace("0/1", "0|1", 1) + ":7" for c in cells[9:]]
        rows.append(" ".join(cells))
    accepted = bench.accepts(vcf=bench.vcf(family_vcf(rows)))
    assert {a[0] for a in accepted.answer} == {a[0] for a in good.answer}
    assert "phase_contradiction" in flags_of(accepted)  # in PAH all calls of this file are in one set


# Scores of the other build


def other_genome() -> dict[str, str]:
    """Another build: the same contigs with 37 bases more before everything."""
    return {contig: "ACGTTGCA" * 4 + "ACGTA" + sequence for contig, sequence in GENOME.items()}


def score_rows(genome: dict[str, str], header: str = "chrom\tpos\tref\talt\tREVEL", extra: str = "") -> str:
    """A score for a base in ten of a genome."""
    rng = random.Random(1)
    lines = [header]
    for contig, sequence in genome.items():
        for pos in range(50, len(sequence) - 50, 10):
            ref = sequence[pos - 1]
            lines.append(f"{contig}\t{pos}\t{ref}\t{'ACGT'.replace(ref, '')[0]}\t{rng.random():.3f}{extra}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def two_builds(bench: Bench) -> Path:
    """A programme with the genomes of two builds."""
    home = bench.home_copy()
    fa = bench.file("other.fa", fasta(other_genome()))
    done = trihelix("reference", "add", "genome", fa, "--home", home, "--assembly", "Small2")
    assert done.code == 0, done.err
    return home


def add_scores(bench: Bench, home: Path, text: str, *words: object) -> Any:
    """`reference add scores` with a file of this text."""
    path = bench.file("revel.tsv", text)
    return trihelix(
        "reference", "add", "scores", path, "--home", home, "--column", "revel=REVEL", *words, "--json"
    )


def test_scores_of_the_build_that_they_are_said_to_be_of(bench: Bench, two_builds: Path) -> None:
    for genome, assembly in ((GENOME, ASSEMBLY), (other_genome(), "Small2")):
        done = add_scores(bench, two_builds, score_rows(genome), "--assembly", assembly)
        assert done.code == 0, done.err
        assert done.json["notes"] == []


def test_scores_of_the_other_build_are_refused_with_both_builds_named(bench: Bench, two_builds: Path) -> None:
    before = trihelix("reference", "list", "--home", two_builds, "--json").out
    done = add_scores(bench, two_builds, score_rows(other_genome()), *OURS)
    assert done.code == AssemblyMismatchError.exit_code
    for word in (ASSEMBLY, "Small2", "revel.tsv", "agree", "--assembly Small2"):
        assert word in done.err
    assert done.json["error"] == "AssemblyMismatchError"
    assert trihelix("reference", "list", "--home", two_builds, "--json").out == before


def test_scores_of_a_build_that_the_library_does_not_know(bench: Bench) -> None:
    """Their REF is right by chance only."""
    done = add_scores(bench, bench.home_copy(), score_rows(other_genome()), *OURS)
    assert done.code == AssemblyMismatchError.exit_code
    assert "another assembly" in done.err


def test_a_few_odd_alleles_do_not_make_another_build(bench: Bench) -> None:
    text = score_rows(GENOME) + f"chr1\t10\t{other('chr1', 10)}\tN\t0.5\n"
    assert add_scores(bench, bench.home_copy(), text, *OURS).code == 0


def test_without_a_genome_it_is_said_that_nothing_was_compared(bench: Bench) -> None:
    done = add_scores(bench, bench.folder / "library", score_rows(GENOME), *OURS)
    assert done.code == 0
    assert "REF was not compared" in done.json["notes"][0]


REVEL = "chr\thg19_pos\tgrch38_pos\tref\talt\tREVEL"


@pytest.mark.parametrize(
    ("text", "words", "named"),
    [
        (
            REVEL + "\n1\t100\t200\tA\tG\t0.5\n",
            ("--assembly", "GRCh38", "--column", "pos=hg19_pos"),
            "GRCh37",
        ),
        (REVEL.replace("\tgrch38_pos", "") + "\n1\t100\tA\tG\t0.5\n", ("--assembly", "GRCh38"), "hg19_pos"),
        (
            "## CADD GRCh37-v1.7\n#Chrom\tPos\tRef\tAlt\tREVEL\n1\t100\tA\tG\t3\n",
            ("--assembly", "GRCh38"),
            "GRCh37",
        ),
        (
            "#CHROM\tPOS\tREF\tALT\tgenome\tREVEL\nchr1\t1\tA\tG\thg19\t0.1\n",
            ("--assembly", "GRCh38"),
            "GRCh37",
        ),
    ],
)
def test_a_file_that_names_another_build(bench: Bench, text: str, words: tuple[str, ...], named: str) -> None:
    bench.refuses_to_add(
        AssemblyMismatchError,
        "scores",
        bench.file("revel.tsv", text),
        words=("GRCh38", named, "revel.tsv"),
        options=("--column", "revel=REVEL", *words),
    )


@pytest.mark.parametrize(("assembly", "place"), [("GRCh37", 100), ("GRCh38", 200)])
def test_of_two_positions_the_asked_build_s_is_taken(bench: Bench, assembly: str, place: int) -> None:
    from trihelix.reference.allele_keys import alleles_from_text
    from trihelix.reference.scores import open_scores

    home = bench.folder / "library"
    done = add_scores(bench, home, REVEL + "\n1\t100\t200\tA\tG\t0.5\n", "--assembly", assembly)
    assert done.code == 0, done.err
    (folder,) = (home / "reference" / "scores").iterdir()
    assert done.json["assembly"] == assembly
    found = open_scores(folder).look_up("1", alleles_from_text([place], ["A"], ["G"]))
    assert found["revel"][0] == pytest.approx(0.5)


# Unknown column mappings


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (score_rows(GENOME), ("--column", "revel=NOPE"), ("NOPE", "it has: chrom, pos, ref, alt, REVEL")),
        (score_rows(GENOME), ("--column", "revel=REVEL", "--column", "pos=NOPE"), ("NOPE", "it has:")),
        (
            score_rows(GENOME, "chrom\tpos\tref\talt\tREVEL\tREVEL", "\t0.5"),
            ("--column", "revel=REVEL"),
            ("several columns", "REVEL, 2 times"),
        ),
        (score_rows(GENOME, "chrom\tpos\tref\talt\tREVEL\tname", "\thigh"), ("--column", "revel=name"), ("high", "column name", "row 1")),
        (score_rows(GENOME).split("\n", 1)[1], ("--column", "revel=REVEL"), ("does not begin with a line that names its columns", "chr1, 50")),
        (score_rows(GENOME), ("--column", "key=REVEL"), ("cannot be the name", "key")),
        (score_rows(GENOME), ("--column", "a b=REVEL"), ("cannot be the name", "a b")),
        (score_rows(GENOME).replace("\t", ";"), ("--column", "revel=REVEL"), ("it has: chrom;pos",)),
        (score_rows(GENOME) + "chr1\t99\tA\tG\t0.1\t0.2\t0.3\n", ("--column", "revel=REVEL"), ("do not have the columns",)),
    ],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_the_file(
    bench: Bench, text: str, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    path = bench.file("scores.tsv", text)
    bench.refuses_to_add(PackError, "scores", path, words=(*words, "scores.tsv"), options=(*OURS, *options))


def test_columns_that_nobody_asked_for_may_have_one_name(bench: Bench) -> None:
    text = score_rows(GENOME, "chrom\tpos\tref\talt\tREVEL\tnote\tnote", "\tx\ty")
    assert add_scores(bench, bench.folder / "library", text, *OURS).code == 0


def test_one_name_for_two_columns_is_wrong_usage(bench: Bench) -> None:
    text = score_rows(GENOME)
    done = add_scores(bench, bench.folder / "library", text, *OURS, "--column", "revel=alt")
    assert done.code == 2
    assert "mapped twice" in done.err
    assert not (bench.folder / "library").exists()


def test_a_mapping_where_none_is_used_is_refused(bench: Bench) -> None:
    fa = bench.small.sources / "genome.fa"
    bench.refuses_to_add(
        PackError, "genome", fa, words=("without a mapping", "a=b"), options=(*OURS, "--column", "a=b")
    )


@pytest.mark.parametrize(("pair", "word"), [("pli=NOPE", "gene, pLI"), ("score=pLI", "missense_z")])
def test_a_mapping_of_constraint_that_cannot_be_followed(bench: Bench, pair: str, word: str) -> None:
    table = bench.file("c.tsv", "gene\tpLI\nPAH\t0.1\n")
    bench.refuses_to_add(PackError, "constraint", table, words=(pair, word), options=("--column", pair))


# A mode of inheritance that PanelApp has never used


def test_a_mode_that_nobody_knows_keeps_the_gene_and_is_said(bench: Bench, good: Accepted) -> None:
    odd = panel(11, PANEL_NAME)
    odd["version"] = "2.0"
    odd["genes"][0]["mode_of_inheritance"] = "TRIALLELIC, on Sundays"
    home = bench.home_copy()
    done = trihelix("reference", "add", "panels", bench.file("odd.json", odd), "--home", home)
    assert done.code == 0
    assert "TRIALLELIC, on Sundays" in done.out
    accepted = bench.accepts(home=home)
    assert accepted.notices["unrecognised_mode"] == 1
    assert "unrecognised_mode" in accepted.warnings
    assert "TRIALLELIC, on Sundays" in accepted.page
    assert [a[:3] for a in accepted.answer] == [a[:3] for a in good.answer]
    candidate = accepted.candidate("ARID1B")
    assert candidate is not None
    assert {e["mode_of_inheritance"] for e in candidate["events"]} >= {"TRIALLELIC, on Sundays"}


def test_an_empty_mode_is_not_an_unknown_word(bench: Bench) -> None:
    odd = panel(11, PANEL_NAME)
    odd["version"] = "2.0"
    odd["genes"][0]["mode_of_inheritance"] = ""
    home = bench.home_copy()
    assert trihelix("reference", "add", "panels", bench.file("odd.json", odd), "--home", home).code == 0
    assert "unrecognised_mode" not in bench.accepts(home=home).notices


# Alleles of a megabase

MEGABASE = 1_000_000


@pytest.fixture(scope="module")
def long_home(small_home: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, dict[str, str]]:
    """A programme whose second chromosome has room for a megabase."""
    folder = tmp_path_factory.mktemp("long")
    rng = random.Random(9)
    genome = {**GENOME, "chr2": GENOME["chr2"] + "".join(rng.choices("ACGT", k=MEGABASE + 5_000))}
    home = Bench(small_home, folder).home_of_phenotypes()
    sources = {"genome": fasta(genome), "genes": gff3(GENES), "panels": json.dumps(panel(11, PANEL_NAME))}
    for kind, text in sources.items():
        path = folder / f"{kind}.txt"
        path.write_text(text)
        more = () if kind == "panels" else ("--assembly", "Long1")
        assert trihelix("reference", "add", kind, path, "--home", home, *more).code == 0
    return home, genome


@pytest.mark.parametrize("kind", ["deletion", "insertion"])
def test_an_allele_of_a_megabase(bench: Bench, long_home: tuple[Any, dict[str, str]], kind: str) -> None:
    """It is interpreted; the document holds it whole, page and table shorten it and stay small."""
    home, genome = long_home
    at = GENES[2].start + 60
    long = genome["chr2"][at - 1 : at + MEGABASE]
    ref, alt = (long, long[0]) if kind == "deletion" else (long[0], long[0] + long[1:][::-1])
    line = record("chr2", at, "1/1", "0/1", "0/1", ref, alt)
    rows = sorted((line, *(r for r in good_records() if r not in PLANTED[1:3])), key=place)
    contigs = {name: len(sequence) for name, sequence in genome.items()}
    vcf = bench.vcf(vcf_text(rows, ("kid", "dad", "mum"), contigs), "long.vcf.gz")
    out = bench.folder / "out"
    before = time.process_time()
    done = trihelix(*bench.small.arguments(vcf=vcf, home=home, out=out, json=True))
    seconds = time.process_time() - before
    assert done.code == 0, done.err[-500:]
    validator().validate(done.json)
    found = next(c for c in done.json["candidates"] if c["gene"] == "PAH")["variants"][0]
    assert max(len(found["ref"]), len(found["alt"])) > MEGABASE - 100
    for name, bases in (("report.html", 1_000), ("candidates.tsv", 50)):
        text = (out / name).read_text()
        assert "bases]" in text
        assert max(map(len, re.findall("[ACGT]+", text))) <= bases
    assert (
        out / "report.html"
    ).stat().st_size < 1_500_000  # all of the background is in it: no frequency pack
    assert seconds < 60


# Ten thousand samples

MANY = 10_000


def test_a_file_of_ten_thousand_samples(bench: Bench, good: Accepted) -> None:
    """The family is three of them: refused unless said to be so, then the same answer in little time."""
    others = [f"s{i}" for i in range(MANY - 3)]
    pad = "\t0/1:30:99:15,15" * (MANY - 3)
    lines = family_vcf(samples=("kid", *others, "dad", "mum")).split("\n")
    chosen = [r for r in good_records() if r in PLANTED or int(r.split(" ")[1]) % 2]
    body = []
    for line in chosen:
        cells = line.split(" ")
        body.append("\t".join(cells[:10]) + pad + "\t" + "\t".join(cells[10:]))
    header = [line for line in lines if line.startswith("#")]
    vcf = write_vcf(bench.folder / "many.vcf.gz", "\n".join([*header, *body]) + "\n")
    refused = bench.refuses_new(SampleMismatchError, "9997 samples", "--ignore-other-samples", vcf=vcf)
    assert len(refused.err) < 1000
    few = bench.accepts(vcf=bench.vcf(family_vcf(chosen)))
    before = time.process_time()
    accepted = bench.accepts(vcf=vcf, ignore_other_samples=True)
    assert time.process_time() - before < 20
    assert accepted.answer == few.answer
    assert {a[0] for a in accepted.answer} == {a[0] for a in good.answer}


def test_a_pedigree_of_ten_thousand_members(bench: Bench, good: Accepted) -> None:
    """One family of so many is refused at once; one of many families can be chosen."""
    rows = "".join(f"fam\tm{i}\t0\t0\t{1 + i % 2}\t1\n" for i in range(MANY))
    before = time.process_time()
    bench.refuses(PedigreeError, "64", "10003 members", ped=bench.file("large.ped", PED + rows))
    families = "".join(
        f"f{i}\ta{i}\tb{i}\tc{i}\t1\t2\nf{i}\tb{i}\t0\t0\t1\t1\nf{i}\tc{i}\t0\t0\t2\t1\n"
        for i in range(MANY // 3)
    )
    ped = bench.file("families.ped", families + PED)
    bench.refuses(PedigreeError, "--family", ped=ped)
    assert bench.accepts(ped=ped, family="fam").answer == good.answer
    assert time.process_time() - before < 20


# Wrong usage as JSON


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("interpret",), "--vcf"),
        (("interpret", "--vcf", "a", "--out", "b"), "--hpo"),
        (("interpret", "--nope"), "--nope"),
        (("nope",), "nope"),
        (("reference", "add"), "kind"),
        (("reference", "nope"), "nope"),
    ],
)
def test_wrong_usage_has_the_one_json_shape(words: tuple[str, ...], said: str) -> None:
    done = trihelix(*words, "--json")
    assert done.code == 2
    assert list(done.json) == ["error", "what", "where", "value", "advice", "exit_code"]
    assert (done.json["error"], done.json["exit_code"]) == ("UsageError", 2)
    assert said in done.json["what"].lower()
    assert "--help" in done.json["advice"]
    assert said in done.err.lower()
    assert trihelix(*words).out == ""


def test_the_base_of_these_cases() -> None:
    assert base("chr2", PAH_FROM_DAD) == base("chr2", PAH_FROM_MUM) == "C"
