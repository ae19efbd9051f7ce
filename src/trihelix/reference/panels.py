"""Panel packs: virtual gene panels of PanelApp with versions, confidence and modes of inheritance."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from trihelix.model.errors import PackError, PanelError
from trihelix.model.inheritance import parse_mode
from trihelix.reference.columnar import read_arrow, write_arrow
from trihelix.reference.pack import ConversionOptions, Converted
from trihelix.reference.panel_sources import (
    ADVICE,
    Findings,
    PanelReply,
    gene_rows,
    panel_row,
    read_replies,
    region_rows,
    str_rows,
)

PANELS, PANEL_GENES = "panels.arrow", "panel_genes.arrow"
PANEL_REGIONS, PANEL_STRS = "panel_regions.arrow", "panel_strs.arrow"

_TEXT, _TEXTS = pl.String(), pl.List(pl.String)
_ENTRY: dict[str, Any] = {
    "confidence": pl.Int8(),
    "confidence_word": _TEXT,
    "mode_of_inheritance": _TEXT,
    "mode": _TEXT,
    "penetrance": _TEXT,
    "tags": _TEXTS,
    "phenotypes": _TEXTS,
    "publications": _TEXTS,
    "component_id": _TEXT,
    "component_name": _TEXT,
}
_PLACE: dict[str, Any] = {
    "contig": _TEXT,
    "grch37_start": pl.Int32(),
    "grch37_end": pl.Int32(),
    "grch38_start": pl.Int32(),
    "grch38_end": pl.Int32(),
}
SCHEMAS: dict[str, dict[str, Any]] = {
    PANELS: {
        **dict.fromkeys(("panel_id", "hash_id", "name", "version", "version_created", "status"), _TEXT),
        **dict.fromkeys(("disease_group", "disease_sub_group"), _TEXT),
        **dict.fromkeys(("relevant_disorders", "types"), _TEXTS),
    },
    PANEL_GENES: {
        **dict.fromkeys(("panel_id", "gene", "hgnc_id"), _TEXT),
        **dict.fromkeys(("ensembl_ids", "aliases"), _TEXTS),
        "mode_of_pathogenicity": _TEXT,
        "lof_excluded": pl.Boolean(),
        **_ENTRY,
    },
    PANEL_REGIONS: {
        **dict.fromkeys(("panel_id", "region", "verbose_name"), _TEXT),
        **_PLACE,
        "type_of_variants": _TEXT,
        "required_overlap_percentage": pl.Int32(),
        **dict.fromkeys(("haploinsufficiency_score", "triplosensitivity_score", "gene"), _TEXT),
        **_ENTRY,
    },
    PANEL_STRS: {
        **dict.fromkeys(("panel_id", "repeat", "gene", "hgnc_id"), _TEXT),
        **_PLACE,
        "motif": _TEXT,
        "normal_repeats": pl.Int32(),
        "pathogenic_repeats": pl.Int32(),
        **_ENTRY,
    },
}


@dataclass(frozen=True)
class Panel:
    """A gene panel as PanelApp describes it; `types` are slugs such as gms-signed-off."""

    id: str
    hash_id: str | None
    name: str
    version: str
    version_created: str
    status: str
    disease_group: str
    relevant_disorders: tuple[str, ...]
    types: tuple[str, ...]


def convert(sources: Sequence[Path], folder: Path, options: ConversionOptions) -> Converted:
    """Makes a panels pack from PanelApp JSON: panel details, one a file or several in an array.

    List pages are passed over. Raises PackError where no panel is left or a reply is not a whole panel,
    CorruptFileError or FileUnreadableError where a file cannot be read. `options` say nothing here.
    """
    del options
    findings = Findings()
    replies = [reply for path in sources for reply in read_replies(path, findings)]
    if not replies:
        raise PackError(
            "no panel is in the files; list pages name panels but do not hold their genes",
            where=", ".join(path.name for path in sources[:3]),
            value=f"{findings.list_pages} list page(s)",
            advice=ADVICE,
        )
    panels, replaced = _newest(replies)
    rows: dict[str, list[dict[str, Any]]] = {
        PANELS: [panel_row(p) for p in panels],
        PANEL_GENES: [row for p in panels for row in gene_rows(p, findings)],
        PANEL_REGIONS: [row for p in panels for row in region_rows(p, findings)],
        PANEL_STRS: [row for p in panels for row in str_rows(p, findings)],
    }
    for name, schema in SCHEMAS.items():
        write_arrow(pl.DataFrame(rows[name], schema=schema), folder / name)
    return Converted(
        version=max(row["version_created"][:10] for row in rows[PANELS]) or None,
        counts={name.removesuffix(".arrow"): len(found) for name, found in rows.items()},
        notes=_notes(findings, replaced),
    )


def _newest(replies: Iterable[PanelReply]) -> tuple[list[PanelReply], list[str]]:
    """One reply per panel, the newest version, in order of panel numbers; and what was replaced, in words."""
    chosen: dict[str, PanelReply] = {}
    replaced = []
    for reply in sorted(replies, key=lambda r: r.age):
        if older := chosen.get(reply.id):
            replaced.append(f"panel {reply.id} was given twice: {reply.label} replaces {older.label}")
        chosen[reply.id] = reply
    order = sorted(
        chosen.values(), key=lambda r: (not r.id.isdigit(), int(r.id) if r.id.isdigit() else 0, r.id)
    )
    return order, replaced


def _notes(findings: Findings, replaced: Sequence[str]) -> tuple[str, ...]:
    pages = (
        [f"{findings.list_pages} list page(s) without genes were passed over"] if findings.list_pages else []
    )
    unknown = [
        f"mode of inheritance not understood, taken as UNKNOWN in {count} entries: {text}"
        for text, count in findings.unknown_modes.most_common()
    ]
    return (*pages, *replaced, *unknown)


def open_panels(folder: Path) -> Panels:
    """Opens a panels pack by memory map; PackError if a table is missing or damaged."""
    return Panels(*(read_arrow(folder / name) for name in SCHEMAS))


@dataclass(frozen=True)
class Panels:
    """An opened panels pack.

    `panels`: one row per panel. `panel_genes`, `panel_regions`, `panel_strs`: their entries, with
    `confidence` 0 to 3 and `confidence_word` (grey, red, amber, green), the `mode` (a ModeOfInheritance) beside
    PanelApp's own words, and `component_id` where a super panel took the entry from a component panel.
    """

    panels: pl.DataFrame
    panel_genes: pl.DataFrame
    panel_regions: pl.DataFrame
    panel_strs: pl.DataFrame

    @cached_property
    def _all(self) -> tuple[Panel, ...]:
        return tuple(
            Panel(
                id=row["panel_id"],
                hash_id=row["hash_id"],
                name=row["name"],
                version=row["version"],
                version_created=row["version_created"],
                status=row["status"],
                disease_group=row["disease_group"],
                relevant_disorders=tuple(row["relevant_disorders"]),
                types=tuple(row["types"]),
            )
            for row in self.panels.iter_rows(named=True)
        )

    def find_panel(self, query: str) -> Panel:
        """The panel of this id, hash id, name or relevant disorder (an R-code such as R295), in that order.

        Case and spacing do not matter. `QUERY@VERSION` insists on a version. Raises PanelError when nothing
        fits (with the nearest names), when several do (with their names), or when the version is another.
        """
        wanted, _, version = query.strip().partition("@")
        panel = self._only_one(_plain(wanted), query)
        if version and version.strip() != panel.version:
            raise PanelError(
                f"the library holds another version of panel {panel.id} ({panel.name}): {panel.version}",
                value=query,
                advice="ask for that version, or add the wanted one with: trihelix reference add panels FILE",
            )
        return panel

    def _only_one(self, wanted: str, query: str) -> Panel:
        for field in (_by_id, _by_hash_id, _by_name, _by_disorder):
            found = [p for p in self._all if wanted and wanted in field(p)]
            if len(found) > 1:
                raise PanelError(
                    "several panels fit",
                    value=query,
                    advice="ask for one by its id: " + ", ".join(f"{p.id} ({p.name})" for p in found),
                )
            if found:
                return found[0]
        raise PanelError("no panel of the library fits", value=query, advice=self._suggestion(wanted))

    def _suggestion(self, wanted: str) -> str:
        names = {_plain(text): p for p in self._all for text in (*p.relevant_disorders, p.name)}
        near = difflib.get_close_matches(wanted, names, n=12, cutoff=0.0)
        panels = list(dict.fromkeys(names[text] for text in near))[:3]
        nearest = ", ".join(f"{panel.name} ({panel.id})" for panel in panels)
        return f"nearest names: {nearest}; or add the panel with: trihelix reference add panels FILE"

    def genes(self, panel_id: str) -> pl.DataFrame:
        """The gene entries of a panel; in a super panel a gene has one row for each component panel."""
        return self.panel_genes.filter(pl.col("panel_id") == panel_id)

    def unrecognised_modes(self, panel_id: str) -> dict[str, tuple[str, ...]]:
        """Wordings of the mode of inheritance that are not PanelApp's -> green genes that have them. Such entries
        are kept and their mode is UNKNOWN, with which every way of segregating fits: nothing is lost for a word."""
        green = self.genes(panel_id).filter(pl.col("confidence_word") == "green")
        texts = green["mode_of_inheritance"].unique(maintain_order=True).to_list()
        unknown = [text for text in texts if parse_mode(text) is None]
        return {
            text: tuple(
                green.filter(pl.col("mode_of_inheritance") == text)["gene"].unique(maintain_order=True)
            )
            for text in unknown
        }

    def regions(self, panel_id: str) -> pl.DataFrame:
        """The copy-number regions of a panel."""
        return self.panel_regions.filter(pl.col("panel_id") == panel_id)

    def strs(self, panel_id: str) -> pl.DataFrame:
        """The short tandem repeats of a panel."""
        return self.panel_strs.filter(pl.col("panel_id") == panel_id)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _by_id(panel: Panel) -> tuple[str, ...]:
    return (_plain(panel.id),)


def _by_hash_id(panel: Panel) -> tuple[str, ...]:
    return (_plain(panel.hash_id),) if panel.hash_id else ()


def _by_name(panel: Panel) -> tuple[str, ...]:
    return (_plain(panel.name),)


def _by_disorder(panel: Panel) -> tuple[str, ...]:
    return tuple(_plain(disorder) for disorder in panel.relevant_disorders)
