"""The real pedigrees and published phenopackets are read, and their answers are not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from trihelix.formats.ped import read_ped, write_ped
from trihelix.formats.phenopacket import read_phenopacket
from trihelix.model.family import Sex

SAMPLE_STEP = 60
SEXES = {"MALE": Sex.MALE, "FEMALE": Sex.FEMALE, "UNKNOWN_SEX": Sex.UNKNOWN, "OTHER_SEX": Sex.UNKNOWN}


def published(real_data: Path) -> Iterator[str]:
    with gzip.open(real_data / "phenopackets" / "dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from lines


def stated_terms(document: dict[str, Any], excluded: bool) -> tuple[str, ...]:
    features = document["phenotypicFeatures"]
    return tuple(dict.fromkeys(f["type"]["id"] for f in features if f.get("excluded", False) is excluded))


def answers(document: dict[str, Any]) -> Iterator[str]:
    """The ids of the published diagnoses."""
    for interpretation in document["interpretations"]:
        yield interpretation["diagnosis"]["disease"]["id"]
    for disease in document["diseases"]:
        yield disease["term"]["id"]


def check_reading(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    content = read_phenopacket(path)
    profile = content.profiles[content.subject_id]
    assert content.subject_id.split() == document["subject"]["id"].split()
    assert profile.present == stated_terms(document, excluded=False)
    assert profile.excluded == stated_terms(document, excluded=True)
    assert content.id.split() == document["id"].split()
    assert content.sex is SEXES[document["subject"].get("sex", "UNKNOWN_SEX")]
    assert content.hpo_release
    assert not [a for a in answers(document) if a in repr(content)]


def check_lines(lines: Iterable[str], folder: Path) -> int:
    path = folder / "case.json"
    count = 0
    for line in lines:
        path.write_text(line, encoding="utf-8")
        check_reading(path)
        count += 1
    return count


def test_the_phenopackets_of_the_solved_cases(real_data: Path) -> None:
    paths = sorted((real_data / "cases").glob("*.phenopacket.json"))
    assert len(paths) == 33
    for path in paths:
        check_reading(path)


def test_a_sample_of_the_published_phenopackets(real_data: Path, tmp_path: Path) -> None:
    assert check_lines(islice(published(real_data), 0, None, SAMPLE_STEP), tmp_path) == 82


@pytest.mark.slow
def test_every_published_phenopacket(real_data: Path, tmp_path: Path) -> None:
    assert check_lines(published(real_data), tmp_path) == 4869


def test_the_real_pedigrees_read_and_write_back(real_data: Path, tmp_path: Path) -> None:
    paths = [*sorted((real_data / "cases").glob("*.ped")), real_data / "families" / "giab_trio.ped"]
    assert len(paths) == 34
    for path in paths:
        family = read_ped(path)
        assert len(family.members) == 3
        copy = tmp_path / "copy.ped"
        copy.write_text(write_ped(family), encoding="utf-8")
        assert read_ped(copy) == family
