"""Writes the pages of docs/reference, or their tables, that come from the code: `python docs/generate.py`, or `--check` to compare."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "reference"
FROM_CODE = "<!-- written by docs/generate.py from the code; do not edit -->"

Table = Sequence[Sequence[str]]


def table(header: Sequence[str], rows: Table) -> str:
    """A Markdown table; bars in cells are escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def code(text: object) -> str:
    """Text as inline code."""
    return f"`{text}`"


# ---- command-line.md


def commands() -> Iterator[tuple[str, Any]]:
    """(full name, command) of the `trihelix` command and everything below it, groups before their commands."""
    import typer

    from trihelix.cli.app import app

    waiting: list[tuple[str, Any]] = [("trihelix", typer.main.get_command(app))]
    while waiting:
        name, command = waiting.pop(0)
        yield name, command
        below = getattr(command, "commands", {})
        waiting = [(f"{name} {word}", part) for word, part in below.items()] + waiting


def command_line() -> str:
    """Every command with its arguments and options."""
    parts = [
        "# Command line\n",
        "```console\ntrihelix --help\ntrihelix interpret --help\n```\n",
        "Every command says what it takes with `--help`. Errors go to standard error and end with a fixed "
        "[exit code](exit-codes.md); with `--json` the error is printed on standard output as well, as one JSON "
        "object. `--home` (or the environment variable `TRIHELIX_HOME`) names the programme folder.\n",
    ]
    return "\n".join([*parts, *(_command_section(name, command) for name, command in commands())])


def _command_section(name: str, command: Any) -> str:
    about, _, example = (command.help or "").partition("\n\n")
    parts = [f"## {code(name)}\n", " ".join(about.split()) + "\n"]
    if example:
        parts.append(f"```text\n{example}\n```\n")
    rows = [_parameter_row(one) for one in command.params if not getattr(one, "hidden", False)]
    if rows:
        parts.append(table(("argument or option", "meaning", "default"), rows))
    return "\n".join(parts)


def _parameter_row(parameter: Any) -> tuple[str, str, str]:
    if parameter.param_type_name == "argument":
        name = code(parameter.name.upper() + ("..." if parameter.nargs == -1 else ""))
    else:
        flag = (
            "" if getattr(parameter, "is_flag", False) else " " + parameter.name.removeprefix("as_").upper()
        )
        name = ", ".join(code(opt + flag) for opt in (*parameter.opts, *parameter.secondary_opts))
    meaning = " ".join((parameter.help or "").split())
    if parameter.envvar:
        meaning += f" Environment variable: {code(parameter.envvar)}."
    return name, meaning, _default(parameter)


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if isinstance(parameter.show_default, str):
        return code(parameter.show_default)
    value = parameter.default
    return "" if value in (None, False, (), []) or callable(value) else code(value)


# ---- exit-codes.md


def error_classes() -> list[type[Any]]:
    """Every error that a user can act on, by exit code."""
    from trihelix.model.errors import TrihelixError

    found: list[type[Any]] = []
    waiting: list[type[Any]] = [TrihelixError]
    while waiting:
        below = waiting.pop().__subclasses__()
        found += below
        waiting += below
    return sorted({c for c in found if c.__module__.startswith("trihelix.")}, key=lambda c: c.exit_code)


def exit_codes() -> str:
    """What each exit code means."""
    rows = [
        ("0", "", "The command did what was asked."),
        ("1", "", "A fault of Trihelix itself, shown with a traceback. Please report it."),
        ("2", "", "The command line is wrong: an unknown option, or options that do not go together."),
        *((str(c.exit_code), code(c.__name__), " ".join((c.__doc__ or "").split())) for c in error_classes()),
        (str(128 + signal.SIGINT), "", "Interrupted from the keyboard. What was begun was removed."),
        (str(128 + signal.SIGTERM), "", "Asked to end by another program. What was begun was removed."),
    ]
    example = (
        "```console\n"
        "$ trihelix interpret --vcf absent.vcf.gz --ped trio.ped --hpo HP:0001250 --out report\n"
        "FileUnreadableError: the file does not exist\n"
        "  where: absent.vcf.gz\n"
        "  what to do: check the path\n"
        "$ echo $?\n3\n```\n"
    )
    shape = (
        "An error says what is wrong, where, with which value, and what to do. With `--json` the same is printed on "
        "standard output as one object with the fields `error` (the name), `what`, `where`, `value`, `advice` and "
        "`exit_code`. After an error nothing is left half-written: an output folder keeps the files that it had.\n"
    )
    return "\n".join(["# Exit codes\n", example, table(("code", "error", "meaning"), rows), shape])


