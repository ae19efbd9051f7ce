"""The genome store beside bcftools, plink2, DuckDB and VCF Zarr on simulated cohorts of 1,000 to 100,000 people.

Every answer is checked equal to the peer's before figures are printed. Seconds are CPU seconds (user and system): the
store's in this process after a first run, the peers' of their commands, DuckDB's in this process after a first run.
Needs bcftools and plink2 on PATH and the extra `bench`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from _cohort import PER_GENOME_BASES, Cohort, write_bcf
from _machine import machine
from _plot import write_plot
from _store_rows import Row, Setting, cost_rows, measure, quality_rows, real_rows

# Name, people, most variants, bases simulated. Files are made if the folder of cohorts does not have them.
FULL = (
    ("c1k", 1_000, 100_000, PER_GENOME_BASES[1_000]),
    ("c10k", 10_000, 100_000, PER_GENOME_BASES[10_000]),
    ("c100k", 100_000, 26_000, PER_GENOME_BASES[100_000]),
)
QUICK = (("c1k_quick", 1_000, 5_000, 500_000), ("c10k_quick", 10_000, 5_000, 100_000))
FULL_QUALITY = ("q100k", 100_000, 5_000, PER_GENOME_BASES[100_000])
QUICK_QUALITY = ("q1k_quick", 1_000, 2_000, 200_000)
REAL = Path(os.environ.get("TRIHELIX_REAL_DATA", Path(__file__).parents[2] / "shared" / "data")) / "cohorts"
REAL_COHORTS = ("1000g_chr22.grch37.vcf.gz", "chr20_1-4Mb_300.grch37.vcf.gz")


def cohort_file(
    folder: Path, name: str, people: int, variants: int, bases: int, with_quality: bool = False
) -> Path:
    """A simulated cohort, made if it is not there."""
    path = folder / f"{name}.bcf"
    if not path.exists():
        print(f"simulating {people:,} people", file=sys.stderr)
        folder.mkdir(parents=True, exist_ok=True)
        write_bcf(Cohort(people, variants, with_quality=with_quality), path, bases)
    return path


def all_rows(options: argparse.Namespace, cohorts: Path, work: Path) -> list[Row]:
    """The rows of every cohort, printed as they come."""
    rows: list[Row] = []
    points = {}

    def add(some: list[Row]) -> None:
        rows.extend(some)
        for row in some:
            print(told(row), flush=True)

    for name, people, variants, bases in QUICK if options.quick else FULL:
        path = cohort_file(cohorts, name, people, variants, bases)
        setting = Setting(path, people, bases, work / name, options.with_zarr)
        found, points[setting.size] = measure(setting)
        add(found)
    add(cost_rows(points))
    if options.plot:
        write_plot(points, options.plot)
    name, people, variants, bases = QUICK_QUALITY if options.quick else FULL_QUALITY
    path = cohort_file(cohorts, name, people, variants, bases, with_quality=True)
    add(quality_rows(path, people, work / name))
    for path in (REAL / name for name in REAL_COHORTS):
        if path.exists():
            add(real_rows(path, work / path.name))
        else:
            print(f"{path} is not there; set TRIHELIX_REAL_DATA")
    return rows


def told(row: Row) -> str:
    """A row as a line of the table."""
    line = f"{row.size:<16}{row.what:<78}{row.ours!s:>10}"
    if row.peer is not None:
        line += f"{row.peer!s:>10}  {row.peer_name:<40}{row.ratio!s:>9}"
    if row.target is not None:
        line += f"  target {row.target:g} {'met' if row.met else 'NOT MET'}"
    return line


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small cohorts; ends within 45 s")
    parser.add_argument("--json", action="store_true", help="print only the JSON line")
    parser.add_argument(
        "--cohorts", type=Path, help="folder where simulated cohorts are kept (default: made anew)"
    )
    parser.add_argument(
        "--with-zarr", action="store_true", help="VCF Zarr too: minutes more at 100,000 people"
    )
    parser.add_argument("--plot", type=Path, help="draw cost over list entries as SVG into this file")
    options = parser.parse_args()
    if options.json:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    rows: list[Row] = []
    if lacking := [tool for tool in ("bcftools", "plink2") if shutil.which(tool) is None]:
        print(f"nothing is measured: {' and '.join(lacking)} not on PATH (Debian has them)", file=sys.stderr)
    else:
        with tempfile.TemporaryDirectory() as folder:
            rows = all_rows(options, options.cohorts or Path(folder) / "cohorts", Path(folder))
    sys.stdout = sys.__stdout__
    print(json.dumps({"name": "store", "machine": machine(), "rows": [row.as_dict() for row in rows]}))


if __name__ == "__main__":
    main()
