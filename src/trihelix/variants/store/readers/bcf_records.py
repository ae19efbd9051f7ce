"""The kernel that turns BCF records into lists of carriers: one row per kept alternate allele, states as `codes`.

Layout of a record: VCF specification 4.3, section 6. Nothing is read before its place is known to lie within the
record; whatever does not fit is an error with the record's number. Genotypes are looked at 64 bytes at a time for
anything but the plain reference call, which most samples of most records have.
"""

from __future__ import annotations

import numba
import numpy as np

from trihelix.variants import codes
from trihelix.variants.codes import MISSING, REF
from trihelix.variants.records import _alt_kind, _copy_upper
from trihelix.variants.scanning import LARGEST, bases, part, small
from trihelix.variants.store.genotypes import DIPLOID, X_ONLY
from trihelix.variants.store.readers.bcf_calls import (
    carriers_quality,
    check_call,
    merged,
    not_reference,
    place_call,
    scan_plain,
    settle_expected,
    write_companions,
    zero_depths,
)
from trihelix.variants.store.readers.bcf_layout import (
    AT,
    BAD_CONTIG,
    BAD_FILTER,
    BAD_GT_TYPE,
    BAD_LENGTH,
    BAD_SAMPLES,
    BAD_VALUE,
    BLOCKS,
    BYTES,
    COMES_BACK,
    CONTIG,
    DP,
    END_KEY,
    FILTER_BYTES,
    GQ,
    GT,
    LARGEST_RECORD,
    LAST_FILTER,
    LAST_POS,
    MAX_ALTS,
    MAX_PLOIDY,
    MIN_DP,
    N_COMPANIONS,
    N_EXCEPTIONS,
    N_FIELDS,
    N_FILTERS,
    N_HET,
    N_HOM,
    N_MISSING,
    NEED,
    NEED_MORE,
    POS,
    RECORDS,
    RGQ,
    ROWS,
    TABLE_FULL,
    TOO_LARGE,
    WITH_ALT,
)
from trihelix.variants.store.readers.bcf_values import (
    CHAR,
    INT8,
    INT32,
    decode_genotype,
    descriptor,
    field_value,
    key_at,
    place_behind,
    size_of,
    unsigned,
    whole_number,
)


@part
def _region_of(contig, pos, tables):  # type: ignore[no-untyped-def]
    region = tables.region[contig]
    if region == X_ONLY:
        for i in range(len(tables.par)):
            if tables.par[i, 0] <= pos <= tables.par[i, 1]:
                return DIPLOID
    return region


@part
def _read_frame(data, at, end, tables, cursor):  # type: ignore[no-untyped-def]
    """The record's sizes and fixed columns: (status, ends of its two parts)."""
    cursor[NEED] = 8
    if end - at < 8:
        return NEED_MORE, 0, 0
    shared, each = unsigned(data, at), unsigned(data, at + 4)
    if shared < 24:
        return BAD_LENGTH, 0, 0
    if shared + each > LARGEST_RECORD:
        return TOO_LARGE, 0, 0
    cursor[NEED] = 8 + shared + each
    if end - at < 32:
        return NEED_MORE, 0, 0
    contig = whole_number(data, at + 8, INT32)
    pos = whole_number(data, at + 12, INT32) + 1
    cursor[POS] = pos
    if contig < 0 or contig >= len(tables.region) or tables.region[contig] < 0:
        return BAD_CONTIG, 0, 0
    if pos < 0 or pos >= LARGEST:
        return codes.BAD_POS, 0, 0
    if unsigned(data, at + 28) & 0xFFFFFF != tables.n_samples:
        return BAD_SAMPLES, 0, 0
    if end - at < cursor[NEED]:
        return NEED_MORE, 0, 0
    return codes.OK, at + 8 + shared, at + 8 + shared + each


@part
def _check_order(contig, pos, tables, cursor):  # type: ignore[no-untyped-def]
    """Contigs come in one block each, also when named in two ways; positions do not go back."""
    if contig == cursor[CONTIG]:
        return codes.UNSORTED if pos < cursor[LAST_POS] else codes.OK
    if tables.seen[tables.bare[contig]]:
        return COMES_BACK
    return codes.OK


