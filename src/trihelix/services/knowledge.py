"""Choosing and opening the packs that one interpretation uses; what is missing is said, not fatal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import polars as pl

from trihelix.interpretation.rare.case import Knowledge
from trihelix.interpretation.rare.tiers import PANEL_GENES
from trihelix.model.assembly import bare_contig
from trihelix.model.errors import AssemblyMismatchError, PackError, PanelError
from trihelix.model.interpretation import Notice, PanelUsed, ReferenceUsed
from trihelix.reference.constraint import open_constraint
from trihelix.reference.frequencies import open_frequencies
from trihelix.reference.genes import Genes, open_genes
from trihelix.reference.genome import open_genome
from trihelix.reference.library import KINDS, ReferenceLibrary, resolve_kind
from trihelix.reference.mechanism import open_mechanism
from trihelix.reference.pack import Pack
from trihelix.reference.panels import Panel, Panels, open_panels
from trihelix.reference.phenotypes import open_phenotypes
from trihelix.reference.scores import open_scores
from trihelix.reference.significance import open_significance
from trihelix.services.references import add_default_phenotypes

NAMED = 25  # genes named in a notice
NAMED_MODE = 100  # characters of a mode of inheritance in a notice
# What cannot be done without a pack of a kind. Kinds that only add detail are not missed.
MISSED = {
    "genome": "no genome pack: REF was not compared with the genome, alleles were trimmed but not left-aligned, and consequences cannot be told",
    "genes": "no genes pack: consequences cannot be told, so there are no candidates",
    "panels": "no gene panel was applied: every candidate is Tier 3",
    "significance": "no clinical-significance pack: variants known to be pathogenic are not recognised",
    "frequencies": "no frequency pack: common variants are not filtered out",
}


@dataclass(frozen=True)
class OpenedKnowledge:
    """Opened packs with what the report says of them."""

    knowledge: Knowledge
    references: tuple[ReferenceUsed, ...]
    panels: tuple[PanelUsed, ...]
    notices: tuple[Notice, ...]


def open_knowledge(
    library: ReferenceLibrary,
    assembly: str | None,
    panels: Sequence[str],
    without: Collection[str],
    told_by: str = "",
) -> OpenedKnowledge:
    """Open the packs for an assembly. `without` names kinds to leave out, `told_by` what tells the assembly.

    Raises AssemblyMismatchError when packs exist but none is of this assembly, PanelError for panels that no
    pack holds, PackError for a pack that lacks a file or has one of another size than when it was made."""
    left_out = {resolve_kind(word) for word in without}
    packs = {kind: [] if kind in left_out else library.in_use(kind, assembly) for kind in KINDS}
    _check_assembly(library, assembly, packs, told_by)
    _check_contig_lengths(packs)
    if not packs["phenotypes"] and "phenotypes" not in left_out:
        packs["phenotypes"] = [add_default_phenotypes(library)[0]]
    if not panels:
        packs["panels"] = []
    for pack in (pack for kind in KINDS for pack in packs[kind]):
        _check_whole(pack)
    knowledge = _open(packs)
    applied, panel_genes, notices = _apply_panels(packs["panels"], panels, knowledge.genes)
    if panels and not applied:
        raise PanelError(
            "no panel pack is in the library",
            value=", ".join(panels),
            advice="trihelix reference add panels FILE.json",
        )
    missing = tuple(Notice("warning", f"no_{kind}", text) for kind, text in MISSED.items() if not packs[kind])
    used = tuple(reference_used(pack) for kind in KINDS for pack in packs[kind])
    return OpenedKnowledge(
        replace(knowledge, panel_genes=panel_genes),
        used,
        tuple(PanelUsed(p.id, p.name, p.version, green) for p, green in applied),
        (*missing, *notices),
    )


def _check_whole(pack: Pack) -> None:
    """Every file is there in its size. That no byte was changed is for `trihelix reference show --verify`: it
    takes seconds for a genome."""
    made_by, current = pack.manifest.converter, KINDS[pack.manifest.kind][1]
    if made_by != current:
        raise PackError(
            "a reference pack was made by another version of Trihelix",
            where=str(pack.folder),
            value=f"form {made_by}, this version reads form {current}",
            advice=f"add it again: trihelix reference add {pack.manifest.kind} ...",
        )
    for record in pack.manifest.files:
        path = pack.file(record.name)
        if path.stat().st_size != record.size:
            raise PackError(
                "a file of a reference pack was altered after it was made",
                where=str(path),
                value=f"{path.stat().st_size:,} bytes instead of {record.size:,}",
                advice=f"remove {pack.folder} and add the pack again from its source",
            )


def _check_assembly(
    library: ReferenceLibrary, assembly: str | None, packs: dict[str, list[Pack]], told_by: str
) -> None:
    """Packs of other assemblies only: the wrong library for this family, or the wrong file."""
    bound = [kind for kind, (_, _, is_bound) in KINDS.items() if is_bound]
    if assembly is None or any(packs[kind] for kind in bound):
        return
    others = sorted({str(p.manifest.assembly) for kind in bound for p in library.packs(kind)})
    if others:
        raise AssemblyMismatchError(
            f"the variant file is {assembly}, but the reference packs are {', '.join(others)}",
            where=", ".join(word for word in (told_by, str(library.root)) if word),
            value=assembly,
            advice=f"add {assembly} packs, or give a variant file of {' or '.join(others)}",
        )


def _check_contig_lengths(packs: dict[str, list[Pack]]) -> None:
    """Packs that tell contig lengths must tell the same ones as the genome: an assembly's name proves nothing."""
    genome = packs["genome"][-1] if packs["genome"] else None
    if genome is None:
        return
    lengths = {bare_contig(name): length for name, length in genome.manifest.contigs.items()}
    for pack in (p for kind in packs for p in packs[kind] if kind != "genome"):
        for name, length in pack.manifest.contigs.items():
            if length and lengths.get(bare_contig(name), length) != length:
                raise AssemblyMismatchError(
                    "two reference packs disagree on the length of a contig",
                    where=f"{genome.id} and {pack.id}",
                    value=f"{name}: {lengths[bare_contig(name)]:,} against {length:,}",
                    advice="add packs of one assembly",
                )


