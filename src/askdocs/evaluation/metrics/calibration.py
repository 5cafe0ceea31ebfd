"""Whether answers with a support of 0.9 are right nine times in ten."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from askdocs.evaluation.metrics.summing import mean

BINS = 10
"""How many steps of support are told apart."""


@dataclass(frozen=True, slots=True)
class Step:
    """The answers of about the same support: how many, what it said of them, what came true."""

    count: int
    said: float
    right: float


def reliability(answered: Iterable[tuple[float, bool]], *, bins: int = BINS) -> list[Step]:
    """A reliability diagram's steps over pairs (support, right), in bins of equal width.

    >>> reliability([(0.75, True), (0.79, False), (0.95, True)])
    [Step(count=2, said=0.77, right=0.5), Step(count=1, said=0.95, right=1.0)]
    """
    steps: dict[int, list[tuple[float, bool]]] = {}
    for support, right in answered:
        steps.setdefault(min(int(support * bins), bins - 1), []).append((support, right))
    return [
        Step(len(pairs), mean([said for said, _ in pairs]), mean([float(r) for _, r in pairs]))
        for _, pairs in sorted(steps.items())
    ]


def calibration_error(answered: Iterable[tuple[float, bool]], *, bins: int = BINS) -> float:
    """The expected calibration error (Naeini et al., 2015): the mean distance of the steps of the
    reliability diagram from what they said, each weighed by its answers.

    >>> round(calibration_error([(0.75, True), (0.79, False), (0.95, True)]), 4)
    0.1967
    """
    steps = reliability(answered, bins=bins)
    total = sum(step.count for step in steps)
    if not total:
        return math.nan
    return math.fsum(step.count * abs(step.said - step.right) for step in steps) / total
