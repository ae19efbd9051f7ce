"""Variant files brought into a store as one batch: checked, staged file by file, assembled, committed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trihelix.formats.vcf import VcfHeader
from trihelix.model.assembly import bare_contig, display_contig
from trihelix.model.errors import AssemblyMismatchError, NoVariantsError, SampleMismatchError
from trihelix.model.family import Family
from trihelix.reference.genome import Genome
from trihelix.variants.codes import REF
from trihelix.variants.store import layout
from trihelix.variants.store.callable import MIN_DP, MIN_GQ
from trihelix.variants.store.commit import Store, create_store, new_batch_id, open_store
from trihelix.variants.store.commits.digests import write_batch_digests
from trihelix.variants.store.commits.manifest import BatchEntry, Manifest, already_ingested
from trihelix.variants.store.commits.tombstones import add_batch, check_new_samples, check_not_tombstoned
from trihelix.variants.store.genotypes import AS_WRITTEN, X_ONLY, Y_ONLY, Lists
from trihelix.variants.store.intake.assembling import Say, assemble
from trihelix.variants.store.intake.joining import Input, Intervals, no_intervals
from trihelix.variants.store.intake.staged import Source, Staged, Staging, look_at, stage
from trihelix.variants.store.ploidy import expected_copies, with_declared_sexes
from trihelix.variants.store.reading import ReadingRequest, open_genotypes
from trihelix.variants.store.regions import in_genome_order
from trihelix.variants.store.samples import AbsentIs, Samples, kin, new_samples, with_families


@dataclass(frozen=True)
class IngestRequest:
    """What a person asks: the batch's name (None: from the first file), pedigrees, what a site absent from a VCF is
    (of a gVCF its reference blocks tell), the genome to normalise with, and the assembly if files do not say."""

    batch: str | None = None
    families: tuple[Family, ...] = ()
    absent_is: AbsentIs = AbsentIs.UNKNOWN
    genome: Genome | None = None
    assembly: str | None = None
    rows_per_part: int = layout.ROWS_PER_PART


@dataclass(frozen=True)
class Ingested:
    """What came of it. `skipped` files were in the store already; without new files `batch` is the one that has them.
    `counts` are alleles and calls that were set aside or read with care, by the words of `calls.SetAside`."""

    batch: str
    samples: int
    variants: int
    skipped: tuple[Path, ...]
    counts: dict[str, int]
    committed: bool


def ingest(root: Path, paths: Sequence[Path], request: IngestRequest, say: Say) -> Ingested:
    """Ingest files as one batch; the store is made if it is not there. The same files again change nothing, and work
    that was interrupted goes on.

    Raises what reading raises, SampleMismatchError (a sample twice, known or withdrawn), AssemblyMismatchError,
    StoreError and OutputError. Whatever happens, the store is as it was before or has the whole batch.
    """
    headers = [open_genotypes(path, ReadingRequest()).header for path in paths]
    assembly = _assembly(headers, request)
    store = _open_or_create(root, assembly)
    _check_assembly(store, assembly, headers)
    say("taking checksums", 0.0)
    sources = _distinct([look_at(path) for path in paths])
    manifest = store.snapshot()
    new = [source for source in sources if already_ingested(manifest, source.sha256) is None]
    skipped = tuple(source.path for source in sources if source not in new)
    if not new:
        entry = already_ingested(manifest, sources[0].sha256)
        assert entry is not None
        return Ingested(entry.name, entry.samples, entry.variants, skipped, {}, False)
    chosen = [header for header in headers if header.path in {source.path for source in new}]
    ids = _samples_of(chosen)
    store.reading(lambda snapshot: _check_samples(store, snapshot.manifest, ids))
    _check_contigs(chosen, manifest)
    name = request.batch or _free_name(manifest, new[0].path)
    manifest.check_free(name)  # again when it is committed, but nobody should wait for that
    done = _ingest_new(store, new, chosen, ids, name, request, say)
    return replace(done, skipped=skipped)


def _open_or_create(root: Path, assembly: str | None) -> Store:
    return open_store(root) if (root / "store.json").exists() else create_store(root, assembly)


def _distinct(sources: Sequence[Source]) -> list[Source]:
    """The same content under two names is one file."""
    return list({source.sha256: source for source in reversed(sources)}.values())[::-1]


def _assembly(headers: Sequence[VcfHeader], request: IngestRequest) -> str | None:
    told = {header.path: header.assembly for header in headers}
    names = {name for name in told.values() if name} | ({request.assembly} if request.assembly else set())
    if len(names) > 1:
        raise AssemblyMismatchError(
            "the files are of different genome assemblies",
            where=", ".join(str(path) for path in told),
            value=", ".join(sorted(names)),
            advice="ingest each assembly into a store of its own",
        )
    return names.pop() if names else None


def _check_assembly(store: Store, assembly: str | None, headers: Sequence[VcfHeader]) -> None:
    if assembly and store.assembly and assembly != store.assembly:
        raise AssemblyMismatchError(
            "the file is of another genome assembly than the store",
            where=str(headers[0].path),
            value=f"{assembly}, the store has {store.assembly}",
            advice="ingest it into a store of its own, or lift it over",
        )


def _samples_of(headers: Sequence[VcfHeader]) -> tuple[str, ...]:
    """All samples, in the order of the files. SampleMismatchError if there is none."""
    ids = tuple(dict.fromkeys(sample for header in headers for sample in header.samples))
    if not ids:
        raise SampleMismatchError(
            "the variant file has no samples",
            where=str(headers[0].path),
            advice="give a file with genotypes",
        )
    return ids


def _check_samples(store: Store, manifest: Manifest, ids: Sequence[str]) -> None:
    check_not_tombstoned(store, manifest, ids)
    check_new_samples(store, manifest, ids)


def _check_contigs(headers: Sequence[VcfHeader], manifest: Manifest) -> None:
    """A contig has one length in all files and in the store. AssemblyMismatchError if not."""
    known: dict[str, tuple[int, str]] = {}
    for batch in manifest.batches:
        for name, length in batch.details.get("contigs", {}).items():
            if length:
                known.setdefault(bare_contig(name), (length, f"batch {batch.name} of the store"))
    for header in headers:
        for name, length in header.contigs.items():
            before = (
                known.setdefault(bare_contig(name), (length, str(header.path))) if length else (length, "")
            )
            if length != before[0]:
                raise AssemblyMismatchError(
                    f"contig {name} has two lengths",
                    where=f"{header.path} and {before[1]}",
                    value=f"{length:,} and {before[0]:,}",
                    advice="the files were made against different genomes; ingest them into different stores",
                )


def _free_name(manifest: Manifest, path: Path) -> str:
    stem = path.name
    for ending in (".gz", ".bgz", ".vcf", ".bcf", ".g"):
        stem = stem.removesuffix(ending)
    number, name = 1, stem
    while manifest.batch(name):
        number += 1
        name = f"{stem}-{number}"
    return name


def _work_id(sources: Sequence[Source], name: str, request: IngestRequest) -> str:
    """The same work has the same folder, so that it is taken up: same files, same way."""
    genome = sorted(request.genome.lengths.items()) if request.genome else None
    how = repr(
        (
            sorted(s.sha256 for s in sources),
            name,
            request.families,
            request.absent_is,
            genome,
            layout.VERSION,
            request.rows_per_part,
        )
    )
    return hashlib.sha256(how.encode()).hexdigest()[:20]


def _ingest_new(
    store: Store,
    sources: Sequence[Source],
    headers: Sequence[VcfHeader],
    ids: tuple[str, ...],
    name: str,
    request: IngestRequest,
    say: Say,
) -> Ingested:
    digests = {sample: store.digest(sample) for sample in ids}
    people = [int(digests[sample][:15], 16) for sample in ids]
    samples = with_declared_sexes(
        with_families(new_samples(ids, people, request.absent_is), request.families), request.families
    )
    with store.work(_work_id(sources, name, request)) as work:
        staged = _stage_all(sources, work, samples, store, request, say)
        _check_one_file_per_contig(staged)
        samples = _as_read(samples, staged)
        batch_id = new_batch_id()
        folder = work / "batch"
        contigs = _contigs(headers, store.assembly)
        done = assemble(folder, _inputs(staged, samples), samples, contigs, name, say)
        if not done.variants:
            raise NoVariantsError(
                "the files have no alternate alleles that can be stored",
                where=", ".join(str(source.path) for source in sources),
                advice="give files with called variants (SNVs or small indels with bases as ALT)",
            )
        say("committing", 1.0)
        write_batch_digests(folder, digests.values())
        files = store.publish(folder, batch_id)
        hashes = tuple(source.sha256 for source in sources)
        entry = BatchEntry(name, batch_id, len(samples), done.variants, hashes, files, done.details)
        add_batch(store, entry, ids)
    counts = _counts(staged)
    return Ingested(name, len(samples), done.variants, (), counts, True)


def _stage_all(
    sources: Sequence[Source], work: Path, samples: Samples, store: Store, request: IngestRequest, say: Say
) -> list[Staged]:
    expected = expected_copies(samples)

    def expected_of(ids: tuple[str, ...]) -> NDArray[np.uint8]:
        return np.ascontiguousarray(expected[:, [samples.ordinals[i] for i in ids]])

    def kin_of(ids: tuple[str, ...]) -> Lists | None:
        if not request.families:
            return None
        found = kin(with_families(new_samples(ids, range(len(ids))), request.families))
        return found if len(found.samples) else None

    how = Staging(
        request.genome, store.assembly or request.assembly, kin_of, expected_of,
        layout.rare_at_most if len(sources) == 1 else lambda n: n, request.rows_per_part,
    )  # fmt: skip
    total = sum(source.size for source in sources) or 1
    staged, done = [], 0
    for source in sources:
        progress = _progress(say, source, done, total)
        staged.append(stage(source, work / f"file-{source.sha256[:16]}", how, progress))
        done += source.size
    return staged


def _progress(say: Say, source: Source, done: int, total: int) -> Callable[[float, int], None]:
    return lambda share, _: say(f"reading {source.path.name}", (done + share * source.size) / total)


def _check_one_file_per_contig(staged: Sequence[Staged]) -> None:
    """A sample's calls of one contig come from one file. SampleMismatchError if not."""
    seen: dict[tuple[str, str], Path] = {}
    for file in staged:
        contigs = {bare_contig(part.contig) for part in file.journal.parts}
        for contig in sorted(contigs):
            for sample in file.samples:
                before = seen.setdefault((contig, sample), file.source.path)
                if before != file.source.path:
                    raise SampleMismatchError(
                        "two files have calls of the same sample on one contig",
                        where=f"{before} and {file.source.path}, contig {contig}",
                        value=sample,
                        advice="give each sample's calls once; to replace a delivery, ingest it into a store of its own",
                    )


