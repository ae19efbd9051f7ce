"""A slow HGVS writer that shares nothing with the program's: whole sequences are edited, compared and labelled."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

PAIRS = {"A": "T", "C": "G", "G": "C", "T": "A"}
THREE = {
    "A": "Ala", "C": "Cys", "D": "Asp", "E": "Glu", "F": "Phe", "G": "Gly", "H": "His", "I": "Ile", "K": "Lys",
    "L": "Leu", "M": "Met", "N": "Asn", "P": "Pro", "Q": "Gln", "R": "Arg", "S": "Ser", "T": "Thr", "V": "Val",
    "W": "Trp", "Y": "Tyr", "*": "Ter",
}  # fmt: skip
# Codons of each amino acid, written out as in textbooks.
CODONS = {
    "F": "TTT TTC", "L": "TTA TTG CTT CTC CTA CTG", "I": "ATT ATC ATA", "M": "ATG", "V": "GTT GTC GTA GTG",
    "S": "TCT TCC TCA TCG AGT AGC", "P": "CCT CCC CCA CCG", "T": "ACT ACC ACA ACG", "A": "GCT GCC GCA GCG",
    "Y": "TAT TAC", "*": "TAA TAG TGA", "H": "CAT CAC", "Q": "CAA CAG", "N": "AAT AAC", "K": "AAA AAG",
    "D": "GAT GAC", "E": "GAA GAG", "C": "TGT TGC", "W": "TGG", "R": "CGT CGC CGA CGG AGA AGG",
    "G": "GGT GGC GGA GGG",
}  # fmt: skip
NUCLEAR = {codon: residue for residue, codons in CODONS.items() for codon in codons.split()}
MITOCHONDRIAL = NUCLEAR | {"AGA": "*", "AGG": "*", "ATA": "M", "TGA": "W"}


@dataclass(frozen=True)
class World:
    """One contig with one transcript. Positions are 1-based and genomic; `cds` is (lowest, highest) or None."""

    sequence: str
    strand: int
    exons: tuple[tuple[int, int], ...]
    cds: tuple[int, int] | None
    mitochondrial: bool = False


@dataclass(frozen=True)
class Edit:
    """In the sequence read 5' to 3': the bases start..end (0-based, half-open) become `inserted`."""

    kind: str
    start: int
    end: int
    inserted: str
    named: tuple[int, int]  # first and last base that the name gives


def reverse(sequence: str) -> str:
    return "".join(PAIRS[base] for base in reversed(sequence))


def names(world: World, pos: int, ref: str, alt: str) -> tuple[str | None, str | None, str | None]:
    """(g., c. or n., p.) without accessions; None where there is no name."""
    changed = world.sequence[: pos - 1] + alt + world.sequence[pos - 1 + len(ref) :]
    everywhere = {index: str(index + 1) for index in range(len(world.sequence))}
    edit = best_edit(world.sequence, changed, everywhere)
    prefix = "m." if world.mitochondrial else "g."
    genomic = None if edit is None else prefix + text(edit, world.sequence, everywhere)
    before = world.sequence if world.strand > 0 else reverse(world.sequence)
    after = changed if world.strand > 0 else reverse(changed)
    labels = transcript_labels(world)
    edit = best_edit(before, after, labels)
    if edit is None:
        return genomic, None, None
    coding = "n." if world.cds is None else "c."
    protein = None if world.cds is None else "p." + protein_text(world, before, edit)
    return genomic, coding + text(edit, before, labels), protein


def best_edit(before: str, after: str, labels: dict[int, str]) -> Edit | None:
    """The most 3' edit that turns `before` into `after` and has labels wherever its name needs them."""
    longer = len(after) - len(before)
    if longer < 0:
        starts = [s for s in range(len(before)) if before[:s] + before[s - longer :] == after]
        inside = [s for s in starts if all(i in labels for i in range(s, s - longer))]
        if starts:
            return (
                Edit("del", inside[-1], inside[-1] - longer, "", (inside[-1], inside[-1] - longer - 1))
                if inside
                else None
            )
    if longer > 0:
        starts = [
            s for s in range(len(before) + 1) if before[:s] + after[s : s + longer] + before[s:] == after
        ]
        copies = [
            s
            for s in starts
            if s >= longer
            and before[s - longer : s] == after[s : s + longer]
            and all(i in labels for i in range(s - longer, s))
        ]
        if copies:
            return Edit(
                "dup",
                copies[-1],
                copies[-1],
                after[copies[-1] : copies[-1] + longer],
                (copies[-1] - longer, copies[-1] - 1),
            )
        inside = [s for s in starts if s - 1 in labels and s in labels]
        if starts:
            return (
                Edit(
                    "ins",
                    inside[-1],
                    inside[-1],
                    after[inside[-1] : inside[-1] + longer],
                    (inside[-1] - 1, inside[-1]),
                )
                if inside
                else None
            )
    first, last = alike(before, after)
    removed, inserted = before[first : len(before) - last], after[first : len(after) - last]
    if any(i not in labels for i in range(first, first + len(removed))):
        return None
    kind = ">" if len(removed) == len(inserted) == 1 else "inv" if inserted == reverse(removed) else "delins"
    return Edit(kind, first, first + len(removed), inserted, (first, first + len(removed) - 1))


