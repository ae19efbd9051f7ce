"""Reading phenopackets and lists of HPO terms; the answer in them is never read."""

from __future__ import annotations

import contextlib
import copy
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trihelix.formats.phenopacket import NEVER_READ, PhenopacketContent, parse_hpo_list, read_phenopacket
from trihelix.model.errors import (
    CorruptFileError,
    FileUnreadableError,
    MalformedRecordError,
    PedigreeError,
    PhenotypeError,
    TrihelixError,
)
from trihelix.model.family import Affection, Family, Member, Sex
from trihelix.model.phenotype import PhenotypeProfile

Json = dict[str, Any]
POISON = "POISON:0000001"


def feature(term: str, **more: object) -> Json:
    return {"type": {"id": term, "label": "a label"}, **more}


def packet(subject: str = "kid", sex: str = "MALE", features: list[Json] | None = None) -> Json:
    return {
        "id": f"packet-{subject}",
        "subject": {"id": subject, "sex": sex},
        "phenotypicFeatures": [feature("HP:0001250")] if features is None else features,
    }


def meta_data(version: str) -> Json:
    return {
        "resources": [
            {"id": "geno", "version": "1"},
            {"id": "hp", "namespacePrefix": "HP", "version": version},
        ]
    }


def person(
    member: str, father: str = "", mother: str = "", sex: str = "MALE", status: str = "UNAFFECTED"
) -> Json:
    return {
        "familyId": "FAM",
        "individualId": member,
        "paternalId": father,
        "maternalId": mother,
        "sex": sex,
        "affectedStatus": status,
    }


def family_message() -> Json:
    return {
        "id": "family-1",
        "proband": packet("kid"),
        "relatives": [packet("mum", "FEMALE", [feature("HP:0001263", excluded=True)])],
        "pedigree": {
            "persons": [
                person("kid", "dad", "mum", status="AFFECTED"),
                person("dad", "0", "0"),
                person("mum", sex="FEMALE", status="MISSING"),
            ]
        },
        "metaData": meta_data("2025-01-16"),
    }


def read(folder: Path, document: object, name: str = "case.json") -> PhenopacketContent:
    path = folder / name
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    path.write_bytes(text)
    return read_phenopacket(path)


def refusal(folder: Path, document: object) -> TrihelixError:
    with pytest.raises(TrihelixError) as caught:
        read(folder, document)
    error = caught.value
    assert str(folder / "case.json") in error.where
    assert error.value is not None
    assert error.advice
    assert str(error).replace("\n", "").isprintable()
    return error


def snake(document: object) -> object:
    """The same document with snake_case keys."""
    if isinstance(document, dict):
        return {
            "".join(f"_{c.lower()}" if c.isupper() else c for c in k): snake(v) for k, v in document.items()
        }
    return [snake(v) for v in document] if isinstance(document, list) else document


def test_a_single_phenopacket(tmp_path: Path) -> None:
    features = [
        feature("HP:0001250", onset={"age": {"iso8601duration": "P1Y"}}, modifiers=[{"id": "HP:0012828"}]),
        feature("HP:0001263", excluded=True),
        feature("HP:0001252", excluded=False),
    ]
    content = read(tmp_path, packet(features=features) | {"metaData": meta_data("2025-01-16")})
    profile = PhenotypeProfile(("HP:0001250", "HP:0001252"), ("HP:0001263",), "2025-01-16")
    assert content == PhenopacketContent(
        "packet-kid", "kid", Sex.MALE, {"kid": profile}, "kid", None, "2025-01-16", ()
    )


def test_a_family_message(tmp_path: Path) -> None:
    content = read(tmp_path, family_message())
    assert content.family == Family(
        "FAM",
        (
            Member("kid", Sex.MALE, Affection.AFFECTED, "dad", "mum"),
            Member("dad", Sex.MALE, Affection.UNAFFECTED),
            Member("mum", Sex.FEMALE, Affection.UNCERTAIN),
        ),
    )
    assert content.profiles == {
        "kid": PhenotypeProfile(("HP:0001250",), (), "2025-01-16"),
        "mum": PhenotypeProfile((), ("HP:0001263",), "2025-01-16"),
    }
    assert (content.id, content.proband_id, content.subject_id) == ("family-1", "kid", "kid")
    assert content.notes == ()


def test_snake_case_null_numbers_compression_and_wrappers_change_nothing(tmp_path: Path) -> None:
    expected = read(tmp_path, family_message())
    assert read(tmp_path, snake(family_message())) == expected
    assert read(tmp_path, gzip.compress(json.dumps(family_message()).encode())) == expected
    assert read(tmp_path, b"\xef\xbb\xbf" + json.dumps(family_message()).encode()) == expected
    assert read(tmp_path, {"analysis": {}, "family": family_message()}) == expected
    document = family_message()
    document["pedigree"]["persons"][0] |= {"sex": 2, "affectedStatus": 2}
    document["files"] = document["relatives"][0]["phenotypicFeatures"][0]["severity"] = None
    assert read(tmp_path, document) == expected


