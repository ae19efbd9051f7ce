"""Cohorts: sets of samples as one bitmap per batch, read from files of ids, combined, counted and fingerprinted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trihelix.formats.ped import listed, unreadable
from trihelix.model.errors import CorruptFileError, SampleMismatchError
from trihelix.variants.store.samples import Samples

Bitmap = NDArray[np.uint64]
BITS = 64
DENSE = 16  # a table of person numbers may have so many entries for each number looked up
_WORD = np.dtype("<u8")


def word_count(samples: int) -> int:
    """How many words a bitmap of so many samples has."""
    return -(-samples // BITS)


def bitmap_of(members: NDArray[np.bool_]) -> Bitmap:
    """The bitmap with a bit for each True: sample i is bit i & 63 of word i >> 6."""
    packed = np.zeros(word_count(len(members)) * 8, np.uint8)
    packed[: -(-len(members) // 8)] = np.packbits(members, bitorder="little")
    return packed.view(_WORD).astype(np.uint64, copy=False)


def bitmap_of_ordinals(ordinals: NDArray[Any], samples: int) -> Bitmap:
    """The bitmap of these samples of a batch; IndexError where an ordinal is not of the batch."""
    members = np.zeros(samples, np.bool_)
    members[ordinals] = True
    return bitmap_of(members)


def ordinals_of(bitmap: Bitmap) -> NDArray[np.uint32]:
    """The samples of a bitmap in ascending order."""
    bits = np.unpackbits(bitmap.astype(_WORD, copy=False).view(np.uint8), bitorder="little")
    return np.flatnonzero(bits.view(np.bool_)).astype(np.uint32)


def size_of(bitmap: Bitmap) -> int:
    """How many samples a bitmap has."""
    return int(np.bitwise_count(bitmap).sum(dtype=np.int64))


@dataclass(frozen=True, eq=False)
class Cohort:
    """A set of samples: of each batch a bitmap as bitmap_of makes it. A batch that is not there has no member."""

    members: Mapping[str, Bitmap]

    def __and__(self, other: Cohort) -> Cohort:
        shared = [batch for batch in self.members if batch in other.members]
        return Cohort({batch: self.members[batch] & other.members[batch] for batch in shared})

    def __or__(self, other: Cohort) -> Cohort:
        return Cohort({**self.members, **_combine(np.bitwise_or, other, self)})

    def __sub__(self, other: Cohort) -> Cohort:
        return Cohort({**self.members, **_combine(_without, self, other, only_shared=True)})

    def __len__(self) -> int:
        return sum(size_of(bitmap) for bitmap in self.members.values())

    def ordinals(self, batch: str) -> NDArray[np.uint32]:
        """The ordinals of the cohort's samples in a batch, ascending."""
        bitmap = self.members.get(batch)
        return np.zeros(0, np.uint32) if bitmap is None else ordinals_of(bitmap)


class CohortIds(NamedTuple):
    """The ids of a cohort file, each once and in the file's order, and how many lines repeat an earlier one."""

    ids: tuple[str, ...]
    duplicates: int


def everyone(batches: Mapping[str, Samples]) -> Cohort:
    """All samples of these batches, by batch id."""
    return Cohort({batch: bitmap_of(np.ones(len(s), np.bool_)) for batch, s in batches.items()})


def cohort_of_ids(ids: Iterable[str], batches: Mapping[str, Samples], where: str) -> Cohort:
    """The samples with these ids, in whichever batch they are; `where` names the list in errors.

    Raises SampleMismatchError where an id is no sample of any batch.
    """
    wanted = set(ids)
    members: dict[str, Bitmap] = {}
    unknown = wanted
    for batch, samples in batches.items():
        found = np.fromiter(map(wanted.__contains__, samples.ids), np.bool_, len(samples))
        members[batch] = bitmap_of(found)
        unknown = unknown.difference(compress(samples.ids, found))
    if unknown:
        raise _not_samples(sorted(unknown), len(wanted), where)
    return Cohort(members)


def cohort_of_people(person_numbers: NDArray[np.uint64], batches: Mapping[str, Samples]) -> Cohort:
    """Every sample of these people, who need not have one."""
    wanted = np.asarray(person_numbers, np.uint64)
    return Cohort({b: bitmap_of(_is_among(s.person_number, wanted)) for b, s in batches.items()})


def people(cohort: Cohort, batches: Mapping[str, Samples]) -> NDArray[np.uint64]:
    """The person numbers of a cohort, ascending and each once."""
    parts = [batches[b].person_number[ordinals_of(bitmap)] for b, bitmap in cohort.members.items()]
    numbers = np.concatenate([np.zeros(0, np.uint64), *parts])
    if (numbers[1:] <= numbers[:-1]).any():
        numbers = np.sort(numbers)
        numbers = numbers[np.append(True, numbers[1:] != numbers[:-1])]
    return numbers


