"""Made-up interpretations of realistic shape, from which the tests of the reports start."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

from trihelix.model.interpretation import (
    SCHEMA_VERSION,
    Call,
    Candidate,
    CandidateVariant,
    Check,
    Contribution,
    InputFile,
    Interpretation,
    MemberSummary,
    Notice,
    PanelUsed,
    PhenotypeMatch,
    PhenotypeTerm,
    PopulationFrequency,
    Provenance,
    ReferenceUsed,
    ReportEvent,
    TranscriptConsequence,
    WaterfallStep,
)

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&\u202e\x00\ud800"
POPULATIONS = {
    "nfe": 68_000,
    "afr": 41_000,
    "eas": 5_200,
    "sas": 4_800,
    "amr": 15_200,
    "asj": 3_400,
    "fin": 10_600,
}
PHENOTYPES = (
    ("HP:0000252", "Microcephaly"),
    ("HP:0001263", "Global developmental delay"),
    ("HP:0001250", "Seizure"),
    ("HP:0000750", "Delayed speech and language development"),
    ("HP:0011968", "Feeding difficulties"),
)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def member(
    member_id: str,
    sex: str,
    affection: str = "unaffected",
    father: str | None = None,
    mother: str | None = None,
    *,
    proband: bool = False,
    sequenced: bool = True,
) -> MemberSummary:
    return MemberSummary(member_id, sex, affection, father, mother, proband, sequenced)


TRIO = (
    member("FAM01-P", "male", "affected", "FAM01-F", "FAM01-M", proband=True),
    member("FAM01-F", "male"),
    member("FAM01-M", "female"),
)


def call(genotype: str) -> Call:
    reads = {"0/0": (34, 0), "0/1": (17, 15), "1/1": (0, 31), "1": (0, 18), "0": (19, 0)}.get(genotype)
    if reads is None:
        return Call(genotype, None, None, None, None)
    return Call(genotype, sum(reads), 99 if sum(reads) > 20 else 54, *reads)


def variant(
    gene: str, locus: tuple[str, int, str, str], genotypes: tuple[str, str, str], **changes: Any
) -> CandidateVariant:
    """A missense variant of the trio (proband, father, mother), absent from every population; `changes` alter it."""
    contig, pos, ref, alt = locus
    by_member = dict(zip((m.id for m in TRIO), genotypes, strict=True))
    plain = CandidateVariant(
        contig=contig,
        pos=pos,
        ref=ref,
        alt=alt,
        gene=gene,
        consequence="missense_variant",
        impact="MODERATE",
        protein_change="p.Arg205Cys",
        transcript=f"{gene}-201",
        transcripts=(
            TranscriptConsequence(
                f"{gene}-201", "missense_variant", "MODERATE", "protein_coding", "p.Arg205Cys", True
            ),
            TranscriptConsequence(f"{gene}-204", "intron_variant", "MODIFIER", "protein_coding", None, False),
            TranscriptConsequence(
                f"{gene}-207", "missense_variant", "MODERATE", "nonsense_mediated_decay", "p.Arg12Cys", False
            ),
        ),
        frequency=0.0,
        frequencies=tuple(PopulationFrequency("gnomad", p, 0.0, 2 * n) for p, n in POPULATIONS.items()),
        clinical_significance=None,
        clinical_significance_stars=None,
        clinical_significance_id=None,
        clinical_significance_conditions=(),
        scores={},
        genotypes=by_member,
        calls={m: call(g) for m, g in by_member.items()},
        inheritance="unknown",
        source_line="family.vcf.gz line 51,204",
        hgvs_g=f"{contig}:g.{pos}{ref}>{alt}",
        hgvs_c=f"{gene}-201:c.613C>T",
    )
    return replace(plain, **changes)


def seen_in(**frequencies: float) -> tuple[PopulationFrequency, ...]:
    return tuple(
        PopulationFrequency("gnomad", p, frequencies.get(p, 0.0), 2 * n) for p, n in POPULATIONS.items()
    )


def event(tier: int, segregation: str, reason: str, *, panel: bool = True, **changes: Any) -> ReportEvent:
    plain = ReportEvent(
        tier=tier,
        segregation=segregation,
        penetrance="complete",
        panel_id="285" if panel else None,
        panel_name="Intellectual disability" if panel else None,
        panel_version="9.12" if panel else None,
        confidence="green" if panel else None,
        mode_of_inheritance="BIALLELIC, autosomal or pseudoautosomal" if panel else None,
        reason=reason,
        flags=(),
    )
    return replace(plain, **changes)


def matches(*shared: tuple[str, str] | None) -> tuple[PhenotypeMatch, ...]:
    found = []
    for i, ((query, name), match) in enumerate(zip(PHENOTYPES, shared, strict=False)):
        match_id, match_name = match or (None, None)
        found.append(PhenotypeMatch(query, name, match_id, match_name, 6.2 - i if match else 0.0))
    return tuple(found)


def candidate(
    rank: int, tier: int, gene: str, variants: tuple[CandidateVariant, ...], **changes: Any
) -> Candidate:
    plain = Candidate(
        rank=rank,
        tier=tier,
        gene=gene,
        gene_id=f"ENSG0000{rank:07d}",
        gene_name=None,
        score=round(0.98 / rank, 4),
        phenotype_score=0.61,
        genotype_score=0.88,
        segregation="deNovo",
        penetrance="complete",
        variants=variants,
        events=(event(tier, "deNovo", f"{gene} is green and the variant is de novo."),),
        flags=(),
        disease_id=None,
        disease_name=None,
        contributions=(
            Contribution("genotype", 2.1, "moderate consequence, absent from every population"),
            Contribution("phenotype", -0.4, "three of five terms match"),
        ),
        phenotype_matches=(),
    )
    return replace(plain, **changes)


def dyrk1a(rank: int = 1) -> Candidate:
    frameshift = variant(
        "DYRK1A",
        ("chr21", 37_505_361, "CAG", "C"),
        ("0/1", "0/0", "0/0"),
        consequence="frameshift_variant&splice_region_variant",
        impact="HIGH",
        protein_change="p.Ser346PhefsTer4",
        transcript="ENST00000647188",
        clinical_significance="Pathogenic/Likely_pathogenic",
        clinical_significance_stars=2,
        clinical_significance_id="ClinVar 204011",
        clinical_significance_conditions=("DYRK1A-related intellectual disability syndrome",),
        inheritance="de_novo",
        scores={"SpliceAI": 0.08, "CADD": 34.0},
    )
    return candidate(
        rank,
        1,
        "DYRK1A",
        (frameshift,),
        gene_name="dual specificity tyrosine phosphorylation regulated kinase 1A",
        score=0.9912,
        phenotype_score=0.94,
        genotype_score=0.99,
        events=(
            event(
                1,
                "deNovo",
                "Green gene whose mode fits, and a de novo variant of high impact.",
                mode_of_inheritance="MONOALLELIC, not imprinted",
            ),
            event(
                1,
                "deNovo",
                "Green gene whose mode fits.",
                panel_id="162",
                panel_name="Severe microcephaly",
                panel_version="6.4",
                mode_of_inheritance="MONOALLELIC, not imprinted",
            ),
            event(
                3,
                "InheritedAutosomalDominant",
                "Under incomplete penetrance.",
                panel=False,
                penetrance="incomplete",
            ),
        ),
        disease_id="OMIM:614104",
        disease_name="Intellectual developmental disorder, autosomal dominant 7",
        contributions=(
            Contribution("consequence", 3.42, "frameshift, high impact; loss of function causes the disease"),
            Contribution("phenotype", 2.87, "all five terms fit DYRK1A syndrome"),
            Contribution("clinical significance", 2.1, "(likely) pathogenic, 2 review stars"),
            Contribution("frequency", 0.66, "absent from 149,000 genomes"),
            Contribution("call quality", -0.12, "the mother has 20 reads"),
        ),
        phenotype_matches=matches(
            PHENOTYPES[0],
            PHENOTYPES[1],
            ("HP:0001250", "Seizure"),
            ("HP:0000750", PHENOTYPES[3][1]),
            ("HP:0011458", "Abdominal symptom"),
        ),
        constraint={"pLI": 1.0, "loeuf": 0.18},
        mechanism=(
            "Loss of function (G2P, definitive)",
            "Haploinsufficiency: sufficient evidence (ClinGen 3)",
        ),
    )


def compound_het(rank: int = 2) -> Candidate:
    """Two variants of TBCK, one from each parent."""
    stop = variant(
        "TBCK",
        ("chr4", 106_238_822, "G", "A"),
        ("0/1", "0/1", "0/0"),
        consequence="stop_gained",
        impact="HIGH",
        protein_change="p.Arg126Ter",
        frequency=0.00041,
        frequencies=seen_in(nfe=0.00012, amr=0.00041),
        clinical_significance="Pathogenic",
        clinical_significance_stars=2,
        clinical_significance_id="ClinVar 225213",
        inheritance="father",
    )
    missense = variant(
        "TBCK",
        ("chr4", 106_162_031, "T", "C"),
        ("0/1", "0/0", "0/1"),
        frequency=0.0000147,
        frequencies=seen_in(nfe=0.0000147),
        inheritance="mother",
        protein_change="p.Leu551Pro",
        clinical_significance="Uncertain_significance",
        clinical_significance_stars=1,
        scores={"REVEL": 0.874, "AlphaMissense": 0.93},
    )
    return candidate(
        rank,
        1,
        "TBCK",
        (stop, missense),
        gene_name="TBC1 domain containing kinase",
        score=0.8421,
        phenotype_score=0.71,
        genotype_score=0.93,
        segregation="CompoundHeterozygous",
        events=(
            event(1, "CompoundHeterozygous", "Green gene whose mode fits; one variant is of high impact."),
        ),
        disease_id="OMIM:616900",
        disease_name="Hypotonia, infantile, with psychomotor retardation and characteristic facies 3",
        phenotype_matches=matches(None, PHENOTYPES[1], PHENOTYPES[2]),
    )


def x_linked(rank: int = 3) -> Candidate:
    hemizygous = variant(
        "ATRX",
        ("chrX", 77_682_471, "G", "A"),
        ("1", "0", "0/1"),
        frequency=0.0000092,
        frequencies=seen_in(nfe=0.0000092),
        inheritance="mother",
        protein_change="p.Arg246Cys",
    )
    return candidate(
        rank,
        2,
        "ATRX",
        (hemizygous,),
        score=0.5133,
        segregation="XLinkedSimpleRecessive",
        events=(
            event(
                2, "XLinkedSimpleRecessive", "Green gene whose mode fits, and a variant of moderate impact."
            ),
        ),
        phenotype_matches=matches(PHENOTYPES[0], None),
    )


def tier3(rank: int = 4) -> Candidate:
    """A homozygous deletion of 300 bases in a gene that is on no panel."""
    deletion = variant(
        "TRIM63",
        ("chr1", 26_058_401, "ACGTTGCA" * 38, "A"),
        ("1/1", "0/1", "./."),
        consequence="inframe_deletion",
        frequency=0.0031,
        frequencies=seen_in(fin=0.0031, nfe=0.0011),
        inheritance="both",
    )
    return candidate(
        rank,
        3,
        "TRIM63",
        (deletion,),
        score=0.1204,
        phenotype_score=None,
        segregation="SimpleRecessive",
        events=(
            event(
                3,
                "SimpleRecessive",
                "The gene is not green on an applied panel.",
                panel=False,
                flags=("possible_deletion_in_trans",),
            ),
        ),
        flags=("possible_deletion_in_trans",),
    )


CHECKS = (
    Check("sex", ("FAM01-P",), "ok", "male", "male", 0.02, 812, "X heterozygosity fits a male."),
    Check("sex", ("FAM01-F",), "ok", "male", "male", 0.01, 812, "X heterozygosity fits a male."),
    Check("sex", ("FAM01-M",), "ok", "female", "female", 0.31, 812, "X heterozygosity fits a female."),
    Check(
        "relatedness",
        ("FAM01-P", "FAM01-F"),
        "ok",
        "parent and child",
        "parent and child",
        0.249,
        20114,
        "KING kinship fits.",
    ),
    Check(
        "relatedness",
        ("FAM01-P", "FAM01-M"),
        "ok",
        "parent and child",
        "parent and child",
        0.251,
        20114,
        "KING kinship fits.",
    ),
    Check(
        "relatedness",
        ("FAM01-F", "FAM01-M"),
        "ok",
        "unrelated",
        "unrelated",
        -0.012,
        20114,
        "KING kinship fits.",
    ),
    Check(
        "mendelian_errors",
        ("FAM01-P", "FAM01-F", "FAM01-M"),
        "ok",
        None,
        None,
        0.0011,
        41220,
        "0.11 % of sites break inheritance.",
    ),
    Check(
        "runs_of_homozygosity",
        ("FAM01-P",),
        "not_assessed",
        None,
        None,
        None,
        None,
        "Too few sites for this check.",
    ),
)
WATERFALL = (
    WaterfallStep(
        "Records read", 4_912_377, "Every record of the input files, split into one per alternate allele."
    ),
    WaterfallStep("Passed the caller's filters", 4_633_120, "FILTER is PASS or empty."),
    WaterfallStep(
        "Carried by the proband", 2_402_918, "At least one alternate allele in the affected child."
    ),
    WaterfallStep("Rare", 31_206, "Below 0.001 (dominant) or 0.01 (recessive) in every population."),
    WaterfallStep(
        "Changes a protein or a splice site",
        402,
        "High or moderate impact on a coding transcript, or known pathogenic.",
    ),
    WaterfallStep("Segregates with the disease", 12, "Fits a mode of inheritance in the family."),
    WaterfallStep("Tiered", 5, "Tier 1, 2 or 3."),
)
NOTICES = (
    Notice("info", "term_replaced", "An obsolete HPO term was replaced by its successor.", 1),
    Notice(
        "warning",
        "contigs_set_aside",
        "Variants on contigs that the genes pack does not hold were set aside.",
        1_204,
    ),
)
PROVENANCE = Provenance(
    software="trihelix",
    software_version="0.1.0",
    created="2025-11-03T09:14:22Z",
    assembly="GRCh38",
    parameters={
        "penetrance": "complete",
        "absent_is": "missing",
        "dominant_frequency": 0.001,
        "recessive_frequency": 0.01,
    },
    inputs=(
        InputFile("vcf", "family.vcf.gz", digest("vcf"), "joint call of three samples"),
        InputFile("ped", "family.ped", digest("ped")),
        InputFile(
            "phenopacket", "proband.json", digest("phenopacket"), "interpretations and diseases were not read"
        ),
    ),
    references=(
        ReferenceUsed(
            "genome", "GRCh38", "p14", digest("genome"), "GRCh38", "https://www.ensembl.org", "public"
        ),
        ReferenceUsed("genes", "ensembl", "110", digest("genes"), "GRCh38"),
        ReferenceUsed("frequencies", "gnomad", "4.1", digest("frequencies"), "GRCh38", None, "ODbL"),
        ReferenceUsed("clinical_significance", "clinvar", "2024-12-15", digest("clinvar"), "GRCh38"),
        ReferenceUsed("phenotypes", "hpo", "2025-01-16", digest("hpo")),
    ),
    panels=(
        PanelUsed("285", "Intellectual disability", "9.12", 1_394),
        PanelUsed("162", "Severe microcephaly", "6.4", 168),
    ),
)
TERMS = (
    *(PhenotypeTerm(term, name, "present") for term, name in PHENOTYPES),
    PhenotypeTerm("HP:0001627", "Abnormal heart morphology", "excluded"),
    PhenotypeTerm("HP:0001249", "Intellectual disability", "present", "replaces the obsolete HP:0007154"),
    PhenotypeTerm("HP:9999999", "not a term", "set_aside", "not in the HPO release 2025-01-16"),
)


def trio() -> Interpretation:
    """A solved trio: de novo, compound heterozygous, X-linked and Tier 3 candidates."""
    return Interpretation(
        schema_version=SCHEMA_VERSION,
        family_id="FAM01",
        proband="FAM01-P",
        members=TRIO,
        phenotypes=TERMS,
        checks=CHECKS,
        notices=NOTICES,
        waterfall=WATERFALL,
        candidates=(dyrk1a(), compound_het(), x_linked(), tier3()),
        provenance=PROVENANCE,
    )


def mismatching() -> Interpretation:
    """The same family with a swapped sample: sex and relatedness do not fit."""
    sex = Check(
        "sex", ("FAM01-F",), "mismatch", "male", "female", 0.29, 812, "X heterozygosity fits a female."
    )
    related = Check(
        "relatedness",
        ("FAM01-P", "FAM01-F"),
        "mismatch",
        "parent and child",
        "unrelated",
        0.004,
        20114,
        "KING kinship is that of strangers.",
    )
    errors = Check(
        "mendelian_errors",
        ("FAM01-P", "FAM01-F", "FAM01-M"),
        "warning",
        None,
        None,
        0.081,
        41220,
        "8.1 % of sites break inheritance; under 1 % is expected.",
    )
    checks = (CHECKS[0], sex, CHECKS[2], related, *CHECKS[4:6], errors, CHECKS[7])
    return replace(trio(), checks=checks)


def without_candidates() -> Interpretation:
    """Nothing could be tiered: no genes pack fits the assembly."""
    provenance = replace(PROVENANCE, panels=(), references=PROVENANCE.references[4:], assembly="GRCh37")
    notices = (
        Notice(
            "warning", "no_genes", "no genes pack: consequences cannot be told, so there are no candidates"
        ),
        Notice("warning", "no_panels", "no gene panel was applied: every candidate is Tier 3"),
    )
    return replace(
        trio(),
        candidates=(),
        notices=notices,
        waterfall=WATERFALL[:2],
        provenance=provenance,
        checks=CHECKS[3:4],
        phenotypes=(),
    )


def searched_in_vain() -> Interpretation:
    """A complete run that found nothing."""
    steps = (*WATERFALL[:5], replace(WATERFALL[5], remaining=0), replace(WATERFALL[6], remaining=0))
    return replace(trio(), candidates=(), notices=(), waterfall=steps)


def crowded(number: int = 300) -> Interpretation:
    """The trio with Tier 3 candidates up to `number`."""
    more = tuple(
        replace(tier3(rank), gene=f"GENE{rank}", score=round(0.1 / rank, 5)) for rank in range(4, number + 1)
    )
    return replace(trio(), candidates=(*trio().candidates[:3], *more))


def three_generations() -> Interpretation:
    """A dominant family of twelve over three generations, some not sequenced."""
    members = (
        member("GF1", "male", sequenced=False),
        member("GM1", "female", "affected", sequenced=False),
        member("GF2", "male"),
        member("GM2", "female"),
        member("FAM01-F", "male", "affected", "GF1", "GM1"),
        member("UNCLE", "male", "uncertain", "GF1", "GM1"),
        member("FAM01-M", "female", "unaffected", "GF2", "GM2"),
        member("AUNT", "female", "unaffected", "GF2", "GM2"),
        member("FAM01-P", "male", "affected", "FAM01-F", "FAM01-M", proband=True),
        member("SISTER", "female", "unaffected", "FAM01-F", "FAM01-M"),
        member("WIFE2", "female"),
        member("HALF", "unknown", "affected", "FAM01-F", "WIFE2"),
    )
    return replace(trio(), members=members)


def hostile() -> Interpretation:
    """The trio with markup, formulas, control characters and direction overrides in every text that a user supplies."""
    bad = HOSTILE
    members = tuple(
        replace(m, id=m.id + bad, father=m.father and m.father + bad, mother=m.mother and m.mother + bad)
        for m in TRIO
    )
    first = dyrk1a()
    poisoned = replace(
        first.variants[0],
        contig=bad,
        ref=bad * 9,
        alt=bad,
        gene=bad,
        consequence=bad,
        impact=bad,
        protein_change=bad,
        transcript=bad,
        transcripts=(TranscriptConsequence(bad, bad, bad, bad, bad, True),),
        frequencies=(PopulationFrequency(bad, bad, 0.2, 10),),
        clinical_significance=bad,
        clinical_significance_id=bad,
        clinical_significance_conditions=(bad,),
        scores={bad: 0.5},
        genotypes={m.id: bad for m in members},
        calls={members[0].id: Call(bad, 1, 1, 1, 1)},
        inheritance=bad,
        source_line=bad,
    )
    worst = replace(
        first,
        gene=bad,
        gene_id=bad,
        gene_name=bad,
        segregation=bad,
        penetrance=bad,
        variants=(poisoned,),
        events=(ReportEvent(1, bad, bad, bad, bad, bad, bad, bad, bad, (bad,)),),
        flags=(bad,),
        disease_id=bad,
        disease_name=bad,
        contributions=(Contribution(bad, 1.0, bad),),
        phenotype_matches=(PhenotypeMatch(bad, bad, bad, bad, 1.0),),
        constraint={bad: 1.0},
        mechanism=(bad,),
    )
    provenance = Provenance(
        *(bad, bad, bad, bad, {bad: [bad]}),
        inputs=(InputFile(bad, bad, bad, bad),),
        references=(ReferenceUsed(bad, bad, bad, bad, bad, bad, bad),),
        panels=(PanelUsed(bad, bad, bad, 3),),
    )
    return Interpretation(
        schema_version=bad,
        family_id=bad,
        proband=members[0].id,
        members=members,
        phenotypes=(PhenotypeTerm(bad, bad, "present", bad), PhenotypeTerm(bad, bad, "set_aside", bad)),
        checks=(
            Check(bad, (bad,), "mismatch", bad, bad, 1.0, 1, bad),
            Check(bad, (bad,), bad, bad, bad, None, None, bad),
        ),
        notices=(Notice("warning", bad, bad, 1), Notice("info", bad, bad)),
        waterfall=(WaterfallStep(bad, 10, bad),),
        candidates=(worst, *(replace(worst, rank=rank, tier=3) for rank in range(2, 40))),
        provenance=provenance,
    )
