"""What an index keeps of an evaluation, and how far the support of its answers can be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from askdocs.evaluation import metrics
from askdocs.evaluation.metrics import Step
from askdocs.evaluation.result import Result
from askdocs.evaluation.row import Row


def record(result: Result) -> dict[str, Any]:
    """The result as the store keeps it: each row with its whole answer and its time."""
    return result.to_dict() | {"rows": [_row(row) for row in result.rows]}


def _row(row: Row) -> dict[str, Any]:
    answer = replace(row.answer, hits=()).to_dict()
    shown = {name: value for name, value in row.to_dict().items() if name not in answer}
    asked = row.question.question
    return {**shown, "question": asked, "answer": answer, "milliseconds": round(row.milliseconds)}


def reliability(rows: Iterable[Mapping[str, Any]]) -> list[Step]:
    """Support against the share that was right, over the recorded rows that have an answer.

    What was refused was not shown, so nobody can say whether it would have been right.

    >>> def row(support, outcome):
    ...     answer = {"refused": False, "citations": [{}], "support": support}
    ...     return {"answer": answer, "outcome": outcome}
    >>> reliability([row(0.75, "right"), row(0.79, "wrong"), row(0.95, "right")])
    [Step(count=2, said=0.77, right=0.5), Step(count=1, said=0.95, right=1.0)]
    """
    shown = [row for row in rows if row["answer"]["citations"] and not row["answer"]["refused"]]
    pairs = [(float(row["answer"]["support"]), row["outcome"] == "right") for row in shown]
    return metrics.reliability(pairs)
