"""From report events to candidates: each gene with its variants, evidence, score and rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from trihelix.annotation.hgvs import write_hgvs_table
from trihelix.interpretation.rare.call_display import member_calls, origin_words
from trihelix.interpretation.rare.case import FamilyCase, Knowledge
from trihelix.interpretation.rare.de_novo_quality import de_novo_flags
from trihelix.interpretation.rare.events import report_event
from trihelix.interpretation.rare.gene_evidence import GeneEvidence, gene_evidence
from trihelix.interpretation.rare.phenotype import explain
from trihelix.interpretation.rare.rules import Filter, Penetrance
from trihelix.interpretation.rare.scoring import GeneFacts, VariantFacts, contributions, scores
from trihelix.interpretation.rare.selection import Selection
from trihelix.model.assembly import display_contig
from trihelix.model.interpretation import (
    Candidate,
    CandidateVariant,
    PopulationFrequency,
    TranscriptConsequence,
)
from trihelix.reference.phenotypes import Phenotypes
from trihelix.variants.codes import MISSING

_PREFERENCE = {filter_.value: number for number, filter_ in enumerate(Filter)}
_COLOURS = {"green": 0, "amber": 1, "red": 2, "grey": 3}
EXPLAINED = 100  # phenotype matches are spelled out for this many best candidates


@dataclass(frozen=True)
class _Facts:
    """Look-ups by variant and gene that building candidates needs, made once per family."""

    case: FamilyCase
    knowledge: Knowledge
    selection: Selection
    origins: Mapping[int, str]
    place: Mapping[int, int]
    effects: Mapping[tuple[int, int], dict[str, Any]]
    transcripts: Mapping[tuple[int, int], list[dict[str, Any]]]
    significance: Mapping[int, dict[str, Any]]
    genes: Mapping[int, dict[str, Any]]
    constraint: Mapping[str, dict[str, Any]]
    mechanism: Mapping[str, tuple[str, ...]]
    evidence: GeneEvidence
    one_x: bool
    panels_applied: bool


def build_candidates(
    case: FamilyCase, knowledge: Knowledge, selection: Selection, events: pl.DataFrame, origins: pl.DataFrame
) -> tuple[Candidate, ...]:
    """Candidates of one family, best first; ties by tier, gene and position, so that the order never changes."""
    facts = _collect(case, knowledge, selection, events, origins)
    groups: dict[tuple[int, int, int | None], list[dict[str, Any]]] = {}
    for event in events.iter_rows(named=True):
        groups.setdefault((event["gene_index"], event["variant_1"], event["variant_2"]), []).append(event)
    made = [_candidate(facts, *key, group) for key, group in groups.items()]
    return in_order(made, knowledge.phenotypes, case.present)


def in_order(
    made: Sequence[Candidate], phenotypes: Phenotypes | None, present: Sequence[str]
) -> tuple[Candidate, ...]:
    """Candidates by score, ties by tier, gene and position, so that the order never changes; ranked, and the best
    ones with their phenotype matches."""
    ordered = sorted(
        made,
        key=lambda c: (-c.score, c.tier, c.gene, c.variants[0].pos, c.variants[-1].pos, c.variants[0].alt),
    )
    ranked = (replace(c, rank=n, phenotype_matches=()) for n, c in enumerate(ordered, 1))
    return tuple(
        replace(c, phenotype_matches=explain(phenotypes, present, c.disease_id))
        if phenotypes and c.disease_id and c.rank <= EXPLAINED
        else c
        for c in ranked
    )


def _collect(
    case: FamilyCase, knowledge: Knowledge, selection: Selection, events: pl.DataFrame, origins: pl.DataFrame
) -> _Facts:
    used = pl.concat([events["variant_1"], events["variant_2"].drop_nulls()]).unique()
    transcripts: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for row in selection.transcripts.filter(pl.col("variant").is_in(used.implode())).iter_rows(named=True):
        transcripts.setdefault((row["variant"], row["gene_index"]), []).append(row)
    _add_names(case, knowledge, transcripts)
    effects = selection.effects.filter(pl.col("variant").is_in(used.implode()))
    genes = knowledge.genes.genes if knowledge.genes else pl.DataFrame(schema={"gene_index": pl.UInt32})
    wanted = genes.filter(pl.col("gene_index").is_in(events["gene_index"].unique().implode()))
    return _Facts(
        case,
        knowledge,
        selection,
        dict(origins.select("variant", "origin").iter_rows()),
        {int(v): n for n, v in enumerate(selection.variants["variant"])},
        {(r["variant"], r["gene_index"]): r for r in effects.iter_rows(named=True)},
        transcripts,
        {r["variant"]: r for r in selection.significance.iter_rows(named=True)},
        {r["gene_index"]: r for r in wanted.iter_rows(named=True)},
        _by_gene(knowledge.constraint, wanted),
        _mechanisms(knowledge.mechanism, wanted),
        gene_evidence(knowledge.phenotypes, case.present, case.excluded, knowledge.mechanism),
        case.n_x[case.proband] == 1,
        knowledge.panel_genes is not None and len(knowledge.panel_genes) > 0,
    )


def _add_names(
    case: FamilyCase, knowledge: Knowledge, transcripts: Mapping[tuple[int, int], list[dict[str, Any]]]
) -> None:
    """HGVS names beside every consequence on a transcript."""
    rows = [row for group in transcripts.values() for row in group]
    if knowledge.genes is None or knowledge.genome is None or not rows:
        return
    calls = case.calls
    places = [row["variant"] for row in rows]
    table = pl.DataFrame(
        {
            "variant": places,
            "contig": [calls.contigs[calls.contig[v]] for v in places],
            "pos": [int(calls.pos[v]) for v in places],
            "ref": [calls.ref(v) for v in places],
            "alt": [calls.alt(v) for v in places],
            "transcript_index": [row["transcript_index"] for row in rows],
        },
        schema_overrides={"variant": pl.UInt32, "transcript_index": pl.UInt32},
    )
    named = write_hgvs_table(table, knowledge.genes, knowledge.genome, assembly=case.assembly)
    for row, names in zip(rows, named.iter_rows(named=True), strict=True):
        row.update({key: names[key] for key in ("hgvs_c", "hgvs_p", "hgvs_g")})


def _by_gene(table: pl.DataFrame | None, genes: pl.DataFrame) -> dict[str, dict[str, Any]]:
    if table is None or not len(genes):
        return {}
    return {
        r["gene"]: r
        for r in table.filter(pl.col("gene").is_in(genes["symbol"].implode())).iter_rows(named=True)
    }


def _mechanisms(table: pl.DataFrame | None, genes: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    if table is None or not len(genes):
        return found
    for row in table.filter(pl.col("gene").is_in(genes["symbol"].implode())).iter_rows(named=True):
        words = [row["disease"], row["confidence"], (row["mechanism"] or "unknown").replace("_", " ")]
        found[row["gene"]] = (*found.get(row["gene"], ()), ", ".join(w for w in words if w))
    return found


def _candidate(
    facts: _Facts, gene: int, first: int, second: int | None, events: Sequence[dict[str, Any]]
) -> Candidate:
    ordered = sorted(
        events, key=lambda e: (e["tier"], _PREFERENCE[e["filter"]], _COLOURS.get(e["confidence"] or "", 4))
    )
    best = ordered[0]
    symbol = facts.genes[gene]["symbol"] or facts.genes[gene]["gene_id"]
    variants = [first] if second is None else [first, second]
    filter_ = Filter(best["filter"])
    disease, disease_name = facts.evidence.disease_of(symbol)
    gene_facts = _gene_facts(facts, symbol, filter_, ordered)
    parts = contributions(
        [_variant_facts(facts, v, gene) for v in variants],
        filter_,
        bool(best["phase_unproven"]),
        gene_facts,
        _called_parents(facts, variants) if best["penetrance"] == Penetrance.COMPLETE else 0,
    )
    score, genotype_score = scores(parts)
    reported = tuple(report_event(symbol, e, facts.panels_applied) for e in ordered)
    flags = [f for e in reported for f in e.flags if e.tier == best["tier"]]
    flags += ["known_common_pathogenic"] if any(_is_common_known(facts, v) for v in variants) else []
    flags += de_novo_flags(facts.case, first) if filter_ is Filter.DE_NOVO else []
    return Candidate(
        rank=0,
        tier=int(best["tier"]),
        gene=symbol,
        gene_id=facts.genes[gene]["gene_id"],
        gene_name=facts.genes[gene].get("name"),
        score=score,
        phenotype_score=gene_facts.phenotype_score,
        genotype_score=genotype_score,
        segregation=best["filter"],
        penetrance=best["penetrance"],
        variants=tuple(_variant(facts, v, gene, symbol) for v in variants),
        events=reported,
        flags=tuple(dict.fromkeys(flags)),
        disease_id=disease,
        disease_name=disease_name,
        contributions=parts,
        phenotype_matches=(),
        constraint={k: v for k, v in facts.constraint.get(symbol, {}).items() if isinstance(v, float)},
        mechanism=facts.mechanism.get(symbol, ()),
    )


def _gene_facts(facts: _Facts, symbol: str, filter_: Filter, events: Sequence[dict[str, Any]]) -> GeneFacts:
    colours = [e["confidence"] for e in events if e["confidence"]]
    return facts.evidence.facts(
        symbol,
        filter_,
        facts.one_x,
        facts.constraint.get(symbol, {}),
        min(colours, key=lambda c: _COLOURS.get(c, 4)) if colours else None,
        any(e["gene_ok"] for e in events),
    )


def _called_parents(facts: _Facts, variants: Sequence[int]) -> int:
    """How many of the proband's parents are called at all the variants."""
    case, members = facts.case, facts.case.calls.members
    parents = [p.id for p in case.family.parents(case.proband) if p is not None and p.id in members]
    return sum(
        all(facts.selection.state[v, members.index(parent)] != MISSING for v in variants)
        for parent in parents
    )


