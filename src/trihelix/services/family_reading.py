"""Reading a family's variant files: samples matched with the pedigree, calls normalised and joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NoReturn, Protocol

import numpy as np

from trihelix.formats.bgzf import Compression
from trihelix.formats.vcf import VcfHeader
from trihelix.model.assembly import bare_contig, is_known_contig
from trihelix.model.errors import (
    AssemblyMismatchError,
    MalformedRecordError,
    NoVariantsError,
    SampleMismatchError,
)
from trihelix.model.family import Family
from trihelix.model.interpretation import Notice
from trihelix.reference.genome import Genome
from trihelix.variants.calls import MAX_POSITION, Calls, read_calls
from trihelix.variants.family_calls import FamilyCalls, join_calls
from trihelix.variants.normalise import contig_lengths_agree, normalise


class ReadingOptions(Protocol):
    """The part of a request that reading depends on."""

    @property
    def not_sequenced(self) -> tuple[str, ...]:
        """Members who are in no variant file, as the person confirms."""

    @property
    def ignore_other_samples(self) -> bool:
        """Whether samples that are not in the pedigree may be passed over."""

    @property
    def absent_is_reference(self) -> bool:
        """Whether a site absent from a file is reference there."""


@dataclass(frozen=True)
class FamilyReading:
    """The family's calls; `joint` when absence does not hide reference calls."""

    calls: FamilyCalls
    joint: bool
    notices: tuple[Notice, ...]
    file_notes: dict[Path, str]


def read_family(
    headers: Sequence[VcfHeader], family: Family, options: ReadingOptions, genome: Genome | None
) -> FamilyReading:
    """Read, check, normalise and join. Raises SampleMismatchError, MalformedRecordError, ReferenceMismatchError..."""
    members = match_samples(headers, family, options)
    files = [read_calls(h.path, [m for m in members if m in h.samples]) for h in headers]
    files = [f for f in files if f.members]
    for file in files:
        _check_contigs(file, genome)
        _check_positions(file, genome)
    if not sum(len(f) for f in files):
        raise NoVariantsError(
            "the files have records but no alternate alleles that can be interpreted",
            where=", ".join(str(h.path) for h in headers),
            advice="give a file with called variants (SNVs or small indels with bases as ALT)",
        )
    parts = [normalise(file, genome) for file in files]
    calls = join_calls(parts, members, options.absent_is_reference)
    joint = options.absent_is_reference or all(
        set(f.members) == set(members) or f.set_aside.reference_records > 0 for f in files
    )
    moved = sum(p.moved for p in parts)
    notices = (*_notices(files, calls, moved, genome), *_file_notices(files, joint))
    return FamilyReading(calls, joint, notices, _file_notes(headers))


def match_samples(headers: Sequence[VcfHeader], family: Family, options: ReadingOptions) -> list[str]:
    """The sequenced members in the pedigree's order. SampleMismatchError when samples and members do not fit."""
    samples = {s for h in headers for s in h.samples}
    where = ", ".join(str(h.path) for h in headers)
    if not samples:
        raise SampleMismatchError(
            "the variant file has no samples", where=where, advice="give a file with genotypes"
        )
    ids = [m.id for m in family.members]
    _check_not_sequenced(options.not_sequenced, ids, samples, where)
    _check_absent([i for i in ids if i not in samples and i not in options.not_sequenced], samples, where)
    others = sorted(samples - set(ids))
    if others and not options.ignore_other_samples:
        raise SampleMismatchError(
            f"{len(others)} samples of the variant file are not in the pedigree",
            where=where,
            value=", ".join(others[:5]),
            advice="add them to the pedigree, or pass --ignore-other-samples",
        )
    return [i for i in ids if i in samples]


def _check_not_sequenced(
    not_sequenced: Sequence[str], ids: Sequence[str], samples: set[str], where: str
) -> None:
    """Who is said to have no sample must be a member, and must have none."""
    for member in not_sequenced:
        if member not in ids or member in samples:
            raise SampleMismatchError(
                "a member given as not sequenced is in a variant file"
                if member in samples
                else "a person given as not sequenced is not in the pedigree",
                where=f"--not-sequenced; {where}",
                value=member,
                advice=f"leave --not-sequenced out for those with a sample; the pedigree has {', '.join(ids[:5])}",
            )


def _check_absent(absent: Sequence[str], samples: set[str], where: str) -> None:
    if absent:
        raise SampleMismatchError(
            "members of the pedigree are in no variant file",
            where=where,
            value=", ".join(absent[:5]),
            advice=f"the files hold {', '.join(sorted(samples)[:5])}; correct the names, or pass "
            f"--not-sequenced {','.join(absent[:5])} if there is no sample",
        )


