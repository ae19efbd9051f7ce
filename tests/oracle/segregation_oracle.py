"""The segregation filters once more: one family at a time, in plain Python, slow and readable.

Written from the table of segregation filters in the rare-disease specification (section 4) and from nothing else,
so that the compiled rules can be compared with it. Where the table is silent a comment starting with "Decision:"
says what was decided.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from trihelix.model.family import Affection, Family, Member, Sex

AUTOSOME, PAR, X, Y, MT = "autosome", "PAR", "X", "Y", "MT"
AS_AUTOSOME = (AUTOSOME, PAR)
REF, HET, HOM, HEMI, MISSING = "ref", "het", "hom", "hemi", "missing"
CARRIES = {HET, HOM, HEMI}

# What a call means on two chromosomes, and on the single X or Y of a member with one.
ON_TWO = {"0/0": REF, "0": REF, "0/1": HET, "1/1": HOM, "1": HOM, "./.": MISSING, ".": MISSING}
ON_ONE = {"0/0": REF, "0": REF, "0/1": MISSING, "1/1": HEMI, "1": HEMI, "./.": MISSING, ".": MISSING}
MEANING = {0: dict.fromkeys(ON_TWO, MISSING), 1: ON_ONE, 2: ON_TWO}

Genotypes = dict[str, str]
States = dict[str, str]
Allowed = dict[int, set[str]]  # by the number of chromosomes: 1 or 2


# No constraint: what an unaffected member may have where carrying does not exclude.
ANYTHING: Allowed = {1: {REF, HEMI}, 2: {REF, HET, HOM}}


@dataclass(frozen=True)
class Site:
    """A variant in a family: what every member's call means, on how many chromosomes."""

    members: tuple[Member, ...]
    region: str
    chromosomes: dict[str, int]
    states: States
    penetrance: str

    def member(self, member_id: str) -> Member:
        return next(m for m in self.members if m.id == member_id)

    def parent_state(self, parent: str | None) -> str:
        """A parent's state; missing where the pedigree does not know the parent."""
        return MISSING if parent is None else self.states.get(parent, MISSING)


def site(
    family: Family, n_x: dict[str, int], region: str, genotypes: Genotypes, penetrance: str = "complete"
) -> Site:
    """Read the calls; a member without a call is missing.

    Decision: who has no sample has no known number of X, and excludes nothing; here that is two missing X.
    """
    chromosomes = {m.id: chromosome_count(region, n_x.get(m.id, 2)) for m in family.members}
    states = {m.id: MEANING[chromosomes[m.id]][genotypes.get(m.id, "./.")] for m in family.members}
    return Site(family.members, region, chromosomes, states, penetrance)


def chromosome_count(region: str, n_x: int) -> int:
    """How many chromosomes of a region a member has.

    Decision: on Y only members with one X count, whatever their sex; with two X there is no Y and the call is
    ignored as missing. Decision: calls on MT are read as on two chromosomes, het heteroplasmic and hom
    homoplasmic; every member has MT.
    """
    if region == X:
        return n_x
    if region == Y:
        return 1 if n_x == 1 else 0
    return 2


def single_variant_filters(
    family: Family,
    proband: str,
    n_x: dict[str, int],
    region: str,
    genotypes: Genotypes,
    *,
    isodisomy: bool = False,
    penetrance: str = "complete",
) -> dict[str, set[str]]:
    """The filters that one variant passes in a family, by name, each with its flags.

    `isodisomy` says whether the proband has chromosome-scale evidence of uniparental isodisomy there;
    `penetrance` is complete or incomplete.
    """
    here = site(family, n_x, region, genotypes, penetrance)
    if not some_affected_member_carries(here):
        return {}
    passed: dict[str, set[str]] = {name: set() for name, passes in FILTERS.items() if passes(here, proband)}
    if "UniparentalIsodisomy" in passed and not isodisomy:
        passed["UniparentalIsodisomy"].add("possible_deletion_in_trans")
    return passed


def some_affected_member_carries(here: Site) -> bool:
    return any(here.states[m.id] in CARRIES for m in here.members if m.affection is Affection.AFFECTED)


