"""`trihelix interpret`: a family's files become a tiered, ranked report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from trihelix.cli.home import Home, Json, Quiet

if TYPE_CHECKING:
    from trihelix.services.interpret import Request

Out = Annotated[Path, Option(help="Folder for report.html, candidates.tsv and interpretation.json.")]
Vcf = Annotated[
    list[Path], Option(help="VCF, gVCF or BCF of the family, or of one member or some chromosomes; repeat.")
]
Ped = Annotated[Path | None, Option(help="The pedigree.")]
Phenopacket = Annotated[
    Path | None, Option(help="GA4GH phenopacket; its interpretations and diseases are never read.")
]
Hpo = Annotated[
    str | None, Option(help="The proband's HPO terms: HP:0001250,!HP:0001263 (! = looked for, not there).")
]
Panel = Annotated[list[str] | None, Option(help="Gene panel by id, name or test-directory code; repeat.")]
Proband = Annotated[str | None, Option(help="Who the family is about; default: the affected child.")]
FamilyId = Annotated[str | None, Option(help="Which family, where the pedigree file has several.")]
Assembly = Annotated[str | None, Option(help="GRCh38 or GRCh37, where the files do not tell.")]
Without = Annotated[
    list[str] | None, Option(help="Leave out a kind of pack, for example significance; repeat.")
]
NotSequenced = Annotated[str | None, Option(help="Pedigree members who have no sample, separated by commas.")]
IgnoreOthers = Annotated[
    bool, Option("--ignore-other-samples", help="Pass over samples that are not in the pedigree.")
]
AbsentIsReference = Annotated[
    bool, Option("--absent-is-reference", help="Sites absent from a file are reference there, not missing.")
]
WithoutPhenotype = Annotated[
    bool, Option("--without-phenotype", help="Tier without phenotype terms; ranking is by genotype alone.")
]
IncompletePenetrance = Annotated[
    bool,
    Option(
        "--incomplete-penetrance", help="Then also let unaffected members carry the variant (a second run)."
    ),
]


def interpret(
    vcf: Vcf,
    out: Out,
    ped: Ped = None,
    phenopacket: Phenopacket = None,
    hpo: Hpo = None,
    panel: Panel = None,
    home: Home = None,
    proband: Proband = None,
    family: FamilyId = None,
    assembly: Assembly = None,
    without: Without = None,
    not_sequenced: NotSequenced = None,
    ignore_other_samples: IgnoreOthers = False,
    absent_is_reference: AbsentIsReference = False,
    without_phenotype: WithoutPhenotype = False,
    incomplete_penetrance: IncompletePenetrance = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find the variant that explains a family's disease, and say why.

    Example:
      trihelix interpret --vcf trio.vcf.gz --ped trio.ped --hpo HP:0001250,HP:0001263
          --panel "Early onset or syndromic epilepsy" --out report
    """
    from trihelix.formats.phenopacket import parse_hpo_list
    from trihelix.interpretation.rare.rules import Penetrance
    from trihelix.services.interpret import Request

    _check_terms(phenopacket, hpo, without_phenotype)
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
        not_sequenced=tuple(i.strip() for i in (not_sequenced or "").split(",") if i.strip()),
        ignore_other_samples=ignore_other_samples,
        absent_is_reference=absent_is_reference,
        penetrance=Penetrance.INCOMPLETE if incomplete_penetrance else Penetrance.COMPLETE,
    )
    _run(request, home, out, as_json, quiet)


def _check_terms(phenopacket: Path | None, hpo: str | None, without: bool) -> None:
    """Phenotype terms come from one place, or are left out on purpose."""
    if phenopacket is not None and hpo is not None:
        raise typer.BadParameter("give --phenopacket or --hpo, not both")
    if phenopacket is None and hpo is None and not without:
        raise typer.BadParameter("give --phenopacket, --hpo, or --without-phenotype")


def _run(request: Request, home: Path | None, out: Path, as_json: bool, quiet: bool) -> None:
    """Interpret, write the files, say what was found."""
    from trihelix.cli.terminal import print_summary, working
    from trihelix.reports.json_document import render_json
    from trihelix.reports.publish import prepare_folder, publish
    from trihelix.services.interpret import interpret_traced
    from trihelix.services.programme import open_programme

    prepare_folder(out)
    with working("starting", quiet or as_json) as progress:
        interpreted = interpret_traced(open_programme(home), request, progress)
        result = interpreted.interpretation
        progress("writing the report")
        publish(result, out, interpreted.trace)
    if as_json:
        typer.echo(render_json(result))
    elif not quiet:
        print_summary(result, out)