def alike(one: str, other: str) -> tuple[int, int]:
    """How many letters agree at the start, and then at the end."""
    most = min(len(one), len(other))
    first = next((i for i in range(most) if one[i] != other[i]), most)
    last = next((i for i in range(most - first) if one[-1 - i] != other[-1 - i]), most - first)
    return first, last


def text(edit: Edit, sequence: str, labels: dict[int, str]) -> str:
    first, last = edit.named
    where = labels[first] if first == last else f"{labels[first]}_{labels[last]}"
    if edit.kind == ">":
        return f"{where}{sequence[edit.start]}>{edit.inserted}"
    return where + edit.kind + (edit.inserted if edit.kind in ("ins", "delins") else "")


def exonic(world: World) -> list[int]:
    """Indices of the exons' bases in the sequence read 5' to 3', in order."""
    size = len(world.sequence)
    found = [p for start, end in world.exons for p in range(start, end + 1)]
    return sorted(p - 1 if world.strand > 0 else size - p for p in found)


def coding_span(world: World) -> tuple[int, int]:
    """Indices of the first and last coding base in the sequence read 5' to 3'."""
    assert world.cds is not None
    low, high = world.cds
    size = len(world.sequence)
    return (low - 1, high - 1) if world.strand > 0 else (size - high, size - low)


def transcript_labels(world: World) -> dict[int, str]:
    bases = exonic(world)
    if world.cds is None:
        labels = {index: str(n) for n, index in enumerate(bases, 1)}
    else:
        first, last = coding_span(world)
        upstream = [i for i in bases if i < first]
        coding = [i for i in bases if first <= i <= last]
        labels = {i: str(-n) for n, i in enumerate(reversed(upstream), 1)}
        labels |= {i: str(n) for n, i in enumerate(coding, 1)}
        labels |= {i: f"*{n}" for n, i in enumerate((i for i in bases if i > last), 1)}
    for left, right in pairwise(bases):
        for index in range(left + 1, right):
            after, before = index - left, right - index
            labels[index] = f"{labels[left]}+{after}" if after <= before else f"{labels[right]}-{before}"
    return labels


def translated(bases: str, code: dict[str, str]) -> str:
    return "".join(code[bases[i : i + 3]] for i in range(0, len(bases) - len(bases) % 3, 3))


