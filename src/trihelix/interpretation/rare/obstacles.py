"""What stands in the way of a segregation filter in one family: the rules of `rules`, read one by one in words.

`segregation` answers which filters pass, for any number of families at once; this module answers why one does
not. Both read the same table; tests compare them on generated families.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trihelix.interpretation.rare.rules import (
    ANY,
    MT,
    PAIR_FILTERS,
    Penetrance,
    Rule,
    X,
    Y,
    rules_under,
)
from trihelix.model.family import Affection, Family, Member, Sex

REF, HET, HOM, MISSING = "ref", "het", "hom", "missing"
CARRIES = (HET, HOM)
_OTHER = {"father": "mother", "mother": "father"}


@dataclass(frozen=True)
class Site:
    """A variant in a family: `states` holds ref, het, hom or missing for every sequenced member, as called."""

    family: Family
    proband: str
    n_x: Mapping[str, int]
    region: str
    states: Mapping[str, str]
    isodisomy: bool = False

    def state(self, member: str | None) -> str:
        """A member's state as the rules see it: on X and Y one copy is never heterozygous, and two X have no Y."""
        called = self.states.get(member, MISSING) if member else MISSING
        if self.region not in (X, Y) or member is None:
            return called
        if self.n_x.get(member) == 1:
            return MISSING if called == HET else called
        return MISSING if self.region == Y else called

    def sequenced(self, affection: Affection) -> list[Member]:
        """The sequenced members of one status."""
        return [m for m in self.family.members if m.affection is affection and m.id in self.states]


@dataclass(frozen=True)
class Obstacle:
    """One thing that a filter does not allow: who shows what, what would be allowed, or what is not known."""

    member: str | None
    state: str
    allowed: str
    why: str


def single_obstacles(site: Site, penetrance: Penetrance) -> dict[str, list[Obstacle]]:
    """Per filter that is tried in the variant's region what stands in its way; nothing: the filter passes."""
    return {
        rule.filter.value: _of_rule(site, rule)
        for rule in rules_under(penetrance)
        if rule.region == site.region
    }


def _of_rule(site: Site, rule: Rule) -> list[Obstacle]:
    affected = site.sequenced(Affection.AFFECTED)
    found = []
    if not any(site.state(m.id) in CARRIES for m in affected):
        found.append(Obstacle(None, REF, "het hom", "no affected member carries it"))
    for member in affected:
        found += _asked(site, member, _by_x(site, member, rule.affected_1x, rule.affected_2x), "affected")
    me = site.family.member(site.proband)
    for member in site.sequenced(Affection.UNAFFECTED):
        if rule.isodisomy and member.id in (me.father, me.mother):
            continue
        allowed = _by_x(site, member, rule.unaffected_1x, rule.unaffected_2x)
        found += _asked(site, member, allowed, "unaffected")
    found += _of_parents(site, rule)
    if rule.called_ref:
        found += _of_de_novo(site, rule.called_ref)
    if rule.isodisomy:
        found += _of_isodisomy(site)
    if rule.expressed_from:
        found += _of_imprinting(site, rule)
    return list(dict.fromkeys(found))


def _by_x(site: Site, member: Member, one: str, two: str) -> str:
    return one if site.n_x.get(member.id) == 1 else two


def _asked(site: Site, member: Member, allowed: str, role: str) -> list[Obstacle]:
    state = site.state(member.id)
    if state == MISSING or state in allowed.split():
        return []
    return [Obstacle(member.id, state, allowed, role)]


def _of_parents(site: Site, rule: Rule) -> list[Obstacle]:
    """What the rule asks of parents of affected members."""
    affected = site.family.affected
    mothers = {m.mother for m in affected}
    parents = mothers | {m.father for m in affected}
    found = []
    for member in site.family.members:
        if member.id not in parents or member.id not in site.states:
            continue
        if member.affection is Affection.UNAFFECTED:
            found += _asked(site, member, rule.unaffected_parent, "unaffected parent")
            if member.id in mothers:
                found += _asked(site, member, rule.unaffected_mother, "unaffected mother")
        if member.affection is Affection.AFFECTED:
            found += _asked(site, member, rule.affected_parent, "affected parent")
    return found


def _of_de_novo(site: Site, who: str) -> list[Obstacle]:
    me = site.family.member(site.proband)
    found = _carried_by_proband(site)
    son = site.n_x.get(site.proband) == 1 and me.sex is not Sex.FEMALE
    parents = [("mother", me.mother)] if who == "mother" or (who == "givers" and son) else []
    for role, parent in parents or [("father", me.father), ("mother", me.mother)]:
        state = site.state(parent)
        if state != REF:
            why = f"the {role} is not in the files" if parent not in site.states else f"{role} of the proband"
            found.append(Obstacle(parent, state, REF, why))
    return found


