"""What some samples carry of the common rows of a part, from their planes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trihelix.variants.codes import HET, HOM
from trihelix.variants.store.parts.tiles import Part
from trihelix.variants.store.sample_major import layout
from trihelix.variants.store.sample_major.answer import Wanted, answer_schema, completed
from trihelix.variants.store.sample_major.files import damaged, groups_of, open_copy, read_group
from trihelix.variants.store.sample_major.quality import quality_of_carriers


def common_lines(part: Part, files: layout.Files, samples: Sequence[int], wanted: Wanted) -> list[pa.Table]:
    """The wanted common rows that the samples carry, a table for each sample; none where no common row is wanted."""
    listed = open_copy(part, files.common_rows)
    groups = range(listed.metadata.num_row_groups)
    made = [read_group(listed, group, files.common_rows) for group in groups]
    rows = pa.concat_tables([layout.common_rows_schema().empty_table(), *made]).combine_chunks()
    span = wanted.rows(rows.column("pos").to_numpy())
    if span[0] == span[1]:
        return []
    return [
        _common_of(part, rows, block, span, wanted.common_quality)
        for block in _blocks_of(part, files.common, samples, len(rows))
    ]


class _Block:
    """The line of the common file that holds a sample."""

    def __init__(self, table: pa.Table, sample: int, rows: int, path: Path) -> None:
        first = table.column("first_sample").to_numpy()
        place = int(np.searchsorted(first, sample, "right")) - 1
        self.sample, self._rows, self._path = sample, rows, path
        self._in_block = sample - int(first[place])
        self._line = table.slice(place, 1)

    def members(self, name: str) -> NDArray[np.int64]:
        """The common rows, by their places among them, in which the sample is `name`."""
        width = layout.plane_bytes(self._rows)
        planes = np.frombuffer(self._line.column(f"{name}_bits")[0].as_buffer(), np.uint8)
        mine = planes[self._in_block * width : (self._in_block + 1) * width]
        if len(mine) != width:
            raise damaged(self._path, f"planes of sample {self.sample}", f"{len(planes)} bytes")
        return np.flatnonzero(np.unpackbits(mine, bitorder="little", count=self._rows))

    def exceptions(self) -> list[NDArray[Any]]:
        """Row, copies and called of the sample's exceptions, sorted by row."""
        if "exception" not in self._line.column_names:
            return [np.zeros(0, np.int32), np.zeros(0, np.uint8), np.zeros(0, np.uint8)]
        start, end = np.searchsorted(self._values("exception"), [self.sample, self.sample + 1])
        return [self._values(f"exception_{name}")[start:end] for name in ("row", "copies", "called")]

    def _values(self, name: str) -> NDArray[Any]:
        return self._line.column(name)[0].values.to_numpy()  # type: ignore[no-any-return]


def _blocks_of(part: Part, path: Path, samples: Sequence[int], rows: int) -> list[_Block]:
    file = open_copy(part, path)
    tables: dict[int, pa.Table] = {}
    made = []
    for sample in samples:
        groups = groups_of(file, sample, layout.SAMPLES_PER_BLOCK)
        if len(groups) != 1:
            raise damaged(path, f"row groups of sample {sample}", len(groups))
        if groups[0] not in tables:
            tables[groups[0]] = read_group(file, groups[0], path)
        made.append(_Block(tables[groups[0]], sample, rows, path))
    return made


def _common_of(
    part: Part, rows: pa.Table, block: _Block, span: tuple[int, int], with_quality: bool
) -> pa.Table:
    """One sample's common rows of a span of them."""
    het, hom = block.members("het"), block.members("hom")
    places = np.concatenate([het, hom])
    state = np.repeat(np.array([HET, HOM], np.int8), [len(het), len(hom)])
    inside = (places >= span[0]) & (places < span[1])
    places, state = places[inside], state[inside]
    sites = rows.take(pa.array(places))
    row = sites.column("row").to_numpy()
    columns: dict[str, Any] = {name: sites.column(name) for name in sites.column_names}
    columns |= {"sample": pa.array(np.full(len(places), block.sample, np.uint32)), "state": pa.array(state)}
    columns |= _copies(row, *block.exceptions())
    if with_quality and layout.has_column(part, "dp"):
        found = quality_of_carriers(part, block.sample, row, state)
        columns |= {name: pa.array(values) for name, values in found.items()}
    return completed(columns, len(places), True, answer_schema(part))


def _copies(
    row: NDArray[np.int32], told: NDArray[np.int32], copies: NDArray[np.uint8], called: NDArray[np.uint8]
) -> dict[str, pa.Array]:
    """The copies of rows that have an exception, null elsewhere."""
    if not len(told):
        return {}
    found = np.minimum(np.searchsorted(told, row), len(told) - 1)
    usual = told[found] != row
    return {"copies": pa.array(copies[found], mask=usual), "called": pa.array(called[found], mask=usual)}
