"""The `trihelix` command: its commands, and how errors end it."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from trihelix._version import __version__
from trihelix.cli import reference
from trihelix.cli.demo import demo
from trihelix.cli.interpret import interpret

if TYPE_CHECKING:
    from trihelix.model.errors import TrihelixError

INTERRUPTED, TERMINATED = 130, 143  # 128 + the signal, as shells have it

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
    from trihelix.model.errors import OutputError, TrihelixError

    _prepare_kernel_cache()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        app()
    except TrihelixError as error:
        _fail(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _fail(
            OutputError(
                "the operating system refused to read or write a file",
                where=str(error.filename or ""),
                value=error.strerror or error,
                advice="see whether the disk is full and whether you may read and write there",
            )
        )
    except SystemExit as end:
        if end.code in (INTERRUPTED, TERMINATED):
            typer.echo("interrupted", err=True)
        raise


def _terminate(*_: object) -> None:
    """Ends the program as an interruption does, so that what was begun is tidied up."""
    sys.exit(TERMINATED)


def _fail(error: TrihelixError) -> NoReturn:
    if "--json" in sys.argv:
        typer.echo(json.dumps(error.as_dict()))
    typer.echo(f"{typer.style(error.kind, fg='red', bold=True)}: {error}", err=True)
    sys.exit(error.exit_code)


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
