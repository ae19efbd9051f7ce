"""What each column of a genome store's files means, in one line: the reference page of the layout is made from it.

Units are those of VCF: positions are 1-based, depths are reads, qualities are Phred-scaled.
"""

from __future__ import annotations

from collections.abc import Mapping

PART: Mapping[str, str] = {
    "pos": "Position of the first base of `ref`, 1-based.",
    "ref": "Reference allele, normalised: trimmed and left-aligned, upper case.",
    "alt": "Alternate allele; a record with several is as many rows.",
    "record": "Rows that were one record share it, within a contig of a batch.",
    "filter": "FILTER as written: `PASS`, `.`, or names with `;` between them; what passes in any file passes.",
    "samples": "How many samples the batch has; the same in every row, and what cells are divided by.",
    "n_het": "How many samples are in the class het.",
    "n_hom": "How many samples are in the class hom.",
    "n_missing": "How many samples are in the class missing.",
    "het": "Cells of the samples with one copy of two, rising; empty where there is a plane.",
    "hom": "Cells of the samples with every copy (hemizygous ones, too), rising; empty where there is a plane.",
    "missing": "Cells of the samples that were not called, rising; empty where there is a plane.",
    "het_bits": "Bit plane of the class; null where `het` lists it.",
    "hom_bits": "Bit plane of the class; null where `hom` lists it.",
    "missing_bits": "Bit plane of the class; null where `missing` lists it.",
    "exception": "Cells of the calls whose class does not tell the copies; empty in most rows.",
    "exception_state": "Class of each exception: 1 het, 2 hom, -1 missing, 0 none of them.",
    "exception_copies": "Copies of the allele that each exception was called with.",
    "exception_called": "Copies that each exception was called with, of any allele.",
    "dp": "Reads at the site (DP) of each carrier; -1 unknown.",
    "gq": "Genotype quality (GQ, Phred) of each carrier; -1 unknown.",
    "alt_depth": "Reads of the allele (AD) of each carrier; -1 unknown.",
    "other_depth": "What DP has beyond the reads of REF and of the allele: `ref_depth = dp - alt_depth - other_depth`.",
    "phase_set": "Phase set (PS) of each carrier; -1 none.",
    "flags": "Sum of what is true of each carrier's call, see [flags](#flags).",
    "sources": "Numbers of the files (see `sources.parquet`) that have a record of the row, rising.",
    "companion": "Cells of the carriers' relatives who do not carry the allele, at rare rows.",
    "companion_state": "State of each companion: 0 reference, -1 missing.",
    "companion_dp": "As `dp`, of each companion.",
    "companion_gq": "As `gq`, of each companion.",
    "companion_alt_depth": "As `alt_depth`, of each companion.",
    "companion_other_depth": "As `other_depth`, of each companion.",
    "companion_phase_set": "As `phase_set`, of each companion.",
    "companion_flags": "As `flags`, of each companion.",
}

_ROW: Mapping[str, str] = {
    "row": "Number of the row in the part, from 0.",
    **dict.fromkeys(("pos", "ref", "alt", "filter", "record"), "As in the part."),
}

RARE: Mapping[str, str] = {
    "sample": "Ordinal of the sample; lines are sorted by it, then by row.",
    **_ROW,
    "state": "1 het, 2 hom; 0 reference and -1 missing are companions, who do not carry the allele.",
    "copies": "Copies of the allele of an exception; null where `state` tells them.",
    "called": "Copies called of an exception; null where `state` tells them.",
    **{
        name: f"As `{name}` of the part."
        for name in ("dp", "gq", "alt_depth", "other_depth", "phase_set", "flags")
    },
}

COMMON: Mapping[str, str] = {
    "first_sample": "Ordinal of the block's first sample, a multiple of 64.",
    "het_bits": "Who is het: the plane of the first sample, then that of the next; bit i of a plane is common row i.",
    "hom_bits": "Who is hom, in the same way.",
    "exception": "Ordinals of the block's exceptions that carry the allele, sorted by sample and row.",
    "exception_row": "Number in the part of each exception's row.",
    "exception_copies": "As in the part.",
    "exception_called": "As in the part.",
}

COMMON_ROWS: Mapping[str, str] = _ROW

SAMPLES: Mapping[str, str] = {
    "ordinal": "Number of the sample in the batch, from 0.",
    "sample": "Id of the sample, as the files write it.",
    "person_number": "Immutable number of the person; a person may have several samples.",
    "family": "Family by the pedigree; null where there is none.",
    "father": "Id of the father by the pedigree, who need not have a sample; null unknown.",
    "mother": "Id of the mother by the pedigree, who need not have a sample; null unknown.",
    "karyotype": "Sex chromosomes: XX, XY, X0, XXY and so on; null unknown.",
    "karyotype_source": "How it is known: `declared`, `as_written` (by how calls of X and Y are written), `unknown`.",
    "role": "`germline` or `tumour`.",
    "absent_is": "A site that the sample's file does not have is `reference`, `unknown`, or as `callable` tells.",
    "x_copies": "Copies of X that are expected outside the pseudoautosomal regions; 255 as written.",
    "y_copies": "Copies of Y that are expected; 255 as written.",
    "mt_copies": "Copies that the mitochondrial genome counts as: 1.",
}

SOURCES: Mapping[str, str] = {
    "source": "Number of a file, or of files with the same samples, as `sources` of the rows has it.",
    "sample": "Ordinal of a sample that stands in it.",
}

CALLABLE: Mapping[str, str] = {
    "window": "(position - 1) // 1,000,000; intervals are cut at its borders.",
    "sample": "Ordinal of the sample.",
    "start": "First position, 1-based.",
    "end": "Last position, inclusive.",
    "dp_bin": "Lower bound of the bin of the depth (MIN_DP, else DP, reads).",
    "gq_bin": "Lower bound of the bin of the genotype quality (GQ, Phred).",
}
