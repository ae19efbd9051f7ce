"""The documents say what the code does: generated pages are current, nothing public is undocumented, commands exist."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trihelix._version import __version__
from trihelix.interpretation.evidence import frequency
from trihelix.reference.library import KINDS
from trihelix.reports.json_document import interpretation_schema
from trihelix.variants.store import callable as callable_intervals
from trihelix.variants.store import layout, layout_words, samples
from trihelix.variants.store.sample_major import layout as by_sample_layout

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(p for p in (*ROOT.glob("*.md"), *DOCS.rglob("*.md")))


def load_generator() -> Any:
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = load_generator()
COMMANDS = dict(GENERATOR.commands())


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", GENERATOR.PAGES)
def test_generated_pages_are_current(name: str) -> None:
    assert name not in GENERATOR.stale(), "run: python docs/generate.py"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_says_what_it_does(name: str) -> None:
    assert COMMANDS[name].help
    assert [p.name for p in COMMANDS[name].params if not p.help] == []


def test_every_error_has_a_code_of_its_own_and_a_meaning() -> None:
    classes = GENERATOR.error_classes()
    assert len(classes) > 10
    assert [c.__name__ for c in classes if not c.__dict__.get("__doc__")] == []
    codes = [c.exit_code for c in classes]
    assert len(set(codes)) == len(codes)
    assert not set(codes) & {0, 1, 2, 130, 143}


def objects() -> dict[str, Any]:
    schema = interpretation_schema()
    return {schema["title"]: schema, **schema["$defs"]}


@pytest.mark.parametrize("name", objects())
def test_every_field_of_the_interpretation_has_a_meaning(name: str) -> None:
    described = objects()[name]
    assert described.get("description")
    assert [f for f, one in described["properties"].items() if not one.get("description")] == []


def test_every_column_of_the_genome_store_has_a_meaning() -> None:
    part = layout.schema(layout.Columns(True, True, True))
    schemas = {
        "PART": part,
        "RARE": by_sample_layout.rare_schema(True, True),
        "COMMON": by_sample_layout.common_schema(True),
        "COMMON_ROWS": by_sample_layout.common_rows_schema(),
        "SAMPLES": samples.SCHEMA,
        "CALLABLE": callable_intervals.SCHEMA,
    }
    for kind, schema in schemas.items():
        words = getattr(layout_words, kind)
        assert schema.names == list(words), kind
        assert all(text.endswith((".", "`.", "].")) for text in words.values()), kind
    assert {*schemas, "SOURCES"} == {name for name in vars(layout_words) if name.isupper() and name[0] != "_"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_pack_is_described(kind: str) -> None:
    assert re.search(rf"^###? .*\b{kind}\b", text_of(DOCS / "reference" / "packs.md"), re.MULTILINE)
    assert re.search(
        rf"reference add {kind}\b|^## .*{kind}",
        text_of(DOCS / "how-to" / "add-reference-packs.md"),
        re.MULTILINE | re.I,
    )


def test_frequency_thresholds_are_those_of_the_code() -> None:
    rows = [
        line for line in text_of(DOCS / "explanation" / "tiering.md").splitlines() if line.startswith("|")
    ]
    wanted = {"dominant and de novo": frequency.DOMINANT, "recessive filters": frequency.RECESSIVE}
    wanted |= {f"`{p}`": value for p, value in frequency.DOMINANT_OF_POPULATION.items()}
    wanted |= {f"`{p}`": value for p, value in frequency.RECESSIVE_OF_POPULATION.items()}
    for words, value in wanted.items():
        assert any(words in row and row.endswith(f"| {value} |") for row in rows), (words, value)


def shown_commands(page: Path) -> Iterator[list[str]]:
    """Words of each `trihelix` command in the console blocks of a page."""
    for block in re.findall(r"```console\n(.*?)```", text_of(page), re.DOTALL):
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            for part in re.split(r"\s[|;&]+\s", line.removeprefix("$ ").split(" > ")[0]):
                if part.startswith("trihelix "):
                    yield shlex.split(part)


def resolve(words: list[str]) -> tuple[str, list[str]]:
    """(full name of the command, the words after it)."""
    name, rest = words[0], words[1:]
    while rest and f"{name} {rest[0]}" in COMMANDS:
        name, rest = f"{name} {rest[0]}", rest[1:]
    return name, rest


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_shown_commands_exist_with_their_options(page: Path) -> None:
    for words in shown_commands(page):
        name, rest = resolve(words)
        known = {opt for p in COMMANDS[name].params for opt in p.opts} | {"--help", "-h"}
        asked = {word.split("=")[0] for word in rest if word.startswith("-")}
        assert asked <= known, (words, asked - known)
        below = getattr(COMMANDS[name], "commands", {})
        assert not below or not [w for w in rest if not w.startswith("-")], f"{name} has no command {rest}"


def test_shown_commands_are_found() -> None:
    """The test above would be silent if the blocks were written in another way."""
    assert sum(1 for page in PAGES for _ in shown_commands(page)) > 20


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text_of(page))
    inner = [link for link in links if not re.match(r"https?://", link)]
    assert [link for link in inner if not (page.parent / link).exists()] == []


def test_version_is_the_same_everywhere() -> None:
    assert f"\nversion: {__version__}\n" in text_of(ROOT / "CITATION.cff")
    assert __version__ in text_of(ROOT / "CHANGELOG.md")


def test_site_builds_without_a_warning(tmp_path: Path) -> None:
    if not (importlib.util.find_spec("mkdocs") and importlib.util.find_spec("material")):
        assert os.environ.get("TRIHELIX_REQUIRE_ALL") != "1", "mkdocs-material is not installed"
        pytest.skip("mkdocs-material is not installed (extra docs)")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    pages = {p.relative_to(tmp_path / "site").as_posix() for p in (tmp_path / "site").rglob("*.html")}
    assert {p.relative_to(DOCS).with_suffix(".html").as_posix() for p in DOCS.rglob("*.md")} <= pages


def test_site_loads_nothing_from_elsewhere() -> None:
    """Fonts and scripts of the theme come from the site itself."""
    settings = text_of(ROOT / "mkdocs.yml")
    assert re.search(r"^  font: false$", settings, re.MULTILINE)
    assert "mermaid" not in settings
    assert not re.search(r"extra_(javascript|css):", settings)
