"""The reference library of a programme: add packs, list them, and find the one that fits."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from json import dumps
from pathlib import Path
from tempfile import mkdtemp

from trihelix.formats.bgzf import open_binary
from trihelix.model.assembly import assembly_name, recognise_assembly
from trihelix.model.errors import AssemblyMismatchError, OutputError, PackError
from trihelix.reference.pack import (
    MANIFEST,
    ConversionOptions,
    Converted,
    FileRecord,
    Manifest,
    Pack,
    file_record,
    read_manifest,
)

# Kind -> (module that converts and opens it, version of the converted form, does it belong to an assembly).
KINDS: dict[str, tuple[str, int, bool]] = {
    "genome": ("trihelix.reference.genome", 1, True),
    "genes": ("trihelix.reference.genes", 1, True),
    "panels": ("trihelix.reference.panels", 1, False),
    "phenotypes": ("trihelix.reference.phenotypes", 1, False),
    "significance": ("trihelix.reference.significance", 2, True),
    "frequencies": ("trihelix.reference.frequencies", 2, True),
    "constraint": ("trihelix.reference.constraint", 1, False),
    "mechanism": ("trihelix.reference.mechanism", 1, False),
    "scores": ("trihelix.reference.scores", 1, True),
}
KIND_SYNONYMS = {
    "clinical-significance": "significance",
    "clinvar": "significance",
    "panel": "panels",
    "gene": "genes",
    "frequency": "frequencies",
    "phenotype": "phenotypes",
    "hpo": "phenotypes",
    "score": "scores",
    "mechanisms": "mechanism",
    "constraints": "constraint",
}
# Kinds whose sources may name their columns in their own way.
MAPPED = frozenset({"constraint", "scores"})
# Kinds of which every pack is used side by side; of the others the latest is used.
SIDE_BY_SIDE = frozenset({"frequencies", "panels", "scores"})


@dataclass(frozen=True)
class Details:
    """What the person who adds a pack says of it; None = find out from the files."""

    name: str | None = None
    version: str | None = None
    licence: str | None = None
    source: str | None = None
    assembly: str | None = None
    columns: dict[str, str] | None = None


def resolve_kind(word: str) -> str:
    """The pack kind for a word as people type it; PackError lists the kinds."""
    plain = word.strip().lower().replace("_", "-").replace(" ", "-")
    kind = KIND_SYNONYMS.get(plain, plain)
    if kind not in KINDS:
        raise PackError(
            "there is no such kind of reference pack", value=word, advice=f"one of: {', '.join(KINDS)}"
        )
    return kind


class ReferenceLibrary:
    """The packs in a folder `<home>/reference/<kind>/<name>-<address>`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def packs(self, kind: str | None = None) -> list[Pack]:
        """All packs (of a kind), oldest first."""
        folders = sorted(self.root.glob(f"{kind or '*'}/*/{MANIFEST}"))
        packs = [Pack(path.parent, read_manifest(path.parent)) for path in folders]
        return sorted(packs, key=lambda p: (p.manifest.kind, p.manifest.added, p.manifest.sha256))

    def find(self, query: str) -> Pack:
        """The pack that an id, a name or the beginning of an address means; PackError otherwise."""
        wanted = query.strip()
        found = [p for p in self.packs() if wanted in (p.id, p.manifest.name) or _is_address(wanted, p)]
        if len(found) != 1:
            what = "several reference packs have this name" if found else "there is no such reference pack"
            known = ", ".join(p.id for p in (found or self.packs())) or "none yet"
            raise PackError(what, value=query, advice=f"give one of: {known}")
        return found[0]

    def in_use(self, kind: str, assembly: str | None) -> list[Pack]:
        """The packs of a kind that an interpretation on `assembly` uses: the latest, or for kinds that are
        used side by side the latest of each name. Packs of other assemblies are passed over."""
        fitting: dict[str, Pack] = {}
        for pack in self.packs(kind):
            if assembly is None or pack.manifest.assembly in (None, assembly):
                key = pack.manifest.name if kind in SIDE_BY_SIDE else kind
                fitting.pop(key, None)
                fitting[key] = pack
        return list(fitting.values())

    def add(self, kind: str, sources: Sequence[Path], details: Details) -> tuple[Pack, bool]:
        """Convert the files into a pack. Returns (pack, True), or (the same pack from before, False).

        Nothing is left behind on failure. Raises PackError, AssemblyMismatchError and what reading raises.
        """
        module, converter, _ = KINDS[kind]
        _check_mapping(kind, details.columns)
        for source in sources:
            open_binary(source).close()
        self._make_root()
        folder = Path(mkdtemp(prefix=".adding-", dir=self.root))
        try:
            convert: Callable[[Sequence[Path], Path, ConversionOptions], Converted] = import_module(
                module
            ).convert
            options = ConversionOptions(
                assembly_name(details.assembly), details.columns or {}, self._genomes()
            )
            converted = convert(sources, folder, options)
            manifest = _manifest(kind, converter, sources, folder, details, converted)
            return self._keep(folder, manifest)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _genomes(self) -> dict[str, Path]:
        """The folder of the latest genome pack of each assembly."""
        return {p.manifest.assembly: p.folder for p in self.packs("genome") if p.manifest.assembly}

    def _make_root(self) -> None:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                "the library's folder cannot be made",
                where=str(self.root),
                value=error.strerror,
                advice="choose another --home",
            ) from error

    def _keep(self, folder: Path, manifest: Manifest) -> tuple[Pack, bool]:
        place = self.root / manifest.kind / f"{_safe(manifest.name)}-{manifest.sha256[:12]}"
        if (place / MANIFEST).exists():
            return Pack(place, read_manifest(place)), False
        place.parent.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).write_text(dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
        folder.chmod(0o755)
        folder.rename(place)
        return Pack(place, manifest), True


def _check_mapping(kind: str, columns: dict[str, str] | None) -> None:
    """A mapping of columns where none is used would be passed over in silence."""
    if columns and kind not in MAPPED:
        raise PackError(
            f"{kind} packs are made without a mapping of columns",
            value=", ".join(f"{name}={column}" for name, column in columns.items()),
            advice=f"leave --column out; it is for {' and '.join(sorted(MAPPED))} packs",
        )


def verify_pack(pack: Pack) -> None:
    """Read every file of a pack again and compare checksums; PackError names the first that was altered."""
    for record in pack.manifest.files:
        path = pack.folder / record.name
        if not path.exists() or file_record(path).sha256 != record.sha256:
            raise PackError(
                "a file of this reference pack is missing or was altered",
                where=str(path),
                advice=f"remove {pack.folder} and add the pack again from its source",
            )


def _manifest(
    kind: str, converter: int, sources: Sequence[Path], folder: Path, details: Details, converted: Converted
) -> Manifest:
    assembly = _settle_assembly(kind, details, converted, sources)
    first = sources[0].name if sources else kind
    manifest = Manifest(
        kind=kind,
        name=details.name or _plain_name(first),
        version=details.version or converted.version or "unknown",
        assembly=assembly,
        source=details.source,
        licence=details.licence,
        converter=converter,
        counts=converted.counts,
        contigs=converted.contigs,
        notes=converted.notes,
        sources=tuple(file_record(s) for s in sources),
        files=tuple(_record_below(folder, p) for p in sorted(folder.rglob("*")) if p.is_file()),
        added=datetime.now(UTC).isoformat(timespec="microseconds"),
    )
    return replace(manifest, sha256=manifest.address())


def _record_below(folder: Path, path: Path) -> FileRecord:
    return replace(file_record(path), name=path.relative_to(folder).as_posix())


def _settle_assembly(
    kind: str, details: Details, converted: Converted, sources: Sequence[Path]
) -> str | None:
    """The pack's assembly; what the file proves wins over what it says, and must not contradict the user."""
    if not KINDS[kind][2]:
        return None
    told = assembly_name(details.assembly)
    found = recognise_assembly(converted.contigs) or assembly_name(converted.assembly)
    if told and found and told != found:
        raise AssemblyMismatchError(
            f"--assembly says {told}, but the file is {found}",
            where=", ".join(str(s) for s in sources[:3]),
            advice=f"leave --assembly out, or give the {told} file",
        )
    if not (told or found):
        raise PackError(
            "the file does not tell its assembly",
            where=", ".join(str(s) for s in sources[:3]),
            advice="add --assembly GRCh38 (or GRCh37, or the name of your own)",
        )
    return found or told


def _is_address(text: str, pack: Pack) -> bool:
    return len(text) >= 6 and pack.manifest.sha256.startswith(text.lower())


def _plain_name(file_name: str) -> str:
    """A name for people from a file's name: without the endings of compression and format."""
    return (
        re.sub(r"(\.(gz|bgz|vcf|bcf|fa|fasta|gff3|gff|json|tsv|csv|txt|obo))+$", "", file_name) or file_name
    )


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:60]
