"""Damaged, foreign and odd variant files through the real command line.

A malformed file never produces a report that looks normal: it is refused with file, line, value and advice and
nothing is written, or what was set aside is said in the report.
"""

from __future__ import annotations

import gzip
import random

import pysam.bcftools
import pytest
from bench import Accepted, Bench, answer_of, assert_refused
from small_home import (
    ASSEMBLY,
    CDKL5_FROM_MUM,
    DECLARED,
    PED,
    PLANTED,
    SmallHome,
    base,
    family_vcf,
    good_records,
    other,
    place,
    record,
    trihelix,
    with_records,
)

from trihelix.formats.bgzf import EOF_BLOCK
from trihelix.model.errors import (
    CorruptFileError,
    FileUnreadableError,
    MalformedRecordError,
    ReferenceMismatchError,
    TrihelixError,
)

HEADER_LINES = family_vcf([]).count("\n")
QUIET = ("chr1", 2700)  # a place away from genes and from the other records


def line_of(text: str, contig: str, pos: int) -> int:
    """The 1-based line of the record at a place."""
    return next(n for n, line in enumerate(text.split("\n"), 1) if line.startswith(f"{contig}\t{pos}\t"))


def test_the_good_trio_gets_a_normal_report(good: Accepted) -> None:
    """The base of all cases: what they show differs from this by the one thing that is wrong in them."""
    assert good.warnings == set()
    assert [(gene, tier, mode) for gene, tier, mode, _, _ in good.answer] == [
        ("ARID1B", 1, "deNovo"),
        ("PAH", 2, "CompoundHeterozygous"),
        ("CDKL5", 2, "XLinkedSimpleRecessive"),
    ]
    assert {c["status"] for c in good.quality["checks"]} <= {"ok", "not_assessed"}
    assert good.document["provenance"]["assembly"] == ASSEMBLY


# How the file is packed


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_a_truncated_bgzip_file(bench: Bench, share: float) -> None:
    whole = bench.small.vcf.read_bytes()
    cut = bench.file("cut.vcf.gz", whole[: int(len(whole) * share)])
    bench.refuses(CorruptFileError, "cut short", "cut.vcf.gz", "byte", vcf=cut)


def test_a_bgzip_file_without_its_end_marker(bench: Bench) -> None:
    """All records are there, but nothing proves it."""
    whole = bench.small.vcf.read_bytes()
    assert whole.endswith(EOF_BLOCK)
    bench.refuses(CorruptFileError, "end marker", vcf=bench.file("cut.vcf.gz", whole[: -len(EOF_BLOCK)]))


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_truncated_plain_gzip_file(bench: Bench, share: float) -> None:
    whole = gzip.compress(family_vcf().encode())
    cut = bench.file("cut.vcf.gz", whole[: int(len(whole) * share)])
    bench.refuses(CorruptFileError, "cut short", vcf=cut)


def test_a_flipped_byte_is_found_or_changes_nothing(bench: Bench, good: Accepted) -> None:
    """Bytes of the compressed data are protected by checksums; a few of the gzip headers carry no meaning."""
    whole = bench.small.vcf.read_bytes()
    rng = random.Random(5)
    for at in [0, 1, 2, 3, 10, 12, 16, *(rng.randrange(18, len(whole)) for _ in range(25))]:
        flipped = bytearray(whole)
        flipped[at] ^= 1 << rng.randrange(8)
        path = bench.file("flipped.vcf.gz", bytes(flipped))
        with bench.leaving_no_trace():
            outcome = trihelix(*bench.small.arguments(out=bench.folder / f"out{at}", vcf=path, json=True))
        if outcome.code == 0:
            assert answer_of(outcome.json) == good.answer, at
        else:
            assert_refused(outcome, CorruptFileError, ("flipped.vcf.gz",))
            assert not (bench.folder / f"out{at}").exists()


def test_plain_gzip_is_accepted_and_said(bench: Bench, good: Accepted) -> None:
    accepted = bench.accepts(vcf=bench.vcf(family_vcf(), "family.gzip"))
    assert accepted.answer == good.answer
    note = accepted.document["provenance"]["inputs"][0]["note"]
    assert "plain gzip" in note
    assert note in accepted.page


def test_an_uncompressed_file_is_accepted(bench: Bench, good: Accepted) -> None:
    accepted = bench.accepts(vcf=bench.vcf(family_vcf()))
    assert accepted.answer == good.answer
    assert accepted.warnings == set()


def test_line_ends_of_windows_change_nothing(bench: Bench, good: Accepted) -> None:
    path = bench.file("dos.vcf", family_vcf().replace("\n", "\r\n").encode())
    assert bench.accepts(vcf=path).answer == good.answer


