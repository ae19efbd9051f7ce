"""The family's phenotype terms as the ontology in use knows them; every replacement is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trihelix.model.errors import PhenotypeError
from trihelix.model.interpretation import Notice, PhenotypeTerm
from trihelix.model.phenotype import PhenotypeProfile
from trihelix.reference.phenotypes import Phenotypes


@dataclass(frozen=True)
class ResolvedProfile:
    """Term ids to use, and every term as the report shows it."""

    present: tuple[str, ...]
    excluded: tuple[str, ...]
    terms: tuple[PhenotypeTerm, ...]


def resolve_profile(profile: PhenotypeProfile, phenotypes: Phenotypes | None) -> ResolvedProfile:
    """Resolve every term. Obsolete and alternative ids are replaced; obsolete ones without a successor are set
    aside. An unknown id is an error, unless the profile was written with a newer ontology than the pack's:
    then it is set aside. PhenotypeError also when no usable term is left."""
    if phenotypes is None:
        return ResolvedProfile(
            (), (), tuple(PhenotypeTerm(t, t, "set_aside", "no phenotypes pack") for t in profile.present)
        )
    newer = bool(profile.hpo_release and profile.hpo_release > phenotypes.release)
    terms = [
        _resolve(term, observed, phenotypes, newer)
        for observed, ids in (("present", profile.present), ("excluded", profile.excluded))
        for term in ids
    ]
    present = tuple(dict.fromkeys(t.id for t in terms if t.observed == "present"))
    excluded = tuple(dict.fromkeys(t.id for t in terms if t.observed == "excluded"))
    _check_no_contradiction(terms)
    if profile.present and not present:
        raise PhenotypeError(
            "none of the phenotype terms can be used: they are not in the ontology, obsolete, or no phenotypes",
            value=", ".join(profile.present[:10]),
            where=f"HPO release {phenotypes.release}",
            advice="give terms for what the person shows, or add a newer phenotypes pack: trihelix reference add phenotypes hp.obo phenotype.hpoa genes_to_phenotype.txt",
        )
    return ResolvedProfile(present, excluded, tuple(terms))


PHENOTYPE_NOTICES = frozenset({"terms_replaced", "terms_set_aside", "no_phenotype"})


def phenotype_notices(resolved: ResolvedProfile) -> list[Notice]:
    """What the reader must know of the terms: replaced, set aside, none at all."""
    replaced = [t for t in resolved.terms if t.note and t.observed != "set_aside"]
    set_aside = [t for t in resolved.terms if t.observed == "set_aside"]
    notices = []
    if replaced:
        text = "; ".join(f"{t.id} {t.name} {t.note}" for t in replaced)
        text = f"phenotype terms were replaced: {text}"
        notices.append(Notice("info", "terms_replaced", text, len(replaced)))
    if set_aside:
        text = f"phenotype terms were not used: {'; '.join(f'{t.id}: {t.note}' for t in set_aside)}"
        notices.append(Notice("warning", "terms_set_aside", text, len(set_aside)))
    if not any(t.observed == "present" for t in resolved.terms):
        text = "no phenotype was given: candidates are ranked by genotype alone"
        notices.append(Notice("warning", "no_phenotype", text))
    return notices


def _check_no_contradiction(terms: Sequence[PhenotypeTerm]) -> None:
    """Two ids that are one term today may have been given as present and as excluded."""
    present = {t.id: t for t in terms if t.observed == "present"}
    for term in terms:
        if term.observed == "excluded" and term.id in present:
            notes = [f"{t.id} {t.note}" for t in (present[term.id], term) if t.note]
            raise PhenotypeError(
                "an HPO term is given both as present and as excluded",
                where="; ".join(notes),
                value=f"{term.id} ({term.name})",
                advice="keep the statement that is right and remove the other",
            )


def _resolve(term: str, observed: str, phenotypes: Phenotypes, newer: bool) -> PhenotypeTerm:
    found = phenotypes.resolve(term)
    if found.id is not None and not found.phenotypic:
        note = "a mode of inheritance, an onset or a frequency: not something that a person shows"
        return PhenotypeTerm(term, found.name or term, "set_aside", note)
    if found.id is not None and found.how == "current":
        return PhenotypeTerm(found.id, found.name or found.id, observed)
    if found.id is not None:
        why = "replaces the obsolete" if found.how == "replaced" else "is the main id of"
        return PhenotypeTerm(found.id, found.name or found.id, observed, f"{why} {term}")
    if found.how == "obsolete":
        successors = ", ".join(found.consider) or "none named"
        return PhenotypeTerm(
            term, found.name or term, "set_aside", f"obsolete without replacement; consider: {successors}"
        )
    if newer:
        note = f"not in HPO {phenotypes.release}, which is older than the phenopacket's release"
        return PhenotypeTerm(term, term, "set_aside", note)
    near = ", ".join(f"{i} ({name})" for i, name in phenotypes.suggest(term, 3))
    raise PhenotypeError(
        "there is no such HPO term",
        value=term,
        where=f"HPO release {phenotypes.release}",
        advice=f"check the id; near: {near}" if near else "check the id at https://hpo.jax.org",
    )
