"""The command line starts quickly: no command is imported with its heavy libraries before it is run."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "polars",
    "pyarrow",
    "numba",
    "numpy",
    "scipy",
    "rich.progress",
    "trihelix.variants",
    "trihelix.services",
)


def test_the_command_list_needs_no_heavy_library() -> None:
    program = "import sys, trihelix.cli.app; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert not loaded.intersection(HEAVY)
