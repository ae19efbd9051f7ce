"""Whose phenotypes a phenopacket holds, seen from the pedigree: never another member's in silence."""

from __future__ import annotations

from trihelix.formats.phenopacket import PhenopacketContent
from trihelix.model.errors import PedigreeError, SampleMismatchError
from trihelix.model.family import Affection, Family, Sex
from trihelix.model.interpretation import Notice
from trihelix.model.phenotype import PhenotypeProfile


def proband_of(
    content: PhenopacketContent | None, family: Family, asked: str | None, where: str
) -> str | None:
    """The member whom the request is about: the one asked for, else the phenopacket's proband where the
    pedigree has them as affected; None leaves the choice to the pedigree.

    Raises SampleMismatchError for a phenopacket of another member than the one asked for, PedigreeError where
    the pedigree contradicts the phenopacket: its subject is unaffected, or of the other sex.
    """
    members = {m.id: m for m in family.members}
    if content is None or content.proband_id not in members:
        return asked
    if asked not in (None, *content.profiles):
        raise SampleMismatchError(
            "the phenopacket is of another member than the proband asked for",
            where=where,
            value=f"{content.proband_id}, not {asked}",
            advice=f"give the phenopacket of {asked}, or leave --proband out",
        )
    subject = members[content.proband_id]
    if Sex.UNKNOWN not in (subject.sex, content.sex) and subject.sex is not content.sex:
        raise PedigreeError(
            f"{subject.id} is {content.sex.value} in the phenopacket but {subject.sex.value} in the pedigree",
            where=where,
            value=content.sex.value,
            advice="correct the sex in one of the two, or give the right phenopacket",
        )
    if subject.affection is Affection.UNAFFECTED and asked is None:
        raise PedigreeError(
            f"the phenopacket is of {subject.id}, who is unaffected in the pedigree",
            where=where,
            value=subject.id,
            advice="correct the phenotype column of the pedigree, or give the affected member's phenopacket",
        )
    return asked or (subject.id if subject.affection is Affection.AFFECTED else None)


def profile_of(content: PhenopacketContent | None, proband: str | None) -> PhenotypeProfile | None:
    """The phenotypes of the proband, else those of the phenopacket's own proband."""
    if content is None:
        return None
    return content.profiles.get(proband or "") or content.profiles.get(content.proband_id)


def subject_notices(
    content: PhenopacketContent | None, family: Family, proband: str | None
) -> tuple[Notice, ...]:
    """What the reader must know where the phenopacket's subject has no row in the pedigree: published ids often
    differ from sample names, so the terms are taken for the proband's."""
    if content is None or proband is None or content.proband_id in [m.id for m in family.members]:
        return ()
    text = f"the phenopacket's subject {content.proband_id} is not in the pedigree: its terms were taken for {proband}"
    notices = [Notice("info", "phenopacket_subject", text)]
    sex = family.member(proband).sex
    if Sex.UNKNOWN not in (sex, content.sex) and sex is not content.sex:
        text = (
            f"the phenopacket's subject {content.proband_id} is {content.sex.value}, but {proband} is {sex.value}: "
            "it may be another person's"
        )
        notices.append(Notice("warning", "phenopacket_sex", text))
    return tuple(notices)
