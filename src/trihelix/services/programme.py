"""A programme folder opened: the one place that knows where things lie in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from trihelix.model.errors import OutputError
from trihelix.reference.library import ReferenceLibrary

DEFAULT_HOME = "~/.trihelix"


@dataclass(frozen=True)
class Programme:
    """An opened programme folder."""

    home: Path

    @property
    def library(self) -> ReferenceLibrary:
        """Its reference library."""
        return ReferenceLibrary(self.home / "reference")


def open_programme(home: Path | None) -> Programme:
    """The programme at `home`, else at TRIHELIX_HOME, else at ~/.trihelix. The folder is made with its first content."""
    folder = home or Path(os.environ.get("TRIHELIX_HOME") or DEFAULT_HOME)
    folder = folder.expanduser()
    if folder.exists() and not folder.is_dir():
        raise OutputError(
            "the programme's home must be a folder", where=str(folder), advice="choose another --home"
        )
    return Programme(folder)