def protein_text(world: World, sequence: str, edit: Edit) -> str:
    code = MITOCHONDRIAL if world.mitochondrial else NUCLEAR
    bases = exonic(world)
    first, last = coding_span(world)
    coding = [i for i in bases if first <= i <= last]
    touched = range(edit.named[0], edit.named[1] + 1)
    if any(i not in bases for i in touched):
        return "?"
    inside = [i in coding for i in touched]
    if (not all(inside)) if edit.kind == "ins" else (not any(inside)):
        return "?"
    tail = "AA" if world.mitochondrial else ""
    reading = [i for i in bases if i >= first]
    old = "".join(sequence[i] for i in reading) + tail
    if edit.start < first:
        return "(Met1?)"
    new = "".join(sequence[i] for i in reading if i < edit.start) + edit.inserted
    new += "".join(sequence[i] for i in reading if i >= edit.end) + tail
    starts = ("ATA", "ATC", "ATG", "ATT") if world.mitochondrial else ("ATG",)
    if new[:3] not in starts and new[:3] != old[:3]:
        return "(Met1?)"
    length = len(coding) + (-len(coding) % 3 if world.mitochondrial else 0)
    reference = "M" + translated(old[: length - length % 3], code)[1:]
    protein = "M" + translated(new, code)[1:]
    stop = reference.index("*") if "*" in reference else None
    changed = [coding.index(i) for i in range(edit.start, edit.end) if i in coding]
    changed = changed or [sum(i < edit.start for i in reading)]
    codons = sorted({n // 3 if stop is None else min(n // 3, stop) for n in changed})
    longer = len(new) - len(old)
    whole = all(i in coding for i in range(edit.start, edit.end))
    if stop is None:
        if whole and longer % 3 == 0 and max(changed) < 3 * len(reference) + (edit.start == edit.end):
            return in_frame(reference, protein[: len(reference) + longer // 3], codons, "")
    elif whole and (edit.start != edit.end or edit.start <= last):
        at = stop + longer // 3
        if longer % 3 == 0 and protein[at : at + 1] == "*":
            return in_frame(reference[:stop], protein[:at], codons, "*")
    return reading_on(reference, protein, codons, stop)


def one(protein: str, at: int) -> str:
    return f"{THREE[protein[at]]}{at + 1}"


def span(protein: str, low: int, high: int) -> str:
    return one(protein, low) if high - low == 1 else f"{one(protein, low)}_{one(protein, high - 1)}"


def in_frame(old: str, new: str, codons: list[int], end: str) -> str:
    full = old + end
    if old == new:
        return f"({span(full, codons[0], codons[-1] + 1)}=)"
    longer = len(new) - len(old)
    if longer < 0:
        places = [i for i in range(len(old)) if old[:i] + old[i - longer :] == new]
        if places:
            return f"({span(full, places[-1], places[-1] - longer)}del)"
    if longer > 0:
        places = [i for i in range(len(old) + 1) if old[:i] + new[i : i + longer] + old[i:] == new]
        if places:
            return inserted(full, places[-1], new[places[-1] : places[-1] + longer], len(old), end)
    first, last = alike(old, new)
    put = new[first : len(new) - last]
    if put[0] == "*":
        return f"({one(full, first)}Ter)"
    put = put[: put.index("*") + 1] if "*" in put else put
    gone = len(old) - last - first
    word = "" if gone == 1 and len(put) == 1 else "delins"
    return f"({span(full, first, first + gone)}{word}{''.join(THREE[r] for r in put)})"


def inserted(full: str, at: int, put: str, size: int, end: str) -> str:
    if at == size and end:
        added = put.split("*")[0]
        return f"(Ter{at + 1}{THREE[added[0]]}extTer{len(added)})" if added else f"(Ter{at + 1}=)"
    if put[0] == "*":
        return f"({one(full, at)}Ter)" if at < size else "?"
    put = put[: put.index("*") + 1] if "*" in put else put
    if full[max(at - len(put), 0) : at] == put:
        return f"({span(full, at - len(put), at)}dup)"
    if at == size:
        return "?"
    return f"({one(full, at - 1)}_{one(full, at)}ins{''.join(THREE[r] for r in put)})"


def reading_on(reference: str, protein: str, codons: list[int], stop: int | None) -> str:
    ending = protein.find("*")
    until_stop = protein if ending < 0 else protein[: ending + 1]
    if until_stop == reference and stop is not None:
        return f"({span(reference, codons[0], codons[-1] + 1)}=)"
    at = next((i for i in range(min(len(reference), len(until_stop))) if reference[i] != until_stop[i]), None)
    if at is None:
        return "?"
    if until_stop[at] == "*":
        return f"({one(reference, at)}Ter)"
    if at == stop:
        return f"(Ter{at + 1}{THREE[until_stop[at]]}extTer{ending - at if ending >= 0 else '?'})"
    return f"({one(reference, at)}{THREE[until_stop[at]]}fsTer{ending - at + 1 if ending >= 0 else '?'})"
