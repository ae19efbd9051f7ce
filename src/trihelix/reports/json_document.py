"""The interpretation as a JSON document, and the published schema that describes it."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from trihelix.model.interpretation import Interpretation
from trihelix.reports.family_report import for_family

SCHEMA_FILE = "interpretation.schema.json"


def render_json(interpretation: Interpretation) -> str:
    """The document, keys in the order of the model's fields, without what only the laboratory may know (see
    `for_family`); ValueError for a number that JSON cannot hold.

    A lone surrogate (possible in a name that came from JSON) is written as its escape.
    """
    return as_json(for_family(interpretation).as_dict())


def as_json(document: dict[str, Any]) -> str:
    """A document as text that is valid UTF-8."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def interpretation_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `interpretation.json`."""
    text = files("trihelix.reports").joinpath(SCHEMA_FILE).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
