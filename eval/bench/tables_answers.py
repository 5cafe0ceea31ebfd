"""The tables of how good answers are, and of how far the metrics agree with people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tables_format import (
    Records,
    percent,
    percent_with_interval,
    share,
    table,
    with_interval,
)

GOLD_SETS = (
    "two news reports",
    "corpus, tune",
    "corpus, test",
    "corpus-blind",
    "DRAGONBall, tune",
    "DRAGONBall, test",
)
_SHORT_NAMES = {
    "two news reports": "two real news reports that contradict each other",
    "corpus, tune": "our own, half that was looked at while building",
    "corpus, test": "our own, half kept for testing",
    "corpus-blind": "our own, second set, questions never looked at",
    "DRAGONBall, tune": "108 invented documents (DRAGONBall), half that weights were fitted on",
    "DRAGONBall, test": "the same, other half",
}
_OUTCOMES = ("right", "refused", "wrong")
_THRESHOLDS = (0.64, 0.7, 0.74, 0.76, 0.8, 0.82)


def gold_sets(records: Records) -> str:
    """A column a set: outcomes with intervals, what is free, and the scores."""
    found = [records.read("gold-sets")[name] for name in GOLD_SETS]
    rows = [
        ["documents", *(str(one["settings"]["documents"]) for one in found)],
        ["questions (unanswerable)", *map(_asked, found)],
    ]
    for outcome in _OUTCOMES:
        rows.append([f"**{outcome}**", *(_score(one, outcome) for one in found)])
    for floor in ("always refuse", "retrieve only"):
        cells = (" / ".join(str(one["outcomes"][floor][o]) for o in _OUTCOMES) for one in found)
        rows.append([f"{floor}: {', '.join(_OUTCOMES)}", *cells])
    for name in _SCORES:
        rows.append([f"`{name}`", *(_score(one, name) for one in found)])
    rows.append(["words of an answer, median", *(f"{one['answer_words']:.0f}" for one in found)])
    return table(["", *GOLD_SETS], rows)


_SCORES = (
    "recall@5",
    "ndcg@5",
    "citations_exact",
    "citation_precision",
    "citation_recall",
    "statements_borne_out",
    "key_points",
    "refusal_precision",
    "refusal_recall",
    "answerable_auroc",
    "calibration_error",
)


def _asked(one: Mapping[str, Any]) -> str:
    unanswerable = sum(one["outcomes"]["unanswerable"].values())
    return f"{one['questions']} ({unanswerable})"


def _score(one: Mapping[str, Any], name: str) -> str:
    return with_interval(one["scores"][name]) if name in one["scores"] else "–"


def gold_sets_short(records: Records) -> str:
    """A row a set, counts only."""
    rows = []
    for name in GOLD_SETS:
        one = records.read("gold-sets")[name]
        counts = [str(one["outcomes"]["all"][outcome]) for outcome in _OUTCOMES]
        exact = one["scores"]["citations_exact"]["value"]
        cited = "all" if exact == 1 else f"{percent(exact)} %"
        rows.append([_SHORT_NAMES[name], str(one["questions"]), *counts, cited])
    return table(["question sets", "questions", *_OUTCOMES, "citations exact"], rows)


def answers(records: Records) -> str:
    """Every measure of the public sets, half by half."""
    halves = ("half 0", "half 1", "all")
    rows = []
    for row in records.read("answers")["figures"]:
        last = next(row[half] for half in reversed(halves) if row[half])
        cells = [percent_with_interval(row[half]) for half in halves]
        rows.append([row["set"], row["measure"], str(last["questions"]), *cells])
    return table(["set", "measure", "questions", *halves], rows)


_README = (
    ("xquad", "answer in the first quotation", "XQuAD: the first quotation holds the answer"),
    ("xquad", "short answer given", "XQuAD: a short answer is given"),
    (
        "xquad",
        "short answer near the right one",
        "XQuAD: of these, share half of their words or more with the right one",
    ),
    ("xquad", "answerable: right", "XQuAD: right"),
    ("xquad", "answerable: wrong", "XQuAD: wrong; the rest is refused"),
    (
        "dragonball",
        "answerable or not, AUROC",
        "DRAGONBall finance: answerable or not by `support`, AUROC × 100",
    ),
    ("clapnq", "answerable or not, AUROC", "CLAPNQ: the same, given the passage"),
    ("together", "expected calibration error", "all six sets: calibration error of `support`"),
    ("together", "unanswerable: answered", "all: unanswerable questions answered all the same"),
    ("ramdocs", "valid answers shown", "RAMDocs: valid answers shown"),
    ("ramdocs", "false answers unmarked", "RAMDocs: planted falsehoods shown without a mark"),
    (
        "xquad",
        "disagreement shown (none is there)",
        "XQuAD: shown in disagreement though nobody disagrees",
    ),
)


def answers_short(records: Records) -> str:
    """What the README shows: half 1, in percent, with the interval."""
    found = {(row["set"], row["measure"]): row for row in records.read("answers")["figures"]}
    rows = [
        [title, percent_with_interval(found[name, measure]["half 1"])]
        for name, measure, title in _README
    ]
    title = (
        "answers without a language model, on the halves whose questions no weight of the answerer "
        "was fitted on (`eval/bench/answers.py`)"
    )
    return table([title, "%, 95 % interval"], rows)


def trade_off(records: Records) -> str:
    """What the threshold trades, half 1."""
    found = records.read("answers")
    in_use = found["threshold"]
    rows = []
    for step in found["trade_off, half 1"]["steps"]:
        threshold = step["threshold"]
        if threshold in _THRESHOLDS:
            shown = f"**{threshold:.2f}**" if threshold == in_use else f"{threshold:.2f}"
            rows.append([shown, *(f"{step[name]:.1f}" for name in ("answered", "right", "wrong"))])
    head = ["threshold", "unanswerable, answered", "answerable, right", "answerable, wrong"]
    return table(head, rows)


def reliability(records: Records) -> str:
    """What support promised and what came true, half 1."""
    rows = [
        [share(step["said"]), share(step["right"]), str(step["answers"])]
        for step in records.read("answers")["reliability, half 1"]
    ]
    return table(["mean support", "right", "answers"], rows)


def agreement(records: Records) -> str:
    """How far each metric agrees with people, on all answers and on those that no weight saw."""
    rows = []
    for name, both in records.read("agreement").items():
        all_, held = both["all"], both["held out"]
        cells = [share(all_[one]) for one in ("faithfulness", "completeness", "appropriateness")]
        rows.append(
            [
                name,
                str(all_["rows"]),
                *cells,
                share(all_["auroc"]),
                f"{share(held['faithfulness'])} / {share(held['auroc'])}",
            ]
        )
    head = [
        "metric",
        "answers",
        "faithfulness",
        "completeness",
        "appropriateness",
        "AUROC, faithfulness below 3",
        "held out: faithfulness / AUROC",
    ]
    return table(head, rows)
