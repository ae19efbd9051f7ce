"""The kernel that turns lines of VCF text into columns: one row per alternate allele, one column per member.

States of a member at an allele: 0 no copy, 1 one copy of two, 2 every copy, -1 missing. Half calls: with
the allele they count as one copy, without it they are missing. Multi-allelic records are split; a 1/2
call has one copy on both rows, which share a record number.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

REF, HET, HOM, MISSING = 0, 1, 2, -1
HAPLOID, HALF_CALL, PHASED, SECOND_HAPLOTYPE, OTHER_ALT = 1, 2, 4, 8, 16

# Kinds of alternate allele.
MALFORMED, BASES, STAR, SYMBOLIC, SAME_AS_REF, AMBIGUOUS, NO_ALT = range(7)

OK, FULL = 0, 1
TOO_FEW_COLUMNS, BAD_POS, BAD_REF, BAD_ALT, UNSORTED, BAD_GENOTYPE, ALLELE_RANGE, NO_GT, TOO_MANY_COLUMNS = (
    10, 11, 12, 13, 14, 15, 16, 17, 18,
)  # fmt: skip

# Columns of the counts array: what was set aside, and oddities.
N_RECORDS, N_STAR, N_SYMBOLIC, N_SAME_AS_REF, N_AMBIGUOUS, N_PLOIDY, N_HALF, N_HAPLOID, N_REFERENCE = range(9)
N_COUNTS = 10
_NOT_COUNTED = 9

# Where alleles of each kind are counted.
_COUNT_OF_KIND = (
    _NOT_COUNTED, _NOT_COUNTED, N_STAR, N_SYMBOLIC, N_SAME_AS_REF, N_AMBIGUOUS, _NOT_COUNTED,
)  # fmt: skip

# Places in the cursor array: the kernel's state, which also tells the caller where it stopped.
AT, LINES, ROWS, BLOCKS, RUNS, BYTES, LAST_POS, VALUE_AT = range(8)
N_CURSOR = 8

_TAB, _NEWLINE, _RETURN = 9, 10, 13
_MAX_PLOIDY = 8
_MAX_ALTS = 1024
_PLACES = 5  # GT, DP, GQ, AD, PS


# What the kernel writes: one record per allele, and one per (allele, member). Stores into one structured array
# are several times faster than stores into sixteen separate ones.
SITE = np.dtype(
    [("contig", "i4"), ("pos", "i4"), ("line", "i4"), ("record", "i4"), ("ref_len", "i4"), ("alt_len", "i4"),
     ("ref_start", "i8"), ("alt_start", "i8"), ("passed", "?")], align=True,
)  # fmt: skip
CALL = np.dtype(
    [("phase_set", "i4"), ("depth", "i2"), ("quality", "i2"), ("ref_depth", "i2"), ("alt_depth", "i2"),
     ("state", "i1"), ("flags", "u1")], align=True,
)  # fmt: skip
BLOCK = np.dtype([("contig", "i4"), ("pos", "i4"), ("end", "i4")])


class Output(NamedTuple):
    """The arrays that the kernel fills: sites (row), calls (row, member), blocks (block), block calls (block, member)."""

    sites: NDArray[Any]
    calls: NDArray[Any]
    blocks: NDArray[Any]
    block_calls: NDArray[Any]


class Runs(NamedTuple):
    """Where the CHROM of each run of records with the same CHROM stands in the text."""

    start: NDArray[Any]
    end: NDArray[Any]


class _Alts(NamedTuple):
    """The alternate alleles of the current record: where they stand, and their kind."""

    start: NDArray[Any]
    end: NDArray[Any]
    kind: NDArray[Any]


@numba.njit(cache=True, nogil=True)
def _base(code):  # type: ignore[no-untyped-def]
    """1 for A C G T N in either case, 2 for another IUPAC letter, 0 for anything else."""
    upper = code & 0xDF
    if upper == 65 or upper == 67 or upper == 71 or upper == 84 or upper == 78:
        return 1
    if (
        upper == 82 or upper == 89 or upper == 75 or upper == 77 or upper == 83
        or upper == 87 or upper == 66 or upper == 68 or upper == 72 or upper == 86
    ):  # fmt: skip
        return 2
    return 0


@numba.njit(cache=True, nogil=True)
def _bases(text, start, end):  # type: ignore[no-untyped-def]
    """1 if all are A C G T N, 2 if some are other IUPAC letters, 0 if anything else or empty."""
    kind = 1 if end > start else 0
    for i in range(start, end):
        base = _base(text[i])
        if base == 0:
            return 0
        if base == 2:
            kind = 2
    return kind


@numba.njit(cache=True, nogil=True)
def _number(text, start, end):  # type: ignore[no-untyped-def]
    """A non-negative whole number (decimals cut off), -1 if there is none, capped at 2**31 - 1."""
    value = 0
    if end <= start:
        return -1
    for i in range(start, end):
        digit = text[i] - 48
        if digit < 0 or digit > 9:
            return value if text[i] == 46 and i > start else -1
        value = value * 10 + digit
        if value > 2147483647:
            return 2147483647
    return value


@numba.njit(cache=True, nogil=True)
def _small(value):  # type: ignore[no-untyped-def]
    """A depth or quality as it is kept: 16 bits are enough for what a reader needs to see."""
    return min(value, 32767)


@numba.njit(cache=True, nogil=True)
def _find(text, start, end, byte):  # type: ignore[no-untyped-def]
    """The first place of a byte in [start, end), or end."""
    for i in range(start, end):
        if text[i] == byte:
            return i
    return end


@numba.njit(cache=True, nogil=True)
def _format_places(text, start, end, places):  # type: ignore[no-untyped-def]
    """Where GT, DP, GQ, AD and PS stand in FORMAT (-1 where absent)."""
    first = (71, 68, 71, 65, 80)
    second = (84, 80, 81, 68, 83)
    places[:] = -1
    index = 0
    at = start
    while at <= end:
        stop = _find(text, at, end, 58)
        for p in range(_PLACES):
            if stop - at == 2 and text[at] == first[p] and text[at + 1] == second[p]:
                places[p] = index
        index += 1
        at = stop + 1


@numba.njit(cache=True, nogil=True)
def _genotype(text, start, end, alleles):  # type: ignore[no-untyped-def]
    """Allele numbers of a GT into `alleles` (-1 missing). Returns (ploidy, phased); ploidy -1 if malformed."""
    ploidy = 0
    phased = 0
    at = start
    while True:
        if at >= end or ploidy == _MAX_PLOIDY:
            return -1, 0
        if text[at] == 46:
            alleles[ploidy] = -1
            at += 1
        else:
            value = 0
            digits = 0
            while at < end and 48 <= text[at] <= 57:
                value = value * 10 + text[at] - 48
                digits += 1
                at += 1
            if digits == 0 or digits > 6:
                return -1, 0
            alleles[ploidy] = value
        ploidy += 1
        if at == end:
            return ploidy, phased
        if text[at] == 124:
            phased = 1
        elif text[at] != 47:
            return -1, 0
        at += 1


@numba.njit(cache=True, nogil=True)
def _end_of_block(text, start, end, pos):  # type: ignore[no-untyped-def]
    """INFO/END of a reference block; its own position where there is none."""
    at = start
    while at < end:
        stop = _find(text, at, end, 59)
        if (
            stop - at > 4
            and text[at] == 69
            and text[at + 1] == 78
            and text[at + 2] == 68
            and text[at + 3] == 61
        ):
            value = _number(text, at + 4, stop)
            return value if value >= pos else pos
        at = stop + 1
    return pos


@numba.njit(cache=True, nogil=True)
def _alt_kind(text, start, end, ref_start, ref_end):  # type: ignore[no-untyped-def]
    """The kind of one alternate allele, see the constants above; <NON_REF>, <*> and a dot are NO_ALT."""
    if end <= start:
        return MALFORMED
    first = text[start]
    if end - start == 1 and (first == 46 or first == 42):
        return NO_ALT if first == 46 else STAR
    if first == 60:
        if text[end - 1] != 62:
            return MALFORMED
        any_other = end - start == 3 and text[start + 1] == 42
        non_ref = end - start == 9 and text[start + 1] == 78 and text[start + 4] == 95
        return NO_ALT if any_other or non_ref else SYMBOLIC
    bases = _bases(text, start, end)
    if bases == 0:
        return _breakend(text, start, end)
    same = end - start == ref_end - ref_start
    i = 0
    while same and i < end - start:
        same = text[start + i] & 0xDF == text[ref_start + i] & 0xDF
        i += 1
    if same:
        return SAME_AS_REF
    return BASES if bases == 1 else AMBIGUOUS


@numba.njit(cache=True, nogil=True)
def _breakend(text, start, end):  # type: ignore[no-untyped-def]
    """SYMBOLIC for breakends such as N[chr2:321[ and single breakends such as G. ; else MALFORMED."""
    for i in range(start, end):
        if text[i] == 91 or text[i] == 93 or text[i] == 46:
            return SYMBOLIC
    return MALFORMED


@numba.njit(cache=True, nogil=True)
def _copy_upper(text, start, end, out, at):  # type: ignore[no-untyped-def]
    for i in range(start, end):
        out[at + i - start] = text[i] & 0xDF
    return at + end - start


@numba.njit(cache=True, nogil=True)
def _skip_empty_lines(text, cursor):  # type: ignore[no-untyped-def]
    at = cursor[AT]
    while at < len(text):
        if text[at] == _NEWLINE:
            at += 1
        elif text[at] == _RETURN and at + 1 < len(text) and text[at + 1] == _NEWLINE:
            at += 2
        else:
            break
        cursor[LINES] += 1
    cursor[AT] = at


@numba.njit(cache=True, nogil=True)
def _columns(text, at, needed, tabs):  # type: ignore[no-untyped-def]
    """Places of the first `needed` tabs of the line; tabs[needed] = where the column after them ends."""
    found = 0
    i = at
    while i < len(text) and text[i] != _NEWLINE:
        if text[i] == _TAB:
            tabs[found] = i
            found += 1
            if found == needed:
                break
        i += 1
    if found < needed:
        return False
    i += 1
    while i < len(text) and text[i] != _NEWLINE and text[i] != _TAB:
        i += 1
    tabs[needed] = i
    return True


@numba.njit(cache=True, nogil=True)
def _same_text(text, a_start, a_end, b_start, b_end):  # type: ignore[no-untyped-def]
    if a_end - a_start != b_end - b_start:
        return False
    for i in range(a_end - a_start):
        if text[a_start + i] != text[b_start + i]:
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _read_alts(text, tabs, alts):  # type: ignore[no-untyped-def]
    """Number of alternate alleles (-1 if malformed, the place in alts.start[0]) and how many are kept."""
    ref_kind = _bases(text, tabs[2] + 1, tabs[3])
    n = kept = 0
    at = tabs[3] + 1
    while at <= tabs[4]:
        stop = _find(text, at, tabs[4], 44)
        kind = _alt_kind(text, at, stop, tabs[2] + 1, tabs[3]) if n < _MAX_ALTS else 0
        if kind == 0:
            alts.start[0] = at
            return -1, 0
        if kind == BASES and ref_kind == 2:
            kind = AMBIGUOUS
        alts.start[n], alts.end[n], alts.kind[n] = at, stop, kind
        n += 1
        kept += kind == BASES
        at = stop + 1
    return n, kept


@numba.njit(cache=True, nogil=True)
def _is_pass(text, start, end):  # type: ignore[no-untyped-def]
    """FILTER is PASS or a dot."""
    if end - start == 1:
        return text[start] == 46
    return (
        end - start == 4
        and text[start] == 80 and text[start + 1] == 65 and text[start + 2] == 83 and text[start + 3] == 83
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _write_sites(text, tabs, alts, n_alts, pos, line, cursor, sites, blob, counts):  # type: ignore[no-untyped-def]
    """The record's kept alleles, genotypes still to come; counts what is set aside."""
    row = cursor[ROWS]
    used = cursor[BYTES]
    passed = _is_pass(text, tabs[5] + 1, tabs[6])
    for a in range(n_alts):
        kind = alts.kind[a]
        if kind != BASES:
            counts[_COUNT_OF_KIND[kind]] += 1
            continue
        site = sites[row]
        site.contig = cursor[RUNS] - 1
        site.pos = pos
        site.line = line
        site.record = counts[N_RECORDS]
        site.passed = passed
        site.ref_start = used
        site.ref_len = tabs[3] - tabs[2] - 1
        used = _copy_upper(text, tabs[2] + 1, tabs[3], blob, used)
        site.alt_start = used
        site.alt_len = alts.end[a] - alts.start[a]
        used = _copy_upper(text, alts.start[a], alts.end[a], blob, used)
        row += 1
    cursor[BYTES] = used
    counts[N_RECORDS] += 1


@numba.njit(cache=True, nogil=True)
def _write_block(text, tabs, pos, cursor, blocks, block_calls, counts):  # type: ignore[no-untyped-def]
    block = blocks[cursor[BLOCKS]]
    block.contig = cursor[RUNS] - 1
    block.pos = pos
    block.end = _end_of_block(text, tabs[6] + 1, tabs[7], pos)
    for member in range(block_calls.shape[1]):
        call = block_calls[cursor[BLOCKS], member]
        call.state = MISSING
        call.depth = -1
        call.quality = -1
    counts[N_REFERENCE] += 1


@numba.njit(cache=True, nogil=True)
def _read_fields(text, at, places, member, fields):  # type: ignore[no-untyped-def]
    """Where the wanted fields of the sample at `at` stand, as pairs in `fields`; returns the sample's end."""
    fields[:] = 0
    field = 0
    start = at
    n = len(text)
    while True:
        byte = text[at] if at < n else _NEWLINE
        if byte == 58 or byte == _TAB or byte == _NEWLINE or byte == _RETURN:
            if member >= 0:
                for p in range(_PLACES):
                    if places[p] == field:
                        fields[2 * p], fields[2 * p + 1] = start, at
            if byte != 58:
                return at
            field += 1
            start = at + 1
        at += 1


@numba.njit(cache=True, nogil=True)
def _nth_number(text, start, end, n):  # type: ignore[no-untyped-def]
    """The n-th number of a comma-separated list, -1 if it is not there."""
    for _ in range(n):
        start = min(_find(text, start, end, 44) + 1, end)
    return _small(_number(text, start, _find(text, start, end, 44)))


@numba.njit(cache=True, nogil=True)
def _state_of(alleles, ploidy, phased, allele):  # type: ignore[no-untyped-def]
    """(state, flags) of a genotype at one allele; ploidy above two is missing."""
    copies = unknown = 0
    marks = HAPLOID if ploidy == 1 else 0
    for p in range(ploidy):
        if alleles[p] == allele:
            copies += 1
            if p == 1:
                marks |= SECOND_HAPLOTYPE
        elif alleles[p] < 0:
            unknown += 1
        elif alleles[p] > 0:
            marks |= OTHER_ALT
    if copies == 2:
        marks &= ~SECOND_HAPLOTYPE
    if phased and ploidy == 2:
        marks |= PHASED
    if unknown == ploidy or ploidy > 2:
        return MISSING, marks
    if unknown:
        return (HET if copies else MISSING), marks | HALF_CALL
    if copies == ploidy:
        return HOM, marks
    return (HET if copies else REF), marks


@numba.njit(cache=True, nogil=True)
def _write_calls(  # type: ignore[no-untyped-def]
    text, fields, member, alleles, ploidy, phased, alts, n_alts, first_row, calls
):
    """One member's call on every kept allele of the record."""
    row = first_row
    reads = _small(_number(text, fields[2], fields[3]))
    quality = _small(_number(text, fields[4], fields[5]))
    phase_set = _number(text, fields[8], fields[9])
    ref_depth = _nth_number(text, fields[6], fields[7], 0)
    for a in range(n_alts):
        if alts.kind[a] != BASES:
            continue
        state, marks = _state_of(alleles, ploidy, phased, a + 1)
        call = calls[row, member]
        call.state = state
        call.flags = marks
        call.depth = reads
        call.quality = quality
        call.phase_set = phase_set
        call.ref_depth = ref_depth
        call.alt_depth = _nth_number(text, fields[6], fields[7], a + 1)
        row += 1


@numba.njit(cache=True, nogil=True)
def _check_genotype(alleles, ploidy, n_alts, counts):  # type: ignore[no-untyped-def]
    """(status, whether any allele is missing); counts oddities."""
    if ploidy < 0:
        return BAD_GENOTYPE, False
    unknown = 0
    for p in range(ploidy):
        if alleles[p] > n_alts:
            return ALLELE_RANGE, False
        unknown += alleles[p] < 0
    counts[N_PLOIDY] += ploidy > 2
    counts[N_HALF] += 0 < unknown < ploidy
    counts[N_HAPLOID] += ploidy == 1 and unknown == 0
    return OK, unknown > 0


@numba.njit(cache=True, nogil=True)
def _read_samples(  # type: ignore[no-untyped-def]
    text, at, member_of, places, alleles, fields, alts, n_alts, is_block, cursor, calls, block_calls, counts
):
    """All samples of a record; returns (status, end of the line or place of the error)."""
    last = len(member_of) - 1
    for sample in range(last + 1):
        member = member_of[sample]
        stop = _read_fields(text, at, places, member, fields)
        if member >= 0:
            ploidy, phased = _genotype(text, fields[0], fields[1], alleles)
            status, unknown = _check_genotype(alleles, ploidy, n_alts, counts)
            if status != OK:
                return status, fields[0]
            _write_calls(text, fields, member, alleles, ploidy, phased, alts, n_alts, cursor[ROWS], calls)
            if is_block:
                call = block_calls[cursor[BLOCKS], member]
                call.state = MISSING if unknown else REF
                call.depth = _small(_number(text, fields[2], fields[3]))
                call.quality = _small(_number(text, fields[4], fields[5]))
        more = stop < len(text) and text[stop] == _TAB
        if sample < last and not more:
            return TOO_FEW_COLUMNS, stop
        if sample == last and more:
            return TOO_MANY_COLUMNS, stop
        at = stop + 1
    return OK, stop


@numba.njit(cache=True, nogil=True)
def _start_record(text, at, tabs, cursor, runs):  # type: ignore[no-untyped-def]
    """CHROM and POS: opens a new run where CHROM changes. Returns (status, position)."""
    last = cursor[RUNS] - 1
    if last < 0 or not _same_text(text, runs.start[last], runs.end[last], at, tabs[0]):
        if cursor[RUNS] == len(runs.start):
            return FULL, 0
        runs.start[cursor[RUNS]] = at
        runs.end[cursor[RUNS]] = tabs[0]
        cursor[RUNS] += 1
        cursor[LAST_POS] = -1
    pos = _number(text, tabs[0] + 1, tabs[1])
    if pos < 0 or pos == 2147483647:
        return BAD_POS, 0
    if pos < cursor[LAST_POS]:
        return UNSORTED, 0
    return OK, pos


@numba.njit(cache=True, nogil=True)
def _read_site(text, at, needed, tabs, alts, cursor, runs):  # type: ignore[no-untyped-def]
    """The fixed columns of the record at `at`: (status, position, number of alternate alleles, how many are kept)."""
    cursor[VALUE_AT] = at
    if not _columns(text, at, needed, tabs):
        return TOO_FEW_COLUMNS, 0, 0, 0
    cursor[VALUE_AT] = tabs[0] + 1
    status, pos = _start_record(text, at, tabs, cursor, runs)
    if status != OK:
        return status, 0, 0, 0
    cursor[VALUE_AT] = tabs[2] + 1
    if _bases(text, tabs[2] + 1, tabs[3]) == 0:
        return BAD_REF, 0, 0, 0
    n_alts, kept = _read_alts(text, tabs, alts)
    cursor[VALUE_AT] = alts.start[0]
    return (BAD_ALT if n_alts < 0 else OK), pos, n_alts, kept


@numba.njit(cache=True, nogil=True)
def parse_records(text, first_line, member_of, out, runs, blob, cursor, counts):  # type: ignore[no-untyped-def]
    """Parse whole lines of `text` from cursor[AT] into the arrays; `member_of[j]` = member column of sample j or -1.

    Returns OK at the end of the text, FULL when an array is full (call again with fresh arrays: the cursor
    stands at the record that did not fit), or an error code; cursor[VALUE_AT] then tells where.
    """
    sites, calls, blocks, block_calls = out
    alleles = np.empty(_MAX_PLOIDY, np.int64)
    fields = np.empty(2 * _PLACES, np.int64)
    tabs = np.empty(10, np.int64)
    alts = _Alts(np.empty(_MAX_ALTS, np.int64), np.empty(_MAX_ALTS, np.int64), np.empty(_MAX_ALTS, np.int64))
    places = np.full(_PLACES, -1, np.int64)
    format_start = format_end = 0
    with_samples = len(member_of) > 0
    while True:
        _skip_empty_lines(text, cursor)
        at = cursor[AT]
        if at >= len(text):
            return OK
        runs_before = cursor[RUNS]
        status, pos, n_alts, kept = _read_site(text, at, 9 if with_samples else 7, tabs, alts, cursor, runs)
        if status != OK:
            return status
        is_block = n_alts == 1 and alts.kind[0] == NO_ALT
        room = (tabs[4] - tabs[2]) * max(kept, 1)
        if (
            cursor[ROWS] + kept > len(sites)
            or cursor[BLOCKS] == len(blocks)
            or cursor[BYTES] + room > len(blob)
        ):
            cursor[RUNS] = runs_before
            return FULL
        _write_sites(text, tabs, alts, n_alts, pos, first_line + cursor[LINES], cursor, sites, blob, counts)
        if is_block:
            _write_block(text, tabs, pos, cursor, blocks, block_calls, counts)
        line_end = tabs[7]
        if with_samples:
            if not _same_text(text, format_start, format_end, tabs[7], tabs[8]):
                format_start, format_end = tabs[7], tabs[8]
                _format_places(text, tabs[7] + 1, tabs[8], places)
            cursor[VALUE_AT] = tabs[7] + 1
            if places[0] < 0:
                return NO_GT
            status, line_end = _read_samples(
                text, tabs[8] + 1, member_of, places, alleles, fields, alts, n_alts, is_block, cursor, calls,
                block_calls, counts,
            )  # fmt: skip
            cursor[VALUE_AT] = line_end
            if status != OK:
                return status
        cursor[ROWS] += kept
        cursor[BLOCKS] += is_block
        cursor[LAST_POS] = pos
        cursor[AT] = _find(text, line_end, len(text), _NEWLINE) + 1
        cursor[LINES] += 1
