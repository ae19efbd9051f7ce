"""The folder of a batch assembled from its inputs: parts, samples, callable intervals and the sample-major copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from trihelix.model.assembly import KNOWN, bare_contig
from trihelix.variants.store import samples as samples_file
from trihelix.variants.store.batches import PartEntry
from trihelix.variants.store.by_sample import write_by_sample
from trihelix.variants.store.callable import CallableWriter
from trihelix.variants.store.intake.joining import Input, join
from trihelix.variants.store.intake.merging import DROPPED
from trihelix.variants.store.intake.writing import FolderWriter
from trihelix.variants.store.layout import Columns
from trihelix.variants.store.regions import in_genome_order
from trihelix.variants.store.samples import Samples, kin, write_samples

SOURCES = "sources.parquet"
BY_SAMPLE, CALLABLE = "by_sample", "callable"
_WINDOW = 1 << 24  # bases of callable intervals that are rewritten at a time

Say = Callable[[str, float], None]  # what is being done, and the share of it that is done


@dataclass(frozen=True)
class Assembled:
    """What the manifest is told of a folder."""

    variants: int
    details: dict[str, Any]


def assemble(
    folder: Path,
    inputs: Sequence[Input],
    samples: Samples,
    contigs: Mapping[str, int],
    batch: str,
    say: Say,
    may_move: bool = True,
) -> Assembled:
    """Fill a new folder. Inputs whose samples stay as they are, on contigs of their own, are moved in if they may be;
    others are joined.

    `contigs` are those of the files' headers with their lengths (0 = not told), as the assembly names them.
    """
    contigs = in_genome_order([contigs])
    if may_move and _need_no_joining(inputs, len(samples)):
        parts, columns = _moved(folder, inputs)
    else:
        shutil.rmtree(folder, ignore_errors=True)  # what an interrupted attempt left
        folder.mkdir(parents=True)
        parts, columns = _joined(folder, inputs, samples, list(contigs), batch, say)
        _write_sources(folder, inputs)
    order = {name: i for i, name in enumerate(contigs)}
    parts.sort(key=lambda p: (order.get(p.contig, len(order)), p.path))
    write_samples(folder / samples_file.FILE_NAME, samples)
    _write_callable(folder, inputs, contigs, say)
    for number, part in enumerate(parts):
        say("writing the sample-major copy", number / len(parts))
        write_by_sample(folder / part.path, folder / BY_SAMPLE)
    details = {
        "parts": [part.as_dict() for part in parts],
        "contigs": contigs,
        "columns": vars(columns),
        "several_sources": (folder / SOURCES).exists(),
    }
    return Assembled(sum(part.rows for part in parts), details)


def _need_no_joining(inputs: Sequence[Input], samples: int) -> bool:
    """Whether all inputs have exactly the batch's samples in its order, on different contigs."""
    same = all(np.array_equal(one.ordinals, np.arange(samples)) for one in inputs)
    contigs = [contig for one in inputs for contig in {part.contig for part in one.parts}]
    return same and len(contigs) == len(set(contigs))


def _moved(folder: Path, inputs: Sequence[Input]) -> tuple[list[PartEntry], Columns]:
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for one in inputs:
        for part in one.parts:
            source, target = one.folder / part.path, folder / part.path
            if source.exists() or not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
            parts.append(part)
    names = {name for p in parts for name in pq.read_schema(folder / p.path).names}
    return parts, Columns("dp" in names, "sources" in names, "companion" in names)


def _joined(
    folder: Path, inputs: Sequence[Input], samples: Samples, contigs: list[str], batch: str, say: Say
) -> tuple[list[PartEntry], Columns]:
    filters: dict[str, int] = {}
    writer = FolderWriter(folder, len(samples), batch, filters)
    have = {bare_contig(part.contig) for one in inputs for part in one.parts}
    told = {part.contig: 0 for one in inputs for part in one.parts}
    names = [name for name in in_genome_order([dict.fromkeys(contigs, 0), told]) if bare_contig(name) in have]
    share = {name: i / len(names) for i, name in enumerate(names)}
    relatives = kin(samples)
    try:
        join(
            inputs, names, writer, filters, relatives if len(relatives.samples) else None, True,
            lambda contig, _: say(f"joining {contig}", share[contig]),
        )  # fmt: skip
    except BaseException:
        writer.abandon()
        raise
    return writer.parts, writer.columns


def _write_sources(folder: Path, inputs: Sequence[Input]) -> None:
    """Which samples stand in which source, as the rows' `sources` number them."""
    pairs = [
        (number, one.ordinals[samples])
        for one in inputs
        for number, samples in zip(one.sources.tolist(), one.members, strict=True)
    ]
    source = np.concatenate([np.full(len(samples), number) for number, samples in pairs])
    sample = np.concatenate([samples for _, samples in pairs])
    left = np.unique(
        np.stack((source, sample))[:, sample != DROPPED], axis=1
    )  # files of one source name it again
    source, sample = left
    columns = {"source": pa.array(source, pa.uint32()), "sample": pa.array(sample, pa.uint32())}
    pq.write_table(pa.table(columns), folder / SOURCES, compression="zstd")


def _write_callable(folder: Path, inputs: Sequence[Input], contigs: Mapping[str, int], say: Say) -> None:
    """The intervals of all inputs with the batch's ordinals."""
    with_intervals = [one for one in inputs if one.intervals is not None]
    if not with_intervals:
        return
    writer = CallableWriter(folder / CALLABLE)
    for number, contig in enumerate(contigs):
        say("writing callable intervals", number / len(contigs))
        end = (
            contigs[contig]
            or max((a.lengths.get(bare_contig(contig), 0) for a in KNOWN), default=0)
            or (1 << 28)
        )
        for first in range(1, end + 1, _WINDOW):
            for one in with_intervals:
                assert one.intervals is not None
                near = one.intervals(contig, first, first + _WINDOW - 1)
                _add_intervals(writer, contig, one, near, first)
    writer.close()


def _add_intervals(writer: CallableWriter, contig: str, of: Input, near: Any, first: int) -> None:
    ordinal = of.ordinals[near.sample]
    kept = near.take(np.flatnonzero((ordinal >= 0) & (near.start >= first)))
    if len(kept.start):
        writer.add(contig, replace(kept, sample=of.ordinals[kept.sample]))
