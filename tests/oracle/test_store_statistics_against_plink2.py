"""Hardy-Weinberg tests, kinship, principal components and thinning give the answers of plink2."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from requirements_of_tests import missing
from trihelix.methods.hardy_weinberg import exact_test
from trihelix.methods.linkage import unlinked
from trihelix.methods.principal_components import principal_components
from trihelix.variants.store.answers.kinship_kernels import (
    SampleGenotypes,
    kinship_matrix,
    related_pairs,
    sample_genotypes,
    to_sample_major,
)

VARIANTS, PEOPLE = 1500, 150
CALLS = {0: "0/0", 1: "0/1", 2: "1/1", -1: "./."}


def drawn() -> NDArray[np.int8]:
    """Three groups, linked neighbours, some inbreeding, 100 parents followed by 50 of their children."""
    rng = np.random.default_rng(17)
    strands = np.empty((VARIANTS, 100, 2), bool)
    for row in range(VARIANTS):
        frequency = rng.beta(0.7, 1.5) * np.array([1.0, 0.7, 0.5])[np.arange(100) % 3][:, None]
        fresh = rng.random((100, 2)) < frequency
        strands[row] = (
            fresh if row % 12 == 0 else np.where(rng.random((100, 2)) < 0.4, fresh, strands[row - 1])
        )
    inbred = rng.random((VARIANTS, 100)) < 0.1
    strands[..., 1] = np.where(inbred, strands[..., 0], strands[..., 1])
    passed = np.where(rng.random((VARIANTS, 100)) < 0.5, strands[..., 0], strands[..., 1])
    children = passed[:, :50].astype(np.int8) + passed[:, 50:]
    dosages = np.concatenate([strands.sum(axis=2), children], axis=1).astype(np.int8)
    dosages[rng.random(dosages.shape) < 0.02] = -1
    return dosages


@pytest.fixture(scope="module")
def dosages() -> NDArray[np.int8]:
    return drawn()


@pytest.fixture(scope="module")
def imported(dosages: NDArray[np.int8], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The genotypes in plink2's own format; the prefix of its files."""
    if shutil.which("plink2") is None:
        missing("plink2 is not on PATH")
    prefix = tmp_path_factory.mktemp("plink") / "cohort"
    names = "\t".join(f"S{i:03d}" for i in range(PEOPLE))
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=1,length=10000000>"]
    lines.append(f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{names}")
    for row, calls in enumerate(dosages.tolist()):
        called = "\t".join(CALLS[g] for g in calls)
        lines.append(f"1\t{1000 + 100 * row}\tv{row}\tA\tG\t.\t.\t.\tGT\t{called}")
    vcf = prefix.with_suffix(".vcf")
    vcf.write_text("\n".join(lines) + "\n")
    plink2(prefix, "--vcf", str(vcf), "--make-pgen", alone=True)
    return prefix


def plink2(prefix: Path, *arguments: str, alone: bool = False) -> None:
    source = [] if alone else ["--pfile", str(prefix)]
    command = ["plink2", *source, *arguments, "--threads", "1", "--memory", "700", "--out", str(prefix)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def table(path: Path) -> dict[str, NDArray[np.str_]]:
    rows = np.array([line.split() for line in path.read_text().splitlines()])
    return {str(name).lstrip("#"): rows[1:, i] for i, name in enumerate(rows[0])}


def turned(dosages: NDArray[np.int8]) -> SampleGenotypes:
    planes = []
    for state in (1, 2, -1):
        bits = np.zeros((VARIANTS, -(-PEOPLE // 64) * 64), bool)
        bits[:, :PEOPLE] = dosages == state
        words = np.packbits(bits, axis=1, bitorder="little").view(np.uint64)
        planes.append(to_sample_major(words, PEOPLE))
    return sample_genotypes(planes[0], planes[1], planes[2], VARIANTS)


@pytest.mark.parametrize("mid_p", [False, True])
def test_hardy_weinberg(imported: Path, dosages: NDArray[np.int8], mid_p: bool) -> None:
    plink2(imported, "--hardy", *(["midp"] if mid_p else []))
    theirs = table(imported.with_suffix(".hardy"))["MIDP" if mid_p else "P"].astype(float)
    het, hom_ref, hom_alt = ((dosages == g).sum(axis=1) for g in (1, 0, 2))
    np.testing.assert_allclose(exact_test(het, hom_ref, hom_alt, mid_p), theirs, rtol=1e-5)
    assert theirs.min() < 1e-3


def test_kinship(imported: Path, dosages: NDArray[np.int8]) -> None:
    plink2(imported, "--make-king-table", "counts")
    theirs = table(imported.with_suffix(".kin0"))
    number = {f"S{i:03d}": i for i in range(PEOPLE)}
    second, first = ([number[name] for name in theirs[column]] for column in ("IID1", "IID2"))
    kinship = theirs["KINSHIP"].astype(float)
    genotypes = turned(dosages)
    np.testing.assert_allclose(kinship_matrix(genotypes)[first, second], kinship, rtol=1e-5, atol=1e-6)
    ours = related_pairs(genotypes, -np.inf)
    sites = dict(zip(zip(first, second, strict=True), theirs["NSNP"].astype(int), strict=True))
    assert len(sites) == PEOPLE * (PEOPLE - 1) // 2
    pairs = zip(ours.first.tolist(), ours.second.tolist(), strict=True)
    order = [sites.get((i, j), sites.get((j, i))) for i, j in pairs]
    assert ours.sites.tolist() == order


@pytest.mark.parametrize("exact", [True, False])
def test_principal_components(imported: Path, dosages: NDArray[np.int8], exact: bool) -> None:
    plink2(imported, "--pca", "3", "meanimpute")
    values = np.array(imported.with_suffix(".eigenval").read_text().split(), float)
    vectors = table(imported.with_suffix(".eigenvec"))
    ours = principal_components(lambda: iter([dosages[:700], dosages[700:]]), PEOPLE, 3, exact=exact)
    # plink2 divides by all variants, those that do not vary included.
    np.testing.assert_allclose(ours.eigenvalues * ours.used / VARIANTS, values, rtol=1e-4)
    for k in range(3):
        score = vectors[f"PC{k + 1}"].astype(float)
        np.testing.assert_allclose(ours.scores[:, k] * np.sign(ours.scores[:, k] @ score), score, atol=2e-4)


def test_thinning(imported: Path, dosages: NDArray[np.int8]) -> None:
    plink2(imported, "--indep-pairwise", "50", "5", "0.2")
    theirs = {int(name[1:]) for name in imported.with_suffix(".prune.in").read_text().split()}
    ours = set(np.flatnonzero(unlinked([dosages], 50, 5, 0.2)).tolist())
    assert 100 < len(theirs) < 1400
    assert len(theirs & ours) >= 0.9 * len(theirs | ours)
