"""The published list of alleles that are common somewhere and yet pathogenic, each with its source.

A frequency filter and ACMG's BA1 both take common for harmless; of these alleles published work says otherwise. The
list needs no pack, so that they are known whatever packs a run has.
"""

from __future__ import annotations

from dataclasses import dataclass

from trihelix.model.assembly import assembly_name

# How a row's two positions were confirmed. CLINVAR: the allele stands there in ClinVar (2024-12 of GRCh38, or 2017
# of GRCh37), and the other assembly's position is as far away as those of ClinVar alleles around it. PUBLISHED: the
# assembly that ClinVar's files do not confirm is as in open implementations of the ClinGen list (Exomiser, AutoACMG).
CLINVAR, PUBLISHED = "ClinVar", "published lists"

# Sources. `GHOSH` is the list of exceptions from BA1 by ClinGen's Sequence Variant Interpretation working group.
GHOSH = "Ghosh R et al., Hum Mutat 2018; 39:1525"
CFTR = "Watson MS et al. (ACMG), Genet Med 2004; 6:387"
HEARING = "Oza AM et al. (ClinGen hearing loss panel), Hum Mutat 2018; 39:1593"
SICKLE = "Rees DC et al., Lancet 2010; 376:2018"
HBE = "Fucharoen S, Weatherall DJ, Cold Spring Harb Perspect Med 2012; 2:a011734"
ALPHA1 = "ATS/ERS statement, Am J Respir Crit Care Med 2003; 168:818"
FEVER = "Shohat M, Halpern GJ, Genet Med 2011; 13:487"
ASHKENAZI = "Gross SJ et al. (ACMG), Genet Med 2008; 10:54"
G6PD = "WHO Working Group, Bull World Health Organ 1989; 67:601"
STARGARDT = "Allikmets R et al., Science 1997; 277:1805"
FACTOR_XI = "Asakai R et al., N Engl J Med 1991; 325:153"
ESTERASE = "McGuire MC et al., Proc Natl Acad Sci USA 1989; 86:953"
FILAGGRIN = "Smith FJD et al., Nat Genet 2006; 38:337"
TEETH = "Bohring A et al., Am J Hum Genet 2009; 85:97"
SLO = "Battaile KP et al., Mol Genet Metab 2001; 72:67"


@dataclass(frozen=True)
class CommonAllele:
    """An allele of the list: VCF form, left-aligned, 1-based; `contig` is the bare name in both assemblies."""

    gene: str
    hgvs: str
    contig: str
    grch38: int
    grch37: int
    ref: str
    alt: str
    source: str
    verified: str = CLINVAR

    def position(self, assembly: str | None) -> int | None:
        """The position in an assembly, by any of its names; None for an assembly that the list does not have."""
        return {"GRCh38": self.grch38, "GRCh37": self.grch37}.get(assembly_name(assembly) or "")


A = CommonAllele
COMMON_PATHOGENIC: tuple[CommonAllele, ...] = (
    A("ACAD9", "NM_014049.4:c.-44_-41dup", "3", 128879647, 128598490, "C", "CTAAG", GHOSH, PUBLISHED),
    A("GJB2", "NM_004004.5:c.109G>A", "13", 20189473, 20763612, "C", "T", GHOSH),
    A("HFE", "NM_000410.3:c.187C>G", "6", 26090951, 26091179, "C", "G", GHOSH),
    A("HFE", "NM_000410.3:c.845G>A", "6", 26092913, 26093141, "G", "A", GHOSH),
    A("MEFV", "NM_000243.2:c.1105C>T", "16", 3249586, 3299586, "G", "A", GHOSH),
    A("MEFV", "NM_000243.2:c.1223G>A", "16", 3249468, 3299468, "C", "T", GHOSH),
    A("PIBF1", "NM_006346.2:c.1214G>A", "13", 72835359, 73409497, "G", "A", GHOSH, PUBLISHED),
    A("ACADS", "NM_000017.3:c.511C>T", "12", 120737875, 121175678, "C", "T", GHOSH),
    A("BTD", "NM_000060.4:c.1330G>C", "3", 15645186, 15686693, "G", "C", GHOSH),
    A("CFTR", "NM_000492.4:c.1521_1523del", "7", 117559590, 117199644, "ATCT", "A", CFTR),
    A("HBB", "NM_000518.5:c.20A>T", "11", 5227002, 5248232, "T", "A", SICKLE),
    A("HBB", "NM_000518.5:c.19G>A", "11", 5227003, 5248233, "C", "T", SICKLE),
    A("HBB", "NM_000518.5:c.79G>A", "11", 5226943, 5248173, "C", "T", HBE),
    A("GJB2", "NM_004004.6:c.35del", "13", 20189546, 20763685, "AC", "A", HEARING),
    A("GJB2", "NM_004004.6:c.167del", "13", 20189414, 20763553, "CA", "C", HEARING),
    A("GJB2", "NM_004004.6:c.235del", "13", 20189346, 20763485, "AG", "A", HEARING),
    A("SERPINA1", "NM_000295.5:c.1096G>A", "14", 94378610, 94844947, "C", "T", ALPHA1),
    A("SERPINA1", "NM_000295.5:c.863A>T", "14", 94380925, 94847262, "T", "A", ALPHA1),
    A("MEFV", "NM_000243.3:c.2080A>G", "16", 3243407, 3293407, "T", "C", FEVER),
    A("MEFV", "NM_000243.3:c.2177T>C", "16", 3243310, 3293310, "A", "G", FEVER),
    A("HEXA", "NM_000520.6:c.1274_1277dup", "15", 72346579, 72638920, "G", "GGATA", ASHKENAZI),
    A("GBA1", "NM_000157.4:c.1226A>G", "1", 155235843, 155205634, "T", "C", ASHKENAZI),
    A("ELP1", "NM_003640.5:c.2204+6T>C", "9", 108899816, 111662096, "A", "G", ASHKENAZI),
    A("G6PD", "NM_001360016.2:c.202G>A", "X", 154536002, 153764217, "C", "T", G6PD),
    A("G6PD", "NM_001360016.2:c.563C>T", "X", 154534419, 153762634, "G", "A", G6PD),
    A("ABCA4", "NM_000350.3:c.5882G>A", "1", 94008251, 94473807, "C", "T", STARGARDT),
    A("F11", "NM_000128.4:c.403G>T", "4", 186274193, 187195347, "G", "T", FACTOR_XI),
    A("F11", "NM_000128.4:c.901T>C", "4", 186280258, 187201412, "T", "C", FACTOR_XI),
    A("BCHE", "NM_000055.4:c.293A>G", "3", 165830741, 165548529, "T", "C", ESTERASE),
    A("FLG", "NM_002016.2:c.1501C>T", "1", 152313385, 152285861, "G", "A", FILAGGRIN),
    A("FLG", "NM_002016.2:c.2282_2285del", "1", 152312600, 152285076, "CACTG", "C", FILAGGRIN),
    A("WNT10A", "NM_025216.3:c.682T>A", "2", 218890289, 219755011, "T", "A", TEETH),
    A("DHCR7", "NM_001360.3:c.964-1G>C", "11", 71435840, 71146886, "C", "G", SLO),
)  # fmt: skip
