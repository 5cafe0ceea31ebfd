"""Reads gold rows from tables and ragas datasets, and writes them as such."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from askdocs.errors import GoldError
from askdocs.evaluation.feedback import add_to_gold
from askdocs.evaluation.gold import FIELDS, as_question, read_rows
from askdocs.evaluation.gold_csv import as_csv, from_csv, row_from
from askdocs.evaluation.gold_documents import find_in
from askdocs.evaluation.gold_ragas import as_ragas, from_sample, is_sample

_ANSWER = ("answer", "expected", "reference")


def import_rows(path: Path, texts: Mapping[str, str]) -> list[dict[str, Any]]:
    """The gold rows of a CSV, JSON lines or ragas file; `texts` are the documents, by id.

    A quote is found again whatever its white space, and taken as its document has it. A row that
    could not be asked as it is, or whose quote is in no document, is a draft with a note that says
    why; none is left out. Without documents, quotes stay as they are. Raises `GoldError`.
    """
    known: set[str] = set()
    rows = []
    for place, found in _found(path):
        row = from_sample(found, texts) if is_sample(found) else _plain_row(found, place)
        row = _checked(row if not texts else with_quotes(row, texts), place)
        rows.append(_ordered(row | {"id": _new_id(row, known)}))
    if not rows:
        raise GoldError(f"{path}: no question in it; give a .csv or .jsonl file with questions")
    return rows


def export_text(rows: Iterable[Mapping[str, Any]], name: str) -> str:
    """Gold rows as the file of that name holds them: `.ragas.jsonl`, `.csv` or `.jsonl`."""
    if name.endswith(".ragas.jsonl"):
        return as_ragas(rows)
    if name.endswith(".csv"):
        return as_csv(rows)
    if name.endswith(".jsonl"):
        return as_lines(rows)
    raise GoldError(f"{name}: which format is this to be? name it .csv, .ragas.jsonl or .jsonl")


def as_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """Gold rows as a gold file holds them."""
    return "".join(json.dumps(row, ensure_ascii=True) + "\n" for row in rows)


def add_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add rows to a gold file and return those that it had not; what stands there stays.

    Raises `GoldError` for a file that is not a gold file.
    """
    if path.exists():
        list(read_rows(path))
    return add_to_gold(path, map(dict, rows))


def with_quotes(row: dict[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """The row with its quotes as the documents have them; a draft if one is in none of them."""
    lost = []
    evidence = []
    for item in row.get("evidence", []):
        whole = isinstance(item, dict) and str(item.get("quote", "")).strip()
        document = str(item.get("document", "")) if isinstance(item, dict) else ""
        place = find_in(texts, item["quote"], document) if whole else None
        evidence.append(dict(zip(("document", "quote"), place, strict=True)) if place else item)
        if whole and not place:
            lost.append(f"{json.dumps(item['quote'], ensure_ascii=False)} is not in the documents")
    row = row | ({"evidence": evidence} if evidence else {})
    return _draft(row, "; ".join(lost)) if lost else row


def _found(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the file holds: cells of a table, or objects."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except FileNotFoundError as error:
        raise GoldError(f"{path}: there is no such file; give a .csv or .jsonl file") from error
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise GoldError(f"{path}: cannot be read ({reason}); save it as UTF-8") from error
    if path.suffix.lower() == ".csv":
        yield from from_csv(text, str(path))
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                found = json.loads(line)
            except ValueError as error:
                reason = "not JSON; give a .csv, or a .jsonl with one object a line"
                raise GoldError(f"{path}:{number}: {json.dumps(line)[:80]}: {reason}") from error
            if not isinstance(found, dict):
                raise GoldError(f"{path}:{number}: not a JSON object; write one a line")
            yield f"{path}:{number}", found


def _plain_row(found: Mapping[str, Any], place: str) -> dict[str, Any]:
    """A gold row of cells or of an object; columns "answer", "document" and "quote" will do."""
    cells = all(isinstance(value, str) for value in found.values())
    row = row_from(found, place) if cells else {n: found[n] for n in FIELDS if n in found}
    if not str(row.get("question", "")).strip():
        raise GoldError(f'{place}: no "question" (or ragas "user_input"); name a column so')
    if "all_of" not in row and "evidence" not in row:
        answers = [str(found[name]).strip() for name in _ANSWER if found.get(name)]
        if answers:
            row["all_of"] = [answers]
        if found.get("quote"):
            document = str(found.get("document") or "")
            row["evidence"] = [{"document": document, "quote": str(found["quote"])}]
    row.setdefault("answerable", bool(row.get("all_of") or row.get("evidence")))
    used = {*FIELDS, *_ANSWER, "document", "quote"}
    extra = {k: v for k, v in found.items() if k not in used and v not in (None, "")}
    if extra:
        told = json.dumps(extra, ensure_ascii=False, default=str)
        row["note"] = "; ".join(part for part in (row.get("note", ""), told) if part)
    return row


def _checked(row: dict[str, Any], place: str) -> dict[str, Any]:
    """The row; a draft if it could not be asked."""
    if row.get("draft"):
        return row
    try:
        as_question({"id": "new"} | row, place)
    except GoldError as error:
        return _draft(row, str(error).removeprefix(f"{place}: "))
    except (TypeError, KeyError, AttributeError) as error:
        raise GoldError(f"{place}: not a row of a gold file; see: askdocs gold schema") from error
    return row


def _draft(row: dict[str, Any], why: str) -> dict[str, Any]:
    told = "; ".join(part for part in (why, row.get("note", "")) if part)
    return row | {"draft": True, "note": told}


def _new_id(row: Mapping[str, Any], known: set[str]) -> str:
    """The row's own id; else one that the same question gets again."""
    own = str(row.get("id") or "")
    if not own:
        key = "\0".join([str(row["question"]), *map(str, row.get("history", []))])
        own = "imported-" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:12]
    identifier, number = own, 1
    while identifier in known:
        number += 1
        identifier = f"{own}-{number}"
    known.add(identifier)
    return identifier


def _ordered(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in FIELDS if name in row}
