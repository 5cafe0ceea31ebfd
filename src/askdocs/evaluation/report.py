"""Shows a result: as text for a terminal and as one HTML page that needs nothing else."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence

from askdocs.evaluation.result import OUTCOMES, Result, Score
from askdocs.evaluation.row import Row, expected

_SHOWN = 600
"""Longest answer shown, in characters."""

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Characters that steer a terminal, or cannot be written: documents are written by strangers."""


def as_text(result: Result) -> str:
    """The tables, then the questions that were not right with what was expected and said."""
    parts = [_headline(result)]
    parts += [_columns(table) for table in _tables(result)]
    parts.append(_ragas_line(result))
    if result.judged.scores:
        parts.append(_columns(_ragas_table(result)))
    parts.append(_speed_line(result))
    parts += [_row_text(row) for row in _to_show(result)] or ["Every question is right."]
    return _UNSAFE.sub("\ufffd", "\n\n".join(parts))


def as_html(result: Result) -> str:
    """The same as a page, with every question; it is readable on a phone and on paper."""
    title = html.escape(f"askdocs evaluation: {result.gold}")
    shown = {id(row) for row in _to_show(result)}
    rest = [row for row in result.rows if id(row) not in shown]
    body = [
        f"<h1>{title}</h1><p>{html.escape(_headline(result))}</p>",
        _bar(result),
        *(_html_table(table) for table in _tables(result)),
        f"<p>{html.escape(_ragas_line(result))}</p>",
        _html_table(_ragas_table(result)) if result.judged.scores else "",
        f"<p>{html.escape(_speed_line(result))}</p>",
        "<h2>Not right</h2>",
        "".join(_row_html(row) for row in _to_show(result)) or "<p>Every question is right.</p>",
        "<h2>Right</h2>",
        "".join(_row_html(row) for row in rest),
    ]
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body>"
        + "\n".join(part for part in body if part)
        + "</body></html>\n"
    )
    return _UNSAFE.sub("\ufffd", page)


def _to_show(result: Result) -> list[Row]:
    return [row for row in result.rows if row.outcome != "right" or row.faults]


def _headline(result: Result) -> str:
    answerable, rest = len(result.of(True)), len(result.of(False))
    return (
        f"{result.gold} over {result.documents}: {len(result.rows)} questions, "
        f"{answerable} answerable and {rest} not"
    )


def _tables(result: Result) -> list[list[list[str]]]:
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


def _ragas_table(result: Result) -> list[list[str]]:
    table = [["ragas", "mean", "95 % interval", "questions", "not scored"]]
    for name in result.judged.scores:
        score, failed = result.judged.score(name)
        table.append([name, *_score_cells(score), str(failed)])
    return table


def _ragas_line(result: Result) -> str:
    judged = result.judged
    if judged.skipped:
        return f"ragas: {judged.skipped}"
    return (
        f"ragas {judged.version}, without a language model; answerable questions only "
        f"({judged.left_out} unanswerable left out)"
    )


def _speed_line(result: Result) -> str:
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


def _row_text(row: Row) -> str:
    lines = [f"{row.outcome.upper()}  {row.question.id}: {_asked(row)}"]
    lines.append(f"  expected: {expected(row.question)}")
    lines.append(f"  said:     {' '.join(_said(row).split())}")
    lines += [f"  NOT EXACT: {fault}" for fault in row.faults]
    return "\n".join(lines)


def _asked(row: Row) -> str:
    earlier = "".join(f"{question} / " for question in row.question.history)
    return earlier + row.question.question


def _said(row: Row) -> str:
    text = row.answer.text
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    claims = [
        f"{claim.value} {claim.status}"
        for conflict in row.answer.conflicts
        for claim in conflict.claims
    ]
    return f"{text} (conflict: {', '.join(claims)})" if claims else text


def _row_html(row: Row) -> str:
    faults = "".join(f"<dd class=wrong>not exact: {html.escape(f)}</dd>" for f in row.faults)
    cited = "".join(
        f"<li>[{c.number}] <q>{html.escape(c.quote)}</q> <small>{html.escape(c.document)}, "
        f"{c.start} to {c.end}</small></li>"
        for c in row.answer.citations
    )
    return (
        f"<section class={row.outcome}><h3><span>{row.outcome}</span> "
        f"{html.escape(_asked(row))} <small>{html.escape(row.question.id)}</small></h3><dl>"
        f"<dt>expected</dt><dd>{html.escape(expected(row.question))}</dd>"
        f"<dt>said</dt><dd class=said>{html.escape(_said(row))}</dd>{faults}</dl>"
        f"<ul>{cited}</ul></section>"
    )


def _bar(result: Result) -> str:
    """Right, refused and wrong as one bar."""
    total = len(result.rows) or 1
    parts = "".join(
        f'<i class={name} style="width:{100 * result.count(name) / total:.2f}%"></i>'
        for name in OUTCOMES
    )
    label = ", ".join(f"{result.count(name)} {name}" for name in OUTCOMES)
    return f'<p class=bar role=img aria-label="{label}">{parts}</p>'


def _html_table(table: Sequence[Sequence[str]]) -> str:
    def line(cells: Iterable[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(line(cells, "td") for cells in table[1:])
    return f"<div class=table><table>{line(table[0], 'th')}{body}</table></div>"


_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#1b1b1b;
background:#fff}
h1{font-size:1.4rem}h3{font-size:1rem;margin:0}h3 span{text-transform:uppercase;font-size:.75rem;
padding:.1rem .4rem;border-radius:.3rem;color:#fff}
.right span,i.right{background:#1a7f37}.refused span,i.refused{background:#6e7781}
.wrong span,i.wrong{background:#b42318}dd.wrong{color:#b42318}
.bar{display:flex;height:1.2rem;border-radius:.3rem;overflow:hidden}
.bar i{print-color-adjust:exact}
.table{overflow-x:auto;margin:1rem 0}table{border-collapse:collapse}
th,td{padding:.2rem .8rem;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}
@media(max-width:40rem){table{font-size:.8rem}th,td{padding:.2rem .3rem}}
th:first-child,td:first-child{text-align:left;padding-left:0}
section{border:1px solid #ddd;border-left:.3rem solid #6e7781;border-radius:.3rem;
padding:.7rem 1rem;
margin:.7rem 0;overflow-wrap:anywhere;break-inside:avoid}
section.right{border-left-color:#1a7f37}section.wrong{border-left-color:#b42318}
dl{margin:.4rem 0}dt{font-size:.8rem;color:#555}dd{margin:0}.said{white-space:pre-wrap}
ul{margin:0;padding-left:1.2rem;color:#444}small{color:#555;font-weight:normal}
"""
