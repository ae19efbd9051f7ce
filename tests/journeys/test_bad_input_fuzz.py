"""Bytes of a good variant file are changed at random: a clean error or a valid interpretation, nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench import RESULTS, Bench, validator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from small_home import PED, family_vcf, good_records, phenopacket, place, trihelix

from trihelix.model import errors

# Small enough that a change often hits something that matters.
RECORDS = [r for r in good_records() if "PASS" in r and place(r)[1] in range(1000, 1100)]
VCF = family_vcf(RECORDS).encode()
PACKET = json.dumps(phenopacket()).encode()
INTERESTING = [
    b"\t",
    b"\n",
    b"\0",
    b"\xff",
    b"0",
    b"-",
    b".",
    b"*",
    b"<",
    b">",
    b",",
    b"|",
    b"/",
    b"9" * 12,
    b"chr1",
    b"\r\n",
    b"#",
    b";",
    b":",
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
]
CODES = {
    kind.exit_code: kind.__name__
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.TrihelixError)
}
FUZZ = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """The bytes with one to four places replaced, removed, repeated, or followed by something."""
    data = good
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.sampled_from([0, 0, 1, 1, 2, 5, 40]))
        piece = draw(
            st.one_of(st.sampled_from(INTERESTING), st.binary(max_size=3), st.just(data[at : at + 30]))
        )
        data = data[:at] + piece + data[at + length :]
    return data


def ends_well(bench: Bench, **changes: object) -> None:
    """A documented error with the one JSON shape and nothing written, or a whole and valid result."""
    number = len(list(bench.folder.iterdir()))
    out = bench.folder / f"out{number}"
    with bench.leaving_no_trace():
        outcome = trihelix(*bench.small.arguments(**{"out": out, "json": True, **changes}))
    document = outcome.json
    if outcome.code == 0:
        validator().validate(document)
        assert {p.name for p in out.iterdir()} == RESULTS
        return
    assert CODES[outcome.code] == document["error"]
    assert "Traceback" not in outcome.err
    assert not out.exists()


@FUZZ
@given(data=damaged(VCF))
def test_a_damaged_variant_file(bench: Bench, data: bytes) -> None:
    ends_well(bench, vcf=bench.file("fuzzed.vcf", data))


@FUZZ
@given(data=damaged(PED.encode()))
def test_a_damaged_pedigree(bench: Bench, data: bytes) -> None:
    ends_well(bench, ped=bench.file("fuzzed.ped", data))


@FUZZ
@given(data=damaged(PACKET))
def test_a_damaged_phenopacket(bench: Bench, data: bytes) -> None:
    ends_well(bench, hpo=None, phenopacket=bench.file("fuzzed.json", data))


@pytest.mark.parametrize("kind", ["panels", "genes", "genome", "frequencies", "significance"])
def test_a_damaged_source(bench: Bench, kind: str) -> None:
    source = {
        "panels": "panels.json",
        "genes": "genes.gff3",
        "genome": "genome.fa",
        "frequencies": "frequencies.vcf",
        "significance": "clinvar.vcf",
    }[kind]
    whole = (bench.small.sources / source).read_bytes()

    @settings(FUZZ, max_examples=15)
    @given(data=damaged(whole[:3000] if kind in ("frequencies", "genome") else whole))
    def add(data: bytes) -> None:
        home = bench.folder / "library"
        outcome = trihelix(
            "reference",
            "add",
            kind,
            bench.file(source, data),
            "--home",
            home,
            "--assembly",
            "Small1",
            "--json",
        )
        assert outcome.code == 0 or CODES[outcome.code] == outcome.json["error"]
        assert not list(home.glob("reference/.adding-*"))

    add()


def test_the_fuzz_reaches_both_ends(bench: Bench, tmp_path: Path) -> None:
    """A guard: the small file is a good one, and its first change is not always fatal."""
    ends_well(bench, vcf=bench.file("small.vcf", VCF))
    assert trihelix(*bench.small.arguments(vcf=bench.folder / "small.vcf", out=tmp_path / "o")).code == 0
