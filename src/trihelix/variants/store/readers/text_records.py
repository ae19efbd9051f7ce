"""The kernel that writes lines of VCF text as BCF records, of which it keeps what the store keeps.

So there is one reader of genotypes, and text and BCF cannot differ. FILTER is written as one number per value of the
whole column; the keys of FORMAT are numbered by their place in `bcf_layout`, from 1 on.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from trihelix.variants import codes
from trihelix.variants.records import _columns, _end_of_block, _end_of_column
from trihelix.variants.scanning import (
    COLON,
    COMMA,
    DOT,
    LARGEST,
    NEWLINE,
    RETURN,
    TAB,
    _address,
    find,
    next_end,
    number,
    part,
    same_text,
    word,
)
from trihelix.variants.store.readers.bcf_layout import (
    AD,
    CONTIG,
    END_KEY,
    GT,
    MAX_PLOIDY,
    N_FIELDS,
    TABLE_FULL,
)
from trihelix.variants.store.readers.bcf_records import filter_number

NEW_CONTIG = 4
# Places in the text cursor, behind those of the filter table that `bcf_records` has.
TEXT_AT, OUT_AT, N_LINES, N_WRITTEN, NAME_SIZE, VALUE_AT, NEEDED = range(21, 28)
N_TEXT_CURSOR = 28
MOST_KEYS = 1024
LARGEST_INT8_ALLELE = 61
_SLACK = 256
_KEY_SIZE = 8


def _store_word(_, data, at, value):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Writes four bytes to data[at] on, the lowest first."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        place = _address(context, builder, signature, args, ir.IntType(32))  # type: ignore[no-untyped-call]
        builder.store(builder.trunc(args[2], ir.IntType(32)), place, align=1)
        return context.get_dummy_value()

    return types.void(data, at, types.int64), generate


store_int: Any = intrinsic(_store_word)


@part
def _write_type(out, at, kind, n):  # type: ignore[no-untyped-def]
    """A type with its number of values, which is written as an int32 where it is large; returns the place behind."""
    if n < 15:
        out[at] = n << 4 | kind
        return at + 1
    out[at], out[at + 1] = 0xF0 | kind, 0x13
    store_int(out, at + 2, n)
    return at + 6


@part
def _write_text(text, start, end, out, at):  # type: ignore[no-untyped-def]
    at = _write_type(out, at, 7, end - start)
    for i in range(start, end):
        out[at] = text[i]
        at += 1
    return at


@part
def _write_key(out, at, key):  # type: ignore[no-untyped-def]
    out[at], out[at + 1] = 0x11, key
    return at + 2


@part
def _field_of(text, start, end):  # type: ignore[no-untyped-def]
    """Which known key text[start:end] is; -1 if none."""
    n = end - start
    first = text[start]
    if n == 2:
        second = text[start + 1]
        if first == 71:
            return 0 if second == 84 else 2 if second == 81 else -1
        if first == 68 and second == 80:
            return 1
        if first == 65 and second == 68:
            return 3
        return 4 if first == 80 and second == 83 else -1
    if n == 3 and first == 82 and text[start + 1] == 71 and text[start + 2] == 81:
        return 6
    if n == 6 and first == 77 and text[start + 1] == 73 and text[start + 2] == 78:
        return 5 if text[start + 3] == 95 and text[start + 4] == 68 and text[start + 5] == 80 else -1
    return -1


@part
def _read_keys(text, start, end, keys, present):  # type: ignore[no-untyped-def]
    """The known key at each place of FORMAT into `keys` (-1 none), and which are there at all; a key that comes
    twice counts at its first place. Returns the number of places."""
    present[:] = -1
    index = 0
    at = start
    while at <= end:
        stop = find(text, at, end, COLON)
        if index < MOST_KEYS:
            field = _field_of(text, at, stop) if stop > at else -1
            if field >= 0 and present[field] >= 0:
                field = -1
            if field >= 0:
                present[field] = 0
            keys[index] = field
        index += 1
        at = stop + 1
    return index


@part
def _write_allele(out, at, wide, value):  # type: ignore[no-untyped-def]
    if wide:
        store_int(out, at, value)
        return at + 4
    out[at] = value & 255
    return at + 1


@part
def _write_genotype(text, start, end, n_alts, ploidy, wide, out, at):  # type: ignore[no-untyped-def]
    """GT as `ploidy` values at out[at] on. Returns how many alleles it has; -1 if malformed."""
    bound = at + ploidy * (4 if wide else 1)
    found = phased = 0
    if end - start > 1 and (text[start] == 124 or text[start] == 47):
        start += 1
    while True:
        if start >= end or found == MAX_PLOIDY:
            return -1
        value = -1
        if text[start] == DOT:
            start += 1
        else:
            digits = 0
            value = 0
            while start < end and 48 <= text[start] <= 57:
                value = min(value * 10 + np.int64(text[start]) - 48, n_alts + 1)
                digits += 1
                start += 1
            if digits == 0:
                return -1
        if at < bound:
            at = _write_allele(out, at, wide, (value + 1) << 1 | phased)
        found += 1
        if start == end:
            break
        if text[start] != 124 and text[start] != 47:
            return -1
        phased = text[start] == 124
        start += 1
    while at < bound:
        at = _write_allele(out, at, wide, -2147483647 if wide else 0x81)
    return found


@part
def _write_depths(text, start, end, n_alleles, out, at):  # type: ignore[no-untyped-def]
    for _ in range(n_alleles):
        stop = find(text, start, end, COMMA)
        store_int(out, at, number(text, start, stop))
        at += 4
        start = min(stop + 1, end)


@part
def _write_sample(text, at, base, mask, end, n_keys, keys, places, sample, n_alts, ploidy, wide, out):  # type: ignore[no-untyped-def]
    """The known fields of the sample at text[at]. Returns (alleles in GT, end of the sample, base, mask)."""
    for field in range(1, N_FIELDS):
        if places[field] >= 0:
            if field == AD:
                _write_depths(text, at, at, n_alts + 1, out, places[AD] + 4 * sample * (n_alts + 1))
            else:
                store_int(out, places[field] + 4 * sample, -1)
    width = ploidy * (4 if wide else 1)
    found = 1
    if keys[0] != GT:
        gt_at = _write_allele(out, places[GT] + sample * width, wide, 0)
        while gt_at < places[GT] + (sample + 1) * width:
            gt_at = _write_allele(out, gt_at, wide, -2147483647 if wide else 0x81)
    index, start = 0, at
    while True:
        i, base, mask = next_end(text, base, mask)
        field = keys[index] if index < n_keys else -1
        stop = min(i, end)
        if field == GT:
            found = _write_genotype(text, start, stop, n_alts, ploidy, wide, out, places[GT] + sample * width)
        elif field == AD:
            _write_depths(text, start, stop, n_alts + 1, out, places[AD] + 4 * sample * (n_alts + 1))
        elif field >= 0:
            store_int(out, places[field] + 4 * sample, number(text, start, stop))
        if i >= end or text[i] != COLON:
            return found, stop, base, mask
        index += 1
        start = i + 1


@part
def _plain_pairs(text, at, end, n_samples, n_alts, out, to):  # type: ignore[no-untyped-def]
    """Samples that are one-digit pairs and nothing else, as most lines are that have GT alone; returns how many
    there are before the first that is not, and where that stands."""
    byte = np.uint64(255)
    for sample in range(n_samples):
        four = word(text, at)
        first, sign = four & byte, (four >> np.uint64(8)) & byte
        second, behind = (four >> np.uint64(16)) & byte, (four >> np.uint64(24)) & byte
        if first - np.uint64(48) > np.uint64(9) or second - np.uint64(48) > np.uint64(9) or at + 3 >= end:
            return sample, at
        if (sign != 47 and sign != 124) or behind != TAB:
            return sample, at
        if first > np.uint64(48 + n_alts) or second > np.uint64(48 + n_alts):
            return sample, at
        out[to] = (first - np.uint64(47)) << np.uint64(1)
        out[to + 1] = (second - np.uint64(47)) << np.uint64(1) | np.uint64(sign == 124)
        to += 2
        at += 4
    return n_samples, at


@part
def _write_fields(text, at, end, n_keys, keys, places, n_samples, n_alts, ploidy, out, to, cursor):  # type: ignore[no-untyped-def]
    """All samples' known fields. Returns (status or -(ploidy that is needed), place behind in `out`, end of line)."""
    wide = n_alts > LARGEST_INT8_ALLELE
    for field in range(N_FIELDS):
        if places[field] < 0:
            continue
        to = _write_key(out, to, field + 1)
        n = ploidy if field == GT else n_alts + 1 if field == AD else 1
        to = _write_type(out, to, 1 if field == GT and not wide else 3, n)
        places[field] = to
        to += n_samples * n * (1 if field == GT and not wide else 4)
    sample = 0
    if n_keys == 1 and ploidy == 2 and not wide:
        sample, at = _plain_pairs(text, at, end, n_samples - 1, n_alts, out, places[GT])
    base, mask = at, np.uint64(0)
    base -= 64
    stop = at
    while sample < n_samples:
        cursor[VALUE_AT] = at
        found, stop, base, mask = _write_sample(
            text, at, base, mask, end, n_keys, keys, places, sample, n_alts, ploidy, wide, out
        )  # fmt: skip
        if found < 0:
            return codes.BAD_GENOTYPE, to, stop
        if found > ploidy:
            return -found, to, stop
        more = stop < end and text[stop] == TAB
        if sample < n_samples - 1 and not more:
            return codes.TOO_FEW_COLUMNS, to, stop
        if sample == n_samples - 1 and more:
            return codes.TOO_MANY_COLUMNS, to, stop
        at = stop + 1
        sample += 1
    return codes.OK, to, stop


