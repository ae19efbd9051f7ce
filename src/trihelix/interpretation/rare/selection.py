"""From all alleles of a family to the rare ones that may do something to a gene."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

from trihelix.annotation.consequences import SCHEMA, consequences_of, is_counted, needs_alleles
from trihelix.annotation.knowledge import (
    PopulationColumn,
    known_pathogenic,
    look_up_frequencies,
    look_up_scores,
    look_up_significance,
    population_columns,
)
from trihelix.annotation.sequence_ontology import HIGH, MODERATE
from trihelix.interpretation.evidence.common_pathogenic import is_common_pathogenic
from trihelix.interpretation.evidence.frequency import furthest, highest, judge_frequencies, told_frequency
from trihelix.interpretation.evidence.waterfall import Waterfall
from trihelix.interpretation.rare.case import FamilyCase, Knowledge
from trihelix.interpretation.rare.fates import DOMINANT, TOLD_EFFECTS, Fate, Fates
from trihelix.interpretation.rare.lacking_contigs import contig_notices
from trihelix.interpretation.rare.ploidy import settle_ploidy
from trihelix.interpretation.rare.regions import ELSEWHERE, NAMES, regions
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
    `frequencies` (variant, population) belongs to `columns`; rows follow `variants`. `fates` tells what became of
    every allele up to here.
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
    fates: Fates


def select(
    case: FamilyCase, knowledge: Knowledge, waterfall: Waterfall, green_non_coding: frozenset[int]
) -> Selection:
    """Choose variants step by step; each step is counted in the waterfall."""
    calls = case.calls
    kinds = regions(calls, case.assembly)
    state, ploidy_notices = settle_ploidy(calls, kinds, case.n_x)
    fate, rows, placed, passed = _carried(case, state, kinds)
    waterfall.step("input", len(calls), "distinct alleles in the family's files, normalised and split")
    waterfall.step("chromosomes", placed, "on a chromosome or the mitochondrial genome")
    waterfall.step("quality", passed, "FILTER is PASS or not set")
    waterfall.step("carried", len(rows), "carried by at least one affected member")
    known = known_pathogenic(calls, rows, knowledge.significance, TRUSTED_STARS)
    known |= is_common_pathogenic(case.assembly, calls, rows)
    rare = _rare(calls, rows, known, knowledge)
    carried, rows = rows, rows[rare.kept]
    waterfall.step(
        "rare", len(rows), "not more frequent than 1 % in any population, or known to be pathogenic"
    )
    fate[rows] = Fate.NO_CONSEQUENCE
    variants = _variants_table(rows, kinds, known[rare.kept], rare)
    significance = look_up_significance(calls, rows, knowledge.significance)
    scores = look_up_scores(calls, rows, knowledge.scores)
    transcripts, without_sequence = _consequences(calls, rows, knowledge)
    fate[without_sequence] = Fate.NO_SEQUENCE
    effects = _effects(transcripts, variants, knowledge, significance, scores, green_non_coding)
    waterfall.step(
        "consequence",
        effects["variant"].n_unique(),
        "changes a protein or a splice site (HIGH or MODERATE), is known to be pathogenic, or scores for splicing",
    )
    fate[effects["variant"].to_numpy()] = Fate.NO_SEGREGATION
    notices = (
        *ploidy_notices,
        *contig_notices(calls, carried, rows, knowledge),
        *_sequence_notice(len(without_sequence)),
    )
    return Selection(
        state, variants, effects, transcripts, significance, rare.frequencies, rare.columns, scores, notices,
        Fates(
            fate, rare.value, rare.population, _told_effects(transcripts, effects, knowledge),
            _told_dominant(variants, effects, rare), rare.columns,
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class _Rare:
    """`kept`: the places of the kept ones among the rows asked for. Of these: frequencies (variant, population)
    over `columns`, and whether they are rare enough for dominant and for recessive modes. Of all rows of the
    calls: the frequency in the telling population and its column, see `Fates`."""

    kept: NDArray[np.int64]
    frequencies: NDArray[np.float32]
    columns: tuple[PopulationColumn, ...]
    dominant: NDArray[np.bool_]
    recessive: NDArray[np.bool_]
    value: NDArray[np.float32]
    population: NDArray[np.int16]


def _rare(
    calls: FamilyCalls, rows: NDArray[np.int64], known: NDArray[np.bool_], knowledge: Knowledge
) -> _Rare:
    """Which rows are rare in every population or known to be pathogenic: looked up contig by contig, so that the
    frequencies of common variants, most of a genome, are never held at once."""
    columns = population_columns(knowledge.frequencies)
    value = np.full(len(calls), np.nan, np.float32)
    population = np.full(len(calls), -1, np.int16)
    kept = [np.empty(0, np.int64)]
    parts = [np.empty((0, len(columns)), np.float32)]
    flags = [np.empty((0, 2), np.bool_)]
    for places, frequencies in look_up_frequencies(calls, rows, knowledge.frequencies):
        rarity = judge_frequencies(frequencies, columns)
        at = rows[places]
        population[at] = rarity.worst
        value[at] = told_frequency(frequencies, rarity.worst)
        chosen = np.flatnonzero(rarity.recessive | known[places])
        kept.append(places[chosen])
        parts.append(frequencies[chosen])
        flags.append(np.column_stack((rarity.dominant[chosen], rarity.recessive[chosen])))
    every = np.concatenate(kept)
    order = np.argsort(every, kind="stable")
    both = np.concatenate(flags)[order]
    matrix = np.concatenate(parts)[order]
    return _Rare(every[order], matrix, columns, both[:, 0], both[:, 1], value, population)


def _variants_table(
    rows: NDArray[np.int64], kinds: NDArray[np.int8], known: NDArray[np.bool_], rare: _Rare
) -> pl.DataFrame:
    """The rare or known rows with what the filters ask of them. What is known to be pathogenic passes the
    recessive frequency at any frequency."""
    return pl.DataFrame(
        {
            "variant": rows.astype(np.uint32),
            "region": NAMES[kinds[rows]],
            "dominant_rare": rare.dominant,
            "recessive_rare": rare.recessive | known,
            "frequency": highest(rare.frequencies),
            "common_known": known & ~rare.recessive,
        }
    )


def _told_dominant(variants: pl.DataFrame, effects: pl.DataFrame, rare: _Rare) -> pl.DataFrame:
    """Of the variants with an effect that counts: the population that exceeds its dominant threshold most."""
    chosen = variants.with_row_index("place").join(
        effects.select("variant").unique(), on="variant", how="semi"
    )
    places = chosen["place"].to_numpy()
    frequencies = rare.frequencies[places]
    population = furthest(frequencies, rare.columns, recessive=False)
    return pl.DataFrame(
        {
            "variant": chosen["variant"],
            "frequency": told_frequency(frequencies, population),
            "population": population,
            "rare": rare.dominant[places],
        },
        schema=DOMINANT,
    ).sort("variant")


def _told_effects(transcripts: pl.DataFrame, effects: pl.DataFrame, knowledge: Knowledge) -> pl.DataFrame:
    """The most severe consequence of each (variant, gene), and whether it goes on, see `Fates`."""
    if knowledge.genes is None:
        return pl.DataFrame(schema=TOLD_EFFECTS)
    symbols = knowledge.genes.genes.select(
        "gene_index", pl.coalesce("symbol", "gene_id").alias("gene"), "biotype"
    )
    worst = transcripts.group_by("variant", "gene_index").agg(
        pl.col("consequence", "counted").sort_by("severity").first()
    )
    goes_on = effects.select("variant", "gene_index", pl.lit(True).alias("matters"))
    worst = worst.join(goes_on, on=["variant", "gene_index"], how="left").with_columns(
        pl.col("matters").fill_null(False)
    )
    columns = [pl.col(name).cast(type_) for name, type_ in TOLD_EFFECTS.items()]
    return worst.join(symbols, on="gene_index").select(columns).sort("variant", "gene")


def _carried(
    case: FamilyCase, state: NDArray[np.int8], kinds: NDArray[np.int8]
) -> tuple[NDArray[np.uint8], NDArray[np.int64], int, int]:
    """(fate of every row so far, rows that an affected member carries, how many lie on a chromosome, how many of
    these passed the caller's filters), in one pass: there are millions."""
    members = case.calls.members
    affected = np.array([case.family.member(m).affection is Affection.AFFECTED for m in members], np.bool_)
    fate, rows = np.empty(len(kinds), np.uint8), np.empty(len(kinds), np.int64)
    counts = np.zeros(3, np.int64)
    _sort_out(state, kinds, case.calls.passed, affected, fate, rows, counts)
    placed, passed, carried = counts.tolist()
    return fate, rows[:carried].copy(), placed, passed


_NOT_A_CHROMOSOME, _FILTERED = np.uint8(Fate.NOT_A_CHROMOSOME), np.uint8(Fate.FILTERED)
_NOT_CARRIED, _COMMON = np.uint8(Fate.NOT_CARRIED), np.uint8(Fate.COMMON)


@numba.njit(cache=True, nogil=True)
def _sort_out(state, kinds, passed, affected, fate, rows, counts):  # type: ignore[no-untyped-def]
    for row in range(len(kinds)):
        if kinds[row] == ELSEWHERE:
            fate[row] = _NOT_A_CHROMOSOME
            continue
        counts[0] += 1
        if not passed[row]:
            fate[row] = _FILTERED
            continue
        counts[1] += 1
        fate[row] = _NOT_CARRIED
        for member in range(len(affected)):
            if affected[member] and state[row, member] > 0:
                fate[row] = _COMMON
                rows[counts[2]] = row
                counts[2] += 1
                break


def _consequences(
    calls: FamilyCalls, rows: NDArray[np.int64], knowledge: Knowledge
) -> tuple[pl.DataFrame, NDArray[np.int64]]:
    """Consequences per transcript, and the variants that the genome pack has no sequence for."""
    if knowledge.genes is None or knowledge.genome is None:
        return pl.DataFrame(schema=SCHEMA), np.empty(0, np.int64)
    has_sequence = calls.covered[rows]
    places = _places(calls, rows[has_sequence])
    chosen = places.filter(pl.Series(needs_alleles(places, knowledge.genes)))
    variants = chosen.with_columns(
        pl.Series("ref", [calls.ref(v) for v in chosen["variant"]], pl.String),
        pl.Series("alt", [calls.alt(v) for v in chosen["variant"]], pl.String),
    )
    return consequences_of(places, variants, knowledge.genes, knowledge.genome), rows[~has_sequence]


def _places(calls: FamilyCalls, rows: NDArray[np.int64]) -> pl.DataFrame:
    """Where the variants of some rows lie, without their alleles: making text of these takes time."""
    contigs = pl.Series(list(calls.contigs), dtype=pl.String)
    return pl.DataFrame(
        {
            "variant": rows.astype(np.uint32),
            "contig": contigs.gather(calls.contig[rows]),
            "pos": calls.pos[rows],
            "last": calls.pos[rows] + calls.alleles.ref_len[rows] - 1,
        }
    )


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
