"""GA4GH Phenopackets (version 2, protobuf JSON): the phenotypes of a person or of a family, never the answer.

In published cases `interpretations` and `diseases` hold the diagnosis. They are dropped while the JSON is
decoded, before any other code sees the document.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from trihelix.formats.ped import (
    PedigreeEntry,
    assemble_family,
    check_identifier,
    listed,
    parent_id,
    shown,
    unreadable,
)
from trihelix.model.errors import CorruptFileError, MalformedRecordError, PedigreeError, PhenotypeError
from trihelix.model.family import Affection, Family, Member, Sex
from trihelix.model.phenotype import PhenotypeProfile

# `genes` and `variants` are where version 1 kept the answer.
NEVER_READ = frozenset(
    {"interpretations", "diseases", "genes", "variants", "measurements", "biosamples", "medicalActions"}
)
MAX_BYTES = 64 * 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"

SEXES: dict[object, Sex] = {
    **dict.fromkeys((None, 0, "UNKNOWN_SEX", 3, "OTHER_SEX"), Sex.UNKNOWN),
    **dict.fromkeys((1, "FEMALE"), Sex.FEMALE),
    **dict.fromkeys((2, "MALE"), Sex.MALE),
}
AFFECTIONS: dict[object, Affection] = {
    **dict.fromkeys((None, 0, "MISSING"), Affection.UNCERTAIN),
    **dict.fromkeys((1, "UNAFFECTED"), Affection.UNAFFECTED),
    **dict.fromkeys((2, "AFFECTED"), Affection.AFFECTED),
}

_HPO_ID = re.compile(r"HP:[0-9]{7}")
_OTHER_ONTOLOGY_ID = re.compile(r"(?!HPO?:)[A-Za-z][A-Za-z0-9_.-]*:[^\s/]\S*", re.IGNORECASE)
_ODD_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_SNAKE = re.compile(r"_([a-z0-9])")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TWICE: Final = object()  # stands where a key was given twice, so that only a reader of that key objects

T = TypeVar("T")
Json = dict[str, Any]


@dataclass(frozen=True)
class PhenopacketContent:
    """What Trihelix takes from a phenopacket.

    `profiles` maps member ids to phenotypes (for a single phenopacket only the subject's); `family` comes from
    the pedigree of a Family message; `hpo_release` is the release that the file says it was written with;
    `notes` say in plain words what was set aside.
    """

    id: str
    subject_id: str
    sex: Sex
    profiles: dict[str, PhenotypeProfile]
    proband_id: str
    family: Family | None
    hpo_release: str | None
    notes: tuple[str, ...]


def read_phenopacket(path: Path) -> PhenopacketContent:
    """Read a Phenopacket or a Family message, plain or gzip-compressed, with camelCase or snake_case keys.

    A document that holds the message under the key `phenopacket` or `family` is accepted too.

    Raises FileUnreadableError, CorruptFileError (not gzip, UTF-8 or JSON), MalformedRecordError (JSON, but not
    a phenopacket, or one that breaks the schema), PhenotypeError (terms that are not HPO ids, or both present
    and excluded) and PedigreeError. No features at all is not an error here.
    """
    where = str(path)
    message = _unwrap(_decode(_read_text(path), where), where)
    if "proband" in message or "relatives" in message or "pedigree" in message:
        return _family_content(message, where)
    if "phenotypicFeatures" not in message and not _object(message, "subject", where).get("id"):
        raise _not_a_phenopacket(listed(list(message)) or "an empty object", where)
    return _single_content(message, where)


def parse_hpo_list(text: str) -> PhenotypeProfile:
    """HPO ids separated by commas, semicolons or blanks; `!` or `-` before an id means looked for and absent.

    PhenotypeError for an empty list, a malformed id, or an id given as both present and excluded.
    """
    words = [w for w in re.split(r"[,;\s]+", text) if w]
    if not words:
        raise PhenotypeError(
            "the list of HPO terms is empty",
            where="the HPO list",
            value=shown(text),
            advice="give at least one term, for example HP:0001250,HP:0001263",
        )
    terms = [(_check_hpo_id(w[1:] if w[0] in "!-" else w, w, "the HPO list"), w[0] in "!-") for w in words]
    return _sort_terms(terms, "the HPO list", None)


def _single_content(packet: Json, where: str) -> PhenopacketContent:
    subject_id = _subject_id(packet, where)
    release = _hpo_release(packet, where)
    profile, notes = _profile(packet, subject_id, release, where)
    return PhenopacketContent(
        id=_optional_id(packet, where) or subject_id,
        subject_id=subject_id,
        sex=_subject_sex(packet, where),
        profiles={subject_id: profile},
        proband_id=subject_id,
        family=None,
        hpo_release=release,
        notes=notes,
    )


def _family_content(message: Json, where: str) -> PhenopacketContent:
    if not _object(message, "proband", where):
        raise MalformedRecordError(
            "a Family message has no proband",
            where=where,
            value="proband",
            advice="add the phenopacket of the person whom the family is about as `proband`",
        )
    packets = _member_packets(message, where)
    (proband_id, (proband, proband_where)), *_ = packets.items()
    release = _hpo_release(message, where) or _hpo_release(proband, proband_where)
    profiles: dict[str, PhenotypeProfile] = {}
    notes: list[str] = []
    for member_id, (packet, place) in packets.items():
        own_release = _hpo_release(packet, place) or release
        profiles[member_id], more = _profile(packet, member_id, own_release, place)
        notes += more
    family = _family(message, packets, where)
    if family is None:
        notes.append("The Family message has no pedigree; nobody's parents are known from it.")
    return PhenopacketContent(
        id=_optional_id(message, where) or proband_id,
        subject_id=proband_id,
        sex=_subject_sex(proband, proband_where),
        profiles=profiles,
        proband_id=proband_id,
        family=family,
        hpo_release=release,
        notes=(*notes, *_unrelated_notes(family, packets)),
    )


def _member_packets(message: Json, where: str) -> dict[str, tuple[Json, str]]:
    """Subject id -> (phenopacket, its place) of the proband, who comes first, and the relatives."""
    placed = [(_object(message, "proband", where), f"{where}: proband")]
    placed += [(r, f"{where}: relatives[{i}]") for i, r in enumerate(_objects(message, "relatives", where))]
    packets: dict[str, tuple[Json, str]] = {}
    for packet, place in placed:
        subject_id = _subject_id(packet, place)
        if subject_id in packets:
            raise MalformedRecordError(
                f"two phenopackets of the family have the same subject, first at {packets[subject_id][1]}",
                where=place,
                value=shown(subject_id),
                advice="give every family member one phenopacket with an id of its own",
            )
        packets[subject_id] = (packet, place)
    return packets


def _unrelated_notes(family: Family | None, packets: Iterable[str]) -> tuple[str, ...]:
    members = {m.id for m in family.members} if family else set(packets)
    strangers = [p for p in packets if p not in members]
    return (f"Relatives who are not in the pedigree: {listed(strangers)}.",) if strangers else ()


def _family(message: Json, packets: dict[str, tuple[Json, str]], where: str) -> Family | None:
    """The pedigree of a Family message, checked like a PED file; None where it lists nobody."""
    persons = _objects(_object(message, "pedigree", where), "persons", f"{where}: pedigree")
    if not persons:
        return None
    fallback = _optional_id(message, where) or "family"
    entries = [_person(p, fallback, f"{where}: pedigree.persons[{i}]") for i, p in enumerate(persons)]
    proband_id = next(iter(packets))
    family_ids = {e.member.id: e.family_id for e in entries}
    if proband_id not in family_ids:
        raise PedigreeError(
            "the proband is not in the pedigree",
            where=f"{where}: pedigree",
            value=shown(proband_id),
            advice="add a person whose individualId is the proband's subject id",
        )
    for entry in entries:
        _check_same_sex(entry, packets)
    return assemble_family(entries, family_ids[proband_id], where)


def _person(person: Json, fallback_family_id: str, where: str) -> PedigreeEntry:
    """A person of a pedigree as a pedigree record; see the Person message of Phenopackets 2.0."""
    individual = check_identifier(_identifier(person, "individualId", where), "individualId", where)
    member = Member(
        individual,
        _enum(person, "sex", SEXES, where),
        _enum(person, "affectedStatus", AFFECTIONS, where),
        parent_id(_identifier(person, "paternalId", where), "paternalId", where),
        parent_id(_identifier(person, "maternalId", where), "maternalId", where),
    )
    family_id = _identifier(person, "familyId", where) or fallback_family_id
    return PedigreeEntry(check_identifier(family_id, "familyId", where), member, where)


def _check_same_sex(entry: PedigreeEntry, packets: dict[str, tuple[Json, str]]) -> None:
    if entry.member.id not in packets:
        return
    packet, place = packets[entry.member.id]
    stated = _subject_sex(packet, place)
    if Sex.UNKNOWN not in (stated, entry.member.sex) and stated is not entry.member.sex:
        raise PedigreeError(
            f"{shown(entry.member.id)} is {stated.value} at {place} but {entry.member.sex.value} in the pedigree",
            where=entry.where,
            value=entry.member.sex.value,
            advice="correct the sex in one of the two places",
        )


def _profile(
    packet: Json, member_id: str, release: str | None, where: str
) -> tuple[PhenotypeProfile, tuple[str, ...]]:
    """A phenopacket's HPO terms, and a note on the terms of other ontologies."""
    terms: list[tuple[str, bool]] = []
    others: list[str] = []
    for i, feature in enumerate(_objects(packet, "phenotypicFeatures", where)):
        place = f"{where}: phenotypicFeatures[{i}]"
        term_id = _text(_object(feature, "type", place), "id", place)
        if _OTHER_ONTOLOGY_ID.fullmatch(term_id) and term_id.isprintable():
            others.append(shown(term_id))
        else:
            # Version 1 wrote `negated`; not to honour it would turn an absent feature into a present one.
            absent = _flag(feature, "excluded", place) or _flag(feature, "negated", place)
            terms.append((_check_hpo_id(term_id, term_id, place), absent))
    profile = _sort_terms(terms, where, release)
    if not others:
        return profile, ()
    names = listed(list(dict.fromkeys(others)))
    return profile, (
        f"{len(others)} feature(s) of {shown(member_id)} are not HPO terms and were set aside: {names}.",
    )


def _sort_terms(terms: Iterable[tuple[str, bool]], where: str, release: str | None) -> PhenotypeProfile:
    """(id, excluded) pairs as a profile: duplicates merged, contradictions refused."""
    terms = list(terms)
    present = tuple(dict.fromkeys(t for t, absent in terms if not absent))
    excluded = tuple(dict.fromkeys(t for t, absent in terms if absent))
    contradictions = [t for t in present if t in set(excluded)]
    if contradictions:
        raise PhenotypeError(
            "an HPO term is given both as present and as excluded",
            where=where,
            value=listed(contradictions),
            advice="keep the statement that is right and remove the other",
        )
    return PhenotypeProfile(present, excluded, release)


def _check_hpo_id(term_id: str, as_written: str, where: str) -> str:
    if not _HPO_ID.fullmatch(term_id):
        raise PhenotypeError(
            "not an HPO id",
            where=where,
            value=shown(as_written) or "an empty id",
            advice="write HP: and seven digits, for example HP:0001250",
        )
    return term_id


def _subject_id(packet: Json, where: str) -> str:
    """The subject's id; a phenopacket without a subject is known by its own id."""
    subject = _object(packet, "subject", where)
    text = _identifier(subject, "id", f"{where}: subject") or _identifier(packet, "id", where)
    return check_identifier(text, "the subject's id", where)


def _identifier(message: Json, key: str, where: str) -> str:
    """An id as text; the no-break and wide spaces that published ids hold become plain ones."""
    return _ODD_SPACES.sub(" ", _text(message, key, where)).strip()


def _subject_sex(packet: Json, where: str) -> Sex:
    return _enum(_object(packet, "subject", where), "sex", SEXES, f"{where}: subject")


def _optional_id(message: Json, where: str) -> str | None:
    text = _identifier(message, "id", where)
    return check_identifier(text, "id", where) if text else None


def _hpo_release(message: Json, where: str) -> str | None:
    """The version of the HPO resource in `metaData`; its date alone where the version is a longer address."""
    place = f"{where}: metaData"
    for resource in _objects(_object(message, "metaData", where), "resources", place):
        prefix = _text(resource, "namespacePrefix", place).upper()
        if prefix == "HP" or _text(resource, "id", place).lower() in ("hp", "hpo"):
            version = _text(resource, "version", place).strip()
            date = _ISO_DATE.search(version)
            return date.group() if date else (shown(version) or None)
    return None


def _read_text(path: Path) -> str:
    """The file's text, decompressed if it is gzip; at most MAX_BYTES, so that a bomb cannot fill the memory."""
    try:
        with path.open("rb") as raw:
            packed = raw.peek(len(GZIP_MAGIC)).startswith(GZIP_MAGIC)
            with gzip.GzipFile(fileobj=raw) if packed else raw as plain:
                data = plain.read(MAX_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise CorruptFileError(
            "the compressed phenopacket is damaged or cut short",
            where=str(path),
            value=error,
            advice="copy or export the file again",
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error
    if len(data) > MAX_BYTES:
        raise MalformedRecordError(
            f"the file is larger than {MAX_BYTES >> 20} MB, which no phenopacket is",
            where=str(path),
            value=f"more than {MAX_BYTES} bytes",
            advice="give the phenopacket of one case or family",
        )
    return _decode_utf8(data, path)


def _decode_utf8(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CorruptFileError(
            "the phenopacket is not UTF-8 text",
            where=f"{path}, line {line}",
            value=f"byte 0x{error.object[error.start]:02x}",
            advice="save it as JSON in UTF-8",
        ) from error


def _decode(text: str, where: str) -> Json:
    """The JSON object in a text, its keys in camelCase, without what is never read."""
    try:
        document = json.loads(text, object_pairs_hook=_message)
    except json.JSONDecodeError as error:
        raise CorruptFileError(
            f"the phenopacket is not one JSON document: {error.msg}",
            where=f"{where}, line {error.lineno}, column {error.colno}",
            value=shown(text[error.pos : error.pos + 20]) or "end of file",
            advice="export it again as JSON; one phenopacket per file",
        ) from error
    except (RecursionError, ValueError) as error:
        raise CorruptFileError(
            "the JSON is nested too deeply or holds a number that is too long",
            where=where,
            value=type(error).__name__,
            advice="export the phenopacket again",
        ) from error
    if not isinstance(document, dict):
        raise _not_a_phenopacket(f"a JSON {type(document).__name__}", where)
    return document


def _message(pairs: list[tuple[str, Any]]) -> Json:
    """A JSON object as protobuf reads it: snake_case keys are camelCase keys, and no key comes twice."""
    message: Json = {}
    for key, value in pairs:
        name = _SNAKE.sub(lambda match: match.group(1).upper(), key)
        if name not in NEVER_READ:
            message[name] = _TWICE if name in message else value
    return message


def _unwrap(document: Json, where: str) -> Json:
    """The message inside a document that holds it under `phenopacket` or `family`, else the document."""
    if not {"subject", "phenotypicFeatures", "proband"} & document.keys():
        for key in ("family", "phenopacket"):
            if isinstance(document.get(key), dict):
                return _object(document, key, where)
    return document


def _not_a_phenopacket(found: str, where: str) -> MalformedRecordError:
    return MalformedRecordError(
        "the JSON is not a phenopacket: it has neither a subject nor phenotypicFeatures nor a proband",
        where=where,
        value=found,
        advice="give a GA4GH Phenopacket or Family message (version 2) as protobuf JSON",
    )


def _typed(message: Json, key: str, kind: type[T], expected: str, where: str) -> T | None:
    """A field's value, None where it is absent or null; MalformedRecordError if it is of another kind."""
    value = message.get(key)
    if value is None or isinstance(value, kind):
        return value
    raise MalformedRecordError(
        f"the key {key} is given twice" if value is _TWICE else f"{key} is not {expected}",
        where=where,
        value=key if value is _TWICE else shown(str(value)),
        advice=f"{key} must be given once, as {expected}",
    )


def _object(message: Json, key: str, where: str) -> Json:
    return _typed(message, key, dict, "an object", where) or {}


def _text(message: Json, key: str, where: str) -> str:
    return _typed(message, key, str, "a text", where) or ""


def _flag(message: Json, key: str, where: str) -> bool:
    return _typed(message, key, bool, "true or false", where) or False


def _objects(message: Json, key: str, where: str) -> list[Json]:
    values = _typed(message, key, list, "a list", where) or []
    for i, value in enumerate(values):
        if not isinstance(value, dict):
            raise MalformedRecordError(
                f"{key} holds something that is not an object",
                where=f"{where}: {key}[{i}]",
                value=shown(str(value)),
                advice=f"every element of {key} must be an object",
            )
    return values


def _enum(message: Json, key: str, codes: dict[object, T], where: str) -> T:
    """A protobuf enum, by name or by number; absent means its default."""
    value = message.get(key)
    if isinstance(value, str | int | None) and not isinstance(value, bool) and value in codes:
        return codes[value]
    names = ", ".join(str(c) for c in codes if isinstance(c, str))
    raise MalformedRecordError(
        f"{key} is none of the values that the schema allows",
        where=where,
        value="given twice" if value is _TWICE else shown(str(value)),
        advice=f"write one of {names}",
    )
