"""Who the samples of a batch are: their people, families, karyotypes and roles; kept in `samples.parquet`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cached_property
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from trihelix.formats.ped import listed, shown
from trihelix.model.errors import CorruptFileError, FileUnreadableError, OutputError, SampleMismatchError
from trihelix.model.family import Family, Member
from trihelix.variants.store.genotypes import AS_WRITTEN, Lists

FILE_NAME = "samples.parquet"
NOT_A_SAMPLE = -1


class KaryotypeSource(StrEnum):
    """How a karyotype is known: told by a person, inferred from how the file writes calls of X and Y, or not."""

    DECLARED = "declared"
    AS_WRITTEN = "as_written"
    UNKNOWN = "unknown"


class Role(StrEnum):
    """What a sample's genome is: inherited, or a tumour's."""

    GERMLINE = "germline"
    TUMOUR = "tumour"


class AbsentIs(StrEnum):
    """What a sample is at a site that its file does not mention: reference, unknown, or as `callable` tells."""

    REFERENCE = "reference"
    UNKNOWN = "unknown"
    CALLABLE = "callable"


CHOICES: dict[str, type[StrEnum]] = {
    "karyotype_source": KaryotypeSource,
    "role": Role,
    "absent_is": AbsentIs,
}
_WORD = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        pa.field("ordinal", pa.uint32(), nullable=False),
        pa.field("sample", pa.string(), nullable=False),
        pa.field("person_number", pa.uint64(), nullable=False),
        pa.field("family", pa.string()),
        pa.field("father", pa.string()),
        pa.field("mother", pa.string()),
        pa.field("karyotype", _WORD),
        *(pa.field(name, _WORD, nullable=False) for name in CHOICES),
        *(pa.field(name, pa.uint8(), nullable=False) for name in ("x_copies", "y_copies", "mt_copies")),
    ]
)


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of a batch, by ordinal. All arrays have one entry per sample; words are object arrays of str.

    `person_number` is the immutable number of the person (samples are not people: tumours, redeliveries). `father`
    and `mother` are ids of the same family, of samples or of people who have none. Copies are as used for
    counting, AS_WRITTEN where the karyotype is not known.
    """

    ids: tuple[str, ...]
    person_number: NDArray[np.uint64]
    family: NDArray[Any]
    father: NDArray[Any]
    mother: NDArray[Any]
    karyotype: NDArray[Any]
    karyotype_source: NDArray[Any]
    role: NDArray[Any]
    absent_is: NDArray[Any]
    x_copies: NDArray[np.uint8]
    y_copies: NDArray[np.uint8]
    mt_copies: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def ordinals(self) -> dict[str, int]:
        """The ordinal of each sample id."""
        return dict(zip(self.ids, range(len(self.ids)), strict=True))


def new_samples(
    ids: Sequence[str],
    person_numbers: Iterable[int] | NDArray[np.uint64],
    absent_is: AbsentIs = AbsentIs.REFERENCE,
    role: Role = Role.GERMLINE,
) -> Samples:
    """Samples of which nothing else is known yet: no family, no karyotype.

    `person_numbers` has one number per sample; a store outside a programme numbers people in order of first ingest.
    Raises SampleMismatchError where an id is there twice.
    """
    names = tuple(ids)
    _check_unique(names)
    numbers = np.fromiter(person_numbers, np.uint64, len(names))
    unknown = np.full(len(names), AS_WRITTEN, np.uint8)
    return Samples(
        names, numbers, _words(names, None), _words(names, None), _words(names, None), _words(names, None),
        _words(names, KaryotypeSource.UNKNOWN.value), _words(names, role.value), _words(names, absent_is.value),
        unknown, unknown.copy(), np.ones(len(names), np.uint8),
    )  # fmt: skip


def with_families(samples: Samples, families: Iterable[Family]) -> Samples:
    """The samples with family, father and mother from a pedigree, by sample id; others keep what they have.

    Raises SampleMismatchError where the pedigree gives a sample to two families.
    """
    family, father, mother = samples.family.copy(), samples.father.copy(), samples.mother.copy()
    for ordinal, (family_id, member) in members_of(samples, families).items():
        family[ordinal], father[ordinal], mother[ordinal] = family_id, member.father, member.mother
    return replace(samples, family=family, father=father, mother=mother)


