"""PED files: the members of a family, their parents, sex and disease status, read, checked and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from trihelix.model.errors import (
    CorruptFileError,
    FileUnreadableError,
    MalformedRecordError,
    PedigreeError,
)
from trihelix.model.family import Affection, Family, Member, Sex

HEADER = "#family\tindividual\tfather\tmother\tsex\tphenotype\n"
COLUMNS = 6
MAX_MEMBERS = 64  # interpretation keeps a family's genotypes as 64-bit masks
MAX_IDENTIFIER = 200
NOBODY = frozenset({"", "0", ".", "-9"})  # how files write "parent not known"

SEXES = {
    **dict.fromkeys(("1", "m", "male"), Sex.MALE),
    **dict.fromkeys(("2", "f", "female"), Sex.FEMALE),
    **dict.fromkeys(("0", "-9", ".", "u", "unknown", "other", "undetermined", "na"), Sex.UNKNOWN),
}
AFFECTIONS = {
    **dict.fromkeys(("2", "affected", "case"), Affection.AFFECTED),
    **dict.fromkeys(("1", "unaffected", "control"), Affection.UNAFFECTED),
    **dict.fromkeys(("0", "-9", ".", "unknown", "uncertain", "missing", "na"), Affection.UNCERTAIN),
}
SEX_CODES = {Sex.MALE: "1", Sex.FEMALE: "2", Sex.UNKNOWN: "0"}
AFFECTION_CODES = {Affection.AFFECTED: "2", Affection.UNAFFECTED: "1", Affection.UNCERTAIN: "0"}

Code = TypeVar("Code")

_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True)
class PedigreeEntry:
    """A member as one record of a pedigree states it; `where` is the place of that record."""

    family_id: str
    member: Member
    where: str


def read_ped(path: Path, family_id: str | None = None) -> Family:
    """The family in a PED file, checked; `family_id` chooses one where the file holds several.

    Columns: family, individual, father, mother, sex (1 male, 2 female, else unknown), phenotype (2 affected,
    1 unaffected, 0 or -9 uncertain), separated by tabs or blanks; further columns and lines starting with `#`
    are ignored (https://www.cog-genomics.org/plink/1.9/formats#ped). Where a line has six cells between tabs,
    identifiers may hold blanks.

    Raises FileUnreadableError, CorruptFileError (not UTF-8), MalformedRecordError (a line that breaks the
    format) and PedigreeError (a family that cannot be, or no single family to take).
    """
    return assemble_family(_entries(path), family_id, str(path))


def read_families(path: Path) -> tuple[Family, ...]:
    """All families in a PED file, in the order of their first rows, each checked as `read_ped` checks one.

    A family may be of any size here: files about cohorts often write one family id for everybody. Raises as
    `read_ped`.
    """
    groups: dict[str, list[PedigreeEntry]] = {}
    for entry in _entries(path):
        groups.setdefault(entry.family_id, []).append(entry)
    if not groups:
        raise _nobody(str(path))
    return tuple(_checked_family(family_id, entries) for family_id, entries in groups.items())


def write_ped(family: Family) -> str:
    """The family as the text of a PED file that `read_ped` reads back as the same family.

    Raises what `read_ped` would raise on it, so that nothing unreadable is written.
    """
    where = f"family {shown(family.id)}"
    check_identifier(family.id, "the family id", where)
    if family.id.startswith("#"):
        raise MalformedRecordError(
            "a family id that starts with # would read as a comment",
            where=where,
            value=shown(family.id),
            advice="rename the family",
        )
    for member in family.members:
        check_identifier(member.id, "a member's id", where)
        _check_not_reserved(member.id, where)
    assemble_family([PedigreeEntry(family.id, m, where) for m in family.members], family.id, where)
    return HEADER + "".join(_line(family.id, m) for m in family.members)


def assemble_family(entries: Sequence[PedigreeEntry], family_id: str | None, where: str) -> Family:
    """One family from pedigree records, in their order; PedigreeError where they contradict themselves.

    `where` names the file for errors that belong to no single record.
    """
    chosen_id = _choose_family(entries, family_id, where)
    chosen = [e for e in entries if e.family_id == chosen_id]
    _index_members(chosen)
    if len(chosen) > MAX_MEMBERS:
        raise PedigreeError(
            f"a family of more than {MAX_MEMBERS} members cannot be interpreted at once",
            where=where,
            value=f"family {shown(chosen_id)} has {len(chosen)} members",
            advice="keep the proband's close relatives and those who were sequenced, and remove the other rows",
        )
    return _checked_family(chosen_id, chosen)


def unreadable(path: Path, error: OSError) -> FileUnreadableError:
    """The error for a file that the operating system will not give us."""
    return FileUnreadableError(
        "the file cannot be read",
        where=str(path),
        value=error.strerror or type(error).__name__,
        advice="check the path, that it is a file and that you may read it",
    )


def check_identifier(value: str, what: str, where: str) -> str:
    """The identifier itself; MalformedRecordError if it is empty, too long, or has characters that do not print.

    Control and invisible characters are refused because identifiers end up in terminals, tables and pages.
    """
    if not value:
        problem = "is empty"
    elif len(value) > MAX_IDENTIFIER:
        problem = f"is longer than {MAX_IDENTIFIER} characters"
    elif not value.isprintable():
        problem = "has control or invisible characters"
    elif value != value.strip():
        problem = "starts or ends with a blank"
    else:
        return value
    raise MalformedRecordError(
        f"{what} {problem}",
        where=where,
        value=shown(value),
        advice="use a short plain identifier, the same as in the VCF header",
    )


def shown(value: str) -> str:
    """A value made safe and short for a message: escapes for what does not print, cut after 60 characters."""
    safe = value if value.isprintable() else ascii(value)[1:-1]
    return safe if len(safe) <= 60 else f"{safe[:60]}... ({len(value)} characters)"


def listed(values: Sequence[str], limit: int = 10) -> str:
    """The first few values of a list in words, with the number of the others."""
    names = ", ".join(shown(v) for v in values[:limit])
    return names if len(values) <= limit else f"{names} and {len(values) - limit} more"


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Line number and text of every line with content."""
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as handle:
            for number, line in enumerate(handle, 1):
                _check_utf8(line, f"{path}, line {number}")
                if line.strip() and not line.lstrip().startswith("#"):
                    yield number, line.rstrip("\n")
    except OSError as error:
        raise unreadable(path, error) from error


def _entries(path: Path) -> list[PedigreeEntry]:
    """The records of a file, in its order."""
    entries: list[PedigreeEntry] = []
    for number, line in _lines(path):
        cells = _cells(line)
        if not entries and len(cells) >= COLUMNS and cells[4].lower() in ("sex", "gender"):
            continue  # a header without the leading #
        entries.append(_parse_entry(cells, f"{path}, line {number}"))
    return entries


def _checked_family(family_id: str, entries: Sequence[PedigreeEntry]) -> Family:
    """The family of these records; PedigreeError where they contradict themselves."""
    by_id = _index_members(entries)
    for entry in entries:
        _check_parents(entry, by_id)
    _check_roles(entries)
    _check_no_cycle(by_id)
    return Family(family_id, tuple(e.member for e in entries))


def _check_utf8(line: str, where: str) -> None:
    """Bytes that are not UTF-8 arrive as lone surrogates, which cannot be encoded again."""
    try:
        line.encode("utf-8")
    except UnicodeEncodeError as error:
        raise CorruptFileError(
            "the pedigree file is not UTF-8 text",
            where=where,
            value=f"byte 0x{ord(line[error.start]) & 0xFF:02x}",
            advice="save it as plain text in UTF-8: neither compressed nor a spreadsheet",
        ) from error


def _cells(line: str) -> list[str]:
    """The first six cells: between tabs where there are enough of them, else between runs of blanks."""
    tabbed = line.split("\t", COLUMNS)
    if len(tabbed) >= COLUMNS:
        return [cell.strip(" ") for cell in tabbed[:COLUMNS]]
    return _BLANKS.split(line.strip(" \t"), COLUMNS)[:COLUMNS]


def _parse_entry(cells: list[str], where: str) -> PedigreeEntry:
    if len(cells) < COLUMNS:
        raise MalformedRecordError(
            f"a pedigree line has {len(cells)} columns instead of {COLUMNS}",
            where=where,
            value=shown(" ".join(cells)),
            advice="write family, individual, father, mother, sex and phenotype, separated by tabs; 0 for an unknown parent",
        )
    family_id, individual, father, mother, sex, phenotype = cells
    check_identifier(family_id, "the family id", where)
    check_identifier(individual, "the individual's id", where)
    _check_not_reserved(individual, where)
    member = Member(
        individual,
        _coded(sex, SEXES, "sex", "1 (male), 2 (female) or 0 (unknown)", where),
        _coded(phenotype, AFFECTIONS, "phenotype", "2 (affected), 1 (unaffected) or 0 (uncertain)", where),
        parent_id(father, "the father's id", where),
        parent_id(mother, "the mother's id", where),
    )
    return PedigreeEntry(family_id, member, where)


def parent_id(text: str, what: str, where: str) -> str | None:
    """A parent's id, or None where the text is one of the ways to say that the parent is not known."""
    return None if text in NOBODY else check_identifier(text, what, where)


def _check_not_reserved(individual: str, where: str) -> None:
    if individual in NOBODY:
        raise MalformedRecordError(
            "an individual's id is a word that stands for 'nobody'",
            where=where,
            value=individual,
            advice="give the individual an id other than " + ", ".join(sorted(NOBODY - {""})),
        )


def _coded(text: str, codes: dict[str, Code], column: str, allowed: str, where: str) -> Code:
    code = codes.get(text.lower())
    if code is None:
        raise MalformedRecordError(
            f"the {column} column holds no {column} code",
            where=where,
            value=shown(text),
            advice=f"write {allowed}",
        )
    return code


def _choose_family(entries: Sequence[PedigreeEntry], family_id: str | None, where: str) -> str:
    families = list(dict.fromkeys(e.family_id for e in entries))
    if not families:
        raise _nobody(where)
    if family_id is None and len(families) == 1:
        return families[0]
    if family_id in families:
        return family_id
    raise PedigreeError(
        "the pedigree holds several families"
        if family_id is None
        else "the pedigree does not hold this family",
        where=where,
        value=f"{len(families)} families" if family_id is None else shown(family_id),
        advice=f"choose one with --family: {listed(families)}",
    )


def _nobody(where: str) -> PedigreeError:
    return PedigreeError(
        "the pedigree lists nobody",
        where=where,
        value="0 members",
        advice="write one row per family member: family, individual, father, mother, sex, phenotype",
    )


def _index_members(entries: Iterable[PedigreeEntry]) -> dict[str, PedigreeEntry]:
    by_id: dict[str, PedigreeEntry] = {}
    for entry in entries:
        first = by_id.setdefault(entry.member.id, entry)
        if first is not entry:
            raise PedigreeError(
                f"an individual is listed twice in family {shown(entry.family_id)}, first at {first.where}",
                where=entry.where,
                value=shown(entry.member.id),
                advice="keep one of the two rows, or give them different ids",
            )
    return by_id


def _check_parents(entry: PedigreeEntry, by_id: dict[str, PedigreeEntry]) -> None:
    member = entry.member
    if member.father is not None and member.father == member.mother:
        raise PedigreeError(
            f"the same person is father and mother of {shown(member.id)}",
            where=entry.where,
            value=shown(member.father),
            advice="correct one of the two columns; write 0 for a parent who is not known",
        )
    _check_parent(entry, member.father, "father", Sex.FEMALE, by_id)
    _check_parent(entry, member.mother, "mother", Sex.MALE, by_id)


def _check_parent(
    entry: PedigreeEntry, parent: str | None, role: str, impossible: Sex, by_id: dict[str, PedigreeEntry]
) -> None:
    if parent is None:
        return
    child = shown(entry.member.id)
    if parent == entry.member.id:
        problem = f"{child} is given as its own {role}"
        advice = f"correct the {role} column; write 0 for a parent who is not known"
    elif parent not in by_id:
        problem = f"the {role} of {child} is not listed in the family"
        advice = (
            f"add a row for {shown(parent)} (parents 0, phenotype 0 if not known), or write 0 as the {role}"
        )
    elif by_id[parent].member.sex is impossible:
        problem = f"the {role} of {child} is {impossible.value} at {by_id[parent].where}"
        advice = "correct the sex, or exchange the father and mother columns"
    else:
        return
    raise PedigreeError(problem, where=entry.where, value=shown(parent), advice=advice)


def _check_roles(entries: Iterable[PedigreeEntry]) -> None:
    """Nobody fathers one child and mothers another, even where the declared sex is unknown."""
    father_at: dict[str, str] = {}
    mother_at: dict[str, str] = {}
    for entry in entries:
        for parent, seen in ((entry.member.father, father_at), (entry.member.mother, mother_at)):
            if parent is not None:
                seen.setdefault(parent, entry.where)
        for parent in (entry.member.father, entry.member.mother):
            if parent in father_at and parent in mother_at:
                raise PedigreeError(
                    "a person is a father in one row and a mother in another",
                    where=f"{father_at[parent]}; {mother_at[parent]}",
                    value=shown(parent),
                    advice="correct the father and mother columns of these rows",
                )


def _check_no_cycle(by_id: dict[str, PedigreeEntry]) -> None:
    cycle = _find_cycle(by_id)
    if cycle:
        raise PedigreeError(
            f"{shown(cycle[0])} is an ancestor of itself",
            where=by_id[cycle[0]].where,
            value=" -> ".join(shown(c) for c in cycle) + " (each the child of the next)",
            advice="correct the father or mother column of one of these rows",
        )


def _find_cycle(by_id: dict[str, PedigreeEntry]) -> list[str]:
    """The first cycle met while going up from a member, its first id repeated at the end; empty if none."""
    doubtful = _with_endless_ancestry(by_id)
    member_id = next((m for m in by_id if m in doubtful), None)
    place: dict[str, int] = {}
    while member_id is not None and member_id not in place:
        place[member_id] = len(place)
        member_id = next(p for p in _parents(by_id[member_id]) if p in doubtful)
    return [] if member_id is None else [*list(place)[place[member_id] :], member_id]


def _with_endless_ancestry(by_id: dict[str, PedigreeEntry]) -> set[str]:
    """The members who are left after taking away, again and again, those without parents among the others."""
    unsettled = {member_id: len(_parents(entry)) for member_id, entry in by_id.items()}
    children: dict[str, list[str]] = {}
    for member_id, entry in by_id.items():
        for parent in _parents(entry):
            children.setdefault(parent, []).append(member_id)
    settled = [member_id for member_id, parents in unsettled.items() if not parents]
    for member_id in settled:
        for child in children.get(member_id, ()):
            unsettled[child] -= 1
            if not unsettled[child]:
                settled.append(child)
    return {member_id for member_id, parents in unsettled.items() if parents}


def _parents(entry: PedigreeEntry) -> tuple[str, ...]:
    """Ids of the parents who are known, the father first."""
    return tuple(p for p in (entry.member.father, entry.member.mother) if p is not None)


def _line(family_id: str, member: Member) -> str:
    cells = (
        family_id,
        member.id,
        member.father or "0",
        member.mother or "0",
        SEX_CODES[member.sex],
        AFFECTION_CODES[member.affection],
    )
    return "\t".join(cells) + "\n"
