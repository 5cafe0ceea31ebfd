"""What an evaluation found: one row a question, and the scores summed up from the rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any, TypeVar

from askdocs.evaluation import metrics
from askdocs.evaluation.metrics import Coverage, Outcome, Step
from askdocs.evaluation.row import SCORES, Row

SUMMED = ("refusal_precision", "refusal_recall", "answerable_auroc", "calibration_error")
"""The scores of all questions together, after those that a row may hold."""

OUTCOMES: tuple[Outcome, ...] = ("right", "refused", "wrong")


@dataclass(frozen=True, slots=True)
class Score:
    """The mean of a score over the questions that it applies to, with a 95 % interval."""

    value: float
    low: float
    high: float
    count: int

    def to_dict(self) -> dict[str, Any]:
        """The score as the results file holds it; no number is null."""
        shown = {name: _number(getattr(self, name)) for name in ("value", "low", "high")}
        return {**shown, "questions": self.count}


@dataclass(frozen=True, slots=True)
class Judged:
    """The scores ragas gave, by metric and by row; a row it could not score holds NaN.

    `left_out` counts the unanswerable questions: ragas has no reference to compare them with.
    `skipped` says why there are no scores, when there are none; `judge` is the language model that
    judged some of them.
    """

    version: str = ""
    scores: Mapping[str, Sequence[float]] = field(default_factory=dict)
    left_out: int = 0
    skipped: str = ""
    judge: str = ""

    def score(self, name: str) -> tuple[Score, int]:
        """The score over the rows it could be computed for, and how many rows it could not."""
        values = [value for value in self.scores[name] if not math.isnan(value)]
        return _score(values), len(self.scores[name]) - len(values)

    def to_dict(self) -> dict[str, Any]:
        """The judged scores as the results file holds them."""
        found: dict[str, Any] = {}
        for name in self.scores:
            score, failed = self.score(name)
            found[name] = {**score.to_dict(), "not_scored": failed}
        named = {
            "version": self.version,
            "skipped": self.skipped,
            "judge": self.judge,
            "left_out": self.left_out,
        }
        return {**named, "scores": found}


@dataclass(frozen=True, slots=True)
class Result:
    """An evaluation: which questions over which documents, and a row for each, in their order."""

    gold: str
    documents: str
    settings: Mapping[str, Any]
    rows: tuple[Row, ...]
    judged: Judged = field(default_factory=Judged)

    def count(self, outcome: Outcome, *, answerable: bool | None = None) -> int:
        """How many questions ended so, of all or of the (un)answerable ones."""
        return sum(row.outcome == outcome for row in self.of(answerable))

    def of(self, answerable: bool | None) -> list[Row]:
        """All rows, or those of the (un)answerable questions."""
        return [r for r in self.rows if answerable is None or r.question.answerable == answerable]

    def always_refuse(self) -> dict[Outcome, int]:
        """What one who refuses every question would score: the floor that any figure stands on."""
        return {"right": len(self.of(False)), "refused": len(self.of(True)), "wrong": 0}

    def retrieve_only(self) -> dict[Outcome, int]:
        """What one would score who shows the first passages as they are, and refuses nothing."""
        shown = [row.retrieve_only for row in self.rows]
        return {outcome: shown.count(outcome) for outcome in OUTCOMES}

    def risk_coverage(self) -> list[Coverage]:
        """How many questions are answered, and wrongly, if more support is asked for."""
        return metrics.risk_coverage(self._answered(), len(self.rows))

    def reliability(self) -> list[Step]:
        """What support promised of the answers, and what came true."""
        return metrics.reliability(self._answered())

    def _answered(self) -> list[tuple[float, bool]]:
        """Support and whether it was right, of the questions that were answered."""
        told = [row for row in self.rows if not row.answer.refused]
        return [(row.answer.support, row.outcome == "right") for row in told]

    def scores(self) -> dict[str, Score]:
        """Every score by name, as `--gate` knows them, in the order they are shown."""
        found: dict[str, Score] = {}
        for outcome in OUTCOMES:
            found[outcome] = _score([float(row.outcome == outcome) for row in self.rows])
        names = dict.fromkeys(name for row in self.rows for name in row.scores)
        found |= {
            name: _score([row.scores[name] for row in self.rows if name in row.scores])
            for name in sorted(names, key=SCORES.index)
        }
        return found | self._summed()

    def _summed(self) -> dict[str, Score]:
        """The scores that no single question has."""
        refusals = [(row.question.answerable, row.answer.refused) for row in self.rows]
        supports = [(row.question.answerable, row.answer.support) for row in self.rows]
        scores = {
            "refusal_precision": _of_all(refusals, lambda all_: metrics.refusal_scores(all_)[0]),
            "refusal_recall": _of_all(refusals, lambda all_: metrics.refusal_scores(all_)[1]),
            "answerable_auroc": _of_all(supports, metrics.auroc),
            "calibration_error": _of_all(self._answered(), metrics.calibration_error),
        }
        return {name: score for name, score in scores.items() if not math.isnan(score.value)}

    def speed(self) -> dict[str, tuple[float, float]]:
        """Median and 95th percentile of each step, in milliseconds, and of all together."""
        steps = dict.fromkeys(
            name for row in self.rows for name in row.answer.timings if name.endswith("_ms")
        )
        times = {
            name.removesuffix("_ms"): [
                row.answer.timings[name] for row in self.rows if name in row.answer.timings
            ]
            for name in steps
        }
        times["all"] = [row.milliseconds for row in self.rows]
        return {
            name: (metrics.percentile(each, 0.5), metrics.percentile(each, 0.95))
            for name, each in times.items()
        }

    def milliseconds(self, share: float) -> float:
        """The percentile of the time from question to answer."""
        return metrics.percentile([row.milliseconds for row in self.rows], share)

    def words(self) -> float:
        """The median length of the answers: whoever quotes everything is right more often."""
        told = [row.answer for row in self.rows if not row.answer.refused]
        return metrics.percentile([len(answer.text.split()) for answer in told], 0.5)

    def to_dict(self) -> dict[str, Any]:
        """The result as the results file holds it; only `timings` differs from run to run."""
        by_kind = {"all": None, "answerable": True, "unanswerable": False}
        outcomes: dict[str, Any] = {
            kind: {name: self.count(name, answerable=which) for name in OUTCOMES}
            for kind, which in by_kind.items()
        }
        return {
            "gold": self.gold,
            "documents": self.documents,
            "settings": dict(self.settings),
            "outcomes": {
                **outcomes,
                "always refuse": self.always_refuse(),
                "retrieve only": self.retrieve_only(),
            },
            "risk_coverage": [[round(x, 6) for x in astuple(p)] for p in self.risk_coverage()],
            "scores": {name: score.to_dict() for name, score in self.scores().items()},
            "ragas": self.judged.to_dict(),
            "answer_words": _number(self.words()),
            "timings": {f"p{p}_ms": round(self.milliseconds(p / 100), 1) for p in (50, 95)}
            | {"steps": {name: [round(x, 1) for x in each] for name, each in self.speed().items()}},
            "rows": [row.to_dict() for row in self.rows],
        }


def _score(values: Sequence[float]) -> Score:
    return Score(metrics.mean(values), *metrics.bootstrap_interval(values), len(values))


_T = TypeVar("_T")


def _of_all(items: Sequence[_T], statistic: Callable[[Sequence[_T]], float]) -> Score:
    low, high = metrics.bootstrap_of(items, statistic)
    return Score(statistic(items), low, high, len(items))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)
