"""Pedigrees, samples and phenotypes that cannot be, or do not fit together, through the real command line."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from bench import Accepted, Bench
from small_home import HPO, PED, family_vcf, good_records, phenopacket, trihelix

from trihelix.model.errors import (
    CorruptFileError,
    FileUnreadableError,
    MalformedRecordError,
    PedigreeError,
    PhenotypeError,
    SampleMismatchError,
    TrihelixError,
)

KID, DAD, MUM = PED.splitlines()
INTELLECTUAL_DISABILITY, ITS_OLD_ID = "HP:0001249", "HP:0000730"
OBSOLETE, REPLACES = "HP:0000368", "HP:0000358"
OBSOLETE_WITHOUT_SUCCESSOR = "HP:0001726"
NEWER_THAN_THE_PACK = "HP:9912345"


def packet_with(*features: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A phenopacket of the child with these features."""
    return phenopacket(features, **more)


def feature(term: str, **more: Any) -> dict[str, Any]:
    """One phenotypic feature."""
    return {"type": {"id": term}, **more}


# Pedigrees


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        (
            ["fam\tkid\tdad\tmum\t1\t2", "fam\tdad\tkid\t0\t1\t1", MUM],
            PedigreeError,
            ("line 1", "kid", "ancestor"),
        ),
        ([KID.replace("dad", "kid"), DAD, MUM], PedigreeError, ("line 1", "its own father")),
        (
            [KID, DAD.replace("\t1\t1", "\t2\t1"), MUM],
            PedigreeError,
            ("line 1", "dad", "female at", "line 2"),
        ),
        ([KID, DAD, MUM.replace("\t2\t1", "\t1\t1")], PedigreeError, ("line 1", "mum", "male at", "line 3")),
        ([KID, MUM], PedigreeError, ("line 1", "dad", "not listed")),
        ([KID.replace("mum", "dad"), DAD, MUM], PedigreeError, ("line 1", "father and mother")),
        ([KID, DAD, DAD, MUM], PedigreeError, ("line 3", "dad", "twice", "line 2")),
        ([KID, DAD, MUM, "fam2\tkid\t0\t0\t1\t2"], PedigreeError, ("several families", "fam2")),
        (["fam\tkid\tdad\tmum\t1", DAD, MUM], MalformedRecordError, ("line 1", "5 columns")),
        ([KID.replace("\t1\t2", "\t3\t2"), DAD, MUM], MalformedRecordError, ("line 1", "sex", "3")),
        ([KID.replace("\t1\t2", "\t1\tyes"), DAD, MUM], MalformedRecordError, ("line 1", "phenotype", "yes")),
        ([KID.replace("kid", "0"), DAD, MUM], MalformedRecordError, ("line 1", "nobody")),
        ([], PedigreeError, ("nobody",)),
        (["# only a comment"], PedigreeError, ("nobody",)),
    ],
)
def test_a_pedigree_that_cannot_be(
    bench: Bench, rows: list[str], error: type[TrihelixError], words: tuple[str, ...]
) -> None:
    bench.refuses(error, "bad.ped", *words, ped=bench.file("bad.ped", "".join(row + "\n" for row in rows)))


def test_a_loop_over_two_generations(bench: Bench) -> None:
    rows = [KID, "fam\tdad\tgranddad\t0\t1\t1", MUM, "fam\tgranddad\tkid\t0\t1\t1"]
    text = "\n".join(rows) + "\n"
    bench.refuses(
        PedigreeError, "ancestor of itself", "kid -> dad -> granddad -> kid", ped=bench.file("loop.ped", text)
    )


def test_a_family_of_more_than_64(bench: Bench) -> None:
    more = "".join(f"fam\tcousin{i}\t0\t0\t1\t1\n" for i in range(62))
    bench.refuses(PedigreeError, "64", "65 members", ped=bench.file("large.ped", PED + more))


@pytest.mark.parametrize("content", [b"fam\tk\xefd\t0\t0\t1\t2\n", b"\x89PNG\r\n\x1a\n\0\0"])
def test_a_pedigree_that_is_no_text(bench: Bench, content: bytes) -> None:
    bench.refuses(CorruptFileError, "UTF-8", "line 1", ped=bench.file("bad.ped", content))


