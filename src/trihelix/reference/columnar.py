"""Arrow files that open by memory map in one piece: written once per pack, read without copying."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
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
    return open_mapped(path).table


@dataclass(frozen=True)
class MappedTable:
    """A memory-mapped table."""

    table: pa.Table
    pages: mmap.mmap

    def release(self) -> None:
        """Give back the memory of what was read; what is read again comes from the file (or the system's cache)."""
        if hasattr(self.pages, "madvise"):
            self.pages.madvise(mmap.MADV_DONTNEED)


def open_mapped(path: Path) -> MappedTable:
    """The file's table with its pages. PackError if the file is damaged."""
    try:
        with path.open("rb") as file:
            pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return MappedTable(pa.ipc.open_file(pa.BufferReader(pa.py_buffer(pages))).read_all(), pages)
    except (OSError, ValueError, pa.ArrowInvalid) as error:
        raise PackError(
            "a file of a reference pack is damaged",
            where=str(path),
            value=error,
            advice="remove the pack's folder and add the pack again from its source file",
        ) from error


def read_arrow(path: Path) -> pl.DataFrame:
    """The file as a polars frame."""
    return cast(pl.DataFrame, pl.from_arrow(map_arrow(path)))
