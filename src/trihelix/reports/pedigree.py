"""A pedigree as a self-contained SVG by the conventions of clinical genetics.

Square male, circle female, diamond unknown sex; filled affected, empty unaffected, grey with a question mark
uncertain; dashed outline not sequenced; arrow and P for the proband; a double line between blood relatives who have
children together (Bennett et al., J Genet Couns 2008;17:424 and 2022;31:1238). A parent whom the pedigree implies but
does not list is small, dashed and unnamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from trihelix.model.interpretation import MemberSummary
from trihelix.reports.pedigree_layout import PedigreeLayout, lay_out
from trihelix.reports.relations import Couple
from trihelix.reports.wording import printable

INK = "#1b2733"
QUIET = "#5a6875"
GREY = "#d5dce3"
LABEL_CHARACTERS = 14
GENOTYPE_CHARACTERS = 10
CHARACTER_WIDTH = 0.62  # of the font size, for the sans-serif fonts in use
NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")

Point = tuple[float, float]


@dataclass(frozen=True)
class _Sheet:
    """Sizes in pixels that all parts of one drawing share; `tops` are the upper edges of the rows' symbols."""

    symbol: float
    font: float
    slot: float
    left: float
    label_lines: int
    genotype_lines: int
    tops: tuple[float, ...]
    height: float
    width: float

    @property
    def half(self) -> float:
        return self.symbol / 2

    @property
    def line(self) -> float:
        return round(self.font * 1.25, 1)

    @property
    def text_height(self) -> float:
        return 4 + self.line * (self.label_lines + self.genotype_lines)


@dataclass(frozen=True)
class _Union:
    """How a couple is joined: the path of the mating line, and the point from which the children hang."""

    couple: Couple
    path: tuple[Point, ...]
    drop: Point


def pedigree_svg(
    interpretation_members: Sequence[MemberSummary],
    proband: str | None,
    genotypes: Mapping[str, str] | None = None,
    *,
    id_prefix: str = "pedigree",
    compact: bool = False,
) -> str:
    """The family as an inline SVG element; every member stands on it exactly once.

    `genotypes` (member id -> text) are printed beneath the names. `id_prefix` keeps element ids apart when a page
    holds several drawings. `compact` draws smaller symbols.
    """
    layout = lay_out(interpretation_members)
    return draw_pedigree(
        layout, interpretation_members, proband, genotypes, id_prefix=id_prefix, compact=compact
    )


def draw_pedigree(
    layout: PedigreeLayout,
    members: Sequence[MemberSummary],
    proband: str | None,
    genotypes: Mapping[str, str] | None = None,
    *,
    id_prefix: str = "pedigree",
    compact: bool = False,
) -> str:
    """Draw a family whose layout is known, so that one layout serves many drawings."""
    listed = {m.id: m for m in members}
    sheet = _sheet(layout, listed, genotypes, 24.0 if compact else 34.0, 11.0 if compact else 12.0)
    key = escape(id_prefix, quote=True)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="pedigree" role="img" aria-labelledby="{key}-t {key}-d" '
        f'viewBox="0 0 {_n(sheet.width)} {_n(sheet.height)}" width="{_n(sheet.width)}" height="{_n(sheet.height)}" '
        f'font-family="system-ui, sans-serif" font-size="{_n(sheet.font)}">',
        f'<title id="{key}-t">Pedigree of {len(listed)} {"person" if len(listed) == 1 else "people"}</title>',
        f'<desc id="{key}-d">{_text(_in_words(listed.values(), proband, genotypes))}</desc>',
        f'<g fill="none" stroke="{INK}" stroke-width="1.6" stroke-linejoin="round">',
        *_lines(layout, sheet),
        "</g>",
        *_numerals(layout, sheet),
    ]
    for person in layout.people.values():
        centre = (_across(sheet, layout.x[person.id]), sheet.tops[layout.row[person.id]] + sheet.half)
        if person.implied:
            parts.append(_implied_parent(person.sex, centre, sheet))
        else:
            genotype = genotypes.get(person.id) if genotypes is not None else None
            parts.append(_member(listed[person.id], centre, sheet, person.id == proband, genotype))
    parts.append("</svg>")
    return "".join(parts)


def drawing_width(layout: PedigreeLayout, members: Sequence[MemberSummary]) -> float:
    """Natural width in pixels of a full-size drawing without genotypes."""
    return _sheet(layout, {m.id: m for m in members}, None, 34.0, 12.0).width


