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
from trihelix.cli.why import why

if TYPE_CHECKING:
    from trihelix.model.errors import TrihelixError

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
app.command()(why)
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


class _Interruption:
    """Ctrl-C or a request to terminate, remembered: libraries may turn the KeyboardInterrupt that it raises in
    their midst into errors of their own (polars into a panic or a TypeError)."""

    code = 0  # as shells have it: 128 + the signal

    def __call__(self, number: int, _: object) -> None:
        self.code = 128 + number
        raise KeyboardInterrupt


def run() -> None:
    """Run a command; errors that a user can act on end with their fixed exit code, without a traceback."""
    _prepare_kernel_cache()
    interruption = _Interruption()
    signal.signal(signal.SIGINT, interruption)
    signal.signal(signal.SIGTERM, interruption)
    try:
        app()
    except BaseException as error:
        if interruption.code:
            typer.echo("interrupted", err=True)
            sys.exit(interruption.code)
        _end(error)
        raise


def _end(error: BaseException) -> None:
    """End with the exit code of an error that a user can act on; returns for any other."""
    from trihelix.model.errors import OutputError, TrihelixError

    if isinstance(error, TrihelixError):
        _fail(error)
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    if isinstance(error, OSError):
        _fail(
            OutputError(
                "the operating system refused to read or write a file",
                where=str(error.filename or ""),
                value=error.strerror or error,
                advice="see whether the disk is full and whether you may read and write there",
            )
        )


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

        folder = Path(
            tempfile.mkdtemp(prefix="trihelix-kernels-")
        )  # of this process alone: compiled code is trusted
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
