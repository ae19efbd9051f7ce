"""The page: complete, self-contained, loud about faulty data, safe with hostile texts, readable by everybody."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from html import escape, unescape
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from example import (
    HOSTILE,
    candidate,
    compound_het,
    crowded,
    hostile,
    mismatching,
    searched_in_vain,
    three_generations,
    trio,
    variant,
    without_candidates,
)

from trihelix.model.interpretation import Call, Interpretation
from trihelix.reports.family_report import for_family
from trihelix.reports.html import CARDS, MOST_CARDS, render_html
from trihelix.reports.wording import number_words

VOID = {"meta", "link", "br", "hr", "img", "input"}
EXAMPLES = (trio, mismatching, without_candidates, searched_in_vain, crowded, three_generations, hostile)


class Page(HTMLParser):
    """What a browser would see: tags with attributes, text, and whether the tags close in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.sources: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("style", "script"):
            self.sources[self._open[-1]] = data
        else:
            self.text.append(data)

    def all_text(self) -> str:
        return " ".join(" ".join(self.text).split())

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.tags if attribute in attributes]


def texts(value: Any) -> Iterator[str]:
    """Every text that an interpretation holds, apart from its codes."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in ("observed", "level", "code", "status", "check", "segregation", "inheritance"):
                yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_page_is_well_formed_and_needs_nothing_from_outside(example: Any) -> None:
    page = Page(render_html(example()))
    assert Counter(tag for tag, _ in page.tags)["script"] == 1
    assert {tag for tag, _ in page.tags}.isdisjoint(
        {"img", "link", "iframe", "object", "embed", "form", "base"}
    )
    assert all(target.startswith("#") for target in page.values("href"))
    assert not page.values("src")
    assert not page.values("style")
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "url(" not in page.sources["style"]
    assert "@import" not in page.sources["style"]
    assert "fetch" not in page.sources["script"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_policy_allows_our_style_and_script_and_nothing_else(example: Any) -> None:
    page = Page(render_html(example()))
    (policy,) = (a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.sources[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")


@pytest.mark.parametrize("example", EXAMPLES)
def test_ids_are_unique_and_references_lead_somewhere(example: Any) -> None:
    page = Page(render_html(example()))
    ids = page.values("id")
    assert [name for name, times in Counter(ids).items() if times > 1] == []
    wanted = {target.removeprefix("#") for target in page.values("href")}
    wanted |= {name for names in page.values("aria-labelledby") for name in names.split()}
    assert wanted <= set(ids)


@pytest.mark.parametrize("example", EXAMPLES)
def test_headings_go_down_one_level_at_a_time(example: Any) -> None:
    levels = [int(tag[1]) for tag, _ in Page(render_html(example())).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_language_is_stated() -> None:
    assert ("html", {"lang": "en"}) in Page(render_html(trio())).tags


def test_every_text_of_the_interpretation_is_on_the_page() -> None:
    text = Page(render_html(trio())).all_text().casefold()
    codes = re.compile(r"_|&")
    missing = [
        t
        for t in texts(asdict(for_family(trio())))
        if not codes.search(t) and " ".join(t.split()).casefold() not in text
    ]
    long_alleles = [t for t in missing if re.search(r"[acgt]{25,}", t.casefold())]
    assert [t for t in missing if t not in long_alleles and not t.startswith("ENSG")] == []


def test_figures_are_printed() -> None:
    text = Page(render_html(trio())).all_text()
    for step in trio().waterfall:
        assert f"{step.remaining:,}" in text
        assert step.explanation in text
    assert "17 / 15" in text
    assert "0.00041" in text
    assert number_words(0.0000147) in text
    assert "1 in 2,439" in text
    assert "+3.42" in text


def test_both_variants_of_a_pair_have_their_genotypes() -> None:
    page = render_html(replace(trio(), candidates=(compound_het(1),)))
    assert "Variant 1 of 2" in page
    assert "Variant 2 of 2" in page
    assert "Inherited from the father" in page
    assert "Inherited from the mother" in page


def test_a_long_allele_is_shortened_and_available_in_full() -> None:
    deletion = trio().candidates[3].variants[0].ref
    text = Page(render_html(trio())).all_text()
    assert "ACGTTGCAACGT…GTTGCA [304 bases]" in text
    assert deletion in text


def test_the_disclaimer_is_there() -> None:
    for example in EXAMPLES:
        assert (
            "Decision support for qualified clinical scientists; not a certified medical device"
            in render_html(example())
        )


def test_what_must_be_settled_is_loud_without_saying_what_it_is() -> None:
    normal, faulty = render_html(trio()), render_html(mismatching())
    text = Page(faulty).all_text()
    assert text.count("Quality control has findings that must be settled before this report is used") == 2
    assert "see the laboratory's quality record" in text
    assert "Until then do not rely on the candidates below" in text
    assert "<title>NOT TO BE USED YET: Family FAM01" in faulty
    assert faulty.index("Not to be used yet</h2>") < faulty.index('id="candidates"')
    assert "Quality control has no findings." in Page(normal).all_text()
    assert "<title>Family FAM01" in normal
    assert 'class="alarm"' not in normal


def test_warnings_come_before_the_conclusion() -> None:
    page = render_html(trio())
    warning = "Variants on contigs that the genes pack does not hold were set aside."
    assert page.index("Read before use") < page.index(warning) < page.index('id="conclusion-title"')
    assert "(1,204)" in page
    assert "Read before use" not in render_html(replace(trio(), notices=()))


def test_a_run_that_could_not_be_completed_does_not_look_like_a_negative_result() -> None:
    page = render_html(without_candidates())
    text = Page(page).all_text()
    assert "<title>NO CONCLUSION: Family FAM01" in page
    assert "No conclusion: the interpretation could not be completed." in text
    assert text.count("No genes pack: consequences cannot be told, so there are no candidates") == 1
    assert "No candidate variant was found" not in text


def test_a_negative_result_says_what_it_does_not_exclude() -> None:
    assert "This does not exclude a genetic diagnosis." in render_html(searched_in_vain())


def test_what_was_not_assessed_is_told_from_what_was_not_found() -> None:
    packs = tuple(r for r in trio().provenance.references if r.kind != "clinical_significance")
    bare = replace(trio(), provenance=replace(trio().provenance, references=packs))
    assert "not assessed (no clinical-significance pack)" in render_html(bare)
    assert "not assessed (no clinical-significance pack)" not in render_html(trio())


def test_status_is_never_told_by_colour_alone() -> None:
    for example, word in ((mismatching, "Warning"), (trio, "OK"), (without_candidates, "OK")):
        assert word in Page(render_html(example())).all_text()
    unchecked = Page(render_html(replace(trio(), checks=()))).all_text()
    assert "Not assessed" in unchecked


def test_nothing_needs_a_script_to_be_read() -> None:
    page = Page(render_html(trio()))
    hidden = [(tag, attributes.get("id")) for tag, attributes in page.tags if "hidden" in attributes]
    assert hidden == [("div", "filters")]


def test_hostile_texts_stay_texts() -> None:
    page = render_html(hostile())
    page.encode("utf-8")
    assert "<img" not in page
    assert not re.search("[\x00\u202e\ud800]", page)
    shown = "</script><img src=x onerror=alert(1)>\"'&\ufffd\ufffd\ufffd"
    assert unescape(escape(shown)) == shown
    assert shown in Page(page).all_text()
    assert HOSTILE not in page


def test_the_worst_family_still_has_every_section() -> None:
    assert set(Page(render_html(hostile())).values("id")) >= {
        "family",
        "candidates",
        "filtering",
        "provenance",
        "candidate-1",
    }


def test_many_candidates_become_cards_and_a_folded_table() -> None:
    page = render_html(crowded(300))
    assert page.count("<article") == CARDS
    assert f"{300 - CARDS} further candidates (ranks {CARDS + 1} to 300)" in Page(page).all_text()
    assert all(f">GENE{rank}<" in page for rank in range(4, 301))
    assert len(page.encode()) < 2_000_000


def test_a_late_tier_2_candidate_has_a_card_but_the_page_stays_bounded() -> None:
    late = tuple(replace(c, tier=2) if c.rank > 200 else c for c in crowded(300).candidates)
    page = render_html(replace(crowded(300), candidates=late))
    assert 'id="candidate-201"' in page
    assert page.count("<article") == MOST_CARDS
    assert len(set(re.findall(r'data-candidate="(\d+)"', page))) == 300
    assert len(page.encode()) < 2_000_000


def test_a_wide_pedigree_stands_above_the_columns() -> None:
    wide, small = render_html(three_generations()), render_html(trio())
    assert wide.index('class="pedigree"') < wide.index('class="columns"')
    assert small.index('class="pedigree"') > small.index('class="columns"')


@pytest.mark.parametrize(
    "odd",
    [
        replace(trio(), proband=None),
        replace(trio(), members=trio().members[:1], checks=(), phenotypes=(), notices=()),
        replace(trio(), members=(), proband=None),
        replace(
            trio(),
            candidates=(replace(trio().candidates[0], tier=7, variants=(), events=(), contributions=()),),
        ),
        replace(
            trio(),
            provenance=replace(trio().provenance, assembly=None, references=(), inputs=(), parameters={}),
        ),
    ],
)
def test_unusual_interpretations_have_a_page(odd: Interpretation) -> None:
    Page(render_html(odd))


def test_a_heteroplasmic_variant_shows_the_share_of_reads_in_every_member() -> None:
    reads = {"FAM01-P": (18, 82), "FAM01-F": (100, 0), "FAM01-M": (950, 50)}
    calls = {m: Call("0/1", ref + alt, 99, ref, alt) for m, (ref, alt) in reads.items()}
    leucine = variant(
        "MT-TL1", ("chrM", 3243, "A", "G"), ("0/1", "0/0", "0/1"), calls=calls, inheritance="mother"
    )
    mitochondrial = candidate(1, 1, "MT-TL1", (leucine,), segregation="MitochondrialGenome")
    text = Page(render_html(replace(trio(), candidates=(mitochondrial,)))).all_text()
    for words in (
        "Heteroplasmy",
        "82.0 %",
        "0.0 %",
        "5.0 %",
        "heteroplasmic",
        "Mitochondrial; complete penetrance",
    ):
        assert words in text
    assert "Heteroplasmy" not in Page(render_html(trio())).all_text()


def test_a_megabase_allele_does_not_swell_the_page() -> None:
    bases = "ACGT" * 250_000
    long = variant(
        "GENE", ("chr1", 5, "A", "A" + bases), ("0/1", "0/0", "0/0"), hgvs_g=f"1:g.5_6ins{bases}",
        hgvs_c=f"T:c.5_6ins{bases}", protein_change="p.Lys2_Gly3ins" + "AlaGly" * 100_000,
    )  # fmt: skip
    page = render_html(replace(trio(), candidates=(candidate(1, 1, "GENE", (long,)),)))
    usual = render_html(
        replace(
            trio(),
            candidates=(
                candidate(1, 1, "GENE", (variant("GENE", ("chr1", 5, "A", "C"), ("0/1", "0/0", "0/0")),)),
            ),
        )
    )
    assert len(page) < len(usual) + 5_000
    text = Page(page).all_text()
    assert "[1,000,001 bases]" in text
    assert "1:g.5_6insACGTACGTACGT…GTACGT [1,000,000 bases]" in text
    assert "p.Lys2_Gly3insAlaGly…Gly [200,000 residues]" in text


def test_a_relative_whose_genotype_was_not_used_is_not_said_to_lack_one() -> None:
    alone = variant("GENE", ("chr1", 5, "A", "C"), ("0/1", "0/0", "0/0"))
    kept = {"FAM01-P": alone.calls["FAM01-P"]}
    alone = replace(alone, calls=kept, genotypes={"FAM01-P": "0/1"})
    text = Page(render_html(replace(trio(), candidates=(candidate(1, 1, "GENE", (alone,)),)))).all_text()
    usual = Page(render_html(trio())).all_text()
    assert text.count("not used") == usual.count("not used") + 2
    assert "not called" not in text


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "ground"),
        ("soft", "paper"),
        ("soft", "ground"),
        ("soft", "accent-soft"),
        ("soft", "alarm-soft"),
        ("soft", "caution-soft"),
        ("accent", "paper"),
        ("accent", "accent-soft"),
        ("paper", "tier1"),
        ("paper", "tier2"),
        ("tier3", "paper"),
        ("paper", "alarm"),
        ("alarm", "alarm-soft"),
        ("caution", "caution-soft"),
        ("good", "good-soft"),
    ],
)
def test_contrast_meets_wcag_aa(text: str, ground: str) -> None:
    style = Page(render_html(trio())).sources["style"]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", style))
    light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
