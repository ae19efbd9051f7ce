"""A variant as people write it: chr4:106236000:A:T."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trihelix.model.assembly import bare_contig
from trihelix.model.errors import VariantError

_WRITTEN = re.compile(r"^\s*([A-Za-z0-9_.]+)[:\-\s]([0-9,]+)[:\-\s]?([A-Za-z]+)[:\->/\s]([A-Za-z]+)\s*$")


@dataclass(frozen=True)
class VariantName:
    """A small variant: bare contig name, 1-based position, alleles in upper case without shared ends."""

    contig: str
    pos: int
    ref: str
    alt: str

    def __str__(self) -> str:
        return f"{self.contig}:{self.pos}:{self.ref}:{self.alt}"


def parse_variant(text: str) -> VariantName:
    """Read chr4:106236000:A:T, 4-106236000-A-T or 4:106236000A>T. Shared bases at the ends of the alleles are taken
    off but for one. VariantError where the text is none of these."""
    match = _WRITTEN.match(text)
    position = int(match.group(2).replace(",", "")) if match and match.group(2).strip(",") else 0
    if match is None or position < 1:
        raise VariantError(
            "this is no variant",
            where="VARIANT",
            value=text,
            advice="write contig:position:REF:ALT, for example chr4:106236000:A:T",
        )
    ref, alt = match.group(3).upper(), match.group(4).upper()
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        ref, alt, position = ref[1:], alt[1:], position + 1
    return VariantName(bare_contig(match.group(1)), position, ref, alt)
