"""What the figures were measured on, and how a benchmark is run; named so that `make bench` does not run it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path


def machine() -> str:
    """What the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )
    return f"{model}, {sum(line.startswith('processor') for line in lines)} cores"


def run_on_solved_cases(
    about: str | None, cases: Path, quick: int, measure: Callable[[int | None], list[dict[str, object]]]
) -> None:
    """The command line of a benchmark of rankings: tables, then one line of JSON; no rows without the real data."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="an even sample of the cases")
    parser.add_argument("--json", action="store_true", help="only the last line")
    options = parser.parse_args()
    if options.json:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    rows: list[dict[str, object]] = []
    if cases.exists():
        rows = measure(quick if options.quick else None)
    else:
        print(f"the real data is not at {cases.parent.parent}; set TRIHELIX_REAL_DATA")
    sys.stdout = sys.__stdout__
    print(json.dumps({"name": "ranking", "machine": machine(), "rows": rows}))
