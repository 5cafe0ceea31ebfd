"""Shows a result as one HTML page that needs nothing else, on a screen, a phone or paper."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files

from askdocs.evaluation import report_charts as charts
from askdocs.evaluation import report_tables as tables
from askdocs.evaluation.gold import find_quote
from askdocs.evaluation.metrics import Outcome
from askdocs.evaluation.report import UNSAFE
from askdocs.evaluation.result import OUTCOMES, Result
from askdocs.evaluation.row import TOP, Row, expected
from askdocs.types import Hit

_SLOWEST = 5


def as_html(result: Result) -> str:
    """The tables and charts, then every question with what was found for it."""
    title = html.escape(f"askdocs evaluation: {result.gold}")
    style = (files(__package__) / "report.css").read_text(encoding="utf-8")
    wrong = tables.to_show(result)
    shown = {id(row) for row in wrong}
    right = [row for row in result.rows if id(row) not in shown]
    body = [
        f"<h1>{title}</h1><p>{html.escape(tables.headline(result))}.</p>{_settings(result)}",
        _outcome_bars(result),
        _charts(result),
        "<h2>Scores</h2>",
        *(_table(table) for table in tables.tables(result)),
        f"<p>{html.escape(tables.ragas_line(result))}</p>",
        _table(tables.ragas_table(result)) if result.judged.scores else "",
        f"<h2>Speed</h2><p>{html.escape(tables.speed_line(result))}.</p>",
        _speed(result),
        "<h2>Not right</h2>",
        "".join(map(_row, wrong)) or "<p>Every question is right.</p>",
        "<h2>Right</h2>",
        "".join(map(_row, right)) or "<p>None is.</p>",
    ]
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head>\n<body>"
        + "\n".join(part for part in body if part)
        + "</body></html>\n"
    )
    return UNSAFE.sub("\ufffd", page)


def _settings(result: Result) -> str:
    told = ", ".join(f"{name} {value}" for name, value in result.settings.items())
    return f"<p class=settings>{html.escape(told)}</p>" if told else ""


def _outcome_bars(result: Result) -> str:
    """Right, refused and wrong as bars: ours, those to compare with, and each type of question."""
    bars: dict[str, Mapping[Outcome, int]] = {
        "these answers": {name: result.count(name) for name in OUTCOMES},
        "refusing all": result.always_refuse(),
        "passages only": result.retrieve_only(),
    }
    parts = [_bar(name, counts) for name, counts in bars.items()]
    types = sorted({row.question.type for row in result.rows})
    if len(types) > 1:
        parts.append("<h2>By type</h2>")
        for kind in types:
            own = [row.outcome for row in result.rows if row.question.type == kind]
            parts.append(_bar(kind or "none given", {name: own.count(name) for name in OUTCOMES}))
    key = "".join(f"<span class={name}>{name}</span> " for name in OUTCOMES)
    return f"<p class=key>{key}</p>" + "".join(parts)


def _bar(name: str, counts: Mapping[Outcome, int]) -> str:
    total = sum(counts.values()) or 1
    parts = "".join(
        f'<i class={outcome} style="width:{100 * counts[outcome] / total:.2f}%">'
        f"{counts[outcome] if counts[outcome] / total > 0.04 else ''}</i>"
        for outcome in OUTCOMES
    )
    label = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)
    return (
        f"<div class=line><span>{html.escape(name)}</span>"
        f'<p class=bar role=img aria-label="{label}">{parts}</p></div>'
    )


def _charts(result: Result) -> str:
    steps, curve = result.reliability(), result.risk_coverage()
    if not curve:
        return ""
    return (
        "<h2>How far support can be trusted</h2><div class=charts><figure>"
        f"{charts.reliability(steps)}<figcaption>Answers by their support: on the dashed line it"
        " keeps what it promises. A larger dot stands for more answers.</figcaption></figure>"
        f"<figure>{charts.risk_coverage(curve)}<figcaption>If only the surest answers were given:"
        " how many questions would be answered, and how many of these answers would be wrong. The"
        " dot is the threshold as it is set.</figcaption></figure></div>"
    )


def _speed(result: Result) -> str:
    table = [["step", "p50 ms", "p95 ms"]]
    table += [[name, *(f"{each:.0f}" for each in both)] for name, both in result.speed().items()]
    slowest = sorted(result.rows, key=lambda row: -row.milliseconds)[:_SLOWEST]
    rows = [["slowest", "ms"]]
    rows += [[f"{r.question.id}: {tables.asked(r)}", f"{r.milliseconds:.0f}"] for r in slowest]
    return _table(table) + _table(rows)


def _row(row: Row) -> str:
    faults = "".join(f"<dd class=wrong>not exact: {html.escape(f)}</dd>" for f in row.faults)
    cited = "".join(
        f"<li>[{c.number}] <q>{html.escape(c.quote)}</q> <small>{html.escape(c.document)}, "
        f"{c.start} to {c.end}</small></li>"
        for c in row.answer.citations
    )
    asked, name = html.escape(tables.asked(row)), html.escape(row.question.id)
    told = html.escape(tables.said(row))
    return (
        f"<section class={row.outcome}><h3><span>{row.outcome}</span> {asked}"
        f" <small>{name}</small></h3><dl>"
        f"<dt>expected</dt><dd>{html.escape(expected(row.question))}</dd>"
        f"<dt>said, with a support of {row.answer.support:.2f}</dt>"
        f"<dd class=said>{told}</dd>{faults}</dl><ul>{cited}</ul>{_found(row)}</section>"
    )


def _found(row: Row) -> str:
    """The passages that were found, with the evidence marked; open where it is not among them."""
    hits = row.answer.hits[:TOP]
    if not hits:
        return ""
    found = sum(any(_evidence(row, hit)) for hit in hits)
    wanted = len(row.question.evidence)
    told = f"{found} with evidence" if wanted else "there is no evidence to find"
    items = "".join(f"<li>{_passage(row, hit)}</li>" for hit in hits)
    summary = f"<summary>The first {len(hits)} passages, {told}</summary>"
    return f"<details>{summary}<ol>{items}</ol></details>"


def _evidence(row: Row, hit: Hit) -> list[tuple[int, int]]:
    """Where a passage holds evidence, counted in the passage."""
    quotes = [e.quote for e in row.question.evidence if e.document == hit.passage.document]
    spans = [span for quote in quotes for span in find_quote(hit.passage.text, quote)]
    return sorted(spans)


def _passage(row: Row, hit: Hit) -> str:
    text, parts, at = hit.passage.text, [], 0
    for start, end in _evidence(row, hit):
        if start >= at:
            parts += [html.escape(text[at:start]), f"<mark>{html.escape(text[start:end])}</mark>"]
            at = end
    parts.append(html.escape(text[at:]))
    place = f"{hit.passage.document}, {hit.passage.start} to {hit.passage.end}"
    return f"<p>{''.join(parts)}</p><small>{html.escape(place)}, score {hit.score:.2f}</small>"


def _table(table: Sequence[Sequence[str]]) -> str:
    def line(cells: Iterable[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(line(cells, "td") for cells in table[1:])
    return f"<div class=table><table>{line(table[0], 'th')}{body}</table></div>"
