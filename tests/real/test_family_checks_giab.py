"""Checks of real families: the GIAB trio, the solved cases and a real exome, against bcftools and plain Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pysam
import pytest

from trihelix.formats.ped import read_ped
from trihelix.interpretation.evidence.family_checks import check_family
from trihelix.interpretation.evidence.sex_check import infer_sexes
from trihelix.interpretation.evidence.usable_calls import MIN_DEPTH, MIN_QUALITY, autosomal_calls, simple_rows
from trihelix.methods.mendel import MendelCounts, count_errors, is_consistent, trio_table
from trihelix.methods.relatedness import count_pair, pair_tables, pairs_of
from trihelix.model.family import Affection, Family, Member, Sex
from trihelix.model.interpretation import Check
from trihelix.variants.calls import read_calls
from trihelix.variants.family_calls import FamilyCalls, join_calls
from trihelix.variants.normalise import normalise

CHILD, FATHER, MOTHER = GIAB = ("HG002", "HG003", "HG004")


def family_calls(path: Path, members: tuple[str, ...]) -> FamilyCalls:
    return join_calls([normalise(read_calls(path, members), None)], members)


@pytest.fixture(scope="module")
def giab(real_data: Path) -> Path:
    return real_data / "families" / "giab_trio.grch37.vcf.gz"


@pytest.fixture(scope="module")
def giab_family(real_data: Path) -> Family:
    return read_ped(real_data / "families" / "giab_trio.ped", None)


def of_kind(checks: tuple[Check, ...], kind: str) -> list[Check]:
    return [c for c in checks if c.check == kind]


def test_the_giab_trio(giab: Path, giab_family: Family) -> None:
    checks, n_x = check_family(family_calls(giab, GIAB), giab_family, "GRCh37", joint=True)
    assert [c.status for c in of_kind(checks, "sex")] == ["not_assessed"] * 3
    assert n_x == {CHILD: 1, FATHER: 1, MOTHER: 2}
    related = {c.members: c for c in of_kind(checks, "relatedness")}
    for parent in (FATHER, MOTHER):
        assert related[CHILD, parent].status == "ok"
        assert related[CHILD, parent].inferred == "parent and child"
        assert related[CHILD, parent].value == pytest.approx(0.25, abs=0.015)
    assert related[FATHER, MOTHER].inferred == "unrelated"
    assert related[FATHER, MOTHER].value == pytest.approx(0, abs=0.02)
    (errors,) = of_kind(checks, "mendelian_errors")
    assert errors.status == "ok"
    assert (errors.value or 1) < 0.001
    assert not of_kind(checks, "sample_swap")


@pytest.mark.parametrize(("one", "two"), [(CHILD, MOTHER), (CHILD, FATHER)])
def test_exchanged_samples_of_the_giab_trio_are_found(
    giab: Path, giab_family: Family, one: str, two: str
) -> None:
    """The pedigree with two names exchanged is the tubes exchanged."""
    exchange = {one: two, two: one}
    people = {m.id: m for m in giab_family.members}
    members = tuple(
        Member(exchange.get(m.id, m.id), m.sex, m.affection,
               exchange.get(m.father or "", m.father), exchange.get(m.mother or "", m.mother))
        for m in people.values()
    )  # fmt: skip
    checks, _ = check_family(family_calls(giab, GIAB), Family("swapped", members), "GRCh37", joint=True)
    (swap,) = of_kind(checks, "sample_swap")
    assert set(swap.members) == {one, two}
    assert {c.status for c in of_kind(checks, "relatedness")} == {"ok", "mismatch", "warning"}
    assert of_kind(checks, "mendelian_errors")[0].status == "mismatch"


def test_giab_files_of_one_person_each(giab: Path, giab_family: Family) -> None:
    parts = []
    for member in GIAB:
        calls = read_calls(giab, (member,))
        carried = calls.take(calls.rows.state[:, 0] > 0)
        header = replace(carried.header, path=Path(f"{member}.vcf.gz"))
        parts.append(normalise(replace(carried, header=header), None))
    apart, _ = check_family(join_calls(parts, GIAB), giab_family, "GRCh37", joint=False)
    assert {c.status for c in apart} == {"not_assessed"}
    declared, _ = check_family(
        join_calls(parts, GIAB, absent_is_reference=True), giab_family, "GRCh37", joint=False
    )
    assert {c.status for c in declared if c.check != "sex"} == {"ok"}


def plain_calls(path: Path, samples: tuple[str, ...]) -> list[tuple[int, ...]]:
    """States of passed, simple, single-nucleotide autosomal records by pysam; -1 where a call may not be used."""
    found: dict[tuple[str, int], tuple[int, ...]] = {}
    times: Counter[tuple[str, int]] = Counter()
    with pysam.VariantFile(str(path)) as records:
        for record in records:
            bases = [a for a in record.alts or () if re.fullmatch("[ACGTN]+", a)]
            at = (record.chrom, record.pos)
            times[at] += len(bases)
            simple = len(bases) == 1 and len(bases[0]) == len(record.ref or "") == 1
            if simple and set(record.filter.keys()) <= {"PASS"} and record.chrom.isdigit():
                allele = (record.alts or ()).index(bases[0]) + 1
                found[at] = tuple(plain_state(record.samples[s], allele) for s in samples)
    return [states for at, states in found.items() if times[at] == 1]


def plain_state(sample: pysam.VariantRecordSample, allele: int) -> int:
    genotype = sample["GT"]
    if len(genotype) != 2 or None in genotype or set(genotype) - {0, allele}:
        return -1
    depth, quality = sample.get("DP"), sample.get("GQ")
    low = (depth is not None and depth < MIN_DEPTH) or (quality is not None and quality < MIN_QUALITY)
    return -1 if low else sum(a == allele for a in genotype)


def counted(path: Path) -> MendelCounts:
    calls = family_calls(path, GIAB)
    usable = autosomal_calls(calls, simple_rows(calls))
    return count_errors(trio_table(usable.states, usable.group, len(usable.contigs), 0, 1, 2).sum(axis=0))


def test_giab_kinship_is_that_of_plain_python(giab: Path) -> None:
    plain = plain_calls(giab, GIAB)
    calls = family_calls(giab, GIAB)
    usable = autosomal_calls(calls, simple_rows(calls))
    tables = pair_tables(usable.states, usable.group, len(usable.contigs))
    for (i, j), table in zip(pairs_of(3), tables, strict=True):
        both = [(s[i], s[j]) for s in plain if s[i] >= 0 and s[j] >= 0]
        het = sum(a == 1 for a, _ in both) + sum(b == 1 for _, b in both)
        opposite = both.count((0, 2)) + both.count((2, 0))
        counts = count_pair(table.sum(axis=0))
        assert counts.opposite == opposite
        assert counts.kinship == (both.count((1, 1)) - 2 * opposite) / het


def test_giab_mendelian_errors_are_those_of_plain_python(giab: Path) -> None:
    called = [s for s in plain_calls(giab, GIAB) if min(s) >= 0]
    counts = counted(giab)
    assert counts.sites == sum(any(s) for s in called)
    assert counts.errors == sum(not is_consistent(*s) for s in called)
    assert counts.errors > 0


def run(command: list[str], given: bytes | None = None) -> bytes:
    return subprocess.run(command, input=given, check=True, capture_output=True).stdout


def bcftools_mendelian(vcf: bytes) -> tuple[int, int]:
    """(consistent, inconsistent) sites by bcftools +mendelian, of those that all three have called."""
    called = run(["bcftools", "view", "-g", "^miss", "-"], vcf)
    trio = f"{MOTHER},{FATHER},{CHILD}"
    out = run(["bcftools", "+mendelian", "-t", trio, "-m", "c", "-"], called).decode()
    (line,) = [one for one in out.splitlines() if one and not one.startswith("#")]
    good, bad = re.split(r"[\s,]+", line.strip())[:2]
    return int(good), int(bad)


@pytest.fixture(scope="module")
def bcftools() -> None:
    """Skips without the bcftools program, or fails where everything is required. Newer releases have the plugin
    no more: then the plain-Python tests above must do."""
    if shutil.which("bcftools") is None:
        assert os.environ.get("TRIHELIX_REQUIRE_ALL") != "1", "bcftools is not on PATH"
        pytest.skip("bcftools is not on PATH")
    listed = subprocess.run(["bcftools", "plugin", "-l"], capture_output=True, text=True, check=False)
    if "mendelian" not in listed.stdout.split():
        pytest.skip("bcftools has no plugin mendelian")


@pytest.mark.usefixtures("bcftools")
def test_giab_mendelian_errors_are_those_of_bcftools_after_the_same_filters(giab: Path) -> None:
    passed = run(["bcftools", "view", "-f", "PASS,.", "-m2", "-M2", "-v", "snps", str(giab)])
    low = f"FMT/GQ<{MIN_QUALITY} | FMT/DP<{MIN_DEPTH}"
    good = run(["bcftools", "filter", "-S", ".", "-e", low, "-"], passed)
    consistent, inconsistent = bcftools_mendelian(good)
    counts = counted(giab)
    assert counts.errors == inconsistent
    # Ours leaves out positions with two records, and sites that nobody of the trio carries.
    assert 0.99 * consistent < counts.sites - counts.errors <= consistent


@pytest.mark.usefixtures("bcftools")
def test_unfiltered_giab_errors_are_those_of_bcftools(giab: Path) -> None:
    """All records with one alternate allele, as the caller wrote them."""
    calls = family_calls(giab, GIAB)
    simple = run(["bcftools", "view", "-m2", "-M2", str(giab)])
    single = np.bincount(calls.record)[calls.record] == 1
    counts = count_errors(
        trio_table(calls.state[single], np.zeros(int(single.sum()), np.int8), 1, 0, 1, 2)[0]
    )
    assert counts.errors == bcftools_mendelian(simple)[1]
    assert counts.errors == 88


def test_every_solved_case(real_data: Path) -> None:
    peds = sorted((real_data / "cases").glob("*.ped"))
    assert len(peds) >= 30
    for ped in peds:
        family = read_ped(ped, None)
        members = tuple(m.id for m in family.members)
        calls = family_calls(ped.with_suffix(".vcf.gz"), members)
        checks, n_x = check_family(calls, family, "GRCh38", joint=True)
        assert {c.status for c in checks if c.check != "sex"} == {"ok"}, ped.name
        assert len(of_kind(checks, "relatedness")) == 3
        assert [c.value for c in of_kind(checks, "mendelian_errors")] == [pytest.approx(0, abs=0.0005)]
        assert {c.status for c in of_kind(checks, "sex")} == {"not_assessed"}
        assert n_x == {m.id: 1 if m.sex is Sex.MALE else 2 for m in family.members}


def test_the_exome_is_a_mans(real_data: Path) -> None:
    """Rare variants only, so that autosomes are 98 % heterozygous; X has many homozygous ones, and false
    heterozygous ones in genes with a copy on Y. Y itself has heterozygous calls only, which prove nothing."""
    calls = family_calls(real_data / "families" / "pfeiffer_exome.grch37.vcf.gz", ("manuel",))
    evidence = infer_sexes(calls, simple_rows(calls), "GRCh37")["manuel"]
    assert evidence.x_count == 1
    assert evidence.autosomal_share == pytest.approx(0.98, abs=0.01)
    assert (evidence.share or 1) < 0.5
    assert (evidence.y_calls, evidence.has_y) == (0, None)
    for declared, status in ((Sex.MALE, "ok"), (Sex.FEMALE, "mismatch"), (Sex.UNKNOWN, "ok")):
        family = Family("F", (Member("manuel", declared, Affection.AFFECTED),))
        checks, n_x = check_family(calls, family, "GRCh37", joint=True)
        assert [(c.check, c.status, c.inferred) for c in checks] == [("sex", status, "male")]
        assert n_x == {"manuel": 1}