@pytest.fixture(scope="session")
def bcf(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The good trio as BCF."""
    path = tmp_path_factory.mktemp("bcf") / "trio.bcf"
    pysam.bcftools.view("-Ob", "-o", str(path), str(small_home.vcf), catch_stdout=False)
    content: bytes = path.read_bytes()
    return content


def test_a_bcf_gives_the_same_answer(bench: Bench, good: Accepted, bcf: bytes) -> None:
    assert bench.accepts(vcf=bench.file("trio.bcf", bcf)).answer == good.answer


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_bcf(bench: Bench, bcf: bytes, share: float) -> None:
    bench.refuses(CorruptFileError, "cut short", vcf=bench.file("cut.bcf", bcf[: int(len(bcf) * share)]))


def test_a_bcf_with_damage_inside_whole_compression(bench: Bench, bcf: bytes) -> None:
    """The checksums are right, the records are not: htslib finds it, and we pass it on as an error."""
    text = bytearray(gzip.decompress(bcf))
    text[-3000:-2900] = bytes(100)
    path = bench.folder / "odd.bcf"
    with pysam.BGZFile(str(path), "wb", None) as out:
        out.write(bytes(text))
    with bench.leaving_no_trace():
        outcome = bench.refuses_new(CorruptFileError, "odd.bcf", vcf=path)
    assert "BCF" in outcome.err


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.vcf", b""),
        ("picture.vcf", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0"),
        ("page.vcf.gz", b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n"),
        ("packed.vcf.gz", gzip.compress(b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n")),
        ("family.vcf", PED.encode()),
        ("nothing.vcf.gz", gzip.compress(b"")),
        ("marker.vcf.gz", EOF_BLOCK),
        ("zeros.vcf", bytes(5000)),
        ("blank.vcf", b"\n\n\n"),
        ("no_version.vcf", family_vcf().split("\n", 1)[1].encode()),
    ],
)
def test_what_is_not_a_variant_file(bench: Bench, name: str, content: bytes) -> None:
    bench.refuses(CorruptFileError, name, "line 1", vcf=bench.file(name, content))


def test_a_file_that_is_not_there(bench: Bench) -> None:
    bench.refuses(FileUnreadableError, "absent.vcf", vcf=bench.folder / "absent.vcf")
    folder = trihelix(*bench.small.arguments(out=bench.folder / "out", vcf=bench.small.home))
    assert folder.code == FileUnreadableError.exit_code
    assert "this is a folder" in folder.err


@pytest.mark.parametrize(
    ("old", "new", "error", "line"),
    [
        (b"##FILTER", b"##FIL\xffER", CorruptFileError, 6),
        (b"##FILTER", b"##FIL\0ER", CorruptFileError, 6),
        (b"50\tPASS\t.", b"50\tPASS\tNOTE=\xe9", CorruptFileError, HEADER_LINES + 1),
        (b"50\tPASS\t.", b"50\tPASS\tNOTE=\0", CorruptFileError, HEADER_LINES + 1),
        (b"##fileformat=VCFv4.2", b"\xef\xbb\xbf##fileformat=VCFv4.2", CorruptFileError, 1),
        (b"#CHROM\tPOS", b"#CHROM POS", MalformedRecordError, HEADER_LINES),
        (b"\tFORMAT\tkid", b"\tkid", MalformedRecordError, HEADER_LINES),
        (b"\t50\tPASS", b" 50 PASS", MalformedRecordError, HEADER_LINES + 1),
    ],
)
def test_bytes_that_no_text_has(
    bench: Bench, old: bytes, new: bytes, error: type[TrihelixError], line: int
) -> None:
    text = family_vcf().encode()
    assert old in text
    bench.refuses(error, f"line {line}", vcf=bench.file("bytes.vcf", text.replace(old, new, 1)))


def test_a_header_cut_before_its_columns(bench: Bench) -> None:
    cut = family_vcf().split("#CHROM")[0]
    bench.refuses(MalformedRecordError, "#CHROM", vcf=bench.vcf(cut))


@pytest.mark.parametrize("keep", [5, 20, 45])
def test_an_uncompressed_file_cut_within_its_last_line(bench: Bench, keep: int) -> None:
    """Nothing but the missing line end tells that more was to come."""
    text = family_vcf()
    last = text.rindex("\n", 0, -1) + 1
    bench.refuses(MalformedRecordError, f"line {text.count(chr(10))}", vcf=bench.vcf(text[: last + keep]))


def test_a_last_line_without_its_end_is_said(bench: Bench, good: Accepted) -> None:
    """The cut may have gone through the last call: it cannot be told from a file that was written so."""
    accepted = bench.accepts(vcf=bench.vcf(family_vcf()[:-1]))
    assert accepted.answer == good.answer
    assert accepted.warnings == {"no_last_line_end"}


def test_a_very_long_line_is_read(bench: Bench, good: Accepted) -> None:
    text = family_vcf().replace("PASS\t.\t", f"PASS\tNOTE={'x' * 20_000_000}\t", 1)
    assert bench.accepts(vcf=bench.vcf(text)).answer == good.answer


# Order, places and alleles


def test_records_that_are_not_sorted(bench: Bench) -> None:
    records = good_records()
    records[4], records[9] = records[9], records[4]
    bench.refuses(
        MalformedRecordError,
        "not sorted",
        f"line {HEADER_LINES + 6}",
        "bcftools sort",
        vcf=bench.vcf(family_vcf(records)),
    )


def test_a_contig_that_comes_back(bench: Bench) -> None:
    records = [*good_records(), record("chr1", 5999, "0/1", "0/1", "0/0")]
    bench.refuses(MalformedRecordError, "contig chr1 comes back", "line", vcf=bench.vcf(family_vcf(records)))


def test_one_ref_that_disagrees_with_the_genome(bench: Bench) -> None:
    contig, pos = QUIET
    wrong = record(contig, pos, "0/1", "0/1", "0/0", other(contig, pos), base(contig, pos))
    text = with_records(wrong)
    bench.refuses(
        ReferenceMismatchError,
        "1 of",
        f"line {line_of(text, contig, pos)} ({contig}:{pos})",
        f"REF {other(contig, pos)}, genome {base(contig, pos)}",
        "damaged or was edited",
        vcf=bench.vcf(text),
    )


def test_every_ref_disagrees_with_the_genome(bench: Bench) -> None:
    records = [
        record(c, int(p), "0/1", "0/1", "0/0", other(c, int(p)), base(c, int(p)))
        for c, p in (r.split(" ")[:2] for r in good_records())
    ]
    bench.refuses(
        ReferenceMismatchError,
        f"{len(records):,} of {len(records):,}",
        "another assembly",
        vcf=bench.vcf(family_vcf(records)),
    )


def test_a_record_on_a_contig_that_nobody_knows(bench: Bench) -> None:
    text = family_vcf([*good_records(), "contig_7 5 . A G 50 PASS . GT 0/1 0/0 0/1"])
    line = text.count("\n")
    bench.refuses(MalformedRecordError, f"line {line}", "contig_7", vcf=bench.vcf(text))


def test_a_declared_contig_that_the_genome_pack_lacks_is_set_aside_and_counted(
    bench: Bench, good: Accepted
) -> None:
    accepted = bench.accepts(
        vcf=bench.vcf(
            with_records(
                "chrUn_1 5 . A G 50 PASS . GT 0/1 0/0 0/1", "chrUn_1 9 . A G 50 PASS . GT 0/1 0/0 0/1"
            )
        )
    )
    assert accepted.answer == good.answer
    assert accepted.notices["outside_genome"] == 2
    assert "chrUn_1" in accepted.page or "Un_1" in accepted.page


@pytest.mark.parametrize("pos", [6001, 7_000, 268_435_456, 300_000_000, 2_147_483_646])
def test_a_position_beyond_the_contigs_end(bench: Bench, pos: int) -> None:
    line = f"chrX {pos} . A G 50 PASS . GT 0/1 0/0 0/1"
    bench.refuses(MalformedRecordError, "beyond", f"chrX:{pos}", "line", vcf=bench.vcf(with_records(line)))


@pytest.mark.parametrize("pos", [6001, 300_000_000])
def test_a_position_beyond_the_end_where_only_the_genome_pack_tells_it(bench: Bench, pos: int) -> None:
    text = family_vcf([*good_records(), f"chrX {pos} . A G 50 PASS . GT 0/1 0/0 0/1"], contigs={"chr1": 0})
    bench.refuses(MalformedRecordError, "beyond", f"chrX:{pos}", vcf=bench.vcf(text))


def test_a_position_that_no_contig_can_have(bench: Bench) -> None:
    """Also where neither the header nor the genome tells a length."""
    text = family_vcf(
        [*good_records(), "chrUn_1 300000000 . A G 50 PASS . GT 0/1 0/0 0/1"],
        contigs={**DECLARED, "chrUn_1": 0},
    )
    bench.refuses(MalformedRecordError, "chrUn_1:300000000", vcf=bench.vcf(text))


def test_a_ref_that_reaches_beyond_the_contigs_end(bench: Bench) -> None:
    line = f"chrX 5999 . {base('chrX', 5999)}{base('chrX', 6000)}ACGT {base('chrX', 5999)} 50 PASS . GT 0/1 0/0 0/1"
    bench.refuses(MalformedRecordError, "beyond", "chrX:5999", vcf=bench.vcf(with_records(line)))


def test_a_reference_allele_of_a_million_bases(bench: Bench) -> None:
    line = f"chrX 5990 . {'A' * 1_000_000} A 50 PASS . GT 0/1 0/0 0/1"
    outcome = bench.refuses(MalformedRecordError, "chrX:5990", vcf=bench.vcf(with_records(line)))
    assert len(outcome.err) < 2000


def test_an_insertion_of_a_million_bases_is_read_and_shown_short(bench: Bench) -> None:
    pos = 1001 + 90
    line = f"chrX {pos} . {base('chrX', pos)} {base('chrX', pos)}{'ACGTTGCATC' * 100_000} 50 PASS . GT 1/1 0/0 0/1"
    accepted = bench.accepts(vcf=bench.vcf(with_records(line)))
    assert accepted.candidate("CDKL5") is not None
    assert len(accepted.page) < 5_000_000


@pytest.mark.parametrize(
    ("columns", "what", "value"),
    [
        ("chr1 x . A G 50 PASS . GT 0/1 0/0 0/0", "POS", "x"),
        ("chr1 -5 . A G 50 PASS . GT 0/1 0/0 0/0", "POS", "-5"),
        ("chr1 99999999999999999999 . A G 50 PASS . GT 0/1 0/0 0/0", "POS", "99999999999999999999"),
        ("chr1 5000 . A# G 50 PASS . GT 0/1 0/0 0/0", "REF", "A#"),
        ("chr1 5000 . . G 50 PASS . GT 0/1 0/0 0/0", "REF", "."),
        ("chr1 5000 . A G1 50 PASS . GT 0/1 0/0 0/0", "ALT", "G1"),
        ("chr1 5000 . A <DEL 50 PASS . GT 0/1 0/0 0/0", "ALT", "<DEL"),
        ("chr1 5000 . A G 50 PASS . GT 0/x 0/0 0/0", "GT", "0/x"),
        ("chr1 5000 . A G 50 PASS . GT 0/2 0/0 0/0", "GT", "0/2"),
        ("chr1 5000 . A G 50 PASS . DP:GQ 30:99 30:99 30:99", "GT", "DP:GQ"),
        ("chr1 5000 . A G 50 PASS . GT 0/1 0/0", "fewer columns", "11 columns"),
        ("chr1 5000 . A G 50 PASS . GT 0/1 0/0 0/0 0/0", "more columns", "13 columns"),
    ],
)
def test_a_record_that_breaks_the_format(bench: Bench, columns: str, what: str, value: str) -> None:
    records = [*good_records(), columns.replace("chr1", "chrX").replace("5000", "5999")]
    bench.refuses(
        MalformedRecordError,
        what,
        value,
        f"line {HEADER_LINES + len(records)}",
        vcf=bench.vcf(family_vcf(records)),
    )


ODD_ALLELES = {
    "symbolic": ("<DEL>", "<DUP:TANDEM>", "N[chr2:321[", "]chr2:321]N", "G.", "<INS:ME:ALU>"),
    "star": ("*",),
    "same_as_ref": ("REF",),
    "ambiguous": ("R", "NRY"),
}


@pytest.mark.parametrize("code", ODD_ALLELES)
def test_alleles_without_plain_bases_are_set_aside_counted_and_said(
    bench: Bench, good: Accepted, code: str
) -> None:
    contig, pos = QUIET
    ref = base(contig, pos)
    alleles = [ref if a == "REF" else a for a in ODD_ALLELES[code]]
    lines = [
        f"{contig} {pos + i} . {base(contig, pos + i)} {alt if alt != ref else base(contig, pos + i)} 50 PASS . GT 0/1 0/0 0/1"
        for i, alt in enumerate(alleles)
    ]
    accepted = bench.accepts(vcf=bench.vcf(with_records(*lines)))
    assert accepted.answer == good.answer
    assert accepted.notices[code] == len(alleles)


def test_a_star_beside_a_real_allele_keeps_the_real_one(bench: Bench) -> None:
    """The child has the allele on one chromosome and a deletion of the place on the other."""
    records = [r for r in good_records() if r not in PLANTED[3:]]
    line = f"chrX {CDKL5_FROM_MUM} . C *,A 50 PASS . GT 2/2 0/0 1/2"
    accepted = bench.accepts(vcf=bench.vcf(family_vcf(sorted((*records, line), key=place))))
    candidate = accepted.candidate("CDKL5")
    assert candidate is not None
    assert candidate["variants"][0]["genotypes"]["kid"] == "1/1"
    assert accepted.notices["star"] == 1
