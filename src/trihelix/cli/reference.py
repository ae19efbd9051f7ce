"""`trihelix reference`: the packs that interpretations stand on."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trihelix.cli.home import Home, Json, Quiet

if TYPE_CHECKING:
    from trihelix.reference.pack import Pack

app = typer.Typer(
    help="Add, list and show reference packs: genomes, genes, panels, phenotypes and more.",
    no_args_is_help=True,
)
KINDS = "genome, genes, panels, phenotypes, significance, frequencies, constraint, mechanism, scores"


@app.command()
def add(
    kind: Annotated[str, typer.Argument(help=f"One of: {KINDS}.")],
    files: Annotated[list[Path] | None, typer.Argument(help="Source files. Phenotypes need none.")] = None,
    home: Home = None,
    name: Annotated[str | None, typer.Option(help="What to call the pack; default: the file's name.")] = None,
    version: Annotated[
        str | None, typer.Option(help="The source's version, where the file does not tell it.")
    ] = None,
    licence: Annotated[str | None, typer.Option(help="The source's licence.")] = None,
    source: Annotated[str | None, typer.Option(help="Where the file comes from.")] = None,
    assembly: Annotated[
        str | None, typer.Option(help="GRCh38, GRCh37 or your own; checked against the file.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="Scores and constraint: NAME=COLUMN, for example revel=REVEL_score. Repeat."),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Convert source files into an immutable pack.

    Examples:
      trihelix reference add genome GRCh38.fa.gz
      trihelix reference add significance clinvar.vcf.gz --version 2024-12-15
      trihelix reference add phenotypes
    """
    from trihelix.cli.terminal import working
    from trihelix.reference.library import Details
    from trihelix.services.programme import open_programme
    from trihelix.services.references import add_reference

    details = Details(name, version, licence, source, assembly, _columns(column or []))
    with working(f"making a {kind} pack", quiet or as_json):
        pack, is_new = add_reference(open_programme(home), kind, files or [], details)
    if as_json:
        typer.echo(json.dumps({"id": pack.id, "new": is_new, **asdict(pack.manifest)}, indent=2))
    elif not quiet:
        _print_added(pack, is_new)


@app.command("list")
def list_packs(home: Home = None, as_json: Json = False) -> None:
    """List the packs of the programme, the latest of each kind last."""
    from trihelix.services.programme import open_programme
    from trihelix.services.references import list_references

    packs = list_references(open_programme(home))
    if as_json:
        typer.echo(json.dumps([{"id": p.id, **asdict(p.manifest)} for p in packs], indent=2))
        return
    if not packs:
        typer.echo("No reference packs yet. Begin with: trihelix reference add genome FASTA")
        return
    from trihelix.cli.terminal import print_table

    rows = [
        (m.kind, m.name, m.version, m.assembly or "-", f"{next(iter(m.counts.values()), 0):,}", m.sha256[:12])
        for m in (p.manifest for p in packs)
    ]
    print_table("Reference packs", ("kind", "name", "version", "assembly", "entries", "address"), rows)


@app.command()
def show(
    pack: Annotated[str, typer.Argument(help="A pack's id, name, or the beginning of its address.")],
    home: Home = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every file again and compare checksums.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a pack's manifest: source, version, licence, assembly, counts, checksums."""
    from trihelix.services.programme import open_programme
    from trihelix.services.references import show_reference

    found = show_reference(open_programme(home), pack, verify)
    if as_json:
        typer.echo(json.dumps({"id": found.id, **asdict(found.manifest)}, indent=2))
        return
    _print_pack(found)
    if verify:
        typer.echo("Every file matches its checksum.")


@app.command()
def diff(
    old: Annotated[
        str,
        typer.Argument(help="The older pack: its id, name, NAME@VERSION, or the beginning of its address."),
    ],
    new: Annotated[str, typer.Argument(help="The newer pack, of the same kind and assembly.")],
    home: Home = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Only this kind of difference, for example gene-promoted. Repeat."),
    ] = None,
    factor: Annotated[
        float,
        typer.Option(
            min=1.0, help="Frequencies that cross no line are listed if they change by more than this."
        ),
    ] = 10.0,
    limit: Annotated[
        int | None, typer.Option(min=0, help="How many differences to print; default 20, with --json all.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write every listed difference to this file, one JSON object a line.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show what differs between two versions of a pack.

    Examples:
      trihelix reference diff clinvar@2026-05-01 clinvar@2026-06-01
      trihelix reference diff 3fa81c 77b0e2 --only gene-promoted --out promoted.jsonl
    """
    from trihelix.cli.reference_diff import SHOWN, difference_kinds, print_differences, print_json
    from trihelix.cli.terminal import working
    from trihelix.services.programme import open_programme
    from trihelix.services.reference_difference import compare_references

    kinds = difference_kinds(only or [])
    keep = limit if as_json else 0 if quiet else SHOWN if limit is None else limit
    with working("comparing packs", quiet or as_json):
        found = compare_references(open_programme(home), old, new, kinds, factor, out, keep)
    if as_json:
        print_json(found)
    elif not quiet:
        print_differences(found)


def _columns(pairs: list[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for pair in pairs:
        name, equals, column = pair.partition("=")
        if not (name and equals and column):
            raise typer.BadParameter(f"'{pair}' is not NAME=COLUMN, for example revel=REVEL_score")
        if name in columns:
            raise typer.BadParameter(f"'{name}' is mapped twice: {columns[name]} and {column}")
        columns[name] = column
    return columns


def _print_added(pack: Pack, is_new: bool) -> None:
    m = pack.manifest
    counts = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in m.counts.items())
    typer.echo(
        f"{'Added' if is_new else 'Already there:'} {pack.id}  {m.assembly or ''} {m.version}  ({counts})"
    )
    for note in m.notes:
        typer.echo(f"  note: {note}")


def _print_pack(pack: Pack) -> None:
    m = pack.manifest
    facts = {
        "id": pack.id, "name": m.name, "version": m.version, "assembly": m.assembly or "-",
        "source": m.source or "not told", "licence": m.licence or "not told", "added": m.added,
        **{what.replace("_", " "): f"{count:,}" for what, count in m.counts.items()},
        "contigs": f"{len(m.contigs)}",
    }  # fmt: skip
    for what, value in facts.items():
        typer.echo(f"{what:>20}  {value}")
    for record in m.sources:
        typer.echo(f"{'made from':>20}  {record.name}  {record.size:,} bytes  sha256 {record.sha256}")
    for note in m.notes:
        typer.echo(f"{'note':>20}  {note}")
