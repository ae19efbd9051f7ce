"""The files of a sample-major copy opened: that they belong to their part, and where in them a sample stands."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from trihelix.model.errors import StoreError
from trihelix.variants.store.parts.tiles import Part, open_part


def damaged(path: Path, where: str, value: object = None) -> StoreError:
    """The error for a file whose content cannot be."""
    return StoreError(
        "a sample-major copy is damaged",
        where=f"{path}, {where}",
        value=value,
        advice="compare it with the manifest: trihelix samples STORE --verify; ingest its batch again",
    )


def open_copy(part: Part, path: Path, text: Sequence[str] = ()) -> pq.ParquetFile:
    """A file of the copy. StoreError where it cannot be read, or was made of another part."""
    opened = open_part(path)
    told, here = opened.parquet.schema_arrow.metadata, part.parquet.schema_arrow.metadata
    same = all(told.get(key) == here.get(key) for key in (b"trihelix.batch", b"trihelix.contig"))
    rows = str(part.parquet.metadata.num_rows).encode()
    if not same or opened.samples != part.samples or told.get(b"trihelix.rows") != rows:
        raise StoreError(
            "a sample-major copy does not belong to its part",
            where=str(path),
            value=str(part.path),
            advice="ingest the batch again",
        )
    if not text:
        return opened.parquet
    return pq.ParquetFile(
        pa.BufferReader(pa.py_buffer(opened.file)),
        metadata=opened.parquet.metadata,
        read_dictionary=list(text),
    )


def read_group(
    file: pq.ParquetFile, group: int, path: Path, columns: Sequence[str] | None = None
) -> pa.Table:
    """A row group of a file of the copy. StoreError if it is damaged."""
    try:
        return file.read_row_group(group, columns=columns, use_threads=False)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise damaged(path, f"row group {group}", type(error).__name__) from error


def groups_of(file: pq.ParquetFile, sample: int, reach: int = 1) -> list[int]:
    """Row groups that may hold a sample: the first column rises through the file; a value stands for `reach` samples."""
    metadata = file.metadata

    def ends(group: int) -> tuple[int, int]:
        statistics = metadata.row_group(group).column(0).statistics
        return statistics.min, statistics.max + reach - 1

    groups = range(metadata.num_row_groups)
    first = bisect_left(groups, sample, key=lambda group: ends(group)[1])
    behind = bisect_left(groups, sample + 1, key=lambda group: ends(group)[0])
    return list(range(first, behind))
