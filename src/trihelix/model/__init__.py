"""The vocabulary: frozen dataclasses, enums and errors. Standard library only."""