def test_a_wrapped_phenopacket(tmp_path: Path) -> None:
    assert read(tmp_path, {"phenopacket": packet(), "analysis": {}}) == read(tmp_path, packet())


@pytest.mark.parametrize("spelling", ["medicalActions", "medical_actions"])
def test_the_answer_is_never_read(tmp_path: Path, spelling: str) -> None:
    """Whatever stands in the answer's places, even if it breaks the schema, the content is the same."""
    clean = read(tmp_path, family_message())
    document = family_message()
    for message in (document, document["proband"], document["relatives"][0]):
        message["interpretations"] = {
            "phenotypicFeatures": [feature("HP:0000001")],
            "subject": {"id": POISON},
            "diagnosis": {"disease": {"id": POISON}, "interpretations": [POISON]},
        }
        message["diseases"] = [{"term": {"id": "HP:0000002", "label": POISON}}, POISON, None]
        message[spelling] = message["measurements"] = message["genes"] = message["variants"] = POISON
    poisoned = read(tmp_path, document)
    assert poisoned == clean
    assert "POISON" not in repr(poisoned)


def test_the_places_of_the_answer_are_on_the_list() -> None:
    assert {"interpretations", "diseases", "genes", "variants"} <= NEVER_READ


def test_an_answer_alone_is_not_a_phenopacket(tmp_path: Path) -> None:
    error = refusal(tmp_path, {"interpretations": [packet()], "diseases": [packet()]})
    assert isinstance(error, MalformedRecordError)
    assert "interpretations" not in str(error)


def test_a_broken_answer_is_not_even_looked_at(tmp_path: Path) -> None:
    text = json.dumps(packet())[:-1] + ', "diseases": 1, "diseases": {"id": 1, "id": 2}}'
    assert read(tmp_path, text.encode()) == read(tmp_path, packet())


def test_terms_of_other_ontologies_are_set_aside_and_named(tmp_path: Path) -> None:
    features = [feature(t) for t in ("MONDO:0005027", "HP:0001250", "MONDO:0005027", "NCIT:C3262")]
    content = read(tmp_path, packet(features=features))
    assert content.profiles["kid"].present == ("HP:0001250",)
    assert content.notes == (
        "3 feature(s) of kid are not HPO terms and were set aside: MONDO:0005027, NCIT:C3262.",
    )


def test_duplicates_are_merged_in_order(tmp_path: Path) -> None:
    features = [feature(t) for t in ("HP:0000002", "HP:0000001", "HP:0000002")]
    features += [feature("HP:0000003", excluded=True)] * 2
    assert read(tmp_path, packet(features=features)).profiles["kid"] == PhenotypeProfile(
        ("HP:0000002", "HP:0000001"), ("HP:0000003",)
    )


def test_version_one_negated_is_not_taken_as_present(tmp_path: Path) -> None:
    content = read(tmp_path, packet(features=[feature("HP:0001250", negated=True)]))
    assert content.profiles["kid"] == PhenotypeProfile((), ("HP:0001250",))


def test_no_features_is_for_the_caller_to_judge(tmp_path: Path) -> None:
    assert read(tmp_path, packet(features=[])).profiles == {"kid": PhenotypeProfile()}
    assert read(tmp_path, {"id": "a", "subject": {"id": "kid"}}).sex is Sex.UNKNOWN


def test_without_a_subject_the_packet_id_names_the_person(tmp_path: Path) -> None:
    content = read(tmp_path, {"id": "case-1", "phenotypicFeatures": []})
    assert (content.subject_id, list(content.profiles)) == ("case-1", ["case-1"])


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("2025-01-16", "2025-01-16"),
        ("http://purl.obolibrary.org/obo/hp/releases/2021-08-02/hp.owl", "2021-08-02"),
        ("unknown", "unknown"),
        ("", None),
    ],
)
def test_the_hpo_release(tmp_path: Path, version: str, release: str | None) -> None:
    content = read(tmp_path, packet() | {"metaData": meta_data(version)})
    assert content.hpo_release == content.profiles["kid"].hpo_release == release


def test_the_members_own_release_goes_before_the_familys(tmp_path: Path) -> None:
    document = family_message()
    document["proband"]["metaData"] = meta_data("2020-01-01")
    content = read(tmp_path, document)
    assert {m: p.hpo_release for m, p in content.profiles.items()} == {
        "kid": "2020-01-01",
        "mum": "2025-01-16",
    }


