"""Reads gold questions: what is asked, and what a right answer holds.

A gold file has one JSON object a line:

    {"id": "detained", "question": "How many were detained?", "answerable": true,
     "history": ["What happened on Monday?"],          # earlier questions, oldest first; optional
     "all_of": [["7,939", "nearly 8,000"]],            # the answer holds one string of every group
     "evidence": [{"document": "a.txt", "quote": "7,939 people"}],
     "claims": [{"value": "44", "status": "current"}], # what a disagreement must show; optional
     "type": "figure", "split": "tune"}                # both optional

A row with `"draft": true` waits for somebody to complete it, as its "note" says: it is not asked.

Evidence is a quote and never a passage, so that a new splitter never spoils a gold file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeAlias, get_args

from askdocs.errors import GoldError
from askdocs.types import ClaimStatus, Span

Split: TypeAlias = Literal["tune", "test"]

FIELDS: Mapping[str, type] = {
    "id": str,
    "question": str,
    "history": list,
    "answerable": bool,
    "all_of": list,
    "evidence": list,
    "claims": list,
    "type": str,
    "split": str,
    "draft": bool,
    "note": str,
}
"""What a row may hold, in the order in which it is written, and the type that JSON gives it."""
_NEEDED = ("id", "question", "answerable")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of a document that a right answer rests on."""

    document: str
    quote: str


@dataclass(frozen=True, slots=True)
class ExpectedClaim:
    """A value that the answer's conflict must show with this status."""

    value: str
    status: ClaimStatus


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question and what a right answer to it holds. `place` is its `file:line`."""

    id: str
    question: str
    answerable: bool
    history: tuple[str, ...] = ()
    all_of: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    claims: tuple[ExpectedClaim, ...] = ()
    type: str = ""
    split: str = ""
    place: str = ""


def read_gold(path: Path, *, split: str = "") -> list[GoldQuestion]:
    """The questions of a gold file in their order; with `split`, only those of that split.

    Raises `GoldError` with file, line, value and reason at the first line that is not a question,
    and when no question is left.
    """
    questions: list[GoldQuestion] = []
    first_at: dict[str, str] = {}
    for place, row in read_rows(path):
        if row.get("draft"):
            continue
        question = as_question(row, place)
        if question.id in first_at:
            _fail(question.place, question.id, f"this id stands already at {first_at[question.id]}")
        first_at[question.id] = question.place
        questions.append(question)
    kept = [question for question in questions if not split or question.split == split]
    if not kept:
        which = f'with "split": "{split}"' if split else "in it that is not a draft"
        raise GoldError(f"{path}: no question {which}; write one JSON object a line")
    return kept


def read_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row of a gold file, drafts too, each with its `file:line`.

    Its fields are known and of the right JSON types; what they hold is not checked: a draft waits
    for that. Raises `GoldError` at the first line that is not such a row.
    """
    for number, line in enumerate(_lines(path), start=1):
        if line.strip():
            yield f"{path}:{number}", _row(line, f"{path}:{number}")


def count_drafts(path: Path) -> int:
    """How many rows of a gold file are not asked as they are drafts."""
    return sum(row.get("draft", False) for _, row in read_rows(path))


def find_quote(text: str, quote: str) -> list[Span]:
    """Every place where `quote` stands in `text`, newlines taken as the readers take them.

    >>> find_quote("one two one", "one")
    [(0, 3), (8, 11)]
    """
    wanted = quote.replace("\r\n", "\n").replace("\r", "\n")
    spans: list[Span] = []
    start = text.find(wanted)
    while start >= 0:
        spans.append((start, start + len(wanted)))
        start = text.find(wanted, start + 1)
    return spans


