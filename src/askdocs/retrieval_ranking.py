"""Rankings of passages -> one ranking: fused, helped by neighbours, fair to what is compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from askdocs.cosines import cosines
from askdocs.types import FloatArray

Scores = dict[int, float]
"""Scores of passages by their numbers; larger is better."""

_AT_THE_EDGE = 0.5  # of a passage's own score, for the neighbour it does not have
_EACH = 2  # passages that each side of a comparison is sure of
_THE_SAME = 0.95  # cosine from which they do


@dataclass(frozen=True, slots=True)
class Ranking:
    """The scores of passages, and what they were made of."""

    scores: Scores = field(default_factory=dict)
    signals: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    """What was measured, by name."""
    added: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    """What that added to the scores, by name."""

    def best(self, limit: int | None = None) -> list[int]:
        """The numbers of the best passages, best first."""
        return sorted(self.scores, key=lambda n: (-self.scores[n], n))[:limit]

    def explain(self, number: int) -> dict[str, float]:
        """The score of a passage in parts: what each signal measured, its rank, what it added."""
        parts: dict[str, float] = {}
        for name, added in self.added.items():
            if number not in added:
                continue
            if name in self.signals:
                measured = self.signals[name]
                parts[name] = measured[number]
                parts[f"{name}_rank"] = 1 + sum(v > measured[number] for v in measured.values())
            parts[f"{name}_added"] = added[number]
        return parts


def fuse(signals: Mapping[str, Mapping[int, float]], weights: Mapping[str, float]) -> Ranking:
    """The weighted sum of signals from passage to score, each divided by its best score.

    So a signal keeps its proportions, whichever candidates are in it. A passage that a signal
    lacks, or has below zero, gets nothing from it.

    >>> fused = fuse({"a": {1: 0.8, 2: 0.4}, "b": {2: 3.0}}, {"a": 0.5, "b": 0.25})
    >>> fused.scores, fused.explain(2)["b_added"]
    ({1: 0.5, 2: 0.5}, 0.25)
    """
    scores: Scores = {}
    added = {}
    for name, measured in signals.items():
        if not weights[name]:
            continue
        most = max(measured.values(), default=0.0)
        factor = weights[name] / most if most > 0 else 0.0
        added[name] = {number: max(value, 0.0) * factor for number, value in measured.items()}
        for number, value in added[name].items():
            scores[number] = scores.get(number, 0.0) + value
    return Ranking(scores, signals, added)


def with_neighbours(
    ranking: Ranking, kept: Sequence[int], documents: Mapping[int, int], weight: float
) -> Ranking:
    """The `kept` of a ranking, with `weight` times the scores of the passages right beside them.

    An answer is often told over a passage's end, and what stands beside good passages is on the
    subject. `documents` gives the document of each passage and of those beside it; neighbours have
    numbers in sequence. Where a document begins or ends, half of the passage's own score stands in,
    or short documents would lose.

    >>> documents = {1: 1, 2: 1, 3: 1, 9: 2}
    >>> with_neighbours(Ranking({1: 0.5, 2: 0.25, 9: 0.5}), [1, 2, 9], documents, 0.5).scores
    {1: 0.75, 2: 0.5, 9: 0.75}
    """
    scores, added = ranking.scores, {}
    for number in kept:
        score, beside = scores[number], 0.0
        for other in (number - 1, number + 1):
            within = documents.get(other) == documents[number]
            beside += scores.get(other, 0.0) if within else _AT_THE_EDGE * score
        added[number] = weight * beside
    helped = {number: scores[number] + added[number] for number in kept}
    return Ranking(helped, ranking.signals, {**ranking.added, "neighbours": added})


def without_copies(
    ranking: Ranking, numbers: Sequence[int], vectors: FloatArray, least: int
) -> Ranking:
    """A ranking of whose best `least` passages no more than two say the same, if there are others.

    Whoever puts the same text into a folder many times, by mistake or to be heard alone, does not
    crowd out what others say. `vectors` are those of `numbers`.

    >>> same = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], np.float32)
    >>> ranking = Ranking({5: 0.9, 6: 0.8, 7: 0.7, 8: 0.1})
    >>> without_copies(ranking, [5, 6, 7, 8], same, 3).best()
    [5, 6, 8]
    """
    row = {number: place for place, number in enumerate(numbers)}
    kept: list[int] = []
    copies: list[int] = []
    paired: set[int] = set()
    for number in ranking.best():
        if len(kept) == least:
            break
        if number not in row:  # it has just been removed
            continue
        alike = cosines(vectors[[row[other] for other in kept]], vectors[row[number]])
        same = [kept[place] for place in np.flatnonzero(alike >= _THE_SAME)]
        if len(same) > 1 or paired.intersection(same):
            copies.append(number)
            continue
        kept.append(number)
        paired.update([number, *same] if same else ())
    left_out = set(copies[max(0, least - len(kept)) :])
    scores = {number: score for number, score in ranking.scores.items() if number not in left_out}
    return replace(ranking, scores=scores)


def choose(
    whole: Ranking, facets: Sequence[Ranking], k: int
) -> list[tuple[int, float, dict[str, float]]]:
    """The `k` best for a question, of which some are best for each of its facets.

    Number, score and parts of each, by falling score. The best for the question is always among
    them; each has the better of its scores.
    """
    chosen = whole.best(1)
    turns = [ranking.best(_EACH) for ranking in facets]
    for turn in range(_EACH):
        chosen += [best[turn] for best in turns if turn < len(best)]
    chosen = list(dict.fromkeys([*chosen, *whole.best(k)]))[:k]
    found = []
    for number in chosen:
        held = [ranking for ranking in (whole, *facets) if number in ranking.scores]
        best = max(held, key=lambda ranking: ranking.scores[number])
        found.append((number, best.scores[number], best.explain(number)))
    return sorted(found, key=lambda each: (-each[1], each[0]))
