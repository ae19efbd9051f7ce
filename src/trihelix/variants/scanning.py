"""Ways of looking at text for the parsing kernel: field ends by 64 bytes at a time, numbers by the machine word.

A bit mask tells which bytes end a field, as in simdjson (Langdale and Lemire, VLDB Journal 2019, 28:941). Text is
an array of bytes of which WINDOW more may be read than belong to it. What is here is compiled into the kernels that
use it, and numba does not see when it changes: after a change here, touch their files too.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array
from numpy.typing import NDArray

WINDOW = 64
TAB, NEWLINE, RETURN, COLON, COMMA, DOT = 9, 10, 13, 58, 44, 46
LARGEST = 2147483647
BOTTOM = np.uint64(1)
_EIGHT = np.uint64(8)
_ZEROS = np.uint64(0x3030303030303030)
_COMMAS = np.uint64(0x2C2C2C2C2C2C2C2C)
_ABOVE_NINE = np.uint64(0x7676767676767676)
_ONES = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x8080808080808080)
_PAIRS = np.uint64(0x000000FF000000FF)
_HUNDREDS = np.uint64(0x000F424000000064)
_UNITS = np.uint64(0x0000271000000001)

# For functions that kernels call often: put in place of each call, and without numba's counting of references to
# arrays. Both cost so small functions many times their work (1,450 ns for a record of a trio, against 100 ns).
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "forceinline": True, "_nrt": False}
part: Any = numba.njit(**_OPTIONS)


def _code_of_letters() -> NDArray[np.uint8]:
    """0-3 for A C G T, 4 for N, 5 for another IUPAC letter, in either case; 6 for anything else."""
    codes = np.full(256, 6, np.uint8)
    for letters, code in (*zip("ACGTN", range(5), strict=True), ("RYKMSWBDHV", 5)):
        for letter in letters + letters.lower():
            codes[ord(letter)] = code
    return codes


CODE = _code_of_letters()


def _address(context, builder, signature, args, kind):  # type: ignore[no-untyped-def]
    """The machine address of text[at], as a pointer to `kind`."""
    array = make_array(signature.args[0])  # type: ignore[no-untyped-call]
    data = array(context, builder, args[0]).data
    return builder.bitcast(builder.gep(data, [args[1]]), kind.as_pointer())


def _load_word(_, text, at):  # type: ignore[no-untyped-def]
    """Eight bytes from text[at] on, the first in the lowest bits (numba's targets are little-endian)."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        place = _address(context, builder, signature, args, ir.IntType(64))  # type: ignore[no-untyped-call]
        return builder.load(place, align=1)

    return types.uint64(text, at), generate


def _find_ends(_, text, at):  # type: ignore[no-untyped-def]
    """A bit for each of the 64 bytes from text[at] on: is it a tab, line end, colon or NUL?"""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        kind = ir.VectorType(ir.IntType(8), WINDOW)
        place = _address(context, builder, signature, args, kind)  # type: ignore[no-untyped-call]
        window = builder.load(place, align=1)
        found = ir.Constant(ir.VectorType(ir.IntType(1), WINDOW), [0] * WINDOW)
        for byte in (TAB, NEWLINE, RETURN, COLON, 0):
            same = builder.icmp_unsigned("==", window, ir.Constant(kind, [byte] * WINDOW))
            found = builder.or_(found, same)
        return builder.bitcast(found, ir.IntType(64))

    return types.uint64(text, at), generate


def _find_lowest(_, mask):  # type: ignore[no-untyped-def]
    """The place of the lowest bit that is set."""

    def generate(_context, builder, _signature, args):  # type: ignore[no-untyped-def]
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(mask), generate


word: Any = intrinsic(_load_word)
ends: Any = intrinsic(_find_ends)
lowest: Any = intrinsic(_find_lowest)


@part
def next_end(text, base, mask):  # type: ignore[no-untyped-def]
    """(place of the next byte that may end a field, base, mask): `mask` holds the ends not yet seen from `base` on."""
    while mask == 0:
        base += WINDOW
        mask = ends(text, base)
    return base + lowest(mask), base, mask & (mask - BOTTOM)


@part
def _digits(text, start, n):  # type: ignore[no-untyped-def]
    """The number of n digits, 1 to 8 of them; -1 if any is no digit. Digits are added up in pairs, then in fours."""
    digits = (word(text, start) ^ _ZEROS) << np.uint64(64 - 8 * n)
    if ((digits + _ABOVE_NINE) | digits) & _HIGH:
        return -1
    digits = digits * np.uint64(10) + (digits >> _EIGHT)
    high = ((digits >> np.uint64(16)) & _PAIRS) * _UNITS
    return np.int64(((digits & _PAIRS) * _HUNDREDS + high) >> np.uint64(32))


@part
def number(text, start, end):  # type: ignore[no-untyped-def]
    """A non-negative whole number (decimals cut off), -1 if there is none, capped at 2**31 - 1."""
    n = end - start
    if 0 < n <= 8:
        value = _digits(text, start, n)
        if value >= 0:
            return value
    if n == 9 and 48 <= text[start] <= 57:
        value = _digits(text, start + 1, 8)
        if value >= 0:
            return value + 100000000 * (np.int64(text[start]) - 48)
    return _any_number(text, start, end)


@part
def _any_number(text, start, end):  # type: ignore[no-untyped-def]
    value = 0
    if end <= start:
        return -1
    for i in range(start, end):
        digit = text[i] - 48
        if digit < 0 or digit > 9:
            return value if text[i] == DOT and i > start else -1
        value = value * 10 + digit
        if value > LARGEST:
            return LARGEST
    return value


@part
def small(value):  # type: ignore[no-untyped-def]
    """A depth or quality as it is kept: 16 bits are enough for what a reader needs to see."""
    return min(value, 32767)


@part
def find(text, start, end, byte):  # type: ignore[no-untyped-def]
    """The first place of a byte in [start, end), or end."""
    for i in range(start, end):
        if text[i] == byte:
            return i
    return end


@part
def find_comma(text, start, end):  # type: ignore[no-untyped-def]
    """As find, for the first comma; most stand within eight bytes."""
    digits = word(text, start) ^ _COMMAS
    found = (digits - _ONES) & ~digits & _HIGH
    if found:
        return min(start + (lowest(found) >> 3), end)
    return find(text, start, end, COMMA)


@part
def same_text(text, a, a_end, b, b_end):  # type: ignore[no-untyped-def]
    """Whether text[a:a_end] and text[b:b_end] are the same."""
    n = a_end - a
    if n != b_end - b:
        return False
    while n >= 8:
        if word(text, a) != word(text, b):
            return False
        a, b, n = a + 8, b + 8, n - 8
    return n == 0 or (word(text, a) ^ word(text, b)) << np.uint64(64 - 8 * n) == 0


@part
def bases(text, start, end):  # type: ignore[no-untyped-def]
    """1 if all are A C G T N, 2 if some are other IUPAC letters, 0 if anything else or empty."""
    highest = 0 if end > start else 6
    for i in range(start, end):
        highest = max(highest, CODE[text[i]])
    return 0 if highest == 6 else 2 if highest == 5 else 1