def fits(here: Site, affected: Allowed, unaffected: Allowed, spared: tuple[str | None, ...] = ()) -> bool:
    """Every called member has a state that its status allows; uncertain members never exclude.

    Under incomplete penetrance unaffected members never exclude either; nor do those who are `spared`.
    """
    for member in here.members:
        state = here.states[member.id]
        if state == MISSING or member.affection is Affection.UNCERTAIN:
            continue
        if member.affection is Affection.AFFECTED:
            allowed = affected
        elif here.penetrance == "incomplete" or member.id in spared:
            continue
        else:
            allowed = unaffected
        if state not in allowed[here.chromosomes[member.id]]:
            return False
    return True


def inherited_autosomal_dominant(here: Site, proband: str) -> bool:
    return here.region in AS_AUTOSOME and fits(here, affected={2: {HET, HOM}}, unaffected={2: {REF}})


def paternally_imprinted(here: Site, proband: str) -> bool:
    """The paternal allele is silent: the disease comes with the ALT of the mother."""
    return here.region in AS_AUTOSOME and expressed_from(here, proband, "mother", silent="father")


def maternally_imprinted(here: Site, proband: str) -> bool:
    """The maternal allele is silent: the disease comes with the ALT of the father."""
    return here.region in AS_AUTOSOME and expressed_from(here, proband, "father", silent="mother")


def expressed_from(here: Site, proband: str, expressed: str, silent: str) -> bool:
    """The ALT of every affected member came from the expressed parent, and of no unaffected member.

    Decision: "transmission known" is asked of the proband, who must be called het. Another affected member must
    not be known to have it from the silent parent, and an unaffected carrier excludes only if known to have it
    from the expressed one, or with two ALT. Under incomplete penetrance unaffected members never exclude.
    """
    if transmission(here, here.member(proband)) != expressed:
        return False
    for member in here.members:
        state, giver = here.states[member.id], transmission(here, member)
        if member.affection is Affection.AFFECTED and (state not in {HET, MISSING} or giver == silent):
            return False
        carries_expressed = state == HOM or giver == expressed
        if member.affection is Affection.UNAFFECTED and here.penetrance == "complete" and carries_expressed:
            return False
    return True


def transmission(here: Site, member: Member) -> str:
    """Which parent gave the ALT of a het call: father, mother or unknown.

    Decision: a parent surely gave it who has nothing else to give (1/1), or who carries it while the other
    parent is called without. It is unknown if that holds for both parents or for neither.
    """
    father, mother = here.parent_state(member.father), here.parent_state(member.mother)
    from_father = father == HOM or (father in CARRIES and mother == REF)
    from_mother = mother == HOM or (mother in CARRIES and father == REF)
    if here.states[member.id] != HET or from_father == from_mother:
        return "unknown"
    return "father" if from_father else "mother"


def simple_recessive(here: Site, proband: str) -> bool:
    return (
        here.region in AS_AUTOSOME
        and fits(here, affected={2: {HOM}}, unaffected={2: {REF, HET}})
        and all(parents_fit_recessive(here, m) for m in here.members if m.affection is Affection.AFFECTED)
    )


def parents_fit_recessive(here: Site, child: Member) -> bool:
    """Each parent must have given one ALT. An affected parent must be 1/1, as every affected member.

    Decision: under incomplete penetrance an unaffected parent may be 1/1, but never 0/0.
    """
    healthy = {HET} if here.penetrance == "complete" else {HET, HOM}
    allowed = {Affection.UNAFFECTED: healthy, Affection.AFFECTED: {HOM}, Affection.UNCERTAIN: {REF, HET, HOM}}
    for parent in here.members:
        if parent.id in (child.father, child.mother):
            state = here.states[parent.id]
            if state != MISSING and state not in allowed[parent.affection]:
                return False
    return True


def uniparental_isodisomy(here: Site, proband: str) -> bool:
    """The proband has two copies of one parent's ALT, and the other parent gave nothing.

    Decision: both parents must be called, and the one who gave it may be 1/1 without being affected, as the
    table says. An affected parent must be 1/1, as every affected member.
    """
    child = here.member(proband)
    parents = {here.parent_state(child.father), here.parent_state(child.mother)}
    return (
        here.region in AS_AUTOSOME
        and here.states[proband] == HOM
        and parents in ({HET, REF}, {HOM, REF})
        and fits(here, {2: {HOM}}, {2: {REF, HET}}, spared=(child.father, child.mother))
    )


