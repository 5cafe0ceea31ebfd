"""Counts what a gold file asks."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any


def gold_stats(
    rows: Iterable[Mapping[str, Any]], documents: Collection[str] = ()
) -> dict[str, Any]:
    """The counts of a gold file by type, answer and split; how long its questions are, in words.

    With the ids of the documents it also says which of them no question is about.

    >>> gold_stats([{"id": "a", "question": "Who?", "answerable": False}])["unanswerable"]
    1
    """
    every = list(rows)
    drafts = [row for row in every if row.get("draft")]
    asked = [row for row in every if not row.get("draft")]
    quoted = Counter(document for row in every for document in set(_documents(row)))
    return {
        "rows": len(every),
        "drafts": len(drafts),
        "questions": len(asked),
        "answerable": sum(row["answerable"] for row in asked),
        "unanswerable": sum(not row["answerable"] for row in asked),
        "follow_ups": sum(bool(row.get("history")) for row in every),
        "several_documents": sum(len(set(_documents(row))) > 1 for row in every),
        "disagreements": sum(bool(row.get("claims")) for row in every),
        "types": _counted(row.get("type", "") for row in every),
        "splits": _counted(row.get("split", "") for row in every),
        "documents": dict(sorted(quoted.items())),
        "documents_not_asked": sorted(set(documents) - set(quoted)),
        "question_words": _lengths([len(row["question"].split()) for row in every]),
        "quote_words": _lengths([len(quote.split()) for row in every for quote in _quotes(row)]),
    }


def stats_lines(stats: Mapping[str, Any], folder: int = 0) -> list[str]:
    """The counts in words; `folder` is how many documents there are, if that is known."""
    lines = [
        f"rows       {stats['rows']}: {stats['questions']} questions, {stats['drafts']} drafts",
        f"questions  {stats['answerable']} answerable, {stats['unanswerable']} unanswerable",
        f"           {stats['follow_ups']} with history, {stats['several_documents']} over several "
        f"documents, {stats['disagreements']} about disagreements (drafts counted)",
        f"types      {_told(stats['types'])}",
        f"splits     {_told(stats['splits'])}",
        f"documents  {len(stats['documents'])}{f' of {folder}' if folder else ''} quoted",
    ]
    if stats["documents_not_asked"]:
        lines.append(f"           not asked about: {', '.join(stats['documents_not_asked'])}")
    for name in ("question", "quote"):
        found = stats[f"{name}_words"]
        if found:
            span = f"{found['least']} to {found['most']}, median {found['median']:g}"
            lines.append(f"words      {span} in a {name}")
    return lines


def _documents(row: Mapping[str, Any]) -> list[str]:
    items = [item for item in row.get("evidence", []) if isinstance(item, dict)]
    return [item["document"] for item in items if isinstance(item.get("document"), str)]


def _quotes(row: Mapping[str, Any]) -> list[str]:
    items = [item for item in row.get("evidence", []) if isinstance(item, dict)]
    return [item["quote"] for item in items if isinstance(item.get("quote"), str)]


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(value or "none" for value in values).most_common())


def _lengths(lengths: Sequence[int]) -> dict[str, float]:
    if not lengths:
        return {}
    middle = statistics.median(lengths)
    return {"least": min(lengths), "median": middle, "most": max(lengths)}


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
