"""How many copies of each region of the genome a sample is expected to have, by its karyotype."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trihelix.formats.ped import shown
from trihelix.model.assembly import bare_contig, known_assembly
from trihelix.model.errors import MalformedRecordError
from trihelix.model.family import Family, Sex
from trihelix.variants.store.genotypes import (
    AS_WRITTEN,
    DIPLOID,
    MITOCHONDRIAL,
    N_REGIONS,
    X_ONLY,
    Y_ONLY,
)
from trihelix.variants.store.samples import KaryotypeSource, Samples, members_of


class Copies(NamedTuple):
    """Copies of the X and of the Y chromosome."""

    x: int
    y: int


# The karyotypes that GA4GH Phenopackets v2 names (KaryotypicSex), where XO is what is written X0 here. The
# mitochondrial genome is counted as one copy, as bcftools and GATK's mitochondrial calling count it.
KARYOTYPES: dict[str, Copies] = {
    "XX": Copies(2, 0),
    "XY": Copies(1, 1),
    "X0": Copies(1, 0),
    "XXY": Copies(2, 1),
    "XYY": Copies(1, 2),
    "XXX": Copies(3, 0),
    "XXYY": Copies(2, 2),
    "XXXY": Copies(3, 1),
    "XXXX": Copies(4, 0),
}
KARYOTYPE_OF_SEX = {Sex.FEMALE: "XX", Sex.MALE: "XY"}
NOT_KNOWN = Copies(AS_WRITTEN, AS_WRITTEN)


def read_karyotype(text: str, where: str) -> str:
    """A karyotype as KARYOTYPES names it (47,XXY and XO are understood); MalformedRecordError for any other."""
    word = text.strip().upper().rsplit(",", 1)[-1].replace("O", "0")
    word = "X0" if word == "X" else word
    if word in KARYOTYPES:
        return word
    raise MalformedRecordError(
        "the karyotype is none whose copies of X and Y are known",
        where=where,
        value=shown(text),
        advice=f"write one of {', '.join(KARYOTYPES)}, or leave it out: calls are then counted as written",
    )


def with_karyotypes(
    samples: Samples,
    karyotypes: Mapping[int, str],
    source: KaryotypeSource = KaryotypeSource.DECLARED,
) -> Samples:
    """The samples with these karyotypes (ordinal to a name in KARYOTYPES) and their copies; others as they are."""
    columns: dict[str, Any] = {
        name: getattr(samples, name).copy()
        for name in ("karyotype", "karyotype_source", "x_copies", "y_copies")
    }
    for ordinal, name in karyotypes.items():
        columns["karyotype"][ordinal], columns["karyotype_source"][ordinal] = name, source.value
        columns["x_copies"][ordinal], columns["y_copies"][ordinal] = KARYOTYPES[name]
    return replace(samples, **columns)


def with_declared_sexes(samples: Samples, families: Iterable[Family]) -> Samples:
    """The samples with the karyotype XX or XY where a pedigree says female or male.

    A karyotype that is declared already stays: it says more than a sex.
    """
    declared = {
        ordinal: KARYOTYPE_OF_SEX[member.sex]
        for ordinal, (_, member) in members_of(samples, families).items()
        if member.sex in KARYOTYPE_OF_SEX
        and samples.karyotype_source[ordinal] != KaryotypeSource.DECLARED.value
    }
    return with_karyotypes(samples, declared)


def expected_copies(samples: Samples) -> NDArray[np.uint8]:
    """Copies that each sample is expected to have in each region, shape (N_REGIONS, samples); AS_WRITTEN in X and Y
    of a sample whose karyotype is not known."""
    copies = np.full((N_REGIONS, len(samples)), 2, np.uint8)
    copies[X_ONLY], copies[Y_ONLY] = samples.x_copies, samples.y_copies
    copies[MITOCHONDRIAL] = samples.mt_copies
    return copies


def regions(assembly: str | None, contig: str, pos: NDArray[Any]) -> NDArray[np.uint8]:
    """The region of each position (1-based) of a contig: DIPLOID, X_ONLY, Y_ONLY or MITOCHONDRIAL.

    The pseudoautosomal regions of X are DIPLOID; without a known assembly there is none. Those of Y are not told
    apart: genomes for calling have them masked, and their variants are written on X.
    """
    region = {"X": X_ONLY, "Y": Y_ONLY, "MT": MITOCHONDRIAL}.get(bare_contig(contig), DIPLOID)
    found = np.full(len(pos), region, np.uint8)
    known = known_assembly(assembly)
    if region == X_ONLY and known is not None:
        for start, end in known.par_x:
            found[(pos >= start) & (pos <= end)] = DIPLOID
    return found
