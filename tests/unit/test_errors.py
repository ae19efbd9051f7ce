"""Every error that the program raises says where and what to do; every class has its own exit code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import trihelix
from trihelix.model import errors
from trihelix.model.errors import TrihelixError

SOURCE = Path(trihelix.__file__).parent
CLASSES = {
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, TrihelixError)
}


def calls_that_make_errors() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CLASSES:
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", node


def test_every_error_says_what_to_do() -> None:
    silent = [
        place
        for place, call in calls_that_make_errors()
        if "advice" not in {k.arg for k in call.keywords} and None not in {k.arg for k in call.keywords}
    ]
    assert silent == []


def test_every_error_has_an_exit_code_of_its_own() -> None:
    codes = [c.exit_code for c in TrihelixError.__subclasses__()]
    assert len(set(codes)) == len(codes)
    assert not {0, 1, 2, 130} & set(codes)


def test_an_error_tells_what_where_which_value_and_what_to_do() -> None:
    error = errors.PanelError("no such panel", where="the library", value="R999", advice="check the code")
    assert str(error).split("\n  ") == [
        "no such panel",
        "where: the library",
        "value: R999",
        "what to do: check the code",
    ]
    assert error.as_dict()["exit_code"] == 12