def x_linked_simple_recessive(here: Site, proband: str) -> bool:
    return here.region == X and fits(
        here, affected={1: {HEMI}, 2: {HOM}}, unaffected={1: {REF}, 2: {REF, HET}}
    )


def x_linked_monoallelic(here: Site, proband: str) -> bool:
    return here.region == X and fits(
        here, affected={1: {HEMI}, 2: {HET, HOM}}, unaffected={1: {REF}, 2: {REF}}
    )


def y_linked(here: Site, proband: str) -> bool:
    """Decision: every affected member with a Y carries, no unaffected member with a Y does."""
    return here.region == Y and fits(here, affected={1: {HEMI}}, unaffected={1: {REF}})


def mitochondrial_genome(here: Site, proband: str) -> bool:
    """Every affected member carries, in whatever share of the mitochondria, and no unaffected mother of one does.

    Decision: of the unaffected members only mothers of affected members are constrained, and under incomplete
    penetrance nobody is.
    """
    children = [m for m in here.members if m.affection is Affection.AFFECTED]
    mothers = {m.mother for m in children}
    others = tuple(m.id for m in here.members if m.id not in mothers)
    return here.region == MT and fits(here, affected={2: {HET, HOM}}, unaffected={2: {REF}}, spared=others)


def de_novo(here: Site, proband: str) -> bool:
    """Every affected member has one ALT, and the parents who could have given it, known and called, have none.

    On MT one ALT is any share of the mitochondria. Unaffected members other than the proband's parents do not
    matter, whatever the penetrance. Decision: no variant of Y is tried as de novo.
    """
    one_alt: Allowed = {2: {HET, HOM}} if here.region == MT else {1: {HEMI}, 2: {HET}}
    return (
        here.region != Y
        and here.states[proband] in CARRIES
        and fits(here, affected=one_alt, unaffected=ANYTHING)
        and all(here.parent_state(parent) == REF for parent in possible_givers(here, proband))
    )


def possible_givers(here: Site, proband: str) -> list[str | None]:
    """The parents from whom the proband may have the region.

    Decision: the one X of a male, or of somebody of unknown sex, is his mother's; that of a girl with X0 may be
    from either parent.
    """
    child = here.member(proband)
    one_x_of_a_son = here.region == X and here.chromosomes[proband] == 1 and child.sex is not Sex.FEMALE
    return [child.mother] if one_x_of_a_son or here.region == MT else [child.father, child.mother]


FILTERS: dict[str, Callable[[Site, str], bool]] = {
    "InheritedAutosomalDominant": inherited_autosomal_dominant,
    "InheritedAutosomalDominantPaternallyImprinted": paternally_imprinted,
    "InheritedAutosomalDominantMaternallyImprinted": maternally_imprinted,
    "deNovo": de_novo,
    "SimpleRecessive": simple_recessive,
    "UniparentalIsodisomy": uniparental_isodisomy,
    "XLinkedSimpleRecessive": x_linked_simple_recessive,
    "XLinkedMonoallelic": x_linked_monoallelic,
    "YLinked": y_linked,
    "MitochondrialGenome": mitochondrial_genome,
}


def compound_het(
    family: Family,
    proband: str,
    n_x: dict[str, int],
    region: str,
    genotypes_a: Genotypes,
    genotypes_b: Genotypes,
    *,
    reads: str | None = None,
    penetrance: str = "complete",
) -> tuple[bool, str, set[str]]:
    """Whether two different variants of one gene pass as a pair: (passes, the filter's name, flags).

    `reads` is what the proband's reads say of a pair of two hets: trans, cis, or None.
    """
    name = "XLinkedCompoundHeterozygous" if region == X else "CompoundHeterozygous"
    a = site(family, n_x, region, genotypes_a, penetrance)
    b = site(family, n_x, region, genotypes_b, penetrance)
    # Decision: Y and MT are not inherited in pairs.
    if region in (Y, MT) or not affected_members_have_the_pair(a, b):
        return False, name, set()
    if penetrance == "complete" and an_unaffected_member_carries_both(a, b):
        return False, name, set()
    # Decision: in a het + hom pair of the proband one variant is on both chromosomes, so there is nothing to
    # prove about the phase: the parents' rule is for two hets.
    if HOM in (a.states[proband], b.states[proband]):
        return True, name, set()
    two_hets = a.states[proband] == b.states[proband] == HET
    passes, flags = judge_phase(proband_phase(a, b, proband), reads if two_hets else None)
    return passes, name, flags


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


