"""The pedigree drawing: everybody once, nobody on top of anybody, the field's conventions, hostile names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from xml.etree import ElementTree

import pytest
from example import HOSTILE, TRIO, member, three_generations
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.model.interpretation import MemberSummary
from trihelix.reports.pedigree import CHARACTER_WIDTH, label_lines, pedigree_svg
from trihelix.reports.pedigree_layout import lay_out

SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float]  # left, top, right, bottom


def quad() -> tuple[MemberSummary, ...]:
    return (*TRIO, member("SIB", "unknown", "uncertain", "FAM01-F", "FAM01-M"))


def half_siblings() -> tuple[MemberSummary, ...]:
    return (
        member("F", "male"),
        member("M1", "female"),
        member("M2", "female"),
        member("P", "male", "affected", "F", "M1", proband=True),
        member("H", "female", "unaffected", "F", "M2"),
    )


def three_partners() -> tuple[MemberSummary, ...]:
    return (*half_siblings(), member("M3", "female"), member("H3", "male", "unaffected", "F", "M3"))


def cousins() -> tuple[MemberSummary, ...]:
    return (
        member("G1", "male"),
        member("G2", "female"),
        member("A", "male", "unaffected", "G1", "G2"),
        member("B", "female", "unaffected", "G1", "G2"),
        member("C", "female"),
        member("D", "male"),
        member("E", "male", "unaffected", "A", "C"),
        member("I", "female", "unaffected", "D", "B"),
        member("P", "female", "affected", "E", "I", proband=True),
    )


def uncle_and_niece() -> tuple[MemberSummary, ...]:
    return (
        member("G1", "male"),
        member("G2", "female"),
        member("U", "male", "unaffected", "G1", "G2"),
        member("S", "female", "unaffected", "G1", "G2"),
        member("T", "male"),
        member("N", "female", "unaffected", "T", "S"),
        member("P", "male", "affected", "U", "N", proband=True),
    )


def father_and_daughter() -> tuple[MemberSummary, ...]:
    return (
        member("A", "male"),
        member("B", "female"),
        member("C", "female", "unaffected", "A", "B"),
        member("P", "male", "affected", "A", "C", proband=True),
    )


def lone_mother() -> tuple[MemberSummary, ...]:
    return (
        member("P", "male", "affected", None, "M", proband=True),
        member("M", "female"),
        member("S", "male", "unaffected", None, "M"),
    )


def founders_only() -> tuple[MemberSummary, ...]:
    return member("P", "male", "affected", proband=True), member("Q", "female")


FAMILIES = {
    "singleton": (member("P", "female", "affected", proband=True),),
    "trio": TRIO,
    "quad": quad(),
    "three generations": three_generations().members,
    "half siblings": half_siblings(),
    "three partners": three_partners(),
    "cousins": cousins(),
    "uncle and niece": uncle_and_niece(),
    "father and daughter": father_and_daughter(),
    "lone mother": lone_mother(),
    "founders only": founders_only(),
}


def parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def drawn(svg: str) -> list[ElementTree.Element]:
    return [g for g in parse(svg).iter(f"{SVG}g") if "data-member" in g.attrib]


def outline(group: ElementTree.Element) -> Box:
    """The box of the first shape in a member's group."""
    for shape in group:
        a = {name: float(value) for name, value in shape.attrib.items() if re.fullmatch(r"-?[\d.]+", value)}
        if shape.tag == f"{SVG}rect":
            return a["x"], a["y"], a["x"] + a["width"], a["y"] + a["height"]
        if shape.tag == f"{SVG}circle":
            return a["cx"] - a["r"], a["cy"] - a["r"], a["cx"] + a["r"], a["cy"] + a["r"]
        if shape.tag == f"{SVG}polygon":
            xs, ys = zip(
                *(map(float, point.split(",")) for point in shape.attrib["points"].split()), strict=True
            )
            return min(xs), min(ys), max(xs), max(ys)
    raise AssertionError("a member without a symbol")


def labels(group: ElementTree.Element, font: float) -> list[Box]:
    boxes = []
    for text in group.iter(f"{SVG}text"):
        if text.attrib.get("text-anchor") == "middle" and "font-size" not in text.attrib:
            half = len(text.text or "") * font * CHARACTER_WIDTH / 2
            x, y = float(text.attrib["x"]), float(text.attrib["y"])
            boxes.append((x - half, y - font * 0.8, x + half, y))
    return boxes


def overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def assert_readable(svg: str, members: Sequence[MemberSummary]) -> None:
    """Everybody once, and neither symbols nor labels of two people on top of each other, all inside the picture."""
    groups = drawn(svg)
    assert sorted(g.attrib["data-member"] for g in groups) == sorted(m.id for m in members)
    root = parse(svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    boxes = [[outline(g), *labels(g, float(root.attrib["font-size"]))] for g in groups]
    implied = [[outline(g)] for g in root.iter(f"{SVG}g") if "data-implied" in g.attrib]
    for first, second in combinations(boxes + implied, 2):
        assert not any(overlap(a, b) for a in first for b in second)
    for left, top, right, bottom in (box for person in boxes for box in person):
        assert left >= 0
        assert top >= 0
        assert right <= width
        assert bottom <= height


def segments(svg: str) -> list[Box]:
    """Every straight piece of the lines between people, as a thin box."""
    found = []
    for path in parse(svg)[2].iter(f"{SVG}path"):
        x = y = 0.0
        for command, numbers in re.findall(r"([MHVL])([-\d. ]+)", path.attrib["d"]):
            values = [float(n) for n in numbers.split()]
            to_x = values[0] if command in "MHL" else x
            to_y = values[-1] if command in "MVL" else y
            if command != "M":
                found.append((min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y)))
            x, y = to_x, to_y
    return found


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("with_genotypes", [False, True])
def test_everybody_is_drawn_once_and_nobody_overlaps(name: str, with_genotypes: bool) -> None:
    members = FAMILIES[name]
    genotypes = {m.id: "0/1" for m in members} if with_genotypes else None
    assert_readable(pedigree_svg(members, "P", genotypes), members)


@pytest.mark.parametrize("name", FAMILIES)
def test_no_line_runs_through_a_symbol(name: str) -> None:
    svg = pedigree_svg(FAMILIES[name], "P")
    for left, top, right, bottom in map(outline, drawn(svg)):
        inner = (left + 2, top + 2, right - 2, bottom - 2)
        assert not [
            s for s in segments(svg) if overlap((s[0] - 0.1, s[1] - 0.1, s[2] + 0.1, s[3] + 0.1), inner)
        ]


@pytest.mark.parametrize("name", FAMILIES)
def test_children_stand_below_their_parents(name: str) -> None:
    layout = lay_out(FAMILIES[name])
    for couple in layout.couples:
        for child in couple.children:
            assert layout.row[child] > max(layout.row[couple.father], layout.row[couple.mother])


def test_partners_and_siblings_share_a_row() -> None:
    layout = lay_out(three_generations().members)
    assert [layout.row[i] for i in ("GF1", "GM2", "FAM01-M", "UNCLE", "WIFE2", "FAM01-P", "HALF")] == [
        0,
        0,
        1,
        1,
        1,
        2,
        2,
    ]


def test_a_pedigree_without_need_of_crossings_has_none() -> None:
    layout = lay_out(three_generations().members)
    spans = [
        sorted(layout.x[c] for c in couple.children)
        for couple in layout.couples
        if layout.row[couple.father] == 0
    ]
    (first, *_), (second, *_) = sorted(spans)
    assert sorted(spans)[0][-1] < second
    assert first < second


@st.composite
def pedigrees(draw: st.DrawFn) -> list[MemberSummary]:
    """Any pedigree without loops in time: parents come before children, lone parents and incest included."""
    members: list[MemberSummary] = []
    for number in range(draw(st.integers(1, 14))):
        fathers = [None, *(m.id for m in members if m.sex == "male")]
        mothers = [None, *(m.id for m in members if m.sex == "female")]
        members.append(
            member(
                f"person {number}",
                draw(st.sampled_from(["male", "female", "unknown"])),
                draw(st.sampled_from(["affected", "unaffected", "uncertain"])),
                draw(st.sampled_from(fathers)),
                draw(st.sampled_from(mothers)),
                sequenced=draw(st.booleans()),
            )
        )
    return draw(st.permutations(members))


@given(pedigrees())
@settings(max_examples=80, deadline=None)
def test_any_pedigree_is_readable(members: list[MemberSummary]) -> None:
    svg = pedigree_svg(members, members[0].id, {m.id: "0/1" for m in members})
    assert_readable(svg, members)
    layout = lay_out(members)
    for couple in layout.couples:
        assert all(layout.row[c] > layout.row[p] for c in couple.children for p in couple.parents)


def shapes(svg: str, member_id: str) -> list[ElementTree.Element]:
    (group,) = (g for g in drawn(svg) if g.attrib["data-member"] == member_id)
    return list(group)


