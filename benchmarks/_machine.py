"""What the figures were measured on; named so that `make bench` does not run it."""

from __future__ import annotations

from pathlib import Path


def machine() -> str:
    """What the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )
    return f"{model}, {sum(line.startswith('processor') for line in lines)} cores"