def judge_phase(parents: str, reads: str | None) -> tuple[bool, set[str]]:
    """Whether a pair passes, with its flags, by the parents' calls and by the proband's reads.

    Decision: the parents outweigh the reads. Both from one parent is never a pair; one from each is one even
    where the reads contradict. Only where the parents leave it open do the reads decide.
    """
    if parents == "cis":
        return False, set()
    if parents == "trans":
        return True, {"phase_contradiction"} if reads == "cis" else set()
    if reads == "cis":
        return False, set()
    return True, set() if reads == "trans" else {"phase_unproven"}


def proband_phase(a: Site, b: Site, proband: str) -> str:
    """What the parents say about the proband's pair: trans, cis or unproven."""
    origins = {proband_origin(a, proband), proband_origin(b, proband)}
    if origins in ({"father"}, {"mother"}):
        return "cis"
    return "trans" if origins == {"father", "mother"} else "unproven"


def proband_origin(here: Site, proband: str) -> str:
    """Where the proband has a variant from; a father who gave no X counts as called without it."""
    child, givers = here.member(proband), possible_givers(here, proband)
    father = here.parent_state(child.father) if len(givers) == 2 else REF
    return origin(father, here.parent_state(child.mother))


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
REGIONS = (AUTOSOME,) * 6 + (X,) * 5 + (PAR,) * 2 + (MT,) * 2 + (Y,)
MODELS = (
    "dominant", "recessive", "recessive", "compound", "compound", "compound", "de novo", "random", "isodisomy",
    "maternal allele", "paternal allele",
)  # fmt: skip
ANY_CALL = ("0/0", "0/1", "1/1", "0", "1", "./.", ".")
Haplotype = tuple[int, int]  # ALT or not at variants a and b


class Case(NamedTuple):
    """A family with calls at two variants of one gene, and what is known of the proband besides the calls."""

    family: Family
    proband: str
    n_x: dict[str, int]
    region: str
    a: Genotypes
    b: Genotypes
    reads: str | None
    isodisomy: bool


@dataclass
class Person:
    """A member while its family grows. `sex` is the role in having children; the declared one may be unknown.

    Haplotypes are the mother's before the father's; on MT two that stand for the mixture.
    """

    id: str
    sex: Sex
    generation: int
    father: Person | None = None
    mother: Person | None = None
    partners: list[Person] = field(default_factory=list)
    n_x: int = 2
    haplotypes: list[Haplotype] = field(default_factory=list)
    isodisomic: bool = False


