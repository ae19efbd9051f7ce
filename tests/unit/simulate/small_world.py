"""A world that is drawn in a second: a made-up ontology with a few dozen diseases, and short chromosomes."""

from __future__ import annotations

from pathlib import Path

from trihelix.reference.pack import ConversionOptions
from trihelix.reference.phenotypes import Phenotypes, convert, open_phenotypes
from trihelix.simulate.disorders import Inheritance
from trihelix.simulate.world import WorldSize

SMALL = WorldSize(
    contigs={"chr1": 700_000, "chr2": 500_000, "chrX": 450_000},
    disorders={
        Inheritance.DOMINANT: 12,
        Inheritance.RECESSIVE: 12,
        Inheritance.X_RECESSIVE: 4,
        Inheritance.X_DOMINANT: 3,
    },
    non_coding=2,
    unknown=1,
)
SYSTEMS = ("HP:0000707", "HP:0000924", "HP:0000478", "HP:0001939")
MODES = {
    "HP:0000006": "Autosomal dominant inheritance",
    "HP:0000007": "Autosomal recessive inheritance",
    "HP:0001419": "X-linked recessive inheritance",
    "HP:0001423": "X-linked dominant inheritance",
}
DISEASES = {"HP:0000006": 20, "HP:0000007": 20, "HP:0001419": 8, "HP:0001423": 7}
FINDINGS_PER_SYSTEM = 20
TERMS_PER_DISEASE = 8


def small_phenotypes(folder: Path) -> Phenotypes:
    """An opened pack of made-up diseases D1, D2, ... of genes GENE1, GENE2, ... with real modes of inheritance."""
    sources, pack = folder / "hpo", folder / "pack"
    sources.mkdir(parents=True)
    pack.mkdir()
    texts = {"hp.obo": _ontology(), "phenotype.hpoa": _annotations(), "genes_to_phenotype.txt": _genes()}
    for name, text in texts.items():
        (sources / name).write_text(text, encoding="utf-8")
    convert([sources / name for name in texts], pack, ConversionOptions())
    return open_phenotypes(pack)


def _finding(system: int, number: int) -> str:
    return f"HP:{9_000_000 + 1_000 * system + number:07d}"


def _ontology() -> str:
    terms = [("HP:0000001", "All", ()), ("HP:0000118", "Phenotypic abnormality", ("HP:0000001",))]
    terms += [("HP:0000005", "Mode of inheritance", ("HP:0000001",))]
    terms += [(code, name, ("HP:0000005",)) for code, name in MODES.items()]
    for n, system in enumerate(SYSTEMS):
        terms.append((system, f"Abnormality of system {n}", ("HP:0000118",)))
        for number in range(FINDINGS_PER_SYSTEM):
            parent = system if number < 5 else _finding(n, number % 5)
            terms.append((_finding(n, number), f"Finding {n}.{number}", (parent,)))
    stanzas = [
        f"[Term]\nid: {code}\nname: {name}\n" + "".join(f"is_a: {p}\n" for p in parents)
        for code, name, parents in terms
    ]
    return "format-version: 1.2\ndata-version: hp/releases/2025-01-16\n\n" + "\n".join(stanzas)


def _diseases() -> list[tuple[int, str]]:
    """(number, mode of inheritance)."""
    modes = [mode for mode, number in DISEASES.items() for _ in range(number)]
    return list(enumerate(modes, 1))


def _annotations() -> str:
    header = (
        "#version: 2025-01-16\ndatabase_id\tdisease_name\tqualifier\thpo_id\treference\tevidence\tonset\t"
        "frequency\tsex\tmodifier\taspect\tbiocuration\n"
    )
    lines = []
    for number, mode in _diseases():
        start = f"OMIM:{100_000 + number}\tDisorder {number}\t\t"
        lines.append(f"{start}{mode}\tPMID:1\tPCS\t\t\t\t\tI\ttest\n")
        for k in range(TERMS_PER_DISEASE):
            term = _finding(number % 4, (3 * number + 7 * k) % FINDINGS_PER_SYSTEM)
            lines.append(f"{start}{term}\tPMID:1\tPCS\t\t{k + 1}/{TERMS_PER_DISEASE}\t\t\tP\ttest\n")
    return header + "".join(lines)


def _genes() -> str:
    header = "ncbi_gene_id\tgene_symbol\thpo_id\thpo_name\tfrequency\tdisease_id\n"
    lines = (f"{n}\tGENE{n}\tHP:0000118\tany\t-\tOMIM:{100_000 + n}\n" for n, _ in _diseases())
    return header + "".join(lines)