def label_lines(name: str, width: int = LABEL_CHARACTERS) -> tuple[str, ...]:
    """A name on at most two lines; a longer one keeps its start and its end."""
    name = printable(name)
    if len(name) <= width:
        return (name,)
    if len(name) <= 2 * width:
        cut = max(name.rfind(mark, 0, width) for mark in "_- .:") + 1
        cut = cut if len(name) - width <= cut and cut > 0 else width
        return name[:cut], name[cut:]
    return name[:width], "…" + name[-(width - 1) :]


def _sheet(
    layout: PedigreeLayout,
    listed: Mapping[str, MemberSummary],
    genotypes: Mapping[str, str] | None,
    symbol: float,
    font: float,
) -> _Sheet:
    labels = [label_lines(name) for name in listed]
    longest = max((len(line) for lines in labels for line in lines), default=0)
    if genotypes is not None:
        longest = max(longest, *(len(_genotype(genotypes, name)) for name in listed), 0)
    slot = max(symbol * 2.7, longest * font * CHARACTER_WIDTH + 14)
    numbered = layout.connected and layout.rows > 1
    sheet = _Sheet(
        symbol=symbol,
        font=font,
        slot=slot,
        left=slot / 2 + (22.0 if numbered else 4.0),
        label_lines=max((len(lines) for lines in labels), default=0),
        genotype_lines=0 if genotypes is None else 1,
        tops=(),
        height=0.0,
        width=0.0,
    )
    return _with_rows(sheet, layout)


def _with_rows(sheet: _Sheet, layout: PedigreeLayout) -> _Sheet:
    """The sheet with the rows' places; a row leaves room for the lines that run beneath it."""
    tops = []
    y = 6.0
    for row in range(layout.rows):
        tops.append(y)
        detours = len(_detours(layout, row))
        lanes = max(_lanes(layout, row).values(), default=-1) + 1
        y += (
            sheet.symbol
            + sheet.text_height
            + 10.0 * detours
            + (16.0 + 9.0 * lanes if row + 1 < layout.rows else 4.0)
        )
    width = sheet.left + layout.width * sheet.slot + sheet.slot / 2 + 4.0
    return _Sheet(
        sheet.symbol,
        sheet.font,
        sheet.slot,
        sheet.left,
        sheet.label_lines,
        sheet.genotype_lines,
        tuple(tops),
        y,
        width,
    )


def _across(sheet: _Sheet, x: float) -> float:
    return sheet.left + x * sheet.slot


def _side_by_side(layout: PedigreeLayout, couple: Couple) -> bool:
    row = layout.row[couple.father]
    if row != layout.row[couple.mother]:
        return False
    low, high = sorted((layout.x[couple.father], layout.x[couple.mother]))
    return not any(low < layout.x[p] < high for p in layout.people if layout.row[p] == row)


def _drop_row(layout: PedigreeLayout, couple: Couple) -> int:
    return max(layout.row[couple.father], layout.row[couple.mother])


def _detours(layout: PedigreeLayout, row: int) -> list[Couple]:
    """Couples of this row with someone standing between them: their line runs below the names."""
    return [
        c
        for c in layout.couples
        if layout.row[c.father] == layout.row[c.mother] == row and not _side_by_side(layout, c)
    ]


def _lanes(layout: PedigreeLayout, row: int) -> dict[Couple, int]:
    """Heights for the sibship lines below a row, so that lines of different sibships never run into each other."""
    spans = []
    for couple in layout.couples:
        if _drop_row(layout, couple) == row:
            places = [layout.x[p] for p in couple.children]
            places.append((layout.x[couple.father] + layout.x[couple.mother]) / 2)
            spans.append((min(places) - 0.15, max(places) + 0.15, couple))
    ends: list[float] = []
    lanes: dict[Couple, int] = {}
    for start, end, couple in sorted(spans, key=lambda span: span[:2]):
        lane = next((i for i, taken in enumerate(ends) if taken < start), len(ends))
        ends[lane : lane + 1] = [end]
        lanes[couple] = lane
    return lanes


def _lines(layout: PedigreeLayout, sheet: _Sheet) -> Iterator[str]:
    for row in range(layout.rows):
        lanes = _lanes(layout, row)
        detours = _detours(layout, row)
        for couple in lanes:
            depth = detours.index(couple) + 1 if couple in detours else 0
            union = _union(layout, sheet, couple, depth)
            yield _path(union.path, ' stroke-width="6"' if couple.consanguineous else "")
            if couple.consanguineous:
                yield _path(union.path, ' stroke="#fff" stroke-width="3"')
            yield from _sibship(layout, sheet, union, lanes[couple])


