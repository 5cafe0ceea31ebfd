"""Whether the right questions are refused, and whether support tells the right answers apart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from askdocs.evaluation.metrics.summing import mean


def refusal_scores(outcomes: Sequence[tuple[bool, bool]]) -> tuple[float, float]:
    """Precision and recall of refusing, over pairs (answerable, refused).

    Precision is the share of refused questions that have no answer, recall the share of questions
    without an answer that are refused; not a number where there are none.

    >>> refusal_scores([(True, False), (True, True), (False, True), (False, False)])
    (0.5, 0.5)
    """
    unanswerable_of_refused = [float(not answerable) for answerable, refused in outcomes if refused]
    refused_of_unanswerable = [float(refused) for answerable, refused in outcomes if not answerable]
    return mean(unanswerable_of_refused), mean(refused_of_unanswerable)


def auroc(outcomes: Iterable[tuple[bool, float]]) -> float:
    """The area under the ROC curve, over pairs (is it so, score): the probability that one for
    which it is so scores higher than one for which it is not, ties counting half (Hanley and
    McNeil, 1982). Not a number if all are alike.

    >>> auroc([(True, 0.9), (True, 0.4), (False, 0.4), (False, 0.1)])
    0.875
    """
    ranked = sorted(outcomes, key=lambda pair: pair[1])
    ranks = _mid_ranks([score for _, score in ranked])
    so = [rank for (is_so, _), rank in zip(ranked, ranks, strict=True) if is_so]
    others = len(ranked) - len(so)
    if not so or not others:
        return math.nan
    return (math.fsum(so) - len(so) * (len(so) + 1) / 2) / (len(so) * others)


@dataclass(frozen=True, slots=True)
class Coverage:
    """One point of a risk-coverage curve: at this threshold the share of questions that are
    answered, and the share of those answers that are wrong.
    """

    threshold: float
    coverage: float
    risk: float


def risk_coverage(answered: Iterable[tuple[float, bool]], total: int) -> list[Coverage]:
    """The risk-coverage curve (El-Yaniv and Wiener, 2010) over pairs (support, right) of the
    questions that were answered, of `total` that were asked; the surest first.

    It ends at the coverage of the threshold in force: nobody knows what a refused answer would
    have been worth.

    >>> for point in risk_coverage([(0.9, True), (0.8, False), (0.8, True)], 4):
    ...     print(point)
    Coverage(threshold=0.9, coverage=0.25, risk=0.0)
    Coverage(threshold=0.8, coverage=0.75, risk=0.3333333333333333)
    """
    curve: list[Coverage] = []
    wrong = 0
    ranked = sorted(answered, key=lambda pair: -pair[0])
    for count, (support, right) in enumerate(ranked, start=1):
        wrong += not right
        if count == len(ranked) or ranked[count][0] < support:
            curve.append(Coverage(support, count / total, wrong / count))
    return curve


def _mid_ranks(ranked: Sequence[float]) -> list[float]:
    """The ranks from 1 of sorted values; equal ones share the middle of theirs."""
    ranks: list[float] = []
    while len(ranks) < len(ranked):
        first = len(ranks)
        last = first
        while last + 1 < len(ranked) and ranked[last + 1] == ranked[first]:
            last += 1
        ranks += [(first + last) / 2 + 1] * (last - first + 1)
    return ranks
