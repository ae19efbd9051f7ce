"""The quality record: whole, for the laboratory only, and clear about what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from example import hostile, mismatching, three_generations, trio
from test_html_report import Page

from trihelix.interpretation.evidence.misattributed import RELATIVES_NOT_USED
from trihelix.model.interpretation import Check
from trihelix.reports.quality import quality_record, render_quality_html, render_quality_json

EXAMPLES = (trio, mismatching, three_generations, hostile)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_check_is_there_with_its_numbers(example: Any) -> None:
    text = Page(render_quality_html(example())).all_text()
    document = json.loads(render_quality_json(example()))
    assert len(document["checks"]) == len(example().checks)
    for check in trio().checks if example is trio else ():
        assert check.message in text
        assert check.sites is None or f"{check.sites:,}" in text


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_page_is_well_formed_and_needs_nothing_from_outside(example: Any) -> None:
    page = Page(render_quality_html(example()))
    tags = {tag for tag, _ in page.tags}
    assert tags.isdisjoint({"img", "link", "iframe", "script", "form", "base"})
    assert all(target.startswith("#") for target in page.values("href"))
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {t.removeprefix("#") for t in page.values("href")} <= set(ids)
    assert {n for names in page.values("aria-labelledby") for n in names.split()} <= set(ids)


def test_it_says_first_who_may_read_it() -> None:
    page = render_quality_html(trio())
    assert page.startswith("<!DOCTYPE html>")
    assert "<title>LABORATORY ONLY:" in page
    assert page.index("Laboratory only.") < page.index("<h1>")


def test_findings_come_with_what_to_do() -> None:
    text = Page(render_quality_html(mismatching())).all_text()
    assert "2 findings to settle, 1 remark." in text
    assert "KING kinship is that of strangers." in text
    for words in (
        "exchange of samples first",
        "misattributed parentage",
        "incidental finding",
        "--ignore-other-samples",
    ):
        assert words in text


def test_without_findings_there_is_nothing_to_do() -> None:
    record = quality_record(trio())
    assert (record.status, record.next_steps, record.relatives_used) == ("ok", (), True)
    assert "No findings." in Page(render_quality_html(trio())).all_text()


def test_that_the_proband_was_interpreted_alone_is_explained() -> None:
    alone = replace(mismatching(), notices=(*mismatching().notices, RELATIVES_NOT_USED))
    assert quality_record(alone).relatives_used is False
    assert "the proband was interpreted alone" in Page(render_quality_html(alone)).all_text()


@pytest.mark.parametrize(
    ("check", "word"),
    [("sex", "karyotype"), ("relatedness", "share blood"), ("uniparental_disomy", "another method")],
)
def test_a_remark_has_its_own_advice(check: str, word: str) -> None:
    doubtful = Check(check, ("FAM01-P",), "warning", None, "x", None, None, "odd")
    record = quality_record(replace(trio(), checks=(doubtful,)))
    assert any(word in step for step in record.next_steps)


def test_no_check_at_all_is_said() -> None:
    text = Page(render_quality_html(replace(trio(), checks=()))).all_text()
    assert "No check of sex, relatedness or inheritance was made." in text
    assert "No check could be made." in text