def _open(packs: dict[str, list[Pack]]) -> Knowledge:
    def last(kind: str) -> Pack | None:
        return packs[kind][-1] if packs[kind] else None

    genome, genes, phenotypes = last("genome"), last("genes"), last("phenotypes")
    significance, constraint, mechanism = last("significance"), last("constraint"), last("mechanism")
    return Knowledge(
        genome=open_genome(genome.folder) if genome else None,
        genes=open_genes(genes.folder) if genes else None,
        phenotypes=open_phenotypes(phenotypes.folder) if phenotypes else None,
        significance=open_significance(significance.folder) if significance else None,
        frequencies=tuple(open_frequencies(p.folder, p.manifest.name) for p in packs["frequencies"]),
        scores=tuple(open_scores(p.folder) for p in packs["scores"]),
        constraint=open_constraint(constraint.folder) if constraint else None,
        mechanism=open_mechanism(mechanism.folder) if mechanism else None,
    )


def reference_used(pack: Pack) -> ReferenceUsed:
    """A pack as an interpretation's provenance names it."""
    m = pack.manifest
    return ReferenceUsed(m.kind, m.name, m.version, m.sha256, m.assembly, m.source, m.licence)


def _apply_panels(
    packs: Sequence[Pack], queries: Sequence[str], genes: Genes | None
) -> tuple[list[tuple[Panel, int]], pl.DataFrame, list[Notice]]:
    """(panels with their number of green genes, rows of PANEL_GENES, notices)."""
    opened = [open_panels(pack.folder) for pack in reversed(packs)]
    applied: list[tuple[Panel, int]] = []
    rows: list[tuple[object, ...]] = []
    notices: list[Notice] = []
    for panels, panel in _find_all(opened, queries):
        entries = panels.genes(panel.id)
        unknown: list[str] = []
        for entry in entries.iter_rows(named=True):
            found = genes.find(entry["ensembl_ids"], [entry["gene"], *entry["aliases"]]) if genes else ()
            unknown += [entry["gene"]] if entry["confidence_word"] == "green" and not found else []
            rows += [
                (gene, panel.id, panel.name, panel.version, entry["confidence_word"], entry["mode"],
                 entry["mode_of_inheritance"], entry["lof_excluded"])
                for gene in found
            ]  # fmt: skip
        notices += _unrecognised_modes(panels, panel)
        green = entries.filter(pl.col("confidence_word") == "green")["gene"].n_unique()
        applied.append((panel, green))
        if unknown and genes:
            names = list(dict.fromkeys(unknown))
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            message = (
                f"green genes of {panel.name} {panel.version} are not in the genes pack and were not looked at: "
                f"{', '.join(names[:NAMED])}{more}"
            )
            notices.append(Notice("warning", "green_genes_unknown", message, len(names)))
    frame = pl.DataFrame(rows, schema=PANEL_GENES, orient="row").unique(maintain_order=True)
    return applied, frame, notices


def _unrecognised_modes(panels: Panels, panel: Panel) -> list[Notice]:
    """One warning for each wording that is not PanelApp's: whoever reads the report must know that the mode of
    inheritance of these genes was not applied."""
    return [
        Notice(
            "warning",
            "unrecognised_mode",
            f"{panel.name} {panel.version} words a mode of inheritance as nobody knows it, so that any mode fits: "
            f"'{text[:NAMED_MODE]}' of {', '.join(genes[:NAMED])}"
            + (f" and {len(genes) - NAMED} more" if len(genes) > NAMED else ""),
            len(genes),
        )
        for text, genes in panels.unrecognised_modes(panel.id).items()
    ]


def _find_all(opened: Sequence[Panels], queries: Sequence[str]) -> list[tuple[Panels, Panel]]:
    """Each asked panel once, in the newest pack that has it. A word that is no panel may be several, separated
    by commas; a panel's own name may hold commas too, so the whole is tried first."""
    found: dict[str, tuple[Panels, Panel]] = {}
    for query in queries:
        try:
            matches = _find(opened, query)
        except PanelError:
            if "," not in query:
                raise
            matches = [
                match for part in query.split(",") if part.strip() for match in _find(opened, part.strip())
            ]
        for panels, panel in matches:
            best = found.get(panel.id)
            _check_same_panel(best[1] if best else None, panel)
            if best is None or _version(panel.version) > _version(best[1].version):
                found[panel.id] = (panels, panel)
    return list(found.values())


def _check_same_panel(known: Panel | None, other: Panel) -> None:
    """Two PanelApps number their panels alike: an id that means two panels is no answer."""
    if known and known.name.lower() != other.name.lower() and known.hash_id != other.hash_id:
        raise PanelError(
            "this id means different panels in different packs",
            where="the reference library's panel packs",
            value=f"{known.id}: {known.name} {known.version}; {other.name} {other.version}",
            advice="ask for the panel by its name",
        )


def _find(opened: Sequence[Panels], query: str) -> list[tuple[Panels, Panel]]:
    """The panel in every pack that has it; the first pack's PanelError where none has."""
    matches: list[tuple[Panels, Panel]] = []
    errors: list[PanelError] = []
    for panels in opened:
        try:
            matches.append((panels, panels.find_panel(query)))
        except PanelError as error:
            errors.append(error)
    if errors and not matches:
        raise errors[0]
    return matches


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in text.split("."))
