"""Everything that can go wrong for a user: what, where, with which value, and what to do next.

TrihelixError
├── FileUnreadableError       3   missing, a folder, no permission
├── CorruptFileError          4   truncated or damaged compression, not UTF-8, not the format it claims
├── MalformedRecordError      5   a line that breaks its format's rules, unsorted records
├── NoVariantsError           6   nothing to interpret in the file
├── ReferenceMismatchError    7   REF disagrees with the genome
├── AssemblyMismatchError     8   files or packs of different assemblies
├── SampleMismatchError       9   samples missing from the VCF or the pedigree, or present twice
├── PedigreeError            10   loops, a female father, unknown parents
├── PhenotypeError           11   unknown HPO terms, none given
├── PanelError               12   a panel that no pack holds, or a name that fits several
├── PackError                13   a source file that cannot become a reference pack, an altered pack
├── MissingPackError         14   a pack that the request needs and the library lacks
├── OutputError              15   the output folder cannot be written
├── ClassificationError      16   an edit of a classification that cannot be, or a variant without one
├── InterpretationFilesError 17   a folder that does not hold an interpretation's files
├── VariantError             18   a variant that cannot be read, or is not there
├── StoreError               19   a genome store that is none, is damaged, busy, or was written by a newer version
└── RegionError              20   a region that cannot be read, or lies outside its contig, or an unknown gene
"""

from __future__ import annotations

from typing import ClassVar


class TrihelixError(Exception):
    """An error that a user can act on; never shown with a traceback.

    `what` says what was wrong, `where` the file and line or record, `value` the offending value,
    `advice` what to do next. `exit_code` is fixed per class and part of the public interface.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", value: object = None, advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.value = value
        self.advice = advice

    @property
    def kind(self) -> str:
        """The error's name as printed and as used in JSON, for example `PedigreeError`."""
        return type(self).__name__

    def as_dict(self) -> dict[str, object]:
        """The one JSON shape of an error."""
        value = None if self.value is None else str(self.value)
        return {
            "error": self.kind,
            "what": self.what,
            "where": self.where or None,
            "value": value,
            "advice": self.advice or None,
            "exit_code": self.exit_code,
        }

    def __str__(self) -> str:
        parts = [self.what]
        if self.where:
            parts.append(f"where: {self.where}")
        if self.value is not None:
            parts.append(f"value: {self.value}")
        if self.advice:
            parts.append(f"what to do: {self.advice}")
        return "\n  ".join(parts)


class FileUnreadableError(TrihelixError):
    """A file is missing, is a folder, or may not be read."""

    exit_code = 3


class CorruptFileError(TrihelixError):
    """A file's bytes are damaged, cut short, or not what its format promises."""

    exit_code = 4


class MalformedRecordError(TrihelixError):
    """A record breaks its format's rules."""

    exit_code = 5


class NoVariantsError(TrihelixError):
    """A variant file holds nothing to interpret."""

    exit_code = 6


class ReferenceMismatchError(TrihelixError):
    """REF disagrees with the genome sequence."""

    exit_code = 7


class AssemblyMismatchError(TrihelixError):
    """Files or packs belong to different genome assemblies."""

    exit_code = 8


class SampleMismatchError(TrihelixError):
    """Samples and pedigree members do not fit together."""

    exit_code = 9


class PedigreeError(TrihelixError):
    """A pedigree that cannot be: loops, a female father, a parent who is not there."""

    exit_code = 10


class PhenotypeError(TrihelixError):
    """Phenotype terms are missing, malformed or unknown."""

    exit_code = 11


class PanelError(TrihelixError):
    """A gene panel is not in the library, or its name fits several."""

    exit_code = 12


class PackError(TrihelixError):
    """A reference pack cannot be made, or has been altered since it was made."""

    exit_code = 13


class MissingPackError(TrihelixError):
    """The request needs a reference pack that the library does not hold."""

    exit_code = 14


class OutputError(TrihelixError):
    """The results cannot be written."""

    exit_code = 15


class ClassificationError(TrihelixError):
    """A classification's edit lacks a reason or names what cannot be, or the variant has no classification."""

    exit_code = 16


class InterpretationFilesError(TrihelixError):
    """A folder does not hold the files of an interpretation, or they are damaged or of another version."""

    exit_code = 17


class VariantError(TrihelixError):
    """A variant is not written as contig:position:REF:ALT."""

    exit_code = 18


class StoreError(TrihelixError):
    """A folder that is no genome store, a missing or altered file of one, a newer version, or one that is busy."""

    exit_code = 19


class RegionError(TrihelixError):
    """A region of the genome that cannot be read, lies outside its contig, or a gene that no pack knows."""

    exit_code = 20
