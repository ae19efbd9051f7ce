"""`trihelix why`: every allele of the input has an answer, and the change that it names is the one that shows it."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from bench import Bench
from small_home import (
    CDKL5_FROM_MUM,
    PAH_FROM_DAD,
    STOP,
    Outcome,
    SmallHome,
    base,
    good_records,
    other,
    record,
    trihelix,
    with_records,
)

from trihelix.model.errors import InterpretationFilesError, VariantError
from trihelix.reports.allele_lookup import AlleleFiles
from trihelix.services.why import why

AT = 4900 - 60  # codon 21 of GRIN2B, on the reverse strand: CAG > TAG
FAILED = record("chr1", 20, "0/1", "0/1", "0/0").replace(" PASS ", " q10 ")
INHERITED = record("chr1", AT, "0/1", "0/1", "0/0")
RUN = next(p for p in range(5000, 5990) if len({base("chr1", q) for q in range(p, p + 4)}) == 1)
SHORTER = record("chr1", RUN + 1, "0/1", "0/1", "0/0", base("chr1", RUN) * 2, base("chr1", RUN))


@pytest.fixture(scope="module")
def folder(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trio's interpretation with a record that failed its filter and an inherited one in GRIN2B."""
    return interpreted(Bench(small_home, tmp_path_factory.mktemp("why")), FAILED, INHERITED, SHORTER)


def interpreted(bench: Bench, *more: str, **changes: object) -> Path:
    """The folder of an interpretation of the trio with some records added."""
    out = bench.folder / f"why{len(list(bench.folder.glob('why*')))}"
    vcf = bench.vcf(with_records(*more), f"{out.name}.vcf")
    outcome = trihelix(*bench.small.arguments(out=out, vcf=vcf, **changes))
    assert outcome.code == 0, outcome.err
    return out


def name(contig: str, pos: int) -> str:
    return f"{contig}:{pos}:{base(contig, pos)}:{other(contig, pos)}"


def ask(folder: Path, variant: str) -> dict[str, Any]:
    outcome = trihelix("why", folder, variant, "--json")
    assert outcome.code == 0, outcome.err
    answer: dict[str, Any] = outcome.json
    return answer


def test_every_allele_of_the_input_has_an_answer_and_the_counts_are_those_of_the_waterfall(
    folder: Path,
) -> None:
    fates = AlleleFiles(folder).fates()
    document = json.loads((folder / "interpretation.json").read_text())
    waterfall = {s["step"]: s["remaining"] for s in document["waterfall"]}
    assert sum(fates.values()) == waterfall["input"]
    assert waterfall["quality"] - waterfall["carried"] == fates["NOT_CARRIED"]
    assert waterfall["carried"] - waterfall["rare"] == fates["COMMON"]
    assert waterfall["segregation"] == fates["CANDIDATE"]
    rules = set()
    for line in [*good_records(), FAILED, INHERITED]:
        contig, pos, _, ref, alt = line.split(" ")[:5]
        answer = asdict(why(folder, f"{contig}:{pos}:{ref}:{alt}"))
        assert answer["in_input"]
        assert answer["what"]
        assert answer["shown"] or (answer["rule"] and answer["change"])
        rules.add(answer["rule"])
    assert rules - {"consequence"} == {None, "quality", "carried", "rare", "segregation"}


def test_a_shown_variant_is_answered_with_its_place(folder: Path) -> None:
    out = folder
    answer = ask(out, f"chr1:{STOP}:C:T")
    assert answer["rule"] is None
    assert (answer["shown"][0]["rank"], answer["shown"][0]["tier"]) == (1, 1)
    assert "green" in answer["shown"][0]["reasons"][0]
    assert any(line.startswith("phenotype") for line in answer["more"])
    for other_name in (
        f"1-{STOP}-C-T",
        f"chr1:{STOP}:C>T",
        f"chr1:{STOP - 1}:{base('chr1', STOP - 1)}C:{base('chr1', STOP - 1)}T",
    ):
        assert ask(out, other_name)["shown"] == answer["shown"]


NEW = ("0/1", "0/0", "0/0")


@pytest.mark.parametrize(
    ("before", "after", "rule", "value"),
    [
        (record("chr1", AT, *NEW).replace(" PASS ", " q10 "), record("chr1", AT, *NEW), "quality", "FILTER"),
        (record("chr1", AT, "0/0", "0/1", "0/0"), record("chr1", AT, *NEW), "carried", "kid no copy"),
        (record("chr1", AT, "0/1", "0/1", "0/0"), record("chr1", AT, *NEW), "segregation", "dad"),
        (record("chr1", AT, "0/1", "./.", "0/1"), record("chr1", AT, "0/1", "./.", "0/0"), "segregation", "mum"),
    ],
)  # fmt: skip
def test_the_change_that_it_names_shows_the_variant(
    bench: Bench, before: str, after: str, rule: str, value: str
) -> None:
    hidden = ask(interpreted(bench, before), name("chr1", AT))
    assert not hidden["shown"]
    assert hidden["rule"] == rule
    assert value in hidden["value"]
    assert ask(interpreted(bench, after), name("chr1", AT))["shown"]