def test_symbols_follow_the_conventions() -> None:
    svg = pedigree_svg(quad(), "FAM01-P")
    by_id = {g.attrib["data-member"]: [e.tag.removeprefix(SVG) for e in g] for g in drawn(svg)}
    assert by_id["FAM01-F"][1] == "rect"
    assert by_id["FAM01-M"][1] == "circle"
    assert by_id["SIB"][1] == "polygon"
    fills = {i: shapes(svg, i)[1].attrib["fill"] for i in by_id}
    assert fills["FAM01-F"] == fills["FAM01-M"] == "#fff"
    assert fills["FAM01-P"] not in ("#fff", fills["SIB"])
    assert "?" in [e.text for e in shapes(svg, "SIB")]
    assert "P" in [e.text for e in shapes(svg, "FAM01-P")]
    assert "P" not in [e.text for e in shapes(svg, "FAM01-F")]


def test_a_member_without_a_sample_has_a_dashed_outline_and_stays_filled_when_affected() -> None:
    svg = pedigree_svg(three_generations().members, "FAM01-P")
    assert "stroke-dasharray" in shapes(svg, "GF1")[1].attrib
    outer, inner = shapes(svg, "GM1")[1:3]
    assert "stroke-dasharray" in outer.attrib
    assert inner.attrib["fill"] == shapes(svg, "FAM01-P")[1].attrib["fill"]
    assert "stroke-dasharray" not in shapes(svg, "GF2")[1].attrib


@pytest.mark.parametrize(
    ("name", "double"),
    [("cousins", 1), ("uncle and niece", 1), ("father and daughter", 1), ("trio", 0), ("half siblings", 0)],
)
def test_blood_relatives_with_children_have_a_double_line(name: str, double: int) -> None:
    assert pedigree_svg(FAMILIES[name], "P").count('stroke-width="6"') == double


def test_a_parent_who_is_not_listed_is_implied_once_for_all_children() -> None:
    svg = pedigree_svg(lone_mother(), "P")
    assert svg.count("data-implied") == 1
    assert "Parent not in the pedigree" in svg


def test_a_parent_id_that_is_nobody_counts_as_unknown() -> None:
    svg = pedigree_svg([member("P", "male", "affected", "GONE", "AWAY")], "P")
    assert len(drawn(svg)) == 1
    assert "data-implied" not in svg


def test_genotypes_stand_beneath_the_names() -> None:
    svg = pedigree_svg(TRIO, "FAM01-P", {"FAM01-P": "0/1", "FAM01-F": "0/0"})
    texts = {g.attrib["data-member"]: [t.text for t in g.iter(f"{SVG}text")] for g in drawn(svg)}
    assert texts["FAM01-P"][-1] == "0/1"
    assert texts["FAM01-F"][-1] == "0/0"
    assert texts["FAM01-M"][-1] == "–"


def test_the_drawing_is_described_for_those_who_do_not_see_it() -> None:
    root = parse(pedigree_svg(TRIO, "FAM01-P", id_prefix="one"))
    assert root.attrib["role"] == "img"
    title, description = root[0], root[1]
    assert (
        root.attrib["aria-labelledby"].split()
        == [title.attrib["id"], description.attrib["id"]]
        == ["one-t", "one-d"]
    )
    assert title.text == "Pedigree of 3 people"
    assert "FAM01-P: male, affected, proband; child of FAM01-F and FAM01-M." in (description.text or "")


def test_hostile_names_stay_text() -> None:
    members = [member(HOSTILE, "male", "affected"), member("<b>", "female")]
    svg = pedigree_svg(members, HOSTILE, {HOSTILE: HOSTILE, "<b>": "]]>"})
    tags = {element.tag.removeprefix(SVG) for element in parse(svg).iter()}
    assert tags <= {"svg", "title", "desc", "g", "rect", "circle", "text", "path"}
    assert "<img" not in svg
    svg.encode("utf-8")


def test_long_names_keep_their_start_and_their_end() -> None:
    assert label_lines("short") == ("short",)
    assert label_lines("FAMILY_12-MOTHER_2") == ("FAMILY_12-", "MOTHER_2")
    start, end = label_lines("PMID_25801283_proband_III_4-P")
    assert start == "PMID_25801283_"
    assert end.startswith("…")
    assert end.endswith("III_4-P")
    assert len(end) <= 14


def test_one_member_twice_is_drawn_once() -> None:
    assert len(drawn(pedigree_svg([*TRIO, TRIO[0]], "FAM01-P"))) == 3


def test_an_empty_family_is_an_empty_picture() -> None:
    assert drawn(pedigree_svg([], None)) == []
