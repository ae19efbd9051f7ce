"""An Interpretation read back from the dictionary that it was written as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from trihelix.model.errors import InterpretationFilesError
from trihelix.model.interpretation import SCHEMA_VERSION, Interpretation

T = TypeVar("T")


def read_interpretation(document: Mapping[str, Any], where: str) -> Interpretation:
    """The Interpretation of a parsed interpretation.json. InterpretationFilesError names `where` it is of another
    schema version, or lacks something."""
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        raise InterpretationFilesError(
            "the interpretation was written by another version",
            where=where,
            value=f"schema {version}, this is {SCHEMA_VERSION}",
            advice="interpret the family again",
        )
    try:
        return _build(Interpretation, document)
    except (KeyError, TypeError, AttributeError) as error:
        raise InterpretationFilesError(
            "the interpretation is damaged",
            where=where,
            value=error,
            advice="interpret the family again",
        ) from error


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _build(kind: type[T], values: Mapping[str, Any]) -> T:
    hints = _hints(kind)  # type: ignore[arg-type]
    return kind(**{f.name: _value(hints[f.name], values[f.name]) for f in fields(kind)})  # type: ignore[arg-type]


def _value(hint: Any, value: Any) -> Any:
    """A value as its field's type wants it: tuples for lists, dataclasses for dictionaries."""
    if get_origin(hint) is UnionType:
        return None if value is None else _value(_without_none(hint), value)
    if is_dataclass(hint):
        return _build(hint, value)  # type: ignore[arg-type]
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], v) for v in value)
    if get_origin(hint) is dict:
        return {k: _value(get_args(hint)[1], v) for k, v in value.items()}
    return value


def _without_none(hint: Any) -> Any:
    return next(part for part in get_args(hint) if part is not NoneType)
