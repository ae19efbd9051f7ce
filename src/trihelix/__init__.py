"""Trihelix runs a national genomic-medicine programme: clinic, research and industry in one house."""

from trihelix._version import __version__

__all__ = ["__version__"]
