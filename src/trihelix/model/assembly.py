"""Genome assemblies: contig names, lengths and pseudoautosomal regions, and how names are reconciled.

Contig lengths and pseudoautosomal regions are those of the Genome Reference Consortium's GRCh37.p13 and
GRCh38.p14 assembly reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_NAMES = (*(str(n) for n in range(1, 23)), "X", "Y", "MT")
_GRCH37_LENGTHS = (
    249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022, 141213431,
    135534747, 135006516, 133851895, 115169878, 107349540, 102531392, 90354753, 81195210, 78077248,
    59128983, 63025520, 48129895, 51304566, 155270560, 59373566, 16569,
)  # fmt: skip
_GRCH38_LENGTHS = (
    248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636, 138394717,
    133797422, 135086622, 133275309, 114364328, 107043718, 101991189, 90338345, 83257441, 80373285,
    58617616, 64444167, 46709983, 50818468, 156040895, 57227415, 16569,
)  # fmt: skip


@dataclass(frozen=True)
class Assembly:
    """A known assembly: bare contig name to length, and PAR intervals on X (1-based, inclusive)."""

    name: str
    prefix: str
    lengths: Mapping[str, int]
    par_x: tuple[tuple[int, int], ...]


GRCH37 = Assembly(
    "GRCh37",
    "",
    dict(zip(_NAMES, _GRCH37_LENGTHS, strict=True)),
    ((60001, 2699520), (154931044, 155260560)),
)
GRCH38 = Assembly(
    "GRCh38",
    "chr",
    dict(zip(_NAMES, _GRCH38_LENGTHS, strict=True)),
    ((10001, 2781479), (155701383, 156030895)),
)
KNOWN = (GRCH37, GRCH38)
_SYNONYMS = {
    "grch37": "GRCh37",
    "hg19": "GRCh37",
    "b37": "GRCh37",
    "hs37d5": "GRCh37",
    "grch38": "GRCh38",
    "hg38": "GRCh38",
    "b38": "GRCh38",
}


def bare_contig(name: str) -> str:
    """A contig's name without a `chr` prefix, the mitochondrial genome always MT: chr1 -> 1, chrM -> MT."""
    bare = name[3:] if name[:3].lower() == "chr" else name
    return "MT" if bare in ("M", "MT") else bare


def assembly_name(text: str | None) -> str | None:
    """The assembly's usual name for any way of writing it (hg38, GRCh38.p14); other names as they are."""
    if not text:
        return None
    word = text.strip()
    return _SYNONYMS.get(word.lower().split(".")[0], word)


def known_assembly(name: str | None) -> Assembly | None:
    """The known assembly of this name, or None."""
    return next((a for a in KNOWN if a.name == name), None)


def recognise_assembly(lengths: Mapping[str, int]) -> str | None:
    """The known assembly whose nuclear contig lengths agree with the given ones, or None.

    `lengths` maps contig names as a file writes them to lengths, 0 where the file does not say. The
    mitochondrial genome is not evidence: both assemblies may carry the same one.
    """
    bare = {bare_contig(name): length for name, length in lengths.items() if length}
    shared = [n for n in bare if n in _NAMES and n != "MT"]
    fits = [a.name for a in KNOWN if shared and all(bare[n] == a.lengths[n] for n in shared)]
    return fits[0] if len(fits) == 1 else None


def display_contig(bare: str, assembly: str | None, seen_as: str) -> str:
    """The name a person sees: by the assembly's custom (chr1 in GRCh38, 1 in GRCh37), else as the file wrote it."""
    known = known_assembly(assembly)
    if known is None or bare not in known.lengths:
        return seen_as
    if known.prefix and bare == "MT":
        return "chrM"
    return known.prefix + bare


def in_par(assembly: str | None, pos: int) -> bool:
    """Whether a position of the X chromosome lies in a pseudoautosomal region."""
    known = known_assembly(assembly)
    return known is not None and any(start <= pos <= end for start, end in known.par_x)


def is_known_contig(name: str) -> bool:
    """Whether a name is one of the primary contigs of the known assemblies."""
    return bare_contig(name) in _NAMES
