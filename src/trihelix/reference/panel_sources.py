"""Reads PanelApp API replies: panel details become rows; list pages, which hold no genes, are passed over.

The replies are those of https://panelapp.genomicsengland.co.uk/api/v1/panels/ID/ (PanelApp Australia answers
in the same shape).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trihelix.model.errors import PackError
from trihelix.model.inheritance import ModeOfInheritance, parse_mode
from trihelix.reference.source import HEAD_SIZE, describe, read_text, wrong_kind

EXPECTED = "a PanelApp panel (JSON)"
ADVICE = "save the reply of /api/v1/panels/ID/?format=json for each panel, and give those files"
CONFIDENCE = {"0": "grey", "1": "red", "2": "amber", "3": "green", "4": "green"}
_LOSS_OF_FUNCTION_EXCLUDED = re.compile(r"loss.of.function.*\bdo(es)? not cause\b", re.IGNORECASE | re.DOTALL)

Reply = dict[str, Any]


@dataclass(frozen=True)
class PanelReply:
    """One panel detail reply and the file that it was read from."""

    reply: Reply
    path: Path

    @property
    def id(self) -> str:
        """PanelApp's number of the panel."""
        return str(self.reply["id"])

    @property
    def label(self) -> str:
        """The panel as errors and notes name it."""
        return f"panel {self.id} ({self.reply['name']} {self.reply['version']})"

    @property
    def age(self) -> tuple[tuple[int, ...], str]:
        """What versions of one panel are ordered by: the numbers of the version, then its date."""
        numbers = tuple(int(n) for n in re.findall(r"\d+", str(self.reply["version"])))
        return numbers, str(self.reply.get("version_created") or "")


@dataclass
class Findings:
    """What readers noticed on the way, for the notes of the pack."""

    unknown_modes: Counter[str] = field(default_factory=Counter)
    list_pages: int = 0


def read_replies(path: Path, findings: Findings) -> list[PanelReply]:
    """The panel details in a file: one reply, an array of replies, or a page of them.

    Raises PackError for a file that is not JSON or is JSON of another thing.
    """
    text = read_text(path, EXPECTED)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        head = text[:HEAD_SIZE].encode()
        if describe(head) != "a JSON file":
            raise wrong_kind(path, EXPECTED, head, ADVICE) from error
        raise PackError(
            "the JSON of this file is broken or cut short",
            where=f"{path}, line {error.lineno}, column {error.colno}",
            value=error.msg,
            advice="download the reply again",
        ) from error
    return [_checked(reply, path) for reply in _details(data, path, findings)]


def _details(data: Any, path: Path, findings: Findings) -> Iterator[Any]:
    if isinstance(data, list):
        for item in data:
            yield from _details(item, path, findings)
    elif isinstance(data, dict) and isinstance(data.get("results"), list):
        details = [item for item in data["results"] if isinstance(item, dict) and "genes" in item]
        findings.list_pages += not details
        yield from details
    else:
        yield data


def _checked(reply: Any, path: Path) -> PanelReply:
    """Refuses a reply that lacks what every panel has."""
    needed = ("id", "name", "version", "genes")
    if not isinstance(reply, dict) or not any(key in reply for key in needed):
        shown = ", ".join(list(reply)[:5]) if isinstance(reply, dict) else str(reply)[:80]
        raise PackError(f"this JSON is not {EXPECTED}", where=str(path), value=shown, advice=ADVICE)
    missing = [key for key in needed if reply.get(key) is None]
    if missing:
        raise PackError(
            "a panel lacks fields",
            where=f"{path}, panel {reply.get('id', '?')} ({reply.get('name', 'no name')})",
            value=", ".join(missing),
            advice=ADVICE,
        )
    for kind in ("genes", "strs", "regions"):
        entries = reply.get(kind) or []
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise PackError(
                f"the panel's {kind} are not a list of entries",
                where=f"{path}, panel {reply['id']}",
                advice=ADVICE,
            )
    return PanelReply(reply, path)


def panel_row(panel: PanelReply) -> Reply:
    """The row of the panels table."""
    reply = panel.reply
    return {
        "panel_id": panel.id,
        "hash_id": _text(reply.get("hash_id")),
        "name": str(reply["name"]).strip(),
        "version": str(reply["version"]),
        "version_created": str(reply.get("version_created") or ""),
        "status": _text(reply.get("status")) or "",
        "disease_group": _text(reply.get("disease_group")) or "",
        "disease_sub_group": _text(reply.get("disease_sub_group")) or "",
        "relevant_disorders": _texts(reply, "relevant_disorders"),
        "types": [t["slug"] for t in reply.get("types") or [] if isinstance(t, dict) and "slug" in t],
    }


def gene_rows(panel: PanelReply, findings: Findings) -> list[Reply]:
    """The rows of a panel's genes; a super panel has one for each component panel of a gene."""
    return [_row(panel, entry, "gene", _gene_columns, findings) for entry in panel.reply["genes"]]


def region_rows(panel: PanelReply, findings: Findings) -> list[Reply]:
    """The rows of a panel's copy-number regions."""
    return [
        _row(panel, entry, "region", _region_columns, findings) for entry in panel.reply.get("regions") or []
    ]


