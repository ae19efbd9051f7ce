"""The kernel that turns lines of VCF text into columns: one row per alternate allele, one column per member.

Multi-allelic records are split; a 1/2 call has one copy on both rows, which share a record number.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from trihelix.variants import codes
from trihelix.variants.codes import (
    HALF_CALL,
    HAPLOID,
    HET,
    HOM,
    MISSING,
    OTHER_ALT,
    PHASED,
    REF,
    SECOND_HAPLOTYPE,
)
from trihelix.variants.scanning import (
    BOTTOM,
    CODE,
    COLON,
    COMMA,
    DOT,
    LARGEST,
    NEWLINE,
    RETURN,
    TAB,
    bases,
    ends,
    find,
    find_comma,
    next_end,
    number,
    part,
    same_text,
    small,
    word,
)

__all__ = [
    "HALF_CALL", "HAPLOID", "HET", "HOM", "MISSING", "OTHER_ALT", "PHASED", "REF", "SECOND_HAPLOTYPE", "parse_records",
]  # fmt: skip

_MAX_PLOIDY = 8
_MAX_ALTS = 1024
_MAX_KEYS = 1024  # of FORMAT
_GT, _DP, _GQ, _AD, _PS = 1, 2, 3, 4, 5  # 0 stands for any other key


class _Alts(NamedTuple):
    """The alternate alleles of the current record: where they stand, and their kind."""

    start: NDArray[Any]
    end: NDArray[Any]
    kind: NDArray[Any]


@part
def _read_format(text, start, end, keys, place):  # type: ignore[no-untyped-def]
    """Which of GT, DP, GQ, AD and PS stands at each place of FORMAT, in `keys`, and where each stands, in
    `place`. Returns whether GT is there."""
    first = (71, 68, 71, 65, 80)
    second = (84, 80, 81, 68, 83)
    keys[:] = 0
    place[:] = -1
    index = 0
    at = start
    while at <= end:
        stop = find(text, at, end, COLON)
        for p in range(5):
            if stop - at == 2 and text[at] == first[p] and text[at + 1] == second[p] and index < _MAX_KEYS:
                place[p + 1] = index
        index += 1
        at = stop + 1
    for p in range(1, 6):
        if place[p] >= 0:
            keys[place[p]] = p
    return place[_GT] >= 0


@part
def _genotype(text, start, end, alleles):  # type: ignore[no-untyped-def]
    """Allele numbers of a GT into `alleles` (-1 missing). Returns (ploidy, phased); ploidy -1 if malformed."""
    ploidy = 0
    phased = 0
    at = start
    while True:
        if at >= end or ploidy == _MAX_PLOIDY:
            return -1, 0
        if text[at] == DOT:
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


@part
def _end_of_block(text, start, end, pos):  # type: ignore[no-untyped-def]
    """INFO/END of a reference block; its own position where there is none."""
    at = start
    while at < end:
        stop = find(text, at, end, 59)
        if (
            stop - at > 4
            and text[at] == 69
            and text[at + 1] == 78
            and text[at + 2] == 68
            and text[at + 3] == 61
        ):
            value = number(text, at + 4, stop)
            return value if value >= pos else pos
        at = stop + 1
    return pos


@part
def _alt_kind(text, start, end, ref_start, ref_end):  # type: ignore[no-untyped-def]
    """The kind of one alternate allele, see `codes`; <NON_REF>, <*> and a dot are NO_ALT."""
    if end <= start:
        return codes.MALFORMED
    first = text[start]
    if end - start == 1 and (first == DOT or first == 42):
        return codes.NO_ALT if first == DOT else codes.STAR
    if first == 60:
        if text[end - 1] != 62:
            return codes.MALFORMED
        any_other = end - start == 3 and text[start + 1] == 42
        non_ref = end - start == 9 and text[start + 1] == 78 and text[start + 4] == 95
        return codes.NO_ALT if any_other or non_ref else codes.SYMBOLIC
    all_bases = bases(text, start, end)
    if all_bases == 0:
        return _breakend(text, start, end)
    same = end - start == ref_end - ref_start
    i = 0
    while same and i < end - start:
        same = text[start + i] & 0xDF == text[ref_start + i] & 0xDF
        i += 1
    if same:
        return codes.SAME_AS_REF
    return codes.BASES if all_bases == 1 else codes.AMBIGUOUS


@part
def _breakend(text, start, end):  # type: ignore[no-untyped-def]
    """SYMBOLIC for breakends such as N[chr2:321[ and single breakends such as G. ; else MALFORMED."""
    for i in range(start, end):
        if text[i] == 91 or text[i] == 93 or text[i] == DOT:
            return codes.SYMBOLIC
    return codes.MALFORMED


@part
def _copy_upper(text, start, end, out, at, code):  # type: ignore[no-untyped-def]
    """Copies bases as capitals; returns (place behind them, `code` with two bits more per base)."""
    for i in range(start, end):
        out[at + i - start] = text[i] & 0xDF
        code = (code << np.uint64(2)) | np.uint64(CODE[text[i]] & 3)
    return at + end - start, code


@part
def _key(pos, ref_len, alt_len, code):  # type: ignore[no-untyped-def]
    """The key that `reference.allele_keys` gives to an allele of at most 13 bases A C G T."""
    lengths = (np.uint64(ref_len) << np.uint64(31)) | (np.uint64(alt_len) << np.uint64(27))
    return (np.uint64(pos) << np.uint64(36)) | lengths | code


@part
def _skip_empty_lines(text, end, cursor):  # type: ignore[no-untyped-def]
    at = cursor[codes.AT]
    while at < end:
        if text[at] == NEWLINE:
            at += 1
        elif text[at] == RETURN and at + 1 < end and text[at + 1] == NEWLINE:
            at += 2
        else:
            break
        cursor[codes.LINES] += 1
    cursor[codes.AT] = at


@part
def _columns(text, at, end, needed, tabs):  # type: ignore[no-untyped-def]
    """Places of the first `needed` tabs of the line. Returns (whether they are there, base, mask) for next_end."""
    found = 0
    base, mask = at, ends(text, at)
    while found < needed:
        i, base, mask = next_end(text, base, mask)
        if i >= end or text[i] == NEWLINE:
            return False, base, mask
        if text[i] == TAB:
            tabs[found] = i
            found += 1
    return True, base, mask


@part
def _end_of_column(text, end, base, mask):  # type: ignore[no-untyped-def]
    """Where the column ends whose inside `base` and `mask` have reached."""
    while True:
        i, base, mask = next_end(text, base, mask)
        if i >= end or text[i] == TAB or text[i] == NEWLINE:
            return min(i, end)


@part
def _read_alts(text, tabs, ref_kind, alts):  # type: ignore[no-untyped-def]
    """Number of alternate alleles (-1 if malformed, the place in alts.start[0]) and how many are kept."""
    n = kept = 0
    at = tabs[3] + 1
    while at <= tabs[4]:
        stop = find(text, at, tabs[4], COMMA)
        kind = _alt_kind(text, at, stop, tabs[2] + 1, tabs[3]) if n < _MAX_ALTS else 0
        if kind == 0:
            alts.start[0] = at
            return -1, 0
        if kind == codes.BASES and ref_kind == 2:
            kind = codes.AMBIGUOUS
        alts.start[n], alts.end[n], alts.kind[n] = at, stop, kind
        n += 1
        kept += kind == codes.BASES
        at = stop + 1
    return n, kept


@part
def _is_pass(text, start, end):  # type: ignore[no-untyped-def]
    """FILTER is PASS or a dot."""
    if end - start == 1:
        return text[start] == DOT
    return end - start == 4 and word(text, start) & np.uint64(0xFFFFFFFF) == np.uint64(0x53534150)


@part
def _write_sites(text, tabs, alts, n_alts, pos, cursor, out, counts):  # type: ignore[no-untyped-def]
    """The record's kept alleles, genotypes still to come; counts what is set aside."""
    row = cursor[codes.ROWS]
    used = cursor[codes.BYTES]
    passed = _is_pass(text, tabs[5] + 1, tabs[6])
    ref_len = tabs[3] - tabs[2] - 1
    for a in range(n_alts):
        kind = alts.kind[a]
        if kind != codes.BASES:
            counts[codes.COUNT_OF_KIND[kind]] += 1
            continue
        site = out.sites[row]
        site.contig = cursor[codes.RUNS] - 1
        site.pos = pos
        site.line = cursor[codes.LINES]
        site.record = counts[codes.N_RECORDS]
        site.passed = passed
        site.ref_start = used
        site.ref_len = ref_len
        used, code = _copy_upper(text, tabs[2] + 1, tabs[3], out.blob, used, np.uint64(0))
        site.alt_start = used
        site.alt_len = alts.end[a] - alts.start[a]
        used, code = _copy_upper(text, alts.start[a], alts.end[a], out.blob, used, code)
        site.key = codes.NO_KEY
        if used - site.ref_start <= 13 and _all_known(out.blob, site.ref_start, used):
            site.key = _key(pos, ref_len, used - site.alt_start, code)
        row += 1
    cursor[codes.BYTES] = used
    counts[codes.N_RECORDS] += 1


@part
def _all_known(blob, start, end):  # type: ignore[no-untyped-def]
    """Whether there is no N."""
    return find(blob, start, end, 78) == end


@part
def _write_block(text, start, end, pos, cursor, out, counts):  # type: ignore[no-untyped-def]
    """A reference record; its INFO is text[start:end]."""
    block = out.blocks[cursor[codes.BLOCKS]]
    block.contig = cursor[codes.RUNS] - 1
    block.pos = pos
    block.end = _end_of_block(text, start, end, pos)
    for member in range(out.block_calls.shape[1]):
        call = out.block_calls[cursor[codes.BLOCKS], member]
        call.state = MISSING
        call.depth = -1
        call.quality = -1
    counts[codes.N_REFERENCE] += 1


@part
def _read_fields(text, at, end, base, mask, keys, fields):  # type: ignore[no-untyped-def]
    """Where the wanted fields of the sample at `at` stand, as pairs in `fields`; returns (its end, base, mask)."""
    fields[:] = 0
    fields[2 * _GT] = fields[2 * _GT + 1] = at
    field = 0
    start = at
    while True:
        i, base, mask = next_end(text, base, mask)
        key = keys[min(field, _MAX_KEYS)]
        fields[2 * key], fields[2 * key + 1] = start, i
        if i >= end or text[i] != COLON:
            return min(i, end), base, mask
        field += 1
        start = i + 1


@part
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


@part
def _write_genotype(alleles, ploidy, phased, alts, n_alts, first_row, member, calls):  # type: ignore[no-untyped-def]
    """One member's state and flags on every kept allele of the record."""
    row = first_row
    for a in range(n_alts):
        if alts.kind[a] != codes.BASES:
            continue
        state, marks = _state_of(alleles, ploidy, phased, a + 1)
        calls[row, member].state = state
        calls[row, member].flags = marks
        row += 1


@part
def _write_reads(text, fields, member, alts, n_alts, first_row, calls, counts):  # type: ignore[no-untyped-def]
    """One member's depths, quality and phase set on every kept allele of the record."""
    row = first_row
    reads = small(number(text, fields[2 * _DP], fields[2 * _DP + 1]))
    quality = small(number(text, fields[2 * _GQ], fields[2 * _GQ + 1]))
    phase_set = number(text, fields[2 * _PS], fields[2 * _PS + 1])
    counts[codes.N_PHASE_SETS] += phase_set >= 0
    at, last = fields[2 * _AD], fields[2 * _AD + 1]
    stop = find_comma(text, at, last)
    ref_depth = small(number(text, at, stop))
    for a in range(n_alts):
        at = min(stop + 1, last)
        stop = find_comma(text, at, last)
        if alts.kind[a] != codes.BASES:
            continue
        call = calls[row, member]
        call.depth = reads
        call.quality = quality
        call.phase_set = phase_set
        call.ref_depth = ref_depth
        call.alt_depth = small(number(text, at, stop))
        row += 1


@part
def _write_plain_genotype(text, start, end, row, member, calls):  # type: ignore[no-untyped-def]
    """0/0, 0/1, 1/0, 1/1 and their phased forms at a record with one allele: written without more ado.
    Returns whether it was one of these."""
    genotype = word(text, start)
    byte = np.uint64(255)
    first, sign, second = (
        genotype & byte, (genotype >> np.uint64(8)) & byte, (genotype >> np.uint64(16)) & byte,
    )  # fmt: skip
    if end - start != 3 or (first | BOTTOM) != 49 or (second | BOTTOM) != 49 or (sign != 47 and sign != 124):
        return False
    marks = (PHASED if sign == 124 else 0) | (SECOND_HAPLOTYPE if second > first else 0)
    calls[row, member].state = np.int64(first + second) - 96
    calls[row, member].flags = marks
    return True


@part
def _check_genotype(alleles, ploidy, n_alts, counts):  # type: ignore[no-untyped-def]
    """(status, whether any allele is missing); counts oddities."""
    if ploidy < 0:
        return codes.BAD_GENOTYPE, False
    unknown = 0
    for p in range(ploidy):
        if alleles[p] > n_alts:
            return codes.ALLELE_RANGE, False
        unknown += alleles[p] < 0
    counts[codes.N_PLOIDY] += ploidy > 2
    counts[codes.N_HALF] += 0 < unknown < ploidy
    counts[codes.N_HAPLOID] += ploidy == 1 and unknown == 0
    return codes.OK, unknown > 0


@part
def _write_call(text, fields, alleles, member, alts, n_alts, is_block, cursor, out, counts):  # type: ignore[no-untyped-def]
    """One member's call, from the places of its fields; returns a status."""
    row = cursor[codes.ROWS]
    start, end = fields[2 * _GT], fields[2 * _GT + 1]
    plain = n_alts == 1 and alts.kind[0] == codes.BASES
    if not (plain and _write_plain_genotype(text, start, end, row, member, out.calls)):
        ploidy, phased = _genotype(text, start, end, alleles)
        status, unknown = _check_genotype(alleles, ploidy, n_alts, counts)
        if status != codes.OK:
            return status
        _write_genotype(alleles, ploidy, phased, alts, n_alts, row, member, out.calls)
        if is_block:
            call = out.block_calls[cursor[codes.BLOCKS], member]
            call.state = MISSING if unknown else REF
            call.depth = small(number(text, fields[2 * _DP], fields[2 * _DP + 1]))
            call.quality = small(number(text, fields[2 * _GQ], fields[2 * _GQ + 1]))
    _write_reads(text, fields, member, alts, n_alts, row, out.calls, counts)
    return codes.OK


@part
def _read_samples(  # type: ignore[no-untyped-def]
    text, at, end, base, mask, member_of, keys, alleles, fields, alts, n_alts, is_block, cursor, out, counts
):
    """All samples of a record; returns (status, end of the line or place of the error)."""
    last = len(member_of) - 1
    for sample in range(last + 1):
        member = member_of[sample]
        stop, base, mask = _read_fields(text, at, end, base, mask, keys, fields)
        if member >= 0:
            status = _write_call(text, fields, alleles, member, alts, n_alts, is_block, cursor, out, counts)
            if status != codes.OK:
                return status, fields[2 * _GT]
        more = stop < end and text[stop] == TAB
        if sample < last and not more:
            return codes.TOO_FEW_COLUMNS, stop
        if sample == last and more:
            return codes.TOO_MANY_COLUMNS, stop
        at = stop + 1
    return codes.OK, stop


@part
def _start_record(text, at, tabs, cursor, out):  # type: ignore[no-untyped-def]
    """CHROM and POS: opens a new run where CHROM changes. Returns (status, position)."""
    last = cursor[codes.RUNS] - 1
    if last < 0 or not same_text(text, out.run_start[last], out.run_end[last], at, tabs[0]):
        if cursor[codes.RUNS] == len(out.run_start):
            return codes.FULL, 0
        out.run_start[cursor[codes.RUNS]] = at
        out.run_end[cursor[codes.RUNS]] = tabs[0]
        cursor[codes.RUNS] += 1
        cursor[codes.LAST_POS] = -1
    pos = number(text, tabs[0] + 1, tabs[1])
    if pos < 0 or pos == LARGEST:
        return codes.BAD_POS, 0
    if pos < cursor[codes.LAST_POS]:
        return codes.UNSORTED, 0
    if cursor[codes.FIRST_POS] < 0:
        cursor[codes.FIRST_POS], cursor[codes.FIRST_LINE] = pos, cursor[codes.LINES]
    return codes.OK, pos


@part
def _read_place(text, at, end, n_tabs, tabs, cursor, out):  # type: ignore[no-untyped-def]
    """Columns, CHROM and POS of the record at `at`: (status, position, base and mask for next_end)."""
    cursor[codes.VALUE_AT] = at
    whole, base, mask = _columns(text, at, end, n_tabs, tabs)
    if not whole:
        return codes.TOO_FEW_COLUMNS, 0, base, mask
    cursor[codes.VALUE_AT] = tabs[0] + 1
    status, pos = _start_record(text, at, tabs, cursor, out)
    return status, pos, base, mask


@part
def _read_alleles(text, tabs, alts, cursor):  # type: ignore[no-untyped-def]
    """REF and ALT: (status, number of alternate alleles, how many are kept)."""
    if tabs[3] - tabs[2] == 2 and tabs[4] - tabs[3] == 2:
        ref, alt = CODE[text[tabs[2] + 1]], CODE[text[tabs[3] + 1]]
        if ref < 4 and alt < 4 and ref != alt:
            alts.start[0], alts.end[0], alts.kind[0] = tabs[3] + 1, tabs[4], codes.BASES
            return codes.OK, 1, 1
    cursor[codes.VALUE_AT] = tabs[2] + 1
    ref_kind = bases(text, tabs[2] + 1, tabs[3])
    if ref_kind == 0:
        return codes.BAD_REF, 0, 0
    n_alts, kept = _read_alts(text, tabs, ref_kind, alts)
    cursor[codes.VALUE_AT] = alts.start[0]
    return (codes.BAD_ALT if n_alts < 0 else codes.OK), n_alts, kept


@part
def _has_room(tabs, kept, cursor, out):  # type: ignore[no-untyped-def]
    return (
        cursor[codes.ROWS] + kept <= len(out.sites)
        and cursor[codes.BLOCKS] < len(out.blocks)
        and cursor[codes.BYTES] + (tabs[4] - tabs[2]) * max(kept, 1) <= len(out.blob)
    )


class _Scratch(NamedTuple):
    """Room for what is known of the current record; `keys` and `place` are those of the current FORMAT."""

    alleles: NDArray[Any]
    fields: NDArray[Any]
    keys: NDArray[Any]
    place: NDArray[Any]


@part
def _read_all_samples(  # type: ignore[no-untyped-def]
    text, tabs, end, base, mask, format_at, member_of, scratch, alts, n_alts, is_block, cursor, out, counts
):
    """FORMAT, unless it is that of text[format_at[0]:format_at[1]], and the samples. Returns a status."""
    cursor[codes.VALUE_AT] = tabs[7] + 1
    if not same_text(text, format_at[0], format_at[1], tabs[7], tabs[8]):
        if not _read_format(text, tabs[7] + 1, tabs[8], scratch.keys, scratch.place):
            return codes.NO_GT
        format_at[0], format_at[1] = tabs[7], tabs[8]
    status, cursor[codes.VALUE_AT] = _read_samples(
        text, tabs[8] + 1, end, base, mask, member_of, scratch.keys, scratch.alleles, scratch.fields, alts, n_alts,
        is_block, cursor, out, counts,
    )  # fmt: skip
    return status


@numba.njit(cache=True, nogil=True)
def parse_records(text, end, member_of, out, cursor, counts):  # type: ignore[no-untyped-def]
    """Parse the whole lines in text[cursor[AT] : end] into `out`; `member_of[j]` = member column of sample j or -1.

    scanning.WINDOW bytes must be readable behind `end`. Returns OK at the end of the text, FULL when an array is full
    (call again with fresh arrays: the cursor stands at the record that did not fit), or an error code;
    cursor[VALUE_AT] then tells where. Lines and records are numbered from 0.
    """
    scratch = _Scratch(
        np.empty(_MAX_PLOIDY, np.int64), np.empty(12, np.int64), np.zeros(_MAX_KEYS + 1, np.int64), np.zeros(6, np.int64)
    )  # fmt: skip
    tabs, format_at = np.empty(9, np.int64), np.zeros(2, np.int64)
    alts = _Alts(np.empty(_MAX_ALTS, np.int64), np.empty(_MAX_ALTS, np.int64), np.empty(_MAX_ALTS, np.int64))
    with_samples = len(member_of) > 0
    while True:
        _skip_empty_lines(text, end, cursor)
        at = cursor[codes.AT]
        if at >= end:
            return codes.OK
        before = cursor[codes.RUNS], cursor[codes.LAST_POS]
        status, pos, base, mask = _read_place(text, at, end, 9 if with_samples else 7, tabs, cursor, out)
        if status != codes.OK:
            return status
        status, n_alts, kept = _read_alleles(text, tabs, alts, cursor)
        if status != codes.OK:
            return status
        if not _has_room(tabs, kept, cursor, out):
            cursor[codes.RUNS], cursor[codes.LAST_POS] = before
            return codes.FULL
        _write_sites(text, tabs, alts, n_alts, pos, cursor, out, counts)
        is_block = n_alts == 1 and alts.kind[0] == codes.NO_ALT
        info_end = tabs[7] if with_samples else _end_of_column(text, end, base, mask)
        if is_block:
            _write_block(text, tabs[6] + 1, info_end, pos, cursor, out, counts)
        if with_samples:
            status = _read_all_samples(
                text, tabs, end, base, mask, format_at, member_of, scratch, alts, n_alts, is_block, cursor, out, counts
            )  # fmt: skip
            if status != codes.OK:
                return status
        cursor[codes.ROWS] += kept
        cursor[codes.BLOCKS] += is_block
        cursor[codes.LAST_POS] = pos
        cursor[codes.AT] = find(text, cursor[codes.VALUE_AT] if with_samples else info_end, end, NEWLINE) + 1
        cursor[codes.LINES] += 1