def test_a_variant_file_given_as_pedigree(bench: Bench) -> None:
    outcome = bench.refuses(CorruptFileError, "trio.vcf.gz", ped=bench.small.vcf)
    assert "fam" not in outcome.out


def test_a_pedigree_that_is_not_there(bench: Bench) -> None:
    bench.refuses(FileUnreadableError, "absent.ped", ped=bench.folder / "absent.ped")
    bench.refuses(PedigreeError, "no pedigree", "--ped", ped=None)


def test_of_several_families_one_can_be_chosen(bench: Bench, good: Accepted) -> None:
    ped = bench.file("two.ped", PED + "fam2\tsomebody\t0\t0\t1\t2\n")
    assert bench.accepts(ped=ped, family="fam").answer == good.answer
    bench.refuses(PedigreeError, "fam3", "fam, fam2", ped=ped, family="fam3")


@pytest.mark.parametrize("status", ["0", "-9", "1"])
def test_nobody_is_affected(bench: Bench, status: str) -> None:
    """The checks are reported; that nothing could be tiered is said loudly; no candidate is made up."""
    ped = "".join("\t".join((*row.split("\t")[:5], status)) + "\n" for row in PED.splitlines())
    accepted = bench.accepts(ped=bench.file("unknown.ped", ped))
    assert accepted.answer == []
    assert accepted.document["proband"] is None
    assert accepted.warnings == {"nobody_affected"}
    assert {c["check"] for c in accepted.quality["checks"]} >= {"sex", "relatedness", "mendelian_errors"}


@pytest.mark.parametrize("who", ["dad", "nobody", ""])
def test_a_proband_who_is_not_an_affected_member(bench: Bench, who: str) -> None:
    bench.refuses(SampleMismatchError, "proband", "affected members: kid", proband=who)


# Samples and members


def test_a_member_without_a_sample(bench: Bench) -> None:
    records = [" ".join(r.split(" ")[:11]) for r in good_records()]
    vcf = bench.vcf(family_vcf(records, samples=("kid", "dad")))
    bench.refuses(SampleMismatchError, "no variant file", "mum", "--not-sequenced mum", vcf=vcf)
    accepted = bench.accepts(vcf=vcf, not_sequenced="mum")
    assert [m["sequenced"] for m in accepted.document["members"]] == [True, True, False]
    assert accepted.document["provenance"]["parameters"]["not_sequenced"] == ["mum"]
    candidate = accepted.candidate("ARID1B")
    assert candidate is not None
    assert candidate["segregation"] != "deNovo"


def test_who_is_said_to_have_no_sample_but_has_one(bench: Bench) -> None:
    bench.refuses(SampleMismatchError, "not sequenced", "mum", not_sequenced="mum")
    bench.refuses(SampleMismatchError, "not in the pedigree", "grandma", not_sequenced="grandma")


def test_samples_that_no_member_has(bench: Bench, good: Accepted) -> None:
    records = [f"{r} 0/1:30:99:15,15" for r in good_records()]
    vcf = bench.vcf(family_vcf(records, samples=("kid", "dad", "mum", "stranger")))
    bench.refuses(SampleMismatchError, "not in the pedigree", "stranger", "--ignore-other-samples", vcf=vcf)
    assert bench.accepts(vcf=vcf, ignore_other_samples=True).answer == good.answer


def test_names_that_differ_in_case_do_not_fit(bench: Bench) -> None:
    vcf = bench.vcf(family_vcf(samples=("KID", "dad", "mum")))
    bench.refuses(SampleMismatchError, "kid", "KID", vcf=vcf)


def test_a_sample_that_stands_twice_in_the_header(bench: Bench) -> None:
    bench.refuses(
        SampleMismatchError, "twice", "kid", "line", vcf=bench.vcf(family_vcf(samples=("kid", "kid", "mum")))
    )


def test_a_file_without_samples(bench: Bench) -> None:
    sites = [" ".join(r.split(" ")[:8]) for r in good_records()]
    text = family_vcf(sites, samples=()).replace("INFO\tFORMAT\n", "INFO\n")
    bench.refuses(SampleMismatchError, "no samples", "family.vcf", vcf=bench.vcf(text))