# ---- segregation-rules.md

_REGIONS = {
    "autosome": "autosomes, pseudoautosomal regions",
    "X": "X outside the pseudoautosomal regions",
    "Y": "Y",
    "MT": "mitochondrial genome",
}


def segregation_rules() -> str:
    """The tables of segregation filters and of the filters that fit each mode of inheritance."""
    from trihelix.interpretation.rare.rules import (
        FILTERS_OF_MODE,
        PAIR_FILTERS,
        RECESSIVE_FILTERS,
        RULES,
        Filter,
    )
    from trihelix.reports.wording import segregation_words

    names = [
        (code(f.value), segregation_words(f.value), "1 %" if f in RECESSIVE_FILTERS else "0.1 %")
        for f in Filter
    ]
    pairs = [(code(f.value), _REGIONS[region]) for region, f in PAIR_FILTERS.items()]
    modes = [
        (code(mode.value), ", ".join(code(f.value) for f in Filter if f in filters) or "none yet")
        for mode, filters in FILTERS_OF_MODE.items()
    ]
    rules = [_rule_row(rule) for rule in RULES]
    rule_header = ("filter", "region", "affected", "unaffected", "besides")
    return "\n".join(
        [_RULES_INTRODUCTION, table(("filter", "in words", "highest frequency"), names), _RULES_SINGLE,
         table(rule_header, rules), _RULES_PAIRS, table(("filter", "region"), pairs), _RULES_MODES,
         table(("mode of inheritance on the panel", "filters that fit"), modes), _RULES_END]
    )  # fmt: skip


def _rule_row(rule: Any) -> tuple[str, str, str, str, str]:
    besides = [
        f"{who} {_genotypes(allowed)}"
        for who, allowed in (
            ("called unaffected parents of affected members:", rule.unaffected_parent),
            ("called affected parents:", rule.affected_parent),
            ("called unaffected mothers of affected members:", rule.unaffected_mother),
        )
        if _genotypes(allowed) != "any"
    ]
    besides += [text for asked, text in _besides(rule) if asked]
    affected = _by_count(rule.affected_1x, rule.affected_2x, rule.region)
    unaffected = _by_count(rule.unaffected_1x, rule.unaffected_2x, rule.region)
    return code(rule.filter.value), _REGIONS[rule.region], affected, unaffected, "; ".join(besides)


def _besides(rule: Any) -> list[tuple[bool, str]]:
    carries = "the proband carries it;"
    silent = {"mother": "father", "father": "mother"}.get(rule.expressed_from)
    return [
        (rule.called_ref == "both", f"{carries} father and mother are called `ref`"),
        (rule.called_ref == "mother", f"{carries} the mother is called `ref`"),
        (rule.called_ref == "givers", f"{carries} the parents who could have given that X are called `ref`: of a "
         "boy with one X the mother, of anyone else both"),
        (rule.isodisomy, "the proband is `hom`, one parent carries it and the other is called `ref`; Tier 1 or 2 only "
         "where the chromosome shows isodisomy, else the flag `possible_deletion_in_trans`"),
        (bool(silent), f"the proband is known to have it from the {rule.expressed_from}; no other affected member "
         f"is known to have it from the {silent}, no unaffected one from the {rule.expressed_from}"),
    ]  # fmt: skip


def _by_count(one_x: str, two_x: str, region: str) -> str:
    if region == "Y":
        return _genotypes(one_x)
    if one_x == two_x or region != "X":
        return _genotypes(two_x)
    return f"one X: {_genotypes(one_x)}; two X: {_genotypes(two_x)}"


def _genotypes(words: str) -> str:
    from trihelix.interpretation.rare.rules import ANY

    return "any" if words == ANY else " or ".join(code(word) for word in words.split())


