"""BA1, BS1, BS2 and PM2: what population frequencies say.

BA1: Ghosh et al., Human Mutation 2018 (5 % in a continental population with at least 2,000 observed alleles, with a
list of exceptions). PM2: ClinGen SVI recommendation for absence or rarity, version 1.0 (supporting only). The
thresholds of BS1 are those above which a variant is not tiered (rare_disease.md section 2); those of PM2 are the
programme's, between the values that ClinGen expert panels have published.
"""

from __future__ import annotations

from trihelix.interpretation.evidence.acmg.facts import DOMINANT, RECESSIVE, Facts
from trihelix.interpretation.evidence.acmg.verdicts import RICHARDS, met, not_assessable, not_met
from trihelix.interpretation.evidence.common_alleles import COMMON_PATHOGENIC
from trihelix.model.classification import Criterion
from trihelix.model.interpretation import PopulationFrequency

GHOSH = "Ghosh et al. 2018"
PM2_SOURCE = "ClinGen SVI, PM2 version 1.0 (2020)"
BS1_SOURCE = "Richards et al. 2015; thresholds of the programme's tiering rules"
BA1_THRESHOLD = 0.05
FEWEST_ALLELES = 2000
BS1_THRESHOLD = {DOMINANT: 0.001, RECESSIVE: 0.01}
PM2_THRESHOLD = {DOMINANT: 0.00002, RECESSIVE: 0.0001}
BS2_HOMOZYGOTES = 3
# Founder, bottlenecked and catch-all populations in gnomAD's codes do not count for BA1 and BS1 (Ghosh et al. 2018).
NOT_CONTINENTAL = frozenset({"asj", "fin", "ami", "mid", "oth", "remaining", "popmax", "grpmax"})

# Gene and coding name of alleles that are common and yet may cause disease: the nine of Ghosh et al. 2018 (table 2),
# and what else the published lists of common pathogenic alleles hold (see `common_alleles`).
EXCEPTIONS: frozenset[tuple[str, str]] = frozenset(
    (allele.gene, allele.hgvs.rpartition(":")[2]) for allele in COMMON_PATHOGENIC
)


def exception_of(gene: str, coding_names: tuple[str, ...]) -> str | None:
    """Why high frequencies do not count against this variant, or None; names are HGVS c., with or without accession."""
    for name in coding_names:
        bare = name.rpartition(":")[2]
        if (gene, bare) in EXCEPTIONS:
            return f"{gene} {bare} is on the list of common alleles that may cause disease"
    return None


def frequency_criteria(facts: Facts) -> tuple[Criterion, ...]:
    """BA1, BS1, BS2 and PM2."""
    return _stand_alone(facts), _too_common(facts), _healthy_adults(facts), _rare(facts)


def _stand_alone(facts: Facts) -> Criterion:
    if reason := _silent(facts):
        return not_assessable("BA1", reason, GHOSH)
    highest = _highest(_telling(facts.frequency.populations))
    if highest is None:
        return not_assessable("BA1", _too_few(facts), GHOSH)
    above = highest.frequency >= BA1_THRESHOLD
    words = f"{_words(highest)}, {'at or above' if above else 'below'} {BA1_THRESHOLD:.0%}"
    if above and facts.frequency.exception:
        words = f"{words}; but {facts.frequency.exception}"
        return not_met("BA1", words, GHOSH, value=highest.frequency, threshold=BA1_THRESHOLD)
    return (met if above else not_met)("BA1", words, GHOSH, value=highest.frequency, threshold=BA1_THRESHOLD)


def _too_common(facts: Facts) -> Criterion:
    if reason := _silent(facts):
        return not_assessable("BS1", reason, BS1_SOURCE)
    highest = _highest(_telling(facts.frequency.populations))
    if highest is None:
        return not_assessable("BS1", _too_few(facts), BS1_SOURCE)
    threshold = BS1_THRESHOLD[facts.mode]
    above = highest.frequency > threshold
    words = f"{_words(highest)}, {'above' if above else 'not above'} {threshold:.2%} for {facts.mode} disease"
    if above and facts.frequency.exception:
        words = f"{words}; but {facts.frequency.exception}"
        return not_met("BS1", words, BS1_SOURCE, value=highest.frequency, threshold=threshold)
    return (met if above else not_met)("BS1", words, BS1_SOURCE, value=highest.frequency, threshold=threshold)


def _healthy_adults(facts: Facts) -> Criterion:
    count = facts.frequency.homozygotes
    if count is None:
        return not_assessable("BS2", "no frequency pack counts homozygous healthy adults")
    if facts.mode == DOMINANT:
        return not_assessable(
            "BS2", "healthy carriers of a dominant allele may be too young or not penetrant"
        )
    words = f"{count} homozygous in population data, {BS2_HOMOZYGOTES} are asked for"
    judge = met if count >= BS2_HOMOZYGOTES else not_met
    return judge("BS2", words, RICHARDS, value=count, threshold=BS2_HOMOZYGOTES)


def _rare(facts: Facts) -> Criterion:
    if reason := _silent(facts):
        return not_assessable("PM2", reason, PM2_SOURCE)
    base = PM2_THRESHOLD[facts.mode]
    seen = [p for p in facts.frequency.populations if p.frequency > 0]
    if not seen:
        return met("PM2", "absent from every population", PM2_SOURCE, value=0.0, threshold=base)
    over = [p for p in seen if p.frequency > _allowance(p, base)]
    worst = max(over or seen, key=lambda p: p.frequency)
    threshold = _allowance(worst, base)
    words = f"{_words(worst)}, {'above' if over else 'not above'} {threshold:.3%} for {facts.mode} disease"
    return (not_met if over else met)("PM2", words, PM2_SOURCE, value=worst.frequency, threshold=threshold)


def _allowance(population: PopulationFrequency, base: float) -> float:
    """The threshold, but never below what a single observed allele makes."""
    number = population.allele_number
    return max(base, 1.001 / number) if number else base


def _silent(facts: Facts) -> str:
    """Why frequencies cannot be used at all."""
    if facts.frequency.covered is None:
        return "no frequency pack was used"
    return "" if facts.frequency.covered else "the frequency packs do not hold this contig"


def _telling(populations: tuple[PopulationFrequency, ...]) -> list[PopulationFrequency]:
    return [
        p
        for p in populations
        if (p.allele_number or 0) >= FEWEST_ALLELES and p.population.lower() not in NOT_CONTINENTAL
    ]


def _highest(populations: list[PopulationFrequency]) -> PopulationFrequency | None:
    return max(populations, key=lambda p: p.frequency, default=None)


def _too_few(facts: Facts) -> str:
    highest = max((p.frequency for p in facts.frequency.populations), default=0.0)
    return (
        f"no continental population is known to have {FEWEST_ALLELES:,} observed alleles "
        f"(highest frequency anywhere {highest:.3%})"
    )


def _words(population: PopulationFrequency) -> str:
    number = population.allele_number
    size = f" of {number:,} alleles" if number else ""
    return f"{population.frequency:.3%}{size} in {population.pack} {population.population}"
