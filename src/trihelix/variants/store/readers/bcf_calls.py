"""The calls of one record sorted into the lists of a row, with the qualities of those who carry.

What is here is compiled into the kernel of `bcf_records`; after a change here, touch that file too.
"""

from __future__ import annotations

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
from trihelix.variants.scanning import WINDOW, lowest, part, small
from trihelix.variants.store.genotypes import DIPLOID
from trihelix.variants.store.readers.bcf_layout import (
    AD,
    DP,
    GQ,
    GT,
    MARKS,
    N_COMPANIONS,
    N_EXCEPTIONS,
    N_HET,
    N_HOM,
    N_MISSING,
    PS,
    READ_CARRIERS,
    SEEN_FIELDS,
    SEEN_FLAGS,
    STAMP,
)
from trihelix.variants.store.readers.bcf_values import (
    INT8,
    decode_genotype,
    depth_of,
    field_value,
    not_plain,
    size_of,
    whole_number,
    zero_bytes,
)

_WORTH = PHASED | OTHER_ALT  # flags that the states do not tell
_PAIRS = np.uint64(0x5555555555555555)
_ONE = np.uint64(1)


def _classes() -> NDArray[np.uint8]:
    """Of each byte of an int8 GT: 0 reference, 1 first alternate allele, 2 missing, 3 anything else."""
    found = np.full(256, 3, np.uint8)
    found[2:4], found[4:6], found[0:2] = 0, 1, 2
    return found


_CLASS = _classes()
# What a pair of classes (4 * first + second) means: 0 REF, 1 HET, 2 HOM, 3 MISSING, 4 to be looked at.
_PAIR_STATE = np.array([0, 1, 4, 4, 1, 2, 4, 4, 4, 4, 3, 4, 4, 4, 4, 4], np.uint8)


@part
def _state(alleles, ploidy, phased, allele):  # type: ignore[no-untyped-def]
    """(state, flags, copies, called alleles) of a genotype at one allele; as records._state_of."""
    copies = unknown = marks = 0
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
    if ploidy == 1:
        marks |= HAPLOID
    if phased and ploidy == 2:
        marks |= PHASED
    called = ploidy - unknown
    if called == 0 or ploidy > 2:
        return MISSING, marks, copies, called
    if unknown:
        return (HET if copies else MISSING), marks | HALF_CALL, copies, called
    if copies == ploidy:
        return HOM, marks, copies, called
    return (HET if copies else REF), marks, copies, called


@part
def place_call(data, sample, allele, region, tables, lists, scratch, cursor, first_het, first_hom):  # type: ignore[no-untyped-def]
    """Puts one sample's call at one allele into its list, and into the exceptions where its state does not tell."""
    ploidy, phased = decode_genotype(data, sample, scratch)
    state, marks, copies, called = _state(scratch.alleles, ploidy, phased, allele)
    if state == REF and scratch.field_at[DP] >= 0 and field_value(data, DP, sample, scratch) == 0:
        state, called = MISSING, 0
    if state == HET:
        lists.het[cursor[N_HET]] = sample
        scratch.het_flags[cursor[N_HET] - first_het] = marks
        cursor[N_HET] += 1
    elif state == HOM:
        lists.hom[cursor[N_HOM]] = sample
        scratch.hom_flags[cursor[N_HOM] - first_hom] = marks
        cursor[N_HOM] += 1
    elif state == MISSING:
        lists.missing[cursor[N_MISSING]] = sample
        cursor[N_MISSING] += 1
    if called == 0:
        return
    usual = ploidy == called == 2 or (
        ploidy == 1 and region != DIPLOID and tables.expected[region, sample] == 1
    )
    if not usual:
        at = cursor[N_EXCEPTIONS]
        lists.exceptions[at] = sample
        lists.exception_state[at] = state
        lists.copies[at] = min(copies, 255)
        lists.called[at] = min(called, 255)
        cursor[N_EXCEPTIONS] += 1


@part
def check_call(data, sample, n_alts, scratch, counts):  # type: ignore[no-untyped-def]
    """Whether a call can be read and names alleles that are there; counts oddities."""
    ploidy, _ = decode_genotype(data, sample, scratch)
    if ploidy < 0:
        return codes.BAD_GENOTYPE
    unknown = 0
    for p in range(ploidy):
        if scratch.alleles[p] > n_alts:
            return codes.ALLELE_RANGE
        unknown += scratch.alleles[p] < 0
    counts[codes.N_PLOIDY] += ploidy > 2
    counts[codes.N_HALF] += 0 < unknown < ploidy
    counts[codes.N_HAPLOID] += ploidy == 1 and unknown == 0
    return codes.OK


