"""Makes gold questions of what readers thought of answers.

An answer that a reader found right says itself what a right answer holds. One found wrong becomes a
draft, with the reader's note: somebody must say what is right before it can be asked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

from askdocs.errors import GoldError
from askdocs.evaluation.files import write_whole
from askdocs.store_feedback import FeedbackRow
from askdocs.types import Answer, Citation

Stands: TypeAlias = Callable[[Citation], bool]
"""Whether a document still says what is quoted from it."""


def gold_rows(feedback: Iterable[FeedbackRow], stands: Stands) -> list[dict[str, Any]]:
    """A row of a gold file for each opinion, in order; small talk asks nothing and gives none.

    A draft has `"draft": true` and a note that says what is to be done.
    """
    return [_row(one, stands) for one in feedback if one.answer.mode != "conversation"]


def _row(one: FeedbackRow, stands: Stands) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": _identifier(one),
        "question": one.question,
        **({"history": list(one.history)} if one.history else {}),
        "answerable": True,
        "type": "feedback",
    }
    if one.verdict == "wrong":
        said = " ".join(one.answer.text.split())
        return row | _draft(f"found wrong: {one.note or 'no note'}; the answer was: {said}")
    if one.answer.refused:
        return row | {"answerable": False}
    row |= _expected(one.answer)
    if not all(stands(citation) for citation in one.answer.citations):
        return row | _draft("found right, but the documents have changed since; correct the quotes")
    if not row["all_of"]:
        return row | _draft('found right; write into "all_of" what every right answer must hold')
    return row


def _identifier(one: FeedbackRow) -> str:
    """The same whenever the same opinion is written; it does not tell which conversation it is."""
    key = f"{one.conversation}\0{one.position}\0{one.question}\0{one.verdict}"
    return "feedback-" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:12]


def _draft(note: str) -> dict[str, Any]:
    return {"draft": True, "note": note}


def _expected(answer: Answer) -> dict[str, Any]:
    """What a right answer holds, if this one is right."""
    claims = [
        {"value": claim.value, "status": claim.status}
        for conflict in answer.conflicts
        for claim in conflict.claims
    ]
    standing = [claim["value"] for claim in claims if claim["status"] != "retracted"]
    values = [answer.direct] if answer.direct else standing
    quoted = dict.fromkeys((one.document, one.quote) for one in answer.citations)
    return {
        "all_of": [[value] for value in dict.fromkeys(values)],
        "evidence": [{"document": document, "quote": quote} for document, quote in quoted],
        **({"claims": claims} if claims else {}),
    }


def add_to_gold(path: Path, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add the rows to a gold file and return those that it did not have.

    What stands there stays: somebody may have completed it. Raises `GoldError` for a file that is
    not a gold file, `AskdocsError` for one that cannot be written.
    """
    text = _text(path)
    known = {_read_id(line, f"{path}:{at}") for at, line in enumerate(text.splitlines(), 1)}
    new = [row for row in rows if row["id"] not in known]
    text = text if not text or text.endswith("\n") else f"{text}\n"
    text += "".join(json.dumps(row, ensure_ascii=True) + "\n" for row in new)
    write_whole(path, text)
    return new


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: it cannot be read as UTF-8 text; choose another file") from error


def _read_id(line: str, place: str) -> str:
    """The id of a row that stands in the file; an empty line has none."""
    if not line.strip():
        return ""
    try:
        return str(json.loads(line)["id"])
    except (ValueError, TypeError, KeyError) as error:
        reason = f"{place}: not a row of a gold file; choose another file"
        raise GoldError(reason) from error
