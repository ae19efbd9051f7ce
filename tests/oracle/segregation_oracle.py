"""The segregation filters once more: one family at a time, in plain Python, slow and readable.

Written from the table of segregation filters in the rare-disease specification (section 4, complete penetrance)
and from nothing else, so that the compiled rules can be compared with it. Where the table is silent a comment
starting with "Decision:" says what was decided.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from trihelix.model.family import Affection, Family, Member, Sex

AUTOSOME, X, PAR = "autosome", "X", "PAR"
REF, HET, HOM, HEMI, MISSING = "ref", "het", "hom", "hemi", "missing"
CARRIES = {HET, HOM, HEMI}

# What a call means on two chromosomes, and on the single X of a member with one.
ON_TWO = {"0/0": REF, "0": REF, "0/1": HET, "1/1": HOM, "1": HOM, "./.": MISSING, ".": MISSING}
ON_ONE = {"0/0": REF, "0": REF, "0/1": MISSING, "1/1": HEMI, "1": HEMI, "./.": MISSING, ".": MISSING}

Genotypes = dict[str, str]
States = dict[str, str]
Allowed = dict[int, set[str]]  # by the number of chromosomes: 1 or 2


@dataclass(frozen=True)
class Site:
    """A variant in a family: what every member's call means, on how many chromosomes."""

    members: tuple[Member, ...]
    region: str
    chromosomes: dict[str, int]
    states: States

    def parent_state(self, parent: str | None) -> str:
        """A parent's state; missing where the pedigree does not know the parent."""
        return MISSING if parent is None else self.states.get(parent, MISSING)


def site(family: Family, n_x: dict[str, int], region: str, genotypes: Genotypes) -> Site:
    """Read the calls; a member without a call is missing."""
    chromosomes = {m.id: n_x[m.id] if region == X else 2 for m in family.members}
    states = {
        m.id: (ON_ONE if chromosomes[m.id] == 1 else ON_TWO)[genotypes.get(m.id, "./.")]
        for m in family.members
    }
    return Site(family.members, region, chromosomes, states)


def single_variant_filters(
    family: Family, proband: str, n_x: dict[str, int], region: str, genotypes: Genotypes
) -> set[str]:
    """The names of the filters that one variant passes in a family."""
    here = site(family, n_x, region, genotypes)
    if not some_affected_member_carries(here):
        return set()
    return {name for name, passes in FILTERS.items() if passes(here, proband)}


def some_affected_member_carries(here: Site) -> bool:
    return any(here.states[m.id] in CARRIES for m in here.members if m.affection is Affection.AFFECTED)


def fits(here: Site, affected: Allowed, unaffected: Allowed) -> bool:
    """Every called member has a state that its status allows; uncertain members never exclude."""
    allowed = {Affection.AFFECTED: affected, Affection.UNAFFECTED: unaffected}
    for member in here.members:
        state = here.states[member.id]
        if member.affection not in allowed or state == MISSING:
            continue
        if state not in allowed[member.affection][here.chromosomes[member.id]]:
            return False
    return True


def inherited_autosomal_dominant(here: Site, proband: str) -> bool:
    return here.region in (AUTOSOME, PAR) and fits(here, affected={2: {HET, HOM}}, unaffected={2: {REF}})


def simple_recessive(here: Site, proband: str) -> bool:
    return (
        here.region in (AUTOSOME, PAR)
        and fits(here, affected={2: {HOM}}, unaffected={2: {REF, HET}})
        and all(parents_fit_recessive(here, m) for m in here.members if m.affection is Affection.AFFECTED)
    )


def parents_fit_recessive(here: Site, child: Member) -> bool:
    """Each parent must have given one ALT. An affected parent must be 1/1, as every affected member."""
    allowed = {Affection.UNAFFECTED: {HET}, Affection.AFFECTED: {HOM}, Affection.UNCERTAIN: {REF, HET, HOM}}
    for parent in here.members:
        if parent.id in (child.father, child.mother):
            state = here.states[parent.id]
            if state != MISSING and state not in allowed[parent.affection]:
                return False
    return True


