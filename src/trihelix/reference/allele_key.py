"""The key of one allele, as `allele_keys` makes it for many, without compiled code: for look-ups of a single allele."""

from __future__ import annotations

CODE_BITS = 36
HASHED_BIT = 1 << 35
_CODES = {"A": 0, "C": 1, "G": 2, "T": 3}
_WORD = (1 << 64) - 1


def allele_code(ref: str, alt: str) -> int:
    """The low CODE_BITS bits of the key of an allele (upper case): its bases, or a hash where there are too many."""
    if len(ref) + len(alt) <= 13 and set(ref) | set(alt) <= _CODES.keys():
        code = 0
        for base in ref + alt:
            code = code << 2 | _CODES[base]
        return len(ref) << 31 | len(alt) << 27 | code
    value = _hash(alt, _hash(",", _hash(ref, 14695981039346656037)))
    return HASHED_BIT | value >> 29


def _hash(text: str, value: int) -> int:
    """FNV-1a."""
    for byte in text.encode("ascii"):
        value = (value ^ byte) * 1099511628211 & _WORD
    return value
