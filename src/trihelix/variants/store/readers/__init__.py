"""Variant files of any kind brought into columns: bytes of BCF and lines of VCF, one kernel for both."""
