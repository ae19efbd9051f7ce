"""What a variant file says, call by call, as pysam (htslib) reads it: the plain answer to the store's reader."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pysam

from trihelix.model.assembly import bare_contig, in_par
from trihelix.variants.codes import (
    HALF_CALL,
    HAPLOID,
    HET,
    HOM,
    MISSING,
    OTHER_ALT,
    PHASED,
    REF,
    SECOND_HAPLOTYPE,
)
from trihelix.variants.store.genotypes import (
    AS_WRITTEN,
    DIPLOID,
    MITOCHONDRIAL,
    N_REGIONS,
    X_ONLY,
    Y_ONLY,
    Lists,
)
from trihelix.variants.store.reading import Piece, ReadingRequest, open_genotypes

BASES = set("ACGTN")
NO_ALT = {"<NON_REF>", "<*>", "."}
LARGEST = 32767


@dataclass
class Told:
    """Rows and blocks in file order, every value a plain one; and the copies that were found."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    blocks: list[tuple[Any, ...]] = field(default_factory=list)
    expected: Any = None
    records: int = 0


def region_of(contig: str, pos: int, assembly: str | None) -> int:
    bare = bare_contig(contig)
    if bare == "X" and in_par(assembly, pos):
        return DIPLOID
    return {"X": X_ONLY, "Y": Y_ONLY, "MT": MITOCHONDRIAL}.get(bare, DIPLOID)


def number(value: Any, cap: int = LARGEST) -> int:
    if isinstance(value, tuple):
        value = value[0] if value else None
    return -1 if value is None or value < 0 else min(int(value), cap)


def state_of(alleles: tuple[int | None, ...], phased: bool, allele: int) -> tuple[int, int, int, int]:
    called = [a for a in alleles if a is not None]
    copies = called.count(allele)
    flags = HAPLOID if len(alleles) == 1 else 0
    flags |= PHASED if phased and len(alleles) == 2 else 0
    flags |= OTHER_ALT if any(a not in (0, allele) for a in called) else 0
    flags |= SECOND_HAPLOTYPE if copies == 1 and len(alleles) > 1 and alleles[1] == allele else 0
    if not called or len(alleles) > 2:
        return MISSING, flags, copies, len(called)
    if len(called) < len(alleles):
        return (HET if copies else MISSING), flags | HALF_CALL, copies, len(called)
    if copies == len(alleles):
        return HOM, flags, copies, len(called)
    return (HET if copies else REF), flags, copies, len(called)


def quality_of(call: Any, allele: int, flags: int) -> tuple[int, ...]:
    depths = call.get("AD") or ()
    depths = depths if isinstance(depths, tuple) else (depths,)
    ref, alt = (number(depths[i]) if i < len(depths) else -1 for i in (0, allele))
    return number(call.get("DP")), number(call.get("GQ")), ref, alt, number(call.get("PS"), 2**31 - 1), flags


def from_htslib(
    path: Path,
    expected: Any = None,
    kin: dict[int, list[int]] | None = None,
    rare: int = 0,
    assembly: str | None = None,
) -> Told:
    told = Told()
    with pysam.VariantFile(str(path)) as file:
        samples = list(file.header.samples)
        told.expected = (
            np.full((N_REGIONS, len(samples)), AS_WRITTEN, np.uint8) if expected is None else expected.copy()
        )
        told.expected[DIPLOID] = 2
        with_alt = 0
        for record in file:
            told.records += 1
            calls = [record.samples[s] for s in range(len(samples))]
            genotypes = [c.allele_indices or (None,) for c in calls]
            phased = [bool(c.phased) for c in calls]
            if list(record.format)[:1] != ["GT"]:  # pysam looks for GT in the first place only
                genotypes, phased = genotypes_of_text(str(record))
            region = region_of(record.chrom, record.pos, assembly)
            for s, alleles in enumerate(genotypes):
                known = any(a is not None for a in alleles) and len(alleles) <= 2
                if told.expected[region, s] == AS_WRITTEN and known:
                    told.expected[region, s] = len(alleles)
            alts = record.alts or ()
            if all(a in NO_ALT for a in alts):
                told.blocks += blocks_of(record, calls, genotypes)
                continue
            for allele, alt in enumerate(alts, 1):
                told_alt = set(alt.upper()) <= BASES and set(record.ref.upper()) <= BASES
                if told_alt and alt.upper() != record.ref.upper():
                    row = row_of(
                        record, calls, genotypes, phased, allele, told.expected[region], region, kin, rare
                    )
                    told.rows.append(row | {"record": with_alt})
            with_alt += 1
    return told


def genotypes_of_text(line: str) -> tuple[list[tuple[int | None, ...]], list[bool]]:
    columns = line.rstrip("\n").split("\t")
    place = columns[8].split(":").index("GT")
    texts = [column.split(":")[place] for column in columns[9:]]
    alleles = [tuple(None if a == "." else int(a) for a in re.split("[/|]", text)) for text in texts]
    return alleles, ["|" in text for text in texts]


