"""Calls of a family joined from one file or several: nothing carried is lost, nothing absent is invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from trihelix.model.errors import SampleMismatchError
from trihelix.variants.calls import read_calls
from trihelix.variants.codes import OTHER_ALT
from trihelix.variants.family_calls import FamilyCalls, join_calls
from trihelix.variants.normalise import normalise
from vcf_builder import vcf_text, write_vcf


def join(
    folder: Path, files: dict[str, list[str]], members: list[str], absent_is_reference: bool = False
) -> FamilyCalls:
    """Files named by their samples (`kid+mum`), each a list of records."""
    parts = []
    for number, (samples, records) in enumerate(files.items()):
        names = samples.split("+")
        path = write_vcf(folder / f"{number}.vcf", vcf_text(records, names))
        parts.append(normalise(read_calls(path, [m for m in members if m in names]), None))
    return join_calls(parts, members, absent_is_reference)


def table(calls: FamilyCalls) -> dict[str, list[int]]:
    return {
        f"{calls.contigs[calls.contig[i]]}:{calls.pos[i]}:{calls.ref(i)}>{calls.alt(i)}": calls.state[
            i
        ].tolist()
        for i in range(len(calls))
    }


def test_members_files_are_joined_and_absent_is_missing(tmp_path: Path) -> None:
    files = {
        "kid": ["chr1 10 . A G . PASS . GT 0/1", "chr1 20 . C T . PASS . GT 1/1"],
        "mum": ["chr1 20 . C T . PASS . GT 0/1", "chr2 5 . G A . PASS . GT 0/1"],
    }
    calls = join(tmp_path, files, ["mum", "kid"])
    assert table(calls) == {"1:10:A>G": [-1, 1], "1:20:C>T": [1, 2], "2:5:G>A": [1, -1]}
    declared = join(tmp_path, files, ["mum", "kid"], absent_is_reference=True)
    assert table(declared) == {"1:10:A>G": [0, 1], "1:20:C>T": [1, 2], "2:5:G>A": [1, -1]}


def test_absent_means_reference_only_on_contigs_that_the_file_has(tmp_path: Path) -> None:
    """The kid's file has no chr2 at all: it says nothing about chr2."""
    files = {"kid": ["chr1 10 . A G . PASS . GT 0/1"], "mum": ["chr2 5 . G A . PASS . GT 0/1"]}
    calls = join(tmp_path, files, ["kid", "mum"], absent_is_reference=True)
    assert table(calls) == {"1:10:A>G": [1, -1], "2:5:G>A": [-1, 1]}


def test_reference_blocks_of_a_gvcf_give_reference_calls_with_their_quality(tmp_path: Path) -> None:
    files = {
        "kid": ["chr1 10 . A G . PASS . GT:DP 0/1:30", "chr1 50 . A G . PASS . GT:DP 0/1:30"],
        "mum": [
            "chr1 5 . A <NON_REF> . . END=15 GT:DP:GQ 0/0:22:60",
            "chr1 16 . A <NON_REF> . . END=60 GT:DP:GQ ./.:0:0",
        ],
    }
    calls = join(tmp_path, files, ["kid", "mum"])
    assert table(calls) == {"1:10:A>G": [1, 0], "1:50:A>G": [1, -1]}
    assert (calls.depth[0, 1], calls.quality[0, 1], calls.from_blocks) == (22, 60, 2)


def test_non_ref_beside_a_real_allele_is_dropped(tmp_path: Path) -> None:
    calls = join(tmp_path, {"kid": ["chr1 10 . A G,<NON_REF> . . . GT:AD 0/1:9,8,0"]}, ["kid"])
    assert table(calls) == {"1:10:A>G": [1]}
    assert calls.alt_depth[0, 0] == 8


def test_files_of_different_chromosomes_are_put_together(tmp_path: Path) -> None:
    files = {
        "kid+mum": ["chr1 10 . A G . PASS . GT 0/1 0/0"],
        "mum+kid": ["chr2 10 . A G . PASS . GT 0/0 1/1"],
    }
    assert table(join(tmp_path, files, ["kid", "mum"])) == {"1:10:A>G": [1, 0], "2:10:A>G": [2, 0]}


def test_one_sample_in_two_files_on_one_contig_is_an_error(tmp_path: Path) -> None:
    files = {"kid": ["chr1 10 . A G . PASS . GT 0/1"], "kid+mum": ["1 20 . A G . PASS . GT 0/1 0/0"]}
    with pytest.raises(SampleMismatchError, match="same sample on the same contig"):
        join(tmp_path, files, ["kid", "mum"])


def test_of_an_allele_that_stands_twice_the_carried_call_is_kept(tmp_path: Path) -> None:
    """The second record is the first one written differently: trimmed they are the same allele."""
    records = [
        "chr1 10 . A G . PASS . GT:DP 0/0:5 0/1:6",
        "chr1 10 . AC GC . PASS . GT:DP 0/1:7 ./.:0",
    ]
    calls = join(tmp_path, {"kid+mum": records}, ["kid", "mum"])
    assert table(calls) == {"1:10:A>G": [1, 1]}
    assert (calls.duplicates, bool(calls.passed[0]), calls.depth[0].tolist()) == (1, True, [7, 6])


