"""The tables of a result, as rows of cells: the same for the terminal and the page."""

from __future__ import annotations

import math

from askdocs.evaluation.result import OUTCOMES, Result, Score
from askdocs.evaluation.row import Row

SHOWN = 600
"""Longest answer shown, in characters."""


def to_show(result: Result) -> list[Row]:
    """The questions that were not right, or whose citations are not exact."""
    return [row for row in result.rows if row.outcome != "right" or row.faults]


def headline(result: Result) -> str:
    """Which questions over which documents."""
    answerable, rest = len(result.of(True)), len(result.of(False))
    return (
        f"{result.gold} over {result.documents}: {len(result.rows)} questions, "
        f"{answerable} answerable and {rest} not"
    )


def tables(result: Result) -> list[list[list[str]]]:
    """Our own figures; ragas' come after a line that says what they are."""
    types = [_type_table(result)] if any(row.question.type for row in result.rows) else []
    return [_outcome_table(result), *types, _score_table(result)]


def _outcome_table(result: Result) -> list[list[str]]:
    table = [["", "questions", *OUTCOMES]]
    kinds: tuple[tuple[str, bool | None], ...] = (
        ("all", None),
        ("answerable", True),
        ("unanswerable", False),
    )
    for name, which in kinds:
        total = len(result.of(which))
        counts = [result.count(outcome, answerable=which) for outcome in OUTCOMES]
        table.append([name, str(total), *(_share(count, total) for count in counts)])
    others = {"always refuse": result.always_refuse(), "retrieve only": result.retrieve_only()}
    for name, scored in others.items():
        total = len(result.rows)
        table.append([name, str(total), *(_share(scored[o], total) for o in OUTCOMES)])
    return table


def _type_table(result: Result) -> list[list[str]]:
    table = [["type", "questions", *OUTCOMES]]
    for name in sorted({row.question.type for row in result.rows}):
        outcomes = [row.outcome for row in result.rows if row.question.type == name]
        counts = [str(outcomes.count(outcome)) for outcome in OUTCOMES]
        table.append([name or "none given", str(len(outcomes)), *counts])
    return table


def _score_table(result: Result) -> list[list[str]]:
    table = [["score", "mean", "95 % interval", "questions"]]
    table += [[name, *_score_cells(score)] for name, score in result.scores().items()]
    return table


def ragas_table(result: Result) -> list[list[str]]:
    """The scores that ragas gave."""
    table = [["ragas", "mean", "95 % interval", "questions", "not scored"]]
    for name in result.judged.scores:
        score, failed = result.judged.score(name)
        table.append([name, *_score_cells(score), str(failed)])
    return table


def ragas_line(result: Result) -> str:
    """Which ragas scored what, or why none did."""
    judged = result.judged
    if judged.skipped:
        return f"ragas: {judged.skipped}"
    how = f"judged by {judged.judge}" if judged.judge else "without a language model"
    return (
        f"ragas {judged.version}, {how}; answerable questions only "
        f"({judged.left_out} unanswerable left out)"
    )


def speed_line(result: Result) -> str:
    """How long a question took, and how long its answer is."""
    p50, p95 = result.milliseconds(0.5), result.milliseconds(0.95)
    words = result.words()
    length = "" if math.isnan(words) else f"; an answer has {words:.0f} words (median)"
    return f"From question to answer: p50 {p50:.0f} ms, p95 {p95:.0f} ms{length}"


def _score_cells(score: Score) -> list[str]:
    if math.isnan(score.value):
        return ["-", "-", "0"]
    return [f"{score.value:.3f}", f"{score.low:.3f} to {score.high:.3f}", str(score.count)]


def _share(count: int, total: int) -> str:
    return f"{count} ({100 * count / total:.0f} %)" if total else "0"


def asked(row: Row) -> str:
    """The question after those before it, in a line."""
    return "".join(f"{question} / " for question in row.question.history) + row.question.question


def said(row: Row) -> str:
    """The answer, shortened, with the claims of its conflicts."""
    text = row.answer.text
    text = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
    claims = [
        f"{claim.value} {claim.status}"
        for conflict in row.answer.conflicts
        for claim in conflict.claims
    ]
    return f"{text} (conflict: {', '.join(claims)})" if claims else text
