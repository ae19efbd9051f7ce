"""Sequence Ontology names of consequences: their severity, their impact, and how `bcftools csq` calls them.

Impact classes are those of the programme's tiering rules (rare_disease.md section 3), which count a variant in
a splice region as MODERATE; severity follows the order in which Ensembl lists consequences.
"""

from __future__ import annotations

HIGH, MODERATE, LOW, MODIFIER = "HIGH", "MODERATE", "LOW", "MODIFIER"

# Most severe first.
IMPACTS: dict[str, str] = {
    "transcript_ablation": HIGH,
    "splice_acceptor_variant": HIGH,
    "splice_donor_variant": HIGH,
    "stop_gained": HIGH,
    "frameshift_variant": HIGH,
    "stop_lost": HIGH,
    "start_lost": HIGH,
    "initiator_codon_variant": HIGH,
    "transcript_amplification": MODERATE,
    "inframe_insertion": MODERATE,
    "inframe_deletion": MODERATE,
    "inframe_indel": MODERATE,
    "missense_variant": MODERATE,
    "splice_region_variant": MODERATE,
    "incomplete_terminal_codon_variant": MODERATE,
    "start_retained_variant": LOW,
    "stop_retained_variant": LOW,
    "synonymous_variant": LOW,
    "coding_sequence_variant": MODIFIER,
    "5_prime_UTR_variant": MODIFIER,
    "3_prime_UTR_variant": MODIFIER,
    "non_coding_transcript_exon_variant": MODIFIER,
    "intron_variant": MODIFIER,
    "NMD_transcript_variant": MODIFIER,
    "non_coding_transcript_variant": MODIFIER,
    "feature_elongation": MODIFIER,
    "feature_truncation": MODIFIER,
    "intergenic_variant": MODIFIER,
}
SEVERITY = {term: rank for rank, term in enumerate(IMPACTS)}

FROM_CSQ = {
    "splice_acceptor": "splice_acceptor_variant",
    "splice_donor": "splice_donor_variant",
    "stop_gained": "stop_gained",
    "frameshift": "frameshift_variant",
    "stop_lost": "stop_lost",
    "start_lost": "start_lost",
    "initiator_codon": "initiator_codon_variant",
    "inframe_insertion": "inframe_insertion",
    "inframe_deletion": "inframe_deletion",
    "inframe_altering": "inframe_indel",
    "missense": "missense_variant",
    "splice_region": "splice_region_variant",
    "incomplete_terminal_codon": "incomplete_terminal_codon_variant",
    "start_retained": "start_retained_variant",
    "stop_retained": "stop_retained_variant",
    "synonymous": "synonymous_variant",
    "coding_sequence": "coding_sequence_variant",
    "5_prime_utr": "5_prime_UTR_variant",
    "3_prime_utr": "3_prime_UTR_variant",
    "non_coding": "non_coding_transcript_exon_variant",
    "intron": "intron_variant",
    "NMD_transcript": "NMD_transcript_variant",
    "feature_elongation": "feature_elongation",
    "feature_truncation": "feature_truncation",
    "intergenic": "intergenic_variant",
}


def terms_from_csq(text: str) -> tuple[str, ...]:
    """Sequence Ontology terms of a csq consequence such as `missense&splice_region`; a leading * (behind a stop
    in the same transcript) is dropped, unknown words are kept as they are."""
    return tuple(FROM_CSQ.get(word, word) for word in text.lstrip("*").split("&"))


def most_severe(terms: tuple[str, ...]) -> str:
    """The most severe of some terms; unknown ones come last."""
    return min(terms, key=lambda term: SEVERITY.get(term, len(SEVERITY)))


def impact_of(term: str) -> str:
    """HIGH, MODERATE, LOW or MODIFIER."""
    return IMPACTS.get(term, MODIFIER)
