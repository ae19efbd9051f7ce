"""The interpretation as a JSON document, and the published schema that describes it."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from trihelix.model.interpretation import Interpretation

SCHEMA_FILE = "interpretation.schema.json"


def render_json(interpretation: Interpretation) -> str:
    """The document, keys in the order of the model's fields; ValueError for a number that JSON cannot hold.

    A lone surrogate (possible in a name that came from JSON) is written as its escape, so that the text is valid UTF-8.
    """
    text = json.dumps(interpretation.as_dict(), indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def interpretation_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `interpretation.json`."""
    text = files("trihelix.reports").joinpath(SCHEMA_FILE).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
