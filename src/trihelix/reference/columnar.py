"""Arrow files that open by memory map in one piece: written once per pack, read without copying."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import polars as pl
import pyarrow as pa
import pyarrow.ipc

from trihelix.model.errors import PackError


def write_arrow(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as one uncompressed record batch, so that every column is one stretch of the file."""
    table = frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=max(len(frame), 1))


def map_arrow(path: Path) -> pa.Table:
    """The file's table, memory-mapped: nothing is read until it is used. PackError if the file is damaged."""
    try:
        return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    except (OSError, pa.ArrowInvalid) as error:
        raise PackError(
            "a file of a reference pack is damaged",
            where=str(path),
            value=error,
            advice="remove the pack's folder and add the pack again from its source file",
        ) from error


def read_arrow(path: Path) -> pl.DataFrame:
    """The file as a polars frame."""
    return cast(pl.DataFrame, pl.from_arrow(map_arrow(path)))