def blocks_of(
    record: Any, calls: list[Any], genotypes: list[tuple[int | None, ...]]
) -> list[tuple[Any, ...]]:
    found = []
    for s, (call, alleles) in enumerate(zip(calls, genotypes, strict=True)):
        reads, least = number(call.get("DP")), number(call.get("MIN_DP"))
        quality = number(call.get("GQ"))
        quality = number(call.get("RGQ")) if quality < 0 else quality
        state = MISSING if any(a != 0 for a in alleles) or reads == 0 else REF
        end = max(
            record.info.get("END", record.pos) if "END" in record.info else block_end(record), record.pos
        )
        found.append((record.chrom, record.pos, end, s, state, least if least >= 0 else reads, quality))
    return found


def block_end(record: Any) -> int:
    """pysam hides END: it is the record's stop where the record says END at all."""
    return record.stop if ";END=" in f";{str(record).split(chr(9))[7]}" else record.pos


def row_of(
    record: Any,
    calls: list[Any],
    genotypes: list[Any],
    phased: list[bool],
    allele: int,
    expected: Any,
    region: int,
    kin: Any,
    rare: int,
) -> dict[str, Any]:
    lists: dict[int, list[int]] = {HET: [], HOM: [], MISSING: [], REF: []}
    exceptions, quality = [], {}
    for s, (call, alleles) in enumerate(zip(calls, genotypes, strict=True)):
        state, flags, copies, called = state_of(alleles, phased[s], allele)
        if state == REF and number(call.get("DP")) == 0:
            state, called = MISSING, 0
        lists[state].append(s)
        quality[s] = quality_of(call, allele, flags)
        one = region != DIPLOID and expected[s] == 1
        if called and not (len(alleles) == called == 2 or (len(alleles) == 1 and one)):
            exceptions.append((s, state, copies, called))
    carriers = [*lists[HET], *lists[HOM]]
    companions = set()
    if kin and 0 < len(carriers) <= rare:
        companions = {r for c in carriers for r in kin[c]} - set(carriers)
    return {
        "site": (record.chrom, record.pos, record.ref.upper(), record.alts[allele - 1].upper()),
        "filter": str(record).split("\t")[6],
        "het": lists[HET],
        "hom": lists[HOM],
        "missing": lists[MISSING],
        "exceptions": exceptions,
        "quality": [quality[s] for s in carriers],
        "companions": [(s, MISSING if s in lists[MISSING] else REF, *quality[s]) for s in sorted(companions)],
    }


def from_reader(path: Path, ask: ReadingRequest) -> Told:
    told = Told()
    for piece in open_genotypes(path, ask).pieces():
        add_piece(told, piece)
    told.expected = ask.expected
    return told


def add_piece(told: Told, piece: Piece) -> None:
    told.records = piece.records
    g, sites, at = piece.genotypes, piece.genotypes.sites, 0
    for i in range(len(g)):
        het, hom = g.het.of(i).tolist(), g.hom.of(i).tolist()
        n = len(het) + len(hom)
        e = slice(int(g.exceptions.offsets[i]), int(g.exceptions.offsets[i + 1]))
        told.rows.append(
            {
                "site": (piece.contigs[sites.contig[i]], int(sites.pos[i]), sites.ref(i), sites.alt(i)),
                "filter": piece.filters[sites.filter[i]],
                "record": int(sites.record[i]),
                "het": het,
                "hom": hom,
                "missing": g.missing.of(i).tolist(),
                "exceptions": list(zip(*(column[e].tolist() for column in g.exceptions[1:]), strict=True)),
                "quality": plain(g.quality, at, at + n),
                "companions": companions_of(g, i),
            }
        )
        at += n
    for block in zip(*(column.tolist() for column in piece.blocks), strict=True):
        told.blocks.append((piece.contigs[block[0]], *block[1:]))


def plain(quality: Any, start: int, end: int) -> list[tuple[int, ...]] | None:
    if quality is None:
        return None
    return list(zip(*(column[start:end].tolist() for column in quality), strict=True))


def companions_of(g: Any, i: int) -> list[tuple[int, ...]]:
    if g.companions is None:
        return []
    start, end = (int(n) for n in g.companions.offsets[i : i + 2])
    samples, states = g.companions.samples[start:end].tolist(), g.companions.state[start:end].tolist()
    return [
        (s, t, *q)
        for s, t, q in zip(samples, states, plain(g.companions.quality, start, end) or [], strict=True)
    ]


def check_same(ours: Told, theirs: Told) -> None:
    """Ours may leave out qualities where there are none but flags that the state tells as well."""
    assert ours.records == theirs.records
    assert ours.blocks == theirs.blocks
    assert len(ours.rows) == len(theirs.rows)
    for mine, other in zip(ours.rows, theirs.rows, strict=True):
        if mine["quality"] is None:
            assert all(q[:5] == (-1,) * 5 and not q[5] & (PHASED | OTHER_ALT) for q in other["quality"]), (
                other
            )
            other = other | {"quality": None}
        assert mine == other
    if ours.expected is not None:
        assert ours.expected.tolist() == theirs.expected.tolist()


def as_lists(kin: dict[int, list[int]], samples: int) -> Lists:
    relatives = [kin.get(s, []) for s in range(samples)]
    offsets = np.cumsum([0, *(len(r) for r in relatives)])
    return Lists(offsets.astype(np.int64), np.array([r for some in relatives for r in some], np.uint32))
