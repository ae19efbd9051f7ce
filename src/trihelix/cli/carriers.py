"""`trihelix carriers`: who carries what, or everything that one sample carries."""

from __future__ import annotations

from typing import Annotated

import typer
from typer import Option

from trihelix.cli.home import Home, Json, Quiet
from trihelix.cli.store_options import Cohort, Gene, MaxCount, MaxFrequency, Out, Region, Store

Sample = Annotated[
    str | None, Option("--sample", help="Everything that this sample carries, common or rare.", metavar="ID")
]


def carriers(
    store: Store = None,
    cohort: Cohort = None,
    region: Region = None,
    gene: Gene = None,
    max_af: MaxFrequency = None,
    max_ac: MaxCount = None,
    sample: Sample = None,
    out: Out = None,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List who carries which alleles, with depths, quality and phase as the file had them.

    Examples:
      trihelix carriers --gene ARID1B --max-af 0.001
      trihelix carriers --cohort ids.txt --region chr20:1,000,000-1,030,000 --max-ac 3 --out rare.parquet
      trihelix carriers --sample HG00268 --region chr22
    """
    if sample is not None and (cohort or max_af is not None or max_ac is not None):
        raise typer.BadParameter("--cohort, --max-af and --max-ac do not go with --sample")
    from trihelix.cli.store_terminal import check_out, progress, show
    from trihelix.services.genome_store import open_standalone
    from trihelix.services.store_questions import Places

    check_out(out)
    places = Places(tuple(region or ()), tuple(gene or ()), home=home)
    with progress(quiet) as say:
        opened = open_standalone(store)
        if sample is not None:
            from trihelix.services.sample_answers import find_carried

            answer = find_carried(opened, sample, places, say)
        else:
            from trihelix.services.store_answers import find_carriers
            from trihelix.variants.store.answers.rare_rows import Rarity

            answer = find_carriers(opened, cohort, places, Rarity(max_af, max_ac), say)
    show(answer, "carried alleles", out, as_json, quiet)
