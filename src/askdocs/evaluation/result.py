"""What an evaluation found: one row a question, and the scores summed up from the rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from askdocs.evaluation import metrics
from askdocs.evaluation.gold import GoldQuestion, find_quote
from askdocs.evaluation.metrics import Located, Outcome
from askdocs.types import Answer

TOP = 5
"""How many passages recall is counted over."""

OUTCOMES: tuple[Outcome, ...] = ("right", "refused", "wrong")


@dataclass(frozen=True, slots=True)
class Row:
    """One question, what was answered, and its scores; a score that does not apply is absent."""

    question: GoldQuestion
    answer: Answer
    outcome: Outcome
    scores: Mapping[str, float]
    faults: tuple[str, ...]
    milliseconds: float

    def to_dict(self) -> dict[str, Any]:
        """The row as the results file holds it."""
        return {
            "id": self.question.id,
            "type": self.question.type,
            "question": self.question.question,
            "history": list(self.question.history),
            "answerable": self.question.answerable,
            "expected": expected(self.question),
            "outcome": self.outcome,
            "text": self.answer.text,
            "refused": self.answer.refused,
            "support": round(self.answer.support, 4),
            "citations": [citation.to_dict() for citation in self.answer.citations],
            "conflicts": [conflict.to_dict() for conflict in self.answer.conflicts],
            "scores": {name: round(value, 6) for name, value in self.scores.items()},
            "faults": list(self.faults),
        }


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
    `skipped` says why there are no scores, when there are none.
    """

    version: str = ""
    scores: Mapping[str, Sequence[float]] = field(default_factory=dict)
    left_out: int = 0
    skipped: str = ""

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
        named = {"version": self.version, "skipped": self.skipped, "left_out": self.left_out}
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
        return found

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
            "outcomes": {**outcomes, "always refuse": self.always_refuse()},
            "scores": {name: score.to_dict() for name, score in self.scores().items()},
            "ragas": self.judged.to_dict(),
            "answer_words": _number(self.words()),
            "timings": {f"p{p}_ms": round(self.milliseconds(p / 100), 1) for p in (50, 95)},
            "rows": [row.to_dict() for row in self.rows],
        }


SCORES = (
    "citations_exact",
    "citation_precision",
    "citation_recall",
    f"recall@{TOP}",
    "mrr",
    "claim_precision",
    "claim_recall",
    "no_false_conflict",
)
"""The scores a row may hold, in the order they are shown (eval/README.md defines each)."""


def score_row(
    question: GoldQuestion, answer: Answer, texts: Mapping[str, str], milliseconds: float
) -> Row:
    """Score one answer; `texts` maps document ids to their text."""
    faults = metrics.citation_faults(answer, texts)
    scores = {"citations_exact": float(not faults)}
    if question.answerable:
        evidence = locate(question, texts)
        cited = [(c.document, c.start, c.end) for c in answer.citations]
        found = [(h.passage.document, h.passage.start, h.passage.end) for h in answer.hits]
        if cited:
            scores["citation_precision"] = metrics.citation_precision(cited, evidence, texts)
        scores["citation_recall"] = metrics.evidence_found(cited, evidence)
        scores[f"recall@{TOP}"] = metrics.evidence_found(found[:TOP], evidence)
        scores["mrr"] = metrics.reciprocal_rank(found, evidence)
    if question.claims:
        shown = metrics.claim_scores(question.claims, answer.conflicts)
        scores["claim_precision"], scores["claim_recall"] = shown
    elif question.answerable:
        scores["no_false_conflict"] = float(not answer.conflicts)
    outcome = metrics.outcome(question, answer)
    return Row(question, answer, outcome, scores, tuple(faults), milliseconds)


def locate(question: GoldQuestion, texts: Mapping[str, str]) -> list[list[Located]]:
    """Where each piece of evidence stands: all places of its quote."""
    return [
        [(e.document, *span) for span in find_quote(texts[e.document], e.quote)]
        for e in question.evidence
    ]


def expected(question: GoldQuestion) -> str:
    """What a right answer holds, in a line."""
    if not question.answerable:
        return "a refusal"
    told = " and ".join(" or ".join(f"“{way}”" for way in group) for group in question.all_of)
    claims = ", ".join(f"{claim.value} {claim.status}" for claim in question.claims)
    return f"{told} (conflict: {claims})" if claims else told


def _score(values: Sequence[float]) -> Score:
    return Score(metrics.mean(values), *metrics.bootstrap_interval(values), len(values))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)