def test_incomplete_penetrance_is_named_where_it_is_enough(bench: Bench, folder: Path) -> None:
    assert "--incomplete-penetrance" in ask(folder, name("chr1", AT))["change"]
    shown = ask(interpreted(bench, INHERITED, incomplete_penetrance=True), name("chr1", AT))["shown"]
    assert shown[0]["penetrance"] == "incomplete"


def test_a_common_variant_names_the_population_its_frequency_and_the_threshold(folder: Path) -> None:
    common = next(line for line in good_records() if line.split(" ")[9].startswith("0/1"))
    contig, pos, _, ref, alt = common.split(" ")[:5]
    answer = ask(folder, f"{contig}:{pos}:{ref}:{alt}")
    assert (answer["rule"], answer["value"]) == ("rare", "0.2")
    assert answer["threshold"].startswith("0.01")
    assert "all" in answer["what"]


def test_a_pair_of_one_parent_is_named_with_its_partner(bench: Bench) -> None:
    second = record("chr1", AT - 1, "0/1", "0/1", "0/0")
    answer = ask(interpreted(bench, INHERITED, second), name("chr1", AT))
    told = [answer["value"], *answer["more"]]
    assert any(f"CompoundHeterozygous with 1:{AT - 1}" in line and "father" in line for line in told)


def test_what_is_not_in_the_input(folder: Path) -> None:
    absent = ask(folder, f"chr1:{STOP}:C:G")
    assert (absent["in_input"], absent["rule"]) == (False, "input")
    assert "1 other allele" in absent["more"][0]
    assert ask(folder, "chr7:5:A:C")["in_input"] is False


def test_an_indel_is_found_wherever_it_is_placed(folder: Path, small_home: SmallHome, tmp_path: Path) -> None:
    twice = f"{base('chr1', RUN) * 2}:{base('chr1', RUN)}"
    found = [
        trihelix("why", folder, f"chr1:{RUN + shift}:{twice}", "--json", "--home", home).json["in_input"]
        for shift in range(3)
        for home in (small_home.home, tmp_path)
    ]
    assert found == [True, False] * 3, "left-aligned by the genome pack, where there is one"


@pytest.mark.parametrize("text", ["ARID1B", "chr1:0:A:T", "chr1:x:A:T", "chr1:5:A", "chr1:5:A:<DEL>", ""])
def test_what_is_no_variant_is_refused(folder: Path, text: str) -> None:
    outcome = trihelix("why", folder, text)
    refused(outcome, VariantError)
    assert "chr4:106236000:A:T" in outcome.err


def test_a_folder_without_the_files_or_with_damaged_ones_is_refused(folder: Path, tmp_path: Path) -> None:
    refused(trihelix("why", tmp_path / "nowhere", "chr1:5:A:T"), InterpretationFilesError)
    out = Path(shutil.copytree(folder, tmp_path / "copy"))
    whole = (out / "alleles.arrow").read_bytes()
    for damaged in (b"", whole[:100], whole[: len(whole) // 2]):
        (out / "alleles.arrow").write_bytes(damaged)
        refused(trihelix("why", out, f"chr1:{STOP}:C:T"), InterpretationFilesError)
    (out / "alleles.arrow").write_bytes(whole)
    (out / "interpretation.json").write_text("{")
    refused(trihelix("why", out, f"chr1:{STOP}:C:T"), InterpretationFilesError)


def refused(outcome: Outcome, error: type[VariantError | InterpretationFilesError]) -> None:
    assert outcome.code == error.exit_code, outcome.err
    assert outcome.err.startswith(error.__name__)
    assert "what to do: " in outcome.err


def test_the_terminal_shows_rule_value_threshold_and_change(folder: Path) -> None:
    text = trihelix("why", folder, name("chr1", AT)).out
    for word in ("rule", "segregation", "value", "threshold", "would show it", "dad", "stands in"):
        assert word in text
    shown = trihelix("why", folder, f"chrX:{CDKL5_FROM_MUM}:C:A").out
    assert "rank" in shown
    assert trihelix("why", folder, f"chr2:{PAH_FROM_DAD}:C:A").code == 0