def _union(layout: PedigreeLayout, sheet: _Sheet, couple: Couple, depth: int) -> _Union:
    left, right = sorted(couple.parents, key=lambda p: layout.x[p])
    (x1, y1), (x2, y2) = (_centre(layout, sheet, p) for p in (left, right))
    start, end = x1 + _reach(layout, sheet, left), x2 - _reach(layout, sheet, right)
    beside = sheet.slot / 2 - 5
    if y1 != y2:
        return _union_across_rows(couple, (x1, y1), (x2, y2), sheet)
    if depth == 0:
        return _Union(couple, ((start, y1), (end, y1)), ((start + end) / 2, y1))
    low = y1 + sheet.half + sheet.text_height + 10.0 * depth - 4
    path = (
        (start, y1),
        (x1 + beside, y1),
        (x1 + beside, low),
        (x2 - beside, low),
        (x2 - beside, y1),
        (end, y1),
    )
    return _Union(couple, path, ((x1 + x2) / 2, low))


def _union_across_rows(couple: Couple, left: Point, right: Point, sheet: _Sheet) -> _Union:
    """Partners of different generations: beside the upper one down to the lower one."""
    upper, lower = sorted((left, right), key=lambda point: point[1])
    beside = sheet.slot / 2 - 5
    side = 1.0 if lower[0] > upper[0] + beside + sheet.half + 12 else -1.0
    turn = upper[0] + side * beside
    if abs(turn - lower[0]) < sheet.half + 12:
        turn = lower[0] - sheet.slot + 5
    near = lower[0] + (sheet.half if turn > lower[0] else -sheet.half)
    path = ((upper[0] + side * sheet.half, upper[1]), (turn, upper[1]), (turn, lower[1]), (near, lower[1]))
    return _Union(couple, path, ((turn + near) / 2, lower[1]))


def _centre(layout: PedigreeLayout, sheet: _Sheet, person: str) -> Point:
    return _across(sheet, layout.x[person]), sheet.tops[layout.row[person]] + sheet.half


def _reach(layout: PedigreeLayout, sheet: _Sheet, person: str) -> float:
    """Half the width of a person's symbol."""
    if layout.people[person].implied:
        return sheet.half * 0.55
    return sheet.half * (1.15 if layout.people[person].sex not in ("male", "female") else 1.0)


def _sibship(layout: PedigreeLayout, sheet: _Sheet, union: _Union, lane: int) -> Iterator[str]:
    tops = []
    for child in union.couple.children:
        place, middle = _centre(layout, sheet, child)
        tops.append((place, middle - _reach(layout, sheet, child)))
    x, y = union.drop
    y += 2.5 if union.couple.consanguineous else 0
    bar = min(sheet.tops[layout.row[child]] for child in union.couple.children) - 12 - 9 * lane
    if len(tops) == 1 and abs(tops[0][0] - x) < 2:
        yield _path(((x, y), (x, tops[0][1])))
        return
    yield _path(((x, y), (x, bar)))
    across = [x, *(place for place, _ in tops)]
    yield _path(((min(across), bar), (max(across), bar)))
    for place, top in tops:
        yield _path(((place, bar), (place, top)))


def _numerals(layout: PedigreeLayout, sheet: _Sheet) -> Iterator[str]:
    if not (layout.connected and 1 < layout.rows <= len(NUMERALS)):
        return
    for row in range(layout.rows):
        y = sheet.tops[row] + sheet.half + 4
        yield f'<text x="2" y="{_n(y)}" fill="{QUIET}" font-size="{_n(sheet.font - 1)}">{NUMERALS[row]}</text>'


def _implied_parent(sex: str, centre: Point, sheet: _Sheet) -> str:
    shape = _shape(sex, centre, sheet.half * 0.55)
    style = f'fill="#fff" stroke="{QUIET}" stroke-width="1.4" stroke-dasharray="2.5 2.5"'
    return f'<g data-implied="true"><title>Parent not in the pedigree</title><{shape} {style}/></g>'


def _member(member: MemberSummary, centre: Point, sheet: _Sheet, proband: bool, genotype: str | None) -> str:
    x, y = centre
    parts = [
        f'<g data-member="{_text(member.id)}"><title>{_text(_describe(member, proband, genotype))}</title>'
    ]
    parts.extend(_symbol(member, centre, sheet.half))
    if proband:
        parts.append(_arrow(x - sheet.half, y + sheet.half, sheet.font))
    baseline = y + sheet.half + sheet.line
    for line in label_lines(member.id):
        weight = ' font-weight="600"' if proband else ""
        parts.append(
            f'<text x="{_n(x)}" y="{_n(baseline)}" text-anchor="middle" fill="{INK}"{weight}>{_text(line)}</text>'
        )
        baseline += sheet.line
    if sheet.genotype_lines:
        shown = _shorten(printable(genotype), GENOTYPE_CHARACTERS) if genotype is not None else "–"
        parts.append(
            f'<text x="{_n(x)}" y="{_n(baseline)}" text-anchor="middle" fill="{INK}" font-weight="600" '
            f'font-family="ui-monospace, monospace">{_text(shown)}</text>'
        )
    parts.append("</g>")
    return "".join(parts)