def _carried_by_proband(site: Site) -> list[Obstacle]:
    state = site.state(site.proband)
    return [] if state in CARRIES else [Obstacle(site.proband, state, "het hom", "the proband")]


def _of_isodisomy(site: Site) -> list[Obstacle]:
    me = site.family.member(site.proband)
    father, mother = site.state(me.father), site.state(me.mother)
    found = []
    if site.state(site.proband) != HOM:
        found.append(Obstacle(site.proband, site.state(site.proband), HOM, "the proband"))
    if not ((father in CARRIES and mother == REF) or (mother in CARRIES and father == REF)):
        why = f"one parent must carry it and the other not (father {father}, mother {mother})"
        found.append(Obstacle(None, MISSING, "", why))
    return found


def _of_imprinting(site: Site, rule: Rule) -> list[Obstacle]:
    expressed, silent = rule.expressed_from, _OTHER[rule.expressed_from]
    found = []
    state = site.state(site.proband)
    if state != HET:
        found.append(Obstacle(site.proband, state, HET, "the proband"))
    elif not _has_it_from(site, site.family.member(site.proband), expressed):
        why = f"the proband is not known to have it from the {expressed}"
        found.append(Obstacle(site.proband, state, HET, why))
    for member in site.family.members:
        if member.id == site.proband or site.state(member.id) != HET or member.id not in site.states:
            continue
        if member.affection is Affection.AFFECTED and _has_it_from(site, member, silent):
            found.append(Obstacle(member.id, HET, "", f"affected, but has it from the {silent}"))
        asked = rule.unaffected_2x != ANY and member.affection is Affection.UNAFFECTED
        if asked and _has_it_from(site, member, expressed):
            found.append(Obstacle(member.id, HET, "", f"unaffected, but has it from the {expressed}"))
    return found


def _has_it_from(site: Site, child: Member, parent: str) -> bool:
    ids = {"father": child.father, "mother": child.mother}
    one, other = site.state(ids[parent]), site.state(ids[_OTHER[parent]])
    return (one == HOM and other != HOM) or (one in CARRIES and other == REF)


def origin(site: Site) -> str:
    """Where the proband's variant comes from: father, mother, both, de_novo or unknown (see `segregation`)."""
    me = site.family.member(site.proband)
    father, mother = site.state(me.father), site.state(me.mother)
    if site.region == X and site.n_x.get(site.proband) == 1 and me.sex is not Sex.FEMALE:
        father = REF
    if site.region == MT:
        return {REF: "de_novo", MISSING: "unknown"}.get(mother, "mother")
    if site.region == Y:
        return {REF: "de_novo", MISSING: "unknown"}.get(father, "father")
    if MISSING in (father, mother):
        return "unknown"
    if father in CARRIES:
        return "both" if mother in CARRIES else "father"
    return "mother" if mother in CARRIES else "de_novo"


def pair_obstacles(one: Site, two: Site, reads: str, penetrance: Penetrance) -> list[Obstacle]:
    """What stands in the way of two variants of a gene being a pair; `reads`: trans, cis or none."""
    if one.region not in PAIR_FILTERS:
        return [Obstacle(None, MISSING, "", "no pairs are sought on Y or the mitochondrial genome")]
    affected, found = one.sequenced(Affection.AFFECTED), []
    for member in affected:
        states = one.state(member.id), two.state(member.id)
        if REF in states:
            found.append(Obstacle(member.id, REF, "het hom", "affected, but does not carry both"))
        if states == (HOM, HOM):
            found.append(Obstacle(member.id, HOM, "het", "homozygous at both: no pair"))
        if one.region == X and one.n_x.get(member.id) == 1:
            found.append(Obstacle(member.id, HOM, "", "has one X, which cannot hold a pair in trans"))
    if not any(_carries_both(one, two, m) for m in affected):
        found.append(Obstacle(None, MISSING, "het hom", "no affected member is known to carry both"))
    if penetrance is Penetrance.COMPLETE:
        carriers = [m for m in one.sequenced(Affection.UNAFFECTED) if _carries_both(one, two, m)]
        found += [Obstacle(m.id, one.state(m.id), REF, "unaffected, but carries both") for m in carriers]
    return [*found, *_of_phase(one, two, reads)]


def _carries_both(one: Site, two: Site, member: Member) -> bool:
    return one.state(member.id) in CARRIES and two.state(member.id) in CARRIES


def _of_phase(one: Site, two: Site, reads: str) -> list[Obstacle]:
    states = one.state(one.proband), two.state(one.proband)
    if HOM in states:
        return []
    origins = origin(one), origin(two)
    inherited = all(o in ("father", "mother") for o in origins)
    if inherited and origins[0] == origins[1]:
        return [Obstacle(one.proband, HET, "", f"both come from the {origins[0]}: they are in cis")]
    if reads == "cis" and states == (HET, HET) and not inherited:
        return [Obstacle(one.proband, HET, "", "the proband's reads show both on one haplotype")]
    return []
