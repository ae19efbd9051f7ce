"""Codes and numbers as a clinical scientist reads them; one place, so that a code has one wording everywhere."""

from __future__ import annotations

import json
import re

ALLELE_SHOWN = 24  # bases; a longer allele is shortened
ALLELE_START, ALLELE_END = 12, 6
ALLELE_KEPT = 1000  # bases of an allele that the page holds in full
CELL_SHOWN = 50  # bases of an allele in a cell of a table that is opened as a spreadsheet
STARS = 4

SEGREGATION = {
    "SimpleRecessive": "recessive, homozygous",
    "CompoundHeterozygous": "compound heterozygous",
    "UniparentalIsodisomy": "uniparental isodisomy",
    "InheritedAutosomalDominant": "dominant, inherited",
    "InheritedAutosomalDominantPaternallyImprinted": "dominant, paternally imprinted",
    "InheritedAutosomalDominantMaternallyImprinted": "dominant, maternally imprinted",
    "deNovo": "de novo",
    "XLinkedSimpleRecessive": "X-linked recessive",
    "XLinkedCompoundHeterozygous": "X-linked compound heterozygous",
    "XLinkedMonoallelic": "X-linked dominant",
    "MitochondrialGenome": "mitochondrial",
    "YLinked": "Y-linked",
}
FLAGS = {
    "de_novo_low_quality": "de novo, but the calls are of low quality",
    "known_common_pathogenic": "common, kept because it is known to be pathogenic",
    "mode_of_inheritance_mismatch": "how it segregates is not the panel's mode of inheritance",
    "mode_of_pathogenicity_mismatch": "loss of function is not how this gene causes the disease",
    "parental_origin_unproven": "from which parent it comes is not proven",
    "phase_contradiction": "reads and parents contradict each other on the phase",
    "phase_unproven": "not proven to be on different chromosomes",
    "possible_deletion_in_trans": "possible deletion of the other copy",
    "unrecognised_mode": "the panel's mode of inheritance is not understood, taken as unknown",
}
CHECKS = {
    "mendelian_errors": "Mendelian errors",
    "quality_control": "quality control",
    "relatedness": "relatedness",
    "sample_swap": "exchange of samples",
    "sex": "sex chromosomes",
    "uniparental_disomy": "uniparental disomy",
}
STATUS = {"ok": "OK", "warning": "Warning", "mismatch": "Mismatch", "not_assessed": "Not assessed"}
INHERITANCE = {
    "father": "inherited from the father",
    "mother": "inherited from the mother",
    "both": "inherited from both parents",
    "de_novo": "de novo: seen in neither parent",
    "unknown": "not known",
}

_UNPRINTABLE = re.compile(
    r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
_BASES = re.compile(rf"[ACGTN]{{{ALLELE_SHOWN + 1},}}")
_RESIDUES = re.compile(r"(?:[A-Z][a-z]{2}){11,}")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def printable(text: str) -> str:
    """Without control characters, lone surrogates and direction overrides: each becomes U+FFFD.

    XML and UTF-8 forbid the first two; the last could make a name or an allele read as another.
    """
    return _UNPRINTABLE.sub("\ufffd", text)


def code_words(code: str) -> str:
    """A code in words: `mode_of_inheritance_mismatch` -> `mode of inheritance mismatch`."""
    return " ".join(code.replace("_", " ").split())


def sentence(text: str) -> str:
    """With a capital at the start; the rest as it is."""
    return text[:1].upper() + text[1:]


def segregation_words(code: str) -> str:
    """A segregation filter in words; one that is not known is split into its words."""
    return SEGREGATION.get(code) or code_words(_CAMEL.sub(" ", code)).lower()


def flag_words(code: str) -> str:
    """A flag of a candidate in words."""
    return FLAGS.get(code) or code_words(code)


def check_words(code: str) -> str:
    """What a check looked at."""
    return CHECKS.get(code) or code_words(code)


def why_words(why: str) -> str:
    """A reason; one that is only the name of a segregation filter is put in words."""
    return SEGREGATION.get(why, why)


def consequence_words(terms: str) -> str:
    """Sequence Ontology terms joined by `&` or `,` in words: `splice_donor_variant` -> `splice donor`."""
    names = (code_words(term).removesuffix(" variant") for term in re.split(r"[&,]", terms))
    return ", ".join(name for name in names if name)


def status_words(status: str) -> str:
    """The status of a check as printed."""
    return STATUS.get(status) or code_words(status)


def inheritance_words(code: str | None) -> str:
    """Where a variant came from."""
    return INHERITANCE.get(code or "unknown") or code_words(code or "")


def tier_words(tier: int) -> str:
    """`Tier 1`, or `Untiered` for a number below 1."""
    return f"Tier {tier}" if tier > 0 else "Untiered"


def frequency_words(frequency: float | None) -> str:
    """The highest frequency: `absent`, a fraction, or that no frequency pack was used."""
    if frequency is None:
        return "not assessed (no frequency pack)"
    return (
        f"{number_words(frequency)} ({one_in(frequency)})"
        if frequency > 0
        else "absent from every population"
    )


def one_in(frequency: float) -> str:
    """A frequency as `1 in N`; a dash for zero."""
    return f"1 in {round(1 / frequency):,}" if frequency > 0 else "–"


def number_words(value: float) -> str:
    """A number with three significant digits and no exponent above one in ten million."""
    if value != 0 and abs(value) < 1e-7:
        return f"{value:.1e}"
    text = f"{value:.{_decimals(value)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def parameter_words(value: object) -> str:
    """A parameter's value: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _decimals(value: float) -> int:
    return max(0, 2 - int(f"{abs(value):e}".split("e")[1])) if value else 0


def stars_words(stars: int) -> str:
    """Review stars drawn: `★★☆☆`."""
    stars = min(max(stars, 0), STARS)
    return "★" * stars + "☆" * (STARS - stars)


def allele_words(allele: str, shown: int = ALLELE_SHOWN) -> str:
    """An allele as shown: one of more than `shown` bases keeps its start and its end and says its length."""
    if len(allele) <= shown:
        return allele
    return f"{allele[:ALLELE_START]}…{allele[-ALLELE_END:]} [{len(allele):,} bases]"


def hgvs_words(name: str) -> str:
    """An HGVS name in which long runs of bases or amino acids are shortened as alleles are."""
    name = _BASES.sub(lambda run: allele_words(run[0]), name)
    return _RESIDUES.sub(lambda run: f"{run[0][:6]}…{run[0][-3:]} [{len(run[0]) // 3:,} residues]", name)


def allele_in_full(allele: str) -> str:
    """An allele for the fold-out; one that would swell the page is cut, and the cut is said."""
    if len(allele) <= ALLELE_KEPT:
        return allele
    return f"{allele[:ALLELE_KEPT]} … ({len(allele) - ALLELE_KEPT:,} more bases are in interpretation.json)"


def genotype_words(genotype: str) -> str:
    """A genotype's zygosity: reference, heterozygous, homozygous, hemizygous, partly called or not called."""
    alleles = re.split(r"[/|]", genotype)
    called = [a for a in alleles if a not in (".", "")]
    if not called:
        return "not called"
    if len(called) < len(alleles):
        return "partly called"
    if all(a == "0" for a in called):
        return "reference"
    if len(called) == 1:
        return "hemizygous"
    return "homozygous" if len(set(called)) == 1 else "heterozygous"