def test_an_affected_member_who_was_not_sequenced_is_not_the_proband(bench: Bench) -> None:
    """The only affected member has no sample: nothing can be explained."""
    records = [" ".join((*r.split(" ")[:9], *r.split(" ")[10:])) for r in good_records()]
    vcf = bench.vcf(family_vcf(records, samples=("dad", "mum")))
    accepted = bench.accepts(vcf=vcf, not_sequenced="kid")
    assert accepted.answer == []
    assert "nobody_affected" in accepted.warnings


# HPO terms on the command line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ("empty",)),
        (" , ,", ("empty",)),
        ("HP:123", ("not an HPO id", "HP:123", "seven digits")),
        ("intellectual disability", ("not an HPO id", "intellectual")),
        ("HP:0001249,HPO:0000750", ("not an HPO id", "HPO:0000750")),
        ("HP:00012490", ("not an HPO id",)),
        ("!HP:0001249,!HP:0000750", ("no phenotype term", "--without-phenotype")),
        ("HP:0001249,!HP:0001249", ("both", "HP:0001249")),
        (f"{INTELLECTUAL_DISABILITY},!{ITS_OLD_ID}", ("both", INTELLECTUAL_DISABILITY)),
        (NEWER_THAN_THE_PACK, ("no such HPO term", NEWER_THAN_THE_PACK, "HPO release")),
        ("HP:0001249,HP:0055555", ("no such HPO term", "HP:0055555")),
        (OBSOLETE_WITHOUT_SUCCESSOR, ("none of the phenotype terms", OBSOLETE_WITHOUT_SUCCESSOR)),
        ("HP:0000006", ("none of the phenotype terms", "HP:0000006")),
    ],
)
def test_terms_that_cannot_be_used(bench: Bench, text: str, words: tuple[str, ...]) -> None:
    bench.refuses(PhenotypeError, *words, hpo=text)


@pytest.mark.parametrize(
    ("given", "used", "why"),
    [
        (OBSOLETE, REPLACES, "replaces the obsolete"),
        (ITS_OLD_ID, INTELLECTUAL_DISABILITY, "is the main id of"),
    ],
)
def test_a_term_that_has_another_id_today_is_replaced_and_said(
    bench: Bench, given: str, used: str, why: str
) -> None:
    accepted = bench.accepts(hpo=f"{given},HP:0000750")
    term = next(t for t in accepted.document["phenotypes"] if t["id"] == used)
    assert term["note"] == f"{why} {given}"
    assert accepted.notices["terms_replaced"] == 1
    assert accepted.warnings == set()
    straight = bench.accepts(hpo=f"{used},HP:0000750")
    assert straight.answer == accepted.answer


def test_an_obsolete_term_without_successor_is_set_aside_and_said(bench: Bench, good: Accepted) -> None:
    accepted = bench.accepts(hpo=f"{HPO},{OBSOLETE_WITHOUT_SUCCESSOR}")
    assert accepted.answer == good.answer
    assert accepted.warnings == {"terms_set_aside"}
    assert "HP:0001654" in accepted.page  # what the ontology says to consider instead


def test_a_mode_of_inheritance_is_no_phenotype(bench: Bench, good: Accepted) -> None:
    accepted = bench.accepts(hpo=f"{HPO},HP:0000006")
    assert accepted.answer == good.answer
    assert accepted.warnings == {"terms_set_aside"}


def test_a_term_given_twice_counts_once(bench: Bench, good: Accepted) -> None:
    assert bench.accepts(hpo=f"{HPO},{HPO}").answer == good.answer


def test_without_phenotype_is_said(bench: Bench) -> None:
    accepted = bench.accepts(hpo=None, without_phenotype=True)
    assert accepted.warnings == {"no_phenotype"}
    assert accepted.answer[0][:3] == ("ARID1B", 1, "deNovo")


# Phenopackets


def test_a_phenopacket_gives_the_same_answer_as_the_list(bench: Bench, good: Accepted) -> None:
    accepted = bench.accepts(hpo=None, phenopacket=bench.file("kid.json", phenopacket()))
    assert accepted.answer == good.answer
    assert accepted.warnings == set()


