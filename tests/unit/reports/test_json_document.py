"""The JSON document and its published schema: examples fit, breaking a field does not, and neither can drift from the model."""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from example import (
    crowded,
    hostile,
    mismatching,
    searched_in_vain,
    three_generations,
    trio,
    without_candidates,
)
from jsonschema import Draft202012Validator

from trihelix.model.interpretation import Interpretation
from trihelix.reports.family_report import for_family
from trihelix.reports.json_document import interpretation_schema, render_json

SCHEMA = interpretation_schema()
EXAMPLES = (trio, mismatching, without_candidates, searched_in_vain, three_generations, crowded)


def problems(document: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]


def dataclasses_of_the_model(kind: Any = Interpretation) -> Iterator[type]:
    """The class and every dataclass that its fields reach."""
    if dataclasses.is_dataclass(kind):
        yield kind  # type: ignore[misc]
        for hint in get_type_hints(kind).values():
            yield from dataclasses_of_the_model(hint)
    for part in get_args(kind):
        yield from dataclasses_of_the_model(part)


MODEL = {kind.__name__: kind for kind in dataclasses_of_the_model()}


def definition(name: str) -> dict[str, Any]:
    found: dict[str, Any] = SCHEMA if name == "Interpretation" else SCHEMA["$defs"][name]
    return found


def fits(hint: Any, schema: dict[str, Any]) -> bool:
    """Whether a property's schema describes the type of the field."""
    if hint is Any:
        return "type" not in schema
    if dataclasses.is_dataclass(hint):
        return schema.get("$ref") == f"#/$defs/{hint.__name__}"  # type: ignore[union-attr]
    if "anyOf" in schema:
        parts = get_args(hint)
        return all(any(fits(part, one) for one in schema["anyOf"]) for part in parts)
    if get_origin(hint) is tuple:
        return bool(schema["type"] == "array" and fits(get_args(hint)[0], schema["items"]))
    if get_origin(hint) is dict:
        return bool(
            schema["type"] == "object" and fits(get_args(hint)[1], schema.get("additionalProperties", {}))
        )
    names = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
    hints = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    stated = schema.get("type", "string" if "const" in schema else [])
    return {names[h] for h in hints} == ({stated} if isinstance(stated, str) else set(stated))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"] == "urn:trihelix:schema:interpretation:1.1"


def test_the_schema_defines_the_model_and_nothing_else() -> None:
    assert set(SCHEMA["$defs"]) == set(MODEL) - {"Interpretation"}


@pytest.mark.parametrize("name", MODEL)
def test_every_field_is_named_described_required_and_of_the_right_type(name: str) -> None:
    schema = definition(name)
    hints = get_type_hints(MODEL[name])
    assert list(schema["properties"]) == list(hints)
    assert schema["required"] == list(hints)
    assert schema["additionalProperties"] is False
    for field, hint in hints.items():
        assert schema["properties"][field]["description"].endswith("."), field
        assert fits(hint, schema["properties"][field]), field


@pytest.mark.parametrize("example", EXAMPLES)
def test_documents_fit_the_schema(example: Any) -> None:
    assert problems(json.loads(render_json(example()))) == []


def test_keys_stand_in_the_order_of_the_model() -> None:
    document = json.loads(render_json(trio()))
    assert list(document) == [f.name for f in dataclasses.fields(Interpretation)]
    assert render_json(trio()) == render_json(trio())
    assert render_json(trio()).startswith('{\n  "schema_version": "1.1",\n  "family_id": "FAM01"')


def test_nothing_is_lost_but_what_is_for_the_laboratory() -> None:
    assert json.loads(render_json(trio())) == json.loads(json.dumps(for_family(trio()).as_dict()))


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values whose type the schema fixes."""
    if path and path != ("provenance", "parameters") and path[:2] != ("provenance", "parameters"):
        yield path
    children = (
        value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    )
    for key, child in children:
        yield from paths(child, (*path, key))


DOCUMENT = json.loads(render_json(replace(trio(), candidates=trio().candidates[:2])))


def broken(path: tuple[Any, ...], value: Any) -> Any:
    document = json.loads(json.dumps(DOCUMENT))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return document


def test_a_value_of_the_wrong_type_is_found_wherever_it_stands() -> None:
    unnoticed = [path for path in paths(DOCUMENT) if not problems(broken(path, {"wrong": [None]}))]
    assert unnoticed == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("checks", 0, "status"), "fine"),
        (("phenotypes", 0, "observed"), "maybe"),
        (("notices", 0, "level"), "error"),
        (("members", 0, "sex"), "M"),
        (("candidates", 0, "variants", 0, "inheritance"), "grandmother"),
        (("candidates", 0, "events", 0, "confidence"), "blue"),
        (("candidates", 0, "score"), 1.2),
        (("candidates", 0, "variants", 0, "pos"), 0),
        (("waterfall", 0, "remaining"), -1),
        (("schema_version",), "2.0"),
        (("extra",), 1),
        (("candidates", 0, "extra"), 1),
    ],
)
def test_a_value_that_the_model_does_not_know_is_found(path: tuple[Any, ...], value: Any) -> None:
    assert problems(broken(path, value))


def test_a_missing_field_is_found() -> None:
    document = json.loads(json.dumps(DOCUMENT))
    del document["candidates"][0]["tier"]
    assert problems(document) == ["'tier' is a required property"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_json_cannot_hold_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        render_json(replace(trio(), candidates=(replace(trio().candidates[0], score=value),)))


def test_hostile_texts_survive_the_round_trip() -> None:
    text = render_json(hostile())
    text.encode("utf-8")
    assert json.loads(text)["family_id"] == hostile().family_id