def _as_read(samples: Samples, staged: Sequence[Staged]) -> Samples:
    """The samples with the copies of X and Y that files wrote where none were declared; sites absent from a gVCF are
    as its blocks tell."""
    x, y = samples.x_copies.copy(), samples.y_copies.copy()
    absent = samples.absent_is.copy()
    for file in staged:
        ordinals = np.array([samples.ordinals[sample] for sample in file.samples])
        for column, region in ((x, X_ONLY), (y, Y_ONLY)):
            told = file.copies[region]
            column[ordinals] = np.where(column[ordinals] == AS_WRITTEN, told, column[ordinals])
        if file.journal.with_blocks:
            absent[ordinals] = AbsentIs.CALLABLE.value
    return replace(samples, x_copies=x, y_copies=y, absent_is=absent)


def _contigs(headers: Sequence[VcfHeader], assembly: str | None) -> dict[str, int]:
    shown = (
        {display_contig(bare_contig(name), assembly, name): length for name, length in header.contigs.items()}
        for header in headers
    )
    return in_genome_order(shown)


def _inputs(staged: Sequence[Staged], samples: Samples) -> list[Input]:
    """The staged files as inputs; files with the same samples, such as one per chromosome, are one source."""
    numbers: dict[tuple[str, ...], int] = {}
    inputs = []
    for file in staged:
        source = numbers.setdefault(file.samples, len(numbers))
        ordinals = np.array([samples.ordinals[sample] for sample in file.samples], np.int64)
        inputs.append(
            Input(
                file.folder,
                file.journal.parts,
                ordinals,
                np.array([source]),
                [np.arange(len(ordinals))],
                _Blocks(file).near if file.journal.with_blocks else None,
            )
        )
    return inputs