def _variant_facts(facts: _Facts, variant: int, gene: int) -> VariantFacts:
    effect = facts.effects[variant, gene]
    known = facts.significance.get(variant, {})
    return VariantFacts(
        effect["consequence"],
        effect["impact"],
        _frequency(facts, variant),
        bool(effect["pathogenic"]),
        int(known.get("stars") or 0),
    )


def _frequency(facts: _Facts, variant: int) -> float | None:
    if not facts.selection.columns:
        return None
    return float(facts.selection.frequencies[facts.place[variant]].max())


def _is_common_known(facts: _Facts, variant: int) -> bool:
    return bool(facts.selection.variants["common_known"][facts.place[variant]])


def _variant(facts: _Facts, variant: int, gene: int, symbol: str) -> CandidateVariant:
    calls, case = facts.case.calls, facts.case
    contig = int(calls.contig[variant])
    effect = facts.effects[variant, gene]
    known = facts.significance.get(variant, {})
    shown = _transcripts(facts, variant, gene)
    main = next((t for t in shown if t.consequence == effect["consequence"]), None)
    members = member_calls(calls, variant)
    file = case.file_names[int(calls.file[variant])] if case.file_names else "input"
    return CandidateVariant(
        contig=display_contig(calls.contigs[contig], case.assembly, calls.names[contig]),
        pos=int(calls.pos[variant]),
        ref=calls.ref(variant),
        alt=calls.alt(variant),
        gene=symbol,
        consequence=effect["consequence"],
        impact=effect["impact"],
        protein_change=main.protein_change if main else None,
        transcript=main.transcript if main else None,
        transcripts=shown,
        frequency=_frequency(facts, variant),
        frequencies=_populations(facts, variant),
        clinical_significance=known.get("classification"),
        clinical_significance_stars=known.get("stars"),
        clinical_significance_id=known.get("record_id"),
        clinical_significance_conditions=tuple(known.get("conditions") or ()),
        scores=_scores(facts, variant),
        genotypes={m: call.genotype for m, call in members.items()},
        calls=members,
        inheritance=origin_words(facts.origins.get(variant)),
        source_line=f"{file}, line {int(calls.line[variant])}",
        hgvs_g=next((r["hgvs_g"] for r in facts.transcripts.get((variant, gene), []) if "hgvs_g" in r), None),
        hgvs_c=main.hgvs_c if main else None,
    )


