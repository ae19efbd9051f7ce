"""What a change of the coding sequence does to the protein, in HGVS's words.

Rules: hgvs-nomenclature.org, "Protein" recommendations (substitution, deletion, duplication, insertion, delins,
frame shift, extension). The protein that results is compared with the reference protein; how the DNA changed is
not used beyond that. All consequences are predicted and so stand in parentheses.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

_STANDARD = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"  # NCBI genetic code 1
_MITOCHONDRIAL = "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSS**VVVVAAAADDEEGGGG"  # NCBI genetic code 2
_CODONS = ["".join(bases) for bases in product("TCAG", repeat=3)]
STANDARD_CODE = dict(zip(_CODONS, _STANDARD, strict=True))
MITOCHONDRIAL_CODE = dict(zip(_CODONS, _MITOCHONDRIAL, strict=True))
_NAMES = {
    "A": "Ala", "C": "Cys", "D": "Asp", "E": "Glu", "F": "Phe", "G": "Gly", "H": "His", "I": "Ile", "K": "Lys",
    "L": "Leu", "M": "Met", "N": "Asn", "P": "Pro", "Q": "Gln", "R": "Arg", "S": "Ser", "T": "Thr", "V": "Val",
    "W": "Trp", "Y": "Tyr", "*": "Ter", "X": "Xaa",
}  # fmt: skip
_STARTS = frozenset({"ATG"})
_MITOCHONDRIAL_STARTS = frozenset(
    {"ATA", "ATC", "ATG", "ATT"}
)  # NCBI genetic code 2; human genes begin with ATN
_POLYADENYLATION = "AA"  # completes the mitochondrial stop codons that are encoded as T or TA only
UNKNOWN = "?"
START_LOST = "(Met1?)"


def translate(bases: str, code: dict[str, str]) -> str:
    """Amino acids of the whole codons, * for a stop, X where a base is unknown."""
    get = code.get
    return "".join([get(bases[at : at + 3], "X") for at in range(0, len(bases) - 2, 3)])


def named(residues: str) -> str:
    """Three-letter names in a row."""
    return "".join([_NAMES[residue] for residue in residues])


@dataclass(frozen=True)
class Coding:
    """A coding sequence to be compared with: `bases` from c.1 to the transcript's end, `length` of it coding."""

    bases: str
    length: int
    mitochondrial: bool = False

    @property
    def code(self) -> dict[str, str]:
        """Codon to amino acid."""
        return MITOCHONDRIAL_CODE if self.mitochondrial else STANDARD_CODE

    @property
    def starts(self) -> frozenset[str]:
        """Codons that translation can start at, all read as Met."""
        return _MITOCHONDRIAL_STARTS if self.mitochondrial else _STARTS

    @cached_property
    def sequence(self) -> str:
        """The bases that are translated; in mitochondria the tail may complete the stop codon."""
        return self.bases + _POLYADENYLATION if self.mitochondrial else self.bases

    @cached_property
    def protein(self) -> str:
        """The reference protein with its stop (*), if the coding sequence ends in one; starts with Met."""
        length = self.length + (-self.length % 3 if self.mitochondrial else 0)
        residues = translate(self.sequence[:length], self.code)
        return "M" + residues[1:] if residues else ""

    @cached_property
    def stop(self) -> int | None:
        """The index of the stop codon in `protein`, or None."""
        return len(self.protein) - 1 if self.protein.endswith("*") else None

    @cached_property
    def flaw(self) -> str:
        """Why nothing can be predicted from this sequence, or an empty text."""
        if not self.protein:
            return "the coding sequence is shorter than a codon"
        if "X" in self.protein:
            return "the coding sequence is not wholly known"
        if "*" in self.protein[:-1]:
            return "the coding sequence has a stop codon inside, as of a selenoprotein or a frame that slips"
        return ""


def protein_change(coding: Coding, start: int, end: int, inserted: str) -> str:
    """The p. name without prefix when bases start..end (0-based, half-open, from c.1) become `inserted`.

    `start` may be negative for a change that begins before the start codon. `?` where it cannot be told.
    """
    changed = coding.sequence[: max(start, 0)] + inserted + coding.sequence[end:]
    if start < 0 or (start < 3 and changed[:3] not in coding.starts):
        return START_LOST
    if _keeps_the_stop(coding, start, end, inserted, changed):
        return _in_frame(coding, start, end, inserted)
    return _reading_on(coding, start, end, changed)


