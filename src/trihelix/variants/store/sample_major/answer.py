"""What is asked of a sample-major copy, and the table that answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trihelix.variants.store.parts.tiles import Part
from trihelix.variants.store.sample_major import layout


@dataclass(frozen=True)
class Carried:
    """What some samples carry of a part, sorted by sample and row.

    Columns: sample, row (its number in the part), pos, ref, alt, filter, record, state (as in `codes`), copies and
    called (null where the state tells them), is_common (more than 1 in 64 carry the row's allele); where the part has
    quality also dp, gq, alt_depth, other_depth, phase_set, flags as in the part: -1 is unknown, null not looked up.
    """

    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def numbers(self, name: str) -> NDArray[Any]:
        """A column of numbers that has no nulls."""
        return self.table.column(name).to_numpy()  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Wanted:
    """Positions first..last, 1-based inclusive, both ends may be open; and which calls there."""

    first: int | None
    last: int | None
    companions: bool
    common_quality: bool

    def rows(self, pos: NDArray[Any]) -> tuple[int, int]:
        """Which of some sorted positions are wanted: [start, end)."""
        start = 0 if self.first is None else int(np.searchsorted(pos, self.first, "left"))
        end = len(pos) if self.last is None else int(np.searchsorted(pos, self.last, "right"))
        return start, max(start, end)


def answer_schema(part: Part) -> pa.Schema:
    """The columns of an answer."""
    fields = [*layout.rare_schema(False, True), pa.field("is_common", pa.bool_(), False)]
    if layout.has_column(part, "dp"):
        fields += [pa.field(name, kind, True) for name, kind in layout.QUALITY_TYPES.items()]
    return pa.schema(fields)


def completed(columns: dict[str, Any], n: int, is_common: bool, schema: pa.Schema) -> pa.Table:
    """The columns as an answer; those that are not there are null."""
    columns = columns | {"is_common": pa.array(np.full(n, is_common))}
    made = [
        columns[field.name].cast(field.type) if field.name in columns else pa.nulls(n, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(made, schema=schema)
