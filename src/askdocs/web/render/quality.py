"""The quality page: the run of a gold set, its result in figures, and question by question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from askdocs.types import MARKER, Answer
from askdocs.web.render import answer as answers
from askdocs.web.render import document
from askdocs.web.render.citations import Sources
from askdocs.web.render.escaping import escape
from askdocs.web.wording import say
from askdocs.web.words import number, plural, shortened, when

if TYPE_CHECKING:
    from askdocs.evaluation.metrics import Step
    from askdocs.store_evaluations import EvaluationInfo
    from askdocs.web.quality import GoldSet, Progress

HEAD = (
    '<link rel="stylesheet" href="/page/quality/answers.css">'
    '<link rel="stylesheet" href="/page/quality.css">'
    '<script type="module" src="/page/quality.js"></script>'
)
LISTED = 30
"""How many earlier runs can be chosen."""


def told(english: str, **values: object) -> str:
    """The wording, as HTML."""
    return escape(say(english, **values))


def outcome_words() -> dict[str, str]:
    """What the outcomes are called."""
    return {"right": say("right"), "refused": say("refused"), "wrong": say("wrong")}


def body(gold: Sequence[GoldSet], model: str, progress: Progress, results: str) -> str:
    """The page within its frame."""
    return (
        f'<header class="page-head"><a class="quiet" href="/">← {told("Back to the questions")}</a>'
        f"<h1>{told('Quality')}</h1><p>"
        + told(
            "How well this index answers questions whose answers are known. A question is right,"
            " wrong, or refused: then the documents were said not to answer it."
        )
        + f'</p></header><section class="sets">{_sets(gold, model)}'
        f'<div id="run" aria-live="polite">{run(progress)}</div></section>'
        f'<div id="results">{results}</div>'
        f'<div class="gradio-container" id="viewer">{document.frame()}</div>'
    )


def _sets(gold: Sequence[GoldSet], model: str) -> str:
    if not gold:
        return (
            f"<h2>{told('Run your questions')}</h2><p>"
            + told(
                "Write questions with their answers into a file, one a line, and start the server"
                " with it; then they can be run here:"
            )
            + " <code>askdocs serve --gold questions.jsonl</code></p><p>"
            + told(
                "The command {command} scores them, too, and its result appears here; how such a"
                " file is written stands in eval/gold/README.md.",
                command="askdocs eval questions.jsonl --documents FOLDER --index INDEX",
            )
            + "</p>"
        )
    mode = (
        say("The answers are written by {model}.", model=model)
        if model
        else say("The answers are quotes, without a language model.")
    )
    rows = "".join(
        f"<li><bdi>{escape(one.name)}</bdi>"
        f'<button type="button" class="start" data-start="{place}">'
        f"{escape(say('Ask {questions}', questions=plural(one.questions, 'question')))}"
        "</button></li>"
        for place, one in enumerate(gold)
    )
    return f'<h2>{told("Run your questions")}</h2><p>{escape(mode)}</p><ul class="gold">{rows}</ul>'


def run(progress: Progress) -> str:
    """How far the run is, or how it ended."""
    if progress.running:
        count = say(
            "{done} of {total} questions",
            done=number(progress.done),
            total=number(progress.total),
        )
        return (
            f'<div class="running" data-running><label for="done">{told("Asking")} '
            f"<bdi>{escape(progress.gold)}</bdi></label>"
            f'<progress id="done" max="{max(progress.total, 1)}" value="{progress.done}">'
            "</progress>"
            f'<span class="facts">{escape(count)}</span>'
            f'<button type="button" class="stop" data-stop>{told("Stop")}</button></div>'
        )
    if progress.failed:
        reason = f"<strong>{told('That did not work.')}</strong> {escape(progress.failed)}"
        return f'<p class="failure" data-ended>{reason}</p>'
    if progress.stopped:
        return f'<p class="facts" data-ended>{told("Stopped. Nothing of this run is kept.")}</p>'
    if progress.kept:
        done = say("Done. The result is below.")
        return f'<p class="facts" data-ended data-kept="{progress.kept}">{escape(done)}</p>'
    return ""


def nothing_kept() -> str:
    """What stands in the place of results when there are none."""
    return f'<p class="none">{told("No questions have been run on this index yet.")}</p>'


def results(
    shown: EvaluationInfo,
    result: Mapping[str, Any],
    runs: Sequence[EvaluationInfo],
    steps: Sequence[Step],
) -> str:
    """One run: its figures, the charts, its questions, and the way to the other runs."""
    return (
        f'<section class="summary" data-number="{shown.number}">'
        f"<h2><bdi>{escape(shown.gold)}</bdi></h2>"
        f'<p class="facts">{escape(_facts(shown, result))}</p>{_tiles(shown)}</section>'
        f"{_charts(shown, runs, steps)}{_questions(result['rows'])}{_runs(runs, shown)}"
    )


def _facts(shown: EvaluationInfo, result: Mapping[str, Any]) -> str:
    used = result["settings"]
    mode = say("quoted") if shown.model == "none" else say("written by {model}", model=shown.model)
    return " · ".join(
        (
            when(shown.at),
            plural(shown.questions, "question"),
            mode,
            say("threshold {threshold}", threshold=number(float(used["threshold"]), 2)),
            plural(int(used["k"]), "passage"),
        )
    )


def _tiles(shown: EvaluationInfo) -> str:
    counts = {"right": shown.right, "refused": shown.refused, "wrong": shown.wrong}
    tiles = ""
    for kind, name in outcome_words().items():
        share = number(100 * counts[kind] / max(shown.questions, 1))
        tiles += (
            f'<li class="{kind}"><strong>{number(counts[kind])}</strong>'
            f' <span>{escape(name)}</span> <span class="share">{share} &#37;</span></li>'
        )
    return f'<ul class="tiles">{tiles}</ul>'


def _charts(shown: EvaluationInfo, runs: Sequence[EvaluationInfo], steps: Sequence[Step]) -> str:
    same = [one for one in runs if one.gold == shown.gold]
    heads = [say("Run"), *outcome_words().values()]
    over_time = [
        [when(one.at), number(one.right), number(one.refused), number(one.wrong)] for one in same
    ]
    figures = _chart(
        "over-time", say("Right, refused and wrong over time"), _table(heads, over_time)
    )
    heads = [say("Answers"), say("support"), say("right")]
    calibration = [
        [number(s.count), f"{number(100 * s.said)} %", f"{number(100 * s.right)} %"] for s in steps
    ]
    explained = say("Of the answers that are given, how many are right, beside what support says.")
    figures += _chart(
        "calibration", say("Support, and what came true"), _table(heads, calibration), explained
    )
    return f'<section class="charts">{figures}</section>'


def _chart(name: str, title: str, table: str, explained: str = "") -> str:
    said = f"<p>{escape(explained)}</p>" if explained else ""
    return (
        f'<figure><figcaption id="{name}-title">{escape(title)}{said}</figcaption>'
        f'<div class="chart" id="{name}" role="img" aria-labelledby="{name}-title"></div>'
        f"<details><summary>{told('As a table')}</summary>{table}</details></figure>"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<table class="figures"><tr>{head}</tr>{lines}</table>'


def _questions(rows: Sequence[Mapping[str, Any]]) -> str:
    counts = {kind: sum(row["outcome"] == kind for row in rows) for kind in outcome_words()}
    choices = [("", say("all"), len(rows))]
    choices += [(kind, name, counts[kind]) for kind, name in outcome_words().items()]
    buttons = "".join(
        f'<button type="button" data-outcome="{kind}" aria-pressed="{str(not kind).lower()}">'
        f'{escape(name)} <span class="count">{number(count)}</span></button>'
        for kind, name, count in choices
    )
    heads = (say("Question"), say("Outcome"), say("Answer"), say("Expected"), say("Time"))
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    lines = "".join(_question(place, row) for place, row in enumerate(rows))
    return (
        f'<section class="questions"><h2>{told("Questions")}</h2>'
        f'<div class="filter" role="group" aria-label="{told("Show")}">{buttons}</div>'
        f'<table class="rows"><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>'
        "</section>"
    )


def _question(place: int, row: Mapping[str, Any]) -> str:
    outcome = row["outcome"] if row["outcome"] in outcome_words() else "wrong"
    expected = row["expected"] if row["answerable"] else say("a refusal")
    took = say("{n} ms", n=number(row["milliseconds"]))
    asked = escape(shortened(row["question"], 300))
    return (
        f'<tr class="row {outcome}" data-outcome="{outcome}"><th scope="row"><button type="button"'
        f' class="more" aria-expanded="false" data-row="{place}" dir="auto">{asked}</button></th>'
        f'<td><span class="outcome">{escape(outcome_words()[outcome])}</span></td>'
        f'<td dir="auto" data-label="{told("Answer")}">{escape(_in_short(row["answer"]))}</td>'
        f'<td dir="auto" data-label="{told("Expected")}">{escape(shortened(expected, 160))}</td>'
        f'<td class="took" data-label="{told("Time")}">{escape(took)}</td></tr>'
    )


def _in_short(answer: Mapping[str, Any]) -> str:
    """The short answer, or how the longer one begins."""
    if answer["refused"]:
        return say("refused")
    first = str(answer.get("direct") or "") or next(iter(answer["text"].strip().split("\n")), "")
    return shortened(MARKER.sub("", first.removeprefix("> ")).strip(), 140)


def whole(row: Mapping[str, Any], sources: Sources) -> str:
    """A question's row opened: what came before it, the answer with its citations, its faults."""
    earlier = "".join(f'<li dir="auto">{escape(one)}</li>' for one in row["history"])
    before = f'<p class="head">{told("Asked after")}</p><ul>{earlier}</ul>' if earlier else ""
    faults = "".join(
        f'<p class="failure">{told("This citation is not exact: {fault}", fault=fault)}</p>'
        for fault in row["faults"]
    )
    reply = Answer.from_dict(row["answer"])
    return f'{before}<div class="told">{answers.answer(reply, sources)}</div>{faults}'


def _runs(runs: Sequence[EvaluationInfo], shown: EvaluationInfo) -> str:
    if len(runs) < 2:
        return ""
    lines = ""
    for one in runs[:LISTED]:
        mark = ' aria-current="true"' if one.number == shown.number else ""
        counts = ", ".join(
            f"{number(count)} {name}"
            for count, name in zip(
                (one.right, one.refused, one.wrong), outcome_words().values(), strict=True
            )
        )
        lines += (
            f'<li{mark}><a href="/quality?run={one.number}"><bdi>{escape(one.gold)}</bdi>'
            f'<span class="facts">{escape(when(one.at))} · {escape(counts)}</span></a></li>'
        )
    return f'<section><h2>{told("All runs")}</h2><ul class="runs">{lines}</ul></section>'


def no_answer() -> str:
    """What a row shows that is not kept any more."""
    return f'<p class="none">{told("This answer is not kept any more; reload the page.")}</p>'
