"""Measures what askdocs answers without a language model: right, refused, wrong, in conflict.

    python eval/bench/answers.py ../shared/data --keep build/answers
    python eval/bench/answers.py ../shared/data --sets xquad,ramdocs --show 20

Half 0 of each set is what askdocs was fitted on, half 1 is held out. A set is written to a folder,
indexed and asked through `Assistant.ask`, as a user would, but with a threshold of zero: what would
have been refused is known by its support, and can be judged, too. eval/README.md says what each
measure means. `--keep` keeps the indexes for the next time, `--show N` prints answers to look at.
"""

from __future__ import annotations

import argparse
import collections
import json
import re
import string
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from answer_sets import SETS, Question
from sklearn.metrics import roc_auc_score

from askdocs import Answer, Assistant, Config, Index

RESAMPLES = 1000
BINS = 10
THRESHOLD = Config().threshold
MATCH = 0.7  # token F1 from which two short answers are the same

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
    return sum(normal(w) in quoted for w in set(result.question.wrong)) / len(
        set(result.question.wrong)
    )


def in_conflict(result: Result) -> float:
    """1 if a disagreement is shown."""
    return float(bool(result.answer.conflicts) and not result.refused)


Measure = tuple[str, str, Callable[[Result], bool], Callable[[Result], float]]

MEASURES: tuple[Measure, ...] = (
    ("xquad", "answer in the first quotation", lambda r: True, first_holds),
    ("xquad", "short answer, token F1", lambda r: True, short_f1),
    ("xquad", "short answer given", lambda r: True, lambda r: float(bool(r.lead))),
    ("xquad", "disagreement shown (none is there)", lambda r: True, in_conflict),
    ("ramdocs", "valid answers shown", lambda r: True, valid_shown),
    ("ramdocs", "false answers unmarked", lambda r: bool(r.question.wrong), false_unmarked),
    ("rgb", "disagreement shown", lambda r: True, in_conflict),
)


def main() -> int:
    options = _options()
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as temporary:
        for name in options.sets:
            results += run(name, options.data, options.keep or Path(temporary), options.half)
    print(table(results))
    if options.show:
        _show(results, options.show)
    if options.json:
        options.json.write_text(
            json.dumps([_record(result) for result in results], indent=1), encoding="utf-8"
        )
    return 0


def run(name: str, data: Path, place: Path, half: int | None = None) -> list[Result]:
    """Index a set and ask its questions, or those of one half."""
    folder = place / name / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    questions = [q for q in SETS[name](data, folder) if half in (None, q.half)]
    config = Config(threshold=0.0)
    with Index.build(folder, place / name / "index", config=config) as index:
        assistant = Assistant(index)
        found = []
        for number, question in enumerate(questions):
            answer = assistant.ask(question.text, history=question.history, within=question.within)
            found.append(Result(name, question, answer))
            if number % 100 == 0:
                print(f"\r{name} {number}/{len(questions)}", end="", file=sys.stderr, flush=True)
        print("\r", end="", file=sys.stderr)
        return found


def table(results: Sequence[Result]) -> str:
    """All measures, half by half."""
    rows = [("set", "measure", "half 0", "half 1", "all")]
    for name, title, applies, measure in MEASURES:
        own = [(r.question.half, measure(r)) for r in results if r.name == name and applies(r)]
        if own:
            rows.append((name, title, *_by_half(own, _mean)))
    for name in dict.fromkeys(r.name for r in results):
        own = [r for r in results if r.name == name]
        labels = {r.question.answerable for r in own}
        if len(labels) == 2:
            pairs = [(r.question.half, (r.question.answerable, r.answer.support)) for r in own]
            rows.append((name, "answerable or not, AUROC", *_by_half(pairs, _auroc)))
        for title, kind in (("right", True), ("wrong", False)):
            told = [r for r in own if r.question.answerable]
            pairs = [(r.question.half, float(not r.refused and r.right is kind)) for r in told]
            if pairs:
                rows.append((name, f"answerable: {title}", *_by_half(pairs, _mean)))
        pairs = [(r.question.half, float(not r.refused)) for r in own if not r.question.answerable]
        if pairs:
            rows.append((name, "unanswerable: answered", *_by_half(pairs, _mean)))
    pairs = [(r.question.half, _outcome(r)) for r in results]
    rows.append(("together", "expected calibration error", *_by_half(pairs, calibration_error)))
    pairs = [(r.question.half, float(not r.refused)) for r in results if not r.question.answerable]
    if pairs:
        rows.append(("together", "unanswerable: answered", *_by_half(pairs, _mean)))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def calibration_error(outcomes: Sequence[tuple[bool, float]]) -> str:
    """Expected calibration error (Naeini et al., 2015): bins of equal width."""
    return f"{_calibration_error(outcomes):.3f}"


def _calibration_error(outcomes: Sequence[tuple[bool, float]]) -> float:
    right = np.array([r for r, _ in outcomes], float)
    sure = np.array([s for _, s in outcomes])
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    error = 0.0
    for number in range(BINS):
        here = bins == number
        if here.any():
            error += here.mean() * abs(right[here].mean() - sure[here].mean())
    return error


def _outcome(result: Result) -> tuple[bool, float]:
    """Whether what was found is right, refused or not, and how sure askdocs is."""
    return result.question.answerable and result.right, result.answer.support


def _by_half(pairs: Sequence[tuple[int, object]], measure: Callable[..., str]) -> tuple[str, ...]:
    halves = [[value for half, value in pairs if half == wanted] for wanted in (0, 1)]
    return (*(measure(h) if h else "" for h in halves), measure([value for _, value in pairs]))


def _mean(values: Sequence[float]) -> str:
    array = np.array(values)
    chance = np.random.default_rng(0)
    means = chance.choice(array, (RESAMPLES, len(array))).mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{100 * array.mean():.1f} ({100 * low:.1f} to {100 * high:.1f})"


def _auroc(pairs: Iterable[tuple[bool, float]]) -> str:
    labels, scores = zip(*pairs, strict=True)
    return f"{roc_auc_score(labels, scores):.3f}"


def _record(result: Result) -> dict[str, object]:
    return {
        "set": result.name,
        "key": result.question.key,
        "half": result.question.half,
        "question": result.question.text,
        "answerable": result.question.answerable,
        "answers": result.question.answers,
        "wrong": result.question.wrong,
        "right": result.right,
        "refused": result.refused,
        "support": result.answer.support,
        "lead": result.lead,
        "claims": result.claims,
        "text": result.answer.text,
    }


def _show(results: Sequence[Result], count: int) -> None:
    step = max(1, len(results) // count)
    for result in results[::step]:
        gold = " | ".join(result.question.answers) or f"answerable {result.question.answerable}"
        print(f"\n{result.name} {result.question.text}\n  gold: {gold}")
        print(f"  wrong: {result.question.wrong}")
        print(f"  support {result.answer.support}: " + result.answer.text.replace("\n", "\n  "))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with xquad-en/, clapnq-dev/ and others")
    parser.add_argument("--sets", type=lambda s: s.split(","), default=list(SETS))
    parser.add_argument("--keep", type=Path, help="keep the indexes here, for the next time")
    parser.add_argument("--half", type=int, choices=(0, 1), help="only the questions of this half")
    parser.add_argument("--show", type=int, default=0, help="print so many answers")
    parser.add_argument("--json", type=Path, help="write a row for each question")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