def _transcripts(facts: _Facts, variant: int, gene: int) -> tuple[TranscriptConsequence, ...]:
    genes = facts.knowledge.genes
    rows = [r for r in facts.transcripts.get((variant, gene), []) if r["transcript_index"] is not None]
    if genes is None or not rows:
        return ()
    of = genes.transcripts.filter(pl.col("transcript_index").is_in([r["transcript_index"] for r in rows]))
    names = {r["transcript_index"]: r for r in of.iter_rows(named=True)}
    rows.sort(
        key=lambda r: (-names[r["transcript_index"]]["preferred"], r["severity"], r["transcript_index"])
    )
    return tuple(
        TranscriptConsequence(
            names[r["transcript_index"]]["transcript_id"],
            r["consequence"],
            r["impact"],
            names[r["transcript_index"]]["biotype"],
            r.get("hgvs_p"),
            bool(names[r["transcript_index"]]["display"]),
            r.get("hgvs_c"),
        )
        for r in rows
    )


def _populations(facts: _Facts, variant: int) -> tuple[PopulationFrequency, ...]:
    values = facts.selection.frequencies[facts.place[variant]]
    return tuple(
        PopulationFrequency(c.pack, c.population, float(values[i]), c.allele_number)
        for i, c in enumerate(facts.selection.columns)
    )


def _scores(facts: _Facts, variant: int) -> dict[str, float]:
    place = facts.place[variant]
    found = {name: float(values[place]) for name, values in facts.selection.scores.items()}
    return {name: value for name, value in found.items() if not np.isnan(value)}
