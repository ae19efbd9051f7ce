"""A bench for attacking the command line: what is refused must leave no trace, what is accepted must say so."""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from small_home import Outcome, SmallHome, snapshot, temporary_files_in, trihelix

from trihelix.model.errors import TrihelixError
from trihelix.reports.json_document import interpretation_schema
from vcf_builder import write_vcf

EARLIER = {
    "report.html": b"an earlier report",
    "candidates.tsv": b"earlier candidates",
    "interpretation.json": b"{}",
    "notes of the clinic.txt": b"not ours",
}
RESULTS = {
    "report.html",
    "candidates.tsv",
    "interpretation.json",
    "quality.html",
    "quality.json",
    "alleles.arrow",
    "effects.arrow",
}

OF_ALLELES = {"alleles.arrow", "effects.arrow"}  # where somebody was interpreted


@cache
def validator() -> jsonschema.Draft202012Validator:
    """The published schema of interpretation.json."""
    return jsonschema.Draft202012Validator(interpretation_schema())


def answer_of(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The candidates: gene, tier, segregation, score, and variants (contigs without `chr`) with genotypes."""
    return [
        (
            c["gene"],
            c["tier"],
            c["segregation"],
            c["score"],
            [
                (v["contig"].removeprefix("chr"), v["pos"], v["ref"], v["alt"], v["genotypes"])
                for v in c["variants"]
            ],
        )
        for c in document["candidates"]
    ]


def contents(home: Path) -> dict[str, tuple[int, int]]:
    """What a programme folder holds, without reading it: size and time of change of every file."""
    files = (p for p in home.rglob("*") if p.is_file())
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in files}


@dataclass(frozen=True)
class Accepted:
    """An interpretation that was written: the document, the report's text and the laboratory's quality record."""

    document: dict[str, Any]
    page: str
    quality: dict[str, Any]

    @property
    def warnings(self) -> set[str]:
        """Codes of the warnings."""
        return {n["code"] for n in self.document["notices"] if n["level"] == "warning"}

    @property
    def notices(self) -> dict[str, int | None]:
        """Code of every notice -> its count."""
        return {n["code"]: n["count"] for n in self.document["notices"]}

    @property
    def answer(self) -> list[tuple[Any, ...]]:
        """See `answer_of`."""
        return answer_of(self.document)

    def candidate(self, gene: str) -> dict[str, Any] | None:
        """The candidate of a gene."""
        return next((c for c in self.document["candidates"] if c["gene"] == gene), None)


@dataclass
class Bench:
    """A folder of one test beside the good trio's programme."""

    small: SmallHome
    folder: Path

    def file(self, name: str, content: str | bytes | object) -> Path:
        """A file with this content; anything but text and bytes is written as JSON."""
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def vcf(self, text: str, name: str = "family.vcf") -> Path:
        """A variant file, packed as its name says."""
        return write_vcf(self.folder / name, text)

    def refuses(self, error: type[TrihelixError], *words: str, **changes: object) -> Outcome:
        """`interpret` with these changes ends with this error, whose message has these words, and leaves
        nothing: no output folder where there was none, an earlier one as it was, no temporary file, no
        change in the programme folder."""
        first = self.refuses_new(error, *words, **changes)
        earlier = self.folder / "earlier"
        earlier.mkdir(exist_ok=True)
        for name, content in EARLIER.items():
            (earlier / name).write_bytes(content)
        with self.leaving_no_trace():
            again = trihelix(*self.small.arguments(**{"out": earlier, "json": True, **changes}))
        assert snapshot(earlier) == EARLIER
        assert_refused(again, error, words)
        assert_json_error(again, error)
        return first

    def refuses_new(self, error: type[TrihelixError], *words: str, **changes: object) -> Outcome:
        """The part of `refuses` where nothing was written before."""
        out = self.folder / "new" / "out"
        with self.leaving_no_trace():
            outcome = trihelix(*self.small.arguments(**{"out": out, **changes}))
        assert not out.parent.exists()
        assert_refused(outcome, error, words)
        assert outcome.out == ""
        return outcome

    def accepts(self, **changes: object) -> Accepted:
        """`interpret` with these changes succeeds; what it wrote is whole, valid, and shows every notice."""
        out = self.folder / f"out{len(list(self.folder.glob('out*')))}"
        with self.leaving_no_trace(but=("phenotypes",)):
            outcome = trihelix(*self.small.arguments(**{"out": out, "json": True, **changes}))
        assert outcome.code == 0, outcome.err
        document = outcome.json
        results = RESULTS if document["proband"] else RESULTS - OF_ALLELES
        assert {p.name for p in out.iterdir()} == results
        assert json.loads((out / "interpretation.json").read_text()) == document
        validator().validate(document)
        page = (out / "report.html").read_text()
        for notice in document["notices"]:
            assert is_shown(notice["message"], page), notice
        return Accepted(document, page, json.loads((out / "quality.json").read_text()))

    def refuses_to_add(
        self,
        error: type[TrihelixError],
        kind: str,
        *files: Path,
        words: tuple[str, ...] = (),
        options: tuple[object, ...] = (),
    ) -> Outcome:
        """`reference add` ends with this error, and the library stays as it was."""
        home = self.folder / "library"
        arguments = ["reference", "add", kind, *files, "--home", home, *options]
        with self.leaving_no_trace():
            outcome = trihelix(*arguments)
            again = trihelix(*arguments, "--json")
        assert not any(p.is_file() or p.name.startswith(".") for p in home.rglob("*"))
        assert_refused(outcome, error, words)
        assert_json_error(again, error)
        return outcome

    def home_copy(self) -> Path:
        """A copy of the programme folder that a test may damage."""
        return Path(shutil.copytree(self.small.home, self.folder / "home"))

    def home_of_phenotypes(self) -> Path:
        """A programme folder with nothing but the phenotypes pack, which takes long to make."""
        home = self.folder / "phenotypes only"
        packs = Path("reference") / "phenotypes"
        shutil.copytree(self.small.home / packs, home / packs)
        return home

    @contextmanager
    def leaving_no_trace(self, but: tuple[str, ...] = ()) -> Iterator[None]:
        """No temporary file is left, and the programme folder is as before."""
        temporary = self.folder / "temporary"
        before = contents(self.small.home)
        with temporary_files_in(temporary):
            yield
        assert list(temporary.iterdir()) == []
        changed = contents(self.small.home).items() ^ before.items()
        assert not [path for path, _ in changed if not any(word in path for word in but)]


def is_shown(message: str, page: str) -> bool:
    """Whether a report shows a message (its text may be escaped and begin with a capital letter)."""
    text = html.escape(message)
    plain = page.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
    return text[1:] in plain


def assert_refused(outcome: Outcome, error: type[TrihelixError], words: tuple[str, ...] = ()) -> None:
    """The fixed exit code, the error's name, where, value and advice, and these words."""
    assert outcome.code == error.exit_code, (outcome.code, outcome.err, outcome.out[-500:])
    assert outcome.err.startswith(f"{error.__name__}: ")
    assert "Traceback" not in outcome.err
    assert "what to do: " in outcome.err, outcome.err
    for word in words:
        assert word in outcome.err, outcome.err


def assert_json_error(outcome: Outcome, error: type[TrihelixError]) -> None:
    """The one JSON shape, and nothing else on standard output."""
    shape = outcome.json
    assert list(shape) == ["error", "what", "where", "value", "advice", "exit_code"]
    assert (shape["error"], shape["exit_code"]) == (error.__name__, outcome.code)
    assert shape["what"]
    assert shape["advice"]
