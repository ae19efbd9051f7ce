"""`trihelix rerank`: the candidates of an interpretation in the order that other phenotype terms give."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from trihelix.cli.home import Home, Json, Quiet

if TYPE_CHECKING:
    from trihelix.model.interpretation import Interpretation
    from trihelix.model.phenotype import PhenotypeProfile


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
    from trihelix.services.rerank import rerank as rank_again
    from trihelix.services.subject import profile_of

    if (hpo is None) == (phenopacket is None):
        raise typer.BadParameter("give --hpo or --phenopacket")
    content = read_phenopacket(phenopacket) if phenopacket else None

    def profile(earlier: Interpretation) -> PhenotypeProfile:
        if hpo is not None:
            return parse_hpo_list(hpo)
        found = profile_of(content, earlier.proband)
        assert found is not None, "a phenopacket was given"
        return found

    target = out or folder
    prepare_folder(target)
    with working("ranking", quiet or as_json):
        result = rank_again(open_programme(home), folder, profile, phenopacket)
        republish(result, folder, target)
    if as_json:
        typer.echo(render_json(result))
    elif not quiet:
        print_summary(result, target)
