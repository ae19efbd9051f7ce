"""Panel packs from small PanelApp replies."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from trihelix.model.errors import CorruptFileError, PackError, PanelError
from trihelix.reference.pack import ConversionOptions, Converted
from trihelix.reference.panels import Panels, convert, open_panels

BIALLELIC = "BIALLELIC, autosomal or pseudoautosomal"
NO_LOSS = "Loss-of-function variants (as defined in pop up message) DO NOT cause this phenotype - please provide details"
Reply = dict[str, Any]


def gene(symbol: str, confidence: str = "3", mode: str = BIALLELIC, **more: Any) -> Reply:
    data = {
        "gene_symbol": symbol,
        "hgnc_id": f"HGNC:{len(symbol)}",
        "alias": [f"{symbol}-OLD"],
        "ensembl_genes": {
            "GRch37": {"82": {"ensembl_id": f"ENSG_{symbol}", "location": "1:1-2"}},
            "GRch38": {
                "90": {"ensembl_id": f"ENSG_{symbol}", "location": "1:1-2"},
                "107": {"ensembl_id": "ENSG_NEW"},
            },
        },
    }
    return {
        "gene_data": data,
        "entity_type": "gene",
        "entity_name": symbol,
        "confidence_level": confidence,
        "mode_of_inheritance": mode,
        "mode_of_pathogenicity": "",
        "penetrance": None,
        "tags": ["watchlist"],
        "phenotypes": ["A disease, 123456"],
        "publications": ["PMID: 1"],
        **more,
    }


def panel(
    number: int, name: str, *genes: Reply, version: str = "1.0", disorders: tuple[str, ...] = (), **more: Any
) -> Reply:
    return {
        "id": number,
        "hash_id": f"hash{number}",
        "name": name,
        "version": version,
        "version_created": "2026-01-02T03:04:05.000000Z",
        "status": "public",
        "disease_group": "Neurology",
        "disease_sub_group": "",
        "relevant_disorders": list(disorders),
        "types": [{"name": "GMS signed-off", "slug": "gms-signed-off", "description": ""}],
        "genes": list(genes),
        "strs": [],
        "regions": [],
        **more,
    }


LIST_PAGE = {
    "count": 1,
    "next": None,
    "previous": None,
    "results": [{"id": 9, "name": "Nine", "version": "1.0"}],
}


def make(folder: Path, *contents: object) -> tuple[Converted, Panels]:
    pack = folder / "pack"
    pack.mkdir(exist_ok=True)
    sources = []
    for number, content in enumerate(contents):
        sources.append(folder / f"source{number}.json")
        sources[-1].write_text(json.dumps(content))
    return convert(sources, pack, ConversionOptions()), open_panels(pack)


def test_a_panel_and_its_genes(tmp_path: Path) -> None:
    converted, panels = make(
        tmp_path,
        panel(
            49,
            "Hearing loss",
            gene("GJB2"),
            gene("OLDGREEN", "4"),
            gene("MAYBE", "2", "MITOCHONDRIAL"),
            gene("NO", "1", ""),
            gene("NOLIST", "0", None),
            gene("GAIN", "3", mode_of_pathogenicity=NO_LOSS),
            disorders=("R67",),
        ),
    )
    assert converted.counts == {"panels": 1, "panel_genes": 6, "panel_regions": 0, "panel_strs": 0}
    assert converted.version == "2026-01-02"
    assert converted.notes == ()
    rows = panels.genes("49").rows(named=True)
    assert [(r["gene"], r["confidence"], r["confidence_word"]) for r in rows] == [
        ("GJB2", 3, "green"),
        ("OLDGREEN", 3, "green"),
        ("MAYBE", 2, "amber"),
        ("NO", 1, "red"),
        ("NOLIST", 0, "grey"),
        ("GAIN", 3, "green"),
    ]
    assert [r["mode"] for r in rows[:5]] == ["BIALLELIC", "BIALLELIC", "MITOCHONDRIAL", "UNKNOWN", "UNKNOWN"]
    assert [r["lof_excluded"] for r in rows] == [False] * 5 + [True]
    assert rows[0]["ensembl_ids"] == ["ENSG_GJB2", "ENSG_NEW"]
    assert rows[0]["aliases"] == ["GJB2-OLD"]
    assert rows[0]["hgnc_id"] == "HGNC:4"
    assert rows[0]["phenotypes"] == ["A disease, 123456"]
    assert panels.genes("50").height == 0


def test_regions_and_repeats(tmp_path: Path) -> None:
    entry = {
        "confidence_level": "3",
        "mode_of_inheritance": "MONOALLELIC, autosomal or pseudoautosomal, NOT imprinted",
        "penetrance": None,
        "tags": [],
        "phenotypes": [],
        "publications": [],
        "chromosome": "22",
    }
    region = {
        **entry,
        "gene_data": None,
        "entity_name": "ISCA-1-Gain",
        "verbose_name": "a region Gain",
        "haploinsufficiency_score": "",
        "triplosensitivity_score": 3,
        "required_overlap_percentage": 60,
        "type_of_variants": "cnv_gain",
        "grch37_coordinates": None,
        "grch38_coordinates": [100, 200],
    }
    repeat = {
        **entry,
        "gene_data": {"gene_symbol": "DMPK", "hgnc_id": "HGNC:2933"},
        "entity_name": "DMPK_CTG",
        "repeated_sequence": "CTG",
        "normal_repeats": 35,
        "pathogenic_repeats": 50,
        "grch37_coordinates": [1, 60],
        "grch38_coordinates": [101, 160],
    }
    _, panels = make(tmp_path, panel(1, "One", regions=[region], strs=[repeat]))
    found = panels.regions("1").row(0, named=True)
    assert (found["contig"], found["grch37_start"], found["grch38_start"], found["grch38_end"]) == (
        "22",
        None,
        100,
        200,
    )
    assert (found["type_of_variants"], found["required_overlap_percentage"]) == ("cnv_gain", 60)
    assert (found["haploinsufficiency_score"], found["triplosensitivity_score"]) == (None, "3")
    found = panels.strs("1").row(0, named=True)
    assert (found["gene"], found["motif"], found["normal_repeats"], found["pathogenic_repeats"]) == (
        "DMPK",
        "CTG",
        35,
        50,
    )
    assert (found["grch37_end"], found["grch38_end"], found["mode"]) == (60, 160, "MONOALLELIC")


def test_a_super_panel_keeps_the_component_of_each_entry(tmp_path: Path) -> None:
    parts = [
        gene("MTOR", "3", panel={"id": 78, "name": "A"}),
        gene("MTOR", "1", panel={"id": 79, "name": "B"}),
    ]
    _, panels = make(tmp_path, panel(1, "Super", *parts))
    rows = panels.genes("1").select("gene", "confidence_word", "component_id", "component_name").rows()
    assert rows == [("MTOR", "green", "78", "A"), ("MTOR", "red", "79", "B")]


def test_an_array_a_page_of_details_and_list_pages(tmp_path: Path) -> None:
    one, two = panel(1, "One", gene("A")), panel(2, "Two", gene("B"))
    page = {"count": 1, "next": None, "previous": None, "results": [panel(3, "Three", gene("C"))]}
    converted, panels = make(tmp_path, [two, one], LIST_PAGE, page)
    assert panels.panels["panel_id"].to_list() == ["1", "2", "3"]
    assert converted.notes == ("1 list page(s) without genes were passed over",)


def test_the_newest_version_of_a_panel_wins(tmp_path: Path) -> None:
    versions = [panel(1, "One", gene(f"G{v}"), version=v) for v in ("1.10", "2.1", "1.9")]
    converted, panels = make(tmp_path, *versions)
    assert panels.genes("1")["gene"].to_list() == ["G2.1"]
    assert len(converted.notes) == 2
    assert "panel 1 (One 2.1) replaces panel 1 (One 1.10)" in converted.notes[1]


def test_a_mode_never_seen_is_unknown_and_noted(tmp_path: Path) -> None:
    converted, panels = make(
        tmp_path, panel(1, "One", gene("A", mode="TRIALLELIC"), gene("B", mode="TRIALLELIC"))
    )
    assert panels.genes("1")["mode"].to_list() == ["UNKNOWN", "UNKNOWN"]
    assert panels.genes("1")["mode_of_inheritance"].to_list() == ["TRIALLELIC"] * 2
    (note,) = converted.notes
    assert "UNKNOWN in 2 entries: TRIALLELIC" in note


class TestFindPanel:
    @pytest.fixture
    def panels(self, tmp_path: Path) -> Panels:
        return make(
            tmp_path,
            panel(49, "Hypertrophic cardiomyopathy", version="5.29", disorders=("HCM", "R131")),
            panel(131, "R131"),
            panel(60, "Hearing loss", disorders=("R67", "Deafness")),
            panel(61, "Usher syndrome", disorders=("Deafness",)),
            panel(62, "Ataxia", hash_id=None),
        )[1]

    @pytest.mark.parametrize(
        ("query", "number"),
        [
            ("49", "49"),
            ("hash49", "49"),
            ("HASH49", "49"),
            (" hypertrophic  CARDIOMYOPATHY ", "49"),
            ("hcm", "49"),
            ("R131", "131"),  # a name goes before a disorder
            ("131", "131"),
            ("R67", "60"),
            ("49@5.29", "49"),
            ("HCM@5.29", "49"),
            ("ataxia", "62"),
        ],
    )
    def test_found(self, panels: Panels, query: str, number: str) -> None:
        assert panels.find_panel(query).id == number

    def test_what_it_holds(self, panels: Panels) -> None:
        found = panels.find_panel("49")
        assert (found.version, found.relevant_disorders, found.types) == (
            "5.29",
            ("HCM", "R131"),
            ("gms-signed-off",),
        )
        assert panels.find_panel("62").hash_id is None

    @pytest.mark.parametrize("query", ["Hypertrophic cardiomyopathies", "4", "none", "", "@5.29"])
    def test_nothing_fits(self, panels: Panels, query: str) -> None:
        with pytest.raises(PanelError, match="no panel") as caught:
            panels.find_panel(query)
        assert caught.value.value == query

    def test_the_nearest_names_are_told(self, panels: Panels) -> None:
        with pytest.raises(PanelError) as caught:
            panels.find_panel("hypertrofic cardiomyopathy")
        assert caught.value.advice.startswith("nearest names: Hypertrophic cardiomyopathy (49), ")

    def test_several_fit(self, panels: Panels) -> None:
        with pytest.raises(PanelError, match="several") as caught:
            panels.find_panel("deafness")
        assert "60 (Hearing loss), 61 (Usher syndrome)" in caught.value.advice

    def test_another_version(self, panels: Panels) -> None:
        with pytest.raises(
            PanelError, match=re.escape("another version of panel 49 (Hypertrophic cardiomyopathy): 5.29")
        ):
            panels.find_panel("49@5.30")


class TestErrors:
    def make_text(self, folder: Path, content: bytes) -> PackError | CorruptFileError:
        path = folder / "panel.json"
        path.write_bytes(content)
        with pytest.raises((PackError, CorruptFileError)) as caught:
            convert([path], folder, ConversionOptions())
        assert str(path) in caught.value.where or path.name in caught.value.where
        return caught.value

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "empty"),
            (b"##fileformat=VCFv4.2\n", "this is a VCF file"),
            (b"<html>502 Bad gateway</html>", "web page"),
            (b"just text", "this is not a PanelApp panel"),
            (b'{"id": 1, "name": ', "broken or cut short"),
            (b"[]", "no panel is in the files"),
            (json.dumps(LIST_PAGE).encode(), "no panel is in the files"),
            (b'{"detail": "Not found."}', "this JSON is not a PanelApp panel"),
            (b"[1, 2]", "this JSON is not a PanelApp panel"),
            (json.dumps(panel(1, "One", genes=None)).encode(), "lacks fields"),
            (json.dumps(panel(1, "One", genes={"a": 1})).encode(), "genes are not a list"),
            (json.dumps(panel(1, "One", strs=[1])).encode(), "strs are not a list"),
            (b'{"name": "\xff"}', "not UTF-8|JSON file, not"),
        ],
    )
    def test_a_wrong_file(self, tmp_path: Path, content: bytes, words: str) -> None:
        error = self.make_text(tmp_path, content)
        assert re.search(words, error.what)
        assert error.advice

    def test_truncated_gzip(self, tmp_path: Path) -> None:
        packed = gzip.compress(json.dumps(panel(1, "One", gene("A"))).encode())
        assert isinstance(self.make_text(tmp_path, packed[:-9]), CorruptFileError)

    @pytest.mark.parametrize(
        ("entry", "words"),
        [
            ({k: v for k, v in gene("ABC").items() if k != "confidence_level"}, "lacks a field"),
            ({k: v for k, v in gene("ABC").items() if k != "mode_of_inheritance"}, "lacks a field"),
            ({k: v for k, v in gene("ABC").items() if k != "gene_data"}, "lacks a field"),
            (gene("ABC", gene_data={"hgnc_id": "HGNC:1"}), "lacks a field"),
            (gene("ABC", gene_data=None), "wrong form"),
            (gene("ABC", "5"), "confidence level"),
            (gene("ABC", "green"), "confidence level"),
        ],
    )
    def test_a_broken_entry_is_named(self, tmp_path: Path, entry: Reply, words: str) -> None:
        error = self.make_text(
            tmp_path, json.dumps(panel(7, "Seven", gene("OK"), entry, version="1.2")).encode()
        )
        assert words in error.what
        assert "panel 7 (Seven 1.2), gene ABC" in error.where