def _symbol(member: MemberSummary, centre: Point, half: float) -> Iterator[str]:
    fill = {"affected": INK, "uncertain": GREY}.get(member.affection, "#fff")
    shape = _shape(member.sex, centre, half)
    if member.sequenced:
        yield f'<{shape} fill="{fill}" stroke="{INK}" stroke-width="1.8"/>'
    else:
        outer = "#fff" if fill == INK else fill
        yield f'<{shape} fill="{outer}" stroke="{INK}" stroke-width="1.8" stroke-dasharray="4 3"/>'
        if fill == INK:
            yield f'<{_shape(member.sex, centre, half * 0.68)} fill="{INK}"/>'
    if member.affection not in ("affected", "unaffected"):
        yield (
            f'<text x="{_n(centre[0])}" y="{_n(centre[1] + half * 0.38)}" text-anchor="middle" fill="{INK}" '
            f'font-weight="700" font-size="{_n(half * 1.1)}">?</text>'
        )


def _shape(sex: str, centre: Point, half: float) -> str:
    x, y = centre
    if sex == "male":
        return f'rect x="{_n(x - half)}" y="{_n(y - half)}" width="{_n(2 * half)}" height="{_n(2 * half)}"'
    if sex == "female":
        return f'circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(half)}"'
    reach = half * 1.15
    corners = ((x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y))
    return 'polygon points="' + " ".join(f"{_n(a)},{_n(b)}" for a, b in corners) + '"'


def _arrow(x: float, y: float, font: float) -> str:
    """An arrow from the lower left to the symbol whose lower left corner is (x, y), with a P at its tail."""
    return (
        f'<path d="M{_n(x - 13)} {_n(y + 2)}L{_n(x - 4)} {_n(y - 5)}" stroke="{INK}" stroke-width="2" fill="none"/>'
        f'<path d="M{_n(x - 1)} {_n(y - 7.5)}L{_n(x - 9)} {_n(y - 6)}L{_n(x - 4.5)} {_n(y)}Z" fill="{INK}"/>'
        f'<text x="{_n(x - 17)}" y="{_n(y + 3)}" text-anchor="middle" fill="{INK}" font-weight="700" '
        f'font-size="{_n(font - 1)}">P</text>'
    )


def _path(points: Sequence[Point], style: str = "") -> str:
    head, *rest = points
    steps = [f"M{_n(head[0])} {_n(head[1])}"]
    for (x0, y0), (x1, y1) in pairwise((head, *rest)):
        steps.append(f"H{_n(x1)}" if y0 == y1 else f"V{_n(y1)}" if x0 == x1 else f"L{_n(x1)} {_n(y1)}")
    return f'<path d="{"".join(steps)}"{style}/>'


def _in_words(
    members: Iterable[MemberSummary], proband: str | None, genotypes: Mapping[str, str] | None
) -> str:
    sentences = []
    for member in members:
        genotype = None if genotypes is None else genotypes.get(member.id)
        sentences.append(_describe(member, member.id == proband, genotype) + _parents_in_words(member) + ".")
    return " ".join(sentences)


def _describe(member: MemberSummary, proband: bool, genotype: str | None) -> str:
    facts = [
        "sex unknown" if member.sex not in ("male", "female") else member.sex,
        "affection uncertain" if member.affection == "uncertain" else member.affection,
    ]
    facts += ["proband"] if proband else []
    facts += [] if member.sequenced else ["not sequenced"]
    facts += [f"genotype {genotype}"] if genotype is not None else []
    return f"{member.id}: {', '.join(facts)}"


def _parents_in_words(member: MemberSummary) -> str:
    parents = [p for p in (member.father, member.mother) if p]
    return f"; child of {' and '.join(parents)}" if parents else ""


def _genotype(genotypes: Mapping[str, str], member_id: str) -> str:
    return _shorten(printable(genotypes.get(member_id, "–")), GENOTYPE_CHARACTERS)


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _text(text: str) -> str:
    return escape(printable(text), quote=True)


def _n(number: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{number:.1f}".removesuffix(".0")
