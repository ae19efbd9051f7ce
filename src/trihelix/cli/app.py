"""The `trihelix` command: its commands, and how errors end it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import typer

from trihelix._version import __version__
from trihelix.cli import reference
from trihelix.cli.demo import demo
from trihelix.cli.interpret import interpret

app = typer.Typer(
    name="trihelix",
    help="Runs a national genomic-medicine programme: families in, diagnoses out, discoveries back.",
    epilog="First steps: `trihelix demo`. Exit codes: docs/reference/exit-codes.md",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(reference.app, name="reference")
app.command()(interpret)
app.command()(demo)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"trihelix {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Trihelix runs a national genomic-medicine programme."""


def run() -> None:
    """Run a command; errors that a user can act on end with their fixed exit code, without a traceback."""
    from trihelix.model.errors import TrihelixError

    _prepare_kernel_cache()
    try:
        app()
    except TrihelixError as error:
        _tell(error.as_dict(), str(error), error.kind)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("interrupted; nothing was written", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _tell(data: dict[str, object], text: str, kind: str) -> None:
    if "--json" in sys.argv:
        typer.echo(json.dumps(data))
    typer.echo(f"{typer.style(kind, fg='red', bold=True)}: {text}", err=True)


def _prepare_kernel_cache() -> None:
    """Compiled kernels are kept in a folder that can be written, also where the package's own cannot."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "trihelix" / f"kernels-{__version__}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        import tempfile

        folder = Path(tempfile.gettempdir()) / f"trihelix-kernels-{os.getuid()}"
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
