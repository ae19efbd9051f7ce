"""Reading and editing the classifications of an interpretation.

The interpretation itself is never changed: a scientist's edits are kept beside it in `classification_edits.json`, to
which one only appends. Two people who edit at the same time wait for each other, so that no edit is lost.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from trihelix.interpretation.evidence.acmg.edits import (
    apply_edits,
    check_criterion,
    check_edit,
    check_enabled,
    check_reason,
    edits_in_force,
)
from trihelix.model.assembly import bare_contig
from trihelix.model.classification import (
    WITHDRAWN,
    Classification,
    CriterionEdit,
    EditedClassification,
    classification_from_dict,
)
from trihelix.model.errors import (
    ClassificationError,
    CorruptFileError,
    FileUnreadableError,
    OutputError,
)
from trihelix.model.variant import parse_variant
from trihelix.services.interpretation_files import INTERPRETATION, damaged, read_document

EDITS = "classification_edits.json"
SCHEMA_VERSION = "1.0"
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Changes:
    """What a scientist decides in one go: strengths by criterion (`off` for not met), criteria whose edits are taken
    back, why, and who."""

    strengths: Mapping[str, str]
    withdrawn: Sequence[str]
    comment: str
    author: str


def read_classification(
    folder: Path, variant: str, gene: str | None = None, enable: Collection[str] = ()
) -> EditedClassification:
    """The classification of a variant with the edits made so far.

    Raises InterpretationFilesError, FileUnreadableError or CorruptFileError for the files, VariantError for what is no
    variant, ClassificationError where the interpretation does not hold it, or in several genes and none is given.
    """
    automatic = _find(folder, variant, gene)
    return apply_edits(automatic, read_edits(folder), check_enabled(enable))


def edit_classification(
    folder: Path,
    variant: str,
    changes: Changes,
    gene: str | None = None,
    enable: Collection[str] = (),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> EditedClassification:
    """Records edits and returns the classification with them. Raises as `read_classification` does, and
    ClassificationError for an edit that cannot be, OutputError where the edits cannot be written."""
    enabled = check_enabled(enable)
    wanted = _checked(changes)
    automatic = _find(folder, variant, gene)
    with _only_one(folder):
        before = read_edits(folder)
        time_words = now().astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        _check_withdrawn(automatic, before, wanted)
        added = tuple(
            CriterionEdit(
                len(before) + n,
                automatic.variant,
                automatic.gene,
                code,
                strength,
                changes.comment.strip(),
                changes.author.strip(),
                time_words,
            )
            for n, (code, strength) in enumerate(wanted, start=1)
        )
        _write(folder, (*before, *added))
    return apply_edits(automatic, (*before, *added), enabled)


def read_edits(folder: Path) -> tuple[CriterionEdit, ...]:
    """All edits of an interpretation, oldest first; empty where none was made."""
    path = folder / EDITS
    if not path.exists():
        return ()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        edits = tuple(CriterionEdit(**edit) for edit in data["edits"])
        for number, edit in enumerate(edits, start=1):
            _check_stored(edit, number)
    except OSError as error:
        raise FileUnreadableError(
            "the edits cannot be read",
            where=str(path),
            value=error.strerror,
            advice="see whether you may read it",
        ) from error
    except (ValueError, KeyError, TypeError, ClassificationError) as error:
        raise CorruptFileError(
            "the edits of the classifications cannot be understood",
            where=str(path),
            value=getattr(error, "what", error),
            advice="restore the file from a copy; nothing was changed",
        ) from error
    _check_family(folder, data)
    return edits


def _check_family(folder: Path, data: dict[str, Any]) -> None:
    """Edits belong to one family's proband: those of another are never applied."""
    told = {"family_id": data.get("family_id"), "proband": data.get("proband")}
    here = _whose(folder)
    if told["family_id"] is not None and told != here:
        raise ClassificationError(
            "the edits in the folder were made on another family's interpretation",
            where=str(folder / EDITS),
            value=f"{told['family_id']}, {told['proband']}; here {here['family_id']}, {here['proband']}",
            advice="move the file to that family's folder",
        )


def _whose(folder: Path) -> dict[str, Any]:
    document = read_document(folder)
    return {"family_id": document.get("family_id"), "proband": document.get("proband")}


def _check_stored(edit: CriterionEdit, number: int) -> None:
    """ValueError or ClassificationError for an edit that this program would not have written."""
    if edit.number != number:
        raise ValueError(f"edit {edit.number} stands in place {number}")
    if edit.strength == WITHDRAWN:
        check_criterion(edit.code)
    else:
        check_edit(edit.code, edit.strength, edit.comment, edit.author)


