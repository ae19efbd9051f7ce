"""Reading what an interpretation left in its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from trihelix.model.errors import InterpretationFilesError

INTERPRETATION = "interpretation.json"


def read_document(folder: Path) -> dict[str, Any]:
    """The parsed interpretation.json of a folder. InterpretationFilesError where there is none that can be read."""
    path = folder / INTERPRETATION
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise damaged(folder, error) from error
    if not isinstance(document, dict) or not isinstance(document.get("candidates"), list):
        raise damaged(folder, "it has no list of candidates")
    return document


def damaged(folder: Path, why: object) -> InterpretationFilesError:
    """The error for an interpretation that cannot be read or understood."""
    return InterpretationFilesError(
        "the interpretation cannot be read",
        where=str(folder / INTERPRETATION),
        value=why,
        advice="give the --out folder of `trihelix interpret`; interpret again if it is of an earlier version",
    )
