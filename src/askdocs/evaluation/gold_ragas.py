"""Gold rows as a ragas dataset and back.

ragas knows a question (`user_input`), an answer in words (`reference`) and passages
(`reference_contexts`). It takes no notice of other fields, so each sample also carries the gold row
it was made of, and comes back as that.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from typing import Any

from askdocs.answering.prompts import REFUSAL
from askdocs.answering.values import dates, names, numbers
from askdocs.evaluation.gold_documents import find_in
from askdocs.evaluation.metrics import holds

_ROW = "askdocs_gold"
_KNOWN = ("user_input", "reference", "reference_contexts", _ROW)
_SHORT = 60  # characters of a reference that is itself what an answer must hold


def as_ragas(rows: Iterable[Mapping[str, Any]]) -> str:
    """Gold rows as the JSON lines that `EvaluationDataset.from_jsonl` of ragas reads."""
    return "".join(json.dumps(sample(row), ensure_ascii=True) + "\n" for row in rows)


def sample(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row as ragas takes it; what no answer exists for refers to the refusal.

    >>> sample({"id": "a", "question": "Who?", "answerable": False})["reference"]
    'The documents do not say.'
    """
    groups = [group[0] for group in row.get("all_of", []) if isinstance(group, list) and group]
    return {
        "user_input": row["question"],
        "reference": "; ".join(map(str, groups)) if row["answerable"] else REFUSAL,
        "reference_contexts": [
            item["quote"]
            for item in row.get("evidence", [])
            if isinstance(item, dict) and isinstance(item.get("quote"), str)
        ],
        _ROW: dict(row),
    }


def is_sample(found: Mapping[str, Any]) -> bool:
    """Whether it is a ragas sample."""
    return "user_input" in found


def from_sample(found: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """The gold row that a ragas sample makes, its passages found again in the documents.

    It is a draft, with what ragas had in its note, unless the reference is short and stands in the
    passages: then it is what a right answer holds.
    """
    kept = found.get(_ROW)
    if kept:
        row: dict[str, Any] = dict(kept if isinstance(kept, dict) else _literal(str(kept)) or {})
        if row:
            return row
    history, question = _asked(found["user_input"])
    reference = str(found.get("reference") or "").strip()
    contexts = _contexts(found.get("reference_contexts"))
    located = [find_in(texts, context) for context in contexts]
    lost = [c for c, place in zip(contexts, located, strict=True) if place is None]
    refused = reference == REFUSAL
    row = {
        "question": question,
        **({"history": history} if history else {}),
        "answerable": not refused,
        "type": "ragas",
    }
    if refused and not contexts:
        return row
    quotes = [place for place in located if place]
    row["all_of"] = wanted(reference, question, [quote for _, quote in quotes])
    row["evidence"] = [{"document": d, "quote": q} for d, q in dict.fromkeys(quotes)]
    extra = {k: v for k, v in found.items() if k not in _KNOWN and v not in (None, "", [], "[]")}
    todo = _todo(reference, row, lost)
    if todo or extra:
        told = [todo, f"reference: {reference}" if todo and reference else ""]
        told += [json.dumps(extra, ensure_ascii=False, default=str) if extra else ""]
        row["note"] = "; ".join(part for part in told if part)
    return row | ({"draft": True} if todo else {})


def wanted(reference: str, question: str, quotes: Iterable[str]) -> list[list[str]]:
    """What of a reference a right answer must hold: all of a short one, else its values.

    >>> wanted("In all, 44 people died on 3 May.", "Who died?", ["On 3 May 44 died."])
    [['44'], ['3 May']]
    """
    said = "\n".join(quotes)
    short = reference.rstrip(".")
    if short and len(short) <= _SHORT and holds(said, short):
        return [[short]]
    values = [*numbers(reference), *dates(reference), *names(reference)]
    found = dict.fromkeys(
        value.text.rstrip(".") for value in sorted(values, key=lambda one: one.start)
    )
    return [[v] for v in found if holds(said, v) and not holds(question, v)]


def _todo(reference: str, row: Mapping[str, Any], lost: list[str]) -> str:
    """What somebody has to do before the row can be asked; empty if nothing."""
    if lost:
        shown = json.dumps(lost, ensure_ascii=False)
        return f"these passages are in no document; find the words again: {shown}"
    if not row["evidence"]:
        return "no passage was given; quote a document"
    if not row["all_of"]:
        return 'write into "all_of" what every right answer must hold'
    if row["all_of"] != [[reference.rstrip(".")]]:
        return 'taken from the reference; check "all_of"'
    return ""


def _asked(given: Any) -> tuple[list[str], str]:
    """Earlier questions and the question, of a text or of a conversation's messages."""
    turns = _literal(given) if isinstance(given, str) and given.startswith("[{") else given
    if not isinstance(turns, list):
        return [], str(given)
    human = ("human", "user")
    said = [
        str(turn.get("content", ""))
        for turn in turns
        if isinstance(turn, dict) and str(turn.get("type", turn.get("role", "human"))) in human
    ]
    said = [text for text in said if text.strip()]
    return (said[:-1], said[-1]) if said else ([], "")


def _contexts(given: Any) -> list[str]:
    """The passages: a list, or the words that a table has for one."""
    if isinstance(given, str):
        given = _literal(given) if given.lstrip().startswith("[") else [given]
    return [str(one) for one in given or [] if str(one).strip()]


def _literal(text: str) -> Any:
    """What JSON or Python's own way of writing (as `to_csv` of ragas does) says; else the text."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return [text]