def members_of(samples: Samples, families: Iterable[Family]) -> dict[int, tuple[str, Member]]:
    """Family id and member of each sample that a pedigree lists, by ordinal. Raises as with_families."""
    found: dict[int, tuple[str, Member]] = {}
    for family in families:
        for member in family.members:
            ordinal = samples.ordinals.get(member.id)
            if ordinal is None:
                continue
            if ordinal in found:
                raise _in_two_families(member.id, found[ordinal][0], family.id)
            found[ordinal] = (family.id, member)
    return found


def join_samples(parts: Sequence[Samples], kept: Sequence[NDArray[np.bool_]]) -> Samples:
    """The samples of several batches, one batch behind the other, only those that are kept."""
    ids = tuple(name for part, keep in zip(parts, kept, strict=True) for name in compress(part.ids, keep))
    _check_unique(ids)
    columns = {
        f.name: np.concatenate([getattr(part, f.name)[keep] for part, keep in zip(parts, kept, strict=True)])
        for f in fields(Samples)
        if f.name != "ids"
    }
    return Samples(ids, **columns)


def kin(samples: Samples) -> Lists:
    """The ordinals of each sample's relatives in the batch: parents, children, and siblings through either parent.

    A parent without a sample still makes two samples siblings.
    """
    n = len(samples)
    father, mother, father_key, mother_key = _parents(samples)
    child = np.arange(n)
    pairs = [np.stack((child[p >= 0], p[p >= 0])) for p in (father, mother)]
    pairs += [pair[::-1] for pair in pairs]
    pairs += [_siblings(key) for key in (father_key, mother_key)]
    pair = np.concatenate(pairs, axis=1)
    packed = np.unique(pair[0] * np.int64(n) + pair[1])
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(packed // max(n, 1), minlength=n), out=offsets[1:])
    return Lists(offsets, (packed % max(n, 1)).astype(np.uint32))


def write_samples(path: Path, samples: Samples) -> None:
    """Write `samples.parquet`; OutputError where it cannot be written."""
    columns: dict[str, Any] = {"ordinal": np.arange(len(samples), dtype=np.uint32), "sample": samples.ids}
    columns |= {name: getattr(samples, name) for name in SCHEMA.names[2:]}
    arrays = [_arrow(columns[field.name], field) for field in SCHEMA]
    try:
        pq.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA), path, compression="zstd")
    except OSError as error:
        raise OutputError(
            "the samples of a batch cannot be written",
            where=str(path),
            value=error.strerror or str(error),
            advice="check the folder, your permissions and the space that is left",
        ) from error


def read_samples(path: Path) -> Samples:
    """Read what write_samples wrote.

    Raises FileUnreadableError, and CorruptFileError where the file is damaged or is no list of samples.
    """
    try:
        table = pq.ParquetFile(path, memory_map=True).read().unify_dictionaries().combine_chunks()
    except FileNotFoundError as error:
        raise FileUnreadableError(
            "the list of a batch's samples is missing",
            where=str(path),
            value=path.name,
            advice="restore the file from a backup, or ingest the batch again",
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, "the file is no readable Parquet", str(error).splitlines()[0]) from error
    _check_table(path, table)
    columns = {name: _numpy(table.column(name)) for name in SCHEMA.names[2:]}
    return Samples(ids=tuple(table.column("sample").to_pylist()), **columns)


def _check_table(path: Path, table: pa.Table) -> None:
    """What a reader relies on: columns and types, no holes, ordinals in order, no id twice, words of CHOICES."""
    for field in SCHEMA:
        place = table.schema.get_field_index(field.name)
        if place < 0 or table.schema.field(place).type != field.type:
            raise _damaged(path, "a column is missing or of another type", field.name)
        if not field.nullable and table.column(place).null_count:
            raise _damaged(path, "a column has holes", field.name)
    if not np.array_equal(_numpy(table.column("ordinal")), np.arange(len(table))):
        raise _damaged(path, "the ordinals are not 0, 1, 2, ...", "ordinal")
    names = table.column("sample").to_pylist()
    if len(set(names)) < len(names):
        raise _damaged(path, "a sample is listed twice", listed(_repeated(names), 5))
    for name, allowed in CHOICES.items():
        strange = sorted(set(_numpy(table.column(name)).tolist()) - {word.value for word in allowed})
        if strange:
            raise _damaged(path, f"the column {name} has a word that means nothing", shown(strange[0]))


