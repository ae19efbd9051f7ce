"""Fixtures that every test may use: where real data lies, and what happens when a part is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from requirements_of_tests import missing

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data (TRIHELIX_REAL_DATA, default ../shared/data); skips where it is absent."""
    folder = Path(os.environ.get("TRIHELIX_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "cases" / "manifest.tsv").exists():
        missing(f"the real data folder is not at {folder} (set TRIHELIX_REAL_DATA)")
    return folder
