"""Regions of the genome as people write them: chr20, chr20:1,000,000-1,030,000 or chr20:1000000."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trihelix.model.assembly import bare_contig
from trihelix.model.errors import RegionError

LAST = (1 << 31) - 1
_REGION = re.compile(r"([^:\s]+)(?::([\d,]+)(?:-([\d,]+))?)?")


@dataclass(frozen=True, order=True)
class Region:
    """Positions first..last of a contig, 1-based inclusive; `contig` is bare, without `chr`."""

    contig: str
    first: int
    last: int


def everywhere(contig: str) -> Region:
    """A whole contig."""
    return Region(bare_contig(contig), 1, LAST)


def parse_region(text: str, contigs: Mapping[str, int]) -> Region:
    """A region of a store whose contigs are known with their lengths (0 = not told).

    Raises RegionError for text that is no region, an unknown contig, an end before the start, or a place outside.
    """
    match = _REGION.fullmatch(text.strip())
    if match is None:
        raise _wrong("this is not a region", text, "write contig, contig:position or contig:first-last")
    contig = bare_contig(match[1])
    lengths = {bare_contig(name): length for name, length in contigs.items()}
    if contig not in lengths:
        shown = ", ".join(list(contigs)[:8]) or "none: it is empty"
        raise _wrong("the store has no such contig", text, f"its contigs are {shown}")
    if match[2] is None:
        return Region(contig, 1, lengths[contig] or LAST)
    first = int(match[2].replace(",", "") or 0)
    last = int(match[3].replace(",", "") or 0) if match[3] else first
    if not 1 <= first <= last:
        raise _wrong("a region begins at 1 or later and does not end before it begins", text, "swap its ends")
    if last > (lengths[contig] or LAST):
        raise _wrong(f"the region ends outside its contig, which has {lengths[contig]:,} bases", text,
                     "check the position and the genome assembly")  # fmt: skip
    return Region(contig, first, last)


def _wrong(what: str, text: str, advice: str) -> RegionError:
    return RegionError(what, where="--region", value=text, advice=advice)


_ORDER = {name: i for i, name in enumerate((*map(str, range(1, 23)), "X", "Y", "MT"))}


def in_genome_order(tables: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The contigs of several tables with their lengths (0 = not told): each once, by the name it has first, in the
    order of the assemblies; others behind them as they came."""
    names: dict[str, str] = {}
    lengths: dict[str, int] = {}
    for table in tables:
        for name, length in table.items():
            bare = bare_contig(name)
            names.setdefault(bare, name)
            lengths[bare] = lengths.get(bare, 0) or length
    order = sorted(names, key=lambda bare: _ORDER.get(bare, len(_ORDER)))
    return {names[bare]: lengths[bare] for bare in order}


def joined(regions: Iterable[Region]) -> list[Region]:
    """The same places as regions that neither overlap nor touch, sorted within each contig."""
    merged: list[Region] = []
    for region in sorted(regions):
        last = merged[-1] if merged else None
        if last and last.contig == region.contig and region.first <= last.last + 1:
            merged[-1] = Region(last.contig, last.first, max(last.last, region.last))
        else:
            merged.append(region)
    return merged
