"""`trihelix interpret`: a family's files become a tiered, ranked report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trihelix.cli.home import Home, Json, Quiet

Vcf = Annotated[
    list[Path],
    typer.Option(
        "--vcf", help="VCF, gVCF or BCF of the family, or of one member or some chromosomes; repeat."
    ),
]


def interpret(
    vcf: Vcf,
    out: Annotated[
        Path, typer.Option("--out", help="Folder for report.html, candidates.tsv and interpretation.json.")
    ],
    ped: Annotated[Path | None, typer.Option("--ped", help="The pedigree.")] = None,
    phenopacket: Annotated[
        Path | None,
        typer.Option(
            "--phenopacket", help="GA4GH phenopacket; its interpretations and diseases are never read."
        ),
    ] = None,
    hpo: Annotated[
        str | None,
        typer.Option(
            "--hpo", help="The proband's HPO terms: HP:0001250,!HP:0001263 (! = looked for, not there)."
        ),
    ] = None,
    panel: Annotated[
        list[str] | None,
        typer.Option("--panel", help="Gene panel by id, name or test-directory code; repeat."),
    ] = None,
    home: Home = None,
    proband: Annotated[
        str | None, typer.Option(help="Who the family is about; default: the affected child.")
    ] = None,
    family: Annotated[
        str | None, typer.Option(help="Which family, where the pedigree file has several.")
    ] = None,
    assembly: Annotated[
        str | None, typer.Option(help="GRCh38 or GRCh37, where the files do not tell.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Leave out a kind of pack, for example significance; repeat.")
    ] = None,
    not_sequenced: Annotated[
        str | None, typer.Option(help="Pedigree members who have no sample, separated by commas.")
    ] = None,
    ignore_other_samples: Annotated[
        bool, typer.Option("--ignore-other-samples", help="Pass over samples that are not in the pedigree.")
    ] = False,
    absent_is_reference: Annotated[
        bool,
        typer.Option(
            "--absent-is-reference", help="Sites absent from a file are reference there, not missing."
        ),
    ] = False,
    without_phenotype: Annotated[
        bool,
        typer.Option(
            "--without-phenotype", help="Tier without phenotype terms; ranking is by genotype alone."
        ),
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find the variant that explains a family's disease, and say why.

    Example:
      trihelix interpret --vcf trio.vcf.gz --ped trio.ped --hpo HP:0001250,HP:0001263
          --panel "Early onset or syndromic epilepsy" --out report
    """
    from trihelix.cli.terminal import print_summary, working
    from trihelix.formats.phenopacket import parse_hpo_list
    from trihelix.reports.publish import prepare_folder, publish
    from trihelix.services.interpret import Request
    from trihelix.services.interpret import interpret as interpret_files
    from trihelix.services.programme import open_programme

    if phenopacket is not None and hpo is not None:
        raise typer.BadParameter("give --phenopacket or --hpo, not both")
    if phenopacket is None and hpo is None and not without_phenotype:
        raise typer.BadParameter("give --phenopacket, --hpo, or --without-phenotype")
    request = Request(
        vcfs=tuple(vcf),
        ped=ped,
        phenopacket=phenopacket,
        profile=parse_hpo_list(hpo) if hpo is not None else None,
        without_phenotype=without_phenotype,
        panels=tuple(panel or ()),
        proband=proband,
        family=family,
        assembly=assembly,
        without=tuple(without or ()),
        not_sequenced=tuple(i for i in (not_sequenced or "").split(",") if i),
        ignore_other_samples=ignore_other_samples,
        absent_is_reference=absent_is_reference,
    )
    prepare_folder(out)
    with working("starting", quiet or as_json) as progress:
        result = interpret_files(open_programme(home), request, progress)
        progress("writing the report")
        publish(result, out)
    if as_json:
        from trihelix.reports.json_document import render_json

        typer.echo(render_json(result))
    elif not quiet:
        print_summary(result, out)
