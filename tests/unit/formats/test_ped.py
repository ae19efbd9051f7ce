"""Reading, checking and writing PED files."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trihelix.formats.ped import MAX_IDENTIFIER, read_ped, write_ped
from trihelix.model.errors import (
    CorruptFileError,
    FileUnreadableError,
    MalformedRecordError,
    PedigreeError,
    TrihelixError,
)
from trihelix.model.family import Affection, Family, Member, Sex

TRIO = "F\tkid\tdad\tmum\t1\t2\nF\tdad\t0\t0\t1\t1\nF\tmum\t0\t0\t2\t1\n"
TRIO_FAMILY = Family(
    "F",
    (
        Member("kid", Sex.MALE, Affection.AFFECTED, "dad", "mum"),
        Member("dad", Sex.MALE, Affection.UNAFFECTED),
        Member("mum", Sex.FEMALE, Affection.UNAFFECTED),
    ),
)


def ped(folder: Path, content: str | bytes) -> Path:
    path = folder / "family.ped"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(TRIO, id="tabs"),
        pytest.param(TRIO.replace("\t", "  "), id="blanks"),
        pytest.param(TRIO.replace("\t1\t2\n", " \t 1 2\n"), id="mixed"),
        pytest.param(TRIO.replace("\n", "\r\n"), id="Windows line ends"),
        pytest.param(TRIO.replace("\n", "\r"), id="old Macintosh line ends"),
        pytest.param("\ufeff" + TRIO, id="byte order mark"),
        pytest.param("#family\tid\n\n  \t\n" + TRIO + "\n # end\n", id="comments and empty lines"),
        pytest.param("Family Individual Father Mother Sex Phenotype\n" + TRIO, id="header without #"),
        pytest.param(TRIO.replace("\n", "\tA\tC 0 0\n"), id="further columns"),
        pytest.param(TRIO.rstrip("\n"), id="no final line end"),
        pytest.param(TRIO.replace("\t0\t0\t", "\t.\t-9\t"), id="other words for no parent"),
        pytest.param(TRIO.replace("\t0\t0\t", "\t\t\t"), id="empty cells for no parent"),
        pytest.param(
            TRIO.replace("\t1\t2\n", "\tMale\taffected\n").replace("2\t1\n", "F\tUnaffected\n"), id="words"
        ),
    ],
)
def test_reads_the_same_trio_however_it_is_written(tmp_path: Path, content: str) -> None:
    assert read_ped(ped(tmp_path, content)) == TRIO_FAMILY


@pytest.mark.parametrize("code", ["0", "-9", "unknown", "other", "."])
def test_other_sex_codes_mean_unknown(tmp_path: Path, code: str) -> None:
    assert read_ped(ped(tmp_path, f"F a 0 0 {code} 2")).member("a").sex is Sex.UNKNOWN


@pytest.mark.parametrize("code", ["0", "-9", "unknown", "Uncertain", "."])
def test_other_phenotype_codes_mean_uncertain(tmp_path: Path, code: str) -> None:
    assert read_ped(ped(tmp_path, f"F a 0 0 1 {code}")).member("a").affection is Affection.UNCERTAIN


def test_identifiers_may_hold_blanks_between_tabs(tmp_path: Path) -> None:
    family = read_ped(ped(tmp_path, "Family 1\tPatient 1\t0\t0\t1\t2\n"))
    assert (family.id, family.members[0].id) == ("Family 1", "Patient 1")


def test_takes_the_family_that_is_asked_for(tmp_path: Path) -> None:
    path = ped(tmp_path, TRIO + "G kid 0 0 2 2\n")
    assert read_ped(path, "G").members == (Member("kid", Sex.FEMALE, Affection.AFFECTED),)
    assert read_ped(path, "F") == TRIO_FAMILY


def test_parents_of_unknown_sex_are_allowed(tmp_path: Path) -> None:
    family = read_ped(ped(tmp_path, "F kid a b 1 2\nF a 0 0 0 1\nF b 0 0 0 1\n"))
    assert family.parents("kid") == (family.member("a"), family.member("b"))


BROKEN: dict[str, tuple[str | bytes, type[TrihelixError], int | None, str]] = {
    # what: (content, error, the line it must name, a word of the message or the advice)
    "too few columns": (TRIO + "F x 0 0 1\n", MalformedRecordError, 4, "5 columns"),
    "comma separated": (TRIO.replace("\t", ","), MalformedRecordError, 1, "tabs"),
    "bad sex": (TRIO + "F x 0 0 5 1\n", MalformedRecordError, 4, "sex"),
    "bad phenotype": (TRIO + "F x 0 0 1 3\n", MalformedRecordError, 4, "phenotype"),
    "empty phenotype": (TRIO + "F\tx\t0\t0\t1\t\n", MalformedRecordError, 4, "phenotype"),
    "empty individual": (TRIO + "F\t\t0\t0\t1\t1\n", MalformedRecordError, 4, "empty"),
    "an individual called 0": (TRIO + "F 0 0 0 1 1\n", MalformedRecordError, 4, "nobody"),
    "NUL in an id": (TRIO + "F x\0 0 0 1 1\n", MalformedRecordError, 4, "control"),
    "terminal escape in an id": (TRIO + "F \x1b[2J 0 0 1 1\n", MalformedRecordError, 4, "control"),
    "direction override in a parent": (TRIO + "F x \u202ecba 0 1 1\n", MalformedRecordError, 4, "control"),
    "escape in the family": (TRIO + "\x07G x 0 0 1 1\n", MalformedRecordError, 4, "control"),
    "a very long id": (TRIO + f"F {'x' * 201} 0 0 1 1\n", MalformedRecordError, 4, "200"),
    "Latin-1": (TRIO.encode() + b"F J\xfcrgen 0 0 1 1\n", CorruptFileError, 4, "UTF-8"),
    "gzip": (b"\x1f\x8b\x08\x00" + bytes(20), CorruptFileError, 1, "compressed"),
    "UTF-16": (TRIO.encode("utf-16"), CorruptFileError, 1, "UTF-8"),
    "listed twice": (TRIO + "F dad 0 0 1 1\n", PedigreeError, 4, "twice"),
    "one person both parents": (TRIO.replace("mum\t1", "dad\t1"), PedigreeError, 1, "same person"),
    "own father": (TRIO + "F x x 0 1 1\n", PedigreeError, 4, "own father"),
    "own mother": (TRIO + "F x 0 x 2 1\n", PedigreeError, 4, "own mother"),
    "father not listed": (TRIO + "F x gone 0 2 1\n", PedigreeError, 4, "add a row for gone"),
    "mother not listed": (TRIO + "F x 0 gone 2 1\n", PedigreeError, 4, "add a row for gone"),
    "female father": (TRIO + "F x mum 0 2 1\n", PedigreeError, 4, "father of x is female"),
    "male mother": (TRIO + "F x 0 dad 2 1\n", PedigreeError, 4, "mother of x is male"),
    "father here, mother there": (
        "F a p 0 1 2\nF b 0 p 1 2\nF p 0 0 0 1\n",
        PedigreeError,
        2,
        "a father in one row and a mother",
    ),
    "a loop of two": ("F a b 0 1 2\nF b a 0 1 2\n", PedigreeError, 1, "a -> b -> a"),
    "a loop above the proband": (
        "F kid dad 0 1 2\nF dad gran 0 1 1\nF gran x 0 1 1\nF x dad 0 1 1\n",
        PedigreeError,
        2,
        "dad -> gran -> x -> dad",
    ),
    "several families": (TRIO + "G x 0 0 1 1\n", PedigreeError, None, "F, G"),
    "empty": ("", PedigreeError, None, "nobody"),
    "only comments": ("#family\n\n", PedigreeError, None, "nobody"),
    "too many members": (
        "".join(f"F m{i} 0 0 1 1\n" for i in range(65)),
        PedigreeError,
        None,
        "more than 64",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_pedigree_says_what_where_and_what_to_do(tmp_path: Path, what: str) -> None:
    content, expected, line, word = BROKEN[what]
    path = ped(tmp_path, content)
    with pytest.raises(TrihelixError) as caught:
        read_ped(path)
    error = caught.value
    assert type(error) is expected
    assert str(path) in error.where
    if line:
        assert f"line {line}" in error.where
    assert error.value is not None
    assert error.advice
    assert word in str(error)
    assert str(error).replace("\n", "").isprintable()


def test_a_family_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(PedigreeError, match="does not hold") as caught:
        read_ped(ped(tmp_path, TRIO), "H")
    assert (caught.value.value, caught.value.advice) == ("H", "choose one with --family: F")


def test_what_is_wrong_in_another_family_does_not_matter_for_this_one(tmp_path: Path) -> None:
    assert read_ped(ped(tmp_path, TRIO + "G x gone 0 1 1\n"), "F") == TRIO_FAMILY


@pytest.mark.parametrize("name", ["missing.ped", "."])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        read_ped(tmp_path / name)
    assert str(tmp_path) in caught.value.where
    assert caught.value.value
    assert caught.value.advice


@pytest.mark.parametrize("families", [1, 3_000])
def test_ten_thousand_lines_are_answered_at_once(tmp_path: Path, families: int) -> None:
    path = ped(tmp_path, "".join(f"F{i % families} m{i} 0 m{i - 1} 2 1\n" for i in range(10_000)))
    start = time.perf_counter()
    with pytest.raises(PedigreeError) as caught:
        read_ped(path)
    assert time.perf_counter() - start < 1
    assert len(str(caught.value)) < 500


def test_the_largest_family_as_one_line_of_descent(tmp_path: Path) -> None:
    rows = ["F m0 0 0 2 1\n"] + [f"F m{i} 0 m{i - 1} 2 1\n" for i in range(1, 64)]
    assert len(read_ped(ped(tmp_path, "".join(reversed(rows)))).members) == 64


def test_close_kinship_over_many_generations_does_not_multiply_the_paths(tmp_path: Path) -> None:
    """Thirty-two generations of sib mating: two thousand million paths from the last to the first."""
    rows = "F f0 0 0 1 1\nF m0 0 0 2 1\n"
    rows += "".join(f"F f{i} f{i - 1} m{i - 1} 1 1\nF m{i} f{i - 1} m{i - 1} 2 1\n" for i in range(1, 32))
    start = time.perf_counter()
    assert len(read_ped(ped(tmp_path, rows)).members) == 64
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    "family",
    [
        pytest.param(Family("F", (Member("a\tb", Sex.MALE, Affection.AFFECTED),)), id="tab"),
        pytest.param(Family("F\n", (Member("a", Sex.MALE, Affection.AFFECTED),)), id="line end"),
        pytest.param(Family("#F", (Member("a", Sex.MALE, Affection.AFFECTED),)), id="comment"),
        pytest.param(Family("F", (Member("0", Sex.MALE, Affection.AFFECTED),)), id="reserved"),
        pytest.param(Family("", (Member("a", Sex.MALE, Affection.AFFECTED),)), id="no family id"),
        pytest.param(Family("F", (Member("a ", Sex.MALE, Affection.AFFECTED),)), id="blank at the end"),
        pytest.param(Family("F", ()), id="nobody"),
        pytest.param(Family("F", (Member("a", Sex.MALE, Affection.AFFECTED, "x"),)), id="father not listed"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(family: Family) -> None:
    with pytest.raises(TrihelixError):
        write_ped(family)


IDENTIFIERS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" "),
    min_size=1,
    max_size=MAX_IDENTIFIER,
).filter(lambda s: s.isprintable() and s == s.strip() and s not in ("0", ".", "-9"))


@st.composite
def families(draw: st.DrawFn) -> Family:
    """A valid family of several generations, its members in any order."""
    ids = draw(st.lists(IDENTIFIERS, min_size=1, max_size=12, unique=True))
    members: list[Member] = []
    for member_id in ids:
        older = {role: [m.id for m in members if m.sex is role] for role in Sex}
        father = draw(st.sampled_from([None, *older[Sex.MALE]]))
        mother = draw(st.sampled_from([None, *older[Sex.FEMALE], *older[Sex.UNKNOWN]]))
        member = Member(
            member_id, draw(st.sampled_from(Sex)), draw(st.sampled_from(Affection)), father, mother
        )
        members.append(member)
    family_id = draw(IDENTIFIERS.filter(lambda s: not s.startswith("#")))
    return Family(family_id, tuple(draw(st.permutations(members))))


@settings(max_examples=200, deadline=None)
@given(family=families())
def test_a_written_family_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, family: Family
) -> None:
    path = ped(tmp_path_factory.mktemp("round"), write_ped(family))
    assert read_ped(path) == family