TEXT = json.dumps(phenopacket())


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", CorruptFileError, ("JSON", "line 1")),
        (b"HP:0001249\n", CorruptFileError, ("JSON", "line 1")),
        (TEXT[:-20].encode(), CorruptFileError, ("JSON", "line 1")),
        (gzip.compress(TEXT.encode())[:-20], CorruptFileError, ("cut short",)),
        (TEXT.encode().replace(b"kid-packet", b"k\xefd"), CorruptFileError, ("UTF-8", "line 1")),
        (b"[" * 100_000, CorruptFileError, ("nested",)),
        (b"[]", MalformedRecordError, ("not a phenopacket",)),
        (b'{"genes": []}', MalformedRecordError, ("not a phenopacket",)),
        (
            b'{"subject": {"id": "kid"}, "phenotypicFeatures": "HP:0001249"}',
            MalformedRecordError,
            ("phenotypicFeatures", "a list"),
        ),
        (b'{"subject": {"id": "kid", "sex": "BOY"}}', MalformedRecordError, ("sex", "BOY")),
        (
            b'{"subject": {"id": "kid"}, "phenotypicFeatures": [{"type": {"id": "HP:12"}}]}',
            PhenotypeError,
            ("phenotypicFeatures[0]", "HP:12"),
        ),
        (b'{"subject": {"id": "kid"}, "phenotypicFeatures": []}', PhenotypeError, ("no phenotype term",)),
    ],
)
def test_what_is_not_a_phenopacket(
    bench: Bench, content: bytes, error: type[TrihelixError], words: tuple[str, ...]
) -> None:
    bench.refuses(error, "bad.json", *words, hpo=None, phenopacket=bench.file("bad.json", content))


@pytest.mark.parametrize(
    ("features", "words"),
    [
        ([feature(INTELLECTUAL_DISABILITY, excluded=True)], ("no phenotype term",)),
        ([feature(INTELLECTUAL_DISABILITY), feature(INTELLECTUAL_DISABILITY, excluded=True)], ("both",)),
        (
            [feature(INTELLECTUAL_DISABILITY), feature(NEWER_THAN_THE_PACK)],
            ("no such HPO term", NEWER_THAN_THE_PACK),
        ),
    ],
)
def test_a_phenopacket_whose_terms_cannot_be_used(
    bench: Bench, features: list[dict[str, Any]], words: tuple[str, ...]
) -> None:
    packet = bench.file("kid.json", packet_with(*features))
    bench.refuses(PhenotypeError, *words, hpo=None, phenopacket=packet)


def test_a_term_newer_than_the_pack_is_set_aside_where_the_phenopacket_says_so(
    bench: Bench, good: Accepted
) -> None:
    features = [*(feature(t) for t in HPO.split(",")), feature(NEWER_THAN_THE_PACK)]
    packet = bench.file("kid.json", packet_with(*features, release="2099-01-01"))
    accepted = bench.accepts(hpo=None, phenopacket=packet)
    assert accepted.answer == good.answer
    assert accepted.warnings == {"terms_set_aside"}
    assert NEWER_THAN_THE_PACK in accepted.page


def test_terms_of_other_ontologies_are_set_aside_and_said(bench: Bench, good: Accepted) -> None:
    features = [*(feature(t) for t in HPO.split(",")), feature("MONDO:0000001")]
    accepted = bench.accepts(hpo=None, phenopacket=bench.file("kid.json", packet_with(*features)))
    assert accepted.answer == good.answer
    assert "MONDO:0000001" in accepted.page


POISON = "THE-ANSWER-IN-THE-FILE"


@pytest.mark.parametrize("key", ["interpretations", "diseases", "genes", "variants", "measurements"])
def test_the_answer_in_a_phenopacket_is_never_read(bench: Bench, good: Accepted, key: str) -> None:
    """Whatever stands there, well-formed or not, changes nothing and comes out nowhere."""
    packet = phenopacket() | {key: [{"id": POISON, "gene": {"symbol": "PAH"}}, POISON, 7]}
    packet["subject"][key] = POISON
    accepted = bench.accepts(hpo=None, phenopacket=bench.file("kid.json", packet))
    assert accepted.answer == good.answer
    assert POISON not in accepted.page
    assert POISON not in json.dumps(accepted.document)


def test_list_and_phenopacket_together_are_a_usage_error(bench: Bench) -> None:
    packet = bench.file("kid.json", phenopacket())
    both = trihelix(*bench.small.arguments(phenopacket=packet, out=bench.folder / "out"))
    none = trihelix(*bench.small.arguments(hpo=None, out=bench.folder / "out"))
    assert (both.code, none.code) == (2, 2)
    assert not (bench.folder / "out").exists()