def x_linked_simple_recessive(here: Site, proband: str) -> bool:
    return here.region == X and fits(
        here, affected={1: {HEMI}, 2: {HOM}}, unaffected={1: {REF}, 2: {REF, HET}}
    )


def x_linked_monoallelic(here: Site, proband: str) -> bool:
    return here.region == X and fits(
        here, affected={1: {HEMI}, 2: {HET, HOM}}, unaffected={1: {REF}, 2: {REF}}
    )


def de_novo(here: Site, proband: str) -> bool:
    """Every affected member has one ALT, and the proband's parents, both known and called, have none.

    The father of a proband with one X gave no X and is not looked at. Unaffected members other than the
    proband's parents do not matter.
    """
    child = next(m for m in here.members if m.id == proband)
    needed = [child.mother] if here.chromosomes[proband] == 1 else [child.father, child.mother]
    return (
        here.states[proband] in CARRIES
        and fits(here, affected={1: {HEMI}, 2: {HET}}, unaffected={1: {REF, HEMI}, 2: {REF, HET, HOM}})
        and all(here.parent_state(parent) == REF for parent in needed)
    )


FILTERS: dict[str, Callable[[Site, str], bool]] = {
    "InheritedAutosomalDominant": inherited_autosomal_dominant,
    "deNovo": de_novo,
    "SimpleRecessive": simple_recessive,
    "XLinkedSimpleRecessive": x_linked_simple_recessive,
    "XLinkedMonoallelic": x_linked_monoallelic,
}


def compound_het(
    family: Family,
    proband: str,
    n_x: dict[str, int],
    region: str,
    genotypes_a: Genotypes,
    genotypes_b: Genotypes,
) -> tuple[bool, str, set[str]]:
    """Whether two different variants of one gene pass as a pair: (passes, the filter's name, flags)."""
    name = "XLinkedCompoundHeterozygous" if region == X else "CompoundHeterozygous"
    a, b = site(family, n_x, region, genotypes_a), site(family, n_x, region, genotypes_b)
    if not affected_members_have_the_pair(a, b) or an_unaffected_member_carries_both(a, b):
        return False, name, set()
    # Decision: in a het + hom pair of the proband one variant is on both chromosomes, so there is nothing to
    # prove about the phase: the parents' rule is for two hets.
    if HOM in (a.states[proband], b.states[proband]):
        return True, name, set()
    phase = proband_phase(a, b, proband)
    return phase != "cis", name, {"phase_unproven"} if phase == "unproven" else set()


def affected_members_have_the_pair(a: Site, b: Site) -> bool:
    """Every affected member carries both variants as far as called, one really does, none is 1/1 at both."""
    affected = [m.id for m in a.members if m.affection is Affection.AFFECTED]
    for member in affected:
        states = (a.states[member], b.states[member])
        # One X cannot hold a pair in trans. Decision: 1/1 at both in any affected member is not this pair.
        if a.chromosomes[member] == 1 or REF in states or states == (HOM, HOM):
            return False
    return any(carries_both(a, b, member) for member in affected)


def carries_both(a: Site, b: Site, member: str) -> bool:
    return a.states[member] in CARRIES and b.states[member] in CARRIES


def an_unaffected_member_carries_both(a: Site, b: Site) -> bool:
    return any(carries_both(a, b, m.id) for m in a.members if m.affection is Affection.UNAFFECTED)


def proband_phase(a: Site, b: Site, proband: str) -> str:
    """What the parents say about the proband's pair: trans, cis or unproven."""
    child = next(m for m in a.members if m.id == proband)
    father = (a.parent_state(child.father), b.parent_state(child.father))
    mother = (a.parent_state(child.mother), b.parent_state(child.mother))
    origins = {origin(father[0], mother[0]), origin(father[1], mother[1])}
    if origins in ({"father"}, {"mother"}):
        return "cis"
    return "trans" if origins == {"father", "mother"} else "unproven"


