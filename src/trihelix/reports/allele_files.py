"""What became of every allele of a family's input, kept beside its interpretation: `alleles.arrow`, `effects.arrow`.

Two compressed Arrow files that any Arrow reader opens. `alleles.arrow` has one row per allele in genome order, in
batches that each lie on one contig: `step` (distance in bases from the allele before it in the batch, the first
from 0), `code` (low bits of the allele's key, see `reference.allele_keys`), `long` (REF>ALT where the code is a
hash), `fate` (see `interpretation.rare.fates`), `frequency` and `population` (in the population that stands out;
NaN and -1 where none), `states` (two bits per member from the lowest: 0, 1, 2 copies, 3 missing), `phase_set` and
`side` of the proband's read phase, and `file` and `line` where it stands. `effects.arrow` tells of rare alleles
what they do to genes, by the row number in `alleles.arrow`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.ipc
from numpy.typing import NDArray

from trihelix.interpretation.evidence.frequency import thresholds
from trihelix.interpretation.rare.fates import Fate, Trace
from trihelix.reference.allele_key import CODE_BITS, HASHED_BIT
from trihelix.reports.allele_lookup import ALLELES, EFFECTS
from trihelix.variants.records import OTHER_ALT, PHASED, SECOND_HAPLOTYPE

ALLELE_FILES = (ALLELES, EFFECTS)
BATCH = 65_536
COMPRESSION = "zstd"


def write_allele_files(trace: Trace, folder: Path) -> None:
    """Write both files into a folder that exists."""
    spans = list(_spans(trace.case.calls.contig))
    options = pa.ipc.IpcWriteOptions(compression=pa.Codec(COMPRESSION, 1))
    schema = _schema(len(trace.case.calls.members))
    facts = json.dumps(_facts(trace, spans)).encode()
    with (
        pa.OSFile(str(folder / ALLELES), "wb") as sink,
        pa.ipc.new_file(sink, schema.with_metadata({"trihelix": facts}), options=options) as writer,
    ):
        for start, end in spans:
            writer.write_batch(_batch(trace, slice(start, end), schema))
    table = _effects(trace).to_arrow(compat_level=pl.CompatLevel.oldest())
    with (
        pa.OSFile(str(folder / EFFECTS), "wb") as sink,
        pa.ipc.new_file(sink, table.schema, options=options) as writer,
    ):
        writer.write_table(table)


def _effects(trace: Trace) -> pl.DataFrame:
    """Genes and consequences, and how the allele stands to the thresholds of dominant modes where that was asked."""
    return trace.fates.effects.join(trace.fates.dominant, on="variant", how="left").sort("variant", "gene")


def _spans(contig: NDArray[np.int32]) -> Iterator[tuple[int, int]]:
    """Row ranges of at most BATCH rows, each on one contig."""
    ends = [*(np.flatnonzero(np.diff(contig)) + 1).tolist(), len(contig)]
    start = 0
    for end in ends:
        for first in range(start, end, BATCH):
            yield first, min(first + BATCH, end)
        start = end


def _schema(members: int) -> pa.Schema:
    return pa.schema(
        [
            ("step", pa.uint32()),
            ("code", pa.uint64()),
            ("long", pa.string()),
            ("fate", pa.uint8()),
            ("frequency", pa.float32()),
            ("population", pa.int16()),
            ("states", pa.binary((members + 3) // 4)),
            ("phase_set", pa.int32()),
            ("side", pa.int8()),
            ("file", pa.uint8()),
            ("line", pa.int32()),
        ]
    )


def _facts(trace: Trace, spans: list[tuple[int, int]]) -> dict[str, Any]:
    """What the rows mean: members, contigs, where each batch lies, populations with their thresholds."""
    case, calls, columns = trace.case, trace.case.calls, trace.fates.columns
    limits = thresholds(columns, recessive=False), thresholds(columns, recessive=True)
    return {
        "members": list(calls.members),
        "n_x": [case.n_x[m] for m in calls.members],
        "proband": case.proband,
        "assembly": case.assembly,
        "penetrance": case.penetrance.value,
        "files": list(case.file_names),
        "fates": {fate.name: fate.value for fate in Fate},
        "contigs": list(calls.contigs),
        "batches": [[int(calls.contig[s]), int(calls.pos[s]), int(calls.pos[e - 1]), s] for s, e in spans],
        "populations": [
            [c.pack, c.population, float(dominant), float(recessive)]
            for c, dominant, recessive in zip(columns, *limits, strict=True)
        ],
        "imprinted": {name: list(genes) for name, genes in trace.imprinted.items()},
        "isodisomy": [[s.contig, s.start, s.end] for s in case.uniparental if s.kind == "isodisomy"],
    }


def _batch(trace: Trace, rows: slice, schema: pa.Schema) -> pa.RecordBatch:
    calls, fates = trace.case.calls, trace.fates
    me = calls.members.index(trace.case.proband)
    pos = calls.pos[rows]
    code = calls.key[rows] & np.uint64((1 << CODE_BITS) - 1)
    phased, side = _read_phase(calls.flags[rows, me], calls.phase_set[rows, me])
    columns: list[Any] = [
        np.diff(pos, prepend=0).astype(np.uint32),
        code,
        _long(trace, rows.start, code),
        fates.fate[rows],
        fates.frequency[rows],
        fates.population[rows],
        pa.FixedSizeBinaryArray.from_buffers(
            schema.field("states").type, len(pos), [None, pa.py_buffer(_packed(trace.state[rows]))]
        ),
        phased,
        side,
        calls.file[rows].astype(np.uint8),
        calls.line[rows],
    ]
    arrays = [c if isinstance(c, pa.Array) else pa.array(c) for c in columns]
    return pa.record_batch(arrays, schema=schema)


def _read_phase(
    flags: NDArray[np.uint8], phase_set: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """(phase set or -1, side of the proband's call: 0, 1; 2 where the call names another ALT of the record)."""
    known = ((flags & PHASED) != 0) & (phase_set >= 0)
    side = np.where((flags & OTHER_ALT) != 0, 2, 0) + ((flags & SECOND_HAPLOTYPE) != 0)
    return np.where(known, phase_set, -1).astype(np.int32), side.astype(np.int8)


def _long(trace: Trace, start: int, code: NDArray[np.uint64]) -> pa.Array:
    """REF>ALT of alleles whose code is a hash."""
    hashed = np.flatnonzero(code & np.uint64(HASHED_BIT))
    calls = trace.case.calls
    text: list[str | None] = [None] * len(code)
    for i in hashed.tolist():
        text[i] = f"{calls.ref(start + i)}>{calls.alt(start + i)}"
    return pa.array(text, pa.string())


def _packed(state: NDArray[np.int8]) -> bytes:
    """Two bits per member, four members a byte, the first in the lowest bits; missing is 3."""
    members = state.shape[1]
    out = np.zeros((len(state), (members + 3) // 4), np.uint8)
    for member in range(members):
        out[:, member // 4] |= (state[:, member].astype(np.uint8) & 3) << (2 * (member % 4))
    return out.tobytes()
