"""`trihelix rerank`: the candidates of an interpretation in the order that other phenotype terms give."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer import Option

from trihelix.cli.home import Home, Json, Quiet


def rerank(
    folder: Annotated[Path, typer.Argument(help="The --out folder of `trihelix interpret`.")],
    hpo: Annotated[
        str | None,
        Option(help="The proband's HPO terms now: HP:0001250,!HP:0001263 (! = looked for, not there)."),
    ] = None,
    phenopacket: Annotated[Path | None, Option(help="GA4GH phenopacket with the terms.")] = None,
    out: Annotated[Path | None, Option(help="Folder to write to; default: the same.")] = None,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Rank a family's candidates again after a change of its HPO terms.

    Example:
      trihelix rerank report --hpo HP:0001250,HP:0001263,HP:0002376
    """
    from trihelix.cli.terminal import print_summary, working
    from trihelix.formats.phenopacket import parse_hpo_list, read_phenopacket
    from trihelix.reports.json_document import render_json
    from trihelix.reports.publish import prepare_folder, republish
    from trihelix.services.programme import open_programme
    from trihelix.services.rerank import load_interpretation
    from trihelix.services.rerank import rerank as rank_again
    from trihelix.services.subject import profile_of

    if (hpo is None) == (phenopacket is None):
        raise typer.BadParameter("give --hpo or --phenopacket")
    target = out or folder
    prepare_folder(target)
    with working("ranking", quiet or as_json):
        earlier = load_interpretation(folder)
        profile = parse_hpo_list(hpo) if hpo is not None else None
        if phenopacket is not None:
            profile = profile_of(read_phenopacket(phenopacket), earlier.proband)
        assert profile is not None, "one of the two was given"
        result = rank_again(open_programme(home), earlier, profile)
        republish(result, folder, target)
    if as_json:
        typer.echo(render_json(result))
    elif not quiet:
        print_summary(result, target)
