"""The reference library: immutable, content-addressed packs of genomes, genes, panels and more."""
