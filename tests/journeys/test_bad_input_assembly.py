"""Files of other assemblies, other contig names, and several files of one family, through the real command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import Accepted, Bench
from small_home import (
    ASSEMBLY,
    DECLARED,
    PAH_FROM_DAD,
    PLANTED,
    SAMPLES,
    base,
    family_vcf,
    good_records,
    place,
)

from trihelix.model.errors import (
    AssemblyMismatchError,
    MalformedRecordError,
    SampleMismatchError,
)

TOLD_NO_LENGTH = dict.fromkeys(DECLARED, 0)


def test_contig_lengths_of_another_assembly(bench: Bench) -> None:
    text = family_vcf(contigs={"chr1": 249250621, "chr2": 243199373, "chrX": 155270560})
    bench.refuses(AssemblyMismatchError, "GRCh37", ASSEMBLY, vcf=bench.vcf(text))


def test_contig_lengths_that_are_nearly_right(bench: Bench) -> None:
    text = family_vcf(contigs={**DECLARED, "chr2": 6001})
    bench.refuses(AssemblyMismatchError, "chr2: 6,001 against 6,000", vcf=bench.vcf(text))


@pytest.mark.parametrize(
    "line", ["##reference=file:///refs/hg19.fa\n", "##reference=GRCh38\n", "##assembly=hs37d5\n"]
)
def test_a_header_that_names_another_assembly(bench: Bench, line: str) -> None:
    bench.refuses(
        AssemblyMismatchError,
        ASSEMBLY,
        "family.vcf",
        vcf=bench.vcf(family_vcf(contigs=TOLD_NO_LENGTH, extra=line)),
    )
    bench.refuses(AssemblyMismatchError, "6,000 against", vcf=bench.vcf(family_vcf(extra=line)))


def test_a_header_that_contradicts_itself(bench: Bench) -> None:
    text = family_vcf(contigs={"chr1": 248956422}, extra="##reference=hg19\n")
    bench.refuses(AssemblyMismatchError, "GRCh37", "GRCh38", "family.vcf", vcf=bench.vcf(text))


def test_an_assembly_that_the_packs_are_not_of(bench: Bench) -> None:
    told_no_length = bench.vcf(family_vcf(contigs=TOLD_NO_LENGTH))
    bench.refuses(AssemblyMismatchError, "GRCh38", ASSEMBLY, assembly="hg38", vcf=told_no_length)
    bench.refuses(AssemblyMismatchError, "GRCh38", "chr1: 6,000 against 248,956,422", assembly="hg38")


def test_an_assembly_that_contradicts_the_header(bench: Bench) -> None:
    text = family_vcf(extra="##reference=hg19\n")
    bench.refuses(
        AssemblyMismatchError, "--assembly", "GRCh37", "GRCh38", vcf=bench.vcf(text), assembly="GRCh38"
    )


def test_two_files_of_two_assemblies(bench: Bench) -> None:
    one = bench.vcf(family_vcf([PLANTED[0]], extra="##reference=hg19\n"), "one.vcf")
    two = bench.vcf(family_vcf([PLANTED[1]], extra="##reference=hg38\n"), "two.vcf")
    bench.refuses(AssemblyMismatchError, "one.vcf", "two.vcf", "GRCh37", "GRCh38", vcf=[one, two])


def test_contigs_without_chr_give_the_same_answer(bench: Bench, good: Accepted) -> None:
    text = family_vcf(
        [r.removeprefix("chr") for r in good_records()],
        contigs={c.removeprefix("chr"): n for c, n in DECLARED.items()},
    )
    accepted = bench.accepts(vcf=bench.vcf(text))
    assert accepted.answer == good.answer
    assert accepted.warnings == set()


def test_a_file_that_mixes_names_with_and_without_chr(bench: Bench) -> None:
    """chr1 and 1 in one file are two halves of different files put together."""
    records = good_records()
    half = next(i for i, r in enumerate(records) if r.startswith("chr1 2"))
    first = [r for r in records if r.startswith("chr1 ")]
    mixed = [*first[:half], *(r.removeprefix("chr") for r in first[half:])]
    bench.refuses(
        MalformedRecordError, "chr1", vcf=bench.vcf(family_vcf(mixed, contigs={"chr1": 6000, "1": 6000}))
    )


def test_the_same_file_twice(bench: Bench) -> None:
    bench.refuses(SampleMismatchError, "same sample", "kid", vcf=[bench.small.vcf, bench.small.vcf])


def test_one_sample_in_two_files(bench: Bench) -> None:
    lines = [" ".join(r.split(" ")[:10]) for r in good_records()]
    alone = bench.vcf(family_vcf(lines, samples=["kid"]), "kid.vcf")
    bench.refuses(SampleMismatchError, "kid", "kid.vcf", "trio.vcf.gz", vcf=[bench.small.vcf, alone])


def _single(bench: Bench, column: int, extra: tuple[str, ...] = ()) -> Path:
    """One member's own file: records that it carries, and more lines."""
    lines = []
    for line in good_records():
        cells = line.split(" ")
        if "1" in cells[9 + column].split(":")[0]:
            lines.append(" ".join((*cells[:9], cells[9 + column])))
    return bench.vcf(
        family_vcf(sorted((*lines, *extra), key=place), samples=[SAMPLES[column]]), f"{SAMPLES[column]}.vcf"
    )


def test_files_of_single_members_do_not_make_de_novo_out_of_absence(bench: Bench) -> None:
    """What is absent from a parent's file is missing, and the report says what that means."""
    accepted = bench.accepts(vcf=[_single(bench, i) for i in range(3)])
    candidate = accepted.candidate("ARID1B")
    assert candidate is not None
    assert candidate["variants"][0]["genotypes"]["dad"] == "./."
    assert candidate["segregation"] != "deNovo"
    assert accepted.candidate("PAH") is not None
    assert "absent_is_missing" in accepted.notices
    as_reference = bench.accepts(vcf=[_single(bench, i) for i in range(3)], absent_is_reference=True)
    assert as_reference.answer[0][:3] == ("ARID1B", 1, "deNovo")


def test_gvcfs_of_single_members_prove_reference_by_their_blocks(bench: Bench) -> None:
    blocks = tuple(
        f"{c} 1 . {base(c, 1)} <NON_REF> . . END=6000 GT:DP:GQ 0/0:30:99" for c in ("chr1", "chr2", "chrX")
    )
    accepted = bench.accepts(vcf=[_single(bench, i, blocks) for i in range(3)])
    assert accepted.answer[0][:3] == ("ARID1B", 1, "deNovo")


def test_paths_with_blanks_and_letters_of_other_languages(bench: Bench, good: Accepted) -> None:
    assert bench.accepts(vcf=bench.vcf(family_vcf(), "Familie Müller – 家族.vcf")).answer == good.answer


def test_the_unused_part_of_a_pair_is_lost_only_with_its_partner(bench: Bench) -> None:
    """A guard on the cases above: they would also pass if PAH were always found."""
    records = [r for r in good_records() if not r.startswith(f"chr2 {PAH_FROM_DAD} ")]
    assert bench.accepts(vcf=bench.vcf(family_vcf(records))).candidate("PAH") is None
