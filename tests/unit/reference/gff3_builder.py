"""A builder of small GFF3 files, and packs made from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from trihelix.reference.genes import Genes, convert, open_genes
from trihelix.reference.pack import ConversionOptions, Converted


@dataclass
class Annotation:
    """Builds the lines of a GFF3 file in Ensembl's style."""

    lines: list[str] = field(default_factory=lambda: ["##gff-version 3"])

    def gene(
        self,
        gene_id: str,
        contig: str,
        start: int,
        end: int,
        strand: str = "+",
        name: str = "",
        more: str = "",
    ) -> Annotation:
        label = f"Name={name};" if name else ""
        more = more or "biotype=protein_coding"
        self.lines.append(
            f"{contig}\ttest\tgene\t{start}\t{end}\t.\t{strand}\t.\tID=gene:{gene_id};{label}{more}"
        )
        self._contig, self._strand, self._gene = contig, strand, gene_id
        return self

    def transcript(
        self,
        transcript_id: str,
        exons: list[tuple[int, int]],
        cds: list[tuple[int, int, str]] | None = None,
        biotype: str = "protein_coding",
        tag: str = "",
    ) -> Annotation:
        start, end = min(s for s, _ in exons), max(e for _, e in exons)
        tags = f";tag={tag}" if tag else ""
        self._line(
            "mRNA",
            start,
            end,
            ".",
            f"ID=transcript:{transcript_id};Parent=gene:{self._gene};biotype={biotype}{tags}",
        )
        for s, e in exons:
            self._line("exon", s, e, ".", f"Parent=transcript:{transcript_id}")
        for s, e, phase in cds or []:
            self._line("CDS", s, e, phase, f"ID=CDS:{transcript_id};Parent=transcript:{transcript_id}")
        return self

    def _line(self, kind: str, start: int, end: int, phase: str, attributes: str) -> None:
        self.lines.append(
            f"{self._contig}\ttest\t{kind}\t{start}\t{end}\t.\t{self._strand}\t{phase}\t{attributes}"
        )

    def write(self, folder: Path, name: str = "genes.gff3") -> Path:
        path = folder / name
        path.write_text("\n".join(self.lines) + "\n")
        return path


def make(folder: Path, *sources: Path) -> tuple[Converted, Genes]:
    pack = folder / "pack"
    pack.mkdir(exist_ok=True)
    return convert(sources, pack, ConversionOptions()), open_genes(pack)
