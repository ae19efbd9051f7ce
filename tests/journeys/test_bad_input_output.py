"""Results are written as a whole or not at all: folders that cannot be written, full disks, interruptions.

These run the program as a process of its own, as it is run by people and by pipelines.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from bench import EARLIER, RESULTS, Bench, answer_of
from bench import Accepted as AcceptedReport
from small_home import family_vcf, snapshot, trihelix

from trihelix.model.errors import CorruptFileError, MalformedRecordError, OutputError, TrihelixError

FEW_BYTES = 20_000  # less than a report, more than the packs' tables that consequences are told with


def start(bench: Bench, *words: object, before: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    """The program started on its own, its temporary files in a folder of the test."""
    temporary = bench.folder / "process temporary"
    temporary.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "trihelix", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
        preexec_fn=before,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """(exit code, standard output, standard error)."""
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def left_behind(bench: Bench) -> list[str]:
    """Temporary files of the process."""
    return [str(p) for p in (bench.folder / "process temporary").rglob("*")]


def earlier_results(bench: Bench) -> Path:
    """An output folder with results and a file that is not ours."""
    out = bench.folder / "earlier"
    out.mkdir()
    for name, content in EARLIER.items():
        (out / name).write_bytes(content)
    return out


# The real process


def test_the_good_trio_as_a_process(bench: Bench, good: AcceptedReport) -> None:
    out = earlier_results(bench)
    code, text, err = finish(start(bench, *bench.small.arguments(out=out, json=True)))
    assert (code, err) == (0, "")
    assert answer_of(json.loads(text)) == good.answer
    assert {p.name for p in out.iterdir()} == RESULTS | {"notes of the clinic.txt"}
    assert (out / "notes of the clinic.txt").read_bytes() == EARLIER["notes of the clinic.txt"]
    assert (out / "report.html").read_bytes() != EARLIER["report.html"]
    assert left_behind(bench) == []


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("cut.vcf.gz", None, CorruptFileError),
        (
            "unsorted.vcf",
            "\n".join((*family_vcf().split("\n")[:30], *family_vcf().split("\n")[20:])),
            MalformedRecordError,
        ),
    ],
)
def test_an_error_as_a_process(
    bench: Bench, name: str, content: str | None, error: type[TrihelixError]
) -> None:
    path = bench.file(name, bench.small.vcf.read_bytes()[:-40] if content is None else content)
    out = earlier_results(bench)
    code, text, err = finish(start(bench, *bench.small.arguments(out=out, vcf=path, json=True)))
    assert code == error.exit_code
    assert json.loads(text)["error"] == error.__name__
    assert err.startswith(f"{error.__name__}: ")
    assert "Traceback" not in err
    assert snapshot(out) == EARLIER
    assert left_behind(bench) == []


def test_an_addition_as_a_process(bench: Bench) -> None:
    home = bench.folder / "library"
    bad = bench.file("bad.gff3", "##gff-version 3\nchr1\tx\tgene\t9\t1\t.\t+\t.\tID=a\n")
    code, text, err = finish(start(bench, "reference", "add", "genes", bad, "--home", home, "--json"))
    assert code == json.loads(text)["exit_code"] == 13
    assert "line 2" in err
    assert [p for p in home.rglob("*") if p.is_file() or p.name.startswith(".")] == []


def test_wrong_usage_as_a_process(bench: Bench) -> None:
    code, _, err = finish(start(bench, "interpret", "--out", bench.folder / "out"))
    assert code == 2
    assert "--vcf" in err
    assert "Traceback" not in err
    assert not (bench.folder / "out").exists()


# Output folders


def test_an_output_that_is_a_file(bench: Bench) -> None:
    path = bench.file("report", "mine")
    for out in (path, path / "deeper"):
        outcome = trihelix(*bench.small.arguments(out=out))
        assert outcome.code == OutputError.exit_code
        assert "must be a folder" in outcome.err
    assert path.read_text() == "mine"


def test_an_output_that_cannot_be_written(bench: Bench) -> None:
    """It is known before any work is done: the variant file is not looked at."""
    absent = bench.folder / "absent.vcf"
    for out in ("/proc/trihelix/out", bench.folder / ("x" * 300)):
        outcome = trihelix(*bench.small.arguments(out=out, vcf=absent, json=True))
        assert outcome.code == OutputError.exit_code, outcome.err
        assert outcome.json["advice"]


def test_a_folder_in_the_place_of_a_result(bench: Bench) -> None:
    out = bench.folder / "out"
    (out / "report.html").mkdir(parents=True)
    before = snapshot(out)
    outcome = trihelix(*bench.small.arguments(out=out))
    assert outcome.code == OutputError.exit_code
    assert "report.html" in outcome.err
    assert snapshot(out) == before


def test_a_link_that_leads_nowhere(bench: Bench) -> None:
    out = bench.folder / "link"
    out.symlink_to(bench.folder / "nowhere")
    assert trihelix(*bench.small.arguments(out=out)).code == OutputError.exit_code
    assert not (bench.folder / "nowhere").exists()


def no_large_files() -> None:
    """A disk that takes no more: writing beyond the limit fails as on a full disk, whoever writes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FEW_BYTES, FEW_BYTES))