@part
def _n_alts(text, start, end):  # type: ignore[no-untyped-def]
    if end - start == 1 and text[start] == DOT:
        return 0
    n = 1
    for i in range(start, end):
        n += text[i] == COMMA
    return n


@part
def _is_contig(text, start, end, name, cursor):  # type: ignore[no-untyped-def]
    if end - start != cursor[NAME_SIZE]:
        return False
    for i in range(end - start):
        if text[start + i] != name[i]:
            return False
    return True


@part
def _write_shared(text, tabs, info_end, pos, n_alts, n_fields, n_samples, filter_, out, at, cursor):  # type: ignore[no-untyped-def]
    """The first part of the record, whose sizes stay open; returns the place behind."""
    first_alt = text[tabs[3] + 1]
    with_end = first_alt == 60 or first_alt == DOT
    store_int(out, at + 8, cursor[CONTIG])
    store_int(out, at + 12, pos - 1)
    store_int(out, at + 16, tabs[3] - tabs[2] - 1)
    store_int(out, at + 20, 0)
    store_int(out, at + 24, (n_alts + 1) << 16 | np.int64(with_end))
    store_int(out, at + 28, n_fields << 24 | n_samples)
    out[at + 32] = 7  # no ID
    at = _write_text(text, tabs[2] + 1, tabs[3], out, at + 33)
    start = tabs[3] + 1
    for _ in range(n_alts):
        stop = find(text, start, tabs[4], COMMA)
        at = _write_text(text, start, stop, out, at)
        start = stop + 1
    out[at] = 0x13
    store_int(out, at + 1, filter_)
    at += 5
    if with_end:
        at = _write_key(out, at, END_KEY + 1)
        out[at] = 0x13
        store_int(out, at + 1, _end_of_block(text, tabs[6] + 1, info_end, pos))
        at += 5
    return at


