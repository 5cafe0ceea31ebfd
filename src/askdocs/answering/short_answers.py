"""The span of a sentence that answers a question by itself: "Denver Broncos", "in 1901", "two".

A span is scored by a weighted sum: of what `span_features` sees, with weights for each sort of
answer, and of where the embedding model sees it (`span_context`). The scores become probabilities,
and that span is chosen which can be expected to share the most words with the right one. The
weights stand in `short_answers.json`, which `eval/bench/fit_short_answers.py` makes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from askdocs.answering import span_context, span_features
from askdocs.answering.questions import Kind, Question
from askdocs.answering.searched import Array, Searched
from askdocs.answering.span_context import Context
from askdocs.answering.wanted import WANTS, wanted
from askdocs.types import Embedder, FloatArray

LEFT_OUT = frozenset({Kind.YES_NO, Kind.LIST, Kind.REASON, Kind.STATEMENT, Kind.SUMMARY})
"""The kinds of question that no short span answers."""
_MOST = 3
_WEIGHED = 200  # of the candidates; those behind them have next to no probability
_LEAST = 1e-4


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """A span of a sentence, and the probability that it says what the right answer says."""

    text: str
    start: int
    end: int
    probability: float


def short_answers(question: Question, sentence: str, *, embedder: Embedder) -> list[ShortAnswer]:
    """The spans that may answer, best first, none of them overlapping; at most three.

    The model is run once, over the question and the sentence. Nothing is found for the kinds
    `LEFT_OUT`, and a model for which there are no weights does without its vectors.
    """
    if question.kind in LEFT_OUT:
        return []
    searched = Searched.read(sentence, wanted(question.text), embedder.encode_words)
    if not len(searched.first):
        return []
    fitted = ranker(embedder.name, embedder.dimension)
    context = span_context.read(question.text, searched, embedder) if fitted.vectors else None
    scores = fitted.scores(searched, context)
    order = np.argsort(-scores, kind="stable")[:_WEIGHED]
    return _chosen(searched, fitted, order, expected(searched, scores, order))


def _chosen(
    searched: Searched, fitted: Ranker, order: Array, shared: FloatArray
) -> list[ShortAnswer]:
    found: list[ShortAnswer] = []
    for row in np.argsort(-shared, kind="stable"):
        start, end = searched.span(int(order[row]))
        if all(end <= other.start or other.end <= start for other in found):
            sure = fitted.probability(searched, float(shared[row]))
            found.append(ShortAnswer(searched.text[start:end], start, end, sure))
        if len(found) == _MOST:
            break
    return found


def expected(searched: Searched, scores: Array, order: Array) -> FloatArray:
    """For each candidate in `order` how far it can be expected to agree with the right one.

    Each is held against all of them by the F1 of the words they share, weighted by what
    probability the scores give to each.
    """
    likely = np.exp(scores[order] - scores[order].max())
    counted = np.cumsum([0, *(token.counts for token in searched.tokens)])
    first, last, size = (of[order] for of in (searched.first, searched.last, searched.size))
    start = np.maximum(first[:, None], first[None])
    end = np.minimum(last[:, None], last[None]) + 1
    shared = counted[np.maximum(end, start)] - counted[start]
    agree = 2 * shared / np.maximum(size[:, None] + size[None], 1)
    return np.asarray(agree @ (likely / likely.sum()), np.float32)


def inputs(searched: Searched, context: Context | None) -> dict[str, Array]:
    """All features of the candidates by name; without a context those that need none."""
    found = span_features.features(searched)
    if context is not None:
        found.update(span_context.likeness(searched, context))
    return found


@dataclass(frozen=True)
class Ranker:
    """The fitted weights: by feature for each sort of answer, by coordinate, of certainty."""

    names: tuple[str, ...]
    weights: FloatArray
    certainty: Mapping[str, float]
    vectors: Vectors | None

    def scores(self, searched: Searched, context: Context | None) -> FloatArray:
        """How well each candidate answers; their differences count, not their size."""
        found = inputs(searched, context)
        columns = np.stack([found[name] for name in self.names], axis=1)
        scores = columns @ self.weights[:, WANTS.index(searched.wanted.wants)]
        if self.vectors is not None and context is not None:
            scores = scores + self.vectors.scores(searched, context)
        return np.asarray(scores, np.float32)

    def probability(self, searched: Searched, shared: float) -> float:
        """How probable it is that a span is right that can be expected to agree so far."""
        logit = sum(
            self.certainty[name] * value for name, value in certainty(searched, shared).items()
        )
        return 1.0 / (1.0 + math.exp(-logit))


def certainty(searched: Searched, shared: float) -> dict[str, float]:
    """What the probability of an answer is worked out from."""
    shared = min(max(shared, _LEAST), 1 - _LEAST)
    return {
        "always": 1.0,
        "agreement": math.log(shared / (1 - shared)),
        "coverage": searched.coverage,
        searched.wanted.wants: 1.0,
    }


@dataclass(frozen=True)
class Vectors:
    """Weights of the coordinates of contextual vectors, and of how they go with the question's.

    `words` (d, k) and `question` (d, l) project; `parts` holds the weights of each part of a span,
    `together` (m, l) those of the products of the span's first m coordinates and the question's.
    """

    words: FloatArray
    question: FloatArray
    parts: Mapping[str, FloatArray]
    together: FloatArray

    def scores(self, searched: Searched, context: Context) -> FloatArray:
        """What the vectors add to the score of each candidate."""
        places = span_context.projected(searched, context, self.words)
        asked = span_context.phrase(searched, context) @ self.question
        scores = places["span"][:, : len(self.together)] @ (self.together @ asked)
        for part, weights in self.parts.items():
            scores = scores + places[part] @ weights
        return np.asarray(scores, np.float32)


@cache
def ranker(embedder: str, dimension: int) -> Ranker:
    """The weights for an embedding model: those fitted with it, else those that need none."""
    text = (files(__package__) / "short_answers.json").read_text(encoding="utf-8")
    fitted = json.loads(text)
    projections = fitted["projections"]
    known = embedder == fitted["embedder"] and dimension == len(projections["words"][0])
    of = fitted["contextual" if known else "plain"]
    return Ranker(
        names=tuple(of["features"]),
        weights=np.array(list(of["features"].values()), np.float32),
        certainty=of["certainty"],
        vectors=_vectors(projections, of) if known else None,
    )


def _vectors(projections: Mapping[str, Any], of: Mapping[str, Any]) -> Vectors:
    """The vectors' weights; the projections are written in hundredths, a row for a coordinate."""
    return Vectors(
        words=np.array(projections["words"], np.float32).T / np.float32(100),
        question=np.array(projections["question"], np.float32).T / np.float32(100),
        parts={part: np.array(row, np.float32) for part, row in of["parts"].items()},
        together=np.array(of["together"], np.float32),
    )