def _check_contigs(calls: Calls, genome: Genome | None) -> None:
    """A record's contig must be one that the header, the genome or the assemblies know."""
    for number, name in enumerate(calls.contigs):
        declared = name in calls.header.contigs
        in_genome = genome is not None and bare_contig(name) in genome.lengths
        if not (declared or in_genome or is_known_contig(name)):
            raise MalformedRecordError(
                "a record lies on a contig that neither the header nor the genome knows",
                where=_first_on(calls, number),
                value=name,
                advice="correct the contig's name, or add a ##contig line",
            )
    if genome is not None and calls.header.assembly is None:
        different = contig_lengths_agree(calls, genome)
        if different:
            raise AssemblyMismatchError(
                "contig lengths of the variant file and of the genome pack differ",
                where=str(calls.header.path),
                value="; ".join(different[:3]),
                advice="give a file and a genome of the same assembly",
            )


def _first_on(calls: Calls, number: int) -> str:
    """The file, and the line of the first alternate allele on a contig."""
    rows = np.flatnonzero(calls.rows.contig == number)
    return (
        f"{calls.header.path}, line {int(calls.rows.line[rows[0]])}" if len(rows) else str(calls.header.path)
    )


def _check_positions(calls: Calls, genome: Genome | None) -> None:
    """No record may reach beyond its contig's end, by the header's length, else the genome's."""
    lengths = [
        calls.header.contigs.get(name)
        or (genome.lengths.get(bare_contig(name)) if genome else None)
        or MAX_POSITION
        for name in calls.contigs
    ]
    longest = np.minimum(np.array(lengths, np.int64), MAX_POSITION)
    starts = np.searchsorted(calls.rows.contig, np.arange(len(calls.contigs) + 1))
    for number, (first, end) in enumerate(pairwise(starts)):
        last = calls.rows.pos[first:end] + calls.rows.ref_len[first:end] - 1
        if len(last) and int(last.max()) > longest[number]:
            _reject_position(calls, int(first + np.argmax(last > longest[number])), int(longest[number]))


def _reject_position(calls: Calls, row: int, longest: int) -> NoReturn:
    contig = calls.contigs[calls.rows.contig[row]]
    raise MalformedRecordError(
        "a record reaches beyond the end of its contig",
        where=f"{calls.header.path}, line {int(calls.rows.line[row])} ({contig}:{int(calls.rows.pos[row])})",
        value=f"{int(calls.rows.ref_len[row])} bases from {int(calls.rows.pos[row]):,}; {contig} ends at {longest:,}",
        advice="the record is damaged, or the file was made against another assembly",
    )


_SET_ASIDE = {
    "symbolic": ("warning", "symbolic alleles and breakends (structural variants) were set aside"),
    "star": ("info", "* alleles (spanning deletions) were set aside"),
    "same_as_ref": ("warning", "alternate alleles equal to REF were set aside"),
    "ambiguous": ("warning", "alleles with ambiguous bases were set aside"),
    "ploidy": ("warning", "calls of more than two alleles were read as missing"),
    "half_calls": ("info", "half calls (./1) were read as one copy; (./0) as missing"),
    "haploid_calls": ("info", "haploid calls were read as they are"),
}


def _notices(
    files: Sequence[Calls], calls: FamilyCalls, moved: int, genome: Genome | None
) -> tuple[Notice, ...]:
    notices = [
        Notice(level, code, text, count)
        for code, (level, text) in _SET_ASIDE.items()
        if (count := sum(getattr(f.set_aside, code) for f in files))
    ]
    if calls.duplicates:
        text = "alleles stood in more than one record of a file; the call with most copies was kept"
        notices.append(Notice("warning", "duplicate_records", text, calls.duplicates))
    if calls.uncovered:
        text = "reference calls without any read (DP 0) were read as missing"
        notices.append(Notice("info", "uncovered_reference", text, calls.uncovered))
    if moved:
        notices.append(Notice("info", "normalised", "alleles were trimmed or left-aligned", moved))
    if genome is not None and (uncovered := int((~calls.covered).sum())):
        lacking = sorted({c for c in calls.contigs if c not in genome.lengths})
        where = f" (contigs not in it: {', '.join(lacking[:8])})" if lacking else ""
        text = (
            f"alleles lie where the genome pack has no sequence{where}: not compared, consequences not told"
        )
        notices.append(Notice("warning", "outside_genome", text, uncovered))
    return tuple(notices)


def _file_notices(files: Sequence[Calls], joint: bool) -> list[Notice]:
    """What the files as a whole leave open."""
    notices = []
    if cut := [f.header.path.name for f in files if not f.last_line_ended]:
        text = f"the last line of {', '.join(cut)} has no line end: the file may have been cut short"
        notices.append(Notice("warning", "no_last_line_end", text, len(cut)))
    if not joint:
        text = (
            "the members stand in files of their own without reference records: where a file has no record its "
            "member is missing, not reference, so nothing can be called de novo there (--absent-is-reference)"
        )
        notices.append(Notice("warning", "absent_is_missing", text))
    return notices


def _file_notes(headers: Sequence[VcfHeader]) -> dict[Path, str]:
    note = "plain gzip, not bgzip: it was read whole, but cannot be indexed"
    return {h.path: note for h in headers if h.compression is Compression.GZIP}
