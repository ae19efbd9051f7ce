"""The layout of a genome store's Parquet files: columns, their encodings, and how rows are put into row groups.

One row is one normalised alternate allele. Cells say who: cell = place of the row in its row group x `samples` +
ordinal of the sample, so a sample's ordinal is `cell % samples`. Cells rise through the whole row group, which lets
Parquet's delta encoding pack them a seventh tighter than ordinals that begin anew in each row, and lets a kernel
count them as one series.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

VERSION = 1
ROWS_PER_GROUP = 4096
CELLS_PER_GROUP = 1 << 24  # carriers, missing calls and companions; a row that has more stands alone
CELLS_WITH_QUALITY = 1 << 22  # where each carrier has depths and qualities as well
MOST_CELLS = (1 << 32) - 1
DENSE_SHARE = (
    16  # a row where more than 1 in 16 samples are het (hom, missing) has a bit plane in place of a list
)
ROWS_PER_PART = 1 << 18
RARE_SHARE = 64  # rows carried by at most 1 sample in 64 stand in the sample-major copy with their carriers

SITE_COLUMNS = ("pos", "ref", "alt", "record", "filter", "samples", "n_het", "n_hom", "n_missing")
CLASSES = ("het", "hom", "missing")
EXCEPTION_COLUMNS = ("exception", "exception_state", "exception_copies", "exception_called")
QUALITY_COLUMNS = ("dp", "gq", "alt_depth", "other_depth", "phase_set", "flags")
COMPANION_COLUMNS = ("companion", "companion_state", *(f"companion_{name}" for name in QUALITY_COLUMNS))

_QUALITY_TYPES = {
    "dp": pa.int16(), "gq": pa.int16(), "alt_depth": pa.int16(), "other_depth": pa.int16(), "phase_set": pa.int32(),
    "flags": pa.uint8(),
}  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """Which of the columns that not every batch needs are there."""

    quality: bool = False
    sources: bool = False
    companions: bool = False


NO_COLUMNS = Columns()


def schema(columns: Columns) -> pa.Schema:
    """The columns of a part. Lists hold no nulls; where a class has a plane its list is empty."""
    fields = [
        pa.field("pos", pa.int32(), False),
        pa.field("ref", pa.string(), False),
        pa.field("alt", pa.string(), False),
        pa.field("record", pa.int32(), False),
        pa.field("filter", pa.string(), False),
        *(pa.field(name, pa.uint32(), False) for name in ("samples", "n_het", "n_hom", "n_missing")),
        *(_list(name, pa.uint32()) for name in CLASSES),
        *(pa.field(f"{name}_bits", pa.binary(), True) for name in CLASSES),
        _list("exception", pa.uint32()),
        _list("exception_state", pa.int8()),
        _list("exception_copies", pa.uint8()),
        _list("exception_called", pa.uint8()),
    ]
    if columns.quality:
        fields += [_list(name, _QUALITY_TYPES[name]) for name in QUALITY_COLUMNS]
    if columns.sources:
        fields.append(_list("sources", pa.uint32()))
    if columns.companions:
        fields += [_list("companion", pa.uint32()), _list("companion_state", pa.int8())]
        fields += [_list(f"companion_{name}", _QUALITY_TYPES[name]) for name in QUALITY_COLUMNS]
    return pa.schema(fields)


def _list(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, pa.list_(pa.field("element", kind, False)), False)


def encodings(of: pa.Schema) -> dict[str, str]:
    """The Parquet encoding of each column: cells and positions by differences, quality split into bytes, which
    zstd then packs close to their entropy."""
    chosen = {"pos": "DELTA_BINARY_PACKED", "record": "DELTA_BINARY_PACKED"}
    for field in of:
        path = f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name
        if field.name in (*CLASSES, "sources", "exception", "companion"):
            chosen[path] = "DELTA_BINARY_PACKED"
        elif field.name.removeprefix("companion_") in QUALITY_COLUMNS:
            chosen[path] = "BYTE_STREAM_SPLIT"
        elif pa.types.is_binary(field.type) or field.name in ("n_het", "n_hom", "n_missing"):
            chosen[path] = "PLAIN"
    return chosen


def dictionary_columns(of: pa.Schema) -> list[str]:
    """Columns of few distinct values."""
    del of
    return ["ref", "alt", "filter", "samples"]


def compressions(of: pa.Schema) -> dict[str, str]:
    """zstd for all but cells, which it hardly shrinks and which are read most."""
    return {
        (f"{f.name}.list.element" if pa.types.is_list(f.type) else f.name): (
            "none" if f.name in CLASSES else "zstd"
        )
        for f in of
    }


PLANES_LEVEL = (
    3  # of zstd: planes of sites in linkage disequilibrium resemble each other; level 1 misses a tenth
)


def compression_levels(of: pa.Schema) -> dict[str, int]:
    """The zstd level of each compressed column."""
    return {
        name: PLANES_LEVEL if name.endswith("_bits") else 1
        for name, codec in compressions(of).items()
        if codec == "zstd"
    }


def dense_above(samples: int) -> int:
    """A class has a bit plane in rows where more samples than this are of it."""
    return samples // DENSE_SHARE


def words_of(samples: int) -> int:
    """64-bit words of a bit plane."""
    return (samples + 63) // 64


def rows_per_group(samples: int) -> int:
    """Most rows in a row group: their cells must be numbers of 32 bits."""
    return max(1, min(ROWS_PER_GROUP, MOST_CELLS // max(samples, 1)))


def rare_at_most(samples: int) -> int:
    """A row carried by at most so many samples keeps the calls of the carriers' relatives: 1 in 64, and in small
    batches every row."""
    return max(RARE_SHARE, samples // RARE_SHARE)
