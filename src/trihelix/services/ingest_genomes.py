"""Use case: variant files brought into a genome store as one batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from trihelix.formats.ped import read_families
from trihelix.formats.vcf import VcfHeader
from trihelix.model.assembly import assembly_name
from trihelix.model.errors import PedigreeError
from trihelix.model.family import Family
from trihelix.model.interpretation import Notice
from trihelix.reference.genome import Genome, open_genome
from trihelix.services.genome_store import standalone_folder
from trihelix.services.programme import Programme
from trihelix.variants.store.commit import open_store
from trihelix.variants.store.ingest import IngestRequest, ingest
from trihelix.variants.store.reading import ReadingRequest, open_genotypes
from trihelix.variants.store.samples import AbsentIs

Say = Callable[[str, float], None]  # what is being done, and the share of it that is done


@dataclass(frozen=True)
class GenomesRequest:
    """What a person asks: files, the batch's name (None: from the first file), pedigrees, what a site absent from a
    VCF is, and the assembly where the files do not say."""

    files: tuple[Path, ...]
    store: Path | None = None
    batch: str | None = None
    pedigrees: tuple[Path, ...] = ()
    absent: AbsentIs = AbsentIs.UNKNOWN
    assembly: str | None = None


@dataclass(frozen=True)
class GenomesIngested:
    """What was stored: without new files `batch` is the one that has them, and `committed` is False. `skipped` files
    (path, batch) were in the store already."""

    store: Path
    snapshot: int
    batch: str
    samples: int
    variants: int
    committed: bool
    skipped: tuple[tuple[Path, str], ...]
    notices: tuple[Notice, ...]

    def as_dict(self) -> dict[str, object]:
        """As printed in JSON."""
        return {
            "store": str(self.store),
            "snapshot": self.snapshot,
            "batch": self.batch,
            "samples": self.samples,
            "variants": self.variants,
            "committed": self.committed,
            "skipped": [{"file": str(path), "batch": batch} for path, batch in self.skipped],
            "notices": [notice.__dict__ for notice in self.notices],
        }


def ingest_genomes(programme: Programme, request: GenomesRequest, say: Say) -> GenomesIngested:
    """Ingest files as one batch; the store is made if it is not there. The same files again change nothing.

    The genome pack in use is compared with REF and used to left-align. Raises what reading raises,
    SampleMismatchError, AssemblyMismatchError, ReferenceMismatchError, PedigreeError, StoreError and OutputError.
    """
    root = standalone_folder(request.store)
    headers = [open_genotypes(path, ReadingRequest()).header for path in request.files]
    families = _families(request.pedigrees, headers)
    assembly = _assembly(root, request, headers)
    genome = _genome(programme, assembly)
    found = ingest(
        root, request.files,
        IngestRequest(request.batch, families, request.absent, genome, assembly_name(request.assembly)), say,
    )  # fmt: skip
    manifest = open_store(root).snapshot()
    notices = _notices(found.counts, genome) if found.committed else ()
    return GenomesIngested(
        root, manifest.number, found.batch, found.samples, found.variants, found.committed,
        tuple((path, found.batch) for path in found.skipped), notices,
    )  # fmt: skip


def _families(pedigrees: Sequence[Path], headers: Sequence[VcfHeader]) -> tuple[Family, ...]:
    """All families of the pedigrees; PedigreeError if none of their members is in the files: a wrong pedigree."""
    families = tuple(family for path in pedigrees for family in read_families(path))
    samples = {sample for header in headers for sample in header.samples}
    members = [member.id for family in families for member in family.members]
    if members and not samples.intersection(members):
        raise PedigreeError(
            "nobody of the pedigree is in the variant files",
            where=", ".join(str(path) for path in pedigrees),
            value=", ".join(members[:5]),
            advice=f"the files hold {', '.join(sorted(samples)[:5])}; correct the names or the file",
        )
    return families


def _assembly(root: Path, request: GenomesRequest, headers: Sequence[VcfHeader]) -> str | None:
    """The assembly that files, person or store tell; which of them contradict each other is told by `ingest`."""
    told = [header.assembly for header in headers if header.assembly]
    if request.assembly:
        told.append(str(assembly_name(request.assembly)))
    if not told and (root / "store.json").exists():
        return open_store(root).assembly
    return told[0] if told else None


def _genome(programme: Programme, assembly: str | None) -> Genome | None:
    packs = programme.library.in_use("genome", assembly)
    if assembly is None and len({pack.manifest.assembly for pack in packs}) > 1:
        return None
    return open_genome(packs[-1].folder) if packs else None


NOT_COMPARED = (
    "the library has no genome pack of this assembly: REF was not compared with the genome, and indels were trimmed "
    "but not left-aligned (trihelix reference add genome FASTA)"
)
# The words of `calls.SetAside` and of the store's sorter, for people.
_COUNTS = {
    "symbolic": ("warning", "symbolic alleles and breakends (structural variants) were set aside"),
    "star": ("info", "* alleles (spanning deletions) were set aside"),
    "same_as_ref": ("warning", "alternate alleles equal to REF were set aside"),
    "ambiguous": ("warning", "alleles with ambiguous bases were set aside"),
    "ploidy": ("warning", "calls of more than two alleles were read as missing"),
    "half_calls": ("info", "half calls (./1) were read as one copy; (./0) as missing"),
    "haploid_calls": ("info", "haploid calls were read as they are"),
    "moved": ("info", "alleles were trimmed or left-aligned"),
    "left_in_place": ("info", "alleles in long repeats were left where the file has them"),
}


def _notices(counts: dict[str, int], genome: Genome | None) -> tuple[Notice, ...]:
    found = [
        Notice(level, code, text, counts[code]) for code, (level, text) in _COUNTS.items() if counts.get(code)
    ]
    if genome is None:
        found.append(Notice("warning", "no_genome", NOT_COMPARED))
    return tuple(sorted(found, key=lambda notice: notice.level != "warning"))
