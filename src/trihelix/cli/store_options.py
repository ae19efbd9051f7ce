"""The options that the commands of the genome store share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

Store = Annotated[
    Path | None,
    Option(
        "--store", envvar="TRIHELIX_STORE", show_default="./genomes", help="The genome store's folder.",
        metavar="DIR",
    ),
]  # fmt: skip
Cohort = Annotated[
    Path | None,
    Option(
        "--cohort",
        help="Only these samples: a file with one id on each line, or a PLINK keep file.",
        metavar="FILE",
    ),
]
Region = Annotated[
    list[str] | None,
    Option("--region", help="Only here: chr20, or chr20:1,000,000-1,030,000; repeat.", metavar="REGION"),
]
Gene = Annotated[
    list[str] | None,
    Option(
        "--gene",
        help="Only this gene, by symbol or Ensembl id, from the genes pack of --home; repeat.",
        metavar="GENE",
    ),
]
Out = Annotated[
    Path | None,
    Option("--out", help="Write the whole table to FILE: .tsv, .tsv.gz, .parquet or .arrow.", metavar="FILE"),
]
MaxFrequency = Annotated[
    float | None,
    Option(
        "--max-af",
        help="Only alleles with at most this frequency in the cohort.",
        min=0.0,
        max=1.0,
        metavar="SHARE",
    ),
]
MaxCount = Annotated[
    int | None,
    Option("--max-ac", help="Only alleles with at most so many copies in the cohort.", min=1, metavar="N"),
]