def test_odd_spaces_in_ids_become_plain_ones_everywhere(tmp_path: Path) -> None:
    document = family_message()
    document["proband"]["subject"]["id"] = " kid\u00a0I-1 "
    document["pedigree"]["persons"][0]["individualId"] = "kid\u2002I-1"
    content = read(tmp_path, document)
    assert content.family is not None
    assert content.proband_id == content.family.members[0].id == "kid I-1"


def test_a_family_message_of_the_proband_alone(tmp_path: Path) -> None:
    content = read(tmp_path, {"id": "f", "proband": packet()})
    assert (content.id, content.proband_id, content.family) == ("f", "kid", None)


def test_the_pedigree_may_list_other_families(tmp_path: Path) -> None:
    document = family_message()
    document["pedigree"]["persons"].insert(0, person("other") | {"familyId": "OTHER"})
    assert read(tmp_path, document).family == read(tmp_path, family_message()).family


def test_a_family_without_a_pedigree_or_with_a_stranger_is_noted(tmp_path: Path) -> None:
    document = family_message()
    document["relatives"].append(packet("cousin"))
    assert "cousin" in read(tmp_path, document).notes[0]
    del document["pedigree"]
    content = read(tmp_path, document)
    assert content.family is None
    assert "no pedigree" in content.notes[0]


@pytest.mark.parametrize(
    "term", ["", "HP:1250", "HP:00012500", "hp:0001250", "HP_0001250", "Seizure", "HP:000125O"]
)
def test_a_malformed_hpo_id(tmp_path: Path, term: str) -> None:
    error = refusal(tmp_path, packet(features=[feature("HP:0001250"), feature(term)]))
    assert isinstance(error, PhenotypeError)
    assert "phenotypicFeatures[1]" in error.where
    assert (term or "empty") in str(error.value)


@pytest.mark.parametrize("term", ["http://purl.obolibrary.org/obo/HP_0001250", "MONDO:\x1b[2J", "HP:٠٠٠١٢٥٠"])
def test_disguised_or_hostile_terms_are_not_set_aside_quietly(tmp_path: Path, term: str) -> None:
    assert isinstance(refusal(tmp_path, packet(features=[feature(term)])), PhenotypeError)


def test_present_and_excluded_at_once(tmp_path: Path) -> None:
    features = [feature("HP:0001250"), feature("HP:0001263"), feature("HP:0001263", excluded=True)]
    error = refusal(tmp_path, packet(features=features))
    assert isinstance(error, PhenotypeError)
    assert error.value == "HP:0001263"


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"", "line 1, column 1"),
        (b"##fileformat=VCFv4.2\n", "line 1, column 1"),
        (b'{"id": "a",\n "subject": }', "line 2, column 13"),
        (b'{"id": "a"}\n{"id": "b"}\n', "line 2, column 1"),
        (b'{\n"id": "J\xfcrgen"}', "line 2"),
        (gzip.compress(json.dumps(packet()).encode())[:-12], "case.json"),
        (b"\x1f\x8b\x08\x00garbage garbage garbage", "case.json"),
        (b"[" * 200_000, "case.json"),
    ],
)
def test_damaged_files(tmp_path: Path, content: bytes, where: str) -> None:
    error = refusal(tmp_path, content)
    assert isinstance(error, CorruptFileError)
    assert where in error.where