@part
def not_reference(data, tables, scratch):  # type: ignore[no-untyped-def]
    """The samples to be looked at, into scratch.hits: all but plain reference calls of two copies."""
    kind, n, n_samples = scratch.field_type[GT], scratch.field_n[GT], tables.n_samples
    found = 0
    if n != 2:
        for sample in range(n_samples):
            scratch.hits[sample] = sample
        return n_samples
    at = scratch.field_at[GT]
    if kind != INT8:
        size = size_of(kind)
        for sample in range(n_samples):
            first = whole_number(data, at + 2 * sample * size, kind) & ~1
            second = whole_number(data, at + (2 * sample + 1) * size, kind) & ~1
            scratch.hits[found] = sample
            found += first != 2 or second != 2
        return found
    for base in range(0, 2 * n_samples, WINDOW):
        mask = not_plain(data, at + base)
        if mask == 0:
            continue
        mask = (mask | mask >> _ONE) & _PAIRS
        if 2 * n_samples - base < WINDOW:
            mask &= (_ONE << np.uint64(2 * n_samples - base)) - _ONE
        while mask:
            scratch.hits[found] = (base + lowest(mask)) >> 1
            found += 1
            mask &= mask - _ONE
    return found


@part
def zero_depths(data, tables, scratch):  # type: ignore[no-untyped-def]
    """The samples without a single read, into scratch.zeros; returns how many there are."""
    at, found = scratch.field_at[DP], 0
    if at < 0:
        return 0
    if scratch.field_type[DP] == INT8 and scratch.field_n[DP] == 1:
        for base in range(0, tables.n_samples, WINDOW):
            mask = zero_bytes(data, at + base)
            if tables.n_samples - base < WINDOW:
                mask &= (_ONE << np.uint64(tables.n_samples - base)) - _ONE
            while mask:
                scratch.zeros[found] = base + lowest(mask)
                found += 1
                mask &= mask - _ONE
        return found
    for sample in range(tables.n_samples):
        scratch.zeros[found] = sample
        found += field_value(data, DP, sample, scratch) == 0
    return found


@part
def merged(scratch, n_hits, zeros):  # type: ignore[no-untyped-def]
    """hits[:n_hits] and zeros[:zeros], both sorted, become one sorted list without repeats."""
    both = 0
    z = 0
    for h in range(n_hits):
        while z < zeros and scratch.zeros[z] < scratch.hits[h]:
            z += 1
        if z < zeros and scratch.zeros[z] == scratch.hits[h]:
            both += 1
    total = n_hits + zeros - both
    h, z, to = n_hits - 1, zeros - 1, total - 1
    while z >= 0:
        if h >= 0 and scratch.hits[h] >= scratch.zeros[z]:
            z -= scratch.hits[h] == scratch.zeros[z]
            scratch.hits[to] = scratch.hits[h]
            h -= 1
        else:
            scratch.hits[to] = scratch.zeros[z]
            z -= 1
        to -= 1
    return total


@part
def scan_plain(data, region, tables, lists, scratch, cursor, counts):  # type: ignore[no-untyped-def]
    """The lists of a row whose record has one alternate allele and int8 pairs as GT. Returns a status.

    Every sample that is not plainly reference is written to all three lists, and only that of its state grows.
    """
    n_bytes, at = 2 * tables.n_samples, scratch.field_at[GT]
    first_het, first_hom = cursor[N_HET], cursor[N_HOM]
    het, hom, missing = cursor[N_HET], cursor[N_HOM], cursor[N_MISSING]
    for base in range(0, n_bytes, WINDOW):
        mask = not_plain(data, at + base)
        if mask == 0:
            continue
        mask = (mask | mask >> _ONE) & _PAIRS
        if n_bytes - base < WINDOW:
            mask &= (_ONE << np.uint64(n_bytes - base)) - _ONE
        while mask:
            place = base + lowest(mask)
            mask &= mask - _ONE
            sample = place >> 1
            first, second = data[at + place], data[at + place + 1]
            state = _PAIR_STATE[4 * _CLASS[first] + _CLASS[second]]
            if state == 4:
                status = check_call(data, sample, 1, scratch, counts)
                if status != codes.OK:
                    return status
                cursor[N_HET], cursor[N_HOM], cursor[N_MISSING] = het, hom, missing
                place_call(data, sample, 1, region, tables, lists, scratch, cursor, first_het, first_hom)
                het, hom, missing = cursor[N_HET], cursor[N_HOM], cursor[N_MISSING]
                continue
            phase = (second & 1) << 2
            lists.het[het] = sample
            scratch.het_flags[het - first_het] = phase | ((second >> 2) & 1) << 3
            lists.hom[hom] = sample
            scratch.hom_flags[hom - first_hom] = phase
            lists.missing[missing] = sample
            het += state == 1
            hom += state == 2
            missing += state == 3
    cursor[N_HET], cursor[N_HOM], cursor[N_MISSING] = het, hom, missing
    return codes.OK


@part
def _write_quality(data, sample, alt, at, columns, scratch):  # type: ignore[no-untyped-def]
    columns.dp[at] = small(field_value(data, DP, sample, scratch))
    columns.gq[at] = small(field_value(data, GQ, sample, scratch))
    columns.ref_depth[at] = small(depth_of(data, sample, 0, scratch))
    columns.alt_depth[at] = small(depth_of(data, sample, alt, scratch))
    columns.phase_set[at] = field_value(data, PS, sample, scratch)