@part
def _read_alleles(data, at, end, n_alleles, scratch):  # type: ignore[no-untyped-def]
    """REF and ALT: (status, place behind, start and end of REF, how many ALT are kept, whether it is a block)."""
    if n_alleles == 0 or n_alleles - 1 > MAX_ALTS:
        return codes.BAD_REF, at, 0, 0, 0, False
    kind, n, at = descriptor(data, at, end)
    if kind != CHAR or n > end - at:
        return BAD_VALUE, at, 0, 0, 0, False
    ref_start, ref_end = at, at + n
    ref_kind = bases(data, ref_start, ref_end)
    if ref_kind == 0:
        return codes.BAD_REF, at, 0, 0, 0, False
    at = ref_end
    kept = 0
    is_block = True
    for a in range(n_alleles - 1):
        kind, n, at = descriptor(data, at, end)
        if kind != CHAR or n > end - at:
            return BAD_VALUE, at, 0, 0, 0, False
        found = _alt_kind(data, at, at + n, ref_start, ref_end)
        if found == codes.MALFORMED:
            return codes.BAD_ALT, at, 0, 0, 0, False
        if found == codes.BASES and ref_kind == 2:
            found = codes.AMBIGUOUS
        is_block = is_block and found == codes.NO_ALT
        kept += found == codes.BASES
        scratch.alt_start[a], scratch.alt_end[a], scratch.alt_kind[a] = at, at + n, found
        at += n
    return codes.OK, at, ref_start, ref_end, kept, is_block


@part
def _read_info(data, at, end, n_info, pos, tables):  # type: ignore[no-untyped-def]
    """INFO/END, or the record's position where there is none; -1 if INFO does not fit."""
    block_end = pos
    for _ in range(n_info):
        key, at = key_at(data, at, end)
        if key < 0 or key >= tables.n_strings:
            return -1
        kind, n, value_at = descriptor(data, at, end)
        at = place_behind(data, at, end)
        if at < 0:
            return -1
        if key == tables.keys[END_KEY] and n > 0 and kind >= INT8 and kind <= INT32:
            block_end = max(pos, whole_number(data, value_at, kind))
    return block_end


@part
def _read_format(data, at, end, n_fields, tables, scratch):  # type: ignore[no-untyped-def]
    """Where the known fields stand, into scratch.field_*; a field that comes twice counts once. Returns a status."""
    scratch.field_at[:] = -1
    for _ in range(n_fields):
        key, at = key_at(data, at, end)
        if key < 0 or key >= tables.n_strings:
            return BAD_VALUE
        kind, n, at = descriptor(data, at, end)
        if kind < 0 or n * size_of(kind) * tables.n_samples > end - at:
            return BAD_VALUE
        for field in range(N_FIELDS):
            if key == tables.keys[field] and scratch.field_at[field] < 0:
                scratch.field_at[field] = at
                scratch.field_type[field] = kind
                scratch.field_n[field] = n
        at += n * size_of(kind) * tables.n_samples
    if tables.n_samples == 0:
        return codes.OK
    if scratch.field_at[GT] < 0:
        return codes.NO_GT
    if scratch.field_type[GT] < INT8 or scratch.field_type[GT] > INT32:
        return BAD_GT_TYPE
    return codes.OK if scratch.field_n[GT] <= MAX_PLOIDY else codes.BAD_GENOTYPE


@part
def filter_number(key, at, n, filters, cursor):  # type: ignore[no-untyped-def]
    """The number of the value key[at:at+n] in the table, put there if it is new; -1 if the table is full."""
    last = cursor[LAST_FILTER]
    for i in range(-1, cursor[N_FILTERS]):
        candidate = last if i < 0 else i
        if candidate < 0:
            continue
        start = filters.ends[candidate - 1] if candidate else 0
        same = filters.ends[candidate] - start == n
        b = 0
        while same and b < n:
            same = filters.blob[start + b] == key[at + b]
            b += 1
        if same:
            cursor[LAST_FILTER] = candidate
            return candidate
    new, start = cursor[N_FILTERS], cursor[FILTER_BYTES]
    if new == len(filters.ends) or start + n > len(filters.blob):
        return -1
    for b in range(n):
        filters.blob[start + b] = key[at + b]
    filters.ends[new] = start + n
    cursor[N_FILTERS] += 1
    cursor[FILTER_BYTES] += n
    cursor[LAST_FILTER] = new
    return new


@part
def _read_filter(data, at, end, tables, filters, scratch, cursor):  # type: ignore[no-untyped-def]
    """(status, FILTER's number in the table, place behind)."""
    kind, n, at = descriptor(data, at, end)
    if kind < 0 or kind > INT32 or n > (end - at) // size_of(kind) or 4 * n > len(scratch.filter_ids):
        return BAD_FILTER, 0, at
    for i in range(n):
        value = whole_number(data, at + i * size_of(kind), kind)
        if kind == 0 or value < 0 or value >= tables.n_strings:
            return BAD_FILTER, 0, at
        for b in range(4):
            scratch.filter_ids[4 * i + b] = (value >> (8 * b)) & 255
    found = filter_number(scratch.filter_ids, 0, 4 * n, filters, cursor)
    return (codes.OK if found >= 0 else TABLE_FULL), found, at + n * size_of(kind)