def test_a_phenopacket_of_an_unaffected_member(bench: Bench) -> None:
    packet = phenopacket() | {"subject": {"id": "dad", "sex": "MALE"}}
    bench.refuses(PedigreeError, "dad", "unaffected", hpo=None, phenopacket=bench.file("dad.json", packet))


def test_a_phenopacket_of_another_sex(bench: Bench) -> None:
    packet = phenopacket() | {"subject": {"id": "kid", "sex": "FEMALE"}}
    bench.refuses(
        PedigreeError, "kid", "female", "male", hpo=None, phenopacket=bench.file("kid.json", packet)
    )


def test_a_phenopacket_of_somebody_whom_the_pedigree_does_not_know_is_said(
    bench: Bench, good: Accepted
) -> None:
    """Published ids often differ from sample names; the terms are taken for the affected child's."""
    packet = phenopacket() | {"subject": {"id": "Patient 7", "sex": "MALE"}}
    accepted = bench.accepts(hpo=None, phenopacket=bench.file("p.json", packet))
    assert accepted.answer == good.answer
    assert accepted.warnings == set()
    assert "phenopacket_subject" in accepted.notices
    girl = phenopacket() | {"subject": {"id": "Patient 7", "sex": "FEMALE"}}
    assert bench.accepts(hpo=None, phenopacket=bench.file("q.json", girl)).warnings == {"phenopacket_sex"}


def family_packet(**more: Any) -> dict[str, Any]:
    """A Family message with its pedigree."""
    persons = [
        {
            "familyId": "fam",
            "individualId": "kid",
            "paternalId": "dad",
            "maternalId": "mum",
            "sex": "MALE",
            "affectedStatus": "AFFECTED",
        },
        {"familyId": "fam", "individualId": "dad", "sex": "MALE", "affectedStatus": "UNAFFECTED"},
        {"familyId": "fam", "individualId": "mum", "sex": "FEMALE", "affectedStatus": "UNAFFECTED"},
    ]
    mum = phenopacket([feature("HP:0000505")]) | {
        "id": "mum-packet",
        "subject": {"id": "mum", "sex": "FEMALE"},
    }
    return {
        "id": "family",
        "proband": phenopacket(),
        "relatives": [mum],
        "pedigree": {"persons": persons},
        **more,
    }


def test_a_phenopacket_of_a_family_needs_no_pedigree_file(bench: Bench, good: Accepted) -> None:
    accepted = bench.accepts(hpo=None, ped=None, phenopacket=bench.file("family.json", family_packet()))
    assert accepted.answer == good.answer
    assert [t["id"] for t in accepted.document["phenotypes"]] == HPO.split(",")


def test_a_phenopacket_of_a_family_whose_pedigree_cannot_be(bench: Bench) -> None:
    packet = family_packet()
    packet["pedigree"]["persons"][1]["sex"] = "FEMALE"
    bench.refuses(
        PedigreeError, "family.json", "dad", hpo=None, ped=None, phenopacket=bench.file("family.json", packet)
    )
    lone = bench.file("kid.json", phenopacket())
    bench.refuses(PedigreeError, "no pedigree", hpo=None, ped=None, phenopacket=lone)


def test_of_two_affected_children_the_phenopackets_is_the_proband(bench: Bench) -> None:
    """Two brothers: the phenotypes of one are never taken for the other."""
    ped = bench.file("brothers.ped", PED + "fam\tbrother\tdad\tmum\t1\t2\n")
    records = [f"{r} {r.split(' ')[9]}" for r in good_records()]
    vcf = bench.vcf(family_vcf(records, samples=("kid", "dad", "mum", "brother")))
    packet = bench.file("brother.json", phenopacket() | {"subject": {"id": "brother", "sex": "MALE"}})
    accepted = bench.accepts(vcf=vcf, ped=ped, hpo=None, phenopacket=packet)
    assert accepted.document["proband"] == "brother"
    bench.refuses(
        SampleMismatchError, "brother, not kid", vcf=vcf, ped=ped, hpo=None, phenopacket=packet, proband="kid"
    )
