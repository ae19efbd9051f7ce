"""Whether a family's calls can tell anything: a file without calls must not look like a family without variants."""

from __future__ import annotations

from trihelix.interpretation.evidence.call_counts import CallCounts, count_members_calls
from trihelix.model.assembly import is_known_contig
from trihelix.model.errors import NoVariantsError
from trihelix.model.interpretation import Notice
from trihelix.variants.family_calls import FamilyCalls

ONE_COPY_CONTIGS = frozenset({"X", "Y", "MT"})


def check_calls(calls: FamilyCalls, proband: str | None, where: str) -> tuple[Notice, ...]:
    """What the reader must know of the calls. NoVariantsError when no genotype is called, nobody carries any
    alternate allele, or the proband has no called genotype. `where` names the variant files."""
    counts = count_members_calls(calls, [n for n in calls.contigs if _is_diploid(n)])
    called = {m: bool(n) for m, n in zip(calls.members, counts.called, strict=True)}
    carries = {m: bool(n) for m, n in zip(calls.members, counts.carries, strict=True)}
    if not any(called.values()):
        raise _nothing("no genotype is called", calls, where)
    if not any(carries.values()):
        raise _nothing("nobody carries any of the alternate alleles", calls, where)
    if proband is not None and not called[proband]:
        raise _nothing(f"no genotype of the proband ({proband}) is called", calls, where)
    return (*_members_without(called, carries), *_odd_calls(counts, len(calls)))


def _nothing(what: str, calls: FamilyCalls, where: str) -> NoVariantsError:
    return NoVariantsError(
        what,
        where=where,
        value=f"{len(calls):,} alternate alleles",
        advice="give the file with the genotypes that were called; see whether it is the right family's",
    )


def _members_without(called: dict[str, bool], carries: dict[str, bool]) -> list[Notice]:
    notices = []
    if uncalled := [m for m, one in called.items() if not one]:
        text = f"no genotype is called in {', '.join(uncalled)}: taken as not known, never as reference"
        notices.append(Notice("warning", "no_calls", text, len(uncalled)))
    if empty := [m for m, one in carries.items() if called[m] and not one]:
        text = f"{', '.join(empty)} carries no alternate allele at all: see whether the file is the right one"
        notices.append(Notice("warning", "carries_nothing", text, len(empty)))
    return notices


def _is_diploid(contig: str) -> bool:
    return is_known_contig(contig) and contig not in ONE_COPY_CONTIGS


def _odd_calls(counts: CallCounts, records: int) -> list[Notice]:
    notices = []
    if counts.haploid:
        text = (
            "calls on autosomes have one allele only; they were read as homozygous and should not be trusted"
        )
        notices.append(Notice("warning", "haploid_autosomal", text, counts.haploid))
    if not counts.any_passed:
        text = (
            "no record passed the file's filters (FILTER is neither PASS nor a dot), so no variant was tiered"
        )
        notices.append(Notice("warning", "nothing_passed", text, records))
    return notices