@part
def _room_needed(tabs, n_samples, n_alts, n_present, ploidy):  # type: ignore[no-untyped-def]
    each = ploidy * (1 if n_alts <= LARGEST_INT8_ALLELE else 4) + 4 * (n_present + n_alts + 1)
    return _SLACK + tabs[4] - tabs[2] + 6 * n_alts + n_samples * each + 64 * _KEY_SIZE


@numba.njit(cache=True, nogil=True)
def write_records(text, end, n_samples, name, filters, out, record_at, line_at, cursor):  # type: ignore[no-untyped-def]  # noqa: C901
    """Write the lines in text[cursor[TEXT_AT] : end] as records to out[cursor[OUT_AT]:]; `record_at` and `line_at`
    take where each record begins in `out` and its line in the text. WINDOW bytes must be readable behind `end`.

    Returns OK at the end of the text, FULL when there is no room for the next record (cursor[NEEDED] bytes),
    NEW_CONTIG when CHROM is not name[:cursor[NAME_SIZE]] (whose number is cursor[CONTIG]), TABLE_FULL when there is
    no room for another FILTER, or an error code; cursor[VALUE_AT] then tells where. The cursor stands at the line.
    """
    tabs, keys = np.empty(9, np.int64), np.empty(MOST_KEYS, np.int64)
    present, places = np.empty(N_FIELDS, np.int64), np.empty(N_FIELDS, np.int64)
    format_start = format_end = 0
    n_keys: Any = 0
    while True:
        at = cursor[TEXT_AT]
        if at >= end:
            return codes.OK
        if text[at] == NEWLINE or (text[at] == RETURN and at + 1 < end and text[at + 1] == NEWLINE):
            cursor[TEXT_AT] = at + (1 if text[at] == NEWLINE else 2)
            cursor[N_LINES] += 1
            continue
        cursor[VALUE_AT] = at
        whole, base, mask = _columns(text, at, end, 9 if n_samples else 7, tabs)
        if not whole:
            return codes.TOO_FEW_COLUMNS
        if not _is_contig(text, at, tabs[0], name, cursor):
            cursor[VALUE_AT] = tabs[0]
            return NEW_CONTIG
        cursor[VALUE_AT] = tabs[0] + 1
        pos = number(text, tabs[0] + 1, tabs[1])
        if pos < 0 or pos == LARGEST:
            return codes.BAD_POS
        info_end = tabs[7] if n_samples else _end_of_column(text, end, base, mask)
        if n_samples and not same_text(text, format_start, format_end, tabs[7], tabs[8]):
            n_keys = _read_keys(text, tabs[7] + 1, tabs[8], keys, present)
            format_start, format_end = tabs[7], tabs[8]
            n_keys = min(n_keys, MOST_KEYS)
        if n_samples and present[GT] < 0:
            cursor[VALUE_AT] = tabs[7] + 1
            return codes.NO_GT
        n_present = 0
        if n_samples:
            for field in range(N_FIELDS):
                n_present += present[field] >= 0
        n_alts = _n_alts(text, tabs[3] + 1, tabs[4])
        if n_alts >= 65535:
            cursor[VALUE_AT] = tabs[3] + 1
            return codes.BAD_ALT
        filter_ = filter_number(text, tabs[5] + 1, tabs[6] - tabs[5] - 1, filters, cursor)
        if filter_ < 0:
            return TABLE_FULL
        ploidy, begin = 2, cursor[OUT_AT]
        line_end, to, shared_end = info_end, begin, begin
        while True:
            cursor[NEEDED] = _room_needed(tabs, n_samples, n_alts, n_present, ploidy)
            if cursor[NEEDED] > len(out) - begin or cursor[N_WRITTEN] == len(record_at):
                return codes.FULL
            shared_end = _write_shared(
                text, tabs, info_end, pos, n_alts, n_present, n_samples, filter_, out, begin, cursor
            )
            to = shared_end
            if n_samples == 0:
                break
            places[:] = present
            status, to, line_end = _write_fields(
                text, tabs[8] + 1, end, n_keys, keys, places, n_samples, n_alts, ploidy, out, to, cursor
            )
            if status > 0:
                return status
            if status == codes.OK:
                break
            ploidy = -status
        store_int(out, begin, shared_end - begin - 8)
        store_int(out, begin + 4, to - shared_end)
        record_at[cursor[N_WRITTEN]], line_at[cursor[N_WRITTEN]] = begin, at
        cursor[N_WRITTEN] += 1
        cursor[OUT_AT] = to
        cursor[TEXT_AT] = find(text, line_end, end, NEWLINE) + 1
        cursor[N_LINES] += 1
