"""Shows a result on a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence

from askdocs.evaluation import report_tables as tables
from askdocs.evaluation.result import Result
from askdocs.evaluation.row import Row, expected

UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Characters that steer a terminal, or cannot be written: documents are written by strangers."""


def as_text(result: Result) -> str:
    """The tables, then the questions that were not right with what was expected and said."""
    parts = [tables.headline(result)]
    parts += [_columns(table) for table in tables.tables(result)]
    parts.append(tables.ragas_line(result))
    if result.judged.scores:
        parts.append(_columns(tables.ragas_table(result)))
    parts.append(tables.speed_line(result))
    shown = tables.to_show(result)
    parts += [_row_text(row) for row in shown] or ["Every question is right."]
    return UNSAFE.sub("\ufffd", "\n\n".join(parts))


def _row_text(row: Row) -> str:
    lines = [f"{row.outcome.upper()}  {row.question.id}: {tables.asked(row)}"]
    lines.append(f"  expected: {expected(row.question)}")
    lines.append(f"  said:     {' '.join(tables.said(row).split())}")
    lines += [f"  NOT EXACT: {fault}" for fault in row.faults]
    return "\n".join(lines)


def _columns(table: Sequence[Sequence[str]]) -> str:
    """The table as lines: the first column to the left, the others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table
    )