@pytest.mark.parametrize("before", ["nothing", "results"])
def test_a_disk_that_is_full(bench: Bench, before: str) -> None:
    """The smaller files would fit, the report does not: none is written."""
    out = earlier_results(bench) if before == "results" else bench.folder / "deep" / "out"
    code, _, err = finish(start(bench, *bench.small.arguments(out=out), before=no_large_files))
    assert code == OutputError.exit_code, err
    assert "disk is full" in err
    assert "Traceback" not in err
    if before == "results":
        assert snapshot(out) == EARLIER
    else:
        assert not out.parent.exists()
    assert left_behind(bench) == []


def test_a_disk_that_is_full_while_a_pack_is_made(bench: Bench) -> None:
    home = bench.folder / "library"
    source = bench.small.sources / "frequencies.vcf"
    words = (
        "reference",
        "add",
        "genome",
        bench.small.sources / "genome.fa",
        "--home",
        home,
        "--assembly",
        "Small1",
    )
    assert source.exists()

    def tiny() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    code, _, err = finish(start(bench, *words, before=tiny))
    assert code == OutputError.exit_code, err
    assert "Traceback" not in err
    assert [p for p in home.rglob("*") if p.is_file() or p.name.startswith(".")] == []


# Interruptions


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_while_reading(bench: Bench, number: signal.Signals, code: int) -> None:
    """The variant file is a pipe, so the program is surely in the middle of reading when the signal comes."""
    pipe = bench.folder / "family.vcf"
    os.mkfifo(pipe)
    out = earlier_results(bench)
    process = start(bench, *bench.small.arguments(out=out, vcf=pipe))
    with pipe.open("wb"):  # returns once the program reads
        process.send_signal(number)
        ended, text, err = finish(process)
    assert (ended, text) == (code, "")
    assert "interrupted" in err
    assert "Traceback" not in err
    assert snapshot(out) == EARLIER
    assert left_behind(bench) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_while_a_pack_is_made(bench: Bench, number: signal.Signals) -> None:
    """The source is a pipe that has given half of the genome."""
    pipe, home = bench.folder / "genome.fa", bench.folder / "library"
    os.mkfifo(pipe)
    process = start(bench, "reference", "add", "genome", pipe, "--home", home, "--assembly", "Small1")
    stop = threading.Event()
    feeder = threading.Thread(target=_feed, args=(pipe, stop), daemon=True)
    feeder.start()
    _wait_for(lambda: home.exists() and any(home.rglob(".adding-*/sequence.bin")))
    process.send_signal(number)
    code, _, err = finish(process)
    stop.set()
    assert code in (130, 143)
    assert "Traceback" not in err
    assert list((home / "reference").iterdir()) == []


def _feed(pipe: Path, stop: threading.Event) -> None:
    """Give whoever opens the pipe a little text, again and again, without ever ending it."""
    while not stop.is_set():
        try:
            with pipe.open("wb", buffering=0) as out:
                while not stop.wait(0.01):
                    out.write(b">chr1\nACGT\n" if not stop.is_set() else b"")
        except BrokenPipeError:
            continue


def _wait_for_writing_to_end(out: Path) -> None:
    """The thread that writes may outlive the interruption by a moment."""
    _wait_for(lambda: not any(out.glob(".writing-*")))


def _wait_for(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(3000):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("the program did not come as far as expected")


def test_an_interruption_at_any_moment_leaves_old_results_or_new_ones(bench: Bench) -> None:
    """Interrupted as by Ctrl-C after more and more of its usual time: never a mixture."""
    old_or_new = set()
    for share in range(1, 10):
        out = bench.folder / f"out at {share}"
        out.mkdir()
        for name, content in EARLIER.items():
            (out / name).write_bytes(content)
        code = _interrupted_after(0.02 * share, bench, out)
        _wait_for_writing_to_end(out)
        names = {p.name for p in out.iterdir()}
        assert names in (set(EARLIER), set(EARLIER) | RESULTS), (share, names)
        old = [(out / name).read_bytes() == EARLIER[name] for name in sorted(RESULTS & set(EARLIER))]
        old.append(names == set(EARLIER))
        assert len(set(old)) == 1, (share, old)
        old_or_new.add((code, old[0]))
    assert old_or_new <= {(130, True), (0, False), (130, False)}
    assert (130, True) in old_or_new


def _interrupted_after(seconds: float, bench: Bench, out: Path) -> int:
    """The exit code of an interpretation that gets SIGINT after some time."""
    before = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        return trihelix(*bench.small.arguments(out=out)).code
    except KeyboardInterrupt:
        return 130  # it came before the program had begun, or after it had ended
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
