"""Ranking the candidates of an interpretation again for other phenotype terms: no variant is read again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from trihelix.interpretation.evidence.acmg.assess import with_phenotype
from trihelix.interpretation.rare.candidates import in_order
from trihelix.interpretation.rare.gene_evidence import GeneEvidence, gene_evidence
from trihelix.interpretation.rare.rules import Filter
from trihelix.interpretation.rare.scoring import GeneFacts, contributions, scores
from trihelix.model.errors import MissingPackError
from trihelix.model.interpretation import (
    Candidate,
    CandidateVariant,
    Contribution,
    InputFile,
    Interpretation,
    Notice,
    Provenance,
)
from trihelix.model.interpretation_reading import read_interpretation
from trihelix.model.phenotype import PhenotypeProfile
from trihelix.reference.mechanism import open_mechanism
from trihelix.reference.pack import Pack, file_record
from trihelix.reference.phenotypes import Phenotypes, open_phenotypes
from trihelix.reports.allele_lookup import AlleleFiles
from trihelix.services.interpretation_files import INTERPRETATION, read_document
from trihelix.services.knowledge import reference_used
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
    return read_interpretation(read_document(folder), str(folder / INTERPRETATION))


def rerank(
    programme: Programme,
    folder: Path,
    profile: Callable[[Interpretation], PhenotypeProfile],
    phenopacket: Path | None = None,
) -> Interpretation:
    """The interpretation of a folder with its candidates ranked for other terms of the proband, with the phenotypes
    and mechanism packs in use. Tiers, variants and checks stay. `phenopacket` is the file that the terms come from.
    Raises PhenotypeError for terms that cannot be used, MissingPackError where there is no phenotypes pack."""
    packs = programme.library.in_use("phenotypes", None)
    if not packs:
        raise MissingPackError(
            "there is no phenotypes pack to rank with",
            where=str(programme.home),
            advice="trihelix reference add phenotypes",
        )
    used = [packs[-1], *programme.library.in_use("mechanism", None)[-1:]]
    phenotypes = open_phenotypes(used[0].folder)
    mechanism = open_mechanism(used[1].folder) if len(used) > 1 else None
    earlier = load_interpretation(folder)
    resolved = resolve_profile(profile(earlier), phenotypes)
    result = rank_again(phenotypes, mechanism, earlier, resolved, proband_has_one_x(folder))
    return replace(result, provenance=_provenance(result.provenance, used, phenopacket))


def proband_has_one_x(folder: Path) -> bool:
    """As the interpretation took it from the data; False where nobody was interpreted."""
    if read_document(folder)["proband"] is None:
        return False
    facts = AlleleFiles(folder).facts
    return bool(dict(zip(facts["members"], facts["n_x"], strict=True))[facts["proband"]] == 1)


def _provenance(earlier: Provenance, used: Sequence[Pack], phenopacket: Path | None) -> Provenance:
    """What the ranking stands on: the packs that were used now, and the phenopacket with the terms."""
    kinds = {pack.manifest.kind for pack in used}
    kept = [r for r in earlier.references if r.kind not in kinds]
    inputs = [i for i in earlier.inputs if i.role != "phenopacket"]
    if phenopacket is not None:
        inputs.append(InputFile("phenopacket", phenopacket.name, file_record(phenopacket).sha256))
    references = (*kept, *(reference_used(pack) for pack in used))
    return replace(earlier, references=references, inputs=tuple(inputs))


def rank_again(
    phenotypes: Phenotypes,
    mechanism: pl.DataFrame | None,
    earlier: Interpretation,
    resolved: ResolvedProfile,
    one_x: bool,
) -> Interpretation:
    """The part of `rerank` that opens nothing. `one_x`: whether the proband has one X."""
    evidence = gene_evidence(phenotypes, resolved.present, resolved.excluded, mechanism)
    made = [_scored(candidate, evidence, one_x) for candidate in earlier.candidates]
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


def _scored(candidate: Candidate, evidence: GeneEvidence, one_x: bool) -> Candidate:
    """The candidate with those parts of its score replaced that depend on the findings."""
    filter_ = Filter(candidate.segregation)
    facts = evidence.facts(candidate.gene, filter_, one_x, candidate.constraint)
    fresh = [part for part in contributions((), filter_, False, facts) if part.part in OF_FINDINGS]
    parts = _in_place([p for p in candidate.contributions if p.part not in OF_FINDINGS], fresh)
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


def _in_place(kept: Sequence[Contribution], fresh: Sequence[Contribution]) -> tuple[Contribution, ...]:
    """The parts in the order of a new interpretation: the mode before constraint, the phenotype last."""
    before = [p for p in kept if p.part != "constraint"]
    constraint = [p for p in kept if p.part == "constraint"]
    modes = [p for p in fresh if p.part == "mode"]
    return (*before, *modes, *constraint, *(p for p in fresh if p.part != "mode"))


def _classified(variant: CandidateVariant, facts: GeneFacts, disease: str | None) -> CandidateVariant:
    if variant.classification is None:
        return variant
    asked, score = facts.phenotype_asked, facts.phenotype_score
    return replace(variant, classification=with_phenotype(variant.classification, asked, score, disease))
