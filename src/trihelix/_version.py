"""The version, kept apart so that builds and the command line read it without importing the package."""

__version__ = "0.1.0"
