"""Modes of inheritance, and how PanelApp, Gene2Phenotype and ClinGen write them."""

from __future__ import annotations

import re
from enum import StrEnum


class ModeOfInheritance(StrEnum):
    """How a disease of a gene is inherited, in PanelApp's terms.

    MONOALLELIC stands for "NOT imprinted" and for "imprinted status unknown": the same rules apply to both.
    "Paternally imprinted" means that the paternal allele is silent and the maternal one expressed.
    """

    BIALLELIC = "BIALLELIC"
    MONOALLELIC = "MONOALLELIC"
    MONOALLELIC_PATERNALLY_IMPRINTED = "MONOALLELIC_PATERNALLY_IMPRINTED"
    MONOALLELIC_MATERNALLY_IMPRINTED = "MONOALLELIC_MATERNALLY_IMPRINTED"
    BOTH = "BOTH"
    BOTH_SEVERE_BIALLELIC = "BOTH_SEVERE_BIALLELIC"
    XLINKED_BIALLELIC_IN_FEMALES = "XLINKED_BIALLELIC_IN_FEMALES"
    XLINKED_MONOALLELIC_IN_FEMALES = "XLINKED_MONOALLELIC_IN_FEMALES"
    MITOCHONDRIAL = "MITOCHONDRIAL"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


_M = ModeOfInheritance

# Patterns over the lower-case words of PanelApp's choice texts, the first that fits decides. They cover the
# choices of PanelApp's public source and the wordings in its published panels ("please specifiy").
_PANELAPP: tuple[tuple[str, ModeOfInheritance], ...] = (
    (r"x ?linked .*\bmonoallelic .*\bfemales?\b", _M.XLINKED_MONOALLELIC_IN_FEMALES),
    (r"x ?linked .*\bbiallelic .*\bfemales?\b", _M.XLINKED_BIALLELIC_IN_FEMALES),
    (r"both\b.* monoallelic .*biallelic .*severe\b", _M.BOTH_SEVERE_BIALLELIC),
    (r"both\b.* monoallelic .*biallelic\b", _M.BOTH),
    (r"monoallelic\b.* paternally imprinted\b", _M.MONOALLELIC_PATERNALLY_IMPRINTED),
    (r"monoallelic\b.* maternally imprinted\b", _M.MONOALLELIC_MATERNALLY_IMPRINTED),
    (r"monoallelic\b.* (not imprinted|imprinted status unknown)$", _M.MONOALLELIC),
    (r"monoallelic( autosomal or pseudoautosomal)?$", _M.MONOALLELIC),
    (r"biallelic( autosomal or pseudoautosomal)?$", _M.BIALLELIC),
    (r"mitochondrial$", _M.MITOCHONDRIAL),
    (r"other( please speci\w+.*)?$", _M.OTHER),
    (r"unknown$", _M.UNKNOWN),
)

# Gene2Phenotype's allelic requirements, of the current vocabulary and of the releases before 2022.
# "monoallelic_X" does not say what happens in females: the wider of the two X-linked modes is taken.
_ALLELIC_REQUIREMENT: dict[str, ModeOfInheritance] = {
    "biallelic autosomal": _M.BIALLELIC,
    "biallelic par": _M.BIALLELIC,
    "biallelic": _M.BIALLELIC,
    "monoallelic autosomal": _M.MONOALLELIC,
    "monoallelic par": _M.MONOALLELIC,
    "monoallelic": _M.MONOALLELIC,
    "monoallelic x": _M.XLINKED_MONOALLELIC_IN_FEMALES,
    "monoallelic x het": _M.XLINKED_MONOALLELIC_IN_FEMALES,
    "monoallelic x heterozygous": _M.XLINKED_MONOALLELIC_IN_FEMALES,
    "x linked dominant": _M.XLINKED_MONOALLELIC_IN_FEMALES,
    "x linked over dominance": _M.XLINKED_MONOALLELIC_IN_FEMALES,
    "monoallelic x hem": _M.XLINKED_BIALLELIC_IN_FEMALES,
    "monoallelic x hemizygous": _M.XLINKED_BIALLELIC_IN_FEMALES,
    "hemizygous": _M.XLINKED_BIALLELIC_IN_FEMALES,
    "mitochondrial": _M.MITOCHONDRIAL,
    "monoallelic y hem": _M.OTHER,
    "monoallelic y hemizygous": _M.OTHER,
    "imprinted": _M.OTHER,
    "mosaic": _M.OTHER,
    "digenic": _M.OTHER,
    "uncertain": _M.UNKNOWN,
}

# ClinGen's gene-disease validity export. Semidominant: the phenotype of biallelic carriers is more severe.
_CLINGEN: dict[str, ModeOfInheritance] = {
    "ad": _M.MONOALLELIC,
    "ar": _M.BIALLELIC,
    "sd": _M.BOTH_SEVERE_BIALLELIC,
    "xl": _M.XLINKED_MONOALLELIC_IN_FEMALES,
    "xlr": _M.XLINKED_BIALLELIC_IN_FEMALES,
    "xld": _M.XLINKED_MONOALLELIC_IN_FEMALES,
    "mt": _M.MITOCHONDRIAL,
    "ud": _M.UNKNOWN,
}


def parse_mode(text: str | None) -> ModeOfInheritance | None:
    """PanelApp's wording as a mode: UNKNOWN where nothing is said, None for a wording never seen before."""
    words = _words(text)
    if not words:
        return ModeOfInheritance.UNKNOWN
    return next((mode for pattern, mode in _PANELAPP if re.match(pattern, words)), None)


def parse_allelic_requirement(text: str | None) -> ModeOfInheritance | None:
    """Gene2Phenotype's allelic requirement as a mode: UNKNOWN where empty, None for a word never seen before."""
    words = _words(text)
    return _ALLELIC_REQUIREMENT.get(words) if words else ModeOfInheritance.UNKNOWN


def parse_clingen_mode(text: str | None) -> ModeOfInheritance | None:
    """ClinGen's abbreviation as a mode: UNKNOWN where empty, None for one never seen before."""
    words = _words(text)
    return _CLINGEN.get(words) if words else ModeOfInheritance.UNKNOWN


def _words(text: str | None) -> str:
    """Lower-case letters and digits with single spaces between: case, punctuation and spacing do not matter."""
    return " ".join(re.findall(r"[a-z0-9]+", (text or "").lower()))
