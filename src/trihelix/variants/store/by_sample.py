"""Everything that one person carries in a part, read from the part's sample-major copy without looking at others.

Work is that of the row groups in which the samples stand, whose size does not depend on how many people there are;
only the files' footers, which list the row groups, grow with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from trihelix.variants.store.parts.tiles import Part
from trihelix.variants.store.sample_major import layout
from trihelix.variants.store.sample_major.answer import Carried, Wanted, answer_schema, completed
from trihelix.variants.store.sample_major.common import common_lines
from trihelix.variants.store.sample_major.files import groups_of, open_copy, read_group
from trihelix.variants.store.sample_major.writing import write_by_sample

__all__ = ["Carried", "carried_by", "carried_by_many", "write_by_sample"]


def carried_by(
    part: Part, folder: Path, sample: int, first: int | None = None, last: int | None = None, *,
    with_companions: bool = False, with_common_quality: bool = False,
) -> Carried:  # fmt: skip
    """The rows at positions first..last (1-based inclusive) whose allele a sample carries.

    `folder` is the batch's `by_sample`. `with_companions` adds rows that only relatives of the sample carry, where
    its own call was kept; their state is REF or MISSING. `with_common_quality` looks up the quality of common rows in
    the part itself, which costs more than all else. ValueError for a sample that the part does not have; StoreError
    if the copy is damaged or belongs to another part; FileNotFoundError if it is not there.
    """
    return carried_by_many(
        part, folder, [sample], first, last,
        with_companions=with_companions, with_common_quality=with_common_quality,
    )  # fmt: skip


def carried_by_many(
    part: Part, folder: Path, samples: Sequence[int], first: int | None = None, last: int | None = None, *,
    with_companions: bool = False, with_common_quality: bool = False,
) -> Carried:  # fmt: skip
    """As `carried_by` for a few samples, a family for example; each once, in order of their ordinals."""
    for sample in samples:
        if not 0 <= sample < part.samples:
            raise ValueError(f"no sample {sample} in a part of {part.samples}")
    people = sorted(set(samples))
    wanted = Wanted(first, last, with_companions, with_common_quality)
    files = layout.files_of(part.path, folder)
    rare = _rare_lines(part, files.rare, people, wanted)
    table = pa.concat_tables([rare, *common_lines(part, files, people, wanted)]).combine_chunks()
    key = table.column("sample").to_numpy().astype(np.int64) << 32 | table.column("row").to_numpy()
    return Carried(table.take(pa.array(np.argsort(key, kind="stable"))))


def _rare_lines(part: Part, path: Path, samples: Sequence[int], wanted: Wanted) -> pa.Table:
    """The samples' lines of rare rows."""
    file = open_copy(part, path, layout.TEXT_COLUMNS)
    of_group: dict[int, list[int]] = {}
    for sample in samples:
        for group in groups_of(file, sample):
            of_group.setdefault(group, []).append(sample)
    schema = answer_schema(part)
    made = [schema.empty_table()]
    for group, here in of_group.items():
        lines = read_group(file, group, path)
        column = lines.column("sample").to_numpy()
        for sample in here:
            start, end = np.searchsorted(column, [sample, sample + 1])
            made.append(_chosen(lines.slice(start, end - start), wanted, schema))
    return pa.concat_tables(made)


def _chosen(lines: pa.Table, wanted: Wanted, schema: pa.Schema) -> pa.Table:
    """The wanted ones of one sample's lines, with all columns of an answer."""
    start, end = wanted.rows(lines.column("pos").to_numpy())
    lines = lines.slice(start, end - start)
    if not wanted.companions:
        lines = lines.filter(pa.array(lines.column("state").to_numpy() > 0))
    return completed({name: lines.column(name) for name in lines.column_names}, len(lines), False, schema)
