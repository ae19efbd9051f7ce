"""The main use case: a family's files become an Interpretation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from trihelix import __version__
from trihelix.formats.ped import read_ped
from trihelix.formats.phenopacket import PhenopacketContent, read_phenopacket
from trihelix.formats.vcf import VcfHeader, open_vcf
from trihelix.interpretation.evidence.acmg.assessor import CaseFacts, case_facts
from trihelix.interpretation.evidence.family_checks import check_family
from trihelix.interpretation.evidence.misattributed import trusted_calls
from trihelix.interpretation.evidence.uniparental import (
    UniparentalSegment,
    as_checks,
    find_uniparental,
    outside,
)
from trihelix.interpretation.evidence.usable_calls import count_calls
from trihelix.interpretation.rare.case import FamilyCase, Knowledge
from trihelix.interpretation.rare.classified import classify_candidates
from trihelix.interpretation.rare.fates import Trace
from trihelix.interpretation.rare.interpret import Finding, interpret_family
from trihelix.interpretation.rare.rules import Penetrance
from trihelix.model.assembly import assembly_name, bare_contig, known_assembly
from trihelix.model.errors import AssemblyMismatchError, PedigreeError, PhenotypeError, SampleMismatchError
from trihelix.model.family import Family
from trihelix.model.interpretation import (
    SCHEMA_VERSION,
    Check,
    InputFile,
    Interpretation,
    MemberSummary,
    Notice,
    Provenance,
)
from trihelix.model.phenotype import PhenotypeProfile
from trihelix.reference.pack import file_record
from trihelix.services.call_checks import check_calls
from trihelix.services.family_reading import FamilyReading, read_family
from trihelix.services.knowledge import OpenedKnowledge, open_knowledge
from trihelix.services.phenotypes import ResolvedProfile, phenotype_notices, resolve_profile
from trihelix.services.programme import Programme
from trihelix.services.subject import proband_of, profile_of, subject_notices

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """What a person asks for. Give a phenopacket or a profile; the pedigree may also come from a phenopacket."""

    vcfs: tuple[Path, ...]
    ped: Path | None = None
    phenopacket: Path | None = None
    profile: PhenotypeProfile | None = None
    without_phenotype: bool = False
    panels: tuple[str, ...] = ()
    proband: str | None = None
    family: str | None = None
    assembly: str | None = None
    without: Collection[str] = field(default_factory=tuple)
    not_sequenced: tuple[str, ...] = ()
    ignore_other_samples: bool = False
    absent_is_reference: bool = False
    penetrance: Penetrance = Penetrance.COMPLETE


@dataclass(frozen=True)
class Interpreted:
    """The interpretation, and what `why` needs to answer for every allele (None where nothing was interpreted)."""

    interpretation: Interpretation
    trace: Trace | None


def interpret(programme: Programme, request: Request, progress: Progress = lambda _: None) -> Interpretation:
    """Interpret a family, see `interpret_traced`."""
    return interpret_traced(programme, request, progress).interpretation


def interpret_traced(
    programme: Programme, request: Request, progress: Progress = lambda _: None
) -> Interpreted:
    """Interpret a family. Reads files, checks them against each other and the packs, and returns the result;
    writes nothing but, where the library has none, the packaged phenotypes pack."""
    content = read_phenopacket(request.phenopacket) if request.phenopacket else None
    family = _family(request, content)
    asked = proband_of(content, family, request.proband, str(request.phenopacket))
    profile = _profile(request, content, asked)
    headers = [open_vcf(path)[0] for path in request.vcfs]
    assembly = settle_assembly(request, headers, programme)
    progress("opening reference packs")
    opened = open_knowledge(
        programme.library, assembly, request.panels, request.without, _told_by(request, headers)
    )
    resolved = resolve_profile(profile, opened.knowledge.phenotypes)
    progress("reading variants")
    reading = read_family(headers, family, request, opened.knowledge.genome)
    proband = _proband(request, asked, family, reading.calls.members)
    progress("checking the family")
    odd = check_calls(reading.calls, proband, ", ".join(str(path) for path in request.vcfs))
    checks, n_x, uniparental = _check(reading, family, assembly, proband)
    members = _members(family, proband, reading.calls.members)
    finding = Finding((), (), (Notice("warning", "nobody_affected", NOBODY_AFFECTED),))
    if proband is not None:
        progress("interpreting")
        calls, set_aside = trusted_calls(reading.calls, checks, proband)
        odd = (*odd, *set_aside)
        case = FamilyCase(
            family, proband, calls, n_x, assembly, resolved.present, resolved.excluded,
            tuple(h.path.name for h in headers), request.penetrance, uniparental,
        )  # fmt: skip
        parents = case_facts(members, proband, checks, phenotype_asked=bool(resolved.present))
        finding = _find(case, opened.knowledge, parents)
    notices = (*reading.notices, *odd, *subject_notices(content, family, proband))
    interpretation = Interpretation(
        SCHEMA_VERSION,
        family.id,
        proband,
        members,
        resolved.terms,
        checks,
        _notices(opened, notices, finding, resolved, content),
        finding.waterfall,
        finding.candidates,
        _provenance(request, assembly, opened, reading),
    )
    return Interpreted(interpretation, finding.trace)


def _check(
    reading: FamilyReading, family: Family, assembly: str | None, proband: str | None
) -> tuple[tuple[Check, ...], dict[str, int], tuple[UniparentalSegment, ...]]:
    """All checks, each member's number of X chromosomes, and what the proband has from one parent alone."""
    counted = count_calls(reading.calls)
    uniparental = find_uniparental(reading.calls, family, proband, counted.autosomal) if proband else ()
    counted = outside(counted, reading.calls, uniparental)
    checks, n_x = check_family(reading.calls, family, assembly, reading.joint, counted)
    return (*checks, *as_checks(uniparental)), n_x, uniparental


