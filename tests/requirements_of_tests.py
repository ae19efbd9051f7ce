"""What happens when a part that a test needs is not there."""

from __future__ import annotations

import os

import pytest


def missing(reason: str) -> None:
    """Skip with a reason, or fail where everything is required (as in CI)."""
    if os.environ.get("TRIHELIX_REQUIRE_ALL") == "1":
        pytest.fail(f"TRIHELIX_REQUIRE_ALL is set, but {reason}")
    pytest.skip(reason)