class _Blocks:
    """The reference blocks of a staged gVCF as intervals."""

    def __init__(self, file: Staged) -> None:
        self._file = file
        self._contig = ""
        self._blocks: NDArray[Any] = np.zeros(0)
        self._longest = 0

    def near(self, contig: str, first: int, last: int) -> Intervals:
        """Those that overlap a stretch, sorted by their start."""
        if contig != self._contig:
            self._contig, self._blocks = contig, self._file.blocks(contig)
            lengths = self._blocks["end"] - self._blocks["pos"] if len(self._blocks) else np.zeros(1)
            self._longest = int(lengths.max()) + 1
        if not len(self._blocks):
            return no_intervals()
        pos = self._blocks["pos"]
        start, stop = np.searchsorted(pos, first - self._longest), np.searchsorted(pos, last, "right")
        some = np.array(self._blocks[start:stop])
        some = some[some["end"] >= first]
        well = (some["state"] == REF) & (some["dp"] >= MIN_DP) & (some["gq"] >= MIN_GQ)
        return Intervals(
            some["pos"], some["end"], some["sample"], some["state"], some["dp"], some["gq"], well
        )


def _counts(staged: Sequence[Staged]) -> dict[str, int]:
    total: dict[str, int] = {}
    for file in staged:
        for name, count in file.journal.counts.items():
            total[name] = total.get(name, 0) + count
    return {name: count for name, count in total.items() if count}