def origin(father: str, mother: str) -> str:
    """Where a variant of the proband comes from: father, mother, both, de_novo or unknown.

    Decision: it follows from the parents' calls alone, also where the proband's own call is missing. With one
    parent missing nothing is known: the variant may be on that parent's side or de novo.
    """
    if MISSING in (father, mother):
        return "unknown"
    from_father, from_mother = father in CARRIES, mother in CARRIES
    if from_father and from_mother:
        return "both"
    return "father" if from_father else "mother" if from_mother else "de_novo"


SIZES = (1, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6, 7, 8, 9, 10)
ANY_CALL = ("0/0", "0/1", "1/1", "0", "1", "./.", ".")
Haplotype = tuple[int, int]  # ALT or not at variants a and b
Case = tuple[Family, str, dict[str, int], str, Genotypes, Genotypes]


@dataclass
class Person:
    """A member while its family grows. `sex` is the role in having children; the declared one may be unknown."""

    id: str
    sex: Sex
    generation: int
    father: Person | None = None
    mother: Person | None = None
    partners: list[Person] = field(default_factory=list)
    n_x: int = 2
    haplotypes: list[Haplotype] = field(default_factory=list)


def random_case(rng: random.Random) -> Case:
    """A family of 1 to 10 members over up to three generations with calls at two variants of one gene.

    Mostly what Mendel and one of several modes of inheritance would give; with missing calls, new mutations,
    wrong or impossible calls, uncertain statuses, half siblings, absent parents, and numbers of X that do not
    fit the declared sex. The proband is affected unless nobody is.
    """
    region = rng.choice((AUTOSOME, AUTOSOME, AUTOSOME, X, X, X, PAR))
    model = rng.choice(("dominant", "recessive", "compound", "compound", "de novo", "random"))
    people = grow_family(rng)
    for person in people:
        person.n_x = (1 if person.sex is Sex.MALE else 2) if rng.random() > 0.04 else rng.choice((1, 2))
    give_haplotypes(rng, people, region, model)
    affections = give_affections(rng, people, model)
    members = [as_member(rng, p, affection) for p, affection in zip(people, affections, strict=True)]
    if rng.random() < 0.5:
        rng.shuffle(members)
    family = Family("F", tuple(members))
    missing_rate = rng.choice((0.0, 0.0, 0.05, 0.3))
    error_rate = rng.choice((0.0, 0.0, 0.0, 0.0, 0.05, 1.0))
    genotypes_a = {
        p.id: random_call(rng, [h[0] for h in p.haplotypes], missing_rate, error_rate) for p in people
    }
    genotypes_b = {
        p.id: random_call(rng, [h[1] for h in p.haplotypes], missing_rate, error_rate) for p in people
    }
    return (
        family,
        random_proband(rng, family),
        {p.id: p.n_x for p in people},
        region,
        genotypes_a,
        genotypes_b,
    )


def grow_family(rng: random.Random) -> list[Person]:
    """People, parents before children: a founder, then children with an old, a new or an absent partner."""
    size = rng.choice(SIZES)
    people = [Person("m0", random_sex(rng), 0)]
    while len(people) < size:
        parent = rng.choice([p for p in people if p.generation < 2])
        partner = random_partner(rng, parent, people, size)
        child = Person(f"m{len(people)}", random_sex(rng), parent.generation + 1)
        child.father, child.mother = (parent, partner) if parent.sex is Sex.MALE else (partner, parent)
        people.append(child)
    return people


def random_sex(rng: random.Random) -> Sex:
    return Sex.MALE if rng.random() < 0.5 else Sex.FEMALE


