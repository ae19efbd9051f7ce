"""Why a variant of the input is, or is not, in the report: the first rule that it failed, and what would show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trihelix.interpretation.rare.obstacles import (
    Obstacle,
    Site,
    pair_obstacles,
    single_obstacles,
)
from trihelix.interpretation.rare.rules import (
    AUTOSOME,
    IMPRINTED_FILTERS,
    MT,
    PAIR_FILTERS,
    RECESSIVE_FILTERS,
    Filter,
    Penetrance,
    X,
    Y,
)
from trihelix.model.assembly import bare_contig, in_par
from trihelix.model.errors import InterpretationFilesError
from trihelix.model.family import Affection, Family, Member, Sex
from trihelix.model.variant import VariantName, parse_variant
from trihelix.reports.allele_lookup import Allele, AlleleFiles, Effect
from trihelix.services.interpretation_files import INTERPRETATION, damaged, read_document
from trihelix.services.programme import Programme

GENOTYPES = {"ref": "no copy", "het": "one copy", "hom": "every copy", "missing": "not called"}


@dataclass(frozen=True)
class Placed:
    """Where a shown variant stands: a candidate's rank, tier, gene, filter and the reasons of its events."""

    rank: int
    tier: int
    gene: str
    score: float
    segregation: str
    penetrance: str
    reasons: tuple[str, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """Why a variant is where it is. `rule` is the first rule that it failed (None: it failed none), with the value
    and the threshold; `change` the smallest change that would pass this rule; `more` says what else is known."""

    variant: str
    in_input: bool
    shown: tuple[Placed, ...]
    rule: str | None
    what: str
    value: str | None = None
    threshold: str | None = None
    change: str | None = None
    genotypes: dict[str, str] | None = None
    source: str | None = None
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Folder:
    """An interpretation's files, opened, with its family."""

    files: AlleleFiles
    document: dict[str, Any]
    family: Family

    @property
    def penetrance(self) -> Penetrance:
        return Penetrance(self.files.facts["penetrance"])


def why(folder: Path, text: str, programme: Programme | None = None) -> Answer:
    """Answer for one variant, written contig:position:REF:ALT; with a programme that has the genome pack of the
    interpretation an indel is found however it is placed. VariantError, InterpretationFilesError."""
    name = parse_variant(text)
    opened = _open(folder)
    allele = opened.files.find(name.contig, name.pos, name.ref, name.alt)
    if allele is None and programme is not None and len(name.ref) != len(name.alt):
        name = _left_aligned(opened, name, programme)
        allele = opened.files.find(name.contig, name.pos, name.ref, name.alt)
    if allele is None:
        return _absent(opened, name)
    return _EXPLAIN[allele.fate](opened, name, allele)


def _open(folder: Path) -> _Folder:
    document = read_document(folder)
    try:
        members = tuple(
            Member(m["id"], Sex(m["sex"]), Affection(m["affection"]), m["father"], m["mother"])
            for m in document["members"]
        )
    except (ValueError, KeyError) as error:
        raise damaged(folder, error) from error
    if document.get("proband") is None:
        raise InterpretationFilesError(
            "nobody sequenced is affected in this family, so no variant was tiered",
            where=str(folder / INTERPRETATION),
            advice="nothing was asked of any variant; correct the pedigree if somebody is affected",
        )
    return _Folder(AlleleFiles(folder), document, Family(document["family_id"], members))


def _left_aligned(opened: _Folder, name: VariantName, programme: Programme) -> VariantName:
    """The same indel as far to the left as the genome of the interpretation allows (Tan et al., Bioinformatics
    2015); as it is where the programme has not that genome pack."""
    used = {r["sha256"] for r in opened.document["provenance"]["references"] if r["kind"] == "genome"}
    packs = [p for p in programme.library.packs("genome") if p.manifest.sha256 in used]
    if not packs:
        return name
    from trihelix.reference.genome import open_genome

    genome = open_genome(packs[0].folder)
    pos, ref, alt = name.pos, name.ref, name.alt
    while pos > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
        if not (ref and alt):
            pos -= 1
            before = genome.fetch(name.contig, pos, pos).upper()
            ref, alt = before + ref, before + alt
    return VariantName(name.contig, pos, ref, alt)


def _absent(opened: _Folder, name: VariantName) -> Answer:
    others = opened.files.count_at(name.contig, name.pos)
    more = [f"{others} other allele{'' if others == 1 else 's'} of the input stand at this position"] * bool(
        others
    )
    more.append("indels are kept left-aligned: the same change may be written at another position")
    return Answer(
        str(name), False, (), "input", "no file of the family has this allele",
        change="a caller would have to call it; whether the place was sequenced cannot be told from called variants",
        more=tuple(more),
    )  # fmt: skip


def _answer(name: VariantName, allele: Allele, rule: str, what: str, **told: Any) -> Answer:
    genotypes = {m: _genotype(s, allele.contig) for m, s in allele.states.items()}
    source = f"{allele.file}, line {allele.line}"
    return Answer(str(name), True, (), rule, what, genotypes=genotypes, source=source, **told)


def _genotype(state: str, contig: str) -> str:
    """A state in words; on the mitochondrial genome there are not one copy or two."""
    words = {"het": "heteroplasmic", "hom": "homoplasmic"} if contig == MT else {}
    return words.get(state, GENOTYPES[state])


def _not_a_chromosome(opened: _Folder, name: VariantName, allele: Allele) -> Answer:
    what = f"{name.contig} is no chromosome of {opened.files.facts['assembly'] or 'the assembly'}"
    return _answer(
        name, allele, "chromosomes", what, value=name.contig, threshold="chromosomes 1-22, X, Y, MT",
        change="none: such contigs are not interpreted",
    )  # fmt: skip


def _filtered(_: _Folder, name: VariantName, allele: Allele) -> Answer:
    return _answer(
        name, allele, "quality", "the caller's own filters rejected the record",
        value="FILTER is neither PASS nor a dot", threshold="PASS or .",
        change="a record of this allele with FILTER PASS; frequency, consequence and inheritance were not examined",
    )  # fmt: skip


def _not_carried(opened: _Folder, name: VariantName, allele: Allele) -> Answer:
    affected = [m.id for m in opened.family.affected if m.id in allele.states]
    shown = ", ".join(f"{m} {GENOTYPES[allele.states[m]]}" for m in affected)
    one = affected[0] if len(affected) == 1 else "an affected member"
    return _answer(
        name, allele, "carried", "no affected member carries it", value=shown, threshold="at least one copy",
        change=f"{one} would have to carry it",
    )  # fmt: skip


def _common(_: _Folder, name: VariantName, allele: Allele) -> Answer:
    population, frequency = allele.population, allele.frequency
    assert population is not None, "a common allele has a population"
    assert frequency is not None, "and a frequency there"
    where = f"{population.pack}, {population.name}"
    return _answer(
        name, allele, "rare", f"it is too common in {where}",
        value=f"{frequency:.6g}", threshold=f"{population.recessive:.6g} (recessive; dominant {population.dominant:.6g})",
        change=f"a frequency of at most {population.recessive:.6g} in every population (this one is the furthest above), "
        "or a classification as pathogenic with at least two review stars",
    )  # fmt: skip


def _no_sequence(_: _Folder, name: VariantName, allele: Allele) -> Answer:
    return _answer(
        name, allele, "consequence", "the genome pack has no sequence here: what it does to a gene is not known",
        change="a genome pack with this place, and the interpretation again",
    )  # fmt: skip


def _no_consequence(opened: _Folder, name: VariantName, allele: Allele) -> Answer:
    effects = opened.files.effects(allele.row)
    value = (
        ", ".join(f"{_words(e.consequence)} in {e.gene}" for e in effects) or "in no gene of the genes pack"
    )
    return _answer(
        name, allele, "consequence", "it is rare, but does not change a protein or a splice site",
        value=value, threshold="impact HIGH or MODERATE on a transcript that counts",
        change="a classification as pathogenic, a splicing score of at least 0.5 where a score pack has it, or, in an "
        "exon of a non-coding gene, that gene green on an applied panel",
        more=_frequency_line(allele),
    )  # fmt: skip


def _words(consequence: str) -> str:
    return consequence.removesuffix("_variant").replace("_", " ")


def _frequency_line(allele: Allele) -> tuple[str, ...]:
    if allele.population is None:
        return ("it is in no population of the frequency packs",)
    return (f"frequency {allele.frequency:.6g} in {allele.population.pack}, {allele.population.name}",)


@dataclass(frozen=True)
class _Way:
    """A filter that the variant, or the variant with another, might have passed, and what is in its way."""

    filter: str
    gene: str
    partner: str | None
    obstacles: tuple[Obstacle, ...]
    too_common: Effect | None


def _no_segregation(opened: _Folder, name: VariantName, allele: Allele) -> Answer:
    effects = [e for e in opened.files.effects(allele.row) if e.matters]
    ways = sorted(_ways(opened, allele, effects), key=_distance)
    told = [f"{_words(e.consequence)} in {e.gene}" for e in effects]
    if not ways or not _distance(ways[0])[0]:
        return _answer(
            name, allele, "panel", f"{'; '.join(told)}: a gene without a protein is shown only where it is green on an "
            "applied panel and the mode of inheritance fits", change="such a panel", more=_frequency_line(allele),
        )  # fmt: skip
    best = ways[0]
    others = tuple(f"{w.filter}{_with(w)}: {_all_in_the_way(w)}" for w in ways[1:6])
    if best.too_common is not None and not best.obstacles:
        return _too_common_for_mode(name, allele, best, told, others)
    return _answer(
        name, allele, "segregation", f"it fits no mode of inheritance in this family ({'; '.join(told)})",
        value=f"nearest is {best.filter}{_with(best)}: {_all_in_the_way(best)}",
        threshold=_allowed(best), change=_change(opened, best), more=(*others, *_frequency_line(allele)),
    )  # fmt: skip


def _distance(way: _Way) -> tuple[int, bool, bool, int]:
    """Fewest obstacles first; of equals one that a wider penetrance removes, since it asks for no other genotype."""
    order = [f.value for f in Filter].index(way.filter)
    in_the_way = len(way.obstacles) + (way.too_common is not None)
    return (in_the_way, way.too_common is not None, not _only_unaffected(way), order)


def _only_unaffected(way: _Way) -> bool:
    return all(o.why.startswith("unaffected") for o in way.obstacles)


def _too_common_for_mode(
    name: VariantName, allele: Allele, way: _Way, told: Sequence[str], others: tuple[str, ...]
) -> Answer:
    effect = way.too_common
    assert effect is not None, "the way says what is too common"
    assert effect.population is not None, "and where"
    assert effect.frequency is not None, "and how"
    population = effect.population
    return _answer(
        name, allele, "segregation",
        f"it fits {way.filter}, but is too common for that mode in {population.pack}, {population.name} "
        f"({'; '.join(told)})",
        value=f"{effect.frequency:.6g}", threshold=f"{population.dominant:.6g} (dominant)",
        change=f"a frequency of at most {population.dominant:.6g} in every population, or a second variant in the gene "
        "in trans",
        more=others,
    )  # fmt: skip


def _ways(opened: _Folder, allele: Allele, effects: Sequence[Effect]) -> list[_Way]:
    """Every filter with what stands in its way, alone and with each other variant of its genes."""
    site = _site(opened, allele)
    found = []
    runs = (Penetrance.COMPLETE,) if opened.penetrance is Penetrance.COMPLETE else tuple(Penetrance)
    for effect in effects:
        for run in runs:
            for filter_, obstacles in single_obstacles(site, run).items():
                imprinted = opened.files.facts["imprinted"].get(filter_, ())
                if filter_ in [f.value for f in IMPRINTED_FILTERS] and effect.gene not in imprinted:
                    continue
                dominant = not _is_recessive(filter_) and effect.dominant_rare is False
                found.append(_Way(filter_, effect.gene, None, tuple(obstacles), effect if dominant else None))
            found += _pair_ways(opened, allele, site, effect.gene, run)
    return found


def _is_recessive(filter_: str) -> bool:
    return filter_ in [f.value for f in RECESSIVE_FILTERS]


def _pair_ways(opened: _Folder, allele: Allele, site: Site, gene: str, run: Penetrance) -> list[_Way]:
    if site.region not in PAIR_FILTERS:
        return []
    found = []
    partners = [e.row for e in opened.files.effects_on(gene) if e.matters and e.row != allele.row]
    for row in partners:
        partner = opened.files.at(row)
        other = _site(opened, partner)
        reads = _reads(allele, partner)
        obstacles = pair_obstacles(site, other, reads, run)
        label = f"{partner.contig}:{partner.pos}"
        found.append(_Way(PAIR_FILTERS[site.region].value, gene, label, tuple(obstacles), None))
    return found


def _reads(one: Allele, two: Allele) -> str:
    """What the proband's reads say of two alleles: trans, cis or none (see `segregation`)."""
    if (one.file, one.line) == (two.file, two.line) and one.side & 2 and two.side & 2:
        return "trans"
    if one.phase_set is None or one.phase_set != two.phase_set:
        return "none"
    return "cis" if one.side & 1 == two.side & 1 else "trans"


def _site(opened: _Folder, allele: Allele) -> Site:
    facts = opened.files.facts
    region = {"X": X, "Y": Y, "MT": MT}.get(allele.contig, AUTOSOME)
    if region == X and in_par(facts["assembly"], allele.pos):
        region = AUTOSOME
    n_x = dict(zip(facts["members"], facts["n_x"], strict=True))
    inside = any(c == allele.contig and s <= allele.pos <= e for c, s, e in facts["isodisomy"])
    return Site(opened.family, facts["proband"], n_x, region, allele.states, inside)


def _with(way: _Way) -> str:
    return f" with {way.partner}" if way.partner else ""


def _all_in_the_way(way: _Way) -> str:
    told = [_in_words(o) for o in way.obstacles]
    if way.too_common is not None and way.too_common.population is not None:
        told.append(
            f"frequency {way.too_common.frequency:.6g} is above {way.too_common.population.dominant:.6g} "
            f"({way.too_common.population.name})"
        )
    return "; ".join(told)


def _in_words(obstacle: Obstacle) -> str:
    if obstacle.member is None:
        return obstacle.why
    return f"{obstacle.member} ({obstacle.why}) has {GENOTYPES[obstacle.state]}"


def _allowed(way: _Way) -> str | None:
    allowed = {o.allowed for o in way.obstacles if o.allowed}
    told = [" or ".join(GENOTYPES[word] for word in words.split()) for words in sorted(allowed)]
    return "; ".join(told) or None


def _change(opened: _Folder, way: _Way) -> str:
    """The smallest change: what each obstacle would have to show, or a wider penetrance where that alone is enough."""
    told = []
    for obstacle in way.obstacles:
        if obstacle.member is None or not obstacle.allowed:
            told.append(f"that {obstacle.why} would have to be otherwise")
        else:
            words = " or ".join(GENOTYPES[w] for w in obstacle.allowed.split())
            told.append(f"{obstacle.member} would have to show {words}")
    if _only_unaffected(way) and opened.penetrance is Penetrance.COMPLETE:
        told = [" and ".join(told), "or --incomplete-penetrance, which lets unaffected members carry it"]
        return ", ".join(told)
    return " and ".join(told)


def _candidate(opened: _Folder, name: VariantName, allele: Allele) -> Answer:
    placed = tuple(_placed(c) for c in opened.document["candidates"] if _has(c, name))
    best = placed[0]
    genotypes = {m: _genotype(s, allele.contig) for m, s in allele.states.items()}
    parts = [
        f"{p['part']} {p['points']:+.2f}: {p['why']}"
        for c in opened.document["candidates"] if c["rank"] == best.rank for p in c["contributions"]
    ]  # fmt: skip
    return Answer(
        str(name), True, placed, None,
        f"it is shown: rank {best.rank}, Tier {best.tier}, {best.gene}, {best.segregation}",
        change=_to_rise(best), genotypes=genotypes, source=f"{allele.file}, line {allele.line}", more=tuple(parts),
    )  # fmt: skip


def _to_rise(best: Placed) -> str | None:
    """What keeps it from a higher tier."""
    return None if best.tier == 1 else f"for a higher tier: {best.reasons[0]}"


def _has(candidate: dict[str, Any], name: VariantName) -> bool:
    wanted = (name.contig, name.pos, name.ref, name.alt)
    return any(
        (bare_contig(v["contig"]), v["pos"], v["ref"], v["alt"]) == wanted for v in candidate["variants"]
    )


def _placed(candidate: dict[str, Any]) -> Placed:
    return Placed(
        candidate["rank"], candidate["tier"], candidate["gene"], candidate["score"], candidate["segregation"],
        candidate["penetrance"], tuple(dict.fromkeys(e["reason"] for e in candidate["events"])),
        tuple(candidate["flags"]),
    )  # fmt: skip


_EXPLAIN = {
    "NOT_A_CHROMOSOME": _not_a_chromosome,
    "FILTERED": _filtered,
    "NOT_CARRIED": _not_carried,
    "COMMON": _common,
    "NO_SEQUENCE": _no_sequence,
    "NO_CONSEQUENCE": _no_consequence,
    "NO_SEGREGATION": _no_segregation,
    "CANDIDATE": _candidate,
}