def digest(cohort: Cohort, batches: Mapping[str, Samples]) -> str:
    """SHA-256 (hexadecimal) of a cohort's person numbers, ascending, each as eight bytes, the lowest first.

    The same people have the same digest in whichever batches their samples are, so compaction does not change it.
    """
    return hashlib.sha256(people(cohort, batches).astype(_WORD, copy=False).data).hexdigest()


def read_cohort(path: Path, batches: Mapping[str, Samples]) -> tuple[Cohort, int]:
    """The cohort whose sample ids a file lists, and how many lines of it were repeats.

    Raises as read_cohort_ids and cohort_of_ids.
    """
    listing = read_cohort_ids(path)
    return cohort_of_ids(listing.ids, batches, str(path)), listing.duplicates


def read_cohort_ids(path: Path) -> CohortIds:
    """The sample ids in a text file: one on each line, or in the first column of a table between tabs.

    Blank lines and lines starting with # are passed over. A PLINK keep file is known by its header (`#IID`, or
    `FID IID` with or without #), its ids by the IID column (https://www.cog-genomics.org/plink/2.0/filter#sample).

    Raises FileUnreadableError, CorruptFileError (not UTF-8 text) and SampleMismatchError (nobody is listed).
    """
    text = _text(path).replace("\r", "\n")
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    column = _plink_column(lines[0]) if lines else None
    ids = [line for line in lines[column is not None :] if line[0] != "#"]
    if column is not None or "\t" in text:
        ids = [_cell(row, column) for row in ids]
    unique = tuple(dict.fromkeys(ids))
    if not unique:
        raise SampleMismatchError(
            "the cohort file lists nobody",
            where=str(path),
            value="0 ids",
            advice="write one sample id on each line",
        )
    return CohortIds(unique, len(ids) - len(unique))


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_text(path, f"byte 0x{data[error.start]:02x} at {error.start}") from error
    if "\0" in text:
        raise _not_text(path, f"a NUL at {text.index(chr(0))}")
    return text


def _plink_column(first: str) -> int | None:
    """Which column has the ids if a file's first line is the header of a PLINK keep file, else None."""
    words = first.removeprefix("#").split()
    if words[:1] == ["IID"]:
        return 0
    return 1 if words[:2] == ["FID", "IID"] else None


def _cell(row: str, column: int | None) -> str:
    """The id on a line. Ids may hold blanks where the line has tabs, or nothing else."""
    if column is None:
        return row.split("\t", 1)[0].rstrip()
    cells = row.split("\t") if "\t" in row else row.split()
    return cells[min(column, len(cells) - 1)].strip()


def _without(one: Bitmap, other: Bitmap) -> Bitmap:
    return one & ~other


def _combine(
    operation: Callable[[Bitmap, Bitmap], Bitmap], one: Cohort, other: Cohort, only_shared: bool = False
) -> dict[str, Bitmap]:
    """The operation on each batch of `one` that `other` has too; its other batches as they are, or left out."""
    done = {b: operation(m, other.members[b]) for b, m in one.members.items() if b in other.members}
    return done if only_shared else {**one.members, **done}


def _is_among(numbers: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether each number is one of the wanted: by a table where they are dense, as they are in a programme."""
    found: NDArray[np.bool_] = np.zeros(len(numbers), np.bool_)
    if not len(wanted) or not len(numbers):
        return found
    highest = int(max(wanted.max(), numbers.max()))
    if highest < DENSE * (len(wanted) + len(numbers)):
        table = np.zeros(highest + 1, np.bool_)
        table[wanted] = True
        found |= table[numbers]
    else:
        ascending = np.sort(wanted)
        found |= ascending[np.minimum(np.searchsorted(ascending, numbers), len(wanted) - 1)] == numbers
    return found


def _not_samples(unknown: list[str], asked: int, where: str) -> SampleMismatchError:
    return SampleMismatchError(
        f"{len(unknown)} of {asked} members of the cohort are not samples of the store",
        where=where,
        value=listed(unknown, 5),
        advice="write sample ids as `trihelix samples --list` lists them, one on each line; a PLINK keep file needs its "
        "header (#IID, or #FID IID)",
    )


def _not_text(path: Path, value: str) -> CorruptFileError:
    return CorruptFileError(
        "the cohort file is not UTF-8 text",
        where=str(path),
        value=value,
        advice="save it as plain text in UTF-8: neither compressed nor a spreadsheet",
    )