@part
def _no_quality(columns, start, end):  # type: ignore[no-untyped-def]
    for at in range(start, end):
        columns.dp[at] = columns.gq[at] = columns.ref_depth[at] = columns.alt_depth[at] = -1
        columns.phase_set[at] = -1


@part
def carriers_quality(data, alt, first_het, first_hom, lists, quality, scratch, cursor):  # type: ignore[no-untyped-def]
    """Flags of the row's carriers, and their depths and qualities where the record has any."""
    het, hom = cursor[N_HET], cursor[N_HOM]
    at = first_het + first_hom
    seen = 0
    for i in range(het - first_het):
        quality.flags[at + i] = scratch.het_flags[i]
        seen |= scratch.het_flags[i]
    at += het - first_het
    for i in range(hom - first_hom):
        quality.flags[at + i] = scratch.hom_flags[i]
        seen |= scratch.hom_flags[i]
    if seen & _WORTH:
        cursor[MARKS] |= SEEN_FLAGS
    if not _has_fields(scratch):
        return
    cursor[MARKS] |= SEEN_FIELDS
    at = first_het + first_hom
    _no_quality(quality, cursor[READ_CARRIERS], at)
    for i in range(first_het, het):
        _write_quality(data, np.int64(lists.het[i]), alt, at, quality, scratch)
        at += 1
    for i in range(first_hom, hom):
        _write_quality(data, np.int64(lists.hom[i]), alt, at, quality, scratch)
        at += 1
    cursor[READ_CARRIERS] = at


@part
def _has_fields(scratch):  # type: ignore[no-untyped-def]
    for field in (DP, GQ, AD, PS):
        if scratch.field_at[field] >= 0:
            return True
    return False


@part
def _is_listed(samples, start, end, sample):  # type: ignore[no-untyped-def]
    """Whether the sorted samples[start:end] hold the sample."""
    while start < end:
        middle = (start + end) >> 1
        if samples[middle] < sample:
            start = middle + 1
        elif samples[middle] > sample:
            end = middle
        else:
            return True
    return False


@part
def _mark_relatives(samples, start, end, found, mark, tables, scratch):  # type: ignore[no-untyped-def]
    """Relatives of samples[start:end] that are not marked yet, into scratch.relatives; returns how many there are."""
    for i in range(start, end):
        sample = samples[i]
        for k in range(tables.kin_offsets[sample], tables.kin_offsets[np.int64(sample) + 1]):
            relative = tables.kin[k]
            if scratch.stamps[relative] != mark:
                scratch.stamps[relative] = mark
                scratch.relatives[found] = relative
                found += 1
    return found


@part
def _sort(values, n):  # type: ignore[no-untyped-def]
    """Sorts values[:n]: Shell's way, as the usual sort needs what small parts are compiled without."""
    gap = 1
    while gap < n:
        gap = 3 * gap + 1
    while gap:
        for i in range(gap, n):
            value, at = values[i], i
            while at >= gap and values[at - gap] > value:
                values[at] = values[at - gap]
                at -= gap
            values[at] = value
        gap //= 3


@part
def write_companions(data, alt, firsts, tables, lists, companions, scratch, cursor):  # type: ignore[no-untyped-def]
    """The calls of a rare row's carriers' relatives, in the order of the samples."""
    first_het, first_hom, first_missing = firsts
    het, hom = cursor[N_HET], cursor[N_HOM]
    carriers = het - first_het + hom - first_hom
    if carriers == 0 or carriers > tables.rare_at_most or len(tables.kin) == 0:
        return
    cursor[STAMP] += 1
    mark = cursor[STAMP]
    for i in range(first_het, het):
        scratch.stamps[lists.het[i]] = mark
    for i in range(first_hom, hom):
        scratch.stamps[lists.hom[i]] = mark
    found = _mark_relatives(lists.het, first_het, het, 0, mark, tables, scratch)
    found = _mark_relatives(lists.hom, first_hom, hom, found, mark, tables, scratch)
    _sort(scratch.relatives, found)
    for i in range(found):
        sample = scratch.relatives[i]
        at = cursor[N_COMPANIONS]
        ploidy, phased = decode_genotype(data, sample, scratch)
        _, marks, _, _ = _state(scratch.alleles, ploidy, phased, alt)
        lists.companions[at] = sample
        is_missing = _is_listed(lists.missing, first_missing, cursor[N_MISSING], sample)
        lists.companion_state[at] = MISSING if is_missing else REF
        companions.flags[at] = marks
        _write_quality(data, sample, alt, at, companions, scratch)
        cursor[N_COMPANIONS] += 1


@part
def settle_expected(data, region, tables, scratch):  # type: ignore[no-untyped-def]
    """How many copies a sample has in the region, where that is as its first called genotype says."""
    left = 0
    for i in range(tables.n_unset[region]):
        sample = tables.unset[region, i]
        ploidy, _ = decode_genotype(data, sample, scratch)
        called = False
        for p in range(ploidy):
            called = called or scratch.alleles[p] >= 0
        if called and ploidy <= 2:
            tables.expected[region, sample] = ploidy
        else:
            tables.unset[region, left] = sample
            left += 1
    tables.n_unset[region] = left
