"""A file that is staged in two attempts gives the parts of one, and the second reads on where the first stopped."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pysam
import pytest

from trihelix.model.errors import FileUnreadableError
from trihelix.variants.store.genotypes import AS_WRITTEN, N_REGIONS
from trihelix.variants.store.intake.staged import Staged, Staging, check_unchanged, look_at, stage

PEOPLE = 2


class StopError(Exception):
    """Raised in the middle of reading."""


def write_file(path: Path) -> Path:
    """110,000 records of two people on two contigs: several pieces and several parts."""
    dice = random.Random(3)
    names = [f"p{i}" for i in range(PEOPLE)]
    head = (
        "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n##contig=<ID=chr2,length=242193529>\n"
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t'
        + "\t".join(names)
    )
    calls = ["0/0"] * 20 + ["0/1", "1/1", "./."]
    lines = [head]
    for contig in ("chr1", "chr2"):
        pos = 1000
        for _ in range(55_000):
            pos += dice.choice([0, 1, 5, 900])
            genotypes = "\t".join(dice.choices(calls, k=PEOPLE))
            lines.append(
                f"{contig}\t{pos}\t.\t{dice.choice(['A', 'AT', 'ATT'])}\t{dice.choice('GC')}\t.\tPASS\t.\tGT\t{genotypes}"
            )
    text = path.with_suffix(".vcf")
    text.write_text("\n".join(lines) + "\n")
    pysam.bcftools.view("-Ob", "-o", str(path), "--no-version", str(text), catch_stdout=False)
    return path


HOW = Staging(
    genome=None,
    assembly="GRCh38",
    kin=lambda _: None,
    expected=lambda ids: np.full((N_REGIONS, len(ids)), AS_WRITTEN, np.uint8),
    rare_at_most=lambda n: n,
    rows_per_part=8000,
)


def content(staged: Staged) -> dict[str, bytes]:
    return {part.path: (staged.folder / part.path).read_bytes() for part in staged.journal.parts}


def test_a_second_attempt_reads_on_and_gives_the_same_parts(tmp_path: Path) -> None:
    source = look_at(write_file(tmp_path / "all.bcf"))
    whole = stage(source, tmp_path / "whole", HOW, lambda *_: None)
    assert len(whole.journal.parts) > 3
    seen: list[float] = []

    def stop(share: float, _: int) -> None:
        seen.append(share)
        if share > 0.75:
            raise StopError

    with pytest.raises(StopError):
        stage(source, tmp_path / "twice", HOW, stop)
    again: list[float] = []
    twice = stage(source, tmp_path / "twice", HOW, lambda share, _: again.append(share))
    assert again[0] > seen[0], "the second attempt began anew"
    assert content(twice) == content(whole)
    assert [p.as_dict() for p in twice.journal.parts] == [p.as_dict() for p in whole.journal.parts]
    assert twice.journal.counts == whole.journal.counts


def test_a_finished_file_is_not_read_again(tmp_path: Path) -> None:
    source = look_at(write_file(tmp_path / "all.bcf"))
    first = stage(source, tmp_path / "staged", HOW, lambda *_: None)

    def never(*_: object) -> None:
        raise AssertionError

    assert content(stage(source, tmp_path / "staged", HOW, never)) == content(first)


def test_a_file_that_changes_is_refused(tmp_path: Path) -> None:
    path = write_file(tmp_path / "all.bcf")
    source = look_at(path)
    with path.open("ab") as handle:
        handle.write(b"more")
    with pytest.raises(FileUnreadableError, match="changed while it was read"):
        check_unchanged(source)
