"""Ranking the candidates of an interpretation again for other phenotype terms: no variant is read again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from trihelix.interpretation.evidence.acmg.assess import with_phenotype
from trihelix.interpretation.rare.candidates import in_order
from trihelix.interpretation.rare.gene_evidence import GeneEvidence, gene_evidence
from trihelix.interpretation.rare.rules import Filter
from trihelix.interpretation.rare.scoring import GeneFacts, contributions, scores
from trihelix.model.errors import InterpretationFilesError, MissingPackError
from trihelix.model.interpretation import Candidate, CandidateVariant, Interpretation, Notice
from trihelix.model.interpretation_reading import read_interpretation
from trihelix.model.phenotype import PhenotypeProfile
from trihelix.reference.mechanism import open_mechanism
from trihelix.reference.phenotypes import Phenotypes, open_phenotypes
from trihelix.services.phenotypes import (
    PHENOTYPE_NOTICES,
    ResolvedProfile,
    phenotype_notices,
    resolve_profile,
)
from trihelix.services.programme import Programme

OF_FINDINGS = frozenset({"mode", "phenotype"})  # parts of a score that depend on the person's findings


def load_interpretation(folder: Path) -> Interpretation:
    """The interpretation in a folder. InterpretationFilesError where there is none that can be read."""
    path = folder / "interpretation.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InterpretationFilesError(
            "the interpretation cannot be read",
            where=str(path),
            value=error,
            advice="give the --out folder of `trihelix interpret`",
        ) from error
    return read_interpretation(document, str(path))


def rerank(programme: Programme, earlier: Interpretation, profile: PhenotypeProfile) -> Interpretation:
    """The interpretation with its candidates ranked for other terms of the proband, with the phenotypes pack in
    use. Tiers, variants and checks stay. Raises PhenotypeError for terms that cannot be used, MissingPackError
    where there is no phenotypes pack."""
    packs = programme.library.in_use("phenotypes", None)
    if not packs:
        raise MissingPackError(
            "there is no phenotypes pack to rank with",
            where=str(programme.home),
            advice="trihelix reference add phenotypes",
        )
    phenotypes = open_phenotypes(packs[-1].folder)
    tables = [open_mechanism(pack.folder) for pack in programme.library.in_use("mechanism", None)]
    mechanism = tables[-1] if tables else None
    return rank_again(phenotypes, mechanism, earlier, resolve_profile(profile, phenotypes))


def rank_again(
    phenotypes: Phenotypes, mechanism: pl.DataFrame | None, earlier: Interpretation, resolved: ResolvedProfile
) -> Interpretation:
    """The part of `rerank` that opens nothing."""
    evidence = gene_evidence(phenotypes, resolved.present, resolved.excluded, mechanism)
    made = [_scored(candidate, evidence, earlier.proband) for candidate in earlier.candidates]
    kept = [n for n in earlier.notices if n.code not in {*PHENOTYPE_NOTICES, "reranked"}]
    notices = [*kept, *phenotype_notices(resolved), _notice(earlier)]
    parameters = {**earlier.provenance.parameters, "reranked_from": earlier.provenance.created}
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return replace(
        earlier,
        phenotypes=resolved.terms,
        notices=tuple(sorted(notices, key=lambda n: n.level != "warning")),
        candidates=in_order(made, phenotypes, resolved.present),
        provenance=replace(earlier.provenance, created=created, parameters=parameters),
    )


def _notice(earlier: Interpretation) -> Notice:
    text = f"the candidates of the interpretation of {earlier.provenance.created} were ranked again for other terms"
    return Notice("info", "reranked", text)


def _scored(candidate: Candidate, evidence: GeneEvidence, proband: str | None) -> Candidate:
    """The candidate with those parts of its score replaced that depend on the findings."""
    filter_ = Filter(candidate.segregation)
    one_x = _has_one_x(candidate, proband)
    facts = evidence.facts(candidate.gene, filter_, one_x, candidate.constraint)
    fresh = [part for part in contributions((), filter_, False, facts) if part.part in OF_FINDINGS]
    parts = (*(part for part in candidate.contributions if part.part not in OF_FINDINGS), *fresh)
    score, genotype_score = scores(parts)
    disease, name = evidence.disease_of(candidate.gene)
    variants = tuple(_classified(variant, facts, name) for variant in candidate.variants)
    return replace(
        candidate,
        variants=variants,
        score=score,
        genotype_score=genotype_score,
        phenotype_score=facts.phenotype_score,
        disease_id=disease,
        disease_name=name,
        contributions=parts,
    )


def _classified(variant: CandidateVariant, facts: GeneFacts, disease: str | None) -> CandidateVariant:
    if variant.classification is None:
        return variant
    asked, score = facts.phenotype_asked, facts.phenotype_score
    return replace(variant, classification=with_phenotype(variant.classification, asked, score, disease))


def _has_one_x(candidate: Candidate, proband: str | None) -> bool:
    """Whether the proband has one X: what a call on X says of it, since a single copy is never heterozygous."""
    return not any(
        len(set(v.genotypes.get(proband or "", "").replace("|", "/").split("/"))) > 1
        for v in candidate.variants
    )