_RULES_INTRODUCTION = """# Segregation rules

```python
from trihelix.interpretation.rare.rules import FILTERS_OF_MODE, RULES
```

These tables are written from `trihelix/interpretation/rare/rules.py`, which is what the software applies. The rules are
those of the rare-disease tiering of Genomics England, described with their sources in
[how a variant becomes a candidate](../explanation/tiering.md).

A **segregation filter** says who of a family may carry a variant. The highest population frequency that it allows is
the general one; some populations have their own.
"""
_RULES_SINGLE = """## Single variants

What a member may show: `ref` no copy, `het` one copy of two, `hom` every copy (a hemizygous call, too). On the
mitochondrial genome `het` is heteroplasmic (2 % to 95 % of the reads) and `hom` homoplasmic. A missing
genotype is always allowed, but at least one affected member must carry the variant. Members of uncertain status
exclude nothing. How many X chromosomes a member has is taken from the data where they can tell.
"""
_RULES_PAIRS = """## Pairs of variants in one gene

A pair passes if every affected member carries both or is not called, one affected member really carries both, no
unaffected member carries both, no affected member is homozygous for both, and the proband's two variants do not come
from the same parent. On X, outside the pseudoautosomal regions, every affected member has two X chromosomes. A pair
that the proband's own reads hold on one haplotype (the same phase set, `PS`, on the same side) is dropped, unless
the parents prove the contrary: then it is kept with the flag `phase_contradiction`. A pair whose phase neither the
parents nor the reads prove is kept with the flag `phase_unproven`; two alleles of one record (1/2) are in trans, and where
the proband is homozygous for one of the two there is nothing to prove. Each variant meets the recessive frequency.
"""
_RULES_MODES = """## Modes of inheritance

A candidate in a green gene reaches Tier 1 or 2 only through a filter that fits the gene's mode of inheritance on the
applied panel.
"""
_RULES_END = """In a gene that is X-linked and biallelic in females, `deNovo` fits as well when the proband has one X chromosome. The
filters of imprinted genes are tried only in genes to which an applied panel gives that mode. A new mutation fits an
imprinted gene with the flag `parental_origin_unproven`.

## Incomplete penetrance

With `--incomplete-penetrance` a second run drops what the tables ask of unaffected members; an unaffected parent of a
homozygous child must still carry the variant. What the same filter passed before is not repeated.
"""

# ---- interpretation-json.md


def interpretation_json() -> str:
    """Every field of interpretation.json, object by object."""
    from trihelix.reports.json_document import interpretation_schema

    schema = interpretation_schema()
    version = schema["properties"]["schema_version"]["const"]
    parts = [
        "# interpretation.json\n",
        "```python\nimport json\nfrom pathlib import Path\n\n"
        'document = json.loads(Path("report/interpretation.json").read_text(encoding="utf-8"))\n'
        'top = document["candidates"][0]\nprint(top["gene"], top["tier"], top["score"])\n```\n',
        f"Schema version {version}. The JSON Schema (draft 2020-12) is part of the package: "
        "`trihelix.reports.json_document.interpretation_schema()` returns it. Every field is always present; `null` "
        "means unknown or not applicable. Objects have no other fields.\n",
        _object_section(schema["title"], schema),
    ]
    return "\n".join([*parts, *(_object_section(name, one) for name, one in sorted(schema["$defs"].items()))])


def _object_section(name: str, schema: Mapping[str, Any]) -> str:
    rows = [
        (code(field), _type_words(one), str(one.get("description", "")))
        for field, one in schema.get("properties", {}).items()
    ]
    return f"## {name}\n\n{schema.get('description', '')}\n\n{table(('field', 'type', 'meaning'), rows)}"