def _find(case: FamilyCase, knowledge: Knowledge, facts: CaseFacts) -> Finding:
    """The candidates with their classification."""
    finding = interpret_family(case, knowledge)
    return replace(finding, candidates=classify_candidates(finding.candidates, knowledge, facts))


NOBODY_AFFECTED = (
    "no sequenced member is affected in the pedigree: the family was checked, but there is nothing to explain, "
    "so no variant was tiered"
)


def _family(request: Request, content: PhenopacketContent | None) -> Family:
    if request.ped is not None:
        return read_ped(request.ped, request.family)
    if content is not None and content.family is not None:
        return content.family
    raise PedigreeError(
        "no pedigree was given", advice="give --ped, or a phenopacket of a family with its pedigree"
    )


def _profile(request: Request, content: PhenopacketContent | None, proband: str | None) -> PhenotypeProfile:
    profile = request.profile or profile_of(content, proband)
    if profile is None or not profile.present:
        if request.without_phenotype:
            return profile or PhenotypeProfile()
        raise PhenotypeError(
            "no phenotype term was given that the affected member shows",
            where=str(request.phenopacket or "--hpo"),
            advice="give at least one HPO term, or --without-phenotype to tier without ranking by phenotype",
        )
    return profile


def settle_assembly(request: Request, headers: Sequence[VcfHeader], programme: Programme) -> str | None:
    """The one assembly of all files: proven or named by their headers, else told, else that of the only genome
    pack. AssemblyMismatchError names both sides of a contradiction."""
    found: dict[str, str] = {}
    told = assembly_name(request.assembly)
    if told:
        found[told] = "--assembly"
    for header in headers:
        if header.assembly:
            found.setdefault(header.assembly, str(header.path))
    if len(found) > 1:
        (one, where), (two, where_two) = list(found.items())[:2]
        raise AssemblyMismatchError(
            f"{where} says {one}, {where_two} says {two}",
            where=where_two,
            value=f"{one} against {two}",
            advice="give files of one assembly",
        )
    if found:
        assembly = next(iter(found))
        _check_lengths(assembly, headers)
        return assembly
    genomes = {p.manifest.assembly for p in programme.library.packs("genome")}
    return genomes.pop() if len(genomes) == 1 else None


def _check_lengths(assembly: str, headers: Sequence[VcfHeader]) -> None:
    """An assembly that was named or told must not be contradicted by the contig lengths of a header."""
    known = known_assembly(assembly)
    for header in headers if known else ():
        assert known is not None
        for name, length in header.contigs.items():
            expected = known.lengths.get(bare_contig(name), length)
            if length and length != expected and bare_contig(name) != "MT":
                raise AssemblyMismatchError(
                    f"a contig's length in the header is not that of {assembly}",
                    where=str(header.path),
                    value=f"{name}: {length:,} against {expected:,}",
                    advice="give the right --assembly, or correct the header's ##contig lines",
                )


def _told_by(request: Request, headers: Sequence[VcfHeader]) -> str:
    """What the assembly was taken from."""
    return "--assembly" if request.assembly else ", ".join(str(h.path) for h in headers if h.assembly)


def _proband(request: Request, asked: str | None, family: Family, sequenced: Sequence[str]) -> str | None:
    if asked is None:
        return family.pick_proband(frozenset(sequenced))
    if asked not in sequenced or asked not in [m.id for m in family.affected]:
        raise SampleMismatchError(
            "the proband must be an affected, sequenced member of the family",
            where="--proband" if request.proband else str(request.phenopacket),
            value=asked,
            advice=f"affected members: {', '.join(m.id for m in family.affected) or 'none'}",
        )
    return asked


def _members(family: Family, proband: str | None, sequenced: Sequence[str]) -> tuple[MemberSummary, ...]:
    return tuple(
        MemberSummary(
            m.id, m.sex.value, m.affection.value, m.father, m.mother, m.id == proband, m.id in sequenced
        )
        for m in family.members
    )


def _notices(
    opened: OpenedKnowledge,
    read: tuple[Notice, ...],
    finding: Finding,
    resolved: ResolvedProfile,
    content: PhenopacketContent | None,
) -> tuple[Notice, ...]:
    """What the reader must know, warnings first."""
    notices = [*opened.notices, *read, *finding.notices, *phenotype_notices(resolved)]
    notices += [Notice("info", "phenopacket", note) for note in (content.notes if content else ())]
    return tuple(sorted(notices, key=lambda n: n.level != "warning"))


def _provenance(
    request: Request, assembly: str | None, opened: OpenedKnowledge, reading: FamilyReading
) -> Provenance:
    files = [("vcf", path) for path in request.vcfs]
    files += [("ped", request.ped)] if request.ped else []
    files += [("phenopacket", request.phenopacket)] if request.phenopacket else []
    return Provenance(
        software="trihelix",
        software_version=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        assembly=assembly,
        parameters=_parameters(request),
        inputs=tuple(
            InputFile(role, path.name, file_record(path).sha256, reading.file_notes.get(path))
            for role, path in files
        ),
        references=opened.references,
        panels=opened.panels,
    )


def _parameters(request: Request) -> dict[str, object]:
    return {
        "panels": list(request.panels),
        "proband": request.proband,
        "family": request.family,
        "penetrance": request.penetrance.value,
        "without": sorted(request.without),
        "not_sequenced": list(request.not_sequenced),
        "absent_is_reference": request.absent_is_reference,
    }
