"""What is asked of a genome store: which samples, which places; settled once for all commands that answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING

from trihelix.formats.bed import read_bed
from trihelix.formats.ped import listed
from trihelix.model.assembly import bare_contig
from trihelix.model.errors import MissingPackError, RegionError, SampleMismatchError, StoreError
from trihelix.services.programme import open_programme
from trihelix.variants.store.batches import View
from trihelix.variants.store.cohorts import Cohort, cohort_of_ids, digest, read_cohort_ids
from trihelix.variants.store.regions import Region, joined, parse_region

if TYPE_CHECKING:
    from trihelix.reference.genes import Genes

Say = Callable[[str, float], None]  # what is being done, and the share of it that is done


@dataclass(frozen=True)
class Place:
    """A region with the name that a person gave it: a gene, a line of a BED file, or the region's own text."""

    name: str
    region: Region


@dataclass(frozen=True)
class Places:
    """What was asked for in words: regions, genes (looked up in the genes pack of `home`), lines of a BED file."""

    regions: tuple[str, ...] = ()
    genes: tuple[str, ...] = ()
    intervals: Path | None = None
    home: Path | None = None

    def __bool__(self) -> bool:
        return bool(self.regions or self.genes or self.intervals)


@dataclass(frozen=True)
class CohortUsed:
    """Who an answer is about: samples counted, the digest of their people, and what the list left open. `listing` is
    None for everyone; `withdrawn` of its members had been withdrawn, `repeated` lines repeat an earlier one."""

    cohort: Cohort
    size: int
    digest: str
    listing: Path | None = None
    withdrawn: int = 0
    repeated: int = 0

    def as_dict(self) -> dict[str, object]:
        """As printed in JSON."""
        return {
            "size": self.size,
            "digest": self.digest,
            "file": str(self.listing) if self.listing else None,
            "withdrawn": self.withdrawn,
            "repeated": self.repeated,
        }


def choose_cohort(view: View, listing: Path | None) -> CohortUsed:
    """Everyone, or those whose ids a file lists; withdrawn people are in neither.

    Raises StoreError for a store without samples, SampleMismatchError for an id that the store does not know and
    where nobody is left.
    """
    if not view.batches:
        raise StoreError(
            "the genome store is empty",
            where=str(view.store.root),
            value="0 samples",
            advice="bring genomes in first: trihelix ingest FILE...",
        )
    if listing is None:
        cohort, withdrawn, repeated = view.everyone, view.withdrawn, 0
    else:
        ids = read_cohort_ids(listing)
        present = known_ids(view, ids.ids, str(listing))
        cohort = cohort_of_ids(present, view.samples, str(listing))
        withdrawn, repeated = len(ids.ids) - len(present), ids.duplicates
    if not len(cohort):
        raise _nobody_left(view, listing, withdrawn)
    return CohortUsed(cohort, len(cohort), digest(cohort, view.samples), listing, withdrawn, repeated)


def _nobody_left(view: View, listing: Path | None, withdrawn: int) -> SampleMismatchError:
    return SampleMismatchError(
        "no sample is left in the cohort: all were withdrawn",
        where=str(listing or view.store.root),
        value=f"{withdrawn:,} withdrawn",
        advice="ask for other samples" if listing else "bring genomes in: trihelix ingest FILE...",
    )


def known_ids(view: View, ids: Sequence[str], where: str) -> tuple[str, ...]:
    """Those of the ids that are samples of the store and not withdrawn.

    Whether a withdrawn person's bytes are still there makes no difference: they are passed over. Raises
    SampleMismatchError for ids that are neither.
    """
    manifest = view.snapshot.manifest
    if not manifest.tombstones:
        cohort_of_ids(ids, view.samples, where)
        return tuple(ids)
    here = [not manifest.is_tombstoned(view.store, sample) for sample in ids]
    present = tuple(compress(ids, here))
    cohort_of_ids(present, view.samples, where)
    return present


def find_places(view: View, asked: Places) -> list[Place] | None:
    """The places asked for, in the order of the words; None where none is.

    Raises RegionError for what cannot be read, lies outside its contig or is no gene, MissingPackError for a gene
    without a genes pack, and what reading a BED file raises.
    """
    if not asked:
        return None
    found = [Place(text, parse_region(text, view.contigs)) for text in asked.regions]
    if asked.genes:
        genes = _genes(view, asked.home)
        found += [place for word in asked.genes for place in _places_of_gene(view, genes, word)]
    if asked.intervals is not None:
        found += _intervals(view, asked.intervals)
    return found


def regions_of(view: View, asked: Places) -> list[Region]:
    """The places as regions that do not overlap; all contigs that have variants where none was asked for."""
    places = find_places(view, asked)
    return view.regions(None) if places is None else joined(place.region for place in places)


def _genes(view: View, home: Path | None) -> Genes:
    """The genes pack in use for the store's assembly."""
    from trihelix.reference.genes import (
        open_genes,
    )  # takes a tenth of a second, and most questions name no gene

    library = open_programme(home).library
    packs = library.in_use("genes", view.assembly)
    if not packs:
        raise MissingPackError(
            "a gene's place is told by a genes pack, and the library has none for the store's assembly",
            where=str(library.root),
            value=view.assembly or "the store's assembly is not known",
            advice="trihelix reference add genes FILE.gff3.gz, or give --region",
        )
    return open_genes(packs[-1].folder)


def _places_of_gene(view: View, genes: Genes, word: str) -> list[Place]:
    """The gene's span; several where a symbol is that of several genes, as in both pseudoautosomal regions."""
    rows = genes.genes[list(genes.find([word], [word]))].select("symbol", "contig", "start", "end").rows()
    lengths = {bare_contig(name): length for name, length in view.contigs.items()}
    if not rows:
        raise _no_gene(
            "no gene has this symbol or id", word, "give a symbol or an Ensembl id of the genes pack"
        )
    found = [Place(symbol or word, Region(bare_contig(c), first, last)) for symbol, c, first, last in rows]
    inside = [place for place in found if place.region.contig in lengths]
    if not inside:
        where = ", ".join(sorted({contig for _, contig, _, _ in rows}))
        raise _no_gene(f"the store has no variants of the contig of this gene, {where}", word,
                       f"its contigs are {listed(list(view.contigs), 8)}")  # fmt: skip
    for place in inside:
        length = lengths[place.region.contig]
        if length and place.region.last > length:
            raise _no_gene(f"the gene ends behind its contig, which has {length:,} bases in the store", word,
                           "add a genes pack of the store's assembly, or give --region")  # fmt: skip
    return inside


def _no_gene(what: str, word: str, advice: str) -> RegionError:
    return RegionError(what, where="--gene", value=word, advice=advice)


def _intervals(view: View, path: Path) -> list[Place]:
    """The lines of a BED file; RegionError names the first that does not fit the store."""
    found = []
    for line in read_bed(path):
        text = f"{line.contig}:{line.first}-{line.last}"
        try:
            found.append(Place(line.name or text, parse_region(text, view.contigs)))
        except RegionError as error:
            raise RegionError(
                error.what, where=f"{path}, line {line.number}", value=text, advice=error.advice
            ) from error
    return found
