"""Commands run as children, with the CPU seconds and the peak memory that each of them took."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import TypeVar

T = TypeVar("T")

# A child inherits the peak memory of the process that starts it, so a small process starts it and tells what it took.
_LAUNCHER = (
    "import json, os, sys\n"
    "pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)\n"
    "_, status, took = os.wait4(pid, 0)\n"
    "told = [took.ru_utime + took.ru_stime, took.ru_maxrss, os.waitstatus_to_exitcode(status)]\n"
    "open(sys.argv[1], 'w').write(json.dumps(told))\n"
)


@dataclass(frozen=True)
class Spent:
    """CPU seconds (user and system, all threads) and the greatest resident memory in megabytes."""

    seconds: float
    peak_mb: float


def run(*commands: Sequence[str | Path], out: Path | None = None) -> list[Spent]:
    """Runs a pipeline and returns what each command took; its output goes to a file, else nowhere.

    Raises CalledProcessError with the end of the standard error where a command fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        told = [Path(folder) / str(i) for i in range(len(commands))]
        errors = Path(folder) / "errors"
        with (out or Path("/dev/null")).open("wb") as last, errors.open("wb") as complaints:
            running: list[subprocess.Popen[bytes]] = []
            for number, command in enumerate(commands):
                launched = [
                    sys.executable,
                    "-I",
                    "-S",
                    "-c",
                    _LAUNCHER,
                    str(told[number]),
                    *map(str, command),
                ]
                source = running[-1].stdout if running else subprocess.DEVNULL
                sink = last if number + 1 == len(commands) else subprocess.PIPE
                running.append(subprocess.Popen(launched, stdin=source, stdout=sink, stderr=complaints))
                if running[:-1] and running[-2].stdout:
                    running[-2].stdout.close()
            for process in running:
                process.wait()
        return [_spent(path, command, errors) for path, command in zip(told, commands, strict=True)]


def _spent(told: Path, command: Sequence[str | Path], errors: Path) -> Spent:
    seconds, peak_kb, status = json.loads(told.read_text()) if told.exists() else (0.0, 0, 127)
    if status:
        raise subprocess.CalledProcessError(
            status, list(map(str, command)), stderr=errors.read_text(errors="replace")[-2000:]
        )
    return Spent(seconds, peak_kb / 1000)


def seconds(*commands: Sequence[str | Path], out: Path | None = None, repeats: int = 3) -> float:
    """CPU seconds of a pipeline: the least of some runs, of one only where that takes over two seconds."""
    least = sum(s.seconds for s in run(*commands, out=out))
    for _ in range(repeats - 1 if least < 2 else 0):
        least = min(least, sum(s.seconds for s in run(*commands, out=out)))
    return least


def warm(work: Callable[[], T], repeats: int = 5) -> tuple[float, T]:
    """CPU seconds of all threads for some work in this process, the least of some runs after a first; its result."""
    result = work()
    least = float("inf")
    for _ in range(repeats):
        start = process_time()
        result = work()
        least = min(least, process_time() - start)
        if least > 2:
            break
    return least, result
