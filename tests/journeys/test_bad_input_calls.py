"""Odd genotypes and files with nothing to interpret, through the real command line."""

from __future__ import annotations

import pytest
from bench import Accepted, Bench
from small_home import (
    CDKL5_FROM_MUM,
    PLANTED,
    STOP,
    base,
    family_vcf,
    good_records,
    place,
    record,
    with_records,
)

from trihelix.model.errors import (
    NoVariantsError,
)


def with_stop_called(kid: str, dad: str = "0/0", mum: str = "0/0") -> str:
    """The trio's file with other calls at the stop in ARID1B."""
    line = record("chr1", STOP, kid, dad, mum, "C", "T")
    return family_vcf(sorted([line, *(r for r in good_records() if r != PLANTED[0])], key=place))


def test_half_calls_count_as_one_copy_and_are_said(bench: Bench) -> None:
    accepted = bench.accepts(vcf=bench.vcf(with_stop_called("./1", "./0")))
    assert accepted.notices["half_calls"] == 2
    candidate = accepted.candidate("ARID1B")
    assert candidate is not None
    assert candidate["variants"][0]["genotypes"]["kid"] == "./1"


def test_a_haploid_call_on_an_autosome_is_a_warning(bench: Bench) -> None:
    """Read as it is it looks homozygous, which nobody should trust on an autosome."""
    accepted = bench.accepts(vcf=bench.vcf(with_stop_called("1")))
    assert accepted.notices["haploid_autosomal"] == 1
    assert "haploid_autosomal" in accepted.warnings


def test_haploid_calls_on_the_male_x_give_the_same_answer(bench: Bench, good: Accepted) -> None:
    """Some callers write the one X of a male as 1, others as 1/1."""
    halved = []
    for line in good_records():
        if line.startswith("chrX"):
            *front, kid, dad, mum = line.split(" ")
            line = " ".join(
                (
                    *front,
                    kid.replace("1/1", "1").replace("0/0", "0"),
                    dad.replace("0/0", "0").replace("1/1", "1"),
                    mum,
                )
            )
        halved.append(line)
    accepted = bench.accepts(vcf=bench.vcf(family_vcf(halved)))
    assert [a[:4] for a in accepted.answer] == [a[:4] for a in good.answer]
    assert accepted.warnings == set()


def test_a_heterozygous_call_on_the_one_x_of_a_male_is_not_used_and_said(bench: Bench) -> None:
    records = [r for r in good_records() if r != PLANTED[3]]
    line = record("chrX", CDKL5_FROM_MUM, "0/1", "0/0", "0/1", "C", "A")
    accepted = bench.accepts(vcf=bench.vcf(family_vcf(sorted((*records, line), key=place))))
    assert accepted.candidate("CDKL5") is None
    assert accepted.notices["x_heterozygous_in_one_x"] == 1


def test_calls_of_three_alleles_are_missing_and_said(bench: Bench) -> None:
    accepted = bench.accepts(vcf=bench.vcf(with_stop_called("0/0/1")))
    assert accepted.notices["ploidy"] == 1
    assert "ploidy" in accepted.warnings
    assert accepted.candidate("ARID1B") is None


def test_a_missing_call_of_a_parent_never_excludes(bench: Bench) -> None:
    accepted = bench.accepts(vcf=bench.vcf(with_stop_called("0/1", "./.", ".")))
    candidate = accepted.candidate("ARID1B")
    assert candidate is not None
    assert candidate["segregation"] == "InheritedAutosomalDominant"


def test_a_record_that_stands_twice_is_said(bench: Bench, good: Accepted) -> None:
    accepted = bench.accepts(vcf=bench.vcf(with_records(PLANTED[0])))
    assert accepted.answer == good.answer
    assert accepted.notices["duplicate_records"] == 1
    assert "duplicate_records" in accepted.warnings


def test_of_records_that_contradict_each_other_no_carrier_is_lost(bench: Bench, good: Accepted) -> None:
    """The mother carries it by one record and not by the other: it is no longer de novo."""
    contradiction = record("chr1", STOP, "0/0", "0/0", "0/1", "C", "T")
    accepted = bench.accepts(vcf=bench.vcf(with_records(contradiction)))
    assert accepted.notices["duplicate_records"] == 1
    assert "duplicate_records" in accepted.warnings
    assert accepted.candidate("ARID1B") is None
    assert accepted.candidate("PAH") is not None


@pytest.mark.parametrize(
    ("kept", "word"),
    [
        ([], "no variant records"),
        (
            [f"chr1 {n} . {base('chr1', n)} . 50 PASS . GT 0/0 0/0 0/0" for n in range(10, 90)],
            "no alternate alleles",
        ),
        (["chr1 10 . A <DEL> 50 PASS . GT 0/1 0/0 0/0"], "no alternate alleles"),
        ([record("chr1", n, "0/0", "0/0", "0/0") for n in range(10, 90)], "nobody carries"),
        ([record("chr1", n, "./.", "./.", "./.") for n in range(10, 90)], "no genotype"),
        ([record("chr1", n, ".", ".", ".") for n in range(10, 90)], "no genotype"),
    ],
)
def test_a_file_with_nothing_to_interpret(bench: Bench, kept: list[str], word: str) -> None:
    bench.refuses(NoVariantsError, word, "family.vcf", vcf=bench.vcf(family_vcf(kept)))


def _without(column: int, calls: str) -> str:
    """The trio's file with every call of one sample replaced."""
    lines = []
    for line in good_records():
        cells = line.split(" ")
        cells[9 + column] = calls
        lines.append(" ".join(cells))
    return family_vcf(lines)


def test_a_proband_without_a_single_call_is_an_error(bench: Bench) -> None:
    bench.refuses(NoVariantsError, "no genotype", "kid", vcf=bench.vcf(_without(0, "./.")))


def test_a_proband_who_carries_nothing_is_a_warning(bench: Bench) -> None:
    accepted = bench.accepts(vcf=bench.vcf(_without(0, "0/0:30:99:30,0")))
    assert "carries_nothing" in accepted.warnings


def test_a_parent_without_a_single_call_is_a_warning(bench: Bench) -> None:
    accepted = bench.accepts(vcf=bench.vcf(_without(1, "./.")))
    assert "no_calls" in accepted.warnings
    assert accepted.candidate("ARID1B") is not None


def test_records_that_no_filter_passed_are_not_tiered_and_it_is_said(bench: Bench) -> None:
    text = family_vcf([r.replace(" PASS ", " LowQual ") for r in good_records()])
    accepted = bench.accepts(vcf=bench.vcf(text))
    assert accepted.answer == []
    assert "nothing_passed" in accepted.warnings
