"""A parent who is not one, XXY and X0: the laboratory learns it from the quality record, nobody from the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bench import Bench, validator
from roomy_home import TRIO_PED, build_roomy_home, trio_vcf
from small_home import PLANTED, SmallHome, record, trihelix

from vcf_builder import write_vcf

FORWARDED = ("report.html", "candidates.tsv", "interpretation.json")
BETRAYING = (
    *(
        "mismatch",
        "unrelated",
        "stranger",
        "kinship",
        "relatedness",
        "not the biological",
        "paternity",
        "contradict parentage",
        "misattributed",
    ),
    *("opposite homozygote", "break inheritance", "exchanged", "mendelian", "sample_swap"),
    *("klinefelter", "turner", "47,xxy", "45,x", "two x", "one x", "only x"),
)


@pytest.fixture(scope="module")
def roomy(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> SmallHome:
    """A programme with a genome large enough for checks."""
    folder = tmp_path_factory.mktemp("roomy")
    return build_roomy_home(folder, Bench(small_home, folder).home_of_phenotypes())


class Interpreted:
    """A trio's result files and what the terminal said."""

    def __init__(self, roomy: SmallHome, folder: Path, vcf: str, sex: int = 1, **changes: object) -> None:
        self.out = folder / "out"
        files = {"vcf": write_vcf(folder / "trio.vcf.gz", vcf), "ped": folder / "trio.ped"}
        files["ped"].write_text(TRIO_PED.format(sex=sex))
        arguments = roomy.arguments(**{"out": self.out, **files, **changes})
        self.said = trihelix(*arguments)
        assert self.said.code == 0, self.said.err
        self.printed = trihelix(
            *roomy.arguments(**{"out": folder / "again", "json": True, **files, **changes})
        )
        self.document: dict[str, Any] = json.loads((self.out / "interpretation.json").read_text())
        self.quality: dict[str, Any] = json.loads((self.out / "quality.json").read_text())
        validator().validate(self.document)

    def forwarded(self) -> dict[str, str]:
        texts = {name: (self.out / name).read_text() for name in FORWARDED}
        return {
            **texts,
            "terminal": self.said.out + self.said.err,
            "--json": self.printed.out + self.printed.err,
        }

    def genes(self) -> dict[str, dict[str, Any]]:
        return {c["gene"]: c for c in self.document["candidates"]}

    def statuses(self, check: str) -> set[str]:
        return {c["status"] for c in self.quality["checks"] if c["check"] == check}


def assert_silent(result: Interpreted) -> None:
    """Nothing that may leave the laboratory tells what quality control found."""
    for name, text in result.forwarded().items():
        text = text.casefold().replace("inheritance_mismatch", "").replace("pathogenicity_mismatch", "")
        for word in BETRAYING:
            assert word not in text, (name, word)


def test_a_true_trio_has_no_findings(roomy: SmallHome, tmp_path: Path) -> None:
    true = Interpreted(roomy, tmp_path, trio_vcf())
    assert true.quality["status"] == "ok"
    assert true.quality["relatives_used"] is True
    assert [c["check"] for c in true.document["checks"]] == ["quality_control"]
    assert true.genes()["ARID1B"]["segregation"] == "deNovo"
    assert_silent(true)


def test_a_parent_who_is_not_one(roomy: SmallHome, tmp_path: Path) -> None:
    wrong = Interpreted(roomy, tmp_path, trio_vcf(father="stranger"))
    assert wrong.quality["status"] == "to_settle"
    assert "mismatch" in wrong.statuses("relatedness")
    assert "mismatch" in wrong.statuses("mendelian_errors")
    assert "not the biological" in (wrong.out / "quality.html").read_text()
    assert_silent(wrong)
    page = (wrong.out / "report.html").read_text()
    assert "NOT TO BE USED YET" in page
    assert "findings that must be settled before this report is used" in page
    assert "quality.html" in wrong.said.out.replace("\n", "")


def test_the_family_is_interpreted_as_the_proband_alone(roomy: SmallHome, tmp_path: Path) -> None:
    """No flood of de novo variants, and no genotype of a relative, right or wrong, from which it could be read."""
    wrong = Interpreted(roomy, tmp_path, trio_vcf(father="stranger"))
    assert wrong.quality["relatives_used"] is False
    assert {"relatives_not_used"} <= {n["code"] for n in wrong.document["notices"]}
    segregations = {e["segregation"] for c in wrong.document["candidates"] for e in c["events"]}
    assert segregations.isdisjoint({"deNovo", "UniparentalIsodisomy"})
    for candidate in wrong.document["candidates"]:
        for variant in candidate["variants"]:
            assert set(variant["genotypes"]) == set(variant["calls"]) == {"kid"}
            assert variant["inheritance"] == "unknown"
    assert {"ARID1B", "PAH", "CDKL5"} <= set(wrong.genes())