@part
def _has_room(kept, is_block, n_bases, n_samples, sites, lists, blocks, cursor):  # type: ignore[no-untyped-def]
    worst = kept * n_samples + 1
    if is_block:
        return cursor[BLOCKS] + n_samples <= len(blocks.pos)
    return (
        cursor[ROWS] + kept <= len(sites.pos)
        and cursor[BYTES] + n_bases <= len(sites.blob)
        and cursor[N_HET] + worst <= len(lists.het)
        and cursor[N_HOM] + worst <= len(lists.hom)
        and cursor[N_MISSING] + worst <= len(lists.missing)
        and cursor[N_EXCEPTIONS] + worst <= len(lists.exceptions)
        and cursor[N_COMPANIONS] + worst <= len(lists.companions)
    )


@part
def _write_site(data, contig, pos, filter_, ref_start, ref_end, alt_start, alt_end, sites, cursor):  # type: ignore[no-untyped-def]
    row, used = cursor[ROWS], cursor[BYTES]
    sites.contig[row], sites.pos[row], sites.filter[row] = contig, pos, filter_
    sites.record[row] = cursor[WITH_ALT]
    sites.ref_start[row], sites.ref_len[row] = used, ref_end - ref_start
    used, _ = _copy_upper(data, ref_start, ref_end, sites.blob, used, np.uint64(0))
    sites.alt_start[row], sites.alt_len[row] = used, alt_end - alt_start
    used, _ = _copy_upper(data, alt_start, alt_end, sites.blob, used, np.uint64(0))
    cursor[BYTES] = used


@part
def _close_row(sites, cursor):  # type: ignore[no-untyped-def]
    row = cursor[ROWS]
    for place, column in enumerate((N_HET, N_HOM, N_MISSING, N_EXCEPTIONS, N_COMPANIONS)):
        sites.ends[row, place] = cursor[column]
    cursor[ROWS] += 1


@part
def _write_blocks(data, contig, pos, block_end, n_alts, tables, blocks, scratch, cursor, counts):  # type: ignore[no-untyped-def]
    """A reference record, one entry per sample; returns a status. A call of any other allele is missing."""
    for sample in range(tables.n_samples):
        status = check_call(data, sample, n_alts, scratch, counts)
        if status != codes.OK:
            return status
        ploidy, _ = decode_genotype(data, sample, scratch)
        unknown = ploidy == 0
        for p in range(ploidy):
            unknown = unknown or scratch.alleles[p] != 0
        reads = field_value(data, DP, sample, scratch)
        least, quality = field_value(data, MIN_DP, sample, scratch), field_value(data, GQ, sample, scratch)
        if quality < 0:
            quality = field_value(data, RGQ, sample, scratch)
        at = cursor[BLOCKS]
        blocks.contig[at], blocks.pos[at], blocks.end[at] = contig, pos, block_end
        blocks.sample[at] = sample
        blocks.state[at] = MISSING if unknown or reads == 0 else REF
        blocks.dp[at] = small(least if least >= 0 else reads)
        blocks.gq[at] = small(quality)
        cursor[BLOCKS] += 1
    counts[codes.N_REFERENCE] += 1
    return codes.OK


@part
def _is_simple(n_alts, zeros, scratch):  # type: ignore[no-untyped-def]
    """One alternate allele, and GT as int8 pairs of which only those that are not reference matter."""
    return (
        n_alts == 1
        and zeros == 0
        and scratch.alt_kind[0] == codes.BASES
        and scratch.field_type[GT] == INT8
        and scratch.field_n[GT] == 2
    )


@part
def _find_hits(data, n_alts, zeros, tables, scratch, counts):  # type: ignore[no-untyped-def]
    """The samples to be looked at, checked, in scratch.hits: (status, how many)."""
    found = not_reference(data, tables, scratch)
    if zeros and found < tables.n_samples:
        found = merged(scratch, found, zeros)
    for i in range(found):
        status = check_call(data, scratch.hits[i], n_alts, scratch, counts)
        if status != codes.OK:
            return status, 0
    return codes.OK, found


