"""Fixtures of the journeys: one small programme per session, a bench beside it per test."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import Accepted, Bench
from small_home import SmallHome, build_small_home, trihelix


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> SmallHome:
    """A programme with all packs and a good trio."""
    folder = tmp_path_factory.mktemp("programme")
    small = build_small_home(folder)
    first = trihelix(*small.arguments(out=folder / "first"))
    assert first.code == 0, first.err
    return small


@pytest.fixture
def bench(small_home: SmallHome, tmp_path: Path) -> Bench:
    """A place to put bad files and run the command on them."""
    return Bench(small_home, tmp_path)


@pytest.fixture(scope="session")
def good(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Accepted:
    """The report of the good trio."""
    return Bench(small_home, tmp_path_factory.mktemp("good")).accepts()
