"""Tables written to files as their name says: TSV (also compressed), Parquet or Arrow; whole or not at all."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EISDIR
from pathlib import Path
from tempfile import mkstemp

import polars as pl

from trihelix.model.errors import OutputError


def _write_tsv(table: pl.DataFrame, path: Path) -> None:
    table.write_csv(path, separator="\t")


def _write_packed_tsv(table: pl.DataFrame, path: Path) -> None:
    # Without the name and time that gzip would keep, the same table is the same file.
    with path.open("wb") as plain, gzip.GzipFile("", "wb", 6, plain, mtime=0) as out:
        table.write_csv(out, separator="\t")  # type: ignore[call-overload]


def _write_parquet(table: pl.DataFrame, path: Path) -> None:
    table.write_parquet(path)


def _write_arrow(table: pl.DataFrame, path: Path) -> None:
    table.write_ipc(path, compression="zstd")


WRITERS: dict[str, Callable[[pl.DataFrame, Path], None]] = {
    ".tsv.gz": _write_packed_tsv,
    ".tsv": _write_tsv,
    ".parquet": _write_parquet,
    ".arrow": _write_arrow,
}


def check_table_path(out: Path) -> None:
    """Refuse, before any work is done, a file whose name says no kind of table or that cannot be written.

    Raises OutputError.
    """
    _writer(out)
    with _staged(out):
        pass


def write_table(table: pl.DataFrame, out: Path) -> None:
    """Write a table; the file appears when all is written. A cell without a value is empty in a TSV.

    Raises OutputError.
    """
    write = _writer(out)
    with _staged(out) as staged:
        write(table, staged)
        _flush(staged)
        staged.replace(out)


def _writer(out: Path) -> Callable[[pl.DataFrame, Path], None]:
    for ending, write in WRITERS.items():
        if out.name.lower().endswith(ending):
            return write
    raise OutputError(
        "the name of the output does not say what kind of table it is",
        where="--out",
        value=out.name,
        advice=f"end it in one of {', '.join(sorted(WRITERS))}",
    )


@contextmanager
def _staged(out: Path) -> Iterator[Path]:
    """A temporary file beside `out`, gone afterwards if it was not moved; what the system refuses is an OutputError."""
    staged = None
    try:
        if out.is_dir():
            raise IsADirectoryError(EISDIR, "a folder has this name")
        out.parent.mkdir(parents=True, exist_ok=True)
        number, name = mkstemp(dir=out.parent, prefix=".writing-")
        staged = Path(name)
        os.fchmod(number, 0o666 & ~_umask())
        os.close(number)
        yield staged
    except (OSError, pl.exceptions.ComputeError) as error:
        raise OutputError(
            "the table cannot be written",
            where=str(out),
            value=getattr(error, "strerror", None) or error,
            advice="see whether the disk is full, or choose another --out",
        ) from error
    finally:
        if staged is not None:
            with suppress(OSError):
                staged.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
