"""What is wrong with a record at which the reading kernel stopped, in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trihelix.model.errors import CorruptFileError, MalformedRecordError, TrihelixError
from trihelix.variants import codes
from trihelix.variants.parsing import _MESSAGES
from trihelix.variants.store.readers import bcf_layout as kernel

_DAMAGED = "the file is damaged; get it again from its source"
_BCF_MESSAGES = {
    **_MESSAGES,
    kernel.COMES_BACK: (
        "a contig comes back after another, or is written in two ways",
        "sort the file (bcftools sort) and name every contig in one way",
    ),
    kernel.BAD_GT_TYPE: ("GT is not stored as whole numbers", "make the BCF again from its source"),
    kernel.BAD_FILTER: ("FILTER names what the header does not have", "make the BCF again from its source"),
    kernel.BAD_SAMPLES: ("the record has another number of samples than the header", _DAMAGED),
    kernel.BAD_CONTIG: ("CHROM is a contig that the header does not have", _DAMAGED),
}
_CORRUPT = {
    kernel.BAD_LENGTH: "a record claims a length that no record has",
    kernel.TOO_LARGE: "a record claims a length beyond all bounds",
    kernel.BAD_VALUE: "a value does not fit into its record",
}


def record_error(
    path: Path,
    status: int,
    cursor: NDArray[np.int64],
    contigs: Sequence[str],
    data: NDArray[np.uint8],
    end: int,
    line: int | None = None,
) -> TrihelixError:
    """The error for a status of `bcf_records.read_records`; the record stands at data[cursor[AT]], in a text on
    `line`."""
    at, number = int(cursor[kernel.AT]), int(cursor[kernel.RECORDS]) + 1
    which = f"record {number}" if line is None else f"line {line}"
    where = f"{path}, {which}{_site(at, contigs, data, end)}"
    if status in _CORRUPT:
        return CorruptFileError(_CORRUPT[status], where=where, advice=_DAMAGED)
    what, advice = _BCF_MESSAGES[status]
    value = None
    if status == codes.UNSORTED:
        value = f"position {int(cursor[kernel.POS]):,} after {int(cursor[kernel.LAST_POS]):,}"
    return MalformedRecordError(what, where=where, value=value, advice=advice)


def _site(at: int, contigs: Sequence[str], data: NDArray[np.uint8], end: int) -> str:
    if end - at < 16:
        return ""
    contig, pos = (int(n) for n in data[at + 8 : at + 16].copy().view("<i4"))
    name = contigs[contig] if 0 <= contig < len(contigs) else f"contig number {contig}"
    return f" ({name}:{pos + 1})"