@part
def _write_rows(  # type: ignore[no-untyped-def]
    data, contig, pos, region, filter_, ref_start, ref_end, n_alts, tables, sites, lists, quality, companions, scratch,
    cursor, counts,
):  # fmt: skip
    """A row with its lists for each kept allele; returns a status."""
    status, hits, is_simple = codes.OK, 0, False
    if tables.n_samples:
        zeros = zero_depths(data, tables, scratch)
        is_simple = _is_simple(n_alts, zeros, scratch)
        if not is_simple:
            status, hits = _find_hits(data, n_alts, zeros, tables, scratch, counts)
            if status != codes.OK:
                return status
    for a in range(n_alts):
        if scratch.alt_kind[a] != codes.BASES:
            counts[codes.COUNT_OF_KIND[scratch.alt_kind[a]]] += 1
            continue
        firsts = cursor[N_HET], cursor[N_HOM], cursor[N_MISSING]
        if is_simple:
            status = scan_plain(data, region, tables, lists, scratch, cursor, counts)
            if status != codes.OK:
                return status
        for i in range(hits):
            place_call(
                data, scratch.hits[i], a + 1, region, tables, lists, scratch, cursor, firsts[0], firsts[1]
            )  # fmt: skip
        _write_site(
            data,
            contig,
            pos,
            filter_,
            ref_start,
            ref_end,
            scratch.alt_start[a],
            scratch.alt_end[a],
            sites,
            cursor,
        )
        carriers_quality(data, a + 1, firsts[0], firsts[1], lists, quality, scratch, cursor)
        write_companions(data, a + 1, firsts, tables, lists, companions, scratch, cursor)
        _close_row(sites, cursor)
    return codes.OK


@part
def _read_shared(data, at, end, contig, pos, tables, sites, lists, blocks, filters, scratch, cursor):  # type: ignore[no-untyped-def]
    """The record's columns before FORMAT, alternate alleles in scratch.alt_*: (status, number of FILTER, start and
    end of REF, whether it is a reference block, and where that ends)."""
    n_info, n_alleles = unsigned(data, at + 24) & 0xFFFF, unsigned(data, at + 24) >> 16
    status = _check_order(contig, pos, tables, cursor)
    place = place_behind(data, at + 32, end)
    if status == codes.OK and place < 0:
        status = BAD_VALUE
    if status != codes.OK:
        return status, 0, 0, 0, False, 0
    status, place, ref_start, ref_end, kept, is_block = _read_alleles(data, place, end, n_alleles, scratch)
    if status != codes.OK:
        return status, 0, 0, 0, False, 0
    n_bases = kept * (ref_end - ref_start) + place - ref_end
    status, filter_, place = _read_filter(data, place, end, tables, filters, scratch, cursor)
    if status != codes.OK:
        return status, 0, 0, 0, False, 0
    block_end = _read_info(data, place, end, n_info, pos, tables)
    if block_end < 0:
        return BAD_VALUE, 0, 0, 0, False, 0
    has_room = _has_room(kept, is_block, n_bases, tables.n_samples, sites, lists, blocks, cursor)
    status = codes.OK if has_room else codes.FULL
    return status, filter_, ref_start, ref_end, is_block, block_end


@numba.njit(cache=True, nogil=True)
def read_records(  # type: ignore[no-untyped-def]
    data, end, tables, sites, lists, quality, companions, blocks, filters, scratch, cursor, counts
):
    """Read the whole records in data[cursor[AT] : end]; WINDOW bytes must be readable behind `end`.

    Returns NEED_MORE when the next record is not whole (cursor[NEED] bytes are wanted from cursor[AT] on), FULL when
    an array has no room for it and TABLE_FULL when there is none for its FILTER (the cursor stands at the record), or
    an error code.
    """
    while True:
        at = cursor[AT]
        status, shared_end, record_end = _read_frame(data, at, end, tables, cursor)
        if status != codes.OK:
            return status
        contig, pos = whole_number(data, at + 8, INT32), cursor[POS]
        status, filter_, ref_start, ref_end, is_block, block_end = _read_shared(
            data, at, shared_end, contig, pos, tables, sites, lists, blocks, filters, scratch, cursor
        )
        if status == codes.OK:
            status = _read_format(data, shared_end, record_end, np.int64(data[at + 31]), tables, scratch)
        if status != codes.OK:
            return status
        n_alts = (unsigned(data, at + 24) >> 16) - 1
        region = _region_of(contig, pos, tables)
        if tables.n_samples and region != DIPLOID and tables.n_unset[region]:
            settle_expected(data, region, tables, scratch)
        if is_block:
            status = _write_blocks(
                data, contig, pos, block_end, n_alts, tables, blocks, scratch, cursor, counts
            )
        else:
            status = _write_rows(
                data, contig, pos, region, filter_, ref_start, ref_end, n_alts, tables, sites, lists, quality,
                companions, scratch, cursor, counts,
            )  # fmt: skip
        if status != codes.OK:
            return status
        cursor[WITH_ALT] += not is_block
        tables.seen[tables.bare[contig]] = 1
        cursor[CONTIG], cursor[LAST_POS] = contig, pos
        cursor[RECORDS] += 1
        counts[codes.N_RECORDS] += 1
        cursor[AT] = record_end
