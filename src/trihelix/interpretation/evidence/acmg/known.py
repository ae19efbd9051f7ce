"""What the significance pack holds in one gene, each variant with what it does to one transcript.

The pack stores alleles, not consequences. For the counts that PVS1, PS1, PM5, PM1, PP2 and BP1 need, all its variants
between the ends of a transcript are placed on the coding sequence at once: substitutions are translated, other changes
told apart by their length and place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trihelix.annotation.hgvs_protein import Coding, named
from trihelix.interpretation.evidence.acmg.facts import KnownChange, KnownFacts
from trihelix.interpretation.evidence.acmg.reported import side_of
from trihelix.model.assembly import bare_contig
from trihelix.model.classification import Direction
from trihelix.reference.allele_keys import HASHED, POSITION_SHIFT
from trihelix.reference.allele_table import KEY, LONG, REF_ALT
from trihelix.reference.columnar import map_arrow
from trihelix.reference.significance import Significance

TRUSTED_STARS = 2
OTHER, LOSS, MISSENSE = 0, 1, 2
NOWHERE = -(1 << 30)
_BASES = "ACGT"  # in the order of their codes in allele keys
_STOP, _UNKNOWN = ord("*"), ord("X")
_LENGTH = np.uint64(15)
_REF_SHIFT, _ALT_SHIFT = np.uint64(31), np.uint64(27)


class Layout(NamedTuple):
    """A transcript along its reading direction: oriented exon ends, and the coding position of each exon's start."""

    contig: str
    direction: int
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    offset: NDArray[np.int64]


@dataclass(frozen=True)
class KnownVariants:
    """The classified variants of a gene as columns, sorted by key. `kind` is OTHER, LOSS or MISSENSE; `residue`
    counts from 0, -1 where there is none; `altered` is the new residue's letter as its code."""

    key: NDArray[np.uint64]
    kind: NDArray[np.int8]
    residue: NDArray[np.int64]
    altered: NDArray[np.uint8]
    pathogenic: NDArray[np.bool_]
    benign: NDArray[np.bool_]
    certain: NDArray[np.bool_]
    stars: NDArray[np.int64]
    record_ids: Sequence[str]
    classifications: Sequence[str]

    def pathogenic_between(self, first: int, end: int, own: int) -> int:
        """Trusted pathogenic variants at residues first..end (from 0, half-open), the one with key `own` left out."""
        inside = (self.residue >= first) & (self.residue < end)
        return int((self._others(own) & self.trusted & self.pathogenic & inside).sum())

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """With two or more review stars."""
        return self.stars >= TRUSTED_STARS

    def _others(self, own: int) -> NDArray[np.bool_]:
        return np.asarray(self.key != np.uint64(own), np.bool_)

    def facts(self, own: int, residue: int | None, reference: str, altered: str, window: int) -> KnownFacts:
        """What is known beside the variant `own`, which changes `residue` (from 1) to `altered`, if it does."""
        others = self._others(own)
        pathogenic, benign = others & self.pathogenic, others & self.benign
        missense = self.kind == MISSENSE
        counts = KnownFacts(
            pathogenic_lof=int((pathogenic & (self.kind == LOSS)).sum()),
            pathogenic_missense=self._distinct(pathogenic & missense),
            pathogenic_all=int(pathogenic.sum()),
            benign_missense=self._distinct(benign & missense),
            benign_in_gene=bool(benign.any()),
            window=window,
        )
        if residue is None:
            return counts
        distance = np.abs(self.residue - (residue - 1))
        near = missense & (distance > 0) & (distance <= window)
        here = pathogenic & missense & self.trusted & (distance == 0)
        same = here & (self.altered == ord(altered))
        return replace(
            counts,
            near_pathogenic=self._distinct(near & pathogenic & self.trusted),
            near_benign=self._distinct(near & benign),
            same_change=self._changes(same, reference),
            same_residue=self._changes(here & ~same, reference),
        )

    def _distinct(self, chosen: NDArray[np.bool_]) -> int:
        """Different protein changes, whatever the nucleotides."""
        return len(np.unique(self.residue[chosen] * 256 + self.altered[chosen]))

    def _changes(self, chosen: NDArray[np.bool_], reference: str) -> tuple[KnownChange, ...]:
        return tuple(
            KnownChange(
                self.record_ids[i],
                self.classifications[i],
                int(self.stars[i]),
                bool(self.certain[i]),
                f"p.{named(reference)}{int(self.residue[i]) + 1}{named(chr(self.altered[i]))}",
            )
            for i in np.flatnonzero(chosen).tolist()
        )