@pytest.mark.parametrize(
    "document",
    [
        [packet()],
        "text",
        None,
        {},
        {"resourceType": "Bundle", "entry": []},
        {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/1"}},
        {"id": "cohort", "members": [packet()]},
    ],
)
def test_json_of_another_kind(tmp_path: Path, document: object) -> None:
    error = refusal(tmp_path, document)
    assert isinstance(error, MalformedRecordError)
    assert "not a phenopacket" in error.what


def changed(document: Json, path: str, value: object) -> Json:
    """A copy of a document with the value at a dotted path replaced."""
    document = copy.deepcopy(document)
    *steps, last = [int(s) if s.isdigit() else s for s in path.split(".")]
    place: Any = document
    for step in steps:
        place = place[step]
    place[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("proband", {}, MalformedRecordError),
        ("proband", None, MalformedRecordError),
        ("proband", [], MalformedRecordError),
        ("relatives", {}, MalformedRecordError),
        ("relatives.0", "mum", MalformedRecordError),
        ("relatives.0.subject.id", "kid", MalformedRecordError),
        (
            "proband.subject.id",
            "",
            PedigreeError,
        ),  # falls back on the packet's id, who is not in the pedigree
        ("proband.subject.id", 7, MalformedRecordError),
        ("proband.subject.id", "k\x1bid", MalformedRecordError),
        ("proband.subject.id", "k" * 201, MalformedRecordError),
        ("proband.subject.sex", "male?", MalformedRecordError),
        ("proband.subject.sex", True, MalformedRecordError),
        ("proband.phenotypicFeatures", {}, MalformedRecordError),
        ("proband.phenotypicFeatures.0", None, MalformedRecordError),
        ("proband.phenotypicFeatures.0.type", "HP:0001250", MalformedRecordError),
        ("proband.phenotypicFeatures.0.type.id", 1250, MalformedRecordError),
        ("proband.phenotypicFeatures.0.type", None, PhenotypeError),
        ("proband.phenotypicFeatures.0.excluded", "true", MalformedRecordError),
        ("proband.phenotypicFeatures.0.excluded", 1, MalformedRecordError),
        ("metaData.resources", "hp", MalformedRecordError),
        ("pedigree", [], MalformedRecordError),
        ("pedigree.persons.1.affectedStatus", "ILL", MalformedRecordError),
        ("pedigree.persons.1.individualId", "", MalformedRecordError),
        ("pedigree.persons.1.individualId", "kid", PedigreeError),
        ("pedigree.persons.1.individualId", "grandad", PedigreeError),
        ("pedigree.persons.0.individualId", "other", PedigreeError),
        ("pedigree.persons.1.sex", "FEMALE", PedigreeError),
        ("pedigree.persons.2.sex", "UNKNOWN_SEX", None),
        ("pedigree.persons.0.sex", "FEMALE", PedigreeError),
        ("pedigree.persons.1.paternalId", "kid", PedigreeError),
    ],
)
def test_schema_and_pedigree_violations(
    tmp_path: Path, path: str, value: object, expected: type[TrihelixError] | None
) -> None:
    document = changed(family_message(), path, value)
    if expected is None:
        assert read(tmp_path, document).family is not None
    else:
        assert type(refusal(tmp_path, document)) is expected


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "a", "subject": {"id": "kid"}, "phenotypicFeatures": [], "phenotypic_features": []}',
        '{"id": "a", "subject": {"id": "kid"}, "subject": {"id": "kid"}}',
        '{"subject": {"id": "kid"}, "phenotypicFeatures": [{"type": {"id": "HP:0001250"}, "excluded": true, "excluded": false}]}',
    ],
)
def test_a_key_given_twice_is_not_decided_by_chance(tmp_path: Path, text: str) -> None:
    error = refusal(tmp_path, text.encode())
    assert isinstance(error, MalformedRecordError)
    assert "twice" in error.what


def test_a_decompression_bomb_is_cut_off(tmp_path: Path) -> None:
    error = refusal(tmp_path, gzip.compress(b" " * (65 << 20), 1))
    assert "larger than 64 MB" in error.what


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileUnreadableError):
        read_phenopacket(tmp_path / name)


@pytest.mark.parametrize(
    "text",
    [
        "HP:0001250,HP:0001263,!HP:0001252",
        " HP:0001250; HP:0001263 ;-HP:0001252;",
        "HP:0001250 HP:0001263\t\n!HP:0001252 HP:0001250",
    ],
)
def test_a_list_of_hpo_terms(text: str) -> None:
    assert parse_hpo_list(text) == PhenotypeProfile(("HP:0001250", "HP:0001263"), ("HP:0001252",))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ""),
        (" ,; ", " ,; "),
        ("HP:0001250,HP:12", "HP:12"),
        ("HP:0001250 ! HP:0001263", "!"),
        ("HP:0001250,!!HP:0001263", "!!HP:0001263"),
        ("HP:0001250|HP:0001263", "HP:0001250|HP:0001263"),
        ("HP:0001250,!HP:0001250", "HP:0001250"),
        ("seizures", "seizures"),
        ("\x1b[2J", r"\x1b[2J"),
    ],
)
def test_a_broken_list_of_hpo_terms(text: str, value: str) -> None:
    with pytest.raises(PhenotypeError) as caught:
        parse_hpo_list(text)
    assert caught.value.value == value
    assert caught.value.where
    assert caught.value.advice


KEYS = "id subject phenotypicFeatures type excluded proband relatives pedigree persons individualId sex metaData diseases"
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=12) | st.just("HP:0001250"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4)
    ),
    max_leaves=25,
)


@given(document=JSON_VALUES)
def test_any_json_is_read_or_refused_but_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, document: object
) -> None:
    path = tmp_path_factory.mktemp("any") / "case.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with contextlib.suppress(TrihelixError):
        content = read_phenopacket(path)
        assert content.proband_id in content.profiles
