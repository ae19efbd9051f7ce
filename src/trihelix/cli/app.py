"""The `trihelix` command: its commands, and how errors end it."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer.core import TyperGroup

from trihelix._version import __version__
from trihelix.cli import reference
from trihelix.cli.carriers import carriers
from trihelix.cli.classify import classify
from trihelix.cli.compact import compact
from trihelix.cli.counts import counts
from trihelix.cli.demo import demo
from trihelix.cli.ingest import ingest
from trihelix.cli.interpret import interpret
from trihelix.cli.rerank import rerank
from trihelix.cli.samples import samples
from trihelix.cli.why import why

if TYPE_CHECKING:
    from trihelix.model.errors import TrihelixError


class _Commands(TyperGroup):
    """The commands; wrong usage is told in the one JSON shape as well where --json asks for it."""

    def make_context(self, *words: Any, **more: Any) -> Any:
        with _wrong_usage_as_json():
            return super().make_context(*words, **more)

    def invoke(self, ctx: Any) -> Any:
        with _wrong_usage_as_json():
            return super().invoke(ctx)


@contextmanager
def _wrong_usage_as_json() -> Iterator[None]:
    """Print wrong usage as JSON and pass it on; the framework says it on standard error and ends with 2."""
    try:
        yield
    except _WRONG_USAGE as error:
        if "--json" in sys.argv:
            shape = {
                "error": "UsageError",
                "what": error.format_message(),
                "where": "command line",
                "value": None,
                "advice": f"see {_command_of(error)} --help",
                "exit_code": error.exit_code,
            }
            typer.echo(json.dumps(shape))
        raise


def _command_of(error: Any) -> str:
    return error.ctx.command_path if error.ctx else "trihelix"


_WRONG_USAGE: Any = typer.BadParameter.__base__  # UsageError; which module holds it differs between versions

app = typer.Typer(
    cls=_Commands,
    name="trihelix",
    help="Runs a national genomic-medicine programme: families in, diagnoses out, discoveries back.",
    epilog="First steps: `trihelix demo`. Exit codes: docs/reference/exit-codes.md",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(reference.app, name="reference")
app.command()(interpret)
app.command()(rerank)
app.command()(why)
app.command()(classify)
app.command()(ingest)
app.command()(samples)
app.command()(counts)
app.command()(carriers)
app.command()(compact)
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