def str_rows(panel: PanelReply, findings: Findings) -> list[Reply]:
    """The rows of a panel's short tandem repeats."""
    return [_row(panel, entry, "repeat", _str_columns, findings) for entry in panel.reply.get("strs") or []]


def _row(
    panel: PanelReply, entry: Reply, what: str, own: Callable[[Reply], Reply], findings: Findings
) -> Reply:
    """Columns that every entry has, and those of its kind; PackError names the panel and the entry."""
    name = entry.get("entity_name") or (entry.get("gene_data") or {}).get("gene_symbol") or "without a name"
    where = f"{panel.path}, {panel.label}, {what} {name}"
    try:
        confidence = str(entry["confidence_level"])
        mode = entry["mode_of_inheritance"]
        columns = own(entry)
    except KeyError as error:
        raise PackError(
            f"a {what} entry of a panel lacks a field", where=where, value=error, advice=ADVICE
        ) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise PackError(
            f"a {what} entry of a panel has a field of the wrong form",
            where=where,
            value=error,
            advice=ADVICE,
        ) from error
    if confidence not in CONFIDENCE:
        raise PackError(
            f"a {what} entry has a confidence level that PanelApp does not use (0 to 4)",
            where=where,
            value=confidence,
            advice=ADVICE,
        )
    component = entry.get("panel") if isinstance(entry.get("panel"), dict) else {}
    return {
        "panel_id": panel.id,
        **columns,
        "confidence": min(int(confidence), 3),
        "confidence_word": CONFIDENCE[confidence],
        "mode_of_inheritance": mode or "",
        "mode": _mode(mode, findings).value,
        "penetrance": _text(entry.get("penetrance")),
        "tags": _texts(entry, "tags"),
        "phenotypes": _texts(entry, "phenotypes"),
        "publications": _texts(entry, "publications"),
        "component_id": str(component["id"]) if component and "id" in component else None,
        "component_name": _text(component.get("name")) if component else None,
    }


def _mode(text: str | None, findings: Findings) -> ModeOfInheritance:
    mode = parse_mode(text)
    if mode is None:
        findings.unknown_modes[str(text)] += 1
    return mode or ModeOfInheritance.UNKNOWN


def _gene_columns(entry: Reply) -> Reply:
    data = entry["gene_data"]
    pathogenicity = entry.get("mode_of_pathogenicity") or ""
    return {
        "gene": str(data["gene_symbol"]),
        "hgnc_id": _text(data.get("hgnc_id")),
        "ensembl_ids": sorted(set(_ensembl_ids(data.get("ensembl_genes") or {}))),
        "aliases": _texts(data, "alias"),
        "mode_of_pathogenicity": pathogenicity,
        "lof_excluded": bool(_LOSS_OF_FUNCTION_EXCLUDED.search(pathogenicity)),
    }


def _ensembl_ids(builds: Reply) -> Iterator[str]:
    """Gene ids of every build and Ensembl release: {"GRch38": {"90": {"ensembl_id": ...}}}."""
    for releases in builds.values():
        for place in releases.values():
            if place.get("ensembl_id"):
                yield str(place["ensembl_id"])


def _region_columns(entry: Reply) -> Reply:
    return {
        "region": str(entry["entity_name"]),
        "verbose_name": _text(entry.get("verbose_name")),
        **_coordinates(entry),
        "type_of_variants": _text(entry.get("type_of_variants")) or "",
        "required_overlap_percentage": _whole(entry.get("required_overlap_percentage")),
        "haploinsufficiency_score": _text(entry.get("haploinsufficiency_score")),
        "triplosensitivity_score": _text(entry.get("triplosensitivity_score")),
        "gene": _text((entry.get("gene_data") or {}).get("gene_symbol")),
    }


def _str_columns(entry: Reply) -> Reply:
    data = entry.get("gene_data") or {}
    return {
        "repeat": str(entry["entity_name"]),
        "gene": _text(data.get("gene_symbol")),
        "hgnc_id": _text(data.get("hgnc_id")),
        **_coordinates(entry),
        "motif": str(entry["repeated_sequence"]),
        "normal_repeats": _whole(entry["normal_repeats"]),
        "pathogenic_repeats": _whole(entry["pathogenic_repeats"]),
    }


def _coordinates(entry: Reply) -> Reply:
    """The contig (without chr) and 1-based inclusive positions in both builds, null where PanelApp has none."""
    columns: Reply = {"contig": str(entry["chromosome"])}
    for build in ("grch37", "grch38"):
        start, end = entry.get(f"{build}_coordinates") or (None, None)
        columns[f"{build}_start"], columns[f"{build}_end"] = _whole(start), _whole(end)
    return columns


def _whole(value: object) -> int | None:
    return None if value in (None, "") else int(str(value))


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value).strip()


def _texts(entry: Reply, key: str) -> list[str]:
    value = entry.get(key)
    items = value if isinstance(value, list) else [value]
    return [str(item).strip() for item in items if item not in (None, "")]
