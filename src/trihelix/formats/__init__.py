"""Bytes to model and back: VCF, PED, phenopackets."""
