"""What `answers.py` counts: each measure over half 0, half 1 and all questions, with an interval.

A figure is a share from 0 to 1 with a 95 % bootstrap interval over questions; eval/README.md says
what each measure means.
"""

from __future__ import annotations

import collections
import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from answer_sets import Question
from trade_off import trade_off

from askdocs import Answer, Config
from askdocs.evaluation.metrics import (
    auroc,
    bootstrap_interval,
    bootstrap_of,
    calibration_error,
    mean,
    reliability,
)

THRESHOLD = Config().threshold
MATCH = 0.7  # token F1 from which two short answers are the same
NEAR = 0.5  # token F1 from which a short answer says about the same

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


@dataclass(frozen=True)
class Result:
    """A question and what was answered."""

    name: str
    question: Question
    answer: Answer

    @property
    def refused(self) -> bool:
        """Whether a user would have been refused."""
        return self.answer.refused or self.answer.support < THRESHOLD

    @property
    def lead(self) -> str:
        """The short answer in front of the quotations; empty if there is none."""
        return self.answer.direct

    @property
    def claims(self) -> list[str]:
        """The values that are shown for what was asked: those in conflict, or the one in front."""
        held = [claim.value for conflict in self.answer.conflicts for claim in conflict.claims]
        return held or ([self.lead] if self.lead else [])

    @property
    def right(self) -> bool:
        """Whether what is quoted holds the answer, by its place or, without places, its words."""
        if self.question.places:
            return any(
                citation.document == name and citation.start < end and start < citation.end
                for citation in self.answer.citations
                for name, start, end in self.question.places
            )
        shown = " ".join([self.answer.text, *(c.quote for c in self.answer.citations)])
        return any(normal(answer) in normal(shown) for answer in self.question.answers)

    def to_dict(self) -> dict[str, Any]:
        """The row as `--rows` writes it."""
        return {
            "set": self.name,
            "key": self.question.key,
            "half": self.question.half,
            "question": self.question.text,
            "answerable": self.question.answerable,
            "answers": self.question.answers,
            "wrong": self.question.wrong,
            "right": self.right,
            "refused": self.refused,
            "support": self.answer.support,
            "lead": self.lead,
            "claims": self.claims,
            "text": self.answer.text,
        }


def normal(text: str) -> str:
    """Text as SQuAD compares it: lower case, no articles, no punctuation."""
    lowered = "".join(" " if c in string.punctuation else c for c in text.lower())
    return " ".join(_ARTICLES.sub(" ", lowered).split())


def token_f1(found: str, gold: str) -> float:
    """Token F1 of SQuAD (Rajpurkar et al., 2016).

    >>> token_f1("the Denver Broncos", "Denver Broncos"), token_f1("Denver", "Denver Broncos")
    (1.0, 0.6666666666666666)
    """
    one, other = normal(found).split(), normal(gold).split()
    common = sum((collections.Counter(one) & collections.Counter(other)).values())
    return 2 * common / (len(one) + len(other)) if common else 0.0


def same(found: str, gold: str) -> bool:
    """Whether a claim says what a gold answer says."""
    a, b = normal(found), normal(gold)
    return token_f1(found, gold) >= MATCH or bool(b and re.search(rf"\b{re.escape(b)}\b", a))


def first_holds(result: Result) -> float:
    """1 if the first quotation holds the answer, refused or not."""
    (name, start, end) = result.question.places[0]
    first = result.answer.citations[:1]
    return float(any(c.document == name and c.start <= start and end <= c.end for c in first))


def short_f1(result: Result) -> float:
    """Token F1 of the short answer, refused or not; 0 if none is given."""
    return max(token_f1(result.lead, gold) for gold in result.question.answers)


def valid_shown(result: Result) -> float:
    """Share of the valid answers among the claims."""
    shown = [any(same(c, gold) for c in result.claims) for gold in set(result.question.answers)]
    return sum(shown) / len(shown)


def false_unmarked(result: Result) -> float:
    """Share of the planted false answers that are quoted with no disagreement shown."""
    if result.answer.conflicts or result.refused:
        return 0.0
    quoted = normal(" ".join([result.lead, *(c.quote for c in result.answer.citations)]))
    wrong = set(result.question.wrong)
    return sum(normal(each) in quoted for each in wrong) / len(wrong)


def in_conflict(result: Result) -> float:
    """1 if a disagreement is shown."""
    return float(bool(result.answer.conflicts) and not result.refused)


def _every(result: Result) -> bool:
    return True


def _has_lead(result: Result) -> bool:
    return bool(result.lead)


Measure = tuple[str, str, Callable[[Result], bool], Callable[[Result], float]]

