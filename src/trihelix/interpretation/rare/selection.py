"""From all alleles of a family to the rare ones that may do something to a gene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.annotation.consequences import SCHEMA, annotate_consequences, is_counted
from trihelix.annotation.knowledge import (
    PopulationColumn,
    look_up_frequencies,
    look_up_scores,
    look_up_significance,
)
from trihelix.annotation.sequence_ontology import HIGH, MODERATE
from trihelix.interpretation.evidence.frequency import highest, is_rare
from trihelix.interpretation.evidence.waterfall import Waterfall
from trihelix.interpretation.rare.case import FamilyCase, Knowledge
from trihelix.interpretation.rare.lacking_contigs import contig_notices
from trihelix.interpretation.rare.ploidy import settle_ploidy
from trihelix.interpretation.rare.rules import AUTOSOME, X
from trihelix.model.assembly import in_par, known_assembly
from trihelix.model.family import Affection
from trihelix.model.interpretation import Notice
from trihelix.variants.family_calls import FamilyCalls

TRUSTED_STARS = 2  # review stars from which a classification counts as known
SPLICING_THRESHOLD = 0.5  # SpliceAI's recommended cut-off (Jaganathan et al., Cell 2019)
SPLICING_SCORES = ("spliceai", "ds_max", "splicing")


@dataclass(frozen=True)
class Selection:
    """The chosen variants, with what is known of them.

    `state` (row of the calls, member) are all calls with ploidy settled.

    `variants`: variant (row of the calls), region, dominant_rare, recessive_rare, frequency,
    common_known (kept although common).
    `effects`: one row per (variant, gene) that counts: impact, consequence, severity, protein_change,
    transcript_index, non_coding. `transcripts`: every transcript's consequence. `significance`: facts.
    `frequencies` (variant, population) belongs to `columns`; rows follow `variants`.
    """

    state: NDArray[np.int8]
    variants: pl.DataFrame
    effects: pl.DataFrame
    transcripts: pl.DataFrame
    significance: pl.DataFrame
    frequencies: NDArray[np.float32]
    columns: tuple[PopulationColumn, ...]
    scores: dict[str, NDArray[np.float32]]
    notices: tuple[Notice, ...]


def regions(calls: FamilyCalls, assembly: str | None) -> NDArray[np.int8]:
    """0 autosome or pseudoautosomal, 1 X, 2 not interpreted (Y, mitochondrial and unplaced contigs)."""
    known = known_assembly(assembly)
    kind_of = np.zeros(len(calls.contigs), np.int8)
    for number, name in enumerate(calls.contigs):
        placed = known is None or name in known.lengths
        kind_of[number] = 2 if name in ("Y", "MT") or not placed else int(name == "X")
    kinds = kind_of[calls.contig]
    on_x = np.flatnonzero(kinds == 1)
    if known and len(on_x):
        par = np.array([in_par(assembly, int(p)) for p in calls.pos[on_x]], np.bool_)
        kinds[on_x[par]] = 0
    return kinds


def select(
    case: FamilyCase, knowledge: Knowledge, waterfall: Waterfall, green_non_coding: frozenset[int]
) -> Selection:
    """Choose variants step by step; each step is counted in the waterfall."""
    calls = case.calls
    kinds = regions(calls, case.assembly)
    waterfall.step("input", len(calls), "distinct alleles in the family's files, normalised and split")
    rows = np.flatnonzero(kinds < 2)
    waterfall.step(
        "chromosomes",
        len(rows),
        "on autosomes or X (Y, mitochondrial and unplaced contigs are not yet tiered)",
    )
    rows = rows[calls.passed[rows]]
    waterfall.step("quality", len(rows), "FILTER is PASS or not set")
    state, ploidy_notices = settle_ploidy(calls, kinds == 1, case.n_x)
    rows = rows[_carried_by_affected(case, state)[rows]]
    waterfall.step("carried", len(rows), "carried by at least one affected member")
    carried = rows
    frequencies, columns = look_up_frequencies(calls, rows, knowledge.frequencies)
    significance = look_up_significance(calls, rows, knowledge.significance)
    known = np.isin(rows, _known(significance))
    recessive = is_rare(frequencies, columns, recessive=True) | known
    keep = np.flatnonzero(recessive)
    waterfall.step(
        "rare", len(keep), "not more frequent than 1 % in any population, or known to be pathogenic"
    )
    rows, frequencies, known = rows[keep], frequencies[keep], known[keep]
    variants = _variants_table(rows, kinds, known, frequencies, columns)
    scores = look_up_scores(calls, rows, knowledge.scores)
    transcripts, without_sequence = _consequences(calls, rows, knowledge)
    effects = _effects(transcripts, variants, knowledge, significance, scores, green_non_coding)
    waterfall.step(
        "consequence",
        effects["variant"].n_unique(),
        "changes a protein or a splice site (HIGH or MODERATE), is known to be pathogenic, or scores for splicing",
    )
    notices = (
        *ploidy_notices,
        *contig_notices(calls, carried, rows, knowledge),
        *_sequence_notice(without_sequence),
    )
    return Selection(
        state, variants, effects, transcripts, significance, frequencies, columns, scores, notices
    )


def _variants_table(
    rows: NDArray[np.int64],
    kinds: NDArray[np.int8],
    known: NDArray[np.bool_],
    frequencies: NDArray[np.float32],
    columns: tuple[PopulationColumn, ...],
) -> pl.DataFrame:
    """The rare or known rows with what the filters ask of them; all of them may be recessive."""
    return pl.DataFrame(
        {
            "variant": rows.astype(np.uint32),
            "region": np.where(kinds[rows] == 1, X, AUTOSOME),
            "dominant_rare": is_rare(frequencies, columns, recessive=False),
            "recessive_rare": np.ones(len(rows), np.bool_),
            "frequency": highest(frequencies),
            "common_known": known & ~is_rare(frequencies, columns, recessive=True),
        }
    )


def _carried_by_affected(case: FamilyCase, state: NDArray[np.int8]) -> NDArray[np.bool_]:
    affected = [case.family.member(m).affection is Affection.AFFECTED for m in case.calls.members]
    return np.asarray((state[:, affected] > 0).any(axis=1), np.bool_)


def _known(significance: pl.DataFrame) -> NDArray[np.uint32]:
    return significance.filter(pl.col("pathogenic") & (pl.col("stars") >= TRUSTED_STARS))[
        "variant"
    ].to_numpy()


def _consequences(
    calls: FamilyCalls, rows: NDArray[np.int64], knowledge: Knowledge
) -> tuple[pl.DataFrame, int]:
    """Consequences per transcript, and how many variants the genome pack has no sequence for."""
    if knowledge.genes is None or knowledge.genome is None:
        return pl.DataFrame(schema=SCHEMA), 0
    has_sequence = calls.covered[rows]
    wanted = rows[has_sequence]
    frame = pl.DataFrame(
        {
            "variant": wanted.astype(np.uint32),
            "contig": [calls.contigs[c] for c in calls.contig[wanted]],
            "pos": calls.pos[wanted],
            "ref": [calls.ref(int(r)) for r in wanted],
            "alt": [calls.alt(int(r)) for r in wanted],
        },
        schema_overrides={"contig": pl.String, "ref": pl.String, "alt": pl.String, "pos": pl.Int32},
    )
    return annotate_consequences(frame, knowledge.genes, knowledge.genome), int((~has_sequence).sum())


def _sequence_notice(count: int) -> tuple[Notice, ...]:
    text = "rare variants lie where the genome pack has no sequence: what they do to a gene is not known"
    return (Notice("warning", "no_sequence", text, count),) if count else ()


def _effects(
    transcripts: pl.DataFrame,
    variants: pl.DataFrame,
    knowledge: Knowledge,
    significance: pl.DataFrame,
    scores: dict[str, NDArray[np.float32]],
    green_non_coding: frozenset[int],
) -> pl.DataFrame:
    """The most severe counted consequence of each (variant, gene), kept if it matters."""
    if knowledge.genes is None:
        return pl.DataFrame(
            schema={**SCHEMA, **dict.fromkeys(("non_coding", "splicing", "pathogenic", "known"), pl.Boolean)}
        )
    display = knowledge.genes.transcripts.select("transcript_index", "preferred")
    biotype = knowledge.genes.genes.select("gene_index", "biotype")
    counted = [b for b in biotype["biotype"].unique() if is_counted(b)]
    named = significance.filter(pl.col("pathogenic")).select("variant", "genes", "stars")
    symbols = knowledge.genes.genes.select("gene_index", "symbol", "aliases")
    splicing = variants["variant"].filter(pl.Series(_splicing(scores, len(variants))))
    in_green_non_coding = pl.col("gene_index").is_in(sorted(green_non_coding)) & (
        pl.col("consequence") == "non_coding_transcript_exon_variant"
    )
    worst = (
        transcripts.join(display, on="transcript_index", how="left")
        .join(biotype, on="gene_index")
        .sort(
            ["variant", "gene_index", "counted", "severity", "preferred"],
            descending=[False, False, True, False, True],
            nulls_last=True,
        )
        .unique(["variant", "gene_index"], keep="first", maintain_order=True)
        .join(symbols, on="gene_index")
        .join(named, on="variant", how="left")
        .with_columns(pl.col("biotype").is_in(counted).alias("coding_gene"))
        .with_columns(_is_the_gene().alias("is_the_gene"))
        .with_columns(
            in_green_non_coding.alias("non_coding"),
            (pl.col("variant").is_in(splicing.implode()) & pl.col("is_the_gene")).alias("splicing"),
            (pl.col("stars").is_not_null() & pl.col("is_the_gene")).alias("pathogenic"),
        )
        .with_columns((pl.col("pathogenic") & (pl.col("stars") >= TRUSTED_STARS)).alias("known"))
    )
    matters = pl.col("counted") & pl.col("impact").is_in([HIGH, MODERATE])
    known = (pl.col("pathogenic") | pl.col("splicing")) & pl.col("coding_gene")
    return worst.filter(matters | known | pl.col("non_coding")).drop(
        "preferred", "biotype", "coding_gene", "symbol", "aliases", "genes", "stars", "is_the_gene"
    )


def _is_the_gene() -> pl.Expr:
    """Of the genes that a variant lies in, those that a fact about the variant is about: the coding genes that
    the significance pack names for it (all, where it names none of them), and of these the most severely hit."""
    names = pl.col("genes").fill_null([])
    named = names.list.contains(pl.col("symbol")) | (names.list.set_intersection("aliases").list.len() > 0)
    named = pl.col("coding_gene") & named.fill_null(False)
    asked = pl.when(named.any().over("variant")).then(named).otherwise(pl.col("coding_gene"))
    severity = pl.when(asked).then(pl.col("severity"))
    return asked & (severity == severity.min().over("variant")).fill_null(False)


def _splicing(scores: dict[str, NDArray[np.float32]], n: int) -> NDArray[np.bool_]:
    above = np.zeros(n, np.bool_)
    for name, values in scores.items():
        if name.lower().startswith(SPLICING_SCORES):
            above |= values >= SPLICING_THRESHOLD
    return above