def test_a_multi_allelic_record_is_split_with_one_copy_on_both_rows(tmp_path: Path) -> None:
    calls = join(tmp_path, {"kid": ["chr1 10 . A G,T . PASS . GT:AD 1/2:0,11,12"]}, ["kid"])
    assert table(calls) == {"1:10:A>G": [1], "1:10:A>T": [1]}
    assert calls.record[0] == calls.record[1]
    assert calls.alt_depth[:, 0].tolist() == [11, 12]


def test_long_alleles_at_one_place_stay_apart(tmp_path: Path) -> None:
    """Their keys are hashes."""
    records = [f"chr1 10 . A A{'ACGT' * 9}{base} . PASS . GT 0/1" for base in "ACGT"]
    calls = join(tmp_path, {"kid": records}, ["kid"])
    assert len(table(calls)) == 4


def test_reference_calls_without_a_read_are_missing(tmp_path: Path) -> None:
    records = ["chr1 10 . A G . PASS . GT:DP 0/1:30 0/0:0", "chr1 20 . A G . PASS . GT:DP 0/1:30 0/0:1"]
    calls = join(tmp_path, {"kid+mum": records}, ["kid", "mum"])
    assert table(calls) == {"1:10:A>G": [1, -1], "1:20:A>G": [1, 0]}
    blocks = {
        "kid": ["chr1 10 . A G . PASS . GT:DP 0/1:30"],
        "mum": ["chr1 5 . A <NON_REF> . . END=15 GT:DP:GQ 0/0:0:0"],
    }
    joined = join(tmp_path, blocks, ["kid", "mum"])
    assert (table(joined), joined.uncovered) == ({"1:10:A>G": [1, -1]}, 1)


def test_a_failed_record_is_not_saved_by_another_files_pass(tmp_path: Path) -> None:
    files = {"kid": ["chr1 10 . A G . LowQual . GT 0/1"], "dad": ["chr1 10 . A G . PASS . GT 0/1"]}
    assert table(join(tmp_path, files, ["kid", "dad"])) == {"1:10:A>G": [-1, 1]}


def test_of_two_records_of_an_allele_the_passing_one_is_kept(tmp_path: Path) -> None:
    records = ["chr1 10 . A G . PASS . GT 0/1 0/0", "chr1 10 . A G . LowQual . GT 0/1 0/1"]
    calls = join(tmp_path, {"kid+dad": records}, ["kid", "dad"])
    assert (table(calls), bool(calls.passed[0])) == ({"1:10:A>G": [1, 0]}, True)


def test_where_no_record_passes_the_calls_stay_as_they_are(tmp_path: Path) -> None:
    calls = join(tmp_path, {"kid": ["chr1 10 . A G . LowQual . GT 0/1"]}, ["kid"])
    assert (table(calls), bool(calls.passed[0])) == ({"1:10:A>G": [1]}, False)


def test_a_full_call_of_other_alleles_with_the_same_ref_has_no_copy_of_this_one(tmp_path: Path) -> None:
    files = {
        "kid": [
            "chr1 10 . A G . PASS . GT:DP 0/1:30",
            "chr1 20 . A G . PASS . GT:DP 0/1:30",
            "chr1 30 . A G . PASS . GT:DP 0/1:30",
            "chr1 40 . AT A . PASS . GT:DP 0/1:30",
        ],
        "mum": [
            "chr1 10 . A T . PASS . GT:DP:GQ:AD 0/1:21:50:11,10",
            "chr1 20 . A T,C . PASS . GT:DP 1/2:22",
            "chr1 30 . A T . PASS . GT:DP ./1:23",
            "chr1 40 . A T . PASS . GT:DP 0/1:24",
        ],
        "dad": ["chr1 10 . A T . PASS . GT:DP 1/1:0", "chr1 20 . A T,<NON_REF> . PASS . GT 1/2"],
    }
    calls = join(tmp_path, files, ["kid", "mum", "dad"])
    found = table(calls)
    # mum: 0/1, 1/2, a half call, another REF; dad: 1/1 with no read is still a call, but not of reference; unknown
    assert [found[f"1:{a}"] for a in ("10:A>G", "20:A>G", "30:A>G", "40:AT>A")] == [
        [1, 0, -1], [1, 0, -1], [1, -1, -1], [1, -1, -1],
    ]  # fmt: skip
    row = list(found).index("1:10:A>G")
    assert (calls.depth[row, 1], calls.quality[row, 1], calls.ref_depth[row, 1]) == (21, 50, 11)
    assert (calls.flags[row, 1], calls.alt_depth[row, 1]) == (OTHER_ALT, -1)


def test_a_failed_record_of_other_alleles_tells_nothing_of_a_passing_one(tmp_path: Path) -> None:
    files = {"kid": ["chr1 10 . A G . PASS . GT 0/1"], "mum": ["chr1 10 . A T . LowQual . GT 0/1"]}
    assert table(join(tmp_path, files, ["kid", "mum"]))["1:10:A>G"] == [1, -1]