def test_which_parent_it_is_makes_no_difference(roomy: SmallHome, tmp_path: Path) -> None:
    """The report is the same whether the father's or the mother's sample is another person's, but for checksums."""
    pages = []
    for wrong in ("dad", "mum"):
        folder = tmp_path / wrong
        folder.mkdir()
        text = trio_vcf(father="stranger")
        if wrong == "mum":  # the same two adults, exchanged; sex checks are left out by leaving X and Y out
            text = text.replace("kid\tdad\tmum", "kid\tmum\tdad")
        autosomes = "\n".join(r for r in text.split("\n") if not r.startswith(("chrX", "chrY")))
        result = Interpreted(roomy, folder, autosomes)
        assert result.quality["status"] == "to_settle"
        candidates = json.dumps(result.document["candidates"])
        pages.append((candidates, result.document["checks"], result.document["notices"]))
    assert pages[0] == pages[1]


def test_why_says_no_more_than_the_report(roomy: SmallHome, tmp_path: Path) -> None:
    wrong = Interpreted(roomy, tmp_path, trio_vcf(father="stranger"))
    variant = next(v for c in wrong.document["candidates"] for v in c["variants"])
    answer = trihelix(
        "why", wrong.out, f"{variant['contig']}:{variant['pos']}:{variant['ref']}:{variant['alt']}"
    )
    assert answer.code == 0, answer.err
    assert not [word for word in BETRAYING if word in answer.out.casefold()]


X_STOP = record("chrX", 1001 + 60, "0/1", "0/0", "0/0", "C", "A")


def test_xxy(roomy: SmallHome, tmp_path: Path) -> None:
    """A boy with two X and a Y: two X are interpreted with, so a heterozygous de novo call on X counts."""
    planted = (*PLANTED[:3], X_STOP)
    xxy = Interpreted(roomy, tmp_path, trio_vcf(kid_x=2, planted=planted))
    found = next(c for c in xxy.quality["checks"] if c["check"] == "sex" and c["members"] == ["kid"])
    assert found["inferred"] == "two X and a Y"
    assert xxy.quality["status"] == "remarks"
    assert "CDKL5" in xxy.genes()
    assert_silent(xxy)
    assert "Klinefelter" in (xxy.out / "quality.html").read_text()
    assert any("karyotype" in step for step in xxy.quality["next_steps"])


def test_x0(roomy: SmallHome, tmp_path: Path) -> None:
    """A girl with one X: a hemizygous call is interpreted as such, and the number of X is told to nobody."""
    x0 = Interpreted(roomy, tmp_path, trio_vcf(kid_x=1, kid_y=False), sex=2)
    found = next(c for c in x0.quality["checks"] if c["check"] == "sex" and c["members"] == ["kid"])
    assert found["status"] in ("warning", "mismatch")
    assert "CDKL5" in x0.genes()
    assert_silent(x0)
    assert "one X" in (x0.out / "quality.html").read_text()


def test_a_boy_with_one_x_has_a_heterozygous_call_there_set_aside(roomy: SmallHome, tmp_path: Path) -> None:
    boy = Interpreted(roomy, tmp_path, trio_vcf(planted=(*PLANTED[:3], X_STOP)))
    assert "CDKL5" not in boy.genes()
    assert boy.quality["status"] == "ok"


@pytest.mark.parametrize(("sex", "declared"), [(2, "female")])
def test_a_sex_that_is_not_the_declared_one(
    roomy: SmallHome, tmp_path: Path, sex: int, declared: str
) -> None:
    other = Interpreted(roomy, tmp_path, trio_vcf(), sex=sex)
    assert other.quality["status"] == "to_settle"
    assert other.document["members"][0]["sex"] == declared
    assert_silent(other)


def test_quiet_says_nothing(roomy: SmallHome, tmp_path: Path) -> None:
    quiet = Interpreted(roomy, tmp_path, trio_vcf(father="stranger"), quiet=True)
    assert quiet.said.out == ""
