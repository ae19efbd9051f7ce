"""One small world and its families for all tests of the room."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_world import SMALL, small_phenotypes

from trihelix.reference.phenotypes import Phenotypes
from trihelix.simulate.families import SimulatedFamily, simulate_families
from trihelix.simulate.plans import PLANS
from trihelix.simulate.world import World, simulate_world


@pytest.fixture(scope="session")
def phenotypes(tmp_path_factory: pytest.TempPathFactory) -> Phenotypes:
    return small_phenotypes(tmp_path_factory.mktemp("phenotypes"))


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, phenotypes: Phenotypes) -> World:
    return simulate_world(tmp_path_factory.mktemp("world") / "reference", 5, phenotypes, SMALL)


@pytest.fixture(scope="session")
def family_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("families")


@pytest.fixture(scope="session")
def families(world: World, family_folder: Path) -> list[SimulatedFamily]:
    """One family for every plan."""
    return list(simulate_families(world, family_folder, len(PLANS), 5))