MEASURES: tuple[Measure, ...] = (
    ("xquad", "answer in the first quotation", _every, first_holds),
    ("xquad", "short answer, token F1", _every, short_f1),
    ("xquad", "short answer given", _every, lambda r: float(_has_lead(r))),
    ("xquad", "short answer near the right one", _has_lead, lambda r: float(short_f1(r) >= NEAR)),
    ("xquad", "disagreement shown (none is there)", _every, in_conflict),
    ("ramdocs", "valid answers shown", _every, valid_shown),
    ("ramdocs", "false answers unmarked", lambda r: bool(r.question.wrong), false_unmarked),
    ("rgb", "disagreement shown", _every, in_conflict),
)

Figures = list[dict[str, Any]]


def figures(results: Sequence[Result]) -> Figures:
    """A row for each measure: its set, its name, and what it is on each half and on all."""
    return [
        {"set": name, "measure": measure, **halves}
        for name, measure, halves in _each_measure(results)
    ]


def _each_measure(results: Sequence[Result]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, title, applies, measure in MEASURES:
        own = [(r.question.half, measure(r)) for r in results if r.name == name and applies(r)]
        if own:
            yield name, title, _by_half(own, _mean)
    for name in dict.fromkeys(r.name for r in results):
        yield from ((name, *row) for row in _of_a_set([r for r in results if r.name == name]))
    sure = [(r.question.half, _outcome(r)) for r in results]
    yield "together", "expected calibration error", _by_half(sure, _calibration)
    if astray := _astray(results):
        yield "together", "unanswerable: answered", _by_half(astray, _mean)


def _of_a_set(own: Sequence[Result]) -> Iterator[tuple[str, dict[str, Any]]]:
    told = [r for r in own if r.question.answerable]
    astray = _astray(own)
    if told and astray:
        pairs = [(r.question.half, (r.question.answerable, r.answer.support)) for r in own]
        yield "answerable or not, AUROC", _by_half(pairs, _auroc)
    for title, kind in (("right", True), ("wrong", False)):
        if told:
            given = [(r.question.half, float(not r.refused and r.right is kind)) for r in told]
            yield f"answerable: {title}", _by_half(given, _mean)
    if astray:
        yield "unanswerable: answered", _by_half(astray, _mean)


def _astray(results: Sequence[Result]) -> list[tuple[int, float]]:
    unanswerable = [r for r in results if not r.question.answerable]
    return [(r.question.half, float(not r.refused)) for r in unanswerable]


def traded(results: Sequence[Result], half: int) -> dict[str, Any]:
    """What the threshold trades, in percent, over a half."""
    return trade_off([r.to_dict() for r in results if r.question.half == half])


def promised(results: Sequence[Result], half: int) -> list[dict[str, float]]:
    """What support says of the answers of a half, in ten steps, and how many of these are right."""
    steps = reliability(
        (support, right) for right, support in map(_outcome, _results_of(results, half))
    )
    return [{"answers": one.count, "said": one.said, "right": one.right} for one in steps]


def _results_of(results: Sequence[Result], half: int) -> list[Result]:
    return [r for r in results if r.question.half == half]


def as_text(rows: Figures) -> str:
    """The figures as a table for the terminal, in percent."""
    table = [["set", "measure", *HALVES]]
    table += [[row["set"], row["measure"], *(_cell(row[half]) for half in HALVES)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )


HALVES = ("half 0", "half 1", "all")


def _cell(figure: dict[str, float] | None) -> str:
    if figure is None:
        return ""
    value, low, high = (100 * figure[name] for name in ("value", "low", "high"))
    return f"{value:.1f} ({low:.1f} to {high:.1f})"


def _outcome(result: Result) -> tuple[bool, float]:
    """Whether what was found is right, refused or not, and how sure askdocs is."""
    return result.question.answerable and result.right, result.answer.support


def _by_half(
    pairs: Sequence[tuple[int, Any]], measure: Callable[[Sequence[Any]], dict[str, float]]
) -> dict[str, Any]:
    """The figure of each half and of all; nothing for a half that has no question."""
    found: dict[str, Any] = {}
    for name, wanted in zip(HALVES, ((0,), (1,), (0, 1)), strict=True):
        values = [value for half, value in pairs if half in wanted]
        found[name] = {**measure(values), "questions": len(values)} if values else None
    return found


def _mean(values: Sequence[float]) -> dict[str, float]:
    return _figure(mean(values), bootstrap_interval(values))


def _auroc(pairs: Sequence[tuple[bool, float]]) -> dict[str, float]:
    return _figure(auroc(pairs), bootstrap_of(pairs, auroc))


def _calibration(outcomes: Sequence[tuple[bool, float]]) -> dict[str, float]:
    """Over all answers, refused or not; those below the threshold are promises, too."""
    pairs = [(support, right) for right, support in outcomes]
    return _figure(calibration_error(pairs), bootstrap_of(pairs, calibration_error))


def _figure(value: float, interval: tuple[float, float]) -> dict[str, float]:
    low, high = interval
    return {"value": round(value, 4), "low": round(low, 4), "high": round(high, 4)}