class KnownSource:
    """Finds the classified variants of a transcript in a significance pack."""

    def __init__(self, pack: Significance) -> None:
        self._tables = pack.tables
        self._contigs = pack.tables.contigs()
        self._open: dict[str, pa.Table] = {}
        self._long: dict[str, dict[int, tuple[int, int]]] = {}

    def of(self, layout: Layout, coding: Coding, names: Sequence[str]) -> KnownVariants:
        """The variants between the transcript's ends that the pack says are of a gene of these names, or of none."""
        low, part = self._part(layout)
        words = part.column("classification").to_pylist()
        judged = {word: (_says_benign(word), _certain(word)) for word in set(words)}
        pathogenic = np.asarray(part.column("pathogenic").to_numpy(), np.bool_)
        benign = np.array([judged[word][0] for word in words], np.bool_)
        kept = _of_genes(part, np.flatnonzero(pathogenic | benign), frozenset(names))
        keys = part.column(KEY).to_numpy()[kept]
        ref_len, alt_len = self._lengths(layout.contig, kept + low, keys)
        kind, residue, altered = _effects(layout, coding, keys, ref_len, alt_len)
        record_ids = part.column("record_id")
        return KnownVariants(
            keys,
            kind,
            residue,
            altered,
            pathogenic[kept],
            benign[kept],
            np.array([judged[words[i]][1] for i in kept], np.bool_),
            part.column("stars").to_numpy()[kept],
            [record_ids[int(i)].as_py() or "no id" for i in kept],
            [words[i] for i in kept],
        )

    def _part(self, layout: Layout) -> tuple[int, pa.Table]:
        """(first row, rows) of the contig's table between the transcript's ends."""
        table = self._table(bare_contig(layout.contig))
        ends = (int(layout.first[0]), int(layout.last[-1]))
        start, end = ends if layout.direction > 0 else (-ends[1], -ends[0])
        limits = np.array([start, end + 1], np.uint64) << POSITION_SHIFT
        keys = table.column(KEY).chunk(0).to_numpy() if table.num_rows else np.empty(0, np.uint64)
        low, high = (int(n) for n in np.searchsorted(keys, limits))
        return low, table.slice(low, high - low)

    def _table(self, bare: str) -> pa.Table:
        """The contig's rows, memory-mapped: one stretch of the file, of which only what is asked for is read."""
        if bare not in self._open:
            known = bare in self._contigs
            path = self._tables.folder / f"{bare}.arrow"
            self._open[bare] = map_arrow(path) if known else _NO_ROWS.empty_table()
        return self._open[bare]

    def _lengths(
        self, contig: str, rows: NDArray[np.int64], keys: NDArray[np.uint64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Lengths of REF and ALT; those of hashed keys are kept beside the table."""
        ref = ((keys >> _REF_SHIFT) & _LENGTH).astype(np.int64)
        alt = ((keys >> _ALT_SHIFT) & _LENGTH).astype(np.int64)
        for i in np.flatnonzero((keys & HASHED) != 0).tolist():
            ref[i], alt[i] = self._long_alleles(contig)[int(rows[i])]
        return ref, alt

    def _long_alleles(self, contig: str) -> dict[int, tuple[int, int]]:
        bare = bare_contig(contig)
        if bare not in self._long:
            table = map_arrow(self._tables.folder / f"{bare}{LONG}")
            texts = (text.partition(">") for text in table.column(REF_ALT).to_pylist())
            lengths = ((len(ref), len(alt)) for ref, _, alt in texts)
            self._long[bare] = dict(zip(table.column("row").to_pylist(), lengths, strict=True))
        return self._long[bare]


_NO_ROWS = pa.schema(
    {
        KEY: pa.uint64(),
        "classification": pa.string(),
        "pathogenic": pa.bool_(),
        "stars": pa.int64(),
        "genes": pa.list_(pa.string()),
        "record_id": pa.string(),
    }
)


def _of_genes(part: pa.Table, rows: NDArray[np.int64], names: Set[str]) -> NDArray[np.int64]:
    """Those of the rows that name one of the genes, or none at all."""
    column = part.column("genes")
    named = (column[int(i)].as_py() or () for i in rows)
    chosen = [not genes or not names.isdisjoint(genes) for genes in named]
    return rows[np.array(chosen, np.bool_)]


def _says_benign(word: str | None) -> bool:
    return side_of(word) is Direction.BENIGN


def _certain(word: str | None) -> bool:
    """Pathogenic, not only likely so."""
    return side_of(word) is Direction.PATHOGENIC and bool(re.search(r"(?:^|[/|])Pathogenic", word or ""))


_Effects = tuple[NDArray[np.int8], NDArray[np.int64], NDArray[np.uint8]]


def _effects(
    layout: Layout,
    coding: Coding,
    keys: NDArray[np.uint64],
    ref_len: NDArray[np.int64],
    alt_len: NDArray[np.int64],
) -> _Effects:
    """(kind, residue from 0 or -1, altered residue) of every variant."""
    pos = (keys >> POSITION_SHIFT).astype(np.int64)
    anchored = (ref_len != alt_len).astype(np.int64)  # the first base of such alleles stays
    start, end = pos + anchored, pos + np.maximum(ref_len - 1, anchored * (ref_len == 1))
    first, last = (start, end) if layout.direction > 0 else (-end, -start)
    place = np.maximum(_coding_position(layout, first), _coding_position(layout, last))
    inside = (place >= 0) & (place < coding.length)
    residue = np.where(inside, place // 3, -1)
    altered = np.zeros(len(keys), np.uint8)
    shifts = inside & ((alt_len - ref_len) % 3 != 0)
    kind = np.where(shifts, LOSS, OTHER).astype(np.int8)
    snv = np.flatnonzero(inside & (ref_len == 1) & (alt_len == 1) & ((keys & HASHED) == 0))
    kind[snv], altered[snv] = _substitutions(layout, coding, keys[snv], place[snv])
    for points in (first, last):
        border = _splice_border(layout, coding, points)
        lost = (border >= 0) & ~inside
        kind[lost], residue[lost] = LOSS, border[lost] // 3
    return kind, residue, altered


def _coding_position(layout: Layout, points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Coding positions of oriented points, NOWHERE in introns and outside."""
    at = np.searchsorted(layout.first, points, side="right") - 1
    safe = np.maximum(at, 0)
    inside = (at >= 0) & (points <= layout.last[safe])
    return np.where(inside, layout.offset[safe] + points - layout.first[safe], NOWHERE)


def _splice_border(layout: Layout, coding: Coding, points: NDArray[np.int64]) -> NDArray[np.int64]:
    """For points in the first or last two bases of an intron between coding exons the coding position beside it, else
    -1."""
    at = np.searchsorted(layout.first, points, side="right") - 1
    safe = np.clip(at, 0, max(len(layout.first) - 2, 0))
    following = np.minimum(safe + 1, len(layout.first) - 1)
    after, before = points - layout.last[safe], layout.first[following] - points
    near = (after > 0) & (before > 0) & ((after <= 2) | (before <= 2)) & (at == safe)
    border = layout.offset[following]
    return np.where(near & (border > 0) & (border < coding.length), border, -1)


def _substitutions(
    layout: Layout, coding: Coding, keys: NDArray[np.uint64], place: NDArray[np.int64]
) -> tuple[NDArray[np.int8], NDArray[np.uint8]]:
    """(kind, altered residue) of single-base changes in the coding sequence."""
    code = _amino_acids(coding)
    bases = _coded(coding.sequence[: coding.length + 2])
    alt = (keys & np.uint64(3)).astype(np.int64)
    alt = alt if layout.direction > 0 else 3 - alt
    first = place - place % 3
    old = [bases[np.minimum(first + n, len(bases) - 1)] for n in range(3)]
    new = [np.where(place % 3 == n, alt, old[n]) for n in range(3)]
    before, after = (_translated(code, codon) for codon in (old, new))
    lost = (before != _STOP) & (after == _STOP) | ((first == 0) & (before != after))
    missense = (before != after) & (before != _STOP) & (after != _STOP) & (first > 0)
    missense &= (before != _UNKNOWN) & (after != _UNKNOWN)
    kind = np.where(lost, LOSS, np.where(missense, MISSENSE, OTHER)).astype(np.int8)
    return kind, after


def _translated(code: NDArray[np.uint8], codon: Sequence[NDArray[np.int64]]) -> NDArray[np.uint8]:
    a, b, c = codon
    known = (a < 4) & (b < 4) & (c < 4)
    return np.where(known, code[np.where(known, 16 * a + 4 * b + c, 0)], _UNKNOWN).astype(np.uint8)


def _amino_acids(coding: Coding) -> NDArray[np.uint8]:
    """The residue of each codon, codons numbered by their bases' codes."""
    return np.array([ord(coding.code["".join(codon)]) for codon in product(_BASES, repeat=3)], np.uint8)


def _coded(bases: str) -> NDArray[np.int64]:
    """0 to 3 for A C G T, 4 for anything else."""
    table = np.full(256, 4, np.int64)
    for number, base in enumerate(_BASES):
        table[ord(base)] = number
    return table[np.frombuffer(bases.encode("ascii"), np.uint8)]
