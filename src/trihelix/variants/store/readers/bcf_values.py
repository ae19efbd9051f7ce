"""Typed values of BCF records, each looked at only after its place is known to lie within the record.

The types are those of the VCF specification 4.3, section 6.3.3.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from trihelix.variants.scanning import LARGEST, WINDOW, _address, find, number, part, word
from trihelix.variants.store.readers.bcf_layout import AD, GT

INT8, INT16, INT32, FLOAT, CHAR = 1, 2, 3, 5, 7  # types of values
_MISSING_ALLELE = -1


def _find_not_plain(_, data, at):  # type: ignore[no-untyped-def]
    """A bit for each of the 64 bytes from data[at] on: is it anything but the reference allele, phased or not?"""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        kind = ir.VectorType(ir.IntType(8), WINDOW)
        place = _address(context, builder, signature, args, kind)  # type: ignore[no-untyped-call]
        window = builder.and_(builder.load(place, align=1), ir.Constant(kind, [0xFE] * WINDOW))
        found = builder.icmp_unsigned("!=", window, ir.Constant(kind, [2] * WINDOW))
        return builder.bitcast(found, ir.IntType(64))

    return types.uint64(data, at), generate


def _find_zeros(_, data, at):  # type: ignore[no-untyped-def]
    """A bit for each of the 64 bytes from data[at] on: is it 0?"""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        kind = ir.VectorType(ir.IntType(8), WINDOW)
        place = _address(context, builder, signature, args, kind)  # type: ignore[no-untyped-call]
        found = builder.icmp_unsigned("==", builder.load(place, align=1), ir.Constant(kind, [0] * WINDOW))
        return builder.bitcast(found, ir.IntType(64))

    return types.uint64(data, at), generate


not_plain: Any = intrinsic(_find_not_plain)
zero_bytes: Any = intrinsic(_find_zeros)


@part
def whole_number(data, at, kind):  # type: ignore[no-untyped-def]
    """The whole number of type int8, int16 or int32 at data[at]."""
    if kind == INT8:
        value = np.int64(data[at])
        return value - 256 if value > 127 else value
    if kind == INT16:
        value = np.int64(data[at]) | np.int64(data[at + 1]) << 8
        return value - 65536 if value > 32767 else value
    value = np.int64(word(data, at) & np.uint64(0xFFFFFFFF))
    return value - 4294967296 if value > LARGEST else value


@part
def unsigned(data, at):  # type: ignore[no-untyped-def]
    """The four bytes at data[at] as a number."""
    return np.int64(word(data, at) & np.uint64(0xFFFFFFFF))


@part
def _lowest_of(kind):  # type: ignore[no-untyped-def]
    """The value that stands for missing; the next one ends a vector."""
    return -128 if kind == INT8 else -32768 if kind == INT16 else -2147483648


@part
def size_of(kind):  # type: ignore[no-untyped-def]
    """Bytes of one value of a type."""
    return 2 if kind == INT16 else 4 if kind == INT32 or kind == FLOAT else 1


@part
def _is_known(kind):  # type: ignore[no-untyped-def]
    return kind == 0 or kind == INT8 or kind == INT16 or kind == INT32 or kind == FLOAT or kind == CHAR


@part
def descriptor(data, at, end):  # type: ignore[no-untyped-def]
    """(type, number of values, place behind) of the typed value at `at`; type -1 if it does not fit."""
    if at >= end:
        return -1, 0, at
    kind, n = np.int64(data[at] & 15), np.int64(data[at] >> 4)
    at += 1
    if not _is_known(kind):
        return -1, 0, at
    if n < 15:
        return kind, n, at
    if at >= end:
        return -1, 0, at
    inner = np.int64(data[at])
    size = inner & 15
    if inner >> 4 != 1 or size < INT8 or size > INT32 or at + 1 + size_of(size) > end:
        return -1, 0, at
    n = whole_number(data, at + 1, size)
    if n < 0:
        return -1, 0, at
    return kind, n, at + 1 + size_of(size)


@part
def key_at(data, at, end):  # type: ignore[no-untyped-def]
    """(number in the dictionary, place behind) of the key at `at`; -1 if it does not fit."""
    kind, n, at = descriptor(data, at, end)
    if kind < INT8 or kind > INT32 or n != 1 or at + size_of(kind) > end:
        return -1, at
    return whole_number(data, at, kind), at + size_of(kind)


@part
def place_behind(data, at, end):  # type: ignore[no-untyped-def]
    """The place behind the typed value at `at`; -1 if it does not fit."""
    kind, n, at = descriptor(data, at, end)
    if kind < 0 or n * size_of(kind) > end - at:
        return -1
    return at + n * size_of(kind)


@part
def _truncated_float(data, at):  # type: ignore[no-untyped-def]
    """A float's whole part; -1 where it is negative or no number."""
    bits = unsigned(data, at)
    exponent = (bits >> 23) & 255
    if bits >> 31 or exponent == 255:
        return -1
    if exponent < 127:
        return 0
    if exponent >= 158:
        return LARGEST
    mantissa = (bits & 0x7FFFFF) | 0x800000
    return mantissa << (exponent - 150) if exponent >= 150 else mantissa >> (150 - exponent)


@part
def _first_value(data, at, kind, n):  # type: ignore[no-untyped-def]
    """The first of a sample's values, decimals cut off; -1 where it is missing or negative."""
    if n == 0 or kind == 0:
        return -1
    if kind == FLOAT:
        return _truncated_float(data, at)
    if kind == CHAR:
        return number(data, at, find(data, at, at + n, 0))
    return max(whole_number(data, at, kind), -1)


@part
def field_value(data, field, sample, scratch):  # type: ignore[no-untyped-def]
    """The first value of a sample's field; -1 where the record lacks the field."""
    at = scratch.field_at[field]
    if at < 0:
        return -1
    kind, n = scratch.field_type[field], scratch.field_n[field]
    return _first_value(data, at + sample * n * size_of(kind), kind, n)


@part
def depth_of(data, sample, index, scratch):  # type: ignore[no-untyped-def]
    """A value of AD; -1 where it is missing."""
    at = scratch.field_at[AD]
    kind, n = scratch.field_type[AD], scratch.field_n[AD]
    if at < 0 or index >= n or kind < INT8 or kind > INT32:
        return -1
    size = size_of(kind)
    at += sample * n * size
    end = _lowest_of(kind) + 1
    for i in range(index):
        if whole_number(data, at + i * size, kind) == end:
            return -1
    return max(whole_number(data, at + index * size, kind), -1)


@part
def decode_genotype(data, sample, scratch):  # type: ignore[no-untyped-def]
    """(ploidy, phased) of a sample, its allele numbers in scratch.alleles: -1 missing. Ploidy -1 if malformed."""
    kind, n = scratch.field_type[GT], scratch.field_n[GT]
    size = size_of(kind)
    at = scratch.field_at[GT] + sample * n * size
    lowest_value = _lowest_of(kind)
    phased = 0
    for p in range(n):
        value = whole_number(data, at + p * size, kind)
        if value == lowest_value + 1:
            return p, phased
        if value < 0 and value != lowest_value:
            return -1, 0
        scratch.alleles[p] = _MISSING_ALLELE if value < 0 else (value >> 1) - 1
        if p and value > 0 and value & 1:
            phased = 1
    return n, phased