def check_evidence(questions: Sequence[GoldQuestion], texts: Mapping[str, str]) -> None:
    """Check that every quote stands in its document; `texts` maps document ids to their text.

    Raises `GoldError` at the first quote that does not.
    """
    for question in questions:
        for evidence in question.evidence:
            if evidence.document not in texts:
                _fail(
                    question.place,
                    evidence.document,
                    "no such document in the folder; correct the name, or give the folder "
                    "with --documents",
                )
            if not find_quote(texts[evidence.document], evidence.quote):
                _fail(
                    question.place,
                    evidence.quote,
                    f"these words are not in {evidence.document}; copy the quote from the document",
                )


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError as error:
        raise GoldError(f"{path}: no such gold file; give the path of a .jsonl file") from error
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise GoldError(f"{path}: cannot be read ({reason}); save it as UTF-8") from error


def _row(line: str, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        _fail(place, line.strip(), f"not JSON ({error.msg}, column {error.colno})")
    if not isinstance(row, dict):
        _fail(place, row, "not a JSON object")
    _check_fields(row, place)
    return row


def as_question(row: Mapping[str, Any], place: str) -> GoldQuestion:
    """The question that a row of `read_rows` is. Raises `GoldError` if it could not be asked."""
    question = GoldQuestion(
        id=row["id"],
        question=row["question"],
        answerable=row["answerable"],
        history=tuple(_strings(row.get("history", []), "history", place)),
        all_of=tuple(_group(group, place) for group in row.get("all_of", [])),
        evidence=tuple(
            Evidence(**_pair(item, Evidence, place)) for item in row.get("evidence", [])
        ),
        claims=tuple(
            ExpectedClaim(**_pair(item, ExpectedClaim, place)) for item in row.get("claims", [])
        ),
        type=row.get("type", ""),
        split=row.get("split", ""),
        place=place,
    )
    _check_sense(question)
    return question


def _check_fields(row: Mapping[str, Any], place: str) -> None:
    for name in _NEEDED:
        if name not in row:
            _fail(place, row.get("id", ""), f'"{name}" is missing')
    for name, value in row.items():
        if name not in FIELDS:
            _fail(place, name, f"unknown field; the fields are {', '.join(FIELDS)}")
        if not isinstance(value, FIELDS[name]):
            _fail(place, value, f'"{name}" must be a JSON {_JSON_NAMES[FIELDS[name]]}')


_JSON_NAMES: Mapping[type, str] = {str: "string", list: "array", bool: "true or false"}


def _check_sense(question: GoldQuestion) -> None:
    """Refuse a row that could never be scored as it reads."""
    for name, value in (("id", question.id), ("question", question.question)):
        if not value.strip():
            _fail(question.place, value, f'"{name}" is empty')
    if question.split and question.split not in get_args(Split):
        _fail(question.place, question.split, '"split" must be "tune" or "test"')
    if question.answerable and not (question.all_of and question.evidence):
        _fail(question.place, question.id, 'an answerable question needs "all_of" and "evidence"')
    if not question.answerable and (question.all_of or question.evidence or question.claims):
        _fail(question.place, question.id, "an unanswerable question has no answer and no evidence")
    for claim in question.claims:
        if claim.status not in get_args(ClaimStatus):
            _fail(question.place, claim.status, f"status is one of {get_args(ClaimStatus)}")


def _group(group: Any, place: str) -> tuple[str, ...]:
    if not group:
        _fail(place, group, 'a group of "all_of" is a non-empty array of strings')
    return tuple(_strings(group, "all_of", place))


def _strings(values: Any, name: str, place: str) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        _fail(place, values, f'"{name}" holds something that is not a non-empty string')
    return values


def _pair(value: Any, kind: type[Evidence] | type[ExpectedClaim], place: str) -> dict[str, Any]:
    names = kind.__slots__
    if not isinstance(value, dict) or set(value) != set(names):
        _fail(place, value, f"must be an object with {' and '.join(names)}")
    _strings(list(value.values()), " and ".join(names), place)
    return value


def _fail(place: str, value: object, reason: str) -> NoReturn:
    shown = json.dumps(value, ensure_ascii=False)  # on one line, whatever is in it
    shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
    raise GoldError(f"{place}: {shown}: {reason}")
