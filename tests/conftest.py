"""Fixtures that every test may use: where real data lies, and what happens when a part is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def missing(reason: str) -> None:
    """Skip with a reason, or fail where everything is required (as in CI)."""
    if os.environ.get("TRIHELIX_REQUIRE_ALL") == "1":
        pytest.fail(f"TRIHELIX_REQUIRE_ALL is set, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data (TRIHELIX_REAL_DATA, default ../shared/data); skips where it is absent."""
    folder = Path(os.environ.get("TRIHELIX_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "cases" / "manifest.tsv").exists():
        missing(f"the real data folder is not at {folder} (set TRIHELIX_REAL_DATA)")
    return folder
