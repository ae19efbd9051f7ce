"""The layout of the sample-major copy of a part: rare rows as lines sorted by sample, common rows as bit planes.

Three files stand beside each other for every part. `….rare.parquet` has a line for each call that is kept of a rare
row: (sample, row) and all that is known of the call. `….common_rows.parquet` lists the common rows, and
`….common.parquet` has a line per block of samples with a bit for each sample and common row: first all rows of the
block's first sample, the first row in the lowest bit of the first byte, then those of the next one. So neighbouring
bits are neighbouring rows, as haplotypes are; zstd finds them again in other people (measured at 100,000 samples: a
third smaller than row after row).
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from trihelix.variants.store import layout
from trihelix.variants.store.layout import QUALITY_COLUMNS
from trihelix.variants.store.parts.tiles import Part

LINES_PER_GROUP = 1 << 16  # of rare calls; few enough to be read at once for one sample
SAMPLES_PER_BLOCK = 64
PLANES_PER_GROUP = 1 << 20  # bytes of a class's planes in a row group, unpacked
PLANES_LEVEL = 6  # of zstd: a fifth smaller than level 1

SITE_FIELDS = (
    pa.field("pos", pa.int32(), False),
    pa.field("ref", pa.string(), False),
    pa.field("alt", pa.string(), False),
    pa.field("filter", pa.string(), False),
    pa.field("record", pa.int32(), False),
)
SITE_COLUMNS = tuple(field.name for field in SITE_FIELDS)
TEXT_COLUMNS = ("ref", "alt", "filter")
ROW_FIELDS = (pa.field("row", pa.int32(), False), *SITE_FIELDS)
COPY_FIELDS = (pa.field("copies", pa.uint8(), True), pa.field("called", pa.uint8(), True))
QUALITY_TYPES = dict(
    zip(
        QUALITY_COLUMNS, [pa.int16(), pa.int16(), pa.int16(), pa.int16(), pa.int32(), pa.uint8()], strict=True
    )
)


class Files(NamedTuple):
    """Where the sample-major copy of one part lies."""

    rare: Path
    common: Path
    common_rows: Path


def files_of(part: Path, folder: Path) -> Files:
    """The files in the batch's `by_sample` folder that belong to a part, `…/contig=chr20/part-00000.parquet`."""
    place = folder / part.parent.name / part.stem
    return Files(*(place.with_name(f"{place.name}.{kind}.parquet") for kind in Files._fields))


def rare_most(samples: int) -> int:
    """A row is rare if at most so many samples carry its allele."""
    return max(1, samples // layout.RARE_SHARE)


def has_column(part: Part, name: str) -> bool:
    """Whether a part has a column that not every batch needs."""
    return name in part.parquet.schema_arrow.names


def plane_bytes(common_rows: int) -> int:
    """Bytes that a sample's plane takes in a block."""
    return (common_rows + 7) // 8


def rare_schema(quality: bool, exceptions: bool) -> pa.Schema:
    """A line per call at a rare row. `state` is as in `codes`: 1 and 2 carry the allele, 0 (reference) and -1
    (missing) are carriers' relatives; `copies` of the allele among the `called` ones where the state does not tell."""
    fields = [pa.field("sample", pa.uint32(), False), *ROW_FIELDS, pa.field("state", pa.int8(), False)]
    if exceptions:
        fields += COPY_FIELDS
    if quality:
        fields += [pa.field(name, kind, False) for name, kind in QUALITY_TYPES.items()]
    return pa.schema(fields)


def common_schema(exceptions: bool) -> pa.Schema:
    """A line per block of samples; `exception` gives the sample of each call whose state does not tell the copies."""
    fields = [
        pa.field("first_sample", pa.uint32(), False),
        pa.field("het_bits", pa.binary(), False),
        pa.field("hom_bits", pa.binary(), False),
    ]
    if exceptions:
        kinds = {"": pa.uint32(), "_row": pa.int32(), "_copies": pa.uint8(), "_called": pa.uint8()}
        fields += [
            pa.field(f"exception{name}", pa.list_(pa.field("element", kind, False)), False)
            for name, kind in kinds.items()
        ]
    return pa.schema(fields)


def common_rows_schema() -> pa.Schema:
    """The common rows in order: line i has bit i of every plane."""
    return pa.schema(ROW_FIELDS)


def encodings(of: pa.Schema) -> dict[str, str]:
    """The Parquet encoding of each column that has no dictionary."""
    chosen = {}
    for field in of:
        if field.name in ("sample", "row", "pos", "record", "first_sample"):
            chosen[field.name] = "DELTA_BINARY_PACKED"
        elif field.name in QUALITY_COLUMNS:
            chosen[field.name] = "BYTE_STREAM_SPLIT"
        elif pa.types.is_list(field.type):
            chosen[f"{field.name}.list.element"] = "PLAIN"
        elif pa.types.is_binary(field.type):
            chosen[field.name] = "PLAIN"
    return chosen


def dictionary_columns(of: pa.Schema) -> list[str]:
    """Columns of few distinct values."""
    few = (*TEXT_COLUMNS, "state", *(field.name for field in COPY_FIELDS))
    return [name for name in few if name in of.names]


def compression_levels(of: pa.Schema) -> dict[str, int]:
    """The zstd level of each column."""
    paths = [f"{f.name}.list.element" if pa.types.is_list(f.type) else f.name for f in of]
    return {path: PLANES_LEVEL if path.endswith("_bits") else 1 for path in paths}