def _type_words(schema: Mapping[str, Any]) -> str:
    """A field's type in words, objects as links to their section."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return f"always {code(schema['const'])}"
    if "enum" in schema:
        return "one of " + ", ".join(code("null" if value is None else value) for value in schema["enum"])
    if "anyOf" in schema or "oneOf" in schema:
        return " or ".join(_type_words(one) for one in schema.get("anyOf", schema.get("oneOf", ())))
    words = schema.get("type", "any value")
    if words == "array":
        return f"list of {_type_words(schema.get('items', {}))}"
    if words == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object: text to {_type_words(schema['additionalProperties'])}"
    return words if isinstance(words, str) else " or ".join(words)


# ---- genome-store.md, written by hand but for its tables of columns

WRITTEN_BY_HAND = ("genome-store.md",)


def store_columns() -> dict[str, str]:
    """The table of columns of each kind of Parquet file in a genome store."""
    import pyarrow as pa

    from trihelix.variants.store import callable, layout, layout_words, samples
    from trihelix.variants.store.sample_major import layout as copy

    part, rare, common = (
        layout.schema(layout.Columns(True, True, True)),
        copy.rare_schema(True, True),
        copy.common_schema(True),
    )
    told = dict.fromkeys(layout.QUALITY_COLUMNS, "in parts with call quality")
    told |= {"sources": "in batches of several files"}
    told |= dict.fromkeys(layout.COMPANION_COLUMNS, "in parts with relatives")
    exceptions = "in parts with exceptions"
    told_rare = {**told, "copies": exceptions, "called": exceptions}
    told_common = {n: exceptions for n in common.names if n.startswith("exception")}
    return {
        "part": _columns(part, layout_words.PART, told, _part_encodings(part)),
        "rare": _columns(rare, layout_words.RARE, told_rare, _copy_encodings(rare)),
        "common": _columns(common, layout_words.COMMON, told_common, _copy_encodings(common)),
        "common_rows": _columns(
            rows := copy.common_rows_schema(), layout_words.COMMON_ROWS, {}, _copy_encodings(rows)
        ),
        "samples": _columns(samples.SCHEMA, layout_words.SAMPLES, {}),
        "sources": _columns(
            pa.schema([pa.field(name, pa.uint32(), False) for name in layout_words.SOURCES]),
            layout_words.SOURCES,
            {},
        ),
        "callable": _columns(callable.SCHEMA, layout_words.CALLABLE, {}),
    }


def _columns(
    schema: Any, words: Mapping[str, str], told: Mapping[str, str], encodings: Mapping[str, str] | None = None
) -> str:
    rows = []
    for field in schema:
        kind = _kind(field.type) + (", or null" if field.nullable else "")
        row = [code(field.name), kind, words[field.name], told.get(field.name, "always")]
        rows.append([*row, encodings[field.name]] if encodings is not None else row)
    header = ("column", "type", "meaning", "there", "encoding")
    return table(header if encodings is not None else header[:-1], rows)


def _kind(of: Any) -> str:
    """An Arrow type in words."""
    import pyarrow as pa

    if pa.types.is_list(of):
        return f"list of {of.value_type}"
    if pa.types.is_dictionary(of):
        return "text"
    return {"string": "text", "binary": "bytes"}.get(str(of), str(of))


def _part_encodings(schema: Any) -> dict[str, str]:
    from trihelix.variants.store import layout

    packed = _encodings(schema, layout.encodings(schema), layout.dictionary_columns(schema))
    codecs = {path.split(".")[0]: codec for path, codec in layout.compressions(schema).items()}
    return {name: words + (", zstd" if codecs[name] == "zstd" else "") for name, words in packed.items()}


def _copy_encodings(schema: Any) -> dict[str, str]:
    from trihelix.variants.store.sample_major import layout as copy

    packed = _encodings(schema, copy.encodings(schema), copy.dictionary_columns(schema))
    return {name: f"{words}, zstd" for name, words in packed.items()}


def _encodings(schema: Any, chosen: Mapping[str, str], dictionary: Sequence[str]) -> dict[str, str]:
    by_name = {path.split(".")[0]: code(encoding) for path, encoding in chosen.items()}
    return {n: "dictionary" if n in dictionary else by_name.get(n, code("PLAIN")) for n in schema.names}


def genome_store() -> str:
    """The page as it is, with its tables made anew between their marks."""
    text = (FOLDER / "genome-store.md").read_text(encoding="utf-8")
    for name, columns in store_columns().items():
        begin, end = f"<!-- columns of {name}: written by docs/generate.py -->\n", "<!-- end of columns -->"
        before, mark, rest = text.partition(begin)
        _, closing, after = rest.partition(end)
        if not (mark and closing):
            raise ValueError(f"genome-store.md has no place for the columns of {name}")
        text = f"{before}{begin}\n{columns}\n{end}{after}"
    return text


PAGES: dict[str, Callable[[], str]] = {
    "command-line.md": command_line,
    "exit-codes.md": exit_codes,
    "segregation-rules.md": segregation_rules,
    "interpretation-json.md": interpretation_json,
    "genome-store.md": genome_store,
}


def page(name: str) -> str:
    """The text of a page, generated whole or in parts."""
    text = f"{PAGES[name]().rstrip()}\n"
    return text if name in WRITTEN_BY_HAND else f"{FROM_CODE}\n\n{text}"


def stale() -> list[str]:
    """Names of the pages that differ from what the code says."""
    return [
        name
        for name in PAGES
        if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != page(name)
    ]


def main() -> None:
    """Write the pages that changed, or with --check say which are stale and end with 1."""
    changed = stale()
    if "--check" in sys.argv[1:]:
        sys.exit(f"stale: {', '.join(changed)}; run python docs/generate.py" if changed else 0)
    for name in changed:
        (FOLDER / name).write_text(page(name), encoding="utf-8")
        print(f"wrote docs/reference/{name}")


if __name__ == "__main__":
    main()