def _checked(changes: Changes) -> tuple[tuple[str, str], ...]:
    """(criterion, what is stored) of all changes; ClassificationError for the first that cannot be."""
    wanted = [
        check_edit(code, strength, changes.comment, changes.author)
        for code, strength in changes.strengths.items()
    ]
    for code in changes.withdrawn:
        chosen = check_criterion(code)
        check_reason(chosen, changes.comment, changes.author)
        wanted.append((chosen, WITHDRAWN))
    codes = [code for code, _ in wanted]
    if twice := next((code for code in codes if codes.count(code) > 1), None):
        raise ClassificationError(
            "a criterion is edited twice in one go", value=twice, advice="give one edit per criterion"
        )
    return tuple(wanted)


def _check_withdrawn(
    automatic: Classification, before: Sequence[CriterionEdit], wanted: Sequence[tuple[str, str]]
) -> None:
    mine = [e for e in before if (e.variant, e.gene) == (automatic.variant, automatic.gene)]
    edited = {e.code for e in edits_in_force(mine)}
    for code, strength in wanted:
        if strength == WITHDRAWN and code not in edited:
            raise ClassificationError(
                "there is no edit to take back",
                where=f"{automatic.variant} in {automatic.gene}",
                value=code,
                advice=f"edited are: {', '.join(sorted(edited)) or 'none'}",
            )


def _find(folder: Path, variant: str, gene: str | None) -> Classification:
    """The automatic classification of the variant in its best-ranked candidate (of the gene, where one is given)."""
    name = parse_variant(variant)
    wanted = (name.contig, name.pos, name.ref, name.alt)
    found = [
        (candidate["gene"], shown.get("classification"))
        for candidate in read_document(folder)["candidates"]
        for shown in candidate["variants"]
        if (bare_contig(shown["contig"]), shown["pos"], shown["ref"], shown["alt"]) == wanted
    ]
    genes = list(dict.fromkeys(g for g, _ in found))
    if not found or (gene is not None and gene not in genes):
        raise ClassificationError(
            "no candidate of the interpretation has this variant" + (f" in {gene}" if gene and found else ""),
            where=str(folder / INTERPRETATION),
            value=variant,
            advice=f"it is in {', '.join(genes)}" if found else "candidates.tsv lists all candidates",
        )
    if gene is None and len(genes) > 1:
        raise ClassificationError(
            "the variant is a candidate in several genes",
            value=", ".join(genes),
            advice=f"say which, for example --gene {genes[0]}",
        )
    stored = next((c for g, c in found if g == (gene or genes[0]) and c), None)
    if stored is None:
        raise ClassificationError(
            "the interpretation has no classification of this variant",
            where=str(folder / INTERPRETATION),
            value=variant,
            advice="only the best 100 candidates are classified; an older interpretation must be made again",
        )
    return _classification(folder, stored)


def _classification(folder: Path, stored: Mapping[str, Any]) -> Classification:
    try:
        return classification_from_dict(stored)
    except (KeyError, TypeError) as error:
        raise damaged(folder, error) from error


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Holds a lock on the folder, so that reading, numbering and writing edits is one step."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle, folder)
        yield
    finally:
        os.close(handle)  # lets go of the lock


def _lock(handle: int, folder: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() > end:
                raise OutputError(
                    "somebody else is editing this interpretation's classifications",
                    where=str(folder),
                    value=f"waited {PATIENCE_SECONDS:g} seconds",
                    advice="try again; nothing was changed",
                ) from error
            time.sleep(0.02)


def _write(folder: Path, edits: Sequence[CriterionEdit]) -> None:
    """All edits, written beside the file and moved into its place."""
    document = {"schema_version": SCHEMA_VERSION, **_whose(folder), "edits": [asdict(edit) for edit in edits]}
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    staged: Path | None = None
    try:
        with NamedTemporaryFile(
            "w", encoding="utf-8", errors="backslashreplace", dir=folder, prefix=".edits-", delete=False
        ) as out:
            staged = Path(out.name)
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        staged.chmod(0o644)
        staged.replace(folder / EDITS)
    except OSError as error:
        if staged is not None:
            staged.unlink(missing_ok=True)
        raise OutputError(
            "the edits cannot be written",
            where=str(folder / EDITS),
            value=error.strerror,
            advice="see whether the disk is full and whether you may write there; nothing was changed",
        ) from error
