"""`trihelix counts`: allele counts of a cohort, or the burden of rare alleles in cases and controls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer import Option

from trihelix.cli.home import Home, Json, Quiet
from trihelix.cli.store_options import Cohort, Gene, MaxCount, MaxFrequency, Out, Region, Store

Proportions = Annotated[
    bool,
    Option("--hwe", help="Add the share of missing calls and the P value of the exact Hardy-Weinberg test."),
]
Cases = Annotated[
    Path | None,
    Option(
        "--cases", help="Compare these samples with --controls: who carries a rare allele.", metavar="FILE"
    ),
]
Controls = Annotated[
    Path | None, Option("--controls", help="The samples to compare --cases with.", metavar="FILE")
]
Intervals = Annotated[
    Path | None, Option("--intervals", help="With --cases: a BED file of places to compare.", metavar="BED")
]
Least = Annotated[
    int, Option("--min-ac", help="Only alleles with at least so many copies.", min=0, metavar="N")
]


def counts(
    store: Store = None,
    cohort: Cohort = None,
    region: Region = None,
    gene: Gene = None,
    hwe: Proportions = False,
    min_ac: Least = 0,
    cases: Cases = None,
    controls: Controls = None,
    intervals: Intervals = None,
    max_af: MaxFrequency = None,
    max_ac: MaxCount = None,
    out: Out = None,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Count alleles in a cohort; with --cases and --controls, carriers of rare alleles in each place.

    Examples:
      trihelix counts --region chr20:1,000,000-1,030,000
      trihelix counts --cohort ids.txt --gene ARID1B --hwe --out counts.tsv.gz
      trihelix counts --cases ill.txt --controls well.txt --gene ARID1B --gene PAH --max-af 0.001
    """
    is_burden = cases is not None or controls is not None
    _check(
        is_burden,
        cases,
        controls,
        cohort,
        hwe or min_ac > 0,
        intervals,
        max_af is not None or max_ac is not None,
    )
    from trihelix.cli.store_terminal import check_out, progress, show
    from trihelix.services.genome_store import open_standalone
    from trihelix.services.store_answers import count_alleles, count_burden
    from trihelix.services.store_questions import Places

    check_out(out)
    places = Places(tuple(region or ()), tuple(gene or ()), intervals, home)
    with progress(quiet) as say:
        opened = open_standalone(store)
        if cases is not None and controls is not None:
            from trihelix.variants.store.answers.rare_rows import Rarity

            answer = count_burden(opened, cases, controls, places, Rarity(max_af, max_ac), say)
        else:
            answer = count_alleles(opened, cohort, places, min_ac, hwe, say)
    show(answer, "places" if is_burden else "alleles", out, as_json, quiet)


def _check(
    is_burden: bool,
    cases: Path | None,
    controls: Path | None,
    cohort: Path | None,
    of_counts: bool,
    intervals: Path | None,
    rare: bool,
) -> None:
    """Options that do not go together."""
    if is_burden and (cases is None or controls is None):
        raise typer.BadParameter("give both --cases and --controls")
    if is_burden and (cohort or of_counts):
        raise typer.BadParameter("--cohort, --hwe and --min-ac do not go with --cases and --controls")
    if not is_burden and (intervals or rare):
        raise typer.BadParameter("--intervals, --max-af and --max-ac go with --cases and --controls")