def random_partner(rng: random.Random, parent: Person, people: list[Person], size: int) -> Person | None:
    """The same partner again, a new one (then the children are half siblings), or one not in the pedigree."""
    dice = rng.random()
    if parent.partners and dice < 0.7:
        return rng.choice(parent.partners)
    if dice > 0.9 or len(people) + 2 > size:
        return None
    other_sex = Sex.FEMALE if parent.sex is Sex.MALE else Sex.MALE
    partner = Person(f"m{len(people)}", other_sex, parent.generation, partners=[parent])
    parent.partners.append(partner)
    people.append(partner)
    return partner


def give_haplotypes(rng: random.Random, people: list[Person], region: str, model: str) -> None:
    frequency_a = 0.0 if model == "de novo" else rng.choice((0.1, 0.3, 0.6))
    frequency_b = 0.0 if model == "de novo" and rng.random() < 0.5 else rng.choice((0.1, 0.3, 0.6))
    mutation_rate = 0.4 if model == "de novo" else 0.04

    def from_population() -> Haplotype:
        return int(rng.random() < frequency_a), int(rng.random() < frequency_b)

    for person in people:
        paternal = rng.choice(person.father.haplotypes) if person.father else from_population()
        maternal = rng.choice(person.mother.haplotypes) if person.mother else from_population()
        person.haplotypes = [maternal] if region == X and person.n_x == 1 else [maternal, paternal]
        if (person.father or person.mother) and rng.random() < mutation_rate:
            mutate(rng, person)


def mutate(rng: random.Random, person: Person) -> None:
    which = rng.randrange(len(person.haplotypes))
    a, b = person.haplotypes[which]
    person.haplotypes[which] = (1, b) if rng.random() < 0.6 else (a, 1)


def give_affections(rng: random.Random, people: list[Person], model: str) -> list[Affection]:
    """Who is ill under the mode of inheritance, with some statuses wrong and some uncertain."""
    affections = []
    for person in people:
        ill = rng.random() < 0.4 if model == "random" else is_ill(person.haplotypes, model)
        if rng.random() < 0.02:
            ill = not ill
        affections.append(Affection.AFFECTED if ill else Affection.UNAFFECTED)
    if Affection.AFFECTED not in affections and rng.random() < 0.9:
        affections[-1] = Affection.AFFECTED
    return [Affection.UNCERTAIN if rng.random() < 0.08 else a for a in affections]


def is_ill(haplotypes: list[Haplotype], model: str) -> bool:
    if model == "recessive":
        return all(a for a, _ in haplotypes)
    if model == "compound":
        return (
            all(a or b for a, b in haplotypes)
            and any(a for a, _ in haplotypes)
            and any(b for _, b in haplotypes)
        )
    return any(a for a, _ in haplotypes)


def as_member(rng: random.Random, person: Person, affection: Affection) -> Member:
    declared = person.sex if rng.random() > 0.03 else Sex.UNKNOWN
    father = person.father.id if person.father else None
    mother = person.mother.id if person.mother else None
    return Member(person.id, declared, affection, father, mother)


def random_call(rng: random.Random, alleles: list[int], missing_rate: float, error_rate: float) -> str:
    if rng.random() < missing_rate:
        return rng.choice(("./.", "."))
    if rng.random() < error_rate:
        return rng.choice(ANY_CALL)
    dice = rng.random()
    if len(alleles) == 1:
        if dice < 0.02:
            return "0/1"
        return str(alleles[0]) if dice < 0.7 else f"{alleles[0]}/{alleles[0]}"
    if alleles[0] == alleles[1] and dice < 0.03:
        return str(alleles[0])
    return ("0/0", "0/1", "1/1")[alleles[0] + alleles[1]]


def random_proband(rng: random.Random, family: Family) -> str:
    usual = family.pick_proband()
    if usual is None:
        return rng.choice(family.members).id
    return usual if rng.random() < 0.7 else rng.choice(family.affected).id