def _words(names: Sequence[str], word: str | None) -> NDArray[Any]:
    return np.full(len(names), word, object)


def _arrow(column: Any, field: pa.Field) -> pa.Array:
    if field.type == _WORD:
        return pa.array(column, pa.string()).dictionary_encode()
    return pa.array(column, field.type)


def _numpy(column: pa.ChunkedArray) -> NDArray[Any]:
    """A column as numpy keeps it; words of a dictionary are shared, not copied."""
    if column.type != _WORD:
        return np.array(column.to_numpy())
    array = column.combine_chunks()
    whole = array.chunk(0) if isinstance(array, pa.ChunkedArray) and array.num_chunks else array
    if not len(whole):
        return np.zeros(0, object)
    words = np.array([*whole.dictionary.to_pylist(), None], object)
    found: NDArray[Any] = words[whole.indices.fill_null(len(words) - 1).to_numpy()]
    return found


def _parents(samples: Samples) -> tuple[NDArray[Any], ...]:
    """Of each sample: ordinal of father and mother (NOT_A_SAMPLE), and a number of each that is theirs in the whole
    batch (NOT_A_SAMPLE where the pedigree does not know them)."""
    families = samples.family.tolist()
    place = {key: i for i, key in enumerate(zip(families, samples.ids, strict=True))}
    ordinals, keys = [], []
    for column in (samples.father, samples.mother):
        known = np.flatnonzero(column != None)  # noqa: E711  (each element is compared)
        ordinal, key = (np.full(len(samples), NOT_A_SAMPLE, np.int64) for _ in range(2))
        for i in known.tolist():
            parent = (families[i], column[i])
            key[i] = place.setdefault(parent, len(place))
            ordinal[i] = key[i] if key[i] < len(samples) else NOT_A_SAMPLE
        ordinals.append(ordinal)
        keys.append(key)
    return (*ordinals, *keys)


def _siblings(parent: NDArray[Any]) -> NDArray[Any]:
    """All ordered pairs of different samples that share this parent; shape (2, pairs)."""
    order = np.argsort(parent, kind="stable")
    order = order[np.searchsorted(parent[order], 0) :]
    _, first, size = np.unique(parent[order], return_index=True, return_counts=True)
    of_each = np.repeat(size, size)
    one = np.repeat(order, of_each)
    start = np.repeat(np.repeat(first, size), of_each)
    step = np.arange(len(one)) - np.repeat(np.cumsum(of_each) - of_each, of_each)
    other = order[start + step]
    return np.stack((one, other))[:, one != other]


def _repeated(names: Sequence[str]) -> list[str]:
    seen: set[str] = set()
    return list(dict.fromkeys(n for n in names if n in seen or seen.add(n)))  # type: ignore[func-returns-value]


def _check_unique(names: Sequence[str]) -> None:
    if len(set(names)) == len(names):
        return
    twice = _repeated(names)
    raise SampleMismatchError(
        f"{len(twice)} sample ids are there more than once"
        if len(twice) > 1
        else "a sample id is there twice",
        where="the samples of the batch",
        value=listed(twice, 5),
        advice="give each sample one id, or leave one of the files out",
    )


def _in_two_families(sample: str, first: str, second: str) -> SampleMismatchError:
    return SampleMismatchError(
        f"the pedigree lists a sample in two families, {shown(first)} and {shown(second)}",
        where="the pedigree",
        value=shown(sample),
        advice="keep one of the two rows: a sample's relatives must be of one family",
    )


def _damaged(path: Path, what: str, value: str) -> CorruptFileError:
    return CorruptFileError(
        f"the list of a batch's samples is damaged: {what}",
        where=str(path),
        value=value,
        advice="restore the file from a backup, or ingest the batch again",
    )