def _keeps_the_stop(coding: Coding, start: int, end: int, inserted: str, changed: str) -> bool:
    """Whether the frame is kept and the protein would still end at the same stop codon."""
    longer = len(inserted) - (end - start)
    if longer % 3:
        return False
    if coding.stop is None:
        return end <= 3 * len(coding.protein)
    if end <= 3 * coding.stop:
        return True
    beyond, at = 3 * coding.stop + 3, 3 * coding.stop + longer
    return start < beyond and end <= beyond and coding.code.get(changed[at : at + 3]) == "*"


def _in_frame(coding: Coding, start: int, end: int, inserted: str) -> str:
    """Compares the codons touched, then trims what is alike and moves what is left to the most C-terminal place."""
    low, high = start // 3, -(-end // 3)
    residues = coding.protein
    old = residues[low:high]
    new = translate(
        coding.sequence[3 * low : start] + inserted + coding.sequence[end : 3 * high], coding.code
    )
    if low == 0:
        new = "M" + new[1:]
    if old == new:
        return _unchanged(residues, low, high)
    if coding.stop is not None and high > coding.stop:
        old, new = old[:-1], new[:-1]
    at, old, new = _trimmed(residues, low, old, new)
    return _in_frame_name(coding, at, old, new)


def _trimmed(residues: str, at: int, old: str, new: str) -> tuple[int, str, str]:
    """First residue that differs, and what is removed and inserted there, as far C-terminal as possible."""
    while old and new and old[0] == new[0]:
        at, old, new = at + 1, old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    while old and not new and residues[at + len(old) : at + len(old) + 1] == old[0]:
        at, old = at + 1, old[1:] + old[0]
    while new and not old and residues[at : at + 1] == new[0] != "*":
        at, new = at + 1, new[1:] + new[0]
    return at, old, new


def _in_frame_name(coding: Coding, at: int, old: str, new: str) -> str:
    residues = coding.protein
    until_stop, stop, _ = new.partition("*")
    if not old and at == coding.stop:
        return _extension(at, until_stop) if until_stop else _unchanged(residues, at, at + 1)
    if stop and not until_stop:
        return f"({_one(residues, at)}Ter)" if at < len(residues) else UNKNOWN
    new = until_stop + stop
    if not old:
        if residues[max(at - len(new), 0) : at] == new:
            return f"({_range(residues, at - len(new), at)}dup)"
        if at >= len(residues):
            return UNKNOWN  # beyond the last residue of an incomplete transcript
        return f"({_one(residues, at - 1)}_{_one(residues, at)}ins{named(new)})"
    if not new:
        return f"({_range(residues, at, at + len(old))}del)"
    if len(old) == len(new) == 1:
        return f"({_one(residues, at)}{named(new)})"
    return f"({_range(residues, at, at + len(old))}delins{named(new)})"


def _reading_on(coding: Coding, start: int, end: int, changed: str) -> str:
    """Frame shifts and lost stop codons: the new frame is read until a stop codon or the transcript's end."""
    residues = coding.protein
    low = at = max(start, 0) // 3
    while at < len(residues):
        residue = "M" if at == 0 else coding.code.get(changed[3 * at : 3 * at + 3], "")
        if not residue:
            return UNKNOWN  # the transcript ends before anything differs
        if residue != residues[at]:
            return _first_difference(coding, at, residue, changed)
        at += 1
    if coding.stop is None:
        return UNKNOWN
    low = min(low, coding.stop)  # a copy of the stop codon's last bases stands behind it
    return _unchanged(residues, low, min(-(-end // 3), len(residues)))


def _first_difference(coding: Coding, at: int, residue: str, changed: str) -> str:
    if residue == "*":
        return f"({_one(coding.protein, at)}Ter)"
    length = _residues_until_stop(changed, at, coding.code)
    if at == coding.stop:
        return f"(Ter{at + 1}{named(residue)}extTer{length})"
    shift = length if length == "?" else str(int(length) + 1)
    return f"({_one(coding.protein, at)}{named(residue)}fsTer{shift})"


def _residues_until_stop(bases: str, at: int, code: dict[str, str]) -> str:
    """How many residues stand from index `at` to before the first stop; ? if there is none."""
    for count, place in enumerate(range(3 * at, len(bases) - 2, 3)):
        if code.get(bases[place : place + 3]) == "*":
            return str(count)
    return "?"


def _extension(at: int, added: str) -> str:
    return f"(Ter{at + 1}{named(added[0])}extTer{len(added)})"


def _unchanged(residues: str, low: int, high: int) -> str:
    return f"({_range(residues, low, max(high, low + 1))}=)"


def _one(residues: str, at: int) -> str:
    return f"{_NAMES[residues[at]]}{at + 1}"


def _range(residues: str, low: int, high: int) -> str:
    first = _one(residues, low)
    return first if high - low == 1 else f"{first}_{_one(residues, high - 1)}"