def random_case(rng: random.Random) -> Case:
    """A family of 1 to 10 members over up to three generations with calls at two variants of one gene.

    Mostly what Mendel and one of several modes of inheritance would give; with missing calls, new mutations,
    wrong or impossible calls, uncertain statuses, half siblings, absent parents, numbers of X that do not fit the
    declared sex, and reads that contradict the parents. The proband is affected unless nobody is.
    """
    region, model = rng.choice(REGIONS), rng.choice(MODELS)
    people = grow_family(rng)
    for person in people:
        # X0 girls and XXY boys among them.
        person.n_x = (1 if person.sex is Sex.MALE else 2) if rng.random() > 0.06 else rng.choice((1, 2))
    give_haplotypes(rng, people, region, model)
    affections = give_affections(rng, people, model)
    members = [as_member(rng, p, affection) for p, affection in zip(people, affections, strict=True)]
    if rng.random() < 0.5:
        rng.shuffle(members)
    family = Family("F", tuple(members))
    a, b = random_calls(rng, people)
    proband = random_proband(rng, family)
    person = next(p for p in people if p.id == proband)
    reads = random_reads(rng, person.haplotypes) if a[proband] == b[proband] == "0/1" else None
    isodisomy = person.isodisomic if rng.random() < 0.8 else rng.random() < 0.5
    return Case(family, proband, {p.id: p.n_x for p in people}, region, a, b, reads, isodisomy)


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
    never_both = model == "compound" and rng.random() < 0.6

    def one_of(parent: Person | None) -> Haplotype:
        if parent and parent.haplotypes:
            return rng.choice(parent.haplotypes)
        if never_both:
            return rng.choice(((1, 0), (0, 1), (0, 0), (0, 0)))
        return int(rng.random() < frequency_a), int(rng.random() < frequency_b)

    for person in people:
        paternal, maternal = one_of(person.father), one_of(person.mother)
        person.haplotypes = [maternal, paternal]
        if region == MT:
            # Drawing again from the mother's mixture makes it drift, as heteroplasmy does.
            person.haplotypes = [maternal, one_of(person.mother) if rng.random() < 0.6 else maternal]
        elif region == Y:
            person.haplotypes = [paternal] if person.n_x == 1 else []
        elif region == X and person.n_x == 1:
            is_x0_girl = person.sex is Sex.FEMALE
            person.haplotypes = [rng.choice((maternal, paternal)) if is_x0_girl else maternal]
        elif model == "isodisomy" and person.father and person.mother and rng.random() < 0.6:
            person.haplotypes, person.isodisomic = [rng.choice((maternal, paternal))] * 2, True
        if (person.father or person.mother) and person.haplotypes and rng.random() < mutation_rate:
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
    if not haplotypes:
        return False
    if model in ("recessive", "isodisomy"):
        return all(a for a, _ in haplotypes)
    if model == "compound":
        return (
            all(a or b for a, b in haplotypes)
            and any(a for a, _ in haplotypes)
            and any(b for _, b in haplotypes)
        )
    if model == "maternal allele":
        return haplotypes[0][0] == 1
    if model == "paternal allele":
        return haplotypes[-1][0] == 1
    return any(a for a, _ in haplotypes)


def as_member(rng: random.Random, person: Person, affection: Affection) -> Member:
    declared = person.sex if rng.random() > 0.03 else Sex.UNKNOWN
    father = person.father.id if person.father else None
    mother = person.mother.id if person.mother else None
    return Member(person.id, declared, affection, father, mother)


def random_calls(rng: random.Random, people: list[Person]) -> tuple[Genotypes, Genotypes]:
    """The calls at both variants."""
    missing_rate = rng.choice((0.0, 0.0, 0.05, 0.3))
    error_rate = rng.choice((0.0, 0.0, 0.0, 0.0, 0.05, 1.0))

    def at(variant: int) -> Genotypes:
        alleles = {p.id: [h[variant] for h in p.haplotypes] for p in people}
        return {i: random_call(rng, found, missing_rate, error_rate) for i, found in alleles.items()}

    return at(0), at(1)


def random_call(rng: random.Random, alleles: list[int], missing_rate: float, error_rate: float) -> str:
    if rng.random() < missing_rate:
        return rng.choice(("./.", "."))
    if rng.random() < error_rate:
        return rng.choice(ANY_CALL)
    dice = rng.random()
    if not alleles:
        # Reads of somebody without a Y that were placed on it.
        return "." if dice < 0.8 else rng.choice(ANY_CALL)
    if len(alleles) == 1:
        if dice < 0.02:
            return "0/1"
        return str(alleles[0]) if dice < 0.7 else f"{alleles[0]}/{alleles[0]}"
    if alleles[0] == alleles[1] and dice < 0.03:
        return str(alleles[0])
    return ("0/0", "0/1", "1/1")[alleles[0] + alleles[1]]


def random_reads(rng: random.Random, haplotypes: list[Haplotype]) -> str | None:
    """What the reads say of two hets: nothing, the truth, or anything."""
    dice = rng.random()
    if dice < 0.4 or len(haplotypes) < 2:
        return None
    if dice > 0.8:
        return rng.choice(("cis", "trans"))
    return "cis" if (1, 1) in haplotypes else "trans"


def random_proband(rng: random.Random, family: Family) -> str:
    usual = family.pick_proband()
    if usual is None:
        return rng.choice(family.members).id
    return usual if rng.random() < 0.7 else rng.choice(family.affected).id
